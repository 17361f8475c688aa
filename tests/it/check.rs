//! `stateward check`, on trees that a real Flink wrote.

use std::fs::{self, File, FileTimes};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, SystemTime};

use serde_json::json as document;

use crate::deletion::Place;
use crate::program::{copy, err, fixture, json, only, out, run, stateward};
use crate::server::{Server, reply};

struct Tree {
    _temp: tempfile::TempDir,
    root: PathBuf,
    job: PathBuf,
}

impl Tree {
    /// Three checkpoints, the newest so many minutes old.
    fn of(minutes: u64) -> Self {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().join("fraud");
        copy(
            &fixture("flink-2.3.0/rocksdb-incremental/checkpoints"),
            &root.join("checkpoints"),
        );
        let job = only(&root.join("checkpoints"), "");
        for (number, more) in [(7, 20), (8, 10), (9, 0)] {
            let metadata = job.join(format!("chk-{number}/_metadata"));
            let at = SystemTime::now() - Duration::from_secs(60 * (minutes + more));
            let file = File::options().write(true).open(metadata).unwrap();
            file.set_times(FileTimes::new().set_modified(at)).unwrap();
        }
        Self {
            _temp: temp,
            root,
            job,
        }
    }

    fn check(&self, args: &[&str]) -> Output {
        let mut command = stateward();
        command.arg("check").arg(&self.root).args(args);
        command.output().unwrap()
    }
}

#[track_caller]
fn ends(output: &Output, code: i32, first: &str) {
    assert_eq!(
        output.status.code(),
        Some(code),
        "{}{}",
        out(output),
        err(output)
    );
    assert!(out(output).starts_with(first), "{}", out(output));
}

#[test]
fn the_first_line_and_the_exit_code_are_those_of_a_plugin() {
    let fresh = Tree::of(1);
    ends(
        &fresh.check(&[]),
        0,
        "OK fraud: newest restorable is 1m old | age_seconds=",
    );
    let old = Tree::of(43);
    let critical = old.check(&[]);
    ends(
        &critical,
        2,
        "CRITICAL fraud: newest restorable is 43m old (limit 15m) | age_seconds=25",
    );
    assert!(
        out(&critical)
            .lines()
            .next()
            .unwrap()
            .ends_with(";600;900;0")
    );
    assert!(
        out(&critical).contains("fraud: newest restorable 43m old, 3 restorable of 3, 0 broken")
    );
    ends(
        &old.check(&["--max-age", "1h"]),
        1,
        "WARNING fraud: newest restorable is 43m old (limit 40m)",
    );
    ends(
        &old.check(&["--max-age", "1h", "--warn-age", "50m"]),
        0,
        "OK",
    );

    // A broken one that is newer does not help.
    fs::write(fresh.job.join("chk-9/_metadata"), "").unwrap();
    ends(&fresh.check(&[]), 1, "WARNING fraud: ");
    let broken = fresh.check(&["--max-age", "10m"]);
    ends(
        &broken,
        2,
        "CRITICAL fraud: newest restorable is 11m old (limit 10m) (and 1 more below)",
    );
    assert!(
        out(&broken).contains("\nWARNING fraud: chk-9 is corrupt: "),
        "{}",
        out(&broken)
    );
}

#[test]
fn what_cannot_be_told_is_unknown() {
    let tree = Tree::of(1);
    let gone = stateward()
        .args([Path::new("check"), &tree.root.join("nowhere")])
        .output()
        .unwrap();
    ends(&gone, 3, "UNKNOWN cannot look at ");
    let empty = tree.root.join("empty");
    fs::create_dir(&empty).unwrap();
    let nothing = stateward()
        .args([Path::new("check"), &empty])
        .output()
        .unwrap();
    ends(&nothing, 3, "UNKNOWN there is no snapshot");
    ends(
        &tree.check(&["--lineage", "other"]),
        3,
        "UNKNOWN there is no lineage `other`",
    );
    ends(&tree.check(&["--lineage", "fraud"]), 0, "OK fraud");
    let job = tree.job.file_name().unwrap().to_str().unwrap();
    ends(&tree.check(&["--lineage", &job[..6]]), 0, "OK fraud");
    // Also where the settings are at fault, before anything was looked at.
    ends(&tree.check(&["--context", "nowhere"]), 3, "UNKNOWN ");
    let mute = tree.check(&["--context", "nowhere", "--json"]);
    assert_eq!(json(&mute)["level"], "UNKNOWN");
}

