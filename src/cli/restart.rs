//! `stateward restart`: a job from a snapshot, with what speaks against it before and a proof after.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;

use crate::action::operation::{self, Request};
use crate::analysis::document::SCHEMA;
use crate::analysis::latest::restore_path;
use crate::analysis::overlay::job_of_lineage;
use crate::analysis::preflight::{self, Finding, Level, Question};
use crate::domain::claim::ClaimMode;
use crate::domain::cluster::{Cluster, ClusterId};
use crate::domain::location::Location;
use crate::domain::snapshot::Snapshot;
use crate::domain::text::{scrub, shell_quote};
use crate::flink::client::Client;
use crate::flink::launch::{Launcher, RecipeProgram, RecipeRequest, Series, recipes};
use crate::flink::operate::Program;
use crate::inventory::opened::Opened;
use crate::inventory::scan::Root;

use super::args::{ClaimModeName, Latest, LauncherName, Look, Restart};
use super::open;
use super::report::{Outcome, Report, ReportKind};
use super::{connect, elsewhere, job, latest, operate, output};

impl From<ClaimModeName> for ClaimMode {
    fn from(name: ClaimModeName) -> Self {
        match name {
            ClaimModeName::NoClaim => Self::NoClaim,
            ClaimModeName::Claim => Self::Claim,
            ClaimModeName::Legacy => Self::Legacy,
        }
    }
}

/// Checks, and then starts the job; or only checks, or only prints how.
///
/// # Errors
/// When nothing may be changed, there is no such snapshot, something speaks against it, or the restore is not proven.
pub fn run(args: &Restart, out: &mut dyn Write, err: &mut dyn Write) -> Result<Outcome, Report> {
    if args.preflight || args.print.is_some() {
        return look(args, out, err);
    }
    let flags = &args.operate;
    let permission = connect::permission_of(flags.write)?;
    let mut clients = job::clients(&flags.connect)?;
    let (Some(client), true) = (clients.pop(), clients.is_empty()) else {
        return Err(Report::new(
            ReportKind::Usage,
            "several clusters are named, and a job can only start on one",
        ));
    };
    let clusters = [Arc::new(client.cluster(ClusterId(0), &Timestamp::now)?)];
    let (opened, row) = snapshot(args, &clusters, err)?;
    writeln!(
        err,
        "stateward: from {} {}",
        row.kind.phrase(),
        row.location.shown()
    )?;
    let findings = findings(args, &opened, &row, &clusters);
    for finding in findings.iter().filter(|it| it.level > Level::Pass) {
        writeln!(err, "stateward: {}", line(finding))?;
    }
    if preflight::verdict(&findings) == Level::Blocker && !args.despite_preflight {
        let blockers = findings.iter().filter(|it| it.level == Level::Blocker);
        return Err(Report::new(
            ReportKind::Refused,
            format!(
                "{} things speak against a start from {}; nothing was started",
                blockers.count(),
                row.location
            ),
        )
        .hint("--despite-preflight starts it all the same"));
    }
    let task = operate::Task {
        name: "restart",
        job: None,
        request: Request::Restart(Box::new(operation::Restart {
            program: program(args),
            entry_class: args.entry_class.clone(),
            arguments: args.arguments.clone(),
            parallelism: args.parallelism.map(std::num::NonZero::get),
            snapshot: restore_path(&row),
            place: row.location.clone(),
            claim_mode: args.claim_mode.into(),
            allow_non_restored: args.allow_non_restored,
        })),
        timeout: flags.timeout,
        json: flags.json,
    };
    operate::run(permission, &client, &task, out, err)
}

