//! What Flink's own disposal of a snapshot deletes, files of other snapshots among it.
//!
//! `flink savepoint -d PATH` and `POST /savepoint-disposal` are one thing,
//! `org.apache.flink.runtime.checkpoint.Checkpoints.disposeSavepoint`. It asks nothing about jobs or other snapshots: it reads
//! `_metadata`, deletes that file, lets every handle discard itself (`CheckpointMetadata.dispose`, `OperatorState.discardState`,
//! `OperatorSubtaskState.discardState`), and deletes the directory if it is empty by then
//! (`FsCompletedCheckpointStorageLocation.disposeStorageLocation`). What a handle deletes does not depend on the directory that
//! a file lies in:
//!
//! | handle | deletes |
//! |---|---|
//! | `FileStateHandle` | its file, wherever it is |
//! | `RelativeFileStateHandle` | its file, beside the `_metadata` that was named |
//! | `IncrementalRemoteKeyedStateHandle` | the description, the private files and, as no `SharedStateRegistry` has registered it, **the shared files** |
//! | `KeyGroupsStateHandle`, `OperatorStreamStateHandle`, channel state | what their own stream handle deletes |
//! | `ByteStreamStateHandle` | nothing: it is inside `_metadata` |
//! | `SegmentFileStateHandle`, so all of file merging, with its directories | nothing |
//! | `ChangelogStateBackendHandleImpl` | nothing, neither materialized state nor changes |
//!
//! A file that is gone already is no error, and one that cannot be deleted is only logged; the disposal fails for `_metadata`
//! and the directory alone. What nothing deletes stays behind, without anybody who would delete it later. The bytecode of
//! 1.20.5 and 2.3.0 says so; 1.15 differs in nothing of this.

use serde::Serialize;

use crate::domain::size::iec;
use crate::metadata::model::StreamHandle;
use crate::metadata::walk::Role;

/// Whether the disposal deletes the file of a handle: the rule of [this module](self). A file that several handles name goes
/// when one of them deletes it.
pub fn takes(role: Role<'_, '_>, handle: &StreamHandle<'_>) -> bool {
    let has_file = matches!(
        handle,
        StreamHandle::File { .. } | StreamHandle::Relative { .. }
    );
    has_file && role.changelog.is_none()
}

/// What the disposal of one snapshot would come to, as far as the other snapshots in sight tell.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Disposal {
    /// Files of state that would be deleted, its metadata not among them; those that are gone already do not count.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Those of them that other snapshots in sight name too.
    pub shared_files: u64,
    /// Their bytes.
    pub shared_bytes: u64,
    /// The others that would lose files, those that lose most first.
    pub takes_from: Vec<Loser>,
    /// Files that only it names and that would stay behind, with nobody left who would delete them.
    pub left_files: u64,
    /// Their bytes.
    pub left_bytes: u64,
    /// Snapshots in sight whose metadata cannot be read: nobody knows whether they would lose files too.
    pub unread: Vec<String>,
    /// Whether some of what goes lies where nobody has looked for snapshots, so that others may name them.
    pub leads_out: bool,
}

/// A snapshot that would lose files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Loser {
    /// The name of its directory.
    pub name: String,
    /// Where it lies.
    pub uri: String,
    /// How many files it would lose.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Whether it can be restored now.
    pub restorable: bool,
}

/// How many snapshots a sentence names.
const NAMED: usize = 4;

impl Disposal {
    /// What it comes to in sentences, the one that matters most first.
    pub fn sentences(&self) -> Vec<String> {
        let mut said = vec![self.takes()];
        if !self.unread.is_empty() {
            said.push(format!(
                "Whether files of {} go too is not known: the metadata there cannot be read.",
                listed(self.unread.iter().map(String::clone), self.unread.len())
            ));
        }
        if self.leads_out {
            said.push(
                "Some of these files lie where nobody has looked for snapshots; others may name them (--in DIR)."
                    .to_owned(),
            );
        }
        if self.left_files > 0 {
            said.push(format!(
                "{} ({}) that only it names would stay behind, with nobody left to delete them.",
                files(self.left_files),
                iec(self.left_bytes)
            ));
        }
        said
    }

