//! What comes back of one root.

use std::collections::{BTreeMap, BTreeSet};

use crate::action::trash::journal::Journal;
use crate::action::trash::{Done, End, Pace, TrashError, all_parents, files, parents, skipped};
use crate::domain::batch::Directory;
use crate::domain::size::thousands;
use crate::domain::text::scrub;
use crate::store::change::{ChangeErrorKind, FoundKind, ROOT};

/// What comes back of one root.
pub(super) struct Part<'j, 't> {
    journal: &'j Journal<'t>,
    /// The moves to take back.
    numbers: Vec<usize>,
    /// The directories that may have to be made again, the deepest last.
    directories: Vec<usize>,
    /// Those that were made, or were there.
    made: Vec<usize>,
    /// Targets of which something cannot come back.
    stuck: Vec<bool>,
    done: Done,
}

/// Why a snapshot does not come back among what is at its place.
const TAKEN: &str = "something else is at its place now; all of the snapshot stays in the trash; where that is not needed, move it \
     away and undo once more";
/// Why a snapshot does not come back among what somebody has begun to write there.
const OCCUPIED: &str = "its directory was made or written to again after it was deleted, as by a new attempt of the same checkpoint; \
     all of the snapshot stays in the trash; where no job writes there, move that directory away and undo once more";

impl<'j, 't> Part<'j, 't> {
    pub(super) fn new(
        journal: &'j Journal<'t>,
        is_chosen: impl Fn(usize) -> bool,
    ) -> Result<Self, TrashError> {
        let here = journal.arrived()?;
        let chosen = journal
            .numbered()
            .filter(|(_, it)| it.targets().any(&is_chosen));
        let numbers: Vec<usize> = chosen
            .filter(|(number, _)| here[*number])
            .map(|(number, _)| number)
            .collect();
        let batch = &journal.batch;
        let lost = chosen_lost(journal, &here, &is_chosen);
        let is_all = (0..batch.targets.len()).all(&is_chosen);
        let above = all_parents(numbers.iter().map(|&it| batch.moves[it].from.as_str()));
        let mut directories: Vec<usize> = journal.state.directories.clone();
        directories.retain(|&it| is_all || above.contains(batch.directories[it].path.as_str()));
        // Whoever wrote the batch, what is above is made first.
        directories.sort_by_key(|&it| batch.directories[it].path.split('/').count());
        Ok(Self {
            done: Done {
                plan: batch.plan.clone(),
                end: End::Back,
                files: 0,
                found: 0,
                bytes: 0,
                directories: 0,
                skipped: Vec::new(),
                left: 0,
                notes: lost,
            },
            stuck: vec![false; batch.targets.len()],
            journal,
            numbers,
            directories,
            made: Vec::new(),
        })
    }

    /// How many files come back.
    pub(super) fn count(&self) -> usize {
        self.numbers.len()
    }

    /// What came of it.
    pub(super) fn done(self) -> Done {
        self.done
    }

    /// Makes the directories again that went with the files.
    pub(super) fn make_directories(&mut self) -> Result<(), TrashError> {
        self.made = std::mem::take(&mut self.directories);
        for number in self.made.clone() {
            self.make(number)?;
        }
        Ok(())
    }

