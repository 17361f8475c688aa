//! Where bytes live.
//!
//! One small trait, so that nothing above it knows whether a snapshot lies on a local disk, in memory or in an object
//! store. Reading only, but for [`atomic`] and [`change`], which none but an action may use.

pub mod atomic;
pub mod change;
pub mod clock;
pub mod identity;
pub mod local;
mod locked_file;
pub mod memory;

use std::fmt;
use std::io::Read;
use std::ops::ControlFlow;

use jiff::Timestamp;

use crate::domain::location::Location;
use crate::domain::text;

/// A place that holds directories and files. All calls may block, and may be made from several threads at once.
pub trait Store: Send + Sync {
    /// Visits the entries of a directory, in no particular order, until the visitor breaks. Names and kinds only,
    /// which is all that most stores can tell cheaply; symbolic links are reported as what they lead to.
    ///
    /// # Errors
    /// When the directory is absent or cannot be listed.
    fn list(
        &self,
        dir: &Location,
        visit: &mut dyn FnMut(Entry) -> ControlFlow<()>,
    ) -> Result<(), StoreError>;

    /// Visits the entries of a directory with their length and time. An entry that goes away meanwhile is left out.
    ///
    /// # Errors
    /// When the directory is absent or cannot be listed.
    fn list_with_stat(
        &self,
        dir: &Location,
        visit: &mut dyn FnMut(Entry, Stat),
    ) -> Result<(), StoreError>;

    /// What is at a place.
    ///
    /// # Errors
    /// When nothing is there ([`StoreErrorKind::NotFound`]) or it cannot be told.
    fn stat(&self, at: &Location) -> Result<Stat, StoreError>;

    /// Opens a file for reading from its start.
    ///
    /// # Errors
    /// When it is absent, not a regular file, or not readable.
    fn open(&self, at: &Location) -> Result<Box<dyn Read + Send>, StoreError>;

    /// Reads a whole file of at most `limit` bytes.
    ///
    /// # Errors
    /// As [`Store::open`], when reading fails half-way, and when the file is longer ([`StoreErrorKind::TooLarge`]).
    fn read(&self, at: &Location, limit: u64) -> Result<Vec<u8>, StoreError> {
        let expected = self.stat(at)?.bytes;
        let too_large =
            |bytes| StoreError::new("read", at, StoreErrorKind::TooLarge { bytes, limit });
        if expected > limit {
            return Err(too_large(expected));
        }
        let mut bytes = Vec::with_capacity(expected as usize);
        let file = self.open(at)?;
        file.take(limit + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| StoreError::io("read", at, &error))?;
        if bytes.len() as u64 > limit {
            Err(too_large(bytes.len() as u64))
        } else {
            Ok(bytes)
        }
    }
}

/// An entry of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name: raw bytes, not necessarily UTF-8.
    pub name: Vec<u8>,
    /// What it is, or leads to.
    pub kind: EntryKind,
    /// Whether it is a symbolic link.
    pub is_link: bool,
}

/// What a directory entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file or an object.
    File,
    /// A directory or a prefix.
    Directory,
    /// A socket, a pipe, a device, or a symbolic link that leads nowhere.
    Other,
}

/// What is known of a file or directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// What it is.
    pub kind: EntryKind,
    /// Length in bytes; meaningless for directories.
    pub bytes: u64,
    /// When it was last changed, where the store knows.
    pub modified: Option<Timestamp>,
    /// When it was made, where the store knows. Unlike the time of its last change, nothing that happens to it later
    /// moves this.
    pub created: Option<Timestamp>,
    /// What identifies it beyond its name, where the store knows (device and inode).
    pub identity: Option<(u64, u64)>,
    /// Whether it is a file that has more names than this one (hard links): its bytes stay as long as any of them does.
    pub is_hard_linked: bool,
}

/// Something that a store could not do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot {doing} {at}: {kind}")]
pub struct StoreError {
    /// What was tried: a verb.
    pub doing: &'static str,
    /// On what.
    pub at: Location,
    /// Why it failed.
    pub kind: StoreErrorKind,
}

impl StoreError {
    fn new(doing: &'static str, at: &Location, kind: StoreErrorKind) -> Self {
        Self {
            doing,
            at: at.clone(),
            kind,
        }
    }

    fn io(doing: &'static str, at: &Location, error: &std::io::Error) -> Self {
        use std::io::ErrorKind;
        let kind = match error.kind() {
            ErrorKind::NotFound => StoreErrorKind::NotFound,
            ErrorKind::PermissionDenied => StoreErrorKind::Denied,
            ErrorKind::NotADirectory => StoreErrorKind::NotADirectory,
            ErrorKind::IsADirectory => StoreErrorKind::NotAFile("a directory"),
            _ => StoreErrorKind::Other(text::scrub(&error.to_string()).into_owned()),
        };
        Self::new(doing, at, kind)
    }

    /// Whether the place is known not to exist, as opposed to not being accessible.
    pub fn is_absence(&self) -> bool {
        matches!(
            self.kind,
            StoreErrorKind::NotFound | StoreErrorKind::NotADirectory
        )
    }
}

/// Why a store could not do something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreErrorKind {
    /// Nothing is there.
    NotFound,
    /// Access is not allowed.
    Denied,
    /// A directory was expected.
    NotADirectory,
    /// A regular file was expected; this is there instead.
    NotAFile(&'static str),
    /// Larger than the caller is willing to read.
    TooLarge {
        /// Its length.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// The scheme belongs to a store that this program does not reach.
    NoSuchStore,
    /// No path of Flink leads to it ([`Location::can_name`]).
    Backslash,
    /// Anything else, in the system's words.
    Other(String),
}

impl fmt::Display for StoreErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("it does not exist"),
            Self::Denied => f.write_str("permission denied"),
            Self::NotADirectory => f.write_str("it is not a directory"),
            Self::NotAFile(what) => write!(f, "it is {what}, not a file"),
            Self::TooLarge { bytes, limit } => {
                write!(f, "its {bytes} bytes exceed the limit of {limit}")
            }
            Self::Backslash => f.write_str(
                "its name has a backslash, which Flink reads as a slash; rename it to have it looked in",
            ),
            Self::NoSuchStore => f.write_str("this kind of store cannot be reached from here"),
            Self::Other(words) => f.write_str(words),
        }
    }
}
