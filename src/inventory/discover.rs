//! Finding snapshots: a walk over directories.
//!
//! Whoever shows what is there passes by where Flink keeps state files: there may be millions, and Flink writes no snapshots
//! among them. Whoever deletes something must know what every snapshot names, wherever somebody has put it: for him nothing
//! is passed by, and what lies too deep is told.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::domain::location::Location;
use crate::store::{Entry, EntryKind, Store, StoreError, StoreErrorKind};

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
    /// A directory below which snapshots may lie that were not looked for, as they would lie too deep.
    fn unsearched(&mut self, dir: Location);
}

/// A directory to look in.
struct Pending {
    dir: Location,
    /// How many levels below it are looked at.
    left: usize,
    /// Whether it lies in a snapshot, or where Flink keeps state files: such places are looked at as deep as they are.
    inside: bool,
}

/// A directory in another one.
struct Inner {
    name: Vec<u8>,
    is_link: bool,
    /// As in [`Pending`].
    inside: bool,
}

/// What a directory has.
struct Listed {
    /// Whether there is metadata in it.
    has_metadata: bool,
    /// The directories in it, with which of them hold state files.
    directories: Vec<Inner>,
    /// Links in it that lead to no file and no directory, by name.
    links: Vec<Vec<u8>>,
    /// Directories and such links in it that no path of Flink leads to, by name.
    unreachable: Vec<Vec<u8>>,
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

/// Whether the directory above one that cannot be found lists it all the same: then it is there, and out of reach, as where an
/// automounter does not reach its server.
pub fn is_listed(store: &dyn Store, directory: &Location) -> bool {
    let Some(parent) = directory.parent() else {
        return false;
    };
    let mut is_named = false;
    let listed = store.list(&parent, &mut |entry| {
        is_named |= entry.name == directory.name();
        ControlFlow::Continue(())
    });
    listed.is_ok() && is_named
}

impl Walk<'_> {
    /// Visits the snapshots at `start` and up to `depth` levels below it, but for what lies in other snapshots or among
    /// state files.
    ///
    /// # Errors
    /// When `start` itself cannot be listed. Directories below it that cannot be are reported to the visitor instead.
    pub fn run(
        &mut self,
        start: &Location,
        depth: usize,
        visitor: &mut dyn Visitor,
    ) -> Result<(), StoreError> {
        self.below(start, depth, visitor, Self::visit)
    }

    /// The same, and those that lie in other snapshots or among state files.
    ///
    /// # Errors
    /// As [`Walk::run`].
    pub fn run_everywhere(
        &mut self,
        start: &Location,
        depth: usize,
        visitor: &mut dyn Visitor,
    ) -> Result<(), StoreError> {
        self.below(start, depth, visitor, Self::visit_whole)
    }

    fn below(
        &mut self,
        start: &Location,
        depth: usize,
        visitor: &mut dyn Visitor,
        visit: impl Fn(&mut Self, &Pending, &mut dyn Visitor) -> Result<Vec<Inner>, StoreError>,
    ) -> Result<(), StoreError> {
        let mut pending = vec![Pending {
            dir: start.clone(),
            left: depth,
            inside: false,
        }];
        while let Some(at) = pending.pop() {
            if self.cancelled.load(Ordering::Relaxed) {
                return Ok(());
            }
            let directories = match visit(self, &at, visitor) {
                Ok(directories) => directories,
                Err(error) if at.dir == *start => return Err(error),
                // Gone since its parent was listed: Flink deletes directories all the time.
                Err(error) if error.is_absence() && !is_listed(self.store, &at.dir) => continue,
                Err(error) => {
                    visitor.problem(error);
                    continue;
                }
            };
            let mut too_deep = false;
            for Inner {
                name,
                is_link,
                inside,
            } in directories
            {
                // A link may lead anywhere.
                let inside = inside && !is_link;
                if !inside && at.left == 0 {
                    too_deep = true;
                    continue;
                }
                pending.push(Pending {
                    dir: at.dir.join(&name),
                    left: if inside { at.left } else { at.left - 1 },
                    inside,
                });
            }
            if too_deep {
                visitor.unsearched(at.dir);
            }
        }
        Ok(())
    }

    /// Whether a directory was visited before, by whatever name.
    fn is_known(&mut self, dir: &Location) -> bool {
        let identity = self.store.stat(dir).ok().and_then(|stat| stat.identity);
        identity.is_some_and(|identity| !self.seen.insert(identity))
    }

