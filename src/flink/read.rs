//! What a cluster says of itself and its jobs, as plain data.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::config::options::{Meaning, lookup};
use crate::domain::cluster::{
    Checkpoint, CheckpointSettings, CheckpointStatus, Checkpointing, Cluster, ClusterId, Contact,
    Counts, Failure, Job, JobState, Restored, Retention, Slots, TaskProgress, Vertex, release,
};
use crate::domain::id::JobId;
use crate::domain::location::Location;
use crate::domain::text::scrub;

use super::client::Client;
use super::error::{FlinkError, FlinkErrorKind};
use super::{cause, poll, wire};

/// Flink's way to say "never" (`Long.MAX_VALUE`, in milliseconds).
const NEVER: i64 = i64::MAX;
/// Flink's answers are at most a little older than this (`web.refresh-interval`, 3 s unless set).
const CACHED: SignedDuration = SignedDuration::from_secs(10);

impl Client {
    /// Everything that the cluster says of itself and its jobs: those that run first, then the newest. `clock` is read
    /// when the last answer is there.
    ///
    /// # Errors
    /// When it does not answer, or is no Flink. What cannot be read of a single job is left out of that job.
    pub fn cluster(
        &self,
        id: ClusterId,
        clock: &dyn Fn() -> Timestamp,
    ) -> Result<Cluster, FlinkError> {
        self.look_again(&poll::not_yet(id, self.connection()), clock)
    }

    /// The same, without asking again for what cannot have changed since `before`: jobs that are over, and the
    /// cluster's configuration.
    ///
    /// # Errors
    /// As [`Client::cluster`].
    pub fn look_again(
        &self,
        before: &Cluster,
        clock: &dyn Fn() -> Timestamp,
    ) -> Result<Cluster, FlinkError> {
        let dashboard: wire::Dashboard = self.get("/config", "ask for the release")?;
        let overview: wire::Overview = self.get("/jobs/overview", "list the jobs")?;
        let mut jobs = Vec::new();
        for entry in overview.jobs {
            let headline = serde_json::from_value::<wire::Headline>(entry);
            let Some((id, headline)) = headline
                .ok()
                .and_then(|it| Some((JobId::from_hex(it.jid.as_bytes()).ok()?, it)))
            else {
                continue;
            };
            let state = JobState::of(&headline.state);
            if let Some(known) = before.job(id).filter(|it| settled(it, state, before)) {
                jobs.push(known.clone());
                continue;
            }
            match self.job(id) {
                Ok(job) => jobs.push(Arc::new(job)),
                // It may have gone since the list was made; one that ran a moment ago is not given up for that.
                Err(error)
                    if matches!(error.kind, FlinkErrorKind::NotFound(_)) && state.is_over() => {}
                Err(error) if error.is_passing() => return Err(error),
                Err(_) => jobs.push(Arc::new(of_headline(id, &headline))),
            }
        }
        jobs.sort_by_key(|job| (job.state.is_over(), std::cmp::Reverse(job.started_at)));
        let settings = match &before.settings {
            Some(known) if matches!(before.contact, Contact::Answering { .. }) => {
                Some(known.clone())
            }
            _ => self.settings()?,
        };
        let slots: Option<wire::ClusterOverview> =
            optional(self.get("/overview", "look at the slots"))?;
        Ok(Cluster {
            slots: slots.map(|it| Slots {
                total: it.total,
                free: it.available,
            }),
            contact: Contact::Answering { at: clock() },
            version: Some(scrub(&dashboard.version).into_owned()),
            jobs,
            settings,
            ..before.clone()
        })
    }

    /// What the JobManager's configuration says of checkpoints; none where it does not tell.
    fn settings(&self) -> Result<Option<CheckpointSettings>, FlinkError> {
        let entries: Option<Vec<wire::Entry>> =
            optional(self.get("/jobmanager/config", "look at the configuration"))?;
        let options = |entries: Vec<wire::Entry>| -> BTreeMap<String, String> {
            entries.into_iter().map(|it| (it.key, it.value)).collect()
        };
        Ok(entries.map(options).map(|options| settings(&options)))
    }

    /// The cluster's release as numbers, `(2, 3)`; none when it has another form.
    ///
    /// # Errors
    /// When it does not answer, or is no Flink.
    pub fn release(&self) -> Result<Option<(u32, u32)>, FlinkError> {
        let dashboard: wire::Dashboard = self.get("/config", "ask for the release")?;
        Ok(release(&dashboard.version))
    }

