//! Moments and ages. The clock is always an argument, never read here.

use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};

/// Time in a form as short as it is clear: `12s`, `4m`, `2h`, `9d`, `3y`. What lies in the future shows as `in 5m`, so
/// that a clock that is ahead is seen instead of guessed.
pub fn age(of: Timestamp, now: Timestamp) -> String {
    let elapsed = now.duration_since(of);
    if elapsed < SignedDuration::from_secs(-1) {
        format!("in {}", short(-elapsed))
    } else {
        short(elapsed)
    }
}

/// How long it is until a moment that is yet to come, in the same form, rounded up: `in 3d`, so that whoever waits as long
/// finds that it has come.
pub fn until(at: Timestamp, now: Timestamp) -> String {
    let (left, unit) = left_until(at, now);
    let up = left.div_ceil(unit).saturating_mul(unit);
    format!("in {}", short(SignedDuration::from_secs(up as i64)))
}

/// When the text of [`until`] changes next: once as much is left as the next smaller text says.
pub fn until_changes(at: Timestamp, now: Timestamp) -> Timestamp {
    let (left, unit) = left_until(at, now);
    let then = left.div_ceil(unit).saturating_sub(1).saturating_mul(unit);
    at.checked_sub(SignedDuration::from_secs(then as i64))
        .unwrap_or(at)
}

/// How many seconds are left, a begun one included, and the unit that they are told in.
fn left_until(at: Timestamp, now: Timestamp) -> (u64, u64) {
    let left = at.duration_since(now);
    let begun = i64::from(left.subsec_nanos() > 0);
    let left = left.as_secs().saturating_add(begun).max(0) as u64;
    let unit = match left {
        0..=60 => 1,
        61..=3_600 => 60,
        3_601..=172_800 => 3_600,
        172_801..=63_072_000 => 86_400,
        _ => 31_536_000,
    };
    (left, unit)
}

/// A length of time as short as an age: `3d`.
pub fn span(duration: SignedDuration) -> String {
    short(duration)
}

/// A length of time that somebody set, as short as it is without leaving anything out: `3d`, `1h 30m`, `1s 500ms`.
pub fn exact_span(duration: SignedDuration) -> String {
    let short = short(duration);
    match parse_duration(&short) {
        Ok(same) if same == duration => short,
        _ => format!("{duration:#}"),
    }
}

fn short(duration: SignedDuration) -> String {
    let seconds = duration.as_secs().max(0);
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m", seconds / 60),
        3_600..172_800 => format!("{}h", seconds / 3_600),
        172_800..63_072_000 => format!("{}d", seconds / 86_400),
        _ => format!("{}y", seconds / 31_536_000),
    }
}

/// The age in a sentence: `12 s ago`, `in 5 m`.
pub fn ago(of: Timestamp, now: Timestamp) -> String {
    let age = age(of, now);
    if age.starts_with("in ") {
        age
    } else {
        format!("{age} ago")
    }
}

/// A length of time by the calendar, from hours to years. Minutes are refused: what they keep is next to nothing, and
/// elsewhere an `m` means months.
///
/// # Errors
/// In words, when it is none.
pub fn parse_span(text: &str) -> Result<Span, String> {
    let wrong = || format!("`{text}` is not a length of time such as 30d, 36h or 1y6mo");
    let span: Span = text.parse().map_err(|_| wrong())?;
    if !span.is_positive() {
        return Err(wrong());
    }
    let coarse = Span::new()
        .years(span.get_years())
        .months(span.get_months())
        .weeks(span.get_weeks())
        .days(span.get_days())
        .hours(span.get_hours());
    if span.fieldwise() == coarse.fieldwise() {
        Ok(span)
    } else {
        Err(format!(
            "`{text}` has minutes or less in it; write months as in 6mo, and hours as in 36h"
        ))
    }
}

/// A length of time by the clock, from nothing to weeks; a day has 24 hours. Months and years are refused: they have no one
/// length.
///
/// # Errors
/// In words, when it is none.
pub fn parse_duration(text: &str) -> Result<SignedDuration, String> {
    let wrong = || format!("`{text}` is not a duration such as 3d, 36h or 10m");
    let span: Span = text.parse().map_err(|_| wrong())?;
    if span.get_years() != 0 || span.get_months() != 0 {
        return Err(format!(
            "`{text}` has months or years in it, which are of many lengths; write days, as in 90d"
        ));
    }
    span.to_duration(SpanRelativeTo::days_are_24_hours())
        .ok()
        .filter(|it| !it.is_negative())
        .ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_to_come_is_rounded_up() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let shown = |seconds: i64| until(now + SignedDuration::from_secs(seconds), now);
        let shown = [0, 59, 61, 3_541, 259_199, 259_200, 259_201].map(shown);
        assert_eq!(
            shown,
            [
                "in 0s", "in 59s", "in 2m", "in 1h", "in 3d", "in 3d", "in 4d"
            ]
        );
    }

    #[test]
    fn what_is_to_come_never_comes_too_early_and_changes_when_it_says() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let at = |nanos: i64| now + SignedDuration::from_nanos(nanos);
        assert_eq!(until(at(1), now), "in 1s");
        assert_eq!(until(at(1_000_000_001), now), "in 2s");
        for seconds in [
            1, 59, 60, 61, 3_540, 3_599, 3_600, 3_601, 172_800, 172_801, 259_200, 63_072_001,
        ] {
            for nanos in [0, 300_000_000] {
                let at = now + SignedDuration::new(seconds, nanos);
                let change = until_changes(at, now);
                let before = change - SignedDuration::from_nanos(1);
                assert!(change > now, "{seconds}");
                assert_eq!(until(at, now), until(at, before), "{seconds}");
                assert_ne!(until(at, now), until(at, change), "{seconds}");
            }
        }
    }

    #[test]
    fn what_somebody_set_is_told_as_it_was_set() {
        let told = [
            "0s", "10s", "90s", "90m", "36h", "3d", "60h", "1d12h", "100w",
        ]
        .map(|it| exact_span(parse_duration(it).unwrap()));
        let expected = [
            "0s", "10s", "1m 30s", "1h 30m", "36h", "3d", "60h", "36h", "700d",
        ];
        assert_eq!(told, expected);
        assert_eq!(exact_span(SignedDuration::from_millis(1500)), "1s 500ms");
        assert_eq!(exact_span(SignedDuration::from_millis(200)), "200ms");
    }

    #[test]
    fn durations_have_one_form_wherever_they_are_typed() {
        let hours = |text: &str| parse_duration(text).map(|it| it.as_secs() / 3_600);
        let read = ["0s", "90m", "36h", "3d", "2w", "1d12h"].map(|it| hours(it).unwrap());
        assert_eq!(read, [0, 1, 36, 72, 336, 36]);
        for none in ["", "3", "-3d", "soon", "9999999999d"] {
            let why = hours(none).unwrap_err();
            assert!(why.contains("is not a duration"), "{why}");
        }
        for vague in ["1y", "6mo", "1y2d"] {
            let why = hours(vague).unwrap_err();
            assert!(why.contains("write days"), "{why}");
        }
    }

    #[test]
    fn ages_are_short_and_skew_shows() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let shown = |seconds: i64| age(now - SignedDuration::from_secs(seconds), now);
        let ages: Vec<String> = [
            0, 59, 60, 3_599, 3_600, 172_799, 172_800, 63_072_000, -1, -300,
        ]
        .map(shown)
        .into();
        assert_eq!(
            ages,
            [
                "0s", "59s", "1m", "59m", "1h", "47h", "2d", "2y", "0s", "in 5m"
            ]
        );
    }
}
