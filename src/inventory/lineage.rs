//! Grouping snapshots into lineages: one application through all its job ids.
//!
//! A job id changes with every start, so that it cannot name an application; the set of its operator ids can. But two
//! instances of one program have the same operators too, and choosing a snapshot of the wrong one would be worse than
//! choosing none. So jobs are joined only on evidence:
//!
//! 1. Snapshots in one job's directory belong together, and so do those in a copy of it, by the job's id. A directory that no id
//!    names, or one of zeros, may be that of several applications: there only those belong together that have the same operators.
//! 2. A savepoint belongs to the job whose id starts with the six digits in its name, if it has the same operators: they
//!    never change while a job keeps its id. Where checkpoints lie in no directory of their job's, the operators and
//!    the place decide.
//! 3. Snapshots that name the same files belong together: one was restored from the other and claimed it.
//! 4. Jobs with the same operator ids that wrote to one checkpoint directory belong together if they ran one after the other. If
//!    any two of them may have run at the same time, they may be instances of one program, and all are kept apart.
//!    When a job started is known from the time at which its directory was made; what was retained says nothing about
//!    that. Times that lie within seconds are no evidence, since a copy makes such.
//! 5. Where a cluster tells what its jobs took and were restored from, that is evidence of the best sort: a job goes on
//!    with what it was restored from, unless that was still written to after the job had started. Then it is a fork. Once
//!    what linked them is gone, as a checkpoint is that was subsumed, its path tells whose it was.

mod shared_directory;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::{SignedDuration, Timestamp};

use crate::analysis::order::COPY_WINDOW;
use crate::domain::history::{JobHistory, identity};
use crate::domain::id::{JobId, OperatorId};
use crate::domain::location::Location;

use super::layout;

/// What grouping needs to know of a snapshot.
#[derive(Debug, Clone)]
pub struct Member {
    /// The snapshot's directory.
    pub location: Location,
    /// The directory that it lies in as a checkpoint, if it does: where an id names it, all checkpoints there are of one job.
    pub job_directory: Option<Location>,
    /// The job whose directory it is.
    pub job_id: Option<JobId>,
    /// Six digits from a savepoint's name.
    pub job_prefix: Option<String>,
    /// Ids of its operators, sorted; empty when its metadata is absent or unreadable.
    pub operators: Vec<OperatorId>,
    /// When it completed, or for one that has not, when it last changed: its job was alive then.
    pub seen_at: Option<Timestamp>,
    /// When the job's directory was made, if known.
    pub job_started_at: Option<Timestamp>,
    /// The checkpoint directory that its job wrote to, if known.
    pub written_to: Option<Location>,
}

/// Snapshots that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Indexes into the members, ascending.
    pub members: Vec<usize>,
    /// Jobs that took some of them, by the word of a cluster.
    pub jobs: Vec<JobId>,
    /// What an operator should know about the grouping.
    pub remarks: Vec<String>,
}

/// Snapshots that certainly are of one job, and when that job was seen alive.
struct Job {
    members: Vec<usize>,
    operator_sets: BTreeSet<u64>,
    /// The directory that they lie in where that alone does not tell that they belong together.
    among_others: Option<Location>,
    /// The checkpoint directory that it wrote to.
    written_to: Option<Location>,
    /// The directory that holds the one in which its snapshots lie.
    beside: Option<Location>,
    id: Option<JobId>,
    prefix: Option<String>,
    started: Option<Timestamp>,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

/// The ends of two runs may touch, since file times are coarse.
const TOUCH: SignedDuration = SignedDuration::from_secs(2);

/// Groups snapshots. `shared` tells which members name a file in common, as pairs of indexes; `histories` is what
/// clusters tell of their jobs.
pub fn group<'h>(
    members: &[Member],
    shared: &[(usize, usize)],
    histories: impl IntoIterator<Item = &'h JobHistory>,
) -> Vec<Group> {
    let jobs = jobs(members);
    let mut sets = DisjointSets::new(jobs.len());
    let among_others = shared_directory::join(members, &jobs, &mut sets);
    join_copies(&jobs, &mut sets);
    attach_savepoints(&jobs, &mut sets);
    let job_of: HashMap<usize, usize> = jobs
        .iter()
        .enumerate()
        .flat_map(|(job, found)| found.members.iter().map(move |&member| (member, job)))
        .collect();
    for &(a, b) in shared {
        sets.join(job_of[&a], job_of[&b]);
    }
    let told = follow_histories(members, &jobs, &job_of, histories, &among_others, &mut sets);
    let concurrent = join_successive_runs(&jobs, &mut sets);
    collect(&jobs, &mut sets, &concurrent, &among_others, &told)
}

