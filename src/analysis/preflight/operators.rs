//! Operators that the job to be started may have lost or gained. Its code is not known here: what can be compared are
//! newer snapshots of the lineage and the tasks of its last job.

use std::collections::BTreeSet;

use super::{Finding, Level, Question, list};
use crate::analysis::order;
use crate::domain::size;
use crate::domain::snapshot::{OperatorFacts, Snapshot};

const TOPIC: &str = "operators";

/// What to call an operator.
pub(super) fn name(operator: &OperatorFacts) -> String {
    operator
        .name
        .clone()
        .or_else(|| operator.uid.clone())
        .unwrap_or_else(|| operator.id.to_string())
}

/// Compares with the newest snapshot of the lineage that is newer than this one: what that lacks, the present job has
/// probably lost. An older one tells nothing of the kind.
pub(super) fn against_newer(question: &Question<'_>) -> Option<Finding> {
    let own = question.snapshot;
    let facts = own.facts.as_ref()?;
    let mut newer: Vec<&Snapshot> = question
        .rows
        .iter()
        .map(AsRef::as_ref)
        .filter(|row: &&Snapshot| row.lineage == own.lineage && row.location != own.location)
        .filter(|row| row.facts.is_some() && row.completed_at > own.completed_at)
        .collect();
    order::newest_first(&mut newer);
    let newest = *newer.first()?;
    let theirs = &newest.facts.as_ref()?.operators;
    let ids = |operators: &[OperatorFacts]| -> BTreeSet<_> {
        operators.iter().map(|operator| operator.id).collect()
    };
    let (here, there) = (ids(&facts.operators), ids(theirs));
    let lost: Vec<&OperatorFacts> = facts
        .operators
        .iter()
        .filter(|operator| !there.contains(&operator.id))
        .collect();
    let gained: Vec<String> = theirs
        .iter()
        .filter(|operator| !here.contains(&operator.id))
        .map(name)
        .collect();
    let matched = here.len() - lost.len();
    let start = if gained.is_empty() {
        String::new()
    } else {
        format!(" {} would start without state.", list(&gained))
    };
    if lost.is_empty() {
        let level = if gained.is_empty() {
            Level::Pass
        } else {
            Level::Caution
        };
        return Some(Finding::new(
            level,
            TOPIC,
            format!("{} has all {matched} of its operators.{start}", newest.name),
        ));
    }
    let bytes = lost
        .iter()
        .fold(0_u64, |sum, operator| sum.saturating_add(operator.state));
    let names: Vec<String> = lost.iter().map(|operator| name(operator)).collect();
    let outcome = if question.allow_non_restored {
        format!("Their {} of state would be dropped.", size::iec(bytes))
    } else {
        format!(
            "If the job has them no more, Flink refuses to start unless their {} of state may be dropped.",
            size::iec(bytes)
        )
    };
    Some(Finding::new(
        Level::Caution,
        TOPIC,
        format!(
            "{} is newer and has {matched} of its operators, but not {}. {outcome}{start}",
            newest.name,
            list(&names)
        ),
    ))
}

/// Compares with the tasks of the last job. REST names the first operator of each chain alone, so that an operator
/// which is not there may well be inside of one.
pub(super) fn against_job(question: &Question<'_>) -> Option<Finding> {
    let job = question.job.filter(|job| !job.vertices.is_empty())?;
    let facts = question.snapshot.facts.as_ref()?;
    let ids: BTreeSet<String> = facts
        .operators
        .iter()
        .map(|operator| operator.id.to_string())
        .collect();
    let unmatched: Vec<String> = job
        .vertices
        .iter()
        .filter(|vertex| !ids.contains(&vertex.id))
        .map(|vertex| vertex.name.clone())
        .collect();
    let total = job.vertices.len();
    let only = "Flink names only the first operator of each chain, so that the others could not be compared.";
    Some(if unmatched.is_empty() {
        Finding::new(
            Level::Pass,
            TOPIC,
            format!(
                "It knows the first operator of all {total} tasks of job {}. {only}",
                job.name
            ),
        )
    } else {
        let level = if unmatched.len() == total {
            Level::Caution
        } else {
            Level::Pass
        };
        Finding::new(
            level,
            TOPIC,
            format!(
                "It knows the first operator of {} of {total} tasks of job {}; those of {} are new or keep no state. {only}",
                total - unmatched.len(),
                job.name,
                list(&unmatched)
            ),
        )
    })
}

/// What leave to drop state puts at stake.
pub(super) fn dropped(question: &Question<'_>) -> Option<Finding> {
    if !question.allow_non_restored {
        return None;
    }
    let facts = question.snapshot.facts.as_ref()?;
    let bytes = facts
        .operators
        .iter()
        .fold(0_u64, |sum, operator| sum.saturating_add(operator.state));
    Some(Finding::new(
        Level::Caution,
        "dropped state",
        format!(
            "Operators that the job does not have lose their state without a word, out of {} in {} operators.",
            size::iec(bytes),
            facts.operators.len()
        ),
    ))
}
