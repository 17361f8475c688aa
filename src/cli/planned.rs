//! How a plan reads: for people, and as JSON.

use std::io::{self, Write};

use serde::Serialize;

use crate::action::saved;
use crate::analysis::guard::is_missing;
use crate::domain::location::Location;
use crate::domain::plan::{Decision, FileStep, Plan, Target};
use crate::domain::size;
use crate::domain::text::{scrub, scrub_bytes, shell_quoted};
use crate::inventory::record::counted;
use crate::inventory::retention::Kept;
use crate::inventory::sight::ORPHANS;

/// A plan as JSON, with its totals, and with what rules keep where there are any.
#[derive(Serialize)]
pub struct Document<'p> {
    #[serde(flatten)]
    plan: saved::Document<'p>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kept: Option<&'p [Kept]>,
}

impl<'p> Document<'p> {
    /// What is printed of a plan.
    pub fn new(plan: &'p Plan, kept: Option<&'p [Kept]>) -> Self {
        Self {
            plan: plan.into(),
            kept,
        }
    }
}

/// Shows what rules keep, and why.
///
/// # Errors
/// When it cannot be written.
pub fn show_kept(kept: &[Kept], out: &mut dyn Write) -> io::Result<()> {
    for it in kept {
        writeln!(
            out,
            "KEPT {} {}{} ({})",
            it.what,
            scrub(&it.name),
            of_lineage(it.lineage.as_deref()),
            scrub(&it.reasons.join(", "))
        )?;
    }
    Ok(())
}

fn of_lineage(name: Option<&str>) -> String {
    name.map_or_else(String::new, |name| format!(" of {}", scrub(name)))
}

/// What a plan is shown for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To be looked at: nothing goes now.
    Look,
    /// To be carried out.
    Act,
}

/// Shows a plan: each target with what goes of it and what stays, and by whom that is pinned.
///
/// # Errors
/// When it cannot be written.
pub fn show(plan: &Plan, all: bool, purpose: Purpose, out: &mut dyn Write) -> io::Result<()> {
    let words = if plan.verb == ORPHANS {
        OF_ORPHANS
    } else {
        OF_SNAPSHOTS
    };
    for target in &plan.targets {
        show_target(target, all, words, out)?;
    }
    for remark in &plan.remarks {
        writeln!(out, "{}", scrub(remark))?;
    }
    let going = plan.going().count();
    let snapshots = plan
        .targets
        .iter()
        .filter(|target| target.decision == Decision::Delete)
        .count();
    let places: Vec<_> = plan.roots.iter().map(Location::shown).collect();
    writeln!(
        out,
        "{} below {}; {}",
        words.looked,
        places.join(", "),
        words.more
    )?;
    let (go, free) = match (purpose, snapshots) {
        (Purpose::Look, _) => ("would go", "would be freed"),
        (Purpose::Act, 1) => ("is to go", "would be freed"),
        (Purpose::Act, _) => ("are to go", "would be freed"),
    };
    if plan.freed_is_bound() {
        writeln!(out, "{HARD_LINKED}")?;
    }
    writeln!(
        out,
        "{snapshots} of {} {go}, with {}; {} {free} once purged from the trash",
        plan.targets.len(),
        counted(going, "file"),
        plan.freed_words()
    )
}

/// Why less may be freed than goes.
pub(super) const HARD_LINKED: &str =
    "some of the files have other hard links, which keep their bytes";

/// What is said of a file that is not there.
const MISSING: &str = "MISSING";

/// What is said in other words of snapshots and of what is left over.
#[derive(Clone, Copy)]
struct Words {
    /// What files are that go.
    going: &'static str,
    /// What was looked for.
    looked: &'static str,
    /// How to look further.
    more: &'static str,
}

const OF_SNAPSHOTS: Words = Words {
    going: "that nobody else names",
    looked: "snapshots that name the same files were looked for",
    more: "--in adds another place",
};

const OF_ORPHANS: Words = Words {
    going: "that no snapshot names",
    looked: "snapshots were looked for",
    more: "what is named elsewhere is not known, and another PATH adds a place",
};

fn show_target(target: &Target, all: bool, words: Words, out: &mut dyn Write) -> io::Result<()> {
    let lineage = of_lineage(target.lineage.as_deref());
    writeln!(
        out,
        "{} {} {}{lineage} ({})",
        target.decision.word(),
        target.what,
        scrub(&target.name),
        target.asked
    )?;
    for objection in &target.objections {
        writeln!(out, "  {}: {}", objection.guard, scrub(&objection.text))?;
        if let Some(word) = &objection.overruled_by {
            let word = shell_quoted(&scrub(word));
            writeln!(out, "    --confirm {word} overrules this")?;
        }
    }
    for objection in &target.overruled {
        writeln!(
            out,
            "  overruled: {}: {}",
            objection.guard,
            scrub(&objection.text)
        )?;
    }
    let (going, staying): (Vec<&FileStep>, Vec<&FileStep>) = target
        .files
        .iter()
        .partition(|file| file.decision == Decision::Delete);
    // Of what stays as a whole, the files that would stay in any case.
    let tells =
        |file: &&FileStep| all || target.decision == Decision::Delete || !file.pinned_by.is_empty();
    let mut listed: Vec<&FileStep> = staying.into_iter().filter(tells).collect();
    if all {
        listed.splice(0..0, going);
    } else if !going.is_empty() {
        let bytes = going
            .iter()
            .fold(0_u64, |sum, file| sum.saturating_add(file.bytes));
        let what = format!("{} {}", counted(going.len(), "file"), words.going);
        writeln!(
            out,
            "  {:<7}  {:>9}  {what}",
            Decision::Delete.word(),
            size::iec(bytes)
        )?;
    }
    if target.files.is_empty() && target.decision == Decision::Delete {
        writeln!(
            out,
            "  {:<7}  {:>9}  the directory, which is empty",
            Decision::Delete.word(),
            "-"
        )?;
    }
    let (missing, listed): (Vec<&FileStep>, Vec<&FileStep>) =
        listed.into_iter().partition(|file| is_missing(file));
    for file in listed {
        show_file(target, file, file.decision.word(), out)?;
    }
    // Of what is not there nothing stays, and nothing goes.
    if all {
        for file in missing {
            show_file(target, file, MISSING, out)?;
        }
    } else if !missing.is_empty() {
        let what = format!("{} that it names", counted(missing.len(), "file"));
        writeln!(out, "  {MISSING:<7}  {:>9}  {what}", "-")?;
    }
    Ok(())
}

/// One line: what becomes of a file, its length, its path from the job's directory on, and why.
fn show_file(target: &Target, file: &FileStep, fate: &str, out: &mut dyn Write) -> io::Result<()> {
    let home = target.at.parent();
    let beside = |at: &Location| {
        let path = home.as_ref().and_then(|home| at.relative_to(home));
        path.map_or_else(
            || at.shown().into_owned(),
            |path| scrub_bytes(path).into_owned(),
        )
    };
    let why = if file.pinned_by.is_empty() {
        file.reason.clone()
    } else {
        let pins: Vec<String> = file.pinned_by.iter().map(beside).collect();
        format!("named by {}", pins.join(", "))
    };
    writeln!(
        out,
        "  {fate:<7}  {:>9}  {}  {why}",
        // What is not there has no length.
        if file.seen.is_none() && file.bytes == 0 {
            "-".to_owned()
        } else {
            size::iec(file.bytes)
        },
        beside(&file.at)
    )
}
