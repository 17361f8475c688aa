//! What is kept of a cluster from one answer to the next, and when it falls silent.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use stateward::config::connection::Connection;
use stateward::domain::cluster::{ClusterId, Contact, JobState};
use stateward::flink::discover;
use stateward::flink::poll::Poller;

use crate::server::{Server, reply};

const RUNNING: &str = "96ed4fab8085f2d4779ee2b55c37bda9";
const OVER: &str = "00ed4fab8085f2d4779ee2b55c37bda9";

fn job(id: &str, state: &str, ended: i64) -> String {
    format!(
        r#"{{"jid":"{id}","name":"fraud","state":"{state}","start-time":1795339218611,"end-time":{ended}}}"#
    )
}

/// One job runs, one is over; checkpoints lie in two places.
fn answer(path: &str, out: &mut dyn std::io::Write) {
    let running = job(RUNNING, "RUNNING", -1);
    let over = job(OVER, "FAILED", 1_795_339_219_000);
    let body = match path {
        "/config" => r#"{"flink-version":"2.3.0"}"#.to_owned(),
        "/jobs/overview" => format!(r#"{{"jobs":[{over},{running}]}}"#),
        "/jobmanager/config" => r#"[{"key":"execution.checkpointing.dir","value":"file:///data/chk"},{"key":"state.savepoints.dir","value":"file:/data/chk/sp/"},{"key":"state.checkpoints.num-retained","value":"3"}]"#.to_owned(),
        path if path == format!("/jobs/{RUNNING}") => running,
        path if path == format!("/jobs/{OVER}") => over,
        path if path == format!("/jobs/{RUNNING}/checkpoints") => format!(
            r#"{{"counts":{{"restored":0,"total":2,"in_progress":0,"completed":2,"failed":0}},"latest":{{}},"history":[{{"id":2,"status":"COMPLETED","external_path":"file:/elsewhere/{RUNNING}/chk-2"}},{{"id":1,"status":"COMPLETED","external_path":"file:/data/chk/{RUNNING}/chk-1"}}]}}"#
        ),
        _ => return reply(out, "404 Not Found", r#"{"errors":["Not found."]}"#),
    };
    reply(out, "200 OK", &body);
}

fn at(second: i64) -> impl Fn() -> Timestamp {
    move || Timestamp::from_second(1_795_339_300 + second).unwrap()
}

/// A poller of this server, with little patience.
fn poller(server: &Server) -> Poller {
    let mut connection = Connection::to(&server.url).unwrap();
    connection.timeout = Duration::from_secs(2);
    Poller::new(ClusterId(0), &connection)
}

#[test]
fn a_job_that_is_over_is_read_once() {
    let server = Server::start(answer);
    let mut poller = poller(&server);
    let first = poller.poll(&at(0));
    let second = poller.poll(&at(3));
    assert_eq!(first.jobs, second.jobs);
    assert_eq!(
        first.jobs[0].state,
        JobState::Running,
        "those first that run"
    );
    assert_eq!(second.contact, Contact::Answering { at: at(3)() });
    let asked = |path: &str| {
        let line = format!("GET {path} ");
        let seen = server.requests();
        seen.iter().filter(|it| it.starts_with(&line)).count()
    };
    assert_eq!(asked(&format!("/jobs/{OVER}")), 1);
    assert_eq!(asked(&format!("/jobs/{RUNNING}")), 2);
    assert_eq!(asked("/jobmanager/config"), 1);
}

#[test]
fn a_silent_cluster_keeps_what_it_said_and_since_when_it_is_silent() {
    let silent = Arc::new(AtomicBool::new(false));
    let switch = silent.clone();
    let server = Server::start(move |path, out| {
        if !switch.load(Ordering::Relaxed) {
            answer(path, out);
        }
    });
    let mut poller = poller(&server);
    let answered = poller.poll(&at(0));
    assert_eq!(poller.pause(), Duration::from_secs(3));

    silent.store(true, Ordering::Relaxed);
    let lost = poller.poll(&at(3));
    assert_eq!(lost.jobs, answered.jobs, "nothing is forgotten");
    let mut pauses = vec![poller.pause()];
    let still = poller.poll(&at(5));
    pauses.push(poller.pause());
    let Contact::Silent {
        since,
        last_answer,
        reason,
    } = &still.contact
    else {
        panic!("{:?}", still.contact);
    };
    assert_eq!(*since, at(3)(), "the first attempt that failed");
    assert_eq!(*last_answer, Some(at(0)()));
    assert!(reason.contains(&server.url), "{reason}");
    assert!(pauses[0] < pauses[1], "{pauses:?}");

    silent.store(false, Ordering::Relaxed);
    let again = poller.poll(&at(9));
    assert_eq!(again.contact, Contact::Answering { at: at(9)() });
}

#[test]
fn directories_come_from_the_configuration_and_from_what_was_written() {
    let server = Server::start(answer);
    let cluster = poller(&server).poll(&at(0));
    let settings = cluster.settings.as_ref().unwrap();
    assert_eq!(settings.retained, Some(3));
    let found: Vec<String> = discover::directories(&cluster)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(found, ["file:/data/chk", "file:/elsewhere"]);
}
