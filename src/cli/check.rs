//! `stateward check`: whether all is well, for cron, Nagios and Prometheus.

mod metrics;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use crate::action::torn::{self, Torn};
use crate::action::trashed;
use crate::action::unfinished::{self, Unfinished};
use crate::analysis::check::{self, Checked, Finding, Level, Limits, Orphaned, Question};
use crate::analysis::document::SCHEMA;
use crate::analysis::orphans::{self, Class};
use crate::domain::location::Location;
use crate::domain::plan::Decision;
use crate::domain::size::iec;
use crate::domain::snapshot::{Health, Lineage, Snapshot};
use crate::domain::text::scrub;
use crate::domain::time;
use crate::inventory::leftovers::Leftovers;
use crate::inventory::opened::Opened;

use super::args::Check;
use super::open;
use super::report::{Outcome, Report, ReportKind};
use super::{connect, output};

/// For so long Flink answers as it did before, from a cache (`web.refresh-interval`, 3 s unless set).
const CACHED: Duration = Duration::from_secs(4);

/// Looks whether all is well. One line comes first, in the form of monitoring plugins.
///
/// # Errors
/// When a path cannot be looked at, or a lineage that was named is not there; [`failed`] makes an answer of it.
pub fn run(args: &Check, out: &mut dyn Write) -> Result<Outcome, Report> {
    let clusters = connect::clusters(&args.connect);
    let mut opened = open::open(&args.look)?;
    opened.hear(&clusters);
    let now = Timestamp::now();
    let limits = limits(args);
    let orphaned = args.orphans.map(|_| {
        let leftovers = Leftovers::of(&opened);
        let question = orphans::Question {
            found: &leftovers.found,
            clusters: &clusters,
            // A measure of what may have leaked; nothing goes by it.
            all_named: true,
            grace: crate::analysis::guard::GRACE,
            now,
        };
        orphaned(&opened, &leftovers, &question)
    });
    let lineages = lineages(args, &opened)?;
    let snapshots: Vec<&Snapshot> = opened.catalog.rows().map(|row| &**row).collect();
    let roots = opened.root_locations();
    let (unfinished, unread) = unfinished::find(&opened.directories, &roots);
    let asked = connect::named(&args.connect);
    let mut told: Vec<String> = unfinished.iter().map(|it| it.sentence(&asked)).collect();
    let mut problems: Vec<String> = opened.problems.iter().chain(&unread).cloned().collect();
    let untold = unfinished::unreadable(&opened.directories);
    told.extend(untold.into_iter().filter(|it| !unread.contains(it)));
    let broken = snapshots.iter();
    let broken = broken.filter(|row| row.health == Health::Incomplete);
    let broken: Vec<Location> = broken.map(|row| row.location.clone()).collect();
    if !broken.is_empty() {
        match torn::around(&opened.roots, &broken) {
            // What a half-done deletion has is told with it.
            Ok(torn) => told.extend(
                torn.iter()
                    .filter(|it| !unfinished.iter().any(|half| half.tears(&it.snapshot)))
                    .filter_map(Torn::whereabouts),
            ),
            Err(why) => problems.push(why),
        }
    }
    // Where there is nothing, it may all lie there.
    problems.extend(opened.unsearched.clone().filter(|_| snapshots.is_empty()));
    let question = Question {
        lineages: &lineages,
        snapshots: &snapshots,
        roots: &roots,
        clusters: &clusters,
        before: None,
        orphaned,
        unfinished: &told,
        trashed: &[],
        problems: &problems,
        limits,
        now,
    };
    let mut checked = check::check(&question);
    if checked.disagrees() {
        // The disk was looked at after the clusters were asked, and Flink goes on meanwhile.
        thread::sleep(CACHED);
        let since = connect::clusters(&args.connect);
        let trashed = trashed::snapshots(&opened.directories, &roots);
        checked = check::check(&Question {
            clusters: &since,
            trashed: &trashed,
            before: Some(&clusters),
            ..question
        });
    }
    if args.json {
        let mut document = document(&checked, orphaned, limits);
        document.unfinished = Some(unfinished.iter().map(Half::of).collect());
        output::json(out, &document)?;
    } else if args.prometheus {
        metrics::write(out, &checked, orphaned, Some(unfinished.len()), &clusters)?;
    } else {
        for_people(out, &checked, orphaned, limits)?;
    }
    Ok(Outcome::Checked(checked.level))
}

