//! The requests that change something on a cluster, one call each. Nobody but `action` uses them.

use std::path::{Path, PathBuf};

use crate::domain::id::{CheckpointId, JobId};
use crate::domain::location::Location;

use super::client::Client;
use super::error::FlinkError;
use super::launch::ClaimMode;

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

impl Client {
    /// Asks for a savepoint.
    ///
    /// # Errors
    /// When Flink does not take the request: no directory given and none configured, no such job.
    pub fn trigger_savepoint(
        &self,
        _job: JobId,
        _format: SavepointFormat,
        _directory: Option<&str>,
        _trigger: &TriggerId,
    ) -> Result<TriggerId, FlinkError> {
        todo!()
    }

    /// Asks for a savepoint after which the job finishes.
    ///
    /// # Errors
    /// As [`Client::trigger_savepoint`].
    pub fn stop_with_savepoint(
        &self,
        _job: JobId,
        _drain: bool,
        _format: SavepointFormat,
        _directory: Option<&str>,
        _trigger: &TriggerId,
    ) -> Result<TriggerId, FlinkError> {
        todo!()
    }

    /// Asks for a checkpoint. Releases since 1.17 know this.
    ///
    /// # Errors
    /// When Flink does not take the request.
    pub fn trigger_checkpoint(
        &self,
        _job: JobId,
        _what: CheckpointType,
        _trigger: &TriggerId,
    ) -> Result<TriggerId, FlinkError> {
        todo!()
    }

    /// How far a savepoint is, or a stop with one, and where it lies.
    ///
    /// # Errors
    /// When Flink does not answer, or does not know the trigger: a JobManager that was restarted has forgotten it.
    pub fn savepoint_progress(
        &self,
        _job: JobId,
        _trigger: &TriggerId,
    ) -> Result<Operation<Location>, FlinkError> {
        todo!()
    }

    /// How far a checkpoint on request is, and its number.
    ///
    /// # Errors
    /// As [`Client::savepoint_progress`].
    pub fn checkpoint_progress(
        &self,
        _job: JobId,
        _trigger: &TriggerId,
    ) -> Result<Operation<CheckpointId>, FlinkError> {
        todo!()
    }

    /// Asks for the end of a job. Flink says yes for a job that is over, too.
    ///
    /// # Errors
    /// When Flink does not take the request.
    pub fn cancel(&self, _job: JobId) -> Result<(), FlinkError> {
        todo!()
    }

    /// The jars that the cluster holds, newest first.
    ///
    /// # Errors
    /// When Flink does not answer, or does not take jars (`web.submit.enable`).
    pub fn jars(&self) -> Result<Vec<Jar>, FlinkError> {
        todo!()
    }

    /// Uploads a jar, and says its id.
    ///
    /// # Errors
    /// When the file cannot be read, or Flink does not take it.
    pub fn upload(&self, _jar: &Path) -> Result<String, FlinkError> {
        todo!()
    }

    /// Starts a job from a jar, and says its id. The names of fields follow the cluster's release.
    ///
    /// # Errors
    /// When Flink does not take the request: no such jar, the program fails, the snapshot is not there.
    pub fn run(&self, _run: &Run) -> Result<JobId, FlinkError> {
        todo!()
    }
}

/// Where a program to be started is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Program {
    /// On the cluster, by its id or the newest of that file name.
    Jar(String),
    /// On this machine, to be uploaded.
    File(PathBuf),
}
