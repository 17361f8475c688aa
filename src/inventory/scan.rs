//! One look at everything below some roots.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::domain::location::Location;
use crate::store::{Store, StoreError};

use super::catalog::Catalog;
use super::discover::{Visitor, Walk};
use super::layout;

/// A place to look for snapshots in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    /// Where the search starts.
    pub location: Location,
    /// How many levels below it snapshots are looked for.
    pub depth: usize,
}

impl Root {
    /// The root that gives a snapshot its surroundings: the directory of its job, or the one that savepoints lie in,
    /// since what is new in it and what its deletion would free can only be said against its siblings. Any other
    /// directory is a root of its own.
    pub fn around(location: &Location, depth: usize) -> Self {
        match location.parent() {
            Some(parent) if layout::is_snapshot_name(location.name()) => Self {
                location: parent,
                depth: 1,
            },
            _ => Self {
                location: location.clone(),
                depth,
            },
        }
    }
}

/// What a walk below one directory found.
#[derive(Debug, Default)]
pub struct Findings {
    /// Directories that are, or are about to become, snapshots.
    pub snapshots: Vec<Location>,
    /// Directories that may come to hold snapshots.
    pub directories: Vec<Location>,
    /// Directories that could not be listed.
    pub problems: Vec<StoreError>,
}

impl Visitor for Findings {
    fn snapshot(&mut self, dir: Location) {
        self.snapshots.push(dir);
    }

    fn directory(&mut self, dir: Location) {
        self.directories.push(dir);
    }

    fn problem(&mut self, error: StoreError) {
        self.problems.push(error);
    }
}

/// Finds the snapshots below a root without looking into them.
///
/// # Errors
/// When the root itself cannot be listed.
pub fn find(
    store: &dyn Store,
    root: &Root,
    cancelled: &AtomicBool,
) -> Result<Findings, StoreError> {
    let mut findings = Findings::default();
    Walk {
        store,
        cancelled,
        seen: HashSet::new(),
    }
    .run(&root.location, root.depth, &mut findings)?;
    Ok(findings)
}

/// Takes everything below a root into a catalog. `progress` is called after each snapshot, with what is known so far.
///
/// # Errors
/// When the root itself cannot be listed.
pub fn scan(
    catalog: &mut Catalog,
    store: &dyn Store,
    root: &Root,
    cancelled: &AtomicBool,
    progress: &mut dyn FnMut(&mut Catalog),
) -> Result<Findings, StoreError> {
    let findings = find(store, root, cancelled)?;
    catalog.note_jobs(store, &root.location, &findings.directories);
    for snapshot in &findings.snapshots {
        if cancelled.load(Ordering::Relaxed) {
            break;
        }
        catalog.look_at(store, snapshot);
        progress(catalog);
    }
    Ok(findings)
}