/// The answer where nothing could be looked at: that it is not known.
///
/// # Errors
/// When the output cannot be written.
pub fn failed(args: &Check, report: &Report, out: &mut dyn Write) -> Result<Outcome, Report> {
    if report.kind == ReportKind::OutputClosed {
        return Ok(Outcome::Done);
    }
    let hint = report.hint.iter().map(|hint| format!("; {hint}"));
    let text = report.message.clone() + &hint.collect::<String>();
    let checked = Checked {
        level: Level::Unknown,
        findings: vec![Finding {
            level: Level::Unknown,
            lineage: None,
            text,
        }],
        lineages: Vec::new(),
        absent: 0,
    };
    let limits = limits(args);
    if args.json {
        output::json(out, &document(&checked, None, limits))?;
    } else if args.prometheus {
        metrics::write(out, &checked, None, None, &[])?;
    } else {
        for_people(out, &checked, None, limits)?;
    }
    out.flush()?;
    Ok(Outcome::Checked(Level::Unknown))
}

fn limits(args: &Check) -> Limits {
    Limits {
        oldest: args.max_age,
        warn: args.warn_age.unwrap_or(args.max_age * 2 / 3),
        orphans: args.orphans,
    }
}

/// Adds up what no snapshot names, and Flink wrote.
fn orphaned(opened: &Opened, leftovers: &Leftovers, question: &orphans::Question<'_>) -> Orphaned {
    let mut sum = Orphaned::default();
    leftovers.each(question, &mut |orphan| {
        if orphan.class == Class::Stranger || !opened.is_asked(&orphan.at) {
            return;
        }
        sum.files += u64::from(!orphan.is_directory);
        sum.bytes = sum.bytes.saturating_add(orphan.bytes);
        if orphan.decision == Decision::Delete {
            sum.may_go_bytes = sum.may_go_bytes.saturating_add(orphan.bytes);
        }
    });
    sum
}

/// The lineages that are asked about.
///
/// # Errors
/// When one that was named is not there.
fn lineages<'o>(args: &Check, opened: &'o Opened) -> Result<Vec<&'o Lineage>, Report> {
    let rows = opened.catalog.rows();
    let asked: BTreeSet<_> = rows
        .filter(|row| opened.is_asked(&row.location))
        .map(|row| row.lineage)
        .collect();
    let all = opened.catalog.lineages().iter();
    let all: Vec<&Lineage> = all.filter(|it| asked.contains(&it.id)).collect();
    let is_meant = |wanted: &str, lineage: &Lineage| {
        let of_job = |job: &crate::domain::id::JobId| job.to_string().starts_with(wanted);
        lineage.name == wanted || (wanted.len() >= 4 && lineage.jobs.iter().any(of_job))
    };
    for wanted in &args.lineages {
        if !all.iter().any(|lineage| is_meant(wanted, lineage)) {
            let names: Vec<&str> = all.iter().map(|lineage| lineage.name.as_str()).collect();
            return Err(Report::new(
                ReportKind::NothingFound,
                format!("there is no lineage `{wanted}`"),
            )
            .hint(format!("there are: {}", names.join(", "))));
        }
    }
    let named = |lineage: &&Lineage| {
        args.lineages.is_empty() || args.lineages.iter().any(|it| is_meant(it, lineage))
    };
    Ok(all.into_iter().filter(named).collect())
}

