//! Finding what lies below the roots and no snapshot names. What becomes of it is judged elsewhere
//! ([`crate::analysis::orphans`]).
//!
//! The walk lists every directory, also those of state files, which the search for snapshots passes by. It keeps nothing of
//! files that are named, so that a tree with a million of them costs no more than its leftovers.

use std::collections::{BTreeSet, HashSet};
use std::ops::ControlFlow;

use crate::analysis::orphans::{Activity, Class, Found, Home, Leftover, Place};
use crate::domain::id::JobId;
use crate::domain::location::Location;
use crate::domain::snapshot::Health;
use crate::domain::text::scrub_bytes;
use crate::store::{Entry, EntryKind, Stat, Store, StoreError};

use super::catalog::Catalog;
use super::discover::is_listed;
use super::files::{Names, is_uuid};
use super::layout;
use super::ours;
use super::record::{Content, Record};
use super::scan::{self, Root};

/// What lies below the roots and no snapshot of the catalog names. The catalog must have been filled from the same roots, and
/// settled; what could not be listed then is to be added to [`Found::problems`] by the caller. A directory
/// is known by one name alone, and passed by where it has a second one.
pub fn find(
    store: &dyn Store,
    catalog: &Catalog,
    roots: &[Root],
    second_names: &BTreeSet<Location>,
) -> Found {
    let directories = || catalog.records().flat_map(Record::merged_into);
    let mut walk = Walk {
        store,
        catalog,
        second_names,
        names: catalog.files().names(),
        merged_into: directories().cloned().collect(),
        merged_names: directories().map(|it| it.name().to_vec()).collect(),
        roots: roots.iter().map(|it| it.location.canonical()).collect(),
        seen: HashSet::new(),
        identities: HashSet::new(),
        outer: Vec::new(),
        found: Found::default(),
        pending: Vec::new(),
        too_deep: Vec::new(),
    };
    walk.found.roots = roots.iter().map(|it| it.location.clone()).collect();
    for record in catalog.records() {
        match record.content {
            Content::Read(_) => walk.found.read += 1,
            Content::Unreadable { .. } => walk.found.unread.push(record.location.clone()),
            Content::Nothing { .. } => {}
        }
    }
    for root in roots {
        match store.stat(&root.location) {
            Ok(stat) => walk.pending.push(Directory {
                at: root.location.clone(),
                stat,
                sort: Sort::Plain(root.depth),
                home: None,
            }),
            Err(error) => walk.found.problems.push(error.to_string()),
        }
        while let Some(directory) = walk.pending.pop() {
            walk.visit(directory);
        }
    }
    let problem = scan::not_searched(&walk.too_deep, roots);
    walk.found.problems.extend(problem);
    walk.found
}

/// A directory to look into.
struct Directory {
    at: Location,
    stat: Stat,
    sort: Sort,
    home: Option<usize>,
}

/// What a directory is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    /// Not known before it is listed; snapshots were looked for so many levels below it.
    Plain(usize),
    /// The directory of a job.
    Job(usize),
    Snapshot,
    Shared,
    TaskOwned,
    Changelog,
    Merged,
    Database,
    /// Where Flink has no directories.
    Strange,
}

struct Walk<'a> {
    store: &'a dyn Store,
    catalog: &'a Catalog,
    second_names: &'a BTreeSet<Location>,
    names: Names,
    /// The directories of file merging that metadata names, and their names alone: each is given once.
    merged_into: HashSet<Location>,
    merged_names: HashSet<Vec<u8>>,
    roots: Vec<Location>,
    seen: HashSet<Location>,
    identities: HashSet<(u64, u64)>,
    /// The home around each home.
    outer: Vec<Option<usize>>,
    found: Found,
    pending: Vec<Directory>,
    /// Directories below which no snapshots were looked for.
    too_deep: Vec<Location>,
}

/// What the content of a snapshot's directory is judged by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Readable,
    /// Its metadata cannot be read, and is empty or not.
    Unreadable,
    WithoutMetadata,
}

