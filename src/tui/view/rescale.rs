//! The parallelisms it can be restored at.

use ratatui::text::Line;

use super::canvas::Canvas;
use super::detail::absence;
use super::operators::summary;
use super::prose::Prose;
use crate::app::model::Model;
use crate::app::rescale::{Split, derived_max, key_groups};
use crate::app::sheet::{Operator, Sheet};
use crate::domain::size::iec;
use crate::domain::snapshot::{Facts, Snapshot};
use crate::tui::text::count;
use crate::tui::theme::Role;

pub(super) fn write(
    canvas: &Canvas<'_>,
    prose: &mut Prose,
    cells: usize,
    model: &Model,
    snapshot: &Snapshot,
) {
    let Some(facts) = &snapshot.facts else {
        absence(canvas, prose, cells, &model.document.state, snapshot);
        return;
    };
    let max = facts.rescale.max;
    prose.line(Line::from(vec![
        canvas.span(Role::Muted, "Restores at parallelism "),
        canvas.span(Role::Strong, format!("{} to {max}", facts.rescale.min)),
        canvas.span(Role::Muted, ", whatever the job ran at."),
    ]));
    match model.sheet() {
        Some(sheet) => limits(canvas, prose, cells, facts, sheet),
        None => absence(canvas, prose, cells, &model.document.state, snapshot),
    }
    prose.gap();
    let keyed = model.sheet().map(|sheet| {
        sheet
            .operators
            .iter()
            .filter(|operator| operator.keyed)
            .map(|operator| operator.state)
            .sum()
    });
    plan(canvas, prose, cells, model.target(), facts, keyed);
    prose.gap();
    if let Some(sheet) = model.sheet() {
        warnings(canvas, prose, cells, model.target(), facts, sheet);
    }
}

fn limits(canvas: &Canvas<'_>, prose: &mut Prose, cells: usize, facts: &Facts, sheet: &Sheet) {
    let max = facts.rescale.max;
    let limiting: Vec<&Operator> = sheet.limiting().collect();
    let text = match limiting.as_slice() {
        [] => return,
        all if all.len() == sheet.operators.len() => format!(
            "All of its {} have maximum parallelism {max}.",
            summary(sheet)
        ),
        [one] => format!(
            "{} sets the limit, with maximum parallelism {max}.",
            one.label
        ),
        some => format!(
            "{} and {} set the limit, with maximum parallelism {max}.",
            some[0].label,
            count(some.len() - 1, "more operator")
        ),
    };
    prose.text(canvas, cells, Role::Text, &text);
    let present = sheet
        .operators
        .iter()
        .map(|operator| operator.parallelism)
        .max()
        .unwrap_or(1);
    if max == derived_max(present) {
        let text = format!(
            "{max} is what Flink derives for parallelism {present}: leave maximum parallelism unset, or set exactly that."
        );
        prose.text(canvas, cells, Role::Muted, &text);
    } else {
        prose.text(canvas, cells, Role::Muted, "A job that sets another maximum parallelism is refused; one that sets none takes this one.");
    }
}

/// What the planned parallelism means for the key groups.
fn plan(
    canvas: &Canvas<'_>,
    prose: &mut Prose,
    cells: usize,
    target: u32,
    facts: &Facts,
    keyed: Option<u64>,
) {
    let max = facts.rescale.max;
    let [less, more] = canvas.glyphs().choice;
    prose.line(Line::from(vec![
        canvas.span(Role::Muted, "planned parallelism "),
        canvas.span(Role::Accent, format!("{less} ")),
        canvas.span(Role::Strong, target.to_string()),
        canvas.span(Role::Accent, format!(" {more}")),
        canvas.span(Role::Muted, "  "),
        canvas.span(Role::Key, "+ -"),
        canvas.span(Role::Muted, " change it"),
    ]));
    let Some(split) = Split::of(max, target) else {
        let text =
            format!("A restore at {target} fails: there are only {max} key groups to deal out.");
        prose.text(canvas, cells, Role::Bad, &text);
        return;
    };
    let groups = |number: u32| count(number as usize, "key group");
    let subtasks = |number: u32| count(number as usize, "subtask");
    if split.with_least == 0 {
        let text = format!(
            "{} with {} each: even.",
            subtasks(split.with_most),
            groups(split.most)
        );
        prose.text(canvas, cells, Role::Good, &text);
    } else {
        let over = split.overload_percent();
        let role = if over >= 25 {
            Role::Warning
        } else {
            Role::Text
        };
        let text = format!(
            "{} with {}, {} with {}: {}.",
            subtasks(split.with_most),
            groups(split.most),
            subtasks(split.with_least),
            groups(split.least),
            match over {
                0 => "they differ by one key group".to_owned(),
                over => format!("the busiest carry {over} % more than the average"),
            }
        );
        prose.text(canvas, cells, role, &text);
    }
    if let Some(keyed) = keyed {
        let busiest = u128::from(keyed) * u128::from(split.most) / u128::from(max);
        let text = format!(
            "The busiest carry about {} of {} keyed state.",
            iec(busiest as u64),
            iec(keyed)
        );
        prose.text(canvas, cells, Role::Text, &text);
    }
    prose.line(ranges(canvas, cells, max, target));
}

