//! What changes something: on a cluster, or beside the snapshots. Everything here asks for a
//! [`Permission`](permission::Permission) first.

pub mod apply;
pub mod batches;
mod cancel;
pub mod deletion;
mod folder;
mod half;
pub mod hold;
pub mod mark;
pub mod operation;
pub mod permission;
mod refusal;
mod restart;
pub mod restarts;
pub mod resume;
pub mod saved;
mod snapshot;
pub mod trash;
pub mod wait;
