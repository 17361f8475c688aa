//! What a user can ask a cluster for, as Flink's REST API has it.

use std::path::Path;

use crate::domain::claim::ClaimMode;
use crate::domain::cluster::JobState;
use crate::domain::id::JobId;

use super::cluster::{SimError, Simulation};
use super::draft::{After, Kind};
use super::life::Start;
use super::run::{Condition, Run};
use super::scenario::Format;
use super::take::Order;
use super::write;

/// An asynchronous operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Under way.
    InProgress,
    /// Over.
    Done(Outcome),
}

/// What an operation came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A savepoint, and where.
    Saved(String),
    /// A checkpoint of this number.
    Checkpointed(u64),
    /// A snapshot was disposed of.
    Disposed,
    /// Nothing, for this reason.
    Failed(String),
}

/// A request that is not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// There is no such thing (404).
    #[error("{0}")]
    NotFound(String),
    /// It cannot be (400).
    #[error("{0}")]
    Bad(String),
    /// It contradicts the state of the job (409).
    #[error("{0}")]
    Conflict(String),
    /// The simulation cannot go on (500).
    #[error(transparent)]
    Broken(#[from] SimError),
}

/// What a savepoint is to be like.
#[derive(Debug, Clone, Default)]
pub struct SavepointRequest {
    /// Its format.
    pub format: Format,
    /// The directory that it goes below, as Flink would see it; one below the simulation's. The job's own otherwise.
    pub directory: Option<String>,
    /// Whether the job stops with it,
    pub stop: bool,
    /// and whether its windows are fired before.
    pub drain: bool,
}

/// How a program is to be started.
#[derive(Debug, Clone, Default)]
pub struct RunRequest {
    /// The name of the job in the scenario.
    pub program: String,
    /// The id that it shall have.
    pub id: Option<JobId>,
    /// Its parallelism, unless the scenario's.
    pub parallelism: Option<u32>,
    /// The snapshot that it starts from, as Flink sees it, and whose that is then.
    pub from: Option<(String, ClaimMode)>,
}

impl Simulation {
    /// The newest job with this id.
    pub fn run(&self, job: JobId) -> Option<&Run> {
        self.runs.iter().rev().find(|run| run.id == job)
    }

    /// The names of the programs that can be started.
    pub fn programs(&self) -> impl Iterator<Item = &str> {
        self.scenario.jobs.iter().map(|job| job.name.as_str())
    }

    /// How far an operation is.
    pub fn operation(&self, id: &str) -> Option<&Operation> {
        self.operations.get(id)
    }

    fn at(&self, job: JobId) -> Result<usize, Refusal> {
        let found = self.runs.iter().rposition(|run| run.id == job);
        found.ok_or_else(|| Refusal::NotFound(format!("Job {job} not found")))
    }

    fn running(&self, job: JobId) -> Result<usize, Refusal> {
        let at = self.at(job)?;
        if self.runs[at].is_running() {
            return Ok(at);
        }
        Err(Refusal::Conflict(format!(
            "Job {job} is not running but {}",
            self.runs[at].state.word()
        )))
    }

    /// Whether an operation of this id is known already: then the same request was made before.
    fn begin(&mut self, operation: &str) -> bool {
        if self.operations.contains_key(operation) {
            return false;
        }
        self.operations
            .insert(operation.to_owned(), Operation::InProgress);
        true
    }

    /// A job that is over is asked for nothing any more: the request is taken, and the operation fails.
    fn is_over(&mut self, at: usize, operation: &str) -> bool {
        let run = &self.runs[at];
        let over = !run.is_running();
        if over {
            let why = format!(
                "org.apache.flink.runtime.messages.FlinkJobNotFoundException: Could not find Flink job ({})",
                run.id
            );
            self.conclude(operation, Outcome::Failed(why));
        }
        over
    }

    pub(super) fn conclude(&mut self, operation: &str, outcome: Outcome) {
        self.operations
            .insert(operation.to_owned(), Operation::Done(outcome));
    }

    /// Asks for a savepoint. Asked for again with the same id, nothing more happens.
    ///
    /// # Errors
    /// When there is no such job. Of one that does not run the operation fails.
    pub fn trigger_savepoint(
        &mut self,
        job: JobId,
        request: &SavepointRequest,
        operation: &str,
    ) -> Result<(), Refusal> {
        let at = self.at(job)?;
        if !self.begin(operation) || self.is_over(at, operation) {
            return Ok(());
        }
        let parent = match &request.directory {
            None => None,
            Some(directory) => {
                let Some(name) = self.name_of(directory) else {
                    let why = format!(
                        "java.io.IOException: Failed to create savepoint directory at {directory}: the simulation writes only below {}",
                        self.base
                    );
                    self.conclude(operation, Outcome::Failed(why));
                    return Ok(());
                };
                Some(name)
            }
        };
        let after = match (request.stop, request.drain) {
            (false, _) => After::GoOn,
            (true, false) => After::Suspend,
            (true, true) => After::Terminate,
        };
        let format = request.format;
        let order = Order {
            parent,
            label: None,
            operation: Some(operation.to_owned()),
        };
        self.trigger(at, Kind::Savepoint { format, after }, order)?;
        Ok(())
    }