fn jobs(members: &[Member]) -> Vec<Job> {
    #[derive(PartialEq, Eq, PartialOrd, Ord)]
    enum Key {
        Directory(Location),
        AmongOthers(Location, Option<u64>),
        Prefix(Location, String, u64),
        Alone(Location),
    }
    let mut jobs: BTreeMap<Key, Job> = BTreeMap::new();
    for (at, member) in members.iter().enumerate() {
        let set = operator_set(&member.operators);
        let among_others = member
            .job_directory
            .clone()
            .filter(|_| member.job_id.is_none_or(|id| id == JobId::ZERO));
        let key = match (&member.job_directory, &member.job_prefix) {
            (Some(directory), _) if among_others.is_some() => {
                let known = Some(set).filter(|_| !member.operators.is_empty());
                Key::AmongOthers(directory.clone(), known)
            }
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
            operator_sets: BTreeSet::new(),
            among_others,
            written_to: member.written_to.clone(),
            beside: member
                .location
                .parent()
                .and_then(|savepoints| savepoints.parent()),
            id: member.job_id,
            prefix: member.job_prefix.clone(),
            started: member.job_started_at,
            first: None,
            last: None,
        });
        job.members.push(at);
        if !member.operators.is_empty() {
            job.operator_sets.insert(set);
        }
        if let Some(time) = member.seen_at {
            job.first = Some(job.first.map_or(time, |first| first.min(time)));
            job.last = Some(job.last.map_or(time, |last| last.max(time)));
        }
    }
    jobs.into_values().collect()
}

/// A number that is equal for equal sets of operator ids.
fn operator_set(operators: &[OperatorId]) -> u64 {
    let mut hasher = DefaultHasher::new();
    operators.hash(&mut hasher);
    hasher.finish()
}

/// Joins copies of one job's directory: the job's id says that they are one job. Ids of zeros say nothing.
fn join_copies(jobs: &[Job], sets: &mut DisjointSets) {
    let mut first: HashMap<(JobId, u64), usize> = HashMap::new();
    for (at, job) in jobs.iter().enumerate() {
        let Some(id) = job.id.filter(|id| *id != JobId::ZERO) else {
            continue;
        };
        for &set in &job.operator_sets {
            let first = *first.entry((id, set)).or_insert(at);
            sets.join(first, at);
        }
    }
}

fn attach_savepoints(jobs: &[Job], sets: &mut DisjointSets) {
    for (at, savepoints) in jobs.iter().enumerate().filter(|(_, job)| job.id.is_none()) {
        let Some(prefix) = &savepoints.prefix else {
            continue;
        };
        // One without readable metadata tells no operators; a job's id does not lie for it.
        let same_operators = |job: &Job| {
            !savepoints.operator_sets.is_disjoint(&job.operator_sets)
                || (savepoints.operator_sets.is_empty()
                    && job.id.is_some_and(|id| id != JobId::ZERO))
        };
        let of_prefix = |job: &Job| job.id.is_some_and(|id| id.savepoint_prefix() == *prefix);
        // A directory without a job's id may be of any job; only one with the same operators beside it will do.
        let beside = |job: &Job| {
            let nearby = |checkpoints: &Location| {
                [checkpoints.parent().as_ref(), Some(checkpoints)]
                    .contains(&savepoints.beside.as_ref())
            };
            job.id.is_none() && job.prefix.is_none() && job.written_to.as_ref().is_some_and(nearby)
        };
        for candidates in [&of_prefix as &dyn Fn(&Job) -> bool, &beside] {
            let mut owners: BTreeSet<usize> = BTreeSet::new();
            for (job_at, job) in jobs.iter().enumerate() {
                if job_at != at && candidates(job) && same_operators(job) {
                    owners.insert(sets.find(job_at));
                }
            }
            // Two candidates mean ids of zeros or two instances; neither is preferred on a guess.
            if let (Some(&owner), 1) = (owners.first(), owners.len()) {
                sets.join(at, owner);
            }
            if !owners.is_empty() {
                break;
            }
        }
    }
}

