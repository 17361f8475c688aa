//! Whether what is written down about a batch makes sense, whoever wrote it.

use std::collections::HashSet;

use crate::domain::batch::{Batch, SCHEMA};
use crate::domain::text::scrub;
use crate::store::change::check;

use super::names::{LOCK, is_id};
use super::{OWN, State};

/// Whether a batch makes sense and stays inside of its root, whoever wrote it.
pub(super) fn batch(batch: &Batch, id: &str) -> Result<(), String> {
    if batch.schema != SCHEMA {
        return Err(format!(
            "it is of schema {}, which this release does not know",
            batch.schema
        ));
    }
    if batch.plan != id || !is_id(id) || id == LOCK {
        return Err(format!("it is named {}", scrub(&batch.plan)));
    }
    if batch.metadata > batch.moves.len() {
        return Err("it has less moves than are of metadata".to_owned());
    }
    if !batch.places.is_empty() && batch.places.len() != batch.targets.len() {
        return Err("it does not say where each of its targets lies".to_owned());
    }
    if !batch.spread.is_empty() && batch.spread.len() != batch.targets.len() {
        return Err("it does not say below how many roots each of its targets lies".to_owned());
    }
    if !batch.real.is_empty() && batch.real.len() != batch.roots.len() {
        return Err("it does not say where each of its roots lay".to_owned());
    }
    let mut known = HashSet::new();
    for it in &batch.moves {
        inside(&it.from)?;
        if it.targets().any(|target| target >= batch.targets.len()) {
            return Err(format!("{} belongs to no target", scrub(&it.from)));
        }
        if !known.insert(&it.from) {
            return Err(format!("{} is to be moved twice", scrub(&it.from)));
        }
    }
    batch.directories.iter().try_for_each(|it| inside(&it.path))
}

/// Whether a path is one of somebody else's files or directories in the root.
fn inside(path: &str) -> Result<(), String> {
    let why = match check(path) {
        Err(why) => why,
        Ok(()) if path.split('/').any(|name| name == OWN) => "it is a place of our own",
        Ok(()) => return Ok(()),
    };
    Err(format!("{} is no path for a file: {why}", scrub(path)))
}

/// Whether a state is one of this batch.
pub(super) fn state(state: &State, batch: &Batch) -> Result<(), &'static str> {
    let mut directories = state.directories.iter().chain(&state.removed);
    let directories = directories.all(|&it| it < batch.directories.len());
    let mut targets = state.restoring.iter().chain(&state.occupied);
    let targets = targets.all(|&it| it < batch.targets.len());
    let moves = state.skipped.iter().all(|it| it.number < batch.moves.len());
    if directories && targets && moves {
        Ok(())
    } else {
        Err("it is of another batch")
    }
}
