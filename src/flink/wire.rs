//! Flink's answers as it writes them, from 1.13 to 2.3: unknown fields are ignored, and those that some release lacks
//! are optional. `rest-handler` classes of `org.apache.flink.runtime.rest.messages`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// `GET /config` (`DashboardConfiguration`).
#[derive(Debug, Deserialize)]
pub(super) struct Dashboard {
    #[serde(rename = "flink-version")]
    pub(super) version: String,
}

/// An entry of `GET /jobmanager/config` (`ClusterConfigurationInfoEntry`).
#[derive(Debug, Deserialize)]
pub(super) struct Entry {
    pub(super) key: String,
    #[serde(default)]
    pub(super) value: String,
}

/// `GET /overview` (`ClusterOverview`).
#[derive(Debug, Deserialize)]
pub(super) struct ClusterOverview {
    #[serde(rename = "slots-total")]
    pub(super) total: u32,
    #[serde(rename = "slots-available")]
    pub(super) available: u32,
}

/// `GET /jobs/overview` (`MultipleJobsDetails`). One job that cannot be read must not hide the others.
#[derive(Debug, Deserialize)]
pub(super) struct Overview {
    pub(super) jobs: Vec<Value>,
}

/// An entry of it (`JobDetails`).
#[derive(Debug, Deserialize)]
pub(super) struct Headline {
    pub(super) jid: String,
    pub(super) name: String,
    pub(super) state: String,
    #[serde(rename = "start-time", default)]
    pub(super) start: i64,
    #[serde(rename = "end-time", default)]
    pub(super) end: i64,
}

/// `GET /jobs/:id` (`JobDetailsInfo`).
#[derive(Debug, Deserialize)]
pub(super) struct Details {
    #[serde(flatten)]
    pub(super) headline: Headline,
    #[serde(default)]
    pub(super) vertices: Vec<Vertex>,
    /// When it last came to each state, by its name; 0 for those that it never came to.
    #[serde(default)]
    pub(super) timestamps: BTreeMap<String, i64>,
}

/// A task of it (`JobVertexDetailsInfo`).
#[derive(Debug, Deserialize)]
pub(super) struct Vertex {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) parallelism: u32,
    #[serde(rename = "maxParallelism")]
    pub(super) max_parallelism: Option<u32>,
    #[serde(default)]
    pub(super) status: String,
}

/// `GET /jobs/:id/checkpoints` (`CheckpointingStatistics`).
#[derive(Debug, Deserialize)]
pub(super) struct Statistics {
    pub(super) counts: Counts,
    #[serde(default)]
    pub(super) latest: Latest,
    #[serde(default)]
    pub(super) history: Vec<Checkpoint>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Counts {
    pub(super) restored: u64,
    pub(super) total: u64,
    pub(super) in_progress: u64,
    pub(super) completed: u64,
    pub(super) failed: u64,
}

/// The latest of each sort, which stay when the history has no room left for them.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Latest {
    pub(super) completed: Option<Checkpoint>,
    pub(super) savepoint: Option<Checkpoint>,
    pub(super) restored: Option<Restored>,
}

/// `CheckpointingStatistics.RestoredCheckpointStatistics`.
#[derive(Debug, Deserialize)]
pub(super) struct Restored {
    pub(super) id: u64,
    pub(super) restore_timestamp: Option<i64>,
    #[serde(default)]
    pub(super) is_savepoint: bool,
    pub(super) external_path: Option<String>,
}

/// A checkpoint (`CheckpointStatistics`), of the history or by itself.
#[derive(Debug, Deserialize)]
pub(super) struct Checkpoint {
    pub(super) id: u64,
    pub(super) status: String,
    #[serde(default)]
    pub(super) is_savepoint: bool,
    #[serde(rename = "savepointFormat")]
    pub(super) savepoint_format: Option<String>,
    #[serde(rename = "checkpoint_type")]
    pub(super) sort: Option<String>,
    pub(super) trigger_timestamp: Option<i64>,
    pub(super) latest_ack_timestamp: Option<i64>,
    pub(super) end_to_end_duration: Option<i64>,
    pub(super) checkpointed_size: Option<i64>,
    pub(super) state_size: Option<i64>,
    #[serde(default)]
    pub(super) num_subtasks: u64,
    #[serde(default)]
    pub(super) num_acknowledged_subtasks: u64,
    pub(super) external_path: Option<String>,
    #[serde(default)]
    pub(super) discarded: bool,
    pub(super) failure_timestamp: Option<i64>,
    pub(super) failure_message: Option<String>,
    #[serde(default)]
    pub(super) tasks: BTreeMap<String, Task>,
}

/// Acknowledgements of a task (`TaskCheckpointStatistics`).
#[derive(Debug, Deserialize)]
pub(super) struct Task {
    pub(super) latest_ack_timestamp: Option<i64>,
    pub(super) checkpointed_size: Option<i64>,
    #[serde(default)]
    pub(super) num_subtasks: u64,
    #[serde(default)]
    pub(super) num_acknowledged_subtasks: u64,
}

/// `GET /jobs/:id/checkpoints/config` (`CheckpointConfigInfo`).
#[derive(Debug, Deserialize)]
pub(super) struct CheckpointConfig {
    pub(super) mode: String,
    pub(super) interval: Option<i64>,
    pub(super) timeout: Option<i64>,
    pub(super) min_pause: Option<i64>,
    pub(super) max_concurrent: Option<u64>,
    pub(super) externalization: Externalization,
    pub(super) state_backend: Option<String>,
    pub(super) checkpoint_storage: Option<String>,
    pub(super) unaligned_checkpoints: Option<bool>,
    pub(super) aligned_checkpoint_timeout: Option<i64>,
    pub(super) tolerable_failed_checkpoints: Option<i64>,
    pub(super) checkpoints_after_tasks_finish: Option<bool>,
    pub(super) state_changelog_enabled: Option<bool>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Externalization {
    pub(super) enabled: bool,
    #[serde(default)]
    pub(super) delete_on_cancellation: bool,
}

/// `GET /jobs/:id/exceptions` (`JobExceptionsInfoWithHistory`).
#[derive(Debug, Deserialize)]
pub(super) struct Exceptions {
    #[serde(rename = "exceptionHistory")]
    pub(super) history: Option<ExceptionHistory>,
    #[serde(rename = "root-exception")]
    pub(super) root: Option<String>,
    pub(super) timestamp: Option<i64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ExceptionHistory {
    #[serde(default)]
    pub(super) entries: Vec<ExceptionEntry>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ExceptionEntry {
    #[serde(default)]
    pub(super) stacktrace: String,
    pub(super) timestamp: Option<i64>,
}

/// An entry of `GET /jobs/:id/metrics?get=…`.
#[derive(Debug, Deserialize)]
pub(super) struct Metric {
    pub(super) id: String,
    pub(super) value: Option<String>,
}
