//! `stateward delete`: snapshots into the trash, by a plan that says of each file whether it goes.

use std::io::Write;

use crate::action::saved;
use crate::domain::location::Location;

use super::args::{Apply, Delete};
use super::report::{Outcome, Report, ReportKind};
use super::{carry, open, plan};

/// Plans the deletion of snapshots, shows it, and carries it out.
///
/// # Errors
/// When a place is no snapshot, or nothing may be changed.
pub fn run(args: &Delete, out: &mut dyn Write, err: &mut dyn Write) -> Result<Outcome, Report> {
    let asked = args
        .snapshots
        .iter()
        .map(|snapshot| open::location(snapshot))
        .collect::<Result<Vec<Location>, _>>()?;
    let sight = plan::look(&args.planning, &asked)?;
    for place in &asked {
        if sight.opened.catalog.row(place).is_none() {
            return Err(Report::new(
                ReportKind::NothingFound,
                format!("{place} is not a snapshot"),
            )
            .hint("`stateward ls` lists what there is; nothing was deleted"));
        }
    }
    let asked: Vec<(Location, String)> = asked
        .into_iter()
        .map(|place| (place, "asked for".to_owned()))
        .collect();
    let planning = &args.planning;
    let plan = plan::judge(planning, &sight, "delete", &asked, &planning.confirm);
    carry::settle(planning, &plan, None, out, err)
}

/// Carries out a plan that was saved.
///
/// # Errors
/// When the file is no plan, or its deletion comes to nothing.
pub fn apply(args: &Apply, out: &mut dyn Write, err: &mut dyn Write) -> Result<Outcome, Report> {
    let plan = saved::read(&args.plan).map_err(|why| {
        Report::new(ReportKind::BadInput, why).hint("`stateward delete … --save FILE` writes one")
    })?;
    let (plan, changes) = carry::look_again(&args.planning, &plan)?;
    carry::tell(&changes, err)?;
    carry::settle(&args.planning, &plan, None, out, err)
}
