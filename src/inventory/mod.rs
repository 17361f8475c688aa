//! What exists below the roots, and what changes.
//!
//! [`discover`] finds directories, [`inspect`] looks into one, [`catalog`] keeps what was found and works out how it
//! relates, [`observe`] keeps looking. Nothing here assumes that the store is a local disk, but for [`native`].

pub mod around;
pub mod catalog;
pub mod census;
pub mod chronicle;
pub mod closely;
pub mod delta;
pub mod describe;
pub mod detail;
pub mod discover;
pub mod disposal;
pub mod doubts;
pub mod files;
pub mod happenings;
pub mod holds;
pub mod homes;
pub mod inspect;
pub mod layout;
pub mod leftovers;
pub mod lineage;
pub mod mapping;
pub mod marks;
pub mod mounts;
pub mod much;
pub mod named;
pub mod native;
pub mod observe;
pub mod opened;
pub mod orphans;
pub mod ours;
pub mod places;
pub mod presence;
pub mod reach;
pub mod record;
pub mod recorded;
pub mod relations;
pub mod resolve;
pub mod restarts;
pub mod retention;
pub mod scan;
pub mod sight;
pub mod together;
pub mod verify;
pub mod weigh;
pub mod whatif;
