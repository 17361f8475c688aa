//! `stateward replay`: a recording on the screen, or as JSON.

use std::io::{self, Write};
use std::path::Path;

use jiff::Timestamp;

use crate::action::history::{MOST_OF_A_RECORDING, Unread, read_log};
use crate::analysis::timeline::log::Log;
use crate::analysis::timeline::words;
use crate::app::explain::Tone;
use crate::app::model::Model;
use crate::app::replay::Replay as Recording;
use crate::domain::text::scrub;
use crate::runtime::replay::Reader;
use crate::store::clock::MachineClock;
use crate::tui;

use super::args::Replay;
use super::report::{Outcome, Report, ReportKind};
use super::{output, screen};

/// Shows a recording.
///
/// # Errors
/// When the file is no recording, or there is no terminal to show it on.
pub fn run(args: &Replay, out: &mut dyn Write, err: &mut dyn Write) -> Result<Outcome, Report> {
    let path = Path::new(&args.file);
    let shown = scrub(&path.to_string_lossy()).into_owned();
    let log = read_log(path, MOST_OF_A_RECORDING).map_err(|why| unread(&shown, &why))?;
    if args.json {
        for event in &log.events {
            output::json_line(out, event)?;
        }
        return told(&log, err);
    }
    if args.list {
        // As on the screen, what was written down earlier stays earlier among equals.
        let mut events = log.events.clone();
        events.sort_by_key(|event| event.at);
        for (at, words) in words::all(&events) {
            writeln!(out, "{}  {words}", at.strftime("%Y-%m-%d %H:%M:%SZ"))?;
        }
        return told(&log, err);
    }
    screen::needs_terminal("`--list` prints what happened instead, and `--json` the events")?;
    let left_out = log.left_out;
    let name = path.file_name().unwrap_or(path.as_os_str());
    let name = scrub(&name.to_string_lossy()).into_owned();
    let recording = Recording::new(name, log.events).ok_or_else(|| {
        Report::new(
            ReportKind::BadInput,
            format!("cannot replay {shown}: nothing happens in it"),
        )
    })?;
    let inbox = tui::Inbox::default();
    let reader = Reader::start(recording.events(), inbox.sender.clone())?;
    let mut model = Model::new([], Timestamp::now()).replaying(recording);
    if !left_out.is_nothing() {
        model.say(Tone::Warning, format!("left out: {left_out}"));
    }
    let options = screen::options(&args.screen);
    let exit = tui::run(options, &inbox, model, &MachineClock, |effect| {
        reader.execute(effect);
    });
    let exit = exit.map_err(|error: io::Error| {
        Report::new(
            ReportKind::BadInput,
            format!("cannot use the terminal: {error}"),
        )
    })?;
    Ok(screen::outcome(exit))
}

/// What was left out is said after all else.
fn told(log: &Log, err: &mut dyn Write) -> Result<Outcome, Report> {
    if !log.left_out.is_nothing() {
        writeln!(err, "stateward: note: left out: {}", log.left_out)?;
    }
    Ok(Outcome::Done)
}

fn unread(shown: &str, why: &Unread) -> Report {
    let report = Report::new(
        ReportKind::BadInput,
        format!("cannot replay {shown}: {why}"),
    );
    match why {
        Unread::Absent | Unread::NoLog(_) => {
            report.hint("`stateward record PATH --to FILE` makes a recording")
        }
        Unread::Denied(_) | Unread::TooLong(_) => report,
    }
}
