//! Finding snapshots: a walk over directories that stops where Flink keeps state files.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::domain::location::Location;
use crate::store::{Entry, EntryKind, Store, StoreError};

use super::{layout, ours};

/// How many levels below a root snapshots are looked for, unless told otherwise: enough for
/// `<root>/<team>/<application>/checkpoints/<job>/chk-N`.
pub const DEFAULT_DEPTH: usize = 6;

/// What the walk meets, as it meets it.
pub trait Visitor {
    /// A directory that is, or is about to become, a snapshot.
    fn snapshot(&mut self, dir: Location);
    /// A directory that may come to hold snapshots, and is worth watching.
    fn directory(&mut self, dir: Location);
    /// A directory that could not be listed; the walk goes on elsewhere.
    fn problem(&mut self, error: StoreError);
}

/// A walk below one directory.
pub struct Walk<'a> {
    /// What is walked over.
    pub store: &'a dyn Store,
    /// Ends the walk early when set.
    pub cancelled: &'a AtomicBool,
    /// Directories already seen, by identity, so that a symbolic link that leads back ends there.
    pub seen: HashSet<(u64, u64)>,
}

impl Walk<'_> {
    /// Visits the snapshots at `start` and up to `depth` levels below it.
    ///
    /// # Errors
    /// When `start` itself cannot be listed. Directories below it that cannot be are reported to the visitor instead.
    pub fn run(
        &mut self,
        start: &Location,
        depth: usize,
        visitor: &mut dyn Visitor,
    ) -> Result<(), StoreError> {
        let mut pending = vec![(start.clone(), depth)];
        while let Some((dir, depth)) = pending.pop() {
            if self.cancelled.load(Ordering::Relaxed) {
                return Ok(());
            }
            let directories = match self.visit(&dir, visitor) {
                Ok(directories) => directories,
                Err(error) if dir == *start => return Err(error),
                // Gone since its parent was listed: Flink deletes directories all the time.
                Err(error) if error.is_absence() => continue,
                Err(error) => {
                    visitor.problem(error);
                    continue;
                }
            };
            if depth > 0 {
                pending.extend(
                    directories
                        .into_iter()
                        .map(|name| (dir.join(&name), depth - 1)),
                );
            }
        }
        Ok(())
    }

    /// Visits one directory and returns the directories in it to go on with.
    fn visit(
        &mut self,
        dir: &Location,
        visitor: &mut dyn Visitor,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        if let Some(identity) = self.store.stat(dir).ok().and_then(|stat| stat.identity)
            && !self.seen.insert(identity)
        {
            return Ok(Vec::new());
        }
        if layout::is_snapshot_name(dir.name()) {
            visitor.snapshot(dir.clone());
            return Ok(Vec::new());
        }
        let mut is_snapshot = false;
        let mut directories = Vec::new();
        let mut links = HashSet::new();
        self.store.list(dir, &mut |Entry {
                                        name,
                                        kind,
                                        is_link,
                                    }| {
            is_snapshot |= name == layout::METADATA;
            if kind == EntryKind::Directory {
                if is_link {
                    links.insert(name.clone());
                }
                directories.push(name);
            }
            let enough = is_snapshot || self.cancelled.load(Ordering::Relaxed);
            if enough {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })?;
        if is_snapshot {
            visitor.snapshot(dir.clone());
            return Ok(Vec::new());
        }
        visitor.directory(dir.clone());
        let is_job =
            layout::looks_like_job_directory(dir.name(), directories.iter().map(Vec::as_slice));
        directories.retain(|name| {
            name != ours::FOLDER.as_bytes() && !layout::holds_state_files(name, is_job)
        });
        // The last comes first: directories before links to them, so that each is known by its own name; the highest
        // checkpoint before the others; and always in the same order.
        directories.sort_by_key(|name| {
            (
                !links.contains(name),
                layout::checkpoint_number(name),
                name.clone(),
            )
        });
        Ok(directories)
    }
}
