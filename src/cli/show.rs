//! `stateward show`: everything known of one snapshot.

use std::io::Write;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use crate::analysis::backend;
use crate::analysis::disposal::Disposal;
use crate::analysis::document::Document;
use crate::analysis::explain::relations::Relations;
use crate::analysis::moving;
use crate::analysis::ownership;
use crate::domain::cluster::Cluster;
use crate::domain::size::iec;
use crate::domain::snapshot::{Health, Snapshot, Verdict};
use crate::domain::text::scrub;
use crate::domain::time;
use crate::inventory::opened::Opened;
use crate::inventory::{detail, disposal, relations};

use super::args::Show;
use super::around::{self, Around, places};
use super::output::{self, Align};
use super::report::{Outcome, Report, ReportKind};
use super::what_if::{self, Played};
use super::{connect, no_snapshot, open};

/// Shows one snapshot.
///
/// # Errors
/// When there is no snapshot at the path.
pub fn run(args: &Show, out: &mut dyn Write, err: &mut dyn Write) -> Result<Outcome, Report> {
    let clusters = connect::ask(&args.connect, err)?;
    let paths = std::slice::from_ref(&args.path);
    let mut around = around::look(paths, &args.scope, &args.how, &clusters)?;
    around.opened.hear(&clusters);
    let Around { opened, unseen } = around;
    let [asked] = opened.asked.as_slice() else {
        return Err(no_snapshot::at(&open::snapshot(&args.path)?));
    };
    let asked = asked.clone();
    let Some(row) = opened.catalog.row(&asked) else {
        return Err(no_snapshot::at(&asked));
    };
    let outcome = if row.health == Health::Corrupt {
        Outcome::BadInput
    } else {
        Outcome::Done
    };
    if args.json {
        let mut document = detail::document(
            &opened.catalog,
            &opened.store,
            &asked,
            &opened.root_locations(),
        )
        .map_err(|reason| Report::new(ReportKind::BadInput, reason))?;
        let ownership = ownership::of(row, &clusters);
        let tie = moving::tie(row, &clusters, Some(&document.relations));
        document.fate = detail::fate(&ownership.fate(row));
        let extended = Extended {
            document,
            not_to_be_moved: tie.map(|it| it.words().to_owned()),
            not_looked_in: &unseen,
            owner: ownership.owner(row).word(),
            owner_because: ownership.sentence(row),
            disposal: args.disposal.then(|| disposal::of(&opened.catalog, &asked)),
            what_if: what_if::play(&opened.catalog, &asked, &args.what_if, &clusters),
        };
        output::json(out, &extended)?;
    } else {
        for_people(out, row, &opened, &unseen, &clusters)?;
        if args.disposal {
            dispose(out, disposal::of(&opened.catalog, &asked).as_ref(), &opened)?;
        }
        if let Some(played) = what_if::play(&opened.catalog, &asked, &args.what_if, &clusters) {
            what_if::for_people(out, &played)?;
        }
    }
    Ok(outcome)
}

#[derive(Serialize)]
struct Extended<'a> {
    #[serde(flatten)]
    document: Document,
    /// Why it must stay where it lies, though it may be relocatable: others name files in it, or a job needs it there.
    not_to_be_moved: Option<String>,
    /// Which places could not be looked in, and why: what is said of others is not complete where there are any.
    not_looked_in: &'a [String],
    /// Whose it is, by what the clusters say as far as they were asked.
    owner: &'static str,
    /// Whose it is and what follows from that, in a sentence or two.
    owner_because: String,
    /// Where asked for; null where Flink could not dispose of it.
    #[expect(clippy::option_option, reason = "not asked for, null, or there")]
    #[serde(skip_serializing_if = "Option::is_none")]
    disposal: Option<Option<Disposal>>,
    /// Where asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    what_if: Option<Played>,
}

/// What Flink's own disposal would delete.
fn dispose(
    out: &mut dyn Write,
    disposal: Option<&Disposal>,
    opened: &Opened,
) -> std::io::Result<()> {
    writeln!(out)?;
    let Some(disposal) = disposal else {
        return writeln!(
            out,
            "disposal   Flink refuses to dispose of it: it reads the metadata first, and cannot"
        );
    };
    let mut heading = "disposal";
    for sentence in disposal.sentences() {
        writeln!(out, "{heading:<11}{sentence}")?;
        heading = "";
    }
    writeln!(
        out,
        "{heading:<11}Snapshots that name the same files were looked for below {}; --in adds another place.",
        scope(opened)
    )
}

/// The places that were looked in.
fn scope(opened: &Opened) -> String {
    let places = places(opened).into_iter().map(ToString::to_string);
    places.collect::<Vec<_>>().join(", ")
}

