//! No more files a second are moved than were asked for.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use crate::deletion::Place;
use crate::orphans::{LOST, Tree};
use crate::program::{err, run};

/// The option, and the pause that it makes between any two files.
const RATE: &str = "--files-per-second=5";
const PAUSE: Duration = Duration::from_millis(200);

/// Runs a command that has so many pauses to make.
#[track_caller]
fn takes(pauses: u32, args: &[&str]) {
    let start = Instant::now();
    let output = run(args.iter().chain(&[RATE]));
    let took = start.elapsed();
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", err(&output));
    assert!(took >= PAUSE * pauses, "{args:?} took {took:?}");
}

/// Notes something else in what the only batch says about itself.
fn note(trash: &std::path::Path, change: impl Fn(&mut serde_json::Value)) {
    let mut batches = fs::read_dir(trash).unwrap().map(|it| it.unwrap().path());
    let batch: PathBuf = batches.find(|it| it.is_dir()).unwrap();
    let state = batch.join("state.json");
    let mut text = serde_json::from_slice(&fs::read(&state).unwrap()).unwrap();
    change(&mut text);
    fs::write(state, text.to_string()).unwrap();
}

#[test]
fn deletions_and_what_follows_go_as_slowly_as_asked() {
    let place = Place::aged(10);
    let (chk, root) = (place.chk(8), place.root().join("checkpoints"));
    let (chk, root) = (chk.to_str().unwrap(), root.to_str().unwrap());
    let trash = place.root().join("checkpoints/.stateward/trash");
    let confirm = ["--confirm=fraud", "--all-named", "--write", "--yes"];
    // One file of metadata, and three others.
    takes(2, &[&["delete", chk][..], &confirm].concat());
    takes(3, &["undo", root, "--write"]);
    fs::remove_dir_all(&trash).unwrap();

    let plan = place.temp.path().join("plan");
    let plan = plan.to_str().unwrap();
    let saved = run([
        "delete",
        chk,
        "--confirm=fraud",
        "--all-named",
        "--save",
        plan,
    ]);
    assert_eq!(saved.status.code(), Some(0), "{}", err(&saved));
    takes(2, &["apply", plan, "--write", "--yes"]);
    takes(3, &["trash", "restore", root, "chk-8", "--write"]);
    fs::remove_dir_all(&trash).unwrap();

    // Two of metadata, and at least as many others.
    takes(
        2,
        &[&["prune", root, "--keep-last=1"][..], &confirm].concat(),
    );
    note(&trash, |state| state["state"] = "undoing".into());
    takes(3, &["resume", root, "--write"]);
    fs::remove_dir_all(&trash).unwrap();

    let deleted = run([&["delete", chk][..], &confirm].concat());
    assert_eq!(deleted.status.code(), Some(0), "{}", err(&deleted));
    let long_ago = Timestamp::now() - SignedDuration::from_hours(100);
    note(&trash, |state| state["at"] = long_ago.to_string().into());
    takes(3, &["trash", "purge", root, "--write", "--yes"]);
}

#[test]
fn what_is_left_over_goes_as_slowly_as_asked() {
    let tree = Tree::of("rocksdb-incremental");
    for number in 0..3 {
        tree.lose(&format!("chk-{number}/{LOST}"));
    }
    tree.all_old();
    let root = tree.root.to_str().unwrap();
    let flags = ["orphans", "--all-named", root, "--delete", "--write"];
    takes(2, &[&flags[..], &["--yes"]].concat());
    let alone = run(["orphans", root, RATE]);
    assert_eq!(alone.status.code(), Some(2), "{}", err(&alone));
}

#[test]
fn a_rate_of_nothing_is_no_rate() {
    for odd in ["0", "-1", "fast", "1.5"] {
        let rate = format!("--files-per-second={odd}");
        let output = run(["undo", ".", "--write", &rate]);
        assert_eq!(output.status.code(), Some(2), "{}", err(&output));
        assert!(
            err(&output).contains("number of files a second"),
            "{}",
            err(&output)
        );
    }
}
