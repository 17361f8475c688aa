//! The files of a deletion go for good, in all roots that it goes from: one target after the other, and once all files have
//! gone, what was written down about them.

use std::collections::BTreeMap;

use super::stays::Stays;
use super::{Part, cannot_go_on, enter};
use crate::action::trash::journal::{
    batch_file, files, new_batch_file, number, place, state_file, state_of,
};
use crate::action::trash::{
    Course, Done, End, Pace, Stage, Step, TrashError, TrashErrorKind, skipped, ways,
};
use crate::store::change::{ChangeError, ChangeErrorKind, FoundKind, Tree};

/// Removes batches of which that was begun in each, or of which nothing was ever moved.
pub(super) fn remove(
    parts: &[Part<'_>],
    id: &str,
    stays: Stays<'_>,
    course: &mut Course<'_>,
) -> Result<Vec<Done>, TrashError> {
    for part in parts {
        may_go(part, id)?;
    }
    let nothing = Done {
        plan: id.to_owned(),
        end: End::Purged,
        files: 0,
        found: 0,
        bytes: 0,
        directories: 0,
        skipped: Vec::new(),
        left: 0,
        notes: Vec::new(),
    };
    let mut done = vec![nothing; parts.len()];
    let kept = remove_files(parts, id, stays, course, &mut done)?;
    // Whoever needs it has to be able to have it back.
    for ((part, kept), done) in parts.iter().zip(&kept).zip(&mut done) {
        if let (true, Some(state)) = (*kept > 0, &part.state) {
            done.notes.push(format!(
                "what is needed stays in the trash; {} puts it back",
                ways::undo(&part.tree.shown(), id)
            ));
            enter(part.tree, id, state.clone(), Stage::Done)?;
        }
    }
    // As long as a file lies in any of the trashes, what tells what it belongs to lies in all.
    for ((part, kept), done) in parts.iter().zip(&kept).zip(&mut done) {
        if *kept == 0 {
            remove_rest(part.tree, id, done)?;
        }
    }
    Ok(done)
}

fn may_go(part: &Part<'_>, id: &str) -> Result<(), TrashError> {
    let found = part.tree.look(&place(id));
    if found.map_err(|it| TrashError::refused(&it))?.kind != FoundKind::Directory {
        return Err(TrashError::new(
            TrashErrorKind::Broken,
            format!("{}/{} is no directory", part.tree.shown(), place(id)),
        ));
    }
    let stage = part.state.as_ref().map(|it| it.stage);
    if matches!(stage, None | Some(Stage::Purging | Stage::Purged)) {
        return Ok(());
    }
    Err(TrashError::new(
        TrashErrorKind::Refused,
        format!(
            "the batch {id} of {} is not being purged any more",
            part.tree.shown()
        ),
    ))
}

/// When a file goes: one target after the other, the metadata of each first, and what several name with the last of them. So
/// whatever ends it, each target but one is whole or gone. What is not ours comes last.
type Turn = (bool, usize, bool, usize);

/// The turns of all files that lie in the trashes, by the place of the root and the name in the trash.
struct Turns<'p> {
    parts: &'p [Part<'p>],
    /// Which target comes when; one that nothing tells from others is of its own root alone.
    ranks: BTreeMap<(Option<&'p str>, usize, usize), usize>,
}

impl<'p> Turns<'p> {
    fn of(parts: &'p [Part<'p>]) -> Self {
        let mut turns = Self {
            parts,
            ranks: BTreeMap::new(),
        };
        for (at, part) in parts.iter().enumerate() {
            let targets = part.batch.as_ref().map_or(0, |it| it.targets.len());
            for target in 0..targets {
                let next = turns.ranks.len();
                turns.ranks.entry(turns.key(at, target)).or_insert(next);
            }
        }
        turns
    }

    fn key(&self, part: usize, target: usize) -> (Option<&'p str>, usize, usize) {
        let batch = self.parts[part].batch.as_ref();
        match batch.and_then(|it| it.places.get(target)) {
            Some(place) => (Some(place), 0, 0),
            None => (None, part, target),
        }
    }

    fn turn(&self, part: usize, name: &str) -> Turn {
        let batch = self.parts[part].batch.as_ref();
        let known = number(name).zip(batch);
        let Some((number, batch, it)) =
            known.and_then(|(number, batch)| Some((number, batch, batch.moves.get(number)?)))
        else {
            return (true, 0, false, 0);
        };
        let ranks = it
            .targets()
            .filter_map(|it| self.ranks.get(&self.key(part, it)));
        let last = ranks.max().copied().unwrap_or_default();
        (false, last, number >= batch.metadata, number)
    }
}

