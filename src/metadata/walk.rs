//! Every stream handle of a snapshot, with the role that it plays there.
//!
//! What a file is for is decided by the handle's role, never by its directory: private files may lie under `shared/`
//! and shared ones in a savepoint's own directory.

use super::class::ChannelDirection;
use super::model::{
    ChannelHandle, FileMergingDirectories, IncrementalHandle, KeyedHandle, LocalFile, Metadata,
    OperatorHandle, StreamHandle, SubtaskState,
};
use super::text::Text;

/// Which of a subtask's six kinds of state a handle belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Slot {
    /// Operator state that Flink manages.
    ManagedOperator,
    /// Operator state that the user writes.
    RawOperator,
    /// Keyed state of the state backend.
    ManagedKeyed,
    /// Keyed state written as a stream.
    RawKeyed,
    /// In-flight data of input channels.
    InputChannel,
    /// In-flight data of result subpartitions.
    OutputChannel,
}

impl From<ChannelDirection> for Slot {
    fn from(direction: ChannelDirection) -> Self {
        match direction {
            ChannelDirection::Input => Self::InputChannel,
            ChannelDirection::Output => Self::OutputChannel,
        }
    }
}

/// What a stream is to the handle that names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'m, 'a> {
    /// All of it: the stream of operator state, key groups or channels.
    Delegate,
    /// The description of an incremental handle.
    Meta,
    /// A file of an incremental handle that other checkpoints may use too, with its name in the local database.
    Shared(&'m Text<'a>),
    /// A file of an incremental handle that is this checkpoint's alone, with its name in the local database.
    Private(&'m Text<'a>),
    /// State changes, from this position of the stream on.
    Changes(i64),
    /// The stream behind key groups that are a stream themselves.
    Inner,
}

/// Where in changelog state a handle is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangelogPart {
    /// In the materialized part.
    Materialized,
    /// In the changes since.
    NonMaterialized,
}

/// What a stream handle is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Role<'m, 'a> {
    /// The kind of state.
    pub slot: Slot,
    /// What the stream is to its handle.
    pub part: Part<'m, 'a>,
    /// The part of changelog state that the handle is in; `None` outside of any.
    pub changelog: Option<ChangelogPart>,
}

/// A stream handle, where it is and what it is for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StreamRef<'m, 'a> {
    /// Position of the operator in [`Metadata::operators`].
    pub operator: usize,
    /// Position of the subtask in the operator's `subtasks`; not its index.
    pub subtask: usize,
    /// What the handle is for.
    pub role: Role<'m, 'a>,
    /// The handle.
    pub handle: &'m StreamHandle<'a>,
}

/// Directories that file merging keeps referenced, and where they are named.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DirectoriesRef<'m, 'a> {
    /// Position of the operator in [`Metadata::operators`].
    pub operator: usize,
    /// Position of the subtask in the operator's `subtasks`; not its index.
    pub subtask: usize,
    /// The kind of state whose handle names them.
    pub slot: Slot,
    /// The directories.
    pub directories: &'m FileMergingDirectories<'a>,
}

impl<'a> Metadata<'a> {
    /// Every stream handle of every subtask, also those inside other handles; coordinators are not among them. The
    /// same file may come up many times.
    pub fn stream_handles(&self) -> impl Iterator<Item = StreamRef<'_, 'a>> {
        self.operators
            .iter()
            .enumerate()
            .flat_map(|(operator, state)| {
                let subtasks = state.subtasks.iter().enumerate();
                subtasks.flat_map(move |(subtask, state)| {
                    let mut found = Vec::new();
                    state.visit_streams(&mut |role, handle| {
                        found.push(StreamRef {
                            operator,
                            subtask,
                            role,
                            handle,
                        });
                    });
                    found
                })
            })
    }

    /// The directories that file merging keeps referenced, once per handle that names them.
    pub fn file_merging_directories(&self) -> impl Iterator<Item = DirectoriesRef<'_, 'a>> {
        self.operators
            .iter()
            .enumerate()
            .flat_map(|(operator, state)| {
                let subtasks = state.subtasks.iter().enumerate();
                subtasks.flat_map(move |(subtask, state)| {
                    state.operator_handles().filter_map(move |(slot, handle)| {
                        Some(DirectoriesRef {
                            operator,
                            subtask,
                            slot,
                            directories: handle.file_merging.as_ref()?,
                        })
                    })
                })
            })
    }
}

