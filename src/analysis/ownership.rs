//! Whose a snapshot is: what its row knows from the disk, and over it what clusters tell.
//!
//! Flink deletes what is in a job's `CompletedCheckpointStore`, while that job lives. What outlives its job is the user's,
//! until a job is restored from it with CLAIM: such a job takes it into its own store, under its own properties
//! (`CheckpointCoordinator#restoreSavepoint`), so that REST does not call it a savepoint. With NO_CLAIM and in LEGACY mode
//! REST calls what was restored a savepoint, whatever it was, and Flink never deletes it; LEGACY goes with 2.4.
//!
//! This is what is shown. What may be deleted, the guard decides by itself ([`guard`](super::guard)).

use std::borrow::Cow;
use std::sync::Arc;

use super::overlay::{self, Live, SETTLING};
use crate::domain::cluster::{Checkpoint, Cluster, Job};
use crate::domain::id::JobId;
use crate::domain::snapshot::{Health, Kind, Owner, Snapshot};

/// Whose a snapshot is, and who tells.
#[derive(Debug, Clone)]
pub enum Ownership<'a> {
    /// A job that lives was restored from it with CLAIM.
    Claimed(&'a Cluster, &'a Job),
    /// It has no metadata yet, and nothing tells that nobody writes it any more.
    Begun,
    /// It has no metadata, and the job that began it does not go on with it.
    LeftUndone(&'a Cluster, &'a Job),
    /// The job that took it lives.
    Lives(Live<'a>),
    /// The job that took it is over.
    Outlived(Live<'a>),
    /// No cluster tells more than the disk.
    Disk,
}

/// Whose a snapshot is.
pub fn of<'a>(snapshot: &'a Snapshot, clusters: &'a [Arc<Cluster>]) -> Ownership<'a> {
    let live = overlay::live(snapshot, clusters);
    if snapshot.health == Health::InProgress {
        return begun(snapshot, live.as_ref(), clusters);
    }
    if let Some((cluster, job)) = claimers(snapshot, live.as_ref(), clusters).next() {
        return Ownership::Claimed(cluster, job);
    }
    match (live, &snapshot.owner) {
        // Its own job's end does not matter to a savepoint, nor to what was left behind or is named by other jobs.
        (Some(live), Owner::Flink(_) | Owner::You) if snapshot.kind != Kind::Savepoint => {
            if live.job.state.is_over() {
                Ownership::Outlived(live)
            } else {
                Ownership::Lives(live)
            }
        }
        _ => Ownership::Disk,
    }
}

/// The jobs that live and were restored from a snapshot with CLAIM. A job goes back to what it took itself as well.
fn claimers<'a>(
    snapshot: &'a Snapshot,
    live: Option<&Live<'a>>,
    clusters: &'a [Arc<Cluster>],
) -> impl Iterator<Item = (&'a Cluster, &'a Job)> {
    let of_job = snapshot.job_id.filter(|id| *id != JobId::ZERO);
    let taker = of_job.or_else(|| live.map(|it| it.job.id));
    overlay::users(snapshot, clusters)
        .filter(move |(_, job)| Some(job.id) != taker)
        .filter(|(_, job)| job.restored.as_ref().is_some_and(|it| !it.is_savepoint))
        .map(|(cluster, job)| (&**cluster, &**job))
}

/// Of one without metadata that counts as in progress.
fn begun<'a>(
    snapshot: &Snapshot,
    live: Option<&Live<'a>>,
    clusters: &'a [Arc<Cluster>],
) -> Ownership<'a> {
    let known = live.map(|it| (it.cluster, it.job));
    let Some((cluster, job)) = known.or_else(|| overlay::namesake(snapshot, clusters)) else {
        return Ownership::Begun;
    };
    // What a cluster says is up to three seconds old.
    let asked_later = cluster
        .contact
        .answered_at()
        .zip(snapshot.changed_at)
        .is_some_and(|(asked, changed)| asked.duration_since(changed) > SETTLING);
    let has_none = has_under_way(job, snapshot) == Some(false);
    if job.state.is_over() || (asked_later && has_none) {
        Ownership::LeftUndone(cluster, job)
    } else {
        Ownership::Begun
    }
}

