//! Which state backend held a snapshot's state: one answer for all that shows or tells it.
//!
//! A job's settings say, where a cluster tells them. Handles betray less: files of RocksDB and of ForSt have the same names
//! (`IncrementalRemoteKeyedStateHandle`), and a release from 2.0 on, which has both, can have written either.

use std::sync::Arc;

use super::overlay;
use crate::domain::cluster::Cluster;
use crate::domain::snapshot::{Facts, Format, FormatFamily, Kind, Snapshot};

/// What the files of either of the two are called.
pub const EITHER: &str = "RocksDB or ForSt";

/// The first version of metadata whose writers have ForSt: that of Flink 2.0.
const FIRST_WITH_FORST: u32 = 5;

/// What held the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// This one, as its job's settings say.
    Told(&'static str),
    /// This one, as its handles betray.
    Likely(&'static str),
    /// One of two whose files have the same names.
    RocksDbOrForSt,
    /// Any.
    Unknown,
}

impl Backend {
    /// Its name, where there is one.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Told(name) | Self::Likely(name) => Some(name),
            Self::RocksDbOrForSt => Some(EITHER),
            Self::Unknown => None,
        }
    }

    /// Its name with how sure it is, as an aside.
    pub fn aside(self) -> Option<String> {
        let name = self.name()?;
        Some(match self {
            Self::Told(_) => format!("{name} by its job's settings"),
            _ => format!("likely {name}"),
        })
    }
}

/// The state backend that held its state: by its job's settings, where a cluster tells them, else by its handles.
pub fn of(snapshot: &Snapshot, facts: &Facts, clusters: &[Arc<Cluster>]) -> Backend {
    let live = overlay::live(snapshot, clusters);
    let live = live.filter(|it| !matches!(it.life, overlay::Life::LaterRun(_)));
    let settings = live.and_then(|live| live.job.checkpointing.as_ref()?.state_backend.as_deref());
    for name in ["RocksDB", "HashMap", "ForSt"] {
        if settings.is_some_and(|class| class.contains(name)) {
            return Backend::Told(name);
        }
    }
    // A record of an earlier build has what the handles alone betray.
    match likely(
        facts.likely_backend,
        facts.version,
        snapshot.kind,
        facts.format,
    ) {
        Some(EITHER) => Backend::RocksDbOrForSt,
        Some(name) => Backend::Likely(name),
        None => Backend::Unknown,
    }
}

/// The same, where its keyed state is in that backend's own format; unknown where it is in one for all, or there is none.
pub fn of_own_format(snapshot: &Snapshot, facts: &Facts, clusters: &[Arc<Cluster>]) -> Backend {
    match facts.format.family {
        FormatFamily::Canonical | FormatFamily::None => Backend::Unknown,
        FormatFamily::Native | FormatFamily::Mixed => of(snapshot, facts, clusters),
    }
}

/// What the handles of metadata of this version betray, without being surer than they allow.
pub fn likely(
    betrayed: Option<&'static str>,
    version: u32,
    kind: Kind,
    format: Format,
) -> Option<&'static str> {
    // ForSt writes no full checkpoints, and its live database shows where its state is kept asynchronously; otherwise
    // its files have the same names.
    let is_full = kind != Kind::Savepoint && !format.incremental;
    match betrayed {
        Some("RocksDB") if version >= FIRST_WITH_FORST && !is_full => Some(EITHER),
        other => other,
    }
}
