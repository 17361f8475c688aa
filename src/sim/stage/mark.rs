//! The mark by which a directory that was made for a demonstration is known again, by its very self: not by its name, and
//! not a copy of it. It lies in the directory and names it, by path and identity, and itself.

use std::fs::{self, DirBuilder, File, Metadata};
use std::io::{self, Write as _};
use std::path::Path;

use crate::inventory::ours;

/// What it is called, among this program's own files.
pub(super) const NAME: &str = "demo";

/// A mark that was set.
#[derive(Debug)]
pub(super) struct Mark {
    /// Whose it is; the same user's are ours, too.
    owner: Option<u32>,
}

impl Mark {
    /// Marks a directory that lies at one place as ours once it lies at another.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn set(directory: &File, at: &Path, becomes: &Path) -> io::Result<Self> {
        let own = at.join(ours::FOLDER);
        DirBuilder::new().create(&own)?;
        let mut file = File::create_new(own.join(NAME))?;
        let (directory, itself) = (directory.metadata()?, file.metadata()?);
        if let Some(text) = text(becomes, &directory, &itself) {
            file.write_all(&text)?;
        }
        Ok(Self {
            owner: owner(&itself),
        })
    }

    /// Whether a directory has one that the same user set, to this directory at this place.
    pub(super) fn has_like(&self, directory: &File, at: &Path) -> bool {
        self.like(directory, at).unwrap_or(false)
    }

    fn like(&self, directory: &File, at: &Path) -> io::Result<bool> {
        let own = at.join(ours::FOLDER);
        let file = own.join(NAME);
        let (found, itself) = (directory.metadata()?, fs::symlink_metadata(&file)?);
        let has_folder = fs::symlink_metadata(&own)?.is_dir();
        let is_mine = |it: &Metadata| owner(it).is_some_and(|owner| Some(owner) == self.owner);
        if !has_folder || !itself.is_file() || !is_mine(&found) || !is_mine(&itself) {
            return Ok(false);
        }
        let Some(text) = text(at, &found, &itself) else {
            return Ok(false);
        };
        // What is longer is not read.
        let is_so = itself.len() == text.len() as u64 && fs::read(&file)? == text;
        Ok(is_so && is(directory, at))
    }
}

/// Whether an open directory is the one at this place.
pub(super) fn is(directory: &File, at: &Path) -> bool {
    let (open, there) = (directory.metadata(), fs::symlink_metadata(at));
    open.is_ok_and(|open| there.is_ok_and(|there| identity(&open) == identity(&there)))
}

/// What a mark says; nothing where directories cannot be told from each other.
fn text(at: &Path, directory: &Metadata, itself: &Metadata) -> Option<Vec<u8>> {
    let ((device, inode), (_, mark)) = (identity(directory)?, identity(itself)?);
    let told = format!(
        "made by `stateward demo`, and removed by it; device {device}, directory {inode}, mark {mark}\n"
    );
    let mut text = told.into_bytes();
    text.extend_from_slice(at.as_os_str().as_encoded_bytes());
    text.push(b'\n');
    Some(text)
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere there is none")]
fn identity(of: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    Some((of.dev(), of.ino()))
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere there is none")]
fn owner(of: &Metadata) -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    Some(of.uid())
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> Option<(u64, u64)> {
    None
}

#[cfg(not(unix))]
fn owner(_: &Metadata) -> Option<u32> {
    None
}
