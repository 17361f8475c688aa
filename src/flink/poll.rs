//! Asking one cluster again and again, and keeping what it said when it falls silent.

use std::time::Duration;

use jiff::Timestamp;

use crate::config::connection::Connection;
use crate::domain::cluster::{Cluster, ClusterId, Contact};
use crate::domain::text::scrub;

use super::client::Client;
use super::error::FlinkError;

/// While a snapshot is under way.
const BUSY: Duration = Duration::from_secs(1);
/// While a job runs: as often as Flink renews its answers (`web.refresh-interval`, 3 s unless set).
const RUNNING: Duration = Duration::from_secs(3);
/// While nothing runs.
const IDLE: Duration = Duration::from_secs(5);
/// While there is no answer: the first pause, which doubles,
const SILENT: Duration = Duration::from_secs(1);
/// up to this one.
const SILENT_LIMIT: Duration = Duration::from_secs(15);

/// Keeps asking one cluster.
#[derive(Debug)]
pub struct Poller {
    client: Result<Client, FlinkError>,
    known: Cluster,
    /// Attempts without an answer since the last one.
    failures: u32,
}

impl Poller {
    /// A poller that has not asked yet. A connection that cannot be set up is told at the first poll.
    pub fn new(id: ClusterId, connection: &Connection) -> Self {
        Self {
            client: Client::new(connection.clone()),
            known: not_yet(id, connection),
            failures: 0,
        }
    }

    /// Asks the cluster, and returns what is known of it now: when it does not answer, what it last said, with the
    /// contact saying so. Blocks for as long as the connection's timeouts allow.
    pub fn poll(&mut self, clock: &dyn Fn() -> Timestamp) -> Cluster {
        let began = clock();
        let asked = match &self.client {
            Ok(client) => client.look_again(&self.known, clock),
            Err(error) => Err(error.clone()),
        };
        match asked {
            Ok(cluster) => {
                self.known = cluster;
                self.failures = 0;
            }
            Err(error) => {
                self.failures = self.failures.saturating_add(1);
                let since = match &self.known.contact {
                    Contact::Silent { since, .. } => *since,
                    _ => began,
                };
                self.known.contact = Contact::Silent {
                    since,
                    last_answer: self.known.contact.answered_at(),
                    reason: scrub(&error.to_string()).into_owned(),
                };
            }
        }
        self.known.clone()
    }

    /// How long to wait before asking again.
    pub fn pause(&self) -> Duration {
        if self.failures > 0 {
            let doubled = SILENT.saturating_mul(1 << (self.failures - 1).min(5));
            return doubled.min(SILENT_LIMIT);
        }
        let mut running = self.known.jobs.iter().filter(|job| !job.state.is_over());
        match running.clone().count() {
            0 => IDLE,
            _ if running.any(|job| job.pending().next().is_some()) => BUSY,
            _ => RUNNING,
        }
    }
}

/// A cluster that was not asked yet.
pub fn not_yet(id: ClusterId, connection: &Connection) -> Cluster {
    Cluster {
        id,
        name: scrub(&connection.name).into_owned(),
        url: scrub(&connection.url).into_owned(),
        contact: Contact::NotYet,
        version: None,
        jobs: Vec::new(),
        slots: None,
        settings: None,
    }
}
