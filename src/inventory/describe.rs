//! From records to what is shown: rows and lineages.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;

use crate::analysis::latest;
use crate::domain::content;
use crate::domain::heirs::Heirs;
use crate::domain::id::JobId;
use crate::domain::location::Location;
use crate::domain::snapshot::{Health, Lineage, LineageId, Owner, Sizes, Snapshot};
use crate::domain::space::LineageSpace;
use crate::domain::text::scrub_bytes;

use super::layout;
use super::lineage::Member;
use super::record::{Content, Record};

/// What grouping said of a lineage, and what it weighs.
#[derive(Debug, Clone, Default)]
pub struct Grouped {
    /// What an operator should know about the grouping.
    pub remarks: Vec<String>,
    /// Jobs that are of it by the word of a cluster.
    pub jobs: Vec<JobId>,
    /// The bytes of its files together.
    pub space: LineageSpace,
}

/// What grouping needs to know of a record. `jobs` are the directories of jobs, with their starts.
pub fn member(record: &Record, jobs: &BTreeMap<Location, Option<Timestamp>>) -> Member {
    let operators = match &record.content {
        Content::Read(read) => read.operators.clone(),
        _ => Vec::new(),
    };
    let home = job_home(record, jobs);
    // Without a directory for each job, the checkpoint directory is all that they have.
    let bare = record.job_directory().filter(|_| record.job_id().is_none());
    Member {
        location: record.location.clone(),
        job_directory: record.job_directory(),
        job_id: record.job_id(),
        job_prefix: record.job_prefix(),
        operators,
        seen_at: record.completed_at().or(record.changed_at),
        job_started_at: home
            .as_ref()
            .and_then(|home| jobs.get(home).copied().flatten()),
        written_to: home.and_then(|home| home.parent()).or(bare),
    }
}

/// The directory of the job that a record is of. A savepoint names its job by six digits; where there is one directory
/// of such a job, that is it.
fn job_home(record: &Record, jobs: &BTreeMap<Location, Option<Timestamp>>) -> Option<Location> {
    if record.job_id().is_some() {
        return record.job_directory();
    }
    let prefix = record.job_prefix()?;
    let mut found = jobs.keys().filter(|directory| {
        let job = JobId::from_hex(directory.name())
            .ok()
            .filter(|job| *job != JobId::ZERO);
        job.is_some_and(|job| job.savepoint_prefix() == prefix)
    });
    match (found.next(), found.next()) {
        (Some(only), None) => Some(only.clone()),
        _ => None,
    }
}

/// The row of a record, before it is compared with others.
pub fn row(record: &Record, owner: Owner) -> Snapshot {
    let (kind, kind_inferred) = record.kind();
    let read = match &record.content {
        Content::Read(read) => Some(read),
        _ => None,
    };
    Snapshot {
        location: record.location.clone(),
        name: record.name(),
        job_id: record.job_id(),
        job_prefix: record.job_prefix(),
        lineage: LineageId::default(),
        kind,
        kind_inferred,
        health: Health::Complete,
        findings: Vec::new(),
        unchecked_files: 0,
        completed_at: record.completed_at(),
        changed_at: record.changed_at,
        facts: read.map(|read| read.facts.clone()),
        sizes: read.map_or_else(Sizes::default, |read| read.sizes),
        sizes_are_bounds: false,
        is_hard_linked: false,
        fate: record.fate(),
        owner,
        heirs: Heirs::default(),
        mapping: read.and_then(|read| read.mapping.clone()),
        used_again: None,
    }
}

/// The lineages of these rows, the one with the newest restorable snapshot first. `groups` has what grouping remarked
/// on each, and the bytes of its files together.
pub fn lineages(rows: &[&Snapshot], groups: &BTreeMap<LineageId, Grouped>) -> Vec<Lineage> {
    let mut members: BTreeMap<LineageId, Vec<&Snapshot>> = BTreeMap::new();
    for &row in rows {
        members.entry(row.lineage).or_default().push(row);
    }
    let mut lineages: Vec<(Lineage, Tag)> = members
        .into_iter()
        .map(|(id, rows)| {
            let choice = latest::choose(rows.iter().copied());
            let grouped = groups.get(&id).cloned().unwrap_or_default();
            let lineage = Lineage {
                id,
                name: name(&rows),
                jobs: jobs(&choice, &grouped.jobs),
                snapshots: rows.len(),
                restorable: rows.iter().filter(|row| row.is_restorable()).count(),
                newest_restorable_at: choice.chosen.and_then(|row| row.completed_at),
                latest: choice.chosen.map(|row| row.location.clone()),
                bytes: grouped.space.total(),
                space: grouped.space,
                remarks: grouped.remarks,
            };
            (lineage, Tag::of(&rows, choice.chosen))
        })
        .collect();
    tell_apart(&mut lineages);
    let mut lineages: Vec<Lineage> = lineages.into_iter().map(|(it, _)| it).collect();
    lineages
        .sort_by(|a, b| (b.newest_restorable_at, &a.name).cmp(&(a.newest_restorable_at, &b.name)));
    lineages
}

