//! Where and how to look for snapshots that need what goes, when something is gone on with or made final: at least there, and
//! at least as, was looked when its plan was made.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::Path;

use super::half::place;
use super::trash::list::Scope;
use super::trash::{TrashError, TrashErrorKind, list};
use crate::analysis::guard::GRACE;
use crate::domain::location::Location;
use crate::domain::looking::Looking;
use crate::domain::text::shell_quote;
use crate::inventory::catalog::Rules;
use crate::inventory::homes::{self, is_empty};
use crate::inventory::places;
use crate::inventory::scan::Root;
use crate::inventory::sight::Terms;
use crate::store::local::{LocalStore, path_of};
use crate::store::{Store as _, StoreError};

/// Where and how to look for snapshots that name what is to go.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// Where, beside the batch's root and the directories that its plan was made from.
    pub also: Vec<Root>,
    /// Those of the directories that plans were made from which somebody says are gone for good: nothing there names anything
    /// any more.
    pub gone: Vec<Location>,
    /// How many levels below those two.
    pub levels: usize,
    /// How.
    pub rules: Rules,
    /// What was typed so that what could be put back may go for good although nothing else of its lineage could be restored.
    pub typed: Vec<String>,
}

/// The same for one batch.
pub(super) struct Around {
    /// Where.
    pub(super) roots: Vec<Root>,
    /// How.
    pub(super) rules: Rules,
    /// What it has to be, so that it is looked where was looked.
    pub(super) then: Then,
    /// What was typed of the last that could be restored.
    pub(super) typed: Vec<String>,
}

impl Around {
    /// By what it is judged again what may go of it, with what was typed for that.
    pub(super) fn terms(&self, typed: Vec<String>) -> Terms {
        let levels = self.roots.iter().map(|root| root.depth).max();
        Terms {
            within: Vec::new(),
            levels: levels.unwrap_or_default(),
            rules: self.rules.clone(),
            all_named: true,
            untouched: GRACE,
            typed,
        }
    }
}

/// What was where it was looked when a plan was made, and what somebody says is gone of it.
#[derive(Default)]
pub(super) struct Then {
    looking: Looking,
    gone: Vec<Location>,
    /// The roots in whose trashes lies what goes.
    own: Vec<Location>,
}

impl Then {
    /// By what was noted then, but for what is gone; of what goes from these roots.
    pub(super) fn new(looking: &Looking, gone: &[Location], own: Vec<Location>) -> Self {
        Self {
            looking: Looking {
                homes: looking.homes.clone(),
                places: looking.places.clone(),
                ..Looking::default()
            },
            gone: gone.to_vec(),
            own,
        }
    }

    /// Notes what is there at a first look, beside what was noted when the plan was made.
    pub(super) fn note(&mut self, roots: &[Root], met: &[Location]) {
        let roots: Vec<Location> = roots.iter().map(|it| it.location.clone()).collect();
        let now = places::noted(&roots, &[], met);
        let known = self.looking.places.get_or_insert_default();
        for (at, place) in now {
            known.entry(at).or_insert(place);
        }
    }

    /// The places that are other directories now than when the plan was made, as text: somebody says of each of them that what was
    /// there is gone for good.
    ///
    /// # Errors
    /// When nobody says so, or one cannot be looked at; in words.
    pub(super) fn refuse_changed(&self) -> Result<BTreeSet<String>, String> {
        let mut others = BTreeSet::new();
        for it in places::changed(&self.looking) {
            if !it.may_be_gone() || !self.is_said(Path::new(&it.at)) {
                return Err(it.with_cure());
            }
            if it.is_another {
                others.insert(it.at);
            }
        }
        Ok(others)
    }

    /// Refuses where snapshots lay in a directory and now it, or the one above it that would hold it, is there and empty, and nobody
    /// says that what lay there is gone for good.
    ///
    /// # Errors
    /// In words.
    pub(super) fn refuse_emptied(&self) -> Result<(), String> {
        let mut emptied = homes::emptied(&self.looking, &self.own).into_iter();
        let emptied = emptied.find(|it| !self.is_said(Path::new(&it.at)));
        emptied.map_or(Ok(()), |it| Err(it.with_cure()))
    }

    /// The same as [`Self::refuse_changed`]; what is there now of what is said to be gone has to stay so from now on.
    fn begin(&mut self) -> Result<BTreeSet<String>, String> {
        let others = self.refuse_changed()?;
        if let Some(places) = &mut self.looking.places {
            places.retain(|at, _| !others.contains(at));
        }
        Ok(others)
    }

    fn is_said(&self, path: &Path) -> bool {
        let at = place(path).map(|it| it.canonical());
        let mut gone = self.gone.iter();
        at.is_ok_and(|at| gone.any(|it| at.is_within(&it.canonical())))
    }
}

