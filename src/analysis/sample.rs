//! A snapshot, its job and the cluster of that, for the tests of what looks at all three.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::domain::cluster::{
    Checkpoint, CheckpointStatus, Checkpointing, Cluster, ClusterId, Contact, Counts, Job,
    JobState, Restored, Retention,
};
use crate::domain::heirs::Heirs;
use crate::domain::id::{JobId, OperatorId};
use crate::domain::location::Location;
use crate::domain::snapshot::{
    Facts, Fate, Format, FormatFamily, Health, Kind, LineageId, OperatorFacts, Owner, Properties,
    RescaleRange, Sizes, Snapshot, Verdict,
};

pub(super) const JOB: &str = "7bf6bd3d977df158f9d8a88833ce0000";
pub(super) const OTHER_JOB: &str = "11112222333344445555666677778888";

pub(super) fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

pub(super) fn ago(seconds: i64) -> Timestamp {
    now() - SignedDuration::from_secs(seconds)
}

pub(super) fn place(path: &str) -> Location {
    Location::parse(path.as_bytes())
}

pub(super) fn operator(id: u8, name: &str, parallelism: u32, max: u32) -> OperatorFacts {
    OperatorFacts {
        id: OperatorId([id; 16]),
        name: Some(name.to_owned()),
        uid: None,
        parallelism,
        max_parallelism: max,
        keyed: true,
        fully_finished: false,
        state: 1 << 20,
    }
}

pub(super) fn facts(id: u64) -> Facts {
    Facts {
        version: 4,
        metadata_bytes: 1000,
        trailing_bytes: 0,
        checkpoint_id: id,
        content: None,
        properties: Properties::Known {
            type_name: "Checkpoint".to_owned(),
            is_savepoint: false,
            savepoint_format: None,
            sharing_files_strategy: Some("FORWARD_BACKWARD".to_owned()),
            unclaimed: false,
        },
        format: Format {
            family: FormatFamily::Native,
            incremental: true,
            unaligned: false,
            changelog: false,
            file_merging: false,
        },
        relocatable: false,
        depends_on: Vec::new(),
        jobs: Vec::new(),
        regional: Vec::new(),
        rescale: RescaleRange { min: 1, max: 128 },
        operators: vec![operator(1, "source", 2, 128), operator(2, "window", 2, 64)],
        master_states: 0,
        likely_backend: None,
        written_by: "Flink 1.20".to_owned(),
    }
}

/// A complete checkpoint of [`JOB`], taken so many seconds ago.
pub(super) fn checkpoint(id: u64, seconds: i64) -> Snapshot {
    Snapshot {
        location: place(&format!("file:/data/{JOB}/chk-{id}")),
        name: format!("chk-{id}"),
        job_id: Some(JOB.parse().unwrap()),
        job_prefix: None,
        lineage: LineageId(1),
        kind: Kind::ExternalizedCheckpoint,
        kind_inferred: false,
        health: Health::Complete,
        findings: Vec::new(),
        unchecked_files: 0,
        completed_at: Some(ago(seconds)),
        changed_at: Some(ago(seconds)),
        facts: Some(Arc::new(facts(id))),
        sizes: Sizes {
            refer: 1 << 20,
            freed: 1 << 20,
            ..Sizes::default()
        },
        sizes_are_bounds: false,
        is_hard_linked: false,
        fate: Fate {
            subsumed: Verdict::Deleted,
            finished: Verdict::Deleted,
            cancelled: Verdict::Kept,
            failed: Verdict::Kept,
            suspended: Verdict::Kept,
            inferred: false,
            because: "RETAIN_ON_CANCELLATION".to_owned(),
        },
        owner: Owner::Flink(Some(JOB.parse().unwrap())),
        heirs: Heirs::default(),
        mapping: None,
        used_again: None,
    }
}

