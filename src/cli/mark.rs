//! `stateward mark`, `unmark` and `marks`: which snapshot to restart from, chosen by somebody and seen by everybody.

use std::io::Write;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::action::mark::{self as action, Placed};
use crate::analysis::document::SCHEMA;
use crate::analysis::marked::{is_of, mark_on, of_lineage, short_lived};
use crate::domain::location::Location;
use crate::domain::mark::Mark;
use crate::domain::snapshot::Snapshot;
use crate::domain::text::scrub;
use crate::domain::time;
use crate::inventory::marks;
use crate::inventory::opened::Opened;
use crate::inventory::ours::{self, home};
use crate::inventory::scan::Root;

use super::args::{Mark as MarkArgs, Marks as MarksArgs, Unmark};
use super::open;
use super::output::{self, Align};
use super::report::{Outcome, Report, ReportKind};

/// Marks a snapshot for restart, in place of the one of its lineage that was marked before.
///
/// # Errors
/// When nothing may be changed, there is no such snapshot, it is not proven to be restorable, or the mark cannot be
/// written.
pub fn mark(args: &MarkArgs, out: &mut dyn Write, err: &mut dyn Write) -> Result<Outcome, Report> {
    let permission = super::connect::permission_of(args.write)?;
    let asked = open::location(&args.snapshot)?;
    let roots = vec![Root::around(&asked, args.how.levels())];
    let opened = open::open_roots(&args.how, vec![asked.clone()], roots)?;
    let row = row(&opened, &asked)?;
    if !row.is_restorable() && !args.even_if_broken {
        return Err(Report::new(
            ReportKind::Refused,
            format!(
                "{} is {}, not proven to be restorable; nothing was marked",
                row.location,
                row.health_word()
            ),
        )
        .hint("`stateward show` tells what is wrong; --even-if-broken marks it all the same"));
    }
    let made = made(&opened, row, args.note.as_deref().unwrap_or_default());
    let placed = action::mark_instead(permission, &made, &older(&opened, row))
        .map_err(|error| Report::new(ReportKind::BadInput, error.to_string()))?;
    if args.json {
        let mut document = json!({ "schema": SCHEMA, "mark": marks::entry(&made) });
        document["pointer"] = placed.pointer.to_string_lossy().into();
        document["replaced"] = placed.replaced.as_ref().map_or(Value::Null, marks::entry);
        document["aside"] = placed.aside.clone().into();
        document["retired"] = placed.retired.iter().map(marks::entry).collect();
        document["standing"] = placed.standing.clone().into();
        output::json(out, &document)?;
    } else {
        tell(&placed, err)?;
        if let Some(why) = short_lived(row) {
            writeln!(err, "stateward: {why}")?;
        }
        writeln!(out, "{}", scrub(&placed.pointer.to_string_lossy()))?;
    }
    Ok(Outcome::Done)
}

/// The snapshot in a place.
///
/// # Errors
/// When none is there.
pub(super) fn row<'o>(opened: &'o Opened, asked: &Location) -> Result<&'o Arc<Snapshot>, Report> {
    opened.catalog.row(asked).ok_or_else(|| {
        Report::new(
            ReportKind::NothingFound,
            format!("{asked} is not a snapshot: it has no _metadata"),
        )
        .hint("`stateward ls` lists what there is")
    })
}

/// The mark of a snapshot, made now.
fn made(opened: &Opened, row: &Snapshot, note: &str) -> Mark {
    let lineages = opened.catalog.lineages();
    let lineage = lineages.iter().find(|lineage| lineage.id == row.lineage);
    Mark {
        by: ours::whoever(),
        note: scrub(note).into_owned(),
        ..mark_on(row, lineage, Timestamp::now())
    }
}

/// The marks that the snapshot's lineage has now.
fn older(opened: &Opened, row: &Snapshot) -> Vec<Mark> {
    let (marks, _) = opened.marks();
    let rows: Vec<&Snapshot> = opened.catalog.rows().map(|row| &**row).collect();
    let lineages = opened.catalog.lineages();
    let lineage = lineages.iter().find(|lineage| lineage.id == row.lineage);
    lineage.map_or_else(Vec::new, |lineage| {
        of_lineage(&marks, lineage, &rows)
            .into_iter()
            .cloned()
            .collect()
    })
}

