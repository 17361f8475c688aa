//! The screen of time: a lane for each lineage, and in it a mark for each snapshot that is or was.
//!
//! Everything is worked out when something changes: what lies where in time when the inventory or the past does, which cell
//! that is when the view moves. A frame only draws it.

mod axis;
mod lanes;
mod layout;

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

pub use self::lanes::{Lane, Shape, Sort, Spot, Track};
pub use self::layout::{Cell, Doing, Flag, Layout, Line, NAME_CELLS, NAME_CELLS_WIDE, WIDE};
use super::command::CommandId;
use super::effect::Effect;
use super::gone;
use super::model::{Focus, Model, Popup};
use super::moves::{self, Step};
use crate::analysis::timeline::{Life, Timeline as Past};
use crate::analysis::whatif::World;
use crate::domain::location::Location;
use crate::domain::snapshot::LineageId;

/// How much time the view may span, in seconds.
const SPANS: [i64; 17] = [
    60,
    120,
    300,
    600,
    1_800,
    3_600,
    7_200,
    21_600,
    43_200,
    86_400,
    2 * 86_400,
    7 * 86_400,
    14 * 86_400,
    30 * 86_400,
    90 * 86_400,
    365 * 86_400,
    5 * 365 * 86_400,
];
/// So many of the newest of a lane are in view at first, where there are as many,
const FEWEST: usize = 4;
/// and not more than so many.
const MOST: usize = 30;

/// What the screen shows, and where in it the keys are.
#[derive(Debug, Clone, Default)]
pub struct Timeline {
    /// The lanes.
    pub lanes: Vec<Lane>,
    /// Where the chosen snapshot lies, or lay.
    pub selected: Option<Location>,
    /// Which of those that lay there one after the other it is, as [`Life::turn`] counts them.
    pub turn: u32,
    /// How much time is seen.
    pub span: SignedDuration,
    /// Up to when is seen; none follows the time.
    pub edge: Option<Timestamp>,
    /// Whether what is known of the chosen one lies over the lanes.
    pub told: bool,
    /// First visible line of that.
    pub scroll: usize,
    /// Where everything is.
    pub layout: Layout,
    /// Those that share files with the chosen one.
    pub ties: BTreeSet<Location>,
    /// Which lineage was copied to know that, and the copy.
    asked: Option<LineageId>,
    generation: u64,
    world: Option<Arc<World>>,
}

impl Timeline {
    /// The chosen snapshot.
    pub fn spot(&self) -> Option<&Spot> {
        self.spots().find(|spot| self.is_chosen(spot))
    }

    /// Whether it is this one.
    pub fn is_chosen(&self, spot: &Spot) -> bool {
        self.selected.as_ref() == Some(&spot.life.sketch.uri) && self.turn == spot.life.turn
    }

    /// Whether it shares files with the chosen one.
    pub fn is_tied(&self, spot: &Spot) -> bool {
        spot.life.is_there() && self.ties.contains(&spot.life.sketch.uri)
    }

    fn choose(&mut self, chosen: Option<(Location, u32)>) {
        (self.selected, self.turn) = match chosen {
            Some((at, turn)) => (Some(at), turn),
            None => (None, 0),
        };
    }

    fn spots(&self) -> impl Iterator<Item = &Spot> {
        self.tracks().flat_map(|track| &track.spots)
    }

    fn tracks(&self) -> impl Iterator<Item = &Track> {
        self.lanes.iter().flat_map(|lane| &lane.tracks)
    }

    /// The track of the chosen one, and its place there.
    fn place(&self) -> Option<(usize, usize)> {
        self.tracks().enumerate().find_map(|(at, track)| {
            let spot = track.spots.iter().position(|spot| self.is_chosen(spot))?;
            Some((at, spot))
        })
    }
}

fn is_open(model: &Model) -> bool {
    matches!(model.popups.last(), Some(Popup::Timeline))
}

