//! Snapshots to whose directory somebody has begun to write again: a new attempt of a checkpoint has the number of the one
//! that was deleted, and what came back would be mixed with what it writes.

use std::collections::BTreeSet;

use crate::action::trash::journal::Journal;
use crate::action::trash::{TrashError, parents};
use crate::store::change::ChangeErrorKind;

/// The targets of a batch, by their places in it, in whose directories is what nobody deleted. Where nothing `is_under_way`, a
/// directory that went and is there again counts as well, although it is empty.
///
/// # Errors
/// When that cannot be told.
pub(super) fn targets(journal: &Journal<'_>, is_under_way: bool) -> Result<Vec<usize>, TrashError> {
    let (batch, here) = (&journal.batch, journal.arrived()?);
    let mut occupied = Vec::new();
    for number in (0..batch.metadata).filter(|&it| here[it]) {
        let it = &batch.moves[number];
        let Some(directory) = parents(&it.from).next() else {
            continue;
        };
        let names = match journal.tree.names(directory) {
            Ok(names) => names,
            Err(error) => match error.kind {
                ChangeErrorKind::NotFound
                | ChangeErrorKind::Link
                | ChangeErrorKind::NotADirectory => continue,
                _ => return Err(TrashError::stopped(&error)),
            },
        };
        let went = journal.state.removed.iter();
        let mut went = went.filter_map(|&it| batch.directories.get(it));
        let is_again = !is_under_way && names.is_empty() && went.any(|it| it.path == directory);
        if is_again || is_written_to(journal, directory, &names)? {
            occupied.push(it.target);
        }
    }
    Ok(occupied)
}

/// Whether something in a directory is younger than the deletion and none of what lay there then.
fn is_written_to(
    journal: &Journal<'_>,
    directory: &str,
    names: &[String],
) -> Result<bool, TrashError> {
    let batch = &journal.batch;
    let paths = batch.moves.iter().map(|it| it.from.as_str());
    let paths = paths.chain(batch.directories.iter().map(|it| it.path.as_str()));
    let below = paths.filter_map(|it| it.strip_prefix(directory)?.strip_prefix('/'));
    let own: BTreeSet<&str> = below.filter_map(|it| it.split('/').next()).collect();
    for name in names.iter().filter(|it| !own.contains(it.as_str())) {
        match journal.tree.look(&format!("{directory}/{name}")) {
            Ok(found) if found.modified.is_some_and(|it| it <= batch.at) => {}
            Ok(_) => return Ok(true),
            Err(error) if error.is_absence() => {}
            Err(error) => return Err(TrashError::stopped(&error)),
        }
    }
    Ok(false)
}
