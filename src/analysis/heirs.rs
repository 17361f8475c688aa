//! Jobs that may build on the files of others, and write where nobody looked: a job that claims a snapshot, or was restored from
//! it in LEGACY mode, goes on naming its files, in checkpoints of its own, which Flink may keep after the job is over.
//!
//! Clusters tell what a job was restored from, and where it wrote. What they do not tell counts against it.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::SignedDuration;

use super::overlay;
use crate::domain::claim::ClaimMode;
use crate::domain::cluster::{Checkpoint, CheckpointStatus, Cluster, Job, JobState};
use crate::domain::history::{JobHistory, identity};
use crate::domain::id::JobId;
use crate::domain::location::Location;

/// Files whose heirs are looked for, and who tells of them.
#[derive(Clone, Copy)]
pub struct Line<'a> {
    /// The jobs whose files they are; none where nobody knows.
    pub of: &'a BTreeSet<JobId>,
    /// Whether a snapshot, as Flink wrote its path, is in sight and names none of them: nor does what goes back to it alone.
    pub is_apart: &'a dyn Fn(&Location) -> bool,
    /// The clusters.
    pub clusters: &'a [Arc<Cluster>],
    /// The restarts that were noted.
    pub restarts: &'a [JobHistory],
}

/// A directory that a job which may be an heir has to do with, and that nobody looked in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unseen {
    /// The job, in words that follow `may name it`: `job fraud (7bf6…) on prod`.
    pub who: String,
    /// The directory, as Flink wrote it.
    pub at: Location,
}

/// No line of heirs is followed for longer.
const LONGEST: usize = 1000;
/// The clocks of clusters may differ by so much.
const SKEW: SignedDuration = SignedDuration::from_mins(1);

/// The directories out of sight of jobs that may name some files: of all that were restored from a snapshot, unless clusters
/// and notes tell that it goes back to others alone. `is_seen` tells whether
/// somebody looked in a directory, or in that of the job's checkpoints under whatever name.
pub fn unseen(line: &Line<'_>, is_seen: &dyn Fn(&Location, JobId) -> bool) -> Vec<Unseen> {
    let mut found: Vec<Unseen> = Vec::new();
    for (cluster, job) in overlay::jobs(line.clusters) {
        let is_own = line.of.contains(&job.id) && job.id != JobId::ZERO;
        if is_own || !line.may_be_named_by(cluster, job) {
            continue;
        }
        let directories = directories(cluster, job).into_iter();
        for at in directories.filter(|at| !is_seen(at, job.id)) {
            if !found.iter().any(|it| it.at == at) {
                let who = format!("job {} ({}) on {}", job.name, job.id, cluster.name);
                found.push(Unseen { who, at });
            }
        }
    }
    found
}

/// The jobs that live, were restored from where nobody looked, and have completed no checkpoint of their own since: until they
/// have they need all that their origin names, and that of a copy is what the first one names.
pub fn started_unseen(
    clusters: &[Arc<Cluster>],
    is_seen: impl Fn(&Location) -> bool,
) -> impl Iterator<Item = (&Job, Unseen)> {
    overlay::jobs(clusters).filter_map(move |(cluster, job)| {
        let restored = job.restored.as_ref().filter(|_| !job.state.is_over())?;
        let path = restored.path.as_ref()?;
        let mut own = job.checkpoints.iter();
        let goes_on = own.any(|it| {
            it.id > restored.id && !it.is_savepoint && it.status == CheckpointStatus::Completed
        });
        let unseen = || Unseen {
            who: format!("job {} ({}) on {}", job.name, job.id, cluster.name),
            at: path.clone(),
        };
        (!goes_on && !is_seen(path)).then(|| (&**job, unseen()))
    })
}

/// Where the checkpoints of a job lie that Flink keeps, or may be about to write. A job that tells of none of its own goes by
/// the cluster's configuration (`execution.checkpointing.dir`).
fn directories(cluster: &Cluster, job: &Job) -> Vec<Location> {
    let is_told = |it: &Checkpoint| !it.is_savepoint && it.path.is_some();
    let took_none = job.counts.is_some_and(|it| it.completed == 0);
    let tells = job.checkpoints.iter().any(is_told) || (job.state.is_over() && took_none);
    let settings = cluster.settings.as_ref().filter(|_| !tells);
    let configured = settings.and_then(|it| {
        let at = it.checkpoint_directory.as_ref()?.canonical();
        let is_shared = it.create_subdirectory == Some(false);
        Some(if is_shared {
            at
        } else {
            at.child(job.id.to_string().as_bytes())
        })
    });
    told(job).chain(configured).collect()
}

