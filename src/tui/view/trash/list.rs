//! The batches, a line each.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ratatui::layout::Rect;
use ratatui::text::Line;

use super::{Canvas, ID, heading};
use crate::action::trash::GRACE;
use crate::action::trash::list::Known;
use crate::app::model::ViewState;
use crate::app::trash::{Row, totals};
use crate::domain::size::iec;
use crate::domain::text::scrub;
use crate::tui::text::{fit_end, fit_middle, thousands, width};
use crate::tui::theme::Role;
use crate::tui::view::canvas::keep_visible;

/// From this width on, it is told who did it, and each root in full.
const WIDE: u16 = 110;
/// Cells of an id where the screen is narrow: its time.
const TIME: u16 = 17;
/// Cells of a root there, at least.
const ROOT: u16 = 12;

/// What a column tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tells {
    Batch,
    /// The root; only what differs where there is little room.
    Root,
    State,
    Since,
    Files,
    Size,
    MayGo,
    By,
}

/// A column.
#[derive(Debug, Clone, Copy)]
struct Column {
    tells: Tells,
    title: &'static str,
    cells: u16,
    is_right: bool,
}

const fn left(tells: Tells, title: &'static str, cells: u16) -> Column {
    Column {
        tells,
        title,
        cells,
        is_right: false,
    }
}

const fn right(tells: Tells, title: &'static str, cells: u16) -> Column {
    Column {
        is_right: true,
        ..left(tells, title, cells)
    }
}

/// The columns that fit into so many cells; where there are several roots, each row says its own.
fn columns(cells: u16, has_several: bool) -> Vec<Column> {
    let (files, size, may_go) = ("FILES", "SIZE", "MAY GO");
    if cells >= WIDE {
        let fixed = ID + 14 + 6 + 15 + 10 + 8 + 2 + 20;
        return vec![
            left(Tells::Batch, "BATCH", ID),
            left(Tells::State, "STATE", 14),
            right(Tells::Since, "SINCE", 6),
            right(Tells::Files, files, 15),
            right(Tells::Size, size, 10),
            right(Tells::MayGo, may_go, 8),
            left(Tells::By, "  BY", 22),
            left(Tells::Root, "ROOT", cells.saturating_sub(fixed)),
        ];
    }
    let mut columns = vec![left(Tells::Batch, "BATCH", ID)];
    let (state, files_cells, size_cells, may_go_cells) = if has_several {
        let fixed = TIME + 13 + 6 + 12 + 9 + 7;
        let root = cells.saturating_sub(fixed).max(ROOT);
        columns = vec![
            left(Tells::Batch, "BATCH", TIME),
            left(Tells::Root, "ROOT", root.min(40)),
        ];
        (13, 12, 9, 7)
    } else {
        (14, 14, 10, 8)
    };
    columns.extend([
        left(Tells::State, "STATE", state),
        right(Tells::Since, "SINCE", 6),
        right(Tells::Files, files, files_cells),
        right(Tells::Size, size, size_cells),
        right(Tells::MayGo, may_go, may_go_cells),
    ]);
    columns
}

/// The columns with their places, from `x` on; what has no room is left out.
fn placed(columns: &[Column], x: u16, end: u16) -> impl Iterator<Item = (Column, u16, u16)> {
    columns.iter().scan(x, move |x, column| {
        let room = end.saturating_sub(*x);
        if room == 0 || (room < column.cells && column.is_right) {
            return None;
        }
        let (at, cells) = (*x, column.cells.min(room));
        *x += cells;
        Some((*column, at, cells))
    })
}

pub(super) fn draw(
    canvas: &mut Canvas<'_>,
    area: Rect,
    rows: &[Row],
    chosen: usize,
    has_keys: bool,
    view: &mut ViewState,
) {
    let inner = canvas.pane(area, has_keys, &titles(canvas, rows));
    let roots: BTreeSet<&PathBuf> = rows
        .iter()
        .filter_map(|row| match row {
            Row::Batch { root, .. } => Some(root),
            Row::Closed(_) => None,
        })
        .collect();
    let columns = columns(inner.width.saturating_sub(2), roots.len() > 1);
    let above = common(&roots);
    for (column, x, cells) in placed(&columns, inner.x + 1, inner.right()) {
        if column.is_right {
            let style = canvas.style(Role::Heading);
            canvas.put_right(x, inner.y, cells, column.title, style);
        } else {
            canvas.put(x, inner.y, cells, column.title, Role::Heading);
        }
    }
    let list = Rect {
        y: inner.y + 1,
        height: inner.height.saturating_sub(1),
        ..inner
    };
    let page = usize::from(list.height);
    if has_keys {
        view.popup_page = page;
    }
    let offset = keep_visible(view.trash_offset, Some(chosen), page, rows.len());
    view.trash_offset = offset;
    for (at, y) in (offset..rows.len()).zip(list.y..list.bottom()) {
        let line = Rect {
            y,
            height: 1,
            ..list
        };
        row(canvas, line, &rows[at], &columns, &above);
        if at == chosen {
            canvas.choose(line, has_keys);
        }
    }
    canvas.scrollbar(list, offset, page, rows.len());
}

