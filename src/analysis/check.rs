//! Whether all is well, for whoever is woken at night: how old the newest restorable snapshot of each lineage is, what is
//! broken, what is left over, and where a cluster and the disk disagree.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::overlay;
use crate::domain::cluster::{Checkpoint, Cluster, Contact, JobState};
use crate::domain::history::identity;
use crate::domain::id::{CheckpointId, JobId};
use crate::domain::location::Location;
use crate::domain::size::iec;
use crate::domain::snapshot::{Health, Lineage, Snapshot};
use crate::domain::time;

/// How bad it is, from what nobody needs to look at to what somebody must; the worst of several counts. What could not be
/// looked at is worse than nothing, and better than what is known to be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// All is well.
    Ok,
    /// It cannot be told.
    Unknown,
    /// Somebody should look at it.
    Warning,
    /// Somebody must look at it now.
    Critical,
}

impl Level {
    /// The word that a line starts with.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Unknown => "UNKNOWN",
            Self::Warning => "WARNING",
            Self::Critical => "CRITICAL",
        }
    }

    /// The exit code by the convention of monitoring plugins.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Warning => 1,
            Self::Critical => 2,
            Self::Unknown => 3,
        }
    }
}

/// From where on something is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The newest restorable snapshot may not be older than this.
    pub oldest: SignedDuration,
    /// From this age on it is worth a warning.
    pub warn: SignedDuration,
    /// More bytes than this that no snapshot names are worth a warning; without, they are not looked for.
    pub orphans: Option<u64>,
}

/// Bytes that no snapshot names and that Flink wrote, as far as their names tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Orphaned {
    /// How many files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Bytes of those that may go.
    pub may_go_bytes: u64,
}

/// What is known.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The lineages that are asked about.
    pub lineages: &'a [&'a Lineage],
    /// All snapshots in sight.
    pub snapshots: &'a [&'a Snapshot],
    /// The directories that were looked in.
    pub roots: &'a [Location],
    /// All clusters that were asked, also those that do not answer.
    pub clusters: &'a [Arc<Cluster>],
    /// What they said before the disk was looked at, where they were asked once more after it. While a checkpoint takes the
    /// place of another, one look may see the one side before and the other after that: only where the disk differs from both
    /// answers they disagree.
    pub before: Option<&'a [Arc<Cluster>]>,
    /// What no snapshot names, where it was looked for.
    pub orphaned: Option<Orphaned>,
    /// What something ended half-way and nobody has gone on with, in words, each with what can be done.
    pub unfinished: &'a [String],
    /// Where snapshots lay of which something lies in a trash now: what a cluster keeps of them is not missing.
    pub trashed: &'a [Location],
    /// What could not be looked at, in words.
    pub problems: &'a [String],
    /// From where on something is wrong.
    pub limits: Limits,
    /// The present.
    pub now: Timestamp,
}

/// Something that is not well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// The name of the lineage that it is about, where it is about one.
    pub lineage: Option<String>,
    /// What it is, without a full stop.
    pub text: String,
}

/// A lineage in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Measured {
    /// Its name.
    pub name: String,
    /// How it is with it.
    pub level: Level,
    /// How old its newest restorable snapshot is; negative where clocks differ.
    pub age_seconds: Option<i64>,
    /// How many snapshots it has.
    pub snapshots: usize,
    /// How many of them can be restored.
    pub restorable: usize,
    /// How many are incomplete or corrupt.
    pub broken: usize,
    /// Bytes on disk, each file once.
    pub bytes: u64,
    /// Bytes of snapshots that were given up.
    pub abandoned_bytes: u64,
    /// Where a cluster and the disk disagree about one of them.
    pub disagreements: usize,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// How it is with all of it.
    pub level: Level,
    /// What is not well, the worst first.
    pub findings: Vec<Finding>,
    /// All lineages that were asked about.
    pub lineages: Vec<Measured>,
    /// How many snapshots a cluster says it keeps where nothing lies.
    pub absent: usize,
}

impl Checked {
    /// Whether the disk and a cluster disagree anywhere.
    pub fn disagrees(&self) -> bool {
        self.absent > 0 || self.lineages.iter().any(|it| it.disagreements > 0)
    }
}

