//! What something ended half-way is gone on with, after a fresh look at who names the files that are still to go.

use std::path::Path;

use super::apply;
use super::half::{place, refuse_held};
use super::needed;
use super::permission::Permission;
use super::trash::{Course, Done, TrashError};
use super::trash::{list, purge};
use crate::domain::location::Location;
use crate::inventory::catalog::Rules;
use crate::inventory::named::NamedFiles;
use crate::inventory::scan::Root;
use crate::store::local::LocalStore;

/// Where and how to look for snapshots that name what is to go.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// Where, beside the batch's root and the directories that its plan was made from.
    pub also: Vec<Root>,
    /// How many levels below those two.
    pub levels: usize,
    /// How.
    pub rules: Rules,
}

impl Surroundings {
    /// Where to look for snapshots that need what a batch has to do with.
    ///
    /// # Errors
    /// When what its plan was made from names no place.
    pub(super) fn places(
        &self,
        root: &list::Root,
        scope: &[String],
    ) -> Result<Vec<Root>, TrashError> {
        let mut places = vec![place(root.path())?];
        for text in scope {
            places.push(if text.starts_with('/') {
                place(Path::new(text))?
            } else {
                Location::parse(text.as_bytes())
            });
        }
        let named = places.into_iter().map(|location| Root {
            location,
            depth: self.levels,
        });
        let mut roots: Vec<Root> = Vec::new();
        for one in named.chain(self.also.iter().cloned()) {
            if !roots.contains(&one) {
                roots.push(one);
            }
        }
        Ok(roots)
    }
}

/// Goes on with whatever was begun with a batch.
///
/// # Errors
/// When what its plan was made from names no place, when something that has gone half-way is held now, and as [`apply::resume`].
pub fn resume(
    permission: Permission,
    root: &list::Root,
    id: &str,
    scope: &[String],
    around: &Surroundings,
    course: &mut Course<'_>,
) -> Result<Done, TrashError> {
    refuse_held(root, &place(root.path())?, id, course.clock.now())?;
    let roots = around.places(root, scope)?;
    let is_purge = purge::is_under_way(root.tree(), id)?;
    let mut recheck = || {
        if is_purge {
            return needed::look(root, id, &roots, &around.rules);
        }
        let named = NamedFiles::below(&LocalStore, around.rules.clone(), &roots)?;
        Ok(apply::naming(root.path(), named))
    };
    apply::resume(permission, root.tree(), id, &mut recheck, course)
}
