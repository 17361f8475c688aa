//! What the simulated cluster tells of itself, in the shape of Flink's REST API
//! (`org.apache.flink.runtime.rest.messages`), as release 2.3 has it.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::domain::cluster::JobState;

use super::cluster::Simulation;
use super::job::{JobSpec, Retention};
use super::request::{Operation, Outcome};
use super::run::Run;
use super::statistics::{Record, Restored, Statistics, Status, TaskRecord};

/// How often Flink renews what it tells, in milliseconds; here it is always new.
const REFRESH: u64 = 3_000;
/// Slots beyond those that the jobs need.
const SPARE_SLOTS: u32 = 4;

fn millis(moment: Timestamp) -> i64 {
    moment.as_millisecond()
}

/// `GET /config`.
pub(super) fn config(cluster: &Simulation) -> Value {
    json!({
        "refresh-interval": REFRESH,
        "timezone-name": "Coordinated Universal Time",
        "timezone-offset": 0,
        "flink-version": cluster.version(),
        "flink-revision": "simulated",
        "features": {"web-submit": true, "web-cancel": true, "web-rescale": false, "web-history": false},
    })
}

/// `GET /jobmanager/config`: the settings that its jobs go by. Jobs that write below different directories have set those
/// themselves, which REST does not show.
pub(super) fn configuration(cluster: &Simulation) -> Value {
    let jobs = configured_for(cluster);
    let lead = jobs.first();
    let shared = lead.filter(|lead| jobs.iter().all(|it| it.directory == lead.directory));
    let place = |name: &str| {
        let below = shared.map_or_else(|| name.to_owned(), |job| job.below(name));
        format!("{}/{below}", cluster.base())
    };
    let mut entries = vec![
        ("execution.checkpointing.dir", place("checkpoints")),
        ("execution.checkpointing.savepoint-dir", place("savepoints")),
    ];
    let retained = cluster.scenario.retained.to_string();
    entries.push(("execution.checkpointing.num-retained", retained));
    if let Some(job) = lead {
        let incremental = job.backend.is_incremental().to_string();
        entries.push(("execution.checkpointing.incremental", incremental));
        if !job.create_subdir {
            entries.push(("execution.checkpointing.create-subdir", "false".to_owned()));
        }
    }
    let entry = |(key, value)| json!({"key": key, "value": value});
    entries.into_iter().map(entry).collect()
}

/// The jobs whose settings the cluster has: those that live, the first to start first; where none does, the last that did; before any
/// started, those that are to.
fn configured_for(cluster: &Simulation) -> Vec<&JobSpec> {
    let runs = cluster.runs();
    let mut living: Vec<&Run> = runs.iter().filter(|run| !run.state.is_over()).collect();
    living.sort_by_key(|run| run.started_at);
    if living.is_empty() {
        living.extend(runs.iter().max_by_key(|run| run.started_at));
    }
    if living.is_empty() {
        return cluster.scenario.jobs.iter().collect();
    }
    living.into_iter().map(|run| &run.spec).collect()
}

/// `GET /overview`.
pub(super) fn overview(cluster: &Simulation) -> Value {
    let runs = cluster.runs();
    let count = |wanted| runs.iter().filter(|run| run.state == wanted).count();
    let used: u32 = runs
        .iter()
        .filter(|run| run.is_running())
        .map(|run| run.parallelism)
        .sum();
    json!({
        "taskmanagers": 1,
        "slots-total": used + SPARE_SLOTS,
        "slots-available": SPARE_SLOTS,
        "jobs-running": count(JobState::Running),
        "jobs-finished": count(JobState::Finished),
        "jobs-cancelled": count(JobState::Canceled),
        "jobs-failed": count(JobState::Failed),
        "flink-version": cluster.version(),
        "flink-commit": "simulated",
    })
}

fn task_state(run: &Run) -> &'static str {
    match run.state {
        JobState::Suspended => "CANCELED",
        state => state.word(),
    }
}

fn duration(run: &Run, now: Timestamp) -> i64 {
    millis(run.ended_at.unwrap_or(now)) - millis(run.started_at)
}

fn ended(run: &Run) -> i64 {
    run.ended_at.map_or(-1, millis)
}

