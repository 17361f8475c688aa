use super::*;
use crate::domain::cluster::Restored;
use crate::domain::id::JobId;

#[test]
fn a_live_job_keeps_what_is_its_own() {
    let mut running = job(JOB, JobState::Running);
    running.checkpoints = vec![remembered(6, 60), remembered(5, 160)];
    let scene = three()
        .on(cluster([running.clone()]))
        .typing("live lineage-1");
    stays(
        &scene.target(1),
        Decision::Keep,
        "live job",
        "keeps it, and deletes it by itself",
    );
    // Left behind by a job that lives: once it is quiet, and somebody answers for it.
    assert_eq!(scene.target(0).decision, Decision::Delete);
    let unasked = three().on(cluster([running.clone()]));
    stays(
        &unasked.target(0),
        Decision::Defer,
        "live job",
        "may keep it still, though it is not in its short history",
    );
    // What it said before it fell silent is of then.
    let silenced = three().on(silent(cluster([running])));
    stays(
        &silenced.target(1),
        Decision::Unknown,
        "live job",
        "does not answer now",
    );
    // Over is over, whenever that was said; others may go on from what it left since.
    let over = three().on(silent(cluster([job(JOB, JobState::Failed)])));
    stays(
        &over.target(1),
        Decision::Unknown,
        "live job",
        "a job that needs it may run there",
    );
    let left_out = over.typing("silent prod").target(1);
    assert_eq!(left_out.decision, Decision::Delete);
}

/// A running job that tells of these checkpoints, and what becomes of its chk-6 by that.
fn told(checkpoints: Vec<Checkpoint>, is_told: bool) -> Target {
    let mut running = job(JOB, JobState::Running);
    running.checkpoints = checkpoints;
    running.counts = running.counts.filter(|_| is_told);
    let scene = three().on(cluster([running]));
    scene.typing("live lineage-1").target(1)
}

#[test]
fn what_a_live_job_went_back_to_is_its_own_whoever_types_what() {
    let mut back = job(JOB, JobState::Running);
    back.checkpoints = vec![remembered(7, 60)];
    back.restored = Some(Restored {
        id: 5,
        at: None,
        is_savepoint: false,
        path: Some(place(&format!("file:/data/{JOB}/chk-5"))),
    });
    let scene = three().on(cluster([back])).typing("live lineage-1");
    stays(
        &scene.target(1),
        Decision::Keep,
        "live job",
        "lives, and was restored from it: it keeps it",
    );
}

#[test]
fn what_a_live_job_may_go_back_to_is_not_overruled() {
    let lost = told(Vec::new(), true);
    stays(
        &lost,
        Decision::Unknown,
        "live job",
        "tells of no later checkpoint",
    );
    let untold = told(Vec::new(), false);
    stays(
        &untold,
        Decision::Unknown,
        "live job",
        "does not tell which checkpoints it keeps",
    );
    // Nothing that came to nothing takes its place.
    for change in [
        |it: &mut Checkpoint| it.discarded = true,
        |it: &mut Checkpoint| it.status = CheckpointStatus::Failed,
        |it: &mut Checkpoint| it.is_savepoint = true,
    ] {
        let mut later = remembered(7, 60);
        change(&mut later);
        stays(
            &told(vec![later], true),
            Decision::Unknown,
            "live job",
            "tells of no later checkpoint",
        );
    }
    let later = told(vec![remembered(7, 60)], true);
    assert_eq!(later.decision, Decision::Delete);
    for it in [lost, untold] {
        let words = it.objections.iter().map(|it| &it.overruled_by);
        assert!(words.flatten().next().is_none(), "{:?}", it.objections);
    }
}

