use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::analysis::sample::{
    JOB, OTHER_JOB, checkpoint, checkpointing, cluster, job, place, restored_from, savepoint,
    with_facts,
};
use crate::domain::claim::ClaimMode;
use crate::domain::cluster::{JobState, Retention};
use crate::domain::heirs::{Heirs, Restart};
use crate::domain::snapshot::Owner;

fn own(file: usize) -> Use {
    Use {
        file,
        held: Held::Own,
        disposed: true,
    }
}

fn shared(file: usize) -> Use {
    Use {
        file,
        held: Held::Registry,
        disposed: true,
    }
}

fn piece(row: Snapshot, uses: Vec<Use>) -> Piece {
    Piece::new(Arc::new(row), Some(1000), uses)
}

fn files(bytes: &[u64]) -> Vec<File> {
    let file = |(at, bytes): (usize, &u64)| File {
        name: format!("file-{at}"),
        bytes: *bytes,
    };
    bytes.iter().enumerate().map(file).collect()
}

fn of_other_job(id: u64) -> Snapshot {
    Snapshot {
        location: place(&format!("file:/data/{OTHER_JOB}/chk-{id}")),
        job_id: Some(OTHER_JOB.parse().unwrap()),
        ..checkpoint(id, 10)
    }
}

/// Three incremental checkpoints and a savepoint of one job. File 0 is shared by the first two, file 1 by the last two.
fn three() -> World {
    World {
        pieces: vec![
            piece(checkpoint(4, 300), vec![own(2), shared(0)]),
            piece(checkpoint(5, 200), vec![own(3), shared(0), shared(1)]),
            piece(checkpoint(6, 100), vec![own(4), shared(1)]),
            piece(savepoint("Savepoint"), vec![own(5)]),
        ],
        files: files(&[100, 200, 1, 2, 3, 50]),
        remarks: Vec::new(),
    }
}

fn step(event: Event, at: usize) -> Step {
    Step { event, at }
}

fn gone(outcome: &Outcome) -> Vec<usize> {
    let is_gone = |it: &Whereabouts| matches!(it, Whereabouts::Gone(_));
    let files = outcome.files.iter().enumerate();
    files
        .filter(|(_, it)| is_gone(it))
        .map(|(at, _)| at)
        .collect()
}

#[test]
fn subsumed_lets_go_what_no_kept_checkpoint_needs() {
    let world = three();
    let outcome = world.after(&[step(Event::Subsumed, 1)]);
    // The shared file of both that go, and what is their own; the newest keeps the other shared one.
    assert_eq!(gone(&outcome), [0, 2, 3]);
    assert_eq!(outcome.pieces[0].is, Whereabouts::Gone(0));
    assert_eq!(outcome.pieces[2].is, Whereabouts::There);
    assert_eq!(
        outcome.told,
        ["Flink deletes chk-4, chk-5.", "What stays is chk-6."]
    );
    assert_eq!(
        outcome.goes,
        Sum {
            files: 5,
            bytes: 103 + 2000
        }
    );
    assert_eq!(
        outcome.keepers(&world, 1),
        [Keeper {
            name: "chk-6".to_owned(),
            sum: Sum {
                files: 1,
                bytes: 200
            }
        }]
    );
}

/// A savepoint that another job claimed, whose first checkpoint names one of its files, and the second none.
fn claimed() -> World {
    let mut row = savepoint("Savepoint");
    row.heirs.restored.push(Restart {
        job: OTHER_JOB.parse().unwrap(),
        claim_mode: Some(ClaimMode::Claim),
    });
    let inherited = Use {
        held: Held::Inherited,
        ..shared(0)
    };
    World {
        pieces: vec![
            piece(row, vec![shared(0), shared(1)]),
            piece(of_other_job(9), vec![inherited, own(2)]),
            piece(of_other_job(10), vec![own(3)]),
        ],
        files: files(&[100, 200, 1, 2]),
        remarks: Vec::new(),
    }
}

