//! Whether the cluster has room for the job.

use super::{Finding, Level, Question, jobs};

/// Whether the one cluster that was asked has slots enough. More may come where it starts TaskManagers by itself, so that
/// a lack is no more than a caution.
pub(super) fn slots(question: &Question<'_>) -> Option<Finding> {
    const TOPIC: &str = "slots";
    let [cluster] = question.clusters else {
        return None;
    };
    let slots = cluster.slots.filter(|_| jobs::answers(cluster))?;
    let before = || {
        let operators = &question.snapshot.facts.as_ref()?.operators;
        operators.iter().map(|operator| operator.parallelism).max()
    };
    let (needed, why) = match question.parallelism {
        Some(wanted) => (wanted, ""),
        None => (before()?, ", if it runs as wide as before"),
    };
    let has = format!(
        "{} has {} of {} slots free",
        cluster.name, slots.free, slots.total
    );
    Some(if slots.free >= needed {
        Finding::new(Level::Pass, TOPIC, format!("{has}."))
    } else {
        Finding::new(
            Level::Caution,
            TOPIC,
            format!(
                "{has}, and the job needs {needed}{why}: until more are there it waits, and fails in the end \
                 (slot.request.timeout)."
            ),
        )
    })
}
