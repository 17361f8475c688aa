//! What happened to snapshots, for listeners that want events instead of rows.

use std::collections::BTreeMap;

use crate::domain::event::Sketch;
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
    /// How each snapshot that is there looked last.
    known: BTreeMap<Location, Sketch>,
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
                let now = Sketch::of(row, "");
                let at_start =
                    self.settled.is_empty() || self.settled.values().any(|settled| !settled);
                let has_completed = now.completed_at.is_some();
                let (happenings, now): (&[Happening], Sketch) = match self.known.get(&row.location)
                {
                    None if at_start => (&[Happening::Present], now),
                    None if has_completed => (&[Happening::Appeared, Happening::Completed], now),
                    None => (&[Happening::Appeared], now),
                    // Another run wrote its own in place of that.
                    Some(before) if now.is_another_than(before) => (&[Happening::Completed], now),
                    Some(before) if before.completed_at.is_none() && has_completed => {
                        (&[Happening::Completed], now)
                    }
                    Some(before) => (&[Happening::Changed], now.carried_on(before)),
                };
                self.known.insert(row.location.clone(), now);
                happenings
                    .iter()
                    .map(|&happening| (happening, row.location.clone()))
                    .collect()
            }
        }
    }
}
