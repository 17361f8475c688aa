//! Which cell everything is in.

use jiff::{SignedDuration, Timestamp};

use super::axis;
use super::lanes::{self, Lane, Shape, Sort, Spot, Track};
use crate::app::model::Model;
use crate::domain::cluster::JobState;

/// Cells for the names of lanes.
pub const NAME_CELLS: u16 = 14;
/// The same where there is room.
pub const NAME_CELLS_WIDE: u16 = 22;
/// From this width on there is.
pub const WIDE: u16 = 100;
/// Cells for what lies before the view, and for what lies after it, the frame's included.
const SIDES: u16 = 12;
/// Lines of arrows below one track at most.
const MOST_ARROWS: usize = 2;

/// Where everything is.
#[derive(Debug, Clone, Default)]
pub struct Layout {
    /// The time of the first cell.
    pub from: Timestamp,
    /// The time after the last.
    pub to: Timestamp,
    /// Cells of time.
    pub width: u16,
    /// Labels of times, by the cells that they end in.
    pub axis: Vec<(u16, String)>,
    /// The day of the first cell, and whose time all of it is.
    pub day: String,
    /// The cell of now, if it is seen.
    pub now: Option<u16>,
    /// The lines, from the top.
    pub lines: Vec<Line>,
    /// The line of the chosen one.
    pub chosen: Option<usize>,
    /// When cells change as time goes on.
    pub next: Option<Timestamp>,
}

/// A line of a lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// Snapshots.
    Track {
        /// The place of the lane.
        lane: usize,
        /// Whether it is the first of its lane.
        is_first: bool,
        /// What is on it.
        sort: Sort,
        /// Cell by cell.
        cells: Vec<Cell>,
        /// How many lie before the view.
        before: usize,
        /// How many after it.
        after: usize,
        /// When the latest of these is, where none is in view.
        latest: Option<Timestamp>,
        /// The cell of the chosen one, if it is on this line and in view.
        chosen: Option<u16>,
        /// Whether the chosen one is on this line.
        has_chosen: bool,
    },
    /// What holds and marks there are on those above.
    Flags(Vec<(u16, Flag)>),
    /// Which of those above share files with the chosen one, and itself.
    Ties(Vec<u16>),
    /// A job was restored from one above.
    Arrow {
        /// The cell below the snapshot; none where that is before the view.
        from: Option<u16>,
        /// The cell of when it was restored; none where that is after the view.
        to: Option<u16>,
        /// The first digits of the job's id.
        job: String,
        /// Whether it claimed the snapshot.
        claimed: bool,
        /// The place of the job's lane, where that is another.
        into: Option<usize>,
    },
    /// What the jobs of the lane did.
    Jobs {
        /// Cell by cell.
        cells: Vec<Doing>,
        /// What the latest of them does; nothing where nobody knows any more.
        state: Option<JobState>,
    },
}

/// What jobs did in the time of a cell, the more telling later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doing {
    /// Nobody knows, or there was none.
    Nothing,
    /// One ran, or was on its way to.
    Running,
    /// One was failing or restarting.
    Restarting,
    /// One came to its end in this state.
    Ended(JobState),
}

impl Doing {
    /// What a state means for a line.
    fn of(state: JobState) -> Self {
        match state {
            JobState::Failing | JobState::Restarting => Self::Restarting,
            JobState::Failed | JobState::Canceled | JobState::Finished | JobState::Suspended => {
                Self::Ended(state)
            }
            JobState::Unknown => Self::Nothing,
            JobState::Initializing
            | JobState::Created
            | JobState::Running
            | JobState::Cancelling
            | JobState::Reconciling => Self::Running,
        }
    }
}

/// What is in a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// Time that has not come.
    Ahead,
    /// Nobody watched.
    Unwatched,
    /// Somebody watched, and nothing happened.
    Watched,
    /// A snapshot; the most telling one, where there are more.
    Spot(Shape),
    /// The snapshot to the left has others in its cell.
    More,
}

/// Beside a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    /// It is held.
    Held,
    /// It is marked for restart.
    Marked,
}

