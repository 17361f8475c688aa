//! Jobs that go on with a snapshot, as far as what lies there, notes of restarts and earlier answers of clusters tell.

use serde::{Deserialize, Serialize};

use super::claim::ClaimMode;
use super::id::JobId;

/// The jobs that go on with a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Heirs {
    /// Those that are known to have been restored from it.
    pub restored: Vec<Restart>,
    /// Other jobs whose checkpoints name files of it: each was restored, from it or from another with the same files, with
    /// CLAIM or in LEGACY mode.
    pub naming: Vec<JobId>,
    /// Jobs that are known to have been restored from another snapshot: what they began with was not this one.
    #[serde(default)]
    pub others: Vec<JobId>,
}

impl Heirs {
    /// Whether none is known.
    pub fn is_empty(&self) -> bool {
        self.restored.is_empty() && self.naming.is_empty()
    }

    /// The jobs that are known to have claimed it.
    pub fn claimers(&self) -> impl Iterator<Item = JobId> {
        let claimed = self.restored.iter();
        claimed
            .filter(|it| it.claim_mode == Some(ClaimMode::Claim))
            .map(|it| it.job)
    }
}

/// A job that is known to have been restored from a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restart {
    /// The job.
    pub job: JobId,
    /// In which mode; unknown where nothing says.
    pub claim_mode: Option<ClaimMode>,
}
