//! The table's order: which snapshots pass, in which sequence, and what follows for the selection.
//!
//! Worked out when something changed, never in a frame.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::effect::Effect;
use super::gone;
use super::model::{DocumentState, Model, OperatorPart, OperatorRow, Tab};
use super::sort::Row;
use super::space;
use super::staging;
use super::timeline;
use super::whatif;
use crate::analysis::overlay;
use crate::domain::location::Location;
use crate::domain::snapshot::{LineageId, Snapshot};

/// The snapshots that pass scope and filter, in order.
#[derive(Debug, Clone, Default)]
pub struct Index {
    /// The rows.
    pub rows: Vec<Arc<Snapshot>>,
    /// Where among them the selected one is.
    pub selected_at: Option<usize>,
    /// How many would be there without the filter.
    pub unfiltered: usize,
    /// How many of all that are known can be restored.
    pub restorable: usize,
    /// The newest restorable snapshot of each lineage.
    pub latest: BTreeSet<Location>,
    /// The longest name among the rows, in characters.
    pub longest_name: usize,
    /// The longest format among the rows, in characters.
    pub longest_format: usize,
    /// Whether sizes of some row are only upper bounds.
    pub bounds: bool,
    /// Whether rows, scope, filter or order changed since this was worked out.
    pub stale: bool,
}

/// Works out the order again if it has to be, and brings the selection and its document in line.
pub(super) fn settle(model: &mut Model) -> Vec<Effect> {
    gone::follow(model);
    if model.index.stale {
        let before = std::mem::take(&mut model.index.rows);
        model.index = build(model);
        reselect(model, &before);
        staging::count_hidden(model);
        space::refresh(model);
        timeline::refresh(model);
        whatif::refresh(model);
        model.dirty = true;
    }
    let mut effects = follow_selection(model);
    effects.extend(timeline::follow(model));
    effects.extend(space::follow(model));
    effects
}

fn build(model: &Model) -> Index {
    let names: HashMap<LineageId, (&str, &str)> = model
        .lineages
        .iter()
        .map(|lineage| (lineage.id, (lineage.name.as_str(), model.called(lineage))))
        .collect();
    let named = |snapshot: &Snapshot| names.get(&snapshot.lineage).copied().unwrap_or_default();
    let mut rows: Vec<(u64, &Arc<Snapshot>)> = Vec::with_capacity(model.snapshots.len());
    let (mut unfiltered, mut restorable) = (0, 0);
    let (mut longest_name, mut longest_format) = (0, 0);
    let mut bounds = false;
    let mut last_format = None;
    for snapshot in model.snapshots.values() {
        restorable += usize::from(snapshot.is_restorable());
        if model.scope.is_some_and(|scope| scope != snapshot.lineage) {
            continue;
        }
        unfiltered += 1;
        let row = row(snapshot, named(snapshot), model);
        if !model.filter.matches(&row, model.now) {
            continue;
        }
        bounds |= snapshot.freed_is_bound();
        longest_name = longest_name.max(short_name(snapshot).chars().count());
        let format = snapshot
            .facts
            .as_ref()
            .map(|facts| (facts.format, snapshot.kind));
        // Neighbours mostly share theirs.
        if format != last_format {
            last_format = format;
            let words = format.map_or(0, |(format, kind)| format.words(kind).chars().count());
            longest_format = longest_format.max(words);
        }
        rows.push((model.sort.key(&row), snapshot));
    }
    rows.sort_unstable_by(|(a_key, a), (b_key, b)| {
        a_key.cmp(b_key).then_with(|| {
            model
                .sort
                .compare(&row(a, named(a), model), &row(b, named(b), model))
        })
    });
    let rows = rows
        .into_iter()
        .map(|(_, snapshot)| Arc::clone(snapshot))
        .collect();
    Index {
        rows,
        selected_at: None,
        unfiltered,
        restorable,
        latest: model
            .lineages
            .iter()
            .filter_map(|lineage| lineage.latest.clone())
            .collect(),
        longest_name,
        longest_format,
        bounds,
        stale: false,
    }
}

/// A row with its lineage's own name and what that is called.
fn row<'a>(
    snapshot: &'a Snapshot,
    (lineage, called): (&'a str, &'a str),
    model: &'a Model,
) -> Row<'a> {
    Row {
        snapshot,
        lineage,
        called,
        clusters: &model.clusters,
    }
}

/// The name in the table: a savepoint's without the word that the kind column says already.
pub fn short_name(snapshot: &Snapshot) -> &str {
    match snapshot.name.strip_prefix("savepoint-") {
        Some(rest) if !rest.is_empty() => rest,
        _ => &snapshot.name,
    }
}

