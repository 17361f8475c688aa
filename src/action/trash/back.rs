//! What lies in the trash comes back: directories first, then files, metadata last, so that a snapshot can be addressed
//! only once it is whole. Files are moved, so their bytes and times are the same; nothing is replaced.
//!
//! What one deletion has moved in several roots comes back together: it is written down in all of them before anything
//! moves, then the files of all of them come, and only then metadata. So whoever finds one root after a crash finds
//! them all, and a snapshot whose files lay in another root is not there before they are.

mod occupied;
mod part;
mod remains;

use std::collections::{BTreeMap, BTreeSet};

use super::journal::{Journal, State};
use super::{Course, Done, Pace, Stage, Step, TrashError, TrashErrorKind, files, ways};
use crate::action::permission::Permission;
use crate::domain::size::thousands;
use crate::domain::text::scrub;
use crate::store::change::Tree;

use part::Part;

/// Puts everything back that a batch has moved.
///
/// # Errors
/// When there is no such batch, its files are being removed for good, somebody else is at work in the trash; or when it
/// comes to a stop half-way, after which it can be done again.
pub fn undo(
    permission: Permission,
    tree: &dyn Tree,
    id: &str,
    course: &mut Course<'_>,
) -> Result<Done, TrashError> {
    the_one(undo_all(permission, &[tree], id, course)?)
}

/// Puts everything back that the batches of one deletion have moved, in all these roots together. Of what is being removed for good
/// only those targets come back of which nothing has gone.
///
/// # Errors
/// As [`undo`], in any of them.
pub fn undo_all(
    _permission: Permission,
    trees: &[&dyn Tree],
    id: &str,
    course: &mut Course<'_>,
) -> Result<Vec<Done>, TrashError> {
    let journals = open(trees, id)?;
    if journals.iter().any(is_going) {
        return remains::all(journals, course);
    }
    all(journals, course)
}

/// Puts some targets of a deletion back, in all these roots together; the others stay in the trash. A target is meant by
/// its name, by where it lay below the root, or by where it lies.
///
/// # Errors
/// As [`undo_all`], when none of the batches has one of them, when one of them is unfinished, and when files of one have gone for
/// good.
pub fn restore(
    _permission: Permission,
    trees: &[&dyn Tree],
    id: &str,
    names: &[String],
    course: &mut Course<'_>,
) -> Result<Vec<Done>, TrashError> {
    let journals = whole(trees, id)?;
    let mut chosen = vec![BTreeSet::new(); journals.len()];
    for name in names {
        let mut is_known = false;
        for (chosen, Journal { batch, .. }) in chosen.iter_mut().zip(&journals) {
            let is_it = |&target: &usize| {
                let place = batch.place_of(target);
                let known = [
                    Some(&*batch.targets[target]),
                    place,
                    batch.identity_of(target),
                ];
                known.contains(&Some(name.as_str()))
            };
            let meant: Vec<usize> = (0..batch.targets.len()).filter(is_it).collect();
            is_known |= !meant.is_empty();
            chosen.extend(meant);
        }
        if !is_known {
            return Err(unknown(trees, id, &scrub(name)));
        }
    }
    those(journals, chosen, course)
}

/// Puts one target back, by its place in the batch of the first of these roots, and what of it lies in the others; all else
/// stays in the trash.
///
/// # Errors
/// As [`restore`].
pub fn restore_one(
    _permission: Permission,
    trees: &[&dyn Tree],
    id: &str,
    target: usize,
    course: &mut Course<'_>,
) -> Result<Vec<Done>, TrashError> {
    let journals = whole(trees, id)?;
    let mut chosen = vec![BTreeSet::new(); journals.len()];
    match (journals.first(), chosen.first_mut()) {
        (Some(first), Some(chosen)) if target < first.batch.targets.len() => chosen.insert(target),
        _ => return Err(unknown(trees, id, &format!("target number {target}"))),
    };
    those(journals, chosen, course)
}

fn unknown(trees: &[&dyn Tree], id: &str, what: &str) -> TrashError {
    let roots: Vec<String> = trees.iter().map(|it| it.shown()).collect();
    let message = format!("the batch {id} in {} has no {what}", roots.join(" and "));
    TrashError::new(TrashErrorKind::NotFound, message)
        .hint(ways::list(roots.first().map(String::as_str)))
}

fn the_one(done: Vec<Done>) -> Result<Done, TrashError> {
    let nothing = || TrashError::new(TrashErrorKind::Broken, "nothing was put back");
    done.into_iter().next().ok_or_else(nothing)
}

