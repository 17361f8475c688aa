//! What goes into the trash of a root, what stays because it is not what it was or somebody has come to name it, and what
//! stops it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use jiff::SignedDuration;
use stateward::action::apply::{self, Named};
use stateward::action::trash::{Course, Progress, Step, TrashErrorKind};
use stateward::domain::batch::Batch;
use stateward::store::change::ChangeErrorKind;
use stateward::store::clock::MachineClock;

use crate::trash::{ID, go, one_is_named, skipped};
use crate::trash_tree::{
    Between, GOING, METADATA, Place, Verdict, apply, nobody_names_anything, permission, purge,
    quietly, resume, undo,
};

/// Something that happens to a file, and what is said of the file then.
type Trouble = (&'static str, fn(&Place, &str), &'static str);

const TROUBLES: [Trouble; 6] = [
    (
        "longer",
        |place, path| place.write(path, "something else"),
        "it has changed since it was looked at",
    ),
    (
        "touched",
        |place, path| {
            let file = fs::File::options()
                .write(true)
                .open(place.path(path))
                .unwrap();
            file.set_modified(std::time::SystemTime::UNIX_EPOCH)
                .unwrap();
        },
        "it has changed since it was looked at",
    ),
    ("replaced", replace, "another file is there now"),
    (
        "a link",
        |place, path| {
            fs::rename(place.path(path), place.path("elsewhere")).unwrap();
            symlink(place.path("elsewhere"), place.path(path)).unwrap();
        },
        "it is no regular file any more",
    ),
    (
        "gone",
        |place, path| fs::remove_file(place.path(path)).unwrap(),
        "it is not there any more",
    ),
    (
        "a directory above is a link",
        |place, path| {
            let above = place.path(path).parent().unwrap().to_owned();
            fs::rename(&above, place.path("moved")).unwrap();
            symlink(place.path("moved"), above).unwrap();
        },
        "a symbolic link is on the way to it now",
    ),
];

/// Another file of the same length and time.
fn replace(place: &Place, path: &str) {
    let path = place.path(path);
    let (text, seen) = (fs::read(&path).unwrap(), fs::metadata(&path).unwrap());
    let other = path.with_file_name("new");
    fs::write(&other, text.iter().map(|it| it ^ 1).collect::<Vec<_>>()).unwrap();
    let file = fs::File::options().write(true).open(&other).unwrap();
    file.set_modified(seen.modified().unwrap()).unwrap();
    fs::rename(other, path).unwrap();
}

#[test]
fn a_file_that_is_not_what_it_was_stays() {
    for (what, trouble, why) in TROUBLES {
        let place = Place::new();
        let batch = place.batch(ID);
        trouble(&place, "job/chk-2/deep/c");
        let before = place.image();
        let done = go(&place, &batch).unwrap();
        assert_eq!(
            skipped(&done),
            [format!("job/chk-2/deep/c: {why}")],
            "{what}"
        );
        assert_eq!((done.files, done.left), (7, 0), "{what}");
        assert!(!place.trashed(ID, 5).exists(), "{what}");
        undo(&place.tree(), ID).unwrap();
        assert_eq!(place.image(), before, "{what}");
    }
}

#[test]
fn a_snapshot_whose_metadata_is_not_what_it_was_stays_as_a_whole() {
    for (what, trouble, why) in TROUBLES {
        let place = Place::new();
        let batch = place.batch(ID);
        trouble(&place, "job/chk-1/_metadata");
        let before = place.image();
        let done = go(&place, &batch).unwrap();
        assert_eq!(
            skipped(&done),
            [format!("job/chk-1/_metadata: {why}")],
            "{what}"
        );
        assert_eq!((done.files, done.left), (4, 3), "{what}");
        let image = place.image();
        for (path, content) in &before {
            let goes = path.starts_with("job/chk-2") || path == Path::new("orphan");
            assert_eq!(
                image.get(path),
                (!goes).then_some(content),
                "{what}: {}",
                path.display()
            );
        }
    }
}

#[test]
fn what_is_replaced_in_the_very_moment_is_put_back() {
    for (path, number, files) in [("job/chk-1/b", 3, 7), ("job/chk-1/_metadata", 0, 4)] {
        let place = Place::new();
        let batch = place.batch(ID);
        let tree = Between {
            tree: place.tree(),
            judge: |call: &str, at: &str| {
                if call == "move in" && at == path {
                    replace(&place, path);
                }
                Verdict::Works
            },
        };
        let done = apply(&tree, &batch, &mut nobody_names_anything).unwrap();
        assert_eq!(
            skipped(&done),
            [format!("{path}: another file is there now")]
        );
        assert_eq!(done.files, files);
        assert!(place.is_there(path) && !place.trashed(ID, number).exists());
    }
}

