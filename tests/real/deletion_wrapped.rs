//! A job with a changelog wraps the state that it was restored from: its checkpoints name those files until they are
//! materialized, whatever they are, also such as nobody else ever names again.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use crate::cli::health_of;
use crate::cluster::Cluster;
use crate::deleting::{delete, fill, go_on, said, uri};
use crate::differential::scratch;
use crate::disposal::{Files, plan};
use crate::dist::{Distribution, FLINK_1_20, FLINK_2_3, Version};
use crate::job::{Format, Job, Plan};
use crate::scenarios::{RETAINED, Stage, cancel_and_retain, complete_checkpoints};

#[test]
fn flink_2_3_wraps_any_state() {
    flink_wraps_any_state(FLINK_2_3);
}

#[test]
fn flink_1_20_wraps_any_state() {
    flink_wraps_any_state(FLINK_1_20);
}

fn flink_wraps_any_state(version: Version) {
    let directory = scratch();
    let root = fs::canonicalize(directory.path()).expect("a temporary directory");
    let cluster = Cluster::start(&Distribution::get(version), &Stage::options(&root));
    for (name, backend, take) in [
        ("checkpoint", "hashmap", retained as fn(&Job<'_>) -> PathBuf),
        ("full-checkpoint", "rocksdb", retained),
        ("native", "hashmap", |job| saved(job, Format::Native)),
        ("canonical", "hashmap", |job| saved(job, Format::Canonical)),
        ("canonical-rocksdb", "rocksdb", |job| {
            saved(job, Format::Canonical)
        }),
    ] {
        let place = root.join(name);
        let plain = |plan: Plan| {
            plan.backend(backend)
                .incremental(false)
                .with("raw", "false")
        };
        let first = fill(&cluster, plain(plan("first", &place)));
        let snapshot = take(&first);
        let heir = plain(plan("heir", &place.join("heir"))).number("interval", 3_600_000);
        let heir = go_on(&cluster, wrapping(heir).claiming(&uri(&snapshot)));
        let checkpoint = heir.checkpoint_now();
        heir.cancel();
        let named = Files::of(&snapshot).named;
        let inherited: BTreeSet<PathBuf> = &named & &Files::of(&checkpoint).named;
        eprintln!(
            "{version} {name}: {} of {} {} {:?}",
            inherited.len(),
            named.len(),
            health_of(&checkpoint),
            Files::of(&checkpoint).named
        );
        let shown = delete(&cluster, &snapshot, &["--dry-run"]);
        let shown = said(&shown);
        eprintln!(
            "{name}: {}",
            shown
                .lines()
                .filter(|it| it.contains("decision")
                    || it.contains("text")
                    || it.contains("lineage"))
                .collect::<Vec<_>>()
                .join("\n")
        );
    }
}

fn retained(job: &Job<'_>) -> PathBuf {
    job.wait_for_checkpoints(2);
    cancel_and_retain(job, RETAINED);
    let newest = complete_checkpoints(&job.checkpoints()).pop();
    newest.expect("retained checkpoints")
}

fn saved(job: &Job<'_>, format: Format) -> PathBuf {
    job.savepoint(format);
    job.stop(format)
}

fn wrapping(plan: Plan) -> Plan {
    ["state.changelog", "state.backend.changelog"]
        .iter()
        .fold(plan, |plan, prefix| {
            plan.with(&format!("{prefix}.enabled"), "true")
                .with(&format!("{prefix}.periodic-materialize.interval"), "1 h")
        })
}
