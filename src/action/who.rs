//! Who names what, by what lies on disk: looked at again and again, while only what has changed is read again.

use std::cell::{Ref, RefCell};
use std::path::Path;
use std::rc::Rc;

use super::apply::Named;
use super::surroundings::Around;
use crate::domain::location::Location;
use crate::domain::text::scrub_bytes;
use crate::inventory::named::NamedFiles;
use crate::store::local::{LocalStore, location_of};

/// Who names what below some roots.
pub(super) struct Who {
    around: Around,
    named: Option<Rc<RefCell<NamedFiles>>>,
}

impl Who {
    /// Where and how to look; nothing is looked at yet.
    pub(super) fn new(around: Around) -> Self {
        Self {
            around,
            named: None,
        }
    }

    /// Where and how is looked.
    pub(super) fn around(&self) -> &Around {
        &self.around
    }

    /// Looks for the first time, or again.
    ///
    /// # Errors
    /// When it cannot be told who names what, with what is in the way: it was looked in other directories than before, too.
    pub(super) fn look(&mut self) -> Result<Seen, String> {
        let named = if let Some(named) = &self.named {
            named.borrow_mut().look_again(&LocalStore)?;
            named.clone()
        } else {
            let Around {
                roots, rules, then, ..
            } = &mut self.around;
            let named = NamedFiles::below(&LocalStore, rules.clone(), roots)?;
            then.note(roots, named.met());
            self.named.insert(Rc::new(RefCell::new(named))).clone()
        };
        // What came to be another directory while it was looked is noticed by whoever compares last.
        self.around.then.refuse_changed()?;
        self.around.then.refuse_emptied()?;
        Ok(Seen(named))
    }
}

/// What was seen at the last look.
#[derive(Clone)]
pub(super) struct Seen(Rc<RefCell<NamedFiles>>);

impl Seen {
    /// All of it.
    pub(super) fn named(&self) -> Ref<'_, NamedFiles> {
        self.0.borrow()
    }

    /// Who names a file, in a few words; `now` is what is added where that one was there at the first look already.
    pub(super) fn words(&self, path: &Path, root: &Path, now: &str) -> Option<String> {
        let named = self.named();
        let snapshot = named.who(path)?;
        let name = name(snapshot, root);
        Some(if named.has_appeared(snapshot) {
            format!("{name}, which appeared meanwhile, names it")
        } else {
            format!("{name} names it{now}")
        })
    }

    /// Who names what below a root by now, although nobody did when the plan was made.
    pub(super) fn naming(self, root: &Path) -> Named {
        let root = root.to_owned();
        Box::new(move |path| self.words(&root.join(path), &root, " now"))
    }
}

/// A snapshot for people, below the root where it lies there.
pub(super) fn name(snapshot: &Location, root: &Path) -> String {
    let root = location_of(root).ok();
    let below = root.as_ref().and_then(|root| snapshot.relative_to(root));
    below.map_or_else(
        || snapshot.shown().into_owned(),
        |below| scrub_bytes(below).into_owned(),
    )
}
