//! What a job that a cluster tells of says of a snapshot under its id, which may be used again.

use jiff::Timestamp;

use super::{Live, end_of, is_it, is_own, is_since};
use crate::domain::cluster::{CheckpointStatus, Cluster, Job, JobState};
use crate::domain::id::{CheckpointId, JobId};
use crate::domain::location::Location;
use crate::domain::snapshot::{Health, Kind, Sign, Snapshot};

/// How the job of a snapshot is, as far as that says anything of the snapshot: a job may be run again under its id (`jobId` of
/// `JarRunHandler`, `$internal.pipeline.job-id`), on a cluster that nobody asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Life {
    /// It is not over.
    Lives,
    /// A job lives under its id that did not take it: an earlier run of that id did.
    LaterRun(Later),
    /// It is over, and so is whatever is known to have had its id.
    Over,
    /// It is over, and this in its directory was written after that, or has a number beyond all that it took.
    UsedAgain(Sign),
    /// It is over, and its id is one of zeros, which every application with high availability has
    /// (`ApplicationDispatcherBootstrap.ZERO_JOB_ID`).
    Shared,
}

/// What tells that a job that lives did not take a snapshot under its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Later {
    /// It was restored from one of this number, and counts on from there (`CheckpointCoordinator#restoreSavepoint`).
    From(CheckpointId),
    /// It was started without state after that was written.
    Afresh,
    /// Flink counts its checkpoints from what it was restored from, and knows none of so high a number.
    Beyond(CheckpointId),
}

impl Live<'_> {
    /// Whether an earlier run of its id took it, and nobody else can have: by its number, under an id that is one job's.
    pub fn is_of_earlier_run(&self) -> bool {
        matches!(self.life, Life::LaterRun(Later::From(_))) && self.job.id != JobId::ZERO
    }

    /// Whether its job lives.
    pub fn lives(&self) -> bool {
        self.life == Life::Lives
    }

    /// Whether an earlier run of its id may have taken one that its job, which lives, does not remember: that was there before the job
    /// started, and the job went back to a checkpoint of its own later on, so that its cluster tells no more what it began with.
    /// A `JobManager` that takes a job over goes back at once.
    pub fn may_not_have_taken(&self, snapshot: &Snapshot) -> bool {
        let went_back = || {
            let restored = self.job.restored.as_ref()?;
            let is_own = is_own(restored.path.as_ref()?, self.job.id) && !restored.is_savepoint;
            let (started, taken) = (self.job.started_at?, snapshot.completed_at?);
            Some(is_own && is_since(restored.at?, started) && is_since(started, taken))
        };
        let is_its = snapshot.job_id == Some(self.job.id) && snapshot.kind != Kind::Savepoint;
        is_its && self.checkpoint.is_none() && went_back().unwrap_or(false)
    }

    /// Whether its job is over, and nothing shows that it goes on elsewhere.
    pub fn is_over(&self) -> bool {
        self.life == Life::Over
    }

    /// Why it says nothing of the snapshot that a cluster calls its job over, or tells of one that lives, where that is so: a
    /// sentence without its end.
    pub fn doubt(&self) -> Option<String> {
        let (job, on) = (&self.job.name, &self.cluster.name);
        match &self.life {
            Life::Lives | Life::Over => None,
            Life::LaterRun(later) => {
                let did = match later {
                    Later::From(number) => {
                        format!("was restored from number {number} and counts on from there")
                    }
                    Later::Afresh => "was started without state after it was written".to_owned(),
                    Later::Beyond(highest) => format!(
                        "has come to number {highest}: when it comes to this one, its checkpoint fails on it, and Flink deletes it"
                    ),
                };
                let who = if self.job.id == JobId::ZERO {
                    "an earlier run, or another application with the id of zeros, took it"
                } else {
                    "an earlier run took it"
                };
                Some(format!(
                    "job {job} is {} on {on} under its id, but {did}: {who}",
                    self.job.state
                ))
            }
            Life::UsedAgain(Sign { name, at, .. }) => {
                let ended = end_of(self.job);
                let when = ended.map_or_else(String::new, |at| {
                    format!(" at {}", at.strftime("%Y-%m-%d %H:%M:%S UTC"))
                });
                let is = if ended.is_some_and(|ended| is_since(*at, ended)) {
                    "was written after that"
                } else {
                    "has a number beyond all that it took"
                };
                Some(format!(
                    "job {job} ended{when} on {on}, and {name} in its directory {is}: its id is used again, by a job that no named \
                     cluster knows"
                ))
            }
            Life::Shared => self
                .doubt_in_short()
                .map(|short| format!("{short}: {ZEROS_ARE_SHARED}")),
        }
    }

    /// The same without what an id of zeros means, for whoever says [`ZEROS_ARE_SHARED`] once of many.
    pub fn doubt_in_short(&self) -> Option<String> {
        match &self.life {
            Life::Shared => Some(format!(
                "job {} is {} on {}, but has the id of zeros, as others have",
                self.job.name, self.job.state, self.cluster.name
            )),
            _ => self.doubt(),
        }
    }
}

