use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::SignedDuration;

use super::{File, Found, GRACE, Graph, Question, SHORTEST_GRACE, Sort, Wish, plan};
use crate::analysis::marked::mark_on;
use crate::analysis::sample::{
    JOB, OTHER_JOB, ago, checkpoint, cluster, job, now, place, remembered, restored_from,
    savepoint, silent, with_facts,
};
use crate::domain::cluster::{Checkpoint, CheckpointStatus, Cluster, JobState};
use crate::domain::history::JobHistory;
use crate::domain::hold::Hold;
use crate::domain::location::Location;
use crate::domain::mark::Mark;
use crate::domain::plan::{Decision, Fingerprint, Plan, Target};
use crate::domain::snapshot::{Health, Lineage, LineageId, Owner, Snapshot};
use crate::domain::space::LineageSpace;

mod belonging;
mod model;
mod starting;

const DAY: i64 = 86_400;

/// What is in sight, with nothing that speaks against anything but what a test adds.
#[derive(Debug, Clone)]
struct Scene {
    graph: Graph,
    lineages: Vec<Lineage>,
    holds: Vec<Hold>,
    marks: Vec<Mark>,
    restarts: Vec<JobHistory>,
    clusters: Vec<Arc<Cluster>>,
    typed: Vec<String>,
    all_named: bool,
    looked: Vec<Location>,
}

fn lineage(id: u32) -> Lineage {
    Lineage {
        id: LineageId(id),
        name: format!("lineage-{id}"),
        jobs: Vec::new(),
        snapshots: 0,
        restorable: 0,
        newest_restorable_at: None,
        latest: None,
        bytes: 0,
        space: LineageSpace::default(),
        remarks: Vec::new(),
    }
}

fn seen(number: u64, bytes: u64) -> Fingerprint {
    Fingerprint {
        bytes,
        modified: ago(10 * DAY),
        identity: (1, number),
    }
}

/// The name of a file in `shared`.
fn shared(number: usize) -> String {
    format!("{number:08}-0000-4000-8000-000000000000")
}

impl Scene {
    /// Snapshots, each with the numbers of the files that it names; file N has `1 << N` bytes. All are asked to go that
    /// a test wishes for.
    fn of(snapshots: impl IntoIterator<Item = (Snapshot, Vec<usize>)>) -> Self {
        let mut graph = Graph::default();
        let (snapshots, names): (Vec<Snapshot>, Vec<Vec<usize>>) = snapshots.into_iter().unzip();
        let limit = names.iter().flatten().map(|it| it + 1).max().unwrap_or(0);
        for number in 0..limit {
            let users = (0..names.len()).filter(|&at| names[at].contains(&number));
            graph.files.push(File {
                at: place(&format!("file:/data/{JOB}/shared/{}", shared(number))),
                found: Found::Here(seen(number as u64, 1 << number)),
                sort: Sort::State,
                users: users.collect(),
            });
        }
        for (at, (snapshot, names)) in snapshots.into_iter().zip(names).enumerate() {
            graph.files.push(File {
                at: snapshot.location.child(b"_metadata"),
                found: Found::Here(seen(1000 + at as u64, 100)),
                sort: Sort::Metadata,
                users: vec![at],
            });
            let mut files = vec![graph.files.len() - 1];
            files.extend(names);
            graph.of.insert(at, files);
            if snapshot.health == Health::Corrupt {
                graph.unread.push(at);
            }
            graph.snapshots.push(Arc::new(snapshot));
        }
        Self {
            graph,
            lineages: (1..4).map(lineage).collect(),
            holds: Vec::new(),
            marks: Vec::new(),
            restarts: Vec::new(),
            clusters: vec![Arc::new(cluster([
                job(JOB, JobState::Canceled),
                job(OTHER_JOB, JobState::Canceled),
            ]))],
            typed: Vec::new(),
            all_named: false,
            looked: Vec::new(),
        }
    }

    fn on(self, cluster: Cluster) -> Self {
        Self {
            clusters: vec![Arc::new(cluster)],
            ..self
        }
    }

