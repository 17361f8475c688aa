//! One snapshot, thought out when it is triggered: its metadata, and which task writes which files.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::domain::id::JobId;
use crate::metadata::model::{
    ChannelContent, ChannelHandle, ChannelOffsets, CheckpointProperties, DistributionMode,
    InlineHandle, Metadata, Offsets, OperatorHandle, OperatorState, OperatorStatePartitions,
    PropertiesBlock, SnapshotType, StreamHandle, SubtaskState,
};
use crate::metadata::text::Text;

use super::chance::Chance;
use super::job::{JobSpec, OperatorSpec, Retention, key_groups};
use super::scenario::Format;
use super::state::{Keyed, Manner, Sort, Upload};
use super::target::{NewFile, Target};

/// Bytes of in-flight data of a channel, about.
const CHANNEL_BYTES: u64 = 48 << 10;
/// Subtasks that share a file of in-flight data (`…unaligned.max-subtasks-per-channel-state-file`).
const SUBTASKS_PER_CHANNEL_FILE: usize = 5;
/// Bytes of a partition of operator state.
const PARTITION_BYTES: u64 = 57;

/// What is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A checkpoint; a full one was asked for by hand.
    Checkpoint { full: bool },
    /// A savepoint.
    Savepoint { format: Format, after: After },
}

/// What the job does after a savepoint (`SavepointType.PostCheckpointAction`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    GoOn,
    Suspend,
    Terminate,
}

impl Kind {
    pub(super) fn is_savepoint(self) -> bool {
        matches!(self, Self::Savepoint { .. })
    }

    /// Whether the job ends with it.
    pub(super) fn ends_the_job(self) -> bool {
        matches!(self, Self::Savepoint { after, .. } if after != After::GoOn)
    }

    /// What Flink notes with the snapshot (`CheckpointProperties#forCheckpoint`, `#forSavepoint`).
    pub(super) fn properties(self, job: &JobSpec) -> CheckpointProperties {
        let (snapshot_type, keep, forced) = match self {
            Self::Checkpoint { full } => {
                let (name, sharing) = if full {
                    ("Full Checkpoint", "FORWARD")
                } else {
                    ("Checkpoint", "FORWARD_BACKWARD")
                };
                let snapshot_type = SnapshotType::Checkpoint {
                    name: name.to_owned(),
                    sharing_files_strategy: sharing.to_owned(),
                };
                (snapshot_type, job.retention, false)
            }
            Self::Savepoint { format, after } => {
                let (name, post_action) = match after {
                    After::GoOn => ("Savepoint", "NONE"),
                    After::Suspend => ("Suspend Savepoint", "SUSPEND"),
                    After::Terminate => ("Terminate Savepoint", "TERMINATE"),
                };
                let format = match format {
                    Format::Canonical => "CANONICAL",
                    Format::Native => "NATIVE",
                };
                let snapshot_type = SnapshotType::Savepoint {
                    name: name.to_owned(),
                    format: format.to_owned(),
                    post_action: post_action.to_owned(),
                };
                (snapshot_type, Retention::Retain, !job.unaligned)
            }
        };
        let checkpoint = !self.is_savepoint();
        CheckpointProperties {
            snapshot_type,
            discard_subsumed: checkpoint,
            discard_finished: checkpoint,
            discard_cancelled: keep != Retention::Retain,
            discard_failed: keep == Retention::None,
            discard_suspended: keep != Retention::Retain,
            forced,
            unclaimed: false,
        }
    }
}

/// All keyed state of a job, at some time.
#[derive(Debug, Clone)]
pub(super) struct Data {
    pub(super) parallelism: u32,
    /// By the operator's place.
    keyed: BTreeMap<usize, Vec<Keyed>>,
    as_of: Timestamp,
}

