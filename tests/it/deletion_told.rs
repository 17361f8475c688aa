//! What is told of a deletion, and of what lies in a trash: all that stays, why, and what can be done about it.

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Output;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use stateward::domain::text::shell_quote;
use stateward::store::change::{LocalTree, Tree as _};

use crate::bad_input::as_nobody;
use crate::deletion::{Place, age};
use crate::program::{err, json, only, out, run};
use crate::trash_tree::{self, apply, nobody_names_anything};

const SURE: [&str; 2] = ["--confirm=fraud", "--all-named"];
const DO_IT: [&str; 2] = ["--write", "--yes"];

fn with(args: &[&str], paths: &[&Path]) -> Output {
    let args = args.iter().map(OsStr::new);
    run(args.chain(paths.iter().map(|it| it.as_os_str())))
}

fn delete(place: &Place) -> PathBuf {
    let args = [&["delete"][..], &SURE, &DO_IT].concat();
    let done = with(&args, &[&place.chk(8)]);
    assert_eq!(done.status.code(), Some(0), "{}", err(&done));
    only(&checkpoints(place).join(".stateward/trash"), "20")
}

fn checkpoints(place: &Place) -> PathBuf {
    place.root().join("checkpoints")
}

/// Changes what was written down of how far a batch has come.
fn rewrite(batch: &Path, change: impl FnOnce(&mut Value)) {
    let path = batch.join("state.json");
    let mut state: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut state);
    fs::write(path, state.to_string()).unwrap();
}

fn lain_for_four_days(state: &mut Value) {
    state["at"] = json!(Timestamp::now() - SignedDuration::from_hours(4 * 24));
}

#[test]
fn what_changed_since_a_plan_was_saved_is_listed_and_is_no_success() {
    let place = Place::aged(10);
    let file = place.temp.path().join("plan.json");
    let saved = with(
        &[
            &["delete", "--json", "--save"][..],
            &[file.to_str().unwrap()],
            &SURE,
        ]
        .concat(),
        &[&place.chk(8)],
    );
    let plan = json(&saved);
    assert!(plan["freed_bytes"].as_u64().unwrap() > 0, "{plan:#}");
    let files = plan["targets"][0]["files"].as_array().unwrap();
    let is_shared =
        |it: &&Value| it["decision"] == "DELETE" && it["at"].as_str().unwrap().contains("/shared/");
    let changed = files.iter().find(is_shared).unwrap()["at"]
        .as_str()
        .unwrap();
    let path = Path::new(changed.strip_prefix("file:").unwrap());
    fs::write(path, fs::read(path).unwrap()).unwrap();
    let done = with(&[&["apply", "--json"][..], &DO_IT].concat(), &[&file]);
    assert_eq!(done.status.code(), Some(1), "{}", err(&done));
    let done = json(&done);
    assert_eq!(done["stays"][0]["what"], changed, "{done:#}");
    assert!(path.exists());
}

#[test]
fn what_was_refused_is_told_beside_what_went() {
    let place = Place::aged(10);
    let held = with(&["hold", "--write"], &[&place.chk(7), Path::new("audit")]);
    assert_eq!(held.status.code(), Some(0), "{}", err(&held));
    let args = [&["delete", "--json"][..], &SURE, &DO_IT].concat();
    let done = with(&args, &[&place.chk(7), &place.chk(8)]);
    assert_eq!(done.status.code(), Some(1), "{}", err(&done));
    let done = json(&done);
    let stays = &done["stays"][0];
    assert!(
        stays["what"].as_str().unwrap().ends_with("/chk-7"),
        "{done:#}"
    );
    assert!(stays["why"].as_str().unwrap().contains("audit"), "{done:#}");
    assert_eq!(stays["overruled_by"], serde_json::json!([]));
    let words = with(
        &[&["delete", "--json", "--all-named"][..], &DO_IT].concat(),
        &[&place.chk(9)],
    );
    assert_eq!(words.status.code(), Some(4), "{}", err(&words));
}

