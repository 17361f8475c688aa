//! Flink's `_metadata` file: bytes in, model out, and back.
//!
//! Versions 2 to 7 of the format, written by Flink 1.3 to 2.3 and, for version 7, by its main branch. The model
//! borrows from the bytes it was read from, so that a file of many megabytes costs little more than itself. No I/O
//! happens here, and hostile input leads to an error, never to a panic or to memory beyond a small multiple of its size.
//!
//! [`read()`] makes a [`model::Metadata`] of bytes, [`write()`] makes bytes of it, [`walk`] visits its handles and
//! [`sizes`] adds them up as Flink does.

mod class;
pub mod error;
mod java;
pub mod model;
mod properties;
mod read;
pub mod sizes;
pub mod text;
pub mod walk;
mod write;

pub use class::ChannelDirection;
pub use error::{ReadError, ReadErrorKind};
pub use read::read;
pub use write::{WriteError, WriteErrorKind, write};

/// The first four bytes of every metadata file.
const MAGIC: u32 = 0x4960_672d;

/// The first four bytes of every master state.
const MASTER_STATE_MAGIC: u32 = 0xc96b_1696;

/// The tags that the file puts before a handle. Stream, operator and keyed handles share one sequence of numbers.
mod tag {
    pub(super) const NULL: u8 = 0;
    pub(super) const INLINE: u8 = 1;
    pub(super) const FILE: u8 = 2;
    pub(super) const KEY_GROUPS: u8 = 3;
    pub(super) const OPERATOR: u8 = 4;
    pub(super) const INCREMENTAL: u8 = 5;
    pub(super) const RELATIVE_FILE: u8 = 6;
    pub(super) const SAVEPOINT_KEY_GROUPS: u8 = 7;
    pub(super) const CHANGELOG: u8 = 8;
    pub(super) const CHANGELOG_INLINE: u8 = 9;
    pub(super) const CHANGELOG_FILES: u8 = 10;
    pub(super) const INCREMENTAL_V2: u8 = 11;
    pub(super) const KEY_GROUPS_V2: u8 = 12;
    pub(super) const CHANGELOG_FILES_V2: u8 = 13;
    pub(super) const CHANGELOG_V2: u8 = 14;
    pub(super) const SEGMENT: u8 = 15;
    pub(super) const EMPTY_SEGMENT: u8 = 16;
    pub(super) const FILE_MERGING_OPERATOR: u8 = 17;
}

/// The tags of channel state, from version 6 on.
mod channel_tag {
    pub(super) const INPUT: u8 = 1;
    pub(super) const OUTPUT: u8 = 2;
    pub(super) const MERGED_INPUT: u8 = 3;
    pub(super) const MERGED_OUTPUT: u8 = 4;
}
