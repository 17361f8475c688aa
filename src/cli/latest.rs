//! `stateward latest`: the path to restart from.

use std::ffi::OsString;
use std::io::Write;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use crate::analysis::document::SCHEMA;
use crate::analysis::latest::{Choice, choose, passed, restore_path, unread_beside};
use crate::analysis::marked::{Marked, marked, of_lineage};
use crate::domain::cluster::{Cluster, Contact};
use crate::domain::id::JobId;
use crate::domain::location::Location;
use crate::domain::mark::Mark;
use crate::domain::snapshot::{Kind, Lineage, Snapshot};
use crate::domain::text::shell_quoted;
use crate::domain::time;
use crate::inventory::marks;
use crate::inventory::opened::Opened;
use crate::store::local::path_of;

use super::args::{KindName, Latest};
use super::connect;
use super::elsewhere;
use super::open::{open_roots, roots};
use super::output;
use super::report::{Outcome, Report, ReportKind};
use super::summary::Summary;
use super::unfinished;

/// Prints the snapshot to restart from.
///
/// # Errors
/// When no lineage has a restorable snapshot, or several have one and none was named.
pub fn run(args: &Latest, out: &mut dyn Write, err: &mut dyn Write) -> Result<Outcome, Report> {
    let clusters = connect::clusters(&args.connect);
    for cluster in &clusters {
        if let Contact::Silent { reason, .. } = &cluster.contact {
            writeln!(
                err,
                "stateward: note: {reason}; what lies there decides alone"
            )?;
        }
    }
    let opened = open_readable(args, &clusters, err)?;
    // What would be the newest may be half deleted.
    unfinished::note(&opened, &connect::named(&args.connect), err)?;
    let (choice, lineage) = choice(args, &opened)?;
    let pick = pick(args, &opened, &choice, lineage);
    for note in &pick.notes {
        writeln!(err, "stateward: {note}")?;
    }
    let elsewhere = elsewhere::newer(args, &opened, &clusters, lineage, &pick)?;
    let remarks: Vec<&str> = choice
        .remarks
        .iter()
        .chain(&lineage.remarks)
        .chain(&elsewhere)
        .map(String::as_str)
        .collect();
    if args.explain || (choice.chosen.is_none() && !args.json) {
        explain(err, &choice, lineage, &remarks)?;
    } else {
        for remark in &remarks {
            writeln!(err, "stateward: note: {remark}")?;
        }
    }
    let path = pick.row.map(restore_path);
    if args.json {
        output::json(
            out,
            &answer(&choice, &pick, path.as_ref(), lineage, &remarks),
        )?;
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

/// What to restart from, once marks are taken into account.
pub(super) struct Pick<'o> {
    /// The marked snapshot, else the newest that is restorable.
    pub(super) row: Option<&'o Snapshot>,
    /// The mark that decided it.
    pub(super) mark: Option<Mark>,
    /// What there is to say about marks.
    pub(super) notes: Vec<String>,
}

/// Prefers the marked snapshot of the lineage, as long as it is proven to be restorable.
pub(super) fn pick<'o>(
    args: &Latest,
    opened: &'o Opened,
    choice: &Choice<'o>,
    lineage: &Lineage,
) -> Pick<'o> {
    let newest = Pick {
        row: choice.chosen,
        mark: None,
        notes: Vec::new(),
    };
    if args.ignore_mark {
        return newest;
    }
    let (marks, mut notes) = opened.marks();
    let rows: Vec<&Snapshot> = opened.catalog.rows().map(|row| &**row).collect();
    let now = Timestamp::now();
    let told = |mark: &Mark| {
        let by = match mark.by.as_str() {
            "" => String::new(),
            by => format!(" by {by}"),
        };
        let note = match mark.note.as_str() {
            "" => String::new(),
            note => format!(": {note}"),
        };
        format!("{by} {}{note}", time::ago(mark.at, now))
    };
    let is_wanted = |row: &Snapshot| match args.kind {
        None => true,
        Some(KindName::Savepoint) => row.kind == Kind::Savepoint,
        Some(KindName::Checkpoint) => row.kind != Kind::Savepoint,
    };
    match marked(&marks, lineage, &rows) {
        Marked::No => Pick { notes, ..newest },
        Marked::Yes(_, row) if !is_wanted(row) => {
            notes.push(format!("{}, which is marked, is of another kind", row.name));
            Pick { notes, ..newest }
        }
        Marked::Yes(mark, row) => {
            notes.push(format!("{} is marked for restart{}", row.name, told(mark)));
            if let Some(other) = choice.chosen.filter(|it| it.location != row.location) {
                notes.push(format!(
                    "without the mark it would be {}; --ignore-mark takes it",
                    other.name
                ));
            }
            Pick {
                row: Some(row),
                mark: Some(mark.clone()),
                notes,
            }
        }
        Marked::Stale(mark, why) => {
            notes.push(format!(
                "the mark set{} is of no use now: {why}; the newest is taken instead",
                told(mark)
            ));
            let older = of_lineage(&marks, lineage, &rows);
            let older: Vec<_> = older.iter().skip(1).map(|it| it.snapshot.shown()).collect();
            if !older.is_empty() {
                notes.push(format!("older marks count no more: {}", older.join(", ")));
            }
            Pick { notes, ..newest }
        }
    }
}

