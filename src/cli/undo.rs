//! `stateward undo`: a deletion is taken back.

use std::io::Write;

use crate::action::trash::back;
use crate::action::trash::undone::Undone;
use crate::action::trash::{list, ways, whole};
use crate::domain::text::scrub;

use super::args::Undo;
use super::connect;
use super::interruption::interruption;
use super::report::{Outcome, Report, ReportKind};
use super::told::Told;
use super::trash::{batches, locations, no_batch, tell_what_does_not_come_back, warn};

/// Undoes a deletion, in all roots that it reached into.
///
/// # Errors
/// When nothing may be changed, there is no such deletion, or it cannot be undone.
pub fn run(args: &Undo, out: &mut dyn Write, err: &mut dyn Write) -> Result<Outcome, Report> {
    let permission = connect::permission_of(args.write)?;
    let batches = batches(std::slice::from_ref(&args.path))?;
    if args.plan.is_none() {
        warn(&batches, err)?;
    }
    let mut deletions = whole::whole(batches);
    let id = if let Some(id) = &args.plan {
        id.clone()
    } else {
        let newest = deletions.iter().filter(|it| it.can_be_undone());
        let newest = newest.max_by(|one, other| one.age().cmp(&other.age()));
        let nothing = || {
            let path = args.path.to_string_lossy();
            let path = scrub(&path);
            Report::new(
                ReportKind::NothingFound,
                format!("nothing in the trash of {path} can be undone"),
            )
            .hint(ways::list([&*path]))
        };
        newest.ok_or_else(nothing)?.id.clone()
    };
    deletions.retain(|it| it.id == id);
    if deletions.is_empty() {
        return Err(no_batch(&id, std::slice::from_ref(&args.path)));
    }
    let gone = locations(&args.gone)?;
    for deletion in &mut deletions {
        deletion.refuse_absent(&gone)?;
        tell_what_does_not_come_back(deletion, err)?;
    }
    let mut told = Told::new(args.json);
    let interrupted = interruption()?;
    for deletion in &deletions {
        let coming = deletion.parts.iter();
        let coming = coming.map(|it| {
            let targets = it.known().map_or(&[][..], |it| &it.targets);
            let comes = |at: usize| {
                let is_whole = |it: &list::Target| deletion.is_whole(&it.identity);
                !deletion.is_going() || targets.get(at).is_some_and(is_whole)
            };
            Undone::targets(&it.root, &id, comes)
        });
        let coming = coming.collect::<Result<Vec<_>, _>>()?;
        let done = Told::along(args.rate, &interrupted, err, |course| {
            back::undo_all(permission, &deletion.trees(), &id, course)
        })
        .map_err(|error| told.failed(error))?;
        for (part, done) in deletion.parts.iter().zip(&done) {
            told.take(&part.root.shown(), done, out, err)?;
        }
        // Only once all of it is back can be told what is whole.
        for (part, coming) in deletion.parts.iter().zip(&coming) {
            told.look_at(&part.root, &coming.coming(), err)?;
        }
    }
    told.end(out, err)
}
