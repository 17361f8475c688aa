//! `stateward delete`: snapshots into the trash, by a plan that says of each file whether it goes.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::domain::location::Location;
use crate::domain::plan::{Decision, FileStep, Plan, Target};
use crate::domain::size;
use crate::domain::text::{scrub, scrub_bytes};
use crate::inventory::record::counted;

use super::args::{Delete, Planning};
use super::report::{Outcome, Report, ReportKind};
use super::{open, output, plan};

/// Plans the deletion of snapshots, shows it, and carries it out.
///
/// # Errors
/// When a place is no snapshot, or nothing may be changed.
pub fn run(args: &Delete, out: &mut dyn Write, err: &mut dyn Write) -> Result<Outcome, Report> {
    let asked = args
        .snapshots
        .iter()
        .map(|snapshot| open::location(snapshot))
        .collect::<Result<Vec<Location>, _>>()?;
    let sight = plan::look(&args.planning, &asked)?;
    for place in &asked {
        if sight.opened.catalog.row(place).is_none() {
            return Err(Report::new(
                ReportKind::NothingFound,
                format!("{place} is not a snapshot"),
            )
            .hint("`stateward ls` lists what there is; nothing was deleted"));
        }
    }
    let asked: Vec<(Location, String)> = asked
        .into_iter()
        .map(|place| (place, "asked for".to_owned()))
        .collect();
    let plan = plan::judge(&args.planning, &sight, "delete", &asked);
    finish(&args.planning, &plan, out, err)
}

/// Shows a plan, or saves it, or carries it out.
fn finish(
    args: &Planning,
    plan: &Plan,
    out: &mut dyn Write,
    _err: &mut dyn Write,
) -> Result<Outcome, Report> {
    if args.json {
        output::json(out, &document(plan))?;
    } else {
        show(plan, args.files, out)?;
    }
    let refused = plan
        .targets
        .iter()
        .any(|target| target.decision != Decision::Delete);
    Ok(if refused {
        Outcome::Refused
    } else {
        Outcome::Done
    })
}

/// A plan as JSON, with its totals.
pub fn document(plan: &Plan) -> Value {
    let mut value = json!(plan);
    value["freed_bytes"] = plan.freed().into();
    value["going_files"] = plan.going().count().into();
    value
}

/// Shows a plan: each target with what goes of it and what stays, and by whom that is pinned.
///
/// # Errors
/// When it cannot be written.
pub fn show(plan: &Plan, all: bool, out: &mut dyn Write) -> io::Result<()> {
    for target in &plan.targets {
        show_target(target, all, out)?;
    }
    let going = plan.going().count();
    let snapshots = plan
        .targets
        .iter()
        .filter(|target| target.decision == Decision::Delete)
        .count();
    writeln!(
        out,
        "{snapshots} of {} would go, with {}; {} would be freed once purged from the trash",
        plan.targets.len(),
        counted(going, "file"),
        size::iec(plan.freed())
    )
}

fn show_target(target: &Target, all: bool, out: &mut dyn Write) -> io::Result<()> {
    let lineage = target
        .lineage
        .as_ref()
        .map_or_else(String::new, |lineage| format!(" of {}", scrub(lineage)));
    writeln!(
        out,
        "{} {} {}{lineage} ({})",
        word(target.decision),
        target.what,
        scrub(&target.name),
        target.asked
    )?;
    for objection in &target.objections {
        writeln!(out, "  {}: {}", objection.guard, scrub(&objection.text))?;
        if let Some(word) = &objection.overruled_by {
            writeln!(out, "    --confirm '{}' overrules this", scrub(word))?;
        }
    }
    for objection in &target.overruled {
        writeln!(
            out,
            "  overruled: {}: {}",
            objection.guard,
            scrub(&objection.text)
        )?;
    }
    let (going, staying): (Vec<&FileStep>, Vec<&FileStep>) = target
        .files
        .iter()
        .partition(|file| file.decision == Decision::Delete);
    // Of what stays as a whole, the files that would stay in any case.
    let tells =
        |file: &&FileStep| all || target.decision == Decision::Delete || !file.pinned_by.is_empty();
    let mut listed: Vec<&FileStep> = staying.into_iter().filter(tells).collect();
    if all {
        listed.splice(0..0, going);
    } else if !going.is_empty() {
        let bytes = going
            .iter()
            .fold(0_u64, |sum, file| sum.saturating_add(file.bytes));
        let what = format!("{} that nobody else names", counted(going.len(), "file"));
        writeln!(
            out,
            "  {:<7}  {:>9}  {what}",
            word(Decision::Delete),
            size::iec(bytes)
        )?;
    }
    for file in listed {
        show_file(target, file, out)?;
    }
    Ok(())
}

/// One line: what becomes of a file, its length, its path from the job's directory on, and why.
fn show_file(target: &Target, file: &FileStep, out: &mut dyn Write) -> io::Result<()> {
    let home = target.at.parent();
    let beside = |at: &Location| {
        let path = home.as_ref().and_then(|home| at.relative_to(home));
        path.map_or_else(
            || at.shown().into_owned(),
            |path| scrub_bytes(path).into_owned(),
        )
    };
    let why = if file.pinned_by.is_empty() {
        file.reason.clone()
    } else {
        let pins: Vec<String> = file.pinned_by.iter().map(beside).collect();
        format!("named by {}", pins.join(", "))
    };
    writeln!(
        out,
        "  {:<7}  {:>9}  {}  {why}",
        word(file.decision),
        size::iec(file.bytes),
        beside(&file.at)
    )
}

fn word(decision: Decision) -> &'static str {
    match decision {
        Decision::Delete => "DELETE",
        Decision::Keep => "KEEP",
        Decision::Defer => "DEFER",
        Decision::Unknown => "UNKNOWN",
    }
}
