//! `stateward jobs` against servers that answer as Flink does, and as it never would.

use std::fs;
use std::path::Path;
use std::process::Output;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::Value;

use crate::server::{Server, reply};

const JOB: &str = "96ed4fab8085f2d4779ee2b55c37bda9";

/// What a Flink 2.3 says of one job; `/exceptions` and the metric are absent.
fn flink(path: &str) -> Option<&'static str> {
    Some(
        match path
            .strip_prefix("/jobs/96ed4fab8085f2d4779ee2b55c37bda9")
            .unwrap_or(path)
        {
            "/config" => r#"{"flink-version":"2.3.0","new-field":1}"#,
            "/jobs/overview" => {
                r#"{"jobs":[{"jid":"96ed4fab8085f2d4779ee2b55c37bda9","name":"fraud\u001b[2J","state":"RUNNING","start-time":1795339218611,"end-time":-1},{"jid":5}]}"#
            }
            "" => {
                r#"{"jid":"96ed4fab8085f2d4779ee2b55c37bda9","name":"fraud\u001b[2J","state":"RUNNING","start-time":1795339218611,"end-time":-1,"vertices":[{"id":"5900d2cb0a81c830ac5f9c198a565783","name":"Source","parallelism":3,"maxParallelism":128,"status":"RUNNING"}]}"#
            }
            "/checkpoints" => {
                r#"{"counts":{"restored":0,"total":3,"in_progress":1,"completed":1,"failed":1},"summary":{"state_size":{"p50":"NaN"}},"latest":{"restored":null},"history":[{"@class":"in_progress","id":3,"status":"IN_PROGRESS","is_savepoint":true,"trigger_timestamp":1795339224693,"num_subtasks":3,"num_acknowledged_subtasks":0},{"className":"failed","id":2,"status":"FAILED","failure_timestamp":1795339224000,"failure_message":"Checkpoint expired before completing.","end_to_end_duration":-1},{"className":"completed","id":1,"status":"COMPLETED","checkpoint_type":"UNALIGNED_CHECKPOINT","checkpointed_size":100,"state_size":1026540,"end_to_end_duration":49,"num_subtasks":3,"num_acknowledged_subtasks":3,"external_path":"file:/c/96ed4fab8085f2d4779ee2b55c37bda9/chk-1","discarded":true}]}"#
            }
            "/checkpoints/details/3" => {
                r#"{"id":3,"status":"IN_PROGRESS","is_savepoint":true,"num_subtasks":3,"num_acknowledged_subtasks":2,"tasks":{"5900d2cb0a81c830ac5f9c198a565783":{"num_subtasks":3,"num_acknowledged_subtasks":2,"latest_ack_timestamp":-1}}}"#
            }
            "/checkpoints/config" => {
                r#"{"mode":"exactly_once","interval":9223372036854775807,"timeout":600000,"externalization":{"enabled":true,"delete_on_cancellation":false}}"#
            }
            _ => return None,
        },
    )
}

