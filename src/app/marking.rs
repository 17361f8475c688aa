//! Marks for restart and holds, as the screen knows them.

use jiff::Timestamp;

use super::dialog::{self, Act, Review};
use super::effect::Effect;
use super::explain::Tone;
use super::holds;
use super::model::Model;
use super::planning;
use super::space;
use crate::analysis::marked::{is_of, mark_on, of_lineage, short_lived};
use crate::analysis::overlay;
use crate::domain::hold::Hold;
use crate::domain::mark::Mark;
use crate::domain::snapshot::Snapshot;
use crate::domain::text::{scrub, scrub_bytes};
use crate::domain::time;

impl Model {
    /// The mark that a snapshot bears.
    pub fn mark_of(&self, snapshot: &Snapshot) -> Option<&Mark> {
        self.marks.iter().find(|mark| is_of(mark, snapshot))
    }

    /// The holds that stand on a snapshot.
    pub fn holds_on(&self, snapshot: &Snapshot) -> impl Iterator<Item = &Hold> {
        self.holds
            .iter()
            .filter(move |hold| hold.stands(self.now) && hold.is_on(&snapshot.location))
    }

    /// Whether nobody else sees a hold: it lies in the user's own state directory, as its root could not be written.
    pub fn is_seen_by_us_alone(&self, hold: &Hold) -> bool {
        self.holds_aside.contains(hold)
    }
}

/// Marks the selected snapshot, after a review where a mark is replaced or Flink is about to delete the snapshot; or takes its
/// mark away, always after one: somebody chose it.
pub(super) fn toggle(model: &mut Model) -> Vec<Effect> {
    let Some(snapshot) = model.selected_snapshot().cloned() else {
        return Vec::new();
    };
    if let Some(mark) = model.mark_of(&snapshot) {
        let review = unmarking(model, &snapshot, mark);
        dialog::show(model, review);
        return Vec::new();
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
    let mark = Box::new(mark_on(&snapshot, lineage, model.now));
    let older = lineage.map_or_else(Vec::new, |lineage| {
        let rows: Vec<&Snapshot> = model.snapshots.values().map(|row| &**row).collect();
        of_lineage(&model.marks, lineage, &rows)
            .into_iter()
            .cloned()
            .collect()
    });
    let warnings = warnings(model, &snapshot, &older);
    if warnings.is_empty() {
        return vec![Effect::Mark { mark, older }];
    }
    let review = Review {
        title: format!("mark of {} for restart", snapshot.name),
        act: Act::Mark(mark, older),
        lines: warnings,
        consequence: None,
        looks: false,
        blocked: false,
    };
    dialog::show(model, review);
    Vec::new()
}

/// What is to be known before a mark is taken away: whose choice it was, and that nothing says any more where to start from.
fn unmarking(model: &Model, snapshot: &Snapshot, mark: &Mark) -> Review {
    let whose = format!(
        "{} is marked for restart{}.",
        snapshot.name,
        set(mark, model.now)
    );
    let lineage = model.lineage(snapshot.lineage);
    let of = lineage.map_or("this lineage", |lineage| model.called(lineage));
    let then = format!(
        "Then nothing of {} is marked: `latest` gives the newest restorable one, and no mark keeps this one from being \
         deleted.",
        scrub(of)
    );
    Review {
        title: format!("taking the mark of {} away", snapshot.name),
        act: Act::Unmark(Box::new(mark.clone())),
        lines: vec![(Tone::Plain, whose), (Tone::Warning, then)],
        consequence: None,
        looks: false,
        blocked: false,
    }
}

/// What is to be known before a snapshot is marked: whose choice it replaces, and that Flink is about to delete it.
fn warnings(model: &Model, snapshot: &Snapshot, older: &[Mark]) -> Vec<(Tone, String)> {
    let replaces = older.iter().map(|mark| {
        let text = format!(
            "It takes the place of the mark on {}{}.",
            scrub_bytes(mark.snapshot.name()),
            set(mark, model.now)
        );
        (Tone::Warning, text)
    });
    let mut lines: Vec<(Tone, String)> = replaces.collect();
    let live = overlay::live(snapshot, &model.clusters).filter(overlay::Live::lives);
    if let (Some(live), Some(why)) = (live, short_lived(snapshot)) {
        let job = scrub(&live.job.name);
        lines.push((Tone::Warning, format!("{job} is running. {why}.")));
    }
    lines
}

/// Who set a mark, when and why, as the end of a sentence.
fn set(mark: &Mark, now: Timestamp) -> String {
    let by = match scrub(&mark.by) {
        by if by.is_empty() => String::new(),
        by => format!(" by {by}"),
    };
    let note = match scrub(&mark.note) {
        note if note.is_empty() => String::new(),
        note => format!(": {note}"),
    };
    format!(", set{by} {}{note}", time::ago(mark.at, now))
}

/// The holds in sight.
pub(super) struct Holds {
    /// All of them.
    pub(super) holds: Vec<Hold>,
    /// Those that nobody else sees.
    pub(super) aside: Vec<Hold>,
}

/// Takes in what is marked and held now.
pub(super) fn heard(model: &mut Model, marks: Vec<Mark>, held: Holds, problems: Vec<String>) {
    let Holds { holds, aside } = held;
    model.dirty |= model.holds_aside != aside;
    model.holds_aside = aside;
    if model.marks != marks || model.holds != holds {
        model.marks = marks;
        holds::keep_chosen(model, |model| model.holds = holds);
        planning::outdated(model);
        space::refresh(model);
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
