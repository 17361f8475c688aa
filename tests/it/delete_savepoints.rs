//! Savepoints that a job may just have been started from, on what a real Flink wrote.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::deletion::{Place, contents, date};
use crate::program::{err, only, out, run};
use crate::server::{Server, reply};

const STARTED: &str = "1f1e2d3c4b5a69788796a5b4c3d2e1f0";

fn savepoint(place: &Place) -> PathBuf {
    let all = fs::read_dir(place.root().join("savepoints")).unwrap();
    let mut all: Vec<PathBuf> = all.map(|it| it.unwrap().path()).collect();
    all.retain(|it| !it.ends_with(".stateward"));
    all.sort();
    all.remove(0)
}

fn delete(savepoint: &Path, more: &[&str]) -> Output {
    let verb = ["delete", savepoint.to_str().unwrap(), "--all-named"];
    run(verb.iter().chain(more))
}

const DO_IT: [&str; 2] = ["--write", "--yes"];

#[track_caller]
fn waits_for_a_word(place: &Place, words: &str) {
    let savepoint = savepoint(place);
    let before = contents(&place.root());
    let word = said_word(&savepoint);
    let output = delete(&savepoint, &DO_IT);
    assert_eq!(output.status.code(), Some(4), "{}", err(&output));
    assert!(err(&output).contains(words), "{}", err(&output));
    assert_eq!(contents(&place.root()), before);
    let word = format!("--confirm={word}");
    let output = delete(&savepoint, &[&DO_IT[..], &[&word]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(!savepoint.exists());
}

/// What is to be typed.
fn said_word(savepoint: &Path) -> String {
    let said = out(&delete(savepoint, &["--dry-run"]));
    let word = said
        .split("--confirm '")
        .nth(1)
        .unwrap_or_else(|| panic!("{said}"));
    word.split('\'').next().unwrap().to_owned()
}

#[test]
fn a_young_one_waits_for_a_word_and_an_old_one_goes_with_a_remark() {
    let place = Place::aged(10);
    let output = delete(&savepoint(&place), &["--dry-run"]);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    assert!(
        out(&output).contains(
            "no cluster is connected (--flink): whether a job was just started from what goes is not known"
        ),
        "{}",
        out(&output)
    );
    date(&savepoint(&place).join("_metadata"), 1);
    waits_for_a_word(&place, "a job may just have been started from it");
}

fn note(place: &Place, text: &str) {
    let own = place.root().join("savepoints/.stateward");
    fs::create_dir_all(&own).unwrap();
    fs::write(own.join("restarts.json"), text).unwrap();
}

#[test]
fn an_old_one_that_a_job_was_just_started_from_waits_too() {
    let place = Place::aged(10);
    let restart = |hours| {
        let started = Timestamp::now() - SignedDuration::from_hours(hours);
        let from = format!("file:{}", savepoint(&place).display());
        let entry = json!({"job": STARTED, "started_at": started, "restored": from});
        note(
            &place,
            &json!({"schema": 1, "restarts": [entry]}).to_string(),
        );
    };
    restart(73);
    let output = delete(&savepoint(&place), &["--dry-run"]);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    restart(2);
    waits_for_a_word(&place, "was started from it 2h ago");
}

#[test]
fn notes_that_cannot_be_read_may_be_of_any() {
    let place = Place::aged(10);
    note(&place, "{");
    let output = delete(&savepoint(&place), &DO_IT);
    assert_eq!(output.status.code(), Some(4), "{}", err(&output));
    assert!(err(&output).contains("restarts.json"), "{}", err(&output));
    assert!(savepoint(&place).exists());
}

/// A cluster that runs nothing.
fn idle() -> Server {
    Server::start(|path, out| match path {
        "/config" => reply(out, "200 OK", r#"{"flink-version":"2.3.0","features":{}}"#),
        "/jobs/overview" => reply(out, "200 OK", r#"{"jobs":[]}"#),
        _ => reply(out, "404 Not Found", r#"{"errors":["not here"]}"#),
    })
}

#[test]
fn a_cluster_that_never_had_to_do_with_it_tells_nothing() {
    let place = Place::aged(10);
    date(&savepoint(&place).join("_metadata"), 1);
    let cluster = idle();
    let flink = format!("--flink={}", cluster.url);
    let output = delete(&savepoint(&place), &["--dry-run", &flink]);
    let said = out(&output);
    assert_eq!(output.status.code(), Some(4), "{said}{}", err(&output));
    let words = "none of the clusters knows its job";
    assert!(said.contains(words), "{said}");
    assert!(only(&place.root().join("checkpoints"), "e8eeda").is_dir());
}
