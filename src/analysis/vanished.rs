//! Why a snapshot may have vanished: which of Flink's own rules fits what is known.

use std::sync::Arc;

use jiff::SignedDuration;

use super::timeline::{End, Life, MomentKind};
use crate::domain::cluster::{Cluster, Job, JobState, Retention};
use crate::domain::id::JobId;
use crate::domain::snapshot::Kind;

/// A job's checkpoints go within moments of its end; whoever watches notices that soon.
const SOON: SignedDuration = SignedDuration::from_mins(2);

/// One of Flink's rules by which it deletes a snapshot, and what of the rule is known to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// Its job came to its end just before, and this state takes such checkpoints along
    /// (`org.apache.flink.runtime.checkpoint.CompletedCheckpoint#shouldBeDiscardedOnShutdown`).
    JobEnded {
        /// How the job ended.
        state: JobState,
        /// What the job keeps when it ends, where that matters.
        retention: Option<Retention>,
    },
    /// A job had claimed it: such a snapshot is subsumed like that job's own
    /// (`org.apache.flink.runtime.checkpoint.CheckpointCoordinator#restoreSavepoint`).
    Claimed(JobId),
}

impl Rule {
    /// The rule in a sentence.
    pub fn sentence(&self) -> String {
        match self {
            Self::JobEnded {
                state,
                retention: None,
            } => format!(
                "Its job was {} by then: Flink deletes the checkpoints of such a job, retained or not.",
                state.word()
            ),
            Self::JobEnded {
                state,
                retention: Some(retention),
            } => format!(
                "Its job was {} by then, and under {} Flink deletes the checkpoints of such a job.",
                state.word(),
                retention.constant()
            ),
            Self::Claimed(job) => format!(
                "Job {job} had claimed it: Flink deletes what a job claimed once newer checkpoints push it out."
            ),
        }
    }
}

/// The rule that fits a snapshot that is gone without a trace; none where nothing that is known does.
pub fn rule(life: &Life, clusters: &[Arc<Cluster>]) -> Option<Rule> {
    let end = life.end.as_ref()?;
    let claimed = life.moments.iter().rev().find_map(|it| match it.what {
        MomentKind::Restored { job, claimed: true } => Some(Rule::Claimed(job)),
        _ => None,
    });
    claimed.or_else(|| {
        if life.sketch.kind == Kind::Savepoint {
            return None;
        }
        let id = life.sketch.job.filter(|id| *id != JobId::ZERO)?;
        let job = clusters.iter().find_map(|cluster| cluster.job(id))?;
        if ended_just_before(job, end) {
            discards(job)
        } else {
            None
        }
    })
}

fn ended_just_before(job: &Job, end: &End) -> bool {
    let earliest = end.since.unwrap_or(end.at).saturating_sub(SOON);
    let latest = end.at;
    let Some(ended) = job.ended_at else {
        return false;
    };
    earliest.is_ok_and(|earliest| earliest <= ended) && ended <= latest
}

/// Whether the end of a job takes its checkpoints along.
fn discards(job: &Job) -> Option<Rule> {
    let retention = job.checkpointing.as_ref().map(|it| it.retention);
    let retention = match (job.state, retention) {
        (JobState::Finished, _) => None,
        (JobState::Canceled | JobState::Suspended, Some(it))
            if it != Retention::RetainOnCancellation =>
        {
            Some(it)
        }
        (JobState::Failed, Some(it @ Retention::NoExternalizedCheckpoints)) => Some(it),
        _ => return None,
    };
    Some(Rule::JobEnded {
        state: job.state,
        retention,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::sample;
    use crate::analysis::timeline::Moment;
    use crate::domain::cluster::Checkpointing;
    use crate::domain::event::{Ending, Sketch};
    use jiff::Timestamp;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_770_000_000 + seconds).unwrap()
    }

    /// A checkpoint that was noticed to be gone at 100.
    fn gone() -> Life {
        let mut life = Life::of(&Sketch::of(&sample::checkpoint(7, 60), "fraud"), at(0));
        life.end = Some(End {
            at: at(100),
            since: None,
            how: Ending::Vanished,
        });
        life
    }

    fn ended(state: JobState, seconds: i64, retention: Retention) -> Vec<Arc<Cluster>> {
        let mut job = sample::job(sample::JOB, state);
        job.ended_at = Some(at(seconds));
        job.checkpointing = Some(Checkpointing {
            mode: "exactly_once".to_owned(),
            interval: None,
            timeout: None,
            min_pause: None,
            max_concurrent: None,
            retention,
            state_backend: None,
            storage: None,
            unaligned: None,
            aligned_timeout: None,
            tolerable_failures: None,
            after_tasks_finish: None,
            changelog: None,
        });
        vec![Arc::new(sample::cluster([job]))]
    }

    #[test]
    fn the_end_of_its_job_explains_it_where_that_end_takes_checkpoints_along() {
        use JobState::{Canceled, Failed, Finished, Running};
        use Retention::{
            DeleteOnCancellation as Delete, NoExternalizedCheckpoints as No,
            RetainOnCancellation as Retain,
        };
        let explains = |state, retention| rule(&gone(), &ended(state, 95, retention)).is_some();
        for (state, by) in [
            (Finished, [true, true, true]),
            (Canceled, [true, true, false]),
            (Failed, [true, false, false]),
            (Running, [false, false, false]),
        ] {
            let found = [No, Delete, Retain].map(|it| explains(state, it));
            assert_eq!(found, by, "{state:?}");
        }
        let said = rule(&gone(), &ended(Canceled, 95, Delete))
            .unwrap()
            .sentence();
        assert_eq!(
            said,
            "Its job was CANCELED by then, and under DELETE_ON_CANCELLATION Flink deletes the checkpoints of such a job."
        );
    }

    #[test]
    fn an_end_at_another_time_explains_nothing() {
        let finished =
            |seconds| ended(JobState::Finished, seconds, Retention::RetainOnCancellation);
        assert_eq!(rule(&gone(), &finished(101)), None, "later");
        assert_eq!(rule(&gone(), &finished(-200)), None, "long before");
        let mut unwatched = gone();
        unwatched.end.as_mut().unwrap().since = Some(at(-190));
        assert!(
            rule(&unwatched, &finished(-150)).is_some(),
            "while nobody watched"
        );
        assert_eq!(rule(&gone(), &[]), None);
    }

    #[test]
    fn a_savepoint_goes_only_where_a_job_claimed_it() {
        let mut savepoint = gone();
        savepoint.sketch.kind = Kind::Savepoint;
        let clusters = ended(JobState::Finished, 95, Retention::RetainOnCancellation);
        assert_eq!(rule(&savepoint, &clusters), None);
        let other = JobId([7; 16]);
        for claimed in [false, true] {
            savepoint.moments.push(Moment {
                at: at(50),
                what: MomentKind::Restored {
                    job: other,
                    claimed,
                },
            });
            let expected = claimed.then_some(Rule::Claimed(other));
            assert_eq!(rule(&savepoint, &clusters), expected);
        }
    }
}
