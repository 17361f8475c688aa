//! Everything known of one snapshot as a document: the shape of `stateward show --json`.
//!
//! The shape is a promise to scripts: keys may be added, those here keep their names and meaning. Sizes are bytes,
//! times RFC 3339 UTC, ids as Flink writes them. Text is as it was stored; whoever prints it makes it safe.

use std::collections::BTreeMap;

use serde::Serialize;

use super::explain::relations::Relations;
use crate::domain::snapshot::{Format, Health, Kind, RescaleRange, Sizes, Verdict};

/// The version of the shape.
pub const SCHEMA: u32 = 1;

/// One snapshot.
#[derive(Debug, Clone, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own in the JSON"
)]
pub struct Document {
    /// [`SCHEMA`].
    pub schema: u32,
    /// Where it lies.
    pub uri: String,
    /// Which sort it is.
    pub kind: Kind,
    /// Whether the kind was concluded instead of read.
    pub kind_inferred: bool,
    /// Whether it can be restored.
    pub health: Health,
    /// Whether every file it names was found with the right length: the word to trust for a restart.
    pub restorable: bool,
    /// Why it is not plainly complete.
    pub findings: Vec<String>,
    /// The job whose directory it lies in.
    pub job_id: Option<String>,
    /// When its metadata was written.
    pub completed_at: Option<String>,
    /// About the metadata file.
    pub metadata: Option<MetadataSection>,
    /// Flink's own record of what it is, null when metadata has none.
    pub properties: Option<PropertiesSection>,
    /// What happens to it when.
    pub fate: FateSection,
    /// How its state is laid out.
    pub format: Option<Format>,
    /// Whether its directory can be moved.
    pub relocatable: Option<bool>,
    /// How paths were mapped onto where it lies.
    pub path_mapping: Option<PathMappingSection>,
    /// Bytes.
    pub sizes: Sizes,
    /// Whether `new` and `freed` are only upper bounds: another snapshot in scope cannot be read, or files lie out
    /// of scope, where others may name them.
    pub sizes_are_bounds: bool,
    /// Whether files of it have other hard links, so that `freed` is only an upper bound.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub hard_linked: bool,
    /// Against which other snapshots `new`, `freed` and `referenced_by` were counted.
    pub scope: ScopeSection,
    /// Parallelisms it can be restored at.
    pub rescale: Option<RescaleRange>,
    /// State of master hooks.
    pub master_states: Vec<MasterStateSection>,
    /// State by operator.
    pub operators: Vec<OperatorSection>,
    /// Every file it names, each once.
    pub files: Vec<FileSection>,
    /// What ties it to others: where its files lie, and who else names them.
    pub relations: Relations,
}

/// About the metadata file.
#[derive(Debug, Clone, Serialize)]
pub struct MetadataSection {
    /// Version of the format.
    pub version: u32,
    /// Length in bytes.
    pub bytes: u64,
    /// The snapshot's number.
    pub checkpoint_id: u64,
    /// Bytes after the end.
    pub trailing_bytes: u64,
    /// Which Flink releases can have written it.
    pub written_by: String,
}

/// Flink's own record.
#[derive(Debug, Clone, Serialize)]
pub struct PropertiesSection {
    /// Flink's name of the type.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Whether it is a savepoint.
    pub is_savepoint: bool,
    /// `CANONICAL`, `NATIVE` or null.
    pub savepoint_format: Option<String>,
    /// Flink's constant, null when unknown.
    pub sharing_files_strategy: Option<String>,
    /// Restored from without a claim.
    pub unclaimed: bool,
    /// When Flink deletes it.
    pub discard: DiscardSection,
}

/// The five flags.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are five independent flags in Flink too"
)]
pub struct DiscardSection {
    /// Pushed out by newer ones.
    pub subsumed: bool,
    /// Job finished.
    pub finished: bool,
    /// Job cancelled.
    pub cancelled: bool,
    /// Job failed.
    pub failed: bool,
    /// `JobManager` stopped.
    pub suspended: bool,
}

/// The same as verdicts, also where metadata has no flags.
#[derive(Debug, Clone, Serialize)]
pub struct FateSection {
    /// Pushed out by newer ones.
    pub subsumed: Verdict,
    /// Job finished.
    pub finished: Verdict,
    /// Job cancelled.
    pub cancelled: Verdict,
    /// Job failed.
    pub failed: Verdict,
    /// `JobManager` stopped.
    pub suspended: Verdict,
    /// Whether it was concluded instead of read.
    pub inferred: bool,
    /// What leads to it.
    pub because: String,
}