/// Carries out a command of this screen.
pub(super) fn run(model: &mut Model, id: CommandId) -> Vec<Effect> {
    match id {
        CommandId::Timeline => open(model),
        CommandId::TimelineIn => zoom(model, -1),
        CommandId::TimelineOut => zoom(model, 1),
        CommandId::TimelineEarlier => pan(model, -1),
        CommandId::TimelineLater => pan(model, 1),
        CommandId::TimelineFollow => model.timeline.edge = None,
        CommandId::TimelineAll => {
            model.timeline.edge = None;
            let first = model.timeline.spots().map(|spot| spot.at).min();
            model.timeline.span = span_to(model, first);
        }
        CommandId::TimelinePrevious => beside(model, -1),
        CommandId::TimelineNext => beside(model, 1),
        CommandId::TimelineGo => go(model),
        _ => {}
    }
    lay_out(model);
    follow(model).into_iter().collect()
}

fn open(model: &mut Model) {
    model.popups.push(Popup::Timeline);
    let selected = model.detailed().map(|it| it.location.clone());
    model.timeline = Timeline {
        selected,
        ..Timeline::default()
    };
    lanes::assemble(model);
    // Of those that lay at one place, the last is there.
    let timeline = &model.timeline;
    let of_place = |spot: &&Spot| Some(&spot.life.sketch.uri) == timeline.selected.as_ref();
    let turns = timeline.spots().filter(of_place).map(|spot| spot.life.turn);
    model.timeline.turn = turns.max().unwrap_or_default();
    choose_one(model);
    model.timeline.span = span_to(model, beginning(model));
    show_chosen(model);
}

/// The least span, ending now, that goes back to this moment.
fn span_to(model: &Model, first: Option<Timestamp>) -> SignedDuration {
    let back = first.map_or(0, |first| model.now.duration_since(first).as_secs());
    // A little air on the left.
    let back = back + back / 16 + 1;
    let span = SPANS.iter().find(|span| **span >= back);
    SignedDuration::from_secs(span.copied().unwrap_or(back))
}

/// From when on the lane of the chosen one is looked at first: its newest, as far back as they come about as densely, and
/// the chosen one.
fn beginning(model: &Model) -> Option<Timestamp> {
    let timeline = &model.timeline;
    let is_of = |lane: &&Lane| lane.spots().any(|it| timeline.is_chosen(it));
    let lane = timeline.lanes.iter().find(is_of)?;
    let mut times: Vec<Timestamp> = lane.spots().map(|spot| spot.at).collect();
    times.sort_unstable_by(|a, b| b.cmp(a));
    let ago = |at: Timestamp| model.now.duration_since(at).as_secs();
    let mut first = *times.first()?;
    for (count, at) in times.into_iter().enumerate().take(MOST) {
        if count >= FEWEST && ago(at) > 4 * ago(first) {
            break;
        }
        first = at;
    }
    timeline.spot().map(|spot| spot.at.min(first))
}

/// The chosen one stays; where it is not known any more, the newest is chosen.
fn choose_one(model: &mut Model) {
    if model.timeline.place().is_none() {
        let newest = model.timeline.spots().max_by_key(|spot| spot.at);
        let newest = newest.map(Spot::id);
        model.timeline.choose(newest);
    }
    tie(model);
}

/// Works out the lanes again, as something changed.
pub(super) fn refresh(model: &mut Model) {
    if is_open(model) {
        lanes::assemble(model);
        // What is shared may have changed too; of what is gone nobody can tell any more.
        let timeline = &mut model.timeline;
        timeline.asked = None;
        let is_there = |spot: &Spot| spot.is_there(&model.snapshots);
        if !timeline.spot().is_some_and(is_there) {
            timeline.world = None;
        }
        choose_one(model);
        lay_out(model);
    }
}

/// Takes in what is known of the past.
pub(super) fn heard(model: &mut Model, past: Arc<Past>) -> Vec<Effect> {
    model.past = past;
    gone::learn(model);
    if is_open(model) {
        refresh(model);
        model.dirty = true;
    }
    follow(model).into_iter().collect()
}

/// Works out which cell everything is in.
pub(super) fn lay_out(model: &mut Model) {
    if is_open(model) {
        model.timeline.layout = layout::of(model);
    }
}

