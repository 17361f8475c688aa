//! What lies in the trash goes for good, but for what anybody needs by a fresh look.

use jiff::{SignedDuration, Timestamp};

use super::apply::{Named, NamedIn};
use super::needed::Needs;
use super::permission::Permission;
use super::surroundings::Surroundings;
pub use super::trash::purge::Ahead;
use super::trash::{Course, Done, TrashError, list, purge};
use crate::store::change::Tree;

/// What one deletion has moved into the trashes of some roots.
#[derive(Debug, Clone, Copy)]
pub struct Going<'r> {
    /// Its id.
    pub id: &'r str,
    /// The roots whose trashes it goes from.
    pub roots: &'r [&'r list::Root],
    /// Those in whose trashes other files of it lie and stay: with it stays what belongs to the same snapshots.
    pub beside: &'r [&'r list::Root],
}

/// Removes what a deletion has moved into these trashes, and then all that was written down about it. What a snapshot names
/// stays, wherever that one lies: on disk, or where another batch can bring it back from. What came of it in each root.
///
/// # Errors
/// When what its plan was made from names no place, it cannot be told who needs the files, and as [`purge::purge`].
pub fn purge(
    permission: Permission,
    going: Going<'_>,
    (grace, now): (SignedDuration, Timestamp),
    around: &Surroundings,
    course: &mut Course<'_>,
) -> Result<Vec<Done>, TrashError> {
    let mut looking: Vec<Option<Needs<'_>>> = going.roots.iter().map(|_| None).collect();
    let mut recheck = |part: usize| {
        let looking = match &mut looking[part] {
            Some(looking) => looking,
            none => none.insert(needs(going.roots[part], going.id, around)?),
        };
        looking.look()
    };
    let (trees, beside) = (trees(going.roots), trees(going.beside));
    let parts = purge::Parts {
        going: &trees,
        beside: &beside,
    };
    purge::purge(
        permission,
        parts,
        going.id,
        (grace, now),
        &around.looked(),
        &mut recheck,
        course,
    )
}

/// What that would come to now in each root: by the same look, and nothing is changed.
///
/// # Errors
/// In words, when it cannot be told who needs the files; then nothing would go.
pub fn foresee(going: Going<'_>, around: &Surroundings) -> Result<Vec<Ahead>, String> {
    let needed = going.roots.iter().map(|root| {
        let mut needs = needs(root, going.id, around)?;
        needs.look()
    });
    let needed = needed.collect::<Result<Vec<Named>, String>>()?;
    let needed: NamedIn = Box::new(move |part, at| needed.get(part)?(at));
    let (trees, beside) = (trees(going.roots), trees(going.beside));
    let parts = purge::Parts {
        going: &trees,
        beside: &beside,
    };
    purge::ahead(parts, going.id, &needed).map_err(|error| error.to_string())
}

fn trees<'r>(roots: &[&'r list::Root]) -> Vec<&'r dyn Tree> {
    roots.iter().map(|it| it.tree()).collect()
}

/// Who is to be asked who needs the files.
fn needs<'r>(
    root: &'r list::Root,
    id: &'r str,
    around: &Surroundings,
) -> Result<Needs<'r>, String> {
    let scope = list::scope(root.tree(), id).map_err(|error| error.to_string())?;
    let around = around.of(root, &scope).map_err(|error| error.to_string())?;
    Ok(Needs::new(root, id, around))
}
