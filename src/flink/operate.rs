//! The requests that change something on a cluster, one call each. Nobody but `action` uses them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value, json};

use crate::domain::claim::ClaimMode;
use crate::domain::id::{CheckpointId, JobId};
use crate::domain::location::Location;
use crate::domain::text::scrub;

use super::cause;
use super::client::Client;
use super::error::{FlinkError, FlinkErrorKind};

/// The format of a savepoint (`SavepointFormatType`); releases before 1.15 know only the canonical one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SavepointFormat {
    /// Any state backend can read it.
    Canonical,
    /// The state backend's own.
    Native,
}

impl SavepointFormat {
    /// Flink's constant.
    pub fn constant(self) -> &'static str {
        match self {
            Self::Canonical => "CANONICAL",
            Self::Native => "NATIVE",
        }
    }
}

/// What sort of checkpoint is taken on request (`org.apache.flink.core.execution.CheckpointType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CheckpointType {
    /// As the job is configured.
    Configured,
    /// One that does not build on others.
    Full,
    /// One that does; refused by Flink since 1.19 (FLINK-33723).
    Incremental,
}

impl CheckpointType {
    /// Flink's constant.
    pub fn constant(self) -> &'static str {
        match self {
            Self::Configured => "CONFIGURED",
            Self::Full => "FULL",
            Self::Incremental => "INCREMENTAL",
        }
    }
}

/// The id of an asynchronous operation, chosen by us so that a repeated request starts nothing twice: 32 hexadecimal
/// digits. Releases before 1.15 ignore it and choose their own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TriggerId(pub String);

impl TriggerId {
    /// One that nobody has used.
    pub fn fresh() -> Self {
        Self(uuid::Uuid::new_v4().simple().to_string())
    }
}

/// An id for a new job that nobody has used.
pub fn fresh_job() -> JobId {
    JobId(uuid::Uuid::new_v4().into_bytes())
}

/// How far an asynchronous operation is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation<T> {
    /// Under way.
    InProgress,
    /// Done, with its result.
    Completed(T),
    /// Not done, for this root cause. Flink calls such an operation COMPLETED too.
    Failed(String),
}

/// A jar that a cluster holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jar {
    /// Its id there.
    pub id: String,
    /// The name of the file that was uploaded.
    pub name: String,
    /// When it was.
    pub uploaded_at: Option<jiff::Timestamp>,
}

/// A job to be started from a jar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The jar's id.
    pub jar: String,
    /// The id that the job shall have, so that a repeated request starts nothing twice.
    pub job: JobId,
    /// The class with `main`, where the jar's manifest does not say it.
    pub entry_class: Option<String>,
    /// Arguments of `main`.
    pub arguments: Vec<String>,
    /// The parallelism, where the program does not set it.
    pub parallelism: Option<u32>,
    /// What to restore, as Flink is to see it; nothing for a start without state.
    pub snapshot: Option<Location>,
    /// Whose the snapshot is then.
    pub claim_mode: ClaimMode,
    /// Whether state that belongs to no operator may be dropped.
    pub allow_non_restored: bool,
}

/// `202 {"request-id": …}` (`TriggerResponse`).
#[derive(Debug, Deserialize)]
struct Triggered {
    #[serde(rename = "request-id")]
    id: String,
}

/// The state of an asynchronous operation (`AsynchronousOperationResult`).
#[derive(Debug, Deserialize)]
struct Progress {
    status: QueueStatus,
    operation: Option<Operated>,
}

#[derive(Debug, Deserialize)]
struct QueueStatus {
    id: String,
}

/// `SavepointInfo`, or `CheckpointInfo`.
#[derive(Debug, Deserialize)]
struct Operated {
    location: Option<String>,
    #[serde(rename = "checkpointId")]
    checkpoint: Option<CheckpointId>,
    #[serde(rename = "failure-cause")]
    failure: Option<SerializedThrowable>,
}