fn for_people(
    out: &mut dyn Write,
    row: &Snapshot,
    opened: &Opened,
    unseen: &[String],
    clusters: &[Arc<Cluster>],
) -> std::io::Result<()> {
    let now = Timestamp::now();
    let id = row
        .checkpoint_id()
        .map_or_else(String::new, |id| format!(" {id}"));
    let inferred = if row.kind_inferred {
        " (by its place)"
    } else {
        ""
    };
    writeln!(out, "{}{id}{inferred}  {}", row.kind.phrase(), row.location)?;
    let restorable = if row.is_restorable() {
        "restorable"
    } else {
        "NOT restorable"
    };
    writeln!(out, "{restorable}: {}", row.health_word())?;
    for finding in &row.findings {
        writeln!(out, "  {}", scrub(finding))?;
    }
    if let Some(at) = row.completed_at {
        writeln!(out, "completed  {at} ({})", time::ago(at, now))?;
    }
    let ownership = ownership::of(row, clusters);
    let fate = &*ownership.fate(row);
    let events = [
        ("subsumed", fate.subsumed),
        ("finished", fate.finished),
        ("cancelled", fate.cancelled),
        ("failed", fate.failed),
        ("suspended", fate.suspended),
    ];
    let ending = |wanted: Verdict| {
        let names: Vec<&str> = events
            .iter()
            .filter(|(_, verdict)| *verdict == wanted)
            .map(|(name, _)| *name)
            .collect();
        if names.is_empty() {
            "–".to_owned()
        } else {
            names.join(", ")
        }
    };
    writeln!(out, "owner      {}", ownership.owner(row).word())?;
    writeln!(out, "  {}", ownership.sentence(row))?;
    writeln!(
        out,
        "deleted when {}; kept when {}",
        ending(Verdict::Deleted),
        ending(Verdict::Kept)
    )?;
    if events
        .iter()
        .any(|(_, verdict)| *verdict == Verdict::Unknown)
    {
        writeln!(out, "not known: {}", ending(Verdict::Unknown))?;
    }
    let source = if fate.inferred {
        "inferred from"
    } else {
        "its own record:"
    };
    writeln!(out, "  {source} {}", scrub(&fate.because))?;
    if let Some(past) = ownership.of_its_fate() {
        writeln!(out, "  {past}")?;
    }
    let Some(facts) = &row.facts else {
        if row.sizes.refer > 0 {
            let (bytes, files) = (iec(row.sizes.refer), row.sizes.files);
            writeln!(
                out,
                "on disk    {bytes} in {files} file{}",
                if files == 1 { "" } else { "s" }
            )?;
        }
        return Ok(());
    };

    writeln!(
        out,
        "format     {}, metadata version {} ({}), written by {}{}",
        facts.format.words(row.kind),
        facts.version,
        iec(facts.metadata_bytes),
        facts.written_by,
        backend::of_own_format(row, facts, clusters)
            .aside()
            .map_or_else(String::new, |backend| format!(", {backend}"))
    )?;
    let sizes = &row.sizes;
    writeln!(
        out,
        "state      {} ({} new in it); refers to {} in {} files, {} came with it, {} inline, {} in flight",
        iec(sizes.state),
        iec(sizes.checkpointed),
        iec(sizes.refer),
        sizes.files,
        iec(sizes.new),
        iec(sizes.inline),
        iec(sizes.channel_state)
    )?;
    let beside = opened.catalog.rows().count();
    writeln!(
        out,
        "freed      {}{} if it alone were deleted, against the {beside} snapshots in {}{}",
        if row.freed_is_bound() { "at most " } else { "" },
        iec(sizes.freed),
        scope(opened),
        if row.sizes_are_bounds {
            ": others that cannot be read, or lie elsewhere, may name the same files"
        } else if row.is_hard_linked {
            ": files of it have other hard links, which keep their bytes"
        } else {
            ""
        }
    )?;
    for problem in unseen {
        writeln!(out, "           not looked in: {}", scrub(problem))?;
    }
    writeln!(out, "rescale    parallelism {}", facts.rescale)?;
    let (sharers, shared_files) = relations::sharers(&opened.catalog, &row.location);
    let relations = Relations {
        sharers,
        shared_files,
        ..Relations::default()
    };
    let moved = match moving::tie(row, clusters, Some(&relations)) {
        _ if !facts.relocatable => "cannot be: it names".to_owned(),
        Some(tie) => format!("not to be, only copied: {}", tie.words()),
        None => "can be, as a directory".to_owned(),
    };
    writeln!(out, "moved      {moved}")?;
    for dependency in &facts.depends_on {
        writeln!(out, "             {dependency}")?;
    }
    if let Some(mapping) = &row.mapping {
        let how = if mapping.inferred {
            "concluded from where it lies"
        } else {
            "as given"
        };
        writeln!(
            out,
            "paths      {} is looked for in {} ({how})",
            mapping.from, mapping.to
        )?;
    }
    writeln!(out)?;
    let rows: Vec<Vec<String>> = facts
        .operators
        .iter()
        .map(|operator| {
            let dash = || "–".to_owned();
            vec![
                operator
                    .name
                    .clone()
                    .or_else(|| operator.uid.clone())
                    .unwrap_or_else(dash),
                operator.id.to_string(),
                operator.parallelism.to_string(),
                operator.max_parallelism.to_string(),
                if operator.fully_finished {
                    "finished".to_owned()
                } else {
                    iec(operator.state)
                },
            ]
        })
        .collect();
    let headings = [
        ("operator", Align::Left),
        ("id", Align::Left),
        ("par", Align::Right),
        ("max", Align::Right),
        ("state", Align::Right),
    ];
    output::table(out, &headings, &rows)
}
