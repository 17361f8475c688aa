//! What happened to snapshots, folded from events: when each came and completed, who held it, and how it went.
//!
//! Any number of events from the front of a log make a timeline. An event that says what is known already changes
//! nothing, so that two that watched the same root may both have written it down.

mod life;
pub mod log;
mod reasons;
mod run;
#[cfg(test)]
mod tests;
pub mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

pub use self::life::{End, Life, Moment, MomentKind};
pub use self::run::{Run, Stint};
use crate::domain::event::{Ending, Event, Sighting, What};
use crate::domain::id::JobId;
use crate::domain::location::Location;
use crate::domain::snapshot::Health;

/// So many snapshots are remembered; of those that went, the earliest are forgotten first.
const MOST_LIVES: usize = 20_000;

/// What is known of the past.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Timeline {
    lives: BTreeMap<Location, Arc<Life>>,
    /// Those in whose place others were written, the earliest first.
    former: Vec<Arc<Life>>,
    watches: BTreeMap<Location, Vec<Watch>>,
    restores: Vec<Restore>,
    runs: BTreeMap<JobId, Run>,
    last: Option<Timestamp>,
}

/// A stretch of time in which a root was watched without a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watch {
    /// When it began.
    pub from: Timestamp,
    /// Until when it is known to have gone on.
    pub to: Timestamp,
    /// Whether nothing says that it ended.
    pub is_open: bool,
}

/// A job was restored from a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restore {
    /// The snapshot.
    pub from: Location,
    /// The job.
    pub job: JobId,
    /// When.
    pub at: Timestamp,
    /// Whether the job claimed it.
    pub claimed: bool,
}

