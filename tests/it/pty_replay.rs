//! An outage, recorded by the real program beside a simulated cluster, and looked at afterwards where neither is there any more.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use jiff::SignedDuration;
use stateward::sim::cluster::Simulation;
use stateward::sim::rest::{Server, Shared, Stop};

use crate::program::{err, out, stateward};
use crate::pty::{LARGE, Pty, eventually, start};
use crate::pty_screen::marked;
use crate::sim_stage::scenario;

/// A simulated cluster that answers, until it is dropped.
struct Cluster {
    shared: Shared,
    url: String,
    temp: tempfile::TempDir,
    stop: Option<Stop>,
    server: Option<JoinHandle<()>>,
}

impl Cluster {
    fn start(name: &str) -> Self {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().join("root");
        fs::create_dir(&root).unwrap();
        let simulation = Simulation::new(&scenario(name), &root).unwrap();
        let shared = Arc::new(Mutex::new(simulation));
        let (server, stop) = Server::bind(shared.clone()).unwrap();
        Self {
            url: server.url(),
            shared,
            temp,
            stop: Some(stop),
            server: Some(thread::spawn(|| server.run().unwrap())),
        }
    }

    fn pass(&self, seconds: i64) {
        let mut simulation = self.shared.lock().unwrap();
        let next = simulation.now() + SignedDuration::from_secs(seconds);
        simulation.advance_to(next).unwrap();
    }

    fn root(&self) -> PathBuf {
        self.temp.path().join("root")
    }

    fn file(&self) -> PathBuf {
        self.temp.path().join("outage.ndjson")
    }

    fn record(&self, more: &[&str]) -> Recorder {
        let child = stateward()
            .arg("record")
            .arg(self.root())
            .args(["--flink", &self.url, "--to"])
            .arg(self.file())
            .args(more)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Recorder {
            child,
            file: self.file(),
        }
    }

    fn end(&mut self) {
        drop(self.stop.take());
        if let Some(server) = self.server.take() {
            server.join().unwrap();
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.end();
    }
}

/// The program that records, ended when this goes.
struct Recorder {
    child: Child,
    file: PathBuf,
}

impl Recorder {
    fn text(&self) -> String {
        fs::read_to_string(&self.file).unwrap_or_default()
    }

    /// Waits until this is written down.
    fn wait_for(&self, what: &str) {
        eventually(what, || self.text().contains(what));
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn replay(file: &Path) -> Pty {
    start(["replay", file.to_str().unwrap()]).size(LARGE).run()
}

#[test]
fn an_outage_is_looked_at_as_if_one_had_been_there() {
    let mut cluster = Cluster::start("retained-one");
    cluster.pass(40);
    let recorder = cluster.record(&[]);
    recorder.wait_for("\"event\":\"root\"");
    recorder.wait_for("\"state\":\"RUNNING\"");
    recorder.wait_for("\"event\":\"metadata\"");
    eventually("the failure", || {
        cluster.pass(1);
        recorder.text().contains("Connection reset by peer")
    });
    eventually("the restart", || {
        cluster.pass(1);
        let text = recorder.text();
        let mut lines = text.lines().rev();
        lines
            .find(|line| line.contains("\"event\":\"job\""))
            .is_some_and(|line| line.contains("RUNNING") && line.contains("\"restored\":{"))
    });
    drop(recorder);
    // Neither the cluster nor the files are there any more.
    cluster.end();
    fs::remove_dir_all(cluster.root()).unwrap();

    let mut listed = stateward();
    let listed = listed.arg("replay").arg(cluster.file()).arg("--list");
    let listed = out(&listed.output().unwrap());
    assert!(
        listed.contains("IOException: Connection reset by peer"),
        "{listed}"
    );
    assert!(listed.contains("restored from checkpoint"), "{listed}");

    let mut pty = replay(&cluster.file());
    pty.wait_for_text("recording outage.ndjson");
    pty.wait_for_text("flink 2.3.0 ● live");
    pty.send("J");
    pty.wait_for("the job before", |screen| {
        let text = screen.contents();
        text.contains("fraud-scoring")
            && text.contains("RUNNING")
            && !text.contains("reset by peer")
    });
    pty.send("$");
    pty.wait_for_text("Connection reset by peer");
    pty.wait_for_text("RUNNING");
    pty.send("t");
    pty.wait_for_text("this is a recording");
    pty.send("^");
    pty.wait_until_gone("Connection reset by peer");
    pty.send("\u{1b}");
    pty.wait_until_gone("esc close");

    // What the checkpoint was made of.
    let before = marked(&pty.screen());
    pty.send("$");
    // What is read is stayed with, so the moment has to have come.
    pty.wait_for("last checkpoint", |screen| {
        marked(screen) != before && screen.contents().contains("RESTORABLE")
    });
    pty.send("2");
    pty.wait_for_text("Score in sliding windows");
    pty.send("3");
    pty.wait_for_text("all there");
    pty.send("w");
    pty.wait_for_text("NOTHING HAPPENS FOR REAL");
    pty.send("\u{1b}");
    pty.wait_until_gone("NOTHING HAPPENS FOR REAL");
    pty.send("q");
    assert!(pty.finish().success());
}

#[test]
fn without_metadata_a_recording_says_so_where_it_would_be() {
    let mut cluster = Cluster::start("retained-one");
    cluster.pass(40);
    let recorder = cluster.record(&["--no-metadata"]);
    recorder.wait_for("\"event\":\"metadata\"");
    recorder.wait_for("\"state\":\"RUNNING\"");
    assert!(!recorder.text().contains("base64"));
    drop(recorder);
    cluster.end();
    let mut pty = replay(&cluster.file());
    pty.wait_for_text("recording outage.ndjson");
    pty.send("2");
    pty.wait_for_text("--no-metadata");
    pty.send("q");
    pty.send("q");
    assert!(pty.finish().success());
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_a_recording() {
    use std::os::unix::fs::PermissionsExt as _;
    let cluster = Cluster::start("retained-one");
    let recorder = cluster.record(&[]);
    recorder.wait_for("\"event\":\"log\"");
    let mode = fs::metadata(cluster.file()).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "{mode:o}");
}

#[test]
fn a_cluster_alone_tells_where_to_look() {
    let mut cluster = Cluster::start("retained-one");
    cluster.pass(40);
    let child = stateward()
        .args(["record", "--flink", &cluster.url, "--to"])
        .arg(cluster.file())
        .current_dir(cluster.temp.path())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let recorder = Recorder {
        child,
        file: cluster.file(),
    };
    recorder.wait_for("\"event\":\"metadata\"");
    drop(recorder);
    cluster.end();
    let printed = stateward()
        .arg("replay")
        .arg(cluster.file())
        .arg("--json")
        .output()
        .unwrap();
    assert!(printed.status.success(), "{}", err(&printed));
    assert!(out(&printed).contains("\"event\":\"cluster\""));
}
