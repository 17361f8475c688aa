//! The batches in the trashes of several roots.

use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use jiff::Timestamp;

use super::list::{Entry, Known, Root, list};
use super::{FOLDER, TrashError, TrashErrorKind};
use crate::domain::text::scrub;

/// A batch in the trash of a root.
#[derive(Debug)]
pub struct Found {
    /// The root.
    pub root: Rc<Root>,
    /// The batch.
    pub entry: Entry,
}

impl Found {
    /// What is known of it.
    pub fn known(&self) -> Option<&Known> {
        self.entry.known.as_ref().ok()
    }

    /// When it was begun, its id where two are of one moment.
    pub fn age(&self) -> Option<(Timestamp, &str)> {
        Some((self.known()?.at?, &self.entry.id))
    }
}

/// Looks for trashes; each is looked into once, by whatever names its root is reached.
#[derive(Debug, Default)]
pub struct Search {
    seen: Vec<PathBuf>,
    found: Vec<Result<Found, TrashError>>,
}

impl Search {
    /// Looks in a directory and in those directly in it.
    pub fn below(&mut self, directory: &Path) {
        match directories(directory) {
            Ok(directories) => {
                for path in directories {
                    self.at(&path);
                }
            }
            Err(error) => self.found.push(Err(error)),
        }
    }

    /// Looks in a directory itself.
    pub fn at(&mut self, directory: &Path) {
        let has_trash =
            fs::symlink_metadata(directory.join(FOLDER)).is_ok_and(|found| found.is_dir());
        if !has_trash {
            return;
        }
        let real = fs::canonicalize(directory).unwrap_or_else(|_| directory.to_owned());
        if self.seen.contains(&real) {
            return;
        }
        self.seen.push(real);
        let look = || {
            let root = Root::open(directory)?;
            let entries = list(root.tree())?;
            Ok((Rc::new(root), entries))
        };
        match look() {
            Ok((root, entries)) => self.found.extend(entries.into_iter().map(|entry| {
                Ok(Found {
                    root: root.clone(),
                    entry,
                })
            })),
            Err(error) => self.found.push(Err(error)),
        }
    }

    /// What was found, in that order, and what could not be looked into.
    pub fn found(self) -> Vec<Result<Found, TrashError>> {
        self.found
    }
}

/// A directory, and those directly in it.
fn directories(directory: &Path) -> Result<Vec<PathBuf>, TrashError> {
    let wrong = |error| {
        let shown = directory.to_string_lossy();
        let message = format!("cannot list {}: {error}", scrub(&shown));
        TrashError::new(TrashErrorKind::Broken, message)
            .hint("check the path, and that its file system is mounted")
    };
    let mut directories = Vec::new();
    for entry in fs::read_dir(directory).map_err(wrong)? {
        let entry = entry.map_err(wrong)?;
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            directories.push(entry.path());
        }
    }
    directories.sort_unstable();
    directories.insert(0, directory.to_owned());
    Ok(directories)
}
