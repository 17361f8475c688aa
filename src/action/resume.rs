//! What something ended half-way is gone on with, after a fresh look at who names the files that are still to go.

use std::sync::Arc;

use jiff::Timestamp;

use super::apply;
use super::half::{place, refuse_held};
use super::needed;
use super::permission::Permission;
use super::surroundings::{Around, Surroundings};
use super::trash::journal::{batch_of, state_of};
use super::trash::whole::Whole;
use super::trash::{Course, Done, Stage, TrashError, TrashErrorKind};
use super::trash::{list, purge};
use crate::analysis::{heirs, overlay};
use crate::domain::cluster::{Cluster, Contact, JobState};
use crate::domain::history::identity;
use crate::inventory::named::NamedFiles;
use crate::store::local::LocalStore;

/// Goes on with whatever was begun with a deletion, in all roots that it reached into. What came of those that are done, by
/// their places in the whole; and whether all are.
///
/// # Errors
/// When something that has gone half-way is held now, or a job of one of these clusters needs it; and as
/// [`apply::resume_all`]: it stops where it cannot be looked as it was when its plan was made.
pub fn resume(
    permission: Permission,
    whole: &Whole,
    around: &Surroundings,
    clusters: &[Arc<Cluster>],
    course: &mut Course<'_>,
) -> (Vec<(usize, Done)>, Result<(), TrashError>) {
    let id = &whole.id;
    let mut purges = Vec::new();
    if let Err(error) = may_go_on(whole, clusters, course.clock.now(), &mut purges) {
        return (Vec::new(), Err(error));
    }
    let mut recheck = |number: usize| {
        let root: &list::Root = &whole.parts[number].root;
        let scope = list::scope(root.tree(), id).map_err(|error| error.to_string())?;
        let around = around.of(root, &scope).map_err(|error| error.to_string())?;
        let Around { roots, rules } = around;
        if purges.contains(&number) {
            return needed::look(root, id, &roots, &rules);
        }
        let named = NamedFiles::below(&LocalStore, rules, &roots)?;
        Ok(apply::naming(root.path(), named))
    };
    apply::resume_all(permission, &whole.trees(), id, &mut recheck, course)
}

/// Asks every root before anything is done in the first one; and finds those from whose trash it goes for good.
fn may_go_on(
    whole: &Whole,
    clusters: &[Arc<Cluster>],
    now: Timestamp,
    purges: &mut Vec<usize>,
) -> Result<(), TrashError> {
    // What is on its way back in one root comes back in all.
    let is_undoing = whole.is_undoing();
    for (number, part) in whole.parts.iter().enumerate() {
        if purge::is_under_way(part.root.tree(), &whole.id)? {
            purges.push(number);
        } else if !is_undoing && state_of(part.root.tree(), &whole.id)?.is_some() {
            refuse_needed(&part.root, &whole.id, clusters)?;
            refuse_held(&part.root, &place(part.root.path())?, &whole.id, now)?;
        }
    }
    Ok(())
}

/// Refuses to go on with a deletion while a job was started from what it is about: that may have been before its metadata was
/// out of reach, and after the clusters were asked last.
fn refuse_needed(root: &list::Root, id: &str, clusters: &[Arc<Cluster>]) -> Result<(), TrashError> {
    let is_deletion = state_of(root.tree(), id)?.is_some_and(|it| it.stage == Stage::Begun);
    let Some(batch) = batch_of(root.tree(), id)?.filter(|_| is_deletion) else {
        return Ok(());
    };
    let home = place(root.path())?;
    let targets = (0..batch.targets.len()).filter_map(|target| batch.place_of(target));
    let targets: Vec<Vec<u8>> = targets
        .map(|below| identity(&home.join(below.as_bytes())))
        .collect();
    let mut started = heirs::started_unseen(clusters, |at| !targets.contains(&identity(at)));
    let started = started.next().map(|(_, heirs::Unseen { who, at })| {
        format!("{who} was restored from {at} and has completed no checkpoint of its own")
    });
    let starting = || {
        let mut jobs = overlay::jobs(clusters);
        let is_starting = |state| matches!(state, JobState::Initializing | JobState::Created);
        let (cluster, job) =
            jobs.find(|(_, job)| is_starting(job.state) && job.restored.is_none())?;
        Some(format!(
            "job {} ({}) on {} is starting, and from what it does not tell yet",
            job.name, job.id, cluster.name
        ))
    };
    let silent = || {
        let mut silent = clusters.iter();
        let silent = silent.find(|it| !matches!(it.contact, Contact::Answering { .. }))?;
        Some(format!(
            "{} does not answer, and may run a job that was started from it",
            silent.name
        ))
    };
    started
        .or_else(starting)
        .or_else(silent)
        .map_or(Ok(()), |why| {
            let message = format!(
                "cannot go on with the deletion {id} of {}: {why}",
                root.shown()
            );
            Err(TrashError::new(TrashErrorKind::Refused, message).hint(
                "`stateward undo` puts it back, or go on once the job has a checkpoint of its own",
            ))
        })
}
