//! `stateward trash purge`: what has lain in the trash long enough goes for good.

use std::io::{self, BufRead as _, IsTerminal as _, Write};

use jiff::Timestamp;

use crate::action::purge as purging;
use crate::action::trash::search::Found;
use crate::action::trash::{Stage, files};
use crate::cli::args::TrashPurge;
use crate::cli::connect;
use crate::cli::operate::interruption;
use crate::cli::report::{Outcome, Report, ReportKind};
use crate::cli::told::Told;
use crate::domain::size::iec;
use crate::domain::time;

use super::{batches, below, no_batch, surroundings};

pub(super) fn run(
    args: &TrashPurge,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome, Report> {
    let permission = connect::permission_of(args.write)?;
    let now = Timestamp::now();
    // Of what lies in the trash of a directory above nothing goes that was not named.
    let mut batches = match args.plan {
        Some(_) => batches(&args.paths)?,
        None => below(&args.paths)?,
    };
    batches.retain(|it| args.plan.as_ref().is_none_or(|id| it.entry.id == *id));
    if let Some(id) = args.plan.as_ref().filter(|_| batches.is_empty()) {
        return Err(no_batch(id));
    }
    let is_half = |it: &&Found| {
        let known = it.known();
        known.is_some_and(|it| it.is_unfinished && it.stage != Some(Stage::Purging))
    };
    let half: Vec<String> = batches
        .iter()
        .filter(is_half)
        .map(|it| format!("the batch {} of {}", it.entry.id, it.root.shown()))
        .collect();
    if args.plan.is_none() {
        // Asked for by its id, one that may not go yet is refused with a reason.
        batches.retain(|it| match it.known() {
            Some(known) if known.stage == Some(Stage::Purging) => true,
            Some(known) => known.purge_at(args.older_than).is_some_and(|it| it <= now),
            None => false,
        });
    }
    if !args.yes {
        agree(args, &batches, now, err)?;
    }
    let mut told = Told::new(args.json);
    let interrupted = interruption()?;
    let around = surroundings(&args.paths, &args.scope, &args.gone, &args.how)?;
    let grace = (args.older_than, now);
    for batch in &batches {
        let done = Told::along(args.rate, &interrupted, err, |course| {
            let id = &batch.entry.id;
            purging::purge(permission, &batch.root, id, grace, &around, course)
        })?;
        told.take(&batch.root.shown(), &done, out, err)?;
    }
    for it in half.iter().filter(|_| args.plan.is_none()) {
        writeln!(
            err,
            "stateward: {it} is unfinished, and nothing of it goes; `stateward resume` goes on with it first"
        )?;
    }
    if batches.is_empty() && half.is_empty() {
        writeln!(
            err,
            "stateward: nothing has lain in the trash for {}",
            time::span(args.older_than)
        )?;
    }
    told.end(out)
}

/// Asks whether what may go shall go for good.
fn agree(
    args: &TrashPurge,
    batches: &[Found],
    now: Timestamp,
    err: &mut dyn Write,
) -> Result<(), Report> {
    let known = batches.iter().filter_map(Found::known);
    // Others are refused with a reason, which needs no answer.
    let due = known.filter(|it| {
        let is_due = it.purge_at(args.older_than).is_some_and(|at| at <= now);
        it.files > 0 && (is_due || it.stage == Some(Stage::Purging))
    });
    let (mut count, mut bytes) = (0, 0_u64);
    for known in due {
        count += known.files;
        bytes = bytes.saturating_add(known.bytes);
    }
    if count == 0 {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        return Err(Report::new(
            ReportKind::Usage,
            "nobody is there to be asked whether it shall go for good; nothing was removed",
        )
        .hint("--yes does it without asking, and `stateward trash ls` only shows what may go"));
    }
    write!(
        err,
        "remove {} ({}) from the trash for good, but for what a snapshot needs? type yes to do it: ",
        files(count),
        iec(bytes)
    )?;
    err.flush()?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    if line.trim() == "yes" {
        return Ok(());
    }
    Err(Report::new(
        ReportKind::Refused,
        "nobody agreed; nothing was removed",
    ))
}
