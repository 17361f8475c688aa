//! `stateward trash`: what deletions have moved away, and how it goes for good.

mod ls;
mod purge;
mod restore;

use std::ffi::OsString;
use std::io::{self, Write};

use crate::action::surroundings::Surroundings;
use crate::action::trash::search::{Found, Search};
use crate::action::trash::whole::Whole;
use crate::action::trash::{TrashError, ways};
use crate::domain::location::Location;
use crate::domain::text::scrub;
use crate::inventory::scan::Root;
use crate::store::local::path_of;

use super::args::{How, Trash, TrashWhat};
use super::open;
use super::report::{Outcome, Report, ReportKind};

/// Runs `trash`.
///
/// # Errors
/// When what was asked for could not be done.
pub fn run(args: &Trash, out: &mut dyn Write, err: &mut dyn Write) -> Result<Outcome, Report> {
    match &args.what {
        TrashWhat::Ls(args) => ls::run(args, out, err),
        TrashWhat::Restore(args) => restore::run(args, out, err),
        TrashWhat::Purge(args) => purge::run(args, out, err),
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
pub(super) fn batches(paths: &[OsString]) -> Result<Vec<Found>, Report> {
    found(search(paths)?)
}

/// The same as far as it could be looked into, and what could not.
fn seen(paths: &[OsString]) -> Result<(Vec<Found>, Vec<TrashError>), Report> {
    let search = search(paths)?;
    let mut batches = Vec::new();
    let mut problems: Vec<TrashError> = search.passed_by().collect();
    for found in search.found() {
        match found {
            Ok(batch) => batches.push(batch),
            Err(problem) => problems.push(problem),
        }
    }
    Ok((batches, problems))
}

fn search(paths: &[OsString]) -> Result<Search, Report> {
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
    for path in &gone {
        let mut above = Search::default();
        above.above(path);
        if above.found().is_empty() {
            // There never was anything there, or it is not mounted.
            search.below(path);
        }
    }
    Ok(search)
}

fn places(paths: &[OsString]) -> Result<Vec<Location>, Report> {
    let here = [OsString::from(".")];
    let paths = if paths.is_empty() { &here } else { paths };
    paths.iter().map(|it| open::location(it)).collect()
}

fn found(search: Search) -> Result<Vec<Found>, Report> {
    let found: Result<Vec<Found>, TrashError> = search.found().into_iter().collect();
    Ok(found?)
}

/// Tells what cannot be read, and returns whether there was any.
pub(super) fn warn(batches: &[Found], err: &mut dyn Write) -> io::Result<bool> {
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

/// Where to look for snapshots that need what is in the trash, beside where its plan was made from.
pub(super) fn surroundings(
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
    Ok(Surroundings {
        also,
        gone: locations(gone)?,
        levels,
        rules: how.rules(),
        typed: Vec::new(),
    })
}

/// Tells what has nothing that could come back, and leaves it out; where nothing else is left of a deletion, it says so
/// itself.
pub(super) fn tell_what_does_not_come_back(
    deletion: &mut Whole,
    err: &mut dyn Write,
) -> io::Result<()> {
    let others = deletion.leave_out_what_does_not_come_back();
    if deletion.parts.is_empty() {
        deletion.parts = others;
        return Ok(());
    }
    for part in others {
        let root = part.root.shown();
        let is_going = part.known().is_some_and(|it| it.stage.is_some());
        if is_going {
            writeln!(
                err,
                "stateward: in {root} its files are being removed for good; those do not come back"
            )?;
        } else {
            writeln!(err, "stateward: nothing was moved by it in {root}")?;
        }
    }
    Ok(())
}

/// Directories that somebody named.
pub(super) fn locations(paths: &[OsString]) -> Result<Vec<Location>, Report> {
    paths.iter().map(|it| open::location(it)).collect()
}

/// That a trash has no such batch.
pub(super) fn no_batch(id: &str, paths: &[OsString]) -> Report {
    Report::new(
        ReportKind::NothingFound,
        format!("there is no batch {} in the trash here", scrub(id)),
    )
    .hint(listing(paths))
}

/// The command that lists what lies in the trashes of these directories.
pub(super) fn listing(paths: &[OsString]) -> String {
    let paths = paths.iter().map(|it| it.to_string_lossy());
    let paths: Vec<String> = paths.map(|it| scrub(&it).into_owned()).collect();
    ways::list(paths.iter().map(String::as_str))
}
