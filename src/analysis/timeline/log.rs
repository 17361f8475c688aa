//! A log of events as text: one JSON object a line, the first of which says what it is.
//!
//! Whoever writes may be killed in the middle of a line, and later releases may know of more: the reader takes what it
//! understands and says what it left out.

use std::fmt;

use serde_json::Value;

use crate::domain::event::{Event, SCHEMA, What};
use crate::domain::text::scrub;

/// Keys under which places stand. They are kept to the byte, and made safe where they are shown.
const PLACES: [&str; 6] = ["uri", "root", "location", "from", "to", "latest"];

/// What was read from a log.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Log {
    /// The events, in their order.
    pub events: Vec<Event>,
    /// What was left out.
    pub left_out: LeftOut,
}

/// What was left out of a log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Lines that are no events.
    pub broken: usize,
    /// The first of them, from 1.
    pub first_broken: usize,
    /// Why that one is none.
    pub why: String,
    /// Events that this release does not know.
    pub unknown: usize,
    /// The last line, from 1, where it has no end: its writer was killed, or is at it.
    pub torn: Option<usize>,
}

impl LeftOut {
    /// Whether that is nothing.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        match self.broken {
            0 => {}
            1 => parts.push(format!(
                "line {} is no event: {}",
                self.first_broken, self.why
            )),
            lines => parts.push(format!(
                "{lines} lines are no events, the first is line {}: {}",
                self.first_broken, self.why
            )),
        }
        match self.unknown {
            0 => {}
            1 => parts.push("1 event is of a sort that this release does not know".to_owned()),
            events => parts.push(format!(
                "{events} events are of sorts that this release does not know"
            )),
        }
        if let Some(line) = self.torn {
            parts.push(format!("line {line}, the last, was not written to its end"));
        }
        f.write_str(&parts.join("; "))
    }
}

/// Why a text is no log that can be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoLog {
    /// There is nothing in it.
    #[error("it is empty")]
    Empty,
    /// Its first line is not that of a log.
    #[error("line {0} is not how a recording of stateward begins")]
    Foreign(usize),
    /// A later release wrote it.
    #[error(
        "its schema is {0}, and this release knows none later than {SCHEMA}; a later release can read it"
    )]
    Newer(u32),
}

/// Reads a log.
///
/// # Errors
/// When its first line does not say that it is one, or that it is one of a later schema.
pub fn read(text: &[u8]) -> Result<Log, NoLog> {
    let mut log = Log::default();
    let mut is_begun = false;
    for (at, line) in text.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let is_whole = line.ends_with(b"\n");
        if line.trim_ascii().is_empty() {
            continue;
        }
        let event = event(line);
        match event.as_ref().map(|event| &event.what) {
            Ok(What::Log { schema, .. }) if *schema > SCHEMA => {
                return Err(NoLog::Newer(*schema));
            }
            Ok(What::Log { .. }) => is_begun = true,
            _ if !is_begun => return Err(NoLog::Foreign(at + 1)),
            Ok(What::Unknown) => {
                log.left_out.unknown += 1;
                continue;
            }
            _ => {}
        }
        match event {
            Ok(event) => log.events.push(event),
            Err(_) if !is_whole => log.left_out.torn = Some(at + 1),
            Err(why) => {
                if log.left_out.broken == 0 {
                    log.left_out.first_broken = at + 1;
                    // Of a line without breaks, only the column tells anything.
                    log.left_out.why =
                        scrub(&why.to_string()).replace(" at line 1 column", " at column");
                }
                log.left_out.broken += 1;
            }
        }
    }
    if is_begun { Ok(log) } else { Err(NoLog::Empty) }
}

fn event(line: &[u8]) -> Result<Event, serde_json::Error> {
    let mut value: Value = serde_json::from_slice(line)?;
    make_safe(&mut value);
    serde_json::from_value(value)
}

/// Text from a file must not steer the terminal.
fn make_safe(value: &mut Value) {
    match value {
        Value::String(text) => {
            let safe = scrub(text);
            if safe != text.as_str() {
                *text = safe.into_owned();
            }
        }
        Value::Array(values) => values.iter_mut().for_each(make_safe),
        Value::Object(entries) => {
            for (key, value) in entries {
                if !PLACES.contains(&key.as_str()) || !value.is_string() {
                    make_safe(value);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Writes events as lines.
///
/// # Errors
/// When one cannot be written as JSON, which none should be.
pub fn write(events: &[Event]) -> Result<Vec<u8>, serde_json::Error> {
    let mut lines = Vec::new();
    for event in events {
        serde_json::to_writer(&mut lines, event)?;
        lines.push(b'\n');
    }
    Ok(lines)
}
