//! Where a demonstration plays: a directory that is there for it alone.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::path::{Path, PathBuf};

use super::disk::DiskError;

/// So often a directory is emptied, when meanwhile something puts a file there.
const TRIES: usize = 5;

/// A directory to play in. One that was made for that goes, with all that is in it, when this is dropped.
#[derive(Debug)]
pub struct Stage {
    path: PathBuf,
    /// The directory, locked, where it goes in the end: whoever comes by later can tell that somebody plays in it.
    passing: Option<File>,
}

/// What the names of passing ones begin with, before as many digits as below.
const PREFIX: &str = "stateward-demo-";
/// Those of early releases had fewer, and no lock: nobody can tell whether they are in use.
const DIGITS: usize = 16;

impl Stage {
    /// A new directory among the system's temporary ones, into which nobody else can look.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn passing() -> Result<Self, DiskError> {
        let random = uuid::Uuid::new_v4().simple().to_string();
        let name = format!("{PREFIX}{}", &random[..DIGITS]);
        let path = std::env::temp_dir().join(&name);
        // Under its own name it is there only with its lock, or somebody may take it for abandoned.
        let unlocked = std::env::temp_dir().join(format!("{name}-new"));
        // One that is there already is somebody else's, and fails.
        private()
            .create(&unlocked)
            .map_err(failed("make", &unlocked))?;
        let locked = File::open(&unlocked).and_then(|directory| {
            directory.lock()?;
            fs::rename(&unlocked, &path)?;
            Ok(directory)
        });
        Self {
            passing: Some(locked.map_err(failed("lock", &unlocked))?),
            path,
        }
        .real()
    }

    /// Clears away the passing ones that somebody left behind who was killed.
    pub fn clear_abandoned() {
        for entry in fs::read_dir(std::env::temp_dir()).into_iter().flatten() {
            let Ok(entry) = entry else { continue };
            let name = entry.file_name();
            let digits = name.to_str().and_then(|name| name.strip_prefix(PREFIX));
            let is_digit = |b: u8| b.is_ascii_digit() || matches!(b, b'a'..=b'f');
            let is_one = digits.is_some_and(|it| it.len() == DIGITS && it.bytes().all(is_digit));
            if !is_one || !entry.file_type().is_ok_and(|it| it.is_dir()) {
                continue;
            }
            // Another user's cannot be opened, and one in use is locked.
            if let Ok(directory) = File::open(entry.path())
                && directory.try_lock().is_ok()
            {
                // What cannot be removed now stays for the next one who comes by.
                let _ = remove(&entry.path());
            }
        }
    }

    /// This directory, which stays: a new or an empty one, since nothing of anybody else's may be touched.
    ///
    /// # Errors
    /// When it cannot be made or looked into, or has something in it.
    pub fn kept(directory: &Path) -> Result<Self, DiskError> {
        let fail = |doing| failed(doing, directory);
        private()
            .recursive(true)
            .create(directory)
            .map_err(fail("make"))?;
        let mut entries = fs::read_dir(directory).map_err(fail("look into"))?;
        if entries.next().is_some() {
            let full = io::ErrorKind::DirectoryNotEmpty.into();
            return Err(fail("play in")(full));
        }
        Self {
            path: directory.to_owned(),
            passing: None,
        }
        .real()
    }

    /// The same by its path without symbolic links, as the simulation writes it into metadata.
    fn real(mut self) -> Result<Self, DiskError> {
        let real = fs::canonicalize(&self.path).map_err(failed("find", &self.path))?;
        self.path = real;
        Ok(self)
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let mut left = if self.passing.is_some() { TRIES } else { 0 };
        while left > 0 && remove(&self.path).is_err() {
            left -= 1;
        }
    }
}

/// Removes a directory and all that is in it; links go themselves, not what they lead to.
fn remove(directory: &Path) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove(&entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    fs::remove_dir(directory)
}

#[cfg(unix)]
fn private() -> DirBuilder {
    use std::os::unix::fs::DirBuilderExt as _;
    let mut builder = DirBuilder::new();
    builder.mode(0o700);
    builder
}

#[cfg(not(unix))]
fn private() -> DirBuilder {
    DirBuilder::new()
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> DiskError {
    let path = path.to_owned();
    move |source| DiskError {
        doing,
        path,
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passing_one_takes_along_what_is_in_it_and_nothing_else() {
        let elsewhere = tempfile::tempdir().unwrap();
        fs::write(elsewhere.path().join("a"), "x").unwrap();
        let stage = Stage::passing().unwrap();
        let path = stage.path().to_owned();
        fs::create_dir_all(path.join("b/c")).unwrap();
        fs::write(path.join("b/c/d"), "x").unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), path.join("b/link")).unwrap();
        drop(stage);
        assert!(!path.exists());
        assert!(elsewhere.path().join("a").exists());
    }

    #[test]
    fn what_was_left_behind_is_cleared_away_and_what_is_in_use_is_not() {
        let stage = Stage::passing().unwrap();
        let temp = stage.path().parent().unwrap();
        let other = |end: &str| temp.join(format!("{PREFIX}{end}{}", std::process::id() % 10));
        let abandoned = other("0123456789abcde");
        // Without a lock, as early ones were.
        let early = other("0123456789a");
        for directory in [&abandoned, &early] {
            fs::create_dir_all(directory.join("deep")).unwrap();
        }
        Stage::clear_abandoned();
        assert!(!abandoned.exists() && early.exists() && stage.path().exists());
        fs::remove_dir_all(early).unwrap();
    }

    #[test]
    fn one_to_keep_is_new_or_empty_and_stays() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("new/deep");
        drop(Stage::kept(&path).unwrap());
        drop(Stage::kept(&path).unwrap());
        fs::write(path.join("mine"), "x").unwrap();
        let error = Stage::kept(&path).unwrap_err().to_string();
        assert!(error.contains("cannot play in"), "{error}");
        assert!(path.join("mine").exists());
    }
}