/// The jobs of a lineage, those with a directory of their own first, the newest of them first.
fn jobs(choice: &latest::Choice<'_>, told: &[JobId]) -> Vec<JobId> {
    let mut jobs = Vec::new();
    let newest_first = choice
        .chosen
        .into_iter()
        .chain(choice.runners_up.iter().map(|(row, _)| *row));
    let with_directory = newest_first.filter_map(|row| row.job_id);
    for job in with_directory.chain(told.iter().copied()) {
        if !jobs.contains(&job) {
            jobs.push(job);
        }
    }
    jobs
}

/// Names of directories that say nothing about which application it is.
const GENERIC: [&[u8]; 14] = [
    b"checkpoints",
    b"checkpoint",
    b"ck",
    b"savepoints",
    b"savepoint",
    b"sp",
    b"state",
    b"flink",
    b"data",
    b"shared",
    b"snapshots",
    b"tmp",
    b"mnt",
    b"flink-checkpoints",
];

/// What to call a lineage: the nearest directory above its snapshots with a name that tells something, else the job.
fn name(rows: &[&Snapshot]) -> String {
    let in_job = rows.iter().copied().find(|row| row.job_id.is_some());
    let Some(row) = in_job.or_else(|| rows.first().copied()) else {
        return String::new();
    };
    let job = row.job_id.map(|job| job.to_string()[..8].to_owned());
    let mut above = row.location.parent();
    while let Some(directory) = above {
        let telling =
            !GENERIC.contains(&directory.name()) && JobId::from_hex(directory.name()).is_err();
        if telling && !directory.name().is_empty() {
            return scrub_bytes(directory.name()).into_owned();
        }
        above = directory.parent();
    }
    job.or_else(|| row.job_prefix.clone())
        .unwrap_or_else(|| row.name.clone())
}

/// What can tell a lineage from others of its name where no job does.
struct Tag {
    /// By the operators of the latest of them: what stays the same however many it takes.
    operators: Option<String>,
    /// The name of one of them.
    name: String,
}

impl Tag {
    fn of(rows: &[&Snapshot], latest: Option<&Snapshot>) -> Self {
        let facts = latest.and_then(|row| row.facts.as_ref());
        Self {
            operators: facts.map(|it| content::Content::of_program(&it.operators).to_string()),
            name: rows
                .first()
                .map_or_else(String::new, |row| row.name.clone()),
        }
    }
}

/// Adds the job's id to names that are not unique: its start, or all of it where starts are the same. Checkpoints that no job's
/// id tells apart are told apart by their operators, of which the name has a digest.
fn tell_apart(lineages: &mut [(Lineage, Tag)]) {
    for digits in [8, 32] {
        let mut count: HashMap<String, usize> = HashMap::new();
        for (lineage, _) in &*lineages {
            *count.entry(lineage.name.clone()).or_default() += 1;
        }
        for (lineage, tag) in lineages
            .iter_mut()
            .filter(|(lineage, _)| count[&lineage.name] > 1)
        {
            let is_checkpoint = |at: &Location| layout::checkpoint_number(at.name()).is_some();
            let job = lineage.jobs.first().filter(|job| **job != JobId::ZERO);
            let own = match (job, &lineage.latest, &tag.operators) {
                (Some(job), ..) => job.to_string()[..digits].to_owned(),
                (_, Some(latest), Some(operators)) if is_checkpoint(latest) => {
                    operators[..digits.min(operators.len())].to_owned()
                }
                (None, Some(latest), _) => short_name(latest),
                (None, None, _) => tag.name.clone(),
            };
            lineage.name = format!("{} {own}", lineage.name);
        }
    }
    // A word is about one of them, whatever they are called.
    let mut names = HashSet::new();
    for (lineage, _) in lineages {
        if !names.insert(lineage.name.clone()) {
            lineage.name = format!("{} #{}", lineage.name, lineage.id.0);
            names.insert(lineage.name.clone());
        }
    }
}

fn short_name(location: &Location) -> String {
    let name = scrub_bytes(location.name());
    name.strip_prefix("savepoint-")
        .map_or_else(|| name.to_string(), |rest| rest.chars().take(6).collect())
}
