//! `stateward prune`: what no rule keeps goes into the trash, as far as the guard lets it.

use std::io::Write;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::analysis::order;
use crate::analysis::policy::{self, Policy};
use crate::domain::location::Location;
use crate::domain::snapshot::Snapshot;

use super::args::Prune;
use super::plan::Sight;
use super::planned::Kept;
use super::report::{Outcome, Report, ReportKind};
use super::{carry, open, plan};

/// Holds rules against all snapshots below some directories, and plans the deletion of those that none keeps.
///
/// # Errors
/// When there is no rule or no directory, a directory cannot be looked at, or nothing may be changed.
pub fn run(args: &Prune, out: &mut dyn Write, err: &mut dyn Write) -> Result<Outcome, Report> {
    let policy = args
        .keep
        .policy()
        .map_err(|why| Report::new(ReportKind::Usage, why.to_string()))?;
    if args.paths.is_empty() {
        return Err(Report::new(
            ReportKind::Usage,
            "no directory is named, and no context names any",
        )
        .hint("`stateward prune PATH …` judges the snapshots below PATH; nothing was deleted"));
    }
    let paths = args.paths.iter().map(|path| open::location(path));
    let paths = paths.collect::<Result<Vec<Location>, _>>()?;
    let sight = plan::look_below(&args.planning, &paths)?;
    let (kept, asked) = judged(&policy, &sight);
    let planning = &args.planning;
    let plan = plan::judge(planning, &sight, "prune", &asked, &planning.confirm);
    carry::settle(planning, &plan, Some(&kept), out, err)
}

/// What the rules keep, by lineage and the newest first; and what is asked to go.
fn judged(policy: &Policy, sight: &Sight) -> (Vec<Kept>, Vec<(Location, String)>) {
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
