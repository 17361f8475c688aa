//! What is written down about a batch, and the lock under which it is.

mod names;
mod sound;
mod untold;

use std::iter::Enumerate;
use std::slice::Iter;
use std::thread;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::batch::{Batch, Move, SCHEMA};
use crate::domain::looking::Looking;
use crate::domain::plan::Fingerprint;
use crate::domain::text::scrub;
use crate::store::change::{ChangeError, ChangeErrorKind, Found, FoundKind, Lock, ROOT, Tree};

use super::list::Scope;
use super::{FOLDER, NAP, Stage, TrashError, TrashErrorKind, ways};

use names::{LOCK, checked, is_id};
pub(super) use names::{batch_file, files, lock_file, new_batch_file, number, place, state_file};
pub(super) use untold::refuse_untold;

/// No batch that is written down is longer.
const MOST_OF_A_BATCH: u64 = 256 << 20;
/// No state is longer.
const MOST_OF_A_STATE: u64 = 64 << 20;
/// The directory of our own, in which the trash lies.
const OWN: &str = ".stateward";
/// So often a lock that somebody else has is asked for again.
const TRIES: usize = 3;

/// How far a batch has come, as it is written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::action) struct State {
    schema: u32,
    /// How far.
    #[serde(rename = "state")]
    pub(in crate::action) stage: Stage,
    /// Since when.
    pub(in crate::action) at: Timestamp,
    /// Moves that were left alone.
    #[serde(default)]
    pub(in crate::action) skipped: Vec<SkippedMove>,
    /// Directories that went, or were about to, by their place in the batch.
    #[serde(default)]
    pub(in crate::action) directories: Vec<usize>,
    /// Those of them that did go, known once all of the batch has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::action) removed: Vec<usize>,
    /// Targets that do not come back this time, as somebody has begun to write where they lay.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::action) occupied: Vec<usize>,
    /// How many files lay in the trash when some of them were put back for the first time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::action) lay: Option<usize>,
    /// Targets that are being put back one by one.
    #[serde(default)]
    pub(in crate::action) restoring: Vec<usize>,
    /// Where else was looked for who needs its files, when some went for good: whoever comes later looks there, too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::action) looked: Vec<String>,
    /// How was looked then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::action) looking: Option<Looking>,
}

/// A move that was left alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::action) struct SkippedMove {
    /// Its number.
    #[serde(rename = "move")]
    pub(in crate::action) number: usize,
    /// Why.
    pub(in crate::action) why: String,
}

impl State {
    fn new(stage: Stage, at: Timestamp) -> Self {
        Self {
            schema: SCHEMA,
            stage,
            at,
            skipped: Vec::new(),
            directories: Vec::new(),
            removed: Vec::new(),
            occupied: Vec::new(),
            lay: None,
            restoring: Vec::new(),
            looked: Vec::new(),
            looking: None,
        }
    }

    /// Keeps where and how was looked.
    pub(super) fn remember(&mut self, looked: &Scope) {
        for place in &looked.places {
            if !self.looked.contains(place) {
                self.looked.push(place.clone());
            }
        }
        let both = looked
            .looking
            .clone()
            .map(|it| it.and(self.looking.as_ref()));
        self.looking = both.or_else(|| self.looking.take());
    }

    /// Whether something was begun and not ended.
    pub(in crate::action) fn is_unfinished(&self) -> bool {
        self.stage.is_unfinished() || !self.restoring.is_empty()
    }
}

/// A batch that is being worked on; nobody else works in this trash meanwhile.
pub(in crate::action) struct Journal<'t> {
    pub(in crate::action) tree: &'t dyn Tree,
    pub(in crate::action) batch: Batch,
    pub(in crate::action) state: State,
    _lock: Lock,
}

