//! Who names what, for the guard: the files of snapshots that are asked to go, as they are now, and all snapshots in
//! sight that name them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::ControlFlow;

use crate::analysis::guard::{File, Found, Graph, Sort};
use crate::analysis::references::LengthRule;
use crate::domain::id::JobId;
use crate::domain::location::Location;
use crate::domain::plan::Fingerprint;
use crate::store::{EntryKind, Store};

use super::catalog::Catalog;
use super::files::{DirectoryId, FileId, FileTable, Presence, is_uuid};
use super::layout;
use super::reach::{self, Reach};
use super::record::{Content, Record};
use super::resolve::FileUse;

/// The graph around snapshots at these places, which lie below these roots. `problems` is what could not be listed, in
/// words.
pub fn census(
    catalog: &Catalog,
    store: &dyn Store,
    asked: &[Location],
    roots: &[Location],
    problems: &[String],
) -> Graph {
    let (mut graph, gone) = without(&BTreeSet::new(), catalog, store, asked, roots);
    graph.blind.splice(0..0, problems.iter().cloned());
    graph.blind.extend(gone.into_values());
    graph
}

/// The same without those of them that have gone since the catalog was made, as Flink deletes checkpoints all the time: they are in
/// it no more, and what they named they name no more.
pub fn of_what_is_there(
    catalog: &Catalog,
    store: &dyn Store,
    asked: &[Location],
    roots: &[Location],
    problems: &[String],
) -> Graph {
    let mut gone = BTreeSet::new();
    loop {
        let (mut graph, more) = without(&gone, catalog, store, asked, roots);
        if more.is_empty() {
            graph.blind.splice(0..0, problems.iter().cloned());
            return graph;
        }
        gone.extend(more.into_keys());
    }
}

/// The graph without some snapshots, and those that have gone of the ones that are asked about, each with what was in the way to it.
fn without(
    gone: &BTreeSet<Location>,
    catalog: &Catalog,
    store: &dyn Store,
    asked: &[Location],
    roots: &[Location],
) -> (Graph, BTreeMap<Location, String>) {
    let mut graph = Graph::default();
    // Only what was settled has a row.
    let records: Vec<&Record> = catalog
        .records()
        .filter(|it| catalog.row(&it.location).is_some() && !gone.contains(&it.location))
        .collect();
    graph.snapshots = records
        .iter()
        .filter_map(|record| catalog.row(&record.location).cloned())
        .collect();
    let mut places = Places {
        table: catalog.files(),
        aliases: aliases(&records, catalog.files(), store),
        files: HashMap::new(),
        names: HashMap::new(),
        unlisted: Vec::new(),
        gone: BTreeMap::new(),
    };
    for (at, record) in records.iter().enumerate() {
        if matches!(record.content, Content::Unreadable { .. }) {
            graph.unread.push(at);
        }
        if let Some(file) = not_found(record, catalog.files(), roots) {
            graph.elsewhere.insert(at, file);
        }
        if asked.contains(&record.location) {
            let files = places.of(&mut graph, store, at, record);
            graph.of.insert(at, files);
            if record.uses().iter().any(|usage| usage.heritable) {
                graph.heritable.insert(at);
            }
        }
    }
    for (at, record) in records.iter().enumerate() {
        for usage in record.uses() {
            let place = places.place(usage.file);
            let own = places.files.get(&place).copied();
            let is_concluded = record.has_concluded_places() && !usage.relative;
            let alike = places.alike(&graph, store, (usage, is_concluded), &place.1, own);
            for file in own.into_iter().chain(alike) {
                let users: &mut Vec<usize> = &mut graph.files[file].users;
                // Each names a file once, but for two names of one place.
                if users.last() != Some(&at) {
                    users.push(at);
                }
            }
        }
    }
    let Places { unlisted, gone, .. } = places;
    graph.blind = unlisted;
    graph.meant = meant(&graph, &records, catalog.files());
    let mut reach = Reach::of(roots);
    let here = graph.files.iter().enumerate();
    graph.out_of_reach = here
        .filter(|(_, file)| matches!(file.found, Found::Here(_)))
        .filter_map(|(at, file)| Some((at, reach.obstacle(&file.at)?)))
        .collect();
    for (at, file) in graph.files.iter_mut().enumerate() {
        if matches!(file.found, Found::Here(_)) && reach::is_link(&file.at) {
            file.found = Found::Link;
            // Without it nothing else of its snapshot goes.
            if file.sort == Sort::Metadata {
                let why = format!("{} is a symbolic link", file.at.shown());
                graph.out_of_reach.entry(at).or_insert(why);
            }
        }
    }
    (graph, gone)
}

/// Whether a directory that cannot be found has gone, and is not out of sight with what is around it: where nothing is mounted any
/// more the directory around it is not there, or has nothing in it.
fn is_gone(store: &dyn Store, directory: &Location) -> bool {
    let Some(parent) = directory.parent() else {
        return false;
    };
    let (mut is_empty, mut is_named) = (true, false);
    let listed = store.list(&parent, &mut |entry| {
        is_empty = false;
        is_named |= entry.name == directory.name();
        ControlFlow::Continue(())
    });
    listed.is_ok() && !is_empty && !is_named
}

