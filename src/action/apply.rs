//! A batch is carried out: its files are moved into the root's own trash, metadata first.
//!
//! Every file is held against what was seen of it when the plan was made, before it is moved and once more where it
//! arrived; one that differs is left alone. Nothing is ever copied, and nothing is removed but directories that are empty.

pub(super) mod lookout;
mod moving;

use std::collections::BTreeSet;

use jiff::Timestamp;

use self::lookout::{Asking, Lookout};
use self::moving::Moving;
use super::permission::Permission;
use super::trash::journal::{Journal, state_of};
use super::trash::{Course, Done, Stage, TrashError, TrashErrorKind, back, files, purge, ways};
use crate::domain::batch::Batch;
use crate::domain::size::thousands;
use crate::store::change::Tree;

/// Why the file at a path below the root must stay: who names it, in a few words.
pub type Named = Box<dyn Fn(&str) -> Option<String>>;
/// Looks who names what, afresh each time; or says why that cannot be told.
pub type Recheck<'a> = dyn FnMut() -> Result<Named, String> + 'a;

/// The same below one of several roots, by its place among them.
pub type NamedIn = Box<dyn Fn(usize, &str) -> Option<String>>;
/// Looks who names what in one of several roots, by its place among them, as [`Recheck`].
pub type RecheckOne<'a> = dyn FnMut(usize) -> Result<Named, String> + 'a;
/// Looks who names what in all of them, as [`Recheck`].
pub type RecheckAll<'a> = dyn FnMut() -> Result<NamedIn, String> + 'a;

/// Moves the files of a batch into the trash of its root. Once all metadata has gone, `recheck` is asked who names the
/// other files now, and again while they move and once all have been moved; those that anybody names stay, or come back.
///
/// # Errors
/// When it is refused: the trash cannot be had or lies on another file system, somebody else is at work there, or an
/// earlier batch is unfinished. When it comes to a stop half-way: a move fails, `recheck` does not know, or somebody
/// interrupts; [`resume`] then goes on, and [`back::undo`] goes back.
pub fn apply(
    permission: Permission,
    tree: &dyn Tree,
    batch: &Batch,
    recheck: &mut Recheck<'_>,
    course: &mut Course<'_>,
) -> Result<Done, TrashError> {
    let batches = [(tree, batch)];
    let (done, end) = together(
        permission,
        &batches,
        &mut || None,
        &mut || recheck().map(alone),
        course,
    );
    the_one(done, end)
}

/// What came of one batch alone.
fn the_one(done: Vec<Done>, end: Result<(), TrashError>) -> Result<Done, TrashError> {
    end?;
    let nothing = || TrashError::new(TrashErrorKind::Broken, "nothing was carried out");
    done.into_iter().next().ok_or_else(nothing)
}

/// Who names what below the only root that there is.
fn alone(named: Named) -> NamedIn {
    Box::new(move |_, path| named(path))
}

/// Why anybody has come to need what goes, if anybody has, in words.
pub type Needed<'a> = dyn FnMut() -> Option<String> + 'a;

/// The same of all batches of one plan, each in a root of its own: all are announced before one of them is begun, so that
/// whoever finds one after a crash finds them all, from whatever root; and all metadata goes before anything else does in any root, so that none
/// of them passes for somebody who needs a file of another. Then nobody can begin to need them, and `needed` is asked whether
/// somebody has, and again while files move and once all have: all is put back where that is so. None is done before all have
/// been moved and `recheck` was asked once more.
/// What came of those that are done; and whether all are.
///
/// # Errors
/// As [`apply`], beside what was done until then; and when somebody needs it.
pub fn together(
    _permission: Permission,
    batches: &[(&dyn Tree, &Batch)],
    needed: &mut Needed<'_>,
    recheck: &mut RecheckAll<'_>,
    course: &mut Course<'_>,
) -> (Vec<Done>, Result<(), TrashError>) {
    let now = course.clock.now();
    let mut parts = Vec::new();
    let begun = written_down(batches, now, &mut parts);
    if let Err(error) = begun {
        for part in &mut parts {
            // What cannot be closed is left to whoever goes on with it.
            let _ = part.journal.enter(Stage::Undone, now);
        }
        return (Vec::new(), Err(error));
    }
    carry_out(&mut parts, needed, recheck, course)
}

