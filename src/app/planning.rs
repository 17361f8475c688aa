//! From what is chosen to a deletion: a plan is asked for, shown with every reason, and carried out by another key.

use std::sync::Arc;

use jiff::Timestamp;

use super::dialog::{self, Purpose};
use super::effect::Effect;
use super::explain::Tone;
use super::form::{Field, Form};
use super::model::{Model, Popup};
use super::operations;
use super::planned::Planned;
use super::press;
use crate::domain::location::Location;
use crate::domain::plan::Decision;
use crate::domain::policy::{Policy, Rules};
use crate::domain::text::scrub;

/// What is asked to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// These snapshots.
    Snapshots(Vec<Location>),
    /// Of all snapshots below the roots, or of these alone, what no rule keeps.
    Rules(Policy, Option<Vec<Location>>),
    /// What lies below the roots and no snapshot names.
    Orphans,
}

/// A plan on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanReview {
    /// What is asked to go.
    pub wish: Wish,
    /// What was typed to overrule objections.
    pub typed: Vec<String>,
    /// Whether somebody says that all directories are watched that may matter.
    pub all_named: bool,
    /// How far the plan is.
    pub state: PlanState,
    /// Whether every file is listed.
    pub lists_files: bool,
    /// First visible line.
    pub scroll: usize,
    /// When it was asked for.
    pub since: Timestamp,
    /// Whether a hold or a mark has come or gone since.
    pub is_outdated: bool,
    /// The lineages of which somebody said once more that nothing of them is to be left.
    wiped: Vec<String>,
    /// The number of the question.
    generation: u64,
}

/// How far a plan is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanState {
    /// It is being made.
    Making,
    /// It is there.
    Ready(Arc<Planned>),
    /// It could not be made, for this reason.
    Failed(String),
}

/// Shows what would become of what is staged; of the selected snapshot where nothing is.
pub(super) fn staged(model: &mut Model) -> Vec<Effect> {
    let chosen: Vec<Location> = if model.staging.chosen.is_empty() {
        model.selected.iter().cloned().collect()
    } else {
        model.staging.chosen.iter().cloned().collect()
    };
    if chosen.is_empty() {
        return Vec::new();
    }
    show(model, Wish::Snapshots(chosen))
}

/// Shows what is left over, and what of it may go.
pub(super) fn orphans(model: &mut Model) -> Vec<Effect> {
    show(model, Wish::Orphans)
}

/// A form for rules of retention.
pub(super) fn rules(model: &mut Model) {
    let scope = model
        .scope_lineage()
        .map_or("every lineage", |lineage| model.called(lineage));
    let nothing = "no rule: all stay";
    let form = Form::new(
        format!("What to keep of {scope}"),
        vec![
            Field::text(
                CHECKPOINTS,
                "Such as: last 3, hourly 24, daily 7, weekly 5, within 30d",
                nothing,
            ),
            Field::text(
                SAVEPOINTS,
                "The same for savepoints; each lineage is judged alone.",
                nothing,
            ),
        ],
    );
    dialog::open(model, Purpose::Rules, form);
}

const CHECKPOINTS: &str = "checkpoints";
const SAVEPOINTS: &str = "savepoints";

/// The wish that the form for rules comes to.
pub(super) fn by_rules(model: &Model, form: &Form) -> Result<Wish, String> {
    let rules = |label| form.value(label).parse::<Rules>();
    let policy = Policy::new(rules(CHECKPOINTS)?, rules(SAVEPOINTS)?)
        .map_err(|_| "there is no rule that keeps anything, such as `last 3`".to_owned())?;
    let of_scope = model.scope.map(|scope| {
        let rows = model.snapshots.values();
        let own = rows.filter(|row| row.lineage == scope);
        own.map(|row| row.location.clone()).collect()
    });
    Ok(Wish::Rules(policy, of_scope))
}

/// Asks for a plan, and shows it as soon as it is there.
pub(super) fn show(model: &mut Model, wish: Wish) -> Vec<Effect> {
    model.view.popup_offset = 0;
    model.popups.push(Popup::Plan(Box::new(PlanReview {
        wish,
        typed: Vec::new(),
        all_named: false,
        state: PlanState::Making,
        lists_files: false,
        scroll: 0,
        since: model.now,
        is_outdated: false,
        wiped: Vec::new(),
        generation: 0,
    })));
    ask(model)
}

