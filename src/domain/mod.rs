//! The words of the field as types: ids, places, sizes, times and the snapshot model.
//!
//! Nothing here does I/O, reads a clock or knows a screen. Every other room may use this one.

pub mod asked;
pub mod batch;
pub mod claim;
pub mod clock;
pub mod cluster;
pub mod content;
pub mod event;
pub mod heirs;
pub mod history;
pub mod hold;
pub mod id;
pub mod location;
pub mod looking;
pub mod mark;
pub mod plan;
pub mod policy;
pub mod series;
pub mod size;
pub mod snapshot;
pub mod space;
pub mod text;
pub mod time;