/// Says what speaks for and against it, or how it is done elsewhere. Changes nothing.
fn look(args: &Restart, out: &mut dyn Write, err: &mut dyn Write) -> Result<Outcome, Report> {
    let clusters = args
        .operate
        .connect
        .clusters
        .clone()
        .into_iter()
        .enumerate()
        .map(|(at, connection)| {
            let client = Client::new(connection)?;
            client.cluster(ClusterId(at as u32), &Timestamp::now)
        })
        .map(|cluster| cluster.map(Arc::new))
        .collect::<Result<Vec<_>, _>>()?;
    let (opened, row) = snapshot(args, &clusters, err)?;
    if let Some(launcher) = args.print {
        print(args, &row, launcher, &clusters, out, err)?;
        return Ok(Outcome::Done);
    }
    let findings = findings(args, &opened, &row, &clusters);
    if args.operate.json {
        let all: Vec<_> = findings
            .iter()
            .map(|it| json!({ "level": word(it.level), "topic": it.topic, "text": it.text }))
            .collect();
        output::json(
            out,
            &json!({
                "schema": SCHEMA,
                "snapshot": restore_path(&row).to_text(),
                "verdict": word(preflight::verdict(&findings)),
                "findings": all,
            }),
        )?;
    } else {
        writeln!(
            out,
            "snapshot: {} {}",
            row.kind.phrase(),
            row.location.shown()
        )?;
        for finding in &findings {
            writeln!(out, "{}", line(finding))?;
        }
    }
    Ok(match preflight::verdict(&findings) {
        Level::Blocker => Outcome::Negative,
        Level::Pass | Level::Caution => Outcome::Done,
    })
}

/// The snapshot that is meant, with everything around it; what the clusters tell of their jobs joins lineages.
fn snapshot(
    args: &Restart,
    clusters: &[Arc<Cluster>],
    err: &mut dyn Write,
) -> Result<(Opened, Arc<Snapshot>), Report> {
    let Some(path) = &args.snapshot else {
        let latest = Latest {
            look: Look {
                paths: args.latest.clone(),
                how: args.how.clone(),
            },
            lineage: args.lineage.clone(),
            connect: args.operate.connect.clone(),
            kind: None,
            ignore_mark: false,
            explain: false,
            json: false,
        };
        let opened = latest::open_readable(&latest, clusters, err)?;
        let (choice, lineage) = latest::choice(&latest, &opened)?;
        for remark in &choice.remarks {
            writeln!(err, "stateward: note: {remark}")?;
        }
        let pick = latest::pick(&latest, &opened, &choice, lineage);
        let elsewhere = elsewhere::newer(&latest, &opened, clusters, lineage, &pick)?;
        for note in pick.notes.iter().chain(&elsewhere) {
            writeln!(err, "stateward: {note}")?;
        }
        let chosen = pick.row.map(|chosen| chosen.location.clone());
        let row = chosen.and_then(|at| opened.catalog.row(&at).cloned());
        let none = || {
            Report::new(
                ReportKind::NothingFound,
                format!("{} has no restorable snapshot", lineage.name),
            )
            .hint("`stateward latest --explain` tells what is wrong with each")
        };
        let row = row.ok_or_else(none)?;
        return Ok((opened, row));
    };
    let asked = open::location(path)?;
    // What is newer may lie where the clusters write to.
    let told = connect::directories(clusters).into_iter();
    let told = told.map(|location| Root {
        location,
        depth: args.how.levels(),
    });
    let around = Root::around(&asked, args.how.levels());
    let roots = [around].into_iter().chain(told).collect();
    let mut opened = open::open_roots(&args.how, vec![asked.clone()], roots)?;
    opened.hear(clusters);
    match opened.catalog.row(&asked).cloned() {
        Some(row) => Ok((opened, row)),
        None => Err(not_one(&asked)),
    }
}

fn not_one(asked: &Location) -> Report {
    Report::new(
        ReportKind::NothingFound,
        format!("{asked} is not a snapshot: it has no _metadata"),
    )
    .hint(format!(
        "--latest {} takes the newest one below it",
        shell_quote(&asked.shown())
    ))
}

/// The release that is to read it.
fn release(args: &Restart, clusters: &[Arc<Cluster>]) -> Option<(u32, u32)> {
    args.flink_version
        .or_else(|| clusters.first().and_then(|cluster| cluster.release()))
}

