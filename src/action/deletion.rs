//! A plan is carried out: it is looked at once more, and what still may go of it goes into the trashes of its roots.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::apply::{self, Named, NamedIn, Needed};
use super::batches::batches;
use super::folder::words;
use super::permission::Permission;
use super::surroundings::{Around, Then};
use super::trash::journal::may_begin;
use super::trash::list;
use super::trash::search::Search;
use super::trash::{Course, Done, Progress, Step, TrashError, TrashErrorKind};
use super::unfinished;
use super::who::Who;
use crate::analysis::guard;
use crate::domain::asked::AskedCluster;
use crate::domain::batch::Batch;
use crate::domain::cluster::Cluster;
use crate::domain::location::Location;
use crate::domain::looking::Looking;
use crate::domain::plan::{Decision, Plan};
use crate::domain::text::scrub;
use crate::inventory::ours;
use crate::inventory::scan::Root;
use crate::inventory::sight::{self, Meanwhile, Terms};
use crate::store::change::may_change;
use crate::store::local::{LocalStore, path_of};
use crate::store::{Store as _, StoreError};

/// What still may go of a plan, and what has come to stay since it was made, with why.
pub struct Again {
    /// What both the plan and a fresh one let go.
    pub plan: Plan,
    /// What stays.
    pub changes: Vec<(Location, String)>,
    /// Who was asked whether anybody needs it.
    pub asked: Vec<AskedCluster>,
    /// What to hold against what is said while it is carried out.
    pub meanwhile: Meanwhile,
}

/// Looks at what a plan is about once more, by what is there now and what clusters say now, and as was looked when it was
/// made.
///
/// # Errors
/// When a place cannot be looked at.
pub fn look_again(
    terms: &Terms,
    clusters: Vec<Arc<Cluster>>,
    plan: &Plan,
) -> Result<Again, StoreError> {
    let terms = terms.as_planned(plan);
    let asked = clusters.iter().map(|it| AskedCluster::of(it)).collect();
    let (fresh, meanwhile) = sight::anew(&terms, clusters, plan)?;
    let (plan, changes) = guard::again(plan, &fresh);
    Ok(Again {
        plan,
        changes,
        asked,
        meanwhile,
    })
}

/// Whether nothing that a plan lets go is there any more; with the roots, for people, in whose trashes it lies.
///
/// # Errors
/// When a trash cannot be looked into.
pub fn is_done(plan: &Plan) -> Result<Option<Vec<String>>, TrashError> {
    let mut all = going(plan)
        .chain(plan.going().map(|(_, file)| &file.at))
        .peekable();
    let is_gone = |at: &Location| {
        let found = LocalStore.stat(at);
        found.is_err_and(|error| error.is_absence())
    };
    if all.peek().is_none() || !all.all(is_gone) {
        return Ok(None);
    }
    let mut search = Search::default();
    for root in &plan.roots {
        if let Ok(path) = path_of(root) {
            search.at(path);
        }
    }
    let mut roots = Vec::new();
    for found in search.found() {
        let found = found?;
        if found.entry.id == plan.id {
            roots.push(found.root.shown());
        }
    }
    Ok(Some(roots))
}

/// Refuses a plan as [`Deletion::prepare`] does where something is half-way in a trash already, so that whoever only looks at
/// it learns that too.
///
/// # Errors
/// When something is half-way, or a trash cannot be looked into.
pub fn refuse_unfinished(plan: &Plan) -> Result<(), TrashError> {
    if plan.comes_to_nothing() {
        return Ok(());
    }
    unfinished::refuse_torn(&going(plan))?;
    let concerned = plan.roots.iter().filter(|root| {
        let is_below = |at: &Location| at.is_within(root);
        going(plan).any(is_below) || plan.going().any(|(_, file)| is_below(&file.at))
    });
    unfinished::refuse_any(concerned)
}

/// What a plan lets go.
fn going(plan: &Plan) -> impl Iterator<Item = &Location> + Clone {
    let targets = plan.targets.iter();
    let going = targets.filter(|target| target.decision == Decision::Delete);
    going.map(|target| &target.at)
}

/// A plan that is ready to be carried out, root by root.
pub struct Deletion {
    terms: Terms,
    looking: Looking,
    roots: Vec<Location>,
    trees: Vec<(Location, list::Root)>,
    batches: Vec<(usize, Batch)>,
}

