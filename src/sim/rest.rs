//! Flink's REST API over a simulated cluster, on loopback: those requests that this program makes of a real one.
//!
//! The server looks at the cluster as it is; whoever else holds it lets time pass.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, RawQuery, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::domain::claim::ClaimMode;
use crate::domain::id::JobId;

use super::answers;
use super::cluster::Simulation;
use super::request::{Refusal, RunRequest, SavepointRequest};
use super::run::Run;
use super::scenario::Format;

/// The largest jar that is taken, in bytes.
const JAR_LIMIT: usize = 512 << 20;

/// A simulated cluster that several threads look at.
pub type Shared = Arc<Mutex<Simulation>>;

/// A server that is not running yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    cluster: Shared,
    stopped: oneshot::Receiver<()>,
}

/// Ends its server when it is dropped.
#[derive(Debug)]
pub struct Stop {
    _sender: oneshot::Sender<()>,
}

impl Server {
    /// A server of a cluster, on a port of loopback that is free.
    ///
    /// # Errors
    /// When there is none.
    pub fn bind(cluster: Shared) -> io::Result<(Self, Stop)> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (sender, stopped) = oneshot::channel();
        let server = Self {
            listener,
            address,
            cluster,
            stopped,
        };
        Ok((server, Stop { _sender: sender }))
    }

    /// Where it is: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Answers, on this thread, until its [`Stop`] is dropped.
    ///
    /// # Errors
    /// When the system does not let it.
    pub fn run(self) -> io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()?;
        let url = self.url();
        let stopped = self.stopped;
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(self.listener)?;
            let stop = async move {
                // It ends with the sender, which sends nothing.
                let _ = stopped.await;
            };
            axum::serve(listener, router(self.cluster, url))
                .with_graceful_shutdown(stop)
                .await
        })
    }
}

#[derive(Debug, Clone)]
struct Context {
    cluster: Shared,
    url: String,
}

impl Context {
    fn cluster(&self) -> MutexGuard<'_, Simulation> {
        self.cluster.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is told of one job.
    fn of(&self, id: &str, tell: impl FnOnce(&Simulation, &Run) -> Value) -> Answer {
        let id = job_id(id)?;
        let cluster = self.cluster();
        let run = cluster
            .run(id)
            .ok_or_else(|| not_found(&format!("Job {id} not found")))?;
        Ok(ok(tell(&cluster, run)))
    }

    fn operation(&self, id: &str) -> Answer {
        let cluster = self.cluster();
        let known = cluster
            .operation(id)
            .ok_or_else(|| not_found(&format!("There is no operation with triggerId={id}")))?;
        Ok(ok(answers::operation(known)))
    }
}

/// A request that is answered with an error.
#[derive(Debug)]
struct Failure {
    status: StatusCode,
    why: String,
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        (self.status, Json(json!({ "errors": [self.why] }))).into_response()
    }
}

type Answer = Result<Response, Failure>;

fn ok(value: Value) -> Response {
    Json(value).into_response()
}

fn errors(status: StatusCode, why: &str) -> Failure {
    let why = why.to_owned();
    Failure { status, why }
}

fn not_found(why: &str) -> Failure {
    let why = format!("org.apache.flink.runtime.rest.NotFoundException: {why}");
    errors(StatusCode::NOT_FOUND, &why)
}

fn bad(why: &str) -> Failure {
    let why = format!("org.apache.flink.runtime.rest.handler.RestHandlerException: {why}");
    errors(StatusCode::BAD_REQUEST, &why)
}

fn refused(refusal: Refusal) -> Failure {
    match refusal {
        Refusal::NotFound(why) => not_found(&why),
        Refusal::Bad(why) => bad(&why),
        Refusal::Conflict(why) => errors(StatusCode::CONFLICT, &why),
        Refusal::Broken(why) => errors(StatusCode::INTERNAL_SERVER_ERROR, &why.to_string()),
    }
}

fn job_id(text: &str) -> Result<JobId, Failure> {
    text.parse().map_err(|_| {
        bad(&format!(
            "Bad request, could not parse parameters: Cannot resolve path parameter (jobid) from value \"{text}\"."
        ))
    })
}

/// The document of a request; no document is an empty one, and unknown fields are ignored, as by Flink.
fn document(body: &Bytes) -> Result<Value, Failure> {
    if body.is_empty() {
        return Ok(json!({}));
    }
    serde_json::from_slice(body)
        .map_err(|why| bad(&format!("Request did not match expected format: {why}")))
}

fn text(request: &Value, field: &str) -> Option<String> {
    request[field].as_str().map(str::to_owned)
}

