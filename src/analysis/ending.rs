//! What goes with a job that ends.

use std::sync::Arc;

use crate::domain::cluster::{CheckpointStatus, Job, Retention};
use crate::domain::id::JobId;
use crate::domain::snapshot::{Health, Kind, Snapshot, Verdict};

use super::overlay;

/// How a job ends by a user's wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Stopped with a savepoint: it is FINISHED then.
    Finished,
    /// Cancelled.
    Cancelled,
}

/// A checkpoint of a job that ends, and what Flink does with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// Its name, such as `chk-7`.
    pub name: String,
    /// What becomes of it: by its own record where it lies within sight, else by the job's setting.
    pub verdict: Verdict,
}

/// The completed checkpoints of a job, as far as it or the snapshots in sight tell of them, oldest first.
pub fn left<'a>(
    job: &Job,
    ending: Ending,
    snapshots: impl IntoIterator<Item = &'a Arc<Snapshot>>,
) -> Vec<Left> {
    let own: Vec<&Snapshot> = snapshots
        .into_iter()
        .map(|row| &**row)
        .filter(|row| row.kind != Kind::Savepoint && row.health != Health::InProgress)
        .filter(|row| {
            row.job_id.filter(|id| *id != JobId::ZERO) == Some(job.id)
                || job
                    .checkpoints
                    .iter()
                    .filter_map(|it| it.path.as_ref())
                    .any(|path| overlay::is_at(path, row))
        })
        .collect();
    let mut found: Vec<(u64, Left)> = own
        .iter()
        .filter_map(|row| {
            let verdict = match ending {
                Ending::Finished => row.fate.finished,
                Ending::Cancelled => row.fate.cancelled,
            };
            let name = row.name.clone();
            Some((row.checkpoint_id()?, Left { name, verdict }))
        })
        .collect();
    let by_setting = match (ending, job.checkpointing.as_ref().map(|it| it.retention)) {
        (Ending::Cancelled, Some(Retention::RetainOnCancellation)) => Verdict::Kept,
        (Ending::Cancelled, None) => Verdict::Unknown,
        // FINISHED takes them under every setting.
        (Ending::Finished, _) | (Ending::Cancelled, Some(_)) => Verdict::Deleted,
    };
    for it in &job.checkpoints {
        let is_kept = it.status == CheckpointStatus::Completed && !it.discarded;
        if is_kept && !it.is_savepoint && found.iter().all(|(id, _)| *id != it.id) {
            let left = Left {
                name: format!("chk-{}", it.id),
                verdict: by_setting,
            };
            found.push((it.id, left));
        }
    }
    found.sort_by_key(|(id, _)| *id);
    found.into_iter().map(|(_, left)| left).collect()
}

/// What the end of a job means for its checkpoints, in a sentence without its full stop.
pub fn consequence(job: &Job, ending: Ending, left: &[Left]) -> String {
    let of = |verdict: Verdict| {
        let names = left.iter().filter(|it| it.verdict == verdict);
        let names: Vec<&str> = names.map(|it| it.name.as_str()).collect();
        (!names.is_empty()).then(|| names.join(", "))
    };
    let start = match ending {
        Ending::Finished => format!("job {} ends once its savepoint is complete", job.name),
        Ending::Cancelled => format!("cancelling job {} takes no savepoint", job.name),
    };
    let mut parts = vec![start];
    parts.extend(of(Verdict::Deleted).map(|names| format!("Flink then deletes {names}")));
    parts.extend(of(Verdict::Kept).map(|names| format!("what stays is {names}")));
    parts.extend(of(Verdict::Unknown).map(|names| format!("what becomes of {names} is not known")));
    if left.is_empty() {
        parts.push("it has no completed checkpoint that is known here".to_owned());
    }
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::sample;
    use crate::domain::cluster::JobState;

    #[test]
    fn each_checkpoint_goes_by_its_own_record_and_what_is_not_in_sight_by_the_setting() {
        let row = Arc::new(sample::checkpoint(7, 60));
        let job = Job {
            name: "fraud".to_owned(),
            checkpoints: vec![sample::remembered(7, 60), sample::remembered(8, 10)],
            ..sample::job(sample::JOB, JobState::Running)
        };
        let rows = [row];
        let said = |job: &Job, ending, rows: &[Arc<Snapshot>]| {
            consequence(job, ending, &left(job, ending, rows))
        };
        assert_eq!(
            said(&job, Ending::Cancelled, &rows),
            "cancelling job fraud takes no savepoint; what stays is chk-7; what becomes of chk-8 is not known"
        );
        assert_eq!(
            said(&job, Ending::Finished, &rows),
            "job fraud ends once its savepoint is complete; Flink then deletes chk-7, chk-8"
        );
        let bare = Job {
            checkpoints: Vec::new(),
            ..job
        };
        assert_eq!(
            said(&bare, Ending::Cancelled, &[]),
            "cancelling job fraud takes no savepoint; it has no completed checkpoint that is known here"
        );
    }
}
