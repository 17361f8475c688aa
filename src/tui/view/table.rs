//! The table of snapshots.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::canvas::{Canvas, Titles, keep_visible};
use super::columns::{MARK, Placed, place, right_aligned};
use super::header::plain_path;
use super::staged;
use crate::analysis::ownership;
use crate::app::explain;
use crate::app::model::{Area, Focus, Model, ViewState};
use crate::app::order::short_name;
use crate::app::sort::{Column, moment};
use crate::domain::cluster::Contact;
use crate::domain::size::iec;
use crate::domain::snapshot::{RootState, Snapshot};
use crate::tui::text::{fit_middle, thousands, wrap};
use crate::tui::theme::Role;

/// The selection's bar and the star, with a space.
const GUTTER: u16 = 3;
pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, model: &Model, view: &mut ViewState) {
    let focused = model.focus == Focus::Table && model.popups.is_empty();
    let titles = titles(canvas, model, area.width.saturating_sub(4));
    let inner = canvas.pane(area, focused, &titles);
    if inner.height == 0 {
        return;
    }
    if model.index.rows.is_empty() {
        view.table_page = 0;
        view.table_area = Area::default();
        nothing(canvas, inner, model);
        return;
    }
    let room = inner.width.saturating_sub(GUTTER + 1);
    let columns = place(model, canvas.glyphs(), inner.x + GUTTER, room);
    headings(canvas, inner.y, &columns, model);
    let body = Rect {
        y: inner.y + 1,
        height: inner.height - 1,
        ..inner
    };
    let page = usize::from(body.height);
    let rows = &model.index.rows;
    view.table_page = page;
    view.table_area = Area {
        left: body.x,
        top: body.y,
        width: body.width,
        height: body.height,
    };
    view.table_offset = keep_visible(view.table_offset, model.index.selected_at, page, rows.len());
    for (at, snapshot) in rows.iter().enumerate().skip(view.table_offset).take(page) {
        let y = body.y + (at - view.table_offset) as u16;
        let chosen = model.index.selected_at == Some(at);
        row(
            canvas,
            Rect {
                y,
                height: 1,
                ..body
            },
            &columns,
            snapshot,
            model,
            chosen.then_some(focused),
        );
    }
    canvas.scrollbar(body, view.table_offset, page, rows.len());
}

fn titles<'t>(canvas: &Canvas<'_>, model: &Model, room: u16) -> Titles<'t> {
    let (shown, all) = (model.index.rows.len(), model.index.unfiltered);
    let dot = canvas.glyphs().dot;
    let mut left = vec![canvas.span(Role::Title, " Snapshots ")];
    if shown == all {
        left.push(canvas.span(Role::Muted, format!("{} ", thousands(shown))));
    } else {
        left.push(canvas.span(Role::Strong, thousands(shown)));
        left.push(canvas.span(Role::Muted, format!(" of {} ", thousands(all))));
    }
    let bytes: u64 = match model.scope_lineage() {
        Some(lineage) => lineage.bytes,
        None => model.lineages.iter().map(|lineage| lineage.bytes).sum(),
    };
    let bytes_at = left.len();
    if bytes > 0 {
        left.push(canvas.span(Role::Muted, format!("{dot} {} on disk ", iec(bytes))));
    }
    if !model.filter_text.is_empty() {
        left.push(canvas.span(Role::Muted, format!("{dot} ")));
        left.push(canvas.span(Role::Accent, format!("/ {} ", model.filter_text)));
    }
    let right = Line::from(canvas.span(Role::Muted, format!(" {} ", model.sort.words())));
    // The order is worth more than the bytes where both do not fit.
    let used: usize = left.iter().chain(&right.spans).map(Span::width).sum();
    if bytes > 0 && used >= usize::from(room) {
        left.remove(bytes_at);
    }
    let bottom = if let Some(staged) = staged::beside_the_rows(canvas, model) {
        staged
    } else if model.index.latest.is_empty() || model.index.rows.is_empty() {
        Line::default()
    } else {
        Line::from(vec![
            canvas.span(Role::Good, format!(" {}", canvas.glyphs().star)),
            canvas.span(Role::Muted, " latest restorable "),
        ])
    };
    Titles {
        left: Line::from(left),
        right,
        bottom,
    }
}

