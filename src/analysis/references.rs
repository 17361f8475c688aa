//! The files that a snapshot names, and what their lengths must be.

use std::borrow::Cow;

use crate::metadata::model::{Metadata, StreamHandle};
use crate::metadata::walk::{ChangelogPart, Part, Role, Slot};

use super::disposal;
use super::document::FileScope;

/// A file that a handle names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference<'m> {
    /// The path as stored: absolute, or relative to the snapshot's directory.
    pub path: Cow<'m, [u8]>,
    /// Whether the path is relative to the snapshot's directory.
    pub relative: bool,
    /// What the file's length must be.
    pub length: LengthRule,
    /// Whether other snapshots may name it by its role.
    pub scope: FileScope,
    /// Whether a job that was restored from the snapshot may go on naming it in checkpoints of its own.
    pub heritable: bool,
    /// Whether Flink's own disposal deletes it ([`disposal`]).
    pub disposed: bool,
}

/// What the length of a file must be for its handle to be readable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LengthRule {
    /// Any: the metadata does not know.
    Any,
    /// Exactly so many bytes.
    Exactly(u64),
    /// At least so many bytes: a segment ends there.
    AtLeast(u64),
    /// A file of the changelog, which starts with one byte that tells whether it is compressed. Uncompressed it is one
    /// byte longer than this; compressed, it may have any length
    /// (`org.apache.flink.changelog.fs.StateChangeFsUploader`).
    Changelog(u64),
}

impl LengthRule {
    /// Whether a file of this length satisfies the rule, as far as its length alone can tell.
    pub fn allows(self, bytes: u64) -> bool {
        match self {
            Self::Any => true,
            Self::Exactly(expected) => bytes == expected,
            Self::AtLeast(least) => bytes >= least,
            Self::Changelog(changes) => changes.checked_add(1) == Some(bytes),
        }
    }

    /// The rule that holds when both do: a file may have several handles.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::AtLeast(a), Self::AtLeast(b)) => Self::AtLeast(a.max(b)),
            (Self::Changelog(a), Self::Changelog(b)) => Self::Changelog(a.max(b)),
            _ if other.weight() > self.weight() => other,
            _ => self,
        }
    }

    /// Exact knowledge outweighs a bound, and any knowledge outweighs none.
    fn weight(self) -> u8 {
        match self {
            Self::Any => 0,
            Self::AtLeast(_) | Self::Changelog(_) => 1,
            Self::Exactly(_) => 2,
        }
    }

    /// The length as far as the metadata knows it.
    pub fn expected(self) -> u64 {
        match self {
            Self::Any => 0,
            Self::Exactly(bytes) | Self::AtLeast(bytes) => bytes,
            Self::Changelog(changes) => changes.saturating_add(1),
        }
    }
}

/// Calls `visit` for every file that the snapshot names, as often as it is named.
pub fn each<'m>(metadata: &'m Metadata<'_>, visit: &mut dyn FnMut(Reference<'m>)) {
    for subtask in metadata
        .operators
        .iter()
        .flat_map(|operator| &operator.subtasks)
    {
        subtask.visit_streams(&mut |role, handle| {
            if let Some(reference) = of(role, handle) {
                visit(reference);
            }
        });
    }
}

/// The file that a stream handle names, if it names one.
pub fn of<'m>(role: Role<'_, '_>, handle: &'m StreamHandle<'_>) -> Option<Reference<'m>> {
    let scope = if may_be_shared(role) {
        FileScope::Shared
    } else {
        FileScope::Exclusive
    };
    let heritable = may_be_inherited(role);
    let disposed = disposal::takes(role, handle);
    let whole_file = |size: i64| match u64::try_from(size) {
        Err(_) => LengthRule::Any,
        Ok(size) if matches!(role.part, Part::Changes(_)) => LengthRule::Changelog(size),
        Ok(size) => LengthRule::Exactly(size),
    };
    match handle {
        StreamHandle::Inline(_) | StreamHandle::EmptySegment | StreamHandle::KeyGroups(_) => None,
        StreamHandle::File { size, path } => Some(Reference {
            path: path.path_bytes(),
            relative: false,
            length: whole_file(*size),
            scope,
            heritable,
            disposed,
        }),
        StreamHandle::Relative { path, size } => Some(Reference {
            path: path.path_bytes(),
            relative: true,
            length: whole_file(*size),
            scope,
            heritable,
            disposed,
        }),
        StreamHandle::Segment(segment) => {
            let end = u64::try_from(segment.start.saturating_add(segment.length))
                .map_or(LengthRule::Any, LengthRule::AtLeast);
            // A merged file holds segments of many subtasks, and with segments of its own outlives any one of them.
            Some(Reference {
                path: segment.path.path_bytes(),
                relative: false,
                length: end,
                scope: FileScope::Shared,
                heritable: true,
                disposed,
            })
        }
    }
}

/// Whether a job that was restored from a snapshot may name a file of this role in checkpoints of its own: besides what is
/// shared anyway all keyed state, since a job with a changelog takes it for the materialized part of its own until it has
/// materialized something
/// (`org.apache.flink.runtime.state.changelog.ChangelogStateBackendHandle.ChangelogStateBackendHandleImpl.getChangelogStateBackendHandle`).
fn may_be_inherited(role: Role<'_, '_>) -> bool {
    role.slot == Slot::ManagedKeyed || may_be_shared(role)
}

/// Whether Flink counts references to a file of this role, so that it outlives the snapshot while others name it
/// (`org.apache.flink.runtime.state.SharedStateRegistry`): the shared list of a database, changes, and materialized
/// parts of a changelog as wholes.
fn may_be_shared(role: Role<'_, '_>) -> bool {
    matches!(role.part, Part::Shared(_) | Part::Changes(_) | Part::Inner)
        || role.changelog == Some(ChangelogPart::Materialized)
}
