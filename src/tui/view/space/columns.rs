//! A list of names with bytes and bars.

use ratatui::layout::Rect;

use crate::app::model::ViewState;
use crate::app::space::Order;
use crate::tui::glyphs::shares;
use crate::tui::theme::Role;
use crate::tui::view::canvas::Canvas;

/// The looks of a bar's parts: what goes with one snapshot, what several share, what nothing can be said of yet.
pub(super) const SHADES: [Role; 3] = [Role::Accent, Role::Accent, Role::Muted];

/// From this many cells on, there is room for longer words, and a column for what the hatched part of the bar shows.
pub(super) const WIDE: u16 = 98;

/// How wide columns are: a name, all bytes, a bar, and four numbers more. One without cells is left out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Columns {
    name: u16,
    bar: u16,
    /// All bytes, those alone, those shared, and two more.
    numbers: [u16; 5],
    /// Where the name starts.
    x: u16,
}

/// What a row shows.
pub(super) struct Row<'t> {
    pub(super) name: (Role, &'t str),
    pub(super) bar: [u64; 3],
    /// The bytes that fill the bar.
    pub(super) most: u64,
    pub(super) numbers: [String; 5],
}

impl Columns {
    /// Columns for a list inside of `area`, with its last two of these widths.
    pub(super) fn of(area: Rect, last: [u16; 2]) -> Self {
        // A cell for the selection's bar, and one of air.
        let room = area.width.saturating_sub(2);
        let shared = if area.width >= WIDE { 8 } else { 0 };
        let mut columns = Self {
            name: 16,
            bar: 10,
            numbers: [8, 9, shared, last[0], last[1]],
            x: area.x + 1,
        };
        if columns.needed() > room {
            columns.numbers[3..].fill(0);
        }
        if columns.needed() > room {
            columns.numbers[1] = 0;
        }
        let left = room.saturating_sub(columns.needed());
        let name = (left / 3).min(24);
        columns.name += name;
        columns.bar += left - name;
        columns
    }

    fn needed(&self) -> u16 {
        let numbers = self.numbers.into_iter().filter(|&cells| cells > 0);
        self.name + 1 + self.bar + numbers.map(|cells| cells + 1).sum::<u16>()
    }

    fn bar_at(&self) -> u16 {
        self.x + self.name + self.numbers[0] + 2
    }

    /// Where each number stands, and how wide it is.
    fn places(&self) -> [(u16, u16); 5] {
        let mut x = self.x + self.name + 1;
        let mut places = [(0, 0); 5];
        for (at, cells) in self.numbers.into_iter().enumerate() {
            places[at] = (x, cells);
            x += if cells > 0 { cells + 1 } else { 0 };
            x += if at == 0 { self.bar + 1 } else { 0 };
        }
        places
    }

    /// Writes headings; the number by which rows are ordered is marked.
    pub(super) fn headings(
        &self,
        canvas: &mut Canvas<'_>,
        y: u16,
        name: &str,
        numbers: [&str; 5],
        order: Order,
    ) {
        canvas.put(self.x, y, self.name, name, Role::Heading);
        let ordered = match order {
            Order::Size => 0,
            Order::Freed => 1,
        };
        for (at, (x, cells)) in self.places().into_iter().enumerate() {
            if cells > 0 && at == ordered {
                let text = format!("{}{}", numbers[at], canvas.glyphs().sorted[1]);
                canvas.put_right(x, y, cells, &text, canvas.style(Role::HeadingSorted));
            } else if cells > 0 {
                canvas.put_right(x, y, cells, numbers[at], canvas.style(Role::Heading));
            }
        }
    }

    /// Writes a row.
    pub(super) fn draw(&self, canvas: &mut Canvas<'_>, line: Rect, row: &Row<'_>) {
        let (role, name) = row.name;
        let name = &canvas.fit_name(name, usize::from(self.name));
        canvas.put(self.x, line.y, self.name, name, role);
        let style = canvas.style(Role::Text);
        for ((x, cells), text) in self.places().into_iter().zip(&row.numbers) {
            if cells > 0 {
                canvas.put_right(x, line.y, cells, text, style);
            }
        }
        let mut x = self.bar_at();
        let parts = shares(row.bar, row.most, usize::from(self.bar));
        for ((cells, shade), role) in parts.into_iter().zip(canvas.glyphs().shades).zip(SHADES) {
            x += canvas.put(x, line.y, cells as u16, &shade.repeat(cells), role);
        }
    }
}

/// The rows of a list that are on the screen, with the chosen one as near to the middle as it goes.
pub(super) struct Visible {
    area: Rect,
    offset: usize,
    len: usize,
}

impl Visible {
    pub(super) fn of(area: Rect, chosen: usize, len: usize) -> Self {
        let page = usize::from(area.height);
        let offset = chosen
            .saturating_sub(page / 2)
            .min(len.saturating_sub(page));
        Self { area, offset, len }
    }

    /// Places in the list, with the lines to draw them in.
    pub(super) fn rows(&self) -> impl Iterator<Item = (usize, Rect)> + use<> {
        let area = self.area;
        let lines = (area.y..area.bottom()).map(move |y| Rect {
            y,
            height: 1,
            ..area
        });
        (self.offset..self.len).zip(lines)
    }

    /// Draws the scroll bar, and notes how far a page goes when the list has the keys.
    pub(super) fn finish(&self, canvas: &mut Canvas<'_>, focused: bool, view: &mut ViewState) {
        let page = usize::from(self.area.height);
        if focused {
            view.popup_page = page;
        }
        canvas.scrollbar(self.area, self.offset, page, self.len);
    }
}
