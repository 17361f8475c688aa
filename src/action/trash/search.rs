//! The batches in the trashes of several roots.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::atomic::AtomicBool;

use jiff::Timestamp;

use super::journal::batch_of;
use super::list::{self, Entry, Known, Root};
use super::{FOLDER, TrashError, TrashErrorKind};
use crate::domain::batch::Batch;
use crate::domain::location::Location;
use crate::domain::text::scrub;
use crate::inventory::discover::{DEFAULT_DEPTH, Visitor, Walk};
use crate::store::change::{ChangeErrorKind, Tree};
use crate::store::local::{LocalStore, location_of, path_of};
use crate::store::{StoreError, StoreErrorKind};

/// A batch in the trash of a root.
#[derive(Debug)]
pub struct Found {
    /// The root.
    pub root: Rc<Root>,
    /// The batch.
    pub entry: Entry,
}

impl Found {
    /// The batch of this id in the trash of a root, where it is there.
    pub fn of(root: &Rc<Root>, id: &str) -> Option<Self> {
        let (root, entry) = (root.clone(), list::one(root, id)?);
        Some(Self { root, entry })
    }

    /// What is known of it.
    pub fn known(&self) -> Option<&Known> {
        self.entry.known.as_ref().ok()
    }

    /// When it was begun, its id where two are of one moment.
    pub fn age(&self) -> Option<(Timestamp, &str)> {
        Some((self.known()?.at?, &self.entry.id))
    }
}

/// Looks for trashes; each is looked into once, by whatever names its root is reached.
#[derive(Debug, Default)]
pub struct Search {
    seen: HashSet<PathBuf>,
    found: Vec<Result<Found, TrashError>>,
    /// Where it could not be looked for any, in words.
    passed_by: BTreeSet<String>,
    sort: Sort,
}

/// Which batches are looked for.
#[derive(Debug, Clone, Copy, Default)]
enum Sort {
    #[default]
    All,
    /// Those that something ended half-way, and what cannot be read.
    Unfinished,
    /// Those of which it cannot be told what lies there.
    Unreadable,
}

impl Search {
    /// One that passes over what has come to its end; what cannot be read may be unfinished.
    pub fn for_unfinished() -> Self {
        Self {
            sort: Sort::Unfinished,
            ..Self::default()
        }
    }

    /// One for those of which it cannot be told what lies there.
    pub fn for_unreadable() -> Self {
        Self {
            sort: Sort::Unreadable,
            ..Self::default()
        }
    }

    /// Looks in a directory and as far below it as snapshots are looked for.
    pub fn below(&mut self, directory: &Path) {
        self.in_all_of(directory, |walk, start, directories| {
            walk.run(start, DEFAULT_DEPTH, directories)
        });
    }

    /// Looks in a directory and so many levels below it, in snapshots and among state files too.
    pub fn everywhere_below(&mut self, directory: &Path, levels: usize) {
        self.in_all_of(directory, |walk, start, directories| {
            walk.run_everywhere(start, levels, directories)
        });
    }

