//! What lies in a root's trash.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use super::journal::{
    State, arrived, batch_of, difference, files, ids, lock_file, refuse_untold, state_of,
};
use super::{Stage, TrashError, TrashErrorKind, all_parents};
use crate::domain::asked::AskedCluster;
use crate::domain::batch::Batch;
use crate::domain::event::Taken;
use crate::domain::location::Location;
use crate::domain::looking::Looking;
use crate::store::change::{LocalTree, Tree};
use crate::store::local::location_of;

/// A batch in a trash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// What is known of it, or why nothing is, in words.
    pub known: Result<Known, String>,
}

/// What is known of a batch in a trash.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own about the batch"
)]
pub struct Known {
    /// How far it has come; none where nothing was moved yet, because something ended it before.
    pub stage: Option<Stage>,
    /// Since when; where nothing was moved, when the batch was begun, if that was written down.
    pub since: Option<Timestamp>,
    /// Whether something was begun and not ended, the putting back of single targets included.
    pub is_unfinished: bool,
    /// Whether single targets were being put back when something ended it.
    pub is_restoring: bool,
    /// Whether somebody is at work in this trash right now: then what is unfinished may well be what they are at.
    pub is_under_way: bool,
    /// When the batch was begun, if that was written down.
    pub at: Option<Timestamp>,
    /// Who did it, as `user@host`; may be empty.
    pub by: String,
    /// The verb that made the plan.
    pub verb: String,
    /// Files of it that lie in the trash.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
    /// How many of those files cannot go back, as something else is at their place.
    pub taken: usize,
    /// Files that were put back, all of them, and lie neither where they lay nor in this trash now.
    pub lost: usize,
    /// Files that were put back, all of them, and have another length now than when they were deleted.
    pub changed: usize,
    /// How many files were to be moved there.
    pub moves: usize,
    /// Of what is unfinished, the directories that those files lay in which lie in the trash; relative to the root.
    pub torn: BTreeSet<String>,
    /// Whether it was about empty directories alone, and is done: they can be made again although no file lies there.
    pub is_bare: bool,
    /// Whether it lies in a copy of a root: nothing was ever deleted there.
    pub is_copy: bool,
    /// The roots that other files of the same deletion lie in the trashes of, and that are not there; not yet safe to show.
    pub absent: Vec<String>,
    /// Below how many roots files of the same deletion lay; none where that is not known.
    pub roots: usize,
    /// The clusters that were asked whether anybody needs it.
    pub asked: Vec<AskedCluster>,
    /// What it is about.
    pub targets: Vec<Target>,
}

/// A target of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its name; text from a file, not yet safe to show.
    pub name: String,
    /// Where it lay, below the root, where anything of it was moved; not yet safe to show either.
    pub at: Option<String>,
    /// What tells it from all others of the deletion, in whatever root files of it lay.
    pub identity: String,
    /// Files of it that lie in the trash.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Whether no file of it is gone here: each lies in this trash, or where it lay, as it was when its plan was made.
    pub is_whole: bool,
    /// Below how many roots something of it lay; none where that is not known.
    pub spread: Option<usize>,
}

impl Known {
    /// How far it has come, in a word or two.
    pub fn state(&self) -> &'static str {
        match self.stage {
            _ if self.is_under_way => "under way",
            _ if self.is_restoring => "restoring",
            Some(Stage::Undone) if self.files > 0 => "partly undone",
            Some(stage) => stage.word(),
            None => "nothing moved",
        }
    }

    /// Whether all of it came back: nothing of it lies in the trash any more.
    pub fn is_back(&self) -> bool {
        self.stage == Some(Stage::Undone) && self.files == 0 && !self.is_unfinished
    }

    /// Whether there is something of it to put back.
    pub fn can_be_undone(&self) -> bool {
        match self.stage {
            Some(Stage::Begun | Stage::Undoing) => true,
            Some(Stage::Done | Stage::Undone) => {
                self.files > 0 || self.is_unfinished || self.is_bare
            }
            Some(Stage::Purging | Stage::Purged) | None => false,
        }
    }

    /// When its files may go for good; none while they may not at all, because something is unfinished.
    pub fn purge_at(&self, grace: SignedDuration) -> Option<Timestamp> {
        match self.stage {
            _ if self.is_unfinished => None,
            Some(Stage::Done | Stage::Undone) if self.files > 0 => {
                self.since?.checked_add(grace).ok()
            }
            _ => Some(self.since.unwrap_or(Timestamp::UNIX_EPOCH)),
        }
    }
}

