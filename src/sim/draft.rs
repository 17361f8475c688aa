//! One snapshot, thought out when it is triggered: its metadata, and which task writes which files.

use crate::domain::id::JobId;
use crate::metadata::model::{
    ChannelContent, ChannelHandle, ChannelOffsets, CheckpointProperties, DistributionMode,
    InlineHandle, Metadata, Offsets, OperatorHandle, OperatorState, OperatorStatePartitions,
    PropertiesBlock, SnapshotType, StreamHandle, SubtaskState,
};
use crate::metadata::text::Text;
use std::borrow::Cow;

use super::data::{Data, Uploads};
use super::job::{Backend, JobSpec, OperatorSpec, Retention};
use super::scenario::Format;
use super::state::{Manner, Sort, Upload};
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

/// Which snapshot of which attempt of a job it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Name {
    pub(super) job: JobId,
    pub(super) attempt: u64,
    pub(super) number: u64,
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
    name: Name,
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
        number: name.number,
        release: writer.release,
    };
    let mut operators = empty_operators(job, data.parallelism, writer.version, &mut target);
    let mut parts = Vec::new();
    let mut uploads = Vec::new();
    let vertices = job.vertices();
    for (vertex, chain) in vertices.iter().enumerate() {
        let finished = data.finished(vertex);
        if finished.len() as u32 == data.parallelism {
            // Its operators are noted as such, with no word on their subtasks.
            for at in chain {
                operators[*at].fully_finished = true;
                operators[*at].coordinator = None;
            }
            continue;
        }
        let in_flight = job.unaligned && !kind.is_savepoint() && finished.is_empty();
        let mut states: Vec<Vec<SubtaskState<'static>>> = Vec::new();
        let mut files = Vec::new();
        for subtask in 0..data.parallelism {
            target.turn_to(job.merging_directory(name.job, chain, subtask, data.parallelism));
            let mut chained = Vec::new();
            for at in chain {
                if finished.contains(&subtask) {
                    chained.push(SubtaskState {
                        index: subtask,
                        finished: true,
                        ..SubtaskState::default()
                    });
                    continue;
                }
                let parallelism = data.parallelism;
                target.turn_to_database((job.backend == Backend::Forst).then(|| {
                    job.database_directory(name.job, *at, subtask, parallelism, name.attempt)
                }));
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
            // Who is finished is asked for nothing.
            if chained.iter().any(|it| !it.finished) {
                parts.push(Part {
                    vertex,
                    files,
                    state: chained.iter().map(SubtaskState::state_size).sum(),
                    checkpointed: chained.iter().map(SubtaskState::checkpointed_size).sum(),
                });
            }
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
            checkpoint_id: name.number,
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
    let keyed = data.of_subtask(at, subtask);
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
