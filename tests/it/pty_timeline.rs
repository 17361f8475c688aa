//! History, recordings and the timeline with the real program, on a directory that a simulated Flink writes to.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use stateward::sim::cluster::Simulation;

use crate::program::{err, only, out, stateward};
use crate::pty::{LARGE, Pty, eventually, start};
use crate::pty_screen::has_row;
use crate::pty_tree::Tree;
use crate::sim_stage::scenario;

/// A simulated Flink, a state directory and a place for files.
struct Stage {
    temp: tempfile::TempDir,
    simulation: Simulation,
}

impl Stage {
    /// Up to the second completed checkpoint.
    fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().join("root");
        fs::create_dir(&root).unwrap();
        let simulation = Simulation::new(&scenario("incremental-sharing"), &root).unwrap();
        let mut stage = Self { temp, simulation };
        stage.complete(2);
        stage
    }

    fn root(&self) -> PathBuf {
        self.temp.path().join("root")
    }

    fn state(&self) -> PathBuf {
        self.temp.path().join("state")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.temp.path().join(name)
    }

    /// Goes on until so many checkpoints have completed.
    fn complete(&mut self, count: usize) {
        while self.simulation.snapshots().count() < count {
            let next = self.simulation.next_at().unwrap();
            self.simulation.advance_to(next).unwrap();
        }
    }

    fn screen<A: AsRef<std::ffi::OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Pty {
        start(args)
            .env("XDG_STATE_HOME", self.state().to_str().unwrap())
            .size(LARGE)
            .run()
    }

    fn command(&self, args: &[&str]) -> std::process::Output {
        let mut command = stateward();
        command.env("XDG_STATE_HOME", self.state());
        command.args(args).output().unwrap()
    }

    /// What is written down of what happened.
    fn history(&self) -> String {
        let folder = self.state().join("stateward/history");
        let Ok(folders) = fs::read_dir(folder) else {
            return String::new();
        };
        let lines = folders.map(|it| it.unwrap().path().join("events.ndjson"));
        lines
            .map(|it| fs::read_to_string(it).unwrap_or_default())
            .collect()
    }
}

/// A program that is ended when this goes out of scope.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn to_the_first(pty: &Pty) {
    pty.wait_for_text("Timeline");
    pty.send(&"<".repeat(30));
}

#[test]
fn what_was_subsumed_is_known_in_the_next_run_too() {
    let mut stage = Stage::new();
    let mut pty = stage.screen([stage.root()]);
    pty.wait_until_live();
    pty.wait_for("row chk-2", |screen| has_row(screen, "chk-2"));
    for count in 3..=6 {
        stage.complete(count);
        let name = format!("chk-{count}");
        pty.wait_for(&name, |screen| has_row(screen, &name));
    }
    pty.wait_for("no row chk-2", |screen| !has_row(screen, "chk-2"));
    pty.send("e");
    to_the_first(&pty);
    pty.wait_for_text("Flink subsumed it");
    pty.send("\u{1b}");
    pty.wait_until_gone("Timeline");
    pty.send("q");
    assert!(pty.finish().success());
    eventually("last word", || stage.history().contains("watch_ended"));

    let mut pty = stage.screen([stage.root()]);
    pty.wait_until_live();
    pty.send("e");
    to_the_first(&pty);
    pty.wait_for_text("Flink subsumed it");
    pty.send("\r");
    pty.wait_for_text("What is known to have happened");
    pty.send("q");
    pty.send("q");
    pty.send("q");
    assert!(pty.finish().success());

    let root = stage.root();
    let told = stage.command(&["history", root.to_str().unwrap()]);
    assert!(told.status.success(), "{}", err(&told));
    let text = out(&told);
    // By the newest there was when that was noticed, which may be a later one.
    assert!(text.contains("chk-1 was subsumed by chk-"), "{text}");
    assert_eq!(text.matches("begins").count(), 2, "{text}");

    // As JSON the same is told, in the same words.
    let told = stage.command(&["history", root.to_str().unwrap(), "--json"]);
    let events: Vec<serde_json::Value> = out(&told)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let words: Vec<&str> = events
        .iter()
        .filter_map(|it| it["words"].as_str())
        .collect();
    let lines: Vec<&str> = text.lines().map(|line| &line[22..]).collect();
    assert_eq!(words, lines);
    assert!(events.iter().all(|it| it["event"].is_string()));
}

