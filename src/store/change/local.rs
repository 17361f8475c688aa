//! A tree of the local file system, mounts included. The root is opened once; from there every name on a path is opened
//! in the directory before it, so that what is checked and what is changed are the same.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rustix::fs::{self, AtFlags, FileType, Mode, OFlags};
use rustix::io::Errno;

mod attributes;

use super::{ChangeError, ChangeErrorKind, Found, FoundKind, Lock, ROOT, Tree, check};
use crate::domain::text::scrub;
use crate::store::locked_file::LockedFile;

/// Whether names may be added to a directory and taken out of it.
///
/// # Errors
/// When they may not, with why: no right to, or a file system that is read-only.
pub fn may_change(directory: &Path) -> io::Result<()> {
    Ok(fs::access(
        directory,
        fs::Access::WRITE_OK | fs::Access::EXEC_OK,
    )?)
}

/// How a directory is opened; one that is a symbolic link is not.
const DIRECTORY: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// So many bytes of a file are compared at once.
const AT_ONCE: usize = 64 << 10;

/// Which way a file is moved where the file system cannot refuse to replace by itself.
#[derive(Clone, Copy)]
enum Way {
    /// The target is ours: nobody puts a file there between a look and the move.
    In,
    /// The source is ours: nobody puts another file there between a link and its removal.
    Out,
}

/// A directory that stays the same whatever happens to its name.
#[derive(Debug)]
pub struct LocalTree {
    root: OwnedFd,
    shown: String,
    path: PathBuf,
}

impl LocalTree {
    /// Opens a root. The way to it may lead over symbolic links: it is the user's own word.
    ///
    /// # Errors
    /// When it is absent, no directory, or cannot be read.
    pub fn open(path: &Path) -> Result<Self, ChangeError> {
        let shown = scrub(&path.to_string_lossy()).into_owned();
        let flags = DIRECTORY.difference(OFlags::NOFOLLOW);
        let root = fs::open(path, flags, Mode::empty())
            .map_err(|errno| ChangeError::new("open", &shown, ROOT, kind(errno)))?;
        Ok(Self {
            root,
            shown,
            path: path.to_owned(),
        })
    }

    /// The path that it was opened by.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether somebody else has the lock on a file that [`Tree::lock`] is had by; false where that cannot be told. Nothing
    /// is made for it. For a moment it keeps others out as they would keep us.
    pub fn is_locked(&self, at: &str) -> bool {
        let look = self.at("look at", at, |directory, name| {
            let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
            let file = fs::openat(directory, name, flags, Mode::empty()).map_err(kind)?;
            let file = File::from(file);
            match file.try_lock_shared() {
                Ok(()) => {
                    drop(LockedFile::of(file));
                    Ok(false)
                }
                Err(error) => Ok(matches!(error, std::fs::TryLockError::WouldBlock)),
            }
        });
        look.unwrap_or(false)
    }

    fn error(&self, doing: &'static str, at: &str, kind: ChangeErrorKind) -> ChangeError {
        ChangeError::new(doing, &self.shown, at, kind)
    }

    /// Does something with the last name of a path, in the directory that holds it.
    fn at<T>(
        &self,
        doing: &'static str,
        at: &str,
        act: impl FnOnce(BorrowedFd<'_>, &str) -> Result<T, ChangeErrorKind>,
    ) -> Result<T, ChangeError> {
        self.holder(at)
            .and_then(|(directory, name)| {
                act(
                    directory
                        .as_ref()
                        .map_or_else(|| self.root.as_fd(), OwnedFd::as_fd),
                    name,
                )
            })
            .map_err(|kind| self.error(doing, at, kind))
    }

    /// The directory that holds the last name of a path, unless it is the root, and that name.
    fn holder<'p>(&self, at: &'p str) -> Result<(Option<OwnedFd>, &'p str), ChangeErrorKind> {
        check(at).map_err(ChangeErrorKind::NoPath)?;
        match at.rsplit_once('/') {
            None => Ok((None, at)),
            Some((parents, name)) => Ok((self.below(parents)?, name)),
        }
    }

