//! The screen of space: where the bytes are, and what would be freed by deleting what.
//!
//! Everything is worked out when the screen opens, when the inventory changes and when another lineage is chosen, never
//! in a frame.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use super::command::CommandId;
use super::effect::Effect;
use super::explain::Tone;
use super::model::{DocumentState, Focus, Model, Popup, Tab};
use super::moves::{self, Step};
use super::sheet::Sheet;
use crate::analysis::space::Part;
use crate::domain::location::Location;
use crate::domain::snapshot::{Kind, Lineage, LineageId, Snapshot};
use crate::domain::space::{Held, LineageSpace};
use crate::domain::text::scrub;

/// What the screen shows, and where in it the keys are.
#[derive(Debug, Clone, Default)]
pub struct Space {
    /// The list that has the keys.
    pub list: List,
    /// The list that had them before the operators.
    before: List,
    /// The order of each list.
    pub orders: [Order; 3],
    /// The lineages.
    pub lineages: Vec<LineageRow>,
    /// The place of the chosen one.
    pub lineage: usize,
    /// The snapshots of the chosen lineage.
    pub snapshots: Vec<Arc<Snapshot>>,
    /// The place of the chosen one.
    pub snapshot: usize,
    /// One snapshot's bytes by operator.
    pub operators: Operators,
}

/// A list of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum List {
    /// Applications.
    #[default]
    Lineages,
    /// The snapshots of the chosen one, below it.
    Snapshots,
    /// The operators of one snapshot, in place of both.
    Operators,
}

/// By what a list is ordered, largest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// All bytes.
    #[default]
    Size,
    /// Those that go with one snapshot.
    Freed,
}

/// A lineage.
#[derive(Debug, Clone)]
pub struct LineageRow {
    /// Its number.
    pub id: LineageId,
    /// Its name.
    pub name: String,
    /// Its bytes.
    pub space: LineageSpace,
    /// How many checkpoints it has.
    pub checkpoints: usize,
    /// How many savepoints.
    pub savepoints: usize,
    /// Whether what one snapshot holds alone is only an upper bound: others that cannot be read, or lie where nobody
    /// looked, may name it too.
    pub bounded: bool,
    /// Its latest restorable snapshot's name, and the bytes that this one does not refer to: they would be freed by
    /// deleting all others. None where it needs others to be restored.
    pub rest: Option<(String, u64)>,
    /// The most bytes that one of its snapshots refers to.
    pub most: u64,
}

/// A snapshot's bytes by operator.
#[derive(Debug, Clone, Default)]
pub struct Operators {
    /// The number of the last request.
    pub generation: u64,
    /// Which snapshot.
    pub of: Option<Arc<Snapshot>>,
    /// How far that is.
    pub state: DocumentState,
    /// The parts.
    pub rows: Vec<OperatorLine>,
    /// The place of the chosen one.
    pub chosen: usize,
}

/// A part of a snapshot's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OperatorLine {
    /// Whose they are.
    pub what: What,
    /// The bytes and the files they are in.
    pub part: Part,
}

/// Whose bytes they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// This operator's, by its place in the sheet.
    Operator(usize),
    /// Several operators' together.
    Several,
    /// No operator's.
    Elsewhere,
    /// The metadata file's.
    Metadata,
}

impl Space {
    /// The chosen lineage.
    pub fn chosen_lineage(&self) -> Option<&LineageRow> {
        self.lineages.get(self.lineage)
    }

    /// The chosen snapshot of it.
    pub fn chosen_snapshot(&self) -> Option<&Arc<Snapshot>> {
        self.snapshots.get(self.snapshot)
    }

    /// All lineages together. No file is named in two of them.
    pub fn total(&self) -> u64 {
        self.lineages
            .iter()
            .fold(0, |sum, it| sum.saturating_add(it.space.total()))
    }

    /// The order of a list.
    pub fn order(&self, list: List) -> Order {
        self.orders[list as usize]
    }
}

impl Operators {
    /// The sheet, when it is here.
    pub fn sheet(&self) -> Option<&Arc<Sheet>> {
        match &self.state {
            DocumentState::Ready(sheet) => Some(sheet),
            _ => None,
        }
    }
}

fn is_open(model: &Model) -> bool {
    matches!(model.popups.last(), Some(Popup::Space))
}

/// Carries out a command of this screen.
pub(super) fn run(model: &mut Model, id: CommandId) -> Vec<Effect> {
    match id {
        CommandId::Space => open(model),
        CommandId::SpaceGo => go(model),
        CommandId::SpaceGrouping => return turn_grouping(model),
        CommandId::SpaceOrder => turn_order(model),
        CommandId::SpaceLineages => give_keys(model, List::Lineages),
        CommandId::SpaceSnapshots => give_keys(model, List::Snapshots),
        _ => {}
    }
    Vec::new()
}

