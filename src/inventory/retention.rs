//! Rules of retention held against what is there: what they keep and why, and what they leave to go.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Serialize, Serializer};

use super::sight::Sight;
use crate::analysis::order;
use crate::analysis::policy::{self, Policy};
use crate::domain::location::Location;
use crate::domain::snapshot::Snapshot;

/// A snapshot that rules keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// Where it lies.
    #[serde(serialize_with = "as_text")]
    pub at: Location,
    /// Its name.
    pub name: String,
    /// What it is.
    pub what: &'static str,
    /// The name of its lineage.
    pub lineage: Option<String>,
    /// Why it is kept.
    pub reasons: Vec<String>,
}

fn as_text<S: Serializer>(at: &Location, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&at.to_text())
}

/// What the rules keep of the snapshots that were asked about, by lineage and the newest first; and what they leave to go,
/// each with why.
pub fn judge(policy: &Policy, sight: &Sight) -> (Vec<Kept>, Vec<(Location, String)>) {
    let opened = &sight.opened;
    let rows = opened.catalog.rows();
    let mut rows: Vec<&Snapshot> = rows
        .map(|row| &**row)
        .filter(|row| opened.is_asked(&row.location))
        .collect();
    order::newest_first(&mut rows);
    rows.sort_by_key(|row| row.lineage);
    let now = Timestamp::now();
    let held = |row: &Snapshot| sight.holds_on(row, now);
    let (mut kept, mut asked) = (Vec::new(), Vec::new());
    for (row, reasons) in policy::judge(policy, &rows, &held, now, &TimeZone::system()) {
        if reasons.is_empty() {
            asked.push((row.location.clone(), "not kept by any rule".to_owned()));
            continue;
        }
        let lineages = opened.catalog.lineages();
        let lineage = lineages.iter().find(|it| it.id == row.lineage);
        kept.push(Kept {
            at: row.location.clone(),
            name: row.name.clone(),
            what: row.kind.phrase(),
            lineage: lineage.map(|it| it.name.clone()),
            reasons: reasons.iter().map(ToString::to_string).collect(),
        });
    }
    (kept, asked)
}
