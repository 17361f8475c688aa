use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::SignedDuration;

use super::{File, Found, GRACE, Graph, Question, SHORTEST_GRACE, Sort, Wish, plan};
use crate::analysis::marked::mark_on;
use crate::analysis::sample::{
    self, JOB, OTHER_JOB, ago, checkpoint, cluster, now, place, remembered, restored_from,
    savepoint, silent, with_facts,
};
use crate::domain::cluster::{Checkpoint, CheckpointStatus, Cluster, Job, JobState};
use crate::domain::history::JobHistory;
use crate::domain::hold::Hold;
use crate::domain::location::Location;
use crate::domain::mark::Mark;
use crate::domain::plan::{Decision, Fingerprint, Objection, Plan, Target};
use crate::domain::snapshot::{Health, Lineage, LineageId, Owner, Sign, Snapshot};
use crate::domain::space::LineageSpace;

mod belonging;
mod built_on;
mod claimed;
mod files;
mod heirs;
mod holds;
mod knowledge;
mod left;
mod liveness;
mod model;
mod sharing;
mod starting;
mod words;

const DAY: i64 = 86_400;

/// A job that was started before anything here was written.
fn job(id: &str, state: JobState) -> Job {
    Job {
        started_at: Some(ago(100 * DAY)),
        ..sample::job(id, state)
    }
}

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
    granted: Vec<Objection>,
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
                is_hard_linked: false,
                sort: Sort::State,
                users: users.collect(),
            });
        }
        for (at, (snapshot, names)) in snapshots.into_iter().zip(names).enumerate() {
            graph.files.push(File {
                at: snapshot.location.child(b"_metadata"),
                found: Found::Here(seen(1000 + at as u64, 100)),
                is_hard_linked: false,
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
            granted: Vec::new(),
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
                granted: self.granted.clone(),
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
fn a_plan_survives_being_saved() {
    let plan = three().plan(&[0, 1, 2]);
    let text = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
}
