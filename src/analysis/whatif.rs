//! What would be left if something happened to a job: Flink's own rules, played on a copy.
//!
//! A [`World`] is a lineage as it is now: its snapshots, and the files that they name. [`World::after`] lets steps happen to it, one
//! after the other, and says what is left. Nothing here knows of a store.
//!
//! The rules are those of `CompletedCheckpointStore`, `CheckpointsCleaner` and `SharedStateRegistryImpl`:
//!
//! - A job that ends discards each completed checkpoint whose own flag says so (`CheckpointProperties`); a savepoint is
//!   none of its checkpoints. *Subsumed* discards the chosen one and those before it, as newer ones push them out.
//! - To discard a checkpoint deletes its metadata and the files that are its alone, wherever they lie. Shared ones are the
//!   registry's.
//! - Then the registry deletes every shared file whose last user is older than the oldest checkpoint that is kept
//!   (`unregisterUnusedState`). It knows the checkpoints of its job and nobody else's.
//! - A job that ends discards its checkpoints one after the other, and stops at a native savepoint that it claimed: that one's shared
//!   files are the registry's and still in its directory, which is not empty then
//!   (`CompletedCheckpoint.CompletedCheckpointDiscardObject#discard`). What would have gone after that may be left.
//! - A job that ends aborts what it has under way, and discards what was written of it (`CheckpointCoordinator#stopCheckpointScheduler`,
//!   `PendingCheckpoint#abort`).
//! - What a job inherited goes only if the snapshot it was restored from was claimed, which no file tells. Where that is known,
//!   the snapshot counts as a checkpoint of the job that claimed it, under that job's retention.
//! - Flink's own disposal (`flink savepoint -d`) knows no registry at all: [`super::disposal`].

mod outcome;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use self::outcome::{After, Keeper, Outcome, Shared, Sum, Whereabouts};
use super::began;
use super::ownership::{self, Ownership};
use crate::domain::cluster::Cluster;
use crate::domain::id::JobId;
use crate::domain::snapshot::{Fate, Health, Kind, Properties, Snapshot, Verdict};

/// A lineage, with all that it is made of.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct World {
    /// Its snapshots, oldest first.
    pub pieces: Vec<Piece>,
    /// Every file that they name, each once; those that are not there are not here.
    pub files: Vec<File>,
    /// What it cannot tell, in sentences.
    pub remarks: Vec<String>,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct File {
    /// Its name without its directory, safe to show.
    pub name: String,
    /// Its length.
    pub bytes: u64,
}

/// A snapshot, and what it names.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// What is known of it.
    pub row: Arc<Snapshot>,
    /// Bytes of its metadata; none where it has none that can be read, and then no rule of Flink's reaches it.
    pub metadata: Option<u64>,
    /// The files that it names, each once.
    pub uses: Vec<Use>,
    /// The job that claimed it, or may have: it is one of that job's checkpoints then, and none of those of the job that took it.
    pub claimed_by: Option<JobId>,
    /// Whether that it claimed it is not known.
    pub is_claim_open: bool,
    /// Whether checkpoints of another job name its files, and nothing tells of a job that may have claimed it.
    pub is_built_on: bool,
    /// Whether an earlier run of its job's id took it: it is none of the checkpoints of the one that lives.
    pub is_of_earlier_run: bool,
    /// Whether somebody is writing it.
    pub writing: Writing,
    /// What becomes of it: by its own flags, or by the retention of the job that claimed it.
    pub fate: Fate,
}

impl Piece {
    /// One of which no cluster was asked.
    pub fn new(row: Arc<Snapshot>, metadata: Option<u64>, uses: Vec<Use>) -> Self {
        let fate = row.fate.clone();
        let mut piece = Self {
            row,
            metadata,
            uses,
            claimed_by: None,
            is_claim_open: false,
            is_built_on: false,
            is_of_earlier_run: false,
            writing: Writing::Nobody,
            fate,
        };
        piece.ask(&[]);
        piece
    }

