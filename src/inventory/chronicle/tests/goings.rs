//! What was subsumed, and what vanished.

use super::*;

#[test]
fn the_oldest_is_subsumed_when_another_completes() {
    let mut it = Watcher::of([1, 2, 3]);
    it.complete(5, 4);
    assert_eq!(how(&it.remove(6, 1)), [&subsumed("chk-4")]);
}

#[test]
fn what_goes_while_none_completes_vanished() {
    let mut it = Watcher::of([1, 2, 3]);
    assert_eq!(how(&it.remove(6, 1)), [&Ending::Vanished]);
    it.complete(7, 4);
    assert_eq!(how(&it.remove(8, 2)), [&subsumed("chk-4")]);
    assert_eq!(how(&it.remove(9, 3)), [&Ending::Vanished]);
}

#[test]
fn what_goes_while_an_older_one_stays_vanished() {
    let mut it = Watcher::of([1, 2, 3]);
    it.complete(5, 4);
    assert_eq!(how(&it.remove(6, 2)), [&Ending::Vanished]);
}

#[test]
fn the_newest_is_never_subsumed() {
    let mut it = Watcher::of([1]);
    it.complete(5, 2);
    let deltas = [
        Delta::Removed(place("chk-1")),
        Delta::Removed(place("chk-2")),
    ];
    let whats = it.tell(6, &deltas);
    assert_eq!(how(&whats), [&Ending::Vanished, &Ending::Vanished]);
}

#[test]
fn what_was_moved_into_a_trash_was_not_subsumed() {
    let mut it = Watcher::of([1, 2, 3]);
    it.complete(5, 4);
    it.told.trashed.borrow_mut().insert(place("chk-1"));
    assert_eq!(how(&it.remove(6, 1)), [&Ending::Trashed]);
}

#[test]
fn those_that_go_late_and_together_were_subsumed_all_the_same() {
    let mut it = Watcher::of([1, 2, 3]);
    for number in 4..=6 {
        it.complete(number as i64, number);
    }
    let names = ["chk-1", "chk-2", "chk-3"];
    let whats = it.tell(9, &names.map(|name| Delta::Removed(place(name))));
    let by = subsumed("chk-6");
    assert_eq!(how(&whats), [&by, &by, &by]);
    // One more is one too many, as three are retained.
    assert_eq!(how(&it.remove(10, 4)), [&Ending::Vanished]);
}

#[test]
fn what_comes_back_pays_for_nobody() {
    let mut it = Watcher::of([1, 2, 3]);
    it.told.trashed.borrow_mut().insert(place("chk-2"));
    it.remove(6, 2);
    let whats = it.tell(7, &[upsert(row(2, Some(-98)))]);
    assert!(matches!(&whats[..], [What::Appeared(_)]), "{whats:?}");
    assert_eq!(how(&it.remove(8, 1)), [&Ending::Vanished]);
}

#[test]
fn what_comes_back_piece_by_piece_did_not_complete_again() {
    let mut it = Watcher::of([1, 2, 3]);
    it.told.trashed.borrow_mut().insert(place("chk-2"));
    it.remove(6, 2);
    // Its directory is there, and its metadata comes last.
    assert_eq!(it.tell(1_000, &[upsert(row(2, None))]), []);
    let whats = it.tell(1_001, &[upsert(row(2, Some(-98)))]);
    assert!(matches!(&whats[..], [What::Appeared(_)]), "{whats:?}");
}

#[test]
fn what_was_brought_there_did_not_complete_now_and_pays_for_nobody() {
    let mut it = Watcher::of([2, 3]);
    let whats = it.tell(1_000, &[upsert(row(1, Some(-99)))]);
    assert!(matches!(&whats[..], [What::Appeared(_)]), "{whats:?}");
    assert_eq!(how(&it.remove(1_001, 1)), [&Ending::Vanished]);
    let whats = it.tell(1_002, &[upsert(row(4, Some(0)))]);
    assert!(matches!(&whats[..], [What::Completed(_)]), "{whats:?}");
}

#[test]
fn fewer_than_are_retained_subsume_nothing() {
    let mut it = Watcher::of([1, 2]);
    let job = row(1, None).job_id.unwrap();
    it.chronicle.subsumption.keeps(job, Some(3));
    it.complete(5, 4);
    assert_eq!(how(&it.remove(6, 1)), [&Ending::Vanished]);
    let mut it = Watcher::of([1, 2, 3]);
    it.chronicle.subsumption.keeps(job, Some(3));
    it.complete(5, 4);
    // Three are retained and three are newer: no other can have done it.
    let only = Ending::Subsumed {
        by: "chk-4".to_owned(),
        is_exact: true,
    };
    assert_eq!(how(&it.remove(6, 1)), [&only]);
}

#[test]
fn several_looks_apart_each_subsumption_has_its_completion() {
    let mut it = Watcher::of([1, 2, 3]);
    let whats = it.tell(
        60,
        &[
            Delta::Removed(place("chk-1")),
            Delta::Removed(place("chk-2")),
            upsert(row(4, Some(20))),
            upsert(row(5, Some(40))),
        ],
    );
    assert_eq!(how(&whats), [&subsumed("chk-5"), &subsumed("chk-5")]);
}

#[test]
fn a_deletion_that_takes_the_metadata_first_is_told_once_it_is_over() {
    let mut it = Watcher::of([1, 2]);
    it.complete(5, 3);
    assert_eq!(it.tell(6, &[upsert(row(1, None))]), []);
    assert_eq!(how(&it.remove(7, 1)), [&subsumed("chk-3")]);
    let life = it.chronicle.timeline().life(&place("chk-1")).unwrap();
    assert_eq!(life.sketch.completed_at, Some(at(-99)));
}
