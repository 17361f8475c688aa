//! What happened when: lanes, a legend, and what is known of the chosen snapshot.

mod about;
mod legend;

use jiff::Timestamp;
use ratatui::layout::Rect;
use ratatui::text::Line as Text;

use super::canvas::{Canvas, Titles, keep_visible};
use crate::app::model::{Model, ViewState};
use crate::app::timeline::{
    Cell, Doing, Flag, Layout, Line, NAME_CELLS, NAME_CELLS_WIDE, Shape, Sort, WIDE,
};
use crate::domain::cluster::JobState;
use crate::tui::text::{count, width};
use crate::tui::theme::Role;

/// Cells between names and time: how many lie before.
const BEFORE: u16 = 5;
/// Below so many rows there is no pane about the chosen one.
const ABOUT_FROM_ROWS: u16 = 17;

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, model: &Model, view: &mut ViewState) {
    canvas.clear(area);
    if let Some(next) = model.timeline.layout.next {
        canvas.ages().changes_at(next);
    }
    if model.timeline.told {
        about::draw(canvas, area, model, Some(view));
        return;
    }
    let below = match area.height {
        rows if rows < ABOUT_FROM_ROWS => 0,
        rows if rows < 30 => 6,
        _ => 10,
    };
    let upper = Rect {
        height: area.height - below,
        ..area
    };
    lanes(canvas, upper, model, view);
    if below > 0 {
        let lower = Rect {
            y: upper.bottom(),
            height: below,
            ..area
        };
        about::draw(canvas, lower, model, None);
    }
}

/// A moment, to the second.
fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

fn titles<'t>(canvas: &Canvas<'_>, model: &Model) -> Titles<'t> {
    let timeline = &model.timeline;
    let known = timeline.lanes.iter().flat_map(|lane| &lane.tracks);
    let known: usize = known.map(|track| track.spots.len()).sum();
    let lanes = count(timeline.lanes.len(), "lineage");
    let until = match timeline.edge {
        None => "follows now".to_owned(),
        Some(edge) => format!("up to {}", moment(edge)),
    };
    Titles {
        left: Text::from(vec![
            canvas.span(Role::Title, " Timeline "),
            canvas.span(
                Role::Muted,
                format!(
                    "{lanes} {} {} ",
                    canvas.glyphs().dot,
                    count(known, "snapshot")
                ),
            ),
        ]),
        right: Text::from(vec![
            canvas.span(Role::Muted, format!(" {until}  ")),
            canvas.span(Role::Key, "esc"),
            canvas.span(Role::Muted, " close "),
        ]),
        bottom: Text::default(),
    }
}

