//! Grouping snapshots into lineages: one application through all its job ids.
//!
//! A job id changes with every start, so that it cannot name an application; the set of its operator ids can. But two
//! instances of one program have the same operators too, and choosing a snapshot of the wrong one would be worse than
//! choosing none. So jobs are joined only on evidence:
//!
//! 1. Snapshots in one job's directory belong together.
//! 2. A savepoint belongs to the job whose id starts with the six digits in its name, if it has operators in common.
//! 3. Snapshots that name the same files belong together: one was restored from the other and claimed it.
//! 4. Jobs with the same operator ids that wrote to the same place belong together if they ran one after the other. If
//!    any two of them ran at the same time, they are instances of one program, and all are kept apart. The same place
//!    is the directory that holds the checkpoint directory, and often the savepoint directory beside it: file times
//!    alone are no evidence, since a copy makes any.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::{SignedDuration, Timestamp};

use crate::domain::id::{JobId, OperatorId};
use crate::domain::location::Location;

/// What grouping needs to know of a snapshot.
#[derive(Debug, Clone)]
pub struct Member {
    /// The snapshot's directory.
    pub location: Location,
    /// The job's directory, when it lies in one: all checkpoints there are of one job.
    pub job_directory: Option<Location>,
    /// The job whose directory it is.
    pub job_id: Option<JobId>,
    /// Six digits from a savepoint's name.
    pub job_prefix: Option<String>,
    /// Ids of its operators, sorted; empty when its metadata is absent or unreadable.
    pub operators: Vec<OperatorId>,
    /// When it completed.
    pub completed_at: Option<Timestamp>,
    /// When the job's directory was made, if known.
    pub job_started_at: Option<Timestamp>,
}

/// Snapshots that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Indexes into the members, ascending.
    pub members: Vec<usize>,
    /// What an operator should know about the grouping.
    pub remarks: Vec<String>,
}

