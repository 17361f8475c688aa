mod anew;
mod reasons;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::log::{self, NoLog};
use super::*;
use crate::domain::cluster::JobState;
use crate::domain::event::{Ending, SCHEMA, Sketch};
use crate::domain::snapshot::{Health, Kind};

fn at(second: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_800_000_000 + second)
}

fn root() -> Location {
    Location::parse(b"file:/data")
}

fn place(number: u64) -> Location {
    root().join(format!("job/chk-{number}").as_bytes())
}

fn sketch(number: u64, completed: Option<i64>) -> Sketch {
    Sketch {
        uri: place(number),
        name: format!("chk-{number}"),
        kind: Kind::Checkpoint,
        health: if completed.is_some() {
            Health::Complete
        } else {
            Health::InProgress
        },
        number: Some(number),
        job: None,
        lineage: "job".to_owned(),
        completed_at: completed.map(at),
        changed_at: None,
        refer: 7,
        format: "incremental".to_owned(),
        subsumable: true,
        content: None,
        program: None,
        damage: None,
    }
}

fn seen(number: u64, completed: Option<i64>) -> Sighting {
    Sighting {
        sketch: sketch(number, completed),
        row: None,
    }
}

fn event(second: i64, what: What) -> Event {
    Event {
        at: at(second),
        what,
    }
}

fn gone(number: u64, how: Ending) -> What {
    What::Gone {
        uri: place(number),
        how,
        since: None,
        taken: None,
    }
}

fn watches(events: &[Event]) -> Vec<(i64, i64, bool)> {
    let timeline = Timeline::of(events);
    let since = |time: Timestamp| time.duration_since(at(0)).as_secs();
    let watches = timeline.watches(&root()).iter();
    watches
        .map(|it| (since(it.from), since(it.to), it.is_open))
        .collect()
}

#[test]
fn a_snapshot_comes_completes_and_goes() {
    let timeline = Timeline::of(&[
        event(0, What::WatchBegan { root: root() }),
        event(5, What::Appeared(seen(1, None))),
        event(9, What::Completed(seen(1, Some(8)))),
        event(
            20,
            gone(
                1,
                Ending::Subsumed {
                    by: "chk-2".to_owned(),
                    is_exact: true,
                },
            ),
        ),
    ]);
    let life = timeline.life(&place(1)).unwrap();
    assert_eq!(life.placed_at(), at(8));
    let moments: Vec<_> = life.moments.iter().map(|it| it.what.clone()).collect();
    let by = "chk-2".to_owned();
    assert_eq!(
        moments,
        [
            MomentKind::Appeared,
            MomentKind::Completed,
            MomentKind::Ended(Ending::Subsumed { by, is_exact: true }, None)
        ]
    );
    assert!(!life.is_there());
}

#[test]
fn a_row_that_only_grew_tells_nothing_and_what_came_back_says_so() {
    let grown = |refer| Sighting {
        sketch: Sketch {
            refer,
            ..sketch(1, Some(1))
        },
        ..seen(1, Some(1))
    };
    let broken = Sighting {
        sketch: Sketch {
            health: Health::Incomplete,
            ..sketch(1, Some(1))
        },
        ..seen(1, Some(1))
    };
    let told: Vec<String> = words::all(&[
        event(1, What::Completed(seen(1, Some(1)))),
        event(2, What::Changed(grown(8))),
        event(3, What::Changed(grown(9))),
        event(4, What::Broke(broken)),
        event(5, What::Changed(seen(1, Some(1)))),
        event(6, gone(1, Ending::Trashed)),
        event(7, What::Appeared(seen(1, Some(1)))),
    ])
    .map(|(_, said)| said)
    .collect();
    assert_eq!(
        told,
        [
            "chk-1 completed (checkpoint of job)",
            "chk-1 cannot be restored (checkpoint of job)",
            "chk-1 is complete now (checkpoint of job)",
            "chk-1 was moved into the trash",
            "chk-1 was put back from the trash (checkpoint of job)",
        ]
    );
}

