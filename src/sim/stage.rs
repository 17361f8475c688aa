//! Where a demonstration plays: a directory that is there for it alone.

mod mark;

use std::fs::{self, DirBuilder, DirEntry, File};
use std::io;
use std::path::{Path, PathBuf};

use self::mark::Mark;
use super::disk::DiskError;
use crate::inventory::ours;

/// So often a directory is emptied, when meanwhile something puts a file there.
const TRIES: usize = 5;

/// A directory to play in. One that was made for that goes, with all that is in it, when this is dropped.
#[derive(Debug)]
pub struct Stage {
    path: PathBuf,
    /// The directory, marked and locked, where it goes in the end: whoever comes by later can tell that we made it, and
    /// whether somebody still plays in it.
    passing: Option<Marked>,
}

/// A passing one, held open.
#[derive(Debug)]
struct Marked {
    directory: File,
    mark: Mark,
}

/// What the names of passing ones begin with. Many a directory may be called so; ours is one with our mark.
const PREFIX: &str = "stateward-demo-";
const DIGITS: usize = 16;

impl Stage {
    /// A new directory among the system's temporary ones, into which nobody else can look.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn passing() -> Result<Self, DiskError> {
        Self::passing_in(&std::env::temp_dir())
    }

    fn passing_in(temp: &Path) -> Result<Self, DiskError> {
        let random = uuid::Uuid::new_v4().simple().to_string();
        let name = format!("{PREFIX}{}", &random[..DIGITS]);
        // Its mark names it by its path without symbolic links.
        let temp = fs::canonicalize(temp).map_err(failed("find", temp))?;
        let path = temp.join(&name);
        // Under its own name it is there only with its lock, or somebody may take it for abandoned.
        let unlocked = temp.join(format!("{name}-new"));
        // One that is there already is somebody else's, and fails.
        private()
            .create(&unlocked)
            .map_err(failed("make", &unlocked))?;
        let marked = File::open(&unlocked).and_then(|directory| {
            directory.lock()?;
            let mark = Mark::set(&directory, &unlocked, &path)?;
            fs::rename(&unlocked, &path)?;
            Ok(Marked { directory, mark })
        });
        Ok(Self {
            passing: Some(marked.map_err(failed("mark and lock", &unlocked))?),
            path,
        })
    }

    /// Clears away the passing ones beside this one that the same user left behind when their process was killed: those that
    /// carry our mark, made in that very directory, and that nobody has locked. Whatever else is called like one is let be.
    pub fn clear_abandoned(&self) {
        let Some((passing, temp)) = self.passing.as_ref().zip(self.path.parent()) else {
            return;
        };
        for entry in fs::read_dir(temp).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let is_called_so = name.to_str().is_some_and(|it| it.starts_with(PREFIX));
            let path = temp.join(&name);
            if !is_called_so || !entry.file_type().is_ok_and(|it| it.is_dir()) {
                continue;
            }
            // One in use is locked.
            if let Ok(directory) = File::open(&path)
                && directory.try_lock().is_ok()
                && passing.mark.has_like(&directory, &path)
            {
                // What cannot be removed now stays for the next one who comes by.
                let _ = clear(&path);
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
        // The simulation writes it into metadata.
        let path = fs::canonicalize(directory).map_err(fail("find"))?;
        Ok(Self {
            path,
            passing: None,
        })
    }

    /// The directory, without symbolic links.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let Some(passing) = &self.passing else {
            return;
        };
        // Somebody may have given its name to another one.
        let mut left = TRIES;
        while left > 0 && mark::is(&passing.directory, &self.path) && clear(&self.path).is_err() {
            left -= 1;
        }
    }
}

/// Removes a marked directory; its mark goes last, so that what cannot be removed now is still known as ours later.
fn clear(directory: &Path) -> io::Result<()> {
    let own = directory.join(ours::FOLDER);
    for (place, last) in [(directory, ours::FOLDER), (&own, mark::NAME)] {
        for entry in fs::read_dir(place).into_iter().flatten().flatten() {
            if entry.file_name() != last {
                remove_entry(&entry)?;
            }
        }
    }
    remove(directory)
}

/// Removes a directory and all that is in it; links go themselves, not what they lead to.
fn remove(directory: &Path) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        remove_entry(&entry?)?;
    }
    fs::remove_dir(directory)
}

fn remove_entry(entry: &DirEntry) -> io::Result<()> {
    if entry.file_type()?.is_dir() {
        remove(&entry.path())
    } else {
        fs::remove_file(entry.path())
    }
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

    /// What a process leaves behind that is killed: its directory, which nobody has locked any more.
    fn abandoned(temp: &Path) -> PathBuf {
        let mut stage = Stage::passing_in(temp).unwrap();
        fs::create_dir_all(stage.path().join("deep/er")).unwrap();
        stage.passing = None;
        stage.path().to_owned()
    }

    #[test]
    fn what_was_left_behind_is_cleared_away_and_what_is_in_use_is_not() {
        let temp = tempfile::tempdir().unwrap();
        let passing = || Stage::passing_in(temp.path()).unwrap();
        let (stage, other) = (passing(), passing());
        let left = abandoned(temp.path());
        stage.clear_abandoned();
        assert!(!left.exists() && other.path().exists() && stage.path().exists());
    }

    #[test]
    fn one_that_was_not_made_so_or_is_not_where_it_was_made_is_let_be() {
        let temp = tempfile::tempdir().unwrap();
        let stage = Stage::passing_in(temp.path()).unwrap();
        let (left, moved) = (abandoned(temp.path()), abandoned(temp.path()));
        let renamed = moved.with_extension("renamed");
        fs::rename(&moved, &renamed).unwrap();
        // Another one by its name, with its mark.
        fs::create_dir_all(moved.join(ours::FOLDER)).unwrap();
        let mark = Path::new(ours::FOLDER).join(mark::NAME);
        fs::copy(renamed.join(&mark), moved.join(&mark)).unwrap();
        let unmarked = left.with_extension("unmarked");
        fs::create_dir_all(unmarked.join("deep")).unwrap();
        let edited = abandoned(temp.path());
        fs::write(edited.join(&mark), "something else").unwrap();
        let without = abandoned(temp.path());
        fs::remove_file(without.join(&mark)).unwrap();
        stage.clear_abandoned();
        assert!(!left.exists());
        for it in [moved, renamed, unmarked, edited, without] {
            assert!(it.exists(), "{}", it.display());
        }
    }

    #[test]
    fn one_in_place_of_a_passing_one_stays() {
        let temp = tempfile::tempdir().unwrap();
        let stage = Stage::passing_in(temp.path()).unwrap();
        let path = stage.path().to_owned();
        let aside = path.with_extension("aside");
        fs::rename(&path, &aside).unwrap();
        fs::create_dir(&path).unwrap();
        drop(stage);
        assert!(path.exists() && aside.exists());
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
