//! Flink's own interfaces: how jobs are started from a snapshot.

pub mod launch;
