//! What lies in the trashes: the batches above, the targets of the chosen one below.

use jiff::Timestamp;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::canvas::{Canvas, Titles, keep_visible};
use super::prose::Prose;
use crate::action::trash::GRACE;
use crate::action::trash::list::{Known, Target};
use crate::app::model::{Model, ViewState};
use crate::app::trash::{Row, sentence, totals};
use crate::domain::size::iec;
use crate::domain::text::scrub;
use crate::domain::time;
use crate::tui::text::{fit_middle, thousands, width};
use crate::tui::theme::Role;

/// Cells of the batch's id.
const ID: u16 = 24;
/// The other columns that are always there: a heading, cells, and whether it ends at the right.
const COLUMNS: [(&str, u16, bool); 5] = [
    ("STATE", 14, false),
    ("SINCE", 6, true),
    ("FILES", 8, true),
    ("SIZE", 10, true),
    ("MAY GO", 8, true),
];
/// Cells of who did it, where there is room.
const BY: u16 = 20;
/// From this width on there is.
const WIDE: u16 = 110;

pub(super) fn draw(
    canvas: &mut Canvas<'_>,
    area: Rect,
    model: &Model,
    chosen: usize,
    target: Option<usize>,
    view: &mut ViewState,
) {
    canvas.clear(area);
    let rows = model.trash.as_deref().unwrap_or_default();
    if rows.is_empty() {
        return nothing(canvas, area, model);
    }
    let chosen = chosen.min(rows.len() - 1);
    // As many rows as there are batches, as long as half of the screen is left for what is said about one.
    let wanted = (rows.len() as u16).saturating_add(3).min(area.height / 2);
    let upper = Rect {
        height: wanted.max(6).min(area.height),
        ..area
    };
    let lower = Rect {
        y: area.y + upper.height,
        height: area.height - upper.height,
        ..area
    };
    list(canvas, upper, rows, chosen, target.is_none(), view);
    about(canvas, lower, &rows[chosen], target, view);
}

/// What the trash is, where there is nothing in it.
fn nothing(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let inner = canvas.pane(area, true, &heading(canvas, " Trash "));
    let cells = usize::from(inner.width.saturating_sub(4).min(76));
    let mut prose = Prose::default();
    if model.trash.is_none() {
        prose.text(canvas, cells, Role::Muted, "Looking …");
    } else {
        prose.text(canvas, cells, Role::Strong, "Nothing lies in a trash here.");
        prose.gap();
        prose.text(
            canvas,
            cells,
            Role::Text,
            &format!(
                "What stateward deletes is first moved into .stateward/trash in the same root. There it takes as much \
                 space as before, u puts it back, and once it has lain there for {} P lets it go for good.",
                time::span(GRACE)
            ),
        );
        prose.gap();
        prose.text(
            canvas,
            cells,
            Role::Muted,
            "What Flink deletes does not come here.",
        );
    }
    let text = Rect {
        x: inner.x + 2,
        y: inner.y + 1,
        width: cells as u16,
        height: inner.height.saturating_sub(1),
    };
    prose.draw(canvas, text, 0);
}

fn heading<'t>(canvas: &Canvas<'_>, title: &'static str) -> Titles<'t> {
    Titles {
        left: Line::from(canvas.span(Role::Title, title)),
        ..Titles::default()
    }
}

fn list(
    canvas: &mut Canvas<'_>,
    area: Rect,
    rows: &[Row],
    chosen: usize,
    has_keys: bool,
    view: &mut ViewState,
) {
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
    let inner = canvas.pane(area, has_keys, &titles);
    let mut x = inner.x + 1;
    canvas.put(x, inner.y, ID, "BATCH", Role::Heading);
    x += ID;
    for (title, cells, is_right) in COLUMNS {
        let room = inner.right().saturating_sub(x);
        if room < cells && is_right {
            break;
        }
        let cells = cells.min(room);
        if is_right {
            canvas.put_right(x, inner.y, cells, title, canvas.style(Role::Heading));
        } else {
            canvas.put(x, inner.y, cells, title, Role::Heading);
        }
        x += cells;
    }
    if area.width >= WIDE {
        canvas.put(x + 2, inner.y, BY, "BY", Role::Heading);
        let rest = inner.right().saturating_sub(x + 2 + BY);
        canvas.put(x + 2 + BY, inner.y, rest, "ROOT", Role::Heading);
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
        row(canvas, line, &rows[at], area.width >= WIDE);
        if at == chosen {
            canvas.choose(line, has_keys);
        }
    }
    canvas.scrollbar(list, offset, page, rows.len());
}

