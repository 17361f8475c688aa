//! The batches of one deletion: it may have reached into several roots, and is gone on with, undone and restored in all of
//! them together, whichever is named.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use jiff::Timestamp;

use super::intact::intact;
use super::journal::batch_of;
use super::list::{Known, Root, Target};
use super::search::{Found, has_trash, real};
use super::{FOLDER, Stage, TrashError, TrashErrorKind};
use crate::domain::batch::Batch;
use crate::domain::location::Location;
use crate::domain::text::{scrub, shell_quote};
use crate::store::change::Tree;
use crate::store::local::path_of;

/// The batches of one deletion, one in each root that it reached into.
#[derive(Debug)]
pub struct Whole {
    /// Its id.
    pub id: String,
    /// Its batches.
    pub parts: Vec<Found>,
}

impl Whole {
    fn known(&self) -> impl Iterator<Item = &Known> {
        self.parts.iter().filter_map(Found::known)
    }

    /// Whether something was begun with it somewhere and not ended.
    pub fn is_unfinished(&self) -> bool {
        self.known().any(|it| it.is_unfinished)
    }

    /// Whether it is on its way back somewhere: then it is everywhere, once somebody goes on with it.
    pub fn is_undoing(&self) -> bool {
        self.known().any(|it| it.stage == Some(Stage::Undoing))
    }

    /// Whether there is something of it to put back somewhere: of what is being removed for good what lies in the trash whole, and
    /// what was on its way back.
    pub fn can_be_undone(&self) -> bool {
        if self.is_going() {
            self.has_whole() || self.known().any(|it| it.is_restoring)
        } else {
            self.known().any(Known::can_be_undone)
        }
    }

    /// Whether files of it are being removed for good somewhere, or were until something ended that.
    pub fn is_going(&self) -> bool {
        self.known().any(|it| it.stage == Some(Stage::Purging))
    }

    /// Whether no file of a target is gone in any root, by what tells it from others.
    pub fn is_whole(&self, identity: &str) -> bool {
        intact(self.known()).contains(identity)
    }

    fn has_whole(&self) -> bool {
        let whole = intact(self.known());
        let mut there = self.targets().filter(|it| it.files > 0);
        there.any(|it| whole.contains(&*it.identity))
    }

    fn targets(&self) -> impl Iterator<Item = &Target> {
        self.known().flat_map(|it| &it.targets)
    }

    /// When it was begun, its id where two are of one moment.
    pub fn age(&self) -> Option<(Timestamp, &str)> {
        self.parts.iter().filter_map(Found::age).max()
    }

    /// Leaves out what has nothing that could come back: where it was ended before anything was moved, and where it is being
    /// removed for good and nothing of it is whole. What was left out.
    pub fn leave_out_what_does_not_come_back(&mut self) -> Vec<Found> {
        let has_whole = self.has_whole();
        let comes = |it: &Found| {
            it.known().is_none_or(|known| match known.stage {
                None | Some(Stage::Purged) => false,
                Some(Stage::Purging) => has_whole || known.is_restoring,
                Some(_) => true,
            })
        };
        let (parts, others) = std::mem::take(&mut self.parts).into_iter().partition(comes);
        self.parts = parts;
        others
    }

    /// Its trees, to be handed to whatever changes them.
    pub fn trees(&self) -> Vec<&dyn Tree> {
        self.parts.iter().map(|it| it.root.tree()).collect()
    }

    /// Refuses to put anything back while a root is not there in whose trash other files of it lie, unless that one is said to
    /// be gone for good: what would come back may lack them.
    ///
    /// # Errors
    /// When one is not there.
    pub fn refuse_absent(&self, gone: &[Location]) -> Result<(), TrashError> {
        let is_gone = |root: &str| {
            let mut gone = gone.iter();
            gone.any(|it| path_of(it).is_ok_and(|it| real(it) == real(Path::new(root))))
        };
        let mut absent = self.known().flat_map(|it| &it.absent);
        match absent.find(|root| !is_gone(root)) {
            None => Ok(()),
            Some(root) => {
                let mut parts = self.parts.iter();
                let copy = parts.find(|it| it.known().is_some_and(|it| it.is_copy));
                Err(match copy {
                    Some(copy) => self.refusal_of_copy(copy, root),
                    None => refusal(&self.id, root),
                })
            }
        }
    }

