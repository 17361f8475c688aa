//! The editor of holds: those on a snapshot or all in sight above, everything about the chosen one below.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use super::canvas::{Canvas, Titles, keep_visible};
use super::prose::Prose;
use crate::app::holds::{Editor, listed, until};
use crate::app::model::{Model, ViewState};
use crate::domain::hold::Hold;
use crate::domain::text::scrub;
use crate::tui::text::{fit_middle, width};
use crate::tui::theme::Role;

/// Cells of what is always there: how long it is held, when it ends, and who set it.
const HELD: u16 = 6;
const ENDS: u16 = 10;
const BY: u16 = 18;
/// Cells of who sees it, where that is not everybody with all of them.
const SEEN_BY: u16 = 11;
/// Names have at most so many cells, so that the rest has its place.
const LONGEST: u16 = 24;

pub(super) fn draw(
    canvas: &mut Canvas<'_>,
    area: Rect,
    model: &Model,
    editor: &Editor,
    view: &mut ViewState,
) {
    canvas.clear(area);
    let holds = listed(model, editor);
    let is_told = !holds.is_empty() || !model.mark_problems.is_empty();
    let wanted = (holds.len().max(2) as u16).saturating_add(3);
    let height = if is_told {
        wanted.min(area.height * 3 / 5).max(6).min(area.height)
    } else {
        area.height
    };
    let upper = Rect { height, ..area };
    let lower = Rect {
        y: area.y + height,
        height: area.height - height,
        ..area
    };
    list(canvas, upper, model, editor, &holds, view);
    if lower.height > 2 {
        about(canvas, lower, model, holds.get(editor.chosen).copied());
    }
}

fn list(
    canvas: &mut Canvas<'_>,
    area: Rect,
    model: &Model,
    editor: &Editor,
    holds: &[&Hold],
    view: &mut ViewState,
) {
    let tab = |is_open: bool| if is_open { Role::TabOpen } else { Role::Tab };
    let mut left = vec![canvas.span(Role::Title, " Holds ")];
    if let Some(snapshot) = &editor.snapshot {
        let name = scrub(&String::from_utf8_lossy(snapshot.name())).into_owned();
        let name = fit_middle(&name, 32, canvas.glyphs().ellipsis).into_owned();
        left.push(canvas.span(tab(!editor.shows_all), format!(" {name} ")));
        left.push(canvas.span(Role::Border, canvas.glyphs().divider));
    }
    left.push(canvas.span(tab(editor.shows_all), " all "));
    let mut titles = Titles {
        left: Line::from(left),
        ..Titles::default()
    };
    if editor.snapshot.is_some() {
        titles.right = Line::from(vec![
            canvas.span(Role::Key, " tab"),
            canvas.span(
                Role::Muted,
                if editor.shows_all {
                    " this snapshot "
                } else {
                    " all in sight "
                },
            ),
        ]);
    }
    let inner = canvas.pane(area, true, &titles);
    if holds.is_empty() {
        return nothing(canvas, inner, editor, model.write);
    }
    let longest = holds.iter().map(|hold| width(&hold.name) as u16).max();
    let name = longest.unwrap_or(0).clamp(8, LONGEST) + 2;
    let style = canvas.style(Role::Heading);
    let rest = if editor.shows_all { "SNAPSHOT" } else { "WHY" };
    let is_aside = |hold: &&Hold| model.is_seen_by_us_alone(hold);
    let seen_by = if holds.iter().any(is_aside) {
        SEEN_BY
    } else {
        0
    };
    let widths = [name, HELD, ENDS, seen_by, BY, inner.width];
    let headings = [
        ("NAME", style),
        ("HELD", style),
        ("ENDS", style),
        ("SEEN BY", style),
        ("BY", style),
        (rest, style),
    ];
    columns(canvas, inner, widths, headings);
    let list = Rect {
        y: inner.y + 1,
        height: inner.height.saturating_sub(1),
        ..inner
    };
    let page = usize::from(list.height);
    view.popup_page = page;
    let offset = keep_visible(view.popup_offset, Some(editor.chosen), page, holds.len());
    view.popup_offset = offset;
    for (at, y) in (offset..holds.len()).zip(list.y..list.bottom()) {
        let line = Rect {
            y,
            height: 1,
            ..list
        };
        let is_aside = is_aside(&holds[at]);
        row(canvas, line, widths, holds[at], is_aside, editor.shows_all);
        if at == editor.chosen {
            canvas.choose(line, true);
        }
    }
    canvas.scrollbar(list, offset, page, holds.len());
}

