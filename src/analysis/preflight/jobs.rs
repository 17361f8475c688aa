//! Jobs that run on the same state already.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Finding, Level, Question};
use crate::analysis::overlay;
use crate::domain::cluster::{Cluster, Contact, Job};
use crate::domain::id::JobId;
use crate::domain::snapshot::{Kind, Snapshot};

/// What a job that runs already is about.
const TOPIC: &str = "running job";

/// Whether a job of the lineage still runs: a second one would do the same work beside it.
pub(super) fn same_job(question: &Question<'_>) -> Finding {
    let going = all(question).find(|(cluster, job)| {
        !job.state.is_over() && answers(cluster) && is_of_lineage(question, job)
    });
    if let Some((cluster, job)) = going {
        return Finding::new(
            Level::Blocker,
            TOPIC,
            format!(
                "Job {} ({}) is {} on {}: two jobs would write to the same sinks. Stop it first.",
                job.name, job.id, job.state, cluster.name
            ),
        );
    }
    if let Some(finding) = same_program(question) {
        return finding;
    }
    let before =
        all(question).find(|(_, job)| !job.state.is_over() && is_of_lineage(question, job));
    if let Some((cluster, job)) = before {
        return Finding::new(
            Level::Caution,
            TOPIC,
            format!(
                "Job {} ({}) was {} on {}{}. If it still runs, two jobs would write to the same sinks.",
                job.name,
                job.id,
                job.state,
                cluster.name,
                said(cluster, question)
            ),
        );
    }
    let unheard: Vec<String> = question
        .clusters
        .iter()
        .filter(|cluster| !answers(cluster))
        .map(|cluster| cluster.name.clone())
        .collect();
    if question.clusters.is_empty() {
        Finding::new(
            Level::Caution,
            TOPIC,
            "Not known whether its job still runs: no cluster was asked.",
        )
    } else if unheard.is_empty() {
        Finding::new(
            Level::Pass,
            TOPIC,
            "None of the clusters that were asked runs a job of its lineage.",
        )
    } else {
        Finding::new(
            Level::Caution,
            TOPIC,
            format!(
                "Not known whether its job still runs: no answer from {}.",
                super::list(&unheard)
            ),
        )
    }
}

/// Jobs that are over and were restored from the snapshot: what they wrote since is written again.
pub(super) fn restored_before(question: &Question<'_>) -> Option<Finding> {
    if question.snapshot.kind != Kind::Savepoint {
        return None;
    }
    let (cluster, job) = all(question)
        .find(|(_, job)| job.state.is_over() && was_restored_from(job, question.snapshot))?;
    Some(Finding::new(
        Level::Caution,
        "restored before",
        format!(
            "Job {} ({}, {}) on {} was restored from it before: what that job did is done once more.",
            job.name, job.id, job.state, cluster.name
        ),
    ))
}

/// Whether what is known of a cluster is known of now.
pub(super) fn answers(cluster: &Cluster) -> bool {
    matches!(cluster.contact, Contact::Answering { .. })
}

/// How old a statement about a cluster is, to go behind it; nothing while the cluster answers.
pub(super) fn said(cluster: &Cluster, question: &Question<'_>) -> String {
    overlay::staleness(&cluster.contact, question.now)
        .map_or_else(String::new, |age| format!(" ({age})"))
}

fn all<'a>(question: &Question<'a>) -> impl Iterator<Item = (&'a Arc<Cluster>, &'a Arc<Job>)> {
    question
        .clusters
        .iter()
        .flat_map(|cluster| cluster.jobs.iter().map(move |job| (cluster, job)))
}

fn was_restored_from(job: &Job, snapshot: &Snapshot) -> bool {
    job.restored
        .as_ref()
        .and_then(|restored| restored.path.as_ref())
        .is_some_and(|path| overlay::is_at(path, snapshot))
}

/// Whether a job works on the state that the snapshot is of: by its id, or since it was restored from a snapshot of the
/// lineage or took one. An id of zeros tells nothing, since every application with high availability has it.
fn is_of_lineage(question: &Question<'_>, job: &Job) -> bool {
    let own = question.snapshot;
    let of_lineage = || {
        question
            .rows
            .iter()
            .map(AsRef::as_ref)
            .filter(|row: &&Snapshot| row.lineage == own.lineage)
            .chain([own])
    };
    if job.id != JobId::ZERO {
        let prefix = job.id.savepoint_prefix();
        let by_id = question.job.is_some_and(|it| it.id == job.id)
            || of_lineage().any(|row| {
                row.job_id == Some(job.id)
                    || row.job_id.is_none() && row.job_prefix.as_ref() == Some(&prefix)
            });
        if by_id {
            return true;
        }
    }
    of_lineage().any(|row| {
        let took = |path| overlay::is_at(path, row);
        was_restored_from(job, row)
            || job
                .checkpoints
                .iter()
                .filter_map(|checkpoint| checkpoint.path.as_ref())
                .any(took)
    })
}

/// A job that runs and has operators of the snapshot: a lineage by what lies on disk can miss a restart. Ids that nobody
/// set are made from the program's shape; those made from a `uid` are shared by whoever uses the same word.
fn same_program(question: &Question<'_>) -> Option<Finding> {
    let facts = question.snapshot.facts.as_ref()?;
    let ids: BTreeSet<String> = facts
        .operators
        .iter()
        .map(|operator| operator.id.to_string())
        .collect();
    let known = |job: &Job| {
        let vertices = job.vertices.iter();
        vertices.filter(|vertex| ids.contains(&vertex.id)).count()
    };
    let (cluster, job) = all(question)
        .filter(|(cluster, job)| !job.state.is_over() && answers(cluster))
        .max_by_key(|(_, job)| known(job))?;
    let (known, tasks) = (known(job), job.vertices.len());
    let level = match known {
        0 => return None,
        known if known * 2 > tasks => Level::Blocker,
        _ => Level::Caution,
    };
    Some(Finding::new(
        level,
        TOPIC,
        format!(
            "Job {} ({}) is {} on {} and begins {known} of its {tasks} tasks with operators of this snapshot: it is the \
             same application after a restart, or another instance of the program. Two of one application would write \
             to the same sinks.",
            job.name, job.id, job.state, cluster.name
        ),
    ))
}
