//! Who may delete a snapshot.
//!
//! Flink owns what is in its `CompletedCheckpointStore`, while the job lives; what survives the job's end is the user's, as
//! savepoints are from the start. A restore with CLAIM hands a snapshot over, NO_CLAIM leaves it, and LEGACY leaves it while
//! newer checkpoints may build on its files (`org.apache.flink.core.execution.RecoveryClaimMode`).

use super::depends::names;
use super::kind::may_precede_1_15;
use super::relations::{Relations, Sharer};
use super::words::{capital, few, job, moment};
use super::{Question, Sentence, Topic};
use crate::analysis::overlay::{self, Live};
use crate::analysis::ownership::Ownership;
use crate::domain::cluster::{Cluster, Job};
use crate::domain::snapshot::{Facts, Kind, Owner, Properties, Verdict};

/// Whose it is.
pub(super) fn sentence(question: &Question<'_>) -> Sentence {
    let (text, evidence) = match (question.ownership(), &question.snapshot.owner) {
        (Ownership::Claimed(cluster, job), _) => claimed(cluster, job),
        (Ownership::Lives(live), _) => lives(question, &live),
        (Ownership::Outlived(live), _) => outlived(question, &live),
        (_, Owner::Unclear(reason)) => unclear(question, reason),
        _ if question.is_savepoint() => savepoint(question),
        _ => untold(question),
    };
    Sentence::new(Topic::Owner, text, evidence)
}

fn claimed(cluster: &Cluster, job: &Job) -> (String, String) {
    (
        format!(
            "It is Flink's: job {} on {} was restored from it with CLAIM, counts it among its own checkpoints, and deletes it by itself.",
            job.name, cluster.name
        ),
        if overlay::went_back(job) {
            "a note of its restart says so; since then the job has gone back to a checkpoint of its own".to_owned()
        } else {
            format!(
                "{} says that the job was restored from it and does not call it a savepoint, as it would without CLAIM",
                cluster.name
            )
        },
    )
}

/// What jobs that were restored from it without claiming it need of it, one sentence each kind, and what tells.
fn leaned_on(question: &Question<'_>) -> Option<(String, String)> {
    let users: Vec<_> = overlay::users(question.snapshot, question.clusters)
        .filter(|(_, job)| job.restored.as_ref().is_some_and(|it| it.is_savepoint))
        .collect();
    let named = |wanted: bool| -> Vec<String> {
        let of = users.iter().filter(|(cluster, job)| {
            (overlay::tells_no_claim(cluster) || question.is_noted_as_unclaimed(job.id)) == wanted
        });
        of.map(|(cluster, job)| format!("job {} on {}", job.name, cluster.name))
            .collect()
    };
    let was = |names: &[String]| if names.len() == 1 { "was" } else { "were" };
    let mut said = Vec::new();
    let unclaimed = named(true);
    if !unclaimed.is_empty() {
        said.push(format!(
            "{} {} restored from it with NO_CLAIM, which leaves it to you; keep it until that job has completed a checkpoint",
            few(&unclaimed),
            was(&unclaimed)
        ));
    }
    let either = named(false);
    if !either.is_empty() {
        said.push(format!(
            "{} {} restored from it without CLAIM: with NO_CLAIM that job needs it until it has completed a checkpoint, in LEGACY mode its \
             checkpoints may lean on its files for as long as it lives, and which of the two it was Flink before 2.4 does not tell",
            few(&either),
            was(&either)
        ));
    }
    let told = "its cluster says what the job was restored from, and calls it a savepoint, as it would not after CLAIM";
    (!said.is_empty()).then(|| (capital(&said.join("; ")), told.to_owned()))
}

fn savepoint(question: &Question<'_>) -> (String, String) {
    if let Some((text, evidence)) = leaned_on(question) {
        return (format!("It is yours: no job claimed it. {text}."), evidence);
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

/// What tells how its job fares.
fn told(question: &Question<'_>, live: &Live<'_>) -> String {
    let cluster = live.cluster;
    let age = overlay::staleness(&cluster.contact, question.now);
    let age = age.map_or_else(String::new, |age| format!(" ({age})"));
    format!("the state of its job, as {} tells it{age}", cluster.name)
}

fn is_discarded(live: &Live<'_>) -> bool {
    live.checkpoint.is_some_and(|it| it.discarded)
}

fn lives(question: &Question<'_>, live: &Live<'_>) -> (String, String) {
    let (job, cluster) = (live.job, &live.cluster.name);
    let text = if is_discarded(live) {
        format!(
            "It is Flink's, which on {cluster} counts it as discarded: what lies here is being deleted, was left over or is a copy."
        )
    } else {
        format!(
            "It is Flink's: job {} is {} on {cluster}, may go back to it after a failure, and deletes it by itself.",
            job.name, job.state
        )
    };
    (text, told(question, live))
}

fn outlived(question: &Question<'_>, live: &Live<'_>) -> (String, String) {
    let (job, cluster) = (live.job, &live.cluster.name);
    let when = job.ended_at.map_or_else(String::new, |at| {
        format!(" since {}", moment(at, question.now))
    });
    let why = if is_discarded(live) {
        format!(
            "Flink on {cluster} counts it as discarded, so that what lies here was left over or is a copy"
        )
    } else {
        "what outlives its job Flink never looks at again".to_owned()
    };
    let text = format!(
        "It is yours by now: job {} is {}{when}, and {why}.",
        job.name, job.state
    );
    match leaned_on(question) {
        Some((also, by)) => (
            format!("{text} {also}."),
            format!("{}; {by}", told(question, live)),
        ),
        None => (text, told(question, live)),
    }
}

fn untold(question: &Question<'_>) -> (String, String) {
    let snapshot = question.snapshot;
    let fate = &snapshot.fate;
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
