//! Where the bytes are: lineages and their snapshots, or the operators of one snapshot.

mod columns;
mod operators;

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use self::columns::{Columns, Row};
use super::canvas::{Canvas, Titles};
use super::prose::Prose;
use crate::app::explain::{self, Tone};
use crate::app::model::{Model, ViewState};
use crate::app::order::short_name;
use crate::app::space::{LineageRow, List};
use crate::domain::size::iec;
use crate::domain::snapshot::{Health, Snapshot};
use crate::tui::text::{count, thousands};
use crate::tui::theme::Role;

/// Where there is less room than this, only the list that has the keys is seen.
const BOTH_FROM_ROWS: u16 = 15;
/// Cells of the last two columns. Together they are as wide in both lists, so that the bars stand below each other.
const LINEAGE_LAST: [u16; 2] = [6, 11];
const WIDE_LINEAGE_LAST: [u16; 2] = [12, 11];
const SNAPSHOT_LAST: [u16; 2] = [4, 13];
const WIDE_SNAPSHOT_LAST: [u16; 2] = [10, 13];

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, model: &Model, view: &mut ViewState) {
    canvas.clear(area);
    if model.space.list == List::Operators {
        operators::draw(canvas, area, model, view);
        return;
    }
    if area.height < BOTH_FROM_ROWS {
        if model.space.list == List::Lineages {
            lineages(canvas, area, model, view);
        } else {
            snapshots(canvas, area, model, view);
        }
        return;
    }
    // As many rows as there are lineages, as long as more than half of the screen is left for the snapshots of one.
    let rows = model.space.lineages.len().max(1) as u16;
    let [upper, lower] = split(area, (rows + 3).min(area.height * 2 / 5).max(5));
    lineages(canvas, upper, model, view);
    snapshots(canvas, lower, model, view);
}

/// The first rows, and the others.
fn split(area: Rect, height: u16) -> [Rect; 2] {
    let height = height.min(area.height);
    let upper = Rect { height, ..area };
    let lower = Rect {
        y: area.y + height,
        height: area.height - height,
        ..area
    };
    [upper, lower]
}

fn close<'t>(canvas: &Canvas<'_>) -> Line<'t> {
    Line::from(vec![
        canvas.span(Role::Key, " esc"),
        canvas.span(Role::Muted, " close "),
    ])
}

