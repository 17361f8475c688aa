//! Why a snapshot may have vanished: which of Flink's own rules fits what is known.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::timeline::{End, Life, Timeline};
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
    Claimed {
        /// Which job.
        job: JobId,
        /// The newest checkpoint of that job that had completed by then, where one is known.
        by: Option<String>,
    },
    /// A job was restored from it, in a mode that cannot be seen: of a checkpoint the REST API does not tell whether it was
    /// claimed.
    MaybeClaimed(JobId),
    /// Its id of zeros is that of several jobs, which share a directory: whose it was, and so which were its newer ones, cannot
    /// be seen. With the newest one that had completed by then.
    SharedId {
        /// The name of that.
        newer: String,
    },
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
            Self::MaybeClaimed(job) => format!(
                "Job {job} was restored from it: if it claimed it, which cannot be seen from here, Flink deletes it once newer checkpoints push it out, or with the job as its own."
            ),
            Self::SharedId { newer } => format!(
                "Jobs with the id 0 share a directory: {newer} had completed by then and may have pushed it out, if it is of the same run."
            ),
            Self::Claimed { job, by } => {
                let by = by.as_ref().map_or_else(String::new, |by| {
                    format!(
                        " {by} of that job had completed by then; it may have been one before it."
                    )
                });
                format!(
                    "Job {job} had claimed it: Flink deletes what a job claimed once newer checkpoints push it out, or with the job as its own.{by}"
                )
            }
        }
    }
}

/// The rule that fits a snapshot that is gone without a trace; none where nothing that is known does.
pub fn rule(life: &Life, past: &Timeline, clusters: &[Arc<Cluster>]) -> Option<Rule> {
    let told = |id: JobId| {
        let job = clusters.iter().find_map(|cluster| cluster.job(id));
        job.map(|job| &**job)
    };
    rule_by(life, past, told)
}

/// The same, by what is told of the job of an id.
pub fn rule_by<'j>(
    life: &Life,
    past: &Timeline,
    told: impl FnOnce(JobId) -> Option<&'j Job>,
) -> Option<Rule> {
    let end = life.end.as_ref()?;
    let claimed = life.claim().map(|job| Rule::Claimed {
        job,
        by: newest(past, job, end.at),
    });
    claimed
        .or_else(|| job_ended(life, end, told))
        .or_else(|| life.restored_by().map(Rule::MaybeClaimed))
        .or_else(|| newer_of_zeros(life, past, end.at))
}

/// The end of its job, where that came just before.
fn job_ended<'j>(
    life: &Life,
    end: &End,
    told: impl FnOnce(JobId) -> Option<&'j Job>,
) -> Option<Rule> {
    if life.sketch.kind == Kind::Savepoint {
        return None;
    }
    let job = told(life.sketch.job.filter(|id| *id != JobId::ZERO)?)?;
    if ended_just_before(job, end) {
        discards(job)
    } else {
        None
    }
}

/// Newer ones in a directory that several jobs share.
fn newer_of_zeros(life: &Life, past: &Timeline, until: Timestamp) -> Option<Rule> {
    let own = &life.sketch;
    if own.job != Some(JobId::ZERO) || !own.subsumable {
        return None;
    }
    let (directory, completed) = (own.uri.parent()?, own.completed_at?);
    let lives = past.lives().map(|life| &life.sketch);
    let newer = lives.filter(|it| {
        it.kind != Kind::Savepoint
            && it.uri.parent().as_ref() == Some(&directory)
            && !own.is_of_another_program(it.program)
            && it
                .completed_at
                .is_some_and(|at| completed < at && at <= until)
    });
    let newest = newer.max_by_key(|it| it.completed_at)?;
    Some(Rule::SharedId {
        newer: newest.name.clone(),
    })
}

