//! Operations from the command line, against a cluster that answers by a script.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::program::{copy, fixture};
use crate::scripted::*;
use crate::server::Server;

fn stateward(verb: &[&str], url: &str, more: &[&str]) -> Output {
    crate::program::stateward()
        .args(verb)
        .args(["--flink", url])
        .args(more)
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap()
}

fn told(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn read_only_refuses_before_any_request() {
    let asked = Arc::new(AtomicBool::new(false));
    let noted = asked.clone();
    let server = Server::start(move |_, _| noted.store(true, Ordering::SeqCst));
    for verb in [
        &["trigger", "savepoint"][..],
        &["trigger", "checkpoint"],
        &["stop"],
        &["cancel", "fraud", "--confirm", "fraud"],
    ] {
        let output = stateward(verb, &server.url, &[]);
        let said = told(&output.stderr);
        assert_eq!(output.status.code(), Some(4), "{verb:?}: {said}");
        assert!(
            said.contains("read-only") && said.contains("--write"),
            "{said}"
        );
    }
    assert!(!asked.load(Ordering::SeqCst));
}

#[test]
fn the_path_alone_is_printed() {
    let (url, _) = start(World::of("2.3.0"), takes_savepoints);
    let output = stateward(
        &["trigger", "savepoint"],
        &url,
        &["--write", "--directory", "file:///s"],
    );
    let said = told(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert_eq!(told(&output.stdout), format!("{SAVEPOINT}\n"));
    assert!(said.contains("1 of 2 subtasks have acknowledged"), "{said}");

    let (url, _) = start(World::of("2.3.0"), takes_savepoints);
    let output = stateward(
        &["trigger", "savepoint", "fraud"],
        &url,
        &["--write", "--json"],
    );
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value["operation"], "savepoint");
    assert_eq!(value["job"], JOB.to_string());
    assert_eq!(value["snapshot"], SAVEPOINT);
    assert_eq!(value["checkpoint_id"], 2);
    assert!(
        value["steps"]
            .as_array()
            .is_some_and(|steps| steps.len() >= 2),
        "{value}"
    );
}

#[test]
fn what_failed_is_said_on_one_line_after_the_steps() {
    let (url, _) = start(World::of("2.3.0"), |_, line, body| match line {
        _ if line.starts_with("POST ") => accepted(body),
        _ if line.contains("/savepoints/") => unknown(),
        _ => Said::Usual,
    });
    let output = stateward(
        &["trigger", "savepoint"],
        &url,
        &["--write", "--timeout", "1s"],
    );
    let said = told(&output.stderr);
    assert_eq!(output.status.code(), Some(5), "{said}");
    assert!(
        said.lines()
            .last()
            .unwrap()
            .contains("may still be under way"),
        "{said}"
    );
    assert!(output.stdout.is_empty());
    let output = stateward(&["stop", "nosuch"], &url, &["--write", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["error"]["exit_code"], 1);
    assert_eq!(document["error"]["kind"], "nothing-found");
    let message = document["error"]["message"].as_str().unwrap();
    assert!(told(&output.stderr).contains(message), "{message}");
}

#[test]
fn a_cancel_has_to_be_confirmed() {
    let (url, world) = start(World::of("2.3.0"), |world, line, _| {
        if line.starts_with("PATCH ") {
            world.state = "CANCELED";
            return Said::This("202 Accepted", json!({}));
        }
        Said::Usual
    });
    let output = stateward(&["cancel", "fraud"], &url, &["--write"]);
    assert_eq!(output.status.code(), Some(2), "{}", told(&output.stderr));
    let output = stateward(
        &["cancel", "fraud"],
        &url,
        &["--write", "--confirm", "frau"],
    );
    assert_eq!(output.status.code(), Some(4), "{}", told(&output.stderr));
    assert!(world.lock().unwrap().sent("PATCH ").is_empty());
    let output = stateward(
        &["cancel", "fraud"],
        &url,
        &["--write", "--confirm", "fraud"],
    );
    let said = told(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert_eq!(told(&output.stdout), "CANCELED\n");
    assert!(said.contains("Flink then deletes chk-1"), "{said}");
}

/// A copy of real snapshots, and the path by which Flink is told of the newest.
fn latest() -> (tempfile::TempDir, String) {
    let corpus = tempfile::tempdir().unwrap();
    copy(&fixture("flink-2.3.0/rocksdb-incremental"), corpus.path());
    let output = crate::program::stateward()
        .arg("latest")
        .arg(corpus.path())
        .output()
        .unwrap();
    (corpus, told(&output.stdout).trim_end().to_owned())
}

#[test]
fn a_restart_from_the_command_line_proves_itself() {
    let (corpus, path) = latest();
    let corpus = corpus.path().to_str().unwrap();
    let restored = path.clone();
    let (url, world) = start(World::of("2.3.0"), move |world, line, _| {
        starts(world, line, Some(&restored), Some(6))
    });
    let latest = ["restart", "--latest", corpus, "--jar", "fraud.jar"];
    let output = stateward(&latest, &url, &[]);
    assert_eq!(output.status.code(), Some(4), "{}", told(&output.stderr));
    assert!(
        world.lock().unwrap().asked.is_empty(),
        "read-only asks nothing"
    );
    let output = stateward(&latest, &url, &["--write", "--json"]);
    let said = told(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value["operation"], "restart");
    assert_eq!(value["restored"], path);
    assert_eq!(value["checkpoint_id"], 6);
    let sent = world.lock().unwrap().sent("POST ");
    assert_eq!(sent[0]["savepointPath"], path);
    assert_eq!(value["job"], sent[0]["jobId"]);
    // It is noted beside the snapshot, for whoever asks without the cluster.
    let places = ["checkpoints", "savepoints"].map(|it| Path::new(corpus).join(it));
    let noted = places.map(|it| it.join(".stateward/restarts.json"));
    let noted = noted.iter().find(|it| it.exists()).unwrap();
    let noted = std::fs::read(noted).unwrap();
    let noted: Value = serde_json::from_slice(&noted).unwrap();
    assert_eq!(noted["restarts"][0]["job"], value["job"]);
    assert_eq!(noted["restarts"][0]["restored"], path);
}

#[test]
fn what_speaks_against_a_restart_refuses_it_unless_told_otherwise() {
    let (corpus, path) = latest();
    let broken = tempfile::tempdir().unwrap();
    // As Flink wrote it, in another place.
    let kinds = ["checkpoints/", "savepoints/"];
    let from = kinds
        .iter()
        .find_map(|kind| Some(&path[path.find(kind)?..]));
    std::fs::copy(
        corpus.path().join(from.unwrap()).join("_metadata"),
        broken.path().join("_metadata"),
    )
    .unwrap();
    let metadata = std::fs::read(broken.path().join("_metadata")).unwrap();
    std::fs::write(broken.path().join("_metadata"), &metadata[..40]).unwrap();
    let broken = broken.path().to_str().unwrap();
    let (url, world) = start(World::of("2.3.0"), |world, line, _| {
        starts(world, line, None, None)
    });
    let output = stateward(
        &["restart", broken, "--jar", "fraud.jar"],
        &url,
        &["--write"],
    );
    let said = told(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(
        said.contains("blocker: ") && said.contains("--despite-preflight"),
        "{said}"
    );
    assert!(world.lock().unwrap().sent("POST ").is_empty());

    let output = stateward(&["restart", broken, "--preflight", "--json"], &url, &[]);
    assert_eq!(output.status.code(), Some(1), "{}", told(&output.stderr));
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value["verdict"], "blocker");

    let output = stateward(
        &[
            "restart",
            "--latest",
            corpus.path().to_str().unwrap(),
            "--print",
            "rest",
        ],
        &url,
        &[],
    );
    assert!(
        told(&output.stdout).contains(&format!("\"savepointPath\": \"{path}\"")),
        "{}",
        told(&output.stdout)
    );
    assert!(world.lock().unwrap().sent("POST ").is_empty());
}

#[test]
fn ctrl_c_says_what_is_still_under_way() {
    use std::io::{BufRead as _, BufReader};
    let (url, _) = start(World::of("2.3.0"), |_, line, body| match line {
        _ if line.starts_with("POST ") => accepted(body),
        _ if line.contains("/savepoints/") => under_way(),
        _ => Said::Usual,
    });
    let mut child = crate::program::stateward()
        .args(["trigger", "savepoint", "--write", "--flink", &url])
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("took the request")));
    let pid = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
    let said = lines.last().unwrap().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{said}");
    assert!(said.contains("may still be under way"), "{said}");
}

#[test]
fn a_recipe_is_refused_in_a_mode_that_its_release_has_not_and_its_nonce_is_new() {
    let (corpus, _) = latest();
    let snapshot = crate::program::only(&corpus.path().join("checkpoints"), "e8eeda").join("chk-9");
    let print = |args: &[&str]| {
        let mut command = crate::program::stateward();
        command.arg("restart").arg(&snapshot).arg("--print");
        command.args(args).output().unwrap()
    };
    let legacy = |release| print(&["cli", "--claim-mode", "legacy", "--flink-version", release]);
    for known in ["1.20", "2.3"] {
        assert_eq!(legacy(known).status.code(), Some(0), "{known}");
    }
    let refused = legacy("2.4");
    assert_eq!(refused.status.code(), Some(4));
    assert!(refused.stdout.is_empty() && told(&refused.stderr).contains("no legacy mode"));
    let before = jiff::Timestamp::now().as_second();
    let recipe = told(&print(&["operator", "--flink-version", "2.3"]).stdout);
    let digits = recipe.split(|c: char| !c.is_ascii_digit());
    let numbers: Vec<i64> = digits.filter_map(|it| it.parse().ok()).collect();
    assert!(
        numbers.iter().any(|it| (before..before + 60).contains(it)),
        "{recipe}"
    );
}
