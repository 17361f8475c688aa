//! What tells a directory of a local file system from any other that may come to have its name.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use jiff::Timestamp;

/// Which directory something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// Its number in its file system.
    pub inode: u64,
    /// When it was made, where that is told (statx(2)).
    pub born: Option<Timestamp>,
    /// The id of its file system (statvfs(3)); none where that has none.
    pub filesystem: Option<u64>,
}

/// Which directory a path leads to, over links.
///
/// # Errors
/// When nothing is there, or it cannot be told.
pub fn identity(path: &Path) -> io::Result<Identity> {
    let metadata = fs::metadata(path)?;
    let born = metadata.created().ok().and_then(|it| it.try_into().ok());
    let of = rustix::fs::statvfs(path).ok().map(|it| it.f_fsid);
    Ok(Identity {
        inode: metadata.ino(),
        // The beginning of time stands for no time.
        born: born.filter(|it| *it != Timestamp::UNIX_EPOCH),
        filesystem: of.filter(|id| *id != 0),
    })
}
