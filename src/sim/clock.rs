//! Virtual time: how the time of a simulation follows the time of the machine. Pure arithmetic; what has really
//! elapsed is an argument.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// The fastest that virtual time may run.
pub const FASTEST: f64 = 1_000_000.0;

/// The speeds that keys go through.
const SPEEDS: [f64; 13] = [
    0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 1_000.0, 3_600.0, 10_000.0,
];

/// The next speed up.
pub fn faster(than: f64) -> f64 {
    let mut above = SPEEDS.into_iter().filter(|it| *it > than);
    above.next().unwrap_or(than)
}

/// The next speed down.
pub fn slower(than: f64) -> f64 {
    let mut below = SPEEDS.into_iter().rev().filter(|it| *it < than);
    below.next().unwrap_or(than)
}

/// Virtual time that runs at a speed, or stands still.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clock {
    /// Virtual time at `since`.
    start: Timestamp,
    /// Real time elapsed when virtual time was `start`.
    since: Duration,
    /// Virtual seconds in a real one.
    speed: f64,
    paused: bool,
}

impl Clock {
    /// A clock that shows `start` when nothing has elapsed yet, and runs as fast as real time.
    pub fn new(start: Timestamp) -> Self {
        Self {
            start,
            since: Duration::ZERO,
            speed: 1.0,
            paused: false,
        }
    }

    /// Virtual time once so much real time has elapsed.
    pub fn at(&self, elapsed: Duration) -> Timestamp {
        if self.paused {
            return self.start;
        }
        let real = elapsed.saturating_sub(self.since);
        let virtual_ = real.as_secs_f64() * self.speed;
        let nanoseconds = (virtual_ * 1e9).min(i64::MAX as f64) as i64;
        later(self.start, SignedDuration::from_nanos(nanoseconds))
    }

    /// How long to wait, from `elapsed` on, until virtual time is `moment`: nothing when it has passed, none when the
    /// clock stands still.
    pub fn wait_for(&self, moment: Timestamp, elapsed: Duration) -> Option<Duration> {
        let left = moment.duration_since(self.at(elapsed));
        if !left.is_positive() {
            return Some(Duration::ZERO);
        }
        (!self.paused).then(|| Duration::from_secs_f64(left.as_secs_f64() / self.speed))
    }

    /// Virtual seconds in a real one.
    pub fn speed(&self) -> f64 {
        self.speed
    }

    /// Whether virtual time stands still.
    pub fn is_paused(&self) -> bool {
        self.paused
    }

    /// Runs at another speed from now on; what is no positive number is taken for 1, and [`FASTEST`] is the limit.
    pub fn set_speed(&mut self, speed: f64, elapsed: Duration) {
        self.settle(elapsed);
        self.speed = if speed.is_finite() && speed > 0.0 {
            speed.min(FASTEST)
        } else {
            1.0
        };
    }

    /// Stands still from now on.
    pub fn pause(&mut self, elapsed: Duration) {
        self.settle(elapsed);
        self.paused = true;
    }

    /// Runs again from now on.
    pub fn resume(&mut self, elapsed: Duration) {
        self.settle(elapsed);
        self.paused = false;
    }

    /// Goes ahead at once, running or not. Virtual time never goes back.
    pub fn step_to(&mut self, moment: Timestamp, elapsed: Duration) {
        self.settle(elapsed);
        self.start = self.start.max(moment);
    }

    /// Goes on from a moment that may have passed already, when what is due could not be kept up with.
    pub fn fall_back_to(&mut self, moment: Timestamp, elapsed: Duration) {
        self.start = moment;
        self.since = elapsed;
    }

    /// Makes now the moment from which virtual time is counted.
    fn settle(&mut self, elapsed: Duration) {
        self.start = self.at(elapsed);
        self.since = elapsed;
    }
}

/// So much later, or the end of time.
pub(super) fn later(moment: Timestamp, by: SignedDuration) -> Timestamp {
    moment.saturating_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn time_runs_at_its_speed_from_where_it_was() {
        let mut clock = Clock::new(moment(1_000));
        assert_eq!(clock.at(seconds(7)), moment(1_007));
        clock.set_speed(60.0, seconds(10));
        assert_eq!(clock.at(seconds(10)), moment(1_010));
        assert_eq!(clock.at(seconds(12)), moment(1_130));
        assert_eq!(clock.wait_for(moment(1_190), seconds(12)), Some(seconds(1)));
        assert_eq!(
            clock.wait_for(moment(1_100), seconds(12)),
            Some(Duration::ZERO)
        );
    }

    #[test]
    fn a_pause_holds_time_and_steps_go_on() {
        let mut clock = Clock::new(moment(0));
        clock.pause(seconds(5));
        assert_eq!(clock.at(seconds(500)), moment(5));
        assert_eq!(clock.wait_for(moment(6), seconds(500)), None);
        clock.step_to(moment(60), seconds(600));
        assert_eq!(clock.at(seconds(700)), moment(60));
        clock.resume(seconds(800));
        assert_eq!(clock.at(seconds(801)), moment(61));
        clock.step_to(moment(3), seconds(801));
        assert_eq!(clock.at(seconds(801)), moment(61), "never back");
    }

    #[test]
    fn who_cannot_keep_up_goes_on_from_where_he_is() {
        let mut clock = Clock::new(moment(0));
        clock.set_speed(60.0, seconds(0));
        clock.fall_back_to(moment(100), seconds(10));
        assert_eq!(clock.at(seconds(10)), moment(100));
        assert_eq!(clock.at(seconds(11)), moment(160));
    }

    #[test]
    fn speeds_go_up_and_down_by_the_same_steps_and_end_somewhere() {
        assert_eq!((faster(1.0), slower(1.0)), (2.0, 0.5));
        assert_eq!((faster(7.0), slower(7.0)), (10.0, 5.0));
        assert_eq!((faster(FASTEST), slower(0.01)), (FASTEST, 0.01));
    }

    #[test]
    fn nonsense_is_no_speed() {
        for speed in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let mut clock = Clock::new(moment(0));
            clock.set_speed(speed, Duration::ZERO);
            assert!(clock.speed() > 0.0 && clock.speed().is_finite(), "{speed}");
        }
    }
}
