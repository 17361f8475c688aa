//! The pane about the selected snapshot: tabs in its frame, the open one inside.

use ratatui::layout::Rect;
use ratatui::text::Line;

use super::canvas::{Canvas, Titles};
use super::prose::Prose;
use super::{explain, fate, files, operators, overview, rescale, restart, staged};
use crate::app::model::{Area, Departed, DocumentState, Focus, Model, Tab, ViewState};
use crate::app::sheet::Sheet;
use crate::domain::snapshot::Snapshot;
use crate::tui::text::{fit_middle, width};
use crate::tui::theme::Role;

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, model: &Model, view: &mut ViewState) {
    let focused = model.focus == Focus::Detail && model.popups.is_empty();
    if !model.detail_beside() {
        canvas.clear(area);
    }
    let titles = titles(canvas, area, model, view);
    let inner = canvas.pane(area, focused, &titles);
    // A cell of air at both sides.
    let inner = Rect {
        x: inner.x + 1,
        width: inner.width.saturating_sub(2),
        ..inner
    };
    let told = match &model.departed {
        Some(departed) => what_became_of_it(canvas, inner, model, departed),
        None => 0,
    };
    let inner = Rect {
        y: inner.y + told,
        height: inner.height - told,
        ..inner
    };
    view.detail_page = usize::from(inner.height);
    let Some(snapshot) = model.detailed() else {
        view.detail_overflow = 0;
        canvas.put(
            inner.x,
            inner.y,
            inner.width,
            "No snapshot is selected.",
            Role::Muted,
        );
        return;
    };
    match model.tab {
        Tab::Overview => prose(canvas, inner, model, view, |canvas, prose, cells| {
            overview::write(canvas, prose, cells, model, snapshot);
        }),
        Tab::Fate => prose(canvas, inner, model, view, |canvas, prose, cells| {
            fate::write(canvas, prose, cells, model, snapshot);
        }),
        Tab::Restart => restart::draw(canvas, inner, model, snapshot, view),
        Tab::Operators => with_sheet(canvas, inner, model, snapshot, |canvas, sheet| {
            operators::draw(canvas, inner, model, sheet, view);
        }),
        Tab::Files => with_sheet(canvas, inner, model, snapshot, |canvas, sheet| {
            files::draw(canvas, inner, model, sheet, view);
        }),
        Tab::Explain => prose(canvas, inner, model, view, |canvas, prose, cells| {
            explain::write(canvas, prose, cells, model, snapshot);
        }),
        Tab::Rescale => prose(canvas, inner, model, view, |canvas, prose, cells| {
            rescale::write(canvas, prose, cells, model, snapshot);
        }),
    }
    if model.departed.is_some() {
        canvas.fade(inner);
    }
}

/// Says what became of the snapshot that somebody was reading of, above what was known of it, and how many lines that took.
fn what_became_of_it(
    canvas: &mut Canvas<'_>,
    inner: Rect,
    model: &Model,
    departed: &Departed,
) -> u16 {
    let (fate, at) = departed.fate(model);
    let when = at.map_or_else(String::new, |at| {
        format!("Gone {}. ", canvas.ages().ago(at))
    });
    let text = format!("{when}{fate} Below is what was known of it.");
    let mut prose = Prose::default();
    prose.text(canvas, usize::from(inner.width), Role::Warning, &text);
    // It must not take all the room from what it is about.
    prose.lines.truncate(usize::from(inner.height / 2).max(1));
    prose.draw(canvas, inner, 0);
    (prose.lines.len() as u16).min(inner.height)
}

