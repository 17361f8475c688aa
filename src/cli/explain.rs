//! `stateward explain`: what snapshots are, in plain sentences.

use std::io::{self, Write};
use std::ops::ControlFlow;
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
use crate::inventory::opened::Opened;
use crate::inventory::scan::Root;
use crate::inventory::{around, detail};
use crate::store::Store as _;
use crate::store::local::LocalStore;
use crate::tui::{self, text::wrap};

use super::args::Explain;
use super::report::{Outcome, Report, ReportKind};
use super::{connect, no_snapshot, open, output};

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
    let mut opened = look(args, &clusters, err)?;
    opened.hear(&clusters);
    let looked = places(&opened);
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

/// Looks at the snapshots, at what lies beside them, where the clusters write, and where else may lie what has to do with them.
fn look(args: &Explain, clusters: &[Arc<Cluster>], err: &mut dyn Write) -> Result<Opened, Report> {
    let mut asked: Vec<Location> = Vec::new();
    for path in &args.paths {
        let place = open::snapshot(path)?;
        no_snapshot::refuse_files(&place)?;
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
    let depth = args.how.levels();
    for scope in &args.scope {
        let location = open::location(scope)?;
        roots.push(Root { location, depth });
    }
    for location in connect::directories(clusters) {
        add(&mut roots, Root { location, depth }, err)?;
    }
    let opened = open::open_roots(&args.how, asked, roots.clone())?;
    let known = roots.len();
    for place in &opened.asked {
        for root in around::roots(&opened, place) {
            add(&mut roots, root, err)?;
        }
    }
    if roots.len() == known {
        return Ok(opened);
    }
    // What nobody asked for may be gone by now.
    let more = open::open_roots(&args.how, opened.asked.clone(), roots);
    Ok(more.unwrap_or(opened))
}

/// Adds a root that nobody asked for, unless others have all of it. What cannot be looked at is no failure, but said.
fn add(roots: &mut Vec<Root>, root: Root, err: &mut dyn Write) -> io::Result<()> {
    let has_it = |known: &Root| {
        let level = known.level_of(&root.location);
        level.is_some_and(|level| level + root.depth <= known.depth)
    };
    if roots.iter().any(has_it) {
        return Ok(());
    }
    match LocalStore.list(&root.location, &mut |_| ControlFlow::Break(())) {
        Ok(()) => roots.push(root),
        // Nothing can lie where nothing is.
        Err(error) if error.is_absence() => {}
        Err(error) => writeln!(
            err,
            "stateward: note: {error}; what lies there may share files with what is explained"
        )?,
    }
    Ok(())
}

/// The places that were looked in, without those that lie in others.
fn places(opened: &Opened) -> Vec<&Location> {
    let all: Vec<&Location> = opened.roots.iter().map(|it| &it.location).collect();
    let mut places: Vec<&Location> = Vec::new();
    for &place in &all {
        let lies_in = |other: &&Location| *other != place && place.is_within(other);
        if !all.iter().any(lies_in) && !places.contains(&place) {
            places.push(place);
        }
    }
    places
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
    looked: &[&Location],
    width: usize,
) -> io::Result<()> {
    writeln!(out, "{}", told.row.location)?;
    for sentence in &told.explanation.sentences {
        labelled(out, sentence.topic.word(), &sentence.text, width)?;
    }
    let places: Vec<String> = looked.iter().map(ToString::to_string).collect();
    let text = format!(
        "Others were looked for below {}; --in DIR adds a place.",
        places.join(", ")
    );
    labelled(out, "looked", &text, width)?;
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
    /// Below which directories snapshots were looked for that have to do with these.
    looked_in: Vec<String>,
    explanations: Vec<Explained<'t>>,
}

#[derive(Serialize)]
struct Explained<'t> {
    uri: String,
    #[serde(flatten)]
    explanation: &'t Explanation,
}

impl<'t> Document<'t> {
    fn of(told: &'t [Told<'_>], looked: &[&Location], release: Option<(u32, u32)>) -> Self {
        let explained = |it: &'t Told<'_>| Explained {
            uri: it.row.location.to_text(),
            explanation: &it.explanation,
        };
        Self {
            schema: SCHEMA,
            release: release.map(|(major, minor)| format!("{major}.{minor}")),
            looked_in: looked.iter().map(|it| it.to_text()).collect(),
            explanations: told.iter().map(explained).collect(),
        }
    }
}