#[test]
fn nothing_is_told_to_go_where_nothing_can_be_moved() {
    let place = Place::aged(10);
    let bin = tempfile::tempdir().unwrap();
    for directory in [place.temp.path(), bin.path()] {
        fs::set_permissions(directory, Permissions::from_mode(0o755)).unwrap();
    }
    let snapshot = place.chk(8);
    let delete = |how: &[&str]| {
        let args = ["delete"].iter().chain(&SURE).chain(how).map(OsStr::new);
        let args: Vec<&OsStr> = args.chain([snapshot.as_os_str()]).collect();
        as_nobody(bin.path(), &args)
    };
    let told = delete(&DO_IT);
    let said = out(&told) + &err(&told);
    assert_eq!(told.status.code(), Some(4), "{said}");
    assert!(said.contains("permission denied"), "{said}");
    assert!(!said.contains("DELETE"), "{said}");
    // What would go where it can be is told to whoever only asks that.
    let told = delete(&["--dry-run"]);
    assert_eq!(told.status.code(), Some(0), "{}", err(&told));
    assert!(out(&told).contains("DELETE"), "{}", out(&told));
}

#[test]
fn a_dry_run_ends_as_what_it_is_about_would() {
    let place = Place::aged(10);
    let held = with(&["hold", "--write"], &[&place.chk(7), Path::new("audit")]);
    assert_eq!(held.status.code(), Some(0), "{}", err(&held));
    let args = [&["delete", "--dry-run"][..], &SURE].concat();
    let code = |chks: &[u64]| {
        let chks: Vec<_> = chks.iter().map(|it| place.chk(*it)).collect();
        let chks: Vec<&Path> = chks.iter().map(AsRef::as_ref).collect();
        with(&args, &chks).status.code()
    };
    assert_eq!(code(&[8]), Some(0));
    assert_eq!(code(&[7, 8]), Some(1), "partly");
    assert_eq!(code(&[7]), Some(4), "nothing");
}

#[test]
fn what_was_typed_for_a_hold_is_told_as_it_was_typed() {
    let place = Place::aged(10);
    let why = "x\u{1b}[31m";
    let held = with(
        &["hold", "--write", "--why", why],
        &[&place.chk(7), Path::new("audit")],
    );
    assert_eq!(held.status.code(), Some(0), "{}", err(&held));
    let listed = with(&["holds", "--json"], &[&place.root()]);
    assert_eq!(json(&listed)["holds"][0]["why"], why);
    assert!(!out(&listed).contains('\u{1b}'));
    let shown = with(&["holds"], &[&place.root()]);
    assert!(out(&shown).contains("x\\x1b[31m"), "{}", out(&shown));
}

#[test]
fn a_slip_in_the_command_line_is_a_document_for_whoever_reads_json() {
    let slip = with(&["ls", "--json", "--no-such-flag"], &[]);
    assert_eq!(slip.status.code(), Some(2));
    let error = &json(&slip)["error"];
    assert_eq!(error["kind"], "usage");
    assert_eq!(error["exit_code"], 2);
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("--no-such-flag")
    );
    let slip = with(&["check", "--json", "--no-such-flag"], &[]);
    assert_eq!(slip.status.code(), Some(3));
    assert_eq!(json(&slip)["error"]["exit_code"], 3);
    let help = with(&["ls", "--json", "--help"], &[]);
    assert!(out(&help).contains("Usage"), "{}", out(&help));
}

#[test]
fn leftovers_that_stay_are_told_with_why() {
    let place = Place::aged(10);
    let shared = place.chk(8).parent().unwrap().join("shared");
    fs::write(shared.join("0a1b2c3d-0000-4000-8000-000000000000"), "x").unwrap();
    age(place.temp.path(), 10);
    let shown = with(&["orphans", "--delete", "--dry-run"], &[&place.root()]);
    assert!(
        err(&shown).contains("1 stay ("),
        "{} {}",
        out(&shown),
        err(&shown)
    );
}

#[test]
fn rules_are_not_about_one_snapshot() {
    let place = Place::aged(10);
    let refused = with(&["prune", "--keep-last=1", "--dry-run"], &[&place.chk(8)]);
    assert_eq!(refused.status.code(), Some(2), "{}", err(&refused));
    assert!(err(&refused).contains("is a snapshot"), "{}", err(&refused));
}

#[test]
fn a_slip_is_not_critical_to_a_monitor() {
    let refused = with(&["check", "--max-age=soon"], &[]);
    assert_eq!(refused.status.code(), Some(3), "{}", err(&refused));
    let refused = with(&["ls", "--no-such-flag"], &[]);
    assert_eq!(refused.status.code(), Some(2), "{}", err(&refused));
}