#[test]
fn what_completed_in_the_future_has_no_age() {
    let tree = Tree::of(1);
    let metadata = tree.job.join("chk-9/_metadata");
    let at = SystemTime::now() + Duration::from_secs(2 * 86_400);
    let file = File::options().write(true).open(metadata).unwrap();
    file.set_times(FileTimes::new().set_modified(at)).unwrap();
    let told = tree.check(&[]);
    ends(
        &told,
        3,
        "UNKNOWN fraud: newest restorable completed in 47h: clocks differ | age_seconds=-1",
    );
    let said = out(&told);
    assert!(said.lines().next().unwrap().ends_with(";600;900"), "{said}");
    assert!(
        said.contains("\nfraud: newest restorable completed in 47h, 3 restorable"),
        "{said}"
    );
}

#[test]
fn leftovers_count_beyond_a_limit() {
    let tree = Tree::of(1);
    let lost = tree.job.join("shared/2f9de764-d5b2-4951-840b-e9d8304a15e9");
    fs::write(lost, vec![0; 3000]).unwrap();
    ends(&tree.check(&["--orphans", "3000"]), 0, "OK");
    let warned = tree.check(&["--orphans", "2k"]);
    ends(
        &warned,
        1,
        "WARNING 2.9 KiB in 1 file that no snapshot names (limit 2 KiB), 0 B of which may go",
    );
    assert!(
        out(&warned).contains(" orphan_bytes=3000B;2048;;0\n"),
        "{}",
        out(&warned)
    );
    // What goes by that command as it stands is nothing.
    assert!(out(&warned).contains("`stateward orphans --all-named`"));
    ends(&tree.check(&[]), 0, "OK");
}

#[test]
fn json_and_metrics_say_the_same() {
    let tree = Tree::of(43);
    let document = tree.check(&["--json", "--orphans", "1G"]);
    assert_eq!(document.status.code(), Some(2));
    let document = json(&document);
    assert_eq!(document["schema"], 1);
    assert_eq!(
        (&document["level"], &document["exit_code"]),
        (&"CRITICAL".into(), &2.into())
    );
    assert_eq!(document["findings"][0]["lineage"], "fraud");
    let lineage = &document["lineages"][0];
    let age = lineage["age_seconds"].as_i64().unwrap();
    assert!((2580..2700).contains(&age), "{age}");
    assert_eq!(document["orphans"]["bytes"], 0);

    let metrics = tree.check(&["--prometheus"]);
    ends(
        &metrics,
        2,
        "# HELP stateward_newest_restorable_age_seconds ",
    );
    let metrics = out(&metrics);
    assert!(metrics.contains("\nstateward_newest_restorable_age_seconds{lineage=\"fraud\"} 2"));
    assert!(metrics.contains("\nstateward_restorable_snapshots{lineage=\"fraud\"} 3\n"));
    assert!(metrics.contains(&format!(
        "\nstateward_lineage_bytes{{lineage=\"fraud\"}} {}\n",
        lineage["bytes"]
    )));
    assert!(metrics.ends_with("stateward_status 2\n"), "{metrics}");
    for line in metrics.lines().filter(|line| !line.starts_with('#')) {
        let (name, value) = line.rsplit_once(' ').unwrap();
        assert!(
            name.starts_with("stateward_") && value.parse::<i64>().is_ok(),
            "{line}"
        );
    }
}

