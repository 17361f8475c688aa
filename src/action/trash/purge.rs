//! What lies in the trash goes for good, file by file and by its number, once it has lain there long enough.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::journal::{
    State, arrived, batch_file, batch_of, files, lock, new_batch_file, number, place, state_file,
    state_of,
};
use super::list::{self, Scope};
use super::{
    Course, Done, End, Pace, SHORTEST_GRACE, Stage, Step, TrashError, TrashErrorKind, skipped, ways,
};
use crate::action::apply::lookout::Lookout;
use crate::action::apply::{Named, Recheck};
use crate::action::permission::Permission;
use crate::domain::batch::Batch;
use crate::domain::time;
use crate::store::change::{ChangeError, ChangeErrorKind, FoundKind, Tree};

/// Removes what a batch has moved into the trash, and then all that was written down about it, once it has lain there
/// for a time, counted to a moment. Before anything goes, and again while it goes, `recheck` is asked who needs it; that
/// stays, and the batch with it, and with that where it was `looked`.
///
/// # Errors
/// When it has not lain there for so long yet, less than [`SHORTEST_GRACE`] is asked for, `recheck` does not know, the
/// batch is unfinished, or somebody else is at work in the trash; or when it comes to a stop half-way, after which it
/// can be done again.
pub fn purge(
    _permission: Permission,
    tree: &dyn Tree,
    id: &str,
    (grace, now): (SignedDuration, Timestamp),
    looked: &Scope,
    recheck: &mut Recheck<'_>,
    course: &mut Course<'_>,
) -> Result<Done, TrashError> {
    let _held = lock(tree)?;
    let refused = |why: String| {
        let message = format!("cannot purge the batch {id} of {}: {why}", tree.shown());
        TrashError::new(TrashErrorKind::Refused, message)
    };
    if grace < SHORTEST_GRACE {
        return Err(refused(format!(
            "nothing goes before it has lain there for {}",
            time::exact_span(SHORTEST_GRACE)
        )));
    }
    let batch = batch_of(tree, id)?;
    let mut look = || recheck();
    let mut lookout = None;
    let mut made_room = (0, 0);
    if let (Some(mut state), Some(batch)) = (state_of(tree, id)?, &batch) {
        state.remember(looked);
        let is_empty = is_empty(tree, batch)?;
        match state.stage {
            _ if !state.restoring.is_empty() => {
                let on = ways::resume(&tree.shown());
                return Err(refused("something of it is being put back".to_owned())
                    .hint(format!("{on} goes on with that")));
            }
            Stage::Begun | Stage::Undoing => {
                let root = tree.shown();
                return Err(refused("it is unfinished".to_owned()).hint(format!(
                    "{} goes on with it, and {} goes back",
                    ways::resume_beside(&root, &batch.asked),
                    ways::undo(&root, id)
                )));
            }
            Stage::Done | Stage::Undone if !is_empty && now.duration_since(state.at) < grace => {
                return Err(refused(format!(
                    "it lies there for {} only, not for {}",
                    time::age(state.at, now),
                    time::exact_span(grace)
                )));
            }
            _ => {}
        }
        if !is_empty {
            // Nothing has changed until all that names anything was seen.
            let first = Lookout::new(&mut look).map_err(|why| {
                refused(format!("cannot tell who needs its files: {why}"))
                    .hint("nothing goes until that is mended")
            })?;
            lookout = Some(first);
        }
        if matches!(state.stage, Stage::Done | Stage::Undone) {
            let nobody: &Named = &nobody();
            let needed = lookout.as_ref().map_or(nobody, Lookout::named);
            made_room = note(tree, batch, &text_of(state, Stage::Purging), needed)?;
        }
    }
    let mut done = remove(tree, id, lookout, course)?;
    done.files += made_room.0;
    done.bytes = done.bytes.saturating_add(made_room.1);
    Ok(done)
}

/// What removing a batch comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ahead {
    /// Files that go for good.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
    /// What stays as somebody needs it: why, how many files, and their bytes.
    pub staying: Vec<(String, usize, u64)>,
}

/// What removing what a batch has moved into the trash would come to.
///
/// # Errors
/// When the batch or what has arrived of it cannot be read.
pub(in crate::action) fn ahead(
    tree: &dyn Tree,
    id: &str,
    needed: &Named,
) -> Result<Ahead, TrashError> {
    let Some(batch) = batch_of(tree, id)? else {
        return Ok(Ahead::default());
    };
    let here = arrived(tree, &batch).map_err(|it| TrashError::refused(&it))?;
    let mut ahead = Ahead::default();
    let mut staying: BTreeMap<String, (usize, u64)> = BTreeMap::new();
    for (it, _) in batch.moves.iter().zip(here).filter(|(_, here)| *here) {
        let bytes = it.seen.bytes;
        if let Some(why) = needed(&it.from) {
            let (files, sum) = staying.entry(why).or_default();
            (*files, *sum) = (*files + 1, sum.saturating_add(bytes));
        } else {
            ahead.files += 1;
            ahead.bytes = ahead.bytes.saturating_add(bytes);
        }
    }
    let staying = staying.into_iter();
    ahead.staying = staying
        .map(|(why, (files, bytes))| (why, files, bytes))
        .collect();
    Ok(ahead)
}

