//! One run of our job (`java/job/StateJob.java`) on a cluster: what can be done to it through REST, and what it answers.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::cluster::{Cluster, is_final, state_of};
use crate::rest::{causes, number, text};
use crate::wait::{PATIENCE, wait_for};

/// The format of a savepoint.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Format {
    Canonical,
    Native,
}

impl Format {
    fn name(self) -> &'static str {
        match self {
            Self::Canonical => "CANONICAL",
            Self::Native => "NATIVE",
        }
    }
}

/// How a job is to be run.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    name: String,
    directory: PathBuf,
    arguments: Vec<String>,
    restore: Option<String>,
    claim_mode: &'static str,
}

impl Plan {
    /// A job that keeps its checkpoints when it is cancelled, in `<directory>/checkpoints`.
    pub(crate) fn new(name: &str, directory: &Path) -> Self {
        let plan = Self {
            name: name.to_owned(),
            directory: directory.to_path_buf(),
            arguments: Vec::new(),
            restore: None,
            claim_mode: "NO_CLAIM",
        };
        plan.with("name", name)
            .with(
                "checkpoints",
                &format!("file://{}", directory.join("checkpoints").display()),
            )
            .with(
                "execution.checkpointing.externalized-checkpoint-retention",
                "RETAIN_ON_CANCELLATION",
            )
    }

    /// An argument of the job; with a dot in its name, an option of Flink.
    pub(crate) fn with(mut self, key: &str, value: &str) -> Self {
        self.arguments.push(format!("{key}={value}"));
        self
    }

    pub(crate) fn number(self, key: &str, value: u64) -> Self {
        self.with(key, &value.to_string())
    }

    pub(crate) fn backend(self, backend: &str) -> Self {
        self.with("state.backend.type", backend)
            .with("state.backend", backend)
    }

    pub(crate) fn incremental(self, incremental: bool) -> Self {
        let value = incremental.to_string();
        self.with("execution.checkpointing.incremental", &value)
            .with("state.backend.incremental", &value)
    }

    /// No snapshot of the job completes as long as this file is there.
    pub(crate) fn held_by(self, file: &Path) -> Self {
        self.with("hold", &file.display().to_string())
    }

    /// The job fails as soon as this file is there, even in a snapshot that is held.
    pub(crate) fn failing_with(self, file: &Path) -> Self {
        self.with("fail", &file.display().to_string())
    }

    /// What the job is started with.
    pub(crate) fn arguments(&self) -> &[String] {
        &self.arguments
    }

    /// Restores the job from a snapshot that stays ours (`NO_CLAIM`), with nothing of it left over.
    pub(crate) fn restored_from(mut self, snapshot: &str) -> Self {
        self.restore = Some(snapshot.to_owned());
        self
    }

    /// Restores the job from a snapshot that becomes its own (`CLAIM`): its checkpoints may go on naming the files of it.
    pub(crate) fn claiming(self, snapshot: &str) -> Self {
        Self {
            claim_mode: "CLAIM",
            ..self.restored_from(snapshot)
        }
    }
}

/// A job that was started.
#[derive(Debug)]
pub(crate) struct Job<'cluster> {
    cluster: &'cluster Cluster,
    name: String,
    pub(crate) id: String,
    pub(crate) directory: PathBuf,
}

impl<'cluster> Job<'cluster> {
    /// Submits the job and waits until it runs.
    #[track_caller]
    pub(crate) fn start(cluster: &'cluster Cluster, plan: Plan) -> Self {
        let job = Self::submit(cluster, plan);
        job.wait("to run, with all its tasks", || {
            let details = job.details();
            let tasks = details["vertices"].as_array()?;
            let up = |task: &Value| matches!(task["status"].as_str(), Some("RUNNING" | "FINISHED"));
            (state_of(&details) == "RUNNING" && tasks.iter().all(up)).then_some(())
        });
        job
    }

    /// Submits the job, whatever becomes of it.
    #[track_caller]
    pub(crate) fn submit(cluster: &'cluster Cluster, plan: Plan) -> Self {
        let mut body = json!({ "entryClass": "StateJob", "programArgsList": plan.arguments });
        if let Some(snapshot) = &plan.restore {
            body["savepointPath"] = json!(snapshot);
            body["allowNonRestoredState"] = json!(false);
            let field = if cluster.version.since((1, 20)) {
                "claimMode"
            } else {
                "restoreMode"
            };
            body[field] = json!(plan.claim_mode);
        }
        let answer = cluster
            .rest
            .post(&format!("/jars/{}/run", cluster.jar), &body);
        let id = text(&answer, "/jobid").to_owned();
        Self {
            cluster,
            name: plan.name,
            id,
            directory: plan.directory,
        }
    }

    /// A job that somebody else has started.
    pub(crate) fn known(
        cluster: &'cluster Cluster,
        name: &str,
        id: &str,
        directory: &Path,
    ) -> Self {
        Self {
            cluster,
            name: name.to_owned(),
            id: id.to_owned(),
            directory: directory.to_path_buf(),
        }
    }

    /// Where the checkpoints of this job are: the directory with its `chk-N`.
    pub(crate) fn checkpoints(&self) -> PathBuf {
        self.directory.join("checkpoints").join(&self.id)
    }

    pub(crate) fn details(&self) -> Value {
        self.cluster.rest.get(&format!("/jobs/{}", self.id))
    }

    /// Statistics of the checkpoints.
    pub(crate) fn statistics(&self) -> Value {
        self.cluster
            .rest
            .get(&format!("/jobs/{}/checkpoints", self.id))
    }

