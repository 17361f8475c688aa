//! The bar of a recording: which moment of it is shown, and how it goes on.

use ratatui::layout::Rect;
use ratatui::text::Line;

use super::canvas::Canvas;
use crate::app::replay::Replay;
use crate::tui::text::thousands;
use crate::tui::theme::Role;

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, replay: &Replay) {
    let glyphs = *canvas.glyphs();
    let (happened, all) = replay.count();
    let state = if replay.playing { "plays" } else { "paused" };
    let left = Line::from(vec![
        canvas.span(Role::Warning, format!(" {state} ")),
        canvas.span(
            Role::Strong,
            replay.time.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
        ),
        canvas.span(
            Role::Muted,
            format!(
                " x{}  event {} of {} ",
                replay.speed(),
                thousands(happened),
                thousands(all)
            ),
        ),
    ]);
    let used = canvas.put_line(area.x, area.y, area.width, &left);
    let room = area.width.saturating_sub(used + 1);
    if room < 8 {
        return;
    }
    let share = replay.share().clamp(0.0, 1.0);
    let at = (share * f64::from(room - 1)).round() as u16;
    for column in 0..room {
        let (mark, role) = match column {
            _ if column == at => (
                glyphs.kind(crate::domain::snapshot::Kind::Checkpoint),
                Role::Accent,
            ),
            _ if column < at => (glyphs.line[0], Role::Accent),
            _ => (glyphs.line[1], Role::Muted),
        };
        canvas.put(area.x + used + column, area.y, 1, mark, role);
    }
}
