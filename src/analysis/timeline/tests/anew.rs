//! What lies in place of another, and what only looks so.

use super::*;
use crate::domain::content::{Content, Making};

/// What the snapshots of a run are made of.
fn content(run: &str) -> Content {
    let mut making = Making::new();
    making.add(run.as_bytes());
    making.end()
}

fn made_of(run: &str, completed: i64) -> Sighting {
    Sighting {
        sketch: Sketch {
            content: Some(content(run)),
            ..sketch(1, Some(completed))
        },
        row: None,
    }
}

/// Metadata that cannot be read, written at a moment.
fn unreadable(at: i64) -> Sighting {
    Sighting {
        sketch: Sketch {
            health: Health::Corrupt,
            refer: 0,
            format: String::new(),
            damage: Some("it ends at byte 1000, in the middle of a handle".to_owned()),
            ..sketch(1, Some(at))
        },
        row: None,
    }
}

fn told(events: &[Event]) -> Vec<String> {
    words::all(events).map(|(_, said)| said).collect()
}

#[test]
fn another_that_is_written_in_its_place_leaves_its_history_as_it_is() {
    let bigger = Sighting {
        sketch: Sketch {
            refer: 8,
            ..sketch(1, Some(49))
        },
        row: None,
    };
    // What earlier releases wrote down does not say what it is made of.
    for (first, second) in [
        (made_of("a", 1), made_of("b", 49)),
        (seen(1, Some(1)), bigger),
    ] {
        let events = [
            event(1, What::Completed(first)),
            event(50, What::Completed(second)),
        ];
        let timeline = Timeline::of(&events);
        let [before] = timeline.former() else {
            panic!("{:?}", timeline.former());
        };
        assert_eq!(before.end.as_ref().unwrap().how, Ending::Replaced);
        assert_eq!(before.sketch.completed_at, Some(at(1)));
        let life = timeline.life(&place(1)).unwrap();
        assert_eq!((life.turn, life.sketch.completed_at), (1, Some(at(49))));
        assert!(life.is_there());
        assert_eq!(
            told(&events)[1],
            "chk-1 completed in place of the one that had at 2027-01-15 08:00:01Z: another run under the same job id, or a copy (checkpoint of job)"
        );
    }
}

#[test]
fn a_savepoint_in_place_of_another_is_of_no_other_run() {
    let savepoint = |run, completed, health| {
        let mut it = made_of(run, completed);
        it.sketch.kind = Kind::Savepoint;
        it.sketch.health = health;
        it.sketch.damage = (health != Health::Complete).then(|| "2 of 2 files missing".to_owned());
        it
    };
    let events = [
        event(1, What::Completed(savepoint("a", 1, Health::Complete))),
        event(50, What::Broke(savepoint("b", 49, Health::Incomplete))),
    ];
    assert_eq!(
        told(&events)[1],
        "chk-1 cannot be restored: 2 of 2 files missing; it lies in place of the one that completed at 2027-01-15 08:00:01Z: somebody put it there (savepoint of job)"
    );
}

#[test]
fn what_was_only_touched_or_copied_back_is_the_one_that_was_there() {
    for (first, touched) in [
        (made_of("a", 1), made_of("a", 49)),
        (seen(1, Some(1)), seen(1, Some(49))),
        // An earlier release wrote the first down.
        (seen(1, Some(1)), made_of("a", 49)),
    ] {
        let events = [
            event(1, What::Completed(first)),
            event(50, What::Completed(touched)),
        ];
        let timeline = Timeline::of(&events);
        assert!(timeline.former().is_empty());
        let life = timeline.life(&place(1)).unwrap();
        assert_eq!(life.sketch.completed_at, Some(at(1)));
        assert_eq!(life.moments.len(), 1, "{:?}", life.moments);
    }
}

#[test]
fn metadata_that_cannot_be_read_any_more_is_that_of_the_one_before() {
    let mut events = vec![
        event(1, What::Completed(made_of("a", 1))),
        event(50, What::Broke(unreadable(49))),
    ];
    let timeline = Timeline::of(&events);
    assert!(timeline.former().is_empty());
    let life = timeline.life(&place(1)).unwrap();
    assert_eq!(life.placed_at(), at(1));
    assert_eq!(life.sketch.refer, 7, "what it was made of is known");
    assert_eq!(life.sketch.health, Health::Corrupt);
    let why = "it ends at byte 1000, in the middle of a handle";
    assert_eq!(
        life.moments.last().unwrap().what,
        MomentKind::Damaged(why.to_owned())
    );
    events.push(event(60, What::Changed(made_of("a", 59))));
    assert_eq!(
        told(&events)[1..],
        [
            format!("chk-1 is damaged now: {why} (checkpoint of job)"),
            "chk-1 is complete now (checkpoint of job)".to_owned()
        ]
    );
    // Another that is written over what is damaged is another all the same.
    *events.last_mut().unwrap() = event(60, What::Completed(made_of("b", 59)));
    assert_eq!(Timeline::of(&events).former().len(), 1);
}

#[test]
fn where_one_had_gone_what_is_written_later_is_another_unless_it_is_a_copy() {
    let after = |first: Sighting, second: Sighting| {
        let timeline = Timeline::of(&[
            event(1, What::Completed(first)),
            event(9, gone(1, Ending::Vanished)),
            event(50, What::Completed(second)),
        ]);
        timeline.former().len()
    };
    assert_eq!(after(seen(1, Some(1)), seen(1, Some(49))), 1);
    assert_eq!(after(made_of("a", 1), made_of("b", 49)), 1);
    assert_eq!(after(made_of("a", 1), made_of("a", 49)), 0);
    assert_eq!(after(seen(1, Some(1)), seen(1, Some(1))), 0);
}