    /// The targets whose metadata cannot come back, as something else has come to its place: of those nothing does. Among what
    /// another snapshot of their name has there now their files would be litter, and no snapshot.
    pub(super) fn taken(&self) -> Result<BTreeMap<String, &'static str>, TrashError> {
        let batch = &self.journal.batch;
        let occupied = self.journal.state.occupied.iter();
        let occupied = occupied.filter_map(|&it| batch.identity_of(it));
        let mut taken: BTreeMap<String, &str> =
            occupied.map(|it| (it.to_owned(), OCCUPIED)).collect();
        for &number in self.numbers.iter().filter(|&&it| it < batch.metadata) {
            let it = &batch.moves[number];
            let is_free = match self.journal.tree.look(&it.from) {
                Ok(_) => self.is_back(number)?,
                Err(error) if error.is_absence() || is_in_the_way(&error.kind) => true,
                Err(error) => return Err(TrashError::stopped(&error)),
            };
            if let (false, Some(identity)) = (is_free, batch.identity_of(it.target)) {
                taken.insert(identity.to_owned(), TAKEN);
            }
        }
        Ok(taken)
    }

    /// Leaves files in the trash of which every snapshot stays there as a whole.
    pub(super) fn leave(&mut self, taken: &BTreeMap<String, &'static str>) {
        let batch = &self.journal.batch;
        let why = |target| batch.identity_of(target).and_then(|it| taken.get(it));
        let stays = |&number: &usize| {
            let mut targets = batch.moves[number].targets();
            targets.all(|it| why(it).is_some())
        };
        let (staying, going): (Vec<usize>, Vec<usize>) =
            self.numbers.iter().copied().partition(stays);
        self.numbers = going;
        for number in staying {
            if number >= batch.metadata {
                self.done.left += 1;
            } else {
                let it = &batch.moves[number];
                let why = why(it.target).copied().unwrap_or(TAKEN);
                self.done.skipped.push(skipped(&it.from, why));
            }
        }
        let going = self
            .numbers
            .iter()
            .flat_map(|&it| batch.moves[it].targets());
        let going: BTreeSet<usize> = going.collect();
        let above = self.numbers.iter().map(|&it| batch.moves[it].from.as_str());
        let above = all_parents(above);
        let is_left = |path: &str| {
            let metadata = batch.moves.iter().take(batch.metadata);
            let mut own = metadata.filter(|it| parents(&it.from).next() == Some(path));
            own.any(|it| !going.contains(&it.target))
        };
        self.directories.retain(|&it| {
            let path = batch.directories[it].path.as_str();
            above.contains(path) || !is_left(path)
        });
    }

    fn is_one_of(&self, target: usize, identities: &BTreeSet<String>) -> bool {
        let identity = self.journal.batch.identity_of(target);
        identity.is_some_and(|it| identities.contains(it))
    }

    /// Puts all files back but metadata.
    pub(super) fn files(&mut self, pace: &mut Pace<'_, '_>) -> Result<(), TrashError> {
        let first = self.journal.batch.metadata;
        let numbers: Vec<usize> = self
            .numbers
            .iter()
            .copied()
            .filter(|&it| it >= first)
            .collect();
        for &number in &numbers {
            pace.wait()?;
            self.put_back(number)?;
            pace.done();
        }
        // What was put back is there for good before anything can address it.
        self.sync(&numbers)
    }

    /// Puts metadata back, but for that of snapshots of which a file is stuck somewhere.
    pub(super) fn metadata(
        &mut self,
        stuck: &BTreeSet<String>,
        pace: &mut Pace<'_, '_>,
    ) -> Result<(), TrashError> {
        let first = self.journal.batch.metadata;
        let numbers: Vec<usize> = self
            .numbers
            .iter()
            .copied()
            .filter(|&it| it < first)
            .collect();
        for &number in &numbers {
            pace.wait()?;
            if self.is_one_of(self.journal.batch.moves[number].target, stuck) {
                self.done.left += 1;
            } else {
                self.put_back(number)?;
            }
            pace.done();
        }
        self.sync(&numbers)
    }

    /// The targets of which something cannot come back.
    pub(super) fn stuck(&self) -> impl Iterator<Item = String> {
        let stuck = self
            .stuck
            .iter()
            .enumerate()
            .filter(|(_, is_stuck)| **is_stuck);
        let known = stuck.filter_map(|(target, _)| self.journal.batch.identity_of(target));
        known.map(str::to_owned)
    }

    /// Makes a directory again, with the permissions and the owner that it had from the moment when it is there.
    fn make(&mut self, number: usize) -> Result<(), TrashError> {
        let tree = self.journal.tree;
        let it = &self.journal.batch.directories[number];
        match tree.look(&it.path) {
            Ok(found) if found.kind == FoundKind::Directory => return Ok(()),
            Ok(_) => {
                self.done
                    .skipped
                    .push(skipped(&it.path, "something else is there now"));
                return Ok(());
            }
            Err(error) if error.is_absence() => {}
            Err(error) if is_in_the_way(&error.kind) => return Ok(()),
            Err(error) => return Err(TrashError::stopped(&error)),
        }
        let spare = self.journal.spare();
        let made = match tree.make_directory(&spare, it.mode) {
            Err(error) if error.kind == ChangeErrorKind::Exists => tree
                .remove_directory(&spare)
                .and_then(|()| tree.make_directory(&spare, it.mode)),
            made => made,
        };
        let mut notes = Vec::new();
        if made.is_ok() {
            notes.extend(self.give(&spare, it)?);
            notes.extend(self.give_attributes(&spare, it)?);
        }
        match made.and_then(|()| tree.move_directory(&spare, &it.path)) {
            Ok(()) => {
                self.done.directories += 1;
                self.done.notes.extend(notes);
            }
            // Where it cannot be, its files cannot either, and say so.
            Err(error) if error.is_absence() || is_in_the_way(&error.kind) => {}
            Err(error) if error.kind == ChangeErrorKind::Exists => {}
            Err(error) => return Err(TrashError::stopped(&error)),
        }
        Ok(())
    }

    /// Gives a directory to its owner, or says why that is not to be done by whoever runs this.
    fn give(&self, spare: &str, it: &Directory) -> Result<Option<String>, TrashError> {
        let tree = self.journal.tree;
        let made = tree.look(spare).map_err(|it| TrashError::stopped(&it))?;
        let owner = (
            it.uid.unwrap_or(made.owner.0),
            it.gid.unwrap_or(made.owner.1),
        );
        if made.owner == owner {
            return Ok(None);
        }
        match tree.give_directory(spare, owner) {
            Ok(()) => Ok(None),
            Err(error) if error.kind == ChangeErrorKind::Denied => {
                let ((user, group), (now, its)) = (owner, made.owner);
                Ok(Some(format!(
                    "{} belonged to user {user} and group {group}, and belongs to user {now} and group {its} now: {}; \
                     `chown` by root mends it",
                    scrub(&it.path),
                    error.kind
                )))
            }
            Err(error) => Err(TrashError::stopped(&error)),
        }
    }

    /// Gives a directory its attributes, or says which of them it has not got any more.
    fn give_attributes(&self, spare: &str, it: &Directory) -> Result<Option<String>, TrashError> {
        use ChangeErrorKind::{Full, NotFound, ReadOnly};

        let mut lost = Vec::new();
        for attribute in &it.attributes {
            let value = attribute.bytes().unwrap_or_default();
            let given = self
                .journal
                .tree
                .give_attribute(spare, &attribute.name, &value);
            match given {
                Ok(()) => {}
                Err(error) if matches!(error.kind, NotFound | Full | ReadOnly) => {
                    return Err(TrashError::stopped(&error));
                }
                Err(error) => lost.push(format!("{} ({})", scrub(&attribute.name), error.kind)),
            }
        }
        Ok((!lost.is_empty()).then(|| {
            format!(
                "{} has not got back what it had beside its permissions: {}; `setfattr` or `setfacl` mends it",
                scrub(&it.path),
                lost.join(", ")
            )
        }))
    }

    /// Moves a file back to where it lay, unless something is there.
    fn put_back(&mut self, number: usize) -> Result<(), TrashError> {
        let tree = self.journal.tree;
        let (it, file) = (&self.journal.batch.moves[number], self.journal.file(number));
        let found = tree.look(&file);
        let bytes = found.as_ref().map(|found| found.bytes).ok();
        let is_file = found.map_or(true, |found| found.kind == FoundKind::File);
        let why = match is_file.then(|| tree.move_out(&file, &it.from)) {
            None => Some("what lies in the trash in its stead is no regular file"),
            Some(Ok(())) => None,
            Some(Err(error)) => match error.kind {
                ChangeErrorKind::Exists if self.is_back(number)? => {
                    let is_one = self.is_one_file(number)?;
                    tree.remove_file(&file)
                        .map_err(|it| TrashError::stopped(&it))?;
                    self.done.found += usize::from(!is_one);
                    None
                }
                ChangeErrorKind::Exists => Some(
                    "something else is at its place now; where that is not needed, move it away and undo once more",
                ),
                ChangeErrorKind::NotFound => {
                    Some("the directory that it lay in is gone: make it again and undo once more")
                }
                ChangeErrorKind::Link => Some("a symbolic link is on the way to its place now"),
                ChangeErrorKind::NotADirectory => Some("something above its place is no directory"),
                _ => return Err(TrashError::stopped(&error)),
            },
        };
        match why {
            None => {
                self.done.files += 1;
                self.done.bytes = self.done.bytes.saturating_add(it.seen.bytes);
                if let Some(bytes) = bytes.filter(|bytes| *bytes != it.seen.bytes) {
                    self.done.notes.push(format!(
                        "{} had {} bytes when it was deleted, and came back with {}: something changed it in the trash",
                        scrub(&it.from),
                        thousands(it.seen.bytes),
                        thousands(bytes)
                    ));
                }
            }
            Some(why) => {
                for target in it.targets() {
                    self.stuck[target] = true;
                }
                self.done
                    .skipped
                    .push(skipped(&it.from, format!("{why}; it stays as {file}")));
            }
        }
        Ok(())
    }

    /// Whether a file lies where it lay as well as in the trash: it has both names, as a crash may leave it, or somebody has put
    /// the same bytes there.
    fn is_back(&self, number: usize) -> Result<bool, TrashError> {
        if self.is_one_file(number)? {
            return Ok(true);
        }
        let (it, file) = (&self.journal.batch.moves[number], self.journal.file(number));
        let same = self.journal.tree.is_same(&it.from, &file);
        match same {
            Err(error)
                if matches!(
                    error.kind,
                    ChangeErrorKind::NotAFile | ChangeErrorKind::Link
                ) =>
            {
                Ok(false)
            }
            same => same.map_err(|it| TrashError::stopped(&it)),
        }
    }

    /// Whether a file has its old name as well as the one in the trash.
    fn is_one_file(&self, number: usize) -> Result<bool, TrashError> {
        let look = |at: &str| {
            let found = self.journal.tree.look(at);
            found.map_err(|it| TrashError::stopped(&it))
        };
        let there = look(&self.journal.batch.moves[number].from)?;
        let here = look(&self.journal.file(number))?;
        Ok(there.kind == FoundKind::File && there.identity == here.identity)
    }

    /// Dates the directories that were made again as they were, once all has come back to them.
    pub(super) fn date_directories(&mut self) {
        let batch = &self.journal.batch;
        let Ok(here) = self.journal.arrived() else {
            return;
        };
        // Whoever has written to one that was not gone has dated it.
        let made = std::mem::take(&mut self.made);
        for number in made {
            let it = &batch.directories[number];
            let mut inside = batch.moves.iter().zip(&here);
            let is_whole = !inside
                .any(|(moved, here)| *here && parents(&moved.from).any(|above| above == it.path));
            if let (true, Some(modified)) = (is_whole, it.modified) {
                // Where that is not allowed, it only looks younger.
                let _ = self.journal.tree.date_directory(&it.path, modified);
            }
        }
    }

    fn sync(&self, numbers: &[usize]) -> Result<(), TrashError> {
        let paths = numbers.iter().map(|&it| &self.journal.batch.moves[it].from);
        let directories: BTreeSet<&str> = paths
            .map(|path| parents(path).next().unwrap_or(ROOT))
            .collect();
        for directory in directories {
            match self.journal.tree.sync(directory) {
                Ok(()) => {}
                Err(error) if error.is_absence() || is_in_the_way(&error.kind) => {}
                Err(error) => return Err(TrashError::stopped(&error)),
            }
        }
        Ok(())
    }
}

