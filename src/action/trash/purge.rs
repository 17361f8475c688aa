//! What lies in the trash goes for good, file by file and by its number, once it has lain there long enough.
//!
//! What one deletion has moved in several roots goes together: that is written down in all of them before any file goes, and what
//! was written down goes last. So whoever finds one root after a crash can tell of every target whether it is whole.

mod ahead;
mod remove;
mod stays;

use jiff::{SignedDuration, Timestamp};

use super::intact::intact;
use super::journal::{State, arrived, batch_of, files, lock, state_file, state_of};
use super::list::{self, Scope};
use super::{Course, Done, SHORTEST_GRACE, Stage, TrashError, TrashErrorKind, ways};
use crate::action::apply::lookout::Lookout;
use crate::action::apply::{Named, NamedIn, RecheckOne};
use crate::action::permission::Permission;
use crate::domain::batch::Batch;
use crate::domain::time;
use crate::store::change::{ChangeError, ChangeErrorKind, FoundKind, Tree};

pub use ahead::Ahead;
pub(in crate::action) use ahead::ahead;
use stays::{Stays, Together};

/// The trashes that a deletion goes from, and those that other files of it lie in and stay.
#[derive(Clone, Copy)]
pub struct Parts<'p> {
    /// Where it goes.
    pub going: &'p [&'p dyn Tree],
    /// Where it stays: with it stays what belongs to the same targets and is whole.
    pub beside: &'p [&'p dyn Tree],
}

/// Removes what a deletion has moved into these trashes, and then all that was written down about it, once it has lain there
/// for a time, counted to a moment. Before anything goes, and again while it goes, `recheck` is asked who needs it, by the place of
/// the root; that stays, and the batch with it, and with that where it was `looked`.
///
/// # Errors
/// When it has not lain there for so long yet in one of them, less than [`SHORTEST_GRACE`] is asked for, `recheck` does not know,
/// the deletion is unfinished, or somebody else is at work in a trash; or when it comes to a stop half-way, after which it
/// can be done again.
pub fn purge(
    _permission: Permission,
    parts: Parts<'_>,
    id: &str,
    (grace, now): (SignedDuration, Timestamp),
    looked: &Scope,
    recheck: &mut RecheckOne<'_>,
    course: &mut Course<'_>,
) -> Result<Vec<Done>, TrashError> {
    let trees = parts.going.iter();
    let _held = trees.map(|it| lock(*it)).collect::<Result<Vec<_>, _>>()?;
    let refused = |why: String| {
        let message = format!(
            "cannot purge the batch {id} of {}: {why}",
            shown(parts.going)
        );
        TrashError::new(TrashErrorKind::Refused, message)
    };
    if grace < SHORTEST_GRACE {
        return Err(refused(format!(
            "nothing goes before it has lain there for {}",
            time::exact_span(SHORTEST_GRACE)
        )));
    }
    let all = parts.going.iter().map(|it| Part::read(*it, id));
    let mut all = all.collect::<Result<Vec<_>, _>>()?;
    for part in &mut all {
        part.refuse_now(id, (grace, now))?;
        if let Some(state) = &mut part.state {
            state.remember(looked);
        }
    }
    let together = Together::of(parts, id)?;
    let asked: Vec<usize> = (0..all.len()).filter(|&it| all[it].is_asked()).collect();
    let mut look = || named_in(&asked, recheck);
    // Nothing has changed until all that names anything was seen.
    // A second look sees what was on its way from one place to another at the first; what either saw counts.
    let lookout = (!asked.is_empty()).then(|| {
        let mut lookout = Lookout::new(&mut look)?;
        lookout.look().map(|()| lookout)
    });
    let lookout = lookout.transpose().map_err(|why| {
        refused(format!("cannot tell who needs its files: {why}"))
            .hint("nothing goes until that is mended")
    })?;
    let stays = Stays { lookout, together };
    let made_room = note_all(&mut all, parts, id, &stays)?;
    let done = remove::remove(&all, id, stays, course);
    let mut done = done.map_err(|error| remove::half_way(parts, id, &error))?;
    for (done, (files, bytes)) in done.iter_mut().zip(made_room) {
        done.files += files;
        done.bytes = done.bytes.saturating_add(bytes);
    }
    Ok(done)
}

/// What is known of a deletion in one of the roots that it goes from.
struct Part<'t> {
    tree: &'t dyn Tree,
    batch: Option<Batch>,
    state: Option<State>,
    /// Whether no file lies there.
    is_empty: bool,
}

