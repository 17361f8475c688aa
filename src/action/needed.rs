//! Who needs what lies in a trash: whatever is on disk, and whatever can be put back from any trash in sight.

use std::path::Path;

use super::apply::Named;
use super::trash::list;
use super::trash::search::{Found, Search};
use super::trash::undone::Undone;
use crate::domain::hold::Hold;
use crate::domain::location::Location;
use crate::domain::text::{scrub, scrub_bytes};
use crate::inventory::catalog::Rules;
use crate::inventory::named::NamedFiles;
use crate::inventory::ours;
use crate::inventory::scan::Root;
use crate::store::local::{LocalStore, location_of, path_of};

/// Looks afresh who needs the files of a batch; the batch itself, in whatever root a part of it lies, needs none.
///
/// # Errors
/// When that cannot be told, with what is in the way: a directory that cannot be listed, metadata or a trash that cannot
/// be read, a snapshot that is held and not in sight.
pub(super) fn look(
    root: &list::Root,
    id: &str,
    roots: &[Root],
    rules: &Rules,
) -> Result<Named, String> {
    let disk = NamedFiles::below(&LocalStore, rules.clone(), roots)?;
    let snapshots: Vec<Location> = disk.snapshots().cloned().collect();
    let holds = disk.holds(rules.clock.now())?;
    let mut known_ones = snapshots.clone();
    let mut trashed = Vec::new();
    for found in trashes(roots, &snapshots)? {
        let known = found.entry.known.as_ref().map_err(Clone::clone)?;
        let undone =
            Undone::batch(&found.root, &found.entry.id).map_err(|error| error.to_string())?;
        known_ones.extend(undone.snapshots().iter().cloned());
        let is_own = found.entry.id == id;
        let is_on_own = |hold: &&Hold| undone.snapshots().iter().any(|it| hold.is_on(it));
        if let Some(hold) = holds.iter().find(is_on_own).filter(|_| is_own) {
            return Err(format!(
                "`{}` holds {}, which lies in it",
                hold.name, hold.snapshot
            ));
        }
        if is_own || !known.can_be_undone() || undone.snapshots().is_empty() {
            continue;
        }
        let other = &found.entry.id;
        let named = NamedFiles::at(&undone, rules.clone(), undone.snapshots());
        let named = named.map_err(|why| {
            format!(
                "in the batch {} of {}: {why}",
                scrub(other),
                found.root.shown()
            )
        })?;
        trashed.push((other.clone(), named));
    }
    let mut holds = holds.iter();
    if let Some(hold) = holds.find(|hold| !known_ones.iter().any(|it| hold.is_on(it))) {
        return Err(format!(
            "`{}` holds {}, which is not in sight: what it names is not known",
            hold.name, hold.snapshot
        ));
    }
    let at = root.path().to_owned();
    Ok(Box::new(move |path: &str| {
        let path = at.join(path);
        if let Some(snapshot) = disk.who(&path) {
            return Some(format!("{} names it", name(snapshot, &at)));
        }
        trashed.iter().find_map(|(batch, named)| {
            let snapshot = name(named.who(&path)?, &at);
            Some(format!(
                "{snapshot}, which the batch {} can bring back, names it",
                scrub(batch)
            ))
        })
    }))
}

/// All batches in the trashes that can be seen from some roots.
///
/// # Errors
/// When one cannot be looked into.
pub(super) fn trashes(roots: &[Root], snapshots: &[Location]) -> Result<Vec<Found>, String> {
    let places: Vec<Location> = roots.iter().map(|root| root.location.clone()).collect();
    let mut search = Search::default();
    for root in roots {
        if let Ok(path) = path_of(&root.location) {
            search.everywhere_below(path, root.depth);
        }
    }
    for place in ours::places(&places, snapshots) {
        if let Ok(path) = path_of(&place) {
            search.at(path);
        }
    }
    let found: Result<Vec<Found>, _> = search.found().into_iter().collect();
    found.map_err(|error| error.to_string())
}

/// A snapshot for people, below the root where it lies there.
fn name(snapshot: &Location, root: &Path) -> String {
    let root = location_of(root).ok();
    let below = root.as_ref().and_then(|root| snapshot.relative_to(root));
    below.map_or_else(
        || snapshot.shown().into_owned(),
        |below| scrub_bytes(below).into_owned(),
    )
}
