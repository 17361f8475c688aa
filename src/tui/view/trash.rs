//! What lies in the trashes: the batches above, the targets of the chosen one below.

mod list;

use jiff::Timestamp;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::canvas::{Canvas, Titles, keep_visible};
use super::prose::Prose;
use crate::action::trash::GRACE;
use crate::action::trash::list::{Known, Target};
use crate::app::model::{Model, ViewState};
use crate::app::trash::{Row, sentence};
use crate::domain::size::iec;
use crate::domain::text::scrub;
use crate::domain::time;
use crate::tui::text::{fit_middle, thousands, width};
use crate::tui::theme::Role;

/// Cells of a batch's id, and of a target's name.
const ID: u16 = 24;

pub(super) fn draw(
    canvas: &mut Canvas<'_>,
    area: Rect,
    model: &Model,
    chosen: usize,
    target: Option<usize>,
    view: &mut ViewState,
) {
    canvas.clear(area);
    let rows = model.trash.as_deref().unwrap_or_default();
    if rows.is_empty() {
        return nothing(canvas, area, model);
    }
    let chosen = chosen.min(rows.len() - 1);
    // As many rows as there are batches, as long as half of the screen is left for what is said about one.
    let wanted = (rows.len() as u16).saturating_add(3).min(area.height / 2);
    let upper = Rect {
        height: wanted.max(6).min(area.height),
        ..area
    };
    let lower = Rect {
        y: area.y + upper.height,
        height: area.height - upper.height,
        ..area
    };
    list::draw(canvas, upper, rows, chosen, target.is_none(), view);
    about(canvas, lower, &rows[chosen], target, view);
}

/// What the trash is, where there is nothing in it.
fn nothing(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let inner = canvas.pane(area, true, &heading(canvas, " Trash "));
    let cells = usize::from(inner.width.saturating_sub(4).min(76));
    let mut prose = Prose::default();
    if model.trash.is_none() {
        prose.text(canvas, cells, Role::Muted, "Looking …");
    } else {
        prose.text(canvas, cells, Role::Strong, "Nothing lies in a trash here.");
        prose.gap();
        prose.text(
            canvas,
            cells,
            Role::Text,
            &format!(
                "What stateward deletes is first moved into .stateward/trash in the same root. There it takes as much \
                 space as before, u puts it back, and once it has lain there for {} P lets it go for good.",
                time::exact_span(GRACE)
            ),
        );
        prose.gap();
        prose.text(
            canvas,
            cells,
            Role::Muted,
            "What Flink deletes does not come here.",
        );
    }
    let text = Rect {
        x: inner.x + 2,
        y: inner.y + 1,
        width: cells as u16,
        height: inner.height.saturating_sub(1),
    };
    prose.draw(canvas, text, 0);
}

fn heading<'t>(canvas: &Canvas<'_>, title: &'static str) -> Titles<'t> {
    Titles {
        left: Line::from(canvas.span(Role::Title, title)),
        ..Titles::default()
    }
}

/// Everything about the chosen one.
fn about(
    canvas: &mut Canvas<'_>,
    area: Rect,
    row: &Row,
    target: Option<usize>,
    view: &mut ViewState,
) {
    if area.height < 3 {
        return;
    }
    let mut titles = heading(canvas, " Batch ");
    if row.known().is_some_and(|known| !known.targets.is_empty()) {
        let (key, words) = match target {
            None => (" enter", " into the targets "),
            Some(_) => (" esc", " back to the batches "),
        };
        titles.right = Line::from(vec![
            canvas.span(Role::Key, key),
            canvas.span(Role::Muted, words),
        ]);
    }
    let inner = canvas.pane(area, target.is_some(), &titles);
    let text = Rect {
        x: inner.x + 1,
        width: inner.width.saturating_sub(2),
        ..inner
    };
    let cells = usize::from(text.width);
    let mut prose = Prose::default();
    if let Some(why) = row.problem() {
        prose.hanging(canvas, cells, canvas.span(Role::Bad, "! "), Role::Bad, why);
        if let Row::Batch { root, .. } = row {
            prose.gap();
            prose.fact(
                canvas,
                cells,
                "root",
                Role::Text,
                &scrub(&root.to_string_lossy()),
            );
        }
        prose.gap();
        prose.text(
            canvas,
            cells,
            Role::Muted,
            "Nothing here touches it until it can be read; what is shown beside it can be dealt with as usual.",
        );
        prose.draw(canvas, text, 0);
        return;
    }
    let (Some(known), Row::Batch { root, .. }) = (row.known(), row) else {
        return;
    };
    facts(
        canvas,
        &mut prose,
        cells,
        known,
        &scrub(&root.to_string_lossy()),
        row.id().unwrap_or_default(),
    );
    // The targets have what the facts leave, and at least a few lines.
    let most = text.height.saturating_sub(4).max(1);
    let height = (prose.lines.len() as u16).min(most);
    prose.draw(canvas, Rect { height, ..text }, 0);
    let below = Rect {
        y: inner.y + height,
        height: inner.height - height,
        ..inner
    };
    targets(canvas, below, &known.targets, target, view);
}