fn open<'t>(trees: &[&'t dyn Tree], id: &str) -> Result<Vec<Journal<'t>>, TrashError> {
    trees.iter().map(|tree| Journal::open(*tree, id)).collect()
}

/// Batches of which some targets can be put back: nothing else is under way with any.
fn whole<'t>(trees: &[&'t dyn Tree], id: &str) -> Result<Vec<Journal<'t>>, TrashError> {
    let journals = open(trees, id)?;
    for journal in &journals {
        if !is_going(journal) && journal.state.stage.is_unfinished() {
            let root = journal.tree.shown();
            return Err(TrashError::new(
                TrashErrorKind::Refused,
                format!("the batch {id} in {root} is unfinished"),
            )
            .hint(format!(
                "{} goes on with it, and {} puts all of it back",
                ways::resume_beside(&root, &journal.batch.asked),
                ways::undo(&root, id)
            )));
        }
    }
    Ok(journals)
}

/// Puts some targets back, and those with which that was begun before.
fn those(
    mut journals: Vec<Journal<'_>>,
    mut chosen: Vec<BTreeSet<usize>>,
    course: &mut Course<'_>,
) -> Result<Vec<Done>, TrashError> {
    for (chosen, journal) in chosen.iter_mut().zip(&journals) {
        chosen.extend(&journal.state.restoring);
    }
    spread(&journals, &mut chosen);
    remains::refuse_gone(&journals, &chosen)?;
    look_around(&mut journals)?;
    // Until it is done nothing of them may go for good.
    let mut chosen = chosen.into_iter();
    note(&mut journals, |journal| {
        journal.state.restoring = chosen.next().unwrap_or_default().into_iter().collect();
        journal.save()
    })?;
    let done = bring_those(&mut journals, course);
    done.map_err(|error| half_way(&journals, &error))
}

