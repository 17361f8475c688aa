//! What comes back of a batch that is being removed for good, while nobody is at that: the targets of which nothing has gone.

use std::collections::BTreeSet;

use super::those;
use crate::action::trash::journal::Journal;
use crate::action::trash::list::whole_targets;
use crate::action::trash::{
    Course, Done, Skipped, Stage, TrashError, TrashErrorKind, skipped, ways,
};
use crate::domain::text::scrub;

/// Why a target does not come back.
const HALF: &str =
    "files of it have gone for good; what is left of it goes, too, once somebody goes on with that";

/// Puts back what is whole of the batches of one deletion, in whatever roots. All else goes on being removed.
pub(super) fn all(
    journals: Vec<Journal<'_>>,
    course: &mut Course<'_>,
) -> Result<Vec<Done>, TrashError> {
    let gone = gone_of(&journals)?;
    let (mut chosen, mut left) = (Vec::new(), Vec::new());
    for journal in &journals {
        let there = there(journal)?;
        let is_gone = |&target: &usize| {
            let identity = journal.batch.identity_of(target);
            identity.is_none_or(|it| gone.contains(it))
        };
        let (half, whole): (Vec<usize>, Vec<usize>) = there.into_iter().partition(is_gone);
        chosen.push(whole.into_iter().collect::<BTreeSet<usize>>());
        let half = half
            .into_iter()
            .map(|it| skipped(&journal.batch.targets[it], HALF));
        left.push(half.collect::<Vec<Skipped>>());
    }
    let is_restoring = journals.iter().any(|it| !it.state.restoring.is_empty());
    if !is_restoring && chosen.iter().all(BTreeSet::is_empty) {
        let going = journals.iter().find(|it| is_purging(it));
        return Err(refusal(
            going.or(journals.first()),
            "nothing of it is whole",
        ));
    }
    let mut done = those(journals, chosen, course)?;
    for (done, left) in done.iter_mut().zip(left) {
        done.skipped.extend(left);
    }
    Ok(done)
}

/// Refuses to put back what is not whole where files of it are being removed for good.
pub(super) fn refuse_gone(
    journals: &[Journal<'_>],
    chosen: &[BTreeSet<usize>],
) -> Result<(), TrashError> {
    let Some(going) = journals.iter().find(|it| super::is_going(it)) else {
        return Ok(());
    };
    let gone = gone_of(journals)?;
    for (journal, chosen) in journals.iter().zip(chosen) {
        // Where that was begun already each file was found.
        let chosen = chosen
            .iter()
            .filter(|it| !journal.state.restoring.contains(it));
        for &target in chosen {
            let identity = journal.batch.identity_of(target);
            if identity.is_none_or(|it| gone.contains(it)) {
                let name = scrub(&journal.batch.targets[target]);
                let why = format!("files of {name} have gone for good");
                return Err(refusal(Some(going), &why));
            }
        }
    }
    Ok(())
}

/// What tells the targets of which something has gone in any root from the others.
///
/// # Errors
/// When that cannot be told, as files may have lain in a root that is none of these.
fn gone_of(journals: &[Journal<'_>]) -> Result<BTreeSet<String>, TrashError> {
    let is_elsewhere = |it: &&Journal<'_>| {
        it.state.stage == Stage::Purged || it.batch.roots.len() > journals.len()
    };
    if let Some(one) = journals.iter().find(is_elsewhere) {
        return Err(refusal(Some(one), "what is whole of it is not known"));
    }
    let mut gone = BTreeSet::new();
    for journal in journals {
        let batch = &journal.batch;
        let whole = whole_targets(journal.tree, batch, &journal.arrived()?);
        let lost = (0..batch.targets.len()).filter(|&it| !whole[it]);
        gone.extend(
            lost.filter_map(|it| batch.identity_of(it))
                .map(str::to_owned),
        );
    }
    Ok(gone)
}

/// The targets of which something lies in the trash.
fn there(journal: &Journal<'_>) -> Result<BTreeSet<usize>, TrashError> {
    let here = journal.arrived()?;
    let moves = journal
        .batch
        .moves
        .iter()
        .zip(here)
        .filter(|(_, here)| *here);
    Ok(moves.flat_map(|(it, _)| it.targets()).collect())
}

fn is_purging(journal: &Journal<'_>) -> bool {
    journal.state.stage == Stage::Purging
}

fn refusal(journal: Option<&Journal<'_>>, why: &str) -> TrashError {
    let (id, root) = journal.map_or_else(Default::default, |it| {
        (it.batch.plan.clone(), it.tree.shown())
    });
    let message =
        format!("the files of the batch {id} in {root} are being removed for good: {why}");
    let hint = format!("{} goes on with that", ways::resume(&root));
    TrashError::new(TrashErrorKind::Refused, message).hint(hint)
}
