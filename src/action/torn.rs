//! Snapshots that came back from the trash and cannot be restored from, as files of them do not lie there any more.

use std::collections::{BTreeMap, HashMap};

use super::needed;
use super::trash::files;
use super::trash::list;
use super::trash::undone::Undone;
use crate::domain::location::Location;
use crate::domain::text::scrub;
use crate::inventory::catalog::Rules;
use crate::inventory::discover::DEFAULT_DEPTH;
use crate::inventory::named::NamedFiles;
use crate::inventory::scan::Root;
use crate::store::local::{LocalStore, location_of};

/// A snapshot that came back and is not whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Torn {
    /// Where it is.
    pub snapshot: Location,
    /// How many of its files are not there as they should be.
    pub missing: usize,
    /// How many of them lie in which batch.
    pub batches: BTreeMap<String, usize>,
}

impl Torn {
    /// What is wrong and what to do about it, as a sentence.
    pub fn sentence(&self) -> String {
        let name = self.snapshot.shown();
        let batches = self.batches.iter();
        let batches: Vec<String> = batches
            .map(|(id, count)| format!("{count} in the batch {}", scrub(id)))
            .collect();
        let where_they_are = match &batches[..] {
            [] => "nothing here brings them back".to_owned(),
            some => format!("of them lie {}; undo that too", some.join(", ")),
        };
        format!(
            "{name} cannot be restored from: {} of it are missing; {where_they_are}",
            files(self.missing)
        )
    }
}

/// Looks whether the files of some snapshots are there, and where in the trash the others lie.
///
/// # Errors
/// When metadata of one of them cannot be read, or a trash cannot be looked into.
pub fn look(root: &list::Root, snapshots: &[Location]) -> Result<Vec<Torn>, String> {
    let named = NamedFiles::at(&LocalStore, Rules::default(), snapshots)?;
    let missing: Vec<_> = named.missing().filter(|(_, it)| !it.is_empty()).collect();
    if missing.is_empty() {
        return Ok(Vec::new());
    }
    let location = location_of(root.path()).map_err(|error| error.to_string())?;
    let around = Root {
        location,
        depth: DEFAULT_DEPTH,
    };
    let mut trashed: HashMap<Location, String> = HashMap::new();
    for found in needed::trashes(&[around], snapshots)? {
        let undone = Undone::batch(&found.root, &found.entry.id);
        let undone = undone.map_err(|error| error.to_string())?;
        let id = &found.entry.id;
        trashed.extend(undone.places().map(|at| (at.clone(), id.clone())));
    }
    let torn = missing.into_iter().map(|(snapshot, missing)| {
        let mut batches = BTreeMap::new();
        for id in missing.iter().filter_map(|at| trashed.get(at)) {
            *batches.entry(id.clone()).or_default() += 1;
        }
        Torn {
            snapshot: snapshot.clone(),
            missing: missing.len(),
            batches,
        }
    });
    Ok(torn.collect())
}