#[test]
fn where_nobody_knows_whether_the_job_lives_age_and_a_typed_name_are_needed() {
    let unknown = |age| Scene {
        clusters: Vec::new(),
        ..Scene::of([
            (checkpoint(5, age + 100), vec![0]),
            (checkpoint(6, age), vec![1]),
        ])
    };
    let old = GRACE.as_secs() + 1;
    stays(
        &unknown(old).target(0),
        Decision::Unknown,
        "live job",
        "no cluster is connected",
    );
    assert_eq!(
        unknown(old).target(0).objections[0].overruled_by.as_deref(),
        Some("lineage-1")
    );
    assert_eq!(
        unknown(old).typing("lineage-1").target(0).decision,
        Decision::Delete
    );
    assert_eq!(
        unknown(old).typing("lineage-2").target(0).decision,
        Decision::Unknown
    );
    // Its neighbour is younger than the grace: the job may live, whatever is typed. So it may with a clock ahead.
    for (age, words) in [
        (GRACE.as_secs() - 1, "Something changed beside it"),
        (60, "ask again once it was quiet for that long"),
        (-60, "a clock is wrong"),
    ] {
        let target = unknown(age).typing("lineage-1").target(0);
        stays(&target, Decision::Unknown, "live job", words);
    }
    let elsewhere = unknown(old).on(cluster([job(OTHER_JOB, JobState::Running)]));
    stays(
        &elsewhere.target(0),
        Decision::Unknown,
        "live job",
        "none of the clusters knows it",
    );
    // Who does not answer says nothing of what it knows.
    let mute = unknown(old).on(silent(cluster([])));
    let why = "Whether its job lives is not known: prod does not answer.";
    stays(&mute.target(0), Decision::Unknown, "live job", why);
    // One that does not answer may.
    let named = unknown(old).on(silent(cluster([]))).typing("lineage-1");
    stays(
        &named.target(0),
        Decision::Unknown,
        "live job",
        "prod does not answer",
    );
}

#[test]
fn a_savepoint_is_its_users_unless_a_job_needs_it() {
    let rows = || {
        [
            (old_savepoint(), vec![0]),
            (checkpoint(9, 10 * DAY), vec![1]),
        ]
    };
    let alone = Scene {
        clusters: Vec::new(),
        ..Scene::of(rows())
    };
    assert_eq!(going(&alone.plan(&[0])), ["_metadata", "0.sst"]);
    let path = alone.graph.snapshots[0].location.clone();
    // Restored from it, and nothing completed since.
    let restored = restored_from(job(OTHER_JOB, JobState::Running), &path);
    let scene = Scene::of(rows())
        .on(cluster([restored.clone()]))
        .typing("lineage-1");
    stays(
        &scene.target(0),
        Decision::Keep,
        "live job",
        "was restored from it",
    );
    // It has a checkpoint of its own, and that is in sight.
    let mut moved_on = restored.clone();
    moved_on.restored.as_mut().unwrap().is_savepoint = true;
    moved_on.checkpoints = vec![remembered(9, 60)];
    let scene = Scene::of(rows()).on(cluster([moved_on.clone()]));
    assert_eq!(scene.target(0).decision, Decision::Delete);
    // Out of sight it may name anything.
    moved_on.checkpoints[0].path = Some(place("file:/elsewhere/chk-9"));
    let scene = Scene::of(rows()).on(cluster([moved_on]));
    stays(&scene.target(0), Decision::Keep, "live job", "in sight");
    // Claimed: then it is as much Flink's as a checkpoint.
    let mut claimed = rows();
    claimed[0].0.owner = Owner::Unclear("claimed".to_owned());
    let scene = Scene {
        clusters: Vec::new(),
        ..Scene::of(claimed)
    };
    stays(&scene.target(0), Decision::Unknown, "live job", "");
}

#[test]
fn a_savepoint_that_a_job_may_still_be_writing_stays() {
    let unfinished = |prefix: Option<&str>| {
        let row = Snapshot {
            health: Health::Abandoned,
            facts: None,
            job_prefix: prefix.map(str::to_owned),
            ..old_savepoint()
        };
        Scene::of([(row, vec![]), (checkpoint(9, 10 * DAY), vec![1])])
    };
    let writing = |id: &str, is_savepoint| {
        let mut job = job(id, JobState::Running);
        job.checkpoints = vec![Checkpoint {
            status: CheckpointStatus::InProgress,
            is_savepoint,
            path: None,
            ..remembered(10, 3600)
        }];
        job
    };
    let own = Some(&JOB[..6]);
    for prefix in [own, None] {
        let scene = unfinished(prefix).on(cluster([writing(JOB, true)]));
        stays(
            &scene.target(0),
            Decision::Keep,
            "live job",
            "may be this one",
        );
    }
    for job in [writing(JOB, false), writing(OTHER_JOB, true)] {
        let scene = unfinished(own).on(cluster([job]));
        assert_eq!(scene.target(0).decision, Decision::Delete);
    }
    // It is whole already.
    let scene = Scene::of([
        (old_savepoint(), vec![0]),
        (checkpoint(9, 10 * DAY), vec![1]),
    ]);
    let scene = scene.on(cluster([writing(JOB, true)]));
    assert_eq!(scene.target(0).decision, Decision::Delete);
}

