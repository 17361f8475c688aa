//! The right to change something. Without `--write`, or a context that allows it, there is none.

/// Shows that changing things is allowed. Every function that does so wants to see one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permission(());

impl Permission {
    /// The permission, if what the user has set gives it.
    ///
    /// # Errors
    /// When it does not.
    pub fn given(write: bool) -> Result<Self, ReadOnly> {
        if write { Ok(Self(())) } else { Err(ReadOnly) }
    }
}

/// Nothing may be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stateward is read-only unless told otherwise")]
pub struct ReadOnly;
