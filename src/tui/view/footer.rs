//! The last line: what can be pressed, or the filter being typed, or a word to the user.

use ratatui::layout::Rect;
use ratatui::text::Line;

use super::canvas::Canvas;
use crate::app::command::footer;
use crate::app::model::{Model, Typing};
use crate::tui::text::{thousands, width};
use crate::tui::theme::Role;

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    if area.height == 0 {
        return;
    }
    if let Some(typing) = &model.typing {
        filter_line(canvas, area, model, typing);
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

fn filter_line(canvas: &mut Canvas<'_>, area: Rect, model: &Model, typing: &Typing) {
    let answer = match &typing.error {
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
            canvas.span(
                if shown == 0 {
                    Role::Warning
                } else {
                    Role::Muted
                },
                text,
            )
        }
    };
    let line = Line::from(vec![
        canvas.span(Role::Key, " / "),
        canvas.span(Role::Text, typing.text.as_str()),
        canvas.span(Role::Accent, canvas.glyphs().cursor),
        canvas.span(Role::Text, "  "),
        answer,
    ]);
    canvas.put_line(area.x, area.y, area.width, &line);
}
