//! Pieces of sentences.

use jiff::Timestamp;

use crate::domain::size::thousands;
use crate::domain::snapshot::Snapshot;
use crate::domain::time;

/// So many names are spelled out in a list.
const NAMED: usize = 3;

/// `1 file`, `2,000 files`.
pub(super) fn count(number: u64, thing: &str) -> String {
    match number {
        1 => format!("1 {thing}"),
        _ => format!("{} {thing}s", thousands(number)),
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn and(words: &[String]) -> String {
    joined(words, "and")
}

/// `a`, `a or b`, `a, b or c`.
pub(super) fn or(words: &[String]) -> String {
    joined(words, "or")
}

fn joined(words: &[String], last_by: &str) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [start @ .., last] => format!("{} {last_by} {last}", start.join(", ")),
    }
}

/// The first few names and how many more there are: `chk-7, chk-8 and 4 more`.
pub(super) fn few(names: &[String]) -> String {
    match names.len() {
        many if many > NAMED + 1 => {
            format!("{} and {} more", names[..NAMED].join(", "), many - NAMED)
        }
        _ => and(names),
    }
}

/// A moment and how long ago it was: `2026-02-11 03:12:40 UTC (9 d ago)`.
pub(super) fn moment(at: Timestamp, now: Timestamp) -> String {
    format!(
        "{} ({})",
        at.strftime("%Y-%m-%d %H:%M:%S UTC"),
        time::ago(at, now)
    )
}

/// The job that took a snapshot, as far as its path tells: `job 7bf6bd3d…`, `a job whose id begins with 7bf6bd`.
pub(super) fn job(snapshot: &Snapshot) -> String {
    match (&snapshot.job_id, &snapshot.job_prefix) {
        (Some(job), _) if *job == crate::domain::id::JobId::ZERO => {
            "the job with an id of zeros".to_owned()
        }
        (Some(job), _) => format!("job {job}"),
        (None, Some(prefix)) => format!("a job whose id begins with {prefix}"),
        (None, None) => "a job that its path does not name".to_owned(),
    }
}

/// With its first letter in upper case.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_read_aloud() {
        let names = |n: usize| (1..=n).map(|i| format!("chk-{i}")).collect::<Vec<_>>();
        assert_eq!(few(&names(1)), "chk-1");
        assert_eq!(few(&names(4)), "chk-1, chk-2, chk-3 and chk-4");
        assert_eq!(few(&names(9)), "chk-1, chk-2, chk-3 and 6 more");
        assert_eq!(or(&names(3)), "chk-1, chk-2 or chk-3");
        assert_eq!(
            (count(1, "file"), count(1200, "file")),
            ("1 file".to_owned(), "1,200 files".to_owned())
        );
        assert_eq!(capital("job"), "Job");
    }
}
