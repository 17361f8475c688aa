//! Rules one by one, on made-up snapshots; real ones are in `tests/it/explain.rs`.

mod into;

use std::sync::Arc;

use super::relations::{Place, Relations, Sharer, Sort};
use super::*;
use crate::analysis::sample;
use crate::domain::cluster::{
    CheckpointSettings, Checkpointing, Cluster, Job, JobState, Retention,
};
use crate::domain::snapshot::{Fate, FormatFamily, Health, Owner, Properties, Sizes, Verdict};

fn asking<'a>(
    snapshot: &'a Snapshot,
    rows: &'a [Arc<Snapshot>],
    clusters: &'a [Arc<Cluster>],
) -> Question<'a> {
    Question {
        snapshot,
        relations: None,
        rows,
        clusters,
        release: None,
        torn: None,
        now: sample::now(),
    }
}

fn alone(snapshot: &Snapshot) -> Question<'_> {
    asking(snapshot, &[], &[])
}

#[track_caller]
fn said(question: &Question<'_>, topic: Topic) -> String {
    let explanation = explain(question);
    assert!(
        (4..=8).contains(&explanation.sentences.len()),
        "{explanation:#?}"
    );
    let found = explanation.sentences.iter().find(|it| it.topic == topic);
    found.map(|it| it.text.clone()).unwrap_or_default()
}

#[track_caller]
fn says(question: &Question<'_>, topic: Topic, wanted: &str) {
    let text = said(question, topic);
    assert!(text.contains(wanted), "`{wanted}` is not in: {text}");
}

fn settings(question: &Question<'_>) -> Vec<String> {
    let it = explain(question).otherwise;
    it.into_iter()
        .map(|it| {
            format!(
                "{} | {} | {}",
                it.about,
                it.setting,
                it.call.unwrap_or_default()
            )
        })
        .collect()
}

fn checkpointing(retention: Retention) -> Checkpointing {
    Checkpointing {
        mode: "exactly_once".to_owned(),
        interval: None,
        timeout: None,
        min_pause: None,
        max_concurrent: None,
        retention,
        state_backend: Some("EmbeddedRocksDBStateBackend".to_owned()),
        storage: None,
        unaligned: None,
        aligned_timeout: None,
        tolerable_failures: None,
        after_tasks_finish: None,
        changelog: None,
    }
}

fn of_type(snapshot: Snapshot, name: &str) -> Snapshot {
    sample::with_facts(snapshot, |facts| {
        if let Properties::Known { type_name, .. } = &mut facts.properties {
            name.clone_into(type_name);
        }
    })
}

/// A checkpoint of metadata before version 4.
fn of_1_15() -> Snapshot {
    let old = sample::with_facts(sample::checkpoint(7, 60), |facts| {
        facts.version = 3;
        facts.properties = Properties::Absent;
        facts.written_by = "Flink 1.15".to_owned();
    });
    Snapshot {
        fate: Fate {
            cancelled: Verdict::Unknown,
            failed: Verdict::Unknown,
            suspended: Verdict::Unknown,
            inferred: true,
            because: "metadata before version 4, which does not record it".to_owned(),
            ..old.fate.clone()
        },
        kind: Kind::Checkpoint,
        kind_inferred: true,
        ..old
    }
}

#[test]
fn what_made_a_job_take_it_is_said_as_far_as_it_is_recorded() {
    let plain = sample::checkpoint(7, 60);
    says(&alone(&plain), Topic::Made, "number 7 on ");
    says(
        &alone(&plain),
        Topic::Made,
        "interval or by hand, which its record does not tell apart",
    );
    let full = of_type(sample::checkpoint(7, 60), "Full Checkpoint");
    says(
        &alone(&full),
        Topic::Made,
        "a full checkpoint was asked for by hand",
    );
    let full = sample::with_facts(full, |facts| {
        facts.written_by = "Flink 1.16 to 1.20".to_owned();
    });
    says(
        &alone(&full),
        Topic::Made,
        "on some Flink from 1.17 to 1.20",
    );
    says(
        &alone(&of_1_15()),
        Topic::Made,
        "before 1.17 nobody could ask",
    );
    for (name, wanted) in [
        ("Savepoint", "not as part of a stop"),
        (
            "Suspend Savepoint",
            "before it stopped: a stop with savepoint",
        ),
        ("Terminate Savepoint", "drained"),
    ] {
        says(&alone(&sample::savepoint(name)), Topic::Made, wanted);
    }
}

