//! What the tests of deletion have in common: the program asked to delete, what it said, and what came of it on disk.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use serde_json::Value;

use crate::cache;
use crate::cli::{path_of, stateward};
use crate::cluster::Cluster;
use crate::disposal::KEYS;
use crate::job::{Job, Plan};
use crate::rest::text;

/// `stateward delete` with this cluster connected, by somebody who knows that no other one runs anything that was started
/// from it: all is young here.
pub(crate) fn delete(cluster: &Cluster, snapshot: &Path, more: &[&str]) -> Output {
    let flink = ["--flink", cluster.url()];
    let does_it = ["--write", "--yes", "--dry-run"];
    let looking = more.iter().filter(|it| !does_it.contains(it));
    let looking: Vec<&str> = flink.iter().chain(looking).copied().collect();
    let shown = json(&delete_alone(
        snapshot,
        &[&looking[..], &["--dry-run"]].concat(),
    ));
    let lineage = shown["targets"][0]["lineage"].as_str();
    let word = lineage.map(|it| format!("young {it}"));
    let word = word.iter().flat_map(|it| ["--confirm", it]);
    let said: Vec<&str> = flink.iter().chain(more).copied().chain(word).collect();
    delete_alone(snapshot, &said)
}

/// `stateward delete` with no cluster but those that the flags name.
pub(crate) fn delete_alone(snapshot: &Path, more: &[&str]) -> Output {
    stateward()
        .arg("delete")
        .arg(snapshot)
        .arg("--json")
        .args(more)
        .stdin(Stdio::null())
        .output()
        .expect("the program")
}

/// Brings back what was last moved into the trash of a directory.
#[track_caller]
pub(crate) fn undo(directory: &Path) {
    let undone = stateward()
        .args(["undo", "--write"])
        .arg(directory)
        .output()
        .expect("the program");
    assert_eq!(undone.status.code(), Some(0), "{}", said(&undone));
}

#[track_caller]
pub(crate) fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("no JSON ({error}): {}", said(output)))
}

pub(crate) fn said(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!(
        "{}{}",
        String::from_utf8_lossy(err),
        String::from_utf8_lossy(out)
    )
}

/// The files of a plan with their decisions and reasons.
pub(crate) fn steps(plan: &Value) -> Vec<(PathBuf, String, String)> {
    let targets = plan["targets"].as_array().expect("targets").iter();
    let files = targets.flat_map(|it| it["files"].as_array().expect("files"));
    files
        .map(|file| {
            let (decision, reason) = (text(file, "/decision"), text(file, "/reason"));
            (
                path_of(text(file, "/at")),
                decision.to_owned(),
                reason.to_owned(),
            )
        })
        .collect()
}

/// The files that go by a plan.
pub(crate) fn going(plan: &Value) -> BTreeSet<PathBuf> {
    let steps = steps(plan).into_iter();
    steps
        .filter(|(_, decision, _)| decision == "DELETE")
        .map(|(file, ..)| file)
        .collect()
}

/// The only target of a plan stays, by this guard and in these words, and with it all of its files.
#[track_caller]
pub(crate) fn objects(output: &Output, decision: &str, guard: &str, words: &str) {
    let shown = json(output);
    let target = &shown["targets"][0];
    assert_eq!(target["decision"], decision, "{shown:#}");
    let objections = target["objections"].as_array().expect("objections");
    let mut texts = objections.iter().filter(|it| it["guard"] == guard);
    assert!(
        texts.any(|it| text(it, "/text").contains(words)),
        "{guard}, {words}: {objections:?}"
    );
    assert!(going(&shown).is_empty(), "{shown:#}");
}

/// All files below a directory but our own.
pub(crate) fn files(directory: &Path) -> BTreeSet<PathBuf> {
    let is_ours = |file: &PathBuf| file.components().any(|it| it.as_os_str() == ".stateward");
    let all = cache::files_below(directory).into_iter();
    all.filter(|file| !is_ours(file)).collect()
}

/// Starts the job and waits until it has state for every key.
#[track_caller]
pub(crate) fn fill(cluster: &Cluster, plan: Plan) -> Job<'_> {
    let job = Job::start(cluster, plan);
    job.wait("to have state for every key", || {
        (job.counter("new-keys") == KEYS).then_some(())
    });
    job
}

/// Starts a job that was restored, and waits until it has found the state of every key again.
#[track_caller]
pub(crate) fn go_on(cluster: &Cluster, plan: Plan) -> Job<'_> {
    let job = Job::start(cluster, plan);
    job.wait("to find the state of every key again", || {
        (job.counter("verified-keys") == KEYS).then_some(())
    });
    job
}

/// As Flink takes the place of a snapshot.
pub(crate) fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}
