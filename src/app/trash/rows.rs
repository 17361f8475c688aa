//! The rows of the list of batches, and what they sum up to.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::action::trash::list::{Entry, Known};
use crate::domain::text::scrub;

/// A row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// A batch in the trash of a root.
    Batch {
        /// The root.
        root: PathBuf,
        /// The batch, or why it cannot be read.
        entry: Box<Entry>,
    },
    /// A trash that could not be looked into, and why.
    Closed(String),
}

impl Row {
    /// What is known of the batch, if it is one that can be read.
    pub fn known(&self) -> Option<&Known> {
        match self {
            Self::Batch { entry, .. } => entry.known.as_ref().ok(),
            Self::Closed(_) => None,
        }
    }

    /// What is wrong where nothing is known.
    pub fn problem(&self) -> Option<&str> {
        match self {
            Self::Batch { entry, .. } => entry.known.as_ref().err().map(String::as_str),
            Self::Closed(why) => Some(why),
        }
    }

    /// Its id, where it is a batch.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Batch { entry, .. } => Some(&entry.id),
            Self::Closed(_) => None,
        }
    }

    /// Which batch it is, where it is one.
    pub(super) fn part(&self) -> Option<Part> {
        match self {
            Self::Batch { root, entry } => Some(Part {
                root: root.clone(),
                id: entry.id.clone(),
            }),
            Self::Closed(_) => None,
        }
    }
}

/// A batch, by where it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The root in whose trash it is.
    pub root: PathBuf,
    /// Its id.
    pub id: String,
}

impl Part {
    /// The root, for people.
    pub fn shown(&self) -> String {
        scrub(&self.root.to_string_lossy()).into_owned()
    }
}

/// Sums over what can be read: how many deletions, how many of them are unfinished, and how much lies there. A deletion that
/// reached into several roots is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Deletions.
    pub deletions: usize,
    /// Batches that something ended half-way.
    pub unfinished: usize,
    /// Rows that nothing is known of.
    pub unread: usize,
    /// Bytes in the trash.
    pub bytes: u64,
}

/// Sums over rows.
pub fn totals(rows: &[Row]) -> Totals {
    let mut totals = Totals::default();
    let (mut all, mut unfinished) = (BTreeSet::new(), BTreeSet::new());
    for row in rows {
        match row.known() {
            None => totals.unread += 1,
            Some(known) => {
                let id = row.id();
                all.insert(id);
                unfinished.extend((known.is_unfinished && !known.is_under_way).then_some(id));
                totals.bytes = totals.bytes.saturating_add(known.bytes);
            }
        }
    }
    (totals.deletions, totals.unfinished) = (all.len(), unfinished.len());
    totals
}
