//! Lists over everything else, to choose from: commands and sort columns.

use ratatui::layout::Rect;
use ratatui::text::Line;

use super::canvas::{Canvas, keep_visible};
use super::popup::{centred, frame};
use crate::app::key::Key;
use crate::app::model::{Model, ViewState};
use crate::app::sort::Column;
use crate::tui::theme::Role;

/// The palette.
pub(super) fn palette(
    canvas: &mut Canvas<'_>,
    area: Rect,
    model: &Model,
    query: &str,
    chosen: usize,
    view: &mut ViewState,
) {
    let area = centred(area, 84, 18);
    let inner = frame(canvas, area, "Commands");
    let typed = Line::from(vec![
        canvas.span(Role::Key, ": "),
        canvas.span(Role::Text, query),
        canvas.span(Role::Accent, canvas.glyphs().cursor),
    ]);
    canvas.put_line(inner.x + 1, inner.y, inner.width.saturating_sub(2), &typed);
    let found = model.palette_matches();
    let list = Rect {
        y: inner.y + 1,
        height: inner.height.saturating_sub(1),
        ..inner
    };
    if found.is_empty() {
        canvas.put(
            list.x + 1,
            list.y,
            list.width.saturating_sub(2),
            "No command has these words.",
            Role::Warning,
        );
        return;
    }
    let rows: Vec<Row<'_>> = found
        .iter()
        .map(|command| Row {
            name: command.label,
            text: command.doc,
            end: command.keys.first().map(Key::to_string).unwrap_or_default(),
        })
        .collect();
    choices(canvas, list, &rows, chosen, view);
}

/// The sort menu.
pub(super) fn sort(
    canvas: &mut Canvas<'_>,
    area: Rect,
    model: &Model,
    chosen: usize,
    view: &mut ViewState,
) {
    let columns = Column::ALL;
    let area = centred(area, 64, columns.len() as u16 + 2);
    let inner = frame(canvas, area, "Sort by");
    let rows: Vec<Row<'_>> = columns
        .iter()
        .map(|column| {
            let mark = canvas.glyphs().sorted[usize::from(model.sort.descending)];
            let end = if *column == model.sort.column {
                mark.to_owned()
            } else {
                String::new()
            };
            Row {
                name: column.title(),
                text: column.doc(),
                end,
            }
        })
        .collect();
    choices(canvas, inner, &rows, chosen, view);
}

/// An entry: what it is called, what it means, and what stands at its end.
struct Row<'t> {
    name: &'t str,
    text: &'t str,
    end: String,
}

fn choices(
    canvas: &mut Canvas<'_>,
    area: Rect,
    rows: &[Row<'_>],
    chosen: usize,
    view: &mut ViewState,
) {
    let page = usize::from(area.height);
    view.popup_page = page;
    view.popup_offset = keep_visible(view.popup_offset, Some(chosen), page, rows.len());
    let name_cells = rows.iter().map(|row| row.name.len()).max().unwrap_or(0) as u16 + 2;
    for (at, row) in rows.iter().enumerate().skip(view.popup_offset).take(page) {
        let line = Rect {
            y: area.y + (at - view.popup_offset) as u16,
            height: 1,
            ..area
        };
        let cells = line.width.saturating_sub(2);
        canvas.put(line.x + 1, line.y, cells, row.name, Role::Strong);
        let end_cells = crate::tui::text::width(&row.end) as u16;
        let room = cells.saturating_sub(name_cells + end_cells + 1);
        let text = canvas.fit_words(row.text, usize::from(room));
        canvas.put(line.x + 1 + name_cells, line.y, room, &text, Role::Muted);
        canvas.put_right(line.x + 1, line.y, cells, &row.end, canvas.style(Role::Key));
        if at == chosen {
            canvas.choose(line, true);
        }
    }
    canvas.scrollbar(area, view.popup_offset, page, rows.len());
}
