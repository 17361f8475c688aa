//! From a key to the command that it means now, or to why it means none.

use jiff::SignedDuration;

use super::command::{Command, CommandId, Context, Danger, resolve};
use super::explain::Tone;
use super::key::Key;
use super::model::Model;

/// So long after the selection slipped, a key may have been meant for what was selected before.
const JUST_NOW: SignedDuration = SignedDuration::from_secs(3);

/// What a key means.
pub(super) enum Meant {
    /// This command.
    Command(CommandId),
    /// A character of what is being typed.
    Text(char),
    /// Nothing; where that may surprise, it was said why.
    Nothing,
}

/// What a key means now.
pub(super) fn meant(model: &mut Model, key: Key) -> Meant {
    let context = model.context();
    let Some(command) = resolve(context, key) else {
        return match (context, key) {
            (Context::Filter | Context::Palette | Context::Form, Key::Char(c)) => Meant::Text(c),
            _ => Meant::Nothing,
        };
    };
    let objection = if !(command.available)(model) {
        unavailable(model, command).map(|why| format!("{}: {why}", command.label))
    } else if let Some(why) = (command.danger != Danger::Safe)
        .then(|| slipped(model))
        .flatten()
    {
        Some(why)
    } else {
        return Meant::Command(command.id);
    };
    if let Some(why) = objection {
        model.say(Tone::Warning, why);
    }
    Meant::Nothing
}

/// Why a command does nothing now, where that is not plain to see.
fn unavailable(model: &Model, command: &Command) -> Option<&'static str> {
    let of_cluster = [
        CommandId::Jobs,
        CommandId::Trigger,
        CommandId::Stop,
        CommandId::Cancel,
        CommandId::Restart,
    ];
    if of_cluster.contains(&command.id) && model.clusters.is_empty() {
        return Some(if command.danger != Danger::Safe && !model.write {
            "no cluster is connected, and nothing may be changed; start with --flink URL --write"
        } else {
            "no cluster is connected; start with --flink URL"
        });
    }
    (command.danger != Danger::Safe && !model.write)
        .then_some("read-only; start with --write to allow it")
}

/// Whether the selection has just gone to another row by itself: a key that was meant for the one that vanished must not
/// change anything. Said once.
fn slipped(model: &mut Model) -> Option<String> {
    let at = model.slipped.take()?;
    let name = &model.selected_snapshot()?.name;
    (model.popups.is_empty() && model.now.duration_since(at) < JUST_NOW).then(|| {
        format!(
            "what was selected vanished, and {name} is selected now; press again if it is meant"
        )
    })
}
