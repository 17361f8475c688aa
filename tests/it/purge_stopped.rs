//! A purge that something stopped, and what of it lies in the trash whole still.

use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;
use serde_json::{Value, json};
use stateward::action::trash::TrashErrorKind;
use stateward::store::change::{ChangeErrorKind, LocalTree, Tree};

use crate::program::{err, json as document, out, run};
use crate::trash_commands::{ID, Store};
use crate::trash_tree::{
    Between, GOING, Place, Verdict, apply, nobody_names_anything, purge, restore, resume, undo,
};

/// A tree in which so many files of a trash can be removed, and no more.
fn stopping(tree: LocalTree, after: usize) -> impl Tree {
    let gone = AtomicUsize::new(0);
    Between {
        tree,
        judge: move |name: &str, at: &str| {
            let is_one = name == "remove" && at.contains("/files/");
            if is_one && gone.fetch_add(1, Ordering::Relaxed) >= after {
                Verdict::Fails(ChangeErrorKind::Denied)
            } else {
                Verdict::Works
            }
        },
    }
}

/// Two checkpoints that name a file together, and a file of nobody's, of which a purge removed so many files.
fn stopped(after: usize) -> Place {
    let place = Place::new();
    let mut batch = place.batch(ID);
    let shared = batch.moves.iter_mut();
    for it in shared.filter(|it| it.from == "job/shared/one") {
        it.also = vec![1];
    }
    apply(&place.tree(), &batch, &mut nobody_names_anything).unwrap();
    let error = purge(&stopping(place.tree(), after), ID).unwrap_err();
    let hint = error.hint.unwrap_or_default();
    assert!(
        hint.contains("stateward resume") && hint.contains("puts back what is whole still"),
        "{hint}"
    );
    place
}

/// How many files of each target are in their places, and of how many.
fn there(place: &Place) -> [(usize, usize); 3] {
    let mut there = [(0, 0); 3];
    for (path, target) in GOING {
        let is_shared = path == "job/shared/one";
        for target in [Some(target), is_shared.then_some(1)].into_iter().flatten() {
            there[target].0 += usize::from(place.is_there(path));
            there[target].1 += 1;
        }
    }
    there
}

#[test]
fn what_is_whole_comes_back_wherever_a_purge_stops() {
    // Three files of the first; then metadata of the second, what both name, and two more; then one of nobody's.
    for (after, whole, half) in [
        (0, [true, true, true], 0),
        (1, [false, true, true], 1),
        (3, [false, true, true], 1),
        (4, [false, false, true], 2),
        (6, [false, false, true], 1),
        (7, [false, false, true], 0),
    ] {
        let place = stopped(after);
        let staying = place.staying();
        let done = undo(&place.tree(), ID).unwrap();
        for (target, ((is, of), is_whole)) in there(&place).into_iter().zip(whole).enumerate() {
            // What the first names with the second comes back with that.
            let shared = usize::from(target == 0 && whole[1]);
            let expected = if is_whole { of } else { shared };
            assert_eq!(is, expected, "target {target} after {after}: {done:?}");
        }
        let left = done.skipped.iter();
        let left = left.filter(|it| it.why.contains("for good")).count();
        assert_eq!(left, half, "after {after}: {done:?}");
        // The rest goes on being removed; where there is none, what is written down about it may go as of any undone one.
        if whole == [true; 3] {
            purge(&place.tree(), ID).unwrap();
        } else {
            resume(&place.tree(), ID).unwrap();
        }
        assert!(!place.is_there(&format!(".stateward/trash/{ID}")));
        assert_eq!(place.staying(), staying);
    }
}

#[test]
fn what_is_not_whole_does_not_come_back() {
    let place = stopped(1);
    let before = place.image();
    let error = restore(&place.tree(), ID, &["chk-1"]).unwrap_err();
    assert_eq!(error.kind, TrashErrorKind::Refused, "{error}");
    assert!(
        error.message.contains("files of chk-1 have gone for good"),
        "{error}"
    );
    assert_eq!(place.image(), before);
    restore(&place.tree(), ID, &["chk-2"]).unwrap();
    assert!(place.is_there("job/chk-2/_metadata"));
    assert!(!place.is_there("job/chk-1"));
}

/// The same on what a Flink wrote, as a purge from a shell would have left it.
fn store(after: usize) -> Store {
    let store = Store::new();
    store.apply(&store.both(ID));
    let tree = LocalTree::open(&store.root()).unwrap();
    purge(&stopping(tree, after), ID).unwrap_err();
    store
}

fn at(store: &Store, args: &[&str], more: &[&str]) -> std::process::Output {
    let root = store.root();
    run(args.iter().chain(&[root.to_str().unwrap()]).chain(more))
}

fn state(store: &Store) -> Value {
    let listed = document(&at(store, &["trash", "ls", "--json"], &[]));
    listed["batches"][0]["state"].clone()
}