fn headings(canvas: &mut Canvas<'_>, y: u16, columns: &[Placed], model: &Model) {
    for placed in columns {
        let sorted = placed.column == model.sort.column;
        let mut title = placed.column.title().to_uppercase();
        if sorted {
            title.push_str(canvas.glyphs().sorted[usize::from(model.sort.descending)]);
        }
        let style = canvas.style(if sorted {
            Role::HeadingSorted
        } else {
            Role::Heading
        });
        if right_aligned(placed.column) {
            canvas.put_right(placed.x, y, placed.cells, &title, style);
        } else {
            // The kind's word stands behind its mark.
            let indent = if matches!(placed.column, Column::Kind | Column::Health) {
                2
            } else {
                0
            };
            canvas.put_styled(
                placed.x + indent,
                y,
                placed.cells.saturating_sub(indent),
                &title,
                style,
            );
        }
    }
}

/// Draws a row; `chosen` says whether it is the selected one, and if so, whether this pane has the keys.
fn row(
    canvas: &mut Canvas<'_>,
    area: Rect,
    columns: &[Placed],
    snapshot: &Snapshot,
    model: &Model,
    chosen: Option<bool>,
) {
    let tone = explain::tone(snapshot);
    for placed in columns {
        let (text, role) = cell(canvas, *placed, snapshot, model, tone);
        let style = canvas.style(role);
        if right_aligned(placed.column) {
            canvas.put_right(placed.x, area.y, placed.cells, &text, style);
        } else {
            canvas.put_styled(placed.x, area.y, placed.cells, &text, style);
        }
    }
    if model.mark_of(snapshot).is_some() {
        canvas.put(area.x + 1, area.y, 1, canvas.glyphs().mark, Role::Accent);
    } else if model.is_latest(snapshot) {
        canvas.put(area.x + 1, area.y, 1, canvas.glyphs().star, Role::Good);
    }
    if model.holds_on(snapshot).next().is_some() {
        canvas.put(area.x + 2, area.y, 1, canvas.glyphs().hold, Role::Accent);
    }
    if let Some(focused) = chosen {
        canvas.choose(area, focused);
    }
    if model.staging.chosen.contains(&snapshot.location) {
        canvas.put(area.x, area.y, 1, canvas.glyphs().staged, Role::Bad);
    }
}

fn cell(
    canvas: &Canvas<'_>,
    placed: Placed,
    snapshot: &Snapshot,
    model: &Model,
    tone: explain::Tone,
) -> (String, Role) {
    let glyphs = canvas.glyphs();
    let none = || (glyphs.none.to_owned(), Role::Muted);
    let facts = snapshot.facts.as_ref();
    let size = |bytes: u64, text: String| {
        if facts.is_none() && bytes == 0 {
            none()
        } else {
            (text, Role::Text)
        }
    };
    match placed.column {
        // Its mark alone, where there is no room for the word.
        Column::Kind if placed.cells == MARK => (glyphs.kind(snapshot.kind).to_owned(), Role::Text),
        Column::Kind => {
            let doubt = if snapshot.kind_inferred { "?" } else { "" };
            (
                format!(
                    "{} {}{doubt}",
                    glyphs.kind(snapshot.kind),
                    snapshot.kind.word()
                ),
                Role::Text,
            )
        }
        Column::Id => {
            let name = fit_middle(
                short_name(snapshot),
                usize::from(placed.cells),
                glyphs.ellipsis,
            );
            (name.into_owned(), Role::Strong)
        }
        Column::Age => moment(snapshot).map_or_else(none, |at| (canvas.ages().age(at), Role::Text)),
        Column::Health => match model.torn_by(snapshot) {
            Some(_) => ("! half gone".to_owned(), Role::Bad),
            None => (
                format!("{} {}", glyphs.health(snapshot), snapshot.health_word()),
                tone.into(),
            ),
        },
        Column::Refer => size(snapshot.sizes.refer, iec(snapshot.sizes.refer)),
        Column::New => size(snapshot.sizes.new, glyphs.new_with(snapshot)),
        Column::Freed => size(snapshot.sizes.freed, glyphs.freed(snapshot)),
        Column::Format => facts.map_or_else(none, |facts| {
            (facts.format.words(snapshot.kind), Role::Text)
        }),
        Column::Rescale => facts.map_or_else(none, |facts| (facts.rescale.to_string(), Role::Text)),
        Column::Fate => {
            let ownership = ownership::of(snapshot, &model.clusters);
            let fate = ownership.fate(snapshot);
            let doubt = if fate.inferred { "?" } else { "" };
            (format!("{}{doubt}", explain::fate_word(&fate)), Role::Text)
        }
        Column::Owner => {
            let owner = ownership::of(snapshot, &model.clusters).owner(snapshot);
            (owner.word().to_owned(), Role::Text)
        }
        Column::Lineage => {
            let name = canvas.short(model.called_by_id(snapshot.lineage));
            let name = canvas.fit_name(&name, usize::from(placed.cells));
            (name.into_owned(), Role::Muted)
        }
    }
}

