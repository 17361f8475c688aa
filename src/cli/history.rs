//! `stateward history`: what is known to have happened to snapshots, from what was seen while somebody watched.

use std::io::Write;

use serde::Serialize;

use crate::action::history;
use crate::analysis::timeline::words::Teller;

use crate::domain::event::Event;

use super::args::History;
use super::open::{absent, roots};
use super::output;
use super::report::{Outcome, Report, ReportKind};

/// An event, and the sentence that it is to people; none where it only says how it was.
#[derive(Serialize)]
struct Line<'e> {
    #[serde(flatten)]
    event: &'e Event,
    #[serde(skip_serializing_if = "Option::is_none")]
    words: Option<String>,
}

/// Prints the events that are kept, the earliest first.
///
/// # Errors
/// When nothing is.
pub fn run(args: &History, out: &mut dyn Write, err: &mut dyn Write) -> Result<Outcome, Report> {
    let (asked, roots) = roots(&args.paths, args.how.levels())?;
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
            [] => "the terminal interface and `stateward watch` keep one of what they watch from then on, unless \
                   `--no-history` or `history = false` forbids it; open it there, or watch it"
                .to_owned(),
            [one] => format!("{one} does not exist; check the path"),
            several => format!("{} do not exist; check the paths", several.join(", ")),
        }));
    }
    let mut teller = Teller::default();
    for event in &events {
        let told = teller.tell(event);
        if args.json {
            let words = (!told.is_empty()).then(|| told.join("; "));
            output::json_line(out, &Line { event, words })?;
            continue;
        }
        let at = event.at.strftime("%Y-%m-%d %H:%M:%SZ");
        for words in told {
            writeln!(out, "{at}  {words}")?;
        }
    }
    Ok(Outcome::Done)
}
