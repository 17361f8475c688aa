//! The trash of a root: what goes there, what stays because it is not what it was, and how it comes back.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use jiff::{SignedDuration, Timestamp};
use stateward::action::apply::{self, Named};
use stateward::action::trash::list::Scope;
use stateward::action::trash::{
    Course, Done, GRACE, Progress, SHORTEST_GRACE, Stage, Step, TrashError, TrashErrorKind, list,
    purge as purging,
};
use stateward::domain::batch::{Batch, Directory};
use stateward::store::change::{ChangeErrorKind, Tree};
use stateward::store::clock::MachineClock;

use crate::trash_tree::{
    Between, GOING, METADATA, Place, Verdict, apply, nobody_names_anything, permission, purge,
    quietly, restore, resume, undo,
};

pub(crate) const ID: &str = "20261125T150500Z-1f0c";

pub(crate) fn go(place: &Place, batch: &Batch) -> Result<Done, TrashError> {
    apply(&place.tree(), batch, &mut nobody_names_anything)
}

fn one_is_named(path: &str) -> Option<String> {
    (path == "job/shared/one").then(|| "a snapshot names it now".to_owned())
}

/// What was left alone, as `path: why`.
fn skipped(done: &Done) -> Vec<String> {
    done.skipped
        .iter()
        .map(|it| format!("{}: {}", it.what, it.why))
        .collect()
}

#[test]
fn what_goes_comes_back_to_the_byte_the_nanosecond_and_the_permission() {
    let place = Place::new();
    let (start, staying, batch) = (place.image(), place.staying(), place.batch(ID));
    let done = go(&place, &batch).unwrap();
    assert_eq!((done.files, done.left, &done.skipped[..]), (8, 0, &[][..]));
    let bytes: u64 = batch.moves.iter().map(|it| it.seen.bytes).sum();
    assert_eq!(done.bytes, bytes);
    assert!(place.in_trash(ID).iter().all(|it| *it));
    assert_eq!(place.staying(), staying);
    for directory in ["job/chk-1", "job/chk-2", "job/chk-2/deep", "job/taskowned"] {
        assert!(!place.is_there(directory), "{directory}");
    }
    assert!(place.is_there("job/shared"), "it is not empty");

    let back = undo(&place.tree(), ID).unwrap();
    assert_eq!(
        (back.files, back.directories, &back.skipped[..]),
        (8, 4, &[][..])
    );
    assert_eq!(place.image(), start);
}

#[test]
fn directories_go_in_an_order_in_which_they_can() {
    let place = Place::new();
    let (start, mut batch) = (place.image(), place.batch(ID));
    batch.directories.reverse();
    let done = go(&place, &batch).unwrap();
    assert_eq!(done.directories, 4);
    assert!(!place.is_there("job/chk-2"));
    undo(&place.tree(), ID).unwrap();
    assert_eq!(place.image(), start);
}

/// What a directory is told to have belonged to, and what it belongs to now.
fn owners(place: &Place, batch: &Batch) -> Vec<[(u32, u32); 2]> {
    let both = |it: &Directory| {
        let found = fs::metadata(place.path(&it.path)).unwrap();
        [
            (it.uid.unwrap(), it.gid.unwrap()),
            (found.uid(), found.gid()),
        ]
    };
    batch.directories.iter().map(both).collect()
}

#[test]
fn a_directory_comes_back_to_its_owner() {
    let place = Place::new();
    let directory = place.path("job/chk-1");
    // Only root gives directories away; to anybody else all of them belong.
    let _ = chown(&directory, Some(65534), Some(65533));
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o2750)).unwrap();
    let batch = place.batch(ID);
    let before = place.image();
    apply(&place.tree(), &batch, &mut nobody_names_anything).unwrap();
    assert!(!directory.exists());
    let done = undo(&place.tree(), ID).unwrap();
    assert_eq!(done.remarks(), Vec::<String>::new());
    assert_eq!(place.image(), before);
    for [then, now] in owners(&place, &batch) {
        assert_eq!(then, now);
    }
}

