//! A server of our own on loopback that answers as a test wants: with Flink's documents, or as no Flink would.

use std::io::{BufRead as _, BufReader};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What a test gets to see of a request: its first line and its headers.
pub(crate) type Seen = Arc<Mutex<Vec<String>>>;

/// A request as the server got it.
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) body: String,
}

/// Writes the answer to a request.
type Answer = dyn Fn(&Request, &mut dyn std::io::Write) + Send + Sync;

/// A server that runs until the test process ends.
pub(crate) struct Server {
    pub(crate) url: String,
    pub(crate) seen: Seen,
}

impl Server {
    /// Answers over plain HTTP.
    pub(crate) fn start(
        answer: impl Fn(&str, &mut dyn std::io::Write) + Send + Sync + 'static,
    ) -> Self {
        Self::start_scripted(move |request, out| answer(&request.path, out))
    }

    /// Answers over plain HTTP by method, path and body.
    pub(crate) fn start_scripted(
        answer: impl Fn(&Request, &mut dyn std::io::Write) + Send + Sync + 'static,
    ) -> Self {
        Self::listen("http", answer, |stream, serve| serve(&mut Plain(stream)))
    }

    /// Answers over TLS with this configuration.
    pub(crate) fn start_tls(
        config: Arc<rustls::ServerConfig>,
        answer: impl Fn(&str, &mut dyn std::io::Write) + Send + Sync + 'static,
    ) -> Self {
        let answer =
            move |request: &Request, out: &mut dyn std::io::Write| answer(&request.path, out);
        Self::listen("https", answer, move |stream, serve| {
            let Ok(session) = rustls::ServerConnection::new(config.clone()) else {
                return;
            };
            serve(&mut rustls::StreamOwned::new(session, stream));
        })
    }

    fn listen(
        scheme: &str,
        answer: impl Fn(&Request, &mut dyn std::io::Write) + Send + Sync + 'static,
        dress: impl Fn(TcpStream, &mut dyn FnMut(&mut dyn ReadWrite)) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Seen::default();
        let (noted, answer): (Seen, Arc<Answer>) = (seen.clone(), Arc::new(answer));
        let dress = Arc::new(dress);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (noted, answer, dress) = (noted.clone(), answer.clone(), dress.clone());
                thread::spawn(move || {
                    dress(stream, &mut |io| serve(io, &noted, &*answer));
                });
            }
        });
        Self {
            url: format!("{scheme}://localhost:{port}"),
            seen,
        }
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

/// Both directions of a connection.
trait ReadWrite: std::io::Read + std::io::Write {}
impl<T: std::io::Read + std::io::Write> ReadWrite for T {}

struct Plain(TcpStream);

impl std::io::Read for Plain {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(buffer)
    }
}

impl std::io::Write for Plain {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

/// One request a connection: its head is noted, then it is answered. A body is read to its end.
fn serve(io: &mut dyn ReadWrite, seen: &Seen, answer: &Answer) {
    let mut head = String::new();
    let mut reader = BufReader::with_capacity(1, &mut *io);
    while reader.read_line(&mut head).is_ok_and(|read| read > 2) {}
    let mut words = head.split(' ').map(str::to_owned);
    let (Some(method), Some(path)) = (words.next(), words.next()) else {
        return;
    };
    let length = head
        .lines()
        .find_map(|line| {
            line.to_ascii_lowercase()
                .strip_prefix("content-length:")?
                .trim()
                .parse()
                .ok()
        })
        .unwrap_or(0);
    let mut body = vec![0; length];
    if std::io::Read::read_exact(&mut reader, &mut body).is_err() {
        return;
    }
    drop(reader);
    seen.lock().unwrap().push(head);
    let request = Request {
        method,
        path,
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    answer(&request, io);
    let _ = io.flush();
}

/// A whole answer, after which the connection ends.
pub(crate) fn reply(out: &mut dyn std::io::Write, status: &str, body: &str) {
    let _ = write!(
        out,
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
}
