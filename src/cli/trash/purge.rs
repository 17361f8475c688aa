//! `stateward trash purge`: what has lain in the trash long enough goes for good.

use std::collections::BTreeSet;
use std::io::{self, BufRead as _, IsTerminal as _, Write};
use std::path::PathBuf;

use jiff::Timestamp;

use crate::action::purge as purging;
use crate::action::surroundings::Surroundings;
use crate::action::trash::list::{Known, Root};
use crate::action::trash::search::Found;
use crate::action::trash::whole::{self, Whole};
use crate::action::trash::{Stage, TrashErrorKind, files, ways};
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
    let has_any = !batches.is_empty();
    let mut deletions = deletions(batches);
    let mut told = Told::new(args.json);
    if !args.yes {
        agree(args, &mut deletions, &around, now, &mut told, err)?;
    }
    let interrupted = interruption()?;
    let grace = (args.older_than, now);
    for deletion in &deletions {
        let (roots, beside) = (roots(&deletion.going), roots(&deletion.beside));
        let going = deletion.of(&roots, &beside);
        let done = Told::along(args.rate, &interrupted, err, |course| {
            purging::purge(permission, going, grace, &around, course)
        });
        match done {
            Ok(done) => {
                for (root, done) in roots.iter().zip(&done) {
                    told.take(&root.shown(), done, out, err)?;
                }
            }
            // Nothing of it was touched, and others are none the worse for it.
            Err(error) if is_refusal(error.kind) => told.refused(error),
            Err(error) => {
                told.tell_refused(err)?;
                return Err(told.failed(error));
            }
        }
    }
    for (id, root) in half.iter().filter(|_| args.plan.is_none()) {
        let on = ways::resume(root);
        writeln!(
            err,
            "stateward: the batch {id} of {root} is unfinished, and nothing of it goes; {on} goes on with it first"
        )?;
    }
    if !has_any && half.is_empty() && !is_unusable {
        writeln!(
            err,
            "stateward: nothing has lain in the trash for {}",
            time::exact_span(args.older_than)
        )?;
    }
    let end = told.end(out, err)?;
    Ok(if is_unusable {
        Outcome::BadInput
    } else if end == Outcome::Done && args.plan.is_none() && !half.is_empty() {
        Outcome::Negative
    } else {
        end
    })
}

/// Whether nothing was changed.
fn is_refusal(kind: TrashErrorKind) -> bool {
    use TrashErrorKind::{Broken, NotFound, Refused};
    matches!(kind, Refused | NotFound | Broken)
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

/// A deletion, by its batches in the roots that were named, which go, and in others, which stay.
struct Deletion {
    id: String,
    going: Vec<Found>,
    beside: Vec<Found>,
}

impl Deletion {
    fn of<'r>(&'r self, roots: &'r [&'r Root], beside: &'r [&'r Root]) -> purging::Going<'r> {
        purging::Going {
            id: &self.id,
            roots,
            beside,
        }
    }
}

fn roots(found: &[Found]) -> Vec<&Root> {
    found.iter().map(|it| &*it.root).collect()
}

/// Puts batches together that are of one deletion, the oldest first: what one needs may have come along with a later one.
fn deletions(batches: Vec<Found>) -> Vec<Deletion> {
    let named = batches.iter();
    let named = named.map(|it| (it.entry.id.clone(), it.root.path().to_owned()));
    let named: BTreeSet<(String, PathBuf)> = named.collect();
    let deletions = whole::whole(batches).into_iter();
    let deletions = deletions.map(|Whole { id, parts }| {
        let is_named = |it: &Found| named.contains(&(id.clone(), it.root.path().to_owned()));
        let (going, beside) = parts.into_iter().partition(is_named);
        Deletion { id, going, beside }
    });
    let mut deletions: Vec<Deletion> = deletions.filter(|it| !it.going.is_empty()).collect();
    deletions.sort_by_key(|it| {
        let known = it.going.iter().filter_map(Found::known);
        known.filter_map(|it| it.at).min()
    });
    deletions
}

/// Says what may go for good, what stays and why, and asks whether it shall. What is refused is left out.
fn agree(
    args: &TrashPurge,
    deletions: &mut Vec<Deletion>,
    around: &Surroundings,
    now: Timestamp,
    told: &mut Told,
    err: &mut dyn Write,
) -> Result<(), Report> {
    // Others are refused with a reason, which needs no answer.
    let is_due = |it: &Known| {
        let is_due = it.purge_at(args.older_than).is_some_and(|at| at <= now);
        it.files > 0 && (is_due || is_going(it))
    };
    let is_due = |it: &&Deletion| {
        let mut known = it.going.iter().filter_map(Found::known);
        known.any(is_due)
    };
    let count_due = deletions.iter().filter(is_due).count();
    if count_due == 0 {
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
    let (mut count, mut bytes, mut is_short) = (0, 0_u64, false);
    let mut refused = BTreeSet::new();
    for (number, deletion) in deletions.iter().enumerate() {
        if !is_due(&deletion) {
            continue;
        }
        let (roots, beside) = (roots(&deletion.going), roots(&deletion.beside));
        match purging::foresee(deletion.of(&roots, &beside), around) {
            Ok(ahead) => {
                for (root, ahead) in roots.iter().zip(&ahead) {
                    count += ahead.files;
                    bytes = bytes.saturating_add(ahead.bytes);
                    is_short |= !ahead.staying.is_empty();
                    show(&deletion.id, root, ahead, err)?;
                }
            }
            Err(why) => {
                refused.insert(number);
                let at: Vec<String> = roots.iter().map(|it| it.shown()).collect();
                let message = format!(
                    "cannot purge the batch {} of {}: cannot tell who needs its files: {why}",
                    deletion.id,
                    at.join(" and ")
                );
                told.refused(
                    Report::new(ReportKind::Refused, message).hint("nothing of it was removed"),
                );
            }
        }
    }
    let mut each = 0..;
    deletions.retain(|_| each.next().is_none_or(|it| !refused.contains(&it)));
    if count_due > 1 && is_short {
        writeln!(
            err,
            "stateward: what stays only for one that goes before it here goes, too"
        )?;
    }
    if count_due == refused.len() {
        return Ok(());
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
    told.tell_refused(err)?;
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

/// Shows what goes from one root, and what stays there and why.
fn show(id: &str, root: &Root, ahead: &purging::Ahead, err: &mut dyn Write) -> io::Result<()> {
    let (going, of) = (files(ahead.files), iec(ahead.bytes));
    let root = root.shown();
    writeln!(err, "stateward: {id} in {root}: {going} ({of}) for good")?;
    for (why, count, bytes) in &ahead.staying {
        let (staying, of) = (files(*count), iec(*bytes));
        let stay = if *count == 1 { "stays" } else { "stay" };
        writeln!(err, "stateward:   {staying} ({of}) {stay}: {why}")?;
    }
    Ok(())
}
