//! The end of a job without a savepoint.

use crate::domain::id::JobId;

use super::operation::{OperationError, OperationErrorKind, Outcome, Step};
use super::refusal;
use super::wait::Wait;

/// Cancels a job and waits until it is over.
pub(super) fn cancel(wait: &mut Wait<'_>, id: JobId) -> Result<Outcome, OperationError> {
    let before = wait.need(|client| client.job(id))?;
    // Flink says yes for a job that is over, too.
    refusal::of_ended(&before)?;
    wait.now_under_way(format!("the end of job {} ({id})", before.name));
    wait.send(true, |client| client.cancel(id))?;
    let mut last = before.state;
    loop {
        let Some(job) = wait.job(id)? else {
            return Err(OperationError::new(
                OperationErrorKind::Lost,
                format!(
                    "Flink took the request, and no longer knows job {} ({id})",
                    before.name
                ),
            ));
        };
        if job.state != last {
            last = job.state;
            wait.tell(Step::State(last.word().to_owned()));
        }
        if job.state.is_over() {
            return Ok(Outcome::Ended {
                state: job.state.word().to_owned(),
            });
        }
        wait.pause()?;
    }
}
