//! What becomes of each file of a target.

use super::belonging::Belonging;
use super::graph::{Found, Sort};
use super::{Question, Verdict, Word, liveness};
use crate::analysis::overlay;
use crate::domain::location::Location;
use crate::domain::plan::{Decision, FileStep, Objection};
use crate::domain::snapshot::{Health, Snapshot};
use crate::domain::text::scrub;

/// Why a file stays of which there is nothing.
const NOT_THERE: &str = "it is not there";

/// Why a link stays.
const A_LINK: &str = "a symbolic link; name the real place";

/// Whether a plan says of a file that there is nothing of it: it neither goes nor stays.
pub fn is_missing(file: &FileStep) -> bool {
    file.decision != Decision::Delete && file.pinned_by.is_empty() && file.reason == NOT_THERE
}

/// What becomes of a file of a target for which this was decided as a whole.
pub(super) fn step(
    question: &Question<'_>,
    belonging: &Belonging<'_>,
    verdict: &Verdict<'_>,
    target: usize,
    file: usize,
    whole: Decision,
) -> FileStep {
    let graph = question.graph;
    let it = &graph.files[file];
    let pinned_by: Vec<Location> = it
        .users
        .iter()
        .filter(|user| !belonging.goes(**user))
        .map(|&user| graph.snapshots[user].location.clone())
        .filter(|user| *user != graph.snapshots[target].location)
        .collect();
    let (decision, reason) = judged(
        question, belonging, verdict, target, file, whole, &pinned_by,
    );
    FileStep {
        at: it.at.clone(),
        is_metadata: it.sort == Sort::Metadata,
        decision,
        reason,
        bytes: it.found.bytes(),
        hard_linked: it.is_hard_linked,
        seen: match it.found {
            Found::Here(seen) => Some(seen),
            Found::Indistinct { .. } | Found::Link | Found::Missing | Found::Unreachable => None,
        },
        pinned_by,
        also_of: it
            .users
            .iter()
            .filter(|user| belonging.goes(**user) && **user != target)
            .map(|&user| graph.snapshots[user].location.clone())
            .collect(),
    }
}

fn judged(
    question: &Question<'_>,
    belonging: &Belonging<'_>,
    verdict: &Verdict<'_>,
    target: usize,
    file: usize,
    whole: Decision,
    pinned_by: &[Location],
) -> (Decision, String) {
    let graph = question.graph;
    let (it, snapshot) = (&graph.files[file], &*graph.snapshots[target]);
    let (keep, unknown) = (Decision::Keep, Decision::Unknown);
    let pinned = match pinned_by {
        [] => None,
        [only] => Some(format!("{} names it", name(only))),
        [first, rest @ ..] => Some(format!("{} and {} more name it", name(first), rest.len())),
    };
    if whole != Decision::Delete {
        return (
            whole,
            pinned.unwrap_or_else(|| "its snapshot stays".to_owned()),
        );
    }
    if !question.is_inside(&it.at) {
        return (keep, "outside of the directories named".to_owned());
    }
    if let Some(pinned) = pinned {
        return (keep, pinned);
    }
    if belonging.is_only_looked_at(target, &it.at) {
        let why = "it lies where only others were looked for (--in), in no directory of its job";
        return (keep, why.to_owned());
    }
    if let Some(objection) = belonging.objection(target, file) {
        return objection;
    }
    if std::str::from_utf8(it.at.as_bytes()).is_err() {
        return (unknown, "its name is no text".to_owned());
    }
    match it.found {
        Found::Missing => return (keep, NOT_THERE.to_owned()),
        Found::Link => return (keep, A_LINK.to_owned()),
        Found::Unreachable => return (unknown, "it cannot be looked at".to_owned()),
        Found::Indistinct { .. } => {
            return (unknown, "when it was changed is not known".to_owned());
        }
        Found::Here(seen) if seen.modified > question.now => {
            return (unknown, "it was changed in the future".to_owned());
        }
        Found::Here(_) => {}
    }
    if let Some(why) = graph.out_of_reach.get(&file) {
        return (unknown, why.clone());
    }
    match it.sort {
        Sort::Merged if !is_over(question, verdict, snapshot) => (
            keep,
            "TaskManagers write many checkpoints into it, and delete it themselves".to_owned(),
        ),
        Sort::Loose
            if snapshot.health == Health::Complete || snapshot.health == Health::Incomplete =>
        {
            (keep, "its metadata does not name it".to_owned())
        }
        Sort::Metadata => (Decision::Delete, "its own".to_owned()),
        Sort::Loose => (Decision::Delete, "nobody names it".to_owned()),
        Sort::State | Sort::Merged => (Decision::Delete, "nobody else names it".to_owned()),
    }
}

/// A snapshot's own name; all of where it lies is beside this in the plan.
fn name(at: &Location) -> String {
    scrub(&String::from_utf8_lossy(at.name())).into_owned()
}

/// Whether the job of a snapshot is known to be over, or somebody answers for that. Whoever lets go what a job has left that
/// lives has not said that it is over.
fn is_over(question: &Question<'_>, verdict: &Verdict<'_>, snapshot: &Snapshot) -> bool {
    let by_cluster = overlay::live(snapshot, question.clusters).is_some_and(|live| live.is_over());
    let word = question.word(Word::Unheard, snapshot);
    let answered_for =
        |it: &Objection| it.guard == liveness::GUARD && it.overruled_by == word && word.is_some();
    by_cluster || verdict.overruled.iter().any(answered_for)
}
