//! From flags to clusters, and to the right to change something.

use std::sync::Arc;

use jiff::Timestamp;

use crate::action::permission::Permission;

use crate::domain::cluster::{Cluster, ClusterId};
use crate::flink::poll::Poller;

use super::args::Connect;
use super::report::Report;

/// The right to change something.
///
/// # Errors
/// When nothing gives it.
pub fn permission(flags: &Connect) -> Result<Permission, Report> {
    permission_of(flags.write)
}

/// The same for commands that need no cluster.
///
/// # Errors
/// When nothing gives it.
pub fn permission_of(write: bool) -> Result<Permission, Report> {
    Ok(Permission::given(write)?)
}

/// What the clusters say of their jobs. One that does not answer is silent, which is something to know, too.
pub fn clusters(flags: &Connect) -> Vec<Arc<Cluster>> {
    let connections = flags.clusters.iter().zip(0..);
    connections
        .map(|(connection, id)| {
            Arc::new(Poller::new(ClusterId(id), connection).poll(&Timestamp::now))
        })
        .collect()
}
