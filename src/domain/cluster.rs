//! What a running Flink says of itself: clusters, their jobs, and the checkpoints that those know of.
//!
//! Plain data, as it is shown. `flink` fills it from the REST API; text in it is safe to show, and paths are as Flink
//! wrote them.

use std::fmt;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::id::{CheckpointId, JobId};
use super::location::Location;

/// A number for a cluster: its place among those that the user asked for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct ClusterId(pub u32);

/// A cluster as it was when it last answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cluster {
    /// Its number.
    pub id: ClusterId,
    /// What to call it: the context's name, else host and port.
    pub name: String,
    /// Where its REST API is.
    pub url: String,
    /// Whether it answers.
    pub contact: Contact,
    /// Its release, such as `2.3.0`; unknown until it answered.
    pub version: Option<String>,
    /// Its jobs, those that run first, then the newest. Written down one by one, as they change one by one.
    #[serde(skip)]
    pub jobs: Vec<Arc<Job>>,
    /// Its slots; none where it does not tell.
    pub slots: Option<Slots>,
    /// What its configuration says of checkpoints; none where it cannot be read.
    pub settings: Option<CheckpointSettings>,
}

impl Cluster {
    /// A job by its id.
    pub fn job(&self, id: JobId) -> Option<&Arc<Job>> {
        self.jobs.iter().find(|job| job.id == id)
    }

    /// The release as numbers, `(2, 3)`.
    pub fn release(&self) -> Option<(u32, u32)> {
        release(self.version.as_deref()?)
    }
}

/// A release such as `2.3.0` as numbers, `(2, 3)`.
pub fn release(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

/// The places where a cluster can run tasks: with slot sharing, which is on unless a program switches it off, a job
/// needs as many as its greatest parallelism.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slots {
    /// All of its TaskManagers' together.
    pub total: u32,
    /// Those that no job has.
    pub free: u32,
}

/// Whether a cluster answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Contact {
    /// It was not asked to the end yet.
    NotYet,
    /// It does; what is known of it is from this moment.
    Answering {
        /// When the last answer came.
        at: Timestamp,
    },
    /// It does not.
    Silent {
        /// Since when nothing came back: when the first of the failed attempts began.
        since: Timestamp,
        /// When it last answered, which is how old everything known of it is.
        last_answer: Option<Timestamp>,
        /// Why, as one line that says what was tried.
        reason: String,
    },
}

impl Contact {
    /// How old what is known is; none when nothing is.
    pub fn answered_at(&self) -> Option<Timestamp> {
        match self {
            Self::NotYet => None,
            Self::Answering { at } => Some(*at),
            Self::Silent { last_answer, .. } => *last_answer,
        }
    }
}

/// What a cluster's configuration says of checkpoints. A job may have settings of its own, which REST does not show.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CheckpointSettings {
    /// Where checkpoints are written to.
    pub checkpoint_directory: Option<Location>,
    /// Where savepoints are written to, unless the trigger says otherwise.
    pub savepoint_directory: Option<Location>,
    /// How many completed checkpoints a job keeps; Flink's default is 1.
    pub retained: Option<u32>,
    /// Whether keyed state is written incrementally.
    pub incremental: Option<bool>,
    /// Whether checkpoints lie in a directory named after the job.
    pub create_subdirectory: Option<bool>,
}

impl CheckpointSettings {
    /// Whether a job writes its checkpoints elsewhere than is configured: it has settings of its own, then.
    pub fn are_overridden_by(&self, job: &Job) -> bool {
        let (configured, told) = (&self.checkpoint_directory, job.writes_into());
        configured
            .as_ref()
            .zip(told)
            .is_some_and(|(configured, told)| configured.canonical() != told.canonical())
    }
}

/// A job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// Its name.
    pub name: String,
    /// What it does now.
    pub state: JobState,
    /// Since when it is in this state (`JobDetailsInfo#timestamps`); unknown where that was not read.
    #[serde(default)]
    pub state_since: Option<Timestamp>,
    /// When it was submitted.
    pub started_at: Option<Timestamp>,
    /// When it came to its end.
    pub ended_at: Option<Timestamp>,
    /// How often it was restarted after failures; unknown where the metric is absent.
    pub restarts: Option<u64>,
    /// Its tasks.
    pub vertices: Vec<Vertex>,
    /// How it takes checkpoints; none when it takes none, or that was not read.
    pub checkpointing: Option<Checkpointing>,
    /// How many there were; unknown when that was not read.
    pub counts: Option<Counts>,
    /// The checkpoints and savepoints that Flink remembers, newest first; a few (`web.checkpoints.history`, 10 unless set).
    /// Written down one by one, too.
    #[serde(skip)]
    pub checkpoints: Vec<Checkpoint>,
    /// What it was last restored from, at its start or after a failure.
    pub restored: Option<Restored>,
    /// Why it failed, or was restarted last: the root cause.
    pub failure: Option<Failure>,
}