/// Follows the time.
pub(super) fn tick(model: &mut Model) {
    let next = model.timeline.layout.next;
    if is_open(model) && next.is_some_and(|next| next <= model.now) {
        lay_out(model);
        model.dirty = true;
    }
}

/// Asks for a copy of the chosen one's lineage, to know what shares files with it.
pub(super) fn follow(model: &mut Model) -> Option<Effect> {
    if !is_open(model) || model.is_replay() {
        return None;
    }
    let spot = model.timeline.spot()?;
    let location = spot
        .is_there(&model.snapshots)
        .then(|| spot.life.sketch.uri.clone())?;
    let lineage = model.snapshots.get(&location)?.lineage;
    if model.timeline.asked == Some(lineage) {
        return None;
    }
    // Both screens that ask for copies count together, so that an answer is of one of them alone.
    model.whatif.generation += 1;
    let generation = model.whatif.generation;
    model.timeline.asked = Some(lineage);
    model.timeline.generation = generation;
    Some(Effect::CopyLineage {
        generation,
        location,
    })
}

/// Takes in the copy; false if it is for somebody else.
pub(super) fn copied(model: &mut Model, generation: u64, world: Option<&Arc<World>>) -> bool {
    if !is_open(model) || generation != model.timeline.generation {
        return false;
    }
    model.timeline.world = world.cloned();
    tie(model);
    lay_out(model);
    model.dirty = true;
    true
}

fn tie(model: &mut Model) {
    model.timeline.ties.clear();
    let timeline = &model.timeline;
    let spot = timeline
        .spot()
        .filter(|spot| spot.is_there(&model.snapshots));
    let selected = spot.map(|spot| &spot.life.sketch.uri);
    let (Some(world), Some(selected)) = (&timeline.world, selected) else {
        return;
    };
    let own = world.pieces.iter().find(|it| it.row.location == *selected);
    let Some(own) = own else { return };
    let files: BTreeSet<usize> = own.uses.iter().map(|it| it.file).collect();
    let shares =
        |uses: &[crate::analysis::whatif::Use]| uses.iter().any(|it| files.contains(&it.file));
    let tied = world
        .pieces
        .iter()
        .filter(|piece| piece.row.location != *selected && shares(&piece.uses));
    let tied = tied.map(|piece| piece.row.location.clone()).collect();
    model.timeline.ties = tied;
}

fn zoom(model: &mut Model, by: isize) {
    let timeline = &mut model.timeline;
    let seconds = timeline.span.as_secs();
    let at = SPANS.partition_point(|span| *span < seconds);
    let to = at.saturating_add_signed(by).min(SPANS.len() - 1);
    let span = SignedDuration::from_secs(SPANS[to]);
    // What is chosen stays where it is seen; and whoever follows now, does so as long as it is seen.
    let now = model.now;
    let follows = timeline.edge.is_none();
    let edge = timeline.edge.unwrap_or(now);
    let spot = timeline.spot();
    let is_lost = |at: Timestamp| now.duration_since(at) > span * 15 / 16;
    if let Some(spot) = spot.filter(|spot| !follows || is_lost(spot.at)) {
        let after = edge.duration_since(spot.at).as_secs();
        // What was out of view comes to its middle.
        let is_seen = (0..=seconds).contains(&after);
        let share = if is_seen {
            after as f64 / seconds.max(1) as f64
        } else {
            0.5
        };
        let after = SignedDuration::from_secs((share * span.as_secs_f64()) as i64);
        timeline.edge = Some(spot.at.checked_add(after).unwrap_or(edge));
    }
    timeline.span = span;
    stop_at_now(model);
}

fn pan(model: &mut Model, by: i64) {
    let now = model.now;
    let timeline = &mut model.timeline;
    let step = SignedDuration::from_secs((timeline.span.as_secs() / 4).max(1) * by);
    let edge = timeline.edge.unwrap_or(now);
    timeline.edge = Some(edge.checked_add(step).unwrap_or(edge));
    stop_at_now(model);
}

