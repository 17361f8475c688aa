//! Rules one by one, on made-up snapshots; real ones are in `tests/it/explain.rs`.

mod into;

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
fn whose_a_savepoint_is_that_a_job_was_restored_from_is_told_as_far_as_its_cluster_or_a_note_tells()
{
    let snapshot = sample::savepoint("Suspend Savepoint");
    says(
        &alone(&snapshot),
        Topic::Owner,
        "It is yours unless a job was restored from it with CLAIM, of which nothing in sight tells",
    );
    let on = |version: &str, is_savepoint| {
        let job = sample::job(sample::OTHER_JOB, JobState::Running);
        let mut job = sample::restored_from(job, &snapshot.location);
        job.restored.as_mut().unwrap().is_savepoint = is_savepoint;
        let version = Some(version.to_owned());
        [Arc::new(Cluster {
            version,
            ..sample::cluster([job])
        })]
    };
    let claimed = on("2.3.0", false);
    let question = asking(&snapshot, &[], &claimed);
    says(&question, Topic::Owner, "It is Flink's: job job-111122");
    says(&question, Topic::Fate, "It goes as the checkpoints of job");
    let unclaimed = on("2.4.0", true);
    let question = asking(&snapshot, &[], &unclaimed);
    says(
        &question,
        Topic::Owner,
        "It is yours, unless yet another job claimed it.",
    );
    says(&question, Topic::Owner, "restored from it with NO_CLAIM");
    // Before 2.4 it may have been in LEGACY mode, unless the restart was noted.
    let either = on("2.3.0", true);
    let question = asking(&snapshot, &[], &either);
    says(
        &question,
        Topic::Owner,
        "It is yours, unless yet another job claimed it.",
    );
    says(&question, Topic::Owner, "Flink before 2.4 does not tell");
    let noted = noted(&snapshot, Some(ClaimMode::NoClaim));
    let question = asking(&noted, &[], &either);
    says(&question, Topic::Owner, "restored from it with NO_CLAIM");
}

#[test]
fn what_a_job_needs_no_more_that_goes_on_from_its_own_is_said_as_a_deletion_has_it() {
    let snapshot = sample::savepoint("Suspend Savepoint");
    let own = Snapshot {
        location: sample::place(&format!("file:/data/{}/chk-12", sample::OTHER_JOB)),
        job_id: sample::OTHER_JOB.parse().ok(),
        ..sample::checkpoint(12, 60)
    };
    let mut entry = sample::remembered(12, 60);
    entry.path = Some(own.location.clone());
    let job = sample::job(sample::OTHER_JOB, JobState::Running);
    let mut job = sample::restored_from(job, &snapshot.location);
    job.restored.as_mut().unwrap().is_savepoint = true;
    job.checkpoints = vec![entry];
    let on = |version: &str| {
        [Arc::new(Cluster {
            version: Some(version.to_owned()),
            ..sample::cluster([job.clone()])
        })]
    };
    let broken = Snapshot {
        health: Health::Incomplete,
        ..own.clone()
    };
    for (version, whole, lost) in [
        (
            "2.3.0",
            "has completed chk-12 since: with NO_CLAIM that job needs it no more",
            "so do not delete it while one of them",
        ),
        (
            "2.4.0",
            "has completed chk-12 since, so that it needs it no more",
            "nothing of its own that restores is in sight",
        ),
    ] {
        let clusters = on(version);
        let rows = [Arc::new(own.clone())];
        let question = asking(&snapshot, &rows, &clusters);
        says(&question, Topic::Owner, whole);
        assert!(!said(&question, Topic::Owner).contains("do not delete"));
        says(&asking(&snapshot, &[], &clusters), Topic::Owner, lost);
        let rows = [Arc::new(broken.clone())];
        says(&asking(&snapshot, &rows, &clusters), Topic::Owner, lost);
    }
}