#[test]
fn a_cluster_that_does_not_answer_is_not_well() {
    let tree = Tree::of(1);
    // Nobody listens on a port that was just given back.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|socket| socket.local_addr())
        .unwrap()
        .port();
    let url = format!("http://127.0.0.1:{port}");
    let name = format!("127.0.0.1:{port}");
    ends(
        &tree.check(&["--flink", &url]),
        3,
        &format!("UNKNOWN {name} does not answer: "),
    );
    let metrics = out(&tree.check(&["--flink", &url, "--prometheus"]));
    assert!(
        metrics.contains(&format!("\nstateward_cluster_up{{cluster=\"{name}\"}} 0\n")),
        "{metrics}"
    );
}

#[test]
fn files_that_are_missing_and_lie_in_a_trash_are_told_with_what_puts_them_back() {
    let place = Place::aged(10);
    let (newest, hidden) = (place.chk(9), place.temp.path().join("hidden"));
    fs::rename(&newest, &hidden).unwrap();
    let targets = [place.chk(7), place.chk(8)];
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let mut args = vec!["delete".to_owned(), text(&targets[0]), text(&targets[1])];
    args.extend(
        [
            "--all-named",
            "--write",
            "--yes",
            "--confirm=fraud",
            "--confirm=last of fraud",
        ]
        .map(str::to_owned),
    );
    let deleted = run(&args);
    assert!(deleted.status.success(), "{}", err(&deleted));
    fs::rename(&hidden, &newest).unwrap();
    let root = text(&place.root());
    let checked = run(["check", &root]);
    let said = out(&checked);
    assert!(said.contains("chk-9 is incomplete"), "{said}");
    let batch = only(&place.root().join("checkpoints/.stateward/trash"), "20");
    let words = format!(
        "in the trash; `stateward undo {} --plan {} --write` puts them back",
        place.root().join("checkpoints").display(),
        batch.file_name().unwrap().to_str().unwrap()
    );
    assert!(said.contains(&words), "{said}");
    assert!(run(["undo", &root, "--write"]).status.success());
    let said = out(&run(["check", &root]));
    assert!(!said.contains("in the trash"), "{said}");
}

#[test]
fn what_a_cluster_keeps_and_lies_in_a_trash_is_not_missing() {
    let place = Place::aged(10);
    let job = place.chk(8).parent().unwrap().to_owned();
    let id = job.file_name().unwrap().to_str().unwrap().to_owned();
    let completed = |number: u64| {
        document!({"id": number, "status": "COMPLETED", "is_savepoint": false, "trigger_timestamp": 1, "latest_ack_timestamp": 2,
            "external_path": format!("file:{}/chk-{number}", job.display())})
    };
    let history = [completed(9), completed(8)];
    let server = Server::start(move |path, out| {
        let headline = document!({"jid": id, "name": "fraud", "state": "RUNNING", "start-time": 1, "end-time": -1, "vertices": []});
        let body = match path.strip_prefix(&format!("/jobs/{id}")).unwrap_or(path) {
            "/config" => document!({"flink-version": "2.3.0"}),
            "/jobs/overview" => document!({"jobs": [headline]}),
            "" => headline,
            "/checkpoints" => document!({
                "counts": {"restored": 0, "total": 3, "in_progress": 0, "completed": 3, "failed": 0},
                "latest": {"restored": null}, "history": history}),
            _ => return reply(out, "404 Not Found", r#"{"errors":["Not found."]}"#),
        };
        reply(out, "200 OK", &body.to_string());
    });
    let root = place.root();
    let check = || {
        let path = root.to_str().unwrap();
        run(["check", path, "--max-age=99d", "--flink", &server.url])
    };
    ends(&check(), 0, "OK");
    let asked = place.chk(8);
    let asked = asked.to_str().unwrap();
    let words = ["--write", "--yes", "--all-named", "--confirm=fraud"];
    let deleted = run(["delete", asked].iter().chain(&words));
    assert_eq!(deleted.status.code(), Some(0), "{}", err(&deleted));
    ends(&check(), 0, "OK");
    let trash = only(&root.join("checkpoints/.stateward/trash"), "20");
    fs::remove_dir_all(trash).unwrap();
    let missing = "says that job fraud keeps checkpoint 8, and nothing lies there";
    let told = check();
    assert!(out(&told).contains(missing), "{}", out(&told));
}
