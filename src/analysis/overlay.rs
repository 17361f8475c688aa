//! What Flink says and what the disk shows, laid over each other: whose a snapshot is while its job lives, how far one
//! under way is, and where the two disagree.
//!
//! Flink answers from a cache of up to three seconds (`web.refresh-interval`) and deletes in the background, so that
//! the two differ for moments all the time. Only what has been so for a while is called a disagreement.

mod life;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::domain::claim::ClaimMode;
use crate::domain::cluster::{Checkpoint, CheckpointStatus, Cluster, Contact, Job};
use crate::domain::history::{JobHistory, identity};
use crate::domain::id::JobId;
use crate::domain::location::Location;
use crate::domain::snapshot::{Health, Kind, Lineage, Snapshot};
use crate::domain::time;

use super::latest;

pub use life::{Later, Life, ZEROS_ARE_SHARED};
use life::{later, life};

/// For so long Flink's answer and the disk may differ without anything being wrong.
pub(super) const SETTLING: SignedDuration = SignedDuration::from_secs(30);
/// The clocks of clusters and of file systems may differ by so much.
const SKEW: SignedDuration = SignedDuration::from_mins(1);

/// A snapshot as the connected clusters see it.
#[derive(Debug, Clone)]
pub struct Live<'a> {
    /// The cluster that knows its job.
    pub cluster: &'a Arc<Cluster>,
    /// The job that took it.
    pub job: &'a Arc<Job>,
    /// What Flink remembers of the snapshot itself.
    pub checkpoint: Option<&'a Checkpoint>,
    /// How the job is, as far as that says anything of the snapshot.
    pub life: Life,
}

/// When a job came to its end, where it did and that is known.
fn end_of(job: &Job) -> Option<Timestamp> {
    let end = job.ended_at.or(job.state_since);
    end.filter(|_| job.state.is_over())
}

/// Whether something was written after a job had ended, by clocks that may differ.
pub fn is_since(written: Timestamp, ended: Timestamp) -> bool {
    written.duration_since(ended) > SKEW
}

/// Whether a cluster's word that a job is over settles what was written at some moment under its id; where that moment is not known,
/// it does not.
pub fn is_over_by(job: &Job, written: Option<Timestamp>) -> bool {
    let is_later = |ended| written.is_none_or(|written| is_since(written, ended));
    job.state.is_over() && job.id != JobId::ZERO && !end_of(job).is_some_and(is_later)
}

/// Whether the job that may be going on with one in progress is over.
pub(super) fn is_given_up(snapshot: &Snapshot, cluster: &Cluster, job: &Job) -> bool {
    life(snapshot, cluster, job) == Life::Over
}

/// All jobs with their clusters, in the order in which they are shown.
pub fn jobs(clusters: &[Arc<Cluster>]) -> impl Iterator<Item = (&Arc<Cluster>, &Arc<Job>)> {
    clusters
        .iter()
        .flat_map(|cluster| cluster.jobs.iter().map(move |job| (cluster, job)))
}

/// The job that a lineage's snapshots come from, where a cluster knows it: the one that lives, else the newest.
pub fn job_of_lineage<'a>(
    clusters: &'a [Arc<Cluster>],
    lineage: &Lineage,
) -> Option<(&'a Arc<Cluster>, &'a Arc<Job>)> {
    jobs(clusters)
        .filter(|(_, job)| lineage.jobs.contains(&job.id))
        .min_by_key(|(_, job)| (job.state.is_over(), std::cmp::Reverse(job.started_at)))
}

/// Finds the job that took a snapshot, or that has its id now, and the snapshot among those that the job remembers.
pub fn live<'a>(snapshot: &Snapshot, clusters: &'a [Arc<Cluster>]) -> Option<Live<'a>> {
    let all = || {
        clusters
            .iter()
            .flat_map(|cluster| cluster.jobs.iter().map(move |job| (cluster, job)))
    };
    let remembered = |job: &'a Arc<Job>| {
        job.checkpoints
            .iter()
            .find(|checkpoint| is_it(checkpoint, snapshot))
    };
    // An id of zeros is shared by every job of application clusters with high availability: only the path tells.
    let of_job = snapshot.job_id.filter(|id| *id != JobId::ZERO);
    let of_zeros = || {
        let writes = of_zeros(&snapshot.location.parent()?, clusters);
        writes.filter(|(cluster, job)| later(snapshot, cluster, job).is_some())
    };
    let found = match of_job {
        Some(id) => last(&mut all().filter(|(_, job)| job.id == id)),
        None => match last(&mut all().filter(|(_, job)| remembered(job).is_some())) {
            // One that lives tells more than that another is over.
            Some(over) if over.1.state.is_over() => of_zeros().or(Some(over)),
            found => found.or_else(of_zeros),
        },
    };
    let (cluster, job) = found?;
    Some(Live {
        cluster,
        job,
        checkpoint: remembered(job),
        life: life(snapshot, cluster, job),
    })
}