    fn takes(&self) -> String {
        let going = match self.files {
            0 => "Flink's own disposal would delete its metadata, and no file of state".to_owned(),
            some => format!(
                "Flink's own disposal would delete its metadata and {} ({})",
                files(some),
                iec(self.bytes)
            ),
        };
        if self.takes_from.is_empty() {
            let none = if self.files == 0 {
                ""
            } else {
                "; no other snapshot in sight names one of them"
            };
            return format!("{going}{none}.");
        }
        let loses = |it: &Loser| format!("{} ({})", it.name, files(it.files));
        let losers = listed(self.takes_from.iter().map(loses), self.takes_from.len());
        let (lost, broken): (Vec<&Loser>, Vec<&Loser>) =
            self.takes_from.iter().partition(|it| it.restorable);
        let then = match (lost.len(), broken.len()) {
            (0, _) => "none of which can be restored now either".to_owned(),
            (1, 0) => "which would no longer restore".to_owned(),
            (_, 0) => "none of which would restore any more".to_owned(),
            (lost, _) => format!("{lost} of which would no longer restore"),
        };
        format!(
            "{going}, of which {} ({}) {} named by {losers}, {then}.",
            self.shared_files,
            iec(self.shared_bytes),
            if self.shared_files == 1 { "is" } else { "are" }
        )
    }
}

fn files(count: u64) -> String {
    match count {
        1 => "1 file".to_owned(),
        _ => format!("{count} files"),
    }
}

/// The first few of a list, and how many more there are.
fn listed(names: impl Iterator<Item = String>, count: usize) -> String {
    let named: Vec<String> = names.take(NAMED).collect();
    match count.saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::walk::{ChangelogPart, Part, Slot};

    fn role(
        part: Part<'static, 'static>,
        changelog: Option<ChangelogPart>,
    ) -> Role<'static, 'static> {
        Role {
            slot: Slot::ManagedKeyed,
            part,
            changelog,
        }
    }

    fn file() -> StreamHandle<'static> {
        StreamHandle::File {
            size: 7,
            path: "file:/data/shared/x".to_owned().into(),
        }
    }

    #[test]
    fn files_go_wherever_they_lie_and_those_of_changelogs_stay() {
        assert!(takes(role(Part::Meta, None), &file()));
        let relative = StreamHandle::Relative {
            path: "x".to_owned().into(),
            size: 7,
        };
        assert!(takes(role(Part::Delegate, None), &relative));
        assert!(!takes(
            role(Part::Delegate, None),
            &StreamHandle::EmptySegment
        ));
        for part in [ChangelogPart::Materialized, ChangelogPart::NonMaterialized] {
            assert!(!takes(role(Part::Meta, Some(part)), &file()));
        }
    }

    fn loser(number: u64, restorable: bool) -> Loser {
        Loser {
            name: format!("chk-{number}"),
            uri: format!("file:/job/chk-{number}"),
            files: number,
            bytes: number * 1024,
            restorable,
        }
    }

    #[test]
    fn what_others_lose_is_said_first() {
        let nothing = Disposal {
            files: 2,
            bytes: 2048,
            ..Disposal::default()
        };
        assert_eq!(
            nothing.sentences(),
            [
                "Flink's own disposal would delete its metadata and 2 files (2 KiB); no other snapshot in sight names one of \
                 them."
            ]
        );
        let much = Disposal {
            files: 9,
            bytes: 9 * 1024,
            shared_files: 6,
            shared_bytes: 6 * 1024,
            takes_from: vec![loser(6, true), loser(4, true)],
            left_files: 1,
            left_bytes: 12,
            unread: vec!["chk-3".to_owned()],
            leads_out: true,
        };
        assert_eq!(
            much.sentences(),
            [
                "Flink's own disposal would delete its metadata and 9 files (9 KiB), of which 6 (6 KiB) are named by chk-6 (6 \
                 files), chk-4 (4 files), none of which would restore any more.",
                "Whether files of chk-3 go too is not known: the metadata there cannot be read.",
                "Some of these files lie where nobody has looked for snapshots; others may name them (--in DIR).",
                "1 file (12 B) that only it names would stay behind, with nobody left to delete them.",
            ]
        );
    }

    #[test]
    fn those_that_are_broken_already_do_not_count_as_lost() {
        let of = |takes_from: Vec<Loser>| {
            let disposal = Disposal {
                shared_files: 1,
                takes_from,
                ..Disposal::default()
            };
            disposal.sentences().remove(0)
        };
        let one = of(vec![loser(1, true)]);
        assert!(
            one.ends_with("is named by chk-1 (1 file), which would no longer restore."),
            "{one}"
        );
        let broken = of(vec![loser(1, false)]);
        assert!(
            broken.ends_with("none of which can be restored now either."),
            "{broken}"
        );
        let mixed = of(vec![loser(2, true), loser(1, false)]);
        assert!(
            mixed.ends_with(", 1 of which would no longer restore."),
            "{mixed}"
        );
        let many = of((1..=6).map(|number| loser(number, true)).collect());
        assert!(
            many.contains("chk-4 (4 files) and 2 more, none of which"),
            "{many}"
        );
    }
}
