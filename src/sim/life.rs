//! How jobs start, go on after failures, and end.

use jiff::SignedDuration;

use crate::domain::claim::ClaimMode;
use crate::domain::cluster::JobState;
use crate::domain::id::JobId;
use crate::metadata::model::CheckpointProperties;

use super::chance::Chance;
use super::cluster::{Due, SimError, Simulation, What};
use super::data::Data;
use super::draft::{After, Kind};
use super::job::JobSpec;
use super::registry::Registry;
use super::run::{Condition, Kept, Run};
use super::scenario::{Event, Format};
use super::statistics::{Restored, Statistics};
use super::write;

/// Streams of chance from here on give ids of jobs; those before are the runs' own.
const IDS: u64 = 1 << 32;

/// How a job starts.
#[derive(Debug, Default)]
pub(super) struct Start {
    /// The id that it shall have.
    pub(super) id: Option<JobId>,
    pub(super) parallelism: Option<u32>,
    /// The directory of the snapshot that it starts from, and whose that is then.
    pub(super) from: Option<(String, ClaimMode)>,
}

impl Simulation {
    /// Puts the scenario's events and the starts of its jobs into the queue.
    pub(super) fn set_the_stage(&mut self) {
        let events = std::mem::take(&mut self.scenario.events);
        let started = |name: &str| {
            let starts = |event: &Event| matches!(event, Event::Start { job, .. } if job == name);
            events.iter().any(starts)
        };
        let unstarted: Vec<Event> = self
            .scenario
            .jobs
            .iter()
            .filter(|job| !started(&job.name))
            .map(|job| Event::Start {
                at: SignedDuration::ZERO,
                job: job.name.clone(),
            })
            .collect();
        self.scenario.events = unstarted.into_iter().chain(events).collect();
        for at in 0..self.scenario.events.len() {
            let (offset, _) = self.scenario.events[at].when_and_where();
            self.schedule_in(offset, Due::Event(at));
        }
    }

    /// Starts a job, and says its place among the runs.
    pub(super) fn start(&mut self, spec: &JobSpec, start: Start) -> Result<usize, SimError> {
        let now = self.now;
        let at = self.runs.len();
        let stream = at as u64 + 1;
        let mut chance = Chance::new(self.scenario.seed, stream);
        let seeded = || JobId(Chance::new(self.scenario.seed, IDS + stream).id());
        let id = start.id.or(spec.fixed_id().filter(|id| self.is_free(*id)));
        let parallelism = start.parallelism.unwrap_or(spec.parallelism);
        let restored = start
            .from
            .as_ref()
            .and_then(|(directory, _)| self.snapshots.get(directory));
        let data = match restored {
            None => Data::new(spec, parallelism, now, &mut chance),
            Some(snapshot) if snapshot.data.parallelism == parallelism => {
                snapshot.data.clone().gone_on_with(now)
            }
            Some(snapshot) => snapshot.data.rescaled(spec, parallelism, now, &mut chance),
        };
        self.runs.push(Run {
            id: id.unwrap_or_else(seeded),
            spec: spec.clone(),
            state: JobState::Running,
            parallelism,
            started_at: now,
            ended_at: None,
            changed_at: now,
            restarts: 0,
            statistics: Statistics::default(),
            failures: Vec::new(),
            chance,
            data,
            next_number: 1,
            attempt: 0,
            store: Vec::new(),
            subsumed: Vec::new(),
            registry: Registry::default(),
            pending: Vec::new(),
            must_be_full: false,
            will_expire: false,
            is_stopping: false,
        });
        let job = self.runs[at].directory();
        self.disk.make_directory(&format!("{job}/shared"), now)?;
        self.disk.make_directory(&format!("{job}/taskowned"), now)?;
        match start.from {
            None => self.tell(at, What::Started, None, format!("job {} starts", spec.name)),
            Some((directory, mode)) => self.restore(at, &directory, mode)?,
        }
        self.go_on(at, SignedDuration::ZERO);
        Ok(at)
    }

