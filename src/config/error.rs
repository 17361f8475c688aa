//! Why settings cannot be used.

use std::fmt;
use std::path::Path;

use crate::domain::text::scrub;

/// A setting, or a file of them, that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// Whether a name or value that was asked for is wrong, rather than a file.
    pub asked: bool,
    /// Where it stands: a file with line and column, a variable, a flag.
    pub place: String,
    /// What is wrong with it.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl ConfigError {
    /// Something wrong in a file.
    pub(super) fn in_file(path: &Path, at: Option<(usize, usize)>, message: &str) -> Self {
        let file = path.to_string_lossy();
        let place = match at {
            Some((line, column)) => format!("{}:{line}:{column}", scrub(&file)),
            None => scrub(&file).into_owned(),
        };
        Self {
            asked: false,
            place,
            message: scrub(message).into_owned(),
            hint: None,
        }
    }

    /// Something wrong with what a flag or a variable says.
    pub(super) fn asked_by(place: &impl fmt::Display, message: &str) -> Self {
        Self {
            asked: true,
            place: place.to_string(),
            message: scrub(message).into_owned(),
            hint: None,
        }
    }

    /// The same with advice.
    #[must_use]
    pub(super) fn hint(self, hint: &str) -> Self {
        Self {
            hint: Some(scrub(hint).into_owned()),
            ..self
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

impl std::error::Error for ConfigError {}
