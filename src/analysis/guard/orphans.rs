//! What no snapshot names, through the same guard: [`crate::analysis::orphans`] says what is left over and for how long
//! nobody has touched it; what holds for every deletion is seen to here.

use std::collections::BTreeMap;

use super::targets::{held_by, objection};
use super::{Question, weight};
use crate::analysis::orphans::{Class, Orphan};
use crate::domain::history::identity;
use crate::domain::location::Location;
use crate::domain::plan::{Decision, FileStep, Objection, Plan, SCHEMA, Target};
use crate::domain::text::scrub_bytes;

/// A plan for these of what is left over, one target for each directory that some of it lies in. What was judged to stay
/// stays. Of the question's graph only the snapshots, and what could not be read or listed, are of interest; nothing can be
/// typed that overrules an objection.
pub fn plan_of_orphans(question: &Question<'_>, orphans: impl IntoIterator<Item = Orphan>) -> Plan {
    let mut places: BTreeMap<Location, Vec<Orphan>> = BTreeMap::new();
    for orphan in orphans {
        let place = match orphan.at.parent() {
            Some(parent) if !orphan.is_directory => parent,
            _ => orphan.at.clone(),
        };
        places.entry(place).or_default().push(orphan);
    }
    let targets = places.into_iter();
    Plan {
        schema: SCHEMA,
        id: question.id.to_owned(),
        made_at: question.now,
        verb: question.verb.to_owned(),
        roots: question.roots.to_vec(),
        targets: targets
            .map(|(place, orphans)| target(question, place, &orphans))
            .collect(),
    }
}

fn target(question: &Question<'_>, at: Location, orphans: &[Orphan]) -> Target {
    let mut objections = objections(question, &at, orphans);
    let whole = heaviest(&objections);
    let mut files: Vec<FileStep> = orphans
        .iter()
        .filter(|orphan| !orphan.is_directory)
        .map(|orphan| step(question, whole, orphan))
        .collect();
    if objections.is_empty()
        && let Some(file) = files.iter().max_by_key(|file| weight(file.decision))
        && file.decision != Decision::Delete
    {
        let text = format!("It stays: {}.", file.reason);
        objections.push(objection("left over", file.decision, text));
    }
    files.sort_by(|a, b| (!a.is_metadata, &a.at).cmp(&(!b.is_metadata, &b.at)));
    let goes_with_them = goes_with_its_content(question, &at, orphans);
    Target {
        name: name(question, &at),
        what: "orphan".to_owned(),
        lineage: None,
        asked: why(orphans),
        decision: heaviest(&objections),
        objections,
        overruled: Vec::new(),
        files,
        directories: goes_with_them.then(|| at.clone()).into_iter().collect(),
        at,
    }
}

/// What becomes of a target by these objections.
fn heaviest(objections: &[Objection]) -> Decision {
    let decisions = objections.iter().map(|objection| objection.decision);
    decisions
        .min_by_key(|decision| weight(*decision))
        .unwrap_or(Decision::Delete)
}

/// What speaks against all that is left over in one place.
fn objections(question: &Question<'_>, at: &Location, orphans: &[Orphan]) -> Vec<Objection> {
    let mut found = Vec::new();
    for hold in question.holds {
        if !hold.stands(question.now) {
            continue;
        }
        let mut around = std::iter::successors(Some(at.clone()), Location::parent);
        let rows = question.graph.snapshots.iter();
        let mut read = rows.filter(|row| row.facts.is_some());
        if around.any(|place| hold.is_on(&place)) {
            found.push(objection("hold", Decision::Keep, held_by(hold)));
        } else if !read.any(|row| hold.is_on(&row.location)) {
            found.push(objection(
                "hold",
                Decision::Unknown,
                format!(
                    "`{}` holds {}, which cannot be read or is not in sight: what it names is not known.",
                    hold.name, hold.snapshot
                ),
            ));
        }
    }
    let own = identity(at);
    if question
        .marks
        .iter()
        .any(|it| identity(&it.snapshot) == own)
    {
        let text = "It was marked to restart from; unmark it first.";
        found.push(objection("mark", Decision::Keep, text));
    }
    for what in &question.graph.blind {
        let text = format!("{what}.");
        found.push(objection("complete knowledge", Decision::Unknown, text));
    }
    for directory in orphans.iter().filter(|orphan| orphan.is_directory) {
        if !question.is_inside(&directory.at) {
            let text = "It lies outside of the directories that were named.";
            found.push(objection("containment", Decision::Keep, text));
        }
        if directory.decision != Decision::Delete {
            let text = format!("It stays: {}.", directory.reason);
            found.push(objection("left over", directory.decision, text));
        }
    }
    found
}