/// A root on the local file system, opened so that files can be moved in it.
#[derive(Debug)]
pub struct Root {
    tree: LocalTree,
}

impl Root {
    /// Opens a root.
    ///
    /// # Errors
    /// When it is absent, no directory, or cannot be read.
    pub fn open(path: &Path) -> Result<Self, TrashError> {
        LocalTree::open(path)
            .map(|tree| Self { tree })
            .map_err(|error| TrashError::new(TrashErrorKind::Broken, error.to_string()))
    }

    /// The tree, to be handed to whatever changes it.
    pub fn tree(&self) -> &dyn Tree {
        &self.tree
    }

    /// Whether somebody is at work in its trash right now, as far as can be told.
    pub fn is_busy(&self) -> bool {
        self.tree.is_locked(&lock_file())
    }

    /// The path that it was opened by.
    pub fn path(&self) -> &Path {
        self.tree.path()
    }

    /// The same for people.
    pub fn shown(&self) -> String {
        self.tree.shown()
    }
}

/// The batches in a root's trash, by their names, which begin with their times. One that cannot be read is among them.
///
/// # Errors
/// When the trash itself cannot be listed.
pub fn list(root: &Root) -> Result<Vec<Entry>, TrashError> {
    Ok(entries(root, all(root)?))
}

/// One of them, where it is there.
pub(super) fn one(root: &Root, id: &str) -> Option<Entry> {
    let mut ids = all(root).ok()?;
    ids.retain(|it| it == id);
    entries(root, ids).pop()
}

/// Those of them that something was begun with and not ended, and those that cannot be read.
///
/// # Errors
/// When the trash itself cannot be listed.
pub fn unfinished(root: &Root) -> Result<Vec<Entry>, TrashError> {
    let mut ids = all(root)?;
    ids.retain(|id| match state_of(root.tree(), id) {
        Ok(state) => state.is_some_and(|it| it.is_unfinished()),
        Err(_) => true,
    });
    Ok(entries(root, ids))
}

/// Those of them of which it cannot be told what lies there.
///
/// # Errors
/// When the trash itself cannot be listed.
pub fn unreadable(root: &Root) -> Result<Vec<Entry>, TrashError> {
    let mut ids = all(root)?;
    ids.retain(|id| match batch_of(root.tree(), id) {
        Ok(batch) => batch.is_none() && refuse_untold(root.tree(), id).is_err(),
        Err(_) => true,
    });
    Ok(entries(root, ids))
}

fn all(root: &Root) -> Result<Vec<String>, TrashError> {
    ids(root.tree()).map_err(|error| TrashError::new(TrashErrorKind::Broken, error.to_string()))
}

fn entries(root: &Root, ids: Vec<String>) -> Vec<Entry> {
    let entry = |id: String| Entry {
        known: known(root.tree(), &id).map_err(|error| error.to_string()),
        id,
    };
    let mut entries: Vec<Entry> = ids.into_iter().map(entry).collect();
    let unfinished = entries.iter_mut().flat_map(|entry| &mut entry.known);
    let unfinished: Vec<&mut Known> = unfinished.filter(|it| it.is_unfinished).collect();
    if !unfinished.is_empty() && root.is_busy() {
        for known in unfinished {
            known.is_under_way = true;
        }
    }
    entries
}

/// The directories that those files of a batch lay in which lie in the trash: those of the snapshots themselves among them
/// where their metadata does.
pub(in crate::action) fn torn(batch: &Batch, here: &[bool]) -> BTreeSet<String> {
    let moved = batch.moves.iter().zip(here).filter(|(_, here)| **here);
    let directories = moved.filter_map(|(it, _)| Some(it.from.rsplit_once('/')?.0.to_owned()));
    directories.collect()
}

/// Where and how was looked for snapshots when the plan of a batch was made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// The directories, as text; none where that is not known.
    pub places: Vec<String>,
    /// How; not known of a batch that an earlier release wrote.
    pub looking: Option<Looking>,
}

