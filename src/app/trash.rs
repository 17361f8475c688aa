//! What lies in the trashes: a list to choose from, and what can be done with the chosen one, each after a review.

use std::cmp::Reverse;
use std::path::PathBuf;

use super::dialog::{self, Act, Review};
use super::effect::Effect;
use super::explain::Tone;
use super::model::{Model, Popup};
use super::moves::Step;
use super::operations;
use crate::action::trash::list::{Entry, Known, Target};
use crate::action::trash::{GRACE, Stage, files};
use crate::domain::size::{exact, iec};
use crate::domain::text::scrub;
use crate::domain::time;

/// A row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// A batch in the trash of a root.
    Batch {
        /// The root.
        root: PathBuf,
        /// The batch, or why it cannot be read.
        entry: Entry,
    },
    /// A trash that could not be looked into, and why.
    Closed(String),
}

impl Row {
    /// What is known of the batch, if it is one that can be read.
    pub fn known(&self) -> Option<&Known> {
        match self {
            Self::Batch { entry, .. } => entry.known.as_ref().ok(),
            Self::Closed(_) => None,
        }
    }

    /// What is wrong where nothing is known.
    pub fn problem(&self) -> Option<&str> {
        match self {
            Self::Batch { entry, .. } => entry.known.as_ref().err().map(String::as_str),
            Self::Closed(why) => Some(why),
        }
    }

    /// Which batch it is, where it is one.
    fn part(&self) -> Option<Part> {
        match self {
            Self::Batch { root, entry } => Some(Part {
                root: root.clone(),
                id: entry.id.clone(),
            }),
            Self::Closed(_) => None,
        }
    }
}

/// A batch, by where it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The root in whose trash it is.
    pub root: PathBuf,
    /// Its id.
    pub id: String,
}

impl Part {
    /// The root, for people.
    pub fn shown(&self) -> String {
        scrub(&self.root.to_string_lossy()).into_owned()
    }
}

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

/// Shows the trash, and has it read.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    model.view.popup_offset = 0;
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

