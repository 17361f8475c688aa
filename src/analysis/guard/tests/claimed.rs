//! What a job claimed, or may have, is among the checkpoints that it keeps and deletes by itself.

use super::*;
use crate::analysis::guard::is_left_to_jobs;
use crate::analysis::sample::job;
use crate::domain::claim::ClaimMode;
use crate::domain::cluster::Job;

const GUARD: &str = "live job";

/// A savepoint, and a checkpoint of the job that was restored from something, which has completed it since.
fn rows() -> Scene {
    let own = Snapshot {
        location: place(&format!("file:/data/{OTHER_JOB}/chk-12")),
        job_id: Some(OTHER_JOB.parse().unwrap()),
        ..checkpoint(12, 60)
    };
    Scene::of([(old_savepoint(), vec![0]), (own, vec![1])])
}

/// The job, running, with that checkpoint.
fn running() -> Job {
    let mut running = job(OTHER_JOB, JobState::Running);
    running.checkpoints = vec![remembered(12, 60)];
    running.checkpoints[0].path = Some(place(&format!("file:/data/{OTHER_JOB}/chk-12")));
    running
}

fn restored_from_savepoint(scene: &Scene) -> Job {
    restored_from(running(), &scene.graph.snapshots[0].location)
}

fn failed_over() -> Job {
    let own = place(&format!("file:/data/{OTHER_JOB}/chk-12"));
    let mut job = restored_from(running(), &own);
    job.restored.as_mut().unwrap().id = 12;
    job
}

fn noted(scene: &Scene, from: Location, claim_mode: Option<ClaimMode>) -> Scene {
    let restarts = vec![JobHistory {
        job: OTHER_JOB.parse().unwrap(),
        started_at: Some(ago(20 * DAY)),
        ended_at: None,
        restored: Some(from),
        claim_mode,
        taken: Vec::new(),
    }];
    Scene {
        restarts,
        ..scene.clone()
    }
}

#[test]
fn what_a_live_job_claimed_stays_as_its_own_checkpoints_do_whatever_is_typed() {
    let words = "was restored from it with CLAIM: it keeps it, and deletes it by itself";
    let scene = rows();
    let claimed = scene.clone().on(cluster([restored_from_savepoint(&scene)]));
    for word in ["", "live lineage-1", "heirs of lineage-1", "lineage-1"] {
        let target = claimed.clone().typing(word).target(0);
        stays(&target, Decision::Keep, GUARD, words);
    }
    // What its cluster said before it fell silent is of then.
    let silenced = scene
        .clone()
        .on(silent(cluster([restored_from_savepoint(&scene)])));
    assert_eq!(silenced.target(0).decision, Decision::Unknown);
    // A savepoint to its cluster: it was not claimed.
    let mut unclaimed = restored_from_savepoint(&scene);
    unclaimed.restored.as_mut().unwrap().is_savepoint = true;
    let unclaimed = scene.clone().on(cluster([unclaimed]));
    assert_eq!(unclaimed.target(0).decision, Decision::Delete);
    // Over, it keeps nothing.
    let mut over = restored_from_savepoint(&scene);
    over.state = JobState::Canceled;
    let over = scene.clone().on(cluster([over]));
    assert_eq!(over.target(0).decision, Decision::Delete);
}

#[test]
fn a_claim_that_was_noted_holds_after_the_job_went_back_to_its_own() {
    let words = "was restored from it with CLAIM: it keeps it, and deletes it by itself";
    let scene = rows().on(cluster([failed_over()]));
    let at = scene.graph.snapshots[0].location.clone();
    let claimed = noted(&scene, at.clone(), Some(ClaimMode::Claim));
    stays(&claimed.target(0), Decision::Keep, GUARD, words);
    for mode in [ClaimMode::NoClaim, ClaimMode::Legacy] {
        let target = noted(&scene, at.clone(), Some(mode)).target(0);
        assert_eq!(target.decision, Decision::Delete, "{mode:?}");
    }
}

#[test]
fn what_a_job_may_have_begun_with_waits_for_a_word_once_nothing_tells_of_that() {
    let words = "may have been restored from it with CLAIM";
    let scene = rows().on(cluster([failed_over()]));
    let target = scene.target(0);
    stays(&target, Decision::Unknown, GUARD, words);
    assert_eq!(
        target.objections[0].overruled_by.as_deref(),
        Some("heirs of lineage-1")
    );
    let typed = scene.clone().typing("heirs of lineage-1");
    assert_eq!(typed.target(0).decision, Decision::Delete);
    // A note tells the place, and not how.
    let at = scene.graph.snapshots[0].location.clone();
    let target = noted(&scene, at, None).target(0);
    stays(&target, Decision::Unknown, GUARD, words);
    // Nor with another job, nor with one that it began after.
    let other = place("file:/savepoints/savepoint-aaaaaa-0123456789ab");
    let target = noted(&scene, other, None).target(0);
    assert_eq!(target.decision, Decision::Delete);
    let mut later = failed_over();
    later.started_at = Some(ago(20 * DAY));
    let later = rows().on(cluster([later]));
    assert_eq!(later.target(0).decision, Decision::Delete);
}

#[test]
fn what_another_job_that_lives_keeps_as_its_own_is_left_to_that_one() {
    let words = "may have been restored from it with CLAIM";
    let scene = |own: Job| {
        let mut scene = rows();
        scene.graph.snapshots[0] = Arc::new(checkpoint(5, 10 * DAY));
        scene.on(cluster([own, failed_over()]))
    };
    let is_said = |scene: &Scene| {
        let objections = scene.target(0).objections;
        objections.iter().any(|it| it.text.contains(words))
    };
    let keeping = |change: fn(&mut Job)| {
        let mut own = job(JOB, JobState::Running);
        own.checkpoints = vec![remembered(5, 10 * DAY)];
        change(&mut own);
        scene(own)
    };
    let kept = keeping(|_| ());
    assert!(!is_said(&kept), "{:#?}", kept.target(0));
    let keeps = "keeps it, and deletes it by itself";
    stays(&kept.target(0), Decision::Keep, GUARD, keeps);
    // Once it lets go of it, is over, or is not heard of, the other may have it.
    assert!(is_said(&keeping(|it| it.checkpoints[0].discarded = true)));
    assert!(is_said(&keeping(|it| it.state = JobState::Canceled)));
    assert!(is_said(&keeping(|it| it.checkpoints.clear())));
    let mut quiet = kept.clone();
    quiet.clusters = vec![
        Arc::new(silent(cluster([(*kept.clusters[0].jobs[0]).clone()]))),
        Arc::new(cluster([failed_over()])),
    ];
    assert!(is_said(&quiet));
    // What it went back to, with no later one of its own, it needs itself.
    let back = |later: bool| {
        let at = checkpoint(5, 10 * DAY).location;
        let mut own = restored_from(job(JOB, JobState::Running), &at);
        own.restored.as_mut().unwrap().id = 5;
        own.checkpoints = if later {
            vec![remembered(9, 60)]
        } else {
            Vec::new()
        };
        scene(own)
    };
    assert!(!is_said(&back(false)));
    assert_ne!(back(false).target(0).decision, Decision::Delete);
    assert!(is_said(&back(true)));
}

#[test]
fn what_a_job_that_is_told_to_live_may_have_claimed_is_left_to_it() {
    let scene = rows().on(cluster([failed_over()]));
    assert!(is_left_to_jobs(&scene.target(0)));
    // Whether it lives is not known.
    let silenced = rows().on(silent(cluster([failed_over()])));
    assert!(!is_left_to_jobs(&silenced.target(0)));
}
