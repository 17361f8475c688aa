//! What a job's JobManager remembers of its checkpoints (`CheckpointStatsTracker`).

use jiff::{SignedDuration, Timestamp};

/// Records that are remembered (`web.checkpoints.history`).
pub(super) const REMEMBERED: usize = 10;

/// How far a checkpoint is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Under way.
    InProgress,
    /// Complete.
    Completed,
    /// Given up at a time, for this reason.
    Failed(Timestamp, String),
}

/// A checkpoint or savepoint as it is remembered. Sizes are bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its number.
    pub id: u64,
    /// How far it is.
    pub status: Status,
    /// The format of a savepoint: `CANONICAL` or `NATIVE`.
    pub savepoint_format: Option<&'static str>,
    /// Flink's word for what it is, such as `UNALIGNED_CHECKPOINT`.
    pub sort: &'static str,
    /// When it was triggered.
    pub triggered_at: Timestamp,
    /// When the last subtask acknowledged.
    pub acknowledged_at: Option<Timestamp>,
    /// All state.
    pub state: i64,
    /// New state.
    pub checkpointed: i64,
    /// In-flight data.
    pub persisted: i64,
    /// By task: subtasks, those that acknowledged, when the last did, its state and its new state.
    pub tasks: Vec<TaskRecord>,
    /// Where it is.
    pub path: String,
    /// Whether Flink deleted it.
    pub discarded: bool,
}

/// Acknowledgements of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskRecord {
    /// The task's id.
    pub vertex: String,
    /// Its subtasks.
    pub subtasks: u64,
    /// Those that acknowledged.
    pub acknowledged: u64,
    /// When the last did.
    pub acknowledged_at: Option<Timestamp>,
    /// All state.
    pub state: i64,
    /// New state.
    pub checkpointed: i64,
}

impl Record {
    /// Its subtasks.
    pub fn subtasks(&self) -> u64 {
        self.tasks.iter().map(|task| task.subtasks).sum()
    }

    /// Subtasks that acknowledged.
    pub fn acknowledged(&self) -> u64 {
        self.tasks.iter().map(|task| task.acknowledged).sum()
    }

    /// From the trigger to the last acknowledgement, or to the failure.
    pub fn duration(&self) -> SignedDuration {
        let end = match &self.status {
            Status::Failed(at, _) => Some(*at),
            _ => self.acknowledged_at,
        };
        end.map_or(SignedDuration::ZERO, |end| {
            end.duration_since(self.triggered_at)
        })
    }

    /// Whether it is a savepoint.
    pub fn is_savepoint(&self) -> bool {
        self.savepoint_format.is_some()
    }
}

/// What a job was restored from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Its number.
    pub id: u64,
    /// When.
    pub at: Timestamp,
    /// Whether Flink takes it for a savepoint: not after it was claimed.
    pub is_savepoint: bool,
    /// Where it is.
    pub path: String,
}

/// All that is remembered.
#[derive(Debug, Clone, Default)]
pub struct Statistics {
    records: Vec<Record>,
    /// Bytes of state and of new state, milliseconds and in-flight bytes of each one that completed.
    completed: Vec<[i64; 4]>,
    failed: u64,
    total: u64,
    restores: u64,
    /// The last restore.
    pub restored: Option<Restored>,
}

impl Statistics {
    pub(super) fn begin(&mut self, record: Record) {
        self.total += 1;
        self.records.push(record);
        if self.records.len() > 4 * REMEMBERED {
            let keep: Vec<u64> = [
                self.latest_completed(),
                self.latest_savepoint(),
                self.latest_failed(),
            ]
            .into_iter()
            .flatten()
            .map(|record| record.id)
            .collect();
            let old = self.records.len() - 2 * REMEMBERED;
            let mut at = 0;
            self.records.retain(|record| {
                at += 1;
                at > old || keep.contains(&record.id)
            });
        }
    }

    pub(super) fn record_mut(&mut self, id: u64) -> Option<&mut Record> {
        self.records.iter_mut().rev().find(|record| record.id == id)
    }

    pub(super) fn complete(&mut self, id: u64) {
        if let Some(record) = self.record_mut(id) {
            record.status = Status::Completed;
            let millis = record.duration().as_millis() as i64;
            let measured = [record.state, record.checkpointed, millis, record.persisted];
            self.completed.push(measured);
        }
    }

    pub(super) fn fail(&mut self, id: u64, at: Timestamp, because: &str) {
        if let Some(record) = self.record_mut(id) {
            record.status = Status::Failed(at, because.to_owned());
            self.failed += 1;
        }
    }

    pub(super) fn restore(&mut self, restored: Restored) {
        self.restores += 1;
        self.restored = Some(restored);
    }

    /// The newest records, newest first.
    pub fn history(&self) -> impl Iterator<Item = &Record> {
        self.records.iter().rev().take(REMEMBERED)
    }

    /// A record that is still remembered.
    pub fn record(&self, id: u64) -> Option<&Record> {
        self.records.iter().rev().find(|record| record.id == id)
    }

    fn latest(&self, wanted: impl Fn(&Record) -> bool) -> Option<&Record> {
        self.records.iter().rev().find(|record| wanted(record))
    }

    /// The newest checkpoint that completed.
    pub fn latest_completed(&self) -> Option<&Record> {
        self.latest(|it| it.status == Status::Completed && !it.is_savepoint())
    }

    /// The newest savepoint that completed.
    pub fn latest_savepoint(&self) -> Option<&Record> {
        self.latest(|it| it.status == Status::Completed && it.is_savepoint())
    }

    /// The newest one that failed.
    pub fn latest_failed(&self) -> Option<&Record> {
        self.latest(|it| matches!(it.status, Status::Failed(..)))
    }

    /// How many were triggered.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// How many are under way.
    pub fn in_progress(&self) -> u64 {
        self.total - self.failed - self.completed.len() as u64
    }

    /// How many completed.
    pub fn completed(&self) -> u64 {
        self.completed.len() as u64
    }

    /// How many failed.
    pub fn failed(&self) -> u64 {
        self.failed
    }

    /// How often the job was restored.
    pub fn restores(&self) -> u64 {
        self.restores
    }

    /// State, new state, milliseconds and in-flight bytes of all that completed.
    pub fn measured(&self) -> &[[i64; 4]] {
        &self.completed
    }
}
