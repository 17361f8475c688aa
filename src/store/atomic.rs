//! Small files of our own beside the snapshots: replaced as a whole, by one writer at a time. Nothing else in the program
//! writes to a store, and nothing here touches a file of Flink's.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::locked_file::LockedFile;

/// A directory of our own, locked against other writers for as long as this lives.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    _lock: LockedFile,
}

impl Folder {
    /// Makes the directory where it is not there yet, in a parent that is, and waits until no other writer has it.
    ///
    /// # Errors
    /// When it cannot be made or locked, or is a symbolic link: it could lead anywhere.
    pub fn lock(path: &Path) -> io::Result<Self> {
        make(path)?;
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join("lock"))?;
        lock.lock()?;
        Ok(Self {
            path: path.to_owned(),
            _lock: LockedFile::of(lock),
        })
    }

    /// The same, unless another writer has it.
    ///
    /// # Errors
    /// As [`Folder::lock`].
    pub fn try_lock(path: &Path) -> io::Result<Option<Self>> {
        make(path)?;
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Self {
                path: path.to_owned(),
                _lock: LockedFile::of(lock),
            })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Gives a file in it another name, in place of whatever has that name.
    ///
    /// # Errors
    /// When that fails; then both are as they were.
    pub fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path.join(from), self.path.join(to))
    }

    /// A directory in it.
    ///
    /// # Errors
    /// As [`Folder::lock`].
    pub fn below(&self, name: &str) -> io::Result<PathBuf> {
        let path = self.path.join(name);
        make(&path)?;
        Ok(path)
    }

    /// Puts a file into it, or into a directory below, in place of one of that name. Whoever reads sees the old one or
    /// the new one, never a part, even after a crash.
    ///
    /// # Errors
    /// When it cannot be written; then the old one is still there.
    pub fn replace(&self, directory: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.stage(directory, name, bytes)?.put()
    }

    /// Writes such a file, and leaves it aside: what else may fail can be done before anything changes.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn stage(&self, directory: &Path, name: &str, bytes: &[u8]) -> io::Result<Staged> {
        let staged = Staged {
            new: directory.join(format!(".{name}.new")),
            name: directory.join(name),
        };
        let mut file = File::create(&staged.new)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        Ok(staged)
    }

    /// Removes a file of a directory below; one that is not there is no error.
    ///
    /// # Errors
    /// When it is there and stays.
    pub fn remove(&self, directory: &Path, name: &str) -> io::Result<()> {
        match fs::remove_file(directory.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// A file that is written and has no name yet that anybody reads; it goes unless it is put there.
#[derive(Debug)]
pub struct Staged {
    new: PathBuf,
    name: PathBuf,
}

impl Staged {
    /// Puts it where it belongs.
    ///
    /// # Errors
    /// When that fails; then what was there is still there.
    pub fn put(self) -> io::Result<()> {
        fs::rename(&self.new, &self.name)?;
        self.name
            .parent()
            .map_or(Ok(()), |directory| File::open(directory)?.sync_all())
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // After it was put nothing has this name.
        let _ = fs::remove_file(&self.new);
    }
}

/// Makes one directory, unless it is there.
fn make(path: &Path) -> io::Result<()> {
    match fs::create_dir(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    if fs::symlink_metadata(path)?.is_dir() {
        return Ok(());
    }
    Err(io::Error::new(
        io::ErrorKind::NotADirectory,
        "it is no directory, or a symbolic link, which is not followed",
    ))
}

/// Makes a directory with all above it: only for the user's own.
///
/// # Errors
/// When one of them cannot be made.
pub fn make_all(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

/// A file that only grows.
#[derive(Debug)]
pub struct Growing(File);

impl Growing {
    /// Opens one, or makes it. Links are not followed: they could lead anywhere.
    ///
    /// # Errors
    /// When it cannot be opened or made, or is no plain file.
    pub fn open(path: &Path) -> io::Result<Self> {
        if fs::symlink_metadata(path).is_ok_and(|found| !found.is_file()) {
            let why = "it is no file of its own, and is not followed";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        }
        let file = File::options().create(true).append(true).open(path)?;
        Ok(Self(file))
    }

    /// Makes one that is not there yet, and that nobody else can read: it may hold state.
    ///
    /// # Errors
    /// When it is there, or cannot be made.
    pub fn create(path: &Path) -> io::Result<Self> {
        let mut options = File::options();
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Self(options.create_new(true).append(true).open(path)?))
    }

    /// Adds to its end, in one piece.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    /// How long it is, in bytes.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn bytes(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }
}

/// Writes a file that the user named, and that is not there yet.
///
/// # Errors
/// When it is there, or cannot be written.
pub fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
