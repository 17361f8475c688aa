//! Restarts that were proven, kept beside the snapshots: a job's id changes with each, and nothing that Flink leaves on
//! disk tells which job went on with what.

use std::fs;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::ours::{self, Ledger};
use crate::domain::claim::ClaimMode;
use crate::domain::history::JobHistory;
use crate::domain::id::JobId;
use crate::domain::location::Location;

/// The file with the restarts in it.
pub const LEDGER: Ledger = Ledger {
    file: "restarts.json",
    list: "restarts",
    schema: 1,
};

/// The restarts that can be seen from some roots. What cannot be read is passed over: lineages are then told apart more
/// than need be, as without it.
pub fn read(roots: &[Location], snapshots: &[Location]) -> Vec<JobHistory> {
    look(roots, snapshots).0
}

/// The same, with what could not be read, in words: for whoever has to know all of them.
pub fn look(roots: &[Location], snapshots: &[Location]) -> (Vec<JobHistory>, Vec<String>) {
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for told in ours::folders(roots, snapshots) {
        if told.is_aside && fs::symlink_metadata(&told.folder).is_err() {
            continue;
        }
        match LEDGER.read(&told.folder) {
            Ok(Some(document)) => {
                found.extend(LEDGER.entries(&document).iter().filter_map(history_of));
            }
            Ok(None) => {}
            Err(why) => problems.push(why),
        }
    }
    (found, problems)
}

/// A restart from its entry.
pub fn history_of(entry: &Value) -> Option<JobHistory> {
    let text = |key: &str| entry.get(key).and_then(Value::as_str);
    let job = JobId::from_hex(text("job")?.as_bytes()).ok()?;
    (job != JobId::ZERO).then_some(JobHistory {
        job,
        started_at: Some(text("started_at")?.parse::<Timestamp>().ok()?),
        ended_at: None,
        restored: Some(Location::parse(text("restored")?.as_bytes())),
        claim_mode: text("claim_mode").and_then(ClaimMode::of),
        taken: Vec::new(),
    })
}

/// The entry of a job that was started at a moment from a snapshot, in some mode.
pub fn entry(job: JobId, started_at: Timestamp, restored: &Location, mode: ClaimMode) -> Value {
    json!({
        "job": job.to_string(),
        "started_at": started_at.to_string(),
        "restored": restored.to_text(),
        "claim_mode": mode.constant(),
    })
}