impl Walk<'_> {
    fn visit(&mut self, mut directory: Directory) {
        if self.second_names.contains(&directory.at.canonical()) {
            return;
        }
        let known = directory.stat.identity;
        let again = known.is_some_and(|identity| !self.identities.insert(identity));
        if !self.seen.insert(directory.at.canonical()) || again {
            return;
        }
        if let Err(error) = self
            .sort_out(&mut directory)
            .and_then(|()| self.list(&directory))
            // Gone since its parent was listed: Flink deletes directories all the time.
            && (!error.is_absence() || is_listed(self.store, &directory.at))
        {
            self.found.problems.push(error.to_string());
        }
    }

    /// Finds out what a directory is for, and which home it belongs to.
    fn sort_out(&mut self, directory: &mut Directory) -> Result<(), StoreError> {
        let Sort::Plain(depth) = directory.sort else {
            return Ok(());
        };
        let at = &directory.at;
        let is_known = self.catalog.record(at).is_some();
        if is_known || layout::is_snapshot_name(at.name()) {
            directory.sort = Sort::Snapshot;
            if directory.home.is_none() {
                directory.home = Some(self.add_home(at, None, is_known, None));
            }
            return Ok(());
        }
        let (mut directories, mut has_metadata) = (Vec::new(), false);
        self.store.list(at, &mut |entry| {
            has_metadata |= entry.name == layout::METADATA;
            if entry.kind == EntryKind::Directory {
                directories.push(entry.name);
            }
            ControlFlow::Continue(())
        })?;
        if has_metadata {
            self.unseen(at);
        }
        if layout::looks_like_job_directory(at.name(), directories.iter().map(Vec::as_slice)) {
            let job = JobId::from_hex(at.name()).ok();
            directory.sort = Sort::Job(depth);
            let is_flinks = self.is_flinks(at, &directories);
            directory.home = Some(self.add_home(at, job, is_flinks, directory.home));
        }
        Ok(())
    }

    /// Whether more than its name shows that Flink made a job's directory. It makes `shared` and `taskowned` together
    /// (`FsCheckpointStorageAccess#initializeBaseLocationsForCheckpoint`).
    fn is_flinks(&self, at: &Location, directories: &[Vec<u8>]) -> bool {
        let has = |wanted: &[u8]| directories.iter().any(|name| name == wanted);
        let is_checkpoint = |name: &Vec<u8>| layout::checkpoint_number(name).is_some();
        let table = self.catalog.files();
        let is_named = |name: &&[u8]| table.known_directory(&at.child(name)).is_some();
        (has(b"shared") && has(b"taskowned"))
            || directories.iter().any(is_checkpoint)
            || [&b"shared"[..], b"taskowned", b"dstl"].iter().any(is_named)
    }

    fn add_home(
        &mut self,
        at: &Location,
        job: Option<JobId>,
        is_flinks: bool,
        outer: Option<usize>,
    ) -> usize {
        let parent = at.parent().map(|parent| parent.canonical());
        let neighbours_seen =
            parent.is_some_and(|parent| self.roots.iter().any(|root| parent.is_within(root)));
        self.found.homes.push(Home {
            at: at.clone(),
            job,
            is_flinks,
            activity: Activity::default(),
            snapshots: 0,
            in_progress: None,
            neighbours_seen,
        });
        self.outer.push(outer);
        self.found.homes.len() - 1
    }

    /// A snapshot where none was looked for: what it names is not known.
    fn unseen(&mut self, at: &Location) {
        self.found
            .problems
            .push(format!("the snapshot {at} was not looked at"));
    }

    fn list(&mut self, directory: &Directory) -> Result<(), StoreError> {
        let state = match directory.sort {
            Sort::Snapshot => Some(self.snapshot(directory)),
            _ => None,
        };
        let table = self.catalog.files();
        let number = table.known_directory(&directory.at);
        let place = self.found.places.len() as u32;
        let mut activity = Activity::default();
        activity.note(directory.stat.modified);
        let mut inner: Vec<(Entry, Stat)> = Vec::new();
        let (mut leftovers, mut links) = (Vec::new(), Vec::new());
        let (mut is_empty, mut has_metadata) = (true, false);
        let names = &self.names;
        self.store
            .list_with_stat(&directory.at, &mut |entry, stat| {
                is_empty = false;
                if entry.kind == EntryKind::Directory {
                    if entry.name != ours::FOLDER.as_bytes() {
                        activity.note(stat.modified);
                        inner.push((entry, stat));
                    }
                    return;
                }
                activity.note(stat.modified);
                has_metadata |= entry.name == layout::METADATA;
                if entry.is_link {
                    links.extend(stat.identity);
                }
                if number.is_some_and(|number| table.find(number, &entry.name).is_some()) {
                    return;
                }
                let class = if entry.is_link || entry.kind == EntryKind::Other {
                    Some(Class::Stranger)
                } else {
                    class(directory, state, &entry.name, stat)
                };
                if let Some(class) = class {
                    leftovers.push(Leftover {
                        place,
                        has_namesake: names.contains(&entry.name),
                        name: entry.name.into(),
                        class,
                        bytes: stat.bytes,
                        is_hard_linked: stat.is_hard_linked,
                        modified: stat.modified,
                        identity: stat.identity,
                    });
                }
            })?;
        if is_empty && state == Some(State::WithoutMetadata) {
            leftovers.extend(self.shell(directory, place)?);
        }
        // Of directories that were searched for snapshots it is known already. Elsewhere, or since, one may have come.
        let is_known = match directory.sort {
            Sort::Plain(_) | Sort::Job(_) => true,
            _ => {
                matches!(state, Some(State::Readable | State::Unreadable))
                    || self.catalog.record(&directory.at).is_some()
            }
        };
        if has_metadata && !is_known {
            self.unseen(&directory.at);
        }
        self.found.linked.extend(links);
        if !leftovers.is_empty() {
            self.found.files.append(&mut leftovers);
            self.found.places.push(Place {
                at: directory.at.clone(),
                home: directory.home,
                activity,
                is_named: self.is_named(&directory.at),
            });
        }
        self.note(directory.home, activity);
        self.go_on(directory, inner);
        Ok(())
    }

    /// Whether metadata names a directory of file merging. Its name has the job and the task in it, and is the same wherever
    /// one looks from.
    fn is_named(&self, at: &Location) -> bool {
        self.merged_into.contains(&at.canonical()) || self.merged_names.contains(at.name())
    }

    /// What is known of a snapshot, which its home is told.
    fn snapshot(&mut self, directory: &Directory) -> State {
        let at = &directory.at;
        let record = self.catalog.record(at);
        let row = self.catalog.row(at);
        let has_metadata = record.is_some_and(|it| !matches!(it.content, Content::Nothing { .. }));
        // One that has come since the catalog was filled is under way.
        let is_new = row.is_none_or(|row| row.health == Health::InProgress);
        if let Some(home) = directory.home.map(|home| &mut self.found.homes[home]) {
            home.snapshots += usize::from(has_metadata);
            if is_new {
                home.in_progress = Some(scrub_bytes(at.name()).into_owned());
            }
        }
        match record.map(|record| &record.content) {
            Some(Content::Read(_)) => State::Readable,
            Some(Content::Unreadable { .. }) => State::Unreadable,
            Some(Content::Nothing { .. }) | None => State::WithoutMetadata,
        }
    }

    /// The directory of a snapshot itself, when there is nothing in it. Some stores leave out of a listing with times what
    /// they may not look at.
    fn shell(&self, directory: &Directory, place: u32) -> Result<Option<Leftover>, StoreError> {
        let mut is_empty = true;
        self.store.list(&directory.at, &mut |_| {
            is_empty = false;
            ControlFlow::Break(())
        })?;
        let is_checkpoint = layout::checkpoint_number(directory.at.name()).is_some();
        Ok(is_empty.then(|| Leftover {
            place,
            name: Box::default(),
            class: if is_checkpoint {
                Class::EmptyCheckpoint
            } else {
                Class::UnfinishedSavepoint
            },
            has_namesake: false,
            bytes: 0,
            is_hard_linked: false,
            modified: directory.stat.modified,
            identity: directory.stat.identity,
        }))
    }

    /// Tells a home, and those around it, when something changed in it.
    fn note(&mut self, home: Option<usize>, activity: Activity) {
        let mut at = home;
        while let Some(home) = at {
            let known = &mut self.found.homes[home].activity;
            known.newest = known.newest.max(activity.newest);
            known.untimed |= activity.untimed;
            at = self.outer[home];
        }
    }

    /// Goes on with the directories in a directory. Links are not followed: what they lead to has a name of its own.
    fn go_on(&mut self, directory: &Directory, inner: Vec<(Entry, Stat)>) {
        let mut too_deep = false;
        for (entry, stat) in inner.into_iter().filter(|(entry, _)| !entry.is_link) {
            let name = &*entry.name;
            let sort = match directory.sort {
                Sort::Job(_) if name == b"shared" => Sort::Shared,
                Sort::Job(_) if name == b"taskowned" => Sort::TaskOwned,
                Sort::Job(_) if name == b"dstl" => Sort::Changelog,
                Sort::Plain(0) | Sort::Job(0) => {
                    too_deep = true;
                    Sort::Plain(0)
                }
                Sort::Plain(depth) | Sort::Job(depth) => Sort::Plain(depth - 1),
                Sort::Shared if is_merged(name, b"_op_") => Sort::Merged,
                Sort::TaskOwned if is_merged(name, b"_tm_") => Sort::Merged,
                Sort::Shared if is_database(name) => Sort::Database,
                Sort::Database => Sort::Database,
                // Somebody has put it there.
                _ if self.catalog.record(&directory.at.child(name)).is_some() => Sort::Snapshot,
                _ => Sort::Strange,
            };
            if sort == Sort::Strange && layout::is_snapshot_name(name) {
                self.unseen(&directory.at.child(name));
            }
            self.pending.push(Directory {
                at: directory.at.child(name),
                stat,
                sort,
                home: directory.home,
            });
        }
        if too_deep {
            self.too_deep.push(directory.at.clone());
        }
    }
}

