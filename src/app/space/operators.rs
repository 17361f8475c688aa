//! The operators of one snapshot: asked for, taken in, kept up with what changes.

use std::cmp::Reverse;
use std::sync::Arc;

use super::{List, OperatorLine, Operators, Order, What, is_open};
use crate::analysis::space::Part;
use crate::app::effect::Effect;
use crate::app::gone;
use crate::app::message::Weighed;
use crate::app::model::{DocumentState, Model};
use crate::app::moves::Step;
use crate::app::sheet::Sheet;
use crate::domain::snapshot::Snapshot;
use crate::domain::space::Held;
use crate::domain::text::scrub;

/// From lineages to the operators of one snapshot, and back.
pub(super) fn turn_grouping(model: &mut Model) -> Vec<Effect> {
    if model.space.list == List::Operators {
        model.space.list = model.space.before;
        return Vec::new();
    }
    let Some(snapshot) = in_question(model) else {
        return Vec::new();
    };
    model.space.before = model.space.list;
    model.space.list = List::Operators;
    model.space.operators.of = None;
    model.space.operators.wanted = None;
    ask(model, &snapshot)
}

/// The operators of the snapshot above or below, in the order of its lineage's list. The operator that is chosen stays
/// chosen, where that one has it.
pub(super) fn neighbour(model: &mut Model, step: Step) -> Vec<Effect> {
    let space = &mut model.space;
    let of = space.operators.of.as_ref();
    let is_shown = |it: &Arc<Snapshot>| of.is_some_and(|of| of.location == it.location);
    let Some(at) = space.snapshots.iter().position(is_shown) else {
        return Vec::new();
    };
    let to = step.from(at, space.snapshots.len(), 1);
    space.snapshot = to;
    if to == at {
        return Vec::new();
    }
    let snapshot = space.snapshots[to].clone();
    ask(model, &snapshot)
}

/// The snapshot whose operators are of interest: the chosen one; while lineages are chosen, the one selected in the table
/// if it is of that lineage, else the newest.
fn in_question(model: &Model) -> Option<Arc<Snapshot>> {
    let space = &model.space;
    if space.list == List::Snapshots {
        return space.chosen_snapshot().cloned();
    }
    let lineage = space.chosen_lineage()?.id;
    let tells = |it: &&Arc<Snapshot>| it.lineage == lineage && it.facts.is_some();
    let latest = || {
        model
            .snapshots
            .get(model.lineage(lineage)?.latest.as_ref()?)
    };
    let newest = || space.snapshots.iter().max_by_key(|it| it.completed_at);
    let found = model.selected_snapshot().filter(tells);
    found
        .or_else(|| latest().filter(tells))
        .or_else(newest)
        .cloned()
}

/// Asks for the operators of a snapshot, unless they are known.
fn ask(model: &mut Model, snapshot: &Arc<Snapshot>) -> Vec<Effect> {
    let known = match &model.document.of {
        Some(of) if of == snapshot => model.sheet().cloned(),
        _ => None,
    };
    let operators = &mut model.space.operators;
    operators.wanted = chosen(operators).or(operators.wanted.take());
    let same_place = operators
        .of
        .as_ref()
        .is_some_and(|of| of.location == snapshot.location);
    operators.of = Some(Arc::clone(snapshot));
    operators.generation += 1;
    if let Some(sheet) = known {
        operators.state = DocumentState::Ready(sheet);
    } else if snapshot.facts.is_none() {
        operators.state = DocumentState::Absent;
    } else {
        // What is shown of the same snapshot stays until there is something newer.
        if !(same_place && operators.sheet().is_some()) {
            operators.state = DocumentState::Loading;
            operators.rows.clear();
        }
        return vec![Effect::WeighOperators {
            generation: operators.generation,
            location: snapshot.location.clone(),
        }];
    }
    list_operators(operators, model.space.orders[List::Operators as usize]);
    Vec::new()
}

/// Takes in the answer.
pub(in crate::app) fn weighed(model: &mut Model, weighed: Weighed) {
    let operators = &mut model.space.operators;
    let wanted = operators
        .of
        .as_ref()
        .is_some_and(|of| of.location == weighed.location);
    if !wanted || weighed.generation != operators.generation {
        return;
    }
    operators.state = match weighed.result {
        Ok(sheet) => DocumentState::Ready(sheet),
        Err(reason) => DocumentState::Failed(scrub(&reason).into_owned()),
    };
    list_operators(operators, model.space.orders[List::Operators as usize]);
    model.dirty = true;
}

/// Asks again when the snapshot whose operators are shown has changed, and leaves it when it has gone.
pub(in crate::app) fn follow(model: &mut Model) -> Vec<Effect> {
    if !is_open(model) || model.space.list != List::Operators {
        return Vec::new();
    }
    let Some(of) = model.space.operators.of.clone() else {
        return Vec::new();
    };
    match model.snapshots.get(&of.location) {
        Some(now) if *now == of => Vec::new(),
        Some(now) => {
            let now = now.clone();
            ask(model, &now)
        }
        None => {
            model.space.list = model.space.before;
            model.space.operators.of = None;
            gone::say(model, &of);
            Vec::new()
        }
    }
}

pub(super) fn list_operators(operators: &mut Operators, order: Order) {
    let wanted = operators.wanted.take().or_else(|| chosen(operators));
    let Some(sheet) = operators.sheet().cloned() else {
        operators.wanted = wanted;
        operators.rows.clear();
        return;
    };
    let mut rows = parts(&sheet);
    rows.sort_by_key(|row| {
        let held = row.part.held;
        Reverse(match order {
            Order::Size => (held.total(), held.alone),
            Order::Freed => (held.alone, held.total()),
        })
    });
    let is_wanted = |row: &OperatorLine| wanted.as_deref() == Some(identity(&sheet, row.what));
    operators.chosen = rows.iter().position(is_wanted).unwrap_or(0);
    operators.rows = rows;
}

/// What tells the chosen part from others, in other snapshots, too.
fn chosen(operators: &Operators) -> Option<String> {
    let line = operators.rows.get(operators.chosen)?;
    Some(identity(operators.sheet()?, line.what).to_owned())
}

fn identity(sheet: &Sheet, what: What) -> &str {
    match what {
        What::Operator(at) => sheet.operators.get(at).map_or("", |it| it.id.as_str()),
        What::Several => "several",
        What::Elsewhere => "elsewhere",
        What::Metadata => "metadata",
    }
}

/// The parts of a sheet. Operators are all there, the others where they have something.
fn parts(sheet: &Sheet) -> Vec<OperatorLine> {
    let space = &sheet.space;
    let line = |what, part| OperatorLine { what, part };
    let operators = space.operators.iter().enumerate();
    let mut rows: Vec<OperatorLine> = operators
        .map(|(at, part)| line(What::Operator(at), *part))
        .collect();
    let metadata = Part {
        held: Held {
            alone: space.metadata,
            shared: 0,
        },
        files: 1,
    };
    let others = [
        (What::Several, space.several),
        (What::Elsewhere, space.elsewhere),
        (What::Metadata, metadata),
    ];
    let others = others.into_iter().filter(|(_, part)| part.files > 0);
    rows.extend(others.map(|(what, part)| line(what, part)));
    rows
}
