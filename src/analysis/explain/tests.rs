//! Rules one by one, on made-up snapshots; real ones are in `tests/it/explain.rs`.

mod fate;
mod into;
mod owner;

use std::sync::Arc;

use super::relations::{Place, Relations, Sharer, Sort};
use super::*;
use crate::analysis::sample;
use crate::analysis::sample::checkpointing;
use crate::domain::cluster::{CheckpointSettings, Cluster, Job, JobState, Retention};
use crate::domain::heirs::{Heirs, Restart};
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

/// A snapshot with a note that another job was restored from it.
fn noted(snapshot: &Snapshot, claim_mode: Option<ClaimMode>) -> Snapshot {
    Snapshot {
        heirs: Heirs {
            restored: vec![Restart {
                job: sample::OTHER_JOB.parse().unwrap(),
                claim_mode,
            }],
            ..Heirs::default()
        },
        ..snapshot.clone()
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
        job_id: Some(JobId::ZERO),
        ..sample::checkpoint(7, 60)
    };
    says(&alone(&snapshot), Topic::Made, "an id of zeros");
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

#[test]
fn what_only_a_later_release_reads_is_not_called_damaged() {
    let finding = "metadata version 9 is newer than this build knows (1 to 7)";
    let snapshot = Snapshot {
        facts: None,
        health: Health::Corrupt,
        findings: vec![finding.to_owned()],
        ..sample::checkpoint(4, 60)
    };
    says(
        &alone(&snapshot),
        Topic::Condition,
        "cannot be read by this build, though a release of Flink may",
    );
}

#[test]
fn what_is_set_already_is_not_offered_as_another_setting() {
    let snapshot = sample::checkpoint(7, 60);
    let on = |retained| {
        let running = sample::job(sample::JOB, JobState::Running);
        let mut cluster = sample::cluster([running]);
        cluster.settings = Some(CheckpointSettings {
            retained,
            ..CheckpointSettings::default()
        });
        let clusters = [Arc::new(cluster)];
        let all = settings(&asking(&snapshot, &[], &clusters));
        all.into_iter()
            .find(|it| it.contains("num-retained"))
            .unwrap()
    };
    assert!(on(None).contains("num-retained: 2"), "{}", on(None));
    assert!(on(Some(3)).contains("num-retained: 4"), "{}", on(Some(3)));
}

#[test]
fn a_number_of_retained_checkpoints_that_lie_here_is_not_offered_as_another_setting() {
    let row = |id| Arc::new(sample::checkpoint(id, 60));
    let rows = [row(5), row(6), row(7)];
    for snapshot in &rows {
        let all = settings(&asking(snapshot, &rows, &[]));
        let it = all.iter().find(|it| it.contains("num-retained")).unwrap();
        assert!(it.contains("num-retained: 4"), "{it}");
    }
}

#[test]
fn a_checkpoint_that_would_not_be_retained_stays_with_high_availability() {
    let snapshot = sample::checkpoint(7, 60);
    let all = explain(&alone(&snapshot)).otherwise;
    let it = all
        .iter()
        .find(|it| it.setting.contains("DELETE_ON_CANCELLATION"));
    assert!(
        it.unwrap()
            .effect
            .contains("the JobManager shuts down without high availability"),
        "{it:?}"
    );
}
