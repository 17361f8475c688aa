//! Jobs of one lineage that are not one line: two that were started from one snapshot go on side by side, and what one of
//! them has left says nothing of what the other needs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::order::COPY_WINDOW;
use super::overlay;
use crate::domain::cluster::Cluster;
use crate::domain::history::JobHistory;
use crate::domain::id::JobId;
use crate::domain::location::Location;
use crate::domain::snapshot::{Health, LineageId, Snapshot};

/// What is known of a job: when it was seen alive, and the jobs that it goes back to. Jobs go by the first six digits of
/// their ids, as the names of savepoints have them.
#[derive(Default)]
struct Line {
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    back_to: BTreeSet<String>,
}

/// For each snapshot the job that took it, where another job of its lineage may have run at the same time: both took
/// snapshots while the other did, or both go back to a third and neither to the other, by the files that they name
/// ([`Facts::jobs`](crate::domain::snapshot::Facts::jobs)) or by what is known of restarts. What lies within seconds may be
/// dated by a copy, and is no evidence.
pub fn apart(snapshots: &[&Snapshot], histories: &[JobHistory]) -> Vec<Option<String>> {
    let mut lineages: BTreeMap<LineageId, BTreeMap<String, Line>> = BTreeMap::new();
    for snapshot in snapshots {
        let Some(job) = job_of(snapshot) else {
            continue;
        };
        let lines = lineages.entry(snapshot.lineage).or_default();
        let line = lines.entry(job).or_default();
        let seen = match snapshot.health {
            Health::InProgress => snapshot.changed_at,
            _ => snapshot.completed_at,
        };
        line.first = [line.first, seen].into_iter().flatten().min();
        line.last = line.last.max(seen);
        let jobs = snapshot.facts.iter().flat_map(|facts| &facts.jobs);
        line.back_to.extend(jobs.cloned());
    }
    let restored: Vec<(String, String)> = histories
        .iter()
        .filter_map(|it| Some((it.job.savepoint_prefix(), taken_by(it.restored.as_ref()?)?)))
        .collect();
    let mut forks: BTreeSet<(LineageId, String)> = BTreeSet::new();
    for (lineage, mut lines) in lineages.into_iter().filter(|(_, lines)| lines.len() > 1) {
        for (job, origin) in &restored {
            if let Some(line) = lines.get_mut(job) {
                line.back_to.insert(origin.clone());
            }
        }
        let all: Vec<(&String, BTreeSet<&String>)> = lines
            .keys()
            .map(|job| (job, ancestors(job, &lines)))
            .collect();
        for (nth, (one, before_one)) in all.iter().enumerate() {
            for (other, before_other) in all.iter().skip(nth + 1) {
                let in_line = before_one.contains(other) || before_other.contains(one);
                let forked = !in_line && !before_one.is_disjoint(before_other);
                if forked || overlap(&lines[*one], &lines[*other]) {
                    forks.extend([one, other].map(|job| (lineage, (*job).clone())));
                }
            }
        }
    }
    let of = |snapshot: &&Snapshot| {
        let key = (snapshot.lineage, job_of(snapshot)?);
        forks.contains(&key).then_some(key.1)
    };
    snapshots.iter().map(of).collect()
}

/// What is known of restarts: by notes, and by what clusters tell.
pub fn histories(restarts: &[JobHistory], clusters: &[Arc<Cluster>]) -> Vec<JobHistory> {
    let told = overlay::jobs(clusters).filter_map(|(_, job)| JobHistory::of(job));
    restarts.iter().cloned().chain(told).collect()
}

/// The job that took a snapshot; an id of zeros is many jobs' at once.
fn job_of(snapshot: &Snapshot) -> Option<String> {
    match snapshot.job_id {
        Some(JobId::ZERO) => None,
        Some(id) => Some(id.savepoint_prefix()),
        None => snapshot.job_prefix.clone(),
    }
}

/// The job that took a snapshot, by its path.
fn taken_by(path: &Location) -> Option<String> {
    std::iter::successors(Some(path.clone()), Location::parent).find_map(|at| job_in(at.name()))
}

/// The job in the name of a directory: its own, or that of a savepoint.
pub(super) fn job_in(name: &[u8]) -> Option<String> {
    if let Ok(id) = JobId::from_hex(name) {
        return (id != JobId::ZERO).then(|| id.savepoint_prefix());
    }
    let (prefix, rest) = name.strip_prefix(b"savepoint-")?.split_at_checked(6)?;
    let is_hex = |text: &[u8]| text.iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let is_savepoint = rest.len() == 13 && rest.starts_with(b"-") && is_hex(prefix);
    let prefix = std::str::from_utf8(prefix).ok()?;
    is_savepoint.then(|| prefix.to_owned())
}

/// All that a job goes back to, over however many others.
fn ancestors<'l>(job: &String, lines: &'l BTreeMap<String, Line>) -> BTreeSet<&'l String> {
    let mut found = BTreeSet::new();
    let mut next: Vec<&String> = lines
        .get(job)
        .map_or_else(Vec::new, |it| it.back_to.iter().collect());
    while let Some(before) = next.pop() {
        if before != job && found.insert(before) {
            next.extend(lines.get(before).into_iter().flat_map(|it| &it.back_to));
        }
    }
    found
}

/// Whether each was seen alive after the other had begun.
fn overlap(one: &Line, other: &Line) -> bool {
    let outlives = |it: &Line, begun: &Line| {
        let (Some(last), Some(first)) = (it.last, begun.first) else {
            return false;
        };
        last.duration_since(first) > COPY_WINDOW
    };
    outlives(one, other) && outlives(other, one)
}

#[cfg(test)]
mod tests;
