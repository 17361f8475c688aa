//! What is seen of snapshots that are there.

use super::{Chronicle, Detail, News, Phase, Witness};
use crate::domain::event::{Sighting, Sketch, What};
use crate::domain::snapshot::{Health, Kind, Snapshot};

impl Chronicle {
    /// Takes in a row, and tells what is new of it.
    pub(super) fn see(&mut self, row: &Snapshot, news: &mut News) {
        let name = self.names.get(&row.lineage).map_or("", String::as_str);
        let sketch = Sketch::of(row, name);
        let is_seen = self.phase(&row.location) == Phase::Seen;
        // What another run writes at the same place has nothing to do with what lay there.
        let known = self
            .timeline
            .life(&row.location)
            .filter(|life| !life.is_followed_by(&sketch));
        let comes_back = known.is_some_and(|life| !life.is_there());
        let before = known
            .filter(|life| life.is_there())
            .map(|life| &life.sketch);
        // What is left of one without its metadata was that one, as is one whose metadata was only damaged or touched.
        let sketch = match known {
            Some(known) if known.is_there() || sketch.health != Health::InProgress => {
                sketch.carried_on(&known.sketch)
            }
            _ => sketch,
        };
        // Its metadata comes last: until then there is nothing to say of it.
        let is_on_its_way = sketch.health == Health::InProgress
            && known.is_some_and(|life| !life.is_there() && life.sketch.completed_at.is_some());
        let is_old = before.is_none() && is_seen && !comes_back && self.was_brought(&sketch);
        let row = (self.detail == Detail::Rows).then(|| Box::new(row.clone()));
        let (what, sketch): (fn(Sighting) -> What, Sketch) = match before {
            None if !is_seen => (What::Present, sketch),
            None if comes_back => (What::Appeared, sketch),
            None if sketch.is_broken() => (What::Broke, sketch),
            None if sketch.completed_at.is_some() && !is_old => (What::Completed, sketch),
            None => (What::Appeared, sketch),
            // Whoever deletes it takes its metadata first: what is going to happen to it is told when it is over.
            Some(before)
                if before.completed_at.is_some() && sketch.health == Health::InProgress =>
            {
                (What::Changed, before.clone())
            }
            Some(before) if before.completed_at.is_none() && sketch.completed_at.is_some() => {
                (What::Completed, sketch)
            }
            Some(before) if before.health != sketch.health && sketch.is_broken() => {
                (What::Broke, sketch)
            }
            Some(_) => (What::Changed, sketch),
        };
        // What it is made of may not have been known before.
        let is_new = before.is_none_or(|before| {
            !sketch.tells_nothing_new(before) || sketch.content != before.content
        });
        let is_completion = before.is_none_or(|before| before.completed_at.is_none())
            && sketch.completed_at.is_some()
            && is_seen
            && !is_old
            && !comes_back;
        if is_completion {
            self.subsumption.completed(&sketch);
        }
        if (is_new && !is_on_its_way) || row.is_some() {
            news.tell(what(Sighting { sketch, row }));
        }
    }

    /// Whether a checkpoint that was never seen before did not complete just now, as one after it has, but was brought there.
    fn was_brought(&self, sketch: &Sketch) -> bool {
        let (Some(number), directory) = (sketch.number, sketch.uri.parent()) else {
            return false;
        };
        sketch.completed_at.is_some()
            && self.timeline.lives().any(|life| {
                let other = &life.sketch;
                other.number > Some(number)
                    && other.completed_at >= sketch.completed_at
                    && other.kind != Kind::Savepoint
                    && other.uri.parent() == directory
            })
    }

    /// Tells of those that had completed and of which some lies in a trash, as a deletion was ended half-way.
    pub(super) fn look_for_torn(&mut self, news: &mut News, witness: &dyn Witness) {
        for row in self.rows.values() {
            // Where its metadata is there, nothing of it has gone yet, or all has come back.
            if row.completed_at.is_some() {
                continue;
            }
            let known = self.timeline.life(&row.location);
            if known.is_some_and(|life| life.is_there() && life.torn.is_none())
                && let Some(taken) = witness.torn(&row.location)
            {
                let uri = row.location.clone();
                news.tell(What::Torn { uri, taken });
            }
        }
    }
}
