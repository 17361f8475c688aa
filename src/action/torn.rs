//! Snapshots that came back from the trash, or are about to, and cannot be restored from, as files of them do not lie there
//! any more.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use super::needed;
use super::surroundings;
use super::trash::Stage;
use super::trash::files;
use super::trash::list;
use super::trash::undone::Undone;
use super::trash::ways;
use crate::domain::location::Location;
use crate::domain::looking::Looking;
use crate::domain::snapshot::PathMapping;
use crate::domain::text::scrub;
use crate::inventory::catalog::Rules;
use crate::inventory::discover::DEFAULT_DEPTH;
use crate::inventory::named::NamedFiles;
use crate::inventory::presence::Problem;
use crate::inventory::scan::Root;
use crate::store::Store;
use crate::store::local::{LocalStore, location_of, path_of};

/// Stands between the id of a batch and its root.
const OF: &str = " of ";
/// Stands after the id of a batch that is being removed for good.
const GOING: &str = ", which is being removed for good";

/// A snapshot that is not whole once it is back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Torn {
    /// Where it is.
    pub snapshot: Location,
    /// How many of its files are not there as they should be.
    pub missing: usize,
    /// How many of them are there with another length.
    pub changed: usize,
    /// How many of them were like that already when it was deleted.
    pub before: usize,
    /// How many of them lie in which batch, by its id; where that is in another root, with that root: `ID of /data/other`.
    pub batches: BTreeMap<String, usize>,
    /// Those of them that are being removed for good, each with the root in whose trash it lies, as it is shown.
    pub going: BTreeMap<String, String>,
}

impl Torn {
    /// What is wrong and what to do about it, as a sentence.
    pub fn sentence(&self) -> String {
        self.said(
            ["came back as it was", "cannot be restored from"],
            [("is missing", "are missing"), ("has", "have")],
            ["undo that too", ""],
        )
    }

    /// The same before it is back.
    pub fn forecast(&self) -> String {
        self.said(
            [
                "will come back as it was, and not be restorable",
                "will come back and not be restorable",
            ],
            [
                ("will be missing", "will be missing"),
                ("will have", "will have"),
            ],
            ["that has to be undone too", "once it is back "],
        )
    }

    /// Where the missing files lie, as far as that is a trash.
    pub fn whereabouts(&self) -> Option<String> {
        let batches = self.batches.iter();
        let batches =
            batches.map(|(id, count)| format!("{} in the batch {}", files(*count), scrub(id)));
        let batches: Vec<String> = batches.collect();
        // All but those of its own root are named with theirs.
        let ways = self.batches.keys();
        let ways = ways.filter(|it| !self.going.contains_key(*it));
        let ways = ways.filter_map(|it| it.split_once(OF));
        let ways: Vec<String> = ways.map(|(id, root)| ways::undo(root, id)).collect();
        let way = match &*self.ways_of_going("") {
            [] if ways.is_empty() => "`stateward undo` puts them back".to_owned(),
            [] => format!("{} puts them back", ways.join(" and ")),
            going => going.join("; "),
        };
        (!batches.is_empty()).then(|| {
            format!(
                "of {}, {}, in the trash; {way}",
                self.snapshot.shown(),
                batches.join(", ")
            )
        })
    }

    /// Whether nothing is wrong with it that was not when it was deleted.
    pub fn is_as_it_was(&self) -> bool {
        self.before == self.missing
    }

    /// How what lies in batches that are being removed for good gets out of there: who goes on with that leaves what a snapshot
    /// names that is there.
    fn ways_of_going(&self, before: &str) -> Vec<String> {
        let going = self.going.iter();
        going
            .map(|(id, root)| {
                let own = id.split_once(OF).map_or(&**id, |(id, _)| id);
                format!(
                    "{before}{} leaves there what it names, and then {} puts that back",
                    ways::resume(root),
                    ways::undo(root, own)
                )
            })
            .collect()
    }