/// Of jobs with one id, the one that counts: a job may have been on another cluster before, and where it lives comes first, then
/// where it ended last.
fn last<'a>(
    jobs: &mut dyn Iterator<Item = (&'a Arc<Cluster>, &'a Arc<Job>)>,
) -> Option<(&'a Arc<Cluster>, &'a Arc<Job>)> {
    jobs.min_by_key(|(_, job)| (job.state.is_over(), std::cmp::Reverse(end_of(job))))
}

/// The job that a savepoint was taken of, by the six digits in its name: the one that lives, else the newest. Flink lists no
/// more than the last ten snapshots of a job (`web.checkpoints.history`), so that [`live`] does not find older ones.
pub fn namesake<'a>(
    snapshot: &Snapshot,
    clusters: &'a [Arc<Cluster>],
) -> Option<(&'a Arc<Cluster>, &'a Arc<Job>)> {
    let prefix = snapshot.job_prefix.as_deref()?;
    jobs(clusters)
        .filter(|(_, job)| job.id != JobId::ZERO && job.id.to_string().starts_with(prefix))
        .min_by_key(|(_, job)| (job.state.is_over(), std::cmp::Reverse(job.started_at)))
}

/// The job that lives under the id of zeros and writes its checkpoints to this directory, by where the latest that it completed
/// lies; none where another of that id lives, as nothing else tells them apart.
pub fn of_zeros<'a>(
    directory: &Location,
    clusters: &'a [Arc<Cluster>],
) -> Option<(&'a Arc<Cluster>, &'a Arc<Job>)> {
    let mut known = jobs(clusters).filter(|(_, job)| job.id == JobId::ZERO && !job.state.is_over());
    let (cluster, job) = known.next()?;
    let writes = job.latest_home()?.canonical() == directory.canonical();
    (writes && known.next().is_none()).then_some((cluster, job))
}

/// Whether an entry of Flink's history is this snapshot.
fn is_it(checkpoint: &Checkpoint, snapshot: &Snapshot) -> bool {
    if checkpoint.is_savepoint != (snapshot.kind == Kind::Savepoint) {
        return false;
    }
    match (&checkpoint.path, snapshot.kind) {
        (Some(path), _) => is_at(path, snapshot),
        (None, Kind::Savepoint) => false,
        // One under way has no path yet.
        (None, _) => snapshot.job_id.is_some() && snapshot.checkpoint_id() == Some(checkpoint.id),
    }
}

/// Whether a path of Flink's leads to a snapshot: to where it lies, to where its metadata says that it lies, or to the
/// same snapshot by its telling name.
pub fn is_at(path: &Location, snapshot: &Snapshot) -> bool {
    let canonical = path.canonical();
    canonical == snapshot.location.canonical()
        || latest::path_as_written(snapshot).is_some_and(|written| canonical == written.canonical())
        || identity(path) == identity(&snapshot.location)
}

/// The jobs that still run and were restored from a snapshot: they may build on its files.
pub fn users<'a>(
    snapshot: &'a Snapshot,
    clusters: &'a [Arc<Cluster>],
) -> impl Iterator<Item = (&'a Arc<Cluster>, &'a Arc<Job>)> {
    users_by(snapshot, clusters, &[])
}

