//! What would be deleted: the sum first, then each snapshot with what goes of it, what stays, and why.

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::canvas::Canvas;
use super::header::plain_path;
use super::popup::{frame_to_close, inset};
use super::prose::Prose;
use super::question::{self, End};
use crate::analysis::guard::{self, is_missing};
use crate::app::model::{Model, ViewState};
use crate::app::planned::{Group, Planned};
use crate::app::planning::{PlanReview, PlanState, Wish};
use crate::domain::location::Location;
use crate::domain::plan::{Decision, Objection, Target};
use crate::domain::size::iec;
use crate::domain::text::scrub;
use crate::inventory::sight::ORPHANS;
use crate::tui::text::{count, thousands};
use crate::tui::theme::Role;

/// Cells that decisions take.
const DECISION: usize = 8;
/// Cells that files are indented by, below what they belong to.
const STEPS: usize = 2;
/// Cells that sizes take.
const SIZE: usize = 8;
/// No more files of one snapshot are listed; a shell lists all.
const MOST_FILES: usize = 500;

pub(super) fn draw(
    canvas: &mut Canvas<'_>,
    area: Rect,
    model: &Model,
    review: &PlanReview,
    view: &mut ViewState,
) {
    let title = match &review.wish {
        Wish::Snapshots(places) => format!("Delete {}", count(places.len(), "snapshot")),
        Wish::Rules(..) => "What rules of retention keep".to_owned(),
        Wish::Orphans => "What no snapshot names".to_owned(),
    };
    let inner = inset(frame_to_close(
        canvas,
        area,
        &title,
        "close; nothing has happened",
    ));
    let cells = usize::from(inner.width);
    let mut prose = Prose::default();
    let mut below = End::Says(Vec::new());
    match &review.state {
        PlanState::Making => {
            prose.text(
                canvas,
                cells,
                Role::Busy,
                &format!(
                    "Looking at everything around them; asked for {}",
                    canvas.ages().about(review.since)
                ),
            );
        }
        PlanState::Failed(why) => {
            prose.text(
                canvas,
                cells,
                Role::Bad,
                &format!("There is no plan: {why}"),
            );
            prose.text(
                canvas,
                cells,
                Role::Text,
                "As long as not everything can be looked at, nothing is deleted.",
            );
        }
        PlanState::Ready(planned) => {
            sum(canvas, &mut prose, cells, review, planned);
            for section in &planned.sections {
                prose.gap();
                about(canvas, &mut prose, cells, review, planned, section);
            }
            kept(canvas, &mut prose, cells, planned);
            below = end(canvas, model, planned);
        }
    }
    question::draw(canvas, inner, &prose, review.scroll, below, view);
}