impl<'t> Part<'t> {
    fn read(tree: &'t dyn Tree, id: &str) -> Result<Self, TrashError> {
        let (state, batch) = (state_of(tree, id)?, batch_of(tree, id)?);
        let here = batch.as_ref().map(|batch| arrived(tree, batch));
        let here = here.transpose().map_err(|it| TrashError::refused(&it))?;
        Ok(Self {
            tree,
            is_empty: here.is_none_or(|it| !it.contains(&true)),
            batch,
            state,
        })
    }

    /// Whether it has to be asked who needs its files; without a state nothing was moved.
    fn is_asked(&self) -> bool {
        self.state.is_some() && !self.is_empty
    }

    /// Refuses while something else is under way with it, and before its time.
    fn refuse_now(
        &self,
        id: &str,
        (grace, now): (SignedDuration, Timestamp),
    ) -> Result<(), TrashError> {
        let (Some(state), Some(batch)) = (&self.state, &self.batch) else {
            return Ok(());
        };
        let root = self.tree.shown();
        let refused = |why: &str| {
            let message = format!("cannot purge the batch {id} of {root}: {why}");
            TrashError::new(TrashErrorKind::Refused, message)
        };
        match state.stage {
            _ if !state.restoring.is_empty() => {
                let on = ways::resume(&root);
                Err(refused("something of it is being put back")
                    .hint(format!("{on} goes on with that")))
            }
            Stage::Begun | Stage::Undoing => Err(refused("it is unfinished").hint(format!(
                "{} goes on with it, and {} goes back",
                ways::resume_beside(&root, &batch.asked),
                ways::undo(&root, id)
            ))),
            Stage::Done | Stage::Undone
                if !self.is_empty && now.duration_since(state.at) < grace =>
            {
                Err(refused(&format!(
                    "it lies there for {} only, not for {}",
                    time::age(state.at, now),
                    time::exact_span(grace)
                )))
            }
            _ => Ok(()),
        }
    }
}

/// Roots for people.
fn shown(trees: &[&dyn Tree]) -> String {
    let roots: Vec<String> = trees.iter().map(|it| it.shown()).collect();
    roots.join(" and ")
}

