//! Whether a file that a snapshot names can be the snapshot's at all. Metadata is whatever somebody wrote: by its word alone
//! nothing goes.
//!
//! Flink puts the files of a snapshot into its own directory, or into `shared`, `taskowned` and `dstl` of a job
//! (`FsCheckpointStorageAccess`, `FsStateChangelogStorage`), directly or in a directory of file merging
//! (`FileMergingSnapshotManagerBase`) or of ForSt's, and names them by random UUIDs.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::Question;
use super::graph::{Found, Sort};
use crate::analysis::overlay;
use crate::domain::id::JobId;
use crate::domain::location::Location;
use crate::domain::plan::{Decision, Fingerprint};
use crate::domain::time;

/// The name of a snapshot's metadata.
const METADATA: &[u8] = b"_metadata";
/// The directory of our own.
const OURS: &[u8] = b".stateward";

/// The places of snapshots, by which it is told whose a file can be.
pub(super) struct Belonging<'q> {
    question: &'q Question<'q>,
    going: &'q BTreeSet<usize>,
    /// The directories of snapshots.
    own: HashMap<Location, usize>,
    /// Directories that hold checkpoints, which are those of jobs, whatever their names
    /// (`execution.checkpointing.create-subdir`).
    jobs: HashSet<Location>,
}

impl<'q> Belonging<'q> {
    pub(super) fn new(question: &'q Question<'q>, going: &'q BTreeSet<usize>) -> Self {
        let rows = || question.graph.snapshots.iter();
        let own = rows().map(|row| row.location.canonical()).zip(0..);
        let checkpoints = rows().filter(|row| row.location.name().starts_with(b"chk-"));
        let jobs = checkpoints.filter_map(|row| Some(row.location.parent()?.canonical()));
        Self {
            question,
            going,
            own: own.collect(),
            jobs: jobs.collect(),
        }
    }

    /// Whether a snapshot goes.
    pub(super) fn goes(&self, snapshot: usize) -> bool {
        self.going.contains(&snapshot)
    }

    /// Whether a file lies where it was only looked who names what, and not in a directory of the snapshot's own job, as its
    /// changelog does.
    pub(super) fn is_only_looked_at(&self, target: usize, at: &Location) -> bool {
        let at = at.canonical();
        let is_below = |root: &&Location| at.is_within(&root.canonical());
        let looked = self.question.looked;
        let mut asked = self.question.roots.iter().filter(|it| !looked.contains(it));
        if !looked.iter().any(|it| is_below(&it)) || asked.any(|it| is_below(&it)) {
            return false;
        }
        let own = self.question.graph.snapshots[target].job_id;
        let mut around = std::iter::successors(Some(at), Location::parent);
        !around.any(|it| own.is_some() && JobId::from_hex(it.name()).ok() == own)
    }

    /// Why a file of a snapshot cannot be taken for the snapshot's, where that is so.
    pub(super) fn objection(&self, target: usize, file: usize) -> Option<(Decision, String)> {
        let graph = self.question.graph;
        let it = &graph.files[file];
        let keep = |why: &str| Some((Decision::Keep, why.to_owned()));
        let at = it.at.canonical();
        let mut names = at.path().split(|&byte| byte == b'/');
        if names.any(|name| name == OURS) {
            return keep("it is not Flink's, but stateward's own");
        }
        let Some(parent) = at.parent() else {
            return keep("it lies in no directory");
        };
        let owner = self.own.get(&parent).copied();
        let is_own = owner == Some(target);
        if at.name() == METADATA {
            let is_its = is_own && it.sort == Sort::Metadata;
            return (!is_its).then(|| {
                let why = "it is the metadata of another snapshot, whoever names it";
                (Decision::Keep, why.to_owned())
            });
        }
        if is_own {
            let is_strange = it.sort == Sort::Loose && !is_flinks_name(at.name());
            return is_strange.then(|| {
                let why = "nothing that Flink writes, by its name";
                (Decision::Keep, why.to_owned())
            });
        }
        if let Some(other) = owner {
            let mut files = graph.of.get(&other).into_iter().flatten();
            let goes_with_it = self.going.contains(&other) && files.any(|own| *own == file);
            return (!goes_with_it).then(|| {
                let why =
                    "it lies in the directory of another snapshot, and goes with that one only";
                (Decision::Keep, why.to_owned())
            });
        }
        let Some(job) = self.job_directory(&parent, at.name()) else {
            return keep(
                "it lies neither in the snapshot's directory nor where Flink puts what snapshots share",
            );
        };
        of_another_job(self.question, target, &job, it.found)
    }

