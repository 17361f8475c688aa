//! What a snapshot leans on and who leans on it: where its files lie, and which others name them.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use serde::Serialize;

use super::words::few;
use crate::analysis::references::{self, Reference};
use crate::domain::heirs::Restart;
use crate::domain::id::JobId;
use crate::domain::location::Location;
use crate::domain::snapshot::Kind;
use crate::domain::text::scrub_bytes;
use crate::metadata::model::{Metadata, StreamHandle};
use crate::metadata::walk::Part;

/// What ties a snapshot to others.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Relations {
    /// Where its files lie, the snapshot's own directory first.
    pub places: Vec<Place>,
    /// Other snapshots in sight that name files of it, those that name most first.
    pub sharers: Vec<Sharer>,
    /// How many of its files others name.
    pub shared_files: u64,
    /// The jobs that are known to have been restored from it.
    pub restarts: Vec<Restart>,
}

impl Relations {
    /// The places of one sort.
    pub fn at(&self, sort: impl Fn(&Sort) -> bool) -> impl Iterator<Item = &Place> {
        self.places.iter().filter(move |place| sort(&place.sort))
    }

    /// How many files lie in places of one sort.
    pub fn files(&self, sort: impl Fn(&Sort) -> bool) -> u64 {
        self.at(sort).map(|place| place.files).sum()
    }

    /// Those who share files with a snapshot of a job: its own job's first, then other jobs', each in the order of their
    /// numbers: `chk-7 and chk-8 as well as chk-2 of job 11112222…`.
    pub fn names(&self, own: Option<JobId>) -> String {
        let mut by_job: BTreeMap<Option<JobId>, Vec<&Sharer>> = BTreeMap::new();
        for sharer in &self.sharers {
            let other = sharer.job_id.filter(|job| own != Some(*job));
            by_job.entry(other).or_default().push(sharer);
        }
        let group = |(job, mut sharers): (Option<JobId>, Vec<&Sharer>)| {
            sharers.sort_by_key(|it| (number(&it.name), &it.uri));
            let names: Vec<String> = sharers.iter().map(|it| it.name.clone()).collect();
            match job {
                Some(job) => format!("{} of job {}…", few(&names), &job.to_string()[..8]),
                None => few(&names),
            }
        };
        let groups: Vec<String> = by_job.into_iter().map(group).collect();
        groups.join(" as well as ")
    }
}

/// The number in the name of a checkpoint, so that they are listed in their order.
fn number(name: &str) -> u64 {
    name.strip_prefix("chk-")
        .and_then(|it| it.parse().ok())
        .unwrap_or(u64::MAX)
}

/// Another snapshot that names files of this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sharer {
    /// The name of its directory, safe to show.
    pub name: String,
    /// Where it lies.
    pub uri: String,
    /// The job whose directory it lies in.
    #[serde(serialize_with = "shown")]
    pub job_id: Option<JobId>,
    /// Which sort of snapshot it is.
    pub kind: Kind,
    /// How many of the files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

#[expect(clippy::ref_option, reason = "serde asks for this signature")]
fn shown<S: serde::Serializer>(job: &Option<JobId>, serializer: S) -> Result<S::Ok, S::Error> {
    match job {
        Some(job) => serializer.collect_str(job),
        None => serializer.serialize_none(),
    }
}

/// A directory with files that the snapshot names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// What lies there.
    pub sort: Sort,
    /// The directory as the metadata names it, safe to show; empty for files that are named relative to the snapshot's own.
    pub directory: String,
    /// How many files the snapshot names there; none where file merging names only the directory.
    pub files: u64,
}

/// What a place is to the snapshot.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// Its own directory, with files named relative to it.
    Own,
    /// Its own directory, with files named by absolute path.
    OwnAbsolute,
    /// What the job's checkpoints share (`CheckpointedStateScope.SHARED`).
    Shared,
    /// What the job's tasks own, such as the materialized part of a changelog.
    TaskOwned,
    /// Changes of a changelog since it was materialized.
    Changes,
    /// Files that hold segments of many (`execution.checkpointing.file-merging.enabled`).
    Merged,
    /// The directory of another job.
    OtherJob(String),
    /// The directory of another snapshot.
    OtherSnapshot(String),
    /// Anywhere else.
    Elsewhere,
}

