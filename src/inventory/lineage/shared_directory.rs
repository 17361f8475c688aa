//! Applications that share a directory: without directories for jobs, or where all jobs have the id of zeros.

use std::collections::{BTreeMap, BTreeSet};

use super::{DisjointSets, Job, Member};
use crate::domain::location::Location;

/// In each directory that tells nothing by its name, joins those of which no operators are known with the others there, where
/// these all have the same. Returns those that were kept apart: a program that was changed and another program beside it look
/// alike, however many operators they have in common, and to take the one's checkpoint for the other's would be worse than to ask.
pub(super) fn join(members: &[Member], jobs: &[Job], sets: &mut DisjointSets) -> BTreeSet<usize> {
    let mut directories: BTreeMap<&Location, Vec<usize>> = BTreeMap::new();
    for (at, job) in jobs.iter().enumerate() {
        if let Some(directory) = &job.among_others {
            directories.entry(directory).or_default().push(at);
        }
    }
    let tells = |at: &usize| !members[jobs[*at].members[0]].operators.is_empty();
    let mut kept_apart = BTreeSet::new();
    for all in directories.into_values() {
        let (known, unknown): (Vec<usize>, Vec<usize>) = all.into_iter().partition(tells);
        match known.as_slice() {
            [] => {}
            [only] => {
                for at in unknown {
                    sets.join(at, *only);
                }
            }
            several => kept_apart.extend(several.iter().chain(&unknown)),
        }
    }
    kept_apart
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