/// The id of an operation: the one that was asked for, or one that nobody has.
fn trigger_id(request: &Value) -> String {
    let given = text(request, "triggerId");
    given.unwrap_or_else(|| uuid::Uuid::new_v4().simple().to_string())
}

fn triggered(id: &str) -> Response {
    (StatusCode::ACCEPTED, Json(json!({ "request-id": id }))).into_response()
}

fn format(request: &Value) -> Result<Format, Failure> {
    match request["formatType"].as_str() {
        None | Some("CANONICAL") => Ok(Format::Canonical),
        Some("NATIVE") => Ok(Format::Native),
        Some(other) => Err(bad(&format!(
            "Request did not match expected format SavepointTriggerRequestBody: {other}"
        ))),
    }
}

fn router(cluster: Shared, url: String) -> Router {
    Router::new()
        .route("/config", get(config))
        .route("/overview", get(overview))
        .route("/jobmanager/config", get(configuration))
        .route("/jobs/overview", get(jobs))
        .route("/jobs/{job}", get(job).patch(cancel))
        .route("/jobs/{job}/metrics", get(metrics))
        .route("/jobs/{job}/exceptions", get(exceptions))
        .route("/jobs/{job}/checkpoints", get(checkpoints).post(checkpoint))
        .route("/jobs/{job}/checkpoints/config", get(checkpoint_config))
        .route("/jobs/{job}/checkpoints/details/{number}", get(details))
        .route("/jobs/{job}/checkpoints/{operation}", get(of_job))
        .route("/jobs/{job}/savepoints", post(savepoint))
        .route("/jobs/{job}/savepoints/{operation}", get(of_job))
        .route("/jobs/{job}/stop", post(stop))
        .route("/savepoint-disposal", post(dispose))
        .route("/savepoint-disposal/{operation}", get(of_none))
        .route("/jars", get(jars))
        .route("/jars/upload", post(upload))
        .route("/jars/{jar}", delete(delete_jar))
        .route("/jars/{jar}/run", post(run))
        .fallback(unknown)
        .layer(DefaultBodyLimit::max(JAR_LIMIT))
        .with_state(Context { cluster, url })
}

async fn unknown(uri: Uri) -> Failure {
    errors(StatusCode::NOT_FOUND, &format!("Not found: {}", uri.path()))
}

async fn config(State(context): State<Context>) -> Response {
    ok(answers::config(&context.cluster()))
}

async fn overview(State(context): State<Context>) -> Response {
    ok(answers::overview(&context.cluster()))
}

async fn configuration(State(context): State<Context>) -> Response {
    ok(answers::configuration(&context.cluster()))
}

async fn jobs(State(context): State<Context>) -> Response {
    ok(answers::jobs(&context.cluster()))
}

async fn job(State(context): State<Context>, Path(id): Path<String>) -> Answer {
    context.of(&id, answers::job)
}

async fn metrics(State(context): State<Context>, Path(id): Path<String>) -> Answer {
    context.of(&id, |_, run| answers::metrics(run))
}

async fn exceptions(State(context): State<Context>, Path(id): Path<String>) -> Answer {
    context.of(&id, |_, run| answers::exceptions(run))
}

async fn checkpoints(State(context): State<Context>, Path(id): Path<String>) -> Answer {
    context.of(&id, |_, run| answers::checkpoints(&run.statistics))
}

async fn checkpoint_config(State(context): State<Context>, Path(id): Path<String>) -> Answer {
    context.of(&id, |_, run| answers::checkpoint_config(&run.spec))
}

async fn details(
    State(context): State<Context>,
    Path((id, number)): Path<(String, String)>,
) -> Answer {
    let id = job_id(&id)?;
    let cluster = context.cluster();
    let record = number
        .parse()
        .ok()
        .and_then(|it| cluster.run(id)?.statistics.record(it));
    let why = || {
        not_found(&format!(
            "Could not find checkpointing statistics for checkpoint {number}."
        ))
    };
    Ok(ok(answers::checkpoint(record.ok_or_else(why)?, true)))
}

async fn of_job(
    State(context): State<Context>,
    Path((id, operation)): Path<(String, String)>,
) -> Answer {
    job_id(&id)?;
    context.operation(&operation)
}

async fn of_none(State(context): State<Context>, Path(operation): Path<String>) -> Answer {
    context.operation(&operation)
}

async fn cancel(
    State(context): State<Context>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let id = job_id(&id)?;
    if query.is_some_and(|query| query == "mode=stop") {
        let why = "The termination mode \"stop\" has been removed.";
        return Err(errors(StatusCode::PERMANENT_REDIRECT, why));
    }
    context.cluster().cancel(id).map_err(refused)?;
    Ok((StatusCode::ACCEPTED, Json(json!({}))).into_response())
}

