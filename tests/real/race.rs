//! Flink's warmed-up reader against ours, on one large `_metadata` of tens of megabytes. Times are printed, never asserted: a
//! test machine is busy.
//!
//! ```text
//! cargo test --release --test real race -- --nocapture
//! ```
//!
//! Both readers read the file from the page cache and add up its state. Ours is timed as a whole process too: `stateward
//! show`, which also looks for every file and prints everything.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::cache;
use crate::cli;
use crate::dist::{Distribution, FLINK_2_3};
use crate::java::{LIGHT, Tools};
use crate::process::run;

/// Operators, subtasks, shared files per subtask: 25 MB.
const SHAPE: [&str; 3] = ["40", "100", "30"];

#[test]
#[expect(clippy::print_stderr, reason = "times are the result")]
fn race_with_flinks_reader() {
    let distribution = Distribution::get(FLINK_2_3);
    let snapshot = large_metadata(&distribution);
    let path = snapshot.to_str().expect("UTF-8");
    let flink = Tools::get(&distribution)
        .run(
            &["-XX:+UseParallelGC", "-Xmx3g"],
            "ReadBench",
            &[path, "10", "6"],
            "",
        )
        .unwrap_or_else(|error| panic!("{error}"));
    eprintln!(
        "Flink {}, warmed up: {}",
        distribution.version,
        flink.trim()
    );

    let file = snapshot.join("_metadata");
    let (median, best) = times(15, || {
        let bytes = fs::read(&file).expect("the large file");
        let metadata = stateward::metadata::read(&bytes).expect("the large file");
        assert!(metadata.state_size() > 0);
    });
    eprintln!("stateward's reader: median {median:?}, best {best:?}");

    let (median, best) = times(5, || {
        let mut show = cli::stateward();
        show.arg("show").arg(&snapshot).arg("--json");
        run(&mut show, "").unwrap_or_else(|error| panic!("{error}"));
    });
    eprintln!("stateward show, a whole process: median {median:?}, best {best:?}");
}

/// The median and the best time of so many runs.
fn times(runs: usize, mut run: impl FnMut()) -> (Duration, Duration) {
    let mut times: Vec<Duration> = (0..runs)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    times.sort();
    (times[times.len() / 2], times[0])
}

/// The directory of the large file, made once with Flink's own serializers.
pub(crate) fn large_metadata(distribution: &Distribution) -> PathBuf {
    let name = format!("large-metadata-{}", SHAPE.join("-"));
    let directory = cache::entry(&name, |directory| {
        let to = directory.to_str().ok_or("a path that is not UTF-8")?;
        Tools::get(distribution)
            .run(LIGHT, "BigMetadata", &[&[to], &SHAPE[..]].concat(), "")
            .map(drop)
    });
    let length = fs::metadata(directory.join("_metadata")).map_or(0, |metadata| metadata.len());
    assert!(
        length > 10_000_000,
        "{} has {length} bytes only",
        directory.display()
    );
    directory
}
