//! What lies in the trashes: a list to choose from, and what can be done with the chosen one, each after a review.

mod reviews;
mod rows;
mod words;

use std::cmp::Reverse;

use jiff::SignedDuration;

use super::dialog::{self, Act, Purpose, Review};
use super::effect::Effect;
use super::explain::Tone;
use super::form::{Field, Form};
use super::model::{Model, Popup};
use super::moves::Step;
use super::operations;
use super::press;
use crate::action::purge::Ahead;
use crate::action::torn::Forecast;
use crate::action::unfinished::Unfinished;
use crate::domain::size::exact;
use crate::domain::snapshot::Snapshot;
use crate::domain::text::scrub;

pub use rows::{Part, Row, Totals, totals};
pub use words::sentence;

use words::files;

/// Something to be done with batches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// What.
    pub what: What,
    /// With which; all of one deletion, which may have reached into several roots.
    pub parts: Vec<Part>,
}

/// What is done with batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// All of it is put back.
    Undo,
    /// One target is put back, by its place in the batch.
    Restore(usize),
    /// What was begun is gone on with.
    Resume,
    /// It goes for good.
    Purge,
}

/// What goes for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    /// What it is called while it goes.
    pub title: String,
    /// Of what.
    pub work: Work,
    /// How many files.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
}

impl Model {
    /// What has torn a snapshot, as files of it lie in a trash since something ended half-way.
    pub fn torn_by(&self, snapshot: &Snapshot) -> Option<&Unfinished> {
        let mut unfinished = self.unfinished.iter();
        unfinished.find(|it| it.tears(&snapshot.location))
    }
}

/// Shows the trash, and has it read.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    model.view.popup_offset = 0;
    let is_open = |popup: &Popup| matches!(popup, Popup::Trash { .. });
    if let Some(below) = model.popups.iter().position(is_open) {
        // What lies over it was opened from there.
        model.popups.truncate(below + 1);
        return vec![Effect::LoadTrash];
    }
    model.popups.push(Popup::Trash {
        chosen: 0,
        target: None,
    });
    vec![Effect::LoadTrash]
}

/// Has it read again, where it is on the screen, or will be once something over it is closed.
pub(super) fn reload(model: &Model) -> Option<Effect> {
    let is_open = |popup: &Popup| matches!(popup, Popup::Trash { .. });
    model
        .popups
        .iter()
        .any(is_open)
        .then_some(Effect::LoadTrash)
}

/// So long after the trash was read it is read again while it is on the screen, should nothing tell of a change.
const AGAIN: SignedDuration = SignedDuration::from_secs(2);

/// Has the trash read again, where it is on the screen and time.
pub(super) fn tick(model: &mut Model) -> Option<Effect> {
    if model.trash_due.is_none_or(|due| due > model.now) {
        return None;
    }
    // The answer sets the next time.
    model.trash_due = None;
    reload(model)
}

/// Takes in what lies there: what cannot be read first, then the newest. The chosen one stays so.
pub(super) fn heard(model: &mut Model, mut rows: Vec<Row>) {
    model.trash_due = reload(model).and_then(|_| model.now.checked_add(model.as_seen(AGAIN)).ok());
    rows.sort_by_cached_key(|row| {
        let (at, part) = match row {
            Row::Closed(_) => (None, None),
            Row::Batch { .. } => (row.known().map(|it| it.at.or(it.since)), row.part()),
        };
        let (root, id) = part.map(|it| (it.root, it.id)).unzip();
        (at.is_some(), Reverse(at), Reverse(id), root)
    });
    if model.trash.as_ref() == Some(&rows) {
        return;
    }
    let before = model.trash.take().unwrap_or_default();
    for popup in &mut model.popups {
        if let Popup::Trash { chosen, target } = popup {
            let same = |row: &&Row| {
                before
                    .get(*chosen)
                    .is_some_and(|it| it.part() == row.part())
            };
            let found = rows.iter().enumerate().find(|(_, row)| same(row));
            if let Some((at, _)) = found {
                *chosen = at;
            } else {
                *chosen = (*chosen).min(rows.len().saturating_sub(1));
                *target = None;
            }
        }
    }
    model.trash = Some(rows);
    model.dirty = true;
}

