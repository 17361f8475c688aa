//! Which snapshots are made, and how: each scenario runs a job of ours on a real cluster until its directory holds what the
//! scenario is about. [`Stage::run`] makes all of them with one cluster, several at a time, and proves with the oracle that they
//! hold what they should.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use crate::cache;
use crate::cluster::{Cluster, Options};
use crate::dist::Version;
use crate::job::{Format, Job, Plan};
use crate::oracle::file_of;
use crate::rest::number;
use crate::wait::{PATIENCE, wait_for};

/// Completed checkpoints that a cluster for scenarios keeps.
pub(crate) const RETAINED: u32 = 3;

/// Jobs at a time; each takes two of the cluster's slots.
const AT_A_TIME: usize = 4;

/// One kind of snapshots.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    /// The first Flink that has it.
    since: (u32, u32),
    make: fn(&Stage<'_>, &str),
    /// Texts that the oracle's lines about this scenario must contain; `a|b` means either.
    holds: &'static [&'static str],
}

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "unaligned",
        since: (1, 15),
        make: unaligned,
        holds: &[
            "InputChannelStateHandle",
            "ResultSubpartitionStateHandle",
            "KeyGroupsStateHandle",
        ],
    },
    Scenario {
        name: "finished",
        since: (1, 15),
        make: finished,
        holds: &[
            r#""fullyFinished":true"#,
            r#""finished":true"#,
            r#""class":"OperatorStreamStateHandle""#,
        ],
    },
    Scenario {
        name: "rocksdb-incremental",
        since: (1, 15),
        make: rocksdb_incremental,
        holds: &[
            "IncrementalRemoteKeyedStateHandle",
            "/shared/",
            "KeyGroupsSavepointStateHandle",
            r#""savepointFormat":"NATIVE"|"version":3"#,
        ],
    },
    Scenario {
        name: "changelog",
        since: (1, 15),
        make: changelog,
        holds: &[
            "ChangelogStateBackendHandleImpl",
            "ChangelogStateHandleStreamImpl",
            // 1.15 writes right into it, later releases into `<job id>/dstl`.
            "/changelog/changes/",
            "/taskowned/",
        ],
    },
    Scenario {
        name: "file-merging",
        since: (1, 20),
        make: file_merging,
        holds: &[
            r#""class":"SegmentFileStateHandle""#,
            "EmptySegmentFileStateHandle",
            "FileMergingOperatorStreamStateHandle",
        ],
    },
    Scenario {
        name: "forst",
        since: (2, 0),
        make: forst,
        holds: &[
            "IncrementalRemoteKeyedStateHandle",
            r#""savepointFormat":"NATIVE"|"version":3"#,
        ],
    },
    Scenario {
        name: "hashmap",
        since: (1, 15),
        make: hashmap,
        holds: &[
            r#""class":"KeyGroupsStateHandle""#,
            "RelativeFileStateHandle",
            "ByteStreamStateHandle",
            r#""mode":"BROADCAST""#,
            r#""mode":"UNION""#,
            r#""mode":"SPLIT_DISTRIBUTE""#,
            r#""name":"hook-1","version":77"#,
            r#""rawKeyedState":[{"#,
            r#""rawOperatorState":[{"#,
            r#""savepointFormat":"CANONICAL"|KeyGroupsSavepointStateHandle"#,
        ],
    },
    Scenario {
        name: "rocksdb-full",
        since: (1, 15),
        make: rocksdb_full,
        holds: &[
            "IncrementalRemoteKeyedStateHandle|KeyGroupsStateHandle",
            r#""rawKeyedState":[{"#,
        ],
    },
    Scenario {
        name: "stop",
        since: (1, 15),
        make: stop,
        holds: &[
            "KeyGroupsSavepointStateHandle",
            "Suspend Savepoint|\"version\":3",
        ],
    },
    Scenario {
        name: "in-progress",
        since: (1, 15),
        make: in_progress,
        holds: &["KeyGroupsStateHandle"],
    },
];

