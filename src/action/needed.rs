//! Who needs what lies in a trash: whatever is on disk, and whatever can be put back from any trash in sight.

use std::rc::Rc;

use super::apply::Named;
use super::surroundings::Around;
use super::trash::list;
use super::trash::search::{Found, Search};
use super::trash::undone::Undone;
use super::who::{self, Who};
use crate::domain::hold::Hold;
use crate::domain::location::Location;
use crate::domain::text::scrub;
use crate::inventory::catalog::Rules;
use crate::inventory::holds::is_on;
use crate::inventory::mounts::Mounts;
use crate::inventory::named::NamedFiles;
use crate::inventory::ours;
use crate::inventory::scan::Root;
use crate::store::local::path_of;

/// Looks who needs the files of a batch; the batch itself, in whatever root a part of it lies, needs none.
pub(super) struct Needs<'r> {
    root: &'r list::Root,
    id: &'r str,
    who: Who,
    trashed: Option<Rc<Trashed>>,
}

/// What lies in the trashes in sight, at the first look: what comes out of there later is seen on disk.
#[derive(Default)]
struct Trashed {
    /// What snapshots name that other batches can bring back, with the ids of these.
    others: Vec<(String, NamedFiles)>,
    /// The snapshots that lie in the batch itself.
    own: Vec<Location>,
    /// All snapshots that lie in any of them.
    all: Vec<Location>,
}

impl<'r> Needs<'r> {
    /// Nothing is looked at yet.
    pub(super) fn new(root: &'r list::Root, id: &'r str, around: Around) -> Self {
        Self {
            root,
            id,
            who: Who::new(around),
            trashed: None,
        }
    }

    /// Looks for the first time, or again. Who once needed a file goes on needing it.
    ///
    /// # Errors
    /// When that cannot be told, with what is in the way: a directory that cannot be listed, metadata or a trash that cannot
    /// be read, a snapshot that is held and not in sight.
    pub(super) fn look(&mut self) -> Result<Named, String> {
        let disk = self.who.look()?;
        let snapshots: Vec<Location> = disk.named().snapshots().cloned().collect();
        let Around { roots, rules, .. } = self.who.around();
        let trashed = if let Some(trashed) = &self.trashed {
            trashed.clone()
        } else {
            let trashed = Trashed::look(self.id, roots, rules, &snapshots)?;
            self.trashed.insert(Rc::new(trashed)).clone()
        };
        let also: Vec<Location> = snapshots.iter().chain(&trashed.own).cloned().collect();
        let holds = disk.named().holds(&also, rules.clock.now())?;
        let mounts = Mounts::now();
        for hold in &holds {
            let Hold { name, snapshot, .. } = hold;
            if trashed.own.iter().any(|it| is_on(&mounts, hold, it)) {
                return Err(format!("`{name}` holds {snapshot}, which lies in it"));
            }
            let mut known = snapshots.iter().chain(&trashed.all);
            if !known.any(|it| is_on(&mounts, hold, it)) {
                return Err(format!(
                    "`{name}` holds {snapshot}, which is not in sight: what it names is not known"
                ));
            }
        }
        let at = self.root.path().to_owned();
        Ok(Box::new(move |path: &str| {
            let path = at.join(path);
            disk.words(&path, &at, "").or_else(|| {
                trashed.others.iter().find_map(|(batch, named)| {
                    let snapshot = who::name(named.who(&path)?, &at);
                    Some(format!(
                        "{snapshot}, which the batch {} can bring back, names it",
                        scrub(batch)
                    ))
                })
            })
        }))
    }
}

impl Trashed {
    fn look(
        id: &str,
        roots: &[Root],
        rules: &Rules,
        snapshots: &[Location],
    ) -> Result<Self, String> {
        let mut trashed = Self::default();
        for found in trashes(roots, snapshots)? {
            let known = found.entry.known.as_ref().map_err(Clone::clone)?;
            let undone =
                Undone::batch(&found.root, &found.entry.id).map_err(|error| error.to_string())?;
            trashed.all.extend(undone.snapshots().iter().cloned());
            let other = &found.entry.id;
            if other == id {
                trashed.own.extend(undone.snapshots().iter().cloned());
                continue;
            }
            // What is being removed for good comes back as long as it is whole.
            let may_come = known.can_be_undone() || known.targets.iter().any(|it| it.is_whole);
            if !may_come || undone.snapshots().is_empty() {
                continue;
            }
            let named = NamedFiles::at(&undone, rules.clone(), undone.snapshots());
            let named = named.map_err(|why| {
                let (other, root) = (scrub(other), found.root.shown());
                format!("in the batch {other} of {root}: {why}")
            })?;
            trashed.others.push((other.clone(), named));
        }
        Ok(trashed)
    }
}

/// All batches in the trashes that can be seen from some roots.
///
/// # Errors
/// When one cannot be looked into.
pub(super) fn trashes(roots: &[Root], snapshots: &[Location]) -> Result<Vec<Found>, String> {
    let places: Vec<Location> = roots.iter().map(|root| root.location.clone()).collect();
    let mut search = Search::default();
    for root in roots {
        if let Ok(path) = path_of(&root.location) {
            search.everywhere_below(path, root.depth);
        }
    }
    for place in ours::places(&places, snapshots) {
        if let Ok(path) = path_of(&place) {
            search.at(path);
        }
    }
    let found: Result<Vec<Found>, _> = search.found().into_iter().collect();
    found.map_err(|error| error.to_string())
}