/// Why there is no row.
fn nothing(canvas: &mut Canvas<'_>, inner: Rect, model: &Model) {
    let mut lines: Vec<(Role, String)> = Vec::new();
    if !model.filter_text.is_empty() && model.index.unfiltered > 0 {
        lines.push((
            Role::Strong,
            format!(
                "None of {} snapshots matches this filter.",
                thousands(model.index.unfiltered)
            ),
        ));
        lines.push((Role::Muted, format!("/ {}", model.filter_text)));
        lines.push((
            Role::Text,
            "Press esc to clear it, or / to change it.".to_owned(),
        ));
    } else if let Some(cluster) = model
        .clusters
        .first()
        .filter(|_| model.roots.is_empty() && model.discovers)
    {
        match &cluster.contact {
            Contact::NotYet => lines.push((
                Role::Busy,
                format!("Asking {} where it writes its snapshots", cluster.url),
            )),
            Contact::Answering { .. } => lines.push((
                Role::Strong,
                format!(
                    "{} has no checkpoint or savepoint directory configured, and no job has written one yet.",
                    cluster.url
                ),
            )),
            Contact::Silent { reason, .. } => lines.push((Role::Bad, reason.clone())),
        }
    } else if model.roots.is_empty() {
        lines.push((Role::Muted, "No root is watched.".to_owned()));
    }
    if lines.is_empty() {
        for root in &model.roots {
            let path = plain_path(&root.location.shown());
            match &root.state {
                RootState::Scanning { .. } => {
                    lines.push((Role::Busy, format!("Looking for snapshots below {path}")));
                }
                RootState::Ready => {
                    lines.push((Role::Strong, format!("No snapshots below {path}")));
                    lines.push((
                        Role::Text,
                        "Looked for chk-<n>/_metadata, savepoint-*/_metadata, and directories of that shape without metadata.".to_owned(),
                    ));
                    lines.push((
                        Role::Muted,
                        "What appears there will show up here; r looks again at once.".to_owned(),
                    ));
                }
                RootState::Missing => {
                    lines.push((Role::Bad, format!("{path} is not there.")));
                    lines.push((
                        Role::Text,
                        "It is looked for again at each poll, and read as soon as it appears."
                            .to_owned(),
                    ));
                }
                RootState::Failed(reason) => {
                    lines.push((Role::Bad, format!("{path} cannot be read.")));
                    lines.push((Role::Text, reason.clone()));
                }
            }
            lines.extend(
                root.problems
                    .iter()
                    .map(|problem| (Role::Warning, problem.clone())),
            );
        }
    }
    let cells = usize::from(inner.width.saturating_sub(4));
    let wrapped: Vec<(Role, &str)> = lines
        .iter()
        .flat_map(|(role, text)| wrap(text, cells).into_iter().map(|line| (*role, line)))
        .collect();
    let top = inner.y + inner.height.saturating_sub(wrapped.len() as u16) / 3;
    for ((role, line), y) in wrapped.into_iter().zip(top..inner.bottom()) {
        canvas.put(inner.x + 2, y, cells as u16, line, role);
    }
}
