//! `stateward watch` on the directory of a running job tells of every checkpoint that completes and of every one that goes.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::cli::Watch;
use crate::cluster::{Cluster, Options};
use crate::differential::scratch;
use crate::dist::{Distribution, FLINK_2_3};
use crate::job::{Job, Plan};
use crate::scenarios::Stage;
use crate::wait::{PATIENCE, wait_for};

const COMPLETIONS: usize = 5;
const RETAINED: u32 = 2;

#[test]
fn watch_tells_of_each_checkpoint_that_completes_and_of_each_that_goes() {
    let distribution = Distribution::get(FLINK_2_3);
    let directory = scratch();
    let root = fs::canonicalize(directory.path()).expect("a temporary directory");
    let options = Options {
        retained: RETAINED,
        inline_threshold: 512,
        changelog: Stage::changelog(&root),
        more: Vec::new(),
    };
    let cluster = Cluster::start(&distribution, &options);
    let plan = Plan::new("live", &root)
        .backend("rocksdb")
        .incremental(true)
        .number("interval", 2000);
    let job = Job::start(&cluster, plan);
    job.wait_for_checkpoints(1);

    let watch = Watch::start(&root);
    let mut seen = Vec::new();
    // The first event shows that the watch is on; from then on nothing may be missed.
    wait_for("the first event of watch", PATIENCE, || {
        seen.extend(watch.events());
        (!seen.is_empty()).then_some(())
    });
    let before = completed_by_rest(&job);
    let (completed, gone) = job.wait("to complete enough checkpoints under watch", || {
        let completed: BTreeSet<u64> = completed_by_rest(&job)
            .difference(&before)
            .copied()
            .collect();
        let gone: BTreeSet<u64> = completed
            .iter()
            .copied()
            .filter(|id| subsumed(&completed, *id))
            .collect();
        (completed.len() >= COMPLETIONS && gone.len() >= 2).then_some((completed, gone))
    });

    for (event, wanted) in [("completed", &completed), ("vanished", &gone)] {
        wait_for(
            &format!("{event} events of the checkpoints {wanted:?}"),
            PATIENCE,
            || {
                seen.extend(watch.events());
                wanted.is_subset(&told(&seen, event, &job.id)).then_some(())
            },
        );
    }
    for event in &seen {
        assert_eq!(event["schema"], 1, "{event}");
        assert!(
            event["at"].as_str().is_some_and(|at| at.contains('T')),
            "no time in {event}"
        );
    }
    for event in seen.iter().filter(|event| event["event"] == "completed") {
        let id = chk_of(event).unwrap_or_else(|| panic!("no chk-N in the uri of {event}"));
        assert_eq!(
            event.pointer("/snapshot/metadata/checkpoint_id"),
            Some(&Value::from(id)),
            "{event}"
        );
        assert_eq!(
            event.pointer("/snapshot/health"),
            Some(&Value::from("complete")),
            "{event}"
        );
        assert_eq!(
            event.pointer("/snapshot/job_id"),
            Some(&Value::from(job.id.as_str())),
            "{event}"
        );
    }
    job.cancel();
}

/// The ids of the checkpoints that REST lists as completed.
fn completed_by_rest(job: &Job<'_>) -> BTreeSet<u64> {
    let statistics = job.statistics();
    let history = statistics["history"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    history
        .iter()
        .filter(|entry| entry["status"] == "COMPLETED")
        .filter_map(|entry| entry["id"].as_u64())
        .collect()
}

/// A checkpoint goes when as many newer ones are complete as Flink keeps.
fn subsumed(completed: &BTreeSet<u64>, id: u64) -> bool {
    let newer = completed.range(id + 1..).count();
    newer >= usize::try_from(RETAINED).expect("a small number")
}

/// The ids of the job's checkpoints that there was such an event of.
fn told(events: &[Value], kind: &str, job: &str) -> BTreeSet<u64> {
    let of_job = |event: &&Value| event["uri"].as_str().is_some_and(|uri| uri.contains(job));
    events
        .iter()
        .filter(|event| event["event"] == kind)
        .filter(of_job)
        .filter_map(chk_of)
        .collect()
}

/// `N` of a uri that ends in `chk-N`.
fn chk_of(event: &Value) -> Option<u64> {
    event["uri"]
        .as_str()?
        .rsplit('/')
        .next()?
        .strip_prefix("chk-")?
        .parse()
        .ok()
}
