//! Marks for restart, as the screen knows them.

use super::effect::Effect;
use super::explain::Tone;
use super::model::Model;
use crate::analysis::latest;
use crate::analysis::marked::is_of;
use crate::domain::id::JobId;
use crate::domain::mark::Mark;
use crate::domain::snapshot::Snapshot;

impl Model {
    /// The mark that a snapshot bears.
    pub fn mark_of(&self, snapshot: &Snapshot) -> Option<&Mark> {
        self.marks.iter().find(|mark| is_of(mark, snapshot))
    }
}

/// Marks the selected snapshot, or takes its mark away.
pub(super) fn toggle(model: &mut Model) -> Vec<Effect> {
    let Some(snapshot) = model.selected_snapshot().cloned() else {
        return Vec::new();
    };
    if let Some(mark) = model.mark_of(&snapshot) {
        return vec![Effect::Unmark(Box::new(mark.clone()))];
    }
    if !snapshot.is_restorable() {
        let text = format!(
            "{} is not proven to be restorable, so it was not marked",
            snapshot.name
        );
        model.say(Tone::Warning, text);
        return Vec::new();
    }
    let lineage = model.lineage(snapshot.lineage);
    let mut jobs: Vec<JobId> = lineage.map(|it| it.jobs.clone()).unwrap_or_default();
    jobs.extend(snapshot.job_id.filter(|job| !jobs.contains(job)));
    // An id of zeros is many jobs' at once and tells nothing.
    jobs.retain(|job| *job != JobId::ZERO);
    vec![Effect::Mark(Box::new(Mark {
        snapshot: snapshot.location.clone(),
        restore_path: latest::restore_path(&snapshot),
        lineage: lineage.map(|it| it.name.clone()).unwrap_or_default(),
        jobs,
        by: String::new(),
        at: model.now,
        note: String::new(),
    }))]
}

/// Takes in what is marked now.
pub(super) fn heard(model: &mut Model, marks: Vec<Mark>, problems: Vec<String>) {
    if model.marks != marks {
        model.marks = marks;
        model.dirty = true;
    }
    // A problem that stays is told once.
    if model.mark_problems != problems {
        if let Some(problem) = problems.first() {
            model.say(Tone::Warning, problem.clone());
        }
        model.mark_problems = problems;
    }
}
