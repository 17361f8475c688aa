//! Flink's own interfaces: its REST API, and how jobs are started from a snapshot.

mod cause;
pub mod client;
pub mod discover;
pub mod error;
pub mod launch;
pub mod operate;
pub mod poll;
pub mod read;
mod token;
mod wire;