impl Data {
    pub(super) fn new(
        job: &JobSpec,
        parallelism: u32,
        now: Timestamp,
        chance: &mut Chance,
    ) -> Self {
        let sizes = |operator: &OperatorSpec| operator.keyed;
        Self::with(job, parallelism, now, chance, |at| {
            sizes(&job.operators[at])
        })
    }

    fn with(
        job: &JobSpec,
        parallelism: u32,
        now: Timestamp,
        chance: &mut Chance,
        bytes: impl Fn(usize) -> u64,
    ) -> Self {
        let mut keyed = BTreeMap::new();
        for (at, operator) in job.operators.iter().enumerate() {
            if operator.keyed == 0 && operator.growth == 0 {
                continue;
            }
            let share = bytes(at) / u64::from(parallelism);
            let of = |subtask| key_groups(subtask, parallelism, job.max_parallelism);
            let states = (0..parallelism)
                .map(|subtask| {
                    let share = chance.about(share);
                    Keyed::new(of(subtask), share, chance)
                })
                .collect();
            keyed.insert(at, states);
        }
        Self {
            parallelism,
            keyed,
            as_of: now,
        }
    }

    /// The same state dealt out to another number of subtasks, each with a database of its own.
    pub(super) fn rescaled(
        &self,
        job: &JobSpec,
        parallelism: u32,
        now: Timestamp,
        chance: &mut Chance,
    ) -> Self {
        let total = |at| -> u64 {
            let states = self.keyed.get(&at).into_iter().flatten();
            states.map(|state| state.bytes).sum()
        };
        Self::with(job, parallelism, now, chance, total)
    }

    /// Takes in what came since.
    pub(super) fn grow(&mut self, job: &JobSpec, now: Timestamp, chance: &mut Chance) {
        let elapsed = now.duration_since(self.as_of).as_millis().max(0) as u64;
        let interval = job.interval.as_millis().max(1) as u64;
        self.as_of = now;
        for (at, states) in &mut self.keyed {
            let total = u128::from(job.operators[*at].growth) * u128::from(elapsed);
            let share = total / u128::from(interval) / u128::from(self.parallelism);
            for state in states {
                state.change(chance.about(share.min(1 << 50) as u64));
            }
        }
    }

    /// As it is when a job goes on from it at some time.
    pub(super) fn gone_on_with(mut self, now: Timestamp) -> Self {
        self.as_of = now;
        self
    }

    pub(super) fn confirm(&mut self, uploads: &[Uploads]) {
        for (at, subtask, uploads) in uploads {
            let states = self.keyed.get_mut(at);
            if let Some(state) = states.and_then(|states| states.get_mut(*subtask as usize)) {
                state.confirm(uploads);
            }
        }
    }

    pub(super) fn forget_copies(&mut self) {
        self.keyed
            .values_mut()
            .flatten()
            .for_each(Keyed::forget_copies);
    }
}

/// Tables that a subtask of the operator at this place uploaded.
pub(super) type Uploads = (usize, u32, Vec<Upload>);

/// What one subtask of a task does for a snapshot.
#[derive(Debug, Clone)]
pub(super) struct Part {
    /// The task's place.
    pub(super) vertex: usize,
    /// What it writes before it acknowledges.
    pub(super) files: Vec<NewFile>,
    pub(super) state: i64,
    pub(super) checkpointed: i64,
}

/// A snapshot that was thought out.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) metadata: Metadata<'static>,
    pub(super) parts: Vec<Part>,
    pub(super) uploads: Vec<Uploads>,
    /// Files that go with it.
    pub(super) own_files: Vec<String>,
    /// Files of whose users Flink keeps count.
    pub(super) registered: Vec<String>,
}

/// Release and format of the metadata.
#[derive(Debug, Clone, Copy)]
pub(super) struct Writer {
    pub(super) release: (u32, u32),
    pub(super) version: u32,
}

