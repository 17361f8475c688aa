//! Watching roots: a first look, then whatever changes, for as long as anyone listens.
//!
//! Local directories are watched by the system's notifications. Beside them, always, runs a slow poll: network file
//! systems accept watches and stay silent. Where notifications cannot be had, a faster poll takes their place, and the
//! root's status says so and why.
//!
//! What appears is looked at as soon as the system tells; what happens to a snapshot that was whole, or to a file that one
//! names, a moment later ([`super::doubts`]).

mod looking;
mod watching;

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
use super::delta::Delta;
use super::doubts::Doubts;
use super::native::NativeWatch;
use super::scan::Root;

/// How long what something happened to is left alone.
const DOUBT: Duration = Duration::from_millis(500);
/// How long our own files are left alone after a change: nothing of them is deleted piece by piece.
const OWN_PAUSE: Duration = Duration::from_millis(200);
/// A look at everything may take this share of the time at most: one part in four hundred.
const POLL_SHARE: u32 = 400;

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