/// Counts by state: all of them in that of the job, but for those that are finished.
fn tasks(run: &Run, states: &[&str], (finished, all): (u64, u64)) -> Map<String, Value> {
    let of = |name: &&str| {
        let mut count = 0;
        if name.eq_ignore_ascii_case(task_state(run)) {
            count += all - finished;
        }
        if name.eq_ignore_ascii_case(JobState::Finished.word()) {
            count += finished;
        }
        ((*name).to_owned(), Value::from(count))
    };
    debug_assert!(states.len() > 9, "{}", run.id);
    states.iter().map(of).collect()
}

/// `GET /jobs/overview`: a job id that several runs had stands for the newest.
pub(super) fn jobs(cluster: &Simulation) -> Value {
    let newest = |run: &&Run| cluster.run(run.id).is_some_and(|it| std::ptr::eq(it, *run));
    let job = |run: &Run| {
        let total = u64::from(run.parallelism) * run.vertices().len() as u64;
        let states = [
            "running",
            "canceling",
            "canceled",
            "created",
            "scheduled",
            "deploying",
            "reconciling",
            "finished",
            "initializing",
            "failed",
        ];
        let finished = run.finished_subtasks().iter().sum();
        let mut tasks = tasks(run, &states, (finished, total));
        tasks.insert("total".to_owned(), total.into());
        json!({
            "jid": run.id.to_string(),
            "name": run.spec.name,
            "jobType": "STREAMING",
            "schedulerType": "Default",
            "start-time": millis(run.started_at),
            "end-time": ended(run),
            "duration": duration(run, cluster.now()),
            "state": run.state.word(),
            "last-modification": millis(run.changed_at),
            "tasks": tasks,
            "pending-operators": 0,
        })
    };
    let jobs: Vec<Value> = cluster.runs().iter().filter(newest).map(job).collect();
    json!({ "jobs": jobs })
}

/// `GET /jobs/:jobid`.
pub(super) fn job(cluster: &Simulation, run: &Run) -> Value {
    const TASK_STATES: [&str; 10] = [
        "SCHEDULED",
        "CANCELED",
        "CREATED",
        "RECONCILING",
        "CANCELING",
        "FAILED",
        "RUNNING",
        "FINISHED",
        "INITIALIZING",
        "DEPLOYING",
    ];
    let mut timestamps = Map::new();
    for state in [
        "INITIALIZING",
        "CREATED",
        "RUNNING",
        "FAILING",
        "FAILED",
        "CANCELLING",
        "CANCELED",
        "FINISHED",
        "RESTARTING",
        "SUSPENDED",
        "RECONCILING",
    ] {
        let at = match state {
            "INITIALIZING" | "CREATED" | "RUNNING" => millis(run.started_at),
            _ if state == run.state.word() => millis(run.changed_at),
            _ => 0,
        };
        timestamps.insert(state.to_owned(), at.into());
    }
    let vertices = run.vertices();
    let finished = run.finished_subtasks();
    let all = u64::from(run.parallelism);
    let vertex = |(at, (id, name)): (usize, &(String, String))| {
        let state = if finished[at] == all {
            JobState::Finished.word()
        } else {
            task_state(run)
        };
        json!({
            "id": id,
            "slotSharingGroupId": run.id.to_string(),
            "name": name,
            "maxParallelism": run.spec.max_parallelism,
            "parallelism": run.parallelism,
            "status": state,
            "start-time": millis(run.started_at),
            "end-time": ended(run),
            "duration": duration(run, cluster.now()),
            "tasks": tasks(run, &TASK_STATES, (finished[at], all)),
            "metrics": {
                "read-bytes": 0, "read-bytes-complete": true,
                "write-bytes": 0, "write-bytes-complete": true,
                "read-records": 0, "read-records-complete": true,
                "write-records": 0, "write-records-complete": true,
                "accumulated-backpressured-time": 0,
                "accumulated-idle-time": 0,
                "accumulated-busy-time": 0.0,
            },
        })
    };
    let wholly = finished.iter().filter(|it| **it == all).count() as u64;
    let statuses = tasks(run, &TASK_STATES, (wholly, vertices.len() as u64));
    json!({
        "jid": run.id.to_string(),
        "application-id": run.id.to_string(),
        "name": run.spec.name,
        "isStoppable": false,
        "state": run.state.word(),
        "job-type": "STREAMING",
        "schedulerType": "Default",
        "start-time": millis(run.started_at),
        "end-time": ended(run),
        "duration": duration(run, cluster.now()),
        "maxParallelism": run.spec.max_parallelism,
        "now": millis(cluster.now()),
        "timestamps": timestamps,
        "vertices": vertices.iter().enumerate().map(vertex).collect::<Vec<_>>(),
        "status-counts": statuses,
        "plan": plan(run, &vertices),
        "pending-operators": 0,
    })
}