    /// Takes in who has claimed it.
    fn ask(&mut self, clusters: &[Arc<Cluster>]) {
        let ownership = ownership::of(&self.row, clusters);
        let ownership = match ownership {
            // Who lives and may have claimed it is who names its files.
            Ownership::BuiltOn(_) => began::may_have_claimed(&self.row, clusters, &[])
                .next()
                .map_or(ownership, |(cluster, job)| {
                    Ownership::MaybeClaimed(cluster, job)
                }),
            other => other,
        };
        self.is_built_on = matches!(ownership, Ownership::BuiltOn(_));
        self.writing = match ownership {
            Ownership::UnderWay(..) if self.row.kind != Kind::Savepoint => Writing::Surely,
            // Where a savepoint under way will lie no cluster tells.
            Ownership::UnderWay(..) | Ownership::Begun => Writing::Maybe,
            _ => Writing::Nobody,
        };
        self.is_of_earlier_run = matches!(ownership, Ownership::EarlierRun(_));
        if self.is_of_earlier_run || matches!(ownership, Ownership::MayBeEarlier(_)) {
            self.fate = ownership.fate(&self.row).into_owned();
        }
        let claimer = match &ownership {
            Ownership::Claimed(claim) => Some((claim.job, false)),
            Ownership::MaybeClaimed(_, job) => Some((job.id, true)),
            _ => None,
        };
        if let Some((job, is_open)) = claimer {
            self.claimed_by = Some(job);
            self.is_claim_open = is_open;
            self.fate = ownership.fate(&self.row).into_owned();
        }
    }

    /// Whether it could not be restored before anything happened.
    pub fn was_broken(&self) -> bool {
        match self.row.health {
            Health::Incomplete => true,
            Health::Corrupt => self.row.unchecked_files == 0,
            _ => false,
        }
    }

    /// Whether Flink, when a job that claimed it ends, comes upon its directory with files that are the registry's.
    fn stops_its_job(&self) -> bool {
        let facts = self.row.facts.as_deref();
        let is_native = facts.is_some_and(|facts| {
            matches!(&facts.properties, Properties::Known { savepoint_format, .. }
                if savepoint_format.as_deref() == Some("NATIVE"))
        });
        let mut uses = self.uses.iter();
        let is_savepoint = self.row.kind == Kind::Savepoint && self.claimed_by.is_some();
        is_savepoint && is_native && uses.any(|it| it.held == Held::Registry)
    }
}

/// Whether a snapshot without metadata is being written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writing {
    /// It has metadata, or nobody goes on with it.
    Nobody,
    /// Nothing tells that nobody does.
    Maybe,
    /// Its job has it under way.
    Surely,
}

/// A snapshot's use of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Use {
    /// Which of the world's files.
    pub file: usize,
    /// Who deletes it.
    pub held: Held,
    /// Whether Flink's own disposal of the snapshot deletes it.
    pub disposed: bool,
}

/// Who deletes a file that a snapshot names, while the job lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// It goes with the snapshot.
    Own,
    /// The registry of the snapshot's job, once no checkpoint of it needs it.
    Registry,
    /// The same registry if the job claimed the snapshot that it was restored from, else nobody: it lies outside of the
    /// job's own directory.
    Inherited,
    /// The `TaskManagers`, once nothing in it is needed: a merged file, or a part of a changelog beside such files.
    TaskManagers,
}

/// What can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Event {
    /// Newer checkpoints push the chosen one out, and those before it.
    Subsumed,
    /// The job finishes.
    Finished,
    /// It is cancelled.
    Cancelled,
    /// It fails for good.
    Failed,
    /// Its `JobManager` stops without a final state.
    Suspended,
    /// Somebody runs Flink's own disposal on the chosen snapshot.
    Disposed,
}

