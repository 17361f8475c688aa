//! Operations from the request to their end, against a cluster that answers by a script.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use serde_json::{Value, json};
use stateward::action::operation::{
    OperationError, OperationErrorKind, Outcome, Request, Step, run_patiently,
};
use stateward::action::permission::Permission;
use stateward::action::wait::Patience;
use stateward::config::connection::Connection;
use stateward::domain::location::Location;
use stateward::flink::client::Client;
use stateward::flink::operate::{CheckpointType, Program, SavepointFormat};

use crate::scripted::*;

/// No test waits for longer than this without reason.
const PATIENCE: Patience = Patience {
    timeout: Duration::from_secs(60),
    pause: Duration::from_millis(1),
    longest_pause: Duration::from_millis(2),
    settling: Duration::from_millis(50),
};

fn ask_patiently(
    url: &str,
    request: &Request,
    patience: Patience,
    interrupted: bool,
) -> (Result<Outcome, OperationError>, Vec<Step>) {
    let client = Client::new(Connection::to(url).unwrap()).unwrap();
    let mut steps = Vec::new();
    let came = run_patiently(
        Permission::given(true).unwrap(),
        &client,
        request,
        patience,
        &AtomicBool::new(interrupted),
        &mut |step| steps.push(step),
    );
    (came, steps)
}

fn ask(url: &str, request: &Request) -> (Result<Outcome, OperationError>, Vec<Step>) {
    ask_patiently(url, request, PATIENCE, false)
}

fn savepoint() -> Request {
    Request::Savepoint {
        job: JOB,
        format: SavepointFormat::Canonical,
        directory: Some("file:///s".to_owned()),
    }
}

fn stop() -> Request {
    Request::Stop {
        job: JOB,
        drain: false,
        format: SavepointFormat::Canonical,
        directory: None,
    }
}

#[track_caller]
fn fails(came: Result<Outcome, OperationError>, kind: OperationErrorKind, words: &str) {
    let error = came.unwrap_err();
    assert_eq!(error.kind, kind, "{error}");
    assert!(
        error.message.contains(words),
        "`{words}` is not in: {error}"
    );
}

#[test]
fn a_savepoint_is_followed_to_where_it_lies() {
    let (url, _) = start(World::of("2.3.0"), takes_savepoints);
    let (came, steps) = ask(&url, &savepoint());
    assert_eq!(
        came.unwrap(),
        Outcome::Snapshot {
            id: Some(2),
            location: Some(Location::parse(SAVEPOINT.as_bytes())),
        }
    );
    assert!(matches!(steps[0], Step::Accepted(_)), "{steps:?}");
    let acknowledged = Step::Acknowledged {
        id: 2,
        acknowledged: 1,
        subtasks: 2,
    };
    assert!(steps.contains(&acknowledged), "{steps:?}");
}

#[test]
fn completed_with_a_cause_is_told_as_failed() {
    let (url, _) = start(World::of("2.3.0"), |_, line, body| match line {
        _ if line.starts_with("POST ") => accepted(body),
        _ if line.contains("/savepoints/") => done(&json!({ "failure-cause": {
            "class": "x.Y", "stack-trace": "x.Y: no\nCaused by: java.io.IOException: disk full\n\tat b" } })),
        _ => Said::Usual,
    });
    let (came, _) = ask(&url, &savepoint());
    let hint = came.as_ref().unwrap_err().hint.clone().unwrap();
    assert!(hint.starts_with("the job is RUNNING"), "{hint}");
    fails(came, OperationErrorKind::Failed, "IOException: disk full");
}

#[test]
fn a_request_whose_answer_is_lost_is_repeated_with_the_same_id() {
    let lose_first = |world: &mut World, line: &str, body: &str| {
        if line.starts_with("POST ") && world.sent("POST ").len() == 1 {
            return Said::This(LOST, Value::Null);
        }
        takes_savepoints(world, line, body)
    };
    let (url, world) = start(World::of("1.15.4"), lose_first);
    let (came, steps) = ask(&url, &savepoint());
    assert!(came.is_ok(), "{came:?}");
    assert!(matches!(steps[0], Step::Unanswered(_)), "{steps:?}");
    let sent = world.lock().unwrap().sent("POST ");
    assert_eq!(sent.len(), 2);
    assert!(sent[0]["triggerId"].is_string());
    assert_eq!(sent[0], sent[1]);

    // Releases that choose the id themselves would take a second one.
    let (url, world) = start(World::of("1.14.6"), lose_first);
    let (came, _) = ask(&url, &savepoint());
    fails(came, OperationErrorKind::Lost, "may have taken");
    assert_eq!(world.lock().unwrap().sent("POST ").len(), 1);
}

