//! A job that claimed a snapshot fails, and goes on from a checkpoint of its own: Flink tells no more what it began with,
//! and removes that all the same once its turn has come.

use std::fs;
use std::path::Path;

use crate::cache;
use crate::cli::{path_of, stateward};
use crate::cluster::Cluster;
use crate::deleting::{delete, fill, go_on, json, objects, said, uri};
use crate::deletion_claimed::{fail, goes_on_from, restarting};
use crate::differential::scratch;
use crate::disposal::plan;
use crate::dist::{Distribution, FLINK_1_20, FLINK_2_3, Version};
use crate::job::Format;
use crate::rest::text;
use crate::scenarios::{RETAINED, Stage};

#[test]
fn flink_2_3_does_not_tell_what_it_claimed_after_a_failure() {
    flink_does_not_tell_what_it_claimed_after_a_failure(FLINK_2_3);
}

#[test]
fn flink_1_20_does_not_tell_what_it_claimed_after_a_failure() {
    flink_does_not_tell_what_it_claimed_after_a_failure(FLINK_1_20);
}

fn flink_does_not_tell_what_it_claimed_after_a_failure(version: Version) {
    let directory = scratch();
    let root = fs::canonicalize(directory.path()).expect("a temporary directory");
    let cluster = Cluster::start(&Distribution::get(version), &Stage::options(&root));
    let first = fill(&cluster, plan("first", &root.join("first")));
    let savepoint = first.stop(Format::Canonical);
    let heir = root.join("heir");
    cache::create(&heir);
    let heir = go_on(&cluster, restarting(&heir).claiming(&uri(&savepoint)));
    let own = heir.checkpoint_now();
    // It tells of a savepoint that was claimed as of a checkpoint.
    assert_eq!(owner(&cluster, &root, &savepoint), "Flink");

    fail(&heir);
    goes_on_from(&heir, &own);
    assert_eq!(owner(&cluster, &root, &savepoint), "unclear");
    let directory = root.to_str().expect("a path of ours");
    let flags = ["--in", directory, "--all-named", "--dry-run"];
    let shown = delete(&cluster, &savepoint, &flags);
    objects(
        &shown,
        "UNKNOWN",
        "live job",
        "may have been restored from it with CLAIM",
    );
    // Its own is its own as before.
    assert_eq!(owner(&cluster, &root, &own), "Flink");

    // Flink knows what it does not tell: as many checkpoints later as are kept, it has removed the savepoint.
    assert!(savepoint.exists());
    for _ in 0..RETAINED {
        heir.checkpoint_now();
    }
    heir.wait("to remove what it claimed", || {
        (!savepoint.join("_metadata").exists()).then_some(())
    });
    heir.cancel();
}

/// Whose a snapshot is, as a list says it that asks the cluster.
#[track_caller]
fn owner(cluster: &Cluster, root: &Path, snapshot: &Path) -> String {
    let listed = stateward()
        .args(["ls", "--json", "--flink", cluster.url()])
        .arg(root)
        .output()
        .expect("the program");
    let list = json(&listed);
    let mut rows = list["snapshots"].as_array().expect("rows").iter();
    let row = rows.find(|row| path_of(text(row, "/uri")) == snapshot);
    let row = row.unwrap_or_else(|| panic!("no row of it: {}", said(&listed)));
    text(row, "/owner").to_owned()
}
