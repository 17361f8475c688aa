//! Operations from the request to their end, against a cluster that answers by a script.

use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use stateward::action::operation::{
    OperationError, OperationErrorKind, Outcome, Request, Restart, Step, run_patiently,
};
use stateward::action::permission::Permission;
use stateward::action::wait::Patience;
use stateward::config::connection::Connection;
use stateward::domain::claim::ClaimMode;
use stateward::domain::id::JobId;
use stateward::domain::location::Location;
use stateward::flink::client::Client;
use stateward::flink::operate::{CheckpointType, Program, SavepointFormat};

use crate::server::{Server, reply};

const JOB: JobId = JobId([0xab; 16]);
const SAVEPOINT: &str = "file:/s/savepoint-ababab-1";

/// What the cluster is like; a test's script changes it with each request.
#[derive(Clone)]
struct World {
    version: &'static str,
    state: &'static str,
    history: Vec<Value>,
    restored: Value,
    interval: i64,
    /// Method and path of every request, with the body of those that have one.
    asked: Vec<(String, String)>,
    /// How often the progress of an operation was asked for.
    looks: usize,
}

impl World {
    fn of(version: &'static str) -> Self {
        Self {
            version,
            state: "RUNNING",
            history: vec![checkpoint(1, false, "file:/c/chk-1")],
            restored: Value::Null,
            interval: 1000,
            asked: Vec::new(),
            looks: 0,
        }
    }

    fn sent(&self, start: &str) -> Vec<Value> {
        self.asked
            .iter()
            .filter(|(line, _)| line.starts_with(start))
            .map(|(_, body)| serde_json::from_str(body).unwrap_or_default())
            .collect()
    }
}

fn checkpoint(id: u64, is_savepoint: bool, path: &str) -> Value {
    json!({ "id": id, "status": "COMPLETED", "is_savepoint": is_savepoint, "external_path": path,
        "num_subtasks": 2, "num_acknowledged_subtasks": 2 })
}

