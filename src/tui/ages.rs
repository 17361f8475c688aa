//! Ages on the screen, and when the next of them changes.

use std::cell::Cell;

use jiff::{SignedDuration, Timestamp};

use crate::domain::time;

/// Writes ages at one moment, and remembers when the first text written will be out of date.
#[derive(Debug)]
pub(super) struct Ages {
    now: Timestamp,
    fresh: SignedDuration,
    next_change: Cell<Option<Timestamp>>,
}

impl Ages {
    /// At this moment; answers are fresh up to such an age.
    pub(super) fn new(now: Timestamp, fresh: SignedDuration) -> Self {
        Self {
            now,
            fresh,
            next_change: Cell::new(None),
        }
    }

    /// The moment.
    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    /// Up to which age an answer is fresh.
    pub(super) fn fresh(&self) -> SignedDuration {
        self.fresh
    }

    /// `12s`.
    pub(super) fn age(&self, of: Timestamp) -> String {
        self.changes_at(next_change(of, self.now));
        time::age(of, self.now)
    }

    /// `12s ago`.
    pub(super) fn ago(&self, of: Timestamp) -> String {
        self.changes_at(next_change(of, self.now));
        time::ago(of, self.now)
    }

    /// `now` within the first minute, then `12m ago`: for what need not be watched by the second.
    pub(super) fn about(&self, of: Timestamp) -> String {
        let elapsed = self.now.duration_since(of);
        if elapsed >= SignedDuration::ZERO && elapsed < SignedDuration::from_secs(60) {
            self.changes_at(of + SignedDuration::from_secs(60));
            return "just now".to_owned();
        }
        self.ago(of)
    }

    /// `in 3d`, rounded up.
    pub(super) fn until(&self, at: Timestamp) -> String {
        self.changes_at(time::until_changes(at, self.now));
        time::until(at, self.now)
    }

    /// Something else on the screen changes by itself then.
    pub(super) fn changes_at(&self, moment: Timestamp) {
        let earliest = self
            .next_change
            .get()
            .map_or(moment, |change| change.min(moment));
        self.next_change.set(Some(earliest));
    }

    /// When the first text is out of date.
    pub(super) fn next_change(&self) -> Option<Timestamp> {
        self.next_change.get()
    }
}

/// When the text of [`time::age`] changes next.
fn next_change(of: Timestamp, now: Timestamp) -> Timestamp {
    let elapsed = now.duration_since(of);
    if elapsed < SignedDuration::ZERO {
        return now + SignedDuration::from_secs(1);
    }
    let seconds = elapsed.as_secs();
    let unit = match seconds {
        0..60 => 1,
        60..3_600 => 60,
        3_600..172_800 => 3_600,
        172_800..63_072_000 => 86_400,
        _ => 31_536_000,
    };
    of.checked_add(SignedDuration::from_secs((seconds / unit + 1) * unit))
        .unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_change_is_when_the_text_changes() {
        let of = Timestamp::from_second(1_800_000_000).unwrap();
        for elapsed in [
            0, 1, 59, 60, 61, 3_599, 3_600, 172_799, 172_800, 63_071_999, 63_072_000,
        ] {
            let now = of + SignedDuration::new(elapsed, 500_000_000);
            let change = next_change(of, now);
            let before = change - SignedDuration::from_nanos(1);
            assert_eq!(time::age(of, now), time::age(of, before), "{elapsed}");
            assert_ne!(time::age(of, now), time::age(of, change), "{elapsed}");
        }
    }

    #[test]
    fn the_earliest_change_counts() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let ages = Ages::new(now, SignedDuration::ZERO);
        assert_eq!(ages.next_change(), None);
        ages.age(now - SignedDuration::from_hours(3));
        ages.age(now - SignedDuration::from_secs(90));
        assert_eq!(
            ages.next_change(),
            Some(now + SignedDuration::from_secs(30))
        );
    }
}
