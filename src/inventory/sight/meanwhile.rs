//! What comes between a last look and a deletion that is under way: a job is started from what goes, somebody holds it, what
//! was to be left goes, too.

use std::collections::HashSet;
use std::sync::Arc;

use super::{ORPHANS, Sight, Terms};
use crate::analysis::guard::{self, Graph, Question, Wish};
use crate::domain::cluster::{Cluster, Contact};
use crate::domain::location::Location;
use crate::domain::plan::{Decision, Plan};
use crate::domain::snapshot::Snapshot;
use crate::inventory::{homes, places};

/// What was in sight at the last look, to be held against what is said once the metadata of what goes is out of reach, and again
/// until all has gone. From then on no job can be started from it, so that whoever was is known or about to be.
pub struct Meanwhile {
    sight: Sight,
    terms: Terms,
    /// Who named what, and what is asked to go: whether a job may build on files is told by those.
    graph: Graph,
    wishes: Vec<Wish>,
}

impl Meanwhile {
    pub(super) fn new(sight: Sight, terms: Terms, (graph, wishes): (Graph, Vec<Wish>)) -> Self {
        Self {
            sight,
            terms,
            graph,
            wishes,
        }
    }

    /// What holds, marks, notes of restarts, and clusters say now against what a plan lets go, and what nobody has overruled: the
    /// first of it, with what it is about. Last it is looked once more what is left to restore from: whoever deletes that at the
    /// same time may have counted on what goes here.
    pub fn objection(&mut self, clusters: &[Arc<Cluster>], plan: &Plan) -> Option<String> {
        // From what no snapshot names no job is started.
        if plan.verb == ORPHANS {
            return None;
        }
        let mut changed = plan.looking.iter().flat_map(places::changed);
        if let Some(changed) = changed.next() {
            let what = changed.with_new_plan();
            return Some(format!("cannot tell who needs it: {what}"));
        }
        let looking = plan.looking.iter();
        let mut emptied = looking.flat_map(|it| homes::emptied(it, &plan.trash_roots()));
        if let Some(emptied) = emptied.next() {
            let what = emptied.with_new_plan();
            return Some(format!("cannot tell who needs it: {what}"));
        }
        let (marks, unmarked) = self.sight.opened.marks();
        let (holds, unheld) = self.sight.opened.holds();
        let (restarts, untold) = self.sight.opened.restarts();
        let mut problems = unmarked.into_iter().chain(unheld).chain(untold);
        if let Some(problem) = problems.find(|it| !self.sight.problems.contains(it)) {
            return Some(problem);
        }
        // One that answered at the last look would have told of whoever was started since.
        let answered = |id| {
            self.sight
                .clusters
                .iter()
                .any(|it| it.id == id && answers(it))
        };
        let mut silent = clusters.iter().filter(|it| !answers(it) && answered(it.id));
        if let Some(silent) = silent.next() {
            return Some(format!(
                "{} does not answer any more: whether a job was started meanwhile is not known",
                silent.name
            ));
        }
        // All but the directories of jobs that begin is as it was.
        self.graph.bare = self.sight.opened.bare();
        let graph = &self.graph;
        let going = |row: &Snapshot| {
            let mut targets = plan.targets.iter();
            targets.find(|it| it.at == row.location && it.decision == Decision::Delete)
        };
        let needed = self
            .sight
            .question(&self.terms, &plan.verb, graph, |question| {
                let question = Question {
                    wishes: &self.wishes,
                    clusters,
                    holds: &holds,
                    marks: &marks,
                    restarts: &restarts,
                    ..question
                };
                let mut rows = graph.snapshots.iter().enumerate();
                rows.find_map(|(at, row)| {
                    let overruled = &going(row)?.overruled;
                    let found = guard::standing(&question, at, overruled)?;
                    let text = found.text.trim_end_matches('.');
                    Some(format!("{} is needed now: {text}", row.name))
                })
            });
        needed.or_else(|| self.last(plan))
    }

    /// Which of those that go is the last now of its lineage that could be restored.
    fn last(&mut self, plan: &Plan) -> Option<String> {
        let targets = plan.targets.iter();
        let going: HashSet<&Location> = targets
            .filter(|it| it.decision == Decision::Delete)
            .map(|it| &it.at)
            .collect();
        if let Err(why) = self.sight.opened.look_again(&|at| going.contains(at)) {
            return Some(format!("cannot tell what is left to restore from: {why}"));
        }
        let overruled = plan.targets.iter().flat_map(|it| &it.overruled);
        let typed = overruled.filter_map(|it| it.overruled_by.clone());
        let mut terms = self.terms.clone();
        terms.typed.extend(typed);
        let last = self
            .sight
            .last(&terms, &plan.verb, &|at| going.contains(at));
        last.into_iter().next().map(|it| it.why)
    }
}

fn answers(cluster: &Cluster) -> bool {
    matches!(cluster.contact, Contact::Answering { .. })
}
