//! Who is in which lane.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use crate::analysis::timeline::{Life, Restore, Run, Watch};
use crate::app::model::Model;
use crate::domain::content::Content;
use crate::domain::event::{Ending, Sketch};
use crate::domain::id::JobId;
use crate::domain::location::Location;
use crate::domain::snapshot::{Health, Kind, LineageId, Snapshot};
use crate::inventory::layout;

/// A lineage through time.
#[derive(Debug, Clone, Default)]
pub struct Lane {
    /// Its name.
    pub name: String,
    /// Whether something of it is still there.
    pub is_there: bool,
    /// Its checkpoints, and its savepoints.
    pub tracks: Vec<Track>,
    /// Its jobs, as far as they are known; none of zeros, which is many jobs' at once.
    pub jobs: BTreeSet<JobId>,
    /// What these did when, the latest last.
    pub runs: Vec<Run>,
}

impl Lane {
    pub(super) fn spots(&self) -> impl Iterator<Item = &Spot> {
        self.tracks.iter().flat_map(|track| &track.spots)
    }
}

/// A line of a lane.
#[derive(Debug, Clone)]
pub struct Track {
    /// What is on it.
    pub sort: Sort,
    /// The snapshots, the earliest first; there is at least one.
    pub spots: Vec<Spot>,
    /// When somebody watched.
    pub watches: Vec<Watch>,
}

/// What is on a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    /// Checkpoints of all sorts.
    Checkpoints,
    /// Savepoints.
    Savepoints,
}

/// A snapshot in time.
#[derive(Debug, Clone)]
pub struct Spot {
    /// Where it is.
    pub at: Timestamp,
    /// What became of it.
    pub shape: Shape,
    /// What is known of it.
    pub life: Arc<Life>,
    /// Jobs that were restored from it.
    pub restores: Vec<Restore>,
}

impl Spot {
    /// What it is chosen by.
    pub(super) fn id(&self) -> (Location, u32) {
        (self.life.sketch.uri.clone(), self.life.turn)
    }

    /// Whether it is the one that lies at its place now.
    pub fn is_there(&self, snapshots: &BTreeMap<Location, Arc<Snapshot>>) -> bool {
        self.life.is_there() && snapshots.contains_key(&self.life.sketch.uri)
    }
}

/// What became of a snapshot, the more telling later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// Flink subsumed it.
    Subsumed,
    /// Another was written in its place.
    Replaced,
    /// It went, nobody knows how.
    Vanished,
    /// It was moved into a trash of ours.
    Trashed,
    /// It is there: a checkpoint.
    Checkpoint,
    /// One that is retained.
    Externalized,
    /// A savepoint.
    Savepoint,
    /// Flink writes it.
    Writing,
    /// Some of it is there: it was never written to its end, or a deletion of ours was ended half-way.
    Half,
    /// It is there and cannot be restored.
    Broken,
}

impl Shape {
    /// All, as a legend lists them.
    pub const ALL: [Self; 10] = [
        Self::Writing,
        Self::Checkpoint,
        Self::Externalized,
        Self::Savepoint,
        Self::Half,
        Self::Broken,
        Self::Subsumed,
        Self::Replaced,
        Self::Trashed,
        Self::Vanished,
    ];

    fn of(life: &Life) -> Self {
        match (&life.end, life.sketch.health, life.sketch.kind) {
            (Some(end), _, _) => match end.how {
                Ending::Subsumed { .. } => Self::Subsumed,
                Ending::Trashed => Self::Trashed,
                Ending::Replaced => Self::Replaced,
                Ending::Vanished => Self::Vanished,
            },
            (None, _, _) if life.torn.is_some() => Self::Half,
            (None, Health::InProgress, _) => Self::Writing,
            (None, Health::Abandoned | Health::Empty, _) => Self::Half,
            (None, Health::Complete, Kind::Checkpoint) => Self::Checkpoint,
            (None, Health::Complete, Kind::ExternalizedCheckpoint) => Self::Externalized,
            (None, Health::Complete, Kind::Savepoint) => Self::Savepoint,
            (None, _, _) => Self::Broken,
        }
    }

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Subsumed => "subsumed",
            Self::Replaced => "replaced",
            Self::Vanished => "vanished",
            Self::Trashed => "to trash",
            Self::Checkpoint => "checkpoint",
            Self::Externalized => "externalized",
            Self::Savepoint => "savepoint",
            Self::Writing => "in progress",
            Self::Half => "half there",
            Self::Broken => "broken",
        }
    }
}

