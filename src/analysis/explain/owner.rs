//! Who may delete a snapshot.
//!
//! Flink owns what is in its `CompletedCheckpointStore`, while the job lives; what survives the job's end is the user's, as
//! savepoints are from the start. A restore with CLAIM hands a snapshot over, NO_CLAIM leaves it, and LEGACY leaves it while
//! newer checkpoints may build on its files (`org.apache.flink.core.execution.RecoveryClaimMode`).

use super::kind::may_precede_1_15;
use super::relations::{Relations, Sharer};
use super::restore::Naming;
use super::words::{capital, few, job, moment};
use super::{Question, Sentence, Topic};
use crate::analysis::claim::Claim;
use crate::analysis::overlay::{self, Live};
use crate::analysis::ownership::Ownership;
use crate::domain::claim::ClaimMode;
use crate::domain::id::JobId;
use crate::domain::snapshot::{
    Facts, FormatFamily, Health, Kind, Owner, Properties, Snapshot, Verdict,
};

/// What may be all the same.
const UNSEEN: &str =
    "unless a job was restored from it with CLAIM, of which nothing in sight tells";

/// Whose it is.
pub(super) fn sentence(question: &Question<'_>) -> Sentence {
    let (text, evidence) = match (question.ownership(), &question.snapshot.owner) {
        (Ownership::Claimed(claim), _) => claimed(&claim),
        (Ownership::Released(claim), _) => released(question, &claim),
        (Ownership::BuiltOn(jobs), _) => built_on(question, jobs),
        (maybe @ Ownership::MaybeClaimed(cluster, _), _) => (
            maybe.sentence(question.snapshot).replacen(
                "Unclear:",
                "Whose it is cannot be told:",
                1,
            ),
            format!(
                "{} tells that the job went back to a checkpoint of its own; no note tells what it began with",
                cluster.name
            ),
        ),
        (Ownership::MayGoOn(live), _) => (
            format!(
                "Whose it is cannot be told: {}.",
                live.doubt().unwrap_or_default()
            ),
            told(question, &live),
        ),
        (ref maybe @ Ownership::MayBeEarlier(ref live), _) => (
            maybe.sentence(question.snapshot).replacen(
                "Unclear:",
                "Whose it is cannot be told:",
                1,
            ) + ".",
            told(question, live),
        ),
        (Ownership::EarlierRun(live), _) => of_earlier_run(question, &live),
        (Ownership::Lives(live), _) => lives(question, &live),
        (Ownership::Outlived(live), _) => outlived(question, &live),
        (_, Owner::Unclear(reason)) => unclear(reason),
        _ if question.is_savepoint() => savepoint(question),
        _ => untold(question),
    };
    Sentence::new(Topic::Owner, text, evidence)
}

fn claimed(claim: &Claim<'_>) -> (String, String) {
    let lives = match claim.told {
        Some((_, job)) => format!(", which is {}", job.state),
        None => ", of which no cluster tells whether it lives".to_owned(),
    };
    (
        format!(
            "It is Flink's: {}{lives}, was restored from it with CLAIM, counts it among its own checkpoints, and deletes it by itself.",
            claim.who()
        ),
        claim.evidence(),
    )
}

fn released(question: &Question<'_>, claim: &Claim<'_>) -> (String, String) {
    let state = claim.told.map(|(_, job)| {
        let when = job.ended_at.map_or_else(String::new, |at| {
            format!(" since {}", moment(at, question.now))
        });
        format!("{}{when}", job.state)
    });
    (
        format!(
            "It is yours by now: {}, which had claimed it, is {}, and what outlives its job Flink never looks at again; what that job \
             retained may name its files.",
            claim.who(),
            state.unwrap_or_default()
        ),
        claim.evidence(),
    )
}

