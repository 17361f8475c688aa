//! `stateward ls`: snapshots as a table.

use std::io::Write;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use crate::analysis::document::SCHEMA;
use crate::analysis::marked::is_of;
use crate::analysis::{order, ownership};
use crate::app::filter::Filter;
use crate::app::sort::Row;
use crate::domain::cluster::{Cluster, Contact};
use crate::domain::size::iec;
use crate::domain::snapshot::{Health, Snapshot};
use crate::domain::space::LineageSpace;
use crate::domain::text::scrub;
use crate::domain::time;
use crate::inventory::opened::Opened;

use super::args::Ls;
use super::connect;
use super::open::open;
use super::output::{self, Align};
use super::report::{Outcome, Report, ReportKind};
use super::summary::Summary;
use super::unfinished;

/// Lists snapshots.
///
/// # Errors
/// When a path cannot be looked at, or the filter makes no sense.
pub fn run(args: &Ls, out: &mut dyn Write, err: &mut dyn Write) -> Result<Outcome, Report> {
    let clusters = connect::clusters(&args.connect);
    for cluster in &clusters {
        if let Contact::Silent { reason, .. } = &cluster.contact {
            writeln!(
                err,
                "stateward: note: {reason}; whose a snapshot is, the disk alone tells"
            )?;
        }
    }
    let mut opened = open(&args.look)?;
    opened.hear(&clusters);
    let opened = opened;
    let now = Timestamp::now();
    let asked = opened
        .catalog
        .rows()
        .map(|row| &**row)
        .filter(|row| opened.is_asked(&row.location));
    let filter = Filter::parse(args.filter.as_deref().unwrap_or_default()).map_err(|error| {
        Report::new(
            ReportKind::Usage,
            format!("cannot understand the filter: {error}"),
        )
        .hint("for example: kind:savepoint age>7d freed>1G health:!complete")
    })?;
    let lineage_name = |row: &Snapshot| {
        let lineages = opened.catalog.lineages();
        lineages
            .iter()
            .find(|lineage| lineage.id == row.lineage)
            .map_or("", |lineage| lineage.name.as_str())
    };
    let mut rows: Vec<&Snapshot> = asked
        .filter(|row| {
            let lineage = lineage_name(row);
            let row = Row {
                snapshot: row,
                lineage,
                called: lineage,
                clusters: &clusters,
            };
            filter.matches(&row, now)
        })
        .collect();
    order::newest_first(&mut rows);
    let (marks, unreadable_marks) = opened.marks();
    let is_marked = |row: &Snapshot| marks.iter().any(|mark| is_of(mark, row));
    for problem in &unreadable_marks {
        writeln!(err, "stateward: {problem}")?;
    }
    unfinished::note(&opened, &connect::named(&args.connect), err)?;
    if args.json {
        let list = List {
            schema: SCHEMA,
            snapshots: rows
                .iter()
                .map(|row| {
                    let mut summary = Summary::from(*row);
                    summary.marked = Some(is_marked(row));
                    summary.owner = owner(row, &clusters);
                    summary
                })
                .collect(),
            lineages: lineages(&opened),
            problems: opened.problems.clone(),
        };
        output::json(out, &list)?;
    } else {
        for problem in &opened.problems {
            writeln!(err, "stateward: {problem}")?;
        }
        if let Some(unsearched) = &opened.unsearched {
            writeln!(err, "stateward: {unsearched}")?;
        }
        if rows.is_empty() {
            writeln!(err, "stateward: {}", nothing(args, &opened))?;
        }
        for_people(out, &opened, &rows, &is_marked, &|row| {
            cells(row, &clusters, now)
        })?;
    }
    let unreadable =
        !opened.problems.is_empty() || rows.iter().any(|row| row.health == Health::Corrupt);
    Ok(match (rows.is_empty(), unreadable) {
        (_, true) => Outcome::BadInput,
        (true, false) => Outcome::Negative,
        (false, false) => Outcome::Done,
    })
}

/// That there is nothing to list, and where it was looked for.
fn nothing(args: &Ls, opened: &Opened) -> String {
    let asked: Vec<String> = opened.asked.iter().map(ToString::to_string).collect();
    let below = asked.join(", ");
    let mut all = opened.catalog.rows();
    match &args.filter {
        Some(filter) if all.any(|row| opened.is_asked(&row.location)) => {
            format!("no snapshot below {below} matches `{}`", scrub(filter))
        }
        _ => format!(
            "no snapshot lies below {below}, down to {} levels",
            args.look.how.levels()
        ),
    }
}

