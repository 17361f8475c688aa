//! Rules that say what to keep, such as "the last 3, and one a day for a week": those of `restic forget`, for checkpoints and
//! savepoints apart.

pub mod words;

use std::fmt;

use jiff::{Span, Zoned};
use serde::{Deserialize, Serialize};

use super::snapshot::Kind;

/// A count that never runs out.
pub const ALL: u32 = u32::MAX;

/// Rules for both sorts of snapshots. Never empty: keeping nothing is nobody's wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked", into = "Unchecked")]
pub struct Policy {
    checkpoints: Rules,
    savepoints: Rules,
}

/// Rules for one sort of snapshots; what any of them keeps is kept. Without a single one the sort is left alone.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
// A rule that this release does not know would keep more.
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// How many of the newest.
    pub last: u32,
    /// For how many hours that have one, the newest of each.
    pub hourly: u32,
    /// The same for days, in the time zone of whoever asks.
    pub daily: u32,
    /// The same for weeks, which begin on Monday (ISO 8601).
    pub weekly: u32,
    /// The same for months.
    pub monthly: u32,
    /// The same for years.
    pub yearly: u32,
    /// All that completed no longer than this before the newest one.
    pub within: Option<Span>,
}

/// Why rules make no policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// There is no rule.
    #[error("there is no rule that keeps anything, such as --keep-last 3")]
    Empty,
    /// The time within which all are kept is none.
    #[error("the time within which all are kept must be longer than nothing")]
    Within,
}

impl Policy {
    /// A policy by these rules.
    ///
    /// # Errors
    /// When there is no rule at all, or one that cannot keep anything.
    pub fn new(checkpoints: Rules, savepoints: Rules) -> Result<Self, PolicyError> {
        let spans = [checkpoints.within, savepoints.within];
        if spans.into_iter().flatten().any(|it| !it.is_positive()) {
            return Err(PolicyError::Within);
        }
        if checkpoints.is_empty() && savepoints.is_empty() {
            return Err(PolicyError::Empty);
        }
        Ok(Self {
            checkpoints,
            savepoints,
        })
    }

    /// The rules for snapshots of this kind.
    pub fn rules(&self, kind: Kind) -> &Rules {
        match Sort::of(kind) {
            Sort::Checkpoint => &self.checkpoints,
            Sort::Savepoint => &self.savepoints,
        }
    }
}

/// A policy as it is written down, by whomever.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    #[serde(default)]
    checkpoints: Rules,
    #[serde(default)]
    savepoints: Rules,
}

impl From<Policy> for Unchecked {
    fn from(policy: Policy) -> Self {
        Self {
            checkpoints: policy.checkpoints,
            savepoints: policy.savepoints,
        }
    }
}

impl TryFrom<Unchecked> for Policy {
    type Error = PolicyError;

    fn try_from(said: Unchecked) -> Result<Self, PolicyError> {
        Self::new(said.checkpoints, said.savepoints)
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (sort, rules, before) in [
            (Sort::Checkpoint, &self.checkpoints, ""),
            (Sort::Savepoint, &self.savepoints, "; "),
        ] {
            if rules.is_empty() {
                write!(f, "{before}{}: all", sort.plural())?;
            } else {
                write!(f, "{before}{}: {rules}", sort.plural())?;
            }
        }
        Ok(())
    }
}

/// Rules are the same when they were written in the same way: a day may be as long as 24 hours, or not.
impl PartialEq for Rules {
    fn eq(&self, other: &Self) -> bool {
        let counts = |it: &Self| it.periods().map(|(_, count)| count).collect::<Vec<_>>();
        self.last == other.last
            && counts(self) == counts(other)
            && self.within.map(Span::fieldwise) == other.within.map(Span::fieldwise)
    }
}

impl Eq for Rules {}

impl Rules {
    /// Whether there is no rule.
    pub fn is_empty(&self) -> bool {
        self.last == 0 && self.within.is_none() && self.periods().all(|(_, count)| count == 0)
    }