    fn typing(self, word: &str) -> Self {
        Self {
            typed: vec![word.to_owned()],
            ..self
        }
    }

    fn plan(&self, wishes: &[usize]) -> Plan {
        let wishes: Vec<Wish> = wishes
            .iter()
            .map(|&snapshot| Wish {
                snapshot,
                why: "asked for".to_owned(),
                against: None,
            })
            .collect();
        plan(&Question {
            verb: "delete",
            id: "test",
            graph: &self.graph,
            wishes: &wishes,
            roots: &[place("file:/data"), place("file:/savepoints")],
            looked: &self.looked,
            lineages: &self.lineages,
            holds: &self.holds,
            marks: &self.marks,
            restarts: &self.restarts,
            clusters: &self.clusters,
            all_named: self.all_named,
            typed: &self.typed,
            grace: GRACE,
            now: now(),
        })
    }

    /// The only target of a plan for one snapshot.
    fn target(&self, at: usize) -> Target {
        let plan = self.plan(&[at]);
        assert_eq!(plan.targets.len(), 1);
        plan.targets.into_iter().next().unwrap()
    }

    fn hold(&mut self, snapshot: &Location, expires: Option<i64>) {
        self.holds.push(Hold {
            name: "release".to_owned(),
            snapshot: snapshot.clone(),
            by: "ana".to_owned(),
            at: ago(DAY),
            why: "audit".to_owned(),
            expires: expires.map(|seconds| ago(-seconds)),
        });
    }
}

/// A savepoint that was taken ten days ago.
fn old_savepoint() -> Snapshot {
    taken(savepoint("Savepoint"), 10 * DAY)
}

/// The snapshot, as taken so many seconds ago.
fn taken(snapshot: Snapshot, seconds: i64) -> Snapshot {
    Snapshot {
        completed_at: Some(ago(seconds)),
        changed_at: Some(ago(seconds)),
        ..snapshot
    }
}

/// Three checkpoints of one lineage, ten days old; 1 is named by the first two, 2 by the last two.
fn three() -> Scene {
    Scene::of([
        (checkpoint(4, 10 * DAY + 200), vec![0, 1]),
        (checkpoint(5, 10 * DAY + 100), vec![1, 2, 3]),
        (checkpoint(6, 10 * DAY), vec![2, 4]),
    ])
}

fn going(plan: &Plan) -> Vec<String> {
    plan.going()
        .map(|(_, file)| String::from_utf8_lossy(file.at.name()).into_owned())
        .map(|name| match name.split_once("-0000-4000-8000-") {
            Some((number, _)) => format!(
                "{}.sst",
                number.trim_start_matches('0').parse::<usize>().unwrap_or(0)
            ),
            None => name,
        })
        .collect()
}

fn stays(target: &Target, decision: Decision, guard: &str, words: &str) {
    assert_eq!(target.decision, decision, "{target:?}");
    assert!(
        target
            .objections
            .iter()
            .any(|it| it.guard == guard && it.text.contains(words)),
        "{guard} {words:?} in {:?}",
        target.objections
    );
    assert!(
        target.files.iter().all(|it| it.decision == decision),
        "{target:?}"
    );
}

#[test]
fn the_middle_one_goes_with_what_only_it_names() {
    let plan = three().plan(&[1]);
    assert_eq!(going(&plan), ["_metadata", "3.sst"]);
    assert_eq!(plan.freed(), 100 + 8);
    let [target] = plan.targets.as_slice() else {
        panic!("{plan:?}");
    };
    let pinned: Vec<(&str, usize)> = target
        .files
        .iter()
        .filter(|it| it.decision == Decision::Keep)
        .map(|it| (it.reason.as_str(), it.pinned_by.len()))
        .collect();
    let [(first, 1), (second, 1)] = pinned[..] else {
        panic!("{pinned:?}");
    };
    assert!(first.ends_with("chk-4 names it") && second.ends_with("chk-6 names it"));
}