/// Looks at everything, with what clusters tell of their jobs, and says what could not be looked at.
///
/// # Errors
/// When what could not be looked at may be newer than what would be chosen.
pub(super) fn open_readable(
    args: &Latest,
    clusters: &[Arc<Cluster>],
    err: &mut dyn Write,
) -> Result<Opened, Report> {
    let places = places(args, clusters);
    let (asked, roots) = roots(&places, args.look.how.levels())?;
    let mut opened = open_roots(&args.look.how, asked, roots)?;
    opened.hear(clusters);
    if let (Some(problem), None) = (opened.problems.first(), &args.lineage) {
        return Err(Report::new(
            ReportKind::BadInput,
            format!("{problem}; what lies there may be newer"),
        )
        .hint("run as a user who may read it, or choose with --lineage among what can be read"));
    }
    for problem in &opened.problems {
        writeln!(
            err,
            "stateward: {problem}; what lies there was not considered"
        )?;
    }
    if let Some(unsearched) = &opened.unsearched {
        writeln!(err, "stateward: {unsearched}")?;
    }
    Ok(opened)
}

/// Where to look: where the user says, else where the clusters say that they write to.
fn places(args: &Latest, clusters: &[Arc<Cluster>]) -> Vec<OsString> {
    if !args.look.paths.is_empty() {
        return args.look.paths.clone();
    }
    let told = connect::directories(clusters);
    told.iter()
        .filter_map(|place| Some(path_of(place).ok()?.as_os_str().to_owned()))
        .collect()
}

/// The snapshot to restart from, and its lineage.
///
/// # Errors
/// When no lineage has a restorable snapshot, or several have one and none was named.
pub(super) fn choice<'o>(
    args: &Latest,
    opened: &'o Opened,
) -> Result<(Choice<'o>, &'o Lineage), Report> {
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
    let lineage = choose_lineage(args, opened, &rows)?;
    let mut choice = choose(rows.iter().copied().filter(|row| row.lineage == lineage.id));
    if let Some(chosen) = choice.chosen {
        choice.remarks.extend(unread_beside(chosen, &rows));
    }
    Ok((choice, lineage))
}

/// The lineage to choose in: the one that was named, or the only one there is. Another one makes the question
/// ambiguous, unless nothing in it can be restored and all of it is older than what would be chosen.
fn choose_lineage<'o>(
    args: &Latest,
    opened: &'o Opened,
    rows: &[&Snapshot],
) -> Result<&'o Lineage, Report> {
    let places: Vec<String> = opened.asked.iter().map(Location::to_string).collect();
    let places = places.join(", ");
    let of = |lineage: &Lineage| {
        let id = lineage.id;
        rows.iter().copied().filter(move |row| row.lineage == id)
    };
    let present = |lineage: &&Lineage| rows.iter().any(|row| row.lineage == lineage.id);
    let lineages: Vec<&Lineage> = opened.catalog.lineages().iter().filter(present).collect();
    let names = |lineages: &[&Lineage]| {
        let names: Vec<&str> = lineages
            .iter()
            .map(|lineage| lineage.name.as_str())
            .collect();
        names.join(", ")
    };
    let wanted = args.lineage.as_deref();
    let is_named = |lineage: &Lineage| {
        wanted.is_none_or(|wanted| {
            let by_prefix = |row: &Snapshot| {
                let prefix = row.job_prefix.as_deref();
                prefix.is_some_and(|prefix| is_prefix(wanted, prefix))
            };
            lineage.name == wanted
                || lineage.jobs.iter().any(|job| is_job(wanted, *job))
                || of(lineage).any(by_prefix)
        })
    };
    let matching: Vec<&Lineage> = lineages
        .iter()
        .copied()
        .filter(|lineage| is_named(lineage))
        .collect();
    let (restorable, broken): (Vec<&Lineage>, Vec<&Lineage>) = matching
        .iter()
        .partition(|lineage| of(lineage).any(Snapshot::is_restorable));
    match (restorable.as_slice(), broken.as_slice()) {
        ([], []) => Err(nothing_there(args, &places, &names(&lineages))),
        ([], [only]) => Ok(only),
        ([], several) => Err(Report::new(
            ReportKind::NothingFound,
            format!("none of the {} lineages below {places} has a restorable snapshot", several.len()),
        )
        .hint("`stateward ls` tells what is wrong with each")),
        ([only], broken) => {
            let newest = of(only).filter(|row| row.is_restorable()).filter_map(|row| row.completed_at).max();
            // A job that has not completed anything yet takes nothing away from what is restorable.
            let alive = |lineage: &&&Lineage| of(lineage).any(|row| row.completed_at > newest);
            let rivals: Vec<&Lineage> = broken.iter().filter(alive).copied().collect();
            if rivals.is_empty() {
                return Ok(only);
            }
            Err(Report::new(
                ReportKind::NothingFound,
                format!(
                    "{} is newer than anything restorable below {places}, but nothing of it can be restored, and {} is \
                     another lineage",
                    names(&rivals),
                    only.name
                ),
            )
            .hint(format!("`stateward ls` tells what is wrong; --lineage {} takes the other all the same", shell_quoted(&only.name))))
        }
        (several, _) => Err(Report::new(
            ReportKind::Usage,
            format!(
                "{} lineages below {places} have a restorable snapshot, and the newest of one is not the one to restart \
                 another from",
                several.len()
            ),
        )
        .hint(format!("choose with --lineage, or name a job's directory: {}", names(several)))),
    }
}

