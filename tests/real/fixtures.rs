//! Small real snapshots in the repository (`tests/fixtures/flink-VERSION`), for tests that need no Flink, and what Flink reads
//! out of them (`oracle.jsonl` beside each tree, `file` relative to it). Those of 2.0 and 1.15 are the
//! `_metadata` files of the newest snapshots alone, for versions 5 and 3 of it.
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
use crate::compare::Place;
use crate::differential::{compare_all, report};
use crate::dist::{Distribution, FLINK_1_15, FLINK_1_20, FLINK_2_0, FLINK_2_3, Version};
use crate::oracle::{self, parse_lines};
use crate::scenarios::{RETAINED, Stage, complete_checkpoints, prove, scenarios_of};

/// Where fixtures are made; part of every absolute path in them.
const ORIGIN: &str = "/flink/fixtures";

/// A tree of fixtures, and who reads it.
#[derive(Clone, Copy, Debug)]
struct Fixtures {
    written_by: Version,
    read_by: Version,
    /// Whether the state files are there too, or `_metadata` alone.
    state: bool,
}

const NEWEST: Fixtures = Fixtures {
    written_by: FLINK_2_3,
    read_by: FLINK_2_3,
    state: true,
};
const LAST_OF_1: Fixtures = Fixtures {
    written_by: FLINK_1_20,
    read_by: FLINK_1_20,
    state: true,
};
const METADATA_5: Fixtures = Fixtures {
    written_by: FLINK_2_0,
    read_by: FLINK_2_3,
    state: false,
};
const METADATA_3: Fixtures = Fixtures {
    written_by: FLINK_1_15,
    read_by: FLINK_2_3,
    state: false,
};

#[test]
fn fixtures_of_flink_2_3_are_what_flink_reads() {
    fixtures_are_what_flink_reads(NEWEST);
}

#[test]
fn fixtures_of_flink_2_0_are_what_flink_reads() {
    fixtures_are_what_flink_reads(METADATA_5);
}

#[test]
fn fixtures_of_flink_1_20_are_what_flink_reads() {
    fixtures_are_what_flink_reads(LAST_OF_1);
}

#[test]
fn fixtures_of_flink_1_15_are_what_flink_reads() {
    fixtures_are_what_flink_reads(METADATA_3);
}

/// Needs no Flink: what it reads was recorded.
#[test]
fn fixtures_read_as_flink_reads_them() {
    for fixtures in [NEWEST, METADATA_5, LAST_OF_1, METADATA_3] {
        let tree = directory(fixtures.written_by);
        let recorded = parse_lines(&cache::read(&tree.join("oracle.jsonl")));
        report(recorded.len(), &compare_all(&tree, &recorded, Place::Copy));
    }
}

fn fixtures_are_what_flink_reads(fixtures: Fixtures) {
    let tree = directory(fixtures.written_by);
    let reader = Distribution::get(fixtures.read_by);
    if std::env::var_os("STATEWARD_WRITE_FIXTURES").is_some() {
        write(fixtures, &reader, &tree);
    }
    let recorded = parse_lines(&cache::read(&tree.join("oracle.jsonl")));
    prove(fixtures.written_by, &recorded);
    let read = oracle::read_all(&reader, &tree);
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

fn write(fixtures: Fixtures, reader: &Distribution, tree: &Path) {
    let origin = Path::new(ORIGIN).join(fixtures.written_by.0);
    cache::remove(&origin);
    cache::create(&origin);
    let options = Options {
        retained: RETAINED,
        inline_threshold: 512,
        changelog: Stage::changelog(&origin),
        more: Vec::new(),
    };
    let cluster = Cluster::start(&Distribution::get(fixtures.written_by), &options);
    Stage {
        cluster: &cluster,
        root: &origin,
        tiny: true,
    }
    .run();
    drop(cluster);

    for scenario in scenarios_of(fixtures.written_by) {
        if !fixtures.state || ["unaligned", "rocksdb-full"].contains(&scenario.name) {
            keep_only_newest(&origin.join(scenario.name).join("checkpoints"));
        }
    }
    if !fixtures.state {
        for file in cache::files_below(&origin) {
            if file.file_name().is_some_and(|name| name != "_metadata") {
                fs::remove_file(&file)
                    .unwrap_or_else(|error| panic!("cannot remove {}: {error}", file.display()));
            }
        }
    }
    cache::remove(tree);
    copy_files(&origin, tree);
    let lines: Vec<Value> = oracle::read_all(reader, tree);
    let mut text = String::new();
    for line in &lines {
        writeln!(text, "{line}").expect("memory");
    }
    cache::write(&tree.join("oracle.jsonl"), text);
    cache::remove(&origin);
}

/// Where one checkpoint shows it all, or there are no state files that others could refer to.
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

/// Without empty directories, which git would not keep either.
fn copy_files(from: &Path, to: &Path) {
    for file in cache::files_below(from) {
        let target = to.join(file.strip_prefix(from).expect("below the directory"));
        cache::create(target.parent().expect("a file has a parent"));
        fs::copy(&file, &target)
            .unwrap_or_else(|error| panic!("cannot copy {}: {error}", file.display()));
    }
}
