//! The first line: what is being looked at, and how fresh it is.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::canvas::Canvas;
use super::{contact, demo};
use crate::action::unfinished;
use crate::app::clusters;
use crate::app::explain::Tone;
use crate::app::model::{Model, Popup};
use crate::app::order::short_name;
use crate::app::planning::Wish;
use crate::config::Danger;
use crate::domain::cluster::Contact;
use crate::domain::location::Location;
use crate::domain::snapshot::{RootState, RootStatus, Watching};
use crate::domain::text::scrub;
use crate::tui::glyphs::Watch;
use crate::tui::text::{count, fit_end, fit_middle, thousands, width};
use crate::tui::theme::Role;

/// How many lines the roots take when they do not fit into the first.
const MOST_ROOT_LINES: usize = 3;
/// Cells for the name of a recording,
const RECORDING: usize = 20;
/// and from this width on there is room for them.
const NAMES_RECORDING: u16 = 60;

pub(super) fn height(model: &Model, area: Rect) -> u16 {
    if roots_fold(model) {
        return 1;
    }
    let room = if area.height >= 30 {
        MOST_ROOT_LINES
    } else {
        1
    };
    1 + model.roots.len().min(room) as u16
}

/// One healthy root is told in the first line itself.
fn roots_fold(model: &Model) -> bool {
    match model.roots.as_slice() {
        [] => true,
        [root] => told(root).tone <= Tone::Busy && root.problems.is_empty(),
        _ => false,
    }
}

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    // The name itself warns in contexts that say so.
    let role = match model.danger {
        Danger::None => Role::Brand,
        Danger::Yellow => Role::Warning,
        Danger::Red => Role::Alarm,
    };
    let mut brand = canvas.put(area.x, area.y, area.width, " stateward ", role) + 1;
    brand += demo::badge(canvas, area, brand, model);
    let trail = Trail::of(model);
    let folded = roots_fold(model);
    let dot = canvas.glyphs().dot;
    // What the first line says on its right, the most important first; but what keys may do is the last to be left out.
    let mut parts: Vec<Vec<Span<'_>>> = Vec::new();
    let rights = may_write(canvas, model);
    parts.extend(badge(canvas, model));
    let badges = parts.len();
    // That nothing of it is now matters more than all of it.
    if let Some(replay) = &model.replay {
        let name = fit_middle(&replay.name, RECORDING, canvas.glyphs().ellipsis);
        let text = if area.width < NAMES_RECORDING {
            "recording".to_owned()
        } else {
            format!("recording {name}")
        };
        parts.push(vec![canvas.span(Role::Warning, text)]);
    }
    let mut silent = None;
    if let Some(cluster) = clusters::most_worrying(&model.clusters) {
        if matches!(cluster.contact, Contact::Silent { .. }) {
            silent = Some(parts.len());
        }
        let mut spans = contact::brief(canvas, cluster);
        if model.clusters.len() > 1 {
            let of = format!(" ({} of {})", cluster.name, model.clusters.len());
            spans.push(canvas.span(Role::Muted, of));
        }
        parts.push(spans);
    }
    if model.is_replay() {
        parts.push(vec![may_write(canvas, model)]);
    } else if let ([root], true) = (model.roots.as_slice(), folded) {
        let mut watch = watch_spans(canvas, root);
        if model.clusters.is_empty() {
            parts.push(watch);
            parts.push(vec![may_write(canvas, model)]);
        } else {
            // Two things are live or not, so each is named; what keys may do matters more than the disk.
            watch.insert(0, canvas.span(Role::Text, "disk "));
            parts.push(vec![may_write(canvas, model)]);
            parts.push(watch);
        }
        parts.push(checked_spans(canvas, root));
    } else {
        parts.push(vec![may_write(canvas, model)]);
        parts.push(vec![
            canvas.span(Role::Muted, count(model.roots.len(), "root")),
        ]);
    }
    let room = usize::from(area.width.saturating_sub(brand + 2));
    let mut right = Line::default();
    let mut reserved = rights.width() + INTO;
    for (at, part) in parts.into_iter().enumerate() {
        let is_rights = part.first() == Some(&rights);
        let mut longer = right.clone();
        if longer.width() > 0 && !part.is_empty() {
            longer.push_span(canvas.span(Role::Muted, format!(" {dot} ")));
        }
        longer.spans.extend(part);
        let wanted = match at {
            _ if is_rights => 0,
            // What a cluster said before it fell silent must not pass for what is so now.
            _ if silent == Some(at) => reserved,
            // What was left half done, and that it is a recording, matters more than where one is.
            0 if badges > 0 || model.is_replay() => reserved,
            // Whether it is live is worth the beginning of a path.
            0 => trail.least() + reserved,
            _ if at == badges => trail.snapshot_cells() + reserved,
            _ => trail.shortest() + reserved,
        };
        if longer.width() + wanted < room {
            right = longer;
        }
        if is_rights {
            reserved = 0;
        }
    }
    let cells = right.width() as u16;
    canvas.put_line(
        area.right().saturating_sub(cells + 1),
        area.y,
        cells,
        &right,
    );
    let room = room.saturating_sub(usize::from(cells) + 1);
    trail.draw(canvas, area.x + brand, area.y, room);
    if !folded {
        root_lines(canvas, area, model);
    }
}

