//! Why Flink's own disposal is not for checkpoints that share files: what it deletes is computed from `_metadata` beforehand,
//! and a real Flink deletes exactly that, files of sibling checkpoints among it.
//!
//! The rule is in [`stateward::analysis::disposal`].

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use stateward::analysis::references;

use crate::cache;
use crate::cli::{self, health_of, path_of};
use crate::cluster::Cluster;
use crate::differential::scratch;
use crate::dist::{Distribution, FLINK_1_20, FLINK_2_3, Version};
use crate::job::{Job, Plan};
use crate::rest::text;
use crate::scenarios::{
    RETAINED, Scenario, Stage, cancel_and_retain, complete_checkpoints, copy_tree, scenarios_of,
};

/// How many keys the job has; it checks each of them after a restore.
pub(crate) const KEYS: u64 = 50;

#[test]
fn flink_2_3_takes_files_of_siblings() {
    flink_takes_files_of_siblings(FLINK_2_3);
}

#[test]
fn flink_1_20_takes_files_of_siblings() {
    flink_takes_files_of_siblings(FLINK_1_20);
}

fn flink_takes_files_of_siblings(version: Version) {
    let directory = scratch();
    let root = fs::canonicalize(directory.path()).expect("a temporary directory");
    let options = Stage::options(&root);
    let cluster = Cluster::start(&Distribution::get(version), &options);
    the_newest_cannot_be_restored(&cluster, &root);
    a_running_job_goes_on_with_holes(&cluster, &root.join("running"));
}

/// One of three retained incremental checkpoints is disposed of, and the newest cannot be restored any more.
fn the_newest_cannot_be_restored(cluster: &Cluster, root: &Path) {
    let place = root.join("disposed");
    let job = Job::start(cluster, plan("disposed", &place));
    job.wait("to have state for every key", || {
        (job.counter("new-keys") == KEYS).then_some(())
    });
    job.wait_for_checkpoints(2);
    cancel_and_retain(&job, RETAINED);
    let tree = job.checkpoints();
    let snapshots = complete_checkpoints(&tree);
    let [oldest, middle, newest] = &snapshots[..] else {
        panic!("{RETAINED} retained checkpoints: {snapshots:?}");
    };
    let intact = root.join("intact");
    copy_tree(&tree, &intact);

    let siblings = [Files::of(oldest), Files::of(newest)];
    let lost = the_rule_holds(cluster, middle, &siblings);
    let of_newest: BTreeSet<PathBuf> = lost.intersection(&siblings[1].named).cloned().collect();
    assert!(!of_newest.is_empty(), "checkpoints that share nothing");
    let shared = tree.join("shared");
    assert!(lost.iter().all(|file| file.starts_with(&shared)));

    is_told_as_broken(newest, &of_newest);
    let oldest_is_whole = lost.is_disjoint(&siblings[0].named);
    match cli::latest(&tree) {
        Ok(printed) => assert!(oldest_is_whole && path_of(&printed) == *oldest, "{printed}"),
        Err(said) => assert!(!oldest_is_whole, "{said}"),
    }
    fails_for_want_of_a_file(cluster, newest, &of_newest);

    // With the same files in place again it can be restored: it was for want of them alone.
    cache::remove(&tree);
    copy_tree(&intact, &tree);
    assert_eq!(health_of(newest), "complete");
    restores(cluster, newest);

    a_failed_disposal_of_a_copy_takes_them_as_well(cluster, middle, &root.join("backup"), &lost);
}

/// A job that runs does not hear of it: its next checkpoint is complete to Flink, and names files that are gone.
fn a_running_job_goes_on_with_holes(cluster: &Cluster, place: &Path) {
    let job = Job::start(
        cluster,
        plan("running", place).number("interval", 3_600_000),
    );
    job.wait("to have state for every key", || {
        (job.counter("new-keys") == KEYS).then_some(())
    });
    let first = job.checkpoint_now();
    let second = job.checkpoint_now();
    let lost = the_rule_holds(cluster, &second, &[Files::of(&first)]);
    assert!(!lost.is_empty(), "checkpoints that share nothing");

    let third = job.checkpoint_now();
    let holes = Files::of(&third).named;
    let holes: BTreeSet<PathBuf> = holes.into_iter().filter(|file| !file.exists()).collect();
    assert!(!holes.is_empty(), "a checkpoint that shares nothing");
    is_told_as_broken(&third, &holes);
    assert_eq!(job.state(), "RUNNING");
    job.cancel();
}