async fn checkpoint(State(context): State<Context>, Path(id): Path<String>, body: Bytes) -> Answer {
    let id = job_id(&id)?;
    let request = document(&body)?;
    let full = match request["checkpointType"].as_str() {
        None | Some("CONFIGURED") => false,
        Some("FULL") => true,
        // FLINK-33723.
        _ => {
            let why = "Internal server error.";
            return Err(errors(StatusCode::INTERNAL_SERVER_ERROR, why));
        }
    };
    let trigger = trigger_id(&request);
    let mut cluster = context.cluster();
    cluster
        .trigger_checkpoint(id, full, &trigger)
        .map_err(refused)?;
    Ok(triggered(&trigger))
}

async fn savepoint(State(context): State<Context>, Path(id): Path<String>, body: Bytes) -> Answer {
    let request = document(&body)?;
    let wanted = SavepointRequest {
        format: format(&request)?,
        directory: text(&request, "target-directory"),
        stop: false,
        drain: false,
    };
    trigger(&context, &id, &wanted, &request)
}

async fn stop(State(context): State<Context>, Path(id): Path<String>, body: Bytes) -> Answer {
    let request = document(&body)?;
    let wanted = SavepointRequest {
        format: format(&request)?,
        directory: text(&request, "targetDirectory"),
        stop: true,
        drain: request["drain"].as_bool().unwrap_or(false),
    };
    trigger(&context, &id, &wanted, &request)
}

fn trigger(context: &Context, id: &str, wanted: &SavepointRequest, request: &Value) -> Answer {
    let id = job_id(id)?;
    let trigger = trigger_id(request);
    let mut cluster = context.cluster();
    cluster
        .trigger_savepoint(id, wanted, &trigger)
        .map_err(refused)?;
    Ok(triggered(&trigger))
}

async fn dispose(State(context): State<Context>, body: Bytes) -> Answer {
    let request = document(&body)?;
    let path = text(&request, "savepoint-path");
    let path = path.ok_or_else(|| bad("Field savepoint-path must not be omitted or be null."))?;
    let trigger = trigger_id(&request);
    context
        .cluster()
        .dispose(&path, &trigger)
        .map_err(refused)?;
    Ok(ok(json!({ "request-id": trigger })))
}

async fn jars(State(context): State<Context>) -> Response {
    ok(answers::jars(&context.cluster(), &context.url))
}

/// What is in the jar does not matter, only what it is called.
async fn upload(State(context): State<Context>, body: Bytes) -> Answer {
    let head = String::from_utf8_lossy(&body[..body.len().min(1 << 10)]).into_owned();
    let name = head
        .split_once("filename=\"")
        .and_then(|(_, rest)| rest.split('"').next())
        .and_then(|path| path.rsplit(['/', '\\']).next())
        .filter(|name| name.to_ascii_lowercase().ends_with(".jar"));
    let name = name.ok_or_else(|| bad("Only Jar files are allowed."))?;
    let id = context.cluster().upload(name);
    Ok(ok(json!({
        "filename": format!("/tmp/flink-web-upload/{id}"),
        "status": "success",
    })))
}

async fn delete_jar(State(context): State<Context>, Path(jar): Path<String>) -> Answer {
    if context.cluster().delete_jar(&jar) {
        return Ok(ok(json!({})));
    }
    Err(bad(&format!(
        "File {jar} does not exist in the upload directory."
    )))
}

async fn run(State(context): State<Context>, Path(jar): Path<String>, body: Bytes) -> Answer {
    let request = document(&body)?;
    let mut cluster = context.cluster();
    let known = cluster.jars().iter().find(|it| it.id == jar);
    let program = known.map(|it| it.program.clone());
    let program = program.ok_or_else(|| bad(&format!("Jar file {jar} does not exist")))?;
    let mode = request["claimMode"]
        .as_str()
        .or(request["restoreMode"].as_str());
    let mode = match mode {
        None | Some("NO_CLAIM") => ClaimMode::NoClaim,
        Some("CLAIM") => ClaimMode::Claim,
        Some("LEGACY") => ClaimMode::Legacy,
        Some(other) => {
            return Err(bad(&format!(
                "Request did not match expected format: {other}"
            )));
        }
    };
    let parallelism = request["parallelism"].as_u64();
    let wanted = RunRequest {
        program,
        id: text(&request, "jobId").map(|id| job_id(&id)).transpose()?,
        parallelism: parallelism.map(|it| u32::try_from(it).unwrap_or(u32::MAX)),
        from: text(&request, "savepointPath").map(|path| (path, mode)),
    };
    let id = cluster.run_program(&wanted).map_err(refused)?;
    Ok(ok(
        json!({"jobid": id.to_string(), "applicationId": id.to_string()}),
    ))
}
