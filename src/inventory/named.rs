//! Who names which file, seen once more before something goes.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::domain::hold::Hold;
use crate::domain::location::Location;
use crate::store::local::path_of;
use crate::store::{Store, StoreError};

use super::catalog::{Catalog, Rules};
use super::files::{DirectoryId, FileId, Presence, is_uuid};
use super::mounts::really;
use super::presence::{self, Problem};
use super::record::{Content, Record};
use super::resolve::FileUse;
use super::scan::{self, Root};
use super::{holds, layout};

/// The files that some snapshots name.
#[derive(Debug)]
pub struct NamedFiles {
    catalog: Catalog,
    /// Where the snapshots were looked for.
    roots: Vec<Root>,
    /// All directories that were looked in at the first look.
    met: Vec<Location>,
    /// Those that were there at the first look.
    first: HashSet<Location>,
    /// The directories that the files lie in, by where these really are: metadata may go by another name for the same
    /// one.
    directories: HashMap<PathBuf, Vec<DirectoryId>>,
    /// Who names each file, found out when it is first asked.
    users: OnceCell<Users>,
}

/// Who names what.
#[derive(Debug, Default)]
struct Users {
    /// The first snapshot that names a file.
    first: HashMap<FileId, Location>,
    /// The first that names one of this name which is not where it should be: it may be the same file, in a place that
    /// has another name now.
    of_missing: HashMap<Vec<u8>, Location>,
    /// The first that names one of this name of which it is only concluded where it is: it may be another copy of it.
    of_concluded: HashMap<Vec<u8>, Location>,
}

impl NamedFiles {
    /// Looks at all snapshots below some roots, wherever somebody has put them.
    ///
    /// # Errors
    /// When a directory cannot be listed, or lies too deep, or metadata cannot be read: then it cannot be told what they
    /// name.
    pub fn below(store: &dyn Store, rules: Rules, roots: &[Root]) -> Result<Self, String> {
        let mut catalog = Catalog::new(rules);
        let (snapshots, directories) = found_below(store, roots)?;
        for snapshot in &snapshots {
            catalog.look_at(store, snapshot);
        }
        let mut named = Self::of(catalog, roots.to_vec())?;
        named.met = snapshots.into_iter().chain(directories).collect();
        Ok(named)
    }

    /// All directories that were looked in at the first look, snapshots among them.
    pub fn met(&self) -> &[Location] {
        &self.met
    }

    /// Looks below the same roots again, at what is new there, or has other metadata now. What was once seen to name a file
    /// goes on doing so: what went meanwhile may come back.
    ///
    /// # Errors
    /// As [`NamedFiles::below`].
    pub fn look_again(&mut self, store: &dyn Store) -> Result<(), String> {
        let mut is_new = false;
        for snapshot in found_below(store, &self.roots)?.0 {
            let metadata = store.stat(&snapshot.join(layout::METADATA));
            let is_gone = |error: &StoreError| error.is_absence();
            let known = self.catalog.record(&snapshot).map(|it| &it.content);
            let is_known = match (metadata, known) {
                (Ok(now), Some(Content::Read(read))) => read.stat == now,
                (Err(error), _) => is_gone(&error),
                _ => false,
            };
            if !is_known {
                self.catalog.look_at(store, &snapshot);
                is_new = true;
            }
        }
        if is_new {
            self.directories = directories(&self.catalog)?;
            self.users = OnceCell::new();
        }
        Ok(())
    }

    /// Whether a snapshot was not there at the first look.
    pub fn has_appeared(&self, snapshot: &Location) -> bool {
        !self.first.contains(snapshot)
    }

    /// Looks at these snapshots.
    ///
    /// # Errors
    /// When metadata of one cannot be read.
    pub fn at(store: &dyn Store, rules: Rules, snapshots: &[Location]) -> Result<Self, String> {
        let mut catalog = Catalog::new(rules);
        for snapshot in snapshots {
            catalog.look_at(store, snapshot);
        }
        Self::of(catalog, Vec::new())
    }

    /// Looks at the snapshots below some directories, too: from where these lie is concluded where others have files that are not
    /// where metadata says. What cannot be looked at tells nothing.
    pub fn hear_others(&mut self, store: &dyn Store, roots: &[Root]) {
        for root in roots {
            let found = scan::find_everywhere(store, root);
            for at in found.map(|it| it.snapshots).unwrap_or_default() {
                if self.catalog.record(&at).is_some() {
                    continue;
                }
                self.catalog.look_at(store, &at);
                let record = self.catalog.record(&at);
                if record.is_some_and(|it| !matches!(it.content, Content::Read(_))) {
                    self.catalog.forget(&at);
                }
            }
        }
        if let Ok(directories) = directories(&self.catalog) {
            self.directories = directories;
        }
        self.users = OnceCell::new();
    }