    /// An application has the same id at every start; but two jobs of one cluster cannot share it while both run.
    fn is_free(&self, id: JobId) -> bool {
        !self.runs.iter().any(|run| run.id == id && run.is_running())
    }

    /// Checkpoints come periodically from now on.
    fn go_on(&mut self, at: usize, delay: SignedDuration) {
        let run = &self.runs[at];
        if run.is_running() {
            let due = Due::Periodic {
                run: at,
                attempt: run.attempt,
            };
            let first = delay.saturating_add(run.spec.interval);
            self.schedule_in(first, due);
        }
    }

    /// Takes a snapshot over into a new job (`CheckpointCoordinator#restoreSavepoint`).
    fn restore(&mut self, at: usize, directory: &str, mode: ClaimMode) -> Result<(), SimError> {
        let now = self.now;
        let Some(snapshot) = self.snapshots.get(directory) else {
            return Err(SimError::Story(format!("there is no snapshot {directory}")));
        };
        let (number, kind) = (snapshot.number, snapshot.kind);
        let path = format!("{}/{directory}", self.base);
        let whole = snapshot
            .files
            .iter()
            .find(|(name, bytes)| !self.disk.has(name, **bytes));
        if let Some((missing, _)) = whole {
            let trace = format!(
                "java.io.FileNotFoundException: {} (No such file or directory)",
                self.disk.path(missing).display()
            );
            return self.fail(at, &trace);
        }
        let partly = snapshot.data.partly_finished();
        let rescaled = snapshot.data.parallelism != self.runs[at].parallelism;
        if let Some(vertex) = partly.filter(|_| rescaled) {
            let vertices = self.runs[at].vertices();
            let (id, name) = vertices.get(vertex).cloned().unwrap_or_default();
            let trace = format!(
                "org.apache.flink.util.FlinkRuntimeException: The job vertex {name} (id = {id}) has been partially finished, its parallelism cannot be changed"
            );
            return self.fail(at, &trace);
        }
        let registered = snapshot.registered.clone();
        let run = &mut self.runs[at];
        run.next_number = number + 1;
        let claimed = mode == ClaimMode::Claim;
        let properties = if claimed {
            Kind::Checkpoint { full: false }.properties(&run.spec)
        } else {
            let keep = Kind::Savepoint {
                format: Format::Canonical,
                after: After::GoOn,
            };
            CheckpointProperties {
                unclaimed: mode == ClaimMode::NoClaim,
                ..keep.properties(&run.spec)
            }
        };
        if claimed {
            run.registry.register(&registered, number);
        } else {
            run.registry.register_unclaimed(&registered, number);
        }
        if mode == ClaimMode::NoClaim {
            run.data.forget_copies();
            run.must_be_full = true;
        }
        run.store.push(Kept {
            directory: directory.to_owned(),
            number,
            properties,
            claimed_savepoint: claimed && kind.is_savepoint(),
            data: run.data.clone(),
        });
        run.statistics.restore(Restored {
            id: number,
            at: now,
            is_savepoint: !claimed,
            path,
        });
        let words = format!(
            "job {} starts from snapshot {number} ({})",
            run.spec.name,
            mode.constant()
        );
        self.tell(at, What::Started, Some(directory), words);
        Ok(())
    }

    /// Lets a job go on from its latest checkpoint after a task failed, or its JobManager died; then nobody clears up what
    /// was under way.
    pub(super) fn fail_over(
        &mut self,
        at: usize,
        because: &str,
        died: bool,
    ) -> Result<(), SimError> {
        let now = self.now;
        if died {
            let run = &mut self.runs[at];
            run.pending.clear();
            run.statistics = Statistics::default();
        } else {
            self.give_up_all(at, "The job has failed.")?;
            self.close_databases(at)?;
        }
        let base = self.base.clone();
        let run = &mut self.runs[at];
        run.attempt += 1;
        run.is_stopping = false;
        run.changed_at = now;
        if !died {
            run.restarts += 1;
            run.failures.insert(0, (now, because.to_owned()));
        }
        let latest = run.store.last().cloned();
        match latest {
            None => {
                let (spec, parallelism) = (run.spec.clone(), run.parallelism);
                run.data = Data::new(&spec, parallelism, now, &mut run.chance);
            }
            Some(kept) => {
                run.data = kept.data.gone_on_with(now);
                let is_savepoint = self
                    .snapshots
                    .get(&kept.directory)
                    .is_some_and(|it| it.is_savepoint() && !kept.claimed_savepoint);
                run.statistics.restore(Restored {
                    id: kept.number,
                    at: now,
                    is_savepoint,
                    path: format!("{base}/{}", kept.directory),
                });
            }
        }
        let words = format!("job {} goes on: {because}", run.spec.name);
        self.tell(at, What::WentOn, None, words);
        self.go_on(at, SignedDuration::from_secs(1));
        Ok(())
    }

