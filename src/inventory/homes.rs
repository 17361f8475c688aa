//! Directories in which snapshots lay when a plan was made, and that are there and empty now, or gone from what is: a place where
//! nothing is mounted looks like that, and nobody is there to say what names what.

use std::ops::ControlFlow;
use std::path::Path;

use super::places::{self, Changed};
use crate::domain::location::Location;
use crate::domain::looking::Looking;
use crate::store::Store as _;
use crate::store::local::{LocalStore, location_of, path_of};

/// All of them, but for those below the roots in whose trashes what goes comes to lie: what is mounted below such a root lies in no
/// trash of it. One that is the very directory that it was may well be empty, and one that is gone beside others was removed by
/// Flink.
pub fn emptied(looking: &Looking, roots: &[Location]) -> Vec<Changed> {
    let known = looking.places.as_ref();
    let unchanged = known.map(places::unchanged).unwrap_or_default();
    let mut found = Vec::new();
    for text in looking.homes.iter().flatten() {
        let home = if text.starts_with('/') {
            location_of(Path::new(text)).ok()
        } else {
            Some(Location::parse(text.as_bytes()))
        };
        let Some(home) = home else { continue };
        let mut own = roots.iter();
        let is_own = own.any(|it| home.canonical().is_within(&it.canonical()));
        let is_same =
            path_of(&home).is_ok_and(|it| it.to_str().is_some_and(|it| unchanged.contains(it)));
        if !is_own && !is_same {
            found.extend(unmounted(&home));
        }
    }
    found
}

/// That a directory, or the nearest one above it that is there, is empty.
fn unmounted(home: &Location) -> Option<Changed> {
    let mut around = std::iter::successors(Some(home.clone()), Location::parent);
    let at = around.find_map(|at| match LocalStore.stat(&at) {
        Err(error) if error.is_absence() => None,
        // What else is wrong with it is told by whoever looks in it.
        Err(_) => Some(None),
        Ok(_) => Some(Some(at)),
    });
    let at = at.flatten().filter(is_empty)?;
    let what = if at == *home {
        format!(
            "{}, where snapshots lay when the plan was made, is empty now",
            at.shown()
        )
    } else {
        format!(
            "{}, where snapshots lay when the plan was made, is not there, and {} is empty",
            home.shown(),
            at.shown()
        )
    };
    let at = path_of(&at).ok()?.to_str()?.to_owned();
    Some(Changed::unmounted(at, what))
}

/// Whether a place is a directory that has nothing in it.
pub fn is_empty(at: &Location) -> bool {
    let mut has_any = false;
    let listed = LocalStore.list(at, &mut |_| {
        has_any = true;
        ControlFlow::Break(())
    });
    listed.is_ok() && !has_any
}
