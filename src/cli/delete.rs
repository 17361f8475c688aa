//! `stateward delete`: snapshots into the trash, by a plan that says of each file whether it goes.

use std::io::Write;

use crate::action::trash::ways;
use crate::action::{deletion, saved};
use crate::analysis::guard::PLAN;
use crate::domain::location::Location;
use crate::domain::plan::{Decision, Objection, Plan};
use crate::domain::text::scrub;
use crate::inventory::sight::Sight;

use super::args::{Apply, Delete};
use super::report::{Outcome, Report, ReportKind};
use super::{carry, connect, open};

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
    let planning = &args.planning;
    let terms = planning.terms()?;
    let sight = Sight::around(&terms, connect::clusters(&planning.connect), &asked)?;
    for place in &asked {
        if sight
            .opened
            .catalog
            .row(sight.opened.known_as(place))
            .is_none()
        {
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
    let plan = sight.judge(&terms, "delete", &asked);
    carry::settle(planning, &plan, None, &[], out, err)
}

/// Carries out a plan that was saved.
///
/// # Errors
/// When the file is no plan, or its deletion comes to nothing.
pub fn apply(args: &Apply, out: &mut dyn Write, err: &mut dyn Write) -> Result<Outcome, Report> {
    let plan = saved::read(&args.plan).map_err(|why| {
        Report::new(ReportKind::BadInput, why).hint("`stateward delete … --save FILE` writes one")
    })?;
    let mut again = carry::look_again(&args.planning, &plan)?;
    leave_out(&plan, &mut again.plan);
    if let Some(batches) = deletion::is_done(&plan)? {
        return Err(done(&plan, &batches));
    }
    carry::tell(&again.changes, err)?;
    carry::settle(&args.planning, &again.plan, None, &again.changes, out, err)
}

/// Says of what a plan has never let go that no word helps any more: what it lets go can only become less.
fn leave_out(saved: &Plan, again: &mut Plan) {
    let refused = again.targets.iter_mut().filter(|target| {
        let mut saved = saved.targets.iter();
        saved.any(|it| it.at == target.at && it.decision != Decision::Delete)
    });
    for target in refused {
        for objection in &mut target.objections {
            objection.overruled_by = None;
        }
        target.objections.push(Objection {
            guard: PLAN.to_owned(),
            decision: target.decision,
            text: "The plan left it out when it was made; only a new one can take it in."
                .to_owned(),
            overruled_by: None,
            about: String::new(),
            is_of_living: false,
        });
    }
}

/// That there is nothing left to do of a plan.
fn done(plan: &Plan, batches: &[String]) -> Report {
    let id = scrub(&plan.id);
    if batches.is_empty() {
        let why = format!("nothing that the plan {id} lets go is there any more");
        return Report::new(ReportKind::NothingFound, why).hint("nothing was deleted");
    }
    let roots = batches.iter();
    let ways: Vec<String> = roots.map(|root| ways::undo(root, &plan.id)).collect();
    Report::new(
        ReportKind::NothingFound,
        format!(
            "the plan {id} is done: what it lets go lies in the trash of {}",
            batches.join(" and ")
        ),
    )
    .hint(format!(
        "{} puts it back; nothing was deleted",
        ways.join(" and ")
    ))
}