    /// Asks for a checkpoint. Asked for again with the same id, nothing more happens.
    ///
    /// # Errors
    /// When there is no such job. Of one that does not run the operation fails.
    pub fn trigger_checkpoint(
        &mut self,
        job: JobId,
        full: bool,
        operation: &str,
    ) -> Result<(), Refusal> {
        let at = self.at(job)?;
        if self.begin(operation) && !self.is_over(at, operation) {
            let order = Order {
                operation: Some(operation.to_owned()),
                ..Order::default()
            };
            self.trigger(at, Kind::Checkpoint { full }, order)?;
        }
        Ok(())
    }

    /// Cancels a job. One that is over stays as it is.
    ///
    /// # Errors
    /// When there is no such job.
    pub fn cancel(&mut self, job: JobId) -> Result<(), Refusal> {
        let at = self.at(job)?;
        if self.runs[at].is_running() {
            self.end_run(at, JobState::Canceled)?;
        }
        Ok(())
    }

    /// Lets a job fail: for good, or so that it goes on from its latest checkpoint.
    ///
    /// # Errors
    /// When there is no such job, or it does not run.
    pub fn let_fail(&mut self, job: JobId, because: &str, for_good: bool) -> Result<(), Refusal> {
        let at = self.running(job)?;
        if for_good {
            self.fail(at, because)?;
        } else {
            self.fail_over(at, because, false)?;
        }
        Ok(())
    }

    /// Lets the next checkpoint of a job take too long.
    ///
    /// # Errors
    /// When there is no such job, or it does not run.
    pub fn let_expire(&mut self, job: JobId) -> Result<(), Refusal> {
        let at = self.running(job)?;
        self.runs[at].will_expire = true;
        Ok(())
    }

    /// Lets a job come to the end of its input.
    ///
    /// # Errors
    /// When there is no such job, or it does not run.
    pub fn let_finish(&mut self, job: JobId) -> Result<(), Refusal> {
        let at = self.running(job)?;
        Ok(self.finish(at)?)
    }

    /// Deletes a snapshot with all that it names, as `flink savepoint -d` does.
    ///
    /// # Errors
    /// When the simulation cannot go on. What is no snapshot makes the operation fail.
    pub fn dispose(&mut self, path: &str, operation: &str) -> Result<(), Refusal> {
        if !self.begin(operation) {
            return Ok(());
        }
        let outcome = match self.snapshot_at(path) {
            Some(directory) => {
                self.dispose_of(&directory)?;
                Outcome::Disposed
            }
            None => Outcome::Failed(format!(
                "java.io.FileNotFoundException: Cannot find checkpoint or savepoint file/directory '{path}' on file system 'file'."
            )),
        };
        self.conclude(operation, outcome);
        Ok(())
    }

    /// Starts a program, and says the job's id. A job that has the id already is not started again.
    ///
    /// # Errors
    /// When there is no such program or snapshot, or not so many key groups.
    pub fn run_program(&mut self, request: &RunRequest) -> Result<JobId, Refusal> {
        if let Some(known) = request.id.filter(|id| self.run(*id).is_some()) {
            return Ok(known);
        }
        let spec = self.program(&request.program).map_err(Refusal::NotFound)?;
        let spec = spec.by_hand();
        let most = spec.max_parallelism;
        if let Some(wanted) = request.parallelism.filter(|it| !(1..=most).contains(it)) {
            return Err(Refusal::Bad(format!(
                "parallelism {wanted} is not from 1 to the max parallelism {most}"
            )));
        }
        let from = match &request.from {
            None => None,
            Some((path, mode)) => {
                let Some(directory) = self.snapshot_at(path) else {
                    return Err(Refusal::Bad(format!(
                        "java.io.FileNotFoundException: Cannot find checkpoint or savepoint file/directory '{path}' on file system 'file'."
                    )));
                };
                Some((directory, *mode))
            }
        };
        let start = Start {
            id: request.id,
            parallelism: request.parallelism,
            from,
        };
        let at = self.start(&spec, start)?;
        Ok(self.runs[at].id)
    }

    /// What a path of Flink's is called below the simulation's directory; none when it lies elsewhere.
    fn name_of(&self, path: &str) -> Option<String> {
        let root = self.base.strip_prefix("file:")?;
        let path = path.strip_prefix("file:").unwrap_or(path);
        let path = format!("/{}", path.trim_start_matches('/'));
        let below = Path::new(&path).strip_prefix(root).ok()?;
        let down = |it| matches!(it, std::path::Component::Normal(_));
        let name = below.to_str()?;
        (!name.is_empty() && below.components().all(down)).then(|| name.to_owned())
    }

    /// The directory of a snapshot that still is where it was written.
    fn snapshot_at(&self, path: &str) -> Option<String> {
        let name = self.name_of(path)?;
        let directory = name.strip_suffix(write::METADATA).unwrap_or(&name);
        let directory = directory.trim_end_matches('/');
        let there = self.disk.has(&write::metadata(directory), 0);
        let known = self.snapshots.get(directory)?;
        (there && known.condition != Condition::Gone).then(|| directory.to_owned())
    }
}
