//! Jobs that may just have been started from what is asked to go.

use super::*;
use crate::analysis::guard::Bare;
use crate::domain::cluster::{Job, Vertex};

const GUARD: &str = "starting job";

/// A savepoint that was taken so many seconds ago, and nobody to ask.
fn alone(seconds: i64) -> Scene {
    Scene {
        clusters: Vec::new(),
        ..Scene::of([
            (taken(savepoint("Savepoint"), seconds), vec![0]),
            (checkpoint(9, 10 * DAY), vec![1]),
        ])
    }
}

/// The note of a restart from the savepoint, so many seconds ago.
fn noted(scene: Scene, seconds: i64) -> Scene {
    let restart = JobHistory {
        job: OTHER_JOB.parse().unwrap(),
        started_at: Some(ago(seconds)),
        ended_at: None,
        restored: Some(scene.graph.snapshots[0].location.clone()),
        claim_mode: None,
        taken: Vec::new(),
    };
    Scene {
        restarts: vec![restart],
        ..scene
    }
}

/// A checkpoint of the job that the note is of.
fn first_checkpoint() -> Snapshot {
    Snapshot {
        location: place(&format!("file:/data/{OTHER_JOB}/chk-10")),
        job_id: Some(OTHER_JOB.parse().unwrap()),
        ..checkpoint(10, 60)
    }
}

#[track_caller]
fn waits_for_a_word(scene: &Scene, words: &str) {
    waits_for(scene, words, "starting lineage-1");
}

#[track_caller]
fn waits_as_it_is_young(scene: &Scene, words: &str) {
    waits_for(scene, words, "young lineage-1");
}

#[track_caller]
fn waits_for(scene: &Scene, words: &str, word: &str) {
    let target = scene.target(0);
    stays(&target, Decision::Unknown, GUARD, words);
    let [objection] = &target.objections[..] else {
        panic!("{target:?}");
    };
    assert_eq!(objection.overruled_by.as_deref(), Some(word));
    let typed = |word| scene.clone().typing(word).target(0).decision;
    assert_eq!(typed(word), Decision::Delete);
    assert_eq!(typed("lineage-1"), Decision::Unknown);
}

#[test]
fn what_a_job_at_its_first_checkpoint_may_need_waits_for_a_word_however_old_it_is() {
    let begun = |seconds, complete: bool| {
        let mut first = first_checkpoint();
        first.changed_at = Some(ago(seconds));
        if !complete {
            (first.health, first.completed_at) = (Health::InProgress, None);
        }
        Scene {
            clusters: Vec::new(),
            ..Scene::of([
                (taken(savepoint("Savepoint"), 10 * DAY), vec![0]),
                (first, vec![1]),
                (checkpoint(9, 10 * DAY), vec![2]),
            ])
        }
    };
    waits_for_a_word(&begun(5, false), "was at a first checkpoint 5s ago");
    // It has something of its own to go back to, or is long gone.
    assert_eq!(begun(5, true).target(0).decision, Decision::Delete);
    let old = begun(10 * DAY, false).target(0);
    assert_eq!(old.decision, Decision::Delete, "{old:?}");
    // A cluster that knows the snapshot's job, and not that one, tells nothing of it; one that is over was not started from it.
    for state in [JobState::Running, JobState::Canceled] {
        let known = begun(5, false).on(cluster([job(JOB, state)]));
        waits_for_a_word(&known, "none of the clusters that were asked knows it");
    }
    // A cluster that runs it tells what it was started from.
    let over = begun(5, false).on(cluster([job(OTHER_JOB, JobState::Canceled)]));
    let over = over.target(0).objections;
    assert!(over.iter().all(|it| !it.text.contains("first checkpoint")));
}

/// The directory of a job that no cluster knows, made so many seconds ago, and a savepoint and a checkpoint of ten days ago.
fn bare(seconds: i64) -> Scene {
    let mut scene = alone(10 * DAY);
    scene.graph.bare = vec![Bare {
        job: OTHER_JOB.parse().unwrap(),
        at: Some(ago(seconds)),
    }];
    scene
}

