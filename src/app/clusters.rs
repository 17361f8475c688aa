//! What clusters say, and where it meets what lies on disk.

use std::sync::Arc;

use super::called;
use super::effect::Effect;
use super::model::{Model, Popup};
use super::sort::Column;
use crate::analysis::overlay::{self, job_of_lineage, jobs};
use crate::domain::cluster::{Cluster, Contact, Job};
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

/// The place in the list of jobs of the one that the selected snapshot belongs to, or the lineage in scope.
pub(super) fn job_in_view(model: &Model) -> Option<usize> {
    let of_snapshot = model
        .detailed()
        .and_then(|snapshot| Some(overlay::live(snapshot, &model.clusters)?.job.id));
    let of_lineage = || {
        let lineage = model.scope_lineage()?;
        Some(job_of_lineage(&model.clusters, lineage)?.1.id)
    };
    let id = of_snapshot.or_else(of_lineage)?;
    jobs(&model.clusters).position(|(_, job)| job.id == id)
}

/// The cluster that most needs a look: one that is silent, then one that was not heard yet.
pub fn most_worrying(clusters: &[Arc<Cluster>]) -> Option<&Arc<Cluster>> {
    clusters.iter().min_by_key(|cluster| match cluster.contact {
        Contact::Silent { .. } => 0,
        Contact::NotYet => 1,
        Contact::Answering { .. } => 2,
    })
}

/// The job that actions are about: the chosen one in the list of jobs, else the one in view, else the only one that runs.
pub(super) fn target(model: &Model) -> Option<(&Arc<Cluster>, &Arc<Job>)> {
    let chosen = match model.popups.last() {
        Some(Popup::Jobs { chosen, .. }) => Some(*chosen),
        _ => job_in_view(model),
    };
    if let Some(found) = chosen.and_then(|at| jobs(&model.clusters).nth(at)) {
        return Some(found);
    }
    let mut running = jobs(&model.clusters).filter(|(_, job)| !job.state.is_over());
    running.next().filter(|_| running.next().is_none())
}
