//! What lies below the roots and no snapshot names: whether it is left over from something that is over, and may go.
//!
//! Unless everything speaks for it, a file stays. It may go only when
//!
//! - it is of a [class](Class) that Flink leaves behind, under a name that Flink gives, in a directory that Flink made;
//! - no metadata in scope names it, nor any file of the same name anywhere: names are random, so that a namesake is the same
//!   file seen by another way, or a copy;
//! - all metadata in scope could be read, every directory listed, and the directories of other jobs beside it were looked in:
//!   a job that claimed a checkpoint goes on naming its files, from its own directory;
//! - it, and all that lies beside it, has not changed for the grace, and no time is unknown or in the future;
//! - no cluster says that its job lives, or that one was restored from there; no checkpoint is in progress there; and its job
//!   is known to be over, or nothing at all has changed in its directory for the grace.
//!
//! # What never goes
//!
//! - `taskowned/<uuid>`: no proof exists. `GenericWriteAheadSink` keeps handles to such files inside of operator state, where
//!   metadata does not show them; a savepoint elsewhere may hold one.
//! - `op_…__attempt_…` below `shared`: the database that ForSt works in. Files of it that nobody names are its own.
//! - What lies in the directory of a snapshot that can be read, and is not named by its metadata; all in the directory of a
//!   savepoint that has no metadata: those are the user's.
//! - Metadata that cannot be read: only of an empty file it is certain that no release of Flink can.
//! - Whatever has a name that Flink does not give.
//!
//! # What needs more
//!
//! - `dstl/<uuid>`: TaskManagers write changes between checkpoints, and own them until one is confirmed. They go only when a
//!   cluster says that the job is over; quiet is no proof, since a job without changes writes none.
//! - Directories of file merging (`job_…_op_…`, `job_…_tm_…`): TaskManagers write segments of many checkpoints into one file
//!   and delete it themselves. The proof is that the job's whole directory holds no snapshot any more and no checkpoint under
//!   way, that nothing in it has changed for the grace, and that no metadata in scope names the directory or a file in it.

mod judge;
mod life;

use std::collections::HashSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

pub use judge::{each, judge};

use crate::domain::cluster::Cluster;
use crate::domain::id::JobId;
use crate::domain::location::Location;
use crate::domain::plan::{Decision, Fingerprint};

/// What something is that no snapshot names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// A file in `shared`, of incremental checkpoints.
    Shared,
    /// A file in `taskowned`.
    TaskOwned,
    /// A file of the changelog, in `dstl`.
    Changelog,
    /// A file in a directory of file merging.
    Merged,
    /// A file in the directory that ForSt works in.
    Database,
    /// The directory of a checkpoint with nothing in it.
    EmptyCheckpoint,
    /// A file of a checkpoint that has no metadata.
    UnfinishedCheckpoint,
    /// In the directory of a savepoint that has no metadata, or that directory itself.
    UnfinishedSavepoint,
    /// Metadata that is an empty file.
    EmptyMetadata,
    /// Metadata that cannot be read.
    DamagedMetadata,
    /// Data beside metadata that cannot be read.
    BesideDamagedMetadata,
    /// What a write of metadata left that did not come to its end: `._metadata.inprogress.…`.
    HalfWritten,
    /// In the directory of a snapshot whose metadata does not name it.
    Loose,
    /// Nothing that Flink writes, as far as its name and place tell.
    Stranger,
}

impl Class {
    /// The words for a column.
    pub fn words(self) -> &'static str {
        match self {
            Self::Shared => "in shared",
            Self::TaskOwned => "in taskowned",
            Self::Changelog => "changelog",
            Self::Merged => "merged",
            Self::Database => "ForSt database",
            Self::EmptyCheckpoint => "empty checkpoint",
            Self::UnfinishedCheckpoint => "unfinished checkpoint",
            Self::UnfinishedSavepoint => "unfinished savepoint",
            Self::EmptyMetadata => "empty metadata",
            Self::DamagedMetadata => "unreadable metadata",
            Self::BesideDamagedMetadata => "beside unreadable metadata",
            Self::HalfWritten => "half-written metadata",
            Self::Loose => "loose in a snapshot",
            Self::Stranger => "not Flink's",
        }
    }
}

