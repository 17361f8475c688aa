//! The screen of space: where the bytes are, and what would be freed by deleting what.
//!
//! Everything is worked out when the screen opens, when the inventory changes and when another lineage is chosen, never
//! in a frame.

mod lists;
mod operators;

use std::sync::Arc;

use self::lists::list_snapshots;
pub(super) use self::lists::refresh;
pub(super) use self::operators::{follow, weighed};
use self::operators::{list_operators, neighbour, turn_grouping};
use super::command::CommandId;
use super::effect::Effect;
use super::model::{DocumentState, Focus, Model, Popup, Tab};
use super::moves::{self, Step};
use super::sheet::Sheet;
use crate::analysis::space::Part;
use crate::domain::snapshot::{LineageId, Snapshot};
use crate::domain::space::LineageSpace;

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
    /// Whether others that cannot be read, or lie where nobody looked, may name what one snapshot seems to hold alone.
    pub unsure: bool,
    /// Whether files have other names (hard links), which keep their bytes.
    pub hard_linked: bool,
    /// Whether some files could not be looked at, and count as long as metadata says.
    pub unchecked: bool,
    /// What would go with all others than the latest restorable one. None where that needs others to be restored.
    pub rest: Option<Rest>,
    /// The most bytes that one of its snapshots refers to.
    pub most: u64,
}

/// What would be freed by keeping only the latest restorable snapshot of a lineage, and those that are held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rest {
    /// The latest restorable one's name.
    pub latest: String,
    /// How many others are held.
    pub held: usize,
    /// The bytes that neither the latest refers to, nor one of those held alone. What several refer to is among them, so that
    /// they are an upper bound where some are held.
    pub bytes: u64,
}

impl LineageRow {
    /// Whether what would be freed is only an upper bound.
    pub fn bounded(&self) -> bool {
        self.unsure || self.hard_linked
    }
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
    /// Which part to choose when they come.
    wanted: Option<String>,
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
        CommandId::SpacePrevious => return neighbour(model, Step::By(-1)),
        CommandId::SpaceNext => return neighbour(model, Step::By(1)),
        _ => {}
    }
    Vec::new()
}

/// Opens the screen, at the lineage in scope, else at that of the selected snapshot, else at the largest.
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
    let of_selected = model.detailed().map(|it| it.lineage);
    let wanted = model.scope.or(of_selected);
    let mut rows = model.space.lineages.iter();
    let at = rows.position(|row| Some(row.id) == wanted);
    if let Some(at) = at {
        model.space.lineage = at;
        list_snapshots(model, None);
    }
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
    if !moves::go_to(model, &snapshot) {
        return;
    }
    if model.space.list == List::Operators {
        model.tab = Tab::Operators;
    }
    leave(model);
}

fn leave(model: &mut Model) {
    model.popups.pop();
    model.focus = Focus::Table;
    model.detail_open = false;
    moves::fit_focus(model);
}
