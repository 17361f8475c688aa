//! The editor of holds: a list to choose from, a form for a new one, and a review before anything changes.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::dialog::{self, Act, Purpose, Review};
use super::effect::Effect;
use super::explain::Tone;
use super::form::{Field, Form};
use super::model::{Focus, Model, Popup};
use super::moves::Step;
use crate::action::hold::{End, named_plainly};
use crate::analysis::marked::short_lived;
use crate::domain::hold::Hold;
use crate::domain::location::Location;
use crate::domain::text::scrub;
use crate::domain::time;

/// The editor on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Editor {
    /// The snapshot that it was opened on.
    pub snapshot: Option<Location>,
    /// Whether all holds in sight are listed, not only those on the snapshot.
    pub shows_all: bool,
    /// The chosen one of those listed.
    pub chosen: usize,
}

const NAME: &str = "name";
const WHY: &str = "why";
const UNTIL: &str = "until";
const OWN_END: &str = "own end";
const NEVER: &str = "released";
const OWN: &str = "own end";

/// Shows the holds on the selected snapshot, or all where none is selected.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    model.view.popup_offset = 0;
    let snapshot = model
        .selected_snapshot()
        .map(|snapshot| snapshot.location.clone());
    model.popups.push(Popup::Holds(Editor {
        shows_all: snapshot.is_none(),
        snapshot,
        chosen: 0,
    }));
    vec![Effect::LoadMarks]
}

/// The editor that has the keys.
fn editor(model: &Model) -> Option<&Editor> {
    match model.popups.last() {
        Some(Popup::Holds(editor)) => Some(editor),
        _ => None,
    }
}

fn editor_mut(model: &mut Model) -> Option<&mut Editor> {
    match model.popups.last_mut() {
        Some(Popup::Holds(editor)) => Some(editor),
        _ => None,
    }
}

/// The holds that it lists, the newest first, those that have ended after those that stand.
pub fn listed<'m>(model: &'m Model, editor: &Editor) -> Vec<&'m Hold> {
    let is_meant = |hold: &&Hold| {
        let on = editor.snapshot.as_ref();
        editor.shows_all || on.is_some_and(|snapshot| hold.is_on(snapshot))
    };
    let mut listed: Vec<&Hold> = model.holds.iter().filter(is_meant).collect();
    listed.sort_by_key(|hold| !hold.stands(model.now));
    listed
}

/// The chosen hold.
pub(super) fn chosen(model: &Model) -> Option<&Hold> {
    let editor = editor(model)?;
    listed(model, editor).get(editor.chosen).copied()
}

/// Whether there is a snapshot to hold.
pub(super) fn has_snapshot(model: &Model) -> bool {
    editor(model).is_some_and(|editor| editor.snapshot.is_some())
}

/// Keeps the chosen hold chosen while `change` brings others.
pub(super) fn keep_chosen(model: &mut Model, change: impl FnOnce(&mut Model)) {
    let lists = |model: &Model| {
        let popups = model.popups.iter();
        let editors = popups.filter_map(|popup| match popup {
            Popup::Holds(editor) => Some(listed(model, editor).into_iter().cloned().collect()),
            _ => None,
        });
        editors.collect::<Vec<Vec<Hold>>>()
    };
    let before = lists(model);
    change(model);
    let after = lists(model);
    let mut lists = before.into_iter().zip(after);
    for popup in &mut model.popups {
        if let (Popup::Holds(editor), Some((before, after))) = (popup, lists.next()) {
            let is_same = |other: &Hold, hold: &Hold| {
                (&other.name, &other.snapshot) == (&hold.name, &hold.snapshot)
            };
            let same = before
                .get(editor.chosen)
                .and_then(|hold| after.iter().position(|other| is_same(other, hold)));
            editor.chosen = same.unwrap_or(editor.chosen.min(after.len().saturating_sub(1)));
        }
    }
}

