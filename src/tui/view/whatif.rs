//! What-if: a copy of a lineage, what happened to it, and what is left of it.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::canvas::{Canvas, Titles, keep_visible};
use super::prose::Prose;
use crate::analysis::whatif::{After, Event, Piece, Shared, Sum, Whereabouts, World};
use crate::app::explain;
use crate::app::model::{Model, ViewState};
use crate::app::whatif::{WhatIf, is_over};
use crate::domain::size::iec;
use crate::tui::text::{fit_middle, width};
use crate::tui::theme::Role;

/// Cells of the columns beside the name.
const KIND: u16 = 13;
const AFTERWARDS: u16 = 24;
const REFER: u16 = 9;
/// A name has at least so many cells, and the kind goes before it gets fewer.
const NAME: u16 = 20;
/// So many snapshots are named that have files of the chosen one.
const KEEPERS: usize = 4;
/// Lines that are not rows: frame, banner, steps, headings, sums.
const AROUND: u16 = 6;
/// Cells of what became of a file, of its size, and of its name at most.
const WORD: usize = 20;
const SIZE: usize = 9;
const FILE: usize = 36;

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, model: &Model, view: &mut ViewState) {
    canvas.clear(area);
    let whatif = &model.whatif;
    let rows = whatif.world.as_ref().map_or(1, |it| it.pieces.len());
    let wanted = (rows as u16).saturating_add(AROUND);
    let height = wanted.min(area.height * 3 / 5).max(7).min(area.height);
    let upper = Rect { height, ..area };
    let lower = Rect {
        y: area.y + height,
        height: area.height - height,
        ..area
    };
    let inner = frame(canvas, upper);
    let Some(world) = &whatif.world else {
        let text = "Making a copy.";
        canvas.put(inner.x, inner.y, inner.width, text, Role::Muted);
        return;
    };
    let [banner, steps, list, sums] = parts(inner);
    let text = "A copy is played on: your disk and your clusters stay as they are.";
    canvas.put(banner.x, banner.y, banner.width, text, Role::Warning);
    let line = so_far(canvas, whatif, world, steps.width);
    canvas.put_line(steps.x, steps.y, steps.width, &line);
    snapshots(canvas, list, whatif, world, view);
    let line = totals(canvas, whatif);
    canvas.put_line(sums.x, sums.y, sums.width, &line);
    if lower.height > 2 {
        about(canvas, lower, model, world);
    }
}

/// The frame, which says loudly that all this is play.
fn frame(canvas: &mut Canvas<'_>, area: Rect) -> Rect {
    let titles = Titles {
        left: Line::from(canvas.span(Role::Title, " What if ")),
        right: Line::from(canvas.span(Role::Alarm, " NOTHING HAPPENS FOR REAL ")),
        bottom: Line::default(),
    };
    let inner = canvas.pane(area, true, &titles);
    Rect {
        x: inner.x + 1,
        width: inner.width.saturating_sub(2),
        ..inner
    }
}

/// One line each for the banner, the steps and the sums; the list has the rest.
fn parts(inner: Rect) -> [Rect; 4] {
    let line = |y: u16| Rect {
        y: (inner.y + y).min(inner.bottom().saturating_sub(1)),
        height: 1,
        ..inner
    };
    let list = Rect {
        y: inner.y + 2,
        height: inner.height.saturating_sub(3),
        ..inner
    };
    [line(0), line(1), list, line(inner.height.saturating_sub(1))]
}

