//! From flags to the right to change something.

use std::io::Write;
use std::sync::Arc;

use jiff::Timestamp;

use crate::action::permission::Permission;
use crate::config::connection::Connection;
use crate::domain::cluster::{Cluster, ClusterId, Contact};
use crate::flink::client::Client;
use crate::flink::poll;

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

/// Asks each cluster once. One that does not answer is among them, as silent: what it would have said may matter.
///
/// # Errors
/// When standard error cannot be written, where failures are told.
pub fn ask(connections: &[Connection], err: &mut dyn Write) -> std::io::Result<Vec<Arc<Cluster>>> {
    let mut clusters = Vec::new();
    for (connection, id) in connections.iter().zip(0..) {
        let begun = Timestamp::now();
        let asked = Client::new(connection.clone())
            .and_then(|client| client.cluster(ClusterId(id), &Timestamp::now));
        clusters.push(Arc::new(match asked {
            Ok(cluster) => cluster,
            Err(error) => {
                let report = Report::from(error);
                writeln!(err, "{report}")?;
                Cluster {
                    contact: Contact::Silent {
                        since: begun,
                        last_answer: None,
                        reason: report.message,
                    },
                    ..poll::not_yet(ClusterId(id), connection)
                }
            }
        }));
    }
    Ok(clusters)
}

/// Whether a cluster answered.
pub fn answers(cluster: &Cluster) -> bool {
    matches!(cluster.contact, Contact::Answering { .. })
}
