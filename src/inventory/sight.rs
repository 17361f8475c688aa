//! From what is asked to go to a plan: everything around it is looked at, and the guard judges. All that deletes starts
//! here.

pub mod half;
mod meanwhile;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::catalog::Rules;
use super::census;
use super::opened::Opened;
use super::reach::Reach;
use super::scan::{self, Root};
use super::{homes, ours, places, retention};
use crate::analysis::guard::{self, Graph, Question, Wish};
use crate::analysis::orphans::{self, Orphan};
use crate::analysis::policy::Reason;
use crate::analysis::{forks, marked};
use crate::domain::cluster::Cluster;
use crate::domain::history::JobHistory;
use crate::domain::hold::Hold;
use crate::domain::location::Location;
use crate::domain::looking::Looking;
use crate::domain::mark::Mark;
use crate::domain::plan::{Decision, Objection, Plan};
use crate::domain::size::iec;
use crate::domain::snapshot::Snapshot;
use crate::store::StoreError;
use crate::store::local::LocalStore;

pub use meanwhile::Meanwhile;

/// How a deletion is planned, now and when it is looked at once more.
#[derive(Debug, Clone)]
pub struct Terms {
    /// Directories in which to look too for snapshots that name the same files.
    pub within: Vec<Location>,
    /// How many levels below a directory to look.
    pub levels: usize,
    /// How to look.
    pub rules: Rules,
    /// Whether somebody says that all checkpoint directories are among them whose jobs may have claimed a snapshot.
    pub all_named: bool,
    /// How long nothing may have changed beside a snapshot whose job nobody knows.
    pub untouched: SignedDuration,
    /// What was typed to overrule objections.
    pub typed: Vec<String>,
}

impl Terms {
    /// How is looked by them.
    pub fn looking(&self) -> Looking {
        Looking {
            levels: self.levels,
            mappings: self.rules.mappings.clone(),
            all_named: self.all_named,
            homes: None,
            places: None,
        }
    }

    /// The same, and as was looked when a plan was made.
    #[must_use]
    pub fn as_planned(&self, plan: &Plan) -> Self {
        let looking = self.looking().and(plan.looking.as_ref());
        Self {
            levels: looking.levels,
            all_named: looking.all_named,
            rules: Rules {
                mappings: looking.mappings,
                ..self.rules.clone()
            },
            ..self.clone()
        }
    }

    fn root(&self, location: Location) -> Root {
        Root {
            location,
            depth: self.levels,
        }
    }
}

/// What is in sight of a plan.
pub struct Sight {
    /// The snapshots.
    pub opened: Opened,
    /// What the clusters say.
    pub clusters: Vec<Arc<Cluster>>,
    holds: Vec<Hold>,
    marks: Vec<Mark>,
    restarts: Vec<JobHistory>,
    /// Where it was only looked who else names what.
    looked: Vec<Location>,
    /// What could not be read or listed.
    problems: Vec<String>,
}

impl Sight {
    /// Looks at the snapshots at some places and at all around them: at everything of the checkpoint directory that a
    /// checkpoint's job writes to, at the neighbours of a savepoint, and where the terms say.
    ///
    /// # Errors
    /// When a place cannot be looked at.
    pub fn around(
        terms: &Terms,
        clusters: Vec<Arc<Cluster>>,
        asked: &[Location],
    ) -> Result<Self, StoreError> {
        Self::of(terms, clusters, asked.iter().map(home), asked)
    }

    /// The same in these places, and where the terms say.
    ///
    /// # Errors
    /// When a place cannot be looked at.
    pub fn of(
        terms: &Terms,
        clusters: Vec<Arc<Cluster>>,
        places: impl IntoIterator<Item = Location>,
        asked: &[Location],
    ) -> Result<Self, StoreError> {
        let mut roots: Vec<Root> = Vec::new();
        let places: Vec<Location> = places.into_iter().collect();
        let is_place = |it: &&Location| places.iter().any(|at| at.canonical() == it.canonical());
        let looked = terms.within.iter().filter(|it| !is_place(it));
        let looked = looked.cloned().collect();
        for location in places.iter().chain(&terms.within).cloned() {
            let root = terms.root(location);
            if !roots.contains(&root) {
                roots.push(root);
            }
        }
        let mut opened = Opened::everywhere_below(terms.rules.clone(), asked.to_vec(), roots)?;
        opened.hear(&clusters);
        let (marks, unread) = opened.marks();
        let (holds, unheld) = opened.holds();
        let (restarts, untold) = opened.restarts();
        let mut problems = opened.problems.clone();
        problems.extend(unread.into_iter().chain(unheld).chain(untold));
        Ok(Self {
            opened,
            clusters,
            holds,
            marks,
            restarts,
            looked,
            problems,
        })
    }