/// Where scenarios play.
#[derive(Debug)]
pub(crate) struct Stage<'cluster> {
    pub(crate) cluster: &'cluster Cluster,
    /// Each scenario gets a directory of its own name here.
    pub(crate) root: &'cluster Path,
    /// Whether state is to be as small as can be, for files that are kept in the repository.
    pub(crate) tiny: bool,
}

impl Stage<'_> {
    /// Makes every scenario that this version of Flink has.
    pub(crate) fn run(&self) {
        self.make(&scenarios_of(self.cluster.version));
    }

    /// Makes these scenarios.
    pub(crate) fn make(&self, todo: &[&Scenario]) {
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..AT_A_TIME {
                scope.spawn(|| {
                    while let Some(scenario) = todo.get(next.fetch_add(1, Ordering::Relaxed)) {
                        (scenario.make)(self, scenario.name);
                    }
                });
            }
        });
    }

    /// Where the changelog backend writes; that is an option of the cluster, so the path is needed before it starts.
    pub(crate) fn changelog(root: &Path) -> PathBuf {
        root.join("changelog/changes")
    }

    /// The options of a cluster for tests that need nothing special of it.
    pub(crate) fn options(root: &Path) -> Options {
        Options {
            retained: RETAINED,
            inline_threshold: 512,
            changelog: Self::changelog(root),
            more: Vec::new(),
        }
    }

    fn directory(&self, scenario: &str) -> PathBuf {
        self.root.join(scenario)
    }

    fn plan(&self, scenario: &str) -> Plan {
        let plan = Plan::new(scenario, &self.directory(scenario)).number("parallelism", 2);
        if self.tiny {
            plan.number("interval", 500)
                .number("keys", 8)
                .number("value", 40)
                .number("maxparallelism", 16)
                .number("batch", 1)
        } else {
            plan.number("interval", 500)
                .number("keys", 60)
                .number("value", 400)
                .number("maxparallelism", 128)
        }
    }
}

pub(crate) fn scenarios_of(version: Version) -> Vec<&'static Scenario> {
    SCENARIOS
        .iter()
        .filter(|scenario| version.since(scenario.since))
        .collect()
}

/// Checks that the snapshots of every scenario hold what they should.
pub(crate) fn prove(version: Version, oracle: &[Value]) {
    for scenario in scenarios_of(version) {
        let lines: Vec<String> = oracle
            .iter()
            .filter(|line| file_of(line).starts_with(&format!("{}/", scenario.name)))
            .map(Value::to_string)
            .collect();
        assert!(
            !lines.is_empty(),
            "Flink {version}: the scenario {} left no snapshot",
            scenario.name
        );
        for wanted in scenario.holds {
            let found = wanted
                .split('|')
                .any(|text| lines.iter().any(|line| line.contains(text)));
            assert!(
                found,
                "Flink {version}: no snapshot of the scenario {} holds {wanted}",
                scenario.name
            );
        }
    }
}

/// The `chk-N` directories with a `_metadata`, oldest first.
pub(crate) fn complete_checkpoints(job: &Path) -> Vec<PathBuf> {
    let mut found: Vec<(u64, PathBuf)> = fs::read_dir(job)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            Some((
                entry
                    .file_name()
                    .to_str()?
                    .strip_prefix("chk-")?
                    .parse()
                    .ok()?,
                entry.path(),
            ))
        })
        .filter(|(_, path)| path.join("_metadata").is_file())
        .collect();
    found.sort();
    found.into_iter().map(|(_, path)| path).collect()
}

/// Cancels a job as soon as it has the given number of complete checkpoints. Those stay, up to [`RETAINED`].
pub(crate) fn cancel_and_retain(job: &Job<'_>, checkpoints: u32) {
    let directory = job.checkpoints();
    let wanted = usize::try_from(checkpoints).expect("a small number");
    job.wait(&format!("to have {checkpoints} checkpoints"), || {
        (complete_checkpoints(&directory).len() >= wanted).then_some(())
    });
    job.cancel();
    let most = usize::try_from(RETAINED).expect("a small number");
    wait_for(
        &format!(
            "at most {RETAINED} retained checkpoints in {}",
            directory.display()
        ),
        PATIENCE,
        || {
            let left = complete_checkpoints(&directory).len();
            assert!(
                left >= wanted,
                "Flink retained {left} checkpoints in {}, expected {wanted}",
                directory.display()
            );
            (left <= most).then_some(())
        },
    );
}

