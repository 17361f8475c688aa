//! The frame of what lies over everything else.

use ratatui::layout::Rect;
use ratatui::text::Line;

use super::canvas::{Canvas, Titles};
use crate::tui::theme::Role;

/// A rectangle of at most this size in the middle.
pub(super) fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let width = width.min(area.width.saturating_sub(2));
    let height = height.min(area.height);
    Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 3,
        width,
        height,
    }
}

/// Draws a frame over what is there, and says what is inside.
pub(super) fn frame(canvas: &mut Canvas<'_>, area: Rect, title: &str) -> Rect {
    framed(canvas, area, title, Line::default())
}

/// The same, with what the key that closes it does.
pub(super) fn frame_to_close(
    canvas: &mut Canvas<'_>,
    area: Rect,
    title: &str,
    closes: &'static str,
) -> Rect {
    let right = Line::from(vec![
        canvas.span(Role::Key, " esc"),
        canvas.span(Role::Muted, format!(" {closes} ")),
    ]);
    framed(canvas, area, title, right)
}

fn framed(canvas: &mut Canvas<'_>, area: Rect, title: &str, right: Line<'_>) -> Rect {
    canvas.clear(area);
    let titles = Titles {
        left: Line::from(canvas.span(Role::Title, format!(" {title} "))),
        right,
        bottom: Line::default(),
    };
    canvas.pane(area, true, &titles)
}

/// What is inside of a frame without the cells at its sides, where text would touch it.
pub(super) fn inset(inner: Rect) -> Rect {
    Rect {
        x: inner.x + 1,
        width: inner.width.saturating_sub(2),
        ..inner
    }
}
