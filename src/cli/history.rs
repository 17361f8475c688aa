//! `stateward history`: what is known to have happened to snapshots, from what was seen while somebody watched.

use std::io::Write;

use crate::action::history;
use crate::domain::event::{Ending, Sighting, What};

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

fn words(what: &What) -> Option<String> {
    let seen = |seen: &Sighting, what: &str| {
        let sketch = &seen.sketch;
        let kind = sketch.kind.phrase();
        format!("{} {what} ({kind} of {})", sketch.name, sketch.lineage)
    };
    let name = |uri: &crate::domain::location::Location| {
        crate::domain::text::scrub_bytes(uri.name()).into_owned()
    };
    Some(match what {
        What::WatchBegan { root } => format!("watching {root} begins"),
        What::WatchEnded { root } => format!("watching {root} ends"),
        What::RootLost { root } => format!("{root} is out of sight"),
        What::Present(it) => seen(it, "is there"),
        What::Appeared(it) => seen(it, "appeared"),
        What::Completed(it) => seen(it, "completed"),
        What::Broke(it) => seen(it, "cannot be restored"),
        What::Changed(it) => seen(it, "changed"),
        What::Gone { uri, how, since } => {
            let unseen = match since {
                Some(since) => format!(
                    ", at some time after {}",
                    since.strftime("%Y-%m-%d %H:%M:%SZ")
                ),
                None => String::new(),
            };
            match how {
                Ending::Subsumed { by } => format!("{} was subsumed by {by}{unseen}", name(uri)),
                Ending::Trashed => format!("{} was moved into the trash{unseen}", name(uri)),
                Ending::Vanished => format!("{} vanished{unseen}", name(uri)),
            }
        }
        What::Held { uri, hold } => format!("{} is held as `{hold}`", name(uri)),
        What::Released { uri, hold } => format!("{} is not held as `{hold}` any more", name(uri)),
        What::Marked { uri } => format!("{} is marked for restart", name(uri)),
        What::Unmarked { uri } => format!("{} is marked no more", name(uri)),
        What::Restored {
            uri, job, claimed, ..
        } => {
            let claim = if *claimed { ", which claimed it" } else { "" };
            format!("job {job} was restored from {}{claim}", name(uri))
        }
        What::Log { .. }
        | What::Watched { .. }
        | What::Root { .. }
        | What::Lineages { .. }
        | What::Metadata(_)
        | What::Mapped { .. }
        | What::Files { .. }
        | What::Cluster { .. }
        | What::Job { .. }
        | What::Checkpoint { .. }
        | What::Unknown => return None,
    })
}
