//! Who needs what lies in a trash: whatever is on disk, and whatever can be put back from any trash in sight.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::apply::Named;
use super::surroundings::Around;
use super::trash::journal::batch_of;
use super::trash::list;
use super::trash::search::{Found, Search};
use super::trash::undone::Undone;
use super::who::{self, Who};
use crate::domain::batch::Batch;
use crate::domain::hold::Hold;
use crate::domain::location::Location;
use crate::domain::text::{scrub, shell_quote};
use crate::inventory::holds::is_on;
use crate::inventory::mounts::Mounts;
use crate::inventory::named::NamedFiles;
use crate::inventory::ours;
use crate::inventory::scan::Root;
use crate::inventory::sight::{Last, half};
use crate::store::local::{location_of, path_of};

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
        let trashed = if let Some(trashed) = &self.trashed {
            trashed.clone()
        } else {
            let trashed = Trashed::look(self.id, self.who.around(), &snapshots)?;
            self.trashed.insert(Rc::new(trashed)).clone()
        };
        let also: Vec<Location> = snapshots.iter().chain(&trashed.own).cloned().collect();
        let now = self.who.around().rules.clock.now();
        let holds = disk.named().holds(&also, now)?;
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
        let last = self.last(&snapshots)?;
        let last = files_of(self.root, self.id, &last)?;
        Ok(Box::new(move |below: &str| {
            let path = at.join(below);
            let words = disk.words(&path, &at, "");
            words.or_else(|| last.get(below).cloned()).or_else(|| {
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

    /// The targets of the batch without which nothing of a lineage could be restored once it is gone, by what tells them from
    /// others in all its roots, and why each has to stay. Looked at anew each time: what was to be left may go meanwhile.
    fn last(&self, snapshots: &[Location]) -> Result<BTreeMap<String, String>, String> {
        let around = self.who.around();
        let (mut undone, mut typed) = (Undone::default(), around.typed.clone());
        let (mut own, mut targets) = (Vec::new(), Vec::new());
        for found in trashes(&around.roots, snapshots)? {
            // All that lies there counts, as files of what comes back from one batch may lie in another.
            let there = Undone::batch(&found.root, &found.entry.id);
            let there = there.map_err(|error| error.to_string())?;
            if found.entry.id == self.id {
                own.extend(there.coming());
                let batch = batch_of(found.root.tree(), self.id).map_err(|it| it.to_string())?;
                if let Some(batch) = &batch {
                    typed.extend(batch.typed.iter().cloned());
                    targets.extend(targets_of(&found.root, batch));
                }
            }
            undone = undone.and(there);
        }
        if own.is_empty() {
            return Ok(BTreeMap::new());
        }
        let last = last(around, typed, &undone)?;
        let last = targets.into_iter().filter_map(|(at, identity)| {
            let mut last = last.iter();
            let why = last.find(|it| it.at.canonical() == at.canonical())?;
            Some((identity, with_word(why)))
        });
        Ok(last.collect())
    }
}

impl Trashed {
    fn look(id: &str, around: &Around, snapshots: &[Location]) -> Result<Self, String> {
        let Around { roots, rules, .. } = around;
        let mut trashed = Self::default();
        for found in trashes(roots, snapshots)? {
            let known = match &found.entry.known {
                Ok(known) => known,
                // Nothing can bring back what nothing is written down about.
                Err(_) if matches!(batch_of(found.root.tree(), &found.entry.id), Ok(None)) => {
                    continue;
                }
                Err(why) => return Err(why.clone()),
            };
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

/// Where the targets of a batch lay, and what tells each from others.
fn targets_of(root: &list::Root, batch: &Batch) -> Vec<(Location, String)> {
    let all = (0..batch.targets.len()).filter_map(|target| {
        let at = root.path().join(batch.place_of(target)?);
        let identity = batch.identity_of(target)?;
        Some((location_of(&at).ok()?, identity.to_owned()))
    });
    all.collect()
}

/// Those of all that lie in the trashes in sight without which nothing of a lineage could be restored; `undone` shows all as they
/// were.
fn last(around: &Around, typed: Vec<String>, undone: &Undone) -> Result<Vec<Last>, String> {
    let terms = around.terms(typed);
    let places = around.roots.iter().map(|root| root.location.clone());
    half::all_last(&terms, Vec::new(), places, (undone, &undone.coming()))
}

/// Why one of them has to stay, and what lets it go.
fn with_word(last: &Last) -> String {
    let why = scrub(&last.why);
    match &last.word {
        None => why.into_owned(),
        Some(word) => format!(
            "{why}; `trash purge` with --confirm {} lets it go",
            shell_quote(&scrub(word))
        ),
    }
}

/// The files of these targets of a batch that lay below one root, by their paths there, each with why it has to stay.
fn files_of(
    root: &list::Root,
    id: &str,
    targets: &BTreeMap<String, String>,
) -> Result<HashMap<String, String>, String> {
    let mut files = HashMap::new();
    if targets.is_empty() {
        return Ok(files);
    }
    let batch = batch_of(root.tree(), id).map_err(|it| it.to_string())?;
    if let Some(batch) = &batch {
        for it in &batch.moves {
            let mut whose = it.targets().filter_map(|target| batch.identity_of(target));
            if let Some(why) = whose.find_map(|it| targets.get(it)) {
                files.insert(it.from.clone(), why.clone());
            }
        }
    }
    Ok(files)
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
