//! The part of a plan that lies below one root, as it is carried out: moves into the root's own trash. Written down before
//! the first move, so that whoever finds it after a crash can go on or go back.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::asked::AskedCluster;
use super::looking::Looking;
use super::plan::Fingerprint;

/// The shape of a batch that is written down.
pub const SCHEMA: u32 = 1;

/// Moves into one trash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The id of the plan; also the name of its directory in the trash.
    pub plan: String,
    /// When it was begun.
    pub at: Timestamp,
    /// Who did it, as `user@host`; empty where that is not known.
    pub by: String,
    /// The verb that made the plan, for people.
    pub verb: String,
    /// The directories whose snapshots were looked at when the plan was made, as text: where whoever goes on with it has
    /// to look again.
    #[serde(default)]
    pub scope: Vec<String>,
    /// How was looked there; not known of one that an earlier release wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looking: Option<Looking>,
    /// The roots that the plan moves files in, this one among them, as text: each has a batch of its own. Empty in what an earlier
    /// release wrote.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roots: Vec<String>,
    /// Where each of these lay without links, as a path: a link that one is named by may lead elsewhere by now. Empty in what an
    /// earlier release wrote.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub real: Vec<String>,
    /// The clusters that were asked whether anybody needs what goes: whoever goes on with it asks them again. Empty where none was,
    /// and in what an earlier release wrote.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<AskedCluster>,
    /// What was typed when it was planned and overruled what spoke against it then.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub typed: BTreeSet<String>,
    /// What goes, by name, for people.
    pub targets: Vec<String>,
    /// Where each of these lies, as text: files of one target may go from several roots, each into a trash of its own. Empty
    /// in what an earlier release wrote.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<String>,
    /// Below how many of the roots something of each of these lies. Empty in what an earlier release wrote.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spread: Vec<usize>,
    /// The moves, in order: the metadata of all targets, then all else. The number of a move is its place in this list.
    pub moves: Vec<Move>,
    /// How many moves from the start of the list are of metadata.
    pub metadata: usize,
    /// Directories that go once they are empty, the deepest first, relative to the root, with their mode and
    /// owner.
    pub directories: Vec<Directory>,
    /// Files that its targets name and that were not there when it was begun, as text: what comes back without them comes
    /// back as it was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
}

impl Batch {
    /// What tells a target from all others of the same plan, in whatever root files of it lay: where it lies, else its name,
    /// which others may have as well.
    pub fn identity_of(&self, target: usize) -> Option<&str> {
        let known = self.places.get(target);
        known
            .or_else(|| self.targets.get(target))
            .map(String::as_str)
    }

    /// Where a target lay, as [`Move::from`]: the directory of its metadata, else the first of its files. None where nothing of
    /// it was to be moved.
    pub fn place_of(&self, target: usize) -> Option<&str> {
        let mut own = self.moves.iter().enumerate();
        let (number, first) = own.find(|(_, it)| it.target == target)?;
        let above = first.from.rsplit_once('/').map(|(above, _)| above);
        Some(
            above
                .filter(|_| number < self.metadata)
                .unwrap_or(&first.from),
        )
    }
}

/// One file on its way to the trash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// Where it lies, relative to the root, with `/` between names. Never starts with `/`, has no `.` or `..` in it.
    pub from: String,
    /// Which target it belongs to, by its place in [`Batch::targets`].
    pub target: usize,
    /// Which other targets name it, in the same way: it comes back with any of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<usize>,
    /// What it was when the plan was made.
    pub seen: Fingerprint,
}

impl Move {
    /// All targets that name the file.
    pub fn targets(&self) -> impl Iterator<Item = usize> {
        std::iter::once(self.target).chain(self.also.iter().copied())
    }
}

/// A directory that goes with its files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directory {
    /// Where it is, as [`Move::from`].
    pub path: String,
    /// Its permission bits, to make it again when the batch is undone.
    pub mode: u32,
    /// The number of the user that it belongs to; without, as whoever wrote the batch did not look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<u32>,
    /// The number of its group, in the same way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gid: Option<u32>,
    /// When it was last changed, to date it so when it is made again: other ages are told by that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<Timestamp>,
    /// Its extended attributes, access lists among them, with their values in Base64.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<Attribute>,
}

/// An extended attribute of a directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    /// Its name, as `system.posix_acl_default`.
    pub name: String,
    /// Its value, in Base64.
    pub value: String,
}

impl Attribute {
    /// One as the system has it.
    pub fn of((name, value): (String, Vec<u8>)) -> Self {
        Self {
            name,
            value: STANDARD.encode(value),
        }
    }

    /// Its value; nothing where what was written down is none.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        STANDARD.decode(&self.value).ok()
    }
}
