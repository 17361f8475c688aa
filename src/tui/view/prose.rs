//! Text in paragraphs and labelled facts, broken to a width.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::canvas::Canvas;
use crate::app::model::ViewState;
use crate::tui::text::{width, wrap};
use crate::tui::theme::Role;

/// Lines, built one paragraph at a time.
#[derive(Debug, Default)]
pub(super) struct Prose {
    pub(super) lines: Vec<Line<'static>>,
}

/// Cells that labels take.
pub(super) const LABEL: usize = 12;

impl Prose {
    /// An empty line, unless there is one already.
    pub(super) fn gap(&mut self) {
        if self.lines.last().is_some_and(|line| line.width() > 0) {
            self.lines.push(Line::default());
        }
    }

    /// A line made elsewhere.
    pub(super) fn line(&mut self, line: Line<'static>) {
        self.lines.push(line);
    }

    /// A paragraph.
    pub(super) fn text(&mut self, canvas: &Canvas<'_>, cells: usize, role: Role, text: &str) {
        self.hanging(canvas, cells, Span::raw(""), role, text);
    }

    /// A paragraph behind a mark, under which nothing is written.
    pub(super) fn hanging(
        &mut self,
        canvas: &Canvas<'_>,
        cells: usize,
        mark: Span<'static>,
        role: Role,
        text: &str,
    ) {
        let indent = mark.width();
        let mut mark = Some(mark);
        for line in wrap(text, cells.saturating_sub(indent)) {
            let lead = mark.take().unwrap_or_else(|| Span::raw(" ".repeat(indent)));
            self.lines
                .push(Line::from(vec![lead, canvas.span(role, line.to_owned())]));
        }
    }

    /// A paragraph of several looks behind a mark, under which nothing is written.
    pub(super) fn flowing(&mut self, cells: usize, mark: Span<'static>, spans: Vec<Span<'static>>) {
        let indent = mark.width();
        let room = cells.saturating_sub(indent).max(1);
        let mut full = Vec::new();
        let mut end = |line: &mut Vec<Span<'static>>| {
            // A space at the end would take a cell that is not there.
            if let Some(last) = line.last_mut() {
                last.content = last.content.trim_end().to_owned().into();
            }
            let next = vec![Span::raw(" ".repeat(indent))];
            full.push(Line::from(std::mem::replace(line, next)));
        };
        let (mut line, mut used) = (vec![mark], 0);
        for span in spans {
            for word in span.content.split_inclusive(' ') {
                // The space behind a word may be lost at the end of a line.
                let needed = width(word.trim_end());
                if used > 0 && used + needed > room {
                    end(&mut line);
                    used = 0;
                    if word.trim().is_empty() {
                        continue;
                    }
                }
                let word = if needed <= room && used + width(word) > room {
                    word.trim_end()
                } else {
                    word
                };
                let mut pieces = wrap(word, room).into_iter().peekable();
                while let Some(piece) = pieces.next() {
                    line.push(Span::styled(piece.to_owned(), span.style));
                    used += width(piece);
                    if pieces.peek().is_some() {
                        end(&mut line);
                        used = 0;
                    }
                }
            }
        }
        self.lines.extend(full);
        self.lines.push(Line::from(line));
    }

    /// A labelled fact.
    pub(super) fn fact(
        &mut self,
        canvas: &Canvas<'_>,
        cells: usize,
        label: &str,
        role: Role,
        text: &str,
    ) {
        let label = format!("{label:<LABEL$}");
        self.hanging(canvas, cells, canvas.span(Role::Muted, label), role, text);
    }

    /// Labelled facts in two columns where the width allows, else one below the other. Both columns are cut, not
    /// broken, so that lines stay beside each other.
    pub(super) fn grid(
        &mut self,
        canvas: &Canvas<'_>,
        cells: usize,
        left: &[Fact],
        right: &[Fact],
    ) {
        if cells < 96 {
            for fact in left.iter().chain(right) {
                self.fact(canvas, cells, fact.label, fact.role, &fact.joined());
            }
            return;
        }
        let column = cells / 2 - 1;
        for at in 0..left.len().max(right.len()) {
            let mut spans = Vec::new();
            if let Some(fact) = left.get(at) {
                spans.extend(fact.spans(canvas, column));
            }
            let used: usize = spans
                .iter()
                .map(|span: &Span<'_>| width(&span.content))
                .sum();
            if let Some(fact) = right.get(at) {
                spans.push(Span::raw(" ".repeat((column + 2).saturating_sub(used))));
                spans.extend(fact.spans(canvas, cells - column - 2));
            }
            self.lines.push(Line::from(spans));
        }
    }

    /// Draws the lines as what a popup scrolls through, with a bar at its right, and notes how far that goes.
    pub(super) fn scrolled(
        &self,
        canvas: &mut Canvas<'_>,
        area: Rect,
        scroll: usize,
        view: &mut ViewState,
    ) {
        view.popup_page = usize::from(area.height);
        view.popup_overflow = self.draw(canvas, area, scroll);
        let bar = Rect {
            width: area.width + 1,
            ..area
        };
        canvas.scrollbar(bar, scroll, usize::from(area.height), self.lines.len());
    }

    /// Draws the lines from an offset on, and says how many cannot be seen.
    pub(super) fn draw(&self, canvas: &mut Canvas<'_>, area: Rect, offset: usize) -> usize {
        let page = usize::from(area.height);
        let overflow = self.lines.len().saturating_sub(page);
        let offset = offset.min(overflow);
        for (line, y) in self.lines.iter().skip(offset).zip(area.y..area.bottom()) {
            canvas.put_line(area.x, y, area.width, line);
        }
        overflow
    }
}

/// A label, a value, and a remark on it.
#[derive(Debug)]
pub(super) struct Fact {
    pub(super) label: &'static str,
    pub(super) role: Role,
    pub(super) value: String,
    pub(super) remark: String,
}

impl Fact {
    pub(super) fn new(
        label: &'static str,
        value: impl Into<String>,
        remark: impl Into<String>,
    ) -> Self {
        Self {
            label,
            role: Role::Text,
            value: value.into(),
            remark: remark.into(),
        }
    }

    /// Sizes stand in a column of their own, so that they can be compared.
    const VALUE: usize = 9;

    fn joined(&self) -> String {
        if self.remark.is_empty() {
            self.value.clone()
        } else {
            format!("{} {}", self.value, self.remark)
        }
    }

    fn spans(&self, canvas: &Canvas<'_>, cells: usize) -> Vec<Span<'static>> {
        let value = if self.remark.is_empty() {
            self.value.clone()
        } else {
            format!("{:<1$} ", self.value, Self::VALUE)
        };
        let room = cells.saturating_sub(LABEL);
        let value = canvas.fit(&value, room).into_owned();
        let remark = canvas
            .fit(&self.remark, room.saturating_sub(width(&value)))
            .into_owned();
        vec![
            canvas.span(Role::Muted, format!("{:<LABEL$}", self.label)),
            canvas.span(self.role, value),
            canvas.span(Role::Muted, remark),
        ]
    }
}