/// Keeps the selection on its snapshot. When that went, the neighbour that took its place is chosen; when the one that
/// was asked for at the start arrives, that is.
fn reselect(model: &mut Model, before: &[Arc<Snapshot>]) {
    let position = |rows: &[Arc<Snapshot>], location: &Location| {
        rows.iter().position(|row| row.location == *location)
    };
    // Flink may call it by another path than it has here.
    let wanted = model.wanted.as_ref().and_then(|wanted| {
        let rows = &model.index.rows;
        position(rows, wanted)
            .or_else(|| rows.iter().position(|row| overlay::is_at(wanted, row)))
            .map(|at| rows[at].location.clone())
    });
    if let Some(found) = wanted {
        model.wanted = None;
        model.departed = None;
        model.selected = Some(found);
        model.touched = true;
    }
    let before_typing = model
        .typing
        .as_ref()
        .and_then(|typing| typing.selected_before.clone());
    if let Some(wanted) = before_typing.filter(|_| model.departed.is_none())
        && position(&model.index.rows, &wanted).is_some()
    {
        model.selected = Some(wanted);
    }
    if gone::stays(model, before) {
        return;
    }
    if let Some(selected) = model.selected.clone() {
        if !model.snapshots.contains_key(&selected) {
            let gone = before.iter().find(|row| row.location == selected);
            if gone.is_some_and(|gone| gone::depart(model, gone, before)) {
                return;
            }
            // In a recording one goes back and forth, and nothing is lost by it.
            if let Some(gone) = gone.filter(|_| !model.is_replay()) {
                model.slipped = Some(model.now);
                gone::say(model, gone);
            }
        }
        model.index.selected_at = position(&model.index.rows, &selected)
            .or_else(|| in_place_of(&selected, before, &model.index.rows));
    }
    // Before anyone has chosen, and while rows still stream in, the best place to be is the newest restorable one.
    if model.index.selected_at.is_none() || !model.touched {
        let best = model.index.rows.iter().position(|row| row.is_restorable());
        let first = (!model.index.rows.is_empty()).then_some(0);
        if !model.touched || model.index.selected_at.is_none() {
            model.index.selected_at = best.or(first);
        }
    }
    if !model.scanning() && !model.roots.is_empty() && model.index.selected_at.is_some() {
        model.touched = true;
    }
    let chosen = model
        .index
        .selected_at
        .map(|at| model.index.rows[at].location.clone());
    model.selected = chosen;
}

/// The row that took the place of one that was among these before: the nearest one below, else above.
pub(super) fn in_place_of(
    gone: &Location,
    before: &[Arc<Snapshot>],
    rows: &[Arc<Snapshot>],
) -> Option<usize> {
    let was_at = before.iter().position(|row| row.location == *gone)?;
    let mut neighbours = before[was_at..].iter().chain(before[..was_at].iter().rev());
    neighbours.find_map(|it| rows.iter().position(|row| row.location == it.location))
}

/// Asks for the selected snapshot's document when it has none, or one of an older state of the row.
fn follow_selection(model: &mut Model) -> Vec<Effect> {
    let snapshot = model.detailed().cloned();
    let same_place = match (&snapshot, &model.document.of) {
        (None, None) => return Vec::new(),
        (Some(now), Some(of)) if now == of => return Vec::new(),
        (Some(now), Some(of)) => now.location == of.location,
        _ => false,
    };
    model.dirty = true;
    model.document.of.clone_from(&snapshot);
    model.document.generation += 1;
    let readable = snapshot.filter(|snapshot| snapshot.facts.is_some());
    if !same_place {
        let recipe = model.cursors[Tab::Restart as usize];
        model.cursors = [0; Tab::ALL.len()];
        model.cursors[Tab::Restart as usize] = recipe;
        model.view.detail_offset = 0;
        model.target = None;
    }
    match (&model.document.state, &readable) {
        (DocumentState::Ready(_), Some(_)) if same_place => {}
        (_, Some(_)) => model.document.state = DocumentState::Loading,
        (_, None) => model.document.state = DocumentState::Absent,
    }
    if !matches!(model.document.state, DocumentState::Ready(_)) {
        model.operator_rows.clear();
    }
    readable
        .map(|snapshot| Effect::LoadDocument {
            generation: model.document.generation,
            location: snapshot.location.clone(),
        })
        .into_iter()
        .collect()
}

/// Lists the operators again, with notes and subtasks of those that are unfolded.
pub(super) fn unfold(model: &mut Model) {
    let Some(sheet) = model.sheet().cloned() else {
        model.operator_rows.clear();
        return;
    };
    let mut rows = Vec::with_capacity(sheet.operators.len());
    for (at, operator) in sheet.operators.iter().enumerate() {
        let row = |part| OperatorRow { operator: at, part };
        rows.push(row(OperatorPart::Whole));
        if model.unfolded.contains(&operator.id) {
            rows.extend((0..operator.notes.len()).map(|note| row(OperatorPart::Note(note))));
            let subtasks = 0..operator.subtasks.len();
            rows.extend(subtasks.map(|subtask| row(OperatorPart::Subtask(subtask))));
        }
    }
    model.operator_rows = rows;
}