/// Whether a job has under way what may be this snapshot without metadata; unknown where it does not tell of all attempts. Where a
/// savepoint under way will lie it never says.
pub fn has_under_way(job: &Job, snapshot: &Snapshot) -> Option<bool> {
    let is_savepoint = snapshot.kind == Kind::Savepoint;
    let may_be_it = |it: &Checkpoint| {
        it.is_savepoint == is_savepoint && (is_savepoint || Some(it.id) == snapshot.checkpoint_id())
    };
    if job.pending().any(may_be_it) {
        return Some(true);
    }
    // The list is of the last ten; the counts are of all.
    let listed = job.pending().count() as u64;
    job.counts
        .filter(|it| it.in_progress <= listed)
        .map(|_| false)
}

impl Ownership<'_> {
    /// The owner for a column.
    pub fn owner<'s>(&self, snapshot: &'s Snapshot) -> Cow<'s, Owner> {
        Cow::Owned(match self {
            Self::Claimed(_, job) => Owner::Flink(Some(job.id)),
            Self::Begun => Owner::Flink(snapshot.job_id),
            Self::LeftUndone(cluster, job) => Owner::Unclear(format!(
                "left behind, as {}; Flink takes up nothing that was left undone",
                undone(cluster, job, snapshot.kind)
            )),
            Self::Lives(live) => Owner::Flink(Some(live.job.id)),
            Self::Outlived(_) => Owner::You,
            Self::Disk => return Cow::Borrowed(&snapshot.owner),
        })
    }

    /// Whose it is and what follows from that, in a sentence or two.
    pub fn sentence(&self, snapshot: &Snapshot) -> String {
        let sizes = &snapshot.sizes;
        let shares = sizes.freed < sizes.refer || snapshot.sizes_are_bounds;
        let risk = if shares {
            " Deleting it by hand may break newer ones."
        } else {
            ""
        };
        match self {
            Self::Claimed(cluster, job) => {
                return format!(
                    "Flink's: job {} on {} was restored from it with CLAIM, and deletes it by itself.{risk}",
                    job.name, cluster.name
                );
            }
            Self::Begun => {
                return "Flink's until it completes: tasks may be writing into it now, so leave it alone."
                    .to_owned();
            }
            Self::Outlived(live) => {
                return format!(
                    "Yours: its job {} is {}. Flink deletes it only if a job is restored from it with CLAIM.",
                    live.job.name, live.job.state
                );
            }
            Self::LeftUndone(..) | Self::Lives(_) | Self::Disk => {}
        }
        match &*self.owner(snapshot) {
            Owner::Flink(Some(_)) => {
                format!("Flink's, while its job lives: the job deletes it by itself.{risk}")
            }
            Owner::Flink(None) => format!("Flink's, while the job that took it lives.{risk}"),
            Owner::You => {
                "Yours: Flink deletes it only if a job is restored from it with CLAIM.".to_owned()
            }
            Owner::Unclear(reason) => format!("Unclear: {reason}"),
        }
    }

    /// What this means for the five ends that it records, as a sentence; nothing where they may still come.
    pub fn of_its_fate(&self) -> Option<String> {
        match self {
            Self::Outlived(live) => Some(format!(
                "Job {} is {}: none of these comes any more.",
                live.job.name, live.job.state
            )),
            Self::Claimed(_, job) => Some(format!(
                "Job {} claimed it: it goes as the checkpoints of that job do.",
                job.name
            )),
            _ => None,
        }
    }
}

