//! Checkpoint, externalized checkpoint and savepoint of one job beside each other.

use ratatui::layout::Rect;
use ratatui::text::Line;

use super::canvas::{Canvas, Titles, keep_visible};
use super::prose::Prose;
use crate::analysis::beside::{Answer, Column, Row, Source};
use crate::app::model::{Model, ViewState};
use crate::app::whatif::Beside;
use crate::domain::snapshot::Snapshot;
use crate::tui::text::{fit_middle, width};
use crate::tui::theme::Role;

/// Cells of the questions.
const QUESTION: u16 = 18;
/// Cells that a column has at least.
const COLUMN: u16 = 29;
/// Lines above the rows.
const HEADINGS: u16 = 2;
/// Cells of where an answer comes from.
const SOURCE: u16 = 5;

pub(super) fn draw(
    canvas: &mut Canvas<'_>,
    area: Rect,
    model: &Model,
    beside: &Beside,
    view: &mut ViewState,
) {
    canvas.clear(area);
    let room = area.width.saturating_sub(4 + QUESTION);
    let shown = usize::from(room / COLUMN).clamp(1, beside.columns.len().max(1));
    let cells = room / shown as u16;
    let from = keep_visible(0, Some(beside.column), shown, beside.columns.len());
    let columns = &beside.columns[from..(from + shown).min(beside.columns.len())];
    let inner = frame(canvas, area, model, beside, columns);
    let reason = reasons(canvas, inner, columns, Row::ALL[beside.row]);
    // At least half of the room is the table's, and a row of it with its headings always is.
    let spare = inner.height.saturating_sub(HEADINGS + 2);
    let below = (reason.lines.len() as u16).min(inner.height / 2).min(spare);
    let gap = u16::from(below > 0);
    let table = Rect {
        height: inner.height.saturating_sub(below + gap),
        ..inner
    };
    headings(canvas, table, columns, cells, beside.column - from);
    let list = Rect {
        y: table.y + HEADINGS,
        height: table.height.saturating_sub(HEADINGS),
        ..table
    };
    // With enough room each answer has its reason below it.
    let lines = if usize::from(list.height) >= 2 * Row::ALL.len() {
        2
    } else {
        1
    };
    let page = usize::from(list.height / lines);
    view.popup_page = page;
    let offset = keep_visible(view.popup_offset, Some(beside.row), page, Row::ALL.len());
    view.popup_offset = offset;
    for (at, row) in Row::ALL.iter().enumerate().skip(offset).take(page) {
        let line = Rect {
            y: list.y + (at - offset) as u16 * lines,
            height: lines,
            ..list
        };
        answers(canvas, line, columns, cells, *row);
        if at == beside.row {
            let wide = Rect {
                x: line.x - 1,
                width: line.width + 2,
                height: 1,
                ..line
            };
            canvas.choose(wide, true);
        }
    }
    let bar = Rect {
        width: list.width + 1,
        ..list
    };
    canvas.scrollbar(bar, offset, page, Row::ALL.len());
    let text = Rect {
        y: inner.bottom() - below,
        height: below,
        ..inner
    };
    reason.draw(canvas, text, 0);
}

fn frame(
    canvas: &mut Canvas<'_>,
    area: Rect,
    model: &Model,
    beside: &Beside,
    columns: &[Column],
) -> Rect {
    let name = model
        .detailed()
        .map_or("", |it| model.called_by_id(it.lineage));
    let name = fit_middle(name, 40, canvas.glyphs().ellipsis).into_owned();
    let mut titles = Titles {
        left: Line::from(vec![
            canvas.span(Role::Title, " Side by side "),
            canvas.span(Role::Muted, format!("{name} ")),
        ]),
        ..Titles::default()
    };
    let all = beside.columns.len();
    if columns.len() < all {
        titles.right = Line::from(vec![
            canvas.span(
                Role::Muted,
                format!(" column {} of {all}", beside.column + 1),
            ),
            canvas.span(Role::Key, " hl "),
        ]);
    }
    let room = usize::from(area.width.saturating_sub(4));
    titles.bottom = Line::from(canvas.span(Role::Muted, legend(columns, room)));
    let inner = canvas.pane(area, true, &titles);
    Rect {
        x: inner.x + 1,
        width: inner.width.saturating_sub(2),
        ..inner
    }
}

