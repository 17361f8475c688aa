//! What keeps a deletion in the trash: nothing goes for good while anybody needs it, or while that cannot be told.

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::bad_input::as_nobody;
use crate::deletion::{Place, age};
use crate::program::{copy, err, fixture, out, run};
use crate::trash_needs::{self, batches, checkpoints, code, id};

/// chk-8 in the trash, long enough to go, and a copy of it as it was.
struct Deleted {
    place: Place,
    spare: PathBuf,
    id: String,
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

impl Deleted {
    fn new() -> Self {
        Self::within(&[])
    }

    /// The same, where was looked in these directories too; they are made.
    fn within(directories: &[&str]) -> Self {
        Self::of(Place::aged(10), directories)
    }

    /// The same, where was looked in a directory with snapshots of another application.
    fn at_other_snapshots(directory: &str) -> Self {
        let place = Place::aged(10);
        let at = place.temp.path().join(directory);
        copy(&fixture("flink-2.3.0/hashmap"), &at);
        age(&at, 10);
        Self::of(place, &["mnt"])
    }

    fn of(place: Place, directories: &[&str]) -> Self {
        let spare = place.temp.path().join("spare");
        copy(&place.chk(8), &spare);
        let chk = place.chk(8);
        let mut args = vec![
            "delete",
            text(&chk),
            "--confirm=fraud",
            "--all-named",
            "--write",
            "--yes",
        ];
        let within: Vec<PathBuf> = directories
            .iter()
            .map(|it| place.temp.path().join(it))
            .collect();
        for directory in &within {
            fs::create_dir_all(directory).unwrap();
            args.extend(["--in", text(directory)]);
        }
        let deleted = run(&args);
        assert_eq!(code(&deleted), 0, "{}", err(&deleted));
        let root = place.root();
        let id = id(&batches(&root)[0]).to_owned();
        trash_needs::age(&root, &id);
        Self { place, spare, id }
    }

    fn root(&self) -> PathBuf {
        checkpoints(&self.place.root())
    }

    fn at(&self, name: &str) -> PathBuf {
        self.place.temp.path().join(name)
    }

    /// A snapshot that names the files of chk-8, in this directory.
    fn namer(&self, directory: &str) -> PathBuf {
        let job = self.place.chk(9).parent().unwrap().to_owned();
        let job = job.file_name().unwrap().to_owned();
        let at = self.at(directory).join(job).join("chk-8");
        copy(&self.spare, &at);
        age(&self.at(directory), 10);
        at
    }

    fn purge(&self, more: &[&str]) -> Output {
        let root = self.root();
        let args = ["trash", "purge", text(&root), "--write", "--yes"];
        run(args.iter().chain(&["--plan", &self.id]).chain(more))
    }

    fn in_trash(&self) -> u64 {
        let batches = batches(&self.place.root());
        batches.iter().filter_map(|it| it["files"].as_u64()).sum()
    }

    #[track_caller]
    fn is_refused(&self, more: &[&str], words: &str) {
        let before = self.in_trash();
        let purged = self.purge(more);
        assert_eq!(code(&purged), 4, "{}{}", out(&purged), err(&purged));
        assert!(err(&purged).contains(words), "{}", err(&purged));
        assert_eq!(self.in_trash(), before, "nothing went");
    }

    /// Some of it stays, as a snapshot names it.
    #[track_caller]
    fn stays(&self, more: &[&str], words: &str) {
        let before = self.in_trash();
        let purged = self.purge(more);
        assert_eq!(code(&purged), 1, "{}{}", out(&purged), err(&purged));
        assert!(err(&purged).contains(words), "{}", err(&purged));
        let left = self.in_trash();
        assert!(left > 0 && left < before, "{left} of {before}");
        // It comes back from there, and whoever names it is whole.
        let undone = trash_needs::undo(&self.place.root(), &self.id);
        assert!(code(&undone) < 2, "{}", err(&undone));
    }

