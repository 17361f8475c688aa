//! Flink's `_metadata` file: bytes in, model out, and back.
//!
//! Versions 1 to 7 of the format, written by Flink 1.2 to 2.3 and, for version 7, by its main branch. The model
//! borrows from the bytes it was read from, so that a file of many megabytes costs little more than itself. No I/O
//! happens here, and hostile input leads to an error, never to a panic or to memory beyond a small multiple of its size.

pub mod model;
pub mod text;
