//! Whether a job may just have been started from a snapshot: it needs it until it has a checkpoint of its own, and until it
//! runs only a cluster, or a note of ours, tells of it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::liveness::answers;
use super::targets::{objection, whose};
use super::{Bare, Question, Wish, Word};
use crate::analysis::heirs::{self, Unseen};
use crate::analysis::{began, overlay};
use crate::domain::cluster::{Job, JobState};
use crate::domain::history::JobHistory;
use crate::domain::id::JobId;
use crate::domain::location::Location;
use crate::domain::plan::{Decision, Objection, Plan};
use crate::domain::snapshot::{Health, Kind, Snapshot};
use crate::domain::text::shell_quote;
use crate::domain::time;

const GUARD: &str = "starting job";
/// The clocks of clusters and of file systems may differ by so much.
const SKEW: SignedDuration = SignedDuration::from_mins(1);

/// What jobs that may have been started from a snapshot a moment ago have against its deletion. Whoever knows better types
/// a word: one where such a job is known, another where none is.
pub(super) fn objections(question: &Question<'_>, snapshot: &Snapshot) -> Vec<Objection> {
    let noted = question.restarts.iter();
    let noted = noted.filter(|restart| is_open(question, restart));
    let noted = noted.filter_map(|restart| noted_restart(question, snapshot, restart));
    let starting = overlay::jobs(question.clusters)
        .filter(|(cluster, _)| answers(cluster))
        .filter(|(_, job)| may_be_from(question, snapshot, job.id, None))
        .filter_map(|(cluster, job)| {
            let who = format!("Job {} ({}) on {}", job.name, job.id, cluster.name);
            let text = if is_starting(job) {
                format!("{who} is starting, and from what it does not tell yet.")
            } else if is_silent(job) {
                format!("{who} lives, and from what it was restored it does not tell.")
            } else {
                return None;
            };
            Some((job.id, text))
        });
    let known: Vec<(JobId, String)> = noted
        .chain(starting)
        .chain(begun(question, snapshot))
        .chain(begins(question, snapshot))
        .collect();
    let several = if known.is_empty() {
        BTreeSet::new()
    } else {
        starters(question)
    };
    let known = known.into_iter().map(|(job, text)| Objection {
        overruled_by: question.word_of_job(Word::Starting, snapshot, job, &several),
        about: job.to_string(),
        ..objection(GUARD, Decision::Unknown, text)
    });
    let young = young(question, snapshot).map(|text| Objection {
        overruled_by: question.word(Word::Young, snapshot),
        about: whose(snapshot),
        ..objection(GUARD, Decision::Unknown, text)
    });
    known
        .chain(young)
        .chain(started_elsewhere(question, snapshot))
        .collect()
}

/// Whether a job that was there at a moment may have been started from a snapshot: not if that was not complete then, nor if it
/// is noted that the job was started from another one, which is in sight.
fn may_be_from(
    question: &Question<'_>,
    snapshot: &Snapshot,
    job: JobId,
    was_there: Option<Timestamp>,
) -> bool {
    let was_there_before = |(at, taken): (Timestamp, Timestamp)| taken.duration_since(at) > SKEW;
    let is_other = |from: &Location| {
        let mut rows = question.graph.snapshots.iter();
        !overlay::is_at(from, snapshot) && rows.any(|row| overlay::is_at(from, row))
    };
    let noted = overlay::noted(job, question.restarts);
    let times = was_there.zip(snapshot.completed_at);
    !times.is_some_and(was_there_before) && !noted.is_some_and(|(from, _)| is_other(from))
}

/// All jobs that are starting, or may be, from whatever.
fn starters(question: &Question<'_>) -> BTreeSet<JobId> {
    let noted = question.restarts.iter();
    let noted = noted.filter(|restart| is_open(question, restart));
    let told = overlay::jobs(question.clusters)
        .filter(|(cluster, job)| answers(cluster) && (is_starting(job) || is_silent(job)));
    let begun = first_checkpoints(question).map(|(job, _)| job);
    let begun = begun.chain(bare(question).map(|it| it.job));
    noted
        .map(|restart| restart.job)
        .chain(told.map(|(_, job)| job.id))
        .chain(begun)
        .collect()
}

