//! What each thing that can be done with the trash comes to, or why it cannot be done.

use super::{Part, Removal, Row, What, Work, files};
use crate::action::purge::Ahead;
use crate::action::torn::Forecast;
use crate::action::trash::intact::intact;
use crate::action::trash::list::{Known, Target};
use crate::action::trash::{GRACE, Stage};
use crate::app::dialog::{Act, Review};
use crate::app::explain::Tone;
use crate::app::model::Model;
use crate::domain::asked::AskedCluster;
use crate::domain::size::{exact, thousands};
use crate::domain::text::{scrub, shell_quote};
use crate::domain::time;

/// The parts of the same deletion, in whatever root they lie: the chosen one first.
fn parts<'m>(model: &'m Model, row: &'m Row) -> Vec<(Part, &'m Row)> {
    let Some(chosen) = row.part() else {
        return Vec::new();
    };
    // What is done with a copy of a trash leaves the original as it is, and the other way round.
    let is_copy = |row: &Row| row.known().is_some_and(|it| it.is_copy);
    let rows = model.trash.iter().flatten();
    let mut parts: Vec<(Part, &Row)> = rows
        .filter(|other| is_copy(other) == is_copy(row))
        .filter_map(|row| Some((row.part()?, row)))
        .filter(|(part, _)| part.id == chosen.id)
        .collect();
    parts.sort_by_key(|(part, _)| *part != chosen);
    parts
}

fn unknown(row: &Row) -> String {
    match row {
        Row::Batch { entry, .. } => {
            format!("nothing is known of {}, see below", scrub(&entry.id))
        }
        Row::Closed(_) => "this trash could not be looked into, see below".to_owned(),
    }
}

/// Refuses while somebody is at work in the trash.
fn at_rest(row: &Row) -> Result<&Known, String> {
    let known = row.known().ok_or_else(|| unknown(row))?;
    if known.is_under_way {
        return Err(
            "somebody is at work in this trash right now; wait until it is done".to_owned(),
        );
    }
    Ok(known)
}

/// Refuses to put anything back while other files of the deletion lie where nobody can look.
fn none_absent(parts: &[(Part, &Row)]) -> Result<(), String> {
    let known = parts.iter().filter_map(|(_, row)| row.known());
    let mut absent = known.flat_map(|it| it.absent.iter().map(move |root| (it.is_copy, root)));
    absent.next().map_or(Ok(()), |(is_copy, root)| {
        let root = scrub(root);
        let own = parts.first().map(|(part, _)| part.shown());
        let own = own.unwrap_or_default();
        let (own, gone) = (shell_quote(&own), shell_quote(&root));
        Err(if is_copy {
            format!(
                "this is a copy, and other files of it lie in the trash of {root}, of which no copy is watched; watch that, too"
            )
        } else {
            format!(
                "other files of it lie in the trash of {root}, which is not there; mount it again (`stateward undo {own} --gone \
                 {gone} --write` does without it)"
            )
        })
    })
}

/// All parts of the deletion that the chosen one is of; refuses while somebody is at work on one of them.
fn all_at_rest<'m>(model: &'m Model, row: &'m Row) -> Result<Vec<(Part, &'m Row)>, String> {
    at_rest(row)?;
    let parts = parts(model, row);
    for (_, row) in parts.iter().filter(|(_, row)| row.known().is_some()) {
        at_rest(row)?;
    }
    Ok(parts)
}