/// Looks whether all is well.
pub fn check(question: &Question<'_>) -> Checked {
    let (mut findings, absent) = general(question);
    let mut lineages = Vec::new();
    for lineage in question.lineages {
        let (measured, found) = measure(question, lineage);
        lineages.push(measured);
        findings.extend(found);
    }
    // Stable, so that lineages stay in their order.
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.level));
    Checked {
        level: findings.first().map_or(Level::Ok, |worst| worst.level),
        findings,
        lineages,
        absent,
    }
}

/// Whether the first answers said too that a job keeps this one, and nothing lies there.
fn was_absent(question: &Question<'_>, job: JobId, checkpoint: CheckpointId) -> bool {
    let Some(before) = question.before else {
        return true;
    };
    overlay::jobs(before)
        .filter(|(_, it)| it.id == job)
        .flat_map(|(cluster, it)| overlay::absent(it, cluster, question.snapshots, question.roots))
        .any(|it| it.id == checkpoint)
}

/// Whether a checkpoint lies in a trash.
fn is_trashed(question: &Question<'_>, checkpoint: &Checkpoint) -> bool {
    let Some(path) = &checkpoint.path else {
        return false;
    };
    let mut trashed = question.trashed.iter();
    trashed.any(|it| identity(it) == identity(path))
}

/// What is about no lineage.
fn general(question: &Question<'_>) -> (Vec<Finding>, usize) {
    let (mut found, mut count) = (Vec::new(), 0);
    let mut say = |level, text| {
        found.push(Finding {
            level,
            lineage: None,
            text,
        });
    };
    if question.lineages.is_empty() {
        say(Level::Unknown, "there is no snapshot".to_owned());
    }
    for problem in question.problems {
        say(Level::Unknown, problem.clone());
    }
    for it in question.unfinished {
        say(Level::Warning, it.clone());
    }
    for cluster in question.clusters {
        if let Contact::Silent { reason, .. } = &cluster.contact {
            say(
                Level::Unknown,
                format!("{} does not answer: {reason}", cluster.name),
            );
        }
        for job in &cluster.jobs {
            let absent = overlay::absent(job, cluster, question.snapshots, question.roots);
            for absent in absent
                .into_iter()
                .filter(|it| was_absent(question, job.id, it.id) && !is_trashed(question, it))
            {
                count += 1;
                let what = if absent.is_savepoint {
                    "savepoint"
                } else {
                    "checkpoint"
                };
                say(
                    Level::Warning,
                    format!(
                        "{} says that job {} keeps {what} {}, and nothing lies there",
                        cluster.name, job.name, absent.id
                    ),
                );
            }
        }
    }
    if let (Some(orphaned), Some(limit)) = (question.orphaned, question.limits.orphans)
        && orphaned.bytes > limit
    {
        say(
            Level::Warning,
            format!(
                "{} in {} that no snapshot names (limit {}), {} of which may go once all places that may name them \
                 are looked in (`stateward orphans --all-named`)",
                iec(orphaned.bytes),
                counted(orphaned.files as usize, "file"),
                iec(limit),
                iec(orphaned.may_go_bytes)
            ),
        );
    }
    (found, count)
}

