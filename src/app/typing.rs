//! Text that is being typed or pasted: a filter, a command's name, a field of a form.

use super::command::Context;
use super::explain::Tone;
use super::filtering;
use super::model::{Model, Popup};

/// Nothing that is typed is longer; whatever is pasted may be a whole log.
const LONGEST_PASTE: usize = 4_096;

/// Takes in what was pasted, its first line, where text is typed; elsewhere none of it is a key.
pub(super) fn paste(model: &mut Model, pasted: &str) {
    match model.context() {
        Context::Filter | Context::Palette | Context::Form => {
            let line = pasted.trim().lines().next().unwrap_or_default();
            let line = line.chars().filter(|c| !c.is_control());
            change(model, |text| text.extend(line.take(LONGEST_PASTE)));
        }
        _ => model.say(
            Tone::Warning,
            "text was pasted where none is typed; it was not taken for keys",
        ),
    }
}

/// Changes the text that is being typed, and what follows from it.
pub(super) fn change(model: &mut Model, change: impl FnOnce(&mut String)) {
    model.dirty = true;
    match model.popups.last_mut() {
        Some(Popup::Palette { query, chosen }) => {
            change(query);
            *chosen = 0;
            return;
        }
        Some(Popup::Dialog(dialog)) => {
            dialog.form.edit(change);
            return;
        }
        _ => {}
    }
    filtering::change(model, change);
}
