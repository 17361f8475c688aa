//! What `stateward jobs` says of a cluster is what the cluster's REST API says, and a cluster that is gone is said to be.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::cache;
use crate::cli::stateward;
use crate::cluster::Cluster;
use crate::differential::scratch;
use crate::dist::{Distribution, FLINK_1_15, FLINK_1_20, FLINK_2_3, Version};
use crate::job::{Format, Job, Plan};
use crate::scenarios::Stage;
use crate::wait::{PATIENCE, wait_for};

#[test]
fn flink_2_3_is_told_as_it_is() {
    told_as_it_is(FLINK_2_3);
}

#[test]
fn flink_1_20_is_told_as_it_is() {
    told_as_it_is(FLINK_1_20);
}

#[test]
fn flink_1_15_is_told_as_it_is() {
    told_as_it_is(FLINK_1_15);
}

fn told_as_it_is(version: Version) {
    let directory = scratch();
    let root = fs::canonicalize(directory.path()).expect("a temporary directory");
    let options = Stage::options(&root);
    let cluster = Cluster::start(&Distribution::get(version), &options);
    a_restored_job_with_a_pending_checkpoint(&cluster, &root.join("restored"));
    a_failed_job(&cluster, &root.join("failed"));
    cluster.kill_job_manager();
    let gone = run(&cluster, &["jobs", "--json"]);
    assert_eq!(gone.code, Some(5), "{}", gone.stderr);
    assert!(gone.stderr.contains(cluster.url()), "{}", gone.stderr);
    let document: Value = serde_json::from_str(&gone.stdout).expect("JSON");
    assert_eq!(document["error"]["kind"], "remote", "{document}");
}

fn a_restored_job_with_a_pending_checkpoint(cluster: &Cluster, directory: &Path) {
    cache::create(directory);
    let first = Job::start(cluster, Plan::new("first run", directory));
    let savepoint = first.stop(Format::Canonical);
    let hold = directory.join("hold");
    let plan = Plan::new("second run", directory)
        .number("interval", 500)
        .held_by(&hold)
        .restored_from(&format!("file://{}", savepoint.display()));
    let job = Job::start(cluster, plan);
    job.wait_for_checkpoints(2);
    cache::write(&hold, "");
    job.wait(
        "to have a checkpoint pending and part of it acknowledged",
        || {
            let told = job.statistics();
            let newest = told["history"].get(0)?;
            (newest["status"] == "IN_PROGRESS" && newest["num_acknowledged_subtasks"].as_u64()? > 0)
                .then_some(())
        },
    );
    agrees(cluster, &job);
    fs::remove_file(&hold).expect("the file that holds the checkpoint");
    job.cancel();
    agrees(cluster, &job);
}

fn a_failed_job(cluster: &Cluster, directory: &Path) {
    cache::create(directory);
    let fail = directory.join("fail");
    let job = Job::start(
        cluster,
        Plan::new("failed run", directory).failing_with(&fail),
    );
    cache::write(&fail, "");
    job.wait_for_end("FAILED");
    agrees(cluster, &job);
    let told = document(cluster, &job);
    let cause = told.pointer("/job/failure/cause").and_then(Value::as_str);
    assert!(
        cause.is_some_and(|cause| cause.contains("the job was asked to fail")),
        "{told}"
    );
}

/// Compares what both say, when nothing changed between two looks at REST.
#[track_caller]
fn agrees(cluster: &Cluster, job: &Job<'_>) {
    let (rest, told) = wait_for("the job to stand still", PATIENCE, || {
        let before = of_rest(job);
        let told = document(cluster, job);
        (before == of_rest(job)).then_some((before, told))
    });
    assert_eq!(of_stateward(&told["job"]), rest);
}

fn of_rest(job: &Job<'_>) -> Value {
    let (details, statistics) = (job.details(), job.statistics());
    let history = statistics["history"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let history: Vec<Value> = history
        .iter()
        .map(|it| {
            json!({
                "id": it["id"],
                "status": it["status"].as_str().map(str::to_lowercase),
                "is_savepoint": it["is_savepoint"],
                "subtasks": it["num_subtasks"],
                "acknowledged": it["num_acknowledged_subtasks"],
                "state": it["state_size"],
            })
        })
        .collect();
    json!({
        "name": details["name"],
        "state": details["state"],
        "counts": statistics["counts"],
        "restored": statistics.pointer("/latest/restored/external_path").map(path),
        "history": history,
    })
}

fn of_stateward(job: &Value) -> Value {
    let history = job["checkpoints"].as_array().cloned().unwrap_or_default();
    let history: Vec<Value> = history
        .iter()
        .map(|it| {
            json!({
                "id": it["id"],
                "status": it["status"],
                "is_savepoint": it["is_savepoint"],
                "subtasks": it["subtasks"],
                "acknowledged": it["acknowledged"],
                "state": it["state"],
            })
        })
        .collect();
    json!({
        "name": job["name"],
        "state": job["state"],
        "counts": job["counts"],
        "restored": job.pointer("/restored/path").map(path),
        "history": history,
    })
}

/// A path without its scheme, which each may write in its own way.
fn path(text: &Value) -> Option<String> {
    let text = text.as_str()?;
    let path = text.strip_prefix("file:").unwrap_or(text);
    Some(format!("/{}", path.trim_start_matches('/')))
}

#[track_caller]
fn document(cluster: &Cluster, job: &Job<'_>) -> Value {
    let done = run(cluster, &["jobs", &job.id, "--json"]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    serde_json::from_str(&done.stdout)
        .unwrap_or_else(|error| panic!("no JSON ({error}): {}", done.stdout))
}

#[derive(Debug)]
struct Done {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

#[track_caller]
fn run(cluster: &Cluster, arguments: &[&str]) -> Done {
    let output = stateward()
        .args(arguments)
        .args(["--flink", cluster.url()])
        .output()
        .expect("the program starts");
    Done {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