    /// Looks at everything below some places, and at all around the snapshots there: a place may be the directory of one
    /// job, and others beside it may name its files.
    ///
    /// # Errors
    /// When a place cannot be looked at.
    pub fn below(
        terms: &Terms,
        clusters: Vec<Arc<Cluster>>,
        places: &[Location],
    ) -> Result<Self, StoreError> {
        let mut around = Vec::new();
        for place in places {
            let root = terms.root(place.clone());
            let findings = scan::find_everywhere(&LocalStore, &root)?;
            let homes = findings.snapshots.iter().map(home);
            for home in homes {
                let is_below = |it: &Location| home.canonical().is_within(&it.canonical());
                if !places.iter().chain(&around).any(is_below) {
                    around.push(home);
                }
            }
        }
        // Those around come first: what goes lies in the trash of the directory that holds all jobs'.
        let all = around.into_iter().chain(places.iter().cloned());
        Self::of(terms, clusters, all, places)
    }

    /// The holds that stand on a snapshot, and whether it is marked: what keeps it whatever rules say.
    pub fn held(&self, snapshot: &Snapshot, now: Timestamp) -> Vec<Reason> {
        let holds = self.holds.iter();
        let holds = holds.filter(|hold| hold.stands(now) && hold.is_on(&snapshot.location));
        let is_marked = self.marks.iter().any(|it| marked::is_of(it, snapshot));
        let holds = holds.map(|hold| Reason::Hold(hold.name.clone()));
        holds.chain(is_marked.then_some(Reason::Mark)).collect()
    }

    /// What is known of where jobs were restarted from, by notes and by clusters.
    pub fn restarted(&self) -> Vec<JobHistory> {
        forks::histories(&self.restarts, &self.clusters)
    }

    /// Judges what is asked to go, each with why it is asked.
    pub fn judge(&self, terms: &Terms, verb: &str, asked: &[(Location, String)]) -> Plan {
        let asked = asked.iter().map(|(at, why)| Asked {
            at: at.clone(),
            why: why.clone(),
            against: None,
            granted: Vec::new(),
        });
        self.judge_all(terms, verb, asked.collect())
    }

    pub(super) fn judge_all(&self, terms: &Terms, verb: &str, asked: Vec<Asked>) -> Plan {
        self.judge_by(terms, verb, asked).0
    }

    /// The same, with what it was judged by: who names what, and the snapshots that are asked to go.
    fn judge_by(
        &self,
        terms: &Terms,
        verb: &str,
        mut asked: Vec<Asked>,
    ) -> (Plan, Graph, Vec<Wish>) {
        for it in &mut asked {
            it.at = self.opened.known_as(&it.at).clone();
        }
        let roots = self.opened.root_locations();
        let places: Vec<Location> = asked.iter().map(|it| it.at.clone()).collect();
        let mut graph = census::of_what_is_there(
            &self.opened.catalog,
            &self.opened.store,
            &places,
            &roots,
            &self.problems,
        );
        graph.bare = self.opened.bare();
        let wishes: Vec<Wish> = asked
            .into_iter()
            .filter_map(|asked| {
                let Asked {
                    at,
                    why,
                    against,
                    granted,
                } = asked;
                let mut rows = graph.snapshots.iter();
                let snapshot = rows.position(|row| row.location == at)?;
                Some(Wish {
                    snapshot,
                    why,
                    against,
                    granted,
                })
            })
            .collect();
        let plan = self.question(terms, verb, &graph, |question| {
            guard::plan(&Question {
                wishes: &wishes,
                ..question
            })
        });
        let looking = Some(self.looking(terms, &places));
        (Plan { looking, ..plan }, graph, wishes)
    }

