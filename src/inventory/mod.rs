//! What exists below the roots, and what changes.

pub mod delta;
pub mod discover;
pub mod files;
pub mod layout;
pub mod lineage;
pub mod mapping;
