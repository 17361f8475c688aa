//! From a plan to batches: what goes below each root, as moves into that root's trash.

use jiff::Timestamp;

use crate::domain::batch::{Batch, Directory, Move, SCHEMA};
use crate::domain::location::Location;
use crate::domain::plan::{Decision, FileStep, Plan, Target};
use crate::store::change::FoundKind;

use super::trash::list::Root;

/// One batch for each of these roots that something of the plan lies below, with the place of the root in the list. A
/// file goes into the trash of the first root that it lies below.
pub fn batches(
    plan: &Plan,
    roots: &[(Location, Root)],
    by: &str,
    at: Timestamp,
) -> Vec<(usize, Batch)> {
    let going: Vec<&Target> = plan
        .targets
        .iter()
        .filter(|target| target.decision == Decision::Delete)
        .collect();
    let root_of = |place: &Location| {
        let place = place.canonical();
        roots
            .iter()
            .position(|(root, _)| place.is_within(&root.canonical()))
    };
    let mut batches = Vec::new();
    for (number, (root, opened)) in roots.iter().enumerate() {
        let below = |place: &Location| {
            let path = place.canonical();
            let path = path.relative_to(&root.canonical())?;
            let path = std::str::from_utf8(path).ok()?.to_owned();
            (root_of(place) == Some(number) && !path.is_empty()).then_some(path)
        };
        let mut metadata = Vec::new();
        let mut state = Vec::new();
        let mut directories = Vec::new();
        let mut names = Vec::new();
        for target in &going {
            let place = names.len();
            let files = target.files.iter();
            let moves =
                files.filter_map(|file| Some((file.is_metadata, moved(file, place, &below)?)));
            let moves: Vec<(bool, Move)> = moves.collect();
            let made = target.directories.iter().filter_map(|at| {
                let path = below(at)?;
                let found = opened.tree().look(&path).ok()?;
                (found.kind == FoundKind::Directory).then_some(Directory {
                    path,
                    mode: found.mode,
                })
            });
            let made: Vec<Directory> = made.collect();
            if moves.is_empty() && made.is_empty() {
                continue;
            }
            names.push(target.name.clone());
            for (is_metadata, one) in moves {
                if is_metadata {
                    metadata.push(one);
                } else {
                    state.push(one);
                }
            }
            directories.extend(made);
        }
        if names.is_empty() {
            continue;
        }
        let of_metadata = metadata.len();
        metadata.extend(state);
        batches.push((
            number,
            Batch {
                schema: SCHEMA,
                plan: plan.id.clone(),
                at,
                by: by.to_owned(),
                verb: plan.verb.clone(),
                scope: plan.roots.iter().map(Location::to_text).collect(),
                targets: names,
                moves: metadata,
                metadata: of_metadata,
                directories,
            },
        ));
    }
    batches
}

fn moved(
    file: &FileStep,
    target: usize,
    below: &impl Fn(&Location) -> Option<String>,
) -> Option<Move> {
    if file.decision != Decision::Delete {
        return None;
    }
    let (from, seen) = (below(&file.at)?, file.seen?);
    Some(Move { from, target, seen })
}
