//! A metadata file condensed to what tables and sentences need.

use std::collections::BTreeSet;

use crate::domain::id::CheckpointId;
use crate::domain::snapshot::{Facts, Kind, OperatorFacts, Properties, Sizes};
use crate::domain::text;
use crate::metadata::model::{
    KeyedHandle, Metadata, OperatorState, PropertiesBlock, SnapshotType, StreamHandle, SubtaskState,
};
use crate::metadata::text::Text;

use super::{backend, content, kind, origin, rescale};

/// What a metadata file of `metadata_bytes` bytes says of a snapshot of this kind.
pub fn facts(metadata: &Metadata<'_>, metadata_bytes: u64, kind: Kind) -> Facts {
    let format = kind::format(metadata, kind);
    let depends_on = origin::dependencies(metadata);
    let mut operators: Vec<OperatorFacts> = metadata.operators.iter().map(operator).collect();
    operators.sort_by(|a, b| b.state.cmp(&a.state).then_with(|| a.id.cmp(&b.id)));
    Facts {
        version: metadata.version,
        metadata_bytes,
        trailing_bytes: metadata.trailing_bytes,
        checkpoint_id: metadata.checkpoint_id,
        content: content::content(metadata),
        properties: properties(&metadata.properties),
        format,
        relocatable: depends_on.is_empty(),
        depends_on,
        jobs: origin::jobs(metadata),
        regional: regional(metadata),
        rescale: rescale::range(&metadata.operators),
        operators,
        master_states: metadata.master_states.len(),
        likely_backend: backend::likely(
            origin::likely_backend(metadata),
            metadata.version,
            kind,
            format,
        ),
        written_by: origin::written_by(metadata).to_owned(),
    }
}

/// The older checkpoints that hold the state of some of its subtasks.
fn regional(metadata: &Metadata<'_>) -> Vec<CheckpointId> {
    let subtasks = metadata.operators.iter().flat_map(|it| &it.subtasks);
    let older: BTreeSet<CheckpointId> = subtasks
        .filter_map(|subtask| subtask.reference_checkpoint)
        .filter_map(|id| CheckpointId::try_from(id).ok())
        .filter(|id| *id != metadata.checkpoint_id)
        .collect();
    older.into_iter().collect()
}

/// The sizes that a snapshot has by itself; those that compare it with others are left at zero.
pub fn own_sizes(metadata: &Metadata<'_>) -> Sizes {
    let mut inline = 0_u64;
    for stream in metadata.stream_handles() {
        if let StreamHandle::Inline(handle) = stream.handle {
            inline = inline.saturating_add(handle.data.len() as u64);
        }
    }
    kind::each_managed_keyed(metadata, &mut |handle| {
        inline = inline.saturating_add(inline_changes(handle));
    });
    let coordinators = metadata
        .operators
        .iter()
        .filter_map(|operator| operator.coordinator.as_ref());
    inline = coordinators.fold(inline, |sum, handle| {
        sum.saturating_add(handle.data.len() as u64)
    });
    Sizes {
        state: non_negative(metadata.state_size()),
        checkpointed: non_negative(metadata.checkpointed_size()),
        inline,
        channel_state: non_negative(metadata.channel_size()),
        ..Sizes::default()
    }
}

/// Bytes of changes that a changelog handle keeps inline.
pub fn inline_changes(handle: &KeyedHandle<'_>) -> u64 {
    match handle {
        KeyedHandle::ChangelogInline(changes) => changes
            .changes
            .iter()
            .map(|(_, bytes)| bytes.len() as u64)
            .sum(),
        _ => 0,
    }
}

/// A size for people; Flink's own sums can fall below zero where it does not know a file's length.
pub fn non_negative(size: i64) -> u64 {
    u64::try_from(size).unwrap_or(0)
}

fn operator(operator: &OperatorState<'_>) -> OperatorFacts {
    let shown = |text: &Text<'_>| text::scrub(&text.to_str_lossy()).into_owned();
    let has_keyed =
        |subtask: &SubtaskState<'_>| subtask.managed_keyed.is_some() || subtask.raw_keyed.is_some();
    OperatorFacts {
        id: operator.id,
        name: operator.name.as_ref().map(shown),
        uid: operator.uid.as_ref().map(shown),
        parallelism: operator.parallelism,
        max_parallelism: operator.max_parallelism,
        keyed: operator.subtasks.iter().any(has_keyed),
        fully_finished: operator.fully_finished,
        state: non_negative(operator.state_size()),
    }
}

fn properties(block: &PropertiesBlock) -> Properties {
    match block {
        PropertiesBlock::Absent => Properties::Absent,
        PropertiesBlock::Null => Properties::Null,
        PropertiesBlock::Unreadable(reason) => {
            Properties::Unreadable(text::scrub(reason).into_owned())
        }
        PropertiesBlock::Known(known) => {
            let shown = |text: &str| text::scrub(text).into_owned();
            let (type_name, savepoint_format, sharing) = match &known.snapshot_type {
                SnapshotType::Checkpoint {
                    name,
                    sharing_files_strategy,
                } => (name, None, Some(shown(sharing_files_strategy))),
                // Flink's SavepointType always answers NO_SHARING; it has no field for it.
                SnapshotType::Savepoint { name, format, .. } => {
                    (name, Some(shown(format)), Some("NO_SHARING".to_owned()))
                }
            };
            Properties::Known {
                type_name: shown(type_name),
                is_savepoint: savepoint_format.is_some(),
                savepoint_format,
                sharing_files_strategy: sharing,
                unclaimed: known.unclaimed,
            }
        }
    }
}
