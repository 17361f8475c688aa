//! How many checkpoints a job keeps (`execution.checkpointing.num-retained`, which only the cluster's configuration sets:
//! `DefaultCompletedCheckpointStoreUtils`), as far as its cluster tells or the disk shows.

use std::fmt;
use std::sync::Arc;

use super::overlay::{self, Live};
use crate::domain::cluster::Cluster;
use crate::domain::id::JobId;
use crate::domain::snapshot::{Kind, Snapshot};

/// How many checkpoints the job of a snapshot keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Retained {
    /// So many, by the configuration of the cluster of this name.
    Told(u32, String),
    /// So many or more: they lie beside each other.
    AtLeast(usize),
    /// Neither tells.
    Unknown,
}

impl Retained {
    /// Of the job that took a snapshot, by those in sight.
    pub fn of<'r>(
        snapshot: &Snapshot,
        clusters: &[Arc<Cluster>],
        rows: impl IntoIterator<Item = &'r Arc<Snapshot>>,
    ) -> Self {
        let live = overlay::live(snapshot, clusters).filter(Live::lives);
        let told = live.and_then(|live| {
            let kept = live.cluster.settings.as_ref()?.retained?;
            Some(Self::Told(kept, live.cluster.name.clone()))
        });
        if let Some(told) = told {
            return told;
        }
        // Where ids are zeros, several jobs may have written.
        let is_of_one_job = snapshot.job_id.is_some_and(|id| id != JobId::ZERO);
        let parent = snapshot.location.parent();
        let rows = rows.into_iter();
        let rows: Vec<&Arc<Snapshot>> =
            rows.filter(|row| row.location.parent() == parent).collect();
        // It may be gone.
        let is_here = rows.iter().any(|row| row.location == snapshot.location);
        match completed_beside(snapshot, rows).len() + usize::from(is_here) {
            0 | 1 => Self::Unknown,
            _ if !is_of_one_job || snapshot.facts.is_none() => Self::Unknown,
            kept => Self::AtLeast(kept),
        }
    }
}

impl fmt::Display for Retained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Told(kept, cluster) => write!(f, "{kept} on {cluster}"),
            Self::AtLeast(kept) => write!(f, "at least {kept}, as {kept} are here"),
            Self::Unknown => write!(f, "1 unless set"),
        }
    }
}

/// Other completed checkpoints in the same directory, in the order of their numbers.
pub fn completed_beside<'r>(
    snapshot: &Snapshot,
    rows: impl IntoIterator<Item = &'r Arc<Snapshot>>,
) -> Vec<(u64, &'r Snapshot)> {
    let Some(own) = snapshot.checkpoint_id() else {
        return Vec::new();
    };
    let parent = snapshot.location.parent();
    let mut found: Vec<(u64, &Snapshot)> = rows
        .into_iter()
        .map(|row| &**row)
        .filter(|row| row.kind != Kind::Savepoint && row.facts.is_some())
        .filter(|row| row.location.parent() == parent)
        .filter_map(|row| Some((row.checkpoint_id()?, row)))
        .filter(|(id, _)| *id != own)
        .collect();
    found.sort_by_key(|(id, _)| *id);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::sample;
    use crate::domain::cluster::{CheckpointSettings, JobState};

    #[test]
    fn what_a_cluster_tells_outweighs_what_lies_there() {
        let row = |id| Arc::new(sample::checkpoint(id, 60));
        let rows = [row(5), row(6), row(7)];
        let said = |clusters: &[Arc<Cluster>], rows: &[Arc<Snapshot>]| {
            Retained::of(&rows[0], clusters, rows).to_string()
        };
        assert_eq!(said(&[], &rows[..1]), "1 unless set");
        assert_eq!(said(&[], &rows), "at least 3, as 3 are here");
        let mut cluster = sample::cluster([sample::job(sample::JOB, JobState::Running)]);
        cluster.settings = Some(CheckpointSettings {
            retained: Some(4),
            ..CheckpointSettings::default()
        });
        assert_eq!(said(&[Arc::new(cluster)], &rows), "4 on prod");
    }
}
