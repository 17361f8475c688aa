//! Sentences about a directory whose metadata is not there or cannot be read.
//!
//! A job makes the directory before it triggers, its tasks write state into it, and `_metadata` comes last, once all have
//! acknowledged (`org.apache.flink.runtime.checkpoint.PendingCheckpoint#finalizeCheckpoint`). An attempt that fails or times out
//! is removed with all that is in it; a JobManager that dies removes nothing.

use super::restore::newest_restorable;
use super::words::{capital, count, moment};
use super::{Question, Sentence, Topic, fate, made};
use crate::analysis::ownership::{self, Ownership};
use crate::domain::size::iec;
use crate::domain::snapshot::{Health, Snapshot};
use crate::domain::text::scrub;
use crate::domain::time;

/// What becomes of what no job goes on with.
const STAYS: &str = "No end of a job touches it, since no Flink counts it among its checkpoints: it stays until somebody removes it \
     (`stateward orphans` says whether it may go).";

/// What the reader says of a version that it does not know.
const NEWER: &str = "is newer than this build knows";

/// All of them.
pub(super) fn sentences(question: &Question<'_>) -> Vec<Sentence> {
    match question.snapshot.health {
        Health::InProgress => in_progress(question),
        Health::Abandoned | Health::Empty => left_behind(question),
        Health::Complete | Health::Incomplete | Health::Corrupt => unreadable(question),
    }
}

/// What it is to be called: `checkpoint 4`.
fn what(snapshot: &Snapshot) -> String {
    match snapshot.checkpoint_id() {
        Some(id) => format!("{} {id}", snapshot.kind.phrase()),
        None => format!("a {}", snapshot.kind.phrase()),
    }
}

fn last_change(question: &Question<'_>) -> String {
    question.snapshot.changed_at.map_or_else(
        || "the time of its last change is not known".to_owned(),
        |at| format!("its last change was {}", time::ago(at, question.now)),
    )
}

/// What lies in its directory.
fn holds(snapshot: &Snapshot) -> String {
    let (files, bytes) = (snapshot.sizes.files, iec(snapshot.sizes.refer));
    match files {
        0 => "no file lies in its directory".to_owned(),
        1 => format!("1 file of {bytes} lies there"),
        many => format!("{} of {bytes} together lie there", count(many, "file")),
    }
}

fn by_name(snapshot: &Snapshot) -> String {
    format!("inferred from the name {}", snapshot.name)
}

fn instead(question: &Question<'_>) -> String {
    match newest_restorable(question) {
        Some(name) => format!("the newest of its application that can be restored is {name}"),
        None => "nothing of its application in sight can be restored".to_owned(),
    }
}

/// Why it counts as what it is.
fn evidence(snapshot: &Snapshot) -> String {
    snapshot.findings.first().map_or_else(
        || "there is no _metadata".to_owned(),
        |it| scrub(it).into_owned(),
    )
}

fn in_progress(question: &Question<'_>) -> Vec<Sentence> {
    let snapshot = question.snapshot;
    let (who, by) = made::who(question);
    let progress = question
        .live()
        .and_then(|live| live.checkpoint.map(|it| (live.cluster, it)))
        .filter(|(_, it)| it.subtasks > 0)
        .map_or_else(String::new, |(cluster, it)| {
            format!(
                "; {} of {} subtasks have acknowledged it, says {}",
                it.acknowledged, it.subtasks, cluster.name
            )
        });
    let made = Sentence::new(
        Topic::Made,
        format!(
            "{} began it as {} and has not completed it: there is no _metadata yet, {}, and {}{progress}.",
            capital(&who),
            what(snapshot),
            holds(snapshot),
            last_change(question)
        ),
        by,
    );
    let kind = Sentence::new(
        Topic::Kind,
        format!(
            "By its name it is to be a {}; how its state is written, and which ends of its job it will outlive, only the metadata will \
             say, which comes last.",
            snapshot.kind.phrase()
        ),
        by_name(snapshot),
    );
    let ownership = question.ownership();
    if let Ownership::LeftUndone(cluster, job) = ownership {
        return vec![
            made,
            kind,
            Sentence::new(
                Topic::Owner,
                format!(
                    "Whose it is nothing tells: it was left behind, as {}, and Flink takes up nothing that was left undone.",
                    ownership::undone(cluster, job, snapshot.kind)
                ),
                format!("the job, as {} tells it", cluster.name),
            ),
            stays("what its cluster tells of its job, and that there is no _metadata"),
            nothing_to_restore(question),
        ];
    }
    let owner = match ownership {
        Ownership::UnderWay(cluster, job) => Sentence::new(
            Topic::Owner,
            format!(
                "It is Flink's until it completes: {}, so leave it alone.",
                ownership::under_way(cluster, job, snapshot.kind)
            ),
            format!("the job, as {} tells it", cluster.name),
        ),
        _ => Sentence::new(
            Topic::Owner,
            "It is Flink's until it completes: tasks may be writing into it now, so leave it alone.",
            "the time of the last change in it, which is no longer ago than a checkpoint may take",
        ),
    };
    vec![
        made,
        kind,
        owner,
        Sentence::new(
            Topic::Fate,
            "If the attempt fails or times out, Flink removes the directory with all that is in it; if the JobManager dies before, \
             it stays as it is.",
            "PendingCheckpoint, which disposes of what it does not finish",
        ),
        Sentence::new(
            Topic::Condition,
            format!(
                "Nothing can be restored from it yet: {}.",
                instead(question)
            ),
            "there is no _metadata",
        ),
    ]
}