/// Where the files lie that the snapshot in `directory` names. Which directory is what is told by its name and by the role
/// of the handles that name it (`org.apache.flink.runtime.state.filesystem.AbstractFsCheckpointStorageAccess`,
/// `FsMergingCheckpointStorageAccess`, `org.apache.flink.changelog.fs.FsStateChangelogStorage`).
pub fn places(metadata: &Metadata<'_>, directory: &Location) -> Vec<Place> {
    let parent = directory.parent();
    let own_job = parent.and_then(|job| JobId::from_hex(job.name()).ok());
    let own = Own {
        name: directory.name(),
        job: own_job,
    };
    let mut seen: HashSet<(bool, Cow<'_, [u8]>)> = HashSet::new();
    let mut found: BTreeMap<(Sort, Vec<u8>), u64> = BTreeMap::new();
    let subtasks = metadata.operators.iter().flat_map(|it| &it.subtasks);
    for subtask in subtasks {
        subtask.visit_streams(&mut |role, handle| {
            let Some(Reference { path, relative, .. }) = references::of(role, handle) else {
                return;
            };
            if !seen.insert((relative, path.clone())) {
                return;
            }
            let at = path.iter().rposition(|&b| b == b'/').unwrap_or(0);
            let leads_out = path.split(|&b| b == b'/').any(|part| part == b"..");
            let key = if relative && !leads_out {
                (Sort::Own, Vec::new())
            } else if relative {
                (Sort::Elsewhere, path[..at].to_vec())
            } else {
                let what = match (handle, role.part) {
                    (StreamHandle::Segment(_), _) => What::Segment,
                    (_, Part::Changes(_)) => What::Changes,
                    _ => What::Whole,
                };
                (own.sort(&path[..at], what), path[..at].to_vec())
            };
            *found.entry(key).or_default() += 1;
        });
    }
    for named in metadata.file_merging_directories() {
        for directory in [&named.directories.shared, &named.directories.task_owned] {
            let path = directory.path_bytes().into_owned();
            let sort = own.sort(&path, What::Segment);
            found.entry((sort, path)).or_default();
        }
    }
    let place = |((sort, directory), files): ((Sort, Vec<u8>), u64)| Place {
        sort,
        directory: scrub_bytes(&directory).into_owned(),
        files,
    };
    found.into_iter().map(place).collect()
}

/// What a file is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Whole,
    Segment,
    Changes,
}

/// The snapshot's own name and job.
struct Own<'a> {
    name: &'a [u8],
    job: Option<JobId>,
}

impl Own<'_> {
    fn sort(&self, directory: &[u8], what: What) -> Sort {
        let parts: Vec<&[u8]> = directory.split(|&b| b == b'/').collect();
        let job_at = parts.iter().rposition(|it| JobId::from_hex(it).is_ok());
        let job = job_at.and_then(|at| JobId::from_hex(parts[at]).ok());
        if let (Some(job), Some(own)) = (job, self.job)
            && job != own
        {
            return Sort::OtherJob(job.to_string());
        }
        match what {
            What::Segment => return Sort::Merged,
            What::Changes => return Sort::Changes,
            What::Whole => {}
        }
        let below = job_at.map_or(0, |at| at + 1);
        for part in parts[below..].iter().rev() {
            match *part {
                b"shared" => return Sort::Shared,
                b"taskowned" => return Sort::TaskOwned,
                name if name == self.name => return Sort::OwnAbsolute,
                name if name.starts_with(b"chk-") || name.starts_with(b"savepoint-") => {
                    return Sort::OtherSnapshot(scrub_bytes(name).into_owned());
                }
                _ => {}
            }
        }
        Sort::Elsewhere
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JOB: &[u8] = b"7bf6bd3d977df158f9d8a88833ce0000";

    #[test]
    fn directories_tell_what_they_are() {
        let own = Own {
            name: b"chk-7",
            job: JobId::from_hex(JOB).ok(),
        };
        let sort = |path: &str, what| own.sort(path.as_bytes(), what);
        let job = std::str::from_utf8(JOB).unwrap();
        let of = |rest: &str| sort(&format!("s3://b/cp/{job}/{rest}"), What::Whole);
        assert_eq!(of("shared"), Sort::Shared);
        assert_eq!(of("shared/op_Async_1__attempt_0/db"), Sort::Shared);
        assert_eq!(of("taskowned"), Sort::TaskOwned);
        assert_eq!(of("chk-7"), Sort::OwnAbsolute);
        assert_eq!(of("chk-6"), Sort::OtherSnapshot("chk-6".to_owned()));
        let other = "11112222333344445555666677778888";
        assert_eq!(
            sort(&format!("file:/cp/{other}/shared"), What::Whole),
            Sort::OtherJob(other.to_owned())
        );
        assert_eq!(
            sort("file:/sp/savepoint-7bf6bd-0123456789ab", What::Whole),
            Sort::OtherSnapshot("savepoint-7bf6bd-0123456789ab".to_owned())
        );
        assert_eq!(sort("file:/cp/shared", What::Whole), Sort::Shared);
        assert_eq!(sort("s3://b/x7Q2/else", What::Whole), Sort::Elsewhere);
        assert_eq!(
            sort(&format!("file:/dstl/{job}/dstl"), What::Changes),
            Sort::Changes
        );
        assert_eq!(
            sort(&format!("file:/cp/{job}/taskowned/job_x"), What::Segment),
            Sort::Merged
        );
    }
}