/// Joins what a job took, and what it was restored from, by the word of the cluster that ran it. Returns one of each
/// such job's own.
fn follow_histories<'h>(
    members: &[Member],
    jobs: &[Job],
    job_of: &HashMap<usize, usize>,
    histories: impl IntoIterator<Item = &'h JobHistory>,
    among_others: &BTreeSet<usize>,
    sets: &mut DisjointSets,
) -> BTreeMap<JobId, usize> {
    let mut histories: Vec<&JobHistory> = histories.into_iter().collect();
    if histories.is_empty() {
        return BTreeMap::new();
    }
    let mut at: HashMap<Vec<u8>, Vec<usize>> = HashMap::new();
    for (member, found) in members.iter().enumerate() {
        let place = identity(&found.location);
        at.entry(place).or_default().push(job_of[&member]);
    }
    let lying_at = |place: &Location| at.get(&identity(place)).into_iter().flatten();
    // A job's own first, so that all it left behind stands against those that claim to go on with it.
    let mut own: BTreeMap<JobId, usize> = BTreeMap::new();
    for history in &histories {
        // Its savepoints have its first digits in their names.
        let prefix = history.job.savepoint_prefix();
        let of_id = jobs.iter().enumerate().filter(|(_, job)| match job.id {
            Some(id) => id == history.job,
            None => job.prefix.as_ref() == Some(&prefix),
        });
        let of_id = of_id.map(|(at, _)| at);
        let taken = history.taken.iter().flat_map(lying_at).copied();
        let all: Vec<usize> = of_id.chain(taken).collect();
        let others = shared_directory::others_work(&all, among_others, sets);
        for job in all.into_iter().filter(|job| !others.contains(job)) {
            let first = *own.entry(history.job).or_insert(job);
            sets.join(first, job);
        }
    }
    histories.sort_by_key(|history| history.started_at);
    for history in histories {
        let (Some(&own), Some(origin), Some(started)) =
            (own.get(&history.job), &history.restored, history.started_at)
        else {
            continue;
        };
        let mut before: Vec<usize> = lying_at(origin).copied().collect();
        if before.is_empty() {
            before = of_one_that_is_gone(origin, own, jobs, sets);
        }
        for before in before {
            let before = sets.find(before);
            let all = (0..jobs.len()).filter(|&job| sets.find(job) == before);
            let last = all.filter_map(|job| jobs[job].last).max();
            if last.is_some_and(|last| last.duration_since(started) <= TOUCH) {
                sets.join(before, own);
            }
        }
    }
    own
}

/// What there is of the job that took a snapshot which is gone, and which a job with snapshots of its own was restored from: the
/// directory that it lay in tells the job's id. Where only savepoints are left of that, their names have six digits of it, and
/// only those count that have the operators of the job which goes on, as long as there are no others.
fn of_one_that_is_gone(
    origin: &Location,
    own: usize,
    jobs: &[Job],
    sets: &mut DisjointSets,
) -> Vec<usize> {
    let home = origin.parent();
    let id = home.and_then(|home| JobId::from_hex(home.name()).ok());
    let prefix = id.map_or_else(
        || layout::savepoint_job_prefix(origin.name()).map(str::to_owned),
        |id| Some(id.savepoint_prefix()),
    );
    let zeros = JobId::ZERO.savepoint_prefix();
    let Some(prefix) = prefix.filter(|prefix| *prefix != zeros) else {
        return Vec::new();
    };
    let all = jobs.iter().enumerate();
    let its: Vec<usize> = all
        .filter(|(_, job)| id.is_some() && job.id == id)
        .map(|(at, _)| at)
        .collect();
    if !its.is_empty() {
        return its;
    }
    let own = sets.find(own);
    let mut operators = BTreeSet::new();
    for (at, job) in jobs.iter().enumerate() {
        if sets.find(at) == own {
            operators.extend(&job.operator_sets);
        }
    }
    let of_prefix = |job: &Job| match job.id {
        Some(id) => id.savepoint_prefix() == prefix,
        None => job.prefix.as_ref() == Some(&prefix),
    };
    let mut found = BTreeSet::new();
    for (at, job) in jobs.iter().enumerate() {
        if of_prefix(job) && !operators.is_disjoint(&job.operator_sets) {
            found.insert(sets.find(at));
        }
    }
    found.remove(&own);
    // Of two it may be either.
    match found.first() {
        Some(&only) if found.len() == 1 => vec![only],
        _ => Vec::new(),
    }
}