#[test]
fn a_program_that_composed_state_is_no_job() {
    let snapshot = sample::with_facts(sample::savepoint("Savepoint"), |facts| {
        facts.properties = Properties::Null;
        facts.checkpoint_id = 0;
    });
    says(&alone(&snapshot), Topic::Made, "No job took it");
    says(&alone(&snapshot), Topic::Owner, "no job ever had it");
    assert_eq!(settings(&alone(&snapshot)), [""; 0]);
}

#[test]
fn a_savepoint_is_of_the_one_job_in_sight_that_has_its_digits() {
    let snapshot = sample::savepoint("Savepoint");
    says(
        &alone(&snapshot),
        Topic::Made,
        "A job whose id begins with 7bf6bd",
    );
    let rows = [Arc::new(sample::checkpoint(7, 60))];
    says(
        &asking(&snapshot, &rows, &[]),
        Topic::Made,
        &format!("Job {}", sample::JOB),
    );
}

#[test]
fn an_id_of_zeros_names_no_job() {
    let snapshot = Snapshot {
        job_id: Some(crate::domain::id::JobId::ZERO),
        ..sample::checkpoint(7, 60)
    };
    says(&alone(&snapshot), Topic::Made, "an id of zeros");
}

#[test]
fn the_owner_is_told_by_the_state_of_its_job_where_a_cluster_knows_it() {
    let snapshot = sample::checkpoint(7, 60);
    says(
        &alone(&snapshot),
        Topic::Owner,
        "which of the two holds, the disk does not show",
    );
    let with = |state, change: fn(Job) -> Job| {
        let job = change(sample::job(sample::JOB, state));
        [Arc::new(sample::cluster([job]))]
    };
    let running = with(JobState::Running, |job| job);
    says(
        &asking(&snapshot, &[], &running),
        Topic::Owner,
        "It is Flink's: job job-7bf6bd is RUNNING on prod",
    );
    says(
        &asking(&snapshot, &[], &running),
        Topic::Made,
        "on Flink 1.20.1 completed it",
    );
    let over = with(JobState::Canceled, |job| Job {
        ended_at: Some(sample::ago(30)),
        ..job
    });
    says(
        &asking(&snapshot, &[], &over),
        Topic::Owner,
        "It is yours by now: job job-7bf6bd is CANCELED since ",
    );
    let discarded = with(JobState::Running, |job| {
        let mut it = sample::remembered(7, 60);
        it.discarded = true;
        Job {
            checkpoints: vec![it],
            ..job
        }
    });
    says(
        &asking(&snapshot, &[], &discarded),
        Topic::Owner,
        "counts it as discarded",
    );
    let silent = [Arc::new(sample::silent(sample::cluster([sample::job(
        sample::JOB,
        JobState::Running,
    )])))];
    let explanation = explain(&asking(&snapshot, &[], &silent));
    let owner = explanation
        .sentences
        .iter()
        .find(|it| it.topic == Topic::Owner)
        .unwrap();
    assert!(
        owner.evidence.contains("it is not answering now"),
        "{}",
        owner.evidence
    );
}

#[test]
fn a_savepoint_that_a_job_was_restored_from_may_not_be_yours_any_more() {
    let snapshot = sample::savepoint("Suspend Savepoint");
    says(&alone(&snapshot), Topic::Owner, "yours alone");
    let restored = |is_savepoint| {
        let mut job = sample::restored_from(
            sample::job(sample::OTHER_JOB, JobState::Running),
            &snapshot.location,
        );
        job.restored.as_mut().unwrap().is_savepoint = is_savepoint;
        [Arc::new(sample::cluster([job]))]
    };
    let clusters = restored(true);
    let question = asking(&snapshot, &[], &clusters);
    says(&question, Topic::Owner, "depends on the claim mode");
    let clusters = restored(false);
    let question = asking(&snapshot, &[], &clusters);
    says(&question, Topic::Owner, "it is Flink's since");
    says(&question, Topic::Fate, "claimed it: Flink deletes it when");
    let unclear = Snapshot {
        owner: Owner::Unclear("shared".to_owned()),
        ..snapshot.clone()
    };
    let question = asking(&unclear, &[], &clusters);
    says(&question, Topic::Owner, "it is Flink's since");
}