/// The newest checkpoint of a job that had completed at a moment.
fn newest(past: &Timeline, job: JobId, until: Timestamp) -> Option<String> {
    let of_job = past.lives().map(|life| &life.sketch).filter(|sketch| {
        sketch.job == Some(job)
            && sketch.kind != Kind::Savepoint
            && sketch.completed_at.is_some_and(|at| at <= until)
    });
    let newest = of_job.max_by_key(|sketch| sketch.number)?;
    Some(newest.name.clone())
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
    use crate::analysis::timeline::{Moment, MomentKind};
    use crate::domain::cluster::Checkpointing;
    use crate::domain::event::{Ending, Event, Sighting, Sketch, What};

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
            taken: None,
        });
        life
    }

    /// Another job completed two checkpoints, one of them after that.
    fn past() -> Timeline {
        let completed = |number, seconds| {
            let mut sketch = Sketch::of(&sample::checkpoint(number, 60), "fraud");
            sketch.job = Some(JobId([7; 16]));
            sketch.completed_at = Some(at(seconds));
            let what = What::Completed(Sighting { sketch, row: None });
            Event {
                at: at(seconds),
                what,
            }
        };
        Timeline::of(&[completed(3, 90), completed(4, 110)])
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
        let explains =
            |state, retention| rule(&gone(), &past(), &ended(state, 95, retention)).is_some();
        for (state, by) in [
            (Finished, [true, true, true]),
            (Canceled, [true, true, false]),
            (Failed, [true, false, false]),
            (Running, [false, false, false]),
        ] {
            let found = [No, Delete, Retain].map(|it| explains(state, it));
            assert_eq!(found, by, "{state:?}");
        }
        let said = rule(&gone(), &past(), &ended(Canceled, 95, Delete))
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
        assert_eq!(rule(&gone(), &past(), &finished(101)), None, "later");
        assert_eq!(rule(&gone(), &past(), &finished(-200)), None, "long before");
        let mut unwatched = gone();
        unwatched.end.as_mut().unwrap().since = Some(at(-190));
        assert!(
            rule(&unwatched, &past(), &finished(-150)).is_some(),
            "while nobody watched"
        );
        assert_eq!(rule(&gone(), &past(), &[]), None);
    }

    #[test]
    fn of_jobs_with_an_id_of_zeros_it_is_not_said_whose_it_was() {
        let of = |number, seconds| {
            let mut sketch = Sketch::of(&sample::checkpoint(number, 60), "app");
            sketch.job = Some(JobId::ZERO);
            sketch.completed_at = Some(at(seconds));
            sketch
        };
        let mut life = gone();
        life.sketch = of(7, 10);
        let what = What::Completed(Sighting {
            sketch: of(8, 90),
            row: None,
        });
        let past = Timeline::of(&[Event { at: at(90), what }]);
        let newer = "chk-8".to_owned();
        assert_eq!(rule(&life, &past, &[]), Some(Rule::SharedId { newer }));
        assert_eq!(rule(&life, &Timeline::default(), &[]), None);
    }

    #[test]
    fn a_checkpoint_that_a_job_was_restored_from_may_have_been_claimed() {
        let mut life = gone();
        let job = JobId([7; 16]);
        life.moments.push(Moment {
            at: at(50),
            what: MomentKind::Restored {
                job,
                claimed: false,
            },
        });
        let found = rule(&life, &past(), &[]);
        assert_eq!(found, Some(Rule::MaybeClaimed(job)));
        assert!(found.unwrap().sentence().contains("if it claimed it"));
    }

    #[test]
    fn a_savepoint_goes_only_where_a_job_claimed_it() {
        let mut savepoint = gone();
        savepoint.sketch.kind = Kind::Savepoint;
        let clusters = ended(JobState::Finished, 95, Retention::RetainOnCancellation);
        assert_eq!(rule(&savepoint, &past(), &clusters), None);
        let other = JobId([7; 16]);
        for claimed in [false, true] {
            savepoint.moments.push(Moment {
                at: at(50),
                what: MomentKind::Restored {
                    job: other,
                    claimed,
                },
            });
            let expected = claimed.then_some(Rule::Claimed {
                job: other,
                by: Some("chk-3".to_owned()),
            });
            assert_eq!(rule(&savepoint, &past(), &clusters), expected);
        }
        savepoint.moments.last_mut().unwrap().at = at(101);
        assert_eq!(rule(&savepoint, &past(), &clusters), None, "claimed later");
    }
}
