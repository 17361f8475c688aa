//! The state of a job between snapshots, and how it goes on from one.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::chance::Chance;
use super::job::{JobSpec, OperatorSpec, key_groups};
use super::state::{Keyed, Upload};

/// Tables that a subtask of the operator at this place uploaded.
pub(super) type Uploads = (usize, u32, Vec<Upload>);

/// The state of a job at some time: what is keyed, and which of its tasks are finished.
#[derive(Debug, Clone)]
pub(super) struct Data {
    pub(super) parallelism: u32,
    /// By the operator's place.
    keyed: BTreeMap<usize, Vec<Keyed>>,
    /// By the task's place: the subtasks that have no more input.
    finished: BTreeMap<usize, BTreeSet<u32>>,
    as_of: Timestamp,
}

impl Data {
    pub(super) fn new(
        job: &JobSpec,
        parallelism: u32,
        now: Timestamp,
        chance: &mut Chance,
    ) -> Self {
        let sizes = |operator: &OperatorSpec| operator.keyed;
        Self::with(job, parallelism, now, chance, |at| {
            sizes(&job.operators[at])
        })
    }

    fn with(
        job: &JobSpec,
        parallelism: u32,
        now: Timestamp,
        chance: &mut Chance,
        bytes: impl Fn(usize) -> u64,
    ) -> Self {
        let mut keyed = BTreeMap::new();
        for (at, operator) in job.operators.iter().enumerate() {
            if operator.keyed == 0 && operator.growth == 0 {
                continue;
            }
            let share = bytes(at) / u64::from(parallelism);
            let of = |subtask| key_groups(subtask, parallelism, job.max_parallelism);
            let states = (0..parallelism)
                .map(|subtask| {
                    let share = chance.about(share);
                    Keyed::new(of(subtask), share, chance)
                })
                .collect();
            keyed.insert(at, states);
        }
        Self {
            parallelism,
            keyed,
            finished: BTreeMap::new(),
            as_of: now,
        }
    }

    /// The same state dealt out to another number of subtasks, each with a database of its own. What is fully finished stays so.
    pub(super) fn rescaled(
        &self,
        job: &JobSpec,
        parallelism: u32,
        now: Timestamp,
        chance: &mut Chance,
    ) -> Self {
        let total = |at| -> u64 {
            let states = self.keyed.get(&at).into_iter().flatten();
            states.map(|state| state.bytes).sum()
        };
        let mut rescaled = Self::with(job, parallelism, now, chance, total);
        for (vertex, finished) in &self.finished {
            if finished.len() as u32 == self.parallelism {
                rescaled
                    .finished
                    .insert(*vertex, (0..parallelism).collect());
            }
        }
        rescaled
    }

    /// The subtasks of the task at this place that are finished.
    pub(super) fn finished(&self, vertex: usize) -> BTreeSet<u32> {
        self.finished.get(&vertex).cloned().unwrap_or_default()
    }

    /// How many subtasks of the task at this place are finished.
    pub(super) fn finished_count(&self, vertex: usize) -> u64 {
        self.finished.get(&vertex).map_or(0, BTreeSet::len) as u64
    }

    /// Subtasks of the task at this place have no more input.
    pub(super) fn finish(&mut self, vertex: usize, subtasks: impl IntoIterator<Item = u32>) {
        self.finished.entry(vertex).or_default().extend(subtasks);
    }

    /// A task of which some subtasks are finished and some are not: its state cannot be dealt out anew
    /// (`VertexFinishedStateChecker`).
    pub(super) fn partly_finished(&self) -> Option<usize> {
        let partly = |it: &BTreeSet<u32>| !it.is_empty() && (it.len() as u32) < self.parallelism;
        let mut finished = self.finished.iter();
        finished.find(|(_, it)| partly(it)).map(|(at, _)| *at)
    }

    pub(super) fn of_subtask(&mut self, operator: usize, subtask: u32) -> Option<&mut Keyed> {
        self.keyed.get_mut(&operator)?.get_mut(subtask as usize)
    }

    /// Files that databases have written and need no more, since this was called last.
    pub(super) fn take_merged(&mut self) -> Vec<String> {
        let states = self.keyed.values_mut().flatten();
        states.flat_map(Keyed::take_merged).collect()
    }

    /// Files that databases have somewhere.
    pub(super) fn files(&self) -> impl Iterator<Item = &String> {
        self.keyed.values().flatten().flat_map(Keyed::files)
    }

    /// Takes in what came since.
    pub(super) fn grow(&mut self, job: &JobSpec, now: Timestamp, chance: &mut Chance) {
        let elapsed = now.duration_since(self.as_of).as_millis().max(0) as u64;
        let interval = job.interval.as_millis().max(1) as u64;
        self.as_of = now;
        for (at, states) in &mut self.keyed {
            let total = u128::from(job.operators[*at].growth) * u128::from(elapsed);
            let share = total / u128::from(interval) / u128::from(self.parallelism);
            for state in states {
                state.change(chance.about(share.min(1 << 50) as u64));
            }
        }
    }

    /// As it is when a job goes on from it at some time.
    pub(super) fn gone_on_with(mut self, now: Timestamp) -> Self {
        self.as_of = now;
        self
    }

    pub(super) fn confirm(&mut self, uploads: &[Uploads]) {
        for (at, subtask, uploads) in uploads {
            let states = self.keyed.get_mut(at);
            if let Some(state) = states.and_then(|states| states.get_mut(*subtask as usize)) {
                state.confirm(uploads);
            }
        }
    }

    pub(super) fn forget_copies(&mut self) {
        self.keyed
            .values_mut()
            .flatten()
            .for_each(Keyed::forget_copies);
    }
}
