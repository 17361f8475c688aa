//! Moving about: rows, tabs, panes, neighbours.

use super::effect::Effect;
use super::explain::Tone;
use super::gone;
use super::holds;
use super::model::{Focus, Model, Popup, Tab};
use super::sort::{Column, Row};
use super::space;
use super::timeline;
use super::trash;
use super::whatif;
use crate::analysis::marked::{Marked, marked};
use crate::analysis::overlay;
use crate::domain::snapshot::{LineageId, Snapshot};

/// How far to move.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    /// Rows down, or up when negative.
    By(isize),
    /// Pages.
    Page(isize),
    /// To the first row.
    Top,
    /// To the last row.
    Bottom,
}

impl Step {
    pub(super) fn from(self, at: usize, len: usize, page: usize) -> usize {
        let last = len.saturating_sub(1);
        let page = page.saturating_sub(1).max(1) as isize;
        match self {
            Self::By(rows) => at.saturating_add_signed(rows).min(last),
            Self::Page(pages) => at.saturating_add_signed(pages * page).min(last),
            Self::Top => 0,
            Self::Bottom => last,
        }
    }
}

/// Moves in whatever has the keys.
pub(super) fn step(model: &mut Model, step: Step) {
    let (page, overflow) = (model.view.popup_page, model.view.popup_overflow);
    let found = model.palette_matches().len();
    let jobs = overlay::jobs(&model.clusters).count();
    match model.popups.last_mut() {
        Some(
            Popup::Help { scroll }
            | Popup::Review { scroll, .. }
            | Popup::Operations { scroll }
            | Popup::Scene { scroll },
        ) => {
            *scroll = step.from(*scroll, overflow + 1, page);
            return;
        }
        Some(Popup::SortMenu { chosen }) => {
            *chosen = step.from(*chosen, Column::ALL.len(), page);
            return;
        }
        Some(Popup::Palette { chosen, .. }) => {
            *chosen = step.from(*chosen, found, page);
            return;
        }
        Some(Popup::Jobs { chosen, scroll }) => {
            // Rows choose the job, pages turn what is said about it.
            if let Step::Page(_) = step {
                *scroll = step.from(*scroll, overflow + 1, page);
            } else {
                let before = *chosen;
                *chosen = step.from(*chosen, jobs, 1);
                *scroll = if *chosen == before { *scroll } else { 0 };
            }
            return;
        }
        Some(Popup::Trash { .. }) => return trash::step(model, step),
        Some(Popup::Holds(_)) => return holds::step(model, step),
        Some(Popup::Plan(review)) => {
            review.scroll = step.from(review.scroll, overflow + 1, page);
            return;
        }
        Some(Popup::Space) => {
            space::step(model, step);
            return;
        }
        Some(Popup::Timeline) => return timeline::step(model, step),
        Some(Popup::WhatIf) => return whatif::step(model, step),
        Some(Popup::Beside(beside)) => return whatif::step_beside(beside, step, page),
        Some(Popup::Dialog(_)) => return,
        None => {}
    }
    match model.focus {
        Focus::Lineages => lineage(model, step),
        Focus::Table => row(model, step),
        Focus::Detail => {
            let page = model.view.detail_page;
            let len = if model.tab.is_list() {
                list_len(model)
            } else {
                model.view.detail_overflow + 1
            };
            let cursor = &mut model.cursors[model.tab as usize];
            *cursor = step.from(*cursor, len, page);
        }
    }
}

/// Moves in the table of snapshots.
pub(super) fn row(model: &mut Model, step: Step) {
    let rows = &model.index.rows;
    if rows.is_empty() {
        return;
    }
    if let (Some(at), Step::By(1)) = (gone::neighbour(model), step) {
        // The row below what went is the one that took its place.
        model.choose(at);
        return;
    }
    let from = model.index.selected_at.or_else(|| gone::neighbour(model));
    let at = from.map_or(0, |at| step.from(at, rows.len(), model.view.table_page));
    model.choose(at);
}

/// Moves in the list of lineages, of which "all" is the first.
pub(super) fn lineage(model: &mut Model, step: Step) {
    let place = |id| model.lineages.iter().position(|lineage| lineage.id == id);
    let at = model.scope.and_then(place).map_or(0, |at| at + 1);
    let to = step.from(at, model.lineages.len() + 1, model.view.lineages_page);
    let scope = to.checked_sub(1).map(|at| model.lineages[at].id);
    set_scope(model, scope);
}

/// Shows one lineage, or all.
pub(super) fn set_scope(model: &mut Model, scope: Option<LineageId>) {
    if model.scope != scope {
        model.scope = scope;
        model.index.stale = true;
    }
}

/// How many rows the list in the current tab has.
fn list_len(model: &Model) -> usize {
    match model.tab {
        Tab::Operators => model.operator_rows.len(),
        Tab::Files => model.sheet().map_or(0, |sheet| sheet.files.len()),
        Tab::Restart => model.recipes().len(),
        Tab::Overview | Tab::Rescale | Tab::Fate | Tab::Explain => 0,
    }
}

