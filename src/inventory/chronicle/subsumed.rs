//! Whether Flink's own rule explains that a checkpoint went.
//!
//! A job keeps so many completed checkpoints (`state.checkpoints.num-retained`). When one more completes, the oldest go
//! until that number is left; the newest never goes, and neither does the state of a savepoint
//! (`org.apache.flink.runtime.checkpoint.CheckpointSubsumeHelper#subsume`). So a checkpoint was subsumed only where a
//! newer one has completed and no older one is left. Where the number is known, that many newer ones must be there; where
//! somebody watched, one must have completed for each that went, or as many must be left as were when that was last so.
//!
//! Some releases count savepoints among the retained. They are not counted here: then a checkpoint that was subsumed is said
//! to have vanished, rather than the other way round. Someone who deletes the oldest checkpoint by hand at the very moment
//! at which another completes cannot be told from Flink.

use std::collections::HashMap;

use crate::domain::content::Content;
use crate::domain::event::{Ending, Sketch};
use crate::domain::id::JobId;
use crate::domain::location::Location;
use crate::domain::snapshot::{Kind, Snapshot, Verdict};

/// What is known of how jobs keep checkpoints.
#[derive(Debug, Default)]
pub(super) struct Subsumption {
    /// How many each job keeps, where its cluster's configuration says so.
    retained: HashMap<JobId, u32>,
    /// How many may have gone because others of them completed.
    owed: HashMap<Kin, usize>,
    /// The fewest newer ones that were left when one was subsumed: about as many as are retained.
    left: HashMap<Kin, usize>,
}

/// Those that one job takes: the directory that they lie in, and the program where several may share that.
type Kin = (Location, Option<Content>);

impl Subsumption {
    /// A job keeps so many; where that is set nowhere, the program itself may have set it.
    pub(super) fn keeps(&mut self, job: JobId, retained: Option<u32>) {
        if let Some(retained) = retained.filter(|_| job != JobId::ZERO) {
            self.retained.insert(job, retained);
        }
    }

    /// News are about to be taken in. Of all that completed before, at most one may still be paid for: what Flink deletes, it
    /// deletes when another completes.
    pub(super) fn begin(&mut self) {
        self.owed.retain(|_, owed| {
            *owed = (*owed).min(1);
            *owed > 0
        });
    }

    /// A snapshot completed while somebody watched.
    pub(super) fn completed(&mut self, sketch: &Sketch) {
        if sketch.kind != Kind::Savepoint
            && let Some(directory) = sketch.uri.parent()
        {
            let kin = (directory, sketch.program);
            *self.owed.entry(kin).or_default() += 1;
        }
    }

    /// How this one was pushed out, given those that are still there; none where it was not.
    pub(super) fn by<'r>(
        &mut self,
        gone: &Sketch,
        rows: impl Iterator<Item = &'r Snapshot>,
        was_watched: bool,
    ) -> Option<Ending> {
        let (directory, number) = (gone.uri.parent()?, gone.number?);
        if gone.kind == Kind::Savepoint || !gone.subsumable || gone.completed_at.is_none() {
            return None;
        }
        let is_one = |row: &&Snapshot| {
            row.kind != Kind::Savepoint
                && row.completed_at.is_some()
                && row.location.parent().as_ref() == Some(&directory)
        };
        let mut newer: Vec<(u64, &str)> = Vec::new();
        for row in rows.filter(is_one) {
            match row.checkpoint_id() {
                Some(id) if id > number => newer.push((id, &row.name)),
                Some(id) if id < number && row.fate.subsumed == Verdict::Deleted => return None,
                _ => {}
            }
        }
        let (_, by) = newer.iter().max()?;
        let retained = gone.job.and_then(|job| self.retained.get(&job)).copied();
        if retained.is_some_and(|retained| newer.len() < retained as usize) {
            return None;
        }
        let kin = (directory, gone.program);
        let left = self.left.get(&kin).copied();
        let owed = self.owed.entry(kin.clone()).or_default();
        let is_paid = *owed > 0;
        *owed = owed.saturating_sub(1);
        // Where files go slowly, several may go at once that others have completed for one by one.
        let is_late = left.is_some_and(|left| newer.len() >= left);
        // Of the time when nobody watched, only the number can tell.
        let explains = if was_watched {
            is_paid || is_late
        } else {
            retained.is_some()
        };
        if explains && was_watched {
            let left = left.map_or(newer.len(), |left| left.min(newer.len()));
            self.left.insert(kin, left);
        }
        // With so many newer ones, no other can have been the one too many.
        let is_exact = newer.len() == 1 || retained.is_some_and(|it| newer.len() == it as usize);
        explains.then(|| Ending::Subsumed {
            by: (*by).to_owned(),
            is_exact,
        })
    }
}
