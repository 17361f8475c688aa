//! What goes with a job that ends.

use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::cluster::{CheckpointStatus, Job, Retention};
use crate::domain::hold::Hold;
use crate::domain::id::JobId;
use crate::domain::mark::Mark;
use crate::domain::snapshot::{Health, Kind, Snapshot, Verdict};

use super::{marked, overlay};

/// How a job ends by a user's wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Stopped with a savepoint: it is FINISHED then.
    Finished,
    /// Cancelled.
    Cancelled,
}

/// A checkpoint of a job that ends, and what Flink does with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Left {
    /// Its name, such as `chk-7`.
    pub name: String,
    /// Its row, where it lies within sight.
    pub row: Option<Arc<Snapshot>>,
    /// What becomes of it: by its own record where it lies within sight, else by the job's setting.
    pub verdict: Verdict,
}

/// The completed checkpoints of a job, as far as it or the snapshots in sight tell of them, oldest first.
pub fn left<'a>(
    job: &Job,
    ending: Ending,
    snapshots: impl IntoIterator<Item = &'a Arc<Snapshot>>,
) -> Vec<Left> {
    // What is under way or was left behind is no checkpoint of it.
    let is_none = |health| {
        matches!(
            health,
            Health::InProgress | Health::Abandoned | Health::Empty
        )
    };
    let own: Vec<&Arc<Snapshot>> = snapshots
        .into_iter()
        .filter(|row| row.kind != Kind::Savepoint && !is_none(row.health))
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
            let left = Left {
                name,
                row: Some(Arc::clone(row)),
                verdict,
            };
            Some((row.checkpoint_id()?, left))
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
                row: None,
                verdict: by_setting,
            };
            found.push((it.id, left));
        }
    }
    found.sort_by_key(|(id, _)| *id);
    found.into_iter().map(|(_, left)| left).collect()
}

/// What the end of a job means for its checkpoints, in a sentence without its full stop. They are those of now: the job goes on
/// to take others until it ends, which push out the oldest.
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
    let later = "whatever completes until then";
    parts.extend(
        of(Verdict::Deleted).map(|names| format!("Flink then deletes {names} and {later}")),
    );
    parts.extend(
        of(Verdict::Kept)
            .map(|names| format!("what stays is {names} and {later}, in place of the oldest")),
    );
    parts.extend(
        of(Verdict::Unknown)
            .map(|names| format!("what becomes of {names} and of {later} is not known")),
    );
    if left.is_empty() {
        parts.push("it has no completed checkpoint that is known here".to_owned());
    }
    parts.join("; ")
}

/// Which of the checkpoints that may go with their job are marked or held, in a sentence without its full stop: Flink knows
/// of neither.
pub fn at_stake(left: &[Left], marks: &[Mark], holds: &[Hold], now: Timestamp) -> Option<String> {
    let mut found = Vec::new();
    for it in left.iter().filter(|it| it.verdict != Verdict::Kept) {
        let Some(row) = &it.row else { continue };
        if marks.iter().any(|mark| marked::is_of(mark, row)) {
            found.push(format!("{} is marked for restart", it.name));
        }
        for hold in holds {
            if hold.stands(now) && hold.is_on(&row.location) {
                found.push(format!("{} is held as `{}`", it.name, hold.name));
            }
        }
    }
    let may = if left.iter().any(|it| it.verdict == Verdict::Deleted) {
        "it goes all the same"
    } else {
        "it may go all the same"
    };
    (!found.is_empty()).then(|| {
        format!(
            "{}: Flink does not know of that, and {may}",
            found.join(", ")
        )
    })
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
            "cancelling job fraud takes no savepoint; what stays is chk-7 and whatever completes until then, in place of \
             the oldest; what becomes of chk-8 and of whatever completes until then is not known"
        );
        assert_eq!(
            said(&job, Ending::Finished, &rows),
            "job fraud ends once its savepoint is complete; Flink then deletes chk-7, chk-8 and whatever completes \
             until then"
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
    #[test]
    fn what_is_marked_or_held_and_goes_with_the_job_is_named() {
        let row = Arc::new(sample::checkpoint(7, 60));
        let rows = [
            Arc::clone(&row),
            Arc::new(Snapshot {
                health: Health::Abandoned,
                ..sample::checkpoint(3, 600)
            }),
        ];
        let job = sample::job(sample::JOB, JobState::Running);
        let hold = Hold {
            name: "audit".to_owned(),
            snapshot: row.location.clone(),
            by: String::new(),
            at: sample::ago(50),
            why: String::new(),
            expires: None,
        };
        let mark = Mark {
            snapshot: row.location.clone(),
            restore_path: row.location.clone(),
            lineage: "fraud".to_owned(),
            jobs: Vec::new(),
            by: String::new(),
            at: sample::ago(50),
            note: String::new(),
        };
        let (marks, holds) = ([mark], [hold]);
        let said = |ending| {
            let left = left(&job, ending, &rows);
            assert_eq!(left.len(), 1, "what was left behind is no checkpoint");
            at_stake(&left, &marks, &holds, sample::now())
        };
        assert_eq!(
            said(Ending::Finished).unwrap(),
            "chk-7 is marked for restart, chk-7 is held as `audit`: Flink does not know of that, and it goes all the same"
        );
        assert_eq!(said(Ending::Cancelled), None, "it stays");
    }
}