/// Opens the screen, at the lineage in scope, else at the largest.
fn open(model: &mut Model) {
    model.space = Space {
        orders: [Order::Size, Order::Freed, Order::Size],
        operators: Operators {
            // Older answers may still be on their way.
            generation: model.space.operators.generation,
            ..Operators::default()
        },
        ..Space::default()
    };
    model.popups.push(Popup::Space);
    refresh(model);
    let scope = model.scope;
    let at = model
        .space
        .lineages
        .iter()
        .position(|row| Some(row.id) == scope);
    if let Some(at) = at {
        model.space.lineage = at;
        list_snapshots(model, None);
    }
}

/// Works everything out again after the inventory changed. What was chosen stays chosen.
pub(super) fn refresh(model: &mut Model) {
    if !is_open(model) {
        return;
    }
    let chosen = model.space.chosen_lineage().map(|row| row.id);
    let snapshot = model
        .space
        .chosen_snapshot()
        .map(|snapshot| snapshot.location.clone());
    model.space.lineages = lineages(model);
    sort_lineages(&mut model.space);
    let rows = &model.space.lineages;
    let at = rows.iter().position(|row| Some(row.id) == chosen);
    let last = rows.len().saturating_sub(1);
    model.space.lineage = at.unwrap_or(model.space.lineage.min(last));
    list_snapshots(model, snapshot.as_ref().filter(|_| at.is_some()));
}

fn lineages(model: &Model) -> Vec<LineageRow> {
    let mut rows: HashMap<LineageId, LineageRow> = model
        .lineages
        .iter()
        .map(|lineage| (lineage.id, row(model, lineage)))
        .collect();
    for snapshot in model.snapshots.values() {
        let Some(row) = rows.get_mut(&snapshot.lineage) else {
            continue;
        };
        let count = match snapshot.kind {
            Kind::Savepoint => &mut row.savepoints,
            Kind::Checkpoint | Kind::ExternalizedCheckpoint => &mut row.checkpoints,
        };
        *count += 1;
        row.bounded |= snapshot.sizes_are_bounds;
        row.most = row.most.max(snapshot.sizes.refer);
    }
    rows.into_values().collect()
}

fn row(model: &Model, lineage: &Lineage) -> LineageRow {
    let latest = lineage
        .latest
        .as_ref()
        .and_then(|latest| model.snapshots.get(latest));
    // One that builds on older checkpoints cannot do without them.
    let alone = latest.filter(|latest| {
        latest
            .facts
            .as_ref()
            .is_some_and(|facts| facts.regional.is_empty())
    });
    let rest = alone.map(|latest| {
        let rest = lineage.space.held.total();
        (latest.name.clone(), rest.saturating_sub(latest.sizes.refer))
    });
    LineageRow {
        id: lineage.id,
        name: lineage.name.clone(),
        space: lineage.space,
        checkpoints: 0,
        savepoints: 0,
        bounded: false,
        rest,
        most: 0,
    }
}

fn sort_lineages(space: &mut Space) {
    let order = space.order(List::Lineages);
    space.lineages.sort_by(|a, b| {
        let bytes = |row: &LineageRow| match order {
            Order::Size => row.space.total(),
            Order::Freed => row.space.held.alone,
        };
        bytes(b)
            .cmp(&bytes(a))
            .then_with(|| (&a.name, a.id).cmp(&(&b.name, b.id)))
    });
}

/// Lists the snapshots of the chosen lineage, with `chosen` chosen if it is one of them.
fn list_snapshots(model: &mut Model, chosen: Option<&Location>) {
    let lineage = model.space.chosen_lineage().map(|row| row.id);
    let of_lineage = |snapshot: &&Arc<Snapshot>| Some(snapshot.lineage) == lineage;
    let rows = model.snapshots.values().filter(of_lineage);
    model.space.snapshots = rows.cloned().collect();
    sort_snapshots(&mut model.space);
    let rows = &model.space.snapshots;
    let at = chosen.and_then(|chosen| rows.iter().position(|row| row.location == *chosen));
    // The next one takes the place of one that went.
    let place = if chosen.is_some() {
        model.space.snapshot.min(rows.len().saturating_sub(1))
    } else {
        0
    };
    model.space.snapshot = at.unwrap_or(place);
}

fn sort_snapshots(space: &mut Space) {
    let order = space.order(List::Snapshots);
    space.snapshots.sort_by_key(|snapshot| {
        let sizes = &snapshot.sizes;
        let bytes = match order {
            Order::Size => (sizes.refer, sizes.freed),
            Order::Freed => (sizes.freed, sizes.refer),
        };
        (Reverse(bytes), Reverse(snapshot.completed_at))
    });
}

/// Moves in the list that has the keys.
pub(super) fn step(model: &mut Model, step: Step) {
    let page = model.view.popup_page;
    let space = &mut model.space;
    match space.list {
        List::Lineages => {
            let before = space.lineage;
            space.lineage = step.from(before, space.lineages.len(), page);
            if space.lineage != before {
                list_snapshots(model, None);
            }
        }
        List::Snapshots => {
            space.snapshot = step.from(space.snapshot, space.snapshots.len(), page);
        }
        List::Operators => {
            let operators = &mut space.operators;
            operators.chosen = step.from(operators.chosen, operators.rows.len(), page);
        }
    }
}

