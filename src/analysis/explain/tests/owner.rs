//! Whose a snapshot is.

use super::*;

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
fn a_retained_checkpoint_may_have_been_claimed_where_nothing_in_sight_tells() {
    let snapshot = sample::checkpoint(7, 60);
    let over = [Arc::new(sample::cluster([sample::job(
        sample::JOB,
        JobState::Canceled,
    )]))];
    for clusters in [&[][..], &over] {
        says(
            &asking(&snapshot, &[], clusters),
            Topic::Owner,
            "unless a job was restored from it with CLAIM, of which nothing in sight tells",
        );
    }
    // Who was restored without CLAIM is told.
    let noted = noted(&snapshot, Some(ClaimMode::NoClaim));
    says(
        &alone(&noted),
        Topic::Owner,
        "was restored from it with NO_CLAIM",
    );
}
