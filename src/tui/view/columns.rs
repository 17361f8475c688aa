//! Which columns of the snapshot table fit, and where they stand.

use crate::app::model::Model;
use crate::app::sort::Column;
use crate::tui::glyphs::Glyphs;
use crate::tui::text::width;

/// Columns from the first to go on a narrow screen to the last; those not listed always stay.
const GIVE_WAY: [Column; 9] = [
    Column::New,
    Column::Format,
    Column::Fate,
    Column::Owner,
    Column::Rescale,
    Column::Freed,
    Column::Refer,
    Column::Kind,
    // Snapshots of several lineages have the same names.
    Column::Lineage,
];
/// A name keeps at least this many cells before other columns have to go.
const SHORTEST_NAME: u16 = 13;

/// Cells of a kind's mark without its word.
pub(super) const MARK: u16 = 1;

/// A column with its place on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) column: Column,
    pub(super) x: u16,
    pub(super) cells: u16,
}

/// Whether a column's values end where the column ends.
pub(super) fn right_aligned(column: Column) -> bool {
    matches!(
        column,
        Column::Age | Column::Refer | Column::New | Column::Freed | Column::Rescale
    )
}

/// How many cells a column wants.
fn wanted(column: Column, model: &Model, glyphs: &Glyphs) -> u16 {
    match column {
        Column::Kind => 15,
        Column::Id => model.index.longest_name.clamp(7, 22) as u16,
        Column::Age => 5,
        Column::Owner => 7,
        Column::Health | Column::Lineage => 13,
        Column::New | Column::Freed if model.index.bounds => 8 + width(glyphs.at_most) as u16,
        Column::Refer | Column::New | Column::Freed | Column::Rescale => 8,
        Column::Format => model.index.longest_format.clamp(9, 30) as u16,
        Column::Fate => 16,
    }
}

/// Cells between a column and the one before it: after a number, a word needs more distance than another number.
fn gap(before: Option<Column>, column: Column) -> u16 {
    match before {
        None => 0,
        Some(before) if right_aligned(before) && !right_aligned(column) => 2,
        Some(_) => 1,
    }
}

fn needed(columns: &[(Column, u16)]) -> u16 {
    let mut before = None;
    let mut cells = 0;
    for (column, own) in columns {
        cells += gap(before, *column) + own;
        before = Some(*column);
    }
    cells
}

/// Takes from the name what is missing, as far as it goes; whether that is enough.
fn shorten_name(columns: &mut [(Column, u16)], room: u16) -> bool {
    let over = needed(columns).saturating_sub(room);
    let name = columns.iter_mut().find(|(column, _)| *column == Column::Id);
    match name {
        _ if over == 0 => true,
        Some((_, cells)) if over <= cells.saturating_sub(SHORTEST_NAME) => {
            *cells -= over;
            true
        }
        _ => false,
    }
}

/// The columns that fit into `room` cells from `x` on, from left to right. What is left over widens the gaps.
pub(super) fn place(model: &Model, glyphs: &Glyphs, x: u16, room: u16) -> Vec<Placed> {
    let several = model.scope.is_none() && model.lineages.len() > 1;
    let mut columns: Vec<(Column, u16)> = Column::ALL
        .into_iter()
        .filter(|column| *column != Column::Lineage || several)
        .map(|column| (column, wanted(column, model, glyphs)))
        .collect();
    let all = columns.clone();
    // What the rows are sorted by goes last: without it their order looks like chance.
    let sorted = model.sort.column;
    let give_way: Vec<Column> = GIVE_WAY
        .into_iter()
        .filter(|column| *column != sorted)
        .chain(GIVE_WAY.into_iter().filter(|column| *column == sorted))
        .collect();
    for &column in &give_way {
        if shorten_name(&mut columns, room) {
            break;
        }
        columns.retain(|(other, _)| *other != column);
    }
    shorten_name(&mut columns, room);
    // One that was given up together with a wide one may fit again without it, the one that matters most first.
    for &column in give_way.iter().rev() {
        let mut with = columns.clone();
        if let (Err(at), Some(missing)) = (
            with.binary_search_by_key(&column, |(other, _)| *other),
            all.iter().find(|(other, _)| *other == column),
        ) {
            with.insert(at, *missing);
            if needed(&with) <= room {
                columns = with;
            }
        }
    }
    // Its mark alone still tells a savepoint.
    if columns
        .first()
        .is_some_and(|(column, _)| *column != Column::Kind)
    {
        columns.insert(0, (Column::Kind, MARK));
        if !shorten_name(&mut columns, room) {
            columns.remove(0);
        }
    }
    spread(&columns, x, room)
}

fn spread(columns: &[(Column, u16)], x: u16, room: u16) -> Vec<Placed> {
    let gaps = columns.len().saturating_sub(1).max(1) as u16;
    let wider = (room.saturating_sub(needed(columns)) / gaps).min(2);
    let (mut at, mut before) = (x, None);
    let mut placed = Vec::with_capacity(columns.len());
    for (column, cells) in columns {
        if before.is_some() {
            at += gap(before, *column) + wider;
        }
        let cells = (*cells).min((x + room).saturating_sub(at));
        placed.push(Placed {
            column: *column,
            x: at,
            cells,
        });
        at += cells;
        before = Some(*column);
    }
    placed
}
