//! What stays of a batch that goes for good: what anybody needs, and what goes only with what lies in another trash.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Parts;
use crate::action::apply::NamedIn;
use crate::action::apply::lookout::Lookout;
use crate::action::trash::TrashError;
use crate::action::trash::intact::intact;
use crate::action::trash::journal::{arrived, batch_of};
use crate::action::trash::list::{self, Known};
use crate::domain::text::scrub;
use crate::store::change::Tree;

/// What stays, by the place of its root among those that it goes from.
pub(super) struct Stays<'l> {
    /// Who needs what; without anybody to ask nobody needs any.
    pub(super) lookout: Option<Lookout<'l, NamedIn>>,
    /// Why it goes only with other files.
    pub(super) together: Together,
}

impl Stays<'_> {
    /// Why a file stays, by where it lay below its root.
    pub(super) fn why(&self, part: usize, at: &str) -> Option<String> {
        let together = self.together.why(part, at);
        together.or_else(|| self.lookout.as_ref()?.named()(part, at))
    }

    /// Looks again who needs what, where that is due.
    ///
    /// # Errors
    /// When it cannot be told, in words.
    pub(super) fn look_when_due(&mut self) -> Result<(), String> {
        let looked = self.lookout.as_mut().map(Lookout::look_when_due);
        looked.transpose().map(|_| ())
    }
}

/// Files that go only with others of the same targets, which lie in a trash from which nothing goes now: each by where it lay below
/// its root, with why.
#[derive(Default)]
pub(super) struct Together(Vec<HashMap<String, String>>);

impl Together {
    /// Of the parts of one deletion. What has lost files already goes all the same.
    pub(super) fn of(Parts { going, beside }: Parts<'_>, id: &str) -> Result<Self, TrashError> {
        if beside.is_empty() {
            return Ok(Self::default());
        }
        let known = |trees: &[&dyn Tree]| {
            let known = trees.iter().map(|tree| list::known(*tree, id));
            known.collect::<Result<Vec<Known>, _>>()
        };
        let (own, others) = (known(going)?, known(beside)?);
        let whole = intact(own.iter().chain(&others));
        let mut staying: BTreeMap<&str, String> = BTreeMap::new();
        for (tree, known) in beside.iter().zip(&others) {
            for target in there(*tree, id)? {
                let target = known.targets.get(target);
                let whole = target.filter(|it| whole.contains(&*it.identity));
                if let Some(target) = whole {
                    let (name, root) = (scrub(&target.name), tree.shown());
                    let why = format!(
                        "it goes only together with what lies of {name} in the trash of {root}"
                    );
                    staying.entry(&target.identity).or_insert(why);
                }
            }
        }
        let files = going.iter().zip(&own);
        let files = files.map(|(tree, known)| files_of(*tree, id, known, &staying));
        Ok(Self(files.collect::<Result<_, _>>()?))
    }

    pub(super) fn why(&self, part: usize, at: &str) -> Option<String> {
        self.0.get(part)?.get(at).cloned()
    }
}

/// The targets of which any file lies in a trash.
fn there(tree: &dyn Tree, id: &str) -> Result<BTreeSet<usize>, TrashError> {
    let Some(batch) = batch_of(tree, id)? else {
        return Ok(BTreeSet::new());
    };
    let here = arrived(tree, &batch).map_err(|it| TrashError::refused(&it))?;
    let here = batch.moves.iter().zip(here).filter(|(_, here)| *here);
    Ok(here.flat_map(|(it, _)| it.targets()).collect())
}

/// The files of these targets that lay below one root, each with why it stays.
fn files_of(
    tree: &dyn Tree,
    id: &str,
    known: &Known,
    staying: &BTreeMap<&str, String>,
) -> Result<HashMap<String, String>, TrashError> {
    let mut files = HashMap::new();
    let Some(batch) = batch_of(tree, id)? else {
        return Ok(files);
    };
    for it in &batch.moves {
        let mut whose = it.targets().filter_map(|it| known.targets.get(it));
        if let Some(why) = whose.find_map(|it| staying.get(&*it.identity)) {
            files.insert(it.from.clone(), why.clone());
        }
    }
    Ok(files)
}