#[test]
fn metadata_that_appears_anew_keeps_the_snapshot() {
    let place = Place::new();
    let batch = place.batch(ID);
    let tree = Between {
        tree: place.tree(),
        judge: |call: &str, at: &str| {
            if call == "move in" && at == "job/chk-2/_metadata" {
                // The other one has gone before.
                place.write("job/chk-1/_metadata", "a later attempt");
            }
            Verdict::Works
        },
    };
    let done = apply(&tree, &batch, &mut nobody_names_anything).unwrap();
    assert_eq!(
        skipped(&done),
        ["job/chk-1/_metadata: new metadata has come to its place"]
    );
    assert_eq!(done.left, 3);
    for path in ["job/chk-1/a", "job/chk-1/b", "job/shared/one"] {
        assert!(place.is_there(path), "{path}");
    }
    // It is not replaced by the older one either.
    let back = undo(&place.tree(), ID).unwrap();
    assert_eq!(back.skipped.len(), 1);
    let kept = fs::read_to_string(place.path("job/chk-1/_metadata")).unwrap();
    assert_eq!(kept, "a later attempt");
    assert!(place.trashed(ID, 0).exists());
}

#[test]
fn a_file_that_a_snapshot_has_come_to_name_stays() {
    let place = Place::new();
    let batch = place.batch(ID);
    let mut recheck = || Ok(Box::new(one_is_named) as Named);
    let done = apply(&place.tree(), &batch, &mut recheck).unwrap();
    assert_eq!(skipped(&done), ["job/shared/one: a snapshot names it now"]);
    assert!(place.is_there("job/shared/one"));
    assert!(
        place.is_there("job/taskowned"),
        "empty, but not alone any more"
    );
}

#[test]
fn a_file_that_has_gone_already_comes_back_when_a_snapshot_has_come_to_name_it() {
    let place = Place::new();
    let batch = place.batch(ID);
    let tree = Between {
        tree: place.tree(),
        judge: |call: &str, at: &str| match (call, at) {
            ("move in", "orphan") => Verdict::Fails(ChangeErrorKind::Full),
            _ => Verdict::Works,
        },
    };
    let full = apply(&tree, &batch, &mut nobody_names_anything).unwrap_err();
    assert_eq!(full.kind, TrashErrorKind::Stopped);
    for word in ["no space is left", "7 of the 8 files", ID] {
        assert!(full.to_string().contains(word), "{full}");
    }
    assert!(place.trashed(ID, 4).exists());
    let mut recheck = || Ok(Box::new(one_is_named) as Named);
    let done =
        quietly(|course| apply::resume(permission(), &place.tree(), ID, &mut recheck, course))
            .unwrap();
    assert_eq!(skipped(&done), ["job/shared/one: a snapshot names it now"]);
    assert!(place.is_there("job/shared/one") && !place.trashed(ID, 4).exists());
}

#[test]
fn while_nobody_knows_who_names_what_only_metadata_has_gone() {
    let place = Place::new();
    let (start, batch) = (place.image(), place.batch(ID));
    let small = only_the_orphan(&place, "20261125T160000Z-0000");
    let mut unknown = || Err("permission denied".to_owned());
    let stopped = apply(&place.tree(), &batch, &mut unknown).unwrap_err();
    assert_eq!(stopped.kind, TrashErrorKind::Stopped);
    let here = place.in_trash(ID);
    assert_eq!(here[..METADATA], [true; METADATA]);
    assert_eq!(here[METADATA..], [false; 6]);
    // Nothing else begins before that has come to an end.
    let other = go(&place, &small).unwrap_err();
    assert_eq!(other.kind, TrashErrorKind::Refused);
    assert!(other.to_string().contains(ID), "{other}");
    assert!(other.hint.unwrap().contains("stateward resume"));
    undo(&place.tree(), ID).unwrap();
    assert_eq!(place.image(), start);
    go(&place, &small).unwrap();
    assert!(!place.is_there("orphan"));
}

/// A batch of one file.
pub(crate) fn only_the_orphan(place: &Place, id: &str) -> Batch {
    let mut batch = place.batch(id);
    batch.moves.retain(|it| it.from == "orphan");
    batch.metadata = 0;
    batch.directories.clear();
    batch
}