/// Moves in the list.
pub(super) fn step(model: &mut Model, step: Step) {
    let page = model.view.popup_page;
    let len = editor(model).map_or(0, |editor| listed(model, editor).len());
    if let Some(editor) = editor_mut(model) {
        editor.chosen = step.from(editor.chosen, len, page);
    }
}

/// From the holds on the snapshot to all, and back.
pub(super) fn turn(model: &mut Model) {
    let hold = chosen(model).cloned();
    let Some(editor) = editor_mut(model) else {
        return;
    };
    editor.shows_all = !editor.shows_all || editor.snapshot.is_none();
    editor.chosen = 0;
    let Some(Popup::Holds(editor)) = model.popups.last().cloned() else {
        return;
    };
    let at = listed(model, &editor)
        .iter()
        .position(|other| Some(*other) == hold.as_ref());
    if let (Some(at), Some(editor)) = (at, editor_mut(model)) {
        editor.chosen = at;
    }
}

/// Goes to the snapshot that the chosen hold is on.
pub(super) fn go(model: &mut Model) {
    let Some(hold) = chosen(model).cloned() else {
        return;
    };
    let place = hold.snapshot.canonical();
    let rows = &model.index.rows;
    let at = rows
        .iter()
        .position(|row| row.location.canonical() == place)
        .or_else(|| rows.iter().position(|row| hold.is_on(&row.location)));
    if let Some(at) = at {
        model.popups.pop();
        model.choose(at);
        if model.table_visible() {
            model.focus = Focus::Table;
        }
        return;
    }
    let name = name_of(&hold);
    let is_known = model.snapshots.keys().any(|known| hold.is_on(known));
    let why = if is_known {
        format!("{name} is hidden by the filter, or of another lineage than the one shown")
    } else {
        format!("{name} is not in sight: it is gone, or lies below no root that is watched")
    };
    model.say(Tone::Warning, why);
}

fn name_of(hold: &Hold) -> String {
    scrub(&String::from_utf8_lossy(hold.snapshot.name())).into_owned()
}

/// A form for a hold on the snapshot.
pub(super) fn add(model: &mut Model) {
    let Some(snapshot) = editor(model).and_then(|editor| editor.snapshot.clone()) else {
        return;
    };
    let name = scrub(&String::from_utf8_lossy(snapshot.name())).into_owned();
    let form = Form::new(
        format!("Hold {name}"),
        vec![
            Field::text(
                NAME,
                "Such as release-42; one of that name on it is replaced.",
                "",
            ),
            Field::text(WHY, "For whoever comes next.", "no reason given"),
            Field::choice(
                UNTIL,
                &[
                    (NEVER, "It stands until somebody releases it."),
                    ("7d", "It ends by itself in seven days."),
                    ("30d", "It ends by itself in thirty days."),
                    (OWN, "It ends when the next field says."),
                ],
            ),
            Field::text(
                OWN_END,
                "Such as 36h, 90d, 6mo or 2026-12-31T00:00:00Z.",
                "none",
            ),
        ],
    );
    dialog::open(model, Purpose::Hold(snapshot), form);
}

