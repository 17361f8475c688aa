//! The catalog: every snapshot below the roots, what they name together, and the rows that come of it.
//!
//! Single-threaded by design: whoever watches the roots owns it, feeds it with looks at directories, and passes on the
//! deltas that [`Catalog::settle`] makes of them.

mod recall;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::analysis::fate;
use crate::domain::clock::Clock;
use crate::domain::heirs::Restart;
use crate::domain::history::{JobHistory, identity};
use crate::domain::id::{CheckpointId, JobId};
use crate::domain::location::Location;
use crate::domain::snapshot::{
    Health, Kind, Lineage, LineageId, Owner, PathMapping, Sizes, Snapshot,
};
use crate::store::Store;
use crate::store::clock::MachineClock;

use super::delta::Delta;
use super::describe::Grouped;
use super::files::{DirectoryId, FileTable};
use super::inspect::{self, Found, Inspection, OwnFiles, Reading};
use super::lineage::{self, Member};
use super::presence;
use super::record::{Content, ReadContent, Record};
use super::resolve::{self, Resolver};
use super::{describe, weigh};

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
    /// Rows as they were last passed on.
    rows: HashMap<Location, Arc<Snapshot>>,
    lineages: Arc<[Lineage]>,
    /// What grouping said of each lineage.
    groups: BTreeMap<LineageId, Grouped>,
    /// What clusters told of their jobs.
    histories: BTreeMap<JobId, JobHistory>,
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

    /// Takes in what a cluster tells of its jobs.
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
        let bytes = files
            .iter()
            .flat_map(HashMap::values)
            .fold(0, |sum: u64, it| sum.saturating_add(it.bytes));
        let files = files.map_or(0, |files| files.len() as u64);
        let record = Record {
            location: location.clone(),
            stamp,
            changed_at,
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
        let mut by_directory: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for record in self.records.values() {
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

    /// Works out how everything relates as of now. Returns what changed since the last time.
    pub fn settle(&mut self, now: Timestamp) -> Vec<Delta> {
        if !(std::mem::take(&mut self.changed) || self.time_has_told(now)) {
            return Vec::new();
        }
        let rows = self.rows_anew(now);
        let mut deltas = Vec::new();
        self.rows.retain(|location, _| {
            let stays = self.records.contains_key(location);
            if !stays {
                deltas.push(Delta::Removed(location.clone()));
            }
            stays
        });
        for row in rows {
            if self
                .rows
                .get(&row.location)
                .is_none_or(|known| **known != row)
            {
                let row = Arc::new(row);
                self.rows.insert(row.location.clone(), row.clone());
                deltas.push(Delta::Upserted(row));
            }
        }
        let rows: Vec<&Snapshot> = self.rows().map(|row| &**row).collect();
        let lineages = describe::lineages(&rows, &self.groups);
        if *lineages != *self.lineages {
            self.lineages = lineages.into();
            deltas.push(Delta::Lineages(self.lineages.clone()));
        }
        deltas
    }

    /// Whether a snapshot has to be judged anew although nothing changed but the time: one without metadata that
    /// nothing was heard of for too long.
    fn time_has_told(&self, now: Timestamp) -> bool {
        let waiting = self
            .rows
            .values()
            .filter(|row| row.health == Health::InProgress);
        waiting
            .filter_map(|row| self.records.get(&row.location))
            .any(|record| {
                let condition = record.condition(&self.files, None, self.rules.grace, now);
                condition.health != Health::InProgress
            })
    }

    /// The jobs that are known to have been restored from something, by what that is.
    fn restored(&self) -> HashMap<Vec<u8>, Vec<Restart>> {
        let mut restored: HashMap<Vec<u8>, Vec<Restart>> = HashMap::new();
        for history in self.histories.values() {
            if let Some(from) = &history.restored {
                let restart = Restart {
                    job: history.job,
                    claim_mode: history.claim_mode,
                };
                restored.entry(identity(from)).or_default().push(restart);
            }
        }
        restored
    }

    /// The jobs that are known to have been restored from another snapshot than this.
    fn began_elsewhere(&self, at: &Location) -> Vec<JobId> {
        let own = identity(at);
        let known = self.histories.values();
        known
            .filter(|it| {
                it.restored
                    .as_ref()
                    .is_some_and(|from| identity(from) != own)
            })
            .map(|it| it.job)
            .collect()
    }

    fn rows_anew(&mut self, now: Timestamp) -> Vec<Snapshot> {
        let records: Vec<&Record> = self.records.values().collect();
        let members: Vec<Member> = records
            .iter()
            .map(|record| describe::member(record, &self.jobs))
            .collect();
        let groups = lineage::group(
            &members,
            &weigh::sharing(&records, &self.files),
            self.histories.values(),
        );
        let owners = weigh::owners(&records, &self.files);
        let mut rows: Vec<Snapshot> = records
            .iter()
            .zip(owners)
            .map(|(record, (owner, naming))| {
                let mut row = describe::row(record, owner);
                row.heirs.naming = naming;
                row
            })
            .collect();
        let restored = self.restored();
        for row in &mut rows {
            let of = restored.get(&identity(&row.location));
            row.heirs.restored = of.cloned().unwrap_or_default();
            row.heirs.others = self.began_elsewhere(&row.location);
        }
        let mut described: BTreeMap<LineageId, Grouped> = BTreeMap::new();
        let mut scales = weigh::Scales::new(&records, &self.files);
        let mut last_lineage = self.last_lineage;
        for group in groups {
            let known = group
                .members
                .iter()
                .filter_map(|&at| self.rows.get(&rows[at].location))
                .map(|row| row.lineage);
            // A lineage keeps its number while one of its snapshots stays, and no other lineage has taken the number.
            let id = known
                .filter(|id| !described.contains_key(id))
                .min()
                .unwrap_or_else(|| {
                    last_lineage += 1;
                    LineageId(last_lineage)
                });
            for &at in &group.members {
                rows[at].lineage = id;
            }
            let grouped = Grouped {
                remarks: group.remarks,
                jobs: group.jobs,
                space: scales.weigh(&group.members, &mut rows),
            };
            described.insert(id, grouped);
        }
        let completed = self.newest_completed();
        let unreadable = records
            .iter()
            .filter(|record| matches!(record.content, Content::Unreadable { .. }))
            .count();
        let mut inside = HashMap::new();
        for (row, record) in rows.iter_mut().zip(&records) {
            let freed = row.sizes.freed;
            self.set_condition(row, record, &completed, now);
            if let (Health::InProgress, Some(group)) = (row.health, described.get_mut(&row.lineage))
            {
                group.space.unsettle(freed);
            }
            let others =
                unreadable - usize::from(matches!(record.content, Content::Unreadable { .. }));
            row.sizes_are_bounds = others > 0 || self.leads_out(record, &mut inside);
            row.is_hard_linked = record.is_hard_linked(&self.files);
        }
        self.groups = described;
        self.last_lineage = last_lineage;
        rows
    }

    /// Whether a snapshot names files where nobody looked for snapshots: others may lie there that name them too.
    /// `inside` remembers what was found of each directory.
    fn leads_out(&self, record: &Record, inside: &mut HashMap<DirectoryId, bool>) -> bool {
        record.uses().iter().any(|usage| {
            let directory = self.files.directory_of(usage.file);
            !*inside
                .entry(directory)
                .or_insert_with(|| self.is_in_sight(directory))
        })
    }

    /// Whether snapshots were looked for around a directory of files.
    pub(super) fn is_in_sight(&self, directory: DirectoryId) -> bool {
        let at = self.files.directory_location(directory);
        self.searched.iter().any(|searched| at.is_within(searched))
    }

    /// The highest number that completed in each job's directory.
    fn newest_completed(&self) -> HashMap<Location, CheckpointId> {
        let mut newest = HashMap::new();
        for record in self
            .records
            .values()
            .filter(|record| record.completed_at().is_some())
        {
            if let (Some(directory), Some(id)) = (record.job_directory(), record.checkpoint_id()) {
                let highest = newest.entry(directory).or_insert(id);
                *highest = id.max(*highest);
            }
        }
        newest
    }

    fn set_condition(
        &self,
        row: &mut Snapshot,
        record: &Record,
        completed: &HashMap<Location, CheckpointId>,
        now: Timestamp,
    ) {
        let newest = record
            .job_directory()
            .and_then(|directory| completed.get(&directory).copied());
        let superseded_by =
            newest.filter(|&newest| record.checkpoint_id().is_some_and(|own| own < newest));
        let condition = record.condition(&self.files, superseded_by, self.rules.grace, now);
        row.health = condition.health;
        row.findings = condition.findings;
        row.unchecked_files = condition.unchecked_files;
        if matches!(record.content, Content::Nothing { .. }) {
            row.sizes.files = record.files;
        }
        match row.health {
            // Flink may be at work in it: nothing there is free, and this is what lies there so far.
            Health::InProgress => {
                row.sizes = Sizes {
                    refer: record.bytes,
                    files: row.sizes.files,
                    ..Sizes::default()
                };
            }
            Health::Abandoned | Health::Empty => {
                row.fate = fate::left_behind();
                row.owner = Owner::Unclear(
                    "left behind: Flink does not take it up again, unless a job still writes to it"
                        .to_owned(),
                );
            }
            Health::Incomplete if row.kind == Kind::Savepoint => {
                row.owner = Owner::Unclear(
                    "files of it are gone, as after a claim: a job that claims a savepoint deletes it".to_owned(),
                );
            }
            _ => {}
        }
    }
}
