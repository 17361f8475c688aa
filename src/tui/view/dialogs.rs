//! Asking for something: the form, the review before anything happens, and how far what was asked is.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::canvas::Canvas;
use super::popup::{centred, frame, frame_to_close, inset};
use super::prose::Prose;
use super::question::{self, End, flow};
use crate::app::dialog::{Dialog, Review};
use crate::app::explain::Tone;
use crate::app::form::{Field, Value};
use crate::app::model::{Model, ViewState};
use crate::app::operations::Progress;
use crate::app::seen::moves;
use crate::domain::size::thousands;
use crate::tui::glyphs::Watch;
use crate::tui::text::width;
use crate::tui::theme::Role;

/// Cells that the names of fields take.
const LABELS: usize = 13;

/// The form. What return does stands below the fields, of which the chosen one is always in sight.
pub(super) fn form(canvas: &mut Canvas<'_>, area: Rect, dialog: &Dialog, view: &mut ViewState) {
    let form = &dialog.form;
    let room = area.width.saturating_sub(2).min(84);
    let cells = usize::from(room.saturating_sub(4));
    let (mut lines, mut chosen) = (Vec::new(), 0..0);
    let is_cut = width(&form.title) + 6 > usize::from(room);
    if is_cut {
        let title = canvas.span(Role::Strong, form.title.clone());
        lines.extend(flow(vec![title], cells));
    }
    if let Some(warning) = &form.warning {
        let mut prose = Prose::default();
        let mark = mark(canvas, Tone::Warning);
        prose.hanging(canvas, cells, mark, Role::Warning, warning);
        lines.extend(prose.lines);
    }
    for (at, field) in form.fields.iter().enumerate() {
        let from = lines.len();
        lines.push(value(canvas, field, at == form.chosen, cells));
        let mut meaning = Prose::default();
        let indent = Span::raw(" ".repeat(LABELS));
        meaning.hanging(canvas, cells, indent, Role::Muted, field.meaning());
        lines.extend(meaning.lines);
        if at == form.chosen {
            chosen = from..lines.len();
        }
    }
    let (role, words) = match &form.error {
        Some(error) => (Role::Bad, error.as_str()),
        None => (Role::Muted, dialog.promise()),
    };
    let mut below = flow(vec![canvas.span(role, words.to_owned())], cells);
    let area = centred(area, 84, (lines.len() + below.len()) as u16 + 3);
    let inner = frame(canvas, area, &form.title);
    let height = usize::from(inner.height);
    let fits = lines.len() + below.len() <= height;
    if moves(dialog) && !fits {
        let why = "Not all of this fits: to confirm, make the terminal larger.";
        below = flow(vec![canvas.span(Role::Warning, why)], cells);
    }
    let page = height.saturating_sub(below.len());
    let offset = (chosen.end.saturating_sub(page)).min(chosen.start);
    let x = inner.x + 1;
    for (at, line) in lines.iter().enumerate().skip(offset).take(page) {
        let y = inner.y + (at - offset) as u16;
        canvas.put_line(x, y, cells as u16, line);
        if at == chosen.start {
            canvas.put(inner.x, y, 1, canvas.glyphs().bar, Role::Accent);
        }
    }
    let top = inner.bottom().saturating_sub(below.len() as u16);
    for (line, y) in below.iter().zip(top.max(inner.y)..inner.bottom()) {
        canvas.put_line(x, y, cells as u16, line);
    }
    if fits {
        view.seen.text(true, true);
        view.seen.asks();
    }
}

fn value<'t>(canvas: &Canvas<'_>, field: &'t Field, chosen: bool, cells: usize) -> Line<'t> {
    let label = format!("{:<LABELS$}", field.label);
    let label = canvas.span(if chosen { Role::Key } else { Role::Text }, label);
    let mut spans = vec![label];
    match &field.value {
        Value::Choice { options, at } => {
            let [before, after] = canvas.glyphs().choice;
            for (option, (word, _)) in options.iter().enumerate() {
                if option == *at {
                    let text = format!("{before} {word} {after}  ");
                    spans.push(canvas.span(Role::Strong, text));
                } else {
                    spans.push(canvas.span(Role::Muted, format!("  {word}    ")));
                }
            }
        }
        Value::Text { text, otherwise } => {
            let room = cells.saturating_sub(LABELS + 1);
            // The end of what is typed is where one types.
            let shown = crate::tui::text::fit_end(text, room, canvas.glyphs().ellipsis);
            spans.push(canvas.span(Role::Text, shown.into_owned()));
            if chosen {
                spans.push(canvas.span(Role::Accent, canvas.glyphs().cursor));
            }
            if text.is_empty() {
                spans.push(canvas.span(Role::Muted, otherwise.as_str()));
            }
        }
    }
    Line::from(spans)
}

