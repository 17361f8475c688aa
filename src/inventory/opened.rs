//! What lies below some roots, looked at once and settled.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::catalog::{Catalog, Rules};
use super::mounts::{Key, Mounts};
use super::scan::{self, Findings, Root};
use super::{holds, marks, orphans, restarts};
use crate::analysis::guard::Bare;
use crate::analysis::orphans::Found;
use crate::domain::clock::Clock;
use crate::domain::cluster::Cluster;
use crate::domain::history::JobHistory;
use crate::domain::hold::Hold;
use crate::domain::id::JobId;
use crate::domain::location::Location;
use crate::domain::mark::Mark;
use crate::store::local::LocalStore;
use crate::store::{Store as _, StoreError};

/// What lies below some roots, looked at once.
pub struct Opened {
    /// The store that all of it lies in.
    pub store: LocalStore,
    /// The places that were asked about.
    pub asked: Vec<Location>,
    /// Where snapshots were looked for: the same places, or around them.
    pub roots: Vec<Root>,
    /// All directories that were looked in and are no snapshots.
    pub directories: Vec<Location>,
    /// The clock by which it is dated.
    pub clock: Arc<dyn Clock>,
    /// What is there, settled.
    pub catalog: Catalog,
    /// What could not be looked at, in words.
    pub problems: Vec<String>,
    /// What was not looked at, as it lies too deep, in words.
    pub unsearched: Option<String>,
    /// Second names of snapshots, by links or mounts, with those that they are in the catalog by.
    aliases: HashMap<Location, Location>,
}

impl Opened {
    /// Looks at the snapshots below some roots; not at those that lie in other ones or among state files.
    ///
    /// # Errors
    /// When one of the roots, or a place that was asked about, cannot be looked at.
    pub fn below(rules: Rules, asked: Vec<Location>, roots: Vec<Root>) -> Result<Self, StoreError> {
        Self::by(rules, asked, roots, |catalog, store, root| {
            scan::scan(catalog, store, root, &AtomicBool::new(false), &mut |_| {})
        })
    }

    /// Looks at all snapshots below some roots, wherever somebody has put them. What was not looked at, as it lies too deep,
    /// is a problem: it may name anything.
    ///
    /// # Errors
    /// As [`Opened::below`].
    pub fn everywhere_below(
        rules: Rules,
        asked: Vec<Location>,
        roots: Vec<Root>,
    ) -> Result<Self, StoreError> {
        let mut opened = Self::by(rules, asked, roots, |catalog, store, root| {
            scan::scan_everywhere(catalog, store, root)
        })?;
        opened.problems.extend(opened.unsearched.clone());
        Ok(opened)
    }

    fn by(
        rules: Rules,
        asked: Vec<Location>,
        roots: Vec<Root>,
        scan: impl Fn(&mut Catalog, &LocalStore, &Root) -> Result<Findings, StoreError>,
    ) -> Result<Self, StoreError> {
        let (store, clock) = (LocalStore, rules.clock.clone());
        let mut catalog = Catalog::new(rules);
        let (mut problems, mut directories) = (Vec::new(), Vec::new());
        let (mut first, mut aliases) = (HashMap::new(), HashMap::new());
        let mut too_deep = Vec::new();
        for asked in &asked {
            // The place itself must be there, whatever is around it.
            store.stat(asked)?;
        }
        for root in &roots {
            let findings = scan(&mut catalog, &store, root)?;
            too_deep.extend(findings.unsearched);
            directories.extend(findings.directories);
            problems.extend(findings.problems.iter().map(ToString::to_string));
            // Seen from two roots, one would count as two, of which one may go.
            for snapshot in findings.snapshots {
                let Some(identity) = store.stat(&snapshot).ok().and_then(|it| it.identity) else {
                    continue;
                };
                let known = first.entry(identity).or_insert_with(|| snapshot.clone());
                if *known != snapshot {
                    catalog.forget(&snapshot);
                    aliases.insert(snapshot, known.clone());
                }
            }
        }
        let snapshots: Vec<Location> = catalog.records().map(|it| it.location.clone()).collect();
        let places: Vec<Location> = roots.iter().map(|root| root.location.clone()).collect();
        catalog.learn(restarts::read(&places, &snapshots));
        catalog.settle(clock.now());
        Ok(Self {
            store,
            asked,
            unsearched: scan::not_searched(&too_deep, &roots),
            roots,
            directories,
            clock,
            catalog,
            problems,
            aliases,
        })
    }

    /// Looks again at what lies below the roots, but for some snapshots that stay in the catalog as they are: what is new, what
    /// has changed, and what is not there any more.
    ///
    /// # Errors
    /// When something cannot be listed that could be before.
    pub fn look_again(&mut self, stays: &dyn Fn(&Location) -> bool) -> Result<(), String> {
        let mut there = HashSet::new();
        for root in &self.roots {
            let findings = scan::find_everywhere(&self.store, root);
            let findings = findings.map_err(|error| error.to_string())?;
            let problems = findings.problems.iter().map(ToString::to_string);
            if let Some(new) = problems.into_iter().find(|it| !self.problems.contains(it)) {
                return Err(new);
            }
            there.extend(findings.snapshots);
        }
        there.retain(|it| !self.aliases.contains_key(it) && !stays(it));
        let known: Vec<Location> = self.snapshots();
        for gone in known.iter().filter(|it| !there.contains(*it) && !stays(it)) {
            self.catalog.forget(gone);
        }
        for snapshot in &there {
            self.catalog.look_again_at(&self.store, snapshot);
        }
        self.catalog.look_for_files_again_but(&self.store, stays);
        self.catalog.settle(self.clock.now());
        Ok(())
    }

