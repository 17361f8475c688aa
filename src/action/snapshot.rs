//! Savepoints and checkpoints on request, and stops with one: from the request to where it lies.

use std::time::Instant;

use crate::domain::cluster::{Checkpoint, CheckpointStatus, Job, JobState};
use crate::domain::id::{CheckpointId, JobId};
use crate::domain::location::Location;
use crate::flink::client::Client;
use crate::flink::error::{FlinkError, FlinkErrorKind};
use crate::flink::operate::{CheckpointType, Operation, SavepointFormat, TriggerId};

use super::operation::{OperationError, OperationErrorKind, Outcome, Step};
use super::refusal::{self, Release, is_same};
use super::wait::Wait;

/// What was asked for, and how to recognise it later.
struct Asked {
    /// `savepoint of fraud`.
    what: String,
    job: Job,
    trigger: TriggerId,
    is_savepoint: bool,
    /// Whether the job is to finish after it.
    ends: bool,
    directory: Option<Location>,
}

impl Asked {
    /// Whether a checkpoint is younger than the request. By its number: clocks may differ.
    fn is_since(&self, it: &Checkpoint) -> bool {
        let last = self.job.checkpoints.iter().map(|it| it.id).max();
        it.is_savepoint == self.is_savepoint && last.is_none_or(|last| it.id > last)
    }

    fn failed(&self, why: &str) -> OperationError {
        OperationError::new(
            OperationErrorKind::Failed,
            format!("the {} failed: {why}", self.what),
        )
    }
}

/// A savepoint; the job goes on.
pub(super) fn savepoint(
    wait: &mut Wait<'_>,
    id: JobId,
    format: SavepointFormat,
    directory: Option<&str>,
) -> Result<Outcome, OperationError> {
    let wanted = Wanted {
        what: "savepoint",
        ends: false,
        format,
        directory,
    };
    let (_, location) = taken(wait, id, &wanted, |client, trigger| {
        client.trigger_savepoint(id, format, directory, trigger)
    })?;
    place(wait, id, Some(location), None)
}

/// A savepoint after which the job finishes.
pub(super) fn stop(
    wait: &mut Wait<'_>,
    id: JobId,
    drain: bool,
    format: SavepointFormat,
    directory: Option<&str>,
) -> Result<Outcome, OperationError> {
    let wanted = Wanted {
        what: "stop with a savepoint",
        ends: true,
        format,
        directory,
    };
    let (asked, location) = taken(wait, id, &wanted, |client, trigger| {
        client.stop_with_savepoint(id, drain, format, directory, trigger)
    })?;
    wait.now_under_way(format!(
        "the savepoint is complete in {location}, and the end of job {} ({id})",
        asked.job.name
    ));
    ended(wait, &asked, &location)?;
    place(wait, id, Some(location), None)
}

/// A savepoint that is wanted, alone or with the end of its job.
struct Wanted<'a> {
    what: &'static str,
    ends: bool,
    format: SavepointFormat,
    directory: Option<&'a str>,
}

/// Asks for a savepoint, and follows it until it lies somewhere.
fn taken(
    wait: &mut Wait<'_>,
    id: JobId,
    wanted: &Wanted<'_>,
    request: impl Fn(&Client, &TriggerId) -> Result<TriggerId, FlinkError>,
) -> Result<(Asked, Location), OperationError> {
    let (release, job) = look(wait, id)?;
    refusal::of_savepoint(release, &job, wanted.format)?;
    refusal::of_directory(wanted.directory)?;
    let mut asked = Asked {
        what: format!("{} of job {} ({id})", wanted.what, job.name),
        job,
        trigger: TriggerId::fresh(),
        is_savepoint: true,
        ends: wanted.ends,
        directory: wanted.directory.map(|it| Location::parse(it.as_bytes())),
    };
    send(wait, release, &mut asked, request)?;
    let location = follow(
        wait,
        &asked,
        |client| client.savepoint_progress(id, &asked.trigger),
        |it| it.path.clone(),
    )?;
    Ok((asked, location))
}

