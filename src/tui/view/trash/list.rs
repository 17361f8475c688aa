//! The batches, a line each.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

use ratatui::layout::Rect;
use ratatui::text::Line;

use super::{Canvas, ID, heading};
use crate::action::trash::GRACE;
use crate::action::trash::list::{Known, Target};
use crate::app::model::ViewState;
use crate::app::trash::{Row, totals};
use crate::domain::size::iec;
use crate::domain::text::scrub;
use crate::tui::text::{fit_middle, thousands, width};
use crate::tui::theme::Role;
use crate::tui::view::canvas::keep_visible;

/// From this width on, it is told who did it, and by which id.
const WIDE: u16 = 150;
/// From this width on there is room for all else.
const ROOMY: u16 = 90;

/// Cells of a root at least.
const ROOT: u16 = 8;

/// What a column tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tells {
    Batch,
    /// What was deleted.
    What,
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

/// The roots by what they are called here.
type Roots<'r> = BTreeMap<&'r PathBuf, String>;

fn shown(root: &Path) -> String {
    scrub(&root.to_string_lossy()).into_owned()
}

/// The columns that fit into so many cells: what, and where it lay, since an id tells nobody which deletion it was. Where
/// there are several roots, each row says its own.
fn columns(cells: u16, roots: &mut Roots<'_>) -> Vec<Column> {
    let has_several = roots.len() > 1;
    let is_roomy = cells >= ROOMY;
    let mut rest = vec![
        left(Tells::State, "STATE", 14),
        right(Tells::Since, "SINCE", 6),
        right(Tells::Files, "FILES", if is_roomy { 14 } else { 9 }),
        right(Tells::Size, "SIZE", 10),
    ];
    // It is said below of the chosen one, too.
    if is_roomy || !has_several {
        rest.push(right(Tells::MayGo, "MAY GO", 8));
    }
    if cells >= WIDE {
        rest.push(left(Tells::By, "  BY", 22));
        rest.push(left(Tells::Batch, "BATCH", ID));
    }
    let taken: u16 = rest.iter().map(|it| it.cells).sum();
    let room = cells.saturating_sub(taken).max(2 * ROOT);
    let mut columns = if has_several {
        let longest = |roots: &Roots<'_>| {
            let cells = roots.values().map(|it| width(it) as u16 + 1);
            cells.max().unwrap_or(0).max(ROOT)
        };
        if longest(roots) > room / 2 {
            *roots = differing(roots.keys().copied());
        }
        let root = longest(roots).min(room / 2);
        vec![
            left(Tells::What, "WHAT", (room - root).min(60)),
            left(Tells::Root, "ROOT", root),
        ]
    } else {
        vec![left(Tells::What, "WHAT", room.min(60))]
    };
    columns.append(&mut rest);
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
    let roots = rows.iter().filter_map(|row| match row {
        Row::Batch { root, .. } => Some(root),
        Row::Closed(_) => None,
    });
    let mut names: Roots<'_> = roots.map(|it| (it, shown(it))).collect();
    let columns = columns(inner.width.saturating_sub(2), &mut names);
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
        row(canvas, line, &rows[at], &columns, &names);
        if at == chosen {
            canvas.choose(line, has_keys);
        }
    }
    canvas.scrollbar(list, offset, page, rows.len());
}

fn titles<'t>(canvas: &Canvas<'_>, rows: &[Row]) -> super::Titles<'t> {
    let sums = totals(rows);
    let mut titles = heading(canvas, " Trash ");
    let deletions = match sums.deletions {
        1 => "1 deletion".to_owned(),
        _ => format!("{} deletions", thousands(sums.deletions)),
    };
    let held = format!("{deletions}, {} ", iec(sums.bytes));
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

fn row(canvas: &mut Canvas<'_>, line: Rect, row: &Row, columns: &[Column], names: &Roots<'_>) {
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
            Tells::Batch => (format!("  {id}"), Role::Muted),
            Tells::What => (what(known, room, ellipsis), Role::Strong),
            Tells::Root => {
                let name = names.get(root).map_or("", String::as_str);
                (fit_middle(name, room, ellipsis).into_owned(), Role::Text)
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

/// What a batch is about: the first of its targets that has files there, and how many others have.
fn what(known: &Known, room: usize, ellipsis: &str) -> String {
    // What came back, or has gone for good, is not there.
    let is_left = |it: &&Target| it.files > 0 || known.files == 0;
    let mut targets = known.targets.iter().filter(is_left);
    let Some(first) = targets.next() else {
        return String::new();
    };
    let more = match targets.count() {
        0 => String::new(),
        more => format!(" +{}", thousands(more)),
    };
    let name = scrub(&first.name);
    let name = fit_middle(&name, room.saturating_sub(width(&more)), ellipsis);
    format!("{name}{more}")
}

/// Of each root what tells it from the others: its names but for those that all begin and end with.
fn differing<'r>(roots: impl Iterator<Item = &'r PathBuf>) -> Roots<'r> {
    let roots: Vec<&PathBuf> = roots.collect();
    let names: Vec<Vec<Component<'_>>> = roots.iter().map(|it| it.components().collect()).collect();
    let shortest = names.iter().map(Vec::len).min().unwrap_or(0);
    let is_same = |at: &dyn Fn(&[Component<'_>]) -> Option<OsString>| {
        let mut each = names.iter().map(|it| at(it));
        let first = each.next().flatten();
        first.is_some() && each.all(|it| it == first)
    };
    let of = |it: Option<&Component<'_>>| it.map(|it| it.as_os_str().to_owned());
    // Something of each is left, whatever they have in common.
    let most = shortest.saturating_sub(1);
    let before = (0..most)
        .take_while(|&at| is_same(&|names| of(names.get(at))))
        .count();
    let after = (1..=most.saturating_sub(before))
        .take_while(|&at| {
            is_same(&|names| of(names.len().checked_sub(at).and_then(|it| names.get(it))))
        })
        .count();
    let rest = names.iter().map(|names| {
        names
            .iter()
            .take(names.len() - after)
            .skip(before)
            .collect()
    });
    let rest = rest.map(|it: PathBuf| shown(&it));
    roots.into_iter().zip(rest).collect()
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
