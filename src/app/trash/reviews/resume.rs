//! What going on with what something ended half-way comes to.

use super::{FOR_GOOD, NOTHING_REPLACED, all_at_rest, none_absent};
use crate::action::trash::Stage;
use crate::action::trash::list::Known;
use crate::app::dialog::{Act, Review};
use crate::app::explain::Tone;
use crate::app::model::Model;
use crate::app::trash::words::files;
use crate::app::trash::{Row, What, Work};
use crate::domain::asked::AskedCluster;
use crate::domain::size::exact;
use crate::domain::text::scrub;

pub(in crate::app::trash) fn resume(model: &Model, row: &Row) -> Result<Review, String> {
    let (mut lines, mut going) = (Vec::new(), Vec::new());
    let mut id = String::new();
    let parts = all_at_rest(model, row)?;
    let known = || parts.iter().filter_map(|(_, row)| row.known());
    // What is on its way back in one root comes back in all.
    let is_undoing = known().any(|it| it.stage == Some(Stage::Undoing));
    let is_restoring = known().any(|it| it.is_restoring);
    if is_undoing || is_restoring {
        none_absent(&parts)?;
    }
    for (part, row) in &parts {
        id.clone_from(&part.id);
        let Some(known) = row.known() else { continue };
        let comes_along = (is_undoing || is_restoring) && known.can_be_undone();
        // What was on its way back comes back before anything else goes for good.
        let waits = is_restoring && known.stage == Some(Stage::Purging) && !known.is_restoring;
        if !waits && known.is_unfinished || comes_along {
            lines.extend(goes_on(&part.shown(), known, is_undoing));
            going.push(part.clone());
        }
    }
    let id = scrub(&id).into_owned();
    if going.is_empty() {
        return Err(format!("nothing of {id} is unfinished"));
    }
    if !is_undoing {
        let begun = known().filter(|it| it.stage == Some(Stage::Begun));
        let mut before = begun.flat_map(|it| &it.asked);
        let is_asked = |it: &AskedCluster| model.clusters.iter().any(|cluster| it.is(cluster));
        if let Some(missed) = before.find(|it| !is_asked(it)) {
            return Err(format!(
                "{} was asked when {id} was begun and is not asked now: u puts it back, or start stateward with{}",
                scrub(&missed.name),
                missed.flag()
            ));
        }
    }
    Ok(Review {
        title: format!("going on with {id}"),
        act: Act::Trash(Work {
            what: What::Resume,
            parts: going,
        }),
        lines,
        consequence: None,
        looks: false,
        blocked: false,
    })
}

/// What going on comes to in one root.
fn goes_on(place: &str, known: &Known, is_undoing: bool) -> Vec<(Tone, String)> {
    let here = format!("{} ({})", files(known.files), exact(known.bytes));
    match known.stage {
        Some(Stage::Begun) if !is_undoing => vec![
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
        Some(Stage::Begun | Stage::Undoing | Stage::Done | Stage::Undone) if is_undoing => vec![
            (
                Tone::Plain,
                format!("In {place} {here} that something kept in the trash go back to where they lay."),
            ),
            (Tone::Plain, NOTHING_REPLACED.to_owned()),
        ],
        Some(Stage::Purging | Stage::Purged) if !known.is_restoring => vec![
            (Tone::Bad, FOR_GOOD.to_owned()),
            (
                Tone::Bad,
                format!("In {place} {here} are left of what was being removed."),
            ),
        ],
        Some(_) | None => vec![
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
