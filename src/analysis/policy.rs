//! Which snapshots rules such as "the last 3, and one a day for a week" keep: `restic forget`'s rules, for each lineage,
//! checkpoints and savepoints apart.
//!
//! What is not kept may go, which is all that is said here: whether it does is the guard's to judge.

mod judge;
pub mod words;

use std::fmt;

use jiff::{Span, Zoned};

use crate::domain::snapshot::Kind;

pub use judge::judge;

/// A count that never runs out.
pub const ALL: u32 = u32::MAX;

/// Rules for both sorts of snapshots. Never empty: keeping nothing is nobody's wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    checkpoints: Rules,
    savepoints: Rules,
}

/// Rules for one sort of snapshots; what any of them keeps is kept. Without a single one the sort is left alone.
#[derive(Debug, Clone, Copy, Default)]
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

impl PartialEq for Rules {
    fn eq(&self, other: &Self) -> bool {
        let within = |rules: &Self| rules.within.map(Span::fieldwise);
        self.last == other.last
            && self.periods().eq(other.periods())
            && within(self) == within(other)
    }
}

impl Eq for Rules {}

impl Rules {
    /// Whether there is no rule.
    pub fn is_empty(&self) -> bool {
        self.last == 0 && self.within.is_none() && self.periods().all(|(_, count)| count == 0)
    }

    /// The rules that keep one for each period, with their counts.
    fn periods(&self) -> impl Iterator<Item = (Period, u32)> {
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
enum Sort {
    Checkpoint,
    Savepoint,
}

impl Sort {
    fn of(kind: Kind) -> Self {
        match kind {
            Kind::Checkpoint | Kind::ExternalizedCheckpoint => Self::Checkpoint,
            Kind::Savepoint => Self::Savepoint,
        }
    }

    fn plural(self) -> &'static str {
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
    fn name(self, at: &Zoned) -> String {
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

/// Why a snapshot is kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// A hold of this name is on it.
    Hold(String),
    /// It is one of the newest.
    Last {
        /// Counted from the newest, which is 1.
        rank: u32,
        /// How many of them are kept.
        of: u32,
    },
    /// It is the newest of a period.
    NewestOf {
        /// Which rule.
        period: Period,
        /// Which of its periods.
        name: String,
    },
    /// It is the oldest of all, and the rule keeps more periods than there are: so what is kept reaches back as far as it
    /// can.
    Oldest(Period),
    /// It completed within this time before the newest one.
    Within(String),
    /// Nothing of its lineage that can be restored is newer.
    NewestOfLineage,
    /// Flink may be writing it.
    InProgress,
    /// It is not proven to be restorable, by this word for its health. It neither takes the place of one that is, nor
    /// goes by a rule.
    NotRestorable(&'static str),
    /// When it completed is not known.
    Undated,
    /// There is no rule for its sort.
    NoRule(&'static str),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hold(name) => write!(f, "hold {name}"),
            Self::Last { rank, of: ALL } => write!(f, "last {rank}"),
            Self::Last { rank, of } => write!(f, "last {rank} of {of}"),
            Self::NewestOf { period, name } => write!(f, "{} {name}", period.word()),
            Self::Oldest(period) => write!(f, "oldest {}", period.word()),
            Self::Within(span) => write!(f, "within {span}"),
            Self::NewestOfLineage => f.write_str("newest restorable of its lineage"),
            Self::InProgress => f.write_str("in progress"),
            Self::NotRestorable(word) => write!(f, "{word}, which no rule judges"),
            Self::Undated => f.write_str("when it completed is not known"),
            Self::NoRule(sort) => write!(f, "no rule for {sort}"),
        }
    }
}

#[cfg(test)]
mod tests;
