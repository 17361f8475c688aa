//! Requests to a cluster's REST API, and answers that are bounded in time and size.

use std::fmt;
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use reqwest::blocking::multipart::Form;
use reqwest::blocking::{Client as Http, RequestBuilder, Response};
use reqwest::header::{AUTHORIZATION, HeaderValue, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Identity};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::config::connection::{Connection, Credentials};
use crate::domain::text::scrub;

use super::cause;
use super::error::{FlinkError, FlinkErrorKind};
use super::token;

/// No answer of Flink's that we ask for is longer, by far.
const MOST_BYTES: u64 = 32 << 20;
/// The pauses before a read is tried again. Only reads are: what changes something must not happen twice.
const BACKOFF: [Duration; 2] = [Duration::from_millis(200), Duration::from_millis(600)];

/// A client of one cluster. It follows no redirect, uses no proxy and sends credentials nowhere else.
pub struct Client {
    http: Http,
    connection: Connection,
}

/// Shows the address alone.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Client").field(&self.connection.url).finish()
    }
}

impl Client {
    /// A client for a connection. Nothing is sent yet.
    ///
    /// # Errors
    /// When a file with a certificate or key cannot be used.
    pub fn new(connection: Connection) -> Result<Self, FlinkError> {
        let http = http(&connection)
            .map_err(|why| error(&connection, "get ready", FlinkErrorKind::Setup(why)))?;
        Ok(Self { http, connection })
    }

    /// How it reaches the cluster.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Reads a document, trying again when the cluster is busy or away for a moment.
    pub(super) fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        doing: &str,
    ) -> Result<T, FlinkError> {
        let mut pauses = BACKOFF.iter();
        loop {
            let error = match self.get_once(path, doing) {
                Ok(document) => return Ok(document),
                Err(error) => error,
            };
            match pauses.next() {
                Some(pause) if error.is_passing() => thread::sleep(*pause),
                _ => return Err(error),
            }
        }
    }

    fn get_once<T: DeserializeOwned>(&self, path: &str, doing: &str) -> Result<T, FlinkError> {
        self.exchange(doing, self.connection.timeout, self.http.get(self.to(path)))
    }

    /// Sends a document, once: what changes something must not happen twice.
    pub(super) fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        document: &impl Serialize,
        doing: &str,
    ) -> Result<T, FlinkError> {
        self.post_within(path, document, self.connection.timeout, doing)
    }

    /// The same for what may take longer than others, or has less time.
    pub(super) fn post_within<T: DeserializeOwned>(
        &self,
        path: &str,
        document: &impl Serialize,
        limit: Duration,
        doing: &str,
    ) -> Result<T, FlinkError> {
        let request = self.http.post(self.to(path)).json(document);
        self.exchange(doing, limit, request.timeout(limit))
    }

    /// Changes a thing as its address says, once.
    pub(super) fn patch<T: DeserializeOwned>(
        &self,
        path: &str,
        doing: &str,
    ) -> Result<T, FlinkError> {
        self.exchange(
            doing,
            self.connection.timeout,
            self.http.patch(self.to(path)),
        )
    }

    /// Deletes a thing, once.
    pub(super) fn delete<T: DeserializeOwned>(
        &self,
        path: &str,
        doing: &str,
    ) -> Result<T, FlinkError> {
        let request = self.http.delete(self.to(path));
        self.exchange(doing, self.connection.timeout, request)
    }

    /// Sends a file as a part of a form, once, for at most this long.
    pub(super) fn send_file<T: DeserializeOwned>(
        &self,
        path: &str,
        part: &'static str,
        file: &Path,
        limit: Duration,
        doing: &str,
    ) -> Result<T, FlinkError> {
        let form = Form::new().file(part, file).map_err(|why| {
            let why = format!("cannot read {}: {why}", file.display());
            error(
                &self.connection,
                doing,
                FlinkErrorKind::Setup(scrub(&why).into_owned()),
            )
        })?;
        let request = self.http.post(self.to(path)).multipart(form).timeout(limit);
        self.exchange(doing, limit, request)
    }

    fn to(&self, path: &str) -> String {
        format!("{}{path}", self.connection.url)
    }

    /// One request and its answer, within a limit.
    fn exchange<T: DeserializeOwned>(
        &self,
        doing: &str,
        limit: Duration,
        mut request: RequestBuilder,
    ) -> Result<T, FlinkError> {
        let deadline = Instant::now() + limit;
        let fail = |kind| error(&self.connection, doing, kind);
        if let Some(value) = authorization(&self.connection.credentials, self.connection.timeout)
            .map_err(|why| fail(FlinkErrorKind::Setup(why)))?
        {
            request = request.header(AUTHORIZATION, value);
        }
        let response = request
            .send()
            .map_err(|why| fail(sending_failed(&why, limit)))?;
        let status = response.status();
        if status.is_redirection() {
            let to = response.headers().get(LOCATION);
            let to = to.map_or(&b"nowhere"[..], HeaderValue::as_bytes);
            return Err(fail(FlinkErrorKind::Redirected(
                scrub(&String::from_utf8_lossy(to)).into_owned(),
            )));
        }
        let body = body(response, deadline, limit).map_err(fail)?;
        answer(status, &body).map_err(fail)
    }
}

