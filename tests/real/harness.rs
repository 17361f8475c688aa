//! The cluster and the job can be brought into the states that the tests of operations need: a savepoint that stays pending, a
//! job that dies meanwhile, a `JobManager` that goes and comes back.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::cache;
use crate::cluster::Cluster;
use crate::differential::scratch;
use crate::dist::{Distribution, FLINK_1_15, FLINK_1_20, FLINK_2_3, Version};
use crate::job::{Job, Plan};
use crate::rest::text;
use crate::scenarios::Stage;

#[test]
fn flink_2_3_holds_fails_and_comes_back() {
    holds_fails_and_comes_back(FLINK_2_3);
}

#[test]
fn flink_1_20_holds_fails_and_comes_back() {
    holds_fails_and_comes_back(FLINK_1_20);
}

#[test]
fn flink_1_15_holds_fails_and_comes_back() {
    holds_fails_and_comes_back(FLINK_1_15);
}

fn holds_fails_and_comes_back(version: Version) {
    let directory = scratch();
    let root = fs::canonicalize(directory.path()).expect("a temporary directory");
    let options = Stage::options(&root).soon_noticing_silence();
    let cluster = Cluster::start(&Distribution::get(version), &options);

    a_held_savepoint_is_pending_until_it_is_let_go(&cluster, &root.join("held"));
    a_job_fails_while_its_savepoint_is_pending(&cluster, &root.join("failed"));

    let url = cluster.url().to_owned();
    let job = Job::start(&cluster, Plan::new("lost", &root.join("lost")));
    cluster.kill_job_manager();
    cluster.restart_job_manager();
    assert_eq!(cluster.url(), url);
    let path = format!("/jobs/{}", job.id);
    cluster
        .rest
        .try_get(&path)
        .expect_err("without high availability nobody remembers the job");
    let again = Job::start(&cluster, Plan::new("again", &root.join("again")));
    again.wait_for_checkpoints(1);
    again.cancel();
}

fn a_held_savepoint_is_pending_until_it_is_let_go(cluster: &Cluster, directory: &Path) {
    cache::create(directory);
    let hold = directory.join("hold");
    let job = Job::start(cluster, on_request("held", directory).held_by(&hold));
    cache::write(&hold, "");
    let request = trigger(cluster, &job, directory);
    job.wait_for_pending_savepoint();
    let status = format!("/jobs/{}/savepoints/{request}", job.id);
    assert_eq!(
        text(&cluster.rest.get(&status), "/status/id"),
        "IN_PROGRESS"
    );
    fs::remove_file(&hold).expect("the file that holds the savepoint");
    let location = job.wait("to complete the savepoint", || {
        let answer = cluster.rest.get(&status);
        answer
            .pointer("/operation/location")?
            .as_str()
            .map(str::to_owned)
    });
    assert!(
        location.contains(&directory.display().to_string()),
        "{location}"
    );
    job.cancel();
}

fn a_job_fails_while_its_savepoint_is_pending(cluster: &Cluster, directory: &Path) {
    cache::create(directory);
    let (hold, fail) = (directory.join("hold"), directory.join("fail"));
    let plan = on_request("failed", directory)
        .held_by(&hold)
        .failing_with(&fail);
    let job = Job::start(cluster, plan);
    cache::write(&hold, "");
    trigger(cluster, &job, directory);
    job.wait_for_pending_savepoint();
    assert_eq!(job.state(), "RUNNING");
    cache::write(&fail, "");
    job.wait_for_end("FAILED");
    let told = job.exceptions();
    assert!(told.contains("the job was asked to fail"), "{told}");
    let statistics = job.statistics();
    assert_eq!(
        statistics.pointer("/latest/savepoint"),
        Some(&Value::Null),
        "{statistics}"
    );
}

/// A job that takes at most a first checkpoint by itself while a test lives.
fn on_request(name: &str, directory: &Path) -> Plan {
    Plan::new(name, directory).number("interval", 3_600_000)
}

/// Asks for a savepoint and does not wait for it; the id of the request.
fn trigger(cluster: &Cluster, job: &Job<'_>, directory: &Path) -> String {
    let target = format!("file://{}", directory.join("savepoints").display());
    let answer = cluster.rest.post(
        &format!("/jobs/{}/savepoints", job.id),
        &json!({ "target-directory": target, "cancel-job": false }),
    );
    text(&answer, "/request-id").to_owned()
}
