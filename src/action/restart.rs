//! A new job from a snapshot, and the proof that it was restored.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::domain::cluster::{Checkpoint, CheckpointStatus, ClusterId, Job, JobState};
use crate::domain::id::JobId;
use crate::flink::client::Client;
use crate::flink::error::FlinkErrorKind;
use crate::flink::operate::{Program, Run, fresh_job};

use super::operation::{OperationError, OperationErrorKind, Outcome, Restart, Step};
use super::permission::Permission;
use super::refusal::{self, Release, is_same};
use super::restarts;
use super::wait::Wait;

/// So long `main` may take until the answer counts as lost. Asked again, Flink runs `main` again, but starts nothing
/// twice.
const MAIN: Duration = Duration::from_secs(60);

/// Starts a job, and watches it until Flink's own record says that it was restored from the snapshot and it has
/// completed a checkpoint since.
pub(super) fn restart(
    permission: Permission,
    wait: &mut Wait<'_>,
    asked: &Restart,
) -> Result<Outcome, OperationError> {
    let release = wait.need(Client::release)?;
    refusal::of_claim(release, asked.claim_mode)?;
    let jar = jar(wait, &asked.program)?;
    let came = start(wait, asked, jar.clone(), release).and_then(|job| {
        wait.tell(Step::Started(job));
        wait.now_under_way(format!("job {job}"));
        prove(wait, asked, job)
    });
    if let Ok(Outcome::Restarted {
        job, started_at, ..
    }) = &came
    {
        remember(permission, wait, asked, *job, *started_at);
    }
    let in_vain = |error: &OperationError| {
        use OperationErrorKind::{Failed, Refused};
        matches!(error.kind, Failed | Refused)
    };
    if matches!(asked.program, Program::File(_)) && came.as_ref().is_err_and(in_vain) {
        // It was there for this start alone. Left behind, it does no harm.
        let _ = wait.client.delete_jar(&jar);
    }
    came
}

/// The id of the program on the cluster.
fn jar(wait: &mut Wait<'_>, program: &Program) -> Result<String, OperationError> {
    match program {
        Program::File(file) => {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            wait.tell(Step::Uploading(
                crate::domain::text::scrub(&name).into_owned(),
            ));
            let limit = wait.left();
            wait.client
                .upload(file, limit)
                .map_err(|error| OperationError::of(&error))
        }
        Program::Jar(wanted) => {
            let jars = wait.need(Client::jars)?;
            let by_id = jars.iter().find(|jar| jar.id == *wanted);
            let found = by_id.or_else(|| jars.iter().find(|jar| jar.name == *wanted));
            found.map(|jar| jar.id.clone()).ok_or_else(|| {
                let names: Vec<&str> = jars.iter().map(|jar| jar.name.as_str()).collect();
                let message = format!("the cluster holds no jar `{wanted}`");
                OperationError::new(OperationErrorKind::Refused, message).hint(match names[..] {
                    [] => "it holds none; name a file to upload".to_owned(),
                    _ => format!("it holds {}", names.join(", ")),
                })
            })
        }
    }
}

/// Submits the job under an id of our own: a repeated request cannot start a second one.
fn start(
    wait: &mut Wait<'_>,
    asked: &Restart,
    jar: String,
    release: Release,
) -> Result<JobId, OperationError> {
    let run = Run {
        jar,
        job: fresh_job(),
        entry_class: asked.entry_class.clone(),
        arguments: asked.arguments.clone(),
        parallelism: asked.parallelism,
        snapshot: Some(asked.snapshot.clone()),
        claim_mode: asked.claim_mode,
        allow_non_restored: asked.allow_non_restored,
    };
    wait.now_under_way(format!("the start of job {}", run.job));
    let limit = MAIN.max(wait.client.connection().timeout).min(wait.left());
    let started = wait.send_knowing(true, |client, again| {
        match client.run(&run, release, limit) {
            // The first request came through, and only its answer was lost.
            Err(error) if again && is_duplicate(&error.kind) => Ok(run.job),
            answer => answer,
        }
    });
    started.map_err(|error| match wait.client.job(run.job) {
        // It was taken, and failed before it ran.
        Ok(job) if error.kind == OperationErrorKind::Failed => OperationError {
            message: format!(
                "{}; Flink lists job {} as {}",
                error.message, job.id, job.state
            ),
            hint: Some(format!("`stateward jobs {}` shows it", job.id)),
            ..error
        },
        _ => error,
    })
}

/// What keeps a job from running: what it died of last, or tasks that wait for a slot.
fn trouble(job: &Job) -> Option<String> {
    let waiting = job
        .vertices
        .iter()
        .filter(|it| it.state == "SCHEDULED")
        .count();
    match &job.failure {
        _ if job.state.is_over() => None,
        Some(failure) if waiting == 0 && job.state == JobState::Running => Some(format!(
            "the job failed and was restarted: {}",
            failure.cause
        )),
        Some(failure) => Some(format!("the job is {}: {}", job.state, failure.cause)),
        None if waiting > 0 => Some(format!(
            "{waiting} of its {} tasks wait for a slot",
            job.vertices.len()
        )),
        None => None,
    }
}

/// `DuplicateJobSubmissionException`: "Job has already been submitted."
fn is_duplicate(kind: &FlinkErrorKind) -> bool {
    matches!(kind, FlinkErrorKind::Refused { cause, .. }
        if cause.contains("already been submitted") || cause.contains("DuplicateJobSubmission"))
}