#[test]
fn a_job_that_no_cluster_knows_and_that_has_made_its_directory_may_be_starting_from_anything_older()
{
    let words = "has made its directory 5s ago and has no checkpoint in sight";
    waits_for_a_word(&bare(5), words);
    for state in [JobState::Running, JobState::Canceled] {
        let scene = bare(5).on(cluster([job(JOB, state)]));
        waits_for_a_word(&scene, "none of the clusters that were asked knows it");
    }
    // What its job left behind may be what it is started from, too.
    let left = bare(5).on(cluster([job(JOB, JobState::Canceled)]));
    stays(&left.target(1), Decision::Unknown, GUARD, words);
    // It is known, long gone, or was there before.
    let known = bare(5).on(cluster([
        job(JOB, JobState::Running),
        job(OTHER_JOB, JobState::Canceled),
    ]));
    assert_eq!(known.target(0).decision, Decision::Delete);
    for seconds in [GRACE.as_secs(), 11 * DAY] {
        assert_eq!(bare(seconds).target(0).decision, Decision::Delete);
    }
    let mut complete = bare(5);
    let first = Arc::new(first_checkpoint());
    complete.graph.of.insert(2, Vec::new());
    complete.graph.snapshots.push(first);
    assert_eq!(complete.target(0).decision, Decision::Delete);
}

#[test]
fn a_young_savepoint_waits_for_a_word_while_nobody_can_be_asked() {
    let grace = GRACE.as_secs();
    // A clock that is ahead makes nothing old.
    for seconds in [60, grace - 1, -60] {
        waits_as_it_is_young(&alone(seconds), "no cluster is connected");
    }
    assert_eq!(alone(grace).target(0).decision, Decision::Delete);
    let mut undated = alone(10 * DAY);
    let row = Arc::make_mut(&mut undated.graph.snapshots[0]);
    (row.completed_at, row.changed_at) = (None, None);
    waits_as_it_is_young(&undated, "not known");
    let mut touched = alone(10 * DAY);
    Arc::make_mut(&mut touched.graph.snapshots[0]).changed_at = Some(ago(60));
    waits_as_it_is_young(&touched, "written 1m ago");
    // From one that is still being written nothing was started: it stays for that alone.
    let mut open = alone(60);
    Arc::make_mut(&mut open.graph.snapshots[0]).health = Health::InProgress;
    let guards = open.target(0).objections.into_iter();
    assert_eq!(
        guards.map(|it| it.guard).collect::<Vec<_>>(),
        ["in progress"]
    );
    // Whoever ran its job tells what was restored from it. Others, or a cluster without jobs, say nothing of that.
    let asked = alone(60).on(cluster([job(JOB, JobState::Running)]));
    assert_eq!(asked.target(0).decision, Decision::Delete);
    let nobody = "none of the clusters knows its job";
    waits_as_it_is_young(&alone(60).on(cluster([])), nobody);
    let others = cluster([job(OTHER_JOB, JobState::Running)]);
    waits_as_it_is_young(&alone(60).on(others.clone()), nobody);
    let mut named = alone(60).on(others);
    let mut its = job(OTHER_JOB, JobState::Running);
    let path = named.graph.snapshots[0].location.clone();
    its.checkpoints = vec![Checkpoint {
        is_savepoint: true,
        path: Some(path),
        ..remembered(8, 60)
    }];
    named.clusters.push(Arc::new(cluster([its])));
    assert_eq!(named.target(0).decision, Decision::Delete);
    // One that is silent counts by itself, and leaves it as young as it is.
    for answering in [None, Some(cluster([]))] {
        let mut unheard = alone(60).typing("silent prod");
        let clusters = answering.into_iter().chain([silent(cluster([]))]);
        unheard.clusters = clusters.map(Arc::new).collect();
        let target = unheard.target(0);
        stays(&target, Decision::Unknown, GUARD, nobody);
        let words = target.objections.iter().map(|it| &it.overruled_by);
        assert_eq!(words.flatten().collect::<Vec<_>>(), ["young lineage-1"]);
    }
}

