//! Orders of the snapshot table.

use std::cmp::Ordering;
use std::sync::Arc;

use jiff::Timestamp;

use super::explain;
use crate::analysis::ownership;
use crate::domain::cluster::Cluster;
use crate::domain::snapshot::{Health, Snapshot};

/// A column of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    /// Checkpoint, externalized or savepoint.
    Kind,
    /// The directory's name.
    Id,
    /// How long ago it completed.
    Age,
    /// Whether it can be restored.
    Health,
    /// Bytes it refers to.
    Refer,
    /// Bytes that no older one of the lineage refers to.
    New,
    /// Bytes that its deletion would free.
    Freed,
    /// How its state is laid out.
    Format,
    /// The parallelisms it can be restored at.
    Rescale,
    /// What happens to it, in a word.
    Fate,
    /// Who may delete it.
    Owner,
    /// The application it belongs to.
    Lineage,
}

impl Column {
    /// All, in the order of the table.
    pub const ALL: [Self; 12] = [
        Self::Kind,
        Self::Id,
        Self::Age,
        Self::Health,
        Self::Refer,
        Self::New,
        Self::Freed,
        Self::Format,
        Self::Rescale,
        Self::Fate,
        Self::Owner,
        Self::Lineage,
    ];

    /// The heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Id => "id",
            Self::Age => "age",
            Self::Health => "health",
            Self::Refer => "refer",
            Self::New => "new",
            Self::Freed => "freed",
            Self::Format => "format",
            Self::Rescale => "rescale",
            Self::Fate => "fate",
            Self::Owner => "owner",
            Self::Lineage => "lineage",
        }
    }

    /// One line on what it tells.
    pub fn doc(self) -> &'static str {
        match self {
            Self::Kind => "checkpoint, externalized checkpoint or savepoint",
            Self::Id => "the number within its job",
            Self::Age => "since it completed",
            Self::Health => "can it be restored",
            Self::Refer => "bytes it refers to",
            Self::New => "bytes no older one refers to",
            Self::Freed => "bytes its deletion would free",
            Self::Format => "how its state is laid out",
            Self::Rescale => "parallelisms it restores at",
            Self::Fate => "what Flink does with it",
            Self::Owner => "who may delete it",
            Self::Lineage => "the application it belongs to",
        }
    }

    /// Whether the useful order of it starts with the largest.
    fn largest_first(self) -> bool {
        matches!(
            self,
            Self::Id | Self::Refer | Self::New | Self::Freed | Self::Rescale
        )
    }
}

/// A column and a direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// By which column.
    pub column: Column,
    /// From the largest (or the last in the alphabet, or the oldest) down.
    pub descending: bool,
}

impl Default for Sort {
    fn default() -> Self {
        Self {
            column: Column::Age,
            descending: false,
        }
    }
}

impl Sort {
    /// A column in its useful direction.
    pub fn by(column: Column) -> Self {
        Self {
            column,
            descending: column.largest_first(),
        }
    }

    /// The other direction.
    #[must_use]
    pub fn reversed(self) -> Self {
        Self {
            descending: !self.descending,
            ..self
        }
    }

    /// The order in words.
    pub fn words(self) -> String {
        match (self.column, self.descending) {
            (Column::Age, false) => "newest first".to_owned(),
            (Column::Age, true) => "oldest first".to_owned(),
            (column, true) if column.largest_first() => {
                format!("by {}, largest first", column.title())
            }
            (column, false) if column.largest_first() => {
                format!("by {}, smallest first", column.title())
            }
            (column, false) => format!("by {}", column.title()),
            (column, true) => format!("by {}, reversed", column.title()),
        }
    }

    /// Which of two comes first. Equal ones follow each other newest first, then by place, so that the order is total
    /// and rows never swap without reason.
    pub fn compare(self, a: &Row<'_>, b: &Row<'_>) -> Ordering {
        let order = match self.column {
            Column::Kind => a.snapshot.kind.cmp(&b.snapshot.kind),
            Column::Id => a.snapshot.checkpoint_id().cmp(&b.snapshot.checkpoint_id()),
            Column::Age => moment(b.snapshot).cmp(&moment(a.snapshot)),
            Column::Health => health(a.snapshot).cmp(&health(b.snapshot)),
            Column::Refer => a.snapshot.sizes.refer.cmp(&b.snapshot.sizes.refer),
            Column::New => a.snapshot.sizes.new.cmp(&b.snapshot.sizes.new),
            Column::Freed => a.snapshot.sizes.freed.cmp(&b.snapshot.sizes.freed),
            Column::Format => format(a.snapshot).cmp(&format(b.snapshot)),
            Column::Rescale => rescale(a.snapshot).cmp(&rescale(b.snapshot)),
            Column::Fate => a.fate().cmp(b.fate()),
            Column::Owner => a.owner().cmp(b.owner()),
            Column::Lineage => a.called.cmp(b.called),
        };
        let order = if self.descending {
            order.reverse()
        } else {
            order
        };
        order
            .then_with(|| moment(b.snapshot).cmp(&moment(a.snapshot)))
            .then_with(|| b.snapshot.checkpoint_id().cmp(&a.snapshot.checkpoint_id()))
            .then_with(|| a.snapshot.location.cmp(&b.snapshot.location))
    }
}