/// Where and how was looked when the plan of a batch was made, and when files of it went for good.
///
/// # Errors
/// When what is written down about the batch cannot be read.
pub fn scope(tree: &dyn Tree, id: &str) -> Result<Scope, TrashError> {
    let mut scope = batch_of(tree, id)?.map_or_else(Scope::default, |batch| Scope {
        places: batch.scope,
        looking: batch.looking,
    });
    if let Some(state) = state_of(tree, id)? {
        scope.places.extend(state.looked);
        scope.looking = match (scope.looking, state.looking) {
            (Some(one), other) => Some(one.and(other.as_ref())),
            (None, other) => other,
        };
    }
    Ok(scope)
}

/// The files of a batch as they were when it was begun, by where they lay: their lengths, and nothing for those that were
/// missing then.
///
/// # Errors
/// When what is written down about the batch cannot be read.
pub fn as_it_was(root: &Root, id: &str) -> Result<HashMap<Location, Option<u64>>, TrashError> {
    let Some(batch) = batch_of(root.tree(), id)? else {
        return Ok(HashMap::new());
    };
    let mut names = vec![root.path().to_owned()];
    names.extend(root.path().canonicalize());
    let missing = batch.missing.iter();
    let mut found: HashMap<Location, Option<u64>> = missing
        .map(|text| (Location::parse(text.as_bytes()), None))
        .collect();
    for it in &batch.moves {
        let places = names
            .iter()
            .filter_map(|name| location_of(&name.join(&it.from)).ok());
        found.extend(places.map(|at| (at.canonical(), Some(it.seen.bytes))));
    }
    Ok(found)
}

/// The directories from which files were moved into a trash and not put back, and those that went with what lay in them or
/// that nothing lay in, relative to its root, each with the last deletion that took it. What cannot be read is left out.
pub fn taken(tree: &dyn Tree) -> HashMap<String, Taken> {
    let mut found = HashMap::new();
    for id in ids(tree).unwrap_or_default() {
        let (Ok(Some(batch)), Ok(state)) = (batch_of(tree, &id), state_of(tree, &id)) else {
            continue;
        };
        let stage = state.map(|it| it.stage);
        let is_purged = matches!(stage, Some(Stage::Purging | Stage::Purged));
        let is_done = stage == Some(Stage::Done);
        let here = arrived(tree, &batch).unwrap_or_default();
        let directories = batch.directories.iter().map(|it| it.path.as_str());
        let directories: HashSet<&str> = directories.collect();
        let mut filled: HashSet<&str> = HashSet::new();
        let mut emptied: HashSet<&str> = HashSet::new();
        for (at, it) in batch.moves.iter().enumerate() {
            let above = all_parents(std::iter::once(it.from.as_str()));
            filled.extend(above.iter().copied());
            if is_purged || here.get(at) == Some(&true) {
                let own = it.from.rsplit_once('/').map(|(directory, _)| directory);
                emptied.extend(above.into_iter().filter(|it| directories.contains(it)));
                emptied.extend(own);
            }
        }
        let bare = directories.difference(&filled).copied();
        emptied.extend(bare.filter(|_| is_purged || is_done));
        let taken = Taken {
            plan: id,
            by: batch.by.clone(),
            at: batch.at,
        };
        let emptied = emptied.into_iter();
        found.extend(emptied.map(|it| (it.to_owned(), taken.clone())));
    }
    found
}

/// What is known of a batch.
pub(super) fn known(tree: &dyn Tree, id: &str) -> Result<Known, TrashError> {
    let state = state_of(tree, id)?;
    let Some(batch) = batch_of(tree, id)? else {
        refuse_untold(tree, id)?;
        // Nothing was written down yet, or nothing is any more.
        return Ok(Known::empty(state.as_ref()));
    };
    let here = arrived(tree, &batch).map_err(|it| TrashError::refused(&it))?;
    let fates = Fates::of(tree, &batch, state.as_ref(), &here);
    let whole = whole_targets(tree, &batch, &here);
    Ok(Known {
        taken: fates.taken,
        lost: fates.lost,
        changed: fates.changed,
        ..Known::of(batch, state.as_ref(), &here, &whole)
    })
}

