//! What can be copied.

use super::effect::Effect;
use super::explain::Tone;
use super::model::{Focus, Model, Tab};
use crate::domain::location::Location;

/// A path that holds what a terminal must not see cannot be copied as text without becoming another path.
fn pasteable(location: &Location) -> Option<String> {
    let shown = location.shown();
    (shown.as_bytes() == location.as_bytes()).then(|| shown.into_owned())
}

fn copy(model: &mut Model, text: Option<String>) -> Vec<Effect> {
    let Some(text) = text else {
        model.say(
            Tone::Bad,
            "not copied: the path holds characters that do not survive a terminal",
        );
        return Vec::new();
    };
    vec![Effect::Yank(text)]
}

/// The path of what is chosen: a file in the list of files, else the snapshot.
pub(super) fn path(model: &mut Model) -> Vec<Effect> {
    if model.focus == Focus::Detail && model.tab == Tab::Files {
        let file = model
            .sheet()
            .and_then(|sheet| sheet.files.get(model.cursor()));
        return file
            .map(|file| Effect::Yank(file.here().to_owned()))
            .into_iter()
            .collect();
    }
    let Some(location) = model.selected.clone() else {
        return Vec::new();
    };
    copy(model, pasteable(&location))
}

/// The chosen recipe.
pub(super) fn command(model: &mut Model) -> Vec<Effect> {
    let Some(path) = model.restart_path() else {
        return Vec::new();
    };
    let chosen = model.cursors[Tab::Restart as usize];
    let recipe = model
        .recipes()
        .into_iter()
        .nth(chosen)
        .map(|recipe| recipe.text);
    let text = pasteable(&path).and(recipe);
    copy(model, text)
}