#[test]
fn a_job_manager_that_forgot_is_asked_for_what_came_of_it() {
    let (url, _) = start(World::of("2.3.0"), |world, line, body| match line {
        _ if line.starts_with("POST ") => {
            world.history = vec![checkpoint(2, true, SAVEPOINT)];
            accepted(body)
        }
        _ if line.contains("/savepoints/") => unknown(),
        _ => Said::Usual,
    });
    let (came, _) = ask(&url, &savepoint());
    let location = Some(Location::parse(SAVEPOINT.as_bytes()));
    assert_eq!(
        came.unwrap(),
        Outcome::Snapshot {
            id: Some(2),
            location
        }
    );

    // One from before, and one elsewhere, are not what was asked for.
    for (id, path) in [(1, SAVEPOINT), (2, "file:/elsewhere/savepoint-ababab-1")] {
        let mut world = World::of("2.3.0");
        world.history.push(checkpoint(0, true, SAVEPOINT));
        let (url, _) = start(world, move |world, line, body| match line {
            _ if line.starts_with("POST ") => {
                world.history = vec![checkpoint(id, true, path)];
                accepted(body)
            }
            _ if line.contains("/savepoints/") => unknown(),
            _ => Said::Usual,
        });
        let (came, _) = ask(&url, &savepoint());
        fails(
            came,
            OperationErrorKind::Lost,
            "its JobManager was restarted",
        );
    }
}

#[test]
fn a_job_that_dies_meanwhile_is_said_with_its_cause() {
    let (url, _) = start(World::of("2.3.0"), |world, line, body| match line {
        _ if line.starts_with("POST ") => accepted(body),
        _ if line.contains("/savepoints/") => {
            world.state = "FAILED";
            under_way()
        }
        _ => Said::Usual,
    });
    let (came, _) = ask(&url, &savepoint());
    fails(came, OperationErrorKind::Failed, "worn out");
}

#[test]
fn a_savepoint_that_ends_with_its_job_is_told_with_what_the_job_died_of() {
    // Flink tells of the savepoint first, and only that nothing is coordinated any more.
    let (url, _) = start(World::of("2.3.0"), |world, line, body| match line {
        _ if line.starts_with("POST ") => accepted(body),
        _ if line.contains("/savepoints/") => {
            world.looks += 1;
            let trace = "java.util.concurrent.CompletionException: x\nCaused by: org.apache.flink.runtime.checkpoint.CheckpointException: Checkpoint Coordinator is suspending.\n";
            done(&json!({ "failure-cause": { "class": "x", "stack-trace": trace } }))
        }
        _ if line == format!("GET /jobs/{JOB}") && world.looks > 0 => {
            world.state = "FAILED";
            Said::Usual
        }
        _ => Said::Usual,
    });
    let (came, _) = ask(&url, &savepoint());
    fails(came, OperationErrorKind::Failed, "worn out");
}

#[test]
fn an_end_of_the_waiting_says_what_may_go_on() {
    let never = |_: &mut World, line: &str, body: &str| match line {
        _ if line.starts_with("POST ") => accepted(body),
        _ if line.contains("/savepoints/") => under_way(),
        _ => Said::Usual,
    };
    let (url, _) = start(World::of("2.3.0"), never);
    let short = Patience {
        timeout: Duration::from_millis(300),
        ..PATIENCE
    };
    let (came, _) = ask_patiently(&url, &savepoint(), short, false);
    fails(came, OperationErrorKind::TimedOut, "may still be under way");
    let (came, _) = ask_patiently(&url, &savepoint(), PATIENCE, true);
    fails(
        came,
        OperationErrorKind::Interrupted,
        "may still be under way",
    );
}

#[test]
fn a_stop_waits_for_the_end_of_the_job() {
    let (url, world) = start(World::of("2.3.0"), |world, line, body| {
        if world.looks == 3 && line == format!("GET /jobs/{JOB}") {
            world.state = "FINISHED";
        }
        takes_savepoints(world, line, body)
    });
    let (came, steps) = ask(&url, &stop());
    assert!(
        matches!(came, Ok(Outcome::Snapshot { id: Some(2), .. })),
        "{came:?}"
    );
    assert!(
        steps.contains(&Step::State("FINISHED".to_owned())),
        "{steps:?}"
    );
    let sent = world
        .lock()
        .unwrap()
        .sent(&format!("POST /jobs/{JOB}/stop"));
    assert_eq!(sent[0]["drain"], false);
}

