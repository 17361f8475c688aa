//! What is known of the chosen snapshot, gone or not.

use jiff::Timestamp;
use ratatui::layout::Rect;
use ratatui::text::{Line as Text, Span};

use super::moment;
use crate::analysis::timeline::{Life, Moment, MomentKind};
use crate::analysis::vanished;
use crate::app::model::{Model, ViewState};
use crate::app::timeline::{Spot, called, life};
use crate::domain::event::Ending;
use crate::domain::id::JobId;
use crate::domain::size::iec;
use crate::domain::snapshot::Kind;
use crate::tui::text::count;
use crate::tui::theme::Role;
use crate::tui::view::canvas::{Canvas, Titles};
use crate::tui::view::prose::Prose;

/// So many that share files are named.
const NAMED: usize = 4;

/// Draws it; scrolled where `view` is given, as it has all the room then.
pub(super) fn draw(
    canvas: &mut Canvas<'_>,
    area: Rect,
    model: &Model,
    view: Option<&mut ViewState>,
) {
    let Some(known) = life(model) else {
        canvas.pane(area, false, &Titles::default());
        return;
    };
    let is_whole = view.is_some();
    let hint = if known.is_there() && model.snapshots.contains_key(&known.sketch.uri) {
        " opens its tabs "
    } else if is_whole {
        " goes back "
    } else {
        " tells more "
    };
    let titles = Titles {
        left: Text::from(canvas.span(Role::Title, format!(" {} ", known.sketch.name))),
        right: Text::from(vec![
            canvas.span(Role::Key, " enter"),
            canvas.span(Role::Muted, hint),
        ]),
        bottom: Text::default(),
    };
    let inner = canvas.pane(area, is_whole, &titles);
    let text = Rect {
        x: inner.x + 1,
        width: inner.width.saturating_sub(2),
        ..inner
    };
    let prose = prose(canvas, usize::from(text.width), model, known, is_whole);
    match view {
        Some(view) => prose.scrolled(canvas, text, model.timeline.scroll, view),
        None => {
            prose.draw(canvas, text, 0);
        }
    }
}

fn prose(canvas: &Canvas<'_>, cells: usize, model: &Model, known: &Life, is_whole: bool) -> Prose {
    let mut prose = Prose::default();
    let sketch = &known.sketch;
    let dot = canvas.glyphs().dot;
    let mut what = vec![sketch.kind.phrase().to_owned()];
    if !sketch.format.is_empty() {
        what.push(sketch.format.clone());
    }
    if sketch.refer > 0 {
        what.push(format!("refers to {}", iec(sketch.refer)));
    }
    what.push(format!("of {}", canvas.short(called(model))));
    prose.text(canvas, cells, Role::Text, &what.join(&format!(" {dot} ")));
    let (role, fate) = fate(canvas, model, known);
    prose.text(canvas, cells, role, &fate);
    if let Some(job) = job(canvas, model, known) {
        prose.text(canvas, cells, Role::Text, &job);
    }
    if let Some(tied) = tied(model) {
        prose.text(canvas, cells, Role::Text, &tied);
    }
    if is_whole {
        prose.gap();
        let place = sketch.uri.to_string();
        prose.fact(canvas, cells, "place", Role::Text, &place);
        prose.gap();
        prose.text(
            canvas,
            cells,
            Role::Heading,
            "What is known to have happened",
        );
    }
    let told = known.moments.iter();
    let lines = told.map(|it| (it, words(it)));
    // The latest first, where not all can be seen.
    let lines: Vec<_> = if is_whole {
        lines.collect()
    } else {
        lines.rev().collect()
    };
    for (it, words) in lines {
        let lead = format!("{}  {:>4}  ", moment(it.at), canvas.ages().age(it.at));
        prose.hanging(canvas, cells, lead_span(canvas, lead), Role::Text, &words);
    }
    if is_whole && let Some(run) = known.sketch.job.and_then(|job| model.past.run(job)) {
        prose.gap();
        let heading = format!("What is known of its job {}", run.name);
        prose.text(canvas, cells, Role::Heading, &heading);
        let mut lines: Vec<(Timestamp, &str)> = Vec::new();
        let next = run.stints.iter().skip(1).map(|stint| Some(stint.from));
        for (stint, next) in run.stints.iter().zip(next.chain([None])) {
            lines.push((stint.from, stint.state.word()));
            // Until it is heard of again.
            lines.extend(
                stint
                    .to
                    .filter(|to| next.is_none_or(|next| *to < next))
                    .map(|to| (to, "not heard of any more")),
            );
        }
        for (at, words) in lines {
            let lead = format!("{}  {:>4}  ", moment(at), canvas.ages().age(at));
            prose.hanging(canvas, cells, lead_span(canvas, lead), Role::Text, words);
        }
    }
    prose
}

