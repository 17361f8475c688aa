//! The sorts of snapshots of one job beside each other: what each event does to them and what each can do, answered from
//! their own metadata where it tells, else as Flink's documentation has it ("Checkpoints vs. Savepoints").

mod cells;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::Arc;

pub use self::cells::{Answer, Cell, Source};
use super::backend::{self, Backend};
use super::moving::{self, Tie};
use super::ownership::{self, Ownership};
use super::whatif::Event;
use crate::domain::cluster::Cluster;
use crate::domain::snapshot::{Fate, FormatFamily, Kind, Properties, Snapshot};

/// A sort of snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sort {
    /// A checkpoint that goes however its job ends.
    Checkpoint,
    /// A checkpoint that survives at least one end of its job.
    Externalized,
    /// A savepoint that every state backend can read.
    Savepoint,
    /// A savepoint in its state backend's own format.
    NativeSavepoint,
    /// A checkpoint with in-flight data.
    Unaligned,
}

impl Sort {
    /// All, those of the old question first.
    pub const ALL: [Self; 5] = [
        Self::Checkpoint,
        Self::Externalized,
        Self::Savepoint,
        Self::NativeSavepoint,
        Self::Unaligned,
    ];

    /// A heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Checkpoint => "checkpoint",
            Self::Externalized => "externalized checkpoint",
            Self::Savepoint => "savepoint",
            Self::NativeSavepoint => "native savepoint",
            Self::Unaligned => "unaligned checkpoint",
        }
    }

    /// Whether a user takes it.
    pub fn is_savepoint(self) -> bool {
        matches!(self, Self::Savepoint | Self::NativeSavepoint)
    }

    /// How one is made, where there is none.
    pub fn made_by(self) -> &'static str {
        match self {
            Self::Checkpoint => "every checkpoint, unless the job retains them",
            Self::Externalized => {
                "execution.checkpointing.externalized-checkpoint-retention: RETAIN_ON_CANCELLATION"
            }
            Self::Savepoint => "flink savepoint JOB, flink stop JOB",
            Self::NativeSavepoint => "flink savepoint --type native JOB",
            Self::Unaligned => "execution.checkpointing.unaligned.enabled: true",
        }
    }

    fn is(self, snapshot: &Snapshot) -> bool {
        let Some(facts) = &snapshot.facts else {
            return false;
        };
        let is_native = match &facts.properties {
            Properties::Known {
                savepoint_format: Some(format),
                ..
            } => format == "NATIVE",
            _ => facts.format.family == FormatFamily::Native,
        };
        match self {
            Self::Checkpoint => snapshot.kind == Kind::Checkpoint,
            Self::Externalized => snapshot.kind == Kind::ExternalizedCheckpoint,
            Self::Savepoint => snapshot.kind == Kind::Savepoint && !is_native,
            Self::NativeSavepoint => snapshot.kind == Kind::Savepoint && is_native,
            Self::Unaligned => snapshot.kind != Kind::Savepoint && facts.format.unaligned,
        }
    }

    /// The newest of these snapshots that is of this sort. One with in-flight data stands for another sort only where
    /// there is no other.
    fn newest(self, rows: &[Arc<Snapshot>]) -> Option<Arc<Snapshot>> {
        let is_plain = |row: &Snapshot| {
            self == Self::Unaligned || !row.facts.as_ref().is_some_and(|it| it.format.unaligned)
        };
        let fitting = rows.iter().filter(|row| self.is(row));
        fitting
            .max_by_key(|row| (is_plain(row), row.completed_at, row.checkpoint_id()))
            .cloned()
    }
}

/// A question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Row {
    /// What it is good for.
    Purpose,
    /// Who decides when it goes.
    Owner,
    /// What becomes of it then.
    When(Event),
    /// How its state is laid out.
    Format,
    /// Whether it holds files in common with others.
    Shares,
    /// Whether its directory can be moved.
    Relocatable,
    /// Whether a job of another parallelism can be restored.
    Rescale,
    /// Whether another state backend can read it.
    BackendChange,
    /// Whether the job graph and its partitioning may change.
    ArbitraryUpgrade,
    /// Whether functions may change while the graph stays.
    JobUpgrade,
    /// Whether the types of state may change.
    SchemaEvolution,
    /// Whether another minor release can read it.
    MinorUpgrade,
    /// Whether another patch release can read it.
    PatchUpgrade,
    /// Whether the State Processor API reads it.
    ProcessorReads,
    /// Whether the State Processor API writes such.
    ProcessorWrites,
}

