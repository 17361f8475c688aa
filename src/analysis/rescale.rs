//! At which parallelisms a snapshot can be restored.

use crate::domain::snapshot::RescaleRange;
use crate::metadata::model::OperatorState;

/// The range for the job as a whole: Flink refuses a parallelism above the stored maximum parallelism of an operator,
/// with or without keyed state (`org.apache.flink.runtime.checkpoint.Checkpoints#loadAndValidateCheckpoint`).
///
/// Operators that run as a single subtask by their nature (parallelism and maximum parallelism 1, such as a source
/// that cannot be split) are left out, since a job's parallelism does not change theirs.
pub fn range(operators: &[OperatorState<'_>]) -> RescaleRange {
    let scalable = operators
        .iter()
        .filter(|operator| !is_single_by_nature(operator));
    let max = scalable.map(|operator| operator.max_parallelism).min();
    RescaleRange {
        min: 1,
        max: max.unwrap_or(1),
    }
}

/// Whether an operator can never have more than one subtask.
pub fn is_single_by_nature(operator: &OperatorState<'_>) -> bool {
    operator.parallelism == 1 && operator.max_parallelism == 1
}
