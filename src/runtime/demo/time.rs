//! Virtual time for everybody: it runs beside real time, and waits where the simulation cannot keep up.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use crate::domain::clock::Clock;
use crate::sim::clock::Clock as Pace;

/// Virtual time. Nobody is told a time at which something is due that has not happened yet.
#[derive(Debug)]
pub(super) struct VirtualClock {
    began: Instant,
    now: Mutex<Now>,
}

#[derive(Debug)]
struct Now {
    pace: Pace,
    /// What is due before has happened.
    played_before: Timestamp,
    /// The latest time that anybody was told.
    told: Timestamp,
}

impl Now {
    fn tell(&mut self, elapsed: Duration) -> Timestamp {
        let now = self.pace.at(elapsed).min(self.played_before);
        self.told = self.told.max(now);
        self.told
    }
}

impl VirtualClock {
    /// A clock that runs from a moment on, at so many virtual seconds in a real one, and has played nothing yet.
    pub(super) fn new(start: Timestamp, speed: f64) -> Self {
        let mut pace = Pace::new(start);
        pace.set_speed(speed, Duration::ZERO);
        Self {
            began: Instant::now(),
            now: Mutex::new(Now {
                pace,
                played_before: start,
                told: start,
            }),
        }
    }

    fn with<T>(&self, act: impl FnOnce(&mut Now, Duration) -> T) -> T {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        act(&mut now, self.began.elapsed())
    }

    /// How fast it runs, and whether it stands still.
    pub(super) fn pace(&self) -> (f64, bool) {
        self.with(|now, _| (now.pace.speed(), now.pace.is_paused()))
    }

    /// Changes how it runs.
    pub(super) fn set(&self, change: impl FnOnce(&mut Pace, Duration)) {
        self.with(|now, elapsed| change(&mut now.pace, elapsed));
    }

    /// Up to when things are due.
    pub(super) fn due(&self) -> Timestamp {
        self.with(|now, elapsed| now.pace.at(elapsed))
    }

    /// All that is due before this moment has happened; without one, nothing will ever be due. Says how long it is until
    /// then, unless time stands still.
    pub(super) fn played_before(&self, next: Option<Timestamp>) -> Option<Duration> {
        self.with(|now, elapsed| {
            now.played_before = next.unwrap_or(Timestamp::MAX);
            now.pace.wait_for(now.played_before, elapsed)
        })
    }

    /// What is due could not be kept up with: time goes on from where the simulation is.
    pub(super) fn fall_back_to(&self, reached: Timestamp, next: Option<Timestamp>) {
        self.with(|now, elapsed| {
            now.played_before = next.unwrap_or(Timestamp::MAX);
            now.pace.fall_back_to(reached, elapsed);
        });
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        self.with(Now::tell)
    }

    fn until(&self, moment: Timestamp) -> Option<SignedDuration> {
        let wait = self.with(|now, elapsed| now.pace.wait_for(moment, elapsed))?;
        Some(SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn nobody_is_told_a_time_before_what_is_due_then_has_happened() {
        let clock = VirtualClock::new(moment(100), 1e6);
        clock.played_before(Some(moment(160)));
        while clock.due() < moment(10_000) {}
        assert_eq!(clock.now(), moment(160));
        clock.played_before(Some(moment(170)));
        assert_eq!(clock.now(), moment(170));
    }

    #[test]
    fn time_never_goes_back_though_the_simulation_falls_back() {
        let clock = VirtualClock::new(moment(100), 1e6);
        clock.played_before(Some(moment(500)));
        while clock.now() < moment(500) {}
        // Somebody asked for something that is due before that.
        clock.fall_back_to(moment(300), Some(moment(310)));
        clock.set(Pace::pause);
        assert_eq!(clock.now(), moment(500));
        clock.set(|pace, elapsed| pace.step_to(moment(900), elapsed));
        clock.played_before(None);
        assert_eq!(clock.now(), moment(900));
    }

    #[test]
    fn where_time_stands_still_nothing_is_waited_for() {
        let clock = VirtualClock::new(moment(100), 10.0);
        clock.played_before(None);
        let left = clock.until(moment(200)).unwrap();
        assert!(left <= SignedDuration::from_secs(10), "{left:?}");
        clock.set(Pace::pause);
        assert_eq!(
            clock.until(clock.now() + SignedDuration::from_secs(1)),
            None
        );
        assert_eq!(clock.until(moment(0)), Some(SignedDuration::ZERO));
    }
}
