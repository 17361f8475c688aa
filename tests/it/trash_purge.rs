//! How what lies in the trash of a root goes for good.

use std::fs;
use std::os::unix::fs::symlink;
use std::sync::Mutex;

use jiff::{SignedDuration, Timestamp};
use stateward::action::trash::list::Scope;
use stateward::action::trash::{GRACE, SHORTEST_GRACE, TrashErrorKind, purge as purging};
use stateward::store::change::ChangeErrorKind;

use crate::trash::{ID, go};
use crate::trash_tree::{
    Between, GOING, Place, Verdict, nobody_names_anything, permission, purge, quietly,
};

#[test]
fn nothing_goes_for_good_before_its_time() {
    let place = Place::new();
    let batch = place.batch(ID);
    go(&place, &batch).unwrap();
    let hours = |hours| Timestamp::now() + SignedDuration::from_hours(hours);
    let purge_at = |grace, now| {
        quietly(|course| {
            let tree = place.tree();
            let parts = purging::Parts {
                going: &[&tree],
                beside: &[],
            };
            purging::purge(
                permission(),
                parts,
                ID,
                (grace, now),
                &Scope::default(),
                &mut |_| nobody_names_anything(),
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
    assert_eq!(done[0].files, 8);
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
