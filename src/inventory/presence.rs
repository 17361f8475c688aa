//! Whether the files that snapshots name exist, and with which lengths.

use std::io::Read;

use jiff::{SignedDuration, Timestamp};

use crate::analysis::references::LengthRule;
use crate::domain::location::Location;
use crate::store::{EntryKind, Store, StoreError};

use super::files::{DirectoryId, FileId, FileTable, Presence};
use super::inspect::OwnFiles;
use super::resolve::FileUse;

/// Looks for those files of a snapshot of which nothing is known yet. `own` are the files of the snapshot's own
/// directory, where it was just listed.
pub fn look_for(
    store: &dyn Store,
    table: &mut FileTable,
    uses: &[FileUse],
    own: Option<(DirectoryId, &OwnFiles)>,
) {
    for usage in uses {
        match own {
            Some((directory, files)) if directory == table.directory_of(usage.file) => {
                let found = files.get(&table.name(usage.file));
                let presence = found.map_or(Presence::Missing, |it| Presence::Present(it.bytes));
                table.set_presence(usage.file, presence);
                table.set_hard_linked(usage.file, found.is_some_and(|it| it.is_hard_linked));
            }
            _ if table.presence(usage.file) == Presence::Unknown => {
                look_at(store, table, usage.file);
            }
            _ => {}
        }
    }
}

/// Looks at one file. A directory may hold a million files of which a snapshot names a few thousand: listing it for
/// each snapshot would cost far more than asking for each file. Returns whether anything changed.
pub fn look_at(store: &dyn Store, table: &mut FileTable, file: FileId) -> bool {
    let before = (table.presence(file), table.is_hard_linked(file));
    let found = presence_of(store, &table.location(file));
    table.set_presence(file, found.0);
    table.set_hard_linked(file, found.1);
    found != before
}

/// Looks at files of one directory again, unless the directory's own time says that none came or went since the last
/// time. Returns whether anything changed.
pub fn look_again_at(
    store: &dyn Store,
    table: &mut FileTable,
    directory: DirectoryId,
    files: &[FileId],
    now: Timestamp,
) -> bool {
    let stamp = store
        .stat(table.directory_location(directory))
        .ok()
        .and_then(|stat| stat.modified);
    if stamp.is_some() && stamp == table.stamp(directory) {
        return false;
    }
    let mut changed = false;
    for &file in files {
        changed |= look_at(store, table, file);
    }
    table.set_stamp(directory, stamp.filter(|&stamp| is_trustworthy(stamp, now)));
    changed
}

/// Whether a directory's time will be another one after its next change. File times are coarse: right after a change
/// the next one may leave the same time behind.
pub fn is_trustworthy(stamp: Timestamp, now: Timestamp) -> bool {
    now.duration_since(stamp) > SignedDuration::from_secs(2)
}

/// What is known of its existence, and whether it has other names.
fn presence_of(store: &dyn Store, at: &Location) -> (Presence, bool) {
    match store.stat(at) {
        Ok(stat) if stat.kind == EntryKind::File => {
            (Presence::Present(stat.bytes), stat.is_hard_linked)
        }
        Ok(_) => (Presence::Missing, false),
        Err(error) if error.is_absence() => (Presence::Missing, false),
        Err(_) => (Presence::Unreachable, false),
    }
}

/// Lifts the length rule of changelog files that are shorter than their changes because they are compressed: the first
/// byte of such a file is 1.
pub fn allow_compressed(store: &dyn Store, table: &FileTable, uses: &mut [FileUse]) {
    for usage in uses {
        if let (LengthRule::Changelog(_), Presence::Present(bytes)) =
            (usage.length, table.presence(usage.file))
            && !usage.length.allows(bytes)
            && bytes > 1
            && starts_with_one(store, &table.location(usage.file)).unwrap_or(false)
        {
            usage.length = LengthRule::Any;
        }
    }
}

fn starts_with_one(store: &dyn Store, at: &Location) -> Result<bool, StoreError> {
    let mut flag = [0];
    let mut file = store.open(at)?;
    Ok(file.read_exact(&mut flag).is_ok() && flag[0] == 1)
}

/// What is wrong with a file that a snapshot names, if anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// It does not exist.
    Missing,
    /// It has so many bytes instead of the expected ones.
    WrongLength {
        /// What was found.
        found: u64,
        /// What the metadata says.
        expected: u64,
    },
    /// It could not be looked at.
    Unreachable,
}

/// Compares what was found of a file with what its handle needs.
pub fn problem(presence: Presence, length: LengthRule) -> Option<Problem> {
    match presence {
        Presence::Missing => Some(Problem::Missing),
        Presence::Unknown | Presence::Unreachable => Some(Problem::Unreachable),
        Presence::Present(bytes) if length.allows(bytes) => None,
        Presence::Present(bytes) => Some(Problem::WrongLength {
            found: bytes,
            expected: length.expected(),
        }),
    }
}
