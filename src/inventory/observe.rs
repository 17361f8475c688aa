//! Watching roots: a first look, then whatever changes, for as long as anyone listens.
//!
//! Local directories are watched by the system's notifications. Beside them, always, runs a slow poll: network file
//! systems accept watches and stay silent. Where notifications cannot be had, a faster poll takes their place, and the
//! root's status says so and why.
//!
//! What appears is looked at as soon as the system tells; what happens to a snapshot that was whole, or to a file that one
//! names, a moment later ([`super::doubts`]).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::domain::clock::Clock;
use crate::domain::cluster::Cluster;
use crate::domain::history::JobHistory;
use crate::domain::location::Location;
use crate::domain::snapshot::{RootState, RootStatus, Watching};
use crate::store::Store;
use crossbeam_channel::{Receiver, never, select};

use super::catalog::{Catalog, Rules};
use super::closely;
use super::delta::Delta;
use super::doubts::Doubts;
use super::layout;
use super::native::{self, NativeWatch, Notice};
use super::scan::{self, Findings, Root};

/// How long what something happened to is left alone.
const DOUBT: Duration = Duration::from_millis(500);
/// How long our own files are left alone after a change: nothing of them is deleted piece by piece.
const OWN_PAUSE: Duration = Duration::from_millis(200);
/// A look at everything may take this share of the time at most: one part in four hundred.
const POLL_SHARE: u32 = 400;
/// Notifications come in bursts: a burst is over when it pauses for so long,
const BURST_PAUSE: Duration = Duration::from_millis(10);
/// or has lasted so long.
const BURST_LIMIT: Duration = Duration::from_millis(50);
/// While the first look goes on, rows are passed on at least this far apart.
const FIRST_ROWS: Duration = Duration::from_millis(40);

/// How often everything is looked at, whatever the system tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Where notifications work.
    pub slow: Duration,
    /// Where they do not, or where a root is missing.
    pub fast: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            slow: Duration::from_secs(10),
            fast: Duration::from_secs(2),
        }
    }
}

/// Something to do between two looks, with the catalog as it is then.
pub type Request = Box<dyn FnOnce(&mut Observer) + Send>;

/// Watches roots and keeps a catalog of what is there.
pub struct Observer {
    store: Arc<dyn Store>,
    catalog: Catalog,
    roots: Vec<WatchedRoot>,
    native: Option<NativeWatch>,
    /// How local roots are watched.
    watching: Watching,
    pace: Pace,
    doubts: Doubts,
    /// The same about our own files.
    own: Doubts,
    stopped: Arc<AtomicBool>,
    clock: Arc<dyn Clock>,
    emit: Box<dyn FnMut(Vec<Delta>) + Send>,
}

struct WatchedRoot {
    root: Root,
    status: RootStatus,
    /// Directories below it that may come to hold snapshots.
    directories: BTreeSet<Location>,
}

impl WatchedRoot {
    fn new(root: Root, watching: &Watching) -> Self {
        let mut status = not_yet_seen(&root);
        status.watching = match root.location.local_path() {
            Some(_) => watching.clone(),
            None => Watching::Polling("its store has no notifications".to_owned()),
        };
        Self {
            status,
            root,
            directories: BTreeSet::new(),
        }
    }
}

impl Observer {
    /// An observer of some roots, which passes on what it sees to `emit` until `stopped` is set, and ends soon after that.
    pub fn new(
        store: Arc<dyn Store>,
        rules: Rules,
        roots: Vec<Root>,
        stopped: Arc<AtomicBool>,
        emit: Box<dyn FnMut(Vec<Delta>) + Send>,
    ) -> Self {
        let native = NativeWatch::new();
        let watching = native.as_ref().map_or_else(
            |reason| Watching::Polling(reason.clone()),
            |_| Watching::Native,
        );
        let roots = roots
            .into_iter()
            .map(|root| WatchedRoot::new(root, &watching))
            .collect();
        Self {
            store,
            clock: rules.clock.clone(),
            catalog: Catalog::new(rules),
            roots,
            native: native.ok(),
            watching,
            pace: Pace::default(),
            doubts: Doubts::new(DOUBT),
            own: Doubts::new(OWN_PAUSE),
            stopped,
            emit,
        }
    }

    /// The same, which looks at everything at another pace.
    #[must_use]
    pub fn at_pace(self, pace: Pace) -> Self {
        Self { pace, ..self }
    }

    /// What is known.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Where everything lies.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// Looks at one snapshot and its files as if for the first time.
    pub fn look_afresh_at(&mut self, location: &Location) {
        self.catalog.look_at(&*self.store, location);
        self.catalog.look_for_files_of(&*self.store, location);
        self.settle();
    }

