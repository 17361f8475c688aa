//! What to say of a place that is no snapshot, but something of Flink's all the same.

use crate::domain::id::JobId;
use crate::domain::location::Location;
use crate::domain::text::shell_quote;
use crate::inventory::layout;
use crate::store::local::LocalStore;
use crate::store::{EntryKind, Store as _};

use super::report::{Report, ReportKind};

/// Refuses a place that nobody can take for a directory of snapshots: a file.
///
/// # Errors
/// When it is one.
pub(super) fn refuse_files(at: &Location) -> Result<(), Report> {
    let is_file = LocalStore
        .stat(at)
        .is_ok_and(|it| it.kind == EntryKind::File);
    if !is_file {
        return Ok(());
    }
    let home = at.parent().map_or_else(|| at.clone(), |it| job_around(&it));
    Err(report(format!("{at} is a file, and no snapshot")).hint(whether_named(&home)))
}

/// What a directory is that is no snapshot.
pub(super) fn at(at: &Location) -> Report {
    let parent = at.parent();
    let job = |it: &Location| JobId::from_hex(it.name()).ok();
    if let Some(job) = job(at) {
        return report(format!(
            "{at} is the directory of job {job}, and no snapshot"
        ))
        .hint(lists(at));
    }
    let of_job = parent.as_ref().and_then(job);
    if let (Some(parent), Some(job)) = (&parent, of_job)
        && layout::holds_state_files(at.name(), true)
    {
        return report(format!(
            "{at} holds the files that checkpoints of job {job} have together, and is no snapshot"
        ))
        .hint(whether_named(parent));
    }
    report(format!("{at} is not a snapshot: it has no _metadata")).hint(lists(at))
}

fn report(message: String) -> Report {
    Report::new(ReportKind::NothingFound, message)
}

fn lists(at: &Location) -> String {
    format!(
        "`stateward ls {}` lists the snapshots below it",
        shell_quote(&at.shown())
    )
}

fn whether_named(home: &Location) -> String {
    format!(
        "`stateward orphans {}` tells what of it no snapshot names, and whether that may go",
        shell_quote(&home.shown())
    )
}

/// The directory of the job that a directory lies in, else that itself.
fn job_around(directory: &Location) -> Location {
    let mut at = Some(directory.clone());
    while let Some(place) = at {
        if JobId::from_hex(place.name()).is_ok() {
            return place;
        }
        at = place.parent();
    }
    directory.clone()
}