fn nothing(canvas: &mut Canvas<'_>, inner: Rect, editor: &Editor, write: bool) {
    let cells = usize::from(inner.width.saturating_sub(2));
    let mut prose = Prose::default();
    let what = if editor.shows_all {
        "Nothing is held here."
    } else {
        "Nothing holds it."
    };
    prose.text(canvas, cells, Role::Strong, what);
    let text = if write && editor.snapshot.is_some() {
        "a holds it: nothing here deletes it then, or a file that it names, until the hold is released or ends."
    } else {
        "What is held is not deleted by anything here, nor a file that it names, until it is released."
    };
    prose.text(canvas, cells, Role::Text, text);
    let text = Rect {
        x: inner.x + 1,
        width: cells as u16,
        ..inner
    };
    prose.draw(canvas, text, 0);
}

fn row(
    canvas: &mut Canvas<'_>,
    line: Rect,
    widths: [u16; 6],
    hold: &Hold,
    is_aside: bool,
    shows_all: bool,
) {
    let now = canvas.ages().now();
    let stands = hold.stands(now);
    // What has ended holds nothing.
    let style = |canvas: &Canvas<'_>, role| canvas.style(if stands { role } else { Role::Muted });
    let end = match hold.expires {
        None => "never".to_owned(),
        Some(_) if !stands => "ended".to_owned(),
        Some(end) => canvas.ages().age(end),
    };
    let age = canvas.ages().age(hold.at);
    let rest = if shows_all {
        name_of(hold)
    } else {
        hold.why.clone()
    };
    let text = style(canvas, Role::Text);
    let cells = [
        (hold.name.as_str(), style(canvas, Role::Strong)),
        (&age, canvas.style(Role::Muted)),
        (&end, text),
        if is_aside {
            ("you alone", style(canvas, Role::Warning))
        } else {
            ("all", text)
        },
        (&hold.by, text),
        (&rest, text),
    ];
    columns(canvas, line, widths, cells);
}

/// Writes a line of the list, as far as there is room; a column without cells is left out.
fn columns(canvas: &mut Canvas<'_>, line: Rect, widths: [u16; 6], cells: [(&str, Style); 6]) {
    let mut x = line.x + 1;
    let columns = cells.into_iter().zip(widths).enumerate();
    for (at, ((text, style), width)) in columns.filter(|(_, (_, width))| *width > 0) {
        let room = width.min(line.right().saturating_sub(x + 1));
        if room < width.min(HELD) {
            return;
        }
        match at {
            1 | 2 if room < width => return,
            1 | 2 => canvas.put_right(x, line.y, width, text, style),
            _ => {
                let gap = u16::from(at != 5);
                canvas.put_styled(x, line.y, room.saturating_sub(gap), text, style);
            }
        }
        x += room + if at == 2 { 2 } else { 0 };
    }
}

fn name_of(hold: &Hold) -> String {
    scrub(&String::from_utf8_lossy(hold.snapshot.name())).into_owned()
}

fn about(canvas: &mut Canvas<'_>, area: Rect, model: &Model, hold: Option<&Hold>) {
    let titles = Titles {
        left: Line::from(canvas.span(
            Role::Title,
            hold.map_or_else(
                || " Holds ".to_owned(),
                |hold| format!(" Hold {} ", hold.name),
            ),
        )),
        ..Titles::default()
    };
    let inner = canvas.pane(area, false, &titles);
    let text = Rect {
        x: inner.x + 1,
        width: inner.width.saturating_sub(2),
        ..inner
    };
    let cells = usize::from(text.width);
    let mut prose = Prose::default();
    for problem in &model.mark_problems {
        prose.hanging(
            canvas,
            cells,
            canvas.span(Role::Bad, "! "),
            Role::Bad,
            problem,
        );
    }
    prose.gap();
    if let Some(hold) = hold {
        let now = canvas.ages().now();
        let mut fact = |label, role, text: &str| prose.fact(canvas, cells, label, role, text);
        fact("snapshot", Role::Text, &hold.snapshot.shown());
        let set = format!(
            "{}{}",
            canvas.ages().ago(hold.at),
            crate::app::holds::by(hold)
        );
        fact("set", Role::Text, &set);
        if hold.why.is_empty() {
            fact("why", Role::Muted, "no reason given");
        } else {
            fact("why", Role::Text, &hold.why);
        }
        if hold.stands(now) {
            fact("stands", Role::Text, &until(hold, now));
        } else {
            fact("ended", Role::Warning, "it holds nothing any more");
        }
        if model.is_seen_by_us_alone(hold) {
            let text = "you alone: its root could not be written, so it lies in your own state directory, and holds only for \
                        you on this machine";
            fact("seen by", Role::Warning, text);
        }
        if !model.snapshots.keys().any(|known| hold.is_on(known)) {
            fact("", Role::Warning, "Its snapshot is not in sight.");
        }
    }
    prose.draw(canvas, text, 0);
}