/// Where a job tells that checkpoints of its own lie.
fn told(job: &Job) -> impl Iterator<Item = Location> {
    let stays = |it: &&Checkpoint| {
        !it.is_savepoint
            && it.status != CheckpointStatus::Failed
            && !(it.discarded && job.state.is_over())
    };
    let written = job.checkpoints.iter().filter(stays);
    let written = written.filter_map(|it| it.path.as_ref()?.parent());
    let own = job.restored.as_ref().and_then(|it| it.path.as_ref());
    let own = own.filter(|path| JobHistory::is_own(path, job.id));
    written
        .chain(own.and_then(Location::parent))
        .map(|at| at.canonical())
}

impl Line<'_> {
    /// Whether the state of a job may go back to what the files are of, and name some of them.
    fn may_be_named_by(&self, cluster: &Cluster, job: &Job) -> bool {
        let (mut cluster, mut job) = (cluster, job);
        for _ in 0..LONGEST {
            if self.was_over_before(job) {
                return false;
            }
            let Some(restored) = &job.restored else {
                // One that is starting does not tell yet.
                return matches!(
                    job.state,
                    JobState::Initializing | JobState::Created | JobState::Reconciling
                );
            };
            let Some(told) = &restored.path else {
                return true;
            };
            let is_own = overlay::is_own(told, job.id);
            let noted = overlay::noted(job.id, self.restarts);
            let noted = noted.filter(|(from, _)| is_own || identity(from) == identity(told));
            // Restored with NO_CLAIM a job names nothing of it, in LEGACY mode it does. Flink counts both as a savepoint.
            let is_unclaimed = noted.is_some_and(|(_, mode)| mode == Some(ClaimMode::NoClaim));
            let is_told = !is_own && restored.is_savepoint && overlay::tells_no_claim(cluster);
            if is_unclaimed || is_told {
                return false;
            }
            let path = match noted {
                Some((from, _)) => from,
                // After a failure it tells of its own, and hides what it began with.
                None if is_own => return true,
                None => told,
            };
            if (self.is_apart)(path) {
                return false;
            }
            let Some((on, origin)) = taken_by(self.clusters, path) else {
                return true;
            };
            if self.of.is_empty() || self.of.contains(&origin.id) || origin.id == job.id {
                return true;
            }
            (cluster, job) = (on, origin);
        }
        true
    }

    /// Whether a job was over before any of those began whose files they are: then none of the files was there. When a job began
    /// is told anew by a `JobManager` that took it over, which goes back to a checkpoint of the job's own.
    fn was_over_before(&self, job: &Job) -> bool {
        let Some(ended) = job.ended_at.filter(|_| job.state.is_over()) else {
            return false;
        };
        let began_later = |it: &Job| {
            let mut restored = it.restored.iter().filter_map(|it| it.path.as_ref());
            let is_first = !restored.any(|path| overlay::is_own(path, it.id));
            let began = it.started_at;
            is_first && began.is_some_and(|at| at.duration_since(ended) > SKEW)
        };
        let began_all_later = |id: &JobId| {
            let known = overlay::jobs(self.clusters).filter(|(_, it)| it.id == *id);
            let mut known = known.peekable();
            known.peek().is_some() && known.all(|(_, it)| began_later(it))
        };
        !self.of.is_empty() && self.of.iter().all(began_all_later)
    }
}

