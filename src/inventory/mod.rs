//! What exists below the roots, and what changes.

pub mod delta;