#[test]
fn a_plain_checkpoint_that_is_still_there_says_what_that_means() {
    let all = [Verdict::Deleted; 5];
    let snapshot = Snapshot {
        kind: Kind::Checkpoint,
        fate: fate_of(all, "NO_EXTERNALIZED_CHECKPOINTS"),
        ..sample::checkpoint(7, 60)
    };
    says(
        &alone(&snapshot),
        Topic::Kind,
        "NO_EXTERNALIZED_CHECKPOINTS",
    );
    says(&alone(&snapshot), Topic::Owner, "no end of job");
    assert_eq!(
        said(&alone(&snapshot), Topic::Fate),
        "Flink deletes it when newer checkpoints push it out, the job finishes (stop with savepoint is that, too), is cancelled, \
         fails for good or the JobManager shuts down without high availability."
    );
}

fn fate_of(
    [subsumed, finished, cancelled, failed, suspended]: [Verdict; 5],
    because: &str,
) -> Fate {
    Fate {
        subsumed,
        finished,
        cancelled,
        failed,
        suspended,
        inferred: false,
        because: because.to_owned(),
    }
}

#[test]
fn a_retention_that_is_not_recorded_is_asked_of_the_cluster() {
    let snapshot = of_1_15();
    says(
        &alone(&snapshot),
        Topic::Fate,
        "depends on the job's retention, which is not recorded",
    );
    let job = Job {
        checkpointing: Some(checkpointing(Retention::DeleteOnCancellation)),
        ..sample::job(sample::JOB, JobState::Running)
    };
    let clusters = [Arc::new(sample::cluster([job]))];
    let asked = asking(&snapshot, &[], &clusters);
    says(
        &asked,
        Topic::Fate,
        "is cancelled or the JobManager shuts down without high availability; it stays when the job fails for good",
    );
    says(&asked, Topic::Kind, "set to DELETE_ON_CANCELLATION");
    says(&asked, Topic::Made, "by its interval");
}

#[test]
fn a_job_without_an_interval_takes_checkpoints_by_hand_only() {
    let job = Job {
        checkpointing: Some(checkpointing(Retention::RetainOnCancellation)),
        ..sample::job(sample::JOB, JobState::Running)
    };
    let clusters = [Arc::new(sample::cluster([job]))];
    let snapshot = sample::checkpoint(7, 60);
    says(
        &asking(&snapshot, &[], &clusters),
        Topic::Made,
        "the job has no interval",
    );
}

#[test]
fn how_near_it_is_to_being_pushed_out_is_counted() {
    let snapshot = sample::checkpoint(7, 60);
    let rows: Vec<_> = [5, 7, 8, 9]
        .map(|id| Arc::new(sample::checkpoint(id, 60)))
        .into();
    says(
        &asking(&snapshot, &rows, &[]),
        Topic::Fate,
        "chk-8 and chk-9 are newer, so that its job kept at least 3",
    );
    let newest = sample::checkpoint(10, 60);
    says(
        &asking(&newest, &rows, &[]),
        Topic::Fate,
        "the newest of the 5 checkpoints here",
    );
    let cluster = Cluster {
        settings: Some(CheckpointSettings {
            retained: Some(4),
            ..CheckpointSettings::default()
        }),
        ..sample::cluster([sample::job(sample::JOB, JobState::Running)])
    };
    let clusters = [Arc::new(cluster)];
    says(
        &asking(&snapshot, &rows, &clusters),
        Topic::Fate,
        "its cluster keeps 4, so that 2 more push it out",
    );
    // Several runs may have written beside each other under an id of zeros: then numbers prove nothing.
    let zeros = |id| Snapshot {
        job_id: Some(crate::domain::id::JobId::ZERO),
        ..sample::checkpoint(id, 60)
    };
    let rows = [Arc::new(zeros(8))];
    let text = said(&asking(&zeros(7), &rows, &[]), Topic::Fate);
    assert!(
        text.contains("chk-8 is newer") && !text.contains("kept at least"),
        "{text}"
    );
}

#[test]
fn without_metadata_there_is_still_something_to_say() {
    for (health, topic, wanted) in [
        (
            Health::InProgress,
            Topic::Made,
            "began it as externalized checkpoint 4 and has not completed it",
        ),
        (Health::InProgress, Topic::Owner, "leave it alone"),
        (Health::Abandoned, Topic::Made, "never completed it"),
        (
            Health::Abandoned,
            Topic::Fate,
            "it stays until somebody removes it",
        ),
        (Health::Empty, Topic::Made, "made this directory"),
        (
            Health::Corrupt,
            Topic::Condition,
            "cannot be read, and neither could Flink",
        ),
        (Health::Corrupt, Topic::Depends, "is not known"),
    ] {
        let snapshot = Snapshot {
            facts: None,
            health,
            findings: vec!["why".to_owned()],
            ..sample::checkpoint(4, 60)
        };
        says(&alone(&snapshot), topic, wanted);
    }
}
