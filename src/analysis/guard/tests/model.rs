//! Random graphs of references, kinds, holds and liveness: whatever is asked to go, everybody outside of the plan keeps
//! all files.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;

use super::{DAY, Scene};
use crate::analysis::marked::mark_on;
use crate::analysis::sample::{
    JOB, OTHER_JOB, ago, checkpoint, cluster, job, place, remembered, savepoint, silent,
};
use crate::domain::cluster::JobState;
use crate::domain::plan::{Decision, Plan};
use crate::domain::snapshot::{Health, Kind, LineageId, Snapshot};

/// One snapshot of a random scene.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one thing that may be so or not"
)]
struct Node {
    is_savepoint: bool,
    of_other_job: bool,
    health: u8,
    days: i64,
    names: BTreeSet<usize>,
    held: bool,
    marked: bool,
    listed: bool,
    wished: bool,
}

fn node() -> impl Strategy<Value = Node> {
    let flags = (any::<bool>(), any::<bool>(), 0_u8..12, 0_i64..8);
    let names = prop::collection::btree_set(0_usize..9, 0..6);
    let marks = (
        prop::bool::weighted(0.15),
        prop::bool::weighted(0.15),
        prop::bool::weighted(0.3),
        prop::bool::weighted(0.6),
    );
    (flags, names, marks).prop_map(
        |((is_savepoint, of_other_job, health, days), names, (held, marked, listed, wished))| {
            Node {
                is_savepoint,
                of_other_job,
                health,
                days,
                names,
                held,
                marked,
                listed,
                wished,
            }
        },
    )
}

fn snapshot(at: usize, node: &Node) -> Snapshot {
    let id = if node.of_other_job { OTHER_JOB } else { JOB };
    let seconds = node.days * DAY + 100 - at as i64;
    let base = if node.is_savepoint {
        let name = format!("savepoint-{}-{at:012}", &id[..6]);
        Snapshot {
            location: place(&format!("file:/savepoints/{name}")),
            name,
            completed_at: Some(ago(seconds)),
            changed_at: Some(ago(seconds)),
            ..savepoint("Savepoint")
        }
    } else {
        Snapshot {
            location: place(&format!("file:/data/{id}/chk-{at}")),
            job_id: Some(id.parse().unwrap()),
            ..checkpoint(at as u64, seconds)
        }
    };
    Snapshot {
        lineage: LineageId(if node.of_other_job { 2 } else { 1 }),
        health: match node.health {
            0 => Health::Corrupt,
            1 => Health::InProgress,
            2 | 3 => Health::Incomplete,
            _ => Health::Complete,
        },
        ..base
    }
}

/// Every snapshot that is not deleted as a whole, with all the files that it had.
fn check(scene: &Scene, nodes: &[Node], plan: &Plan) -> Result<(), TestCaseError> {
    let going: BTreeSet<&[u8]> = plan.going().map(|(_, file)| file.at.as_bytes()).collect();
    prop_assert_eq!(going.len(), plan.going().count(), "a file goes once");
    let gone: BTreeSet<usize> = plan
        .targets
        .iter()
        .filter(|target| target.decision == Decision::Delete)
        .map(|target| {
            let rows = &scene.graph.snapshots;
            rows.iter()
                .position(|row| row.location == target.at)
                .unwrap()
        })
        .collect();
    for at in (0..nodes.len()).filter(|at| !gone.contains(at)) {
        let metadata = scene.graph.snapshots[at].location.child(b"_metadata");
        prop_assert!(
            !going.contains(metadata.as_bytes()),
            "{} lost its metadata",
            at
        );
        for &name in &nodes[at].names {
            let file = &scene.graph.files[name].at;
            prop_assert!(!going.contains(file.as_bytes()), "{} lost {}", at, file);
        }
    }
    for &at in &gone {
        prop_assert!(nodes[at].wished && !nodes[at].held && !nodes[at].marked);
        prop_assert!(nodes[at].health != 1, "in progress");
    }
    let unread = (0..nodes.len()).any(|at| nodes[at].health == 0 && !gone.contains(&at));
    prop_assert!(
        !unread || gone.is_empty(),
        "with something unreadable in scope"
    );
    let freed: u64 = scene
        .graph
        .files
        .iter()
        .filter(|file| going.contains(file.at.as_bytes()))
        .map(|file| file.found.bytes())
        .sum();
    prop_assert_eq!(plan.freed(), freed);
    for lineage in [1, 2] {
        let of = |gone_too: bool| {
            let rows = scene.graph.snapshots.iter().enumerate();
            rows.filter(|(_, row)| row.lineage == LineageId(lineage) && row.is_restorable())
                .filter(|(at, _)| gone_too || !gone.contains(at))
                .count()
        };
        let typed = scene.typed.contains(&format!("last of lineage-{lineage}"));
        prop_assert!(
            typed || of(true) == 0 || of(false) > 0,
            "nothing left of {}",
            lineage
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn everybody_outside_of_the_plan_keeps_everything(
        nodes in prop::collection::vec(node(), 1..9),
        state in 0_u8..5,
        typed in prop::collection::vec(prop::bool::weighted(0.3), 7),
    ) {
        let rows: Vec<Snapshot> = nodes.iter().enumerate().map(|(at, node)| snapshot(at, node)).collect();
        let names = nodes.iter().map(|node| node.names.iter().copied().collect());
        let mut scene = Scene::of(rows.iter().cloned().zip(names));
        for (node, row) in nodes.iter().zip(&rows) {
            if node.held {
                scene.hold(&row.location, None);
            }
            if node.marked {
                scene.marks.push(mark_on(row, None, ago(5)));
            }
        }
        let mut jobs = [job(JOB, JobState::Running), job(OTHER_JOB, JobState::Running)];
        for (at, (node, row)) in nodes.iter().zip(&rows).enumerate() {
            if node.listed && row.kind != Kind::Savepoint {
                let mut listed = remembered(at as u64, 60);
                listed.path = Some(row.location.clone());
                jobs[usize::from(node.of_other_job)].checkpoints.push(listed);
            }
        }
        scene.clusters = match state {
            0 => Vec::new(),
            1 => vec![Arc::new(cluster(jobs))],
            2 => vec![Arc::new(silent(cluster(jobs)))],
            3 => vec![Arc::new(cluster([]))],
            _ => scene.clusters,
        };
        let words = ["", "live ", "last of "];
        let words = words.iter().flat_map(|it| [format!("{it}lineage-1"), format!("{it}lineage-2")]);
        scene.typed = words
            .chain(["silent prod".to_owned()])
            .zip(&typed)
            .filter(|(_, typed)| **typed)
            .map(|(word, _)| word)
            .collect();
        let wishes: Vec<usize> = (0..nodes.len()).filter(|&at| nodes[at].wished).collect();
        let plan = scene.plan(&wishes);
        check(&scene, &nodes, &plan)?;
        for target in plan.targets.iter().filter(|target| target.decision == Decision::Delete) {
            let at = rows.iter().position(|row| row.location == target.at).unwrap();
            let is_checkpoint = rows[at].kind != Kind::Savepoint;
            prop_assert!(!(state == 1 && is_checkpoint && nodes[at].listed), "a live job lists it");
            prop_assert!(state != 2 || scene.typed.contains(&"silent prod".to_owned()), "its cluster is silent");
            let live = if matches!(state, 1 | 2) { "live " } else { "" };
            let word = format!("{live}lineage-{}", rows[at].lineage.0);
            prop_assert!(!is_checkpoint || state == 4 || scene.typed.contains(&word), "nobody answers for it");
        }
    }
}