fn for_people(
    out: &mut dyn Write,
    checked: &Checked,
    orphaned: Option<Orphaned>,
    limits: Limits,
) -> io::Result<()> {
    let first = match checked.findings.as_slice() {
        [] => all_is_well(checked),
        [only] => line(only),
        [worst, rest @ ..] => format!("{} (and {} more below)", line(worst), rest.len()),
    };
    let data = metrics::performance(checked, orphaned, limits);
    let separator = if data.is_empty() { "" } else { " | " };
    writeln!(out, "{} {first}{separator}{data}", checked.level.word())?;
    // The first was said.
    for finding in checked.findings.iter().skip(1) {
        writeln!(out, "{} {}", finding.level.word(), line(finding))?;
    }
    for lineage in &checked.lineages {
        let age = lineage.age_seconds.map_or_else(
            || "nothing restorable".to_owned(),
            |seconds| {
                let age = jiff::SignedDuration::from_secs(seconds);
                if age < jiff::SignedDuration::from_secs(-1) {
                    return format!("newest restorable completed in {}", time::span(-age));
                }
                format!("newest restorable {} old", time::span(age))
            },
        );
        writeln!(
            out,
            "{}: {age}, {} restorable of {}, {} broken, {} on disk",
            plain(&lineage.name),
            lineage.restorable,
            lineage.snapshots,
            lineage.broken,
            iec(lineage.bytes)
        )?;
    }
    if let Some(orphaned) = orphaned {
        writeln!(
            out,
            "{} in {} files that no snapshot names, {} of which may go (`stateward orphans --all-named`)",
            iec(orphaned.bytes),
            orphaned.files,
            iec(orphaned.may_go_bytes)
        )?;
    }
    Ok(())
}

fn all_is_well(checked: &Checked) -> String {
    match checked.lineages.as_slice() {
        [] => "nothing to look at".to_owned(),
        [only] => {
            let age = only
                .age_seconds
                .map(|age| time::span(jiff::SignedDuration::from_secs(age)));
            let age = age.map_or_else(
                || "its job is finished".to_owned(),
                |age| format!("newest restorable is {age} old"),
            );
            format!("{}: {age}", plain(&only.name))
        }
        several => format!("{} lineages", several.len()),
    }
}

fn line(finding: &Finding) -> String {
    let about = finding.lineage.as_ref();
    let about = about.map_or_else(String::new, |name| format!("{}: ", plain(name)));
    format!("{about}{}", plain(&finding.text))
}

/// Text for a plugin's output, in which a bar begins the performance data.
fn plain(text: &str) -> String {
    scrub(text).replace('|', "¦")
}

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    level: Level,
    exit_code: u8,
    max_age_seconds: i64,
    warn_age_seconds: i64,
    findings: &'a [Finding],
    lineages: &'a [check::Measured],
    /// Null where they were not looked for.
    orphans: Option<Orphaned>,
    /// What something ended half-way in the trashes; null where it could not be looked for.
    unfinished: Option<Vec<Half>>,
}

/// What something ended half-way.
#[derive(Serialize)]
struct Half {
    root: String,
    id: String,
    what: &'static str,
    /// Files of it that lie in the trash.
    moved: usize,
    /// All files of it.
    files: usize,
}

impl Half {
    fn of(it: &Unfinished) -> Self {
        Self {
            root: it.shown(),
            id: it.id.clone(),
            what: it.what.word(),
            moved: it.moved,
            files: it.of,
        }
    }
}

fn document(checked: &Checked, orphans: Option<Orphaned>, limits: Limits) -> Document<'_> {
    Document {
        schema: SCHEMA,
        level: checked.level,
        exit_code: checked.level.exit_code(),
        max_age_seconds: limits.oldest.as_secs(),
        warn_age_seconds: limits.warn.as_secs(),
        findings: &checked.findings,
        lineages: &checked.lineages,
        orphans,
        unfinished: None,
    }
}