/// Whether two files of one name may be copies of one file: Flink's names are random, or they lie alike below the directory of
/// the same job.
fn may_be_copies(one: &Location, other: &Location) -> bool {
    let below_job = |at: &Location| {
        let mut above = std::iter::successors(at.parent(), Location::parent);
        let job = above.find(|it| JobId::from_hex(it.name()).is_ok())?;
        let below = at.relative_to(&job)?.to_vec();
        Some((job.name().to_vec(), below))
    };
    let is_same_name = one.name() == other.name() && is_uuid(one.name());
    is_same_name || below_job(one).is_some_and(|it| below_job(other) == Some(it))
}

/// A name without the case of its letters.
fn folded(name: &[u8]) -> Vec<u8> {
    name.to_ascii_lowercase()
}

/// The snapshots that are asked to go with those that mean files of theirs, and name them as if they lay in their own
/// directories. The names of such files are random: the same name is the same file.
fn meant(
    graph: &Graph,
    records: &[&Record],
    table: &FileTable,
) -> BTreeMap<usize, BTreeSet<usize>> {
    let mut named: HashMap<Vec<u8>, BTreeSet<usize>> = HashMap::new();
    for (at, record) in records.iter().enumerate() {
        let is_astray = |usage: &&FileUse| {
            usage.relative_but_shared && !matches!(table.presence(usage.file), Presence::Present(_))
        };
        for usage in record.uses().iter().filter(is_astray) {
            let by = named.entry(table.name(usage.file)).or_default();
            by.insert(at);
        }
    }
    let mut meant: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for (&target, files) in &graph.of {
        let files = files.iter().map(|&file| &graph.files[file]);
        let here = files.filter(|file| matches!(file.found, Found::Here(_)));
        let by = here.filter_map(|file| named.get(file.at.name()));
        let others: BTreeSet<usize> = by.flatten().copied().filter(|&by| by != target).collect();
        if !others.is_empty() {
            meant.insert(target, others);
        }
    }
    meant
}

/// A directory and a name in it, whatever path leads there.
type Place = (DirectoryId, Vec<u8>);

/// The files of the graph by place.
struct Places<'c> {
    table: &'c FileTable,
    /// Directories that are another one under a second name.
    aliases: HashMap<DirectoryId, DirectoryId>,
    files: HashMap<Place, usize>,
    /// The same by their names alone, in whatever case.
    names: HashMap<Vec<u8>, Vec<usize>>,
    /// What could not be listed, in words.
    unlisted: Vec<String>,
    /// The snapshots that are not there any more, with why they could not be listed.
    gone: BTreeMap<Location, String>,
}