/// A job that was restored from it without claiming it, as far as is known.
struct Leaning {
    who: String,
    /// In which mode; unknown where the cluster calls the snapshot a savepoint, and it may have been either.
    mode: Option<ClaimMode>,
    /// The first checkpoint that it has completed since, as far as is known.
    completed: Option<String>,
    /// One in sight that it can go back to by itself: then nobody needs the snapshot for it, but for files that its own name.
    goes_on_from: Option<String>,
}

/// The jobs that were restored from it without claiming it: those that live, and those that notes tell of.
fn leaning(question: &Question<'_>) -> Vec<Leaning> {
    let name = |row: Option<&Snapshot>| row.map(|it| it.name.clone());
    let mut found: Vec<(JobId, Leaning)> = Vec::new();
    for (cluster, job) in overlay::users(question.snapshot, question.clusters) {
        let is_savepoint = job.restored.as_ref().is_some_and(|it| it.is_savepoint);
        let noted = question.noted(job.id);
        if !is_savepoint || noted == Some(ClaimMode::Claim) {
            continue;
        }
        let mode = if overlay::tells_no_claim(cluster) {
            Some(ClaimMode::NoClaim)
        } else {
            noted
        };
        let it = Leaning {
            who: format!("job {} on {}", job.name, cluster.name),
            mode,
            completed: question.completed_since(job.id, Some(job)),
            goes_on_from: name(overlay::goes_on_from(job, question.rows)),
        };
        found.push((job.id, it));
    }
    for restart in &question.snapshot.heirs.restored {
        let known = overlay::jobs(question.clusters).find(|(_, job)| job.id == restart.job);
        let is_over = known.is_some_and(|(_, job)| job.state.is_over());
        let is_listed = found.iter().any(|(job, _)| *job == restart.job);
        if is_listed || is_over || restart.claim_mode == Some(ClaimMode::Claim) {
            continue;
        }
        let completed = question.completed_since(restart.job, known.map(|(_, job)| &**job));
        let it = Leaning {
            who: match known {
                Some((cluster, job)) => format!("job {} on {}", job.name, cluster.name),
                None => format!("job {}", restart.job),
            },
            mode: restart.claim_mode,
            goes_on_from: match known {
                Some((_, job)) => name(overlay::goes_on_from(job, question.rows)),
                // What is completed of it is what lies in sight.
                None => completed.clone(),
            },
            completed,
        };
        found.push((restart.job, it));
    }
    found.into_iter().map(|(_, it)| it).collect()
}

/// What jobs that were restored from it without claiming it need of it, one sentence each kind, and what tells.
fn leaned_on(question: &Question<'_>) -> Option<(String, String)> {
    let all = leaning(question);
    let of = |wanted: &dyn Fn(&Leaning) -> bool| -> Vec<String> {
        let those = all.iter().filter(|it| wanted(it));
        those.map(|it| it.who.clone()).collect()
    };
    let was = |names: &[String]| if names.len() == 1 { "was" } else { "were" };
    let mut said = Vec::new();
    let is_unclaimed = |it: &Leaning| it.mode == Some(ClaimMode::NoClaim);
    for it in &all {
        let who = &it.who;
        let text = match (it.mode, &it.goes_on_from, &it.completed) {
            (Some(ClaimMode::NoClaim), Some(own), _) => format!(
                "{who} was restored from it with NO_CLAIM and has completed {own} since, so that it needs it no more"
            ),
            (Some(ClaimMode::NoClaim), None, Some(first)) => format!(
                "{who} was restored from it with NO_CLAIM and has completed {first} since, but nothing of its own that restores is in \
                 sight; do not delete it before"
            ),
            (None, Some(own), _) => format!(
                "{who} was restored from it without CLAIM and has completed {own} since: with NO_CLAIM that job needs it no more, in LEGACY \
                 mode (which of the two it was Flink before 2.4 does not tell) its checkpoints may name files of it, and those \
                 `stateward delete` leaves where such a checkpoint is in sight"
            ),
            _ => continue,
        };
        said.push(text);
    }
    let unclaimed = of(&|it| is_unclaimed(it) && it.completed.is_none());
    if !unclaimed.is_empty() {
        said.push(format!(
            "{} {} restored from it with NO_CLAIM, which leaves it to you; do not delete it while that job has not completed a \
             checkpoint, the first of which is a full one",
            few(&unclaimed),
            was(&unclaimed)
        ));
    }
    let leaning = of(&|it| it.mode == Some(ClaimMode::Legacy));
    if !leaning.is_empty() {
        said.push(format!(
            "{} {} restored from it in LEGACY mode: Flink never deletes it, and {}",
            few(&leaning),
            was(&leaning),
            named_for_ever(question)
        ));
    }
    let either = of(&|it| it.mode.is_none() && it.goes_on_from.is_none());
    if !either.is_empty() {
        said.push(format!(
            "{} {} restored from it without CLAIM: with NO_CLAIM that job needs it until it has completed a checkpoint, in LEGACY mode its \
             checkpoints may lean on its files for ever, and which of the two it was Flink before 2.4 does not tell, so do not delete \
             it while one of them is of use",
            few(&either),
            was(&either)
        ));
    }
    let told = "what its cluster says that the job was restored from, which it calls a savepoint, as it would not after CLAIM; or a \
                note of the restart";
    (!said.is_empty()).then(|| (capital(&said.join("; ")), told.to_owned()))
}

