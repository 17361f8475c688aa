//! Jobs that may build on the files of others, and write where nobody looked: a job that claims a snapshot, or was restored from
//! it in LEGACY mode, goes on naming its files, in checkpoints of its own, which Flink may keep after the job is over.
//!
//! Clusters tell what a job was restored from, and where it wrote. What they do not tell counts against it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::overlay;
use crate::domain::cluster::{Checkpoint, CheckpointStatus, Cluster, Job, JobState};
use crate::domain::history::JobHistory;
use crate::domain::id::JobId;
use crate::domain::location::Location;

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

/// The directories out of sight of jobs that may name files of these jobs: of all that were restored from a snapshot, unless
/// clusters tell that it goes back to other jobs alone. Without an id nothing of that can be told. `is_seen` tells whether
/// somebody looked in a directory, or in that of the job's checkpoints under whatever name.
pub fn unseen(
    clusters: &[Arc<Cluster>],
    of: &BTreeSet<JobId>,
    is_seen: &dyn Fn(&Location, JobId) -> bool,
) -> Vec<Unseen> {
    let mut found: Vec<Unseen> = Vec::new();
    for (cluster, job) in overlay::jobs(clusters) {
        if of.contains(&job.id) && job.id != JobId::ZERO || !may_name(clusters, cluster, job, of) {
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

/// Whether the state of a job may go back to one of these jobs, with files of theirs.
fn may_name(clusters: &[Arc<Cluster>], cluster: &Cluster, job: &Job, of: &BTreeSet<JobId>) -> bool {
    let (mut cluster, mut job) = (cluster, job);
    for _ in 0..LONGEST {
        let Some(restored) = &job.restored else {
            // One that is starting does not tell yet.
            return matches!(
                job.state,
                JobState::Initializing | JobState::Created | JobState::Reconciling
            );
        };
        let Some(path) = &restored.path else {
            return true;
        };
        // After a failure it tells of its own, and hides what it began with.
        if is_own(path, job.id) {
            return true;
        }
        // Flink counts what was not claimed as a savepoint. Restored with NO_CLAIM a job names nothing of it, in LEGACY mode
        // it does.
        if restored.is_savepoint && overlay::tells_no_claim(cluster) {
            return false;
        }
        let Some((on, origin)) = taken_by(clusters, path) else {
            return true;
        };
        if of.is_empty() || of.contains(&origin.id) || origin.id == job.id {
            return true;
        }
        (cluster, job) = (on, origin);
    }
    true
}

/// Whether a snapshot is one of the job's own.
fn is_own(path: &Location, job: JobId) -> bool {
    let of_checkpoint = JobHistory::is_own(path, job);
    let prefix = format!("savepoint-{}-", job.savepoint_prefix());
    of_checkpoint || path.name().starts_with(prefix.as_bytes())
}

/// The only job that can have taken a snapshot, by its path.
fn taken_by<'c>(clusters: &'c [Arc<Cluster>], path: &Location) -> Option<(&'c Cluster, &'c Job)> {
    let mut jobs = overlay::jobs(clusters)
        .filter(|(_, job)| job.id != JobId::ZERO && is_own(path, job.id))
        .map(|(cluster, job)| (&**cluster, &**job));
    let first = jobs.next()?;
    let is_same = |(_, job): (&Cluster, &Job)| job.id == first.1.id;
    jobs.all(is_same).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::sample::{JOB, OTHER_JOB, cluster, job, place, remembered, restored_from};
    use crate::domain::cluster::JobState::{Canceled, Running};
    use crate::domain::cluster::{CheckpointSettings, Counts};

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
        let found = unseen(&[Arc::new(cluster)], &of, &|at, _| at.is_within(&data));
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
        let found = unseen(&clusters, &of, &|at, _| at.is_within(&data));
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
            unseen(&[Arc::new(cluster)], &of, &|_, _| false).len()
        };
        // As long as there is a LEGACY mode, which builds on it, too.
        for (version, heirs) in [("1.20.5", 1), ("2.0.0", 1), ("2.3.0", 1), ("2.4.0", 0)] {
            assert_eq!(told(version), heirs, "{version}");
        }
    }
}