#[test]
fn a_checkpoint_lies_where_the_history_says() {
    let takes = |world: &mut World, line: &str, body: &str| match line {
        _ if line.starts_with("POST ") => accepted(body),
        _ if line.contains("/checkpoints/config") => Said::Usual,
        _ if line.contains("/checkpoints/") => {
            world
                .history
                .insert(0, checkpoint(7, false, "file:/c/chk-7"));
            done(&json!({ "checkpointId": 7 }))
        }
        _ => Said::Usual,
    };
    let request = Request::Checkpoint {
        job: JOB,
        what: CheckpointType::Full,
    };
    let (url, _) = start(World::of("2.3.0"), takes);
    let location = Some(Location::parse(b"file:/c/chk-7"));
    assert_eq!(
        ask(&url, &request).0.unwrap(),
        Outcome::Snapshot {
            id: Some(7),
            location
        }
    );
    let (url, world) = start(World::of("1.16.3"), takes);
    fails(
        ask(&url, &request).0,
        OperationErrorKind::Refused,
        "before 1.17",
    );
    assert!(
        world.lock().unwrap().sent("POST ").is_empty(),
        "nothing was sent"
    );
}

#[test]
fn a_cancel_waits_for_the_end_and_refuses_what_is_over() {
    let cancels = |world: &mut World, line: &str, _: &str| {
        if line.starts_with("PATCH ") {
            world.state = "CANCELED";
            return Said::This("202 Accepted", json!({}));
        }
        Said::Usual
    };
    let (url, world) = start(World::of("2.3.0"), cancels);
    let request = Request::Cancel { job: JOB };
    let state = "CANCELED".to_owned();
    assert_eq!(ask(&url, &request).0.unwrap(), Outcome::Ended { state });
    fails(
        ask(&url, &request).0,
        OperationErrorKind::Refused,
        "CANCELED already",
    );
    assert_eq!(world.lock().unwrap().sent("PATCH ").len(), 1);
}

#[test]
fn a_restart_is_done_when_it_is_proven() {
    let (url, world) = start(World::of("2.3.0"), |world, line, _| {
        starts(world, line, Some("file:///s/savepoint-ababab-1/"), Some(6))
    });
    let (came, steps) = ask(&url, &restart());
    let Ok(Outcome::Restarted {
        job,
        first_checkpoint,
        first_location,
        ..
    }) = came
    else {
        panic!("{came:?}");
    };
    assert_eq!(first_checkpoint, Some(6));
    assert_eq!(first_location, Some(Location::parse(b"file:/c/chk-6")));
    assert!(steps.contains(&Step::Started(job)), "{steps:?}");
    let restored = Step::Restored(Location::parse(SAVEPOINT.as_bytes()));
    assert!(steps.contains(&restored), "{steps:?}");
    // The cluster's other job says that it was restored from the same one.
    let twin = |it: &Step| matches!(it, Step::Trouble(what) if what.contains("two jobs write"));
    assert!(steps.iter().any(twin), "{steps:?}");
    let sent = world.lock().unwrap().sent("POST ");
    assert_eq!(sent.len(), 2, "the lost answer was asked for again");
    assert_eq!(sent[0], sent[1]);
    assert_eq!(sent[0]["jobId"], job.to_string());
    assert_eq!(sent[0]["claimMode"], "NO_CLAIM");
}

#[test]
fn a_job_without_an_interval_is_proven_by_its_restore() {
    let mut world = World::of("2.3.0");
    world.interval = i64::MAX;
    let (url, _) = start(world, |world, line, _| {
        starts(world, line, Some(SAVEPOINT), None)
    });
    let (came, _) = ask(&url, &restart());
    assert!(
        matches!(
            came,
            Ok(Outcome::Restarted {
                first_checkpoint: None,
                ..
            })
        ),
        "{came:?}"
    );
}