/// Notes how far it has come; since when what is there lies there stays as it is.
fn enter(tree: &dyn Tree, id: &str, state: State, stage: Stage) -> Result<(), TrashError> {
    tree.replace(&state_file(id), &text_of(state, stage))
        .map_err(|it| TrashError::refused(&it))
}

fn text_of(mut state: State, stage: Stage) -> Vec<u8> {
    state.stage = stage;
    let mut text = serde_json::to_vec(&state).unwrap_or_default();
    text.push(b'\n');
    text
}

/// Notes that a batch is being removed, and tells how many files and bytes had to go for that. Where no space is left for
/// the note, files of the batch that nobody needs go until there is, metadata before all else: should it be ended here,
/// what is left is nothing that could be addressed.
fn note(
    tree: &dyn Tree,
    batch: &Batch,
    text: &[u8],
    needed: &Named,
) -> Result<(usize, u64), TrashError> {
    let id = &batch.plan;
    let mut gone = (0, 0_u64);
    let mut numbers = batch.moves.iter().enumerate();
    let failed = |error: &ChangeError, (count, _): (usize, u64)| {
        let error = TrashError::refused(error);
        if count == 0 {
            return error;
        }
        let message = format!(
            "{}; {} of the batch {id} went already, to make room for the note that it goes",
            error.message,
            super::files(count)
        );
        let again = ways::purge(&tree.shown(), id);
        TrashError::new(TrashErrorKind::Stopped, message)
            .hint(format!("{}{again} goes on", ways::first(&error)))
    };
    loop {
        match tree.replace(&state_file(id), text) {
            Ok(()) => return Ok(gone),
            Err(error) if error.kind != ChangeErrorKind::Full => {
                return Err(failed(&error, gone));
            }
            Err(error) => {
                let next = numbers.find_map(|(number, it)| {
                    if needed(&it.from).is_some() {
                        return None;
                    }
                    let at = format!("{}/{number}", files(id));
                    let found = tree.look(&at).ok()?;
                    (found.kind == FoundKind::File).then_some((at, it.seen.bytes))
                });
                let (at, bytes) = next.ok_or_else(|| failed(&error, gone))?;
                tree.remove_file(&at).map_err(|it| failed(&it, gone))?;
                gone = (gone.0 + 1, gone.1.saturating_add(bytes));
            }
        }
    }
}

/// When a file goes, by the number of its move: one target after the other, the metadata of each first, and what several name
/// with the last of them. So whatever ends it, each target but one is whole or gone.
fn order(batch: &Batch, number: usize) -> (usize, bool, usize) {
    let last = batch.moves[number].targets().max();
    (last.unwrap_or_default(), number >= batch.metadata, number)
}

fn is_empty(tree: &dyn Tree, batch: &Batch) -> Result<bool, TrashError> {
    let here = arrived(tree, batch).map_err(|it| TrashError::refused(&it))?;
    Ok(!here.contains(&true))
}

fn nobody() -> Named {
    Box::new(|_| None)
}

/// Whether a batch was being removed.
pub(in crate::action) fn is_under_way(tree: &dyn Tree, id: &str) -> Result<bool, TrashError> {
    let state = state_of(tree, id)?;
    Ok(state.is_some_and(|it| matches!(it.stage, Stage::Purging | Stage::Purged)))
}

/// Goes on with removing a batch of which that was begun; but for what `recheck` says that anybody needs.
pub(in crate::action) fn go_on(
    _permission: Permission,
    tree: &dyn Tree,
    id: &str,
    recheck: &mut Recheck<'_>,
    course: &mut Course<'_>,
) -> Result<Done, TrashError> {
    let _held = lock(tree)?;
    if state_of(tree, id)?.is_some_and(|it| !it.restoring.is_empty()) {
        let message = format!(
            "cannot go on with removing the batch {id} of {}: something of it is being put back",
            tree.shown()
        );
        return Err(TrashError::new(TrashErrorKind::Refused, message));
    }
    let mut look = || recheck();
    let lookout = match batch_of(tree, id)? {
        Some(batch) if !is_empty(tree, &batch)? => {
            let first = Lookout::new(&mut look);
            Some(first.map_err(|why| half_way(tree, id, &cannot_go_on(tree, id, &why)))?)
        }
        _ => None,
    };
    remove(tree, id, lookout, course)
}

/// That nothing more goes, as nobody knows what may.
fn cannot_go_on(tree: &dyn Tree, id: &str, why: &str) -> TrashError {
    let message = format!(
        "cannot go on with removing the batch {id} of {}: cannot tell who needs its files: {why}",
        tree.shown()
    );
    TrashError::new(TrashErrorKind::Stopped, message)
}

