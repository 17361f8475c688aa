//! Waiting for a condition: the only place that sleeps.

use std::thread;
use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_millis(50);

/// How long anything that a healthy but busy machine does may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(180);

/// Asks `condition` again and again until it answers with a value, and gives that back.
///
/// # Panics
/// When `patience` is over.
#[track_caller]
pub(crate) fn wait_for<T>(
    what: &str,
    patience: Duration,
    mut condition: impl FnMut() -> Option<T>,
) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(
            start.elapsed() < patience,
            "waited {} s in vain for {what}",
            patience.as_secs()
        );
        thread::sleep(PAUSE);
    }
}
