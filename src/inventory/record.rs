//! One snapshot as the inventory keeps it: what a look at its directory found, with its files as numbers.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::analysis::fate;
use crate::analysis::kind::kind_from_name;
use crate::domain::id::{CheckpointId, JobId, OperatorId};
use crate::domain::location::Location;
use crate::domain::snapshot::{Facts, Fate, Health, Kind, PathMapping, Properties, Sizes};
use crate::domain::text::scrub_bytes;
use crate::domain::time;
use crate::store::{Stat, Store};

use super::files::FileTable;
use super::inspect::named_checkpoint;
use super::layout;
use super::presence::{self, Problem};
use super::resolve::FileUse;

/// A snapshot below a root.
#[derive(Debug)]
pub struct Record {
    /// Its directory.
    pub location: Location,
    /// The directory's own time before it was last looked at, where it can be trusted.
    pub stamp: Option<Timestamp>,
    /// The newest time on the directory or anything in it.
    pub changed_at: Option<Timestamp>,
    /// When it was last seen to come or to grow, by our own clock; the clock of its file system may be far from that.
    pub grew_at: Option<Timestamp>,
    /// How many files are in it, its metadata excluded.
    pub files: u64,
    /// Bytes of the files in it, its metadata excluded.
    pub bytes: u64,
    /// Its metadata.
    pub content: Content,
}

/// A record's metadata.
#[derive(Debug)]
pub enum Content {
    /// None there.
    Nothing {
        /// Flink's temporary file for it is.
        writing: bool,
    },
    /// Not readable, for this reason.
    Unreadable {
        /// In words.
        reason: String,
        /// What is known of the file.
        stat: Option<Stat>,
        /// Whether it may not be looked at.
        denied: bool,
    },
    /// Read.
    Read(Box<ReadContent>),
}

/// What was read, with files as numbers.
#[derive(Debug)]
pub struct ReadContent {
    /// What is known of the metadata file.
    pub stat: Stat,
    /// The kind, and whether it was concluded.
    pub kind: (Kind, bool),
    /// What Flink does with it when.
    pub fate: Fate,
    /// Facts for tables and sentences.
    pub facts: Arc<Facts>,
    /// Sizes by itself.
    pub sizes: Sizes,
    /// Ids of its operators, sorted.
    pub operators: Vec<OperatorId>,
    /// How its paths were mapped.
    pub mapping: Option<PathMapping>,
    /// Its files, each once, by number.
    pub uses: Box<[FileUse]>,
    /// The directories that file merging keeps for it, where they are looked for.
    pub directories: Box<[Location]>,
}

/// How a record fares, as of now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// Whether it can be restored.
    pub health: Health,
    /// Why it is not plainly complete.
    pub findings: Vec<String>,
    /// Files that could not be looked at.
    pub unchecked_files: u64,
}

/// How many files are named one by one before only their number is told.
const NAMED_FILES: usize = 3;

impl Record {
    /// Whether nothing can have changed since the last look: the directory's time is the same, which every new or
    /// deleted file changes, and so is its metadata.
    pub fn is_unchanged(&self, store: &dyn Store) -> bool {
        let Content::Read(read) = &self.content else {
            return false;
        };
        let directory = store
            .stat(&self.location)
            .ok()
            .and_then(|stat| stat.modified);
        let metadata = store.stat(&self.location.join(layout::METADATA)).ok();
        directory.is_some() && directory == self.stamp && metadata == Some(read.stat)
    }

    /// Whether where its files are is only concluded: Flink's paths lead nowhere here, and whether they mean what lies beside the
    /// snapshot or what another copy has is not known.
    pub fn has_concluded_places(&self) -> bool {
        let Content::Read(read) = &self.content else {
            return false;
        };
        read.mapping.as_ref().is_some_and(|it| it.inferred)
    }

    /// Whether it has no metadata yet, as far as is known.
    pub fn is_being_written(&self) -> bool {
        matches!(self.content, Content::Nothing { .. })
    }

    /// The name of its directory, safe to show.
    pub fn name(&self) -> String {
        scrub_bytes(self.location.name()).into_owned()
    }