/// Puts everyone into a lane: the lineages in their order, then those of which nothing is left, the latest first.
pub(super) fn assemble(model: &mut Model) {
    let mut there: Vec<Vec<Spot>> = model.lineages.iter().map(|_| Vec::new()).collect();
    let mut gone = Vec::new();
    let shared = Shared::of(model);
    for spot in spots_of(model) {
        match lineage_of(model, &shared, &spot) {
            Some(at) => there[at].push(spot),
            None => gone.push(spot),
        }
    }
    let mut lanes = Vec::new();
    for (lineage, spots) in model.lineages.iter().zip(there) {
        if !spots.is_empty() {
            let mut lane = lane(model, model.called(lineage).to_owned(), true, spots);
            let jobs = lineage.jobs.iter().copied();
            lane.jobs.extend(jobs.filter(|job| *job != JobId::ZERO));
            lanes.push(lane);
        }
    }
    for (name, spots) in lineages_that_were(gone) {
        lanes.push(lane(model, name, false, spots));
    }
    for run in model.past.runs() {
        if let Some(lane) = lane_of_job(&lanes, run.job) {
            lanes[lane].runs.push(run.clone());
        }
    }
    for lane in &mut lanes {
        let since = |run: &Run| run.stints.first().map(|stint| stint.from);
        lane.runs.sort_by_key(since);
    }
    model.timeline.lanes = lanes;
}

/// The lane of a job: that of its snapshots, else that of what it was restored from.
pub(super) fn lane_of_job(lanes: &[Lane], job: JobId) -> Option<usize> {
    let restored = |lane: &Lane| {
        let mut restores = lane.spots().flat_map(|spot| &spot.restores);
        restores.any(|restore| restore.job == job)
    };
    let own = lanes.iter().position(|lane| lane.jobs.contains(&job));
    own.or_else(|| lanes.iter().position(restored))
}

/// Which programs take checkpoints in directories where no job's id tells them apart, and in which lineage these are.
struct Shared(HashMap<Location, HashMap<Content, LineageId>>);

impl Shared {
    fn of(model: &Model) -> Self {
        let mut shared: HashMap<_, HashMap<_, _>> = HashMap::new();
        for row in model.snapshots.values() {
            if let (Some(program), Some(directory)) =
                (Sketch::program_of(row), row.location.parent())
            {
                let programs = shared.entry(directory).or_default();
                programs.insert(program, row.lineage);
            }
        }
        Self(shared)
    }

    /// The lineages by program of those in whose directory this one was taken, and its own program; nothing where that is not known,
    /// or nobody takes any there now.
    fn beside(&self, sketch: &Sketch) -> Option<(&HashMap<Content, LineageId>, Content)> {
        let (program, directory) = (sketch.program?, sketch.uri.parent()?);
        Some((self.0.get(&directory)?, program))
    }
}

/// The lineage of those that are there that a snapshot belongs to: that of its own job, whoever went on with it.
fn lineage_of(model: &Model, shared: &Shared, spot: &Spot) -> Option<usize> {
    let sketch = &spot.life.sketch;
    let lineages = &model.lineages;
    if let Some(row) = model.snapshots.get(&sketch.uri) {
        return lineages.iter().position(|it| it.id == row.lineage);
    }
    let of_job = |job: JobId| lineages.iter().position(|it| it.jobs.contains(&job));
    if let Some(job) = sketch.job.filter(|job| *job != JobId::ZERO)
        && let Some(at) = of_job(job)
    {
        return Some(at);
    }
    // Lineages of one directory are called otherwise whenever others come or go there.
    if let Some((there, program)) = shared.beside(sketch) {
        let own = there.get(&program)?;
        return lineages.iter().position(|it| it.id == *own);
    }
    let named = lineages.iter().position(|it| it.name == sketch.lineage);
    named
        .or_else(|| {
            // Six digits may be those of several.
            let digits = layout::savepoint_job_prefix(sketch.uri.name())?;
            let is_of = |job: &JobId| job.savepoint_prefix() == digits;
            let mut found = lineages.iter().enumerate();
            let mut found = found.by_ref().filter(|(_, it)| it.jobs.iter().any(is_of));
            let (at, _) = found.next()?;
            found.next().is_none().then_some(at)
        })
        .or_else(|| spot.restores.iter().find_map(|it| of_job(it.job)))
}

