//! What came to a stop half-way says what was done, on what, why it stopped, and what to do about it, with the commands to
//! be pasted; and it is no success.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use stateward::action::trash::{TrashError, TrashErrorKind};
use stateward::domain::text::shell_quote;
use stateward::store::change::{ChangeErrorKind, Tree};

use crate::deletion::Place as Fraud;
use crate::program::{err, json as document, only, out, run, stateward};
use crate::pty::eventually;
use crate::trash_commands::{ID, Store, interrupted};
use crate::trash_tree::{
    Between, Place, Verdict, apply, nobody_names_anything, purge, restore, resume, undo,
};

/// What to do about each reason.
fn causes(root: &str) -> [(ChangeErrorKind, String); 4] {
    [
        (
            ChangeErrorKind::Full,
            format!("free space, or raise the quota, on the file system of {root}"),
        ),
        (
            ChangeErrorKind::ReadOnly,
            format!("mount the file system of {root} so that it can be written"),
        ),
        (
            ChangeErrorKind::Denied,
            format!("run it as a user who may write in {root} and below it"),
        ),
        (
            ChangeErrorKind::Other("input/output error".to_owned()),
            "once that is mended".to_owned(),
        ),
    ]
}

/// A place whose path has to be quoted for a shell, and the same as it is pasted.
fn place() -> (Place, String) {
    let place = Place::named("of job's ");
    let root = shell_quote(place.root().to_str().unwrap()).into_owned();
    assert!(root.starts_with(['\'', '"']), "{root}");
    (place, root)
}

/// A tree in which one call fails, for this reason.
fn failing(
    place: &Place,
    (call, at): (&'static str, &'static str),
    kind: ChangeErrorKind,
) -> impl Tree {
    Between {
        tree: place.tree(),
        judge: move |its: &str, path: &str| {
            if its == call && path.ends_with(at) {
                Verdict::Fails(kind.clone())
            } else {
                Verdict::Works
            }
        },
    }
}

#[track_caller]
fn says(error: &TrashError, parts: &[&str]) {
    let said = format!("{error}; {}", error.hint.as_deref().unwrap_or_default());
    for part in parts {
        assert!(said.contains(part), "{part:?} is not in {said:?}");
    }
}

#[test]
fn a_deletion_that_stops_says_why_and_how_to_go_on_or_back() {
    let (place, root) = place();
    for (kind, cure) in causes(&root) {
        let tree = failing(&place, ("move in", "job/chk-2/d"), kind.clone());
        let error = apply(&tree, &place.batch(ID), &mut nobody_names_anything).unwrap_err();
        assert_eq!(error.kind, TrashErrorKind::Stopped);
        let ways = [
            &kind.to_string(),
            "job/chk-2/d",
            "6 of the 8 files of the batch",
            &cure,
            &format!("`stateward resume {root} --write` goes on"),
            &format!("`stateward undo {root} --plan {ID} --write` puts them back"),
        ];
        says(&error, &ways);
        let error = resume(&tree, ID).unwrap_err();
        assert_eq!(error.kind, TrashErrorKind::Stopped);
        says(&error, &ways);
        undo(&place.tree(), ID).unwrap();
        purge(&place.tree(), ID).unwrap();
    }
}

#[test]
fn what_stops_on_its_way_back_says_how_much_is_left_and_how_to_go_on() {
    let (place, root) = place();
    for (kind, cure) in causes(&root) {
        apply(&place.tree(), &place.batch(ID), &mut nobody_names_anything).unwrap();
        let tree = failing(&place, ("move out", "job/shared/one"), kind.clone());
        let left = |count: usize| {
            [
                kind.to_string(),
                "job/shared/one".to_owned(),
                format!("{count} of the 8 files of the batch {ID} lie in the trash still"),
                cure.clone(),
                format!("`stateward resume {root} --write` goes on"),
            ]
        };
        let error = restore(&tree, ID, &["chk-1"]).unwrap_err();
        assert_eq!(error.kind, TrashErrorKind::Stopped);
        says(&error, &left(6).each_ref().map(String::as_str));
        let error = undo(&tree, ID).unwrap_err();
        assert_eq!(error.kind, TrashErrorKind::Stopped);
        says(&error, &left(6).each_ref().map(String::as_str));
        undo(&place.tree(), ID).unwrap();
        purge(&place.tree(), ID).unwrap();
    }
}

