//! What clusters say, and where it meets what lies on disk.

use std::sync::Arc;

use super::called;
use super::effect::Effect;
use super::model::{Model, Popup};
use super::sort::Column;
use crate::analysis::overlay::{self, job_of_lineage, jobs};
use crate::domain::cluster::{Cluster, Contact, Job};
use crate::domain::id::JobId;
use crate::domain::location::Location;
use crate::flink::discover;

/// Takes in what is known of a cluster, in place of what was known before.
pub(super) fn heard(model: &mut Model, cluster: Arc<Cluster>) -> Vec<Effect> {
    let effects = if model.discovers {
        new_roots(model, &cluster)
    } else {
        Vec::new()
    };
    match model.clusters.iter_mut().find(|it| it.id == cluster.id) {
        Some(known) => *known = cluster,
        None => model.clusters.push(cluster),
    }
    called::refresh(model);
    model.index.stale |= model.filter.depends_on_clusters() || model.sort.column == Column::Owner;
    model.dirty = true;
    effects
}

/// The places that a cluster writes to and that are not watched yet.
fn new_roots(model: &Model, cluster: &Cluster) -> Vec<Effect> {
    let is_new = |place: &Location| {
        let watched = |root: &Location| place.is_within(&root.canonical());
        !model.roots.iter().any(|root| watched(&root.location))
    };
    let new: Vec<Location> = discover::directories(cluster)
        .into_iter()
        .filter(is_new)
        .collect();
    if new.is_empty() {
        Vec::new()
    } else {
        vec![Effect::AddRoots(new)]
    }
}

/// The place in the list of jobs of the one that the selected snapshot belongs to, or its lineage, or the lineage in scope.
pub(super) fn job_in_view(model: &Model) -> Option<usize> {
    let snapshot = model.detailed();
    let of_snapshot = || Some(overlay::live(snapshot?, &model.clusters)?.job);
    let lineage = match snapshot {
        Some(snapshot) => model.lineage(snapshot.lineage),
        None => model.scope_lineage(),
    };
    // An id of zeros is shared by every job of application clusters with high availability: it tells of no lineage.
    let of_lineage = || {
        let (_, job) = job_of_lineage(&model.clusters, lineage?)?;
        (job.id != JobId::ZERO).then_some(job)
    };
    let found = of_snapshot().or_else(of_lineage)?;
    jobs(&model.clusters).position(|(_, job)| Arc::ptr_eq(job, found))
}

/// The cluster that most needs a look: one that is silent, then one that was not heard yet.
pub fn most_worrying(clusters: &[Arc<Cluster>]) -> Option<&Arc<Cluster>> {
    clusters.iter().min_by_key(|cluster| match cluster.contact {
        Contact::Silent { .. } => 0,
        Contact::NotYet => 1,
        Contact::Answering { .. } => 2,
    })
}

/// A job that actions are about.
pub(super) struct Target<'a> {
    /// The cluster that runs it.
    pub(super) cluster: &'a Arc<Cluster>,
    /// The job; it may be over.
    pub(super) job: &'a Arc<Job>,
    /// Whether it is the job of what is selected, and not merely the only one that runs.
    pub(super) is_own: bool,
}

/// The job that actions are about: the chosen one in the list of jobs, else the one in view, whatever its state. The only one
/// that runs is offered where no job is known of what is selected.
pub(super) fn target(model: &Model) -> Option<Target<'_>> {
    let chosen = match model.popups.last() {
        Some(Popup::Jobs { chosen, .. }) => Some(*chosen),
        _ => job_in_view(model),
    };
    if let Some((cluster, job)) = chosen.and_then(|at| jobs(&model.clusters).nth(at)) {
        return Some(Target {
            cluster,
            job,
            is_own: true,
        });
    }
    let mut running = jobs(&model.clusters).filter(|(_, job)| !job.state.is_over());
    let (cluster, job) = running.next().filter(|_| running.next().is_none())?;
    let is_selected = model.detailed().is_some() || model.scope.is_some();
    Some(Target {
        cluster,
        job,
        is_own: !is_selected && jobs(&model.clusters).count() == 1,
    })
}