    fn said(
        &self,
        [as_it_was, what]: [&str; 2],
        [missing, changed]: [(&str, &str); 2],
        [remedy, before]: [&str; 2],
    ) -> String {
        let name = self.snapshot.shown();
        let verb = |(one, many), count| if count == 1 { one } else { many };
        let away = self.missing.saturating_sub(self.changed);
        let mut wrong = Vec::new();
        if away > 0 {
            wrong.push(format!("{} of it {}", files(away), verb(missing, away)));
        }
        if self.changed > 0 {
            let changed = verb(changed, self.changed);
            wrong.push(format!(
                "{} of it {changed} another length",
                files(self.changed)
            ));
        }
        let wrong = wrong.join(", and ");
        if self.is_as_it_was() {
            return format!("{name} {as_it_was}: {wrong}, as before its deletion");
        }
        let batches = self.batches.iter();
        let batches: Vec<String> = batches
            .map(|(id, count)| {
                let is_going = self.going.contains_key(id);
                let end = if is_going { GOING } else { "" };
                format!("{count} in the batch {}{end}", scrub(id))
            })
            .collect();
        let where_they_are = match (&batches[..], &*self.ways_of_going(before)) {
            ([], _) => "nothing here brings them back".to_owned(),
            (some, []) => format!("of them lie {}; {remedy}", some.join(", ")),
            (some, going) if going.len() == some.len() => {
                format!("of them lie {}; {}", some.join(", "), going.join("; "))
            }
            (some, going) => format!(
                "of them lie {}; {}; {remedy}",
                some.join(", "),
                going.join("; ")
            ),
        };
        format!("{name} {what}: {wrong}; {where_they_are}")
    }
}

/// What will have come of putting something back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forecast {
    /// How many snapshots come back.
    pub snapshots: usize,
    /// Those of them that will not be whole.
    pub torn: Vec<Torn>,
    /// Those that do not come back, as something else is at the place of their metadata.
    pub taken: Vec<Location>,
}

/// Looks whether the files of some snapshots are there, and where in the trashes of their root and of others the missing
/// ones lie.
///
/// # Errors
/// When metadata of one of them cannot be read, or a trash cannot be looked into.
pub fn look(
    root: &list::Root,
    others: &[Root],
    snapshots: &[Location],
) -> Result<Vec<Torn>, String> {
    torn(&LocalStore, &[root], others, snapshots)
}

/// Looks in the trashes around some directories for the missing files of snapshots that are there.
///
/// # Errors
/// As [`look`].
pub fn around(roots: &[Root], snapshots: &[Location]) -> Result<Vec<Torn>, String> {
    torn(&LocalStore, &[], roots, snapshots)
}

/// Looks whether the snapshots that batches bring back will be whole once all of these are back, by the same measure as
/// [`look`] after it; `target` is the only one that comes back, by its place in the first batch.
///
/// # Errors
/// As [`look`], and when what is written down about a batch cannot be read.
pub fn foresee(
    batches: &[(list::Root, String)],
    target: Option<usize>,
    others: &[Root],
) -> Result<Forecast, String> {
    let roots: Vec<&list::Root> = batches.iter().map(|(root, _)| root).collect();
    let coming = match (target, batches.first()) {
        (Some(target), Some((_, id))) => Undone::one_in_all(&roots, id, target),
        _ => batches
            .iter()
            .map(|(root, id)| Undone::batch(root, id))
            .collect(),
    };
    let coming = coming.map_err(|error| error.to_string())?;
    let back = coming.into_iter().fold(Undone::default(), Undone::and);
    let snapshots = back.coming();
    Ok(Forecast {
        taken: back.taken().to_vec(),
        torn: torn(&back, &roots, others, &snapshots)?,
        snapshots: snapshots.len(),
    })
}

/// Where was looked, and with which mappings, when the plans of what these trashes have were made: in these directories a part
/// of the same deletion may lie in a trash of its own. What cannot be read of that is left out.
fn planned(roots: &[&list::Root]) -> (Vec<Root>, Vec<PathMapping>) {
    let (mut places, mut looking) = (Vec::new(), Looking::default());
    for root in roots {
        let entries = list::list(root).unwrap_or_default();
        for entry in entries {
            let Ok(scope) = list::scope(root.tree(), &entry.id) else {
                continue;
            };
            looking = looking.and(scope.looking.as_ref());
            let at = scope
                .places
                .iter()
                .filter_map(|text| surroundings::named(text).ok());
            // One that is gone has no trash.
            let is_there = |at: &Location| path_of(at).is_ok_and(Path::is_dir);
            places.extend(at.filter(is_there));
        }
    }
    places.sort_unstable();
    places.dedup();
    let depth = looking.levels.max(DEFAULT_DEPTH);
    let places = places.into_iter().map(|location| Root { location, depth });
    (places.collect(), looking.mappings)
}

