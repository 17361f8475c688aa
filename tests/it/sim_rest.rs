//! The simulated cluster answers as a real one does, and the program works on it as on a real one.

use std::fs;
use std::path::Path;
use std::process::Output;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use jiff::SignedDuration;
use serde_json::{Value, json};
use stateward::sim::cluster::Simulation;
use stateward::sim::rest::{Server, Shared, Stop};

use crate::program::{err, json as printed, stateward};
use crate::sim_stage::{compare, scenario};

/// A simulated cluster that answers, until it is dropped.
struct Cluster {
    shared: Shared,
    url: String,
    directory: tempfile::TempDir,
    stop: Option<Stop>,
    server: Option<JoinHandle<()>>,
}

impl Cluster {
    fn start(name: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let simulation = Simulation::new(&scenario(name), directory.path()).unwrap();
        let shared = Arc::new(Mutex::new(simulation));
        let (server, stop) = Server::bind(shared.clone()).unwrap();
        Self {
            url: server.url(),
            shared,
            directory,
            stop: Some(stop),
            server: Some(thread::spawn(|| server.run().unwrap())),
        }
    }

    fn pass(&self, seconds: i64) {
        let mut simulation = self.shared.lock().unwrap();
        let next = simulation.now() + SignedDuration::from_secs(seconds);
        simulation.advance_to(next).unwrap();
    }

    fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        // It is there already when another test was first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::blocking::Client::new();
        let method = method.parse().unwrap();
        let mut request = client.request(method, format!("{}{path}", self.url));
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().unwrap())
    }

    /// Runs the program, while half a second passes on the cluster every few milliseconds.
    fn run(&self, args: &[&str]) -> Output {
        let mut command = stateward();
        command.args(args).args(["--flink", &self.url]);
        let (send, done) = mpsc::channel();
        let program = thread::spawn(move || send.send(command.output().unwrap()).unwrap());
        loop {
            match done.recv_timeout(Duration::from_millis(5)) {
                Ok(output) => {
                    program.join().unwrap();
                    return output;
                }
                Err(RecvTimeoutError::Timeout) => {
                    let mut simulation = self.shared.lock().unwrap();
                    let next = simulation.now() + SignedDuration::from_millis(50);
                    simulation.advance_to(next).unwrap();
                }
                Err(RecvTimeoutError::Disconnected) => panic!("the program could not be run"),
            }
        }
    }

    #[track_caller]
    fn does(&self, args: &[&str]) -> Value {
        let output = self.run(args);
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", err(&output));
        printed(&output)
    }

    fn job(&self) -> String {
        self.shared
            .lock()
            .unwrap()
            .runs()
            .last()
            .unwrap()
            .id
            .to_string()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(server) = self.server.take() {
            server.join().unwrap();
        }
    }
}

/// What a real Flink 2.3.0 answered, by the kind of request.
fn samples() -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/rest-2.3.0.json");
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

/// Where an answer has other keys than the sample, or values of another kind. Objects by ids are compared by their first
/// value, lists by their first element, and what is null in either may be anything.
fn differences(sample: &Value, answer: &Value, at: &str, found: &mut Vec<String>) {
    match (sample, answer) {
        (Value::Object(one), Value::Object(other)) => {
            let is_id =
                |key: &String| key.len() == 32 && key.bytes().all(|it| it.is_ascii_hexdigit());
            if one.keys().chain(other.keys()).any(is_id) {
                if let (Some(one), Some(other)) = (one.values().next(), other.values().next()) {
                    differences(one, other, &format!("{at}/ID"), found);
                }
                return;
            }
            for key in one.keys().filter(|key| !other.contains_key(*key)) {
                found.push(format!("{at}/{key} is missing"));
            }
            for key in other.keys().filter(|key| !one.contains_key(*key)) {
                found.push(format!("{at}/{key} is too much"));
            }
            for (key, value) in one {
                if let Some(answered) = other.get(key) {
                    differences(value, answered, &format!("{at}/{key}"), found);
                }
            }
        }
        (Value::Array(one), Value::Array(other)) => {
            if let (Some(one), Some(other)) = (one.first(), other.first()) {
                differences(one, other, &format!("{at}/0"), found);
            }
        }
        (Value::Null, _) | (_, Value::Null) => {}
        (one, other) => {
            let nan = |it: &Value| it == "NaN" || it.is_number();
            let same = std::mem::discriminant(one) == std::mem::discriminant(other);
            let alike = same || (nan(one) && nan(other));
            if !alike {
                found.push(format!("{at} is {other} and not like {one}"));
            }
        }
    }
}