    /// The directory of its job, if it lies in one: then every checkpoint there is of that job.
    pub fn job_directory(&self) -> Option<Location> {
        let is_checkpoint = layout::checkpoint_number(self.location.name()).is_some();
        (is_checkpoint || self.job_id().is_some())
            .then(|| self.location.parent())
            .flatten()
    }

    /// The job whose directory it lies in.
    pub fn job_id(&self) -> Option<JobId> {
        layout::job_of(&self.location)
    }

    /// The six digits in a savepoint's name.
    pub fn job_prefix(&self) -> Option<String> {
        layout::savepoint_job_prefix(self.location.name()).map(str::to_owned)
    }

    /// The number: the metadata's, else the one in the name.
    pub fn checkpoint_id(&self) -> Option<CheckpointId> {
        match &self.content {
            Content::Read(read) => Some(read.facts.checkpoint_id),
            _ => layout::checkpoint_number(self.location.name()),
        }
    }

    /// When its metadata was written.
    pub fn completed_at(&self) -> Option<Timestamp> {
        match &self.content {
            Content::Read(read) => read.stat.modified,
            Content::Unreadable { stat, .. } => stat.and_then(|stat| stat.modified),
            Content::Nothing { .. } => None,
        }
    }

    /// The kind, and whether it was concluded.
    pub fn kind(&self) -> (Kind, bool) {
        match &self.content {
            Content::Read(read) => read.kind,
            _ => (kind_from_name(named_checkpoint(&self.location)), true),
        }
    }

    /// What Flink does with it when.
    pub fn fate(&self) -> Fate {
        match &self.content {
            Content::Read(read) => read.fate.clone(),
            _ => fate::fate(self.kind().0, None),
        }
    }

    /// The files that it names.
    pub fn uses(&self) -> &[FileUse] {
        match &self.content {
            Content::Read(read) => &read.uses,
            _ => &[],
        }
    }

    /// Whether its metadata, or a file that it names, has other names (hard links).
    pub fn is_hard_linked(&self, files: &FileTable) -> bool {
        match &self.content {
            Content::Read(read) => {
                let mut uses = read.uses.iter();
                read.stat.is_hard_linked || uses.any(|it| files.is_hard_linked(it.file))
            }
            _ => false,
        }
    }

    /// The directories that file merging keeps for it, canonical: `SharedStateRegistry` deletes each of them as a whole
    /// with the last checkpoint that names it.
    pub fn merged_into(&self) -> &[Location] {
        match &self.content {
            Content::Read(read) => &read.directories,
            _ => &[],
        }
    }

    /// How it fares. `superseded_by` is the number of a newer checkpoint of its job that has completed: then it will
    /// not complete any more (`CheckpointCoordinator#dropSubsumedCheckpoints`). Without metadata it counts as in
    /// progress until nothing has changed in it for `grace`, by its own dates or as far as was seen, unless it is superseded.
    pub fn condition(
        &self,
        files: &FileTable,
        superseded_by: Option<CheckpointId>,
        grace: SignedDuration,
        now: Timestamp,
    ) -> Condition {
        let plain = |health, finding: String| Condition {
            health,
            findings: vec![finding],
            unchecked_files: 0,
        };
        match &self.content {
            Content::Unreadable { reason, denied, .. } => Condition {
                unchecked_files: u64::from(*denied),
                ..plain(Health::Corrupt, reason.clone())
            },
            Content::Read(read) => read.condition(files),
            Content::Nothing { writing } => {
                let counts = |at: &Timestamp| now.duration_since(*at) < grace;
                let dated = self.changed_at.as_ref().is_none_or(counts);
                let grew = self.grew_at.as_ref().is_some_and(counts);
                let quiet = !dated && !grew;
                let health = if self.files > 0 || *writing {
                    Health::Abandoned
                } else {
                    Health::Empty
                };
                match (quiet, superseded_by) {
                    (_, Some(newer)) => plain(
                        health,
                        format!(
                            "chk-{newer} completed after it: it was given up, or is being deleted"
                        ),
                    ),
                    (true, None) if health == Health::Empty => plain(
                        health,
                        "an empty directory: it never got any state".to_owned(),
                    ),
                    (true, None) => plain(
                        health,
                        "it has files but no metadata: it never completed, or was deleted half-way"
                            .to_owned(),
                    ),
                    (false, None) if !dated => plain(Health::InProgress, seen_to_grow(grace)),
                    (false, None) => plain(Health::InProgress, unfinished(*writing, grace)),
                }
            }
        }
    }
}