    #[track_caller]
    fn goes(&self, more: &[&str]) {
        let purged = self.purge(more);
        assert_eq!(code(&purged), 0, "{}{}", out(&purged), err(&purged));
        assert_eq!(self.in_trash(), 0);
    }
}

#[test]
fn what_is_held_stays_until_it_is_released() {
    let deleted = Deleted::new();
    // A hold that was set while it was there.
    let own = deleted.root().join(".stateward/holds.json");
    let snapshot = format!("file:{}", deleted.place.chk(8).display());
    let hold = serde_json::json!({"schema": 1, "holds": [{
        "name": "audit", "snapshot": snapshot, "by": "", "why": "",
        "at": "2026-01-01T00:00:00Z", "expires": null,
    }]});
    fs::write(&own, hold.to_string()).unwrap();
    deleted.is_refused(&[], "`audit` holds");
    fs::write(&own, "{").unwrap();
    deleted.is_refused(&[], "holds.json");
    fs::remove_file(own).unwrap();
    deleted.goes(&[]);
}

#[test]
fn a_hold_on_what_is_not_in_sight_may_be_on_anything() {
    let deleted = Deleted::new();
    let own = deleted.root().join(".stateward/holds.json");
    let hold = serde_json::json!({"schema": 1, "holds": [{
        "name": "audit", "snapshot": "file:/far/away/chk-3", "by": "", "why": "",
        "at": "2026-01-01T00:00:00Z", "expires": null,
    }]});
    fs::write(own, hold.to_string()).unwrap();
    deleted.is_refused(&[], "which is not in sight");
}

#[test]
fn a_snapshot_in_another_root_keeps_what_it_names() {
    // Where was looked when it was deleted is looked in again.
    let deleted = Deleted::within(&["other"]);
    deleted.namer("other");
    deleted.stays(&[], "names it");
    // Elsewhere it is seen where it is told to look.
    let deleted = Deleted::new();
    deleted.namer("elsewhere");
    let at = deleted.at("elsewhere");
    deleted.stays(&["--in", text(&at)], "names it");
}

#[test]
fn a_snapshot_by_a_link_keeps_what_it_names() {
    let deleted = Deleted::within(&["other"]);
    deleted.namer("hidden");
    symlink(deleted.at("hidden"), deleted.at("other/link")).unwrap();
    deleted.stays(&[], "names it");
}

#[test]
fn metadata_that_cannot_be_read_may_name_anything() {
    for directory in ["fraud/checkpoints", "other"] {
        let deleted = Deleted::within(&["other"]);
        let broken = deleted.at(directory).join("chk-77");
        fs::create_dir_all(&broken).unwrap();
        fs::write(broken.join("_metadata"), "no metadata").unwrap();
        deleted.is_refused(&[], "cannot read the metadata");
        fs::remove_dir_all(broken).unwrap();
        deleted.goes(&[]);
    }
}

/// Gives everything below a directory to a user without rights, where that may be done.
fn give(at: &Path) {
    let _ = chown(at, Some(65_534), Some(65_534));
    if at.is_dir() {
        for entry in fs::read_dir(at).unwrap() {
            give(&entry.unwrap().path());
        }
    }
}

#[test]
fn a_directory_that_cannot_be_listed_may_hold_anything() {
    let deleted = Deleted::within(&["other"]);
    let closed = deleted.at("other/closed");
    fs::create_dir(&closed).unwrap();
    let temp = deleted.place.temp.path();
    give(temp);
    fs::set_permissions(temp, Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(&closed, Permissions::from_mode(0o000)).unwrap();
    let root = deleted.root();
    let args = ["trash", "purge", text(&root), "--write", "--yes"].map(OsStr::new);
    let before = deleted.in_trash();
    let purged = as_nobody(temp, &args);
    assert_eq!(code(&purged), 4, "{}{}", out(&purged), err(&purged));
    assert!(
        err(&purged).contains("permission denied") && err(&purged).contains("other/closed"),
        "{}",
        err(&purged)
    );
    assert_eq!(deleted.in_trash(), before);
    fs::set_permissions(&closed, Permissions::from_mode(0o755)).unwrap();
    let purged = as_nobody(temp, &args);
    assert_eq!(code(&purged), 0, "{}", err(&purged));
    assert_eq!(deleted.in_trash(), 0);
}

#[test]
fn what_is_not_mounted_may_hold_anything_and_what_is_gone_for_good_holds_nothing() {
    let deleted = Deleted::within(&["far/other"]);
    let other = deleted.at("far/other");
    let gone = ["--gone", text(&other)];
    fs::write(other.join("something"), "").unwrap();
    // Somebody is wrong.
    deleted.is_refused(&gone, "is not gone");
    fs::rename(&other, deleted.at("away")).unwrap();
    deleted.is_refused(&[], "is not there");
    let hint = format!("--gone file:{}", other.display());
    deleted.is_refused(&[], &hint);
    // Another one says nothing of this.
    let another = deleted.at("far");
    deleted.is_refused(&["--gone", text(&another)], "is not there");
    // A link that leads nowhere is not gone.
    symlink("nowhere", &other).unwrap();
    deleted.is_refused(&gone, "is not gone");
    fs::remove_file(&other).unwrap();
    deleted.goes(&gone);
}

#[test]
fn what_was_being_removed_when_its_scope_went_is_gone_on_with_in_the_same_way() {
    let deleted = Deleted::within(&["other"]);
    let state = deleted
        .root()
        .join(".stateward/trash")
        .join(&deleted.id)
        .join("state.json");
    let begun = fs::read_to_string(&state).unwrap();
    let begun = begun.replace("\"done\"", "\"purging\"");
    fs::write(&state, begun).unwrap();
    let other = deleted.at("other");
    fs::remove_dir(&other).unwrap();
    let root = deleted.root();
    let resume = |more: &[&str]| run(["resume", text(&root), "--write"].iter().chain(more));
    let stopped = resume(&[]);
    assert_eq!(code(&stopped), 1, "{}", err(&stopped));
    assert!(err(&stopped).contains("is not there"), "{}", err(&stopped));
    assert!(deleted.in_trash() > 0);
    let done = resume(&["--gone", text(&other)]);
    assert_eq!(code(&done), 0, "{}", err(&done));
    assert_eq!(deleted.in_trash(), 0);
}

#[test]
fn where_snapshots_lay_and_nothing_is_mounted_now_nobody_is_taken_to_need_nothing() {
    let deleted = Deleted::at_other_snapshots("mnt/other");
    for (away, empty) in [("mnt", "mnt"), ("mnt/other", "mnt/other")] {
        let (at, spare) = (deleted.at(away), deleted.at("spare-of-mount"));
        fs::rename(&at, &spare).unwrap();
        fs::create_dir(&at).unwrap();
        let empty = deleted.at(empty);
        deleted.is_refused(&[], "is empty");
        deleted.is_refused(&[], &format!("--gone file:{}", empty.display()));
        fs::remove_dir(&at).unwrap();
        fs::rename(&spare, &at).unwrap();
    }
    // Somebody who says so is believed where it is empty, and only there.
    let at = deleted.at("mnt/other");
    deleted.is_refused(&["--gone", text(&deleted.at("mnt"))], "is not gone");
    fs::remove_dir_all(&at).unwrap();
    fs::create_dir(&at).unwrap();
    deleted.goes(&["--gone", text(&at)]);
}

#[test]
fn a_link_that_cannot_be_followed_is_not_nothing() {
    let deleted = Deleted::within(&["other"]);
    let far = deleted.at("far");
    symlink(&far, deleted.at("other").join("claims")).unwrap();
    deleted.is_refused(&[], "cannot follow the symbolic link");
    fs::create_dir(&far).unwrap();
    deleted.goes(&[]);
}
