//! The snapshot model: what is known of a checkpoint or savepoint, ready to be shown.
//!
//! Plain data without behaviour beyond words. `analysis` fills it from metadata, `inventory` from what lies in the
//! store and from the other snapshots in scope.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::content::Content;
use super::heirs::Heirs;
use super::id::{CheckpointId, JobId, OperatorId};
use super::location::Location;
use super::space::LineageSpace;

/// One checkpoint or savepoint, identified by its location.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The directory that holds (or will hold) `_metadata`.
    pub location: Location,
    /// The name of that directory, safe to show: `chk-7`, `savepoint-cdb60f-…`.
    pub name: String,
    /// The job whose directory it lies in.
    pub job_id: Option<JobId>,
    /// The first six digits of the job's id, from a savepoint's name.
    pub job_prefix: Option<String>,
    /// The lineage it was grouped into.
    pub lineage: LineageId,
    /// Checkpoint, externalized checkpoint or savepoint.
    pub kind: Kind,
    /// Whether the kind was concluded from place and name, because metadata does not say it.
    pub kind_inferred: bool,
    /// Whether it can be restored, as far as the store shows.
    pub health: Health,
    /// Why it is not plainly complete, most important first: missing files, the reader's error, what it waits for.
    pub findings: Vec<String>,
    /// How many files could not be looked at (another store, no permission): those that the metadata names, or the
    /// metadata itself. While there is one, the snapshot is not proven to be restorable.
    pub unchecked_files: u64,
    /// When `_metadata` was written: the moment the snapshot completed.
    pub completed_at: Option<Timestamp>,
    /// The newest change seen in its directory; for one in progress, its last sign of life.
    pub changed_at: Option<Timestamp>,
    /// What the metadata file says, unless it is absent or unreadable.
    #[serde(serialize_with = "write_facts", deserialize_with = "read_facts")]
    pub facts: Option<Arc<Facts>>,
    /// Bytes, alone and against the other snapshots in scope.
    pub sizes: Sizes,
    /// Whether [`Sizes::new`] and [`Sizes::freed`] are only upper bounds: the metadata of another snapshot in sight
    /// cannot be read, or files of this one lie where nobody has looked for snapshots. Others may name the same files.
    pub sizes_are_bounds: bool,
    /// Whether files of it have other names (hard links), so that [`Sizes::freed`] is only an upper bound: the bytes of a
    /// file stay until its last name is gone. Who needs these names is another matter: none of them is missed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_hard_linked: bool,
    /// What happens to it when.
    pub fate: Fate,
    /// Who may delete it.
    pub owner: Owner,
    /// The jobs that go on with it.
    #[serde(default, skip_serializing_if = "Heirs::is_empty")]
    pub heirs: Heirs,
    /// How the paths in its metadata were mapped onto where it lies.
    pub mapping: Option<PathMapping>,
    /// The first checkpoint of its job that was written after the end that a cluster tells of, or has a number beyond those that the
    /// job had taken by then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_again: Option<Sign>,
}

/// A checkpoint that shows that a job was at work at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sign {
    /// The name of its directory, safe to show.
    pub name: String,
    /// When it was written.
    pub at: Timestamp,
    /// Its number, where it has completed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<CheckpointId>,
}

impl Snapshot {
    /// That its job was at work when it was written. An empty directory shows nothing: its time also moves when something in it is
    /// deleted.
    pub fn sign(&self) -> Option<Sign> {
        let changed = self.changed_at.filter(|_| self.health != Health::Empty);
        let name = self.name.clone();
        let at = self.completed_at.or(changed)?;
        let is_complete = self.completed_at.is_some() && self.health != Health::InProgress;
        let number = self.checkpoint_id().filter(|_| is_complete);
        Some(Sign { name, at, number })
    }

    /// Whether Flink could be restarted from it: the metadata parses to its end, and every file it names was found with
    /// the right length.
    pub fn is_restorable(&self) -> bool {
        self.health == Health::Complete && self.unchecked_files == 0
    }

    /// Whether [`Sizes::freed`] is only an upper bound.
    pub fn freed_is_bound(&self) -> bool {
        self.sizes_are_bounds || self.is_hard_linked
    }

    /// The word for the health column: `unverified` for a complete one with files that could not be looked at, and
    /// `unreadable` where the metadata itself could not be.
    pub fn health_word(&self) -> &'static str {
        match self.health {
            Health::Complete if self.unchecked_files > 0 => "unverified",
            Health::Corrupt if self.unchecked_files > 0 => "unreadable",
            health => health.word(),
        }
    }

    /// The snapshot's number: the metadata's when it was read, else the one in the directory's name.
    pub fn checkpoint_id(&self) -> Option<CheckpointId> {
        let named = || self.name.strip_prefix("chk-")?.parse().ok();
        self.facts
            .as_ref()
            .map(|facts| facts.checkpoint_id)
            .or_else(named)
    }
}

