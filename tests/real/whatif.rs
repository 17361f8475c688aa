//! What is told to be left after a job's end, or after newer checkpoints, is what a real Flink leaves.
//!
//! The rules are in [`stateward::analysis::whatif`]. Every file that a snapshot names is looked at, and every metadata file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use jiff::Timestamp;
use stateward::analysis::whatif::{Event, Step, Whereabouts};
use stateward::inventory::catalog::{Catalog, Rules};
use stateward::inventory::scan::{self, Root};
use stateward::inventory::whatif;
use stateward::store::local::{LocalStore, location_of, path_of};

use crate::cluster::Cluster;
use crate::deleting::fill;
use crate::differential::scratch;
use crate::disposal::{Files, plan};
use crate::dist::{Distribution, FLINK_1_20, FLINK_2_3, Version};
use crate::job::{Format, Job, Plan};
use crate::rest::number;
use crate::scenarios::{RETAINED, Stage, complete_checkpoints};
use crate::wait::{PATIENCE, wait_for};

/// So long that every checkpoint is one that was asked for.
const NEVER: u64 = 3_600_000;

#[test]
fn flink_2_3_leaves_what_is_told() {
    flink_leaves_what_is_told(FLINK_2_3);
}

#[test]
fn flink_1_20_leaves_what_is_told() {
    flink_leaves_what_is_told(FLINK_1_20);
}

fn flink_leaves_what_is_told(version: Version) {
    let directory = scratch();
    let root = fs::canonicalize(directory.path()).expect("a temporary directory");
    let options = Stage::options(&root);
    let cluster = Cluster::start(&Distribution::get(version), &options);

    for (name, layout) in layouts() {
        let pushed_out = root.join(format!("{name}-subsumed"));
        let job = take(&cluster, layout(lasting(name, &pushed_out)));
        let oldest = complete_checkpoints(&job.checkpoints()).remove(0);
        let told = foretell(&pushed_out, &oldest, Event::Subsumed);
        job.checkpoint_now();
        let gone = told.comes_true(name);
        assert!(gone.contains(&oldest.join("_metadata")), "{name}");

        let newest = complete_checkpoints(&job.checkpoints()).pop().expect("one");
        let told = foretell(&pushed_out, &newest, Event::Cancelled);
        job.cancel();
        assert_eq!(told.comes_true(name), BTreeSet::new(), "{name} is retained");

        let stopped = root.join(format!("{name}-finished"));
        let job = take(&cluster, layout(lasting(name, &stopped)));
        let newest = complete_checkpoints(&job.checkpoints()).pop().expect("one");
        let told = foretell(&stopped, &newest, Event::Finished);
        job.stop(Format::Canonical);
        let gone = told.comes_true(name);
        assert!(gone.len() > told.metadata.len(), "{name}: with its files");
    }
    what_is_deleted_on_cancellation(&cluster, &root.join("deleted"));
    what_outlives_a_failure(&cluster, &root.join("failed"));
}

/// A savepoint stays, and all checkpoints go.
fn what_is_deleted_on_cancellation(cluster: &Cluster, place: &Path) {
    let job = take(cluster, fleeting("deleted", place));
    let savepoint = job.savepoint(Format::Native);
    let newest = complete_checkpoints(&job.checkpoints()).pop().expect("one");
    let told = foretell(place, &newest, Event::Cancelled);
    job.cancel();
    let gone = told.comes_true("deleted");
    let own = Files::of(&savepoint).named;
    assert!(!own.is_empty() && own.is_disjoint(&gone));
    assert_eq!(complete_checkpoints(&job.checkpoints()), [] as [PathBuf; 0]);
    assert!(savepoint.join("_metadata").is_file());
}

/// Even what is deleted on cancellation.
fn what_outlives_a_failure(cluster: &Cluster, place: &Path) {
    let fail = place.join("fail");
    let job = take(cluster, fleeting("failed", place).failing_with(&fail));
    let newest = complete_checkpoints(&job.checkpoints()).pop().expect("one");
    let told = foretell(place, &newest, Event::Failed);
    crate::cache::write(&fail, "");
    job.wait_for_end("FAILED");
    assert_eq!(told.comes_true("failed"), BTreeSet::new());
    let left = complete_checkpoints(&job.checkpoints());
    assert_eq!(left.len(), RETAINED as usize);
}

