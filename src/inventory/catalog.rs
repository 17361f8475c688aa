//! The catalog: every snapshot below the roots, what they name together, and the rows that come of it.
//!
//! Single-threaded by design: whoever watches the roots owns it, feeds it with looks at directories, and passes on the
//! deltas that [`Catalog::settle`] makes of them.

mod recall;
mod rows;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::analysis::underway::{self, Attempt};
use crate::domain::clock::Clock;
use crate::domain::cluster::{Cluster, ClusterId};
use crate::domain::history::JobHistory;
use crate::domain::id::JobId;
use crate::domain::location::Location;
use crate::domain::snapshot::{Lineage, LineageId, PathMapping, Snapshot};
use crate::store::Store;
use crate::store::clock::MachineClock;

use super::describe::Grouped;
use super::files::FileTable;
use super::inspect::{self, Found, Inspection, OwnFiles, Reading};
use super::presence;
use super::record::{Content, ReadContent, Record};
use super::resolve::{self, Resolver};

/// How long a snapshot without metadata counts as in progress after the last change in it: Flink's default for
/// `execution.checkpointing.timeout`.
pub const DEFAULT_GRACE: SignedDuration = SignedDuration::from_mins(10);

/// No store goes by more names than that.
const MOST_MAPPINGS: usize = 64;

/// What a catalog is told once.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Path mappings that the user gave.
    pub mappings: Vec<PathMapping>,
    /// See [`DEFAULT_GRACE`].
    pub grace: SignedDuration,
    /// The clock by which what lies there is dated.
    pub clock: Arc<dyn Clock>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            mappings: Vec::new(),
            grace: DEFAULT_GRACE,
            clock: Arc::new(MachineClock),
        }
    }
}

/// Every snapshot below the roots.
#[derive(Debug, Default)]
pub struct Catalog {
    rules: Rules,
    records: BTreeMap<Location, Record>,
    files: FileTable,
    /// The directories of jobs, and when each job started where that is known.
    jobs: BTreeMap<Location, Option<Timestamp>>,
    /// Where snapshots were looked for.
    searched: BTreeSet<Location>,
    /// Where all that there is has been taken in, so that what is new there has come since.
    watched: BTreeSet<Location>,
    /// Rows as they were last passed on.
    rows: HashMap<Location, Arc<Snapshot>>,
    lineages: Arc<[Lineage]>,
    /// What grouping said of each lineage.
    groups: BTreeMap<LineageId, Grouped>,
    /// What clusters told of their jobs.
    histories: BTreeMap<JobId, JobHistory>,
    /// What each cluster says is being written.
    under_way: BTreeMap<ClusterId, Vec<Attempt>>,
    last_lineage: u32,
    /// All mappings that were concluded for snapshots: each may lead to files of others, too.
    concluded: Vec<PathMapping>,
    changed: bool,
}

impl Catalog {
    /// An empty catalog.
    pub fn new(rules: Rules) -> Self {
        Self {
            rules,
            ..Self::default()
        }
    }

    /// Takes in what a cluster says now: of its jobs, and of what they have under way.
    pub fn hear(&mut self, cluster: &Cluster) {
        self.learn(cluster.jobs.iter().filter_map(|it| JobHistory::of(it)));
        let now = underway::attempts(cluster);
        let before = self.under_way.entry(cluster.id).or_default();
        self.changed |= *before != now;
        *before = now;
    }

    /// Takes in what is known of where jobs come from.
    pub fn learn(&mut self, histories: impl IntoIterator<Item = JobHistory>) {
        for history in histories {
            match self.histories.entry(history.job) {
                Entry::Occupied(mut known) => self.changed |= known.get_mut().take_in(history),
                Entry::Vacant(unknown) => {
                    unknown.insert(history);
                    self.changed = true;
                }
            }
        }
    }

    /// Looks at a snapshot's directory and takes in what is there, in place of what was known of it.
    pub fn look_at(&mut self, store: &dyn Store, location: &Location) {
        match inspect::inspect(store, location, self.rules.clock.now()) {
            Some(inspection) => self.take(store, inspection),
            None => self.forget(location),
        }
    }

    /// Looks at a snapshot's directory unless nothing can have changed since the last look: neither its metadata nor
    /// the directory's own time, which every new or deleted file changes.
    pub fn look_again_at(&mut self, store: &dyn Store, location: &Location) {
        let unchanged = self
            .records
            .get(location)
            .is_some_and(|record| record.is_unchanged(store));
        if !unchanged {
            self.look_at(store, location);
        }
    }

    /// The snapshots that have no metadata yet.
    pub fn without_metadata(&self) -> impl Iterator<Item = &Location> {
        let waiting = self
            .records
            .values()
            .filter(|record| record.is_being_written());
        waiting.map(|record| &record.location)
    }

