//! What comes between the last look at a snapshot and its deletion, on what a real Flink wrote.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::deletion::{Place, contents};
use crate::program::{err, json as document, out, run};
use crate::server::{Server, reply};
use crate::trash_commands::{ID, Store, interrupted};

const STARTED: &str = "1f1e2d3c4b5a69788796a5b4c3d2e1f0";

/// What a job that was started last tells of its checkpoints.
type Tells = fn(&Path) -> Value;

/// A cluster on which a job was started from a snapshot at the last moment at which that was possible.
fn started_from(snapshot: PathBuf, state: &'static str, tells: Tells) -> Server {
    started_unnoticed(snapshot, state, tells, 0)
}

/// The same, where it is not told of at the first so many times that the cluster is asked after that.
fn started_unnoticed(
    snapshot: PathBuf,
    state: &'static str,
    tells: Tells,
    unnoticed: usize,
) -> Server {
    let asked = AtomicUsize::new(0);
    Server::start(move |path, out| {
        let is_gone = !snapshot.join("_metadata").exists() && {
            let more = usize::from(path == "/jobs/overview");
            asked.fetch_add(more, Ordering::Relaxed) + more > unnoticed
        };
        let headline = json!({"jid": STARTED, "name": "fraud", "state": state, "start-time": 1, "end-time": -1,
            "vertices": []});
        let jobs: Vec<&Value> = is_gone.then_some(&headline).into_iter().collect();
        let below = path.strip_prefix(&format!("/jobs/{STARTED}"));
        let body = match below.unwrap_or(path) {
            "/config" => json!({"flink-version": "2.3.0"}),
            "/jobs/overview" => json!({"jobs": jobs}),
            "" if is_gone => headline,
            "/checkpoints" if is_gone => tells(&snapshot),
            _ => return reply(out, "404 Not Found", r#"{"errors":["Not found."]}"#),
        };
        reply(out, "200 OK", &body.to_string());
    })
}

fn restored(snapshot: &Path) -> Value {
    let path = format!("file:{}", snapshot.display());
    json!({"counts": {"restored": 1, "total": 0, "in_progress": 0, "completed": 0, "failed": 0},
        "latest": {"restored": {"id": 9, "restore_timestamp": 1, "is_savepoint": false, "external_path": path}},
        "history": []})
}

fn nothing(_: &Path) -> Value {
    json!({"counts": {"restored": 0, "total": 0, "in_progress": 0, "completed": 0, "failed": 0},
        "latest": {}, "history": []})
}

fn delete(place: &Place, flink: &Server, more: &[&str]) -> Output {
    let target = place.chk(8);
    let verb = [
        "delete",
        target.to_str().unwrap(),
        "--all-named",
        "--flink",
        &flink.url,
        "--confirm",
        "fraud",
        "--write",
        "--yes",
    ];
    run(verb.iter().chain(more))
}

#[track_caller]
fn all_comes_back(state: &'static str, tells: Tells, why: &str) {
    all_comes_back_told_late(state, tells, 0, &[why, "nothing was moved"]);
}

#[track_caller]
fn all_comes_back_told_late(state: &'static str, tells: Tells, unnoticed: usize, words: &[&str]) {
    let place = Place::aged(10);
    let before = contents(&place.root());
    let flink = started_unnoticed(place.chk(8), state, tells, unnoticed);
    let output = delete(&place, &flink, &[]);
    assert_eq!(output.status.code(), Some(4), "{}", err(&output));
    let said = err(&output);
    for words in words {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!(contents(&place.root()), before);
    // Nothing is half-way, and what came back entirely lies in no trash.
    let root = place.root();
    let trash = run(["trash", "ls", "--json", root.to_str().unwrap()]);
    assert_eq!(document(&trash)["batches"], json!([]), "{}", out(&trash));
}

#[test]
fn a_job_that_was_started_from_it_at_the_last_moment_keeps_it() {
    all_comes_back("RUNNING", restored, "chk-8 is needed now: Job fraud");
}

#[test]
fn a_job_that_is_told_of_once_files_have_gone_has_them_back() {
    let back = "all of it is back where it was";
    let words = ["chk-8 is needed now: Job fraud", back];
    all_comes_back_told_late("RUNNING", restored, 1, &words);
    all_comes_back_told_late("INITIALIZING", nothing, 1, &["is starting", back]);
    let heir: Tells = |snapshot| with_its_own(restored(snapshot));
    let words = ["nobody looked in file:/elsewhere", back];
    all_comes_back_told_late("FAILED", heir, 1, &words);
}

#[test]
fn a_job_that_is_told_of_while_files_go_has_them_back() {
    let place = Place::aged(10);
    let before = contents(&place.root());
    let flink = started_unnoticed(place.chk(8), "RUNNING", restored, 1);
    let output = delete(&place, &flink, &["--files-per-second", "1"]);
    assert_eq!(output.status.code(), Some(4), "{}", err(&output));
    assert!(err(&output).contains("needed now"), "{}", err(&output));
    assert_eq!(contents(&place.root()), before);
    // There is nothing to go on with.
    let root = place.root();
    let resumed = run(["resume", root.to_str().unwrap(), "--write"]);
    assert!(!resumed.status.success(), "{}", err(&resumed));
}

#[test]
fn what_is_gone_on_with_comes_back_where_a_job_is_told_of_later() {
    comes_back_when_gone_on_with(1);
    comes_back_when_gone_on_with(2);
}

/// Where it is told of only after so many times.
#[track_caller]
fn comes_back_when_gone_on_with(unnoticed: usize) {
    let store = Store::new();
    let before = store.image();
    interrupted(&store, &store.both(ID));
    let flink = started_unnoticed(store.job().join("chk-7"), "RUNNING", restored, unnoticed);
    let root = store.root();
    let resume = ["resume", root.to_str().unwrap(), "--write"];
    let refused = run(resume.iter().chain(&["--flink", &flink.url]));
    assert_eq!(refused.status.code(), Some(4), "{}", err(&refused));
    let words = ["chk-7 and has completed no", "all of it is back where"];
    for words in words {
        assert!(err(&refused).contains(words), "{words}: {}", err(&refused));
    }
    assert_eq!(store.image(), before);
}

#[test]
fn a_job_that_is_starting_from_nobody_knows_what_keeps_it() {
    all_comes_back(
        "INITIALIZING",
        nothing,
        "is starting, and from what it does not tell yet",
    );
}

/// The same with a checkpoint of its own, where nobody looked.
fn with_its_own(mut told: Value) -> Value {
    told["history"] = json!([{"id": 10, "status": "COMPLETED", "is_savepoint": false, "trigger_timestamp": 1,
        "latest_ack_timestamp": 2, "external_path": "file:/elsewhere/chk-10", "discarded": false,
        "checkpoint_type": "CHECKPOINT"}]);
    told
}

#[test]
fn a_job_that_built_on_it_out_of_sight_keeps_it() {
    let why = "may build on its files (CLAIM or LEGACY), and nobody looked in file:/elsewhere";
    let heir: Tells = |snapshot| with_its_own(restored(snapshot));
    all_comes_back("FAILED", heir, why);
    // From what this was restored is not in sight, and may have been built on it.
    let later: Tells = |_| with_its_own(restored(Path::new("/elsewhere/chk-3")));
    all_comes_back("RUNNING", later, why);
}

#[test]
fn another_job_that_came_meanwhile_keeps_nothing() {
    let place = Place::aged(10);
    let afresh: Tells = |snapshot| with_its_own(nothing(snapshot));
    let flink = started_from(place.chk(8), "RUNNING", afresh);
    let output = delete(&place, &flink, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(!place.chk(8).join("_metadata").exists());
    assert!(!fs::exists(place.chk(8)).unwrap());
}

#[test]
fn a_cluster_that_falls_silent_while_metadata_goes_may_know_of_a_job() {
    let place = Place::aged(10);
    let before = contents(&place.root());
    let target = place.chk(8);
    let flink = Server::start(move |path, out| {
        let is_gone = !target.join("_metadata").exists();
        match path {
            _ if is_gone => {}
            "/config" => reply(out, "200 OK", r#"{"flink-version":"2.3.0"}"#),
            "/jobs/overview" => reply(out, "200 OK", r#"{"jobs":[]}"#),
            _ => reply(out, "404 Not Found", r#"{"errors":["not here"]}"#),
        }
    });
    let output = delete(&place, &flink, &[]);
    assert_eq!(output.status.code(), Some(4), "{}", err(&output));
    assert!(
        err(&output).contains("does not answer any more"),
        "{}",
        err(&output)
    );
    assert_eq!(contents(&place.root()), before);
}

#[test]
fn what_is_half_deleted_is_not_gone_on_with_while_a_job_needs_it() {
    let store = Store::new();
    interrupted(&store, &store.both(ID));
    let before = store.image();
    let flink = started_from(store.job().join("chk-7"), "RUNNING", restored);
    let root = store.root();
    let resume = ["resume", root.to_str().unwrap(), "--write"];
    let refused = run(resume.iter().chain(&["--flink", &flink.url]));
    assert_eq!(refused.status.code(), Some(4), "{}", err(&refused));
    for words in [
        "fraud",
        "chk-7 and has completed no checkpoint",
        "stateward undo",
    ] {
        assert!(err(&refused).contains(words), "{words}: {}", err(&refused));
    }
    assert_eq!(store.image(), before);
    let silent = run(resume.iter().chain(&["--flink", "http://127.0.0.1:9"]));
    assert_eq!(silent.status.code(), Some(4), "{}", err(&silent));
    for words in ["does not answer", "--confirm 'silent 127.0.0.1:9'"] {
        assert!(err(&silent).contains(words), "{words}: {}", err(&silent));
    }
    let with = |url, word| run(resume.iter().chain(&["--flink", url, "--confirm", word]));
    let slip = with("http://127.0.0.1:9", "silent prod");
    assert_eq!(slip.status.code(), Some(2), "{}", err(&slip));
    // A word about one that is silent says nothing of a job that one tells of that answers.
    let needed = with(
        &flink.url,
        &format!("silent {}", &flink.url["http://".len()..]),
    );
    assert_eq!(needed.status.code(), Some(4), "{}", err(&needed));
    assert_eq!(store.image(), before);
    let alone = run(resume);
    assert!(alone.status.success(), "{}", err(&alone));
    assert!(
        err(&alone).contains("no cluster is connected"),
        "{}",
        err(&alone)
    );
}

#[test]
fn what_is_half_deleted_is_gone_on_with_by_a_word_where_a_cluster_is_silent() {
    let store = Store::new();
    interrupted(&store, &store.both(ID));
    let root = store.root();
    let resume = ["resume", root.to_str().unwrap(), "--write", "--flink"];
    let typed = ["http://127.0.0.1:9", "--confirm", "silent 127.0.0.1:9"];
    let done = run(resume.iter().chain(&typed));
    assert!(done.status.success(), "{}", err(&done));
}

#[test]
fn an_old_savepoint_stays_while_a_cluster_that_was_named_is_silent() {
    let place = Place::aged(10);
    let savepoints = place.root().join("savepoints");
    let own = fs::read_dir(savepoints).unwrap().next().unwrap();
    let own = own.unwrap().path();
    let delete = |more: &[&str]| {
        let verb = ["delete", own.to_str().unwrap(), "--all-named"];
        run(verb.iter().chain(more))
    };
    let silent = ["--flink", "http://127.0.0.1:9", "--write", "--yes"];
    let refused = delete(&silent);
    assert_eq!(refused.status.code(), Some(4), "{}", err(&refused));
    let word = "--confirm 'silent 127.0.0.1:9'";
    assert!(err(&refused).contains(word), "{}", err(&refused));
    assert!(own.join("_metadata").exists());
    let alone = delete(&["--dry-run"]);
    assert_eq!(alone.status.code(), Some(0), "{}", err(&alone));
    assert!(
        out(&alone).contains("no cluster is connected (--flink)"),
        "{}",
        out(&alone)
    );
    let typed = delete(&[&silent[..], &["--confirm", "silent 127.0.0.1:9"]].concat());
    assert_eq!(typed.status.code(), Some(0), "{}", err(&typed));
    assert!(!own.join("_metadata").exists());
}