    /// A job with its tasks, its checkpoints and why it failed last.
    ///
    /// # Errors
    /// When Flink does not answer, or does not know the job. What an older release cannot tell is left out.
    pub fn job(&self, id: JobId) -> Result<Job, FlinkError> {
        let details: wire::Details = self.get(&format!("/jobs/{id}"), "look at a job")?;
        let mut job = of_headline(id, &details.headline);
        job.state_since = moment(details.timestamps.get(job.state.word()).copied());
        job.vertices = details.vertices.iter().map(vertex).collect();
        // Some jobs take no checkpoints, and say so with 404. What is then not known is not taken for zero.
        if let Some(statistics) = optional(
            self.get::<wire::Statistics>(&format!("/jobs/{id}/checkpoints"), "look at checkpoints"),
        )? {
            job.counts = Some(counts(&statistics.counts));
            let wire::Latest {
                completed,
                savepoint,
                restored: from,
            } = statistics.latest;
            job.restored = from.as_ref().map(restored);
            job.checkpoints = statistics.history.into_iter().map(checkpoint).collect();
            // What others have pushed out of the history may still be what the job goes back to.
            for latest in completed.into_iter().chain(savepoint) {
                if job.checkpoints.iter().all(|it| it.id != latest.id) {
                    job.checkpoints.push(checkpoint(latest));
                }
            }
            job.checkpoints.sort_by_key(|it| std::cmp::Reverse(it.id));
            self.acknowledgements(id, &mut job.checkpoints)?;
        }
        let path = format!("/jobs/{id}/checkpoints/config");
        let config: Option<wire::CheckpointConfig> =
            optional(self.get(&path, "look at the configuration of checkpoints"))?;
        job.checkpointing = config.as_ref().map(checkpointing);
        let path = format!("/jobs/{id}/exceptions");
        let exceptions: Option<wire::Exceptions> = optional(self.get(&path, "look at exceptions"))?;
        job.failure = exceptions.and_then(failure);
        let path = format!("/jobs/{id}/metrics?get=numRestarts");
        let metrics: Option<Vec<wire::Metric>> = optional(self.get(&path, "look at a metric"))?;
        job.restarts = metrics.iter().flatten().find_map(|metric| {
            let value = metric
                .value
                .as_deref()
                .filter(|_| metric.id == "numRestarts")?;
            value.parse().ok()
        });
        Ok(job)
    }

    /// Looks at each checkpoint under way by itself: the list does not tell who has acknowledged.
    fn acknowledgements(&self, job: JobId, all: &mut [Checkpoint]) -> Result<(), FlinkError> {
        let pending = |it: &&mut Checkpoint| it.status == CheckpointStatus::InProgress;
        for known in all.iter_mut().filter(pending) {
            let path = format!("/jobs/{job}/checkpoints/details/{}", known.id);
            if let Some(details) = optional(self.get(&path, "look at a checkpoint"))? {
                *known = checkpoint(details);
            }
        }
        Ok(())
    }
}

/// What this release or job does not have is no failure; no answer is.
fn optional<T>(answer: Result<T, FlinkError>) -> Result<Option<T>, FlinkError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) => match error.kind {
            FlinkErrorKind::NotFound(_) | FlinkErrorKind::NotFlink(_) => Ok(None),
            FlinkErrorKind::Refused { .. } if !error.is_passing() => Ok(None),
            _ => Err(error),
        },
    }
}

/// Whether a job that was read before needs no look any more: it was over then, and had been for longer than Flink's own
/// cache of answers lasts.
fn settled(known: &Job, state: JobState, before: &Cluster) -> bool {
    let ended_long_before = known
        .ended_at
        .zip(before.contact.answered_at())
        .is_some_and(|(ended, read)| read.duration_since(ended) > CACHED);
    state == known.state && state.is_over() && ended_long_before
}

fn settings(options: &BTreeMap<String, String>) -> CheckpointSettings {
    let place = |meaning| lookup(options, meaning).map(|value| Location::parse(value.as_bytes()));
    CheckpointSettings {
        checkpoint_directory: place(Meaning::CheckpointDirectory),
        savepoint_directory: place(Meaning::SavepointDirectory),
        retained: lookup(options, Meaning::Retained).and_then(|it| it.parse().ok()),
        incremental: lookup(options, Meaning::Incremental).and_then(|it| it.parse().ok()),
        create_subdirectory: lookup(options, Meaning::CreateSubdirectory)
            .and_then(|it| it.parse().ok()),
    }
}

/// Milliseconds since 1970; Flink says 0 or -1 for what has not happened.
fn moment(milliseconds: Option<i64>) -> Option<Timestamp> {
    let milliseconds = milliseconds.filter(|it| *it > 0 && *it != NEVER)?;
    Timestamp::from_millisecond(milliseconds).ok()
}

/// Milliseconds; what is zero, negative or for ever has no length.
fn span(milliseconds: Option<i64>) -> Option<SignedDuration> {
    let milliseconds = milliseconds.filter(|it| *it > 0 && *it != NEVER)?;
    Some(SignedDuration::from_millis(milliseconds))
}

fn bytes(count: Option<i64>) -> Option<u64> {
    count.and_then(|count| u64::try_from(count).ok())
}

