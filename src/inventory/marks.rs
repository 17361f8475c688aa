//! Marks for restart that lie beside the snapshots.

use std::fs;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::ours::{self, Ledger};
use crate::domain::id::JobId;
use crate::domain::location::Location;
use crate::domain::mark::Mark;
use crate::domain::text::scrub;

/// The file with the marks in it.
pub const LEDGER: Ledger = Ledger {
    file: "marks.json",
    list: "marks",
    schema: 1,
};

/// The marks that can be seen from some roots, and what could not be read, in words. Of several for one place in the
/// file system the newest counts; nothing is sorted out by lineage here.
pub fn read(roots: &[Location], snapshots: &[Location]) -> (Vec<Mark>, Vec<String>) {
    let (mut marks, mut problems) = (Vec::new(), Vec::new());
    for told in ours::folders(roots, snapshots) {
        // A state directory that cannot be seen, as under sudo, holds no marks of ours.
        if told.is_aside && fs::symlink_metadata(&told.folder).is_err() {
            continue;
        }
        match LEDGER.read(&told.folder) {
            Ok(document) => {
                marks.extend(document.iter().flat_map(|it| marks_of(&told.place, it)));
            }
            Err(reason) => problems.push(reason),
        }
    }
    marks.sort_by_key(|mark| std::cmp::Reverse(mark.at));
    (marks, problems)
}

/// The marks in such a file that belongs to a place; an entry that is none is passed over.
pub fn marks_of(place: &Location, document: &Map<String, Value>) -> Vec<Mark> {
    let entries = LEDGER.entries(document).iter();
    entries.filter_map(|entry| mark_of(place, entry)).collect()
}

/// A mark from its entry in a file that belongs to a place. Its snapshot is where its path from that place leads
/// ([`ours::from_place`]).
pub fn mark_of(place: &Location, entry: &Value) -> Option<Mark> {
    let text = |key: &str| entry.get(key).and_then(Value::as_str);
    let safe = |key: &str| scrub(text(key).unwrap_or_default()).into_owned();
    let jobs = entry.get("jobs").and_then(Value::as_array);
    Some(Mark {
        snapshot: ours::from_place(place, entry)?,
        restore_path: Location::parse(text("restore_path")?.as_bytes()),
        lineage: safe("lineage"),
        jobs: jobs
            .into_iter()
            .flatten()
            .filter_map(|job| JobId::from_hex(job.as_str()?.as_bytes()).ok())
            .collect(),
        by: safe("by"),
        at: text("at")?.parse::<Timestamp>().ok()?,
        note: safe("note"),
    })
}

/// The entry of a mark, as it is told.
pub fn entry(mark: &Mark) -> Value {
    json!({
        "snapshot": mark.snapshot.to_text(),
        "restore_path": mark.restore_path.to_text(),
        "lineage": mark.lineage,
        "jobs": mark.jobs.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "by": mark.by,
        "at": mark.at.to_string(),
        "note": mark.note,
    })
}

/// The entry of a mark in a file that belongs to a place.
pub fn entry_at(place: &Location, mark: &Mark) -> Value {
    let mut entry = entry(mark);
    ours::note_place(place, &mark.snapshot, &mut entry);
    entry
}