/// Removes the files that may go, and says how many stay of each part.
fn remove_files(
    parts: &[Part<'_>],
    id: &str,
    mut stays: Stays<'_>,
    course: &mut Course<'_>,
    done: &mut [Done],
) -> Result<Vec<usize>, TrashError> {
    let mut names: Vec<(usize, String)> = Vec::new();
    for (number, part) in parts.iter().enumerate() {
        // Without a state nothing was moved, so whatever lies there is not ours.
        if part.state.is_none() || part.batch.is_none() {
            continue;
        }
        match part.tree.names(&files(id)) {
            Err(error) if error.is_absence() => {}
            found => {
                let found = found.map_err(|it| TrashError::stopped(&it))?;
                names.extend(found.into_iter().map(|name| (number, name)));
            }
        }
    }
    let turns = Turns::of(parts);
    names.sort_by_cached_key(|(part, name)| (turns.turn(*part, name), *part, name.clone()));
    let mut kept = vec![0; parts.len()];
    let mut pace = Pace::new(course, Step::Purge, names.len());
    for (part, name) in &names {
        pace.wait()?;
        let (at, tree) = (format!("{}/{name}", files(id)), parts[*part].tree);
        let batch = parts[*part].batch.as_ref();
        let ours = number(name)
            .zip(batch)
            .and_then(|(it, batch)| batch.moves.get(it));
        let kind = match tree.look(&at) {
            Err(error) if error.is_absence() => continue,
            found => found.map_err(|it| TrashError::stopped(&it))?.kind,
        };
        let done = &mut done[*part];
        match ours {
            Some(it) if kind == FoundKind::File => {
                let looked = stays.look_when_due();
                looked.map_err(|why| cannot_go_on(tree, id, &why))?;
                if let Some(why) = stays.why(*part, &it.from) {
                    kept[*part] += 1;
                    done.skipped.push(skipped(&it.from, why));
                    pace.done();
                    continue;
                }
                gone(tree.remove_file(&at))?;
                done.files += 1;
                done.bytes = done.bytes.saturating_add(it.seen.bytes);
            }
            _ => done
                .skipped
                .push(skipped(&at, "it is none of the batch's files")),
        }
        pace.done();
    }
    Ok(kept)
}

/// Removes what was written down, what it is last, and the directories.
fn remove_rest(tree: &dyn Tree, id: &str, done: &mut Done) -> Result<(), TrashError> {
    let place = place(id);
    for directory in [files(id), format!("{place}/directory")] {
        match gone(tree.remove_directory(&directory)) {
            Ok(()) => {}
            Err(_) if !done.skipped.is_empty() => return Ok(()),
            Err(error) => return Err(error),
        }
    }
    for file in [
        format!("{place}/.batch.new.new"),
        new_batch_file(id),
        format!("{place}/.state.json.new"),
        batch_file(id),
        state_file(id),
    ] {
        gone(tree.remove_file(&file))?;
    }
    match tree.remove_directory(&place) {
        Err(error) if error.kind == ChangeErrorKind::NotEmpty => {
            done.skipped
                .push(skipped(&place, "something lies in it that is not ours"));
            Ok(())
        }
        removed => gone(removed),
    }
}

/// What is gone already need not go.
fn gone(removed: Result<(), ChangeError>) -> Result<(), TrashError> {
    match removed {
        Err(error) if !error.is_absence() => Err(TrashError::stopped(&error)),
        _ => Ok(()),
    }
}

/// Says how much of a deletion is left after a stop, and what can be done about it.
pub(super) fn half_way(parts: super::Parts<'_>, id: &str, error: &TrashError) -> TrashError {
    let mut message = error.message.clone();
    let left = parts.going.iter().map(|tree| tree.names(&files(id)));
    let left: Vec<usize> = left.filter_map(|it| Some(it.ok()?.len())).collect();
    if !left.is_empty() {
        let left = crate::action::trash::files(left.iter().sum());
        message = format!("{message}; left of the batch {id}: {left}");
    }
    let kind = match error.kind {
        TrashErrorKind::Interrupted => error.kind,
        _ => TrashErrorKind::Stopped,
    };
    // What is not written down any more nobody finds to go on with.
    let mut known = parts
        .going
        .iter()
        .filter(|tree| !matches!(state_of(**tree, id), Ok(None)));
    let on = match known.next() {
        Some(tree) => ways::resume(&tree.shown()),
        None => ways::purge(parts.going.iter().map(|it| it.shown()), id),
    };
    let back = super::whole_in(parts, id).map_or_else(String::new, |root| {
        format!(
            ", and {} puts back what is whole still",
            ways::undo(&root, id)
        )
    });
    TrashError::new(kind, message).hint(format!("{}{on} goes on{back}", ways::first(error)))
}
