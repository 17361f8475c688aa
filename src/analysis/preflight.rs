//! What speaks for and against starting a job from a snapshot, before anybody does.
//!
//! Each check says something, even where that is only that it could not look: silence would read as consent. What a
//! cluster said before it fell silent is told as of then, and weighs no more than a caution.

mod claim;
mod jobs;
mod newer;
mod operators;
mod slots;
mod snapshot;

use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::claim::ClaimMode;
use crate::domain::cluster::{Cluster, Job};
use crate::domain::hold::Hold;
use crate::domain::mark::Mark;
use crate::domain::snapshot::Snapshot;

/// What is to be started, and what is known around it.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The snapshot.
    pub snapshot: &'a Snapshot,
    /// All snapshots in scope; whether this one is among them makes no difference.
    pub rows: &'a [Arc<Snapshot>],
    /// All marks in scope.
    pub marks: &'a [Mark],
    /// All holds in scope, those that ended included.
    pub holds: &'a [Hold],
    /// The parallelism of the new job, where it is set as a whole.
    pub parallelism: Option<u32>,
    /// Whose the snapshot is then.
    pub claim_mode: ClaimMode,
    /// Whether state that belongs to no operator may be dropped.
    pub allow_non_restored: bool,
    /// The release that shall read it, where it is known.
    pub release: Option<(u32, u32)>,
    /// Why that release cannot read the metadata's version, where it cannot: the room above knows the releases.
    pub objection: Option<&'a str>,
    /// The job of the lineage that runs or ran last, where a cluster knows it.
    pub job: Option<&'a Job>,
    /// All clusters that were asked, with their jobs.
    pub clusters: &'a [Arc<Cluster>],
    /// The present, to say how old an answer is.
    pub now: Timestamp,
}

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing speaks against it.
    Pass,
    /// To be known before starting.
    Caution,
    /// It would fail, or do harm.
    Blocker,
}

/// What was found in one respect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How much it weighs.
    pub level: Level,
    /// What it is about: one or two words.
    pub topic: &'static str,
    /// A sentence or two.
    pub text: String,
}

impl Finding {
    fn new(level: Level, topic: &'static str, text: impl Into<String>) -> Self {
        Self {
            level,
            topic,
            text: text.into(),
        }
    }
}

/// All findings, in the order of the checks.
pub fn preflight(question: &Question<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    found.push(snapshot::files(question.snapshot));
    found.extend(snapshot::release(question));
    found.extend(snapshot::parallelism(question));
    found.extend(slots::slots(question));
    found.extend(snapshot::in_flight(question));
    found.extend(snapshot::purpose(question.snapshot));
    found.extend(newer::newer(question));
    found.push(jobs::same_job(question));
    found.extend(jobs::restored_before(question));
    found.extend(claim::mode(question));
    found.extend(claim::held(question));
    found.extend(claim::owned(question));
    found.extend(claim::shared(question));
    found.extend(claim::marked(question));
    found.extend(operators::against_newer(question));
    found.extend(operators::against_job(question));
    found.extend(operators::dropped(question));
    found
}

/// The heaviest level among findings: whether to go on.
pub fn verdict(findings: &[Finding]) -> Level {
    findings
        .iter()
        .map(|finding| finding.level)
        .max()
        .unwrap_or(Level::Pass)
}

/// So many names are spelled out.
const NAMED: usize = 5;

/// Names in a row, the first few of them.
fn list(names: &[String]) -> String {
    let shown = names.iter().take(NAMED).cloned().collect::<Vec<_>>();
    match names.len().saturating_sub(NAMED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests;
