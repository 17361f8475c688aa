//! The screen of what-if: a copy of a lineage, to which events happen by key. Nothing of it reaches a disk or a cluster.

use std::sync::Arc;

use super::command::CommandId;
use super::effect::Effect;
use super::explain::Tone;
use super::model::{Model, Popup};
use super::moves;
use crate::analysis::beside::{self, Column, Row};
use crate::analysis::overlay;
use crate::analysis::whatif::{Event, Outcome, Step, World};
use crate::domain::location::Location;
use crate::domain::snapshot::Snapshot;

/// What the screen shows.
#[derive(Debug, Clone, Default)]
pub struct WhatIf {
    /// The number of the last request.
    pub generation: u64,
    /// The snapshot that was selected when it opened.
    pub of: Option<Location>,
    /// The copy, once it is here.
    pub world: Option<Arc<World>>,
    /// What happened so far, the oldest first.
    pub steps: Vec<Step>,
    /// What is left.
    pub outcome: Outcome,
    /// The place of the chosen snapshot.
    pub chosen: usize,
}

/// The screen of sorts beside each other.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Beside {
    /// The columns.
    pub columns: Vec<Column>,
    /// The place of the chosen one.
    pub column: usize,
    /// The place of the chosen row.
    pub row: usize,
}

/// Carries out a command of these screens.
pub(super) fn run(model: &mut Model, id: CommandId) -> Vec<Effect> {
    let event = match id {
        CommandId::WhatIf => return open(model),
        CommandId::WhatIfUndo => {
            model.whatif.steps.pop();
            play(model);
            return Vec::new();
        }
        CommandId::Beside => {
            open_beside(model);
            return Vec::new();
        }
        CommandId::BesideLeft => {
            turn(model, moves::Step::By(-1));
            return Vec::new();
        }
        CommandId::BesideRight => {
            turn(model, moves::Step::By(1));
            return Vec::new();
        }
        CommandId::WhatIfCancelled => Event::Cancelled,
        CommandId::WhatIfFailed => Event::Failed,
        CommandId::WhatIfFinished => Event::Finished,
        CommandId::WhatIfSuspended => Event::Suspended,
        CommandId::WhatIfSubsumed => Event::Subsumed,
        CommandId::WhatIfDisposed => Event::Disposed,
        _ => return Vec::new(),
    };
    let whatif = &mut model.whatif;
    if whatif.world.is_some() {
        let at = whatif.chosen;
        whatif.steps.push(Step { event, at });
        play(model);
    }
    Vec::new()
}

/// Opens the screen on the lineage of the selected snapshot.
fn open(model: &mut Model) -> Vec<Effect> {
    let Some(location) = model.selected.clone() else {
        return Vec::new();
    };
    let generation = model.whatif.generation + 1;
    model.whatif = WhatIf {
        generation,
        of: Some(location.clone()),
        ..WhatIf::default()
    };
    model.popups.push(Popup::WhatIf);
    vec![Effect::CopyLineage {
        generation,
        location,
    }]
}

/// Takes in the copy.
pub(super) fn copied(model: &mut Model, generation: u64, world: Option<Arc<World>>) {
    if generation != model.whatif.generation || !matches!(model.popups.last(), Some(Popup::WhatIf))
    {
        return;
    }
    let Some(world) = world else {
        model.popups.pop();
        model.say(
            Tone::Warning,
            "it vanished before a copy of it could be made",
        );
        return;
    };
    let mut world = Arc::unwrap_or_clone(world);
    world.ask(&model.clusters);
    let of = model.whatif.of.clone();
    let pieces = &world.pieces;
    let at = pieces
        .iter()
        .position(|it| Some(&it.row.location) == of.as_ref());
    model.whatif.chosen = at.unwrap_or(0);
    model.whatif.world = Some(Arc::new(world));
    play(model);
    model.dirty = true;
}

fn play(model: &mut Model) {
    let whatif = &mut model.whatif;
    if let Some(world) = &whatif.world {
        whatif.outcome = world.after(&whatif.steps);
    }
}

/// Moves among the snapshots. The newest is on top, as in the table.
pub(super) fn step(model: &mut Model, step: moves::Step) {
    let page = model.view.popup_page;
    let whatif = &mut model.whatif;
    let len = whatif.world.as_ref().map_or(0, |it| it.pieces.len());
    if let Some(last) = len.checked_sub(1) {
        whatif.chosen = last - step.from(last - whatif.chosen.min(last), len, page);
    }
}

/// Whether the chosen snapshot's job is over in truth, as a cluster says: then nothing of this can happen to it any more.
pub fn is_over(model: &Model, snapshot: &Snapshot) -> bool {
    overlay::live(snapshot, &model.clusters).is_some_and(|live| live.is_over())
}

/// Opens the screen of sorts on the selected snapshot.
fn open_beside(model: &mut Model) {
    if model.selected_snapshot().is_none() {
        return;
    }
    let columns = columns(model);
    let is_selected =
        |it: &Column| it.of.as_ref().map(|row| &row.location) == model.selected.as_ref();
    let column = columns.iter().position(is_selected).unwrap_or(0);
    model.popups.push(Popup::Beside(Box::new(Beside {
        columns,
        column,
        ..Beside::default()
    })));
}

/// Works the sorts out anew, where they are on the screen: snapshots have come or gone, or turned out to be of one lineage.
pub(super) fn refresh(model: &mut Model) {
    let is_beside = |popup: &Popup| matches!(popup, Popup::Beside(_));
    let Some(at) = model.popups.iter().position(is_beside) else {
        return;
    };
    let columns = columns(model);
    if let Some(Popup::Beside(beside)) = model.popups.get_mut(at) {
        beside.columns = columns;
    }
}

/// The sorts of snapshots in the lineage of the selected one.
fn columns(model: &Model) -> Vec<Column> {
    let lineage = model.detailed().map(|it| it.lineage);
    let rows: Vec<Arc<Snapshot>> = model
        .snapshots
        .values()
        .filter(|row| Some(row.lineage) == lineage)
        .cloned()
        .collect();
    beside::columns(&rows, &model.clusters)
}

fn turn(model: &mut Model, step: moves::Step) {
    if let Some(Popup::Beside(beside)) = model.popups.last_mut() {
        beside.column = step.from(beside.column, beside.columns.len(), 1);
    }
}

/// Moves among the rows.
pub(super) fn step_beside(beside: &mut Beside, step: moves::Step, page: usize) {
    beside.row = step.from(beside.row, Row::ALL.len(), page);
}
