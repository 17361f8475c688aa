//! What `stateward latest` prints is what a real job can be restored from, and the newest such thing.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::cli::{self, path_of};
use crate::cluster::Cluster;
use crate::differential::scratch;
use crate::dist::{Distribution, FLINK_1_20, FLINK_2_3, Version};
use crate::job::{Format, Job, Plan};
use crate::rest::text;
use crate::scenarios::{RETAINED, Stage, cancel_and_retain, complete_checkpoints};

/// How many keys the job has; it checks each of them after a restore.
const KEYS: u64 = 50;

#[test]
fn flink_2_3_restores_what_latest_prints() {
    flink_restores_what_latest_prints(FLINK_2_3);
}

#[test]
fn flink_1_20_restores_what_latest_prints() {
    flink_restores_what_latest_prints(FLINK_1_20);
}

fn flink_restores_what_latest_prints(version: Version) {
    let distribution = Distribution::get(version);
    let directory = scratch();
    let root = fs::canonicalize(directory.path()).expect("a temporary directory");
    let options = Stage::options(&root);
    let cluster = Cluster::start(&distribution, &options);
    after_cancel(&cluster, &root);
    after_stop(&cluster, &root);
}

/// Three retained incremental checkpoints: the newest one is it.
fn after_cancel(cluster: &Cluster, root: &Path) {
    let directory = root.join("cancelled");
    let job = Job::start(cluster, plan("cancelled", &directory));
    fill_and_cancel(&job);
    let newest = complete_checkpoints(&job.checkpoints())
        .pop()
        .expect("retained checkpoints");
    restores(cluster, &directory, &newest);
}

/// A stop-with-savepoint leaves checkpoints of an earlier run behind it: the savepoint is newer than any of them.
fn after_stop(cluster: &Cluster, root: &Path) {
    let directory = root.join("stopped");
    let first = Job::start(cluster, plan("stopped, first run", &directory));
    fill_and_cancel(&first);
    let newest = complete_checkpoints(&first.checkpoints())
        .pop()
        .expect("retained checkpoints");

    let second = Job::start(
        cluster,
        plan("stopped, second run", &directory).restored_from(&uri(&newest)),
    );
    // Runs of a few seconds, one after the other, look as if a copy had made them; these are no copy.
    second.wait_for_checkpoints(30);
    let savepoint = second.stop(Format::Native);
    restores(cluster, &directory, &savepoint);
}

fn plan(name: &str, directory: &Path) -> Plan {
    Plan::new(name, directory)
        .backend("rocksdb")
        .incremental(true)
        .number("parallelism", 2)
        .number("interval", 500)
        .number("keys", KEYS)
}

/// Leaves retained checkpoints with state for every key. The second one from now is sure to begin after now.
fn fill_and_cancel(job: &Job<'_>) {
    job.wait("to have state for every key", || {
        (job.counter("new-keys") == KEYS).then_some(())
    });
    job.wait_for_checkpoints(2);
    cancel_and_retain(job, RETAINED);
}

/// Asks for the latest snapshot of a directory and restores the job from exactly what was printed.
fn restores(cluster: &Cluster, directory: &Path, expected: &Path) {
    let printed = cli::latest(directory).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        path_of(&printed),
        expected,
        "latest of {}",
        directory.display()
    );

    let job = Job::start(
        cluster,
        plan("restored", &directory.join("restored")).restored_from(&printed),
    );
    let statistics = job.statistics();
    let restored = statistics
        .pointer("/latest/restored")
        .cloned()
        .unwrap_or(Value::Null);
    assert_eq!(
        path_of(text(&restored, "/external_path")),
        expected,
        "REST says that the job was restored from {restored}"
    );
    job.wait_for_checkpoints(1);
    job.wait("to find the state of every key again", || {
        (job.counter("verified-keys") == KEYS).then_some(())
    });
    assert_eq!(job.state(), "RUNNING");
    job.cancel();
}

fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}
