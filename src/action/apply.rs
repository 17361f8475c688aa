//! A batch is carried out: its files are moved into the root's own trash, metadata first.
//!
//! Every file is held against what was seen of it when the plan was made, before it is moved and once more where it
//! arrived; one that differs is left alone. Nothing is ever copied, and nothing is removed but directories that are empty.

use std::collections::BTreeSet;
use std::path::Path;

use super::permission::Permission;
use super::trash::journal::{Journal, difference};
use super::trash::{
    Course, Done, End, Pace, Skipped, Stage, Step, TrashError, TrashErrorKind, all_parents, back,
    files, purge, skipped,
};
use jiff::Timestamp;

use crate::domain::batch::Batch;
use crate::domain::size::thousands;
use crate::inventory::named::NamedFiles;
use crate::store::change::{ChangeErrorKind, Tree};

/// Why the file at a path below the root must stay: who names it, in a few words.
pub type Named = Box<dyn Fn(&str) -> Option<String>>;
/// Looks afresh who names what; or says why that cannot be told.
pub type Recheck<'a> = dyn FnMut() -> Result<Named, String> + 'a;

/// Who names what below a root, by what the snapshots on disk name.
pub(super) fn naming(root: &Path, named: NamedFiles) -> Named {
    let at = root.to_owned();
    Box::new(move |path: &str| {
        let is_named = named.has(&at.join(path));
        is_named.then(|| "a snapshot names it now".to_owned())
    })
}

/// Moves the files of a batch into the trash of its root. Once all metadata has gone, `recheck` is asked who names the
/// other files now; those that anybody names stay.
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
        &mut |_| recheck(),
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

/// Looks afresh who names what of one of several batches, by its place among them.
pub type RecheckOne<'a> = dyn FnMut(usize) -> Result<Named, String> + 'a;

/// Why anybody has come to need what goes, if anybody has, in words.
pub type Needed<'a> = dyn FnMut() -> Option<String> + 'a;

/// The same of all batches of one plan, each in a root of its own: all are written down before anything is moved, so that
/// whoever finds one after a crash finds them all; and all metadata goes before anything else does in any root, so that none
/// of them passes for somebody who needs a file of another. Then nobody can begin to need them, and `needed` is asked whether
/// somebody has: all is put back where that is so. What came of those that are done; and whether all are.
///
/// # Errors
/// As [`apply`], beside what was done until then; and when somebody needs it.
pub fn together(
    _permission: Permission,
    batches: &[(&dyn Tree, &Batch)],
    needed: &mut Needed<'_>,
    recheck: &mut RecheckOne<'_>,
    course: &mut Course<'_>,
) -> (Vec<Done>, Result<(), TrashError>) {
    let now = course.clock.now();
    let mut parts = Vec::new();
    for (tree, batch) in batches {
        match Journal::begin(*tree, batch, now).and_then(Moving::new) {
            Ok(part) => parts.push(part),
            Err(error) => {
                for part in &mut parts {
                    // What cannot be closed is left to whoever goes on with it.
                    let _ = part.journal.enter(Stage::Undone, now);
                }
                return (Vec::new(), Err(error));
            }
        }
    }
    carry_out(&mut parts, needed, recheck, course)
}