#[test]
fn a_noted_restart_keeps_what_it_was_from_until_the_job_goes_on_without() {
    let old = || alone(10 * DAY);
    let grace = GRACE.as_secs();
    for seconds in [60, grace - 1, -60] {
        waits_for_a_word(&noted(old(), seconds), "was started from it");
    }
    assert_eq!(noted(old(), grace).target(0).decision, Decision::Delete);
    // What a cluster says of the job counts for more; of one that is starting it says nothing yet.
    let said = |state| noted(old(), 60).on(cluster([job(OTHER_JOB, state)]));
    assert_eq!(said(JobState::Failed).target(0).decision, Decision::Delete);
    waits_for_a_word(&said(JobState::Running), "was started from it");
    waits_for_a_word(&noted(old(), 60).on(cluster([])), "was started from it");
    let mut elsewhere = restored_from(job(OTHER_JOB, JobState::Running), &place("file:/other"));
    elsewhere.checkpoints = vec![remembered(1_000, 5)];
    let scene = noted(old(), 60).on(cluster([elsewhere]));
    assert_eq!(scene.target(0).decision, Decision::Delete);
    // A checkpoint of its own, unless that goes too.
    let with_own = || {
        let mut scene = noted(old(), 60);
        scene.graph.of.insert(2, Vec::new());
        scene.graph.snapshots.push(Arc::new(first_checkpoint()));
        scene
    };
    assert_eq!(with_own().target(0).decision, Decision::Delete);
    let both = with_own().plan(&[0, 2]);
    let savepoint = both.targets.iter().find(|it| it.what == "savepoint");
    stays(
        savepoint.unwrap(),
        Decision::Unknown,
        GUARD,
        "no checkpoint of it is in sight",
    );
    let broken = Snapshot {
        health: Health::Corrupt,
        ..first_checkpoint()
    };
    let mut scene = noted(old(), 60);
    scene.graph.snapshots.push(Arc::new(broken));
    waits_for_a_word(&scene, "no checkpoint of it is in sight");
}

#[test]
fn a_job_that_is_starting_may_be_from_anything() {
    for state in [JobState::Initializing, JobState::Created] {
        let scene = alone(10 * DAY).on(cluster([job(OTHER_JOB, state)]));
        waits_for_a_word(&scene, "is starting");
        let other = alone(10 * DAY).graph.snapshots[1].location.clone();
        let known = restored_from(job(OTHER_JOB, state), &other);
        let scene = alone(10 * DAY).on(cluster([known]));
        assert_eq!(scene.target(0).decision, Decision::Delete);
    }
}

#[test]
fn what_goes_unasked_is_told_with_what_nobody_knows() {
    let plan = alone(10 * DAY).plan(&[0]);
    let [remark] = &plan.remarks[..] else {
        panic!("{plan:?}");
    };
    assert!(remark.starts_with("no cluster is connected"), "{remark}");
    let stays = alone(60).plan(&[0]);
    assert_eq!(stays.remarks, [""; 0]);
    let unheard = alone(10 * DAY).on(silent(cluster([])));
    let unheard = unheard.typing("silent prod").plan(&[0]);
    assert!(unheard.remarks[0].starts_with("prod does not answer"));
    let unknown = alone(10 * DAY).on(cluster([])).plan(&[0]);
    assert!(unknown.remarks[0].starts_with("none of the clusters knows"));
    let its = cluster([job(JOB, JobState::Running)]);
    let heard = alone(10 * DAY).on(its).plan(&[0]);
    let [remark] = &heard.remarks[..] else {
        panic!("{heard:?}");
    };
    assert!(
        remark
            .starts_with("prod alone was asked: whether a job on another cluster was just started"),
        "{remark}"
    );
    assert!(!heard.comes_to_nothing());
}

#[test]
fn what_a_job_leaves_behind_that_is_over_waits_for_a_word_while_it_is_young() {
    let left = |seconds, state| {
        Scene::of([
            (checkpoint(9, seconds), vec![0]),
            (checkpoint(10, seconds), vec![1]),
        ])
        .on(cluster([job(JOB, state)]))
    };
    for state in [JobState::Canceled, JobState::Failed, JobState::Finished] {
        let scene = left(60, state);
        waits_for(&scene, "its job is over", "young lineage-1");
        assert_eq!(
            left(GRACE.as_secs(), state).target(0).decision,
            Decision::Delete
        );
    }
    let of_a_savepoint = alone(60).on(cluster([job(JOB, JobState::Canceled)]));
    waits_as_it_is_young(&of_a_savepoint, "its job is over");
}

