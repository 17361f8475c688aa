//! `stateward record`: what happens, into a file that `stateward replay` shows again.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use jiff::Timestamp;

use crate::action::history::{Disk, Recording};
use crate::domain::location::Location;
use crate::domain::snapshot::RootState;
use crate::domain::text::scrub;
use crate::inventory::chronicle::{Chronicle, Detail};
use crate::inventory::delta::Delta;
use crate::inventory::observe::Observer;
use crate::inventory::{holds, marks};
use crate::store::local::LocalStore;

use super::args::Record;
use super::open::{absent, roots};
use super::report::{Outcome, Report, ReportKind};

/// Records until the process is ended.
///
/// # Errors
/// When the file is there already, or cannot be written. A root that is not there is recorded as such, and looked for
/// again.
pub fn run(args: &Record, err: &mut dyn Write) -> Result<Outcome, Report> {
    let (asked, roots) = roots(&args.look.paths, args.look.how.levels())?;
    let shown = scrub(&args.to.to_string_lossy()).into_owned();
    let mut recording = Recording::create(&args.to, Timestamp::now()).map_err(|error| {
        let report = Report::new(
            ReportKind::BadInput,
            format!("cannot record to {shown}: {error}"),
        );
        match error.kind() {
            io::ErrorKind::AlreadyExists => report.hint("name a file that is not there yet"),
            _ => report,
        }
    })?;
    let places: Vec<Location> = roots.iter().map(|root| root.location.clone()).collect();
    let mut chronicle = Chronicle::after(&[], Detail::Rows);
    let begun = chronicle.begin(places.clone(), Timestamp::now());
    let failed = move |error: io::Error| {
        Report::new(
            ReportKind::HalfWay,
            format!("cannot go on recording to {shown}: {error}"),
        )
        .hint("what was recorded so far can be replayed")
    };
    recording.append(&begun).map_err(&failed)?;
    writeln!(
        err,
        "stateward: recording {} to {}; interrupt it to end",
        places
            .iter()
            .map(Location::to_string)
            .collect::<Vec<_>>()
            .join(", "),
        scrub(&args.to.to_string_lossy())
    )?;
    for place in absent(&asked) {
        writeln!(
            err,
            "stateward: {place} does not exist; it is recorded as soon as it does"
        )?;
    }
    let stopped = Arc::new(AtomicBool::new(false));
    let failure = Arc::new(Mutex::new(None));
    let (stop, note) = (stopped.clone(), failure.clone());
    let emit = Box::new(move |deltas: Vec<Delta>| {
        let now = Timestamp::now();
        let mut events = chronicle.take_in(&deltas, now, &Disk::default());
        if deltas.iter().any(is_look) {
            let snapshots = chronicle.snapshots();
            let (marks, _) = marks::read(&places, &snapshots);
            let (holds, _) = holds::read(&places, &snapshots);
            events.extend(chronicle.note(&marks, &holds, now));
        }
        if let Err(error) = recording.append(&events) {
            if let Ok(mut failure) = note.lock() {
                *failure = Some(error);
            }
            stop.store(true, Ordering::Relaxed);
        }
    });
    let (_requests, nothing) = crossbeam_channel::bounded(0);
    let rules = args.look.how.rules();
    let store = Arc::new(LocalStore);
    Observer::new(store, rules, roots, stopped, emit).run(&nothing);
    let failure = failure.lock().ok().and_then(|mut failure| failure.take());
    failure.map_or(Ok(Outcome::Done), |error| Err(failed(error)))
}

/// Whether a root was looked at as a whole; whoever does that sees what is marked and held there, too.
fn is_look(delta: &Delta) -> bool {
    matches!(delta, Delta::Root(status) if status.state == RootState::Ready)
}
