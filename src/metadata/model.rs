//! What a `_metadata` file says, in Flink's own terms.
//!
//! Every text and blob borrows from the file's bytes when it was read, and owns them when it was built to be written.

use std::borrow::Cow;

use crate::domain::id::{CheckpointId, OperatorId};

use super::text::Text;

/// The newest version of the format that is known here.
pub const NEWEST_VERSION: u32 = 7;

/// The oldest version that can be read. Version 1, of Flink 1.2, is refused by Flink 1.11 and later too.
pub const OLDEST_VERSION: u32 = 2;

/// The deepest nesting of handles inside handles that is read or written. Flink itself goes two deep (changelog state
/// over a materialized handle) and checks nothing.
pub const NESTING_LIMIT: u32 = 8;

/// The largest parallelism and number of key groups (`KeyGroupRangeAssignment.UPPER_BOUND_MAX_PARALLELISM`).
pub const MAX_PARALLELISM: u32 = 1 << 15;

/// A checkpoint or savepoint as its metadata file describes it
/// (`org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata`).
#[derive(Debug, Clone, PartialEq)]
pub struct Metadata<'a> {
    /// The format's version, 2 to 7.
    pub version: u32,
    /// The number that the checkpoint coordinator gave it.
    pub checkpoint_id: CheckpointId,
    /// State of hooks that run on the `JobManager`.
    pub master_states: Vec<MasterState<'a>>,
    /// State by operator, in the order of the file, which has no meaning.
    pub operators: Vec<OperatorState<'a>>,
    /// The properties block at the end, from version 4 on.
    pub properties: PropertiesBlock,
    /// Bytes after the end. Flink writes none. 0 when the properties block is unreadable, since its end is unknown then.
    pub trailing_bytes: u64,
}

/// The outcome of reading the Java-serialized block that versions 4 and later end with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PropertiesBlock {
    /// The version has no such block (2 and 3).
    Absent,
    /// A serialized `null`, as the State Processor API writes it.
    Null,
    /// The block was understood.
    Known(CheckpointProperties),
    /// The block was not understood, for this reason; the rest of the file is unaffected.
    Unreadable(String),
}

/// What kind of snapshot it is and when Flink discards it
/// (`org.apache.flink.runtime.checkpoint.CheckpointProperties`).
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are seven independent flags in Flink too"
)]
pub struct CheckpointProperties {
    /// Checkpoint or savepoint, and which sort.
    pub snapshot_type: SnapshotType,
    /// Whether Flink deletes it when newer checkpoints push it out.
    pub discard_subsumed: bool,
    /// Whether Flink deletes it when the job reaches FINISHED.
    pub discard_finished: bool,
    /// Whether Flink deletes it when the job is cancelled.
    pub discard_cancelled: bool,
    /// Whether Flink deletes it when the job fails for good.
    pub discard_failed: bool,
    /// Whether Flink deletes it when the `JobManager` stops without a final job state.
    pub discard_suspended: bool,
    /// Whether it ignored the limits on concurrent checkpoints; no effect on its life.
    pub forced: bool,
    /// Whether a job was restored from it without claiming it. Flink keeps this in memory only.
    pub unclaimed: bool,
}

/// The sort of a snapshot (`CheckpointType` or `SavepointType`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SnapshotType {
    /// A checkpoint.
    Checkpoint {
        /// Flink's name: `Checkpoint` or `Full Checkpoint`.
        name: String,
        /// Flink's `SharingFilesStrategy` constant, such as `FORWARD_BACKWARD`.
        sharing_files_strategy: String,
    },
    /// A savepoint.
    Savepoint {
        /// Flink's name: `Savepoint`, `Suspend Savepoint` or `Terminate Savepoint`.
        name: String,
        /// Flink's `SavepointFormatType` constant: `CANONICAL` or `NATIVE`.
        format: String,
        /// Flink's `PostCheckpointAction` constant: `NONE`, `SUSPEND` or `TERMINATE`.
        post_action: String,
    },
}

/// State of a master hook (`org.apache.flink.runtime.checkpoint.MasterState`).
#[derive(Debug, Clone, PartialEq)]
pub struct MasterState<'a> {
    /// Version of the hook's own serializer.
    pub version: i32,
    /// The hook's identifier.
    pub name: Text<'a>,
    /// The hook's bytes.
    pub payload: Cow<'a, [u8]>,
}