/// Lineages of which nothing is left, the latest first: those of one job are one, whatever it was called, and so are those of
/// one name.
fn lineages_that_were(mut gone: Vec<Spot>) -> Vec<(String, Vec<Spot>)> {
    gone.sort_by(|a, b| {
        let order = |it: &Spot| (std::cmp::Reverse(it.at), it.life.sketch.lineage.clone());
        order(a).cmp(&order(b))
    });
    let (mut of_job, mut of_name) = (HashMap::new(), HashMap::new());
    let mut of_program: HashMap<(Option<Location>, Content), usize> = HashMap::new();
    let mut lineages: Vec<(String, Vec<Spot>)> = Vec::new();
    for spot in gone {
        let sketch = &spot.life.sketch;
        let job = sketch.job.filter(|job| *job != JobId::ZERO);
        let program = sketch.program.map(|it| (sketch.uri.parent(), it));
        let known = match (job, &program) {
            (Some(job), _) => of_job.get(&job),
            (None, Some(program)) => of_program.get(program),
            (None, None) => None,
        };
        // One name may have been that of several programs in turn.
        let named = || of_name.get(&sketch.lineage).filter(|_| program.is_none());
        let at = known.or_else(named).copied();
        let at = at.unwrap_or(lineages.len());
        if at == lineages.len() {
            lineages.push((sketch.lineage.clone(), Vec::new()));
        }
        of_name.entry(sketch.lineage.clone()).or_insert(at);
        if let Some(job) = job {
            of_job.entry(job).or_insert(at);
        }
        if let Some(program) = program {
            of_program.entry(program).or_insert(at);
        }
        lineages[at].1.push(spot);
    }
    lineages
}

fn spots_of(model: &Model) -> Vec<Spot> {
    let mut restores: HashMap<_, Vec<Restore>> = HashMap::new();
    for restore in model.past.restores() {
        let of = restores.entry(restore.from.clone()).or_default();
        of.push(restore.clone());
    }
    let unknown = model
        .snapshots
        .values()
        .filter(|row| {
            model
                .past
                .life(&row.location)
                .is_none_or(|it| !it.is_there())
        })
        .map(|row| {
            let name = model.lineage(row.lineage).map_or("", |it| it.name.as_str());
            Arc::new(Life::of(&Sketch::of(row, name), model.now))
        });
    let unknown: Vec<Arc<Life>> = unknown.collect();
    let known = model
        .past
        .lives()
        .filter(|life| life.is_there() || !model.snapshots.contains_key(&life.sketch.uri));
    let former = model.past.former().iter();
    let all = known.chain(former).cloned().chain(unknown);
    all.map(|life| Spot {
        at: life.placed_at(),
        shape: Shape::of(&life),
        // Whoever was restored from that place was restored from what lay there then.
        restores: restores.get(&life.sketch.uri).map_or_else(Vec::new, |all| {
            let of_turn = |restore: &&Restore| {
                let ended = life.end.as_ref().filter(|end| end.how == Ending::Replaced);
                let is_only = ended.is_none() && life.turn == 0;
                is_only
                    || (restore.at >= life.placed_at()
                        && ended.is_none_or(|end| restore.at < end.at))
            };
            all.iter().filter(of_turn).cloned().collect()
        }),
        life,
    })
    .collect()
}

fn lane(model: &Model, name: String, is_there: bool, mut spots: Vec<Spot>) -> Lane {
    spots.sort_by(|a, b| {
        let order = |it: &Spot| (it.at, it.life.sketch.number);
        order(a).cmp(&order(b))
    });
    let jobs = spots.iter().filter_map(|spot| spot.life.sketch.job);
    let jobs = jobs.filter(|job| *job != JobId::ZERO).collect();
    let (savepoints, checkpoints): (Vec<Spot>, Vec<Spot>) = spots
        .into_iter()
        .partition(|spot| spot.life.sketch.kind == Kind::Savepoint);
    let tracks = [
        (Sort::Checkpoints, checkpoints),
        (Sort::Savepoints, savepoints),
    ];
    let tracks = tracks.into_iter().filter(|(_, spots)| !spots.is_empty());
    Lane {
        name,
        is_there,
        jobs,
        runs: Vec::new(),
        tracks: tracks
            .map(|(sort, spots)| Track {
                sort,
                watches: watches(model, &spots),
                spots,
            })
            .collect(),
    }
}

/// When somebody watched where these lie.
fn watches(model: &Model, spots: &[Spot]) -> Vec<Watch> {
    let roots = model.past.roots();
    let mut roots = roots.filter(|root| {
        let mut latest = spots.iter().rev();
        latest.any(|spot| spot.life.sketch.uri.is_within(root))
    });
    roots
        .next()
        .map_or_else(Vec::new, |root| model.past.watches(root).to_vec())
}
