//! Whether a snapshot that holds all that it names may be moved: others may name files in it by where they lie, and a job that has
//! it among its own checkpoints goes back to it there (`CompletedCheckpoint#getExternalPointer`). A copy breaks nobody.

use std::sync::Arc;

use super::explain::relations::Relations;
use super::overlay;
use super::ownership::{self, Ownership, jobs_of};
use crate::domain::cluster::{CheckpointStatus, Cluster, Job};
use crate::domain::snapshot::Snapshot;

/// Why a snapshot must stay where it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tie {
    /// Snapshots outside of it name files in it, as this clause says.
    Named(String),
    /// A job goes back to it where it lies, or may, as this clause says.
    Needed(String),
}

impl Tie {
    /// Why, in a clause.
    pub fn words(&self) -> &str {
        match self {
            Self::Named(why) | Self::Needed(why) => why,
        }
    }
}

/// What ties a snapshot to where it lies, by what is in sight. Without the relations it is told by bytes that are not its alone
/// that others name files in it, and not who they are.
pub fn tie(
    snapshot: &Snapshot,
    clusters: &[Arc<Cluster>],
    relations: Option<&Relations>,
) -> Option<Tie> {
    named(snapshot, relations)
        .map(Tie::Named)
        .or_else(|| needed(snapshot, clusters).map(Tie::Needed))
}

fn named(snapshot: &Snapshot, relations: Option<&Relations>) -> Option<String> {
    if let Some(known) = relations.filter(|it| !it.sharers.is_empty()) {
        let verb = if known.sharers.len() == 1 {
            "names"
        } else {
            "name"
        };
        let who = known.names(snapshot.job_id);
        return Some(format!("{who} {verb} files in it"));
    }
    let jobs = &snapshot.heirs.naming;
    if !jobs.is_empty() {
        let who = jobs_of(jobs);
        return Some(format!("checkpoints of {who} name files in it"));
    }
    let is_shared = snapshot.facts.is_some() && snapshot.sizes.freed < snapshot.sizes.refer;
    (relations.is_none() && is_shared).then(|| "others name files in it".to_owned())
}

fn needed(snapshot: &Snapshot, clusters: &[Arc<Cluster>]) -> Option<String> {
    let why = match ownership::of(snapshot, clusters) {
        Ownership::Claimed(claim) => format!("{} claimed it", claim.brief()),
        Ownership::MaybeClaimed(cluster, job) => {
            format!("job {} on {} may have claimed it", job.name, cluster.name)
        }
        Ownership::Lives(live) => format!(
            "job {} on {} may go back to it",
            live.job.name, live.cluster.name
        ),
        Ownership::MayGoOn(_) => "a job that uses its job's id again may go back to it".to_owned(),
        Ownership::EarlierRun(live) if !live.is_of_earlier_run() => {
            "whoever took it may go back to it".to_owned()
        }
        Ownership::Dwindled => "files of it are gone, as after a claim".to_owned(),
        _ => {
            let mut users = overlay::users(snapshot, clusters);
            let (cluster, job) = users.find(|(_, job)| !has_its_own(job))?;
            format!(
                "job {} on {} was restored from it and has completed no checkpoint since",
                job.name, cluster.name
            )
        }
    };
    Some(why)
}

/// Whether a job has a checkpoint of its own since it was restored.
fn has_its_own(job: &Job) -> bool {
    let before = job.restored.as_ref().map(|it| it.id);
    job.checkpoints.iter().any(|it| {
        it.status == CheckpointStatus::Completed
            && !it.is_savepoint
            && !it.discarded
            && Some(it.id) > before
    })
}
