//! One run of a job under one id, and the snapshots it takes.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;

use crate::domain::cluster::JobState;
use crate::domain::id::JobId;
use crate::metadata::model::{CheckpointProperties, Metadata, StreamHandle};
use crate::metadata::text::Text;

use super::chance::Chance;
use super::data::{Data, Uploads};
use super::draft::{Kind, Part};
use super::job::JobSpec;
use super::registry::Registry;
use super::statistics::Statistics;

/// A job that runs or ran.
#[derive(Debug)]
pub struct Run {
    /// What the scenario says of it.
    pub spec: JobSpec,
    /// Its id.
    pub id: JobId,
    /// Its state.
    pub state: JobState,
    /// Its parallelism.
    pub parallelism: u32,
    /// When it started.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// When its state changed last.
    pub changed_at: Timestamp,
    /// How often it went on after a failure.
    pub restarts: u64,
    /// What it remembers of its checkpoints.
    pub statistics: Statistics,
    /// Its failures, newest first: when, and the stack trace.
    pub failures: Vec<(Timestamp, String)>,
    pub(super) chance: Chance,
    pub(super) data: Data,
    pub(super) next_number: u64,
    /// Goes up whenever plans of before are void.
    pub(super) attempt: u64,
    /// What it may go on from, oldest first (`CompletedCheckpointStore`).
    pub(super) store: Vec<Kept>,
    /// Savepoints that were claimed and are subsumed, for as long as a file of theirs is used.
    pub(super) subsumed: Vec<Kept>,
    pub(super) registry: Registry,
    pub(super) pending: Vec<Pending>,
    /// The next checkpoint must stand by itself: the snapshot restored from is somebody else's.
    pub(super) must_be_full: bool,
    /// The next checkpoint takes too long.
    pub(super) will_expire: bool,
    /// A savepoint is taken after which the job ends.
    pub(super) is_stopping: bool,
}

impl Run {
    /// Whether it runs.
    pub fn is_running(&self) -> bool {
        self.state == JobState::Running
    }

    /// The ids of its tasks, each with its name.
    pub fn vertices(&self) -> Vec<(String, String)> {
        let of = |chain: Vec<usize>| {
            let names: Vec<&str> = chain
                .iter()
                .map(|at| self.spec.operators[*at].name.as_str())
                .collect();
            let id = chain
                .first()
                .map(|at| self.spec.operator_id(*at).to_string());
            (id.unwrap_or_default(), names.join(" -> "))
        };
        self.spec.vertices().into_iter().map(of).collect()
    }

    /// How many subtasks of each task are finished while others go on.
    pub fn finished_subtasks(&self) -> Vec<u64> {
        let vertices = 0..self.spec.vertices().len();
        vertices.map(|at| self.data.finished_count(at)).collect()
    }

    pub(super) fn directory(&self) -> String {
        self.spec.home(self.id)
    }
}

/// A completed checkpoint that a job may go on from.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) directory: String,
    pub(super) number: u64,
    /// What happens to it; for one restored from, what the claim mode makes of it.
    pub(super) properties: CheckpointProperties,
    /// Whether it is a savepoint that was claimed.
    pub(super) claimed_savepoint: bool,
    pub(super) data: Data,
}

/// A snapshot under way.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) number: u64,
    pub(super) kind: Kind,
    pub(super) directory: String,
    /// The name by which the scenario speaks of it.
    pub(super) label: Option<String>,
    /// The request that asked for it.
    pub(super) operation: Option<String>,
    /// What makes the temporary name of its metadata.
    pub(super) uuid: String,
    pub(super) metadata: Metadata<'static>,
    pub(super) parts: Vec<Part>,
    pub(super) written: Vec<bool>,
    pub(super) uploads: Vec<Uploads>,
    pub(super) own_files: Vec<String>,
    pub(super) registered: Vec<String>,
    /// The state that it holds.
    pub(super) data: Data,
}

/// How a snapshot that was once complete is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// Complete.
    Complete,
    /// Damaged, by the scenario or because Flink took a part of it.
    Damaged,
    /// Deleted by Flink.
    Gone,
}

/// A snapshot that was completed.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Its directory.
    pub path: PathBuf,
    /// Its number.
    pub number: u64,
    /// The job that took it.
    pub job: JobId,
    /// When it was completed.
    pub completed_at: Timestamp,
    /// How it is now.
    pub condition: Condition,
    pub(super) directory: String,
    pub(super) kind: Kind,
    pub(super) label: Option<String>,
    /// The name of the job in the scenario.
    pub(super) program: String,
    pub(super) own_files: Vec<String>,
    pub(super) registered: Vec<String>,
    pub(super) files: BTreeMap<String, u64>,
    pub(super) data: Data,
}

impl Snapshot {
    /// Whether it is a savepoint.
    pub fn is_savepoint(&self) -> bool {
        self.kind.is_savepoint()
    }

    /// The files that its metadata names, below the simulation's directory, with their lengths.
    pub fn files(&self) -> impl Iterator<Item = (&str, u64)> {
        self.files
            .iter()
            .map(|(name, bytes)| (name.as_str(), *bytes))
    }
}

/// The files that metadata names, with their lengths, as names below the simulation's directory.
pub(super) fn files_of(
    metadata: &Metadata<'_>,
    base: &str,
    directory: &str,
) -> BTreeMap<String, u64> {
    let mut files = BTreeMap::new();
    for stream in metadata.stream_handles() {
        let below = |path: &Text<'_>| {
            let path = path.to_str_lossy();
            let below = path.strip_prefix(base).and_then(|it| it.strip_prefix('/'));
            below.map(str::to_owned)
        };
        let (name, size) = match stream.handle {
            StreamHandle::File { size, path } => (below(path), *size),
            StreamHandle::Segment(it) => (below(&it.path), it.start + it.length),
            StreamHandle::Relative { path, size } => {
                (Some(format!("{directory}/{}", path.to_str_lossy())), *size)
            }
            _ => (None, 0),
        };
        if let Some(name) = name {
            let longest = files.entry(name).or_insert(0);
            *longest = (size.max(0) as u64).max(*longest);
        }
    }
    files
}
