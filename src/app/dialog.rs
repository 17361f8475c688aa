//! From a wish to what is done: a form to fill in, and what it comes to, to be confirmed.

use super::asking::{self, Wanted};
use super::effect::Effect;
use super::explain::Tone;
use super::form::Form;
use super::holds;
use super::model::{Model, Popup};
use super::operations;
use super::planning;
use super::trash::{self, Removal, Work};
use crate::action::operation::Request;
use crate::domain::cluster::ClusterId;
use crate::domain::hold::Hold;
use crate::domain::location::Location;
use crate::domain::mark::Mark;

/// A form, and what it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialog {
    /// What is to be done.
    pub purpose: Purpose,
    /// The fields.
    pub form: Form,
}

impl Dialog {
    /// What return does, in a sentence.
    pub fn promise(&self) -> &'static str {
        match self.purpose {
            Purpose::Overrule => "Nothing is moved yet: enter makes the plan anew.",
            Purpose::Wipe { is_last: false, .. } => "Nothing is moved yet: enter asks on.",
            Purpose::Wipe { .. } | Purpose::Count => {
                "Enter moves them into the trash; esc goes back to the plan."
            }
            Purpose::Remove(_) => "Enter removes them for good; esc goes back.",
            Purpose::Ask(..) | Purpose::Hold(_) | Purpose::Rules => {
                "Nothing happens yet: enter shows what it comes to."
            }
        }
    }

    /// The same in two words.
    pub fn promise_in_short(&self) -> &'static str {
        match self.purpose {
            Purpose::Overrule => "overrule",
            Purpose::Wipe { is_last: false, .. } => "go on",
            Purpose::Wipe { .. } | Purpose::Count => "move to trash",
            Purpose::Remove(_) => "remove for good",
            Purpose::Ask(..) | Purpose::Hold(_) | Purpose::Rules => "review",
        }
    }
}

/// What is to be done with what is filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// A cluster is asked for something.
    Ask(ClusterId, Wanted),
    /// The snapshot at this place is held.
    Hold(Location),
    /// Snapshots are held against rules of retention.
    Rules,
    /// Objections to a plan are overruled.
    Overrule,
    /// The name of a lineage is typed once more before it is left with nothing to restore.
    Wipe {
        /// Its name.
        lineage: String,
        /// Whether nothing else is asked before the files go.
        is_last: bool,
    },
    /// The number of files is typed before they go.
    Count,
    /// The number of files is typed before they go for good.
    Remove(Removal),
}

/// What is about to be done, to be confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// What, in a few words.
    pub title: String,
    /// What is done once it is confirmed.
    pub act: Act,
    /// What is to be known before it is confirmed.
    pub lines: Vec<(Tone, String)>,
    /// Which of the lines tells what becomes of a job's checkpoints: it is told anew while it is shown.
    pub consequence: Option<usize>,
    /// Whether it is still being looked at what it comes to; it cannot be confirmed before that is known.
    pub looks: bool,
    /// Whether something speaks so much against it that it cannot be confirmed.
    pub blocked: bool,
}

impl Review {
    /// Why it cannot be confirmed now, where that is so.
    pub fn why_not(&self) -> Option<&'static str> {
        if self.blocked {
            Some("this is refused; esc goes back")
        } else {
            self.looks
                .then_some("a moment: what it comes to is not known yet")
        }
    }
}

/// What is done once it is confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// A cluster is asked.
    Operate(ClusterId, Request),
    /// Something is done with what lies in the trash.
    Trash(Work),
    /// Something of it goes for good.
    Remove(Removal),
    /// A snapshot is marked for restart, in place of these marks.
    Mark(Box<Mark>, Vec<Mark>),
    /// A mark is taken away.
    Unmark(Box<Mark>),
    /// A hold is set.
    Hold(Box<Hold>),
    /// A hold is released.
    Release(Box<Hold>),
}

/// Shows a form.
pub(super) fn open(model: &mut Model, purpose: Purpose, form: Form) {
    model.view.popup_offset = 0;
    let dialog = Dialog { purpose, form };
    model.popups.push(Popup::Dialog(Box::new(dialog)));
}

/// What return does in a form: goes on, or says what is wrong.
pub(super) fn accept(model: &mut Model) -> Vec<Effect> {
    let Some(Popup::Dialog(dialog)) = model.popups.last() else {
        return Vec::new();
    };
    let Dialog { purpose, form } = (**dialog).clone();
    match accepted(model, &purpose, &form) {
        Ok(effects) => effects,
        Err(wrong) => {
            if let Some(Popup::Dialog(dialog)) = model.popups.last_mut() {
                dialog.form.error = Some(wrong);
            }
            Vec::new()
        }
    }
}

fn accepted(model: &mut Model, purpose: &Purpose, form: &Form) -> Result<Vec<Effect>, String> {
    match purpose {
        Purpose::Ask(cluster, wanted) => {
            // The form stays below, to come back to.
            let review = asking::made(model, *cluster, wanted, form)?;
            show(model, review);
            Ok(Vec::new())
        }
        Purpose::Hold(snapshot) => {
            let review = holds::made(model, snapshot, form)?;
            show(model, review);
            Ok(Vec::new())
        }
        Purpose::Rules => {
            let wish = planning::by_rules(model, form)?;
            Ok(planning::show(model, wish))
        }
        Purpose::Overrule => {
            let effects = planning::overruled(model, form)?;
            model.popups.pop();
            Ok(effects)
        }
        Purpose::Wipe { lineage, .. } => planning::wiped(model, lineage, form),
        Purpose::Count => planning::counted(model, form),
        Purpose::Remove(removal) => trash::removed(model, removal, form),
    }
}

/// Shows what is about to be done.
pub(super) fn show(model: &mut Model, review: Review) {
    model.view.popup_offset = 0;
    model.popups.push(Popup::Review {
        review: Box::new(review),
        scroll: 0,
    });
}

/// What the confirming key does: it is done, and the screen shows how it goes.
pub(super) fn confirm(model: &mut Model) -> Vec<Effect> {
    let Some(Popup::Review { review, .. }) = model.popups.last() else {
        return Vec::new();
    };
    if let Some(why) = review.why_not() {
        model.say(Tone::Warning, why);
        return Vec::new();
    }
    let Review { title, act, .. } = (**review).clone();
    // What asks for a number stands over what it is about.
    if !matches!(act, Act::Remove(_)) {
        model
            .popups
            .retain(|popup| !matches!(popup, Popup::Review { .. } | Popup::Dialog(_)));
        model.view.popup_offset = 0;
    }
    match act {
        Act::Operate(cluster, request) => {
            operations::show(model);
            operations::ask(model, cluster, title, request)
        }
        Act::Trash(work) => {
            operations::show(model);
            trash::begin(model, title, work)
        }
        Act::Remove(removal) => trash::remove(model, removal),
        Act::Mark(mark, older) => vec![Effect::Mark { mark, older }],
        Act::Unmark(mark) => vec![Effect::Unmark(mark)],
        Act::Hold(hold) => vec![Effect::Hold(hold)],
        Act::Release(hold) => vec![Effect::Release(hold)],
    }
}
