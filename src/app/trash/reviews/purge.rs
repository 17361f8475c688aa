//! What letting a deletion go for good comes to.

use super::{FOR_GOOD, all_at_rest, target_line};
use crate::action::purge::Ahead;
use crate::action::trash::list::Known;
use crate::action::trash::{GRACE, Stage};
use crate::app::dialog::{Act, Review};
use crate::app::explain::Tone;
use crate::app::model::Model;
use crate::app::trash::words::files;
use crate::app::trash::{Removal, Row, What, Work};
use crate::domain::size::exact;
use crate::domain::text::scrub;
use crate::domain::time;

pub(in crate::app::trash) fn purge(model: &Model, row: &Row) -> Result<Review, String> {
    let parts = all_at_rest(model, row)?;
    let (mut lines, mut going, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    let mut id = String::new();
    for (part, row) in parts {
        id.clone_from(&part.id);
        let place = part.shown();
        let Some(known) = row.known() else {
            lines.push((
                Tone::Bad,
                format!("In {place} nothing is known of it, and nothing goes."),
            ));
            continue;
        };
        let refusal = refusal(model, known);
        lines.push((
            Tone::Plain,
            match known.files {
                0 => format!("No file lies in the trash of {place}; only what is written down about the batch goes."),
                _ => format!(
                    "{} ({}) lie in the trash of {place}:",
                    files(known.files),
                    exact(known.bytes)
                ),
            },
        ));
        lines.extend(known.targets.iter().filter_map(target_line));
        refused.extend(refusal.map(|why| (place, why)));
        going.push((part, known.files));
    }
    // What may not go in one root keeps all of it: halves of one deletion bring each other's snapshots back.
    let blocked = !refused.is_empty();
    if blocked {
        let is_one = refused.len() == going.len() && refused.iter().all(|it| it.1 == refused[0].1);
        if is_one {
            refused.truncate(1);
        }
        let why = refused.into_iter().map(|(place, why)| {
            let why = if is_one {
                why
            } else {
                format!("In {place}: {why}")
            };
            (Tone::Bad, why)
        });
        lines.splice(0..0, why);
    }
    // Who needs what goes is looked at before anybody agrees.
    let looks = !blocked && going.iter().any(|(_, files)| *files > 0);
    if looks {
        lines.insert(0, (Tone::Busy, LOOKING_WHO_NEEDS.to_owned()));
    }
    let title = format!("purge of {}", scrub(&id));
    Ok(Review {
        title: title.clone(),
        act: Act::Remove(Removal {
            title,
            work: Work {
                what: What::Purge,
                parts: going.into_iter().map(|(part, _)| part).collect(),
            },
            files: 0,
            bytes: 0,
        }),
        lines,
        consequence: None,
        looks,
        blocked,
    })
}

const LOOKING_WHO_NEEDS: &str = "Looking who needs the files …";

/// What of each part goes for good, and what stays and why.
pub(in crate::app::trash) fn goes(work: &Work, ahead: &[Ahead]) -> Vec<(Tone, String)> {
    let mut lines = Vec::new();
    for (part, ahead) in work.parts.iter().zip(ahead) {
        let place = part.shown();
        if ahead.files > 0 {
            let text = format!(
                "{} ({}) go from the trash of {place}.",
                files(ahead.files),
                exact(ahead.bytes)
            );
            lines.push((Tone::Bad, text));
        }
        for (why, count, bytes) in &ahead.staying {
            let text = format!(
                "{} ({}) stay in the trash of {place}: {}.",
                files(*count),
                exact(*bytes),
                scrub(why)
            );
            lines.push((Tone::Warning, text));
        }
    }
    let first = if ahead.iter().any(|it| it.files > 0) {
        FOR_GOOD
    } else {
        "No file goes for good."
    };
    lines.insert(0, (Tone::Bad, first.to_owned()));
    lines
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
            let grace = time::exact_span(GRACE);
            let age = known.since.map_or_else(
                || "too short a time".to_owned(),
                |since| time::age(since, model.now),
            );
            Some(format!(
                "It has lain here for {age}, and nothing goes before it has for {grace}: not before {}, {}.",
                at.strftime("%Y-%m-%d %H:%M UTC"),
                time::until(at, model.now)
            ))
        }
        Some(_) => None,
    }
}
