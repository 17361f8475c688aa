//! `stateward resume`: what something ended half-way in a trash is gone on with.

use std::io::Write;

use crate::action::resume as resuming;
use crate::action::trash::Stage;
use crate::action::trash::search::Found;
use crate::action::trash::ways;
use crate::action::trash::whole::{self, Whole};
use crate::analysis::guard::Word;
use crate::domain::asked::AskedCluster;
use crate::domain::text::{scrub, shell_quote};

use super::args::Resume;
use super::connect;
use super::interruption::interruption;
use super::report::{Outcome, Report, ReportKind};
use super::told::Told;
use super::trash::{batches, surroundings, warn};

/// Goes on with what was begun.
///
/// # Errors
/// When nothing may be changed, nothing was begun, or it cannot be gone on with.
pub fn run(args: &Resume, out: &mut dyn Write, err: &mut dyn Write) -> Result<Outcome, Report> {
    let permission = connect::permission_of(args.write)?;
    let batches = batches(std::slice::from_ref(&args.path))?;
    warn(&batches, err)?;
    // What is unfinished in another root is half-way here, too, whatever is written down here.
    let mut deletions = whole::whole(batches);
    deletions.retain(Whole::is_unfinished);
    refuse_strange_words(args, &deletions)?;
    let path = args.path.to_string_lossy();
    let path = scrub(&path);
    if deletions.is_empty() {
        return Err(Report::new(
            ReportKind::NothingFound,
            format!("nothing in the trash of {path} is unfinished"),
        )
        .hint(ways::list([&*path])));
    }
    let is_going = |it: &Whole| {
        let mut known = it.parts.iter().filter_map(Found::known);
        !it.is_undoing() && known.any(|it| it.stage == Some(Stage::Begun))
    };
    let is_beside_nobody = |it: &Whole| asked(it).next().is_none();
    let mut going = deletions.iter().filter(|it| is_going(it));
    if args.connect.clusters.is_empty() && going.any(is_beside_nobody) {
        writeln!(
            err,
            "stateward: note: no cluster is connected (--flink): whether a job was started from what is half deleted is not \
             known; `stateward undo {} --write` puts it back",
            shell_quote(&path)
        )?;
    }
    let around = surroundings(
        std::slice::from_ref(&args.path),
        &args.scope,
        &args.gone,
        &args.how,
    )?;
    let mut told = Told::new(args.json);
    let interrupted = interruption()?;
    for deletion in &deletions {
        if !is_going(deletion) {
            let absent = deletion.refuse_absent(&around.gone);
            absent.map_err(|error| told.failed(error))?;
        }
        let (done, end) = Told::along(args.rate, &interrupted, err, |course| {
            let asked = resuming::Asked {
                clusters: &|| connect::clusters(&args.connect),
                typed: &args.confirm,
            };
            resuming::resume(permission, deletion, &around, asked, course)
        });
        for (number, done) in done {
            let root = deletion.parts[number].root.shown();
            told.take(&root, &done, out, err)?;
        }
        end.map_err(|error| told.failed(error))?;
    }
    told.end(out, err)
}

/// The clusters that were asked about a deletion when it was begun.
fn asked(deletion: &Whole) -> impl Iterator<Item = &AskedCluster> {
    let known = deletion.parts.iter().filter_map(Found::known);
    known.flat_map(|it| &it.asked)
}

/// A word that is about none of the clusters, those asked now or when something was begun, is a slip, and whoever typed it believes to have said something.
fn refuse_strange_words(args: &Resume, deletions: &[Whole]) -> Result<(), Report> {
    let mut words = connect::words_of_silent(&args.connect);
    let before = deletions.iter().flat_map(asked);
    words.extend(before.map(|it| Word::of_silent(&scrub(&it.name))));
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