fn titles<'t>(canvas: &Canvas<'_>, rows: &[Row]) -> super::Titles<'t> {
    let sums = totals(rows);
    let batches = rows.len().saturating_sub(sums.unread);
    let mut titles = heading(canvas, " Trash ");
    let batches = match batches {
        1 => "1 batch".to_owned(),
        _ => format!("{} batches", thousands(batches)),
    };
    let held = format!("{batches}, {} ", iec(sums.bytes));
    titles.left.push_span(canvas.span(Role::Muted, held));
    let mut loud = Vec::new();
    loud.extend((sums.unfinished > 0).then(|| format!("{} unfinished", sums.unfinished)));
    loud.extend((sums.unread > 0).then(|| format!("{} cannot be read", sums.unread)));
    if !loud.is_empty() {
        let text = format!(" {} ", loud.join(", "));
        titles.right = Line::from(canvas.span(Role::Alarm, text));
    }
    titles
}

fn row(canvas: &mut Canvas<'_>, line: Rect, row: &Row, columns: &[Column], above: &Path) {
    let x = line.x + 1;
    let broken = |canvas: &mut Canvas<'_>, name: &str, role: Role, why: &str| {
        canvas.put(x, line.y, ID - 1, name, role);
        let room = line.width.saturating_sub(ID + 2);
        canvas.put(x + ID, line.y, room, why, Role::Bad);
    };
    let (root, entry) = match row {
        Row::Batch { root, entry } => (root, entry),
        Row::Closed(why) => return broken(canvas, "cannot be read", Role::Bad, why),
    };
    let id = scrub(&entry.id).into_owned();
    let known = match &entry.known {
        Ok(known) => known,
        Err(why) => {
            let why = format!("cannot be read: {why}");
            return broken(canvas, &id, Role::Strong, &why);
        }
    };
    let quiet = if known.files == 0 && !known.is_unfinished {
        Role::Muted
    } else {
        Role::Text
    };
    for (column, x, cells) in placed(columns, x, line.right()) {
        let room = usize::from(cells.saturating_sub(1));
        let ages = canvas.ages();
        let none = canvas.glyphs().none;
        let ellipsis = canvas.glyphs().ellipsis;
        let (text, role) = match column.tells {
            Tells::Batch if width(&id) > room => (id.chars().take(room).collect(), Role::Strong),
            Tells::Batch => (id.clone(), Role::Strong),
            Tells::Root => {
                let shown = match root.strip_prefix(above) {
                    Ok(rest) if !rest.as_os_str().is_empty() && cells < 30 => rest,
                    _ => root,
                };
                let shown = scrub(&shown.to_string_lossy()).into_owned();
                let fitted = if cells < 30 {
                    fit_end(&shown, room, ellipsis)
                } else {
                    fit_middle(&shown, room, ellipsis)
                };
                (fitted.into_owned(), Role::Text)
            }
            Tells::State => (known.state().to_owned(), state_role(known)),
            Tells::Since => {
                let since = known.since.map(|at| ages.age(at));
                (since.unwrap_or_else(|| none.to_owned()), Role::Muted)
            }
            Tells::Files => (moved(known, room), quiet),
            Tells::Size => (iec(known.bytes), quiet),
            Tells::MayGo => may_go(canvas, known),
            Tells::By => (format!("  {}", scrub(&known.by)), Role::Muted),
        };
        if column.is_right {
            canvas.put_right(x, line.y, cells, &text, canvas.style(role));
        } else {
            canvas.put(x, line.y, cells.saturating_sub(1), &text, role);
        }
    }
}

/// How many files lie there; of what is unfinished, of how many.
fn moved(known: &Known, room: usize) -> String {
    let files = thousands(known.files);
    if !known.is_unfinished || known.moves == 0 {
        return files;
    }
    let all = thousands(known.moves);
    let text = format!("{files} of {all}");
    if width(&text) <= room {
        text
    } else {
        format!("{files}/{all}")
    }
}

/// The directory that all roots have in common.
fn common(roots: &BTreeSet<&PathBuf>) -> PathBuf {
    let mut roots = roots.iter();
    let Some(first) = roots.next() else {
        return PathBuf::new();
    };
    let mut above: &Path = first;
    for root in roots {
        while !root.starts_with(above) {
            let Some(parent) = above.parent() else {
                return PathBuf::new();
            };
            above = parent;
        }
    }
    above.to_owned()
}

fn state_role(known: &Known) -> Role {
    if known.is_under_way {
        Role::Busy
    } else if known.is_unfinished {
        Role::Alarm
    } else if known.files > 0 {
        Role::Text
    } else {
        Role::Muted
    }
}

/// When it may go for good, in a few cells; loudly where that is now.
fn may_go(canvas: &Canvas<'_>, known: &Known) -> (String, Role) {
    match known.purge_at(GRACE) {
        None => (canvas.glyphs().none.to_owned(), Role::Muted),
        Some(at) if at <= canvas.ages().now() => ("now".to_owned(), Role::Warning),
        Some(at) => (canvas.ages().until(at), Role::Muted),
    }
}
