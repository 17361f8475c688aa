//! Who made a snapshot, when and how.

use super::words::{capital, job, moment};
use super::{Question, Sentence, Topic};
use crate::domain::id::JobId;
use crate::domain::series::oldest_release;
use crate::domain::snapshot::{Facts, Kind, Properties};

/// Who made one whose metadata was read.
pub(super) fn sentence(question: &Question<'_>, facts: &Facts) -> Sentence {
    let snapshot = question.snapshot;
    let when = snapshot.completed_at.map_or_else(String::new, |at| {
        format!(" on {}", moment(at, question.now))
    });
    let release = release(question, facts);
    let time = if snapshot.mapping.as_ref().is_some_and(|it| it.inferred) {
        "the time of _metadata, which a copy may have changed"
    } else {
        "the time of _metadata"
    };
    let format = format!("metadata version {}", facts.version);
    if facts.properties == Properties::Null {
        return Sentence::new(
            Topic::Made,
            format!("No job took it: it was written with the State Processor API{release}{when}."),
            format!("inferred from its empty record; {format}; {time}"),
        );
    }
    let (who, by) = who(question);
    let (how, how_told) = how(question, facts);
    Sentence::new(
        Topic::Made,
        format!(
            "{}{release} completed it as number {}{when}, {how}.",
            capital(&who),
            facts.checkpoint_id
        ),
        format!("{by}; {format}; {time}; {how_told}"),
    )
}

/// The job, and what tells it.
pub(super) fn who(question: &Question<'_>) -> (String, String) {
    let snapshot = question.snapshot;
    if let Some(live) = question.live() {
        return (
            format!("job {} ({})", live.job.name, live.job.id),
            format!("the answer of {}", live.cluster.name),
        );
    }
    match (&snapshot.job_id, &snapshot.job_prefix) {
        (Some(id), _) if *id == JobId::ZERO => (
            "a job with an id of zeros, as applications with high availability have".to_owned(),
            "the name of its job's directory".to_owned(),
        ),
        (Some(_), _) => (job(snapshot), "the name of its job's directory".to_owned()),
        (None, Some(prefix)) => match of_prefix(question, prefix) {
            Some(id) => (
                format!("job {id}"),
                "six digits in its name, and the one job in sight that has them and its operators"
                    .to_owned(),
            ),
            None => (job(snapshot), "six digits in its name".to_owned()),
        },
        (None, None) => (
            job(snapshot),
            "neither its name nor its directory has the id of a job".to_owned(),
        ),
    }
}

/// The only job in sight whose id begins so and that was found to belong to the same application.
fn of_prefix(question: &Question<'_>, prefix: &str) -> Option<JobId> {
    let mut jobs: Vec<JobId> = question
        .rows
        .iter()
        .filter(|row| row.lineage == question.snapshot.lineage)
        .filter_map(|row| row.job_id)
        .filter(|id| id.savepoint_prefix() == prefix)
        .collect();
    jobs.sort_unstable();
    jobs.dedup();
    match jobs.as_slice() {
        [only] => Some(*only),
        _ => None,
    }
}

/// The releases that can have written it: by the metadata's version and handles, and by what its type tells besides.
/// Checkpoints can be asked for since 1.17 (FLINK-27101), and only what was asked for is a `Full Checkpoint`.
pub(super) fn releases(facts: &Facts) -> String {
    let is_full = matches!(&facts.properties, Properties::Known { type_name, .. } if type_name == "Full Checkpoint");
    match oldest_release(&facts.written_by) {
        Some((1, 16)) if is_full => facts.written_by.replacen("1.16", "1.17", 1),
        _ => facts.written_by.clone(),
    }
}

fn release(question: &Question<'_>, facts: &Facts) -> String {
    if let Some(version) = question.live().and_then(|it| it.cluster.version.as_ref()) {
        return format!(" on Flink {version}");
    }
    let releases = releases(facts);
    match releases.strip_prefix("Flink ") {
        Some(range) if range.contains(" to ") => {
            format!(" on some Flink from {range}")
        }
        Some(range) if range.starts_with("after") => format!(" on some Flink {range}"),
        _ => format!(" on {releases}"),
    }
}

/// What made the job take it, and what tells that.
fn how(question: &Question<'_>, facts: &Facts) -> (String, String) {
    let interval = question
        .live()
        .and_then(|live| live.job.checkpointing.clone());
    let Properties::Known {
        type_name,
        is_savepoint,
        ..
    } = &facts.properties
    else {
        return untold(question, facts);
    };
    let told = format!("type `{type_name}` in its own record");
    let how = match (type_name.as_str(), is_savepoint) {
        ("Terminate Savepoint", _) => {
            "as the last thing before it stopped, drained: `stop --drain`".to_owned()
        }
        ("Suspend Savepoint", _) => {
            "as the last thing before it stopped: a stop with savepoint".to_owned()
        }
        (_, true) => "because a savepoint was asked for, and not as part of a stop".to_owned(),
        ("Full Checkpoint", _) => {
            "because a full checkpoint was asked for by hand (REST, or `flink checkpoint --full` since 1.19)"
                .to_owned()
        }
        _ => match (
            interval.map(|it| it.interval),
            oldest_release(&facts.written_by),
        ) {
            (Some(None), _) => {
                "because it was asked for by hand: the job has no interval".to_owned()
            }
            (Some(Some(every)), _) => format!(
                "by its interval of {} or by hand, which its record does not tell apart",
                crate::domain::time::exact_span(every)
            ),
            _ => {
                "by the job's interval or by hand, which its record does not tell apart".to_owned()
            }
        },
    };
    (how, told)
}

/// The same where the metadata has no record of it.
fn untold(question: &Question<'_>, facts: &Facts) -> (String, String) {
    match (question.snapshot.kind, &facts.properties) {
        (_, Properties::Unreadable(reason)) => (
            "in a way that is not known, since its record cannot be read".to_owned(),
            reason.clone(),
        ),
        (Kind::Savepoint, _) => (
            "because a savepoint was asked for".to_owned(),
            "no record before metadata version 4".to_owned(),
        ),
        _ => (
            "by its interval: before 1.17 nobody could ask for a checkpoint".to_owned(),
            "inferred from the metadata's version".to_owned(),
        ),
    }
}
