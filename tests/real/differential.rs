//! For every snapshot that real clusters write, `stateward show --json` says what Flink's own classes say.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::cli;
use crate::cluster::{Cluster, Options};
use crate::compare::{Place, compare};
use crate::dist::{Distribution, FLINK_1_20, FLINK_2_3, Version};
use crate::oracle::{self, file_of, parse_lines};
use crate::scenarios::{RETAINED, Stage, complete_checkpoints, prove};

#[test]
fn flink_2_3_snapshots_read_as_flink_reads_them() {
    scenarios_read_as_flink_reads_them(FLINK_2_3);
}

#[test]
fn flink_1_20_snapshots_read_as_flink_reads_them() {
    scenarios_read_as_flink_reads_them(FLINK_1_20);
}

/// More snapshots, when there are any: `STATEWARD_CORPUS` names a directory with `NAME.oracle.jsonl` files, whose `file` members
/// are relative to it.
#[test]
fn a_corpus_reads_as_flink_reads_it() {
    let Some(corpus) = std::env::var_os("STATEWARD_CORPUS").map(PathBuf::from) else {
        return;
    };
    let corpus = fs::canonicalize(&corpus)
        .unwrap_or_else(|error| panic!("STATEWARD_CORPUS={}: {error}", corpus.display()));
    let mut differences = Vec::new();
    let mut compared = 0;
    for entry in fs::read_dir(&corpus).expect("a directory").flatten() {
        if entry
            .file_name()
            .to_string_lossy()
            .ends_with(".oracle.jsonl")
        {
            let lines = parse_lines(&crate::cache::read(&entry.path()));
            compared += lines.len();
            differences.extend(compare_all(&corpus, &lines, place_of(&corpus)));
        }
    }
    assert!(
        compared > 0,
        "no line in any *.oracle.jsonl of {}",
        corpus.display()
    );
    report(compared, &differences);
}

/// The corpus is at its original place if its own name is in the paths of its metadata; only then do files exist by their URIs.
fn place_of(corpus: &Path) -> Place {
    if corpus == Path::new("/flink/corpus") {
        Place::Original
    } else {
        Place::Copy
    }
}

fn scenarios_read_as_flink_reads_them(version: Version) {
    let distribution = Distribution::get(version);
    let directory = scratch();
    let root = fs::canonicalize(directory.path()).expect("a temporary directory");
    let options = Options {
        retained: RETAINED,
        inline_threshold: 512,
        changelog: Stage::changelog(&root),
        more: Vec::new(),
    };
    let cluster = Cluster::start(&distribution, &options);
    Stage {
        cluster: &cluster,
        root: &root,
        tiny: false,
    }
    .run();
    drop(cluster);

    let lines = oracle::read_all(&distribution, &root);
    prove(version, &lines);
    retained_checkpoints_share_files(&root, &lines);
    report(lines.len(), &compare_all(&root, &lines, Place::Original));
}

/// The point of incremental checkpoints: files of one are files of the next.
fn retained_checkpoints_share_files(root: &Path, lines: &[Value]) {
    let scenario = root.join("rocksdb-incremental/checkpoints");
    let job = fs::read_dir(&scenario)
        .expect("a directory")
        .flatten()
        .next()
        .expect("a job")
        .path();
    let shared: Vec<Vec<String>> = complete_checkpoints(&job)
        .iter()
        .map(|checkpoint| {
            let file = checkpoint.join("_metadata");
            let file = file
                .strip_prefix(root)
                .expect("below the root")
                .to_str()
                .expect("UTF-8");
            let line = lines
                .iter()
                .find(|line| file_of(line) == file)
                .unwrap_or_else(|| panic!("nothing about {file}"));
            let mut paths: Vec<String> = line
                .to_string()
                .split("\"path\":\"")
                .skip(1)
                .filter_map(|rest| Some(rest.split('"').next()?.to_owned()))
                .collect();
            paths.sort();
            paths
        })
        .collect();
    let pairs = shared.windows(2).all(|pair| {
        pair[0]
            .iter()
            .any(|path| pair[1].binary_search(path).is_ok())
    });
    assert!(
        pairs,
        "retained incremental checkpoints do not share files: {shared:?}"
    );
}

/// Shows every snapshot that the oracle speaks of, and collects what differs.
pub(crate) fn compare_all(root: &Path, lines: &[Value], place: Place) -> Vec<String> {
    let of = |line: &Value| {
        let file = root.join(file_of(line));
        let snapshot = if file.is_file() {
            file.parent().unwrap_or(root).to_path_buf()
        } else {
            file
        };
        cli::show(&snapshot)
            .and_then(|show| compare(line, &show, &snapshot, place))
            .err()
    };
    lines.iter().filter_map(of).collect()
}

#[track_caller]
pub(crate) fn report(compared: usize, differences: &[String]) {
    assert!(
        differences.is_empty(),
        "{} of {compared} snapshots read differently, the first ones:\n{}",
        differences.len(),
        differences
            .iter()
            .take(5)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n")
    );
}

/// A directory for snapshots, which goes with the test unless `STATEWARD_KEEP` is set.
#[expect(clippy::print_stderr, reason = "the place that was asked for")]
pub(crate) fn scratch() -> TempDir {
    let mut directory = tempfile::Builder::new()
        .prefix("stateward-real-")
        .tempdir()
        .expect("a temporary directory");
    if std::env::var_os("STATEWARD_KEEP").is_some() {
        directory.disable_cleanup(true);
        eprintln!("snapshots are kept in {}", directory.path().display());
    }
    directory
}