#[test]
fn without_a_history_nothing_is_written_down() {
    let stage = Stage::new();
    let root = stage.root();
    let mut pty = stage.screen(["--no-history", root.to_str().unwrap()]);
    pty.wait_until_live();
    pty.send("e");
    pty.wait_for_text("Timeline");
    pty.send("qq");
    assert!(pty.finish().success());
    assert_eq!(stage.history(), "");
    assert!(!stage.state().join("stateward/history").exists());
}

#[test]
fn of_two_that_watch_one_writes_and_the_other_goes_on_after_it() {
    let mut stage = Stage::new();
    let mut first = stage.screen([stage.root()]);
    first.wait_until_live();
    let mut second = stage.screen([stage.root()]);
    second.wait_until_live();
    stage.complete(3);
    for pty in [&first, &second] {
        pty.wait_for("row chk-3", |screen| has_row(screen, "chk-3"));
    }
    eventually("chk-3 in the history", || {
        stage.history().contains("chk-3\",\"kind\":\"externalized")
    });
    let told = |stage: &Stage, what: &str| {
        let what = format!("\"event\":\"{what}\"");
        stage.history().matches(&what).count()
    };
    assert_eq!(told(&stage, "watch_began"), 1);
    // When it ends, the other goes on from where it left off.
    first.send("q");
    assert!(first.finish().success());
    assert_eq!(told(&stage, "watch_ended"), 1);
    stage.complete(4);
    second.wait_for("row chk-4", |screen| has_row(screen, "chk-4"));
    eventually("chk-4 in the history", || {
        stage.history().contains("chk-4\",\"kind\":\"externalized")
    });
    second.send("q");
    assert!(second.finish().success());
    let text = stage.history();
    assert_eq!(
        text.matches("\"event\":\"watch_began\"").count(),
        2,
        "{text}"
    );
    assert_eq!(
        text.matches("\"event\":\"watch_ended\"").count(),
        2,
        "{text}"
    );
}

#[test]
fn what_our_own_trash_took_is_said_to_be_there_and_comes_back() {
    let tree = Tree::hashmap();
    let state = tree.beside("state");
    let state = state.to_str().unwrap();
    let mut pty = tree.start().env("XDG_STATE_HOME", state).run();
    pty.wait_until_live();
    let savepoint = only(&tree.root().join("savepoints"), "savepoint-39db2a-0");
    let name = savepoint.file_name().unwrap().to_str().unwrap().to_owned();
    let root = tree.root();
    let run = |args: &[&str]| {
        let mut command = stateward();
        let output = command.env("XDG_STATE_HOME", state).args(args).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{}", err(&output));
    };
    let (root, at) = (root.to_str().unwrap(), savepoint.to_str().unwrap());
    let words = ["--confirm", "root", "--confirm", "young root"];
    let flags = ["--write", "--yes", "--all-named", "--in", root];
    run(&[&["delete", at], &flags[..], &words].concat());
    let told = || {
        out(&{
            let mut command = stateward();
            command
                .env("XDG_STATE_HOME", state)
                .args(["history", root])
                .output()
                .unwrap()
        })
    };
    eventually("the trash in the history", || {
        told().contains(&format!("{name} was moved into the trash by "))
    });
    // Who did it, and by which plan the trash knows it.
    let plan = out(&{
        let mut command = stateward();
        command
            .args(["trash", "ls", root, "--json"])
            .output()
            .unwrap()
    });
    let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
    let plan = plan["batches"][0]["id"].as_str().unwrap();
    assert!(told().contains(&format!(", plan {plan}")), "{}", told());
    pty.send("e");
    pty.wait_for_text("Timeline");
    run(&["undo", root, "--write"]);
    eventually("its return in the history", || {
        told().contains(&format!("{name} was put back from the trash"))
    });
    pty.send("qq");
    assert!(pty.finish().success());
    assert!(!told().contains("subsumed"), "{}", told());
}

/// Records while checkpoints come and go, and ends in the middle.
fn recorded(stage: &mut Stage, file: &Path) {
    let child = stateward()
        .arg("record")
        .arg(stage.root())
        .arg("--to")
        .arg(file)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let running = Running(child);
    let text = || fs::read_to_string(file).unwrap_or_default();
    eventually("the first look", || text().contains("\"event\":\"root\""));
    for count in 3..=5 {
        stage.complete(count);
        let row = format!("\"name\":\"chk-{count}\",\"kind\":\"externalized");
        eventually(&row, || text().contains(&row));
    }
    eventually("chk-2 to go", || text().contains("\"by\":\"chk-5\""));
    drop(running);
}

