//! Whose time it is. Nothing here reads a clock: whoever needs the time is handed something that tells it, so that a
//! simulated Flink can have a time of its own.

use std::fmt::Debug;

use jiff::{SignedDuration, Timestamp};

/// Tells the time by which files and snapshots are dated.
pub trait Clock: Debug + Send + Sync {
    /// The time now. It never goes back.
    fn now(&self) -> Timestamp;

    /// How long to wait, in seconds as they really pass, until it is this moment: nothing when it has passed, none when
    /// time stands still.
    fn until(&self, moment: Timestamp) -> Option<SignedDuration>;
}
