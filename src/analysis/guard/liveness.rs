//! Whether a job that lives has a say: Flink deletes what is its own by itself, and may build on it until then.

use super::targets::{objection, whose};
use super::{PLAN, Question, SHORTEST_GRACE, Word};
use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use crate::analysis::overlay::{Life, Live, ZEROS_ARE_SHARED};
use crate::analysis::ownership::{self, Ownership};
use crate::analysis::{began, latest, overlay};
use crate::domain::claim::ClaimMode;
use crate::domain::cluster::{CheckpointStatus, Cluster, Contact, Job};
use crate::domain::id::JobId;
use crate::domain::location::Location;
use crate::domain::plan::{Decision, Objection, Plan, Target};
use crate::domain::snapshot::{Health, Kind, Owner, Snapshot};
use crate::domain::time;

/// The guard that speaks up where a job that lives, or may live, has a say.
pub(super) const GUARD: &str = "live job";

/// Whether a target stays for nothing but what jobs have against it that are known to live: it is theirs, and goes by itself or once
/// they let go of it.
pub fn is_left_to_jobs(target: &Target) -> bool {
    let own = |it: &&Objection| it.guard != PLAN;
    let is_known = |it: &Objection| it.decision != Decision::Unknown || it.is_of_living;
    let is_theirs = |it: &Objection| it.guard == GUARD && is_known(it);
    let mut objections = target.objections.iter().filter(own).peekable();
    target.decision != Decision::Delete && objections.peek().is_some() && objections.all(is_theirs)
}

/// What jobs that live, or may live, have against the deletion of a snapshot.
pub(super) fn objections(question: &Question<'_>, snapshot: &Snapshot) -> Vec<Objection> {
    let mut found = users(question, snapshot);
    found.extend(taken(question, snapshot));
    found.extend(being_written(question, snapshot));
    found.extend(silent(question, snapshot));
    found
}

/// The same of jobs that clusters or notes tell of: nothing where none does.
pub(super) fn told(question: &Question<'_>, snapshot: &Snapshot) -> Vec<Objection> {
    let mut found = users(question, snapshot);
    let is_told = overlay::live(snapshot, question.clusters).is_some()
        || writes_beside(question, snapshot).is_some();
    found.extend(is_told.then(|| taken(question, snapshot)).flatten());
    found.extend(being_written(question, snapshot));
    found
}

/// What has to be said once of all targets: what it means that the id of a job is that of zeros.
pub(super) fn remarks(question: &Question<'_>, plan: &Plan) -> Vec<String> {
    let is_concerned = |row: &Snapshot| {
        let mut targets = plan.targets.iter();
        let is_target = targets.any(|target| target.at == row.location);
        let live = || overlay::live(row, question.clusters);
        is_target && is_flinks(row) && live().is_some_and(|it| it.life == Life::Shared)
    };
    let mut rows = question.graph.snapshots.iter();
    let is_said = rows.any(|row| is_concerned(row));
    let remark = is_said.then(|| format!("of the id of zeros: {ZEROS_ARE_SHARED}"));
    remark.into_iter().collect()
}

/// What those have against it that were restored from it, or may have been.
fn users(question: &Question<'_>, snapshot: &Snapshot) -> Vec<Objection> {
    let mut found: Vec<Objection> =
        overlay::users_by(snapshot, question.clusters, question.restarts)
            .filter_map(|(cluster, job)| restored(question, cluster, job))
            .collect();
    if found.is_empty() {
        found.extend(claimed(question, snapshot));
    }
    found
}

/// What clusters that were named and do not answer may run, each for itself: also a job that was started from it a moment ago.
/// Where nobody tells of its job they may run that, and only whoever leaves them out says that they do not count.
fn silent(question: &Question<'_>, snapshot: &Snapshot) -> impl Iterator<Item = Objection> {
    let live = overlay::live(snapshot, question.clusters);
    let is_told = live.is_some_and(|it| it.doubt().is_none());
    let may_be_its = is_flinks(snapshot) && !is_told;
    let silent = question.clusters.iter().filter(|it| !answers(it));
    silent.map(move |cluster| {
        let text = format!(
            "{} does not answer: a job that needs it may run there. Ask again once it does, or leave it out if it is gone for \
             good.",
            cluster.name
        );
        let word = question.word_of_silent(cluster);
        Objection {
            overruled_by: word.filter(|_| !may_be_its),
            about: cluster.name.clone(),
            ..objection(GUARD, Decision::Unknown, text)
        }
    })
}

