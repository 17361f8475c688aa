//! The pane of applications.

use std::sync::Arc;

use ratatui::layout::Rect;
use ratatui::text::Line;

use super::canvas::{Canvas, Titles, keep_visible};
use super::jobs;
use crate::analysis::overlay;
use crate::app::model::{Focus, Model, ViewState};
use crate::domain::cluster::{Cluster, Job};
use crate::domain::size::iec;
use crate::domain::snapshot::Lineage;
use crate::tui::text::thousands;
use crate::tui::theme::Role;

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, model: &Model, view: &mut ViewState) {
    let focused = model.focus == Focus::Lineages && model.popups.is_empty();
    let title = Line::from(vec![
        canvas.span(Role::Title, " Lineages "),
        canvas.span(Role::Muted, format!("{} ", model.lineages.len())),
    ]);
    let inner = canvas.pane(
        area,
        focused,
        &Titles {
            left: title,
            ..Titles::default()
        },
    );
    // Each takes three lines where that leaves none out, else two.
    let entries = model.lineages.len();
    let room = usize::from(inner.height);
    let height = if 2 + entries * 3 <= room { 3 } else { 2 };
    let page = (room / height).max(1);
    let chosen = model
        .scope
        .and_then(|scope| {
            model
                .lineages
                .iter()
                .position(|lineage| lineage.id == scope)
        })
        .map_or(0, |at| at + 1);
    view.lineages_page = page;
    view.lineages_offset = keep_visible(view.lineages_offset, Some(chosen), page, entries + 1);
    let most = model
        .lineages
        .iter()
        .map(|lineage| lineage.bytes)
        .max()
        .unwrap_or(0)
        .max(1);
    let mut y = inner.y;
    for at in (view.lineages_offset..=entries).take(page) {
        let lines = height.min(usize::from(inner.bottom().saturating_sub(y))) as u16;
        let entry = Rect {
            y,
            height: lines,
            ..inner
        };
        match at.checked_sub(1).map(|at| &model.lineages[at]) {
            None => all(canvas, entry, model),
            Some(lineage) => {
                let job = overlay::job_of_lineage(&model.clusters, lineage);
                one(canvas, entry, lineage, job, most);
            }
        }
        // The first entry has no bar, so that it is two lines in either case.
        let used = if at == 0 { 2 } else { height as u16 };
        if at == chosen {
            canvas.choose(Rect { height: 1, ..entry }, focused);
            for line in 1..used.min(lines) {
                canvas.put(entry.x, y + line, 1, canvas.glyphs().bar, Role::Accent);
            }
        }
        y += used;
    }
    canvas.scrollbar(inner, view.lineages_offset, page, entries + 1);
}

fn all(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let (restorable, snapshots) = (model.index.restorable, model.snapshots.len());
    let bytes: u64 = model.lineages.iter().map(|lineage| lineage.bytes).sum();
    first_line(canvas, area, "All lineages", "");
    second_line(canvas, area, restorable, snapshots, bytes);
}

fn one(
    canvas: &mut Canvas<'_>,
    area: Rect,
    lineage: &Lineage,
    live: Option<(&Arc<Cluster>, &Arc<Job>)>,
    most: u64,
) {
    let age = lineage
        .newest_restorable_at
        .map(|at| canvas.ages().age(at))
        .unwrap_or_default();
    // Whoever runs a job knows it by its name, not by its directory.
    let name = live.map_or(&lineage.name, |(_, job)| &job.name);
    let name = canvas.short(name).into_owned();
    first_line(canvas, area, &name, &age);
    if let Some((cluster, job)) = live {
        // Between the name and the age, whichever of the two is longer.
        let room = area.width.saturating_sub(4 + age.len() as u16);
        let (role, word) = jobs::state(cluster, job);
        let left = room.saturating_sub(crate::tui::text::width(&name) as u16 + 1);
        if usize::from(left) >= word.len() {
            let style = canvas.style(role);
            canvas.put_right(area.x + 2, area.y, room, &word, style);
        }
    }
    second_line(
        canvas,
        area,
        lineage.restorable,
        lineage.snapshots,
        lineage.bytes,
    );
    if area.height < 3 {
        return;
    }
    let cells = area.width.saturating_sub(3);
    let filled = (lineage.bytes as f64 / most as f64 * f64::from(cells)).ceil() as u16;
    let [full, empty] = canvas.glyphs().line;
    let y = area.y + 2;
    canvas.put(
        area.x + 2,
        y,
        cells,
        &empty.repeat(usize::from(cells)),
        Role::Border,
    );
    canvas.put(
        area.x + 2,
        y,
        cells,
        &full.repeat(usize::from(filled.min(cells))),
        Role::Accent,
    );
}

fn first_line(canvas: &mut Canvas<'_>, area: Rect, name: &str, age: &str) {
    let cells = area.width.saturating_sub(3);
    let age_cells = age.len() as u16;
    let room = cells.saturating_sub(if age_cells == 0 { 0 } else { age_cells + 1 });
    let name = canvas.fit_name(name, usize::from(room));
    canvas.put(area.x + 2, area.y, room, &name, Role::Strong);
    canvas.put_right(area.x + 2, area.y, cells, age, canvas.style(Role::Text));
}

fn second_line(
    canvas: &mut Canvas<'_>,
    area: Rect,
    restorable: usize,
    snapshots: usize,
    bytes: u64,
) {
    if area.height < 2 {
        return;
    }
    let (role, text) = if snapshots == 0 {
        (Role::Muted, "no snapshots".to_owned())
    } else if restorable == 0 {
        (
            Role::Bad,
            format!("none of {} restorable", thousands(snapshots)),
        )
    } else {
        (
            Role::Muted,
            format!(
                "{} of {} restorable",
                thousands(restorable),
                thousands(snapshots)
            ),
        )
    };
    let (x, y, cells) = (area.x + 2, area.y + 1, area.width.saturating_sub(3));
    let used = canvas.put(x, y, cells, &text, role);
    let size = iec(bytes);
    if bytes > 0 && used + 1 + (size.len() as u16) <= cells {
        canvas.put_right(x, y, cells, &size, canvas.style(Role::Muted));
    }
}