/// State of one operator over all its subtasks (`org.apache.flink.runtime.checkpoint.OperatorState`).
#[derive(Debug, Clone, PartialEq)]
pub struct OperatorState<'a> {
    /// The operator's name, from version 5 on and when it was set.
    pub name: Option<Text<'a>>,
    /// The operator's uid, from version 5 on and when it was set.
    pub uid: Option<Text<'a>>,
    /// The operator's id.
    pub id: OperatorId,
    /// The number of subtasks when the snapshot was taken.
    pub parallelism: u32,
    /// The number of key groups, which bounds any later parallelism.
    pub max_parallelism: u32,
    /// State of the operator's coordinator on the `JobManager`, always inline.
    pub coordinator: Option<InlineHandle<'a>>,
    /// Whether all subtasks had finished when the snapshot was taken (`FullyFinishedOperatorState`).
    pub fully_finished: bool,
    /// State by subtask; subtasks without state may be absent.
    pub subtasks: Vec<SubtaskState<'a>>,
}

/// State of one subtask of an operator (`org.apache.flink.runtime.checkpoint.OperatorSubtaskState`).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SubtaskState<'a> {
    /// The subtask's index, from 0.
    pub index: u32,
    /// Whether the subtask had finished (`FinishedOperatorSubtaskState`); it has no state then.
    pub finished: bool,
    /// Operator state that Flink manages.
    pub managed_operator: Option<Box<OperatorHandle<'a>>>,
    /// Operator state that the user writes as a stream.
    pub raw_operator: Option<Box<OperatorHandle<'a>>>,
    /// Keyed state that a state backend manages.
    pub managed_keyed: Option<KeyedHandle<'a>>,
    /// Keyed state that is written as a stream: timers on the heap, or the user's own.
    pub raw_keyed: Option<KeyedHandle<'a>>,
    /// In-flight data of input channels.
    pub input_channels: Vec<ChannelHandle<'a>>,
    /// In-flight data of result subpartitions.
    pub output_channels: Vec<ChannelHandle<'a>>,
    /// The older checkpoint that holds this subtask's state, from version 7 on (regional checkpoints).
    pub reference_checkpoint: Option<i64>,
}

/// Where bytes of state are (`org.apache.flink.runtime.state.StreamStateHandle`).
#[derive(Debug, Clone, PartialEq)]
pub enum StreamHandle<'a> {
    /// The bytes are in the metadata file itself (`ByteStreamStateHandle`).
    Inline(InlineHandle<'a>),
    /// A file at an absolute path (`FileStateHandle`).
    File {
        /// The file's length in bytes, or −1 when unknown.
        size: i64,
        /// The path as Flink stored it.
        path: Text<'a>,
    },
    /// A file relative to the directory of the metadata file (`RelativeFileStateHandle`).
    Relative {
        /// The path below that directory.
        path: Text<'a>,
        /// The file's length in bytes, or −1 when unknown.
        size: i64,
    },
    /// Key groups wrapped as a stream (`KeyGroupsStateHandle`, tag 3; legal but never seen).
    KeyGroups(Box<KeyGroupsHandle<'a>>),
    /// A part of a merged file (`SegmentFileStateHandle`).
    Segment(Box<SegmentHandle<'a>>),
    /// A part of a merged file with nothing in it (`EmptySegmentFileStateHandle`).
    EmptySegment,
}

/// Bytes inside the metadata file. Its name looks like a path, but no file of that name exists.
#[derive(Debug, Clone, PartialEq)]
pub struct InlineHandle<'a> {
    /// The handle's name: the path that the file would have had, or a random id.
    pub name: Text<'a>,
    /// The bytes.
    pub data: Cow<'a, [u8]>,
}

/// A range of bytes in a physical file shared by many handles (Flink 1.20 and later).
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentHandle<'a> {
    /// Where the segment starts in the file.
    pub start: i64,
    /// The segment's length in bytes.
    pub length: i64,
    /// Who owns the physical file.
    pub scope: SegmentScope,
    /// The physical file's absolute path.
    pub path: Text<'a>,
    /// The segment's own id, under which Flink counts references.
    pub logical_file_id: Text<'a>,
}

/// Scope of a merged file (`CheckpointedStateScope`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SegmentScope {
    /// Belongs to one checkpoint.
    Exclusive,
    /// May be used by many checkpoints.
    Shared,
}

/// Operator state of a subtask (`OperatorStreamStateHandle`).
#[derive(Debug, Clone, PartialEq)]
pub struct OperatorHandle<'a> {
    /// Partitions by state name.
    pub states: Vec<OperatorStatePartitions<'a>>,
    /// The stream that holds all of them.
    pub delegate: StreamHandle<'a>,
    /// Directories that file merging keeps referenced (`FileMergingOperatorStreamStateHandle`).
    pub file_merging: Option<FileMergingDirectories<'a>>,
}