/// Whether it is Flink's as long as its job lives.
fn is_flinks(snapshot: &Snapshot) -> bool {
    snapshot.kind != Kind::Savepoint || matches!(snapshot.owner, Owner::Unclear(_))
}

/// A savepoint without metadata looks abandoned once nothing was written for a while, and yet it may come to its end: Flink
/// tells of one under way, but not where it is going.
fn being_written(question: &Question<'_>, snapshot: &Snapshot) -> Option<Objection> {
    let is_unfinished = matches!(snapshot.health, Health::Abandoned | Health::Empty);
    if snapshot.kind != Kind::Savepoint || !is_unfinished {
        return None;
    }
    let may_be_of = |job: &Job| {
        let prefix = snapshot.job_prefix.as_ref();
        prefix.is_none_or(|prefix| *prefix == job.id.savepoint_prefix())
    };
    let is_writing = |job: &Job| {
        let mut under_way = job.checkpoints.iter();
        !job.state.is_over()
            && under_way.any(|it| it.is_savepoint && it.status == CheckpointStatus::InProgress)
    };
    let mut jobs = overlay::jobs(question.clusters);
    let (cluster, job) = jobs.find(|(_, job)| may_be_of(job) && is_writing(job))?;
    Some(objection(
        GUARD,
        Decision::Keep,
        format!(
            "Job {} ({}) on {} is writing a savepoint, which may be this one.",
            job.name, job.id, cluster.name
        ),
    ))
}

/// A job that was restored from it needs it until it has a checkpoint of its own; whatever that names is seen to stay.
fn restored(question: &Question<'_>, cluster: &Cluster, job: &Job) -> Option<Objection> {
    let who = format!("Job {} ({}) on {}", job.name, job.id, cluster.name);
    if !answers(cluster) {
        return Some(objection(
            GUARD,
            Decision::Unknown,
            format!("{who} was restored from it, and the cluster does not answer now."),
        ));
    }
    job.restored.as_ref()?;
    let rows = &question.graph.snapshots;
    (overlay::goes_on_from(job, rows).is_none()).then(|| {
        objection(
            GUARD,
            Decision::Keep,
            format!(
                "{who} was restored from it, and no checkpoint of its own that restores is in sight."
            ),
        )
    })
}

/// A job that claimed it has it among its own checkpoints (`CheckpointCoordinator#restoreSavepoint`), goes back to it, and deletes it
/// by itself. Where nothing tells what a job began with, it may have claimed it.
fn claimed(question: &Question<'_>, snapshot: &Snapshot) -> Option<Objection> {
    let is_noted = |job: &Job| {
        let noted = overlay::noted(job.id, question.restarts);
        noted.is_some_and(|(_, mode)| mode == Some(ClaimMode::Claim))
            && !overlay::is_own(&snapshot.location, job.id)
    };
    let noted = overlay::users_by(snapshot, question.clusters, question.restarts)
        .find(|(_, job)| is_noted(job))
        .map(|(cluster, job)| (&**cluster, &**job));
    let claim = match ownership::of(snapshot, question.clusters) {
        Ownership::Claimed(claim) => Some(claim),
        _ => None,
    };
    let told = noted.or_else(|| claim.and_then(|it| it.told));
    let Some((cluster, job)) = told else {
        return match claim {
            Some(claim) => Some(claimed_by_unheard(question, snapshot, claim.job)),
            None => maybe_claimed(question, snapshot),
        };
    };
    let who = format!("Job {} ({}) on {}", job.name, job.id, cluster.name);
    Some(if answers(cluster) {
        let text = format!(
            "{who} was restored from it with CLAIM: it keeps it, and deletes it by itself."
        );
        objection(GUARD, Decision::Keep, text)
    } else {
        let text =
            format!("{who} was restored from it with CLAIM, and the cluster does not answer now.");
        objection(GUARD, Decision::Unknown, text)
    })
}

