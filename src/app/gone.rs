//! What went: a word on a snapshot that went without us, with the reason that the timeline gives once that is known; and the
//! one that somebody was reading of.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::command::CommandId;

use super::explain::Tone;
use super::model::{About, Focus, Model, Tab};
use super::operations::Asked;
use super::order::in_place_of;
use crate::analysis::timeline::Life;
use crate::analysis::vanished;
use crate::domain::event::{Ending, Sketch};
use crate::domain::location::Location;
use crate::domain::snapshot::{Kind, RootState, Snapshot};

/// The snapshot that somebody was reading of in the detail when it went. The detail stays with it until it is left, and
/// nothing is selected as long, so that no key acts on another one in its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Departed {
    /// It, as it was known last.
    pub snapshot: Arc<Snapshot>,
    /// When that was noticed.
    pub at: Timestamp,
    /// The row that took its place in the table.
    pub(super) neighbour: Option<Location>,
}

impl Model {
    /// The snapshot that the detail tells of: the selected one, or the one that went while somebody read of it.
    pub fn detailed(&self) -> Option<&Arc<Snapshot>> {
        let departed = self.departed.as_ref().map(|it| &it.snapshot);
        departed.or_else(|| self.selected_snapshot())
    }

    /// Whether somebody reads the detail, and does not go through the table with the detail beside it.
    pub(super) fn is_reading(&self) -> bool {
        self.detail_open || self.focus == Focus::Detail
    }
}

impl Departed {
    /// What became of it, and when; no time where a recording stands at a moment before there was one.
    pub fn fate(&self, model: &Model) -> (String, Option<Timestamp>) {
        let snapshot = &*self.snapshot;
        if model.is_replay() && snapshot.completed_at.is_some_and(|at| at > model.now) {
            let text = format!("{} is not there yet at this moment.", snapshot.name);
            return (text, None);
        }
        let life = life(model, &Sketch::of(snapshot, ""));
        let ended = life.and_then(|life| Some(life.end.as_ref()?.at));
        // By the recording's time it was not when somebody jumped that it went.
        let noticed = (!model.is_replay()).then_some(self.at);
        let reason = life.and_then(|life| words(model, life));
        let mut text = reason.unwrap_or_else(|| match out_of_sight(model, snapshot) {
            Some(text) if ended.is_none() => text,
            _ => without_reason(snapshot),
        });
        if !text.ends_with('.') {
            text.push('.');
        }
        (text, ended.or(noticed))
    }
}

/// Keeps the detail with a snapshot that has just gone, where somebody reads of it; false where nobody does.
pub(super) fn depart(model: &mut Model, gone: &Arc<Snapshot>, before: &[Arc<Snapshot>]) -> bool {
    if !model.is_reading() {
        return false;
    }
    let rows = &model.index.rows;
    let neighbour = in_place_of(&gone.location, before, rows).map(|at| rows[at].location.clone());
    model.selected = None;
    model.departed = Some(Departed {
        snapshot: Arc::clone(gone),
        at: model.now,
        neighbour,
    });
    true
}

/// Whether the detail stays with a snapshot that went; where it came back, or another lineage is shown, it does not.
pub(super) fn stays(model: &mut Model, before: &[Arc<Snapshot>]) -> bool {
    let Some(mut departed) = model.departed.take() else {
        return false;
    };
    let (rows, gone) = (&model.index.rows, &departed.snapshot);
    let neighbour = departed
        .neighbour
        .and_then(|it| in_place_of(&it, before, rows));
    departed.neighbour = neighbour.map(|at| rows[at].location.clone());
    let now = model.snapshots.get(&gone.location);
    let is_it = |now: &Arc<Snapshot>| !Sketch::of(now, "").is_written_after(&Sketch::of(gone, ""));
    if now.is_some_and(is_it) {
        model.selected = Some(gone.location.clone());
        return false;
    }
    if model.scope.is_some_and(|scope| scope != gone.lineage) {
        model.selected = departed.neighbour;
        return false;
    }
    model.departed = Some(departed);
    true
}

/// Leaves the snapshot that went for the row that took its place.
pub(super) fn leave(model: &mut Model) {
    if let Some(departed) = model.departed.take() {
        model.selected = departed.neighbour;
        model.index.stale = true;
    }
}

/// The place in the table of the row that took the place of what went.
pub(super) fn neighbour(model: &Model) -> Option<usize> {
    let neighbour = model.departed.as_ref()?.neighbour.as_ref()?;
    let mut rows = model.index.rows.iter();
    rows.position(|row| row.location == *neighbour)
}

