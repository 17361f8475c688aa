//! State by operator, and by subtask where one is unfolded.

use ratatui::layout::Rect;
use ratatui::text::Line;

use super::canvas::{Canvas, keep_visible};
use crate::app::model::{Focus, Model, OperatorPart, ViewState};
use crate::app::sheet::{Operator, Sheet, Subtask};
use crate::domain::size::iec;
use crate::tui::text::{count, thousands};
use crate::tui::theme::Role;

/// Where columns start and how wide they are.
struct Columns {
    name: u16,
    share: u16,
    /// What is new of the state; nothing where names need the room more.
    new: u16,
    holds: u16,
    uid: u16,
}

const SIZE: u16 = 9;
const PARALLELISM: u16 = 11;
const NOTE: u16 = 12;
/// From so many cells on, there is room for what is new and for bars.
const NEW_FROM: u16 = 90;

impl Columns {
    fn of(width: u16) -> Self {
        let (share, new) = if width >= NEW_FROM {
            (12, SIZE)
        } else {
            (0, 0)
        };
        let fixed = 2 + share + SIZE + new + PARALLELISM + 4;
        let rest = width.saturating_sub(fixed);
        let holds = (rest * 2 / 5).min(30);
        let uid = if rest >= 84 { (rest - holds) / 4 } else { 0 };
        Self {
            name: rest.saturating_sub(holds + uid),
            share,
            new,
            holds,
            uid,
        }
    }
}

pub(super) fn draw(
    canvas: &mut Canvas<'_>,
    area: Rect,
    model: &Model,
    sheet: &Sheet,
    view: &mut ViewState,
) {
    if sheet.operators.is_empty() {
        canvas.put(
            area.x,
            area.y,
            area.width,
            "No operator has state in this snapshot.",
            Role::Muted,
        );
        return;
    }
    let columns = Columns::of(area.width);
    headings(canvas, area, &columns, sheet);
    let body = Rect {
        y: area.y + 1,
        height: area.height.saturating_sub(1),
        ..area
    };
    let page = usize::from(body.height);
    let rows = &model.operator_rows;
    view.detail_page = page;
    let cursor = model.cursor().min(rows.len().saturating_sub(1));
    view.detail_offset = keep_visible(view.detail_offset, Some(cursor), page, rows.len());
    let most = sheet
        .operators
        .iter()
        .map(|operator| operator.state)
        .max()
        .unwrap_or(0)
        .max(1);
    for (at, row) in rows.iter().enumerate().skip(view.detail_offset).take(page) {
        let y = body.y + (at - view.detail_offset) as u16;
        let line = Rect {
            y,
            height: 1,
            ..body
        };
        let Some(operator) = sheet.operators.get(row.operator) else {
            continue;
        };
        let last = rows
            .get(at + 1)
            .is_none_or(|next| next.part == OperatorPart::Whole);
        match row.part {
            OperatorPart::Whole => {
                let unfolded = model.unfolded.contains(&operator.id);
                operator_row(canvas, line, &columns, operator, unfolded, most);
            }
            OperatorPart::Note(note) => {
                if let Some((label, text)) = operator.notes.get(note) {
                    branch(canvas, line, last);
                    canvas.put(line.x + 4, line.y, NOTE, label, Role::Muted);
                    let room = line.width.saturating_sub(4 + NOTE);
                    canvas.put(line.x + 4 + NOTE, line.y, room, text, Role::Text);
                }
            }
            OperatorPart::Subtask(subtask) => {
                if let Some(subtask) = operator.subtasks.get(subtask) {
                    branch(canvas, line, last);
                    subtask_row(canvas, line, &columns, operator, subtask);
                }
            }
        }
        if at == cursor && model.focus == Focus::Detail {
            // The bar takes the cell of air to the left.
            canvas.choose(
                Rect {
                    x: line.x - 1,
                    width: line.width + 2,
                    ..line
                },
                true,
            );
        }
    }
    let bar = Rect {
        width: body.width + 1,
        ..body
    };
    canvas.scrollbar(bar, view.detail_offset, page, rows.len());
}

fn headings(canvas: &mut Canvas<'_>, area: Rect, columns: &Columns, sheet: &Sheet) {
    let style = canvas.style(Role::Heading);
    let mut x = area.x + 2;
    let title = Line::from(vec![
        canvas.span(Role::Heading, "OPERATOR "),
        canvas.span(Role::Muted, thousands(sheet.operators.len())),
    ]);
    canvas.put_line(x, area.y, columns.name, &title);
    x += columns.name;
    canvas.put_right(x, area.y, PARALLELISM, "PAR / MAX", style);
    x += PARALLELISM;
    canvas.put_right(x, area.y, SIZE, "STATE", style);
    x += SIZE + 1 + columns.share;
    if columns.new > 0 {
        canvas.put_right(x, area.y, columns.new, "NEW", style);
    }
    x += columns.new + 2;
    canvas.put(x, area.y, columns.holds, "HOLDS", Role::Heading);
    x += columns.holds + 1;
    if columns.uid > 0 {
        canvas.put(x, area.y, columns.uid, "UID", Role::Heading);
    }
}

