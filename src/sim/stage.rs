//! Where a demonstration plays: a directory that is there for it alone.

use std::fs::{self, DirBuilder};
use std::io;
use std::path::{Path, PathBuf};

use super::disk::DiskError;

/// So often a directory is emptied, when meanwhile something puts a file there.
const TRIES: usize = 5;

/// A directory to play in. One that was made for that goes, with all that is in it, when this is dropped.
#[derive(Debug)]
pub struct Stage {
    path: PathBuf,
    passing: bool,
}

impl Stage {
    /// A new directory among the system's temporary ones, into which nobody else can look.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn passing() -> Result<Self, DiskError> {
        let random = uuid::Uuid::new_v4().simple().to_string();
        let path = std::env::temp_dir().join(format!("stateward-demo-{}", &random[..12]));
        // One that is there already is somebody else's, and fails.
        private().create(&path).map_err(failed("make", &path))?;
        Self {
            path,
            passing: true,
        }
        .real()
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
            passing: false,
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
        let mut left = if self.passing { TRIES } else { 0 };
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
