//! What a snapshot means: pure functions from metadata, places and times to kinds, fates, sizes and sentences.

pub mod document;
pub mod latest;
pub mod order;
