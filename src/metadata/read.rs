//! From bytes to the model.
//!
//! The file has no lengths to skip by and no checksums, so one wrong step makes nonsense of all that follows. Every
//! count is compared with the bytes that are left before memory is reserved, lists grow as they are read, and nesting
//! is limited. A model takes at most 64 bytes of memory per byte of input: a finished subtask is 4 bytes in the file
//! and 120 in the model, and a long list may hold twice the room that it uses. A large file that Flink wrote takes less
//! memory than its own size, since texts and state stay where they are.

mod channels;
mod cursor;
mod keyed;
mod operators;
mod streams;

use super::error::{Parse, ReadError, ReadErrorKind, Within};
use super::model::{MasterState, Metadata, NEWEST_VERSION, OLDEST_VERSION, PropertiesBlock};
use super::{MAGIC, MASTER_STATE_MAGIC, properties};
use cursor::Cursor;
use std::borrow::Cow;

/// Reads a metadata file of version 2 to 7.
///
/// The properties block at the end (version 4 and later) never fails the file: a block that is not understood, or
/// whose end is missing, is [`PropertiesBlock::Unreadable`]. Flink itself would not restore from such a file.
///
/// # Errors
/// When the bytes are not a metadata file, are of a version that is not known, are cut short, or hold what Flink's
/// own reader would refuse. The error says where.
pub fn read(bytes: &[u8]) -> Result<Metadata<'_>, ReadError> {
    let mut reader = Reader::new(bytes, Layout::Usual);
    let usual = reader.metadata();
    let exact = matches!(&usual, Ok(metadata) if metadata.trailing_bytes == 0);
    let outcome = match usual {
        usual if exact || reader.version != 3 => usual,
        usual => other_layouts(bytes, usual, reader.saw_channels, reader.saw_changelog),
    };
    outcome.map_err(|error| *error)
}

/// Version 3 had two more layouts, told apart only by which of them leads exactly to the end of the file.
#[cold]
fn other_layouts<'a>(
    bytes: &'a [u8],
    usual: Parse<Metadata<'a>>,
    saw_channels: bool,
    saw_changelog: bool,
) -> Parse<Metadata<'a>> {
    let mut outcome = usual;
    if saw_channels {
        match Reader::new(bytes, Layout::ChannelsWithoutSubtask).metadata() {
            Ok(metadata) if metadata.trailing_bytes == 0 => return Ok(metadata),
            // A file of Flink 1.11 that was cut short makes nonsense in the usual layout, and sense in its own.
            Err(cut)
                if cut.may_be_truncated()
                    && matches!(&outcome, Err(usual) if !usual.may_be_truncated()) =>
            {
                outcome = Err(cut);
            }
            _ => {}
        }
    }
    if saw_changelog {
        let experimental = Reader::new(bytes, Layout::ExperimentalChangelog).metadata();
        if matches!(experimental, Ok(metadata) if metadata.trailing_bytes == 0) {
            return Err(Box::new(ReadError {
                offset: 0,
                path: String::new(),
                kind: ReadErrorKind::Unsupported {
                    what: "the experimental changelog state of Flink 1.14",
                },
            }));
        }
    }
    outcome
}

/// Which layout of version 3 to expect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// That of Flink 1.12 and later, and of every other version.
    Usual,
    /// Flink 1.11 stored no subtask index in channel state.
    ChannelsWithoutSubtask,
    /// Flink 1.14 stored changelog state without ids and without some sizes.
    ExperimentalChangelog,
}

/// A file being read.
struct Reader<'a> {
    cursor: Cursor<'a>,
    version: u32,
    layout: Layout,
    saw_channels: bool,
    saw_changelog: bool,
}

impl<'a> Reader<'a> {
    fn new(bytes: &'a [u8], layout: Layout) -> Self {
        Self {
            cursor: Cursor::new(bytes),
            version: 0,
            layout,
            saw_channels: false,
            saw_changelog: false,
        }
    }

    fn metadata(&mut self) -> Parse<Metadata<'a>> {
        self.frame()?;
        let id = self.cursor.i64().field("checkpoint_id")?;
        let Ok(checkpoint_id) = u64::try_from(id) else {
            let kind = ReadErrorKind::BadValue {
                what: "checkpoint id",
                value: id,
            };
            return self.cursor.fail_back(8, kind).field("checkpoint_id");
        };
        let count = self.cursor.count(18).field("master_states")?;
        let mut master_states = Cursor::list(count);
        for index in 0..count {
            master_states.push(self.master_state().element("master_states", index)?);
        }
        let count = self.cursor.count(match self.version {
            2 => 32,
            3 | 4 => 29,
            _ => 33,
        });
        let count = count.field("operators")?;
        let mut operators = Cursor::list(count);
        for index in 0..count {
            operators.push(self.operator().element("operators", index)?);
        }
        let (properties, trailing_bytes) = if self.version < 4 {
            (PropertiesBlock::Absent, self.cursor.left())
        } else {
            properties::read(self.cursor.rest(), self.cursor.offset())
        };
        Ok(Metadata {
            version: self.version,
            checkpoint_id,
            master_states,
            operators,
            properties,
            trailing_bytes: trailing_bytes as u64,
        })
    }

    fn frame(&mut self) -> Parse<()> {
        if self.cursor.left() == 0 {
            return self.cursor.fail(ReadErrorKind::Empty);
        }
        let found = u32::from_be_bytes(self.cursor.array()?);
        if found != MAGIC {
            return self.cursor.fail_back(4, ReadErrorKind::BadMagic { found });
        }
        let version = self.cursor.i32().field("version")?;
        let kind = match u32::try_from(version) {
            Ok(known @ OLDEST_VERSION..=NEWEST_VERSION) => {
                self.version = known;
                return Ok(());
            }
            Ok(1) => ReadErrorKind::TooOld { version },
            Ok(newer) if newer > NEWEST_VERSION => ReadErrorKind::TooNew { version },
            _ => ReadErrorKind::BadValue {
                what: "metadata version",
                value: i64::from(version),
            },
        };
        self.cursor.fail_back(4, kind).field("version")
    }

    fn master_state(&mut self) -> Parse<MasterState<'a>> {
        let magic = u32::from_be_bytes(self.cursor.array()?);
        if magic != MASTER_STATE_MAGIC {
            let kind = ReadErrorKind::BadValue {
                what: "the mark of a master state, which should be 0xc96b1696,",
                value: i64::from(magic),
            };
            return self.cursor.fail_back(4, kind);
        }
        self.cursor.record("master state", |record| {
            Ok(MasterState {
                version: record.i32().field("version")?,
                name: record.text().field("name")?,
                payload: Cow::Borrowed(record.blob().field("payload")?),
            })
        })
    }
}

#[cfg(test)]
mod tests;
