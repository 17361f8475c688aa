//! What lies in a root's trash.

use jiff::{SignedDuration, Timestamp};

use super::journal::{State, arrived, batch_of, ids, state_of};
use super::{Stage, TrashError};
use crate::domain::batch::Batch;
use crate::store::change::{ChangeError, Tree};

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
pub struct Known {
    /// How far it has come; none where nothing was moved yet, because something ended it before.
    pub stage: Option<Stage>,
    /// Since when; where nothing was moved, when the batch was made.
    pub since: Timestamp,
    /// Whether something was begun and not ended, the putting back of single targets included.
    pub is_unfinished: bool,
    /// When the batch was begun.
    pub at: Timestamp,
    /// Who did it, as `user@host`; may be empty.
    pub by: String,
    /// The verb that made the plan.
    pub verb: String,
    /// Files of it that lie in the trash.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
    /// What it is about.
    pub targets: Vec<Target>,
    /// The directories whose snapshots were looked at when its plan was made.
    pub scope: Vec<String>,
}

/// A target of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its name; text from a file, not yet safe to show.
    pub name: String,
    /// Files of it that lie in the trash.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
}

impl Known {
    /// When its files may go for good; none while they may not at all, because something is unfinished.
    pub fn purge_at(&self, grace: SignedDuration) -> Option<Timestamp> {
        match self.stage {
            _ if self.is_unfinished => None,
            Some(Stage::Done | Stage::Undone) if self.files > 0 => {
                self.since.checked_add(grace).ok()
            }
            _ => Some(self.since),
        }
    }
}

/// The batches in a root's trash, by their names, which begin with their times. One that cannot be read is among them.
///
/// # Errors
/// When the trash itself cannot be listed.
pub fn list(tree: &dyn Tree) -> Result<Vec<Entry>, ChangeError> {
    let entry = |id: String| Entry {
        known: known(tree, &id).map_err(|error| error.to_string()),
        id,
    };
    Ok(ids(tree)?.into_iter().map(entry).collect())
}

fn known(tree: &dyn Tree, id: &str) -> Result<Known, TrashError> {
    let state = state_of(tree, id)?;
    let Some(batch) = batch_of(tree, id)? else {
        // Nothing was written down yet, or nothing is any more.
        return Ok(Known::empty(state.as_ref()));
    };
    let here = arrived(tree, &batch).map_err(|it| TrashError::refused(&it))?;
    Ok(Known::of(batch, state.as_ref(), &here))
}

impl Known {
    fn empty(state: Option<&State>) -> Self {
        Self {
            stage: state.map(|it| it.stage),
            since: state.map_or(Timestamp::UNIX_EPOCH, |it| it.at),
            is_unfinished: state.is_some_and(State::is_unfinished),
            at: Timestamp::UNIX_EPOCH,
            by: String::new(),
            verb: String::new(),
            files: 0,
            bytes: 0,
            targets: Vec::new(),
            scope: Vec::new(),
        }
    }

    fn of(batch: Batch, state: Option<&State>, here: &[bool]) -> Self {
        let mut targets: Vec<Target> = batch
            .targets
            .into_iter()
            .map(|name| Target {
                name,
                files: 0,
                bytes: 0,
            })
            .collect();
        for (it, _) in batch.moves.iter().zip(here).filter(|(_, here)| **here) {
            if let Some(target) = targets.get_mut(it.target) {
                target.files += 1;
                target.bytes = target.bytes.saturating_add(it.seen.bytes);
            }
        }
        Self {
            since: state.map_or(batch.at, |it| it.at),
            at: batch.at,
            by: batch.by,
            verb: batch.verb,
            files: targets.iter().map(|it| it.files).sum(),
            bytes: targets
                .iter()
                .fold(0, |sum, it| sum.saturating_add(it.bytes)),
            targets,
            scope: batch.scope,
            ..Self::empty(state)
        }
    }
}
