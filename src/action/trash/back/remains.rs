//! What comes back of a batch that is being removed for good, while nobody is at that: the targets of which nothing has gone.

use std::collections::BTreeSet;

use super::those;
use crate::action::trash::intact::intact;
use crate::action::trash::journal::Journal;
use crate::action::trash::list::{self, Known};
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
    let whole = intact_of(&journals)?;
    let (mut chosen, mut left) = (Vec::new(), Vec::new());
    for (journal, whole) in journals.iter().zip(&whole) {
        let there = there(journal)?;
        let (coming, half): (BTreeSet<usize>, BTreeSet<usize>) =
            there.into_iter().partition(|it| whole.contains(it));
        chosen.push(coming);
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

/// Whether all of a deletion that was being removed for good is where it lay, so that nothing is left to remove: no file of it
/// has gone. Where one of its roots had no file nothing tells that.
pub(super) fn all_are_back(journals: &[Journal<'_>]) -> Result<bool, TrashError> {
    for journal in journals {
        let is_left = is_purging(journal) && !journal.batch.moves.is_empty();
        if !is_left || journal.arrived()?.contains(&true) {
            return Ok(false);
        }
    }
    let whole = intact_of(journals)?;
    let all = journals.iter().zip(&whole);
    let mut all = all.map(|(journal, whole)| whole.len() == journal.batch.targets.len());
    Ok(all.all(|is_whole| is_whole))
}

/// Refuses to put back what is not whole where files of it are being removed for good.
pub(super) fn refuse_gone(
    journals: &[Journal<'_>],
    chosen: &[BTreeSet<usize>],
) -> Result<(), TrashError> {
    let Some(going) = journals.iter().find(|it| super::is_going(it)) else {
        return Ok(());
    };
    let whole = intact_of(journals)?;
    for ((journal, chosen), whole) in journals.iter().zip(chosen).zip(&whole) {
        // Where that was begun already each file was found.
        let chosen = chosen
            .iter()
            .filter(|it| !journal.state.restoring.contains(it));
        for &target in chosen {
            if !whole.contains(&target) {
                let name = scrub(&journal.batch.targets[target]);
                let why = format!("files of {name} have gone for good");
                return Err(refusal(Some(going), &why));
            }
        }
    }
    Ok(())
}

/// The targets of each batch of which nothing has gone in any root. What may have lain in a root that is none of these is not among
/// them.
fn intact_of(journals: &[Journal<'_>]) -> Result<Vec<BTreeSet<usize>>, TrashError> {
    let known = journals.iter();
    let known = known.map(|it| list::known(it.tree, &it.batch.plan));
    let known = known.collect::<Result<Vec<Known>, _>>()?;
    let whole = intact(&known);
    let of_one = |known: &Known| {
        let targets = known.targets.iter().enumerate();
        let whole = targets.filter(|(_, it)| whole.contains(&*it.identity));
        whole.map(|(target, _)| target).collect()
    };
    Ok(known.iter().map(of_one).collect())
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
