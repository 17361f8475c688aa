//! The one directory that a simulation writes to. Every path is made of names below it, so nothing else can be touched;
//! times are virtual.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use jiff::Timestamp;

use super::chance::Chance;

/// Beyond this length a file of state is a hole that reads as zeros: it has its length, and costs next to no space.
const REAL_BYTES: u64 = 4 << 10;

/// A write that failed.
#[derive(Debug, thiserror::Error)]
#[error("cannot {doing} {path}: {source}", path = path.display())]
pub struct DiskError {
    /// What was tried.
    pub doing: &'static str,
    /// On what.
    pub path: PathBuf,
    /// Why not.
    pub source: io::Error,
}

/// A directory to simulate in.
#[derive(Debug)]
pub(super) struct Disk {
    root: PathBuf,
}

type Done = Result<(), DiskError>;

impl Disk {
    /// The directory, which must exist and be nobody else's.
    pub(super) fn new(root: &Path) -> Result<Self, DiskError> {
        let root = fs::canonicalize(root).map_err(|source| DiskError {
            doing: "find the directory",
            path: root.to_owned(),
            source,
        })?;
        Ok(Self { root })
    }

    /// The full path of what is called so.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Names go down only: no step out of the directory, and no path of another place.
    fn place(&self, name: &str) -> Result<PathBuf, DiskError> {
        let path = Path::new(name);
        let down = |it: Component<'_>| matches!(it, Component::Normal(_));
        if path.components().all(down) && path.components().next().is_some() {
            return Ok(self.root.join(path));
        }
        Err(DiskError {
            doing: "leave the directory of the simulation for",
            path: path.to_owned(),
            source: io::ErrorKind::InvalidInput.into(),
        })
    }

    /// Makes a directory and those above it.
    pub(super) fn make_directory(&self, name: &str, now: Timestamp) -> Done {
        let path = self.place(name)?;
        let missing: Vec<&Path> = path
            .ancestors()
            .take_while(|it| it.starts_with(&self.root) && !it.exists())
            .collect();
        fs::create_dir_all(&path).map_err(|source| failed("make", &path, source))?;
        for made in &missing {
            self.touch(made, now)?;
        }
        match missing.last().and_then(|it| it.parent()) {
            Some(parent) => self.touch(parent, now),
            None => Ok(()),
        }
    }

    /// Writes a file of so many bytes that look like chance.
    pub(super) fn write_state(&self, name: &str, bytes: u64, seed: u64, now: Timestamp) -> Done {
        let mut head = vec![0; bytes.min(REAL_BYTES) as usize];
        Chance::new(seed, 0).fill(&mut head);
        self.write(name, &head, bytes, now)
    }

    /// Writes a file of exactly these bytes.
    pub(super) fn write_all(&self, name: &str, bytes: &[u8], now: Timestamp) -> Done {
        self.write(name, bytes, bytes.len() as u64, now)
    }

    fn write(&self, name: &str, head: &[u8], length: u64, now: Timestamp) -> Done {
        let path = self.place(name)?;
        if let Some((parent, _)) = name.rsplit_once('/') {
            self.make_directory(parent, now)?;
        }
        let written = || -> io::Result<()> {
            let mut file = File::create(&path)?;
            file.write_all(head)?;
            file.set_len(length)?;
            file.set_modified(SystemTime::from(now))
        };
        written().map_err(|source| failed("write", &path, source))?;
        self.touch_parent(&path, now)
    }

    /// Gives a file its final name.
    pub(super) fn rename(&self, from: &str, to: &str, now: Timestamp) -> Done {
        let (from, to) = (self.place(from)?, self.place(to)?);
        fs::rename(&from, &to).map_err(|source| failed("rename", &from, source))?;
        self.touch(&to, now)?;
        self.touch_parent(&to, now)
    }

    /// Cuts a file to half its length.
    pub(super) fn halve(&self, name: &str, now: Timestamp) -> Done {
        let path = self.place(name)?;
        let cut = || -> io::Result<()> {
            let file = File::options().write(true).open(&path)?;
            let length = file.metadata()?.len();
            file.set_len(length / 2)?;
            file.set_modified(SystemTime::from(now))
        };
        cut().map_err(|source| failed("cut", &path, source))
    }