fn carry_out(
    parts: &mut [Moving<'_>],
    needed: &mut Needed<'_>,
    recheck: &mut RecheckOne<'_>,
    course: &mut Course<'_>,
) -> (Vec<Done>, Result<(), TrashError>) {
    let mut done = Vec::new();
    let end = steps(parts, needed, recheck, course, &mut done);
    let end = end.map_err(|error| stopped(parts, &error, course.clock.now()));
    (done, end)
}

fn steps(
    parts: &mut [Moving<'_>],
    needed: &mut Needed<'_>,
    recheck: &mut RecheckOne<'_>,
    course: &mut Course<'_>,
    done: &mut Vec<Done>,
) -> Result<(), TrashError> {
    for part in parts.iter_mut() {
        part.metadata(course)?;
    }
    let has_metadata = parts.iter().any(|it| it.journal.batch.metadata > 0);
    if let Some(why) = has_metadata.then(needed).flatten() {
        for part in parts.iter_mut() {
            part.give_metadata_back(&why)?;
        }
        return Err(TrashError::new(TrashErrorKind::Refused, why));
    }
    for (number, part) in parts.iter_mut().enumerate() {
        done.push(part.rest(&mut || recheck(number), course)?);
    }
    Ok(())
}

/// What is said of a stop: where nothing was moved yet all is closed, as there is nothing to go on with, and nothing to put
/// back.
fn stopped(parts: &mut [Moving<'_>], error: &TrashError, now: Timestamp) -> TrashError {
    if have_moved_nothing(parts) {
        let mut closed = parts.iter_mut();
        if closed.all(|part| part.journal.enter(Stage::Undone, now).is_ok()) {
            return called_off(error);
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

fn called_off(error: &TrashError) -> TrashError {
    let kind = match error.kind {
        TrashErrorKind::Interrupted => TrashErrorKind::Interrupted,
        _ => TrashErrorKind::Refused,
    };
    let message = format!("{}; nothing was moved", error.message);
    TrashError::new(kind, message).hint("a new plan tells what may go")
}

/// Says how far they have come before they came to a stop, and what can be done about it.
fn half_way(parts: &[Moving<'_>], error: &TrashError) -> TrashError {
    let moves = || parts.iter().flat_map(|it| &it.here);
    let moved = moves().filter(|it| **it).count();
    let plan = parts.first().map_or("", |it| &it.journal.batch.plan);
    let message = format!(
        "{}; {} of the {} of the batch {plan} lie in the trash",
        error.message,
        thousands(moved as u64),
        files(moves().count()),
    );
    let (kind, before) = match error.kind {
        TrashErrorKind::Interrupted => (error.kind, ""),
        // Something has changed by now.
        TrashErrorKind::Refused => (TrashErrorKind::Stopped, "once that is mended, "),
        kind => (kind, "once that is mended, "),
    };
    TrashError::new(kind, message).hint(format!(
        "{before}`stateward resume` goes on, and `stateward undo` puts them back"
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
    // Removing may have come so far that nothing else can be read.
    if purge::is_under_way(tree, id)? {
        return purge::go_on(permission, tree, id, recheck, course);
    }
    let journal = Journal::open(tree, id)?;
    match journal.state.stage {
        Stage::Begun => {
            let mut moving = Moving::new(journal)?;
            moving.leave_what_is_whole();
            let (done, end) = carry_out(&mut [moving], &mut || None, &mut |_| recheck(), course);
            the_one(done, end)
        }
        Stage::Undoing => back::all(journal, course),
        Stage::Done | Stage::Undone if !journal.state.restoring.is_empty() => {
            back::begun(journal, course)
        }
        _ => Err(TrashError::new(
            TrashErrorKind::NotFound,
            format!(
                "nothing of the batch {id} in {} is unfinished",
                tree.shown()
            ),
        )),
    }
}

/// Moves that are under way.
struct Moving<'t> {
    journal: Journal<'t>,
    /// Which moves are done.
    here: Vec<bool>,
    /// Targets whose metadata is there still, or again: none of their files goes.
    staying: Vec<bool>,
    skipped: Vec<Skipped>,
    left: usize,
}

impl<'t> Moving<'t> {
    fn new(mut journal: Journal<'t>) -> Result<Self, TrashError> {
        // What was left alone by an earlier try is tried again.
        journal.state.skipped.clear();
        Ok(Self {
            here: journal.arrived()?,
            staying: vec![false; journal.batch.targets.len()],
            skipped: Vec::new(),
            left: 0,
            journal,
        })
    }

    /// Lets targets stay none of whose metadata has gone.
    fn leave_what_is_whole(&mut self) {
        let metadata = 0..self.journal.batch.metadata;
        let target = |number: usize| self.journal.batch.moves[number].target;
        let gone: BTreeSet<usize> = metadata
            .clone()
            .filter(|&it| self.here[it])
            .map(target)
            .collect();
        let whole: BTreeSet<usize> = metadata.map(target).collect();
        for target in whole.difference(&gone) {
            self.staying[*target] = true;
            self.skipped.push(skipped(
                &self.journal.batch.targets[*target],
                "it is whole still; a new plan tells whether it may go",
            ));
        }
    }

    /// All that follows once the metadata has gone in every root.
    fn rest(
        &mut self,
        recheck: &mut Recheck<'_>,
        course: &mut Course<'_>,
    ) -> Result<Done, TrashError> {
        self.files(recheck, course)?;
        let directories = self.directories()?;
        let sync = self.journal.tree.sync(&self.journal.files());
        sync.map_err(|it| TrashError::stopped(&it))?;
        self.journal.enter(Stage::Done, course.clock.now())?;
        let moved = self.journal.numbered().filter(|(it, _)| self.here[*it]);
        let bytes = moved.clone().map(|(_, it)| it.seen.bytes);
        Ok(Done {
            plan: self.journal.batch.plan.clone(),
            end: End::Trashed,
            files: moved.count(),
            bytes: bytes.fold(0, u64::saturating_add),
            directories,
            skipped: std::mem::take(&mut self.skipped),
            left: self.left,
            notes: Vec::new(),
        })
    }

    /// Moves all metadata, so that nothing addresses what goes.
    fn metadata(&mut self, course: &mut Course<'_>) -> Result<(), TrashError> {
        let count = self.journal.batch.metadata;
        let mut pace = Pace::new(course, Step::Metadata, count);
        for number in 0..count {
            let target = self.journal.batch.moves[number].target;
            if self.here[number] || !self.staying[target] {
                pace.wait()?;
                self.one(number)?;
            }
            // Where one of several stays, the others and all data stay with it.
            self.staying[target] |= !self.here[number];
            pace.done();
        }
        let sync = self.journal.tree.sync(&self.journal.files());
        sync.map_err(|it| TrashError::stopped(&it))?;
        let gone: Vec<usize> = (0..count).filter(|&it| self.here[it]).collect();
        let mut replaced = BTreeSet::new();
        for &number in &gone {
            if self.is_taken(number)? {
                self.staying[self.journal.batch.moves[number].target] = true;
                self.skip(number, "new metadata has come to its place");
                replaced.insert(number);
            }
        }
        for number in gone {
            let stays = self.staying[self.journal.batch.moves[number].target];
            if stays && !replaced.contains(&number) {
                self.give_back(number, "its target stays")?;
            }
        }
        Ok(())
    }

    /// Puts all metadata back, as somebody needs what it tells of.
    fn give_metadata_back(&mut self, why: &str) -> Result<(), TrashError> {
        let metadata = 0..self.journal.batch.metadata;
        let gone: Vec<usize> = metadata.filter(|&it| self.here[it]).collect();
        for number in gone {
            self.give_back(number, why)?;
        }
        Ok(())
    }

    /// Moves all other files that nobody names.
    fn files(
        &mut self,
        recheck: &mut Recheck<'_>,
        course: &mut Course<'_>,
    ) -> Result<(), TrashError> {
        let (first, end) = (self.journal.batch.metadata, self.journal.batch.moves.len());
        if first == end {
            return Ok(());
        }
        let named = recheck().map_err(|why| {
            TrashError::new(
                TrashErrorKind::Stopped,
                format!("cannot tell who needs the files that are to go: {why}"),
            )
        })?;
        let mut pace = Pace::new(course, Step::Files, end - first);
        for number in first..end {
            let it = &self.journal.batch.moves[number];
            let (named, stays) = (named(&it.from), self.staying[it.target]);
            if self.here[number] || !(named.is_some() || stays) {
                pace.wait()?;
            }
            match self.here[number] {
                true if named.is_some() || stays => {
                    let why = named.as_deref().unwrap_or("its target stays");
                    self.give_back(number, why)?;
                }
                false if stays => self.left += 1,
                _ => match named {
                    Some(why) => self.skip(number, &why),
                    None => self.one(number)?,
                },
            }
            pace.done();
        }
        Ok(())
    }

    /// Moves a file, unless it is not the one that was seen.
    fn one(&mut self, number: usize) -> Result<(), TrashError> {
        if !self.here[number] && !self.take(number)? {
            return Ok(());
        }
        self.here[number] = true;
        let arrived = self.journal.tree.look(&self.journal.file(number));
        let arrived = arrived.map_err(|it| TrashError::stopped(&it))?;
        // Somebody may have put another one there between the look and the move.
        match difference(&arrived, &self.journal.batch.moves[number].seen) {
            None => Ok(()),
            Some(why) => self.give_back(number, why),
        }
    }

    /// Whether a file was there as it was seen, and was moved.
    fn take(&mut self, number: usize) -> Result<bool, TrashError> {
        let it = &self.journal.batch.moves[number];
        let (tree, to) = (self.journal.tree, self.journal.file(number));
        let moved = tree
            .look(&it.from)
            .and_then(|found| match difference(&found, &it.seen) {
                Some(why) => Ok(Some(why)),
                None => tree.move_in(&it.from, &to).map(|()| None),
            });
        let why = match moved {
            Ok(None) => return Ok(true),
            Ok(Some(why)) => why,
            Err(error) => match error.kind {
                ChangeErrorKind::NotFound => "it is not there any more",
                ChangeErrorKind::Link => "a symbolic link is on the way to it now",
                ChangeErrorKind::NotADirectory => "something above it is no directory any more",
                ChangeErrorKind::OtherFileSystem => "it lies on another file system than the trash",
                _ => return Err(TrashError::stopped(&error)),
            },
        };
        self.skip(number, why);
        Ok(false)
    }

    /// Puts a file back that should not have gone.
    fn give_back(&mut self, number: usize, why: &str) -> Result<(), TrashError> {
        let file = self.journal.file(number);
        let back = self
            .journal
            .tree
            .move_out(&file, &self.journal.batch.moves[number].from);
        match back.map_err(|error| (error.kind.clone(), error)) {
            Ok(()) => {
                self.here[number] = false;
                self.skip(number, why);
            }
            Err((ChangeErrorKind::Exists, _)) => {
                let why =
                    format!("{why}, but yet another one came to its place; it is kept as {file}");
                self.skip(number, &why);
            }
            Err((_, error)) => return Err(TrashError::stopped(&error)),
        }
        Ok(())
    }

    /// Whether something is where a file was taken from.
    fn is_taken(&self, number: usize) -> Result<bool, TrashError> {
        match self
            .journal
            .tree
            .look(&self.journal.batch.moves[number].from)
        {
            Ok(_) => Ok(true),
            Err(error) => match error.kind {
                ChangeErrorKind::NotFound
                | ChangeErrorKind::Link
                | ChangeErrorKind::NotADirectory => Ok(false),
                _ => Err(TrashError::stopped(&error)),
            },
        }
    }

    fn skip(&mut self, number: usize, why: &str) {
        self.journal.skip(number, why);
        let from = &self.journal.batch.moves[number].from;
        self.skipped.push(skipped(from, why));
    }

    /// Removes directories that are empty, and says how many.
    fn directories(&mut self) -> Result<usize, TrashError> {
        let gone = self.journal.numbered().filter(|(it, _)| self.here[*it]);
        let gone = all_parents(gone.map(|(_, it)| it.from.as_str()));
        let is_whole = self.skipped.is_empty() && self.left == 0;
        let mut going = Vec::new();
        for (number, it) in self.journal.batch.directories.iter().enumerate() {
            // Where something stays, so do empty directories that it may want.
            if (is_whole || gone.contains(it.path.as_str()))
                && self.journal.tree.look(&it.path).is_ok()
            {
                going.push(number);
            }
        }
        // Whatever order they come in, one that holds others goes after them.
        let depth = |number: &usize| {
            let path = &self.journal.batch.directories[*number].path;
            std::cmp::Reverse(path.split('/').count())
        };
        going.sort_by_key(depth);
        // What is about to go is written down first, so that it can be made again.
        let before = &self.journal.state.directories;
        let all: BTreeSet<usize> = before.iter().chain(&going).copied().collect();
        self.journal.state.directories = all.into_iter().collect();
        self.journal.save()?;
        let mut removed = 0;
        for number in going {
            let it = &self.journal.batch.directories[number];
            match self.journal.tree.remove_directory(&it.path) {
                Ok(()) => removed += 1,
                Err(error) => match error.kind {
                    ChangeErrorKind::NotFound
                    | ChangeErrorKind::NotEmpty
                    | ChangeErrorKind::NotADirectory
                    | ChangeErrorKind::Link => {}
                    _ => self.skipped.push(skipped(&it.path, error.kind.to_string())),
                },
            }
        }
        Ok(removed)
    }
}