/// A restart from it that is open still.
fn noted_restart(
    question: &Question<'_>,
    snapshot: &Snapshot,
    restart: &JobHistory,
) -> Option<(JobId, String)> {
    let path = restart.restored.as_ref()?;
    if !overlay::is_at(path, snapshot) {
        return None;
    }
    let since = restart
        .started_at
        .map_or_else(|| "once".to_owned(), |at| time::ago(at, question.now));
    let text = format!(
        "Job {} was started from it {since}, no cluster tells of that job, and no checkpoint of it is in sight.",
        restart.job
    );
    Some((restart.job, text))
}

/// Whether a restart was proven and noted not long ago, and nobody can be asked how the job is, and it has left nothing else to
/// restore from.
fn is_open(question: &Question<'_>, restart: &JobHistory) -> bool {
    if !is_young(question, restart.started_at) {
        return false;
    }
    let mut jobs = overlay::jobs(question.clusters).filter(|(_, job)| job.id == restart.job);
    // One that answers says what the job needs.
    if jobs.any(|(cluster, job)| {
        overlay::is_over_by(job, restart.started_at)
            || (!job.state.is_over() && answers(cluster) && job.restored.is_some())
    }) {
        return false;
    }
    let is_wished = |at: usize| {
        question
            .wishes
            .iter()
            .any(|Wish { snapshot, .. }| *snapshot == at)
    };
    let mut rows = question.graph.snapshots.iter().enumerate();
    !rows.any(|(at, row)| {
        row.job_id == Some(restart.job)
            && row.kind != Kind::Savepoint
            && row.is_restorable()
            && !is_wished(at)
    })
}

/// Whether a job lives and cannot tell yet what it was restored from (`JobManagerRunner` answers for it until it has an
/// execution graph).
fn is_starting(job: &Job) -> bool {
    matches!(job.state, JobState::Initializing | JobState::Created) && job.restored.is_none()
}

/// Whether a job lives and was asked in vain for its checkpoints, or for anything: those tell what it was restored from. One
/// that takes none has none to tell of.
fn is_silent(job: &Job) -> bool {
    let is_configured = job.checkpointing.is_some() || job.vertices.is_empty();
    !job.state.is_over() && job.counts.is_none() && is_configured
}

/// A snapshot that was taken not long ago, where nobody can tell what was started from it: most savepoints are taken to start
/// a job from, and what a job leaves behind is what the next one goes on from.
fn young(question: &Question<'_>, snapshot: &Snapshot) -> Option<String> {
    let over = || {
        let text = "its job is over; what goes on from it may run on a cluster that was not asked";
        is_over(question, snapshot).then(|| text.to_owned())
    };
    // One that is silent counts whatever its age.
    let unheard = strange(question, snapshot).or_else(over)?;
    let last = snapshot.completed_at.max(snapshot.changed_at);
    let is_tellable = match snapshot.health {
        // From one that is being written no job can be started; it stays for that.
        Health::InProgress => false,
        // Of a checkpoint whose job is not known to be over, that job is what counts.
        _ if snapshot.kind != Kind::Savepoint => {
            let is_shell = matches!(snapshot.health, Health::Empty | Health::Abandoned);
            !is_shell && is_over(question, snapshot)
        }
        _ => true,
    };
    if !is_tellable || !is_young(question, last) {
        return None;
    }
    let when = match last {
        Some(at) => format!("It was written {}", time::ago(at, question.now)),
        None => "When it was written is not known".to_owned(),
    };
    Some(format!(
        "{when}, and {unheard}: a job may just have been started from it."
    ))
}

/// Other jobs that no cluster knows and that have begun a checkpoint not long ago, before any of their own is complete in sight:
/// they still need what they were started from, however old that is.
fn begun<'q>(
    question: &'q Question<'_>,
    snapshot: &'q Snapshot,
) -> impl Iterator<Item = (JobId, String)> + 'q {
    let others = first_checkpoints(question).filter(move |(job, at)| {
        !is_its(snapshot, *job) && may_be_from(question, snapshot, *job, *at)
    });
    others.map(move |(job, at)| {
        let when = at.map_or_else(|| "once".to_owned(), |at| time::ago(at, question.now));
        let unheard = unknown(question);
        let text = format!(
            "Job {job} was at a first checkpoint {when} and has none complete in sight, and {unheard}: it may have been \
             started from this one."
        );
        (job, text)
    })
}

