//! A bearer token that a program of the user's prints.

use std::io::{self, Read as _};
use std::process::{ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::domain::text::scrub;

/// No token is longer.
const MOST_BYTES: usize = 1 << 16;
/// Between two looks at whether the program has ended.
const NAP: Duration = Duration::from_millis(5);

/// Runs a program, without a shell, and returns the first line that it prints. It gets as long as one request does, and
/// what it leaves running behind it is not waited for.
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
    let unreadable = |why: io::Error| format!("cannot read the token of {named}: {why}");
    let mut printed = Printed::by(child.stdout.take()).map_err(unreadable)?;
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
    // What the program itself printed is in the pipe by now. Only where that is nothing, what it left behind may print.
    while printed.read().map_err(unreadable)? && Instant::now() < deadline {
        thread::sleep(NAP);
    }
    let line = printed.bytes.split(|byte| *byte == b'\n').next();
    let line = std::str::from_utf8(line.unwrap_or_default())
        .map_err(|why| unreadable(io::Error::other(why)))?;
    match line.trim() {
        "" => Err(format!("{named} printed no token")),
        token => Ok(token.to_owned()),
    }
}

/// What a program printed, read without waiting for the pipe to be closed: a process that the program started holds it
/// open for as long as it lives. Systems without such pipes wait.
struct Printed {
    pipe: Option<ChildStdout>,
    bytes: Vec<u8>,
}

impl Printed {
    fn by(pipe: Option<ChildStdout>) -> io::Result<Self> {
        #[cfg(unix)]
        if let Some(pipe) = &pipe {
            rustix::io::ioctl_fionbio(pipe, true)?;
        }
        let bytes = Vec::new();
        Ok(Self { pipe, bytes })
    }

    /// Reads what is there, and says whether that is nothing yet and something may follow.
    fn read(&mut self) -> io::Result<bool> {
        let Some(pipe) = &mut self.pipe else {
            return Ok(false);
        };
        let mut piece = [0; 4096];
        while self.bytes.len() < MOST_BYTES {
            match pipe.read(&mut piece) {
                Ok(0) => return Ok(false),
                Ok(count) => self.bytes.extend(&piece[..count]),
                Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
                Err(why) if why.kind() == io::ErrorKind::WouldBlock => {
                    return Ok(self.bytes.is_empty());
                }
                Err(why) => return Err(why),
            }
        }
        Ok(false)
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

    #[test]
    #[cfg(unix)]
    fn what_the_program_leaves_running_is_not_waited_for() {
        let sh = |script: &str| run(&["sh", "-c", script]);
        let begun = Instant::now();
        assert_eq!(sh("sleep 20 & echo tok").as_deref(), Ok("tok"));
        assert_eq!(sh("sleep 20 & printf tok").as_deref(), Ok("tok"));
        assert_eq!(sh("(sleep 0.05; echo late) &").as_deref(), Ok("late"));
        let said = sh("sleep 20 &").unwrap_err();
        assert!(said.contains("printed no token"), "{said}");
        assert!(begun.elapsed() < Duration::from_secs(10));
    }
}