impl Job {
    /// The largest parallelism among its tasks.
    pub fn parallelism(&self) -> Option<u32> {
        self.vertices.iter().map(|vertex| vertex.parallelism).max()
    }

    /// The directory that its checkpoints go into, by where they lie (`execution.checkpointing.dir` as it holds for this job, which
    /// REST does not tell); unknown while it has written none into a directory of its own name.
    pub fn writes_into(&self) -> Option<Location> {
        let told = self.checkpoints.iter().filter(|it| !it.is_savepoint);
        let homes = told.filter_map(|it| it.path.as_ref()?.parent());
        let name = self.id.to_string();
        let mut own = homes.filter(|home| home.name() == name.as_bytes());
        own.next()?.parent()
    }

    /// The directory in which the latest checkpoint that it completed lies; none where it tells of none.
    pub fn latest_home(&self) -> Option<Location> {
        let told = self.checkpoints.iter();
        let completed =
            told.filter(|it| !it.is_savepoint && it.status == CheckpointStatus::Completed);
        let latest = completed.max_by_key(|it| it.id)?;
        latest.path.as_ref()?.parent()
    }

    /// The checkpoints and savepoints under way, newest first.
    pub fn pending(&self) -> impl Iterator<Item = &Checkpoint> {
        self.checkpoints
            .iter()
            .filter(|checkpoint| checkpoint.status == CheckpointStatus::InProgress)
    }

    /// A checkpoint or savepoint that Flink remembers, by its number.
    pub fn checkpoint(&self, id: CheckpointId) -> Option<&Checkpoint> {
        self.checkpoints
            .iter()
            .find(|checkpoint| checkpoint.id == id)
    }
}

/// What a job does (`org.apache.flink.api.common.JobStatus`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "these are Flink's own constants")]
pub enum JobState {
    Initializing,
    Created,
    Running,
    Failing,
    Failed,
    Cancelling,
    Canceled,
    Finished,
    Restarting,
    Suspended,
    Reconciling,
    /// A word that this program does not know.
    #[serde(other)]
    Unknown,
}

impl JobState {
    const NAMES: [(Self, &'static str); 12] = [
        (Self::Initializing, "INITIALIZING"),
        (Self::Created, "CREATED"),
        (Self::Running, "RUNNING"),
        (Self::Failing, "FAILING"),
        (Self::Failed, "FAILED"),
        (Self::Cancelling, "CANCELLING"),
        (Self::Canceled, "CANCELED"),
        (Self::Finished, "FINISHED"),
        (Self::Restarting, "RESTARTING"),
        (Self::Suspended, "SUSPENDED"),
        (Self::Reconciling, "RECONCILING"),
        (Self::Unknown, "UNKNOWN"),
    ];

    /// The state that Flink's word stands for.
    pub fn of(word: &str) -> Self {
        Self::NAMES
            .iter()
            .find(|(_, name)| *name == word)
            .map_or(Self::Unknown, |(state, _)| *state)
    }

    /// Flink's word.
    pub fn word(self) -> &'static str {
        Self::NAMES
            .iter()
            .find(|(state, _)| *state == self)
            .map_or("UNKNOWN", |(_, name)| name)
    }

    /// Whether nothing changes any more (`JobStatus#isGloballyTerminalState`). What is not known is not over.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Failed | Self::Canceled | Self::Finished)
    }
}

impl fmt::Display for JobState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A task of a job: one or more operators chained together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vertex {
    /// Flink's id of it, which is the id of its first operator in hexadecimal digits.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its subtasks.
    pub parallelism: u32,
    /// The most subtasks that it can have; unknown before 1.13.
    pub max_parallelism: Option<u32>,
    /// What it does, in Flink's word.
    pub state: String,
}

/// How a job takes checkpoints (`/jobs/:id/checkpoints/config`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpointing {
    /// `exactly_once` or `at_least_once`.
    pub mode: String,
    /// From one to the next; none when they are only taken on request.
    pub interval: Option<SignedDuration>,
    /// How long one may take.
    pub timeout: Option<SignedDuration>,
    /// Between the end of one and the start of the next.
    pub min_pause: Option<SignedDuration>,
    /// At a time.
    pub max_concurrent: Option<u64>,
    /// What becomes of them when the job ends.
    pub retention: Retention,
    /// The state backend.
    pub state_backend: Option<String>,
    /// Where their state goes.
    pub storage: Option<String>,
    /// Whether they overtake data in flight.
    pub unaligned: Option<bool>,
    /// After how long an aligned one goes on unaligned; none when never.
    pub aligned_timeout: Option<SignedDuration>,
    /// How many may fail in a row before the job does.
    pub tolerable_failures: Option<u64>,
    /// Whether they go on after some tasks finished.
    pub after_tasks_finish: Option<bool>,
    /// Whether the changelog state backend is on.
    pub changelog: Option<bool>,
}