    /// The directory at a path, unless it is the root.
    fn below(&self, at: &str) -> Result<Option<OwnedFd>, ChangeErrorKind> {
        if at == ROOT {
            return Ok(None);
        }
        check(at).map_err(ChangeErrorKind::NoPath)?;
        let mut reached: Option<OwnedFd> = None;
        for name in at.split('/') {
            let here = reached
                .as_ref()
                .map_or_else(|| self.root.as_fd(), OwnedFd::as_fd);
            reached = Some(
                fs::openat(here, name, DIRECTORY, Mode::empty())
                    .map_err(|errno| not_opened(here, name, errno))?,
            );
        }
        Ok(reached)
    }

    /// Does something with the directory at a path.
    fn within<T>(
        &self,
        doing: &'static str,
        at: &str,
        act: impl FnOnce(BorrowedFd<'_>) -> Result<T, ChangeErrorKind>,
    ) -> Result<T, ChangeError> {
        self.below(at)
            .and_then(|directory| {
                act(directory
                    .as_ref()
                    .map_or_else(|| self.root.as_fd(), OwnedFd::as_fd))
            })
            .map_err(|kind| self.error(doing, at, kind))
    }

    fn move_file(&self, from: &str, to: &str, way: Way) -> Result<(), ChangeError> {
        self.at("move a file to", to, |target, new| {
            let moved = self.at("move", from, |source, old| {
                match rename_onto_nothing(source, old, target, new) {
                    Err(errno) if is_unknown(errno) => match way {
                        Way::In => look_and_rename(source, old, target, new),
                        Way::Out => link_and_remove(source, old, target, new),
                    },
                    other => other.map_err(kind),
                }
            });
            Ok(moved)
        })?
    }
}

impl Tree for LocalTree {
    fn look(&self, at: &str) -> Result<Found, ChangeError> {
        if at == ROOT {
            return fs::fstat(&self.root)
                .map(|stat| found(&stat))
                .map_err(|errno| self.error("look at", at, kind(errno)));
        }
        self.at("look at", at, |directory, name| {
            look(directory, name).map_err(kind)
        })
    }

    fn names(&self, at: &str) -> Result<Vec<String>, ChangeError> {
        self.within("list", at, |directory| {
            let mut names = Vec::new();
            for entry in fs::Dir::read_from(directory).map_err(kind)? {
                let entry = entry.map_err(kind)?;
                let name = entry.file_name().to_bytes();
                if name != b"." && name != b".." {
                    names.push(String::from_utf8_lossy(name).into_owned());
                }
            }
            Ok(names)
        })
    }

    fn read(&self, at: &str, limit: u64) -> Result<Vec<u8>, ChangeError> {
        self.at("read", at, |directory, name| {
            let (file, seen) = open_file(directory, name)?;
            let too_long = |bytes| Err(ChangeErrorKind::TooLong { bytes, limit });
            if seen.bytes > limit {
                return too_long(seen.bytes);
            }
            let mut bytes = Vec::with_capacity(seen.bytes as usize);
            file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
            if bytes.len() as u64 > limit {
                return too_long(bytes.len() as u64);
            }
            Ok(bytes)
        })
    }

    fn replace(&self, at: &str, bytes: &[u8]) -> Result<(), ChangeError> {
        self.at("write", at, |directory, name| {
            let new = format!(".{name}.new");
            // What is left of an earlier try may be anything; a file of its own is written.
            match fs::unlinkat(directory, &new, AtFlags::empty()) {
                Ok(()) | Err(Errno::NOENT) => {}
                Err(errno) => return Err(kind(errno)),
            }
            let flags =
                OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let written = fs::openat(directory, &new, flags, Mode::from_raw_mode(0o644))
                .map_err(io::Error::from)
                .and_then(|file| {
                    let mut file = File::from(file);
                    file.write_all(bytes)?;
                    file.sync_all()
                })
                .and_then(|()| Ok(fs::renameat(directory, &new, directory, name)?));
            if let Err(error) = written {
                let _ = fs::unlinkat(directory, &new, AtFlags::empty());
                return Err(error.into());
            }
            fs::fsync(directory).map_err(kind)
        })
    }