#[test]
fn what_a_set_has_in_common_goes_with_all_of_it_and_counts_once() {
    let plan = three().plan(&[1, 0]);
    assert_eq!(
        going(&plan),
        ["_metadata", "0.sst", "1.sst", "_metadata", "3.sst"]
    );
    assert_eq!(plan.freed(), 200 + 1 + 2 + 8);
    assert_eq!(three().plan(&[0, 0, 1]).freed(), plan.freed());
}

#[test]
fn holds_and_marks_keep_theirs_and_what_it_shares() {
    let mut scene = three();
    let middle = scene.graph.snapshots[1].location.clone();
    scene.hold(&middle, None);
    stays(
        &scene.target(1),
        Decision::Keep,
        "hold",
        "`release`, set by ana: audit",
    );
    assert_eq!(going(&scene.plan(&[0, 1])), ["_metadata", "0.sst"]);
    scene.holds.clear();
    scene.hold(&middle, Some(-1));
    assert_eq!(scene.target(1).decision, Decision::Delete, "it has ended");
    scene.holds.clear();
    scene.hold(&middle, Some(60));
    assert_eq!(scene.target(1).decision, Decision::Keep);
    let mut scene = three();
    scene.marks = vec![mark_on(&scene.graph.snapshots[1], None, ago(60))];
    stays(&scene.target(1), Decision::Keep, "mark", "unmark it first");
    // Nothing that is typed helps.
    assert_eq!(scene.typing("lineage-1").target(1).decision, Decision::Keep);
}

#[test]
fn what_a_held_one_out_of_sight_names_is_not_known() {
    let mut scene = three();
    scene.hold(&place("file:/data/savepoint-7bf6bd-ba9876543210"), None);
    stays(
        &scene.target(1),
        Decision::Unknown,
        "hold",
        "is not in sight",
    );
    assert_eq!(scene.clone().typing("lineage-1").plan(&[1]).freed(), 0);
    scene.holds[0].expires = Some(ago(1));
    assert_eq!(scene.target(1).decision, Decision::Delete, "it has ended");
}

#[test]
fn the_last_restorable_one_stays_unless_its_lineage_is_typed() {
    let plan = three().plan(&[0, 1, 2]);
    let decisions: Vec<Decision> = plan.targets.iter().map(|it| it.decision).collect();
    assert_eq!(
        decisions,
        [Decision::Delete, Decision::Delete, Decision::Keep]
    );
    // What it shares with those that go stays with it.
    assert_eq!(
        going(&plan),
        ["_metadata", "0.sst", "1.sst", "_metadata", "3.sst"]
    );
    stays(
        &plan.targets[2],
        Decision::Keep,
        "last restorable",
        "nothing of lineage-1",
    );
    assert_eq!(
        plan.targets[2].objections[0].overruled_by.as_deref(),
        Some("last of lineage-1")
    );
    let named = three().typing("lineage-1").plan(&[0, 1, 2]);
    assert_eq!(going(&named), going(&plan), "that says less");
    let all = three().typing("last of lineage-1").plan(&[0, 1, 2]);
    assert_eq!(going(&all).len(), 8);
    assert_eq!(all.targets[2].overruled[0].guard, "last restorable");
    let other = three().typing("lineage-2").plan(&[0, 1, 2]);
    assert_eq!(going(&other), going(&plan));
}

#[test]
fn where_the_newest_restorable_one_goes_it_is_said_what_is_the_latest_then() {
    let latest = |plan: &Plan| {
        let remarks = plan.remarks.iter();
        remarks
            .filter(|it| it.contains("`stateward latest` answers"))
            .cloned()
            .collect::<Vec<_>>()
    };
    let newest = three().plan(&[2]);
    let [remark] = &latest(&newest)[..] else {
        panic!("{:?}", newest.remarks);
    };
    let names: Vec<&str> = three_names(&newest);
    assert!(remark.starts_with(names[0]), "{remark}");
    assert!(remark.contains("of lineage-1, goes"), "{remark}");
    assert_eq!(latest(&three().plan(&[0])), [""; 0]);
    // One that stays is no news, nor is an answer where nothing is left.
    assert_eq!(latest(&three().plan(&[0, 1, 2])), [""; 0]);
    assert_eq!(
        latest(&three().typing("lineage-1").plan(&[0, 1, 2])),
        [""; 0]
    );
}

