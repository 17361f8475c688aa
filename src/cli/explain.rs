//! `stateward explain`: what snapshots are, in plain sentences.

use std::io::{self, Write};
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use crate::action::unfinished;
use crate::analysis::document::SCHEMA;
use crate::analysis::explain::settings::LEGEND;
use crate::analysis::explain::{Explanation, Question, explain};
use crate::domain::cluster::{Cluster, Contact};
use crate::domain::location::Location;
use crate::domain::series::Series;
use crate::domain::snapshot::{Health, Snapshot};
use crate::domain::text::shell_quote;
use crate::inventory::detail;
use crate::inventory::opened::Opened;
use crate::inventory::scan::Root;
use crate::tui::{self, text::wrap};

use super::args::Explain;
use super::report::{Outcome, Report, ReportKind};
use super::{connect, open, output};

/// Lines are no longer than this, however wide the terminal: longer ones are hard to read.
const WIDEST: usize = 100;
/// Words need some room.
const NARROWEST: usize = 40;
/// Cells that labels take.
const LABEL: usize = 11;

/// Explains snapshots.
///
/// # Errors
/// When there is no snapshot at one of the paths.
pub fn run(args: &Explain, out: &mut dyn Write, err: &mut dyn Write) -> Result<Outcome, Report> {
    let clusters = connect::clusters(&args.connect);
    for cluster in &clusters {
        if let Contact::Silent { reason, .. } = &cluster.contact {
            writeln!(
                err,
                "stateward: note: {reason}; what lies on disk decides alone"
            )?;
        }
    }
    let mut opened = look(args)?;
    opened.learn(&clusters);
    let now = Timestamp::now();
    let told = opened
        .asked
        .iter()
        .map(|asked| one(args, &opened, &clusters, asked, now))
        .collect::<Result<Vec<_>, _>>()?;
    if let Some(note) = args.release.and_then(Series::stranger) {
        writeln!(err, "stateward: note: {note}")?;
    }
    if args.json {
        output::json(out, &Document::of(&told, args.release))?;
    } else {
        let width = tui::cells().unwrap_or(WIDEST).clamp(NARROWEST, WIDEST);
        for (at, it) in told.iter().enumerate() {
            if at > 0 {
                writeln!(out)?;
            }
            for_people(out, it, width)?;
        }
    }
    let is_corrupt = |it: &Told<'_>| it.row.health == Health::Corrupt;
    Ok(if told.iter().any(is_corrupt) {
        Outcome::BadInput
    } else {
        Outcome::Done
    })
}

/// Looks at the snapshots and at what lies beside them.
fn look(args: &Explain) -> Result<Opened, Report> {
    let mut asked: Vec<Location> = Vec::new();
    for path in &args.paths {
        let place = open::location(path)?;
        if !asked.contains(&place) {
            asked.push(place);
        }
    }
    let mut roots: Vec<Root> = Vec::new();
    for place in &asked {
        let root = Root::around(place, 0);
        if !roots.contains(&root) {
            roots.push(root);
        }
    }
    for scope in &args.scope {
        roots.push(Root {
            location: open::location(scope)?,
            depth: args.how.levels(),
        });
    }
    open::open_roots(&args.how, asked, roots)
}

/// A snapshot and what there is to say of it.
struct Told<'o> {
    row: &'o Snapshot,
    explanation: Explanation,
}

fn one<'o>(
    args: &Explain,
    opened: &'o Opened,
    clusters: &[Arc<Cluster>],
    asked: &Location,
    now: Timestamp,
) -> Result<Told<'o>, Report> {
    let Some(row) = opened.catalog.row(asked) else {
        return Err(Report::new(
            ReportKind::NothingFound,
            format!("{asked} is not a snapshot: it has no _metadata"),
        )
        .hint(format!(
            "`stateward ls {}` lists the snapshots below it",
            shell_quote(&asked.shown())
        )));
    };
    let roots = opened.root_locations();
    let document = detail::document(&opened.catalog, &opened.store, asked, &roots)
        .map_err(|reason| Report::new(ReportKind::BadInput, reason))?;
    let rows: Vec<Arc<Snapshot>> = opened.catalog.rows().cloned().collect();
    let named = connect::named(&args.connect);
    let (unfinished, _) = unfinished::find(&opened.directories, &roots);
    let torn = unfinished
        .iter()
        .find_map(|it| Some(format!("{}; {}", it.fact_about(asked)?, it.remedy(&named))));
    let question = Question {
        snapshot: row,
        relations: Some(&document.relations),
        rows: &rows,
        clusters,
        release: args.release,
        torn: torn.as_deref(),
        now,
    };
    Ok(Told {
        row,
        explanation: explain(&question),
    })
}

fn for_people(out: &mut dyn Write, told: &Told<'_>, width: usize) -> io::Result<()> {
    writeln!(out, "{}", told.row.location)?;
    for sentence in &told.explanation.sentences {
        labelled(out, sentence.topic.word(), &sentence.text, width)?;
    }
    let otherwise = &told.explanation.otherwise;
    if otherwise.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    let heading = format!(
        "It would have been otherwise with (as Flink {} calls it):",
        told.explanation.names_of
    );
    writeln!(out, "{heading}")?;
    for it in otherwise {
        writeln!(out, "- {}: {}", it.about, it.setting)?;
        if let Some(call) = &it.call {
            writeln!(out, "  or {call}")?;
        }
        for line in wrap(&it.effect, width - 4) {
            writeln!(out, "    {line}")?;
        }
    }
    for line in wrap(LEGEND, width) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

fn labelled(out: &mut dyn Write, label: &str, text: &str, width: usize) -> io::Result<()> {
    let mut label = label;
    for line in wrap(text, width - LABEL) {
        writeln!(out, "{label:<LABEL$}{line}")?;
        label = "";
    }
    Ok(())
}

/// What is printed for machines.
#[derive(Serialize)]
struct Document<'t> {
    schema: u32,
    /// The release that was asked for.
    #[serde(rename = "for")]
    release: Option<String>,
    explanations: Vec<Explained<'t>>,
}

#[derive(Serialize)]
struct Explained<'t> {
    uri: String,
    #[serde(flatten)]
    explanation: &'t Explanation,
}

impl<'t> Document<'t> {
    fn of(told: &'t [Told<'_>], release: Option<(u32, u32)>) -> Self {
        let explained = |it: &'t Told<'_>| Explained {
            uri: it.row.location.to_text(),
            explanation: &it.explanation,
        };
        Self {
            schema: SCHEMA,
            release: release.map(|(major, minor)| format!("{major}.{minor}")),
            explanations: told.iter().map(explained).collect(),
        }
    }
}
