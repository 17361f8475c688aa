//! What removing a batch for good would come to.

use std::collections::BTreeMap;

use super::Parts;
use super::stays::Together;
use crate::action::apply::NamedIn;
use crate::action::trash::TrashError;
use crate::action::trash::journal::{arrived, batch_of};
use crate::store::change::Tree;

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

/// What removing what a deletion has moved into these trashes would come to in each of them.
///
/// # Errors
/// When a batch or what has arrived of it cannot be read.
pub(in crate::action) fn ahead(
    parts: Parts<'_>,
    id: &str,
    needed: &NamedIn,
) -> Result<Vec<Ahead>, TrashError> {
    let together = Together::of(parts, id)?;
    let each = parts.going.iter().enumerate();
    each.map(|(part, tree)| {
        let why = |at: &str| together.why(part, at).or_else(|| needed(part, at));
        of_one(*tree, id, why)
    })
    .collect()
}

fn of_one(
    tree: &dyn Tree,
    id: &str,
    why: impl Fn(&str) -> Option<String>,
) -> Result<Ahead, TrashError> {
    let Some(batch) = batch_of(tree, id)? else {
        return Ok(Ahead::default());
    };
    let here = arrived(tree, &batch).map_err(|it| TrashError::refused(&it))?;
    let mut ahead = Ahead::default();
    let mut staying: BTreeMap<String, (usize, u64)> = BTreeMap::new();
    for (it, _) in batch.moves.iter().zip(here).filter(|(_, here)| *here) {
        let bytes = it.seen.bytes;
        if let Some(why) = why(&it.from) {
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
