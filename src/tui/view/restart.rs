//! The commands that start a job from the snapshot.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::canvas::{Canvas, keep_visible};
use super::overview;
use super::prose::Prose;
use crate::app::explain::Tone;
use crate::app::model::{Focus, Model, ViewState};
use crate::domain::snapshot::Snapshot;
use crate::flink::launch::Reads;
use crate::tui::text::wrap;
use crate::tui::theme::Role;

pub(super) fn draw(
    canvas: &mut Canvas<'_>,
    area: Rect,
    model: &Model,
    snapshot: &Snapshot,
    view: &mut ViewState,
) {
    let cells = usize::from(area.width);
    let mut head = Prose::default();
    let answer = overview::answer(model, snapshot);
    if answer.tone != Tone::Good {
        let role = if answer.tone == Tone::Bad {
            Role::Alarm
        } else {
            Role::Warning
        };
        let text = format!(" {} {} ", canvas.glyphs().health(snapshot), answer.headline);
        head.line(Line::from(vec![
            canvas.span(role, text),
            canvas.span(Role::Text, format!(" {}", answer.sentence)),
        ]));
    }
    let objection = snapshot
        .facts
        .as_ref()
        .and_then(|facts| model.series().objection(facts.version));
    if let Some((reads, text)) = objection {
        if reads == Reads::None {
            for line in wrap(&text, cells.saturating_sub(2)) {
                head.line(Line::from(canvas.span(Role::Alarm, format!(" {line} "))));
            }
        } else {
            head.text(canvas, cells, Role::Text, &text);
        }
    }
    selectors(canvas, &mut head, cells, model, snapshot);
    let head_rows = (head.lines.len() as u16).min(area.height);
    head.draw(
        canvas,
        Rect {
            height: head_rows,
            ..area
        },
        0,
    );

    let body = Rect {
        y: area.y + head_rows,
        height: area.height - head_rows,
        ..area
    };
    let chosen = model.cursor();
    let focused = model.focus == Focus::Detail;
    let mut prose = Prose::default();
    let (mut from, mut to) = (0, 0);
    for (at, recipe) in model.recipes().into_iter().enumerate() {
        let is_chosen = at == chosen;
        let bar = if is_chosen {
            format!("{} ", canvas.glyphs().bar)
        } else {
            "  ".to_owned()
        };
        let bar = canvas.span(Role::Accent, bar);
        prose.gap();
        from = if is_chosen { prose.lines.len() } else { from };
        let title = if is_chosen && focused {
            Role::Selected
        } else {
            Role::Strong
        };
        let mut heading = vec![
            bar.clone(),
            canvas.span(title, format!(" {} ", recipe.title)),
        ];
        // Beside the heading where it fits, else below it: what a recipe does to a running job must not be cut off.
        let beside = cells.saturating_sub(recipe.title.width() + 5);
        let note = if recipe.note.width() <= beside {
            heading.push(canvas.span(Role::Muted, format!(" {}", recipe.note)));
            Vec::new()
        } else {
            wrap(&recipe.note, cells.saturating_sub(3))
        };
        prose.line(Line::from(heading));
        for piece in note {
            prose.line(Line::from(vec![
                bar.clone(),
                canvas.span(Role::Muted, format!(" {piece}")),
            ]));
        }
        for line in recipe.text.lines() {
            // A long line is broken for the eye only; what is copied is whole.
            let indent = line.len() - line.trim_start().len();
            for piece in wrap(line.trim_start(), cells.saturating_sub(3 + indent)) {
                prose.line(Line::from(vec![
                    bar.clone(),
                    canvas.span(Role::Code, format!("{:1$} {piece}", "", indent)),
                ]));
            }
        }
        to = if is_chosen { prose.lines.len() } else { to };
    }
    let page = usize::from(body.height);
    view.detail_page = 2;
    let offset = keep_visible(
        view.detail_offset,
        Some(to.saturating_sub(1)),
        page,
        prose.lines.len(),
    );
    view.detail_offset = keep_visible(offset, Some(from), page, prose.lines.len());
    prose.draw(canvas, body, view.detail_offset);
    let bar = Rect {
        width: body.width + 1,
        ..body
    };
    canvas.scrollbar(bar, view.detail_offset, page, prose.lines.len());
}

fn selectors(
    canvas: &Canvas<'_>,
    head: &mut Prose,
    cells: usize,
    model: &Model,
    snapshot: &Snapshot,
) {
    let [before, after] = canvas.glyphs().choice;
    let choice = |key: &'static str, label: &'static str, value: String| {
        vec![
            canvas.span(Role::Key, key),
            canvas.span(Role::Muted, format!(" {label} ")),
            canvas.span(Role::Accent, format!("{before} ")),
            canvas.span(Role::Strong, value),
            canvas.span(Role::Accent, format!(" {after}")),
        ]
    };
    let mut line = choice("f", "Flink", model.series().label().to_owned());
    line.push(Span::raw("   "));
    line.extend(choice("m", "claim mode", model.claim_mode().to_string()));
    if snapshot.mapping.is_some() {
        let side = if model.restart_path().as_ref() == Some(&snapshot.location) {
            "as it is here"
        } else {
            "as Flink wrote it"
        };
        line.push(Span::raw("   "));
        line.extend(choice("p", "path", side.to_owned()));
    }
    head.line(Line::from(line));
    head.text(canvas, cells, Role::Muted, model.claim_mode().sentence());
    let changelog = snapshot
        .facts
        .as_ref()
        .is_some_and(|facts| facts.format.changelog);
    if let Some(caution) = model.claim_mode().caution(changelog) {
        let mark = canvas.span(Role::Warning, "! ");
        head.hanging(canvas, cells, mark, Role::Text, caution);
    }
    head.gap();
}