/// Asks for the plan on the screen again, by what is there now and what was typed.
pub(super) fn ask(model: &mut Model) -> Vec<Effect> {
    model.plans_asked += 1;
    let generation = model.plans_asked;
    model.dirty = true;
    let now = model.now;
    let Some(review) = review_mut(model) else {
        return Vec::new();
    };
    review.generation = generation;
    review.state = PlanState::Making;
    review.since = now;
    review.is_outdated = false;
    review.wiped.clear();
    vec![Effect::Plan {
        generation,
        wish: Box::new(review.wish.clone()),
        typed: review.typed.clone(),
        all_named: review.all_named,
    }]
}

/// The plan on the screen, which something may lie over.
fn review_mut(model: &mut Model) -> Option<&mut PlanReview> {
    model.popups.iter_mut().rev().find_map(|popup| match popup {
        Popup::Plan(review) => Some(&mut **review),
        _ => None,
    })
}

/// Takes in a plan, unless another one was asked for since.
pub(super) fn made(model: &mut Model, generation: u64, result: Result<Arc<Planned>, String>) {
    let Some(review) = review_mut(model).filter(|it| it.generation == generation) else {
        return;
    };
    review.state = match result {
        Ok(planned) => PlanState::Ready(planned),
        Err(why) => PlanState::Failed(scrub(&why).into_owned()),
    };
    if let Some(Popup::Dialog(dialog)) = model.popups.last_mut() {
        let error = &mut dialog.form.error;
        *error = error.take().filter(|error| error != NOT_YET);
    }
    press::reconsider(model);
    model.dirty = true;
}

/// Why nothing can be said to a plan before it is there.
const NOT_YET: &str = "the plan is not there yet";

/// Whether the plan on the screen has files to list.
pub(super) fn has_files(model: &Model) -> bool {
    let Some(Popup::Plan(review)) = model.popups.last() else {
        return false;
    };
    match &review.state {
        PlanState::Ready(planned) => planned.plan.targets.iter().any(|it| !it.files.is_empty()),
        PlanState::Making | PlanState::Failed(_) => false,
    }
}

/// Lists every file, or sums them up.
pub(super) fn toggle_files(model: &mut Model) {
    if !has_files(model) {
        model.say(Tone::Plain, "there is no file to list");
        return;
    }
    if let Some(review) = review_mut(model) {
        review.lists_files = !review.lists_files;
        review.scroll = 0;
    }
}

/// Says that all directories are watched that may matter, or takes that back.
pub(super) fn toggle_all_named(model: &mut Model) -> Vec<Effect> {
    if let Some(review) = review_mut(model) {
        review.all_named = !review.all_named;
    }
    ask(model)
}

/// A form for what overrules objections.
pub(super) fn overrule(model: &mut Model) {
    let review = review_mut(model).map(|it| it.state.clone());
    let words = match &review {
        Some(PlanState::Ready(planned)) => planned.words(),
        _ => Vec::new(),
    };
    let title = if words.is_empty() {
        "To overrule, type the word below the reason".to_owned()
    } else {
        format!("To overrule, type {}", scrub(&words.join(" or ")))
    };
    let form = Form::new(
        title,
        vec![Field::text(
            WORD,
            "Overrules only what it stands under; that is your decision.",
            "",
        )],
    );
    dialog::open(model, Purpose::Overrule, form);
}

const WORD: &str = "word";
const LINEAGE: &str = "lineage";

/// Takes in what was typed to overrule objections.
pub(super) fn overruled(model: &mut Model, form: &Form) -> Result<Vec<Effect>, String> {
    let word = form.text(WORD).ok_or("nothing was typed")?;
    let Some(review) = review_mut(model) else {
        return Ok(Vec::new());
    };
    let PlanState::Ready(planned) = &review.state else {
        return Err(NOT_YET.to_owned());
    };
    if !planned.words().contains(&word.as_str()) {
        return Err("nothing that speaks against it is overruled by that".to_owned());
    }
    review.typed.push(word);
    Ok(ask(model))
}

/// Notes that a hold or a mark has come or gone: what the plan on the screen says may not be so any more.
pub(super) fn outdated(model: &mut Model) {
    if let Some(review) = review_mut(model) {
        review.is_outdated |= matches!(review.state, PlanState::Ready(_));
    }
}

