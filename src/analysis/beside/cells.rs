//! The answers.

use super::{Column, Row, Sort};
use crate::analysis::backend::EITHER;
use crate::analysis::moving::Tie;
use crate::analysis::whatif::Event;
use crate::domain::size::iec;
use crate::domain::snapshot::{Facts, FormatFamily, Snapshot, Verdict};

/// How good an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Yes, or kept.
    Yes,
    /// No, or deleted.
    No,
    /// It works, and nobody promises it; or nobody knows.
    Maybe,
    /// Neither good nor bad.
    Plain,
}

/// Where an answer comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The snapshot's own metadata.
    Metadata,
    /// What lies in the store.
    Store,
    /// A cluster's answer.
    Cluster,
    /// What holds for every setting, as metadata does not say it.
    Inferred,
    /// Flink's documentation.
    Documentation,
}

impl Source {
    /// All, those that are surest first.
    pub const ALL: [Self; 5] = [
        Self::Metadata,
        Self::Store,
        Self::Cluster,
        Self::Inferred,
        Self::Documentation,
    ];

    /// In a few letters.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Metadata => "own",
            Self::Store => "disk",
            Self::Cluster => "told",
            Self::Inferred => "inf",
            Self::Documentation => "doc",
        }
    }

    /// What that stands for.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Metadata => "its metadata",
            Self::Store => "its files",
            Self::Cluster => "Flink",
            Self::Inferred => "inferred",
            Self::Documentation => "documentation",
        }
    }

    /// The same in a word.
    pub fn short_meaning(self) -> &'static str {
        match self {
            Self::Metadata => "metadata",
            Self::Store => "files",
            Self::Documentation => "docs",
            Self::Cluster | Self::Inferred => self.meaning(),
        }
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Metadata => "by its own metadata",
            Self::Store => "by what lies there",
            Self::Cluster => "by what a cluster tells",
            Self::Inferred => "inferred",
            Self::Documentation => "by the documentation",
        }
    }
}

/// An answer to a question about a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// How good it is.
    pub answer: Answer,
    /// In a word or a few.
    pub word: String,
    /// Where it comes from.
    pub source: Source,
    /// What is behind it, in a sentence without its full stop.
    pub evidence: String,
}

impl Column {
    /// The answer to a question.
    pub fn cell(&self, row: Row) -> Cell {
        let known = self
            .of
            .as_deref()
            .and_then(|snapshot| Some((snapshot, snapshot.facts.as_deref()?)));
        match row {
            Row::Purpose => self.purpose(),
            Row::Owner => self.owner(),
            Row::When(event) => self.when(event),
            Row::Format => self.format(known),
            Row::Shares => self.shares(),
            Row::Relocatable => self.relocatable(known),
            Row::Rescale => Self::rescale(known),
            _ => self.documented(row, known),
        }
    }

    fn purpose(&self) -> Cell {
        let (word, evidence) = match self.sort {
            Sort::Checkpoint => (
                "recovery",
                "taken by Flink, again and again, to recover this job as it is",
            ),
            Sort::Externalized => (
                "recovery, restart",
                "taken by Flink to recover the job; it survives the job, and a user can restart from it",
            ),
            Sort::Savepoint => (
                "upgrade, backup",
                "taken by a user: for an upgrade, another graph or parallelism, a fork, a backup",
            ),
            Sort::NativeSavepoint => (
                "quick backup",
                "taken by a user; quicker to take and to restore than a canonical one, bound to its state backend",
            ),
            Sort::Unaligned => (
                "recovery",
                "taken by Flink without waiting for slow channels, whose in-flight records it holds",
            ),
        };
        documented(Answer::Plain, word, evidence)
    }

    fn owner(&self) -> Cell {
        match &self.owner {
            Some(owner) => owner.clone(),
            None if self.sort.is_savepoint() => {
                documented(Answer::Plain, "you", "a user takes, owns and deletes it")
            }
            None => documented(
                Answer::Plain,
                "Flink",
                "Flink takes, owns and deletes it; what it retains is the user's from the job's end on",
            ),
        }
    }

