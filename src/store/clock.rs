//! The clock that dates files.

use jiff::{SignedDuration, Timestamp};

use crate::domain::clock::Clock;

/// The machine's own clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MachineClock;

impl Clock for MachineClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn until(&self, moment: Timestamp) -> Option<SignedDuration> {
        let left = moment.duration_since(self.now());
        Some(left.max(SignedDuration::ZERO))
    }
}
