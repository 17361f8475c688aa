//! Ids of jobs that are used again: a cluster says that a job is over, and another one goes on under its id where nobody asked.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::deletion::{Place, age, contents, date};
use crate::program::{err, out, run};
use crate::server::{Server, reply};

const ZEROS: &str = "00000000000000000000000000000000";

fn id(chk: &Path) -> String {
    let job = chk.parent().and_then(Path::file_name).unwrap();
    job.to_str().unwrap().to_owned()
}

/// A cluster that tells of one job: how it is, when it came to its end, and which checkpoints it remembers.
fn telling(job: &str, state: &'static str, ended: i64, remembered: &[PathBuf]) -> Server {
    let job = job.to_owned();
    let completed = |(at, path): (usize, &PathBuf)| {
        json!({"id": 9 - at, "status": "COMPLETED", "is_savepoint": false, "num_subtasks": 2,
            "num_acknowledged_subtasks": 2, "external_path": format!("file:{}", path.display())})
    };
    let history: Vec<Value> = remembered.iter().enumerate().map(completed).collect();
    Server::start(move |path, out| {
        let headline = json!({"jid": job, "name": "fraud", "state": state, "start-time": 1, "end-time": ended,
            "vertices": []});
        let body = match path.strip_prefix(&format!("/jobs/{job}")).unwrap_or(path) {
            "/config" => json!({"flink-version": "2.3.0"}),
            "/jobs/overview" => json!({"jobs": [headline]}),
            "" => headline,
            "/checkpoints" => {
                json!({"counts": {"restored": 0, "total": 3, "in_progress": 0, "completed": 3, "failed": 0},
                "latest": {}, "history": history})
            }
            _ => return reply(out, "404 Not Found", r#"{"errors":["Not found."]}"#),
        };
        reply(out, "200 OK", &body.to_string());
    })
}

fn days_ago(days: i64) -> i64 {
    (Timestamp::now() - SignedDuration::from_hours(24 * days)).as_millisecond()
}

fn with(verb: &[&str], chk: &Path, flink: &Server, more: &[&str]) -> Output {
    let chk = chk.to_str().unwrap();
    run(verb.iter().chain(&[chk, "--flink", &flink.url]).chain(more))
}

const DELETE: [&str; 4] = ["delete", "--all-named", "--write", "--yes"];

#[track_caller]
fn waits_for_the_word_of_the_unheard(place: &Place, chk: &Path, flink: &Server, why: &str) {
    let before = contents(&place.root());
    for word in [&[][..], &["--confirm", "live fraud"]] {
        let output = with(&DELETE, chk, flink, word);
        assert_eq!(output.status.code(), Some(4), "{}", err(&output));
        assert!(err(&output).contains(why), "{}", err(&output));
        assert_eq!(contents(&place.root()), before);
    }
    let told = out(&with(&["explain"], chk, flink, &[]));
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("Whose it is cannot be told"), "{told}");
    assert!(told.contains(why), "{told}");
    let owner = |verb: &str| out(&with(&[verb], chk, flink, &[]));
    assert!(
        owner("show").contains("owner      unclear"),
        "{}",
        owner("show")
    );
    assert!(owner("ls").contains("unclear"), "{}", owner("ls"));
    let output = with(&DELETE, chk, flink, &["--confirm", "fraud"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(!chk.exists());
}

#[test]
fn what_was_written_up_to_the_end_of_its_job_goes() {
    let place = Place::aged(10);
    let flink = telling(&id(&place.chk(8)), "CANCELED", days_ago(9), &[]);
    let output = with(&DELETE, &place.chk(8), &flink, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
}

#[test]
fn a_checkpoint_that_was_written_after_the_end_of_its_job_is_of_another() {
    let place = Place::aged(10);
    let flink = telling(&id(&place.chk(8)), "CANCELED", days_ago(12), &[]);
    waits_for_the_word_of_the_unheard(
        &place,
        &place.chk(8),
        &flink,
        "and chk-7 in its directory was written after that: its id is used again",
    );
}

#[test]
fn one_before_it_may_be_what_that_other_goes_back_to() {
    let place = Place::aged(10);
    date(&place.chk(9).join("_metadata"), 5);
    let flink = telling(&id(&place.chk(8)), "FAILED", days_ago(8), &[]);
    waits_for_the_word_of_the_unheard(
        &place,
        &place.chk(8),
        &flink,
        "and chk-9 in its directory was written after that: its id is used again",
    );
}

#[test]
fn what_another_has_begun_after_the_end_counts_too() {
    let place = Place::aged(10);
    let begun = place.chk(12);
    fs::create_dir(&begun).unwrap();
    fs::write(begun.join("14bd46a6-a5c8-4ee8-93ce-b6a5ee3d9d65"), "state").unwrap();
    date(&begun.join("14bd46a6-a5c8-4ee8-93ce-b6a5ee3d9d65"), 5);
    let flink = telling(&id(&place.chk(8)), "CANCELED", days_ago(8), &[]);
    waits_for_the_word_of_the_unheard(
        &place,
        &place.chk(8),
        &flink,
        "and chk-12 in its directory was written after that: its id is used again",
    );
}

/// The place as a job with high availability writes it, of which a cluster says this.
fn zeros(state: &'static str) -> (Place, PathBuf, Server) {
    let place = Place::aged(10);
    let old = place.chk(8).parent().unwrap().to_owned();
    let new = old.with_file_name(ZEROS);
    fs::rename(old, &new).unwrap();
    age(place.temp.path(), 10);
    let all = [9, 8, 7].map(|it| new.join(format!("chk-{it}")));
    let ended = if state == "RUNNING" { -1 } else { days_ago(9) };
    let flink = telling(ZEROS, state, ended, &all);
    (place, new.join("chk-8"), flink)
}

#[test]
fn that_a_job_with_the_id_of_zeros_is_over_says_nothing_of_others_with_it() {
    let (place, chk, flink) = zeros("CANCELED");
    waits_for_the_word_of_the_unheard(
        &place,
        &chk,
        &flink,
        "every application with high availability",
    );
}

#[test]
fn a_job_with_the_id_of_zeros_keeps_what_it_keeps() {
    let (_place, chk, flink) = zeros("RUNNING");
    let output = with(&DELETE, &chk, &flink, &["--confirm", "fraud"]);
    assert_eq!(output.status.code(), Some(4), "{}", err(&output));
    assert!(
        err(&output).contains("keeps it, and deletes it by itself"),
        "{}",
        err(&output)
    );
}