/// The chosen row, and the chosen target of it where the keys go there.
pub(super) fn chosen(model: &Model) -> Option<(&Row, Option<usize>)> {
    let Some(Popup::Trash { chosen, target }) = model.popups.last() else {
        return None;
    };
    Some((model.trash.as_ref()?.get(*chosen)?, *target))
}

/// Whether the keys go to the targets.
pub(super) fn is_in_targets(model: &Model) -> bool {
    chosen(model).is_some_and(|(_, target)| target.is_some())
}

/// Moves in the list, or in the targets.
pub(super) fn step(model: &mut Model, step: Step) {
    let page = model.view.popup_page;
    let targets = chosen(model).map_or(0, |(row, _)| row.known().map_or(0, |it| it.targets.len()));
    let rows = model.trash.as_ref().map_or(0, Vec::len);
    match model.popups.last_mut() {
        Some(Popup::Trash {
            target: Some(target),
            ..
        }) => *target = step.from(*target, targets, page),
        Some(Popup::Trash { chosen, .. }) => *chosen = step.from(*chosen, rows, page),
        _ => {}
    }
}

/// Gives the keys to the targets, or back to the list.
pub(super) fn pane(model: &mut Model) {
    let has_targets =
        chosen(model).is_some_and(|(row, _)| row.known().is_some_and(|it| !it.targets.is_empty()));
    model.view.popup_offset = 0;
    if let Some(Popup::Trash { target, .. }) = model.popups.last_mut() {
        *target = match target {
            None if has_targets => Some(0),
            _ => None,
        };
    }
}

/// Gives the keys back to the list; false where they are there.
pub(super) fn leave_targets(model: &mut Model) -> bool {
    match model.popups.last_mut() {
        Some(Popup::Trash { target, .. }) => target.take().is_some(),
        _ => false,
    }
}

/// What return does: it goes into the targets, and puts the chosen one back.
pub(super) fn enter(model: &mut Model) -> Vec<Effect> {
    match chosen(model) {
        Some((_, None)) => pane(model),
        Some((_, Some(_))) if model.write => return undo(model),
        Some(_) => model.say(
            Tone::Warning,
            "undo: read-only; start with --write to allow it",
        ),
        None => {}
    }
    Vec::new()
}

/// Shows what putting back would come to: the whole deletion, or the chosen target. Whether what comes back will be whole
/// is asked for, and cannot be passed over.
pub(super) fn undo(model: &mut Model) -> Vec<Effect> {
    let Some(made) = undo_of_chosen(model) else {
        return Vec::new();
    };
    foresee(model, made)
}

/// Shows a review, and has it looked at what it comes to where that is not known yet.
fn foresee(model: &mut Model, made: Result<Review, String>) -> Vec<Effect> {
    let looking = made.as_ref().ok().filter(|review| review.looks);
    let asked = looking.and_then(|review| match &review.act {
        Act::Trash(work) => Some(Effect::Foresee(work.clone())),
        Act::Remove(removal) => Some(Effect::Foresee(removal.work.clone())),
        _ => None,
    });
    show(model, made);
    asked.into_iter().collect()
}

fn undo_of_chosen(model: &Model) -> Option<Result<Review, String>> {
    let (row, target) = chosen(model)?;
    Some(match target {
        None => reviews::undo(model, row),
        Some(target) => reviews::restore(model, row, target),
    })
}

fn resume_of_chosen(model: &Model) -> Option<Result<Review, String>> {
    chosen(model).map(|(row, _)| reviews::resume(model, row))
}

fn purge_of_chosen(model: &Model) -> Option<Result<Review, String>> {
    chosen(model).map(|(row, _)| reviews::purge(model, row))
}

/// Whether something of the chosen one can be put back.
pub(super) fn comes_back(model: &Model) -> bool {
    matches!(undo_of_chosen(model), Some(Ok(_)))
}

