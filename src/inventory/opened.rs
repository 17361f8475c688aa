//! What lies below some roots, looked at once and settled.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::catalog::{Catalog, Rules};
use super::scan::{self, Root};
use super::{marks, orphans, restarts};
use crate::analysis::orphans::Found;
use crate::domain::clock::Clock;
use crate::domain::cluster::Cluster;
use crate::domain::history::JobHistory;
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
    /// Second names of snapshots, by links or mounts, with those that they are in the catalog by.
    aliases: HashMap<Location, Location>,
}

impl Opened {
    /// Looks at everything below some roots.
    ///
    /// # Errors
    /// When one of the roots, or a place that was asked about, cannot be looked at.
    pub fn below(rules: Rules, asked: Vec<Location>, roots: Vec<Root>) -> Result<Self, StoreError> {
        let (store, clock) = (LocalStore, rules.clock.clone());
        let mut catalog = Catalog::new(rules);
        let (mut problems, mut directories) = (Vec::new(), Vec::new());
        let (mut first, mut aliases) = (HashMap::new(), HashMap::new());
        for asked in &asked {
            // The place itself must be there, whatever is around it.
            store.stat(asked)?;
        }
        for root in &roots {
            let findings = scan::scan(
                &mut catalog,
                &store,
                root,
                &AtomicBool::new(false),
                &mut |_| {},
            )?;
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
            roots,
            directories,
            clock,
            catalog,
            problems,
            aliases,
        })
    }

    /// Takes in what clusters tell of their jobs.
    pub fn learn(&mut self, clusters: &[Arc<Cluster>]) {
        let jobs = clusters.iter().flat_map(|cluster| &cluster.jobs);
        self.catalog
            .learn(jobs.filter_map(|job| JobHistory::of(job)));
        self.catalog.settle(self.clock.now());
    }

    /// The name by which a snapshot is in the catalog.
    pub fn known_as<'l>(&'l self, location: &'l Location) -> &'l Location {
        self.aliases.get(location).unwrap_or(location)
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

    /// The marks that matter here, and what could not be read of them.
    pub fn marks(&self) -> (Vec<Mark>, Vec<String>) {
        marks::read(&self.root_locations(), &self.snapshots())
    }

    /// What lies here and no snapshot names, with all that could not be looked at.
    pub fn orphans(&self) -> Found {
        let mut found = orphans::find(&self.store, &self.catalog, &self.roots);
        for problem in &self.problems {
            if !found.problems.contains(problem) {
                found.problems.push(problem.clone());
            }
        }
        found
    }
}