/// The only job that can have taken a snapshot, by its path.
fn taken_by<'c>(clusters: &'c [Arc<Cluster>], path: &Location) -> Option<(&'c Cluster, &'c Job)> {
    let mut jobs = overlay::jobs(clusters)
        .filter(|(_, job)| job.id != JobId::ZERO && overlay::is_own(path, job.id))
        .map(|(cluster, job)| (&**cluster, &**job));
    let first = jobs.next()?;
    let is_same = |(_, job): (&Cluster, &Job)| job.id == first.1.id;
    jobs.all(is_same).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::sample::{
        JOB, OTHER_JOB, ago, cluster, job, place, remembered, restored_from,
    };
    use crate::domain::cluster::JobState::{Canceled, Running};
    use crate::domain::cluster::{CheckpointSettings, Counts};

    fn line<'a>(clusters: &'a [Arc<Cluster>], of: &'a BTreeSet<JobId>) -> Line<'a> {
        Line {
            of,
            is_apart: &|_| false,
            clusters,
            restarts: &[],
        }
    }

    const THIRD_JOB: &str = "99992222333344445555666677779999";

    fn wrote(mut job: Job, at: &str) -> Job {
        let mut checkpoint = remembered(9, 60);
        checkpoint.path = Some(place(&format!("{at}/{}/chk-9", job.id)));
        job.checkpoints = vec![checkpoint];
        job
    }

    /// The first job, and one that was restored from its checkpoint and wrote elsewhere.
    fn two() -> [Job; 2] {
        let from = place(&format!("file:/data/{JOB}/chk-5"));
        let heir = restored_from(job(OTHER_JOB, Canceled), &from);
        [
            wrote(job(JOB, Canceled), "file:/data"),
            wrote(heir, "file:/elsewhere"),
        ]
    }

    /// The same, on a cluster that is configured to write there.
    fn configured(at: &str, job: Job, create_subdirectory: Option<bool>) -> Vec<String> {
        let mut cluster = cluster([job]);
        cluster.settings = Some(CheckpointSettings {
            checkpoint_directory: Some(place(at)),
            create_subdirectory,
            ..CheckpointSettings::default()
        });
        let data = place("file:/data");
        let of = BTreeSet::from([JOB.parse().unwrap()]);
        let found = unseen(&line(&[Arc::new(cluster)], &of), &|at, _| {
            at.is_within(&data)
        });
        found.iter().map(|it| it.at.to_text()).collect()
    }

    #[test]
    fn one_that_tells_of_no_checkpoint_of_its_own_writes_where_its_cluster_is_configured_to() {
        let from = place(&format!("file:/data/{JOB}/chk-5"));
        let began = restored_from(job(OTHER_JOB, Running), &from);
        let own = format!("s3://bucket/ck/{OTHER_JOB}");
        let at = "s3a://bucket/ck/";
        let expected = std::slice::from_ref(&own);
        assert_eq!(configured(at, began.clone(), None), expected);
        assert_eq!(configured(at, began.clone(), Some(true)), expected);
        assert_eq!(
            configured(at, began.clone(), Some(false)),
            ["s3://bucket/ck"]
        );
        assert_eq!(configured("file:/data", began.clone(), None), [""; 0]);
        // It tells better itself; where it is over, that it took none.
        let here = wrote(began.clone(), "file:/data");
        assert_eq!(configured(at, here, None), [""; 0]);
        let mut over = restored_from(job(OTHER_JOB, Canceled), &from);
        over.counts = None;
        assert_eq!(configured(at, over.clone(), None), expected);
        over.counts = Some(Counts::default());
        assert_eq!(configured(at, over, None), [""; 0]);
        let afresh = job(OTHER_JOB, Running);
        assert_eq!(configured(at, afresh, None), [""; 0]);
    }

    fn places(jobs: impl IntoIterator<Item = Job>, of: &[&str]) -> Vec<String> {
        let clusters = [Arc::new(cluster(jobs))];
        let of = of.iter().map(|it| it.parse().unwrap()).collect();
        let data = place("file:/data");
        let found = unseen(&line(&clusters, &of), &|at, _| at.is_within(&data));
        found.iter().map(|it| it.at.to_text()).collect()
    }

    #[test]
    fn where_an_heir_wrote_is_told() {
        let expected = [format!("file:/elsewhere/{OTHER_JOB}")];
        assert_eq!(places(two(), &[JOB]), expected);
        assert_eq!(places(two(), &[]), expected, "of nobody knows which job");
        let [first, heir] = two();
        assert_eq!(
            places([heir.clone()], &[JOB]),
            expected,
            "the first is forgotten"
        );
        let here = wrote(heir.clone(), "file:/data");
        assert_eq!(places([first.clone(), here], &[JOB]), [""; 0]);
        let mut over = heir;
        over.checkpoints[0].discarded = true;
        assert_eq!(places([first, over], &[JOB]), [""; 0], "nothing is left");
    }

    #[test]
    fn the_heir_of_an_heir_is_one() {
        let [first, heir] = two();
        let from = place(&format!("file:/elsewhere/{OTHER_JOB}/chk-9"));
        let second = restored_from(job(THIRD_JOB, Running), &from);
        let second = wrote(second, "file:/far");
        let heir = wrote(heir, "file:/data");
        let expected = [format!("file:/far/{THIRD_JOB}")];
        assert_eq!(places([first, heir, second], &[JOB]), expected);
    }

    #[test]
    fn whoever_goes_back_to_others_alone_is_none() {
        let [first, heir] = two();
        let afresh = wrote(job(THIRD_JOB, Running), "file:/far");
        assert_eq!(places([afresh.clone()], &[JOB]), [""; 0]);
        assert_eq!(
            places([first.clone(), heir.clone(), afresh], &[THIRD_JOB]),
            [""; 0]
        );
        // After a failure it does not tell what it began with.
        let own = place(&format!("file:/elsewhere/{OTHER_JOB}/chk-9"));
        let failed = restored_from(heir.clone(), &own);
        assert_eq!(places([first.clone(), failed], &[THIRD_JOB]).len(), 1);
        let own = place(&format!(
            "file:/sp/savepoint-{}-0123456789ab",
            &OTHER_JOB[..6]
        ));
        let mut failed = restored_from(heir.clone(), &own);
        failed.restored.as_mut().unwrap().is_savepoint = true;
        assert_eq!(places([first.clone(), failed], &[THIRD_JOB]).len(), 1);
        let mut unclaimed = heir;
        unclaimed.restored.as_mut().unwrap().is_savepoint = true;
        let told = |version: &str| {
            let mut cluster = cluster([first.clone(), unclaimed.clone()]);
            cluster.version = Some(version.to_owned());
            let of = BTreeSet::from([JOB.parse().unwrap()]);
            unseen(&line(&[Arc::new(cluster)], &of), &|_, _| false).len()
        };
        // As long as there is a LEGACY mode, which builds on it, too.
        for (version, heirs) in [("1.20.5", 1), ("2.0.0", 1), ("2.3.0", 1), ("2.4.0", 0)] {
            assert_eq!(told(version), heirs, "{version}");
        }
    }

    #[test]
    fn what_was_noted_of_a_restart_tells_what_a_failure_hides() {
        let [first, heir] = two();
        let from = place(&format!("file:/data/{JOB}/chk-5"));
        let own = place(&format!("file:/elsewhere/{OTHER_JOB}/chk-9"));
        let failed = restored_from(heir.clone(), &own);
        let afresh = wrote(job(THIRD_JOB, Canceled), "file:/data");
        let clusters = [Arc::new(cluster([first, failed, afresh]))];
        let told = |of: &str, restored: &Location, claim_mode| {
            let of = BTreeSet::from([of.parse().unwrap()]);
            let restarts = [JobHistory {
                job: OTHER_JOB.parse().unwrap(),
                started_at: None,
                ended_at: None,
                restored: Some(restored.clone()),
                claim_mode,
                taken: Vec::new(),
            }];
            let line = Line {
                restarts: &restarts,
                ..line(&clusters, &of)
            };
            unseen(&line, &|at, _| at.is_within(&place("file:/data"))).len()
        };
        assert_eq!(told(THIRD_JOB, &from, None), 0, "it goes back to the first");
        assert_eq!(told(JOB, &from, None), 1);
        assert_eq!(told(JOB, &from, Some(ClaimMode::Claim)), 1);
        assert_eq!(told(JOB, &from, Some(ClaimMode::Legacy)), 1);
        assert_eq!(told(JOB, &from, Some(ClaimMode::NoClaim)), 0);
        // Before a failure it is told by the cluster, and how by the note.
        let clusters = [Arc::new(cluster([heir]))];
        let told = |restored: &Location| {
            let of = BTreeSet::from([JOB.parse().unwrap()]);
            let restarts = [JobHistory {
                job: OTHER_JOB.parse().unwrap(),
                started_at: None,
                ended_at: None,
                restored: Some(restored.clone()),
                claim_mode: Some(ClaimMode::NoClaim),
                taken: Vec::new(),
            }];
            let line = Line {
                restarts: &restarts,
                ..line(&clusters, &of)
            };
            unseen(&line, &|_, _| false).len()
        };
        assert_eq!(told(&from), 0);
        assert_eq!(told(&own), 1, "that is another story");
    }

    #[test]
    fn whoever_was_over_before_their_jobs_began_is_none() {
        let began = |mut first: Job, seconds: i64| {
            first.started_at = Some(ago(seconds));
            first
        };
        let [first, mut heir] = two();
        heir.restored.as_mut().unwrap().path = Some(place("file:/lost/chk-3"));
        heir.ended_at = Some(ago(5_000));
        let told = |first: Job, heir: &Job| places([first, heir.clone()], &[JOB]).len();
        assert_eq!(told(began(first.clone(), 4_000), &heir), 0);
        assert_eq!(told(began(first.clone(), 6_000), &heir), 1);
        assert_eq!(told(began(first.clone(), 4_990), &heir), 1, "clocks differ");
        let mut untold = began(first.clone(), 0);
        untold.started_at = None;
        assert_eq!(told(untold, &heir), 1);
        assert_eq!(places([heir.clone()], &[JOB]).len(), 1, "it may be older");
        // A JobManager that took a job over tells since when itself runs it.
        let own = place(&format!("file:/data/{JOB}/chk-4"));
        let taken_over = restored_from(began(first.clone(), 4_000), &own);
        assert_eq!(told(taken_over, &heir), 1);
        let mut lives = heir;
        lives.state = Running;
        assert_eq!(told(began(first, 4_000), &lives), 1);
    }
}