#[test]
fn what_is_not_being_deleted_can_be_held_meanwhile() {
    let place = Place::aged(10);
    let batch = delete(&place);
    rewrite(&batch, |state| state["state"] = json!("begun"));
    let tree = LocalTree::open(&checkpoints(&place)).unwrap();
    let at_work = tree.lock(".stateward/trash/lock").unwrap();
    let held = with(&["hold", "--write"], &[&place.chk(7), Path::new("audit")]);
    assert_eq!(held.status.code(), Some(0), "{}", err(&held));
    // What is left of it is there once more, as if its metadata had not gone yet.
    fs::create_dir_all(place.chk(8)).unwrap();
    fs::copy(
        place.chk(7).join("_metadata"),
        place.chk(8).join("_metadata"),
    )
    .unwrap();
    let refused = with(&["hold", "--write"], &[&place.chk(8), Path::new("late")]);
    assert_ne!(refused.status.code(), Some(0));
    assert!(
        err(&refused).contains("being deleted right now"),
        "{}",
        err(&refused)
    );
    drop(at_work);
}

#[test]
fn what_is_on_its_way_back_is_not_told_to_be_too_young() {
    let place = Place::aged(10);
    let batch = delete(&place);
    rewrite(&batch, |state| {
        lain_for_four_days(state);
        state["restoring"] = json!([0]);
    });
    let args = [&["trash", "purge"][..], &DO_IT].concat();
    let said = err(&with(&args, &[&checkpoints(&place)]));
    assert!(said.contains("is unfinished"), "{said}");
    assert!(!said.contains("nothing has lain"), "{said}");
}

#[test]
fn a_link_in_the_trash_does_not_come_back() {
    let place = Place::aged(10);
    let batch = delete(&place);
    let slot = batch.join("files/1");
    fs::remove_file(&slot).unwrap();
    symlink("/etc/hostname", &slot).unwrap();
    let undone = with(&["undo", "--write"], &[&checkpoints(&place)]);
    assert_eq!(undone.status.code(), Some(1), "{}", err(&undone));
    assert!(err(&undone).contains("no regular file"), "{}", err(&undone));
    assert!(slot.symlink_metadata().unwrap().is_symlink());
    assert!(
        !place.chk(8).join("_metadata").exists(),
        "it is not whole, and nothing addresses it"
    );
}

#[test]
fn what_lay_in_a_directory_that_is_gone_comes_back_once_that_is_made() {
    let place = Place::aged(10);
    delete(&place);
    let job = place.chk(8).parent().unwrap().to_owned();
    let (shared, aside) = (job.join("shared"), place.temp.path().join("aside"));
    fs::rename(&shared, &aside).unwrap();
    let undo = || with(&["undo", "--write"], &[&checkpoints(&place)]);
    let undone = undo();
    assert_eq!(undone.status.code(), Some(1), "{}", err(&undone));
    assert!(
        err(&undone).contains("make it again and undo once more"),
        "{}",
        err(&undone)
    );
    fs::rename(&aside, &shared).unwrap();
    let undone = undo();
    assert_eq!(undone.status.code(), Some(0), "{}", err(&undone));
}

#[test]
fn one_of_two_of_a_name_is_told_by_where_it_lay() {
    let place = trash_tree::Place::new();
    let mut batch = place.batch("20261125T150500Z-1f0c");
    batch.targets[1] = "chk-1".to_owned();
    apply(&place.tree(), &batch, &mut nobody_names_anything).unwrap();
    let restore = |name: &str| {
        with(
            &["trash", "restore", "--write"],
            &[place.root(), Path::new(name)],
        )
    };
    let refused = restore("chk-1");
    assert_eq!(refused.status.code(), Some(4), "{}", err(&refused));
    for at in ["job/chk-1", "job/chk-2"] {
        assert!(err(&refused).contains(at), "{}", err(&refused));
    }
    let listed = || out(&with(&["trash", "ls"], &[place.root()]));
    assert!(listed().contains("job/chk-1, job/chk-2"), "{}", listed());
    let done = restore("job/chk-2");
    assert!(place.path("job/chk-2/d").exists(), "{}", err(&done));
    assert!(!place.path("job/chk-1/a").exists());
    // What came back is not in the trash any more.
    assert!(!listed().contains("chk-2"), "{}", listed());
}