/// Whether something of the chosen one was begun and can be gone on with.
pub(super) fn goes_on(model: &Model) -> bool {
    matches!(resume_of_chosen(model), Some(Ok(_)))
}

/// Whether the chosen one may go for good now.
pub(super) fn goes(model: &Model) -> bool {
    matches!(purge_of_chosen(model), Some(Ok(review)) if !review.blocked)
}

/// Takes in whether what a review is about to put back will be whole; it comes first, since it may change one's mind.
pub(super) fn foreseen(model: &mut Model, work: &Work, result: &Result<Forecast, String>) {
    for popup in &mut model.popups {
        let Popup::Review { review, .. } = popup else {
            continue;
        };
        if review.looks && review.act == Act::Trash(work.clone()) {
            review.looks = false;
            review.lines.retain(|(tone, _)| *tone != Tone::Busy);
            review.lines.splice(0..0, reviews::forecast(result));
            model.dirty = true;
        }
    }
    press::reconsider(model);
}

/// Shows what going on would come to.
pub(super) fn resume(model: &mut Model) {
    if let Some(made) = resume_of_chosen(model) {
        show(model, made);
    }
}

/// Shows what purging would come to, or why it is refused. Who needs what goes is looked at first.
pub(super) fn purge(model: &mut Model) -> Vec<Effect> {
    purge_of_chosen(model).map_or_else(Vec::new, |made| foresee(model, made))
}

/// Takes in what of each part goes for good and what stays, or that nothing goes as that cannot be told.
pub(super) fn purge_foreseen(model: &mut Model, work: &Work, result: &Result<Vec<Ahead>, String>) {
    for popup in &mut model.popups {
        let Popup::Review { review, .. } = popup else {
            continue;
        };
        let Act::Remove(removal) = &mut review.act else {
            continue;
        };
        if !review.looks || removal.work != *work {
            continue;
        }
        review.looks = false;
        review.lines.retain(|(tone, _)| *tone != Tone::Busy);
        match result {
            Ok(ahead) => {
                removal.files = ahead.iter().map(|it| it.files).sum();
                removal.bytes = ahead.iter().map(|it| it.bytes).sum();
                review.lines.splice(0..0, reviews::goes(work, ahead));
            }
            Err(why) => {
                let why = format!("Nothing goes for good as things are: {}.", scrub(why));
                review.lines.insert(0, (Tone::Bad, why));
                review.blocked = true;
            }
        }
        model.dirty = true;
    }
}

/// What the confirming key does: it asks for the number of files that go for good.
pub(super) fn remove(model: &mut Model, removal: Removal) -> Vec<Effect> {
    if removal.files == 0 {
        return begin_removal(model, removal);
    }
    let form = Form::new(
        format!(
            "Remove {} ({}) for good",
            files(removal.files),
            exact(removal.bytes)
        ),
        vec![Field::text(
            NUMBER,
            "Type how many files go, so that it is no slip of the hand.",
            "",
        )],
    );
    dialog::open(model, Purpose::Remove(removal), form);
    Vec::new()
}

const NUMBER: &str = "number";

/// Takes in the number that was typed, and has them go.
pub(super) fn removed(
    model: &mut Model,
    removal: &Removal,
    form: &Form,
) -> Result<Vec<Effect>, String> {
    if form.value(NUMBER) != removal.files.to_string() {
        return Err(format!("it is {} files that would go", removal.files));
    }
    Ok(begin_removal(model, removal.clone()))
}

fn begin_removal(model: &mut Model, removal: Removal) -> Vec<Effect> {
    model
        .popups
        .retain(|popup| !matches!(popup, Popup::Review { .. } | Popup::Dialog(_)));
    operations::show(model);
    begin(model, removal.title, removal.work)
}

/// What the confirming key does.
pub(super) fn begin(model: &mut Model, title: String, work: Work) -> Vec<Effect> {
    let id = operations::begin_in_store(model, title);
    vec![Effect::Trash { id, work }]
}

fn show(model: &mut Model, made: Result<Review, String>) {
    match made {
        Ok(review) => dialog::show(model, review),
        Err(why) => model.say(Tone::Warning, why),
    }
}
