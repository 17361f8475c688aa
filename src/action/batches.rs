//! From a plan to batches: what goes below each root, as moves into that root's trash.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;

use jiff::Timestamp;

use crate::analysis::guard::is_missing;
use crate::domain::batch::{Attribute, Batch, Directory, Move, SCHEMA};
use crate::domain::location::Location;
use crate::domain::plan::{Decision, FileStep, Plan, Target};
use crate::store::change::{FoundKind, ROOT};

use super::trash::list::Root;

/// One batch for each of these roots that something of the plan lies below, with the place of the root in the list. A
/// file goes into the trash of the first root that it lies below; several names of one root are that root.
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
    let overruled = going.iter().flat_map(|it| &it.overruled);
    let typed = overruled.filter_map(|it| it.overruled_by.clone());
    let typed: BTreeSet<String> = typed.collect();
    let first = first_names(roots);
    let mut batches: Vec<(usize, Batch)> = Vec::new();
    for (number, (_, opened)) in roots.iter().enumerate() {
        let below = |place: &Location| {
            let place = place.canonical();
            let path = |(root, _): &(Location, Root)| {
                let path = place.relative_to(&root.canonical())?;
                Some(std::str::from_utf8(path).ok()?.to_owned())
            };
            let mut all = roots.iter().zip(&first);
            let (path, root) = all.find_map(|(root, first)| Some((path(root)?, *first)))?;
            (root == number && !path.is_empty()).then_some(path)
        };
        let mut metadata = Vec::new();
        let mut state = Vec::new();
        let mut directories = Vec::new();
        let (mut names, mut places) = (Vec::new(), Vec::new());
        let mut numbers: HashMap<&Location, usize> = HashMap::new();
        let mut also: Vec<(String, &[Location])> = Vec::new();
        let mut missing = Vec::new();
        // One that only names what goes from here with another one comes back with it.
        let shared = going.iter().flat_map(|target| &target.files);
        let shared = shared.filter(|it| !it.also_of.is_empty() && moved(it, 0, &below).is_some());
        let naming: HashSet<&Location> = shared.flat_map(|it| &it.also_of).collect();
        for target in &going {
            let place = names.len();
            let files = target.files.iter();
            let moves =
                files.filter_map(|file| Some((file.is_metadata, moved(file, place, &below)?)));
            let moves: Vec<(bool, Move)> = moves.collect();
            let made = target.directories.iter().filter_map(|at| {
                let path = below(at)?;
                let found = opened.tree().look(&path).ok()?;
                (found.kind == FoundKind::Directory).then(|| Directory {
                    mode: found.mode,
                    uid: Some(found.owner.0),
                    gid: Some(found.owner.1),
                    modified: found.modified,
                    attributes: opened.tree().attributes(&path).map_or_else(
                        |_| Vec::new(),
                        |it| it.into_iter().map(Attribute::of).collect(),
                    ),
                    path,
                })
            });
            let made: Vec<Directory> = made.collect();
            if moves.is_empty() && made.is_empty() && !naming.contains(&target.at) {
                continue;
            }
            numbers.insert(&target.at, place);
            let shared = target.files.iter().filter(|it| !it.also_of.is_empty());
            also.extend(shared.filter_map(|it| Some((below(&it.at)?, &it.also_of[..]))));
            let absent = target.files.iter().filter(|it| is_missing(it));
            missing.extend(absent.map(|it| it.at.canonical().to_text()));
            names.push(target.name.clone());
            places.push(target.at.canonical().to_text());
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
        let also: HashMap<String, &[Location]> = also.into_iter().collect();
        for one in &mut metadata {
            let others = also.get(&one.from).into_iter().copied().flatten();
            one.also = others
                .filter_map(|it| numbers.get(it).copied())
                .filter(|it| *it != one.target)
                .collect();
        }
        batches.push((
            number,
            Batch {
                schema: SCHEMA,
                plan: plan.id.clone(),
                at,
                by: by.to_owned(),
                verb: plan.verb.clone(),
                scope: plan.roots.iter().map(Location::to_text).collect(),
                looking: plan.looking.clone(),
                roots: Vec::new(),
                real: Vec::new(),
                asked: Vec::new(),
                typed: typed.clone(),
                targets: names,
                places,
                spread: Vec::new(),
                moves: metadata,
                metadata: of_metadata,
                directories,
                missing,
            },
        ));
    }
    let concerned = batches.iter().filter_map(|(number, _)| roots.get(*number));
    let (concerned, real): (Vec<String>, Vec<String>) = concerned
        .map(|(root, opened)| (root.to_text(), real(opened.path())))
        .unzip();
    let mut spread: HashMap<String, usize> = HashMap::new();
    for place in batches.iter().flat_map(|(_, batch)| &batch.places) {
        *spread.entry(place.clone()).or_default() += 1;
    }
    for (_, batch) in &mut batches {
        batch.roots.clone_from(&concerned);
        batch.real.clone_from(&real);
        batch.spread = batch.places.iter().map(|it| spread[it]).collect();
    }
    batches
}

/// A path without links; as it is where that is not known or no text.
fn real(path: &Path) -> String {
    let real = path.canonicalize().ok();
    let real = real.as_deref().and_then(Path::to_str);
    real.map_or_else(|| path.to_string_lossy().into_owned(), str::to_owned)
}

/// For each root the first in the list that is the same directory, whatever its name.
fn first_names(roots: &[(Location, Root)]) -> Vec<usize> {
    let identities: Vec<Option<(u64, u64)>> = roots
        .iter()
        .map(|(_, root)| root.tree().look(ROOT).ok().map(|it| it.identity))
        .collect();
    let first = |(own, identity): (usize, &Option<(u64, u64)>)| {
        let same = identities.iter().position(|it| it == identity);
        same.filter(|_| identity.is_some()).unwrap_or(own)
    };
    identities.iter().enumerate().map(first).collect()
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
    Some(Move {
        from,
        target,
        also: Vec::new(),
        seen,
    })
}