/// Where the answers in sight come from, in words as long as there is room for.
fn legend(columns: &[Column], room: usize) -> String {
    let sources = Source::ALL.into_iter().filter(|source| {
        let is_from = |column: &Column| {
            let mut rows = Row::ALL.iter();
            rows.any(|row| column.cell(*row).source == *source)
        };
        columns.iter().any(is_from)
    });
    let sources: Vec<Source> = sources.collect();
    let of = |meaning: fn(Source) -> &'static str| {
        let words = sources
            .iter()
            .map(|it| format!(" {}: {} ", it.tag(), meaning(*it)));
        words.collect::<String>()
    };
    let long = of(Source::meaning);
    if width(&long) <= room {
        long
    } else {
        of(Source::short_meaning)
    }
}

fn x_of(area: Rect, at: usize, cells: u16) -> u16 {
    area.x + QUESTION + at as u16 * cells
}

/// The sorts, and the snapshot that stands for each.
fn headings(canvas: &mut Canvas<'_>, area: Rect, columns: &[Column], cells: u16, chosen: usize) {
    for (at, column) in columns.iter().enumerate() {
        let x = x_of(area, at, cells);
        let role = if at == chosen {
            Role::HeadingSorted
        } else {
            Role::Heading
        };
        canvas.put(x, area.y, cells - 1, column.sort.title(), role);
        let (role, text) = match &column.of {
            Some(row) => (Role::Strong, name(row)),
            None => (Role::Muted, "none here; it would be:".to_owned()),
        };
        let text = fit_middle(&text, usize::from(cells - 1), canvas.glyphs().ellipsis).into_owned();
        canvas.put(x, area.y + 1, cells - 1, &text, role);
    }
}

fn name(row: &Snapshot) -> String {
    row.name.clone()
}

fn answers(canvas: &mut Canvas<'_>, line: Rect, columns: &[Column], cells: u16, row: Row) {
    canvas.put(line.x, line.y, QUESTION - 1, row.title(), Role::Muted);
    for (at, column) in columns.iter().enumerate() {
        let x = x_of(line, at, cells);
        let cell = column.cell(row);
        let role = match cell.answer {
            Answer::Yes => Role::Good,
            Answer::No => Role::Bad,
            Answer::Maybe => Role::Warning,
            Answer::Plain => Role::Text,
        };
        let used = canvas.put(x, line.y, cells - SOURCE - 1, &cell.word, role);
        canvas.put(x + used + 1, line.y, SOURCE, cell.source.tag(), Role::Muted);
        if line.height > 1 {
            canvas.put(x, line.y + 1, cells - 1, &cell.evidence, Role::Muted);
        }
    }
}

/// What is behind the answers of a row, column by column.
fn reasons(canvas: &Canvas<'_>, inner: Rect, columns: &[Column], row: Row) -> Prose {
    let mut prose = Prose::default();
    let longest = columns.iter().map(|it| width(it.sort.title())).max();
    let label = longest.unwrap_or(0) + 1;
    for column in columns {
        let cell = column.cell(row);
        let mark = format!("{:<label$}", column.sort.title());
        let mut text = format!("{}: {}, {}.", cell.word, cell.evidence, cell.source.words());
        if column.of.is_none() {
            text = format!("{text} Made by: {}.", column.sort.made_by());
        }
        prose.hanging(
            canvas,
            usize::from(inner.width),
            canvas.span(Role::Muted, mark),
            Role::Text,
            &text,
        );
    }
    prose
}