fn lead_span(canvas: &Canvas<'_>, lead: String) -> Span<'static> {
    canvas.span(Role::Muted, lead)
}

/// What its job does, or did when it was last heard of.
fn job(canvas: &Canvas<'_>, model: &Model, known: &Life) -> Option<String> {
    let run = model.past.run(known.sketch.job?)?;
    let stint = run.last()?;
    let (name, state) = (&run.name, stint.state);
    Some(match stint.to {
        Some(to) if !state.is_over() => format!(
            "Its job {name} was {state} when it was last heard of, {}.",
            canvas.ages().ago(to)
        ),
        _ => format!(
            "Its job {name} has been {state} for {}.",
            canvas.ages().age(stint.from)
        ),
    })
}

/// Whether it is there, and if not, how it went.
fn fate(canvas: &Canvas<'_>, model: &Model, known: &Life) -> (Role, String) {
    let ago = |at: Timestamp| canvas.ages().ago(at);
    let sketch = &known.sketch;
    let Some(end) = &known.end else {
        if let Some(taken) = &known.torn {
            let text = format!(
                "Some of it lies in the trash and the rest where it lay: a deletion {}, begun {}, was ended half-way. The \
                 trash (T) goes on with it or puts it back.",
                taken.words(),
                ago(taken.at)
            );
            return (Role::Bad, text);
        }
        let role = if sketch.is_broken() {
            Role::Bad
        } else {
            Role::Good
        };
        let text = match sketch.completed_at {
            Some(at) => format!(
                "It is there, {}; completed {}.",
                sketch.health.word(),
                ago(at)
            ),
            None => format!(
                "It is there, {}; first seen {}.",
                sketch.health.word(),
                ago(known.first_seen)
            ),
        };
        return (role, text);
    };
    let when = match end.since {
        None => ago(end.at),
        Some(since) => format!(
            "between {} and {}, while nobody watched",
            moment(since),
            moment(end.at)
        ),
    };
    match &end.how {
        Ending::Subsumed { by, is_exact } => {
            let or = if *is_exact { "" } else { " or one before it" };
            let text = format!(
                "Flink subsumed it {when}: {by}{or} had completed, and it was the oldest that was retained."
            );
            (Role::Text, text)
        }
        Ending::Trashed => {
            let by = end.taken.as_ref();
            let by = by.map_or_else(String::new, |taken| format!(" {}", taken.words()));
            let text = format!(
                "It was moved into the trash{by} {when}; the trash can put it back while it lies there."
            );
            (Role::Warning, text)
        }
        Ending::Replaced => {
            let runs = match sketch.job {
                _ if sketch.kind == Kind::Savepoint => {
                    "Flink does not write two savepoints to one place: somebody put it there."
                }
                Some(JobId::ZERO) => {
                    "Runs with the job id 0 share one directory, and each counts from 1 again."
                }
                _ => {
                    "Another run under the same job id counted to its number, or a copy was put there."
                }
            };
            let text =
                format!("Another was written in its place, which was noticed {when}. {runs}");
            (Role::Text, text)
        }
        Ending::Vanished => {
            let why = vanished::rule(known, &model.past, &model.clusters).map_or_else(
                || "No rule of Flink's that can be seen from here says why.".to_owned(),
                |rule| rule.sentence(),
            );
            (Role::Warning, format!("It vanished {when}. {why}"))
        }
    }
}

fn tied(model: &Model) -> Option<String> {
    let timeline = &model.timeline;
    let spots = timeline.lanes.iter().flat_map(|lane| &lane.tracks);
    let mut tied: Vec<&Spot> = spots
        .flat_map(|track| &track.spots)
        .filter(|spot| timeline.is_tied(spot))
        .collect();
    tied.sort_by_key(|spot| std::cmp::Reverse(spot.at));
    let names: Vec<&str> = tied
        .iter()
        .take(NAMED)
        .map(|spot| spot.life.sketch.name.as_str())
        .collect();
    let others = tied.len().saturating_sub(NAMED);
    if names.is_empty() {
        return None;
    }
    let and = if others > 0 {
        format!(" and {}", count(others, "other"))
    } else {
        String::new()
    };
    Some(format!("Shares files with {}{and}.", names.join(", ")))
}

fn words(moment: &Moment) -> String {
    match &moment.what {
        MomentKind::WasThere => "was there when the watching began".to_owned(),
        MomentKind::Appeared => "appeared".to_owned(),
        MomentKind::Completed => "completed".to_owned(),
        MomentKind::Broke(why) => format!("cannot be restored: {why}"),
        MomentKind::Damaged(why) => format!("damaged: {why}"),
        MomentKind::Mended => "can be restored again".to_owned(),
        MomentKind::Held(name) => format!("held as `{name}`"),
        MomentKind::Released(name) => format!("the hold `{name}` ended"),
        MomentKind::Marked => "marked for restart".to_owned(),
        MomentKind::Unmarked => "marked no more".to_owned(),
        MomentKind::Restored { job, claimed } => {
            let claim = if *claimed { ", which it claimed" } else { "" };
            format!("job {job} was restored from it{claim}")
        }
        MomentKind::Followed(then) => format!(
            "written in place of another, which had completed at {}",
            super::moment(*then)
        ),
        MomentKind::Torn(taken) => format!("a deletion {} was ended half-way", taken.words()),
        MomentKind::Ended(Ending::Subsumed { by, is_exact: true }, _) => {
            format!("subsumed by {by}")
        }
        MomentKind::Ended(Ending::Subsumed { by, .. }, _) => {
            format!("subsumed by {by} or one before it")
        }
        MomentKind::Ended(Ending::Trashed, Some(taken)) => {
            format!("moved to trash {}", taken.words())
        }
        MomentKind::Ended(how, _) => how.word().to_owned(),
        MomentKind::Returned => "came back".to_owned(),
        MomentKind::PutBack => "put back from the trash".to_owned(),
    }
}
