//! What Flink does with the snapshot on each of the five events, and why.

use std::borrow::Cow;

use ratatui::text::Line;

use super::canvas::Canvas;
use super::prose::Prose;
use crate::analysis::ownership::{self, Ownership};
use crate::analysis::retained::Retained;
use crate::app::explain::{self, Event};
use crate::app::model::Model;
use crate::domain::snapshot::{Kind, Snapshot, Verdict};
use crate::tui::theme::Role;

const EVENT: usize = 12;
const VERDICT: usize = 10;

pub(super) fn write(
    canvas: &Canvas<'_>,
    prose: &mut Prose,
    cells: usize,
    model: &Model,
    snapshot: &Snapshot,
) {
    let ownership = ownership::of(snapshot, &model.clusters);
    let fate = &*ownership.fate(snapshot);
    let (mark, link) = if fate.inferred {
        (canvas.span(Role::Warning, "inferred "), "from")
    } else {
        (canvas.span(Role::Good, "its own record "), "says")
    };
    let because = format!("{link} {}", fate.because);
    prose.hanging(canvas, cells, mark, Role::Text, &because);
    if let Some(past) = ownership.of_its_fate() {
        prose.text(canvas, cells, Role::Strong, &past);
    }
    prose.gap();
    let reasons = ownership.reasons();
    let retained = Retained::of(snapshot, &model.clusters, model.snapshots.values());
    for (at, event) in Event::ALL.into_iter().enumerate() {
        let verdict = event.verdict(fate);
        let role = match verdict {
            Verdict::Deleted => Role::Bad,
            Verdict::Kept => Role::Good,
            Verdict::Unknown => Role::Warning,
        };
        let mut lead = vec![
            canvas.span(Role::Strong, format!("{:<EVENT$}", event.word())),
            canvas.span(role, format!("{:<VERDICT$}", verdict.word())),
        ];
        let sentence = match &reasons {
            Some(reasons) => Cow::Borrowed(&*reasons[at]),
            None => event.sentence(snapshot, &retained),
        };
        let mut broken =
            crate::tui::text::wrap(&sentence, cells.saturating_sub(EVENT + VERDICT)).into_iter();
        lead.extend(
            broken
                .next()
                .map(|line| canvas.span(Role::Text, line.to_owned())),
        );
        prose.line(Line::from(lead));
        for line in broken {
            prose.line(Line::from(
                canvas.span(Role::Text, format!("{:1$}{line}", "", EVENT + VERDICT)),
            ));
        }
    }
    prose.gap();
    prose.text(canvas, cells, Role::Muted, settings(snapshot, &ownership));
    let keys = "w plays on a copy what would be left of it and its neighbours; b puts it beside the other sorts of snapshots.";
    prose.text(canvas, cells, Role::Muted, keys);
}

/// Which settings lead to the rows above.
fn settings(snapshot: &Snapshot, ownership: &Ownership<'_>) -> &'static str {
    if matches!(
        ownership,
        Ownership::Claimed(_)
            | Ownership::MaybeClaimed(..)
            | Ownership::MayGoOn(_)
            | Ownership::EarlierRun(_)
            | Ownership::MayBeEarlier(_)
            | Ownership::BuiltOn(_)
            | Ownership::Dwindled
    ) {
        return "Decided by the execution.checkpointing.externalized-checkpoint-retention of the job that goes on with it, and the \
             execution.checkpointing.num-retained of its cluster, as they are now.";
    }
    if explain::is_left_behind(snapshot) {
        return "No retention setting reaches what was left behind: it stays until somebody removes it.";
    }
    match snapshot.kind {
        Kind::Savepoint => {
            "A savepoint is yours: no setting lets Flink delete it. Restored with CLAIM it becomes a checkpoint of the new job and takes that \
             job's row; until a job has claimed it, only you can delete it."
        }
        Kind::Checkpoint | Kind::ExternalizedCheckpoint => {
            "Decided by the job's execution.checkpointing.externalized-checkpoint-retention when the checkpoint was taken \
             (NO_EXTERNALIZED_CHECKPOINTS, DELETE_ON_CANCELLATION or RETAIN_ON_CANCELLATION), and by \
             execution.checkpointing.num-retained (state.checkpoints.num-retained before 1.20)."
        }
    }
}