#[test]
fn from_a_shell_what_is_whole_comes_back_by_its_name() {
    let store = store(1);
    let metadata = |name: &str| store.job().join(name).join("_metadata");
    let half = at(&store, &["trash", "restore", "--write"], &["chk-7"]);
    assert_eq!(half.status.code(), Some(4), "{}", err(&half));
    for words in ["have gone for good", "stateward resume"] {
        assert!(err(&half).contains(words), "{}", err(&half));
    }
    let back = at(&store, &["trash", "restore", "--write"], &["chk-8"]);
    assert_eq!(back.status.code(), Some(0), "{}", err(&back));
    assert!(metadata("chk-8").exists() && !metadata("chk-7").exists());
    assert_eq!(state(&store), "purging");
    // Nothing is whole any more.
    let undone = at(&store, &["undo", "--write"], &[]);
    assert_eq!(undone.status.code(), Some(1), "{}", err(&undone));
    let resumed = at(&store, &["resume", "--write"], &[]);
    assert_eq!(resumed.status.code(), Some(0), "{}", err(&resumed));
    assert!(metadata("chk-8").exists());
    let verified = run(["verify", store.job().join("chk-8").to_str().unwrap()]);
    assert!(verified.status.success(), "{}", out(&verified));
}

#[test]
fn what_came_back_as_a_whole_is_undone() {
    // Whether all of it comes at once, or one after the other.
    for names in [&[][..], &["chk-7", "chk-8"]] {
        let store = store(0);
        assert_eq!(state(&store), "purging");
        for name in names {
            assert_eq!(state(&store), "purging");
            let back = at(&store, &["trash", "restore", "--write"], &[*name]);
            assert_eq!(back.status.code(), Some(0), "{}", err(&back));
        }
        if names.is_empty() {
            let undone = at(&store, &["undo", "--write"], &[]);
            assert_eq!(undone.status.code(), Some(0), "{}", err(&undone));
        }
        let trash = store.root().join(".stateward/trash").join(ID);
        let text = std::fs::read(trash.join("state.json")).unwrap();
        let written: Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(written["state"], "undone");
        let resumed = at(&store, &["resume", "--write"], &[]);
        assert_eq!(resumed.status.code(), Some(1), "{}", err(&resumed));
        for name in ["chk-7", "chk-8"] {
            let verified = run(["verify", store.job().join(name).to_str().unwrap()]);
            assert!(verified.status.success(), "{}", out(&verified));
        }
    }
}

#[test]
fn an_undo_tells_what_does_not_come_back() {
    let store = store(1);
    let undone = at(&store, &["undo", "--write"], &[]);
    assert_eq!(undone.status.code(), Some(1), "{}", err(&undone));
    assert!(
        err(&undone).contains("chk-7 was left alone: files of it have gone for good"),
        "{}",
        err(&undone)
    );
    assert!(store.job().join("chk-8/_metadata").exists());
    assert!(!store.job().join("chk-7").exists());
}

#[test]
fn what_was_on_its_way_back_is_back_before_anything_else_goes() {
    let store = store(1);
    let old = Timestamp::now() - jiff::SignedDuration::from_hours(24 * 5);
    store.rewrite(ID, "state.json", |state| {
        state["restoring"] = json!([1]);
        state["at"] = json!(old);
    });
    let listed = out(&at(&store, &["trash", "ls"], &[]));
    assert!(listed.contains("restoring"), "{listed}");
    let purged = at(&store, &["trash", "purge", "--write", "--yes"], &[]);
    assert!(err(&purged).contains("unfinished"), "{}", err(&purged));
    let resumed = at(&store, &["resume", "--write"], &[]);
    assert_eq!(resumed.status.code(), Some(0), "{}", err(&resumed));
    assert!(store.job().join("chk-8/_metadata").exists());
    assert_eq!(state(&store), "purging");
    let resumed = at(&store, &["resume", "--write"], &[]);
    assert_eq!(resumed.status.code(), Some(0), "{}", err(&resumed));
    assert!(store.job().join("chk-8/_metadata").exists());
}

#[test]
fn what_comes_back_and_lacks_files_of_a_batch_that_is_going_is_told_how_it_gets_them() {
    let store = Store::new();
    let files = |below: &str| {
        let found = std::fs::read_dir(store.job().join(below)).unwrap();
        let mut found: Vec<_> = found.map(|it| it.unwrap().path()).collect();
        // Metadata first.
        found.sort_by_key(|it| !it.ends_with("_metadata"));
        found
    };
    let later = "20261125T150600Z-2f0c";
    store.apply(&store.batch(ID, 1, &files("chk-8")));
    let with_shared = [files("chk-7"), files("shared")].concat();
    store.apply(&store.batch(later, 1, &with_shared));
    let tree = LocalTree::open(&store.root()).unwrap();
    purge(&stopping(tree, 1), later).unwrap_err();

    let undone = at(&store, &["undo", "--write"], &[]);
    assert_eq!(undone.status.code(), Some(1), "{}", err(&undone));
    let said = err(&undone);
    let root = store.root();
    let root = root.to_str().unwrap();
    let words = format!(
        "in the batch {later}, which is being removed for good; `stateward resume {root} --write` leaves there what it names, and \
         then `stateward undo {root} --plan {later} --write` puts that back"
    );
    assert!(said.contains(&words), "{said}");
    assert!(!said.contains("undo that too"), "{said}");
    // That leads on.
    at(&store, &["resume", "--write"], &[]);
    at(&store, &["undo", "--write"], &["--plan", later]);
    let verified = run(["verify", store.job().join("chk-8").to_str().unwrap()]);
    assert!(verified.status.success(), "{}", out(&verified));
}
