//! `stateward prune`: what no rule keeps goes into the trash, as far as the guard lets it.

use std::io::Write;

use crate::domain::location::Location;
use crate::domain::text::scrub;
use crate::inventory::retention;
use crate::inventory::sight::Sight;

use super::args::Prune;
use super::report::{Outcome, Report, ReportKind};
use super::{carry, connect, open};

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
    let planning = &args.planning;
    let terms = planning.terms()?;
    let sight = Sight::below(&terms, connect::clusters(&planning.connect), &paths)?;
    let opened = &sight.opened;
    let is_one = |at: &&Location| opened.catalog.row(opened.known_as(at)).is_some();
    if let Some(one) = paths.iter().find(is_one) {
        return Err(Report::new(
            ReportKind::Usage,
            format!("{one} is a snapshot; rules are about all that lie in a directory"),
        )
        .hint(
            "name the directory that it lies in, or `stateward delete` it; nothing was deleted",
        ));
    }
    let (plan, kept) = retention::plan(&policy, &sight, &terms);
    // Each target says it, where there is any.
    let problems = sight.opened.problems.iter();
    for problem in problems.filter(|_| plan.targets.is_empty()) {
        writeln!(err, "stateward: {}", scrub(problem))?;
    }
    carry::settle(planning, &plan, Some(&kept), &[], out, err)
}