/// The same, also of those that went back to a checkpoint of their own since, and of whose start there is a note.
pub fn users_by<'a>(
    snapshot: &'a Snapshot,
    clusters: &'a [Arc<Cluster>],
    restarts: &'a [JobHistory],
) -> impl Iterator<Item = (&'a Arc<Cluster>, &'a Arc<Job>)> {
    jobs(clusters).filter(move |(_, job)| {
        let path = job.restored.as_ref().and_then(|it| it.path.as_ref());
        let began = || {
            let noted = noted(job.id, restarts).filter(|_| went_back(job));
            noted.is_some_and(|(from, _)| is_at(from, snapshot))
        };
        !job.state.is_over() && (path.is_some_and(|path| is_at(path, snapshot)) || began())
    })
}

/// Whether a job has gone back to what it took itself.
pub fn went_back(job: &Job) -> bool {
    let restored = job.restored.as_ref().and_then(|it| it.path.as_ref());
    restored.is_some_and(|path| is_own(path, job.id))
}

/// What a job was started from, and in which mode, by the note of its restart.
pub fn noted(job: JobId, restarts: &[JobHistory]) -> Option<(&Location, Option<ClaimMode>)> {
    let mut of = restarts.iter().filter(|it| it.job == job);
    of.find_map(|it| Some((it.restored.as_ref()?, it.claim_mode)))
}

/// Whether a snapshot is one that the job took itself, by its path: after a failure it goes back to that, and tells no more
/// what it began with.
pub fn is_own(path: &Location, job: JobId) -> bool {
    let prefix = format!("savepoint-{}-", job.savepoint_prefix());
    JobHistory::is_own(path, job) || path.name().starts_with(prefix.as_bytes())
}

/// The first snapshot in sight that a job can go back to which was restored from another one: it needs that one itself no more, and of
/// its files those that its own checkpoints name.
pub fn goes_on_from<'r>(job: &Job, rows: &'r [Arc<Snapshot>]) -> Option<&'r Snapshot> {
    let restored = job.restored.as_ref()?;
    // It may have gone back to one of its own since. What it calls a savepoint an earlier run of its id has left.
    let own = restored.path.as_ref();
    let own = own.filter(|path| is_own(path, job.id) && !restored.is_savepoint);
    let completed = job.checkpoints.iter().filter(|it| {
        (own.is_some() || it.id > restored.id)
            && !it.is_savepoint
            && !it.discarded
            && it.status == CheckpointStatus::Completed
    });
    let paths = completed.filter_map(|it| it.path.as_ref()).chain(own);
    let paths: Vec<&Location> = paths.collect();
    let is_its = |row: &&Snapshot| row.is_restorable() && paths.iter().any(|path| is_at(path, row));
    let rows = rows.iter().map(|row| &**row).filter(is_its);
    rows.min_by_key(|row| row.checkpoint_id())
}

/// Whether a cluster that calls what a job was restored from a savepoint says by that that it was restored with NO_CLAIM. As long
/// as its release knows LEGACY mode, it may have been that as well.
pub fn tells_no_claim(cluster: &Cluster) -> bool {
    cluster
        .release()
        .is_some_and(|it| !ClaimMode::Legacy.is_known_to(it))
}

/// Whether what a cluster said is of a moment ago, in words that go behind a statement; nothing while it answers.
pub fn staleness(contact: &Contact, now: Timestamp) -> Option<String> {
    match contact {
        Contact::Answering { .. } => None,
        Contact::NotYet => Some("it has not answered yet".to_owned()),
        Contact::Silent { last_answer, .. } => Some(match last_answer {
            Some(at) => format!(
                "as it said {}; it is not answering now",
                time::ago(*at, now)
            ),
            None => "it never answered".to_owned(),
        }),
    }
}

