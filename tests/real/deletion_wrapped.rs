//! A job with a changelog wraps the state that it was restored from: its checkpoints name those files until they are
//! materialized, whatever they are, also such as nobody else ever names again.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::health_of;
use crate::cluster::Cluster;
use crate::deleting::{delete, fill, go_on, going, json, objects, uri};
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
    let heir = |name: &str, backend: &'static str, take: fn(&Job<'_>) -> PathBuf| {
        Heir::of(&cluster, &root.join(name), backend, take)
    };
    heir("checkpoint", "hashmap", retained).needs_the_checkpoint();
    heir("full", "rocksdb", retained).needs_the_checkpoint();
    let native: fn(&Job<'_>) -> PathBuf = |job| saved(job, Format::Native);
    heir("native", "hashmap", native).needs_files_of_the_savepoint();
    let canonical: fn(&Job<'_>) -> PathBuf = |job| saved(job, Format::Canonical);
    heir("canonical", "hashmap", canonical).reaches_for_the_savepoint();
    heir("canonical-rocksdb", "rocksdb", canonical).reaches_for_the_savepoint();
}

/// A job with a changelog that claimed a snapshot of one without, took a checkpoint in a directory of its own, and is over.
struct Heir<'c> {
    cluster: &'c Cluster,
    backend: &'static str,
    place: PathBuf,
    snapshot: PathBuf,
    checkpoint: PathBuf,
}

impl<'c> Heir<'c> {
    fn of(
        cluster: &'c Cluster,
        place: &Path,
        backend: &'static str,
        take: fn(&Job<'_>) -> PathBuf,
    ) -> Self {
        let first = fill(cluster, plain(plan("first", place), backend));
        let snapshot = take(&first);
        let on_request = plan("heir", &place.join("heir")).number("interval", 3_600_000);
        let heir = wrapping(plain(on_request, backend)).claiming(&uri(&snapshot));
        let heir = go_on(cluster, heir);
        let checkpoint = heir.checkpoint_now();
        heir.cancel();
        // Out of sight of the heir's checkpoints nothing shows that it is needed.
        let shown = delete(cluster, &snapshot, &["--dry-run"]);
        objects(&shown, "UNKNOWN", "out of sight", "--all-named");
        Self {
            cluster,
            backend,
            place: place.to_owned(),
            snapshot,
            checkpoint,
        }
    }

    fn planned(&self) -> std::process::Output {
        let heirs = self.place.join("heir/checkpoints").display().to_string();
        let flags = ["--all-named", "--in", &heirs, "--dry-run"];
        delete(self.cluster, &self.snapshot, &flags)
    }

    fn inherited(&self) -> BTreeSet<PathBuf> {
        assert_eq!(health_of(&self.checkpoint), "complete");
        let inherited = &Files::of(&self.snapshot).named & &Files::of(&self.checkpoint).named;
        assert!(!inherited.is_empty(), "an heir of nothing");
        inherited
    }

    fn again(&self) -> Plan {
        let again = plan("again", &self.place.join("again")).number("interval", 3_600_000);
        wrapping(plain(again, self.backend)).claiming(&uri(&self.checkpoint))
    }

    #[track_caller]
    fn fails_without(&self, inherited: &BTreeSet<PathBuf>) {
        go_on(self.cluster, self.again()).cancel();
        for file in inherited {
            fs::remove_file(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        }
        let broken = Job::submit(self.cluster, self.again());
        broken.wait_for_end("FAILED");
        let why = broken.exceptions();
        assert!(why.contains("FileNotFoundException"), "{why}");
    }

    fn needs_the_checkpoint(&self) {
        let inherited = self.inherited();
        objects(
            &self.planned(),
            "KEEP",
            "built on",
            "names files in its directory",
        );
        self.fails_without(&inherited);
    }

    fn needs_files_of_the_savepoint(&self) {
        let inherited = self.inherited();
        let goes = going(&json(&self.planned()));
        assert!(goes.contains(&self.snapshot.join("_metadata")));
        assert!(goes.is_disjoint(&inherited), "{goes:?}");
        self.fails_without(&inherited);
    }

    /// Of a canonical savepoint Flink names the files as if they lay beside the heir's own.
    fn reaches_for_the_savepoint(&self) {
        assert_eq!(health_of(&self.checkpoint), "incomplete");
        objects(&self.planned(), "KEEP", "built on", "in its own directory");
        let named = Files::of(&self.checkpoint).named;
        for file in named.iter().filter(|file| !file.exists()) {
            let name = file.file_name().expect("a name");
            fs::copy(self.snapshot.join(name), file).expect("a file of the savepoint");
        }
        assert_eq!(health_of(&self.checkpoint), "complete");
        go_on(self.cluster, self.again()).cancel();
    }
}

fn plain(plan: Plan, backend: &str) -> Plan {
    plan.backend(backend)
        .incremental(false)
        .with("raw", "false")
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
