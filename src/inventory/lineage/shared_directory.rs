//! Applications that share a directory: without directories for jobs, or where all jobs have the id of zeros.

use std::collections::{BTreeMap, BTreeSet};

use super::{DisjointSets, Job, Member};
use crate::domain::id::OperatorId;
use crate::domain::location::Location;

/// Joins those in a directory that tells nothing by its name which share operators and were taken one after the other; and those
/// of which no operators are known, where all others there belong together. Returns those that were kept apart.
pub(super) fn join(members: &[Member], jobs: &[Job], sets: &mut DisjointSets) -> BTreeSet<usize> {
    let mut directories: BTreeMap<&Location, Vec<usize>> = BTreeMap::new();
    for (at, job) in jobs.iter().enumerate() {
        if let Some(directory) = &job.among_others {
            directories.entry(directory).or_default().push(at);
        }
    }
    let operators = |job: &Job| &members[job.members[0]].operators;
    let mut kept_apart = BTreeSet::new();
    for all in directories.into_values() {
        let (known, unknown): (Vec<usize>, Vec<usize>) = all
            .iter()
            .partition(|&&at| !operators(&jobs[at]).is_empty());
        for (number, &at) in known.iter().enumerate() {
            for &other in &known[..number] {
                let (one, other_one) = (&jobs[at], &jobs[other]);
                if have_one_in_common(operators(one), operators(other_one))
                    && (came_before(one, other_one) || came_before(other_one, one))
                {
                    sets.join(at, other);
                }
            }
        }
        let groups: BTreeSet<usize> = known.iter().map(|&at| sets.find(at)).collect();
        if let (Some(&only), 1) = (groups.first(), groups.len()) {
            for at in unknown {
                sets.join(at, only);
            }
        } else if groups.len() > 1 {
            kept_apart.extend(all);
        }
    }
    kept_apart
}

/// Whether two sorted lists have an operator in common.
fn have_one_in_common(one: &[OperatorId], other: &[OperatorId]) -> bool {
    one.iter().any(|it| other.binary_search(it).is_ok())
}

/// Whether all of one were taken before any of the other was.
fn came_before(one: &Job, other: &Job) -> bool {
    one.last
        .zip(other.first)
        .is_some_and(|(last, first)| last <= first)
}

/// Those of what a job is said to have taken that are not its own: where several applications write to one directory, one takes
/// the place of another's checkpoint of the same number. Most of what lies there is its own.
pub(super) fn others_work(
    all: &[usize],
    among_others: &BTreeSet<usize>,
    sets: &mut DisjointSets,
) -> BTreeSet<usize> {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    let unsure = all.iter().filter(|it| among_others.contains(it));
    let unsure: Vec<(usize, usize)> = unsure.map(|&it| (it, sets.find(it))).collect();
    for (_, group) in &unsure {
        *counts.entry(*group).or_default() += 1;
    }
    let most = counts.iter().max_by_key(|(_, count)| **count);
    let own = most.map(|(group, _)| *group);
    let others = unsure.into_iter().filter(|(_, group)| Some(*group) != own);
    others.map(|(it, _)| it).collect()
}