pub(super) fn undo(model: &Model, row: &Row) -> Result<Review, String> {
    let (mut lines, mut going, mut taken) = (Vec::new(), Vec::new(), 0);
    let mut id = String::new();
    let parts = all_at_rest(model, row)?;
    none_absent(&parts)?;
    refuse_going(&parts)?;
    for (part, row) in parts {
        id.clone_from(&part.id);
        let place = part.shown();
        match row.known() {
            Some(known) if is_shut_out(known) => {
                taken += known.taken;
                lines.push((Tone::Warning, stays_out(&place, known)));
            }
            Some(known) if known.can_be_undone() => {
                lines.push((Tone::Plain, back(&place, known)));
                lines.extend(known.targets.iter().filter_map(target_line));
                if known.stage == Some(Stage::Begun) {
                    lines.push((
                        Tone::Warning,
                        "Something ended this deletion half-way: what it had not moved yet is where it always was."
                            .to_owned(),
                    ));
                }
                going.push(part);
            }
            Some(_) => lines.push((
                Tone::Warning,
                format!("In {place} nothing of it is left to put back."),
            )),
            None => lines.push((
                Tone::Bad,
                format!("In {place} nothing is known of it, and nothing is put back."),
            )),
        }
    }
    let id = scrub(&id).into_owned();
    if going.is_empty() && taken > 0 {
        return Err(format!(
            "nothing of {id} can be put back: something else is at the place of {}; move that away first",
            match taken {
                1 => "its file".to_owned(),
                _ => format!("each of its {}", files(taken)),
            }
        ));
    }
    if going.is_empty() {
        return Err(format!("nothing of {id} is left to put back"));
    }
    lines.push((Tone::Plain, NOTHING_REPLACED.to_owned()));
    lines.insert(0, (Tone::Busy, LOOKING.to_owned()));
    Ok(Review {
        title: format!("undo of {id}"),
        act: Act::Trash(Work {
            what: What::Undo,
            parts: going,
        }),
        lines,
        consequence: None,
        looks: true,
        blocked: false,
    })
}

const NOTHING_REPLACED: &str = "Nothing is replaced: a file whose place is taken stays in the trash. Metadata comes last, so nothing half \
     back can be restored from.";

const LOOKING: &str = "Looking whether every file is there that what comes back names …";

/// Whether what is put back will be whole.
pub(super) fn forecast(result: &Result<Forecast, String>) -> Vec<(Tone, String)> {
    let forecast = match result {
        Ok(forecast) => forecast,
        Err(why) => {
            let why = scrub(why);
            let text =
                format!("Whether what comes back can be restored from cannot be told: {why}.");
            return vec![(Tone::Warning, text)];
        }
    };
    let torn = forecast.torn.iter();
    let mut lines: Vec<_> = torn
        .map(|it| (Tone::Bad, format!("{}.", it.forecast())))
        .collect();
    let whole = forecast.snapshots.saturating_sub(lines.len());
    lines.extend(forecast.taken.iter().map(|it| {
        let text = format!(
            "{} stays in the trash: something else is at the place of its metadata; where that is not needed, move it away first.",
            it.shown()
        );
        (Tone::Bad, text)
    }));
    let text = match (whole, lines.is_empty()) {
        (0, _) => return lines,
        (1, true) => {
            "The snapshot that comes back will be whole: every file that it names is there then."
                .to_owned()
        }
        (many, true) => format!(
            "All {} snapshots that come back will be whole: every file that they name is there then.",
            thousands(many as u64)
        ),
        (1, false) => "The other snapshot that comes back will be whole.".to_owned(),
        (many, false) => format!(
            "The other {} snapshots that come back will be whole.",
            thousands(many as u64)
        ),
    };
    lines.push((Tone::Good, text));
    lines
}

fn back(place: &str, known: &Known) -> String {
    if known.files == 0 {
        return format!("In {place} no file is left to put back; directories are made again.");
    }
    let all = format!(
        "In {place} {} ({}) go back to where they lay",
        files(known.files),
        exact(known.bytes)
    );
    match known.taken {
        0 => format!("{all}:"),
        taken => format!("{all}, but for {taken}, at whose place something else is:"),
    }
}

/// Whether nothing of it can come back, as all places are taken.
fn is_shut_out(known: &Known) -> bool {
    let is_done = matches!(known.stage, Some(Stage::Done | Stage::Undone));
    is_done && !known.is_unfinished && known.files > 0 && known.taken >= known.files
}