    fn make_directory(&self, at: &str, mode: u32) -> Result<(), ChangeError> {
        self.at("make", at, |directory, name| {
            fs::mkdirat(directory, name, Mode::from_raw_mode(0o700)).map_err(kind)?;
            let made = open_directory(directory, name)?;
            fs::fchmod(&made, Mode::from_raw_mode(mode & 0o7777)).map_err(kind)
        })
    }

    fn give_directory(&self, at: &str, (user, group): (u32, u32)) -> Result<(), ChangeError> {
        self.at("give away", at, |directory, name| {
            let given = open_directory(directory, name)?;
            let before = found(&fs::fstat(&given).map_err(kind)?);
            let (user, group) = (fs::Uid::from_raw(user), fs::Gid::from_raw(group));
            fs::fchown(&given, Some(user), Some(group)).map_err(kind)?;
            // Some systems take bits away with the owner.
            fs::fchmod(&given, Mode::from_raw_mode(before.mode)).map_err(kind)
        })
    }

    fn attributes(&self, at: &str) -> Result<Vec<(String, Vec<u8>)>, ChangeError> {
        self.at("read the attributes of", at, |directory, name| {
            attributes::of(&open_directory(directory, name)?).map_err(kind)
        })
    }

    fn give_attribute(&self, at: &str, attribute: &str, value: &[u8]) -> Result<(), ChangeError> {
        self.at("give an attribute to", at, |directory, name| {
            attributes::give(&open_directory(directory, name)?, attribute, value).map_err(kind)
        })
    }

    fn date_directory(&self, at: &str, modified: Timestamp) -> Result<(), ChangeError> {
        self.at("date", at, |directory, name| {
            let dated = open_directory(directory, name)?;
            Ok(File::from(dated).set_modified(modified.into())?)
        })
    }

    fn is_same(&self, one: &str, other: &str) -> Result<bool, ChangeError> {
        let open = |at: &str| self.at("read", at, open_file);
        let ((mut first, seen), (mut second, too)) = (open(one)?, open(other)?);
        if seen.bytes != too.bytes {
            return Ok(false);
        }
        let failed = |at: &str| {
            let at = at.to_owned();
            move |error: io::Error| self.error("read", &at, error.into())
        };
        let (mut left, mut right) = (vec![0; AT_ONCE], vec![0; AT_ONCE]);
        loop {
            let read = fill(&mut first, &mut left).map_err(failed(one))?;
            let also = fill(&mut second, &mut right).map_err(failed(other))?;
            if left[..read] != right[..also] {
                return Ok(false);
            }
            if read == 0 {
                break;
            }
        }
        first.sync_all().map_err(failed(one))?;
        second.sync_all().map_err(failed(other))?;
        Ok(true)
    }

    fn move_directory(&self, from: &str, to: &str) -> Result<(), ChangeError> {
        self.at("move a directory to", to, |target, new| {
            let moved = self.at("move", from, |source, old| {
                match rename_onto_nothing(source, old, target, new) {
                    // At worst this replaces an empty directory by an empty one.
                    Err(errno) if is_unknown(errno) => look_and_rename(source, old, target, new),
                    other => other.map_err(kind),
                }
            });
            Ok(moved)
        })?
    }

    fn remove_directory(&self, at: &str) -> Result<(), ChangeError> {
        self.at("remove", at, |directory, name| {
            fs::unlinkat(directory, name, AtFlags::REMOVEDIR).map_err(|errno| match errno {
                // POSIX lets a system say either.
                Errno::EXIST => ChangeErrorKind::NotEmpty,
                errno => kind(errno),
            })
        })
    }

