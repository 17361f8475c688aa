//! The screen is too small for anything else.

use ratatui::layout::Rect;

use super::canvas::Canvas;
use crate::app::model::{FEWEST_COLUMNS, FEWEST_ROWS, Model};
use crate::tui::text::{width, wrap};
use crate::tui::theme::Role;

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let needs = format!(
        "stateward needs {FEWEST_COLUMNS}x{FEWEST_ROWS} cells; this terminal has {}x{}. Until then no key does anything, but q \
         leaves.",
        area.width, area.height
    );
    // What leaving would leave behind has to be read before it is done.
    let leaving = model.notice.as_ref().filter(|_| model.leaving);
    let text = leaving.map_or(needs.as_str(), |notice| notice.text.as_str());
    let lines = wrap(text, usize::from(area.width));
    let top = area.y + area.height.saturating_sub(lines.len() as u16) / 2;
    for (line, y) in lines.iter().zip(top..area.bottom()) {
        let pad = usize::from(area.width).saturating_sub(width(line)) as u16 / 2;
        canvas.put(area.x + pad, y, area.width - pad, line, Role::Warning);
    }
}
