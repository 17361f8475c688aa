//! From the model to bytes, for demonstrations and tests.
//!
//! What is written can be read back and is equal, and everything of Flink's that the model keeps comes out byte for
//! byte as Flink writes it, the properties block included.

mod channels;
mod handles;
mod output;

use super::model::{MAX_PARALLELISM, PropertiesBlock};
use super::model::{MasterState, Metadata, NEWEST_VERSION, OperatorState, SubtaskState};
use super::{MAGIC, MASTER_STATE_MAGIC, properties, tag};
pub(super) use output::Output;

/// The model cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot write {path}: {kind}")]
pub struct WriteError {
    /// The field, such as `operators[3].name`.
    pub path: String,
    /// What is wrong with it.
    pub kind: WriteErrorKind,
}

/// Why a model cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteErrorKind {
    /// Only versions 3 to 7 are written.
    #[error("version {0} is not written, only 3 to 7")]
    Version(u32),
    /// The version has no place for it.
    #[error("version {version} cannot hold {what}")]
    NotInVersion {
        /// The version.
        version: u32,
        /// What it cannot hold.
        what: &'static str,
    },
    /// A string of more than 65535 bytes.
    #[error("{0} bytes are too long for a string, which has 65535 at most")]
    TextTooLong(usize),
    /// A string whose bytes are not modified UTF-8.
    #[error("text is not modified UTF-8")]
    BadText,
    /// More elements or bytes than a count of 31 bits can tell.
    #[error("{0} are too many for one list")]
    TooMany(usize),
    /// Handles inside handles beyond the limit of the reader.
    #[error("handles are nested too deep")]
    NestingTooDeep,
    /// Values that contradict each other or that no reader accepts.
    #[error("{0}")]
    Invalid(&'static str),
}

/// Writes a metadata file of version 3 to 7.
///
/// [`Metadata::trailing_bytes`] is not written.
///
/// # Errors
/// When the version cannot hold something, or when the reader, ours or Flink's, would refuse the result.
pub fn write(metadata: &Metadata<'_>) -> Result<Vec<u8>, WriteError> {
    let mut writer = Writer {
        out: Output::default(),
        version: metadata.version,
    };
    writer.metadata(metadata)?;
    Ok(writer.out.into_bytes())
}

type Written = Result<(), WriteError>;

/// Fails with no path yet.
fn fail(kind: WriteErrorKind) -> Written {
    let path = String::new();
    Err(WriteError { path, kind })
}

fn invalid(why: &'static str) -> Written {
    fail(WriteErrorKind::Invalid(why))
}

/// Names the field on the way up.
trait Within {
    fn field(self, name: &str) -> Self;
    fn element(self, name: &str, index: usize) -> Self;
}

impl<T> Within for Result<T, WriteError> {
    fn field(self, name: &str) -> Self {
        self.map_err(|error| outer(error, name))
    }

    fn element(self, name: &str, index: usize) -> Self {
        self.map_err(|error| outer(error, &format!("{name}[{index}]")))
    }
}

fn outer(mut error: WriteError, name: &str) -> WriteError {
    if !error.path.is_empty() {
        error.path.insert(0, '.');
    }
    error.path.insert_str(0, name);
    error
}

/// A file being written.
struct Writer {
    out: Output,
    version: u32,
}

impl Writer {
    fn metadata(&mut self, metadata: &Metadata<'_>) -> Written {
        if !(3..=NEWEST_VERSION).contains(&self.version) {
            return fail(WriteErrorKind::Version(self.version)).field("version");
        }
        self.out.u32(MAGIC);
        self.out.u32(self.version);
        let Ok(id) = i64::try_from(metadata.checkpoint_id) else {
            return invalid("a checkpoint id has 63 bits").field("checkpoint_id");
        };
        self.out.i64(id);
        self.out
            .count(metadata.master_states.len())
            .field("master_states")?;
        for (index, state) in metadata.master_states.iter().enumerate() {
            self.master_state(state).element("master_states", index)?;
        }
        self.out
            .count(metadata.operators.len())
            .field("operators")?;
        for (index, operator) in metadata.operators.iter().enumerate() {
            self.operator(operator).element("operators", index)?;
        }
        self.properties(&metadata.properties).field("properties")
    }