fn three_names(plan: &Plan) -> Vec<&str> {
    plan.targets.iter().map(|it| &*it.name).collect()
}

#[test]
fn missing_knowledge_never_deletes() {
    let corrupt = Snapshot {
        health: Health::Corrupt,
        facts: None,
        ..checkpoint(7, 10 * DAY)
    };
    let rows = || {
        [
            (checkpoint(5, 10 * DAY), vec![0]),
            (checkpoint(6, 10 * DAY), vec![1]),
            (corrupt.clone(), vec![]),
        ]
    };
    let scene = Scene::of(rows()).typing("lineage-1");
    stays(
        &scene.target(0),
        Decision::Unknown,
        "complete knowledge",
        "chk-7",
    );
    // The unreadable one itself can go, alone or with others.
    assert_eq!(going(&scene.plan(&[2])), ["_metadata"]);
    assert_eq!(going(&scene.plan(&[2, 0])).len(), 3);
    // Should it stay after all, what it names is not known.
    let mut kept = scene.clone();
    let unreadable = kept.graph.snapshots[2].location.clone();
    kept.hold(&unreadable, None);
    let plan = kept.plan(&[2, 0]);
    assert_eq!(going(&plan), [""; 0]);
    let other = plan.targets.iter().find(|it| it.name == "chk-5").unwrap();
    stays(other, Decision::Unknown, "complete knowledge", "chk-7");
    let mut unmapped = three();
    unmapped
        .graph
        .elsewhere
        .insert(2, place("s3://state/shared/1.sst"));
    stays(
        &unmapped.target(0),
        Decision::Unknown,
        "complete knowledge",
        "--map",
    );
    assert_eq!(unmapped.plan(&[0, 1]).freed(), 0);
    assert_eq!(
        unmapped
            .typing("last of lineage-1")
            .plan(&[0, 1, 2])
            .freed(),
        300 + 31
    );
    let mut blind = three();
    blind.graph.blind = vec!["cannot list file:/data/x: permission denied".to_owned()];
    stays(
        &blind.target(0),
        Decision::Unknown,
        "complete knowledge",
        "permission denied",
    );
    for found in [
        Found::Indistinct { bytes: 1 },
        Found::Unreachable,
        Found::Here(Fingerprint {
            modified: ago(-60),
            ..seen(0, 1)
        }),
    ] {
        let mut scene = three();
        scene.graph.files[0].found = found;
        let target = scene.target(0);
        let file = target
            .files
            .iter()
            .find(|it| it.at.name() == shared(0).as_bytes())
            .unwrap();
        assert_eq!(file.decision, Decision::Unknown, "{file:?}");
    }
}

