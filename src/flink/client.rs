//! Requests and answers.

use crate::config::connection::Connection;

use super::error::FlinkError;

/// A client of one cluster. Cheap to clone; may be used from several threads at once.
#[derive(Debug, Clone)]
pub struct Client {}

impl Client {
    /// A client for a connection. Nothing is sent yet.
    ///
    /// # Errors
    /// When a certificate, password or token file cannot be used.
    pub fn new(_connection: &Connection) -> Result<Self, FlinkError> {
        todo!()
    }
}
