//! What would be left if something happened to a job: `show --what-if`.

use std::io::{self, Write};
use std::sync::Arc;

use serde::Serialize;

use super::output::{self, Align};
use crate::analysis::whatif::{Event, Outcome, Step, Sum, Whereabouts, World};
use crate::domain::cluster::Cluster;
use crate::domain::location::Location;
use crate::domain::size::iec;
use crate::inventory::catalog::Catalog;
use crate::inventory::whatif;

use super::args::WhatIf;

/// What is left of a snapshot's lineage.
#[derive(Debug, Serialize)]
pub(super) struct Played {
    /// What happened, in order.
    steps: Vec<&'static str>,
    /// What Flink deletes.
    goes: Total,
    /// What is still there.
    stays: Total,
    /// What may be deleted or not.
    not_known: Total,
    /// What of that which stays is named by nobody any more.
    left_behind: Total,
    /// What the last step came to, in sentences.
    told: Vec<String>,
    /// What this cannot tell.
    remarks: Vec<String>,
    /// The snapshots of the lineage, the newest first.
    snapshots: Vec<Left>,
}

#[derive(Debug, Serialize)]
struct Total {
    files: u64,
    bytes: u64,
}

impl From<Sum> for Total {
    fn from(sum: Sum) -> Self {
        Self {
            files: sum.files,
            bytes: sum.bytes,
        }
    }
}

#[derive(Debug, Serialize)]
struct Left {
    uri: String,
    name: String,
    /// `there`, `deleted`, `aborted`, `broken`, `broken_before` or `not_known`.
    afterwards: &'static str,
    lost: Total,
}

/// Lets events happen to a copy of a snapshot's lineage, if there are any.
pub(super) fn play(
    catalog: &Catalog,
    at: &Location,
    events: &[WhatIf],
    clusters: &[Arc<Cluster>],
) -> Option<Played> {
    let events: Vec<Event> = events.iter().map(|it| it.event()).collect();
    let mut world = (!events.is_empty())
        .then(|| whatif::world(catalog, at))
        .flatten()?;
    world.ask(clusters);
    let place = world
        .pieces
        .iter()
        .position(|piece| piece.row.location == *at)?;
    let steps: Vec<Step> = events
        .iter()
        .map(|event| Step {
            event: *event,
            at: place,
        })
        .collect();
    let outcome = world.after(&steps);
    Some(Played {
        steps: events.iter().map(|event| event.word()).collect(),
        snapshots: left(&world, &outcome),
        goes: outcome.goes.into(),
        stays: outcome.stays.into(),
        not_known: outcome.open.into(),
        left_behind: outcome.left.into(),
        told: outcome.told,
        remarks: world.notes(),
    })
}

fn left(world: &World, outcome: &Outcome) -> Vec<Left> {
    let pairs = world.pieces.iter().zip(&outcome.pieces).rev();
    pairs
        .map(|(piece, after)| Left {
            uri: piece.row.location.to_text(),
            name: piece.row.name.clone(),
            afterwards: match after.is {
                Whereabouts::Gone(_) if piece.metadata.is_none() => "aborted",
                Whereabouts::Gone(_) => "deleted",
                _ if after.lost.files > 0 => "broken",
                Whereabouts::Open(_) => "not_known",
                Whereabouts::There if piece.was_broken() => "broken_before",
                Whereabouts::There => "there",
            },
            lost: after.lost.into(),
        })
        .collect()
}

/// Prints it.
///
/// # Errors
/// When the output is closed.
pub(super) fn for_people(out: &mut dyn Write, played: &Played) -> io::Result<()> {
    writeln!(
        out,
        "\nwhat if    {}: played on a copy, nothing happens for real",
        played.steps.join(", then ")
    )?;
    for sentence in played.told.iter().chain(&played.remarks) {
        writeln!(out, "           {sentence}")?;
    }
    let sums = [
        ("goes", &played.goes),
        ("stays", &played.stays),
        ("not known", &played.not_known),
        ("left behind", &played.left_behind),
    ];
    for (word, sum) in sums {
        let noun = if sum.files == 1 { "file" } else { "files" };
        writeln!(
            out,
            "           {word:<12}{} in {} {noun}",
            iec(sum.bytes),
            sum.files
        )?;
    }
    writeln!(out)?;
    let rows: Vec<Vec<String>> = played
        .snapshots
        .iter()
        .map(|it| {
            let lost = match it.lost.files {
                0 => String::new(),
                files => files.to_string(),
            };
            vec![it.name.clone(), it.afterwards.replace('_', " "), lost]
        })
        .collect();
    output::table(
        out,
        &[
            ("SNAPSHOT", Align::Left),
            ("AFTERWARDS", Align::Left),
            ("FILES LOST", Align::Right),
        ],
        &rows,
    )
}