/// Thinks a snapshot out. `full` is one that must stand by itself.
pub(super) fn draft(
    job: &JobSpec,
    data: &mut Data,
    (kind, full): (Kind, bool),
    (id, number): (JobId, u64),
    writer: Writer,
    mut target: Target<'_>,
) -> Draft {
    let manner = Manner {
        backend: job.backend,
        changelog: job.changelog,
        sort: match kind {
            Kind::Checkpoint { full: by_hand } if full || by_hand => Sort::FullCheckpoint,
            Kind::Checkpoint { .. } => Sort::Checkpoint,
            Kind::Savepoint { format, .. } => match format {
                Format::Canonical => Sort::Canonical,
                Format::Native => Sort::Native,
            },
        },
        number,
        release: writer.release,
    };
    let mut operators = empty_operators(job, data.parallelism, writer.version, &mut target);
    let mut parts = Vec::new();
    let mut uploads = Vec::new();
    let vertices = job.vertices();
    for (vertex, chain) in vertices.iter().enumerate() {
        let in_flight = job.unaligned && !kind.is_savepoint();
        let mut states: Vec<Vec<SubtaskState<'static>>> = Vec::new();
        let mut files = Vec::new();
        for subtask in 0..data.parallelism {
            target.turn_to(job.merging_directory(id, chain, subtask, data.parallelism));
            let mut chained = Vec::new();
            for at in chain {
                let (state, uploaded) = subtask_state(job, data, *at, subtask, manner, &mut target);
                uploads.extend(uploaded.map(|it| (*at, subtask, it)));
                chained.push(state);
            }
            states.push(chained);
            files.push(target.take_files());
        }
        if in_flight {
            let (first, last) = (vertex > 0, vertex + 1 < vertices.len());
            channels(&mut states, (first, last), writer.version, &mut target);
            if let Some(files) = files.first_mut() {
                files.extend(target.take_files());
            }
        }
        for (chained, files) in states.into_iter().zip(files) {
            parts.push(Part {
                vertex,
                files,
                state: chained.iter().map(SubtaskState::state_size).sum(),
                checkpointed: chained.iter().map(SubtaskState::checkpointed_size).sum(),
            });
            for (at, state) in chain.iter().zip(chained) {
                operators[*at].subtasks.push(state);
            }
        }
    }
    let properties = if writer.version < 4 {
        PropertiesBlock::Absent
    } else {
        PropertiesBlock::Known(kind.properties(job))
    };
    Draft {
        metadata: Metadata {
            version: writer.version,
            checkpoint_id: number,
            master_states: Vec::new(),
            operators,
            properties,
            trailing_bytes: 0,
        },
        parts,
        uploads,
        own_files: target.own_files,
        registered: target.registered,
    }
}

fn empty_operators(
    job: &JobSpec,
    parallelism: u32,
    version: u32,
    target: &mut Target<'_>,
) -> Vec<OperatorState<'static>> {
    let named = |text: &str| (version >= 5).then(|| Text::from(text.to_owned()));
    let mut operators = Vec::new();
    for (at, operator) in job.operators.iter().enumerate() {
        let id = job.operator_id(at);
        let coordinator = operator.source.then(|| {
            let mut data = vec![0; 16 + 24 * parallelism as usize];
            target.chance.fill(&mut data);
            InlineHandle {
                name: Text::from(id.to_string()),
                data: Cow::Owned(data),
            }
        });
        operators.push(OperatorState {
            name: named(&operator.name).filter(|name| !name.is_empty()),
            uid: operator.uid.as_deref().and_then(named),
            id,
            parallelism,
            max_parallelism: job.max_parallelism,
            coordinator,
            fully_finished: false,
            subtasks: Vec::new(),
        });
    }
    operators
}