    fn give_up_all(&mut self, at: usize, because: &str) -> Result<(), SimError> {
        let numbers: Vec<u64> = self.runs[at].pending.iter().map(|it| it.number).collect();
        for number in numbers {
            self.give_up(at, number, because)?;
        }
        Ok(())
    }

    /// The job fails for good.
    pub(super) fn fail(&mut self, at: usize, trace: &str) -> Result<(), SimError> {
        let now = self.now;
        self.runs[at].failures.insert(0, (now, trace.to_owned()));
        self.end_run(at, JobState::Failed)
    }

    /// The job reaches the end of its input, or was stopped.
    pub(super) fn finish(&mut self, at: usize) -> Result<(), SimError> {
        self.end_run(at, JobState::Finished)
    }

    /// Ends a job: what its checkpoints' own flags say happens to them, and then to the files that none of the rest
    /// uses (`DefaultCompletedCheckpointStore#shutdown`, `StandaloneCompletedCheckpointStore#shutdown`).
    pub(super) fn end_run(&mut self, at: usize, state: JobState) -> Result<(), SimError> {
        let now = self.now;
        self.give_up_all(at, "The job has ended.")?;
        let run = &mut self.runs[at];
        run.state = state;
        run.ended_at = Some(now);
        run.changed_at = now;
        run.attempt += 1;
        let mut lowest = u64::MAX;
        for kept in std::mem::take(&mut run.store) {
            let properties = &kept.properties;
            let discard = match state {
                JobState::Finished => properties.discard_finished,
                JobState::Canceled => properties.discard_cancelled,
                JobState::Failed => properties.discard_failed,
                _ => properties.discard_suspended,
            };
            if discard {
                self.discard_unless_used(at, kept)?;
            } else {
                lowest = lowest.min(kept.number);
            }
        }
        self.let_go(at, lowest)?;
        self.close_databases(at)?;
        let job = self.runs[at].directory();
        for scope in ["shared", "taskowned"] {
            self.disk.prune(&format!("{job}/{scope}"), now)?;
        }
        let words = format!("job {} is {}", self.runs[at].spec.name, state.word());
        self.tell(at, What::Ended(state), None, words);
        Ok(())
    }

    /// Deletes a snapshot as `flink savepoint -d` does: with all the files that it names, whoever else needs them.
    pub(super) fn dispose_of(&mut self, directory: &str) -> Result<(), SimError> {
        let now = self.now;
        let Some(snapshot) = self.snapshots.get_mut(directory) else {
            return Err(SimError::Story(format!("there is no snapshot {directory}")));
        };
        snapshot.condition = Condition::Gone;
        let files: Vec<String> = snapshot.files.keys().cloned().collect();
        let job = snapshot.job;
        write::discard(&self.disk, directory, &files, now)?;
        let taken = |other: &&mut super::run::Snapshot| {
            other.condition == Condition::Complete
                && other.files.keys().any(|file| files.contains(file))
        };
        for other in self.snapshots.values_mut().filter(taken) {
            other.condition = Condition::Damaged;
        }
        if let Some(at) = self.runs.iter().rposition(|run| run.id == job) {
            let words = "a snapshot is disposed of".to_owned();
            self.tell(at, What::Deleted, Some(directory), words);
        }
        Ok(())
    }
}
