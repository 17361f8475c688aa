//! `stateward stop`: the end of a job with a savepoint.

use std::io::Write;

use crate::action::operation::Request;
use crate::analysis::ending::Ending;

use super::args::Stop;
use super::report::{Outcome, Report};
use super::{connect, job, operate};

/// Stops it, and prints where the savepoint lies.
///
/// # Errors
/// When nothing may be changed, the job is not there, or the savepoint fails.
pub fn run(args: &Stop, out: &mut dyn Write, err: &mut dyn Write) -> Result<Outcome, Report> {
    let flags = &args.operate;
    let permission = connect::permission(&flags.connect)?;
    let (client, job) = job::choose(&flags.connect, args.job.as_deref(), err)?;
    if !job.state.is_over() {
        job::tell_consequence(&job, Ending::Finished, err)?;
    }
    let task = operate::Task {
        name: "stop",
        job: Some(job.id),
        request: Request::Stop {
            job: job.id,
            drain: args.drain,
            format: args.savepoint.format.into(),
            directory: args.savepoint.directory.clone(),
        },
        timeout: flags.timeout,
        json: flags.json,
    };
    operate::run(permission, &client, &task, out, err)
}
