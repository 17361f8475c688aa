//! A recording on the screen: what was known at one moment of it, and how to get from one moment to another.
//!
//! The screen's time is the recording's. Nothing here can reach a root or a cluster: there is none.

mod state;
mod steps;
mod told;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use self::state::State;
use self::steps::Step;
use super::called;
use super::command::CommandId;
use super::effect::Effect;
use super::explain::Tone;
use super::model::Model;
use crate::domain::clock::Clock;
use crate::domain::event::{Event, What};
use crate::domain::location::Location;
use crate::domain::snapshot::{RootState, Snapshot};

/// How much faster than it happened.
const SPEEDS: [i32; 7] = [1, 2, 10, 60, 300, 1_800, 7_200];
/// The state is kept after so many events, so that going back costs no more than these.
const KEPT: usize = 512;
/// A jump.
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// A recording, and the moment of it that is shown.
#[derive(Debug, Clone)]
pub struct Replay {
    /// What to call it.
    pub name: String,
    /// The moment that is shown.
    pub time: Timestamp,
    /// Whether it goes on by itself.
    pub playing: bool,
    speed: usize,
    /// When all that was there had been seen.
    first: Timestamp,
    events: Arc<[Event]>,
    /// When something happened that one sees, in order.
    steps: Arc<[Step]>,
    /// How many of the events have happened.
    happened: usize,
    state: State,
    kept: BTreeMap<usize, State>,
    /// When it was last moved on, by the clock on the wall.
    moved: Option<Timestamp>,
    /// How many events had happened when others were last told the moment.
    told: Option<usize>,
}

/// A moment of a recording: what was there.
#[derive(Debug, Clone)]
pub struct Moment {
    /// How many of the events had happened.
    pub happened: usize,
    /// The snapshots.
    pub snapshots: BTreeMap<Location, Arc<Snapshot>>,
    /// Where they were looked for.
    pub roots: Vec<Location>,
}

impl PartialEq for Moment {
    /// Of one recording, there is one moment after so many events.
    fn eq(&self, other: &Self) -> bool {
        self.happened == other.happened
    }
}

impl Eq for Moment {}

impl Replay {
    /// A recording, at its beginning; none where nothing happens in it.
    pub fn new(name: String, mut events: Vec<Event>) -> Option<Self> {
        // Clocks are set back at times; what was written down earlier stays earlier among equals.
        events.sort_by_key(|event| event.at);
        // The first look is no part of what happened.
        let is_seen = |event: &&Event| matches!(&event.what, What::Root { status } if status.state == RootState::Ready);
        let first = events.iter().find(is_seen).or(events.first())?.at;
        let steps = steps::of(&events);
        let first = steps::when_all_answered(&events, &steps, first);
        let mut replay = Self {
            name,
            time: first,
            playing: false,
            speed: 0,
            first,
            steps: steps.into(),
            events: events.into(),
            happened: 0,
            state: State::default(),
            kept: BTreeMap::new(),
            moved: None,
            told: None,
        };
        replay.go_to(first);
        Some(replay)
    }

    /// All that happens in it, in order.
    pub fn events(&self) -> Arc<[Event]> {
        self.events.clone()
    }

    /// When it begins and when it ends.
    pub fn bounds(&self) -> (Timestamp, Timestamp) {
        let last = self.events.last().map_or(self.first, |event| event.at);
        (self.first, last)
    }

    /// How many events have happened, and how many there are.
    pub fn count(&self) -> (usize, usize) {
        (self.happened, self.events.len())
    }

    /// How much faster than it happened.
    pub fn speed(&self) -> i32 {
        SPEEDS[self.speed]
    }

    /// What share of it is over.
    pub fn share(&self) -> f64 {
        let (first, last) = self.bounds();
        let whole = last.duration_since(first).as_secs_f64();
        let over = self.time.duration_since(first).as_secs_f64();
        if whole > 0.0 { over / whole } else { 1.0 }
    }

    /// How long until something has to be drawn anew, if it goes on by itself.
    pub fn wakes_in(&self) -> Option<SignedDuration> {
        if !self.playing {
            return None;
        }
        let soon = SignedDuration::from_millis(if self.speed == 0 { 1_000 } else { 200 });
        let next = self.events.get(self.happened);
        let until = next.map(|event| event.at.duration_since(self.time) / self.speed());
        Some(until.map_or(soon, |until| until.min(soon)))
    }

    fn happen(&mut self, until: usize) {
        if until < self.happened {
            let kept = self.kept.range(..=until).next_back();
            let (at, state) = kept.map_or((0, State::default()), |(at, it)| (*at, it.clone()));
            (self.happened, self.state) = (at, state);
        }
        while self.happened < until {
            let Some(event) = self.events.get(self.happened) else {
                break;
            };
            self.state.take_in(event);
            self.happened += 1;
            if self.happened.is_multiple_of(KEPT) && !self.kept.contains_key(&self.happened) {
                self.kept.insert(self.happened, self.state.clone());
            }
        }
    }

    fn go_to(&mut self, time: Timestamp) {
        let (first, last) = self.bounds();
        self.time = time.clamp(first, last);
        let until = self.events.partition_point(|event| event.at <= self.time);
        self.happen(until);
    }