/// What a file is that nobody names; none for the metadata of a snapshot that can be read.
fn class(directory: &Directory, state: Option<State>, name: &[u8], stat: Stat) -> Option<Class> {
    let in_uuid = |class| {
        if is_uuid(name) {
            class
        } else {
            Class::Stranger
        }
    };
    Some(match (directory.sort, state) {
        (Sort::Snapshot, Some(state)) => return in_snapshot(directory, state, name, stat),
        (Sort::Shared, _) => in_uuid(Class::Shared),
        (Sort::TaskOwned, _) => in_uuid(Class::TaskOwned),
        (Sort::Changelog, _) => in_uuid(Class::Changelog),
        (Sort::Merged, _) => in_uuid(Class::Merged),
        (Sort::Database, _) => Class::Database,
        _ => Class::Stranger,
    })
}

fn in_snapshot(directory: &Directory, state: State, name: &[u8], stat: Stat) -> Option<Class> {
    let is_savepoint = layout::checkpoint_number(directory.at.name()).is_none();
    let half_written = name
        .strip_prefix(layout::METADATA_IN_PROGRESS)
        .is_some_and(is_uuid);
    Some(match state {
        State::Readable if name == layout::METADATA => return None,
        State::WithoutMetadata if is_savepoint => Class::UnfinishedSavepoint,
        State::Unreadable if name == layout::METADATA && stat.bytes == 0 && !is_savepoint => {
            Class::EmptyMetadata
        }
        // Without metadata before, it has come since.
        _ if name == layout::METADATA => Class::DamagedMetadata,
        _ if half_written => Class::HalfWritten,
        _ if !is_uuid(name) => Class::Stranger,
        State::Readable => Class::Loose,
        State::Unreadable => Class::BesideDamagedMetadata,
        State::WithoutMetadata => Class::UnfinishedCheckpoint,
    })
}