/// How much goes and stays, and what else is to be known.
fn sum(
    canvas: &Canvas<'_>,
    prose: &mut Prose,
    cells: usize,
    review: &PlanReview,
    planned: &Planned,
) {
    if let Wish::Rules(policy, of) = &review.wish {
        let whose = match of {
            Some(places) => format!("for {} of this lineage", count(places.len(), "snapshot")),
            None => "for every lineage".to_owned(),
        };
        prose.text(
            canvas,
            cells,
            Role::Accent,
            &format!("Rules {whose}, {policy}"),
        );
    }
    if let Some(words) = wiping(canvas, planned) {
        prose.hanging(
            canvas,
            cells,
            canvas.span(Role::Alarm, " ! "),
            Role::Bad,
            &format!(" This leaves {words}"),
        );
    }
    if let Some(why) = &planned.refused {
        prose.hanging(
            canvas,
            cells,
            canvas.span(Role::Alarm, " ! "),
            Role::Bad,
            &format!(" REFUSED as things are: {}", scrub(why)),
        );
    }
    if review.is_outdated {
        let said = "A hold or a mark has come or gone since: esc, then D, looks again";
        prose.text(canvas, cells, Role::Warning, said);
    }
    let all = planned.plan.targets.len();
    let (role, going) = match planned.going {
        0 => (Role::Warning, "Nothing may go".to_owned()),
        going if going == all => (Role::Strong, format!("{going} would go")),
        going => (Role::Strong, format!("{going} of {all} would go")),
    };
    let mut spans = vec![canvas.span(role, going)];
    if planned.going > 0 {
        spans.push(canvas.span(
            Role::Text,
            format!(
                ", with {}; {} would be free once purged",
                count(planned.going_files, "file"),
                planned.freed
            ),
        ));
    }
    if all == 0 {
        spans = vec![canvas.span(Role::Good, "Nothing is to go.")];
    }
    prose.flowing(cells, Span::raw(""), spans);
    stays(canvas, prose, cells, planned);
    if planned.going < all && !planned.against.is_empty() {
        let each: Vec<String> = planned
            .against
            .iter()
            .map(|(guard, count)| format!("{guard} {}", thousands(*count)))
            .collect();
        let text = format!("What speaks against how many: {}", each.join(", "));
        prose.text(canvas, cells, Role::Text, &text);
    }
    let roots = &planned.plan.roots;
    let is_outermost = |it: &&Location| {
        roots
            .iter()
            .all(|other| other == *it || !it.is_within(other))
    };
    let places: Vec<_> = roots
        .iter()
        .filter(is_outermost)
        .map(|it| plain_path(&it.shown()))
        .collect();
    // An old plan is no danger, as everything is looked at once more; but it may promise what is not so any more.
    let looked = format!(
        "Who else names their files was looked for {} below {}",
        canvas.ages().about(planned.plan.made_at),
        places.join(", ")
    );
    prose.text(canvas, cells, Role::Muted, &looked);
    if review.all_named {
        let said =
            "You say that every directory is watched whose jobs may have claimed one of them";
        prose.text(canvas, cells, Role::Warning, said);
    }
    for remark in &planned.remarks {
        prose.hanging(
            canvas,
            cells,
            canvas.span(Role::Warning, "! "),
            Role::Text,
            &scrub(remark),
        );
    }
}

/// What of those that go stays or is not there; none of it is among the files that go.
fn stays(canvas: &Canvas<'_>, prose: &mut Prose, cells: usize, planned: &Planned) {
    let stay = |(files, bytes): (usize, u64), what: &str| {
        let verb = if files == 1 { "stays" } else { "stay" };
        let text = format!(
            "{} ({}) {verb}{what}",
            count(files, "more file"),
            iec(bytes)
        );
        (files > 0).then_some(text)
    };
    let missing = match planned.missing {
        0 => None,
        1 => Some("1 file that they name is not there".to_owned()),
        more => Some(format!(
            "{} files that they name are not there",
            thousands(more)
        )),
    };
    let said = [
        stay(planned.named, ", as others name what they name"),
        stay(planned.staying, " for the reasons below"),
        missing,
    ];
    for text in said.into_iter().flatten() {
        prose.text(canvas, cells, Role::Text, &text);
    }
}

/// Of which lineages a plan leaves nothing to restore.
fn wiping(canvas: &Canvas<'_>, planned: &Planned) -> Option<String> {
    match planned.wiped.as_slice() {
        [] => None,
        [only] => Some(format!(
            "{} with NOTHING to restore",
            canvas.short(&scrub(only))
        )),
        more => Some(format!(
            "{} with NOTHING to restore",
            count(more.len(), "lineage")
        )),
    }
}