/// There is nothing to see ahead of now, so whoever comes there follows it.
fn stop_at_now(model: &mut Model) {
    if model.timeline.edge.is_some_and(|edge| edge >= model.now) {
        model.timeline.edge = None;
    }
}

/// The snapshot before or after the chosen one, in its track.
fn beside(model: &mut Model, by: isize) {
    let timeline = &mut model.timeline;
    let Some((track, at)) = timeline.place() else {
        return;
    };
    let Some(track) = timeline.tracks().nth(track) else {
        return;
    };
    let to = at
        .saturating_add_signed(by)
        .min(track.spots.len().saturating_sub(1));
    let spot = track.spots.get(to).map(Spot::id);
    timeline.choose(spot);
    timeline.scroll = 0;
    tie(model);
    show_chosen(model);
}

/// Moves among the tracks; where what is known of one lies over them, in that.
pub(super) fn step(model: &mut Model, step: Step) {
    let (page, overflow) = (model.view.popup_page, model.view.popup_overflow);
    let timeline = &mut model.timeline;
    if timeline.told {
        timeline.scroll = step.from(timeline.scroll, overflow + 1, page);
        return;
    }
    let Some((track, at)) = timeline.place() else {
        return;
    };
    let len = timeline.tracks().count();
    let to = step.from(track, len, 1);
    if to == track {
        return;
    }
    let time = timeline.tracks().nth(track).map(|it| it.spots[at].at);
    let Some((time, goal)) = time.zip(timeline.tracks().nth(to)) else {
        return;
    };
    let nearest = goal
        .spots
        .iter()
        .min_by_key(|spot| spot.at.duration_since(time).abs());
    let nearest = nearest.map(Spot::id);
    timeline.choose(nearest);
    tie(model);
    show_chosen(model);
    lay_out(model);
}

/// Moves the view where the chosen one is not in it.
fn show_chosen(model: &mut Model) {
    let (now, timeline) = (model.now, &mut model.timeline);
    let Some(at) = timeline.spot().map(|spot| spot.at) else {
        return;
    };
    let edge = timeline.edge.unwrap_or(now);
    let from = edge.checked_sub(timeline.span).unwrap_or(Timestamp::MIN);
    // The first cells may be cut off.
    let air = SignedDuration::from_secs(timeline.span.as_secs() / 24);
    let is_seen = at >= from.checked_add(air).unwrap_or(from) && at <= edge;
    if !is_seen && at <= now {
        let half = SignedDuration::from_secs(timeline.span.as_secs() / 2);
        timeline.edge = at.checked_add(half).ok();
        stop_at_now(model);
    }
}

/// Leaves for the chosen one's tabs; where it is gone, shows what is known of it.
fn go(model: &mut Model) {
    let Some(spot) = model.timeline.spot() else {
        return;
    };
    let snapshot = model.snapshots.get(&spot.life.sketch.uri);
    let snapshot = snapshot
        .filter(|_| spot.is_there(&model.snapshots))
        .cloned();
    let Some(snapshot) = snapshot else {
        model.timeline.told = !model.timeline.told;
        model.timeline.scroll = 0;
        return;
    };
    if !moves::go_to(model, &snapshot) {
        return;
    }
    model.popups.pop();
    model.detail_open = !model.detail_beside();
    model.focus = Focus::Detail;
}

/// Closes what lies over the lanes; false where nothing does.
pub(super) fn leave_told(model: &mut Model) -> bool {
    is_open(model) && std::mem::take(&mut model.timeline.told)
}

/// What is known of the chosen one.
pub fn life(model: &Model) -> Option<&Arc<Life>> {
    model.timeline.spot().map(|spot| &spot.life)
}

/// What the lineage of the chosen one is called, as its lane is.
pub fn called(model: &Model) -> &str {
    let timeline = &model.timeline;
    let is_of = |lane: &&Lane| lane.spots().any(|it| timeline.is_chosen(it));
    let lane = timeline.lanes.iter().find(is_of);
    lane.map_or("", |it| it.name.as_str())
}
