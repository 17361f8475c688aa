//! What no snapshot names, beside clusters that answer, fall silent, or run the job that it is of.

use std::io::Write;
use std::path::Path;
use std::process::Output;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::deletion::contents;
use crate::orphans::{LOST, Tree};
use crate::program::{err, out, run};
use crate::server::{Server, reply};

const OTHER: &str = "1f1e2d3c4b5a69788796a5b4c3d2e1f0";

/// What a cluster runs.
#[derive(Clone)]
struct Job {
    id: String,
    state: &'static str,
    restored: Value,
    /// Where a checkpoint of its own lies, once it has completed one.
    own: Option<String>,
}

impl Job {
    fn of(tree: &Tree, state: &'static str) -> Self {
        Self {
            id: name(&tree.job),
            state,
            restored: Value::Null,
            own: None,
        }
    }

    /// One that has nothing to do with any directory here but that it was restored from a checkpoint.
    fn restored_from(checkpoint: &Path) -> Self {
        let path = format!("file:{}", checkpoint.display());
        Self {
            id: OTHER.to_owned(),
            state: "RUNNING",
            restored: json!({"id": 9, "restore_timestamp": 1, "is_savepoint": false, "external_path": path}),
            own: None,
        }
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

/// A cluster whose job a test may change; it falls silent with the given list of jobs that is asked for.
struct Flink {
    url: String,
    job: Arc<Mutex<Job>>,
    lists: Arc<AtomicUsize>,
}

impl Flink {
    fn running(job: Job) -> Self {
        let job = Arc::new(Mutex::new(job));
        let lists = Arc::new(AtomicUsize::new(usize::MAX));
        let (now, left) = (job.clone(), lists.clone());
        let server = Server::start(move |path, out| answer(&now.lock().unwrap(), &left, path, out));
        Self {
            url: server.url,
            job,
            lists,
        }
    }

    fn silent_after(&self, lists: usize) {
        self.lists.store(lists, Ordering::SeqCst);
    }
}

fn answer(job: &Job, left: &AtomicUsize, path: &str, out: &mut dyn Write) {
    if path == "/jobs/overview" {
        let one_less = |left: usize| left.checked_sub(1);
        if left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less)
            .is_err()
        {
            return;
        }
    }
    let headline = json!({"jid": job.id, "name": "fraud", "state": job.state, "start-time": 1, "end-time": -1,
        "vertices": []});
    let below = path.strip_prefix(&format!("/jobs/{}", job.id));
    let body = match below.unwrap_or(path) {
        "/config" => json!({"flink-version": "2.3.0"}),
        "/jobs/overview" => json!({"jobs": [headline]}),
        "" => headline,
        "/checkpoints" => {
            let completed = |path: &String| json!({"id": 10, "status": "COMPLETED", "is_savepoint": false, "external_path": path});
            let history: Vec<Value> = job.own.iter().map(completed).collect();
            json!({"counts": {"restored": 0, "total": 0, "in_progress": 0, "completed": 0, "failed": 0},
            "latest": {"restored": job.restored}, "history": history})
        }
        _ => return reply(out, "404 Not Found", r#"{"errors":["Not found."]}"#),
    };
    reply(out, "200 OK", &body.to_string());
}

/// What a Flink that died has left behind.
fn tree() -> Tree {
    let tree = Tree::of("rocksdb-incremental");
    tree.lose(&format!("shared/{LOST}"));
    tree.lose(&format!("chk-5/{LOST}"));
    tree.all_old();
    tree
}

fn delete(tree: &Tree, flink: &Flink, more: &[&str]) -> Output {
    let root = tree.root.to_str().unwrap();
    let verb = [
        "orphans",
        "--all-named",
        root,
        "--delete",
        "--flink",
        &flink.url,
    ];
    run(verb.iter().chain(more))
}

const DO_IT: [&str; 2] = ["--write", "--yes"];

#[track_caller]
fn nothing_goes(tree: &Tree, flink: &Flink, code: i32) -> String {
    let before = contents(&tree.root);
    let output = delete(tree, flink, &DO_IT);
    assert_eq!(output.status.code(), Some(code), "{}", err(&output));
    assert!(contents(&tree.root) == before, "{}", out(&output));
    err(&output)
}

#[track_caller]
fn all_goes(tree: &Tree, flink: &Flink) {
    let output = delete(tree, flink, &DO_IT);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    for gone in ["shared", "chk-5"] {
        assert!(!tree.job.join(gone).join(LOST).exists(), "{gone}");
    }
}

#[test]
fn beside_a_silent_cluster_nothing_goes() {
    let tree = tree();
    let flink = Flink::running(Job::of(&tree, "FINISHED"));
    flink.silent_after(0);
    let said = nothing_goes(&tree, &flink, 5);
    assert!(said.contains(&flink.url), "{said}");
    flink.silent_after(usize::MAX);
    all_goes(&tree, &flink);
}

#[test]
fn a_cluster_that_falls_silent_before_the_second_look_keeps_everything() {
    let tree = tree();
    let flink = Flink::running(Job::of(&tree, "FINISHED"));
    flink.silent_after(1);
    let said = nothing_goes(&tree, &flink, 4);
    assert!(said.contains("may go any more"), "{said}");
}

#[test]
fn what_is_of_a_job_that_lives_stays() {
    let tree = tree();
    for state in [
        "RUNNING",
        "RESTARTING",
        "INITIALIZING",
        "SUSPENDED",
        "WHATEVER",
    ] {
        let flink = Flink::running(Job::of(&tree, state));
        nothing_goes(&tree, &flink, 0);
    }
    let claimed = Flink::running(Job::restored_from(&tree.job.join("chk-9")));
    nothing_goes(&tree, &claimed, 0);
    // What nobody looked at may name any of it, until the job has a checkpoint of its own.
    let elsewhere = Flink::running(Job::restored_from(Path::new("/elsewhere/chk-9")));
    let shown = delete(&tree, &elsewhere, &["--dry-run"]);
    let words = "was restored from file:/elsewhere/chk-9, where nobody looked";
    assert!(err(&shown).contains(words), "{}", err(&shown));
    assert!(
        !out(&shown).contains(&format!("shared/{LOST}")),
        "{}",
        out(&shown)
    );
    let own = format!("file:{}/{OTHER}/chk-10", tree.root.display());
    elsewhere.job.lock().unwrap().own = Some(own);
    all_goes(&tree, &elsewhere);
}

#[test]
fn a_plan_is_carried_out_by_what_clusters_say_then() {
    let tree = tree();
    let flink = Flink::running(Job::of(&tree, "FINISHED"));
    let file = tempfile::tempdir().unwrap();
    let file = file.path().join("plan");
    let file = file.to_str().unwrap();
    let saved = delete(&tree, &flink, &["--save", file]);
    assert_eq!(saved.status.code(), Some(0), "{}", err(&saved));
    let before = contents(&tree.root);
    let apply = || {
        let verb = ["apply", file, "--all-named", "--flink", &flink.url];
        run(verb.iter().chain(&DO_IT))
    };
    flink.job.lock().unwrap().state = "RUNNING";
    let alive = apply();
    flink.silent_after(0);
    let silent = apply();
    for (output, words) in [(alive, "lives"), (silent, "does not answer")] {
        assert_eq!(output.status.code(), Some(4), "{}", err(&output));
        assert!(err(&output).contains(words), "{words}: {}", err(&output));
    }
    assert!(contents(&tree.root) == before, "nothing went");
    flink.silent_after(usize::MAX);
    flink.job.lock().unwrap().state = "CANCELED";
    let output = apply();
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(!tree.job.join("shared").join(LOST).exists());
}