#[test]
fn a_directory_that_may_not_be_given_away_is_told_of() {
    let place = Place::new();
    let mut batch = place.batch(ID);
    let chk_1 = batch
        .directories
        .iter_mut()
        .find(|it| it.path == "job/chk-1");
    chk_1.unwrap().uid = Some(4711);
    apply(&place.tree(), &batch, &mut nobody_names_anything).unwrap();
    let between = Between {
        tree: place.tree(),
        judge: |name: &str, _: &str| match name {
            "give" => Verdict::Fails(ChangeErrorKind::Denied),
            _ => Verdict::Works,
        },
    };
    let done = undo(&between, ID).unwrap();
    let remarks = done.remarks();
    let [remark] = remarks.as_slice() else {
        panic!("{remarks:?}");
    };
    assert!(
        remark.starts_with("job/chk-1 belonged to user 4711"),
        "{remark}"
    );
    assert!(place.is_there("job/chk-1/_metadata"));
}

#[test]
fn one_comes_back_and_the_others_stay() {
    let place = Place::new();
    let batch = place.batch(ID);
    let start = place.image();
    go(&place, &batch).unwrap();
    let done = restore(&place.tree(), ID, &["chk-2"]).unwrap();
    assert_eq!(done.files, 3);
    let here = place.in_trash(ID);
    let targets: Vec<bool> = GOING.iter().map(|(_, target)| *target != 1).collect();
    assert_eq!(here, targets);
    for (path, what) in start
        .iter()
        .filter(|(path, _)| path.starts_with("job/chk-2"))
    {
        assert_eq!(place.image().get(path), Some(what), "{}", path.display());
    }
    assert!(!place.is_there("job/chk-1"));
    let none = restore(&place.tree(), ID, &["chk-9"]).unwrap_err();
    assert_eq!(none.kind, TrashErrorKind::NotFound);
    undo(&place.tree(), ID).unwrap();
    assert_eq!(place.image(), start);
}

#[test]
fn a_file_that_several_name_comes_back_with_any_of_them() {
    let place = Place::new();
    let mut batch = place.batch(ID);
    let shared = batch
        .moves
        .iter_mut()
        .find(|it| it.from == "job/shared/one");
    shared.unwrap().also.push(1);
    go(&place, &batch).unwrap();
    assert_eq!(restore(&place.tree(), ID, &["chk-2"]).unwrap().files, 4);
    assert!(place.is_there("job/shared/one") && place.is_there("job/chk-2/_metadata"));
    assert!(!place.is_there("job/chk-1"));
    assert_eq!(restore(&place.tree(), ID, &["chk-1"]).unwrap().files, 3);

    // Where it cannot come back, neither is addressed.
    batch.plan = "20261125T150600Z-0002".to_owned();
    go(&place, &batch).unwrap();
    place.write("job/shared/one", "another");
    let done = restore(&place.tree(), &batch.plan, &["chk-2"]).unwrap();
    assert_eq!((done.skipped.len(), done.left), (1, 1), "{done:?}");
    assert!(!place.is_there("job/chk-2/_metadata"));
}

#[test]
fn metadata_goes_first_and_comes_back_last() {
    let place = Place::new();
    let batch = place.batch(ID);
    let moves = Mutex::new(Vec::new());
    let tree = Between {
        tree: place.tree(),
        judge: |call: &str, at: &str| {
            let is_ours = at.starts_with(".stateward");
            if ["move in", "move out"].contains(&call) && !is_ours {
                moves.lock().unwrap().push(at.ends_with("_metadata"));
            }
            Verdict::Works
        },
    };
    let mut asked_after = Vec::new();
    let mut recheck = || {
        asked_after.push(moves.lock().unwrap().len());
        nobody_names_anything()
    };
    apply(&tree, &batch, &mut recheck).unwrap();
    assert_eq!(
        (asked_after.first(), asked_after.last()),
        (Some(&METADATA), Some(&batch.moves.len())),
        "a fresh look is taken once all metadata has gone, and once all else has"
    );
    let mut order = std::mem::take(&mut *moves.lock().unwrap());
    assert_eq!(order[..METADATA], [true; METADATA]);
    assert_eq!(order[METADATA..], [false; 6]);
    undo(&tree, ID).unwrap();
    order = std::mem::take(&mut *moves.lock().unwrap());
    assert_eq!(order[..6], [false; 6]);
    assert_eq!(order[6..], [true; METADATA]);
}

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
fn only_the_orphan(place: &Place, id: &str) -> Batch {
    let mut batch = place.batch(id);
    batch.moves.retain(|it| it.from == "orphan");
    batch.metadata = 0;
    batch.directories.clear();
    batch
}

