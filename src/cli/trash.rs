//! `stateward trash`, `undo` and `resume`: what deletions have moved away, how it comes back, and how it goes for good.

use std::ffi::OsString;
use std::io::{self, BufRead as _, IsTerminal as _, Write};
use std::path::Path;
use std::sync::atomic::AtomicBool;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::action::permission::Permission;
use crate::action::purge as purging;
use crate::action::resume as resuming;
use crate::action::surroundings::Surroundings;
use crate::action::trash::list::{self, Known};
use crate::action::trash::search::{self, Found, Search};
use crate::action::trash::undone::Undone;
use crate::action::trash::{Done, GRACE, Stage, TrashError, back, files};
use crate::analysis::document::SCHEMA;
use crate::domain::location::Location;
use crate::domain::size::iec;
use crate::domain::text::scrub;
use crate::domain::time;
use crate::inventory::scan::Root;
use crate::store::local::path_of;

use super::args::{How, Resume, Trash, TrashLs, TrashPurge, TrashRestore, TrashWhat, Undo};
use super::open;
use super::operate::interruption;
use super::output::{self, Align};
use super::report::{Outcome, Report, ReportKind};
use super::told::Told;

/// No more targets of a batch are named in a table.
const MOST_NAMES: usize = 3;

/// Runs `trash`.
///
/// # Errors
/// When what was asked for could not be done.
pub fn run(args: &Trash, out: &mut dyn Write, err: &mut dyn Write) -> Result<Outcome, Report> {
    match &args.what {
        TrashWhat::Ls(args) => ls(args, out, err),
        TrashWhat::Restore(args) => restore(args, out, err),
        TrashWhat::Purge(args) => purge(args, out, err),
    }
}

/// The batches in the trashes of some directories and of those below them.
fn below(paths: &[OsString]) -> Result<Vec<Found>, Report> {
    let mut search = Search::default();
    for path in &places(paths)? {
        search.below(path_of(path)?);
    }
    found(search)
}

/// The same, and what lay in these directories and is in the trash of one above them. They need not be there any more.
fn batches(paths: &[OsString]) -> Result<Vec<Found>, Report> {
    let mut search = Search::default();
    let places = places(paths)?;
    let (mut there, mut gone) = (Vec::new(), Vec::new());
    for place in &places {
        let path = path_of(place)?;
        if path.exists() {
            there.push(path);
        } else {
            gone.push(path);
        }
    }
    for path in &there {
        search.below(path);
    }
    for path in there.iter().chain(&gone) {
        search.above(path);
    }
    let batches = found(search)?;
    if let (true, [path, ..]) = (batches.is_empty(), gone.as_slice()) {
        // There never was anything there, or it is not mounted.
        let mut search = Search::default();
        search.below(path);
        return found(search);
    }
    Ok(batches)
}

fn places(paths: &[OsString]) -> Result<Vec<Location>, Report> {
    let here = [OsString::from(".")];
    let paths = if paths.is_empty() { &here } else { paths };
    paths.iter().map(|path| open::location(path)).collect()
}

fn found(search: Search) -> Result<Vec<Found>, Report> {
    let found: Result<Vec<Found>, TrashError> = search.found().into_iter().collect();
    Ok(found?)
}

/// Tells what cannot be read, and returns whether there was any.
fn warn(batches: &[Found], err: &mut dyn Write) -> io::Result<bool> {
    let problems = batches
        .iter()
        .filter_map(|it| it.entry.known.as_ref().err());
    let mut any = false;
    for problem in problems {
        any = true;
        writeln!(err, "stateward: {problem}")?;
    }
    Ok(any)
}

fn ls(args: &TrashLs, out: &mut dyn Write, err: &mut dyn Write) -> Result<Outcome, Report> {
    let batches = batches(&args.paths)?;
    let has_problems = warn(&batches, err)?;
    if args.json {
        let list: Vec<Value> = batches.iter().map(document).collect();
        output::json(out, &json!({ "schema": SCHEMA, "batches": list }))?;
    } else if batches.is_empty() {
        writeln!(err, "stateward: nothing lies in a trash here")?;
    } else {
        table(&batches, Timestamp::now(), out)?;
    }
    Ok(if has_problems {
        Outcome::BadInput
    } else if batches.is_empty() {
        Outcome::Negative
    } else {
        Outcome::Done
    })
}