fn findings(
    args: &Restart,
    opened: &Opened,
    row: &Snapshot,
    clusters: &[Arc<Cluster>],
) -> Vec<Finding> {
    let release = release(args, clusters);
    let version = row.facts.as_ref().map(|facts| facts.version);
    let objection = release
        .zip(version)
        .and_then(|(release, version)| Series::unreadable(release, version));
    let rows: Vec<Arc<Snapshot>> = opened.catalog.rows().cloned().collect();
    let lineages = opened.catalog.lineages();
    let lineage = lineages.iter().find(|lineage| lineage.id == row.lineage);
    let job = lineage.and_then(|lineage| job_of_lineage(clusters, lineage));
    let (marks, _) = opened.marks();
    let (holds, _) = opened.holds();
    preflight::preflight(&Question {
        snapshot: row,
        rows: &rows,
        marks: &marks,
        holds: &holds,
        parallelism: args.parallelism.map(std::num::NonZero::get),
        claim_mode: args.claim_mode.into(),
        allow_non_restored: args.allow_non_restored,
        release,
        objection: objection.as_deref(),
        job: job.map(|(_, job)| &**job),
        clusters,
        now: Timestamp::now(),
    })
}

fn word(level: Level) -> &'static str {
    match level {
        Level::Pass => "pass",
        Level::Caution => "caution",
        Level::Blocker => "blocker",
    }
}

fn line(finding: &Finding) -> String {
    format!(
        "{}: {}: {}",
        word(finding.level),
        finding.topic,
        scrub(&finding.text)
    )
}

/// A file that is there is meant as a file.
fn program(args: &Restart) -> Program {
    let name = args.jar.clone().unwrap_or_default();
    if Path::new(&name).is_file() {
        Program::File(name.into())
    } else {
        Program::Jar(name.to_string_lossy().into_owned())
    }
}

/// Text for pasting alone goes to `out`; what to know before is said beside it.
fn print(
    args: &Restart,
    row: &Snapshot,
    launcher: LauncherName,
    clusters: &[Arc<Cluster>],
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<(), Report> {
    let release = release(args, clusters);
    let written = || {
        row.facts.as_ref().map_or(Series::V2, |facts| {
            Series::that_wrote(facts.version, &facts.written_by)
        })
    };
    let not_text = || {
        Report::new(
            ReportKind::Usage,
            "the name of the jar is no text, so that no command with it can be printed",
        )
    };
    let jar = args.jar.as_ref();
    let jar = jar.map(|jar| jar.to_str().ok_or_else(not_text));
    let path = restore_path(row).to_text();
    let connection = args.operate.connect.clusters.first();
    if args.claim_mode == ClaimModeName::Legacy
        && release.is_some_and(|it| !ClaimMode::Legacy.is_known_to(it))
    {
        return Err(Report::new(
            ReportKind::Refused,
            "releases since 2.4 have no legacy mode",
        )
        .hint("use claim or no-claim"));
    }
    let request = RecipeRequest {
        release,
        allow_non_restored: args.allow_non_restored,
        parallelism: args.parallelism,
        program: RecipeProgram {
            jar: jar.transpose()?,
            entry_class: args.entry_class.as_deref(),
            arguments: &args.arguments,
        },
        address: connection.map(|connection| connection.url.as_str()),
        ..RecipeRequest::new(
            &path,
            release.map_or_else(written, Series::of),
            args.claim_mode.into(),
        )
        // The present moment is a number that the operator has not seen; that of the snapshot it may have.
        .completed(Some(Timestamp::now()))
    };
    let wanted = match launcher {
        LauncherName::Cli => Some(Launcher::Run),
        LauncherName::Application => Some(Launcher::Application),
        LauncherName::Sql => Some(Launcher::Sql),
        LauncherName::Rest => Some(Launcher::Rest),
        LauncherName::Operator => Some(Launcher::Operator),
        LauncherName::Java => Some(Launcher::Programmatic),
        LauncherName::All => None,
    };
    let stranger = release.and_then(Series::stranger);
    if let (None, Some(stranger)) = (wanted, stranger) {
        writeln!(err, "stateward: note: {stranger}")?;
    }
    for recipe in recipes(&request) {
        match wanted {
            None => writeln!(
                out,
                "# {}: {}\n{}\n",
                recipe.title, recipe.note, recipe.text
            )?,
            Some(wanted) if wanted == recipe.launcher => {
                writeln!(err, "stateward: note: {}", recipe.note)?;
                writeln!(out, "{}", recipe.text)?;
            }
            Some(_) => {}
        }
    }
    Ok(())
}
