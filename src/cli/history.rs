//! `stateward history`: what is known to have happened to snapshots, from what was seen while somebody watched.

use std::io::Write;

use crate::action::history;
use crate::analysis::timeline::Timeline;
use crate::analysis::timeline::words::words;
use crate::domain::location::Location;

use super::args::History;
use super::open::{absent, roots};
use super::output;
use super::report::{Outcome, Report, ReportKind};

/// Prints the events that are kept, the earliest first.
///
/// # Errors
/// When nothing is.
pub fn run(args: &History, out: &mut dyn Write, err: &mut dyn Write) -> Result<Outcome, Report> {
    let (asked, roots) = roots(&args.look.paths, args.look.how.levels())?;
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
        .hint(match &absent(&asked)[..] {
            [] => "the terminal interface and `stateward watch` keep one of what they watch"
                .to_owned(),
            [one] => format!("{one} does not exist; check the path"),
            several => format!("{} do not exist; check the paths", several.join(", ")),
        }));
    }
    let mut known = Timeline::default();
    for event in &events {
        let is_gone = |uri: &Location| known.life(uri).is_some_and(|life| !life.is_there());
        let words = words(&event.what, is_gone);
        known.take_in(event);
        if args.json {
            output::json_line(out, event)?;
        } else if let Some(words) = words {
            let at = event.at.strftime("%Y-%m-%d %H:%M:%SZ");
            writeln!(out, "{at}  {words}")?;
        }
    }
    Ok(Outcome::Done)
}
