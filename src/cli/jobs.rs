//! `stateward jobs`: the jobs of running clusters, and how their checkpoints go.

use std::io::{self, Write};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};

use crate::analysis::document::SCHEMA;
use crate::domain::cluster::{
    Checkpoint, CheckpointStatus, Cluster, ClusterId, Failure, Job, Retention,
};
use crate::domain::size::iec;
use crate::domain::time;
use crate::flink::client::Client;

use super::args::Jobs;
use super::job::find;
use super::output::{self, Align};
use super::report::{Outcome, Report, ReportKind};

/// Asks each cluster once and prints what it says.
///
/// # Errors
/// When a URL makes no sense, no cluster answers, or the job that is asked about is not there.
pub fn run(args: &Jobs, out: &mut dyn Write, err: &mut dyn Write) -> Result<Outcome, Report> {
    let mut clusters = Vec::new();
    let mut failures = Vec::new();
    for (at, connection) in args.connect.clusters.clone().into_iter().enumerate() {
        let asked = Client::new(connection)
            .and_then(|client| client.cluster(ClusterId(at as u32), &Timestamp::now));
        match asked {
            Ok(cluster) => clusters.push(cluster),
            Err(error) => failures.push(error),
        }
    }
    // A cluster that does not answer must not hide the others, nor go unsaid.
    let mut failures = failures.into_iter().map(Report::from);
    if clusters.is_empty() {
        return Err(failures.next().unwrap_or_else(|| {
            Report::new(ReportKind::Usage, "no cluster is named").hint("name one with --flink URL")
        }));
    }
    let mut outcome = Outcome::Done;
    for failure in failures {
        writeln!(err, "{failure}")?;
        outcome = Outcome::Incomplete;
    }
    match &args.job {
        None if args.json => output::json(out, &all(&clusters))?,
        None => table(out, &clusters)?,
        Some(wanted) => {
            let (cluster, job) = find(wanted, &clusters)?;
            if args.json {
                output::json(out, &one(cluster, job))?;
            } else {
                detail(out, cluster, job)?;
            }
        }
    }
    Ok(outcome)
}

fn table(out: &mut dyn Write, clusters: &[Cluster]) -> io::Result<()> {
    let now = Timestamp::now();
    let headings = [
        ("cluster", Align::Left),
        ("job", Align::Left),
        ("name", Align::Left),
        ("state", Align::Left),
        ("age", Align::Right),
        ("restarts", Align::Right),
        ("parallelism", Align::Right),
        ("completed", Align::Right),
        ("failed", Align::Right),
        ("newest", Align::Right),
        ("pending", Align::Left),
    ];
    let rows: Vec<Vec<String>> = clusters
        .iter()
        .flat_map(|cluster| cluster.jobs.iter().map(move |job| (cluster, job)))
        .map(|(cluster, job)| {
            let number = |it: Option<u64>| it.map_or_else(|| "-".to_owned(), |it| it.to_string());
            let age =
                |at: Option<Timestamp>| at.map_or_else(|| "-".to_owned(), |at| time::age(at, now));
            vec![
                cluster.name.clone(),
                job.id.to_string(),
                job.name.clone(),
                job.state.word().to_owned(),
                age(job.started_at),
                number(job.restarts),
                number(job.parallelism().map(u64::from)),
                number(job.counts.map(|it| it.completed)),
                number(job.counts.map(|it| it.failed)),
                age(newest_completed(job).and_then(|it| it.acknowledged_at)),
                job.pending().map(progress).collect::<Vec<_>>().join(", "),
            ]
        })
        .collect();
    if rows.is_empty() {
        return writeln!(out, "no jobs");
    }
    output::table(out, &headings, &rows)
}

fn newest_completed(job: &Job) -> Option<&Checkpoint> {
    job.checkpoints
        .iter()
        .find(|it| it.status == CheckpointStatus::Completed)
}

/// `savepoint 12: 7 of 23`.
fn progress(it: &Checkpoint) -> String {
    format!(
        "{} {}: {} of {}",
        sort(it),
        it.id,
        it.acknowledged,
        it.subtasks
    )
}

