//! What changes something: on a cluster, or beside the snapshots. Everything here asks for a
//! [`Permission`](permission::Permission) first.

pub mod permission;