/// A job of which no cluster tells is noted as having claimed it.
fn claimed_by_unheard(question: &Question<'_>, snapshot: &Snapshot, job: JobId) -> Objection {
    let why = format!(
        "Job {job} was restored from it with CLAIM, and whether that job lives is not known."
    );
    Objection {
        about: job.to_string(),
        ..unless_quiet(question, snapshot, why, None)
    }
}

fn maybe_claimed(question: &Question<'_>, snapshot: &Snapshot) -> Option<Objection> {
    let mut jobs = began::may_have_claimed(snapshot, question.clusters, question.restarts);
    let (cluster, job) = jobs.next()?;
    let text = format!(
        "Job {} ({}) on {} may have been restored from it with CLAIM: it went back to a checkpoint of its own since, and nothing tells \
         what it began with.",
        job.name, job.id, cluster.name
    );
    Some(Objection {
        overruled_by: question.word(Word::Heirs, snapshot),
        about: job.id.to_string(),
        is_of_living: answers(cluster),
        ..objection(GUARD, Decision::Unknown, text)
    })
}

/// What the job that took it has to say.
fn taken(question: &Question<'_>, snapshot: &Snapshot) -> Option<Objection> {
    let flinks = is_flinks(snapshot);
    let live = overlay::live(snapshot, question.clusters);
    let doubt = live.as_ref().and_then(Live::doubt_in_short);
    if let Some(live) = live.as_ref()
        && matches!(live.life, Life::LaterRun(_))
        && answers(live.cluster)
    {
        let doubt = doubt.unwrap_or_default();
        return flinks.then(|| of_earlier_run(question, snapshot, live.job, &doubt));
    }
    if let Some(live) = live.filter(|_| doubt.is_none()) {
        let job = live.job;
        // How a job ended does not change any more, whenever the cluster said so.
        if live.is_over() {
            return None;
        }
        let who = format!("job {} ({}) on {}", job.name, job.id, live.cluster.name);
        if !answers(live.cluster) {
            let why = format!("Its {who} ran, and the cluster does not answer now.");
            return flinks.then(|| unless_quiet(question, snapshot, why, Some(job)));
        }
        return match live.checkpoint {
            Some(it) if it.status == CheckpointStatus::InProgress => Some(objection(
                GUARD,
                Decision::Keep,
                format!("The {who} is writing it."),
            )),
            _ if !flinks => None,
            Some(it) if it.status == CheckpointStatus::Completed && !it.discarded => {
                Some(objection(
                    GUARD,
                    Decision::Keep,
                    format!("The {who} keeps it, and deletes it by itself."),
                ))
            }
            Some(_) => {
                let why =
                    format!("Its {who} lives, and has let go of it; what lies there is Flink's.");
                Some(deferred(unless_quiet(question, snapshot, why, Some(job))))
            }
            None => Some(unremembered(question, snapshot, job, &who)),
        };
    }
    if !flinks {
        return None;
    }
    if let Some((cluster, job)) = writes_beside(question, snapshot) {
        let who = format!("job {} ({}) on {}", job.name, job.id, cluster.name);
        return Some(unremembered(question, snapshot, job, &who));
    }
    let why = doubt.unwrap_or_else(|| nobody(question));
    let why = format!("Whether its job lives is not known: {why}.");
    Some(unless_quiet(question, snapshot, why, None))
}

/// Why no cluster tells of a job: none was asked, some do not answer, or those that do know nothing of it.
fn nobody(question: &Question<'_>) -> String {
    let (answering, silent): (Vec<_>, Vec<_>) =
        question.clusters.iter().partition(|it| answers(it));
    let silent: Vec<&str> = silent.iter().map(|it| it.name.as_str()).collect();
    let verb = if silent.len() == 1 { "does" } else { "do" };
    let silent = match silent.as_slice() {
        [] => None,
        names => Some(format!("{} {verb} not answer", names.join(" and "))),
    };
    match (answering.as_slice(), silent) {
        ([], None) => "no cluster is connected (--flink)".to_owned(),
        ([], Some(silent)) => silent,
        (_, None) => "none of the clusters knows it".to_owned(),
        (_, Some(silent)) => format!("none of the clusters that answer knows it, and {silent}"),
    }
}

