//! Where the detail has no pane of its own: the answer in a few lines below the table.

use std::ops::RangeInclusive;

use ratatui::layout::Rect;
use ratatui::text::Line;

use super::canvas::{Canvas, Titles};
use super::overview;
use crate::analysis::ownership;
use crate::app::explain;
use crate::app::model::Model;
use crate::domain::snapshot::Snapshot;
use crate::tui::text::wrap;
use crate::tui::theme::Role;

/// Lines around the sentence: the frame and the answer.
const AROUND: u16 = 3;
/// Lines for the sentence. Most take no more than the fewest, so that the table keeps its height from one to the next.
const SENTENCE: RangeInclusive<u16> = 2..=3;

/// Lines that it takes in this width, its frame included.
pub(super) fn height(width: u16, model: &Model, snapshot: &Snapshot) -> u16 {
    let text = sentence(model, snapshot);
    let lines = wrap(&text, usize::from(width.saturating_sub(4))).len();
    let lines = u16::try_from(lines).unwrap_or(u16::MAX);
    AROUND + lines.clamp(*SENTENCE.start(), *SENTENCE.end())
}

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, model: &Model, snapshot: &Snapshot) {
    let titles = Titles {
        left: whose(canvas, model, snapshot),
        right: Line::from(vec![
            canvas.span(Role::Key, " enter"),
            canvas.span(Role::Muted, " more "),
        ]),
        bottom: Line::default(),
    };
    let inner = canvas.pane(area, false, &titles);
    let (x, cells) = (inner.x + 1, inner.width.saturating_sub(2));
    let mut first = overview::headline(canvas, model, snapshot, usize::from(cells));
    if let Some(age) = snapshot.completed_at.map(|at| canvas.ages().ago(at)) {
        first.push_span(canvas.span(
            Role::Text,
            format!("  {} {age}", explain::written(snapshot)),
        ));
    }
    canvas.put_line(x, inner.y, cells, &first);
    let text = sentence(model, snapshot);
    let (mut y, mut rest) = (inner.y + 1, text.as_str());
    while y < inner.bottom() && !rest.is_empty() {
        let is_last = y + 1 == inner.bottom();
        let line = match wrap(rest, usize::from(cells)).first() {
            Some(line) if !is_last => line.len(),
            // What does not fit is cut where it shows.
            _ => rest.len(),
        };
        canvas.put(x, y, cells, &rest[..line], Role::Text);
        rest = rest[line..].trim_start();
        y += 1;
    }
}

/// What is the matter with it, else whose it is.
fn sentence(model: &Model, snapshot: &Snapshot) -> String {
    match (model.torn_by(snapshot), snapshot.findings.first()) {
        (Some(_), _) => {
            "A part of it lies in the trash: T, there u puts it back and r goes on.".to_owned()
        }
        (None, Some(finding)) => finding.clone(),
        (None, None) => ownership::of(snapshot, &model.clusters).sentence(snapshot),
    }
}

/// Its lineage and its job before its name, which others may have as well.
fn whose<'t>(canvas: &Canvas<'_>, model: &Model, snapshot: &Snapshot) -> Line<'t> {
    let lineage = model.lineage(snapshot.lineage);
    let lineage = lineage.map(|it| model.called(it).to_owned());
    let job = snapshot.job_id.map(|job| job.to_string());
    let job = job.filter(|job| lineage.as_ref() != Some(job));
    let mut spans = vec![canvas.span(Role::Title, " ")];
    for part in lineage.into_iter().chain(job) {
        spans.push(canvas.span(Role::Text, canvas.short(&part).into_owned()));
        let into = format!(" {} ", canvas.glyphs().into);
        spans.push(canvas.span(Role::Muted, into));
    }
    spans.push(canvas.span(Role::Title, format!("{} ", snapshot.name)));
    Line::from(spans)
}
