//! What a job has claimed: it goes as the checkpoints of that job do.
//!
//! A job that is restored with CLAIM puts what it was restored from among its own completed checkpoints, under its own properties
//! (`CheckpointCoordinator#restoreSavepoint`): they decide from then on, and no longer those that the snapshot records. It is
//! subsumed as the oldest of them (`DefaultCompletedCheckpointStoreUtils`); of its files those stay that newer ones name.

use super::fate;
use crate::domain::cluster::{Cluster, Job, Retention};
use crate::domain::id::JobId;
use crate::domain::snapshot::{Fate, Verdict};

/// The claim of a job on a snapshot.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// The job.
    pub job: JobId,
    /// What a cluster says of that job, if one does.
    pub told: Option<(&'a Cluster, &'a Job)>,
    /// Whether the cluster says as well that it was restored from the snapshot; else a note does, or the cluster did before
    /// a failover.
    pub is_current: bool,
}

impl Claim<'_> {
    /// The job in a sentence: `job fraud on prod`.
    pub fn who(&self) -> String {
        match self.told {
            Some((cluster, job)) => format!("job {} on {}", job.name, cluster.name),
            None => format!("job {}", self.job),
        }
    }

    /// The job in few words: `job fraud`.
    pub fn short(&self) -> String {
        match self.told {
            Some((_, job)) => format!("job {}", job.name),
            None => format!("job {}…", &self.job.to_string()[..8]),
        }
    }

    /// The job with its cluster, where one tells of it, else in few words.
    pub fn brief(&self) -> String {
        match self.told {
            Some(_) => self.who(),
            None => self.short(),
        }
    }

    /// Whether that job is over, so that what is left of the snapshot is nobody's but the user's.
    pub fn is_over(&self) -> bool {
        self.told.is_some_and(|(_, job)| job.state.is_over())
    }

    /// What tells it.
    pub fn evidence(&self) -> String {
        match self.told {
            Some((cluster, _)) if self.is_current => format!(
                "{} says that the job was restored from it and does not call it a savepoint, as it would without CLAIM",
                cluster.name
            ),
            _ => "a note of the restart, or what a cluster said of it before".to_owned(),
        }
    }

    fn retention(&self) -> Option<Retention> {
        let (_, job) = self.told?;
        job.checkpointing.as_ref().map(|it| it.retention)
    }

    /// How many checkpoints that job keeps.
    fn retained(&self) -> Option<u32> {
        let (cluster, _) = self.told?;
        cluster.settings.as_ref()?.retained
    }

    /// When newer checkpoints push it out: `once newer checkpoints of job fraud push it out (its cluster keeps 3)`.
    pub fn when_subsumed(&self) -> String {
        let kept = match self.retained() {
            Some(1) => "its cluster keeps 1, so that the next one does".to_owned(),
            Some(kept) => format!("its cluster keeps {kept}"),
            None => "execution.checkpointing.num-retained of its cluster, 1 unless set".to_owned(),
        };
        format!(
            "once newer checkpoints of {} push it out ({kept})",
            self.short()
        )
    }

    /// What becomes of it.
    pub fn fate(&self) -> Fate {
        let retention = self.retention();
        let set = match retention {
            Some(it) => format!("which is set to {}", it.constant()),
            None => "whose retention is not known here".to_owned(),
        };
        fate::by_retention(retention, format!("the claim of {}, {set}", self.brief()))
    }

    /// Why, for each of the five ends in Flink's order.
    pub fn reasons(&self) -> [String; 5] {
        let fate = self.fate();
        let who = self.short();
        let end = |verdict, does: &str, kept: &str| match verdict {
            Verdict::Deleted => format!("{does} {who} deletes it with that job's own checkpoints."),
            Verdict::Kept => format!("{does} {who} keeps it{kept}"),
            Verdict::Unknown => "That job's retention decides; it is not known here.".to_owned(),
        };
        let yours = "; from then on it is yours to delete.";
        [
            format!(
                "It goes {}; of its files those stay that newer ones name.",
                self.when_subsumed()
            ),
            format!("{who} finishing deletes it, whatever its retention; so does stop-with-savepoint."),
            end(fate.cancelled, "Cancelling", yours),
            match fate.failed {
                Verdict::Deleted => format!("{who} failing for good deletes it with its own checkpoints."),
                Verdict::Kept => format!("{who} failing for good keeps it{yours}"),
                Verdict::Unknown => end(Verdict::Unknown, "", ""),
            },
            match fate.suspended {
                Verdict::Deleted => {
                    "A JobManager that shuts down in order deletes it, unless high availability is on.".to_owned()
                }
                Verdict::Kept => "A JobManager that shuts down keeps it.".to_owned(),
                Verdict::Unknown => end(Verdict::Unknown, "", ""),
            },
        ]
        .map(|text| capital(&text))
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
