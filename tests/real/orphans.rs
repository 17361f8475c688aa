//! What `stateward orphans` lets go, nothing needs: a job that claimed a checkpoint of another goes on with its files, and is
//! restored with them once all that may go is gone.

use std::collections::BTreeMap;
use std::fs::{self, File, FileTimes};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::cache;
use crate::cli::{health_of, path_of, stateward};
use crate::cluster::Cluster;
use crate::differential::scratch;
use crate::disposal::Files;
use crate::dist::{Distribution, FLINK_1_20, FLINK_2_3, Version};
use crate::job::{Job, Plan};
use crate::rest::text;
use crate::scenarios::{RETAINED, Stage, cancel_and_retain, complete_checkpoints};

/// How many keys the job has; it checks each of them after a restore.
const KEYS: u64 = 50;

#[test]
fn flink_2_3_needs_nothing_that_may_go() {
    flink_needs_nothing_that_may_go(FLINK_2_3);
}

#[test]
fn flink_1_20_needs_nothing_that_may_go() {
    flink_needs_nothing_that_may_go(FLINK_1_20);
}

fn flink_needs_nothing_that_may_go(version: Version) {
    let directory = scratch();
    let root = fs::canonicalize(directory.path()).expect("a temporary directory");
    let options = Stage::options(&root);
    let cluster = Cluster::start(&Distribution::get(version), &options);
    let place = root.join("claimed");

    let first = Job::start(&cluster, plan("first", &place).number("interval", 500));
    first.wait("to have state for every key", || {
        (first.counter("new-keys") == KEYS).then_some(())
    });
    first.wait_for_checkpoints(2);
    cancel_and_retain(&first, RETAINED);
    let old = first.checkpoints();
    let claimed = complete_checkpoints(&old).pop().expect("a checkpoint");

    let heir = plan("heir", &place).number("interval", 3_600_000);
    let heir = Job::start(
        &cluster,
        heir.claiming(&format!("file://{}", claimed.display())),
    );
    let path = format!("/jobs/{}/checkpoints", heir.id);
    for _ in 0..RETAINED {
        let configured = json!({ "checkpointType": "CONFIGURED" });
        let taken = cluster.rest.operation(&path, &configured, &path);
        taken.unwrap_or_else(|error| panic!("{error}"));
    }
    heir.wait("to give up what it claimed", || {
        (!claimed.join("_metadata").exists()).then_some(())
    });
    // Nobody is left in the old directory who names what is in it.
    for retained in complete_checkpoints(&old) {
        cache::remove(&retained);
    }
    let lost = old.join("shared/2f9de764-d5b2-4951-840b-e9d8304a15e9");
    cache::write(&lost, "lost");
    all_old(&place);

    // While it lives, that speaks for whatever it was restored from.
    let live = orphans(&place, &["--flink", cluster.url()]);
    assert_eq!(live[&lost], "DEFER", "{live:?}");
    heir.cancel();
    all_old(&place);
    // Looked at alone, the old directory does not tell who claimed something of it.
    assert_eq!(orphans(&old, &[])[&lost], "UNKNOWN");

    let told = orphans(&place, &[]);
    assert_eq!(told[&lost], "DELETE", "{told:?}");
    let kept = complete_checkpoints(&heir.checkpoints());
    let inherited = |snapshot: &PathBuf| {
        let named = Files::of(snapshot).named;
        named.into_iter().filter(|it| it.starts_with(&old)).count()
    };
    assert!(
        kept.iter().map(inherited).sum::<usize>() > 0,
        "an heir of nothing"
    );
    for (file, _) in told.iter().filter(|(_, decision)| *decision == "DELETE") {
        let gone = if file.is_dir() {
            fs::remove_dir(file)
        } else {
            fs::remove_file(file)
        };
        gone.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }
    for snapshot in &kept {
        assert_eq!(health_of(snapshot), "complete");
    }
    let newest = kept.last().expect("a checkpoint");
    let again = plan("again", &root.join("again")).number("interval", 500);
    let again = Job::start(
        &cluster,
        again.restored_from(&format!("file://{}", newest.display())),
    );
    again.wait("to find the state of every key again", || {
        (again.counter("verified-keys") == KEYS).then_some(())
    });
    again.cancel();
}

fn plan(name: &str, directory: &Path) -> Plan {
    Plan::new(name, directory)
        .backend("rocksdb")
        .incremental(true)
        .number("parallelism", 2)
        .number("keys", KEYS)
}

/// Makes everything ten days old.
fn all_old(path: &Path) {
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        all_old(&entry.path());
    }
    let at = SystemTime::now() - Duration::from_secs(10 * 86_400);
    let file = File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    file.set_times(FileTimes::new().set_modified(at))
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

/// What is decided of each file, and each empty directory, that no snapshot names.
fn orphans(place: &Path, more: &[&str]) -> BTreeMap<PathBuf, String> {
    let mut command = stateward();
    command
        .args(["orphans", "--all-named"])
        .arg(place)
        .args(["--json", "--files"]);
    let output = command.args(more).output().expect("the program");
    let document: Value = serde_json::from_slice(&output.stdout).expect("a document");
    let files = document["files"].as_array().expect("files");
    files
        .iter()
        .map(|file| {
            (
                path_of(text(file, "/uri")),
                text(file, "/decision").to_owned(),
            )
        })
        .collect()
}