/// What happened to the copy; where there is no room for all, the last of it.
fn so_far(canvas: &Canvas<'_>, whatif: &WhatIf, world: &World, cells: u16) -> Line<'static> {
    if whatif.steps.is_empty() {
        let text = "Nothing happened yet. The keys below let it happen to the chosen one's job.";
        return Line::from(canvas.span(Role::Muted, text));
    }
    let mut words: Vec<String> = Vec::new();
    for (number, step) in whatif.steps.iter().enumerate() {
        let name = world.pieces.get(step.at).map_or("", |it| &it.row.name);
        let what = match step.event {
            Event::Subsumed | Event::Disposed => {
                format!("{} {}", canvas.short(name), step.event.word())
            }
            event => format!("{} {}", world.job_name(step.at), event.word()),
        };
        words.push(format!("{}. {what}", number + 1));
    }
    let mut from = 0;
    while from + 1 < words.len() && width(&words[from..].join("  ")) + 3 > usize::from(cells) {
        from += 1;
    }
    let lead = if from > 0 {
        format!("{} ", canvas.glyphs().ellipsis)
    } else {
        String::new()
    };
    let text = format!("{lead}{}", words[from..].join("  "));
    Line::from(canvas.span(Role::Strong, text))
}

fn snapshots(
    canvas: &mut Canvas<'_>,
    area: Rect,
    whatif: &WhatIf,
    world: &World,
    view: &mut ViewState,
) {
    let kind = if area.width >= NAME + KIND + AFTERWARDS + REFER {
        KIND
    } else {
        0
    };
    let refer = if area.width >= NAME + AFTERWARDS + REFER {
        REFER
    } else {
        0
    };
    let beside = kind + AFTERWARDS + refer;
    // No wider than its names, so that the eye finds what belongs together.
    let names = world.pieces.iter().map(|it| width(&it.row.name));
    let widest = names.max().unwrap_or_default() as u16 + 2;
    let name = area.width.saturating_sub(beside).min(widest.max(NAME));
    let style = canvas.style(Role::Heading);
    let headings = [
        ("SNAPSHOT", style),
        ("KIND", style),
        ("AFTERWARDS", style),
        ("REFER", style),
    ];
    columns(canvas, area, [name, kind, refer], headings);
    let list = Rect {
        y: area.y + 1,
        height: area.height.saturating_sub(1),
        ..area
    };
    let page = usize::from(list.height);
    view.popup_page = page;
    let len = world.pieces.len();
    // The newest is on top.
    let chosen = len.saturating_sub(1 + whatif.chosen);
    let offset = keep_visible(view.popup_offset, Some(chosen), page, len);
    view.popup_offset = offset;
    for (row, y) in (offset..len).zip(list.y..list.bottom()) {
        let at = len - 1 - row;
        let (piece, after) = (&world.pieces[at], &whatif.outcome.pieces[at]);
        let line = Rect {
            y,
            height: 1,
            ..list
        };
        let (role, words) = match (piece.metadata, after.is) {
            (None, Whereabouts::Gone(step)) => (Role::Bad, format!("aborted by {}.", step + 1)),
            // It never completed, or nobody can read it: no rule of Flink's reaches it.
            (None, Whereabouts::There) => (Role::Muted, piece.row.health_word().to_owned()),
            _ => afterwards(piece, after),
        };
        let is_gone = matches!(after.is, Whereabouts::Gone(_));
        let plain = if is_gone { Role::Muted } else { Role::Text };
        let size = iec(piece.row.sizes.refer);
        let cells = [
            (piece.row.name.as_str(), canvas.style(plain)),
            (piece.row.kind.word(), canvas.style(plain)),
            (words.as_str(), canvas.style(role)),
            (size.as_str(), canvas.style(plain)),
        ];
        columns(canvas, line, [name, kind, refer], cells);
        if row == chosen {
            let wide = Rect {
                x: line.x - 1,
                width: line.width + 2,
                ..line
            };
            canvas.choose(wide, true);
        }
    }
    let bar = Rect {
        width: list.width + 1,
        ..list
    };
    canvas.scrollbar(bar, offset, page, len);
}

fn columns(
    canvas: &mut Canvas<'_>,
    line: Rect,
    [name, kind, refer]: [u16; 3],
    cells: [(&str, ratatui::style::Style); 4],
) {
    let [whose, what, now, size] = cells;
    let room = usize::from(name.saturating_sub(1));
    let short = fit_middle(whose.0, room, canvas.glyphs().ellipsis).into_owned();
    canvas.put_styled(line.x, line.y, name, &short, whose.1);
    canvas.put_styled(
        line.x + name,
        line.y,
        kind.saturating_sub(1),
        what.0,
        what.1,
    );
    let left = line.x + name + kind;
    canvas.put_styled(left, line.y, AFTERWARDS - 1, now.0, now.1);
    if refer > 0 {
        canvas.put_right(left + AFTERWARDS, line.y, refer, size.0, size.1);
    }
}

/// What a snapshot is afterwards.
fn afterwards(piece: &Piece, after: &After) -> (Role, String) {
    match after.is {
        Whereabouts::Gone(step) => (Role::Bad, format!("deleted by {}.", step + 1)),
        _ if after.lost.files > 0 => (Role::Alarm, format!("BROKEN, {} gone", files(after.lost))),
        Whereabouts::Open(step) => (Role::Warning, format!("not known since {}.", step + 1)),
        Whereabouts::There if piece.was_broken() => (Role::Bad, "broken before".to_owned()),
        Whereabouts::There if after.doubtful.files > 0 => (
            Role::Warning,
            format!("there? {} open", files(after.doubtful)),
        ),
        Whereabouts::There => (Role::Good, "there".to_owned()),
    }
}

fn files(sum: Sum) -> String {
    crate::tui::text::count(usize::try_from(sum.files).unwrap_or(usize::MAX), "file")
}

fn totals(canvas: &Canvas<'_>, whatif: &WhatIf) -> Line<'static> {
    let outcome = &whatif.outcome;
    let mut spans: Vec<Span<'static>> = Vec::new();
    let parts = [
        ("goes ", Role::Bad, outcome.goes, true),
        ("stays ", Role::Good, outcome.stays, true),
        ("not known ", Role::Warning, outcome.open, false),
        ("left behind ", Role::Warning, outcome.left, false),
    ];
    for (label, role, sum, always) in parts {
        if !always && sum.files == 0 {
            continue;
        }
        if !spans.is_empty() {
            spans.push(canvas.span(Role::Muted, "  "));
        }
        let role = if sum.files == 0 { Role::Muted } else { role };
        spans.push(canvas.span(Role::Muted, label));
        spans.push(canvas.span(role, format!("{} in {}", iec(sum.bytes), files(sum))));
    }
    Line::from(spans)
}

/// What the last step came to, and who keeps what of the chosen one.
fn about(canvas: &mut Canvas<'_>, area: Rect, model: &Model, world: &World) {
    let whatif = &model.whatif;
    let Some(piece) = world.pieces.get(whatif.chosen) else {
        return;
    };
    let titles = Titles {
        left: Line::from(canvas.span(Role::Title, format!(" {} ", piece.row.name))),
        ..Titles::default()
    };
    let inner = canvas.pane(area, false, &titles);
    let text = Rect {
        x: inner.x + 1,
        width: inner.width.saturating_sub(2),
        ..inner
    };
    let cells = usize::from(text.width);
    let mut prose = Prose::default();
    for told in &whatif.outcome.told {
        let role = if told.starts_with("BROKEN") {
            Role::Bad
        } else {
            Role::Text
        };
        prose.text(canvas, cells, role, told);
    }
    let (label, keepers) = kept(whatif, world);
    prose.fact(canvas, cells, label, Role::Text, &keepers);
    let fate = explain::fate_sentence(&piece.fate);
    let lead = match (piece.claimed_by, piece.fate.inferred) {
        (Some(_), _) => "claimed",
        (None, true) => "inferred",
        (None, false) => "its record",
    };
    let fate = match piece.claimed_by {
        Some(_) => format!("{}: {fate}", piece.fate.because),
        None => fate,
    };
    prose.fact(canvas, cells, lead, Role::Text, &fate);
    if piece.claimed_by.is_none() && is_over(model, &piece.row) {
        let text = "A cluster says that its job is over: none of this can happen to it any more. It is played as if it lived.";
        prose.fact(canvas, cells, "in truth", Role::Warning, text);
    }
    for remark in &world.notes() {
        prose.fact(canvas, cells, "note", Role::Warning, remark);
    }
    shared(canvas, &mut prose, text, whatif, world);
    prose.draw(canvas, text, 0);
}

/// Who has files of the chosen one, too.
fn kept(whatif: &WhatIf, world: &World) -> (&'static str, String) {
    let keepers = whatif.outcome.keepers(world, whatif.chosen);
    let named: Vec<String> = keepers
        .iter()
        .take(KEEPERS)
        .map(|it| format!("{} {}", it.name, it.sum.words()))
        .collect();
    let more = match keepers.len().saturating_sub(named.len()) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let is_gone = whatif
        .outcome
        .pieces
        .get(whatif.chosen)
        .is_some_and(|it| matches!(it.is, Whereabouts::Gone(_)));
    match (is_gone, named.is_empty()) {
        (true, true) => ("kept", "nothing of it by another snapshot".to_owned()),
        (true, false) => ("kept by", format!("{}{more}", named.join(", "))),
        (false, true) => ("shared", "with no other snapshot".to_owned()),
        (false, false) => ("shared with", format!("{}{more}", named.join(", "))),
    }
}

/// File by file, as many as there is room for.
fn shared(canvas: &Canvas<'_>, prose: &mut Prose, area: Rect, whatif: &WhatIf, world: &World) {
    let files = whatif.outcome.shared(world, whatif.chosen);
    let room = usize::from(area.height).saturating_sub(prose.lines.len() + 2);
    if files.is_empty() || room < 2 {
        return;
    }
    prose.gap();
    let who = |it: &Shared| match it.keepers.len() {
        0 => "nobody else".to_owned(),
        _ => it.keepers.join(", "),
    };
    let cells = usize::from(area.width).saturating_sub(WORD + SIZE + 2);
    let names = files.iter().map(|it| width(&who(it))).max();
    // A name may be cut in its middle before who has it is.
    let name = cells.saturating_sub(names.unwrap_or(0) + 2);
    let name = name.max(cells / 2).min(FILE);
    for it in files.iter().take(room) {
        let (role, word) = match it.is {
            Whereabouts::There => (Role::Good, "there".to_owned()),
            Whereabouts::Gone(step) => (Role::Bad, format!("deleted by {}.", step + 1)),
            Whereabouts::Open(step) => (Role::Warning, format!("not known since {}.", step + 1)),
        };
        let file = &world.files[it.file];
        let file_name = fit_middle(&file.name, name, canvas.glyphs().ellipsis);
        prose.line(Line::from(vec![
            canvas.span(role, format!("{word:<WORD$}")),
            canvas.span(Role::Text, format!("{:>SIZE$}  ", iec(file.bytes))),
            canvas.span(Role::Muted, format!("{file_name:<name$}  ")),
            canvas.span(Role::Text, who(it)),
        ]));
    }
    if let Some(more) = files.len().checked_sub(room).filter(|more| *more > 0) {
        prose.line(Line::from(canvas.span(
            Role::Muted,
            format!("and {more} more files that others name, too"),
        )));
    }
}
