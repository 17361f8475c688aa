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
    /// How fast it has really been of late.
    measured: Measured,
}

/// Real time from one look at the speed to the next.
const LOOK: Duration = Duration::from_secs(1);
/// A speed is kept up with from this share of it on.
const KEPT_UP: f64 = 0.9;

/// The speed that is reached where it falls behind the one asked for.
#[derive(Debug, Clone, Copy)]
struct Measured {
    /// Real time elapsed, and virtual time, at the last look.
    from: (Duration, Timestamp),
    /// Whether it fell behind since.
    behind: bool,
    /// What the last look came to.
    reached: Option<f64>,
}

impl Measured {
    /// Nothing is known yet.
    fn anew(elapsed: Duration, now: Timestamp) -> Self {
        Self {
            from: (elapsed, now),
            behind: false,
            reached: None,
        }
    }

    /// Looks at the speed, if it is time to.
    fn look(&mut self, pace: &Pace, elapsed: Duration) {
        let (since, start) = self.from;
        let real = elapsed.saturating_sub(since);
        if real < LOOK {
            return;
        }
        let now = pace.at(elapsed);
        let speed = now.duration_since(start).as_secs_f64() / real.as_secs_f64();
        let fell_short = self.behind && speed < KEPT_UP * pace.speed();
        *self = Self {
            reached: fell_short.then(|| in_round_numbers(speed)),
            ..Self::anew(elapsed, now)
        };
    }
}

/// To two digits, as more of them would only flicker.
fn in_round_numbers(speed: f64) -> f64 {
    if speed <= 0.0 {
        return 0.0;
    }
    let unit = 10_f64.powf(speed.log10().floor() - 1.0);
    // Units below one are fractions, which a division keeps exact.
    if unit < 1.0 {
        let parts = (1.0 / unit).round();
        return (speed * parts).round() / parts;
    }
    (speed / unit).round() * unit
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
        let measured = Measured::anew(Duration::ZERO, start);
        Self {
            began: Instant::now(),
            now: Mutex::new(Now {
                pace,
                played_before: start,
                told: start,
                measured,
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

    /// The speed that is reached, where it falls behind the one asked for.
    pub(super) fn reached(&self) -> Option<f64> {
        self.with(|now, _| now.measured.reached.filter(|_| !now.pace.is_paused()))
    }

    /// Changes how it runs.
    pub(super) fn set(&self, change: impl FnOnce(&mut Pace, Duration)) {
        self.with(|now, elapsed| {
            change(&mut now.pace, elapsed);
            now.measured = Measured::anew(elapsed, now.pace.at(elapsed));
        });
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
            now.measured.look(&now.pace, elapsed);
            now.pace.wait_for(now.played_before, elapsed)
        })
    }

    /// What is due could not be kept up with: time goes on from where the simulation is.
    pub(super) fn fall_back_to(&self, reached: Timestamp, next: Option<Timestamp>) {
        self.with(|now, elapsed| {
            now.played_before = next.unwrap_or(Timestamp::MAX);
            now.pace.fall_back_to(reached, elapsed);
            now.measured.behind = true;
            now.measured.look(&now.pace, elapsed);
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
    fn who_falls_behind_is_told_how_fast_it_is() {
        let seconds = Duration::from_secs_f64;
        let mut pace = Pace::new(moment(0));
        pace.set_speed(3_600.0, Duration::ZERO);
        let mut measured = Measured::anew(Duration::ZERO, moment(0));
        measured.look(&pace, seconds(1.0));
        assert_eq!(measured.reached, None, "it keeps up");
        pace.fall_back_to(moment(3_600 + 930), seconds(2.0));
        measured.behind = true;
        measured.look(&pace, seconds(1.5));
        assert_eq!(measured.reached, None, "too early to say");
        measured.look(&pace, seconds(2.0));
        assert_eq!(measured.reached, Some(930.0));
        measured.look(&pace, seconds(3.0));
        assert_eq!(measured.reached, None, "it keeps up again");
        // Once, and hardly.
        pace.fall_back_to(moment(4_530 + 2 * 3_600 - 60), seconds(4.0));
        measured.behind = true;
        measured.look(&pace, seconds(4.0));
        assert_eq!(measured.reached, None);
    }

    #[test]
    fn speeds_are_told_in_two_digits() {
        let told = [931.2, 0.0473, 1.26, 12_345.0, 0.0].map(in_round_numbers);
        let told = told.map(|it| it.to_string());
        assert_eq!(told, ["930", "0.047", "1.3", "12000", "0"]);
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
