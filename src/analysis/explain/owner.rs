//! Who may delete a snapshot.
//!
//! Flink owns what is in its `CompletedCheckpointStore`, while the job lives; what survives the job's end is the user's, as
//! savepoints are from the start. A restore with CLAIM hands a snapshot over, NO_CLAIM leaves it, and LEGACY leaves it while
//! newer checkpoints may build on its files (`org.apache.flink.core.execution.RecoveryClaimMode`).

use super::depends::names;
use super::kind::may_precede_1_15;
use super::relations::{Relations, Sharer};
use super::words::{few, job, moment};
use super::{Question, Sentence, Topic};
use crate::analysis::overlay;
use crate::domain::snapshot::{Facts, Kind, Owner, Properties, Verdict};

/// Whose it is.
pub(super) fn sentence(question: &Question<'_>) -> Sentence {
    let (text, evidence) = match &question.snapshot.owner {
        _ if overlay::claimant(question.snapshot, question.clusters).is_some() => claimed(question),
        Owner::Unclear(reason) => unclear(question, reason),
        _ if question.is_savepoint() => savepoint(question),
        Owner::You | Owner::Flink(_) => checkpoint(question),
    };
    Sentence::new(Topic::Owner, text, evidence)
}

/// A running job has claimed it.
fn claimed(question: &Question<'_>) -> (String, String) {
    let claimant = overlay::claimant(question.snapshot, question.clusters);
    let who = claimant.map_or_else(
        || "a job".to_owned(),
        |(cluster, job)| format!("job {} on {}", job.name, cluster.name),
    );
    let staleness = claimant
        .and_then(|(cluster, _)| overlay::staleness(&cluster.contact, question.now))
        .map_or_else(String::new, |age| format!(" ({age})"));
    (
        format!(
            "It was yours until {who} was restored from it with CLAIM: it is Flink's since, as if that job had taken it."
        ),
        format!("Flink counts it as a checkpoint of that job, and not as a savepoint{staleness}"),
    )
}

fn savepoint(question: &Question<'_>) -> (String, String) {
    let users: Vec<String> = overlay::users(question.snapshot, question.clusters)
        .map(|(cluster, job)| format!("job {} on {}", job.name, cluster.name))
        .collect();
    if !users.is_empty() {
        return (
            format!(
                "It was yours when it was taken, but {} {} restored from it: whether it still is depends on the claim mode, which \
                 Flink does not tell.",
                few(&users),
                if users.len() == 1 { "was" } else { "were" }
            ),
            "what the cluster says that its jobs were restored from".to_owned(),
        );
    }
    let facts = question.facts();
    let ended = facts.is_some_and(|facts| {
        matches!(&facts.properties, Properties::Known { type_name, .. } if type_name == "Suspend Savepoint" || type_name == "Terminate Savepoint")
    });
    let evidence = "a savepoint, and no checkpoint in sight of another job names its files";
    let text = match facts {
        Some(Facts {
            properties: Properties::Null,
            ..
        }) => "It is yours: no job ever had it.",
        _ if ended => {
            "It is yours alone: the job that took it has ended, and no Flink counts it among its checkpoints."
        }
        // FLINK-25191: since 1.15 a savepoint that did not stop its job is not used for recovery.
        Some(facts) if may_precede_1_15(facts) => {
            "It is yours: Flink deletes no savepoint, but up to 1.14 a job that fails may go back to its savepoint, so that one had \
             to stay while its job ran."
        }
        _ => {
            "It is yours: Flink forgets a savepoint once it is taken, and its job would go back to a checkpoint of its own after a \
             failure, not to this."
        }
    };
    (text.to_owned(), evidence.to_owned())
}

fn checkpoint(question: &Question<'_>) -> (String, String) {
    let snapshot = question.snapshot;
    let fate = &snapshot.fate;
    if let Some(live) = question.live() {
        let (state, cluster) = (live.job.state, &live.cluster.name);
        let said = format!(
            "the state of its job, as {cluster} tells it{}",
            overlay::staleness(&live.cluster.contact, question.now)
                .map_or_else(String::new, |age| format!(" ({age})"))
        );
        if live.checkpoint.is_some_and(|it| it.discarded) {
            return (
                format!(
                    "It is nobody's any more: Flink on {cluster} counts it as discarded, so that what lies here was left over or \
                     is a copy."
                ),
                said,
            );
        }
        if !state.is_over() {
            return (
                format!(
                    "It is Flink's: job {} is {state} on {cluster}, may go back to it after a failure, and deletes it by itself.",
                    live.job.name
                ),
                said,
            );
        }
        let when = live.job.ended_at.map_or_else(String::new, |at| {
            format!(" since {}", moment(at, question.now))
        });
        return (
            format!(
                "It is yours by now: job {} is {state}{when}, and what outlives its job Flink never looks at again.",
                live.job.name
            ),
            said,
        );
    }
    let whose = job(snapshot);
    let asked = match question.clusters {
        [] => "no cluster was asked".to_owned(),
        _ => "no cluster that was asked knows its job".to_owned(),
    };
    let evidence = format!("{}; {asked}", snapshot.fate.because);
    let ends: Vec<String> = [(fate.cancelled, "was cancelled"), (fate.failed, "failed")]
        .into_iter()
        .filter(|(verdict, _)| *verdict == Verdict::Kept)
        .map(|(_, word)| word.to_owned())
        .collect();
    let text = if fate.inferred {
        format!(
            "It is Flink's while {whose} lives; whether that job lives, and would leave it behind, the disk does not show."
        )
    } else if ends.is_empty() && snapshot.kind == Kind::Checkpoint {
        format!(
            "It is Flink's: no end of {whose} leaves it behind, so either that job still lives, or its JobManager died without \
             tidying up, or this is a copy."
        )
    } else {
        format!(
            "It is Flink's while {whose} lives, and yours if that job {}; which of the two holds, the disk does not show.",
            super::words::or(&ends)
        )
    };
    (text, evidence)
}

/// Checkpoints of another job name files of it.
fn unclear(question: &Question<'_>, reason: &str) -> (String, String) {
    let snapshot = question.snapshot;
    let sharers = question.relations.map_or(&[][..], |it| &it.sharers);
    let is_foreign = |it: &&Sharer| it.job_id.is_some() && it.job_id != snapshot.job_id;
    let foreign = Relations {
        sharers: sharers.iter().filter(is_foreign).cloned().collect(),
        ..Relations::default()
    };
    let count = foreign.sharers.len();
    if count == 0 {
        return (
            format!(
                "Whose it is cannot be told: {}.",
                reason.trim_end_matches('.')
            ),
            "what is left of it, and what others in sight name".to_owned(),
        );
    }
    let mut jobs: Vec<_> = foreign.sharers.iter().map(|it| it.job_id).collect();
    jobs.dedup();
    let who = names(&foreign, snapshot.job_id);
    let job = if jobs.len() == 1 { "that job" } else { "a job" };
    let verb = if count == 1 { "names" } else { "name" };
    (
        format!(
            "Whose it is cannot be told: {who} {verb} files of it, and so {job} was restored, from it or from another with the same \
             files, either with CLAIM, which makes them Flink's, or in LEGACY mode, in which Flink only leans on them."
        ),
        "files in common; the claim mode is recorded nowhere".to_owned(),
    )
}