    fn remove_file(&self, at: &str) -> Result<(), ChangeError> {
        self.at("remove", at, |directory, name| {
            fs::unlinkat(directory, name, AtFlags::empty()).map_err(kind)
        })
    }

    fn move_in(&self, from: &str, to: &str) -> Result<(), ChangeError> {
        self.move_file(from, to, Way::In)
    }

    fn move_out(&self, from: &str, to: &str) -> Result<(), ChangeError> {
        self.move_file(from, to, Way::Out)
    }

    fn sync(&self, at: &str) -> Result<(), ChangeError> {
        self.within("sync", at, |directory| fs::fsync(directory).map_err(kind))
    }

    fn lock(&self, at: &str) -> Result<Lock, ChangeError> {
        self.at("lock", at, |directory, name| {
            let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let file = fs::openat(directory, name, flags, Mode::from_raw_mode(0o644))
                .map_err(|errno| not_opened(directory, name, errno))?;
            let file = File::from(file);
            match file.try_lock() {
                Ok(()) => Ok(Lock::new(LockedFile::of(file))),
                Err(std::fs::TryLockError::WouldBlock) => Err(ChangeErrorKind::Busy),
                Err(std::fs::TryLockError::Error(error)) => Err(error.into()),
            }
        })
    }

    fn shown(&self) -> String {
        self.shown.clone()
    }
}

/// Opens a regular file to be read, and says what it is.
fn open_file(directory: BorrowedFd<'_>, name: &str) -> Result<(File, Found), ChangeErrorKind> {
    // Opening a named pipe would wait for a writer, so it is opened in a way that does not.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let file = fs::openat(directory, name, flags, Mode::empty())
        .map_err(|errno| not_opened(directory, name, errno))?;
    let seen = found(&fs::fstat(&file).map_err(kind)?);
    if seen.kind != FoundKind::File {
        return Err(ChangeErrorKind::NotAFile);
    }
    Ok((File::from(file), seen))
}

/// Reads as much as there is room for; less only where the file ends.
fn fill(file: &mut File, room: &mut [u8]) -> io::Result<usize> {
    let mut read = 0;
    while read < room.len() {
        match file.read(&mut room[read..]) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}

/// Moves onto a place where nothing is, where the system and the file system know how.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn rename_onto_nothing(
    source: BorrowedFd<'_>,
    old: &str,
    target: BorrowedFd<'_>,
    new: &str,
) -> Result<(), Errno> {
    fs::renameat_with(source, old, target, new, fs::RenameFlags::NOREPLACE)
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn rename_onto_nothing(
    _source: BorrowedFd<'_>,
    _old: &str,
    _target: BorrowedFd<'_>,
    _new: &str,
) -> Result<(), Errno> {
    Err(Errno::NOSYS)
}

/// Moves onto a place that nobody but us writes to, where the file system cannot refuse to replace by itself.
fn look_and_rename(
    source: BorrowedFd<'_>,
    old: &str,
    target: BorrowedFd<'_>,
    new: &str,
) -> Result<(), ChangeErrorKind> {
    match look(target, new) {
        Ok(_) => Err(ChangeErrorKind::Exists),
        Err(Errno::NOENT) => fs::renameat(source, old, target, new).map_err(kind),
        Err(errno) => Err(kind(errno)),
    }
}

/// Moves from a place that nobody but us writes to, where the file system cannot refuse to replace by itself: a second
/// name is never given to a file where there is one.
fn link_and_remove(
    source: BorrowedFd<'_>,
    old: &str,
    target: BorrowedFd<'_>,
    new: &str,
) -> Result<(), ChangeErrorKind> {
    match fs::linkat(source, old, target, new, AtFlags::empty()) {
        Ok(()) => {}
        Err(errno) if is_unknown(errno) || errno == Errno::PERM => {
            return Err(ChangeErrorKind::MayReplace);
        }
        Err(errno) => return Err(kind(errno)),
    }
    fs::unlinkat(source, old, AtFlags::empty()).map_err(kind)
}

/// Whether an answer says that the call, or what it asks for, is not known here.
fn is_unknown(errno: Errno) -> bool {
    matches!(errno, Errno::INVAL | Errno::NOSYS | Errno::NOTSUP)
}

fn look(directory: BorrowedFd<'_>, name: &str) -> Result<Found, Errno> {
    fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW).map(|stat| found(&stat))
}

fn open_directory(directory: BorrowedFd<'_>, name: &str) -> Result<OwnedFd, ChangeErrorKind> {
    fs::openat(directory, name, DIRECTORY, Mode::empty())
        .map_err(|errno| not_opened(directory, name, errno))
}

/// Why a name was not opened: systems differ in what they say of a symbolic link.
fn not_opened(directory: BorrowedFd<'_>, name: &str, errno: Errno) -> ChangeErrorKind {
    match look(directory, name) {
        Ok(found) if found.kind == FoundKind::Link => ChangeErrorKind::Link,
        _ => kind(errno),
    }
}

fn kind(errno: Errno) -> ChangeErrorKind {
    io::Error::from(errno).into()
}

#[allow(
    clippy::unnecessary_cast,
    clippy::cast_lossless,
    clippy::useless_conversion,
    clippy::allow_attributes,
    reason = "the types differ between systems"
)]
fn found(stat: &fs::Stat) -> Found {
    Found {
        kind: match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => FoundKind::File,
            FileType::Directory => FoundKind::Directory,
            FileType::Symlink => FoundKind::Link,
            _ => FoundKind::Other,
        },
        bytes: stat.st_size as u64,
        modified: Timestamp::new(stat.st_mtime as i64, stat.st_mtime_nsec as i32).ok(),
        identity: (stat.st_dev as u64, stat.st_ino as u64),
        mode: (stat.st_mode as u32) & 0o7777,
        owner: (stat.st_uid, stat.st_gid),
    }
}

