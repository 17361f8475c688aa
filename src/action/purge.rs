//! What lies in the trash goes for good, but for what anybody needs by a fresh look.

use jiff::{SignedDuration, Timestamp};

use super::needed::Needs;
use super::permission::Permission;
use super::surroundings::Surroundings;
pub use super::trash::purge::Ahead;
use super::trash::{Course, Done, TrashError, list, purge};

/// Removes what a batch has moved into the trash, and then all that was written down about it. What a snapshot names
/// stays, wherever that one lies: on disk, or where another batch can bring it back from.
///
/// # Errors
/// When what its plan was made from names no place, it cannot be told who needs the files, and as [`purge::purge`].
pub fn purge(
    permission: Permission,
    root: &list::Root,
    id: &str,
    (grace, now): (SignedDuration, Timestamp),
    around: &Surroundings,
    course: &mut Course<'_>,
) -> Result<Done, TrashError> {
    let mut looking = None;
    let mut recheck = || {
        let looking = match &mut looking {
            Some(looking) => looking,
            none => none.insert(needs(root, id, around)?),
        };
        looking.look()
    };
    purge::purge(
        permission,
        root.tree(),
        id,
        (grace, now),
        &around.looked(),
        &mut recheck,
        course,
    )
}

/// What that would come to now: by the same look, and nothing is changed.
///
/// # Errors
/// In words, when it cannot be told who needs the files; then nothing would go.
pub fn foresee(root: &list::Root, id: &str, around: &Surroundings) -> Result<Ahead, String> {
    let needed = needs(root, id, around)?.look()?;
    purge::ahead(root.tree(), id, &needed).map_err(|error| error.to_string())
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