fn sort(it: &Checkpoint) -> &'static str {
    if it.is_savepoint {
        "savepoint"
    } else {
        "checkpoint"
    }
}

fn detail(out: &mut dyn Write, cluster: &Cluster, job: &Job) -> io::Result<()> {
    let now = Timestamp::now();
    let ago = |at: Option<Timestamp>| {
        at.map_or_else(String::new, |at| format!(", {}", time::ago(at, now)))
    };
    let mut line = |label: &str, text: String| writeln!(out, "{label:<13}{text}");
    line("job", format!("{}  {}", job.id, job.name))?;
    let release = cluster.version.as_deref().unwrap_or("?");
    line("cluster", format!("{} (Flink {release})", cluster.url))?;
    line(
        "state",
        format!("{}{}", job.state, ago(job.ended_at.or(job.started_at))),
    )?;
    if let Some(restarts) = job.restarts {
        line("restarts", restarts.to_string())?;
    }
    if let Some(failure) = &job.failure {
        line("failure", format!("{}{}", failure.cause, ago(failure.at)))?;
    }
    if let Some(restored) = &job.restored {
        let from = restored
            .path
            .as_ref()
            .map_or_else(|| "no path".to_owned(), ToString::to_string);
        line("restored", format!("from {from}{}", ago(restored.at)))?;
    }
    if let Some(how) = &job.checkpointing {
        let span = |it: Option<SignedDuration>| {
            it.map_or_else(|| "never".to_owned(), |it| format!("{it:#}"))
        };
        line(
            "checkpoints",
            format!(
                "every {}, timeout {}, {}, {}",
                span(how.interval),
                span(how.timeout),
                how.mode,
                how.retention.constant()
            ),
        )?;
        let backend = how.state_backend.as_deref().unwrap_or("unknown");
        let changelog = if how.changelog == Some(true) {
            ", changelog on"
        } else {
            ""
        };
        let unaligned = if how.unaligned == Some(true) {
            ", unaligned"
        } else {
            ""
        };
        line("backend", format!("{backend}{changelog}{unaligned}"))?;
    }
    if let Some(counts) = job.counts {
        line(
            "counts",
            format!(
                "{} completed, {} failed, {} in progress, {} restored",
                counts.completed, counts.failed, counts.in_progress, counts.restored
            ),
        )?;
    }
    for pending in job.pending() {
        line(
            "pending",
            format!("{} subtasks acknowledged", progress(pending)),
        )?;
        for task in &pending.tasks {
            let vertex = job.vertices.iter().find(|it| it.id == task.vertex);
            let name = vertex.map_or(task.vertex.as_str(), |it| it.name.as_str());
            line(
                "",
                format!("{} of {}  {name}", task.acknowledged, task.subtasks),
            )?;
        }
    }
    writeln!(out)?;
    history(out, job, now)
}