#[test]
fn a_job_that_was_restored_from_out_of_sight_may_need_any_of_its_operators_until_it_has_a_checkpoint()
 {
    use CheckpointStatus::{Completed, Failed, InProgress};
    let copy = place("file:/copy/chk-4");
    let started = || restored_from(job(OTHER_JOB, JobState::Running), &copy);
    let old = |other: Job| {
        let own = job(JOB, JobState::Running);
        let scene = alone(10 * DAY);
        scene.on(cluster([own, other]))
    };
    waits_for(
        &old(started()),
        "was restored from file:/copy/chk-4, where nobody looked",
        "file:/copy/chk-4",
    );
    let taken = |is_savepoint, status| {
        let mut job = started();
        job.checkpoints = vec![Checkpoint {
            status,
            is_savepoint,
            ..remembered(1_000, 5)
        }];
        job
    };
    assert_eq!(
        old(taken(false, Completed)).target(0).decision,
        Decision::Delete
    );
    for (is_savepoint, status) in [(true, Completed), (false, InProgress), (false, Failed)] {
        waits_for(
            &old(taken(is_savepoint, status)),
            "where nobody looked",
            "file:/copy/chk-4",
        );
    }
    let mut over = started();
    over.state = JobState::Failed;
    assert_eq!(old(over).target(0).decision, Decision::Delete);
    let mut other_program = started();
    other_program.vertices = vec![Vertex {
        id: "ffff0000ffff0000ffff0000ffff0000".to_owned(),
        name: String::new(),
        parallelism: 1,
        max_parallelism: None,
        state: String::new(),
    }];
    let mut scene = old(other_program);
    let row = Arc::make_mut(&mut scene.graph.snapshots[0]);
    *row = with_facts(row.clone(), |facts| facts.operators.clear());
    assert_eq!(scene.target(0).decision, Decision::Delete);
    Arc::make_mut(&mut scene.graph.snapshots[0]).facts = None;
    waits_for(&scene, "where nobody looked", "file:/copy/chk-4");
}

#[test]
fn whoever_began_before_it_was_taken_or_is_known_to_go_back_to_another_was_not_started_from_it() {
    let begun = |seconds: i64, taken_at: i64| {
        let mut first = first_checkpoint();
        (first.health, first.completed_at) = (Health::InProgress, None);
        first.changed_at = Some(ago(seconds));
        Scene::of([
            (taken(savepoint("Savepoint"), taken_at), vec![0]),
            (first, vec![1]),
            (checkpoint(9, 10 * DAY), vec![2]),
        ])
        .on(cluster([job(JOB, JobState::Running)]))
    };
    waits_for_a_word(&begun(50, 100), "was at a first checkpoint");
    assert_eq!(begun(300, 100).target(0).decision, Decision::Delete);
    waits_for_a_word(&begun(110, 100), "was at a first checkpoint");
    let elsewhere = |path: Location| {
        let mut scene = begun(50, 100);
        scene.restarts = vec![JobHistory {
            job: OTHER_JOB.parse().unwrap(),
            started_at: Some(ago(60)),
            ended_at: None,
            restored: Some(path),
            claim_mode: None,
            taken: Vec::new(),
        }];
        scene
    };
    let in_sight = elsewhere(begun(50, 100).graph.snapshots[2].location.clone());
    assert_eq!(in_sight.target(0).decision, Decision::Delete);
    // What that names is not known.
    let unseen = elsewhere(place("file:/elsewhere/chk-3"));
    waits_for_a_word(&unseen, "was at a first checkpoint");
}

#[test]
fn a_job_that_was_over_before_may_be_run_again_under_its_id_elsewhere() {
    let over = |id: &str, seconds| Job {
        ended_at: Some(ago(seconds)),
        ..job(id, JobState::Canceled)
    };
    let words = "has made its directory 5s ago and has no checkpoint in sight";
    let is_said = |scene: &Scene| {
        let found = scene.target(0).objections;
        found.iter().any(|it| it.text.contains(words))
    };
    assert!(!is_said(&bare(5).on(cluster([over(OTHER_JOB, 3)]))));
    assert!(is_said(&bare(5).on(cluster([over(OTHER_JOB, 3_600)]))));
    // An id of zeros tells of nobody.
    let zeros = "0".repeat(32);
    let mut scene = bare(5);
    scene.graph.bare[0].job = zeros.parse().unwrap();
    assert!(is_said(&scene.on(cluster([over(&zeros, 3)]))));
    let restarted = |ended| {
        let scene = noted(alone(10 * DAY), 600).on(cluster([over(OTHER_JOB, ended)]));
        let found = scene.target(0).objections;
        found
            .iter()
            .any(|it| it.text.contains("was started from it 10m ago"))
    };
    assert!(!restarted(60));
    assert!(restarted(3_600));
}