#[test]
fn what_comes_back_is_there_again_and_its_end_is_remembered() {
    let timeline = Timeline::of(&[
        event(1, What::Completed(seen(1, Some(1)))),
        event(5, gone(1, Ending::Trashed)),
        event(9, What::Completed(seen(1, Some(1)))),
    ]);
    let life = timeline.life(&place(1)).unwrap();
    assert!(life.is_there());
    let last = life.moments.iter().rev().take(2).map(|it| &it.what);
    assert_eq!(
        last.collect::<Vec<_>>(),
        [
            &MomentKind::PutBack,
            &MomentKind::Ended(Ending::Trashed, None)
        ]
    );
}

#[test]
fn however_far_looks_are_apart_a_watch_has_no_gap_in_it() {
    let hours = 3_600 * 7;
    let events = [
        event(0, What::WatchBegan { root: root() }),
        event(hours, What::Watched { root: root() }),
        event(3 * hours, What::Completed(seen(1, Some(1)))),
    ];
    assert_eq!(watches(&events), [(0, 3 * hours, true)]);
}

#[test]
fn who_left_without_a_word_is_known_to_have_watched_until_the_last_sign() {
    let events = [
        event(0, What::WatchBegan { root: root() }),
        event(60, What::Completed(seen(1, Some(1)))),
        event(900, What::WatchBegan { root: root() }),
        event(950, What::WatchEnded { root: root() }),
    ];
    assert_eq!(watches(&events), [(0, 60, false), (900, 950, false)]);
}

#[test]
fn a_root_that_is_lost_is_not_watched() {
    let events = [
        event(0, What::WatchBegan { root: root() }),
        event(60, What::RootLost { root: root() }),
        event(90, What::Watched { root: root() }),
        event(99, What::WatchBegan { root: root() }),
    ];
    assert_eq!(watches(&events), [(0, 60, false), (99, 99, true)]);
}

#[test]
fn a_claim_is_remembered_when_it_is_told_after_the_restore() {
    let restored = |claimed| What::Restored {
        uri: place(1),
        job: JobId([1; 16]),
        started: Some(at(2)),
        claimed,
    };
    let timeline = Timeline::of(&[event(3, restored(false)), event(9, restored(true))]);
    assert_eq!(timeline.restores().len(), 1);
    assert!(timeline.restores()[0].claimed);
    assert_eq!(timeline.restores()[0].at, at(2));
}

fn begun() -> String {
    let what = What::Log {
        schema: SCHEMA,
        version: "0.1.0".to_owned(),
    };
    String::from_utf8(log::write(&[event(0, what)]).unwrap()).unwrap()
}

#[test]
fn a_log_that_is_written_is_read_back() {
    let events = vec![
        event(1, What::WatchBegan { root: root() }),
        event(2, What::Present(seen(3, None))),
        event(3, What::Broke(seen(3, Some(3)))),
        event(4, gone(3, Ending::Vanished)),
        event(
            4,
            gone(
                4,
                Ending::Subsumed {
                    by: "chk-5".to_owned(),
                    is_exact: true,
                },
            ),
        ),
        event(
            5,
            What::Held {
                uri: place(3),
                hold: "audit".to_owned(),
            },
        ),
        event(6, What::WatchEnded { root: root() }),
    ];
    let mut text = begun().into_bytes();
    text.extend(log::write(&events).unwrap());
    let read = log::read(&text).unwrap();
    assert_eq!(read.events[1..], events);
    assert!(read.left_out.is_nothing());
}

#[test]
fn a_torn_last_line_is_left_out_and_said() {
    let whole =
        String::from_utf8(log::write(&[event(1, What::WatchBegan { root: root() })]).unwrap())
            .unwrap();
    let text = format!("{}{whole}{}", begun(), &whole[..20]);
    let read = log::read(text.as_bytes()).unwrap();
    assert_eq!(read.events.len(), 2);
    assert_eq!(read.left_out.torn, Some(3));
    assert_eq!(
        read.left_out.to_string(),
        "line 3, the last, was not written to its end"
    );
}

