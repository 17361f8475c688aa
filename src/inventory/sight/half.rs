//! What is half-way into a trash, or lies in one, and would be the last of its lineage once it is gone.

use std::sync::Arc;

use super::{Last, Sight, Terms};
use crate::domain::cluster::Cluster;
use crate::domain::location::Location;
use crate::inventory::record::Content;
use crate::store::Store;

/// Which of the snapshots that have gone half-way is the last of its lineage that could be restored, in a sentence without a
/// full stop, unless somebody typed that it may go. `store` shows them as they were.
///
/// # Errors
/// When that cannot be told, as something cannot be looked at.
pub fn last(
    terms: &Terms,
    clusters: Vec<Arc<Cluster>>,
    places: impl IntoIterator<Item = Location>,
    gone: (&dyn Store, &[Location]),
) -> Result<Option<String>, String> {
    let last = all_last(terms, clusters, places, gone)?;
    Ok(last.into_iter().next().map(|it| it.why))
}

/// Those of the snapshots that have gone which are the newest of their lineages that could be restored, while nothing of these
/// that is there can be; but for those that somebody typed may go. `store` shows them as they were.
///
/// # Errors
/// As [`last`].
pub fn all_last(
    terms: &Terms,
    clusters: Vec<Arc<Cluster>>,
    places: impl IntoIterator<Item = Location>,
    (store, gone): (&dyn Store, &[Location]),
) -> Result<Vec<Last>, String> {
    let mut sight = Sight::of(terms, clusters, places, &[]).map_err(|error| error.to_string())?;
    if let Some(problem) = sight.problems.first() {
        return Err(problem.clone());
    }
    let catalog = &mut sight.opened.catalog;
    for record in catalog.records() {
        if let Content::Unreadable { reason, .. } = &record.content {
            return Err(format!(
                "cannot read the metadata of {}: {reason}",
                record.location
            ));
        }
    }
    for snapshot in gone {
        catalog.look_at(store, snapshot);
    }
    catalog.settle(terms.rules.clock.now());
    let is_gone = |at: &Location| gone.iter().any(|it| it.canonical() == at.canonical());
    Ok(sight.last(terms, "delete", &is_gone))
}