/// Announces all batches, and begins them once all are.
fn written_down<'t>(
    batches: &[(&'t dyn Tree, &Batch)],
    now: Timestamp,
    parts: &mut Vec<Moving<'t>>,
) -> Result<(), TrashError> {
    for (tree, batch) in batches {
        parts.push(Journal::announce(*tree, batch, now).and_then(Moving::new)?);
    }
    parts.iter().try_for_each(|it| it.journal.begin())
}

fn carry_out(
    parts: &mut [Moving<'_>],
    needed: &mut Needed<'_>,
    recheck: &mut RecheckAll<'_>,
    course: &mut Course<'_>,
) -> (Vec<Done>, Result<(), TrashError>) {
    let mut done = Vec::new();
    // From what has no metadata no job is started.
    let has_metadata = parts.iter().any(|it| it.journal.batch.metadata > 0);
    let mut nobody = || None;
    let mut asking = Asking::new(if has_metadata { needed } else { &mut nobody });
    let mut end = steps(parts, &mut asking, recheck, course, &mut done);
    if let Some(why) = asking.objection {
        end = moving::give_all_back(parts, &why, course.clock.now()).and(end);
    }
    let end = end.map_err(|error| stopped(parts, &error, course.clock.now()));
    (done, end)
}

fn steps(
    parts: &mut [Moving<'_>],
    asking: &mut Asking<'_>,
    recheck: &mut RecheckAll<'_>,
    course: &mut Course<'_>,
    done: &mut Vec<Done>,
) -> Result<(), TrashError> {
    for part in parts.iter_mut() {
        part.metadata(course)?;
    }
    moving::stay_together(parts, BTreeSet::new());
    asking.ask()?;
    if parts.iter().any(Moving::has_files) {
        let mut look = || recheck();
        let lookout = &mut Lookout::new(&mut look).map_err(|why| cannot_tell(&why))?;
        for (number, part) in parts.iter_mut().enumerate() {
            part.files(number, lookout, asking, course)?;
        }
        // Flink lists a job (`Dispatcher#runJob`) before that reads metadata: whoever comes to read it later finds none. What is
        // told later all the same comes back by `undo`.
        asking.ask()?;
        lookout.look().map_err(|why| cannot_tell(&why))?;
        for (number, part) in parts.iter_mut().enumerate() {
            part.give_back_named(number, lookout)?;
        }
    }
    for part in parts.iter_mut() {
        done.push(part.close(course)?);
    }
    Ok(())
}

/// That nothing more goes, as nobody knows what may.
fn cannot_tell(why: &str) -> TrashError {
    let message = format!("cannot tell who needs the files that are to go: {why}");
    TrashError::new(TrashErrorKind::Stopped, message)
}

/// What is said of a stop: where nothing was moved yet all is closed, as there is nothing to go on with, and nothing to put
/// back.
fn stopped(parts: &mut [Moving<'_>], error: &TrashError, now: Timestamp) -> TrashError {
    if have_moved_nothing(parts) {
        let mut closed = parts.iter_mut();
        if closed.all(|part| part.journal.enter(Stage::Undone, now).is_ok()) {
            return called_off(error, parts.iter().any(|it| it.has_returned));
        }
    }
    half_way(parts, error)
}

/// Whether all of them is where it was, and whole. Where metadata lies in yet another root, it may have gone there.
fn have_moved_nothing(parts: &[Moving<'_>]) -> bool {
    // A move that failed may have been done all the same.
    let is_here = |part: &Moving<'_>| part.journal.arrived().is_ok_and(|it| !it.contains(&true));
    parts.iter().any(|it| it.journal.batch.metadata > 0) && parts.iter().all(is_here)
}

fn called_off(error: &TrashError, is_back: bool) -> TrashError {
    let kind = match error.kind {
        TrashErrorKind::Interrupted => TrashErrorKind::CalledOff,
        _ => TrashErrorKind::Refused,
    };
    let what = if is_back {
        "all of it is back where it was"
    } else {
        "nothing was moved"
    };
    let message = format!("{}; {what}", error.message);
    let cure = error.hint.as_ref().map(|it| format!("{it}; "));
    let cure = cure.unwrap_or_default();
    TrashError::new(kind, message).hint(format!("{cure}a new plan tells what may go"))
}

/// Says how far they have come before they came to a stop, and what can be done about it.
fn half_way(parts: &[Moving<'_>], error: &TrashError) -> TrashError {
    let moves = || parts.iter().flat_map(|it| &it.here);
    let moved = moves().filter(|it| **it).count();
    let batch = parts.first().map(|it| &it.journal.batch);
    let (plan, asked) = batch.map_or(("", &[][..]), |it| (&it.plan, &it.asked));
    let message = format!(
        "{}; {} of the {} of the batch {plan} lie in the trash",
        error.message,
        thousands(moved as u64),
        files(moves().count()),
    );
    let kind = match error.kind {
        TrashErrorKind::Interrupted => error.kind,
        // Something has changed by now.
        _ => TrashErrorKind::Stopped,
    };
    let root = parts.first().map(|it| it.journal.tree.shown());
    let root = root.unwrap_or_default();
    TrashError::new(kind, message).hint(format!(
        "{}{} goes on, and {} puts them back",
        ways::first(error),
        ways::resume_beside(&root, asked),
        ways::undo(&root, plan)
    ))
}

/// Goes on with whatever was begun with a batch: moving it into the trash, putting it back, or removing it for good.
///
/// What was on its way into the trash is finished where its metadata has gone already. A target that is still whole stays
/// so: meanwhile somebody may have come to need it, which only a new plan can tell.
///
/// # Errors
/// When there is no such batch, and as [`apply`], [`back::undo`], [`back::restore`] and [`purge::purge`].
pub fn resume(
    permission: Permission,
    tree: &dyn Tree,
    id: &str,
    recheck: &mut Recheck<'_>,
    course: &mut Course<'_>,
) -> Result<Done, TrashError> {
    let nobody = &mut || None;
    let (done, end) = resume_all(permission, &[tree], id, nobody, &mut |_| recheck(), course);
    the_one(done.into_iter().map(|(_, done)| done).collect(), end)
}

/// The same with all batches of one deletion, each in a root of its own: what is on its way back in one of them comes back in
/// all. Of what goes into the trash, `needed` is asked as [`together`] does. What came of those that are done, by their places among the roots; and whether all are.
///
/// # Errors
/// As [`resume`], beside what was done until then.
pub fn resume_all(
    permission: Permission,
    trees: &[&dyn Tree],
    id: &str,
    needed: &mut Needed<'_>,
    recheck: &mut RecheckOne<'_>,
    course: &mut Course<'_>,
) -> (Vec<(usize, Done)>, Result<(), TrashError>) {
    let mut done = Vec::new();
    let whose = (needed, recheck);
    let end = go_on(permission, trees, id, whose, course, &mut done);
    (done, end)
}

fn go_on(
    permission: Permission,
    trees: &[&dyn Tree],
    id: &str,
    (needed, recheck): (&mut Needed<'_>, &mut RecheckOne<'_>),
    course: &mut Course<'_>,
    done: &mut Vec<(usize, Done)>,
) -> Result<(), TrashError> {
    let mut numbers = Vec::new();
    let states = trees.iter().map(|tree| state_of(*tree, id));
    let states = states.collect::<Result<Vec<_>, _>>()?;
    let mut states = states.iter().flatten();
    // What was on its way back comes back before anything else goes for good.
    let is_restoring = states.any(|it| !it.restoring.is_empty());
    let mut going = Vec::new();
    for (number, tree) in trees.iter().enumerate() {
        // Removing may have come so far that nothing else can be read.
        if !is_restoring && purge::is_under_way(*tree, id)? {
            going.push(number);
        } else if state_of(*tree, id)?.is_some() {
            numbers.push(number);
        }
    }
    if !going.is_empty() {
        let of = |numbers: &[usize]| numbers.iter().map(|&it| trees[it]).collect::<Vec<_>>();
        let parts = purge::Parts {
            going: &of(&going),
            beside: &of(&numbers),
        };
        let mut recheck = |it: usize| recheck(going[it]);
        let gone = purge::go_on(permission, parts, id, &mut recheck, course)?;
        done.extend(going.iter().copied().zip(gone));
    }
    // All are written down before anything is moved in one.
    let is_short = numbers.len() < trees.len();
    let opened = numbers.iter().map(|&it| Journal::open(trees[it], id));
    let mut journals = opened.collect::<Result<Vec<_>, _>>()?;
    let has = |stage| journals.iter().any(|it| it.state.stage == stage);
    if has(Stage::Undoing) {
        let back = back::all(journals, course)?;
        done.extend(numbers.into_iter().zip(back));
    } else if has(Stage::Begun) {
        let is_begun = |it: &Journal<'_>| it.state.stage == Stage::Begun;
        let begun: Vec<bool> = journals.iter().map(is_begun).collect();
        let mut staying = BTreeSet::new();
        for journal in journals.iter().filter(|it| !is_begun(it)) {
            staying.extend(moving::whole_in(journal)?);
        }
        let mut each = begun.iter();
        journals.retain(|_| each.next() == Some(&true));
        let mut each = begun.iter();
        numbers.retain(|_| each.next() == Some(&true));
        let parts = journals.into_iter().map(Moving::new);
        let mut parts = parts.collect::<Result<Vec<_>, _>>()?;
        let mut batches = parts.iter().map(|it| &it.journal.batch);
        let is_short = is_short || batches.any(|it| it.roots.len() > trees.len());
        moving::leave_what_is_whole(&mut parts, is_short);
        moving::stay_together(&mut parts, staying);
        let mut recheck = || {
            let each = numbers.iter().map(|&it| recheck(it));
            let each = each.collect::<Result<Vec<Named>, String>>()?;
            let named = move |number: usize, path: &str| each.get(number).and_then(|it| it(path));
            Ok(Box::new(named) as NamedIn)
        };
        let (gone, end) = carry_out(&mut parts, needed, &mut recheck, course);
        done.extend(numbers.iter().copied().zip(gone));
        end?;
    } else if journals.iter().any(|it| !it.state.restoring.is_empty()) {
        let back = back::begun(journals, course)?;
        done.extend(numbers.into_iter().zip(back));
    } else if done.is_empty() {
        let roots: Vec<String> = trees.iter().map(|it| it.shown()).collect();
        let message = format!(
            "nothing of the batch {id} in {} is unfinished",
            roots.join(" and ")
        );
        return Err(TrashError::new(TrashErrorKind::NotFound, message));
    }
    Ok(())
}
