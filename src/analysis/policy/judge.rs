//! From rules to reasons.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::Reason;
use crate::analysis::{forks, order};
use crate::domain::history::JobHistory;
use crate::domain::id::JobId;
use crate::domain::policy::{Policy, Rules, Sort};
use crate::domain::snapshot::{Health, LineageId, Snapshot};

/// What rules are held against apart: a lineage, or a job of it that goes on beside others, and a sort.
type Line = (LineageId, Option<String>);

/// Snapshots that rules are held against together, as numbers in the list of all, newest first.
type Group = Vec<(usize, Zoned)>;

/// Judges snapshots: each, in the order given, with all reasons why it is kept. One without any may go. Days begin and
/// end in `zone`; `held` says which holds stand on a snapshot and whether it is marked, and `histories` is what is known of
/// restarts: jobs of a lineage that went on side by side ([`forks::apart`]) are judged each alone. What is held or marked takes
/// nobody's place: without it as much would stay.
pub fn judge<'a>(
    policy: &Policy,
    snapshots: &[&'a Snapshot],
    held: &dyn Fn(&Snapshot) -> Vec<Reason>,
    histories: &[JobHistory],
    now: Timestamp,
    zone: &TimeZone,
) -> Vec<(&'a Snapshot, Vec<Reason>)> {
    let mut judged: Vec<(&Snapshot, Vec<Reason>)> = snapshots
        .iter()
        .map(|&snapshot| {
            let mut reasons = held(snapshot);
            reasons.extend(out_of_reach(policy, snapshot));
            (snapshot, reasons)
        })
        .collect();
    let apart = forks::apart(snapshots, histories);
    let mut groups: BTreeMap<(Line, Sort), Group> = BTreeMap::new();
    let mut newest: BTreeMap<Line, usize> = BTreeMap::new();
    for (at, completed) in newest_first(snapshots) {
        let snapshot = snapshots[at];
        let line = (snapshot.lineage, apart[at].clone());
        newest.entry(line.clone()).or_insert(at);
        let is_held = |reason: &Reason| matches!(reason, Reason::Hold(_) | Reason::Mark);
        if let Some(time) = completed
            && !judged[at].1.iter().any(is_held)
        {
            let group = (line, Sort::of(snapshot.kind));
            let time = time.to_zoned(zone.clone());
            groups.entry(group).or_default().push((at, time));
        }
    }
    for group in groups.values() {
        let Some((first, _)) = group.first() else {
            continue;
        };
        let rules = policy.rules(snapshots[*first].kind);
        for (at, reason) in kept(rules, group, now) {
            judged[at].1.push(reason);
        }
    }
    let forked: BTreeSet<LineageId> = newest
        .keys()
        .filter_map(|(lineage, job)| job.as_ref().map(|_| *lineage))
        .collect();
    for ((lineage, job), at) in newest {
        match job {
            Some(job) => judged[at].1.push(Reason::NewestOfJob(job)),
            // What others go back to that went on since.
            None if forked.contains(&lineage) => {}
            None => judged[at].1.push(Reason::NewestOfLineage),
        }
    }
    for group in groups.values() {
        for (at, reason) in by_number(policy, snapshots, group, now) {
            if judged[at].1.is_empty() {
                judged[at].1.push(Reason::ByNumber(Box::new(reason)));
            }
        }
    }
    judged
}

/// What rules keep of the checkpoints of one job by their numbers, where its newest by time has not the highest one. Within one
/// run of a job numbers only grow, and a copy may have changed the times; but a start without state counts from 1 again, and then
/// the times are right: nobody knows which. Where several applications share the id of zeros, numbers say nothing.
fn by_number(
    policy: &Policy,
    snapshots: &[&Snapshot],
    group: &Group,
    now: Timestamp,
) -> Vec<(usize, Reason)> {
    let Some((first, _)) = group.first() else {
        return Vec::new();
    };
    let newest = snapshots[*first];
    let number = |at: usize| snapshots[at].checkpoint_id();
    let is_of_one = newest.job_id.is_some_and(|job| job != JobId::ZERO)
        && Sort::of(newest.kind) == Sort::Checkpoint;
    if !is_of_one {
        return Vec::new();
    }
    let home = newest.location.parent();
    let of_job = group
        .iter()
        .filter(|(at, _)| snapshots[*at].location.parent() == home);
    let mut of_job: Group = of_job.cloned().collect();
    // Stable: of two with one number the newer comes first.
    of_job.sort_by_key(|(at, _)| Reverse(number(*at)));
    let is_contradicted = of_job
        .first()
        .is_some_and(|(at, _)| number(*at) > number(*first));
    if is_contradicted {
        kept(policy.rules(newest.kind), &of_job, now)
    } else {
        Vec::new()
    }
}

/// Why no rule judges a snapshot, where none does.
fn out_of_reach(policy: &Policy, snapshot: &Snapshot) -> Option<Reason> {
    if snapshot.health == Health::InProgress {
        Some(Reason::InProgress)
    } else if !snapshot.is_restorable() {
        Some(Reason::NotRestorable(snapshot.health_word()))
    } else if snapshot.completed_at.is_none() {
        Some(Reason::Undated)
    } else if policy.rules(snapshot.kind).is_empty() {
        Some(Reason::NoRule(Sort::of(snapshot.kind).plural()))
    } else {
        None
    }
}

/// Those that can be restored, and when each completed.
fn newest_first(snapshots: &[&Snapshot]) -> Vec<(usize, Option<Timestamp>)> {
    let restorable: Vec<usize> = (0..snapshots.len())
        .filter(|&at| snapshots[at].is_restorable())
        .collect();
    let rows: Vec<&Snapshot> = restorable.iter().map(|&at| snapshots[at]).collect();
    let ages = order::ages(&rows);
    let mut aged: Vec<(order::Age, usize)> = ages.into_iter().zip(restorable).collect();
    aged.sort_by_key(|&(age, at)| (Reverse(age), &snapshots[at].location));
    aged.into_iter()
        .map(|((completed, _), at)| (at, completed))
        .collect()
}

/// What rules keep of a group. As in `internal/restic/snapshot_policy.go` of restic, but that an hour which the clock
/// shows twice is two, that a period is one even where the clock was set back into it, and that what lies at the very
/// end of [`Rules::within`] is within.
fn kept(rules: &Rules, group: &Group, now: Timestamp) -> Vec<(usize, Reason)> {
    let mut kept = Vec::new();
    for ((at, _), rank) in group.iter().zip(1..=rules.last) {
        let of = rules.last;
        kept.push((*at, Reason::Last { rank, of }));
    }
    for (period, count) in rules.periods() {
        let (mut names, mut left) = (BTreeSet::new(), count);
        for (nth, (at, time)) in group.iter().enumerate() {
            if left == 0 {
                break;
            }
            let name = period.name(time);
            let reason = if names.insert(name.clone()) {
                Reason::NewestOf { period, name }
            } else if nth + 1 == group.len() {
                Reason::Oldest(period)
            } else {
                continue;
            };
            kept.push((*at, reason));
            left -= 1;
        }
    }
    if let Some(span) = rules.within {
        // A clock that was ahead once must not make all others look old.
        let latest = group.iter().find(|(_, time)| time.timestamp() <= now);
        let start = latest.and_then(|(_, time)| time.checked_sub(span).ok());
        let is_within = |time: &Zoned| start.as_ref().is_none_or(|start| time >= start);
        for (at, _) in group.iter().filter(|(_, time)| is_within(time)) {
            kept.push((*at, Reason::Within(format!("{span:#}"))));
        }
    }
    kept
}