fn stays_out(place: &str, known: &Known) -> String {
    format!(
        "In {place} {} stay in the trash: something else is at the place of each.",
        files(known.files)
    )
}

/// Refuses to put anything back while it is being removed for good in any root: of that only what is whole everywhere comes back.
fn refuse_going(parts: &[(Part, &Row)]) -> Result<(), String> {
    let known: Vec<&Known> = parts.iter().filter_map(|(_, row)| row.known()).collect();
    let is_going = |it: &&Known| matches!(it.stage, Some(Stage::Purging | Stage::Purged));
    if !known.iter().any(is_going) {
        return Ok(());
    }
    let whole = intact(known.iter().copied());
    let mut there = known.iter().flat_map(|it| &it.targets);
    let still = if there.any(|it| it.files > 0 && whole.contains(&*it.identity)) {
        "; from a shell `stateward undo` puts back what is whole still."
    } else {
        "; those do not come back."
    };
    Err(format!("its files are being removed for good{still}"))
}

fn target_line(target: &Target) -> Option<(Tone, String)> {
    (target.files > 0).then(|| {
        let name = scrub(&target.name);
        let text = format!("{name}: {}, {}", files(target.files), exact(target.bytes));
        (Tone::Plain, text)
    })
}

pub(super) fn restore(model: &Model, row: &Row, at: usize) -> Result<Review, String> {
    let known = at_rest(row)?;
    let parts = all_at_rest(model, row)?;
    none_absent(&parts)?;
    let (part, _) = parts.first().cloned().ok_or_else(|| unknown(row))?;
    let target = known.targets.get(at).ok_or_else(|| unknown(row))?;
    let name = scrub(&target.name).into_owned();
    refuse_going(&parts)?;
    if known.is_unfinished {
        return Err(
            "the batch is unfinished; tab, then r goes on with it or u puts all of it back"
                .to_owned(),
        );
    }
    let others = parts.iter().skip(1);
    let others: Vec<(&Part, &Known)> = others
        .filter_map(|(part, row)| Some((part, row.known()?)))
        .filter(|(_, it)| it.can_be_undone())
        .filter(|(_, it)| it.targets.iter().any(|it| it.identity == target.identity))
        .collect();
    if target.files == 0 {
        return Err(format!("no file of {name} lies in the trash"));
    }
    if others.iter().any(|(_, it)| it.is_unfinished) {
        return Err(
            "it is unfinished in another root; tab, then r goes on with it or u puts all of it back"
                .to_owned(),
        );
    }
    let place = part.shown();
    let mut lines = vec![(
        Tone::Plain,
        format!(
            "{name}: {} ({}) go back to where they lay in {place}.",
            files(target.files),
            exact(target.bytes)
        ),
    )];
    let stay = known.files.saturating_sub(target.files);
    if stay > 0 {
        let bytes = known.bytes.saturating_sub(target.bytes);
        let text = format!(
            "The other {} of the batch ({}) stay in the trash.",
            files(stay),
            exact(bytes)
        );
        lines.push((Tone::Plain, text));
    }
    for (part, known) in &others {
        let mut same = known
            .targets
            .iter()
            .filter(|it| it.identity == target.identity);
        if let Some(it) = same.find(|it| it.files > 0) {
            let here = format!("{} ({})", files(it.files), exact(it.bytes));
            let text = format!("In {} {here} of it go back, too.", part.shown());
            lines.push((Tone::Plain, text));
        }
    }
    lines.push((Tone::Plain, NOTHING_REPLACED.to_owned()));
    lines.insert(0, (Tone::Busy, LOOKING.to_owned()));
    let others = others.into_iter().map(|(part, _)| part.clone());
    Ok(Review {
        title: format!("putting back {name}"),
        act: Act::Trash(Work {
            what: What::Restore(at),
            parts: std::iter::once(part).chain(others).collect(),
        }),
        lines,
        consequence: None,
        looks: true,
        blocked: false,
    })
}

