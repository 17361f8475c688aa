//! How a command ends: an exit code, and for a failure one line that says what was tried, on what, why it failed and
//! what to do.

use std::fmt;

use serde_json::{Value, json};

use crate::action::operation::{OperationError, OperationErrorKind};
use crate::action::permission::ReadOnly;
use crate::action::trash::{TrashError, TrashErrorKind};
use crate::analysis::check::Level;
use crate::analysis::document::SCHEMA;
use crate::flink::error::{FlinkError, FlinkErrorKind};
use crate::store::{StoreError, StoreErrorKind};

use super::interruption;

/// A command that did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Which way it failed.
    pub kind: ReportKind,
    /// What was tried, on what, and why it failed.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// Which way a command failed; each has its exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportKind {
    /// Nothing was found, or a check failed.
    NothingFound,
    /// The command line makes no sense.
    Usage,
    /// Input could not be read or is corrupt.
    BadInput,
    /// It came to a stop when a part of it was done.
    HalfWay,
    /// A signal ended it when a part of it was done; shells expect 128 and the signal's number.
    Halted,
    /// A guard refused: nothing was changed.
    Refused,
    /// A cluster does not answer, or not as Flink does.
    Remote,
    /// Waiting was interrupted, or what would have changed something before it did; shells expect 128 and the signal's number.
    Interrupted,
    /// Nobody reads the output any more: no failure at all.
    OutputClosed,
}

impl ReportKind {
    /// The process's exit code.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::OutputClosed => 0,
            Self::NothingFound | Self::HalfWay => 1,
            Self::Usage => 2,
            Self::BadInput => 3,
            Self::Refused => 4,
            Self::Remote => 5,
            Self::Interrupted | Self::Halted => interruption::exit_code(),
        }
    }
}

impl ReportKind {
    fn word(self) -> &'static str {
        match self {
            Self::NothingFound => "nothing-found",
            Self::Usage => "usage",
            Self::BadInput => "bad-input",
            Self::HalfWay | Self::Halted => "half-way",
            Self::Refused => "refused",
            Self::Remote => "remote",
            Self::Interrupted => "interrupted",
            Self::OutputClosed => "output-closed",
        }
    }
}

impl Report {
    /// A failure without advice.
    pub fn new(kind: ReportKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: None,
        }
    }

    /// The same failure with advice.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }
}

impl Report {
    /// The failure for a program that reads JSON.
    pub fn document(&self) -> Value {
        json!({
            "schema": SCHEMA,
            "error": {
                "kind": self.kind.word(),
                "message": self.message,
                "hint": self.hint,
                "exit_code": self.kind.exit_code(),
            },
        })
    }
}

/// A slip in the command line for a program that reads JSON, from what is said of it to people: the first line of that, and
/// the exit code.
pub fn slip(said: &str, exit_code: u8) -> Value {
    let first = said.lines().next().unwrap_or_default();
    let message = first.strip_prefix("error: ").unwrap_or(first);
    let report = Report::new(ReportKind::Usage, message).hint("--help tells what there is");
    let mut document = report.document();
    document["error"]["exit_code"] = exit_code.into();
    document
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "stateward: {}", self.message)?;
        self.hint
            .as_ref()
            .map_or(Ok(()), |hint| write!(f, "; {hint}"))
    }
}

impl From<StoreError> for Report {
    fn from(error: StoreError) -> Self {
        let hint = match error.kind {
            StoreErrorKind::NotFound => Some("check the path, and that its file system is mounted"),
            StoreErrorKind::Denied => Some("run as a user who may read it"),
            StoreErrorKind::NoSuchStore => {
                Some("mount it and name the mount, with --map if metadata names it otherwise")
            }
            _ => None,
        };
        Self {
            kind: ReportKind::BadInput,
            message: error.to_string(),
            hint: hint.map(str::to_owned),
        }
    }
}

impl From<FlinkError> for Report {
    fn from(error: FlinkError) -> Self {
        let kind = match error.kind {
            FlinkErrorKind::Setup(_) => ReportKind::BadInput,
            _ => ReportKind::Remote,
        };
        Self {
            kind,
            message: error.to_string(),
            hint: error.hint().map(str::to_owned),
        }
    }
}

impl From<OperationError> for Report {
    fn from(error: OperationError) -> Self {
        let kind = match error.kind {
            OperationErrorKind::Refused => ReportKind::Refused,
            OperationErrorKind::Interrupted => ReportKind::Interrupted,
            OperationErrorKind::Failed
            | OperationErrorKind::TimedOut
            | OperationErrorKind::Lost => ReportKind::Remote,
        };
        Self {
            kind,
            message: error.message,
            hint: error.hint,
        }
    }
}

impl From<TrashError> for Report {
    fn from(error: TrashError) -> Self {
        let kind = match error.kind {
            TrashErrorKind::Refused => ReportKind::Refused,
            TrashErrorKind::NotFound => ReportKind::NothingFound,
            TrashErrorKind::Broken => ReportKind::BadInput,
            TrashErrorKind::Stopped => ReportKind::HalfWay,
            TrashErrorKind::Interrupted => ReportKind::Halted,
            TrashErrorKind::CalledOff => ReportKind::Interrupted,
        };
        Self {
            kind,
            message: error.message,
            hint: error.hint,
        }
    }
}

impl From<ReadOnly> for Report {
    fn from(refusal: ReadOnly) -> Self {
        Self::new(ReportKind::Refused, refusal.to_string())
            .hint("add --write, or set `write = true` in the context")
    }
}

impl From<std::io::Error> for Report {
    fn from(error: std::io::Error) -> Self {
        let kind = match error.kind() {
            std::io::ErrorKind::BrokenPipe => ReportKind::OutputClosed,
            _ => ReportKind::BadInput,
        };
        Self::new(kind, format!("cannot write the output: {error}"))
    }
}

/// How a command that did what was asked ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Done,
    /// Done, and the answer is no: nothing matched, or a check failed.
    Negative,
    /// Done as far as possible: some input was unreadable or corrupt.
    BadInput,
    /// Done as far as possible: some cluster did not answer.
    Incomplete,
    /// Done as far as a guard allows: something of it was refused.
    Refused,
    /// Done, and this is how it is, by the exit codes of monitoring plugins.
    Checked(Level),
    /// Ended by the signal of this number; shells expect 128 more.
    Terminated(u8),
}

impl Outcome {
    /// The process's exit code.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Negative => ReportKind::NothingFound.exit_code(),
            Self::BadInput => ReportKind::BadInput.exit_code(),
            Self::Incomplete => ReportKind::Remote.exit_code(),
            Self::Refused => ReportKind::Refused.exit_code(),
            Self::Checked(level) => level.exit_code(),
            Self::Terminated(signal) => signal.saturating_add(128),
        }
    }
}