#[test]
fn a_restart_that_is_not_proven_has_failed() {
    for (from, words) in [
        (Some("file:/s/other"), "restored from file:/s/other instead"),
        (None, "restored from nothing"),
    ] {
        let (url, _) = start(World::of("2.3.0"), move |world, line, _| {
            starts(world, line, from, Some(6))
        });
        fails(ask(&url, &restart()).0, OperationErrorKind::Failed, words);
    }
    let (url, _) = start(World::of("2.3.0"), |world, line, _| {
        let said = starts(world, line, None, None);
        if !world.sent("POST ").is_empty() {
            world.state = "FAILED";
        }
        said
    });
    fails(
        ask(&url, &restart()).0,
        OperationErrorKind::Failed,
        "worn out",
    );
    let (url, world) = start(World::of("2.3.0"), |_, line, _| match line {
        "GET /jars" => Said::This("200 OK", json!({ "files": [] })),
        _ => Said::Usual,
    });
    fails(
        ask(&url, &restart()).0,
        OperationErrorKind::Refused,
        "no jar `fraud.jar`",
    );
    assert!(world.lock().unwrap().sent("POST ").is_empty());
}

#[test]
fn a_job_that_keeps_restarting_is_given_up_with_its_own_cause() {
    let (url, _) = start(World::of("2.3.0"), |world, line, _| {
        let said = starts(world, line, Some("file:/s/savepoint-ababab-1"), None);
        if !world.sent("POST ").is_empty() {
            world.state = "RESTARTING";
        }
        said
    });
    let patience = Patience {
        timeout: Duration::from_secs(1),
        ..PATIENCE
    };
    let (came, steps) = ask_patiently(&url, &restart(), patience, false);
    let words = "may still be under way: the job is RESTARTING: IllegalStateException: worn out";
    fails(came, OperationErrorKind::TimedOut, words);
    let troubles = steps.iter().filter(|it| matches!(it, Step::Trouble(_)));
    assert_eq!(troubles.count(), 1, "{steps:?}");
}

#[test]
fn a_jar_that_was_uploaded_for_a_start_that_failed_is_removed() {
    for (fate, is_removed) in [("FAILED", true), ("RUNNING", false)] {
        let (url, world) = start(World::of("2.3.0"), move |world, line, _| match line {
            "POST /jars/upload" => Said::This("200 OK", json!({ "filename": "/tmp/77_fraud.jar" })),
            "POST /jars/77_fraud.jar/run" => {
                world.state = fate;
                let job = "cd".repeat(16);
                Said::This("200 OK", json!({ "jobid": job }))
            }
            _ => Said::Usual,
        });
        let jar = tempfile::NamedTempFile::new().unwrap();
        let Request::Restart(mut asked) = restart() else {
            panic!("no restart");
        };
        asked.program = Program::File(jar.path().to_owned());
        let patience = Patience {
            timeout: Duration::from_secs(1),
            settling: Duration::from_secs(9),
            ..PATIENCE
        };
        let request = Request::Restart(asked);
        let (came, _) = ask_patiently(&url, &request, patience, false);
        assert!(came.is_err(), "{came:?}");
        let world = world.lock().unwrap();
        let removed = world
            .asked
            .iter()
            .filter(|(line, _)| line == "DELETE /jars/77_fraud.jar");
        assert_eq!(removed.count(), usize::from(is_removed), "{fate}");
    }
}

#[test]
fn a_start_that_failed_after_flink_took_it_names_the_job() {
    let (url, _) = start(World::of("2.3.0"), |world, line, _| match line {
        "POST /jars/77_fraud.jar/run" => {
            world.state = "FAILED";
            let errors = json!({ "errors": ["x.JobSubmissionException: no such savepoint"] });
            Said::This("500 Internal Server Error", errors)
        }
        _ => starts(world, line, None, None),
    });
    let (came, _) = ask(&url, &restart());
    let why = came.unwrap_err().message;
    assert!(why.contains("no such savepoint; Flink lists job "), "{why}");
    assert!(why.ends_with(" as FAILED"), "{why}");
}

#[test]
fn a_relative_directory_is_refused_before_anything_is_asked() {
    let (url, world) = start(World::of("2.3.0"), takes_savepoints);
    for directory in ["savepoints", "./savepoints", "c:savepoints"] {
        let request = Request::Savepoint {
            job: JOB,
            format: SavepointFormat::Canonical,
            directory: Some(directory.to_owned()),
        };
        let (came, _) = ask(&url, &request);
        fails(came, OperationErrorKind::Refused, "relative");
    }
    assert_eq!(world.lock().unwrap().sent("POST "), [Value::Null; 0]);
}