/// Other jobs that no cluster knows and for which Flink made a directory not long ago, without a checkpoint so far: Flink does that
/// before they take up what they are started from.
fn begins<'q>(
    question: &'q Question<'_>,
    snapshot: &'q Snapshot,
) -> impl Iterator<Item = (JobId, String)> + 'q {
    let others = bare(question)
        .filter(move |it| !is_its(snapshot, it.job))
        .filter(move |it| may_be_from(question, snapshot, it.job, it.at));
    others.map(move |it| {
        let when = it
            .at
            .map_or_else(|| "once".to_owned(), |at| time::ago(at, question.now));
        let text = format!(
            "Job {} has made its directory {when} and has no checkpoint in sight, and {}: it may be starting from this one.",
            it.job,
            unknown(question)
        );
        (it.job, text)
    })
}

/// The directories of such jobs.
fn bare<'q>(question: &'q Question<'_>) -> impl Iterator<Item = Bare> + 'q {
    let all = question.graph.bare.iter().copied();
    all.filter(move |it| {
        is_young(question, it.at)
            && has_no_checkpoint(question, it.job)
            && !is_told(question, it.job, it.at)
    })
}

/// Whether a job may be the one that took a snapshot.
fn is_its(snapshot: &Snapshot, job: JobId) -> bool {
    let prefix = snapshot.job_prefix.as_ref();
    snapshot.job_id == Some(job) || prefix.is_some_and(|it| *it == job.savepoint_prefix())
}

/// Why nobody tells of a job that no cluster knows.
fn unknown(question: &Question<'_>) -> String {
    let unheard = unanswered(question).or_else(|| nobody(question));
    unheard.unwrap_or_else(|| "none of the clusters that were asked knows it".to_owned())
}

/// Whether no checkpoint of a job that restores is in sight.
fn has_no_checkpoint(question: &Question<'_>, job: JobId) -> bool {
    let mut rows = question.graph.snapshots.iter();
    !rows.any(|row| row.job_id == Some(job) && row.kind != Kind::Savepoint && row.is_restorable())
}

/// Whether a cluster tells what a job was restored from that was at work at a moment, or that it is over since.
fn is_told(question: &Question<'_>, job: JobId, at: Option<Timestamp>) -> bool {
    let mut jobs = overlay::jobs(question.clusters).filter(|(_, it)| it.id == job);
    jobs.any(|(cluster, it)| {
        let lives = !it.state.is_over();
        (lives && answers(cluster)) || overlay::is_over_by(it, at)
    })
}

/// The jobs that no cluster knows and that were at their first checkpoint not long ago, each with when last.
fn first_checkpoints(question: &Question<'_>) -> impl Iterator<Item = (JobId, Option<Timestamp>)> {
    let rows = || question.graph.snapshots.iter();
    let is_begun = |row: &Snapshot| {
        let is_open = matches!(
            row.health,
            Health::InProgress | Health::Empty | Health::Abandoned
        );
        is_open && row.kind != Kind::Savepoint && is_young(question, row.changed_at)
    };
    let mut found: BTreeMap<JobId, Option<Timestamp>> = BTreeMap::new();
    for row in rows().filter(|row| is_begun(row)) {
        let is_open_one = |job: &JobId| {
            has_no_checkpoint(question, *job) && !is_told(question, *job, row.changed_at)
        };
        if let Some(job) = row.job_id.filter(is_open_one) {
            let last = found.entry(job).or_insert(row.changed_at);
            *last = (*last).max(row.changed_at);
        }
    }
    found.into_iter()
}

/// A job that lives, was restored from what nobody looked at, and has completed no checkpoint of its own: until it has it needs
/// all that its origin names, and that may be files of any snapshot with operators of its. A copy of one names the files of
/// the first.
fn started_elsewhere(question: &Question<'_>, snapshot: &Snapshot) -> Option<Objection> {
    let rows = &question.graph.snapshots;
    let is_seen = |path: &Location| rows.iter().any(|row| overlay::is_at(path, row));
    let mut started = heirs::started_unseen(question.clusters, is_seen);
    let (_, Unseen { who, at }) =
        started.find(|(job, _)| began::may_share_operators(job, snapshot))?;
    let home = at.parent().unwrap_or_else(|| at.clone());
    let home = shell_quote(&home.shown()).into_owned();
    let text = format!(
        "The {who} was restored from {at}, where nobody looked, and has completed no checkpoint of its own: that may name \
         files of this one. Look there too with --in {home}."
    );
    // What was typed for one job says nothing of another.
    Some(Objection {
        overruled_by: Some(at.to_text()),
        about: at.to_text(),
        ..objection(GUARD, Decision::Unknown, text)
    })
}