#[test]
fn where_was_looked_when_something_stayed_is_looked_again() {
    let place = Place::aged(10);
    let other = place.temp.path().join("other");
    let twin = other.join("ffffffffffffffffffffffffffffffff/chk-12");
    fs::create_dir_all(&twin).unwrap();
    fs::copy(place.chk(8).join("_metadata"), twin.join("_metadata")).unwrap();
    age(place.temp.path(), 10);
    let batch = delete(&place);
    let map = format!(
        "--map=file:/flink/fixtures/2.3.0/rocksdb-incremental={}",
        place.root().display()
    );
    let purge = |more: &[&str]| {
        rewrite(&batch, lain_for_four_days);
        let args = [&["trash", "purge"][..], &DO_IT, more].concat();
        with(&args, &[&checkpoints(&place)])
    };
    let wide = purge(&["--in", other.to_str().unwrap(), &map]);
    assert_eq!(wide.status.code(), Some(1), "{}", err(&wide));
    let kept = || fs::read_dir(batch.join("files")).unwrap().count();
    let needed = kept();
    assert!(needed > 0);
    let narrow = purge(&[]);
    assert_eq!(narrow.status.code(), Some(1), "{}", err(&narrow));
    assert_eq!(kept(), needed);
}

#[test]
fn whoever_reads_json_is_told_in_a_line_why_something_stays() {
    let place = Place::aged(10);
    let held = with(&["hold", "--write"], &[&place.chk(7), Path::new("audit")]);
    assert_eq!(held.status.code(), Some(0), "{}", err(&held));
    let file = place.temp.path().join("plan.json");
    let save = ["--save", file.to_str().unwrap()];
    for more in [&["--dry-run"][..], &save, &DO_IT] {
        let args = [&["delete", "--json"][..], &SURE, more].concat();
        let done = with(&args, &[&place.chk(7), &place.chk(8)]);
        let told = err(&done);
        let lines: Vec<&str> = told.lines().filter(|it| it.contains("chk-7")).collect();
        let [line] = &lines[..] else {
            panic!("{more:?}: {told}");
        };
        assert!(line.starts_with("stateward: 1 of 2 stays: "), "{line}");
        assert!(line.contains("It is held by `audit`"), "{line}");
        json(&done);
    }
    let args = [&["delete", "--json", "--dry-run"][..], &SURE].concat();
    let refused = with(&args, &[&place.chk(7)]);
    assert_eq!(refused.status.code(), Some(4));
    assert!(
        err(&refused).contains("1 of 1 stays: "),
        "{}",
        err(&refused)
    );
    let all_go = with(&args, &[&place.chk(9)]);
    assert_eq!(err(&all_go), "");
}

#[test]
fn what_is_suggested_names_the_clusters_and_the_places_that_were_named() {
    const NOBODY: &str = "http://127.0.0.1:9";
    let place = Place::aged(10);
    let elsewhere = place.temp.path().join("an other's");
    fs::create_dir_all(&elsewhere).unwrap();
    let within = ["--in", elsewhere.to_str().unwrap()];
    let args = [&["delete"][..], &SURE, &DO_IT, &within].concat();
    let done = with(&args, &[&place.chk(8)]);
    let quoted = shell_quote(elsewhere.to_str().unwrap()).into_owned();
    assert!(
        err(&done).contains(&format!("--in {quoted} --write` frees the space")),
        "{}",
        err(&done)
    );
    let batch = only(&checkpoints(&place).join(".stateward/trash"), "20");
    rewrite(&batch, |state| state["state"] = json!("begun"));
    let root = shell_quote(checkpoints(&place).to_str().unwrap()).into_owned();
    let resume = format!("`stateward resume {root} --flink {NOBODY} --write` goes on with it");
    let checked = with(&["check", "--flink", NOBODY], &[&place.root()]);
    assert!(out(&checked).contains(&resume), "{}", out(&checked));
    let orphans = with(&["orphans", "--flink", NOBODY], &[&place.root()]);
    assert!(err(&orphans).contains(&resume), "{}", err(&orphans));
    let refused = with(
        &["resume", "--write", "--flink", NOBODY],
        &[&checkpoints(&place)],
    );
    let undo = format!("`stateward undo {root} --write` puts it back");
    assert!(err(&refused).contains(&undo), "{}", err(&refused));
}