#[test]
fn a_recording_is_played_and_nothing_is_behind_it() {
    let mut stage = Stage::new();
    let file = stage.file("outage.ndjson");
    recorded(&mut stage, &file);
    fs::remove_dir_all(stage.root()).unwrap();

    let mut pty = stage.screen(["replay", file.to_str().unwrap()]);
    pty.wait_for_text("recording outage.ndjson");
    pty.wait_for("row chk-2", |screen| has_row(screen, "chk-2"));
    pty.send("$");
    pty.wait_for("row chk-5", |screen| has_row(screen, "chk-5"));
    assert!(!has_row(&pty.screen(), "chk-2"));
    pty.send("D");
    pty.wait_for_text("this is a recording");
    pty.send("e");
    to_the_first(&pty);
    pty.wait_for_text("Flink subsumed it");
    pty.send("^");
    pty.wait_for_text("It is there, complete");
    pty.send("\u{1b}");
    pty.wait_until_gone("Timeline");
    pty.wait_for("row chk-2", |screen| has_row(screen, "chk-2"));
    assert!(!has_row(&pty.screen(), "chk-5"));
    pty.send("q");
    assert!(pty.finish().success());
}

#[test]
fn events_of_a_recording_are_printed_as_json() {
    let mut stage = Stage::new();
    let file = stage.file("r");
    recorded(&mut stage, &file);
    let printed = stage.command(&["replay", file.to_str().unwrap(), "--json"]);
    assert!(printed.status.success(), "{}", err(&printed));
    assert_eq!(out(&printed), fs::read_to_string(&file).unwrap());

    // Cut in the middle of the last line.
    let text = fs::read(&file).unwrap();
    let lines = text.split(|it| *it == b'\n').count() - 1;
    fs::write(&file, &text[..text.len() - 9]).unwrap();
    let printed = stage.command(&["replay", file.to_str().unwrap(), "--json"]);
    assert!(printed.status.success());
    assert!(
        err(&printed).contains(&format!(
            "line {lines}, the last, was not written to its end"
        )),
        "{}",
        err(&printed)
    );
}

#[test]
fn what_is_no_recording_is_refused_with_what_to_do() {
    let stage = Stage::new();
    let file = stage.file("no-log");
    let replayed = |text: &str| {
        fs::write(&file, text).unwrap();
        stage.command(&["replay", file.to_str().unwrap(), "--json"])
    };
    for (text, why) in [
        ("", "it is empty"),
        (
            "a,b,c\n",
            "line 1 is not how a recording of stateward begins",
        ),
        (
            "{\"at\":\"2026-01-01T00:00:00Z\",\"event\":\"log\",\"schema\":99,\"version\":\"9\"}\n",
            "a later release can read it",
        ),
    ] {
        let output = replayed(text);
        assert_eq!(output.status.code(), Some(3), "{text}");
        assert!(err(&output).contains(why), "{}", err(&output));
        assert!(
            err(&output).contains("stateward record"),
            "{}",
            err(&output)
        );
    }
    let absent = stage.command(&["replay", "/nowhere/at/all"]);
    assert_eq!(absent.status.code(), Some(3));
    assert!(
        err(&absent).contains("there is no such file"),
        "{}",
        err(&absent)
    );
}

#[test]
fn a_recording_never_takes_the_place_of_a_file() {
    let stage = Stage::new();
    let file = stage.file("mine");
    fs::write(&file, "mine").unwrap();
    let root = stage.root();
    let args = [
        "record",
        root.to_str().unwrap(),
        "--to",
        file.to_str().unwrap(),
    ];
    let output = stage.command(&args);
    assert_eq!(output.status.code(), Some(3));
    assert!(err(&output).contains("not there yet"), "{}", err(&output));
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
}

#[test]
fn where_nothing_was_watched_there_is_no_history() {
    let stage = Stage::new();
    let output = stage.command(&["history", stage.root().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        err(&output).contains("no history is kept"),
        "{}",
        err(&output)
    );
    assert!(err(&output).contains("--no-history"), "{}", err(&output));
    assert!(!err(&output).contains("does not exist"));
    let nowhere = stage.file("nowhere");
    let output = stage.command(&["history", nowhere.to_str().unwrap()]);
    assert!(
        err(&output).contains("nowhere does not exist"),
        "{}",
        err(&output)
    );
}