/// What a filled in form comes to.
pub(super) fn made(model: &Model, place: &Location, form: &Form) -> Result<Review, String> {
    let snapshot = model.snapshots.get(place).ok_or("the snapshot is gone")?;
    let name = form.value(NAME);
    named_plainly(name).map_err(|error| error.to_string())?;
    let end = match (form.value(UNTIL), form.text(OWN_END)) {
        (OWN, Some(text)) => End::parse(&text),
        (OWN, None) => {
            return Err(format!(
                "type the end into `{OWN_END}`, or choose another one"
            ));
        }
        (_, Some(_)) => return Err(format!("choose `{OWN}` above for that end, or erase it")),
        (NEVER, None) => Ok(End::Never),
        (span, None) => End::parse(span),
    };
    let now = model.now.to_zoned(TimeZone::UTC);
    let expires = end
        .and_then(|end| end.moment(&now))
        .map_err(|error| error.to_string())?;
    let hold = Hold {
        name: name.to_owned(),
        snapshot: snapshot.location.clone(),
        by: String::new(),
        at: model.now,
        why: scrub(form.value(WHY)).into_owned(),
        expires,
    };
    let mut lines = vec![(
        Tone::Plain,
        format!(
            "{} is held by `{name}` {}.",
            snapshot.location.shown(),
            until(&hold, model.now)
        ),
    )];
    if !hold.why.is_empty() {
        lines.push((Tone::Plain, format!("Why: {}", hold.why)));
    }
    lines.push((
        Tone::Plain,
        "Nothing here deletes it, or a file that it names, as long as the hold stands.".to_owned(),
    ));
    let is_replaced = |other: &&Hold| {
        other.name == hold.name && other.snapshot.canonical() == hold.snapshot.canonical()
    };
    lines.extend(model.holds.iter().filter(is_replaced).map(|other| {
        let text = format!(
            "This replaces `{}`, set{} {}, to stand {}.",
            other.name,
            by(other),
            time::ago(other.at, model.now),
            until(other, model.now)
        );
        (Tone::Warning, text)
    }));
    if !snapshot.is_restorable() {
        let text = format!(
            "{} is {}, not proven to be restorable; it is held as it is.",
            snapshot.name,
            snapshot.health_word()
        );
        lines.push((Tone::Warning, text));
    }
    if let Some(why) = short_lived(snapshot) {
        let text = format!("A hold binds stateward, not Flink: {why}.");
        lines.push((Tone::Warning, text));
    }
    Ok(Review {
        title: format!("hold `{name}` on {}", snapshot.name),
        act: Act::Hold(Box::new(hold)),
        lines,
        consequence: None,
        looks: false,
        blocked: false,
    })
}

/// Shows what releasing the chosen hold comes to.
pub(super) fn release(model: &mut Model) {
    let Some(hold) = chosen(model).cloned() else {
        return;
    };
    let mut lines = vec![(
        Tone::Plain,
        format!(
            "`{}` no longer holds {}. It was set{} {}, to stand {}.",
            hold.name,
            hold.snapshot.shown(),
            by(&hold),
            time::ago(hold.at, model.now),
            until(&hold, model.now)
        ),
    )];
    if !hold.why.is_empty() {
        lines.push((Tone::Warning, format!("Why it was set: {}", hold.why)));
    }
    let is_other =
        |other: &&Hold| **other != hold && other.stands(model.now) && other.is_on(&hold.snapshot);
    let others: Vec<String> = model
        .holds
        .iter()
        .filter(is_other)
        .map(|other| format!("`{}`", other.name))
        .collect();
    lines.push(if !hold.stands(model.now) {
        (
            Tone::Plain,
            "It has ended already and holds nothing.".to_owned(),
        )
    } else if others.is_empty() {
        (
            Tone::Warning,
            "Nothing else holds it: it may be deleted then.".to_owned(),
        )
    } else {
        (
            Tone::Good,
            format!("It is still held by {}.", others.join(", ")),
        )
    });
    let review = Review {
        title: format!("release of `{}` on {}", hold.name, name_of(&hold)),
        act: Act::Release(Box::new(hold)),
        lines,
        consequence: None,
        looks: false,
        blocked: false,
    };
    dialog::show(model, review);
}

/// Who set it, after "set".
pub fn by(hold: &Hold) -> String {
    match hold.by.as_str() {
        "" => String::new(),
        by => format!(" by {by}"),
    }
}

/// When it ends, in words.
pub fn until(hold: &Hold, now: Timestamp) -> String {
    match hold.expires {
        None => "until it is released".to_owned(),
        Some(end) => format!(
            "until {} ({})",
            end.strftime("%Y-%m-%d %H:%M UTC"),
            time::ago(end, now)
        ),
    }
}
