//! Child processes: run to the end with everything they say, or kept and ended with their owner.

use std::io::Write as _;
use std::process::{Child, Command, Output, Stdio};

/// Runs a command to its end.
///
/// # Errors
/// What was run, and how it failed, with the tail of what it printed.
pub(crate) fn run(command: &mut Command, input: &str) -> Result<Output, String> {
    let shown = format!("{command:?}");
    let fail = |error: std::io::Error| format!("cannot run {shown}: {error}");
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(fail)?;
    let mut stdin = child.stdin.take().expect("stdin is piped");
    let output = std::thread::scope(|scope| {
        // A child that does not read its input is no error.
        scope.spawn(move || drop(stdin.write_all(input.as_bytes())));
        child.wait_with_output()
    })
    .map_err(fail)?;
    if output.status.success() {
        return Ok(output);
    }
    Err(format!(
        "{shown} ended with {}\n--- stdout\n{}\n--- stderr\n{}",
        output.status,
        tail(&String::from_utf8_lossy(&output.stdout), 40),
        tail(&String::from_utf8_lossy(&output.stderr), 40)
    ))
}

/// As [`run`], with what was printed to standard output.
///
/// # Errors
/// As [`run`].
pub(crate) fn stdout_of(command: &mut Command, input: &str) -> Result<String, String> {
    let output = run(command, input)?;
    String::from_utf8(output.stdout)
        .map_err(|error| format!("{command:?} printed something that is not UTF-8: {error}"))
}

/// The last lines of a text.
pub(crate) fn tail(text: &str, lines: usize) -> String {
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

/// A child that is killed and waited for when its owner goes.
#[derive(Debug)]
pub(crate) struct Owned(Child);

impl Owned {
    pub(crate) fn spawn(command: &mut Command) -> Self {
        match command.spawn() {
            Ok(child) => Self(child),
            Err(error) => panic!("cannot start {command:?}: {error}"),
        }
    }

    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.0
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        matches!(self.0.try_wait(), Ok(Some(_)))
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
