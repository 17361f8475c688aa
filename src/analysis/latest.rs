//! The snapshot to restart from: the newest one of a lineage that is proven to be restorable.

use crate::domain::id::JobId;
use crate::domain::location::Location;
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

/// The remark that a newer snapshot was passed over for a reason; whoever tells the reasons against each need not say it.
pub fn passed(over: &Snapshot, reason: &str) -> String {
    format!("{} is newer but was passed over, {reason}", over.name)
}

/// What has to be said of snapshots whose metadata cannot be read, which lie in one directory with some of the lineage, are newer than
/// what was chosen of it, and count as another lineage: where no job's id tells whose they are, they may be of this one.
pub fn unread_beside(chosen: &Snapshot, snapshots: &[&Snapshot]) -> Vec<String> {
    let own = snapshots.iter().filter(|row| row.lineage == chosen.lineage);
    let homes: Vec<Location> = own.filter_map(|row| row.location.parent()).collect();
    let is_anybodys = |row: &Snapshot| {
        let zeros = JobId::ZERO.savepoint_prefix();
        row.job_id.is_none_or(|id| id == JobId::ZERO)
            && row
                .job_prefix
                .as_ref()
                .is_none_or(|prefix| *prefix == zeros)
            && row
                .location
                .parent()
                .is_some_and(|home| homes.contains(&home))
    };
    // What cannot even be looked at has no time.
    let is_newer = |row: &Snapshot| match (row.completed_at, chosen.completed_at) {
        (Some(at), Some(chosen)) => at > chosen,
        _ => row.checkpoint_id() > chosen.checkpoint_id(),
    };
    let others = snapshots.iter().filter(|row| row.lineage != chosen.lineage);
    let unread = others.filter(|row| row.health == Health::Corrupt && row.facts.is_none());
    let newer = unread.filter(|row| is_anybodys(row) && is_newer(row));
    let told = newer.map(|row| {
        format!(
            "{} lies in the same directory, and is newer: its metadata cannot be read, and it may be of this lineage",
            row.name
        )
    });
    told.collect()
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

/// The path under which Flink can restore a snapshot.
///
/// Where this machine sees the store under another name than Flink does, that is Flink's name. When the mapping was only
/// concluded, a snapshot that can be moved may have been moved, and is named as it was found; one that cannot be moved
/// restores only where its files have the names in its metadata, and so does its directory.
pub fn restore_path(snapshot: &Snapshot) -> Location {
    let movable = snapshot
        .facts
        .as_ref()
        .is_some_and(|facts| facts.relocatable);
    let concluded = snapshot
        .mapping
        .as_ref()
        .is_some_and(|mapping| mapping.inferred);
    let written = if movable && concluded {
        None
    } else {
        path_as_written(snapshot)
    };
    written.unwrap_or_else(|| snapshot.location.clone())
}

/// The path by which Flink knew a snapshot when it wrote it, where that differs from the one by which it was found.
pub fn path_as_written(snapshot: &Snapshot) -> Option<Location> {
    let mapping = snapshot.mapping.as_ref()?;
    let found = snapshot.location.canonical();
    Some(
        mapping
            .from
            .join(found.relative_to(&mapping.to.canonical())?),
    )
}

fn remarks(chosen: &Snapshot, candidates: &[&Snapshot]) -> Vec<String> {
    let mut remarks = Vec::new();
    let before = candidates
        .iter()
        .take_while(|candidate| candidate.location != chosen.location)
        .count();
    // What cannot even be looked at has no time; in one job's directory its number tells.
    let outnumbers = |candidate: &Snapshot| {
        candidate.completed_at.is_none()
            && candidate.health == Health::Corrupt
            && candidate.location.parent() == chosen.location.parent()
            && candidate.checkpoint_id() > chosen.checkpoint_id()
    };
    let newer = candidates
        .iter()
        .enumerate()
        .filter(|(at, candidate)| *at < before || outnumbers(candidate));
    for (_, passed_over) in newer.filter(|(_, candidate)| candidate.health != Health::InProgress) {
        let reason = reason_against(passed_over);
        remarks.push(passed(passed_over, &reason));
    }
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
            "{} has the higher number but was written earlier: either numbers started again at 1 after a start without \
             state, or a copy changed the times, and then {} is the newer one",
            highest.name, highest.name
        ));
    }
    let movable = chosen.facts.as_ref().is_some_and(|facts| facts.relocatable);
    if let Some(mapping) = chosen
        .mapping
        .as_ref()
        .filter(|mapping| mapping.inferred && !movable)
    {
        remarks.push(format!(
            "it was found under {} but names its files under {}, and can be restored only where they have that name; \
             its path is given as it is there",
            mapping.to, mapping.from
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