/// Sideways: between tabs in the detail, else between panes.
pub(super) fn sideways(model: &mut Model, by: isize) {
    if model.focus == Focus::Detail {
        let at = model.tab as usize;
        let tab = Tab::ALL[at.saturating_add_signed(by).min(Tab::ALL.len() - 1)];
        open_tab(model, tab);
    } else if model.lineages_visible() {
        model.focus = if by < 0 {
            Focus::Lineages
        } else {
            Focus::Table
        };
    }
}

/// The next pane gets the keys.
pub(super) fn focus(model: &mut Model, by: isize) {
    let panes = model.panes();
    let at = panes
        .iter()
        .position(|pane| *pane == model.focus)
        .unwrap_or(0) as isize;
    let next = (at + by).rem_euclid(panes.len().max(1) as isize) as usize;
    if let Some(pane) = panes.get(next) {
        model.focus = *pane;
    }
}

/// Shows a tab, and the detail where it is not on the screen.
pub(super) fn open_tab(model: &mut Model, tab: Tab) {
    if model.detailed().is_none() {
        return;
    }
    if model.tab != tab {
        model.view.detail_offset = 0;
    }
    model.tab = tab;
    if !model.detail_beside() {
        model.detail_open = true;
        model.focus = Focus::Detail;
    }
}

/// Gives the keys to a pane that is on the screen, after the screen changed.
pub(super) fn fit_focus(model: &mut Model) {
    if model.detail_beside() {
        model.detail_open = false;
    }
    if !model.panes().contains(&model.focus) {
        model.focus = if model.table_visible() {
            Focus::Table
        } else {
            Focus::Detail
        };
    }
}

/// Goes to a snapshot in the table, in its lineage where another one is shown; false where the filter hides it, which is said.
pub(super) fn go_to(model: &mut Model, snapshot: &Snapshot) -> bool {
    let lineage = model.lineage(snapshot.lineage);
    let row = Row {
        snapshot,
        lineage: lineage.map_or("", |lineage| lineage.name.as_str()),
        called: lineage.map_or("", |lineage| model.called(lineage)),
        clusters: &model.clusters,
    };
    if !model.filter.matches(&row, model.now) {
        let text = format!("{} is hidden by the filter", snapshot.name);
        model.say(Tone::Warning, text);
        return false;
    }
    if model.scope.is_some_and(|scope| scope != snapshot.lineage) {
        set_scope(model, Some(snapshot.lineage));
    }
    model.wanted = Some(snapshot.location.clone());
    model.index.stale = true;
    true
}

/// Goes to the newest restorable snapshot of the lineage in question.
pub(super) fn latest(model: &mut Model) -> Vec<Effect> {
    let lineage = model
        .scope
        .or_else(|| model.detailed().map(|snapshot| snapshot.lineage))
        .and_then(|id| model.lineage(id));
    let Some(lineage) = lineage else {
        model.say(Tone::Plain, "nothing is known yet");
        return Vec::new();
    };
    let name = model.called(lineage).to_owned();
    let rows: Vec<&Snapshot> = model.snapshots.values().map(|it| &**it).collect();
    let marked = match marked(&model.marks, lineage, &rows) {
        Marked::Yes(_, row) => Some((row.location.clone(), row.name.clone())),
        Marked::No | Marked::Stale(..) => None,
    };
    let newest = lineage.latest.clone();
    if let Some((_, marked)) = &marked {
        let text = format!("{marked} is marked for restart");
        model.say(Tone::Good, text);
    }
    let Some(latest) = marked.map(|(location, _)| location).or(newest) else {
        model.say(Tone::Bad, format!("no snapshot of {name} can be restored"));
        return Vec::new();
    };
    let Some(at) = model
        .index
        .rows
        .iter()
        .position(|row| row.location == latest)
    else {
        model.say(
            Tone::Warning,
            format!("the latest restorable snapshot of {name} is hidden by the filter"),
        );
        return Vec::new();
    };
    let row = model.index.rows[at].name.clone();
    model.choose(at);
    model.say(
        Tone::Good,
        format!("{row} is the latest restorable snapshot of {name}"),
    );
    Vec::new()
}

/// Chooses what was pointed at: a row of the table or a tab.
pub(super) fn click(model: &mut Model, column: u16, row: u16) {
    if !model.popups.is_empty() {
        return;
    }
    let area = model.view.table_area;
    if model.table_visible() && area.contains(column, row) {
        let at = model.view.table_offset + usize::from(row - area.top);
        if at < model.index.rows.len() {
            model.choose(at);
            model.focus = Focus::Table;
            model.dirty = true;
        }
    } else if model.detail_visible()
        && let Some(at) = model
            .view
            .tab_areas
            .iter()
            .position(|area| area.contains(column, row))
    {
        open_tab(model, Tab::ALL[at]);
        model.focus = Focus::Detail;
        model.dirty = true;
    }
}
