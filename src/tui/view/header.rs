//! The first line: what is being looked at, and how fresh it is.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::canvas::Canvas;
use crate::app::explain::Tone;
use crate::app::model::Model;
use crate::app::order::short_name;
use crate::domain::snapshot::{RootState, RootStatus, Watching};
use crate::tui::glyphs::Watch;
use crate::tui::text::{count, fit_end, thousands, width};
use crate::tui::theme::Role;

/// How many lines the roots take when they do not fit into the first.
const MOST_ROOT_LINES: usize = 3;

pub(super) fn height(model: &Model, area: Rect) -> u16 {
    if roots_fold(model) {
        return 1;
    }
    let room = if area.height >= 30 {
        MOST_ROOT_LINES
    } else {
        1
    };
    1 + model.roots.len().min(room) as u16
}

/// One healthy root is told in the first line itself.
fn roots_fold(model: &Model) -> bool {
    match model.roots.as_slice() {
        [] => true,
        [root] => told(root).tone <= Tone::Busy && root.problems.is_empty(),
        _ => false,
    }
}

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let mut at = area.x + canvas.put(area.x, area.y, area.width, " stateward ", Role::Brand);
    let folded = roots_fold(model);
    let mut right: Vec<Span<'_>> = Vec::new();
    if let ([root], true) = (model.roots.as_slice(), folded) {
        right.extend(watch_spans(canvas, root));
    } else if !folded {
        right.push(canvas.span(Role::Muted, count(model.roots.len(), "root")));
    }
    right.push(canvas.span(Role::Muted, format!(" {} read-only ", canvas.glyphs().dot)));
    let mut right = Line::from(right);
    // The path matters more than how it is watched: on a narrow screen the mode goes first.
    if right.width() + 40 > usize::from(area.width) && right.spans.len() > 1 {
        right.spans.pop();
        right.spans.push(Span::raw(" "));
    }
    let cells = right.width() as u16;
    if cells < area.width / 2 {
        canvas.put_line(area.right() - cells, area.y, cells, &right);
    }
    at += 1;
    let room = (area.right() - cells).saturating_sub(at + 1);
    breadcrumb(canvas, at, area.y, room, model);
    if !folded {
        root_lines(canvas, area, model);
    }
}

fn breadcrumb(canvas: &mut Canvas<'_>, x: u16, y: u16, cells: u16, model: &Model) {
    let into = format!(" {} ", canvas.glyphs().into);
    let selected = model.selected_snapshot();
    let root = selected
        .and_then(|snapshot| {
            model
                .roots
                .iter()
                .find(|root| snapshot.location.is_within(&root.location))
        })
        .or_else(|| model.roots.first());
    let root = root
        .map(|root| plain_path(&root.location.shown()))
        .unwrap_or_default();
    let mut rest = vec![
        model
            .scope_lineage()
            .map_or("all lineages", |lineage| lineage.name.as_str()),
    ];
    rest.extend(selected.map(|snapshot| short_name(snapshot)));
    let cells = usize::from(cells);
    // The end of the trail tells most; the root gives way first, then the lineage.
    let mut budget = cells;
    let last = rest.last().map_or(0, |part| width(part) + width(&into));
    budget = budget.saturating_sub(last);
    let middle = if rest.len() > 1 {
        (width(rest[0]) + width(&into)).min(budget / 2)
    } else {
        0
    };
    let root_cells = budget.saturating_sub(middle);
    let mut spans = vec![canvas.span(
        Role::Muted,
        fit_end(&root, root_cells, canvas.glyphs().ellipsis).into_owned(),
    )];
    for (at, part) in rest.iter().enumerate() {
        let is_last = at + 1 == rest.len();
        spans.push(canvas.span(Role::Muted, into.clone()));
        let cells = if is_last {
            width(part)
        } else {
            middle.saturating_sub(width(&into))
        };
        let role = if is_last { Role::Strong } else { Role::Text };
        spans.push(canvas.span(role, canvas.fit(part, cells).into_owned()));
    }
    canvas.put_line(x, y, cells as u16, &Line::from(spans));
}

/// A local path without the scheme that Flink gives it.
fn plain_path(shown: &str) -> String {
    shown.strip_prefix("file:").unwrap_or(shown).to_owned()
}

/// What a root's state is, and how good that is.
struct Told {
    tone: Tone,
    watch: Watch,
    words: String,
}

fn told(root: &RootStatus) -> Told {
    let (tone, watch, words) = match (&root.state, &root.watching) {
        (RootState::Missing, Watching::Off) => (Tone::Bad, Watch::Gone, "not there".to_owned()),
        (RootState::Missing, _) => (
            Tone::Bad,
            Watch::Gone,
            "gone; looking for it at each poll".to_owned(),
        ),
        (RootState::Failed(reason), _) => (Tone::Bad, Watch::Gone, format!("unreadable: {reason}")),
        (RootState::Scanning { found }, _) => (
            Tone::Busy,
            Watch::Half,
            format!("scanning, {} so far", thousands(*found)),
        ),
        (RootState::Ready, Watching::Native) => (Tone::Good, Watch::Live, "live".to_owned()),
        (RootState::Ready, Watching::Polling(reason)) => {
            (Tone::Warning, Watch::Half, format!("polling: {reason}"))
        }
        (RootState::Ready, Watching::Off) => {
            (Tone::Plain, Watch::Half, "one look, not watched".to_owned())
        }
    };
    Told { tone, watch, words }
}

fn watch_spans<'t>(canvas: &Canvas<'_>, root: &RootStatus) -> Vec<Span<'t>> {
    let told = told(root);
    let mut spans = vec![
        canvas.span(told.tone.into(), canvas.glyphs().watch(told.watch)),
        canvas.span(Role::Text, format!(" {}", told.words)),
    ];
    if let (Some(at), RootState::Ready | RootState::Missing) = (root.scanned_at, &root.state) {
        let text = format!(
            " {} checked {}",
            canvas.glyphs().dot,
            canvas.ages().about(at)
        );
        spans.push(canvas.span(Role::Muted, text));
    }
    if let Some(problem) = root.problems.first() {
        let more = match root.problems.len() - 1 {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        spans.push(canvas.span(
            Role::Warning,
            format!(" {} {problem}{more}", canvas.glyphs().dot),
        ));
    }
    spans
}

fn root_lines(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let mut roots: Vec<&RootStatus> = model.roots.iter().collect();
    let lines = usize::from(area.height.saturating_sub(1));
    if roots.len() > lines {
        // Whatever needs a look must not be the one that is left out.
        roots.sort_by_key(|root| std::cmp::Reverse(told(root).tone));
    }
    let left_out = roots.len().saturating_sub(lines);
    for (at, root) in roots.iter().take(lines).enumerate() {
        let y = area.y + 1 + at as u16;
        let mut line = watch_spans(canvas, root);
        let path = plain_path(&root.location.shown());
        let cells = usize::from(area.width) / 3;
        line.insert(1, Span::raw(" "));
        line.insert(
            2,
            canvas.span(
                Role::Text,
                fit_end(&path, cells, canvas.glyphs().ellipsis).into_owned(),
            ),
        );
        line.insert(
            3,
            canvas.span(Role::Muted, format!(" {}", canvas.glyphs().dot)),
        );
        if at + 1 == lines && left_out > 0 {
            line.push(canvas.span(
                Role::Muted,
                format!(
                    " {} and {}",
                    canvas.glyphs().dot,
                    count(left_out, "more root")
                ),
            ));
        }
        canvas.put_line(
            area.x + 1,
            y,
            area.width.saturating_sub(2),
            &Line::from(line),
        );
    }
}