/// Whether no file of each target of a batch is gone: it lies in the trash, or where it lay, as it was when the plan was made.
fn whole_targets(tree: &dyn Tree, batch: &Batch, here: &[bool]) -> Vec<bool> {
    let mut whole = vec![true; batch.targets.len()];
    for (it, here) in batch.moves.iter().zip(here) {
        let stays = || {
            let found = tree.look(&it.from);
            found.is_ok_and(|found| difference(&found, &it.seen).is_none())
        };
        if !here && !stays() {
            it.targets().for_each(|target| whole[target] = false);
        }
    }
    whole
}

/// How files fare at the places that they lay at.
#[derive(Debug, Default)]
struct Fates {
    taken: usize,
    lost: usize,
    changed: usize,
}

impl Fates {
    fn of(tree: &dyn Tree, batch: &Batch, state: Option<&State>, here: &[bool]) -> Self {
        let is_undone = state.is_some_and(|it| it.stage == Stage::Undone);
        let mut fates = Self::default();
        for (number, (it, is_here)) in batch.moves.iter().zip(here).enumerate() {
            match (is_here, tree.look(&it.from)) {
                (true, Ok(found)) => {
                    // Reading all of what has the same length takes too long, but for metadata.
                    let is_other = found.bytes != it.seen.bytes
                        || number < batch.metadata && {
                            let trashed = format!("{}/{number}", files(&batch.plan));
                            !tree.is_same(&it.from, &trashed).unwrap_or(false)
                        };
                    fates.taken += usize::from(is_other);
                }
                (false, Err(error)) if is_undone => fates.lost += usize::from(error.is_absence()),
                (false, Ok(found)) if is_undone => {
                    fates.changed += usize::from(found.bytes != it.seen.bytes);
                }
                (true, Err(_)) | (false, _) => {}
            }
        }
        fates
    }
}

impl Known {
    fn empty(state: Option<&State>) -> Self {
        Self {
            stage: state.map(|it| it.stage),
            since: state.map(|it| it.at),
            is_unfinished: state.is_some_and(State::is_unfinished),
            is_restoring: state.is_some_and(|it| !it.restoring.is_empty()),
            is_under_way: false,
            at: None,
            by: String::new(),
            verb: String::new(),
            files: 0,
            bytes: 0,
            taken: 0,
            lost: 0,
            changed: 0,
            moves: 0,
            torn: BTreeSet::new(),
            is_bare: false,
            is_copy: false,
            absent: Vec::new(),
            roots: 0,
            asked: Vec::new(),
            targets: Vec::new(),
        }
    }

    fn of(batch: Batch, state: Option<&State>, here: &[bool], whole: &[bool]) -> Self {
        let is_bare = batch.moves.is_empty() && state.is_some_and(|it| it.stage == Stage::Done);
        let torn = match state {
            Some(state) if state.is_unfinished() => torn(&batch, here),
            _ => BTreeSet::new(),
        };
        let targets = batch.targets.iter().enumerate();
        let mut targets: Vec<Target> = targets
            .map(|(number, name)| {
                let at = batch.place_of(number);
                let known = batch.places.get(number).map(String::as_str);
                Target {
                    identity: known.or(at).unwrap_or(name).to_owned(),
                    name: name.clone(),
                    at: at.map(str::to_owned),
                    files: 0,
                    bytes: 0,
                    is_whole: whole[number],
                    spread: batch.spread.get(number).copied(),
                }
            })
            .collect();
        for (it, _) in batch.moves.iter().zip(here).filter(|(_, here)| **here) {
            if let Some(target) = targets.get_mut(it.target) {
                target.files += 1;
                target.bytes = target.bytes.saturating_add(it.seen.bytes);
            }
        }
        Self {
            since: Some(state.map_or(batch.at, |it| it.at)),
            at: Some(batch.at),
            by: batch.by,
            roots: batch.roots.len(),
            asked: batch.asked,
            verb: batch.verb,
            files: targets.iter().map(|it| it.files).sum(),
            bytes: targets
                .iter()
                .fold(0, |sum, it| sum.saturating_add(it.bytes)),
            moves: batch.moves.len(),
            torn,
            is_bare,
            targets,
            ..Self::empty(state)
        }
    }
}