#[test]
fn lines_that_are_no_events_are_left_out_and_the_others_stay() {
    let text = format!(
        "{}nonsense\n{{\"at\":\"2026-01-01T00:00:00Z\",\"event\":\"eclipse\",\"moon\":1}}\n{}",
        begun(),
        String::from_utf8(log::write(&[event(1, What::Watched { root: root() })]).unwrap())
            .unwrap()
    );
    let read = log::read(text.as_bytes()).unwrap();
    assert_eq!(read.events.len(), 2);
    assert_eq!(
        read.left_out.to_string(),
        "line 2 is no event: expected ident at column 2; 1 event is of a sort that this release does not know"
    );
}

#[test]
fn what_is_no_log_or_a_later_one_is_refused() {
    assert_eq!(log::read(b""), Err(NoLog::Empty));
    assert_eq!(log::read(b"{\"a\":1}\n"), Err(NoLog::Foreign(1)));
    assert_eq!(log::read(b"\x7fELF\0\0"), Err(NoLog::Foreign(1)));
    let later = begun().replace(&format!("\"schema\":{SCHEMA}"), "\"schema\":99");
    assert_eq!(log::read(later.as_bytes()), Err(NoLog::Newer(99)));
}

#[test]
fn text_in_a_log_cannot_steer_the_terminal() {
    let mut evil = seen(1, Some(1));
    evil.sketch.name = "chk\u{1b}[2J".to_owned();
    let mut text = begun().into_bytes();
    text.extend(log::write(&[event(1, What::Completed(evil))]).unwrap());
    let read = log::read(&text).unwrap();
    let timeline = Timeline::of(&read.events);
    let life = timeline.lives().next().unwrap();
    assert!(
        !life.sketch.name.contains('\u{1b}'),
        "{:?}",
        life.sketch.name
    );
}

fn any_what() -> impl Strategy<Value = What> {
    let number = 0_u64..5;
    prop_oneof![
        Just(What::WatchBegan { root: root() }),
        Just(What::Watched { root: root() }),
        Just(What::WatchEnded { root: root() }),
        Just(What::RootLost { root: root() }),
        number
            .clone()
            .prop_map(|it| What::Present(seen(it, Some(1)))),
        number.clone().prop_map(|it| What::Appeared(seen(it, None))),
        number
            .clone()
            .prop_map(|it| What::Completed(seen(it, Some(3)))),
        number.clone().prop_map(|it| gone(it, Ending::Vanished)),
        number
            .clone()
            .prop_map(|it| What::Marked { uri: place(it) }),
        number
            .clone()
            .prop_map(|it| What::Unmarked { uri: place(it) }),
        number.prop_map(|it| What::Held {
            uri: place(it),
            hold: "h".to_owned()
        }),
    ]
}

proptest! {
    #[test]
    fn any_events_in_any_order_make_a_timeline(
        events in prop::collection::vec((-100_i64..100, any_what()), 0..40),
        cut in 0_usize..40,
    ) {
        let events: Vec<Event> = events.into_iter().map(|(second, what)| event(second, what)).collect();
        let front = &events[..cut.min(events.len())];
        let mut timeline = Timeline::of(front);
        for watch in timeline.watches(&root()) {
            prop_assert!(watch.from <= watch.to);
        }
        // Only the last watch can go on.
        let open = timeline.watches(&root()).iter().rev().skip(1).filter(|it| it.is_open).count();
        prop_assert_eq!(open, 0);
        for life in timeline.lives() {
            let times: Vec<_> = life.moments.iter().map(|it| it.at).collect();
            prop_assert!(times.is_sorted());
        }
        // The rest one by one is the same as all at once.
        for event in &events[front.len()..] {
            timeline.take_in(event);
        }
        prop_assert_eq!(timeline, Timeline::of(&events));
    }

    #[test]
    fn what_is_told_twice_changes_nothing(whats in prop::collection::vec(any_what(), 0..30)) {
        let once: Vec<Event> = whats.into_iter().enumerate().map(|(second, what)| event(second as i64, what)).collect();
        let is_watch = |what: &What| matches!(what, What::WatchBegan { .. });
        let twice = once.iter().flat_map(|it| {
            let again = (!is_watch(&it.what)).then(|| it.clone());
            [it.clone()].into_iter().chain(again)
        });
        let twice: Vec<Event> = twice.collect();
        prop_assert_eq!(Timeline::of(&twice), Timeline::of(&once));
    }

    #[test]
    fn a_log_cut_anywhere_is_read_up_to_there(
        whats in prop::collection::vec(any_what(), 1..10),
        share in 0.0_f64..1.0,
    ) {
        let events: Vec<Event> = whats.into_iter().map(|what| event(1, what)).collect();
        let mut text = begun().into_bytes();
        let least = text.len();
        text.extend(log::write(&events).unwrap());
        let cut = least + ((text.len() - least) as f64 * share) as usize;
        let read = log::read(&text[..cut]).unwrap();
        prop_assert!(read.events.len() <= events.len() + 1);
        prop_assert_eq!(&read.events[1..], &events[..read.events.len() - 1]);
        prop_assert_eq!(read.left_out.broken, 0);
    }
}

