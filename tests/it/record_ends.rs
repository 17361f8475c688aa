//! How a recording ends: told to, it says what it has, and all of that can be replayed.

use std::fs;
use std::io::Read as _;
use std::process::{Command, Stdio};

use crate::program::{copy, fixture, out, run, stateward};
use crate::pty::eventually;

#[test]
fn told_to_end_it_says_what_was_recorded_and_all_is_well() {
    let temp = tempfile::tempdir().unwrap();
    let root = temp.path().join("root");
    copy(&fixture("flink-2.3.0/hashmap"), &root);
    for signal in ["INT", "TERM"] {
        let file = temp.path().join(signal);
        let mut child = stateward()
            .arg("record")
            .arg(&root)
            .arg("--to")
            .arg(&file)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let text = || fs::read_to_string(&file).unwrap_or_default();
        eventually("a snapshot", || text().contains("chk-"));
        let told = Command::new("kill")
            .args([format!("-{signal}"), child.id().to_string()])
            .status();
        assert!(told.unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(0), "{signal}");
        let mut said = String::new();
        let mut error = child.stderr.take().unwrap();
        error.read_to_string(&mut said).unwrap();
        let lines = text().lines().count();
        let last = said.lines().last().unwrap();
        assert!(
            last.starts_with(&format!("stateward: recorded {lines} lines in ")),
            "{said}"
        );
        assert!(last.contains(signal), "the file: {said}");
        let listed = run(["replay", file.to_str().unwrap(), "--list"]);
        assert_eq!(listed.status.code(), Some(0));
        assert!(listed.stderr.is_empty());
        let last = out(&listed);
        assert!(last.trim_end().ends_with(" ends"), "{last}");
    }
}