    /// Why a copy of a root does not come back without a copy of another one.
    fn refusal_of_copy(&self, copy: &Found, root: &str) -> TrashError {
        let id = scrub(&self.id);
        let written = |root: &Root| batch_of(root.tree(), &self.id).ok().flatten();
        let own = written(&copy.root);
        let is_there = |root: &&String| Path::new(root).join(FOLDER).join(&self.id).is_dir();
        let is_its = |root: &&String| {
            let there = Root::open(Path::new(root)).ok();
            own.is_some() && there.and_then(|it| written(&it)) == own
        };
        let roots = || copy.known().into_iter().flat_map(|it| &it.absent);
        let its = roots().find(is_its);
        let hint = match its.or_else(|| roots().find(is_there)) {
            Some(original) => format!(
                "to put back the originals name {} instead; for the copies name a directory that those of all its roots lie below",
                shell_quote(&scrub(original))
            ),
            None => format!(
                "name a directory that the copies of all its roots lie below, or where there is none say so with `--gone {}`",
                shell_quote(&scrub(root))
            ),
        };
        let of = its.map_or_else(|| "a root".into(), |it| scrub(it));
        let other = roots().find(|it| Some(*it) != its);
        let message = format!(
            "nothing was put back: {} is a copy of {of}, where {id} moved files; others of them lie in the trash of {}, of which no \
             copy is in sight",
            copy.root.shown(),
            scrub(other.map_or(root, String::as_str))
        );
        TrashError::new(TrashErrorKind::Refused, message).hint(hint)
    }
}

/// Why what is here does not come back without what lies in another root.
fn refusal(id: &str, root: &str) -> TrashError {
    let (id, root) = (scrub(id), scrub(root));
    let message = format!(
        "nothing was put back: other files of {id} lie in the trash of {root}, which is not there"
    );
    TrashError::new(TrashErrorKind::Refused, message).hint(format!(
        "mount it again, or where it was moved name a directory that all of it lies below; where it is gone for good say so \
         with `--gone {}`",
        shell_quote(&root)
    ))
}

/// Puts batches together that are of one deletion, and adds those in other roots: a deletion that reached into several was
/// written down in each before anything moved. A trash that lies where nothing was deleted is a copy: the other halves of
/// what it holds are the original's, and nobody who deals with the copy means that.
pub fn whole(batches: Vec<Found>) -> Vec<Whole> {
    let mut all: Vec<(bool, Whole)> = Vec::new();
    for batch in batches {
        let (is_copy, others) = around(&batch);
        let id = batch.entry.id.clone();
        for found in std::iter::once(batch).chain(others) {
            let is_same = |it: &Found| real(it.root.path()) == real(found.root.path());
            let same = all.iter_mut().find(|it| it.0 == is_copy && it.1.id == id);
            match same.map(|(_, whole)| &mut whole.parts) {
                Some(parts) if parts.iter().any(is_same) => {}
                Some(parts) => parts.push(found),
                None => {
                    let (id, parts) = (id.clone(), vec![found]);
                    all.push((is_copy, Whole { id, parts }));
                }
            }
        }
    }
    for (is_copy, whole) in &mut all {
        mark(whole, *is_copy);
    }
    let mut all = with_what_was_moved(all);
    all.sort_by(|one, other| one.id.cmp(&other.id));
    all
}

/// Puts what lies in a root that was moved since to the others of its deletion: it looks like a copy, but the root that it would be
/// a copy of is nowhere, and no part that is there is the same. Only where all that are missing are found so is it certain that
/// nothing else is.
fn with_what_was_moved(all: Vec<(bool, Whole)>) -> Vec<Whole> {
    let (copies, mut originals): (Vec<_>, Vec<_>) = all.into_iter().partition(|it| it.0);
    let mut others = Vec::new();
    for (_, copy) in copies {
        let mut same = originals.iter_mut().map(|(_, whole)| whole);
        match same.find(|whole| whole.id == copy.id && is_rest_of(&copy, whole)) {
            Some(whole) => {
                whole.parts.extend(copy.parts);
                for part in &mut whole.parts {
                    if let Ok(known) = &mut part.entry.known {
                        known.is_copy = false;
                        known.absent.clear();
                    }
                }
            }
            None => others.push(copy),
        }
    }
    let originals = originals.into_iter().map(|(_, whole)| whole);
    originals.chain(others).collect()
}