impl Sort {
    /// The start of the order as a number, so that most pairs are decided without looking at the rows: where keys
    /// differ they are ordered as [`Self::compare`] orders the rows, where they are equal nothing is said.
    pub fn key(self, row: &Row<'_>) -> u64 {
        let snapshot = row.snapshot;
        let key = match self.column {
            Column::Kind => snapshot.kind as u64,
            Column::Id => snapshot
                .checkpoint_id()
                .map_or(0, |id| id.saturating_add(1)),
            Column::Age => !moment(snapshot).map_or(0, |at| at.as_millisecond() as u64 ^ (1 << 63)),
            Column::Health => (snapshot.health as u64) << 1 | u64::from(explain::is_open(snapshot)),
            Column::Refer => snapshot.sizes.refer,
            Column::New => snapshot.sizes.new,
            Column::Freed => snapshot.sizes.freed,
            Column::Format => format(snapshot).map_or(0, |(family, traits)| {
                let family = u64::from(family) + 1;
                traits
                    .iter()
                    .fold(family, |key, set| key << 1 | u64::from(*set))
            }),
            Column::Rescale => rescale(snapshot).map_or(0, |max| u64::from(max) + 1),
            Column::Fate => prefix(row.fate()),
            Column::Owner => prefix(row.owner()),
            Column::Lineage => prefix(row.called),
        };
        if self.descending { !key } else { key }
    }
}

/// The first bytes of a text as a number that orders as they do.
fn prefix(text: &str) -> u64 {
    let mut bytes = [0; 8];
    for (to, from) in bytes.iter_mut().zip(text.bytes()) {
        *to = from;
    }
    u64::from_be_bytes(bytes)
}

/// A snapshot with what the table adds to it.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// The snapshot.
    pub snapshot: &'a Snapshot,
    /// Its lineage's own name.
    pub lineage: &'a str,
    /// What its lineage is called.
    pub called: &'a str,
    /// The clusters that were asked.
    pub clusters: &'a [Arc<Cluster>],
}

impl Row<'_> {
    /// Whose it is, in a word.
    pub fn owner(&self) -> &'static str {
        let ownership = ownership::of(self.snapshot, self.clusters);
        ownership.owner(self.snapshot).word()
    }

    /// What becomes of it, in a word or two.
    pub fn fate(&self) -> &'static str {
        let ownership = ownership::of(self.snapshot, self.clusters);
        explain::fate_word(&ownership.fate(self.snapshot))
    }
}

/// When it completed; when it last changed, for one that has not.
pub fn moment(snapshot: &Snapshot) -> Option<Timestamp> {
    snapshot.completed_at.or(snapshot.changed_at)
}

fn health(snapshot: &Snapshot) -> (Health, bool) {
    (snapshot.health, explain::is_open(snapshot))
}

fn format(snapshot: &Snapshot) -> Option<(u8, [bool; 4])> {
    let format = snapshot.facts.as_ref()?.format;
    let traits = [
        format.incremental,
        format.unaligned,
        format.changelog,
        format.file_merging,
    ];
    Some((format.family as u8, traits))
}

fn rescale(snapshot: &Snapshot) -> Option<u32> {
    snapshot.facts.as_ref().map(|facts| facts.rescale.max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_have_words() {
        let words = |column| [Sort::by(column), Sort::by(column).reversed()].map(Sort::words);
        assert_eq!(words(Column::Age), ["newest first", "oldest first"]);
        assert_eq!(
            words(Column::New),
            ["by new, largest first", "by new, smallest first"]
        );
        assert_eq!(words(Column::Owner), ["by owner", "by owner, reversed"]);
    }

    #[test]
    fn prefixes_order_as_texts_do() {
        let mut texts = [
            "kept",
            "",
            "survives cancel",
            "survives failure",
            "kep",
            "mixed",
        ];
        texts.sort_unstable();
        assert!(texts.map(prefix).is_sorted());
    }
}
