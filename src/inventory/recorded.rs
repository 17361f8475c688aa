//! What a recording knows of snapshots beyond their rows: the metadata in it, read by the same reader as on a disk, over a store
//! that answers what was recorded and of all else says that it does not know.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{Cursor, Read};
use std::ops::ControlFlow;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::analysis::document::Document;
use crate::analysis::whatif::World;
use crate::domain::event::{Event, Kept, What};
use crate::domain::location::Location;
use crate::domain::snapshot::{Health, PathMapping, Snapshot};
use crate::store::{Entry, EntryKind, Stat, Store, StoreError, StoreErrorKind};

use super::catalog::{Catalog, Rules};
use super::{detail, layout, whatif};

/// The snapshots of a recording as they were at one moment of it.
pub struct Recorded {
    catalog: Catalog,
    store: Past,
    roots: Vec<Location>,
}

impl Recorded {
    /// Of these events, in their order, before anything happened.
    pub fn of(events: &Arc<[Event]>) -> Self {
        let index = Index::of(events);
        Self {
            catalog: Catalog::new(Rules {
                mappings: index.mappings.clone(),
                ..Rules::default()
            }),
            store: Past {
                index,
                happened: 0,
                rows: BTreeMap::new(),
            },
            roots: Vec::new(),
        }
    }

    /// Goes to when so many of the events had happened, and these rows and roots were known.
    pub fn go_to(
        &mut self,
        happened: usize,
        rows: BTreeMap<Location, Arc<Snapshot>>,
        roots: Vec<Location>,
    ) {
        self.store.happened = happened;
        self.store.rows = rows;
        self.roots = roots;
        let rows = self.store.rows.values().cloned();
        self.catalog.recall(&self.store, rows);
    }

    /// The document of a snapshot, as it was then.
    ///
    /// # Errors
    /// In words, when there was no such snapshot, or the recording does not have its metadata.
    pub fn document(&self, location: &Location) -> Result<Document, String> {
        let mut document = detail::document(&self.catalog, &self.store, location, &self.roots)?;
        // They may name the same files as much as those that nobody could read.
        let rows = self.catalog.rows();
        document.scope.unreadable += rows
            .filter(|row| row.facts.is_some() && !self.catalog.is_read(row))
            .count();
        Ok(document)
    }

    /// The lineage of a snapshot, as it was then.
    pub fn world(&self, location: &Location) -> Option<World> {
        whatif::world(&self.catalog, location)
    }
}

/// What was recorded, with the numbers of the events from which on it was so.
struct Index {
    events: Arc<[Event]>,
    /// The numbers of the events that tell of the metadata of each snapshot.
    metadata: HashMap<Location, Vec<usize>>,
    files: HashMap<Location, Folder>,
    /// Directories that were there at some time.
    directories: HashSet<Location>,
    /// Mappings that the user gave.
    mappings: Vec<PathMapping>,
}

/// What was found of the files of a directory, by name.
type Folder = BTreeMap<Vec<u8>, Vec<(usize, Found)>>;

/// What was found of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Found {
    length: Option<u64>,
    may_have_any_length: bool,
}

impl Index {
    fn of(events: &Arc<[Event]>) -> Self {
        let mut index = Self {
            events: events.clone(),
            metadata: HashMap::new(),
            files: HashMap::new(),
            directories: HashSet::new(),
            mappings: Vec::new(),
        };
        for (at, event) in events.iter().enumerate() {
            match &event.what {
                What::Metadata(kept) => index.note_metadata(at, kept),
                What::Files {
                    location,
                    lengths,
                    of_any_length,
                } => {
                    let location = location.canonical();
                    let of_any_length: HashSet<&String> = of_any_length.iter().collect();
                    let files = index.files.entry(location.clone()).or_default();
                    for (name, length) in lengths {
                        let found = Found {
                            length: *length,
                            may_have_any_length: of_any_length.contains(name),
                        };
                        let name = name.as_bytes().to_vec();
                        files.entry(name).or_default().push((at, found));
                    }
                    if lengths.values().any(Option::is_some) {
                        index.note_directory(&location);
                    }
                }
                What::Mapped { mappings } => index.mappings.clone_from(mappings),
                _ => {}
            }
        }
        index
    }

    fn note_metadata(&mut self, at: usize, kept: &Kept) {
        self.metadata.entry(kept.uri.clone()).or_default().push(at);
        if let Some(around) = kept.from.as_ref().and_then(Location::parent) {
            self.note_directory(&around);
        }
    }

    fn note_directory(&mut self, at: &Location) {
        let mut at = Some(at.canonical());
        while let Some(directory) = at {
            at = directory.parent();
            if !self.directories.insert(directory) {
                return;
            }
        }
    }

    /// What was last told of a snapshot's metadata.
    fn kept(&self, snapshot: &Location, happened: usize) -> Option<&Kept> {
        let told = self.metadata.get(snapshot)?;
        let last = told.iter().rev().find(|at| **at < happened)?;
        match self.events.get(*last).map(|event| &event.what) {
            Some(What::Metadata(kept)) => Some(kept),
            _ => None,
        }
    }

