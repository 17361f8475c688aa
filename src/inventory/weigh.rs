//! What snapshots weigh against each other: bytes they refer to, bytes that came with them, bytes that only they hold.

use std::collections::{BTreeSet, HashMap};

use crate::analysis::order;
use crate::domain::id::JobId;
use crate::domain::location::Location;
use crate::domain::snapshot::{Kind, Owner, Sizes, Snapshot};
use crate::domain::space::LineageSpace;

use super::files::{DirectoryId, FileId, FileTable, Presence};
use super::record::{Content, Record};
use super::resolve::FileUse;

/// Which records name a file in common, as pairs of indexes.
pub fn sharing(records: &[&Record], files: &FileTable) -> Vec<(usize, usize)> {
    let mut first_user: Vec<Option<u32>> = vec![None; files.id_limit()];
    let mut pairs = BTreeSet::new();
    for (at, record) in records.iter().enumerate() {
        for usage in record
            .uses()
            .iter()
            .filter(|usage| files.users(usage.file) > 1)
        {
            let first = first_user[usage.file.index()].get_or_insert(at as u32);
            if *first != at as u32 {
                pairs.insert((*first as usize, at));
            }
        }
    }
    pairs.into_iter().collect()
}

/// Bytes of a file: as found, else as its handle has it.
pub fn bytes_of(files: &FileTable, usage: &FileUse) -> u64 {
    match files.presence(usage.file) {
        Presence::Present(bytes) => bytes,
        Presence::Missing => 0,
        Presence::Unknown | Presence::Unreachable => usage.length.expected(),
    }
}

/// Weighs lineages one after the other. Every file is named within one lineage only, since sharing a file makes one.
pub struct Scales<'a> {
    records: &'a [&'a Record],
    files: &'a FileTable,
    /// By number of a file, [`SEEN`] and which sorts of snapshots name it.
    seen: Vec<u8>,
    /// Bytes of files that are named, by directory, for directories of snapshots whose own metadata tells nothing.
    named: HashMap<DirectoryId, u64>,
}

/// A file was met.
const SEEN: u8 = 1;
/// A checkpoint names it.
const CHECKPOINT: u8 = 2;
/// A savepoint names it.
const SAVEPOINT: u8 = 4;
/// It was counted by the sorts that name it.
const COUNTED: u8 = 8;

