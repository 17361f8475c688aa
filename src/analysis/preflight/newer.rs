//! Whether there is something newer to start from.

use std::collections::BTreeSet;

use super::{Finding, Level, Question};
use crate::analysis::order;
use crate::domain::id::OperatorId;
use crate::domain::snapshot::Snapshot;
use crate::domain::time;

/// Looks for newer restorable snapshots: of the lineage, and of others with the same operators. A lineage is what can be
/// proven; a restart can be missed by it.
pub(super) fn newer(question: &Question<'_>) -> Option<Finding> {
    const TOPIC: &str = "newer";
    let own = question.snapshot;
    own.completed_at?;
    let mut newer: Vec<&Snapshot> = question
        .rows
        .iter()
        .map(AsRef::as_ref)
        .filter(|row: &&Snapshot| row.is_restorable() && row.completed_at > own.completed_at)
        .collect();
    order::newest_first(&mut newer);
    let when = |row: &Snapshot| {
        row.completed_at.map_or_else(String::new, |at| {
            format!(", {}", time::ago(at, question.now))
        })
    };
    if let Some(row) = newer.iter().find(|row| row.lineage == own.lineage) {
        return Some(Finding::new(
            Level::Caution,
            TOPIC,
            format!(
                "{} of its lineage is newer{}: what its job did since is done once more.",
                row.name,
                when(row)
            ),
        ));
    }
    let operators = operators(own)?;
    let alike = newer
        .iter()
        .find(|row| self::operators(row).is_some_and(|it| it == operators));
    Some(match alike {
        Some(row) => Finding::new(
            Level::Caution,
            TOPIC,
            format!(
                "{} is newer{}, and has the same operators: it is of another instance of the program, or of this \
                 application after a restart that cannot be proven. Then start from that one.",
                row.location,
                when(row)
            ),
        ),
        None => Finding::new(
            Level::Pass,
            TOPIC,
            "Nothing newer in sight that can be restored has its operators.",
        ),
    })
}

fn operators(row: &Snapshot) -> Option<BTreeSet<OperatorId>> {
    let operators = &row.facts.as_ref()?.operators;
    Some(operators.iter().map(|operator| operator.id).collect())
}