/// So many lost files are named before only their number is told.
const NAMED: usize = 3;

/// The files that were to come back and lie neither in the trash nor where they lay, in a sentence each.
fn chosen_lost(
    journal: &Journal<'_>,
    here: &[bool],
    is_chosen: impl Fn(usize) -> bool,
) -> Vec<String> {
    let is_absent = |at: &str| journal.tree.look(at).is_err_and(|error| error.is_absence());
    let lost: Vec<&str> = journal
        .numbered()
        .filter(|(number, it)| !here[*number] && it.targets().any(&is_chosen))
        .filter(|(_, it)| is_absent(&it.from))
        .map(|(_, it)| it.from.as_str())
        .collect();
    let named = lost.iter().take(NAMED);
    let mut notes: Vec<String> = named
        .map(|it| {
            format!(
                "{} does not come back: it lies neither in the trash nor where it lay",
                scrub(it)
            )
        })
        .collect();
    let more = lost.len().saturating_sub(NAMED);
    notes.extend((more > 0).then(|| format!("{} more do not come back either", files(more))));
    notes
}

/// Whether something is on the way that is not followed.
fn is_in_the_way(kind: &ChangeErrorKind) -> bool {
    matches!(kind, ChangeErrorKind::Link | ChangeErrorKind::NotADirectory)
}