/// What the shades of bars stand for.
fn legend<'t>(canvas: &Canvas<'_>, words: &[&'static str]) -> Line<'t> {
    let shades = canvas.glyphs().shades.into_iter().zip(columns::SHADES);
    let mut spans: Vec<Span<'t>> = Vec::new();
    for ((shade, role), words) in shades.zip(words) {
        spans.push(canvas.span(role, format!(" {shade}{shade} ")));
        spans.push(canvas.span(Role::Muted, format!("{words} ")));
    }
    Line::from(spans)
}

fn lineages(canvas: &mut Canvas<'_>, area: Rect, model: &Model, view: &mut ViewState) {
    let space = &model.space;
    let focused = space.list == List::Lineages;
    let unsettled = space.lineages.iter().any(|row| row.space.unsettled > 0);
    let words = [
        "one snapshot alone refers to it",
        "several do",
        "not settled",
    ];
    let (total, lineages) = (iec(space.total()), count(space.lineages.len(), "lineage"));
    let dot = canvas.glyphs().dot;
    let total = format!("{total} on disk, each file once {dot} {lineages} ");
    let titles = Titles {
        left: Line::from(vec![
            canvas.span(Role::Title, " Space "),
            canvas.span(Role::Muted, total),
        ]),
        right: close(canvas),
        bottom: legend(canvas, &words[..2 + usize::from(unsettled)]),
    };
    let inner = canvas.pane(area, focused, &titles);
    if space.lineages.is_empty() {
        let words = if model.scanning() {
            "No snapshots found so far."
        } else {
            "No snapshots, so nothing is known to hold space here."
        };
        let room = inner.width.saturating_sub(2);
        canvas.put(inner.x + 1, inner.y, room, words, Role::Muted);
        return;
    }
    let (last, checkpoints) = if inner.width >= columns::WIDE {
        (WIDE_LINEAGE_LAST, "CHECKPOINTS")
    } else {
        (LINEAGE_LAST, "CHK")
    };
    let columns = Columns::of(inner, last);
    columns.headings(
        canvas,
        inner.y,
        "LINEAGE",
        ["ON DISK", "ALONE", "SHARED", checkpoints, "SAVEPOINTS"],
        space.order(List::Lineages),
    );
    let most = space.lineages.iter().map(|row| row.space.total()).max();
    let most = most.unwrap_or(0);
    let [_, body] = split(inner, 1);
    let list = columns::Visible::of(body, space.lineage, space.lineages.len());
    for (at, line) in list.rows() {
        let row = &space.lineages[at];
        let name = canvas.short(&row.name).into_owned();
        columns.draw(canvas, line, &lineage_row(canvas, row, &name, most));
        if at == space.lineage {
            canvas.choose(line, focused);
        }
    }
    list.finish(canvas, focused, view);
}

fn lineage_row<'t>(canvas: &Canvas<'_>, row: &LineageRow, name: &'t str, most: u64) -> Row<'t> {
    let held = row.space.held;
    let number = |count: usize| match count {
        0 => canvas.glyphs().none.to_owned(),
        _ => thousands(count),
    };
    Row {
        name: (Role::Strong, name),
        bar: [held.alone, held.shared, row.space.unsettled],
        most,
        numbers: [
            iec(row.space.total()),
            canvas.glyphs().bounded(row.bounded(), held.alone),
            iec(held.shared),
            number(row.checkpoints),
            number(row.savepoints),
        ],
    }
}

fn snapshots(canvas: &mut Canvas<'_>, area: Rect, model: &Model, view: &mut ViewState) {
    let space = &model.space;
    let focused = space.list == List::Snapshots;
    let silent = space.snapshots.iter().any(|it| unknown(it) > 0);
    let name = space
        .chosen_lineage()
        .map(|row| canvas.short(&row.name).into_owned())
        .unwrap_or_default();
    let words = [
        "freed by deleting it alone",
        "shared with others",
        "not settled",
    ];
    let titles = Titles {
        left: Line::from(vec![
            canvas.span(Role::Title, format!(" {name} ")),
            canvas.span(
                Role::Muted,
                format!("{} ", count(space.snapshots.len(), "snapshot")),
            ),
        ]),
        right: Line::default(),
        bottom: legend(canvas, &words[..2 + usize::from(silent)]),
    };
    let inner = canvas.pane(area, focused, &titles);
    let Some(lineage) = space.chosen_lineage() else {
        return;
    };
    let said = sentences(canvas, inner, lineage);
    let used = if inner.height < 8 {
        0
    } else {
        (said.lines.len() as u16).min(inner.height / 3)
    };
    let text = Rect {
        x: inner.x + 1,
        width: inner.width.saturating_sub(2),
        height: used,
        ..inner
    };
    said.draw(canvas, text, 0);
    // A line of air where all are seen nevertheless.
    let air = usize::from(inner.height - used) > space.snapshots.len() + 1;
    let [_, inner] = split(inner, used + u16::from(air && used > 0));
    let last = if inner.width >= columns::WIDE {
        WIDE_SNAPSHOT_LAST
    } else {
        SNAPSHOT_LAST
    };
    let columns = Columns::of(inner, last);
    columns.headings(
        canvas,
        inner.y,
        "  SNAPSHOT",
        ["REFER", "FREED", "SHARED", "AGE", "KIND"],
        space.order(List::Snapshots),
    );
    let [_, body] = split(inner, 1);
    let list = columns::Visible::of(body, space.snapshot, space.snapshots.len());
    for (at, line) in list.rows() {
        let snapshot = &space.snapshots[at];
        let name = format!(
            "{} {}",
            canvas.glyphs().kind(snapshot.kind),
            short_name(snapshot)
        );
        let row = snapshot_row(canvas, snapshot, &name, lineage.most);
        columns.draw(canvas, line, &row);
        // Until it has the keys, nothing in it is chosen.
        if at == space.snapshot && focused {
            canvas.choose(line, true);
        }
    }
    list.finish(canvas, focused, view);
}

/// Bytes in a snapshot's directory of which its metadata, absent or unreadable, tells nothing, and which do not count as
/// free.
fn unknown(snapshot: &Snapshot) -> u64 {
    match snapshot.facts {
        Some(_) => 0,
        None => snapshot.sizes.refer.saturating_sub(snapshot.sizes.freed),
    }
}

fn snapshot_row<'t>(canvas: &Canvas<'_>, snapshot: &Snapshot, name: &'t str, most: u64) -> Row<'t> {
    let (sizes, none) = (&snapshot.sizes, canvas.glyphs().none);
    let rest = sizes.refer.saturating_sub(sizes.freed);
    let unknown = unknown(snapshot);
    let shared = rest - unknown;
    let writing = snapshot.health == Health::InProgress;
    let number = |text: String| if writing { none.to_owned() } else { text };
    let at = snapshot.completed_at.or(snapshot.changed_at);
    let age = at.map_or_else(|| none.to_owned(), |at| canvas.ages().age(at));
    let (role, word) = match (snapshot.health, explain::tone(snapshot)) {
        (Health::Complete, Tone::Good) => (Role::Strong, snapshot.kind.word()),
        (Health::Complete, tone) => (tone.into(), snapshot.kind.word()),
        (health, tone) => (tone.into(), health.word()),
    };
    Row {
        name: (role, name),
        bar: [sizes.freed, shared, unknown],
        most,
        numbers: [
            match sizes.refer {
                0 => number(iec(0)),
                bytes => iec(bytes),
            },
            number(canvas.glyphs().freed(snapshot)),
            number(iec(shared)),
            age,
            word.to_owned(),
        ],
    }
}

/// What is freed by deleting more than one.
fn sentences(canvas: &Canvas<'_>, inner: Rect, lineage: &LineageRow) -> Prose {
    let mut prose = Prose::default();
    let cells = usize::from(inner.width.saturating_sub(2));
    let space = &lineage.space;
    let bound = if lineage.bounded() { "at most " } else { "" };
    let all = lineage.checkpoints + lineage.savepoints;
    if let (Some(rest), 2..) = (&lineage.rest, all) {
        let (held, bound) = match rest.held {
            0 => (String::new(), bound),
            held => (format!(" and {} held", thousands(held)), "at most "),
        };
        let text = format!(
            "Keeping only {}, the latest restorable,{held} would free {bound}{}.",
            rest.latest,
            iec(rest.bytes)
        );
        prose.text(canvas, cells, Role::Text, &text);
    }
    if lineage.checkpoints > 0 && lineage.savepoints > 0 {
        let mut text = format!(
            "Checkpoints alone refer to {}, savepoints alone to {}",
            iec(space.by_checkpoints),
            iec(space.by_savepoints)
        );
        if space.by_both > 0 {
            text = format!("{text}, both to {}", iec(space.by_both));
        }
        prose.text(canvas, cells, Role::Text, &format!("{text}."));
    }
    if lineage.hard_linked {
        let at_most = canvas.glyphs().at_most;
        let text = format!("{at_most}: files have other hard links, which keep their bytes.");
        prose.text(canvas, cells, Role::Warning, &text);
    }
    if lineage.unsure {
        let at_most = canvas.glyphs().at_most;
        let text =
            format!("{at_most}: others, unreadable or not looked at, may name the same files.");
        prose.text(canvas, cells, Role::Warning, &text);
    }
    if lineage.unchecked {
        let text = "Files that could not be looked at count with the length that metadata says.";
        prose.text(canvas, cells, Role::Warning, text);
    }
    if space.unsettled > 0 {
        let text = format!(
            "{} not settled: being written, or without metadata among others' files.",
            iec(space.unsettled)
        );
        prose.text(canvas, cells, Role::Muted, &text);
    }
    let text = "Not counted: what no snapshot names (esc, O).";
    prose.text(canvas, cells, Role::Muted, text);
    prose
}