/// The key groups of the first few subtasks, as many as a line holds.
fn ranges(canvas: &Canvas<'_>, cells: usize, max: u32, target: u32) -> Line<'static> {
    let mut line = vec![canvas.span(Role::Muted, "key groups")];
    let mut used = 10;
    for (subtask, range) in (0..target).map_while(|at| Some((at, key_groups(max, target, at)?))) {
        let text = format!("{}-{}", range.start(), range.end());
        let divider = if subtask == 0 {
            "  ".to_owned()
        } else {
            format!(" {} ", canvas.glyphs().divider)
        };
        used += text.len() + 3;
        if used + 2 > cells {
            line.push(canvas.span(Role::Muted, format!(" {}", canvas.glyphs().ellipsis)));
            break;
        }
        line.push(canvas.span(Role::Border, divider));
        line.push(canvas.span(Role::Text, text));
    }
    Line::from(line)
}

fn warnings(
    canvas: &Canvas<'_>,
    prose: &mut Prose,
    cells: usize,
    target: u32,
    facts: &Facts,
    sheet: &Sheet,
) {
    let warn = |prose: &mut Prose, text: &str| {
        prose.hanging(
            canvas,
            cells,
            canvas.span(Role::Warning, "! "),
            Role::Text,
            text,
        );
    };
    let mut clean = true;
    let mut other: Vec<&Operator> = sheet
        .operators
        .iter()
        .filter(|operator| operator.max_parallelism != facts.rescale.max)
        .collect();
    other.sort_by_key(|operator| operator.max_parallelism);
    if let Some(largest) = other.last() {
        clean = false;
        warn(
            prose,
            &format!(
                "Operators disagree in maximum parallelism: {} has {}, {} of {} differ from {}. Chained together, they are refused.",
                largest.label,
                largest.max_parallelism,
                other.len(),
                sheet.operators.len(),
                facts.rescale.max
            ),
        );
    }
    for operator in sheet
        .operators
        .iter()
        .filter(|operator| !operator.union_states.is_empty())
    {
        clean = false;
        warn(
            prose,
            &format!(
                "{} holds union list state ({}): every subtask gets the whole list, {} of them at parallelism {target}.",
                operator.label,
                operator.union_states.join(", "),
                target
            ),
        );
    }
    let in_flight: u64 = sheet
        .operators
        .iter()
        .map(|operator| operator.in_flight)
        .sum();
    let stored = sheet.operators.iter().map(|operator| operator.parallelism);
    if facts.format.unaligned && stored.max() == Some(target) {
        clean = false;
        let text = format!(
            "Unaligned: at the parallelism it was taken at, its {} of in-flight data goes back to the subtasks it came from.",
            iec(in_flight)
        );
        prose.text(canvas, cells, Role::Muted, &text);
    } else if facts.format.unaligned {
        clean = false;
        warn(
            prose,
            &format!(
                "Unaligned: {} of in-flight data is dealt out anew. That works for keyed, rebalanced and shuffled exchanges; it fails where an \
             operator moved inside a chain, or an exchange became forward, rescale or broadcast.",
                iec(in_flight)
            ),
        );
        warn(
            prose,
            "An aligned checkpoint or a savepoint taken first avoids this.",
        );
    }
    if clean {
        prose.text(canvas, cells, Role::Muted, "Nothing in it stands in the way: no union state, no in-flight data, one maximum parallelism.");
    }
}
