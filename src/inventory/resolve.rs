//! From the files that a snapshot names to numbers in the reference index: each path is mapped onto where it can be
//! looked for, and counted once.

use std::collections::HashMap;

use crate::analysis::document::FileScope;
use crate::analysis::references::LengthRule;
use crate::domain::location::Location;
use crate::domain::snapshot::PathMapping;
use crate::store::{EntryKind, Store};

use super::files::{DirectoryId, FileId, FileTable};
use super::inspect::NamedFile;
use super::mapping;

/// A snapshot's use of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileUse {
    /// The file.
    pub file: FileId,
    /// What its length must be.
    pub length: LengthRule,
    /// Whether others may name it by its role.
    pub scope: FileScope,
    /// Whether a job that was restored from the snapshot may go on naming it.
    pub heritable: bool,
    /// Named relative to the snapshot's directory, although it is a file that others may name too: the mark that
    /// Flink up to 2.3.0 leaves after the claim of a native savepoint (FLINK-39964).
    pub relative_but_shared: bool,
    /// Whether Flink's own disposal of the snapshot deletes it ([`crate::analysis::disposal`]).
    pub disposed: bool,
}

/// Which mapping applies to a snapshot that was written to `original` and found at `found`.
///
/// A mapping is only concluded when the directory around the original place does not exist here: then this machine
/// sees the store under another name than Flink does. Where it exists, this machine's view is Flink's, the snapshot is
/// a copy, and Flink would read the files under their stored names.
pub fn mapping_for(
    store: &dyn Store,
    rules: &[PathMapping],
    original: Option<&Location>,
    found: &Location,
) -> Option<PathMapping> {
    let original = original?;
    if let Some(rule) = rules
        .iter()
        .find(|rule| mapping::apply(rule, original).is_some())
    {
        return Some(rule.clone());
    }
    let inferred = mapping::infer(original, found)?;
    let around = original.parent().unwrap_or_else(|| original.clone());
    (!is_directory(store, &around)).then_some(inferred)
}

/// Turns names into numbers, counting one user for each file.
pub struct Resolver<'a> {
    /// Where files are looked for.
    pub store: &'a dyn Store,
    /// Mappings that the user gave.
    pub rules: &'a [PathMapping],
    /// The mapping concluded for this snapshot.
    pub inferred: Option<&'a PathMapping>,
    /// The index.
    pub table: &'a mut FileTable,
}

impl Resolver<'_> {
    /// The files that the snapshot at `found` names, each once, by number.
    pub fn resolve(&mut self, found: &Location, named: &[NamedFile]) -> Box<[FileUse]> {
        let own = self.table.directory(found);
        let mut directories: HashMap<&[u8], DirectoryId> = HashMap::new();
        let mut uses = Vec::with_capacity(named.len());
        for file in named {
            let end = file.path.iter().rposition(|&b| b == b'/');
            let (parent, name) = end.map_or((&b""[..], &file.path[..]), |at| {
                (&file.path[..at], &file.path[at + 1..])
            });
            let file_id = if name.is_empty()
                || name == b"."
                || name == b".."
                || name.contains(&b'\\')
                || (file.relative && end.is_some())
            {
                self.resolve_odd(found, file)
            } else if file.relative {
                self.table.acquire(own, name)
            } else {
                let directory = if let Some(&directory) = directories.get(parent) {
                    directory
                } else {
                    let directory = self.directory(&Location::parse(parent));
                    directories.insert(parent, directory);
                    directory
                };
                self.table.acquire(directory, name)
            };
            let shared = file.scope == FileScope::Shared;
            uses.push(FileUse {
                file: file_id,
                length: file.length,
                scope: file.scope,
                heritable: file.heritable,
                relative_but_shared: file.relative && shared,
                disposed: file.disposed,
            });
        }
        self.merge_repeated(uses)
    }

    /// A path that does not simply name a file in a directory, such as one with `..` in it.
    fn resolve_odd(&mut self, found: &Location, file: &NamedFile) -> FileId {
        let place = if file.relative {
            found.join(&file.path)
        } else {
            Location::parse(&file.path)
        };
        let parent = place.parent().unwrap_or_else(|| place.clone());
        let directory = if file.relative {
            self.table.directory(&parent)
        } else {
            self.directory(&parent)
        };
        self.table.acquire(directory, place.name())
    }

    /// The directory in which to look for files that metadata names under `stored`.
    fn directory(&mut self, stored: &Location) -> DirectoryId {
        let place = self.place(stored);
        self.table.directory(&place)
    }

    /// Where a directory that metadata names under `stored` is looked for.
    pub fn place(&self, stored: &Location) -> Location {
        let explicit = self
            .rules
            .iter()
            .find_map(|rule| mapping::apply(rule, stored));
        explicit
            .or_else(|| self.inferred_place(stored))
            .unwrap_or_else(|| stored.clone())
    }

    /// A concluded mapping is only followed where the stored name leads nowhere.
    fn inferred_place(&self, stored: &Location) -> Option<Location> {
        let mapped = mapping::apply(self.inferred?, stored)?;
        (!is_directory(self.store, stored)).then_some(mapped)
    }

    fn merge_repeated(&mut self, mut uses: Vec<FileUse>) -> Box<[FileUse]> {
        uses.sort_unstable_by_key(|usage| usage.file);
        uses.dedup_by(|later, first| {
            let same = later.file == first.file;
            if same {
                first.length = first.length.and(later.length);
                first.scope = first.scope.max(later.scope);
                first.heritable |= later.heritable;
                first.relative_but_shared |= later.relative_but_shared;
                first.disposed |= later.disposed;
                self.table.release(later.file);
            }
            same
        });
        uses.into_boxed_slice()
    }
}

fn is_directory(store: &dyn Store, at: &Location) -> bool {
    store
        .stat(at)
        .is_ok_and(|stat| stat.kind == EntryKind::Directory)
}