#[test]
fn no_grace_is_shorter_than_the_shortest() {
    let scene = Scene {
        clusters: Vec::new(),
        typed: vec!["lineage-1".to_owned()],
        ..Scene::of([
            (checkpoint(5, 3600), vec![0]),
            (checkpoint(6, 3600), vec![1]),
        ])
    };
    let wishes = [Wish {
        snapshot: 0,
        why: String::new(),
        against: None,
        granted: Vec::new(),
    }];
    let plan = plan(&Question {
        verb: "delete",
        id: "",
        graph: &scene.graph,
        wishes: &wishes,
        roots: &[place("file:/data")],
        looked: &[],
        lineages: &scene.lineages,
        holds: &[],
        marks: &[],
        restarts: &[],
        clusters: &[],
        all_named: false,
        typed: &scene.typed,
        grace: SignedDuration::ZERO,
        now: now(),
    });
    assert_eq!(plan.targets[0].decision, Decision::Unknown);
    assert!(SHORTEST_GRACE.as_secs() == DAY);
}

#[test]
fn a_silent_cluster_counts_against_whatever_may_be_in_use_however_old_it_is() {
    let rows = || {
        Scene::of([
            (old_savepoint(), vec![0]),
            (checkpoint(9, 10 * DAY), vec![1]),
        ])
    };
    let its = |state| silent(cluster([job(JOB, state)]));
    for on in [
        silent(cluster([])),
        its(JobState::Running),
        its(JobState::Canceled),
    ] {
        let scene = rows().on(on);
        let target = scene.target(0);
        stays(
            &target,
            Decision::Unknown,
            "live job",
            "prod does not answer",
        );
        let [objection] = &target.objections[..] else {
            panic!("{target:?}");
        };
        assert_eq!(objection.overruled_by.as_deref(), Some("silent prod"));
        let typed = |word| scene.clone().typing(word).target(0).decision;
        assert_eq!(typed("silent prod"), Decision::Delete);
        assert_eq!(typed("silent test"), Decision::Unknown);
        assert_eq!(typed("lineage-1"), Decision::Unknown);
    }
    // Each has a word of its own, and one that answers says nothing of another.
    let mut two = rows();
    let test = Cluster {
        name: "test".to_owned(),
        ..silent(cluster([]))
    };
    two.clusters
        .extend([Arc::new(silent(cluster([]))), Arc::new(test)]);
    let words = |scene: &Scene| -> Vec<Option<String>> {
        let target = scene.target(0);
        let objections = target.objections.into_iter();
        objections.map(|it| it.overruled_by).collect()
    };
    let both = ["silent prod", "silent test"].map(|it| Some(it.to_owned()));
    assert_eq!(words(&two), both);
    assert_eq!(words(&two.typing("silent prod")), both[1..]);
    // A lineage of that name is something else.
    let mut named = rows().on(silent(cluster([])));
    named.lineages[1].name = "silent prod".to_owned();
    assert_eq!(words(&named), [None]);
}

