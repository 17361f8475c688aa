//! A cluster that answers by a script: what it is like, and what comes of requests to it.

use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use stateward::action::operation::{Request, Restart};
use stateward::domain::claim::ClaimMode;
use stateward::domain::id::JobId;
use stateward::domain::location::Location;
use stateward::flink::operate::Program;
use stateward::store::local::location_of;

use crate::server::{Server, reply};

pub(crate) const JOB: JobId = JobId([0xab; 16]);
pub(crate) const SAVEPOINT: &str = "file:/s/savepoint-ababab-1";

/// What the cluster is like; a test's script changes it with each request.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) version: &'static str,
    pub(crate) state: &'static str,
    pub(crate) history: Vec<Value>,
    pub(crate) restored: Value,
    pub(crate) interval: i64,
    /// Method and path of every request, with the body of those that have one.
    pub(crate) asked: Vec<(String, String)>,
    /// How often the progress of an operation was asked for.
    pub(crate) looks: usize,
}

impl World {
    pub(crate) fn of(version: &'static str) -> Self {
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

    pub(crate) fn sent(&self, start: &str) -> Vec<Value> {
        self.asked
            .iter()
            .filter(|(line, _)| line.starts_with(start))
            .map(|(_, body)| serde_json::from_str(body).unwrap_or_default())
            .collect()
    }
}

pub(crate) fn checkpoint(id: u64, is_savepoint: bool, path: &str) -> Value {
    json!({ "id": id, "status": "COMPLETED", "is_savepoint": is_savepoint, "external_path": path,
        "num_subtasks": 2, "num_acknowledged_subtasks": 2 })
}

pub(crate) type Shared = Arc<Mutex<World>>;
/// What a script answers.
pub(crate) enum Said {
    /// What the cluster answers by itself.
    Usual,
    /// A status and a document.
    This(&'static str, Value),
}

pub(crate) fn done(result: &Value) -> Said {
    Said::This(
        "200 OK",
        json!({ "status": { "id": "COMPLETED" }, "operation": result }),
    )
}

pub(crate) fn under_way() -> Said {
    Said::This(
        "200 OK",
        json!({ "status": { "id": "IN_PROGRESS" }, "operation": null }),
    )
}

pub(crate) fn unknown() -> Said {
    Said::This(
        "404 Not Found",
        json!({ "errors": ["java.lang.Exception: no such thing"] }),
    )
}

pub(crate) fn accepted(body: &str) -> Said {
    let request: Value = serde_json::from_str(body).unwrap();
    Said::This(
        "202 Accepted",
        json!({ "request-id": request["triggerId"] }),
    )
}

/// The answer that is lost: the connection ends without one.
pub(crate) const LOST: &str = "";

pub(crate) fn start(
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

pub(crate) fn by_itself(world: &World, line: &str) -> Said {
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

/// Takes a request, and says at the third look that it is done.
pub(crate) fn takes_savepoints(world: &mut World, line: &str, body: &str) -> Said {
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

pub(crate) fn restart() -> Request {
    Request::Restart(Box::new(Restart {
        program: Program::Jar("fraud.jar".to_owned()),
        entry_class: None,
        arguments: Vec::new(),
        parallelism: None,
        snapshot: Location::parse(SAVEPOINT.as_bytes()),
        place: location_of(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("savepoint-ababab-1"))
            .unwrap(),
        claim_mode: ClaimMode::NoClaim,
        allow_non_restored: false,
    }))
}

/// Starts jobs that were restored from a path; the first answer is lost, the repetition refused as one too many.
pub(crate) fn starts(world: &mut World, line: &str, from: Option<&str>, then: Option<u64>) -> Said {
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