impl Deletion {
    /// Prepares what [`look_again`] let stand, beside the clusters that were asked for it, and asks every root before anything is
    /// done in the first one.
    ///
    /// # Errors
    /// When a root cannot be opened, nothing may be moved in it, or something is half-way in a trash already.
    pub fn prepare(terms: &Terms, plan: &Plan, asked: &[AskedCluster]) -> Result<Self, TrashError> {
        unfinished::refuse_torn(&going(plan))?;
        let mut trees = Vec::new();
        for root in &plan.roots {
            let path = path_of(root)
                .map_err(|error| TrashError::new(TrashErrorKind::Broken, error.to_string()))?;
            trees.push((root.clone(), list::Root::open(path)?));
        }
        let now = terms.rules.clock.now();
        let mut batches = batches(plan, &trees, &ours::whoever(), now);
        let terms = terms.as_planned(plan);
        let planned = plan.looking.as_ref();
        let looking = Looking {
            homes: planned.and_then(|it| it.homes.clone()),
            places: planned.and_then(|it| it.places.clone()),
            ..terms.looking()
        };
        for (_, batch) in &mut batches {
            batch.asked = asked.to_vec();
            batch.looking = Some(looking.clone());
        }
        // Metadata first, in whichever root it lies.
        batches.sort_by_key(|(_, batch)| batch.metadata == 0);
        for (number, batch) in &batches {
            may_begin(trees[*number].1.tree(), batch)?;
        }
        Ok(Self {
            terms,
            looking,
            roots: plan.roots.clone(),
            trees,
            batches,
        })
    }

    /// Why a plan could not be carried out as things are, as far as can be told without changing anything; nothing where it
    /// lets nothing go.
    pub fn refusal(terms: &Terms, plan: &Plan) -> Option<TrashError> {
        if plan.comes_to_nothing() {
            return None;
        }
        let deletion = match Self::prepare(terms, plan, &[]) {
            Ok(deletion) => deletion,
            Err(error) => return Some(error),
        };
        let batches = deletion.batches.iter();
        let mut changed: BTreeSet<PathBuf> = BTreeSet::new();
        for (number, batch) in batches {
            let root = deletion.trees[*number].1.path();
            changed.insert(root.to_owned());
            let from = batch.moves.iter().map(|it| root.join(&it.from));
            changed.extend(from.filter_map(|it| Some(it.parent()?.to_owned())));
        }
        changed.iter().find_map(|at| {
            let error = may_change(at).err()?;
            let at = scrub(&at.to_string_lossy()).into_owned();
            let message = format!("nothing can be moved out of {at}: {}", words(error));
            Some(TrashError::new(TrashErrorKind::Refused, message).hint(
                "start stateward as a user who may write there, or on a machine where it is not read-only",
            ))
        })
    }

    /// The roots that something of it lies in, for people, in the order in which they are told of.
    pub fn places(&self) -> impl Iterator<Item = String> {
        let roots = self.batches.iter();
        roots.map(|(number, _)| self.trees[*number].1.shown())
    }

    /// Moves its files into the trashes of their roots: what came of each of them that is done, and whether all are. Once the
    /// metadata is out of reach, `needed` is asked whether anybody has come to need it, as [`Meanwhile::objection`] tells; before
    /// any other file goes it is looked afresh who names them; and both again while they go, and once they have gone. How far it has
    /// come is told in files of the whole plan.
    ///
    /// # Errors
    /// As [`apply::together`].
    pub fn carry_out(
        &self,
        permission: Permission,
        needed: &mut Needed<'_>,
        course: &mut Course<'_>,
    ) -> (Vec<(String, Done)>, Result<(), TrashError>) {
        let Terms { levels, rules, .. } = &self.terms;
        let roots = self.roots.iter();
        let roots: Vec<Root> = roots
            .map(|location| Root {
                location: location.clone(),
                depth: *levels,
            })
            .collect();
        let batches = self.batches.iter();
        let batches: Vec<(&list::Root, &Batch)> = batches
            .map(|(number, batch)| (&self.trees[*number].1, batch))
            .collect();
        let trees = batches.iter().map(|(root, batch)| (root.tree(), *batch));
        let trees: Vec<_> = trees.collect();
        let own = self.batches.iter();
        let own = own.map(|(number, _)| self.trees[*number].0.clone());
        let mut who = Who::new(Around {
            roots,
            rules: rules.clone(),
            then: Then::new(&self.looking, &[], own.collect()),
            typed: Vec::new(),
        });
        let mut recheck = || -> Result<NamedIn, String> {
            let seen = who.look()?;
            let naming = batches
                .iter()
                .map(|(root, _)| seen.clone().naming(root.path()));
            let naming: Vec<Named> = naming.collect();
            Ok(Box::new(move |number, path| naming.get(number)?(path)))
        };
        let all = trees.iter().map(|(_, batch)| batch.moves.len()).sum();
        let mut done = 0;
        let course = &mut Course {
            per_second: course.per_second,
            interrupted: course.interrupted,
            clock: course.clock,
            // Metadata goes first in every root, then all else: whoever waits for it counts neither roots nor steps.
            tell: &mut |_| {
                done += 1;
                (course.tell)(Progress {
                    step: Step::Files,
                    done,
                    of: all,
                });
            },
        };
        let (done, end) = apply::together(permission, &trees, needed, &mut recheck, course);
        (self.places().zip(done).collect(), end)
    }
}
