//! From what is asked to go to a plan: everything around it is looked at, and the guard judges. All verbs that delete
//! start here.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use jiff::Timestamp;

use crate::analysis::guard::{self, Graph, Question, Wish};
use crate::analysis::orphans::{self, Orphan};
use crate::domain::cluster::Cluster;
use crate::domain::hold::Hold;
use crate::domain::location::Location;
use crate::domain::mark::Mark;
use crate::domain::plan::Plan;
use crate::domain::snapshot::Snapshot;
use crate::inventory::census::census;
use crate::inventory::holds;
use crate::inventory::scan::{self, Root};
use crate::store::local::LocalStore;

use super::args::Planning;
use super::connect;
use super::open::{self, Opened};
use super::report::Report;

/// What is in sight of a plan.
pub struct Sight {
    /// The snapshots.
    pub opened: Opened,
    /// What the clusters say.
    pub clusters: Vec<Arc<Cluster>>,
    holds: Vec<Hold>,
    marks: Vec<Mark>,
    /// What could not be read or listed.
    problems: Vec<String>,
}

impl Sight {
    /// The names of the holds that stand on a snapshot.
    pub fn holds_on(&self, snapshot: &Snapshot, now: Timestamp) -> Vec<String> {
        let holds = self.holds.iter();
        holds
            .filter(|hold| hold.stands(now) && hold.is_on(&snapshot.location))
            .map(|hold| hold.name.clone())
            .collect()
    }
}

/// Looks at the snapshots at some places and at all around them: at everything of the checkpoint directory that a
/// checkpoint's job writes to, at the neighbours of a savepoint, and where the flags or the context say.
///
/// # Errors
/// When a place cannot be looked at.
pub fn look(args: &Planning, asked: &[Location]) -> Result<Sight, Report> {
    look_in(args, asked.iter().map(home), asked)
}

/// The same in these places, and where the flags or the context say.
///
/// # Errors
/// When a place cannot be looked at.
pub fn look_in(
    args: &Planning,
    places: impl IntoIterator<Item = Location>,
    asked: &[Location],
) -> Result<Sight, Report> {
    let levels = args.how.levels();
    let mut roots: Vec<Root> = Vec::new();
    let named = args.within.iter().map(|dir| open::location(dir));
    let named = named.collect::<Result<Vec<_>, _>>()?;
    for location in places.into_iter().chain(named) {
        let root = Root {
            location,
            depth: levels,
        };
        if !roots.contains(&root) {
            roots.push(root);
        }
    }
    let mut opened = open::open_roots(&args.how, asked.to_vec(), roots)?;
    let clusters = connect::clusters(&args.connect);
    opened.learn(&clusters);
    let (marks, unread) = super::mark::seen(&opened);
    let snapshots: Vec<Location> = opened
        .catalog
        .rows()
        .map(|row| row.location.clone())
        .collect();
    let (holds, unheld) = holds::read(&opened.root_locations(), &snapshots);
    let mut problems = opened.problems.clone();
    problems.extend(unread.into_iter().chain(unheld));
    Ok(Sight {
        opened,
        clusters,
        holds,
        marks,
        problems,
    })
}

/// Looks at everything below some places, and at all around the snapshots there: a place may be the directory of one job,
/// and others beside it may name its files.
///
/// # Errors
/// When a place cannot be looked at.
pub fn look_below(args: &Planning, places: &[Location]) -> Result<Sight, Report> {
    let mut around = Vec::new();
    for place in places {
        let root = Root {
            location: place.clone(),
            depth: args.how.levels(),
        };
        let findings = scan::find(&LocalStore, &root, &AtomicBool::new(false))?;
        let homes = findings.snapshots.iter().map(home);
        for home in homes {
            let is_below = |it: &Location| home.canonical().is_within(&it.canonical());
            if !places.iter().chain(&around).any(is_below) {
                around.push(home);
            }
        }
    }
    // Those around come first: what goes lies in the trash of the directory that holds all jobs'.
    look_in(
        args,
        around.into_iter().chain(places.iter().cloned()),
        places,
    )
}

/// The directory around a snapshot in which others may name its files: for a checkpoint that of all jobs.
fn home(snapshot: &Location) -> Location {
    crate::inventory::ours::home(snapshot).unwrap_or_else(|| snapshot.clone())
}

