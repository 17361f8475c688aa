//! Notes of restarts that were proven, beside the snapshot that each started from.

use jiff::Timestamp;

use crate::domain::claim::ClaimMode;
use crate::domain::id::JobId;
use crate::domain::location::Location;
use crate::inventory::ours;
use crate::inventory::restarts::{self, LEDGER};
use crate::store::atomic::Folder;

use super::folder::{self, plain, taken_out};
use super::permission::Permission;

/// No more are kept in one place; the oldest go first.
const MOST: usize = 500;

/// Notes that a job goes on with a snapshot, restored from it in some mode.
///
/// # Errors
/// When it cannot be written, in words. Nothing depends on it but how lineages look without a cluster.
pub fn note(
    _permission: Permission,
    snapshot: &Location,
    (restored, mode): (&Location, ClaimMode),
    job: JobId,
    started_at: Timestamp,
) -> Result<(), String> {
    let home = ours::home(snapshot).ok_or_else(|| format!("{snapshot} lies in no directory"))?;
    plain(restored)?;
    let change = |folder: &Folder| {
        let (document, mut entries) = taken_out(LEDGER, folder)?;
        entries.retain(|entry| restarts::history_of(entry).is_none_or(|it| it.job != job));
        entries.push(restarts::entry(job, started_at, restored, mode));
        let too_many = entries.len().saturating_sub(MOST);
        entries.drain(..too_many);
        folder::write(LEDGER, folder, document, entries)
    };
    folder::change(&home, change).map(|_| ())
}