    /// Takes in what a cluster says now.
    pub fn hear(&mut self, cluster: &Cluster) {
        self.catalog.hear(cluster);
        self.settle();
    }

    /// Takes in what is known of where jobs come from.
    pub fn learn(&mut self, histories: Vec<JobHistory>) {
        self.catalog.learn(histories);
        self.settle();
    }

    /// Watches one more place, unless it is watched already.
    pub fn add_root(&mut self, root: Root) {
        let known = |watched: &WatchedRoot| root.location.is_within(&watched.root.location);
        if self.roots.iter().any(known) {
            return;
        }
        let watched = WatchedRoot::new(root, &self.watching);
        self.roots.push(watched);
        self.pass_on_status(self.roots.len() - 1);
        self.look_at_everything();
    }

    /// The directories that are watched.
    pub fn root_locations(&self) -> Vec<Location> {
        self.roots
            .iter()
            .map(|watched| watched.root.location.clone())
            .collect()
    }

    /// The same, with how many levels below each are looked at.
    pub fn roots(&self) -> impl Iterator<Item = Root> {
        self.roots.iter().map(|watched| watched.root.clone())
    }

    /// The directories that were looked in and may come to hold snapshots.
    pub fn directories(&self) -> impl Iterator<Item = &Location> {
        self.roots.iter().flat_map(|watched| &watched.directories)
    }

    /// Watches until stopped. Requests are answered between looks, and between snapshots during the first look.
    pub fn run(&mut self, requests: &Receiver<Request>) {
        self.first_look(requests);
        let mut spent = self.look_at_everything();
        while !self.stopped.load(Ordering::Relaxed) {
            let polled = Instant::now();
            loop {
                // What happens meanwhile may call for a faster poll.
                let next_poll = polled + self.poll_interval().max(spent * POLL_SHARE);
                if Instant::now() >= next_poll || self.stopped.load(Ordering::Relaxed) {
                    break;
                }
                let due = [self.doubts.due(), self.own.due()];
                let next = due.into_iter().flatten().fold(next_poll, Instant::min);
                let silence = never();
                let events = self.native.as_ref().map_or(&silence, NativeWatch::events);
                select! {
                    recv(requests) -> request => match request {
                        Ok(request) => request(self),
                        Err(_) => return,
                    },
                    recv(events) -> event => {
                        if let Ok(event) = event {
                            self.take_burst(event);
                        }
                    }
                    default(next.saturating_duration_since(Instant::now())) => {}
                }
                self.resolve_doubts();
            }
            if !self.stopped.load(Ordering::Relaxed) {
                spent = self.look_at_everything();
            }
        }
    }

    fn poll_interval(&self) -> Duration {
        let native = |watched: &WatchedRoot| {
            watched.status.watching == Watching::Native && watched.status.state == RootState::Ready
        };
        if self.roots.iter().all(native) {
            self.pace.slow
        } else {
            self.pace.fast
        }
    }

    /// Looks at each root for the first time, passing rows on as they come.
    fn first_look(&mut self, requests: &Receiver<Request>) {
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

    fn note_failure(&mut self, at: usize, error: &crate::store::StoreError) {
        let watched = &mut self.roots[at];
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

    /// Takes a notification and those that come with it, and looks where they point.
    fn take_burst(&mut self, first: notify::Result<notify::Event>) {
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
    fn resolve_doubts(&mut self) {
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

    /// Looks at a snapshot's directory, or for snapshots below any other.
    fn look_below(&mut self, place: &Location) {
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

    /// Watches the directories that may come to hold snapshots, and the snapshots that may come to hold metadata; where
    /// there is room those too in which damage would show. What happened in a directory before it was watched is looked at
    /// once more.
    fn watch_what_matters(&mut self) {
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

    /// Passes on what has changed.
    fn settle(&mut self) {
        let deltas = self.catalog.settle(self.clock.now());
        if !deltas.is_empty() {
            self.pass_on(deltas);
        }
    }

    /// Passes something on, unless it is over: the last look may have been broken off then, and what it did not see would
    /// be told as gone.
    fn pass_on(&mut self, deltas: Vec<Delta>) {
        if !self.stopped.load(Ordering::Relaxed) {
            (self.emit)(deltas);
        }
    }

    fn pass_on_status(&mut self, at: usize) {
        let status = self.roots[at].status.clone();
        self.pass_on(vec![Delta::Root(status)]);
    }
}

/// The status of a root before it was ever looked at.
pub fn not_yet_seen(root: &Root) -> RootStatus {
    RootStatus {
        location: root.location.clone(),
        watching: Watching::Off,
        state: RootState::Scanning { found: 0 },
        problems: Vec::new(),
        scanned_at: None,
    }
}