type Shared = Arc<Mutex<World>>;
/// What a script answers.
enum Said {
    /// What the cluster answers by itself.
    Usual,
    /// A status and a document.
    This(&'static str, Value),
}

fn done(result: &Value) -> Said {
    Said::This(
        "200 OK",
        json!({ "status": { "id": "COMPLETED" }, "operation": result }),
    )
}

fn under_way() -> Said {
    Said::This(
        "200 OK",
        json!({ "status": { "id": "IN_PROGRESS" }, "operation": null }),
    )
}

fn unknown() -> Said {
    Said::This(
        "404 Not Found",
        json!({ "errors": ["java.lang.Exception: no such thing"] }),
    )
}

fn accepted(body: &str) -> Said {
    let request: Value = serde_json::from_str(body).unwrap();
    Said::This(
        "202 Accepted",
        json!({ "request-id": request["triggerId"] }),
    )
}

/// The answer that is lost: the connection ends without one.
const LOST: &str = "";

fn start(
    world: World,
    script: impl Fn(&mut World, &str, &str) -> Said + Send + Sync + 'static,
) -> (String, Shared) {
    let world = Arc::new(Mutex::new(world));
    let at = world.clone();
    let server = Server::start_scripted(move |request, out| {
        let mut world = at.lock().unwrap();
        let line = format!("{} {}", request.method, request.path);
        world.asked.push((line.clone(), request.body.clone()));
        let said = match script(&mut world, &line, &request.body) {
            Said::Usual => by_itself(&world, &line),
            said @ Said::This(..) => said,
        };
        let (status, body) = match said {
            Said::This(status, body) => (status, body),
            Said::Usual => ("404 Not Found", json!({ "errors": ["Not found."] })),
        };
        if status != LOST {
            reply(out, status, &body.to_string());
        }
    });
    (server.url, world)
}

fn by_itself(world: &World, line: &str) -> Said {
    let Some(path) = line.strip_prefix("GET ") else {
        return Said::Usual;
    };
    // A new job has an id of its own.
    let (job, rest) = path
        .strip_prefix("/jobs/")
        .and_then(|it| it.split_at_checked(32))
        .unwrap_or(("", path));
    let id = if job.is_empty() {
        JOB.to_string()
    } else {
        job.to_owned()
    };
    let headline = json!({ "jid": id, "name": "fraud", "state": world.state, "start-time": 1, "end-time": -1 });
    let body = match rest {
        "/config" => json!({ "flink-version": world.version }),
        "/jobs/overview" => json!({ "jobs": [headline] }),
        "" => headline,
        "/checkpoints" => json!({
            "counts": { "restored": u64::from(!world.restored.is_null()), "total": 1, "in_progress": 0, "completed": 1, "failed": 0 },
            "latest": { "restored": world.restored },
            "history": world.history,
        }),
        "/checkpoints/config" => json!({
            "mode": "exactly_once", "interval": world.interval,
            "externalization": { "enabled": true, "delete_on_cancellation": true },
        }),
        "/exceptions" => {
            json!({ "root-exception": "java.lang.IllegalStateException: worn out", "timestamp": 5 })
        }
        _ => return Said::Usual,
    };
    Said::This("200 OK", body)
}

/// No test waits for longer than this without reason.
const PATIENCE: Patience = Patience {
    timeout: Duration::from_secs(60),
    pause: Duration::from_millis(1),
    longest_pause: Duration::from_millis(2),
    settling: Duration::from_millis(50),
};

fn ask_patiently(
    url: &str,
    request: &Request,
    patience: Patience,
    interrupted: bool,
) -> (Result<Outcome, OperationError>, Vec<Step>) {
    let client = Client::new(Connection::to(url).unwrap()).unwrap();
    let mut steps = Vec::new();
    let came = run_patiently(
        Permission::given(true).unwrap(),
        &client,
        request,
        patience,
        &AtomicBool::new(interrupted),
        &mut |step| steps.push(step),
    );
    (came, steps)
}

fn ask(url: &str, request: &Request) -> (Result<Outcome, OperationError>, Vec<Step>) {
    ask_patiently(url, request, PATIENCE, false)
}

fn savepoint() -> Request {
    Request::Savepoint {
        job: JOB,
        format: SavepointFormat::Canonical,
        directory: Some("file:///s".to_owned()),
    }
}

fn stop() -> Request {
    Request::Stop {
        job: JOB,
        drain: false,
        format: SavepointFormat::Canonical,
        directory: None,
    }
}

#[track_caller]
fn fails(came: Result<Outcome, OperationError>, kind: OperationErrorKind, words: &str) {
    let error = came.unwrap_err();
    assert_eq!(error.kind, kind, "{error}");
    assert!(
        error.message.contains(words),
        "`{words}` is not in: {error}"
    );
}

/// Takes a request, and says at the third look that it is done.
fn takes_savepoints(world: &mut World, line: &str, body: &str) -> Said {
    match line {
        _ if line.starts_with("POST ") => accepted(body),
        _ if line.contains("/savepoints/") => {
            world.looks += 1;
            if world.looks == 1 {
                world.history.insert(
                    0,
                    json!({ "id": 2, "status": "IN_PROGRESS", "is_savepoint": true,
                    "num_subtasks": 2, "num_acknowledged_subtasks": 1 }),
                );
            }
            if world.looks < 3 {
                return under_way();
            }
            world.history[0] = checkpoint(2, true, SAVEPOINT);
            done(&json!({ "location": SAVEPOINT }))
        }
        _ => Said::Usual,
    }
}

#[test]
fn a_savepoint_is_followed_to_where_it_lies() {
    let (url, _) = start(World::of("2.3.0"), takes_savepoints);
    let (came, steps) = ask(&url, &savepoint());
    assert_eq!(
        came.unwrap(),
        Outcome::Snapshot {
            id: Some(2),
            location: Some(Location::parse(SAVEPOINT.as_bytes())),
        }
    );
    assert!(matches!(steps[0], Step::Accepted(_)), "{steps:?}");
    let acknowledged = Step::Acknowledged {
        id: 2,
        acknowledged: 1,
        subtasks: 2,
    };
    assert!(steps.contains(&acknowledged), "{steps:?}");
}

#[test]
fn completed_with_a_cause_is_told_as_failed() {
    let (url, _) = start(World::of("2.3.0"), |_, line, body| match line {
        _ if line.starts_with("POST ") => accepted(body),
        _ if line.contains("/savepoints/") => done(&json!({ "failure-cause": {
            "class": "x.Y", "stack-trace": "x.Y: no\nCaused by: java.io.IOException: disk full\n\tat b" } })),
        _ => Said::Usual,
    });
    let (came, _) = ask(&url, &savepoint());
    fails(came, OperationErrorKind::Failed, "IOException: disk full");
}

#[test]
fn a_request_whose_answer_is_lost_is_repeated_with_the_same_id() {
    let lose_first = |world: &mut World, line: &str, body: &str| {
        if line.starts_with("POST ") && world.sent("POST ").len() == 1 {
            return Said::This(LOST, Value::Null);
        }
        takes_savepoints(world, line, body)
    };
    let (url, world) = start(World::of("1.15.4"), lose_first);
    let (came, steps) = ask(&url, &savepoint());
    assert!(came.is_ok(), "{came:?}");
    assert!(matches!(steps[0], Step::Unanswered(_)), "{steps:?}");
    let sent = world.lock().unwrap().sent("POST ");
    assert_eq!(sent.len(), 2);
    assert!(sent[0]["triggerId"].is_string());
    assert_eq!(sent[0], sent[1]);

    // Releases that choose the id themselves would take a second one.
    let (url, world) = start(World::of("1.14.6"), lose_first);
    let (came, _) = ask(&url, &savepoint());
    fails(came, OperationErrorKind::Lost, "may have taken");
    assert_eq!(world.lock().unwrap().sent("POST ").len(), 1);
}

#[test]
fn a_job_manager_that_forgot_is_asked_for_what_came_of_it() {
    let (url, _) = start(World::of("2.3.0"), |world, line, body| match line {
        _ if line.starts_with("POST ") => {
            world.history = vec![checkpoint(2, true, SAVEPOINT)];
            accepted(body)
        }
        _ if line.contains("/savepoints/") => unknown(),
        _ => Said::Usual,
    });
    let (came, _) = ask(&url, &savepoint());
    let location = Some(Location::parse(SAVEPOINT.as_bytes()));
    assert_eq!(
        came.unwrap(),
        Outcome::Snapshot {
            id: Some(2),
            location
        }
    );

    // One from before, and one elsewhere, are not what was asked for.
    for (id, path) in [(1, SAVEPOINT), (2, "file:/elsewhere/savepoint-ababab-1")] {
        let mut world = World::of("2.3.0");
        world.history.push(checkpoint(0, true, SAVEPOINT));
        let (url, _) = start(world, move |world, line, body| match line {
            _ if line.starts_with("POST ") => {
                world.history = vec![checkpoint(id, true, path)];
                accepted(body)
            }
            _ if line.contains("/savepoints/") => unknown(),
            _ => Said::Usual,
        });
        let (came, _) = ask(&url, &savepoint());
        fails(
            came,
            OperationErrorKind::Lost,
            "its JobManager was restarted",
        );
    }
}

#[test]
fn a_job_that_dies_meanwhile_is_said_with_its_cause() {
    let (url, _) = start(World::of("2.3.0"), |world, line, body| match line {
        _ if line.starts_with("POST ") => accepted(body),
        _ if line.contains("/savepoints/") => {
            world.state = "FAILED";
            under_way()
        }
        _ => Said::Usual,
    });
    let (came, _) = ask(&url, &savepoint());
    fails(came, OperationErrorKind::Failed, "worn out");
}

#[test]
fn a_savepoint_that_ends_with_its_job_is_told_with_what_the_job_died_of() {
    // Flink tells of the savepoint first, and only that nothing is coordinated any more.
    let (url, _) = start(World::of("2.3.0"), |world, line, body| match line {
        _ if line.starts_with("POST ") => accepted(body),
        _ if line.contains("/savepoints/") => {
            world.looks += 1;
            let trace = "java.util.concurrent.CompletionException: x\nCaused by: org.apache.flink.runtime.checkpoint.CheckpointException: Checkpoint Coordinator is suspending.\n";
            done(&json!({ "failure-cause": { "class": "x", "stack-trace": trace } }))
        }
        _ if line == format!("GET /jobs/{JOB}") && world.looks > 0 => {
            world.state = "FAILED";
            Said::Usual
        }
        _ => Said::Usual,
    });
    let (came, _) = ask(&url, &savepoint());
    fails(came, OperationErrorKind::Failed, "worn out");
}

#[test]
fn an_end_of_the_waiting_says_what_may_go_on() {
    let never = |_: &mut World, line: &str, body: &str| match line {
        _ if line.starts_with("POST ") => accepted(body),
        _ if line.contains("/savepoints/") => under_way(),
        _ => Said::Usual,
    };
    let (url, _) = start(World::of("2.3.0"), never);
    let short = Patience {
        timeout: Duration::from_millis(300),
        ..PATIENCE
    };
    let (came, _) = ask_patiently(&url, &savepoint(), short, false);
    fails(came, OperationErrorKind::TimedOut, "may still be under way");
    let (came, _) = ask_patiently(&url, &savepoint(), PATIENCE, true);
    fails(
        came,
        OperationErrorKind::Interrupted,
        "may still be under way",
    );
}

#[test]
fn a_stop_waits_for_the_end_of_the_job() {
    let (url, world) = start(World::of("2.3.0"), |world, line, body| {
        if world.looks == 3 && line == format!("GET /jobs/{JOB}") {
            world.state = "FINISHED";
        }
        takes_savepoints(world, line, body)
    });
    let (came, steps) = ask(&url, &stop());
    assert!(
        matches!(came, Ok(Outcome::Snapshot { id: Some(2), .. })),
        "{came:?}"
    );
    assert!(
        steps.contains(&Step::State("FINISHED".to_owned())),
        "{steps:?}"
    );
    let sent = world
        .lock()
        .unwrap()
        .sent(&format!("POST /jobs/{JOB}/stop"));
    assert_eq!(sent[0]["drain"], false);
}

#[test]
fn a_checkpoint_lies_where_the_history_says() {
    let takes = |world: &mut World, line: &str, body: &str| match line {
        _ if line.starts_with("POST ") => accepted(body),
        _ if line.contains("/checkpoints/config") => Said::Usual,
        _ if line.contains("/checkpoints/") => {
            world
                .history
                .insert(0, checkpoint(7, false, "file:/c/chk-7"));
            done(&json!({ "checkpointId": 7 }))
        }
        _ => Said::Usual,
    };
    let request = Request::Checkpoint {
        job: JOB,
        what: CheckpointType::Full,
    };
    let (url, _) = start(World::of("2.3.0"), takes);
    let location = Some(Location::parse(b"file:/c/chk-7"));
    assert_eq!(
        ask(&url, &request).0.unwrap(),
        Outcome::Snapshot {
            id: Some(7),
            location
        }
    );
    let (url, world) = start(World::of("1.16.3"), takes);
    fails(
        ask(&url, &request).0,
        OperationErrorKind::Refused,
        "before 1.17",
    );
    assert!(
        world.lock().unwrap().sent("POST ").is_empty(),
        "nothing was sent"
    );
}

#[test]
fn a_cancel_waits_for_the_end_and_refuses_what_is_over() {
    let cancels = |world: &mut World, line: &str, _: &str| {
        if line.starts_with("PATCH ") {
            world.state = "CANCELED";
            return Said::This("202 Accepted", json!({}));
        }
        Said::Usual
    };
    let (url, world) = start(World::of("2.3.0"), cancels);
    let request = Request::Cancel { job: JOB };
    let state = "CANCELED".to_owned();
    assert_eq!(ask(&url, &request).0.unwrap(), Outcome::Ended { state });
    fails(
        ask(&url, &request).0,
        OperationErrorKind::Refused,
        "CANCELED already",
    );
    assert_eq!(world.lock().unwrap().sent("PATCH ").len(), 1);
}

fn restart() -> Request {
    Request::Restart(Box::new(Restart {
        program: Program::Jar("fraud.jar".to_owned()),
        entry_class: None,
        arguments: Vec::new(),
        parallelism: None,
        snapshot: Location::parse(SAVEPOINT.as_bytes()),
        claim_mode: ClaimMode::NoClaim,
        allow_non_restored: false,
    }))
}

/// Starts jobs that were restored from a path; the first answer is lost, the repetition refused as one too many.
fn starts(world: &mut World, line: &str, from: Option<&str>, then: Option<u64>) -> Said {
    match line {
        "GET /jars" => Said::This(
            "200 OK",
            json!({ "files": [
            { "id": "77_fraud.jar", "name": "fraud.jar", "uploaded": 1 } ] }),
        ),
        "POST /jars/77_fraud.jar/run" => {
            if world.sent("POST ").len() == 1 {
                world.history.clear();
                world.restored = from.map_or(Value::Null, |path| {
                    json!({ "id": 5, "restore_timestamp": 9, "is_savepoint": true, "external_path": path })
                });
                return Said::This(LOST, Value::Null);
            }
            Said::This(
                "500 Internal Server Error",
                json!({ "errors": ["Internal server error.",
                "x.DuplicateJobSubmissionException: Job has already been submitted."] }),
            )
        }
        _ if line.ends_with("/checkpoints") => {
            world.looks += 1;
            if let (3, Some(id)) = (world.looks, then) {
                world.history.push(checkpoint(id, false, "file:/c/chk-6"));
            }
            Said::Usual
        }
        _ => Said::Usual,
    }
}

#[test]
fn a_restart_is_done_when_it_is_proven() {
    let (url, world) = start(World::of("2.3.0"), |world, line, _| {
        starts(world, line, Some("file:///s/savepoint-ababab-1/"), Some(6))
    });
    let (came, steps) = ask(&url, &restart());
    let Ok(Outcome::Restarted {
        job,
        first_checkpoint,
        first_location,
        ..
    }) = came
    else {
        panic!("{came:?}");
    };
    assert_eq!(first_checkpoint, Some(6));
    assert_eq!(first_location, Some(Location::parse(b"file:/c/chk-6")));
    assert!(steps.contains(&Step::Started(job)), "{steps:?}");
    let restored = Step::Restored(Location::parse(SAVEPOINT.as_bytes()));
    assert!(steps.contains(&restored), "{steps:?}");
    let sent = world.lock().unwrap().sent("POST ");
    assert_eq!(sent.len(), 2, "the lost answer was asked for again");
    assert_eq!(sent[0], sent[1]);
    assert_eq!(sent[0]["jobId"], job.to_string());
    assert_eq!(sent[0]["claimMode"], "NO_CLAIM");
}

#[test]
fn a_job_without_an_interval_is_proven_by_its_restore() {
    let mut world = World::of("2.3.0");
    world.interval = i64::MAX;
    let (url, _) = start(world, |world, line, _| {
        starts(world, line, Some(SAVEPOINT), None)
    });
    let (came, _) = ask(&url, &restart());
    assert!(
        matches!(
            came,
            Ok(Outcome::Restarted {
                first_checkpoint: None,
                ..
            })
        ),
        "{came:?}"
    );
}

#[test]
fn a_restart_that_is_not_proven_has_failed() {
    for (from, words) in [
        (Some("file:/s/other"), "restored from file:/s/other instead"),
        (None, "restored from nothing"),
    ] {
        let (url, _) = start(World::of("2.3.0"), move |world, line, _| {
            starts(world, line, from, Some(6))
        });
        fails(ask(&url, &restart()).0, OperationErrorKind::Failed, words);
    }
    let (url, _) = start(World::of("2.3.0"), |world, line, _| {
        let said = starts(world, line, None, None);
        if !world.sent("POST ").is_empty() {
            world.state = "FAILED";
        }
        said
    });
    fails(
        ask(&url, &restart()).0,
        OperationErrorKind::Failed,
        "worn out",
    );
    let (url, world) = start(World::of("2.3.0"), |_, line, _| match line {
        "GET /jars" => Said::This("200 OK", json!({ "files": [] })),
        _ => Said::Usual,
    });
    fails(
        ask(&url, &restart()).0,
        OperationErrorKind::Refused,
        "no jar `fraud.jar`",
    );
    assert!(world.lock().unwrap().sent("POST ").is_empty());
}

fn stateward(verb: &[&str], url: &str, more: &[&str]) -> Output {
    crate::program::stateward()
        .args(verb)
        .args(["--flink", url])
        .args(more)
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap()
}

fn told(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn read_only_refuses_before_any_request() {
    let asked = Arc::new(AtomicBool::new(false));
    let noted = asked.clone();
    let server = Server::start(move |_, _| noted.store(true, Ordering::SeqCst));
    for verb in [
        &["trigger", "savepoint"][..],
        &["trigger", "checkpoint"],
        &["stop"],
        &["cancel", "fraud", "--confirm", "fraud"],
    ] {
        let output = stateward(verb, &server.url, &[]);
        let said = told(&output.stderr);
        assert_eq!(output.status.code(), Some(4), "{verb:?}: {said}");
        assert!(
            said.contains("read-only") && said.contains("--write"),
            "{said}"
        );
    }
    assert!(!asked.load(Ordering::SeqCst));
}

#[test]
fn the_path_alone_is_printed() {
    let (url, _) = start(World::of("2.3.0"), takes_savepoints);
    let output = stateward(
        &["trigger", "savepoint"],
        &url,
        &["--write", "--directory", "file:///s"],
    );
    let said = told(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert_eq!(told(&output.stdout), format!("{SAVEPOINT}\n"));
    assert!(said.contains("1 of 2 subtasks have acknowledged"), "{said}");

    let (url, _) = start(World::of("2.3.0"), takes_savepoints);
    let output = stateward(
        &["trigger", "savepoint", "fraud"],
        &url,
        &["--write", "--json"],
    );
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value["operation"], "savepoint");
    assert_eq!(value["job"], JOB.to_string());
    assert_eq!(value["snapshot"], SAVEPOINT);
    assert_eq!(value["checkpoint_id"], 2);
    assert!(
        value["steps"]
            .as_array()
            .is_some_and(|steps| steps.len() >= 2),
        "{value}"
    );
}

#[test]
fn what_failed_is_said_on_one_line_after_the_steps() {
    let (url, _) = start(World::of("2.3.0"), |_, line, body| match line {
        _ if line.starts_with("POST ") => accepted(body),
        _ if line.contains("/savepoints/") => unknown(),
        _ => Said::Usual,
    });
    let output = stateward(
        &["trigger", "savepoint"],
        &url,
        &["--write", "--timeout", "1s"],
    );
    let said = told(&output.stderr);
    assert_eq!(output.status.code(), Some(5), "{said}");
    assert!(
        said.lines()
            .last()
            .unwrap()
            .contains("may still be under way"),
        "{said}"
    );
    assert!(output.stdout.is_empty());
    let output = stateward(&["stop", "nosuch"], &url, &["--write"]);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_cancel_has_to_be_confirmed() {
    let (url, world) = start(World::of("2.3.0"), |world, line, _| {
        if line.starts_with("PATCH ") {
            world.state = "CANCELED";
            return Said::This("202 Accepted", json!({}));
        }
        Said::Usual
    });
    let output = stateward(&["cancel", "fraud"], &url, &["--write"]);
    assert_eq!(output.status.code(), Some(2), "{}", told(&output.stderr));
    let output = stateward(
        &["cancel", "fraud"],
        &url,
        &["--write", "--confirm", "frau"],
    );
    assert_eq!(output.status.code(), Some(4), "{}", told(&output.stderr));
    assert!(world.lock().unwrap().sent("PATCH ").is_empty());
    let output = stateward(
        &["cancel", "fraud"],
        &url,
        &["--write", "--confirm", "fraud"],
    );
    let said = told(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert_eq!(told(&output.stdout), "CANCELED\n");
    assert!(
        said.contains("Flink deletes its checkpoints with it: checkpoint 1"),
        "{said}"
    );
}

/// A real checkpoint, and the path by which Flink is told of it.
fn latest() -> (std::path::PathBuf, String) {
    let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/flink-2.3.0/rocksdb-incremental");
    let output = crate::program::stateward()
        .arg("latest")
        .arg(&corpus)
        .output()
        .unwrap();
    (corpus, told(&output.stdout).trim_end().to_owned())
}

#[test]
fn a_restart_from_the_command_line_proves_itself() {
    let (corpus, path) = latest();
    let corpus = corpus.to_str().unwrap();
    let restored = path.clone();
    let (url, world) = start(World::of("2.3.0"), move |world, line, _| {
        starts(world, line, Some(&restored), Some(6))
    });
    let latest = ["restart", "--latest", corpus, "--jar", "fraud.jar"];
    let output = stateward(&latest, &url, &[]);
    assert_eq!(output.status.code(), Some(4), "{}", told(&output.stderr));
    assert!(
        world.lock().unwrap().asked.is_empty(),
        "read-only asks nothing"
    );
    let output = stateward(&latest, &url, &["--write", "--json"]);
    let said = told(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value["operation"], "restart");
    assert_eq!(value["restored"], path);
    assert_eq!(value["checkpoint_id"], 6);
    let sent = world.lock().unwrap().sent("POST ");
    assert_eq!(sent[0]["savepointPath"], path);
    assert_eq!(value["job"], sent[0]["jobId"]);
}

#[test]
fn what_speaks_against_a_restart_refuses_it_unless_told_otherwise() {
    let (corpus, path) = latest();
    let broken = tempfile::tempdir().unwrap();
    let from = path.strip_prefix("file:").unwrap();
    std::fs::copy(
        std::path::Path::new(from).join("_metadata"),
        broken.path().join("_metadata"),
    )
    .unwrap();
    let metadata = std::fs::read(broken.path().join("_metadata")).unwrap();
    std::fs::write(broken.path().join("_metadata"), &metadata[..40]).unwrap();
    let broken = broken.path().to_str().unwrap();
    let (url, world) = start(World::of("2.3.0"), |world, line, _| {
        starts(world, line, None, None)
    });
    let output = stateward(
        &["restart", broken, "--jar", "fraud.jar"],
        &url,
        &["--write"],
    );
    let said = told(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(
        said.contains("blocker: ") && said.contains("--despite-preflight"),
        "{said}"
    );
    assert!(world.lock().unwrap().sent("POST ").is_empty());

    let output = stateward(&["restart", broken, "--preflight", "--json"], &url, &[]);
    assert_eq!(output.status.code(), Some(1), "{}", told(&output.stderr));
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value["verdict"], "blocker");

    let output = stateward(
        &[
            "restart",
            "--latest",
            corpus.to_str().unwrap(),
            "--print",
            "rest",
        ],
        &url,
        &[],
    );
    assert!(
        told(&output.stdout).contains(&format!("\"savepointPath\": \"{path}\"")),
        "{}",
        told(&output.stdout)
    );
    assert!(world.lock().unwrap().sent("POST ").is_empty());
}

#[test]
fn ctrl_c_says_what_is_still_under_way() {
    use std::io::{BufRead as _, BufReader};
    let (url, _) = start(World::of("2.3.0"), |_, line, body| match line {
        _ if line.starts_with("POST ") => accepted(body),
        _ if line.contains("/savepoints/") => under_way(),
        _ => Said::Usual,
    });
    let mut child = crate::program::stateward()
        .args(["trigger", "savepoint", "--write", "--flink", &url])
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("took the request")));
    let pid = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
    let said = lines.last().unwrap().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{said}");
    assert!(said.contains("may still be under way"), "{said}");
}

#[test]
fn a_relative_directory_is_refused_before_anything_is_asked() {
    let (url, world) = start(World::of("2.3.0"), takes_savepoints);
    for directory in ["savepoints", "./savepoints", "c:savepoints"] {
        let request = Request::Savepoint {
            job: JOB,
            format: SavepointFormat::Canonical,
            directory: Some(directory.to_owned()),
        };
        let (came, _) = ask(&url, &request);
        fails(came, OperationErrorKind::Refused, "relative");
    }
    assert_eq!(world.lock().unwrap().sent("POST "), [Value::Null; 0]);
}