/// Absolute paths name the files of the original also in a copy; and where something else lies in the directory, Flink fails
/// only when all the rest is done.
fn a_failed_disposal_of_a_copy_takes_them_as_well(
    cluster: &Cluster,
    original: &Path,
    place: &Path,
    lost: &BTreeSet<PathBuf>,
) {
    let copy = place.join(original.file_name().expect("chk-N"));
    copy_tree(original, &copy);
    let stranger = copy.join("stranger");
    cache::write(&stranger, "");
    let files = Files::of(&copy);
    let why = dispose(cluster, &copy).expect_err("the directory cannot go");
    assert!(why.contains("not empty"), "{why}");
    assert_eq!(cache::files_below(&copy), [stranger]);
    assert!(lost.is_subset(&files.taken));
    assert!(!files.taken.iter().any(|file| file.exists()));
    assert_eq!(health_of(original), "incomplete");
}

#[test]
fn flink_2_3_disposes_by_the_rule() {
    flink_disposes_by_the_rule(FLINK_2_3);
}

#[test]
fn flink_1_20_disposes_by_the_rule() {
    flink_disposes_by_the_rule(FLINK_1_20);
}

/// What is deleted, and what is left, for every way to lay out state that this version has.
fn flink_disposes_by_the_rule(version: Version) {
    // Whether files that siblings name go; whether files that the checkpoint itself names stay.
    const LAYOUTS: [(&str, bool, bool); 6] = [
        ("rocksdb-incremental", true, false),
        ("forst", true, false),
        ("rocksdb-full", false, false),
        ("unaligned", false, false),
        ("changelog", false, true),
        ("file-merging", false, true),
    ];
    let directory = scratch();
    let root = fs::canonicalize(directory.path()).expect("a temporary directory");
    let options = Stage::options(&root);
    let cluster = Cluster::start(&Distribution::get(version), &options);
    let stage = Stage {
        cluster: &cluster,
        root: &root,
        tiny: false,
    };
    let mut todo = scenarios_of(version);
    todo.retain(|it| LAYOUTS.iter().any(|(name, ..)| *name == it.name));
    stage.make(&todo);
    let mut savepoints = 0;
    for Scenario { name, .. } in todo {
        let (_, takes, leaves) = LAYOUTS.iter().find(|it| it.0 == *name).expect("a layout");
        let place = root.join(name);
        let mut snapshots = complete_checkpoints(&entries(&place.join("checkpoints"))[0]);
        assert!(snapshots.len() > 1, "{name}: {snapshots:?}");
        for savepoint in entries(&place.join("savepoints")) {
            let siblings: Vec<Files> = snapshots.iter().map(|it| Files::of(it)).collect();
            let lost = the_rule_holds(&cluster, &savepoint, &siblings);
            assert!(lost.is_empty(), "a savepoint has its own files: {lost:?}");
            savepoints += 1;
        }

        let disposed = snapshots.remove(1);
        let siblings: Vec<Files> = snapshots.iter().map(|it| Files::of(it)).collect();
        let files = Files::of(&disposed);
        assert_eq!(files.named != files.taken, *leaves, "{name}");
        let lost = the_rule_holds(&cluster, &disposed, &siblings);
        assert_eq!(!lost.is_empty(), *takes, "{name}: {lost:?}");
    }
    assert!(savepoints > 0, "a scenario with savepoints");
}