fn like_flink(path: &str, out: &mut dyn std::io::Write) {
    match flink(path) {
        Some(body) => reply(out, "200 OK", body),
        None => reply(out, "404 Not Found", r#"{"errors":["Not found."]}"#),
    }
}

fn jobs(url: &str, more: &[&str]) -> Output {
    crate::program::stateward()
        .args(["jobs", "--flink", url])
        .args(more)
        // Were it asked, it would lead nowhere.
        .env("http_proxy", "http://127.0.0.1:9")
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[track_caller]
fn fails(url: &str, more: &[&str], words: &str) {
    let output = jobs(url, more);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(5), "{said}");
    assert!(said.contains(words), "`{words}` is not in: {said}");
    assert!(said.contains(url), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(output.stdout.is_empty());
}

#[test]
fn a_job_is_told_as_flink_tells_it() {
    let server = Server::start(like_flink);
    let output = jobs(&server.url, &["96ed", "--json"]);
    let value: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|why| panic!("{why}: {}", said(&output)));
    assert_eq!(value["cluster"]["flink_version"], "2.3.0");
    let job = &value["job"];
    assert_eq!(job["id"], JOB);
    assert_eq!(
        job["name"], "fraud\\x1b[2J",
        "nothing that steers a terminal"
    );
    assert_eq!(
        (&job["state"], &job["parallelism"]),
        (&"RUNNING".into(), &3.into())
    );
    assert_eq!(job["counts"]["failed"], 1);
    assert_eq!(job["checkpointing"]["interval_ms"], Value::Null, "never");
    assert_eq!(job["checkpointing"]["retention"], "RETAIN_ON_CANCELLATION");
    assert_eq!(job["restarts"], Value::Null, "not known is not zero");
    let checkpoints = &job["checkpoints"];
    assert_eq!(checkpoints[0]["status"], "in_progress");
    assert_eq!(checkpoints[0]["acknowledged"], 2, "from the details");
    assert_eq!(checkpoints[0]["tasks"][0]["acknowledged"], 2);
    assert_eq!(
        checkpoints[1]["failure"]["cause"],
        "Checkpoint expired before completing."
    );
    assert_eq!(checkpoints[2]["discarded"], true);
    assert_eq!(checkpoints[2]["unaligned"], true);
    assert_eq!(checkpoints[2]["state"], 1_026_540);

    let table = String::from_utf8(jobs(&server.url, &[]).stdout).unwrap();
    assert!(table.contains("savepoint 3: 2 of 3"), "{table}");
    assert_eq!(jobs(&server.url, &["nosuch"]).status.code(), Some(1));
}

#[test]
fn counts_that_cannot_be_read_are_not_zero() {
    let server = Server::start(|path, out| {
        if path.ends_with("/checkpoints") {
            reply(out, "500 Internal Server Error", r#"{"errors":["x"]}"#);
        } else {
            like_flink(path, out);
        }
    });
    let output = jobs(&server.url, &["--json"]);
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value["clusters"][0]["jobs"][0]["counts"], Value::Null);
}

#[test]
fn what_is_no_flink_is_told_from_one() {
    let answering = |status: &'static str, body: &'static str| {
        Server::start(move |_, out| reply(out, status, body)).url
    };
    fails(
        &answering("200 OK", "<html>\u{1b}"),
        &[],
        "no JSON; it starts with `<html>\\x1b`",
    );
    fails(&answering("200 OK", ""), &[], "it is empty");
    fails(&answering("200 OK", "{}"), &[], "JSON of another shape");
    fails(
        &answering("404 Not Found", "nginx"),
        &[],
        "404, without a word of Flink's",
    );
    fails(
        &answering("403 Forbidden", ""),
        &[],
        "it does not let us (403)",
    );
    let torn = Server::start(|_, out| {
        let _ = out.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"fl");
    });
    fails(&torn.url, &[], "the answer broke off");
    let endless = Server::start(|_, out| {
        let _ = out.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
        let blank = vec![b' '; 1 << 16];
        while out.write_all(&blank).is_ok() {}
    });
    fails(&endless.url, &[], "longer than 33554432 bytes");
}

#[test]
fn nobody_there_is_said() {
    fails("http://127.0.0.1:9", &[], "no connection");
}

#[test]
fn a_server_that_drips_is_left_in_time() {
    let server = Server::start(|_, out| {
        let _ = out.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
        // Faster than any timeout between two bytes, and for ever.
        let mut last = Instant::now();
        loop {
            if last.elapsed() > Duration::from_millis(50) {
                last = Instant::now();
                if out.write_all(b" ").and_then(|()| out.flush()).is_err() {
                    return;
                }
            }
            std::thread::yield_now();
        }
    });
    fails(
        &server.url,
        &["--flink-timeout", "200ms"],
        "no answer within 0.2 s",
    );
}

#[test]
fn a_read_is_tried_again_when_the_cluster_is_busy() {
    let busy = std::sync::atomic::AtomicUsize::new(2);
    let server = Server::start(move |path, out| {
        use std::sync::atomic::Ordering::Relaxed;
        if busy
            .fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1))
            .is_ok()
        {
            reply(out, "503 Service Unavailable", r#"{"errors":["not yet"]}"#);
        } else {
            like_flink(path, out);
        }
    });
    assert_eq!(jobs(&server.url, &[]).status.code(), Some(0));
    let first = |head: &String| head.starts_with("GET /config ");
    assert_eq!(
        server.requests().iter().filter(|head| first(head)).count(),
        3
    );
}

