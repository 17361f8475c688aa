//! A directory in which files are moved: below it, and nowhere else.
//!
//! Every path is relative to the root, and no symbolic link on it is followed, so that whoever can write in there cannot
//! lead us out. Nothing is removed but one file or one empty directory at a time, by its name. Only an action may use this.

mod local;

use std::fmt;
use std::io;

use jiff::Timestamp;

pub use local::{LocalTree, may_change};

use crate::domain::text::scrub;

/// The root itself, where a path is wanted.
pub const ROOT: &str = "";

/// A directory in which files are moved. Paths are relative to it, with `/` between names; [`check`] says which are none.
/// All calls may block, and may be made from several threads at once.
pub trait Tree: Send + Sync {
    /// What is at a path; a symbolic link is itself, not what it leads to.
    ///
    /// # Errors
    /// When nothing is there, or it cannot be told.
    fn look(&self, at: &str) -> Result<Found, ChangeError>;

    /// The names in a directory, in no particular order. One that is no text is given as far as it is.
    ///
    /// # Errors
    /// When it is absent or cannot be listed.
    fn names(&self, at: &str) -> Result<Vec<String>, ChangeError>;

    /// Reads a whole file of at most `limit` bytes.
    ///
    /// # Errors
    /// When it is absent, no regular file, longer, or cannot be read.
    fn read(&self, at: &str, limit: u64) -> Result<Vec<u8>, ChangeError>;

    /// Writes a file as a whole, in place of the one that is there. Whoever reads sees the old one or the new one, even
    /// after a crash.
    ///
    /// # Errors
    /// When it cannot be written; then the old one is still there.
    fn replace(&self, at: &str, bytes: &[u8]) -> Result<(), ChangeError>;

    /// Makes a directory, with exactly these permission bits.
    ///
    /// # Errors
    /// When something is there already, or it cannot be made.
    fn make_directory(&self, at: &str, mode: u32) -> Result<(), ChangeError>;

    /// Gives a directory to a user and a group, by their numbers; its permission bits stay as they are.
    ///
    /// # Errors
    /// When it is absent, or may not be given to them.
    fn give_directory(&self, at: &str, owner: (u32, u32)) -> Result<(), ChangeError>;

    /// The extended attributes of a directory, its access lists among them, by their names; none where the file system has no
    /// such thing.
    ///
    /// # Errors
    /// When it is absent, or they cannot be read.
    fn attributes(&self, at: &str) -> Result<Vec<(String, Vec<u8>)>, ChangeError>;

    /// Gives a directory an extended attribute.
    ///
    /// # Errors
    /// When it is absent, or may not be given that by whoever asks.
    fn give_attribute(&self, at: &str, name: &str, value: &[u8]) -> Result<(), ChangeError>;

    /// Gives a directory the time at which it was last changed.
    ///
    /// # Errors
    /// When it is absent, or may not be dated by whoever asks.
    fn date_directory(&self, at: &str, modified: Timestamp) -> Result<(), ChangeError>;

    /// Whether two regular files are the same byte for byte; where they are, both survive a power cut.
    ///
    /// # Errors
    /// When one of them is absent, no regular file, or cannot be read.
    fn is_same(&self, one: &str, other: &str) -> Result<bool, ChangeError>;

    /// Moves a directory; what is at the target is never replaced.
    ///
    /// # Errors
    /// When something is at the target, or it cannot be moved.
    fn move_directory(&self, from: &str, to: &str) -> Result<(), ChangeError>;

    /// Removes a directory that is empty.
    ///
    /// # Errors
    /// When it is not empty, absent, or cannot be removed.
    fn remove_directory(&self, at: &str) -> Result<(), ChangeError>;

    /// Removes a file.
    ///
    /// # Errors
    /// When it is absent, or cannot be removed.
    fn remove_file(&self, at: &str) -> Result<(), ChangeError>;

    /// Moves a file from anywhere to where nobody but us writes. What is at the target is never replaced.
    ///
    /// # Errors
    /// When something is at the target, or it cannot be moved.
    fn move_in(&self, from: &str, to: &str) -> Result<(), ChangeError>;

    /// Moves a file from where nobody but us writes to anywhere. What is at the target is never replaced, even when it
    /// comes there in the same moment.
    ///
    /// After a crash the file may be at both places, where a file system cannot do better.
    ///
    /// # Errors
    /// When something is at the target, or it cannot be moved.
    fn move_out(&self, from: &str, to: &str) -> Result<(), ChangeError>;

    /// Waits until what was done to the names in a directory survives a power cut.
    ///
    /// # Errors
    /// When the system cannot promise it.
    fn sync(&self, at: &str) -> Result<(), ChangeError>;

    /// Keeps others out for as long as the answer lives, by a file that is made where it is not there. Does not wait.
    ///
    /// # Errors
    /// When somebody else has it ([`ChangeErrorKind::Busy`]), or it cannot be had.
    fn lock(&self, at: &str) -> Result<Lock, ChangeError>;

    /// The root, for people.
    fn shown(&self) -> String;
}

/// Keeps others out for as long as it lives.
pub struct Lock {
    _held: Box<dyn Send>,
}

