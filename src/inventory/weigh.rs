//! What snapshots weigh against each other: bytes they refer to, bytes that came with them, bytes that only they hold.

use std::collections::{BTreeSet, HashMap};

use crate::analysis::order;
use crate::domain::id::JobId;
use crate::domain::location::Location;
use crate::domain::snapshot::{Kind, Owner, Sizes, Snapshot};

use super::files::{FileTable, Presence};
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

/// Fills in the sizes of one lineage's rows (`members` are indexes into both lists) and returns the bytes of all its
/// files together, each once. Every file is named within one lineage only, since sharing a file makes one.
pub fn weigh(
    records: &[&Record],
    files: &FileTable,
    members: &[usize],
    rows: &mut [Snapshot],
) -> u64 {
    let lineage: Vec<&Snapshot> = members.iter().map(|&at| &rows[at]).collect();
    let ages = order::ages(&lineage);
    let mut oldest_first: Vec<usize> = (0..members.len()).collect();
    oldest_first.sort_by_key(|&at| (ages[at], &lineage[at].location));
    let oldest_first: Vec<usize> = oldest_first.into_iter().map(|at| members[at]).collect();

    let mut seen = vec![false; files.id_limit()];
    let mut total = 0_u64;
    for at in oldest_first {
        let mut sizes = own_files(records[at], files, rows[at].sizes);
        for usage in records[at].uses() {
            let bytes = bytes_of(files, usage);
            sizes.refer = sizes.refer.saturating_add(bytes);
            if !std::mem::replace(&mut seen[usage.file.index()], true) {
                sizes.new = sizes.new.saturating_add(bytes);
            }
            if files.users(usage.file) == 1 {
                sizes.freed = sizes.freed.saturating_add(bytes);
            }
        }
        total = total.saturating_add(sizes.new);
        rows[at].sizes = sizes;
    }
    total
}

/// The sizes with what every snapshot has to itself: its metadata, or, where that tells nothing, all that lies in its
/// directory.
fn own_files(record: &Record, files: &FileTable, sizes: Sizes) -> Sizes {
    let (own, alone) = match &record.content {
        Content::Read(read) => (read.stat.bytes, read.stat.bytes),
        // Files of others may lie here too; as long as someone names one, nothing here counts as free.
        _ if files.knows_directory(&record.location) => (record.bytes, 0),
        _ => (record.bytes, record.bytes),
    };
    Sizes {
        refer: own,
        new: own,
        freed: alone,
        files: record.uses().len() as u64,
        ..sizes
    }
}

/// Who may delete each record. A savepoint or an ended job's checkpoint whose files another job's checkpoints name was
/// claimed, or restored in the legacy mode: then neither its name nor its flags tell whose it is.
pub fn owners(records: &[&Record], files: &FileTable) -> Vec<Owner> {
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
    let owner = |(record, home): (&&Record, &Location)| {
        let mut at_home = HashMap::new();
        let claimed = record
            .uses()
            .iter()
            .filter(|usage| crosses[usage.file.index()])
            .any(|usage| {
                let directory = files.directory_of(usage.file);
                *at_home.entry(directory).or_insert_with(|| {
                    files
                        .directory_location(directory)
                        .is_within(&home.canonical())
                })
            });
        match record.kind().0 {
            _ if claimed => Owner::Unclear(
                "checkpoints of another job name files of it: it was claimed, or restored in legacy mode".to_owned(),
            ),
            Kind::Savepoint => Owner::You,
            Kind::Checkpoint | Kind::ExternalizedCheckpoint => Owner::Flink(record.job_id()),
        }
    };
    records.iter().zip(&homes).map(owner).collect()
}