    /// What was last told of a file.
    fn found(&self, file: &Location, happened: usize) -> Option<Found> {
        let file = file.canonical();
        let told = self.files.get(&file.parent()?)?.get(file.name())?;
        last(told, happened)
    }
}

fn last(told: &[(usize, Found)], happened: usize) -> Option<Found> {
    let known = told.iter().rev().find(|(at, _)| *at < happened);
    known.map(|(_, found)| *found)
}

/// A store as it was.
struct Past {
    index: Index,
    happened: usize,
    rows: BTreeMap<Location, Arc<Snapshot>>,
}

impl Past {
    /// The row whose metadata lies here.
    fn row_of_metadata(&self, at: &Location) -> Option<&Snapshot> {
        let row = self.rows.get(&at.parent()?)?;
        let has_metadata = row.facts.is_some() || row.health == Health::Corrupt;
        (at.name() == layout::METADATA && has_metadata).then_some(&**row)
    }

    fn metadata(&self, row: &Snapshot) -> Result<Vec<u8>, String> {
        let bytes = row.facts.as_ref().map(|facts| facts.metadata_bytes);
        let kept = self.index.kept(&row.location, self.happened);
        let kept = kept
            .filter(|kept| Some(kept.bytes) == bytes)
            .ok_or("the recording does not have it")?;
        if let Some(why) = &kept.left_out {
            return Err(format!("the recording does not have it: {why}"));
        }
        let text = kept.base64.as_deref().unwrap_or_default();
        let decoded = STANDARD.decode(text);
        let decoded = decoded.map_err(|error| format!("what was recorded is damaged: {error}"))?;
        if decoded.len() as u64 != kept.bytes {
            return Err(format!(
                "what was recorded is damaged: it has {} bytes, and should have {}",
                decoded.len(),
                kept.bytes
            ));
        }
        Ok(decoded)
    }
}

fn refused(doing: &'static str, at: &Location, why: impl Into<String>) -> StoreError {
    StoreError {
        doing,
        at: at.clone(),
        kind: StoreErrorKind::Other(why.into()),
    }
}

fn plain(kind: EntryKind, bytes: u64) -> Stat {
    Stat {
        kind,
        bytes,
        modified: None,
        created: None,
        identity: None,
        is_hard_linked: false,
    }
}

fn stat_of_metadata(row: &Snapshot) -> Stat {
    Stat {
        modified: row.completed_at,
        ..plain(
            EntryKind::File,
            row.facts.as_ref().map_or(0, |facts| facts.metadata_bytes),
        )
    }
}

impl Store for Past {
    fn list(
        &self,
        dir: &Location,
        visit: &mut dyn FnMut(Entry) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let mut goes_on = true;
        self.list_with_stat(dir, &mut |entry, _| {
            goes_on = goes_on && visit(entry).is_continue();
        })
    }

    fn list_with_stat(
        &self,
        dir: &Location,
        visit: &mut dyn FnMut(Entry, Stat),
    ) -> Result<(), StoreError> {
        if !self.rows.contains_key(dir) {
            return Err(refused(
                "list",
                dir,
                "the recording does not say what was there",
            ));
        }
        let mut show = |name: &[u8], stat: Stat| {
            let entry = Entry {
                name: name.to_vec(),
                kind: EntryKind::File,
                is_link: false,
            };
            visit(entry, stat);
        };
        if let Some(row) = self.row_of_metadata(&dir.join(layout::METADATA)) {
            show(layout::METADATA, stat_of_metadata(row));
        }
        for (name, told) in self.index.files.get(&dir.canonical()).into_iter().flatten() {
            if let Some(length) = last(told, self.happened).and_then(|it| it.length) {
                show(name, plain(EntryKind::File, length));
            }
        }
        Ok(())
    }

    fn stat(&self, at: &Location) -> Result<Stat, StoreError> {
        if let Some(row) = self.row_of_metadata(at) {
            return Ok(stat_of_metadata(row));
        }
        match self.index.found(at, self.happened).map(|it| it.length) {
            Some(Some(length)) => return Ok(plain(EntryKind::File, length)),
            Some(None) => {
                return Err(StoreError {
                    doing: "look at",
                    at: at.clone(),
                    kind: StoreErrorKind::NotFound,
                });
            }
            None => {}
        }
        let is_directory =
            self.rows.contains_key(at) || self.index.directories.contains(&at.canonical());
        if is_directory {
            return Ok(plain(EntryKind::Directory, 0));
        }
        Err(refused(
            "look at",
            at,
            "the recording does not say whether it was there",
        ))
    }

    fn open(&self, at: &Location) -> Result<Box<dyn Read + Send>, StoreError> {
        if let Some(row) = self.row_of_metadata(at) {
            let bytes = self.metadata(row).map_err(|why| refused("read", at, why))?;
            return Ok(Box::new(Cursor::new(bytes)));
        }
        // The first byte of a compressed changelog file; nobody reads on.
        let found = self.index.found(at, self.happened);
        if found.is_some_and(|found| found.may_have_any_length) {
            return Ok(Box::new(Cursor::new([1])));
        }
        Err(refused("open", at, "a recording holds no state"))
    }
}
