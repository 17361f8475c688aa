//! How Flink lays snapshots out, by names alone.
//!
//! ```text
//! <checkpoint-dir>/<job-id>/chk-<N>/_metadata      shared/  taskowned/     (the job-id level can be switched off)
//! <savepoint-dir>/savepoint-<6 hex>-<12 hex>/_metadata
//! ```
//! Rules from `AbstractFsCheckpointStorageAccess` and `FsCheckpointStorageAccess`. A savepoint may have any name when
//! it was renamed or copied, so that any directory with a `_metadata` counts.

use crate::domain::id::{CheckpointId, JobId};
use crate::domain::location::Location;

/// The name of the metadata file; a snapshot is complete when it exists.
pub const METADATA: &[u8] = b"_metadata";

/// Flink writes the metadata under a name that starts so and renames it when it is whole (Flink 1.15 and later, where
/// the file system has a recoverable writer).
pub const METADATA_IN_PROGRESS: &[u8] = b"._metadata.inprogress.";

/// The number in the name of a checkpoint's directory.
pub fn checkpoint_number(name: &[u8]) -> Option<CheckpointId> {
    let digits = name.strip_prefix(b"chk-")?;
    let canonical = !digits.is_empty()
        && digits.iter().all(u8::is_ascii_digit)
        && (digits[0] != b'0' || digits == b"0");
    if canonical {
        std::str::from_utf8(digits).ok()?.parse().ok()
    } else {
        None
    }
}

/// The first six digits of the job's id, from the name of a savepoint's directory.
pub fn savepoint_job_prefix(name: &[u8]) -> Option<&str> {
    let rest = name.strip_prefix(b"savepoint-")?;
    let is_hex = |text: &[u8]| text.iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    match rest {
        [prefix @ .., b'-', _, _, _, _, _, _, _, _, _, _, _, _]
            if prefix.len() == 6 && is_hex(prefix) =>
        {
            is_hex(&rest[7..]).then(|| std::str::from_utf8(prefix).ok())?
        }
        _ => None,
    }
}

/// Whether Flink gives this name to directories of snapshots, so that one without metadata is worth a row.
pub fn is_snapshot_name(name: &[u8]) -> bool {
    checkpoint_number(name).is_some() || savepoint_job_prefix(name).is_some()
}

/// The job whose directory a snapshot lies in, if it lies in one.
pub fn job_of(snapshot: &Location) -> Option<JobId> {
    JobId::from_hex(snapshot.parent()?.name()).ok()
}

/// Whether a directory holds state files and never snapshots: `shared` and `taskowned` of a job, `dstl` of the
/// changelog, and the directories of file merging and ForSt below them. They may hold millions of files, so that the
/// scan must not list them in search of snapshots. `siblings_look_like_flink` tells whether the parent is a job's
/// directory by its name or by other entries, since `shared` is a word that people use too.
pub fn holds_state_files(name: &[u8], siblings_look_like_flink: bool) -> bool {
    siblings_look_like_flink && matches!(name, b"shared" | b"taskowned" | b"dstl")
}

/// Whether a directory with these entries is one that checkpoints of a job are written to.
pub fn looks_like_job_directory<'a>(
    name: &[u8],
    mut entries: impl Iterator<Item = &'a [u8]> + Clone,
) -> bool {
    let has = |wanted: &[u8]| entries.clone().any(|entry| entry == wanted);
    JobId::from_hex(name).is_ok()
        || (has(b"shared") && has(b"taskowned"))
        || entries.any(|entry| checkpoint_number(entry).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_checkpoints() {
        assert_eq!(checkpoint_number(b"chk-1"), Some(1));
        assert_eq!(
            checkpoint_number(b"chk-18446744073709551615"),
            Some(u64::MAX)
        );
        for other in [
            &b"chk-"[..],
            b"chk-01",
            b"chk-1x",
            b"chk-18446744073709551616",
            b"chk--1",
            b"Chk-1",
            b"chk-\xff",
        ] {
            assert_eq!(checkpoint_number(other), None, "{}", other.escape_ascii());
        }
    }

    #[test]
    fn names_of_savepoints() {
        assert_eq!(
            savepoint_job_prefix(b"savepoint-cdb60f-0123456789ab"),
            Some("cdb60f")
        );
        for other in [
            &b"savepoint-cdb60f"[..],
            b"savepoint-cdb60-0123456789abc",
            b"savepoint-cdb60f-0123456789aB",
            b"sp",
        ] {
            assert_eq!(
                savepoint_job_prefix(other),
                None,
                "{}",
                other.escape_ascii()
            );
        }
    }

    #[test]
    fn a_directory_named_shared_is_only_skipped_beside_flinks_own() {
        let names = |entries: &'static [&'static [u8]]| entries.iter().copied();
        assert!(looks_like_job_directory(
            b"x",
            names(&[b"shared", b"taskowned"])
        ));
        assert!(looks_like_job_directory(
            b"x",
            names(&[b"chk-3", b"shared"])
        ));
        assert!(looks_like_job_directory(
            b"00000000000000000000000000000000",
            names(&[b"shared"])
        ));
        assert!(!looks_like_job_directory(
            b"mnt",
            names(&[b"shared", b"home"])
        ));
        assert!(!holds_state_files(b"shared", false));
    }
}
