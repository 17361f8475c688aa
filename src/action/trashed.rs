//! Snapshots that lie in trashes.

use super::trash::search::Search;
use crate::domain::location::Location;
use crate::store::local::{location_of, path_of};

/// Where snapshots lay of which something lies in the trashes of some directories, and of the roots above some others. What cannot be
/// read of a trash is left out.
pub fn snapshots<'l>(
    directories: impl IntoIterator<Item = &'l Location>,
    below: &[Location],
) -> Vec<Location> {
    let mut search = Search::default();
    for path in directories.into_iter().filter_map(|it| path_of(it).ok()) {
        search.at(path);
    }
    for path in below.iter().filter_map(|it| path_of(it).ok()) {
        search.above(path);
    }
    let mut snapshots = Vec::new();
    for found in search.found().into_iter().flatten() {
        let targets = found.known().into_iter().flat_map(|it| &it.targets);
        let here = targets.filter(|it| it.files > 0);
        let places = here.filter_map(|it| Some(found.root.path().join(it.at.as_ref()?)));
        snapshots.extend(places.filter_map(|it| location_of(&it).ok()));
    }
    snapshots
}