/// What a job has to say that lives and does not name it. Flink remembers a few checkpoints, and forgets them all when its
/// `JobManager` is restarted (`CheckpointStatsTracker`); it keeps as many as it is told to, remembered or not. What is as new
/// as anything that the job tells of may be what it goes back to, whatever anybody types.
fn unremembered(question: &Question<'_>, snapshot: &Snapshot, job: &Job, who: &str) -> Objection {
    if job.counts.is_none() {
        let why = format!("Its {who} lives, and does not tell which checkpoints it keeps.");
        return left_to_it(why);
    }
    // What it went back to is its own, or claimed.
    let restored = job.restored.as_ref();
    let went_back = restored.filter(|it| !it.is_savepoint);
    let went_back = went_back.and_then(|it| it.path.as_ref());
    if went_back.is_some_and(|path| overlay::is_at(path, snapshot)) {
        let text = format!(
            "Its {who} lives, and was restored from it: it keeps it, and deletes it by itself."
        );
        return objection(GUARD, Decision::Keep, text);
    }
    let completed = job
        .checkpoints
        .iter()
        .filter(|it| !it.is_savepoint && !it.discarded && it.status == CheckpointStatus::Completed);
    let newest = completed.map(|it| it.id).max();
    let is_older = snapshot.kind == Kind::Savepoint
        || snapshot
            .checkpoint_id()
            .zip(newest)
            .is_some_and(|(own, newest)| own < newest);
    if !is_older {
        let why = format!(
            "Its {who} lives, and tells of no later checkpoint; it may go back to this one, though it is not in its short \
             history."
        );
        return left_to_it(why);
    }
    let why = format!(
        "Its {who} lives, and may keep it still, though it is not in its short history; what lies there is Flink's."
    );
    let restored = restored.and_then(|it| it.path.as_ref());
    let is_it = restored.is_some_and(|path| overlay::is_at(path, snapshot));
    let started = job
        .started_at
        .filter(|it| !is_it && is_before(snapshot, *it));
    let Some(started) = started else {
        return deferred(unless_quiet(question, snapshot, why, Some(job)));
    };
    // Told anew by a `JobManager` that took the job over: what that wrote before it may have yet.
    let why = format!(
        "{why} It was written before that job started ({}): an earlier run may have taken it, or the same before its JobManager was \
         restarted.",
        time::ago(started, question.now)
    );
    deferred(unless_quiet_among(
        question,
        snapshot,
        why,
        Some(job),
        &|row| is_before(row, started),
    ))
}

/// Nothing tells whether a job that lives needs it: that shows once it has completed another one.
fn left_to_it(why: String) -> Objection {
    Objection {
        is_of_living: true,
        ..objection(GUARD, Decision::Unknown, why)
    }
}

/// Whether nothing of a snapshot was written since a moment, by clocks that may differ.
fn is_before(snapshot: &Snapshot, moment: Timestamp) -> bool {
    let last = snapshot.completed_at.max(snapshot.changed_at);
    last.is_some_and(|last| overlay::is_since(moment, last))
}

/// What a job has to say that lives under the id of one that an earlier run took: nothing by itself, but that nobody else goes on with
/// that somebody has to answer for. What it writes itself disturbs nothing of that.
fn of_earlier_run(
    question: &Question<'_>,
    snapshot: &Snapshot,
    job: &Job,
    doubt: &str,
) -> Objection {
    let is_its = |row: &Snapshot| {
        let live = overlay::live(row, question.clusters);
        live.is_some_and(|it| it.lives())
    };
    let why = format!(
        "{}, and whether that one goes on elsewhere is not known.",
        doubt.replacen('j', "J", 1)
    );
    unless_quiet_among(question, snapshot, why, Some(job), &|row| !is_its(row))
}

