//! `stateward watch` on a directory that changes under it. Every wait is for an event, never for a time.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;

use crate::program::{copy, fixture, only, stateward};

/// Long enough for any machine; what comes, comes much sooner.
const PATIENCE: Duration = Duration::from_secs(60);

struct Watch {
    child: Child,
    events: Receiver<Value>,
}

impl Watch {
    fn on(root: &Path) -> Self {
        let mut child = stateward()
            .arg("watch")
            .arg(root)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (sender, events) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let _ = sender.send(serde_json::from_str(&line).unwrap());
            }
        });
        Self { child, events }
    }

    /// Waits for this event of the place whose name ends so.
    fn wait(&self, event: &str, place: &str) -> Value {
        let mut seen = Vec::new();
        loop {
            let Ok(found) = self.events.recv_timeout(PATIENCE) else {
                panic!("no `{event}` of {place}; there were {seen:?}");
            };
            if found["event"] == event && found["uri"].as_str().unwrap().ends_with(place) {
                return found;
            }
            seen.push(format!("{} {}", found["event"], found["uri"]));
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A job's directory with three retained checkpoints, and the one of them with the highest number.
fn job() -> (tempfile::TempDir, std::path::PathBuf) {
    let temp = tempfile::tempdir().unwrap();
    copy(&fixture("flink-2.3.0/hashmap"), &temp.path().join("root"));
    let job = only(&temp.path().join("root/checkpoints"), "");
    (temp, job)
}

/// Does what Flink does when it takes a checkpoint, up to the rename that completes it.
pub(crate) fn begin(job: &Path, like: &str, name: &str) {
    fs::create_dir(job.join(name)).unwrap();
    for entry in fs::read_dir(job.join(like)).unwrap() {
        let entry = entry.unwrap();
        let file = entry.file_name();
        let target = if file == "_metadata" {
            "._metadata.inprogress.d1ba".into()
        } else {
            file
        };
        fs::copy(entry.path(), job.join(name).join(target)).unwrap();
    }
}

pub(crate) fn complete(job: &Path, name: &str) {
    fs::rename(
        job.join(name).join("._metadata.inprogress.d1ba"),
        job.join(name).join("_metadata"),
    )
    .unwrap();
}

#[test]
fn a_checkpoint_appears_completes_and_vanishes() {
    let (temp, job) = job();
    let watch = Watch::on(&temp.path().join("root"));
    watch.wait("present", "/chk-7");
    watch.wait("root_ready", "/root");

    begin(&job, "chk-7", "chk-8");
    let appeared = watch.wait("appeared", "/chk-8");
    assert_eq!(appeared["snapshot"]["health"], "in_progress");
    complete(&job, "chk-8");
    let completed = watch.wait("completed", "/chk-8");
    assert_eq!(completed["snapshot"]["health"], "complete");

    fs::remove_dir_all(job.join("chk-4")).unwrap();
    watch.wait("vanished", "/chk-4");
}

#[test]
fn a_new_job_in_a_new_directory_is_seen() {
    let (temp, job) = job();
    let watch = Watch::on(&temp.path().join("root"));
    watch.wait("root_ready", "/root");
    let next = temp
        .path()
        .join("root/checkpoints/00112233445566778899aabbccddeeff");
    copy(&job, &next);
    watch.wait("completed", "00112233445566778899aabbccddeeff/chk-7");
}

#[test]
fn a_root_that_vanishes_and_comes_back() {
    let (temp, _) = job();
    let (root, aside) = (temp.path().join("root"), temp.path().join("aside"));
    let watch = Watch::on(&root);
    watch.wait("root_ready", "/root");
    fs::rename(&root, &aside).unwrap();
    watch.wait("root_missing", "/root");
    watch.wait("vanished", "/chk-7");
    fs::rename(&aside, &root).unwrap();
    watch.wait("completed", "/chk-7");
    watch.wait("root_ready", "/root");
}

#[test]
fn a_root_that_never_was_is_waited_for() {
    let temp = tempfile::tempdir().unwrap();
    let root = temp.path().join("later");
    let watch = Watch::on(&root);
    watch.wait("root_missing", "/later");
    copy(&fixture("flink-2.3.0/hashmap"), &root);
    watch.wait("appeared", "/chk-7");
}

#[test]
fn a_damaged_checkpoint_changes_its_row() {
    let (temp, job) = job();
    let watch = Watch::on(&temp.path().join("root"));
    watch.wait("root_ready", "/root");
    begin(&job, "chk-7", "chk-8");
    fs::write(job.join("chk-8/._metadata.inprogress.d1ba"), b"garbage").unwrap();
    complete(&job, "chk-8");
    let completed = watch.wait("completed", "/chk-8");
    assert_eq!(completed["snapshot"]["health"], "corrupt");
}

#[test]
fn a_closed_output_ends_the_watch() {
    let (temp, job) = job();
    let mut child = stateward()
        .arg("watch")
        .arg(temp.path().join("root"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.next().unwrap().unwrap();
    drop(lines);
    // It notices at its next event.
    begin(&job, "chk-7", "chk-8");
    assert!(child.wait().unwrap().success());
}
