//! Rules of retention held against what is there: what they keep and why, and what they leave to go.

use std::collections::{HashMap, HashSet};

use jiff::tz::TimeZone;
use serde::{Serialize, Serializer};

use super::sight::{Sight, Terms};
use crate::analysis::order;
use crate::analysis::policy;
use crate::domain::location::Location;
use crate::domain::plan::{Plan, Retention};
use crate::domain::policy::Policy;
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

/// A plan for all snapshots below the places that were asked about which no rule keeps, and those that are kept.
pub fn plan(policy: &Policy, sight: &Sight, terms: &Terms) -> (Plan, Vec<Kept>) {
    let (kept, asked) = judge(policy, sight);
    let plan = Plan {
        retention: Some(Retention {
            policy: *policy,
            below: sight.opened.asked.clone(),
        }),
        ..sight.judge(terms, "prune", &asked)
    };
    (plan, kept)
}

/// What these rules now say against what was asked to go by them.
pub(super) fn against(policy: &Policy, sight: &Sight) -> impl Fn(&Location) -> Option<String> {
    let (kept, asked) = judge(policy, sight);
    let asked: HashSet<Location> = asked.into_iter().map(|(at, _)| at).collect();
    let kept: HashMap<Location, String> = kept
        .into_iter()
        .map(|it| (it.at, it.reasons.join(", ")))
        .collect();
    move |at| match kept.get(at) {
        Some(reasons) => Some(format!("The rules keep it now: {reasons}.")),
        None if asked.contains(at) => None,
        None => Some("The rules are not about it.".to_owned()),
    }
}

/// What the rules keep of the snapshots that were asked about, by lineage and the newest first; and what they leave to go,
/// each with why.
fn judge(policy: &Policy, sight: &Sight) -> (Vec<Kept>, Vec<(Location, String)>) {
    let opened = &sight.opened;
    let rows = opened.catalog.rows();
    let mut rows: Vec<&Snapshot> = rows
        .map(|row| &**row)
        .filter(|row| opened.is_asked(&row.location))
        .collect();
    order::newest_first(&mut rows);
    rows.sort_by_key(|row| row.lineage);
    let now = opened.clock.now();
    let held = |row: &Snapshot| sight.held(row, now);
    let (mut kept, mut asked) = (Vec::new(), Vec::new());
    for (row, reasons) in policy::judge(
        policy,
        &rows,
        &held,
        &sight.restarted(),
        now,
        &TimeZone::system(),
    ) {
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