    fn of(catalog: Catalog, roots: Vec<Root>) -> Result<Self, String> {
        let is_there = |it: &&Record| !it.is_being_written();
        let first = catalog.records().filter(is_there);
        Ok(Self {
            first: first.map(|it| it.location.clone()).collect(),
            directories: directories(&catalog)?,
            catalog,
            roots,
            met: Vec::new(),
            users: OnceCell::new(),
        })
    }

    /// A snapshot that names a file, or that misses one of its name wherever that should be: then it may be this one,
    /// in a place that has another name now. So may be one of which it is only concluded where it is, as a copy has it.
    pub fn who(&self, path: &Path) -> Option<&Location> {
        let users = self.users.get_or_init(|| self.users());
        let named = self.file(path).and_then(|id| users.first.get(&id));
        named.or_else(|| {
            let name = path.file_name()?.as_bytes();
            let missing = users.of_missing.get(name);
            missing.or_else(|| users.of_concluded.get(name))
        })
    }

    /// Where the snapshots are.
    pub fn snapshots(&self) -> impl Iterator<Item = &Location> {
        self.catalog.records().map(|record| &record.location)
    }

    /// The snapshots that have metadata, each with the files that it names and that are not there as they should be, and
    /// what is wrong with them.
    pub fn missing(&self) -> impl Iterator<Item = (&Location, Vec<(Location, Problem)>)> {
        let files = self.catalog.files();
        let records = self.catalog.records();
        let read = records.filter(|record| matches!(record.content, Content::Read(_)));
        read.map(move |record| {
            let wrong = |it: &FileUse| {
                let problem = presence::problem(files.presence(it.file), it.length)?;
                Some((files.location(it.file), problem))
            };
            (
                &record.location,
                record.uses().iter().filter_map(wrong).collect(),
            )
        })
    }

    /// The holds that stand and can be seen from the roots and some snapshots.
    ///
    /// # Errors
    /// When holds cannot be read: then anything may be held.
    pub fn holds(&self, snapshots: &[Location], now: Timestamp) -> Result<Vec<Hold>, String> {
        let roots: Vec<Location> = self.roots.iter().map(|it| it.location.clone()).collect();
        let (mut holds, problems) = holds::read(&roots, snapshots);
        holds.retain(|hold| hold.stands(now));
        match problems.into_iter().next() {
            None => Ok(holds),
            Some(problem) => Err(problem),
        }
    }

    fn file(&self, path: &Path) -> Option<FileId> {
        let (directory, name) = (path.parent()?, path.file_name()?);
        let files = self.catalog.files();
        let ids = self.directories.get(&really(directory))?.iter();
        ids.filter_map(|&id| files.find(id, name.as_bytes()))
            .find(|&id| files.users(id) > 0)
    }

    fn users(&self) -> Users {
        let files = self.catalog.files();
        let mut users = Users::default();
        for record in self.catalog.records() {
            for usage in record.uses() {
                let at = || record.location.clone();
                users.first.entry(usage.file).or_insert_with(at);
                let name = files.name(usage.file);
                let is_concluded = record.has_concluded_places() && !usage.relative;
                if is_concluded && is_uuid(&name) {
                    users.of_concluded.entry(name.clone()).or_insert_with(at);
                }
                if matches!(files.presence(usage.file), Presence::Present(_)) {
                    continue;
                }
                // Others, such as `000012.sst`, tell nothing of which file it is.
                if is_uuid(&name) {
                    users.of_missing.entry(name).or_insert_with(at);
                }
            }
        }
        users
    }
}

/// The snapshots below some roots, wherever somebody has put them, and the other directories that were looked in.
fn found_below(
    store: &dyn Store,
    roots: &[Root],
) -> Result<(Vec<Location>, Vec<Location>), String> {
    let (mut snapshots, mut directories) = (Vec::new(), Vec::new());
    let mut too_deep = Vec::new();
    for root in roots {
        let findings = scan::find_everywhere(store, root).map_err(|error| error.to_string())?;
        if let Some(problem) = findings.problems.first() {
            return Err(problem.to_string());
        }
        snapshots.extend(findings.snapshots);
        directories.extend(findings.directories);
        too_deep.extend(findings.unsearched);
    }
    let found = Ok((snapshots, directories));
    scan::not_searched(&too_deep, roots).map_or(found, Err)
}

/// The directories that files lie in which snapshots name, by where these really are.
///
/// # Errors
/// When metadata of one cannot be read.
fn directories(catalog: &Catalog) -> Result<HashMap<PathBuf, Vec<DirectoryId>>, String> {
    for record in catalog.records() {
        if let Content::Unreadable { reason, .. } = &record.content {
            let at = &record.location;
            return Err(format!("cannot read the metadata of {at}: {reason}"));
        }
    }
    let mut directories: HashMap<PathBuf, Vec<DirectoryId>> = HashMap::new();
    for (id, location) in catalog.files().directories() {
        if let Ok(path) = path_of(location) {
            directories.entry(really(path)).or_default().push(id);
        }
    }
    Ok(directories)
}