impl<'t> Journal<'t> {
    /// Writes a batch down. It is announced by that and no more: nothing is to be moved until it is begun.
    pub(in crate::action) fn announce(
        tree: &'t dyn Tree,
        batch: &Batch,
        now: Timestamp,
    ) -> Result<Self, TrashError> {
        let id = &batch.plan;
        let (text, root) = asked(tree, batch)?;
        for directory in [OWN, FOLDER] {
            own_directory(tree, directory, root)?;
        }
        let lock = lock(tree)?;
        none_unfinished(tree)?;
        if let Some(before) = state_of(tree, id)? {
            let came = match before.stage {
                Stage::Undone => "begun before, and is back",
                _ => "carried out before",
            };
            let message = format!("the batch {id} was {came} in {}", tree.shown());
            return Err(refusal(message).hint("make a new plan"));
        }
        own_directory(tree, &place(id), root)?;
        own_directory(tree, &files(id), root)?;
        let state = State::new(Stage::Begun, now);
        let journal = Self {
            tree,
            batch: batch.clone(),
            state,
            _lock: lock,
        };
        let written = write_batch(tree, id, &text).and_then(|()| {
            let directories = [ROOT, OWN, FOLDER, &place(id)];
            directories.iter().try_for_each(|it| tree.sync(it))
        });
        written.map_err(|it| TrashError::refused(&it))?;
        Ok(journal)
    }

    /// Notes that what was announced is begun, before anything is moved.
    pub(in crate::action) fn begin(&self) -> Result<(), TrashError> {
        self.write().map_err(|it| TrashError::refused(&it))
    }

    /// Reads what was written down about a batch.
    pub(in crate::action) fn open(tree: &'t dyn Tree, id: &str) -> Result<Self, TrashError> {
        let lock = lock(tree)?;
        match (state_of(tree, id)?, batch_of(tree, id)?) {
            (Some(state), Some(batch)) => {
                sound::state(&state, &batch).map_err(|why| broken(tree, &state_file(id), why))?;
                Ok(Self {
                    tree,
                    batch,
                    state,
                    _lock: lock,
                })
            }
            (_, batch) => {
                if batch.is_none() {
                    refuse_untold(tree, id)?;
                }
                let message = format!(
                    "nothing was moved by a batch {} in {}",
                    scrub(id),
                    tree.shown()
                );
                Err(not_found(tree, message))
            }
        }
    }

    /// Notes how far it has come.
    pub(in crate::action) fn enter(
        &mut self,
        stage: Stage,
        now: Timestamp,
    ) -> Result<(), TrashError> {
        if self.state.stage != stage {
            self.state.stage = stage;
            self.state.at = now;
        }
        self.save()
    }

    /// Writes the state down.
    pub(in crate::action) fn save(&self) -> Result<(), TrashError> {
        self.write().map_err(|it| TrashError::stopped(&it))
    }

    fn write(&self) -> Result<(), ChangeError> {
        let mut text = serde_json::to_vec(&self.state).unwrap_or_default();
        text.push(b'\n');
        self.tree.replace(&state_file(&self.batch.plan), &text)
    }

    /// Where the file of a move lies once it is done.
    pub(in crate::action) fn file(&self, number: usize) -> String {
        format!("{}/{number}", files(&self.batch.plan))
    }

    /// The directory that all of them lie in.
    pub(in crate::action) fn files(&self) -> String {
        files(&self.batch.plan)
    }

    /// A place for a directory that is being made.
    pub(in crate::action) fn spare(&self) -> String {
        format!("{}/directory", place(&self.batch.plan))
    }

    /// Which moves are done.
    pub(in crate::action) fn arrived(&self) -> Result<Vec<bool>, TrashError> {
        arrived(self.tree, &self.batch).map_err(|it| TrashError::stopped(&it))
    }

    /// Notes that a move was left alone.
    pub(in crate::action) fn skip(&mut self, number: usize, why: &str) {
        self.state.skipped.push(SkippedMove {
            number,
            why: why.to_owned(),
        });
    }

    /// The moves with their numbers.
    pub(in crate::action) fn numbered(&self) -> Enumerate<Iter<'_, Move>> {
        self.batch.moves.iter().enumerate()
    }
}

/// Which moves of a batch are done.
pub(in crate::action) fn arrived(tree: &dyn Tree, batch: &Batch) -> Result<Vec<bool>, ChangeError> {
    let mut here = vec![false; batch.moves.len()];
    let names = match tree.names(&files(&batch.plan)) {
        Err(error) if error.is_absence() => Vec::new(),
        names => names?,
    };
    for number in names.iter().filter_map(|name| number(name)) {
        if let Some(it) = here.get_mut(number) {
            *it = true;
        }
    }
    Ok(here)
}

