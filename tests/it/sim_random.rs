//! Whatever is asked of a simulated cluster, in whatever order: what it says is complete can be restored.

use std::fs;

use jiff::SignedDuration;
use proptest::prelude::*;
use stateward::domain::claim::ClaimMode;
use stateward::sim::cluster::Simulation;
use stateward::sim::request::{Refusal, RunRequest, SavepointRequest};
use stateward::sim::run::{Condition, Run};
use stateward::sim::scenario::{Format, Scenario};

use crate::sim_stage::compare;

#[derive(Debug, Clone)]
enum Wish {
    Savepoint {
        native: bool,
        stop: bool,
    },
    Checkpoint {
        full: bool,
    },
    Cancel,
    Fail {
        for_good: bool,
    },
    Finish,
    Expire,
    Restart {
        which: usize,
        mode: u8,
        parallelism: u32,
    },
}

fn wish() -> impl Strategy<Value = Wish> {
    prop_oneof![
        (any::<bool>(), any::<bool>()).prop_map(|(native, stop)| Wish::Savepoint { native, stop }),
        any::<bool>().prop_map(|full| Wish::Checkpoint { full }),
        Just(Wish::Cancel),
        any::<bool>().prop_map(|for_good| Wish::Fail { for_good }),
        Just(Wish::Finish),
        Just(Wish::Expire),
        (any::<usize>(), 0..3_u8, 1..4_u32).prop_map(|(which, mode, parallelism)| {
            Wish::Restart {
                which,
                mode,
                parallelism,
            }
        }),
    ]
}

fn scenario(
    seed: u64,
    backend: &str,
    changelog: bool,
    retained: usize,
    retention: &str,
) -> Scenario {
    let versions = ["1.15.4", "1.20.5", "2.0.2", "2.3.0"];
    // ForSt came with 2.0, and has no changelog.
    let forst = backend == "forst";
    let versions = if forst { &versions[2..] } else { &versions };
    let version = versions[seed as usize % versions.len()];
    let changelog = changelog && !forst;
    let text = format!(
        r#"
title = "Anything"
caption = "Whatever comes."
seed = {seed}
version = "{version}"
retained = {retained}
lasts = "5m"
[[jobs]]
name = "job"
parallelism = 2
max_parallelism = 16
backend = "{backend}"
changelog = {changelog}
unaligned = {unaligned}
file_merging = {merging}

retention = "{retention}"
timeout = "25s"
[[jobs.operators]]
name = "Source"
source = true
[[jobs.operators]]
name = "Count"
uid = "count"
keyed = 3_000_000
growth = 400_000
"#,
        unaligned = seed.is_multiple_of(3),
        merging = seed.is_multiple_of(5) && version != "1.15.4",
    );
    Scenario::parse("random", &text).unwrap()
}

/// Asks for something; what the state of the jobs does not allow is refused, and nothing else.
fn ask(simulation: &mut Simulation, wish: &Wish, operation: &str, claimed: &mut bool) {
    let job = simulation.runs().last().unwrap().id;
    let answer = match wish {
        Wish::Savepoint { native, stop } => {
            let request = SavepointRequest {
                format: if *native {
                    Format::Native
                } else {
                    Format::Canonical
                },
                stop: *stop,
                ..SavepointRequest::default()
            };
            simulation.trigger_savepoint(job, &request, operation)
        }
        Wish::Checkpoint { full } => simulation.trigger_checkpoint(job, *full, operation),
        Wish::Cancel => simulation.cancel(job),
        Wish::Fail { for_good } => {
            simulation.let_fail(job, "java.lang.RuntimeException", *for_good)
        }
        Wish::Finish => simulation.let_finish(job),
        Wish::Expire => simulation.let_expire(job),
        Wish::Restart {
            which,
            mode,
            parallelism,
        } => {
            // What one job claimed, another must leave alone, and the job that took it must be over.
            let mode = match mode {
                1 if !*claimed => ClaimMode::Claim,
                2 if !*claimed => ClaimMode::Legacy,
                _ => ClaimMode::NoClaim,
            };
            let runs = |job| simulation.run(job).is_some_and(Run::is_running);
            let complete: Vec<_> = simulation
                .snapshots()
                .filter(|it| it.condition == Condition::Complete)
                .filter(|it| mode == ClaimMode::NoClaim || !runs(it.job))
                .map(|it| it.path.display().to_string())
                .collect();
            *claimed |= mode != ClaimMode::NoClaim && !complete.is_empty();
            let from = (!complete.is_empty()).then(|| {
                let path = complete[which % complete.len()].clone();
                (format!("file:{path}"), mode)
            });
            let request = RunRequest {
                program: "job".to_owned(),
                parallelism: Some(*parallelism),
                from,
                id: None,
            };
            simulation.run_program(&request).map(|_| ())
        }
    };
    assert!(
        matches!(answer, Ok(()) | Err(Refusal::Conflict(_))),
        "{wish:?}: {answer:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn what_is_called_complete_is_complete(
        seed in any::<u64>(),
        backend in prop::sample::select(vec!["hashmap", "rocksdb", "rocksdb-incremental", "forst"]),
        changelog in any::<bool>(),
        retained in 1..4_usize,
        retention in prop::sample::select(vec!["none", "delete", "retain"]),
        wishes in prop::collection::vec((0..40_i64, wish()), 1..12),
    ) {
        let directory = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(directory.path()).unwrap();
        let scenario = scenario(seed >> 1, backend, changelog, retained, retention);
        let mut simulation = Simulation::new(&scenario, &root).unwrap();
        simulation.advance_to(scenario.start).unwrap();
        let mut claimed = false;
        for (number, (pause, wish)) in wishes.iter().enumerate() {
            let next = simulation.now() + SignedDuration::from_secs(*pause);
            while let Some(at) = simulation.next_at().filter(|at| *at <= next) {
                if !simulation.advance_to(at).unwrap().is_empty() {
                    compare(&simulation, &root);
                }
            }
            simulation.advance_to(next).unwrap();
            ask(&mut simulation, wish, &format!("{number:032x}"), &mut claimed);
            compare(&simulation, &root);
        }
    }
}
