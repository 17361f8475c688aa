//! From the model to cells: one file for each region of the screen.

mod beside;
mod canvas;
mod columns;
mod contact;
mod demo;
mod detail;
mod dialogs;
mod explain;
mod fate;
mod files;
mod footer;
mod header;
mod help;
mod holds;
mod jobs;
mod lineages;
mod menus;
mod operators;
mod overview;
mod peek;
mod plan;
mod popup;
mod prose;
mod question;
mod rescale;
mod restart;
mod scrub;
mod space;
mod staged;
mod table;
mod timeline;
mod too_small;
mod trash;
mod whatif;

use jiff::SignedDuration;
use ratatui::Frame;
use ratatui::layout::Rect;

use self::canvas::Canvas;
use super::ages::Ages;
use super::glyphs::Glyphs;
use super::theme::Theme;
use crate::app::model::{Model, Popup, ViewState, is_too_small};

/// Up to this age, what a cluster said is as fresh as its answers get: they are asked for every few seconds.
const FRESH: SignedDuration = SignedDuration::from_secs(12);

/// How everything looks.
#[derive(Debug, Clone)]
pub struct Look {
    /// Looks of roles.
    pub theme: Theme,
    /// Marks.
    pub glyphs: Glyphs,
}

/// Draws the whole screen, and notes in `view` what the model needs to know of it.
pub fn draw(frame: &mut Frame<'_>, model: &Model, view: &mut ViewState, look: &Look) {
    let area = frame.area();
    let ages = Ages::new(model.now, model.as_seen(FRESH));
    let mut canvas = Canvas::new(frame.buffer_mut(), look, &ages);
    view.seen.begin(model.popups.last());
    if is_too_small(area.width, area.height) {
        view.seen.blank();
        too_small::draw(&mut canvas, area, model);
    } else {
        regions(&mut canvas, area, model, view);
        if let Some(notice) = &model.notice {
            ages.changes_at(notice.until);
        }
        if model.filter.depends_on_time() {
            ages.changes_at(model.now + SignedDuration::from_secs(60));
        }
    }
    view.next_change = ages.next_change();
}

fn regions(canvas: &mut Canvas<'_>, area: Rect, model: &Model, view: &mut ViewState) {
    let head = header::height(model, area);
    let (bar, foot) = (
        u16::from(model.is_replay()),
        footer::height(canvas, area, model),
    );
    let [header, body, below] = rows(area, head, bar + foot);
    let [bar, _, footer] = rows(below, bar, foot);
    if let Some(replay) = &model.replay {
        scrub::draw(canvas, bar, replay);
    }
    header::draw(canvas, header, model);
    let [caption, body, _] = rows(body, demo::height(model, body), 0);
    demo::caption(canvas, caption, model);
    let (upper, lower) = split_detail(body, model);
    if model.table_visible() {
        let (upper, below) = split_peek(upper, model);
        if let (Some(below), Some(snapshot)) = (below, model.selected_snapshot()) {
            peek::draw(canvas, below, model, snapshot);
        }
        let (left, right) = split_lineages(upper, model);
        if let Some(left) = left {
            lineages::draw(canvas, left, model, view);
        }
        table::draw(canvas, right, model, view);
    }
    if let Some(lower) = lower {
        detail::draw(canvas, lower, model, view);
    }
    footer::draw(canvas, footer, model);
    match model.popups.last() {
        Some(Popup::Help { scroll }) => help::draw(canvas, body, model, *scroll, view),
        Some(Popup::Palette { query, chosen }) => {
            menus::palette(canvas, body, model, query, *chosen, view);
        }
        Some(Popup::Dialog(dialog)) => {
            // What is typed there is to be read in the plan.
            if let [.., Popup::Plan(review), _] = model.popups.as_slice() {
                // It is not what is asked there.
                plan::draw(canvas, body, model, review, &mut view.clone());
            }
            dialogs::form(canvas, body, dialog, view);
        }
        Some(Popup::Review { review, scroll }) => {
            dialogs::review(canvas, body, review, *scroll, view);
        }
        Some(Popup::Plan(review)) => plan::draw(canvas, body, model, review, view),
        Some(Popup::Operations { scroll }) => {
            dialogs::operations(canvas, body, model, *scroll, view);
        }
        Some(Popup::Scene { scroll }) => demo::scene(canvas, body, model, *scroll, view),
        Some(Popup::Jobs { chosen, scroll }) => {
            jobs::draw(canvas, body, model, *chosen, *scroll, view);
        }
        Some(Popup::Holds(editor)) => holds::draw(canvas, body, model, editor, view),
        Some(Popup::Trash { chosen, target }) => {
            trash::draw(canvas, body, model, *chosen, *target, view);
        }
        Some(Popup::Space) => space::draw(canvas, body, model, view),
        Some(Popup::Timeline) => timeline::draw(canvas, body, model, view),
        Some(Popup::WhatIf) => whatif::draw(canvas, body, model, view),
        Some(Popup::Beside(beside)) => beside::draw(canvas, body, model, beside, view),
        Some(Popup::SortMenu { chosen }) => menus::sort(canvas, body, model, *chosen, view),
        None => {}
    }
}

/// Cuts rows off at the top and the bottom.
fn rows(area: Rect, top: u16, bottom: u16) -> [Rect; 3] {
    let top = top.min(area.height);
    let bottom = bottom.min(area.height - top);
    let middle = area.height - top - bottom;
    [
        Rect {
            height: top,
            ..area
        },
        Rect {
            y: area.y + top,
            height: middle,
            ..area
        },
        Rect {
            y: area.y + top + middle,
            height: bottom,
            ..area
        },
    ]
}

/// The table above, the detail below; one over the other where there is no room for both.
fn split_detail(body: Rect, model: &Model) -> (Rect, Option<Rect>) {
    if !model.detail_beside() {
        return (body, model.detail_open.then_some(body));
    }
    let wanted = (body.height * 12 / 25).clamp(12, 24);
    let [_, upper, lower] = rows(body, 0, wanted);
    (upper, Some(lower))
}

/// A few lines for the selected snapshot, where its detail has no pane and the table can spare them.
fn split_peek(upper: Rect, model: &Model) -> (Rect, Option<Rect>) {
    let snapshot = model.selected_snapshot();
    let Some(snapshot) = snapshot.filter(|_| !model.detail_beside() && upper.height >= 16) else {
        return (upper, None);
    };
    let [_, table, below] = rows(upper, 0, peek::height(upper.width, model, snapshot));
    (table, Some(below))
}

fn split_lineages(upper: Rect, model: &Model) -> (Option<Rect>, Rect) {
    if !model.lineages_visible() {
        return (None, upper);
    }
    let width = if upper.width >= 160 { 36 } else { 30 };
    let left = Rect { width, ..upper };
    let right = Rect {
        x: upper.x + width,
        width: upper.width - width,
        ..upper
    };
    (Some(left), right)
}