    fn when(&self, event: Event) -> Cell {
        let (verdict, source, evidence) = if let Some(fate) = &self.fate {
            let evidence = format!("decided by {}", fate.because);
            (event.verdict(fate), Source::Inferred, evidence)
        } else if let Some(row) = &self.of {
            let verdict = event.verdict(&row.fate);
            let source = if row.fate.inferred {
                Source::Inferred
            } else {
                Source::Metadata
            };
            (verdict, source, Self::flags(row, event))
        } else {
            let verdict = usual(self.sort, event);
            let evidence = match (self.sort.is_savepoint(), event, verdict) {
                (true, ..) => "Flink never deletes a savepoint by itself",
                (_, Event::Subsumed, _) => {
                    "newer ones push it out, beyond execution.checkpointing.num-retained"
                }
                (_, _, Verdict::Unknown) => "the job's retention decides",
                (_, _, Verdict::Kept) => "RETAIN_ON_CANCELLATION keeps it",
                (_, _, Verdict::Deleted) => "the end of the job deletes it",
            };
            (verdict, Source::Documentation, evidence.to_owned())
        };
        Cell {
            answer: match verdict {
                Verdict::Kept => Answer::Yes,
                Verdict::Deleted => Answer::No,
                Verdict::Unknown => Answer::Maybe,
            },
            word: verdict.word().to_owned(),
            source,
            evidence,
        }
    }

    fn flags(row: &Snapshot, event: Event) -> String {
        let because = &row.fate.because;
        if row.fate.inferred {
            return format!("concluded from {because}");
        }
        let flag = match event {
            Event::Subsumed => "discardSubsumed",
            Event::Finished => "discardFinished",
            Event::Cancelled => "discardCancelled",
            Event::Failed => "discardFailed",
            Event::Suspended => "discardSuspended",
            Event::Disposed => return because.clone(),
        };
        let is_set = event.verdict(&row.fate) == Verdict::Deleted;
        format!("its {flag} is {is_set}: {because}")
    }

    fn format(&self, known: Option<(&Snapshot, &Facts)>) -> Cell {
        if let Some((row, facts)) = known {
            let backend = self.backend.aside();
            let backend = backend.map_or_else(String::new, |it| format!(", {it}"));
            return Cell {
                answer: Answer::Plain,
                word: facts.format.words(row.kind),
                source: Source::Metadata,
                evidence: format!("metadata version {}{backend}", facts.version),
            };
        }
        let (word, evidence) = match self.sort {
            Sort::Savepoint => ("canonical", "one format for every state backend"),
            Sort::NativeSavepoint => ("native", "its state backend's own format, since 1.15"),
            Sort::Checkpoint | Sort::Externalized | Sort::Unaligned => (
                "native",
                "its state backend's own format, incremental where RocksDB is asked to",
            ),
        };
        documented(Answer::Plain, word, evidence)
    }

    fn shares(&self) -> Cell {
        let Some(row) = &self.of else {
            return if self.sort.is_savepoint() {
                documented(Answer::Yes, "no", "a savepoint is a whole of its own")
            } else {
                documented(
                    Answer::Maybe,
                    "incremental ones",
                    "incremental checkpoints name files of older ones",
                )
            };
        };
        let shared = row.sizes.refer.saturating_sub(row.sizes.freed);
        let (answer, word) = if shared == 0 {
            (Answer::Yes, "no".to_owned())
        } else {
            (Answer::Maybe, iec(shared))
        };
        let bound = if row.sizes_are_bounds { " at most" } else { "" };
        Cell {
            answer,
            word,
            source: Source::Store,
            evidence: format!(
                "of {} that it refers to, {}{bound} are named by nobody else in sight",
                iec(row.sizes.refer),
                iec(row.sizes.freed)
            ),
        }
    }

    fn relocatable(&self, known: Option<(&Snapshot, &Facts)>) -> Cell {
        match known {
            Some((_, facts)) if facts.relocatable && self.tie.is_some() => Cell {
                answer: Answer::No,
                word: "copied only".to_owned(),
                source: match self.tie {
                    Some(Tie::Needed(_)) => Source::Cluster,
                    _ => Source::Store,
                },
                evidence: self
                    .tie
                    .as_ref()
                    .map_or_else(String::new, |it| it.words().to_owned()),
            },
            Some((_, facts)) if facts.relocatable => Cell {
                answer: Answer::Yes,
                word: "yes".to_owned(),
                source: Source::Metadata,
                evidence: "every file that it names is named relative to its directory".to_owned(),
            },
            Some((_, facts)) => Cell {
                answer: Answer::No,
                word: "no".to_owned(),
                source: Source::Metadata,
                evidence: format!("it names absolute paths: {}", facts.depends_on.join("; ")),
            },
            None if self.sort.is_savepoint() => {
                documented(Answer::Yes, "yes", "its directory holds all that it needs")
            }
            None => documented(Answer::No, "no", "it names files by absolute paths"),
        }
    }