    fn in_all_of(
        &mut self,
        directory: &Path,
        walk: impl Fn(&mut Walk<'_>, &Location, &mut Directories) -> Result<(), StoreError>,
    ) {
        let mut directories = Directories::default();
        let mut over = Walk {
            store: &LocalStore,
            cancelled: &AtomicBool::new(false),
            seen: HashSet::new(),
        };
        let walked = location_of(directory)
            .map_err(|error| error.to_string())
            .and_then(|start| {
                let walked = walk(&mut over, &start, &mut directories);
                walked.map_err(|error| error.to_string())
            });
        if let Err(why) = walked {
            let error = TrashError::new(TrashErrorKind::Broken, why);
            let hint = "check the path, and that its file system is mounted";
            self.found.push(Err(error.hint(hint)));
        }
        let Directories {
            mut found,
            passed_by,
        } = directories;
        self.passed_by.extend(passed_by);
        found.sort_unstable();
        for directory in &found {
            self.at(directory);
        }
    }

    /// Looks in a directory itself.
    pub fn at(&mut self, directory: &Path) {
        let found = trash_in(directory);
        if matches!(found, Ok(false)) {
            return;
        }
        let real = real(directory);
        if self.seen.insert(real) {
            match found {
                Ok(_) => self.look(directory, |_, _| true),
                Err(error) => self.found.push(Err(error)),
            }
        }
    }

    /// Looks in all directories above one for what lay in it, or was it. The directory need not be there any more. What
    /// cannot be read counts: it may have lain there.
    pub fn above(&mut self, directory: &Path) {
        let real = real(directory);
        for root in real.ancestors().skip(1) {
            if self.seen.contains(root) {
                continue;
            }
            match trash_in(root) {
                Ok(true) => {}
                Ok(false) => continue,
                Err(error) => {
                    self.found.push(Err(error));
                    continue;
                }
            }
            let Some(path) = real.strip_prefix(root).ok().and_then(Path::to_str) else {
                continue;
            };
            let is_known: HashSet<String> = self
                .found
                .iter()
                .flatten()
                .filter(|it| it.root.path() == root)
                .map(|it| it.entry.id.clone())
                .collect();
            self.look(root, |tree, id| {
                let is_of = || batch_of(tree, id).map(|it| it.is_some_and(|it| touches(&it, path)));
                !is_known.contains(id) && is_of().unwrap_or(true)
            });
        }
    }

    fn look(&mut self, directory: &Path, is_wanted: impl Fn(&dyn Tree, &str) -> bool) {
        let look = || {
            let root = Root::open(directory)?;
            let entries = match self.sort {
                Sort::All => list::list(&root)?,
                Sort::Unfinished => list::unfinished(&root)?,
                Sort::Unreadable => list::unreadable(&root)?,
            };
            Ok((Rc::new(root), entries))
        };
        match look() {
            Ok((root, mut entries)) => {
                entries.retain(|entry| is_wanted(root.tree(), &entry.id));
                self.found.extend(entries.into_iter().map(|entry| {
                    Ok(Found {
                        root: root.clone(),
                        entry,
                    })
                }));
            }
            Err(error) => self.found.push(Err(error)),
        }
    }

    /// The directories below which it was not looked, as no path of Flink leads there: whether a trash lies there is not known.
    pub fn passed_by(&self) -> impl Iterator<Item = TrashError> {
        let all = self.passed_by.iter();
        all.map(|it| TrashError::new(TrashErrorKind::Broken, it.clone()))
    }

    /// What was found, in that order, and what could not be looked into.
    pub fn found(self) -> Vec<Result<Found, TrashError>> {
        self.found
    }
}

/// Collects directories that a trash may lie in. What could not be listed on the way has no trash that could be read.
#[derive(Default)]
struct Directories {
    found: Vec<PathBuf>,
    /// What no path leads to, in words.
    passed_by: Vec<String>,
}

impl Visitor for Directories {
    fn snapshot(&mut self, dir: Location) {
        self.directory(dir);
    }

    fn directory(&mut self, dir: Location) {
        self.found.extend(path_of(&dir).ok().map(Path::to_owned));
    }

    fn problem(&mut self, error: StoreError) {
        if error.kind == StoreErrorKind::Backslash {
            self.passed_by.push(error.to_string());
        }
    }

    fn unsearched(&mut self, _dir: Location) {}
}

/// Whether a directory has a trash, as far as that can be told.
pub(super) fn has_trash(directory: &Path) -> bool {
    trash_in(directory).unwrap_or(false)
}

/// Whether a directory has a trash.
///
/// # Errors
/// When that cannot be told, which is not the same as that there is none.
fn trash_in(directory: &Path) -> Result<bool, TrashError> {
    let at = directory.join(FOLDER);
    match fs::symlink_metadata(&at) {
        Ok(found) => Ok(found.is_dir()),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(false)
        }
        Err(error) => {
            let at = scrub(&at.to_string_lossy()).into_owned();
            let why = ChangeErrorKind::from(error);
            let message = format!("cannot look into the trash {at}: {why}");
            let hint = match why {
                ChangeErrorKind::Denied => "run it as a user who may read it",
                _ => "what lies there is not known until that is mended",
            };
            Err(TrashError::new(TrashErrorKind::Broken, message).hint(hint))
        }
    }
}

/// A path without symbolic links, as far as it is there.
pub(super) fn real(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let there = absolute.ancestors().find_map(|above| {
        let rest = absolute.strip_prefix(above).ok()?;
        Some(fs::canonicalize(above).ok()?.join(rest))
    });
    // A `/` at the end, where nothing was left of it, is no part of a name.
    there.unwrap_or(absolute).components().collect()
}

/// Whether a batch has anything of what lay at or below a path, relative to its root.
fn touches(batch: &Batch, path: &str) -> bool {
    let is_below = |it: &str| {
        it.strip_prefix(path)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let mut moves = batch.moves.iter();
    let mut directories = batch.directories.iter();
    moves.any(|it| is_below(&it.from)) || directories.any(|it| is_below(&it.path))
}
