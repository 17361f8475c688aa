//! Which snapshots rules such as "the last 3, and one a day for a week" keep: `restic forget`'s rules, for each lineage,
//! checkpoints and savepoints apart.
//!
//! What is not kept may go, which is all that is said here: whether it does is the guard's to judge.

mod judge;

use std::fmt;

use crate::domain::policy::{ALL, Period};

pub use judge::judge;

/// Why a snapshot is kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// A hold of this name is on it.
    Hold(String),
    /// It is marked to restart from.
    Mark,
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
    /// Nothing of its job that can be restored is newer, and another job of its lineage went on beside it.
    NewestOfJob(String),
    /// A rule keeps it once the numbers of its job's checkpoints say which is newer, as their times contradict them.
    ByNumber(Box<Reason>),
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
            Self::Mark => f.write_str("marked for restart"),
            Self::Last { rank, of: ALL } => write!(f, "last {rank}"),
            Self::Last { rank, of } => write!(f, "last {rank} of {of}"),
            Self::NewestOf { period, name } => write!(f, "{} {name}", period.word()),
            Self::Oldest(period) => write!(f, "oldest {}", period.word()),
            Self::Within(span) => write!(f, "within {span}"),
            Self::NewestOfLineage => f.write_str("newest restorable of its lineage"),
            Self::NewestOfJob(job) => write!(f, "newest restorable of job {job}"),
            Self::ByNumber(reason) => {
                write!(f, "{reason} by its number, which its time contradicts")
            }
            Self::InProgress => f.write_str("in progress"),
            Self::NotRestorable(word) => write!(f, "{word}, which no rule judges"),
            Self::Undated => f.write_str("when it completed is not known"),
            Self::NoRule(sort) => write!(f, "no rule for {sort}"),
        }
    }
}

#[cfg(test)]
mod tests;