    /// Visits one directory and returns the directories in it to go on with.
    fn visit(
        &mut self,
        Pending { dir, .. }: &Pending,
        visitor: &mut dyn Visitor,
    ) -> Result<Vec<Inner>, StoreError> {
        if self.is_known(dir) {
            return Ok(Vec::new());
        }
        if layout::is_snapshot_name(dir.name()) {
            visitor.snapshot(dir.clone());
            return Ok(Vec::new());
        }
        let Listed {
            has_metadata,
            mut directories,
            unreachable,
            ..
        } = self.list(dir, true)?;
        if has_metadata {
            visitor.snapshot(dir.clone());
            return Ok(Vec::new());
        }
        pass_by(dir, &unreachable, visitor);
        visitor.directory(dir.clone());
        directories.retain(|it| !it.inside);
        Ok(directories)
    }

    /// The same of one in which nothing is passed by.
    fn visit_whole(
        &mut self,
        at: &Pending,
        visitor: &mut dyn Visitor,
    ) -> Result<Vec<Inner>, StoreError> {
        let dir = &at.dir;
        if self.is_known(dir) {
            return Ok(Vec::new());
        }
        let is_named = layout::is_snapshot_name(dir.name());
        if is_named {
            visitor.snapshot(dir.clone());
        }
        let Listed {
            has_metadata,
            mut directories,
            links,
            unreachable,
        } = self.list(dir, false)?;
        pass_by(dir, &unreachable, visitor);
        for name in links {
            self.follow(&dir.join(&name), visitor);
        }
        let is_snapshot = is_named || has_metadata;
        if has_metadata && !is_named {
            visitor.snapshot(dir.clone());
        }
        if !is_snapshot {
            visitor.directory(dir.clone());
        }
        for it in &mut directories {
            it.inside |= is_snapshot || at.inside;
        }
        Ok(directories)
    }

    /// Tells of a link that cannot be followed: what is not mounted, or may not be entered, is not nothing.
    fn follow(&self, link: &Location, visitor: &mut dyn Visitor) {
        if let Err(error) = self.store.stat(link) {
            let kind = match error.kind {
                StoreErrorKind::NotFound => StoreErrorKind::Other(
                    "what it leads to is not there, or not mounted".to_owned(),
                ),
                kind => kind,
            };
            visitor.problem(StoreError {
                doing: "follow the symbolic link",
                at: error.at,
                kind,
            });
        }
    }

    /// What there is in a directory. To whoever wants `metadata_alone` nothing else matters once it is found.
    fn list(&self, dir: &Location, metadata_alone: bool) -> Result<Listed, StoreError> {
        let mut has_metadata = false;
        let (mut directories, mut links, mut unreachable) = (Vec::new(), Vec::new(), Vec::new());
        self.store.list(dir, &mut |Entry {
                                        name,
                                        kind,
                                        is_link,
                                    }| {
            has_metadata |= name == layout::METADATA;
            let is_directory = kind == EntryKind::Directory;
            let leads_nowhere = is_link && kind == EntryKind::Other && name != layout::METADATA;
            if (is_directory || leads_nowhere) && !Location::can_name(&name) {
                unreachable.push(name);
            } else if is_directory {
                directories.push(Inner {
                    name,
                    is_link,
                    inside: false,
                });
            } else if leads_nowhere {
                links.push(name);
            }
            let enough = (metadata_alone && has_metadata) || self.cancelled.load(Ordering::Relaxed);
            if enough {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })?;
        let names = directories.iter().map(|it| &*it.name);
        let is_job = layout::looks_like_job_directory(dir.name(), names);
        directories.retain(|it| it.name != ours::FOLDER.as_bytes());
        for it in &mut directories {
            it.inside = layout::holds_state_files(&it.name, is_job);
        }
        // The last comes first: directories before links to them, so that each is known by its own name; the highest
        // checkpoint before the others; and always in the same order.
        directories.sort_by_key(|it| {
            (
                !it.is_link,
                layout::checkpoint_number(&it.name),
                it.name.clone(),
            )
        });
        Ok(Listed {
            has_metadata,
            directories,
            links,
            unreachable,
        })
    }
}

/// Tells of what lies in a directory and cannot be looked in: under the path that it would have, something else may lie.
fn pass_by(dir: &Location, names: &[Vec<u8>], visitor: &mut dyn Visitor) {
    for name in names {
        visitor.problem(StoreError {
            doing: "look in",
            at: dir.child(name),
            kind: StoreErrorKind::Backslash,
        });
    }
}
