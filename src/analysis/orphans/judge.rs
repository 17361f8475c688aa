//! The judgement, file by file.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::life::{self, Life};
use super::{Activity, Class, Home, Leftover, Orphan, Place, Question};
use crate::analysis::guard::SHORTEST_GRACE;
use crate::analysis::heirs;
use crate::domain::id::JobId;
use crate::domain::location::Location;
use crate::domain::plan::{Decision, Fingerprint};
use crate::domain::time;

/// What becomes of everything that was found.
pub fn judge(question: &Question<'_>) -> Vec<Orphan> {
    let mut orphans = Vec::with_capacity(question.found.files.len());
    each(question, &mut |orphan| orphans.push(orphan));
    orphans
}

/// The same, one after the other, for when there may be a million.
pub fn each(question: &Question<'_>, visit: &mut dyn FnMut(Orphan)) {
    let found = question.found;
    let lives: Vec<Life> = found
        .homes
        .iter()
        .map(|home| life::of(home, question.clusters))
        .collect();
    // What holds for all files of one class in one place is said once.
    let mut known: HashMap<(u32, Class), Option<Verdict>> = HashMap::new();
    let mut reasons = Reasons::default();
    for file in &found.files {
        let place = &found.places[file.place as usize];
        let verdict = of_file(question, file)
            .or_else(|| {
                let whole = known.entry((file.place, file.class));
                whole
                    .or_insert_with(|| of_place(question, place, file.class, &lives))
                    .clone()
            })
            .or_else(|| by_time(question, file))
            .unwrap_or_else(|| Verdict::new(Decision::Delete, left_over(file.class)));
        visit(Orphan {
            at: match &*file.name {
                [] => place.at.clone(),
                name => place.at.child(name),
            },
            class: file.class,
            is_directory: file.name.is_empty(),
            bytes: file.bytes,
            is_hard_linked: file.is_hard_linked,
            fingerprint: fingerprint(file),
            decision: verdict.decision,
            reason: reasons.shared(verdict.reason),
        });
    }
}

/// Each reason once, however many files have it.
#[derive(Default)]
struct Reasons(HashMap<String, Arc<str>>);

impl Reasons {
    fn shared(&mut self, reason: Arc<str>) -> Arc<str> {
        if let Some(known) = self.0.get(&*reason) {
            return known.clone();
        }
        self.0.insert(reason.to_string(), reason.clone());
        reason
    }
}

/// Why something does not go.
#[derive(Debug, Clone)]
struct Verdict {
    decision: Decision,
    reason: Arc<str>,
}

impl Verdict {
    fn new(decision: Decision, reason: impl Into<Arc<str>>) -> Self {
        Self {
            decision,
            reason: reason.into(),
        }
    }

    fn keep(reason: impl Into<Arc<str>>) -> Self {
        Self::new(Decision::Keep, reason)
    }

    fn unknown(reason: impl Into<Arc<str>>) -> Self {
        Self::new(Decision::Unknown, reason)
    }

    fn defer(reason: impl Into<Arc<str>>) -> Self {
        Self::new(Decision::Defer, reason)
    }
}

fn fingerprint(file: &Leftover) -> Option<Fingerprint> {
    Some(Fingerprint {
        bytes: file.bytes,
        modified: file.modified?,
        identity: file.identity?,
    })
}

/// Why it may go.
fn left_over(class: Class) -> &'static str {
    match class {
        Class::EmptyCheckpoint => {
            "an empty directory, left by a checkpoint that never got any state"
        }
        Class::EmptyMetadata => "an empty file, of which Flink can restore nothing",
        Class::HalfWritten => "a write that never came to its end",
        Class::UnfinishedCheckpoint => {
            "of a checkpoint that never completed, or was deleted half-way"
        }
        _ => "no snapshot in scope names it",
    }
}