fn operator_row(
    canvas: &mut Canvas<'_>,
    line: Rect,
    columns: &Columns,
    operator: &Operator,
    unfolded: bool,
    most: u64,
) {
    let (y, style) = (line.y, canvas.style(Role::Text));
    let mut x = line.x;
    canvas.put(
        x,
        y,
        1,
        canvas.glyphs().fold[usize::from(unfolded)],
        Role::Muted,
    );
    x += 2;
    let name = if operator.fully_finished {
        format!("{} (finished)", operator.label)
    } else {
        operator.label.clone()
    };
    let cells = columns.name.saturating_sub(1);
    let name = canvas.fit_words(&name, usize::from(cells));
    canvas.put(x, y, cells, &name, Role::Strong);
    x += columns.name;
    let parallelism = format!("{} / {}", operator.parallelism, operator.max_parallelism);
    canvas.put_right(x, y, PARALLELISM, &parallelism, style);
    x += PARALLELISM;
    canvas.put_right(x, y, SIZE, &iec(operator.state), style);
    x += SIZE + 1;
    if columns.share > 0 {
        let bar = canvas.glyphs().bar(
            operator.state as f64 / most as f64,
            usize::from(columns.share) - 2,
        );
        canvas.put(x + 1, y, columns.share - 2, &bar, Role::Accent);
        x += columns.share;
    }
    if columns.new > 0 {
        canvas.put_right(x, y, columns.new, &iec(operator.checkpointed), style);
    }
    x += columns.new + 2;
    let holds = if operator.holds.is_empty() {
        canvas.glyphs().none.to_owned()
    } else {
        operator.holds.join(", ")
    };
    let role = if operator.union_states.is_empty() && operator.in_flight == 0 {
        Role::Text
    } else {
        Role::Warning
    };
    let holds = canvas.fit_words(&holds, usize::from(columns.holds));
    canvas.put(x, y, columns.holds, &holds, role);
    x += columns.holds + 1;
    if columns.uid > 0 {
        let none = canvas.glyphs().none;
        canvas.put(
            x,
            y,
            columns.uid.saturating_sub(1),
            operator.uid.as_deref().unwrap_or(none),
            Role::Muted,
        );
    }
}

/// The line that ties a row to its operator.
fn branch(canvas: &mut Canvas<'_>, line: Rect, last: bool) {
    let glyph = canvas.glyphs().branch[usize::from(last)];
    canvas.put(line.x + 2, line.y, 1, glyph, Role::Muted);
}

fn subtask_row(
    canvas: &mut Canvas<'_>,
    line: Rect,
    columns: &Columns,
    operator: &Operator,
    subtask: &Subtask,
) {
    let (y, style) = (line.y, canvas.style(Role::Text));
    let mut x = line.x + 2;
    let name = match (subtask.finished, subtask.key_groups) {
        (true, _) => format!("{} finished", subtask.index),
        (false, Some([first, end])) => format!("{:<4} key groups {first} to {end}", subtask.index),
        (false, None) => subtask.index.to_string(),
    };
    canvas.put(x + 2, y, columns.name.saturating_sub(3), &name, Role::Text);
    x += columns.name + PARALLELISM;
    canvas.put_right(x, y, SIZE, &iec(subtask.state), style);
    x += SIZE + 1;
    if columns.share > 0 {
        let share = subtask.state as f64 / operator.state.max(1) as f64;
        let bar = canvas.glyphs().bar(share, usize::from(columns.share) - 2);
        canvas.put(x + 1, y, columns.share - 2, &bar, Role::Muted);
        x += columns.share;
    }
    if columns.new > 0 {
        canvas.put_right(x, y, columns.new, &iec(subtask.checkpointed), style);
    }
    x += columns.new + 2;
    canvas.put(
        x,
        y,
        line.right().saturating_sub(x),
        &subtask.handles,
        Role::Muted,
    );
}

/// How many operators and subtasks there are, in words.
pub(super) fn summary(sheet: &Sheet) -> String {
    let subtasks = sheet
        .operators
        .iter()
        .map(|operator| operator.parallelism as usize)
        .sum();
    format!(
        "{} with {}",
        count(sheet.operators.len(), "operator"),
        count(subtasks, "subtask")
    )
}