/// The whole body, however slowly it drips, until the time is up.
fn body(
    mut response: Response,
    deadline: Instant,
    limit: Duration,
) -> Result<Vec<u8>, FlinkErrorKind> {
    let mut body = Vec::new();
    let mut part = vec![0; 1 << 16];
    loop {
        let read = response.read(&mut part).map_err(|why| {
            if why.kind() == std::io::ErrorKind::TimedOut || Instant::now() >= deadline {
                FlinkErrorKind::Timeout(limit)
            } else {
                FlinkErrorKind::Unreachable("the answer broke off".to_owned())
            }
        })?;
        if read == 0 {
            return Ok(body);
        }
        body.extend_from_slice(&part[..read]);
        if body.len() as u64 > MOST_BYTES {
            return Err(FlinkErrorKind::TooLarge { limit: MOST_BYTES });
        }
        if Instant::now() >= deadline {
            return Err(FlinkErrorKind::Timeout(limit));
        }
    }
}

fn sending_failed(why: &reqwest::Error, limit: Duration) -> FlinkErrorKind {
    if why.is_timeout() {
        return FlinkErrorKind::Timeout(limit);
    }
    let text = deepest(why);
    let tls = ["certificate", "tls", "handshake", "Certificate"];
    if tls.iter().any(|word| text.contains(word)) {
        FlinkErrorKind::Tls(text)
    } else if why.is_connect() {
        FlinkErrorKind::Unreachable(text)
    } else {
        FlinkErrorKind::Unreachable(format!("the connection broke off: {text}"))
    }
}

fn error(connection: &Connection, doing: &str, kind: FlinkErrorKind) -> FlinkError {
    FlinkError {
        doing: doing.to_owned(),
        at: scrub(&connection.url).into_owned(),
        kind,
    }
}

/// What a chain of errors says at its end, where the reason is.
fn deepest(error: &(dyn std::error::Error + 'static)) -> String {
    let mut last = error;
    while let Some(next) = last.source() {
        last = next;
    }
    scrub(&last.to_string()).into_owned()
}

fn http(connection: &Connection) -> Result<Http, String> {
    // It only fails when there is one already, which then is the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Http::builder()
        .no_proxy()
        .redirect(Policy::none())
        .timeout(connection.timeout)
        .connect_timeout(connection.timeout);
    if let Some(file) = &connection.tls.ca_file {
        let authorities = Certificate::from_pem_bundle(&read(file)?)
            .map_err(|why| unusable(file, "certificates", &why))?;
        if authorities.is_empty() {
            return Err(format!("{} holds no certificate", file.display()));
        }
        builder = builder.tls_certs_only(authorities);
    }
    if let Some(file) = &connection.tls.certificate_file {
        let mut pem = read(file)?;
        if let Some(key) = &connection.tls.key_file {
            pem.push(b'\n');
            pem.extend(read(key)?);
        }
        let identity = Identity::from_pem(&pem)
            .map_err(|why| unusable(file, "a certificate with its key", &why))?;
        builder = builder.identity(identity);
    }
    builder.build().map_err(|why| deepest(&why))
}

fn unusable(file: &Path, what: &str, why: &reqwest::Error) -> String {
    format!(
        "{} does not hold {what} as PEM ({})",
        file.display(),
        deepest(why)
    )
}

fn read(file: &Path) -> Result<Vec<u8>, String> {
    fs::read(file).map_err(|why| format!("cannot read {}: {why}", file.display()))
}

/// Files are read anew for each request, so that a token that was renewed is used at once.
fn authorization(
    credentials: &Credentials,
    patience: Duration,
) -> Result<Option<HeaderValue>, String> {
    let secret = |file: &Path| {
        let bytes = read(file)?;
        let text = String::from_utf8(bytes)
            .map_err(|_| format!("{} does not hold text", file.display()))?;
        Ok::<_, String>(text.lines().next().unwrap_or_default().trim().to_owned())
    };
    let text = match credentials {
        Credentials::None => return Ok(None),
        Credentials::Basic {
            user,
            password_file,
        } => {
            use base64::Engine as _;
            let both = format!("{user}:{}", secret(password_file)?);
            let encoded = base64::engine::general_purpose::STANDARD.encode(both);
            format!("Basic {encoded}")
        }
        Credentials::BearerFile(file) => format!("Bearer {}", secret(file)?),
        Credentials::BearerCommand(command) => {
            format!("Bearer {}", token::of_program(command, patience)?)
        }
    };
    let mut value = HeaderValue::from_str(&text)
        .map_err(|_| "the credentials hold characters that no header can".to_owned())?;
    value.set_sensitive(true);
    Ok(Some(value))
}

/// Makes a document of an answer, or says what is wrong with it.
fn answer<T: DeserializeOwned>(status: StatusCode, body: &[u8]) -> Result<T, FlinkErrorKind> {
    if status.is_success() {
        return serde_json::from_slice(body).map_err(|why| {
            let start = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
            FlinkErrorKind::NotFlink(match body {
                [] => "it is empty".to_owned(),
                _ if why.is_data() => scrub(&format!("JSON of another shape: {why}")).into_owned(),
                _ => format!("no JSON; it starts with `{}`", scrub(&start)),
            })
        });
    }
    let words = cause::of_answer(body);
    Err(match (status.as_u16(), words) {
        (status @ (401 | 403), _) => FlinkErrorKind::Unauthorized(status),
        (404, Some(words)) => FlinkErrorKind::NotFound(words),
        (404, None) => FlinkErrorKind::NotFlink("404, without a word of Flink's".to_owned()),
        (status, Some(cause)) => FlinkErrorKind::Refused { status, cause },
        (status, None) => FlinkErrorKind::Refused {
            status,
            cause: "nothing that Flink would say".to_owned(),
        },
    })
}
