//! What the commands that change something on a cluster share: progress on standard error, the result on standard
//! output, and an end by a signal.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::action::operation::{self, Outcome as Came, Request, Step};
use crate::action::permission::Permission;
use crate::analysis::document::SCHEMA;
use crate::domain::id::JobId;
use crate::domain::location::Location;
use crate::flink::client::Client;

use super::interruption::interruption;
use super::output;
use super::report::{Outcome, Report, ReportKind};

/// What to do, and how to tell of it.
pub struct Task<'a> {
    /// What to call it: `savepoint`, `stop`.
    pub name: &'a str,
    /// The job it is about, where there is one yet.
    pub job: Option<JobId>,
    /// What is asked for.
    pub request: Request,
    /// How long to wait.
    pub timeout: Duration,
    /// Whether to print JSON.
    pub json: bool,
}

/// Carries out a request and prints what came of it.
///
/// # Errors
/// When it was refused or failed.
pub fn run(
    permission: Permission,
    client: &Client,
    task: &Task<'_>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome, Report> {
    let interrupted = interruption()?;
    let started = Instant::now();
    let mut steps = Vec::new();
    let came = operation::run(
        permission,
        client,
        &task.request,
        task.timeout,
        &interrupted,
        &mut |step| {
            let said = sentence(&step);
            if steps.last() != Some(&said) {
                // A closed standard error is no reason to leave something half done.
                let _ = writeln!(err, "stateward: {said}");
                steps.push(said);
            }
        },
    )?;
    if let Came::Snapshot { location: None, id } = came {
        // What was asked for is there, but nothing that a script could go on with.
        let number = id.map_or_else(String::new, |id| format!(" {id}"));
        return Err(Report::new(
            ReportKind::Remote,
            format!("snapshot{number} is complete, but Flink does not say where it lies"),
        )
        .hint("`stateward jobs JOB` lists the job's checkpoints"));
    }
    if let Came::Restarted {
        first_checkpoint, ..
    } = &came
    {
        let proof = match first_checkpoint {
            Some(id) => format!("checkpoint {id} has completed since: it goes on from there"),
            None => "it takes no checkpoints by itself; it runs".to_owned(),
        };
        writeln!(err, "stateward: {proof}")?;
        steps.push(proof);
    }
    if task.json {
        output::json(out, &document(task, &came, started.elapsed(), &steps))?;
    } else {
        plain(out, &came)?;
    }
    Ok(Outcome::Done)
}

/// The result alone, safe to paste.
fn plain(out: &mut dyn Write, came: &Came) -> io::Result<()> {
    match came {
        Came::Snapshot { location, .. } => {
            let Some(location) = location else {
                return Ok(());
            };
            out.write_all(location.as_bytes())?;
            out.write_all(b"\n")
        }
        Came::Ended { state } => writeln!(out, "{state}"),
        Came::Restarted { job, .. } => writeln!(out, "{job}"),
    }
}

fn document(task: &Task<'_>, came: &Came, took: Duration, steps: &[String]) -> Value {
    let mut value = json!({
        "schema": SCHEMA,
        "operation": task.name,
        "job": task.job.map(|job| job.to_string()),
    });
    let text = |location: &Option<Location>| location.as_ref().map(Location::to_text);
    match came {
        Came::Snapshot { id, location } => {
            value["snapshot"] = json!(text(location));
            value["checkpoint_id"] = json!(id);
        }
        Came::Ended { state } => value["state"] = json!(state),
        Came::Restarted {
            job,
            restored,
            first_checkpoint,
            first_location,
            ..
        } => {
            value["job"] = json!(job.to_string());
            value["restored"] = json!(restored.to_text());
            value["checkpoint_id"] = json!(first_checkpoint);
            value["snapshot"] = json!(text(first_location));
        }
    }
    value["duration_ms"] = json!(took.as_millis() as u64);
    value["steps"] = json!(steps);
    value
}

fn sentence(step: &Step) -> String {
    match step {
        Step::Uploading(name) => format!("uploading {name}"),
        Step::Accepted(id) => format!("Flink took the request ({id})"),
        Step::Acknowledged {
            id,
            acknowledged,
            subtasks,
        } => format!("snapshot {id}: {acknowledged} of {subtasks} subtasks have acknowledged"),
        Step::Unanswered(why) => format!("{why}; asking again"),
        Step::Started(job) => format!("job {job} was submitted"),
        Step::State(state) => format!("the job is {state}"),
        Step::Trouble(what) => what.clone(),
        Step::Restored(from) => format!(
            "Flink's record says that it was restored from {from}; waiting for its first checkpoint"
        ),
    }
}