/// Whether something happened less than the grace ago, for all that is known. A time in the future is of a clock that
/// cannot be trusted.
fn is_young(question: &Question<'_>, at: Option<Timestamp>) -> bool {
    at.is_none_or(|at| question.now.duration_since(at) < question.grace())
}

/// Why nobody can tell what was started from a snapshot, if nobody can: a cluster that does not answer may know, and one that
/// never had to do with its job runs others.
fn unheard(question: &Question<'_>, snapshot: &Snapshot) -> Option<String> {
    unanswered(question).or_else(|| strange(question, snapshot))
}

/// Why none of the clusters can tell what was started from a snapshot, whether they answer or not.
fn strange(question: &Question<'_>, snapshot: &Snapshot) -> Option<String> {
    let is_known = is_used(question, snapshot) || own_jobs(question, snapshot).next().is_some();
    nobody(question)
        .or_else(|| (!is_known).then(|| "none of the clusters knows its job".to_owned()))
}

/// Whatever follows a job that is over may run on a cluster that nobody asked.
fn is_over(question: &Question<'_>, snapshot: &Snapshot) -> bool {
    let mut own = own_jobs(question, snapshot).peekable();
    own.peek().is_some() && own.all(|job| job.state.is_over()) && !is_used(question, snapshot)
}

/// Whether a job that lives was restored from it: then it tells.
fn is_used(question: &Question<'_>, snapshot: &Snapshot) -> bool {
    overlay::users_by(snapshot, question.clusters, question.restarts)
        .next()
        .is_some()
}

/// The jobs that clusters know and that may have taken it.
fn own_jobs<'q>(
    question: &'q Question<'_>,
    snapshot: &'q Snapshot,
) -> impl Iterator<Item = &'q Job> {
    let took = overlay::live(snapshot, question.clusters).map(|live| live.job.id);
    let prefix = snapshot.job_prefix.as_ref();
    overlay::jobs(question.clusters)
        .map(|(_, job)| &**job)
        .filter(move |job| {
            let is_named = prefix.is_some_and(|prefix| *prefix == job.id.savepoint_prefix());
            is_named || snapshot.job_id == Some(job.id) || took == Some(job.id)
        })
}

/// That nobody is there to be asked, if nobody is.
fn nobody(question: &Question<'_>) -> Option<String> {
    let text = "no cluster is connected (--flink)";
    question.clusters.is_empty().then(|| text.to_owned())
}

/// Why not all clusters can be asked, if one of them does not answer.
fn unanswered(question: &Question<'_>) -> Option<String> {
    let mut silent = question.clusters.iter().filter(|it| !answers(it));
    let silent = silent.next()?;
    Some(format!("{} does not answer", silent.name))
}

/// What has to be said of a plan as a whole: that nobody can tell from what jobs were just started.
pub(super) fn remarks(question: &Question<'_>, plan: &Plan) -> Vec<String> {
    let is_going = |at: &Location| {
        let mut targets = plan.targets.iter();
        targets.any(|target| target.decision == Decision::Delete && target.at == *at)
    };
    let mut rows = question.graph.snapshots.iter();
    let unheard = rows
        .find_map(|row| unheard(question, row).filter(|_| is_going(&row.location)))
        .filter(|_| !plan.comes_to_nothing());
    let after = "it stays in the trash for three days, and `stateward undo` puts it back";
    let unheard = unheard.map(|why| {
        format!("{why}: whether a job was just started from what goes is not known; {after}")
    });
    // What survives its job may be started from wherever it can be read.
    let mut rows = question.graph.snapshots.iter();
    let survives = rows.any(|row| {
        is_going(&row.location) && (row.kind == Kind::Savepoint || is_over(question, row))
    });
    let elsewhere = || {
        let asked: Vec<&str> = question.clusters.iter().map(|it| &*it.name).collect();
        format!(
            "{} alone {} asked: whether a job on another cluster was just started from what goes is not known; {after}",
            asked.join(", "),
            if asked.len() == 1 { "was" } else { "were" }
        )
    };
    let is_told = survives && !plan.comes_to_nothing();
    unheard
        .or_else(|| is_told.then(elsewhere))
        .into_iter()
        .collect()
}