/// A checkpoint, now.
pub(super) fn checkpoint(
    wait: &mut Wait<'_>,
    id: JobId,
    what: CheckpointType,
) -> Result<Outcome, OperationError> {
    let (release, job) = look(wait, id)?;
    refusal::of_checkpoint(release, &job, what)?;
    let mut asked = Asked {
        what: format!("checkpoint of job {} ({id})", job.name),
        job,
        trigger: TriggerId::fresh(),
        is_savepoint: false,
        ends: false,
        directory: None,
    };
    send(wait, release, &mut asked, |client, trigger| {
        client.trigger_checkpoint(id, what, trigger)
    })?;
    let number = follow(
        wait,
        &asked,
        |client| client.checkpoint_progress(id, &asked.trigger),
        // One of the job's own, which it takes anyway, is none that was asked for.
        |_| None,
    )?;
    place(wait, id, None, Some(number))
}

fn look(wait: &mut Wait<'_>, id: JobId) -> Result<(Release, Job), OperationError> {
    let release = wait.need(Client::release)?;
    let job = wait.need(|client| client.job(id))?;
    Ok((release, job))
}

/// Sends the request. Since 1.15 Flink takes our id, and sees by it that a repeated request is the same.
fn send(
    wait: &mut Wait<'_>,
    release: Release,
    asked: &mut Asked,
    request: impl Fn(&Client, &TriggerId) -> Result<TriggerId, FlinkError>,
) -> Result<(), OperationError> {
    let repeatable = release.is_some_and(|release| release >= (1, 15));
    wait.now_under_way(format!("the {}", asked.what));
    let trigger = wait.send(repeatable, |client| request(client, &asked.trigger))?;
    wait.tell(Step::Accepted(trigger.0.clone()));
    asked.trigger = trigger;
    Ok(())
}

/// Asks how far it is until it is done. `found` makes a result of what the job's history says, for a cluster that has
/// forgotten the request.
fn follow<T>(
    wait: &mut Wait<'_>,
    asked: &Asked,
    progress: impl Fn(&Client) -> Result<Operation<T>, FlinkError>,
    found: impl Fn(&Checkpoint) -> Option<T>,
) -> Result<T, OperationError> {
    let mut acknowledged = None;
    let mut dead: Option<String> = None;
    loop {
        match wait.ask(&progress)? {
            Ok(Operation::Completed(result)) => return Ok(result),
            Ok(Operation::Failed(why)) => {
                let failed = asked.failed(&reason(wait, asked, why)?);
                return Err(failed.hint(aftermath(wait, asked)));
            }
            Ok(Operation::InProgress) => {
                // It died, and Flink was asked once more since.
                if let Some(why) = &dead {
                    return Err(asked.failed(why).hint(aftermath(wait, asked)));
                }
                if let Some(job) = wait.job(asked.job.id)? {
                    tell_progress(wait, asked, &job, &mut acknowledged);
                    dead = death(asked, &job);
                }
            }
            Err(error) if matches!(error.kind, FlinkErrorKind::NotFound(_)) => {
                return forgotten(wait, asked, found);
            }
            Err(error) => return Err(OperationError::of(&error)),
        }
        wait.pause()?;
    }
}

fn tell_progress(
    wait: &mut Wait<'_>,
    asked: &Asked,
    job: &Job,
    last: &mut Option<(CheckpointId, u64)>,
) {
    let Some(it) = job.pending().find(|it| asked.is_since(it)) else {
        return;
    };
    if *last != Some((it.id, it.acknowledged)) {
        *last = Some((it.id, it.acknowledged));
        wait.tell(Step::Acknowledged {
            id: it.id,
            acknowledged: it.acknowledged,
            subtasks: it.subtasks,
        });
    }
}

/// What Flink says of a snapshot that ended because its job did (`CheckpointFailureReason`): that tells nothing of why.
const ENDED_WITH_ITS_JOB: [&str; 5] = [
    "coordinator is suspending",
    "coordinator shutdown",
    "job has failed",
    "task has failed",
    "failoverregion is restarting",
];

/// Why it failed: where Flink only says that the job did, what the job died of.
fn reason(wait: &mut Wait<'_>, asked: &Asked, why: String) -> Result<String, OperationError> {
    let words = why.to_lowercase();
    if !ENDED_WITH_ITS_JOB.iter().any(|it| words.contains(it)) {
        return Ok(why);
    }
    let settled = wait.settled();
    loop {
        if let Some(job) = wait.job(asked.job.id)? {
            let new = job
                .failure
                .as_ref()
                .filter(|_| job.failure != asked.job.failure);
            if let Some(failure) = new {
                return Ok(format!("the job failed: {}", failure.cause));
            }
            if let Some(why) = death(asked, &job) {
                return Ok(why);
            }
        }
        if Instant::now() >= settled {
            return Ok(why);
        }
        wait.pause()?;
    }
}

