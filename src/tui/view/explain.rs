//! What the snapshot is, in sentences with their evidence, and what would have made it otherwise.

use std::sync::Arc;

use ratatui::text::Span;

use super::canvas::Canvas;
use super::prose::{LABEL, Prose};
use crate::analysis::explain::settings::LEGEND;
use crate::analysis::explain::{Question, explain};
use crate::app::model::Model;
use crate::domain::snapshot::Snapshot;
use crate::tui::theme::Role;

pub(super) fn write(
    canvas: &Canvas<'_>,
    prose: &mut Prose,
    cells: usize,
    model: &Model,
    snapshot: &Snapshot,
) {
    // Whatever belongs to a snapshot is of its lineage.
    let of_lineage = |row: &&Arc<Snapshot>| row.lineage == snapshot.lineage;
    let rows: Vec<Arc<Snapshot>> = model
        .snapshots
        .values()
        .filter(of_lineage)
        .cloned()
        .collect();
    let torn = model
        .torn_by(snapshot)
        .and_then(|it| it.fact_about(&snapshot.location));
    let explanation = explain(&Question {
        snapshot,
        relations: model.sheet().map(|sheet| &sheet.relations),
        rows: &rows,
        clusters: &model.clusters,
        release: None,
        torn: torn.as_deref(),
        now: model.now,
    });
    for sentence in &explanation.sentences {
        prose.fact(
            canvas,
            cells,
            sentence.topic.word(),
            Role::Text,
            &sentence.text,
        );
        let indent = Span::raw(" ".repeat(LABEL));
        prose.hanging(
            canvas,
            cells,
            indent,
            Role::Muted,
            &format!("({})", sentence.evidence),
        );
    }
    if explanation.otherwise.is_empty() {
        return;
    }
    prose.gap();
    let heading = format!(
        "It would have been otherwise with (as Flink {} calls it):",
        explanation.names_of
    );
    prose.text(canvas, cells, Role::Strong, &heading);
    for it in &explanation.otherwise {
        let mark = canvas.span(Role::Muted, format!("{}: ", it.about));
        prose.hanging(canvas, cells, mark, Role::Text, &it.effect);
        for line in std::iter::once(&it.setting).chain(&it.call) {
            prose.hanging(canvas, cells, Span::raw("  "), Role::Code, line);
        }
    }
    prose.text(canvas, cells, Role::Muted, LEGEND);
}
