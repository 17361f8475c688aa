//! When a command can be given: questions to the model that the table asks.

use crate::app::form::{Field, Form, Value};
use crate::app::holds;
use crate::app::model::{Model, Popup, Tab};
use crate::app::operations;
use crate::app::planning::{self, PlanState};
use crate::app::space::List;
use crate::app::trash;

pub(super) fn always(_: &Model) -> bool {
    true
}

pub(super) fn selected(model: &Model) -> bool {
    model.selected.is_some()
}

/// Whether the detail tells of a snapshot, be it gone.
pub(super) fn detailed(model: &Model) -> bool {
    model.detailed().is_some()
}

pub(super) fn on_restart(model: &Model) -> bool {
    model.tab == Tab::Restart && model.detail_visible() && detailed(model)
}

pub(super) fn on_restart_mapped(model: &Model) -> bool {
    on_restart(model)
        && model
            .detailed()
            .is_some_and(|snapshot| snapshot.mapping.is_some())
}

pub(super) fn can_activate(model: &Model) -> bool {
    matches!(model.tab, Tab::Operators | Tab::Restart) && detailed(model)
}

pub(super) fn on_rescale(model: &Model) -> bool {
    model.tab == Tab::Rescale && model.detail_visible() && detailed(model)
}

pub(super) fn has_clusters(model: &Model) -> bool {
    !model.clusters.is_empty()
}

pub(super) fn can_operate(model: &Model) -> bool {
    model.write && has_clusters(model)
}

pub(super) fn can_restart(model: &Model) -> bool {
    can_operate(model) && selected(model)
}

pub(super) fn can_mark(model: &Model) -> bool {
    model.write && selected(model)
}

pub(super) fn has_operations(model: &Model) -> bool {
    !model.operations.is_empty()
}

pub(super) fn not_blocked(model: &Model) -> bool {
    matches!(model.popups.last(), Some(Popup::Review { review, .. }) if review.why_not().is_none())
}

pub(super) fn has_staged(model: &Model) -> bool {
    !model.staging.chosen.is_empty()
}

pub(super) fn has_rows(model: &Model) -> bool {
    !model.index.rows.is_empty()
}

/// Whether there are rows, and where they can be seen.
pub(super) fn shows_rows(model: &Model) -> bool {
    has_rows(model) && model.table_visible()
}

pub(super) fn can_plan(model: &Model) -> bool {
    has_staged(model) || selected(model)
}

pub(super) fn has_files(model: &Model) -> bool {
    planning::has_files(model)
}

fn form(model: &Model) -> Option<&Form> {
    match model.popups.last() {
        Some(Popup::Dialog(dialog)) => Some(&dialog.form),
        _ => None,
    }
}

pub(super) fn has_fields(model: &Model) -> bool {
    form(model).is_some_and(|form| form.fields.len() > 1)
}

pub(super) fn has_choices(model: &Model) -> bool {
    let is_choice = |field: &Field| matches!(field.value, Value::Choice { .. });
    form(model).is_some_and(|form| form.fields.iter().any(is_choice))
}

pub(super) fn can_overrule(model: &Model) -> bool {
    let Some(Popup::Plan(review)) = model.popups.last() else {
        return false;
    };
    match &review.state {
        // Whoever types the word right away must not have it taken for keys.
        PlanState::Making => true,
        PlanState::Ready(planned) => !planned.words().is_empty(),
        PlanState::Failed(_) => false,
    }
}

pub(super) fn can_carry_out(model: &Model) -> bool {
    model.write && planning::ready(model).is_some()
}

pub(super) fn can_halt(model: &Model) -> bool {
    operations::to_halt(model).is_some()
}

pub(super) fn on_hold(model: &Model) -> bool {
    holds::chosen(model).is_some()
}

pub(super) fn can_hold(model: &Model) -> bool {
    model.write && holds::has_snapshot(model)
}

pub(super) fn can_release(model: &Model) -> bool {
    model.write && on_hold(model)
}

pub(super) fn in_trash(model: &Model) -> bool {
    trash::chosen(model).is_some()
}

pub(super) fn can_change_trash(model: &Model) -> bool {
    model.write && in_trash(model)
}

pub(super) fn trash_comes_back(model: &Model) -> bool {
    trash::comes_back(model)
}

pub(super) fn trash_goes_on(model: &Model) -> bool {
    trash::goes_on(model)
}

pub(super) fn trash_goes(model: &Model) -> bool {
    trash::goes(model)
}

pub(super) fn on_space_operators(model: &Model) -> bool {
    model.space.list == List::Operators
}

pub(super) fn has_steps(model: &Model) -> bool {
    !model.whatif.steps.is_empty()
}

pub(super) fn has_snapshots(model: &Model) -> bool {
    !model.snapshots.is_empty()
}

pub(super) fn on_space_lineages(model: &Model) -> bool {
    model.space.list != List::Operators
}

pub(super) fn in_demo(model: &Model) -> bool {
    model.demo.is_some()
}

pub(super) fn has_lineages(model: &Model) -> bool {
    model.lineages.len() > 1
}

pub(super) fn has_past(model: &Model) -> bool {
    !model.snapshots.is_empty() || model.past.lives().next().is_some()
}

pub(super) fn is_not_following(model: &Model) -> bool {
    model.timeline.edge.is_some()
}

pub(super) fn in_replay(model: &Model) -> bool {
    model.is_replay()
}
