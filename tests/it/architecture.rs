//! Holds the rooms to the rules that the crate's documentation states, by reading the source.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms from top to bottom: each may use those after it.
const ROOMS: [&str; 13] = [
    "cli",
    "tui",
    "runtime",
    "app",
    "action",
    "sim",
    "flink",
    "inventory",
    "analysis",
    "store",
    "metadata",
    "config",
    "domain",
];

/// Source by path below `src`, without comments and without unit tests.
fn sources() -> BTreeMap<PathBuf, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeMap::new();
    let mut pending = vec![root.clone()];
    while let Some(dir) = pending.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]\nmod ").next().unwrap();
                let lines: Vec<&str> = code
                    .lines()
                    .filter(|line| !line.trim_start().starts_with("//"))
                    .collect();
                found.insert(
                    path.strip_prefix(&root).unwrap().to_owned(),
                    lines.join("\n"),
                );
            }
        }
    }
    assert!(found.len() > 60, "the source was not found");
    found
}

fn room(path: &Path) -> Option<&str> {
    let first = path.components().next()?.as_os_str().to_str()?;
    ROOMS.contains(&first).then_some(first)
}

/// Lines of the given rooms that contain one of these words, as `file: line`.
fn uses(rooms: &[&str], words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, code) in sources() {
        if room(&path).is_some_and(|room| rooms.contains(&room)) {
            let lines = code
                .lines()
                .filter(|line| words.iter().any(|word| line.contains(word)));
            found.extend(lines.map(|line| format!("{}: {}", path.display(), line.trim())));
        }
    }
    found
}

#[test]
fn rooms_use_only_rooms_below_them() {
    let mut wrong = Vec::new();
    for (path, code) in sources() {
        let Some(own) = room(&path) else { continue };
        let level = ROOMS.iter().position(|room| *room == own).unwrap();
        for (at, _) in code.match_indices("crate::") {
            let rest = &code[at + "crate::".len()..];
            let name: String = rest
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            let used = ROOMS.iter().position(|room| *room == name);
            assert!(
                used.is_some() || name.is_empty(),
                "{}: unknown room `{name}`",
                path.display()
            );
            if used.is_some_and(|used| used < level) {
                wrong.push(format!("{} uses {name}", path.display()));
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn nothing_hides_behind_a_grouped_or_relative_path() {
    // `use crate::{a, b}` and `super::super` would slip past the test above.
    let hidden = uses(&ROOMS, &["crate::{", "super::super::super"]);
    assert_eq!(hidden, [""; 0]);
}

#[test]
fn meaning_does_no_io_and_reads_no_clock() {
    let words = [
        "std::fs",
        "std::net",
        "std::process",
        "std::env",
        "std::thread",
        "std::time",
        "Timestamp::now",
        "Zoned::now",
        "async ",
        "tokio",
        "crossbeam",
        "notify::",
    ];
    assert_eq!(uses(&["domain", "metadata", "analysis"], &words), [""; 0]);
}

#[test]
fn the_state_of_the_screen_is_pure() {
    let words = [
        "std::fs",
        "std::net",
        "std::process",
        "std::env",
        "std::thread",
        "std::time",
        "Timestamp::now",
        "ratatui",
        "crossterm",
        "crossbeam",
    ];
    assert_eq!(uses(&["app"], &words), [""; 0]);
}

#[test]
fn only_the_screen_knows_the_terminal() {
    let others: Vec<&str> = ROOMS.into_iter().filter(|room| *room != "tui").collect();
    assert_eq!(uses(&others, &["ratatui", "crossterm"]), [""; 0]);
}

#[test]
fn only_the_runtime_starts_threads() {
    let others: Vec<&str> = ROOMS
        .into_iter()
        .filter(|room| *room != "runtime")
        .collect();
    let wrong: Vec<String> = uses(
        &others,
        &[
            "thread::spawn",
            ".spawn(",
            "thread::Builder",
            "thread::scope",
        ],
    )
    .into_iter()
    // The terminal's own: keys and signals have no other way in.
    .filter(|line| !line.starts_with("tui/input.rs") && !line.starts_with("tui/signals.rs"))
    // A program of the user's, which is no thread.
    .filter(|line| !line.starts_with("flink/token.rs"))
    .collect();
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn only_files_of_our_own_are_written_and_only_by_actions() {
    let words = [
        "fs::write",
        "fs::remove",
        "fs::rename",
        "fs::create",
        "File::create",
        "OpenOptions",
        "File::options",
        "fs::copy",
        "set_permissions",
        "fs::hard_link",
        "fs::symlink(",
    ];
    let elsewhere: Vec<String> = uses(&ROOMS, &words)
        .into_iter()
        // Small files of our own beside the snapshots.
        .filter(|line| !line.starts_with("store/atomic.rs"))
        // Files on their way into the trash and back.
        .filter(|line| !line.starts_with("store/change/local"))
        // Files of a simulated Flink, below a directory made for it.
        .filter(|line| !line.starts_with("sim/disk.rs") && !line.starts_with("sim/stage"))
        .collect();
    assert_eq!(elsewhere, [""; 0]);
    let others: Vec<&str> = ROOMS.into_iter().filter(|room| *room != "action").collect();
    assert_eq!(uses(&others, &["store::atomic", "store::change"]), [""; 0]);
    // Files of Flink's are moved by directory handles, and by nothing else.
    let handles: Vec<String> = uses(&ROOMS, &["rustix::fs"])
        .into_iter()
        .filter(|line| !line.starts_with("store/change/local"))
        // Which file system something lies on is asked, and nothing else.
        .filter(|line| !(line.starts_with("store/identity.rs") && line.contains("::statvfs(")))
        .collect();
    assert_eq!(handles, [""; 0]);
    assert_eq!(uses(&ROOMS, &["remove_dir_all"]), [""; 0]);
}

#[test]
fn one_version_of_crossterm_serves_input_and_output() {
    let lock =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock")).unwrap();
    let versions = lock
        .split("[[package]]")
        .filter(|package| package.contains("name = \"crossterm\""))
        .count();
    assert_eq!(versions, 1);
}
