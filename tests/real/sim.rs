//! Flink's own classes read every snapshot that the simulated Flink writes, and say of it what `stateward show` says.

use std::fs;
use std::path::Path;

use stateward::sim::cluster::{Simulation, What};
use stateward::sim::scenario::{Event, Scenario};

use crate::compare::Place;
use crate::differential::{compare_all, report, scratch};
use crate::dist::{Distribution, FLINK_2_3};
use crate::oracle;

/// Plays a scenario, without damage, and keeps the metadata of every snapshot that is ever complete.
fn collect(file: &Path, directory: &Path, kept: &Path) {
    let text = crate::cache::read(file);
    let name = file.file_stem().and_then(|it| it.to_str()).expect("a name");
    let mut scenario = Scenario::parse(name, &text).expect("a scenario");
    scenario
        .events
        .retain(|event| !matches!(event, Event::Truncate { .. }));
    let mut simulation = Simulation::new(&scenario, directory).expect("a simulation");
    while let Some(at) = simulation.next_at().filter(|at| *at <= simulation.end()) {
        for happening in simulation.advance_to(at).expect("a step") {
            let Some(snapshot) = happening.snapshot else {
                continue;
            };
            if happening.what == What::Completed && snapshot.join("_metadata").exists() {
                let name = snapshot
                    .file_name()
                    .and_then(|it| it.to_str())
                    .expect("a name");
                let copy = kept.join(format!("{}-{}", happening.job, name));
                fs::create_dir_all(&copy).expect("a directory");
                fs::copy(snapshot.join("_metadata"), copy.join("_metadata")).expect("a copy");
            }
        }
    }
}

#[test]
fn flink_reads_every_simulated_snapshot_as_we_do() {
    let distribution = Distribution::get(FLINK_2_3);
    let directory = scratch();
    let root = fs::canonicalize(directory.path()).expect("a temporary directory");
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/scenarios");
    let mut played = 0;
    for entry in fs::read_dir(scenarios).expect("scenarios").flatten() {
        let name = entry.file_name();
        let stage = root.join("stage").join(&name);
        fs::create_dir_all(&stage).expect("a directory");
        collect(&entry.path(), &stage, &root.join("kept").join(&name));
        played += 1;
    }
    let kept = root.join("kept");
    let lines = oracle::read_all(&distribution, &kept);
    assert!(lines.len() > 10 * played, "{} snapshots", lines.len());
    report(lines.len(), &compare_all(&kept, &lines, Place::Copy));
    // Those that are left lie where they were written, with all their files.
    let stage = root.join("stage");
    let lines = oracle::read_all(&distribution, &stage);
    report(lines.len(), &compare_all(&stage, &lines, Place::Original));
}
