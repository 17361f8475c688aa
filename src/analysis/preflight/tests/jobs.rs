//! Jobs that run or ran on the same state.

use super::*;

#[test]
fn the_same_job_still_going_is_a_blocker_in_every_state_that_is_not_over() {
    let of = |state| {
        Scene::of(checkpoint(7, 600))
            .on(cluster([job(JOB, state)]))
            .only("running job", same)
    };
    for going in [
        JobState::Running,
        JobState::Restarting,
        JobState::Suspended,
        JobState::Cancelling,
        JobState::Unknown,
    ] {
        saying(
            &of(going),
            Level::Blocker,
            &[JOB, "prod", "same sinks", going.word()],
        );
    }
    for over in [JobState::Failed, JobState::Canceled, JobState::Finished] {
        saying(&of(over), Level::Pass, &["None of the clusters"]);
    }
}

#[test]
fn a_job_is_of_the_lineage_by_id_prefix_or_snapshot() {
    let running = |snapshot: Snapshot, job: Job, rows: Vec<Snapshot>| {
        let scene = Scene {
            rows: rows.into_iter().map(Arc::new).collect(),
            ..Scene::of(snapshot).on(cluster([job]))
        };
        scene.only("running job", same).level
    };
    let other = || job(OTHER_JOB, JobState::Running);
    let zero = || job(&JobId::ZERO.to_string(), JobState::Running);
    // A savepoint has the first digits of the id alone.
    let of_prefix = job(JOB, JobState::Running);
    assert_eq!(
        running(savepoint("Savepoint"), of_prefix, vec![]),
        Level::Blocker
    );
    assert_eq!(running(checkpoint(7, 600), other(), vec![]), Level::Pass);
    // Another row of the lineage lies in that job's directory.
    let row = |lineage| Snapshot {
        job_id: Some(OTHER_JOB.parse().unwrap()),
        lineage: LineageId(lineage),
        location: place(&format!("file:/data/{OTHER_JOB}/chk-1")),
        ..checkpoint(1, 60)
    };
    assert_eq!(
        running(checkpoint(7, 600), other(), vec![row(1)]),
        Level::Blocker
    );
    assert_eq!(
        running(checkpoint(7, 600), other(), vec![row(2)]),
        Level::Pass
    );
    // Restored from it.
    let from_it = restored_from(other(), &checkpoint(7, 600).location);
    assert_eq!(running(checkpoint(7, 600), from_it, vec![]), Level::Blocker);
    // An id of zeros says nothing, a path does.
    let zeros = Snapshot {
        job_id: Some(JobId::ZERO),
        ..checkpoint(7, 600)
    };
    assert_eq!(running(zeros.clone(), zero(), vec![]), Level::Pass);
    let took = Job {
        checkpoints: vec![remembered(7, 600)],
        ..zero()
    };
    assert_eq!(running(zeros, took, vec![]), Level::Blocker);
}

#[test]
fn what_a_silent_cluster_said_is_of_then_and_no_blocker() {
    let going = || {
        let from_it = restored_from(
            job(OTHER_JOB, JobState::Running),
            &checkpoint(7, 600).location,
        );
        cluster([job(JOB, JobState::Running), from_it])
    };
    let scene = Scene::of(checkpoint(7, 600)).on(silent(going()));
    let finding = scene.only("running job", same);
    saying(
        &finding,
        Level::Caution,
        &["was RUNNING", "10m ago", "not answering now"],
    );
    let users = scene.on_topic("other users", claim);
    assert_eq!(users.len(), 2, "{users:?}");
    for finding in &users {
        saying(finding, Level::Caution, &["not answering now"]);
        assert!(!finding.text.contains("lives"), "{finding:?}");
        assert!(!finding.text.contains("runs and"), "{finding:?}");
    }
    // The same answers, of now, do block.
    let scene = Scene::of(checkpoint(7, 600)).on(going());
    let users = scene.on_topic("other users", claim);
    assert!(users.len() == 2 && users.iter().all(|it| it.level == Level::Blocker));
}

