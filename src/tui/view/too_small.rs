//! The screen is too small for anything else.

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::{FEWEST_COLUMNS, FEWEST_ROWS};
use crate::tui::text::{width, wrap};
use crate::tui::theme::Role;

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect) {
    let text = format!(
        "stateward needs {FEWEST_COLUMNS}x{FEWEST_ROWS} cells; this terminal has {}x{}",
        area.width, area.height
    );
    let lines = wrap(&text, usize::from(area.width));
    let top = area.y + area.height.saturating_sub(lines.len() as u16) / 2;
    for (line, y) in lines.iter().zip(top..area.bottom()) {
        let pad = usize::from(area.width).saturating_sub(width(line)) as u16 / 2;
        canvas.put(area.x + pad, y, area.width - pad, line, Role::Warning);
    }
}
