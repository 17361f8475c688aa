//! What clusters say is being written now. A directory without metadata looks abandoned once nothing was written into it for a
//! while, and yet its checkpoint may complete: state of long ago is as good as any (`CheckpointCoordinator` gives up after
//! `execution.checkpointing.timeout`, which a job may set as it likes).

use jiff::{SignedDuration, Timestamp};

use crate::domain::cluster::{Cluster, Contact, Job};
use crate::domain::id::{CheckpointId, JobId};
use crate::domain::snapshot::{Kind, Snapshot};

/// The clocks of clusters and of file systems may differ by so much.
const SKEW: SignedDuration = SignedDuration::from_mins(1);

/// A checkpoint or savepoint that a cluster has under way, or may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    job: JobId,
    id: CheckpointId,
    is_savepoint: bool,
    /// Whether it is the one after the last that its cluster told of, which may have begun since.
    is_next: bool,
    triggered_at: Option<Timestamp>,
    /// When its cluster last said so, if it has not answered since.
    last_heard: Option<Timestamp>,
}

/// What the jobs of a cluster have under way. Of one that fell silent, what it said last.
pub fn attempts(cluster: &Cluster) -> Vec<Attempt> {
    let last_heard = match &cluster.contact {
        Contact::NotYet => return Vec::new(),
        Contact::Answering { .. } => None,
        Contact::Silent { last_answer, .. } => *last_answer,
    };
    let living = cluster.jobs.iter().filter(|job| !job.state.is_over());
    let attempts = living.flat_map(|job| {
        let pending = job.pending().map(move |it| Attempt {
            job: job.id,
            id: it.id,
            is_savepoint: it.is_savepoint,
            is_next: false,
            triggered_at: it.triggered_at,
            last_heard,
        });
        pending.chain(next(job, last_heard))
    });
    attempts.collect()
}

/// The checkpoint that a job may have begun since its cluster was asked: Flink counts one by one
/// (`org.apache.flink.runtime.checkpoint.CheckpointIDCounter`). Jobs with an id of zeros count in one directory.
fn next(job: &Job, last_heard: Option<Timestamp>) -> Option<Attempt> {
    let last = job.checkpoints.iter().map(|it| it.id).max()?;
    (job.id != JobId::ZERO).then_some(Attempt {
        job: job.id,
        id: last.checked_add(1)?,
        is_savepoint: false,
        is_next: true,
        triggered_at: None,
        last_heard,
    })
}

impl Attempt {
    /// Why it may be a snapshot without metadata, in words; nothing where it is none. The word of a cluster that is silent is
    /// good for as long as a sign of life on the disk: for `grace`.
    pub fn sign_of_life(
        &self,
        snapshot: &Snapshot,
        grace: SignedDuration,
        now: Timestamp,
    ) -> Option<String> {
        let counts = |at: Timestamp| now.duration_since(at) < grace;
        if !self.may_be(snapshot) || !self.last_heard.is_none_or(counts) {
            return None;
        }
        let why = match (self.last_heard, self.is_savepoint) {
            _ if self.is_next => {
                return Some(format!(
                    "no metadata yet: its job runs and had told of chk-{} last, so this may be the one that it has begun since",
                    self.id.saturating_sub(1)
                ));
            }
            (Some(_), _) => "it was under way when its cluster last answered",
            (None, false) => "Flink says that it is under way",
            (None, true) => "its job has a savepoint under way, which may be this one",
        };
        Some(format!("no metadata yet: {why}"))
    }

    /// Where a savepoint under way will lie Flink never says: it is one of those begun since it was triggered.
    fn may_be(&self, snapshot: &Snapshot) -> bool {
        if !self.is_savepoint {
            return snapshot.kind != Kind::Savepoint
                && snapshot.job_id == Some(self.job)
                && snapshot.checkpoint_id() == Some(self.id);
        }
        let prefix = snapshot.job_prefix.as_ref();
        let since = self.triggered_at.zip(snapshot.changed_at);
        snapshot.kind == Kind::Savepoint
            && prefix.is_none_or(|it| *it == self.job.savepoint_prefix())
            && since.is_none_or(|(triggered, changed)| triggered.duration_since(changed) <= SKEW)
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{self, JOB, ago, now};
    use super::*;
    use crate::domain::cluster::{Checkpoint, CheckpointStatus, JobState};
    use crate::domain::snapshot::Health;

    const GRACE: SignedDuration = SignedDuration::from_mins(10);

    fn half(row: Snapshot) -> Snapshot {
        Snapshot {
            health: Health::Abandoned,
            facts: None,
            ..row
        }
    }

    /// The job with one under way.
    fn writing(id: u64, is_savepoint: bool) -> Job {
        let pending = Checkpoint {
            status: CheckpointStatus::InProgress,
            is_savepoint,
            path: None,
            triggered_at: Some(ago(700)),
            ..sample::remembered(id, 10)
        };
        Job {
            checkpoints: vec![pending],
            ..sample::job(JOB, JobState::Running)
        }
    }

    fn is_alive(row: &Snapshot, job: Job, contact: Contact) -> bool {
        let cluster = Cluster {
            contact,
            ..sample::cluster(vec![job])
        };
        let attempts = attempts(&cluster);
        attempts
            .iter()
            .any(|it| it.sign_of_life(row, GRACE, now()).is_some())
    }

    #[test]
    fn a_checkpoint_is_known_by_its_job_and_number() {
        let answering = || Contact::Answering { at: ago(1) };
        let ninth = half(sample::checkpoint(9, 3_600));
        assert!(is_alive(&ninth, writing(9, false), answering()));
        assert!(!is_alive(&ninth, writing(10, false), answering()));
        assert!(!is_alive(&ninth, writing(9, true), answering()));
        let mut other = writing(9, false);
        other.id = sample::OTHER_JOB.parse().unwrap();
        assert!(!is_alive(&ninth, other, answering()));
        let over = Job {
            state: JobState::Canceled,
            ..writing(9, false)
        };
        assert!(!is_alive(&ninth, over, answering()));
    }

    #[test]
    fn a_savepoint_is_one_that_changed_since_it_was_triggered() {
        let answering = || Contact::Answering { at: ago(1) };
        let changed = |seconds| Snapshot {
            changed_at: Some(ago(seconds)),
            ..half(sample::savepoint("Savepoint"))
        };
        assert!(is_alive(&changed(650), writing(9, true), answering()));
        assert!(is_alive(&changed(740), writing(9, true), answering()));
        assert!(!is_alive(&changed(800), writing(9, true), answering()));
        assert!(!is_alive(&changed(650), writing(9, false), answering()));
        let of_another = Snapshot {
            job_prefix: Some("ababab".to_owned()),
            ..changed(650)
        };
        assert!(!is_alive(&of_another, writing(9, true), answering()));
    }

    #[test]
    fn what_a_silent_cluster_said_last_is_a_sign_of_life_of_that_moment() {
        let silent = |last_answer| Contact::Silent {
            since: ago(1),
            last_answer,
            reason: "no route".to_owned(),
        };
        let ninth = half(sample::checkpoint(9, 3_600));
        assert!(is_alive(&ninth, writing(9, false), silent(Some(ago(599)))));
        assert!(!is_alive(&ninth, writing(9, false), silent(Some(ago(600)))));
        assert!(!is_alive(&ninth, writing(9, false), Contact::NotYet));
    }
}