/// What something ended half-way, and the key to it: until somebody goes on with it or back, what it is about looks like
/// Flink's work.
fn badge<'t>(canvas: &Canvas<'_>, model: &Model) -> Option<Vec<Span<'t>>> {
    let words = unfinished::summary(&model.unfinished)?;
    Some(vec![
        canvas.span(Role::Alarm, format!(" {words} ")),
        canvas.span(Role::Muted, format!("{} ", canvas.glyphs().dot)),
        canvas.span(Role::Key, "T"),
    ])
}

/// Whether keys can change anything.
fn may_write<'t>(canvas: &Canvas<'_>, model: &Model) -> Span<'t> {
    if model.write {
        let role = match model.danger {
            Danger::Red => Role::Alarm,
            Danger::None | Danger::Yellow => Role::Warning,
        };
        canvas.span(role, "changes allowed")
    } else {
        canvas.span(Role::Muted, "read-only")
    }
}

/// The breadcrumb: root, lineage, snapshot.
struct Trail {
    root: Option<String>,
    /// None where it is all of them.
    lineage: Option<String>,
    snapshot: String,
}

/// Between the parts of the breadcrumb: the mark and a space on either side.
const INTO: usize = 3;

impl Trail {
    fn of(model: &Model) -> Self {
        let plan = model.popups.iter().rev().find_map(|popup| match popup {
            Popup::Plan(review) => Some(&review.wish),
            _ => None,
        });
        match plan {
            Some(wish) => Self::of_plan(model, wish),
            None => Self::of_selected(model),
        }
    }

    /// Of a plan, what is in it: the row that is chosen below may be another.
    fn of_plan(model: &Model, wish: &Wish) -> Self {
        let selected = Self::of_selected(model);
        let Wish::Snapshots(places) = wish else {
            return Self {
                snapshot: String::new(),
                ..selected
            };
        };
        let root_of = |place: &Location| {
            let mut roots = model.roots.iter();
            roots.find(|root| place.is_within(&root.location))
        };
        let lineage_of = |place: &Location| {
            let row = model.snapshots.get(place)?;
            model
                .lineage(row.lineage)
                .map(|it| model.called(it).to_owned())
        };
        let root = all_alike(places, root_of).map(|it| plain_path(&it.location.shown()));
        let snapshot = match places.as_slice() {
            [only] => match model.snapshots.get(only) {
                Some(row) => short_name(row).to_owned(),
                None => scrub(&String::from_utf8_lossy(only.name())).into_owned(),
            },
            more => count(more.len(), "snapshot"),
        };
        Self {
            root: selected.root.and(root),
            lineage: selected.lineage.and_then(|_| all_alike(places, lineage_of)),
            snapshot,
        }
    }

    fn of_selected(model: &Model) -> Self {
        let selected = model.detailed();
        let root = selected
            .and_then(|snapshot| {
                model
                    .roots
                    .iter()
                    .find(|root| snapshot.location.is_within(&root.location))
            })
            .or_else(|| model.roots.first());
        let root = root.map(|root| plain_path(&root.location.shown()));
        Self {
            // A demonstration has one of no meaning.
            root: match &model.demo {
                Some(_) => None,
                None => Some(root.unwrap_or_default()),
            },
            lineage: model.scope_lineage().map(|it| model.called(it).to_owned()),
            snapshot: selected
                .map(|snapshot| short_name(snapshot).to_owned())
                .unwrap_or_default(),
        }
    }

    /// What it takes at least to be of use: all of it up to a common width.
    fn shortest(&self) -> usize {
        let root = self.root.as_ref().map_or(0, |it| width(it) + INTO);
        (root + width(&self.snapshot) + 12 + INTO).min(44)
    }

    /// What it takes to say which snapshot it is.
    fn snapshot_cells(&self) -> usize {
        width(&self.snapshot) + INTO
    }

    /// What it takes without the root.
    fn least(&self) -> usize {
        width(&self.snapshot) + 12 + INTO
    }

    /// The end of the trail tells most, so the root gives way first.
    fn draw(&self, canvas: &mut Canvas<'_>, x: u16, y: u16, cells: usize) {
        let ellipsis = canvas.glyphs().ellipsis;
        let into = canvas.span(Role::Muted, format!(" {} ", canvas.glyphs().into));
        let lineage = match &self.lineage {
            Some(name) => canvas.short(name),
            None => "all lineages".into(),
        }
        .into_owned();
        let tail = width(&self.snapshot) + if self.snapshot.is_empty() { 0 } else { INTO };
        let lineage_cells = width(&lineage).min(cells.saturating_sub(tail));
        let root_cells = cells.saturating_sub(tail + lineage_cells + INTO);
        let mut spans = Vec::new();
        let fits = |root: &&String| root_cells >= 6 || root_cells >= width(root);
        if let Some(root) = self.root.as_ref().filter(fits) {
            spans.push(canvas.span(
                Role::Muted,
                fit_end(root, root_cells, ellipsis).into_owned(),
            ));
            spans.push(into.clone());
        }
        if lineage_cells > 0 {
            let shown = match &self.lineage {
                Some(_) => canvas.fit_name(&lineage, lineage_cells),
                None => canvas.fit(&lineage, lineage_cells),
            };
            spans.push(canvas.span(Role::Text, shown.into_owned()));
        }
        if !self.snapshot.is_empty() {
            if !spans.is_empty() {
                spans.push(into);
            }
            spans.push(canvas.span(Role::Strong, self.snapshot.clone()));
        }
        canvas.put_line(x, y, cells as u16, &Line::from(spans));
    }
}