#[test]
fn the_configuration_is_the_one_that_the_jobs_go_by() {
    let configured = |scene: &str| {
        let cluster = Cluster::start(scene);
        cluster.pass(40);
        let (_, entries) = cluster.ask("GET", "/jobmanager/config", None);
        let base = cluster.shared.lock().unwrap().base().to_owned();
        let entries = entries.as_array().unwrap().iter();
        let of = |it: &Value, key: &str| it[key].as_str().unwrap().replace(&base, "");
        let found: std::collections::BTreeMap<String, String> =
            entries.map(|it| (of(it, "key"), of(it, "value"))).collect();
        [
            "execution.checkpointing.dir",
            "execution.checkpointing.savepoint-dir",
            "execution.checkpointing.num-retained",
            "execution.checkpointing.incremental",
        ]
        .map(|key| found[key].clone())
    };
    assert_eq!(
        configured("incremental-sharing"),
        [
            "/fraud-scoring/checkpoints",
            "/fraud-scoring/savepoints",
            "3",
            "true"
        ]
    );
    assert_eq!(
        configured("timed-out"),
        [
            "/fraud-scoring/checkpoints",
            "/fraud-scoring/savepoints",
            "2",
            "false"
        ]
    );
    // Each of its jobs has a directory of its own, which no cluster can tell.
    assert_eq!(
        configured("cancelled-jobs"),
        ["/checkpoints", "/savepoints", "2", "true"]
    );
}