impl Row {
    /// All, in order.
    pub const ALL: [Self; 19] = [
        Self::Purpose,
        Self::Owner,
        Self::When(Event::Subsumed),
        Self::When(Event::Finished),
        Self::When(Event::Cancelled),
        Self::When(Event::Failed),
        Self::When(Event::Suspended),
        Self::Format,
        Self::Shares,
        Self::Relocatable,
        Self::Rescale,
        Self::BackendChange,
        Self::ArbitraryUpgrade,
        Self::JobUpgrade,
        Self::SchemaEvolution,
        Self::MinorUpgrade,
        Self::PatchUpgrade,
        Self::ProcessorReads,
        Self::ProcessorWrites,
    ];

    /// A heading of at most 15 cells.
    pub fn title(self) -> &'static str {
        match self {
            Self::Purpose => "it is for",
            Self::Owner => "owner",
            Self::When(event) => event.word(),
            Self::Format => "format",
            Self::Shares => "shares files",
            Self::Relocatable => "can be moved",
            Self::Rescale => "rescaling",
            Self::BackendChange => "other backend",
            Self::ArbitraryUpgrade => "other job graph",
            Self::JobUpgrade => "other job code",
            Self::SchemaEvolution => "other types",
            Self::MinorUpgrade => "Flink 1.x to 1.y",
            Self::PatchUpgrade => "Flink patches",
            Self::ProcessorReads => "State API reads",
            Self::ProcessorWrites => "State API writes",
        }
    }
}

/// A sentence without its full stop, and without the answer that stands before it.
fn reason(sentence: &str) -> String {
    let reason = sentence.strip_prefix("Yours: ").unwrap_or(sentence);
    reason.trim_end_matches('.').to_owned()
}

/// A column: a sort, and the newest snapshot of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Which.
    pub sort: Sort,
    /// The newest one, if there is one.
    pub of: Option<Arc<Snapshot>>,
    /// Whose own format its keyed state is in.
    pub backend: Backend,
    /// Whose that is.
    pub owner: Option<Cell>,
    /// What becomes of that, where somebody else than its own job decides.
    pub fate: Option<Fate>,
    /// Why that must stay where it lies, though it holds all that it names.
    pub tie: Option<Tie>,
}

/// The columns for the snapshots of one job, whose fares the clusters tell.
pub fn columns(rows: &[Arc<Snapshot>], clusters: &[Arc<Cluster>]) -> Vec<Column> {
    let column = |sort: Sort| {
        let of = sort.newest(rows);
        let facts = of
            .as_deref()
            .and_then(|row| Some((row, row.facts.as_deref()?)));
        let backend = facts.map_or(Backend::Unknown, |(row, facts)| {
            backend::of_own_format(row, facts, clusters)
        });
        let mut fate = None;
        let owner = of.as_deref().map(|row| {
            let ownership = ownership::of(row, clusters);
            if let Cow::Owned(other) = ownership.fate(row) {
                fate = Some(other);
            }
            Cell {
                answer: Answer::Plain,
                word: ownership.owner(row).word().to_owned(),
                source: match ownership {
                    Ownership::Disk | Ownership::BuiltOn(_) | Ownership::Dwindled => Source::Store,
                    Ownership::Claimed(claim) | Ownership::Released(claim)
                        if claim.told.is_none() =>
                    {
                        Source::Inferred
                    }
                    _ => Source::Cluster,
                },
                evidence: reason(&ownership.sentence(row)),
            }
        });
        let tie = of
            .as_deref()
            .and_then(|row| moving::tie(row, clusters, None));
        Column {
            sort,
            of,
            backend,
            owner,
            fate,
            tie,
        }
    };
    Sort::ALL.into_iter().map(column).collect()
}
