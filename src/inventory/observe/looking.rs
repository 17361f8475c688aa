//! Looking at what is there: for the first time, once more, and below one place.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;

use super::{Observer, Request};
use crate::domain::location::Location;
use crate::domain::snapshot::RootState;
use crate::inventory::scan::{self, Findings, Root};
use crate::store::StoreError;

/// While the first look goes on, rows are passed on at least this far apart.
const FIRST_ROWS: Duration = Duration::from_millis(40);

impl Observer {
    /// Looks at each root for the first time, passing rows on as they come.
    pub(super) fn first_look(&mut self, requests: &Receiver<Request>) {
        for at in 0..self.roots.len() {
            if self.roots[at].status.state == RootState::Ready {
                // Somebody had everything looked at meanwhile.
                continue;
            }
            let root = self.roots[at].root.clone();
            match scan::find(&*self.store, &root, &self.stopped) {
                Ok(None) => return,
                Ok(Some(findings)) => {
                    let snapshots = self.note(at, findings);
                    self.take_in(at, &snapshots, requests);
                    self.catalog.note_watched(&root.location);
                }
                Err(error) => self.note_failure(at, &error),
            }
            self.settle();
        }
    }

    fn take_in(&mut self, at: usize, snapshots: &[Location], requests: &Receiver<Request>) {
        let (mut last, mut spent) = (Instant::now(), Duration::ZERO);
        for (found, snapshot) in snapshots.iter().enumerate() {
            if self.stopped.load(Ordering::Relaxed) {
                return;
            }
            self.catalog.look_at(&*self.store, snapshot);
            // The longer settling takes, the rarer it gets, so that it never outweighs the looking.
            if last.elapsed() >= FIRST_ROWS.max(spent * 8) {
                self.roots[at].status.state = RootState::Scanning { found: found + 1 };
                self.pass_on_status(at);
                let started = Instant::now();
                self.settle();
                (last, spent) = (Instant::now(), started.elapsed());
                while let Ok(request) = requests.try_recv() {
                    request(self);
                }
                if self.roots[at].status.state == RootState::Ready {
                    // So it was: what is left to take in is taken in, and nobody is told that it begins anew.
                    return;
                }
            }
        }
    }

    /// Looks at every root again, and at every file that is named from elsewhere. Returns how long it took.
    pub fn look_at_everything(&mut self) -> Duration {
        let started = Instant::now();
        for at in 0..self.roots.len() {
            let root = self.roots[at].root.clone();
            match scan::find(&*self.store, &root, &self.stopped) {
                Ok(None) => return started.elapsed(),
                Ok(Some(findings)) => {
                    let snapshots = self.note(at, findings);
                    self.reconcile(&root.location, &snapshots);
                    self.catalog.note_watched(&root.location);
                    self.roots[at].status.state = RootState::Ready;
                    self.roots[at].status.scanned_at = Some(self.clock.now());
                }
                Err(error) => {
                    self.reconcile(&root.location, &[]);
                    self.note_failure(at, &error);
                }
            }
        }
        self.catalog.look_for_files_again(&*self.store);
        self.watch_what_matters();
        self.settle();
        for at in 0..self.roots.len() {
            self.pass_on_status(at);
        }
        started.elapsed()
    }

    /// Keeps what a walk below a root found, and returns the snapshots.
    fn note(&mut self, at: usize, findings: Findings) -> Vec<Location> {
        let watched = &mut self.roots[at];
        self.catalog
            .note_jobs(&*self.store, &watched.root.location, &findings.directories);
        watched.directories = findings.directories.into_iter().collect();
        watched.status.problems = findings.problems.iter().map(ToString::to_string).collect();
        findings.snapshots
    }

    fn note_failure(&mut self, at: usize, error: &StoreError) {
        let watched = &mut self.roots[at];
        self.catalog.note_lost(&watched.root.location);
        watched.directories.clear();
        watched.status.state = if error.is_absence() {
            RootState::Missing
        } else {
            RootState::Failed(error.to_string())
        };
        self.pass_on_status(at);
    }

    /// Brings the catalog in line with the snapshots that are now below a directory.
    fn reconcile(&mut self, directory: &Location, snapshots: &[Location]) {
        let present: BTreeSet<&Location> = snapshots.iter().collect();
        for known in self.catalog.below(directory) {
            if !present.contains(&known) {
                self.catalog.forget(&known);
            }
        }
        for snapshot in snapshots {
            self.catalog.look_again_at(&*self.store, snapshot);
        }
    }

    /// Looks at a snapshot's directory, or for snapshots below any other.
    pub(super) fn look_below(&mut self, place: &Location) {
        if self.catalog.record(place).is_some() {
            self.catalog.look_at(&*self.store, place);
            return;
        }
        let levels = |root: &Root| root.depth.checked_sub(root.level_of(place)?);
        for at in 0..self.roots.len() {
            let Some(depth) = levels(&self.roots[at].root) else {
                continue;
            };
            let below = Root {
                location: place.clone(),
                depth,
            };
            match scan::find(&*self.store, &below, &self.stopped) {
                Ok(None) => return,
                Ok(Some(findings)) => {
                    self.roots[at]
                        .directories
                        .retain(|directory| !directory.is_within(place));
                    self.catalog
                        .note_jobs(&*self.store, place, &findings.directories);
                    self.roots[at].directories.extend(findings.directories);
                    self.reconcile(place, &findings.snapshots);
                    if *place == self.roots[at].root.location
                        && self.roots[at].status.state != RootState::Ready
                    {
                        self.catalog.note_watched(place);
                        self.roots[at].status.state = RootState::Ready;
                        self.roots[at].status.scanned_at = Some(self.clock.now());
                    }
                }
                Err(error) if error.is_absence() => {
                    self.reconcile(place, &[]);
                    self.roots[at]
                        .directories
                        .retain(|directory| !directory.is_within(place));
                    if *place == self.roots[at].root.location {
                        self.note_failure(at, &error);
                    }
                }
                // It is there but cannot be listed: the next poll says so, and nothing is forgotten on a guess.
                Err(_) => {}
            }
        }
    }
}
