//! What clusters are asked for.

use std::thread;
use std::time::Duration;

use super::Runtime;
use crate::action::operation::{self, OperationError};
use crate::action::permission::ReadOnly;
use crate::app::message::Message;
use crate::app::operations::{News, OperationId};
use crate::domain::cluster::ClusterId;
use crate::flink::client::Client;

/// For so long an operation is followed; it may go on at the cluster.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(600);

impl Runtime {
    /// Carries out what a cluster is asked for, in a thread of its own.
    pub(super) fn operate(&self, id: OperationId, cluster: ClusterId, request: operation::Request) {
        let inbox = self.inbox.clone();
        let ended = move |result| {
            let _ = inbox.send(Message::Operation {
                id,
                news: News::Ended(result),
            });
        };
        let known = self.clusters.iter().find(|it| it.id == cluster);
        let (Some(permission), Some(known)) = (self.permission, known) else {
            let refusal = ReadOnly.to_string();
            ended(Err(OperationError::refused(refusal)));
            return;
        };
        let (connection, stopped, inbox) = (
            known.connection.clone(),
            self.stopped.clone(),
            self.inbox.clone(),
        );
        let not_started = ended.clone();
        let started = thread::Builder::new()
            .name("operation".to_owned())
            .spawn(move || {
                let mut tell = |step| {
                    let _ = inbox.send(Message::Operation {
                        id,
                        news: News::Step(step),
                    });
                };
                let result = Client::new(connection)
                    .map_err(|error| OperationError::refused(error.to_string()))
                    .and_then(|client| {
                        operation::run(
                            permission,
                            &client,
                            &request,
                            OPERATION_TIMEOUT,
                            &stopped,
                            &mut tell,
                        )
                    });
                ended(result);
            });
        if let Err(error) = started {
            not_started(Err(OperationError::refused(error.to_string())));
        }
    }
}
