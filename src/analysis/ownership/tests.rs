use super::*;
use crate::analysis::sample::{
    self, JOB, OTHER_JOB, cluster, job, place, restored_from, savepoint,
};
use crate::domain::claim::ClaimMode;
use crate::domain::cluster::JobState::{Canceled, Running};
use crate::domain::cluster::{CheckpointStatus, Counts, JobState, Retention};
use crate::domain::heirs::{Heirs, Restart};
use crate::domain::snapshot::{Sizes, Verdict};

fn told(snapshot: &Snapshot, jobs: impl IntoIterator<Item = Job>) -> (String, String) {
    let clusters = [Arc::new(cluster(jobs))];
    let it = of(snapshot, &clusters);
    let word = it.owner(snapshot).word().to_owned();
    (word, it.sentence(snapshot))
}

fn word(snapshot: &Snapshot, jobs: impl IntoIterator<Item = Job>) -> String {
    told(snapshot, jobs).0
}

#[test]
fn a_checkpoint_is_flinks_while_its_job_lives_and_yours_once_a_cluster_tells_that_it_is_over() {
    let row = sample::checkpoint(7, 60);
    assert_eq!(word(&row, []), "Flink", "nobody tells of its job");
    assert_eq!(word(&row, [job(JOB, Running)]), "Flink");
    for state in [Canceled, JobState::Failed, JobState::Finished] {
        let (word, sentence) = told(&row, [job(JOB, state)]);
        assert_eq!(word, "you");
        assert!(
            sentence.starts_with(&format!("Yours: its job job-{} is {state}.", &JOB[..6])),
            "{sentence}"
        );
    }
    assert_eq!(word(&row, [job(JOB, JobState::Suspended)]), "Flink");
    // On one cluster it is over, on another it lives.
    assert_eq!(word(&row, [job(JOB, Canceled), job(JOB, Running)]), "Flink");
}

#[test]
fn what_a_job_claimed_is_flinks_whoever_took_it() {
    let claimed_by = |row: &Snapshot| restored_from(job(OTHER_JOB, Running), &row.location);
    let row = sample::checkpoint(7, 60);
    let (word_of, sentence) = told(&row, [job(JOB, Canceled), claimed_by(&row)]);
    assert_eq!(word_of, "Flink");
    assert!(sentence.contains("with CLAIM"), "{sentence}");
    let point = savepoint("Savepoint");
    assert_eq!(word(&point, [claimed_by(&point)]), "Flink");

    let mut unclaimed = claimed_by(&row);
    unclaimed.restored.as_mut().unwrap().is_savepoint = true;
    assert_eq!(word(&row, [job(JOB, Canceled), unclaimed]), "you");
    // A job that goes back to its own checkpoint claims nothing.
    let failed_over = restored_from(job(JOB, Running), &row.location);
    let clusters = [Arc::new(cluster([failed_over]))];
    assert!(matches!(of(&row, &clusters), Ownership::Lives(_)));
}

fn noted_as_claimed(row: Snapshot) -> Snapshot {
    let restart = Restart {
        job: OTHER_JOB.parse().unwrap(),
        claim_mode: Some(ClaimMode::Claim),
    };
    Snapshot {
        heirs: Heirs {
            restored: vec![restart],
            ..Heirs::default()
        },
        ..row
    }
}

#[test]
fn a_claim_that_was_noted_holds_after_a_failover_and_where_no_cluster_is_asked() {
    for row in [savepoint("Savepoint"), sample::checkpoint(7, 60)] {
        let row = noted_as_claimed(row);
        let (word_of, sentence) = told(&row, []);
        assert_eq!(word_of, "Flink");
        assert!(
            sentence.contains("Whether that job lives is not known"),
            "{sentence}"
        );
        // After a failover its cluster tells of a checkpoint of its own.
        let own = place(&format!("file:/data/{OTHER_JOB}/chk-9"));
        let failed_over = restored_from(job(OTHER_JOB, Running), &own);
        let (word_of, sentence) = told(&row, [failed_over]);
        assert_eq!(word_of, "Flink");
        assert!(
            sentence.contains("job job-111122 on prod was restored from it with CLAIM"),
            "{sentence}"
        );
        let (word_of, sentence) = told(&row, [job(OTHER_JOB, Canceled)]);
        assert_eq!(word_of, "you");
        assert!(
            sentence.contains("which claimed it, is CANCELED"),
            "{sentence}"
        );
    }
}