/// What becomes of what was left behind.
fn stays(evidence: &str) -> Sentence {
    Sentence::new(Topic::Fate, STAYS, evidence)
}

fn nothing_to_restore(question: &Question<'_>) -> Sentence {
    Sentence::new(
        Topic::Condition,
        format!("Nothing can be restored from it: {}.", instead(question)),
        "there is no _metadata",
    )
}

fn left_behind(question: &Question<'_>) -> Vec<Sentence> {
    let snapshot = question.snapshot;
    let (who, by) = made::who(question);
    let (made, kind) = match snapshot.health {
        Health::Empty => (
            format!(
                "{} made this directory for {}, which is not here: it is an empty directory, and {}.",
                capital(&who),
                what(snapshot),
                last_change(question)
            ),
            "It is no snapshot: either the attempt never got so far as to write, or its files were deleted and the directory was not.",
        ),
        _ => (
            format!(
                "{} began it as {} and never completed it: there is no _metadata, {}, and {}.",
                capital(&who),
                what(snapshot),
                holds(snapshot),
                last_change(question)
            ),
            "It is no snapshot but what is left of one: without _metadata nobody can tell which file belongs to which operator.",
        ),
    };
    vec![
        Sentence::new(Topic::Made, made, by),
        Sentence::new(Topic::Kind, kind, by_name(snapshot)),
        Sentence::new(
            Topic::Owner,
            format!(
                "Whose it is nothing tells: it was left behind, and a JobManager that starts again does not look for what {} left undone.",
                super::words::job(snapshot)
            ),
            evidence(snapshot),
        ),
        stays("there is no _metadata, and nothing can complete it any more"),
        nothing_to_restore(question),
    ]
}

/// Of one that somebody began to delete, or to put back: what Flink leaves behind looks the same.
pub(super) fn torn(question: &Question<'_>, why: &str) -> Vec<Sentence> {
    let snapshot = question.snapshot;
    let (who, by) = made::who(question);
    vec![
        Sentence::new(
            Topic::Made,
            format!("{} made it, as {}.", capital(&who), what(snapshot)),
            by,
        ),
        Sentence::new(
            Topic::Condition,
            format!(
                "Nothing can be restored from it now: {why}. Once it is put back it is what it was; meanwhile {}.",
                instead(question)
            ),
            "what is written down in the trash of its root",
        ),
        Sentence::new(
            Topic::Owner,
            "Nothing should be done with its files by hand: they are needed to make it whole again, or go with the rest of it.",
            "what is written down in the trash of its root",
        ),
    ]
}

fn unreadable(question: &Question<'_>) -> Vec<Sentence> {
    let snapshot = question.snapshot;
    let (who, by) = made::who(question);
    let at = snapshot.completed_at.or(snapshot.changed_at);
    let when = at.map_or_else(String::new, |at| {
        format!(", last written on {}", moment(at, question.now))
    });
    let denied = snapshot.unchecked_files > 0;
    let why = snapshot
        .findings
        .first()
        .map_or("for a reason that is not known".to_owned(), |it| {
            scrub(it).into_owned()
        });
    let why = why.trim_end_matches('.');
    vec![
        Sentence::new(
            Topic::Made,
            format!(
                "{} made it, by its place {}{when}.",
                capital(&who),
                what(snapshot)
            ),
            by,
        ),
        Sentence::new(
            Topic::Condition,
            if denied {
                format!(
                    "Its metadata may not be looked at from here, so that nobody can tell yet what it is: {why}."
                )
            } else if why.contains(NEWER) {
                format!(
                    "Its metadata cannot be read by this build, though a release of Flink may: {why}."
                )
            } else {
                format!(
                    "Its metadata cannot be read, and neither could Flink make sense of it: {why}. With a whole copy of its _metadata put \
                     in place it is what it was."
                )
            },
            "the whole of _metadata was tried",
        ),
        Sentence::new(
            Topic::Owner,
            if question.is_savepoint() {
                "By its name it is a savepoint and so yours, unless a job was restored from it with CLAIM.".to_owned()
            } else {
                format!(
                    "By its name it is a checkpoint and so Flink's while {} lives; whether that job lives, the disk does not show.",
                    super::words::job(snapshot)
                )
            },
            by_name(snapshot),
        ),
        fate::sentence(question),
        Sentence::new(
            Topic::Depends,
            format!(
                "Which files it needs is not known: {} lie in its own directory, and it may name others elsewhere, so that nothing around it \
                 should be deleted on its account.",
                iec(snapshot.sizes.refer)
            ),
            "the files in its directory; what it names is in its metadata",
        ),
        Sentence::new(
            Topic::Job,
            format!(
                "As it is, no job can be restored from it: {}.",
                instead(question)
            ),
            "a restore reads _metadata first",
        ),
    ]
}
