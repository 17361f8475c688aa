//! What was known at a moment of a recording.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::told::Told;
use crate::analysis::timeline::Timeline;
use crate::domain::cluster::{Cluster, ClusterId};
use crate::domain::event::{Event, What};
use crate::domain::hold::Hold;
use crate::domain::location::Location;
use crate::domain::mark::Mark;
use crate::domain::snapshot::{Lineage, RootState, RootStatus, Snapshot, Watching};

/// What was known at a moment.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    pub(super) snapshots: BTreeMap<Location, Arc<Snapshot>>,
    pub(super) lineages: Arc<[Lineage]>,
    pub(super) roots: BTreeMap<Location, RootStatus>,
    pub(super) past: Timeline,
    clusters: BTreeMap<ClusterId, Told>,
}

impl State {
    pub(super) fn take_in(&mut self, event: &Event) {
        self.past.take_in(event);
        match &event.what {
            What::Present(seen)
            | What::Appeared(seen)
            | What::Completed(seen)
            | What::Broke(seen)
            | What::Changed(seen) => {
                if let Some(row) = &seen.row {
                    let row = Arc::new((**row).clone());
                    self.snapshots.insert(row.location.clone(), row);
                }
            }
            What::Gone { uri, .. } => {
                self.snapshots.remove(uri);
            }
            What::WatchBegan { root } => {
                self.status(root).state = RootState::Ready;
            }
            What::RootLost { root } => {
                self.snapshots.retain(|at, _| !at.is_within(root));
                self.status(root).state = RootState::Missing;
            }
            What::Root { status } => {
                self.roots
                    .insert(status.location.clone(), (**status).clone());
            }
            What::Lineages { lineages } => self.lineages = lineages.as_slice().into(),
            What::Cluster { cluster, jobs } => self.told(cluster.id).hear(cluster, jobs),
            What::Job {
                cluster,
                job,
                checkpoints,
            } => self.told(*cluster).hear_of_job(job, checkpoints),
            What::Checkpoint {
                cluster,
                job,
                checkpoint,
            } => self.told(*cluster).hear_of_checkpoint(*job, checkpoint),
            _ => {}
        }
    }

    fn told(&mut self, cluster: ClusterId) -> &mut Told {
        self.clusters.entry(cluster).or_default()
    }

    pub(super) fn clusters(&self) -> Vec<Arc<Cluster>> {
        let told = self.clusters.values();
        told.filter_map(Told::cluster).map(Arc::new).collect()
    }

    fn status(&mut self, root: &Location) -> &mut RootStatus {
        self.roots
            .entry(root.clone())
            .or_insert_with(|| RootStatus {
                location: root.clone(),
                watching: Watching::Off,
                state: RootState::Ready,
                problems: Vec::new(),
                scanned_at: None,
            })
    }

    pub(super) fn holds(&self) -> Vec<Hold> {
        let lives = self.past.lives().filter(|life| life.is_there());
        lives
            .flat_map(|life| {
                life.holds.iter().map(|name| Hold {
                    name: name.clone(),
                    snapshot: life.sketch.uri.clone(),
                    by: String::new(),
                    at: life.first_seen,
                    why: String::new(),
                    expires: None,
                })
            })
            .collect()
    }

    pub(super) fn marks(&self) -> Vec<Mark> {
        let lives = self
            .past
            .lives()
            .filter(|life| life.is_there() && life.is_marked);
        lives
            .map(|life| Mark {
                snapshot: life.sketch.uri.clone(),
                restore_path: life.sketch.uri.clone(),
                lineage: life.sketch.lineage.clone(),
                jobs: life.sketch.job.into_iter().collect(),
                by: String::new(),
                at: life.first_seen,
                note: String::new(),
            })
            .collect()
    }
}
