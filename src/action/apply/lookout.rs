//! Who names what, asked again and again while files move: a snapshot may come into sight at any time.

use std::time::{Duration, Instant};

/// Between two looks no more time passes while files move, unless a look takes long itself.
const EVERY: Duration = Duration::from_secs(1);
/// A look takes no more than about one part in so many of all time.
const SHARE: u32 = 5;

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
        let (named, due) = timed(look)?;
        Ok(Self { look, named, due })
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
        (self.named, self.due) = timed(self.look)?;
        Ok(())
    }
}

/// Looks, and says when it is due to do so again.
fn timed<N>(look: &mut dyn FnMut() -> Result<N, String>) -> Result<(N, Instant), String> {
    let start = Instant::now();
    let named = look()?;
    let end = Instant::now();
    let pause = EVERY.max(end.duration_since(start).saturating_mul(SHARE - 1));
    Ok((named, end.checked_add(pause).unwrap_or(end)))
}