    fn is_of_job(&self, place: &Location) -> bool {
        JobId::from_hex(place.name()).is_ok() || self.jobs.contains(place)
    }

    /// The directory of a job by whose layout a file of this name may lie in this directory.
    fn job_directory(&self, parent: &Location, name: &[u8]) -> Option<Location> {
        let above = parent.parent()?;
        let is_shared =
            |place: &Location| matches!(place.name(), b"shared" | b"taskowned" | b"dstl");
        if is_shared(parent) {
            return (is_uuid(name) && self.is_of_job(&above)).then_some(above);
        }
        if is_shared(&above) && is_merged(parent.name()) {
            let job = above.parent()?;
            return (is_uuid(name) && self.is_of_job(&job)).then_some(job);
        }
        // ForSt's database has levels of its own, and names of its own.
        let mut around = std::iter::successors(Some(parent.clone()), Location::parent);
        let database = around.by_ref().take(3).find(|it| is_database(it.name()))?;
        let shared = database.parent()?;
        let job = shared.parent()?;
        (shared.name() == b"shared" && self.is_of_job(&job)).then_some(job)
    }
}

/// What speaks against a file in the directory of another job, which a job that claimed a checkpoint names with right. That
/// other job may be about to name it itself.
fn of_another_job(
    question: &Question<'_>,
    target: usize,
    directory: &Location,
    found: Found,
) -> Option<(Decision, String)> {
    let own = question.graph.snapshots[target].location.parent();
    if own.is_some_and(|own| own.canonical() == *directory) {
        return None;
    }
    let id = JobId::from_hex(directory.name())
        .ok()
        .filter(|id| *id != JobId::ZERO)?;
    if question.graph.snapshots[target].job_id == Some(id) {
        return None;
    }
    let jobs = || overlay::jobs(question.clusters).filter(|(_, job)| job.id == id);
    if let Some((cluster, job)) = jobs().find(|(_, job)| !job.state.is_over()) {
        let why = format!(
            "it lies in the directory of job {} ({id}) on {}, which lives",
            job.name, cluster.name
        );
        return Some((Decision::Keep, why));
    }
    // That a job is over settles what was written until then.
    let is_over = |seen: &Fingerprint| {
        let mut rows = question.graph.snapshots.iter();
        let is_used_again = rows.any(|row| row.job_id == Some(id) && row.used_again.is_some());
        !is_used_again && jobs().any(|(_, job)| overlay::is_over_by(job, Some(seen.modified)))
    };
    match found {
        Found::Here(seen)
            if !is_over(&seen) && question.now.duration_since(seen.modified) < question.grace() =>
        {
            let why = format!(
                "it lies in the directory of another job, {id}, and was changed less than {} ago",
                time::exact_span(question.grace())
            );
            Some((Decision::Defer, why))
        }
        _ => None,
    }
}

/// Whether a file of this name in the directory of a snapshot without readable metadata is Flink's.
fn is_flinks_name(name: &[u8]) -> bool {
    let rest = name.strip_prefix(b"._metadata.inprogress.");
    is_uuid(name) || rest.is_some_and(is_uuid)
}

/// Whether a name is a UUID as Java writes them.
fn is_uuid(name: &[u8]) -> bool {
    name.len() == 36
        && !name.iter().any(u8::is_ascii_uppercase)
        && uuid::Uuid::try_parse_ascii(name).is_ok()
}

/// `job_<job-id>_op_…` and `job_<job-id>_tm_…`.
fn is_merged(name: &[u8]) -> bool {
    let rest = name.strip_prefix(b"job_");
    let split = rest.and_then(|rest| rest.split_at_checked(32));
    split.is_some_and(|(job, rest)| {
        JobId::from_hex(job).is_ok() && (rest.starts_with(b"_op_") || rest.starts_with(b"_tm_"))
    })
}

/// `op_…__attempt_…`.
fn is_database(name: &[u8]) -> bool {
    let marker: &[u8] = b"__attempt_";
    name.starts_with(b"op_") && name.windows(marker.len()).any(|it| it == marker)
}