pub(super) fn resume(model: &Model, row: &Row) -> Result<Review, String> {
    let (mut lines, mut going) = (Vec::new(), Vec::new());
    let mut id = String::new();
    let parts = all_at_rest(model, row)?;
    let known = || parts.iter().filter_map(|(_, row)| row.known());
    // What is on its way back in one root comes back in all.
    let is_undoing = known().any(|it| it.stage == Some(Stage::Undoing));
    let is_restoring = known().any(|it| it.is_restoring);
    if is_undoing || is_restoring {
        none_absent(&parts)?;
    }
    for (part, row) in &parts {
        id.clone_from(&part.id);
        let Some(known) = row.known() else { continue };
        let comes_along = (is_undoing || is_restoring) && known.can_be_undone();
        // What was on its way back comes back before anything else goes for good.
        let waits = is_restoring && known.stage == Some(Stage::Purging) && !known.is_restoring;
        if !waits && known.is_unfinished || comes_along {
            lines.extend(goes_on(&part.shown(), known, is_undoing));
            going.push(part.clone());
        }
    }
    let id = scrub(&id).into_owned();
    if going.is_empty() {
        return Err(format!("nothing of {id} is unfinished"));
    }
    if !is_undoing {
        let begun = known().filter(|it| it.stage == Some(Stage::Begun));
        let mut before = begun.flat_map(|it| &it.asked);
        let is_asked = |it: &AskedCluster| model.clusters.iter().any(|cluster| it.is(cluster));
        if let Some(missed) = before.find(|it| !is_asked(it)) {
            return Err(format!(
                "{} was asked when {id} was begun and is not asked now: u puts it back, or start stateward with{}",
                scrub(&missed.name),
                missed.flag()
            ));
        }
    }
    Ok(Review {
        title: format!("going on with {id}"),
        act: Act::Trash(Work {
            what: What::Resume,
            parts: going,
        }),
        lines,
        consequence: None,
        looks: false,
        blocked: false,
    })
}

/// What going on comes to in one root.
fn goes_on(place: &str, known: &Known, is_undoing: bool) -> Vec<(Tone, String)> {
    let here = format!("{} ({})", files(known.files), exact(known.bytes));
    match known.stage {
        Some(Stage::Begun) if !is_undoing => vec![
            (
                Tone::Plain,
                format!("In {place} {here} have gone into the trash before something ended it. The rest follows:"),
            ),
            (
                Tone::Plain,
                "what belongs to snapshots whose metadata has gone, unless a fresh look finds a snapshot that names it. \
                 A snapshot that is still whole stays: only a new plan can tell whether it may go."
                    .to_owned(),
            ),
        ],
        Some(Stage::Begun | Stage::Undoing | Stage::Done | Stage::Undone) if is_undoing => vec![
            (
                Tone::Plain,
                format!("In {place} {here} that something kept in the trash go back to where they lay."),
            ),
            (Tone::Plain, NOTHING_REPLACED.to_owned()),
        ],
        Some(Stage::Purging | Stage::Purged) if !known.is_restoring => vec![
            (Tone::Bad, FOR_GOOD.to_owned()),
            (
                Tone::Bad,
                format!("In {place} {here} are left of what was being removed."),
            ),
        ],
        Some(_) | None => vec![
            (
                Tone::Plain,
                format!(
                    "In {place} the targets that were being put back when something ended it go back to where they lay; \
                     {here} of the batch lie in the trash."
                ),
            ),
            (Tone::Plain, NOTHING_REPLACED.to_owned()),
        ],
    }
}

const FOR_GOOD: &str = "This removes files for good. It cannot be undone.";

