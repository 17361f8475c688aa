//! What is demonstrated: a badge in the first line, a caption below it, and the whole story over everything.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::canvas::{Canvas, Titles};
use super::popup::centred;
use super::prose::Prose;
use crate::app::demo::Demo;
use crate::app::model::{DETAIL_FROM_ROWS, Model, ViewState};
use crate::tui::text::{keys_together, unjoined, width, wrap};
use crate::tui::theme::Role;

/// From this width on there is room for its name.
const NAMED_FROM_COLUMNS: u16 = 70;
/// Lines of the caption at most.
const CAPTION: usize = 2;

/// Behind a caption that is cut: the key that shows all of it.
const MORE: &str = " (i)";

/// Says in the first line that nothing of this is real, and how time goes; and how many cells that took.
pub(super) fn badge(canvas: &mut Canvas<'_>, area: Rect, from: u16, model: &Model) -> u16 {
    let Some(demo) = &model.demo else { return 0 };
    let dot = canvas.glyphs().dot;
    let mut spans = vec![canvas.span(Role::Busy, "demo")];
    if area.width >= NAMED_FROM_COLUMNS {
        spans.push(canvas.span(Role::Muted, format!(" {dot} ")));
        spans.push(canvas.span(Role::Strong, demo.name.clone()));
    }
    spans.push(canvas.span(Role::Muted, format!(" {dot} ")));
    spans.push(canvas.span(Role::Text, demo.pace()));
    let state = match (&demo.broken, demo.paused) {
        (Some(_), _) => Some((Role::Bad, "stopped")),
        (None, true) => Some((Role::Warning, "paused")),
        (None, false) => None,
    };
    if let Some((role, word)) = state {
        spans.push(canvas.span(Role::Muted, format!(" {dot} ")));
        spans.push(canvas.span(role, word));
    }
    let cells = area.width.saturating_sub(from);
    canvas.put_line(area.x + from, area.y, cells, &Line::from(spans)) + 2
}

/// How many lines the caption takes.
pub(super) fn height(model: &Model, area: Rect) -> u16 {
    let Some(demo) = &model.demo else { return 0 };
    let cells = usize::from(area.width).saturating_sub(2);
    // A small screen is for rows.
    let most = if area.height >= DETAIL_FROM_ROWS - 8 {
        CAPTION
    } else {
        1
    };
    caption_lines(demo, cells).len().min(most) as u16
}

/// The caption in lines of so many cells; what is to be pressed is not torn apart.
fn caption_lines(demo: &Demo, cells: usize) -> Vec<String> {
    let caption = keys_together(&demo.caption);
    let lines = wrap(&caption, cells).into_iter();
    lines.map(|line| unjoined(line).into_owned()).collect()
}

/// What is to be said of it now; what does not fit is in the popup.
pub(super) fn caption(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let Some(demo) = &model.demo else { return };
    let cells = usize::from(area.width).saturating_sub(2);
    let lines = caption_lines(demo, cells);
    let shown = usize::from(area.height);
    let ellipsis = canvas.glyphs().ellipsis;
    for (at, line) in lines.iter().take(shown).enumerate() {
        let line = if at + 1 == shown && lines.len() > shown {
            // The popup has the rest.
            let room = cells.saturating_sub(width(MORE));
            format!("{}{MORE}", canvas.fit(&format!("{line}{ellipsis}"), room))
        } else {
            line.clone()
        };
        let y = area.y + at as u16;
        canvas.put(area.x + 1, y, cells as u16, &line, Role::Accent);
    }
}

/// What it shows, what happened in it, and how to look at it from a shell.
pub(super) fn scene(
    canvas: &mut Canvas<'_>,
    area: Rect,
    model: &Model,
    scroll: usize,
    view: &mut ViewState,
) {
    let Some(demo) = &model.demo else { return };
    let area = centred(area, 100, area.height.saturating_sub(2));
    canvas.clear(area);
    let titles = Titles {
        left: Line::from(canvas.span(Role::Title, format!(" {} ", demo.title))),
        right: Line::from(vec![
            canvas.span(Role::Key, " esc"),
            canvas.span(Role::Muted, " close "),
        ]),
        bottom: Line::default(),
    };
    let inner = canvas.pane(area, true, &titles);
    let inner = Rect {
        x: inner.x + 1,
        width: inner.width.saturating_sub(2),
        ..inner
    };
    let cells = usize::from(inner.width);
    let mut prose = Prose::default();
    for line in caption_lines(demo, cells) {
        prose.line(Line::from(canvas.span(Role::Accent, line)));
    }
    if let Some(why) = &demo.broken {
        prose.gap();
        prose.text(canvas, cells, Role::Bad, why);
    }
    prose.gap();
    let state = if demo.paused { ", paused" } else { "" };
    for (label, text) in [
        (
            "jobs",
            "simulated; what they write is real, in a directory that goes when you leave, unless --keep named it".to_owned(),
        ),
        (
            "time",
            format!(
                "{}{state}, {}; , pauses, . goes on to the next thing that happens, {{ }} set the speed",
                demo.pace(),
                demo.apart.as_deref().unwrap_or("with the machine's clock"),
            ),
        ),
        (
            "shell",
            format!("stateward ls {} \\", demo.directory),
        ),
        // Only the cluster can tell what is under way where its time is another than the machine's.
        ("", format!("  --flink {}", demo.url)),
        ("", format!("stateward jobs --flink {}", demo.url)),
    ] {
        prose.fact(canvas, cells, label, Role::Text, &text);
    }
    if demo.has_ages_of_its_own() {
        let text = "ages there are by the machine's clock, and differ from these";
        prose.fact(canvas, cells, "", Role::Warning, text);
    }
    prose.gap();
    prose.line(Line::from(canvas.span(Role::Title, "What happened")));
    for it in &demo.story {
        let age = canvas.ages().ago(it.at);
        prose.hanging(
            canvas,
            cells,
            Span::styled(format!("{age:>8}  "), canvas.style(Role::Muted)),
            Role::Text,
            &it.words,
        );
    }
    prose.scrolled(canvas, inner, scroll, view);
}