/// What the batches in these trashes say of their files.
fn as_it_was(roots: &[&list::Root]) -> Result<HashMap<Location, Option<u64>>, String> {
    let mut found = HashMap::new();
    for root in roots {
        for entry in list::list(root).map_err(|error| error.to_string())? {
            // One that cannot be read tells of nothing that was missing before.
            found.extend(list::as_it_was(root, &entry.id).unwrap_or_default());
        }
    }
    Ok(found)
}

fn torn(
    store: &dyn Store,
    roots: &[&list::Root],
    others: &[Root],
    snapshots: &[Location],
) -> Result<Vec<Torn>, String> {
    let (planned, mappings) = planned(roots);
    let rules = Rules {
        mappings,
        ..Rules::default()
    };
    let mut named = NamedFiles::at(store, rules, snapshots)?;
    if named.missing().all(|(_, it)| it.is_empty()) {
        return Ok(Vec::new());
    }
    let mut around = others.to_vec();
    around.extend(planned);
    for root in roots {
        around.push(Root {
            location: location_of(root.path()).map_err(|error| error.to_string())?,
            depth: DEFAULT_DEPTH,
        });
    }
    // Others may tell where they lie, as whoever looks at all of them concludes.
    named.hear_others(store, &around);
    let missing = named.missing();
    let is_asked = |at: &Location| snapshots.contains(at);
    let missing: Vec<_> = missing
        .filter(|(at, it)| is_asked(at) && !it.is_empty())
        .collect();
    let is_own = |root: &list::Root| roots.iter().any(|it| it.path() == root.path());
    let mut trashed: HashMap<Location, String> = HashMap::new();
    let mut going = BTreeMap::new();
    for found in needed::trashes(&around, snapshots)? {
        let undone = Undone::batch(&found.root, &found.entry.id);
        let undone = undone.map_err(|error| error.to_string())?;
        let id = if is_own(&found.root) {
            found.entry.id.clone()
        } else {
            format!("{}{OF}{}", found.entry.id, found.root.shown())
        };
        if found.known().and_then(|it| it.stage) == Some(Stage::Purging) {
            going.insert(id.clone(), found.root.shown());
        }
        trashed.extend(undone.places().map(|at| (at.clone(), id.clone())));
    }
    let as_it_was = as_it_was(roots)?;
    let torn = missing.into_iter().map(|(snapshot, missing)| {
        let mut batches = BTreeMap::new();
        // What lies at its place, damaged, keeps everything from coming back to there.
        let is_free = |at: &Location| store.stat(at).is_err_and(|error| error.is_absence());
        let free = missing.iter().filter(|(at, _)| is_free(at));
        for id in free.filter_map(|(at, _)| trashed.get(at)) {
            *batches.entry(id.clone()).or_default() += 1;
        }
        Torn {
            snapshot: snapshot.clone(),
            missing: missing.len(),
            changed: missing
                .iter()
                .filter(|(_, problem)| matches!(problem, Problem::WrongLength { .. }))
                .count(),
            before: missing
                .iter()
                .filter(|(at, problem)| {
                    let before = as_it_was.get(&at.canonical());
                    before.is_some_and(|before| match problem {
                        Problem::Missing => before.is_none(),
                        Problem::WrongLength { found, .. } => *before == Some(*found),
                        Problem::Unreachable => false,
                    })
                })
                .count(),
            going: going
                .iter()
                .filter(|(id, _)| batches.contains_key(*id))
                .map(|(id, root)| (id.clone(), root.clone()))
                .collect(),
            batches,
        }
    });
    Ok(torn.collect())
}
