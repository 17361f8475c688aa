//! Checkpoint, externalized checkpoint or savepoint, and how its state is laid out.

use crate::domain::snapshot::{Format, FormatFamily, Kind};
use crate::metadata::model::{
    ChannelContent, IncrementalHandle, KeyGroupsLayout, KeyedHandle, Metadata, PropertiesBlock,
    SnapshotType, StreamHandle,
};

/// The kind of a snapshot, and whether it had to be concluded. `named_checkpoint` is what its directory's name says:
/// true for `chk-N`, false for `savepoint-…`, none for anything else.
pub fn kind(metadata: &Metadata<'_>, named_checkpoint: Option<bool>) -> (Kind, bool) {
    match &metadata.properties {
        PropertiesBlock::Known(properties) => match properties.snapshot_type {
            SnapshotType::Savepoint { .. } => (Kind::Savepoint, false),
            SnapshotType::Checkpoint { .. } => {
                let goes_always = properties.discard_cancelled
                    && properties.discard_failed
                    && properties.discard_suspended;
                (
                    if goes_always {
                        Kind::Checkpoint
                    } else {
                        Kind::ExternalizedCheckpoint
                    },
                    false,
                )
            }
        },
        // A null record is what the State Processor API writes, and it writes savepoints.
        PropertiesBlock::Null => (Kind::Savepoint, true),
        PropertiesBlock::Absent | PropertiesBlock::Unreadable(_) => (
            kind_from_handles(metadata).unwrap_or_else(|| kind_from_name(named_checkpoint)),
            true,
        ),
    }
}

/// The kind of a snapshot of which only the directory's name is known.
pub fn kind_from_name(named_checkpoint: Option<bool>) -> Kind {
    if named_checkpoint == Some(true) {
        Kind::Checkpoint
    } else {
        Kind::Savepoint
    }
}

fn kind_from_handles(metadata: &Metadata<'_>) -> Option<Kind> {
    let mut found = None;
    each_managed_keyed(metadata, &mut |handle| match handle {
        KeyedHandle::KeyGroups(groups) if groups.layout == KeyGroupsLayout::Savepoint => {
            found = Some(Kind::Savepoint);
        }
        KeyedHandle::Incremental(files) if found.is_none() => {
            found = files.shared.iter().find_map(|file| match file.handle {
                StreamHandle::Relative { .. } => Some(Kind::Savepoint),
                StreamHandle::File { .. } => Some(Kind::Checkpoint),
                _ => None,
            });
        }
        _ => {}
    });
    found
}

/// How a snapshot's state is laid out.
pub fn format(metadata: &Metadata<'_>, kind: Kind) -> Format {
    let (mut canonical, mut native, mut incremental, mut changelog) = (false, false, false, false);
    each_managed_keyed(metadata, &mut |handle| match handle {
        KeyedHandle::KeyGroups(groups) if groups.layout == KeyGroupsLayout::Savepoint => {
            canonical = true;
        }
        KeyedHandle::Incremental(files) => {
            native = true;
            incremental |= kind != Kind::Savepoint && is_incremental(files);
        }
        KeyedHandle::KeyGroups(_) => native = true,
        KeyedHandle::Changelog(_)
        | KeyedHandle::ChangelogInline(_)
        | KeyedHandle::ChangelogFiles(_) => {
            native = true;
            changelog = true;
        }
    });
    let family = match (&metadata.properties, canonical, native) {
        (_, true, true) => FormatFamily::Mixed,
        (_, true, false) => FormatFamily::Canonical,
        (_, false, true) => FormatFamily::Native,
        (PropertiesBlock::Known(properties), false, false) => match &properties.snapshot_type {
            SnapshotType::Savepoint { format, .. } if format == "CANONICAL" => {
                FormatFamily::Canonical
            }
            SnapshotType::Savepoint { .. } => FormatFamily::Native,
            SnapshotType::Checkpoint { .. } => FormatFamily::None,
        },
        (_, false, false) => FormatFamily::None,
    };
    // Before Flink 1.15 savepoints had the layout of full checkpoints and were canonical all the same.
    let family = match family {
        FormatFamily::Native
            if kind == Kind::Savepoint
                && metadata.version <= 3
                && !has_database_files(metadata) =>
        {
            FormatFamily::Canonical
        }
        family => family,
    };
    Format {
        family,
        incremental,
        unaligned: has_in_flight_data(metadata),
        changelog,
        file_merging: merges_files(metadata),
    }
}

/// Calls `visit` for every handle of managed keyed state, also for the parts of a changelog.
pub fn each_managed_keyed<'m, 'a>(
    metadata: &'m Metadata<'a>,
    visit: &mut dyn FnMut(&'m KeyedHandle<'a>),
) {
    fn unwrap<'m, 'a>(handle: &'m KeyedHandle<'a>, visit: &mut dyn FnMut(&'m KeyedHandle<'a>)) {
        visit(handle);
        if let KeyedHandle::Changelog(changelog) = handle {
            for part in changelog
                .materialized
                .iter()
                .chain(&changelog.non_materialized)
            {
                unwrap(part, visit);
            }
        }
    }
    for state in metadata
        .operators
        .iter()
        .flat_map(|operator| &operator.subtasks)
    {
        if let Some(handle) = &state.managed_keyed {
            unwrap(handle, visit);
        }
    }
}

/// Whether a database's files are shared with other checkpoints. RocksDB and ForSt list their table files as shared in
/// incremental mode and as private otherwise; a database without table files betrays it by where its files lie.
fn is_incremental(files: &IncrementalHandle<'_>) -> bool {
    if !files.shared.is_empty() {
        return true;
    }
    let private_tables = files
        .private
        .iter()
        .any(|file| file.name.as_bytes().ends_with(b".sst"));
    let in_shared = |handle: &StreamHandle<'_>| match handle {
        StreamHandle::File { path, .. } => parent_is_shared(path.as_bytes()),
        StreamHandle::Inline(inline) => parent_is_shared(inline.name.as_bytes()),
        _ => false,
    };
    !private_tables && files.private.iter().any(|file| in_shared(&file.handle))
}

fn parent_is_shared(path: &[u8]) -> bool {
    path.rsplit(|&b| b == b'/').nth(1) == Some(b"shared")
}

fn has_database_files(metadata: &Metadata<'_>) -> bool {
    let mut found = false;
    each_managed_keyed(metadata, &mut |handle| {
        found |= matches!(handle, KeyedHandle::Incremental(_));
    });
    found
}

fn has_in_flight_data(metadata: &Metadata<'_>) -> bool {
    let subtasks = metadata
        .operators
        .iter()
        .flat_map(|operator| &operator.subtasks);
    let mut channels = subtasks.flat_map(|subtask| {
        subtask
            .input_channels
            .iter()
            .chain(&subtask.output_channels)
    });
    channels.any(|channel| match &channel.content {
        ChannelContent::Single(single) => !single.offsets.is_empty(),
        ChannelContent::Merged(all) => all.iter().any(|(channel, _)| !channel.offsets.is_empty()),
    })
}

fn merges_files(metadata: &Metadata<'_>) -> bool {
    let is_segment = |handle: &StreamHandle<'_>| {
        matches!(
            handle,
            StreamHandle::Segment(_) | StreamHandle::EmptySegment
        )
    };
    metadata.file_merging_directories().next().is_some()
        || metadata
            .stream_handles()
            .any(|stream| is_segment(stream.handle))
}