/// Snapshots that certainly are of one job, and when that job was seen alive.
struct Job {
    members: Vec<usize>,
    operators: BTreeSet<OperatorId>,
    operator_sets: BTreeSet<u64>,
    place: Option<Location>,
    id: Option<JobId>,
    prefix: Option<String>,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

/// The ends of two runs may touch, since file times are coarse.
const TOUCH: SignedDuration = SignedDuration::from_secs(2);

/// Groups snapshots. `shared` tells which members name a file in common, as pairs of indexes.
pub fn group(members: &[Member], shared: &[(usize, usize)]) -> Vec<Group> {
    let jobs = jobs(members);
    let mut sets = DisjointSets::new(jobs.len());
    attach_savepoints(&jobs, &mut sets);
    let job_of: HashMap<usize, usize> = jobs
        .iter()
        .enumerate()
        .flat_map(|(job, found)| found.members.iter().map(move |&member| (member, job)))
        .collect();
    for &(a, b) in shared {
        sets.join(job_of[&a], job_of[&b]);
    }
    let concurrent = join_successive_runs(&jobs, &mut sets);
    collect(&jobs, &mut sets, &concurrent)
}

fn jobs(members: &[Member]) -> Vec<Job> {
    #[derive(PartialEq, Eq, PartialOrd, Ord)]
    enum Key {
        Directory(Location),
        Prefix(Location, String, u64),
        Alone(Location),
    }
    let mut jobs: BTreeMap<Key, Job> = BTreeMap::new();
    for (at, member) in members.iter().enumerate() {
        let set = operator_set(&member.operators);
        let key = match (&member.job_directory, &member.job_prefix) {
            (Some(directory), _) => Key::Directory(directory.clone()),
            (None, Some(prefix)) => Key::Prefix(
                member
                    .location
                    .parent()
                    .unwrap_or_else(|| member.location.clone()),
                prefix.clone(),
                set,
            ),
            (None, None) => Key::Alone(member.location.clone()),
        };
        let job = jobs.entry(key).or_insert_with(|| Job {
            members: Vec::new(),
            operators: BTreeSet::new(),
            operator_sets: BTreeSet::new(),
            place: place(member),
            id: member.job_id,
            prefix: member.job_prefix.clone(),
            first: None,
            last: None,
        });
        job.members.push(at);
        job.operators.extend(&member.operators);
        if !member.operators.is_empty() {
            job.operator_sets.insert(set);
        }
        for time in [member.completed_at, member.job_started_at]
            .into_iter()
            .flatten()
        {
            job.first = Some(job.first.map_or(time, |first| first.min(time)));
            job.last = Some(job.last.map_or(time, |last| last.max(time)));
        }
    }
    jobs.into_values().collect()
}

/// The directory that holds the checkpoint or savepoint directory in which a snapshot lies.
fn place(member: &Member) -> Option<Location> {
    let written_to = match (&member.job_directory, member.job_id) {
        (Some(directory), Some(_)) => directory.parent()?,
        (Some(directory), None) => directory.clone(),
        (None, _) => member.location.parent()?,
    };
    written_to.parent()
}

/// A number that is equal for equal sets of operator ids.
fn operator_set(operators: &[OperatorId]) -> u64 {
    let mut hasher = DefaultHasher::new();
    operators.hash(&mut hasher);
    hasher.finish()
}

fn attach_savepoints(jobs: &[Job], sets: &mut DisjointSets) {
    for (at, savepoints) in jobs.iter().enumerate().filter(|(_, job)| job.id.is_none()) {
        let Some(prefix) = &savepoints.prefix else {
            continue;
        };
        let mut owners = jobs.iter().enumerate().filter(|(_, job)| {
            job.id.is_some_and(|id| id.savepoint_prefix() == *prefix)
                && (job.operators.is_empty() || !job.operators.is_disjoint(&savepoints.operators))
        });
        // Two candidates mean a copied directory or ids of zeros; neither is preferred on a guess.
        if let (Some((owner, _)), None) = (owners.next(), owners.next()) {
            sets.join(at, owner);
        }
    }
}

/// Joins jobs of one operator set that ran one after the other. Returns the jobs that were kept apart because some of
/// their set ran at the same time.
fn join_successive_runs(jobs: &[Job], sets: &mut DisjointSets) -> BTreeSet<usize> {
    let mut by_operators: BTreeMap<(&Option<Location>, u64), BTreeSet<usize>> = BTreeMap::new();
    for (at, job) in jobs.iter().enumerate() {
        for &set in &job.operator_sets {
            by_operators
                .entry((&job.place, set))
                .or_default()
                .insert(at);
        }
    }
    let mut kept_apart = BTreeSet::new();
    for same in by_operators.into_values() {
        // What is joined already counts as one run, from its first sign of life to its last.
        let mut runs: BTreeMap<usize, (Option<Timestamp>, Option<Timestamp>)> = BTreeMap::new();
        for &at in &same {
            let run = runs.entry(sets.find(at)).or_default();
            run.0 = [run.0, jobs[at].first].into_iter().flatten().min();
            run.1 = run.1.max(jobs[at].last);
        }
        let mut order: Vec<_> = runs.into_iter().collect();
        order.sort_by_key(|&(_, (first, last))| (first, last));
        let one_after_the_other = order.windows(2).all(|pair| {
            let (ended, started) = (pair[0].1.1, pair[1].1.0);
            ended
                .zip(started)
                .is_some_and(|(ended, started)| ended.duration_since(started) <= TOUCH)
        });
        if one_after_the_other {
            order
                .windows(2)
                .for_each(|pair| sets.join(pair[0].0, pair[1].0));
        } else {
            kept_apart.extend(same);
        }
    }
    kept_apart
}

fn collect(jobs: &[Job], sets: &mut DisjointSets, kept_apart: &BTreeSet<usize>) -> Vec<Group> {
    let mut groups: BTreeMap<usize, Group> = BTreeMap::new();
    for (at, job) in jobs.iter().enumerate() {
        let group = groups.entry(sets.find(at)).or_insert_with(|| Group {
            members: Vec::new(),
            remarks: Vec::new(),
        });
        group.members.extend(&job.members);
        if job.id == Some(JobId::ZERO) {
            group.remarks.push(
                "its job id is all zeros, as every job of an application cluster with high availability has it: \
                 other applications may have written to a directory of the same name"
                    .to_owned(),
            );
        }
        if kept_apart.contains(&at)
            && group
                .remarks
                .iter()
                .all(|remark| !remark.starts_with("another job"))
        {
            group.remarks.push(
                "another job with the same operators was seen at the same time: instances of one program, kept apart"
                    .to_owned(),
            );
        }
    }
    let mut groups: Vec<Group> = groups.into_values().collect();
    for group in &mut groups {
        group.members.sort_unstable();
    }
    groups
}

/// Union by smallest index, with path compression.
struct DisjointSets(Vec<usize>);

impl DisjointSets {
    fn new(len: usize) -> Self {
        Self((0..len).collect())
    }

