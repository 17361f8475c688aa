//! The life of one snapshot.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::domain::event::{Ending, Sketch, Taken};
use crate::domain::id::JobId;
use crate::domain::snapshot::Kind;

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
    /// How many others lay at its place before it, one after the other, each of a run of its own.
    pub turn: u32,
    /// How it went, unless it is still there as far as is known.
    pub end: Option<End>,
    /// The deletion that was ended half-way, some of it being in the trash.
    pub torn: Option<Taken>,
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
    /// The deletion that moved it into the trash, where it was one and that is known.
    pub taken: Option<Taken>,
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
    /// It cannot be restored, for this reason.
    Broke(String),
    /// It had completed, and was damaged like this.
    Damaged(String),
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
    /// It was written in place of another that had completed at a moment.
    Followed(Timestamp),
    /// A deletion of ours was ended half-way.
    Torn(Taken),
    /// It went, where it was a deletion of ours by this one.
    Ended(Ending, Option<Taken>),
    /// It came back.
    Returned,
    /// It came back out of the trash.
    PutBack,
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
            turn: 0,
            end: None,
            torn: None,
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
            life.note(at, broke(None, sketch));
        }
        life
    }

    /// Whether this is another snapshot, in its place.
    pub fn is_followed_by(&self, sketch: &Sketch) -> bool {
        if self.end.is_some() {
            sketch.is_written_after(&self.sketch)
        } else {
            sketch.is_another_than(&self.sketch)
        }
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

    /// The job that claimed it last, before it went.
    pub fn claim(&self) -> Option<JobId> {
        let restores = self.restores().into_iter().rev();
        let mut claims = restores.filter_map(|(job, claimed)| claimed.then_some(job));
        claims.next()
    }

    /// The job that was restored last from a checkpoint before it went, of which REST does not tell whether that was claimed.
    /// Of a savepoint it does.
    pub fn restored_by(&self) -> Option<JobId> {
        if self.sketch.kind == Kind::Savepoint {
            return None;
        }
        let last = self.restores().into_iter().next_back();
        last.map(|(job, _)| job)
    }

    /// The jobs that were restored from it before it went, and whether they are known to have claimed it.
    fn restores(&self) -> Vec<(JobId, bool)> {
        let until = self.end.as_ref().map(|end| end.at);
        let moments = self.moments.iter();
        let before = moments.filter(|moment| until.is_none_or(|until| moment.at <= until));
        before
            .filter_map(|moment| match moment.what {
                MomentKind::Restored { job, claimed } => Some((job, claimed)),
                _ => None,
            })
            .collect()
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
        match self.end.take().map(|end| end.how) {
            None => {}
            Some(Ending::Trashed) => self.note(at, MomentKind::PutBack),
            Some(_) => self.note(at, MomentKind::Returned),
        }
        if !sketch.is_broken() && sketch.completed_at.is_some() {
            self.torn = None;
        }
        let sketch = &sketch.clone().carried_on(&self.sketch);
        let before = std::mem::replace(&mut self.sketch, sketch.clone());
        if let (None, Some(completed)) = (before.completed_at, sketch.completed_at) {
            self.note(completed, MomentKind::Completed);
        }
        match (before.is_broken(), sketch.is_broken()) {
            (_, true) if before.health != sketch.health => {
                self.note(at, broke(Some(&before), sketch));
            }
            (true, false) => self.note(at, MomentKind::Mended),
            _ => {}
        }
    }

    /// Another that was written in its place, as it was first seen.
    pub(super) fn follow(before: &Self, sketch: &Sketch, at: Timestamp, was_there: bool) -> Self {
        let mut life = Self::new(sketch, at, was_there);
        life.turn = before.turn + 1;
        if let Some(completed) = before.sketch.completed_at {
            life.note(at, MomentKind::Followed(completed));
        }
        life
    }

    pub(super) fn tear(&mut self, at: Timestamp, taken: &Taken) {
        if self.torn.as_ref() != Some(taken) {
            self.torn = Some(taken.clone());
            self.note(at, MomentKind::Torn(taken.clone()));
        }
    }

    pub(super) fn end(&mut self, end: End) {
        if self.end.is_some() {
            return;
        }
        let what = MomentKind::Ended(end.how.clone(), end.taken.clone());
        self.note(end.at, what);
        self.torn = None;
        self.end = Some(end);
    }

    /// The job that was restored from it at a moment claimed it.
    pub(super) fn claimed(&mut self, by: JobId, at: Timestamp) {
        for moment in self.moments.iter_mut().filter(|it| it.at == at) {
            if let MomentKind::Restored { job, claimed } = &mut moment.what {
                *claimed |= *job == by;
            }
        }
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

/// What happened to one that looks like this now, and like that before.
fn broke(before: Option<&Sketch>, now: &Sketch) -> MomentKind {
    let was_whole = before.is_some_and(|it| it.completed_at.is_some() && !it.is_broken());
    match &now.damage {
        Some(why) if was_whole => MomentKind::Damaged(why.clone()),
        Some(why) => MomentKind::Broke(why.clone()),
        None => MomentKind::Broke(now.health.word().to_owned()),
    }
}
