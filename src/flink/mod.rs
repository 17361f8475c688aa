//! Flink's own interfaces: its REST API, and how jobs are started from a snapshot.

pub mod error;
pub mod launch;