/// `job_<job-id>_op_…` and `job_<job-id>_tm_…` (`FileMergingSnapshotManagerBase`).
fn is_merged(name: &[u8], sort: &[u8]) -> bool {
    let rest = name.strip_prefix(b"job_");
    let split = rest.and_then(|rest| rest.split_at_checked(32));
    split.is_some_and(|(job, rest)| JobId::from_hex(job).is_ok() && rest.starts_with(sort))
}

/// `op_…__attempt_…` (ForSt's remote working directory).
fn is_database(name: &[u8]) -> bool {
    let marker: &[u8] = b"__attempt_";
    name.starts_with(b"op_") && name.windows(marker.len()).any(|it| it == marker)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_are_told_by_their_names() {
        let merged = b"job_7bf6bd3d977df158f9d8a88833ce0000_op_0123_0_1";
        assert!(is_merged(merged, b"_op_") && !is_merged(merged, b"_tm_"));
        for other in [&b"job_7bf6_op_1"[..], b"job_", b"jobs", b"op_a"] {
            assert!(!is_merged(other, b"_op_"), "{}", other.escape_ascii());
        }
        assert!(is_database(b"op_KeyedProcess_0a__1_2__attempt_0"));
        assert!(!is_database(b"op_x") && !is_database(b"x__attempt_0"));
    }
}
