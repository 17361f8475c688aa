//! What no snapshot names, and whether it may go, for whoever only asks: the same that a plan says of it.

use std::sync::Arc;

use super::opened::Opened;
use super::reach::Reach;
use crate::analysis::guard::{Claims, place_of};
use crate::analysis::orphans::{self, Found, Orphan, Question};
use crate::domain::hold::Hold;
use crate::domain::location::Location;
use crate::domain::mark::Mark;
use crate::domain::plan::{Decision, Objection};
use crate::domain::snapshot::Snapshot;

/// What was found, with the holds and marks that speak against some of it.
pub struct Leftovers {
    /// What was found; what could not be read of holds and marks is among its problems.
    pub found: Found,
    holds: Vec<Hold>,
    marks: Vec<Mark>,
    snapshots: Vec<Arc<Snapshot>>,
    roots: Vec<Location>,
}

impl Leftovers {
    /// What lies below the roots that were looked in.
    pub fn of(opened: &Opened) -> Self {
        let mut found = opened.orphans();
        let (holds, unheld) = opened.holds();
        let (marks, unmarked) = opened.marks();
        for problem in unheld.into_iter().chain(unmarked) {
            if !found.problems.contains(&problem) {
                found.problems.push(problem);
            }
        }
        Self {
            found,
            holds,
            marks,
            snapshots: opened.catalog.rows().cloned().collect(),
            roots: opened.root_locations(),
        }
    }

    /// Judges each, one after the other: there may be a million. The question is about [`Leftovers::found`].
    pub fn each(&self, question: &Question<'_>, visit: &mut dyn FnMut(Orphan)) {
        let claims = Claims::new(&self.holds, &self.marks, &self.snapshots, question.now);
        let mut reach = Reach::of(&self.roots);
        // What lies in one place comes one after the other.
        let mut known: Option<(Location, Option<Against>)> = None;
        orphans::each(question, &mut |mut orphan| {
            if orphan.decision == Decision::Delete {
                let place = place_of(&orphan);
                if known.as_ref().is_none_or(|(at, _)| *at != place) {
                    let against = claims.verdict(&place);
                    known = Some((place, against.as_ref().map(in_few_words)));
                }
                let obstacle = || {
                    let why = reach.obstacle(&orphan.at)?;
                    Some((Decision::Unknown, Arc::from(why)))
                };
                let against = known.as_ref().and_then(|(_, against)| against.clone());
                if let Some((decision, reason)) = against.or_else(obstacle) {
                    orphan.decision = decision;
                    orphan.reason = reason;
                }
            }
            visit(orphan);
        });
    }
}

/// What becomes of what somebody objects to, and why, in a column.
type Against = (Decision, Arc<str>);

fn in_few_words(objection: &Objection) -> Against {
    let text = objection.text.trim_end_matches('.');
    (objection.decision, Arc::from(text))
}
