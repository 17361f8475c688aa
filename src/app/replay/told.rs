//! What a cluster had told by a moment of a recording, put together from what changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::cluster::{Checkpoint, Cluster, Job};
use crate::domain::id::{CheckpointId, JobId};

/// What was told of one cluster.
#[derive(Debug, Clone, Default)]
pub(super) struct Told {
    /// All but its jobs; none before anything was told of it.
    head: Option<Arc<Cluster>>,
    order: Vec<JobId>,
    jobs: BTreeMap<JobId, OfJob>,
}

#[derive(Debug, Clone)]
struct OfJob {
    /// All but its checkpoints.
    job: Arc<Job>,
    order: Vec<CheckpointId>,
    checkpoints: BTreeMap<CheckpointId, Arc<Checkpoint>>,
}

impl Told {
    pub(super) fn hear(&mut self, cluster: &Cluster, jobs: &[JobId]) {
        self.head = Some(Arc::new(cluster.clone()));
        self.order = jobs.to_vec();
        self.jobs.retain(|id, _| jobs.contains(id));
    }

    pub(super) fn hear_of_job(&mut self, job: &Job, checkpoints: &[CheckpointId]) {
        let known = self.jobs.remove(&job.id);
        let mut known = known.map(|it| it.checkpoints).unwrap_or_default();
        known.retain(|id, _| checkpoints.contains(id));
        let told = OfJob {
            job: Arc::new(job.clone()),
            order: checkpoints.to_vec(),
            checkpoints: known,
        };
        self.jobs.insert(job.id, told);
    }

    pub(super) fn hear_of_checkpoint(&mut self, job: JobId, checkpoint: &Checkpoint) {
        if let Some(known) = self.jobs.get_mut(&job) {
            let checkpoint = Arc::new(checkpoint.clone());
            known.checkpoints.insert(checkpoint.id, checkpoint);
        }
    }

    /// All of it; none before anything was told.
    pub(super) fn cluster(&self) -> Option<Cluster> {
        let jobs = self.order.iter().filter_map(|id| self.jobs.get(id));
        Some(Cluster {
            jobs: jobs.map(|job| Arc::new(job.whole())).collect(),
            ..(**self.head.as_ref()?).clone()
        })
    }
}

impl OfJob {
    fn whole(&self) -> Job {
        let checkpoints = self.order.iter().filter_map(|id| self.checkpoints.get(id));
        Job {
            checkpoints: checkpoints.map(|it| (**it).clone()).collect(),
            ..(*self.job).clone()
        }
    }
}