impl Timeline {
    /// What these events tell, in their order.
    pub fn of<'e>(events: impl IntoIterator<Item = &'e Event>) -> Self {
        let mut timeline = Self::default();
        for event in events {
            timeline.take_in(event);
        }
        timeline
    }

    /// Takes in one more event.
    pub fn take_in(&mut self, event: &Event) {
        let at = event.at;
        self.last = self.last.max(Some(at));
        match &event.what {
            What::WatchBegan { root } => self.begin(root, at),
            What::Watched { root } => self.go_on(root, at),
            What::WatchEnded { root } | What::RootLost { root } => {
                self.go_on(root, at);
                if let Some(watch) = self.open(root) {
                    watch.is_open = false;
                }
                // Where a root is out of sight, clusters are heard all the same.
                if matches!(event.what, What::WatchEnded { .. }) {
                    self.lose_jobs(root, at);
                }
            }
            What::Present(seen)
            | What::Appeared(seen)
            | What::Completed(seen)
            | What::Broke(seen)
            | What::Changed(seen) => self.see(seen, at, matches!(event.what, What::Present(_))),
            What::Gone {
                uri,
                how,
                since,
                taken,
            } => {
                let end = End {
                    at,
                    since: *since,
                    how: how.clone(),
                    taken: taken.clone(),
                };
                self.change(uri, at, |life| life.end(end));
                self.forget();
            }
            What::Torn { uri, taken } => self.change(uri, at, |life| life.tear(at, taken)),
            What::Held { uri, hold } => self.change(uri, at, |life| life.hold(hold, at)),
            What::Released { uri, hold } => self.change(uri, at, |life| life.release(hold, at)),
            What::Marked { uri } => self.change(uri, at, |life| life.mark(true, at)),
            What::Unmarked { uri } => self.change(uri, at, |life| life.mark(false, at)),
            What::Restored {
                uri,
                job,
                started,
                claimed,
            } => self.restore(Restore {
                from: uri.clone(),
                job: *job,
                at: started.unwrap_or(at),
                claimed: *claimed,
            }),
            What::Ran {
                root,
                job,
                name,
                state,
                since,
            } => {
                self.go_on(root, at);
                let run = self.runs.entry(*job);
                let run = run.or_insert_with(|| Run::new(*job, root));
                run.name.clone_from(name);
                match state {
                    Some(state) => run.be(*state, at, *since),
                    None => run.lose(since.unwrap_or(at)),
                }
            }
            What::Log { .. }
            | What::Root { .. }
            | What::Lineages { .. }
            | What::Metadata(_)
            | What::Mapped { .. }
            | What::Files { .. }
            | What::Cluster { .. }
            | What::Job { .. }
            | What::Checkpoint { .. }
            | What::Unknown => {}
        }
    }

    /// Every snapshot that is or was, by place.
    pub fn lives(&self) -> impl Iterator<Item = &Arc<Life>> {
        self.lives.values()
    }

    /// Those in whose place others were written since, the earliest first.
    pub fn former(&self) -> &[Arc<Life>] {
        &self.former
    }

    /// What is known of a snapshot; of the last one, where others lay at its place before.
    pub fn life(&self, at: &Location) -> Option<&Arc<Life>> {
        self.lives.get(at)
    }

    /// Jobs that were restored from snapshots, in the order in which that was noticed.
    pub fn restores(&self) -> &[Restore] {
        &self.restores
    }

    /// Jobs of which is known what they did when, by their ids.
    pub fn runs(&self) -> impl Iterator<Item = &Run> {
        self.runs.values()
    }

    /// What a job did when, as far as is known.
    pub fn run(&self, job: JobId) -> Option<&Run> {
        self.runs.get(&job)
    }

    /// When a root was watched, the earliest first.
    pub fn watches(&self, root: &Location) -> &[Watch] {
        self.watches.get(root).map_or(&[], Vec::as_slice)
    }

    /// The roots that were watched.
    pub fn roots(&self) -> impl Iterator<Item = &Location> {
        self.watches.keys()
    }

    /// The latest moment of which something is known.
    pub fn last(&self) -> Option<Timestamp> {
        self.last
    }

    /// Until when a root was last known to be watched.
    pub fn watched_until(&self, root: &Location) -> Option<Timestamp> {
        self.watches.get(root)?.last().map(|watch| watch.to)
    }

    fn open(&mut self, root: &Location) -> Option<&mut Watch> {
        let last = self.watches.get_mut(root)?.last_mut()?;
        last.is_open.then_some(last)
    }

    /// One that watches anew knows nothing of the time since the last sign of the one before, who left without a word.
    fn begin(&mut self, root: &Location, at: Timestamp) {
        if let Some(watch) = self.open(root) {
            watch.is_open = false;
            let until = watch.to;
            self.lose_jobs(root, until);
        }
        self.watches.entry(root.clone()).or_default().push(Watch {
            from: at,
            to: at,
            is_open: true,
        });
    }

    /// Nobody hears of jobs any more since a moment.
    fn lose_jobs(&mut self, root: &Location, at: Timestamp) {
        for run in self.runs.values_mut().filter(|run| run.root == *root) {
            run.lose(at);
        }
    }

    fn go_on(&mut self, root: &Location, at: Timestamp) {
        if let Some(watch) = self.open(root) {
            watch.to = watch.to.max(at);
        }
    }

    /// Whatever is noticed of a snapshot shows that its root is watched.
    fn is_noticed(&mut self, snapshot: &Location, at: Timestamp) {
        for (root, watches) in &mut self.watches {
            if let Some(watch) = watches.last_mut()
                && watch.is_open
                && snapshot.is_within(root)
            {
                watch.to = watch.to.max(at);
            }
        }
    }

    fn see(&mut self, seen: &Sighting, at: Timestamp, was_there: bool) {
        let sketch = &seen.sketch;
        self.is_noticed(&sketch.uri, at);
        if let Some(life) = self.lives.get_mut(&sketch.uri) {
            let is_on_its_way = sketch.health == Health::InProgress
                && !life.is_there()
                && life.sketch.completed_at.is_some();
            if is_on_its_way {
                // Whether it comes back or is another, its metadata tells, which comes last.
            } else if life.is_followed_by(sketch) {
                let next = Life::follow(life, sketch, at, was_there);
                let mut before = std::mem::replace(life, Arc::new(next));
                Arc::make_mut(&mut before).end(End {
                    at,
                    since: None,
                    how: Ending::Replaced,
                    taken: None,
                });
                self.former.push(before);
                let surplus = self.former.len().saturating_sub(MOST_LIVES / 8);
                self.former.drain(..surplus);
            } else {
                Arc::make_mut(life).see(sketch, at);
            }
        } else {
            let life = Life::new(sketch, at, was_there);
            self.lives.insert(sketch.uri.clone(), Arc::new(life));
        }
    }

    fn change(&mut self, uri: &Location, at: Timestamp, change: impl FnOnce(&mut Life)) {
        self.is_noticed(uri, at);
        if let Some(life) = self.lives.get_mut(uri) {
            change(Arc::make_mut(life));
        }
    }

    fn forget(&mut self) {
        if self.lives.len() <= MOST_LIVES + MOST_LIVES / 8 {
            return;
        }
        let ends = self.lives.values().filter_map(|life| {
            let end = life.end.as_ref()?;
            Some((end.at, life.sketch.uri.clone()))
        });
        let mut ends: Vec<_> = ends.collect();
        ends.sort();
        let surplus = self.lives.len() - MOST_LIVES;
        for (_, uri) in ends.into_iter().take(surplus) {
            self.lives.remove(&uri);
            self.restores.retain(|restore| restore.from != uri);
        }
    }

    fn restore(&mut self, restore: Restore) {
        let known = |it: &Restore| it.from == restore.from && it.job == restore.job;
        if let Some(before) = self.restores.iter_mut().find(|it| known(it)) {
            if before.claimed || !restore.claimed {
                return;
            }
            before.claimed = true;
            let at = before.at;
            // That it was claimed was learned later.
            if let Some(life) = self.lives.get_mut(&restore.from) {
                Arc::make_mut(life).claimed(restore.job, at);
            }
            return;
        }
        if let Some(life) = self.lives.get_mut(&restore.from) {
            let what = MomentKind::Restored {
                job: restore.job,
                claimed: restore.claimed,
            };
            Arc::make_mut(life).note(restore.at, what);
        }
        self.restores.push(restore);
    }
}