fn nothing_there(args: &Latest, places: &str, lineages: &str) -> Report {
    let report = |message| Report::new(ReportKind::NothingFound, message);
    match (&args.lineage, args.kind) {
        (Some(wanted), _) if !lineages.is_empty() => {
            report(format!("no lineage `{wanted}` below {places}")).hint(format!("there are: {lineages}"))
        }
        (_, Some(KindName::Savepoint)) => report(format!("no savepoint below {places}")),
        (_, Some(KindName::Checkpoint)) => report(format!("no checkpoint below {places}")),
        _ => report(format!("no snapshot below {places}")).hint(
            "a checkpoint is a directory chk-<number> with a file _metadata in it, a savepoint any directory with one",
        ),
    }
}

/// Whether text names a job: the start of its id, long enough not to be hit by chance.
fn is_job(text: &str, job: JobId) -> bool {
    text.len() >= 4 && job.to_string().starts_with(text)
}

/// Whether text names the job that a savepoint's name has the first six digits of.
fn is_prefix(text: &str, prefix: &str) -> bool {
    text.len() >= 4 && (text.starts_with(prefix) || prefix.starts_with(text))
}

fn explain(
    err: &mut dyn Write,
    choice: &Choice<'_>,
    lineage: &Lineage,
    remarks: &[&str],
) -> std::io::Result<()> {
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
    let mut reasons: Vec<(&str, Vec<&Snapshot>)> = Vec::new();
    for (row, reason) in &choice.runners_up {
        match reasons.iter_mut().find(|(other, _)| other == reason) {
            Some((_, rows)) => rows.push(row),
            None => reasons.push((reason, vec![row])),
        }
    }
    for (reason, rows) in reasons {
        let which = match rows.as_slice() {
            [only] => format!("{} {}{}", only.kind.phrase(), only.name, when(only)),
            several => {
                let names: Vec<&str> = several.iter().map(|row| row.name.as_str()).collect();
                names.join(", ")
            }
        };
        writeln!(err, "  not {which}: {reason}")?;
    }
    let is_said = |remark: &str| {
        let mut reasons = choice.runners_up.iter();
        reasons.any(|(row, reason)| remark == passed(row, reason))
    };
    for remark in remarks.iter().filter(|remark| !is_said(remark)) {
        writeln!(err, "  note: {remark}")?;
    }
    Ok(())
}

#[derive(Serialize)]
struct Answer {
    schema: u32,
    lineage: String,
    path: Option<String>,
    marked: bool,
    mark: Option<serde_json::Value>,
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

fn answer(
    choice: &Choice<'_>,
    pick: &Pick<'_>,
    path: Option<&Location>,
    lineage: &Lineage,
    remarks: &[&str],
) -> Answer {
    let runner_up = |(row, reason): &(&Snapshot, String)| RunnerUp {
        uri: row.location.to_text(),
        kind: row.kind,
        reason: reason.clone(),
    };
    Answer {
        schema: SCHEMA,
        lineage: lineage.name.clone(),
        path: path.map(Location::to_text),
        marked: pick.mark.is_some(),
        mark: pick.mark.as_ref().map(marks::entry),
        chosen: pick.row.map(Summary::from),
        runners_up: choice.runners_up.iter().map(runner_up).collect(),
        remarks: remarks.iter().map(|&it| it.to_owned()).collect(),
    }
}