/// When anything changed in some place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Activity {
    /// The newest change that was seen.
    pub newest: Option<Timestamp>,
    /// Whether there is something of which it is not known when it changed.
    pub untimed: bool,
}

impl Activity {
    /// Takes in when something changed.
    pub fn note(&mut self, modified: Option<Timestamp>) {
        self.newest = self.newest.max(modified);
        self.untimed |= modified.is_none();
    }
}

/// What belongs together: the directory of a job with all that is in it, or that of a savepoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// The directory.
    pub at: Location,
    /// Its job, where the directory is named after it.
    pub job: Option<JobId>,
    /// Whether more than a name shows that Flink made it: `shared` and `taskowned`, which it makes together, a directory of a
    /// checkpoint, or a snapshot that names something in it. Thirty-two digits are a name that others give as well.
    pub is_flinks: bool,
    /// When anything in it changed, however deep.
    pub activity: Activity,
    /// How many snapshots with metadata it holds, readable or not.
    pub snapshots: usize,
    /// The name of a snapshot in it that may be in progress.
    pub in_progress: Option<String>,
    /// Whether the directories beside it were looked in, so that jobs that claimed something of it were seen.
    pub neighbours_seen: bool,
}

/// A directory with something that no snapshot names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The directory.
    pub at: Location,
    /// What it belongs to, in [`Found::homes`]; nothing for a directory that Flink did not make.
    pub home: Option<usize>,
    /// When it changed, or anything that lies in it, named or not.
    pub activity: Activity,
    /// Whether some metadata names the directory as one of file merging, here or elsewhere under the same name.
    pub is_named: bool,
}

/// A file, or the directory of a checkpoint, that no snapshot names. There may be a million.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftover {
    /// The directory that it lies in, in [`Found::places`].
    pub place: u32,
    /// Its name there; empty for the directory itself.
    pub name: Box<[u8]>,
    /// What it is.
    pub class: Class,
    /// Whether a snapshot names a file of this name elsewhere.
    pub has_namesake: bool,
    /// Its length.
    pub bytes: u64,
    /// Whether it has other names (hard links), which keep its bytes when this one goes.
    pub is_hard_linked: bool,
    /// When it was last changed.
    pub modified: Option<Timestamp>,
    /// Device and inode.
    pub identity: Option<(u64, u64)>,
}

/// What was found below the roots.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Directories of jobs and savepoints.
    pub homes: Vec<Home>,
    /// Directories with leftovers.
    pub places: Vec<Place>,
    /// What no snapshot names.
    pub files: Vec<Leftover>,
    /// What symbolic links lead to: these files have other names.
    pub linked: HashSet<(u64, u64)>,
    /// The directories that were looked in.
    pub roots: Vec<Location>,
    /// How many snapshots' metadata was read.
    pub read: usize,
    /// Snapshots whose metadata cannot be read: nobody knows what they name.
    pub unread: Vec<Location>,
    /// What could not be looked at, in words.
    pub problems: Vec<String>,
}

/// What was found, and what it is judged by.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// What was found.
    pub found: &'a Found,
    /// All clusters that were asked, also those that do not answer.
    pub clusters: &'a [Arc<Cluster>],
    /// Whether somebody says that all checkpoint directories are in sight whose jobs may have claimed a snapshot of here.
    /// Nothing that lies here shows that a job elsewhere names a file.
    pub all_named: bool,
    /// How long nothing may have changed; never less than [`SHORTEST_GRACE`](super::guard::SHORTEST_GRACE).
    pub grace: SignedDuration,
    /// The present.
    pub now: Timestamp,
}

/// Something that no snapshot names, and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orphan {
    /// Where it lies.
    pub at: Location,
    /// What it is.
    pub class: Class,
    /// Whether it is a directory, which goes only as long as it is empty.
    pub is_directory: bool,
    /// Its length.
    pub bytes: u64,
    /// Whether it has other names (hard links), which keep its bytes when this one goes.
    pub is_hard_linked: bool,
    /// What it was when it was seen, as far as the store tells.
    pub fingerprint: Option<Fingerprint>,
    /// What becomes of it.
    pub decision: Decision,
    /// Why, in a few words.
    pub reason: Arc<str>,
}

#[cfg(test)]
mod tests;
