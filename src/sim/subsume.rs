//! How completed snapshots go: subsumed, and deleted with the files that none of the rest uses
//! (`DefaultCompletedCheckpointStore`, `CheckpointsCleaner`).

use super::cluster::{SimError, Simulation, What};
use super::job::is_in_database;
use super::run::{Condition, Kept};
use super::write;

impl Simulation {
    /// Lets go of the oldest checkpoints beyond those that the job keeps, and of files that none of the rest uses.
    pub(super) fn subsume(&mut self, at: usize) -> Result<(), SimError> {
        loop {
            let run = &mut self.runs[at];
            if run.store.len() <= self.scenario.retained {
                break;
            }
            let oldest = run.store.remove(0);
            if oldest.properties.discard_subsumed {
                self.discard_unless_used(at, oldest)?;
            }
        }
        let lowest = self.runs[at].store.first().map(|kept| kept.number);
        self.let_go(at, lowest.unwrap_or(u64::MAX))
    }

    /// Deletes files that no checkpoint from `lowest` on uses. Flink does not know what other jobs left behind, so that
    /// after a claim others may lose files that they name.
    pub(super) fn let_go(&mut self, at: usize, lowest: u64) -> Result<(), SimError> {
        let unused = self.runs[at].registry.unregister_unused(lowest);
        for file in &unused {
            self.disk.remove_file(file, self.now)?;
        }
        let mut damaged = Vec::new();
        for snapshot in self.snapshots.values_mut() {
            let hit = unused.iter().any(|file| snapshot.files.contains_key(file));
            if hit && snapshot.condition == Condition::Complete {
                snapshot.condition = Condition::Damaged;
                damaged.push((snapshot.directory.clone(), snapshot.number));
            }
        }
        for (directory, number) in damaged {
            let words = format!("snapshot {number} loses files to a job that claimed them");
            self.tell(at, What::Damaged, Some(&directory), words);
        }
        for kept in std::mem::take(&mut self.runs[at].subsumed) {
            if self.runs[at].registry.uses_what_came_with(kept.number) {
                self.runs[at].subsumed.push(kept);
            } else {
                self.discard(at, &kept)?;
            }
        }
        Ok(())
    }

    /// Deletes a completed checkpoint, or notes to do so as soon as nothing in it is used: files of a native savepoint that was
    /// claimed lie in its own directory (`CheckpointsCleaner#cleanSubsumedCheckpoints`).
    pub(super) fn discard_unless_used(&mut self, at: usize, kept: Kept) -> Result<(), SimError> {
        if kept.claimed_savepoint {
            self.runs[at].subsumed.push(kept);
            return Ok(());
        }
        self.discard(at, &kept)
    }

    /// Deletes a completed checkpoint, but for files whose users Flink counts.
    fn discard(&mut self, at: usize, kept: &Kept) -> Result<(), SimError> {
        let now = self.now;
        let Some(snapshot) = self.snapshots.get_mut(&kept.directory) else {
            return Ok(());
        };
        snapshot.condition = Condition::Gone;
        write::discard(&self.disk, &kept.directory, &snapshot.own_files, now)?;
        let of = kept.directory.rsplit_once('/').map(|it| it.0);
        for run in &mut self.runs {
            let own = Some(run.directory().as_str()) == of;
            let record = run.statistics.record_mut(kept.number).filter(|_| own);
            if let Some(record) = record {
                record.discarded = true;
            }
        }
        let words = format!("snapshot {} is deleted by Flink", kept.number);
        self.tell(at, What::Deleted, Some(&kept.directory), words);
        Ok(())
    }

    /// Deletes what databases need no more and no checkpoint ever named: what one named is Flink's to delete
    /// (`ForStFlinkFileSystem#giveUpOwnership`).
    pub(super) fn clear_databases(&mut self, at: usize) -> Result<(), SimError> {
        let merged = self.runs[at].data.take_merged();
        self.remove_from_databases(at, &merged)
    }

    /// The tasks of a job end, and what is in their databases alone goes with them.
    pub(super) fn close_databases(&mut self, at: usize) -> Result<(), SimError> {
        let files: Vec<String> = self.runs[at].data.files().cloned().collect();
        self.remove_from_databases(at, &files)
    }

    fn remove_from_databases(&mut self, at: usize, files: &[String]) -> Result<(), SimError> {
        let run = &self.runs[at];
        let home = format!("{}/", run.directory());
        let under_way = |file: &String| run.pending.iter().any(|it| it.registered.contains(file));
        let is_its_own = |file: &String| {
            file.starts_with(&home) && is_in_database(file) && !run.registry.knows(file)
        };
        let gone = files.iter().filter(|it| is_its_own(it) && !under_way(it));
        for file in gone {
            self.disk.remove_file(file, self.now)?;
        }
        Ok(())
    }
}