fn row(canvas: &mut Canvas<'_>, line: Rect, row: &Row, is_wide: bool) {
    let x = line.x + 1;
    let (root, entry) = match row {
        Row::Batch { root, entry } => (root, entry),
        Row::Closed(why) => {
            canvas.put(x, line.y, ID, "cannot be read", Role::Bad);
            let room = line.width.saturating_sub(ID + 2);
            canvas.put(x + ID, line.y, room, why, Role::Bad);
            return;
        }
    };
    let id = scrub(&entry.id).into_owned();
    canvas.put(x, line.y, ID - 1, &id, Role::Strong);
    let known = match &entry.known {
        Ok(known) => known,
        Err(why) => {
            let room = line.width.saturating_sub(ID + 2);
            let text = format!("cannot be read: {why}");
            canvas.put(x + ID, line.y, room, &text, Role::Bad);
            return;
        }
    };
    let none = canvas.glyphs().none;
    let ages = canvas.ages();
    let since = known
        .since
        .map_or_else(|| none.to_owned(), |at| ages.age(at));
    let (may_go, can_go) = may_go(canvas, known);
    let quiet = if known.files == 0 && !known.is_unfinished {
        Role::Muted
    } else {
        Role::Text
    };
    let cells = [
        (known.state().to_owned(), state_role(known)),
        (since, Role::Muted),
        (thousands(known.files), quiet),
        (iec(known.bytes), quiet),
        (may_go, if can_go { Role::Warning } else { Role::Muted }),
    ];
    let mut at = x + ID;
    for ((text, role), (_, width, is_right)) in cells.iter().zip(COLUMNS) {
        let room = line.right().saturating_sub(at);
        if room < width && is_right {
            break;
        }
        let width = width.min(room);
        if is_right {
            canvas.put_right(at, line.y, width, text, canvas.style(*role));
        } else {
            canvas.put(at, line.y, width, text, *role);
        }
        at += width;
    }
    if is_wide {
        let by = scrub(&known.by).into_owned();
        canvas.put(at + 2, line.y, BY - 1, &by, Role::Muted);
        let room = line.right().saturating_sub(at + 2 + BY + 1);
        let shown = scrub(&root.to_string_lossy()).into_owned();
        let shown = fit_middle(&shown, usize::from(room), canvas.glyphs().ellipsis).into_owned();
        canvas.put(at + 2 + BY, line.y, room, &shown, Role::Text);
    }
}

fn state_role(known: &Known) -> Role {
    if known.is_unfinished {
        Role::Alarm
    } else if known.files > 0 {
        Role::Text
    } else {
        Role::Muted
    }
}

/// When it may go for good, in a few cells, and whether that is now.
fn may_go(canvas: &Canvas<'_>, known: &Known) -> (String, bool) {
    match known.purge_at(GRACE) {
        None => (canvas.glyphs().none.to_owned(), false),
        Some(at) if at <= canvas.ages().now() => ("now".to_owned(), true),
        Some(at) => (canvas.ages().age(at), false),
    }
}

/// Everything about the chosen one.
fn about(
    canvas: &mut Canvas<'_>,
    area: Rect,
    row: &Row,
    target: Option<usize>,
    view: &mut ViewState,
) {
    if area.height < 3 {
        return;
    }
    let mut titles = heading(canvas, " Batch ");
    if row.known().is_some_and(|known| !known.targets.is_empty()) {
        let (key, words) = match target {
            None => (" tab", " into the targets "),
            Some(_) => (" tab", " back to the batches "),
        };
        titles.right = Line::from(vec![
            canvas.span(Role::Key, key),
            canvas.span(Role::Muted, words),
        ]);
    }
    let inner = canvas.pane(area, target.is_some(), &titles);
    let text = Rect {
        x: inner.x + 1,
        width: inner.width.saturating_sub(2),
        ..inner
    };
    let cells = usize::from(text.width);
    let mut prose = Prose::default();
    if let Some(why) = row.problem() {
        prose.hanging(canvas, cells, canvas.span(Role::Bad, "! "), Role::Bad, why);
        if let Row::Batch { root, .. } = row {
            prose.gap();
            prose.fact(
                canvas,
                cells,
                "root",
                Role::Text,
                &scrub(&root.to_string_lossy()),
            );
        }
        prose.gap();
        prose.text(
            canvas,
            cells,
            Role::Muted,
            "Nothing here touches it until it can be read; what is shown beside it can be dealt with as usual.",
        );
        prose.draw(canvas, text, 0);
        return;
    }
    let (Some(known), Row::Batch { root, .. }) = (row.known(), row) else {
        return;
    };
    facts(
        canvas,
        &mut prose,
        cells,
        known,
        &scrub(&root.to_string_lossy()),
    );
    // The targets have what the facts leave, and at least a few lines.
    let most = text.height.saturating_sub(4).max(1);
    let height = (prose.lines.len() as u16).min(most);
    prose.draw(canvas, Rect { height, ..text }, 0);
    let below = Rect {
        y: inner.y + height,
        height: inner.height - height,
        ..inner
    };
    targets(canvas, below, &known.targets, target, view);
}

