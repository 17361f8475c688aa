//! What the events of a scenario come to.

use crate::domain::cluster::JobState;

use super::cluster::{SimError, Simulation, What};
use super::draft::{After, Kind};
use super::job::JobSpec;
use super::life::Start;
use super::run::{Condition, Snapshot};
use super::scenario::Event;
use super::take::Order;
use super::write;

impl Simulation {
    /// Lets an event of the scenario happen.
    pub(super) fn play(&mut self, event: usize) -> Result<(), SimError> {
        let event = self.scenario.events[event].clone();
        let (offset, name) = event.when_and_where();
        let name = name.to_owned();
        let told = |why: String| SimError::Story(format!("after {offset:#}: {why}"));
        if let Event::Start { job, .. } = &event {
            let spec = self.program(job).map_err(told)?;
            self.start(&spec, Start::default())?;
            return Ok(());
        }
        if let Event::Restart {
            job,
            from,
            claim,
            parallelism,
            retention,
            unaligned,
            ..
        } = &event
        {
            let mut spec = self.program(job).map_err(told)?;
            spec.retention = retention.unwrap_or(spec.retention);
            spec.unaligned = unaligned.unwrap_or(spec.unaligned);
            let from = self.find(job, from).map_err(told)?;
            let start = Start {
                parallelism: *parallelism,
                from: Some((from, (*claim).into())),
                id: None,
            };
            self.start(&spec, start)?;
            return Ok(());
        }
        if let Event::DeleteFile { snapshot, .. }
        | Event::Truncate { snapshot, .. }
        | Event::Dispose { snapshot, .. } = &event
        {
            let directory = self.find(&name, snapshot).map_err(told)?;
            return match event {
                Event::DeleteFile { .. } => self.lose_a_file(&directory),
                Event::Truncate { .. } => self.truncate(&directory),
                _ => self.dispose_of(&directory),
            };
        }
        let running = |run: &super::run::Run| run.spec.name == name && run.is_running();
        let Some(at) = self.runs.iter().rposition(running) else {
            return Err(told(format!("job {name} does not run")));
        };
        match event {
            Event::Savepoint { format, name, .. } => {
                let after = After::GoOn;
                let order = Order {
                    label: name,
                    ..Order::default()
                };
                self.trigger(at, Kind::Savepoint { format, after }, order)?;
            }
            Event::Stop {
                format,
                drain,
                name,
                ..
            } => {
                let after = if drain {
                    After::Terminate
                } else {
                    After::Suspend
                };
                let order = Order {
                    label: name,
                    ..Order::default()
                };
                self.trigger(at, Kind::Savepoint { format, after }, order)?;
            }
            Event::Checkpoint { full, .. } => {
                self.trigger(at, Kind::Checkpoint { full }, Order::default())?;
            }
            Event::Cancel { .. } => self.end_run(at, JobState::Canceled)?,
            Event::Suspend { .. } => self.end_run(at, JobState::Suspended)?,
            Event::Finish { .. } => self.finish(at)?,
            Event::FinishTasks {
                operator, subtasks, ..
            } => self.finish_tasks(at, &operator, subtasks)?,
            Event::Fail { because, .. } => self.fail(at, &because)?,
            Event::Failover { because, .. } => self.fail_over(at, &because, false)?,
            Event::Crash { .. } => self.fail_over(at, "its JobManager died", true)?,
            Event::Timeout { .. } => self.runs[at].will_expire = true,
            Event::Start { .. }
            | Event::Restart { .. }
            | Event::DeleteFile { .. }
            | Event::Truncate { .. }
            | Event::Dispose { .. } => {}
        }
        Ok(())
    }