fn safe(text: &str) -> String {
    scrub(text).into_owned()
}

fn of_headline(id: JobId, headline: &wire::Headline) -> Job {
    Job {
        id,
        name: safe(&headline.name),
        state: JobState::of(&headline.state),
        state_since: None,
        started_at: moment(Some(headline.start)),
        ended_at: moment(Some(headline.end)),
        restarts: None,
        vertices: Vec::new(),
        checkpointing: None,
        counts: None,
        checkpoints: Vec::new(),
        restored: None,
        failure: None,
    }
}

fn vertex(vertex: &wire::Vertex) -> Vertex {
    Vertex {
        id: safe(&vertex.id),
        name: safe(&vertex.name),
        parallelism: vertex.parallelism,
        max_parallelism: vertex.max_parallelism,
        state: safe(&vertex.status),
    }
}

fn counts(counts: &wire::Counts) -> Counts {
    Counts {
        total: counts.total,
        in_progress: counts.in_progress,
        completed: counts.completed,
        failed: counts.failed,
        restored: counts.restored,
    }
}

/// Flink writes `<checkpoint-not-externally-addressable>` where there is no path.
fn place(path: Option<&String>) -> Option<Location> {
    path.filter(|path| !path.starts_with('<'))
        .map(|path| Location::parse(path.as_bytes()))
}

fn restored(restored: &wire::Restored) -> Restored {
    Restored {
        id: restored.id,
        at: moment(restored.restore_timestamp),
        is_savepoint: restored.is_savepoint,
        path: place(restored.external_path.as_ref()),
    }
}

fn checkpoint(it: wire::Checkpoint) -> Checkpoint {
    let status = match it.status.as_str() {
        "COMPLETED" => CheckpointStatus::Completed,
        "IN_PROGRESS" => CheckpointStatus::InProgress,
        _ => CheckpointStatus::Failed,
    };
    let failed = status == CheckpointStatus::Failed;
    Checkpoint {
        id: it.id,
        status,
        is_savepoint: it.is_savepoint,
        savepoint_format: it.savepoint_format.as_deref().map(safe),
        unaligned: it.sort.as_deref() == Some("UNALIGNED_CHECKPOINT"),
        triggered_at: moment(it.trigger_timestamp),
        acknowledged_at: moment(it.latest_ack_timestamp),
        duration: it
            .end_to_end_duration
            .filter(|it| *it >= 0)
            .map(SignedDuration::from_millis),
        checkpointed: bytes(it.checkpointed_size),
        state: bytes(it.state_size),
        subtasks: it.num_subtasks,
        acknowledged: it.num_acknowledged_subtasks,
        path: place(it.external_path.as_ref()),
        discarded: it.discarded,
        failure: failed.then(|| Failure {
            at: moment(it.failure_timestamp),
            cause: it
                .failure_message
                .as_deref()
                .map_or_else(|| "Flink does not say why".to_owned(), cause::root),
        }),
        tasks: it
            .tasks
            .into_iter()
            .map(|(vertex, task)| TaskProgress {
                vertex: safe(&vertex),
                subtasks: task.num_subtasks,
                acknowledged: task.num_acknowledged_subtasks,
                acknowledged_at: moment(task.latest_ack_timestamp),
                checkpointed: bytes(task.checkpointed_size),
            })
            .collect(),
    }
}

fn checkpointing(it: &wire::CheckpointConfig) -> Checkpointing {
    Checkpointing {
        mode: safe(&it.mode),
        interval: span(it.interval),
        timeout: span(it.timeout),
        min_pause: span(it.min_pause),
        max_concurrent: it.max_concurrent,
        retention: match (
            it.externalization.enabled,
            it.externalization.delete_on_cancellation,
        ) {
            (false, _) => Retention::NoExternalizedCheckpoints,
            (true, true) => Retention::DeleteOnCancellation,
            (true, false) => Retention::RetainOnCancellation,
        },
        state_backend: it.state_backend.as_deref().map(safe),
        storage: it.checkpoint_storage.as_deref().map(safe),
        unaligned: it.unaligned_checkpoints,
        aligned_timeout: span(it.aligned_checkpoint_timeout),
        tolerable_failures: bytes(it.tolerable_failed_checkpoints),
        after_tasks_finish: it.checkpoints_after_tasks_finish,
        changelog: it.state_changelog_enabled,
    }
}

fn failure(exceptions: wire::Exceptions) -> Option<Failure> {
    let newest = exceptions
        .history
        .and_then(|history| history.entries.into_iter().next());
    let (trace, at) = match newest {
        Some(entry) => (entry.stacktrace, entry.timestamp),
        None => (exceptions.root?, exceptions.timestamp),
    };
    Some(Failure {
        at: moment(at),
        cause: cause::root(&trace),
    })
}
