//! What is chosen to be deleted, in the lower frame of a pane.

use ratatui::text::{Line, Span};

use super::canvas::Canvas;
use crate::app::model::Model;
use crate::tui::text::thousands;
use crate::tui::theme::Role;

/// How many there are, below the rows that are marked; none where there is none.
pub(super) fn beside_the_rows<'t>(canvas: &Canvas<'_>, model: &Model) -> Option<Line<'t>> {
    let staging = &model.staging;
    let chosen = staging.chosen.len();
    let mut spans = vec![canvas.span(Role::Strong, format!("{} staged", thousands(chosen)))];
    if staging.hidden > 0 {
        let hidden = format!(", {} hidden", thousands(staging.hidden));
        spans.push(canvas.span(Role::Warning, hidden));
    }
    (chosen > 0).then(|| line(canvas, model, spans))
}

/// Whether the one that is read of is among them, where no rows are on the screen.
pub(super) fn in_their_stead<'t>(canvas: &Canvas<'_>, model: &Model) -> Option<Line<'t>> {
    let chosen = model.staging.chosen.len();
    let words = match (model.is_selected_staged(), chosen) {
        (true, 1) => "this one is staged".to_owned(),
        (true, all) => format!("this one is staged, {} in all", thousands(all)),
        (false, 1) => "1 other is staged".to_owned(),
        (false, others) => format!("{} others are staged", thousands(others)),
    };
    let words = vec![canvas.span(Role::Strong, words)];
    (chosen > 0 && !model.table_visible()).then(|| line(canvas, model, words))
}

/// These words, and what deleting all of them frees.
fn line<'t>(canvas: &Canvas<'_>, model: &Model, words: Vec<Span<'t>>) -> Line<'t> {
    let frees = model.staging.frees.map(|frees| {
        let dot = canvas.glyphs().dot;
        canvas.span(Role::Text, format!("{dot} {} ", frees.words()))
    });
    let mut spans = vec![canvas.span(Role::Bad, format!(" {} ", canvas.glyphs().staged))];
    spans.extend(words);
    spans.push(Span::raw(" "));
    spans.extend(frees);
    spans.push(canvas.span(Role::Key, "D"));
    spans.push(canvas.span(Role::Muted, " review "));
    Line::from(spans)
}
