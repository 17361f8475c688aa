//! A look at one snapshot's directory: what is in it, and what its metadata says.
//!
//! Works on one directory alone and changes nothing that is shared, so that it may run on any thread.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use crate::analysis::references::{self, LengthRule};
use crate::analysis::{document::FileScope, facts, fate, kind, origin};
use crate::domain::location::Location;
use crate::domain::snapshot::{Facts, Fate, Kind, Sizes};
use crate::metadata;
use crate::store::{EntryKind, Stat, Store, StoreError, StoreErrorKind};

use super::discover::is_listed;
use super::{layout, presence};

/// The largest metadata file that is read: 2 GiB. Flink itself writes them into one array of bytes, which cannot be
/// longer.
pub const METADATA_LIMIT: u64 = i32::MAX as u64;

/// What was seen of the files in one directory, by name.
pub type OwnFiles = HashMap<Vec<u8>, Stat>;

/// What a look at a snapshot's directory found.
#[derive(Debug)]
pub struct Inspection {
    /// The directory.
    pub location: Location,
    /// Its files by name, metadata excluded; none when it could not be listed.
    pub files: Result<OwnFiles, StoreError>,
    /// The directory's own time before it was looked at, where it can be trusted to change with the next change.
    pub stamp: Option<Timestamp>,
    /// The newest time on the directory or anything in it.
    pub changed_at: Option<Timestamp>,
    /// The metadata.
    pub metadata: Found,
}

/// What was found of a metadata file.
#[derive(Debug)]
pub enum Found {
    /// There is none; `writing` tells whether Flink's temporary file for it is there.
    Nothing {
        /// Flink is at it, or died at it.
        writing: bool,
    },
    /// There is one, but it cannot be read, for this reason.
    Unreadable {
        /// In words.
        reason: String,
        /// What is known of the file.
        stat: Option<Stat>,
        /// Whether it may not be looked at, so that nothing can be said of it.
        denied: bool,
    },
    /// There is one, and this is what it says.
    Read(Box<Reading>),
}

/// What a metadata file says, condensed and independent of its bytes.
#[derive(Debug)]
pub struct Reading {
    /// What is known of the file.
    pub stat: Stat,
    /// The kind, and whether it was concluded.
    pub kind: (Kind, bool),
    /// What Flink does with the snapshot when.
    pub fate: Fate,
    /// Facts for tables and sentences.
    pub facts: Facts,
    /// Sizes of the snapshot by itself.
    pub sizes: Sizes,
    /// Where it was written.
    pub original: Option<Location>,
    /// Every file that it names, in the order of the metadata; a file may occur several times.
    pub references: Vec<NamedFile>,
    /// The directories that file merging keeps for it, each once, as stored.
    pub directories: Vec<Location>,
}

/// A file that a snapshot names.
#[derive(Debug, Clone)]
pub struct NamedFile {
    /// The path as stored.
    pub path: Box<[u8]>,
    /// Whether it is relative to the snapshot's directory.
    pub relative: bool,
    /// What its length must be.
    pub length: LengthRule,
    /// Whether others may name it by its role.
    pub scope: FileScope,
    /// Whether a job that was restored from the snapshot may go on naming it.
    pub heritable: bool,
    /// Whether Flink's own disposal deletes it.
    pub disposed: bool,
}

