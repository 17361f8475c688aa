//! A walk over every stream handle of a snapshot, with the role it plays.

use crate::metadata::model::{
    ChannelHandle, IncrementalHandle, KeyGroupsLayout, KeyedHandle, Metadata, OperatorHandle,
    StreamHandle, SubtaskState,
};

/// What the bytes behind a stream handle are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Operator state, managed or raw.
    Operator,
    /// Key groups one after the other.
    KeyGroups(KeyGroupsLayout),
    /// A state backend's description of its state.
    BackendMeta,
    /// A database file that other checkpoints may name too.
    BackendShared,
    /// A database file of this checkpoint alone.
    BackendPrivate,
    /// Changes of the changelog.
    Changelog,
    /// In-flight data.
    Channel,
}

impl Role {
    /// Whether Flink counts references to the file, so that it outlives the snapshot while others name it
    /// (`org.apache.flink.runtime.state.SharedStateRegistry`).
    pub fn is_shared(self, within_changelog: bool) -> bool {
        matches!(self, Self::BackendShared | Self::Changelog) || within_changelog
    }
}

/// A stream handle and its part in the snapshot.
#[derive(Debug, Clone, Copy)]
pub struct Use<'m, 'a> {
    /// The handle.
    pub handle: &'m StreamHandle<'a>,
    /// What its bytes are.
    pub role: Role,
    /// Whether it is inside a materialized part of the changelog backend, which Flink registers as a whole.
    pub within_changelog: bool,
    /// The file's name in the state backend's own directory, for database files.
    pub local_name: Option<&'m [u8]>,
}

/// Calls `visit` for every stream handle of a snapshot.
pub fn metadata<'m, 'a>(metadata: &'m Metadata<'a>, visit: &mut dyn FnMut(Use<'m, 'a>)) {
    for state in metadata
        .operators
        .iter()
        .flat_map(|operator| &operator.subtasks)
    {
        subtask(state, visit);
    }
}

/// Calls `visit` for every stream handle of a subtask.
pub fn subtask<'m, 'a>(state: &'m SubtaskState<'a>, visit: &mut dyn FnMut(Use<'m, 'a>)) {
    for handle in [&state.managed_operator, &state.raw_operator]
        .into_iter()
        .flatten()
    {
        operator(handle, visit);
    }
    for handle in [&state.managed_keyed, &state.raw_keyed]
        .into_iter()
        .flatten()
    {
        keyed(handle, visit);
    }
    for handle in state.input_channels.iter().chain(&state.output_channels) {
        channel(handle, visit);
    }
}

/// Calls `visit` for the stream handle of operator state.
pub fn operator<'m, 'a>(handle: &'m OperatorHandle<'a>, visit: &mut dyn FnMut(Use<'m, 'a>)) {
    stream(&handle.delegate, Role::Operator, false, None, visit);
}

/// Calls `visit` for the stream handle of in-flight data.
pub fn channel<'m, 'a>(handle: &'m ChannelHandle<'a>, visit: &mut dyn FnMut(Use<'m, 'a>)) {
    stream(&handle.delegate, Role::Channel, false, None, visit);
}

/// Calls `visit` for every stream handle of keyed state.
pub fn keyed<'m, 'a>(handle: &'m KeyedHandle<'a>, visit: &mut dyn FnMut(Use<'m, 'a>)) {
    keyed_part(handle, false, visit);
}

fn keyed_part<'m, 'a>(
    handle: &'m KeyedHandle<'a>,
    within_changelog: bool,
    visit: &mut dyn FnMut(Use<'m, 'a>),
) {
    match handle {
        KeyedHandle::KeyGroups(groups) => {
            stream(
                &groups.delegate,
                Role::KeyGroups(groups.layout),
                within_changelog,
                None,
                visit,
            );
        }
        KeyedHandle::Incremental(files) => incremental(files, within_changelog, visit),
        KeyedHandle::Changelog(changelog) => {
            for part in &changelog.materialized {
                keyed_part(part, true, visit);
            }
            for part in &changelog.non_materialized {
                keyed_part(part, within_changelog, visit);
            }
        }
        KeyedHandle::ChangelogInline(_) => {}
        KeyedHandle::ChangelogFiles(files) => {
            for (_, part) in &files.parts {
                stream(part, Role::Changelog, within_changelog, None, visit);
            }
        }
    }
}

fn incremental<'m, 'a>(
    files: &'m IncrementalHandle<'a>,
    within_changelog: bool,
    visit: &mut dyn FnMut(Use<'m, 'a>),
) {
    if let Some(meta) = &files.meta {
        stream(meta, Role::BackendMeta, within_changelog, None, visit);
    }
    for (list, role) in [
        (&files.shared, Role::BackendShared),
        (&files.private, Role::BackendPrivate),
    ] {
        for file in list {
            stream(
                &file.handle,
                role,
                within_changelog,
                Some(file.name.as_bytes()),
                visit,
            );
        }
    }
}

fn stream<'m, 'a>(
    handle: &'m StreamHandle<'a>,
    role: Role,
    within_changelog: bool,
    local_name: Option<&'m [u8]>,
    visit: &mut dyn FnMut(Use<'m, 'a>),
) {
    if let StreamHandle::KeyGroups(groups) = handle {
        return stream(&groups.delegate, role, within_changelog, local_name, visit);
    }
    visit(Use {
        handle,
        role,
        within_changelog,
        local_name,
    });
}
