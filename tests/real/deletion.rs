//! Deletion by `stateward` itself, on a real cluster: only what no other checkpoint names goes, the others restore, and what
//! went comes back. What Flink's own disposal does to the same checkpoints is in [`crate::disposal`]: after it the newest of
//! them cannot be restored any more.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::health_of;
use crate::cluster::Cluster;
use crate::deleting::{delete, files, fill, going, json, objects, said, undo};
use crate::differential::scratch;
use crate::disposal::{Files, plan, restores};
use crate::dist::{Distribution, FLINK_1_20, FLINK_2_3, Version};
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
    let job = fill(cluster, plan("deleted", place));
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

    undo(&place.join("checkpoints"));
    assert!(expected.iter().all(|file| file.is_file()));
    assert_eq!(health_of(middle), "complete");
    restores(cluster, middle);
}

/// A checkpoint that its job keeps is refused, and so it is when nobody can be asked whether the job lives.
fn what_lives_stays(cluster: &Cluster, place: &Path) {
    let job = fill(cluster, plan("living", place).number("interval", 3_600_000));
    let kept = &job.checkpoint_now();
    let before = files(place);
    let stays = |decision: &str, words: &str| {
        let shown = delete(cluster, kept, &["--all-named", "--dry-run"]);
        objects(&shown, decision, "live job", words);
        let refused = delete(cluster, kept, &["--all-named", "--write", "--yes"]);
        assert_eq!(refused.status.code(), Some(4), "{}", said(&refused));
        assert_eq!(files(place), before);
    };
    stays("KEEP", "deletes it by itself");
    cluster.kill_job_manager();
    stays("UNKNOWN", "not known");
    assert_eq!(health_of(kept), "complete");
}