fn bring_those(
    journals: &mut [Journal<'_>],
    course: &mut Course<'_>,
) -> Result<Vec<Done>, TrashError> {
    let done = along(
        journals,
        |part, target| journals[part].state.restoring.contains(&target),
        course,
    )?;
    let now = course.clock.now();
    let is_over = remains::all_are_back(journals)?;
    for journal in journals {
        journal.state.restoring.clear();
        settle(journal);
        if is_over {
            journal.enter(Stage::Undone, now)?;
        } else {
            journal.save()?;
        }
    }
    Ok(done)
}

/// Says how much lies in the trash still after a stop, and what can be done about it.
fn half_way(journals: &[Journal<'_>], error: &TrashError) -> TrashError {
    let mut message = error.message.clone();
    let arrived: Result<Vec<_>, _> = journals.iter().map(Journal::arrived).collect();
    if let (Ok(arrived), Some(first)) = (arrived, journals.first()) {
        let here = || arrived.iter().flatten();
        message = format!(
            "{message}; {} of the {} of the batch {} lie in the trash still",
            thousands(here().filter(|it| **it).count() as u64),
            files(here().count()),
            first.batch.plan
        );
    }
    let kind = match error.kind {
        TrashErrorKind::Interrupted => error.kind,
        _ => TrashErrorKind::Stopped,
    };
    let root = journals.first().map(|it| it.tree.shown());
    let on = ways::resume(&root.unwrap_or_default());
    TrashError::new(kind, message).hint(format!("{}{on} goes on", ways::first(error)))
}

/// Adds to what was chosen in each root what of the same targets lies in the others.
fn spread(journals: &[Journal<'_>], chosen: &mut [BTreeSet<usize>]) {
    let identities = |(journal, chosen): (&Journal<'_>, &BTreeSet<usize>)| {
        let known = chosen
            .iter()
            .filter_map(|&it| journal.batch.identity_of(it));
        known.map(str::to_owned).collect()
    };
    let wanted: Vec<BTreeSet<String>> = journals.iter().zip(&*chosen).map(identities).collect();
    for (own, (journal, chosen)) in journals.iter().zip(chosen).enumerate() {
        let is_wanted = |&target: &usize| {
            let identity = journal.batch.identity_of(target);
            let others = wanted.iter().enumerate().filter(|(other, _)| *other != own);
            identity.is_some_and(|it| others.into_iter().any(|(_, wanted)| wanted.contains(it)))
        };
        chosen.extend((0..journal.batch.targets.len()).filter(is_wanted));
    }
}

/// Goes on with putting back some targets.
pub(in crate::action) fn begun(
    journals: Vec<Journal<'_>>,
    course: &mut Course<'_>,
) -> Result<Vec<Done>, TrashError> {
    let none = vec![BTreeSet::new(); journals.len()];
    those(journals, none, course)
}

/// Puts everything back.
pub(in crate::action) fn all(
    mut journals: Vec<Journal<'_>>,
    course: &mut Course<'_>,
) -> Result<Vec<Done>, TrashError> {
    let now = course.clock.now();
    look_around(&mut journals)?;
    note(&mut journals, |journal| journal.enter(Stage::Undoing, now))?;
    let done = bring_all(&mut journals, course);
    done.map_err(|error| half_way(&journals, &error))
}

fn bring_all(
    journals: &mut [Journal<'_>],
    course: &mut Course<'_>,
) -> Result<Vec<Done>, TrashError> {
    let done = along(journals, |_, _| true, course)?;
    for journal in journals {
        journal.state.restoring.clear();
        journal.state.skipped.clear();
        settle(journal);
        // Where nothing came back all of it can be undone as before.
        let left = journal.arrived()?.into_iter().filter(|it| *it).count();
        let stage = match journal.state.lay {
            Some(lay) if lay == left && left > 0 => Stage::Done,
            _ => Stage::Undone,
        };
        journal.enter(stage, course.clock.now())?;
    }
    Ok(done)
}

/// Finds what is not to come back among what somebody writes now, before anything is done; and how much could.
fn look_around(journals: &mut [Journal<'_>]) -> Result<(), TrashError> {
    for journal in journals {
        let state = &journal.state;
        let is_under_way = state.stage == Stage::Undoing || !state.restoring.is_empty();
        let mut occupied = occupied::targets(journal, is_under_way)?;
        if is_under_way {
            occupied.extend(&journal.state.occupied);
        }
        let here = journal.arrived()?.into_iter().filter(|it| *it).count();
        journal.state.occupied = occupied;
        journal.state.lay.get_or_insert(here);
    }
    Ok(())
}

/// Forgets what held only as long as it was under way: a directory that is there again went no more, but for one that somebody
/// else made.
fn settle(journal: &mut Journal<'_>) {
    let (batch, tree) = (&journal.batch, journal.tree);
    let occupied = journal.state.occupied.iter();
    let occupied = occupied.filter_map(|&it| batch.place_of(it));
    let occupied: BTreeSet<&str> = occupied.collect();
    journal.state.removed.retain(|&it| {
        let path = batch.directories[it].path.as_str();
        occupied.contains(path) || tree.look(path).is_err()
    });
    journal.state.occupied.clear();
}

/// Writes down in every root what is about to be done. What could not be noted in one of them was not begun, and nobody
/// finds it to go on with.
fn note(
    journals: &mut [Journal<'_>],
    mut enter: impl FnMut(&mut Journal<'_>) -> Result<(), TrashError>,
) -> Result<(), TrashError> {
    let before: Vec<State> = journals.iter().map(|it| it.state.clone()).collect();
    for number in 0..journals.len() {
        let Err(error) = enter(&mut journals[number]) else {
            continue;
        };
        for (journal, state) in journals.iter_mut().zip(before).take(number) {
            journal.state = state;
            // Where even that fails, whoever goes on with it puts all of it back.
            let _ = journal.save();
        }
        let message = format!("{}; nothing was moved", error.message);
        let hint = format!("{}ask for it again", ways::first(&error));
        return Err(TrashError::new(TrashErrorKind::Refused, message).hint(hint));
    }
    Ok(())
}

/// Puts back what was chosen, by the place of its root and its own in the batch there.
fn along(
    journals: &[Journal<'_>],
    is_chosen: impl Fn(usize, usize) -> bool,
    course: &mut Course<'_>,
) -> Result<Vec<Done>, TrashError> {
    let parts = journals.iter().enumerate();
    let parts = parts.map(|(number, journal)| Part::new(journal, |it| is_chosen(number, it)));
    let mut parts = parts.collect::<Result<Vec<Part<'_, '_>>, _>>()?;
    let mut taken = BTreeMap::new();
    for part in &parts {
        taken.extend(part.taken()?);
    }
    for part in &mut parts {
        part.leave(&taken);
        part.make_directories()?;
    }
    let mut pace = Pace::new(course, Step::Back, parts.iter().map(Part::count).sum());
    for part in &mut parts {
        part.files(&mut pace)?;
    }
    // What cannot come back in one root keeps the metadata of its snapshot in the trash, in whatever root that is.
    let stuck: BTreeSet<String> = parts.iter().flat_map(Part::stuck).collect();
    for part in &mut parts {
        part.metadata(&stuck, &mut pace)?;
    }
    for part in &mut parts {
        part.date_directories();
    }
    Ok(parts.into_iter().map(Part::done).collect())
}

fn is_going(journal: &Journal<'_>) -> bool {
    matches!(journal.state.stage, Stage::Purging | Stage::Purged)
}