/// Whether a batch could be begun now, as far as can be told without changing anything.
///
/// # Errors
/// Those of [`Journal::announce`].
pub(in crate::action) fn may_begin(tree: &dyn Tree, batch: &Batch) -> Result<(), TrashError> {
    asked(tree, batch)?;
    match tree.look(FOLDER) {
        Err(error) if error.is_absence() => Ok(()),
        _ => {
            let _lock = lock(tree)?;
            none_unfinished(tree)
        }
    }
}

/// Looks at what can be told of a batch without changing anything: its text, and the root that it is for.
fn asked(tree: &dyn Tree, batch: &Batch) -> Result<(Vec<u8>, Found), TrashError> {
    let id = &batch.plan;
    sound::batch(batch, id).map_err(|why| {
        refusal(format!(
            "cannot carry out the batch {} in {}: {why}",
            scrub(id),
            tree.shown()
        ))
    })?;
    let text = serde_json::to_vec(batch)
        .map_err(|error| refusal(format!("cannot write down the batch {id}: {error}")))?;
    if text.len() as u64 > MOST_OF_A_BATCH {
        return Err(refusal(format!(
            "cannot write down the batch {id}: its {} moves are too many",
            batch.moves.len()
        ))
        .hint("delete in several parts"));
    }
    let root = tree.look(ROOT).map_err(|it| TrashError::refused(&it))?;
    on_one_file_system(tree, batch, root)?;
    Ok((text, root))
}

/// Why a file is not the one that was seen.
pub(in crate::action) fn difference(found: &Found, seen: &Fingerprint) -> Option<&'static str> {
    if found.kind != FoundKind::File {
        Some("it is no regular file any more")
    } else if found.identity != seen.identity {
        Some("another file is there now")
    } else if found.bytes != seen.bytes || found.modified != Some(seen.modified) {
        Some("it has changed since it was looked at")
    } else {
        None
    }
}

/// The ids of all batches in a trash.
pub(super) fn ids(tree: &dyn Tree) -> Result<Vec<String>, ChangeError> {
    let mut names = match tree.names(FOLDER) {
        Err(error) if error.is_absence() => Vec::new(),
        names => names?,
    };
    names.retain(|name| is_id(name) && name != LOCK);
    names.sort_unstable();
    Ok(names)
}

/// The state of a batch; none where nothing was moved yet.
pub(in crate::action) fn state_of(tree: &dyn Tree, id: &str) -> Result<Option<State>, TrashError> {
    let at = state_file(checked(tree, id)?);
    let Some(text) = read(tree, &at, MOST_OF_A_STATE)? else {
        return Ok(None);
    };
    let state: State =
        serde_json::from_slice(&text).map_err(|error| broken(tree, &at, error.to_string()))?;
    if state.schema != SCHEMA {
        return Err(broken(tree, &at, "a later release wrote it"));
    }
    Ok(Some(state))
}

/// A batch as it was written down; none where it was not.
pub(in crate::action) fn batch_of(tree: &dyn Tree, id: &str) -> Result<Option<Batch>, TrashError> {
    let at = batch_file(checked(tree, id)?);
    let Some(text) = read(tree, &at, MOST_OF_A_BATCH)? else {
        return Ok(None);
    };
    let batch: Batch =
        serde_json::from_slice(&text).map_err(|error| broken(tree, &at, error.to_string()))?;
    sound::batch(&batch, id).map_err(|why| broken(tree, &at, why))?;
    Ok(Some(batch))
}

fn read(tree: &dyn Tree, at: &str, limit: u64) -> Result<Option<Vec<u8>>, TrashError> {
    match tree.read(at, limit) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.is_absence() => Ok(None),
        Err(error) => Err(TrashError::new(TrashErrorKind::Broken, error.to_string())),
    }
}

