//! How a snapshot comes about: triggered, acknowledged, completed or given up (`CheckpointCoordinator`).

use jiff::Timestamp;

use crate::metadata;

use super::cluster::{Due, SimError, Simulation, What};
use super::draft::{self, Draft, Kind, Name, Writer};
use super::job::{Backend, is_in_database};
use super::request::Outcome;
use super::run::{Condition, Kept, Pending, Run, Snapshot, files_of};
use super::scenario::Format;
use super::statistics::{Record, Status, TaskRecord};
use super::target::{Directories, NewFile, Target};
use super::write;

/// The one TaskManager, as directories are named after it.
const TASK_MANAGER: &str = "127.0.0.1-6122-5a1d0e";

/// What becomes of a canonical savepoint where state is in ForSt.
const NO_CANONICAL: &str = "java.lang.UnsupportedOperationException: Canonical savepoints are not supported by the ForSt state backend";

/// What a snapshot is taken for.
#[derive(Debug, Default)]
pub(super) struct Order {
    /// The directory that a savepoint goes below.
    pub(super) parent: Option<String>,
    /// The name by which the scenario will speak of it.
    pub(super) label: Option<String>,
    /// The request that wants to hear of it.
    pub(super) operation: Option<String>,
}

impl Simulation {
    pub(super) fn periodic(&mut self, at: usize, attempt: u64) -> Result<(), SimError> {
        let run = &self.runs[at];
        if !run.is_running() || run.attempt != attempt {
            return Ok(());
        }
        // One at a time (`execution.checkpointing.max-concurrent-checkpoints`).
        let busy = run.is_stopping || run.pending.iter().any(|it| !it.kind.is_savepoint());
        let interval = run.spec.interval;
        if !busy {
            self.trigger(at, Kind::Checkpoint { full: false }, Order::default())?;
        }
        self.schedule_in(interval, Due::Periodic { run: at, attempt });
        Ok(())
    }

    /// Triggers a snapshot: its directory is there at once, its files come as tasks acknowledge.
    pub(super) fn trigger(&mut self, at: usize, kind: Kind, order: Order) -> Result<(), SimError> {
        let now = self.now;
        let canonical = matches!(
            kind,
            Kind::Savepoint {
                format: Format::Canonical,
                ..
            }
        );
        if canonical && self.runs[at].spec.backend == Backend::Forst {
            // Its tasks cannot write one, and fail over it.
            if let Some(operation) = order.operation {
                self.conclude(&operation, Outcome::Failed(NO_CANONICAL.to_owned()));
            }
            return self.fail_over(at, NO_CANONICAL, false);
        }
        let writer = Writer {
            release: self.scenario.release(),
            version: self.scenario.metadata_version(),
        };
        let run = &mut self.runs[at];
        let number = run.next_number;
        run.next_number += 1;
        run.data.grow(&run.spec, now, &mut run.chance);
        let directories = directories(run, kind, number, order.parent.as_deref());
        let own = directories.own.clone();
        let uuid = run.chance.uuid();
        let threshold = run.spec.inline_threshold;
        let job = run.directory();
        let mut target = Target::new(&mut run.chance, directories, self.base.clone(), threshold);
        if run.spec.file_merging && !kind.is_savepoint() {
            target.merge_files(format!("{job}/taskowned/job_{}_tm_{TASK_MANAGER}", run.id));
        }
        let what = (kind, run.must_be_full);
        let name = Name {
            job: run.id,
            attempt: run.attempt,
            number,
        };
        let draft = draft::draft(&run.spec, &mut run.data, what, name, writer, target);
        let path = format!("{}/{own}", self.base);
        let record = record(run, kind, number, now, &draft, path);
        run.statistics.begin(record);
        let mut data = run.data.clone();
        if kind.is_savepoint() {
            // What restores from it knows nothing of the checkpoints before.
            data.forget_copies();
        }
        data.confirm(&draft.uploads);
        let expires = run.will_expire && !kind.is_savepoint();
        run.will_expire &= !expires;
        run.is_stopping |= kind.ends_the_job();
        let (parts, late) = (draft.parts.len(), draft.parts.last().cloned());
        // A changelog is written all the time, and what it is made into as well; and so is a database.
        let early = draft.parts.iter().flat_map(|part| &part.files);
        let early: Vec<NewFile> = early.filter(|it| is_the_jobs(it, &job)).cloned().collect();
        run.pending.push(Pending {
            number,
            kind,
            directory: own.clone(),
            label: order.label,
            operation: order.operation,
            uuid,
            metadata: draft.metadata,
            written: vec![false; parts],
            parts: draft.parts,
            uploads: draft.uploads,
            own_files: draft.own_files,
            registered: draft.registered,
            data,
        });
        self.disk.make_directory(&own, now)?;
        write::state(&self.disk, &early, now)?;
        let words = format!("{} is triggered", called(kind, number));
        self.tell(at, What::Triggered, Some(&own), words);
        let duration = if kind.is_savepoint() {
            self.runs[at].spec.duration * 3 / 2
        } else {
            self.runs[at].spec.duration
        };
        // The last subtask of a checkpoint that will expire does not make it.
        let in_time = parts - usize::from(expires);
        for part in 0..in_time {
            let share = 20 + 70 * (part as i32 + 1) / parts as i32;
            let due = Due::Acknowledge {
                run: at,
                number,
                part,
            };
            self.schedule_in(duration * share / 100, due);
        }
        if expires {
            let timeout = self.runs[at].spec.timeout;
            self.schedule_in(timeout, Due::Expire { run: at, number });
            let files = late.map(|part| part.files).unwrap_or_default();
            let late = Due::Late(self.straggler(at, files, &own));
            self.schedule_in(timeout.saturating_add(duration), late);
        } else {
            self.schedule_in(duration * 95 / 100, Due::WriteMetadata { run: at, number });
            self.schedule_in(duration, Due::Complete { run: at, number });
        }
        self.clear_databases(at)
    }

