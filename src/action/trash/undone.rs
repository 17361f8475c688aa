//! A store as it would be were a batch put back: what one needs to know before that is done, or becomes impossible.

use std::collections::{HashMap, HashSet};
use std::io::Read;
use std::ops::ControlFlow;
use std::path::Path;

use super::TrashError;
use super::journal::{arrived, batch_of, files};
use super::list::Root;
use crate::domain::batch::Move;
use crate::domain::location::Location;
use crate::inventory::layout;
use crate::store::local::{LocalStore, location_of};
use crate::store::{Entry, EntryKind, Stat, Store, StoreError};

/// The local file system with the files of a batch where they lay. What lies in a place now stays there, as it does when
/// the batch is put back.
#[derive(Debug, Default)]
pub struct Undone {
    /// Where each file lies in the trash, by where it lay.
    files: HashMap<Location, Location>,
    /// The names of the files that lay in each directory.
    directories: HashMap<Location, Vec<Vec<u8>>>,
    snapshots: Vec<Location>,
    /// Those of them at whose place something else is.
    taken: Vec<Location>,
}

impl Undone {
    /// As it would be were this batch put back.
    ///
    /// # Errors
    /// When what is written down about it cannot be read.
    pub fn batch(root: &Root, id: &str) -> Result<Self, TrashError> {
        Self::targets(root, id, |_| true)
    }

    /// As it would be were some targets of a batch put back, by their places in it.
    ///
    /// # Errors
    /// As [`Self::batch`].
    pub fn targets(
        root: &Root,
        id: &str,
        is_chosen: impl Fn(usize) -> bool,
    ) -> Result<Self, TrashError> {
        let tree = root.tree();
        let mut undone = Self::default();
        let Some(batch) = batch_of(tree, id)? else {
            return Ok(undone);
        };
        let here = arrived(tree, &batch).map_err(|it| TrashError::refused(&it))?;
        // Metadata may tell of the root by the one name or the other.
        let mut names = vec![root.path().to_owned()];
        names.extend(root.path().canonicalize());
        names.dedup();
        let moves = batch.moves.iter().enumerate().zip(here);
        let is_back = |it: &Move| it.targets().any(&is_chosen);
        for ((number, it), _) in moves.filter(|((_, it), here)| *here && is_back(it)) {
            let trashed = local(&root.path().join(files(id)).join(number.to_string()));
            for (at, name) in names.iter().enumerate() {
                let (Some(place), Some(trashed)) = (local(&name.join(&it.from)), trashed.clone())
                else {
                    continue;
                };
                let Some(parent) = place.parent() else {
                    continue;
                };
                if at == 0 && place.name() == layout::METADATA {
                    undone.snapshots.push(parent.clone());
                    let trashed = format!("{}/{number}", files(id));
                    if tree.look(&it.from).is_ok()
                        && !tree.is_same(&it.from, &trashed).unwrap_or(false)
                    {
                        undone.taken.push(parent.clone());
                    }
                }
                let file = place.name().to_vec();
                undone.directories.entry(parent).or_default().push(file);
                undone.files.insert(place, trashed);
            }
        }
        Ok(undone)
    }

    /// As each of these roots would be were one target of a deletion put back, by its place in the batch of the first, and what of
    /// it lies in the others.
    ///
    /// # Errors
    /// As [`Self::batch`].
    pub fn one_in_all(roots: &[&Root], id: &str, target: usize) -> Result<Vec<Self>, TrashError> {
        let mut wanted: Option<String> = None;
        let mut all = Vec::new();
        for (number, root) in roots.iter().enumerate() {
            let batch = batch_of(root.tree(), id)?;
            let identity = |it| batch.as_ref().and_then(|batch| batch.identity_of(it));
            if number == 0 {
                wanted = identity(target).map(str::to_owned);
            }
            let is_it = |it| match number {
                0 => it == target,
                _ => wanted.is_some() && identity(it) == wanted.as_deref(),
            };
            all.push(Self::targets(root, id, is_it)?);
        }
        Ok(all)
    }

    /// The same with another batch put back, too.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.files.extend(other.files);
        for (directory, names) in other.directories {
            self.directories.entry(directory).or_default().extend(names);
        }
        self.snapshots.extend(other.snapshots);
        self.taken.extend(other.taken);
        self
    }

    /// The snapshots whose metadata lies in the trash.
    pub fn snapshots(&self) -> &[Location] {
        &self.snapshots
    }

    /// Those of them that come back.
    pub fn coming(&self) -> Vec<Location> {
        let all = self.snapshots.iter();
        all.filter(|it| !self.taken.contains(it)).cloned().collect()
    }

    /// Those of them that stay in the trash, as something else is at the place of their metadata.
    pub fn taken(&self) -> &[Location] {
        &self.taken
    }

    /// Where the files lay.
    pub fn places(&self) -> impl Iterator<Item = &Location> {
        self.files.keys()
    }

    /// What there would be in a directory beside what is there now.
    fn more(&self, dir: &Location, known: &HashSet<Vec<u8>>) -> Vec<(Entry, Stat)> {
        let dir = dir.canonical();
        let names = self.directories.get(&dir).into_iter().flatten();
        let entry = |name: &Vec<u8>| {
            let stat = self.stat(&dir.child(name)).ok()?;
            let entry = Entry {
                name: name.clone(),
                kind: stat.kind,
                is_link: false,
            };
            Some((entry, stat))
        };
        let names = names.filter(|name| !known.contains(*name));
        names.filter_map(entry).collect()
    }
}

fn local(path: &Path) -> Option<Location> {
    location_of(path).ok().map(|it| it.canonical())
}

impl Store for Undone {
    fn list(
        &self,
        dir: &Location,
        visit: &mut dyn FnMut(Entry) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let mut entries = Vec::new();
        self.list_with_stat(dir, &mut |entry, _| entries.push(entry))?;
        let _ = entries.into_iter().try_for_each(visit);
        Ok(())
    }

    fn list_with_stat(
        &self,
        dir: &Location,
        visit: &mut dyn FnMut(Entry, Stat),
    ) -> Result<(), StoreError> {
        let mut known = HashSet::new();
        let listed = LocalStore.list_with_stat(dir, &mut |entry, stat| {
            known.insert(entry.name.clone());
            visit(entry, stat);
        });
        let more = self.more(dir, &known);
        match listed {
            Err(error) if more.is_empty() || !error.is_absence() => return Err(error),
            _ => {}
        }
        for (entry, stat) in more {
            visit(entry, stat);
        }
        Ok(())
    }

    fn stat(&self, at: &Location) -> Result<Stat, StoreError> {
        let now = LocalStore.stat(at);
        let place = at.canonical();
        match now {
            Err(error) if error.is_absence() => match self.files.get(&place) {
                Some(trashed) => LocalStore.stat(trashed),
                None if self.directories.contains_key(&place) => Ok(Stat {
                    kind: EntryKind::Directory,
                    bytes: 0,
                    modified: None,
                    created: None,
                    identity: None,
                    is_hard_linked: false,
                }),
                None => Err(error),
            },
            now => now,
        }
    }

    fn open(&self, at: &Location) -> Result<Box<dyn Read + Send>, StoreError> {
        match LocalStore.open(at) {
            Err(error) if error.is_absence() => match self.files.get(&at.canonical()) {
                Some(trashed) => LocalStore.open(trashed),
                None => Err(error),
            },
            opened => opened,
        }
    }
}
