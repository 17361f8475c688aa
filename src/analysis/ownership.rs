//! Whose a snapshot is: what its row knows from the disk and from notes, and over it what clusters tell. Every screen and every
//! command has it from here, with what becomes of it.
//!
//! Flink deletes what is in a job's `CompletedCheckpointStore`, while that job lives. What outlives its job is the user's,
//! until a job is restored from it with CLAIM: such a job takes it into its own store, under its own properties
//! (`CheckpointCoordinator#restoreSavepoint`), so that REST does not call it a savepoint. With NO_CLAIM and in LEGACY mode
//! REST calls what was restored a savepoint, whatever it was, and Flink never deletes it; LEGACY goes with 2.4.
//!
//! This is what is shown. What may be deleted the guard decides, which takes a claim from here ([`guard`](super::guard)).

use std::borrow::Cow;
use std::sync::Arc;

use super::began;
use super::claim::Claim;
use super::fate;
use super::overlay::{self, Life, Live, SETTLING};
use crate::domain::cluster::{Checkpoint, Cluster, Contact, Job, Restored};
use crate::domain::id::JobId;
use crate::domain::snapshot::{Fate, Health, Kind, Owner, Snapshot};

/// Whose a snapshot is, and who tells.
#[derive(Debug, Clone)]
pub enum Ownership<'a> {
    /// A job was restored from it with CLAIM, and is not known to be over.
    Claimed(Claim<'a>),
    /// A job was restored from it with CLAIM, and is over.
    Released(Claim<'a>),
    /// Checkpoints of these other jobs name its files: it was claimed, or is leaned on in LEGACY mode, which nothing tells apart.
    BuiltOn(&'a [JobId]),
    /// This job lives and may have been restored from it with CLAIM: after a failure nothing tells what it began with.
    MaybeClaimed(&'a Cluster, &'a Job),
    /// Files of this savepoint are gone, as after a claim, and nothing tells of one.
    Dwindled,
    /// It has no metadata yet, and this job has it under way, or a savepoint that may be this.
    UnderWay(&'a Cluster, &'a Job),
    /// It has no metadata yet, and nothing tells that nobody writes it any more.
    Begun,
    /// It has no metadata, and the job that began it does not go on with it.
    LeftUndone(&'a Cluster, &'a Job),
    /// The job that took it lives.
    Lives(Live<'a>),
    /// The job that took it is over.
    Outlived(Live<'a>),
    /// A cluster says that the job that took it is over, and it may go on elsewhere under its id.
    MayGoOn(Live<'a>),
    /// An earlier run of its id took it than the job that lives.
    EarlierRun(Live<'a>),
    /// The job that lives under its id took it, or an earlier run did.
    MayBeEarlier(Live<'a>),
    /// No cluster tells more than the disk.
    Disk,
}

/// Whose a snapshot is.
pub fn of<'a>(snapshot: &'a Snapshot, clusters: &'a [Arc<Cluster>]) -> Ownership<'a> {
    let live = overlay::live(snapshot, clusters);
    if snapshot.health == Health::InProgress {
        return begun(snapshot, live.as_ref(), clusters);
    }
    let claims = claims(snapshot, live.as_ref(), clusters);
    if let Some(claim) = claims.iter().find(|it| !it.is_over()) {
        return Ownership::Claimed(*claim);
    }
    // What the files tell goes beyond a claim that is over: another job goes on with them.
    if !snapshot.heirs.naming.is_empty() && is_built_on(snapshot, &claims) {
        return Ownership::BuiltOn(&snapshot.heirs.naming);
    }
    let is_kept = live.as_ref().is_some_and(Live::lives);
    let is_its_jobs = is_kept && snapshot.kind != Kind::Savepoint;
    let mut maybe = began::may_have_claimed(snapshot, clusters, &[]);
    if let Some((cluster, job)) = maybe.next().filter(|_| !is_its_jobs) {
        return Ownership::MaybeClaimed(cluster, job);
    }
    if let Some(claim) = claims.first() {
        return Ownership::Released(*claim);
    }
    match (live, &snapshot.owner) {
        // Its own job's end does not matter to a savepoint, nor to what was left behind or is named by other jobs.
        (Some(live), Owner::Flink(_) | Owner::You) if snapshot.kind != Kind::Savepoint => {
            match live.life {
                Life::Lives if live.may_not_have_taken(snapshot) => Ownership::MayBeEarlier(live),
                Life::Lives => Ownership::Lives(live),
                Life::Over => Ownership::Outlived(live),
                Life::UsedAgain(_) | Life::Shared => Ownership::MayGoOn(live),
                Life::LaterRun(_) => Ownership::EarlierRun(live),
            }
        }
        _ if snapshot.kind == Kind::Savepoint && snapshot.health == Health::Incomplete => {
            Ownership::Dwindled
        }
        _ => Ownership::Disk,
    }
}

/// Whether other jobs name its files than those that are known to have claimed it.
fn is_built_on(snapshot: &Snapshot, claims: &[Claim<'_>]) -> bool {
    let is_claimer = |job: &JobId| claims.iter().any(|it| it.job == *job);
    let mut naming = snapshot.heirs.naming.iter();
    matches!(snapshot.owner, Owner::Unclear(_)) && !naming.all(is_claimer)
}

/// The claims on a snapshot: of the jobs that live and were restored from it by the word of their clusters, then of those of
/// which that is known otherwise, as after a failover, when a cluster tells no more than that the job went back to a checkpoint of
/// its own. A job goes back to what it took itself as well, which is no claim.
fn claims<'a>(
    snapshot: &'a Snapshot,
    live: Option<&Live<'a>>,
    clusters: &'a [Arc<Cluster>],
) -> Vec<Claim<'a>> {
    let of_job = snapshot.job_id.filter(|id| *id != JobId::ZERO);
    let taker = of_job.or_else(|| live.map(|it| it.job.id));
    let current = overlay::users(snapshot, clusters)
        .filter(|(_, job)| job.restored.as_ref().is_some_and(is_claim_of(job.id)))
        .map(|(cluster, job)| Claim {
            job: job.id,
            told: Some((&**cluster, &**job)),
            is_current: true,
        });
    let known = snapshot.heirs.claimers().map(|id| Claim {
        job: id,
        told: overlay::jobs(clusters)
            .filter(|(_, job)| job.id == id)
            .min_by_key(|(_, job)| job.state.is_over())
            .map(|(cluster, job)| (&**cluster, &**job)),
        is_current: false,
    });
    let all = current.chain(known);
    all.filter(|it| Some(it.job) != taker).collect()
}

/// Whether what a job was restored from is nothing that it may have gone back to: an id of zeros is many jobs', so that who took what
/// lies in the directory of its name is not told by that.
fn is_claim_of(job: JobId) -> impl Fn(&Restored) -> bool {
    move |it| {
        let mut path = it.path.iter();
        let is_own = job == JobId::ZERO && path.any(|path| overlay::is_own(path, job));
        !it.is_savepoint && !is_own
    }
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
    if job.state.is_over() {
        return if overlay::is_given_up(snapshot, cluster, job) {
            Ownership::LeftUndone(cluster, job)
        } else {
            Ownership::Begun
        };
    }
    // What a cluster says is up to three seconds old.
    let asked_later = cluster
        .contact
        .answered_at()
        .zip(snapshot.changed_at)
        .is_some_and(|(asked, changed)| asked.duration_since(changed) > SETTLING);
    match has_under_way(job, snapshot) {
        Some(true) => Ownership::UnderWay(cluster, job),
        Some(false) if asked_later => Ownership::LeftUndone(cluster, job),
        Some(false) | None => Ownership::Begun,
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
            Self::Claimed(claim) => Owner::Flink(Some(claim.job)),
            Self::UnderWay(_, job) => Owner::Flink(Some(job.id)),
            Self::Begun => Owner::Flink(snapshot.job_id),
            Self::LeftUndone(cluster, job) => Owner::Unclear(format!(
                "left behind, as {}; Flink takes up nothing that was left undone",
                undone(cluster, job, snapshot.kind)
            )),
            Self::Lives(live) => Owner::Flink(Some(live.job.id)),
            Self::Outlived(_) | Self::Released(_) => Owner::You,
            Self::EarlierRun(live) if live.is_of_earlier_run() => Owner::You,
            Self::MaybeClaimed(cluster, job) => Owner::Unclear(maybe_claimed(cluster, job)),
            Self::MayGoOn(live) | Self::EarlierRun(live) => {
                Owner::Unclear(live.doubt().unwrap_or_default())
            }
            Self::MayBeEarlier(live) => Owner::Unclear(may_be_earlier(live)),
            Self::BuiltOn(_) | Self::Dwindled | Self::Disk => {
                return Cow::Borrowed(&snapshot.owner);
            }
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
            Self::Claimed(claim) => {
                let lives = match claim.told {
                    Some(_) => "",
                    None => " Whether that job lives is not known.",
                };
                return format!(
                    "Flink's: {} was restored from it with CLAIM, and deletes it {}.{lives}{risk}",
                    claim.who(),
                    claim.when_subsumed()
                );
            }
            Self::Released(claim) => {
                return format!(
                    "Yours by now: {}, which claimed it, is {}.{risk}",
                    claim.who(),
                    state(claim)
                );
            }
            Self::BuiltOn(jobs) => {
                return format!(
                    "Unclear: checkpoints of {} name its files. It was claimed, and goes as theirs do, or is leaned on in LEGACY mode, and \
                     nobody deletes it. Leave it alone while they are of use.",
                    jobs_of(jobs)
                );
            }
            Self::UnderWay(cluster, job) => {
                return format!(
                    "Flink's until it completes: {}, so leave it alone.",
                    under_way(cluster, job, snapshot.kind)
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
            Self::EarlierRun(live) if live.is_of_earlier_run() => {
                return format!(
                    "Yours: {}. Flink deletes it only if a job is restored from it with CLAIM.{risk}",
                    live.doubt().unwrap_or_default()
                );
            }
            Self::LeftUndone(..)
            | Self::MaybeClaimed(..)
            | Self::MayGoOn(_)
            | Self::EarlierRun(_)
            | Self::MayBeEarlier(_)
            | Self::Lives(_)
            | Self::Dwindled
            | Self::Disk => {}
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
            Self::Released(claim) => Some(format!(
                "{}, which claimed it, is {}: none of these comes any more.",
                claim.who().replacen('j', "J", 1),
                state(claim)
            )),
            Self::Claimed(claim) => Some(format!(
                "{} claimed it: these are the ends of that job, and its own record is past.",
                claim.brief().replacen('j', "J", 1)
            )),
            Self::BuiltOn(jobs) => Some(format!(
                "Checkpoints of {} name its files: claimed, it goes as theirs do; in LEGACY mode it stays.",
                jobs_of(jobs)
            )),
            Self::MayGoOn(_) => Some(
                "Whether a job that uses its job's id again keeps it is not known: kept, it goes as that job's checkpoints do."
                    .to_owned(),
            ),
            Self::EarlierRun(live) if live.is_of_earlier_run() => Some(format!(
                "An earlier run of job {} took it: none of these comes any more.",
                live.job.name
            )),
            Self::EarlierRun(live) => Some(format!(
                "Job {}, which runs now, does not touch it: whether whoever took it goes on elsewhere is not known.",
                live.job.name
            )),
            Self::MayBeEarlier(live) => Some(format!(
                "Whether job {} took it, or an earlier run of its id did, is not known: these are the ends of what it took itself.",
                live.job.name
            )),
            Self::MaybeClaimed(_, job) => Some(format!(
                "Whether job {} claimed it is not known: claimed, it goes as that job's own checkpoints do.",
                job.name
            )),
            Self::Dwindled => Some(
                "Files of it are gone, as after a claim: claimed, it goes as checkpoints of that job do.".to_owned(),
            ),
            _ => None,
        }
    }

    /// What becomes of it: what its record says, unless somebody else than its own job decides.
    pub fn fate<'s>(&self, snapshot: &'s Snapshot) -> Cow<'s, Fate> {
        match self {
            Self::Claimed(claim) => Cow::Owned(claim.fate()),
            Self::BuiltOn(jobs) => Cow::Owned(fate::named_by_others(&format!(
                "checkpoints of {}, which name its files",
                jobs_of(jobs)
            ))),
            Self::MayGoOn(live) => Cow::Owned(fate::named_by_others(&format!(
                "whether another job goes on under the id of job {}, which is not known",
                live.job.name
            ))),
            Self::EarlierRun(live) if live.is_of_earlier_run() => {
                Cow::Owned(fate::of_earlier_run(&live.job.name))
            }
            Self::EarlierRun(_) => Cow::Owned(fate::named_by_others(
                "whether whoever took it goes on elsewhere, which is not known",
            )),
            Self::MayBeEarlier(live) => Cow::Owned(fate::named_by_others(&format!(
                "whether job {} took it, or an earlier run of its id did, which is not known",
                live.job.name
            ))),
            Self::MaybeClaimed(_, job) => Cow::Owned(fate::named_by_others(&format!(
                "what job {} began with, which is not known",
                job.name
            ))),
            Self::Dwindled => Cow::Owned(fate::named_by_others(
                "files of it being gone, as after a claim",
            )),
            _ => Cow::Borrowed(&snapshot.fate),
        }
    }

    /// Why, for each of the five ends in Flink's order, where somebody else than its own job decides.
    pub fn reasons(&self) -> Option<[String; 5]> {
        match self {
            Self::Claimed(claim) => Some(claim.reasons()),
            Self::BuiltOn(jobs) => {
                let whose = format!(
                    "Claimed by {0} it goes as checkpoints of {0} do; leaned on in LEGACY mode it stays.",
                    jobs_of(jobs)
                );
                Some(std::array::from_fn(|_| whose.clone()))
            }
            Self::MayGoOn(_) => {
                let whose = "Kept by a job that uses the id again it goes as that job's checkpoints do; else it stays.";
                Some(std::array::from_fn(|_| whose.to_owned()))
            }
            Self::EarlierRun(live) => {
                let whose = if live.is_of_earlier_run() {
                    "No end of the job that runs now touches it."
                } else {
                    "No end of the job that runs now touches it; kept by whoever took it, it goes as that one's checkpoints do."
                };
                Some(std::array::from_fn(|_| whose.to_owned()))
            }
            Self::MayBeEarlier(live) => {
                let whose = format!(
                    "Taken by job {0} it goes as checkpoints of that job do; of an earlier run it stays.",
                    live.job.name
                );
                Some(std::array::from_fn(|_| whose.clone()))
            }
            Self::MaybeClaimed(_, job) => {
                let whose = format!(
                    "Claimed by job {0} it goes as checkpoints of that job do; else it stays.",
                    job.name
                );
                Some(std::array::from_fn(|_| whose.clone()))
            }
            Self::Dwindled => {
                let whose =
                    "Claimed, it goes as checkpoints of the job that claimed it do; else it stays.";
                Some(std::array::from_fn(|_| whose.to_owned()))
            }
            _ => None,
        }
    }
}

fn state(claim: &Claim<'_>) -> String {
    claim
        .told
        .map_or_else(String::new, |(_, job)| job.state.to_string())
}

/// Why it cannot be told which run of an id took it.
fn may_be_earlier(live: &Live<'_>) -> String {
    format!(
        "job {} is {} on {} under its id, went back to a checkpoint of its own since it started, and does not remember this one: whether \
         it took it, or an earlier run did, is not known",
        live.job.name, live.job.state, live.cluster.name
    )
}

/// Why whose it is cannot be told after a failure of a job.
fn maybe_claimed(cluster: &Cluster, job: &Job) -> String {
    format!(
        "job {} on {} may have been restored from it with CLAIM: it went back to a checkpoint of its own since, and nothing tells what it \
         began with",
        job.name, cluster.name
    )
}

/// Jobs in a sentence: `job 11112222…`, `jobs 11112222… and 33334444…`.
pub(super) fn jobs_of(jobs: &[JobId]) -> String {
    let short = |job: &JobId| format!("{}…", &job.to_string()[..8]);
    match jobs {
        [] => "another job".to_owned(),
        [one] => format!("job {}", short(one)),
        [first, second] => format!("jobs {} and {}", short(first), short(second)),
        [first, rest @ ..] => format!("job {} and {} others", short(first), rest.len()),
    }
}

/// Who has it under way.
pub fn under_way(cluster: &Cluster, job: &Job, kind: Kind) -> String {
    let (has, when) = match cluster.contact {
        Contact::Silent { .. } => ("had", " when that last answered"),
        Contact::Answering { .. } | Contact::NotYet => ("has", ""),
    };
    let what = match kind {
        Kind::Savepoint => format!("a savepoint under way{when}, which may be this one"),
        Kind::Checkpoint | Kind::ExternalizedCheckpoint => format!("it under way{when}"),
    };
    format!("job {} on {} {has} {what}", job.name, cluster.name)
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
mod tests;