impl<'a> Scales<'a> {
    /// For these records.
    pub fn new(records: &'a [&'a Record], files: &'a FileTable) -> Self {
        Self {
            records,
            files,
            seen: vec![0; files.id_limit()],
            named: named(records, files),
        }
    }

    /// Fills in the sizes of one lineage's rows (`members` are indexes into records and rows), and returns what all its
    /// files together weigh, each counted once.
    pub fn weigh(&mut self, members: &[usize], rows: &mut [Snapshot]) -> LineageSpace {
        let lineage: Vec<&Snapshot> = members.iter().map(|&at| &rows[at]).collect();
        let ages = order::ages(&lineage);
        let mut oldest_first: Vec<usize> = (0..members.len()).collect();
        oldest_first.sort_by_key(|&at| (ages[at], &lineage[at].location));
        let oldest_first: Vec<usize> = oldest_first.into_iter().map(|at| members[at]).collect();

        let mut space = LineageSpace::default();
        for &at in &oldest_first {
            let sort = sort(self.records[at]);
            let mut sizes = self.own_files(self.records[at], rows[at].sizes);
            space.held.alone = space.held.alone.saturating_add(sizes.freed);
            space.unsettled += sizes.new.saturating_sub(sizes.freed);
            for usage in self.records[at].uses() {
                let bytes = bytes_of(self.files, usage);
                let users = self.files.users(usage.file);
                let seen = &mut self.seen[usage.file.index()];
                sizes.refer = sizes.refer.saturating_add(bytes);
                if *seen & SEEN == 0 {
                    sizes.new = sizes.new.saturating_add(bytes);
                    if users > 1 {
                        space.held.shared = space.held.shared.saturating_add(bytes);
                    }
                }
                if users == 1 {
                    sizes.freed = sizes.freed.saturating_add(bytes);
                    space.held.alone = space.held.alone.saturating_add(bytes);
                }
                *seen |= SEEN | sort;
            }
            rows[at].sizes = sizes;
        }
        self.count_by_sort(&oldest_first, rows, &mut space);
        space
    }

    /// Tells the bytes of checkpoints from those of savepoints. What is new with a snapshot is its own and of its sort,
    /// unless another sort names it, too.
    fn count_by_sort(&mut self, members: &[usize], rows: &[Snapshot], space: &mut LineageSpace) {
        let sorts = members
            .iter()
            .fold(0, |all, &at| all | sort(self.records[at]));
        let mixed = sorts == CHECKPOINT | SAVEPOINT;
        for &at in members {
            let record = self.records[at];
            let sort = sort(record);
            let mut both = 0_u64;
            for usage in if mixed { record.uses() } else { &[] } {
                let seen = &mut self.seen[usage.file.index()];
                if *seen & COUNTED == 0 && *seen & sorts == sorts {
                    both = both.saturating_add(bytes_of(self.files, usage));
                }
                *seen |= COUNTED;
            }
            let own = rows[at].sizes.new.saturating_sub(both);
            space.by_both = space.by_both.saturating_add(both);
            let sum = if sort == SAVEPOINT {
                &mut space.by_savepoints
            } else {
                &mut space.by_checkpoints
            };
            *sum = sum.saturating_add(own);
        }
    }

    /// The sizes with what every snapshot has to itself: its metadata, or, where that tells nothing, all that lies in its
    /// directory. What others name there is counted with them.
    fn own_files(&self, record: &Record, sizes: Sizes) -> Sizes {
        let (refer, new, alone) = match &record.content {
            Content::Read(read) => (read.stat.bytes, read.stat.bytes, read.stat.bytes),
            // Files of others may lie here too; as long as someone names one, nothing here counts as free.
            _ => match self.files.known_directory(&record.location) {
                None => (record.bytes, record.bytes, record.bytes),
                Some(directory) => {
                    let named = self.named.get(&directory).copied().unwrap_or_default();
                    (record.bytes, record.bytes.saturating_sub(named), 0)
                }
            },
        };
        Sizes {
            refer,
            new,
            freed: alone,
            files: record.uses().len() as u64,
            ..sizes
        }
    }
}

fn sort(record: &Record) -> u8 {
    match record.kind().0 {
        Kind::Savepoint => SAVEPOINT,
        Kind::Checkpoint | Kind::ExternalizedCheckpoint => CHECKPOINT,
    }
}

/// The bytes of files that are named in the directories of snapshots whose own metadata tells nothing.
fn named(records: &[&Record], files: &FileTable) -> HashMap<DirectoryId, u64> {
    let silent = records
        .iter()
        .filter(|record| !matches!(record.content, Content::Read(_)));
    let mut named: HashMap<DirectoryId, u64> = silent
        .filter_map(|record| files.known_directory(&record.location))
        .map(|directory| (directory, 0))
        .collect();
    if named.is_empty() {
        return named;
    }
    let mut counted = vec![false; files.id_limit()];
    for usage in records.iter().flat_map(|record| record.uses()) {
        if let Some(bytes) = named.get_mut(&files.directory_of(usage.file))
            && !std::mem::replace(&mut counted[usage.file.index()], true)
        {
            *bytes = bytes.saturating_add(bytes_of(files, usage));
        }
    }
    named
}

