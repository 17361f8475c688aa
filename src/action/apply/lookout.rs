//! Who names what, asked again and again while files move: a snapshot may come into sight at any time, and a job may be told of.

use std::time::{Duration, Instant};

use super::Needed;
use crate::action::trash::{TrashError, TrashErrorKind};

/// Between two looks at who names what no more time passes while files move, unless a look takes long itself.
const EVERY: Duration = Duration::from_secs(1);
/// A look takes no more than about one part in so many of all time.
const SHARE: u32 = 5;

/// The same between two times that clusters are asked.
const ASKED_EVERY: Duration = Duration::from_secs(2);

/// Whether anybody has come to need what goes, asked again and again while it goes: whoever had read metadata before it went may
/// be told of later.
pub(super) struct Asking<'l> {
    needed: &'l mut Needed<'l>,
    due: Instant,
    /// Why it is needed, once it is.
    pub(super) objection: Option<String>,
}

impl<'l> Asking<'l> {
    /// Nothing is asked yet.
    pub(super) fn new(needed: &'l mut Needed<'l>) -> Self {
        Self {
            needed,
            due: Instant::now(),
            objection: None,
        }
    }

    /// Asks again where it was asked too long ago.
    ///
    /// # Errors
    /// When somebody needs it; why is kept.
    pub(super) fn ask_when_due(&mut self) -> Result<(), TrashError> {
        if Instant::now() < self.due {
            return Ok(());
        }
        self.ask()
    }

    /// Asks again.
    ///
    /// # Errors
    /// As [`Self::ask_when_due`].
    pub(super) fn ask(&mut self) -> Result<(), TrashError> {
        (self.objection, self.due) = timed(ASKED_EVERY, self.needed);
        match &self.objection {
            None => Ok(()),
            Some(why) => Err(TrashError::new(TrashErrorKind::Refused, why)),
        }
    }
}

/// Who names what, by the last look.
pub(in crate::action) struct Lookout<'l, N> {
    look: &'l mut dyn FnMut() -> Result<N, String>,
    named: N,
    due: Instant,
}

impl<'l, N> Lookout<'l, N> {
    /// Looks for the first time.
    ///
    /// # Errors
    /// When it cannot be told, in words.
    pub(in crate::action) fn new(
        look: &'l mut dyn FnMut() -> Result<N, String>,
    ) -> Result<Self, String> {
        let (named, due) = timed(EVERY, look);
        Ok(Self {
            named: named?,
            look,
            due,
        })
    }

    /// Who names what.
    pub(in crate::action) fn named(&self) -> &N {
        &self.named
    }

    /// Looks again where the last look is too long ago, and says whether it did.
    ///
    /// # Errors
    /// As [`Lookout::new`].
    pub(in crate::action) fn look_when_due(&mut self) -> Result<bool, String> {
        let is_due = Instant::now() >= self.due;
        if is_due {
            self.look()?;
        }
        Ok(is_due)
    }

    /// Looks again.
    ///
    /// # Errors
    /// As [`Lookout::new`].
    pub(in crate::action) fn look(&mut self) -> Result<(), String> {
        let (named, due) = timed(EVERY, self.look);
        (self.named, self.due) = (named?, due);
        Ok(())
    }
}

/// Looks, and says when it is due to do so again.
fn timed<T>(every: Duration, look: &mut dyn FnMut() -> T) -> (T, Instant) {
    let start = Instant::now();
    let seen = look();
    let end = Instant::now();
    let pause = every.max(end.duration_since(start).saturating_mul(SHARE - 1));
    (seen, end.checked_add(pause).unwrap_or(end))
}