    fn find(&mut self, at: usize) -> usize {
        let mut root = at;
        while self.0[root] != root {
            root = self.0[root];
        }
        let mut at = at;
        while self.0[at] != root {
            at = std::mem::replace(&mut self.0[at], root);
        }
        root
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.find(a), self.find(b));
        self.0[a.max(b)] = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operator(n: u8) -> OperatorId {
        OperatorId([n; 16])
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn checkpoint(job: u8, number: u32, seconds: i64, operators: &[u8]) -> Member {
        let job = JobId([job; 16]);
        let directory = Location::local(b"/ck").join(job.to_string().as_bytes());
        Member {
            location: directory.join(format!("chk-{number}").as_bytes()),
            job_directory: Some(directory),
            job_id: Some(job),
            job_prefix: None,
            operators: operators.iter().copied().map(operator).collect(),
            completed_at: Some(at(seconds)),
            job_started_at: None,
        }
    }

    fn savepoint(prefix: &str, seconds: i64, operators: &[u8]) -> Member {
        Member {
            location: Location::local(format!("/sp/savepoint-{prefix}-{seconds:012}").as_bytes()),
            job_directory: None,
            job_id: None,
            job_prefix: Some(prefix.to_owned()),
            operators: operators.iter().copied().map(operator).collect(),
            completed_at: Some(at(seconds)),
            job_started_at: None,
        }
    }

    fn grouped(members: &[Member], shared: &[(usize, usize)]) -> Vec<Vec<usize>> {
        group(members, shared)
            .into_iter()
            .map(|group| group.members)
            .collect()
    }

    #[test]
    fn runs_one_after_the_other_are_one_application() {
        let members = [
            checkpoint(1, 5, 0, &[1, 2]),
            checkpoint(1, 6, 10, &[1, 2]),
            checkpoint(2, 1, 20, &[1, 2]),
        ];
        assert_eq!(grouped(&members, &[]), [vec![0, 1, 2]]);
    }

    #[test]
    fn runs_at_the_same_time_are_instances_and_stay_apart() {
        let members = [
            checkpoint(1, 5, 0, &[1, 2]),
            checkpoint(1, 6, 30, &[1, 2]),
            checkpoint(2, 1, 20, &[1, 2]),
            checkpoint(3, 1, 90, &[1, 2]),
        ];
        assert_eq!(grouped(&members, &[]), [vec![0, 1], vec![2], vec![3]]);
        assert!(
            group(&members, &[])
                .iter()
                .all(|group| group.remarks[0].starts_with("another job"))
        );
    }

    #[test]
    fn runs_that_wrote_elsewhere_are_another_application() {
        let mut elsewhere = checkpoint(2, 1, 20, &[1, 2]);
        elsewhere.location = Location::local(b"/team/b/ck").join(elsewhere.location.path());
        elsewhere.job_directory = elsewhere.location.parent();
        assert_eq!(
            grouped(&[checkpoint(1, 5, 0, &[1, 2]), elsewhere], &[]),
            [vec![0], vec![1]]
        );
    }

    #[test]
    fn other_operators_are_another_application() {
        assert_eq!(
            grouped(
                &[checkpoint(1, 5, 0, &[1]), checkpoint(2, 1, 20, &[2])],
                &[]
            ),
            [vec![0], vec![1]]
        );
    }

    #[test]
    fn a_savepoint_belongs_to_the_job_of_its_prefix() {
        let members = [
            checkpoint(0xab, 5, 0, &[1, 2]),
            checkpoint(0xab, 9, 100, &[1, 2]),
            savepoint("ababab", 50, &[1, 2]),
            savepoint("cdcdcd", 50, &[7]),
        ];
        assert_eq!(grouped(&members, &[]), [vec![0, 1, 2], vec![3]]);
    }

    #[test]
    fn a_claim_joins_what_names_the_same_files() {
        let members = [checkpoint(1, 5, 0, &[1]), checkpoint(2, 6, 10, &[1, 3])];
        assert_eq!(grouped(&members, &[(0, 1)]), [vec![0, 1]]);
    }

    #[test]
    fn unreadable_snapshots_stay_with_their_directory_only() {
        let members = [
            checkpoint(1, 5, 0, &[1]),
            checkpoint(1, 6, 5, &[]),
            checkpoint(2, 1, 50, &[]),
        ];
        assert_eq!(grouped(&members, &[]), [vec![0, 1], vec![2]]);
    }
}
