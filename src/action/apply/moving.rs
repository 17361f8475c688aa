//! The moves of one batch.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::lookout::{Asking, Lookout};
use super::{NamedIn, cannot_tell};
use crate::action::trash::journal::{Journal, difference};
use crate::action::trash::{
    Course, Done, End, Pace, Skipped, Stage, Step, TrashError, all_parents, skipped,
};
use crate::store::change::ChangeErrorKind;

/// Lets targets stay none of whose metadata has gone, in whatever root that is. Where the plan `is_short` of a root, that is
/// not known of what has metadata there, but if nothing has gone anywhere, then it was not written down there yet.
pub(super) fn leave_what_is_whole(parts: &mut [Moving<'_>], is_short: bool) {
    let is_untouched = parts.iter().all(|it| !it.here.contains(&true));
    for part in parts.iter_mut() {
        if is_short && is_untouched {
            part.leave_all();
        } else {
            part.leave_what_is_whole();
        }
    }
}

/// Where the targets lie whose metadata a batch has left where it was.
pub(super) fn whole_in(journal: &Journal<'_>) -> Result<Vec<String>, TrashError> {
    let (here, batch) = (journal.arrived()?, &journal.batch);
    let left = (0..batch.metadata).filter(|&it| !here[it]);
    let places = left.filter_map(|it| batch.places.get(batch.moves[it].target));
    Ok(places.cloned().collect())
}

/// What stays in one root stays in all; so does what is `staying` elsewhere, by where it lies.
pub(super) fn stay_together(parts: &mut [Moving<'_>], mut staying: BTreeSet<String>) {
    let places = |part: &Moving<'_>| {
        let each = part.staying.iter().zip(&part.journal.batch.places);
        let staying = each.filter(|(stays, _)| **stays);
        staying
            .map(|(_, place)| place.clone())
            .collect::<Vec<String>>()
    };
    staying.extend(parts.iter().flat_map(places));
    for part in parts {
        for (stays, place) in part.staying.iter_mut().zip(&part.journal.batch.places) {
            *stays |= staying.contains(place);
        }
    }
}

/// Puts everything back that has gone, in all roots: files first, and of no target metadata whose files cannot all come back.
/// Written down before anything moves, so that whoever goes on with it after a crash goes on with that.
pub(super) fn give_all_back(
    parts: &mut [Moving<'_>],
    why: &str,
    now: Timestamp,
) -> Result<(), TrashError> {
    for part in parts.iter_mut() {
        part.journal.enter(Stage::Undoing, now)?;
    }
    let mut stuck = BTreeSet::new();
    for part in parts.iter_mut() {
        let files = part.journal.batch.metadata..part.journal.batch.moves.len();
        part.has_returned = part.was_begun || part.here[files.clone()].contains(&true);
        part.give_back_those(files, why)?;
        let batch = &part.journal.batch;
        let targets = part.stuck.iter().map(|&it| batch.moves[it].target);
        stuck.extend(targets.filter_map(|it| batch.places.get(it).cloned()));
    }
    for part in parts {
        let batch = &part.journal.batch;
        let comes = |it: &usize| {
            let place = batch.places.get(batch.moves[*it].target);
            place.is_none_or(|it| !stuck.contains(it))
        };
        let metadata: Vec<usize> = (0..batch.metadata).filter(comes).collect();
        part.give_back_those(metadata, why)?;
    }
    Ok(())
}

/// Moves that are under way.
pub(super) struct Moving<'t> {
    pub(super) journal: Journal<'t>,
    /// Which moves are done.
    pub(super) here: Vec<bool>,
    /// Targets whose metadata is there still, or again: none of their files goes.
    staying: Vec<bool>,
    /// Those that should be back, and cannot, as something else is at their place.
    stuck: BTreeSet<usize>,
    skipped: Vec<Skipped>,
    left: usize,
    /// Whether something had gone before.
    was_begun: bool,
    /// Whether all was put back after more than metadata had gone.
    pub(super) has_returned: bool,
}

impl<'t> Moving<'t> {
    pub(super) fn new(mut journal: Journal<'t>) -> Result<Self, TrashError> {
        // What was left alone by an earlier try is tried again.
        journal.state.skipped.clear();
        let here = journal.arrived()?;
        Ok(Self {
            was_begun: here.contains(&true),
            has_returned: false,
            here,
            staying: vec![false; journal.batch.targets.len()],
            stuck: BTreeSet::new(),
            skipped: Vec::new(),
            left: 0,
            journal,
        })
    }

    /// Lets all targets stay.
    fn leave_all(&mut self) {
        for target in 0..self.staying.len() {
            self.leave(target);
        }
    }

    fn leave(&mut self, target: usize) {
        self.staying[target] = true;
        self.skipped.push(skipped(
            &self.journal.batch.targets[target],
            "it is whole still; a new plan tells whether it may go",
        ));
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
        for &target in whole.difference(&gone) {
            self.leave(target);
        }
    }

    /// Whether anything but metadata is to go.
    pub(super) fn has_files(&self) -> bool {
        self.journal.batch.metadata < self.journal.batch.moves.len()
    }

    /// All that follows once everything has been moved in every root.
    pub(super) fn close(&mut self, course: &Course<'_>) -> Result<Done, TrashError> {
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
            found: 0,
            bytes: bytes.fold(0, u64::saturating_add),
            directories,
            skipped: std::mem::take(&mut self.skipped),
            left: self.left,
            notes: Vec::new(),
        })
    }

    /// Moves all metadata, so that nothing addresses what goes.
    pub(super) fn metadata(&mut self, course: &mut Course<'_>) -> Result<(), TrashError> {
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

    /// Puts those of some files back that have gone.
    fn give_back_those(
        &mut self,
        those: impl IntoIterator<Item = usize>,
        why: &str,
    ) -> Result<(), TrashError> {
        for number in those {
            if self.here[number] && !self.stuck.contains(&number) {
                self.give_back(number, why)?;
            }
        }
        Ok(())
    }

    /// Moves all other files that nobody names; it is looked again who does while they move, and asked who has come to need
    /// them. `number` is the place of this batch among those that are carried out.
    pub(super) fn files(
        &mut self,
        number: usize,
        lookout: &mut Lookout<'_, NamedIn>,
        asking: &mut Asking<'_>,
        course: &mut Course<'_>,
    ) -> Result<(), TrashError> {
        let (first, end) = (self.journal.batch.metadata, self.journal.batch.moves.len());
        let mut pace = Pace::new(course, Step::Files, end - first);
        for at in first..end {
            if lookout.look_when_due().map_err(|why| cannot_tell(&why))? {
                self.give_back_named(number, lookout)?;
            }
            let it = &self.journal.batch.moves[at];
            let (mut named, stays) = (lookout.named()(number, &it.from), self.staying[it.target]);
            if !self.here[at] && named.is_none() && !stays {
                pace.wait()?;
                // However long that was.
                asking.ask_when_due()?;
                if lookout.look_when_due().map_err(|why| cannot_tell(&why))? {
                    self.give_back_named(number, lookout)?;
                    named = lookout.named()(number, &self.journal.batch.moves[at].from);
                }
            }
            match self.here[at] {
                true if named.is_some() || stays => {
                    let why = named.as_deref().unwrap_or("its target stays");
                    self.give_back(at, why)?;
                }
                false if stays => self.left += 1,
                _ => match named {
                    Some(why) => self.skip(at, &why),
                    None => self.one(at)?,
                },
            }
            pace.done();
        }
        Ok(())
    }

    /// Puts back what somebody names by now.
    pub(super) fn give_back_named(
        &mut self,
        number: usize,
        lookout: &Lookout<'_, NamedIn>,
    ) -> Result<(), TrashError> {
        for at in self.journal.batch.metadata..self.journal.batch.moves.len() {
            if !self.here[at] || self.stuck.contains(&at) {
                continue;
            }
            if let Some(why) = lookout.named()(number, &self.journal.batch.moves[at].from) {
                self.give_back(at, &why)?;
            }
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
                self.stuck.insert(number);
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
                Ok(()) => {
                    removed += 1;
                    self.journal.state.removed.push(number);
                }
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
