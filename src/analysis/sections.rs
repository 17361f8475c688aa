//! The parts of a document that come from metadata alone: operators, subtasks and handles.

use std::collections::HashMap;

use crate::domain::location::Location;
use crate::metadata::ChannelDirection;
use crate::metadata::model::{
    ChannelHandle, KeyGroupRange, KeyedHandle, MasterState, Metadata, OperatorHandle,
    OperatorState, PropertiesBlock, SnapshotType, StreamHandle, SubtaskState,
};
use crate::metadata::walk::{Role, Slot};

use super::document::{
    DiscardSection, HandleSection, MasterStateSection, OperatorSection, OperatorStateSection,
    PropertiesSection, SubtaskSection,
};
use super::facts::{inline_changes, non_negative};
use super::references::{self, Reference};

/// Files under the names that Flink's reader gives them, in the order in which they are first named.
#[derive(Debug, Default)]
pub struct NamedFiles<'m> {
    /// Each file once: its absolute name, and how the metadata names it first.
    pub files: Vec<(Location, Reference<'m>)>,
    numbers: HashMap<Location, usize>,
}

impl<'m> NamedFiles<'m> {
    /// The number of a file that is named by the snapshot in `directory`.
    fn number(&mut self, directory: &Location, reference: Reference<'m>) -> usize {
        let name = if reference.relative {
            directory.join(&reference.path)
        } else {
            Location::parse(&reference.path)
        };
        if let Some(&number) = self.numbers.get(&name) {
            let first = &mut self.files[number].1;
            first.length = first.length.and(reference.length);
            first.scope = first.scope.max(reference.scope);
            return number;
        }
        let number = self.files.len();
        self.numbers.insert(name.clone(), number);
        self.files.push((name, reference));
        number
    }
}

/// The operators of a snapshot in `directory`, by id, and the files that they name.
pub fn operators<'m>(
    metadata: &'m Metadata<'_>,
    directory: &Location,
) -> (Vec<OperatorSection>, NamedFiles<'m>) {
    let mut files = NamedFiles::default();
    let mut in_order: Vec<&OperatorState<'_>> = metadata.operators.iter().collect();
    in_order.sort_by_key(|operator| operator.id);
    let sections = in_order
        .into_iter()
        .map(|state| operator(state, directory, &mut files))
        .collect();
    (sections, files)
}

fn operator<'m>(
    state: &'m OperatorState<'_>,
    directory: &Location,
    files: &mut NamedFiles<'m>,
) -> OperatorSection {
    let mut in_order: Vec<&SubtaskState<'_>> = state.subtasks.iter().collect();
    in_order.sort_by_key(|subtask| subtask.index);
    OperatorSection {
        id: state.id.to_string(),
        name: state
            .name
            .as_ref()
            .map(|name| name.to_str_lossy().into_owned()),
        uid: state
            .uid
            .as_ref()
            .map(|uid| uid.to_str_lossy().into_owned()),
        parallelism: state.parallelism,
        max_parallelism: state.max_parallelism,
        fully_finished: state.fully_finished,
        coordinator_state: state
            .coordinator
            .as_ref()
            .map(|inline| inline.data.len() as u64),
        state: non_negative(state.state_size()),
        checkpointed: non_negative(state.checkpointed_size()),
        subtasks: in_order
            .into_iter()
            .map(|subtask_state| subtask(subtask_state, directory, files))
            .collect(),
    }
}

fn subtask<'m>(
    state: &'m SubtaskState<'_>,
    directory: &Location,
    files: &mut NamedFiles<'m>,
) -> SubtaskSection {
    let mut operator_handles = |handle: Option<&'m OperatorHandle<'_>>| {
        handle
            .into_iter()
            .map(|handle| operator_handle(handle, directory, files))
            .collect()
    };
    let managed_operator = operator_handles(state.managed_operator.as_deref());
    let raw_operator = operator_handles(state.raw_operator.as_deref());
    let mut keyed_handles = |handle: Option<&'m KeyedHandle<'_>>| {
        handle
            .into_iter()
            .map(|handle| keyed_handle(handle, directory, files))
            .collect()
    };
    let managed_keyed = keyed_handles(state.managed_keyed.as_ref());
    let raw_keyed = keyed_handles(state.raw_keyed.as_ref());
    let mut channel_handles = |handles: &'m [ChannelHandle<'_>], direction| {
        handles
            .iter()
            .map(|handle| channel_handle(handle, direction, directory, files))
            .collect()
    };
    let input_channel = channel_handles(&state.input_channels, ChannelDirection::Input);
    let output_channel = channel_handles(&state.output_channels, ChannelDirection::Output);
    SubtaskSection {
        index: state.index,
        finished: state.finished,
        state: non_negative(state.state_size()),
        checkpointed: non_negative(state.checkpointed_size()),
        ref_checkpoint_id: state.reference_checkpoint,
        managed_operator,
        raw_operator,
        managed_keyed,
        raw_keyed,
        input_channel,
        output_channel,
    }
}

/// Files and inline bytes of the streams behind one handle.
struct Streams<'d, 'f, 'm> {
    directory: &'d Location,
    all: &'f mut NamedFiles<'m>,
    files: Vec<usize>,
    inline: Option<u64>,
}

