//! The simulated cluster: what is due next on virtual time, and how snapshots come about step by step.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use crate::domain::cluster::JobState;
use crate::domain::id::JobId;
use crate::metadata::WriteError;

use super::clock::later;
use super::disk::{Disk, DiskError};
use super::jars::Jar;
use super::request::Operation;
use super::run::{Condition, Run, Snapshot};
use super::scenario::Scenario;
use super::target::NewFile;
use super::write;

/// A simulation that cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// The disk does not do what it should.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The metadata of a snapshot cannot be written.
    #[error("a simulated snapshot cannot be written: {0}")]
    Write(#[from] WriteError),
    /// The scenario wants something that cannot be.
    #[error("{0}")]
    Story(String),
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    /// When.
    pub at: Timestamp,
    /// To which job.
    pub job: JobId,
    /// What.
    pub what: What,
    /// The snapshot that it is about.
    pub snapshot: Option<PathBuf>,
    /// The same in a sentence.
    pub words: String,
}

/// What can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A job starts, with or without state.
    Started,
    /// A job goes on after a failure.
    WentOn,
    /// Tasks of a job have no more input, and others go on.
    TasksFinished,
    /// A job ends in this state.
    Ended(JobState),
    /// A snapshot is triggered.
    Triggered,
    /// A snapshot is complete.
    Completed,
    /// A snapshot under way is given up.
    GivenUp,
    /// Flink deletes a snapshot.
    Deleted,
    /// A snapshot is damaged.
    Damaged,
}

/// What is due at some time. Numbers are places of runs.
#[derive(Debug, Clone)]
pub(super) enum Due {
    Event(usize),
    Periodic {
        run: usize,
        attempt: u64,
    },
    Acknowledge {
        run: usize,
        number: u64,
        part: usize,
    },
    WriteMetadata {
        run: usize,
        number: u64,
    },
    Complete {
        run: usize,
        number: u64,
    },
    Expire {
        run: usize,
        number: u64,
    },
    /// A task that has not heard that its checkpoint was given up.
    Late(Vec<NewFile>),
}

/// A simulated cluster, whose jobs write below one directory.
#[derive(Debug)]
pub struct Simulation {
    pub(super) scenario: Scenario,
    pub(super) disk: Disk,
    /// The directory as a URI, as Flink writes it.
    pub(super) base: String,
    pub(super) now: Timestamp,
    queue: BTreeMap<(Timestamp, u64), Due>,
    sequence: u64,
    pub(super) runs: Vec<Run>,
    pub(super) snapshots: BTreeMap<String, Snapshot>,
    pub(super) operations: BTreeMap<String, Operation>,
    pub(super) jars: Vec<Jar>,
    /// Jars that were ever uploaded.
    pub(super) uploads: u64,
    happenings: Vec<Happening>,
}

impl Simulation {
    /// Sets a scenario up in a directory, which must exist, be empty and belong to nobody else. Nothing outside it is ever
    /// touched. Nothing has happened yet.
    ///
    /// # Errors
    /// When the directory cannot be used.
    pub fn new(scenario: &Scenario, directory: &Path) -> Result<Self, SimError> {
        let disk = Disk::new(directory)?;
        let root = disk.path("");
        let Some(root) = root.to_str() else {
            let why = format!("{} is no name that Flink can have", root.display());
            return Err(SimError::Story(why));
        };
        let base = format!("file:{}", root.trim_end_matches('/'));
        Ok(Self::on(scenario, disk, base))
    }

    /// The same, where Flink has a name of its own for the directory, as in a container: a URI without a slash at its end.
    ///
    /// # Errors
    /// As [`Simulation::new`].
    pub fn seen_as(base: &str, scenario: &Scenario, directory: &Path) -> Result<Self, SimError> {
        let disk = Disk::new(directory)?;
        Ok(Self::on(scenario, disk, base.to_owned()))
    }

    fn on(scenario: &Scenario, disk: Disk, base: String) -> Self {
        let mut simulation = Self {
            base,
            scenario: scenario.clone(),
            disk,
            now: scenario.start,
            queue: BTreeMap::new(),
            sequence: 0,
            runs: Vec::new(),
            snapshots: BTreeMap::new(),
            operations: BTreeMap::new(),
            jars: Vec::new(),
            uploads: 0,
            happenings: Vec::new(),
        };
        simulation.put_jars();
        simulation.set_the_stage();
        simulation
    }

    /// Virtual time.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The release that is simulated, such as `2.3.0`.
    pub fn version(&self) -> &str {
        &self.scenario.version
    }

    /// When the scenario's story is told.
    pub fn end(&self) -> Timestamp {
        later(self.scenario.start, self.scenario.lasts)
    }

    /// The directory as Flink writes it.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// All jobs, in the order of their starts.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// All snapshots that were ever complete, by directory.
    pub fn snapshots(&self) -> impl Iterator<Item = &Snapshot> {
        self.snapshots.values()
    }

    /// What its story has come to, in words.
    pub fn said(&self) -> &str {
        self.scenario.said_at(self.now)
    }

    /// Forgets snapshots that Flink has deleted, of which a long play would have ever more.
    pub fn forget_what_is_gone(&mut self) {
        self.snapshots
            .retain(|_, it| it.condition != Condition::Gone);
    }

    /// When something happens next, if nobody asks for anything.
    pub fn next_at(&self) -> Option<Timestamp> {
        self.queue.keys().next().map(|(at, _)| *at)
    }

    /// Lets everything happen that is due until then, and says what did.
    ///
    /// # Errors
    /// When the disk fails, or the scenario wants something that cannot be.
    pub fn advance_to(&mut self, moment: Timestamp) -> Result<Vec<Happening>, SimError> {
        while let Some(entry) = self.queue.first_entry() {
            let (at, _) = *entry.key();
            if at > moment {
                break;
            }
            let due = entry.remove();
            self.now = self.now.max(at);
            self.handle(due)?;
        }
        self.now = self.now.max(moment);
        Ok(std::mem::take(&mut self.happenings))
    }

    pub(super) fn schedule(&mut self, at: Timestamp, due: Due) {
        self.sequence += 1;
        self.queue.insert((at, self.sequence), due);
    }

    pub(super) fn schedule_in(&mut self, by: SignedDuration, due: Due) {
        self.schedule(later(self.now, by), due);
    }

    pub(super) fn tell(&mut self, run: usize, what: What, snapshot: Option<&str>, words: String) {
        self.happenings.push(Happening {
            at: self.now,
            job: self.runs[run].id,
            what,
            snapshot: snapshot.map(|name| self.disk.path(name)),
            words,
        });
    }

    fn handle(&mut self, due: Due) -> Result<(), SimError> {
        match due {
            Due::Event(at) => self.play(at),
            Due::Periodic { run, attempt } => self.periodic(run, attempt),
            Due::Acknowledge { run, number, part } => self.acknowledge(run, number, part),
            Due::WriteMetadata { run, number } => self.write_metadata(run, number),
            Due::Complete { run, number } => self.complete(run, number),
            Due::Expire { run, number } => {
                self.give_up(run, number, "Checkpoint expired before completing.")
            }
            Due::Late(files) => Ok(write::state(&self.disk, &files, self.now)?),
        }
    }
}
