//! What changes something on a cluster, request by request.

use std::fs;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use stateward::config::connection::Connection;
use stateward::domain::claim::ClaimMode;
use stateward::domain::id::JobId;
use stateward::domain::location::Location;
use stateward::flink::client::Client;
use stateward::flink::error::FlinkErrorKind;
use stateward::flink::operate::{CheckpointType, Operation, Run, SavepointFormat, TriggerId};

use crate::server::{Server, reply};

const JOB: JobId = JobId([0xab; 16]);

/// Method, path and body of each request.
type Asked = Arc<Mutex<Vec<(String, String, String)>>>;

/// A client of a server that gives every request the same answer, and what it was asked.
fn client(status: &'static str, body: &'static str) -> (Client, Asked) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let noted = asked.clone();
    let server = Server::start_scripted(move |request, out| {
        noted.lock().unwrap().push((
            request.method.clone(),
            request.path.clone(),
            request.body.clone(),
        ));
        reply(out, status, body);
    });
    let connection = Connection::to(&server.url).unwrap();
    (Client::new(connection).unwrap(), asked)
}

#[test]
fn each_request_names_its_fields_as_its_handler_does() {
    let (client, asked) = client(
        "202 Accepted",
        r#"{"request-id":"412c536d4d3f379f96cf8620385d5595"}"#,
    );
    let own = TriggerId::fresh();
    let format = SavepointFormat::Native;
    let given = client
        .trigger_savepoint(JOB, format, Some("file:///s"), &own)
        .unwrap();
    assert_eq!(given.0, "412c536d4d3f379f96cf8620385d5595");
    client
        .stop_with_savepoint(JOB, true, format, Some("file:///s"), &own)
        .unwrap();
    client
        .trigger_checkpoint(JOB, CheckpointType::Full, &own)
        .unwrap();
    client.cancel(JOB).unwrap();
    let asked = asked.lock().unwrap();
    let body = |at: usize| -> Value { serde_json::from_str(&asked[at].2).unwrap() };
    let job = format!("/jobs/{JOB}");
    assert_eq!(
        (asked[0].0.as_str(), &asked[0].1),
        ("POST", &format!("{job}/savepoints"))
    );
    assert_eq!(body(0)["target-directory"], "file:///s");
    assert_eq!(body(0)["formatType"], "NATIVE");
    assert_eq!(body(0)["triggerId"], own.0);
    assert_eq!(asked[1].1, format!("{job}/stop"));
    assert_eq!(body(1)["targetDirectory"], "file:///s");
    assert_eq!(body(1)["drain"], true);
    assert_eq!(asked[2].1, format!("{job}/checkpoints"));
    assert_eq!(body(2)["checkpointType"], "FULL");
    assert_eq!(
        (asked[3].0.as_str(), &asked[3].1),
        ("PATCH", &format!("{job}?mode=cancel"))
    );
}

#[test]
fn completed_with_a_cause_is_failed() {
    let (client, _) = client(
        "200 OK",
        r#"{"status":{"id":"COMPLETED"},"operation":{"failure-cause":{"class":"x.Y","stack-trace":"x.Y: no\n\tat a\nCaused by: java.io.IOException: disk full\n\tat b"}}}"#,
    );
    assert_eq!(
        client.savepoint_progress(JOB, &TriggerId::fresh()).unwrap(),
        Operation::Failed("IOException: disk full".to_owned())
    );
}

#[test]
fn what_changes_something_is_sent_once_even_when_the_cluster_is_busy() {
    let (client, asked) = client("503 Service Unavailable", r#"{"errors":["busy"]}"#);
    let error = client.cancel(JOB).unwrap_err();
    assert!(error.is_passing(), "{error}");
    assert_eq!(asked.lock().unwrap().len(), 1);
}

#[test]
fn an_id_that_is_none_goes_into_no_address() {
    let (client, _) = client("202 Accepted", r#"{"request-id":"../../x"}"#);
    let error = client
        .trigger_checkpoint(JOB, CheckpointType::Full, &TriggerId::fresh())
        .unwrap_err();
    assert!(matches!(error.kind, FlinkErrorKind::NotFlink(_)), "{error}");
}

#[test]
fn a_jar_is_uploaded_as_a_form_and_run_by_its_id() {
    let directory = tempfile::tempdir().unwrap();
    let jar = directory.path().join("fraud.jar");
    fs::write(&jar, "PK zip").unwrap();
    let (client, asked) = client(
        "200 OK",
        r#"{"filename":"/tmp/up/77ec_fraud.jar","status":"success","jobid":"96ed4fab8085f2d4779ee2b55c37bda9"}"#,
    );
    let id = client.upload(&jar, Duration::from_secs(60)).unwrap();
    assert_eq!(id, "77ec_fraud.jar");
    let run = Run {
        jar: id,
        job: JOB,
        entry_class: None,
        arguments: Vec::new(),
        parallelism: None,
        snapshot: Some(Location::parse(b"file:/s/chk-1")),
        claim_mode: ClaimMode::NoClaim,
        allow_non_restored: false,
    };
    let job = client
        .run(&run, Some((2, 3)), Duration::from_secs(60))
        .unwrap();
    assert_eq!(job.to_string(), "96ed4fab8085f2d4779ee2b55c37bda9");
    let asked = asked.lock().unwrap();
    assert_eq!(asked[0].1, "/jars/upload");
    assert!(
        asked[0]
            .2
            .contains("name=\"jarfile\"; filename=\"fraud.jar\""),
        "{}",
        asked[0].2
    );
    assert!(asked[0].2.contains("PK zip"));
    assert_eq!(asked[1].1, "/jars/77ec_fraud.jar/run");
    let missing = client
        .upload(&directory.path().join("nosuch"), Duration::from_secs(60))
        .unwrap_err();
    assert!(
        matches!(missing.kind, FlinkErrorKind::Setup(_)),
        "{missing}"
    );
}
