//! `stateward history`: what is known to have happened to snapshots, from what was seen while somebody watched.

use std::io::Write;

use crate::action::history;
use crate::analysis::timeline::words::words;

use super::args::History;
use super::open::roots;
use super::output;
use super::report::{Outcome, Report, ReportKind};

/// Prints the events that are kept, the earliest first.
///
/// # Errors
/// When nothing is.
pub fn run(args: &History, out: &mut dyn Write, err: &mut dyn Write) -> Result<Outcome, Report> {
    let (_, roots) = roots(&args.look.paths, args.look.how.levels())?;
    let mut events = Vec::new();
    for root in &roots {
        let known = history::read(&root.location);
        for problem in known.problems {
            writeln!(err, "stateward: note: {problem}")?;
        }
        events.extend(known.events);
    }
    events.sort_by_key(|event| event.at);
    if events.is_empty() {
        let places: Vec<String> = roots.iter().map(|root| root.location.to_string()).collect();
        return Err(Report::new(
            ReportKind::NothingFound,
            format!("no history is kept of {}", places.join(", ")),
        )
        .hint("the terminal interface and `stateward watch` keep one of what they watch"));
    }
    for event in &events {
        if args.json {
            output::json_line(out, event)?;
        } else if let Some(words) = words(&event.what) {
            let at = event.at.strftime("%Y-%m-%d %H:%M:%SZ");
            writeln!(out, "{at}  {words}")?;
        }
    }
    Ok(Outcome::Done)
}
