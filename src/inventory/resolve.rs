//! From the files that a snapshot names to numbers in the reference index: each path is mapped onto where it can be
//! looked for, and counted once.

use std::collections::HashMap;

use crate::analysis::document::FileScope;
use crate::analysis::references::LengthRule;
use crate::domain::location::Location;
use crate::domain::snapshot::PathMapping;
use crate::store::{EntryKind, Store};

use super::files::{DirectoryId, FileId, FileTable, Presence};
use super::inspect::NamedFile;
use super::{mapping, presence};

/// A snapshot's use of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own about the use"
)]
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
    /// Whether it is named relative to the snapshot's directory alone, so that it is the copy's own wherever that is moved.
    pub relative: bool,
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
                relative: file.relative,
            });
        }
        merge_repeated(self.table, uses)
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
}

fn merge_repeated(table: &mut FileTable, mut uses: Vec<FileUse>) -> Box<[FileUse]> {
    uses.sort_unstable_by_key(|usage| usage.file);
    uses.dedup_by(|later, first| {
        let same = later.file == first.file;
        if same {
            first.length = first.length.and(later.length);
            first.scope = first.scope.max(later.scope);
            first.heritable |= later.heritable;
            first.relative_but_shared |= later.relative_but_shared;
            first.disposed |= later.disposed;
            first.relative &= later.relative;
            table.release(later.file);
        }
        same
    });
    uses.into_boxed_slice()
}

/// Looks for the missing files of a snapshot at `found` where the mappings concluded for others lead: what it names of
/// another job may lie under another parent than its own, as does that job. `own` is the mapping concluded for it. What
/// lies in the directory of its own job is looked for nowhere else, and neither is what its directory is there for: of a
/// copy that lost a file, another copy has nothing to say. Returns whether any was found.
pub fn look_elsewhere(
    store: &dyn Store,
    table: &mut FileTable,
    (found, own): (&Location, Option<&PathMapping>),
    uses: &mut Box<[FileUse]>,
    others: &[PathMapping],
) -> bool {
    let home = found.parent().unwrap_or_else(|| found.clone()).canonical();
    // Where the files of each directory are looked for instead.
    let mut places: HashMap<DirectoryId, Vec<Location>> = HashMap::new();
    let mut any = false;
    for usage in uses.iter_mut() {
        if table.presence(usage.file) != Presence::Missing {
            continue;
        }
        let directory = table.directory_of(usage.file);
        let places = places.entry(directory).or_insert_with(|| {
            let at = table.directory_location(directory);
            if at.is_within(&home) || is_directory(store, at) {
                return Vec::new();
            }
            let stored = own.and_then(|it| mapping::apply(&it.reversed(), at));
            let stored = stored.as_ref().unwrap_or(at);
            let others = others.iter().filter_map(|it| mapping::apply(it, stored));
            others.filter(|place| is_directory(store, place)).collect()
        });
        let name = table.name(usage.file);
        for place in places {
            let directory = table.directory(place);
            let file = table.acquire(directory, &name);
            presence::look_at(store, table, file);
            if matches!(table.presence(file), Presence::Present(_)) {
                table.release(usage.file);
                usage.file = file;
                any = true;
                break;
            }
            table.release(file);
        }
    }
    if any {
        *uses = merge_repeated(table, std::mem::take(uses).into_vec());
    }
    any
}

fn is_directory(store: &dyn Store, at: &Location) -> bool {
    store
        .stat(at)
        .is_ok_and(|stat| stat.kind == EntryKind::Directory)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::store::memory::MemoryStore;

    fn place(text: &str) -> Location {
        Location::parse(text.as_bytes())
    }

    fn rule(text: &str) -> PathMapping {
        PathMapping {
            inferred: true,
            ..PathMapping::parse(text).unwrap()
        }
    }

    /// Where one file is looked for in the end that was looked for there in vain.
    fn found(store: &MemoryStore, at: &str, others: &[&str]) -> String {
        let others: Vec<PathMapping> = others.iter().map(|it| rule(it)).collect();
        let mut table = FileTable::default();
        let at = place(at);
        let directory = table.directory(&at.parent().unwrap());
        let file = table.acquire(directory, at.name());
        presence::look_at(store, &mut table, file);
        let usage = FileUse {
            file,
            length: LengthRule::Exactly(3),
            scope: FileScope::Shared,
            heritable: true,
            relative_but_shared: false,
            disposed: false,
            relative: false,
        };
        let mut uses: Box<[FileUse]> = Box::new([usage]);
        let own = rule("/flink=/g/west");
        let snapshot = place("file:/g/west/heir/bb/chk-7");
        let any = look_elsewhere(
            store,
            &mut table,
            (&snapshot, Some(&own)),
            &mut uses,
            &others,
        );
        let now = table.location(uses[0].file);
        assert_eq!(any, now != at);
        assert_eq!(table.users(uses[0].file), 1);
        now.to_string()
    }

    #[test]
    fn what_a_snapshot_names_of_others_lies_where_these_are() {
        let store = MemoryStore::default();
        let now = Timestamp::UNIX_EPOCH;
        let there = "file:/g/east/origin/aa/shared/x";
        store.put(&place(there), *b"abc", now);
        let west = "file:/g/west/origin/aa/shared/x";
        let east = "/flink=/g/east";
        assert_eq!(found(&store, west, &[east]), there);
        assert_eq!(found(&store, west, &["/flink=/g/north", east]), there);
        // Nobody in sight tells of it, or it is not there.
        assert_eq!(found(&store, west, &[]), west);
        assert_eq!(found(&store, west, &["/other=/g/east"]), west);
        let lost = "file:/g/west/origin/aa/shared/y";
        assert_eq!(found(&store, lost, &[east]), lost);
        // Where the directory is there, a file of it is lost, whatever another copy has.
        store.make_directory(&place("file:/g/west/origin/aa/shared"), now);
        assert_eq!(found(&store, west, &[east]), west);
        // So is what its own job has lost.
        store.put(&place("file:/g/east/heir/bb/shared/x"), *b"abc", now);
        let own = "file:/g/west/heir/bb/shared/x";
        assert_eq!(found(&store, own, &[east]), own);
    }
}