/// Leaves it where nobody reads of it any more.
pub(super) fn follow(model: &mut Model) {
    if !model.is_reading() {
        leave(model);
    }
}

/// What speaks against a command about the selected snapshot: that it is there no more.
pub(super) fn objection(model: &Model, id: CommandId) -> Option<String> {
    let departed = model.departed.as_ref()?;
    let is_about_it = match id {
        CommandId::Activate => model.tab == Tab::Restart,
        CommandId::Plan => model.staging.chosen.is_empty(),
        CommandId::Stage
        | CommandId::Mark
        | CommandId::Restart
        | CommandId::Holds
        | CommandId::WhatIf
        | CommandId::Beside
        | CommandId::Verify
        | CommandId::VerifyContents
        | CommandId::YankPath
        | CommandId::YankCommand => true,
        _ => false,
    };
    is_about_it.then(|| {
        let name = &departed.snapshot.name;
        format!("{name} is not there any more; esc goes back to the table")
    })
}

/// Says that a snapshot went which somebody looked at: not where it was deleted from here, nor over a word about what was
/// just done.
pub(super) fn say(model: &mut Model, snapshot: &Snapshot) {
    let just_now = model.as_seen(SignedDuration::from_mins(1));
    let is_ours = |it: &Asked| {
        let mut ended = it.ended.iter();
        let is_over = ended.any(|(at, _)| model.now.duration_since(*at) > just_now);
        !is_over && it.targets.contains(&snapshot.location)
    };
    let is_other = |about: &About| !matches!(about, About::Gone { .. });
    let has_word = model.notice.as_ref().is_some_and(|it| is_other(&it.about));
    if has_word || model.operations.iter().any(is_ours) {
        return;
    }
    let sketch = Sketch::of(snapshot, "");
    let known = known(model, &sketch);
    let text = known.unwrap_or_else(|| without_reason(snapshot));
    model.say(Tone::Warning, text);
    if let Some(notice) = &mut model.notice {
        notice.about = About::Gone {
            sketch: Box::new(sketch),
        };
    }
}

/// What is to be said of one whose root is not there: nothing is known of it then.
fn out_of_sight(model: &Model, snapshot: &Snapshot) -> Option<String> {
    let mut roots = model.roots.iter();
    let is_lost = roots.any(|root| {
        root.state == RootState::Missing && snapshot.location.is_within(&root.location)
    });
    is_lost.then(|| format!("{} is out of sight: its root was not there", snapshot.name))
}

fn without_reason(snapshot: &Snapshot) -> String {
    match snapshot.kind {
        Kind::Savepoint => format!("{} was deleted", snapshot.name),
        Kind::Checkpoint | Kind::ExternalizedCheckpoint => {
            format!("{} vanished (subsumed or deleted)", snapshot.name)
        }
    }
}

/// Gives the reason in a word that was said before it was known.
pub(super) fn learn(model: &mut Model) {
    model.dirty |= model.departed.is_some();
    let Some(notice) = &model.notice else { return };
    let About::Gone { sketch } = &notice.about else {
        return;
    };
    let known = known(model, sketch);
    if let Some(text) = known.filter(|text| *text != notice.text)
        && let Some(notice) = &mut model.notice
    {
        notice.text = text;
        model.dirty = true;
    }
}

/// What became of the snapshot that lay at a place and looked like this, where that is known.
fn known(model: &Model, sketch: &Sketch) -> Option<String> {
    words(model, life(model, sketch)?)
}

/// What is known of the snapshot that lay at a place and looked like this.
fn life<'m>(model: &'m Model, sketch: &Sketch) -> Option<&'m Life> {
    let life = model.past.life(&sketch.uri)?;
    (!life.is_followed_by(sketch)).then_some(life)
}

fn words(model: &Model, life: &Life) -> Option<String> {
    let name = &life.sketch.name;
    match &life.end.as_ref()?.how {
        Ending::Subsumed { by, is_exact } => {
            let or = if *is_exact { "" } else { " or one before it" };
            Some(format!("Flink subsumed {name}: {by}{or} had completed"))
        }
        Ending::Trashed => Some(format!("{name} was moved into the trash")),
        Ending::Replaced => Some(format!("another was written in the place of {name}")),
        Ending::Vanished => {
            let rule = vanished::rule(life, &model.past, &model.clusters)?;
            Some(format!("{name} vanished. {}", rule.sentence()))
        }
    }
}
