//! What became of snapshots that are not seen any more.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Chronicle, News, Phase, Witness};
use crate::analysis::timeline::Life;
use crate::domain::event::{Ending, Sketch, What};
use crate::domain::id::JobId;
use crate::domain::location::Location;
use crate::domain::snapshot::{Kind, Snapshot};

impl Chronicle {
    /// A snapshot is not seen any more; `since` when it was last known to be there, if nobody watched since.
    pub(super) fn miss(
        &mut self,
        at: &Location,
        since: Option<Timestamp>,
        news: &mut News,
        witness: &dyn Witness,
    ) {
        let Some(life) = self
            .timeline
            .life(at)
            .filter(|life| life.is_there())
            .cloned()
        else {
            return;
        };
        // With its root, everything is out of sight; and what cannot be looked at is not gone.
        if self.phase(at) == Phase::Lost || !witness.is_gone(at) {
            return;
        }
        let taken = witness.taken(at);
        let how = if taken.is_some() {
            Ending::Trashed
        } else {
            let (from, to) = self.run_of(&life.sketch);
            let of_run = |row: &&Snapshot| {
                if life.sketch.is_of_another_program(Sketch::program_of(row)) {
                    return false;
                }
                let known = self.timeline.life(&row.location);
                let at = known.map_or(row.completed_at, |life| life.sketch.completed_at);
                from.is_none_or(|from| at >= Some(from)) && to.is_none_or(|to| at < Some(to))
            };
            let rows = self.rows.values().map(|row| &**row).filter(of_run);
            let by = self.subsumption.by(&life.sketch, rows, since.is_none());
            by.unwrap_or(Ending::Vanished)
        };
        let uri = at.clone();
        news.tell(What::Gone {
            uri,
            how,
            since,
            taken,
        });
    }

    /// When the run of a checkpoint began and when the next one did, by when checkpoints completed, as far as that is known.
    /// Those that share an id of zeros lie in one directory, and each run counts from 1 again: where the number of one is no
    /// greater than that of the one before it, another run has begun.
    fn run_of(&self, sketch: &Sketch) -> (Option<Timestamp>, Option<Timestamp>) {
        let (Some(directory), Some(own)) = (sketch.uri.parent(), sketch.completed_at) else {
            return (None, None);
        };
        if sketch.job.is_some_and(|job| job != JobId::ZERO) {
            return (None, None);
        }
        let lives = self.timeline.lives().chain(self.timeline.former());
        let of_directory = lives.map(|life| &life.sketch).filter(|it| {
            it.kind != Kind::Savepoint
                && it.uri.parent().as_ref() == Some(&directory)
                && !sketch.is_of_another_program(it.program)
        });
        let mut times: Vec<(Timestamp, u64)> = of_directory
            .filter_map(|it| Some((it.completed_at?, it.number?)))
            .collect();
        times.sort_unstable();
        let pairs = times.iter().zip(times.iter().skip(1));
        let begins = pairs.filter(|((_, before), (_, number))| number <= before);
        let begins: Vec<Timestamp> = begins.map(|(_, (at, _))| *at).collect();
        let next = begins.partition_point(|at| *at <= own);
        let from = next.checked_sub(1).and_then(|at| begins.get(at));
        let from = from.copied().max(self.told_begin(sketch));
        (from, begins.get(next).copied())
    }

    /// Tells of what was there once and is not any more, now that all that is there has been seen.
    pub(super) fn look_for_absent(
        &mut self,
        root: &Location,
        news: &mut News,
        witness: &dyn Witness,
    ) {
        let since = self.ended(root);
        let is_absent = |life: &&Arc<Life>| {
            let uri = &life.sketch.uri;
            life.is_there() && !self.rows.contains_key(uri) && self.home(uri) == Some(root)
        };
        let mut absent: Vec<_> = self
            .timeline
            .lives()
            .filter(is_absent)
            .map(|life| (life.sketch.number, life.sketch.uri.clone(), life.first_seen))
            .collect();
        absent.sort();
        for (_, at, first_seen) in absent {
            self.miss(&at, Some(since.unwrap_or(first_seen)), news, witness);
        }
    }

    /// When a root was last watched before it is now. The watch that goes on, or is about to, knows nothing of the time
    /// before it.
    fn ended(&self, root: &Location) -> Option<Timestamp> {
        let watches = self.timeline.watches(root);
        let ended = watches.iter().rev().find(|watch| !watch.is_open);
        ended.map(|watch| watch.to)
    }

    pub(super) fn last_watched(&self, snapshot: &Location) -> Option<Timestamp> {
        let ended = self.home(snapshot).and_then(|root| self.ended(root));
        ended.or_else(|| self.timeline.life(snapshot).map(|life| life.first_seen))
    }
}