/// What an id of zeros means for what a job leaves behind that is over.
pub const ZEROS_ARE_SHARED: &str = "every application with high availability has that id, and another one may go on here, on a cluster \
                                    that was not asked";

/// What a job that a cluster tells of says of a snapshot, which it may remember.
pub(super) fn life(snapshot: &Snapshot, cluster: &Cluster, job: &Job) -> Life {
    if !job.state.is_over() {
        return later(snapshot, cluster, job).map_or(Life::Lives, Life::LaterRun);
    }
    if job.id == JobId::ZERO || snapshot.job_id == Some(JobId::ZERO) {
        return Life::Shared;
    }
    // Of what lies in no directory of the job, such as a copy, its time says nothing.
    let is_its = snapshot.job_id == Some(job.id) || snapshot.health == Health::InProgress;
    let own = snapshot.sign().filter(|_| is_its);
    let signs = snapshot.used_again.clone().into_iter().chain(own);
    let ended = end_of(job);
    let mut later = signs.filter(|sign| {
        let is_beyond = sign.number.is_some_and(|it| is_beyond(it, job));
        is_beyond || ended.is_some_and(|ended| is_since(sign.at, ended))
    });
    later.next().map_or(Life::Over, Life::UsedAgain)
}

/// The highest number that a job tells of, whatever came of it.
fn highest(job: &Job) -> Option<CheckpointId> {
    let told = job.checkpoints.iter().map(|it| it.id);
    told.chain(job.restored.as_ref().map(|it| it.id)).max()
}

/// Whether a job that is over cannot have completed a checkpoint of this number: Flink tells of the latest that it completed, however
/// short its history (`CheckpointStatsTracker`). That needs no clock.
fn is_beyond(number: CheckpointId, job: &Job) -> bool {
    let completed = job.checkpoints.iter();
    let completed = completed.filter(|it| it.status == CheckpointStatus::Completed);
    let told = completed.map(|it| it.id);
    let highest = told.chain(job.restored.as_ref().map(|it| it.id)).max();
    let none = job.counts.filter(|it| it.completed == 0).map(|_| 0);
    highest.or(none).is_some_and(|highest| number > highest)
}

/// What tells that a job that lives did not take a snapshot in the directory of its id; nothing where it may have. A job that went back
/// to a checkpoint of its own, after a failure or on another `JobManager`, tells of that and no more what it began with, and when it
/// started is told anew by that `JobManager`: then it may have taken whatever it does not remember.
pub(super) fn later(snapshot: &Snapshot, cluster: &Cluster, job: &Job) -> Option<Later> {
    let is_starting = matches!(job.state, JobState::Initializing | JobState::Created);
    let is_its = snapshot.job_id == Some(job.id) && snapshot.kind != Kind::Savepoint;
    let is_remembered = || job.checkpoints.iter().any(|it| is_it(it, snapshot));
    if !is_its
        || is_starting
        || job.counts.is_none()
        || snapshot.health == Health::InProgress
        || is_remembered()
    {
        return None;
    }
    let taken = snapshot.completed_at;
    let answered = cluster.contact.answered_at();
    let is_told = taken
        .zip(answered)
        .is_some_and(|(taken, answered)| is_since(answered, taken));
    let highest = highest(job).filter(|it| is_told && snapshot.checkpoint_id() > Some(*it));
    began_later(snapshot, answered, job).or(highest.map(Later::Beyond))
}

/// The same by how the job began.
fn began_later(snapshot: &Snapshot, answered: Option<Timestamp>, job: &Job) -> Option<Later> {
    let Some(restored) = &job.restored else {
        let (taken, started) = snapshot.completed_at.zip(job.started_at)?;
        // What it was restored from is told with the checkpoints, some seconds late.
        let is_afresh = is_since(started, taken) && is_since(answered?, started);
        return is_afresh.then_some(Later::Afresh);
    };
    // What it took itself it would not call a savepoint, but for a savepoint that was to stop it: then it has taken others before.
    let is_other = |path: &Location| !is_own(path, job.id);
    let is_start = restored.is_savepoint || restored.path.as_ref().is_some_and(is_other);
    let has_taken = job.checkpoints.iter().any(|it| it.id <= restored.id);
    let is_before = snapshot.checkpoint_id()? <= restored.id;
    (is_start && !has_taken && is_before).then_some(Later::From(restored.id))
}
