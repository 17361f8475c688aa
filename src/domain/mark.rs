//! The mark that says: restart from this one.

use jiff::Timestamp;

use super::history::identity;
use super::id::JobId;
use super::location::Location;

/// A snapshot chosen to restart from; a lineage has at most one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The snapshot, where stateward sees it.
    pub snapshot: Location,
    /// The snapshot, as Flink is to see it.
    pub restore_path: Location,
    /// The name of its lineage when it was marked.
    pub lineage: String,
    /// The jobs of that lineage when it was marked.
    pub jobs: Vec<JobId>,
    /// Who marked it, as `user@host`; empty where that is not known.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why, in the words of whoever marked it; may be empty.
    pub note: String,
}

impl Mark {
    /// Whether it is on this snapshot: at this place, or under the same telling name elsewhere, as with a hold.
    pub fn is_on(&self, snapshot: &Location) -> bool {
        identity(&self.snapshot) == identity(snapshot)
    }

    /// Whether it is of this lineage. Jobs tell: names are for people, differ by where one looks from, and may be those of
    /// others. Only where no job is known on either side there is nothing but the name.
    pub fn is_of(&self, lineage: &str, jobs: &[JobId]) -> bool {
        if self.jobs.is_empty() && jobs.is_empty() {
            self.lineage == lineage
        } else {
            self.jobs.iter().any(|job| jobs.contains(job))
        }
    }
}
