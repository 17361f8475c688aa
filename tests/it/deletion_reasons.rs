//! What a deletion says of why it comes to nothing, and how it ends when it is told to.

use std::fs;
use std::process::{Command, Output, Stdio};

use crate::deletion::{Place, age, contents};
use crate::program::{copy, err, run, stateward};

fn delete(place: &Place, more: &[&str]) -> Output {
    let target = place.chk(8);
    let verb = ["delete", target.to_str().unwrap(), "--all-named"];
    run(verb.iter().chain(more))
}

fn last_line(output: &Output) -> String {
    err(output).lines().last().unwrap_or_default().to_owned()
}

#[test]
fn a_saved_plan_of_which_all_has_changed_says_so() {
    let place = Place::aged(10);
    let plan = place.temp.path().join("plan.json");
    let plan = plan.to_str().unwrap();
    let saved = delete(&place, &["--confirm", "fraud", "--save", plan]);
    assert!(saved.status.success(), "{}", err(&saved));
    // As from a backup: the same bytes, in other files.
    let (root, chk) = (place.root(), place.chk(8));
    let other = place.temp.path().join("other");
    copy(&chk, &other);
    for entry in fs::read_dir(&other).unwrap() {
        let entry = entry.unwrap();
        fs::rename(entry.path(), chk.join(entry.file_name())).unwrap();
    }
    age(&root, 10);
    let before = contents(&root);
    let refused = run(["apply", plan, "--confirm", "fraud", "--write", "--yes"]);
    assert_eq!(refused.status.code(), Some(4), "{}", err(&refused));
    let said = last_line(&refused);
    assert!(
        said.contains("nothing was deleted: it has changed since the plan was made"),
        "{said}"
    );
    assert_eq!(contents(&root), before);
}

#[test]
fn a_cluster_that_does_not_answer_does_not_know_of_no_job() {
    let place = Place::aged(10);
    let flink = ["--flink", "http://127.0.0.1:9", "--write", "--yes"];
    let refused = delete(&place, &flink);
    assert_eq!(refused.status.code(), Some(4), "{}", err(&refused));
    let said = err(&refused);
    assert!(!said.contains("none of the clusters"), "{said}");
    let said = last_line(&refused);
    assert!(said.contains("127.0.0.1:9 does not answer"), "{said}");
}

/// A deletion of two checkpoints, file after file with long pauses, that is told to end once something has gone.
fn told_to_end(place: &Place, signal: &str) -> (Option<i32>, String) {
    let process = stateward()
        .arg("delete")
        .args([place.chk(8), place.chk(7)])
        .args(["--all-named", "--confirm", "fraud", "--write", "--yes"])
        .args(["--files-per-second", "1"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while [7, 8]
        .iter()
        .all(|it| place.chk(*it).join("_metadata").exists())
    {
        std::thread::yield_now();
    }
    let sent = Command::new("kill")
        .args([&format!("-{signal}"), &process.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
    let output = process.wait_with_output().unwrap();
    (output.status.code(), err(&output))
}

#[test]
fn a_deletion_that_a_signal_ends_tells_the_way_on() {
    for (signal, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let place = Place::aged(10);
        let before = contents(&place.root());
        let (ended, said) = told_to_end(&place, signal);
        assert_eq!(ended, Some(code), "{signal}: {said}");
        for words in ["stateward resume", "stateward undo", "lie in the trash"] {
            assert!(said.contains(words), "{signal}: {said}");
        }
        let root = place.root();
        let undone = run(["undo", root.to_str().unwrap(), "--write"]);
        assert!(undone.status.success(), "{}", err(&undone));
        assert_eq!(contents(&root), before);
    }
}
