//! What is to be confirmed: what it is about, and below it the words with the key; and how much of both one has seen.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::canvas::Canvas;
use super::prose::Prose;
use crate::app::model::ViewState;
use crate::tui::theme::Role;

/// What stands below the text.
pub(super) enum End {
    /// A key confirms, as these words say.
    Asks(Vec<Span<'static>>),
    /// No key does; this is why.
    Says(Vec<Span<'static>>),
}

/// Draws the text from a line on, and the end of it below, which is never cut where there is room for a line of text.
pub(super) fn draw(
    canvas: &mut Canvas<'_>,
    area: Rect,
    prose: &Prose,
    scroll: usize,
    end: End,
    view: &mut ViewState,
) {
    let cells = usize::from(area.width);
    let (words, asks) = match end {
        End::Asks(words) => (words, true),
        End::Says(words) => (words, false),
    };
    let mut below = flow(words.clone(), cells);
    let mut text = above(area, below.len());
    let is_read = |view: &ViewState, text: Rect| {
        let mut seen = view.seen.clone();
        note(&mut seen, prose, scroll, text);
        seen.is_read()
    };
    let unread = asks && !is_read(view, text);
    if unread {
        let mut first = vec![
            canvas.span(Role::Warning, "More below: "),
            canvas.span(Role::Key, "G"),
            canvas.span(Role::Text, " goes to the end of it; then "),
        ];
        first.extend(words);
        below = flow(first, cells);
        text = above(area, below.len());
    }
    let fits = below.len() < usize::from(area.height);
    if asks && !fits {
        let why = canvas.span(Role::Warning, "To confirm, make the terminal larger");
        below = flow(vec![why], cells);
        text = above(area, below.len());
    }
    prose.scrolled(canvas, text, scroll, view);
    note(&mut view.seen, prose, scroll, text);
    for (line, y) in below.iter().zip(text.bottom()..area.bottom()) {
        canvas.put_line(area.x, y, area.width, line);
    }
    if asks && fits && !unread {
        view.seen.asks();
    }
}

fn above(area: Rect, below: usize) -> Rect {
    Rect {
        height: area.height.saturating_sub(below as u16),
        ..area
    }
}

fn note(seen: &mut crate::app::seen::Seen, prose: &Prose, scroll: usize, text: Rect) {
    let page = usize::from(text.height);
    let at = scroll.min(prose.lines.len().saturating_sub(page));
    if page > 0 {
        seen.text(at == 0, at + page >= prose.lines.len());
    }
}

/// Breaks words of several looks at spaces into lines of at most so many cells.
pub(super) fn flow(spans: Vec<Span<'static>>, cells: usize) -> Vec<Line<'static>> {
    let mut prose = Prose::default();
    prose.flowing(cells, Span::raw(""), spans);
    prose.lines
}
