//! What the guard judges by: the snapshots in scope, the files of those that are asked to go, and who names them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::id::JobId;
use crate::domain::location::Location;
use crate::domain::plan::Fingerprint;
use crate::domain::snapshot::Snapshot;

/// Snapshots and files. Indexes are into [`Graph::snapshots`] and [`Graph::files`].
#[derive(Debug, Clone, Default)]
pub struct Graph {
    /// All snapshots in scope.
    pub snapshots: Vec<Arc<Snapshot>>,
    /// The files of the snapshots that are asked to go, each once.
    pub files: Vec<File>,
    /// The files of each snapshot that is asked to go: its metadata first, then what it names, then what else lies in its
    /// directory.
    pub of: BTreeMap<usize, Vec<usize>>,
    /// Those of the snapshots that are asked to go which hold files that a job may go on naming which was restored from
    /// them: it builds on those of a database that it claimed, and with a changelog on keyed state of any sort.
    pub heritable: BTreeSet<usize>,
    /// Snapshots whose metadata is there and cannot be read: nobody knows what they name.
    pub unread: Vec<usize>,
    /// Snapshots that name files outside of the directories looked in, and one such file that was not found: those may be
    /// files in sight, under another name.
    pub elsewhere: BTreeMap<usize, Location>,
    /// Those of the snapshots that are asked to go which hold files that others mean, and look for in their own
    /// directories: what Flink up to 2.3.0 writes after the claim of a native savepoint (FLINK-39964).
    pub meant: BTreeMap<usize, BTreeSet<usize>>,
    /// Files that cannot be moved into the trash of their root, and what is in the way, in a few words.
    pub out_of_reach: BTreeMap<usize, String>,
    /// What else could not be read or listed, in words.
    pub blind: Vec<String>,
    /// The directories that Flink made for jobs and that no snapshot lies in.
    pub bare: Vec<Bare>,
}

/// A directory that Flink made for a job when it was started, which is before the job takes up what it is restored from
/// (`FsCheckpointStorageAccess#initializeBaseLocationsForCheckpoint`), and that no snapshot lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bare {
    /// The job, by the directory's name.
    pub job: JobId,
    /// When it was made; where the store does not tell, when something last came into it or went.
    pub at: Option<Timestamp>,
}

impl Graph {
    /// What keeps the metadata of a snapshot that is asked to go from the trash of its root.
    pub fn metadata_out_of_reach(&self, snapshot: usize) -> Option<&String> {
        let files = self.of.get(&snapshot)?;
        let metadata = files
            .iter()
            .find(|file| self.files[**file].sort == Sort::Metadata)?;
        self.out_of_reach.get(metadata)
    }
}

/// A file.
#[derive(Debug, Clone)]
pub struct File {
    /// Where it lies.
    pub at: Location,
    /// What it was when it was looked at; nothing where it is not there.
    pub found: Found,
    /// Whether it has other names (hard links).
    pub is_hard_linked: bool,
    /// What it is to the snapshots that name it.
    pub sort: Sort,
    /// All snapshots in scope that name it, whether they are asked to go or not.
    pub users: Vec<usize>,
}

/// What a look at a file found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// A file.
    Here(Fingerprint),
    /// A file whose time or identity the store does not tell.
    Indistinct {
        /// Its length.
        bytes: u64,
    },
    /// A symbolic link to a file: what it leads to is another's to let go.
    Link,
    /// Nothing, or no file.
    Missing,
    /// It cannot be told.
    Unreachable,
}

impl Found {
    /// Its length, as far as it is known.
    pub fn bytes(self) -> u64 {
        match self {
            Self::Here(seen) => seen.bytes,
            Self::Indistinct { bytes } => bytes,
            Self::Link | Self::Missing | Self::Unreachable => 0,
        }
    }
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// A snapshot's own `_metadata`.
    Metadata,
    /// A file of state.
    State,
    /// A file that `TaskManager`s write segments of many checkpoints into, and delete themselves
    /// (`org.apache.flink.runtime.checkpoint.filemerging`).
    Merged,
    /// In the snapshot's directory, and not named by its metadata.
    Loose,
}
