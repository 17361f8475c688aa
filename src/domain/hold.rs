//! A named lock on a snapshot, which no deletion passes.

use jiff::Timestamp;

use super::history::identity;
use super::location::Location;

/// A hold: as long as it stands, nothing here deletes the snapshot or a file that it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// What to call it; a snapshot may have several, each with a name of its own.
    pub name: String,
    /// The snapshot, where stateward saw it.
    pub snapshot: Location,
    /// Who set it, as `user@host`; empty where that is not known.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why, in the words of whoever set it; may be empty.
    pub why: String,
    /// When it ends by itself; never without.
    pub expires: Option<Timestamp>,
}

impl Hold {
    /// Whether it stands now.
    pub fn stands(&self, now: Timestamp) -> bool {
        self.expires.is_none_or(|end| now < end)
    }

    /// Whether it is on this snapshot: at this place, or under the same telling name elsewhere. A copy is held with its
    /// original, rather than one of them too few.
    pub fn is_on(&self, snapshot: &Location) -> bool {
        identity(&self.snapshot) == identity(snapshot)
    }
}