    /// What a late subtask writes into the directory of a checkpoint that is no more.
    fn straggler(&mut self, at: usize, files: Vec<NewFile>, own: &str) -> Vec<NewFile> {
        let inside = |file: &NewFile| file.name.starts_with(own);
        if files.iter().any(inside) {
            return files;
        }
        let run = &mut self.runs[at];
        let bytes = run.chance.about(2 * run.spec.inline_threshold.max(1 << 10));
        vec![NewFile {
            name: format!("{own}/{}", run.chance.uuid()),
            bytes,
            seed: run.chance.number(),
        }]
    }

    fn pending(&mut self, at: usize, number: u64) -> Option<&mut Pending> {
        let pending = &mut self.runs[at].pending;
        pending.iter_mut().find(|it| it.number == number)
    }

    pub(super) fn acknowledge(
        &mut self,
        at: usize,
        number: u64,
        part: usize,
    ) -> Result<(), SimError> {
        let now = self.now;
        let Some(pending) = self.pending(at, number) else {
            return Ok(());
        };
        pending.written[part] = true;
        let mut part = pending.parts[part].clone();
        let job = self.runs[at].directory();
        part.files.retain(|file| !is_the_jobs(file, &job));
        write::state(&self.disk, &part.files, now)?;
        if let Some(record) = self.runs[at].statistics.record_mut(number) {
            record.acknowledged_at = Some(now);
            record.state += part.state;
            record.checkpointed += part.checkpointed;
            if let Some(task) = record.tasks.get_mut(part.vertex) {
                task.acknowledged += 1;
                task.acknowledged_at = Some(now);
                task.state += part.state;
                task.checkpointed += part.checkpointed;
            }
        }
        Ok(())
    }

    pub(super) fn write_metadata(&mut self, at: usize, number: u64) -> Result<(), SimError> {
        let now = self.now;
        let Some(pending) = self.pending(at, number) else {
            return Ok(());
        };
        let bytes = metadata::write(&pending.metadata)?;
        let name = write::temporary(&pending.directory, &pending.uuid);
        Ok(self.disk.write_all(&name, &bytes, now)?)
    }

    pub(super) fn complete(&mut self, at: usize, number: u64) -> Result<(), SimError> {
        let now = self.now;
        let run = &mut self.runs[at];
        let Some(place) = run.pending.iter().position(|it| it.number == number) else {
            return Ok(());
        };
        let own = run.pending[place].directory.clone();
        if self.disk.has(&write::metadata(&own), 0) {
            return self.collide(at, number, &own);
        }
        let run = &mut self.runs[at];
        let done = run.pending.remove(place);
        let temporary = write::temporary(&own, &done.uuid);
        self.disk.rename(&temporary, &write::metadata(&own), now)?;
        run.statistics.complete(number);
        let (job, program) = (run.id, run.spec.name.clone());
        let ends = done.kind.ends_the_job();
        if !done.kind.is_savepoint() {
            run.data.confirm(&done.uploads);
            run.registry.register(&done.registered, number);
            run.must_be_full = false;
        }
        // A savepoint is nothing to go on from, unless the job ends with it.
        if ends || !done.kind.is_savepoint() {
            run.store.push(Kept {
                directory: own.clone(),
                number,
                properties: done.kind.properties(&run.spec),
                claimed_savepoint: false,
                data: done.data.clone(),
            });
        }
        let snapshot = Snapshot {
            path: self.disk.path(&own),
            number,
            job,
            completed_at: now,
            condition: Condition::Complete,
            kind: done.kind,
            label: done.label,
            program,
            files: files_of(&done.metadata, &self.base, &own),
            own_files: done.own_files,
            registered: done.registered,
            data: done.data,
            directory: own.clone(),
        };
        self.snapshots.insert(own.clone(), snapshot);
        let words = format!("{} is complete", called(done.kind, number));
        self.tell(at, What::Completed, Some(&own), words);
        if let Some(operation) = done.operation {
            let outcome = if done.kind.is_savepoint() {
                Outcome::Saved(format!("{}/{own}", self.base))
            } else {
                Outcome::Checkpointed(number)
            };
            self.conclude(&operation, outcome);
        }
        self.subsume(at)?;
        if ends {
            self.finish(at)?;
        }
        Ok(())
    }