fn history(out: &mut dyn Write, job: &Job, now: Timestamp) -> io::Result<()> {
    let headings = [
        ("id", Align::Right),
        ("sort", Align::Left),
        ("status", Align::Left),
        ("age", Align::Right),
        ("took", Align::Right),
        ("new", Align::Right),
        ("state", Align::Right),
        ("where", Align::Left),
    ];
    let rows: Vec<Vec<String>> = job
        .checkpoints
        .iter()
        .map(|it| {
            let size = |bytes: Option<u64>| bytes.map_or_else(|| "-".to_owned(), iec);
            let place = match (&it.failure, &it.path) {
                (Some(failure), _) => failure.cause.clone(),
                (None, Some(path)) if it.discarded => format!("discarded, was {path}"),
                (None, Some(path)) => path.to_string(),
                (None, None) => String::new(),
            };
            vec![
                it.id.to_string(),
                sort(it).to_owned(),
                it.status.word().to_owned(),
                it.triggered_at
                    .map_or_else(|| "-".to_owned(), |at| time::age(at, now)),
                it.duration
                    .map_or_else(|| "-".to_owned(), |it| format!("{} ms", it.as_millis())),
                size(it.checkpointed),
                size(it.state),
                place,
            ]
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    output::table(out, &headings, &rows)
}

#[derive(Serialize)]
struct Document {
    schema: u32,
    clusters: Vec<Value>,
}

fn all(clusters: &[Cluster]) -> Document {
    Document {
        schema: SCHEMA,
        clusters: clusters
            .iter()
            .map(|cluster| {
                let jobs: Vec<Value> = cluster.jobs.iter().map(|job| job_value(job)).collect();
                let mut value = cluster_value(cluster);
                value["jobs"] = jobs.into();
                value
            })
            .collect(),
    }
}

fn one(cluster: &Cluster, job: &Job) -> Value {
    json!({ "schema": SCHEMA, "cluster": cluster_value(cluster), "job": job_value(job) })
}

fn cluster_value(cluster: &Cluster) -> Value {
    json!({
        "name": cluster.name,
        "url": cluster.url,
        "flink_version": cluster.version,
        "answered_at": cluster.contact.answered_at().map(|at| at.to_string()),
    })
}

fn job_value(job: &Job) -> Value {
    let moment = |at: Option<Timestamp>| at.map(|at| at.to_string());
    let ms = |it: Option<SignedDuration>| it.map(|it| it.as_millis() as i64);
    let failure = |it: &Option<Failure>| {
        it.as_ref()
            .map(|it| json!({ "at": moment(it.at), "cause": it.cause }))
    };
    let checkpoint = |it: &Checkpoint| {
        json!({
            "id": it.id,
            "status": it.status,
            "is_savepoint": it.is_savepoint,
            "savepoint_format": it.savepoint_format,
            "unaligned": it.unaligned,
            "triggered_at": moment(it.triggered_at),
            "acknowledged_at": moment(it.acknowledged_at),
            "duration_ms": ms(it.duration),
            "checkpointed": it.checkpointed,
            "state": it.state,
            "subtasks": it.subtasks,
            "acknowledged": it.acknowledged,
            "path": it.path.as_ref().map(crate::domain::location::Location::to_text),
            "discarded": it.discarded,
            "failure": failure(&it.failure),
            "tasks": it.tasks.iter().map(|task| json!({
                "vertex": task.vertex,
                "subtasks": task.subtasks,
                "acknowledged": task.acknowledged,
                "acknowledged_at": moment(task.acknowledged_at),
                "checkpointed": task.checkpointed,
            })).collect::<Vec<_>>(),
        })
    };
    json!({
        "id": job.id.to_string(),
        "name": job.name,
        "state": job.state,
        "started_at": moment(job.started_at),
        "ended_at": moment(job.ended_at),
        "restarts": job.restarts,
        "parallelism": job.parallelism(),
        "failure": failure(&job.failure),
        "restored": job.restored.as_ref().map(|it| json!({
            "id": it.id,
            "at": moment(it.at),
            "is_savepoint": it.is_savepoint,
            "path": it.path.as_ref().map(crate::domain::location::Location::to_text),
        })),
        "checkpointing": job.checkpointing.as_ref().map(|it| json!({
            "mode": it.mode,
            "interval_ms": ms(it.interval),
            "timeout_ms": ms(it.timeout),
            "min_pause_ms": ms(it.min_pause),
            "max_concurrent": it.max_concurrent,
            "retention": Retention::constant(it.retention),
            "state_backend": it.state_backend,
            "storage": it.storage,
            "unaligned": it.unaligned,
            "aligned_timeout_ms": ms(it.aligned_timeout),
            "tolerable_failures": it.tolerable_failures,
            "after_tasks_finish": it.after_tasks_finish,
            "changelog": it.changelog,
        })),
        "counts": job.counts,
        "checkpoints": job.checkpoints.iter().map(checkpoint).collect::<Vec<_>>(),
        "vertices": job.vertices.iter().map(|it| json!({
            "id": it.id,
            "name": it.name,
            "parallelism": it.parallelism,
            "max_parallelism": it.max_parallelism,
            "state": it.state,
        })).collect::<Vec<_>>(),
    })
}