fn tell(placed: &Placed, err: &mut dyn Write) -> std::io::Result<()> {
    for replaced in placed.replaced.iter().chain(&placed.retired) {
        writeln!(
            err,
            "stateward: this replaces the mark of {}, set{} {}",
            replaced.snapshot.shown(),
            match scrub(&replaced.by) {
                by if by.is_empty() => String::new(),
                by => format!(" by {by}"),
            },
            time::ago(replaced.at, Timestamp::now())
        )?;
    }
    for why in &placed.standing {
        writeln!(err, "stateward: {why}")?;
    }
    if let Some(why) = &placed.aside {
        writeln!(
            err,
            "stateward: {why}; the mark is kept in your own state directory, where others do not see it"
        )?;
    }
    Ok(())
}

/// Removes the mark of a snapshot's lineage.
///
/// # Errors
/// When nothing may be changed, nothing is marked there, or the mark cannot be removed.
pub fn unmark(args: &Unmark, out: &mut dyn Write) -> Result<Outcome, Report> {
    let permission = super::connect::permission_of(args.write)?;
    let asked = open::location(&args.snapshot)?;
    let (all, problems) = marks::read(&[], std::slice::from_ref(&asked));
    if let Some(problem) = problems.first() {
        return Err(Report::new(ReportKind::BadInput, problem.clone()));
    }
    let named = |mark: &&Mark| {
        mark.snapshot.canonical() == asked.canonical()
            || mark.restore_path.canonical() == asked.canonical()
    };
    let none = || {
        Report::new(ReportKind::NothingFound, format!("{asked} is not marked"))
            .hint("`stateward marks` lists what is")
    };
    let found = all.iter().find(named).ok_or_else(none)?;
    let home = home(&found.snapshot).ok_or_else(none)?;
    let removed = action::unmark(permission, &home, &found.lineage, &found.jobs)
        .map_err(|error| Report::new(ReportKind::BadInput, error.to_string()))?;
    if removed.is_empty() {
        return Err(none());
    }
    if args.json {
        let removed: Vec<Value> = removed.iter().map(marks::entry).collect();
        output::json(out, &json!({ "schema": SCHEMA, "removed": removed }))?;
    } else {
        for mark in &removed {
            writeln!(out, "{}", mark.snapshot.shown())?;
        }
    }
    Ok(Outcome::Done)
}

/// Lists marks.
///
/// # Errors
/// When a path cannot be looked at.
pub fn marks(
    args: &MarksArgs,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome, Report> {
    let opened = open::open(&args.look)?;
    let (all, problems) = opened.marks();
    for problem in &problems {
        writeln!(err, "stateward: {problem}")?;
    }
    let rows: Vec<&Arc<Snapshot>> = opened.catalog.rows().collect();
    let state = |mark: &Mark| match rows.iter().find(|row| is_of(mark, row)) {
        Some(row) if row.is_restorable() => "restorable".to_owned(),
        Some(row) => row.health_word().to_owned(),
        None => "not there".to_owned(),
    };
    if args.json {
        let list: Vec<Value> = all
            .iter()
            .map(|mark| {
                let mut entry = marks::entry(mark);
                entry["state"] = state(mark).into();
                entry
            })
            .collect();
        output::json(
            out,
            &json!({ "schema": SCHEMA, "marks": list, "problems": problems }),
        )?;
    } else {
        let now = Timestamp::now();
        let headings = [
            ("lineage", Align::Left),
            ("state", Align::Left),
            ("marked", Align::Right),
            ("by", Align::Left),
            ("snapshot", Align::Left),
            ("note", Align::Left),
        ];
        let cells: Vec<Vec<String>> = all
            .iter()
            .map(|mark| {
                vec![
                    mark.lineage.clone(),
                    state(mark),
                    time::age(mark.at, now),
                    mark.by.clone(),
                    mark.snapshot.shown().into_owned(),
                    mark.note.clone(),
                ]
            })
            .collect();
        if cells.is_empty() {
            writeln!(err, "stateward: nothing is marked for restart here")?;
        } else {
            output::table(out, &headings, &cells)?;
        }
    }
    Ok(match (all.is_empty(), problems.is_empty()) {
        (_, false) => Outcome::BadInput,
        (true, true) => Outcome::Negative,
        (false, true) => Outcome::Done,
    })
}
