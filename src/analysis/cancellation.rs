//! What goes with a job that is cancelled.

use std::sync::Arc;

use crate::domain::cluster::{Checkpoint, CheckpointStatus, Job, Retention};
use crate::domain::snapshot::{Snapshot, Verdict};

/// What becomes of the job's checkpoints, by its own settings.
pub fn consequence(job: &Job) -> String {
    let there: Vec<String> = job
        .checkpoints
        .iter()
        .filter(|it| is_kept(it) && !it.is_savepoint)
        .map(|it| format!("checkpoint {}", it.id))
        .collect();
    match job.checkpointing.as_ref().map(|it| it.retention) {
        Some(Retention::RetainOnCancellation) => {
            format!(
                "cancelling job {} takes no savepoint; its completed checkpoints stay",
                job.name
            )
        }
        Some(_) if there.is_empty() => {
            format!(
                "cancelling job {} takes no savepoint, and Flink keeps none of its checkpoints",
                job.name
            )
        }
        Some(_) => format!(
            "cancelling job {} takes no savepoint, and Flink deletes its checkpoints with it: {}",
            job.name,
            there.join(", ")
        ),
        None => format!(
            "cancelling job {} takes no savepoint; what becomes of its checkpoints is not known",
            job.name
        ),
    }
}

fn is_kept(it: &Checkpoint) -> bool {
    it.status == CheckpointStatus::Completed && !it.discarded
}

/// The snapshots on disk that Flink deletes when a job is cancelled, by their own record of it.
pub fn dying<'a>(
    job: &Job,
    snapshots: impl IntoIterator<Item = &'a Arc<Snapshot>>,
) -> Vec<&'a Arc<Snapshot>> {
    snapshots
        .into_iter()
        .filter(|it| it.job_id == Some(job.id) && it.fate.cancelled == Verdict::Deleted)
        .collect()
}
