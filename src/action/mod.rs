//! What changes something: on a cluster, or beside the snapshots. Everything here asks for a
//! [`Permission`](permission::Permission) first, but for the [`history`] of what was seen, which lies in the user's own
//! state directory, and for recordings.

pub mod apply;
pub mod batches;
mod cancel;
pub mod deletion;
mod folder;
mod half;
pub mod history;
pub mod hold;
pub mod mark;
mod needed;
pub mod operation;
pub mod permission;
pub mod purge;
mod refusal;
mod restart;
pub mod restarts;
pub mod resume;
pub mod saved;
mod snapshot;
pub mod surroundings;
pub mod torn;
pub mod trash;
pub mod trashed;
pub mod unfinished;
pub mod wait;
mod who;