#[derive(Debug, Deserialize)]
struct SerializedThrowable {
    #[serde(default)]
    class: String,
    #[serde(rename = "stack-trace", default)]
    trace: String,
}

#[derive(Debug, Deserialize)]
struct Jars {
    files: Vec<JarFile>,
}

#[derive(Debug, Deserialize)]
struct JarFile {
    id: String,
    name: String,
    uploaded: Option<i64>,
}

#[derive(Debug, Deserialize)]
struct Uploaded {
    filename: String,
}

#[derive(Debug, Deserialize)]
struct Submitted {
    jobid: String,
}

impl Client {
    /// Asks for a savepoint.
    ///
    /// # Errors
    /// When Flink does not take the request: no directory given and none configured, no such job.
    pub fn trigger_savepoint(
        &self,
        job: JobId,
        format: SavepointFormat,
        directory: Option<&str>,
        trigger: &TriggerId,
    ) -> Result<TriggerId, FlinkError> {
        let mut request = json!({
            "cancel-job": false,
            "formatType": format.constant(),
            "triggerId": trigger.0,
        });
        if let Some(directory) = directory {
            request["target-directory"] = directory.into();
        }
        self.trigger(
            &format!("/jobs/{job}/savepoints"),
            &request,
            "ask for a savepoint",
        )
    }

    /// Asks for a savepoint after which the job finishes.
    ///
    /// # Errors
    /// As [`Client::trigger_savepoint`].
    pub fn stop_with_savepoint(
        &self,
        job: JobId,
        drain: bool,
        format: SavepointFormat,
        directory: Option<&str>,
        trigger: &TriggerId,
    ) -> Result<TriggerId, FlinkError> {
        // Camel case here, kebab case there: what Flink does not know it ignores in silence.
        let mut request = json!({
            "drain": drain,
            "formatType": format.constant(),
            "triggerId": trigger.0,
        });
        if let Some(directory) = directory {
            request["targetDirectory"] = directory.into();
        }
        self.trigger(
            &format!("/jobs/{job}/stop"),
            &request,
            "stop a job with a savepoint",
        )
    }

    /// Asks for a checkpoint. Releases since 1.17 know this.
    ///
    /// # Errors
    /// When Flink does not take the request.
    pub fn trigger_checkpoint(
        &self,
        job: JobId,
        what: CheckpointType,
        trigger: &TriggerId,
    ) -> Result<TriggerId, FlinkError> {
        let request = json!({ "checkpointType": what.constant(), "triggerId": trigger.0 });
        self.trigger(
            &format!("/jobs/{job}/checkpoints"),
            &request,
            "ask for a checkpoint",
        )
    }

    fn trigger(&self, path: &str, request: &Value, doing: &str) -> Result<TriggerId, FlinkError> {
        let answer: Triggered = self.post(path, request, doing)?;
        let is_id = answer.id.len() == 32 && answer.id.bytes().all(|it| it.is_ascii_hexdigit());
        // It becomes a part of the next address.
        if is_id {
            Ok(TriggerId(answer.id))
        } else {
            Err(self.strange(doing, "a request-id that is no id"))
        }
    }

    /// How far a savepoint is, or a stop with one, and where it lies.
    ///
    /// # Errors
    /// When Flink does not answer, or does not know the trigger: a JobManager that was restarted has forgotten it.
    pub fn savepoint_progress(
        &self,
        job: JobId,
        trigger: &TriggerId,
    ) -> Result<Operation<Location>, FlinkError> {
        let path = format!("/jobs/{job}/savepoints/{}", trigger.0);
        self.progress(&path, "look after a savepoint", |it| {
            it.location.map(|at| Location::parse(at.as_bytes()))
        })
    }

    /// How far a checkpoint on request is, and its number.
    ///
    /// # Errors
    /// As [`Client::savepoint_progress`].
    pub fn checkpoint_progress(
        &self,
        job: JobId,
        trigger: &TriggerId,
    ) -> Result<Operation<CheckpointId>, FlinkError> {
        let path = format!("/jobs/{job}/checkpoints/{}", trigger.0);
        self.progress(&path, "look after a checkpoint", |it| it.checkpoint)
    }