    /// Removes a file. One that is gone already is none to remove, as for Flink.
    pub(super) fn remove_file(&self, name: &str, now: Timestamp) -> Done {
        let path = self.place(name)?;
        match fs::remove_file(&path) {
            Ok(()) => self.touch_parent(&path, now),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(source) => Err(failed("remove", &path, source)),
        }
    }

    /// Removes a directory if it is empty; Flink leaves one with foreign files alone.
    pub(super) fn remove_empty_directory(&self, name: &str, now: Timestamp) -> Done {
        let path = self.place(name)?;
        match fs::remove_dir(&path) {
            Ok(()) => self.touch_parent(&path, now),
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::DirectoryNotEmpty
                ) =>
            {
                Ok(())
            }
            Err(source) => Err(failed("remove", &path, source)),
        }
    }

    /// Removes the files that lie just in a directory.
    pub(super) fn remove_files_in(&self, name: &str, now: Timestamp) -> Done {
        let Ok(entries) = fs::read_dir(self.place(name)?) else {
            return Ok(());
        };
        for entry in entries.flatten() {
            let is_file = entry.file_type().is_ok_and(|it| it.is_file());
            if let Some(file) = entry.file_name().to_str().filter(|_| is_file) {
                self.remove_file(&format!("{name}/{file}"), now)?;
            }
        }
        Ok(())
    }

    /// Removes the directories below one that have become empty.
    pub(super) fn prune(&self, name: &str, now: Timestamp) -> Done {
        let path = self.place(name)?;
        let Ok(entries) = fs::read_dir(&path) else {
            return Ok(());
        };
        for entry in entries.flatten() {
            let is_directory = entry.file_type().is_ok_and(|it| it.is_dir());
            if let Some(below) = entry.file_name().to_str().filter(|_| is_directory) {
                self.prune(&format!("{name}/{below}"), now)?;
                self.remove_empty_directory(&format!("{name}/{below}"), now)?;
            }
        }
        Ok(())
    }

    /// Whether a file is there with at least this length.
    pub(super) fn has(&self, name: &str, bytes: u64) -> bool {
        fs::metadata(self.path(name)).is_ok_and(|it| it.is_file() && it.len() >= bytes)
    }

    fn touch_parent(&self, path: &Path, now: Timestamp) -> Done {
        path.parent()
            .map_or(Ok(()), |parent| self.touch(parent, now))
    }

    fn touch(&self, path: &Path, now: Timestamp) -> Done {
        // The directory itself belongs to the caller.
        if path == self.root || !path.starts_with(&self.root) {
            return Ok(());
        }
        let touched = || File::open(path)?.set_modified(SystemTime::from(now));
        match touched() {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(source) => Err(failed("set the time of", path, source)),
        }
    }
}

fn failed(doing: &'static str, path: &Path, source: io::Error) -> DiskError {
    DiskError {
        doing,
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_outside_is_touched() {
        let directory = tempfile::tempdir().unwrap();
        let disk = Disk::new(directory.path()).unwrap();
        for name in ["../x", "/x", "a/../../x", "", "./x"] {
            let written = disk.write_all(name, b"x", Timestamp::UNIX_EPOCH);
            assert!(written.is_err(), "{name}");
            assert!(
                disk.remove_file(name, Timestamp::UNIX_EPOCH).is_err(),
                "{name}"
            );
        }
    }

    #[test]
    fn files_and_directories_have_virtual_times_and_full_lengths() {
        let directory = tempfile::tempdir().unwrap();
        let disk = Disk::new(directory.path()).unwrap();
        let now = Timestamp::from_second(1_000_000).unwrap();
        disk.write_state("job/chk-1/a", 1 << 40, 3, now).unwrap();
        for name in ["job", "job/chk-1", "job/chk-1/a"] {
            let modified = fs::metadata(disk.path(name)).unwrap().modified().unwrap();
            assert_eq!(Timestamp::try_from(modified).unwrap(), now, "{name}");
        }
        assert!(disk.has("job/chk-1/a", 1 << 40));
        disk.remove_empty_directory("job/chk-1", now).unwrap();
        assert!(disk.has("job/chk-1/a", 1), "only an empty one goes");
    }
}