/// What becomes of completed checkpoints when their job ends (`ExternalizedCheckpointRetention`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Retention {
    /// They go in every case.
    NoExternalizedCheckpoints,
    /// They stay only when the job fails.
    DeleteOnCancellation,
    /// They stay when the job fails or is cancelled.
    RetainOnCancellation,
}

impl Retention {
    /// Flink's constant.
    pub fn constant(self) -> &'static str {
        match self {
            Self::NoExternalizedCheckpoints => "NO_EXTERNALIZED_CHECKPOINTS",
            Self::DeleteOnCancellation => "DELETE_ON_CANCELLATION",
            Self::RetainOnCancellation => "RETAIN_ON_CANCELLATION",
        }
    }
}

/// How many checkpoints and savepoints a job took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Triggered, in all.
    pub total: u64,
    /// Under way.
    pub in_progress: u64,
    /// Completed.
    pub completed: u64,
    /// Failed.
    pub failed: u64,
    /// How often the job was restored from one.
    pub restored: u64,
}

/// A checkpoint or savepoint as Flink remembers it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Its number.
    pub id: CheckpointId,
    /// How far it is.
    pub status: CheckpointStatus,
    /// Whether it is a savepoint.
    pub is_savepoint: bool,
    /// `CANONICAL` or `NATIVE`; before 1.15 savepoints have no word for it.
    pub savepoint_format: Option<String>,
    /// Whether it is an unaligned checkpoint.
    pub unaligned: bool,
    /// When it was triggered.
    pub triggered_at: Option<Timestamp>,
    /// When the last acknowledgement came.
    pub acknowledged_at: Option<Timestamp>,
    /// From trigger to the last acknowledgement.
    pub duration: Option<SignedDuration>,
    /// New state in bytes ("Checkpointed Data Size").
    pub checkpointed: Option<u64>,
    /// All state in bytes ("Full Checkpoint Data Size").
    pub state: Option<u64>,
    /// Subtasks that have to acknowledge it.
    pub subtasks: u64,
    /// Subtasks that did.
    pub acknowledged: u64,
    /// Where it lies, as Flink wrote it; a completed one without has been kept nowhere.
    pub path: Option<Location>,
    /// Whether Flink has deleted it.
    pub discarded: bool,
    /// When and why it failed.
    pub failure: Option<Failure>,
    /// Acknowledgements by task, for one under way.
    pub tasks: Vec<TaskProgress>,
}

/// How far a checkpoint is (`CheckpointStatsStatus`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckpointStatus {
    /// Under way.
    InProgress,
    /// Done.
    Completed,
    /// Given up.
    Failed,
}

impl CheckpointStatus {
    /// The word for a column.
    pub fn word(self) -> &'static str {
        match self {
            Self::InProgress => "in progress",
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }
}

/// Acknowledgements of one task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskProgress {
    /// The vertex, by Flink's id.
    pub vertex: String,
    /// Subtasks that have to acknowledge.
    pub subtasks: u64,
    /// Subtasks that did.
    pub acknowledged: u64,
    /// When the last one did.
    pub acknowledged_at: Option<Timestamp>,
    /// Bytes that they wrote.
    pub checkpointed: Option<u64>,
}

/// What a job was restored from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restored {
    /// The number of it.
    pub id: CheckpointId,
    /// When.
    pub at: Option<Timestamp>,
    /// Whether Flink counts it as a savepoint; after CLAIM it does not.
    pub is_savepoint: bool,
    /// Where it lies, as Flink wrote it.
    pub path: Option<Location>,
}

impl Restored {
    /// Whether it is a savepoint, by its name, that the job claimed: only with CLAIM Flink gives it the properties of the
    /// job's own checkpoints (`org.apache.flink.runtime.checkpoint.CheckpointCoordinator#restoreSavepoint`).
    pub fn is_claimed_savepoint(&self) -> bool {
        let path = self.path.as_ref();
        !self.is_savepoint && path.is_some_and(|path| path.name().starts_with(b"savepoint-"))
    }
}

/// Why something failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// When, where Flink tells.
    pub at: Option<Timestamp>,
    /// The root cause in one line.
    pub cause: String,
}