/// What is about to be asked.
pub(super) fn review(
    canvas: &mut Canvas<'_>,
    area: Rect,
    review: &Review,
    scroll: usize,
    view: &mut ViewState,
) {
    let cells = usize::from(area.width.saturating_sub(6).min(96));
    let mut prose = Prose::default();
    if width(&review.title) + 2 > cells {
        prose.text(canvas, cells, Role::Strong, &review.title);
    }
    for (tone, line) in &review.lines {
        let mark = mark(canvas, *tone);
        prose.hanging(canvas, cells, mark, Role::Text, line);
    }
    prose.gap();
    let end = if review.blocked {
        vec![
            canvas.span(Role::Alarm, " REFUSED "),
            canvas.span(Role::Text, " nothing was done; "),
            canvas.span(Role::Key, "esc"),
            canvas.span(Role::Text, " goes back"),
        ]
    } else if review.looks {
        vec![
            canvas.span(Role::Busy, "a moment"),
            canvas.span(Role::Text, ", until it is known what it comes to; "),
            canvas.span(Role::Key, "esc"),
            canvas.span(Role::Text, " goes back"),
        ]
    } else {
        vec![
            canvas.span(Role::Key, "y"),
            canvas.span(Role::Text, " does it, "),
            canvas.span(Role::Key, "esc"),
            canvas.span(Role::Text, " goes back"),
        ]
    };
    let below = flow(end.clone(), cells).len();
    let area = centred(
        area,
        cells as u16 + 4,
        (prose.lines.len() + below) as u16 + 2,
    );
    let inner = inset(frame(canvas, area, &review.title));
    let end = if review.why_not().is_none() {
        End::Asks(end)
    } else {
        End::Says(end)
    };
    question::draw(canvas, inner, &prose, scroll, end, view);
}

fn mark(canvas: &Canvas<'_>, tone: Tone) -> Span<'static> {
    let glyphs = canvas.glyphs();
    let (glyph, role) = match tone {
        Tone::Good => (glyphs.watch(Watch::Live), Role::Good),
        Tone::Plain => (glyphs.dot, Role::Muted),
        Tone::Busy => (glyphs.watch(Watch::Half), Role::Busy),
        Tone::Warning => ("!", Role::Warning),
        Tone::Bad => (glyphs.watch(Watch::Gone), Role::Bad),
    };
    canvas.span(role, format!("{glyph} "))
}

/// What clusters were asked for, the newest first.
pub(super) fn operations(
    canvas: &mut Canvas<'_>,
    area: Rect,
    model: &Model,
    scroll: usize,
    view: &mut ViewState,
) {
    const BAR: usize = 24;
    let area = centred(area, 110, area.height.saturating_sub(2));
    let inner = inset(frame_to_close(
        canvas,
        area,
        "Operations",
        "close; what is under way goes on",
    ));
    let cells = usize::from(inner.width);
    let mut prose = Prose::default();
    for asked in model.operations.iter().rev() {
        prose.gap();
        let tone = asked.ended.map_or(Tone::Busy, |(_, tone)| tone);
        let words = asked.end_word();
        let age = canvas
            .ages()
            .ago(asked.ended.map_or(asked.at, |(at, _)| at));
        prose.line(Line::from(vec![
            mark(canvas, tone),
            canvas.span(Role::Strong, asked.title.clone()),
            canvas.span(tone.into(), format!("  {words}")),
            canvas.span(Role::Muted, format!("  {age}")),
        ]));
        if let (Some(Progress { done, of, what }), None) = (asked.progress, asked.ended) {
            let filled = BAR * done.min(of) as usize / of.max(1) as usize;
            let [full, empty] = canvas.glyphs().line;
            prose.line(Line::from(vec![
                Span::raw(" ".repeat(4)),
                canvas.span(Role::Accent, full.repeat(filled)),
                canvas.span(Role::Border, empty.repeat(BAR - filled)),
                canvas.span(
                    Role::Text,
                    format!(" {} of {} {what}", thousands(done), thousands(of)),
                ),
            ]));
        }
        let stands_still = model.demo.as_ref().is_some_and(|it| it.paused);
        // A bar says it as well, but not that nothing moves it.
        let is_plain = asked.progress.is_some() && !stands_still;
        if let Some(what) = asked.waiting().filter(|_| !is_plain) {
            let text = if stands_still {
                format!("waits for {what}; time stands still, and , lets it go on")
            } else {
                format!("waits for {what}")
            };
            let role = if stands_still {
                Role::Warning
            } else {
                Role::Muted
            };
            prose.hanging(canvas, cells, Span::raw(" ".repeat(11)), role, &text);
        }
        for (at, tone, text) in asked.told() {
            let time = format!("  {} ", at.strftime("%H:%M:%S"));
            prose.hanging(
                canvas,
                cells,
                canvas.span(Role::Muted, time),
                (*tone).into(),
                text,
            );
        }
    }
    prose.scrolled(canvas, inner, scroll, view);
}