#[expect(
    clippy::ref_option,
    reason = "it is called with a reference to the field"
)]
fn write_facts<S: Serializer>(facts: &Option<Arc<Facts>>, to: S) -> Result<S::Ok, S::Error> {
    facts.as_deref().serialize(to)
}

fn read_facts<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Arc<Facts>>, D::Error> {
    Ok(Option::<Facts>::deserialize(from)?.map(Arc::new))
}

/// A name out of a few. It has a name of its own as a reference would be taken for something to borrow when it is read.
type BackendName = &'static str;

/// Names of state backends that handles betray.
const BACKENDS: [&str; 4] = ["RocksDB", "ForSt", "HashMap", "RocksDB or ForSt"];

fn read_backend<'de, D: Deserializer<'de>>(from: D) -> Result<Option<BackendName>, D::Error> {
    let name = Option::<String>::deserialize(from)?;
    Ok(name.and_then(|name| BACKENDS.into_iter().find(|it| *it == name)))
}

/// Which sort of snapshot it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Taken by Flink for recovery, and deleted by it when the job ends in whatever way.
    Checkpoint,
    /// A checkpoint that survives at least one end of its job: cancellation or failure ("retained").
    ExternalizedCheckpoint,
    /// Taken by a user; Flink never deletes it by itself unless a job claims it.
    Savepoint,
}

impl Kind {
    /// The word for a column.
    pub fn word(self) -> &'static str {
        match self {
            Self::Checkpoint => "checkpoint",
            Self::ExternalizedCheckpoint => "externalized",
            Self::Savepoint => "savepoint",
        }
    }

    /// The name in a sentence.
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Checkpoint => "checkpoint",
            Self::ExternalizedCheckpoint => "externalized checkpoint",
            Self::Savepoint => "savepoint",
        }
    }
}

/// Whether a snapshot can be restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// Metadata parses and no file it names is known to be missing or short.
    Complete,
    /// No metadata yet, and young enough that Flink may still be writing (or deleting) it.
    InProgress,
    /// Files that the metadata names are missing or short.
    Incomplete,
    /// The metadata cannot be read.
    Corrupt,
    /// Data without metadata, older than any checkpoint that could still complete.
    Abandoned,
    /// A directory with nothing in it, left behind.
    Empty,
}

impl Health {
    /// The word for a column.
    pub fn word(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::InProgress => "in progress",
            Self::Incomplete => "incomplete",
            Self::Corrupt => "corrupt",
            Self::Abandoned => "abandoned",
            Self::Empty => "empty",
        }
    }
}

/// What a metadata file says, condensed to what tables and sentences need.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// Version of the metadata format.
    pub version: u32,
    /// Length of the metadata file in bytes.
    pub metadata_bytes: u64,
    /// Bytes after the end of what was understood; Flink writes none.
    pub trailing_bytes: u64,
    /// The snapshot's number within its job.
    pub checkpoint_id: CheckpointId,
    /// What tells it from another at the same place; none where the metadata says nothing that another could not say, or an
    /// earlier release recorded it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Content>,
    /// The snapshot's own properties.
    pub properties: Properties,
    /// How its state is laid out.
    pub format: Format,
    /// Whether it can be moved as a directory: every file it names is named relative to it.
    pub relocatable: bool,
    /// Where absolute paths lead, when it is not relocatable: one line each, with counts.
    pub depends_on: Vec<String>,
    /// The jobs, by the first six digits of their ids, in whose directories or savepoints files lie that it names by their
    /// whole paths.
    #[serde(default)]
    pub jobs: Vec<String>,
    /// Numbers of older checkpoints of its job that hold the state of some of its subtasks (regional checkpoints, from
    /// metadata version 7 on): without them it cannot be restored.
    pub regional: Vec<CheckpointId>,
    /// The parallelisms it can be restored at.
    pub rescale: RescaleRange,
    /// Operators, by state size, largest first.
    pub operators: Vec<OperatorFacts>,
    /// Names of master hooks with state.
    pub master_states: usize,
    /// State backend as far as the handles betray it: `RocksDB`, `ForSt`, `HashMap`, or `RocksDB or ForSt`, whose files
    /// look the same.
    #[serde(deserialize_with = "read_backend")]
    pub likely_backend: Option<BackendName>,
    /// Which Flink releases can have written it.
    pub written_by: String,
}

