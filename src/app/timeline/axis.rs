//! Labels of times: by the clock, in UTC, so far apart that they can be read.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::layout::Ruler;

/// Labels are at least so many cells apart.
const BETWEEN: f64 = 9.0;
const DAY: i64 = 86_400;
/// What they may be apart in seconds, as far as a day or some days have no end in between.
const STEPS: [i64; 17] = [
    1,
    5,
    10,
    15,
    30,
    60,
    120,
    300,
    600,
    1_800,
    3_600,
    7_200,
    10_800,
    21_600,
    43_200,
    DAY,
    7 * DAY,
];
/// From there on, in months.
const MONTHS: [i32; 6] = [1, 3, 6, 12, 60, 120];
/// The mean of a month, in seconds.
const MONTH: i64 = 2_629_746;
/// The first Monday there was by this clock, in seconds.
const MONDAY: i64 = 4 * DAY;

/// How far apart labels are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Seconds(i64),
    Months(i32),
}

impl Step {
    fn of(ruler: &Ruler) -> Self {
        let cell = ruler.cell().as_secs_f64().max(1e-9);
        let is_wide = |seconds: i64| seconds as f64 / cell >= BETWEEN;
        let seconds = STEPS.into_iter().find(|it| is_wide(*it)).map(Self::Seconds);
        seconds.unwrap_or_else(|| {
            let months = MONTHS
                .into_iter()
                .find(|it| is_wide(i64::from(*it) * MONTH));
            Self::Months(months.unwrap_or(600))
        })
    }
}

/// The labels of what a ruler shows, by the cells that they end in: now, and times as round as there is room for. Where a day
/// begins, its date stands in place of the time.
pub(super) fn labels(ruler: &Ruler, now: Timestamp) -> Vec<(u16, String)> {
    let step = Step::of(ruler);
    let mut labels: Vec<(u16, String)> = ticks(ruler, step)
        .into_iter()
        .filter_map(|at| Some((ruler.seen(at)?, label(at, step))))
        .collect();
    if let Some(column) = ruler.seen(now) {
        let word = "now";
        let apart = |(at, text): &(u16, String)| {
            let (at, cells) = (usize::from(*at), text.len());
            let now = usize::from(column);
            at + word.len() < now || at + 1 > now + cells + 1
        };
        labels.retain(apart);
        labels.push((column, word.to_owned()));
    }
    labels
}

/// The day of what is seen first, and whose time all of it is.
pub(super) fn day(ruler: &Ruler) -> String {
    match Step::of(ruler) {
        Step::Seconds(..=DAY) => format!("{} UTC", date(ruler.from)),
        Step::Seconds(_) | Step::Months(_) => format!("{} UTC", date(ruler.from).year()),
    }
}

fn date(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

fn ticks(ruler: &Ruler, step: Step) -> Vec<Timestamp> {
    match step {
        Step::Seconds(step) => {
            let zero = if step > DAY { MONDAY } else { 0 };
            let first = (ruler.from.as_second() - zero).div_euclid(step) * step + zero;
            let ticks = (0..).map_while(|at| Timestamp::from_second(first + at * step).ok());
            ticks.take_while(|at| *at < ruler.to).collect()
        }
        Step::Months(step) => {
            let from = date(ruler.from);
            let months = i32::from(from.year()) * 12 + i32::from(from.month()) - 1;
            let first = Date::new(from.year(), from.month(), 1)
                .and_then(|it| it.checked_sub(Span::new().months(months.rem_euclid(step))));
            let Ok(first) = first else {
                return Vec::new();
            };
            let ticks = (0..).map_while(|at| {
                let date = first.checked_add(Span::new().months(at * step)).ok()?;
                let zoned = date.to_datetime(Time::midnight()).to_zoned(TimeZone::UTC);
                Some(zoned.ok()?.timestamp())
            });
            ticks.take_while(|at| *at < ruler.to).collect()
        }
    }
}

fn label(at: Timestamp, step: Step) -> String {
    let is_midnight = at.as_second().rem_euclid(DAY) == 0;
    let form = match step {
        Step::Seconds(_) if is_midnight => "%b %-d",
        Step::Seconds(..60) => "%H:%M:%S",
        Step::Seconds(_) => "%H:%M",
        Step::Months(12..) => "%Y",
        Step::Months(_) => "%Y-%m",
    };
    at.strftime(form).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// The labels between two moments in 50 cells, which end at now.
    fn shown(from: &str, to: &str) -> (String, Vec<String>) {
        let ruler = Ruler {
            from: at(from),
            to: at(to),
            width: 50,
        };
        let labels = labels(&ruler, at("2030-01-01T00:00:00Z"));
        (
            day(&ruler),
            labels.into_iter().map(|(_, text)| text).collect(),
        )
    }

    #[test]
    fn times_are_round_at_each_zoom_and_days_have_dates() {
        let day = |text: &str| text.to_owned();
        assert_eq!(
            shown("2026-02-11T03:12:17Z", "2026-02-11T03:13:17Z"),
            (
                day("2026-02-11 UTC"),
                vec![
                    day("03:12:30"),
                    day("03:12:45"),
                    day("03:13:00"),
                    day("03:13:15")
                ]
            )
        );
        let (_, labels) = shown("2026-02-11T02:42:17Z", "2026-02-11T03:12:17Z");
        assert_eq!(labels, ["02:50", "03:00", "03:10"]);
        let (first, labels) = shown("2026-02-10T21:10:00Z", "2026-02-11T03:10:00Z");
        assert_eq!(labels, ["22:00", "Feb 11", "02:00"]);
        assert_eq!(first, "2026-02-10 UTC");
        let (first, labels) = shown("2026-01-12T03:10:00Z", "2026-02-11T03:10:00Z");
        assert_eq!(labels, ["Jan 19", "Jan 26", "Feb 2", "Feb 9"]);
        assert_eq!(first, "2026 UTC");
        let (_, labels) = shown("2025-02-11T03:10:00Z", "2026-02-11T03:10:00Z");
        assert_eq!(labels, ["2025-04", "2025-07", "2025-10", "2026-01"]);
        let (_, labels) = shown("2021-02-11T03:10:00Z", "2026-02-11T03:10:00Z");
        assert_eq!(labels, ["2022", "2023", "2024", "2025", "2026"]);
    }

    #[test]
    fn no_label_lies_over_now() {
        let ruler = Ruler {
            from: at("2026-02-11T02:30:00Z"),
            to: at("2026-02-11T03:00:30Z"),
            width: 50,
        };
        let labels = labels(&ruler, at("2026-02-11T03:00:00Z"));
        let texts: Vec<&str> = labels.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(texts, ["02:30", "02:40", "02:50", "now"]);
    }
}
