//! Turns what the inventory and the clusters tell into events that are worth keeping.
//!
//! It remembers what was known before, from the log of earlier times on, and says only what is new. How a snapshot went
//! is never guessed: it was subsumed only where Flink's own rule says so, it was moved into a trash only where that
//! trash says so, and else it vanished.

mod clusters;
pub mod contents;
mod goings;
mod jobs;
mod notes;
mod sightings;
mod subsumed;
#[cfg(test)]
mod tests;
mod zeros;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use self::clusters::Clusters;
use self::subsumed::Subsumption;
use self::zeros::Zeros;
use super::delta::Delta;
use crate::analysis::timeline::Timeline;
use crate::domain::cluster::ClusterId;
use crate::domain::event::{Event, Taken, What};
use crate::domain::id::JobId;
use crate::domain::location::Location;
use crate::domain::snapshot::{Lineage, LineageId, RootState, RootStatus, Snapshot};

/// Where nothing happens, it is written down this often that somebody watches.
const BEAT: SignedDuration = SignedDuration::from_mins(5);

/// How much of a snapshot goes into an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// What a timeline needs, when it changes.
    Sketches,
    /// All of its row whenever that changes, with roots, lineages and clusters, so that screens can be drawn again.
    Rows,
}

/// Who can say more of a snapshot that is not seen any more.
pub trait Witness {
    /// Whether it is certain that nothing lies at this place any more.
    fn is_gone(&self, at: &Location) -> bool;
    /// The deletion that moved it into a trash of ours, whose files lie there still or went for good from there.
    fn taken(&self, at: &Location) -> Option<Taken>;
    /// The deletion of it that something ended half-way, so that some of it lies in a trash of ours.
    fn torn(&self, at: &Location) -> Option<Taken>;
}

/// How a root is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Not seen as a whole yet.
    Looking,
    /// All that is in it is known.
    Seen,
    /// Out of sight.
    Lost,
}

/// What is known, to tell what is new.
#[derive(Debug)]
pub struct Chronicle {
    detail: Detail,
    timeline: Timeline,
    roots: BTreeMap<Location, Phase>,
    /// When something was last said of a root.
    said: BTreeMap<Location, Timestamp>,
    statuses: BTreeMap<Location, RootStatus>,
    rows: BTreeMap<Location, Arc<Snapshot>>,
    lineages: Arc<[Lineage]>,
    names: HashMap<LineageId, String>,
    subsumption: Subsumption,
    zeros: Zeros,
    clusters: Clusters,
    /// Which jobs each cluster had when it was heard last; none where it was silent.
    jobs: HashMap<ClusterId, HashSet<JobId>>,
    /// Which of them told last what a job does.
    tellers: HashMap<JobId, ClusterId>,
}

impl Chronicle {
    /// Goes on after these events.
    pub fn after(history: &[Event], detail: Detail) -> Self {
        Self {
            detail,
            timeline: Timeline::of(history),
            roots: BTreeMap::new(),
            said: BTreeMap::new(),
            statuses: BTreeMap::new(),
            rows: BTreeMap::new(),
            lineages: Arc::new([]),
            names: HashMap::new(),
            subsumption: Subsumption::default(),
            zeros: Zeros::default(),
            clusters: Clusters::default(),
            jobs: HashMap::new(),
            tellers: HashMap::new(),
        }
    }

    /// Takes in what is known of a root from before it was watched.
    pub fn remember(&mut self, history: &[Event]) {
        for event in history {
            self.timeline.take_in(event);
        }
    }

    /// All that is known so far.
    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// Whether a root is watched.
    pub fn watches(&self, root: &Location) -> bool {
        self.roots.contains_key(root)
    }

    /// The snapshots that are there.
    pub fn snapshots(&self) -> Vec<Location> {
        self.rows.keys().cloned().collect()
    }

    /// The root that an event is about, or whose snapshot it is about; none for one that is about no root alone.
    pub fn root_of<'r>(&'r self, event: &'r Event) -> Option<&'r Location> {
        let snapshot = match &event.what {
            What::WatchBegan { root }
            | What::Watched { root }
            | What::WatchEnded { root }
            | What::RootLost { root }
            | What::Ran { root, .. } => return Some(root),
            What::Present(seen)
            | What::Appeared(seen)
            | What::Completed(seen)
            | What::Broke(seen)
            | What::Changed(seen) => &seen.sketch.uri,
            What::Gone { uri, .. }
            | What::Torn { uri, .. }
            | What::Held { uri, .. }
            | What::Released { uri, .. }
            | What::Marked { uri }
            | What::Unmarked { uri }
            | What::Restored { uri, .. } => uri,
            What::Root { status } => return Some(&status.location),
            What::Log { .. }
            | What::Lineages { .. }
            | What::Metadata(_)
            | What::Mapped { .. }
            | What::Files { .. }
            | What::Cluster { .. }
            | What::Job { .. }
            | What::Checkpoint { .. }
            | What::Unknown => return None,
        };
        self.home(snapshot)
    }

    fn home(&self, snapshot: &Location) -> Option<&Location> {
        self.roots.keys().find(|root| snapshot.is_within(root))
    }

    fn phase(&self, snapshot: &Location) -> Phase {
        let home = self.home(snapshot).and_then(|root| self.roots.get(root));
        home.copied().unwrap_or(Phase::Looking)
    }