/// The properties block of the metadata, condensed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Properties {
    /// Metadata before version 4 has none.
    Absent,
    /// A null block: written by the State Processor API.
    Null,
    /// Flink's own record.
    Known {
        /// Flink's name of the snapshot type: `Checkpoint`, `Full Checkpoint`, `Savepoint`, `Suspend Savepoint`,
        /// `Terminate Savepoint`.
        type_name: String,
        /// Whether it is a savepoint.
        is_savepoint: bool,
        /// `CANONICAL` or `NATIVE` for a savepoint.
        savepoint_format: Option<String>,
        /// How it shares files with others: `FORWARD_BACKWARD`, `FORWARD`, `NO_SHARING`.
        sharing_files_strategy: Option<String>,
        /// Whether a job was restored from it without claiming it.
        unclaimed: bool,
    },
    /// A block that could not be understood, with the reason.
    Unreadable(String),
}

/// How state is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four independent traits, as the JSON shape has them"
)]
pub struct Format {
    /// Canonical (any backend can read it) or native (the backend's own).
    pub family: FormatFamily,
    /// Keyed state shares files with other checkpoints.
    pub incremental: bool,
    /// Holds in-flight data of channels.
    pub unaligned: bool,
    /// Written by the changelog state backend.
    pub changelog: bool,
    /// Files are merged: segments of physical files.
    pub file_merging: bool,
}

impl Format {
    /// A few words for a column: `canonical`, `incremental`, `full`, with `+unaligned`, `+changelog`, `+merged`.
    pub fn words(&self, kind: Kind) -> String {
        let base = match (self.family, self.incremental, kind) {
            (FormatFamily::None, _, _) => "stateless",
            (FormatFamily::Canonical, _, _) => "canonical",
            (FormatFamily::Mixed, _, _) => "mixed",
            (FormatFamily::Native, _, Kind::Savepoint) => "native",
            (FormatFamily::Native, true, _) => "incremental",
            (FormatFamily::Native, false, _) => "full",
        };
        let mut words = base.to_owned();
        for (set, word) in [
            (self.unaligned, "+unaligned"),
            (self.changelog, "+changelog"),
            (self.file_merging, "+merged"),
        ] {
            if set {
                words.push_str(word);
            }
        }
        words
    }
}

/// The family of a keyed state's format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FormatFamily {
    /// The unified format that every state backend can restore.
    Canonical,
    /// A state backend's own format.
    Native,
    /// Some of each.
    Mixed,
    /// No keyed state, so that the question does not arise.
    None,
}

/// Parallelisms at which a snapshot can be restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RescaleRange {
    /// Always 1.
    pub min: u32,
    /// The smallest maximum parallelism among its operators.
    pub max: u32,
}

impl fmt::Display for RescaleRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.min, self.max)
    }
}

/// An operator, condensed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OperatorFacts {
    /// The operator's id.
    pub id: OperatorId,
    /// Its name, where metadata has one; safe to show.
    pub name: Option<String>,
    /// Its uid, where metadata has one; safe to show.
    pub uid: Option<String>,
    /// The number of subtasks when the snapshot was taken.
    pub parallelism: u32,
    /// The largest parallelism it can be restored at.
    pub max_parallelism: u32,
    /// Whether it holds keyed state, for which the maximum parallelism is a hard limit.
    pub keyed: bool,
    /// Whether all its subtasks had finished.
    pub fully_finished: bool,
    /// Bytes of state, without the coordinator's (Flink's `getStateSize` over subtasks).
    pub state: u64,
}

/// Bytes of a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sizes {
    /// Full state, as Flink's web UI shows it ("Full Checkpoint Data Size"): sums over handles, nothing counted once
    /// only, without coordinator state.
    pub state: u64,
    /// New state, as Flink's web UI shows it ("Checkpointed Data Size").
    pub checkpointed: u64,
    /// Bytes on disk that it refers to, each file once, its metadata included.
    pub refer: u64,
    /// Bytes of those that no older snapshot of the lineage refers to.
    pub new: u64,
    /// Bytes of those that no other snapshot in scope refers to: what its deletion would free now.
    pub freed: u64,
    /// Bytes of state inside the metadata file.
    pub inline: u64,
    /// Bytes of in-flight data.
    pub channel_state: u64,
    /// Files it refers to, each once, without the metadata.
    pub files: u64,
}