fn ran(state: Option<JobState>, since: Option<i64>) -> What {
    What::Ran {
        root: root(),
        job: JobId([7; 16]),
        name: "fraud".to_owned(),
        state,
        since: since.map(at),
    }
}

fn stints(events: &[Event]) -> Vec<(JobState, i64, Option<i64>)> {
    let timeline = Timeline::of(events);
    let since = |time: Timestamp| time.duration_since(at(0)).as_secs();
    let run = timeline.run(JobId([7; 16])).unwrap();
    run.stints
        .iter()
        .map(|it| (it.state, since(it.from), it.to.map(since)))
        .collect()
}

#[test]
fn a_job_is_in_a_state_until_it_is_in_another_or_nobody_watches() {
    use JobState::{Canceled, Restarting, Running};
    let mut events = vec![
        event(0, What::WatchBegan { root: root() }),
        event(1, ran(Some(Running), Some(-90))),
        event(20, ran(Some(Restarting), None)),
        // Flink says of an earlier time since when: in between it was restarted.
        event(25, ran(Some(Running), Some(-90))),
    ];
    assert_eq!(
        stints(&events),
        [
            (Running, -90, Some(20)),
            (Restarting, 20, Some(25)),
            (Running, 25, None)
        ]
    );
    events.push(event(40, What::WatchEnded { root: root() }));
    assert_eq!(stints(&events)[2], (Running, 25, Some(40)));
    events.push(event(90, What::WatchBegan { root: root() }));
    let mut went_on = events.clone();
    went_on.push(event(91, ran(Some(Running), Some(25))));
    assert_eq!(stints(&went_on)[2..], [(Running, 25, None)]);
    events.push(event(91, ran(Some(Canceled), Some(70))));
    assert_eq!(
        stints(&events)[2..],
        [(Running, 25, Some(40)), (Canceled, 70, None)]
    );
    events.push(event(95, What::WatchEnded { root: root() }));
    assert_eq!(stints(&events)[3], (Canceled, 70, None));
}

#[test]
fn a_watch_that_ended_without_a_word_knew_of_jobs_until_its_last_sign() {
    let events = [
        event(0, What::WatchBegan { root: root() }),
        event(1, ran(Some(JobState::Running), None)),
        event(30, What::Watched { root: root() }),
        event(90, What::WatchBegan { root: root() }),
    ];
    assert_eq!(stints(&events), [(JobState::Running, 1, Some(30))]);
}

#[test]
fn a_claim_that_is_learned_late_explains_what_had_vanished() {
    let restored = |claimed| What::Restored {
        uri: place(1),
        job: JobId([7; 16]),
        started: Some(at(3)),
        claimed,
    };
    let events = [
        event(1, What::Completed(seen(1, Some(1)))),
        event(4, restored(false)),
        event(9, gone(1, Ending::Vanished)),
        event(20, restored(true)),
    ];
    let timeline = Timeline::of(&events);
    let life = timeline.life(&place(1)).unwrap();
    assert_eq!(life.claim(), Some(JobId([7; 16])));
    let said: Vec<String> = words::all(&events).map(|(_, said)| said).collect();
    assert!(
        said[3].contains("which claimed it: it has vanished"),
        "{said:?}"
    );
}
