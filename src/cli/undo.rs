//! `stateward undo`: a deletion is taken back.

use std::io::Write;

use crate::action::trash::back;
use crate::action::trash::list::Known;
use crate::action::trash::search::{self, Found};
use crate::action::trash::undone::Undone;
use crate::domain::text::scrub;

use super::args::Undo;
use super::connect;
use super::operate::interruption;
use super::report::{Outcome, Report, ReportKind};
use super::told::Told;
use super::trash::{batches, no_batch, warn};

/// Undoes a deletion.
///
/// # Errors
/// When nothing may be changed, there is no such deletion, or it cannot be undone.
pub fn run(args: &Undo, out: &mut dyn Write, err: &mut dyn Write) -> Result<Outcome, Report> {
    let permission = connect::permission_of(args.write)?;
    let mut batches = batches(std::slice::from_ref(&args.path))?;
    if args.plan.is_none() {
        warn(&batches, err)?;
    }
    let can_be_undone = |it: &Found| it.known().is_some_and(Known::can_be_undone);
    let id = if let Some(id) = &args.plan {
        id.clone()
    } else {
        let newest = batches.iter().filter(|it| can_be_undone(it));
        let newest = newest.max_by(|one, other| one.age().cmp(&other.age()));
        let nothing = || {
            let path = args.path.to_string_lossy();
            let path = scrub(&path);
            Report::new(
                ReportKind::NothingFound,
                format!("nothing in the trash of {path} can be undone"),
            )
            .hint("`stateward trash ls` lists what there is")
        };
        newest.ok_or_else(nothing)?.entry.id.clone()
    };
    // A deletion in several roots is one.
    batches.retain(|it| it.entry.id == id);
    batches.extend(search::other_halves(&batches)?);
    if batches.is_empty() {
        return Err(no_batch(&id));
    }
    // Where it was ended while it was being prepared there is nothing to put back.
    let is_untouched = |it: &Found| it.known().is_some_and(|known| known.stage.is_none());
    if !batches.iter().all(is_untouched) {
        for batch in batches.iter().filter(|it| is_untouched(it)) {
            let root = batch.root.shown();
            writeln!(err, "stateward: nothing was moved by it in {root}")?;
        }
        batches.retain(|it| !is_untouched(it));
    }
    let mut told = Told::new(args.json);
    let interrupted = interruption()?;
    let mut coming = Vec::new();
    for batch in &batches {
        coming.push(Undone::batch(&batch.root, &id)?);
        let done = Told::along(args.rate, &interrupted, err, |course| {
            back::undo(permission, batch.root.tree(), &id, course)
        })?;
        told.take(&batch.root.shown(), &done, out, err)?;
    }
    // Only once all of it is back can be told what is whole.
    for (batch, coming) in batches.iter().zip(&coming) {
        told.look_at(&batch.root, coming.snapshots(), err)?;
    }
    told.end(out)
}
