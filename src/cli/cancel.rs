//! `stateward cancel`: the end of a job without a savepoint, after it was named twice.

use std::io::{self, BufRead as _, IsTerminal as _, Write};

use crate::action::operation::Request;
use crate::analysis::ending::Ending;
use crate::domain::cluster::Job;

use super::args::Cancel;
use super::report::{Outcome, Report, ReportKind};
use super::{connect, job, operate};

/// Says what goes with the job, wants it confirmed, and cancels it.
///
/// # Errors
/// When nothing may be changed, the job is not there, is over, or was not confirmed.
pub fn run(args: &Cancel, out: &mut dyn Write, err: &mut dyn Write) -> Result<Outcome, Report> {
    let flags = &args.operate;
    let permission = connect::permission_of(flags.write)?;
    let asking = io::stdin().is_terminal();
    if args.confirm.is_none() && !asking {
        return Err(Report::new(
            ReportKind::Usage,
            "cancelling a job takes no savepoint, and has to be confirmed",
        )
        .hint("name the job once more with --confirm, or use `stateward stop`"));
    }
    let (client, job) = job::choose(&flags.connect, Some(&args.job), err)?;
    if !job.state.is_over() {
        job::tell_consequence(&job, Ending::Cancelled, err)?;
    }
    let typed = match &args.confirm {
        Some(typed) => typed.clone(),
        None => ask(&job, err)?,
    };
    if typed != job.name && typed != job.id.to_string() {
        return Err(Report::new(
            ReportKind::Refused,
            format!(
                "that is not the name of job {} ({}); nothing was changed",
                job.name, job.id
            ),
        ));
    }
    let task = operate::Task {
        name: "cancel",
        job: Some(job.id),
        request: Request::Cancel { job: job.id },
        timeout: flags.timeout,
        json: flags.json,
    };
    operate::run(permission, &client, &task, out, err)
}

fn ask(job: &Job, err: &mut dyn Write) -> io::Result<String> {
    write!(err, "type the job's name to cancel it ({}): ", job.name)?;
    err.flush()?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