fn table(batches: &[Found], now: Timestamp, out: &mut dyn Write) -> io::Result<()> {
    let headings = [
        ("batch", Align::Left),
        ("state", Align::Left),
        ("since", Align::Right),
        ("files", Align::Right),
        ("size", Align::Right),
        ("may go", Align::Right),
        ("by", Align::Left),
        ("root", Align::Left),
        ("what", Align::Left),
    ];
    let cells: Vec<Vec<String>> = batches
        .iter()
        .filter_map(|it| {
            let known = it.known()?;
            Some(vec![
                it.entry.id.clone(),
                known.state().to_owned(),
                known
                    .since
                    .map_or_else(|| "-".to_owned(), |it| time::age(it, now)),
                moved(known),
                iec(known.bytes),
                may_go(known, now),
                scrub(&known.by).into_owned(),
                it.root.shown(),
                names(known),
            ])
        })
        .collect();
    output::table(out, &headings, &cells)
}

/// How many files lie there; of what is unfinished, of how many.
fn moved(known: &Known) -> String {
    if known.is_unfinished && known.moves > 0 {
        format!("{} of {}", known.files, known.moves)
    } else {
        known.files.to_string()
    }
}

fn may_go(known: &Known, now: Timestamp) -> String {
    match known.purge_at(GRACE) {
        None => "-".to_owned(),
        Some(at) if at <= now => "now".to_owned(),
        Some(at) => time::until(at, now),
    }
}

