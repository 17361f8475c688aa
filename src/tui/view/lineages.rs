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
use crate::tui::text::{thousands, width};
use crate::tui::theme::Role;

/// The widest that a size gets.
const SIZE: u16 = 8;

/// What stands at the right of a lineage's lines. An age beside what a job does would read as how long the job has done that.
#[derive(Debug, Clone, Copy)]
enum Right {
    /// The age of the newest that can be restored, and the size.
    AgeAndSize,
    /// What its job does, that age, and where there is a third line the size.
    StateAndAge,
}

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
    let right = if model.clusters.is_empty() {
        Right::AgeAndSize
    } else {
        Right::StateAndAge
    };
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
                let name = model.called(lineage);
                one(canvas, entry, (lineage, name), job, right, most);
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
    first_line(canvas, area, "All lineages", Role::Text, "");
    let size = (size(bytes), Role::Muted);
    second_line(canvas, area, restorable, snapshots, &[size]);
}

fn one(
    canvas: &mut Canvas<'_>,
    area: Rect,
    (lineage, name): (&Lineage, &str),
    live: Option<(&Arc<Cluster>, &Arc<Job>)>,
    right: Right,
    most: u64,
) {
    let age = lineage
        .newest_restorable_at
        .map(|at| canvas.ages().age(at))
        .unwrap_or_default();
    let name = canvas.short(name).into_owned();
    let size = size(lineage.bytes);
    let (restorable, of) = (lineage.restorable, lineage.snapshots);
    let cells = area.width.saturating_sub(3);
    let bar = match right {
        Right::AgeAndSize => {
            first_line(canvas, area, &name, Role::Text, &age);
            second_line(canvas, area, restorable, of, &[(size, Role::Muted)]);
            cells
        }
        Right::StateAndAge => {
            // The name goes before what the job does.
            let left = usize::from(cells).saturating_sub(width(&name) + 1);
            let state = live.map(|(cluster, job)| jobs::state(cluster, job));
            let state = state.filter(|(_, word)| word.len() <= left);
            let (role, word) = state.unwrap_or((Role::Text, String::new()));
            first_line(canvas, area, &name, role, &word);
            let starred = format!("{} {age}", canvas.glyphs().star);
            let newest = [starred, age].map(|it| (it, Role::Text));
            let newest = if lineage.newest_restorable_at.is_some() {
                &newest[..]
            } else {
                &[]
            };
            second_line(canvas, area, restorable, of, newest);
            if area.height >= 3 {
                let style = canvas.style(Role::Muted);
                canvas.put_right(area.x + 2, area.y + 2, cells, &size, style);
            }
            cells.saturating_sub(SIZE + 1)
        }
    };
    if area.height < 3 {
        return;
    }
    let filled = (lineage.bytes as f64 / most as f64 * f64::from(bar)).ceil() as u16;
    let [full, empty] = canvas.glyphs().line;
    let y = area.y + 2;
    canvas.put(
        area.x + 2,
        y,
        bar,
        &empty.repeat(usize::from(bar)),
        Role::Border,
    );
    canvas.put(
        area.x + 2,
        y,
        bar,
        &full.repeat(usize::from(filled.min(bar))),
        Role::Accent,
    );
}

/// Bytes, where there are any.
fn size(bytes: u64) -> String {
    if bytes > 0 { iec(bytes) } else { String::new() }
}

/// A name, and to the right of it a word.
fn first_line(canvas: &mut Canvas<'_>, area: Rect, name: &str, role: Role, word: &str) {
    let cells = area.width.saturating_sub(3);
    let word_cells = word.len() as u16;
    let room = cells.saturating_sub(if word_cells == 0 { 0 } else { word_cells + 1 });
    let name = canvas.fit_name(name, usize::from(room));
    canvas.put(area.x + 2, area.y, room, &name, Role::Strong);
    canvas.put_right(area.x + 2, area.y, cells, word, canvas.style(role));
}

/// How many there are, and to the right of that the first of these that has room.
fn second_line(
    canvas: &mut Canvas<'_>,
    area: Rect,
    restorable: usize,
    snapshots: usize,
    right: &[(String, Role)],
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
    let room = usize::from(cells.saturating_sub(used + 1));
    let fits = |it: &&(String, Role)| width(&it.0) <= room;
    if let Some((text, role)) = right.iter().find(fits) {
        canvas.put_right(x, y, cells, text, canvas.style(*role));
    }
}
