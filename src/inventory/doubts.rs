//! What something happened to that may mean nothing: looked at once it is over.
//!
//! Flink deletes a checkpoint that is subsumed piece by piece (`CompletedCheckpoint#discard`: its metadata, its files, its
//! directory; meanwhile `SharedStateRegistryImpl#unregisterUnusedState` the shared files). Whoever looked at once would
//! call every one of them damaged before it is gone.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::domain::location::Location;

/// Places that something happened to, and when to look at them.
#[derive(Debug)]
pub struct Doubts {
    wait: Duration,
    places: BTreeSet<Location>,
    due: Option<Instant>,
}

impl Doubts {
    /// None so far; each is looked at after `wait`, together with those that come meanwhile.
    pub fn new(wait: Duration) -> Self {
        Self {
            wait,
            places: BTreeSet::new(),
            due: None,
        }
    }

    /// Something happened to a place.
    pub fn raise(&mut self, place: Location, now: Instant) {
        self.places.insert(place);
        self.due.get_or_insert(now + self.wait);
    }

    /// When to look.
    pub fn due(&self) -> Option<Instant> {
        self.due
    }

    /// The places to look at now, if it is time.
    pub fn take(&mut self, now: Instant) -> BTreeSet<Location> {
        if self.due.is_none_or(|due| due > now) {
            return BTreeSet::new();
        }
        self.due = None;
        std::mem::take(&mut self.places)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_on_happening_does_not_put_off_the_look() {
        let wait = Duration::from_secs(1);
        let (start, place) = (Instant::now(), |name: &[u8]| Location::local(name));
        let mut doubts = Doubts::new(wait);
        doubts.raise(place(b"/a"), start);
        doubts.raise(place(b"/b"), start + wait / 2);
        doubts.raise(place(b"/a"), start + wait / 2);
        assert!(doubts.take(start + wait / 2).is_empty());
        assert_eq!(doubts.due(), Some(start + wait));
        let all = [place(b"/a"), place(b"/b")].into();
        assert_eq!(doubts.take(start + wait), all);
        assert_eq!(
            (doubts.due(), doubts.take(start + wait * 9)),
            (None, BTreeSet::new())
        );
    }
}