    /// Another job has completed a checkpoint of this number in the same directory: metadata is never written over, and what was
    /// under way is cleared away, with all that is in the directory (`FsCheckpointStorageLocation#disposeOnFailure`).
    fn collide(&mut self, at: usize, number: u64, own: &str) -> Result<(), SimError> {
        self.give_up(at, number, "Failure to finalize checkpoint.")?;
        self.disk.remove_files_in(own, self.now)?;
        self.disk.remove_empty_directory(own, self.now)?;
        if let Some(other) = self.snapshots.get_mut(own) {
            other.condition = Condition::Gone;
            let words = format!("checkpoint {number} of another job goes with it");
            self.tell(at, What::Deleted, Some(own), words);
        }
        Ok(())
    }

    /// Gives a snapshot under way up, and deletes what there is of it.
    pub(super) fn give_up(
        &mut self,
        at: usize,
        number: u64,
        because: &str,
    ) -> Result<(), SimError> {
        let now = self.now;
        let run = &mut self.runs[at];
        let Some(place) = run.pending.iter().position(|it| it.number == number) else {
            return Ok(());
        };
        let given_up = run.pending.remove(place);
        run.is_stopping &= !given_up.kind.ends_the_job();
        run.statistics.fail(number, now, because);
        let job = run.directory();
        let files: Vec<String> = given_up
            .parts
            .iter()
            .zip(&given_up.written)
            .filter(|(_, written)| **written)
            .flat_map(|(part, _)| &part.files)
            .filter(|file| !is_the_jobs(file, &job))
            .map(|file| file.name.clone())
            .collect();
        write::abort(&self.disk, &given_up.directory, &given_up.uuid, &files, now)?;
        let words = format!("{} is given up: {because}", called(given_up.kind, number));
        self.tell(at, What::GivenUp, Some(&given_up.directory), words);
        if let Some(operation) = given_up.operation {
            self.conclude(&operation, Outcome::Failed(because.to_owned()));
        }
        Ok(())
    }
}

/// Whether a file belongs to the job's changelog or its databases, which go on whatever becomes of a checkpoint.
fn is_the_jobs(file: &NewFile, job: &str) -> bool {
    // What lies there in a directory of a TaskManager are merged files of checkpoints.
    let below = file.name.strip_prefix(job);
    let owned = below.and_then(|it| it.strip_prefix("/taskowned/"));
    owned.is_some_and(|it| !it.contains('/'))
        || file.name.starts_with("changelog/")
        || is_in_database(&file.name)
}

/// What a sentence calls it.
fn called(kind: Kind, number: u64) -> String {
    match kind {
        Kind::Checkpoint { .. } => format!("checkpoint {number}"),
        Kind::Savepoint { .. } => format!("savepoint {number}"),
    }
}

fn directories(run: &mut Run, kind: Kind, number: u64, parent: Option<&str>) -> Directories {
    let job = run.directory();
    let (own, shared) = if kind.is_savepoint() {
        let prefix = run.id.savepoint_prefix();
        let digits = run.chance.twelve_digits();
        let own = run.spec.below("savepoints");
        let parent = parent.unwrap_or(&own);
        (format!("{parent}/savepoint-{prefix}-{digits}"), None)
    } else {
        (format!("{job}/chk-{number}"), Some(format!("{job}/shared")))
    };
    Directories {
        own,
        shared,
        task_owned: format!("{job}/taskowned"),
        changes: format!("changelog/{}/dstl", run.id),
    }
}

fn record(
    run: &Run,
    kind: Kind,
    number: u64,
    now: Timestamp,
    draft: &Draft,
    path: String,
) -> Record {
    // Finished subtasks are taken to have acknowledged at once (`CheckpointCoordinator#reportFinishedTasks`).
    let finished = run.finished_subtasks();
    let task = |(at, (vertex, _)): (usize, (String, String))| TaskRecord {
        vertex,
        subtasks: u64::from(run.parallelism),
        acknowledged: finished[at],
        acknowledged_at: (finished[at] > 0).then_some(now),
        state: 0,
        checkpointed: 0,
    };
    let (sort, savepoint_format) = match kind {
        Kind::Checkpoint { .. } if run.spec.unaligned => ("UNALIGNED_CHECKPOINT", None),
        Kind::Checkpoint { .. } => ("CHECKPOINT", None),
        Kind::Savepoint { format, .. } => {
            let format = match format {
                Format::Canonical => "CANONICAL",
                Format::Native => "NATIVE",
            };
            let sort = if kind.ends_the_job() {
                "SYNC_SAVEPOINT"
            } else {
                "SAVEPOINT"
            };
            (sort, Some(format))
        }
    };
    Record {
        id: number,
        status: Status::InProgress,
        savepoint_format,
        sort,
        triggered_at: now,
        acknowledged_at: None,
        state: 0,
        checkpointed: 0,
        persisted: draft.metadata.channel_size(),
        tasks: run.vertices().into_iter().enumerate().map(task).collect(),
        path,
        discarded: false,
    }
}