#[cfg(test)]
mod tests {
    use std::fs as std_fs;

    use super::*;

    /// A directory with `old` in it, opened.
    fn place() -> (tempfile::TempDir, OwnedFd) {
        let temp = tempfile::tempdir().unwrap();
        std_fs::write(temp.path().join("old"), "old").unwrap();
        let directory = fs::open(temp.path(), DIRECTORY, Mode::empty()).unwrap();
        (temp, directory)
    }

    #[test]
    fn without_help_of_the_file_system_nothing_is_replaced_either() {
        for by in [look_and_rename, link_and_remove] {
            let (temp, directory) = place();
            let here = directory.as_fd();
            let path = |name: &str| temp.path().join(name);
            std_fs::write(path("new"), "new").unwrap();
            assert_eq!(by(here, "old", here, "new"), Err(ChangeErrorKind::Exists));
            assert_eq!(std_fs::read(path("old")).unwrap(), b"old");
            assert_eq!(std_fs::read(path("new")).unwrap(), b"new");
            std_fs::remove_file(path("new")).unwrap();
            assert_eq!(by(here, "old", here, "new"), Ok(()));
            assert!(!path("old").exists());
            assert_eq!(std_fs::read(path("new")).unwrap(), b"old");
            assert_eq!(
                by(here, "old", here, "other"),
                Err(ChangeErrorKind::NotFound)
            );
        }
    }

    #[test]
    fn a_link_at_the_target_is_something() {
        for by in [look_and_rename, link_and_remove] {
            let (temp, directory) = place();
            let here = directory.as_fd();
            std::os::unix::fs::symlink("nowhere", temp.path().join("new")).unwrap();
            assert_eq!(by(here, "old", here, "new"), Err(ChangeErrorKind::Exists));
        }
    }
}