/// What Flink does with a snapshot on each of the five events that can end it
/// (`org.apache.flink.runtime.checkpoint.CheckpointProperties`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fate {
    /// When newer checkpoints push it out of the retained ones.
    pub subsumed: Verdict,
    /// When the job reaches FINISHED; stop-with-savepoint is such an end.
    pub finished: Verdict,
    /// When the job is cancelled.
    pub cancelled: Verdict,
    /// When the job fails for good.
    pub failed: Verdict,
    /// When the `JobManager` stops without a final job state.
    pub suspended: Verdict,
    /// Whether this was concluded because metadata does not say it (before version 4, or unreadable).
    pub inferred: bool,
    /// The value of the retention setting that leads to this, or what the conclusion rests on: a noun.
    pub because: String,
}

/// What happens to a snapshot on an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Flink deletes it.
    Deleted,
    /// It stays.
    Kept,
    /// It depends on a setting that cannot be read here.
    Unknown,
}

impl Verdict {
    /// The word for a table.
    pub fn word(self) -> &'static str {
        match self {
            Self::Deleted => "deleted",
            Self::Kept => "kept",
            Self::Unknown => "unknown",
        }
    }
}

/// Who decides when a snapshot goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Owner {
    /// Flink, while the job that took it lives.
    Flink(Option<JobId>),
    /// The user: a savepoint that no checkpoint in scope builds on.
    You,
    /// Not clear from the disk, with the reason.
    Unclear(String),
}

impl Owner {
    /// The word for a column.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Flink(_) => "Flink",
            Self::You => "you",
            Self::Unclear(_) => "unclear",
        }
    }
}

/// A prefix of paths in metadata, and what stands in its place where the snapshot lies.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PathMapping {
    /// The prefix as Flink wrote it.
    pub from: Location,
    /// Where that is found.
    pub to: Location,
    /// Whether it was concluded from the snapshot's own location; false when the user gave it.
    pub inferred: bool,
}

impl PathMapping {
    /// A mapping given as `FROM=TO`.
    ///
    /// # Errors
    /// In words, when there is no `=` or a side is not an absolute path or URI.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (from, to) = text
            .split_once('=')
            .ok_or_else(|| format!("`{text}` has no `=`; write FROM=TO"))?;
        for side in [from, to] {
            let absolute = side.starts_with('/') || side.find(":/").is_some_and(|at| at > 1);
            if !absolute {
                return Err(format!("`{side}` is neither an absolute path nor a URI"));
            }
        }
        if !Location::can_name(to.as_bytes()) {
            return Err(format!(
                "`{to}` has a backslash in it, which Flink reads as a slash: that would be another place"
            ));
        }
        let place = |side: &str| Location::parse(side.as_bytes());
        Ok(Self {
            from: place(from),
            to: place(to),
            inferred: false,
        })
    }

    /// The way back, from where something was found to what Flink calls it.
    #[must_use]
    pub fn reversed(&self) -> Self {
        Self {
            from: self.to.clone(),
            to: self.from.clone(),
            inferred: self.inferred,
        }
    }
}

/// A number for a lineage, stable while the program runs.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct LineageId(pub u32);

/// One application through all its job ids: job directories and savepoints that belong together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lineage {
    /// Its number.
    pub id: LineageId,
    /// What to call it: the job's directory where it has one, else the savepoints' common prefix.
    pub name: String,
    /// The jobs whose directories belong to it, newest first.
    pub jobs: Vec<JobId>,
    /// How many snapshots it has.
    pub snapshots: usize,
    /// How many of them can be restored.
    pub restorable: usize,
    /// When its newest restorable snapshot completed.
    pub newest_restorable_at: Option<Timestamp>,
    /// The newest restorable snapshot.
    pub latest: Option<Location>,
    /// Bytes on disk of all its snapshots together, each file once.
    pub bytes: u64,
    /// How many snapshots those bytes hang on, and of which sort.
    pub space: LineageSpace,
    /// Something that an operator should know about the grouping, such as an all-zero job id or numbers that restart.
    pub remarks: Vec<String>,
}

/// A place that the user asked to see, and how well it is being watched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RootStatus {
    /// The place.
    pub location: Location,
    /// How changes are noticed.
    pub watching: Watching,
    /// What goes on.
    pub state: RootState,
    /// Directories that could not be listed and the like, in words.
    pub problems: Vec<String>,
    /// When it was last looked at as a whole.
    pub scanned_at: Option<Timestamp>,
}

/// How changes below a root are noticed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Watching {
    /// Not at all: one look.
    Off,
    /// By the system's notifications, with a slow poll beside them.
    Native,
    /// By polling alone, for this reason.
    Polling(String),
}

/// What goes on with a root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RootState {
    /// The first look is under way: this many snapshots so far.
    Scanning {
        /// Snapshots found so far.
        found: usize,
    },
    /// Seen as a whole.
    Ready,
    /// Not there, or not any more; it is looked for again at each poll.
    Missing,
    /// It cannot be read, for this reason.
    Failed(String),
}