#[test]
fn every_answer_has_the_shape_of_a_real_one() {
    let cluster = Cluster::start("incremental-sharing");
    cluster.pass(40);
    let job = cluster.job();
    let samples = samples();
    let mut found = Vec::new();
    let mut compared = 0;
    let mut ask = |name: &str, path: &str, body: Option<&Value>| -> Value {
        let sample = &samples[name];
        let method = sample["method"].as_str().unwrap();
        let (status, answer) = cluster.ask(method, path, body);
        assert_eq!(status, sample["status"], "{name}: {answer}");
        differences(&sample["response"], &answer, name, &mut found);
        compared += 1;
        answer
    };
    let savepoints = format!("/jobs/{job}/savepoints");
    let checkpoints = format!("/jobs/{job}/checkpoints");
    let of = |base: &str, id: &Value| format!("{base}/{}", id["request-id"].as_str().unwrap());
    ask("config", "/config", None);
    ask("overview", "/overview", None);
    ask("jobs-overview", "/jobs/overview", None);
    ask("job", &format!("/jobs/{job}"), None);
    ask("job-checkpoints", &checkpoints, None);
    ask(
        "job-checkpoints-config",
        &format!("{checkpoints}/config"),
        None,
    );
    ask(
        "checkpoint-details",
        &format!("{checkpoints}/details/1"),
        None,
    );
    ask(
        "probe-unknown-checkpoint",
        &format!("{checkpoints}/details/999999"),
        None,
    );
    ask(
        "probe-unknown-job",
        "/jobs/0123456789abcdef0123456789abcdef",
        None,
    );
    ask("probe-bad-job-id", "/jobs/xyz/checkpoints", None);
    let nobody = "00000000000000000000000000000000";
    ask(
        "probe-unknown-trigger",
        &format!("{savepoints}/{nobody}"),
        None,
    );
    let native = json!({ "formatType": "NATIVE" });
    let saving = ask("savepoint-trigger-NATIVE", &savepoints, Some(&native));
    ask(
        "savepoint-status-IN_PROGRESS",
        &of(&savepoints, &saving),
        None,
    );
    let full = json!({ "checkpointType": "FULL" });
    let checking = ask("checkpoint-trigger-FULL", &checkpoints, Some(&full));
    ask("probe-checkpoint-no-body", &checkpoints, None);
    ask(
        "checkpoint-status-IN_PROGRESS",
        &of(&checkpoints, &checking),
        None,
    );
    cluster.pass(20);
    let saved = ask(
        "savepoint-status-COMPLETED",
        &of(&savepoints, &saving),
        None,
    );
    ask(
        "checkpoint-status-COMPLETED",
        &of(&checkpoints, &checking),
        None,
    );
    let place = &saved["operation"]["location"];
    let elsewhere = json!({ "target-directory": "file:///nowhere" });
    let failing = ask("savepoint-trigger-NATIVE", &savepoints, Some(&elsewhere));
    ask("savepoint-status-FAILED", &of(&savepoints, &failing), None);
    let number = {
        let simulation = cluster.shared.lock().unwrap();
        let statistics = &simulation.runs()[0].statistics;
        statistics.latest_savepoint().unwrap().id
    };
    ask(
        "checkpoint-details-savepoint",
        &format!("{checkpoints}/details/{number}"),
        None,
    );
    let disposing = json!({ "savepoint-path": place });
    let disposed = ask(
        "savepoint-disposal",
        "/savepoint-disposal",
        Some(&disposing),
    );
    let disposal = of("/savepoint-disposal", &disposed);
    ask("savepoint-disposal-status-COMPLETED", &disposal, None);
    let again = ask(
        "savepoint-disposal",
        "/savepoint-disposal",
        Some(&disposing),
    );
    let disposal = of("/savepoint-disposal", &again);
    ask("savepoint-disposal-status-FAILED", &disposal, None);
    let jars = ask("jars", "/jars", None);
    let jar = jars["files"][0]["id"].as_str().unwrap().to_owned();
    let id = job.parse().unwrap();
    let because = "java.io.IOException: no route to host";
    cluster
        .shared
        .lock()
        .unwrap()
        .let_fail(id, because, false)
        .unwrap();
    let path = format!("/jobs/{job}/exceptions");
    ask("job-exceptions", &path, None);
    let stopping = ask("stop", &format!("/jobs/{job}/stop"), Some(&json!({})));
    cluster.pass(20);
    let stopped = ask("stop-status-COMPLETED", &of(&savepoints, &stopping), None);
    ask("cancel", &format!("/jobs/{job}?mode=cancel"), None);
    ask(
        "probe-cancel-mode-stop",
        &format!("/jobs/{job}?mode=stop"),
        None,
    );
    let restart = json!({ "savepointPath": stopped["operation"]["location"] });
    ask("jars-run", &format!("/jars/{jar}/run"), Some(&restart));
    let path = format!("/jobs/{}/checkpoints", cluster.job());
    let restored = ask("job-checkpoints-restored", &path, None);
    assert_eq!(restored["counts"]["restored"], 1);
    assert!(compared > 30, "{compared} answers");
    // Details of a failure that only some releases and situations have.
    let known = "job-exceptions/exceptionHistory/entries/0/concurrentExceptions";
    found.retain(|it| !it.starts_with(known));
    assert_eq!(found, [""; 0]);
}

#[test]
fn the_program_operates_a_simulated_cluster() {
    let cluster = Cluster::start("incremental-sharing");
    cluster.pass(40);
    let job = cluster.job();
    let listed = cluster.does(&["jobs", "--json"]);
    assert!(listed.to_string().contains("fraud-scoring"), "{listed}");
    let saved = cluster.does(&["trigger", "savepoint", &job, "--write", "--json"]);
    let place = saved["snapshot"].as_str().unwrap();
    assert!(place.contains("/savepoints/savepoint-"), "{saved}");
    let checked = cluster.does(&["trigger", "checkpoint", &job, "--write", "--json"]);
    assert!(
        checked["snapshot"].as_str().unwrap().contains("/chk-"),
        "{checked}"
    );
    let stopped = cluster.does(&["stop", &job, "--write", "--json"]);
    let place = stopped["snapshot"].as_str().unwrap();
    let restart = [
        "restart",
        place,
        "--jar",
        "fraud-scoring.jar",
        "--write",
        "--json",
    ];
    let restarted = cluster.does(&restart);
    assert!(restarted.to_string().contains("restored"), "{restarted}");
    assert_ne!(cluster.job(), job);
    let root = fs::canonicalize(cluster.directory.path()).unwrap();
    compare(&cluster.shared.lock().unwrap(), &root);
}