#[test]
fn what_a_job_may_have_begun_with_is_unclear_once_it_went_back_to_its_own_and_nothing_was_noted() {
    let own = place(&format!("file:/data/{OTHER_JOB}/chk-9"));
    let mut failed_over = restored_from(job(OTHER_JOB, Running), &own);
    failed_over.restored.as_mut().unwrap().id = 9;
    let row = savepoint("Savepoint");
    let row = Snapshot {
        completed_at: Some(sample::ago(20_000)),
        ..row
    };
    let (word_of, sentence) = told(&row, [failed_over.clone()]);
    assert_eq!(word_of, "unclear");
    assert!(
        sentence.contains("job job-111122 on prod may have been restored from it with CLAIM"),
        "{sentence}"
    );
    let clusters = [Arc::new(cluster([failed_over.clone()]))];
    let it = of(&row, &clusters);
    let fate = it.fate(&row);
    assert_eq!(
        [fate.cancelled, fate.finished, fate.subsumed],
        [Verdict::Unknown; 3]
    );
    // It is known to have begun with another, or with this one otherwise.
    let noted = |heirs: Heirs| {
        word(
            &Snapshot {
                heirs,
                ..row.clone()
            },
            [failed_over.clone()],
        )
    };
    let id = OTHER_JOB.parse().unwrap();
    let others = Heirs {
        others: vec![id],
        ..Heirs::default()
    };
    assert_eq!(noted(others), "you");
    let by = |claim_mode| Heirs {
        restored: vec![Restart {
            job: id,
            claim_mode,
        }],
        ..Heirs::default()
    };
    assert_eq!(noted(by(Some(ClaimMode::NoClaim))), "you");
    assert_eq!(noted(by(None)), "unclear");
    // It was taken later than the job began, or as a later one than its first.
    let young = Snapshot {
        completed_at: Some(sample::ago(5_000)),
        ..row.clone()
    };
    assert_eq!(word(&young, [failed_over.clone()]), "you");
    let later = sample::with_facts(row.clone(), |facts| facts.checkpoint_id = 12);
    assert_eq!(word(&later, [failed_over.clone()]), "you");
    failed_over.state = Canceled;
    assert_eq!(word(&row, [failed_over]), "you");
}

#[test]
fn what_was_there_before_a_job_that_failed_later_is_its_own_or_of_an_earlier_run() {
    let own = place(&format!("file:/data/{JOB}/chk-8"));
    let mut failed_over = restored_from(job(JOB, Running), &own);
    let started = failed_over.started_at.unwrap();
    let restored = failed_over.restored.as_mut().unwrap();
    restored.id = 8;
    restored.at = Some(started + jiff::SignedDuration::from_mins(5));
    let row = sample::checkpoint(5, 20_000);
    let (word, sentence) = told(&row, [failed_over]);
    assert_eq!(word, "unclear");
    assert!(
        sentence.contains("whether it took it, or an earlier run did, is not known"),
        "{sentence}"
    );
}

#[test]
fn a_job_of_zeros_that_goes_back_to_what_lies_in_that_directory_claimed_nothing() {
    let own = place(&format!("file:/data/{}/chk-7", JobId::ZERO));
    let mut row = sample::checkpoint(7, 20_000);
    (row.location, row.job_id) = (own.clone(), Some(JobId::ZERO));
    let mut back = restored_from(job(JOB, Running), &own);
    back.id = JobId::ZERO;
    let clusters = [Arc::new(cluster([back]))];
    let it = of(&row, &clusters);
    assert!(!matches!(it, Ownership::Claimed(_)), "{it:?}");
}

#[test]
fn what_was_claimed_has_the_fate_of_the_checkpoints_of_the_job_that_did() {
    use Verdict::{Deleted, Kept, Unknown};
    let row = noted_as_claimed(savepoint("Savepoint"));
    let fate = |clusters: &[Arc<Cluster>]| {
        let it = of(&row, clusters);
        let fate = it.fate(&row).into_owned();
        assert_eq!(it.reasons().map(|it| it.len()), Some(5));
        assert!(
            fate.inferred && fate.because.contains("the claim of job"),
            "{}",
            fate.because
        );
        [
            fate.subsumed,
            fate.finished,
            fate.cancelled,
            fate.failed,
            fate.suspended,
        ]
    };
    assert_eq!(fate(&[]), [Deleted, Deleted, Unknown, Unknown, Unknown]);
    let set = |retention| {
        let mut job = job(OTHER_JOB, Running);
        job.checkpointing = Some(sample::checkpointing(retention));
        [Arc::new(cluster([job]))]
    };
    assert_eq!(
        fate(&set(Retention::RetainOnCancellation)),
        [Deleted, Deleted, Kept, Kept, Kept]
    );
    assert_eq!(
        fate(&set(Retention::NoExternalizedCheckpoints)),
        [Deleted; 5]
    );
    // Its own record says otherwise, of what is past.
    assert_eq!(row.fate.subsumed, Deleted);
}

