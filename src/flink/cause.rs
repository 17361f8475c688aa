//! Root causes, out of the Java stack traces that Flink answers with.

use serde::Deserialize;

use crate::domain::text::scrub;

/// So many characters of a cause are shown.
const MOST: usize = 300;

/// The root cause of a stack trace: the message behind its last `Caused by:`, without the package of the exception.
pub(super) fn root(trace: &str) -> String {
    let start = trace
        .rfind("Caused by: ")
        .map_or(0, |at| at + "Caused by: ".len());
    let message = trace[start..]
        .lines()
        .take_while(|line| !line.starts_with("\tat ") && !line.starts_with("\t..."))
        .collect::<Vec<_>>()
        .join(" ");
    let message = message.trim();
    // `org.apache.flink.util.FlinkException: words` is told as `FlinkException: words`.
    let (class, rest) = message.split_once(": ").unwrap_or((message, ""));
    let is_class = class.contains('.') && !class.contains(' ');
    let simple = class.rsplit(['.', '$']).next().unwrap_or(class);
    let text = match (is_class, rest) {
        (true, "") => simple.to_owned(),
        (true, rest) => format!("{simple}: {rest}"),
        (false, _) => message.to_owned(),
    };
    let mut shown: String = text.chars().take(MOST).collect();
    if text.chars().nth(MOST).is_some() {
        shown.push('…');
    }
    scrub(&shown).into_owned()
}

#[derive(Deserialize)]
struct Errors {
    errors: Vec<String>,
}

/// The root cause in an answer that is an error; none when it is not one of Flink's.
pub(super) fn of_answer(body: &[u8]) -> Option<String> {
    let Errors { errors } = serde_json::from_slice(body).ok()?;
    // The first of two only says "Internal server error."
    errors.last().map(|trace| {
        let trace = trace
            .strip_prefix("<Exception on server side:\n")
            .unwrap_or(trace);
        root(trace)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_cause_is_the_root() {
        let trace = "java.util.concurrent.CompletionException: org.x.CheckpointException: no.\n\tat a.b(C.java:1)\nCaused by: org.x.CheckpointException: IO-problem detected.\n\tat d\nCaused by: java.io.IOException: Failed to create directory\nfile:/x\u{1b}[2J\n\t... 3 more";
        assert_eq!(
            root(trace),
            "IOException: Failed to create directory file:/x\\x1b[2J"
        );
        assert_eq!(
            root("java.lang.NullPointerException\n\tat x"),
            "NullPointerException"
        );
        assert_eq!(root("plain words: here"), "plain words: here");
        assert_eq!(root(""), "");
        assert_eq!(root(&"x".repeat(400)).chars().count(), MOST + 1);
    }

    #[test]
    fn answers_of_flink_are_told_from_others() {
        let body = br#"{"errors":["Internal server error.","<Exception on server side:\njava.lang.IllegalStateException: Not so.\n\tat x"]}"#;
        assert_eq!(of_answer(body).unwrap(), "IllegalStateException: Not so.");
        assert_eq!(of_answer(b"<html>"), None);
        assert_eq!(of_answer(br#"{"errors":[]}"#), None);
    }
}