/// The same, with a note that another job was restored from it.
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
fn what_a_noted_restart_means_for_the_snapshot_is_said_by_its_claim_mode() {
    let savepoint = sample::savepoint("Savepoint");
    let claimed = noted(&savepoint, Some(ClaimMode::Claim));
    let question = alone(&claimed);
    says(
        &question,
        Topic::Owner,
        "It is Flink's: job 11112222333344445555666677778888, of which no cluster tells whether it lives, was restored from it with CLAIM",
    );
    says(
        &question,
        Topic::Fate,
        "It goes as the checkpoints of job 11112222333344445555666677778888 do, which claimed it: Flink deletes it once newer \
         checkpoints of job 11112222… push it out",
    );
    says(&question, Topic::Fate, "depends on that job's retention");

    let unclaimed = noted(&savepoint, Some(ClaimMode::NoClaim));
    says(
        &alone(&unclaimed),
        Topic::Owner,
        "do not delete it while that job has not completed a checkpoint",
    );
    let of_heir = |id, seconds| {
        Arc::new(Snapshot {
            job_id: sample::OTHER_JOB.parse().ok(),
            ..sample::checkpoint(id, seconds)
        })
    };
    // Taken after the savepoint; an id may have been used before.
    for (row, wanted) in [
        (
            of_heir(12, 60),
            "has completed chk-12 since, so that it needs it no more",
        ),
        (of_heir(12, 600), "has not completed a checkpoint"),
        (of_heir(3, 60), "has not completed a checkpoint"),
    ] {
        says(&asking(&unclaimed, &[row], &[]), Topic::Owner, wanted);
    }
    let with_files = Snapshot {
        sizes: Sizes {
            files: 3,
            ..Sizes::default()
        },
        ..savepoint.clone()
    };
    let legacy = noted(&with_files, Some(ClaimMode::Legacy));
    says(
        &alone(&legacy),
        Topic::Owner,
        "in LEGACY mode: Flink never deletes it, and checkpoints of that job may name its files for ever, so do not delete it while",
    );
    says(
        &alone(&noted(&savepoint, None)),
        Topic::Owner,
        "without CLAIM",
    );
}

#[test]
fn what_outlived_its_job_is_past_every_end_of_it() {
    let snapshot = sample::checkpoint(7, 60);
    for state in [JobState::Canceled, JobState::Failed, JobState::Finished] {
        let over = [Arc::new(sample::cluster([sample::job(sample::JOB, state)]))];
        let question = asking(&snapshot, &[], &over);
        says(&question, Topic::Owner, "It is yours by now");
        let fate = said(&question, Topic::Fate);
        assert!(
            fate.starts_with(&format!("It stays: job job-7bf6bd is {state}")),
            "{fate}"
        );
        assert!(!fate.contains("push it out"), "{fate}");
    }
    // A second job may need it, or have it.
    let heir = sample::job(sample::OTHER_JOB, JobState::Running);
    let heir = sample::restored_from(heir, &snapshot.location);
    let both = [Arc::new(sample::cluster([
        sample::job(sample::JOB, JobState::Canceled),
        heir.clone(),
    ]))];
    says(
        &asking(&snapshot, &[], &both),
        Topic::Owner,
        "It is Flink's: job job-111122 on prod, which is RUNNING, was restored from it with CLAIM",
    );
    let mut unclaimed = heir;
    unclaimed.restored.as_mut().unwrap().is_savepoint = true;
    let both = [Arc::new(sample::cluster([
        sample::job(sample::JOB, JobState::Canceled),
        unclaimed,
    ]))];
    let question = asking(&snapshot, &[], &both);
    says(&question, Topic::Owner, "It is yours by now");
    says(
        &question,
        Topic::Owner,
        "job-111122 on prod was restored from it without CLAIM",
    );
}

#[test]
fn what_lies_in_a_half_written_one_is_counted_and_who_goes_on_with_it_is_told() {
    let half = Snapshot {
        facts: None,
        health: Health::InProgress,
        sizes: Sizes {
            files: 5,
            refer: 37 << 20,
            ..Sizes::default()
        },
        ..sample::savepoint("Savepoint")
    };
    says(
        &alone(&half),
        Topic::Made,
        "5 files of 37 MiB together lie there",
    );
    says(
        &alone(&half),
        Topic::Owner,
        "It is Flink's until it completes",
    );
    let over = [Arc::new(sample::cluster([sample::job(
        sample::JOB,
        JobState::Canceled,
    )]))];
    let question = asking(&half, &[], &over);
    says(
        &question,
        Topic::Owner,
        "it was left behind, as job job-7bf6bd is CANCELED",
    );
    says(&question, Topic::Fate, "it stays until somebody removes it");
    let idle = [Arc::new(sample::cluster([sample::job(
        sample::JOB,
        JobState::Running,
    )]))];
    says(
        &asking(&half, &[], &idle),
        Topic::Owner,
        "is RUNNING on prod and has no savepoint under way",
    );
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
        job_id: Some(JobId::ZERO),
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