#[test]
fn what_stops_while_it_goes_for_good_says_how_much_is_left_and_how_to_go_on() {
    let (place, root) = place();
    for (kind, cure) in causes(&root) {
        apply(&place.tree(), &place.batch(ID), &mut nobody_names_anything).unwrap();
        let tree = failing(&place, ("remove", "files/5"), kind.clone());
        let error = purge(&tree, ID).unwrap_err();
        assert_eq!(error.kind, TrashErrorKind::Stopped);
        let left = fs::read_dir(place.path(&format!(".stateward/trash/{ID}/files")));
        let left = left.unwrap().count();
        let how_far = format!("left of the batch {ID}: {left} files");
        let on = format!("`stateward resume {root} --write` goes on");
        says(
            &error,
            &[&kind.to_string(), "files/5", &how_far, &cure, &on],
        );
        purge(&place.tree(), ID).unwrap();
        place.fill();
    }
}

#[test]
fn what_could_not_even_begin_says_what_to_do() {
    let (place, root) = place();
    let start = place.image();
    for (kind, cure) in causes(&root).into_iter().take(3) {
        let tree = failing(&place, ("replace", "state.json"), kind);
        let error = apply(&tree, &place.batch(ID), &mut nobody_names_anything).unwrap_err();
        assert_eq!(error.kind, TrashErrorKind::Refused);
        says(&error, &[&cure]);
        assert_eq!(place.image(), start);
    }
}