    /// Takes in what a look at a snapshot's directory found.
    pub fn take(&mut self, store: &dyn Store, inspection: Inspection) {
        let Inspection {
            location,
            files,
            stamp,
            changed_at,
            metadata,
        } = inspection;
        let grew_at = self.growth(&location, files.as_ref().ok(), changed_at, &metadata);
        self.forget(&location);
        let content = match metadata {
            Found::Nothing { writing } => Content::Nothing { writing },
            Found::Unreadable {
                reason,
                stat,
                denied,
            } => Content::Unreadable {
                reason,
                stat,
                denied,
            },
            Found::Read(reading) => Content::Read(Box::new(self.resolve(
                store,
                &location,
                *reading,
                files.as_ref().ok(),
            ))),
        };
        let bytes = files.as_ref().map_or(0, bytes_of);
        let files = files.map_or(0, |files| files.len() as u64);
        let record = Record {
            location: location.clone(),
            stamp,
            changed_at,
            grew_at,
            files,
            bytes,
            content,
        };
        let concluded = match &record.content {
            Content::Read(read) => read.mapping.clone().filter(|it| it.inferred),
            _ => None,
        };
        self.records.insert(location.clone(), record);
        self.changed = true;
        let is_new =
            |it: &PathMapping| self.concluded.len() < MOST_MAPPINGS && !self.concluded.contains(it);
        match concluded.filter(is_new) {
            // It may tell where others have files.
            Some(new) => {
                self.concluded.push(new);
                let all: Vec<Location> = self.records.keys().cloned().collect();
                for location in &all {
                    self.look_elsewhere(store, location);
                }
            }
            None => self.look_elsewhere(store, &location),
        }
    }

    /// When a snapshot without metadata was last seen to come or to grow, now that it looks like this. That something in it goes is
    /// no sign of life.
    fn growth(
        &self,
        location: &Location,
        files: Option<&OwnFiles>,
        changed_at: Option<Timestamp>,
        metadata: &Found,
    ) -> Option<Timestamp> {
        let Found::Nothing { writing } = metadata else {
            return None;
        };
        let now = self.rules.clock.now();
        let Some(before) = self.records.get(location) else {
            let at = location.canonical();
            let is_watched = self.watched.iter().any(|it| at.is_within(it));
            return is_watched.then_some(now);
        };
        let Content::Nothing { writing: wrote } = before.content else {
            return None;
        };
        let has_more = files.is_some_and(|files| {
            files.len() as u64 > before.files || bytes_of(files) > before.bytes
        });
        if has_more || changed_at > before.changed_at || (*writing && !wrote) {
            Some(now)
        } else {
            before.grew_at
        }
    }

    /// Notes that all there is below a directory has been taken in, and will be seen to come and go from now on.
    pub fn note_watched(&mut self, below: &Location) {
        self.watched.insert(below.canonical());
    }

    /// Notes that a directory is out of sight: what will be found there may have lain there for long.
    pub fn note_lost(&mut self, below: &Location) {
        self.watched.remove(&below.canonical());
    }

    /// Looks for the missing files of a snapshot where the mappings concluded for others lead.
    fn look_elsewhere(&mut self, store: &dyn Store, location: &Location) {
        let Some(record) = self.records.get_mut(location) else {
            return;
        };
        let Content::Read(read) = &mut record.content else {
            return;
        };
        // A mapping that the user gave is the user's word.
        let own = match &read.mapping {
            Some(given) if !given.inferred => return,
            own => own.as_ref(),
        };
        let table = &mut self.files;
        let snapshot = (location, own);
        if resolve::look_elsewhere(store, table, snapshot, &mut read.uses, &self.concluded) {
            presence::allow_compressed(store, table, &mut read.uses);
            self.changed = true;
        }
    }

    fn resolve(
        &mut self,
        store: &dyn Store,
        location: &Location,
        reading: Reading,
        own_files: Option<&OwnFiles>,
    ) -> ReadContent {
        let rules = &self.rules.mappings;
        let mapping = resolve::mapping_for(store, rules, reading.original.as_ref(), location);
        let inferred = mapping.as_ref().filter(|mapping| mapping.inferred);
        let mut resolver = Resolver {
            store,
            rules,
            inferred,
            table: &mut self.files,
        };
        let mut uses = resolver.resolve(location, &reading.references);
        let named = reading.directories.iter();
        let directories = named.map(|at| resolver.place(at).canonical()).collect();
        let own = own_files.map(|files| (self.files.directory(location), files));
        presence::look_for(store, &mut self.files, &uses, own);
        presence::allow_compressed(store, &self.files, &mut uses);
        let mut operators: Vec<_> = reading
            .facts
            .operators
            .iter()
            .map(|operator| operator.id)
            .collect();
        operators.sort_unstable();
        ReadContent {
            stat: reading.stat,
            kind: reading.kind,
            fate: reading.fate,
            facts: Arc::new(reading.facts),
            sizes: reading.sizes,
            operators,
            mapping,
            uses,
            directories,
        }
    }

