//! One snapshot on the disk, in the order in which Flink writes and deletes: the directory, the state, the metadata under
//! a temporary name, the metadata under its own.

use jiff::Timestamp;

use super::disk::{Disk, DiskError};
use super::target::NewFile;

/// The metadata's name, whose presence makes a snapshot complete.
pub(super) const METADATA: &str = "_metadata";

/// The name under which metadata is written at first (`LocalRecoverableFsDataOutputStream`).
pub(super) fn temporary(directory: &str, uuid: &str) -> String {
    format!("{directory}/._metadata.inprogress.{uuid}")
}

pub(super) fn metadata(directory: &str) -> String {
    format!("{directory}/{METADATA}")
}

/// What a subtask uploads before it acknowledges.
pub(super) fn state(disk: &Disk, files: &[NewFile], now: Timestamp) -> Result<(), DiskError> {
    for file in files {
        disk.write_state(&file.name, file.bytes, file.seed, now)?;
    }
    Ok(())
}

/// Deletes a completed snapshot: the metadata first, the directory last and only if nothing else is in it
/// (`CompletedCheckpoint.CompletedCheckpointDiscardObject`).
pub(super) fn discard(
    disk: &Disk,
    directory: &str,
    files: &[String],
    now: Timestamp,
) -> Result<(), DiskError> {
    disk.remove_file(&metadata(directory), now)?;
    for file in files {
        disk.remove_file(file, now)?;
    }
    disk.remove_empty_directory(directory, now)
}

/// Deletes what there is of a snapshot that was given up.
pub(super) fn abort(
    disk: &Disk,
    directory: &str,
    uuid: &str,
    files: &[String],
    now: Timestamp,
) -> Result<(), DiskError> {
    disk.remove_file(&temporary(directory, uuid), now)?;
    for file in files {
        disk.remove_file(file, now)?;
    }
    disk.remove_empty_directory(directory, now)
}