/// Runs the program, interrupts it once something has moved, and tells how it ended.
fn stopped(args: &[&str], mut has_begun: impl FnMut() -> bool) -> Output {
    let child = stateward()
        .args(args)
        .args(["--write", "--files-per-second", "1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    eventually("the first file", &mut has_begun);
    let pid = child.id().to_string();
    let killed = std::process::Command::new("kill")
        .args(["-INT", &pid])
        .status();
    assert!(killed.unwrap().success());
    child.wait_with_output().unwrap()
}

fn count(directory: &Path) -> usize {
    fs::read_dir(directory).map_or(0, Iterator::count)
}

/// That it was half-way, with the way on.
#[track_caller]
fn is_half_way(output: &Output, root: &Path, how_far: &str) {
    assert_eq!(output.status.code(), Some(130), "{}", err(output));
    let on = format!("`stateward resume {} --write`", root.display());
    let last = err(output);
    let last = last.lines().last().unwrap();
    assert!(last.contains("interrupted; "), "{last}");
    assert!(last.contains(how_far) && last.contains(&on), "{last}");
}

#[test]
fn a_deletion_that_is_stopped_in_the_middle_is_no_success() {
    for is_saved in [false, true] {
        let place = Fraud::aged(10);
        let root = place.root().join("checkpoints");
        let plan = place.root().join("plan.json");
        let chk = place.chk(8);
        let (chk, plan) = (chk.to_str().unwrap(), plan.to_str().unwrap());
        let sure = ["--confirm=fraud", "--all-named"];
        if is_saved {
            let saved = run([&["delete", chk, "--save", plan][..], &sure].concat());
            assert_eq!(saved.status.code(), Some(0), "{}", err(&saved));
        }
        let args = if is_saved {
            vec!["apply", plan, "--yes"]
        } else {
            [&["delete", chk, "--yes"][..], &sure].concat()
        };
        let files = || -> Option<PathBuf> {
            let all = fs::read_dir(root.join(".stateward/trash")).ok()?;
            let mut all = all.map(|it| it.unwrap().path().join("files"));
            all.find(|it| count(it) > 0)
        };
        let ended = stopped(&args, || files().is_some());
        is_half_way(&ended, &root, "files of the batch");
        let on = run(["undo", root.to_str().unwrap(), "--write"]);
        assert_eq!(on.status.code(), Some(0), "{}", err(&on));
    }
}

#[test]
fn what_is_stopped_on_its_way_back_or_for_good_is_no_success() {
    for verb in ["undo", "restore", "resume", "purge"] {
        let store = Store::new();
        let root = store.root();
        let files = root.join(".stateward/trash").join(ID).join("files");
        let batch = store.both(ID);
        let all = batch.moves.len();
        if verb == "resume" {
            interrupted(&store, &batch);
        } else {
            store.apply(&batch);
        }
        let before = count(&files);
        let at = root.to_str().unwrap();
        let args = match verb {
            "undo" => vec!["undo", at],
            "restore" => vec!["trash", "restore", at, "chk-8"],
            "resume" => vec!["resume", at],
            _ => {
                let long_ago = Timestamp::now() - SignedDuration::from_hours(96);
                store.rewrite(ID, "state.json", |it| it["at"] = json!(long_ago));
                vec!["trash", "purge", at, "--yes"]
            }
        };
        let ended = stopped(&args, || count(&files) != before);
        let how_far = match verb {
            "resume" => format!(" of the {all} files of the batch {ID} lie in the trash"),
            "purge" => format!("left of the batch {ID}: "),
            _ => format!(" of the {all} files of the batch {ID} lie in the trash still"),
        };
        is_half_way(&ended, &root, &how_far);
    }
}

#[test]
fn what_could_be_done_only_in_part_ends_in_saying_so() {
    let store = Store::new();
    store.apply(&store.both(ID));
    // Somebody else has made one of the files meanwhile.
    let names = fs::read_dir(store.job()).unwrap();
    assert!(names.count() > 0);
    let chk = store.job().join("chk-8");
    fs::create_dir_all(&chk).unwrap();
    fs::write(chk.join("_metadata"), "another").unwrap();
    let root = store.root();
    let done = run(["undo", root.to_str().unwrap(), "--write"]);
    assert_eq!(done.status.code(), Some(1), "{}", err(&done));
    let said = err(&done);
    let last = said.lines().last().unwrap();
    assert!(last.contains("only a part was done"), "{said}");
}

#[test]
fn what_was_purged_before_one_that_could_not_be_is_told_and_counts_as_a_part() {
    let store = Store::new();
    store.apply(&store.batch(
        "20261125T150500Z-aaaa",
        1,
        &[store.job().join("chk-7/_metadata")],
    ));
    store.apply(&store.batch(
        "20261125T150500Z-bbbb",
        1,
        &[store.job().join("chk-8/_metadata")],
    ));
    let long_ago = Timestamp::now() - SignedDuration::from_hours(96);
    for id in ["20261125T150500Z-aaaa", "20261125T150500Z-bbbb"] {
        store.rewrite(id, "state.json", |it| it["at"] = json!(long_ago));
    }
    // Where was looked for the second one is not there any more.
    store.rewrite("20261125T150500Z-bbbb", "batch.json", |it| {
        it["scope"] = json!(["/nowhere/at/all"]);
    });
    let at = store.root();
    for as_json in [false, true] {
        let mut args = vec!["trash", "purge", at.to_str().unwrap(), "--write", "--yes"];
        args.extend(as_json.then_some("--json"));
        let done = run(args);
        assert_eq!(
            done.status.code(),
            Some(if as_json { 4 } else { 1 }),
            "{}",
            err(&done)
        );
        if as_json {
            // Nothing was done this time.
            assert_eq!(
                document(&done)["error"]["kind"],
                "refused",
                "{}",
                out(&done)
            );
        } else {
            assert!(out(&done).contains("-aaaa"), "{}", out(&done));
            assert!(err(&done).contains("/nowhere/at/all"), "{}", err(&done));
        }
    }
}

#[test]
fn one_that_may_not_be_purged_does_not_keep_the_others() {
    let ids = ["20261125T150500Z-aaaa", "20261125T150500Z-bbbb"];
    for as_json in [false, true] {
        let store = Store::new();
        let metadata = ["chk-7", "chk-8"].map(|it| store.job().join(it).join("_metadata"));
        let long_ago = Timestamp::now() - SignedDuration::from_hours(96);
        for (id, metadata) in ids.iter().zip(metadata) {
            store.apply(&store.batch(id, 1, &[metadata]));
            store.rewrite(id, "state.json", |it| it["at"] = json!(long_ago));
        }
        // Where was looked for the first one is not there any more.
        store.rewrite(ids[0], "batch.json", |it| {
            it["scope"] = json!(["/nowhere/at/all"]);
        });
        let at = store.root();
        let mut args = vec!["trash", "purge", at.to_str().unwrap(), "--write", "--yes"];
        args.extend(as_json.then_some("--json"));
        let done = run(args);
        assert_eq!(done.status.code(), Some(1), "{}", err(&done));
        let said = err(&done);
        for words in [ids[0], "/nowhere/at/all", "only a part was done"] {
            assert!(said.contains(words), "{said}");
        }
        if as_json {
            let document = document(&done);
            assert_eq!(document["batches"][0]["id"], ids[1], "{document:#}");
            let why = document["refused"][0]["message"].as_str().unwrap();
            assert!(why.contains(ids[0]), "{document:#}");
        } else {
            assert!(out(&done).contains(ids[1]), "{}", out(&done));
        }
        let trash = at.join(".stateward/trash");
        assert_eq!(ids.map(|it| trash.join(it).exists()), [true, false]);
    }
}

#[test]
fn a_root_that_is_gone_or_closed_is_told_and_no_empty_trash() {
    let store = Store::new();
    store.apply(&store.both(ID));
    let (root, gone) = (store.root(), store.path().join("not there"));
    let list = |more: &[&OsStr]| run([&[OsStr::new("trash"), OsStr::new("ls")][..], more].concat());
    let told = list(&[root.as_os_str(), gone.as_os_str()]);
    assert_eq!(told.status.code(), Some(3), "{}", err(&told));
    assert!(out(&told).contains(ID), "{}", out(&told));
    assert!(err(&told).contains("not there"), "{}", err(&told));
    let as_json = list(&[root.as_os_str(), gone.as_os_str(), OsStr::new("--json")]);
    assert_eq!(as_json.status.code(), Some(3));
    let list_of = document(&as_json);
    assert_eq!(list_of["batches"][0]["id"], ID, "{list_of:#}");
    assert!(
        list_of["problems"][0]
            .as_str()
            .unwrap()
            .contains("not there"),
        "{list_of:#}"
    );
    for verb in ["undo", "resume"] {
        let told = run([verb, gone.to_str().unwrap(), "--write"]);
        assert_eq!(told.status.code(), Some(3), "{}", err(&told));
        assert!(err(&told).contains("not there"), "{}", err(&told));
    }
    // What cannot be looked into is not empty: here a link that leads back to itself, which nobody may follow either.
    let closed = store.path().join("closed");
    fs::create_dir_all(&closed).unwrap();
    std::os::unix::fs::symlink(".stateward", closed.join(".stateward")).unwrap();
    for args in [
        &["trash", "ls"][..],
        &["undo", "--write"],
        &["resume", "--write"],
    ] {
        let told = run([args, &[closed.to_str().unwrap()]].concat());
        assert_eq!(told.status.code(), Some(3), "{args:?}: {}", err(&told));
        let said = err(&told);
        assert!(said.contains(".stateward/trash"), "{said}");
        assert!(!said.contains("nothing lies"), "{said}");
    }
    // A directory in whose trash something lies, and a file where a directory was meant.
    let file = store.path().join("a file");
    fs::write(&file, "").unwrap();
    let told = list(&[file.as_os_str()]);
    assert_eq!(told.status.code(), Some(3), "{}", err(&told));
    assert!(only(&root.join(".stateward"), "trash").exists());
}