    /// How is looked by these terms, and where snapshots were found that are not asked to go.
    fn looking(&self, terms: &Terms, asked: &[Location]) -> Looking {
        let rows = self.opened.catalog.rows();
        let staying = rows.filter(|row| row.is_restorable() && !asked.contains(&row.location));
        let homes: BTreeSet<Location> = staying.filter_map(|row| row.location.parent()).collect();
        let (roots, mut snapshots) = (self.opened.root_locations(), self.opened.snapshots());
        snapshots.retain(|it| !asked.contains(it));
        let met = self.opened.directories.iter().chain(&snapshots);
        Looking {
            places: Some(places::noted(&roots, &homes, met)),
            homes: Some(homes.iter().map(Location::to_text).collect()),
            ..terms.looking()
        }
    }

    /// Judges those of what no snapshot names that are wanted; with what could not be looked at, in words.
    pub fn judge_orphans(
        &self,
        terms: &Terms,
        wanted: &dyn Fn(&Orphan) -> bool,
    ) -> (Plan, Vec<String>) {
        let mut found = self.opened.orphans();
        for problem in &self.problems {
            if !found.problems.contains(problem) {
                found.problems.push(problem.clone());
            }
        }
        let mut chosen = Vec::new();
        let mut reach = Reach::of(&self.opened.root_locations());
        let asked = orphans::Question {
            found: &found,
            clusters: &self.clusters,
            all_named: terms.all_named,
            grace: terms.untouched,
            now: terms.rules.clock.now(),
        };
        orphans::each(&asked, &mut |mut orphan| {
            if orphan.decision == Decision::Delete
                && let Some(why) = reach.obstacle(&orphan.at)
            {
                orphan.decision = Decision::Unknown;
                orphan.reason = why.into();
            }
            if wanted(&orphan) {
                chosen.push(orphan);
            }
        });
        let snapshots: Vec<Arc<Snapshot>> = self.opened.catalog.rows().cloned().collect();
        let is_unread = |at: &usize| found.unread.contains(&snapshots[*at].location);
        let graph = Graph {
            unread: (0..snapshots.len()).filter(is_unread).collect(),
            blind: found.problems.clone(),
            snapshots,
            ..Graph::default()
        };
        // What is left over belongs to nobody whose name could be typed.
        let terms = Terms {
            typed: Vec::new(),
            ..terms.clone()
        };
        let plan = self.question(&terms, ORPHANS, &graph, |question| {
            guard::plan_of_orphans(&question, chosen)
        });
        let plan = Plan {
            looking: Some(self.looking(&terms, &[])),
            ..plan
        };
        (plan, found.problems)
    }

    /// Judges what no snapshot names where it is asked about: what may go; what could not be looked at, in words; and what stays,
    /// with why.
    pub fn judge_asked_orphans(
        &self,
        terms: &Terms,
        is_asked: &dyn Fn(&Location) -> bool,
    ) -> (Plan, Vec<String>, Vec<String>) {
        let staying = RefCell::new(BTreeMap::<(String, String), (usize, u64)>::new());
        let goes = |orphan: &Orphan| {
            if !is_asked(&orphan.at) || orphan.decision == Decision::Delete {
                return is_asked(&orphan.at);
            }
            let what = (orphan.class.words().to_owned(), orphan.reason.to_string());
            let mut staying = staying.borrow_mut();
            let (files, bytes) = staying.entry(what).or_default();
            *files += 1;
            *bytes = bytes.saturating_add(orphan.bytes);
            false
        };
        let (plan, problems) = self.judge_orphans(terms, &goes);
        let staying = staying.into_inner().into_iter();
        let staying = staying.map(|((class, why), (files, bytes))| {
            format!("{files} stay ({class}, {}): {why}", iec(bytes))
        });
        (plan, problems, staying.collect())
    }

    /// Which of those that go are the last of their lineages that could be restored, unless somebody typed that they may go.
    fn last(&self, terms: &Terms, verb: &str, goes: &dyn Fn(&Location) -> bool) -> Vec<Last> {
        let rows = self.opened.catalog.rows().cloned();
        let graph = Graph {
            snapshots: rows.collect(),
            ..Graph::default()
        };
        let rows = graph.snapshots.iter().enumerate();
        let going = rows
            .filter(|(_, row)| goes(&row.location))
            .map(|(at, _)| at);
        let going = going.collect();
        let last = self.question(terms, verb, &graph, |question| {
            guard::last(&question, &going)
        });
        let last = last.into_iter().map(|(at, last)| {
            let row = &graph.snapshots[at];
            let text = last.text.trim_end_matches('.');
            Last {
                at: row.location.clone(),
                why: format!("{} is needed now: {text}", row.name),
                word: last.overruled_by,
            }
        });
        last.collect()
    }