/// How long a job that was restored from it in LEGACY mode needs it.
fn named_for_ever(question: &Question<'_>) -> &'static str {
    let naming = question.facts().map(|facts| Naming::of(question, facts));
    match naming {
        Some(Naming::None) if question.snapshot.sizes.files == 0 => {
            "it has no file but its _metadata; do not delete it while that job has not completed a checkpoint"
        }
        Some(Naming::Changelog) => {
            "checkpoints of that job may name its files for ever if it keeps the changelog, so do not delete it while one of them is of use"
        }
        // What is not known counts as named.
        _ => {
            "checkpoints of that job may name its files for ever, so do not delete it while one of them is of use"
        }
    }
}

fn savepoint(question: &Question<'_>) -> (String, String) {
    if let Some((text, evidence)) = leaned_on(question) {
        return (
            format!("It is yours, unless yet another job claimed it. {text}."),
            evidence,
        );
    }
    let facts = question.facts();
    let ended = facts.is_some_and(|facts| {
        matches!(&facts.properties, Properties::Known { type_name, .. } if type_name == "Suspend Savepoint" || type_name == "Terminate Savepoint")
    });
    let why = match facts {
        Some(Facts {
            properties: Properties::Null,
            ..
        }) => "no job ever had it",
        _ if ended => {
            "the job that took it ended with it, and no Flink counts it among its checkpoints"
        }
        // FLINK-25191: since 1.15 a savepoint that did not stop its job is not used for recovery.
        Some(facts) if may_precede_1_15(facts) => {
            "Flink deletes no savepoint, but up to 1.14 a job that fails may go back to its savepoint, so that one had to stay while \
             its job ran"
        }
        _ => {
            "its own job forgets a savepoint once it is taken, and would go back to a checkpoint of its own after a failure, not to this"
        }
    };
    // The first checkpoint after a restore from the canonical format is a full one, so that no claim shows in files.
    let unseen = match facts.map(|facts| facts.format.family) {
        Some(FormatFamily::Canonical) => {
            " (nor, as it is canonical, need one of a job that claimed it)"
        }
        _ => "",
    };
    (
        format!("It is yours {UNSEEN}: {why}."),
        format!(
            "a savepoint; no checkpoint in sight of another job names its files{unseen}, and no note tells of a restart from it"
        ),
    )
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
        "It is yours by now: job {} is {}{when}, and {why}",
        job.name, job.state
    );
    match leaned_on(question) {
        Some((also, by)) => (
            format!("{text}. {also}."),
            format!("{}; {by}", told(question, live)),
        ),
        None => (format!("{text}, {UNSEEN}."), told(question, live)),
    }
}