/// The job's graph: each task hands over to the next, by key.
fn plan(run: &Run, vertices: &[(String, String)]) -> Value {
    let mut nodes = Vec::new();
    let mut before: Option<&String> = None;
    for (id, name) in vertices {
        let mut node = json!({
            "id": id,
            "operator": "",
            "parallelism": run.parallelism,
            "operator_strategy": "",
            "description": format!("{name}<br/>"),
            "optimizer_properties": {},
        });
        if let Some(before) = before {
            node["inputs"] = json!([{
                "id": before,
                "num": 0,
                "exchange": "pipelined_bounded",
                "ship_strategy": "HASH",
            }]);
        }
        nodes.push(node);
        before = Some(id);
    }
    json!({
        "jid": run.id.to_string(),
        "name": run.spec.name,
        "type": "STREAMING",
        "nodes": nodes,
    })
}

/// `GET /jobs/:jobid/metrics?get=…`: of all metrics there is one.
pub(super) fn metrics(run: &Run) -> Value {
    json!([{"id": "numRestarts", "value": run.restarts.to_string()}])
}

/// `GET /jobs/:jobid/exceptions`.
pub(super) fn exceptions(run: &Run) -> Value {
    let entry = |(at, trace): &(Timestamp, String)| {
        let name = trace.split([':', '\n']).next().unwrap_or_default();
        json!({
            "exceptionName": name,
            "stacktrace": trace,
            "timestamp": millis(*at),
            "failureLabels": {},
            "concurrentExceptions": [],
        })
    };
    let entries: Vec<Value> = run.failures.iter().map(entry).collect();
    json!({"exceptionHistory": {"entries": entries, "truncated": false}})
}

/// `GET /jobs/:jobid/checkpoints/config`.
pub(super) fn checkpoint_config(job: &JobSpec) -> Value {
    json!({
        "mode": "exactly_once",
        "interval": job.interval.as_millis() as i64,
        "timeout": job.timeout.as_millis() as i64,
        "min_pause": 0,
        "max_concurrent": 1,
        "externalization": {
            "enabled": job.retention != Retention::None,
            "delete_on_cancellation": job.retention != Retention::Retain,
        },
        "state_backend": job.backend.class(),
        "checkpoint_storage": "FileSystemCheckpointStorage",
        "unaligned_checkpoints": job.unaligned,
        "tolerable_failed_checkpoints": i32::MAX,
        "aligned_checkpoint_timeout": 0,
        "checkpoints_after_tasks_finish": true,
        "state_changelog_enabled": job.changelog,
        "changelog_periodic_materialization_interval": 600_000,
        "changelog_storage": if job.changelog { "filesystem" } else { "memory" },
    })
}

/// `GET /jobs/:jobid/checkpoints`.
pub(super) fn checkpoints(statistics: &Statistics) -> Value {
    let of = |record: Option<&Record>| record.map_or(Value::Null, |it| checkpoint(it, false));
    let history = statistics.history().map(|it| checkpoint(it, false));
    let measured = |which: usize| {
        let all = statistics.measured().iter();
        summary(all.map(|it| it[which]).collect())
    };
    let none = summary(vec![0; statistics.measured().len()]);
    json!({
        "counts": {
            "restored": statistics.restores(),
            "total": statistics.total(),
            "in_progress": statistics.in_progress(),
            "completed": statistics.completed(),
            "failed": statistics.failed(),
        },
        "summary": {
            "checkpointed_size": measured(1),
            "state_size": measured(0),
            "end_to_end_duration": measured(2),
            "alignment_buffered": none,
            "processed_data": none,
            "persisted_data": measured(3),
        },
        "latest": {
            "completed": of(statistics.latest_completed()),
            "savepoint": of(statistics.latest_savepoint()),
            "failed": of(statistics.latest_failed()),
            "restored": statistics.restored.as_ref().map_or(Value::Null, restored),
        },
        "history": history.collect::<Vec<_>>(),
    })
}

/// Least, greatest, mean and percentiles (`StatsSummaryDto`); Flink writes NaN as a string.
fn summary(mut all: Vec<i64>) -> Value {
    all.sort_unstable();
    let percentile = |share: f64| -> Value {
        let last = all.len().saturating_sub(1) as f64;
        all.get((share * last).round() as usize)
            .map_or_else(|| "NaN".into(), |it| (*it as f64).into())
    };
    let sum: i64 = all.iter().sum();
    json!({
        "min": all.first().copied().unwrap_or(0),
        "max": all.last().copied().unwrap_or(0),
        "avg": sum / (all.len() as i64).max(1),
        "p50": percentile(0.5),
        "p90": percentile(0.9),
        "p95": percentile(0.95),
        "p99": percentile(0.99),
        "p999": percentile(0.999),
    })
}