    fn progress<T>(
        &self,
        path: &str,
        doing: &str,
        result: impl FnOnce(Operated) -> Option<T>,
    ) -> Result<Operation<T>, FlinkError> {
        let progress: Progress = self.get(path, doing)?;
        match (progress.status.id.as_str(), progress.operation) {
            ("COMPLETED", Some(mut done)) => match done.failure.take() {
                Some(failure) if failure.trace.is_empty() => {
                    Ok(Operation::Failed(cause::root(&failure.class)))
                }
                Some(failure) => Ok(Operation::Failed(cause::root(&failure.trace))),
                None => result(done)
                    .map(Operation::Completed)
                    .ok_or_else(|| self.strange(doing, "completed without a result")),
            },
            ("COMPLETED", None) => Err(self.strange(doing, "completed without a result")),
            _ => Ok(Operation::InProgress),
        }
    }

    fn strange(&self, doing: &str, what: &str) -> FlinkError {
        FlinkError {
            doing: doing.to_owned(),
            at: scrub(&self.connection().url).into_owned(),
            kind: FlinkErrorKind::NotFlink(what.to_owned()),
        }
    }

    /// Asks for the end of a job. Flink says yes for a job that is over, too.
    ///
    /// # Errors
    /// When Flink does not take the request.
    pub fn cancel(&self, job: JobId) -> Result<(), FlinkError> {
        self.patch::<IgnoredAny>(&format!("/jobs/{job}?mode=cancel"), "cancel a job")?;
        Ok(())
    }

    /// The jars that the cluster holds, newest first.
    ///
    /// # Errors
    /// When Flink does not answer, or does not take jars (`web.submit.enable`).
    pub fn jars(&self) -> Result<Vec<Jar>, FlinkError> {
        let jars: Jars = self.get("/jars", "list the jars")?;
        let mut jars: Vec<Jar> = jars
            .files
            .into_iter()
            // An id becomes a part of an address.
            .filter(|jar| is_plain_name(&jar.id))
            .map(|jar| Jar {
                id: jar.id,
                name: scrub(&jar.name).into_owned(),
                uploaded_at: jar
                    .uploaded
                    .and_then(|at| jiff::Timestamp::from_millisecond(at).ok()),
            })
            .collect();
        jars.sort_by_key(|jar| std::cmp::Reverse(jar.uploaded_at));
        Ok(jars)
    }

    /// Uploads a jar within a limit of time, and says its id.
    ///
    /// # Errors
    /// When the file cannot be read, or Flink does not take it.
    pub fn upload(&self, jar: &Path, limit: Duration) -> Result<String, FlinkError> {
        let doing = "upload a jar";
        let answer: Uploaded = self.send_file("/jars/upload", "jarfile", jar, limit, doing)?;
        let id = answer.filename.rsplit(['/', '\\']).next();
        id.filter(|id| is_plain_name(id))
            .map(str::to_owned)
            .ok_or_else(|| self.strange(doing, "a jar without an id"))
    }

    /// Removes a jar from the cluster.
    ///
    /// # Errors
    /// When Flink does not answer, or does not know it.
    pub fn delete_jar(&self, jar: &str) -> Result<(), FlinkError> {
        let doing = "delete a jar";
        if !is_plain_name(jar) {
            return Err(self.strange(doing, "a jar whose id no address can hold"));
        }
        self.delete::<IgnoredAny>(&format!("/jars/{jar}"), doing)?;
        Ok(())
    }