fn for_people(
    out: &mut dyn Write,
    opened: &Opened,
    rows: &[&Snapshot],
    is_marked: &dyn Fn(&Snapshot) -> bool,
    cells: &dyn Fn(&Snapshot) -> Vec<String>,
) -> std::io::Result<()> {
    let headings = [
        ("kind", Align::Left),
        ("name", Align::Left),
        ("age", Align::Right),
        ("health", Align::Left),
        ("refer", Align::Right),
        ("new", Align::Right),
        ("freed", Align::Right),
        ("format", Align::Left),
        ("rescale", Align::Left),
        ("owner", Align::Left),
    ];
    let mut first = true;
    for lineage in opened.catalog.lineages() {
        let members: Vec<Vec<String>> = rows
            .iter()
            .filter(|row| row.lineage == lineage.id)
            .map(|row| {
                let mut cells = cells(row);
                if is_marked(row) {
                    // Beside the name, which is what one looks for.
                    cells[1] = format!("{} (marked)", row.name);
                }
                cells
            })
            .collect();
        if members.is_empty() {
            continue;
        }
        if !std::mem::take(&mut first) {
            writeln!(out)?;
        }
        writeln!(
            out,
            "{}: {} restorable of {}, {} on disk",
            lineage.name,
            lineage.restorable,
            lineage.snapshots,
            iec(lineage.bytes)
        )?;
        for remark in &lineage.remarks {
            writeln!(out, "  note: {remark}")?;
        }
        output::table(out, &headings, &members)?;
    }
    Ok(())
}

/// Whose a snapshot is, by what the clusters say as far as they were asked.
fn owner(row: &Snapshot, clusters: &[Arc<Cluster>]) -> &'static str {
    ownership::of(row, clusters).owner(row).word()
}

fn cells(row: &Snapshot, clusters: &[Arc<Cluster>], now: Timestamp) -> Vec<String> {
    let dash = || "–".to_owned();
    let pending = row.health == Health::InProgress;
    let size = |bytes: u64| if pending { dash() } else { iec(bytes) };
    let bound = |is_bound: bool, bytes: u64| {
        let at_most = if is_bound && !pending { "≤" } else { "" };
        format!("{at_most}{}", size(bytes))
    };
    vec![
        row.kind.word().to_owned(),
        row.name.clone(),
        row.completed_at
            .or(row.changed_at)
            .map_or_else(dash, |at| time::age(at, now)),
        row.health_word().to_owned(),
        match row.sizes.refer {
            0 => size(0),
            bytes => iec(bytes),
        },
        bound(row.sizes_are_bounds, row.sizes.new),
        bound(row.freed_is_bound(), row.sizes.freed),
        row.facts
            .as_ref()
            .map_or_else(dash, |facts| facts.format.words(row.kind)),
        row.facts
            .as_ref()
            .map_or_else(dash, |facts| facts.rescale.to_string()),
        owner(row, clusters).to_owned(),
    ]
}

#[derive(Serialize)]
struct List {
    schema: u32,
    snapshots: Vec<Summary>,
    lineages: Vec<LineageSummary>,
    problems: Vec<String>,
}

#[derive(Serialize)]
struct LineageSummary {
    id: u32,
    name: String,
    jobs: Vec<String>,
    snapshots: usize,
    restorable: usize,
    latest: Option<String>,
    bytes: u64,
    space: LineageSpace,
    remarks: Vec<String>,
}

fn lineages(opened: &Opened) -> Vec<LineageSummary> {
    let summary = |lineage: &crate::domain::snapshot::Lineage| LineageSummary {
        id: lineage.id.0,
        name: lineage.name.clone(),
        jobs: lineage.jobs.iter().map(ToString::to_string).collect(),
        snapshots: lineage.snapshots,
        restorable: lineage.restorable,
        latest: lineage
            .latest
            .as_ref()
            .map(crate::domain::location::Location::to_text),
        bytes: lineage.bytes,
        space: lineage.space,
        remarks: lineage.remarks.clone(),
    };
    opened.catalog.lineages().iter().map(summary).collect()
}
