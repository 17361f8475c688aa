//! What is done with a plan: it is shown, saved, or carried out after a second look.

use std::collections::BTreeSet;
use std::io::{self, BufRead as _, IsTerminal as _, Write};
use std::path::Path;

use crate::action::deletion::{self, Again, Deletion};
use crate::action::permission::Permission;
use crate::action::saved;
use crate::action::trash::files;
use crate::analysis::guard::{self, SHORT_ID, Word};
use crate::domain::location::Location;
use crate::domain::plan::{Decision, Plan, Target};
use crate::domain::text::{scrub, shell_quote, shell_quoted};
use crate::inventory::much;
use crate::inventory::retention::Kept;
use crate::store::StoreErrorKind;

use super::args::Planning;
use super::interruption::interruption;
use super::planned::Purpose;
use super::report::{Outcome, Report, ReportKind};
use super::told::Told;
use super::{connect, output, planned};

/// Does with a plan what the flags say; `kept` is what rules keep, where it was made by rules, and `before` what has come to
/// stay since it was made, with why.
///
/// # Errors
/// When it cannot be shown or saved, nothing may be changed, nobody agreed, or it cannot be carried out.
pub fn settle(
    args: &Planning,
    plan: &Plan,
    kept: Option<&[Kept]>,
    before: &[(Location, String)],
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome, Report> {
    refuse_strange_words(args, plan, kept)?;
    if let Some(file) = &args.save {
        deletion::refuse_unfinished(plan)?;
        saved::save(plan, file).map_err(|why| Report::new(ReportKind::BadInput, why))?;
        if args.json {
            output::json(out, &planned::Document::new(plan, kept))?;
            tell_staying(plan, err)?;
        } else {
            show(args, plan, kept, Purpose::Look, err)?;
            tell_saved(args, plan, file, err)?;
        }
        return Ok(outcome(plan));
    }
    if args.dry_run {
        deletion::refuse_unfinished(plan)?;
        if args.json {
            output::json(out, &planned::Document::new(plan, kept))?;
            tell_staying(plan, err)?;
        } else {
            show(args, plan, kept, Purpose::Look, out)?;
        }
        return Ok(outcome(plan));
    }
    let permission = connect::permission_of(args.write)?;
    // Nothing is said to go that is refused.
    deletion::refuse_unfinished(plan)?;
    if let Some(error) = Deletion::refusal(&args.terms()?, plan) {
        return Err(error.into());
    }
    if !args.json {
        show(args, plan, kept, Purpose::Act, err)?;
    }
    if plan.targets.is_empty() {
        // For whoever does this every night it is no failure.
        return Told::new(args.json).end(out, err);
    }
    if plan.comes_to_nothing() {
        return if outcome(plan) == Outcome::Done && before.is_empty() {
            leave_to_jobs(args, plan, out, err)
        } else {
            Err(refusal(plan, before))
        };
    }
    if args.json {
        tell_staying(plan, err)?;
    }
    agree(args, plan, err)?;
    carry_out(args, permission, plan, before, out, err)
}

/// A word that means nothing here is a slip, and whoever typed it believes to have said something.
fn refuse_strange_words(args: &Planning, plan: &Plan, kept: Option<&[Kept]>) -> Result<(), Report> {
    let targets = || plan.targets.iter();
    let kept = kept.unwrap_or_default().iter();
    let lineages: BTreeSet<&str> = targets()
        .filter_map(|target| target.lineage.as_deref())
        .chain(kept.filter_map(|it| it.lineage.as_deref()))
        .collect();
    if lineages.is_empty() {
        return Ok(());
    }
    let objections = targets().flat_map(|it| it.objections.iter().chain(&it.overruled));
    let words: BTreeSet<&str> = objections
        .filter_map(|it| it.overruled_by.as_deref())
        .collect();
    // Where several jobs of one are concerned, a word tells which.
    let is_of_job = |name: &str| {
        let parts = name.rsplit_once(' ');
        parts.is_some_and(|(lineage, id)| {
            let is_id = id.len() == SHORT_ID && id.bytes().all(|it| it.is_ascii_hexdigit());
            is_id && lineages.contains(lineage)
        })
    };
    let of_clusters = connect::words_of_silent(&args.connect);
    let means_something = |word: &String| {
        let mut names = Word::names(word);
        // Directories are words too, as long as nobody looks in them.
        names.any(|it| lineages.contains(it) || is_of_job(it))
            || words.contains(word.as_str())
            || of_clusters.contains(word)
            || word.contains('/')
    };
    let strange = args.confirm.iter().find(|word| !means_something(word));
    strange.map_or(Ok(()), |word| {
        let names: Vec<_> = lineages.iter().map(|it| scrub(it)).collect();
        let message = format!(
            "nothing of the plan is of a lineage of the name `{}`; nothing was deleted",
            scrub(word)
        );
        Err(Report::new(ReportKind::Usage, message)
            .hint(format!("the lineages of the plan: {}", names.join(", "))))
    })
}

fn show(
    args: &Planning,
    plan: &Plan,
    kept: Option<&[Kept]>,
    purpose: Purpose,
    out: &mut dyn Write,
) -> io::Result<()> {
    planned::show_kept(kept.unwrap_or_default(), out)?;
    planned::show(plan, args.files, purpose, out)
}

/// Says where a plan was saved, and what it is good for.
fn tell_saved(args: &Planning, plan: &Plan, file: &Path, err: &mut dyn Write) -> io::Result<()> {
    let file = file.to_string_lossy();
    let shown = scrub(&file);
    let pasted = shell_quote(&shown);
    if plan.comes_to_nothing() {
        writeln!(
            err,
            "stateward: {shown} holds the plan, which lets nothing go; a word typed later changes nothing of that"
        )
    } else {
        // Whoever was asked now knows best what was started since.
        let asked = connect::named(&args.connect);
        writeln!(
            err,
            "stateward: {shown} holds the plan; `stateward apply {pasted}{asked} --write` carries it out"
        )
    }
}

/// Whether rules are what asks for a target, and it is that of jobs that live: another night will do.
fn is_left_to_jobs(plan: &Plan, target: &Target) -> bool {
    plan.retention.is_some() && guard::is_left_to_jobs(target)
}

/// Ends where rules ask for nothing but what jobs that live have: for whoever does this every night it is no failure.
fn leave_to_jobs(
    args: &Planning,
    plan: &Plan,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome, Report> {
    let mut told = Told::new(args.json);
    for target in &plan.targets {
        told.left_to_jobs(target);
    }
    if args.json {
        tell_staying(plan, err)?;
    }
    writeln!(
        err,
        "stateward: nothing was deleted: all that no rule keeps is still of jobs that live"
    )?;
    told.end(out, err)
}

/// Refused is only what comes to nothing.
fn outcome(plan: &Plan) -> Outcome {
    let mut targets = plan.targets.iter();
    let is_no_failure =
        |target: &Target| target.decision == Decision::Delete || is_left_to_jobs(plan, target);
    if targets.all(is_no_failure) {
        Outcome::Done
    } else if plan.comes_to_nothing() {
        Outcome::Refused
    } else {
        Outcome::Negative
    }
}

/// Why nothing goes; `before` is what has come to stay since the plan was made, with why.
fn refusal(plan: &Plan, before: &[(Location, String)]) -> Report {
    let objections = plan.targets.iter().flat_map(|target| &target.objections);
    let changed = before.iter().map(|(_, why)| why.as_str());
    let why = objections.map(|it| it.text.as_str()).chain(changed).next();
    let why = why.unwrap_or("All of it is needed.");
    let report = Report::new(
        ReportKind::Refused,
        format!("nothing was deleted: {}", scrub(why).trim_end_matches('.')),
    );
    let objections = plan.targets.iter().flat_map(|target| &target.objections);
    let words: BTreeSet<&str> = objections
        .filter_map(|it| it.overruled_by.as_deref())
        .collect();
    let flags = words
        .iter()
        .map(|it| format!("--confirm {}", shell_quoted(&scrub(it))));
    let flags: Vec<String> = flags.collect();
    match flags.as_slice() {
        [] => report,
        [only] => report.hint(format!("{only} overrules it")),
        all => report.hint(format!(
            "each reason has a word of its own that overrules it: {}",
            all.join(", ")
        )),
    }
}

/// Asks whether it shall be done, unless the flags say so.
fn agree(args: &Planning, plan: &Plan, err: &mut dyn Write) -> Result<(), Report> {
    if args.yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        return Err(Report::new(
            ReportKind::Usage,
            "nobody is there to be asked whether it shall be done; nothing was deleted",
        )
        .hint("--yes does it without asking, --dry-run only shows it"));
    }
    let targets = plan.targets.iter();
    let targets = targets.filter(|target| target.decision == Decision::Delete);
    let (going, of) = (plan.going().count(), targets.count());
    let word =
        much::to_type(plan).map_or_else(|| "yes".to_owned(), |(number, _)| number.to_string());
    write!(
        err,
        "move {} ({}) of {of} into the trash? type {word} to do it: ",
        files(going),
        plan.freed_words()
    )?;
    err.flush()?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    if line.trim() == word {
        return Ok(());
    }
    Err(Report::new(ReportKind::Refused, "nothing was deleted"))
}

/// Looks once more, and moves what still may go into the trash; `before` is what has come to stay until now, with why.
///
/// # Errors
/// When nothing is left of it, or it comes to a stop.
pub fn carry_out(
    args: &Planning,
    permission: Permission,
    plan: &Plan,
    before: &[(Location, String)],
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome, Report> {
    let Again {
        plan: narrowed,
        changes,
        asked,
        mut meanwhile,
    } = look_again(args, plan)?;
    tell(&changes, err)?;
    if narrowed.comes_to_nothing() {
        return Err(Report::new(
            ReportKind::Refused,
            "nothing of the plan may go any more; nothing was deleted",
        ));
    }
    let deletion = Deletion::prepare(&args.terms()?, &narrowed, &asked)?;
    let interrupted = interruption()?;
    let mut told = Told::new(args.json);
    for (place, why) in before.iter().chain(&changes) {
        let target = narrowed.targets.iter().find(|it| it.at == *place);
        told.stays(place, &[why], target.map_or(&[], |it| &it.objections));
    }
    for target in &narrowed.targets {
        let is_told = |(place, _): &(Location, String)| *place == target.at;
        if target.decision == Decision::Delete || before.iter().chain(&changes).any(is_told) {
            continue;
        }
        if is_left_to_jobs(&narrowed, target) {
            told.left_to_jobs(target);
        } else {
            let objections = target.objections.iter();
            let why: Vec<&str> = objections.map(|it| it.text.as_str()).collect();
            told.stays(&target.at, &why, &target.objections);
        }
    }
    let mut needed = || meanwhile.objection(&connect::clusters(&args.connect), &narrowed);
    let (done, end) = Told::along(args.rate, &interrupted, err, |course| {
        deletion.carry_out(permission, &mut needed, course)
    });
    for (root, done) in done {
        told.take(&root, &done, out, err)?;
    }
    end.map_err(|error| told.failed(error))?;
    let ended = told.end(out, err)?;
    if !args.json {
        // Metadata comes back last: what it names is there then.
        let places: Vec<String> = deletion.places().collect();
        let within = within(args);
        for root in places.iter().rev().map(|root| shell_quote(root)) {
            writeln!(
                err,
                "stateward: `stateward undo {root} --write` puts it back; `stateward trash purge {root}{within} --write` frees the \
                 space, once it has lain there for three days"
            )?;
        }
    }
    Ok(match (ended, outcome(&narrowed)) {
        (Outcome::Done, Outcome::Negative | Outcome::Refused) => Outcome::Negative,
        (ended, _) => ended,
    })
}

/// The directories that were looked in too, to stand in a command that is suggested; each begins with a space.
fn within(args: &Planning) -> String {
    let within = args.within.iter().map(|it| {
        let it = it.to_string_lossy();
        format!(" --in {}", shell_quote(&scrub(&it)))
    });
    within.collect()
}

/// How many of a plan's targets stay, and why the first of them does, in a line: whoever reads the plan as JSON is told all of it
/// there.
fn tell_staying(plan: &Plan, err: &mut dyn Write) -> io::Result<()> {
    let targets = plan.targets.iter();
    let staying: Vec<_> = targets
        .filter(|target| target.decision != Decision::Delete)
        .collect();
    let Some(first) = staying.first() else {
        return Ok(());
    };
    let why = first.objections.first().map_or("", |it| it.text.as_str());
    writeln!(
        err,
        "stateward: {} of {} {}: {}: {}",
        staying.len(),
        plan.targets.len(),
        if staying.len() == 1 { "stays" } else { "stay" },
        scrub(&first.name),
        scrub(why)
    )
}

/// Says what has come to stay since a plan was made.
///
/// # Errors
/// When it cannot be written.
pub fn tell(changes: &[(Location, String)], err: &mut dyn Write) -> io::Result<()> {
    for (place, why) in changes {
        writeln!(err, "stateward: {} stays: {}", place.shown(), scrub(why))?;
    }
    Ok(())
}

/// The plan as far as a fresh one says the same, and what does not any more.
///
/// # Errors
/// When a place cannot be looked at.
pub fn look_again(args: &Planning, plan: &Plan) -> Result<Again, Report> {
    let clusters = connect::clusters(&args.connect);
    let again = deletion::look_again(&args.terms()?, clusters, plan);
    again.map_err(|error| match error.kind {
        StoreErrorKind::NotFound => Report::from(error)
            .hint("mount it again, or where it is gone for good, make a new plan without it"),
        _ => error.into(),
    })
}