fn restored(it: &Restored) -> Value {
    json!({
        "id": it.id,
        "restore_timestamp": millis(it.at),
        "is_savepoint": it.is_savepoint,
        "external_path": it.path,
    })
}

/// A checkpoint of the history, or by itself and then with its tasks (`GET /jobs/:jobid/checkpoints/details/:id`).
pub(super) fn checkpoint(record: &Record, with_tasks: bool) -> Value {
    let (class, status) = match record.status {
        Status::InProgress => ("in_progress", "IN_PROGRESS"),
        Status::Completed => ("completed", "COMPLETED"),
        Status::Failed(..) => ("failed", "FAILED"),
    };
    let mut tasks = Map::new();
    for it in record.tasks.iter().filter(|_| with_tasks) {
        tasks.insert(it.vertex.clone(), task(record, it));
    }
    let mut value = json!({
        "className": class,
        "id": record.id,
        "status": status,
        "is_savepoint": record.is_savepoint(),
        "savepointFormat": record.savepoint_format,
        "trigger_timestamp": millis(record.triggered_at),
        "latest_ack_timestamp": record.acknowledged_at.map_or(-1, millis),
        "checkpointed_size": record.checkpointed,
        "state_size": record.state,
        "end_to_end_duration": record.duration().as_millis() as i64,
        "alignment_buffered": 0,
        "processed_data": 0,
        "persisted_data": record.persisted,
        "num_subtasks": record.subtasks(),
        "num_acknowledged_subtasks": record.acknowledged(),
        "checkpoint_type": record.sort,
        "tasks": tasks,
    });
    match &record.status {
        Status::InProgress => {}
        Status::Completed => {
            value["external_path"] = record.path.as_str().into();
            value["discarded"] = record.discarded.into();
        }
        Status::Failed(at, because) => {
            value["failure_timestamp"] = millis(*at).into();
            value["failure_message"] = because.as_str().into();
        }
    }
    value
}

fn task(record: &Record, task: &TaskRecord) -> Value {
    let all = task.acknowledged == task.subtasks;
    let status = match record.status {
        Status::Failed(..) => "FAILED",
        _ if all => "COMPLETED",
        _ => "IN_PROGRESS",
    };
    let elapsed = task.acknowledged_at.map_or(0, |at| {
        at.duration_since(record.triggered_at).as_millis() as i64
    });
    json!({
        "id": record.id,
        "status": status,
        "latest_ack_timestamp": task.acknowledged_at.map_or(-1, millis),
        "checkpointed_size": task.checkpointed,
        "state_size": task.state,
        "end_to_end_duration": elapsed,
        "alignment_buffered": 0,
        "processed_data": 0,
        "persisted_data": 0,
        "num_subtasks": task.subtasks,
        "num_acknowledged_subtasks": task.acknowledged,
    })
}

/// An asynchronous operation. One that failed is COMPLETED, too.
pub(super) fn operation(operation: &Operation) -> Value {
    let outcome = match operation {
        Operation::InProgress => {
            return json!({"status": {"id": "IN_PROGRESS"}, "operation": null});
        }
        Operation::Done(outcome) => outcome,
    };
    let operation = match outcome {
        Outcome::Saved(location) => json!({ "location": location }),
        Outcome::Checkpointed(number) => json!({ "checkpointId": number }),
        Outcome::Disposed => json!({}),
        Outcome::Failed(why) => json!({
            "failure-cause": {
                "class": "java.util.concurrent.CompletionException",
                "stack-trace": format!("java.util.concurrent.CompletionException: {why}\n"),
                "serialized-throwable": "",
            },
        }),
    };
    json!({"status": {"id": "COMPLETED"}, "operation": operation})
}

/// `GET /jars`.
pub(super) fn jars(cluster: &Simulation, address: &str) -> Value {
    let files: Vec<Value> = cluster
        .jars()
        .iter()
        .map(|jar| {
            json!({
                "id": jar.id,
                "name": jar.name,
                "uploaded": millis(jar.uploaded_at),
                "entry": [],
            })
        })
        .collect();
    json!({"address": address, "files": files})
}
