//! What Flink does with the snapshot on each of the five events, and why.

use ratatui::text::Line;

use super::canvas::Canvas;
use super::prose::Prose;
use crate::app::explain::Event;
use crate::domain::snapshot::{Kind, Snapshot, Verdict};
use crate::tui::theme::Role;

const EVENT: usize = 12;
const VERDICT: usize = 10;

pub(super) fn write(canvas: &Canvas<'_>, prose: &mut Prose, cells: usize, snapshot: &Snapshot) {
    let fate = &snapshot.fate;
    let mut source = vec![];
    if fate.inferred {
        source.push(canvas.span(Role::Warning, "inferred "));
        source.push(canvas.span(Role::Muted, "from "));
    } else {
        source.push(canvas.span(Role::Good, "its own record "));
        source.push(canvas.span(Role::Muted, "says "));
    }
    source.push(canvas.span(Role::Text, fate.because.clone()));
    prose.line(Line::from(source));
    prose.gap();
    for event in Event::ALL {
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
        let sentence = event.sentence(snapshot.kind, verdict);
        let mut broken =
            crate::tui::text::wrap(sentence, cells.saturating_sub(EVENT + VERDICT)).into_iter();
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
    prose.text(canvas, cells, Role::Muted, settings(snapshot.kind));
}

/// Which settings lead to the rows above.
fn settings(kind: Kind) -> &'static str {
    match kind {
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