    /// To the next moment at which something happened that one sees, or to the one before.
    fn step(&mut self, by: isize) {
        let (first, last) = self.bounds();
        let time = if by > 0 {
            let next = self.steps.partition_point(|step| step.at <= self.time);
            self.steps.get(next).map_or(last, |step| step.at)
        } else {
            let earlier = self.steps.partition_point(|step| step.at < self.time);
            let before = earlier.checked_sub(1).and_then(|at| self.steps.get(at));
            before.map_or(first, |step| step.at)
        };
        self.go_to(time);
    }

    /// What happened at the moment that is shown.
    fn words(&self) -> Option<String> {
        let at = self.steps.binary_search_by_key(&self.time, |step| step.at);
        at.ok().and_then(|at| self.steps.get(at)).map(Step::words)
    }

    /// Goes on, as far as the clock on the wall went on. Whether anything visible moved.
    fn go_on(&mut self, wall: Timestamp) -> bool {
        let since = self.moved.replace(wall);
        let Some(since) = since.filter(|_| self.playing) else {
            return false;
        };
        let went = wall.duration_since(since);
        if went <= SignedDuration::ZERO {
            return false;
        }
        let time = went
            .checked_mul(self.speed())
            .and_then(|by| self.time.checked_add(by).ok());
        let (_, last) = self.bounds();
        self.go_to(time.unwrap_or(last));
        self.playing = self.time < last;
        true
    }
}

impl Model {
    /// The same, showing a recording.
    #[must_use]
    pub fn replaying(mut self, replay: Replay) -> Self {
        self.now = replay.time;
        self.write = false;
        self.replay = Some(Box::new(replay));
        show(&mut self);
        self
    }

    /// Whether a recording is shown.
    pub fn is_replay(&self) -> bool {
        self.replay.is_some()
    }

    /// How long until something that is shown has to change by the time alone, given the time on the wall.
    pub fn wakes_in(&self, clock: &dyn Clock) -> Option<SignedDuration> {
        if let Some(replay) = &self.replay {
            return replay.wakes_in();
        }
        let times = [self.view.next_change, self.trash_due];
        clock.until(times.into_iter().flatten().min()?)
    }
}

/// The time for the screen, given the one on the wall.
pub(super) fn time(model: &mut Model, wall: Timestamp) -> Timestamp {
    let Some(replay) = &mut model.replay else {
        return wall;
    };
    let before = replay.happened;
    let moved = replay.go_on(wall);
    let (time, happened) = (replay.time, replay.happened);
    if moved {
        model.dirty = true;
        if happened != before {
            show(model);
        }
    }
    time
}

/// Puts the moment before what is asked for, when it is not the one of which was last asked.
pub(super) fn recall(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(replay) = &mut model.replay else {
        return;
    };
    let happened = replay.happened;
    if effects.is_empty() || replay.told == Some(happened) {
        return;
    }
    replay.told = Some(happened);
    let moment = Moment {
        happened,
        snapshots: replay.state.snapshots.clone(),
        roots: replay.state.roots.keys().cloned().collect(),
    };
    effects.insert(0, Effect::Recall(moment));
}

/// Carries out a command of a replay.
pub(super) fn run(model: &mut Model, id: CommandId) {
    let Some(replay) = &mut model.replay else {
        return;
    };
    let (first, last) = replay.bounds();
    let after = |by: SignedDuration| replay.time.checked_add(by);
    match id {
        CommandId::ReplayPause => {
            // From its end it begins anew.
            if !replay.playing && replay.time >= last {
                replay.go_to(first);
            }
            replay.playing = !replay.playing;
        }
        CommandId::ReplaySpeed => replay.speed = (replay.speed + 1) % SPEEDS.len(),
        CommandId::ReplayNext => replay.step(1),
        CommandId::ReplayPrevious => replay.step(-1),
        CommandId::ReplayMinuteOn => replay.go_to(after(MINUTE).unwrap_or(last)),
        CommandId::ReplayMinuteBack => replay.go_to(after(-MINUTE).unwrap_or(first)),
        CommandId::ReplayStart => replay.go_to(first),
        CommandId::ReplayEnd => replay.go_to(last),
        _ => return,
    }
    if !matches!(id, CommandId::ReplayPause | CommandId::ReplaySpeed) {
        replay.playing = false;
    }
    let is_step = matches!(id, CommandId::ReplayNext | CommandId::ReplayPrevious);
    let happened = replay.words().filter(|_| is_step);
    model.now = replay.time;
    show(model);
    if let Some(words) = happened {
        model.say(Tone::Plain, words);
    }
}

/// Puts what was known at the moment in place of what was shown.
fn show(model: &mut Model) {
    let Some(replay) = &model.replay else {
        return;
    };
    let state = &replay.state;
    model.snapshots.clone_from(&state.snapshots);
    model.lineages = state.lineages.clone();
    model.clusters = state.clusters();
    model.roots = state.roots.values().cloned().collect();
    model.past = Arc::new(state.past.clone());
    model.holds = state.holds();
    model.marks = state.marks();
    called::refresh(model);
    let scope = model.scope.filter(|scope| model.lineage(*scope).is_some());
    model.scope = scope;
    let snapshots = &model.snapshots;
    model
        .verifications
        .retain(|at, _| snapshots.contains_key(at));
    model.index.stale = true;
    model.dirty = true;
}

/// What to say of a command that reaches beyond a recording.
pub(super) fn refuse(model: &mut Model, label: &str) {
    model.say(
        Tone::Warning,
        format!("{label}: this is a recording; nothing lies behind it"),
    );
}
