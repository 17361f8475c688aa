//! The snapshot to restart from: the newest one of a lineage that is proven to be restorable.

use crate::domain::snapshot::{Health, Kind, Snapshot};
use crate::domain::text::scrub;

use super::order;

/// The outcome of the search within one lineage.
#[derive(Debug, Clone)]
pub struct Choice<'a> {
    /// The newest restorable snapshot, if any.
    pub chosen: Option<&'a Snapshot>,
    /// All others, newest first, each with the reason why it was not chosen.
    pub runners_up: Vec<(&'a Snapshot, String)>,
    /// What an operator should know before trusting the choice.
    pub remarks: Vec<String>,
}

/// Chooses among the snapshots of one lineage.
pub fn choose<'a>(snapshots: impl IntoIterator<Item = &'a Snapshot>) -> Choice<'a> {
    let mut candidates: Vec<&Snapshot> = snapshots.into_iter().collect();
    order::newest_first(&mut candidates);
    let chosen = candidates
        .iter()
        .copied()
        .find(|snapshot| snapshot.is_restorable());
    let runners_up = candidates
        .iter()
        .filter(|&&snapshot| chosen.is_none_or(|chosen| chosen.location != snapshot.location))
        .map(|&snapshot| (snapshot, reason_against(snapshot)))
        .collect();
    let remarks = chosen.map_or_else(Vec::new, |chosen| remarks(chosen, &candidates));
    Choice {
        chosen,
        runners_up,
        remarks,
    }
}

/// Why a snapshot is not the one to restart from.
fn reason_against(snapshot: &Snapshot) -> String {
    let finding = || {
        snapshot
            .findings
            .first()
            .map_or_else(String::new, |finding| format!(": {}", scrub(finding)))
    };
    match snapshot.health {
        Health::Complete if snapshot.unchecked_files > 0 => {
            format!(
                "{} of its files could not be looked at{}",
                snapshot.unchecked_files,
                finding()
            )
        }
        Health::Complete => "older".to_owned(),
        Health::InProgress => "still in progress".to_owned(),
        Health::Incomplete | Health::Corrupt | Health::Abandoned | Health::Empty => {
            format!("{}{}", snapshot.health_word(), finding())
        }
    }
}

fn remarks(chosen: &Snapshot, candidates: &[&Snapshot]) -> Vec<String> {
    let mut remarks = Vec::new();
    let siblings = candidates
        .iter()
        .filter(|s| s.location.parent() == chosen.location.parent() && s.job_prefix.is_none());
    let highest = siblings
        .filter(|s| s.is_restorable())
        .max_by_key(|s| s.checkpoint_id());
    if let Some(highest) = highest
        && highest.checkpoint_id() > chosen.checkpoint_id()
        && chosen.kind != Kind::Savepoint
    {
        remarks.push(format!(
            "{} has the higher number but was written earlier: numbers start again at 1 after a start without state",
            highest.name
        ));
    }
    if let Some(mapping) = chosen.mapping.as_ref().filter(|mapping| mapping.inferred) {
        remarks.push(format!(
            "its metadata names files under {}, found here under {}; Flink reads the paths as its metadata has them, so \
             they must exist under that name where the job runs",
            mapping.from, mapping.to
        ));
    }
    if chosen.kind_inferred {
        remarks.push(format!(
            "that it is a {} was concluded from its place",
            chosen.kind.phrase()
        ));
    }
    remarks
}
