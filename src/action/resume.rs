//! What something ended half-way is gone on with, after a fresh look at who names the files that are still to go.

use std::path::Path;

use super::apply;
use super::half::{place, refuse_held};
use super::needed;
use super::permission::Permission;
use super::trash::list::Scope;
use super::trash::{Course, Done, TrashError};
use super::trash::{list, purge};
use crate::domain::location::Location;
use crate::domain::looking::Looking;
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
    /// Where and how to look for snapshots that need what a batch has to do with: there and as was looked before, too.
    ///
    /// # Errors
    /// When what its plan was made from names no place.
    pub(super) fn of(&self, root: &list::Root, scope: &Scope) -> Result<Around, TrashError> {
        let own = Looking {
            levels: self.levels,
            mappings: self.rules.mappings.clone(),
            all_named: false,
        };
        let looking = own.and(scope.looking.as_ref());
        let mut places = vec![place(root.path())?];
        for text in &scope.places {
            places.push(if text.starts_with('/') {
                place(Path::new(text))?
            } else {
                Location::parse(text.as_bytes())
            });
        }
        let named = places.into_iter().map(|location| Root {
            location,
            depth: looking.levels,
        });
        let mut roots: Vec<Root> = Vec::new();
        for one in named.chain(self.also.iter().cloned()) {
            if !roots.contains(&one) {
                roots.push(one);
            }
        }
        let rules = Rules {
            mappings: looking.mappings,
            ..self.rules.clone()
        };
        Ok(Around { roots, rules })
    }
}

/// Where and how to look for snapshots that need what a batch has to do with.
pub(super) struct Around {
    /// Where.
    pub(super) roots: Vec<Root>,
    /// How.
    pub(super) rules: Rules,
}

/// Goes on with whatever was begun with a batch.
///
/// # Errors
/// When what its plan was made from names no place, when something that has gone half-way is held now, and as [`apply::resume`].
pub fn resume(
    permission: Permission,
    root: &list::Root,
    id: &str,
    around: &Surroundings,
    course: &mut Course<'_>,
) -> Result<Done, TrashError> {
    refuse_held(root, &place(root.path())?, id, course.clock.now())?;
    let Around { roots, rules } = around.of(root, &list::scope(root.tree(), id)?)?;
    let is_purge = purge::is_under_way(root.tree(), id)?;
    let mut recheck = || {
        if is_purge {
            return needed::look(root, id, &roots, &rules);
        }
        let named = NamedFiles::below(&LocalStore, rules.clone(), &roots)?;
        Ok(apply::naming(root.path(), named))
    };
    apply::resume(permission, root.tree(), id, &mut recheck, course)
}