/// What a look at the new job says of its restore.
#[derive(Debug, PartialEq, Eq)]
enum Proof {
    /// Nothing yet.
    Open,
    /// It was restored from the snapshot.
    Restored,
    /// It was restored from something else, or runs without.
    Wrong(String),
}

fn proof(asked: &Restart, job: &Job, settled: bool) -> Proof {
    if let Some(restored) = &job.restored {
        return match &restored.path {
            Some(path) if is_same(path, &asked.snapshot) => Proof::Restored,
            Some(path) if job.counts.is_some_and(|it| it.restored > 1) => Proof::Wrong(format!(
                "it was restored more than once, last from {path}; of the first time Flink keeps no record"
            )),
            Some(path) => Proof::Wrong(format!("it was restored from {path} instead")),
            None if settled => {
                Proof::Wrong("Flink does not say what it was restored from".to_owned())
            }
            None => Proof::Open,
        };
    }
    match (job.state, job.counts) {
        (JobState::Running, Some(_)) if settled => {
            Proof::Wrong("it runs, but was restored from nothing".to_owned())
        }
        (JobState::Running, None) if settled => Proof::Wrong(
            "it runs, but takes no checkpoints at all, and then Flink restores nothing".to_owned(),
        ),
        _ => Proof::Open,
    }
}

/// The first checkpoint of the job's own that completed after the restore.
fn first_since(job: &Job) -> Option<&Checkpoint> {
    let restored = job.restored.as_ref()?;
    job.checkpoints
        .iter()
        .filter(|it| it.status == CheckpointStatus::Completed && !it.is_savepoint)
        .filter(|it| it.id > restored.id)
        .min_by_key(|it| it.id)
}

fn prove(wait: &mut Wait<'_>, asked: &Restart, id: JobId) -> Result<Outcome, OperationError> {
    let mut last = None;
    let mut running_since: Option<Instant> = None;
    let mut proven = false;
    let mut known = false;
    loop {
        let Some(job) = wait.job(id)? else {
            if known {
                let message = format!("the cluster no longer knows the new job {id}");
                return Err(OperationError::new(OperationErrorKind::Lost, message).hint(
                    "its JobManager was restarted; once `stateward jobs` shows no such job, start it again from the same \
                     snapshot",
                ));
            }
            wait.pause()?;
            continue;
        };
        known = true;
        if last != Some(job.state) {
            last = Some(job.state);
            wait.tell(Step::State(job.state.word().to_owned()));
        }
        wait.held_up_by(trouble(&job));
        if job.state == JobState::Running && running_since.is_none() {
            running_since = Some(wait.settled());
        }
        let settled = running_since.is_some_and(|until| Instant::now() >= until);
        if !proven {
            match proof(asked, &job, settled) {
                Proof::Open => {}
                Proof::Restored => {
                    proven = true;
                    wait.tell(Step::Restored(asked.snapshot.clone()));
                }
                Proof::Wrong(why) => return Err(failed(id, &why)),
            }
        }
        if proven {
            let takes_none = job
                .checkpointing
                .as_ref()
                .is_some_and(|it| it.interval.is_none());
            let first = first_since(&job);
            if first.is_some() || (takes_none && job.state == JobState::Running) {
                warn_of_twins(wait, asked, id);
                return Ok(Outcome::Restarted {
                    job: id,
                    started_at: job.started_at,
                    restored: asked.snapshot.clone(),
                    first_checkpoint: first.map(|it| it.id),
                    first_location: first.and_then(|it| it.path.clone()),
                });
            }
        }
        if job.state.is_over() {
            let why = job.failure.as_ref().map(|it| format!(": {}", it.cause));
            let after = if proven { "was restored, but " } else { "" };
            return Err(failed(
                id,
                &format!("it {after}is {}{}", job.state, why.unwrap_or_default()),
            ));
        }
        wait.pause()?;
    }
}

/// Notes the restart beside the snapshot, so that the job is known for its successor without the cluster.
fn remember(
    permission: Permission,
    wait: &mut Wait<'_>,
    asked: &Restart,
    job: JobId,
    started_at: Option<Timestamp>,
) {
    let Some(started_at) = started_at else {
        return;
    };
    let how = (&asked.snapshot, asked.claim_mode);
    if let Err(why) = restarts::note(permission, &asked.place, how, job, started_at) {
        wait.tell(Step::Trouble(format!("this restart is not noted: {why}")));
    }
}

/// Two people may restart the same snapshot at the same time, each before the other's job can be seen: said when it has
/// happened, since nobody could see it coming.
fn warn_of_twins(wait: &mut Wait<'_>, asked: &Restart, id: JobId) {
    let Ok(cluster) = wait.client.cluster(ClusterId(0), &Timestamp::now) else {
        return;
    };
    let from_same = |job: &Job| {
        let path = job.restored.as_ref().and_then(|it| it.path.as_ref());
        path.is_some_and(|path| is_same(path, &asked.snapshot))
    };
    let mut twins = cluster.jobs.iter().filter(|job| job.id != id);
    if let Some(twin) = twins.find(|job| !job.state.is_over() && from_same(job)) {
        wait.held_up_by(Some(format!(
            "job {} ({}) is {} too, from the same snapshot: two jobs write to the same sinks; cancel one",
            twin.name, twin.id, twin.state
        )));
    }
}

fn failed(id: JobId, why: &str) -> OperationError {
    OperationError::new(
        OperationErrorKind::Failed,
        format!("the new job {id} is not proven to go on from the snapshot: {why}"),
    )
    .hint(format!("`stateward jobs {id}` shows it"))
}