/// Targets of which the same is to be said: what becomes of them and why, once; then each with its files.
fn about(
    canvas: &Canvas<'_>,
    prose: &mut Prose,
    cells: usize,
    review: &PlanReview,
    planned: &Planned,
    section: &[usize],
) {
    let targets = || section.iter().map(|&at| &planned.plan.targets[at]);
    let Some(first) = targets().next() else {
        return;
    };
    let (is_one, goes) = (section.len() == 1, first.decision == Decision::Delete);
    let indent = if is_one { STEPS } else { 2 * STEPS };
    heading(canvas, prose, cells, first, section.len());
    reasons(canvas, prose, cells, first);
    let mut bare = Vec::new();
    for &at in section {
        let (target, groups) = (&planned.plan.targets[at], &planned.targets[at].0);
        // Of many that stay as a whole their names are enough, unless every file is asked for.
        if !(is_one || goes || review.lists_files) {
            bare.push(scrub(&target.name));
            continue;
        }
        if !is_one {
            let indent = Span::raw(" ".repeat(STEPS));
            prose.hanging(canvas, cells, indent, Role::Strong, &scrub(&target.name));
        }
        for group in groups.iter().filter(|it| goes || stays_anyway(it)) {
            let text = format!("{}: {}", count(group.files, "file"), group.why);
            let fate = (!group.is_missing).then_some(group.decision);
            step(canvas, prose, cells, indent, (fate, group.bytes), &text);
        }
        if review.lists_files {
            files(canvas, prose, cells, indent, target);
        }
    }
    if !bare.is_empty() {
        let mark = Span::raw(" ".repeat(DECISION));
        prose.hanging(canvas, cells, mark, Role::Strong, &bare.join(", "));
    }
}

/// Of what stays as a whole, only what would stay in any case says something.
fn stays_anyway(group: &Group) -> bool {
    group.decision != Decision::Delete && group.why.starts_with("named by")
}

/// What becomes of targets, and what they are.
fn heading(canvas: &Canvas<'_>, prose: &mut Prose, cells: usize, first: &Target, number: usize) {
    let lineage = first.lineage.as_ref().map_or_else(String::new, |name| {
        format!(" of {}", canvas.short(&scrub(name)))
    });
    let (strong, rest) = if number == 1 {
        // Others have the same name: whose it is stands before what may be cut.
        let rest = format!("{lineage}, {}, {}", first.what, first.asked);
        (scrub(&first.name).into_owned(), rest)
    } else {
        let rest = format!("{lineage}, {}", first.asked);
        (count(number, &first.what), rest)
    };
    let spans = vec![
        canvas.span(Role::Strong, strong),
        canvas.span(Role::Muted, rest),
    ];
    prose.flowing(cells, decision(canvas, first.decision), spans);
}

/// What speaks against targets, and what that can be overruled by; and what was overruled.
fn reasons(canvas: &Canvas<'_>, prose: &mut Prose, cells: usize, target: &Target) {
    let below = || Span::raw(" ".repeat(DECISION + 2));
    for objection in &target.objections {
        against(canvas, prose, cells, objection, "");
        if let Some(word) = &objection.overruled_by {
            let how = format!("c overrules this: type {}", scrub(word));
            prose.hanging(canvas, cells, below(), Role::Muted, &how);
        }
    }
    let out_of_sight = |it: &Objection| it.guard == guard::OUT_OF_SIGHT;
    if target.objections.iter().any(out_of_sight) {
        let how = "a says that every such directory is watched here";
        prose.hanging(canvas, cells, below(), Role::Muted, how);
    }
    for objection in &target.overruled {
        against(canvas, prose, cells, objection, "overruled: ");
    }
}

fn against(
    canvas: &Canvas<'_>,
    prose: &mut Prose,
    cells: usize,
    objection: &Objection,
    before: &str,
) {
    let mark = Span::raw(" ".repeat(DECISION));
    let text = format!("{before}{}: {}", objection.guard, scrub(&objection.text));
    prose.hanging(canvas, cells, mark, Role::Warning, &text);
}

fn files(canvas: &Canvas<'_>, prose: &mut Prose, cells: usize, indent: usize, target: &Target) {
    let home = target.at.parent();
    for file in target.files.iter().take(MOST_FILES) {
        let path = home.as_ref().and_then(|home| file.at.relative_to(home));
        let path = path.map_or_else(
            || file.at.shown().into_owned(),
            |path| scrub(&String::from_utf8_lossy(path)).into_owned(),
        );
        let fate = (!is_missing(file)).then_some(file.decision);
        step(canvas, prose, cells, indent, (fate, file.bytes), &path);
    }
    if let Some(more) = target
        .files
        .len()
        .checked_sub(MOST_FILES)
        .filter(|it| *it > 0)
    {
        let text = format!("and {more} more; `stateward delete --dry-run --files` lists all");
        prose.hanging(
            canvas,
            cells,
            Span::raw(" ".repeat(DECISION)),
            Role::Muted,
            &text,
        );
    }
}

