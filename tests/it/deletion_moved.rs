//! A deletion in two roots of which one was moved since, or copied.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::deletion::{Place, contents};
use crate::program::{err, only, run};

/// A checkpoint and a savepoint in a root each, before and after they were deleted together.
struct Two {
    place: Place,
    savepoint: PathBuf,
}

impl Two {
    fn deleted() -> Self {
        let place = Place::aged(10);
        let savepoint = only(&place.root().join("savepoints"), "savepoint-e8eeda-45");
        let deleted = run(["delete", text(&place.chk(8)), text(&savepoint)]
            .into_iter()
            .chain(["--all-named", "--confirm", "fraud", "--write", "--yes"]));
        assert!(deleted.status.success(), "{}", err(&deleted));
        assert!(!place.chk(8).exists() && !savepoint.exists());
        Self { place, savepoint }
    }

    fn above(&self) -> &Path {
        self.place.temp.path()
    }

    fn checkpoints(&self) -> PathBuf {
        self.place.root().join("checkpoints")
    }

    fn savepoints(&self) -> PathBuf {
        self.place.root().join("savepoints")
    }

    fn archive(&self) -> PathBuf {
        let archive = self.above().join("archive");
        fs::create_dir_all(&archive).unwrap();
        archive
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn undo(at: &Path) -> Output {
    run(["undo", text(at), "--write"])
}

/// With links, times and inodes of its own.
fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").args([from, to]).status();
    assert!(copied.unwrap().success());
}

#[test]
fn it_is_undone_from_above_both_after_one_of_its_roots_was_moved() {
    let two = Two::deleted();
    let moved = two.archive().join("savepoints");
    fs::rename(two.savepoints(), &moved).unwrap();
    // Whoever names one alone is told how to name both.
    let before = contents(two.above());
    for one in [two.place.root(), two.checkpoints(), moved.clone()] {
        let refused = undo(&one);
        assert_eq!(refused.status.code(), Some(4), "{}", err(&refused));
        assert!(
            err(&refused).contains("name a directory that"),
            "{}",
            err(&refused)
        );
    }
    assert_eq!(contents(two.above()), before);
    let undone = undo(two.above());
    assert_eq!(undone.status.code(), Some(0), "{}", err(&undone));
    assert!(two.place.chk(8).join("_metadata").exists());
    let name = two.savepoint.file_name().unwrap();
    assert!(moved.join(name).join("_metadata").exists());
}

#[test]
fn a_copy_of_what_is_there_is_not_the_other_half() {
    let two = Two::deleted();
    let copied = two.archive().join("checkpoints");
    copy(&two.checkpoints(), &copied);
    let away = tempfile::tempdir().unwrap();
    fs::rename(two.savepoints(), away.path().join("savepoints")).unwrap();
    let before = contents(two.above());
    let refused = undo(two.above());
    assert_eq!(refused.status.code(), Some(4), "{}", err(&refused));
    assert_eq!(contents(two.above()), before);
}

#[test]
fn a_copy_is_not_mixed_with_what_it_is_a_copy_of() {
    let two = Two::deleted();
    copy(&two.savepoints(), &two.archive().join("savepoints"));
    let copied = contents(&two.archive());
    let undone = undo(&two.place.root());
    assert_eq!(undone.status.code(), Some(0), "{}", err(&undone));
    assert!(two.place.chk(8).join("_metadata").exists());
    assert!(two.savepoint.join("_metadata").exists());
    assert_eq!(contents(&two.archive()), copied);
}

#[test]
fn of_two_that_may_be_what_was_moved_none_is_taken() {
    let two = Two::deleted();
    let archive = two.archive();
    copy(&two.savepoints(), &archive.join("copy"));
    fs::rename(two.savepoints(), archive.join("savepoints")).unwrap();
    let before = contents(two.above());
    let refused = undo(two.above());
    assert_eq!(refused.status.code(), Some(4), "{}", err(&refused));
    assert_eq!(contents(two.above()), before);
}

#[test]
fn what_lies_in_a_copy_is_not_put_to_a_root_that_has_lost_its_trash() {
    let two = Two::deleted();
    copy(&two.savepoints(), &two.archive().join("savepoints"));
    fs::remove_dir_all(two.savepoints().join(".stateward")).unwrap();
    let before = contents(two.above());
    let refused = undo(two.above());
    assert_eq!(refused.status.code(), Some(4), "{}", err(&refused));
    assert_eq!(contents(two.above()), before);
}