/// Removes a batch of which that was begun, or of which nothing was ever moved.
fn remove(
    tree: &dyn Tree,
    id: &str,
    lookout: Option<Lookout<'_, Named>>,
    course: &mut Course<'_>,
) -> Result<Done, TrashError> {
    let is_known = |at: &str| {
        tree.look(at)
            .map_err(|it| TrashError::refused(&it))
            .map(|it| it.kind == FoundKind::Directory)
    };
    if !is_known(&place(id))? {
        return Err(TrashError::new(
            TrashErrorKind::Broken,
            format!("{}/{} is no directory", tree.shown(), place(id)),
        ));
    }
    let batch = batch_of(tree, id)?;
    let may_go = match state_of(tree, id)? {
        None => true,
        Some(state) => matches!(state.stage, Stage::Purging | Stage::Purged),
    };
    if !may_go {
        return Err(TrashError::new(
            TrashErrorKind::Refused,
            format!(
                "the batch {id} of {} is not being purged any more",
                tree.shown()
            ),
        ));
    }
    let state = state_of(tree, id)?;
    let removed = remove_all(tree, id, batch.as_ref().zip(state), lookout, course);
    removed.map_err(|error| half_way(tree, id, &error))
}

/// Says how much of a batch is left after a stop, and what can be done about it.
fn half_way(tree: &dyn Tree, id: &str, error: &TrashError) -> TrashError {
    let mut message = error.message.clone();
    if let Ok(names) = tree.names(&files(id)) {
        let left = super::files(names.len());
        message = format!("{message}; left of the batch {id}: {left}");
    }
    let kind = match error.kind {
        TrashErrorKind::Interrupted => error.kind,
        _ => TrashErrorKind::Stopped,
    };
    // What is not written down any more nobody finds to go on with.
    let on = match state_of(tree, id) {
        Ok(None) => ways::purge(&tree.shown(), id),
        _ => ways::resume(&tree.shown()),
    };
    let back = if has_whole(tree, id) {
        let undo = ways::undo(&tree.shown(), id);
        format!(", and {undo} puts back what is whole still")
    } else {
        String::new()
    };
    TrashError::new(kind, message).hint(format!("{}{on} goes on{back}", ways::first(error)))
}

/// Whether a target lies in the trash of which nothing has gone, as far as can be told.
fn has_whole(tree: &dyn Tree, id: &str) -> bool {
    let known = list::known(tree, id);
    known.is_ok_and(|it| it.targets.iter().any(|it| it.files > 0 && it.is_whole))
}

fn remove_all(
    tree: &dyn Tree,
    id: &str,
    known: Option<(&Batch, State)>,
    lookout: Option<Lookout<'_, Named>>,
    course: &mut Course<'_>,
) -> Result<Done, TrashError> {
    let mut done = Done {
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
    // Without a state nothing was moved, so whatever lies there is not ours.
    if let Some((batch, state)) = known {
        let kept = remove_files(tree, batch, lookout, course, &mut done)?;
        if kept > 0 {
            done.notes.push(format!(
                "what is needed stays in the trash; {} puts it back",
                ways::undo(&tree.shown(), id)
            ));
            // Whoever needs it has to be able to have it back.
            enter(tree, id, state, Stage::Done)?;
            return Ok(done);
        }
    }
    remove_rest(tree, id, &mut done)?;
    Ok(done)
}

/// Removes the files that nobody needs, and says how many somebody does. Without anybody to ask nobody needs any.
fn remove_files(
    tree: &dyn Tree,
    batch: &Batch,
    mut lookout: Option<Lookout<'_, Named>>,
    course: &mut Course<'_>,
    done: &mut Done,
) -> Result<usize, TrashError> {
    let mut kept = 0;
    let place = files(&batch.plan);
    let mut names = match tree.names(&place) {
        Err(error) if error.is_absence() => return Ok(0),
        names => names.map_err(|it| TrashError::stopped(&it))?,
    };
    // What is not ours comes last.
    let known = |name: &String| number(name).filter(|&it| it < batch.moves.len());
    names.sort_by_key(|name| {
        let order = known(name).map(|it| order(batch, it));
        (order.is_none(), order)
    });
    let mut pace = Pace::new(course, Step::Purge, names.len());
    for name in &names {
        pace.wait()?;
        let at = format!("{place}/{name}");
        let ours = number(name).and_then(|it| batch.moves.get(it));
        let kind = match tree.look(&at) {
            Err(error) if error.is_absence() => continue,
            found => found.map_err(|it| TrashError::stopped(&it))?.kind,
        };
        match ours {
            Some(it) if kind == FoundKind::File => {
                if let Some(lookout) = &mut lookout {
                    let looked = lookout.look_when_due();
                    looked.map_err(|why| cannot_go_on(tree, &batch.plan, &why))?;
                }
                let needed = lookout.as_ref().map(Lookout::named);
                if let Some(why) = needed.and_then(|needed| needed(&it.from)) {
                    kept += 1;
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
