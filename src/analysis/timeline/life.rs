//! The life of one snapshot.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::domain::event::{Ending, Sketch};
use crate::domain::id::JobId;

/// No more moments of one snapshot are remembered.
const MOST_MOMENTS: usize = 200;

/// What is known of a snapshot, from when it was first seen until it went.
#[derive(Debug, Clone, PartialEq)]
pub struct Life {
    /// How it looked when it was last seen.
    pub sketch: Sketch,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// Whether it was there already when it could first be seen, so that it is older than that.
    pub was_there: bool,
    /// How it went, unless it is still there as far as is known.
    pub end: Option<End>,
    /// What happened to it, the earliest first.
    pub moments: Vec<Moment>,
    /// Names of the holds on it.
    pub holds: BTreeSet<String>,
    /// Whether it is marked for restart.
    pub is_marked: bool,
}

/// How a snapshot went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// When that was noticed.
    pub at: Timestamp,
    /// When it was last known to be there, where nobody watched since.
    pub since: Option<Timestamp>,
    /// How.
    pub how: Ending,
}

/// Something that happened to a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: MomentKind,
}

/// What happened to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MomentKind {
    /// It was there when it could first be seen.
    WasThere,
    /// It appeared.
    Appeared,
    /// It completed.
    Completed,
    /// It broke, and is called this since.
    Broke(&'static str),
    /// It could be restored again.
    Mended,
    /// It was held under this name.
    Held(String),
    /// The hold of this name ended.
    Released(String),
    /// It was marked for restart.
    Marked,
    /// It was marked no more.
    Unmarked,
    /// A job was restored from it.
    Restored {
        /// Which.
        job: JobId,
        /// Whether the job claimed it.
        claimed: bool,
    },
    /// It went.
    Ended(Ending),
    /// It came back.
    Returned,
}

impl Life {
    /// Of a snapshot of which nothing is known but that it is there now.
    pub fn of(sketch: &Sketch, now: Timestamp) -> Self {
        Self::new(sketch, now, true)
    }

    pub(super) fn new(sketch: &Sketch, at: Timestamp, was_there: bool) -> Self {
        let mut life = Self {
            sketch: sketch.clone(),
            first_seen: at,
            was_there,
            end: None,
            moments: Vec::new(),
            holds: BTreeSet::new(),
            is_marked: false,
        };
        let first = if was_there {
            MomentKind::WasThere
        } else {
            MomentKind::Appeared
        };
        match sketch.completed_at {
            Some(completed) if completed <= at => {
                life.note(completed, MomentKind::Completed);
                if was_there {
                    life.note(at, first);
                }
            }
            // By a clock that is ahead of ours.
            Some(completed) => life.note(completed, MomentKind::Completed),
            None => life.note(at, first),
        }
        if sketch.is_broken() {
            life.note(at, MomentKind::Broke(sketch.health.word()));
        }
        life
    }

    /// Where on a timeline it belongs: when it completed, else when it was last seen to be worked at before it was known,
    /// else when it was first seen.
    pub fn placed_at(&self) -> Timestamp {
        let begun = self.sketch.changed_at.map(|at| at.min(self.first_seen));
        self.sketch
            .completed_at
            .or(begun)
            .unwrap_or(self.first_seen)
    }

    /// Whether it is still there, as far as is known.
    pub fn is_there(&self) -> bool {
        self.end.is_none()
    }

    pub(super) fn note(&mut self, at: Timestamp, what: MomentKind) {
        let place = self.moments.partition_point(|moment| moment.at <= at);
        self.moments.insert(place, Moment { at, what });
        if self.moments.len() > MOST_MOMENTS {
            // How it began stays.
            self.moments.remove(1);
        }
    }

    pub(super) fn see(&mut self, sketch: &Sketch, at: Timestamp) {
        if self.end.take().is_some() {
            self.note(at, MomentKind::Returned);
        }
        let before = std::mem::replace(&mut self.sketch, sketch.clone());
        if let (None, Some(completed)) = (before.completed_at, sketch.completed_at) {
            self.note(completed, MomentKind::Completed);
        }
        match (before.is_broken(), sketch.is_broken()) {
            (_, true) if before.health != sketch.health => {
                self.note(at, MomentKind::Broke(sketch.health.word()));
            }
            (true, false) => self.note(at, MomentKind::Mended),
            _ => {}
        }
    }

    pub(super) fn end(&mut self, at: Timestamp, how: &Ending, since: Option<Timestamp>) {
        if self.end.is_some() {
            return;
        }
        self.note(at, MomentKind::Ended(how.clone()));
        self.end = Some(End {
            at,
            since,
            how: how.clone(),
        });
    }

    pub(super) fn hold(&mut self, name: &str, at: Timestamp) {
        if self.holds.insert(name.to_owned()) {
            self.note(at, MomentKind::Held(name.to_owned()));
        }
    }

    pub(super) fn release(&mut self, name: &str, at: Timestamp) {
        if self.holds.remove(name) {
            self.note(at, MomentKind::Released(name.to_owned()));
        }
    }

    pub(super) fn mark(&mut self, is_marked: bool, at: Timestamp) {
        if std::mem::replace(&mut self.is_marked, is_marked) != is_marked {
            let what = if is_marked {
                MomentKind::Marked
            } else {
                MomentKind::Unmarked
            };
            self.note(at, what);
        }
    }
}
