//! What becomes of a snapshot, and of one that is half written.

use super::*;

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