#[test]
fn what_a_job_began_with_is_not_forgotten_once_it_went_back_to_its_own() {
    let scene = |restored: Option<u64>, noted: bool| {
        let mut scene = Scene::of([
            (old_savepoint(), vec![0]),
            (checkpoint(9, 10 * DAY), vec![1]),
        ]);
        let own = place(&format!("file:/elsewhere/{OTHER_JOB}/chk-8"));
        let mut failed = job(OTHER_JOB, JobState::Running);
        if let Some(id) = restored {
            failed = restored_from(failed, &own);
            failed.restored.as_mut().unwrap().id = id;
        }
        failed.checkpoints = vec![remembered(8, 60)];
        failed.checkpoints[0].path = Some(own);
        scene.clusters = vec![Arc::new(cluster([job(JOB, JobState::Running), failed]))];
        if noted {
            scene.restarts = vec![JobHistory {
                job: OTHER_JOB.parse().unwrap(),
                started_at: Some(ago(20 * DAY)),
                ended_at: None,
                restored: Some(scene.graph.snapshots[0].location.clone()),
                claim_mode: None,
                taken: Vec::new(),
            }];
        }
        scene
    };
    let words = "was restored from it, and no checkpoint of its own that restores is in sight";
    stays(
        &scene(Some(8), true).target(0),
        Decision::Keep,
        "live job",
        words,
    );
    // Nothing tells of it, or its own is in sight.
    let is_kept = |scene: &Scene| {
        scene
            .target(0)
            .objections
            .iter()
            .any(|it| it.text.contains(words))
    };
    assert!(!is_kept(&scene(Some(8), false)));
    let mut seen = scene(Some(8), true);
    let own = Snapshot {
        location: place(&format!("file:/elsewhere/{OTHER_JOB}/chk-8")),
        job_id: Some(OTHER_JOB.parse().unwrap()),
        ..checkpoint(8, 60)
    };
    seen.graph.of.insert(2, Vec::new());
    seen.graph.snapshots.push(Arc::new(own));
    assert!(!is_kept(&seen));
}

#[test]
fn what_lies_in_the_directory_of_a_job_whose_id_is_used_again_is_not_let_go_as_over() {
    let other = "11112222333344445555666677778888";
    let over = |seconds| {
        let mut over = job(other, JobState::Canceled);
        over.ended_at = Some(ago(seconds));
        cluster([job(JOB, JobState::Canceled), over])
    };
    let row = |used_again: bool| {
        let sign = Sign {
            name: "chk-9".to_owned(),
            at: ago(12 * DAY),
            number: None,
        };
        Snapshot {
            location: place(&format!("file:/data/{other}/chk-5")),
            job_id: Some(other.parse().unwrap()),
            used_again: used_again.then_some(sign),
            ..checkpoint(5, 15 * DAY)
        }
    };
    let scene = |used_again, ended| Scene::of([(row(used_again), vec![0])]).on(over(ended));
    let words = "its id is used again";
    let guarded = scene(true, 13 * DAY).target(0);
    stays(&guarded, Decision::Unknown, "live job", words);
    let word = &guarded.objections[0].overruled_by;
    assert_eq!(word.as_deref(), Some("lineage-1"), "as where no cluster is");
    stays(
        &scene(false, 16 * DAY).target(0),
        Decision::Unknown,
        "live job",
        words,
    );
    let objections = |scene: Scene| scene.target(0).objections;
    let is_said = |scene: Scene| objections(scene).iter().any(|it| it.text.contains(words));
    assert!(!is_said(scene(true, 11 * DAY)), "it ended again since");
    assert!(!is_said(scene(false, 14 * DAY)));
}

#[test]
fn what_an_id_of_zeros_means_is_said_once_in_a_plan() {
    let of_zeros = |number, seconds| Snapshot {
        job_id: Some(JobId::ZERO),
        ..checkpoint(number, seconds)
    };
    let scene = Scene::of([
        (of_zeros(4, 10 * DAY + 100), vec![0]),
        (of_zeros(5, 10 * DAY), vec![1]),
    ]);
    let mut over = job(JOB, JobState::Canceled);
    over.id = JobId::ZERO;
    over.checkpoints = [0, 1]
        .map(|at| Checkpoint {
            path: Some(scene.graph.snapshots[at].location.clone()),
            ..remembered(4 + at as u64, 10 * DAY)
        })
        .to_vec();
    let plan = scene.on(cluster([over])).plan(&[0, 1]);
    for target in &plan.targets {
        stays(target, Decision::Unknown, "live job", "has the id of zeros");
    }
    let said: Vec<&String> = plan
        .targets
        .iter()
        .flat_map(|it| &it.objections)
        .map(|it| &it.text)
        .chain(&plan.remarks)
        .collect();
    let meaning = said
        .iter()
        .filter(|it| it.contains("high availability"))
        .count();
    assert_eq!(meaning, 1, "{said:#?}");
}
