//! Which directories are watched although no snapshot will appear in them: those where damage would show, and our own.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::ops::ControlFlow;

use crate::domain::id::JobId;
use crate::domain::location::Location;
use crate::store::{EntryKind, Store};

use super::catalog::Catalog;
use super::ours;
use super::record::Record;

/// So many at most: watches count against a limit of the system, and others want some.
const MOST: usize = 4096;

/// The directories that hold files which snapshots name, such as `shared` and `taskowned`, our own in places where snapshots
/// may appear, and the snapshots, the newest first.
pub fn directories(
    catalog: &Catalog,
    store: &dyn Store,
    places: &BTreeSet<Location>,
) -> BTreeSet<Location> {
    let is_local = |at: &&Location| at.local_path().is_some();
    let mut wanted: BTreeSet<Location> = own(store, places);
    let used = catalog.files().directories_in_use();
    let is_snapshot = |at: &&Location| catalog.record(at).is_some();
    let used = used.filter(|at| is_local(at) && !is_snapshot(at));
    wanted.extend(used.take(MOST).cloned());
    let mut records: Vec<&Record> = catalog.records().collect();
    records.sort_by_key(|record| Reverse(record.changed_at));
    let snapshots = records.iter().map(|record| &record.location);
    let room = MOST.saturating_sub(wanted.len());
    wanted.extend(snapshots.filter(is_local).take(room).cloned());
    wanted
}

/// Whether a place is one of our own, or lies in one.
pub fn is_own(place: &Location) -> bool {
    let mut names = place.path().split(|byte| *byte == b'/');
    names.any(|name| name == ours::FOLDER.as_bytes())
}

/// Our own directories in some places, with the trash there and its batches, whose files are left out: they come by the
/// thousand.
fn own(store: &dyn Store, places: &BTreeSet<Location>) -> BTreeSet<Location> {
    let mut own = BTreeSet::new();
    // A job's own directory has none.
    let homes = places
        .iter()
        .filter(|at| JobId::from_hex(at.name()).is_err());
    for home in homes.filter(|at| at.local_path().is_some()) {
        let folder = home.child(ours::FOLDER.as_bytes());
        if store.stat(&folder).is_err() {
            continue;
        }
        let trash = folder.child(b"trash");
        // What cannot be listed is not there, or said elsewhere.
        let _ = store.list(&trash, &mut |batch| {
            if batch.kind == EntryKind::Directory {
                own.insert(trash.child(&batch.name));
            }
            if own.len() < MOST {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        });
        own.extend([trash, folder]);
    }
    own
}