/// Makes a job's state lie so.
type Layout = fn(Plan) -> Plan;

/// How state can lie on a disk, as far as it matters to who deletes it.
fn layouts() -> [(&'static str, Layout); 4] {
    [
        ("incremental", |plan| plan),
        ("full", |plan| plan.incremental(false)),
        ("merged", |plan| {
            plan.with("execution.checkpointing.file-merging.enabled", "true")
        }),
        ("changelog", |plan| {
            plan.with("state.changelog.enabled", "true")
                .with("state.backend.changelog.enabled", "true")
        }),
    ]
}

fn lasting(name: &str, place: &Path) -> Plan {
    plan(name, place).number("interval", NEVER)
}

fn fleeting(name: &str, place: &Path) -> Plan {
    lasting(name, place).with(
        "execution.checkpointing.externalized-checkpoint-retention",
        "DELETE_ON_CANCELLATION",
    )
}

/// A job with as many checkpoints as are kept.
fn take(cluster: &Cluster, plan: Plan) -> Job<'_> {
    let job = fill(cluster, plan);
    for _ in 0..RETAINED {
        job.checkpoint_now();
    }
    // Some releases take one of their own accord at the start, which under load may be the last to complete.
    job.wait("to have cleaned up behind it", || {
        let is_idle = number(&job.statistics(), "/counts/in_progress") == 0;
        let count = complete_checkpoints(&job.checkpoints()).len();
        (is_idle && count == RETAINED as usize).then_some(())
    });
    job
}

/// What is told to become of each file.
struct Told {
    files: BTreeMap<PathBuf, Whereabouts>,
    metadata: BTreeMap<PathBuf, Whereabouts>,
}

fn foretell(place: &Path, snapshot: &Path, event: Event) -> Told {
    let mut catalog = Catalog::new(Rules::default());
    let root = Root {
        location: location_of(place).expect("a path"),
        depth: 6,
    };
    let cancelled = AtomicBool::new(false);
    scan::scan(&mut catalog, &LocalStore, &root, &cancelled, &mut |_| {}).expect("a directory");
    catalog.settle(Timestamp::now());
    let at = location_of(snapshot).expect("a path");
    let world = whatif::world(&catalog, &at).expect("a snapshot");
    let mut pieces = world.pieces.iter();
    let step = Step {
        event,
        at: pieces
            .position(|it| it.row.location == at)
            .expect("the snapshot"),
    };
    let outcome = world.after(&[step]);

    let paths: Vec<PathBuf> = world
        .pieces
        .iter()
        .map(|it| path_of(&it.row.location).expect("a local one").to_owned())
        .collect();
    let named: BTreeMap<String, PathBuf> = paths
        .iter()
        .flat_map(|it| Files::of(it).named)
        .map(|it| (name_of(&it), it))
        .collect();
    let files: BTreeMap<PathBuf, Whereabouts> = world
        .files
        .iter()
        .zip(&outcome.files)
        .map(|(file, is)| (named[&file.name].clone(), *is))
        .collect();
    assert_eq!(files.len(), named.len(), "every file, each by its own name");
    let metadata = paths.iter().zip(&outcome.pieces);
    Told {
        files,
        metadata: metadata
            .map(|(path, after)| (path.join("_metadata"), after.is))
            .collect(),
    }
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().expect("a file");
    name.to_str().expect("a name of Flink's making").to_owned()
}

impl Told {
    /// Waits until all that is told to go is gone, and looks whether all the rest is there. Gives back what went.
    fn comes_true(&self, at: &str) -> BTreeSet<PathBuf> {
        let all = || self.files.iter().chain(&self.metadata);
        wait_for(&format!("{at}: what is told to go"), PATIENCE, || {
            all()
                .all(|(path, is)| !matches!(is, Whereabouts::Gone(_)) || !path.exists())
                .then_some(())
        });
        for (path, is) in all() {
            let stays = *is == Whereabouts::There;
            assert!(!stays || path.is_file(), "{at}: {} stays", path.display());
        }
        let is_gone = |path: &&PathBuf| !path.exists();
        all()
            .map(|(path, _)| path)
            .filter(is_gone)
            .cloned()
            .collect()
    }
}