#[test]
fn what_was_claimed_goes_with_the_checkpoints_of_the_job_that_did() {
    let world = claimed();
    // The savepoint is pushed out: of its files the one stays that a newer one names.
    let outcome = world.after(&[step(Event::Subsumed, 0)]);
    assert_eq!(gone(&outcome), [1]);
    assert_eq!(outcome.pieces[0].is, Whereabouts::Gone(0));
    let outcome = world.after(&[step(Event::Subsumed, 1)]);
    assert_eq!(gone(&outcome), [0, 1, 2]);
    let outcome = world.after(&[step(Event::Finished, 2)]);
    assert_eq!(gone(&outcome), [0, 1, 2, 3]);
    // Whether it stays when that job is cancelled, its retention decides: a cluster tells that.
    let cancelled = [step(Event::Cancelled, 0)];
    let is = |world: &World| world.after(&cancelled).pieces[0].is;
    assert_eq!(is(&world), Whereabouts::Open(0));
    let mut asked = claimed();
    let mut job = job(OTHER_JOB, JobState::Running);
    job.checkpointing = Some(checkpointing(Retention::DeleteOnCancellation));
    asked.ask(&[Arc::new(cluster([job]))]);
    assert_eq!(is(&asked), Whereabouts::Gone(0));
}

/// A job that lives and claimed a native savepoint.
fn claimed_native() -> World {
    let mut world = claimed();
    let native = |row: &Snapshot| {
        with_facts(row.clone(), |it| {
            if let Properties::Known {
                savepoint_format, ..
            } = &mut it.properties
            {
                *savepoint_format = Some("NATIVE".to_owned());
            }
        })
    };
    world.pieces[0].row = Arc::new(native(&world.pieces[0].row));
    world.pieces[0].uses.push(own(4));
    world.files.push(files(&[7]).remove(0));
    let mut job = job(OTHER_JOB, JobState::Running);
    job.checkpointing = Some(checkpointing(Retention::DeleteOnCancellation));
    world.ask(&[Arc::new(cluster([job]))]);
    world
}

#[test]
fn what_comes_with_a_native_savepoint_that_a_job_claimed_may_stay_when_that_job_ends() {
    let world = claimed_native();
    let outcome = world.after(&[step(Event::Finished, 2)]);
    // Its metadata and what is its alone; Flink stops at its directory.
    assert_eq!(gone(&outcome), [4]);
    let is: Vec<Whereabouts> = outcome.pieces.iter().map(|it| it.is).collect();
    let open = Whereabouts::Open(0);
    assert_eq!(is, [Whereabouts::Gone(0), open, open]);
    assert_eq!(outcome.goes.files, 2);
    assert_eq!(outcome.stays, Sum::default());
    assert!(
        outcome
            .told
            .iter()
            .any(|it| it.contains("Flink stops there")),
        "{:?}",
        outcome.told
    );
    // Pushed out it goes by itself.
    let outcome = world.after(&[step(Event::Subsumed, 0)]);
    assert_eq!(gone(&outcome), [1, 4]);
}

#[test]
fn what_a_job_that_lives_may_have_claimed_is_not_known_though_its_checkpoints_name_files_of_it() {
    let path = place(&format!("file:/data/{OTHER_JOB}/chk-9"));
    let mut failed_over = restored_from(job(OTHER_JOB, JobState::Running), &path);
    failed_over.restored.as_mut().unwrap().id = 9;
    let row = Snapshot {
        owner: Owner::Unclear("named".to_owned()),
        heirs: Heirs {
            naming: vec![OTHER_JOB.parse().unwrap()],
            ..Heirs::default()
        },
        ..checkpoint(5, 20_000)
    };
    let inherited = Use {
        held: Held::Inherited,
        ..shared(0)
    };
    let mut world = World {
        pieces: vec![
            piece(row, vec![shared(0), own(1)]),
            piece(of_other_job(9), vec![inherited]),
        ],
        files: files(&[100, 200]),
        remarks: Vec::new(),
    };
    assert!(world.notes()[0].contains("which is not played here"));
    let over = job(JOB, JobState::Canceled);
    world.ask(&[Arc::new(cluster([over, failed_over]))]);
    assert_eq!(world.notes(), [""; 0]);
    let outcome = world.after(&[step(Event::Cancelled, 0)]);
    assert_eq!(outcome.pieces[0].is, Whereabouts::Open(0));
    assert_eq!(outcome.files[1], Whereabouts::Open(0));
    assert!(
        outcome
            .told
            .iter()
            .any(|it| it.contains("Whether that job claimed it is not known")),
        "{:?}",
        outcome.told
    );
}

