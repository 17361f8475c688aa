//! From a key to the command that it means now, or to why it means none.

use jiff::SignedDuration;

use super::command::{Command, CommandId, Context, Danger, command, resolve};
use super::explain::Tone;
use super::gone;
use super::key::Key;
use super::model::{About, Model, Notice, Popup};
use super::planning;
use super::replay;

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
    let strayed = model.strayed.take() == Some(context);
    let Some(command) = resolve(context, key) else {
        if let (Context::Filter | Context::Palette | Context::Form, Key::Char(c)) = (context, key) {
            return Meant::Text(c);
        }
        stray(model, key);
        return Meant::Nothing;
    };
    if gone::objection(model, command.id).is_some() {
        // It says so itself.
        return Meant::Command(command.id);
    }
    let objection = if model.is_replay() && command.reaches_beyond_a_recording() {
        replay::refuse(model, command.label);
        return Meant::Nothing;
    } else if !(command.available)(model) {
        // Whoever confirms before it is time may do so again.
        if command.danger == Danger::Safe {
            stray(model, key);
        }
        unavailable(model, command).map(|why| format!("{}: {why}", command.label))
    } else if command.danger != Danger::Safe && strayed && matches!(key, Key::Char(_)) {
        Some(format!(
            "{}: another letter came just before; press it again",
            command.label
        ))
    } else if let Some(why) = (command.danger != Danger::Safe || leads_to_deletion(model, command))
        .then(|| slipped(model))
        .flatten()
    {
        Some(why)
    } else {
        return Meant::Command(command.id);
    };
    if let Some(why) = objection {
        if matches!(command.id, CommandId::Confirm | CommandId::PlanCarryOut) {
            unconfirmed(model, why);
        } else {
            model.say(Tone::Warning, why);
        }
    }
    Meant::Nothing
}

/// What a key means that came in one with other keys, or just after another size of the screen: whoever pressed it has not seen
/// what came of those, if it is no word that was meant for somewhere else. So it confirms nothing.
pub(super) fn meant_in_a_rush(model: &mut Model, key: Key) -> Meant {
    let confirms = |id: &CommandId| {
        matches!(
            id,
            CommandId::Confirm | CommandId::PlanCarryOut | CommandId::PlanAllNamed
        )
    };
    let meant = meant(model, key);
    match meant {
        Meant::Command(id) if confirms(&id) => {
            let label = command(id).map_or("it", |it| it.label);
            let why = "it came in one with other keys or another size; press it again";
            unconfirmed(model, format!("{label}: {why}"));
            Meant::Nothing
        }
        _ => meant,
    }
}

/// Says why a key confirmed nothing.
fn unconfirmed(model: &mut Model, why: String) {
    model.say(Tone::Warning, why);
    if let Some(notice) = &mut model.notice {
        notice.about = About::Unconfirmed;
    }
}

/// Takes back why a key confirmed nothing: what it is about has come.
pub(super) fn reconsider(model: &mut Model) {
    let is_over = |notice: &Notice| notice.about == About::Unconfirmed;
    if model.notice.as_ref().is_some_and(is_over) {
        model.notice = None;
        model.dirty = true;
    }
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
        if model.is_replay() {
            return Some(
                "nothing of a cluster was recorded, as with `stateward record --flink URL`",
            );
        }
        return Some(if command.danger != Danger::Safe && !model.write {
            "no cluster is connected, and nothing may be changed; start with --flink URL --write"
        } else {
            "no cluster is connected; start with --flink URL"
        });
    }
    if command.danger != Danger::Safe && !model.write {
        return Some("read-only; start with --write to allow it");
    }
    match (command.id, model.popups.last()) {
        (CommandId::StageShown, _) if !model.table_visible() => {
            Some("the table is not on the screen; esc goes back to it")
        }
        (CommandId::Operations, _) => Some("nothing was asked for yet"),
        (CommandId::PlanCarryOut, _) => Some(planning::why_not(model)),
        (CommandId::Confirm, Some(Popup::Review { review, .. })) => review.why_not(),
        _ => None,
    }
}

/// Whether a command changes nothing by itself, and takes the selected snapshot one step closer to its end.
fn leads_to_deletion(model: &Model, command: &Command) -> bool {
    match command.id {
        CommandId::Stage => true,
        CommandId::Plan => model.staging.chosen.is_empty(),
        _ => false,
    }
}

/// Notes a letter that means nothing where it was pressed: it may be of a word that is being typed where nothing takes it in,
/// and so may the next one.
fn stray(model: &mut Model, key: Key) {
    if matches!(key, Key::Char(_)) {
        model.strayed = Some(model.context());
    }
}

/// Whether the selection has just gone to another row by itself: a key that was meant for the one that vanished must not
/// change anything. Said once.
fn slipped(model: &mut Model) -> Option<String> {
    let at = model.slipped.take()?;
    let name = &model.selected_snapshot()?.name;
    (model.popups.is_empty() && model.now.duration_since(at) < model.as_seen(JUST_NOW)).then(|| {
        format!(
            "what was selected vanished, and {name} is selected now; press again if it is meant"
        )
    })
}
