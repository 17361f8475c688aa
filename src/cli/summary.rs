//! A snapshot in short, as JSON: the document's keys without the parts that need the metadata again.

use serde::Serialize;

use crate::analysis::document::SCHEMA;
use crate::analysis::ownership;
use crate::domain::snapshot::{Format, Health, Kind, RescaleRange, Sizes, Snapshot};

/// A snapshot in short.
#[derive(Debug, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own in the JSON"
)]
pub struct Summary {
    schema: u32,
    uri: String,
    kind: Kind,
    kind_inferred: bool,
    health: Health,
    restorable: bool,
    findings: Vec<String>,
    lineage: u32,
    job_id: Option<String>,
    completed_at: Option<String>,
    changed_at: Option<String>,
    metadata: Option<MetadataSummary>,
    format: Option<Format>,
    relocatable: Option<bool>,
    sizes: Sizes,
    sizes_are_bounds: bool,
    /// Whether files of it have other hard links, so that `freed` is only an upper bound.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    hard_linked: bool,
    rescale: Option<RescaleRange>,
    /// Whose it is.
    pub owner: &'static str,
    /// Whether it is marked for restart; only lists look for marks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marked: Option<bool>,
}

#[derive(Debug, Serialize)]
struct MetadataSummary {
    version: u32,
    bytes: u64,
    checkpoint_id: u64,
    trailing_bytes: u64,
}

impl From<&Snapshot> for Summary {
    fn from(row: &Snapshot) -> Self {
        let facts = row.facts.as_deref();
        Self {
            schema: SCHEMA,
            uri: row.location.to_text(),
            kind: row.kind,
            kind_inferred: row.kind_inferred,
            health: row.health,
            restorable: row.is_restorable(),
            findings: row.findings.clone(),
            lineage: row.lineage.0,
            job_id: row.job_id.map(|job| job.to_string()),
            completed_at: row.completed_at.map(|time| time.to_string()),
            changed_at: row.changed_at.map(|time| time.to_string()),
            metadata: facts.map(|facts| MetadataSummary {
                version: facts.version,
                bytes: facts.metadata_bytes,
                checkpoint_id: facts.checkpoint_id,
                trailing_bytes: facts.trailing_bytes,
            }),
            format: facts.map(|facts| facts.format),
            relocatable: facts.map(|facts| facts.relocatable),
            sizes: row.sizes,
            sizes_are_bounds: row.sizes_are_bounds,
            hard_linked: row.is_hard_linked,
            rescale: facts.map(|facts| facts.rescale),
            owner: ownership::of(row, &[]).owner(row).word(),
            marked: None,
        }
    }
}
