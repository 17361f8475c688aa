//! The last line: what can be pressed, or the filter being typed, or a word to the user, which takes more lines where it is
//! longer than one.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::canvas::Canvas;
use crate::app::command::footer;
use crate::app::model::{Model, Typing};
use crate::tui::text::{fit_end, thousands, width, wrap};
use crate::tui::theme::Role;

/// Cells of the filter's line that are neither its text nor the answer.
const FILTER: usize = 5;
/// As many are for the answer where the text is long.
const ANSWER: usize = 36;

/// A long word to the user takes one in so many lines of the screen at most.
const SHARE: u16 = 2;

/// How many lines of the screen it takes.
pub(super) fn height(canvas: &Canvas<'_>, area: Rect, model: &Model) -> u16 {
    let lines = |text: &str| wrap(&canvas.plain(text), room(area)).len() as u16;
    let lines = match (&model.typing, &model.notice) {
        (Some(typing), _) => 1 + beyond(area, typing).map_or(0, |error| lines(&error)),
        (None, Some(notice)) => lines(&notice.text),
        (None, None) => 1,
    };
    lines.clamp(1, (area.height / SHARE).max(1))
}

/// What is wrong with a filter, where that does not fit behind it.
fn beyond(area: Rect, typing: &Typing) -> Option<String> {
    let error = typing.error.as_ref()?.to_string();
    let needed = FILTER + width(&typing.text) + width(&error);
    (needed > room(area)).then_some(error)
}

/// Cells for words, with one of air at both sides.
fn room(area: Rect) -> usize {
    usize::from(area.width.saturating_sub(2))
}

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    if area.height == 0 {
        return;
    }
    if let Some(typing) = &model.typing {
        let error = beyond(area, typing).filter(|_| area.height > 1);
        let above = Rect {
            height: area.height - 1,
            ..area
        };
        let line = Rect {
            y: above.bottom(),
            height: 1,
            ..area
        };
        if let Some(error) = error {
            long(canvas, above, &error, Role::Bad);
            filter_line(canvas, line, typing, Line::default());
        } else {
            let answer = Line::from(answer(canvas, model, typing));
            filter_line(canvas, line, typing, answer);
        }
        return;
    }
    if let Some(notice) = model.notice.as_ref().filter(|_| area.height > 1) {
        long(canvas, area, &notice.text, notice.tone.into());
        return;
    }
    let mut right = area.width;
    if let Some(notice) = &model.notice {
        let cells = (width(&notice.text) as u16).min(area.width.saturating_sub(2));
        right = area.width.saturating_sub(cells + 1);
        canvas.put(
            area.x + right,
            area.y,
            cells,
            &canvas.fit_words(&notice.text, usize::from(cells)),
            notice.tone.into(),
        );
        right = right.saturating_sub(2);
    }
    let mut at = 1;
    for command in footer(model) {
        let key = command.footer_key();
        let label = command.label_now(model);
        let cells = (width(&key) + 1 + width(label)) as u16;
        if at + cells > right {
            break;
        }
        canvas.put(area.x + at, area.y, cells, &key, Role::Key);
        canvas.put(
            area.x + at + width(&key) as u16 + 1,
            area.y,
            cells,
            label,
            Role::Muted,
        );
        at += cells + 2;
    }
}

/// A word to the user that is longer than a line; what does not fit all the same is cut.
fn long(canvas: &mut Canvas<'_>, area: Rect, text: &str, role: Role) {
    let text = canvas.plain(text).into_owned();
    let lines = wrap(&text, room(area));
    let cut = lines.len() > usize::from(area.height);
    for (y, line) in (area.y..area.bottom()).zip(&lines) {
        let line = if cut && y + 1 == area.bottom() {
            let longer = format!("{line} {}", "more ".repeat(room(area)));
            canvas.fit_words(&longer, room(area)).into_owned()
        } else {
            (*line).to_owned()
        };
        canvas.put(area.x + 1, y, area.width - 1, &line, role);
    }
}

/// What comes of what is typed.
fn answer(canvas: &Canvas<'_>, model: &Model, typing: &Typing) -> Span<'static> {
    match &typing.error {
        Some(error) => canvas.span(Role::Bad, error.to_string()),
        None if typing.text.is_empty() => canvas.span(
            Role::Muted,
            "kind:savepoint age>7d freed>1G health:!complete job:7bf6 text",
        ),
        None => {
            let (shown, all) = (model.index.rows.len(), model.index.unfiltered);
            let text = format!(
                "{} of {} match  enter keep  esc undo",
                thousands(shown),
                thousands(all)
            );
            let role = if shown == 0 {
                Role::Warning
            } else {
                Role::Muted
            };
            canvas.span(role, text)
        }
    }
}

fn filter_line(canvas: &mut Canvas<'_>, area: Rect, typing: &Typing, answer: Line<'_>) {
    // The end of what is typed is where one types.
    let all = room(area);
    let room = all.saturating_sub(FILTER + answer.width().min(ANSWER));
    let room = room.max(all / 2);
    let text = fit_end(&typing.text, room, canvas.glyphs().ellipsis).into_owned();
    let mut spans = vec![
        canvas.span(Role::Key, " / "),
        canvas.span(Role::Text, text),
        canvas.span(Role::Accent, canvas.glyphs().cursor),
        canvas.span(Role::Text, "  "),
    ];
    spans.extend(answer.spans);
    canvas.put_line(area.x, area.y, area.width, &Line::from(spans));
}
