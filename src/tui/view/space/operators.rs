//! The operators of one snapshot, by the bytes on disk that each of them holds.

use ratatui::layout::Rect;
use ratatui::text::Line;

use super::columns::{Columns, Row, Visible};
use super::{legend, split};
use crate::app::model::{DocumentState, Model, ViewState};
use crate::app::sheet::{Operator, Sheet};
use crate::app::space::{List, OperatorLine, What};
use crate::domain::size::iec;
use crate::domain::snapshot::Snapshot;
use crate::tui::text::{count, thousands};
use crate::tui::theme::Role;
use crate::tui::view::canvas::{Canvas, Titles};
use crate::tui::view::prose::Prose;

/// Cells of the last two columns: files and state.
const LAST: [u16; 2] = [7, 9];
/// Lines for what is said about the chosen one, its frame included.
const ABOUT: u16 = 9;

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, model: &Model, view: &mut ViewState) {
    let operators = &model.space.operators;
    let Some(snapshot) = &operators.of else {
        return;
    };
    let [upper, lower] = split(area, area.height.saturating_sub(ABOUT.min(area.height / 2)));
    let titles = Titles {
        left: title(canvas, snapshot, operators.sheet()),
        right: Line::from(vec![
            canvas.span(Role::Key, " tab"),
            canvas.span(Role::Muted, " lineages "),
        ]),
        bottom: legend(
            canvas,
            &["freed by deleting it alone", "shared with others"],
        ),
    };
    let inner = canvas.pane(upper, true, &titles);
    let Some(sheet) = operators.sheet() else {
        let words = match &operators.state {
            DocumentState::Failed(reason) => format!("It could not be read: {reason}"),
            DocumentState::Absent => {
                "Without metadata that can be read, nothing is known of its operators.".to_owned()
            }
            DocumentState::Loading | DocumentState::Ready(_) => "Reading its metadata.".to_owned(),
        };
        let room = inner.width.saturating_sub(2);
        canvas.put(inner.x + 1, inner.y, room, &words, Role::Muted);
        canvas.pane(lower, false, &Titles::default());
        return;
    };
    list(canvas, inner, model, sheet, view);
    let titles = Titles {
        left: Line::from(canvas.span(Role::Title, " Operator ")),
        ..Titles::default()
    };
    let inner = canvas.pane(lower, false, &titles);
    let inner = Rect {
        x: inner.x + 1,
        width: inner.width.saturating_sub(2),
        ..inner
    };
    if let Some(line) = operators.rows.get(operators.chosen) {
        let cells = usize::from(inner.width);
        about(canvas, cells, snapshot, sheet, *line).draw(canvas, inner, 0);
    }
}

fn title<'t>(
    canvas: &Canvas<'_>,
    snapshot: &Snapshot,
    sheet: Option<&std::sync::Arc<Sheet>>,
) -> Line<'t> {
    let mut spans = vec![
        canvas.span(Role::Title, " Space of "),
        canvas.span(Role::Strong, format!("{} ", snapshot.name)),
    ];
    if let Some(sheet) = sheet {
        let total = sheet.space.total();
        let operators = count(sheet.operators.len(), "operator");
        let text = format!("{} on disk, by {operators} ", iec(total.total()));
        spans.push(canvas.span(Role::Muted, text));
    }
    Line::from(spans)
}

