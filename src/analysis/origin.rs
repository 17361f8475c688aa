//! Where a snapshot was written, and by what, as far as its own metadata betrays it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::domain::id::JobId;
use crate::domain::location::Location;
use crate::domain::snapshot::Kind;
use crate::metadata::model::{
    IncrementalHandle, KeyGroupsLayout, KeyedHandle, Metadata, StreamHandle,
};

use super::forks::job_in;
use super::kind::each_managed_keyed;
use super::references;

/// The jobs in whose directories or savepoints files lie that a snapshot names by their whole paths.
pub fn jobs(metadata: &Metadata<'_>) -> Vec<String> {
    let (mut jobs, mut last) = (BTreeSet::new(), Vec::new());
    references::each(metadata, &mut |reference| {
        let end = reference.path.iter().rposition(|&b| b == b'/').unwrap_or(0);
        let directory = &reference.path[..end];
        // Thousands of files lie in one directory, and one look at it is enough.
        if reference.relative || directory == last {
            return;
        }
        directory.clone_into(&mut last);
        jobs.extend(directory.split(|&b| b == b'/').rev().find_map(job_in));
    });
    jobs.into_iter().collect()
}

/// The directory that the snapshot was written to, concluded from paths in its metadata. `found` is where it lies now.
///
/// Evidence, in order: the names of inline handles, which are the paths that their files would have had; absolute
/// paths below the directory of the snapshot's job, which have the job's id in them.
pub fn original_directory(metadata: &Metadata<'_>, found: &Location) -> Option<Location> {
    let (own_name, job_directory) = (found.name(), found.parent());
    let job_name = job_directory
        .as_ref()
        .map(|directory| directory.name().to_vec())
        .unwrap_or_default();
    let in_job = JobId::from_hex(&job_name).is_ok();
    let home_of = |path: &[u8]| {
        let place = Location::parse(path);
        let mut above = place.parent();
        while let Some(directory) = above {
            if directory.name() == own_name && !own_name.is_empty() {
                return Some(directory);
            }
            if in_job && directory.name() == job_name {
                return Some(directory.join(own_name));
            }
            above = directory.parent();
        }
        None
    };
    let mut last = Vec::new();
    metadata.stream_handles().find_map(|stream| {
        let path = match stream.handle {
            StreamHandle::Inline(inline) => inline.name.path_bytes(),
            StreamHandle::File { path, .. } => path.path_bytes(),
            StreamHandle::Segment(segment) => segment.path.path_bytes(),
            _ => return None,
        };
        let directory = &path[..path.iter().rposition(|&b| b == b'/')?];
        // Thousands of files lie in one directory, and one look at it is enough.
        if directory == last {
            return None;
        }
        directory.clone_into(&mut last);
        home_of(&path)
    })
}

/// The state backend that keyed state came from, as far as its handles alone betray it: `RocksDB` where it may be ForSt, too,
/// which [`super::backend::likely`] tells apart.
pub fn likely_backend(metadata: &Metadata<'_>) -> Option<&'static str> {
    let mut likely = None;
    each_managed_keyed(metadata, &mut |handle| match handle {
        KeyedHandle::Incremental(files) => {
            likely = Some(if is_forst(files) {
                "ForSt"
            } else {
                likely.unwrap_or("RocksDB")
            });
        }
        // Since Flink 1.16 only the heap backend writes key groups as a stream; a savepoint's could be of any.
        KeyedHandle::KeyGroups(groups)
            if groups.layout == KeyGroupsLayout::V2 && metadata.version >= 4 =>
        {
            likely = likely.or(Some("HashMap"));
        }
        _ => {}
    });
    likely
}

/// Asynchronous ForSt keeps its live database below the checkpoint directory, and checkpoints name files there.
fn is_forst(files: &IncrementalHandle<'_>) -> bool {
    files
        .shared
        .iter()
        .chain(&files.private)
        .any(|file| match &file.handle {
            StreamHandle::File { path, .. } => {
                let path = path.as_bytes();
                path.windows(4).any(|part| part == b"/db/")
                    && path.windows(10).any(|part| part == b"__attempt_")
            }
            _ => false,
        })
}

/// Which Flink releases can have written the snapshot, from the version of its metadata and the handles in it.
pub fn written_by(metadata: &Metadata<'_>) -> &'static str {
    match metadata.version {
        0..=1 => "Flink 1.2 or before",
        2 => "Flink 1.3 to 1.10",
        3 => version_3_release(metadata),
        4 if merges_files(metadata) => "Flink 1.20",
        4 => "Flink 1.16 to 1.20",
        5 => "Flink 2.0",
        6 => "Flink 2.1 to 2.3",
        _ => "Flink after 2.3",
    }
}

fn version_3_release(metadata: &Metadata<'_>) -> &'static str {
    let (mut ids, mut unified) = (None, false);
    each_managed_keyed(metadata, &mut |handle| match handle {
        KeyedHandle::Incremental(files) => ids = ids.or(Some(files.state_handle_id.is_some())),
        KeyedHandle::KeyGroups(groups) if groups.layout != KeyGroupsLayout::Savepoint => {
            ids = ids.or(Some(groups.state_handle_id.is_some()));
        }
        // Savepoints have handles of their own since their format is one for all backends (FLINK-20976).
        KeyedHandle::KeyGroups(_) => unified = true,
        _ => {}
    });
    match ids {
        Some(true) => "Flink 1.15",
        Some(false) => "Flink 1.11 to 1.14",
        None if unified => "Flink 1.13 to 1.15",
        None => "Flink 1.11 to 1.15",
    }
}

fn merges_files(metadata: &Metadata<'_>) -> bool {
    super::kind::format(metadata, Kind::Checkpoint).file_merging
}

/// Where the files lie that are not named relative to the snapshot's directory, one line for each directory, with how
/// many are there. Empty for a snapshot whose directory can be moved as it is.
pub fn dependencies(metadata: &Metadata<'_>) -> Vec<String> {
    let mut files = HashSet::new();
    references::each(metadata, &mut |reference| {
        let leads_out = || {
            reference
                .path
                .split(|&b| b == b'/')
                .any(|part| part == b"..")
        };
        if !reference.relative || leads_out() {
            files.insert(reference.path);
        }
    });
    let mut directories = BTreeMap::<Vec<u8>, u64>::new();
    for path in &files {
        let directory = &path[..path.iter().rposition(|&b| b == b'/').unwrap_or(0)];
        match directories.get_mut(directory) {
            Some(count) => *count += 1,
            None => drop(directories.insert(directory.to_vec(), 1)),
        }
    }
    for named in metadata.file_merging_directories() {
        for directory in [&named.directories.shared, &named.directories.task_owned] {
            directories
                .entry(directory.path_bytes().into_owned())
                .or_default();
        }
    }
    let line = |(directory, count): (Vec<u8>, u64)| {
        let directory = Location::parse(&directory);
        match count {
            0 => format!("{directory} (named as a directory)"),
            1 => format!("1 file in {directory}"),
            count => format!("{count} files in {directory}"),
        }
    };
    directories.into_iter().map(line).collect()
}
