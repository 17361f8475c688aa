//! Running the real program.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::pty::SETTINGS;

/// The program under test, in a quiet environment.
pub(crate) fn stateward() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stateward"));
    command.env_remove("NO_COLOR").env("LC_ALL", "C.UTF-8");
    // Away from the settings and marks of whoever runs the tests.
    for variable in ["XDG_CONFIG_HOME", "XDG_STATE_HOME"] {
        command.env(
            variable,
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(variable),
        );
    }
    for variable in SETTINGS {
        command.env_remove(variable);
    }
    command
}

/// Runs the program to its end.
pub(crate) fn run<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Output {
    stateward().args(args).output().unwrap()
}

pub(crate) fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The standard output as JSON.
pub(crate) fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", out(output), err(output)))
}

/// A tree that a real Flink of this version wrote.
pub(crate) fn fixture(path: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(path);
    assert!(path.exists(), "{} is not there", path.display());
    path
}

/// Copies a tree, times included as far as the order of snapshots needs them.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).unwrap();
        }
    }
}

/// The only directory in a directory whose name starts so.
pub(crate) fn only(directory: &Path, prefix: &str) -> PathBuf {
    let entries = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let found: Vec<PathBuf> = entries
        .filter(|path| {
            path.file_name()
                .unwrap()
                .to_string_lossy()
                .starts_with(prefix)
        })
        .collect();
    assert_eq!(
        found.len(),
        1,
        "{prefix} in {}: {found:?}",
        directory.display()
    );
    found[0].clone()
}