fn measure(question: &Question<'_>, lineage: &Lineage) -> (Measured, Vec<Finding>) {
    let rows = || {
        let rows = question.snapshots.iter().copied();
        rows.filter(|row| row.lineage == lineage.id)
    };
    let mut found = Vec::new();
    let mut say = |level, text| {
        found.push(Finding {
            level,
            lineage: Some(lineage.name.clone()),
            text,
        });
    };
    let restorable = || rows().filter(|row| row.is_restorable());
    let newest = restorable().filter_map(|row| row.completed_at).max();
    let count = restorable().count();
    if let Some((level, text)) = age(question, lineage, count, newest, rows()) {
        say(level, text);
    }
    let is_broken = |row: &&Snapshot| {
        matches!(row.health, Health::Incomplete | Health::Corrupt) && row.unchecked_files == 0
    };
    let mut broken = rows().filter(is_broken);
    let broken_count = rows().filter(is_broken).count();
    if let Some(first) = broken.next() {
        let why = first.findings.first().map_or("", String::as_str);
        let more = match broken_count {
            1 => String::new(),
            count => format!(" (and {} more)", count - 1),
        };
        say(
            Level::Warning,
            format!("{} is {}{more}: {why}", first.name, first.health.word()),
        );
    }
    let unseen = rows().filter(|row| row.unchecked_files > 0).count();
    if unseen > 0 {
        say(
            Level::Unknown,
            format!("{} could not be looked at", counted(unseen, "snapshot")),
        );
    }
    let mut disagreements = 0;
    for row in rows() {
        if let Some(live) = overlay::live(row, question.clusters) {
            let disagreed = || {
                question.before.is_none_or(|before| {
                    let live = overlay::live(row, before);
                    live.is_some_and(|it| {
                        !overlay::disagreements(row, &it, question.now).is_empty()
                    })
                })
            };
            let sentences = overlay::disagreements(row, &live, question.now).into_iter();
            for sentence in sentences.filter(|_| disagreed()) {
                disagreements += 1;
                let sentence = sentence.trim_end_matches('.');
                say(Level::Warning, format!("{}: {sentence}", row.name));
            }
        }
    }
    let abandoned = rows().filter(|row| row.health == Health::Abandoned);
    let measured = Measured {
        name: lineage.name.clone(),
        level: found.iter().map(|it| it.level).max().unwrap_or(Level::Ok),
        age_seconds: newest.map(|at| question.now.duration_since(at).as_secs()),
        snapshots: rows().count(),
        restorable: count,
        broken: broken_count,
        bytes: lineage.bytes,
        abandoned_bytes: abandoned.map(|row| row.sizes.refer).sum(),
        disagreements,
    };
    (measured, found)
}

/// Whether what is begun lies among checkpoints of applications that share the directory: whose it is shows once it is complete.
fn is_among_others(question: &Question<'_>, row: &Snapshot) -> bool {
    let parent = row.location.parent();
    let mut others = question.snapshots.iter();
    others.any(|it| it.lineage != row.lineage && it.location.parent() == parent)
}

/// What there is to say about the newest restorable snapshot.
fn age<'a>(
    question: &Question<'_>,
    lineage: &Lineage,
    count: usize,
    newest: Option<Timestamp>,
    mut rows: impl Iterator<Item = &'a Snapshot> + Clone,
) -> Option<(Level, String)> {
    let job = overlay::job_of_lineage(question.clusters, lineage);
    let left_nothing = || rows.clone().all(|row| row.completed_at.is_none());
    match job.map(|(_, job)| job.state) {
        // A job that has come to the end that somebody meant takes no more checkpoints.
        Some(JobState::Finished | JobState::Canceled) if count > 0 => return None,
        Some(JobState::Finished) if left_nothing() => return None,
        Some(JobState::Canceled) if left_nothing() => {
            let text = "its job was cancelled, and nothing can be restored";
            return Some((Level::Warning, text.to_owned()));
        }
        Some(JobState::Failed) if count == 0 && left_nothing() => {
            let text = "its job has failed, and nothing can be restored";
            return Some((Level::Critical, text.to_owned()));
        }
        _ => {}
    }
    let is_unseen = |row: &Snapshot| row.unchecked_files > 0;
    let Some(newest) = newest else {
        return Some(if count > 0 {
            let text = "when the newest restorable completed is not known";
            (Level::Unknown, text.to_owned())
        } else if rows.clone().all(|row| row.health == Health::InProgress) {
            if rows.all(|row| is_among_others(question, row)) {
                return None;
            }
            (Level::Warning, "nothing has completed yet".to_owned())
        } else if rows.any(is_unseen) {
            let text = "nothing is proven to be restorable";
            (Level::Unknown, text.to_owned())
        } else {
            (Level::Critical, "nothing can be restored".to_owned())
        });
    };
    let limits = question.limits;
    let age = question.now.duration_since(newest);
    let told = |limit| {
        format!(
            "newest restorable is {} old (limit {})",
            time::span(age),
            time::exact_span(limit)
        )
    };
    if age < SignedDuration::from_secs(-1) {
        let text = format!(
            "newest restorable completed {}: clocks differ",
            time::age(newest, question.now)
        );
        Some((Level::Unknown, text))
    } else if age > limits.oldest {
        Some((Level::Critical, told(limits.oldest)))
    } else if age > limits.warn {
        Some((Level::Warning, told(limits.warn)))
    } else {
        None
    }
}

fn counted(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}

#[cfg(test)]
mod tests;