/// What the confirming key does: asks once more for the name of each lineage of which nothing would be left to restore,
/// then for the number of what goes where that is much; else it carries the plan out.
pub(super) fn confirm(model: &mut Model) -> Vec<Effect> {
    let (Some(planned), Some(review)) = (ready(model), review_mut(model)) else {
        return Vec::new();
    };
    let mut wiped = planned.wiped.iter();
    let left = |name: &&String| !review.wiped.contains(name);
    if let Some(lineage) = wiped.find(left).cloned() {
        let is_last = planned.to_type.is_none() && !wiped.any(|name| left(&name));
        let form = Form::new(
            format!("Leave {} with NOTHING to restore", scrub(&lineage)),
            vec![Field::text(
                LINEAGE,
                "Type the lineage's name once more, for this alone.",
                "",
            )],
        );
        dialog::open(model, Purpose::Wipe { lineage, is_last }, form);
        return Vec::new();
    }
    let Some((count, what)) = planned.to_type else {
        return carry_out(model);
    };
    let form = Form::new(
        format!("Move {count} {what}s into the trash"),
        vec![Field::text(
            COUNT,
            "Type how many go, so that it is no slip of the hand.",
            "",
        )],
    );
    dialog::open(model, Purpose::Count, form);
    Vec::new()
}

const COUNT: &str = "number";

/// Takes in the name of a lineage that is to be left with nothing, and goes on.
pub(super) fn wiped(model: &mut Model, lineage: &str, form: &Form) -> Result<Vec<Effect>, String> {
    if form.value(LINEAGE) != lineage {
        return Err(format!("that is not its name, {}", scrub(lineage)));
    }
    let planned = ready(model).ok_or("the plan is not there any more")?;
    if !planned.wiped.iter().any(|it| it == lineage) {
        return Err("the plan is another one now".to_owned());
    }
    model.popups.pop();
    if let Some(review) = review_mut(model) {
        review.wiped.push(lineage.to_owned());
    }
    Ok(confirm(model))
}

/// Takes in the number that was typed, and carries the plan out.
pub(super) fn counted(model: &mut Model, form: &Form) -> Result<Vec<Effect>, String> {
    let planned = ready(model).ok_or("the plan is not there any more")?;
    let (count, what) = planned.to_type.ok_or("the plan is another one now")?;
    if form.value(COUNT) != count.to_string() {
        return Err(format!("it is {count} {what}s that would go"));
    }
    Ok(carry_out(model))
}

/// The plan on the screen, once it is there and something of it goes.
pub fn ready(model: &Model) -> Option<Arc<Planned>> {
    let review = model.popups.iter().rev().find_map(|popup| match popup {
        Popup::Plan(review) => Some(review),
        _ => None,
    })?;
    match &review.state {
        PlanState::Ready(planned) if planned.can_go() => Some(planned.clone()),
        _ => None,
    }
}

/// Why there is nothing on the screen that could be carried out.
pub(super) fn why_not(model: &Model) -> &'static str {
    let review = model.popups.iter().rev().find_map(|popup| match popup {
        Popup::Plan(review) => Some(review),
        _ => None,
    });
    match review.map(|it| &it.state) {
        Some(PlanState::Making) => NOT_YET,
        Some(PlanState::Failed(_)) => "there is no plan",
        Some(PlanState::Ready(planned)) if planned.refused.is_some() => {
            "it is refused as things are, for the reason above"
        }
        Some(PlanState::Ready(_)) | None => "nothing of it may go",
    }
}

fn carry_out(model: &mut Model) -> Vec<Effect> {
    let (Some(planned), Some(review)) = (ready(model), review_mut(model)) else {
        return Vec::new();
    };
    let (typed, all_named) = (review.typed.clone(), review.all_named);
    let title = format!("{} {}", planned.plan.verb, names(&planned));
    model
        .popups
        .retain(|popup| !matches!(popup, Popup::Plan(_) | Popup::Dialog(_)));
    operations::show(model);
    let going = planned.plan.targets.iter();
    let going = going.filter(|it| it.decision == Decision::Delete);
    let going = going.map(|it| it.at.clone()).collect();
    let id = operations::begin_deletion(model, title, going);
    model.say(Tone::Plain, "looking once more before anything is moved");
    vec![Effect::Delete {
        id,
        plan: planned.plan.clone(),
        typed,
        all_named,
    }]
}

/// What goes, in a few words.
fn names(planned: &Planned) -> String {
    let targets = planned.plan.targets.iter();
    let mut going = targets.filter(|target| target.decision == Decision::Delete);
    match (going.next(), planned.going) {
        (Some(only), 1) => scrub(&only.name).into_owned(),
        (Some(first), more) => format!("{} and {} more", scrub(&first.name), more - 1),
        (None, _) => String::new(),
    }
}