impl Event {
    /// All, the five ends first.
    pub const ALL: [Self; 6] = [
        Self::Subsumed,
        Self::Finished,
        Self::Cancelled,
        Self::Failed,
        Self::Suspended,
        Self::Disposed,
    ];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Subsumed => "subsumed",
            Self::Finished => "finished",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
            Self::Suspended => "suspended",
            Self::Disposed => "disposed",
        }
    }

    /// What a snapshot's own flags say to it. A disposal asks no flag.
    pub fn verdict(self, fate: &Fate) -> Verdict {
        match self {
            Self::Subsumed => fate.subsumed,
            Self::Finished => fate.finished,
            Self::Cancelled => fate.cancelled,
            Self::Failed => fate.failed,
            Self::Suspended => fate.suspended,
            Self::Disposed => Verdict::Deleted,
        }
    }

    /// Whether the job is over then.
    pub fn ends_job(self) -> bool {
        !matches!(self, Self::Subsumed | Self::Disposed)
    }
}

/// Something that happens: to the job of a snapshot, or to the snapshot itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// What.
    pub event: Event,
    /// The chosen snapshot, by its place in the world.
    pub at: usize,
}

impl World {
    /// Takes in what clusters tell of claims.
    pub fn ask(&mut self, clusters: &[Arc<Cluster>]) {
        for piece in &mut self.pieces {
            piece.ask(clusters);
        }
    }

    /// What it cannot tell, in sentences: what was to be said from the start, and what may have been claimed by a job that names
    /// its files.
    pub fn notes(&self) -> Vec<String> {
        let built_on = self.pieces.iter().filter(|it| it.is_built_on);
        let names: Vec<&str> = built_on.map(|it| it.row.name.as_str()).collect();
        let name = match names.as_slice() {
            [] => return self.remarks.clone(),
            [one] => (*one).to_owned(),
            [one, rest @ ..] => format!("{one} (and {} more)", rest.len()),
        };
        let note = format!(
            "Another job's checkpoints name files of {name}: if that job claimed it, it goes with them, which is not played here."
        );
        self.remarks.iter().cloned().chain([note]).collect()
    }

    /// What is left after these steps.
    pub fn after(&self, steps: &[Step]) -> Outcome {
        let mut outcome = Outcome::before(self);
        for (number, step) in steps.iter().enumerate() {
            outcome.told.clear();
            outcome.happen(self, *step, number);
        }
        outcome.settle(self);
        outcome
    }

    /// The job that a snapshot is of: by its directory, else, for a savepoint, the one whose id begins as its name says.
    pub fn job_of(&self, at: usize) -> Option<JobId> {
        let piece = self.pieces.get(at)?;
        if piece.claimed_by.is_some() {
            return piece.claimed_by;
        }
        let row = &piece.row;
        if row.job_id.is_some() {
            return row.job_id;
        }
        let prefix = row.job_prefix.as_deref()?;
        let jobs = self.pieces.iter().filter_map(|piece| piece.row.job_id);
        jobs.into_iter()
            .find(|job| job.to_string().starts_with(prefix))
    }

    /// What to call the job of a snapshot.
    pub fn job_name(&self, at: usize) -> String {
        match (self.job_of(at), self.pieces.get(at)) {
            (Some(job), _) => format!("job {}", &job.to_string()[..8]),
            (None, Some(piece)) => match &piece.row.job_prefix {
                Some(prefix) => format!("a job {prefix}"),
                None => "its job".to_owned(),
            },
            (None, None) => "no job".to_owned(),
        }
    }

    /// The completed checkpoints of a job, with what it claimed.
    fn checkpoints(&self, job: JobId) -> impl Iterator<Item = usize> {
        self.pieces
            .iter()
            .enumerate()
            .filter(move |(_, it)| {
                let took = it
                    .row
                    .job_id
                    .filter(|_| it.row.kind != Kind::Savepoint && !it.is_of_earlier_run);
                let is_its = it.claimed_by.or(took) == Some(job);
                it.metadata.is_some() && is_its
            })
            .map(|(at, _)| at)
    }

    /// The number of a checkpoint within its job.
    fn number(&self, at: usize) -> u64 {
        self.pieces[at].row.checkpoint_id().unwrap_or_default()
    }
}