#[test]
fn what_was_broken_before_is_told_from_what_was_not() {
    let with = |health, unchecked_files| {
        let row = Snapshot {
            health,
            unchecked_files,
            ..checkpoint(4, 300)
        };
        piece(row, Vec::new()).was_broken()
    };
    assert!(with(Health::Incomplete, 0) && with(Health::Corrupt, 0));
    assert!(!with(Health::Complete, 0) && !with(Health::Corrupt, 1));
}

#[test]
fn each_shared_file_has_its_keepers() {
    let world = three();
    let outcome = world.after(&[step(Event::Subsumed, 0)]);
    let shared = outcome.shared(&world, 1);
    let of: Vec<(usize, &[String])> = shared.iter().map(|it| (it.file, &it.keepers[..])).collect();
    // The older one, which named the second file, is gone.
    assert_eq!(of, [(1, &["chk-6".to_owned()][..]), (0, &[][..])]);
    assert_eq!(outcome.shared(&world, 3), []);
}

#[test]
fn the_newest_is_pushed_out_by_what_nobody_has_seen() {
    let outcome = three().after(&[step(Event::Subsumed, 2)]);
    assert_eq!(gone(&outcome), [2, 3, 4]);
    assert_eq!(
        outcome.open,
        Sum {
            files: 2,
            bytes: 300
        }
    );
    assert!(
        outcome.told.last().unwrap().contains("do not exist yet"),
        "{:?}",
        outcome.told
    );
}

#[test]
fn finishing_takes_all_checkpoints_and_no_savepoint_and_cancelling_none() {
    let world = three();
    let finished = world.after(&[step(Event::Finished, 2)]);
    assert_eq!(gone(&finished), [0, 1, 2, 3, 4]);
    assert_eq!(
        finished.stays,
        Sum {
            files: 2,
            bytes: 1050
        }
    );
    for event in [Event::Cancelled, Event::Failed, Event::Suspended] {
        let outcome = world.after(&[step(event, 2)]);
        assert_eq!(outcome.goes, Sum::default(), "{event:?}");
        assert_eq!(outcome.told, ["What stays is chk-4, chk-5, chk-6."]);
    }
}

#[test]
fn a_job_ends_once() {
    let world = three();
    let outcome = world.after(&[step(Event::Cancelled, 2), step(Event::Finished, 0)]);
    assert_eq!(outcome.goes, Sum::default());
    assert_eq!(
        outcome.told,
        ["Job 7bf6bd3d is over already: nothing more happens to its checkpoints."]
    );
}

#[test]
fn an_event_on_a_savepoint_is_one_on_its_job_and_does_not_push_it_out() {
    let world = three();
    assert_eq!(world.job_of(3), world.job_of(0));
    assert_eq!(
        world.after(&[step(Event::Finished, 3)]),
        world.after(&[step(Event::Finished, 0)])
    );
    let outcome = world.after(&[step(Event::Subsumed, 3)]);
    assert_eq!(outcome.goes, Sum::default());
    assert!(
        outcome.told[0].contains("do not push it out"),
        "{:?}",
        outcome.told
    );
}

#[test]
fn flinks_own_disposal_breaks_the_neighbours_and_that_is_said() {
    let world = three();
    let outcome = world.after(&[step(Event::Cancelled, 2), step(Event::Disposed, 1)]);
    assert_eq!(gone(&outcome), [0, 1, 3]);
    assert_eq!(outcome.broken().collect::<Vec<_>>(), [0, 2]);
    assert_eq!(
        outcome.told,
        [
            "Flink deletes chk-5 with every file that it names, and asks nobody who else names them.",
            "BROKEN, though not deleted: chk-4 loses 1 file (100 B), chk-6 loses 1 file (200 B)."
        ]
    );
}

#[test]
fn a_job_may_delete_what_another_names_and_does_not_know_it() {
    let mut world = three();
    let inherited = Use {
        held: Held::Inherited,
        ..shared(1)
    };
    world.pieces.push(piece(of_other_job(7), vec![inherited]));
    // The registry of the first job knows nothing of the second one.
    let first = world.after(&[step(Event::Finished, 2)]);
    assert_eq!(first.broken().collect::<Vec<_>>(), [4]);
    // Whether the second one claimed what it inherited is not written anywhere.
    let second = world.after(&[step(Event::Finished, 4)]);
    assert_eq!(second.files[1], Whereabouts::Open(0));
    assert_eq!(
        second.pieces[2].doubtful,
        Sum {
            files: 1,
            bytes: 200
        }
    );
    assert_eq!(second.broken().count(), 0);
}