fn names(known: &Known) -> String {
    // What came back, or has gone for good, is not there.
    let is_left = |it: &&list::Target| it.files > 0 || known.files == 0;
    let targets: Vec<&list::Target> = known.targets.iter().filter(is_left).collect();
    let is_alone = |name: &str| targets.iter().filter(|it| it.name == name).count() == 1;
    let shown = targets.iter().take(MOST_NAMES);
    let shown: Vec<_> = shown
        .map(|it| match &it.at {
            Some(at) if !is_alone(&it.name) => scrub(at),
            _ => scrub(&it.name),
        })
        .collect();
    match targets.len().saturating_sub(MOST_NAMES) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn document(batch: &Found) -> Value {
    let mut value = json!({ "root": batch.root.shown(), "id": batch.entry.id });
    match &batch.entry.known {
        Err(problem) => value["problem"] = json!(problem),
        Ok(known) => {
            value["state"] = json!(known.stage.map(Stage::word));
            value["unfinished"] = json!(known.is_unfinished);
            value["under_way"] = json!(known.is_under_way);
            value["at"] = json!(known.at);
            value["since"] = json!(known.since);
            value["purge_at"] = json!(known.purge_at(GRACE));
            value["by"] = json!(known.by);
            value["verb"] = json!(known.verb);
            value["files"] = json!(known.files);
            value["bytes"] = json!(known.bytes);
            let target = |it: &list::Target| json!({ "name": it.name, "at": it.at, "files": it.files, "bytes": it.bytes });
            value["targets"] = known.targets.iter().map(target).collect();
        }
    }
    value
}

fn restore(
    args: &TrashRestore,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome, Report> {
    let permission = super::connect::permission_of(args.write)?;
    let mut batches = batches(std::slice::from_ref(&args.path))?;
    batches.retain(|it| args.plan.as_ref().is_none_or(|id| it.entry.id == *id));
    let mut chosen: Vec<(Found, Vec<String>)> =
        batches.into_iter().map(|it| (it, Vec::new())).collect();
    for name in &args.names {
        let mut meant = Vec::new();
        for (number, (it, _)) in chosen.iter().enumerate() {
            let targets = it.known().into_iter().flat_map(|it| &it.targets);
            let those = targets.filter(|target| is_meant(name, &it.root, target));
            meant
                .extend(those.map(|it| (number, it.at.clone().unwrap_or_else(|| it.name.clone()))));
        }
        let [(number, at)] = meant.as_slice() else {
            return Err(not_one(args, name, &meant));
        };
        if let Some((_, names)) = chosen.get_mut(*number) {
            names.push(at.clone());
        }
    }
    chosen.retain(|(_, names)| !names.is_empty());
    let mut told = Told::new(args.json);
    let interrupted = interruption()?;
    for (batch, names) in &chosen {
        let known = batch.known();
        let is_chosen = |at: usize| {
            let target = known.and_then(|it| it.targets.get(at));
            let name = target.map(|it| it.at.as_ref().unwrap_or(&it.name));
            name.is_some_and(|it| names.contains(it))
        };
        let coming = Undone::targets(&batch.root, &batch.entry.id, is_chosen)?;
        let done = Told::along(args.rate, &interrupted, err, |course| {
            back::restore(
                permission,
                batch.root.tree(),
                &batch.entry.id,
                names,
                course,
            )
        })?;
        told.take(&batch.root.shown(), &done, out, err)?;
        told.look_at(&batch.root, coming.snapshots(), err)?;
    }
    told.end(out)
}

/// Whether a target of which something lies in the trash is the one of this name, path, or end of a path.
fn is_meant(name: &str, root: &list::Root, target: &list::Target) -> bool {
    let is_at = |at: &String| {
        let ends = at
            .strip_suffix(name)
            .is_some_and(|rest| rest.ends_with('/'));
        at == name || ends || root.path().join(at) == Path::new(name)
    };
    target.files > 0 && (target.name == name || target.at.as_ref().is_some_and(is_at))
}

fn not_one(args: &TrashRestore, name: &str, meant: &[(usize, String)]) -> Report {
    let (name, path) = (scrub(name), args.path.to_string_lossy());
    if !meant.is_empty() {
        let places: Vec<_> = meant.iter().map(|(_, at)| scrub(at)).collect();
        return Report::new(
            ReportKind::Refused,
            format!("there are several {name} in the trash of {}", scrub(&path)),
        )
        .hint(format!(
            "name one by its path, or its batch by --plan ID: {}",
            places.join(", ")
        ));
    }
    Report::new(
        ReportKind::NothingFound,
        format!("there is no {name} in the trash of {}", scrub(&path)),
    )
    .hint("`stateward trash ls` lists what there is; --json names all of it")
}

fn purge(args: &TrashPurge, out: &mut dyn Write, err: &mut dyn Write) -> Result<Outcome, Report> {
    let permission = super::connect::permission_of(args.write)?;
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

/// Where to look for snapshots that need what is in the trash, beside where its plan was made from.
fn surroundings(
    paths: &[OsString],
    scope: &[OsString],
    gone: &[OsString],
    how: &How,
) -> Result<Surroundings, Report> {
    let here = [OsString::from(".")];
    let paths = if paths.is_empty() { &here } else { paths };
    let levels = how.levels();
    let mut also = Vec::new();
    for place in paths.iter().chain(scope) {
        also.push(Root {
            location: open::location(place)?,
            depth: levels,
        });
    }
    let gone = gone.iter().map(|it| open::location(it));
    Ok(Surroundings {
        also,
        gone: gone.collect::<Result<_, _>>()?,
        levels,
        rules: how.rules(),
    })
}

/// Undoes a deletion.
///
/// # Errors
/// When nothing may be changed, there is no such deletion, or it cannot be undone.
pub fn undo(args: &Undo, out: &mut dyn Write, err: &mut dyn Write) -> Result<Outcome, Report> {
    let permission = super::connect::permission_of(args.write)?;
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

/// Goes on with what was begun.
///
/// # Errors
/// When nothing may be changed, nothing was begun, or it cannot be gone on with.
pub fn resume(args: &Resume, out: &mut dyn Write, err: &mut dyn Write) -> Result<Outcome, Report> {
    let permission = super::connect::permission_of(args.write)?;
    let mut batches = batches(std::slice::from_ref(&args.path))?;
    warn(&batches, err)?;
    batches.retain(|it| it.known().is_some_and(|known| known.is_unfinished));
    batches.extend(search::other_halves(&batches)?);
    if batches.is_empty() {
        let path = args.path.to_string_lossy();
        return Err(Report::new(
            ReportKind::NothingFound,
            format!("nothing in the trash of {} is unfinished", scrub(&path)),
        )
        .hint("`stateward trash ls` lists what there is"));
    }
    let mut told = Told::new(args.json);
    let interrupted = interruption()?;
    for batch in &batches {
        let done = go_on(permission, args, batch, &interrupted, err)?;
        told.take(&batch.root.shown(), &done, out, err)?;
    }
    told.end(out)
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
    let done = Told::along(args.rate, interrupted, err, |course| {
        let id = &batch.entry.id;
        resuming::resume(permission, &batch.root, id, &around, course)
    })?;
    Ok(done)
}

fn no_batch(id: &str) -> Report {
    Report::new(
        ReportKind::NothingFound,
        format!("there is no batch {} in the trash here", scrub(id)),
    )
    .hint("`stateward trash ls` lists what there is")
}
