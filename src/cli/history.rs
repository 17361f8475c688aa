//! `stateward history`: what is known to have happened to snapshots, from what was seen while somebody watched.

use std::io::Write;

use crate::action::history;
use crate::analysis::timeline::Timeline;
use crate::domain::event::{Ending, Sighting, What};
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

/// An event in a sentence, given whether a snapshot had gone before it.
fn words(what: &What, is_gone: impl Fn(&Location) -> bool) -> Option<String> {
    let seen = |seen: &Sighting, what: &str| {
        let sketch = &seen.sketch;
        let kind = sketch.kind.phrase();
        format!("{} {what} ({kind} of {})", sketch.name, sketch.lineage)
    };
    let name = |uri: &Location| crate::domain::text::scrub_bytes(uri.name()).into_owned();
    Some(match what {
        What::WatchBegan { root } => format!("watching {root} begins"),
        What::WatchEnded { root } => format!("watching {root} ends"),
        What::RootLost { root } => format!("{root} is out of sight"),
        What::Present(it) => seen(it, "is there"),
        What::Appeared(it) if is_gone(&it.sketch.uri) => seen(it, "came back"),
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
        | What::Unknown => return None,
    })
}