fn lanes(canvas: &mut Canvas<'_>, area: Rect, model: &Model, view: &mut ViewState) {
    let titles = titles(canvas, model);
    let inner = canvas.pane(area, true, &titles);
    let layout = &model.timeline.layout;
    if layout.lines.is_empty() {
        let text = "Nothing is known yet of what was here, or is.";
        canvas.put(inner.x + 1, inner.y, inner.width - 1, text, Role::Muted);
        return;
    }
    let legend = legend::of(canvas, layout, usize::from(inner.width.saturating_sub(2)));
    let rows = (legend.len() as u16).min(inner.height / 4);
    let names = if model.size.0 >= WIDE {
        NAME_CELLS_WIDE
    } else {
        NAME_CELLS
    };
    let time = Rect {
        x: inner.x + names + BEFORE,
        y: inner.y,
        width: layout.width.min(inner.width.saturating_sub(names + BEFORE)),
        height: inner.height,
    };
    let room = names + BEFORE - 1;
    canvas.put(inner.x + 1, inner.y, room, &layout.day, Role::Muted);
    axis(canvas, time, layout);
    let lanes: Vec<_> = model
        .timeline
        .lanes
        .iter()
        .map(|it| canvas.short(&it.name))
        .collect();
    let called = canvas.fit_apart(&lanes, usize::from(names.saturating_sub(1)));
    let body = Rect {
        y: inner.y + 1,
        height: inner.height.saturating_sub(rows + 1),
        ..inner
    };
    let page = usize::from(body.height);
    // What belongs to the chosen one stands below it.
    let last = layout.chosen.map(|at| {
        let below = layout.lines.iter().skip(at + 1);
        at + below
            .take_while(|line| !matches!(line, Line::Track { .. }))
            .count()
    });
    let offset = keep_visible(view.popup_offset, last, page, layout.lines.len());
    let offset = keep_visible(offset, layout.chosen, page, layout.lines.len());
    view.popup_offset = offset;
    view.popup_page = page;
    for (row, line) in layout.lines.iter().skip(offset).take(page).enumerate() {
        let y = body.y + row as u16;
        let time = Rect {
            y,
            height: 1,
            ..time
        };
        match line {
            Line::Track { .. } => {
                name(canvas, (inner.x, y), names, (model, &called), line);
                track(canvas, time, line);
            }
            Line::Flags(flags) => {
                for (column, flag) in flags {
                    let (mark, role) = match flag {
                        Flag::Held => (canvas.glyphs().hold, Role::Accent),
                        Flag::Marked => (canvas.glyphs().mark, Role::Good),
                    };
                    canvas.put(time.x + column, y, 1, mark, role);
                }
            }
            Line::Ties(ties) => tie(canvas, time, ties),
            Line::Arrow {
                from,
                to,
                job,
                claimed,
                into,
            } => {
                let into = into.and_then(|at| model.timeline.lanes.get(at));
                let word = if *claimed { "claimed" } else { "restored" };
                let text = match into {
                    Some(lane) => format!(" {word} by {job} of {}", canvas.short(&lane.name)),
                    None => format!(" {word} by {job}"),
                };
                arrow(canvas, time, (*from, *to), *claimed, &text);
            }
            Line::Jobs { cells, state } => {
                let word = state.map_or("not known", JobState::word);
                canvas.put(inner.x + 3, y, names.saturating_sub(3), word, Role::Muted);
                jobs(canvas, time, cells);
            }
        }
    }
    canvas.scrollbar(body, offset, page, layout.lines.len());
    for (row, line) in legend.iter().take(usize::from(rows)).enumerate() {
        let y = inner.bottom() - rows + row as u16;
        canvas.put_line(inner.x + 1, y, inner.width.saturating_sub(2), line);
    }
}

fn axis(canvas: &mut Canvas<'_>, time: Rect, layout: &Layout) {
    for (column, label) in &layout.axis {
        // It ends above its moment.
        let cells = width(label) as u16;
        let role = if label == "now" {
            Role::Strong
        } else {
            Role::Muted
        };
        if column + 1 >= cells {
            canvas.put(time.x + column + 1 - cells, time.y, cells, label, role);
        }
    }
}

fn name(
    canvas: &mut Canvas<'_>,
    (x, y): (u16, u16),
    cells: u16,
    (model, called): (&Model, &[String]),
    line: &Line,
) {
    let Line::Track {
        lane: place,
        is_first,
        sort,
        before,
        has_chosen,
        ..
    } = line
    else {
        return;
    };
    let Some((lane, name)) = model.timeline.lanes.get(*place).zip(called.get(*place)) else {
        return;
    };
    if *has_chosen {
        canvas.put(x, y, 1, canvas.glyphs().bar, Role::Accent);
    }
    let room = cells.saturating_sub(1);
    if *is_first {
        let role = match (has_chosen, lane.is_there) {
            (true, _) => Role::Strong,
            (false, true) => Role::Text,
            (false, false) => Role::Muted,
        };
        canvas.put(x + 1, y, room, name, role);
    } else if *sort == Sort::Savepoints {
        canvas.put(x + 1, y, room, "  savepoints", Role::Muted);
    }
    if *before > 0 {
        let text = format!("{}{} ", canvas.glyphs().choice[0], few(*before));
        let style = canvas.style(Role::Muted);
        canvas.put_right(x + cells, y, BEFORE, &text, style);
    }
}

/// A number in three cells at most.
fn few(number: usize) -> String {
    if number < 1_000 {
        number.to_string()
    } else {
        format!("{}k", (number / 1_000).min(99))
    }
}

fn role(shape: Shape) -> Role {
    match shape {
        Shape::Writing => Role::Busy,
        Shape::Checkpoint | Shape::Externalized => Role::Good,
        Shape::Savepoint => Role::Accent,
        Shape::Half | Shape::Broken => Role::Bad,
        Shape::Subsumed | Shape::Replaced => Role::Muted,
        Shape::Trashed => Role::Warning,
        Shape::Vanished => Role::Text,
    }
}