/// A run of a job, or several that are known to belong together.
#[derive(Clone, Copy, Default)]
struct Run {
    /// When it started, if that is known.
    started: Option<Timestamp>,
    /// The first and the last sign of life.
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

impl Run {
    fn and(self, job: &Job) -> Self {
        Self {
            started: [self.started, job.started].into_iter().flatten().min(),
            first: [self.first, job.first].into_iter().flatten().min(),
            last: self.last.max(job.last),
        }
    }

    /// Whether this run is known to have started when the other had ended.
    fn came_after(&self, other: &Self) -> bool {
        let (Some(started), Some(first), Some(last), Some(ended)) =
            (self.started, self.first, self.last, other.last)
        else {
            return false;
        };
        let made_by_a_copy = last.duration_since(started) <= COPY_WINDOW;
        started <= first && ended.duration_since(started) <= TOUCH && !made_by_a_copy
    }
}

/// Joins jobs of one operator set that ran one after the other. Returns the jobs that were kept apart because they may
/// have run at the same time.
fn join_successive_runs(jobs: &[Job], sets: &mut DisjointSets) -> BTreeSet<usize> {
    let mut by_operators: BTreeMap<(&Location, u64), BTreeSet<usize>> = BTreeMap::new();
    for (at, job) in jobs.iter().enumerate() {
        let Some(written_to) = &job.written_to else {
            continue;
        };
        for &set in &job.operator_sets {
            by_operators
                .entry((written_to, set))
                .or_default()
                .insert(at);
        }
    }
    let mut kept_apart = BTreeSet::new();
    for same in by_operators.into_values() {
        // What is joined already counts as one run.
        let mut runs: BTreeMap<usize, Run> = BTreeMap::new();
        for &at in &same {
            let run = runs.entry(sets.find(at)).or_default();
            *run = run.and(&jobs[at]);
        }
        let mut order: Vec<(usize, Run)> = runs.into_iter().collect();
        order.sort_by_key(|(_, run)| (run.first, run.last));
        if order
            .windows(2)
            .all(|pair| pair[1].1.came_after(&pair[0].1))
        {
            order
                .windows(2)
                .for_each(|pair| sets.join(pair[0].0, pair[1].0));
        } else {
            kept_apart.extend(same);
        }
    }
    kept_apart
}

const OF_ZEROS: &str = "its job id is all zeros, as every job of an application cluster with high availability has it: other \
                        applications may have written to a directory of the same name";
const AMONG_OTHERS: &str = "its directory holds checkpoints with other operators, too: of other applications, or of this one before or \
                            after a change of its program";
const KEPT_APART: &str = "another job with the same operators may have run at the same time: kept apart, as instances of one program";

fn collect(
    jobs: &[Job],
    sets: &mut DisjointSets,
    kept_apart: &BTreeSet<usize>,
    among_others: &BTreeSet<usize>,
    told: &BTreeMap<JobId, usize>,
) -> Vec<Group> {
    let mut groups: BTreeMap<usize, Group> = BTreeMap::new();
    for (at, job) in jobs.iter().enumerate() {
        let group = groups.entry(sets.find(at)).or_insert_with(|| Group {
            members: Vec::new(),
            jobs: Vec::new(),
            remarks: Vec::new(),
        });
        group.members.extend(&job.members);
        let is_among_others = among_others.contains(&at) && !job.operator_sets.is_empty();
        for (is_so, remark) in [
            (job.id == Some(JobId::ZERO), OF_ZEROS),
            (is_among_others, AMONG_OTHERS),
            (kept_apart.contains(&at), KEPT_APART),
        ] {
            if is_so && !group.remarks.iter().any(|it| it == remark) {
                group.remarks.push(remark.to_owned());
            }
        }
    }
    for (&id, &at) in told {
        if let Some(group) = groups.get_mut(&sets.find(at)) {
            group.jobs.push(id);
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
mod tests;