/// What speaks against one file, whatever holds for its neighbours.
fn of_file(question: &Question<'_>, file: &Leftover) -> Option<Verdict> {
    let class = match file.class {
        Class::TaskOwned => Some("task-owned: state may hold handles to it that no metadata shows"),
        Class::Database => Some("in the database that ForSt works in"),
        Class::Loose => Some("in a snapshot whose metadata does not name it"),
        Class::UnfinishedSavepoint => Some("in the directory of a savepoint, which is yours"),
        Class::Stranger => Some("nothing that Flink writes"),
        _ => None,
    };
    if let Some(reason) = class {
        return Some(Verdict::keep(reason));
    }
    if file.has_namesake {
        return Some(Verdict::keep(
            "a snapshot names a file of this name elsewhere: a copy of it, or itself seen by another way",
        ));
    }
    let found = question.found;
    if file.identity.is_some_and(|it| found.linked.contains(&it)) {
        return Some(Verdict::keep("a symbolic link leads to it"));
    }
    match file.class {
        Class::DamagedMetadata => Some(Verdict::unknown(
            "it cannot be read here; another user, or another release of Flink, may read it",
        )),
        Class::BesideDamagedMetadata => Some(Verdict::unknown(
            "the metadata beside it cannot be read, and may name it",
        )),
        _ => None,
    }
}

/// What speaks against all files of a class in one place.
fn of_place(
    question: &Question<'_>,
    place: &Place,
    class: Class,
    lives: &[Life],
) -> Option<Verdict> {
    let found = question.found;
    let Some(at) = place.home else {
        return Some(Verdict::keep("in a directory that is not Flink's"));
    };
    let (home, life) = (&found.homes[at], &lives[at]);
    if !home.is_flinks && *life != Life::Over {
        return Some(Verdict::keep(
            "nothing but a name shows that Flink made its directory",
        ));
    }
    if std::str::from_utf8(place.at.as_bytes()).is_err() {
        return Some(Verdict::unknown("its path is no text"));
    }
    if class == Class::Merged
        && let Some(verdict) = merged(place, home)
    {
        return Some(verdict);
    }
    if let Some(problem) = found.problems.first() {
        return Some(Verdict::unknown(format!(
            "not everything could be looked at: {problem}"
        )));
    }
    if let Some(verdict) = unseen_users(question, home, class) {
        return Some(verdict);
    }
    match life {
        Life::Lives(who) => return Some(Verdict::defer(who.as_str())),
        Life::Silent(who) => return Some(Verdict::unknown(who.as_str())),
        Life::Over | Life::NotKnown => {}
    }
    if let Some(name) = &home.in_progress {
        return Some(Verdict::defer(format!(
            "{name} beside it may be in progress"
        )));
    }
    if class == Class::Changelog && *life != Life::Over {
        return Some(Verdict::keep(
            "TaskManagers own changes until a checkpoint confirms them, and no cluster says that the job is over (--flink)",
        ));
    }
    // Of file merging nobody knows what a TaskManager still writes, until all is quiet.
    if *life != Life::Over || class == Class::Merged {
        let verdict = unless_quiet(question, home.activity, "its job's directory");
        if verdict.is_some() {
            return verdict;
        }
    }
    unless_quiet(question, place.activity, "its directory")
}

/// Directories of file merging go by a proof of their own.
fn merged(place: &Place, home: &Home) -> Option<Verdict> {
    if place.is_named {
        return Some(Verdict::keep(
            "a snapshot names its directory of file merging",
        ));
    }
    (home.snapshots > 0).then(|| {
        Verdict::keep(
            "TaskManagers merge files there and delete them, and its job still has snapshots",
        )
    })
}