impl<'a> SubtaskState<'a> {
    /// Its handles of operator state.
    pub fn operator_handles(&self) -> impl Iterator<Item = (Slot, &OperatorHandle<'a>)> {
        let slots = [
            (Slot::ManagedOperator, &self.managed_operator),
            (Slot::RawOperator, &self.raw_operator),
        ];
        slots
            .into_iter()
            .filter_map(|(slot, handle)| Some((slot, handle.as_deref()?)))
    }

    /// Its handles of keyed state, without those inside changelog state.
    pub fn keyed_handles(&self) -> impl Iterator<Item = (Slot, &KeyedHandle<'a>)> {
        let slots = [
            (Slot::ManagedKeyed, &self.managed_keyed),
            (Slot::RawKeyed, &self.raw_keyed),
        ];
        slots
            .into_iter()
            .filter_map(|(slot, handle)| Some((slot, handle.as_ref()?)))
    }

    /// Calls `visit` with every stream handle, also those inside other handles, in the order of the file.
    pub fn visit_streams<'m>(&'m self, visit: &mut impl FnMut(Role<'m, 'a>, &'m StreamHandle<'a>)) {
        for (slot, handle) in self.operator_handles() {
            handle.visit_streams(slot, visit);
        }
        for (slot, handle) in self.keyed_handles() {
            handle.visit_streams(slot, visit);
        }
        for channel in &self.input_channels {
            channel.visit_streams(Slot::InputChannel, visit);
        }
        for channel in &self.output_channels {
            channel.visit_streams(Slot::OutputChannel, visit);
        }
    }
}

impl<'a> OperatorHandle<'a> {
    /// Calls `visit` with every stream handle in this handle of that slot.
    pub fn visit_streams<'m>(
        &'m self,
        slot: Slot,
        visit: &mut impl FnMut(Role<'m, 'a>, &'m StreamHandle<'a>),
    ) {
        visit_stream(role(slot, Part::Delegate), &self.delegate, visit);
    }
}

impl<'a> ChannelHandle<'a> {
    /// Calls `visit` with every stream handle in this handle of that slot.
    pub fn visit_streams<'m>(
        &'m self,
        slot: Slot,
        visit: &mut impl FnMut(Role<'m, 'a>, &'m StreamHandle<'a>),
    ) {
        visit_stream(role(slot, Part::Delegate), &self.delegate, visit);
    }
}

impl<'a> KeyedHandle<'a> {
    /// Calls `visit` with every stream handle in this handle of that slot, in the order of the file.
    pub fn visit_streams<'m>(
        &'m self,
        slot: Slot,
        visit: &mut impl FnMut(Role<'m, 'a>, &'m StreamHandle<'a>),
    ) {
        visit_keyed(role(slot, Part::Delegate), self, visit);
    }
}

fn role<'m, 'a>(slot: Slot, part: Part<'m, 'a>) -> Role<'m, 'a> {
    Role {
        slot,
        part,
        changelog: None,
    }
}

fn visit_stream<'m, 'a>(
    role: Role<'m, 'a>,
    handle: &'m StreamHandle<'a>,
    visit: &mut impl FnMut(Role<'m, 'a>, &'m StreamHandle<'a>),
) {
    visit(role, handle);
    let mut outer = handle;
    while let StreamHandle::KeyGroups(groups) = outer {
        let part = Part::Inner;
        visit(Role { part, ..role }, &groups.delegate);
        outer = &groups.delegate;
    }
}

