//! A bearer token that a program of the user's prints.

use std::io::Read as _;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::domain::text::scrub;

/// No token is longer.
const MOST_BYTES: u64 = 1 << 16;
/// Between two looks at whether the program has ended.
const NAP: Duration = Duration::from_millis(5);

/// Runs a program, without a shell, and returns the first line that it prints. It gets as long as one request does.
pub(super) fn of_program(command: &[String], patience: Duration) -> Result<String, String> {
    let (program, arguments) = command
        .split_first()
        .ok_or("the program for the token has no name")?;
    let named = scrub(program);
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        // Whatever it has to say would be written over the screen.
        .stderr(Stdio::null())
        .spawn()
        .map_err(|why| format!("cannot run {named} for a token: {why}"))?;
    let deadline = Instant::now() + patience;
    let status = loop {
        let ended = child
            .try_wait()
            .map_err(|why| format!("cannot wait for {named}, which gives the token: {why}"))?;
        match ended {
            Some(status) => break status,
            None if Instant::now() < deadline => thread::sleep(NAP),
            None => {
                let _ = child.kill();
                let _ = child.wait();
                let seconds = patience.as_secs_f64();
                return Err(format!("{named} gave no token within {seconds} s"));
            }
        }
    };
    if !status.success() {
        return Err(format!("{named}, which gives the token, failed: {status}"));
    }
    let mut text = String::new();
    if let Some(printed) = child.stdout.take() {
        printed
            .take(MOST_BYTES)
            .read_to_string(&mut text)
            .map_err(|why| format!("cannot read the token of {named}: {why}"))?;
    }
    match text.lines().next().map(str::trim) {
        Some(token) if !token.is_empty() => Ok(token.to_owned()),
        _ => Err(format!("{named} printed no token")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(command: &[&str]) -> Result<String, String> {
        let command: Vec<String> = command.iter().map(|&it| it.to_owned()).collect();
        of_program(&command, Duration::from_millis(500))
    }

    #[test]
    fn the_first_line_is_the_token_and_nothing_is_waited_for_for_ever() {
        assert_eq!(run(&["printf", "abc\nxyz\n"]).as_deref(), Ok("abc"));
        for (command, words) in [
            (&["/nowhere/token"][..], "cannot run /nowhere/token"),
            (&["false"], "failed"),
            (&["true"], "printed no token"),
            (&["sleep", "60"], "within 0.5 s"),
            (&[], "has no name"),
        ] {
            let said = run(command).unwrap_err();
            assert!(said.contains(words), "{said}");
        }
    }
}
