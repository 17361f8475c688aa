//! What each thing that can be done with the trash comes to, or why it cannot be done.

mod foreseen;
mod purge;
mod restore;
mod resume;
mod undo;

use super::words::files;
use super::{Part, Row};
use crate::action::trash::Stage;
use crate::action::trash::intact::intact;
use crate::action::trash::list::{Known, Target};
use crate::app::explain::Tone;
use crate::app::model::Model;
use crate::domain::size::exact;
use crate::domain::text::{scrub, shell_quote};

pub(super) use foreseen::forecast;
pub(super) use purge::{goes, purge};
pub(super) use restore::restore;
pub(super) use resume::resume;
pub(super) use undo::undo;

/// The parts of the same deletion, in whatever root they lie: the chosen one first.
fn parts<'m>(model: &'m Model, row: &'m Row) -> Vec<(Part, &'m Row)> {
    let Some(chosen) = row.part() else {
        return Vec::new();
    };
    // What is done with a copy of a trash leaves the original as it is, and the other way round.
    let is_copy = |row: &Row| row.known().is_some_and(|it| it.is_copy);
    let rows = model.trash.iter().flatten();
    let mut parts: Vec<(Part, &Row)> = rows
        .filter(|other| is_copy(other) == is_copy(row))
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

/// Refuses while somebody is at work in the trash.
fn at_rest(row: &Row) -> Result<&Known, String> {
    let known = row.known().ok_or_else(|| unknown(row))?;
    if known.is_under_way {
        return Err(
            "somebody is at work in this trash right now; wait until it is done".to_owned(),
        );
    }
    Ok(known)
}

/// Refuses to put anything back while other files of the deletion lie where nobody can look.
fn none_absent(parts: &[(Part, &Row)]) -> Result<(), String> {
    let known = parts.iter().filter_map(|(_, row)| row.known());
    let mut absent = known.flat_map(|it| it.absent.iter().map(move |root| (it.is_copy, root)));
    absent.next().map_or(Ok(()), |(is_copy, root)| {
        let root = scrub(root);
        let own = parts.first().map(|(part, _)| part.shown());
        let own = own.unwrap_or_default();
        let (own, gone) = (shell_quote(&own), shell_quote(&root));
        Err(if is_copy {
            format!(
                "this is a copy, and other files of it lie in the trash of {root}, of which no copy is watched; watch that, too"
            )
        } else {
            format!(
                "other files of it lie in the trash of {root}, which is not there; mount it again (`stateward undo {own} --gone \
                 {gone} --write` does without it)"
            )
        })
    })
}

/// All parts of the deletion that the chosen one is of; refuses while somebody is at work on one of them.
fn all_at_rest<'m>(model: &'m Model, row: &'m Row) -> Result<Vec<(Part, &'m Row)>, String> {
    at_rest(row)?;
    let parts = parts(model, row);
    for (_, row) in parts.iter().filter(|(_, row)| row.known().is_some()) {
        at_rest(row)?;
    }
    Ok(parts)
}

const NOTHING_REPLACED: &str = "Nothing is replaced: a file whose place is taken stays in the trash. Metadata comes last, so nothing half \
     back can be restored from.";

const LOOKING: &str = "Looking whether every file is there that what comes back names …";

/// Refuses to put anything back while it is being removed for good in any root: of that only what is whole everywhere comes back.
fn refuse_going(parts: &[(Part, &Row)]) -> Result<(), String> {
    let known: Vec<&Known> = parts.iter().filter_map(|(_, row)| row.known()).collect();
    let is_going = |it: &&Known| matches!(it.stage, Some(Stage::Purging | Stage::Purged));
    if !known.iter().any(is_going) {
        return Ok(());
    }
    let whole = intact(known.iter().copied());
    let mut there = known.iter().flat_map(|it| &it.targets);
    let still = if there.any(|it| it.files > 0 && whole.contains(&*it.identity)) {
        "; from a shell `stateward undo` puts back what is whole still."
    } else {
        "; those do not come back."
    };
    Err(format!("its files are being removed for good{still}"))
}

fn target_line(target: &Target) -> Option<(Tone, String)> {
    (target.files > 0).then(|| {
        let name = scrub(&target.name);
        let text = format!("{name}: {}, {}", files(target.files), exact(target.bytes));
        (Tone::Plain, text)
    })
}

const FOR_GOOD: &str = "This removes files for good. It cannot be undone.";