#[test]
fn what_is_left_of_a_savepoint_may_go_with_the_checkpoints_of_whoever_claimed_it() {
    let row = Snapshot {
        health: Health::Incomplete,
        owner: Owner::Unclear("files of it are gone".to_owned()),
        ..savepoint("Savepoint")
    };
    let it = of(&row, &[]);
    assert_eq!(it.owner(&row).word(), "unclear");
    assert_eq!(it.fate(&row).subsumed, Verdict::Unknown);
    assert!(it.fate(&row).because.contains("as after a claim"));
    assert!(it.reasons().unwrap()[0].contains("else it stays"));
    // Once it is known who claimed it, it goes as that has it.
    let known = noted_as_claimed(row);
    assert!(matches!(of(&known, &[]), Ownership::Claimed(_)));
    // Of a checkpoint its own record says.
    let checkpoint = Snapshot {
        health: Health::Incomplete,
        ..sample::checkpoint(9, 300)
    };
    assert!(matches!(of(&checkpoint, &[]), Ownership::Disk));
}

#[test]
fn what_checkpoints_of_another_job_name_is_said_alike_everywhere() {
    let row = Snapshot {
        owner: Owner::Unclear("named".to_owned()),
        heirs: Heirs {
            naming: vec![OTHER_JOB.parse().unwrap()],
            ..Heirs::default()
        },
        ..savepoint("Savepoint")
    };
    let it = of(&row, &[]);
    assert_eq!(it.owner(&row).word(), "unclear");
    let sentence = it.sentence(&row);
    assert!(
        sentence.contains("checkpoints of job 11112222… name its files"),
        "{sentence}"
    );
    assert_eq!(it.fate(&row).cancelled, Verdict::Unknown);
    assert!(
        it.of_its_fate()
            .unwrap()
            .contains("in LEGACY mode it stays")
    );
    // That the one who names them claimed it is known here.
    let row = Snapshot {
        heirs: Heirs {
            naming: row.heirs.naming.clone(),
            ..noted_as_claimed(row.clone()).heirs
        },
        ..row
    };
    assert!(matches!(of(&row, &[]), Ownership::Claimed(_)));
}

fn half(row: Snapshot) -> Snapshot {
    Snapshot {
        health: Health::InProgress,
        facts: None,
        sizes: Sizes::default(),
        ..row
    }
}

/// The job, that counts so many attempts under way and lists these.
fn with_under_way(state: JobState, in_progress: u64, listed: &[(u64, bool)]) -> Job {
    let pending = |&(id, is_savepoint): &(u64, bool)| Checkpoint {
        status: CheckpointStatus::InProgress,
        is_savepoint,
        path: None,
        ..sample::remembered(id, 10)
    };
    Job {
        counts: Some(Counts {
            in_progress,
            ..Counts::default()
        }),
        checkpoints: listed.iter().map(pending).collect(),
        ..job(JOB, state)
    }
}

#[test]
fn what_is_begun_is_flinks_until_its_job_is_over_or_has_nothing_under_way() {
    let point = half(savepoint("Savepoint"));
    let ninth = half(sample::checkpoint(9, 300));
    for (row, own, other) in [
        (point, (11, true), (12, false)),
        (ninth, (9, false), (12, true)),
    ] {
        let told = |state, count, listed: &[(u64, bool)]| {
            word(&row, [with_under_way(state, count, listed)])
        };
        assert_eq!(word(&row, []), "Flink");
        assert_eq!(told(Running, 1, &[own]), "Flink");
        assert_eq!(told(Running, 2, &[other, own]), "Flink");
        assert_eq!(told(Running, 1, &[other]), "unclear");
        assert_eq!(
            told(Running, 1, &[]),
            "Flink",
            "which it is it does not tell"
        );
        assert_eq!(told(Running, 0, &[]), "unclear");
        assert_eq!(told(Canceled, 0, &[]), "unclear");
        let young = Snapshot {
            changed_at: Some(sample::ago(2)),
            ..row.clone()
        };
        assert_eq!(
            word(&young, [with_under_way(Running, 0, &[])]),
            "Flink",
            "its answer may be of before that"
        );
    }
}

#[test]
fn what_was_begun_after_the_end_of_its_job_is_begun_by_another() {
    let over = |seconds| Job {
        ended_at: Some(sample::ago(seconds)),
        ..with_under_way(Canceled, 0, &[])
    };
    for row in [
        half(savepoint("Savepoint")),
        half(sample::checkpoint(9, 300)),
    ] {
        assert_eq!(word(&row, [over(200)]), "unclear");
        assert_eq!(word(&row, [over(400)]), "Flink");
    }
}

#[test]
fn whose_it_is_is_unclear_where_its_id_is_used_again() {
    let over = |seconds| Job {
        ended_at: Some(sample::ago(seconds)),
        ..job(JOB, Canceled)
    };
    let row = sample::checkpoint(7, 300);
    assert_eq!(word(&row, [over(200)]), "you");
    let (word_of, sentence) = told(&row, [over(400)]);
    assert_eq!(word_of, "unclear");
    assert!(
        sentence.contains("its id is used again, by a job that no named cluster knows"),
        "{sentence}"
    );
    let clusters = [Arc::new(cluster([over(400)]))];
    let it = of(&row, &clusters);
    let fate = it.fate(&row);
    assert_eq!(
        [fate.cancelled, fate.finished, fate.subsumed],
        [Verdict::Unknown; 3]
    );
}