fn step(question: &Question<'_>, whole: Decision, orphan: &Orphan) -> FileStep {
    let (decision, reason) = judged(question, whole, orphan);
    FileStep {
        at: orphan.at.clone(),
        is_metadata: orphan.class == Class::EmptyMetadata,
        decision,
        reason,
        bytes: orphan.bytes,
        seen: orphan.fingerprint,
        pinned_by: Vec::new(),
    }
}

fn judged(question: &Question<'_>, whole: Decision, orphan: &Orphan) -> (Decision, String) {
    let said = orphan.reason.to_string();
    if orphan.decision != Decision::Delete {
        return (orphan.decision, said);
    }
    if whole != Decision::Delete {
        return (whole, "what it lies in stays".to_owned());
    }
    if !question.is_inside(&orphan.at) {
        let why = "outside of the directories named";
        return (Decision::Keep, why.to_owned());
    }
    // Before any other file goes, all metadata is read once more, which comes to a stop at the first that cannot be.
    if orphan.class != Class::EmptyMetadata
        && let Some(&first) = question.graph.unread.first()
    {
        let unread = &question.graph.snapshots[first].location;
        let why = format!("the metadata of {unread} cannot be read, and may name it");
        return (Decision::Unknown, why);
    }
    match orphan.fingerprint {
        None => (
            Decision::Unknown,
            "when it was changed is not known".to_owned(),
        ),
        Some(seen) if seen.modified > question.now => {
            (Decision::Unknown, "it was changed in the future".to_owned())
        }
        Some(seen) if question.now.duration_since(seen.modified) < question.grace() => {
            (Decision::Defer, "it was changed not long ago".to_owned())
        }
        Some(_) => (Decision::Delete, said),
    }
}

/// Whether the directory itself goes once it is empty: that of a checkpoint which nobody can restore.
fn goes_with_its_content(question: &Question<'_>, at: &Location, orphans: &[Orphan]) -> bool {
    let rows = question.graph.snapshots.iter();
    let mut readable = rows.filter(|row| row.facts.is_some());
    let is_of_a_checkpoint = |orphan: &Orphan| {
        orphan.is_directory
            || matches!(
                orphan.class,
                Class::UnfinishedCheckpoint | Class::EmptyMetadata | Class::HalfWritten
            )
    };
    orphans.iter().any(is_of_a_checkpoint) && !readable.any(|row| row.location == *at)
}

/// Its path from the directory on that was named.
fn name(question: &Question<'_>, at: &Location) -> String {
    let place = at.canonical();
    let roots = question.roots.iter().map(Location::canonical);
    let path = roots.filter_map(|root| place.relative_to(&root).map(<[u8]>::to_vec));
    let path = path.min_by_key(Vec::len).filter(|path| !path.is_empty());
    let path = path.unwrap_or_else(|| at.name().to_vec());
    scrub_bytes(&path).into_owned()
}

/// Why what goes does, where there is one reason.
fn why(orphans: &[Orphan]) -> String {
    let mut reasons = orphans
        .iter()
        .filter(|orphan| orphan.decision == Decision::Delete)
        .map(|orphan| &orphan.reason);
    match reasons.next() {
        Some(first) if reasons.all(|it| it == first) => first.to_string(),
        _ => "left over".to_owned(),
    }
}