/// Looks at a snapshot's directory. None when it is gone.
pub fn inspect(store: &dyn Store, location: &Location, now: Timestamp) -> Option<Inspection> {
    let stamp = store.stat(location).ok().and_then(|stat| stat.modified);
    let mut files = HashMap::new();
    let mut metadata_stat = None;
    let mut writing = false;
    let mut changed_at = None;
    let listed = store.list_with_stat(location, &mut |entry, stat| {
        changed_at = changed_at.max(stat.modified);
        if entry.name == layout::METADATA {
            metadata_stat = Some(stat);
        } else if entry.name.starts_with(layout::METADATA_IN_PROGRESS) {
            writing = true;
        } else if stat.kind == EntryKind::File {
            files.insert(entry.name, stat);
        }
    });
    let at = location.join(layout::METADATA);
    let (files, metadata_stat) = match listed {
        Ok(()) => (Ok(files), metadata_stat),
        Err(error) if error.is_absence() && !is_listed(store, location) => return None,
        // A directory that may be entered but not listed still lets its metadata be read.
        Err(error) => (Err(error), store.stat(&at).ok()),
    };
    let metadata = match (metadata_stat, &files) {
        (None, Ok(_)) => Found::Nothing { writing },
        (None, Err(error)) => Found::Unreadable {
            reason: error.to_string(),
            stat: None,
            denied: error.kind == StoreErrorKind::Denied,
        },
        (Some(stat), _) => match read(store, location, &at, stat) {
            Ok(reading) => Found::Read(Box::new(reading)),
            Err(Unreadable::Gone) => Found::Nothing { writing },
            Err(Unreadable::Because(reason)) => Found::Unreadable {
                reason,
                stat: Some(stat),
                denied: false,
            },
            Err(Unreadable::Denied(reason)) => Found::Unreadable {
                reason,
                stat: Some(stat),
                denied: true,
            },
        },
    };
    // The directory's own time also moves when something in it is deleted, which is no sign of life.
    let changed_at = changed_at.or(stamp);
    Some(Inspection {
        location: location.clone(),
        files,
        stamp: stamp.filter(|&stamp| presence::is_trustworthy(stamp, now)),
        changed_at,
        metadata,
    })
}

enum Unreadable {
    /// Deleted between the listing and the reading.
    Gone,
    Because(String),
    Denied(String),
}

fn read(
    store: &dyn Store,
    location: &Location,
    at: &Location,
    stat: Stat,
) -> Result<Reading, Unreadable> {
    if stat.kind == EntryKind::Other {
        // What a link leads to is looked at in its place.
        let what = match store.stat(at) {
            Err(error) if error.is_absence() => "it is a symbolic link that leads nowhere",
            _ => "it is a special file, not a file",
        };
        return Err(Unreadable::Because(format!("cannot read {at}: {what}")));
    }
    let bytes = store
        .read(at, METADATA_LIMIT)
        .map_err(|error| match error.kind {
            StoreErrorKind::NotFound => Unreadable::Gone,
            StoreErrorKind::Denied => Unreadable::Denied(error.to_string()),
            _ => Unreadable::Because(error.to_string()),
        })?;
    let metadata =
        metadata::read(&bytes).map_err(|error| Unreadable::Because(error.to_string()))?;
    let kind = kind::kind(&metadata, named_checkpoint(location));
    let mut named = Vec::new();
    references::each(&metadata, &mut |reference| {
        named.push(NamedFile {
            path: reference.path.into(),
            relative: reference.relative,
            length: reference.length,
            scope: reference.scope,
            heritable: reference.heritable,
            disposed: reference.disposed,
        });
    });
    Ok(Reading {
        stat: Stat {
            bytes: bytes.len() as u64,
            ..stat
        },
        kind,
        fate: fate::fate(kind.0, Some(&metadata.properties)),
        facts: facts::facts(&metadata, bytes.len() as u64, kind.0),
        sizes: facts::own_sizes(&metadata),
        original: origin::original_directory(&metadata, location),
        references: named,
        directories: merged_into(&metadata),
    })
}

/// The directories that file merging keeps for a snapshot, each once.
fn merged_into(metadata: &metadata::model::Metadata<'_>) -> Vec<Location> {
    let named: BTreeSet<Location> = metadata
        .file_merging_directories()
        .flat_map(|it| [&it.directories.task_owned, &it.directories.shared])
        .map(|path| Location::parse(&path.path_bytes()))
        .collect();
    named.into_iter().collect()
}

/// What a directory's name says: a checkpoint, a savepoint, or nothing.
pub fn named_checkpoint(location: &Location) -> Option<bool> {
    let name = location.name();
    let savepoint = || layout::savepoint_job_prefix(name).map(|_| false);
    layout::checkpoint_number(name)
        .map(|_| true)
        .or_else(savepoint)
}
