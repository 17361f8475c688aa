//! A cluster beside the disk: what the screen says of it while it answers, and when it does not.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use stateward::app::effect::Effect;
use stateward::app::message::Message;
use stateward::app::model::Model;
use stateward::domain::cluster::{
    Checkpoint, CheckpointSettings, CheckpointStatus, Checkpointing, Cluster, ClusterId, Contact,
    Counts, Failure, Job, JobState, Retention, TaskProgress, Vertex,
};
use stateward::domain::location::Location;
use stateward::domain::snapshot::RootState;

use super::tui_sample::{self as sample, now, send};

fn ago(seconds: i64) -> Timestamp {
    now() - SignedDuration::from_secs(seconds)
}

fn vertex(id: &str, name: &str) -> Vertex {
    Vertex {
        id: id.repeat(8),
        name: name.to_owned(),
        parallelism: 8,
        max_parallelism: Some(128),
        state: "RUNNING".to_owned(),
    }
}

fn remembered(id: u64, seconds: i64) -> Checkpoint {
    Checkpoint {
        id,
        status: CheckpointStatus::Completed,
        is_savepoint: false,
        savepoint_format: None,
        unaligned: false,
        triggered_at: Some(ago(seconds + 4)),
        acknowledged_at: Some(ago(seconds)),
        duration: Some(SignedDuration::from_millis(4_120)),
        checkpointed: Some(212 << 20),
        state: Some(18 << 30),
        subtasks: 24,
        acknowledged: 24,
        path: Some(Location::parse(
            format!("file:/data/flink/{}/chk-{id}", sample::FRAUD).as_bytes(),
        )),
        discarded: false,
        failure: None,
        tasks: Vec::new(),
    }
}

/// The job that the sample's largest lineage comes from: one checkpoint under way, one failed.
pub(crate) fn fraud() -> Job {
    let under_way = Checkpoint {
        status: CheckpointStatus::InProgress,
        acknowledged_at: None,
        duration: None,
        acknowledged: 17,
        path: None,
        tasks: [("5900d2cb", 8), ("0a448493", 7), ("ea632d67", 2)]
            .map(|(id, acknowledged)| TaskProgress {
                vertex: id.repeat(8),
                subtasks: 8,
                acknowledged,
                acknowledged_at: Some(ago(2)),
                checkpointed: Some(acknowledged << 20),
            })
            .into(),
        ..remembered(913, 2)
    };
    let failed = Checkpoint {
        status: CheckpointStatus::Failed,
        path: None,
        failure: Some(Failure {
            at: Some(ago(900)),
            cause: "Checkpoint expired before completing.".to_owned(),
        }),
        ..remembered(908, 1_500)
    };
    Job {
        id: sample::FRAUD.parse().unwrap(),
        name: "fraud-scoring".to_owned(),
        state: JobState::Running,
        started_at: Some(ago(273_600)),
        ended_at: None,
        restarts: Some(2),
        vertices: vec![
            vertex("5900d2cb", "Source: transactions"),
            vertex("0a448493", "score -> enrich"),
            vertex("ea632d67", "Sink: alerts"),
        ],
        checkpointing: Some(Checkpointing {
            mode: "exactly_once".to_owned(),
            interval: Some(SignedDuration::from_secs(300)),
            timeout: Some(SignedDuration::from_secs(600)),
            min_pause: None,
            max_concurrent: Some(1),
            retention: Retention::RetainOnCancellation,
            state_backend: Some("EmbeddedRocksDBStateBackend".to_owned()),
            storage: Some("FileSystemCheckpointStorage".to_owned()),
            unaligned: Some(false),
            aligned_timeout: None,
            tolerable_failures: Some(0),
            after_tasks_finish: Some(true),
            changelog: Some(false),
        }),
        counts: Some(Counts {
            total: 913,
            in_progress: 1,
            completed: 911,
            failed: 1,
            restored: 2,
        }),
        checkpoints: vec![under_way, remembered(912, 12), remembered(911, 312), failed],
        restored: None,
        failure: Some(Failure {
            at: Some(ago(7_300)),
            cause: "IOException: Broken pipe".to_owned(),
        }),
    }
}

fn over() -> Job {
    Job {
        id: "3c1d0000000000000000000000000001".parse().unwrap(),
        name: "daily-report".to_owned(),
        state: JobState::Failed,
        started_at: Some(ago(9_000)),
        ended_at: Some(ago(4_000)),
        restarts: None,
        vertices: Vec::new(),
        checkpointing: None,
        counts: None,
        checkpoints: Vec::new(),
        restored: None,
        failure: Some(Failure {
            at: Some(ago(4_000)),
            cause: "FileNotFoundException: /in/day.csv".to_owned(),
        }),
    }
}

pub(crate) fn cluster(contact: Contact) -> Cluster {
    Cluster {
        id: ClusterId(0),
        name: "prod-eu:8081".to_owned(),
        url: "https://prod-eu:8081".to_owned(),
        contact,
        version: Some("2.3.0".to_owned()),
        jobs: vec![Arc::new(fraud()), Arc::new(over())],
        settings: Some(CheckpointSettings {
            checkpoint_directory: Some(Location::parse(b"file:/data/flink")),
            savepoint_directory: Some(Location::parse(b"file:/data/savepoints")),
            retained: Some(3),
            incremental: Some(true),
            create_subdirectory: None,
        }),
    }
}

pub(crate) fn answering() -> Contact {
    Contact::Answering { at: ago(1) }
}

pub(crate) fn silent() -> Contact {
    Contact::Silent {
        since: ago(95),
        last_answer: Some(ago(98)),
        reason:
            "cannot ask for the release at https://prod-eu:8081: no connection (Connection refused)"
                .to_owned(),
    }
}

/// The sample with a cluster beside it.
pub(crate) fn with_cluster(size: (u16, u16), contact: Contact) -> Model {
    let mut model = sample::sample_model(size);
    send(&mut model, Message::Cluster(Arc::new(cluster(contact))));
    model
}

#[test]
fn directories_are_taken_from_the_cluster_when_none_was_named() {
    let not_yet = Cluster {
        jobs: Vec::new(),
        settings: None,
        ..cluster(Contact::NotYet)
    };
    let mut model = Model::new([], now()).asking([not_yet.clone()]);
    let heard =
        |model: &mut Model, cluster: Cluster| send(model, Message::Cluster(Arc::new(cluster)));
    assert_eq!(heard(&mut model, not_yet), []);
    let places =
        ["file:/data/flink", "file:/data/savepoints"].map(|it| Location::parse(it.as_bytes()));
    assert_eq!(
        heard(&mut model, cluster(answering())),
        [Effect::AddRoots(places.to_vec())]
    );
    // Where the user said where to look, that is where it is looked.
    let mut model = Model::new([sample::root(RootState::Ready)], now()).asking([]);
    assert_eq!(heard(&mut model, cluster(answering())), []);
}

#[test]
fn what_a_cluster_says_takes_the_place_of_what_it_said() {
    let mut model = with_cluster((120, 40), answering());
    let mut later = cluster(silent());
    later.jobs.truncate(1);
    send(&mut model, Message::Cluster(Arc::new(later)));
    assert_eq!(model.clusters.len(), 1);
    assert_eq!(model.clusters[0].jobs.len(), 1);
    assert!(model.dirty);
}
