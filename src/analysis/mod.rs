//! What a snapshot means: pure functions from metadata, places and times to kinds, fates, sizes and sentences.

pub mod backend;
pub mod began;
pub mod beside;
pub mod check;
pub mod claim;
pub mod content;
pub mod disposal;
pub mod document;
pub mod ending;
pub mod explain;
pub mod facts;
pub mod fate;
pub mod forks;
pub mod guard;
pub mod heirs;
pub mod kind;
pub mod latest;
pub mod marked;
pub mod moving;
pub mod order;
pub mod origin;
pub mod orphans;
pub mod overlay;
pub mod ownership;
pub mod policy;
pub mod preflight;
pub mod references;
pub mod rescale;
pub mod retained;
pub mod sections;
pub mod space;
pub mod timeline;
pub mod underway;
pub mod vanished;
pub mod whatif;

#[cfg(test)]
mod sample;
