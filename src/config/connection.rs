//! How to reach a cluster's REST API.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Everything that a client needs to know. It holds no secret: where to find one, at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// What to call the cluster: the context's name, else host and port.
    pub name: String,
    /// Where the REST API is: `http` or `https`, without user and password, without a slash at its end. A path is kept,
    /// for clusters behind a proxy.
    pub url: String,
    /// Who we are.
    pub credentials: Credentials,
    /// Certificates for `https`.
    pub tls: Tls,
    /// How long one request may take from beginning to end.
    pub timeout: Duration,
}

/// How long a request may take unless set.
pub const TIMEOUT: Duration = Duration::from_secs(10);

impl Connection {
    /// A connection to a URL with nothing else set.
    ///
    /// # Errors
    /// When the text is no URL of a REST API.
    pub fn to(url: &str) -> Result<Self, BadUrl> {
        let (name, url) = checked_url(url)?;
        Ok(Self {
            name,
            url,
            credentials: Credentials::None,
            tls: Tls::default(),
            timeout: TIMEOUT,
        })
    }
}

/// Who we are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Credentials {
    /// Nobody in particular.
    #[default]
    None,
    /// User and password, the password read from a file.
    Basic {
        /// The user.
        user: String,
        /// The first line of this file is the password.
        password_file: PathBuf,
    },
    /// A token: the first line of this file, read anew for each request.
    BearerFile(PathBuf),
    /// A token: the first line of what this program with its arguments prints, run anew for each request. No shell reads it.
    BearerCommand(Vec<String>),
}

/// Certificates.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tls {
    /// Certificates of authorities to trust instead of the system's, as PEM.
    pub ca_file: Option<PathBuf>,
    /// Our own certificate with its chain, as PEM.
    pub certificate_file: Option<PathBuf>,
    /// The key of our own certificate, as PEM; in the certificate's file when absent.
    pub key_file: Option<PathBuf>,
}

/// Why a text is not the URL of a REST API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadUrl {
    /// It does not start with `http://` or `https://`, or has no host.
    NotHttp(String),
    /// It holds user or password, which others can see in the process list and in logs.
    Credentials,
    /// It has a query or a fragment.
    Query(String),
}

impl fmt::Display for BadUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotHttp(text) => {
                write!(f, "`{text}` is not a URL such as http://jobmanager:8081")
            }
            Self::Credentials => f.write_str(
                "a URL must not hold user and password, since others can see it; set them in a context",
            ),
            Self::Query(text) => write!(
                f,
                "`{text}` has a query or a fragment, which the address of a REST API has not"
            ),
        }
    }
}

impl std::error::Error for BadUrl {}

/// Host and port for a name, and the URL without its trailing slash.
fn checked_url(text: &str) -> Result<(String, String), BadUrl> {
    let shown = || crate::domain::text::scrub(text).into_owned();
    let rest = text
        .strip_prefix("http://")
        .or_else(|| text.strip_prefix("https://"))
        .ok_or_else(|| BadUrl::NotHttp(shown()))?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if host.contains('@') {
        return Err(BadUrl::Credentials);
    }
    if text.contains(['?', '#']) {
        return Err(BadUrl::Query(shown()));
    }
    let odd = |c: char| c.is_whitespace() || !crate::domain::text::is_plain(c) || c == '\\';
    if host.is_empty() || host.starts_with(':') || text.chars().any(odd) {
        return Err(BadUrl::NotHttp(shown()));
    }
    Ok((host.to_owned(), text.trim_end_matches('/').to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_checked_before_use() {
        let connection = Connection::to("https://jm.example:8081/flink/").unwrap();
        assert_eq!(connection.name, "jm.example:8081");
        assert_eq!(connection.url, "https://jm.example:8081/flink");
        assert_eq!(
            Connection::to("http://me:secret@jm:8081"),
            Err(BadUrl::Credentials)
        );
        for wrong in ["jm:8081", "http://", "http://:80", "ftp://jm", "http://a b"] {
            assert!(
                matches!(Connection::to(wrong), Err(BadUrl::NotHttp(_))),
                "{wrong}"
            );
        }
        assert!(matches!(
            Connection::to("http://jm/?a=b"),
            Err(BadUrl::Query(_))
        ));
    }
}