    /// The rules that keep one for each period, with their counts.
    pub fn periods(&self) -> impl Iterator<Item = (Period, u32)> {
        [
            (Period::Hour, self.hourly),
            (Period::Day, self.daily),
            (Period::Week, self.weekly),
            (Period::Month, self.monthly),
            (Period::Year, self.yearly),
        ]
        .into_iter()
    }
}

impl fmt::Display for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = std::iter::once(("last", self.last))
            .chain(self.periods().map(|(period, count)| (period.word(), count)));
        let mut words: Vec<String> = counts
            .filter(|(_, count)| *count > 0)
            .map(|(word, count)| match count {
                ALL => format!("{word} unlimited"),
                count => format!("{word} {count}"),
            })
            .collect();
        words.extend(self.within.map(|span| format!("within {span:#}")));
        f.write_str(&words.join(", "))
    }
}

/// Checkpoints, whether they are externalized or not, and savepoints are judged apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    /// Checkpoints.
    Checkpoint,
    /// Savepoints.
    Savepoint,
}

impl Sort {
    /// That of snapshots of this kind.
    pub fn of(kind: Kind) -> Self {
        match kind {
            Kind::Checkpoint | Kind::ExternalizedCheckpoint => Self::Checkpoint,
            Kind::Savepoint => Self::Savepoint,
        }
    }

    /// The word for all of it.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Checkpoint => "checkpoints",
            Self::Savepoint => "savepoints",
        }
    }
}

/// A length of time by the calendar, of which the newest snapshot is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Period {
    /// An hour; of two that the clock shows alike, each.
    Hour,
    /// A day.
    Day,
    /// A week from Monday on.
    Week,
    /// A month.
    Month,
    /// A year.
    Year,
}

impl Period {
    /// The word for the rule.
    pub fn word(self) -> &'static str {
        match self {
            Self::Hour => "hourly",
            Self::Day => "daily",
            Self::Week => "weekly",
            Self::Month => "monthly",
            Self::Year => "yearly",
        }
    }

    /// The name of the one that a moment is in; no two of them have the same.
    pub fn name(self, at: &Zoned) -> String {
        let form = match self {
            Self::Hour => "%Y-%m-%d %H:00%:z",
            Self::Day => "%Y-%m-%d",
            Self::Week => "%G-W%V",
            Self::Month => "%Y-%m",
            Self::Year => "%Y",
        };
        at.strftime(form).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_reads_back_as_it_was_written() {
        let rules = Rules {
            last: 3,
            daily: 7,
            yearly: ALL,
            within: Some("1y6mo".parse().unwrap()),
            ..Rules::default()
        };
        for (checkpoints, savepoints) in [(rules, Rules::default()), (Rules::default(), rules)] {
            let policy = Policy::new(checkpoints, savepoints).unwrap();
            let text = serde_json::to_string(&policy).unwrap();
            let read: Policy = serde_json::from_str(&text).unwrap();
            assert_eq!(read, policy, "{text}");
            assert_eq!(read.to_string(), policy.to_string());
        }
        let other = Rules {
            within: Some("18mo".parse().unwrap()),
            ..rules
        };
        assert_ne!(rules, other);
        assert_ne!(rules, Rules { daily: 6, ..rules });
    }

    #[test]
    fn what_is_no_policy_is_not_read_as_one() {
        for (text, words) in [
            ("{}", "no rule"),
            (r#"{"checkpoints":{"last":0}}"#, "no rule"),
            (r#"{"checkpoints":{"within":"P0D"}}"#, "longer than nothing"),
            (r#"{"checkpoints":{"last":3,"minutely":5}}"#, "minutely"),
            (r#"{"checkpoints":{"last":3},"both":{"last":5}}"#, "both"),
        ] {
            let error = serde_json::from_str::<Policy>(text).unwrap_err();
            assert!(error.to_string().contains(words), "{text}: {error}");
        }
    }
}
