//! One look at everything below some roots.

use std::collections::{BTreeSet, HashSet};
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

    /// How many levels below it a place lies.
    pub fn level_of(&self, place: &Location) -> Option<usize> {
        let below = place.relative_to(&self.location)?;
        let is_name = |name: &&[u8]| !name.is_empty();
        Some(below.split(|&b| b == b'/').filter(is_name).count())
    }

    /// Whether it is looked for snapshots in what lies in a directory.
    fn reaches_below(&self, directory: &Location) -> bool {
        let level = self.level_of(directory);
        level.is_some_and(|level| level < self.depth)
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
    /// Directories below which nothing was looked for, as it would lie too deep.
    pub unsearched: Vec<Location>,
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

    fn unsearched(&mut self, dir: Location) {
        self.unsearched.push(dir);
    }
}

/// How many directories a sentence names.
const NAMED: usize = 3;

/// What was not searched below some directories, in words, given the roots that all of it was looked for from: what lies
/// too deep below one of them may not lie too deep below another.
pub fn not_searched<'l>(
    directories: impl IntoIterator<Item = &'l Location>,
    roots: &[Root],
) -> Option<String> {
    let too_deep = directories.into_iter();
    let too_deep: BTreeSet<&Location> = too_deep
        .filter(|at| !roots.iter().any(|root| root.reaches_below(at)))
        .collect();
    let first: Vec<String> = too_deep
        .iter()
        .take(NAMED)
        .map(ToString::to_string)
        .collect();
    let more = match too_deep.len().saturating_sub(NAMED) {
        _ if first.is_empty() => return None,
        0 => String::new(),
        1 => " and another directory".to_owned(),
        more => format!(" and {more} other directories"),
    };
    Some(format!(
        "what lies below {}{more} was not searched for snapshots (--levels)",
        first.join(", ")
    ))
}

/// Finds the snapshots below a root without looking into them; not those that lie in other ones or among state files.
/// Nothing when it was broken off: of what was not seen then, nobody knows whether it is there.
///
/// # Errors
/// When the root itself cannot be listed.
pub fn find(
    store: &dyn Store,
    root: &Root,
    cancelled: &AtomicBool,
) -> Result<Option<Findings>, StoreError> {
    let mut findings = Findings::default();
    walk(store, cancelled).run(&root.location, root.depth, &mut findings)?;
    let is_whole = !cancelled.load(Ordering::Relaxed);
    Ok(is_whole.then_some(findings))
}

/// Finds all of them, wherever somebody has put them.
///
/// # Errors
/// When the root itself cannot be listed.
pub fn find_everywhere(store: &dyn Store, root: &Root) -> Result<Findings, StoreError> {
    let mut findings = Findings::default();
    let cancelled = AtomicBool::new(false);
    walk(store, &cancelled).run_everywhere(&root.location, root.depth, &mut findings)?;
    Ok(findings)
}

fn walk<'a>(store: &'a dyn Store, cancelled: &'a AtomicBool) -> Walk<'a> {
    Walk {
        store,
        cancelled,
        seen: HashSet::new(),
    }
}

/// Takes everything below a root into a catalog. `progress` is called after each snapshot, with what is known so far.
/// Whoever breaks it off gets a catalog that lacks what was not seen, and no findings unless all were found.
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
    let Some(findings) = find(store, root, cancelled)? else {
        return Ok(Findings::default());
    };
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

/// The same of all of them, wherever somebody has put them: for whoever has to know what each one names.
///
/// # Errors
/// When the root itself cannot be listed.
pub fn scan_everywhere(
    catalog: &mut Catalog,
    store: &dyn Store,
    root: &Root,
) -> Result<Findings, StoreError> {
    let findings = find_everywhere(store, root)?;
    catalog.note_jobs(store, &root.location, &findings.directories);
    for snapshot in &findings.snapshots {
        catalog.look_at(store, snapshot);
    }
    Ok(findings)
}
