//! What exists below the roots, and what changes.

pub mod catalog;
pub mod delta;
pub mod describe;
pub mod detail;
pub mod discover;
pub mod files;
pub mod inspect;
pub mod layout;
pub mod lineage;
pub mod mapping;
pub mod native;
pub mod observe;
pub mod presence;
pub mod record;
pub mod resolve;
pub mod scan;
pub mod verify;
pub mod weigh;