#[test]
fn nothing_is_replaced_when_it_comes_back() {
    let place = Place::new();
    let batch = place.batch(ID);
    go(&place, &batch).unwrap();
    place.write("job/chk-2/d", "new");
    let done = undo(&place.tree(), ID).unwrap();
    assert_eq!(done.skipped.len(), 1);
    assert!(
        done.skipped[0]
            .why
            .starts_with("something else is at its place now")
    );
    assert_eq!(
        fs::read_to_string(place.path("job/chk-2/d")).unwrap(),
        "new"
    );
    // A snapshot that is not whole is not addressed: its metadata waits.
    assert_eq!(done.left, 1);
    assert!(!place.is_there("job/chk-2/_metadata") && place.is_there("job/chk-1/_metadata"));
    fs::remove_file(place.path("job/chk-2/d")).unwrap();
    let again = undo(&place.tree(), ID).unwrap();
    assert_eq!((again.files, &again.skipped[..]), (2, &[][..]));
    assert!(place.is_there("job/chk-2/_metadata"));
}

#[test]
fn a_snapshot_to_whose_place_another_has_come_stays_whole_in_the_trash() {
    let place = Place::new();
    let batch = place.batch(ID);
    go(&place, &batch).unwrap();
    place.write("job/chk-2/_metadata", "of another run");
    let done = undo(&place.tree(), ID).unwrap();
    let [skipped] = &done.skipped[..] else {
        panic!("{done:?}");
    };
    assert_eq!(skipped.what, "job/chk-2/_metadata");
    assert!(
        skipped
            .why
            .contains("all of the snapshot stays in the trash"),
        "{skipped:?}"
    );
    assert_eq!(done.left, 2);
    assert!(
        !place.is_there("job/chk-2/d"),
        "litter beside another snapshot"
    );
    assert!(place.is_there("job/chk-1/_metadata"));
    fs::remove_file(place.path("job/chk-2/_metadata")).unwrap();
    let again = undo(&place.tree(), ID).unwrap();
    assert_eq!(
        (again.files, again.left, &again.skipped[..]),
        (3, 0, &[][..])
    );
    assert!(place.is_there("job/chk-2/_metadata") && place.is_there("job/chk-2/d"));
}

