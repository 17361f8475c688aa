//! A deletion beside a cluster that is killed before that was asked for the last time: whoever goes on with it asks it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

use serde_json::{Value, json};

use crate::deletion::{Place, contents};
use crate::program::{err, only, run, stateward};
use crate::server::{Server, reply};

const STARTED: &str = "1f1e2d3c4b5a69788796a5b4c3d2e1f0";

/// A cluster that is asked once the metadata of a snapshot has gone.
struct Flink {
    server: Server,
    /// Comes when it is asked.
    asked: Receiver<()>,
    /// It answers from when this is gone.
    closed: Option<Sender<()>>,
}

impl Flink {
    /// One on which a job was started from the snapshot just before its metadata went.
    fn started_from(snapshot: PathBuf) -> Self {
        Self::telling(snapshot, STARTED.to_owned(), "RUNNING", None)
    }

    /// One on which this job was, and which has completed this checkpoint since.
    fn telling(
        snapshot: PathBuf,
        job: String,
        state: &'static str,
        completed: Option<String>,
    ) -> Self {
        let (tell, asked) = channel();
        let (closed, open) = channel::<()>();
        let (tell, open) = (Mutex::new(tell), Mutex::new(open));
        let server = Server::start(move |path, out| {
            let is_gone = !snapshot.join("_metadata").exists();
            if is_gone {
                let _ = tell.lock().unwrap().send(());
                // Nobody ever sends anything; it ends once nobody can.
                let _ = open.lock().unwrap().recv();
            }
            let headline = json!({"jid": job, "name": "fraud", "state": state, "start-time": 1, "end-time": -1,
                "vertices": []});
            let jobs: Vec<&Value> = is_gone.then_some(&headline).into_iter().collect();
            let below = path.strip_prefix(&format!("/jobs/{job}"));
            let body = match below.unwrap_or(path) {
                "/config" => json!({"flink-version": "2.3.0"}),
                "/jobs/overview" => json!({"jobs": jobs}),
                "" => headline,
                "/checkpoints" => {
                    let path = format!("file:{}", snapshot.display());
                    let history = completed.iter().map(|at| {
                        json!({"id": 99, "status": "COMPLETED", "is_savepoint": false, "trigger_timestamp": 1,
                            "latest_ack_timestamp": 2, "external_path": at, "discarded": false,
                            "checkpoint_type": "CHECKPOINT"})
                    });
                    let history: Vec<Value> = history.collect();
                    json!({"counts": {"restored": 1, "total": 0, "in_progress": 0, "completed": 0, "failed": 0},
                        "latest": {"restored": {"id": 9, "restore_timestamp": 1, "is_savepoint": false,
                            "external_path": path}},
                        "history": history})
                }
                _ => return reply(out, "404 Not Found", r#"{"errors":["Not found."]}"#),
            };
            reply(out, "200 OK", &body.to_string());
        });
        Self {
            server,
            asked,
            closed: Some(closed),
        }
    }

    fn url(&self) -> &str {
        &self.server.url
    }

    fn name(&self) -> &str {
        &self.url()["http://".len()..]
    }
}

/// A deletion that was killed while it asked for the last time.
fn killed(place: &Place) -> Flink {
    killed_beside(place, Flink::started_from(place.chk(8)))
}

fn killed_beside(place: &Place, mut flink: Flink) -> Flink {
    let mut process = stateward()
        .arg("delete")
        .arg(place.chk(8))
        .args(["--all-named", "--confirm", "fraud", "--flink", flink.url()])
        .args(["--write", "--yes"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    flink.asked.recv().unwrap();
    process.kill().unwrap();
    process.wait().unwrap();
    flink.closed = None;
    flink
}

fn resume(root: &Path, more: &[&str]) -> Output {
    run(["resume", root.to_str().unwrap(), "--write"]
        .iter()
        .chain(more))
}

#[track_caller]
fn refused(output: &Output, words: &[&str]) {
    assert_eq!(output.status.code(), Some(4), "{}", err(output));
    for words in words {
        assert!(err(output).contains(words), "{words}: {}", err(output));
    }
}

#[test]
fn a_deletion_that_was_planned_beside_a_cluster_is_not_gone_on_with_without_it() {
    let place = Place::aged(10);
    let before = contents(&place.root());
    let flink = killed(&place);
    assert!(!place.chk(8).join("_metadata").exists());
    let half = contents(&place.root());
    let root = place.root();
    let checkpoints = root.join("checkpoints");
    let (url, word) = (flink.url(), format!("'silent {}'", flink.name()));
    let on = format!(
        "`stateward resume {} --flink {url} --write`",
        checkpoints.display()
    );
    let confirm = format!("--confirm {word}");
    let words = [&on, "is not asked now", "stateward undo", &*confirm];
    refused(&resume(&root, &[]), &words);
    refused(&resume(&root, &["--flink", "http://127.0.0.1:9"]), &[]);
    // Asked, it tells of the job.
    refused(
        &resume(&root, &["--flink", url]),
        &["fraud", "chk-8 and has completed no checkpoint"],
    );
    let slip = resume(&root, &["--confirm", "silent prod"]);
    assert_eq!(slip.status.code(), Some(2), "{}", err(&slip));
    assert_eq!(contents(&root), half);
    let undone = run(["undo", root.to_str().unwrap(), "--write"]);
    assert!(undone.status.success(), "{}", err(&undone));
    assert_eq!(contents(&root), before);
}

#[track_caller]
fn is_not_gone_on_with(job: &str, state: &'static str, completed: &str, words: &[&str]) {
    let place = Place::aged(10);
    let before = contents(&place.root());
    let (job, own) = (job.to_owned(), completed.to_owned());
    let flink = killed_beside(&place, Flink::telling(place.chk(8), job, state, Some(own)));
    assert!(!place.chk(8).join("_metadata").exists());
    let half = contents(&place.root());
    let root = place.root();
    refused(&resume(&root, &["--flink", flink.url()]), words);
    assert_eq!(contents(&root), half);
    let undone = run(["undo", root.to_str().unwrap(), "--write"]);
    assert!(undone.status.success(), "{}", err(&undone));
    assert_eq!(contents(&root), before);
}

#[test]
fn a_job_that_built_on_it_where_nobody_looked_is_an_heir_when_it_is_gone_on_with() {
    let at = format!("file:/elsewhere/{STARTED}");
    let completed = format!("{at}/chk-99");
    let words = [
        "chk-8 is needed now: Job fraud",
        "was restored from it, and no checkpoint of its own that restores is in sight",
        "stateward undo",
    ];
    is_not_gone_on_with(STARTED, "RUNNING", &completed, &words);
    // What it left behind names what it was built on.
    let words = [
        "chk-8 is needed now: job fraud",
        "may build on its files (CLAIM or LEGACY)",
        &*at,
        "stateward undo",
    ];
    is_not_gone_on_with(STARTED, "FAILED", &completed, &words);
}

#[test]
fn its_own_job_that_lives_again_keeps_it_when_it_is_gone_on_with() {
    let place = Place::aged(10);
    let home = place.chk(8);
    let job = home.parent().and_then(Path::file_name).unwrap();
    let job = job.to_str().unwrap();
    let words = [
        "chk-8 is needed now: Its job fraud",
        "lives, and was restored from it",
        "stateward undo",
    ];
    is_not_gone_on_with(job, "RUNNING", &format!("file:/gone/{job}/chk-99"), &words);
}

#[test]
fn whoever_says_that_nothing_of_it_is_in_use_there_goes_on_without_that_cluster() {
    let place = Place::aged(10);
    let flink = killed(&place);
    let word = format!("silent {}", flink.name());
    let done = resume(&place.root(), &["--confirm", &word]);
    assert!(done.status.success(), "{}", err(&done));
    assert!(!place.chk(8).exists());
}

#[test]
fn whoever_tells_of_it_tells_with_which_cluster_it_is_gone_on_with() {
    let place = Place::aged(10);
    let flink = killed(&place);
    let root = place.root();
    let on = format!(
        "stateward resume {} --flink {} --write",
        root.join("checkpoints").display(),
        flink.url()
    );
    let other = place.chk(7);
    for verb in [
        vec!["check", root.to_str().unwrap()],
        vec!["ls", root.to_str().unwrap()],
        vec![
            "delete",
            other.to_str().unwrap(),
            "--all-named",
            "--confirm",
            "fraud",
            "--dry-run",
        ],
        vec!["orphans", root.to_str().unwrap()],
    ] {
        let output = run(&verb);
        let said = format!(
            "{}{}",
            err(&output),
            String::from_utf8_lossy(&output.stdout)
        );
        assert!(said.contains(&on), "{verb:?}: {said}");
    }
}

#[test]
fn what_is_written_down_of_a_cluster_is_its_name_and_its_address() {
    let place = Place::aged(10);
    let flink = killed(&place);
    let trash = place.root().join("checkpoints/.stateward/trash");
    let batch = fs::read_to_string(only(&trash, "2").join("batch.json")).unwrap();
    let batch: Value = serde_json::from_str(&batch).unwrap();
    let expected = json!([{"name": flink.name(), "url": flink.url()}]);
    assert_eq!(batch["asked"], expected);
}