/// Where the disk and Flink disagree about a snapshot, one sentence each. The disk is as it is now; where the cluster is
/// silent, each sentence says of when Flink's side is.
pub fn disagreements(snapshot: &Snapshot, live: &Live<'_>, now: Timestamp) -> Vec<String> {
    let mut found = Vec::new();
    let Some(answered) = live.cluster.contact.answered_at() else {
        return found;
    };
    let settled = |at: Timestamp| answered.duration_since(at) > SETTLING;
    match live.checkpoint {
        // An empty directory is what is left of it: the two agree.
        Some(checkpoint) if checkpoint.discarded && snapshot.health == Health::Empty => {}
        Some(checkpoint) if checkpoint.discarded => {
            let since = discarded_since(live.job, checkpoint);
            if since.is_none_or(settled) {
                let when =
                    since.map_or_else(String::new, |at| format!(" about {}", time::ago(at, now)));
                found.push(format!(
                    "Flink says that it discarded this {}{when}, but its files are still here.",
                    snapshot.kind.phrase()
                ));
            }
        }
        Some(checkpoint) if checkpoint.status == CheckpointStatus::Failed => {
            let failure = checkpoint.failure.as_ref();
            let at = failure.and_then(|failure| failure.at);
            if at.is_none_or(settled) {
                let when = at.map_or_else(String::new, |at| format!(" {}", time::ago(at, now)));
                let why = failure.map_or_else(String::new, |it| format!(": {}", it.cause));
                found.push(format!(
                    "Flink gave it up{when}, but its files are still here{why}"
                ));
            }
        }
        Some(checkpoint)
            if checkpoint.status == CheckpointStatus::Completed
                && checkpoint.acknowledged_at.is_none_or(settled) =>
        {
            let wrong = match snapshot.health {
                Health::InProgress | Health::Abandoned => Some("there is no metadata here"),
                Health::Empty => Some("its directory is empty"),
                Health::Incomplete => Some("files of it are missing"),
                Health::Corrupt if snapshot.unchecked_files == 0 => {
                    Some("its metadata cannot be read")
                }
                _ => None,
            };
            found.extend(
                wrong.map(|wrong| format!("Flink says that it is completed, but {wrong}.")),
            );
        }
        Some(_) => {}
        None => found.extend(unknown_to_flink(snapshot, live, settled)),
    }
    if let Some(age) = staleness(&live.cluster.contact, now) {
        for sentence in &mut found {
            *sentence = format!("{sentence} ({age})");
        }
    }
    found
}

/// A snapshot that Flink should remember, and does not.
fn unknown_to_flink(
    snapshot: &Snapshot,
    live: &Live<'_>,
    settled: impl Fn(Timestamp) -> bool,
) -> Option<String> {
    let (id, at) = (snapshot.checkpoint_id()?, snapshot.completed_at?);
    // The history is short; what is older than all of it may well have been in it.
    let oldest = live.job.checkpoints.iter().map(|it| it.id).min()?;
    let newer_than_job = live.job.started_at.is_some_and(|started| at >= started);
    (snapshot.job_id.is_some() && id > oldest && newer_than_job && settled(at)).then(|| {
        format!(
            "It lies on disk, but is unknown to Flink: job {} remembers others from {oldest} on.",
            live.job.name
        )
    })
}

/// When a checkpoint was discarded at the latest: when the next one completed. REST does not tell.
fn discarded_since(job: &Job, checkpoint: &Checkpoint) -> Option<Timestamp> {
    job.checkpoints
        .iter()
        .filter(|other| {
            other.id > checkpoint.id
                && !other.is_savepoint
                && other.status == CheckpointStatus::Completed
        })
        .filter_map(|other| other.acknowledged_at)
        .min()
}

/// Completed snapshots that Flink says it keeps, in places that are being watched, where nothing lies.
///
/// None while the cluster is silent: what it kept when it last answered may have been pushed out since. Nor of a job that is over: what
/// it left is the user's.
pub fn absent<'a>(
    job: &'a Job,
    cluster: &Cluster,
    snapshots: &[&Snapshot],
    roots: &[Location],
) -> Vec<&'a Checkpoint> {
    let Contact::Answering { at: answered } = cluster.contact else {
        return Vec::new();
    };
    if job.state.is_over() {
        return Vec::new();
    }
    job.checkpoints
        .iter()
        .filter(|checkpoint| {
            checkpoint.status == CheckpointStatus::Completed && !checkpoint.discarded
        })
        .filter(|checkpoint| {
            let settled = |at: Timestamp| answered.duration_since(at) > SETTLING;
            checkpoint.acknowledged_at.is_some_and(settled)
        })
        .filter(|checkpoint| {
            checkpoint.path.as_ref().is_some_and(|path| {
                let watched = roots
                    .iter()
                    .any(|root| path.canonical().is_within(&root.canonical()));
                watched && !snapshots.iter().any(|snapshot| is_at(path, snapshot))
            })
        })
        .collect()
}

#[cfg(test)]
mod tests;
