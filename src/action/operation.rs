//! What a user asks a cluster to do to a job, from the request to what came of it.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::claim::ClaimMode;
use crate::domain::id::{CheckpointId, JobId};
use crate::domain::location::Location;
use crate::flink::client::Client;
use crate::flink::error::FlinkError;
use crate::flink::operate::{CheckpointType, Program, SavepointFormat};

use super::permission::Permission;
use super::wait::{Patience, Wait};
use super::{cancel, restart, snapshot};

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// A savepoint; the job goes on.
    Savepoint {
        /// Of which job.
        job: JobId,
        /// In which format.
        format: SavepointFormat,
        /// Below which directory, as Flink is to see it; the configured one without.
        directory: Option<String>,
    },
    /// A checkpoint, now.
    Checkpoint {
        /// Of which job.
        job: JobId,
        /// What sort.
        what: CheckpointType,
    },
    /// A savepoint after which the job finishes.
    Stop {
        /// Which job.
        job: JobId,
        /// Whether event time ends too, so that all windows fire: not for a job that shall go on later.
        drain: bool,
        /// In which format.
        format: SavepointFormat,
        /// Below which directory; the configured one without.
        directory: Option<String>,
    },
    /// The end of a job, without a savepoint.
    Cancel {
        /// Which job.
        job: JobId,
    },
    /// A new job from a snapshot, watched until it is proven that it was restored.
    Restart(Box<Restart>),
}

/// A job to be started from a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restart {
    /// The program.
    pub program: Program,
    /// The class with `main`, where the jar's manifest does not say it.
    pub entry_class: Option<String>,
    /// Arguments of `main`.
    pub arguments: Vec<String>,
    /// The parallelism, where the program does not set it.
    pub parallelism: Option<u32>,
    /// The snapshot, as Flink is to see it.
    pub snapshot: Location,
    /// The snapshot, where stateward sees it.
    pub place: Location,
    /// Whose the snapshot is then.
    pub claim_mode: ClaimMode,
    /// Whether state that belongs to no operator may be dropped.
    pub allow_non_restored: bool,
}

/// Something that happened on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A jar is on its way to the cluster.
    Uploading(String),
    /// Flink took the request; an operation of this id is under way there.
    Accepted(String),
    /// Of this many subtasks, so many have acknowledged the snapshot of this number.
    Acknowledged {
        /// The snapshot's number.
        id: CheckpointId,
        /// Those that did.
        acknowledged: u64,
        /// All.
        subtasks: u64,
    },
    /// The cluster does not answer for the moment, for this reason; what was asked may still be under way there.
    Unanswered(String),
    /// The new job has this id.
    Started(JobId),
    /// The job is in this state now.
    State(String),
    /// It is held up by this.
    Trouble(String),
    /// The new job was restored from the snapshot that was asked for: Flink's own record says so.
    Restored(Location),
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A snapshot lies there, as Flink wrote the path.
    Snapshot {
        /// Its number, where Flink tells.
        id: Option<CheckpointId>,
        /// Where it lies, where Flink tells.
        location: Option<Location>,
    },
    /// The job is over, in this state.
    Ended {
        /// Flink's word for it.
        state: String,
    },
    /// A new job runs that was restored from the snapshot and, unless it takes none by itself, has completed a
    /// checkpoint since.
    Restarted {
        /// The new job.
        job: JobId,
        /// When it started, by the `JobManager`'s clock.
        started_at: Option<Timestamp>,
        /// What it was restored from.
        restored: Location,
        /// The number of its first checkpoint since; none for a job without an interval between checkpoints.
        first_checkpoint: Option<CheckpointId>,
        /// Where that lies.
        first_location: Option<Location>,
    },
}

/// Why it did not come to that.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct OperationError {
    /// Which way it failed.
    pub kind: OperationErrorKind,
    /// What was asked, of whom, and why it failed, in one line.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

/// Which way an operation failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperationErrorKind {
    /// It was refused before anything happened.
    Refused,
    /// Flink tried, and failed.
    Failed,
    /// The time was over; it may still be under way.
    TimedOut,
    /// The cluster forgot it, or went away for good; what came of it is not known.
    Lost,
    /// We were told to stop waiting; it may still be under way.
    Interrupted,
}

impl OperationError {
    /// A refusal before anything happened.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(OperationErrorKind::Refused, message)
    }

    pub(super) fn new(kind: OperationErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: None,
        }
    }

    #[must_use]
    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }

    /// What Flink said no to.
    pub(super) fn of(error: &FlinkError) -> Self {
        Self {
            kind: OperationErrorKind::Failed,
            message: error.to_string(),
            hint: error.hint().map(str::to_owned),
        }
    }
}

/// Carries out a request to its end, telling each step. Blocks.
///
/// # Errors
/// When it was refused, failed, took longer than `timeout`, got lost, or `interrupted` was set.
pub fn run(
    permission: Permission,
    client: &Client,
    request: &Request,
    timeout: Duration,
    interrupted: &AtomicBool,
    tell: &mut dyn FnMut(Step),
) -> Result<Outcome, OperationError> {
    run_patiently(
        permission,
        client,
        request,
        Patience::for_at_most(timeout),
        interrupted,
        tell,
    )
}

/// The same, with a say in how often the cluster is asked.
///
/// # Errors
/// As [`run`].
pub fn run_patiently(
    permission: Permission,
    client: &Client,
    request: &Request,
    patience: Patience,
    interrupted: &AtomicBool,
    tell: &mut dyn FnMut(Step),
) -> Result<Outcome, OperationError> {
    let mut wait = Wait::new(client, patience, interrupted, tell);
    match request {
        Request::Savepoint {
            job,
            format,
            directory,
        } => snapshot::savepoint(&mut wait, *job, *format, directory.as_deref()),
        Request::Checkpoint { job, what } => snapshot::checkpoint(&mut wait, *job, *what),
        Request::Stop {
            job,
            drain,
            format,
            directory,
        } => snapshot::stop(&mut wait, *job, *drain, *format, directory.as_deref()),
        Request::Cancel { job } => cancel::cancel(&mut wait, *job),
        Request::Restart(restart) => restart::restart(permission, &mut wait, restart),
    }
}
