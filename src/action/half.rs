//! Snapshots that are half-way into a trash, because something ended their deletion: what can be said of them is not said of
//! what lies where they were.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::Timestamp;

use super::trash::journal::{arrived, batch_of, state_of};
use super::trash::list::{Root, torn};
use super::trash::search::Search;
use super::trash::{Stage, TrashError, TrashErrorKind, purge, ways};
use crate::domain::hold::Hold;
use crate::domain::location::Location;
use crate::domain::text::shell_quote;
use crate::inventory::holds;
use crate::inventory::mounts::Mounts;
use crate::store::local::{location_of, path_of};

/// Refuses to go on with a deletion that came half-way of what is held now; also while somebody is at work on it.
///
/// # Errors
/// When something of it is held, or what is held cannot be read.
pub(super) fn refuse_held(
    root: &Root,
    at: &Location,
    id: &str,
    now: Timestamp,
) -> Result<(), TrashError> {
    let tree = root.tree();
    if purge::is_under_way(tree, id)? {
        return Ok(());
    }
    let is_begun = state_of(tree, id)?.is_some_and(|it| it.stage == Stage::Begun);
    let Some(batch) = batch_of(tree, id)?.filter(|_| is_begun) else {
        return Ok(());
    };
    let here = arrived(tree, &batch).map_err(|it| TrashError::refused(&it))?;
    // The directories of the snapshots themselves, where their metadata is in it.
    let directories = torn(&batch, &here);
    let gone: Vec<Location> = directories
        .iter()
        .map(|it| at.join(it.as_bytes()))
        .collect();
    let (held, problems) = holds::read(std::slice::from_ref(at), &gone);
    let refused = |why: String| {
        let message = format!(
            "does not go on with the batch {id} in {}: {why}",
            root.shown()
        );
        Err(
            TrashError::new(TrashErrorKind::Refused, message).hint(format!(
                "{} puts back what has gone of it; without the hold it goes on",
                ways::undo(&root.shown(), id)
            )),
        )
    };
    if let Some(problem) = problems.into_iter().next() {
        return refused(format!("what is held is not known: {problem}"));
    }
    let mut held = held.into_iter().filter(|hold| hold.stands(now));
    let mounts = Mounts::now();
    let is_held = |hold: &Hold| gone.iter().any(|it| holds::is_on(&mounts, hold, it));
    let stands = held.find(is_held);
    match stands {
        Some(hold) => refused(format!(
            "{} is held by `{}` now, and half of it has gone",
            hold.snapshot.shown(),
            hold.name
        )),
        None => Ok(()),
    }
}

/// Why a snapshot cannot be kept as it is, where its deletion is half done or under way: what has gone of it, and how to have
/// it back.
pub(super) fn on_its_way(snapshot: &Location) -> Option<String> {
    let path = path_of(snapshot).ok()?;
    let mut search = Search::for_unfinished();
    for directory in path.ancestors().skip(1) {
        search.at(directory);
    }
    let found = search.found().into_iter().flatten();
    let mut begun = found.filter(|it| it.known().is_some_and(|it| it.stage == Some(Stage::Begun)));
    begun.find_map(|it| {
        let (known, below) = (it.known()?, path.strip_prefix(it.root.path()).ok()?);
        let is_it = |directory: &String| Path::new(directory) == below;
        // Whoever is at work there may take its metadata at any moment.
        if known.is_under_way {
            let goes = planned(&it.root, &it.entry.id).iter().any(is_it);
            return goes.then(|| {
                "it is being deleted right now; wait until that is done, and put it back first".to_owned()
            });
        }
        known.torn.iter().any(is_it).then(|| {
            format!(
                "a deletion of it was begun, and came to a stop half-way; `stateward undo {} --write` puts it back first",
                shell_quote(&it.root.shown())
            )
        })
    })
}

/// The directories that all files of a batch lie in, or lay; of one that cannot be read none, as it can move none.
fn planned(root: &Root, id: &str) -> BTreeSet<String> {
    let batch = batch_of(root.tree(), id).ok().flatten();
    batch.map_or_else(BTreeSet::new, |batch| {
        let all = vec![true; batch.moves.len()];
        torn(&batch, &all)
    })
}

/// The place of a root.
///
/// # Errors
/// When there is no absolute path to it.
pub(super) fn place(path: &Path) -> Result<Location, TrashError> {
    location_of(path).map_err(|error| {
        let message = format!(
            "cannot make an absolute path of {}: {error}",
            path.display()
        );
        TrashError::new(TrashErrorKind::Broken, message)
    })
}