impl<'m> Streams<'_, '_, 'm> {
    fn add(&mut self, role: Role<'_, '_>, handle: &'m StreamHandle<'_>) {
        if let StreamHandle::Inline(inline) = handle {
            self.inline = Some(
                self.inline
                    .unwrap_or(0)
                    .saturating_add(inline.data.len() as u64),
            );
        }
        if let Some(reference) = references::of(role, handle) {
            let number = self.all.number(self.directory, reference);
            if !self.files.contains(&number) {
                self.files.push(number);
            }
        }
    }
}

fn operator_handle<'m>(
    handle: &'m OperatorHandle<'_>,
    directory: &Location,
    all: &mut NamedFiles<'m>,
) -> HandleSection {
    let mut streams = Streams {
        directory,
        all,
        files: Vec::new(),
        inline: None,
    };
    handle.visit_streams(Slot::ManagedOperator, &mut |role, stream| {
        streams.add(role, stream);
    });
    let states = handle.states.iter().map(|state| {
        let section = OperatorStateSection {
            mode: state.mode.name(),
            offsets: state.offsets.len(),
        };
        (state.name.to_str_lossy().into_owned(), section)
    });
    HandleSection {
        handle: handle.flink_class_name().to_owned(),
        state: non_negative(handle.state_size()),
        states: Some(states.collect()),
        files: streams.files,
        inline: streams.inline,
        ..HandleSection::default()
    }
}

fn keyed_handle<'m>(
    handle: &'m KeyedHandle<'_>,
    directory: &Location,
    all: &mut NamedFiles<'m>,
) -> HandleSection {
    let mut streams = Streams {
        directory,
        all,
        files: Vec::new(),
        inline: None,
    };
    handle.visit_streams(Slot::ManagedKeyed, &mut |role, stream| {
        streams.add(role, stream);
    });
    let changes = inline_changes_within(handle);
    let (range, checkpoint_id, backend_id) = match handle {
        KeyedHandle::KeyGroups(groups) => (groups.range, None, None),
        KeyedHandle::Incremental(files) => (
            files.range,
            Some(files.checkpoint_id),
            Some(files.backend_id.to_str_lossy().into_owned()),
        ),
        KeyedHandle::Changelog(changelog) => {
            // Before Flink 1.16 the materialization's number stands for the checkpoint's, as in Flink's own reader.
            (
                changelog.range,
                Some(
                    changelog
                        .checkpoint_id
                        .unwrap_or(changelog.materialization_id),
                ),
                None,
            )
        }
        KeyedHandle::ChangelogInline(changes) => (changes.range, None, None),
        KeyedHandle::ChangelogFiles(files) => (files.range, None, None),
    };
    HandleSection {
        handle: handle.flink_class_name().to_owned(),
        state: non_negative(handle.state_size()),
        key_groups: Some(key_groups(range)),
        checkpoint_id,
        backend_id,
        files: streams.files,
        inline: if changes > 0 {
            Some(streams.inline.unwrap_or(0).saturating_add(changes))
        } else {
            streams.inline
        },
        ..HandleSection::default()
    }
}

fn inline_changes_within(handle: &KeyedHandle<'_>) -> u64 {
    match handle {
        KeyedHandle::Changelog(changelog) => changelog
            .materialized
            .iter()
            .chain(&changelog.non_materialized)
            .map(inline_changes_within)
            .sum(),
        other => inline_changes(other),
    }
}

fn channel_handle<'m>(
    handle: &'m ChannelHandle<'_>,
    direction: ChannelDirection,
    directory: &Location,
    all: &mut NamedFiles<'m>,
) -> HandleSection {
    let mut streams = Streams {
        directory,
        all,
        files: Vec::new(),
        inline: None,
    };
    handle.visit_streams(direction.into(), &mut |role, stream| {
        streams.add(role, stream);
    });
    HandleSection {
        handle: handle.flink_class_name(direction).to_owned(),
        state: non_negative(handle.state_size()),
        files: streams.files,
        inline: streams.inline,
        ..HandleSection::default()
    }
}

fn key_groups(range: KeyGroupRange) -> [i64; 2] {
    [i64::from(range.first), range.last()]
}

/// State of master hooks.
pub fn master_states(states: &[MasterState<'_>]) -> Vec<MasterStateSection> {
    let section = |state: &MasterState<'_>| MasterStateSection {
        name: state.name.to_str_lossy().into_owned(),
        version: state.version,
        bytes: state.payload.len() as u64,
    };
    states.iter().map(section).collect()
}

/// Flink's own record of a snapshot, where there is one.
pub fn properties(block: &PropertiesBlock) -> Option<PropertiesSection> {
    let PropertiesBlock::Known(known) = block else {
        return None;
    };
    let (type_name, is_savepoint, savepoint_format, sharing) = match &known.snapshot_type {
        SnapshotType::Checkpoint {
            name,
            sharing_files_strategy,
        } => (name, false, None, sharing_files_strategy.clone()),
        // Flink's SavepointType always answers NO_SHARING; it has no field for it.
        SnapshotType::Savepoint { name, format, .. } => {
            (name, true, Some(format.clone()), "NO_SHARING".to_owned())
        }
    };
    Some(PropertiesSection {
        type_name: type_name.clone(),
        is_savepoint,
        savepoint_format,
        sharing_files_strategy: Some(sharing),
        unclaimed: known.unclaimed,
        discard: DiscardSection {
            subsumed: known.discard_subsumed,
            finished: known.discard_finished,
            cancelled: known.discard_cancelled,
            failed: known.discard_failed,
            suspended: known.discard_suspended,
        },
    })
}
