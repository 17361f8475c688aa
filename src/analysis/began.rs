//! What a job began with, where it does not tell that any more: after a failure Flink tells of the checkpoint of its own that it went
//! back to (`CheckpointStatsTracker` keeps the latest restore alone), and keeps what it claimed as before.

use std::sync::Arc;

use super::overlay::{self, Live};
use crate::domain::cluster::{Checkpoint, CheckpointStatus, Cluster, Contact, Job};
use crate::domain::history::JobHistory;
use crate::domain::snapshot::{Health, Kind, Snapshot};

/// The jobs that live, went back to a checkpoint of their own, and may have been restored from a snapshot before, with CLAIM: where
/// nothing tells what they began with, and this may have been it.
pub fn may_have_claimed<'a>(
    snapshot: &'a Snapshot,
    clusters: &'a [Arc<Cluster>],
    restarts: &'a [JobHistory],
) -> impl Iterator<Item = (&'a Arc<Cluster>, &'a Arc<Job>)> {
    let is_shell = matches!(
        snapshot.health,
        Health::InProgress | Health::Empty | Health::Abandoned
    );
    overlay::jobs(clusters).filter(move |(_, job)| {
        !is_shell
            && !job.state.is_over()
            && overlay::went_back(job)
            && !overlay::is_own(&snapshot.location, job.id)
            && may_be_origin(snapshot, job, restarts)
            && !is_kept_by_another(snapshot, job, clusters)
    })
}

/// Whether another job that lives keeps a checkpoint as its own, or went back to it and has none since: as long as that is so, that one
/// speaks for it.
fn is_kept_by_another(snapshot: &Snapshot, job: &Job, clusters: &[Arc<Cluster>]) -> bool {
    let Some(own) = overlay::live(snapshot, clusters).filter(Live::lives) else {
        return false;
    };
    let is_its = snapshot.kind != Kind::Savepoint && snapshot.job_id == Some(own.job.id);
    let is_told = matches!(own.cluster.contact, Contact::Answering { .. });
    if !is_its || !is_told || own.job.id == job.id {
        return false;
    }
    let is_kept = |it: &Checkpoint| it.status == CheckpointStatus::Completed && !it.discarded;
    let went_back = || {
        let restored = own.job.restored.as_ref().and_then(|it| it.path.as_ref());
        let mut checkpoints = own.job.checkpoints.iter().filter(|it| !it.is_savepoint);
        restored.is_some_and(|path| overlay::is_at(path, snapshot)) && !checkpoints.any(is_kept)
    };
    own.checkpoint.map_or_else(went_back, is_kept)
}

fn may_be_origin(snapshot: &Snapshot, job: &Job, restarts: &[JobHistory]) -> bool {
    let mut restored = snapshot.heirs.restored.iter();
    if let Some(known) = restored.find(|it| it.job == job.id) {
        // In another mode it was not claimed; with CLAIM it was.
        return known.claim_mode.is_none();
    }
    if let Some((from, mode)) = overlay::noted(job.id, restarts) {
        return overlay::is_at(from, snapshot) && mode.is_none();
    }
    !snapshot.heirs.others.contains(&job.id)
        && is_older(snapshot, job)
        && may_share_operators(job, snapshot)
}

/// Whether a snapshot was there before a job began. A job counts its checkpoints on from what it was restored from; when it began is
/// told anew, as later, by a `JobManager` that took it over.
fn is_older(snapshot: &Snapshot, job: &Job) -> bool {
    let own = job.checkpoints.iter().map(|it| it.id);
    let first = own.chain(job.restored.as_ref().map(|it| it.id)).min();
    let ids = snapshot.checkpoint_id().zip(first);
    let times = job.started_at.zip(snapshot.completed_at);
    ids.is_none_or(|(id, first)| id < first)
        && times.is_none_or(|(began, taken)| !overlay::is_since(taken, began))
}

/// Whether a job may be restored from a snapshot, by its first operators; those that are not known may be any.
pub fn may_share_operators(job: &Job, snapshot: &Snapshot) -> bool {
    let Some(facts) = &snapshot.facts else {
        return true;
    };
    let has = |id: &str| facts.operators.iter().any(|it| it.id.to_string() == id);
    job.vertices.is_empty() || job.vertices.iter().any(|vertex| has(&vertex.id))
}
