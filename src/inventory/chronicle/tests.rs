mod goings;
mod jobs;
mod runs;

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::*;
use crate::domain::cluster::{
    Checkpoint, CheckpointStatus, Cluster, ClusterId, Contact, Job, JobState,
};
use crate::domain::event::Ending;
use crate::domain::heirs::Heirs;
use crate::domain::hold::Hold;
use crate::domain::snapshot::{Fate, Health, Kind, Owner, Sizes, Verdict, Watching};

/// What a witness would find.
#[derive(Default)]
struct Told {
    trashed: RefCell<BTreeSet<Location>>,
    hidden: RefCell<BTreeSet<Location>>,
    torn: RefCell<BTreeSet<Location>>,
}

fn taken() -> Taken {
    Taken {
        plan: "20260211T031240Z-7bf6".to_owned(),
        by: "alice@ops".to_owned(),
        at: at(4),
    }
}

impl Witness for Told {
    fn is_gone(&self, at: &Location) -> bool {
        !self.hidden.borrow().contains(at)
    }

    fn taken(&self, at: &Location) -> Option<Taken> {
        self.trashed.borrow().contains(at).then(taken)
    }

    fn torn(&self, at: &Location) -> Option<Taken> {
        self.torn.borrow().contains(at).then(taken)
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_800_000_000 + second)
}

fn root() -> Location {
    Location::parse(b"file:/data")
}

fn place(name: &str) -> Location {
    root().join(format!("7bf6bd3d977df158f9d8a88833ce0000/{name}").as_bytes())
}

fn row(number: u64, completed: Option<i64>) -> Snapshot {
    let name = format!("chk-{number}");
    Snapshot {
        location: place(&name),
        name,
        job_id: "7bf6bd3d977df158f9d8a88833ce0000".parse().ok(),
        job_prefix: None,
        lineage: LineageId(1),
        kind: Kind::ExternalizedCheckpoint,
        kind_inferred: false,
        health: if completed.is_some() {
            Health::Complete
        } else {
            Health::InProgress
        },
        findings: Vec::new(),
        unchecked_files: 0,
        completed_at: completed.map(at),
        changed_at: None,
        facts: None,
        sizes: Sizes::default(),
        sizes_are_bounds: false,
        is_hard_linked: false,
        fate: Fate {
            subsumed: Verdict::Deleted,
            finished: Verdict::Deleted,
            cancelled: Verdict::Kept,
            failed: Verdict::Kept,
            suspended: Verdict::Kept,
            inferred: false,
            because: String::new(),
        },
        owner: Owner::You,
        heirs: Heirs::default(),
        mapping: None,
        used_again: None,
    }
}

fn upsert(row: Snapshot) -> Delta {
    Delta::Upserted(Arc::new(row))
}

fn ready() -> Delta {
    status(RootState::Ready)
}

fn status(state: RootState) -> Delta {
    Delta::Root(RootStatus {
        location: root(),
        watching: Watching::Native,
        state,
        problems: Vec::new(),
        scanned_at: None,
    })
}

/// A chronicle that watches, after these checkpoints were there.
struct Watcher {
    chronicle: Chronicle,
    told: Told,
    events: Vec<Event>,
}

impl Watcher {
    fn of(numbers: impl IntoIterator<Item = u64>) -> Self {
        Self::after(&[], numbers, 0)
    }

    fn after(history: &[Event], numbers: impl IntoIterator<Item = u64>, second: i64) -> Self {
        let mut it = Self {
            chronicle: Chronicle::after(history, Detail::Sketches),
            told: Told::default(),
            events: Vec::new(),
        };
        it.events.extend(it.chronicle.begin([root()], at(second)));
        let rows = numbers
            .into_iter()
            .map(|number| upsert(row(number, Some(number as i64 - 100))));
        it.tell(second, &rows.collect::<Vec<_>>());
        it.tell(second, &[ready()]);
        it
    }

    fn tell(&mut self, second: i64, deltas: &[Delta]) -> Vec<What> {
        let events = self.chronicle.take_in(deltas, at(second), &self.told);
        self.events.extend(events.iter().cloned());
        events.into_iter().map(|event| event.what).collect()
    }

    fn complete(&mut self, second: i64, number: u64) {
        self.tell(second, &[upsert(row(number, Some(second)))]);
    }

    fn remove(&mut self, second: i64, number: u64) -> Vec<What> {
        self.tell(second, &[Delta::Removed(place(&format!("chk-{number}")))])
    }
}

