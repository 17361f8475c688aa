//! Why a file could not be read: what, where in the bytes, and in which field.

use super::model::NESTING_LIMIT;

/// The file could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} ({}at byte {offset})", In(path))]
pub struct ReadError {
    /// Where in the file the value starts that could not be read.
    pub offset: u64,
    /// The field, such as `operators[3].subtasks[0].managed_keyed.shared[12]`; empty for the file's frame.
    pub path: String,
    /// What is wrong.
    pub kind: ReadErrorKind,
}

impl ReadError {
    /// Whether a file that was cut short fails like this. Every cut before the properties block does; so do damaged
    /// lengths and counts.
    pub fn may_be_truncated(&self) -> bool {
        matches!(
            self.kind,
            ReadErrorKind::Empty
                | ReadErrorKind::UnexpectedEnd { .. }
                | ReadErrorKind::CountTooLarge { .. }
        )
    }
}

/// The field for people: `in a.b, ` or nothing.
struct In<'p>(&'p str);

impl std::fmt::Display for In<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        write!(f, "in {}, ", self.0)
    }
}

/// What is wrong with a file that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadErrorKind {
    /// There are no bytes.
    #[error("the metadata file is empty")]
    Empty,
    /// The first four bytes are not Flink's.
    #[error("not a Flink metadata file: it starts with {found:#010x} and not with 0x4960672d")]
    BadMagic {
        /// The first four bytes.
        found: u32,
    },
    /// A version that Flink itself gave up.
    #[error(
        "metadata version {version} was written by Flink 1.2 or before; Flink 1.11 and later refuse it too"
    )]
    TooOld {
        /// The file's version.
        version: i32,
    },
    /// A version that came later than this reader.
    #[error(
        "metadata version {version} is newer than this build knows ({})",
        super::model::NEWEST_VERSION
    )]
    TooNew {
        /// The file's version.
        version: i32,
    },
    /// The file ends inside a value.
    #[error("the file ends too early: {needed} more bytes are needed and {left} are left")]
    UnexpectedEnd {
        /// Bytes that the value takes.
        needed: u64,
        /// Bytes that are there.
        left: u64,
    },
    /// A tag that stands for nothing known here.
    #[error("unknown {space} tag {tag}")]
    UnknownTag {
        /// What the tag chooses among.
        space: TagSpace,
        /// The tag.
        tag: u8,
    },
    /// A count or length below zero where that has no meaning.
    #[error("negative count {count}")]
    NegativeCount {
        /// The count.
        count: i32,
    },
    /// More elements than the rest of the file could hold.
    #[error("a count of {count} cannot fit into the {left} bytes that are left")]
    CountTooLarge {
        /// The count.
        count: u64,
        /// Bytes left in the file.
        left: u64,
    },
    /// Handles inside handles beyond any that Flink writes.
    #[error("handles are nested more than {NESTING_LIMIT} deep")]
    NestingTooDeep,
    /// A string that Java would refuse.
    #[error("text is not modified UTF-8")]
    BadText,
    /// A number outside its range.
    #[error("{what} is {value}")]
    BadValue {
        /// What the number is, and what it should be.
        what: &'static str,
        /// The number.
        value: i64,
    },
    /// A missing handle where Flink needs one.
    #[error("a null handle where one is required")]
    MissingHandle,
    /// A record whose length disagrees with what is in it.
    #[error("{what} disagrees with its stored length")]
    BadLength {
        /// The record.
        what: &'static str,
    },
    /// A layout that current Flink cannot read either.
    #[error("{what} is not supported, by current Flink neither")]
    Unsupported {
        /// The layout.
        what: &'static str,
    },
}

/// The sets of tags in a metadata file. They share numbers, not meanings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TagSpace {
    /// Stream state handles.
    Stream,
    /// Where only inline bytes are allowed: an operator's coordinator.
    Coordinator,
    /// The stream of merged operator state, which must be a segment.
    MergedDelegate,
    /// Operator state handles.
    Operator,
    /// Keyed state handles.
    Keyed,
    /// The part of changelog state that is not materialized.
    ChangelogPart,
    /// Channel state handles in a list of input channels.
    InputChannel,
    /// Channel state handles in a list of result subpartitions.
    OutputChannel,
    /// How operator state is dealt out.
    DistributionMode,
}

impl std::fmt::Display for TagSpace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Stream => "stream state handle",
            Self::Coordinator => "coordinator state",
            Self::MergedDelegate => "merged operator state stream",
            Self::Operator => "operator state handle",
            Self::Keyed => "keyed state handle",
            Self::ChangelogPart => "changelog part",
            Self::InputChannel => "input channel state",
            Self::OutputChannel => "result subpartition state",
            Self::DistributionMode => "distribution mode",
        })
    }
}

/// Errors are boxed on their way up, so that results stay as small as what they carry.
pub(super) type Parse<T> = Result<T, Box<ReadError>>;

/// Names the field on the way up, so that naming costs nothing while reading goes well.
pub(super) trait Within {
    /// The failure was in this field.
    fn field(self, name: &str) -> Self;
    /// The failure was in this element of this field.
    fn element(self, name: &str, index: usize) -> Self;
}

impl<T> Within for Parse<T> {
    #[inline]
    fn field(self, name: &str) -> Self {
        match self {
            Err(error) => outer(error, name),
            value => value,
        }
    }

    #[inline]
    fn element(self, name: &str, index: usize) -> Self {
        match self {
            Err(error) => outer_element(error, name, index),
            value => value,
        }
    }
}

#[cold]
fn outer_element<T>(error: Box<ReadError>, name: &str, index: usize) -> Parse<T> {
    outer(error, &format!("{name}[{index}]"))
}

#[cold]
fn outer<T>(mut error: Box<ReadError>, name: &str) -> Parse<T> {
    if !error.path.is_empty() {
        error.path.insert(0, '.');
    }
    error.path.insert_str(0, name);
    Err(error)
}