fn track(canvas: &mut Canvas<'_>, time: Rect, line: &Line) {
    let Line::Track {
        cells,
        before,
        after,
        latest,
        chosen,
        ..
    } = line
    else {
        return;
    };
    let glyphs = *canvas.glyphs();
    for (column, cell) in (0..time.width).zip(cells) {
        let (mark, role) = match cell {
            Cell::Ahead => continue,
            Cell::Unwatched => (glyphs.watched[0], Role::Muted),
            Cell::Watched => (glyphs.watched[1], Role::Muted),
            Cell::More => (glyphs.more, Role::Muted),
            Cell::Spot(shape) => (glyphs.shape(*shape), role(*shape)),
        };
        canvas.put(time.x + column, time.y, 1, mark, role);
    }
    if let Some(latest) = latest {
        // A line with nothing on it says why.
        let latest = canvas.ages().ago(*latest);
        let text = match before {
            1 => format!(" it was {latest} "),
            _ => format!(" the latest was {latest} "),
        };
        canvas.put(time.x, time.y, time.width, &text, Role::Muted);
    }
    if let Some(column) = chosen.filter(|column| *column < time.width) {
        let cell = Rect {
            x: time.x + column,
            width: 1,
            ..time
        };
        canvas.paint(cell, canvas.style(Role::Selected));
    }
    if *after > 0 {
        let text = format!(" {}{}", few(*after), glyphs.choice[1]);
        canvas.put(time.right(), time.y, 5, &text, Role::Muted);
    }
}

/// A bracket below all that share files with the chosen one.
fn tie(canvas: &mut Canvas<'_>, time: Rect, ties: &[u16]) {
    let [left, middle, right, line] = canvas.glyphs().ties;
    let (Some(first), Some(last)) = (ties.first(), ties.last()) else {
        return;
    };
    for column in *first..=*last {
        let is_tied = ties.contains(&column);
        let mark = match column {
            _ if first == last => middle,
            _ if column == *first => left,
            _ if column == *last => right,
            _ if is_tied => middle,
            _ => line,
        };
        canvas.put(time.x + column, time.y, 1, mark, Role::Accent);
    }
}

fn arrow(
    canvas: &mut Canvas<'_>,
    time: Rect,
    (from, to): (Option<u16>, Option<u16>),
    claimed: bool,
    text: &str,
) {
    let glyphs = *canvas.glyphs();
    let line = glyphs.arrows[usize::from(claimed)];
    let first = from.unwrap_or(0);
    let last = to.unwrap_or(time.width.saturating_sub(1)).max(first);
    for column in first..=last {
        let mark = match column {
            _ if Some(column) == to && column > first => glyphs.arrow_ends[1],
            _ if Some(column) == from => glyphs.arrow_ends[0],
            _ => line,
        };
        canvas.put(time.x + column, time.y, 1, mark, Role::Busy);
    }
    let cells = width(text) as u16;
    let room = time.width.saturating_sub(last + 1);
    if cells <= room {
        canvas.put(time.x + last + 1, time.y, cells, text, Role::Muted);
    } else if first >= cells {
        canvas.put(
            time.x + first - cells,
            time.y,
            cells,
            text.trim_start(),
            Role::Muted,
        );
    }
}

/// A thin line below what the jobs took: when one ran, was restarted, and how it ended.
fn jobs(canvas: &mut Canvas<'_>, time: Rect, cells: &[Doing]) {
    let [runs, restarts] = canvas.glyphs().runs;
    for (column, doing) in (0..time.width).zip(cells) {
        let (mark, role) = match doing {
            Doing::Nothing => continue,
            Doing::Running => (runs, Role::Good),
            Doing::Restarting => (restarts, Role::Warning),
            Doing::Ended(state) => ended(*state),
        };
        canvas.put(time.x + column, time.y, 1, mark, role);
    }
}

/// The letter of a job's end.
fn ended(state: JobState) -> (&'static str, Role) {
    match state {
        JobState::Failed => ("X", Role::Bad),
        JobState::Canceled => ("C", Role::Text),
        JobState::Finished => ("F", Role::Text),
        _ => ("S", Role::Text),
    }
}