fn facts(
    canvas: &Canvas<'_>,
    prose: &mut Prose,
    cells: usize,
    known: &Known,
    root: &str,
    id: &str,
) {
    let (tone, words) = sentence(known);
    prose.text(canvas, cells, tone.into(), &words);
    prose.fact(canvas, cells, "root", Role::Text, root);
    prose.fact(canvas, cells, "batch", Role::Text, &scrub(id));
    // What the list says, with its moment.
    if let (Some(_), Some(since)) = (known.stage, known.since) {
        let text = format!("{}, since {}", known.state(), stamp(canvas, since));
        prose.fact(canvas, cells, "state", Role::Text, &text);
    }
    let mut how: Vec<String> = known.at.map(|at| stamp(canvas, at)).into_iter().collect();
    how.extend((!known.by.is_empty()).then(|| format!("by {}", known.by)));
    how.extend((!known.verb.is_empty()).then(|| format!("with {}", known.verb)));
    if !how.is_empty() {
        prose.fact(
            canvas,
            cells,
            "deleted",
            Role::Text,
            &scrub(&how.join(", ")),
        );
    }
    if let Some(at) = known.purge_at(GRACE).filter(|_| known.files > 0) {
        let (role, text) = if at <= canvas.ages().now() {
            (Role::Warning, "now: P lets it go for good".to_owned())
        } else {
            let moment = at.strftime(MOMENT);
            (
                Role::Text,
                format!("{moment} ({})", canvas.ages().until(at)),
            )
        };
        prose.fact(canvas, cells, "may go", role, &text);
    }
    prose.gap();
}

const MOMENT: &str = "%Y-%m-%d %H:%M UTC";

/// A moment, and how far it is away.
fn stamp(canvas: &Canvas<'_>, at: Timestamp) -> String {
    format!("{} ({})", at.strftime(MOMENT), canvas.ages().ago(at))
}

fn targets(
    canvas: &mut Canvas<'_>,
    area: Rect,
    targets: &[Target],
    chosen: Option<usize>,
    view: &mut ViewState,
) {
    const FILES: u16 = 10;
    const SIZE: u16 = 11;
    if area.height < 2 || targets.is_empty() {
        return;
    }
    let name = area.width.saturating_sub(FILES + SIZE + 2);
    let longest = targets.iter().map(|it| width(&scrub(&it.name))).max();
    let name = name.min((longest.unwrap_or(0) as u16).max(ID - 1) + 1);
    let x = area.x + 1;
    let style = canvas.style(Role::Heading);
    canvas.put(x, area.y, name, "TARGET", Role::Heading);
    canvas.put_right(x + name, area.y, FILES, "FILES", style);
    canvas.put_right(x + name + FILES, area.y, SIZE, "SIZE", style);
    let list = Rect {
        y: area.y + 1,
        height: area.height - 1,
        ..area
    };
    let page = usize::from(list.height);
    if chosen.is_some() {
        view.popup_page = page;
    }
    let offset = keep_visible(view.popup_offset, chosen.or(Some(0)), page, targets.len());
    view.popup_offset = offset;
    for (at, y) in (offset..targets.len()).zip(list.y..list.bottom()) {
        let target = &targets[at];
        let role = if target.files > 0 {
            Role::Text
        } else {
            Role::Muted
        };
        let shown = scrub(&target.name).into_owned();
        let ellipsis = canvas.glyphs().ellipsis;
        let shown = fit_middle(&shown, usize::from(name), ellipsis).into_owned();
        canvas.put(x, y, name, &shown, role);
        let style = canvas.style(role);
        canvas.put_right(x + name, y, FILES, &thousands(target.files), style);
        canvas.put_right(x + name + FILES, y, SIZE, &iec(target.bytes), style);
        if chosen == Some(at) {
            canvas.choose(
                Rect {
                    y,
                    height: 1,
                    ..list
                },
                true,
            );
        }
    }
    canvas.scrollbar(list, offset, page, targets.len());
}
