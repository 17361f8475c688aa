//! Where the user's state directory cannot be written: what lies beside the snapshots goes on without it, and all else says so.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::deletion::{Place, contents, health};
use crate::program::{err, out, stateward};
use crate::watching::Watch;

/// Snapshots, with a file where the state directory should be.
struct Scene {
    place: Place,
    state: PathBuf,
}

impl Scene {
    fn new() -> Self {
        let place = Place::aged(10);
        let state = place.temp.path().join("state");
        fs::write(&state, "no directory").unwrap();
        Self { place, state }
    }

    fn command(&self) -> Command {
        let mut command = stateward();
        command.env("XDG_STATE_HOME", &self.state);
        command
    }

    fn run(&self, args: &[&str], path: &Path, more: &[&str]) -> Output {
        let mut command = self.command();
        command.args(args).arg(path).args(more).output().unwrap()
    }

    fn checkpoints(&self) -> PathBuf {
        self.place.root().join("checkpoints")
    }
}

#[track_caller]
fn ends(output: &Output, code: i32) -> String {
    let said = out(output) + &err(output);
    assert_eq!(output.status.code(), Some(code), "{said}");
    said
}

#[test]
fn what_is_kept_beside_the_snapshots_needs_no_state_directory() {
    let scene = Scene::new();
    let (eight, nine) = (scene.place.chk(8), scene.place.chk(9));
    let before = contents(&eight);
    let sure = ["--confirm", "fraud", "--all-named", "--write", "--yes"];
    ends(&scene.run(&["delete"], &eight, &sure), 0);
    assert!(!eight.exists());
    ends(
        &scene.run(&["undo", "--write"], &scene.place.root(), &[]),
        0,
    );
    assert_eq!(contents(&eight), before);
    ends(&scene.run(&["hold", "--write"], &eight, &["audit"]), 0);
    ends(&scene.run(&["delete"], &eight, &sure), 4);
    ends(&scene.run(&["release", "--write"], &eight, &["audit"]), 0);
    ends(&scene.run(&["mark", "--write"], &nine, &[]), 0);
    ends(&scene.run(&["unmark", "--write"], &nine, &[]), 0);
    assert_eq!(fs::read(&scene.state).unwrap(), b"no directory");
}

#[test]
fn whoever_watches_is_told_that_no_history_is_kept() {
    let scene = Scene::new();
    let said = scene.place.temp.path().join("said");
    let mut command = scene.command();
    command.arg("watch").arg(scene.place.root());
    command.stderr(File::create(&said).unwrap());
    let mut watch = Watch::by(&mut command);
    watch.wait("root_ready", "fraud");
    watch.end();
    let said = fs::read_to_string(said).unwrap();
    let state = scene.state.to_str().unwrap();
    for words in [
        "stateward: history: cannot write ",
        state,
        "it is not a directory",
    ] {
        assert!(said.contains(words), "{words} {said}");
    }
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[test]
fn what_can_be_written_nowhere_is_told_with_both_places() {
    let scene = Scene::new();
    // Nobody but us calls anything by that name.
    let ours = scene.checkpoints().join(".stateward");
    fs::write(&ours, "").unwrap();
    for args in [&["hold", "--write"][..], &["mark", "--write"]] {
        let name: &[&str] = if args[0] == "hold" { &["audit"] } else { &[] };
        let said = ends(&scene.run(args, &scene.place.chk(8), name), 3);
        for words in [
            &format!("cannot write {}: it is no directory", ours.display()),
            &format!("nor {}", scene.state.display()),
            "it is not a directory, or something above it is none",
            "nothing was written down",
        ] {
            assert!(said.contains(words), "{words} {said}");
        }
        assert!(!said.contains("os error"), "{said}");
    }
}

#[test]
fn a_mark_without_its_file_is_no_mark() {
    let scene = Scene::new();
    let marked = |snapshot: &Path| scene.run(&["mark", "--write"], snapshot, &[]);
    let marks = || out(&scene.run(&["marks"], &scene.place.root(), &[]));
    let pointers = scene.checkpoints().join(".stateward/restart");
    ends(&marked(&scene.place.chk(8)), 0);
    let before = marks();
    let file = pointers.join("fraud");
    let pointed = fs::read(&file).unwrap();
    // Whoever comes with another file cannot put it down.
    fs::create_dir(pointers.join(".fraud.new")).unwrap();
    ends(&marked(&scene.place.chk(9)), 3);
    assert_eq!(marks(), before);
    assert_eq!(fs::read(&file).unwrap(), pointed);
    assert_eq!(health(&scene.place.chk(9)), "complete");
    fs::remove_dir(pointers.join(".fraud.new")).unwrap();
    ends(&marked(&scene.place.chk(9)), 0);
    assert!(marks().contains("chk-9"), "{}", marks());
}