/// How paths were mapped.
#[derive(Debug, Clone, Serialize)]
pub struct PathMappingSection {
    /// The prefix in metadata.
    pub from: String,
    /// What stands for it here.
    pub to: String,
    /// Whether it was concluded.
    pub inferred: bool,
}

/// What relations were counted against.
#[derive(Debug, Clone, Serialize)]
pub struct ScopeSection {
    /// The directories that were looked at.
    pub roots: Vec<String>,
    /// Snapshots found there, this one included.
    pub snapshots: usize,
    /// Snapshots there whose metadata could not be read, so that `freed` is an upper bound.
    pub unreadable: usize,
}

/// State of a master hook.
#[derive(Debug, Clone, Serialize)]
pub struct MasterStateSection {
    /// The hook's identifier.
    pub name: String,
    /// Version of its serializer.
    pub version: i32,
    /// Length in bytes.
    pub bytes: u64,
}

/// State of an operator.
#[derive(Debug, Clone, Serialize)]
pub struct OperatorSection {
    /// Its id.
    pub id: String,
    /// Its name, null before version 5.
    pub name: Option<String>,
    /// Its uid, null before version 5.
    pub uid: Option<String>,
    /// Subtasks when the snapshot was taken.
    pub parallelism: u32,
    /// Key groups.
    pub max_parallelism: u32,
    /// All subtasks had finished.
    pub fully_finished: bool,
    /// Bytes of the coordinator's state, null without one.
    pub coordinator_state: Option<u64>,
    /// Bytes of state over all subtasks, without the coordinator's.
    pub state: u64,
    /// New bytes, likewise.
    pub checkpointed: u64,
    /// State by subtask, by index.
    pub subtasks: Vec<SubtaskSection>,
}

/// State of a subtask.
#[derive(Debug, Clone, Serialize)]
pub struct SubtaskSection {
    /// Its index.
    pub index: u32,
    /// It had finished.
    pub finished: bool,
    /// Bytes of state.
    pub state: u64,
    /// New bytes.
    pub checkpointed: u64,
    /// The older checkpoint that holds its state (version 7).
    pub ref_checkpoint_id: Option<i64>,
    /// Managed operator state.
    pub managed_operator: Vec<HandleSection>,
    /// Raw operator state.
    pub raw_operator: Vec<HandleSection>,
    /// Managed keyed state.
    pub managed_keyed: Vec<HandleSection>,
    /// Raw keyed state.
    pub raw_keyed: Vec<HandleSection>,
    /// In-flight data of inputs.
    pub input_channel: Vec<HandleSection>,
    /// In-flight data of outputs.
    pub output_channel: Vec<HandleSection>,
}

/// A handle of state.
#[derive(Debug, Clone, Default, Serialize)]
pub struct HandleSection {
    /// Flink's simple class name.
    pub handle: String,
    /// Bytes, as Flink's `getStateSize`.
    pub state: u64,
    /// First and last key group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_groups: Option<[i64; 2]>,
    /// Operator states by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub states: Option<BTreeMap<String, OperatorStateSection>>,
    /// The checkpoint in which the handle was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checkpoint_id: Option<i64>,
    /// The state backend's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backend_id: Option<String>,
    /// Indexes into the document's files.
    pub files: Vec<usize>,
    /// Bytes inside the metadata file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inline: Option<u64>,
}

/// A named operator state.
#[derive(Debug, Clone, Serialize)]
pub struct OperatorStateSection {
    /// Flink's constant.
    pub mode: &'static str,
    /// The number of partitions.
    pub offsets: usize,
}

/// A file that a snapshot names.
#[derive(Debug, Clone, Serialize)]
pub struct FileSection {
    /// Absolute, as Flink's reader has it.
    pub uri: String,
    /// Named relative to the snapshot's directory.
    pub relative: bool,
    /// Where it was looked for here.
    pub resolved: String,
    /// Its length: as found, else as the metadata says.
    pub bytes: u64,
    /// `exclusive` to this snapshot, or `shared` with others by its role.
    pub scope: FileScope,
    /// Whether it was found; null when it could not be looked for.
    pub exists: Option<bool>,
    /// What is wrong with it, such as a length that differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// How many snapshots in scope name it, this one included.
    pub referenced_by: u32,
}

/// Whether a file belongs to one snapshot by its role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FileScope {
    /// Deleted with its snapshot.
    Exclusive,
    /// May be named by other snapshots too, and is then kept.
    Shared,
}
