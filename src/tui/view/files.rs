//! Every file that the snapshot names.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::canvas::{Canvas, keep_visible};
use crate::analysis::document::FileScope;
use crate::app::model::{Focus, Model, ViewState};
use crate::app::sheet::{File, Sheet};
use crate::domain::size::iec;
use crate::tui::text::{count, fit_middle, thousands, width};
use crate::tui::theme::Role;

const SIZE: u16 = 9;
const SCOPE: u16 = 11;
const PRESENCE: u16 = 10;
const REFERENCES: u16 = 6;

pub(super) fn draw(
    canvas: &mut Canvas<'_>,
    area: Rect,
    model: &Model,
    sheet: &Sheet,
    view: &mut ViewState,
) {
    if sheet.files.is_empty() {
        canvas.put(
            area.x,
            area.y,
            area.width,
            "It names no files: all of its state is inside the metadata.",
            Role::Muted,
        );
        return;
    }
    let totals = totals(canvas, sheet, usize::from(area.width));
    canvas.put_line(area.x, area.y, area.width, &totals);
    let y = area.y + 1;
    let heading = canvas.style(Role::Heading);
    let mut x = area.x;
    canvas.put_right(x, y, SIZE, "SIZE", heading);
    x += SIZE + 2;
    canvas.put(x, y, SCOPE, "SCOPE", Role::Heading);
    x += SCOPE;
    canvas.put(x, y, PRESENCE, "HERE", Role::Heading);
    x += PRESENCE;
    canvas.put_right(x, y, REFERENCES, "NAMED", heading);
    x += REFERENCES + 2;
    let room = area.right().saturating_sub(x);
    let used = canvas.put(x, y, room, "FILE ", Role::Heading);
    let below = format!("below {}", sheet.common);
    if !sheet.common.is_empty() {
        let below =
            fit_middle(&below, usize::from(room - used), canvas.glyphs().ellipsis).into_owned();
        canvas.put(x + used, y, room - used, &below, Role::Muted);
    }

    let body = Rect {
        y: area.y + 2,
        height: area.height.saturating_sub(2),
        ..area
    };
    let page = usize::from(body.height);
    view.detail_page = page;
    let cursor = model.cursor().min(sheet.files.len() - 1);
    view.detail_offset = keep_visible(view.detail_offset, Some(cursor), page, sheet.files.len());
    for (at, file) in sheet
        .files
        .iter()
        .enumerate()
        .skip(view.detail_offset)
        .take(page)
    {
        let line = Rect {
            y: body.y + (at - view.detail_offset) as u16,
            height: 1,
            ..body
        };
        file_row(canvas, line, file, sheet.common.len());
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
    canvas.scrollbar(bar, view.detail_offset, page, sheet.files.len());
}

fn totals(canvas: &Canvas<'_>, sheet: &Sheet, cells: usize) -> Line<'static> {
    let totals = &sheet.totals;
    let dot = canvas.glyphs().dot;
    let mut spans: Vec<Span<'static>> =
        vec![canvas.span(Role::Strong, count(sheet.files.len(), "file"))];
    for (number, bytes, word) in [
        (totals.shared, totals.shared_bytes, "shared"),
        (totals.exclusive, totals.exclusive_bytes, "exclusive"),
    ] {
        if number > 0 {
            spans.push(canvas.span(
                Role::Text,
                format!(" {dot} {} {word}, {}", thousands(number), iec(bytes)),
            ));
        }
    }
    if totals.broken > 0 {
        spans.push(canvas.span(
            Role::Bad,
            format!(" {dot} {} missing or different", thousands(totals.broken)),
        ));
    }
    if totals.unchecked > 0 {
        spans.push(canvas.span(
            Role::Warning,
            format!(" {dot} {} not looked at", thousands(totals.unchecked)),
        ));
    }
    if totals.broken == 0 && totals.unchecked == 0 {
        spans.push(canvas.span(Role::Good, format!(" {dot} all there")));
    }
    let mut scope = format!(
        " {dot} {} named by no other of {}",
        thousands(totals.alone),
        count(sheet.scope_snapshots, "snapshot")
    );
    if sheet.scope_unreadable > 0 {
        scope = format!("{scope} ({} unreadable)", thousands(sheet.scope_unreadable));
    }
    let used: usize = spans.iter().map(Span::width).sum();
    let short = format!(" {dot} {} alone", thousands(totals.alone));
    let fitting = [scope, short]
        .into_iter()
        .find(|it| used + width(it) <= cells);
    spans.extend(fitting.map(|scope| canvas.span(Role::Muted, scope)));
    Line::from(spans)
}

fn file_row(canvas: &mut Canvas<'_>, line: Rect, file: &File, common: usize) {
    let (mut x, y) = (line.x, line.y);
    canvas.put_right(x, y, SIZE, &iec(file.bytes), canvas.style(Role::Text));
    x += SIZE + 2;
    let scope = match file.scope {
        FileScope::Shared => "shared",
        FileScope::Exclusive => "exclusive",
    };
    canvas.put(x, y, SCOPE, scope, Role::Text);
    x += SCOPE;
    let role = match (file.exists, &file.problem) {
        (Some(true), None) => Role::Muted,
        (None, None) => Role::Warning,
        _ => Role::Bad,
    };
    canvas.put(x, y, PRESENCE, file.presence(), role);
    x += PRESENCE;
    let role = if file.referenced_by > 1 {
        Role::Text
    } else {
        Role::Muted
    };
    canvas.put_right(
        x,
        y,
        REFERENCES,
        &format!("{}x", file.referenced_by),
        canvas.style(role),
    );
    x += REFERENCES + 2;
    let room = line.right().saturating_sub(x);
    // What is wrong with it is worth more room than the start of its path.
    let problem = file
        .problem
        .as_deref()
        .map(|problem| format!("  {problem}"))
        .unwrap_or_default();
    let problem_cells = (problem.len() as u16).min(room / 2);
    let path = file.here().get(common..).unwrap_or_default();
    let path = fit_middle(
        path,
        usize::from(room - problem_cells),
        canvas.glyphs().ellipsis,
    )
    .into_owned();
    let used = canvas.put(x, y, room - problem_cells, &path, Role::Text);
    canvas.put(x + used, y, room - used, &problem, Role::Bad);
}