    /// Roots begin to be watched.
    pub fn begin(
        &mut self,
        roots: impl IntoIterator<Item = Location>,
        now: Timestamp,
    ) -> Vec<Event> {
        let mut news = News::at(now);
        for root in roots {
            self.begin_one(&root, &mut news);
        }
        self.keep(news)
    }

    fn begin_one(&mut self, root: &Location, news: &mut News) {
        if !self.roots.contains_key(root) {
            self.roots.insert(root.clone(), Phase::Looking);
            news.tell(What::WatchBegan { root: root.clone() });
        }
    }

    /// Nobody watches any more.
    pub fn end(&mut self, now: Timestamp) -> Vec<Event> {
        let mut news = News::at(now);
        for (root, phase) in &self.roots {
            if *phase != Phase::Lost {
                news.tell(What::WatchEnded { root: root.clone() });
            }
        }
        self.keep(news)
    }

    /// Nobody watched between these moments, as the program was stopped.
    pub fn pause(&mut self, from: Timestamp, to: Timestamp) -> Vec<Event> {
        let mut events = self.end(from);
        let mut news = News::at(to);
        for (root, phase) in &mut self.roots {
            if *phase != Phase::Lost {
                *phase = Phase::Looking;
                news.tell(What::WatchBegan { root: root.clone() });
            }
        }
        events.extend(self.keep(news));
        events
    }

    /// Takes in what the inventory tells.
    pub fn take_in(
        &mut self,
        deltas: &[Delta],
        now: Timestamp,
        witness: &dyn Witness,
    ) -> Vec<Event> {
        let mut news = News::at(now);
        let (mut came, mut went) = (Vec::new(), Vec::new());
        let mut statuses = Vec::new();
        let mut has_lineages = false;
        for delta in deltas {
            match delta {
                Delta::Root(status) => statuses.push(status),
                Delta::Upserted(row) => {
                    self.rows.insert(row.location.clone(), row.clone());
                    came.push(row.clone());
                }
                Delta::Removed(location) => {
                    self.rows.remove(location);
                    went.push(location.clone());
                }
                Delta::Lineages(lineages) => {
                    self.lineages = lineages.clone();
                    has_lineages = true;
                }
                Delta::Ours => {}
            }
        }
        if has_lineages {
            let named = self.lineages.iter();
            self.names = named.map(|it| (it.id, it.name.clone())).collect();
        }
        self.subsumption.begin();
        for row in came {
            self.see(&row, &mut news);
        }
        self.look_for_torn(&mut news, witness);
        went.sort_by_key(|at| self.timeline.life(at).and_then(|life| life.sketch.number));
        for at in went {
            // Before all of its root was seen, nobody knows since when.
            let is_seen = self.phase(&at) == Phase::Seen;
            let since = if is_seen {
                None
            } else {
                self.last_watched(&at)
            };
            self.miss(&at, since, &mut news, witness);
        }
        if has_lineages && self.detail == Detail::Rows {
            let lineages = self.lineages.to_vec();
            news.tell(What::Lineages { lineages });
        }
        for status in statuses {
            self.root(status, &mut news, witness);
        }
        self.keep(news)
    }

    fn root(&mut self, status: &RootStatus, news: &mut News, witness: &dyn Witness) {
        let root = &status.location;
        self.begin_one(root, news);
        let before = self.roots.get(root).copied().unwrap_or(Phase::Looking);
        let now = match &status.state {
            RootState::Scanning { .. } => before,
            RootState::Ready => Phase::Seen,
            RootState::Missing | RootState::Failed(_) => Phase::Lost,
        };
        self.roots.insert(root.clone(), now);
        match (before, now) {
            (Phase::Lost, Phase::Seen) => {
                news.tell(What::WatchBegan { root: root.clone() });
                self.look_for_absent(root, news, witness);
            }
            (Phase::Looking, Phase::Seen) => self.look_for_absent(root, news, witness),
            (Phase::Looking | Phase::Seen, Phase::Lost) => {
                news.tell(What::RootLost { root: root.clone() });
            }
            _ => {}
        }
        let said = self.said.get(root);
        let is_due = said.is_none_or(|said| news.at.duration_since(*said) >= BEAT);
        if now == Phase::Seen && is_due && news.is_silent_of(root) {
            news.tell(What::Watched { root: root.clone() });
        }
        if self.detail == Detail::Rows {
            let same = |known: &RootStatus| {
                RootStatus {
                    scanned_at: status.scanned_at,
                    ..known.clone()
                } == *status
            };
            if !self.statuses.get(root).is_some_and(same) || is_due {
                self.statuses.insert(root.clone(), status.clone());
                let status = Box::new(status.clone());
                news.tell(What::Root { status });
            }
        }
    }

    /// Takes its own news in.
    fn keep(&mut self, news: News) -> Vec<Event> {
        for event in &news.events {
            self.timeline.take_in(event);
            if let Some(root) = self.root_of(event).cloned() {
                self.said.insert(root, event.at);
            }
        }
        news.events
    }
}

/// Events of one moment.
struct News {
    at: Timestamp,
    events: Vec<Event>,
}

impl News {
    fn at(at: Timestamp) -> Self {
        Self {
            at,
            events: Vec::new(),
        }
    }

    fn tell(&mut self, what: What) {
        self.events.push(Event { at: self.at, what });
    }

    fn is_silent_of(&self, root: &Location) -> bool {
        let is_of =
            |event: &Event| matches!(&event.what, What::WatchBegan { root: of } if of == root);
        !self.events.iter().any(is_of)
    }
}