impl Places<'_> {
    /// Files of the graph that a name may lead to although they lie elsewhere: where it leads to nothing, as it was written
    /// where the store has another name; where it leads to the very file by a link; where case does not matter; and where it is
    /// only concluded to lead to one copy of a file, of which the graph has another.
    fn alike(
        &self,
        graph: &Graph,
        store: &dyn Store,
        (usage, is_concluded): (&FileUse, bool),
        name: &[u8],
        own: Option<usize>,
    ) -> Vec<usize> {
        let namesakes = self.names.get(&folded(name)).into_iter().flatten();
        let mut namesakes = namesakes.filter(|it| Some(**it) != own).peekable();
        if namesakes.peek().is_none() {
            return Vec::new();
        }
        let at = self.table.location(usage.file);
        match look(store, &at).0 {
            Found::Here(seen) => namesakes
                .filter(|&&it| match graph.files[it].found {
                    Found::Here(other) => {
                        other.identity == seen.identity
                            || (is_concluded && may_be_copies(&at, &graph.files[it].at))
                    }
                    _ => true,
                })
                .copied()
                .collect(),
            _ => namesakes.copied().collect(),
        }
    }

    fn add(&mut self, name: &[u8], file: usize) {
        self.names.entry(folded(name)).or_default().push(file);
    }

    fn place(&self, file: FileId) -> Place {
        let directory = self.table.directory_of(file);
        let directory = self.aliases.get(&directory).copied().unwrap_or(directory);
        (directory, self.table.name(file))
    }

    /// Takes in the files of one snapshot, and returns their numbers.
    fn of(
        &mut self,
        graph: &mut Graph,
        store: &dyn Store,
        at: usize,
        record: &Record,
    ) -> Vec<usize> {
        let mut numbers = Vec::new();
        let metadata = record.location.join(layout::METADATA);
        let (found, is_hard_linked) = look(store, &metadata);
        if found != Found::Missing {
            numbers.push(graph.files.len());
            graph.files.push(File {
                at: metadata,
                found,
                is_hard_linked,
                sort: Sort::Metadata,
                users: vec![at],
            });
        }
        let mut named = BTreeSet::new();
        let own = self.table.known_directory(&record.location);
        let own = own.map(|id| self.aliases.get(&id).copied().unwrap_or(id));
        for usage in record.uses() {
            let place = self.place(usage.file);
            // That it names its own metadata makes no second file of it.
            if Some(place.0) == own && place.1 == layout::METADATA {
                continue;
            }
            let sort = match usage.length {
                LengthRule::AtLeast(_) => Sort::Merged,
                _ => Sort::State,
            };
            let table = self.table;
            let number = if let Some(&number) = self.files.get(&place) {
                number
            } else {
                let at = table.location(usage.file);
                let (found, is_hard_linked) = look(store, &at);
                let number = graph.files.len();
                graph.files.push(File {
                    at,
                    found,
                    is_hard_linked,
                    sort,
                    users: Vec::new(),
                });
                self.add(&place.1, number);
                self.files.insert(place, number);
                number
            };
            // A merged file is one for everybody, however another handle names it.
            if sort == Sort::Merged {
                graph.files[number].sort = sort;
            }
            named.insert(graph.files[number].at.canonical());
            numbers.push(number);
        }
        self.loose(graph, store, record, &named, &mut numbers);
        numbers
    }

    /// What else lies in a snapshot's directory.
    fn loose(
        &mut self,
        graph: &mut Graph,
        store: &dyn Store,
        record: &Record,
        named: &BTreeSet<Location>,
        numbers: &mut Vec<usize>,
    ) {
        let mut rest = Vec::new();
        let listed = store.list(&record.location, &mut |entry| {
            let at = record.location.child(&entry.name);
            if entry.kind == EntryKind::File
                && entry.name != layout::METADATA
                && !named.contains(&at.canonical())
            {
                rest.push((entry.name, at));
            }
            ControlFlow::Continue(())
        });
        if let Err(error) = listed {
            if error.is_absence() && is_gone(store, &record.location) {
                let why = error.to_string();
                self.gone.insert(record.location.clone(), why);
            } else {
                self.unlisted.push(error.to_string());
            }
        }
        let directory = self.table.known_directory(&record.location);
        let directory = directory.map(|id| self.aliases.get(&id).copied().unwrap_or(id));
        for (name, at) in rest {
            let (found, is_hard_linked) = look(store, &at);
            numbers.push(graph.files.len());
            // Others may name it although its own snapshot does not.
            self.add(&name, graph.files.len());
            if let Some(id) = directory {
                self.files.insert((id, name), graph.files.len());
            }
            graph.files.push(File {
                at,
                found,
                is_hard_linked,
                sort: Sort::Loose,
                users: Vec::new(),
            });
        }
    }
}

/// A file outside of the roots that a snapshot names, and that was not found.
fn not_found(record: &Record, table: &FileTable, roots: &[Location]) -> Option<Location> {
    let lost = |usage: &&FileUse| !matches!(table.presence(usage.file), Presence::Present(_));
    let lost = record.uses().iter().filter(lost);
    let mut places = lost.map(|usage| table.location(usage.file));
    places.find(|at| {
        let inside = |root: &Location| at.canonical().is_within(&root.canonical());
        !roots.iter().any(inside)
    })
}

/// What is there, and whether it has other names.
fn look(store: &dyn Store, at: &Location) -> (Found, bool) {
    let stat = store.stat(at);
    let is_hard_linked = stat.as_ref().is_ok_and(|stat| stat.is_hard_linked);
    let found = match stat {
        Ok(stat) if stat.kind == EntryKind::File => match (stat.modified, stat.identity) {
            (Some(modified), Some(identity)) => Found::Here(Fingerprint {
                bytes: stat.bytes,
                modified,
                identity,
            }),
            _ => Found::Indistinct { bytes: stat.bytes },
        },
        Ok(_) => Found::Missing,
        Err(error) if error.is_absence() => Found::Missing,
        Err(_) => Found::Unreachable,
    };
    (found, is_hard_linked)
}

/// Directories that files are named in, and that are the same as another one that has a smaller number: a link, or a
/// second mount.
fn aliases(
    records: &[&Record],
    table: &FileTable,
    store: &dyn Store,
) -> HashMap<DirectoryId, DirectoryId> {
    let directories: BTreeSet<DirectoryId> = records
        .iter()
        .flat_map(|record| record.uses())
        .map(|usage| table.directory_of(usage.file))
        .collect();
    let mut first: BTreeMap<(u64, u64), DirectoryId> = BTreeMap::new();
    let mut aliases = HashMap::new();
    for directory in directories {
        let stat = store.stat(table.directory_location(directory)).ok();
        if let Some(identity) = stat.and_then(|stat| stat.identity) {
            let original = *first.entry(identity).or_insert(directory);
            if original != directory {
                aliases.insert(directory, original);
            }
        }
    }
    aliases
}
