//! The real program beside a cluster: where it looks, what it asks for by key, and what it does when the cluster falls
//! silent. The cluster is a server of our own that answers as Flink does.

use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::pty::{LARGE, Pty, start};
use crate::pty_tree::Tree;
use crate::server::{Server, reply};

/// The job of the tree.
const JOB: &str = "39db2a00000000000000000000000000";
const TRIGGER: &str = "0a44849300000000000000000000000a";

/// A cluster whose configuration names a directory, with one job that runs.
struct Flink {
    server: Server,
    silent: Arc<AtomicBool>,
}

impl Flink {
    fn start(directory: &Path) -> Self {
        let silent = Arc::new(AtomicBool::new(false));
        let switch = silent.clone();
        let place = String::from_utf8(directory.as_os_str().as_bytes().to_vec()).unwrap();
        let server = Server::start_scripted(move |request, out| {
            if switch.load(Ordering::Relaxed) {
                return;
            }
            match answer(&request.method, &request.path, &place) {
                Some((status, body)) => reply(out, status, &body),
                None => reply(out, "404 Not Found", r#"{"errors":["Not found."]}"#),
            }
        });
        Self { server, silent }
    }

    fn asked(&self, line: &str) -> usize {
        let seen = self.server.requests();
        seen.iter().filter(|it| it.starts_with(line)).count()
    }
}

fn answer(method: &str, path: &str, place: &str) -> Option<(&'static str, String)> {
    let job = format!(
        r#"{{"jid":"{JOB}","name":"fraud-scoring","state":"RUNNING","start-time":1795339218611,"end-time":-1,"vertices":[]}}"#
    );
    let below = path.strip_prefix(&format!("/jobs/{JOB}"));
    let body = match (method, below.unwrap_or(path)) {
        ("GET", "/config") => r#"{"flink-version":"2.3.0"}"#.to_owned(),
        ("GET", "/jobs/overview") => format!(r#"{{"jobs":[{job}]}}"#),
        ("GET", "/jobmanager/config") => {
            format!(r#"[{{"key":"execution.checkpointing.dir","value":"file://{place}"}}]"#)
        }
        ("GET", "") => job,
        ("POST", "/savepoints") => {
            return Some(("202 Accepted", format!(r#"{{"request-id":"{TRIGGER}"}}"#)));
        }
        ("GET", it) if it.starts_with("/savepoints/") => format!(
            r#"{{"status":{{"id":"COMPLETED"}},"operation":{{"location":"file:{place}/savepoint-39db2a-0e1e04782bcc"}}}}"#
        ),
        _ => return None,
    };
    Some(("200 OK", body))
}

fn open(flink: &Flink, more: &[&str]) -> Pty {
    let mut arguments = vec!["--flink", &flink.server.url];
    arguments.extend(more);
    start(arguments).size(LARGE).run()
}

#[test]
fn with_a_cluster_alone_its_directories_are_looked_in() {
    let tree = Tree::hashmap();
    let flink = Flink::start(&tree.root());
    let mut pty = open(&flink, &[]);
    pty.wait_for_text("flink 2.3.0 ● live");
    pty.wait_for_text("Snapshots 5");
    pty.send("J");
    pty.wait_for_text("submitted");
    pty.send("\x1b");
    pty.wait_until_gone("submitted");
    pty.send("t");
    pty.wait_for_text("read-only; start with --write");
    pty.send("q");
    assert_eq!(pty.finish().exit_code(), 0);
    assert_eq!(flink.asked("POST"), 0);
}

#[test]
fn a_cluster_that_falls_silent_is_told_and_everything_else_works() {
    let tree = Tree::hashmap();
    let flink = Flink::start(&tree.root());
    let mut pty = open(&flink, &[]);
    pty.wait_for_text("flink 2.3.0 ● live");
    pty.wait_for_text("Snapshots 5");
    flink.silent.store(true, Ordering::Relaxed);
    pty.send("r");
    pty.wait_for_text("not answering for");
    for (keys, shown) in [
        ("?", "Move up, or scroll"),
        ("J", "submitted"),
        (":", " Commands "),
    ] {
        pty.send(keys);
        pty.wait_for_text(shown);
        pty.send("\x1b");
        pty.wait_until_gone(shown);
    }
    flink.silent.store(false, Ordering::Relaxed);
    pty.wait_for_text("flink 2.3.0 ● live");
    pty.send("\x03");
    assert_eq!(pty.finish().exit_code(), 0);
}

#[test]
fn a_savepoint_is_triggered_by_three_different_keys_and_chosen() {
    let tree = Tree::hashmap();
    let flink = Flink::start(&tree.root());
    let place: PathBuf = tree.root();
    let root = place.to_str().unwrap().to_owned();
    let mut pty = open(&flink, &["--write", &root]);
    pty.wait_for_text("changes allowed");
    pty.wait_for_text("flink 2.3.0 ● live");
    // The job is known as that of what is selected.
    pty.wait_for_text("RUNNING");
    pty.send("t");
    pty.wait_for_text("Trigger for fraud-scoring");
    pty.send("\r");
    pty.wait_for_text("y does it");
    assert_eq!(flink.asked("POST"), 0, "not before it is confirmed");
    pty.send("y");
    pty.wait_for_text("completed in");
    assert_eq!(flink.asked(&format!("POST /jobs/{JOB}/savepoints")), 1);
    pty.send("\x1b");
    pty.wait_until_gone(" Operations ");
    pty.wait_for_text("› 39db2a-0e1e04782bcc");
    pty.send("q");
    assert_eq!(pty.finish().exit_code(), 0);
}