    fn rescale(known: Option<(&Snapshot, &Facts)>) -> Cell {
        match known {
            Some((_, facts)) => Cell {
                answer: Answer::Yes,
                word: facts.rescale.to_string(),
                source: Source::Metadata,
                evidence: format!(
                    "parallelisms {} by the smallest maximum of its operators",
                    facts.rescale
                ),
            },
            None => documented(
                Answer::Yes,
                "yes",
                "up to the maximum parallelism it was taken with",
            ),
        }
    }

    /// The rows of the documentation's table, with what metadata adds.
    fn documented(&self, row: Row, known: Option<(&Snapshot, &Facts)>) -> Cell {
        let is_unaligned =
            known.map_or(self.sort == Sort::Unaligned, |(_, it)| it.format.unaligned);
        let answer = promise(self.sort, is_unaligned, row);
        let word = match answer {
            Answer::Yes | Answer::Plain => "yes",
            Answer::No => "no",
            Answer::Maybe => "no promise",
        };
        let (source, evidence) = match (row, known) {
            (Row::ArbitraryUpgrade | Row::MinorUpgrade, Some((row, _))) if is_unaligned => (
                Source::Metadata,
                format!(
                    "it holds {} of in-flight records, whose types and ways must stay",
                    iec(row.sizes.channel_state)
                ),
            ),
            (Row::BackendChange, Some((_, facts))) => (
                Source::Metadata,
                match (facts.format.family, self.backend.name()) {
                    (FormatFamily::Canonical, _) => {
                        "its keyed state is in the format of every backend".to_owned()
                    }
                    (FormatFamily::None, _) => "it has no keyed state".to_owned(),
                    (_, Some(EITHER)) => {
                        "its keyed state is in RocksDB's or ForSt's own format".to_owned()
                    }
                    (_, Some(backend)) => format!("its keyed state is in {backend}'s own format"),
                    (_, None) => "its keyed state is in its backend's own format".to_owned(),
                },
            ),
            _ => (Source::Documentation, behind(row).to_owned()),
        };
        Cell {
            answer,
            word: word.to_owned(),
            source,
            evidence,
        }
    }
}

fn documented(answer: Answer, word: &str, evidence: &str) -> Cell {
    Cell {
        answer,
        word: word.to_owned(),
        source: Source::Documentation,
        evidence: evidence.to_owned(),
    }
}

/// What becomes of a sort where no snapshot tells, under the settings that make one.
fn usual(sort: Sort, event: Event) -> Verdict {
    match (sort, event) {
        (Sort::Savepoint | Sort::NativeSavepoint, _) => Verdict::Kept,
        (Sort::Checkpoint, _) | (_, Event::Subsumed | Event::Finished | Event::Disposed) => {
            Verdict::Deleted
        }
        (Sort::Externalized, _) => Verdict::Kept,
        (Sort::Unaligned, _) => Verdict::Unknown,
    }
}

/// The table of the documentation.
fn promise(sort: Sort, is_unaligned: bool, row: Row) -> Answer {
    use Answer::{Maybe, No, Yes};
    let is_canonical = sort == Sort::Savepoint;
    match row {
        Row::BackendChange | Row::ProcessorWrites => yes_if(is_canonical),
        Row::ProcessorReads | Row::SchemaEvolution if is_canonical => Yes,
        Row::ProcessorReads if is_unaligned => No,
        Row::ProcessorReads | Row::SchemaEvolution => Maybe,
        Row::ArbitraryUpgrade | Row::MinorUpgrade => yes_if(!is_unaligned),
        _ => Yes,
    }
}

fn yes_if(yes: bool) -> Answer {
    if yes { Answer::Yes } else { Answer::No }
}

fn behind(row: Row) -> &'static str {
    match row {
        Row::BackendChange => "only the canonical format is every backend's",
        Row::ArbitraryUpgrade => "partitioning and types of records on their way may change",
        Row::JobUpgrade => "functions may change while the graph and the records between stay",
        Row::SchemaEvolution => {
            "where the serializer of the state can evolve, as of POJOs and Avro"
        }
        Row::MinorUpgrade => "taken by an older minor release, restored by a newer one",
        Row::PatchUpgrade => "taken by an older patch release, restored by a newer one",
        Row::ProcessorReads => "read by a program of the State Processor API",
        Row::ProcessorWrites => "written by a program of the State Processor API",
        Row::Purpose
        | Row::Owner
        | Row::When(_)
        | Row::Format
        | Row::Shares
        | Row::Relocatable
        | Row::Rescale => "",
    }
}
