//! Every key, with what it does.

use ratatui::layout::Rect;
use ratatui::text::Line;

use super::canvas::Canvas;
use super::popup::{centred, frame_to_close, inset};
use super::prose::Prose;
use crate::app::command::{DEMONSTRATION, REVIEW, groups};
use crate::app::model::{Model, Popup, ViewState};
use crate::tui::text::width;
use crate::tui::theme::Role;

const KEYS: usize = 30;

pub(super) fn draw(
    canvas: &mut Canvas<'_>,
    area: Rect,
    model: &Model,
    scroll: usize,
    view: &mut ViewState,
) {
    let area = centred(area, 100, area.height.saturating_sub(2));
    let inner = inset(inset(frame_to_close(canvas, area, "Keys", "close")));
    let cells = usize::from(inner.width);
    let keys = KEYS.min(cells / 3);
    let mut prose = Prose::default();
    // Over a review its own keys are what is asked for.
    let in_review = model.popups.iter().any(|it| matches!(it, Popup::Plan(_)));
    let mut groups = groups();
    groups.retain(|(title, _)| *title != DEMONSTRATION || model.demo.is_some());
    groups.sort_by_key(|(title, _)| !(in_review && *title == REVIEW));
    for (title, commands) in groups {
        prose.gap();
        prose.line(Line::from(canvas.span(Role::Title, title)));
        for command in commands {
            let text = command.all_keys();
            let shown = canvas.fit(&text, keys.saturating_sub(1)).into_owned();
            let pad = " ".repeat(keys.saturating_sub(width(&shown)));
            let mark = canvas.span(Role::Key, format!("{shown}{pad}"));
            let twin = command
                .twin
                .map(|twin| format!(" ({twin})"))
                .unwrap_or_default();
            let text = format!("{}{twin}", command.doc);
            prose.hanging(canvas, cells, mark, Role::Text, &text);
        }
    }
    prose.gap();
    prose.line(Line::from(canvas.span(Role::Title, "Marks")));
    let glyphs = canvas.glyphs();
    prose.hanging(
        canvas,
        cells,
        canvas.span(Role::Good, format!("{:keys$}", glyphs.star)),
        Role::Text,
        "The newest snapshot of its lineage that can be restored",
    );
    prose.hanging(
        canvas,
        cells,
        canvas.span(Role::Accent, format!("{:keys$}", glyphs.mark)),
        Role::Text,
        "The snapshot that somebody marked for restart",
    );
    prose.hanging(
        canvas,
        cells,
        canvas.span(Role::Accent, format!("{:keys$}", glyphs.hold)),
        Role::Text,
        "Held: nothing here deletes it",
    );
    prose.hanging(
        canvas,
        cells,
        canvas.span(Role::Text, format!("{:keys$}", "?")),
        Role::Text,
        "Behind a word: inferred from place and name, as metadata does not say it",
    );
    prose.gap();
    prose.line(Line::from(canvas.span(Role::Title, "Sizes")));
    for (word, meaning) in [
        (
            "refer",
            "Bytes on disk that the snapshot refers to, each file once",
        ),
        (
            "new",
            "Bytes of those that no older snapshot of the lineage refers to",
        ),
        (
            "freed",
            "Bytes that deleting it would free now: nobody else refers to them. Not a sum: two that share a file free it together",
        ),
    ] {
        prose.hanging(
            canvas,
            cells,
            canvas.span(Role::Text, format!("{word:keys$}")),
            Role::Text,
            meaning,
        );
    }
    view.popup_page = usize::from(inner.height);
    view.popup_overflow = prose.draw(canvas, inner, scroll);
    let bar = Rect {
        width: inner.width + 2,
        ..inner
    };
    canvas.scrollbar(bar, scroll, usize::from(inner.height), prose.lines.len());
}
