//! What the marks mean that are seen.

use std::collections::BTreeSet;

use ratatui::text::{Line as Text, Span};

use super::{ended, role};
use crate::app::timeline::{Cell, Doing, Flag, Layout, Line, Shape};
use crate::domain::cluster::JobState;
use crate::tui::text::width;
use crate::tui::theme::Role;
use crate::tui::view::canvas::Canvas;

/// What is seen in some lines.
#[derive(Default)]
struct Seen {
    shapes: BTreeSet<Shape>,
    doings: BTreeSet<Doing>,
    has_others: bool,
    is_unwatched: bool,
    is_held: bool,
    is_marked: bool,
    is_tied: bool,
    /// Arrows, and stronger ones.
    arrows: [bool; 2],
}

impl Seen {
    fn of(layout: &Layout) -> Self {
        let mut seen = Self::default();
        for line in &layout.lines {
            match line {
                Line::Track { cells, latest, .. } => {
                    seen.take_in(if latest.is_some() { &[] } else { cells });
                }
                Line::Flags(flags) => {
                    seen.is_held |= flags.iter().any(|(_, flag)| *flag == Flag::Held);
                    seen.is_marked |= flags.iter().any(|(_, flag)| *flag == Flag::Marked);
                }
                Line::Ties(_) => seen.is_tied = true,
                Line::Arrow { claimed, .. } => seen.arrows[usize::from(*claimed)] = true,
                Line::Jobs { cells, .. } => seen.doings.extend(cells),
            }
        }
        seen
    }

    fn take_in(&mut self, cells: &[Cell]) {
        for cell in cells {
            match cell {
                Cell::Spot(shape) => {
                    self.shapes.insert(*shape);
                }
                Cell::More => self.has_others = true,
                Cell::Unwatched => self.is_unwatched = true,
                Cell::Watched | Cell::Ahead => {}
            }
        }
    }
}

/// The marks that are seen, and what they mean, in as many lines as that takes.
pub(super) fn of(canvas: &Canvas<'_>, layout: &Layout, cells: usize) -> Vec<Text<'static>> {
    let seen = Seen::of(layout);
    let glyphs = *canvas.glyphs();
    let shapes = Shape::ALL.iter().filter(|it| seen.shapes.contains(it));
    let mut entries: Vec<(Role, String, String)> = shapes
        .map(|shape| {
            let mark = glyphs.shape(*shape).to_owned();
            (role(*shape), mark, shape.word().to_owned())
        })
        .collect();
    let [corner, head] = glyphs.arrow_ends;
    let arrow = |line: &str| format!("{corner}{line}{head}");
    let [runs, restarts] = glyphs.runs;
    let others = [
        (seen.is_held, Role::Accent, glyphs.hold.to_owned(), "held"),
        (seen.is_marked, Role::Good, glyphs.mark.to_owned(), "marked"),
        (
            seen.arrows[0],
            Role::Busy,
            arrow(glyphs.arrows[0]),
            "restored from",
        ),
        (
            seen.arrows[1],
            Role::Busy,
            arrow(glyphs.arrows[1]),
            "claimed",
        ),
        (
            seen.is_tied,
            Role::Accent,
            glyphs.ties[1].to_owned(),
            "shares files",
        ),
        (
            seen.has_others,
            Role::Muted,
            glyphs.more.to_owned(),
            "and others",
        ),
        (
            seen.is_unwatched,
            Role::Muted,
            glyphs.watched[0].to_owned(),
            "not watched",
        ),
        (
            seen.doings.contains(&Doing::Running),
            Role::Good,
            runs.to_owned(),
            "job runs",
        ),
        (
            seen.doings.contains(&Doing::Restarting),
            Role::Warning,
            restarts.to_owned(),
            "restarts",
        ),
    ];
    let others = others.into_iter().filter(|(is_seen, ..)| *is_seen);
    entries.extend(others.map(|(_, role, mark, word)| (role, mark, word.to_owned())));
    for state in [
        JobState::Finished,
        JobState::Canceled,
        JobState::Failed,
        JobState::Suspended,
    ] {
        if seen.doings.contains(&Doing::Ended(state)) {
            let (mark, role) = ended(state);
            entries.push((role, mark.to_owned(), state.word().to_owned()));
        }
    }
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