#[test]
fn no_answer_is_not_taken_for_no_job() {
    let nobody = Scene {
        clusters: Vec::new(),
        ..Scene::of(checkpoint(7, 600))
    };
    saying(
        &nobody.only("running job", same),
        Level::Caution,
        &["no cluster was asked"],
    );
    let not_yet = Cluster {
        contact: Contact::NotYet,
        ..cluster([])
    };
    for quiet in [silent(cluster([])), not_yet] {
        let scene = Scene::of(checkpoint(7, 600)).on(quiet);
        saying(
            &scene.only("running job", same),
            Level::Caution,
            &["no answer from prod"],
        );
    }
}

#[test]
fn a_job_that_lives_keeps_its_checkpoint_but_not_its_savepoint() {
    let live = || cluster([job(JOB, JobState::Running)]);
    let owned = Scene::of(checkpoint(7, 600)).on(live());
    saying(
        &owned.only("other users", claim),
        Level::Blocker,
        &["belongs to job", "lives"],
    );
    saying(
        &owned.only("other users", same),
        Level::Caution,
        &["deletes it"],
    );
    let yours = Scene::of(savepoint("Savepoint")).on(live());
    assert!(yours.on_topic("other users", claim).is_empty());
    let over = Scene::of(checkpoint(7, 600)).on(cluster([job(JOB, JobState::Canceled)]));
    assert!(over.on_topic("other users", claim).is_empty());
}

#[test]
fn a_job_restored_from_it_is_a_user_while_it_runs_and_a_past_one_afterwards() {
    let savepoint = savepoint("Terminate Savepoint");
    let with = |state| {
        let user = restored_from(job(OTHER_JOB, state), &savepoint.location);
        Scene::of(savepoint.clone()).on(cluster([user]))
    };
    let runs = with(JobState::Running);
    saying(
        &runs.only("other users", claim),
        Level::Blocker,
        &["restored from it"],
    );
    saying(
        &runs.only("other users", same),
        Level::Caution,
        &["same state"],
    );
    assert!(runs.on_topic("restored before", same).is_empty());
    let failed = with(JobState::Failed);
    assert!(failed.on_topic("other users", claim).is_empty());
    saying(
        &failed.only("restored before", same),
        Level::Caution,
        &[OTHER_JOB, "once more"],
    );
}

#[test]
fn a_job_of_another_lineage_with_the_same_operators_is_the_same_program() {
    let snapshot = with_facts(checkpoint(5, 60), |facts| {
        facts.operators = [1, 2, 3].map(|id| operator(id, "it", 1, 128)).into();
    });
    let vertex = |id: String| Vertex {
        id,
        name: "it".to_owned(),
        parallelism: 1,
        max_parallelism: Some(128),
        state: "RUNNING".to_owned(),
    };
    let running = |known: &[u8], unknown: usize| {
        let known = known
            .iter()
            .map(|id| operator(*id, "it", 1, 128).id.to_string());
        let unknown = (0..unknown).map(|number| format!("{number:032x}"));
        Job {
            vertices: known.chain(unknown).map(vertex).collect(),
            ..job(OTHER_JOB, JobState::Running)
        }
    };
    let level = |job: Job| {
        let scene = Scene::of(snapshot.clone()).on(cluster([job]));
        scene.on_topic("running job", |_| {})[0].level
    };
    assert_eq!(level(running(&[1, 2, 3], 0)), Level::Blocker);
    // A task without state is in no snapshot.
    assert_eq!(level(running(&[1, 2], 1)), Level::Blocker);
    // A uid is a word that others may use, too.
    assert_eq!(level(running(&[1], 3)), Level::Caution);
    assert_eq!(level(running(&[], 3)), Level::Pass);
    let ended = Job {
        state: JobState::Finished,
        ..running(&[1, 2, 3], 0)
    };
    assert_eq!(level(ended), Level::Pass);
}