/// What lies in a directory, if there is one.
fn entries(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

pub(crate) fn plan(name: &str, directory: &Path) -> Plan {
    Plan::new(name, directory)
        .backend("rocksdb")
        .incremental(true)
        .number("parallelism", 2)
        .number("interval", 500)
        .number("keys", KEYS)
}

/// The files that a snapshot names.
pub(crate) struct Files {
    pub(crate) named: BTreeSet<PathBuf>,
    /// Those that go when Flink disposes of it.
    taken: BTreeSet<PathBuf>,
    /// The directories that file merging keeps for it.
    directories: BTreeSet<PathBuf>,
}

impl Files {
    #[track_caller]
    pub(crate) fn of(snapshot: &Path) -> Self {
        let file = snapshot.join("_metadata");
        let bytes = fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let metadata = stateward::metadata::read(&bytes)
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let (mut named, mut taken) = (BTreeSet::new(), BTreeSet::new());
        for found in metadata.stream_handles() {
            let Some(reference) = references::of(found.role, found.handle) else {
                continue;
            };
            let stored = str::from_utf8(&reference.path).expect("a path of Flink's own making");
            let path = if reference.relative {
                snapshot.join(stored)
            } else {
                path_of(stored)
            };
            if reference.disposed {
                taken.insert(path.clone());
            }
            named.insert(path);
        }
        let directories = metadata
            .file_merging_directories()
            .flat_map(|it| {
                let it = it.directories;
                [&it.task_owned, &it.shared].map(|text| path_of(&text.to_str_lossy()))
            })
            .collect();
        Self {
            named,
            taken,
            directories,
        }
    }
}

/// Lets Flink dispose of a snapshot: of all files that it and its siblings name, those that the rule gives are gone, and no
/// other. Returns those that a sibling names.
#[track_caller]
fn the_rule_holds(cluster: &Cluster, disposed: &Path, siblings: &[Files]) -> BTreeSet<PathBuf> {
    let files = Files::of(disposed);
    let of_siblings: BTreeSet<PathBuf> = siblings
        .iter()
        .flat_map(|it| it.named.iter().cloned())
        .collect();
    let all: BTreeSet<PathBuf> = files.named.union(&of_siblings).cloned().collect();
    let missing =
        || -> BTreeSet<PathBuf> { all.iter().filter(|file| !file.is_file()).cloned().collect() };
    assert_eq!(missing(), BTreeSet::new(), "before the disposal");

    dispose(cluster, disposed).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(missing(), files.taken, "{}", disposed.display());
    assert!(!disposed.exists(), "{}", disposed.display());
    for kept in &files.directories {
        assert!(kept.is_dir(), "{}", kept.display());
    }
    files.taken.intersection(&of_siblings).cloned().collect()
}

/// What `flink savepoint -d` does.
///
/// # Errors
/// What Flink said.
fn dispose(cluster: &Cluster, snapshot: &Path) -> Result<Value, String> {
    let path = "/savepoint-disposal";
    let body = json!({ "savepoint-path": format!("file://{}", snapshot.display()) });
    cluster.rest.operation(path, &body, path)
}

/// The files that are missing are told, and no other.
#[track_caller]
fn is_told_as_broken(snapshot: &Path, lost: &BTreeSet<PathBuf>) {
    assert_eq!(health_of(snapshot), "incomplete");
    let shown = cli::show(snapshot).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(shown["restorable"], false, "{}", shown["findings"]);
    let files = shown["files"].as_array().expect("files");
    let gone = |file: &&Value| file["exists"] == false;
    let told: BTreeSet<PathBuf> = files
        .iter()
        .filter(gone)
        .map(|file| path_of(text(file, "/resolved")))
        .collect();
    assert_eq!(told, *lost);
}

#[track_caller]
pub(crate) fn fails_for_want_of_a_file(
    cluster: &Cluster,
    snapshot: &Path,
    lost: &BTreeSet<PathBuf>,
) {
    let job = Job::submit(cluster, restored_from("broken", snapshot));
    job.wait_for_end("FAILED");
    let why = job.exceptions();
    assert!(why.contains("FileNotFoundException"), "{why}");
    let mut names = lost.iter().filter_map(|file| file.file_name()?.to_str());
    assert!(names.any(|name| why.contains(name)), "{why}");
}

#[track_caller]
pub(crate) fn restores(cluster: &Cluster, snapshot: &Path) {
    let job = Job::start(cluster, restored_from("whole", snapshot));
    job.wait("to find the state of every key again", || {
        (job.counter("verified-keys") == KEYS).then_some(())
    });
    job.cancel();
}

fn restored_from(name: &str, snapshot: &Path) -> Plan {
    let beside = snapshot.ancestors().nth(4).expect("a directory above");
    plan(name, &beside.join(name)).restored_from(&format!("file://{}", snapshot.display()))
}