/// What became of the job whose snapshot failed.
fn aftermath(wait: &Wait<'_>, asked: &Asked) -> String {
    let id = asked.job.id;
    match wait.client.job(id) {
        Ok(job) if !job.state.is_over() => {
            format!("the job is {}; `stateward jobs {id}` shows it", job.state)
        }
        _ => format!("`stateward jobs {id}` shows what became of it"),
    }
}

/// Why nothing can come of it any more: the job is over, in a way that was not asked for.
fn death(asked: &Asked, job: &Job) -> Option<String> {
    if !job.state.is_over() || (asked.ends && job.state == JobState::Finished) {
        return None;
    }
    let why = job.failure.as_ref().map(|it| format!(": {}", it.cause));
    Some(format!(
        "the job is {}{}",
        job.state,
        why.unwrap_or_default()
    ))
}

/// A JobManager that was restarted has forgotten the request, but may know what came of it.
fn forgotten<T>(
    wait: &mut Wait<'_>,
    asked: &Asked,
    found: impl Fn(&Checkpoint) -> Option<T>,
) -> Result<T, OperationError> {
    let settled = wait.settled();
    loop {
        let job = wait.job(asked.job.id)?;
        let fitting = |it: &&Checkpoint| {
            let within = |directory: &Location| {
                it.path
                    .as_ref()
                    .is_some_and(|path| path.is_within(directory))
            };
            it.status == CheckpointStatus::Completed
                && asked.is_since(it)
                && asked.directory.as_ref().is_none_or(within)
        };
        if let Some(result) = job
            .iter()
            .flat_map(|job| &job.checkpoints)
            .find(fitting)
            .and_then(&found)
        {
            return Ok(result);
        }
        if Instant::now() >= settled {
            return Err(OperationError::new(
                OperationErrorKind::Lost,
                format!(
                    "the cluster no longer knows of the {}: its JobManager was restarted; what came of it is not known",
                    asked.what
                ),
            )
            .hint("look for a new snapshot in its directory before asking again"));
        }
        wait.pause()?;
    }
}

/// Waits until a stopped job is over. A cluster of that job alone may end with it.
fn ended(wait: &mut Wait<'_>, asked: &Asked, savepoint: &Location) -> Result<(), OperationError> {
    let mut last = asked.job.state;
    let mut gone_since = None;
    loop {
        let client = wait.client;
        match client.job(asked.job.id) {
            Ok(job) => {
                gone_since = None;
                if job.state != last {
                    last = job.state;
                    wait.tell(Step::State(last.word().to_owned()));
                }
                match job.state {
                    JobState::Finished => return Ok(()),
                    state if state.is_over() => {
                        let why = job.failure.map(|it| format!(": {}", it.cause));
                        return Err(asked.failed(&format!(
                            "the savepoint is complete in {savepoint}, but the job is {state}{}",
                            why.unwrap_or_default()
                        )));
                    }
                    _ => {}
                }
            }
            Err(error) => {
                let known = matches!(error.kind, FlinkErrorKind::NotFound(_));
                if !known && !error.is_passing() {
                    return Err(OperationError::of(&error));
                }
                wait.tell(Step::Unanswered(error.to_string()));
                let settled = wait.settled();
                if Instant::now() >= *gone_since.get_or_insert(settled) {
                    return Ok(());
                }
            }
        }
        wait.pause()?;
    }
}

/// Looks up what Flink does not say at once: the number of a savepoint, the path of a checkpoint.
fn place(
    wait: &mut Wait<'_>,
    id: JobId,
    location: Option<Location>,
    number: Option<CheckpointId>,
) -> Result<Outcome, OperationError> {
    let settled = wait.settled();
    loop {
        // The snapshot is there: nothing that goes wrong now may hide it.
        if let Ok(job) = wait.client.job(id) {
            let fitting = |it: &&Checkpoint| match (&location, number) {
                (Some(location), _) => it.path.as_ref().is_some_and(|path| is_same(path, location)),
                (None, number) => Some(it.id) == number && it.status == CheckpointStatus::Completed,
            };
            if let Some(it) = job.checkpoints.iter().find(fitting) {
                return Ok(Outcome::Snapshot {
                    id: Some(it.id),
                    location: location.or_else(|| it.path.clone()),
                });
            }
        }
        if Instant::now() >= settled || wait.pause().is_err() {
            return Ok(Outcome::Snapshot {
                id: number,
                location,
            });
        }
    }
}
