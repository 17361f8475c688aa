//! `stateward watch`: changes as they happen, one JSON object a line, flushed at once.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use serde::Serialize;

use crate::analysis::document::SCHEMA;
use crate::domain::location::Location;
use crate::domain::snapshot::{RootState, RootStatus, Snapshot, Watching};
use crate::domain::text::scrub;
use crate::inventory::delta::Delta;
use crate::inventory::happenings::{Happening, Happenings};
use crate::inventory::observe::Observer;
use crate::runtime::ending::{stop_when_told, told_to_end};
use crate::runtime::history::Historian;
use crate::store::local::LocalStore;

use super::args::Watch;
use super::open::roots;
use super::output;
use super::report::{Outcome, Report};
use super::summary::Summary;

#[derive(Serialize)]
struct Line {
    schema: u32,
    event: &'static str,
    at: String,
    uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    snapshot: Option<Summary>,
}

/// Reports changes until the output is closed or a signal tells it to end, and on `err` why no history of them is kept.
///
/// # Errors
/// When a path makes no sense. A root that is not there is reported, and looked for again.
pub fn run(
    args: &Watch,
    out: impl Write + Send + 'static,
    mut err: impl Write + Send + 'static,
) -> Result<Outcome, Report> {
    let (asked, roots) = roots(&args.look.paths, args.look.how.levels())?;
    let stopped = Arc::new(AtomicBool::new(false));
    let mut teller = Teller {
        out,
        asked,
        changes_only: args.changes_only,
        happenings: Happenings::default(),
        roots: BTreeMap::new(),
    };
    let failure = Arc::new(std::sync::Mutex::new(None));
    let (stop, note) = (stopped.clone(), failure.clone());
    let places = roots.iter().map(|root| root.location.clone()).collect();
    // A closed standard error is no reason to end.
    let notice = move |text: &str| {
        let _ = writeln!(err, "stateward: {}", scrub(text));
    };
    let history = (!args.no_history).then(|| Historian::alone(places, notice));
    let history = history.transpose()?;
    let emit = Box::new(move |deltas: Vec<Delta>| {
        if let Some(history) = &history {
            history.tell(deltas.clone());
        }
        if let Err(error) = teller.tell(&deltas, Timestamp::now()) {
            if let Ok(mut failure) = note.lock() {
                *failure = Some(error);
            }
            stop.store(true, Ordering::Relaxed);
        }
    });
    let (requests, asked) = crossbeam_channel::unbounded();
    stop_when_told(told_to_end()?, stopped.clone(), requests)?;
    let rules = args.look.how.rules();
    // With it goes the history, which notes until when it was watched.
    Observer::new(Arc::new(LocalStore), rules, roots, stopped, emit).run(&asked);
    let failure = failure.lock().ok().and_then(|mut failure| failure.take());
    failure.map_or(Ok(Outcome::Done), |error| Err(error.into()))
}

struct Teller<W> {
    out: W,
    asked: Vec<Location>,
    changes_only: bool,
    happenings: Happenings,
    /// The state of each root as last told.
    roots: BTreeMap<Location, (&'static str, Option<String>)>,
}

impl<W: Write> Teller<W> {
    fn tell(&mut self, deltas: &[Delta], now: Timestamp) -> io::Result<()> {
        for delta in deltas {
            if let Delta::Root(status) = delta {
                self.tell_root(status, now)?;
            }
            let row = match delta {
                Delta::Upserted(row) => Some(&**row),
                _ => None,
            };
            for (happening, location) in self.happenings.of(delta) {
                self.tell_snapshot(happening, &location, row, now)?;
            }
        }
        self.out.flush()
    }

    fn tell_snapshot(
        &mut self,
        happening: Happening,
        location: &Location,
        row: Option<&Snapshot>,
        now: Timestamp,
    ) -> io::Result<()> {
        let asked = self.asked.iter().any(|asked| location.is_within(asked));
        if !asked || (self.changes_only && happening == Happening::Present) {
            return Ok(());
        }
        let event = match happening {
            Happening::Present => "present",
            Happening::Appeared => "appeared",
            Happening::Completed => "completed",
            Happening::Changed => "changed",
            Happening::Vanished => "vanished",
        };
        let event = Line {
            schema: SCHEMA,
            event,
            at: now.to_string(),
            uri: location.to_text(),
            reason: None,
            snapshot: row.map(Summary::from),
        };
        output::json_line(&mut self.out, &event)
    }

    fn tell_root(&mut self, status: &RootStatus, now: Timestamp) -> io::Result<()> {
        let polling = match &status.watching {
            Watching::Polling(reason) => Some(format!("polling: {reason}")),
            Watching::Native | Watching::Off => None,
        };
        let state = match &status.state {
            RootState::Scanning { .. } => return Ok(()),
            RootState::Ready => ("root_ready", polling),
            RootState::Missing => ("root_missing", None),
            RootState::Failed(reason) => ("root_failed", Some(reason.clone())),
        };
        if self.roots.get(&status.location) == Some(&state) {
            return Ok(());
        }
        self.roots.insert(status.location.clone(), state.clone());
        let (event, reason) = state;
        let uri = status.location.to_text();
        output::json_line(
            &mut self.out,
            &Line {
                schema: SCHEMA,
                event,
                at: now.to_string(),
                uri,
                reason,
                snapshot: None,
            },
        )
    }
}