pub(super) fn purge(model: &Model, row: &Row) -> Result<Review, String> {
    let parts = all_at_rest(model, row)?;
    let (mut lines, mut going, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    let mut id = String::new();
    for (part, row) in parts {
        id.clone_from(&part.id);
        let place = part.shown();
        let Some(known) = row.known() else {
            lines.push((
                Tone::Bad,
                format!("In {place} nothing is known of it, and nothing goes."),
            ));
            continue;
        };
        let refusal = refusal(model, known);
        lines.push((
            Tone::Plain,
            match known.files {
                0 => format!("No file lies in the trash of {place}; only what is written down about the batch goes."),
                _ => format!(
                    "{} ({}) lie in the trash of {place}:",
                    files(known.files),
                    exact(known.bytes)
                ),
            },
        ));
        lines.extend(known.targets.iter().filter_map(target_line));
        refused.extend(refusal.map(|why| (place, why)));
        going.push((part, known.files));
    }
    // What may not go in one root keeps all of it: halves of one deletion bring each other's snapshots back.
    let blocked = !refused.is_empty();
    if blocked {
        let is_one = refused.len() == going.len() && refused.iter().all(|it| it.1 == refused[0].1);
        if is_one {
            refused.truncate(1);
        }
        let why = refused.into_iter().map(|(place, why)| {
            let why = if is_one {
                why
            } else {
                format!("In {place}: {why}")
            };
            (Tone::Bad, why)
        });
        lines.splice(0..0, why);
    }
    // Who needs what goes is looked at before anybody agrees.
    let looks = !blocked && going.iter().any(|(_, files)| *files > 0);
    if looks {
        lines.insert(0, (Tone::Busy, LOOKING_WHO_NEEDS.to_owned()));
    }
    let title = format!("purge of {}", scrub(&id));
    Ok(Review {
        title: title.clone(),
        act: Act::Remove(Removal {
            title,
            work: Work {
                what: What::Purge,
                parts: going.into_iter().map(|(part, _)| part).collect(),
            },
            files: 0,
            bytes: 0,
        }),
        lines,
        consequence: None,
        looks,
        blocked,
    })
}

const LOOKING_WHO_NEEDS: &str = "Looking who needs the files …";

/// What of each part goes for good, and what stays and why.
pub(super) fn goes(work: &Work, ahead: &[Ahead]) -> Vec<(Tone, String)> {
    let mut lines = Vec::new();
    for (part, ahead) in work.parts.iter().zip(ahead) {
        let place = part.shown();
        if ahead.files > 0 {
            let text = format!(
                "{} ({}) go from the trash of {place}.",
                files(ahead.files),
                exact(ahead.bytes)
            );
            lines.push((Tone::Bad, text));
        }
        for (why, count, bytes) in &ahead.staying {
            let text = format!(
                "{} ({}) stay in the trash of {place}: {}.",
                files(*count),
                exact(*bytes),
                scrub(why)
            );
            lines.push((Tone::Warning, text));
        }
    }
    let first = if ahead.iter().any(|it| it.files > 0) {
        FOR_GOOD
    } else {
        "No file goes for good."
    };
    lines.insert(0, (Tone::Bad, first.to_owned()));
    lines
}

/// Why a batch may not go for good now.
fn refusal(model: &Model, known: &Known) -> Option<String> {
    if known.stage == Some(Stage::Purging) {
        return None;
    }
    match known.purge_at(GRACE) {
        None => Some(
            "It is unfinished: r goes on with it, u puts it back; until then nothing of it goes."
                .to_owned(),
        ),
        Some(at) if at > model.now => {
            let grace = time::exact_span(GRACE);
            let age = known.since.map_or_else(
                || "too short a time".to_owned(),
                |since| time::age(since, model.now),
            );
            Some(format!(
                "It has lain here for {age}, and nothing goes before it has for {grace}: not before {}, {}.",
                at.strftime("%Y-%m-%d %H:%M UTC"),
                time::until(at, model.now)
            ))
        }
        Some(_) => None,
    }
}
