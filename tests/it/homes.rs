//! Directories in which snapshots lay that are not there any more, while what would hold them is empty: where nothing is
//! mounted now it looks like that, and nobody there is taken to need nothing.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use crate::deletion::{Place, age, contents};
use crate::program::{copy, err, fixture, only, out, run, stateward};

/// Checkpoints of one application, and those of another one that was looked at, too.
struct Scene {
    place: Place,
    /// The directory that holds the job's of the other one.
    other: PathBuf,
}

impl Scene {
    fn new() -> Self {
        let place = Place::aged(10);
        let other = place.temp.path().join("in/other");
        copy(&fixture("flink-2.3.0/hashmap"), &other);
        age(&other, 10);
        let other = other.join("checkpoints");
        Self { place, other }
    }

    /// The directory of the other job goes out of sight.
    fn empty(&self) {
        let job = only(&self.other, "");
        fs::rename(job, self.place.temp.path().join("away")).unwrap();
    }

    fn args(&self, rest: &[&str]) -> Vec<String> {
        let (target, within) = (self.place.chk(8), self.place.temp.path().join("in"));
        let mut args = vec!["delete".to_owned(), target.display().to_string()];
        args.extend(["--in".to_owned(), within.display().to_string()]);
        let rest = "--all-named --confirm fraud"
            .split(' ')
            .chain(rest.iter().copied());
        args.extend(rest.map(str::to_owned));
        args
    }
}

#[test]
fn a_saved_plan_is_not_carried_out_where_snapshots_are_out_of_sight() {
    let scene = Scene::new();
    let plan = scene.place.temp.path().join("plan.json");
    let plan = plan.to_str().unwrap();
    let saved = run(scene.args(&["--save", plan]));
    assert_eq!(saved.status.code(), Some(0), "{}", err(&saved));
    scene.empty();
    let before = contents(&scene.place.root());
    let applied = run(["apply", plan, "--write", "--yes"]);
    let said = err(&applied);
    assert_eq!(applied.status.code(), Some(4), "{}{said}", out(&applied));
    for words in ["is not there, and", "is empty", "make a new plan"] {
        assert!(said.contains(words), "`{words}` is not in {said}");
    }
    assert!(!said.contains("--gone"), "{said}");
    assert_eq!(contents(&scene.place.root()), before);
    // A new plan is made from what there is.
    let deleted = run(scene.args(&["--write", "--yes"]));
    assert_eq!(deleted.status.code(), Some(0), "{}", err(&deleted));
}

#[test]
fn a_plan_is_carried_out_where_flink_removed_one_directory_of_several() {
    let scene = Scene::new();
    copy(&only(&scene.other, ""), &scene.other.join("7".repeat(32)));
    age(&scene.other, 10);
    let plan = scene.place.temp.path().join("plan.json");
    let plan = plan.to_str().unwrap();
    let saved = run(scene.args(&["--save", plan]));
    assert_eq!(saved.status.code(), Some(0), "{}", err(&saved));
    fs::remove_dir_all(scene.other.join("7".repeat(32))).unwrap();
    let applied = run(["apply", plan, "--write", "--yes"]);
    assert_eq!(applied.status.code(), Some(0), "{}", err(&applied));
}

#[test]
fn a_deletion_under_way_stops_where_snapshots_go_out_of_sight() {
    let scene = Scene::new();
    let before = contents(&scene.place.root());
    let process = stateward()
        .args(scene.args(&["--write", "--yes", "--files-per-second", "1"]))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while scene.place.chk(8).join("_metadata").exists() {
        std::thread::yield_now();
    }
    scene.empty();
    let output = process.wait_with_output().unwrap();
    let said = err(&output);
    assert!(!output.status.success(), "{said}");
    assert!(said.contains("is not there, and"), "{said}");
    let root = scene.place.root();
    if contents(&root) != before {
        let undone = run(["undo", root.to_str().unwrap(), "--write"]);
        assert!(undone.status.success(), "{}", err(&undone));
    }
    assert_eq!(contents(&root), before);
}

#[test]
fn a_purge_under_way_stops_where_snapshots_go_out_of_sight() {
    let scene = Scene::new();
    let deleted = run(scene.args(&["--write", "--yes"]));
    assert_eq!(deleted.status.code(), Some(0), "{}", err(&deleted));
    let root = scene.place.root();
    let id = crate::trash_needs::id(&crate::trash_needs::batches(&root)[0]).to_owned();
    crate::trash_needs::age(&root, &id);
    let files = root
        .join("checkpoints/.stateward/trash")
        .join(&id)
        .join("files");
    let count = || fs::read_dir(&files).map_or(0, Iterator::count);
    let all = count();
    let process = stateward()
        .args(["trash", "purge", root.to_str().unwrap(), "--write", "--yes"])
        .args(["--files-per-second", "1"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while count() == all {
        std::thread::yield_now();
    }
    scene.empty();
    let output = process.wait_with_output().unwrap();
    let said = err(&output);
    assert!(!output.status.success(), "{said}");
    assert!(said.contains("is not there, and"), "{said}");
    assert!(count() > 0, "{said}");
}