fn subtask_state(
    job: &JobSpec,
    data: &mut Data,
    at: usize,
    subtask: u32,
    manner: Manner,
    target: &mut Target<'_>,
) -> (SubtaskState<'static>, Option<Vec<Upload>>) {
    let mut state = SubtaskState {
        index: subtask,
        managed_operator: operator_state(&job.operators[at], target).map(Box::new),
        ..SubtaskState::default()
    };
    let states = data.keyed.get_mut(&at);
    let keyed = states.and_then(|states| states.get_mut(subtask as usize));
    let uploads = keyed.map(|keyed| {
        let (handle, uploads) = keyed.snapshot(manner, target);
        state.managed_keyed = Some(handle);
        uploads
    });
    (state, uploads)
}

fn operator_state(
    operator: &OperatorSpec,
    target: &mut Target<'_>,
) -> Option<OperatorHandle<'static>> {
    let reader = operator.source.then(|| "SourceReaderState".to_owned());
    let splits = reader.iter().chain(&operator.lists);
    let named = splits
        .map(|name| (name, DistributionMode::SplitDistribute))
        .chain(
            operator
                .unions
                .iter()
                .map(|it| (it, DistributionMode::Union)),
        )
        .chain(
            operator
                .broadcasts
                .iter()
                .map(|it| (it, DistributionMode::Broadcast)),
        );
    let mut bytes = 180;
    let mut states = Vec::new();
    for (name, mode) in named {
        let partitions = match mode {
            DistributionMode::Broadcast => 1,
            _ => 1 + target.chance.below(4),
        };
        let offsets = (0..partitions).map(|it| (bytes + it * PARTITION_BYTES) as i64);
        states.push(OperatorStatePartitions {
            name: Text::from(name.clone()),
            mode,
            offsets: offsets.collect::<Offsets<'_>>(),
        });
        bytes += partitions * PARTITION_BYTES;
    }
    let empty = states.is_empty();
    let file_merging = target.merging_directories(empty);
    let delegate = if !empty {
        target.exclusive(bytes).handle
    } else if file_merging.is_some() {
        // No state, but the directories have to be named.
        StreamHandle::EmptySegment
    } else {
        return None;
    };
    Some(OperatorHandle {
        states,
        delegate,
        file_merging,
    })
}

/// Adds the records that were on their way into the first operator of each chain, and out of the last.
fn channels(
    states: &mut [Vec<SubtaskState<'static>>],
    (input, output): (bool, bool),
    version: u32,
    target: &mut Target<'_>,
) {
    let width = states.len() as u64;
    let directions = u64::from(input) + u64::from(output);
    let mut subtask = 0;
    for group in states.chunks_mut(SUBTASKS_PER_CHANNEL_FILE) {
        let channels = directions * width * group.len() as u64;
        if channels == 0 {
            continue;
        }
        let bytes = target.chance.about(CHANNEL_BYTES);
        // Four bytes of version, then buffers, each after its length.
        let delegate = target.exclusive(4 + channels * (4 + bytes)).handle;
        let mut offset = 4;
        for chained in group {
            let mut flow = || -> Vec<ChannelHandle<'static>> {
                let mut all = Vec::new();
                for channel in 0..width {
                    let offsets = ChannelOffsets {
                        gate: 0,
                        channel: channel as i32,
                        offsets: [offset as i64].into_iter().collect::<Offsets<'_>>(),
                    };
                    all.push((offsets, (4 + bytes) as i64));
                    offset += 4 + bytes;
                }
                let of = |content, size| ChannelHandle {
                    subtask_index: Some(subtask),
                    size,
                    content,
                    delegate: delegate.clone(),
                };
                if version >= 6 {
                    let size = all.iter().map(|(_, size)| size).sum();
                    return vec![of(ChannelContent::Merged(all), size)];
                }
                all.into_iter()
                    .map(|(one, size)| of(ChannelContent::Single(one), size))
                    .collect()
            };
            if let Some(first) = chained.first_mut().filter(|_| input) {
                first.input_channels = flow();
            }
            if let Some(last) = chained.last_mut().filter(|_| output) {
                last.output_channels = flow();
            }
            subtask += 1;
        }
    }
}
