//! What a recording knows of clusters: at each moment what they had said by then.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use stateward::analysis::timeline::{log, words};
use stateward::app::key::Key;
use stateward::app::message::Message;
use stateward::app::model::Model;
use stateward::app::replay::Replay;
use stateward::domain::cluster::{
    CheckpointStatus, Cluster, Contact, Failure, Job, JobState, Restored,
};
use stateward::domain::event::{Event, SCHEMA, What};
use stateward::domain::location::Location;
use stateward::inventory::chronicle::{Chronicle, Detail};

use crate::program::fixture;
use crate::tui_clusters::{cluster, fraud};
use crate::tui_sample::{self as sample, now, send};
use crate::tui_screens::{look, press, render};

fn after(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

fn header() -> Event {
    let what = What::Log {
        schema: SCHEMA,
        version: "1".to_owned(),
    };
    Event { at: now(), what }
}

fn read_back(events: &[Event]) -> Vec<Event> {
    let log = log::read(&log::write(events).unwrap()).unwrap();
    assert!(log.left_out.is_nothing(), "{}", log.left_out);
    assert_eq!(log.events, events);
    log.events
}

/// What a cluster says, a moment each.
fn recorded(said: &[(i64, Cluster)]) -> Vec<Event> {
    let mut chronicle = Chronicle::after(&[], Detail::Rows);
    let mut events = vec![header()];
    for (seconds, cluster) in said {
        events.extend(chronicle.hear(cluster, after(*seconds)));
    }
    read_back(&events)
}

fn answering(seconds: i64, jobs: Vec<Job>) -> Cluster {
    Cluster {
        jobs: jobs.into_iter().map(Arc::new).collect(),
        ..cluster(Contact::Answering { at: after(seconds) })
    }
}

fn failed() -> Job {
    Job {
        state: JobState::Failed,
        ended_at: Some(after(20)),
        failure: Some(Failure {
            at: Some(after(20)),
            cause: "IOException: No space left on device".to_owned(),
        }),
        ..fraud()
    }
}

/// The first checkpoint under way, acknowledged by one subtask more.
fn further() -> Job {
    let mut job = fraud();
    job.checkpoints[0].acknowledged += 1;
    job
}

fn restarted() -> Job {
    Job {
        id: "7bf6bd3d977df158f9d8a88833ce9999".parse().unwrap(),
        checkpoints: Vec::new(),
        failure: None,
        restored: Some(Restored {
            id: fraud().checkpoints[1].id,
            at: Some(after(60)),
            is_savepoint: false,
            path: fraud().checkpoints[1].path.clone(),
        }),
        ..fraud()
    }
}

/// A job runs, fails, the cluster falls silent, and the job runs again as another one.
fn outage() -> Vec<(i64, Cluster)> {
    let silent = Contact::Silent {
        since: after(30),
        last_answer: Some(after(22)),
        reason: "no connection".to_owned(),
    };
    vec![
        (
            0,
            Cluster {
                jobs: Vec::new(),
                version: None,
                slots: None,
                settings: None,
                ..cluster(Contact::NotYet)
            },
        ),
        (1, answering(1, vec![fraud()])),
        (2, answering(2, vec![further()])),
        (20, answering(20, vec![failed()])),
        (
            30,
            Cluster {
                contact: silent,
                ..answering(22, vec![failed()])
            },
        ),
        (61, answering(61, vec![restarted(), failed()])),
    ]
}

fn opened(events: Vec<Event>) -> Model {
    let replay = Replay::new("outage.ndjson".to_owned(), events).unwrap();
    let mut model = Model::new([], now()).replaying(replay);
    model.size = (120, 40);
    model
}

#[test]
fn each_moment_has_what_was_said_by_then() {
    let mut said = outage();
    let events = recorded(&said);
    // Where only a checkpoint went on, it is not written down anew that the cluster answers.
    said[2].1.contact = said[1].1.contact.clone();
    let mut model = opened(events);
    // Back and forth, and by what is kept on the way.
    let walk = [1, 2, 3, 4, 5, 4, 3, 2, 1, 5];
    for at in walk {
        let (seconds, cluster) = &said[at];
        press(&mut model, "^");
        while model.now < after(*seconds) {
            let before = model.now;
            press(&mut model, "n");
            assert!(model.now > before, "{at}");
        }
        if model.now == after(*seconds) {
            assert_eq!(*model.clusters[0], *cluster, "{at}");
        }
    }
    // What only goes on is no step, but has its moment, too.
    let until = recorded(&outage()[..3]);
    let mut model = opened(until);
    press(&mut model, "$");
    assert_eq!(*model.clusters[0], said[2].1);
}

#[test]
fn one_goes_from_one_change_of_a_job_to_the_next() {
    let mut model = opened(recorded(&outage()));
    let mut steps = Vec::new();
    loop {
        let before = model.now;
        press(&mut model, "n");
        if model.now == before {
            break;
        }
        steps.push(model.now.duration_since(now()).as_secs());
    }
    // That a checkpoint goes on is none. It begins with the first answer.
    assert_eq!(steps, [20, 30, 61]);
}

#[test]
fn what_is_as_it_was_is_not_written_down_again() {
    let mut chronicle = Chronicle::after(&[], Detail::Rows);
    let told = |chronicle: &mut Chronicle, seconds: i64, job: Job| -> Vec<String> {
        let events = chronicle.hear(&answering(seconds, vec![job]), after(seconds));
        let sort = |event: Event| match event.what {
            What::Cluster { .. } => "cluster".to_owned(),
            What::Job { .. } => "job".to_owned(),
            What::Checkpoint { checkpoint, .. } => format!("checkpoint {}", checkpoint.id),
            other => panic!("{other:?}"),
        };
        events.into_iter().map(sort).collect()
    };
    assert_eq!(told(&mut chronicle, 0, fraud()).len(), 6);
    assert_eq!(told(&mut chronicle, 1, fraud()), [""; 0]);
    assert_eq!(told(&mut chronicle, 2, further()), ["checkpoint 913"]);
    // That it still answers, before its answers would count as old.
    assert_eq!(told(&mut chronicle, 5, further()), ["cluster"]);
    assert_eq!(told(&mut chronicle, 6, further()), [""; 0]);
    assert_eq!(told(&mut chronicle, 7, failed()), ["job", "checkpoint 913"]);
    // A history has no use for it.
    let mut history = Chronicle::after(&[], Detail::Sketches);
    assert!(history.hear(&answering(0, vec![fraud()]), now()).is_empty());
}

#[test]
fn no_password_goes_into_a_recording() {
    let secret = |path: &str| {
        Some(Location::parse(
            format!("s3n://key:hush@b/{path}").as_bytes(),
        ))
    };
    let mut job = failed();
    job.failure.as_mut().unwrap().cause =
        "cannot open jdbc:postgresql://user:hush@db:5432/x and s3n://key:hush@b/c".to_owned();
    job.restored = restarted().restored;
    job.restored.as_mut().unwrap().path = secret("chk-1");
    job.checkpoints[1].path = secret("chk-912");
    let failure = job.failure.clone();
    job.checkpoints[3].failure = failure;
    assert_eq!(job.checkpoints[3].status, CheckpointStatus::Failed);
    let mut it = answering(1, vec![job]);
    let settings = it.settings.as_mut().unwrap();
    settings.checkpoint_directory = secret("checkpoints");
    settings.savepoint_directory = secret("savepoints");
    it.url = "https://me:hush@jm:8081".to_owned();
    it.name = "https://hush@jm:8081/?token=hush".to_owned();
    it.contact = Contact::Silent {
        last_answer: None,
        since: now(),
        reason:
            "GET https://jm:8081/jobs?a=1&access_token=hush&b=2: 401; jdbc:x://db/y;password=hush"
                .to_owned(),
    };
    let text = log::write(&recorded(&[(1, it)])).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(!text.contains("hush"), "{text}");
    assert!(text.contains("s3n://key:***@b/checkpoints"), "{text}");
    assert!(text.contains("a=1&access_token=***&b=2: 401"), "{text}");
    assert!(
        text.contains("jdbc:postgresql://user:***@db:5432/x"),
        "{text}"
    );
}

fn shown(model: &mut Model) -> String {
    let buffer = render(model, &look(stateward::tui::theme::ThemeName::Mono, false));
    let rows = buffer.content().chunks(usize::from(buffer.area.width));
    rows.map(|row| {
        row.iter()
            .map(ratatui::buffer::Cell::symbol)
            .collect::<String>()
            + "\n"
    })
    .collect()
}

#[test]
fn the_screen_of_jobs_is_that_of_the_moment_and_nothing_there_can_be_changed() {
    let mut model = opened(recorded(&outage()));
    press(&mut model, "J");
    let text = shown(&mut model);
    assert!(
        text.contains("RUNNING") && !text.contains("No space"),
        "{text}"
    );
    press(&mut model, "n");
    let text = shown(&mut model);
    assert!(
        text.contains("FAILED") && text.contains("No space left"),
        "{text}"
    );
    for key in ['t', 'R', 'Z', 'X'] {
        let effects = send(&mut model, Message::Key(Key::Char(key)));
        assert!(effects.is_empty(), "{key}: {effects:?}");
        assert_eq!(model.popups.len(), 1, "{key}");
    }
    press(&mut model, "⎋");
    for key in ['M', 't', 'R', 'Z', 'X'] {
        let effects = send(&mut model, Message::Key(Key::Char(key)));
        assert!(effects.is_empty(), "{key}: {effects:?}");
        assert!(model.popups.is_empty(), "{key}");
        let text = shown(&mut model);
        assert!(!text.contains("--write"), "{text}");
    }
    press(&mut model, "n");
    assert!(
        shown(&mut model).contains("not answering"),
        "{}",
        shown(&mut model)
    );
}

#[test]
fn that_it_is_a_recording_is_said_before_what_was_live() {
    let events = recorded(&outage());
    for name in ["outage.ndjson".to_owned(), "o".repeat(200)] {
        let replay = Replay::new(name, events.clone()).unwrap();
        let mut model = Model::new([], now()).replaying(replay);
        for size in [(80, 24), (60, 20), (40, 12), (120, 40)] {
            model.size = size;
            let text = shown(&mut model);
            let first = text.lines().next().unwrap();
            assert!(first.contains("recording"), "{size:?}: {first}");
        }
    }
}

#[test]
fn a_recording_of_an_earlier_release_still_replays() {
    let text = std::fs::read(fixture("recording-1.ndjson")).unwrap();
    let log = log::read(&text).unwrap();
    assert!(log.left_out.is_nothing());
    let mut model = opened(log.events);
    send(&mut model, Message::Tick(now()));
    assert_eq!(model.snapshots.len(), 3);
    assert!(model.clusters.is_empty());
    let text = shown(&mut model);
    assert!(
        text.contains("chk-9") && text.contains("complete"),
        "{text}"
    );
    press(&mut model, "J");
    let text = shown(&mut model);
    assert!(text.contains("nothing of a cluster was recorded"), "{text}");
}

#[test]
fn what_later_releases_record_is_passed_over() {
    let mut events = recorded(&outage());
    let mut text = log::write(&events).unwrap();
    text.extend_from_slice(
        b"{\"at\":\"2026-01-01T00:00:00Z\",\"event\":\"metrics\",\"of\":{\"x\":[1]}}\n",
    );
    let later = String::from_utf8(text).unwrap();
    // A state that Flink may have one day, and more to know of a job.
    let later = later.replace("\"state\":\"FAILED\"", "\"mood\":7,\"state\":\"DREAMING\"");
    let log = log::read(later.as_bytes()).unwrap();
    assert_eq!((log.left_out.unknown, log.left_out.broken), (1, 0));
    events.clear();
    let mut model = opened(log.events);
    press(&mut model, "$");
    assert_eq!(model.clusters[0].jobs[1].state, JobState::Unknown);
    assert_eq!(
        model.clusters[0].jobs[0].id.to_string(),
        restarted().id.to_string()
    );
    assert_eq!(sample::FRAUD, fraud().id.to_string());
}

#[test]
fn what_happened_is_told_a_line_each() {
    let mut said = outage();
    let late = Failure {
        at: Some(after(15)),
        cause: "Checkpoint expired before completing.".to_owned(),
    };
    let mut expired = further();
    expired.checkpoints[0].status = CheckpointStatus::Failed;
    expired.checkpoints[0].failure = Some(late);
    expired.checkpoints[0].tasks = Vec::new();
    said.insert(3, (15, answering(15, vec![expired.clone()])));
    for (_, cluster) in &mut said[4..] {
        for job in &mut cluster.jobs {
            if job.id == expired.id {
                let mut changed = (**job).clone();
                changed.checkpoints = expired.checkpoints.clone();
                *job = Arc::new(changed);
            }
        }
    }
    let told: Vec<String> = words::all(&recorded(&said)).map(|it| it.1).collect();
    assert_eq!(
        told,
        [
            "prod-eu:8081 answers",
            "checkpoint 913 of fraud-scoring failed: Checkpoint expired before completing.; acknowledged last seen: score -> enrich 7 of 8, Sink: alerts 2 of 8",
            "job fraud-scoring (7bf6bd): FAILED, it was RUNNING; failed at 03:13:00Z: IOException: No space left on device",
            "prod-eu:8081 does not answer: no connection",
            "job fraud-scoring (7bf6bd) is there: RUNNING",
            "prod-eu:8081 answers",
        ]
    );
}

#[test]
fn a_job_that_goes_on_by_itself_tells_from_what() {
    let mut again = fraud();
    again.restarts = Some(3);
    again.restored = restarted().restored;
    again.failure = failed().failure;
    let mut restarted = again.clone();
    restarted.restarts = Some(4);
    let said = [
        (1, answering(1, vec![fraud()])),
        (2, answering(2, vec![again])),
        (3, answering(3, vec![restarted])),
    ];
    let told: Vec<String> = words::all(&recorded(&said)).map(|it| it.1).collect();
    assert_eq!(
        told[1..],
        [
            "job fraud-scoring (7bf6bd): failed at 03:13:00Z: IOException: No space left on device; restored from checkpoint 912 at 03:13:40Z",
            "job fraud-scoring (7bf6bd): restarted, 4 times in all",
        ]
    );
}
