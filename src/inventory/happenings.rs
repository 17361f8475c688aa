//! What happened to snapshots, for listeners that want events instead of rows.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::domain::event::are_apart;
use crate::domain::location::Location;
use crate::domain::snapshot::RootState;

use super::delta::Delta;

/// What happened to a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happening {
    /// It was there when the watching began.
    Present,
    /// It was not there before.
    Appeared,
    /// Its metadata was written.
    Completed,
    /// Anything else about it changed.
    Changed,
    /// It went.
    Vanished,
}

/// Turns rows into events.
#[derive(Debug, Default)]
pub struct Happenings {
    /// When each snapshot that is there completed.
    known: BTreeMap<Location, Option<Timestamp>>,
    /// Whether every root has been looked at, so that what comes now is new.
    settled: BTreeMap<Location, bool>,
}

impl Happenings {
    /// What a delta means for snapshots, in order.
    pub fn of(&mut self, delta: &Delta) -> Vec<(Happening, Location)> {
        match delta {
            Delta::Lineages(_) | Delta::Ours => Vec::new(),
            Delta::Root(status) => {
                self.settled.insert(
                    status.location.clone(),
                    !matches!(status.state, RootState::Scanning { .. }),
                );
                Vec::new()
            }
            Delta::Removed(location) => self
                .known
                .remove(location)
                .map(|_| (Happening::Vanished, location.clone()))
                .into_iter()
                .collect(),
            Delta::Upserted(row) => {
                let now = row.completed_at;
                let before = self.known.insert(row.location.clone(), now);
                let at_start =
                    self.settled.is_empty() || self.settled.values().any(|settled| !settled);
                let happenings: &[Happening] = match before {
                    None if at_start => &[Happening::Present],
                    None if now.is_some() => &[Happening::Appeared, Happening::Completed],
                    None => &[Happening::Appeared],
                    Some(None) if now.is_some() => &[Happening::Completed],
                    // Another run wrote its own in place of that.
                    Some(before) if are_apart(now, before) => &[Happening::Completed],
                    Some(_) => &[Happening::Changed],
                };
                happenings
                    .iter()
                    .map(|&happening| (happening, row.location.clone()))
                    .collect()
            }
        }
    }
}