fn visit_keyed<'m, 'a>(
    role: Role<'m, 'a>,
    handle: &'m KeyedHandle<'a>,
    visit: &mut impl FnMut(Role<'m, 'a>, &'m StreamHandle<'a>),
) {
    match handle {
        KeyedHandle::KeyGroups(groups) => visit_stream(role, &groups.delegate, visit),
        KeyedHandle::Incremental(files) => visit_incremental(role, files, visit),
        KeyedHandle::Changelog(changelog) => {
            let parts = [
                (ChangelogPart::Materialized, &changelog.materialized),
                (ChangelogPart::NonMaterialized, &changelog.non_materialized),
            ];
            for (part, handles) in parts {
                let changelog = Some(part);
                for handle in handles {
                    visit_keyed(Role { changelog, ..role }, handle, visit);
                }
            }
        }
        KeyedHandle::ChangelogInline(_) => {}
        KeyedHandle::ChangelogFiles(changes) => {
            for (offset, handle) in &changes.parts {
                let part = Part::Changes(*offset);
                visit_stream(Role { part, ..role }, handle, visit);
            }
        }
    }
}

fn visit_incremental<'m, 'a>(
    role: Role<'m, 'a>,
    files: &'m IncrementalHandle<'a>,
    visit: &mut impl FnMut(Role<'m, 'a>, &'m StreamHandle<'a>),
) {
    if let Some(meta) = &files.meta {
        let part = Part::Meta;
        visit_stream(Role { part, ..role }, meta, visit);
    }
    for LocalFile { name, handle } in &files.shared {
        let part = Part::Shared(name);
        visit_stream(Role { part, ..role }, handle, visit);
    }
    for LocalFile { name, handle } in &files.private {
        let part = Part::Private(name);
        visit_stream(Role { part, ..role }, handle, visit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::model::{
        ChangelogFilesHandle, ChangelogHandle, KeyGroupRange, KeyGroupsHandle, KeyGroupsLayout,
        Offsets,
    };

    fn file(path: &str) -> StreamHandle<'_> {
        StreamHandle::File {
            size: 10,
            path: Text::from(path),
        }
    }

    fn shown(role: &Role<'_, '_>, handle: &StreamHandle<'_>) -> String {
        let path = match handle {
            StreamHandle::File { path, .. } => path.to_str_lossy().into_owned(),
            other => other.flink_class_name().to_owned(),
        };
        format!("{:?} {:?} {path}", role.changelog, role.part)
    }

    #[test]
    fn handles_inside_handles_are_found_with_their_roles() {
        let range = KeyGroupRange { first: 0, count: 1 };
        let incremental = KeyedHandle::Incremental(Box::new(IncrementalHandle {
            checkpoint_id: 1,
            backend_id: Text::from("b"),
            range,
            checkpointed_size: Some(5),
            meta: Some(file("meta")),
            shared: vec![LocalFile {
                name: Text::from("1.sst"),
                handle: file("shared"),
            }],
            private: vec![LocalFile {
                name: Text::from("CURRENT"),
                handle: StreamHandle::KeyGroups(Box::new(KeyGroupsHandle {
                    layout: KeyGroupsLayout::V1,
                    range,
                    offsets: Offsets::from_iter([0]),
                    delegate: file("inner"),
                    state_handle_id: None,
                })),
            }],
            state_handle_id: Some(Text::from("i")),
        }));
        let changes = KeyedHandle::ChangelogFiles(Box::new(ChangelogFilesHandle {
            range,
            parts: vec![(7, file("changes"))],
            size: 3,
            checkpointed_size: 2,
            state_handle_id: Text::from("c"),
            storage: None,
        }));
        let handle = KeyedHandle::Changelog(Box::new(ChangelogHandle {
            range,
            checkpointed_size: 4,
            materialized: vec![incremental],
            non_materialized: vec![changes],
            materialization_id: 1,
            checkpoint_id: None,
            state_handle_id: Text::from("h"),
        }));
        let mut found = Vec::new();
        handle.visit_streams(Slot::ManagedKeyed, &mut |role, handle| {
            found.push(shown(&role, handle));
        });
        assert_eq!(
            found,
            [
                "Some(Materialized) Meta meta",
                "Some(Materialized) Shared(\"1.sst\") shared",
                "Some(Materialized) Private(\"CURRENT\") KeyGroupsStateHandle",
                "Some(Materialized) Inner inner",
                "Some(NonMaterialized) Changes(7) changes",
            ]
        );
        assert_eq!((handle.state_size(), handle.checkpointed_size()), (33, 4));
    }
}