    fn not_in_version(&self, what: &'static str) -> Written {
        let version = self.version;
        fail(WriteErrorKind::NotInVersion { version, what })
    }

    fn properties(&mut self, block: &PropertiesBlock) -> Written {
        match block {
            PropertiesBlock::Absent if self.version < 4 => Ok(()),
            PropertiesBlock::Absent => invalid("version 4 and later end with properties"),
            _ if self.version < 4 => self.not_in_version("properties"),
            PropertiesBlock::Null => {
                properties::write_null(&mut self.out);
                Ok(())
            }
            PropertiesBlock::Known(known) => properties::write(known, &mut self.out),
            PropertiesBlock::Unreadable(_) => invalid("what could not be read cannot be written"),
        }
    }

    fn master_state(&mut self, state: &MasterState<'_>) -> Written {
        self.out.u32(MASTER_STATE_MAGIC);
        self.out.record(|out| {
            out.i32(state.version);
            out.text(&state.name).field("name")?;
            out.blob(&state.payload).field("payload")
        })
    }

    fn operator(&mut self, operator: &OperatorState<'_>) -> Written {
        for (name, field) in [(&operator.name, "name"), (&operator.uid, "uid")] {
            match name {
                Some(_) if self.version < 5 => {
                    return self
                        .not_in_version("an operator's name or uid")
                        .field(field);
                }
                Some(name) if name.is_empty() => {
                    return invalid("empty text stands for none").field(field);
                }
                Some(name) => self.out.text(name).field(field)?,
                None if self.version < 5 => {}
                None => self.out.u16(0),
            }
        }
        self.out.bytes(&operator.id.0);
        if !(1..=operator.max_parallelism).contains(&operator.parallelism)
            || operator.max_parallelism > MAX_PARALLELISM
        {
            return invalid("1 ≤ parallelism ≤ max parallelism ≤ 32768").field("parallelism");
        }
        self.out.u32(operator.parallelism);
        self.out.u32(operator.max_parallelism);
        match &operator.coordinator {
            None => self.out.u8(tag::NULL),
            Some(_) if operator.fully_finished => {
                return invalid("a finished operator has no coordinator").field("coordinator");
            }
            Some(state) => self.inline(state).field("coordinator")?,
        }
        if operator.fully_finished {
            if !operator.subtasks.is_empty() {
                return invalid("a finished operator has no subtasks").field("subtasks");
            }
            self.out.i32(-1);
            return Ok(());
        }
        self.out.count(operator.subtasks.len()).field("subtasks")?;
        for (index, subtask) in operator.subtasks.iter().enumerate() {
            if subtask.index >= operator.parallelism {
                return invalid("the index must be below the parallelism")
                    .field("index")
                    .element("subtasks", index);
            }
            self.subtask(subtask).element("subtasks", index)?;
        }
        Ok(())
    }

    fn subtask(&mut self, subtask: &SubtaskState<'_>) -> Written {
        if subtask.finished {
            self.out.u32(!subtask.index);
            let plain = SubtaskState {
                index: subtask.index,
                finished: true,
                ..SubtaskState::default()
            };
            if *subtask != plain {
                return invalid("a finished subtask has no state");
            }
            return Ok(());
        }
        self.out.u32(subtask.index);
        for (handle, field) in [
            (&subtask.managed_operator, "managed_operator"),
            (&subtask.raw_operator, "raw_operator"),
        ] {
            self.out.u32(u32::from(handle.is_some()));
            if let Some(handle) = handle {
                self.operator_handle(handle).field(field)?;
            }
        }
        for (handle, field) in [
            (&subtask.managed_keyed, "managed_keyed"),
            (&subtask.raw_keyed, "raw_keyed"),
        ] {
            match handle {
                None => self.out.u8(tag::NULL),
                Some(handle) => self.keyed(handle, 0).field(field)?,
            }
        }
        self.input_channels(&subtask.input_channels)?;
        self.output_channels(&subtask.output_channels)?;
        match subtask.reference_checkpoint {
            None if self.version < 7 => {}
            Some(_) if self.version < 7 => {
                return self
                    .not_in_version("a reference to an older checkpoint")
                    .field("reference_checkpoint");
            }
            None => self.out.u8(0),
            Some(id) => {
                self.out.u8(1);
                self.out.i64(id);
            }
        }
        Ok(())
    }
}
