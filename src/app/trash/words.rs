//! What is to be known of a batch, in words.

use crate::action::trash::Stage;
use crate::action::trash::list::Known;
use crate::app::explain::Tone;
use crate::domain::size::{iec, thousands};

/// What is to be known of a batch at once: what happened to it, and what can be done.
pub fn sentence(known: &Known) -> (Tone, String) {
    let held = format!("{} ({})", files(known.files), iec(known.bytes));
    let moved = format!(
        "{} of {}",
        thousands(known.files as u64),
        files(known.moves)
    );
    match known.stage {
        Some(_) if known.is_under_way => (
            Tone::Busy,
            format!("Somebody is at work in this trash right now: {moved} lie in it. It is looked at again by and by."),
        ),
        Some(_) if known.is_restoring => (
            Tone::Bad,
            "UNFINISHED: something ended the putting back of single targets half-way. r goes on with it.".to_owned(),
        ),
        Some(Stage::Begun) => (
            Tone::Bad,
            format!("UNFINISHED: something ended the deletion half-way, with {moved} moved. r goes on with it, u puts everything back."),
        ),
        Some(Stage::Undoing) => (
            Tone::Bad,
            format!("UNFINISHED: something ended the putting back half-way, with {moved} in the trash still. r or u goes on with it."),
        ),
        Some(Stage::Purging) => (
            Tone::Bad,
            "UNFINISHED: it is being removed for good, and something ended that half-way. r goes on with it.".to_owned(),
        ),
        Some(Stage::Done | Stage::Undone) if known.files > 0 => (
            Tone::Plain,
            match known.files - known.taken.min(known.files) {
                0 => format!("{held} cannot be put back: something else is at the place of each."),
                _ if known.taken == 0 => format!("{held} can be put back."),
                free => format!(
                    "{} of {held} can be put back; something else is at the place of the others.",
                    thousands(free as u64)
                ),
            },
        ),
        Some(Stage::Done) if known.is_bare => (
            Tone::Plain,
            "Empty directories, which can be made again.".to_owned(),
        ),
        Some(Stage::Undone) => put_back(known),
        Some(Stage::Done) => (Tone::Plain, "No file of it lies in the trash any more.".to_owned()),
        Some(Stage::Purged) => (Tone::Plain, "Its files are gone for good.".to_owned()),
        None => (
            Tone::Plain,
            "Nothing was moved: something ended it before it began.".to_owned(),
        ),
    }
}

/// What came of putting everything back, by what lies there now.
fn put_back(known: &Known) -> (Tone, String) {
    let of = files(known.moves);
    match (known.lost, known.changed) {
        (0, 0) => (Tone::Plain, "Everything is back where it lay.".to_owned()),
        (lost, 0) => (
            Tone::Warning,
            format!(
                "It was put back, but {lost} of {of} lie neither where they lay nor in this trash."
            ),
        ),
        (0, changed) => (
            Tone::Warning,
            format!(
                "It was put back, but {changed} of {of} have another length than when they were deleted."
            ),
        ),
        (lost, changed) => (
            Tone::Warning,
            format!(
                "It was put back, but of {of} {lost} lie neither where they lay nor in this trash, and {changed} have \
                 another length than when they were deleted."
            ),
        ),
    }
}

/// So many files, for people.
pub(super) fn files(count: usize) -> String {
    match count {
        1 => "1 file".to_owned(),
        _ => format!("{} files", thousands(count as u64)),
    }
}