impl ReadContent {
    fn condition(&self, files: &FileTable) -> Condition {
        let mut findings = Vec::new();
        let damaged = match &self.facts.properties {
            Properties::Unreadable(reason) => Some(format!(
                "the record of its properties cannot be read ({reason}); Flink reads it on a restore and fails"
            )),
            _ => None,
        };
        findings.extend(damaged.clone());
        let (mut broken, mut unreachable) = (Vec::new(), Vec::new());
        for usage in &self.uses {
            match presence::problem(files.presence(usage.file), usage.length) {
                None => {}
                Some(Problem::Unreachable) => unreachable.push(*usage),
                Some(problem) => broken.push((*usage, problem)),
            }
        }
        if !broken.is_empty() {
            findings.push(missing_sentence(files, &broken, self.uses.len()));
        }
        match self.kind.0 {
            _ if broken.is_empty() => {}
            Kind::Savepoint => findings.push(
                "its metadata is there but files are gone, as when a job that claimed it no longer needs them, or after \
                 a deletion by hand"
                    .to_owned(),
            ),
            _ if broken.iter().any(|(usage, _)| usage.relative_but_shared) => findings.push(
                "files of a claimed native savepoint are named as if they lay here; Flink up to 2.3.0 writes such \
                 checkpoints and cannot restore them (FLINK-39964)"
                    .to_owned(),
            ),
            _ => {}
        }
        if let Some(first) = unreachable.first() {
            let count = unreachable.len();
            let place = files.location(first.file);
            findings.push(format!(
                "{} could not be looked at, the first is {place}",
                counted(count, "file")
            ));
        }
        if self.facts.trailing_bytes > 0 {
            let bytes = self.facts.trailing_bytes;
            findings.push(format!(
                "{bytes} bytes follow the end of the metadata, where Flink writes none"
            ));
        }
        let health = match (damaged, broken.is_empty()) {
            (Some(_), _) => Health::Corrupt,
            (None, false) => Health::Incomplete,
            (None, true) => Health::Complete,
        };
        Condition {
            health,
            findings,
            unchecked_files: unreachable.len() as u64,
        }
    }
}

/// Of one without metadata that changed lately. That nobody writes it any more the disk does not show.
fn unfinished(metadata: bool, grace: SignedDuration) -> String {
    let what = if metadata { "metadata" } else { "state" };
    format!(
        "no metadata yet: its {what} is being written, or was left unfinished less than {} ago",
        time::exact_span(grace)
    )
}

/// Of one that changed lately before our eyes, whatever its file system says of when that was.
fn seen_to_grow(grace: SignedDuration) -> String {
    format!(
        "no metadata yet: it came or grew less than {} ago, as was seen from here, though it is dated earlier",
        time::exact_span(grace)
    )
}

fn missing_sentence(files: &FileTable, broken: &[(FileUse, Problem)], of: usize) -> String {
    let missing = broken
        .iter()
        .filter(|(_, problem)| *problem == Problem::Missing)
        .count();
    let wrong = broken.len() - missing;
    let what = match (missing, wrong) {
        (missing, 0) => format!("{missing} of {} missing", counted(of, "file")),
        (0, wrong) => format!("{wrong} of {} of the wrong length", counted(of, "file")),
        (missing, wrong) => format!(
            "{missing} missing and {wrong} of the wrong length, of {}",
            counted(of, "file")
        ),
    };
    let named = broken.iter().take(NAMED_FILES).map(|(usage, problem)| {
        let place = files.location(usage.file);
        match problem {
            Problem::WrongLength { found, expected } => {
                format!("{place} ({found} bytes instead of {expected})")
            }
            Problem::Missing | Problem::Unreachable => place.to_string(),
        }
    });
    let named: Vec<String> = named.collect();
    let more = if broken.len() > NAMED_FILES {
        ", …"
    } else {
        ""
    };
    format!("{what}: {}{more}", named.join(", "))
}

/// `1 file`, `3 files`.
pub fn counted(count: usize, what: &str) -> String {
    if count == 1 {
        format!("1 {what}")
    } else {
        format!("{count} {what}s")
    }
}
