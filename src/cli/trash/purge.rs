//! `stateward trash purge`: what has lain in the trash long enough goes for good.

use std::io::{self, BufRead as _, IsTerminal as _, Write};

use jiff::Timestamp;

use crate::action::purge as purging;
use crate::action::surroundings::Surroundings;
use crate::action::trash::list::Known;
use crate::action::trash::search::Found;
use crate::action::trash::{Stage, files, ways};
use crate::analysis::guard::Word;
use crate::cli::args::TrashPurge;
use crate::cli::connect;
use crate::cli::interruption::interruption;
use crate::cli::report::{Outcome, Report, ReportKind};
use crate::cli::told::Told;
use crate::domain::size::iec;
use crate::domain::text::scrub;
use crate::domain::time;
use crate::inventory::much::MANY;

use super::{batches, below, listing, no_batch, surroundings, warn};

pub(super) fn run(
    args: &TrashPurge,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome, Report> {
    let permission = connect::permission_of(args.write)?;
    refuse_strange_words(&args.confirm)?;
    let now = Timestamp::now();
    // Of what lies in the trash of a directory above nothing goes that was not named.
    let mut batches = match args.plan {
        Some(_) => batches(&args.paths)?,
        None => below(&args.paths)?,
    };
    batches.retain(|it| args.plan.as_ref().is_none_or(|id| it.entry.id == *id));
    if let Some(id) = args.plan.as_ref().filter(|_| batches.is_empty()) {
        return Err(no_batch(id, &args.paths));
    }
    // One that cannot be read never goes, and takes room for ever, unless somebody is told.
    let is_unusable = args.plan.is_none() && warn(&batches, err)?;
    let is_half = |it: &&Found| {
        let known = it.known();
        known.is_some_and(|it| it.is_unfinished && !is_going(it))
    };
    let half = batches.iter().filter(is_half);
    let half: Vec<(String, String)> = half
        .map(|it| (it.entry.id.clone(), it.root.shown()))
        .collect();
    if args.plan.is_none() {
        // Asked for by its id, one that may not go yet is refused with a reason.
        batches.retain(|it| match it.known() {
            Some(known) if is_going(known) => true,
            Some(known) => known.purge_at(args.older_than).is_some_and(|it| it <= now),
            None => false,
        });
    }
    let around = Surroundings {
        typed: args.confirm.clone(),
        ..surroundings(&args.paths, &args.scope, &args.gone, &args.how)?
    };
    if !args.yes {
        agree(args, &batches, &around, now, err)?;
    }
    let mut told = Told::new(args.json);
    let interrupted = interruption()?;
    let grace = (args.older_than, now);
    for batch in &batches {
        let done = Told::along(args.rate, &interrupted, err, |course| {
            let id = &batch.entry.id;
            purging::purge(permission, &batch.root, id, grace, &around, course)
        })
        .map_err(|error| told.failed(error))?;
        told.take(&batch.root.shown(), &done, out, err)?;
    }
    for (id, root) in half.iter().filter(|_| args.plan.is_none()) {
        let on = ways::resume(root);
        writeln!(
            err,
            "stateward: the batch {id} of {root} is unfinished, and nothing of it goes; {on} goes on with it first"
        )?;
    }
    if batches.is_empty() && half.is_empty() && !is_unusable {
        writeln!(
            err,
            "stateward: nothing has lain in the trash for {}",
            time::exact_span(args.older_than)
        )?;
    }
    let end = told.end(out, err)?;
    Ok(if is_unusable { Outcome::BadInput } else { end })
}

/// A word of another sort is a slip, and whoever typed it believes to have said something.
fn refuse_strange_words(words: &[String]) -> Result<(), Report> {
    let last = Word::Last.of("");
    let strange = words.iter().find(|it| !it.starts_with(&last));
    strange.map_or(Ok(()), |word| {
        let message = format!("`{}` lets nothing go; nothing was removed", scrub(word));
        Err(Report::new(ReportKind::Usage, message)
            .hint("'last of NAME' lets go what nothing of it could be restored without"))
    })
}

/// Whether its files are being removed for good, and nothing of it was on its way back.
fn is_going(known: &Known) -> bool {
    known.stage == Some(Stage::Purging) && !known.is_restoring
}

/// Says what may go for good, what stays and why, and asks whether it shall.
fn agree(
    args: &TrashPurge,
    batches: &[Found],
    around: &Surroundings,
    now: Timestamp,
    err: &mut dyn Write,
) -> Result<(), Report> {
    // Others are refused with a reason, which needs no answer.
    let is_due = |it: &Known| {
        let is_due = it.purge_at(args.older_than).is_some_and(|at| at <= now);
        it.files > 0 && (is_due || is_going(it))
    };
    let due = batches.iter().filter(|it| it.known().is_some_and(is_due));
    let due: Vec<&Found> = due.collect();
    if due.is_empty() {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        return Err(Report::new(
            ReportKind::Usage,
            "nobody is there to be asked whether it shall go for good; nothing was removed",
        )
        .hint(format!(
            "--yes does it without asking, and {}",
            listing(&args.paths)
        )));
    }
    let (mut count, mut bytes) = (0, 0_u64);
    let (several, mut is_short) = (due.len() > 1, false);
    for batch in due {
        let (id, root) = (&batch.entry.id, batch.root.shown());
        // As nothing of a later one goes either.
        let ahead = purging::foresee(&batch.root, id, around).map_err(|why| {
            let message = format!(
                "cannot purge the batch {id} of {root}: cannot tell who needs its files: {why}"
            );
            Report::new(ReportKind::Refused, message).hint("nothing was removed")
        })?;
        count += ahead.files;
        bytes = bytes.saturating_add(ahead.bytes);
        let (going, of) = (files(ahead.files), iec(ahead.bytes));
        writeln!(err, "stateward: {id} in {root}: {going} ({of}) for good")?;
        is_short |= !ahead.staying.is_empty();
        for (why, count, bytes) in &ahead.staying {
            let (staying, of) = (files(*count), iec(*bytes));
            let stay = if *count == 1 { "stays" } else { "stay" };
            writeln!(err, "stateward:   {staying} ({of}) {stay}: {why}")?;
        }
    }
    if several && is_short {
        writeln!(
            err,
            "stateward: what stays only for one that goes before it here goes, too"
        )?;
    }
    if count == 0 {
        return Err(Report::new(
            ReportKind::Refused,
            "all of it is needed; nothing was removed",
        ));
    }
    let word = if count < MANY {
        "yes".to_owned()
    } else {
        count.to_string()
    };
    write!(
        err,
        "remove {} ({}) from the trash for good? type {word} to do it: ",
        files(count),
        iec(bytes)
    )?;
    err.flush()?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    if line.trim() == word {
        return Ok(());
    }
    Err(Report::new(
        ReportKind::Refused,
        "nobody agreed; nothing was removed",
    ))
}