/// Directories of file merging, named by a handle so that they stay referenced.
#[derive(Debug, Clone, PartialEq)]
pub struct FileMergingDirectories<'a> {
    /// The `TaskManager`'s directory under `taskowned/`.
    pub task_owned: Text<'a>,
    /// The subtask's directory under `shared/`.
    pub shared: Text<'a>,
    /// Whether the handle stands for no state at all and only names the directories.
    pub empty: bool,
}

/// Where the partitions of one named operator state start (`OperatorStateHandle.StateMetaInfo`).
#[derive(Debug, Clone, PartialEq)]
pub struct OperatorStatePartitions<'a> {
    /// The state's name.
    pub name: Text<'a>,
    /// How partitions are dealt out when parallelism changes.
    pub mode: DistributionMode,
    /// Start of each partition in the delegate stream.
    pub offsets: Offsets<'a>,
}

/// How operator state is dealt out to subtasks on restore (`OperatorStateHandle.Mode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DistributionMode {
    /// Partitions are pooled and dealt out evenly.
    SplitDistribute,
    /// Every subtask gets all partitions.
    Union,
    /// Every subtask gets one copy.
    Broadcast,
}

impl DistributionMode {
    /// Flink's name of the constant.
    pub fn name(self) -> &'static str {
        match self {
            Self::SplitDistribute => "SPLIT_DISTRIBUTE",
            Self::Union => "UNION",
            Self::Broadcast => "BROADCAST",
        }
    }
}

/// A list of stream positions, kept as the big-endian 64-bit numbers of the file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Offsets<'a>(pub Cow<'a, [u8]>);

impl Offsets<'_> {
    /// The number of positions.
    pub fn len(&self) -> usize {
        self.0.len() / 8
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The positions in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = i64> + '_ {
        self.0
            .as_chunks::<8>()
            .0
            .iter()
            .map(|bytes| i64::from_be_bytes(*bytes))
    }
}

impl FromIterator<i64> for Offsets<'static> {
    fn from_iter<I: IntoIterator<Item = i64>>(positions: I) -> Self {
        Self(Cow::Owned(
            positions.into_iter().flat_map(i64::to_be_bytes).collect(),
        ))
    }
}

/// A range of key groups (`KeyGroupRange`). Some handles of nothing have an empty one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyGroupRange {
    /// The first key group.
    pub first: i32,
    /// How many there are.
    pub count: u32,
}

impl KeyGroupRange {
    /// The last key group; below the first when the range is empty.
    pub fn last(self) -> i64 {
        i64::from(self.first) + i64::from(self.count) - 1
    }
}

/// Keyed state of a subtask (`org.apache.flink.runtime.state.KeyedStateHandle`).
#[derive(Debug, Clone, PartialEq)]
pub enum KeyedHandle<'a> {
    /// Key groups one after the other in a stream (`KeyGroupsStateHandle`, `KeyGroupsSavepointStateHandle`).
    KeyGroups(Box<KeyGroupsHandle<'a>>),
    /// Files of `RocksDB` or `ForSt` (`IncrementalRemoteKeyedStateHandle`).
    Incremental(Box<IncrementalHandle<'a>>),
    /// A materialized part and the changes since (`ChangelogStateBackendHandle`).
    Changelog(Box<ChangelogHandle<'a>>),
    /// Changes kept inline (`InMemoryChangelogStateHandle`).
    ChangelogInline(Box<ChangelogInlineHandle<'a>>),
    /// Changes kept in files (`ChangelogStateHandleStreamImpl`).
    ChangelogFiles(Box<ChangelogFilesHandle<'a>>),
}

/// Key groups in a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyGroupsHandle<'a> {
    /// Which of the three layouts it has in the file.
    pub layout: KeyGroupsLayout,
    /// The key groups.
    pub range: KeyGroupRange,
    /// Start of each key group in the delegate stream; 0 or −1 for one without state.
    pub offsets: Offsets<'a>,
    /// The stream.
    pub delegate: StreamHandle<'a>,
    /// The handle's random id, where the layout has one.
    pub state_handle_id: Option<Text<'a>>,
}

/// The layouts of key groups in a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyGroupsLayout {
    /// Tag 3, up to Flink 1.14.
    V1,
    /// Tag 12, Flink 1.15 and later.
    V2,
    /// Tag 7, the canonical savepoint format.
    Savepoint,
}

/// Files of `RocksDB` or `ForSt`.
#[derive(Debug, Clone, PartialEq)]
pub struct IncrementalHandle<'a> {
    /// The checkpoint in which the backend made this handle.
    pub checkpoint_id: i64,
    /// The backend's id, a UUID as text.
    pub backend_id: Text<'a>,
    /// The key groups.
    pub range: KeyGroupRange,
    /// New bytes of this checkpoint; absent in the layout up to Flink 1.14 (tag 5), and −1 when unknown.
    pub checkpointed_size: Option<i64>,
    /// The backend's own description of its state.
    pub meta: Option<StreamHandle<'a>>,
    /// Files that other checkpoints may use too.
    pub shared: Vec<LocalFile<'a>>,
    /// Files of this checkpoint alone.
    pub private: Vec<LocalFile<'a>>,
    /// The handle's random id; absent in the layout up to Flink 1.14 (tag 5).
    pub state_handle_id: Option<Text<'a>>,
}

/// A file of a local database and where its copy is (`HandleAndLocalPath`).
#[derive(Debug, Clone, PartialEq)]
pub struct LocalFile<'a> {
    /// The name in the database's directory, such as `000012.sst`.
    pub name: Text<'a>,
    /// The copy.
    pub handle: StreamHandle<'a>,
}