#[test]
fn a_file_under_both_names_is_one_file() {
    let place = Place::new();
    let (start, batch) = (place.image(), place.batch(ID));
    go(&place, &batch).unwrap();
    // As a crash leaves it on a file system that cannot refuse to replace.
    fs::hard_link(place.trashed(ID, 7), place.path("orphan")).unwrap();
    let done = undo(&place.tree(), ID).unwrap();
    assert_eq!(done.skipped, []);
    assert_eq!(place.image(), start);
    assert!(!place.trashed(ID, 7).exists());
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
        assert_eq!(stopped.kind, TrashErrorKind::Interrupted);
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
fn nothing_goes_for_good_before_its_time() {
    let place = Place::new();
    let batch = place.batch(ID);
    go(&place, &batch).unwrap();
    let hours = |hours| Timestamp::now() + SignedDuration::from_hours(hours);
    let purge_at = |grace, now| {
        quietly(|course| {
            let (tree, nobody) = (place.tree(), &mut nobody_names_anything);
            purging::purge(
                permission(),
                &tree,
                ID,
                (grace, now),
                &Scope::default(),
                nobody,
                course,
            )
        })
    };
    for (grace, now) in [
        (GRACE, hours(0)),
        (GRACE, hours(71)),
        // A clock that was put back proves nothing.
        (GRACE, hours(-1000)),
        (SHORTEST_GRACE, hours(23)),
        (SignedDuration::from_hours(23), hours(1000)),
        (SignedDuration::ZERO, hours(1000)),
        (SignedDuration::from_hours(-1), hours(1000)),
    ] {
        let refused = purge_at(grace, now).unwrap_err();
        assert_eq!(refused.kind, TrashErrorKind::Refused, "{grace:?}");
        assert!(place.in_trash(ID).iter().all(|it| *it));
    }
    let image = place.image();
    let done = purge_at(SHORTEST_GRACE, hours(25)).unwrap();
    assert_eq!(done.files, 8);
    assert!(!place.is_there(&format!(".stateward/trash/{ID}")));
    assert_eq!(place.image(), image);
}

#[test]
fn a_purge_makes_room_on_a_full_disk() {
    let place = Place::new();
    let staying = place.staying();
    go(&place, &place.batch(ID)).unwrap();
    let gone = Mutex::new(Vec::new());
    // Full until so many files are gone.
    let full = |most: usize| Between {
        tree: place.tree(),
        judge: {
            let gone = &gone;
            move |name: &str, at: &str| {
                let mut gone = gone.lock().unwrap();
                if name == "remove" && at.contains("/files/") {
                    gone.push(at.to_owned());
                }
                match name {
                    "replace" if gone.len() < most => Verdict::Fails(ChangeErrorKind::Full),
                    _ => Verdict::Works,
                }
            }
        },
    };
    let done = purge(&full(2), ID).unwrap();
    assert_eq!((done.files, &done.skipped[..]), (GOING.len(), &[][..]));
    let first = gone.lock().unwrap()[..2].to_vec();
    let metadata = [0, 1].map(|it| format!(".stateward/trash/{ID}/files/{it}"));
    assert_eq!(first, metadata, "what could address the others");
    assert!(!place.is_there(&format!(".stateward/trash/{ID}")));
    assert_eq!(place.staying(), staying);
}

#[test]
fn a_purge_leaves_what_is_none_of_its_files() {
    let place = Place::new();
    let batch = place.batch(ID);
    go(&place, &batch).unwrap();
    let files = place.path(&format!(".stateward/trash/{ID}/files"));
    for name in ["8", "07", "+7", "keep"] {
        fs::write(files.join(name), "somebody's").unwrap();
    }
    fs::remove_file(files.join("3")).unwrap();
    symlink(place.path("note"), files.join("3")).unwrap();
    let done = purge(&place.tree(), ID).unwrap();
    assert_eq!((done.files, done.skipped.len()), (7, 5));
    assert!(place.is_there("note"));
    for name in ["8", "07", "+7", "keep", "3"] {
        assert!(fs::symlink_metadata(files.join(name)).is_ok(), "{name}");
    }
}

#[test]
fn the_list_tells_the_state_of_each() {
    let place = Place::new();
    assert_eq!(
        list::list(&list::Root::open(place.root()).unwrap()).unwrap(),
        []
    );
    let batch = place.batch(ID);
    go(&place, &batch).unwrap();
    restore(&place.tree(), ID, &["chk-2"]).unwrap();
    let [entry] = &list::list(&list::Root::open(place.root()).unwrap()).unwrap()[..] else {
        panic!("one batch is one entry");
    };
    let known = entry.known.as_ref().unwrap();
    assert_eq!((known.stage, known.files), (Some(Stage::Done), 5));
    assert_eq!(known.targets.len(), 3);
    assert_eq!((known.targets[1].files, known.targets[2].files), (0, 1));
    let since = known.since.unwrap();
    assert_eq!(known.purge_at(GRACE), Some(since + GRACE));
    undo(&place.tree(), ID).unwrap();
    let known = list::list(&list::Root::open(place.root()).unwrap()).unwrap()[0]
        .known
        .clone()
        .unwrap();
    assert_eq!((known.stage, known.files), (Some(Stage::Undone), 0));
    assert_eq!(
        known.purge_at(GRACE),
        known.since,
        "nothing is left to wait for"
    );
}

#[test]
fn two_do_not_work_in_one_trash() {
    let place = Place::new();
    let small = only_the_orphan(&place, "20261125T160000Z-0000");
    go(&place, &place.batch(ID)).unwrap();
    let held = place.tree().lock(".stateward/trash/lock").unwrap();
    let image = place.image();
    for refused in [
        undo(&place.tree(), ID),
        restore(&place.tree(), ID, &["chk-1"]),
        purge(&place.tree(), ID),
        go(&place, &small),
    ] {
        let refused = refused.unwrap_err();
        assert_eq!(refused.kind, TrashErrorKind::Refused);
        assert!(
            refused.to_string().contains("another stateward"),
            "{refused}"
        );
    }
    assert_eq!(place.image(), image);
    drop(held);
    undo(&place.tree(), ID).unwrap();
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