/// Of one that an earlier run took than the job that lives under its id.
fn of_earlier_run(question: &Question<'_>, live: &Live<'_>) -> (String, String) {
    let doubt = live.doubt().unwrap_or_default();
    let text = if live.is_of_earlier_run() {
        format!("It is yours: {doubt}, and the one that runs now does not have it.")
    } else {
        format!("Whose it is cannot be told: {doubt}.")
    };
    let told = format!(
        "what {} tells of how that job began, and of its checkpoints",
        live.cluster.name
    );
    match leaned_on(question) {
        Some((also, by)) => (format!("{text} {also}."), format!("{told}; {by}")),
        None => (text, told),
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
    let leaned_on = leaned_on(question);
    let unless = match leaned_on {
        Some(_) => "unless yet another job claimed it",
        None => UNSEEN,
    };
    let text = if fate.inferred {
        format!(
            "It is Flink's while {whose} lives, {unless}; whether that job lives, and would leave it behind, the disk does not show."
        )
    } else if ends.is_empty() && snapshot.kind == Kind::Checkpoint {
        format!(
            "It is Flink's: no end of {whose} leaves it behind, so either that job still lives, or its JobManager died without \
             tidying up, or this is a copy."
        )
    } else {
        format!(
            "It is Flink's while {whose} lives, and yours if that job {}, {unless}; which of the two holds, the disk does not show.",
            super::words::or(&ends)
        )
    };
    match leaned_on {
        Some((also, by)) => (format!("{text} {also}."), format!("{evidence}; {by}")),
        None => (text, evidence),
    }
}

/// Nothing tells more than that it is not clear.
fn unclear(reason: &str) -> (String, String) {
    (
        format!(
            "Whose it is cannot be told: {}.",
            reason.trim_end_matches('.')
        ),
        "what is left of it, and what others in sight name".to_owned(),
    )
}

/// Checkpoints of other jobs name files of it.
fn built_on(question: &Question<'_>, by: &[JobId]) -> (String, String) {
    let snapshot = question.snapshot;
    let sharers = question.relations.map_or(&[][..], |it| &it.sharers);
    let is_foreign = |it: &&Sharer| it.job_id.is_some() && it.job_id != snapshot.job_id;
    let foreign = Relations {
        sharers: sharers.iter().filter(is_foreign).cloned().collect(),
        ..Relations::default()
    };
    let count = foreign.sharers.len();
    let mut jobs: Vec<_> = foreign.sharers.iter().map(|it| it.job_id).collect();
    jobs.dedup();
    let who = match count {
        0 => few(&by
            .iter()
            .map(|it| format!("checkpoints of job {it}"))
            .collect::<Vec<_>>()),
        _ => foreign.names(snapshot.job_id),
    };
    let job = if jobs.len().max(by.len()) == 1 {
        "that job"
    } else {
        "a job"
    };
    let verb = if count == 1 { "names" } else { "name" };
    let gone = match (snapshot.kind, snapshot.health) {
        (Kind::Savepoint, Health::Incomplete) => {
            " (files of it are gone, and in LEGACY mode Flink would have deleted none of them)"
        }
        _ => "",
    };
    // Such checkpoints name none of its files by where they lie.
    let evidence = if count == 0 && question.relations.is_some() {
        "the names of its files, which checkpoints of that job look for beside themselves (FLINK-39964)"
    } else {
        "files in common"
    };
    (
        format!(
            "Whose it is cannot be told: {who} {verb} files of it, and so {job} was restored, from it or from another with the same \
             files, either with CLAIM, so that Flink deletes them once its checkpoints can do without, or in LEGACY mode, in which \
             nobody does{gone}; do not delete it while one of them is of use."
        ),
        format!("{evidence}; the claim mode is recorded nowhere"),
    )
}
