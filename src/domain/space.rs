//! Where bytes on disk are, and how many snapshots they hang on.

use serde::{Deserialize, Serialize};

/// Bytes on disk, each file once, by how many snapshots name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Held {
    /// Bytes that one snapshot alone refers to: they go with it. Over several snapshots, this is the sum of what deleting
    /// each of them by itself would free.
    pub alone: u64,
    /// Bytes that several snapshots refer to: they go with the last of them.
    pub shared: u64,
}

impl Held {
    /// All of them.
    pub fn total(self) -> u64 {
        self.alone.saturating_add(self.shared)
    }
}

/// Bytes on disk of a lineage, each file once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LineageSpace {
    /// What its snapshots refer to.
    #[serde(flatten)]
    pub held: Held,
    /// Bytes of which nothing can be said yet: they are being written, or lie in a directory without readable metadata,
    /// beside files that others name.
    pub unsettled: u64,
    /// Bytes of all of these that checkpoints alone refer to.
    pub by_checkpoints: u64,
    /// Bytes that savepoints alone refer to.
    pub by_savepoints: u64,
    /// Bytes that checkpoints and savepoints refer to.
    pub by_both: u64,
}

impl LineageSpace {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.held.total().saturating_add(self.unsettled)
    }

    /// Takes bytes from those that one snapshot holds to those of which nothing can be said yet.
    pub fn unsettle(&mut self, bytes: u64) {
        self.held.alone = self.held.alone.saturating_sub(bytes);
        self.unsettled = self.unsettled.saturating_add(bytes);
    }
}