/// One file, or several with one fate: what becomes of it, unless it is not there, its bytes, and more.
fn step(
    canvas: &Canvas<'_>,
    prose: &mut Prose,
    cells: usize,
    indent: usize,
    (fate, bytes): (Option<Decision>, u64),
    text: &str,
) {
    let (word, size) = match fate {
        Some(fate) => (fate.word(), iec(bytes)),
        None => ("MISSING", canvas.glyphs().none.to_owned()),
    };
    let indent = " ".repeat(indent);
    let lead = format!("{indent}{word:<DECISION$}{size:>SIZE$}  ");
    let role = if fate == Some(Decision::Delete) {
        Role::Text
    } else {
        Role::Muted
    };
    prose.hanging(canvas, cells, canvas.span(role, lead), role, text);
}

/// What rules keep, each with why.
fn kept(canvas: &Canvas<'_>, prose: &mut Prose, cells: usize, planned: &Planned) {
    prose.gap();
    for it in &planned.kept {
        let lineage = it.lineage.as_ref().map_or_else(String::new, |name| {
            format!(" of {}", canvas.short(&scrub(name)))
        });
        let mark = canvas.span(Role::Good, format!("{:<DECISION$}", "KEPT"));
        let text = format!(
            "{}  {}{lineage}: {}",
            scrub(&it.name),
            it.what,
            scrub(&it.reasons.join(", "))
        );
        prose.hanging(canvas, cells, mark, Role::Text, &text);
    }
}

/// What can be done now.
fn end(canvas: &Canvas<'_>, model: &Model, planned: &Planned) -> End {
    let goes = planned.can_go();
    let mut spans = Vec::new();
    if goes && model.write {
        spans.push(canvas.span(Role::Key, "y"));
        let files = count(planned.going_files, "file");
        let text = if let Some(words) = wiping(canvas, planned) {
            spans.push(canvas.span(Role::Bad, format!(" leaves {words}")));
            format!(", moving {files} into the trash")
        } else if let Some((number, what)) = planned.to_type {
            let what = match what {
                "file" if planned.plan.verb == ORPHANS => files,
                "file" => format!("{files} ({})", count(planned.going, "snapshot")),
                _ => format!("{} ({files})", count(number, what)),
            };
            format!(" asks for their number, then moves {what} into the trash")
        } else if planned.going_files == 1 {
            " moves 1 file into the trash, from where it can be put back".to_owned()
        } else {
            format!(" moves {files} into the trash, from where they can be put back")
        };
        spans.push(canvas.span(Role::Text, text));
        return End::Asks(spans);
    } else if goes {
        spans.push(canvas.span(
            Role::Muted,
            "read-only: start with --write to move it into the trash",
        ));
    } else if planned.refused.is_some() {
        spans.push(canvas.span(Role::Alarm, " REFUSED "));
        spans.push(canvas.span(
            Role::Text,
            " as things are, for the reason above; then esc and D look again",
        ));
    } else if !planned.plan.targets.is_empty() {
        spans.push(canvas.span(Role::Alarm, " REFUSED "));
        spans.push(canvas.span(Role::Text, " nothing of it may go"));
    }
    End::Says(spans)
}

fn decision(canvas: &Canvas<'_>, decision: Decision) -> Span<'static> {
    let role = match decision {
        Decision::Delete => Role::Bad,
        Decision::Keep => Role::Good,
        Decision::Defer | Decision::Unknown => Role::Warning,
    };
    canvas.span(role, format!("{:<DECISION$}", decision.word()))
}
