//! What is half-way into a trash, or lies in one, and what speaks against its going for good: it would be the last of its lineage
//! once it is gone, or a job has come to need it.

use std::sync::Arc;

use super::{Last, Sight, Terms};
use crate::analysis::guard::{self, Question};
use crate::domain::cluster::{Cluster, Contact};
use crate::domain::location::Location;
use crate::inventory::census::census;
use crate::inventory::record::Content;
use crate::store::Store;

/// Snapshots that go.
#[derive(Clone, Copy)]
pub struct Half<'a> {
    /// Shows those that have gone as they were.
    pub store: &'a dyn Store,
    /// Those whose metadata has gone.
    pub gone: &'a [Location],
    /// All of them.
    pub going: &'a [Location],
}

/// What speaks against going on with the deletion of snapshots that have gone half-way, in a sentence without a full stop, unless
/// somebody typed that they may go all the same: a job needs one of them, or may build on its files, as clusters that answer
/// tell ([`guard::told`]); or one is the last of its lineage that could be restored.
///
/// # Errors
/// When that cannot be told, as something cannot be looked at.
pub fn objection(
    terms: &Terms,
    clusters: Vec<Arc<Cluster>>,
    places: impl IntoIterator<Item = Location>,
    half: Half<'_>,
) -> Result<Option<String>, String> {
    let sight = with(terms, clusters, places, (half.store, half.gone))?;
    if let Some(needed) = sight.told(terms, half.store, half.going) {
        return Ok(Some(needed));
    }
    let last = sight.last(terms, "delete", &is_among(half.gone));
    Ok(last.into_iter().next().map(|it| it.why))
}

/// Those of the snapshots that have gone which are the newest of their lineages that could be restored, while nothing of these
/// that is there can be; but for those that somebody typed may go. `store` shows them as they were.
///
/// # Errors
/// As [`objection`].
pub fn all_last(
    terms: &Terms,
    clusters: Vec<Arc<Cluster>>,
    places: impl IntoIterator<Item = Location>,
    (store, gone): (&dyn Store, &[Location]),
) -> Result<Vec<Last>, String> {
    let sight = with(terms, clusters, places, (store, gone))?;
    Ok(sight.last(terms, "delete", &is_among(gone)))
}

/// All that is there, with what has gone as it was.
fn with(
    terms: &Terms,
    clusters: Vec<Arc<Cluster>>,
    places: impl IntoIterator<Item = Location>,
    (store, gone): (&dyn Store, &[Location]),
) -> Result<Sight, String> {
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
    Ok(sight)
}

fn is_among(gone: &[Location]) -> impl Fn(&Location) -> bool {
    |at| gone.iter().any(|it| it.canonical() == at.canonical())
}

impl Sight {
    /// What clusters that answer, and notes, tell of jobs that need one of the snapshots that go.
    fn told(&self, terms: &Terms, store: &dyn Store, going: &[Location]) -> Option<String> {
        let catalog = &self.opened.catalog;
        let is_going = |at: &Location| {
            let mut going = going.iter().map(|it| self.opened.known_as(it));
            going.any(|it| it.canonical() == at.canonical())
        };
        let going = catalog.records().map(|it| &it.location);
        let going: Vec<Location> = going.filter(|it| is_going(it)).cloned().collect();
        let roots = self.opened.root_locations();
        let graph = census(catalog, store, &going, &roots, &[]);
        // Of one that is silent somebody typed that nothing is in use there.
        let answering = self.clusters.iter();
        let answering = answering.filter(|it| matches!(it.contact, Contact::Answering { .. }));
        let answering: Vec<Arc<Cluster>> = answering.cloned().collect();
        self.question(terms, "delete", &graph, |question| {
            let question = Question {
                clusters: &answering,
                ..question
            };
            graph.of.keys().find_map(|&at| {
                let found = guard::told(&question, at)?;
                let (name, text) = (&graph.snapshots[at].name, found.text.trim_end_matches('.'));
                Some(format!("{name} is needed now: {text}"))
            })
        })
    }
}