fn list(canvas: &mut Canvas<'_>, inner: Rect, model: &Model, sheet: &Sheet, view: &mut ViewState) {
    let operators = &model.space.operators;
    let of = operators.of.as_deref();
    let columns = Columns::of(inner, LAST);
    columns.headings(
        canvas,
        inner.y,
        "OPERATOR",
        ["ON DISK", "FREED", "SHARED", "FILES", "STATE"],
        model.space.order(List::Operators),
    );
    let rows = &operators.rows;
    let most = rows.iter().map(|row| row.part.held.total()).max();
    let [_, body] = split(inner, 1);
    let visible = Visible::of(body, operators.chosen, rows.len());
    for (at, line) in visible.rows() {
        let OperatorLine { what, part } = rows[at];
        let operator = operator(sheet, what);
        let state = operator.map_or_else(
            || canvas.glyphs().none.to_owned(),
            |operator| iec(operator.state),
        );
        let role = if operator.is_some() {
            Role::Strong
        } else {
            Role::Muted
        };
        let row = Row {
            name: (role, name(sheet, what)),
            bar: [part.held.alone, part.held.shared, 0],
            most: most.unwrap_or(0),
            numbers: [
                iec(part.held.total()),
                canvas
                    .glyphs()
                    .bounded(of.is_some_and(|of| is_bound(of, what)), part.held.alone),
                iec(part.held.shared),
                thousands(part.files),
                state,
            ],
        };
        columns.draw(canvas, line, &row);
        if at == operators.chosen {
            canvas.choose(line, true);
        }
    }
    visible.finish(canvas, true, view);
}

/// Whether less may be freed of this part than what it holds alone.
fn is_bound(snapshot: &Snapshot, what: What) -> bool {
    snapshot.is_hard_linked || (snapshot.sizes_are_bounds && may_be_named(what))
}

/// Whether others may name the same files: nobody names another's metadata.
fn may_be_named(what: What) -> bool {
    what != What::Metadata
}

fn operator(sheet: &Sheet, what: What) -> Option<&Operator> {
    match what {
        What::Operator(at) => sheet.operators.get(at),
        What::Several | What::Elsewhere | What::Metadata => None,
    }
}

fn name(sheet: &Sheet, what: What) -> &str {
    match what {
        What::Operator(_) => operator(sheet, what).map_or("", |it| it.label.as_str()),
        What::Several => "(several operators)",
        What::Elsewhere => "(no operator)",
        What::Metadata => "(the metadata)",
    }
}

/// What is said about one part.
fn about(
    canvas: &Canvas<'_>,
    cells: usize,
    snapshot: &Snapshot,
    sheet: &Sheet,
    line: OperatorLine,
) -> Prose {
    let mut prose = Prose::default();
    let OperatorLine { what, part } = line;
    let held = part.held;
    let label = match what {
        What::Operator(_) => "operator",
        What::Several | What::Elsewhere | What::Metadata => "part",
    };
    prose.fact(canvas, cells, label, Role::Strong, name(sheet, what));
    let bound = if is_bound(snapshot, what) && held.alone > 0 {
        "at most "
    } else {
        ""
    };
    let disk = if part.files == 0 {
        "no file of its own".to_owned()
    } else {
        format!(
            "{} in {}: {bound}{} freed with {}, {} shared with other snapshots",
            iec(held.total()),
            count(part.files, "file"),
            iec(held.alone),
            snapshot.name,
            iec(held.shared)
        )
    };
    prose.fact(canvas, cells, "on disk", Role::Text, &disk);
    let Some(operator) = operator(sheet, what) else {
        let words = match what {
            What::Several => "Files in which the state of several operators lies together.",
            What::Metadata => "The metadata file itself, with the state that is inside of it.",
            What::Elsewhere | What::Operator(_) => "Files that no subtask of an operator names.",
        };
        prose.gap();
        prose.text(canvas, cells, Role::Text, words);
        return prose;
    };
    let state = format!(
        "{} as Flink counts it, {} of it new; parallelism {} of {}",
        iec(operator.state),
        iec(operator.checkpointed),
        operator.parallelism,
        operator.max_parallelism
    );
    prose.fact(canvas, cells, "state", Role::Text, &state);
    if !operator.holds.is_empty() {
        let holds = operator.holds.join(", ");
        prose.fact(canvas, cells, "holds", Role::Text, &holds);
    }
    for (label, text) in &operator.notes {
        prose.fact(canvas, cells, label, Role::Muted, text);
    }
    prose
}
