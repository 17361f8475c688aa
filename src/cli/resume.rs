//! `stateward resume`: what something ended half-way in a trash is gone on with.

use std::io::Write;
use std::sync::atomic::AtomicBool;

use crate::action::permission::Permission;
use crate::action::resume as resuming;
use crate::action::trash::back;
use crate::action::trash::list::Known;
use crate::action::trash::search::{self, Found};
use crate::action::trash::{Done, Stage};
use crate::domain::text::scrub;

use super::args::Resume;
use super::connect;
use super::operate::interruption;
use super::report::{Outcome, Report, ReportKind};
use super::told::Told;
use super::trash::{batches, surroundings, warn};

/// Goes on with what was begun.
///
/// # Errors
/// When nothing may be changed, nothing was begun, or it cannot be gone on with.
pub fn run(args: &Resume, out: &mut dyn Write, err: &mut dyn Write) -> Result<Outcome, Report> {
    let permission = connect::permission_of(args.write)?;
    refuse_strange_words(args)?;
    let mut batches = batches(std::slice::from_ref(&args.path))?;
    warn(&batches, err)?;
    // An undo that was ended in one root has not begun in the next ones, and is one all the same.
    let is_undoing = |it: &&Found| {
        it.known()
            .is_some_and(|it| it.stage == Some(Stage::Undoing))
    };
    let undoing: Vec<String> = batches
        .iter()
        .filter(is_undoing)
        .map(|it| it.entry.id.clone())
        .collect();
    batches.retain(|it| {
        let is_meant = |known: &Known| {
            known.is_unfinished || (undoing.contains(&it.entry.id) && known.can_be_undone())
        };
        it.known().is_some_and(is_meant)
    });
    batches.extend(search::other_halves(&batches)?);
    if batches.is_empty() {
        let path = args.path.to_string_lossy();
        return Err(Report::new(
            ReportKind::NothingFound,
            format!("nothing in the trash of {} is unfinished", scrub(&path)),
        )
        .hint("`stateward trash ls` lists what there is"));
    }
    let is_begun = |it: &Found| it.known().is_some_and(|it| it.stage == Some(Stage::Begun));
    if args.connect.clusters.is_empty() && batches.iter().any(is_begun) {
        writeln!(
            err,
            "stateward: note: no cluster is connected (--flink): whether a job was started from what is half deleted is not \
             known; `stateward undo` puts it back"
        )?;
    }
    let mut told = Told::new(args.json);
    let interrupted = interruption()?;
    for batch in &batches {
        let done = go_on(permission, args, batch, &interrupted, err)?;
        told.take(&batch.root.shown(), &done, out, err)?;
    }
    told.end(out)
}

/// A word that is about none of the clusters is a slip, and whoever typed it believes to have said something.
fn refuse_strange_words(args: &Resume) -> Result<(), Report> {
    let words = connect::words_of_silent(&args.connect);
    let strange = args.confirm.iter().find(|it| !words.contains(it));
    strange.map_or(Ok(()), |word| {
        let message = format!(
            "`{}` is about none of the clusters; nothing was done",
            scrub(word)
        );
        Err(Report::new(ReportKind::Usage, message)
            .hint("'silent CLUSTER' says that nothing of it is in use on one that does not answer"))
    })
}

fn go_on(
    permission: Permission,
    args: &Resume,
    batch: &Found,
    interrupted: &AtomicBool,
    err: &mut dyn Write,
) -> Result<Done, Report> {
    let around = surroundings(
        std::slice::from_ref(&args.path),
        &args.scope,
        &args.gone,
        &args.how,
    )?;
    let clusters = connect::clusters(&args.connect);
    let done = Told::along(args.rate, interrupted, err, |course| {
        let id = &batch.entry.id;
        if batch.known().is_some_and(|known| !known.is_unfinished) {
            return back::undo(permission, batch.root.tree(), id, course);
        }
        let asked = resuming::Asked {
            clusters: &clusters,
            typed: &args.confirm,
        };
        resuming::resume(permission, &batch.root, id, &around, asked, course)
    })?;
    Ok(done)
}
