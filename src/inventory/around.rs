//! Where else snapshots may lie that have to do with one: its own job's, and those of a job that goes on with it.
//!
//! Every job writes into a directory of its own below one for all (`execution.checkpointing.dir`), so that whoever claimed a
//! checkpoint is looked for beside the directory of the job that took it, and beside those of all whose files it names. A
//! savepoint does not tell where its job's checkpoints lie; they are looked for in the directories beside it and beside that of
//! savepoints.

use std::ops::ControlFlow;

use super::layout;
use super::opened::Opened;
use super::record::Record;
use super::scan::Root;
use crate::domain::id::JobId;
use crate::domain::location::Location;
use crate::store::{Entry, EntryKind, Store};

/// So many directories beside a savepoint, and beside that of savepoints, are looked into.
const BESIDE: usize = 50;

/// The roots to look from, given what is known of the snapshot and of where its files lie; none for what is no snapshot.
pub fn roots(opened: &Opened, snapshot: &Location) -> Vec<Root> {
    let catalog = &opened.catalog;
    if catalog.row(snapshot).is_none() {
        return Vec::new();
    }
    let uses = catalog.record(snapshot).map_or(&[][..], Record::uses);
    let files = catalog.files();
    let mut directories: Vec<_> = uses.iter().map(|it| files.directory_of(it.file)).collect();
    directories.sort_unstable();
    directories.dedup();
    let named = directories
        .into_iter()
        .map(|it| files.directory_location(it).clone());
    let mut found: Vec<Root> = Vec::new();
    let homes = std::iter::once(snapshot.clone())
        .chain(named)
        .filter_map(|at| home(&at));
    let beside = if layout::job_of(snapshot).is_none() {
        beside_savepoints(&opened.store, snapshot)
    } else {
        Vec::new()
    };
    for root in homes.chain(beside) {
        if !found.contains(&root) {
            found.push(root);
        }
    }
    found
}

/// The root that has all that lies like this: the directory of all jobs around that of one, or that of savepoints around one.
fn home(place: &Location) -> Option<Root> {
    let mut at = place.clone();
    let mut below = Vec::new();
    while let Some(parent) = at.parent() {
        if JobId::from_hex(at.name()).is_ok() {
            // The changelog's own directory has no snapshots in it.
            return (below != b"dstl").then_some(Root {
                location: parent,
                depth: 2,
            });
        }
        if layout::savepoint_job_prefix(at.name()).is_some() {
            return Some(Root {
                location: parent,
                depth: 1,
            });
        }
        below = at.name().to_vec();
        at = parent;
    }
    None
}

/// The directories beside a savepoint, and beside that of savepoints, that have directories of jobs in them.
fn beside_savepoints(store: &dyn Store, savepoint: &Location) -> Vec<Root> {
    let savepoints = savepoint.parent();
    let around = savepoints.as_ref().and_then(Location::parent);
    let places = [&savepoints, &around].into_iter().flatten();
    let beside = places.flat_map(|place| directories_in(store, place));
    let holds_jobs = |at: &Location| {
        has(store, at, &|entry| {
            let is_job = is_directory(entry) && JobId::from_hex(&entry.name).is_ok();
            is_job && has(store, &at.child(&entry.name), &is_of_job)
        })
    };
    beside
        .filter(|at| Some(at) != savepoints.as_ref() && holds_jobs(at))
        .map(|location| Root { location, depth: 2 })
        .collect()
}

/// The first directories in one, but for savepoints; none where it cannot be listed.
fn directories_in(store: &dyn Store, place: &Location) -> Vec<Location> {
    let mut found = Vec::new();
    // Nothing below the root of a file system is there because of Flink.
    if place.parent().is_none() {
        return found;
    }
    let listed = store.list(place, &mut |entry| {
        if is_directory(&entry) && layout::savepoint_job_prefix(&entry.name).is_none() {
            found.push(place.child(&entry.name));
        }
        if found.len() > BESIDE {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    if listed.is_err() {
        return Vec::new();
    }
    found.sort_unstable();
    found
}

/// Whether a directory has such an entry; not where it cannot be listed.
fn has(store: &dyn Store, directory: &Location, wanted: &dyn Fn(&Entry) -> bool) -> bool {
    let mut found = false;
    let listed = store.list(directory, &mut |entry| {
        found = wanted(&entry);
        if found {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    listed.is_ok() && found
}

/// What Flink makes in the directory of a job.
fn is_of_job(entry: &Entry) -> bool {
    let name = entry.name.as_slice();
    is_directory(entry)
        && (layout::holds_state_files(name, true) || layout::checkpoint_number(name).is_some())
}

fn is_directory(entry: &Entry) -> bool {
    entry.kind == EntryKind::Directory && !entry.is_link
}
