//! `stateward stop`: the end of a job with a savepoint.

use std::io::{self, Write};

use crate::action::operation::Request;
use crate::analysis::ending::Ending;
use crate::domain::cluster::Job;
use crate::domain::history::identity;
use crate::domain::location::Location;
use crate::domain::mark::Mark;
use crate::inventory::marks;

use super::args::Stop;
use super::report::{Outcome, Report};
use super::{connect, job, operate};

/// Stops it, and prints where the savepoint lies.
///
/// # Errors
/// When nothing may be changed, the job is not there, or the savepoint fails.
pub fn run(args: &Stop, out: &mut dyn Write, err: &mut dyn Write) -> Result<Outcome, Report> {
    let flags = &args.operate;
    let permission = connect::permission_of(flags.write)?;
    let (client, job) = job::choose(&flags.connect, args.job.as_deref(), err)?;
    if !job.state.is_over() {
        job::tell_consequence(&job, Ending::Finished, err)?;
    }
    tell_marks(&job, args, err)?;
    if args.drain {
        writeln!(
            err,
            "stateward: note: with --drain event time ends and all windows fire: the savepoint is not for a job that goes on"
        )?;
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

/// Says which marks will keep `latest` from giving the savepoint of this stop.
fn tell_marks(job: &Job, args: &Stop, err: &mut dyn Write) -> io::Result<()> {
    let restored = job.restored.as_ref().and_then(|it| it.path.as_ref());
    let taken = job.checkpoints.iter().filter_map(|it| it.path.as_ref());
    let mut places: Vec<Location> = taken.chain(restored).cloned().collect();
    if let Some(directory) = &args.savepoint.directory {
        places.push(Location::parse(directory.as_bytes()).child(b"savepoint"));
    }
    let (marks, _) = marks::read(&[], &places);
    let is_of_job = |mark: &&Mark| {
        mark.jobs.contains(&job.id)
            || restored.is_some_and(|path| identity(path) == identity(&mark.restore_path))
    };
    if let Some(mark) = marks.iter().find(is_of_job) {
        writeln!(
            err,
            "stateward: note: {} is marked for restart; `latest` gives that one, and not the savepoint of this stop, until \
             it is unmarked",
            mark.snapshot.shown()
        )?;
    }
    Ok(())
}