    /// Everything REST knows about one checkpoint.
    pub(crate) fn checkpoint(&self, id: u64) -> Value {
        self.cluster
            .rest
            .get(&format!("/jobs/{}/checkpoints/details/{id}", self.id))
    }

    pub(crate) fn completed(&self) -> u64 {
        number(&self.statistics(), "/counts/completed")
    }

    /// Waits for something about this job, and fails with its exceptions when it fails meanwhile.
    #[track_caller]
    pub(crate) fn wait<T>(&self, what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
        wait_for(
            &format!("the job {} ({}) {what}", self.name, self.id),
            PATIENCE,
            || {
                if let Some(value) = condition() {
                    return Some(value);
                }
                let state = self.state();
                assert!(
                    state != "FAILED",
                    "the job {} failed: {}",
                    self.name,
                    self.exceptions()
                );
                None
            },
        )
    }

    /// Waits until so many more checkpoints are complete than now.
    #[track_caller]
    pub(crate) fn wait_for_checkpoints(&self, more: u64) {
        let goal = self.completed() + more;
        self.wait(&format!("to complete {more} more checkpoints"), || {
            (self.completed() >= goal).then_some(())
        });
    }

    /// Waits until a savepoint is under way; Flink may take a checkpoint of its own beside it.
    #[track_caller]
    pub(crate) fn wait_for_pending_savepoint(&self) {
        self.wait("to have a savepoint under way", || {
            let statistics = self.statistics();
            let mut history = statistics["history"].as_array()?.iter();
            history
                .any(|entry| entry["status"] == "IN_PROGRESS" && entry["is_savepoint"] == true)
                .then_some(())
        });
    }

    pub(crate) fn state(&self) -> String {
        state_of(&self.details()).to_owned()
    }

    pub(crate) fn exceptions(&self) -> String {
        let path = format!("/jobs/{}/exceptions", self.id);
        self.cluster
            .rest
            .try_get(&path)
            .map_or_else(|error| error, |answer| causes(&answer))
    }

    /// Takes a checkpoint and gives back where it lies.
    #[track_caller]
    pub(crate) fn checkpoint_now(&self) -> PathBuf {
        self.checkpoint_of("CONFIGURED")
    }

    /// Takes a checkpoint that shares nothing with those before it.
    #[track_caller]
    pub(crate) fn full_checkpoint(&self) -> PathBuf {
        self.checkpoint_of("FULL")
    }

    #[track_caller]
    fn checkpoint_of(&self, kind: &str) -> PathBuf {
        let path = format!("/jobs/{}/checkpoints", self.id);
        let body = json!({ "checkpointType": kind });
        let done = self
            .cluster
            .rest
            .operation(&path, &body, &path)
            .unwrap_or_else(|error| panic!("{error}"));
        let number = number(&done, "/checkpointId");
        self.checkpoints().join(format!("chk-{number}"))
    }

    /// Takes a savepoint below `<directory>/savepoints` and gives back where it lies.
    #[track_caller]
    pub(crate) fn savepoint(&self, format: Format) -> PathBuf {
        let body = json!({ "target-directory": self.savepoints(), "cancel-job": false, "formatType": format.name() });
        self.location("savepoints", &body)
    }

    /// Stops the job with a savepoint.
    #[track_caller]
    pub(crate) fn stop(&self, format: Format) -> PathBuf {
        let body = json!({ "targetDirectory": self.savepoints(), "drain": false, "formatType": format.name() });
        let location = self.location("stop", &body);
        self.wait_for_end("FINISHED");
        location
    }

    /// Cancels the job. Its checkpoints stay, as [`Plan::new`] says.
    #[track_caller]
    pub(crate) fn cancel(&self) {
        self.cluster
            .rest
            .patch(&format!("/jobs/{}?mode=cancel", self.id));
        self.wait_for_end("CANCELED");
    }

    /// The value of a counter that the job keeps; it arrives with the heartbeat of the `TaskManager`.
    pub(crate) fn counter(&self, name: &str) -> u64 {
        let answer = self
            .cluster
            .rest
            .get(&format!("/jobs/{}/accumulators", self.id));
        let all = answer["user-task-accumulators"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let found = all.iter().find(|counter| counter["name"] == name);
        found
            .and_then(|counter| counter["value"].as_str()?.parse().ok())
            .unwrap_or(0)
    }

    fn savepoints(&self) -> String {
        format!("file://{}", self.directory.join("savepoints").display())
    }

    #[track_caller]
    fn location(&self, what: &str, body: &Value) -> PathBuf {
        let job = format!("/jobs/{}", self.id);
        let answer = self
            .cluster
            .rest
            .operation(&format!("{job}/{what}"), body, &format!("{job}/savepoints"))
            .unwrap_or_else(|error| panic!("{error}"));
        let location = text(&answer, "/location");
        PathBuf::from(
            location
                .strip_prefix("file:")
                .unwrap_or(location)
                .replacen("//", "/", 1),
        )
    }

    /// Waits until the job is over, and fails unless it ended like this.
    #[track_caller]
    pub(crate) fn wait_for_end(&self, wanted: &str) {
        let state = wait_for(
            &format!("the job {} ({}) to end", self.name, self.id),
            PATIENCE,
            || {
                let state = self.state();
                is_final(&state).then_some(state)
            },
        );
        assert_eq!(
            state,
            wanted,
            "the job {} ended otherwise: {}",
            self.name,
            self.exceptions()
        );
    }
}