    /// Forgets a snapshot.
    pub fn forget(&mut self, location: &Location) {
        if let Some(record) = self.records.remove(location) {
            for usage in record.uses() {
                self.files.release(usage.file);
            }
            self.changed = true;
        }
    }

    /// The snapshots known below a directory, itself included.
    pub fn below(&self, directory: &Location) -> Vec<Location> {
        self.records
            .keys()
            .filter(|location| location.is_within(directory))
            .cloned()
            .collect()
    }

    /// What clusters and notes tell of jobs.
    pub fn histories(&self) -> impl Iterator<Item = &JobHistory> {
        self.histories.values()
    }

    /// All that is known of all snapshots.
    pub fn records(&self) -> impl Iterator<Item = &Record> {
        self.records.values()
    }

    /// What is known of a snapshot.
    pub fn record(&self, location: &Location) -> Option<&Record> {
        self.records.get(location)
    }

    /// Notes that snapshots were looked for below a directory, and when the jobs there started, given all directories
    /// there that may hold snapshots: Flink makes
    /// a job's directory when the job starts, and leaves it when its last snapshot goes. Only the time at which it was
    /// made tells; the time of its last change moves with every checkpoint.
    pub fn note_jobs(&mut self, store: &dyn Store, below: &Location, directories: &[Location]) {
        let mut jobs = self.jobs.clone();
        jobs.retain(|directory, _| !directory.is_within(below));
        for directory in directories
            .iter()
            .filter(|at| JobId::from_hex(at.name()).is_ok())
        {
            let started = store.stat(directory).ok().and_then(|stat| stat.created);
            jobs.insert(directory.clone(), started);
        }
        self.changed |= self.searched.insert(below.canonical()) || jobs != self.jobs;
        self.jobs = jobs;
    }

    /// The reference index.
    pub fn files(&self) -> &FileTable {
        &self.files
    }

    /// Looks for every file of one snapshot as if for the first time.
    pub fn look_for_files_of(&mut self, store: &dyn Store, location: &Location) {
        let Some(record) = self.records.get(location) else {
            return;
        };
        for usage in record.uses() {
            presence::look_at(store, &mut self.files, usage.file);
        }
        self.changed = true;
    }

    /// Looks for one file again, if any snapshot names it.
    pub fn look_for_file(&mut self, store: &dyn Store, at: &Location) {
        let directory = at.parent().and_then(|it| self.files.known_directory(&it));
        let file = directory.and_then(|it| self.files.find(it, at.name()));
        let Some(file) = file else { return };
        self.changed |= presence::look_at(store, &mut self.files, file);
    }

    /// Looks again for every file outside the snapshots' own directories, such as those in `shared`.
    pub fn look_for_files_again(&mut self, store: &dyn Store) {
        self.look_for_files_again_but(store, &|_| false);
    }

    /// The same, but for files that only these snapshots name.
    pub fn look_for_files_again_but(
        &mut self,
        store: &dyn Store,
        stays: &dyn Fn(&Location) -> bool,
    ) {
        let mut by_directory: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let records = self.records.values();
        for record in records.filter(|it| !stays(&it.location)) {
            let own = record.location.canonical();
            for usage in record.uses() {
                let directory = self.files.directory_of(usage.file);
                if *self.files.directory_location(directory) != own {
                    by_directory.entry(directory).or_default().push(usage.file);
                }
            }
        }
        for (directory, mut files) in by_directory {
            files.sort_unstable();
            files.dedup();
            let now = self.rules.clock.now();
            self.changed |= presence::look_again_at(store, &mut self.files, directory, &files, now);
        }
    }

    /// The rows, as they were when last settled, by location.
    pub fn rows(&self) -> impl Iterator<Item = &Arc<Snapshot>> {
        self.records
            .keys()
            .filter_map(|location| self.rows.get(location))
    }

    /// The row of a snapshot, as it was when last settled.
    pub fn row(&self, location: &Location) -> Option<&Arc<Snapshot>> {
        self.rows.get(location)
    }

    /// The lineages, as they were when last settled.
    pub fn lineages(&self) -> &[Lineage] {
        &self.lineages
    }
}

fn bytes_of(files: &OwnFiles) -> u64 {
    let lengths = files.values().map(|it| it.bytes);
    lengths.fold(0, u64::saturating_add)
}
