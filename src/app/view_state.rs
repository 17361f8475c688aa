//! What drawing needs to remember, and moving needs to know of the last frame.

use jiff::Timestamp;

use super::model::Tab;
use super::seen::Seen;

/// What the view keeps from frame to frame, and tells the model about the last one.
#[derive(Debug, Clone, Default)]
pub struct ViewState {
    /// First visible row of the table.
    pub table_offset: usize,
    /// Rows of the table that fit.
    pub table_page: usize,
    /// First visible lineage.
    pub lineages_offset: usize,
    /// Lineages that fit.
    pub lineages_page: usize,
    /// First visible line of the detail.
    pub detail_offset: usize,
    /// Lines of the detail that fit.
    pub detail_page: usize,
    /// How far the detail can be scrolled.
    pub detail_overflow: usize,
    /// First visible batch of the trash.
    pub trash_offset: usize,
    /// First visible line of the popup on top.
    pub popup_offset: usize,
    /// Lines of that popup that fit.
    pub popup_page: usize,
    /// How far it can be scrolled.
    pub popup_overflow: usize,
    /// What of the question on top has been on the screen.
    pub seen: Seen,
    /// When the next text that tells an age has to change.
    pub next_change: Option<Timestamp>,
    /// Where the rows of the table are.
    pub table_area: Area,
    /// Where the tabs are.
    pub tab_areas: [Area; Tab::ALL.len()],
}

/// Cells that can be pointed at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Area {
    /// First column.
    pub left: u16,
    /// First row.
    pub top: u16,
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

impl Area {
    /// Whether a cell lies in it.
    pub fn contains(&self, column: u16, row: u16) -> bool {
        (self.left..self.left.saturating_add(self.width)).contains(&column)
            && (self.top..self.top.saturating_add(self.height)).contains(&row)
    }
}
