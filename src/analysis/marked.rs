//! Which mark counts for a lineage, and whether what it points at can still be restored.

use jiff::Timestamp;

use crate::domain::id::JobId;
use crate::domain::mark::Mark;
use crate::domain::snapshot::{Lineage, Snapshot, Verdict};

use super::{latest, overlay};

/// What the marks say of a lineage.
#[derive(Debug, Clone, PartialEq)]
pub enum Marked<'m, 's> {
    /// Nothing.
    No,
    /// This snapshot is marked, and proven to be restorable.
    Yes(&'m Mark, &'s Snapshot),
    /// What is marked cannot be restored, or not any more, for this reason.
    Stale(&'m Mark, String),
}

/// The marks of a lineage, newest first. They belong to it by the snapshot that they name, or by their jobs.
pub fn of_lineage<'m>(marks: &'m [Mark], lineage: &Lineage, rows: &[&Snapshot]) -> Vec<&'m Mark> {
    let names_one = |mark: &Mark| {
        rows.iter()
            .any(|row| row.lineage == lineage.id && is_of(mark, row))
    };
    // One whose snapshot is in sight is of the lineage of that one, whatever jobs it knew.
    let is_seen = |mark: &Mark| rows.iter().any(|row| is_of(mark, row));
    let mut found: Vec<&Mark> = marks
        .iter()
        .filter(|mark| {
            names_one(mark) || (!is_seen(mark) && mark.is_of(&lineage.name, &lineage.jobs))
        })
        .collect();
    found.sort_by_key(|mark| std::cmp::Reverse(mark.at));
    found
}

/// What the newest mark of a lineage says.
pub fn marked<'m, 's>(
    marks: &'m [Mark],
    lineage: &Lineage,
    rows: &[&'s Snapshot],
) -> Marked<'m, 's> {
    let Some(&mark) = of_lineage(marks, lineage, rows).first() else {
        return Marked::No;
    };
    let named = rows
        .iter()
        .copied()
        .find(|row| row.lineage == lineage.id && is_of(mark, row));
    match named {
        Some(row) if row.is_restorable() => Marked::Yes(mark, row),
        Some(row) => Marked::Stale(mark, format!("{} is {}", row.name, row.health_word())),
        None => Marked::Stale(mark, format!("{} is not there", mark.snapshot.shown())),
    }
}

/// A mark on a snapshot, by nobody in particular.
pub fn mark_on(row: &Snapshot, lineage: Option<&Lineage>, at: Timestamp) -> Mark {
    let mut jobs = lineage.map(|it| it.jobs.clone()).unwrap_or_default();
    jobs.extend(row.job_id.filter(|job| !jobs.contains(job)));
    // An id of zeros is many jobs' at once and tells nothing.
    jobs.retain(|job| *job != JobId::ZERO);
    Mark {
        snapshot: row.location.clone(),
        restore_path: latest::restore_path(row),
        lineage: lineage.map(|it| it.name.clone()).unwrap_or_default(),
        jobs,
        by: String::new(),
        at,
        note: String::new(),
    }
}

/// Whether a mark names this snapshot.
pub fn is_of(mark: &Mark, row: &Snapshot) -> bool {
    mark.snapshot.canonical() == row.location.canonical() || overlay::is_at(&mark.restore_path, row)
}

/// Why a mark on this snapshot may not last, where Flink itself will delete it.
pub fn short_lived(row: &Snapshot) -> Option<&'static str> {
    (row.fate.subsumed == Verdict::Deleted).then_some(
        "Flink deletes it once newer checkpoints of a job that lives push it out; a savepoint stays",
    )
}