impl Surroundings {
    /// Where and how to look for snapshots that need what a batch has to do with.
    ///
    /// # Errors
    /// When what its plan was made from names no place; when such a place is not there and nobody says that it is gone for
    /// good, or somebody does and it is there, or cannot be looked at.
    pub(super) fn of(&self, root: &list::Root, scope: &Scope) -> Result<Around, TrashError> {
        let own = Looking {
            levels: self.levels,
            mappings: self.rules.mappings.clone(),
            all_named: false,
            homes: None,
            places: None,
        };
        let looking = own.and(scope.looking.as_ref());
        let own = place(root.path())?;
        let mut then = Then::new(&looking, &self.gone, vec![own.clone()]);
        let others = then
            .begin()
            .map_err(|why| TrashError::new(TrashErrorKind::Refused, why))?;
        let mut places = vec![own.clone()];
        for text in &scope.places {
            let at = named(text)?;
            if self.is_still_to_be_looked_in(&at, &others)? {
                // Of what an earlier release wrote it is not known what lay there.
                if looking.homes.is_none() && at != own {
                    self.refuse_empty(&at)?;
                }
                places.push(at);
            }
        }
        then.refuse_emptied()
            .map_err(|why| TrashError::new(TrashErrorKind::Refused, why))?;
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
        Ok(Around {
            roots,
            rules,
            then,
            typed: self.typed.clone(),
        })
    }

    /// What of it is worth being kept for whoever comes later.
    pub(super) fn looked(&self) -> Scope {
        let also: Vec<Location> = self.also.iter().map(|it| it.location.clone()).collect();
        Scope {
            places: also.iter().map(Location::to_text).collect(),
            looking: Some(Looking {
                levels: self.levels,
                mappings: self.rules.mappings.clone(),
                all_named: false,
                homes: None,
                places: Some(places::noted(&also, &[], &[])),
            }),
        }
    }

    fn is_still_to_be_looked_in(
        &self,
        at: &Location,
        others: &BTreeSet<String>,
    ) -> Result<bool, TrashError> {
        let refused = |why: String| TrashError::new(TrashErrorKind::Refused, why);
        let mut gone = self.gone.iter();
        if gone.any(|it| it.canonical() == at.canonical()) {
            let is_there = is_there(at).map_err(|it| refused(it.to_string()))? && !is_empty(at);
            // Gone is what was there; what is there now is looked at like anything else.
            let is_another =
                path_of(at).is_ok_and(|it| it.to_str().is_some_and(|it| others.contains(it)));
            if is_there && !is_another {
                return Err(refused(format!("{} is not gone", at.shown())));
            }
            return Ok(is_there);
        }
        match LocalStore.stat(at) {
            Err(error) if error.is_absence() => Err(refused(format!(
                "{at}, where was looked when its plan was made, is not there; mount it again, or where it is gone for good, say \
                 so with `--gone {quoted}` of `trash purge` and `resume`",
                at = at.shown(),
                quoted = shell_quote(&at.shown())
            ))),
            // What else is wrong with it is told by whoever looks in it.
            _ => Ok(true),
        }
    }
}

impl Surroundings {
    fn refuse_empty(&self, at: &Location) -> Result<(), TrashError> {
        let mut gone = self.gone.iter();
        let is_said = |it: &Location| at.canonical().is_within(&it.canonical());
        if !is_empty(at) || gone.any(is_said) {
            return Ok(());
        }
        let message = format!(
            "{at}, where was looked when its plan was made, is empty now; mount it again, or where what lay there is gone for \
             good, say so with `--gone {quoted}` of `trash purge` and `resume`",
            at = at.shown(),
            quoted = shell_quote(&at.shown())
        );
        Err(TrashError::new(TrashErrorKind::Refused, message))
    }
}

/// The place that a batch names as one that was looked in.
///
/// # Errors
/// When it names none.
pub(super) fn named(text: &str) -> Result<Location, TrashError> {
    if text.starts_with('/') {
        place(Path::new(text))
    } else {
        Ok(Location::parse(text.as_bytes()))
    }
}

/// Whether something has this name, as the nearest directory above it that is there lists what it has: what cannot be reached
/// is not gone.
fn is_there(at: &Location) -> Result<bool, StoreError> {
    let mut below = at.canonical();
    while let Some(parent) = below.parent() {
        let mut is_listed = false;
        let listed = LocalStore.list(&parent, &mut |entry| {
            is_listed |= entry.name == below.name();
            ControlFlow::Continue(())
        });
        match listed {
            Err(error) if error.is_absence() => below = parent,
            Err(error) => return Err(error),
            // A link that leads nowhere is no directory that is gone.
            Ok(()) => return Ok(is_listed),
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::local::location_of;

    #[test]
    fn gone_is_what_the_nearest_directory_above_does_not_list() {
        let temp = tempfile::tempdir().unwrap();
        let at = |below: &str| location_of(&temp.path().join(below)).unwrap();
        std::fs::create_dir(temp.path().join("here")).unwrap();
        std::fs::write(temp.path().join("file"), "").unwrap();
        std::os::unix::fs::symlink("nowhere", temp.path().join("link")).unwrap();
        for (below, expected) in [
            ("here", true),
            ("gone", false),
            ("here/gone", false),
            ("gone/too/far", false),
            ("link", true),
            ("file/below", true),
        ] {
            assert_eq!(is_there(&at(below)).unwrap(), expected, "{below}");
        }
        assert!(is_there(&Location::parse(b"s3://bucket/ck")).is_err());
    }
}