/// A savepoint of [`JOB`], of this type in Flink's words.
pub(super) fn savepoint(type_name: &str) -> Snapshot {
    let name = format!("savepoint-{}-0123456789ab", &JOB[..6]);
    let properties = Properties::Known {
        type_name: type_name.to_owned(),
        is_savepoint: true,
        savepoint_format: Some("CANONICAL".to_owned()),
        sharing_files_strategy: Some("NO_SHARING".to_owned()),
        unclaimed: false,
    };
    Snapshot {
        location: place(&format!("file:/savepoints/{name}")),
        job_id: None,
        job_prefix: Some(JOB[..6].to_owned()),
        name,
        kind: Kind::Savepoint,
        owner: Owner::You,
        facts: Some(Arc::new(Facts {
            properties,
            ..facts(8)
        })),
        ..checkpoint(8, 300)
    }
}

pub(super) fn with_facts(snapshot: Snapshot, change: impl FnOnce(&mut Facts)) -> Snapshot {
    let mut facts = snapshot.facts.as_deref().unwrap().clone();
    change(&mut facts);
    Snapshot {
        facts: Some(Arc::new(facts)),
        ..snapshot
    }
}

pub(super) fn job(id: &str, state: JobState) -> Job {
    let id: JobId = id.parse().unwrap();
    Job {
        id,
        name: format!("job-{}", id.savepoint_prefix()),
        state,
        state_since: None,
        started_at: Some(ago(10_000)),
        ended_at: None,
        restarts: Some(0),
        vertices: Vec::new(),
        checkpointing: None,
        counts: Some(Counts {
            total: 9,
            in_progress: 0,
            completed: 9,
            failed: 0,
            restored: 0,
        }),
        checkpoints: Vec::new(),
        restored: None,
        failure: None,
    }
}

pub(super) fn restored_from(job: Job, path: &Location) -> Job {
    Job {
        restored: Some(Restored {
            id: 7,
            at: Some(ago(900)),
            is_savepoint: false,
            path: Some(path.clone()),
        }),
        ..job
    }
}

/// How a job with RocksDB takes checkpoints.
pub(super) fn checkpointing(retention: Retention) -> Checkpointing {
    Checkpointing {
        mode: "exactly_once".to_owned(),
        interval: None,
        timeout: None,
        min_pause: None,
        max_concurrent: None,
        retention,
        state_backend: Some("EmbeddedRocksDBStateBackend".to_owned()),
        storage: None,
        unaligned: None,
        aligned_timeout: None,
        tolerable_failures: None,
        after_tasks_finish: None,
        changelog: None,
    }
}

/// What Flink remembers of a completed checkpoint of [`JOB`].
pub(super) fn remembered(id: u64, seconds: i64) -> Checkpoint {
    Checkpoint {
        id,
        status: CheckpointStatus::Completed,
        is_savepoint: false,
        savepoint_format: None,
        unaligned: false,
        triggered_at: Some(ago(seconds + 1)),
        acknowledged_at: Some(ago(seconds)),
        duration: None,
        checkpointed: None,
        state: None,
        subtasks: 2,
        acknowledged: 2,
        path: Some(place(&format!("file:/data/{JOB}/chk-{id}"))),
        discarded: false,
        failure: None,
        tasks: Vec::new(),
    }
}

/// A cluster that answered just now.
pub(super) fn cluster(jobs: impl IntoIterator<Item = Job>) -> Cluster {
    Cluster {
        id: ClusterId(0),
        name: "prod".to_owned(),
        url: "http://flink.example:8081".to_owned(),
        contact: Contact::Answering { at: now() },
        version: Some("1.20.1".to_owned()),
        jobs: jobs.into_iter().map(Arc::new).collect(),
        slots: None,
        settings: None,
    }
}

/// The cluster, silent since ten minutes ago.
pub(super) fn silent(cluster: Cluster) -> Cluster {
    Cluster {
        contact: Contact::Silent {
            since: ago(600),
            last_answer: Some(ago(620)),
            reason: "connection refused".to_owned(),
        },
        ..cluster
    }
}
