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
use crate::domain::text::scrub;
use crate::inventory::opened::Opened;
use crate::inventory::scan::Root;
use crate::inventory::{around, detail};
use crate::store::local::LocalStore;
use crate::store::{Store as _, StoreError};
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
    let mut around = look(args, &clusters)?;
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

/// What lies around the snapshots.
struct Around {
    opened: Opened,
    /// Which places could not be looked in, and why.
    unseen: Vec<String>,
}

/// Looks at the snapshots, at what lies beside them, where the clusters write, and where else may lie what has to do with them.
fn look(args: &Explain, clusters: &[Arc<Cluster>]) -> Result<Around, Report> {
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
    let named = roots.len();
    let mut unseen = Vec::new();
    for location in connect::directories(clusters) {
        add(&mut roots, Root { location, depth }, &mut unseen);
    }
    let open = |roots: &[Root]| Opened::below(args.how.rules(), asked.clone(), roots.to_vec());
    let mut opened = open_what_can_be(&mut roots, named, &mut unseen, open)?;
    let known = roots.len();
    for place in &asked {
        for root in around::roots(&opened, place) {
            add(&mut roots, root, &mut unseen);
        }
    }
    if roots.len() > known {
        opened = open_what_can_be(&mut roots, named, &mut unseen, open)?;
    }
    for problem in &opened.problems {
        if !unseen.contains(problem) {
            unseen.push(problem.clone());
        }
    }
    Ok(Around { opened, unseen })
}

/// Opens roots, of which all but the first that were `named` may be gone by now: nobody asked for them. Those are left out, and told.
///
/// # Errors
/// When one that was named cannot be looked at.
fn open_what_can_be<T>(
    roots: &mut Vec<Root>,
    named: usize,
    unseen: &mut Vec<String>,
    open: impl Fn(&[Root]) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    loop {
        let error = match open(roots) {
            Ok(opened) => return Ok(opened),
            Err(error) => error,
        };
        let others = roots.iter().skip(named);
        let mut others = others.enumerate();
        let Some((at, _)) = others.find(|(_, root)| root.location == error.at) else {
            return Err(error);
        };
        roots.remove(named + at);
        unseen.push(error.to_string());
    }
}

/// Adds a root that nobody asked for, unless others have all of it. What cannot be looked at is no failure, but told.
fn add(roots: &mut Vec<Root>, root: Root, unseen: &mut Vec<String>) {
    let has_it = |known: &Root| {
        let level = known.level_of(&root.location);
        level.is_some_and(|level| level + root.depth <= known.depth)
    };
    if roots.iter().any(has_it) {
        return;
    }
    match LocalStore.list(&root.location, &mut |_| ControlFlow::Break(())) {
        Ok(()) => roots.push(root),
        // Nothing can lie where nothing is.
        Err(error) if error.is_absence() => {}
        Err(error) => unseen.push(error.to_string()),
    }
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
    labelled(out, "looked", &text, width)?;
    if !looked.unseen.is_empty() {
        let text = format!(
            "Not looked in: {}. What lies there may share its files or have claimed it, and what is said of others is not complete.",
            looked.unseen.join("; ")
        );
        labelled(out, "not looked", &scrub(&text), width)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StoreErrorKind;

    fn root(name: &str) -> Root {
        Root {
            location: Location::local(name.as_bytes()),
            depth: 2,
        }
    }

    /// Opens all but what is not there.
    fn open(roots: &[Root], absent: &[&str]) -> Result<usize, StoreError> {
        let is_absent = |it: &&Root| absent.iter().any(|name| root(name).location == it.location);
        roots.iter().find(is_absent).map_or(Ok(roots.len()), |it| {
            Err(StoreError {
                doing: "list",
                at: it.location.clone(),
                kind: StoreErrorKind::NotFound,
            })
        })
    }

    #[test]
    fn what_has_gone_meanwhile_is_told_and_all_else_is_looked_at() {
        let mut roots: Vec<Root> = ["/a", "/b", "/c", "/d"].map(root).into();
        let mut unseen = Vec::new();
        let opened = open_what_can_be(&mut roots, 1, &mut unseen, |roots| {
            open(roots, &["/b", "/d"])
        });
        assert_eq!(opened, Ok(2));
        assert_eq!(roots, ["/a", "/c"].map(root));
        assert_eq!(unseen.len(), 2);
        for (told, place) in unseen.iter().zip(["/b", "/d"]) {
            assert!(
                told.contains(place) && told.contains("does not exist"),
                "{told}"
            );
        }
        // What was asked for has to be there.
        let failed = open_what_can_be(&mut roots, 1, &mut unseen, |roots| open(roots, &["/a"]));
        assert_eq!(failed.map_err(|error| error.at), Err(root("/a").location));
        assert_eq!(unseen.len(), 2);
    }
}
