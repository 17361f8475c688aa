//! The local file system, mounts included.

use std::ffi::OsStr;
use std::fs::{self, File, FileType, Metadata};
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::{Entry, EntryKind, Stat, Store, StoreError, StoreErrorKind};
use crate::domain::location::Location;

/// Reads `file:` locations and those without a scheme.
#[derive(Debug, Clone, Copy, Default)]
pub struct LocalStore;

/// The path of a local location.
///
/// # Errors
/// When the location belongs to another store.
pub fn path_of(at: &Location) -> Result<&Path, StoreError> {
    match at.local_path() {
        Some(path) => Ok(Path::new(OsStr::from_bytes(path))),
        None => Err(StoreError::new("reach", at, StoreErrorKind::NoSuchStore)),
    }
}

/// The location of a path, made absolute against the working directory when it is relative.
///
/// # Errors
/// When the working directory is gone.
pub fn location_of(path: &Path) -> io::Result<Location> {
    Ok(Location::local(
        std::path::absolute(path)?.as_os_str().as_bytes(),
    ))
}

impl LocalStore {
    fn entries(dir: &Location) -> Result<fs::ReadDir, StoreError> {
        fs::read_dir(path_of(dir)?).map_err(|error| StoreError::io("list", dir, &error))
    }
}

impl Store for LocalStore {
    fn list(
        &self,
        dir: &Location,
        visit: &mut dyn FnMut(Entry) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        for entry in Self::entries(dir)? {
            let entry = entry.map_err(|error| StoreError::io("list", dir, &error))?;
            let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
            let kind = match entry.file_type() {
                Ok(kind) if kind.is_symlink() => target_kind(&entry.path()),
                Ok(kind) => kind_of(kind),
                // Gone since.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => {
                    let at = dir.join(&entry.file_name().into_vec());
                    return Err(StoreError::io("look at", &at, &error));
                }
            };
            if visit(Entry {
                name: entry.file_name().into_vec(),
                kind,
                is_link,
            })
            .is_break()
            {
                break;
            }
        }
        Ok(())
    }

    fn list_with_stat(
        &self,
        dir: &Location,
        visit: &mut dyn FnMut(Entry, Stat),
    ) -> Result<(), StoreError> {
        for entry in Self::entries(dir)? {
            let entry = entry.map_err(|error| StoreError::io("list", dir, &error))?;
            // Without following, the call goes through the open directory; only links need the whole path again.
            let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
            let metadata = match entry.metadata() {
                Ok(metadata) if metadata.is_symlink() => {
                    fs::metadata(entry.path()).unwrap_or(metadata)
                }
                Ok(metadata) => metadata,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => {
                    let at = dir.join(&entry.file_name().into_vec());
                    return Err(StoreError::io("look at", &at, &error));
                }
            };
            let stat = stat_of(&metadata);
            visit(
                Entry {
                    name: entry.file_name().into_vec(),
                    kind: stat.kind,
                    is_link,
                },
                stat,
            );
        }
        Ok(())
    }

    fn stat(&self, at: &Location) -> Result<Stat, StoreError> {
        let metadata =
            fs::metadata(path_of(at)?).map_err(|error| StoreError::io("look at", at, &error))?;
        Ok(stat_of(&metadata))
    }

    fn open(&self, at: &Location) -> Result<Box<dyn Read + Send>, StoreError> {
        // Opening a named pipe would wait for a writer, so what it is comes first.
        match self.stat(at)?.kind {
            EntryKind::File => {}
            EntryKind::Directory => {
                return Err(StoreError::new(
                    "open",
                    at,
                    StoreErrorKind::NotAFile("a directory"),
                ));
            }
            EntryKind::Other => {
                return Err(StoreError::new(
                    "open",
                    at,
                    StoreErrorKind::NotAFile("a special file"),
                ));
            }
        }
        let file = File::open(path_of(at)?).map_err(|error| StoreError::io("open", at, &error))?;
        Ok(Box::new(file))
    }
}

fn target_kind(link: &PathBuf) -> EntryKind {
    fs::metadata(link).map_or(EntryKind::Other, |metadata| kind_of(metadata.file_type()))
}

fn kind_of(kind: FileType) -> EntryKind {
    if kind.is_file() {
        EntryKind::File
    } else if kind.is_dir() {
        EntryKind::Directory
    } else {
        EntryKind::Other
    }
}

fn stat_of(metadata: &Metadata) -> Stat {
    Stat {
        kind: kind_of(metadata.file_type()),
        bytes: metadata.len(),
        modified: Timestamp::new(metadata.mtime(), metadata.mtime_nsec() as i32).ok(),
        created: metadata
            .created()
            .ok()
            .and_then(|created| Timestamp::try_from(created).ok())
            // Some file systems keep the field and never fill it.
            .filter(|created| created.as_second() > 0),
        identity: Some((metadata.dev(), metadata.ino())),
        // Directories have a link for each one in them.
        is_hard_linked: metadata.is_file() && metadata.nlink() > 1,
    }
}