fn both_savepoints(job: &Job<'_>) {
    job.savepoint(Format::Canonical);
    job.savepoint(Format::Native);
}

/// Checkpoints and both kinds of savepoints of the hashmap backend, with every kind of state.
fn hashmap(stage: &Stage<'_>, name: &str) {
    let job = Job::start(stage.cluster, stage.plan(name).backend("hashmap"));
    job.wait_for_checkpoints(2);
    both_savepoints(&job);
    job.wait_for_checkpoints(2);
    cancel_and_retain(&job, RETAINED);
}

/// Three retained checkpoints that share files, and both kinds of savepoints.
fn rocksdb_incremental(stage: &Stage<'_>, name: &str) {
    let plan = stage.plan(name).backend("rocksdb").incremental(true);
    let job = Job::start(stage.cluster, lean(stage, plan));
    job.wait_for_checkpoints(2);
    both_savepoints(&job);
    job.wait_for_checkpoints(3);
    cancel_and_retain(&job, RETAINED);
}

/// Full checkpoints, with timers on the heap: those become raw keyed state.
fn rocksdb_full(stage: &Stage<'_>, name: &str) {
    let plan = stage
        .plan(name)
        .backend("rocksdb")
        .incremental(false)
        .with("state.backend.rocksdb.timer-service.factory", "HEAP")
        .with("raw", "false");
    let job = Job::start(stage.cluster, lean(stage, plan).with("timers", "true"));
    job.wait_for_checkpoints(3);
    cancel_and_retain(&job, RETAINED);
}

/// Backpressure, so that data in flight becomes part of each checkpoint.
fn unaligned(stage: &Stage<'_>, name: &str) {
    let plan = stage
        .plan(name)
        .backend("hashmap")
        .with("execution.checkpointing.unaligned", "true")
        .with("execution.checkpointing.unaligned.enabled", "true")
        .with("rules", "false")
        .with("raw", if stage.tiny { "false" } else { "true" });
    // Slow to fill the buffers, or at full speed.
    let plan = if stage.tiny {
        plan.number("slow", 50)
    } else {
        plan.number("batch", 0).number("slow", 1)
    };
    let job = Job::start(stage.cluster, plan);
    job.wait("to complete a checkpoint with data in flight", || {
        let id = job.statistics().pointer("/latest/completed/id")?.as_u64()?;
        (number(&job.checkpoint(id), "/persisted_data") > 0).then_some(())
    });
    job.wait_for_checkpoints(u64::from(RETAINED));
    cancel_and_retain(&job, RETAINED);
}

/// Changes and materialized state together in one checkpoint.
fn changelog(stage: &Stage<'_>, name: &str) {
    let mut plan = stage.plan(name).backend("hashmap").with("raw", "false");
    for prefix in ["state.changelog", "state.backend.changelog"] {
        plan = plan.with(&format!("{prefix}.enabled"), "true");
    }
    for key in [
        "state.changelog.periodic-materialize.interval",
        "state.backend.changelog.periodic-materialize.interval",
    ] {
        plan = plan.with(key, "2 s");
    }
    let job = Job::start(stage.cluster, plan);
    let materialized = job.checkpoints().join("taskowned");
    job.wait("to materialize state", || {
        (!cache::files_below(&materialized).is_empty()).then_some(())
    });
    job.wait_for_checkpoints(u64::from(RETAINED));
    cancel_and_retain(&job, RETAINED);
}

/// Segments of few physical files instead of many files.
fn file_merging(stage: &Stage<'_>, name: &str) {
    let plan = stage
        .plan(name)
        .backend("rocksdb")
        .incremental(true)
        .with("execution.checkpointing.file-merging.enabled", "true")
        .with(
            "execution.checkpointing.file-merging.across-checkpoint-boundary",
            "true",
        );
    let job = Job::start(stage.cluster, lean(stage, plan));
    job.wait_for_checkpoints(4);
    cancel_and_retain(&job, RETAINED);
}

