//! Whether the files that snapshots name exist, and with which lengths.

use std::collections::BTreeMap;
use std::io::Read;

use jiff::{SignedDuration, Timestamp};

use crate::analysis::references::LengthRule;
use crate::domain::location::Location;
use crate::store::{EntryKind, Store, StoreError};

use super::files::{DirectoryId, FileId, FileTable, Presence};
use super::inspect::FileLengths;
use super::resolve::FileUse;

/// From so many unknown files in one directory on, listing it costs less than asking for each.
const LIST_FROM: usize = 24;

/// Looks for those files of a snapshot of which nothing is known yet. `own` are the files of the snapshot's own
/// directory, where it was just listed.
pub fn look_for(
    store: &dyn Store,
    table: &mut FileTable,
    uses: &[FileUse],
    own: Option<(DirectoryId, &FileLengths)>,
) {
    let mut unknown: BTreeMap<DirectoryId, Vec<FileId>> = BTreeMap::new();
    for usage in uses {
        let directory = table.directory_of(usage.file);
        match own {
            Some((own_directory, files)) if own_directory == directory => {
                let found = files.get(&table.name(usage.file));
                table.set_presence(
                    usage.file,
                    found.map_or(Presence::Missing, |&bytes| Presence::Present(bytes)),
                );
            }
            _ if table.presence(usage.file) == Presence::Unknown => {
                unknown.entry(directory).or_default().push(usage.file);
            }
            _ => {}
        }
    }
    for (directory, files) in unknown {
        if files.len() >= LIST_FROM {
            look_through(store, table, directory, &files);
        } else {
            for file in files {
                let presence = presence_of(store, &table.location(file));
                table.set_presence(file, presence);
            }
        }
    }
}

/// Looks for `files`, all of one directory, by listing it.
pub fn look_through(
    store: &dyn Store,
    table: &mut FileTable,
    directory: DirectoryId,
    files: &[FileId],
) {
    let at = table.directory_location(directory).clone();
    for &file in files {
        table.set_presence(file, Presence::Missing);
    }
    let listed = store.list_with_stat(&at, &mut |entry, stat| {
        if stat.kind == EntryKind::File
            && let Some(file) = table.find(directory, &entry.name)
        {
            table.set_presence(file, Presence::Present(stat.bytes));
        }
    });
    // A listing that failed half-way has said nothing about the rest.
    if let Err(error) = listed
        && !error.is_absence()
    {
        for &file in files {
            if table.presence(file) == Presence::Missing {
                table.set_presence(file, presence_of(store, &table.location(file)));
            }
        }
    }
}

/// As [`look_through`], for files that were looked for before. Returns whether anything changed.
pub fn look_through_again(
    store: &dyn Store,
    table: &mut FileTable,
    directory: DirectoryId,
    files: &[FileId],
) -> bool {
    let stamp = store
        .stat(table.directory_location(directory))
        .ok()
        .and_then(|stat| stat.modified);
    if stamp.is_some() && stamp == table.stamp(directory) {
        return false;
    }
    let before: Vec<Presence> = files.iter().map(|&file| table.presence(file)).collect();
    look_through(store, table, directory, files);
    table.set_stamp(directory, stamp.filter(|&stamp| is_trustworthy(stamp)));
    before
        .iter()
        .zip(files)
        .any(|(&before, &file)| before != table.presence(file))
}

/// Whether a directory's time will be another one after its next change. File times are coarse: right after a change
/// the next one may leave the same time behind.
pub fn is_trustworthy(stamp: Timestamp) -> bool {
    Timestamp::now().duration_since(stamp) > SignedDuration::from_secs(2)
}

fn presence_of(store: &dyn Store, at: &Location) -> Presence {
    match store.stat(at) {
        Ok(stat) if stat.kind == EntryKind::File => Presence::Present(stat.bytes),
        Ok(_) => Presence::Missing,
        Err(error) if error.is_absence() => Presence::Missing,
        Err(_) => Presence::Unreachable,
    }
}

/// Lifts the length rule of changelog files that are shorter than their changes because they are compressed: the first
/// byte of such a file is 1.
pub fn allow_compressed(store: &dyn Store, table: &FileTable, uses: &mut [FileUse]) {
    for usage in uses {
        if let (LengthRule::Changelog(_), Presence::Present(bytes)) =
            (usage.length, table.presence(usage.file))
            && !usage.length.allows(bytes)
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