/// A job that lives and writes its checkpoints into the directory that one lies in which no id tells to be of any job
/// (`execution.checkpointing.create-subdir`).
fn writes_beside<'q>(
    question: &'q Question<'_>,
    snapshot: &Snapshot,
) -> Option<(&'q Arc<Cluster>, &'q Arc<Job>)> {
    if snapshot.job_id.is_some_and(|id| id != JobId::ZERO) {
        return None;
    }
    let written = latest::path_as_written(snapshot);
    let homes = [Some(&snapshot.location), written.as_ref()].into_iter();
    let homes = homes
        .flatten()
        .filter_map(|it| Some(it.parent()?.canonical()));
    let homes: Vec<Location> = homes.collect();
    overlay::jobs(question.clusters).find(|(_, job)| {
        let mut own = job.checkpoints.iter().filter(|it| !it.is_savepoint);
        let is_here = |path: &Location| {
            path.parent()
                .is_some_and(|it| homes.contains(&it.canonical()))
        };
        !job.state.is_over() && own.any(|it| it.path.as_ref().is_some_and(is_here))
    })
}

fn deferred(objection: Objection) -> Objection {
    Objection {
        decision: Decision::Defer,
        ..objection
    }
}

/// The jobs of a snapshot's lineage that live.
fn living(question: &Question<'_>, snapshot: &Snapshot) -> BTreeSet<JobId> {
    let rows = question.graph.snapshots.iter();
    let rows: Vec<_> = rows.filter(|row| row.lineage == snapshot.lineage).collect();
    let is_of_it = |job: &Job| {
        let prefix = job.id.savepoint_prefix();
        let mut rows = rows.iter();
        rows.any(|row| row.job_id == Some(job.id) || row.job_prefix.as_ref() == Some(&prefix))
    };
    let jobs = overlay::jobs(question.clusters).map(|(_, job)| job);
    jobs.filter(|job| !job.state.is_over() && is_of_it(job))
        .map(|job| job.id)
        .collect()
}

/// An objection that may be overruled by typing a word, once nothing has changed around the snapshot for the grace: for the job that
/// is known to live, else where nobody knows.
fn unless_quiet(
    question: &Question<'_>,
    snapshot: &Snapshot,
    why: String,
    job: Option<&Job>,
) -> Objection {
    unless_quiet_among(question, snapshot, why, job, &|_| true)
}

/// The same where of what lies beside it only some disturbs that.
fn unless_quiet_among(
    question: &Question<'_>,
    snapshot: &Snapshot,
    why: String,
    job: Option<&Job>,
    counts: &dyn Fn(&Snapshot) -> bool,
) -> Objection {
    let home = snapshot.location.parent();
    let rows = question.graph.snapshots.iter();
    let signs = rows
        .filter(|row| {
            let is_beside = home.is_some() && row.location.parent() == home;
            row.location == snapshot.location || (is_beside && counts(row))
        })
        .flat_map(|row| [row.completed_at, row.changed_at])
        .flatten();
    let last = signs.max();
    // A time in the future is a sign of a clock that cannot be trusted.
    let quiet = last.filter(|last| question.now.duration_since(*last) >= question.grace());
    let text = match (quiet, last) {
        (Some(_), _) => why,
        (None, Some(last)) if last > question.now => format!(
            "{why} Something beside it is dated {} from now: a clock is wrong, and how long it was quiet there is not known.",
            time::until(last, question.now)
        ),
        (None, Some(last)) => {
            let sooner = if question.grace() > SHORTEST_GRACE {
                ", or sooner with --untouched"
            } else {
                ""
            };
            format!(
                "{why} Something changed beside it {}, less than {} ago; ask again once it was quiet for that long{sooner}.",
                time::ago(last, question.now),
                time::exact_span(question.grace())
            )
        }
        (None, None) => format!("{why} Nor when anything changed there."),
    };
    let word = || match job {
        Some(job) => {
            let several = living(question, snapshot);
            question.word_of_job(Word::Live, snapshot, job.id, &several)
        }
        None => question.word(Word::Unheard, snapshot),
    };
    Objection {
        overruled_by: quiet.and_then(|_| word()),
        about: job.map_or_else(|| whose(snapshot), |job| job.id.to_string()),
        ..objection(GUARD, Decision::Unknown, text)
    }
}

pub(super) fn answers(cluster: &Cluster) -> bool {
    matches!(cluster.contact, Contact::Answering { .. })
}
