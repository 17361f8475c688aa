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

/// A cluster that tells of one job: since when it runs, or when it ended, from which number it was restored, by what path, and whether
/// that is a savepoint to it, and the numbers of the checkpoints in a directory that it has completed.
struct Run<'a> {
    job: &'a str,
    started: i64,
    ended: Option<i64>,
    restored: Option<(u64, String, bool)>,
    home: &'a Path,
    completed: &'a [u64],
}

impl Run<'_> {
    fn cluster(self) -> Server {
        let Run {
            started, completed, ..
        } = self;
        let path = |number: u64| format!("file:{}/chk-{number}", self.home.display());
        let history = completed.iter().map(|&number| {
            json!({"id": number, "status": "COMPLETED", "is_savepoint": false, "num_subtasks": 2,
                "num_acknowledged_subtasks": 2, "external_path": path(number), "discarded": false})
        });
        let history: Vec<Value> = history.collect();
        let restored = self.restored.as_ref().map(|(number, path, is_savepoint)| {
            json!({"id": number, "restore_timestamp": started, "is_savepoint": is_savepoint, "external_path": path})
        });
        let counts = json!({"restored": restored.iter().count(), "total": completed.len(), "in_progress": 0,
            "completed": completed.len(), "failed": 0});
        let latest = restored.map_or_else(|| json!({}), |it| json!({ "restored": it }));
        let state = self.ended.map_or("RUNNING", |_| "CANCELED");
        let headline = json!({"jid": self.job, "name": "fraud", "state": state, "start-time": started,
            "end-time": self.ended.unwrap_or(-1), "vertices": []});
        let job = self.job.to_owned();
        Server::start(move |path, out| {
            let body = match path.strip_prefix(&format!("/jobs/{job}")).unwrap_or(path) {
                "/config" => json!({"flink-version": "2.3.0"}),
                "/jobs/overview" => json!({"jobs": [headline]}),
                "" => headline.clone(),
                "/checkpoints" => json!({"counts": counts, "latest": latest, "history": history}),
                _ => return reply(out, "404 Not Found", r#"{"errors":["Not found."]}"#),
            };
            reply(out, "200 OK", &body.to_string());
        })
    }
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

#[test]
fn a_number_beyond_all_that_a_job_took_is_of_another_however_soon_it_was_written() {
    let place = Place::aged(10);
    let chk = place.chk(8);
    let flink = Run {
        job: &id(&chk),
        started: days_ago(11),
        ended: Some(days_ago(10) - 30_000),
        restored: None,
        home: chk.parent().unwrap(),
        completed: &[6, 7],
    }
    .cluster();
    waits_for_the_word_of_the_unheard(
        &place,
        &chk,
        &flink,
        "and chk-8 in its directory has a number beyond all that it took: its id is used again",
    );
}

/// The place of an earlier run whose last is chk-8, under this id, and a cluster on which a later run has completed chk-9 a moment ago.
fn later_run(
    job: Option<&str>,
    restored: impl Fn(&Path) -> (String, bool),
) -> (Place, PathBuf, Server) {
    let place = Place::aged(10);
    let mut home = place.chk(8).parent().unwrap().to_owned();
    if let Some(job) = job {
        let new = home.with_file_name(job);
        fs::rename(&home, &new).unwrap();
        age(place.temp.path(), 10);
        home = new;
    }
    date(&home.join("chk-9/_metadata"), 0);
    let (path, is_savepoint) = restored(&home);
    let flink = Run {
        job: &id(&home.join("chk-9")),
        started: days_ago(1),
        ended: None,
        restored: Some((8, path, is_savepoint)),
        home: &home,
        completed: &[9],
    }
    .cluster();
    (place, home, flink)
}

fn own(home: &Path) -> String {
    format!("file:{}/chk-8", home.display())
}

/// The owner that the list has of a snapshot.
fn owner(home: &Path, name: &str, flink: &Server) -> String {
    let list = out(&with(&["ls"], home, flink, &[]));
    let mut lines = list.lines();
    let line = lines.find(|it| it.contains(name)).unwrap();
    line.split_whitespace().last().unwrap().to_owned()
}

fn explained(chk: &Path, flink: &Server) -> String {
    let told = out(&with(&["explain"], chk, flink, &[]));
    told.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn waits_for_the_word_of_one_that_lives(place: &Place, chk: &Path, flink: &Server, why: &str) {
    let before = contents(&place.root());
    for word in [&[][..], &["--confirm", "fraud"]] {
        let output = with(&DELETE, chk, flink, word);
        assert_eq!(output.status.code(), Some(4), "{}", err(&output));
        assert!(err(&output).contains(why), "{}", err(&output));
        assert_eq!(contents(&place.root()), before);
    }
    let output = with(&DELETE, chk, flink, &["--confirm", "live fraud"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(!chk.exists());
}

#[test]
fn what_an_earlier_run_took_is_none_of_the_later_ones() {
    let (place, home, flink) = later_run(None, |home| (own(home), true));
    for (name, whose) in [("chk-7", "you"), ("chk-8", "you"), ("chk-9", "Flink")] {
        assert_eq!(owner(&home, name, &flink), whose, "{name}");
    }
    let chk = home.join("chk-7");
    let told = explained(&chk, &flink);
    for words in [
        "It is yours: job fraud is RUNNING",
        "was restored from number 8 and counts on from there: an earlier run took it",
        "It stays: an earlier run took it",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    let last = explained(&home.join("chk-8"), &flink);
    assert!(last.contains("has completed chk-9 since"), "{last}");
    for event in ["cancelled", "finished", "subsumed"] {
        let played = with(
            &["show", "--what-if", event],
            &home.join("chk-9"),
            &flink,
            &[],
        );
        let played = out(&played);
        let stays = |name: &str| {
            let mut lines = played.lines();
            lines.any(|it| it.starts_with(name) && it.contains("there"))
        };
        assert!(stays("chk-7") && stays("chk-8"), "{event}: {played}");
    }
    waits_for_the_word_of_one_that_lives(&place, &chk, &flink, "an earlier run took it");
}

#[test]
fn what_a_later_run_began_with_stays_until_it_has_a_checkpoint_of_its_own() {
    let (place, home, _) = later_run(None, |home| (own(home), true));
    let flink = Run {
        job: &id(&home.join("chk-8")),
        started: days_ago(1),
        ended: None,
        restored: Some((8, own(&home), true)),
        home: &home,
        completed: &[],
    }
    .cluster();
    let before = contents(&place.root());
    let words = ["--confirm", "live fraud", "--confirm", "fraud"];
    let output = with(&DELETE, &home.join("chk-8"), &flink, &words);
    assert_eq!(output.status.code(), Some(4), "{}", err(&output));
    assert!(
        err(&output).contains("no checkpoint of its own that restores is in sight"),
        "{}",
        err(&output)
    );
    assert_eq!(contents(&place.root()), before);
}

#[test]
fn under_the_id_of_zeros_an_earlier_run_may_be_another_application() {
    let savepoint = "file:/sp/savepoint-000000-0123456789ab".to_owned();
    let (place, home, flink) = later_run(Some(ZEROS), |_| (savepoint.clone(), true));
    for (name, whose) in [
        ("chk-7", "unclear"),
        ("chk-8", "unclear"),
        ("chk-9", "Flink"),
    ] {
        assert_eq!(owner(&home, name, &flink), whose, "{name}");
    }
    let chk = home.join("chk-7");
    let why = "an earlier run, or another application with the id of zeros, took it";
    let told = explained(&chk, &flink);
    for words in [why, "No end of job fraud, which runs now, touches it"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    waits_for_the_word_of_one_that_lives(&place, &chk, &flink, why);
}

#[test]
fn what_was_there_before_a_start_without_state_is_of_an_earlier_run() {
    let place = Place::aged(10);
    let chk = place.chk(8);
    let flink = Run {
        job: &id(&chk),
        started: days_ago(1),
        ended: None,
        restored: None,
        home: chk.parent().unwrap(),
        completed: &[1, 2],
    }
    .cluster();
    assert_eq!(owner(chk.parent().unwrap(), "chk-8", &flink), "unclear");
    let why = "was started without state after it was written: an earlier run took it";
    waits_for_the_word_of_one_that_lives(&place, &chk, &flink, why);
}

#[test]
fn what_a_job_may_have_taken_before_its_jobmanager_was_restarted_is_its_own_until_somebody_knows_better()
 {
    let (place, home, flink) = later_run(None, |home| (own(home), false));
    assert_eq!(owner(&home, "chk-7", &flink), "Flink");
    // What it went back to is its own.
    let output = with(
        &DELETE,
        &home.join("chk-8"),
        &flink,
        &["--confirm", "live fraud"],
    );
    assert_eq!(output.status.code(), Some(4), "{}", err(&output));
    let why = "or the same before its JobManager was restarted";
    waits_for_the_word_of_one_that_lives(&place, &home.join("chk-7"), &flink, why);
}