fn how(whats: &[What]) -> Vec<&Ending> {
    let endings = whats.iter().filter_map(|what| match what {
        What::Gone { how, .. } => Some(how),
        _ => None,
    });
    endings.collect()
}

fn subsumed(by: &str) -> Ending {
    Ending::Subsumed {
        by: by.to_owned(),
        is_exact: false,
    }
}

fn cluster(contact: Contact, jobs: &[(JobState, Option<i64>)]) -> Cluster {
    let job = |(state, since): &(JobState, Option<i64>)| {
        Arc::new(Job {
            id: row(1, None).job_id.unwrap(),
            name: "fraud".to_owned(),
            state: *state,
            state_since: since.map(at),
            started_at: None,
            ended_at: None,
            restarts: None,
            vertices: Vec::new(),
            checkpointing: None,
            counts: None,
            checkpoints: Vec::new(),
            restored: None,
            failure: None,
        })
    };
    Cluster {
        id: ClusterId(0),
        name: "prod".to_owned(),
        url: "http://flink.example:8081".to_owned(),
        contact,
        version: None,
        jobs: jobs.iter().map(job).collect(),
        slots: None,
        settings: None,
    }
}

#[test]
fn a_root_that_is_lost_takes_nobody_with_it() {
    let mut it = Watcher::of([1, 2]);
    let whats = it.tell(5, &[status(RootState::Missing)]);
    assert_eq!(whats, [What::RootLost { root: root() }]);
    assert_eq!(it.remove(5, 1), []);
    assert_eq!(it.remove(5, 2), []);
    // It is back, with one of them.
    assert_eq!(it.tell(90, &[upsert(row(2, Some(-98)))]), []);
    let whats = it.tell(90, &[ready()]);
    assert_eq!(
        whats,
        [
            What::WatchBegan { root: root() },
            What::Gone {
                uri: place("chk-1"),
                how: Ending::Vanished,
                since: Some(at(5)),
                taken: None,
            }
        ]
    );
}

#[test]
fn what_cannot_be_looked_at_is_not_gone() {
    let mut it = Watcher::of([1, 2]);
    it.told.hidden.borrow_mut().insert(place("chk-1"));
    assert_eq!(it.remove(5, 1), []);
    assert!(
        it.chronicle
            .timeline()
            .life(&place("chk-1"))
            .unwrap()
            .is_there()
    );
}

#[test]
fn what_went_while_nobody_watched_went_in_between() {
    let mut before = Watcher::of([1, 2]);
    let ended = before.chronicle.end(at(30));
    before.events.extend(ended);
    let after = Watcher::after(&before.events, [2, 3], 500);
    let gone = after.events.iter().find_map(|event| match &event.what {
        What::Gone {
            uri, how, since, ..
        } => Some((uri.clone(), how.clone(), *since)),
        _ => None,
    });
    // Another has completed since, but how many are retained is not known, and nobody saw it happen.
    assert_eq!(gone, Some((place("chk-1"), Ending::Vanished, Some(at(30)))));
    let told: Vec<&What> = after.events.iter().map(|event| &event.what).collect();
    let known_before =
        |what: &&&What| matches!(what, What::Present(it) if it.sketch.uri == place("chk-2"));
    assert_eq!(told.iter().filter(known_before).count(), 0);
}

#[test]
fn a_watch_is_told_of_now_and_then_and_not_at_every_look() {
    let mut it = Watcher::of([1]);
    assert_eq!(it.tell(10, &[ready()]), []);
    let beat = What::Watched { root: root() };
    assert_eq!(it.tell(301, &[ready()]), [beat]);
    assert_eq!(it.tell(310, &[ready()]), []);
}

#[test]
fn holds_and_marks_are_told_when_they_come_and_go() {
    let mut it = Watcher::of([1]);
    let hold = Hold {
        name: "audit".to_owned(),
        snapshot: place("chk-1"),
        by: String::new(),
        at: at(0),
        why: String::new(),
        expires: Some(at(50)),
    };
    let whats = |events: Vec<Event>| events.into_iter().map(|it| it.what).collect::<Vec<_>>();
    let name = || "audit".to_owned();
    let uri = || place("chk-1");
    let told = it.chronicle.note(&[], std::slice::from_ref(&hold), at(5));
    assert_eq!(
        whats(told),
        [What::Held {
            uri: uri(),
            hold: name()
        }]
    );
    assert_eq!(
        it.chronicle.note(&[], std::slice::from_ref(&hold), at(6)),
        []
    );
    // It ends by itself.
    let told = it.chronicle.note(&[], &[hold], at(50));
    assert_eq!(
        whats(told),
        [What::Released {
            uri: uri(),
            hold: name()
        }]
    );
}

