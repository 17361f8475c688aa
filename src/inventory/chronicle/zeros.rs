//! Since when the job runs that writes to a directory of the id of zeros: several may have written there before it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Chronicle;
use crate::domain::cluster::{Cluster, ClusterId, Contact};
use crate::domain::event::Sketch;
use crate::domain::id::JobId;
use crate::domain::location::Location;

/// What clusters tell of jobs with the id of zeros.
#[derive(Debug, Default)]
pub(super) struct Zeros {
    /// Of each cluster that has one, where it writes and since when it runs; none where that is not told, or it is over.
    told: BTreeMap<ClusterId, Option<(Location, Timestamp)>>,
}

impl Zeros {
    /// Takes in what a cluster tells. While it is silent, what it told stays.
    pub(super) fn hear(&mut self, cluster: &Cluster) {
        if !matches!(cluster.contact, Contact::Answering { .. }) {
            return;
        }
        let Some(job) = cluster.job(JobId::ZERO) else {
            self.told.remove(&cluster.id);
            return;
        };
        let home = job.latest_home().filter(|_| !job.state.is_over());
        let run = home.map(|home| home.canonical()).zip(job.started_at);
        self.told.insert(cluster.id, run);
    }

    /// When the run of such a job began that writes to a directory; none where several are known.
    fn began(&self, directory: &Location) -> Option<Timestamp> {
        let mut told = self.told.values();
        let (Some(Some((home, began))), None) = (told.next(), told.next()) else {
            return None;
        };
        (*home == directory.canonical()).then_some(*began)
    }
}

impl Chronicle {
    /// When the run began that completed a checkpoint in a directory of the id of zeros, where its cluster tells.
    pub(super) fn told_begin(&self, sketch: &Sketch) -> Option<Timestamp> {
        let directory = sketch
            .uri
            .parent()
            .filter(|_| sketch.job == Some(JobId::ZERO))?;
        let began = self.zeros.began(&directory)?;
        (Some(began) <= sketch.completed_at).then_some(began)
    }
}
