//! What a history tells of snapshots whose metadata is touched, damaged or overwritten while somebody watches.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::program::{copy, fixture, only, out, stateward};
use crate::watching::Watch;

/// What the history of a root says, without times.
fn told(root: &Path, state: &Path) -> Vec<String> {
    let mut command = stateward();
    let command = command.env("XDG_STATE_HOME", state);
    let told = out(&command.arg("history").arg(root).output().unwrap());
    let words = told
        .lines()
        .map(|line| line.split_once("Z  ").unwrap().1.to_owned());
    words.collect()
}

/// What a history keeps of what a snapshot is made of, by its name.
fn made_of(root: &Path, state: &Path, name: &str) -> String {
    let mut command = stateward();
    let command = command.env("XDG_STATE_HOME", state);
    let told = out(&command
        .args(["history", "--json"])
        .arg(root)
        .output()
        .unwrap());
    let mut events = told
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let first = events.find(|event| event["name"] == name).unwrap();
    first["content"].as_str().unwrap().to_owned()
}

/// Whoever writes like this leaves no moment at which half of it is there.
fn put(bytes: &[u8], at: &Path) {
    let aside = at.with_file_name("aside");
    fs::write(&aside, bytes).unwrap();
    fs::rename(aside, at).unwrap();
}

#[test]
fn only_what_another_snapshot_is_made_of_lies_in_place_of_the_one_before() {
    let temp = tempfile::tempdir().unwrap();
    let (root, state) = (temp.path().join("root"), temp.path().join("state"));
    copy(&fixture("flink-2.3.0/hashmap"), &root);
    let job = only(&root.join("checkpoints"), "");
    let first = only(&root.join("savepoints"), "savepoint-39db2a-0e1e");
    let second = only(&root.join("savepoints"), "savepoint-39db2a-72a7");
    let names = ["chk-4", "chk-6", "chk-7"].map(|name| job.join(name));
    let long_ago = SystemTime::now() - Duration::from_secs(3_600);
    for directory in names.iter().chain([&first, &second]) {
        let file = fs::File::options()
            .write(true)
            .open(directory.join("_metadata"))
            .unwrap();
        file.set_modified(long_ago).unwrap();
    }
    let mut command = stateward();
    command.env("XDG_STATE_HOME", &state);
    let mut watch = Watch::by(command.arg("watch").arg(&root));
    watch.wait("root_ready", "/root");

    // Touched, and copied back from somewhere.
    let metadata = fs::read(first.join("_metadata")).unwrap();
    let file = fs::File::options()
        .write(true)
        .open(first.join("_metadata"))
        .unwrap();
    file.set_modified(long_ago + Duration::from_secs(60))
        .unwrap();
    watch.wait("changed", "savepoint-39db2a-0e1e04782bcc");
    put(&metadata, &first.join("_metadata"));
    watch.wait("changed", "savepoint-39db2a-0e1e04782bcc");
    // Cut short.
    put(&metadata[..1000], &first.join("_metadata"));
    let cut = watch.wait("changed", "savepoint-39db2a-0e1e04782bcc");
    assert_eq!(cut["snapshot"]["health"], "corrupt");
    // Whole again.
    put(&metadata, &first.join("_metadata"));
    watch.wait("changed", "savepoint-39db2a-0e1e04782bcc");
    // A file of it is gone.
    let lost = fs::read_dir(&names[1])
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let lost = lost
        .filter(|path| !path.ends_with("_metadata"))
        .min()
        .unwrap();
    fs::remove_file(&lost).unwrap();
    watch.wait("changed", "/chk-6");
    // Another lies there.
    let other = fs::read(names[0].join("_metadata")).unwrap();
    put(&other, &second.join("_metadata"));
    watch.wait("completed", "savepoint-39db2a-72a72612536a");
    watch.end();

    // What earlier releases wrote down goes on to be compared with.
    assert_eq!(made_of(&root, &state, "chk-7"), "3bff645925f1543d");
    let told = told(&root, &state);
    let tellings: Vec<&str> = told
        .iter()
        .map(String::as_str)
        .filter(|words| !words.contains(" is there ") && !words.starts_with("watching "))
        .collect();
    let lineage = told
        .iter()
        .find_map(|words| words.strip_prefix("chk-7 is there (externalized checkpoint of "));
    let lineage = lineage.unwrap();
    let [cut, mended, missing, another] = tellings[..] else {
        panic!("{told:?}");
    };
    let name = "savepoint-39db2a-0e1e04782bcc";
    assert!(
        cut.starts_with(&format!("{name} is damaged now: "))
            && cut.ends_with(&format!(" (savepoint of {lineage}")),
        "{cut}"
    );
    assert_eq!(
        mended,
        format!("{name} is complete now (savepoint of {lineage}")
    );
    assert_eq!(
        missing,
        format!(
            "chk-6 is damaged now: 1 of 2 files missing: file:{} (externalized checkpoint of {lineage}",
            lost.display()
        )
    );
    assert!(
        another.starts_with("savepoint-39db2a-72a72612536a ")
            && another.contains(" in place of the one that "),
        "{another}"
    );
}