#[test]
fn it_stops_between_any_two_files_and_goes_on() {
    for stop in 0..GOING.len() {
        let place = Place::new();
        let batch = place.batch(ID);
        let (interrupted, told) = (AtomicBool::new(stop == 0), AtomicUsize::new(0));
        let stopped = apply::apply(
            permission(),
            &place.tree(),
            &batch,
            &mut nobody_names_anything,
            &mut Course {
                per_second: None,
                interrupted: &interrupted,
                clock: &MachineClock,
                tell: &mut |it: Progress| {
                    assert!(it.done <= it.of && matches!(it.step, Step::Metadata | Step::Files));
                    if told.fetch_add(1, Ordering::Relaxed) + 1 == stop {
                        interrupted.store(true, Ordering::Relaxed);
                    }
                },
            },
        )
        .unwrap_err();
        let kind = if stop == 0 {
            TrashErrorKind::CalledOff
        } else {
            TrashErrorKind::Interrupted
        };
        assert_eq!(stopped.kind, kind);
        let here = place.in_trash(ID);
        assert_eq!(here.iter().filter(|it| **it).count(), stop);
        if stop == 0 {
            // There is nothing to go on with, and nothing in the way of another.
            assert!(stopped.message.contains("nothing was moved"), "{stopped}");
            let resumed = resume(&place.tree(), ID).unwrap_err();
            assert_eq!(resumed.kind, TrashErrorKind::NotFound);
            go(&place, &place.batch("20261125T150501Z-2f0c")).unwrap();
            continue;
        }
        let done = resume(&place.tree(), ID).unwrap();
        let begun: usize = GOING
            .iter()
            .filter(|(_, target)| *target == 2 || here[*target])
            .count();
        assert_eq!(done.files, begun, "{stop}");
    }
}

#[test]
fn not_more_files_move_in_a_second_than_were_asked_for() {
    let place = Place::new();
    let batch = place.batch(ID);
    let begun = std::time::Instant::now();
    apply::apply(
        permission(),
        &place.tree(),
        &batch,
        &mut nobody_names_anything,
        &mut Course {
            per_second: std::num::NonZeroU32::new(50),
            interrupted: &AtomicBool::new(false),
            clock: &MachineClock,
            tell: &mut |_| {},
        },
    )
    .unwrap();
    // Two and six files have one and five pauses.
    assert!(begun.elapsed() >= SignedDuration::from_millis(6 * 20).unsigned_abs());
}

#[test]
fn another_file_system_is_refused_before_anything_is_written() {
    let place = Place::new();
    let mut batch = place.batch(ID);
    batch.moves[6].seen.identity.0 += 1;
    let before = place.image();
    let refused = go(&place, &batch).unwrap_err();
    assert_eq!(refused.kind, TrashErrorKind::Refused);
    assert!(
        refused.to_string().contains("another file system"),
        "{refused}"
    );
    assert_eq!(place.image(), before);
    assert!(!place.is_there(".stateward"));
}

#[test]
fn where_nothing_could_be_moved_back_nothing_goes() {
    let place = Place::new();
    let start = place.image();
    let tree = Between {
        tree: place.tree(),
        judge: |call: &str, _: &str| match call {
            "move out" => Verdict::Fails(ChangeErrorKind::MayReplace),
            _ => Verdict::Works,
        },
    };
    let refused = apply(&tree, &place.batch(ID), &mut nobody_names_anything).unwrap_err();
    assert_eq!(refused.kind, TrashErrorKind::Refused);
    assert!(
        refused.to_string().contains("without the risk"),
        "{refused}"
    );
    assert_eq!(place.image(), start);
    purge(&place.tree(), ID).unwrap();
    assert!(!place.is_there(&format!(".stateward/trash/{ID}")));
}

#[test]
fn a_batch_that_was_carried_out_is_not_carried_out_again() {
    let place = Place::new();
    let batch = place.batch(ID);
    go(&place, &batch).unwrap();
    undo(&place.tree(), ID).unwrap();
    let refused = go(&place, &batch).unwrap_err();
    assert_eq!(refused.kind, TrashErrorKind::Refused);
    assert!(refused.to_string().contains("before"), "{refused}");
}

#[test]
fn a_directory_that_may_not_be_written_stops_it() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    let place = Place::new();
    if fs::metadata(place.root()).unwrap().uid() == 0 {
        // Nothing is denied to root; the same is told by the decorated tree.
        let tree = Between {
            tree: place.tree(),
            judge: |call: &str, at: &str| match (call, at) {
                ("move in", "job/chk-2/d") => Verdict::Fails(ChangeErrorKind::Denied),
                _ => Verdict::Works,
            },
        };
        let denied = apply(&tree, &place.batch(ID), &mut nobody_names_anything).unwrap_err();
        assert_eq!(denied.kind, TrashErrorKind::Stopped);
        assert!(denied.to_string().contains("permission denied"), "{denied}");
        return;
    }
    let (start, batch) = (place.image(), place.batch(ID));
    fs::set_permissions(place.path("job/chk-2"), fs::Permissions::from_mode(0o555)).unwrap();
    let denied = go(&place, &batch).unwrap_err();
    assert_eq!(denied.kind, TrashErrorKind::Stopped);
    assert!(denied.to_string().contains("permission denied"), "{denied}");
    assert!(denied.hint.unwrap().contains("stateward undo"));
    fs::set_permissions(place.path("job/chk-2"), fs::Permissions::from_mode(0o777)).unwrap();
    undo(&place.tree(), ID).unwrap();
    assert_eq!(place.image(), start);
}