/// Takes in what lies there: what cannot be read first, then the newest. The chosen one stays so.
pub(super) fn heard(model: &mut Model, mut rows: Vec<Row>) {
    rows.sort_by_cached_key(|row| {
        let (at, id) = match row {
            Row::Closed(_) => (None, None),
            Row::Batch { entry, .. } => (
                row.known().map(|it| it.at.or(it.since)),
                Some(entry.id.clone()),
            ),
        };
        (at.is_some(), Reverse(at), Reverse(id))
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
            match found {
                Some((at, _)) => *chosen = at,
                None => {
                    *chosen = (*chosen).min(rows.len().saturating_sub(1));
                    *target = None;
                }
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
pub(super) fn enter(model: &mut Model) {
    match chosen(model) {
        Some((_, None)) => pane(model),
        Some((_, Some(_))) if model.write => undo(model),
        Some(_) => model.say(
            Tone::Warning,
            "undo: read-only; start with --write to allow it",
        ),
        None => {}
    }
}

/// Shows what putting back would come to: the whole deletion, or the chosen target.
pub(super) fn undo(model: &mut Model) {
    let Some((row, target)) = chosen(model) else {
        return;
    };
    let made = match target {
        None => undo_all(model, row),
        Some(target) => restore(row, target),
    };
    show(model, made);
}

/// Shows what going on would come to.
pub(super) fn resume(model: &mut Model) {
    let made = chosen(model).map(|(row, _)| resumed(model, row));
    if let Some(made) = made {
        show(model, made);
    }
}

/// Shows what purging would come to, or why it is refused.
pub(super) fn purge(model: &mut Model) {
    let made = chosen(model).map(|(row, _)| purged(model, row));
    if let Some(made) = made {
        show(model, made);
    }
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

/// The parts of the same deletion, in whatever root they lie: the chosen one first.
fn parts<'m>(model: &'m Model, row: &'m Row) -> Vec<(Part, &'m Row)> {
    let Some(chosen) = row.part() else {
        return Vec::new();
    };
    let rows = model.trash.iter().flatten();
    let mut parts: Vec<(Part, &Row)> = rows
        .filter_map(|row| Some((row.part()?, row)))
        .filter(|(part, _)| part.id == chosen.id)
        .collect();
    parts.sort_by_key(|(part, _)| *part != chosen);
    parts
}

fn unknown(row: &Row) -> String {
    match row {
        Row::Batch { entry, .. } => {
            format!("nothing is known of {}, see below", scrub(&entry.id))
        }
        Row::Closed(_) => "this trash could not be looked into, see below".to_owned(),
    }
}

fn undo_all(model: &Model, row: &Row) -> Result<Review, String> {
    row.known().ok_or_else(|| unknown(row))?;
    let (mut lines, mut going) = (Vec::new(), Vec::new());
    let mut id = String::new();
    for (part, row) in parts(model, row) {
        id.clone_from(&part.id);
        let place = part.shown();
        match row.known() {
            Some(known) if known.can_be_undone() => {
                lines.push((Tone::Plain, back(&place, known)));
                lines.extend(known.targets.iter().filter_map(target_line));
                if known.stage == Some(Stage::Begun) {
                    lines.push((
                        Tone::Warning,
                        "Something ended this deletion half-way: what it had not moved yet is where it always was."
                            .to_owned(),
                    ));
                }
                going.push(part);
            }
            Some(known) => lines.push((Tone::Warning, stays(&place, known))),
            None => lines.push((
                Tone::Bad,
                format!("In {place} nothing is known of it, and nothing is put back."),
            )),
        }
    }
    let id = scrub(&id).into_owned();
    if going.is_empty() {
        return Err(format!("nothing of {id} is left to put back"));
    }
    lines.push((Tone::Plain, NOTHING_REPLACED.to_owned()));
    Ok(Review {
        title: format!("undo of {id}"),
        act: Act::Trash(Work {
            what: What::Undo,
            parts: going,
        }),
        lines,
        blocked: false,
    })
}

const NOTHING_REPLACED: &str = "Nothing is replaced: a file whose place is taken stays in the trash. Metadata comes last, so nothing half \
     back can be restored from.";

fn back(place: &str, known: &Known) -> String {
    if known.files == 0 {
        return format!("In {place} no file is left to put back; directories are made again.");
    }
    format!(
        "In {place} {} ({}) go back to where they lay:",
        files(known.files),
        exact(known.bytes)
    )
}

fn stays(place: &str, known: &Known) -> String {
    match known.stage {
        Some(Stage::Purging) => {
            format!("In {place} its files are being removed for good; those do not come back.")
        }
        _ => format!("In {place} nothing of it is left to put back."),
    }
}

fn target_line(target: &Target) -> Option<(Tone, String)> {
    (target.files > 0).then(|| {
        let name = scrub(&target.name);
        let text = format!("{name}: {}, {}", files(target.files), exact(target.bytes));
        (Tone::Plain, text)
    })
}

fn restore(row: &Row, at: usize) -> Result<Review, String> {
    let known = row.known().ok_or_else(|| unknown(row))?;
    let part = row.part().ok_or_else(|| unknown(row))?;
    let target = known.targets.get(at).ok_or_else(|| unknown(row))?;
    let name = scrub(&target.name).into_owned();
    match known.stage {
        Some(Stage::Purging | Stage::Purged) => {
            return Err("its files are being removed for good".to_owned());
        }
        _ if known.is_unfinished => {
            return Err(
                "the batch is unfinished; tab, then r goes on with it or u puts all of it back"
                    .to_owned(),
            );
        }
        _ => {}
    }
    if target.files == 0 {
        return Err(format!("no file of {name} lies in the trash"));
    }
    let place = part.shown();
    let mut lines = vec![(
        Tone::Plain,
        format!(
            "{name}: {} ({}) go back to where they lay in {place}.",
            files(target.files),
            exact(target.bytes)
        ),
    )];
    let stay = known.files.saturating_sub(target.files);
    if stay > 0 {
        let bytes = known.bytes.saturating_sub(target.bytes);
        let text = format!(
            "The other {} of the batch ({}) stay in the trash.",
            files(stay),
            exact(bytes)
        );
        lines.push((Tone::Plain, text));
    }
    lines.push((Tone::Plain, NOTHING_REPLACED.to_owned()));
    Ok(Review {
        title: format!("putting back {name}"),
        act: Act::Trash(Work {
            what: What::Restore(at),
            parts: vec![part],
        }),
        lines,
        blocked: false,
    })
}

fn resumed(model: &Model, row: &Row) -> Result<Review, String> {
    row.known().ok_or_else(|| unknown(row))?;
    let (mut lines, mut going) = (Vec::new(), Vec::new());
    let mut id = String::new();
    for (part, row) in parts(model, row) {
        id.clone_from(&part.id);
        if let Some(known) = row.known().filter(|it| it.is_unfinished) {
            lines.extend(goes_on(&part.shown(), known));
            going.push(part);
        }
    }
    let id = scrub(&id).into_owned();
    if going.is_empty() {
        return Err(format!("nothing of {id} is unfinished"));
    }
    Ok(Review {
        title: format!("going on with {id}"),
        act: Act::Trash(Work {
            what: What::Resume,
            parts: going,
        }),
        lines,
        blocked: false,
    })
}

/// What going on comes to in one root.
fn goes_on(place: &str, known: &Known) -> Vec<(Tone, String)> {
    let here = format!("{} ({})", files(known.files), exact(known.bytes));
    match known.stage {
        Some(Stage::Begun) => vec![
            (
                Tone::Plain,
                format!("In {place} {here} have gone into the trash before something ended it. The rest follows:"),
            ),
            (
                Tone::Plain,
                "what belongs to snapshots whose metadata has gone, unless a fresh look finds a snapshot that names it. \
                 A snapshot that is still whole stays: only a new plan can tell whether it may go."
                    .to_owned(),
            ),
        ],
        Some(Stage::Undoing) => vec![
            (
                Tone::Plain,
                format!("In {place} {here} that something kept in the trash go back to where they lay."),
            ),
            (Tone::Plain, NOTHING_REPLACED.to_owned()),
        ],
        Some(Stage::Purging | Stage::Purged) => vec![
            (Tone::Bad, FOR_GOOD.to_owned()),
            (
                Tone::Bad,
                format!("In {place} {here} are left of what was being removed."),
            ),
        ],
        Some(Stage::Done | Stage::Undone) | None => vec![
            (
                Tone::Plain,
                format!(
                    "In {place} the targets that were being put back when something ended it go back to where they lay; \
                     {here} of the batch lie in the trash."
                ),
            ),
            (Tone::Plain, NOTHING_REPLACED.to_owned()),
        ],
    }
}

const FOR_GOOD: &str = "This removes files for good. It cannot be undone.";

fn purged(model: &Model, row: &Row) -> Result<Review, String> {
    let known = row.known().ok_or_else(|| unknown(row))?;
    let part = row.part().ok_or_else(|| unknown(row))?;
    let (place, id) = (part.shown(), scrub(&part.id).into_owned());
    let mut lines = Vec::new();
    let blocked = refusal(model, known);
    if let Some(why) = &blocked {
        lines.push((Tone::Bad, why.clone()));
    } else {
        lines.push((Tone::Bad, FOR_GOOD.to_owned()));
    }
    let verb = if blocked.is_some() { "lie" } else { "go" };
    lines.push((
        Tone::Plain,
        match known.files {
            0 => format!("No file lies in the trash of {place}; only what is written down about the batch goes."),
            _ => format!(
                "{} ({}) {verb} in the trash of {place}:",
                files(known.files),
                exact(known.bytes)
            ),
        },
    ));
    lines.extend(known.targets.iter().filter_map(target_line));
    Ok(Review {
        title: format!("purge of {id}"),
        act: Act::Trash(Work {
            what: What::Purge,
            parts: vec![part],
        }),
        lines,
        blocked: blocked.is_some(),
    })
}

/// Why a batch may not go for good now.
fn refusal(model: &Model, known: &Known) -> Option<String> {
    if known.stage == Some(Stage::Purging) {
        return None;
    }
    match known.purge_at(GRACE) {
        None => Some(
            "It is unfinished: r goes on with it, u puts it back; until then nothing of it goes."
                .to_owned(),
        ),
        Some(at) if at > model.now => {
            let grace = time::span(GRACE);
            let age = known.since.map_or_else(
                || "too short a time".to_owned(),
                |since| time::age(since, model.now),
            );
            Some(format!(
                "It has lain here for {age}, and nothing goes before it has for {grace}: not before {}, {}.",
                at.strftime("%Y-%m-%d %H:%M UTC"),
                time::age(at, model.now)
            ))
        }
        Some(_) => None,
    }
}

/// Sums over what can be read: how many are unfinished, and how much lies there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Batches that something ended half-way.
    pub unfinished: usize,
    /// Rows that nothing is known of.
    pub unread: usize,
    /// Bytes in the trash.
    pub bytes: u64,
}

/// Sums over rows.
pub fn totals(rows: &[Row]) -> Totals {
    let mut totals = Totals::default();
    for row in rows {
        match row.known() {
            None => totals.unread += 1,
            Some(known) => {
                totals.unfinished += usize::from(known.is_unfinished);
                totals.bytes = totals.bytes.saturating_add(known.bytes);
            }
        }
    }
    totals
}

/// What is to be known of a batch at once: what happened to it, and what can be done.
pub fn sentence(known: &Known) -> (Tone, String) {
    let held = format!("{} ({})", files(known.files), iec(known.bytes));
    match known.stage {
        Some(Stage::Begun) => (
            Tone::Bad,
            "UNFINISHED: something ended the deletion half-way. r goes on with it, u puts everything back.".to_owned(),
        ),
        Some(Stage::Undoing) => (
            Tone::Bad,
            "UNFINISHED: something ended the putting back half-way. r or u goes on with it.".to_owned(),
        ),
        Some(Stage::Purging) => (
            Tone::Bad,
            "UNFINISHED: it is being removed for good, and something ended that half-way. r goes on with it.".to_owned(),
        ),
        Some(Stage::Done | Stage::Undone) if known.is_unfinished => (
            Tone::Bad,
            "UNFINISHED: something ended the putting back of single targets half-way. r goes on with it.".to_owned(),
        ),
        Some(Stage::Done | Stage::Undone) if known.files > 0 => (
            Tone::Plain,
            format!("{held} can be put back."),
        ),
        Some(Stage::Done) if known.is_bare => (
            Tone::Plain,
            "Empty directories, which can be made again.".to_owned(),
        ),
        Some(Stage::Done | Stage::Undone) => (Tone::Plain, "Everything is back where it lay.".to_owned()),
        Some(Stage::Purged) => (Tone::Plain, "Its files are gone for good.".to_owned()),
        None => (
            Tone::Plain,
            "Nothing was moved: something ended it before it began.".to_owned(),
        ),
    }
}