/// Who may delete each record. A savepoint or an ended job's checkpoint whose files another job's checkpoints name was
/// claimed, or restored in the legacy mode: then neither its name nor its flags tell whose it is, and the jobs are told that
/// name them.
pub fn owners(records: &[&Record], files: &FileTable) -> Vec<(Owner, Vec<JobId>)> {
    let homes: Vec<Location> = records
        .iter()
        .map(|record| {
            record
                .job_directory()
                .unwrap_or_else(|| record.location.clone())
        })
        .collect();
    // A copy of a job's directory is still of that job; ids of zeros tell nothing.
    let mut home_numbers: HashMap<(Option<JobId>, Option<&Location>), u32> = HashMap::new();
    let mut user: Vec<Option<u32>> = vec![None; files.id_limit()];
    let mut crosses = vec![false; files.id_limit()];
    for (record, home) in records.iter().zip(&homes) {
        let next = home_numbers.len() as u32;
        let job = record.job_id().filter(|job| *job != JobId::ZERO);
        let key = (job, if job.is_some() { None } else { Some(home) });
        let number = *home_numbers.entry(key).or_insert(next);
        for usage in record.uses() {
            let at = usage.file.index();
            crosses[at] |= *user[at].get_or_insert(number) != number;
        }
    }
    let users = users(records, &crosses);
    let astray = astray(records, files);
    let owner = |(record, home): (&&Record, &Location)| {
        let mut at_home = HashMap::new();
        let mut claimed = false;
        let mut naming = BTreeSet::new();
        let named = record.uses().iter();
        for usage in named.filter(|usage| crosses[usage.file.index()]) {
            let directory = files.directory_of(usage.file);
            let is_at_home = *at_home.entry(directory).or_insert_with(|| {
                files
                    .directory_location(directory)
                    .is_within(&home.canonical())
            });
            if is_at_home {
                claimed = true;
                naming.extend(users.get(&usage.file).into_iter().flatten());
            }
        }
        if record.kind().0 == Kind::Savepoint && !astray.is_empty() {
            let by = record.uses().iter();
            let by = by.filter_map(|usage| astray.get(&files.name(usage.file)));
            naming.extend(by.flatten());
            claimed |= !naming.is_empty();
        }
        naming.retain(|job| Some(*job) != record.job_id());
        let owner = match record.kind().0 {
            _ if claimed => Owner::Unclear(
                "checkpoints of another job name files of it: it was claimed, or restored in legacy mode".to_owned(),
            ),
            Kind::Savepoint => Owner::You,
            Kind::Checkpoint | Kind::ExternalizedCheckpoint => Owner::Flink(record.job_id()),
        };
        (owner, naming.into_iter().collect())
    };
    records.iter().zip(&homes).map(owner).collect()
}

/// The jobs that claimed a native savepoint and whose checkpoints look for files of it in their own directories, by the names of
/// those: what Flink up to 2.3.0 writes (FLINK-39964). Such names are random: the same name is the same file.
fn astray(records: &[&Record], files: &FileTable) -> HashMap<Vec<u8>, BTreeSet<JobId>> {
    let mut astray: HashMap<Vec<u8>, BTreeSet<JobId>> = HashMap::new();
    for record in records {
        let Some(job) = record.job_id().filter(|job| *job != JobId::ZERO) else {
            continue;
        };
        let named = record.uses().iter();
        let lost = named.filter(|usage| {
            usage.relative_but_shared && !matches!(files.presence(usage.file), Presence::Present(_))
        });
        for usage in lost {
            astray
                .entry(files.name(usage.file))
                .or_default()
                .insert(job);
        }
    }
    astray
}

/// The jobs whose checkpoints name files that snapshots of several homes do.
fn users(records: &[&Record], crosses: &[bool]) -> HashMap<FileId, BTreeSet<JobId>> {
    let mut users: HashMap<FileId, BTreeSet<JobId>> = HashMap::new();
    for record in records {
        let Some(job) = record.job_id().filter(|job| *job != JobId::ZERO) else {
            continue;
        };
        let crossing = record.uses().iter().map(|usage| usage.file);
        for file in crossing.filter(|file| crosses[file.index()]) {
            users.entry(file).or_default().insert(job);
        }
    }
    users
}