fn facts(canvas: &Canvas<'_>, prose: &mut Prose, cells: usize, known: &Known, root: &str) {
    let (tone, words) = sentence(known);
    prose.text(canvas, cells, tone.into(), &words);
    prose.fact(canvas, cells, "root", Role::Text, root);
    let mut how: Vec<String> = known.at.map(|at| stamp(canvas, at)).into_iter().collect();
    how.extend((!known.by.is_empty()).then(|| format!("by {}", known.by)));
    how.extend((!known.verb.is_empty()).then(|| format!("with {}", known.verb)));
    if !how.is_empty() {
        prose.fact(
            canvas,
            cells,
            "deleted",
            Role::Text,
            &scrub(&how.join(", ")),
        );
    }
    if let Some(at) = known.purge_at(GRACE).filter(|_| known.files > 0) {
        let (role, text) = if at <= canvas.ages().now() {
            (Role::Warning, "now: P lets it go for good".to_owned())
        } else {
            (Role::Text, stamp(canvas, at))
        };
        prose.fact(canvas, cells, "may go", role, &text);
    }
    prose.gap();
}

/// A moment, and how far it is away.
fn stamp(canvas: &Canvas<'_>, at: Timestamp) -> String {
    let moment = at.strftime("%Y-%m-%d %H:%M UTC");
    format!("{moment} ({})", canvas.ages().ago(at))
}

fn targets(
    canvas: &mut Canvas<'_>,
    area: Rect,
    targets: &[Target],
    chosen: Option<usize>,
    view: &mut ViewState,
) {
    const FILES: u16 = 10;
    const SIZE: u16 = 11;
    if area.height < 2 || targets.is_empty() {
        return;
    }
    let name = area.width.saturating_sub(FILES + SIZE + 2);
    let longest = targets.iter().map(|it| width(&scrub(&it.name))).max();
    let name = name.min((longest.unwrap_or(0) as u16).max(ID - 1) + 1);
    let x = area.x + 1;
    let style = canvas.style(Role::Heading);
    canvas.put(x, area.y, name, "TARGET", Role::Heading);
    canvas.put_right(x + name, area.y, FILES, "FILES", style);
    canvas.put_right(x + name + FILES, area.y, SIZE, "SIZE", style);
    let list = Rect {
        y: area.y + 1,
        height: area.height - 1,
        ..area
    };
    let page = usize::from(list.height);
    if chosen.is_some() {
        view.popup_page = page;
    }
    let offset = keep_visible(view.popup_offset, chosen.or(Some(0)), page, targets.len());
    view.popup_offset = offset;
    for (at, y) in (offset..targets.len()).zip(list.y..list.bottom()) {
        let target = &targets[at];
        let role = if target.files > 0 {
            Role::Text
        } else {
            Role::Muted
        };
        let shown = scrub(&target.name).into_owned();
        let ellipsis = canvas.glyphs().ellipsis;
        let shown = fit_middle(&shown, usize::from(name), ellipsis).into_owned();
        canvas.put(x, y, name, &shown, role);
        let style = canvas.style(role);
        canvas.put_right(x + name, y, FILES, &thousands(target.files), style);
        canvas.put_right(x + name + FILES, y, SIZE, &iec(target.bytes), style);
        if chosen == Some(at) {
            canvas.choose(
                Rect {
                    y,
                    height: 1,
                    ..list
                },
                true,
            );
        }
    }
    canvas.scrollbar(list, offset, page, targets.len());
}