#[test]
fn a_recording_has_whole_rows_and_leads_to_the_same_picture() {
    let mut chronicle = Chronicle::after(&[], Detail::Rows);
    let told = Told::default();
    let mut events = chronicle.begin([root()], at(0));
    let deltas = [upsert(row(1, Some(-5))), ready()];
    events.extend(chronicle.take_in(&deltas, at(0), &told));
    events.extend(chronicle.take_in(&[upsert(row(2, None))], at(9), &told));
    let lines = crate::analysis::timeline::log::write(&events).unwrap();
    let header = br#"{"at":"2026-01-01T00:00:00Z","event":"log","schema":1,"version":"0"}"#;
    let text = [&header[..], b"\n", &lines].concat();
    let read = crate::analysis::timeline::log::read(&text).unwrap();
    assert_eq!(read.events[1..], events);
    let rows: Vec<Snapshot> = read
        .events
        .iter()
        .filter_map(|event| match &event.what {
            What::Present(seen) | What::Appeared(seen) => Some((**seen.row.as_ref()?).clone()),
            _ => None,
        })
        .collect();
    assert_eq!(rows, [row(1, Some(-5)), row(2, None)]);
}

#[test]
fn what_was_damaged_or_touched_is_told_of_as_the_one_that_it_was() {
    let mut it = Watcher::of([1, 2]);
    assert_eq!(it.tell(500, &[upsert(row(1, Some(499)))]), [], "touched");
    let damaged = Snapshot {
        health: Health::Corrupt,
        findings: vec!["it ends at byte 1000".to_owned()],
        ..row(2, Some(599))
    };
    let whats = it.tell(600, &[upsert(damaged.clone())]);
    let [What::Broke(seen)] = &whats[..] else {
        panic!("{whats:?}");
    };
    assert_eq!(seen.sketch.completed_at, Some(at(-98)));
    assert_eq!(seen.sketch.damage.as_deref(), Some("it ends at byte 1000"));
    // Where nobody may look, nothing is known to be damaged.
    let hidden = Snapshot {
        unchecked_files: 1,
        ..damaged
    };
    let mut it = Watcher::of([1, 2]);
    let whats = it.tell(600, &[upsert(hidden)]);
    let [What::Broke(seen)] = &whats[..] else {
        panic!("{whats:?}");
    };
    assert_eq!(seen.sketch.damage, None);
}

#[test]
fn what_is_left_of_one_that_had_completed_is_told_of_as_that() {
    let mut it = Watcher::of([1, 2]);
    let left = Snapshot {
        health: Health::Abandoned,
        ..row(1, None)
    };
    let whats = it.tell(6, &[upsert(left)]);
    let [What::Broke(seen)] = &whats[..] else {
        panic!("{whats:?}");
    };
    assert_eq!(seen.sketch.completed_at, Some(at(-99)));
    assert_eq!(seen.sketch.health, Health::Abandoned);
}

#[test]
fn what_a_deletion_left_half_way_is_told_once_and_again_when_it_is_gone() {
    let mut it = Watcher::of([1, 2]);
    let left = || {
        upsert(Snapshot {
            health: Health::Abandoned,
            ..row(1, None)
        })
    };
    it.told.torn.borrow_mut().insert(place("chk-1"));
    let whats = it.tell(6, &[left()]);
    assert!(
        matches!(&whats[..], [What::Broke(_), What::Torn { .. }]),
        "{whats:?}"
    );
    assert_eq!(it.tell(7, &[left()]), []);
    let life = it.chronicle.timeline().life(&place("chk-1")).unwrap();
    assert_eq!(life.torn, Some(taken()));
    it.told.torn.borrow_mut().clear();
    it.told.trashed.borrow_mut().insert(place("chk-1"));
    let whats = it.remove(8, 1);
    let gone = What::Gone {
        uri: place("chk-1"),
        how: Ending::Trashed,
        since: None,
        taken: Some(taken()),
    };
    assert_eq!(whats, [gone]);
    // Back from the trash it is whole.
    it.told.trashed.borrow_mut().clear();
    it.tell(9, &[upsert(row(1, Some(-99)))]);
    let life = it.chronicle.timeline().life(&place("chk-1")).unwrap();
    assert_eq!((life.torn.as_ref(), life.turn), (None, 0));
    let put_back = crate::analysis::timeline::MomentKind::PutBack;
    assert!(life.moments.iter().any(|it| it.what == put_back));
}