/// A materialized part and the changes since.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangelogHandle<'a> {
    /// The key groups.
    pub range: KeyGroupRange,
    /// New bytes of this checkpoint, or −1 when unknown.
    pub checkpointed_size: i64,
    /// The materialized part.
    pub materialized: Vec<KeyedHandle<'a>>,
    /// The changes since.
    pub non_materialized: Vec<KeyedHandle<'a>>,
    /// The number of the materialization.
    pub materialization_id: i64,
    /// The checkpoint of the handle; absent in the layout of Flink 1.15 (tag 8), where the materialization's number
    /// stands for it.
    pub checkpoint_id: Option<i64>,
    /// The handle's random id.
    pub state_handle_id: Text<'a>,
}

/// Changes kept inline.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangelogInlineHandle<'a> {
    /// The key groups.
    pub range: KeyGroupRange,
    /// The first sequence number.
    pub from: i64,
    /// The sequence number after the last.
    pub to: i64,
    /// The changes: key group (−1 for a change of metadata) and bytes.
    pub changes: Vec<(i32, Cow<'a, [u8]>)>,
    /// The handle's random id.
    pub state_handle_id: Text<'a>,
}

/// Changes kept in files.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangelogFilesHandle<'a> {
    /// The key groups.
    pub range: KeyGroupRange,
    /// Positions in files from which to read changes; a file may occur several times.
    pub parts: Vec<(i64, StreamHandle<'a>)>,
    /// Bytes of the changes, not of the files.
    pub size: i64,
    /// New bytes of this checkpoint.
    pub checkpointed_size: i64,
    /// The handle's random id.
    pub state_handle_id: Text<'a>,
    /// Which storage wrote the files; absent in the layout of Flink 1.15 (tag 10).
    pub storage: Option<Text<'a>>,
}

/// In-flight data of channels (`InputStateHandle` or `OutputStateHandle`).
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelHandle<'a> {
    /// The subtask that wrote the data; absent in files of Flink 1.11.
    pub subtask_index: Option<i32>,
    /// Bytes of these channels.
    pub size: i64,
    /// One channel, or many at once.
    pub content: ChannelContent<'a>,
    /// The stream that holds the buffers, usually shared by many channels and subtasks.
    pub delegate: StreamHandle<'a>,
}

/// Which channels a handle is about.
#[derive(Debug, Clone, PartialEq)]
pub enum ChannelContent<'a> {
    /// One channel (`InputChannelStateHandle`, `ResultSubpartitionStateHandle`).
    Single(ChannelOffsets<'a>),
    /// Many channels (`MergedInputChannelStateHandle`, `MergedResultSubpartitionStateHandle`), from version 6 on, with
    /// the size of each.
    Merged(Vec<(ChannelOffsets<'a>, i64)>),
}

/// Positions of one channel's buffers.
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelOffsets<'a> {
    /// Index of the input gate, or of the result partition.
    pub gate: i32,
    /// Index of the channel, or of the subpartition.
    pub channel: i32,
    /// Positions of the buffers in the delegate stream.
    pub offsets: Offsets<'a>,
}
