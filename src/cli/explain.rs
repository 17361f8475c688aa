//! `stateward explain`: what snapshots are, in plain sentences.

use std::io::{self, Write};
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use crate::action::unfinished;
use crate::analysis::document::SCHEMA;
use crate::analysis::explain::settings::LEGEND;
use crate::analysis::explain::{Explanation, Question, explain};
use crate::domain::cluster::Cluster;
use crate::domain::location::Location;
use crate::domain::series::Series;
use crate::domain::snapshot::{Health, Snapshot};
use crate::domain::text::scrub;
use crate::inventory::detail;
use crate::inventory::opened::Opened;
use crate::tui::{self, text::wrap};

use super::args::Explain;
use super::around::{Around, places};
use super::report::{Outcome, Report, ReportKind};
use super::{around, connect, no_snapshot, output};

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
    let clusters = connect::ask(&args.connect, err)?;
    let mut around = around::look(&args.paths, &args.scope, &args.how, &clusters)?;
    around.opened.hear(&clusters);
    let Around { opened, unseen } = around;
    let looked = Looked {
        places: places(&opened),
        unseen,
    };
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
        output::json(out, &Document::of(&told, &looked, args.release))?;
    } else {
        let width = tui::cells().unwrap_or(WIDEST).clamp(NARROWEST, WIDEST);
        for (at, it) in told.iter().enumerate() {
            if at > 0 {
                writeln!(out)?;
            }
            for_people(out, it, &looked, width)?;
        }
    }
    let is_corrupt = |it: &Told<'_>| it.row.health == Health::Corrupt;
    Ok(if told.iter().any(is_corrupt) {
        Outcome::BadInput
    } else {
        Outcome::Done
    })
}

/// Where others were looked for.
struct Looked<'o> {
    places: Vec<&'o Location>,
    /// Which places could not be looked in, and why.
    unseen: Vec<String>,
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
        return Err(no_snapshot::at(asked));
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

fn for_people(
    out: &mut dyn Write,
    told: &Told<'_>,
    looked: &Looked<'_>,
    width: usize,
) -> io::Result<()> {
    writeln!(out, "{}", told.row.location)?;
    for sentence in &told.explanation.sentences {
        labelled(out, sentence.topic.word(), &sentence.text, width)?;
    }
    let places: Vec<String> = looked.places.iter().map(ToString::to_string).collect();
    let text = format!(
        "Others were looked for below {}; --in DIR adds a place.",
        places.join(", ")
    );
    writeln!(out)?;
    note(out, &text, width)?;
    if !looked.unseen.is_empty() {
        let text = format!(
            "Not looked in: {}. What lies there may share its files or have claimed it, and what is said of others is not complete.",
            looked.unseen.join("; ")
        );
        note(out, &scrub(&text), width)?;
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

fn note(out: &mut dyn Write, text: &str, width: usize) -> io::Result<()> {
    for line in wrap(text, width) {
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
    /// Below which directories snapshots were looked for that have to do with these.
    looked_in: Vec<String>,
    /// Which places could not be looked in, and why: what is said of others is not complete where there are any.
    not_looked_in: &'t [String],
    explanations: Vec<Explained<'t>>,
}

#[derive(Serialize)]
struct Explained<'t> {
    uri: String,
    #[serde(flatten)]
    explanation: &'t Explanation,
}

impl<'t> Document<'t> {
    fn of(told: &'t [Told<'_>], looked: &'t Looked<'_>, release: Option<(u32, u32)>) -> Self {
        let explained = |it: &'t Told<'_>| Explained {
            uri: it.row.location.to_text(),
            explanation: &it.explanation,
        };
        Self {
            schema: SCHEMA,
            release: release.map(|(major, minor)| format!("{major}.{minor}")),
            looked_in: looked.places.iter().map(|it| it.to_text()).collect(),
            not_looked_in: &looked.unseen,
            explanations: told.iter().map(explained).collect(),
        }
    }
}
