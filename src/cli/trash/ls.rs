//! `stateward trash ls`: what lies in the trash, since when, and when it may go for good.

use std::io::{self, Write};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::action::trash::list::{self, Known};
use crate::action::trash::search::Found;
use crate::action::trash::{GRACE, Stage};
use crate::analysis::document::SCHEMA;
use crate::cli::args::TrashLs;
use crate::cli::output::{self, Align};
use crate::cli::report::{Outcome, Report};
use crate::domain::size::iec;
use crate::domain::text::scrub;
use crate::domain::time;

use super::{seen, warn};

/// No more targets of a batch are named in a table.
const MOST_NAMES: usize = 3;

pub(super) fn run(
    args: &TrashLs,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome, Report> {
    let (mut batches, problems) = seen(&args.paths)?;
    batches.retain(|it| !it.known().is_some_and(Known::is_back));
    if let ([], [only]) = (&*batches, &*problems) {
        return Err(only.clone().into());
    }
    for problem in &problems {
        writeln!(err, "{}", Report::from(problem.clone()))?;
    }
    let has_problems = warn(&batches, err)? || !problems.is_empty();
    if args.json {
        let list: Vec<Value> = batches.iter().map(document).collect();
        let mut listed = json!({ "schema": SCHEMA, "batches": list });
        if !problems.is_empty() {
            let problems = problems.iter();
            listed["problems"] = problems.map(|it| json!(it.message)).collect();
        }
        output::json(out, &listed)?;
    } else if batches.is_empty() && !problems.is_empty() {
        // What lies there is not known.
    } else if batches.is_empty() {
        writeln!(err, "stateward: nothing lies in a trash here")?;
    } else {
        table(&batches, Timestamp::now(), out)?;
    }
    Ok(if has_problems {
        Outcome::BadInput
    } else if batches.is_empty() {
        Outcome::Negative
    } else {
        Outcome::Done
    })
}

fn table(batches: &[Found], now: Timestamp, out: &mut dyn Write) -> io::Result<()> {
    let headings = [
        ("batch", Align::Left),
        ("state", Align::Left),
        ("since", Align::Right),
        ("files", Align::Right),
        ("size", Align::Right),
        ("may go", Align::Right),
        ("by", Align::Left),
        ("root", Align::Left),
        ("what", Align::Left),
    ];
    let cells: Vec<Vec<String>> = batches
        .iter()
        .filter_map(|it| {
            let known = it.known()?;
            Some(vec![
                it.entry.id.clone(),
                known.state().to_owned(),
                known
                    .since
                    .map_or_else(|| "-".to_owned(), |it| time::age(it, now)),
                moved(known),
                iec(known.bytes),
                may_go(known, now),
                scrub(&known.by).into_owned(),
                it.root.shown(),
                names(known),
            ])
        })
        .collect();
    output::table(out, &headings, &cells)
}

/// How many files lie there; of what is unfinished, of how many.
fn moved(known: &Known) -> String {
    if known.is_unfinished && known.moves > 0 {
        format!("{} of {}", known.files, known.moves)
    } else {
        known.files.to_string()
    }
}

fn may_go(known: &Known, now: Timestamp) -> String {
    match known.purge_at(GRACE) {
        None => "-".to_owned(),
        Some(at) if at <= now => "now".to_owned(),
        Some(at) => time::until(at, now),
    }
}

fn names(known: &Known) -> String {
    // What came back, or has gone for good, is not there.
    let is_left = |it: &&list::Target| it.files > 0 || known.files == 0;
    let targets: Vec<&list::Target> = known.targets.iter().filter(is_left).collect();
    let is_alone = |name: &str| targets.iter().filter(|it| it.name == name).count() == 1;
    let shown = targets.iter().take(MOST_NAMES);
    let shown: Vec<_> = shown
        .map(|it| match &it.at {
            Some(at) if !is_alone(&it.name) => scrub(at),
            _ => scrub(&it.name),
        })
        .collect();
    match targets.len().saturating_sub(MOST_NAMES) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn document(batch: &Found) -> Value {
    let mut value = json!({ "root": batch.root.shown(), "id": batch.entry.id });
    match &batch.entry.known {
        Err(problem) => value["problem"] = json!(problem),
        Ok(known) => {
            value["state"] = json!(known.stage.map(Stage::word));
            value["unfinished"] = json!(known.is_unfinished);
            value["under_way"] = json!(known.is_under_way);
            value["at"] = json!(known.at);
            value["since"] = json!(known.since);
            value["purge_at"] = json!(known.purge_at(GRACE));
            value["by"] = json!(known.by);
            value["verb"] = json!(known.verb);
            value["files"] = json!(known.files);
            value["bytes"] = json!(known.bytes);
            let target = |it: &list::Target| json!({ "name": it.name, "at": it.at, "files": it.files, "bytes": it.bytes });
            value["targets"] = known.targets.iter().map(target).collect();
        }
    }
    value
}