/// Why nobody goes on with what a job began.
pub fn undone(cluster: &Cluster, job: &Job, kind: Kind) -> String {
    let what = match kind {
        Kind::Savepoint => "has no savepoint under way",
        Kind::Checkpoint | Kind::ExternalizedCheckpoint => "does not have it under way",
    };
    if job.state.is_over() {
        format!("job {} is {}", job.name, job.state)
    } else {
        format!(
            "job {} is {} on {} and {what}",
            job.name, job.state, cluster.name
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::sample::{self, JOB, OTHER_JOB, cluster, job, restored_from, savepoint};
    use crate::domain::cluster::JobState::{Canceled, Running};
    use crate::domain::cluster::{CheckpointStatus, Counts, JobState};
    use crate::domain::snapshot::Sizes;

    fn told(snapshot: &Snapshot, jobs: impl IntoIterator<Item = Job>) -> (String, String) {
        let clusters = [Arc::new(cluster(jobs))];
        let it = of(snapshot, &clusters);
        let word = it.owner(snapshot).word().to_owned();
        (word, it.sentence(snapshot))
    }

    fn word(snapshot: &Snapshot, jobs: impl IntoIterator<Item = Job>) -> String {
        told(snapshot, jobs).0
    }

    #[test]
    fn a_checkpoint_is_flinks_while_its_job_lives_and_yours_once_a_cluster_tells_that_it_is_over() {
        let row = sample::checkpoint(7, 60);
        assert_eq!(word(&row, []), "Flink", "nobody tells of its job");
        assert_eq!(word(&row, [job(JOB, Running)]), "Flink");
        for state in [Canceled, JobState::Failed, JobState::Finished] {
            let (word, sentence) = told(&row, [job(JOB, state)]);
            assert_eq!(word, "you");
            assert!(
                sentence.starts_with(&format!("Yours: its job job-{} is {state}.", &JOB[..6])),
                "{sentence}"
            );
        }
        assert_eq!(word(&row, [job(JOB, JobState::Suspended)]), "Flink");
        // On one cluster it is over, on another it lives.
        assert_eq!(word(&row, [job(JOB, Canceled), job(JOB, Running)]), "Flink");
    }

    #[test]
    fn what_a_job_claimed_is_flinks_whoever_took_it() {
        let claimed_by = |row: &Snapshot| restored_from(job(OTHER_JOB, Running), &row.location);
        let row = sample::checkpoint(7, 60);
        let (word_of, sentence) = told(&row, [job(JOB, Canceled), claimed_by(&row)]);
        assert_eq!(word_of, "Flink");
        assert!(sentence.contains("with CLAIM"), "{sentence}");
        let point = savepoint("Savepoint");
        assert_eq!(word(&point, [claimed_by(&point)]), "Flink");

        let mut unclaimed = claimed_by(&row);
        unclaimed.restored.as_mut().unwrap().is_savepoint = true;
        assert_eq!(word(&row, [job(JOB, Canceled), unclaimed]), "you");
        // A job that goes back to its own checkpoint claims nothing.
        let failed_over = restored_from(job(JOB, Running), &row.location);
        let clusters = [Arc::new(cluster([failed_over]))];
        assert!(matches!(of(&row, &clusters), Ownership::Lives(_)));
    }

    fn half(row: Snapshot) -> Snapshot {
        Snapshot {
            health: Health::InProgress,
            facts: None,
            sizes: Sizes::default(),
            ..row
        }
    }

    /// The job, that counts so many attempts under way and lists these.
    fn with_under_way(state: JobState, in_progress: u64, listed: &[(u64, bool)]) -> Job {
        let pending = |&(id, is_savepoint): &(u64, bool)| Checkpoint {
            status: CheckpointStatus::InProgress,
            is_savepoint,
            path: None,
            ..sample::remembered(id, 10)
        };
        Job {
            counts: Some(Counts {
                in_progress,
                ..Counts::default()
            }),
            checkpoints: listed.iter().map(pending).collect(),
            ..job(JOB, state)
        }
    }

    #[test]
    fn what_is_begun_is_flinks_until_its_job_is_over_or_has_nothing_under_way() {
        let point = half(savepoint("Savepoint"));
        let ninth = half(sample::checkpoint(9, 300));
        for (row, own, other) in [
            (point, (11, true), (12, false)),
            (ninth, (9, false), (12, true)),
        ] {
            let told = |state, count, listed: &[(u64, bool)]| {
                word(&row, [with_under_way(state, count, listed)])
            };
            assert_eq!(word(&row, []), "Flink");
            assert_eq!(told(Running, 1, &[own]), "Flink");
            assert_eq!(told(Running, 2, &[other, own]), "Flink");
            assert_eq!(told(Running, 1, &[other]), "unclear");
            assert_eq!(
                told(Running, 1, &[]),
                "Flink",
                "which it is it does not tell"
            );
            assert_eq!(told(Running, 0, &[]), "unclear");
            assert_eq!(told(Canceled, 0, &[]), "unclear");
            let young = Snapshot {
                changed_at: Some(sample::ago(2)),
                ..row.clone()
            };
            assert_eq!(
                word(&young, [with_under_way(Running, 0, &[])]),
                "Flink",
                "its answer may be of before that"
            );
        }
    }
}
