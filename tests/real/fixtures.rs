//! Small real snapshots in the repository (`tests/fixtures/flink-VERSION`), for tests that need no Flink, and what Flink reads
//! out of them (`oracle.jsonl` beside each tree, `file` relative to it).
//!
//! They are written by the scenarios of [`crate::scenarios`] with as little state as possible:
//!
//! ```text
//! STATEWARD_WRITE_FIXTURES=1 cargo test --test real fixtures
//! ```
//!
//! The jobs then write below `/flink/fixtures/VERSION`, a neutral place which must be writable, so that the absolute paths inside
//! the metadata say nothing about the machine. Without the variable the test checks that Flink still reads the committed trees as
//! their `oracle.jsonl` says.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::cache;
use crate::cluster::{Cluster, Options};
use crate::dist::{Distribution, FLINK_1_20, FLINK_2_3, Version};
use crate::oracle::{self, parse_lines};
use crate::scenarios::{RETAINED, Stage, complete_checkpoints, copy_tree, prove};

/// Where fixtures are made; part of every absolute path in them.
const ORIGIN: &str = "/flink/fixtures";

#[test]
fn fixtures_of_flink_2_3_are_what_flink_reads() {
    fixtures_are_what_flink_reads(FLINK_2_3);
}

#[test]
fn fixtures_of_flink_1_20_are_what_flink_reads() {
    fixtures_are_what_flink_reads(FLINK_1_20);
}

fn fixtures_are_what_flink_reads(version: Version) {
    let distribution = Distribution::get(version);
    let tree = directory(version);
    if std::env::var_os("STATEWARD_WRITE_FIXTURES").is_some() {
        write(&distribution, &tree);
    }
    let recorded = parse_lines(&cache::read(&tree.join("oracle.jsonl")));
    prove(version, &recorded);
    let read = oracle::read_all(&distribution, &tree);
    assert_eq!(
        read.len(),
        recorded.len(),
        "the number of snapshots in {}",
        tree.display()
    );
    for (read, recorded) in read.iter().zip(&recorded) {
        assert_eq!(
            read, recorded,
            "Flink reads {} otherwise than recorded",
            read["file"]
        );
    }
}

/// The committed tree of a version.
pub(crate) fn directory(version: Version) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/flink-{version}"))
}

fn write(distribution: &Distribution, tree: &Path) {
    let origin = Path::new(ORIGIN).join(distribution.version.0);
    cache::remove(&origin);
    cache::create(&origin);
    let options = Options {
        retained: RETAINED,
        inline_threshold: 512,
        changelog: Stage::changelog(&origin),
    };
    let cluster = Cluster::start(distribution, &options);
    Stage {
        cluster: &cluster,
        root: &origin,
        tiny: true,
    }
    .run();
    drop(cluster);

    for scenario in ["unaligned", "rocksdb-full"] {
        keep_only_newest(&origin.join(scenario).join("checkpoints"));
    }
    cache::remove(tree);
    copy_tree(&origin, tree);
    let lines: Vec<Value> = oracle::read_all(distribution, tree);
    let mut text = String::new();
    for line in &lines {
        writeln!(text, "{line}").expect("memory");
    }
    cache::write(&tree.join("oracle.jsonl"), text);
    cache::remove(&origin);
}

/// For scenarios in which one checkpoint shows it all and takes much room. Nothing else refers to the files of the others.
fn keep_only_newest(checkpoints: &Path) {
    for job in fs::read_dir(checkpoints)
        .expect("a directory of checkpoints")
        .flatten()
    {
        let newest = complete_checkpoints(&job.path()).pop();
        for entry in fs::read_dir(job.path())
            .expect("a directory of a job")
            .flatten()
        {
            let is_checkpoint = entry.file_name().to_string_lossy().starts_with("chk-");
            if is_checkpoint && Some(entry.path()) != newest {
                cache::remove(&entry.path());
            }
        }
    }
}
