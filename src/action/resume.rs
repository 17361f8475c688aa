//! What something ended half-way is gone on with, after a fresh look at who names the files that are still to go.

use super::apply;
use super::half::{place, refuse_held};
use super::needed;
use super::permission::Permission;
use super::surroundings::{Around, Surroundings};
use super::trash::{Course, Done, TrashError};
use super::trash::{list, purge};
use crate::inventory::named::NamedFiles;
use crate::store::local::LocalStore;

/// Goes on with whatever was begun with a batch.
///
/// # Errors
/// When something that has gone half-way is held now, and as [`apply::resume`]: it stops where it cannot be looked as it was
/// when its plan was made.
pub fn resume(
    permission: Permission,
    root: &list::Root,
    id: &str,
    around: &Surroundings,
    course: &mut Course<'_>,
) -> Result<Done, TrashError> {
    refuse_held(root, &place(root.path())?, id, course.clock.now())?;
    let scope = list::scope(root.tree(), id)?;
    let is_purge = purge::is_under_way(root.tree(), id)?;
    let mut recheck = || {
        let around = around.of(root, &scope).map_err(|error| error.to_string())?;
        let Around { roots, rules } = around;
        if is_purge {
            return needed::look(root, id, &roots, &rules);
        }
        let named = NamedFiles::below(&LocalStore, rules, &roots)?;
        Ok(apply::naming(root.path(), named))
    };
    apply::resume(permission, root.tree(), id, &mut recheck, course)
}