/// Whether what lies in copies is all that is missing of a deletion, each part once.
fn is_rest_of(copy: &Whole, whole: &Whole) -> bool {
    let absent: BTreeSet<&String> = whole.known().flat_map(|it| &it.absent).collect();
    let written = |part: &Found| batch_of(part.root.tree(), &whole.id).ok().flatten();
    let all = whole.parts.iter().chain(&copy.parts);
    let Some(all) = all.map(written).collect::<Option<Vec<Batch>>>() else {
        return false;
    };
    let mut pairs = all.iter().enumerate();
    let is_each_another = pairs.all(|(at, it)| !all[..at].contains(it));
    // One that is there without its trash may be what that is a copy of.
    let is_nowhere = |root: &&String| {
        let found = fs::symlink_metadata(root);
        found.is_err_and(|error| error.kind() == ErrorKind::NotFound)
    };
    !absent.is_empty()
        && absent.len() == copy.parts.len()
        && absent.iter().all(is_nowhere)
        && is_each_another
}

/// Whether a batch lies in a copy, and the others of the same deletion where it does not.
fn around(batch: &Found) -> (bool, Vec<Found>) {
    let id = &batch.entry.id;
    let Ok(Some(written)) = batch_of(batch.root.tree(), id) else {
        return (false, Vec::new());
    };
    let own = real(batch.root.path());
    let roots = roots_of(&written).map(|it| it.at(id).to_owned());
    // One that is a root, too, lies where that does.
    let scope = written
        .scope
        .iter()
        .filter(|it| !written.roots.contains(*it));
    let places: Vec<PathBuf> = roots.chain(scope.filter_map(|it| named(it))).collect();
    let mut others = places.iter().map(|it| real(it));
    if !others.any(|it| it == own) {
        return (true, Vec::new());
    }
    let others = places.iter().filter(|it| real(it) != own && has_trash(it));
    let others = others.filter_map(|place| {
        // What cannot be opened is missed by whoever asks what is absent.
        Found::of(&Rc::new(Root::open(place).ok()?), id)
    });
    (false, others.collect())
}

/// A root that a deletion reached into.
struct Reached {
    /// As it was named.
    name: PathBuf,
    /// Where it lay, without links; none where that is not known.
    was: Option<PathBuf>,
}

/// All of them.
fn roots_of(batch: &Batch) -> impl Iterator<Item = Reached> {
    let roots = batch.roots.iter().enumerate();
    roots.filter_map(|(number, name)| {
        Some(Reached {
            name: named(name)?,
            was: batch.real.get(number).map(PathBuf::from),
        })
    })
}

impl Reached {
    /// Where it lies: where it lay, as long as the batch lies there, wherever its name leads now.
    fn at(&self, id: &str) -> &Path {
        let was = self.was.as_deref();
        was.filter(|it| it.join(FOLDER).join(id).is_dir())
            .unwrap_or(&self.name)
    }

    /// What it is called: by its name, as long as that leads there.
    fn called(&self) -> &Path {
        let was = self.was.as_deref();
        was.filter(|it| real(&self.name) != *it)
            .unwrap_or(&self.name)
    }
}

/// The directory that a batch names.
fn named(text: &str) -> Option<PathBuf> {
    if text.starts_with('/') {
        return Some(PathBuf::from(text));
    }
    let at = Location::parse(text.as_bytes());
    path_of(&at).ok().map(Path::to_owned)
}

/// Notes in each part whether it is a copy, and the roots of others that are not there. A crash may have kept the deletion
/// from being written down in them, but then nothing was moved in any.
fn mark(whole: &mut Whole, is_copy: bool) {
    let has_moved = whole
        .known()
        .any(|it| it.files > 0 || it.stage.is_some_and(|it| it != Stage::Begun));
    let here: Vec<PathBuf> = whole.parts.iter().map(|it| real(it.root.path())).collect();
    let count = here.len();
    for part in &mut whole.parts {
        let written = batch_of(part.root.tree(), &whole.id).ok().flatten();
        let roots: Vec<Reached> = written.iter().flat_map(roots_of).collect();
        let is_absent = |root: &&Reached| {
            if is_copy {
                roots.len() > count
            } else {
                let lay = root.was.as_ref().unwrap_or(&root.name);
                !here.contains(&real(root.at(&whole.id))) && !has_trash(lay)
            }
        };
        let absent = roots.iter().filter(is_absent).filter(|_| has_moved);
        let absent = absent.map(|it| it.called().to_string_lossy().into_owned());
        if let Ok(known) = &mut part.entry.known {
            known.is_copy = is_copy;
            known.absent = absent.collect();
        }
    }
}