/// A ruler from times to cells.
pub(super) struct Ruler {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) width: u16,
}

impl Ruler {
    fn of(model: &Model) -> Self {
        let timeline = &model.timeline;
        let columns = model.size.0;
        let names = if columns >= WIDE {
            NAME_CELLS_WIDE
        } else {
            NAME_CELLS
        };
        let width = columns.saturating_sub(names + SIDES).max(8);
        let cell = timeline.span / i32::from(width);
        // Where it follows the time, a little of what is to come is seen.
        let edge = timeline.edge.unwrap_or_else(|| later(model.now, cell * 2));
        Self {
            from: edge.checked_sub(timeline.span).unwrap_or(Timestamp::MIN),
            to: edge,
            width,
        }
    }

    pub(super) fn cell(&self) -> SignedDuration {
        self.to.duration_since(self.from) / i32::from(self.width)
    }

    /// The cell of a time; before the first and after the last too.
    fn column(&self, at: Timestamp) -> i64 {
        let cell = self.cell().as_nanos().max(1);
        let from = at.duration_since(self.from).as_nanos();
        i64::try_from(from.div_euclid(cell)).unwrap_or(i64::MAX)
    }

    pub(super) fn seen(&self, at: Timestamp) -> Option<u16> {
        let column = u16::try_from(self.column(at)).ok()?;
        (column < self.width).then_some(column)
    }
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

pub(super) fn of(model: &Model) -> Layout {
    let ruler = Ruler::of(model);
    let mut layout = Layout {
        from: ruler.from,
        to: ruler.to,
        width: ruler.width,
        axis: axis::labels(&ruler, model.now),
        day: axis::day(&ruler),
        now: ruler.seen(model.now),
        lines: Vec::new(),
        chosen: None,
        // As long as now is in view, it moves.
        next: (model.now < ruler.to).then(|| later(model.now, ruler.cell())),
    };
    for (at, lane) in model.timeline.lanes.iter().enumerate() {
        lines(model, &ruler, at, lane, &mut layout);
    }
    layout
}

fn lines(model: &Model, ruler: &Ruler, lane: usize, of: &Lane, layout: &mut Layout) {
    let timeline = &model.timeline;
    for (at, track) in of.tracks.iter().enumerate() {
        let is_chosen = |spot: &&Spot| timeline.is_chosen(spot);
        let chosen = track.spots.iter().find(is_chosen);
        if chosen.is_some() {
            layout.chosen = Some(layout.lines.len());
        }
        let shape = chosen.map(|spot| (ruler.seen(spot.at), spot.shape));
        let before = track.spots.partition_point(|spot| spot.at < ruler.from);
        let until = track.spots.partition_point(|spot| spot.at < ruler.to);
        let seen = &track.spots[before..until.max(before)];
        layout.lines.push(Line::Track {
            lane,
            is_first: at == 0,
            sort: track.sort,
            cells: {
                let mut cells = cells(ruler, track, seen, model.now);
                // Whatever else is in its cell, what is chosen is seen.
                if let Some((Some(column), shape)) = shape {
                    cells[usize::from(column)] = Cell::Spot(shape);
                }
                cells
            },
            before,
            after: track.spots.len() - until.max(before),
            latest: track.spots[..before]
                .last()
                .filter(|_| seen.is_empty())
                .map(|spot| spot.at),
            chosen: chosen.and_then(|spot| ruler.seen(spot.at)),
            has_chosen: chosen.is_some(),
        });
        let below = |spot: &Spot| ruler.seen(spot.at);
        let flags: Vec<(u16, Flag)> = seen
            .iter()
            .filter_map(|spot| {
                let flag = if spot.life.is_marked {
                    Flag::Marked
                } else if spot.life.holds.is_empty() || !spot.life.is_there() {
                    return None;
                } else {
                    Flag::Held
                };
                Some((below(spot)?, flag))
            })
            .collect();
        if !flags.is_empty() {
            layout.lines.push(Line::Flags(flags));
        }
        if let Some(chosen) = chosen {
            let tied = |spot: &&Spot| timeline.is_tied(spot);
            let mut ties: Vec<u16> = seen.iter().filter(tied).filter_map(below).collect();
            if !ties.is_empty() {
                ties.extend(below(chosen));
                ties.sort_unstable();
                ties.dedup();
                layout.lines.push(Line::Ties(ties));
            }
        }
        arrows(model, ruler, (lane, track), layout);
        if at == 0 {
            jobs(ruler, of, model.now, layout);
        }
    }
}

/// What the jobs of a lane did, where any of it is in view.
fn jobs(ruler: &Ruler, lane: &Lane, now: Timestamp, layout: &mut Layout) {
    let mut cells = vec![Doing::Nothing; usize::from(ruler.width)];
    let last = i64::from(ruler.width) - 1;
    for stint in lane.runs.iter().flat_map(|run| &run.stints) {
        let doing = Doing::of(stint.state);
        let to = match doing {
            Doing::Ended(_) => stint.from,
            _ => stint.to.unwrap_or(now),
        };
        let (from, to) = (ruler.column(stint.from), ruler.column(to));
        for at in from.max(0)..=to.min(last) {
            let cell = &mut cells[at as usize];
            *cell = doing.max(*cell);
        }
    }
    if cells.iter().any(|cell| *cell != Doing::Nothing) {
        let runs = lane.runs.iter();
        let latest = runs.max_by_key(|run| run.last().map(|stint| stint.from));
        let state = latest.and_then(|run| run.present()).map(|it| it.state);
        layout.lines.push(Line::Jobs { cells, state });
    }
}

/// The restores that reach into the view, the latest last.
fn arrows(model: &Model, ruler: &Ruler, (lane, track): (usize, &Track), layout: &mut Layout) {
    let spots = track.spots.iter();
    let mut restores: Vec<_> = spots
        .flat_map(|spot| spot.restores.iter().map(move |restore| (spot, restore)))
        .filter(|(spot, restore)| restore.at >= ruler.from && spot.at < ruler.to)
        .collect();
    restores.sort_by_key(|(_, restore)| restore.at);
    let left_out = restores.len().saturating_sub(MOST_ARROWS);
    for (spot, restore) in restores.into_iter().skip(left_out) {
        layout.lines.push(Line::Arrow {
            from: ruler.seen(spot.at),
            to: ruler.seen(restore.at.max(spot.at)),
            job: restore.job.savepoint_prefix(),
            claimed: restore.claimed,
            into: lanes::lane_of_job(&model.timeline.lanes, restore.job).filter(|it| *it != lane),
        });
    }
}

fn cells(ruler: &Ruler, track: &Track, seen: &[Spot], now: Timestamp) -> Vec<Cell> {
    let width = usize::from(ruler.width);
    let mut cells = vec![Cell::Unwatched; width];
    let last = i64::from(ruler.width) - 1;
    let fill = |cells: &mut [Cell], from: i64, to: i64, cell: Cell| {
        let (from, to) = (from.max(0), to.min(last));
        for at in from..=to {
            cells[at as usize] = cell;
        }
    };
    for watch in &track.watches {
        let to = if watch.is_open { now } else { watch.to };
        let (from, to) = (ruler.column(watch.from), ruler.column(to));
        fill(&mut cells, from, to, Cell::Watched);
    }
    fill(&mut cells, ruler.column(now) + 1, last, Cell::Ahead);
    let mut shapes: Vec<Option<(Shape, usize)>> = vec![None; width];
    for spot in seen {
        if let Some(column) = ruler.seen(spot.at) {
            let known = &mut shapes[usize::from(column)];
            let (shape, count) = known.unwrap_or((spot.shape, 0));
            *known = Some((shape.max(spot.shape), count + 1));
        }
    }
    for (at, shape) in shapes.iter().enumerate() {
        if let Some((shape, count)) = shape {
            cells[at] = Cell::Spot(*shape);
            if *count > 1 && shapes.get(at + 1) == Some(&None) {
                cells[at + 1] = Cell::More;
            }
        }
    }
    cells
}
