//! What lies around snapshots that are asked about: whoever names their files, or claimed them, may write elsewhere.

use std::ffi::OsString;
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::domain::cluster::Cluster;
use crate::domain::location::Location;
use crate::inventory::around;
use crate::inventory::opened::Opened;
use crate::inventory::scan::Root;
use crate::store::local::LocalStore;
use crate::store::{Store as _, StoreError};

use super::args::How;
use super::report::Report;
use super::{connect, no_snapshot, open};

/// What lies around the snapshots.
pub(super) struct Around {
    /// All that was looked at.
    pub(super) opened: Opened,
    /// Which places could not be looked in, and why.
    pub(super) unseen: Vec<String>,
}

/// Looks at the snapshots, at what lies beside them, where the clusters write, and where else may lie what has to do with them.
///
/// # Errors
/// When a path is a file, or cannot be looked at.
pub(super) fn look(
    paths: &[OsString],
    scope: &[OsString],
    how: &How,
    clusters: &[Arc<Cluster>],
) -> Result<Around, Report> {
    let mut asked: Vec<Location> = Vec::new();
    for path in paths {
        let place = open::snapshot(path)?;
        no_snapshot::refuse_files(&place)?;
        if !asked.contains(&place) {
            asked.push(place);
        }
    }
    let mut roots: Vec<Root> = Vec::new();
    for place in &asked {
        let root = Root::around(place, 0);
        if !roots.contains(&root) {
            roots.push(root);
        }
    }
    let depth = how.levels();
    for place in scope {
        let location = open::location(place)?;
        roots.push(Root { location, depth });
    }
    let named = roots.len();
    let mut unseen = Vec::new();
    for location in connect::directories(clusters) {
        add(&mut roots, Root { location, depth }, &mut unseen);
    }
    let open = |roots: &[Root]| Opened::below(how.rules(), asked.clone(), roots.to_vec());
    let mut opened = open_what_can_be(&mut roots, named, &mut unseen, open)?;
    let known = roots.len();
    for place in &asked {
        for root in around::roots(&opened, place) {
            add(&mut roots, root, &mut unseen);
        }
    }
    if roots.len() > known {
        opened = open_what_can_be(&mut roots, named, &mut unseen, open)?;
    }
    for problem in &opened.problems {
        if !unseen.contains(problem) {
            unseen.push(problem.clone());
        }
    }
    Ok(Around { opened, unseen })
}

/// Opens roots, of which all but the first that were `named` may be gone by now: nobody asked for them. Those are left out, and told.
///
/// # Errors
/// When one that was named cannot be looked at.
fn open_what_can_be<T>(
    roots: &mut Vec<Root>,
    named: usize,
    unseen: &mut Vec<String>,
    open: impl Fn(&[Root]) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    loop {
        let error = match open(roots) {
            Ok(opened) => return Ok(opened),
            Err(error) => error,
        };
        let others = roots.iter().skip(named);
        let mut others = others.enumerate();
        let Some((at, _)) = others.find(|(_, root)| root.location == error.at) else {
            return Err(error);
        };
        roots.remove(named + at);
        unseen.push(error.to_string());
    }
}

/// Adds a root that nobody asked for, unless others have all of it. What cannot be looked at is no failure, but told.
fn add(roots: &mut Vec<Root>, root: Root, unseen: &mut Vec<String>) {
    let has_it = |known: &Root| {
        let level = known.level_of(&root.location);
        level.is_some_and(|level| level + root.depth <= known.depth)
    };
    if roots.iter().any(has_it) {
        return;
    }
    match LocalStore.list(&root.location, &mut |_| ControlFlow::Break(())) {
        Ok(()) => roots.push(root),
        // Nothing can lie where nothing is.
        Err(error) if error.is_absence() => {}
        Err(error) => unseen.push(error.to_string()),
    }
}

/// The places that were looked in, without those that lie in others.
pub(super) fn places(opened: &Opened) -> Vec<&Location> {
    let all: Vec<&Location> = opened.roots.iter().map(|it| &it.location).collect();
    let mut places: Vec<&Location> = Vec::new();
    for &place in &all {
        let lies_in = |other: &&Location| *other != place && place.is_within(other);
        if !all.iter().any(lies_in) && !places.contains(&place) {
            places.push(place);
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StoreErrorKind;

    fn root(name: &str) -> Root {
        Root {
            location: Location::local(name.as_bytes()),
            depth: 2,
        }
    }

    /// Opens all but what is not there.
    fn open(roots: &[Root], absent: &[&str]) -> Result<usize, StoreError> {
        let is_absent = |it: &&Root| absent.iter().any(|name| root(name).location == it.location);
        roots.iter().find(is_absent).map_or(Ok(roots.len()), |it| {
            Err(StoreError {
                doing: "list",
                at: it.location.clone(),
                kind: StoreErrorKind::NotFound,
            })
        })
    }

    #[test]
    fn what_has_gone_meanwhile_is_told_and_all_else_is_looked_at() {
        let mut roots: Vec<Root> = ["/a", "/b", "/c", "/d"].map(root).into();
        let mut unseen = Vec::new();
        let opened = open_what_can_be(&mut roots, 1, &mut unseen, |roots| {
            open(roots, &["/b", "/d"])
        });
        assert_eq!(opened, Ok(2));
        assert_eq!(roots, ["/a", "/c"].map(root));
        assert_eq!(unseen.len(), 2);
        for (told, place) in unseen.iter().zip(["/b", "/d"]) {
            assert!(
                told.contains(place) && told.contains("does not exist"),
                "{told}"
            );
        }
        // What was asked for has to be there.
        let failed = open_what_can_be(&mut roots, 1, &mut unseen, |roots| open(roots, &["/a"]));
        assert_eq!(failed.map_err(|error| error.at), Err(root("/a").location));
        assert_eq!(unseen.len(), 2);
    }
}
