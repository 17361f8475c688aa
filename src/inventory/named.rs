//! Who names which file, seen once more before something goes.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::domain::hold::Hold;
use crate::domain::location::Location;
use crate::store::Store;
use crate::store::local::path_of;

use super::catalog::{Catalog, Rules};
use super::files::{DirectoryId, FileId, Presence, is_uuid};
use super::holds;
use super::presence::{self, Problem};
use super::record::Content;
use super::resolve::FileUse;
use super::scan::{self, Root};

/// The files that some snapshots name.
#[derive(Debug)]
pub struct NamedFiles {
    catalog: Catalog,
    /// Where the snapshots were looked for.
    roots: Vec<Location>,
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
}

impl NamedFiles {
    /// Looks at all snapshots below some roots, wherever somebody has put them.
    ///
    /// # Errors
    /// When a directory cannot be listed, or lies too deep, or metadata cannot be read: then it cannot be told what they
    /// name.
    pub fn below(store: &dyn Store, rules: Rules, roots: &[Root]) -> Result<Self, String> {
        let mut catalog = Catalog::new(rules);
        let mut too_deep = Vec::new();
        for root in roots {
            let findings = scan::scan_everywhere(&mut catalog, store, root);
            let findings = findings.map_err(|error| error.to_string())?;
            if let Some(problem) = findings.problems.first() {
                return Err(problem.to_string());
            }
            too_deep.extend(findings.unsearched);
        }
        if let Some(problem) = scan::not_searched(&too_deep, roots) {
            return Err(problem);
        }
        let roots = roots.iter().map(|root| root.location.clone()).collect();
        Self::of(catalog, roots)
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

    fn of(catalog: Catalog, roots: Vec<Location>) -> Result<Self, String> {
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
        Ok(Self {
            catalog,
            roots,
            directories,
            users: OnceCell::new(),
        })
    }

    /// Whether any of the snapshots names a file, by this path or another one to the same directory.
    pub fn has(&self, path: &Path) -> bool {
        self.file(path).is_some()
    }

    /// A snapshot that names a file, or that misses one of its name wherever that should be: then it may be this one,
    /// in a place that has another name now.
    pub fn who(&self, path: &Path) -> Option<&Location> {
        let users = self.users.get_or_init(|| self.users());
        let named = self.file(path).and_then(|id| users.first.get(&id));
        named.or_else(|| users.of_missing.get(path.file_name()?.as_bytes()))
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

    /// The holds that stand and can be seen from the roots.
    ///
    /// # Errors
    /// When holds cannot be read: then anything may be held.
    pub fn holds(&self, now: Timestamp) -> Result<Vec<Hold>, String> {
        let snapshots: Vec<Location> = self.snapshots().cloned().collect();
        let (mut holds, problems) = holds::read(&self.roots, &snapshots);
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
                if matches!(files.presence(usage.file), Presence::Present(_)) {
                    continue;
                }
                let name = files.name(usage.file);
                // Others, such as `000012.sst`, tell nothing of which file it is.
                if is_uuid(&name) {
                    users.of_missing.entry(name).or_insert_with(at);
                }
            }
        }
        users
    }
}

/// Where a directory really is; of one that is gone, where what is left above it really is.
fn really(path: &Path) -> PathBuf {
    for above in path.ancestors() {
        if let (Ok(real), Ok(rest)) = (above.canonicalize(), path.strip_prefix(above)) {
            return real.join(rest);
        }
    }
    path.to_owned()
}