fn titles<'t>(canvas: &Canvas<'_>, area: Rect, model: &Model, view: &mut ViewState) -> Titles<'t> {
    let room = usize::from(area.width).saturating_sub(4);
    let whole = |divider: &str| -> usize {
        let label = |tab: &Tab| width(tab.title()) + 2 + width(divider);
        Tab::ALL.iter().map(label).sum()
    };
    let airy = format!(" {} ", canvas.glyphs().divider);
    let divider = if whole(&airy) <= room {
        airy
    } else {
        canvas.glyphs().divider.to_owned()
    };
    let whole = whole(&divider);
    let mut spans = vec![canvas.span(Role::Tab, " ")];
    let mut x = area.x + 2;
    for (at, tab) in Tab::ALL.into_iter().enumerate() {
        let open = tab == model.tab;
        let number = at + 1;
        // On a narrow screen only the open tab keeps its name.
        let label = if open || whole <= room {
            format!("{number} {}", tab.title())
        } else {
            number.to_string()
        };
        let cells = width(&label) as u16;
        view.tab_areas[at] = Area {
            left: x,
            top: area.y,
            width: cells,
            height: 1,
        };
        x += cells + width(&divider) as u16;
        spans.push(canvas.span(if open { Role::TabOpen } else { Role::Tab }, label));
        let after = if at + 1 == Tab::ALL.len() {
            " ".to_owned()
        } else {
            divider.clone()
        };
        spans.push(canvas.span(Role::Border, after));
    }
    let name = model
        .detailed()
        .map(|snapshot| snapshot.name.as_str())
        .unwrap_or_default();
    let name = fit_middle(name, room / 3, canvas.glyphs().ellipsis).into_owned();
    let right = if name.is_empty() {
        Line::default()
    } else {
        let mut spans = vec![canvas.span(Role::Title, format!(" {name} "))];
        if model.departed.is_some() {
            spans.push(canvas.span(Role::Warning, "gone "));
        }
        Line::from(spans)
    };
    Titles {
        left: Line::from(spans),
        right,
        bottom: staged::in_their_stead(canvas, model).unwrap_or_default(),
    }
}

fn prose(
    canvas: &mut Canvas<'_>,
    inner: Rect,
    model: &Model,
    view: &mut ViewState,
    write: impl FnOnce(&Canvas<'_>, &mut Prose, usize),
) {
    let mut prose = Prose::default();
    write(canvas, &mut prose, usize::from(inner.width));
    view.detail_overflow = prose.draw(canvas, inner, model.cursor());
    let bar = Rect {
        width: inner.width + 1,
        ..inner
    };
    canvas.scrollbar(
        bar,
        model.cursor(),
        usize::from(inner.height),
        prose.lines.len(),
    );
}

/// Draws what needs the document, or says why there is none.
fn with_sheet(
    canvas: &mut Canvas<'_>,
    inner: Rect,
    model: &Model,
    snapshot: &Snapshot,
    draw: impl FnOnce(&mut Canvas<'_>, &Sheet),
) {
    match &model.document.state {
        DocumentState::Ready(sheet) => draw(canvas, sheet),
        state => {
            let mut prose = Prose::default();
            absence(
                canvas,
                &mut prose,
                usize::from(inner.width),
                state,
                snapshot,
            );
            prose.draw(canvas, inner, 0);
        }
    }
}

/// Why there is no document.
pub(super) fn absence(
    canvas: &Canvas<'_>,
    prose: &mut Prose,
    cells: usize,
    state: &DocumentState,
    snapshot: &Snapshot,
) {
    match state {
        DocumentState::Ready(_) => {}
        DocumentState::Loading => prose.text(
            canvas,
            cells,
            Role::Busy,
            &format!("Reading {}", snapshot.name),
        ),
        DocumentState::Failed(reason) => {
            prose.text(
                canvas,
                cells,
                Role::Bad,
                &format!("{} could not be read.", snapshot.name),
            );
            prose.text(canvas, cells, Role::Text, reason);
        }
        DocumentState::Absent => {
            let text = format!(
                "Only metadata tells this, and {} has none that can be read.",
                snapshot.name
            );
            prose.text(canvas, cells, Role::Muted, &text);
            for finding in &snapshot.findings {
                prose.text(canvas, cells, Role::Text, finding);
            }
        }
    }
}