    /// Starts a job from a jar within a limit of time, and says its id. The names of fields follow the cluster's release.
    /// The answer comes when the program's `main` is through, which may take longer than other answers.
    ///
    /// # Errors
    /// When Flink does not take the request: no such jar, the program fails, the snapshot is not there.
    pub fn run(
        &self,
        run: &Run,
        release: Option<(u32, u32)>,
        limit: Duration,
    ) -> Result<JobId, FlinkError> {
        let doing = "start a job";
        if !is_plain_name(&run.jar) {
            return Err(self.strange(doing, "a jar whose id no address can hold"));
        }
        let request = run_request(run, release);
        let answer: Submitted =
            self.post_within(&format!("/jars/{}/run", run.jar), &request, limit, doing)?;
        JobId::from_hex(answer.jobid.as_bytes())
            .map_err(|_| self.strange(doing, "a job without an id"))
    }
}

/// Whether an id of a jar can stand in an address as it is.
fn is_plain_name(id: &str) -> bool {
    let plain = |it: u8| it.is_ascii_alphanumeric() || b"-_.~+".contains(&it);
    !id.is_empty() && !id.starts_with('.') && id.bytes().all(plain)
}

/// The body of `/jars/:id/run` (`JarRunRequestBody`): `claimMode` since 1.20, `restoreMode` since 1.15, before neither.
fn run_request(run: &Run, release: Option<(u32, u32)>) -> Value {
    let mut request = Map::new();
    request.insert("jobId".to_owned(), run.job.to_string().into());
    request.insert("programArgsList".to_owned(), run.arguments.clone().into());
    if let Some(class) = &run.entry_class {
        request.insert("entryClass".to_owned(), class.as_str().into());
    }
    if let Some(parallelism) = run.parallelism {
        request.insert("parallelism".to_owned(), parallelism.into());
    }
    if let Some(snapshot) = &run.snapshot {
        request.insert("savepointPath".to_owned(), snapshot.to_text().into());
        request.insert(
            "allowNonRestoredState".to_owned(),
            run.allow_non_restored.into(),
        );
        let name = match release {
            Some(release) if release < (1, 15) => None,
            Some(release) if release < (1, 20) => Some("restoreMode"),
            _ => Some("claimMode"),
        };
        if let Some(name) = name {
            request.insert(name.to_owned(), run.claim_mode.constant().into());
        }
    }
    request.into()
}

/// Where a program to be started is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Program {
    /// On the cluster, by its id or the newest of that file name.
    Jar(String),
    /// On this machine, to be uploaded.
    File(PathBuf),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn restart() -> Run {
        Run {
            jar: "a.jar".to_owned(),
            job: JobId([7; 16]),
            entry_class: None,
            arguments: vec!["--x".to_owned()],
            parallelism: Some(2),
            snapshot: Some(Location::parse(b"file:///s/chk-1")),
            claim_mode: ClaimMode::Claim,
            allow_non_restored: false,
        }
    }

    #[test]
    fn the_claim_mode_has_the_name_that_the_release_knows() {
        let of = |release| run_request(&restart(), Some(release));
        assert_eq!(of((2, 3))["claimMode"], "CLAIM");
        assert_eq!(of((2, 3)).get("restoreMode"), None);
        assert_eq!(of((1, 19))["restoreMode"], "CLAIM");
        assert_eq!(of((1, 19)).get("claimMode"), None);
        assert_eq!(of((1, 13)).get("restoreMode"), None);
        assert_eq!(of((1, 13))["savepointPath"], "file:/s/chk-1");
        assert_eq!(of((1, 13))["jobId"], "07".repeat(16));
    }

    #[test]
    fn only_ids_that_an_address_can_hold_are_used() {
        assert!(is_plain_name("77ec67d8-114c_lab-job.jar"));
        for bad in ["", "..", "a/b", "a?b", "a b", "a%2f"] {
            assert!(!is_plain_name(bad), "{bad}");
        }
    }

    #[test]
    fn ids_are_what_flink_parses() {
        let id = TriggerId::fresh();
        assert_eq!(id.0.len(), 32);
        assert_ne!(id, TriggerId::fresh());
    }
}
