//! Flink's own interfaces: its REST API, and how jobs are started from a snapshot.

mod cause;
pub mod client;
pub mod error;
pub mod launch;
pub mod read;
mod wire;