/// What all of these have, where it is the same.
fn all_alike<T: PartialEq>(
    places: &[Location],
    what: impl Fn(&Location) -> Option<T>,
) -> Option<T> {
    let first = what(places.first()?);
    let are_alike = places.iter().all(|place| what(place) == first);
    first.filter(|_| are_alike)
}

/// A local path without the scheme that Flink gives it.
pub(super) fn plain_path(shown: &str) -> String {
    shown.strip_prefix("file:").unwrap_or(shown).to_owned()
}

/// What a root's state is, and how good that is.
struct Told {
    tone: Tone,
    watch: Watch,
    words: String,
}

fn told(root: &RootStatus) -> Told {
    let (tone, watch, words) = match (&root.state, &root.watching) {
        (RootState::Missing, Watching::Off) => (Tone::Bad, Watch::Gone, "not there".to_owned()),
        (RootState::Missing, _) => (
            Tone::Bad,
            Watch::Gone,
            "gone; looking for it at each poll".to_owned(),
        ),
        (RootState::Failed(reason), _) => (Tone::Bad, Watch::Gone, format!("unreadable: {reason}")),
        (RootState::Scanning { found }, _) => (
            Tone::Busy,
            Watch::Half,
            format!("scanning, {} so far", thousands(*found)),
        ),
        (RootState::Ready, Watching::Native) => (Tone::Good, Watch::Live, "live".to_owned()),
        (RootState::Ready, Watching::Polling(reason)) => {
            (Tone::Warning, Watch::Half, format!("polling: {reason}"))
        }
        (RootState::Ready, Watching::Off) => {
            (Tone::Plain, Watch::Half, "one look, not watched".to_owned())
        }
    };
    Told { tone, watch, words }
}

fn watch_spans<'t>(canvas: &Canvas<'_>, root: &RootStatus) -> Vec<Span<'t>> {
    let told = told(root);
    let mut spans = vec![
        canvas.span(told.tone.into(), canvas.glyphs().watch(told.watch)),
        canvas.span(Role::Text, format!(" {}", told.words)),
    ];
    if let Some(problem) = root.problems.first() {
        let more = match root.problems.len() - 1 {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        spans.push(canvas.span(
            Role::Warning,
            format!(" {} {problem}{more}", canvas.glyphs().dot),
        ));
    }
    spans
}

fn checked_spans<'t>(canvas: &Canvas<'_>, root: &RootStatus) -> Vec<Span<'t>> {
    match (root.scanned_at, &root.state) {
        (Some(at), RootState::Ready | RootState::Missing) => {
            vec![canvas.span(Role::Muted, format!("checked {}", canvas.ages().about(at)))]
        }
        _ => Vec::new(),
    }
}

fn root_lines(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let mut roots: Vec<&RootStatus> = model.roots.iter().collect();
    let lines = usize::from(area.height.saturating_sub(1));
    if roots.len() > lines {
        // Whatever needs a look must not be the one that is left out.
        roots.sort_by_key(|root| std::cmp::Reverse(told(root).tone));
    }
    let left_out = roots.len().saturating_sub(lines);
    for (at, root) in roots.iter().take(lines).enumerate() {
        let y = area.y + 1 + at as u16;
        let mut line = watch_spans(canvas, root);
        let path = plain_path(&root.location.shown());
        let cells = usize::from(area.width) / 3;
        line.insert(1, Span::raw(" "));
        line.insert(
            2,
            canvas.span(
                Role::Text,
                fit_end(&path, cells, canvas.glyphs().ellipsis).into_owned(),
            ),
        );
        line.insert(
            3,
            canvas.span(Role::Muted, format!(" {}", canvas.glyphs().dot)),
        );
        let checked = checked_spans(canvas, root);
        if !checked.is_empty() {
            line.push(canvas.span(Role::Muted, format!(" {} ", canvas.glyphs().dot)));
            line.extend(checked);
        }
        if at + 1 == lines && left_out > 0 {
            line.push(canvas.span(
                Role::Muted,
                format!(
                    " {} and {}",
                    canvas.glyphs().dot,
                    count(left_out, "more root")
                ),
            ));
        }
        canvas.put_line(
            area.x + 1,
            y,
            area.width.saturating_sub(2),
            &Line::from(line),
        );
    }
}