#[test]
fn what_is_not_recorded_stays_open() {
    let mut world = three();
    for piece in &mut world.pieces[..3] {
        piece.fate.cancelled = Verdict::Unknown;
    }
    let outcome = world.after(&[step(Event::Cancelled, 0)]);
    assert_eq!(
        outcome.open,
        Sum {
            files: 8,
            bytes: 3306
        }
    );
    assert_eq!(outcome.goes, Sum::default());
    assert!(
        outcome.told[0].starts_with("It depends on a setting"),
        "{:?}",
        outcome.told
    );
}

#[test]
fn a_regional_checkpoint_keeps_the_older_one_that_it_needs() {
    let mut world = three();
    world.pieces[2].row = Arc::new(with_facts(checkpoint(6, 100), |it| it.regional = vec![4]));
    let outcome = world.after(&[step(Event::Subsumed, 1)]);
    assert_eq!(outcome.pieces[0].is, Whereabouts::There);
    assert_eq!(outcome.pieces[1].is, Whereabouts::Gone(0));
    assert_eq!(gone(&outcome), [3]);
}

#[test]
fn what_flink_leaves_behind_is_counted() {
    let mut world = three();
    world.pieces[0].uses.push(Use {
        file: 2,
        held: Held::Own,
        disposed: false,
    });
    world.pieces[0].uses.remove(0);
    let outcome = world.after(&[step(Event::Finished, 0)]);
    assert_eq!(outcome.left, Sum { files: 1, bytes: 1 });
}

fn worlds() -> impl Strategy<Value = World> {
    const FILES: usize = 12;
    let usage = (0..FILES, 0_u8..4, any::<bool>());
    let one = (
        any::<bool>(),
        0_u8..3,
        prop::collection::vec(usage, 0..8),
        prop::collection::vec(0_u8..3, 5),
    );
    (
        prop::collection::vec(one, 1..10),
        prop::collection::vec(0_u64..1000, FILES),
    )
        .prop_map(|(pieces, bytes)| {
            let pieces = (1..).zip(pieces).map(|(id, (is_other, sort, uses, fate))| {
                let verdict = |at: usize| match fate[at] {
                    0 => Verdict::Kept,
                    1 => Verdict::Deleted,
                    _ => Verdict::Unknown,
                };
                let row = match sort {
                    0 => savepoint("Savepoint"),
                    _ if is_other => of_other_job(id),
                    _ => checkpoint(id, 0),
                };
                let fate = Fate {
                    subsumed: verdict(0),
                    finished: verdict(1),
                    cancelled: verdict(2),
                    failed: verdict(3),
                    suspended: verdict(4),
                    ..row.fate.clone()
                };
                let mut seen = std::collections::BTreeSet::new();
                let uses = uses
                    .into_iter()
                    .filter(|(file, ..)| seen.insert(*file))
                    .map(|(file, held, disposed)| Use {
                        file,
                        held: [
                            Held::Own,
                            Held::Registry,
                            Held::Inherited,
                            Held::TaskManagers,
                        ][usize::from(held)],
                        disposed,
                    })
                    .collect();
                Piece {
                    metadata: (id % 5 != 0).then_some(id * 7),
                    ..piece(Snapshot { fate, ..row }, uses)
                }
            });
            World {
                pieces: pieces.collect(),
                files: files(&bytes),
                remarks: Vec::new(),
            }
        })
}

/// A checkpoint of the job without metadata yet.
fn begun(id: u64) -> Snapshot {
    Snapshot {
        facts: None,
        health: Health::InProgress,
        completed_at: None,
        ..checkpoint(id, 1)
    }
}

