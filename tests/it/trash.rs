//! The trash of a root: how what went there comes back, to the byte, and what is told of it.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::sync::Mutex;

use stateward::action::trash::{Done, GRACE, Stage, TrashError, TrashErrorKind, list};
use stateward::domain::batch::{Batch, Directory};
use stateward::store::change::{ChangeErrorKind, Tree};

use crate::trash_going::only_the_orphan;
use crate::trash_tree::{
    Between, GOING, METADATA, Place, Verdict, apply, nobody_names_anything, purge, restore, undo,
};

pub(crate) const ID: &str = "20261125T150500Z-1f0c";

pub(crate) fn go(place: &Place, batch: &Batch) -> Result<Done, TrashError> {
    apply(&place.tree(), batch, &mut nobody_names_anything)
}

pub(crate) fn one_is_named(path: &str) -> Option<String> {
    (path == "job/shared/one").then(|| "a snapshot names it now".to_owned())
}

/// What was left alone, as `path: why`.
pub(crate) fn skipped(done: &Done) -> Vec<String> {
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
