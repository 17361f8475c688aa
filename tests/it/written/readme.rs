//! The parts of the README that come from the program: the table of keys, and what its commands print.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use jiff::{SignedDuration, Timestamp};
use stateward::app::command::key_table_markdown;
use tempfile::TempDir;

use crate::deletion::age;
use crate::program::{copy, fixture, stateward};
use crate::sim_stage::{play, scenario};

/// What begins and ends a block of commands with what they print.
const BLOCK: &str = "```console\n";
const END: &str = "```\n";

#[test]
fn it_has_what_the_program_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let fresh = with_keys(&with_answers(&readme));
    if super::is_asked_for() {
        fs::write(&path, fresh).unwrap();
        return;
    }
    for (line, fresh) in readme.lines().zip(fresh.lines()) {
        assert_eq!(line, fresh, "{}", super::HOW);
    }
    assert_eq!(readme.len(), fresh.len(), "{}", super::HOW);
}

fn with_keys(readme: &str) -> String {
    let (before, rest) = readme.split_once("<!-- keys -->\n").unwrap();
    let (_, after) = rest.split_once("<!-- /keys -->\n").unwrap();
    let keys = key_table_markdown();
    format!("{before}<!-- keys -->\n{keys}<!-- /keys -->\n{after}")
}

/// The README with what its commands print now.
fn with_answers(readme: &str) -> String {
    let place = place();
    let mut parts = readme.split(BLOCK);
    let mut fresh = parts.next().unwrap().to_owned();
    for part in parts {
        let (block, after) = part.split_once(END).unwrap();
        fresh.push_str(BLOCK);
        for command in block.lines().filter_map(|line| line.strip_prefix("$ ")) {
            fresh.extend(["$ ", command, "\n", &answer(&place, command)]);
        }
        fresh.push_str(END);
        fresh.push_str(after);
    }
    fresh
}

/// What the README's commands speak of: the fixtures, a copy of some that nobody has touched for ten days, and what two
/// scenes leave behind.
fn place() -> TempDir {
    let place = tempfile::tempdir().unwrap();
    symlink(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests"),
        place.path().join("tests"),
    )
    .unwrap();
    let fraud = place.path().join("fraud");
    copy(&fixture("flink-2.3.0/rocksdb-incremental"), &fraud);
    age(&fraud, 10);
    for (name, hours) in [("corruption", 2), ("timed-out", 100)] {
        let mut scene = scenario(name);
        let ago = scene.lasts + SignedDuration::from_hours(hours);
        scene.start = Timestamp::now() - ago;
        let directory = place.path().join(name);
        fs::create_dir(&directory).unwrap();
        play(&scene, &fs::canonicalize(directory).unwrap());
    }
    place
}

/// What a command prints in that place, as if that were `/tmp`.
fn answer(place: &TempDir, command: &str) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_stateward"));
    let mut paths = vec![program.parent().unwrap().to_owned()];
    paths.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
    let mut shell = Command::new("sh");
    for (name, value) in stateward().get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    let output = shell
        .env("PATH", std::env::join_paths(paths).unwrap())
        .args(["-c", &format!("{command} 2>&1")])
        .current_dir(place.path())
        .output()
        .unwrap();
    let place = fs::canonicalize(place.path()).unwrap();
    String::from_utf8(output.stdout)
        .unwrap()
        .replace(place.to_str().unwrap(), "/tmp")
}
