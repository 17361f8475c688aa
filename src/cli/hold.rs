//! `stateward hold`, `release` and `holds`: which snapshots nothing here deletes, whoever asks for it.

use std::io::Write;

use jiff::{Timestamp, Zoned};
use serde_json::{Value, json};

use crate::action::hold::{self as action, End, Released};
use crate::analysis::document::SCHEMA;
use crate::analysis::marked::short_lived;
use crate::domain::hold::Hold;
use crate::domain::location::Location;
use crate::domain::snapshot::Snapshot;
use crate::domain::text::scrub;
use crate::domain::time;
use crate::inventory::holds::{self, Found};
use crate::inventory::opened::Opened;
use crate::inventory::ours;
use crate::inventory::scan::Root;

use super::args::{Hold as HoldArgs, Holds as HoldsArgs, Release};
use super::open;
use super::output::{self, Align};
use super::report::{Outcome, Report, ReportKind};

/// Holds a snapshot, in place of a hold of that name on it.
///
/// # Errors
/// When nothing may be changed, there is no such snapshot, the hold would have ended already, or it cannot be written.
pub fn hold(args: &HoldArgs, out: &mut dyn Write, err: &mut dyn Write) -> Result<Outcome, Report> {
    action::named_plainly(&args.hold)
        .map_err(|error| Report::new(ReportKind::Usage, error.to_string()))?;
    let permission = super::connect::permission_of(args.write)?;
    let asked = open::location(&args.snapshot)?;
    let now = Zoned::now();
    let ending = match (args.span, args.until) {
        (Some(span), _) => End::After(span),
        (None, Some(until)) => End::At(until),
        (None, None) => End::Never,
    };
    let expires = ending
        .moment(&now)
        .map_err(|error| Report::new(ReportKind::Usage, error.to_string()))?;
    let roots = vec![Root::around(&asked, args.how.levels())];
    let opened = open::open_roots(&args.how, vec![asked.clone()], roots)?;
    let row = super::mark::row(&opened, &asked)?;
    let made = Hold {
        name: args.hold.clone(),
        snapshot: row.location.clone(),
        by: ours::whoever(),
        at: now.timestamp(),
        why: args.why.clone().unwrap_or_default(),
        expires,
    };
    let placed = action::set(permission, &made)
        .map_err(|error| Report::new(ReportKind::BadInput, error.to_string()))?;
    if args.json {
        let document = json!({
            "schema": SCHEMA,
            "hold": holds::entry(&made),
            "file": placed.file.to_string_lossy(),
            "replaced": placed.replaced.iter().map(holds::entry).collect::<Vec<_>>(),
            "aside": placed.aside,
            "standing": placed.standing,
        });
        output::json(out, &document)?;
        return Ok(Outcome::Done);
    }
    for replaced in &placed.replaced {
        writeln!(
            err,
            "stateward: this replaces `{}`, set{} {}, {}",
            replaced.name,
            by(replaced),
            time::ago(replaced.at, made.at),
            end(replaced)
        )?;
    }
    for why in &placed.standing {
        writeln!(err, "stateward: an older hold may still stand: {why}")?;
    }
    if let Some(why) = &placed.aside {
        writeln!(
            err,
            "stateward: {why}; the hold is kept in your own state directory: only you see it, and only on this machine"
        )?;
    }
    if !row.is_restorable() {
        writeln!(
            err,
            "stateward: {} is {}, not proven to be restorable; it is held as it is",
            row.name,
            row.health_word()
        )?;
    }
    if let Some(why) = short_lived(row) {
        writeln!(err, "stateward: a hold binds stateward, not Flink: {why}")?;
    }
    writeln!(
        out,
        "{} is held by `{}`, {}",
        made.snapshot.shown(),
        made.name,
        end(&made)
    )?;
    // An older one that still stands only holds it longer.
    Ok(Outcome::Done)
}

/// How a release ended: what still stands would surprise whoever deletes next.
fn outcome(standing: &[String]) -> Outcome {
    if standing.is_empty() {
        Outcome::Done
    } else {
        Outcome::BadInput
    }
}