/// Files of state may be named by metadata that was not read.
fn unseen_users(question: &Question<'_>, home: &Home, class: Class) -> Option<Verdict> {
    let found = question.found;
    let is_state = matches!(
        class,
        Class::Shared | Class::Changelog | Class::Merged | Class::UnfinishedCheckpoint
    );
    if !is_state {
        return None;
    }
    if let Some(first) = found.unread.first() {
        return Some(Verdict::unknown(format!(
            "the metadata of {first} cannot be read, and may name it"
        )));
    }
    if found.read == 0 {
        return Some(Verdict::unknown(
            "no metadata at all is in sight, which proves nothing; name the directories that hold snapshots too",
        ));
    }
    if !home.neighbours_seen {
        return Some(Verdict::unknown(
            "a job that claimed its checkpoint may name it from a directory beside; name the directory above too",
        ));
    }
    // What lies in the directory of a checkpoint goes with it when it was claimed.
    if class == Class::UnfinishedCheckpoint {
        return None;
    }
    if let Some(heir) = heir(question, home) {
        return Some(Verdict::unknown(format!(
            "{} may name it, and nobody looked in {}; name that too",
            heir.who, heir.at
        )));
    }
    if let Some(started) = started(question, home) {
        return Some(Verdict::unknown(format!(
            "{} was restored from {}, where nobody looked, and has completed no checkpoint of its own; name that too",
            started.who, started.at
        )));
    }
    (!question.all_named).then(|| {
        Verdict::unknown(
            "a job that claimed a checkpoint of its job may name it from another checkpoint directory; once all of these \
             are named, say so with --all-named",
        )
    })
}

/// A job that a cluster knows, and that may have claimed something of here and writes elsewhere.
fn heir(question: &Question<'_>, home: &Home) -> Option<heirs::Unseen> {
    let found = question.found;
    let of = home.job.filter(|id| *id != JobId::ZERO);
    let is_seen = |at: &Location, job: JobId| {
        let mut roots = found.roots.iter();
        let mut homes = found.homes.iter();
        roots.any(|root| at.is_within(&root.canonical()))
            || (at.local_path().is_none()
                && homes.any(|it| it.job == Some(job) && it.snapshots > 0))
    };
    let line = heirs::Line {
        of: &of.into_iter().collect(),
        is_apart: &|_| false,
        clusters: question.clusters,
        restarts: &[],
    };
    let unseen = heirs::unseen(&line, &is_seen);
    unseen.into_iter().next()
}

/// A job that goes back to what nobody looked at: that may name anything of here.
fn started(question: &Question<'_>, home: &Home) -> Option<heirs::Unseen> {
    let (roots, homes) = (&question.found.roots, &question.found.homes);
    let is_seen = |at: &Location| {
        let job = at.parent().and_then(|it| JobId::from_hex(it.name()).ok());
        let is_by_name = |it: &Home| it.job == job && it.snapshots > 0;
        roots.iter().any(|root| at.is_within(&root.canonical()))
            || (job.is_some() && job == home.job)
            || (at.local_path().is_none() && job.is_some() && homes.iter().any(is_by_name))
    };
    let mut started = heirs::started_unseen(question.clusters, is_seen);
    started.next().map(|(_, unseen)| unseen)
}

/// Whether something has not changed for the grace.
fn unless_quiet(question: &Question<'_>, activity: Activity, what: &str) -> Option<Verdict> {
    match activity.newest {
        _ if activity.untimed => Some(Verdict::unknown(format!(
            "when {what} changed is not known"
        ))),
        None => Some(Verdict::unknown(format!(
            "when {what} changed is not known"
        ))),
        Some(newest) if newest > question.now => Some(Verdict::unknown(format!(
            "{what} changed in the future: clocks differ"
        ))),
        Some(newest) if is_young(question, newest) => Some(Verdict::defer(format!(
            "{what} changed {}, less than {} ago",
            time::ago(newest, question.now),
            time::exact_span(grace(question))
        ))),
        Some(_) => None,
    }
}

/// What the times of one file say.
fn by_time(question: &Question<'_>, file: &Leftover) -> Option<Verdict> {
    if std::str::from_utf8(&file.name).is_err() {
        return Some(Verdict::unknown("its name is no text"));
    }
    let Some(seen) = fingerprint(file) else {
        return Some(Verdict::unknown(
            "the store does not tell when it was changed, or what identifies it",
        ));
    };
    if seen.modified > question.now {
        return Some(Verdict::unknown(
            "it was changed in the future: clocks differ",
        ));
    }
    is_young(question, seen.modified).then(|| {
        Verdict::defer(format!(
            "changed less than {} ago",
            time::exact_span(grace(question))
        ))
    })
}

fn grace(question: &Question<'_>) -> SignedDuration {
    question.grace.max(SHORTEST_GRACE)
}

fn is_young(question: &Question<'_>, at: Timestamp) -> bool {
    question.now.duration_since(at) < grace(question)
}
