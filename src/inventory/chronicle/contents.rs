//! What snapshots are made of, for a recording: the metadata of each, once it can be read, and what was found of the files that
//! it names.

use std::collections::{BTreeMap, HashMap};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use crate::analysis::origin;
use crate::analysis::references::LengthRule;
use crate::domain::event::{Kept, What};
use crate::domain::id::CheckpointId;
use crate::domain::location::Location;
use crate::domain::size::iec;
use crate::domain::snapshot::Snapshot;
use crate::inventory::catalog::Catalog;
use crate::inventory::files::Presence;
use crate::inventory::layout;
use crate::metadata;
use crate::store::Store;

/// The metadata of a snapshot that is longer than this is left out, in bytes.
pub const MOST_OF_ONE: u64 = 4 << 20;
/// So much metadata in all goes into a recording, in bytes; half as much again as text. More of it is left out, so that a
/// recording goes on with all else.
pub const MOST_OF_ALL: u64 = 96 << 20;

/// Whether metadata goes into a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// It does.
    Metadata,
    /// It does not, as somebody asked for that.
    NoMetadata,
}

/// What was told of metadata and files.
#[derive(Debug)]
pub struct Contents {
    keep: Keep,
    /// Which metadata of a snapshot was told: one may come back in its place.
    told: HashMap<Location, Version>,
    lengths: HashMap<Location, Option<u64>>,
    kept: u64,
}

type Version = (CheckpointId, u64, Option<Timestamp>);

impl Contents {
    /// Nothing told so far.
    pub fn new(keep: Keep) -> Self {
        Self {
            keep,
            told: HashMap::new(),
            lengths: HashMap::new(),
            kept: 0,
        }
    }

    /// What was not told yet of a snapshot that a catalog knows.
    pub fn of(&mut self, catalog: &Catalog, store: &dyn Store, snapshot: &Location) -> Vec<What> {
        let Some(row) = catalog.row(snapshot) else {
            return Vec::new();
        };
        let mut told = Vec::new();
        let mappings = catalog.mappings();
        if self.told.is_empty() && !mappings.is_empty() {
            let mappings = mappings.to_vec();
            told.push(What::Mapped { mappings });
        }
        told.extend(self.metadata(row, store));
        if self.keep == Keep::Metadata {
            self.files(catalog, snapshot, &mut told);
        }
        told
    }

    fn metadata(&mut self, row: &Snapshot, store: &dyn Store) -> Option<What> {
        let facts = row.facts.as_ref()?;
        let version = (facts.checkpoint_id, facts.metadata_bytes, row.completed_at);
        if self.told.get(&row.location) == Some(&version) {
            return None;
        }
        let mut kept = Kept {
            uri: row.location.clone(),
            bytes: facts.metadata_bytes,
            base64: None,
            left_out: None,
            from: None,
        };
        let left_out = if self.keep == Keep::NoMetadata {
            Some("it was made with --no-metadata".to_owned())
        } else if kept.bytes > MOST_OF_ONE {
            Some(format!(
                "it has {}, and a recording takes at most {} of one snapshot",
                iec(kept.bytes),
                iec(MOST_OF_ONE)
            ))
        } else if self.kept + kept.bytes > MOST_OF_ALL {
            Some(format!(
                "the recording has {} of metadata already, and takes no more",
                iec(self.kept)
            ))
        } else {
            None
        };
        if left_out.is_some() {
            kept.left_out = left_out;
        } else {
            let at = row.location.join(layout::METADATA);
            match store.read(&at, MOST_OF_ONE) {
                // It has gone, or changed: what comes next tells.
                Err(error) if error.is_absence() => return None,
                Ok(bytes) if bytes.len() as u64 != kept.bytes => return None,
                Err(error) => kept.left_out = Some(error.to_string()),
                Ok(bytes) => {
                    kept.from = origin_apart(row, &bytes);
                    kept.base64 = Some(STANDARD.encode(&bytes));
                    self.kept += kept.bytes;
                }
            }
        }
        self.told.insert(row.location.clone(), version);
        Some(What::Metadata(Box::new(kept)))
    }

    fn files(&mut self, catalog: &Catalog, snapshot: &Location, told: &mut Vec<What>) {
        let uses = catalog
            .record(snapshot)
            .map(super::super::record::Record::uses);
        let mut by_directory: BTreeMap<Location, Folder> = BTreeMap::new();
        for usage in uses.unwrap_or_default() {
            let files = catalog.files();
            let length = match files.presence(usage.file) {
                Presence::Present(bytes) => Some(bytes),
                Presence::Missing => None,
                Presence::Unknown | Presence::Unreachable => continue,
            };
            let at = files.location(usage.file);
            let Ok(name) = String::from_utf8(at.name().to_vec()) else {
                continue;
            };
            if self.lengths.insert(at, length) == Some(length) {
                continue;
            }
            let directory = files.directory_location(files.directory_of(usage.file));
            let folder = by_directory.entry(directory.clone()).or_default();
            if usage.length == LengthRule::Any && length.is_some() {
                folder.of_any_length.push(name.clone());
            }
            folder.lengths.insert(name, length);
        }
        told.extend(
            by_directory
                .into_iter()
                .map(|(location, folder)| What::Files {
                    location,
                    lengths: folder.lengths,
                    of_any_length: folder.of_any_length,
                }),
        );
    }
}

#[derive(Default)]
struct Folder {
    lengths: BTreeMap<String, Option<u64>>,
    of_any_length: Vec<String>,
}

/// Where a snapshot was written, if that is elsewhere and its paths were not mapped, as the place is here as well.
fn origin_apart(row: &Snapshot, bytes: &[u8]) -> Option<Location> {
    if row.mapping.is_some() {
        return None;
    }
    let metadata = metadata::read(bytes).ok()?;
    let origin = origin::original_directory(&metadata, &row.location)?;
    (origin.canonical() != row.location.canonical()).then_some(origin)
}
