//! How fast a directory of a thousand snapshots is seen, and how soon the program shows one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::AtomicBool;

use divan::Bencher;
use jiff::Timestamp;
use stateward::inventory::catalog::{Catalog, Rules};
use stateward::inventory::scan::{self, Root};
use stateward::store::local::{LocalStore, location_of};
use tempfile::TempDir;

#[path = "../it/world.rs"]
#[expect(
    dead_code,
    clippy::unwrap_used,
    reason = "a part of the tests, which use more of it and unwrap"
)]
mod world;

use world::Draft;

fn main() {
    divan::main();
}

/// Ten jobs with a hundred retained incremental checkpoints each; every checkpoint names 30 files in `shared`, of which
/// 27 are the previous one's, and has two files of its own.
fn thousand_snapshots() -> TempDir {
    let temp = tempfile::tempdir().expect("a temporary directory");
    for job in 0..10_u8 {
        let directory = temp.path().join(format!("{job:032x}"));
        let shared = directory.join("shared");
        fs::create_dir_all(&shared).expect("a directory");
        for number in 1..=100_u64 {
            let mut draft = Draft::checkpoint(number).operators(&[job + 1]);
            for file in number * 3..number * 3 + 30 {
                let path = shared.join(format!("00000000-0000-4000-8000-{file:012x}"));
                fs::write(&path, [0; 64]).expect("a file");
                draft = draft.shared(&format!("file:{}", path.display()), 64);
            }
            let checkpoint = directory.join(format!("chk-{number}"));
            fs::create_dir(&checkpoint).expect("a directory");
            for own in [
                "11111111-0000-4000-8000-000000000000",
                "22222222-0000-4000-8000-000000000000",
            ] {
                fs::write(checkpoint.join(own), [0; 32]).expect("a file");
                draft = draft.own(own, 32);
            }
            fs::write(checkpoint.join("_metadata"), draft.bytes()).expect("metadata");
        }
    }
    temp
}

fn look(root: &Path) -> Catalog {
    let mut catalog = Catalog::new(Rules::default());
    let root = Root {
        location: location_of(root).expect("a location"),
        depth: 6,
    };
    scan::scan(
        &mut catalog,
        &LocalStore,
        &root,
        &AtomicBool::new(false),
        &mut |_| {},
    )
    .expect("a scan");
    catalog.settle(Timestamp::now());
    catalog
}

/// Finding, reading, resolving, checking, grouping and weighing a thousand snapshots.
#[divan::bench]
fn scan_1000_snapshots(bencher: Bencher<'_, '_>) {
    let temp = thousand_snapshots();
    assert_eq!(
        look(temp.path())
            .rows()
            .filter(|row| row.is_restorable())
            .count(),
        1000
    );
    bencher.bench_local(|| look(temp.path()));
}

/// Looking again when nothing changed.
#[divan::bench]
fn look_again_at_1000_snapshots(bencher: Bencher<'_, '_>) {
    let temp = thousand_snapshots();
    let mut catalog = look(temp.path());
    let snapshots = catalog.below(&location_of(temp.path()).expect("a location"));
    bencher.bench_local(|| {
        for snapshot in &snapshots {
            catalog.look_again_at(&LocalStore, snapshot);
        }
        catalog.look_for_files_again(&LocalStore);
        catalog.settle(Timestamp::now())
    });
}

/// `stateward show --json` of a small savepoint, as a process, from its start to its end.
#[divan::bench]
fn show_a_savepoint_as_a_process(bencher: Bencher<'_, '_>) {
    let savepoints =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/flink-2.3.0/stop/savepoints");
    let entry = fs::read_dir(savepoints)
        .expect("fixtures")
        .next()
        .expect("a savepoint")
        .expect("a savepoint");
    let savepoint: PathBuf = entry.path();
    bencher.bench_local(|| {
        let status = Command::new(env!("CARGO_BIN_EXE_stateward"))
            .arg("show")
            .arg(&savepoint)
            .arg("--json")
            .stdout(Stdio::null())
            .status()
            .expect("the program");
        assert!(status.success());
    });
}
