//! A simulated job as a scenario describes it: its operators, and how it takes checkpoints.

use jiff::SignedDuration;
use serde::Deserialize;

use crate::domain::id::{JobId, OperatorId};
use crate::metadata::model::{KeyGroupRange, MAX_PARALLELISM};

use super::uid;

/// Where keyed state lives, and how a checkpoint takes it from there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Backend {
    /// On the heap (`HashMapStateBackend`).
    Hashmap,
    /// In RocksDB, all files in every checkpoint.
    Rocksdb,
    /// In RocksDB, files of earlier checkpoints used again (`execution.checkpointing.incremental`).
    RocksdbIncremental,
    /// In ForSt, whose database lies beside the checkpoints, which name its files where they are (since 2.0; what jobs get that
    /// use state asynchronously, with `state.backend.forst.primary-dir` as it is by default).
    Forst,
}

impl Backend {
    /// Flink's class, as REST tells it.
    pub fn class(self) -> &'static str {
        match self {
            Self::Hashmap => "HashMapStateBackend",
            Self::Rocksdb | Self::RocksdbIncremental => "EmbeddedRocksDBStateBackend",
            Self::Forst => "ForStStateBackend",
        }
    }

    /// Whether checkpoints use files of earlier ones again.
    pub fn is_incremental(self) -> bool {
        matches!(self, Self::RocksdbIncremental | Self::Forst)
    }
}

/// Which checkpoints outlive their job (`execution.checkpointing.externalized-checkpoint-retention`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Retention {
    /// None (`NO_EXTERNALIZED_CHECKPOINTS`).
    #[default]
    None,
    /// Those of a job that failed (`DELETE_ON_CANCELLATION`).
    Delete,
    /// Those of a job that failed or was cancelled (`RETAIN_ON_CANCELLATION`).
    Retain,
}

/// A job to simulate.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a setting of Flink's"
)]
pub struct JobSpec {
    /// The job's name, by which events speak of it.
    pub name: String,
    /// Its id: 32 hexadecimal digits, or `zero` for that of a job in an application cluster with high availability.
    /// Otherwise the seed decides.
    #[serde(default)]
    pub id: Option<String>,
    /// A directory of its own that its checkpoints and savepoints go below (`execution.checkpointing.dir` and
    /// `execution.checkpointing.savepoint-dir`); the cluster's otherwise.
    #[serde(default)]
    pub directory: Option<String>,
    /// Whether its checkpoints go into a directory of its own, which has its id (`execution.checkpointing.create-subdir`).
    #[serde(default = "create_subdir")]
    pub create_subdir: bool,
    /// Parallelism of all operators.
    pub parallelism: u32,
    /// Number of key groups.
    #[serde(default = "max_parallelism")]
    pub max_parallelism: u32,
    /// Where keyed state lives.
    pub backend: Backend,
    /// Whether changes of keyed state are logged (`state.changelog.enabled`).
    #[serde(default)]
    pub changelog: bool,
    /// Whether checkpoints hold in-flight data (`execution.checkpointing.unaligned`).
    #[serde(default)]
    pub unaligned: bool,
    /// Whether state is put together into larger files (`execution.checkpointing.file-merging.enabled`, since 1.20).
    #[serde(default)]
    pub file_merging: bool,
    /// Which checkpoints outlive the job.
    #[serde(default)]
    pub retention: Retention,
    /// State up to this length is put into the metadata (`execution.checkpointing.data-inline-threshold`), in bytes.
    #[serde(default = "inline_threshold")]
    pub inline_threshold: u64,
    /// Time between checkpoints.
    #[serde(default = "interval")]
    pub interval: SignedDuration,
    /// How long a checkpoint takes.
    #[serde(default = "duration")]
    pub duration: SignedDuration,
    /// After which time a checkpoint is given up.
    #[serde(default = "timeout")]
    pub timeout: SignedDuration,
    /// How often it takes checkpoints where somebody starts its program by hand, through the cluster's API; as told above
    /// otherwise. What took days to come about can so be gone on with while one looks.
    #[serde(default)]
    pub by_hand: Option<Pace>,
    /// Its operators, in the order of the data.
    pub operators: Vec<OperatorSpec>,
}

/// How often a job takes checkpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pace {
    /// Time between checkpoints.
    pub interval: SignedDuration,
    /// How long a checkpoint takes.
    pub duration: SignedDuration,
}

/// An operator of a simulated job. All sizes are bytes over all subtasks.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperatorSpec {
    /// Its name.
    pub name: String,
    /// Its uid; without one its id hangs on its name and place, as Flink's hangs on the graph.
    #[serde(default)]
    pub uid: Option<String>,
    /// Whether it runs in one task with the operator before it.
    #[serde(default)]
    pub chained: bool,
    /// Whether it is a source, with a coordinator and a split a subtask.
    #[serde(default)]
    pub source: bool,
    /// Keyed state at the start.
    #[serde(default)]
    pub keyed: u64,
    /// By how much keyed state grows between two checkpoints.
    #[serde(default)]
    pub growth: u64,
    /// Names of list states that are split on rescaling.
    #[serde(default)]
    pub lists: Vec<String>,
    /// Names of list states that every subtask gets all of.
    #[serde(default)]
    pub unions: Vec<String>,
    /// Names of broadcast states.
    #[serde(default)]
    pub broadcasts: Vec<String>,
}

fn max_parallelism() -> u32 {
    128
}

fn create_subdir() -> bool {
    true
}

fn inline_threshold() -> u64 {
    20 << 10
}

fn interval() -> SignedDuration {
    SignedDuration::from_secs(10)
}

fn duration() -> SignedDuration {
    SignedDuration::from_secs(2)
}

