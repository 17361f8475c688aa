//! What can go wrong between us and a cluster.

use std::fmt;
use std::time::Duration;

/// A request that did not do what was asked. One line when shown: what was tried, on what, why it failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot {doing} at {at}: {kind}")]
pub struct FlinkError {
    /// What was tried: a verb and its object, such as `list the jobs`.
    pub doing: String,
    /// The cluster's URL.
    pub at: String,
    /// Why it failed.
    pub kind: FlinkErrorKind,
}

/// Why a request failed. All texts are safe to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FlinkErrorKind {
    /// No connection: nobody listens, the name is unknown, the network is away.
    Unreachable(String),
    /// The TLS handshake failed: an unknown authority, another host's certificate, a certificate of ours that is missing
    /// or not taken.
    Tls(String),
    /// No complete answer within this time.
    Timeout(Duration),
    /// It wants to know who we are, or does not let us: 401 or 403.
    Unauthorized(u16),
    /// What was asked about does not exist there: 404, with Flink's words.
    NotFound(String),
    /// Flink said no, with the status and the root cause in its words.
    Refused {
        /// The HTTP status.
        status: u16,
        /// The root cause.
        cause: String,
    },
    /// It sends us to another address, which is not followed.
    Redirected(String),
    /// The answer is longer than any that Flink gives.
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// The answer is none of Flink's: another server, a proxy's page, or JSON of another shape.
    NotFlink(String),
    /// Something on our side: a file with a certificate, a password or a token cannot be used.
    Setup(String),
}

impl FlinkError {
    /// Whether the request may well work a moment later.
    pub fn is_passing(&self) -> bool {
        match &self.kind {
            FlinkErrorKind::Unreachable(_) | FlinkErrorKind::Timeout(_) => true,
            FlinkErrorKind::Refused { status, .. } => matches!(status, 429 | 502 | 503 | 504),
            _ => false,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match &self.kind {
            FlinkErrorKind::Unreachable(_) => Some(
                "check the address, and that the JobManager runs and its REST port can be reached from here",
            ),
            FlinkErrorKind::Tls(_) => Some(
                "name the authority's certificate with --flink-ca, and your own with --flink-cert and --flink-key if it asks for one",
            ),
            FlinkErrorKind::Timeout(_) => {
                Some("it may be overloaded; try again, or allow more with --flink-timeout")
            }
            FlinkErrorKind::Unauthorized(_) => Some(
                "say who you are with --flink-token-file, or --flink-user and --flink-password-file",
            ),
            FlinkErrorKind::Redirected(_) => Some("name the address of the cluster itself"),
            FlinkErrorKind::TooLarge { .. } | FlinkErrorKind::NotFlink(_) => {
                Some("check that this is the address of a Flink JobManager's REST API")
            }
            FlinkErrorKind::NotFound(_)
            | FlinkErrorKind::Refused { .. }
            | FlinkErrorKind::Setup(_) => None,
        }
    }
}

impl fmt::Display for FlinkErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(why) => write!(f, "no connection ({why})"),
            Self::Tls(why) => write!(f, "no secure connection ({why})"),
            Self::Timeout(after) => write!(f, "no answer within {} s", after.as_secs_f64()),
            Self::Unauthorized(status) => write!(f, "it does not let us ({status})"),
            Self::NotFound(words) => f.write_str(words),
            Self::Refused { status, cause } => write!(f, "Flink says {status}: {cause}"),
            Self::Redirected(to) => write!(f, "it sends us elsewhere, to {to}"),
            Self::TooLarge { limit } => {
                write!(f, "its answer is longer than {limit} bytes")
            }
            Self::NotFlink(why) => write!(f, "its answer is none of Flink's ({why})"),
            Self::Setup(why) => f.write_str(why),
        }
    }
}
