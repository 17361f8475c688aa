//! Who names which file, seen once more before something goes.

use std::collections::HashMap;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use crate::store::Store;
use crate::store::local::path_of;

use super::catalog::{Catalog, Rules};
use super::files::DirectoryId;
use super::record::Content;
use super::scan::{self, Root};

/// The files that the snapshots below some roots name.
#[derive(Debug)]
pub struct NamedFiles {
    catalog: Catalog,
    /// The directories that they lie in, by where these really are: metadata may go by another name for the same one.
    directories: HashMap<PathBuf, Vec<DirectoryId>>,
}

impl NamedFiles {
    /// Looks at all snapshots below some roots.
    ///
    /// # Errors
    /// When a directory cannot be listed or metadata cannot be read: then it cannot be told what they name.
    pub fn below(store: &dyn Store, rules: Rules, roots: &[Root]) -> Result<Self, String> {
        let mut catalog = Catalog::new(rules);
        for root in roots {
            let findings = scan::scan(
                &mut catalog,
                store,
                root,
                &AtomicBool::new(false),
                &mut |_| {},
            );
            let findings = findings.map_err(|error| error.to_string())?;
            if let Some(problem) = findings.problems.first() {
                return Err(problem.to_string());
            }
            for snapshot in &findings.snapshots {
                if let Some(Content::Unreadable { reason, .. }) =
                    catalog.record(snapshot).map(|it| &it.content)
                {
                    return Err(format!("cannot read the metadata of {snapshot}: {reason}"));
                }
            }
        }
        let mut directories: HashMap<PathBuf, Vec<DirectoryId>> = HashMap::new();
        for (id, location) in catalog.files().directories() {
            if let Ok(path) = path_of(location) {
                directories.entry(really(path)).or_default().push(id);
            }
        }
        Ok(Self {
            catalog,
            directories,
        })
    }

    /// Whether any of the snapshots names a file, by this path or another one to the same directory.
    pub fn has(&self, path: &Path) -> bool {
        let (Some(directory), Some(name)) = (path.parent(), path.file_name()) else {
            return false;
        };
        let files = self.catalog.files();
        let ids = self.directories.get(&really(directory));
        let ids = ids.into_iter().flatten();
        ids.filter_map(|&id| files.find(id, name.as_bytes()))
            .any(|id| files.users(id) > 0)
    }
}

/// Where a directory really is; one that is gone is where it was.
fn really(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}