#[test]
fn a_live_job_keeps_what_is_its_own() {
    let mut running = job(JOB, JobState::Running);
    running.checkpoints = vec![remembered(6, 60), remembered(5, 160)];
    let scene = three().on(cluster([running.clone()])).typing("lineage-1");
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
        "knows it no more",
    );
    // What it said before it fell silent is of then.
    let silenced = three().on(silent(cluster([running])));
    stays(
        &silenced.target(1),
        Decision::Unknown,
        "live job",
        "does not answer now",
    );
    // Over is over, whenever that was said.
    let over = three().on(silent(cluster([job(JOB, JobState::Failed)])));
    assert_eq!(over.target(1).decision, Decision::Delete);
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
    for age in [GRACE.as_secs() - 1, 60, -60] {
        let target = unknown(age).typing("lineage-1").target(0);
        stays(
            &target,
            Decision::Unknown,
            "live job",
            "Something changed beside it",
        );
    }
    let elsewhere = unknown(old).on(cluster([job(OTHER_JOB, JobState::Running)]));
    stays(
        &elsewhere.target(0),
        Decision::Unknown,
        "live job",
        "none of the clusters knows it",
    );
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
fn a_word_that_would_not_help_is_not_told() {
    let words = |scene: &Scene| -> Vec<Option<String>> {
        let objections = scene.target(0).objections.into_iter();
        objections.map(|it| it.overruled_by).collect()
    };
    let mut scene = Scene {
        clusters: Vec::new(),
        ..Scene::of([
            (checkpoint(5, 10 * DAY), vec![0]),
            (checkpoint(6, 10 * DAY), vec![1]),
        ])
    };
    assert_eq!(words(&scene), [Some("lineage-1".to_owned())]);
    let held = scene.graph.snapshots[0].location.clone();
    scene.hold(&held, None);
    assert_eq!(words(&scene), [None, None]);
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
fn what_a_claimer_may_build_on_needs_a_word_that_all_of_them_are_in_sight() {
    let rows = || {
        [
            (old_savepoint(), vec![0]),
            (checkpoint(8, 11 * DAY), vec![2]),
            (checkpoint(9, 10 * DAY), vec![1]),
        ]
    };
    for target in [0, 1] {
        let mut scene = Scene::of(rows());
        assert_eq!(scene.target(target).decision, Decision::Delete);
        scene.graph.heritable.insert(target);
        let refused = scene.target(target);
        stays(&refused, Decision::Unknown, "out of sight", "--all-named");
        let typed = scene.clone().typing("lineage-1");
        assert_eq!(typed.target(target).decision, Decision::Delete);
        scene.all_named = true;
        assert_eq!(scene.target(target).decision, Decision::Delete);
    }
}

#[test]
fn what_a_known_heir_may_name_out_of_sight_stays_whatever_is_said() {
    let rows = || {
        [
            (checkpoint(8, 11 * DAY), vec![0]),
            (checkpoint(9, 10 * DAY), vec![1]),
        ]
    };
    let heir = |at: &str, restored: Option<u64>| {
        let mut heir = job(OTHER_JOB, JobState::Canceled);
        let path = restored.map(|id| place(&format!("file:/data/{JOB}/chk-{id}")));
        if let Some(path) = path {
            heir = restored_from(heir, &path);
        }
        heir.checkpoints = vec![remembered(12, 60)];
        heir.checkpoints[0].path = Some(place(&format!("{at}/{OTHER_JOB}/chk-12")));
        let jobs = [job(JOB, JobState::Canceled), heir];
        let mut scene = Scene::of(rows()).on(cluster(jobs)).typing("lineage-1");
        scene.graph.heritable.insert(0);
        scene.all_named = true;
        scene
    };
    let scene = heir("file:/elsewhere", Some(9));
    let words = format!("nobody looked in file:/elsewhere/{OTHER_JOB}");
    stays(
        &scene.target(0),
        Decision::Unknown,
        "heir elsewhere",
        &words,
    );
    let typed = format!("file:/elsewhere/{OTHER_JOB}");
    assert_eq!(scene.typing(&typed).target(0).decision, Decision::Delete);
    assert_eq!(
        heir("file:/data", Some(9)).target(0).decision,
        Decision::Delete
    );
    assert_eq!(
        heir("file:/elsewhere", None).target(0).decision,
        Decision::Delete
    );
    let mut full = heir("file:/elsewhere", Some(9));
    full.graph.heritable.clear();
    assert_eq!(full.target(0).decision, Decision::Delete);
}

#[test]
fn nothing_outside_of_the_named_directories_goes() {
    let mut outside = three();
    outside.graph.files[3].at = place("file:/etc/passwd");
    let target = outside.target(1);
    let file = target
        .files
        .iter()
        .find(|it| it.at.name() == b"passwd")
        .unwrap();
    assert_eq!(file.decision, Decision::Keep);
    for away in ["file:/elsewhere/chk-5", "file:/data", "s3://data/chk-5"] {
        let moved = Snapshot {
            location: place(away),
            ..checkpoint(5, 10 * DAY)
        };
        let scene = Scene::of([(moved, vec![0]), (checkpoint(6, 10 * DAY), vec![1])]);
        stays(&scene.target(0), Decision::Keep, "containment", "outside");
    }
}

#[test]
fn one_in_progress_stays_and_so_does_what_a_regional_one_is_built_on() {
    let writing = Snapshot {
        health: Health::InProgress,
        facts: None,
        ..checkpoint(7, 10 * DAY)
    };
    let scene = Scene::of([(writing, vec![]), (checkpoint(6, 10 * DAY), vec![1])]);
    stays(
        &scene.typing("lineage-1").target(0),
        Decision::Keep,
        "in progress",
        "",
    );
    let regional = with_facts(checkpoint(9, 10 * DAY), |facts| facts.regional = vec![5]);
    let scene = Scene::of([
        (checkpoint(5, 11 * DAY), vec![0]),
        (checkpoint(6, 11 * DAY), vec![1]),
        (regional, vec![2]),
    ]);
    stays(&scene.target(0), Decision::Keep, "built on", "chk-9");
    assert_eq!(scene.target(1).decision, Decision::Delete);
    assert_eq!(going(&scene.plan(&[0, 2])).len(), 4, "with it they go");
    // If that one stays for another reason, so does this.
    let mut held = scene;
    let regional = held.graph.snapshots[2].location.clone();
    held.hold(&regional, None);
    stays(
        &held.plan(&[0, 2]).targets[0],
        Decision::Keep,
        "built on",
        "chk-9",
    );
}

#[test]
fn what_one_means_that_leads_nowhere_stays() {
    let astray = Snapshot {
        health: Health::Incomplete,
        ..checkpoint(7, 10 * DAY)
    };
    let mut scene = Scene::of([
        (checkpoint(5, 11 * DAY), vec![0]),
        (checkpoint(6, 11 * DAY), vec![1]),
        (astray, vec![]),
    ]);
    assert_eq!(scene.target(0).decision, Decision::Delete);
    scene.graph.meant.insert(0, BTreeSet::from([2]));
    stays(&scene.target(0), Decision::Keep, "built on", "chk-7 names");
    assert_eq!(scene.target(1).decision, Decision::Delete);
    assert_eq!(going(&scene.plan(&[0, 2])).len(), 3, "with it they go");
}

#[test]
fn a_checkpoint_stays_while_another_names_what_lies_in_its_directory() {
    let rows = |first: Snapshot| {
        let at = first.location.clone();
        let mut scene = Scene::of([
            (first, vec![0]),
            (checkpoint(6, 11 * DAY), vec![0, 1]),
            (checkpoint(7, 10 * DAY), vec![2]),
        ]);
        scene.graph.files[0].at = at.child(b"state");
        scene
    };
    let scene = rows(checkpoint(5, 12 * DAY));
    stays(&scene.target(0), Decision::Keep, "built on", "chk-6 names");
    assert_eq!(going(&scene.plan(&[0, 1])).len(), 4, "with it they go");
    // What is left in the directory of a savepoint is nobody's to clean up.
    let scene = rows(savepoint("Savepoint"));
    assert_eq!(going(&scene.plan(&[0])), ["_metadata"]);
}

#[test]
fn merged_and_loose_files_go_only_where_that_is_safe() {
    let with = |sort: Sort, health: Health| {
        let mut scene = Scene::of([
            (
                Snapshot {
                    health,
                    ..checkpoint(5, 10 * DAY)
                },
                vec![0],
            ),
            (checkpoint(6, 10 * DAY), vec![1]),
        ]);
        scene.graph.files[0].sort = sort;
        scene.graph.unread.clear();
        scene
    };
    let of_file = |scene: &Scene| scene.target(0).files[1].decision;
    let merged = with(Sort::Merged, Health::Complete);
    assert_eq!(of_file(&merged), Decision::Delete, "its job is over");
    let unknown = Scene {
        clusters: Vec::new(),
        ..merged
    };
    assert_eq!(
        of_file(&unknown.clone().typing("lineage-1")),
        Decision::Delete
    );
    assert_eq!(of_file(&unknown), Decision::Unknown);
    assert_eq!(
        of_file(&with(Sort::Loose, Health::Complete)),
        Decision::Keep
    );
    assert_eq!(
        of_file(&with(Sort::Loose, Health::Corrupt)),
        Decision::Delete
    );
}

#[test]
fn a_plan_survives_being_saved() {
    let plan = three().plan(&[0, 1, 2]);
    let text = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
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