/// Releases holds on a snapshot.
///
/// # Errors
/// When nothing may be changed, it is not held so, or the hold cannot be removed.
pub fn release(
    args: &Release,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome, Report> {
    let permission = super::connect::permission_of(args.write)?;
    let asked = open::location(&args.snapshot)?;
    let released = match &args.hold {
        Some(name) => action::release(permission, &asked, name),
        None => action::release_all(permission, &asked),
    };
    if released.holds.is_empty() {
        return Err(not_held(args, &asked, &released));
    }
    if args.json {
        let list: Vec<Value> = released.holds.iter().map(holds::entry).collect();
        output::json(
            out,
            &json!({ "schema": SCHEMA, "released": list, "standing": released.standing }),
        )?;
    } else {
        for why in &released.standing {
            writeln!(err, "stateward: another hold may still stand: {why}")?;
        }
        for hold in &released.holds {
            writeln!(out, "{}", hold.name)?;
        }
    }
    Ok(outcome(&released.standing))
}

/// Why nothing was released.
fn not_held(args: &Release, asked: &Location, released: &Released) -> Report {
    if let Some(why) = released.standing.first() {
        return Report::new(ReportKind::BadInput, why.clone());
    }
    let by = match &args.hold {
        Some(name) => format!(" by `{}`", scrub(name)),
        None => String::new(),
    };
    let (seen, _) = holds::find(&[], std::slice::from_ref(asked));
    let mut here = seen.iter().map(|it| &it.hold).filter(|it| it.is_on(asked));
    let is_meant = |hold: &&Hold| args.hold.as_ref().is_none_or(|name| *name == hold.name);
    let report = Report::new(ReportKind::NothingFound, format!("{asked} is not held{by}"));
    match here.clone().find(is_meant) {
        Some(original) => report.hint(format!(
            "what is held is a copy of it, {}",
            original.snapshot.shown()
        )),
        None => match here.next() {
            Some(other) => report.hint(format!("`{}` holds it", other.name)),
            None => report.hint("`stateward holds` lists what is"),
        },
    }
}

/// Lists holds.
///
/// # Errors
/// When a path cannot be looked at.
pub fn holds(
    args: &HoldsArgs,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome, Report> {
    let opened = open::open(&args.look)?;
    let now = Timestamp::now();
    let (found, problems) = seen(&opened);
    for problem in &problems {
        writeln!(err, "stateward: {problem}")?;
    }
    if args.json {
        let list: Vec<Value> = found
            .iter()
            .map(|it| {
                let mut entry = holds::entry(&it.hold);
                entry["why"] = it.why.clone().into();
                entry["expired"] = (!it.hold.stands(now)).into();
                entry["state"] = state(&opened, &it.hold).into();
                entry["aside"] = it.is_aside.into();
                entry["file"] = it.file.to_string_lossy().into();
                entry
            })
            .collect();
        output::json(
            out,
            &json!({ "schema": SCHEMA, "holds": list, "problems": problems }),
        )?;
    } else if found.is_empty() {
        writeln!(err, "stateward: nothing is held here")?;
    } else {
        table(out, &opened, &found, now)?;
        if found.iter().any(|it| it.is_aside) {
            writeln!(
                err,
                "stateward: what is seen by you alone lies in your own state directory, and holds only for you on this machine"
            )?;
        }
    }
    Ok(match (found.is_empty(), problems.is_empty()) {
        (_, false) => Outcome::BadInput,
        (true, true) => Outcome::Negative,
        (false, true) => Outcome::Done,
    })
}

fn table(
    out: &mut dyn Write,
    opened: &Opened,
    found: &[Found],
    now: Timestamp,
) -> std::io::Result<()> {
    let headings = [
        ("name", Align::Left),
        ("state", Align::Left),
        ("held", Align::Right),
        ("ends", Align::Right),
        ("by", Align::Left),
        ("seen by", Align::Left),
        ("snapshot", Align::Left),
        ("why", Align::Left),
    ];
    let cells: Vec<Vec<String>> = found
        .iter()
        .map(|it| {
            let hold = &it.hold;
            let ends = match hold.expires {
                None => "never".to_owned(),
                Some(_) if !hold.stands(now) => "ended".to_owned(),
                Some(end) => time::age(end, now),
            };
            let seen_by = if it.is_aside { "you" } else { "all" };
            vec![
                hold.name.clone(),
                state(opened, hold),
                time::age(hold.at, now),
                ends,
                hold.by.clone(),
                seen_by.to_owned(),
                hold.snapshot.shown().into_owned(),
                hold.why.clone(),
            ]
        })
        .collect();
    output::table(out, &headings, &cells)
}

/// What is known of the snapshot that is held: of the one in its place, else of a copy of it.
fn state(opened: &Opened, hold: &Hold) -> String {
    let place = hold.snapshot.canonical();
    let mut rows = opened.catalog.rows();
    let in_place = rows.find(|row| row.location.canonical() == place);
    let copy = || opened.catalog.rows().find(|row| hold.is_on(&row.location));
    let word = |row: &Snapshot| {
        if row.is_restorable() {
            "restorable"
        } else {
            row.health_word()
        }
    };
    in_place
        .or_else(copy)
        .map_or("not there", |row| word(row))
        .to_owned()
}

fn by(hold: &Hold) -> String {
    match hold.by.as_str() {
        "" => String::new(),
        by => format!(" by {by}"),
    }
}

fn end(hold: &Hold) -> String {
    match hold.expires {
        None => "until it is released".to_owned(),
        Some(end) => format!("until {end}"),
    }
}

/// The holds that matter for what was opened, and what could not be read of them.
pub(super) fn seen(opened: &Opened) -> (Vec<Found>, Vec<String>) {
    let snapshots: Vec<Location> = opened
        .catalog
        .rows()
        .map(|row| row.location.clone())
        .collect();
    holds::find(&opened.root_locations(), &snapshots)
}
