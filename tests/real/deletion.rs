//! Deletion by `stateward` itself, on a real cluster: only what no other checkpoint names goes, the others restore, and what
//! went comes back. What Flink's own disposal does to the same checkpoints is in [`crate::disposal`]: after it the newest of
//! them cannot be restored any more.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use serde_json::Value;

use crate::cache;
use crate::cli::{health_of, path_of, stateward};
use crate::cluster::Cluster;
use crate::differential::scratch;
use crate::disposal::{Files, KEYS, plan, restores};
use crate::dist::{Distribution, FLINK_1_20, FLINK_2_3, Version};
use crate::job::Job;
use crate::rest::text;
use crate::scenarios::{RETAINED, Stage, cancel_and_retain, complete_checkpoints};

#[test]
fn flink_2_3_restores_what_a_deletion_leaves() {
    flink_restores_what_a_deletion_leaves(FLINK_2_3);
}

#[test]
fn flink_1_20_restores_what_a_deletion_leaves() {
    flink_restores_what_a_deletion_leaves(FLINK_1_20);
}

fn flink_restores_what_a_deletion_leaves(version: Version) {
    let directory = scratch();
    let root = fs::canonicalize(directory.path()).expect("a temporary directory");
    let options = Stage::options(&root);
    let cluster = Cluster::start(&Distribution::get(version), &options);
    the_middle_one_goes_and_comes_back(&cluster, &root.join("deleted"));
    what_lives_stays(&cluster, &root.join("living"));
}

/// The middle one of three retained incremental checkpoints of a job that is over.
fn the_middle_one_goes_and_comes_back(cluster: &Cluster, place: &Path) {
    let job = Job::start(cluster, plan("deleted", place));
    job.wait("to have state for every key", || {
        (job.counter("new-keys") == KEYS).then_some(())
    });
    job.wait_for_checkpoints(2);
    cancel_and_retain(&job, RETAINED);
    let snapshots = complete_checkpoints(&job.checkpoints());
    let [oldest, middle, newest] = &snapshots[..] else {
        panic!("{RETAINED} retained checkpoints: {snapshots:?}");
    };
    let (own, others) = (
        Files::of(middle).named,
        &Files::of(oldest).named | &Files::of(newest).named,
    );
    assert!(!own.is_disjoint(&others), "checkpoints that share nothing");
    let mut expected: BTreeSet<PathBuf> = own.difference(&others).cloned().collect();
    expected.insert(middle.join("_metadata"));

    // Nobody said yet that no job which claimed it writes elsewhere.
    let refused = delete(cluster, middle, &["--write", "--yes"]);
    assert_eq!(refused.status.code(), Some(4), "{}", said(&refused));
    assert!(said(&refused).contains("--all-named"), "{}", said(&refused));

    let shown = delete(cluster, middle, &["--all-named", "--dry-run"]);
    assert_eq!(shown.status.code(), Some(0), "{}", said(&shown));
    assert_eq!(going(&json(&shown)), expected);

    let before = files(place);
    let done = delete(cluster, middle, &["--all-named", "--write", "--yes"]);
    assert_eq!(done.status.code(), Some(0), "{}", said(&done));
    assert_eq!(text(&json(&done), "/batches/0/end"), "trashed");
    let after = files(place);
    let gone: BTreeSet<PathBuf> = before.difference(&after).cloned().collect();
    assert_eq!(gone, expected);
    assert!(after.is_subset(&before), "nothing is added");
    for left in [newest, oldest] {
        assert_eq!(health_of(left), "complete");
        restores(cluster, left);
    }

    let trash = place.join("checkpoints");
    let undone = stateward()
        .args(["undo", "--write"])
        .arg(&trash)
        .output()
        .expect("the program");
    assert_eq!(undone.status.code(), Some(0), "{}", said(&undone));
    assert!(expected.iter().all(|file| file.is_file()));
    assert_eq!(health_of(middle), "complete");
    restores(cluster, middle);
}

/// A checkpoint that its job keeps is refused, and so it is when nobody can be asked whether the job lives.
fn what_lives_stays(cluster: &Cluster, place: &Path) {
    let job = Job::start(cluster, plan("living", place).number("interval", 3_600_000));
    job.wait("to have state for every key", || {
        (job.counter("new-keys") == KEYS).then_some(())
    });
    let path = format!("/jobs/{}/checkpoints", job.id);
    let body = serde_json::json!({ "checkpointType": "CONFIGURED" });
    cluster
        .rest
        .operation(&path, &body, &path)
        .unwrap_or_else(|error| panic!("{error}"));
    let snapshots = complete_checkpoints(&job.checkpoints());
    // Flink may have taken one of its own when the job began.
    let kept = snapshots.last().expect("the checkpoint asked for");
    let before = files(place);
    let objects = |decision: &str, words: &str| {
        let shown = json(&delete(cluster, kept, &["--all-named", "--dry-run"]));
        let target = &shown["targets"][0];
        assert_eq!(target["decision"], decision, "{shown}");
        let objections = target["objections"].as_array().expect("objections");
        let is_it = |it: &&Value| {
            it["guard"] == "live job" && it["text"].as_str().is_some_and(|it| it.contains(words))
        };
        assert!(objections.iter().any(|it| is_it(&it)), "{objections:?}");
        assert!(going(&shown).is_empty(), "{shown}");
        let refused = delete(cluster, kept, &["--all-named", "--write", "--yes"]);
        assert_eq!(refused.status.code(), Some(4), "{}", said(&refused));
        assert_eq!(files(place), before);
    };
    objects("KEEP", "deletes it by itself");
    cluster.kill_job_manager();
    objects("UNKNOWN", "not known");
    assert_eq!(health_of(kept), "complete");
}

fn delete(cluster: &Cluster, snapshot: &Path, more: &[&str]) -> Output {
    stateward()
        .arg("delete")
        .arg(snapshot)
        .args(["--flink", cluster.url(), "--json"])
        .args(more)
        .stdin(Stdio::null())
        .output()
        .expect("the program")
}

#[track_caller]
fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("no JSON ({error}): {}", said(output)))
}

fn said(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!(
        "{}{}",
        String::from_utf8_lossy(err),
        String::from_utf8_lossy(out)
    )
}

/// The files that go by a plan.
fn going(plan: &Value) -> BTreeSet<PathBuf> {
    let targets = plan["targets"].as_array().expect("targets").iter();
    let files = targets.flat_map(|it| it["files"].as_array().expect("files"));
    files
        .filter(|file| text(file, "/decision").eq_ignore_ascii_case("delete"))
        .map(|file| path_of(text(file, "/at")))
        .collect()
}

/// All files below a directory but our own.
fn files(directory: &Path) -> BTreeSet<PathBuf> {
    let is_ours = |file: &PathBuf| file.components().any(|it| it.as_os_str() == ".stateward");
    let all = cache::files_below(directory).into_iter();
    all.filter(|file| !is_ours(file)).collect()
}