fn timeout() -> SignedDuration {
    SignedDuration::from_mins(10)
}

impl JobSpec {
    /// What is wrong with it, in words.
    pub(super) fn fault(&self) -> Option<String> {
        let name = &self.name;
        if name.is_empty() || self.operators.is_empty() {
            return Some("a job needs a name and an operator".to_owned());
        }
        if !(1..=self.max_parallelism).contains(&self.parallelism)
            || self.max_parallelism > MAX_PARALLELISM
        {
            return Some(format!(
                "job {name}: parallelism is from 1 to max_parallelism, and that is at most {MAX_PARALLELISM}"
            ));
        }
        if self.backend == Backend::Forst && self.changelog {
            return Some(format!("job {name}: there is no changelog of ForSt"));
        }
        if self.inline_threshold > 1 << 20 {
            return Some(format!("job {name}: inline_threshold is at most 1 MiB"));
        }
        let pace = Pace {
            interval: self.interval,
            duration: self.duration,
        };
        let is_off = |pace: Pace| {
            let spans = [pace.interval, pace.duration, self.timeout];
            !spans.iter().all(SignedDuration::is_positive) || self.timeout <= pace.duration
        };
        if is_off(pace) || self.by_hand.is_some_and(is_off) {
            return Some(format!(
                "job {name}: interval, duration and timeout are positive, and the timeout is longer than the duration"
            ));
        }
        if self.operators.first().is_some_and(|first| first.chained) {
            return Some(format!(
                "job {name}: its first operator has nothing to be chained to"
            ));
        }
        self.id
            .as_ref()
            .filter(|_| self.fixed_id().is_none())
            .map(|id| format!("job {name}: id `{id}` is neither 32 hexadecimal digits nor `zero`"))
    }

    /// It as it is where somebody starts it by hand.
    pub(super) fn by_hand(self) -> Self {
        match self.by_hand {
            Some(Pace { interval, duration }) => Self {
                interval,
                duration,
                ..self
            },
            None => self,
        }
    }

    /// The id that the scenario gives it.
    pub(super) fn fixed_id(&self) -> Option<JobId> {
        match self.id.as_deref()? {
            "zero" => Some(JobId::ZERO),
            digits => digits.parse().ok(),
        }
    }

    /// What is called so in the directory that it writes to.
    pub(super) fn below(&self, name: &str) -> String {
        match &self.directory {
            Some(directory) => format!("{directory}/{name}"),
            None => name.to_owned(),
        }
    }

    /// Where the checkpoints of this job go (`FsCheckpointStorageAccess`).
    pub(super) fn home(&self, id: JobId) -> String {
        let all = self.below("checkpoints");
        if self.create_subdir {
            format!("{all}/{id}")
        } else {
            all
        }
    }

    /// Where a subtask of a task puts shared files that hold many pieces of state.
    pub(super) fn merging_directory(
        &self,
        id: JobId,
        chain: &[usize],
        subtask: u32,
        parallelism: u32,
    ) -> String {
        let vertex = chain.first().map(|at| self.operator_id(*at).to_string());
        let vertex = vertex.unwrap_or_default();
        let home = self.home(id);
        format!("{home}/shared/job_{id}_op_{vertex}_{subtask}_{parallelism}")
    }

    /// Where ForSt has the database of a subtask of the operator at this place, in this attempt
    /// (`ForStStateBackend`, `OperatorSubtaskDescriptionText`).
    pub(super) fn database_directory(
        &self,
        id: JobId,
        at: usize,
        subtask: u32,
        parallelism: u32,
        attempt: u64,
    ) -> String {
        let home = self.home(id);
        let operator = self.operator_id(at);
        let subtask = subtask + 1;
        format!(
            "{home}/shared/op_AsyncKeyedProcessOperator_{operator}__{subtask}_{parallelism}__attempt_{attempt}/db"
        )
    }

    /// The id of the operator at this place.
    pub(super) fn operator_id(&self, at: usize) -> OperatorId {
        let operator = &self.operators[at];
        match &operator.uid {
            Some(uid) => uid::operator_id(uid),
            None => uid::operator_id(&format!("{at} {}", operator.name)),
        }
    }

    /// The tasks: for each the places of its operators.
    pub(super) fn vertices(&self) -> Vec<Vec<usize>> {
        let mut vertices: Vec<Vec<usize>> = Vec::new();
        for (at, operator) in self.operators.iter().enumerate() {
            match vertices.last_mut() {
                Some(last) if operator.chained => last.push(at),
                _ => vertices.push(vec![at]),
            }
        }
        vertices
    }
}

/// Whether a file lies in a database of ForSt's, which goes on whatever becomes of a checkpoint.
pub(super) fn is_in_database(name: &str) -> bool {
    name.contains("__attempt_") && name.contains("/db/")
}

/// The key groups of a subtask (`KeyGroupRangeAssignment#computeKeyGroupRangeForOperatorIndex`).
pub(super) fn key_groups(subtask: u32, parallelism: u32, max_parallelism: u32) -> KeyGroupRange {
    let first = (subtask * max_parallelism).div_ceil(parallelism);
    let last = ((subtask + 1) * max_parallelism - 1) / parallelism;
    KeyGroupRange {
        first: first as i32,
        count: last + 1 - first,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_groups_are_dealt_out_without_gap_or_overlap() {
        for (parallelism, max_parallelism) in [(1, 1), (3, 128), (7, 8), (128, 128), (5, 32_768)] {
            let mut next = 0;
            for subtask in 0..parallelism {
                let range = key_groups(subtask, parallelism, max_parallelism);
                assert_eq!(range.first, next);
                assert!(range.count > 0);
                next = range.last() as i32 + 1;
            }
            assert_eq!(next, max_parallelism as i32);
        }
    }
}
