//! What putting everything back comes to.

use super::{LOOKING, NOTHING_REPLACED, all_at_rest, none_absent, refuse_going, target_line};
use crate::action::trash::Stage;
use crate::action::trash::list::Known;
use crate::app::dialog::{Act, Review};
use crate::app::explain::Tone;
use crate::app::model::Model;
use crate::app::trash::words::files;
use crate::app::trash::{Row, What, Work};
use crate::domain::size::exact;
use crate::domain::text::scrub;

pub(in crate::app::trash) fn undo(model: &Model, row: &Row) -> Result<Review, String> {
    let (mut lines, mut going, mut taken) = (Vec::new(), Vec::new(), 0);
    let mut id = String::new();
    let parts = all_at_rest(model, row)?;
    none_absent(&parts)?;
    refuse_going(&parts)?;
    for (part, row) in parts {
        id.clone_from(&part.id);
        let place = part.shown();
        match row.known() {
            Some(known) if is_shut_out(known) => {
                taken += known.taken;
                lines.push((Tone::Warning, stays_out(&place, known)));
            }
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
            Some(_) => lines.push((
                Tone::Warning,
                format!("In {place} nothing of it is left to put back."),
            )),
            None => lines.push((
                Tone::Bad,
                format!("In {place} nothing is known of it, and nothing is put back."),
            )),
        }
    }
    let id = scrub(&id).into_owned();
    if going.is_empty() && taken > 0 {
        return Err(format!(
            "nothing of {id} can be put back: something else is at the place of {}; move that away first",
            match taken {
                1 => "its file".to_owned(),
                _ => format!("each of its {}", files(taken)),
            }
        ));
    }
    if going.is_empty() {
        return Err(format!("nothing of {id} is left to put back"));
    }
    lines.push((Tone::Plain, NOTHING_REPLACED.to_owned()));
    lines.insert(0, (Tone::Busy, LOOKING.to_owned()));
    Ok(Review {
        title: format!("undo of {id}"),
        act: Act::Trash(Work {
            what: What::Undo,
            parts: going,
        }),
        lines,
        consequence: None,
        looks: true,
        blocked: false,
    })
}

fn back(place: &str, known: &Known) -> String {
    if known.files == 0 {
        return format!("In {place} no file is left to put back; directories are made again.");
    }
    let all = format!(
        "In {place} {} ({}) go back to where they lay",
        files(known.files),
        exact(known.bytes)
    );
    match known.taken {
        0 => format!("{all}:"),
        taken => format!("{all}, but for {taken}, at whose place something else is:"),
    }
}

/// Whether nothing of it can come back, as all places are taken.
fn is_shut_out(known: &Known) -> bool {
    let is_done = matches!(known.stage, Some(Stage::Done | Stage::Undone));
    is_done && !known.is_unfinished && known.files > 0 && known.taken >= known.files
}

fn stays_out(place: &str, known: &Known) -> String {
    format!(
        "In {place} {} stay in the trash: something else is at the place of each.",
        files(known.files)
    )
}