/// Keeps all others out of a trash.
pub(super) fn lock(tree: &dyn Tree) -> Result<Lock, TrashError> {
    let mut locked = tree.lock(&lock_file());
    for _ in 0..TRIES {
        match &locked {
            Err(error) if error.kind == ChangeErrorKind::Busy => {
                // Whoever only looks whether somebody is at work has it for a moment, too.
                thread::sleep(NAP);
                locked = tree.lock(&lock_file());
            }
            _ => break,
        }
    }
    locked.map_err(|error| match error.kind {
        ChangeErrorKind::NotFound => {
            not_found(tree, format!("there is no trash in {}", tree.shown()))
        }
        _ => TrashError::refused(&error),
    })
}

/// Refuses while a batch is neither done nor undone.
fn none_unfinished(tree: &dyn Tree) -> Result<(), TrashError> {
    for id in ids(tree).map_err(|it| TrashError::refused(&it))? {
        if state_of(tree, &id)?.is_some_and(|state| state.is_unfinished()) {
            let root = tree.shown();
            let asked = batch_of(tree, &id)?.map(|it| it.asked).unwrap_or_default();
            return Err(
                refusal(format!("the batch {id} in {root} is unfinished")).hint(format!(
                    "{} goes on with it, and {} goes back",
                    ways::resume_beside(&root, &asked),
                    ways::undo(&root, &id)
                )),
            );
        }
    }
    Ok(())
}

/// Refuses a batch with files that cannot be moved into the trash.
fn on_one_file_system(tree: &dyn Tree, batch: &Batch, root: Found) -> Result<(), TrashError> {
    let elsewhere = |it: &&Move| it.seen.identity.0 != root.identity.0;
    match batch.moves.iter().find(elsewhere) {
        None => Ok(()),
        Some(it) => Err(refusal(format!(
            "cannot move {}/{} into the trash of {}: it lies on another file system",
            tree.shown(),
            scrub(&it.from),
            tree.shown()
        ))
        .hint(
            "no move reaches across file systems, and nothing is copied: Flink's own disposal takes such a snapshot, and what \
             else is in the plan goes without it",
        )),
    }
}

/// Writes a batch down, and shows by the way that files can be moved back here without the risk of replacing others.
fn write_batch(tree: &dyn Tree, id: &str, text: &[u8]) -> Result<(), ChangeError> {
    // What an earlier try has left, before anything was moved.
    match tree.remove_file(&batch_file(id)) {
        Err(error) if !error.is_absence() => return Err(error),
        _ => {}
    }
    tree.replace(&new_batch_file(id), text)?;
    tree.move_out(&new_batch_file(id), &batch_file(id))
}

/// Makes a directory of our own where it is not there yet, as open to others as the root is.
fn own_directory(tree: &dyn Tree, at: &str, root: Found) -> Result<(), TrashError> {
    match tree.make_directory(at, root.mode | 0o700) {
        Err(error) if error.kind == ChangeErrorKind::Denied => {
            let hint =
                "the trash is to lie there: run it as a user who may write in that directory";
            return Err(TrashError::refused(&error).hint(hint));
        }
        Err(error) if error.kind != ChangeErrorKind::Exists => {
            return Err(TrashError::refused(&error));
        }
        _ => {}
    }
    let found = tree.look(at).map_err(|it| TrashError::refused(&it))?;
    let kind = match found.kind {
        FoundKind::Directory if found.identity.0 == root.identity.0 => return Ok(()),
        FoundKind::Directory => ChangeErrorKind::OtherFileSystem,
        FoundKind::Link => ChangeErrorKind::Link,
        _ => ChangeErrorKind::NotADirectory,
    };
    Err(TrashError::refused(&ChangeError::new(
        "use",
        &tree.shown(),
        at,
        kind,
    )))
}

fn broken(tree: &dyn Tree, at: &str, why: impl AsRef<str>) -> TrashError {
    TrashError::new(
        TrashErrorKind::Broken,
        format!("{}/{at} is unusable: {}", tree.shown(), scrub(why.as_ref())),
    )
    .hint(
        "nothing was touched; look at it, and move its directory away once nothing in it is needed",
    )
}

fn refusal(message: String) -> TrashError {
    TrashError::new(TrashErrorKind::Refused, message)
}

fn not_found(tree: &dyn Tree, message: String) -> TrashError {
    TrashError::new(TrashErrorKind::NotFound, message).hint(ways::list([&*tree.shown()]))
}