    /// The task of an operator has no more input, in these subtasks or in all. A job all of whose tasks are finished is, too.
    fn finish_tasks(
        &mut self,
        at: usize,
        operator: &str,
        subtasks: Option<Vec<u32>>,
    ) -> Result<(), SimError> {
        let run = &mut self.runs[at];
        let vertices = run.spec.vertices();
        let of = |place: &usize| run.spec.operators[*place].name == operator;
        let Some(vertex) = vertices.iter().position(|chain| chain.iter().any(of)) else {
            let why = format!("job {} has no operator {operator}", run.spec.name);
            return Err(SimError::Story(why));
        };
        let all = run.parallelism;
        let subtasks = subtasks.unwrap_or_else(|| (0..all).collect());
        let which = if subtasks.len() as u32 == all {
            String::new()
        } else {
            let numbers: Vec<String> = subtasks.iter().map(u32::to_string).collect();
            format!("subtask {} of ", numbers.join(", "))
        };
        let within = subtasks.into_iter().filter(|it| *it < all);
        run.data.finish(vertex, within);
        run.changed_at = self.now;
        let over = |count: &u64| *count == u64::from(all);
        if run.finished_subtasks().iter().all(over) {
            return self.finish(at);
        }
        let words = format!("{which}{operator} is finished");
        self.tell(at, What::TasksFinished, None, words);
        Ok(())
    }

    pub(super) fn program(&self, name: &str) -> Result<JobSpec, String> {
        let programs = &self.scenario.jobs;
        let found = programs.iter().find(|program| program.name == name);
        found
            .cloned()
            .ok_or_else(|| format!("there is no job {name}"))
    }

    /// The snapshot that a scenario speaks of.
    ///
    /// # Errors
    /// When there is none now.
    pub fn spoken_of(&self, job: &str, snapshot: &str) -> Result<&Snapshot, SimError> {
        let directory = self.find(job, snapshot).map_err(SimError::Story)?;
        let gone = || SimError::Story(format!("there is no snapshot {directory}"));
        self.snapshots.get(&directory).ok_or_else(gone)
    }

    /// The directory of the snapshot that an event speaks of.
    fn find(&self, job: &str, snapshot: &str) -> Result<String, String> {
        let wanted = |it: &&Snapshot| {
            it.program == job
                && match snapshot {
                    "latest" => true,
                    "latest-checkpoint" => !it.is_savepoint(),
                    "latest-savepoint" => it.is_savepoint(),
                    name => {
                        it.label.as_deref() == Some(name)
                            || it.directory.rsplit('/').next() == Some(name)
                    }
                }
        };
        let there = |it: &&Snapshot| it.condition != Condition::Gone;
        self.snapshots
            .values()
            .filter(there)
            .filter(wanted)
            .max_by_key(|it| (it.completed_at, it.number))
            .map(|it| it.directory.clone())
            .ok_or_else(|| format!("job {job} has no snapshot `{snapshot}`"))
    }

    /// Somebody deletes the largest file of a snapshot.
    fn lose_a_file(&mut self, directory: &str) -> Result<(), SimError> {
        let files = self.snapshots.get(directory).map(|it| &it.files);
        let largest = files.and_then(|files| {
            let largest = files.iter().max_by_key(|(_, bytes)| **bytes)?;
            Some(largest.0.clone())
        });
        let Some(file) = largest else {
            let why = format!("snapshot {directory} has no file but its metadata");
            return Err(SimError::Story(why));
        };
        self.disk.remove_file(&file, self.now)?;
        self.damage(directory, |it| it.files.contains_key(&file));
        Ok(())
    }

    fn truncate(&mut self, directory: &str) -> Result<(), SimError> {
        self.disk.halve(&write::metadata(directory), self.now)?;
        self.damage(directory, |it| it.directory == directory);
        Ok(())
    }

    /// Notes that snapshots are no longer whole.
    fn damage(&mut self, directory: &str, hit: impl Fn(&Snapshot) -> bool) {
        for snapshot in self.snapshots.values_mut().filter(|it| hit(it)) {
            snapshot.condition = Condition::Damaged;
        }
        let job = self.snapshots.get(directory).map(|it| it.job);
        if let Some(at) = self.runs.iter().rposition(|run| Some(run.id) == job) {
            let words = "somebody damages a snapshot".to_owned();
            self.tell(at, What::Damaged, Some(directory), words);
        }
    }
}
