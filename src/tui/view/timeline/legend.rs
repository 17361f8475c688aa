//! What the marks mean that are seen.

use std::collections::BTreeSet;

use ratatui::text::{Line as Text, Span};

use super::{ended, role};
use crate::app::timeline::{Cell, Doing, Flag, Layout, Line, Shape};
use crate::tui::glyphs::Glyphs;
use crate::tui::text::width;
use crate::tui::theme::Role;
use crate::tui::view::canvas::Canvas;

/// What is seen beside snapshots themselves, as a legend lists it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Other {
    Held,
    Marked,
    Restored,
    Claimed,
    Tied,
    More,
    Unwatched,
    Job(Doing),
}

/// What is seen in the lines of a layout.
fn seen(layout: &Layout) -> (BTreeSet<Shape>, BTreeSet<Other>) {
    let (mut shapes, mut others) = (BTreeSet::new(), BTreeSet::new());
    for line in &layout.lines {
        match line {
            // Words lie over it.
            Line::Track {
                latest: Some(_), ..
            } => {}
            Line::Track { cells, .. } => {
                for cell in cells {
                    match cell {
                        Cell::Spot(shape) => {
                            shapes.insert(*shape);
                        }
                        Cell::More => {
                            others.insert(Other::More);
                        }
                        Cell::Unwatched => {
                            others.insert(Other::Unwatched);
                        }
                        Cell::Watched | Cell::Ahead => {}
                    }
                }
            }
            Line::Flags(flags) => others.extend(flags.iter().map(|(_, flag)| match flag {
                Flag::Held => Other::Held,
                Flag::Marked => Other::Marked,
            })),
            Line::Ties(_) => {
                others.insert(Other::Tied);
            }
            Line::Arrow { claimed: true, .. } => {
                others.insert(Other::Claimed);
            }
            Line::Arrow { .. } => {
                others.insert(Other::Restored);
            }
            Line::Jobs { cells, .. } => others.extend(cells.iter().map(|it| Other::Job(*it))),
        }
    }
    (shapes, others)
}

impl Other {
    /// Its mark, and what that means; nothing where nothing is drawn.
    fn entry(self, glyphs: &Glyphs) -> Option<(Role, String, String)> {
        let [corner, head] = glyphs.arrow_ends;
        let arrow = |line: &str| format!("{corner}{line}{head}");
        let [runs, restarts] = glyphs.runs;
        let (role, mark, word) = match self {
            Self::Held => (Role::Accent, glyphs.hold.to_owned(), "held"),
            Self::Marked => (Role::Good, glyphs.mark.to_owned(), "marked"),
            Self::Restored => (Role::Busy, arrow(glyphs.arrows[0]), "restored from"),
            Self::Claimed => (Role::Busy, arrow(glyphs.arrows[1]), "claimed"),
            Self::Tied => (Role::Accent, glyphs.ties[1].to_owned(), "shares files"),
            Self::More => (Role::Muted, glyphs.more.to_owned(), "and others"),
            Self::Unwatched => (Role::Muted, glyphs.watched[0].to_owned(), "not watched"),
            Self::Job(Doing::Nothing) => return None,
            Self::Job(Doing::Running) => (Role::Good, runs.to_owned(), "job runs"),
            Self::Job(Doing::Restarting) => (Role::Warning, restarts.to_owned(), "restarts"),
            Self::Job(Doing::Ended(state)) => {
                let (mark, role) = ended(state);
                (role, mark.to_owned(), state.word())
            }
        };
        Some((role, mark, word.to_owned()))
    }
}

/// The marks that are seen, and what they mean, in as many lines as that takes.
pub(super) fn of(canvas: &Canvas<'_>, layout: &Layout, cells: usize) -> Vec<Text<'static>> {
    let (shapes, others) = seen(layout);
    let glyphs = *canvas.glyphs();
    let shapes = Shape::ALL.iter().filter(|it| shapes.contains(it));
    let mut entries: Vec<(Role, String, String)> = shapes
        .map(|shape| {
            let mark = glyphs.shape(*shape).to_owned();
            (role(*shape), mark, shape.word().to_owned())
        })
        .collect();
    entries.extend(others.iter().filter_map(|it| it.entry(&glyphs)));
    let mut lines = Vec::new();
    let mut line: Vec<Span<'static>> = Vec::new();
    let mut used = 0;
    for (role, mark, word) in entries {
        let wide = width(&mark) + 1 + width(&word) + 2;
        if used + wide > cells + 2 && !line.is_empty() {
            lines.push(Text::from(std::mem::take(&mut line)));
            used = 0;
        }
        used += wide;
        line.push(canvas.span(role, mark));
        line.push(canvas.span(Role::Muted, format!(" {word}  ")));
    }
    lines.push(Text::from(line));
    lines
}
