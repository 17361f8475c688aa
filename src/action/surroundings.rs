//! Where and how to look for snapshots that need what goes, when something is gone on with or made final: at least there, and
//! at least as, was looked when its plan was made.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::Path;

use super::half::place;
use super::trash::list::Scope;
use super::trash::{TrashError, TrashErrorKind, list};
use crate::domain::location::Location;
use crate::domain::looking::Looking;
use crate::domain::text::{scrub, shell_quote};
use crate::inventory::catalog::Rules;
use crate::inventory::mounts::Mounts;
use crate::inventory::scan::Root;
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
}

/// The same for one batch.
pub(super) struct Around {
    /// Where.
    pub(super) roots: Vec<Root>,
    /// How.
    pub(super) rules: Rules,
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
            mounts: None,
        };
        let looking = own.and(scope.looking.as_ref());
        let own = place(root.path())?;
        let mounts = self.mounts(&looking)?;
        let mut places = vec![own.clone()];
        for text in &scope.places {
            let at = named(text)?;
            if self.is_still_to_be_looked_in(&at, &mounts)? {
                // Of what an earlier release wrote it is not known what lay there.
                if looking.homes.is_none() && at != own {
                    self.refuse_empty(&at, &at)?;
                }
                places.push(at);
            }
        }
        for text in looking.homes.iter().flatten() {
            let at = named(text)?;
            // What is mounted below the root of a trash lies in no trash of it.
            if !at.canonical().is_within(&own.canonical()) {
                self.refuse_unmounted(&at)?;
            }
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

    /// What of it is worth being kept for whoever comes later.
    pub(super) fn looked(&self) -> Scope {
        Scope {
            places: self.also.iter().map(|it| it.location.to_text()).collect(),
            looking: Some(Looking {
                levels: self.levels,
                mappings: self.rules.mappings.clone(),
                all_named: false,
                homes: None,
                mounts: None,
            }),
        }
    }

    /// The directories that lie on another file system now than when the plan was made, as text: somebody says of each of them
    /// that what was there is gone for good.
    ///
    /// # Errors
    /// When nobody says so; when something is mounted over a place where snapshots lay; and when something that the system is told
    /// to mount below a directory that was looked in is not mounted.
    fn mounts(&self, looking: &Looking) -> Result<BTreeSet<String>, TrashError> {
        let Some(evidence) = &looking.mounts else {
            return Ok(BTreeSet::new());
        };
        let refused = |what: String, at: &str| {
            let message = format!(
                "{what}; mount it again, or where what lay there is gone for good, say so with `--gone file:{}` of `trash \
                 purge` and `resume`",
                scrub(at)
            );
            TrashError::new(TrashErrorKind::Refused, message)
        };
        let is_said = |path: &Path| {
            let at = place(path).map(|it| it.canonical());
            let mut gone = self.gone.iter();
            at.is_ok_and(|at| gone.any(|it| at.is_within(&it.canonical())))
        };
        let now = Mounts::after_a_look(evidence);
        let mut changed = BTreeSet::new();
        for it in now.changed(evidence) {
            if !is_said(Path::new(it.at)) {
                return Err(refused(it.words(), it.at));
            }
            changed.insert(it.at.to_owned());
        }
        let looked = || evidence.keys().map(Path::new);
        for over in now.hiding(evidence, looked()) {
            let homes = looking.homes.iter().flatten();
            let mut homes = homes.filter_map(|text| named(text).ok());
            let hides = |home: &Location| path_of(home).is_ok_and(|home| home.starts_with(&over));
            if let Some(home) = homes.find(hides).filter(|_| !is_said(&over)) {
                let at = over.to_string_lossy();
                let message = format!(
                    "{} is mounted over {}, where snapshots lay when the plan was made; unmount it, or where they are gone \
                     for good, say so with `--gone file:{}` of `trash purge` and `resume`",
                    scrub(&now.around(&over)),
                    home.shown(),
                    scrub(&at)
                );
                return Err(TrashError::new(TrashErrorKind::Refused, message));
            }
        }
        match now.wanting(looked()).filter(|at| !is_said(at)) {
            None => Ok(changed),
            Some(at) => {
                let at = at.to_string_lossy();
                let what = format!(
                    "by /etc/fstab something is mounted at {}, and is not",
                    scrub(&at)
                );
                Err(refused(what, &at))
            }
        }
    }

    fn is_still_to_be_looked_in(
        &self,
        at: &Location,
        changed: &BTreeSet<String>,
    ) -> Result<bool, TrashError> {
        let refused = |why: String| TrashError::new(TrashErrorKind::Refused, why);
        let mut gone = self.gone.iter();
        if gone.any(|it| it.canonical() == at.canonical()) {
            let is_there = is_there(at).map_err(|it| refused(it.to_string()))? && !is_empty(at);
            // Gone is what was mounted there; what lies there now is looked at like anything else.
            let is_another =
                path_of(at).is_ok_and(|it| it.to_str().is_some_and(|it| changed.contains(it)));
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
    /// Refuses where snapshots lay in a directory and now it, or the one above it that would hold it, is there and empty: a
    /// place where nothing is mounted looks like that.
    fn refuse_unmounted(&self, home: &Location) -> Result<(), TrashError> {
        let around = std::iter::successors(Some(home.clone()), Location::parent);
        for at in around {
            match LocalStore.stat(&at) {
                Err(error) if error.is_absence() => {}
                // What else is wrong with it is told by whoever looks in it.
                Err(_) => return Ok(()),
                Ok(_) => return self.refuse_empty(&at, home),
            }
        }
        Ok(())
    }

    fn refuse_empty(&self, at: &Location, home: &Location) -> Result<(), TrashError> {
        let mut gone = self.gone.iter();
        let is_said = |it: &Location| at.canonical().is_within(&it.canonical());
        if !is_empty(at) || gone.any(is_said) {
            return Ok(());
        }
        let message = if at == home {
            format!(
                "{}, where was looked when its plan was made, is empty now",
                at.shown()
            )
        } else {
            format!(
                "{}, where snapshots lay when its plan was made, is not there, and {} is empty",
                home.shown(),
                at.shown()
            )
        };
        let message = format!(
            "{message}; mount it again, or where what lay there is gone for good, say so with `--gone {}` of `trash purge` and \
             `resume`",
            shell_quote(&at.shown())
        );
        Err(TrashError::new(TrashErrorKind::Refused, message))
    }
}

/// Whether a place is a directory that has nothing in it.
fn is_empty(at: &Location) -> bool {
    let mut has_any = false;
    let listed = LocalStore.list(at, &mut |_| {
        has_any = true;
        ControlFlow::Break(())
    });
    listed.is_ok() && !has_any
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
