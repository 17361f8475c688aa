//! Watching: what the system tells of, what may mean something only a while later, and what has to be watched so that it tells.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::Observer;
use crate::domain::location::Location;
use crate::domain::snapshot::{RootState, Watching};
use crate::inventory::delta::Delta;
use crate::inventory::native::{self, NativeWatch, Notice};
use crate::inventory::{closely, layout};

/// Notifications come in bursts: a burst is over when it pauses for so long,
const BURST_PAUSE: Duration = Duration::from_millis(10);
/// or has lasted so long.
const BURST_LIMIT: Duration = Duration::from_millis(50);

impl Observer {
    /// Takes a notification and those that come with it, and looks where they point.
    pub(super) fn take_burst(&mut self, first: notify::Result<notify::Event>) {
        let started = Instant::now();
        let mut places = BTreeSet::new();
        let mut lost = self.take_notice(native::notice(first), &mut places);
        while started.elapsed() < BURST_LIMIT {
            let Some(events) = self.native.as_ref().map(NativeWatch::events) else {
                break;
            };
            let Ok(event) = events.recv_timeout(BURST_PAUSE) else {
                break;
            };
            lost |= self.take_notice(native::notice(event), &mut places);
        }
        if lost {
            self.look_at_everything();
            return;
        }
        if places.is_empty() {
            return;
        }
        let before: Vec<RootState> = self
            .roots
            .iter()
            .map(|watched| watched.status.state.clone())
            .collect();
        for place in places {
            self.look_below(&place);
        }
        self.watch_what_matters();
        self.settle();
        // Its rows first: a root that is ready has all of them.
        for (at, before) in before.into_iter().enumerate() {
            let now = &self.roots[at].status.state;
            if *now == RootState::Ready && *now != before {
                self.pass_on_status(at);
            }
        }
    }

    /// Adds the directories to look at after a notification. Returns whether notifications were lost.
    fn take_notice(&mut self, notice: Notice, places: &mut BTreeSet<Location>) -> bool {
        let changed = match notice {
            Notice::Lost => return true,
            Notice::Nothing => return false,
            Notice::Closed(places) => {
                // Whoever is at work in a trash has its lock until it ends, however that comes.
                let own = places.into_iter().filter(closely::is_own);
                own.for_each(|place| self.own.raise(place, Instant::now()));
                return false;
            }
            Notice::Changed(changed) => changed,
        };
        for place in changed {
            if closely::is_own(&place) {
                self.own.raise(place.clone(), Instant::now());
            }
            let Some(native) = &mut self.native else {
                continue;
            };
            if native.watches(&place) && self.store.stat(&place).is_err() {
                native.lost(&place);
            }
            let Some(parent) = place.parent() else {
                continue;
            };
            let watches = native.watches(&parent);
            // State files come by the dozen while a checkpoint is written; only its metadata changes what it is.
            let name = place.name();
            let is_metadata =
                name == layout::METADATA || name.starts_with(layout::METADATA_IN_PROGRESS);
            let may_appear = match self.catalog.record(&parent) {
                Some(record) if record.is_being_written() => is_metadata,
                Some(_) => {
                    self.doubts.raise(parent.clone(), Instant::now());
                    false
                }
                None if self.catalog.files().names_file(&place) => {
                    self.doubts.raise(place.clone(), Instant::now());
                    self.may_hold_snapshots(&parent)
                }
                None => self.may_hold_snapshots(&parent),
            };
            if may_appear && watches {
                places.insert(parent);
            } else if self
                .roots
                .iter()
                .any(|watched| watched.root.location == place)
            {
                places.insert(place);
            }
        }
        false
    }

    fn may_hold_snapshots(&self, directory: &Location) -> bool {
        let mut roots = self.roots.iter();
        roots.any(|watched| watched.directories.contains(directory))
    }

    /// Looks at what something happened to a while ago.
    pub(super) fn resolve_doubts(&mut self) {
        let now = Instant::now();
        let places = self.doubts.take(now);
        for place in &places {
            if self.catalog.record(place).is_some() {
                self.catalog.look_at(&*self.store, place);
            } else {
                self.catalog.look_for_file(&*self.store, place);
            }
        }
        if !places.is_empty() {
            self.watch_what_matters();
            self.settle();
        }
        if !self.own.take(now).is_empty() {
            // Batches may have come or gone.
            self.watch_what_matters();
            self.pass_on(vec![Delta::Ours]);
        }
    }

    /// Watches the directories that may come to hold snapshots, and the snapshots that may come to hold metadata; where
    /// there is room those too in which damage would show. What happened in a directory before it was watched is looked at
    /// once more.
    pub(super) fn watch_what_matters(&mut self) {
        // New directories can hold new directories; a tree that grows faster than this is left to the poll.
        for _ in 0..8 {
            let Some(native) = &mut self.native else {
                return;
            };
            let local = |at: &&Location| at.local_path().is_some();
            let mut wanted: BTreeSet<Location> = self
                .roots
                .iter()
                .flat_map(|watched| &watched.directories)
                .filter(local)
                .cloned()
                .collect();
            let also = closely::directories(&self.catalog, &*self.store, &wanted);
            wanted.extend(self.catalog.without_metadata().filter(local).cloned());
            match native.watch_only(&wanted, &also) {
                Ok(added) if added.is_empty() => return,
                Ok(added) => added.into_iter().for_each(|it| self.look_into(it, &wanted)),
                Err(reason) => {
                    self.native = None;
                    self.watching = Watching::Polling(reason.clone());
                    for watched in &mut self.roots {
                        watched.status.watching = Watching::Polling(reason.clone());
                    }
                }
            }
        }
    }

    /// Looks into a directory that is watched from now on.
    fn look_into(&mut self, directory: Location, wanted: &BTreeSet<Location>) {
        if wanted.contains(&directory) {
            self.look_below(&directory);
        } else if closely::is_own(&directory) {
            self.own.raise(directory, Instant::now());
        } else if self.catalog.record(&directory).is_some() {
            self.catalog.look_again_at(&*self.store, &directory);
        }
    }
}
