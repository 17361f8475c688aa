//! What every region draws with.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Widget as _};

use super::Look;
use crate::tui::ages::Ages;
use crate::tui::glyphs::Glyphs;
use crate::tui::text::{ascii, fit, fit_apart, fit_middle, fit_words, width};
use crate::tui::theme::Role;

/// A buffer, with the looks and the clock.
pub(super) struct Canvas<'a> {
    buffer: &'a mut Buffer,
    look: &'a Look,
    ages: &'a Ages,
}

impl<'a> Canvas<'a> {
    pub(super) fn new(buffer: &'a mut Buffer, look: &'a Look, ages: &'a Ages) -> Self {
        Self { buffer, look, ages }
    }

    pub(super) fn ages(&self) -> &'a Ages {
        self.ages
    }

    pub(super) fn glyphs(&self) -> &'a Glyphs {
        &self.look.glyphs
    }

    pub(super) fn style(&self, role: Role) -> Style {
        self.look.theme.style(role)
    }

    pub(super) fn span<'t>(&self, role: Role, text: impl Into<Cow<'t, str>>) -> Span<'t> {
        Span::styled(text, self.style(role))
    }

    /// Cuts text at its end, with this set's ellipsis.
    pub(super) fn fit<'t>(&self, text: &'t str, cells: usize) -> Cow<'t, str> {
        fit(text, cells, self.look.glyphs.ellipsis)
    }

    /// Cuts text at its end between two words.
    pub(super) fn fit_words<'t>(&self, text: &'t str, cells: usize) -> Cow<'t, str> {
        fit_words(text, cells, self.look.glyphs.ellipsis)
    }

    /// Cuts each of some names at its end, and in its middle where it would look like another.
    pub(super) fn fit_apart(&self, names: &[Cow<'_, str>], cells: usize) -> Vec<String> {
        fit_apart(names, cells, self.look.glyphs.ellipsis)
    }

    /// Cuts a name in its middle: names that begin alike differ at their end.
    pub(super) fn fit_name<'t>(&self, name: &'t str, cells: usize) -> Cow<'t, str> {
        fit_middle(name, cells, self.look.glyphs.ellipsis)
    }

    /// A job's id by its first digits, as one reads it out; other names whole.
    pub(super) fn short<'t>(&self, name: &'t str) -> Cow<'t, str> {
        if name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            Cow::Owned(format!("{}{}", &name[..8], self.look.glyphs.ellipsis))
        } else {
            Cow::Borrowed(name)
        }
    }

    /// Text as it is written: in letters of every terminal, where only these are to be used.
    pub(super) fn plain<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.look.glyphs.plain {
            ascii(text)
        } else {
            Cow::Borrowed(text)
        }
    }

    /// Writes text, cut to `cells`, and says how many it took.
    pub(super) fn put(&mut self, x: u16, y: u16, cells: u16, text: &str, role: Role) -> u16 {
        self.put_styled(x, y, cells, text, self.style(role))
    }

    /// Writes text in a style of its own.
    pub(super) fn put_styled(
        &mut self,
        x: u16,
        y: u16,
        cells: u16,
        text: &str,
        style: Style,
    ) -> u16 {
        if !self.buffer.area.contains((x, y).into()) {
            return 0;
        }
        let text = self.plain(text);
        let shown = fit(&text, usize::from(cells), self.look.glyphs.ellipsis);
        let (end, _) = self
            .buffer
            .set_stringn(x, y, &shown, usize::from(cells), style);
        end - x
    }

    /// Writes text so that it ends where `cells` end.
    pub(super) fn put_right(&mut self, x: u16, y: u16, cells: u16, text: &str, style: Style) {
        let pad = usize::from(cells).saturating_sub(width(text)) as u16;
        self.put_styled(x + pad, y, cells - pad, text, style);
    }

    /// Writes a line of spans, cut to `cells`, and says how many it took.
    pub(super) fn put_line(&mut self, x: u16, y: u16, cells: u16, line: &Line<'_>) -> u16 {
        let mut at = x;
        for span in &line.spans {
            let room = (x + cells).saturating_sub(at);
            if room == 0 {
                break;
            }
            at += self.put_styled(at, y, room, &span.content, span.style);
        }
        at - x
    }

    /// Gives cells a style without changing their text.
    pub(super) fn paint(&mut self, area: Rect, style: Style) {
        self.buffer.set_style(area, style);
    }

    /// Takes the looks from what is there, as it is so no more.
    pub(super) fn fade(&mut self, area: Rect) {
        self.paint(area, Style::reset());
        self.paint(area, self.style(Role::Muted));
    }

    /// Shows a row as the chosen one: a bar at its left, the rest in reverse video and one colour, whatever its parts
    /// looked like.
    pub(super) fn choose(&mut self, row: Rect, focused: bool) {
        let style = self.style(if focused {
            Role::Selected
        } else {
            Role::SelectedIdle
        });
        for x in row.x + 1..row.right() {
            if let Some(cell) = self.buffer.cell_mut((x, row.y)) {
                cell.set_style(Style::reset()).set_style(style);
            }
        }
        self.put(row.x, row.y, 1, self.look.glyphs.bar, Role::Accent);
    }

    /// Draws a pane's frame and says what is inside.
    pub(super) fn pane(&mut self, area: Rect, focused: bool, titles: &Titles<'_>) -> Rect {
        let role = if focused {
            Role::BorderFocused
        } else {
            Role::Border
        };
        let block = Block::bordered()
            .border_set(self.look.glyphs.border)
            .border_style(self.style(role));
        let inner = block.inner(area);
        block.render(area, self.buffer);
        let room = area.width.saturating_sub(4);
        let left = (titles.left.width() as u16).min(room);
        self.title(area.x + 2, area.y, left, &titles.left);
        // A title that does not fit beside the other would run over it.
        let right = titles.right.width() as u16;
        if right > 0 && left + right < room {
            self.title(area.right() - 2 - right, area.y, right, &titles.right);
        }
        let bottom = titles.bottom.width() as u16;
        if bottom > 0 && bottom <= room && area.height > 1 {
            self.title(
                area.right() - 2 - bottom,
                area.bottom() - 1,
                bottom,
                &titles.bottom,
            );
        }
        inner
    }

    /// Writes over a frame, without taking on its looks.
    fn title(&mut self, x: u16, y: u16, cells: u16, line: &Line<'_>) {
        self.paint(
            Rect {
                x,
                y,
                width: cells,
                height: 1,
            },
            Style::reset(),
        );
        self.put_line(x, y, cells, line);
    }

    /// Makes room over whatever is there.
    pub(super) fn clear(&mut self, area: Rect) {
        Clear.render(area, self.buffer);
    }

    /// Marks on a pane's right side which part of a longer list is seen.
    pub(super) fn scrollbar(&mut self, inner: Rect, offset: usize, page: usize, len: usize) {
        if len <= page || inner.height == 0 || page == 0 {
            return;
        }
        let track = usize::from(inner.height);
        let thumb = (track * page / len).clamp(1, track);
        let at = (track - thumb) * offset.min(len - page) / (len - page);
        let glyph = self.look.glyphs.scroll[0];
        for row in at..at + thumb {
            self.put(inner.right(), inner.y + row as u16, 1, glyph, Role::Accent);
        }
    }
}

/// What stands in a pane's frame.
#[derive(Debug, Default)]
pub(super) struct Titles<'t> {
    pub(super) left: Line<'t>,
    pub(super) right: Line<'t>,
    pub(super) bottom: Line<'t>,
}

/// Moves `offset` as little as it takes to have `at` among `page` rows of `len`.
pub(super) fn keep_visible(offset: usize, at: Option<usize>, page: usize, len: usize) -> usize {
    let last = len.saturating_sub(page);
    let offset = offset.min(last);
    match at {
        Some(at) if at < offset => at,
        Some(at) if page > 0 && at >= offset + page => at + 1 - page,
        _ => offset,
    }
}