impl Lock {
    /// One that ends when `held` is dropped.
    pub fn new(held: impl Send + 'static) -> Self {
        Self {
            _held: Box::new(held),
        }
    }
}

impl fmt::Debug for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lock")
    }
}

/// What is at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// What it is.
    pub kind: FoundKind,
    /// Its length; meaningless for directories.
    pub bytes: u64,
    /// When it was last changed, to the nanosecond; without, where the system tells a time that is none.
    pub modified: Option<Timestamp>,
    /// Device and inode.
    pub identity: (u64, u64),
    /// Its permission bits.
    pub mode: u32,
    /// The numbers of the user and of the group that it belongs to.
    pub owner: (u32, u32),
}

/// What something is, links not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
    /// A socket, a pipe, a device.
    Other,
}

/// Something in a tree that could not be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot {doing} {at}: {kind}")]
pub struct ChangeError {
    /// What was tried: a verb.
    pub doing: &'static str,
    /// On what: the root and the path, safe to show.
    pub at: String,
    /// The root alone.
    pub root: String,
    /// Why it failed.
    pub kind: ChangeErrorKind,
}

/// Why something could not be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeErrorKind {
    /// Nothing is there.
    NotFound,
    /// Something is there already.
    Exists,
    /// A symbolic link is on the way, or at its end.
    Link,
    /// Something on the way is no directory.
    NotADirectory,
    /// A regular file was expected.
    NotAFile,
    /// The directory is not empty.
    NotEmpty,
    /// Access is not allowed.
    Denied,
    /// The file system can only be read.
    ReadOnly,
    /// The file system, or the user's share of it, is full.
    Full,
    /// It lies on another file system.
    OtherFileSystem,
    /// Somebody else has the lock.
    Busy,
    /// The file system can move nothing without the risk of replacing what is at the target.
    MayReplace,
    /// Longer than the caller is willing to read.
    TooLong {
        /// Its length.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// It is no path inside of the root.
    NoPath(&'static str),
    /// Anything else, in the system's words.
    Other(String),
}

impl fmt::Display for ChangeErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFound => "it does not exist",
            Self::Exists => "something is there already",
            Self::Link => "a symbolic link is there, which is not followed",
            Self::NotADirectory => "it is not a directory, or something above it is none",
            Self::NotAFile => "it is not a regular file",
            Self::NotEmpty => "it is not empty",
            Self::Denied => "permission denied",
            Self::ReadOnly => "the file system can only be read",
            Self::Full => "no space is left, or the quota is used up",
            Self::OtherFileSystem => "it lies on another file system",
            Self::Busy => "another stateward is at work there",
            Self::MayReplace => {
                "this file system cannot move a file without the risk of replacing another"
            }
            Self::TooLong { bytes, limit } => {
                return write!(f, "its {bytes} bytes exceed the limit of {limit}");
            }
            Self::NoPath(why) => return write!(f, "it is no path inside of the root: {why}"),
            Self::Other(words) => words,
        })
    }
}

impl ChangeError {
    /// The failure of `doing` on a path below a root.
    pub fn new(doing: &'static str, root: &str, at: &str, kind: ChangeErrorKind) -> Self {
        let at = match scrub(at) {
            at if at.is_empty() => root.to_owned(),
            at => format!("{root}/{at}"),
        };
        let root = root.to_owned();
        Self {
            doing,
            at,
            root,
            kind,
        }
    }

    /// Whether the place is known not to exist.
    pub fn is_absence(&self) -> bool {
        matches!(self.kind, ChangeErrorKind::NotFound)
    }
}

impl From<io::Error> for ChangeErrorKind {
    fn from(error: io::Error) -> Self {
        use io::ErrorKind;
        match error.kind() {
            ErrorKind::NotFound => Self::NotFound,
            ErrorKind::AlreadyExists => Self::Exists,
            ErrorKind::NotADirectory => Self::NotADirectory,
            ErrorKind::IsADirectory => Self::NotAFile,
            ErrorKind::DirectoryNotEmpty => Self::NotEmpty,
            ErrorKind::PermissionDenied => Self::Denied,
            ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::Full,
            ErrorKind::CrossesDevices => Self::OtherFileSystem,
            _ => Self::Other(scrub(&error.to_string()).into_owned()),
        }
    }
}

/// Whether text is a path inside of a root: names with `/` between them, none of them empty, `.` or `..`.
///
/// # Errors
/// Why it is none.
pub fn check(path: &str) -> Result<(), &'static str> {
    if path.is_empty() {
        return Err("it is empty");
    }
    if path.starts_with('/') {
        return Err("it starts at the top of the file system");
    }
    for name in path.split('/') {
        match name {
            "" => return Err("a name in it is empty"),
            "." | ".." => return Err("it has `.` or `..` in it"),
            _ if name.contains('\0') => return Err("it has a NUL in it"),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_out_of_the_root() {
        for path in ["a", "a/b", "chk-1/_metadata", "a b/ä", "..a/b..", ".hidden"] {
            assert_eq!(check(path), Ok(()), "{path}");
        }
        for path in [
            "", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/.", "a\0b",
        ] {
            assert!(check(path).is_err(), "{path}");
        }
    }
}