    /// Takes in what clusters say.
    pub fn hear(&mut self, clusters: &[Arc<Cluster>]) {
        for cluster in clusters {
            self.catalog.hear(cluster);
        }
        self.catalog.settle(self.clock.now());
    }

    /// The name by which a snapshot is in the catalog.
    pub fn known_as<'l>(&'l self, location: &'l Location) -> &'l Location {
        let canonical = location.canonical();
        let mut aliases = self.aliases.iter();
        let known = self.aliases.get(location).or_else(|| {
            let same = aliases.find(|(second, _)| second.canonical() == canonical);
            same.map(|(_, first)| first)
        });
        known.unwrap_or(location)
    }

    /// Gives snapshots the names by which they are in the catalog, by whatever link or mount they were reached; others keep theirs.
    fn rename<'l>(&self, snapshots: impl Iterator<Item = &'l mut Location>) {
        let mounts = Mounts::now();
        let mut keys = None;
        for snapshot in snapshots {
            *snapshot = self.known_as(snapshot).clone();
            if self.catalog.record(snapshot).is_some() {
                continue;
            }
            let keys: &HashMap<Key, Location> = keys.get_or_insert_with(|| {
                let all = self.catalog.records().map(|it| &it.location);
                all.filter_map(|at| Some((mounts.key(at)?, at.clone())))
                    .collect()
            });
            let known = mounts.key(snapshot).and_then(|key| keys.get(&key));
            if let Some(known) = known {
                *snapshot = known.clone();
            }
        }
    }

    /// Where the snapshots are, by all names that they have.
    fn all_names(&self) -> Vec<Location> {
        let second = self.aliases.keys().cloned();
        self.snapshots().into_iter().chain(second).collect()
    }

    /// Whether a snapshot is one that was asked about, and not only looked at for comparison.
    pub fn is_asked(&self, location: &Location) -> bool {
        let location = location.canonical();
        let mut asked = self.asked.iter();
        asked.any(|asked| location.is_within(&asked.canonical()))
    }

    /// The directories that were looked in.
    pub fn root_locations(&self) -> Vec<Location> {
        self.roots
            .iter()
            .map(|root| root.location.clone())
            .collect()
    }

    /// Where the snapshots are.
    pub fn snapshots(&self) -> Vec<Location> {
        let rows = self.catalog.rows();
        rows.map(|row| row.location.clone()).collect()
    }

    /// The directories that Flink made for jobs and that no snapshot lies in, as they are now.
    pub fn bare(&self) -> Vec<Bare> {
        let rows = self.catalog.records().map(|it| &it.location);
        // Those by whose second names a directory is reached lie in it, too.
        let second = self.aliases.iter();
        let second = second.filter(|(_, first)| self.catalog.record(first).is_some());
        let rows = rows.chain(second.map(|(second, _)| second));
        let homes: HashSet<Location> = rows.filter_map(Location::parent).collect();
        let bare = self.directories.iter().filter(|at| !homes.contains(*at));
        let is_there = |at: Location| self.store.stat(&at).is_ok();
        let is_flinks = |at: &Location| {
            let mut inner = [&b"shared"[..], b"taskowned"].into_iter();
            inner.any(|name| is_there(at.child(name)))
        };
        bare.filter_map(|at| {
            let job = JobId::from_hex(at.name()).ok()?;
            let stat = self.store.stat(at).ok().filter(|_| is_flinks(at))?;
            Some(Bare {
                job,
                at: stat.modified,
            })
        })
        .collect()
    }

    /// The marks that matter here, and what could not be read of them.
    pub fn marks(&self) -> (Vec<Mark>, Vec<String>) {
        let (mut marks, problems) = marks::read(&self.root_locations(), &self.all_names());
        self.rename(marks.iter_mut().map(|it| &mut it.snapshot));
        (marks, problems)
    }

    /// The holds on what is in sight, and what could not be read of them. A snapshot is held by whatever name that was done.
    pub fn holds(&self) -> (Vec<Hold>, Vec<String>) {
        let (mut holds, problems) = holds::read(&self.root_locations(), &self.all_names());
        self.rename(holds.iter_mut().map(|it| &mut it.snapshot));
        (holds, problems)
    }

    /// The notes of restarts from what is in sight, and what could not be read of them.
    pub fn restarts(&self) -> (Vec<JobHistory>, Vec<String>) {
        let (mut found, problems) = restarts::look(&self.root_locations(), &self.all_names());
        self.rename(found.iter_mut().filter_map(|it| it.restored.as_mut()));
        (found, problems)
    }

    /// The directories that have another name by which their snapshots are in the catalog.
    fn second_names(&self) -> BTreeSet<Location> {
        let identity = |at: &Location| self.store.stat(at).ok().and_then(|it| it.identity);
        let mut names = BTreeSet::new();
        for (second, first) in &self.aliases {
            let mut pair = (second.clone(), first.clone());
            while pair.0 != pair.1
                && identity(&pair.0).is_some_and(|it| Some(it) == identity(&pair.1))
                && names.insert(pair.0.canonical())
            {
                match (pair.0.parent(), pair.1.parent()) {
                    (Some(second), Some(first)) => pair = (second, first),
                    _ => break,
                }
            }
        }
        names
    }

    /// What lies here and no snapshot names, with all that could not be looked at.
    pub fn orphans(&self) -> Found {
        let second = self.second_names();
        let mut found = orphans::find(&self.store, &self.catalog, &self.roots, &second);
        for problem in &self.problems {
            if !found.problems.contains(problem) {
                found.problems.push(problem.clone());
            }
        }
        found
    }
}
