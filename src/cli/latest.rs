//! `stateward latest`: the path to restart from.

use std::io::Write;

use jiff::Timestamp;
use serde::Serialize;

use crate::analysis::document::SCHEMA;
use crate::analysis::latest::{Choice, choose};
use crate::domain::location::Location;
use crate::domain::snapshot::{Kind, Lineage, Snapshot};
use crate::domain::time;
use crate::inventory::mapping;

use super::args::{KindName, Latest};
use super::open::{Opened, open};
use super::output;
use super::report::{Outcome, Report, ReportKind};
use super::summary::Summary;

/// Prints the snapshot to restart from.
///
/// # Errors
/// When no lineage has a restorable snapshot, or several have one and none was named.
pub fn run(args: &Latest, out: &mut dyn Write, err: &mut dyn Write) -> Result<Outcome, Report> {
    let opened = open(&args.look)?;
    for problem in &opened.problems {
        writeln!(
            err,
            "stateward: {problem}; what lies there was not considered"
        )?;
    }
    let rows: Vec<&Snapshot> = opened
        .catalog
        .rows()
        .map(|row| &**row)
        .filter(|row| opened.is_asked(&row.location))
        .filter(|row| match args.kind {
            None => true,
            Some(KindName::Savepoint) => row.kind == Kind::Savepoint,
            Some(KindName::Checkpoint) => row.kind != Kind::Savepoint,
        })
        .collect();
    let lineage = choose_lineage(args, &opened, &rows)?;
    let choice = choose(rows.iter().copied().filter(|row| row.lineage == lineage.id));
    let remarks: Vec<&String> = choice.remarks.iter().chain(&lineage.remarks).collect();
    if args.explain || (choice.chosen.is_none() && !args.json) {
        explain(err, &choice, lineage)?;
    } else {
        for remark in &remarks {
            writeln!(err, "stateward: note: {remark}")?;
        }
    }
    let path = choice
        .chosen
        .map(|chosen| mapping::as_flink_names_it(&args.look.how.mappings, &chosen.location));
    if args.json {
        output::json(out, &answer(&choice, path.as_ref(), lineage))?;
    } else if let Some(path) = &path {
        out.write_all(path.as_bytes())?;
        out.write_all(b"\n")?;
    }
    Ok(if path.is_some() {
        Outcome::Done
    } else {
        Outcome::Negative
    })
}

fn choose_lineage<'o>(
    args: &Latest,
    opened: &'o Opened,
    rows: &[&Snapshot],
) -> Result<&'o Lineage, Report> {
    let present = |lineage: &&Lineage| rows.iter().any(|row| row.lineage == lineage.id);
    let lineages: Vec<&Lineage> = opened.catalog.lineages().iter().filter(present).collect();
    let asked: Vec<String> = opened.asked.iter().map(Location::to_string).collect();
    let named = |lineage: &&&Lineage| {
        args.lineage.as_ref().is_none_or(|wanted| {
            lineage.name == *wanted
                || lineage
                    .jobs
                    .iter()
                    .any(|job| wanted.len() >= 4 && job.to_string().starts_with(wanted.as_str()))
        })
    };
    let matching: Vec<&Lineage> = lineages.iter().filter(named).copied().collect();
    // What can never be restored does not make the question ambiguous.
    let restorable: Vec<&Lineage> = matching
        .iter()
        .copied()
        .filter(|lineage| {
            rows.iter()
                .any(|row| row.lineage == lineage.id && row.is_restorable())
        })
        .collect();
    let list = |lineages: &[&Lineage]| {
        let names: Vec<&str> = lineages
            .iter()
            .map(|lineage| lineage.name.as_str())
            .collect();
        names.join(", ")
    };
    match (restorable.as_slice(), matching.as_slice()) {
        ([only], _) | ([], [only]) => Ok(only),
        ([], []) if lineages.is_empty() => {
            Err(Report::new(ReportKind::NothingFound, format!("no snapshot below {}", asked.join(", "))).hint(
                "a checkpoint is a directory chk-<number> with a file _metadata in it, a savepoint any directory with one",
            ))
        }
        ([], []) => Err(Report::new(
            ReportKind::NothingFound,
            format!("no lineage `{}` below {}", args.lineage.as_deref().unwrap_or_default(), asked.join(", ")),
        )
        .hint(format!("there are: {}", list(&lineages)))),
        ([], several) => Err(Report::new(
            ReportKind::NothingFound,
            format!("none of the {} lineages below {} has a restorable snapshot", several.len(), asked.join(", ")),
        )
        .hint("`stateward ls` tells what is wrong with each")),
        (several, _) => Err(Report::new(
            ReportKind::Usage,
            format!(
                "{} lineages below {} have a restorable snapshot, and the newest of one is not the one to restart another \
                 from",
                several.len(),
                asked.join(", ")
            ),
        )
        .hint(format!("choose with --lineage, or name a job's directory: {}", list(several)))),
    }
}

fn explain(err: &mut dyn Write, choice: &Choice<'_>, lineage: &Lineage) -> std::io::Result<()> {
    let now = Timestamp::now();
    let when = |row: &Snapshot| {
        row.completed_at
            .map_or_else(String::new, |at| format!(", {}", time::ago(at, now)))
    };
    match choice.chosen {
        Some(chosen) => writeln!(
            err,
            "{}: {} {}{}; metadata parses and all {} files were found with the right length",
            lineage.name,
            chosen.kind.phrase(),
            chosen.name,
            when(chosen),
            chosen.sizes.files
        )?,
        None => writeln!(err, "{}: no restorable snapshot", lineage.name)?,
    }
    for (row, reason) in &choice.runners_up {
        writeln!(
            err,
            "  not {} {}{}: {reason}",
            row.kind.phrase(),
            row.name,
            when(row)
        )?;
    }
    for remark in choice.remarks.iter().chain(&lineage.remarks) {
        writeln!(err, "  note: {remark}")?;
    }
    Ok(())
}

#[derive(Serialize)]
struct Answer {
    schema: u32,
    lineage: String,
    path: Option<String>,
    chosen: Option<Summary>,
    runners_up: Vec<RunnerUp>,
    remarks: Vec<String>,
}

#[derive(Serialize)]
struct RunnerUp {
    uri: String,
    kind: Kind,
    reason: String,
}

fn answer(choice: &Choice<'_>, path: Option<&Location>, lineage: &Lineage) -> Answer {
    let runner_up = |(row, reason): &(&Snapshot, String)| RunnerUp {
        uri: row.location.to_text(),
        kind: row.kind,
        reason: reason.clone(),
    };
    Answer {
        schema: SCHEMA,
        lineage: lineage.name.clone(),
        path: path.map(Location::to_text),
        chosen: choice.chosen.map(Summary::from),
        runners_up: choice.runners_up.iter().map(runner_up).collect(),
        remarks: choice
            .remarks
            .iter()
            .chain(&lineage.remarks)
            .cloned()
            .collect(),
    }
}