/// Gives the keys to the list of lineages or to that of snapshots.
fn give_keys(model: &mut Model, list: List) {
    let space = &mut model.space;
    if space.list != List::Operators && (list == List::Lineages || !space.snapshots.is_empty()) {
        space.list = list;
    }
}

/// Orders the list that has the keys by the other number. What is chosen stays chosen.
fn turn_order(model: &mut Model) {
    let space = &mut model.space;
    let order = &mut space.orders[space.list as usize];
    *order = match order {
        Order::Size => Order::Freed,
        Order::Freed => Order::Size,
    };
    match space.list {
        List::Lineages | List::Snapshots => refresh(model),
        List::Operators => list_operators(&mut space.operators, space.orders[2]),
    }
}

/// From lineages to the operators of one snapshot, and back.
fn turn_grouping(model: &mut Model) -> Vec<Effect> {
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
    ask(model, snapshot)
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
fn ask(model: &mut Model, snapshot: Arc<Snapshot>) -> Vec<Effect> {
    let known = match &model.document.of {
        Some(of) if *of == snapshot => model.sheet().cloned(),
        _ => None,
    };
    let operators = &mut model.space.operators;
    let same_place = operators
        .of
        .as_ref()
        .is_some_and(|of| of.location == snapshot.location);
    operators.of = Some(snapshot.clone());
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
            operators.chosen = 0;
        }
        return vec![Effect::WeighOperators {
            generation: operators.generation,
            location: snapshot.location.clone(),
        }];
    }
    if !same_place {
        operators.rows.clear();
        operators.chosen = 0;
    }
    list_operators(operators, model.space.orders[List::Operators as usize]);
    Vec::new()
}

/// Takes in the answer.
pub(super) fn weighed(
    model: &mut Model,
    generation: u64,
    location: &Location,
    result: Result<Arc<Sheet>, String>,
) {
    let operators = &mut model.space.operators;
    let wanted = operators
        .of
        .as_ref()
        .is_some_and(|of| of.location == *location);
    if !wanted || generation != operators.generation {
        return;
    }
    operators.state = match result {
        Ok(sheet) => DocumentState::Ready(sheet),
        Err(reason) => DocumentState::Failed(scrub(&reason).into_owned()),
    };
    list_operators(operators, model.space.orders[List::Operators as usize]);
    model.dirty = true;
}

/// Asks again when the snapshot whose operators are shown has changed, and leaves it when it has gone.
pub(super) fn follow(model: &mut Model) -> Vec<Effect> {
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
            ask(model, now)
        }
        None => {
            model.space.list = model.space.before;
            model.space.operators.of = None;
            let text = format!("{} vanished (subsumed or deleted)", of.name);
            model.say(Tone::Warning, text);
            Vec::new()
        }
    }
}

fn list_operators(operators: &mut Operators, order: Order) {
    let chosen = operators.rows.get(operators.chosen).map(|row| row.what);
    let rows = operators.sheet().map(|sheet| parts(sheet));
    let mut rows = rows.unwrap_or_default();
    rows.sort_by_key(|row| {
        let held = row.part.held;
        Reverse(match order {
            Order::Size => (held.total(), held.alone),
            Order::Freed => (held.alone, held.total()),
        })
    });
    let at = rows.iter().position(|row| Some(row.what) == chosen);
    operators.chosen = at.unwrap_or(0);
    operators.rows = rows;
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

/// Leaves the screen for what is chosen: a lineage's snapshots, or a snapshot, in the table.
fn go(model: &mut Model) {
    let space = &model.space;
    let snapshot = match space.list {
        List::Lineages => {
            let Some(lineage) = space.chosen_lineage().map(|row| row.id) else {
                return;
            };
            moves::set_scope(model, Some(lineage));
            leave(model);
            return;
        }
        List::Snapshots => space.chosen_snapshot().cloned(),
        List::Operators => space.operators.of.clone(),
    };
    let Some(snapshot) = snapshot else { return };
    let lineage = model.lineage(snapshot.lineage);
    let lineage = lineage.map_or("", |lineage| lineage.name.as_str());
    if !model.filter.matches(&snapshot, lineage, model.now) {
        let text = format!("{} is hidden by the filter", snapshot.name);
        model.say(Tone::Warning, text);
        return;
    }
    if model.scope.is_some_and(|scope| scope != snapshot.lineage) {
        moves::set_scope(model, Some(snapshot.lineage));
    }
    if model.space.list == List::Operators {
        model.tab = Tab::Operators;
    }
    model.wanted = Some(snapshot.location.clone());
    model.index.stale = true;
    leave(model);
}

fn leave(model: &mut Model) {
    model.popups.pop();
    model.focus = Focus::Table;
    model.detail_open = false;
    moves::fit_focus(model);
}