    fn question<T>(
        &self,
        terms: &Terms,
        verb: &str,
        graph: &Graph,
        ask: impl FnOnce(Question<'_>) -> T,
    ) -> T {
        let now = terms.rules.clock.now();
        ask(Question {
            verb,
            id: &id(now),
            graph,
            wishes: &[],
            roots: &self.opened.root_locations(),
            looked: &self.looked,
            lineages: self.opened.catalog.lineages(),
            holds: &self.holds,
            marks: &self.marks,
            restarts: &self.restarts,
            clusters: &self.clusters,
            all_named: terms.all_named,
            typed: &terms.typed,
            grace: terms.untouched,
            now,
        })
    }
}

/// A snapshot without which nothing of its lineage could be restored.
#[derive(Debug)]
pub struct Last {
    /// Where it lies, or lay.
    pub at: Location,
    /// Why it is needed, in a sentence without a full stop.
    pub why: String,
    /// What has to be typed so that it may go; none where no word would tell whom it is about.
    pub word: Option<String>,
}

/// A snapshot that is asked to go.
pub(super) struct Asked {
    /// Where it lies.
    pub(super) at: Location,
    /// Why it is asked.
    pub(super) why: String,
    /// What speaks against that now, of the rules by which it is asked, as a sentence.
    pub(super) against: Option<String>,
    /// What was overruled of it when a plan was made.
    pub(super) granted: Vec<Objection>,
}

/// The verb of a plan by which nothing but what is left over is to go.
pub const ORPHANS: &str = "orphans";

/// Judges what a plan is about once more, by what is there now; with what was in sight.
///
/// # Errors
/// When a place cannot be looked at.
pub fn anew(
    terms: &Terms,
    clusters: Vec<Arc<Cluster>>,
    plan: &Plan,
) -> Result<(Plan, Meanwhile), StoreError> {
    let rules = plan.retention.as_ref();
    let mut sight = Sight::of(terms, clusters, plan.roots.iter().cloned(), &[])?;
    let changed = plan.looking.as_ref().map(places::changed);
    let changed = changed.into_iter().flatten();
    sight.problems.extend(changed.map(|it| it.with_new_plan()));
    let looking = plan.looking.iter();
    let emptied = looking.flat_map(|it| homes::emptied(it, &plan.trash_roots()));
    sight.problems.extend(emptied.map(|it| it.with_new_plan()));
    // One that has gone since is nothing to stop at.
    sight.opened.asked = rules.map(|it| it.below.clone()).unwrap_or_default();
    let targets = plan.targets.iter();
    if plan.verb == ORPHANS {
        let places: HashSet<&Location> = targets.map(|target| &target.at).collect();
        let wanted = |orphan: &Orphan| {
            let parent = orphan.at.parent();
            places.contains(&orphan.at) || parent.is_some_and(|parent| places.contains(&parent))
        };
        let fresh = sight.judge_orphans(terms, &wanted).0;
        let by = (Graph::default(), Vec::new());
        return Ok((fresh, Meanwhile::new(sight, terms.clone(), by)));
    }
    let against = rules.map(|it| retention::against(&it.policy, &sight));
    let asked = targets.map(|target| Asked {
        at: target.at.clone(),
        why: target.asked.clone(),
        against: against.as_ref().and_then(|it| it(&target.at)),
        granted: target.overruled.clone(),
    });
    let asked = asked.collect();
    let (fresh, graph, wishes) = sight.judge_by(terms, &plan.verb, asked);
    drop(against);
    let by = (graph, wishes);
    Ok((fresh, Meanwhile::new(sight, terms.clone(), by)))
}

/// The directory around a snapshot in which others may name its files: for a checkpoint that of all jobs.
fn home(snapshot: &Location) -> Location {
    ours::home(snapshot).unwrap_or_else(|| snapshot.clone())
}

/// A name for a plan: when it was made, and a little more, so that no two have the same.
fn id(now: Timestamp) -> String {
    let random = uuid::Uuid::new_v4().simple().to_string();
    format!("{}-{}", now.strftime("%Y%m%dT%H%M%SZ"), &random[..6])
}