/// Judges what is asked to go of what is in sight.
pub fn judge(
    args: &Planning,
    sight: &Sight,
    verb: &str,
    asked: &[(Location, String)],
    typed: &[String],
) -> Plan {
    let now = Timestamp::now();
    let roots = sight.opened.root_locations();
    let places: Vec<Location> = asked.iter().map(|(place, _)| place.clone()).collect();
    let graph = census(
        &sight.opened.catalog,
        &sight.opened.store,
        &places,
        &roots,
        sight.problems.iter().cloned(),
    );
    let wishes: Vec<Wish> = asked
        .iter()
        .filter_map(|(place, why)| {
            let mut rows = graph.snapshots.iter();
            let snapshot = rows.position(|row| row.location == *place)?;
            let why = why.clone();
            Some(Wish { snapshot, why })
        })
        .collect();
    guard::plan(&Question {
        verb,
        id: &id(now),
        graph: &graph,
        wishes: &wishes,
        roots: &roots,
        lineages: sight.opened.catalog.lineages(),
        holds: &sight.holds,
        marks: &sight.marks,
        clusters: &sight.clusters,
        all_named: args.all_named,
        typed,
        grace: args.untouched,
        now,
    })
}

/// What asks for it when nothing but what is left over is to go.
const ORPHANS: &str = "orphans";

/// Judges those of what no snapshot names that are wanted, of what is in sight; with what could not be looked at, in words.
pub fn judge_orphans(
    args: &Planning,
    sight: &Sight,
    wanted: &dyn Fn(&Orphan) -> bool,
) -> (Plan, Vec<String>) {
    let now = Timestamp::now();
    let mut found = super::orphans::find(&sight.opened);
    for problem in &sight.problems {
        if !found.problems.contains(problem) {
            found.problems.push(problem.clone());
        }
    }
    let mut chosen = Vec::new();
    let asked = orphans::Question {
        found: &found,
        clusters: &sight.clusters,
        all_named: args.all_named,
        grace: args.untouched,
        now,
    };
    orphans::each(&asked, &mut |orphan| {
        if wanted(&orphan) {
            chosen.push(orphan);
        }
    });
    let catalog = &sight.opened.catalog;
    let snapshots: Vec<Arc<Snapshot>> = catalog.rows().cloned().collect();
    let is_unread = |at: &usize| found.unread.contains(&snapshots[*at].location);
    let graph = Graph {
        unread: (0..snapshots.len()).filter(is_unread).collect(),
        blind: found.problems.clone(),
        snapshots,
        ..Graph::default()
    };
    let question = Question {
        verb: ORPHANS,
        id: &id(now),
        graph: &graph,
        wishes: &[],
        roots: &sight.opened.root_locations(),
        lineages: catalog.lineages(),
        holds: &sight.holds,
        marks: &sight.marks,
        clusters: &sight.clusters,
        all_named: args.all_named,
        typed: &[],
        grace: args.untouched,
        now,
    };
    (guard::plan_of_orphans(&question, chosen), found.problems)
}

/// Judges what a plan is about once more, by what is there now.
///
/// # Errors
/// When a place cannot be looked at.
pub fn anew(args: &Planning, plan: &Plan, typed: &[String]) -> Result<Plan, Report> {
    let sight = look_in(args, plan.roots.iter().cloned(), &[])?;
    let targets = plan.targets.iter();
    if plan.verb == ORPHANS {
        let places: HashSet<&Location> = targets.map(|target| &target.at).collect();
        let wanted = |orphan: &Orphan| {
            let parent = orphan.at.parent();
            places.contains(&orphan.at) || parent.is_some_and(|parent| places.contains(&parent))
        };
        return Ok(judge_orphans(args, &sight, &wanted).0);
    }
    let asked: Vec<(Location, String)> = targets
        .map(|target| (target.at.clone(), target.asked.clone()))
        .collect();
    Ok(judge(args, &sight, &plan.verb, &asked, typed))
}

/// A name for a plan: when it was made, and a little more, so that no two have the same.
fn id(now: Timestamp) -> String {
    let random = uuid::Uuid::new_v4().simple().to_string();
    format!("{}-{}", now.strftime("%Y%m%dT%H%M%SZ"), &random[..6])
}