/// The disaggregated backend of 2.x, whose savepoints can only be native.
fn forst(stage: &Stage<'_>, name: &str) {
    let plan = stage.plan(name).backend("forst").incremental(true);
    let job = Job::start(stage.cluster, lean(stage, plan));
    job.wait_for_checkpoints(1);
    job.savepoint(Format::Native);
    cancel_and_retain(&job, if stage.tiny { 1 } else { RETAINED });
}

/// Stop-with-savepoint: the checkpoints go, empty directories and the savepoint stay.
fn stop(stage: &Stage<'_>, name: &str) {
    let job = Job::start(stage.cluster, stage.plan(name).backend("hashmap"));
    job.wait_for_checkpoints(2);
    job.stop(Format::Canonical);
}

/// Operators that are finished, wholly and in part.
fn finished(stage: &Stage<'_>, name: &str) {
    let plan = stage
        .plan(name)
        .backend("hashmap")
        .with("finite", "true")
        .with("raw", "false")
        .with("rules", "false");
    let job = Job::start(stage.cluster, plan);
    job.wait("to finish its finite part", || {
        let details = job.details();
        let tasks = details["vertices"].as_array()?;
        let end = tasks.iter().find(|task| {
            task["name"]
                .as_str()
                .is_some_and(|name| name.starts_with("finite end"))
        })?;
        (end["status"] == "FINISHED").then_some(())
    });
    job.wait("to finish one half of an operator", || {
        let details = job.details();
        let tasks = details["vertices"].as_array()?;
        let halves = tasks.iter().find(|task| {
            task["name"]
                .as_str()
                .is_some_and(|name| name.contains("halves"))
        })?;
        (halves["tasks"]["FINISHED"] == 1).then_some(())
    });
    job.wait_for_checkpoints(2);
    job.savepoint(Format::Canonical);
    job.wait_for_checkpoints(1);
    cancel_and_retain(&job, RETAINED);
}

/// The tree as it is while a checkpoint is being written: copied in that moment and put back after the job has ended.
fn in_progress(stage: &Stage<'_>, name: &str) {
    const BLOCKED: u64 = 4;
    let plan = stage
        .plan(name)
        .backend("hashmap")
        .with("rules", "false")
        .with("raw", "false")
        .number("blockat", BLOCKED);
    let job = Job::start(stage.cluster, plan);
    let pending = job.checkpoints().join(format!("chk-{BLOCKED}"));
    job.wait("to begin a checkpoint that it cannot complete", || {
        (job.completed() >= BLOCKED - 1 && !cache::files_below(&pending).is_empty()).then_some(())
    });
    let original = job.directory.join("checkpoints");
    let copy = job.directory.join("frozen");
    copy_tree(&original, &copy);
    job.cancel();
    cache::remove(&original);
    fs::rename(&copy, &original)
        .unwrap_or_else(|error| panic!("cannot rename {}: {error}", copy.display()));
}

/// Each `RocksDB` instance brings along a large file of options per checkpoint, which grows with the number of its states: the
/// repository gets one small instance, not four large ones.
fn lean(stage: &Stage<'_>, plan: Plan) -> Plan {
    if stage.tiny {
        plan.number("parallelism", 1)
            .with("raw", "false")
            .with("rules", "false")
    } else {
        plan
    }
}

/// Copies files and directories, also empty ones.
pub(crate) fn copy_tree(from: &Path, to: &Path) {
    cache::create(to);
    let entries = fs::read_dir(from)
        .unwrap_or_else(|error| panic!("cannot list {}: {error}", from.display()));
    for entry in entries.flatten() {
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy_tree(&source, &target);
        } else {
            fs::copy(&source, &target)
                .unwrap_or_else(|error| panic!("cannot copy {}: {error}", source.display()));
        }
    }
}