#[test]
fn no_redirect_is_followed_and_no_secret_leaks() {
    let other = Server::start(like_flink);
    let to = format!("{}/config", other.url);
    let server = Server::start(move |_, out| {
        let _ = write!(
            out,
            "HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n"
        );
    });
    let directory = tempfile::tempdir().unwrap();
    let token = directory.path().join("token");
    fs::write(&token, "hush\n").unwrap();
    let token = token.to_str().unwrap();
    fails(
        &server.url,
        &["--flink-token-file", token],
        "it sends us elsewhere",
    );
    assert!(server.requests()[0].contains("authorization: Bearer hush\r\n"));
    assert!(other.requests().is_empty());
    let output = jobs("http://me:hush@127.0.0.1:9", &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(!said(&output).contains("hush"));
}

#[test]
fn user_and_password_are_sent_as_asked() {
    let server = Server::start(like_flink);
    let directory = tempfile::tempdir().unwrap();
    let password = directory.path().join("password");
    fs::write(&password, "sesame\n").unwrap();
    let password = password.to_str().unwrap();
    let output = jobs(
        &server.url,
        &["--flink-user", "ali", "--flink-password-file", password],
    );
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(server.requests()[0].contains("authorization: Basic YWxpOnNlc2FtZQ==\r\n"));
    let output = jobs(
        &server.url,
        &["--flink-user", "ali", "--flink-password-file", "/nosuch"],
    );
    assert_eq!(output.status.code(), Some(3));
    assert!(said(&output).contains("cannot read /nosuch"));
}

#[test]
fn one_silent_cluster_does_not_hide_the_other() {
    let server = Server::start(like_flink);
    let output = jobs(&server.url, &["--flink", "http://127.0.0.1:9", "--json"]);
    assert_eq!(output.status.code(), Some(5));
    assert!(said(&output).contains("http://127.0.0.1:9"));
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value["clusters"][0]["jobs"][0]["id"], JOB);
}

/// An authority of our own, with a certificate for `localhost` and one for us.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: rcgen::Certificate,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self {
            issuer: Issuer::new(params, key),
            certificate,
        }
    }

    fn issue(&self, name: &str) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        (params.signed_by(&key, &self.issuer).unwrap(), key)
    }

    fn server(&self, asks_for_ours: bool) -> Arc<rustls::ServerConfig> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = rustls::ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = if asks_for_ours {
            let mut roots = rustls::RootCertStore::empty();
            roots.add(self.certificate.der().clone()).unwrap();
            let verifier =
                rustls::server::WebPkiClientVerifier::builder_with_provider(roots.into(), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        } else {
            builder.with_no_client_auth()
        };
        let (certificate, key) = self.issue("localhost");
        let chain: Vec<CertificateDer<'static>> = vec![certificate.der().clone()];
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        Arc::new(builder.with_single_cert(chain, key).unwrap())
    }

    fn write(&self, directory: &Path, name: &str) -> String {
        let file = directory.join(name);
        fs::write(&file, self.certificate.pem()).unwrap();
        file.to_str().unwrap().to_owned()
    }
}

#[test]
fn only_the_authority_that_was_named_is_trusted() {
    let (authority, other) = (Authority::new(), Authority::new());
    let directory = tempfile::tempdir().unwrap();
    let ca = authority.write(directory.path(), "ca.pem");
    let wrong = other.write(directory.path(), "other.pem");
    let server = Server::start_tls(authority.server(false), like_flink);
    let output = jobs(&server.url, &["--flink-ca", &ca]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    fails(&server.url, &["--flink-ca", &wrong], "no secure connection");
    fails(&server.url, &[], "no secure connection");
}

#[test]
fn a_cluster_that_asks_who_we_are_is_told() {
    let authority = Authority::new();
    let directory = tempfile::tempdir().unwrap();
    let ca = authority.write(directory.path(), "ca.pem");
    let (certificate, key) = authority.issue("operator");
    let own = directory.path().join("own.pem");
    fs::write(
        &own,
        format!("{}{}", certificate.pem(), key.serialize_pem()),
    )
    .unwrap();
    let own = own.to_str().unwrap();
    let server = Server::start_tls(authority.server(true), like_flink);
    let output = jobs(&server.url, &["--flink-ca", &ca, "--flink-cert", own]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let output = jobs(&server.url, &["--flink-ca", &ca]);
    assert_eq!(output.status.code(), Some(5), "{}", said(&output));
}
