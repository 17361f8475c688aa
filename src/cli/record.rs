//! `stateward record`: what happens, into a file that `stateward replay` shows again.

use std::io::{self, Write};
use std::sync::Arc;

use jiff::Timestamp;

use crate::action::history::Recording;
use crate::domain::text::{scrub, shell_quote};
use crate::domain::time;
use crate::inventory::chronicle::contents::Keep;
use crate::runtime::ending::told_to_end;
use crate::runtime::record::{Wanted, record};
use crate::store::local::LocalStore;

use super::args::Record;
use super::open::{absent, roots};
use super::report::{Outcome, Report, ReportKind};

/// Records until it is told to end by a signal, and says what it has then.
///
/// # Errors
/// When the file is there already, or cannot be written. A root that is not there is recorded as such, and looked for
/// again.
pub fn run(args: &Record, err: &mut dyn Write) -> Result<Outcome, Report> {
    // Clusters tell where they write to; the working directory is looked at only without them.
    let (asked, roots) = if args.look.paths.is_empty() && !args.connect.clusters.is_empty() {
        (Vec::new(), Vec::new())
    } else {
        roots(&args.look.paths, args.look.how.levels())?
    };
    let shown = scrub(&args.to.to_string_lossy()).into_owned();
    let recording = Recording::create(&args.to, Timestamp::now()).map_err(|error| {
        let report = Report::new(
            ReportKind::BadInput,
            format!("cannot record to {shown}: {error}"),
        );
        match error.kind() {
            io::ErrorKind::AlreadyExists => report.hint("name a file that is not there yet"),
            _ => report,
        }
    })?;
    let failed = move |error: io::Error| {
        Report::new(
            ReportKind::HalfWay,
            format!("cannot go on recording to {shown}: {error}"),
        )
        .hint("what was recorded so far can be replayed")
    };
    let clusters = args.connect.clusters.clone();
    let what = roots.iter().map(|root| root.location.to_string());
    let what = what.chain(clusters.iter().map(|it| scrub(&it.name).into_owned()));
    writeln!(
        err,
        "stateward: recording {} to {}; interrupt it to end",
        what.collect::<Vec<_>>().join(", "),
        scrub(&args.to.to_string_lossy())
    )?;
    let to = scrub(&args.to.to_string_lossy()).into_owned();
    for place in absent(&asked) {
        writeln!(
            err,
            "stateward: {place} does not exist; it is recorded as soon as it does"
        )?;
    }
    let wanted = Wanted {
        rules: args.look.how.rules(),
        roots,
        clusters,
        keep: if args.no_metadata {
            Keep::NoMetadata
        } else {
            Keep::Metadata
        },
    };
    let ends = told_to_end()?;
    let recorded = record(Arc::new(LocalStore), wanted, recording, ends).map_err(failed)?;
    writeln!(
        err,
        "stateward: recorded {} in {} to {to}: what happened, and how things stood meanwhile; `stateward replay {}` shows it, \
         and what happened alone with --list",
        lines(recorded.lines),
        time::age(recorded.from, recorded.until),
        shell_quote(&to),
    )?;
    Ok(Outcome::Done)
}

/// How many, in words.
fn lines(count: u64) -> String {
    match count {
        1 => "1 line".to_owned(),
        count => format!("{count} lines"),
    }
}