/// Who names what in those of the roots that anything goes from.
fn named_in(asked: &[usize], recheck: &mut RecheckOne<'_>) -> Result<NamedIn, String> {
    let mut all: Vec<(usize, Named)> = Vec::new();
    for &part in asked {
        all.push((part, recheck(part)?));
    }
    Ok(Box::new(move |part, at| {
        all.iter().find(|it| it.0 == part)?.1(at)
    }))
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

/// Notes in all roots that a deletion is being removed, and tells how many files and bytes had to go for that in each. Where that
/// fails before anything went, it was not begun.
fn note_all(
    all: &mut [Part<'_>],
    parts: Parts<'_>,
    id: &str,
    stays: &Stays<'_>,
) -> Result<Vec<(usize, u64)>, TrashError> {
    let mut made_room = vec![(0, 0); all.len()];
    let mut noted: Vec<(usize, State)> = Vec::new();
    for number in 0..all.len() {
        let part = &all[number];
        let (Some(state), Some(batch)) = (&part.state, &part.batch) else {
            continue;
        };
        if !matches!(state.stage, Stage::Done | Stage::Undone) {
            continue;
        }
        let before = state.clone();
        let text = text_of(before.clone(), Stage::Purging);
        let needed = |at: &str| stays.why(number, at);
        match note(part.tree, batch, &text, needed) {
            Ok(gone) => made_room[number] = gone,
            Err((error, gone)) if gone == 0 && made_room.iter().all(|it| it.0 == 0) => {
                for (number, state) in noted {
                    let stage = state.stage;
                    // Where even that fails, whoever goes on with it leaves what is whole.
                    let _ = enter(all[number].tree, id, state, stage);
                }
                return Err(error);
            }
            Err((error, gone)) => {
                let gone = gone + made_room.iter().map(|it| it.0).sum::<usize>();
                let message = format!(
                    "{}; {} of the batch {id} went already, to make room for the note that it goes",
                    error.message,
                    super::files(gone)
                );
                let again = ways::purge(parts.going.iter().map(|it| it.shown()), id);
                return Err(TrashError::new(TrashErrorKind::Stopped, message)
                    .hint(format!("{}{again} goes on", ways::first(&error))));
            }
        }
        noted.push((number, before));
        if let Some(state) = &mut all[number].state {
            state.stage = Stage::Purging;
        }
    }
    Ok(made_room)
}

/// Notes that a batch is being removed, and tells how many files and bytes had to go for that. Where no space is left for
/// the note, files of the batch that nobody needs go until there is, metadata before all else: should it be ended here,
/// what is left is nothing that could be addressed. When it fails, how many went all the same.
fn note(
    tree: &dyn Tree,
    batch: &Batch,
    text: &[u8],
    needed: impl Fn(&str) -> Option<String>,
) -> Result<(usize, u64), (TrashError, usize)> {
    let id = &batch.plan;
    let mut gone = (0, 0_u64);
    let mut numbers = batch.moves.iter().enumerate();
    let failed = |error: &ChangeError, count: usize| (TrashError::refused(error), count);
    loop {
        match tree.replace(&state_file(id), text) {
            Ok(()) => return Ok(gone),
            Err(error) if error.kind != ChangeErrorKind::Full => {
                return Err(failed(&error, gone.0));
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
                let (at, bytes) = next.ok_or_else(|| failed(&error, gone.0))?;
                tree.remove_file(&at).map_err(|it| failed(&it, gone.0))?;
                gone = (gone.0 + 1, gone.1.saturating_add(bytes));
            }
        }
    }
}

/// Whether a batch was being removed.
pub(in crate::action) fn is_under_way(tree: &dyn Tree, id: &str) -> Result<bool, TrashError> {
    let state = state_of(tree, id)?;
    Ok(state.is_some_and(|it| matches!(it.stage, Stage::Purging | Stage::Purged)))
}

/// Goes on with removing a deletion where that was begun; but for what `recheck` says that anybody needs.
pub(in crate::action) fn go_on(
    _permission: Permission,
    parts: Parts<'_>,
    id: &str,
    recheck: &mut RecheckOne<'_>,
    course: &mut Course<'_>,
) -> Result<Vec<Done>, TrashError> {
    let trees = parts.going.iter();
    let _held = trees.map(|it| lock(*it)).collect::<Result<Vec<_>, _>>()?;
    let all = parts.going.iter().map(|it| Part::read(*it, id));
    let all = all.collect::<Result<Vec<_>, _>>()?;
    let is_restoring = |it: &&Part<'_>| {
        let state = it.state.as_ref();
        state.is_some_and(|it| !it.restoring.is_empty())
    };
    if let Some(part) = all.iter().find(is_restoring) {
        let message = format!(
            "cannot go on with removing the batch {id} of {}: something of it is being put back",
            part.tree.shown()
        );
        return Err(TrashError::new(TrashErrorKind::Refused, message));
    }
    let together = Together::of(parts, id)?;
    let asked: Vec<usize> = (0..all.len()).filter(|&it| !all[it].is_empty).collect();
    let mut look = || named_in(&asked, recheck);
    let lookout = (!asked.is_empty()).then(|| Lookout::new(&mut look));
    let half_way = |error: TrashError| remove::half_way(parts, id, &error);
    let lookout = lookout.transpose().map_err(|why| {
        let message = cannot_go_on_in(&shown(parts.going), id, &why);
        half_way(message)
    })?;
    remove::remove(&all, id, Stays { lookout, together }, course).map_err(half_way)
}

/// That nothing more goes, as nobody knows what may.
fn cannot_go_on(tree: &dyn Tree, id: &str, why: &str) -> TrashError {
    cannot_go_on_in(&tree.shown(), id, why)
}

fn cannot_go_on_in(root: &str, id: &str, why: &str) -> TrashError {
    let message = format!(
        "cannot go on with removing the batch {id} of {root}: cannot tell who needs its files: {why}"
    );
    TrashError::new(TrashErrorKind::Stopped, message)
}

/// A root in whose trash something lies of a target that is whole, as far as can be told.
fn whole_in(parts: Parts<'_>, id: &str) -> Option<String> {
    let trees = parts.going.iter().chain(parts.beside);
    let known: Vec<_> = trees
        .filter_map(|tree| Some((tree, list::known(*tree, id).ok()?)))
        .collect();
    let whole = intact(known.iter().map(|(_, it)| it));
    let has_whole = |it: &&(&&dyn Tree, list::Known)| {
        let mut there = it.1.targets.iter().filter(|it| it.files > 0);
        there.any(|it| whole.contains(&*it.identity))
    };
    known.iter().find(has_whole).map(|(tree, _)| tree.shown())
}