#[test]
fn what_is_in_progress_is_aborted_when_the_job_ends() {
    let mut pending = crate::analysis::sample::remembered(7, 1);
    pending.status = crate::domain::cluster::CheckpointStatus::InProgress;
    pending.path = None;
    let running = crate::domain::cluster::Job {
        checkpoints: vec![pending],
        ..job(JOB, JobState::Running)
    };
    let mut world = three();
    let row = Arc::new(begun(7));
    world.pieces.push(Piece::new(row, None, Vec::new()));
    for event in [Event::Finished, Event::Cancelled, Event::Failed] {
        // As no cluster says that it is under way, it may have been left behind.
        let outcome = world.after(&[step(event, 2)]);
        assert_eq!(outcome.pieces[4].is, Whereabouts::Open(0), "{event:?}");
        let told = outcome.told.join(" ");
        assert!(
            told.contains("If chk-7 is under way, Flink aborts it"),
            "{told}"
        );
    }
    world.ask(&[Arc::new(cluster([running]))]);
    for event in [Event::Finished, Event::Cancelled, Event::Failed] {
        let outcome = world.after(&[step(event, 2)]);
        assert_eq!(outcome.pieces[4].is, Whereabouts::Gone(0), "{event:?}");
        let told = outcome.told.join(" ");
        assert!(
            told.contains("Flink aborts chk-7, and discards its files."),
            "{told}"
        );
    }
    let outcome = world.after(&[step(Event::Subsumed, 0)]);
    assert_eq!(outcome.pieces[4].is, Whereabouts::There);
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let one = (0_usize..Event::ALL.len(), 0_usize..10);
    prop::collection::vec(one, 0..5).prop_map(|all| {
        all.into_iter()
            .map(|(event, at)| step(Event::ALL[event], at))
            .collect()
    })
}

proptest! {
    #[test]
    fn what_goes_and_what_stays_and_what_is_open_is_what_was(world in worlds(), steps in steps()) {
        let outcome = world.after(&steps);
        let metadata: Vec<u64> = world.pieces.iter().filter_map(|it| it.metadata).collect();
        let was = Sum {
            files: (metadata.len() + world.files.len()) as u64,
            bytes: metadata.iter().sum::<u64>() + world.files.iter().map(|it| it.bytes).sum::<u64>(),
        };
        let parts = [outcome.goes, outcome.stays, outcome.open];
        prop_assert_eq!(parts.iter().map(|it| it.files).sum::<u64>(), was.files);
        prop_assert_eq!(parts.iter().map(|it| it.bytes).sum::<u64>(), was.bytes);
        prop_assert!(outcome.left.bytes <= outcome.stays.bytes);
    }

    #[test]
    fn whoever_is_there_and_lost_a_file_is_said_to_be_broken(world in worlds(), steps in steps()) {
        let outcome = world.after(&steps);
        for (at, piece) in world.pieces.iter().enumerate() {
            let is_gone = |usage: &Use| matches!(outcome.files[usage.file], Whereabouts::Gone(_));
            let has_lost = piece.uses.iter().any(is_gone);
            let is_there = !matches!(outcome.pieces[at].is, Whereabouts::Gone(_));
            prop_assert_eq!(outcome.broken().any(|it| it == at), has_lost && is_there);
        }
        let is_said = outcome.told.iter().any(|it| it.starts_with("BROKEN"));
        prop_assert_eq!(is_said, outcome.broken().next().is_some());
    }

    /// The registry counts: among the checkpoints of one job nothing but a disposal breaks another.
    #[test]
    fn the_registry_takes_nothing_from_a_checkpoint_that_its_job_keeps(world in worlds(), steps in steps()) {
        let pieces = world.pieces.into_iter().filter(|it| it.row.kind != Kind::Savepoint);
        let one_job: Vec<Piece> = pieces
            .map(|it| {
                let uses = it.uses.into_iter().filter(|usage| usage.held != Held::Own);
                let row = Snapshot { job_id: Some(JOB.parse().unwrap()), ..Snapshot::clone(&it.row) };
                Piece::new(Arc::new(row), Some(1), uses.collect())
            })
            .collect();
        let world = World { pieces: one_job, ..world };
        let ends: Vec<Step> = steps.into_iter().filter(|it| it.event != Event::Disposed).collect();
        prop_assert_eq!(world.after(&ends).broken().count(), 0);
    }

    #[test]
    fn an_undone_step_leaves_no_trace(world in worlds(), steps in steps()) {
        let before = world.after(&steps);
        let mut more = steps.clone();
        more.push(step(Event::Finished, 0));
        let _ = world.after(&more);
        more.pop();
        prop_assert_eq!(world.after(&more), before);
    }
}
