//! The program under test, as a user would run it.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use serde_json::Value;

use crate::process::{Owned, stdout_of};
use crate::rest::text;

/// `stateward`, away from the configuration of whoever runs the tests.
pub(crate) fn stateward() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stateward"));
    let home = env!("CARGO_TARGET_TMPDIR");
    command
        .env("HOME", home)
        .env("NO_COLOR", "1")
        .env_remove("FLINK_CONF_DIR");
    for variable in [
        "XDG_CONFIG_HOME",
        "XDG_STATE_HOME",
        "XDG_DATA_HOME",
        "XDG_CACHE_HOME",
    ] {
        command.env(variable, Path::new(home).join(variable));
    }
    command
}

/// `stateward show PATH --json`.
///
/// # Errors
/// What the program said, or what was wrong with its output.
pub(crate) fn show(snapshot: &Path) -> Result<Value, String> {
    let text = stdout_of(stateward().arg("show").arg(snapshot).arg("--json"), "")?;
    serde_json::from_str(&text).map_err(|error| {
        format!(
            "show {} printed no JSON ({error}): {text}",
            snapshot.display()
        )
    })
}

/// `stateward latest DIRECTORY`: what to give to Flink as the path to restore from.
///
/// # Errors
/// What the program said.
pub(crate) fn latest(directory: &Path) -> Result<String, String> {
    let text = stdout_of(stateward().arg("latest").arg(directory), "")?;
    Ok(text.trim_end_matches('\n').to_owned())
}

/// A plain path or a `file:` URI with one, two or three slashes.
pub(crate) fn path_of(text: &str) -> PathBuf {
    let path = text.strip_prefix("file:").unwrap_or(text);
    PathBuf::from(format!("/{}", path.trim_start_matches('/')))
}

/// The health of a snapshot, as a list of its directory says it.
#[track_caller]
pub(crate) fn health_of(snapshot: &Path) -> String {
    let parent = snapshot.parent().expect("a directory that it lies in");
    let output = stateward()
        .arg("ls")
        .arg(parent)
        .arg("--json")
        .output()
        .expect("the program");
    let list: Value = serde_json::from_slice(&output.stdout).expect("a list");
    let rows = list["snapshots"].as_array().expect("rows");
    let row = rows
        .iter()
        .find(|row| path_of(text(row, "/uri")) == snapshot)
        .unwrap_or_else(|| panic!("no row for {}: {list}", snapshot.display()));
    text(row, "/health").to_owned()
}

/// A running `stateward watch DIRECTORY`.
#[derive(Debug)]
pub(crate) struct Watch {
    _process: Owned,
    lines: Receiver<String>,
}

impl Watch {
    #[track_caller]
    pub(crate) fn start(directory: &Path) -> Self {
        let mut process = Owned::spawn(
            stateward()
                .arg("watch")
                .arg(directory)
                .stdin(Stdio::null())
                .stdout(Stdio::piped()),
        );
        let stdout = process.child().stdout.take().expect("stdout is piped");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Self {
            _process: process,
            lines,
        }
    }

    /// The events that came since the last call.
    #[track_caller]
    pub(crate) fn events(&self) -> Vec<Value> {
        let parse = |line: String| {
            serde_json::from_str(&line).unwrap_or_else(|error| {
                panic!("watch printed a line that is no JSON ({error}): {line}")
            })
        };
        self.lines.try_iter().map(parse).collect()
    }
}
