//! `stateward verify`: can these snapshots be restored?

use std::io::Write;
use std::sync::atomic::AtomicBool;

use serde::Serialize;

use crate::analysis::document::SCHEMA;
use crate::domain::location::Location;
use crate::domain::snapshot::Health;
use crate::domain::text::scrub;
use crate::inventory::opened::Opened;
use crate::inventory::verify::{self, Depth, Verdict};

use super::args::Verify;
use super::open::open;
use super::output;
use super::report::{Outcome, Report, ReportKind};

#[derive(Serialize)]
struct Checked {
    schema: u32,
    uri: String,
    depth: u8,
    passed: bool,
    files_passed: u64,
    files_unopened: u64,
    bytes_read: u64,
    problems: Vec<String>,
}

/// Checks snapshots, one line each.
///
/// # Errors
/// When a path cannot be looked at, or there is no snapshot.
pub fn run(args: &Verify, out: &mut dyn Write, err: &mut dyn Write) -> Result<Outcome, Report> {
    let opened = open(&args.look)?;
    let depth = match args.depth {
        1 => Depth::Parse,
        2 => Depth::Exists,
        _ => Depth::Read,
    };
    let roots = opened.root_locations();
    let asked = opened
        .catalog
        .rows()
        .map(|row| row.location.clone())
        .filter(|at| opened.is_asked(at));
    let locations: Vec<Location> = asked.collect();
    if locations.is_empty() {
        let places: Vec<String> = opened.asked.iter().map(Location::to_string).collect();
        return Err(Report::new(
            ReportKind::NothingFound,
            format!("no snapshot below {}", places.join(", ")),
        ));
    }
    for problem in &opened.problems {
        writeln!(err, "stateward: {problem}")?;
    }
    // What is not complete yet is no failure, unless somebody asks for it or there is nothing else.
    let is_begun = |at: &Location| {
        let row = opened.catalog.row(at);
        row.is_some_and(|row| row.health == Health::InProgress) && !opened.asked.contains(at)
    };
    let (mut begun, mut locations): (Vec<_>, Vec<_>) = locations.into_iter().partition(is_begun);
    if locations.is_empty() {
        std::mem::swap(&mut begun, &mut locations);
    }
    for location in &begun {
        writeln!(
            err,
            "stateward: note: {location} is in progress, and was not checked"
        )?;
    }
    let mut outcome = if opened.problems.is_empty() {
        Outcome::Done
    } else {
        Outcome::BadInput
    };
    for location in &locations {
        let (mut verdict, to_read) = verify::check(&opened.catalog, location, depth, &roots);
        verify::read_all(
            &opened.store,
            &to_read,
            &mut verdict,
            &AtomicBool::new(false),
            &mut |_| {},
        );
        outcome = match (
            outcome,
            verdict.passed(),
            has_corrupt_metadata(&opened, location),
        ) {
            (_, false, true) | (Outcome::BadInput, ..) => Outcome::BadInput,
            (_, false, false) => Outcome::Negative,
            (outcome, true, _) => outcome,
        };
        tell(args, out, location, depth, &verdict)?;
    }
    Ok(outcome)
}

fn has_corrupt_metadata(opened: &Opened, location: &Location) -> bool {
    opened
        .catalog
        .row(location)
        .is_some_and(|row| row.health == Health::Corrupt)
}

fn tell(
    args: &Verify,
    out: &mut dyn Write,
    location: &Location,
    depth: Depth,
    verdict: &Verdict,
) -> std::io::Result<()> {
    if args.json {
        let checked = Checked {
            schema: SCHEMA,
            uri: location.to_text(),
            depth: args.depth,
            passed: verdict.passed(),
            files_passed: verdict.files_passed,
            files_unopened: verdict.unopened,
            bytes_read: verdict.bytes_read,
            problems: verdict.problems.clone(),
        };
        return output::json_line(out, &checked);
    }
    let word = match (
        verdict.passed(),
        verdict.problems.len() == 1 && verdict.unopened > 0,
    ) {
        (true, _) => "ok     ",
        (false, true) => "PARTLY ",
        (false, false) => "FAILED ",
    };
    writeln!(out, "{word}{location}  {}", verdict.summary(depth))?;
    for problem in &verdict.problems {
        writeln!(out, "         {}", scrub(problem))?;
    }
    Ok(())
}
