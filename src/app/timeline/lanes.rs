//! Who is in which lane.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::analysis::timeline::{Life, Restore, Watch};
use crate::app::model::Model;
use crate::domain::event::{Ending, Sketch};
use crate::domain::snapshot::{Health, Kind, LineageId};

/// A lineage through time.
#[derive(Debug, Clone, Default)]
pub struct Lane {
    /// Its name.
    pub name: String,
    /// Whether something of it is still there.
    pub is_there: bool,
    /// Its checkpoints, and its savepoints.
    pub tracks: Vec<Track>,
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

/// What became of a snapshot, the more telling later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// Flink subsumed it.
    Subsumed,
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
    /// It is there and cannot be restored.
    Broken,
}

impl Shape {
    /// All, as a legend lists them.
    pub const ALL: [Self; 8] = [
        Self::Writing,
        Self::Checkpoint,
        Self::Externalized,
        Self::Savepoint,
        Self::Broken,
        Self::Subsumed,
        Self::Trashed,
        Self::Vanished,
    ];

    fn of(life: &Life) -> Self {
        match (&life.end, life.sketch.health, life.sketch.kind) {
            (Some(end), _, _) => match end.how {
                Ending::Subsumed { .. } => Self::Subsumed,
                Ending::Trashed => Self::Trashed,
                Ending::Vanished => Self::Vanished,
            },
            (None, Health::InProgress, _) => Self::Writing,
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
            Self::Vanished => "vanished",
            Self::Trashed => "to trash",
            Self::Checkpoint => "checkpoint",
            Self::Externalized => "externalized",
            Self::Savepoint => "savepoint",
            Self::Writing => "in progress",
            Self::Broken => "broken",
        }
    }
}

/// Which lane: that of a lineage that is there, or of a name that was.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    There(LineageId),
    Gone(String),
}

/// Puts everyone into a lane: the lineages in their order, then those of which nothing is left, the latest first.
pub(super) fn assemble(model: &mut Model) {
    let mut spots: HashMap<Key, Vec<Spot>> = HashMap::new();
    for spot in spots_of(model) {
        spots.entry(key(model, &spot.life)).or_default().push(spot);
    }
    let mut lanes = Vec::new();
    for lineage in model.lineages.iter() {
        if let Some(spots) = spots.remove(&Key::There(lineage.id)) {
            lanes.push(lane(model, lineage.name.clone(), true, spots));
        }
    }
    let mut gone: Vec<(String, Vec<Spot>)> = spots
        .into_iter()
        .map(|(key, spots)| match key {
            Key::There(_) => (String::new(), spots),
            Key::Gone(name) => (name, spots),
        })
        .collect();
    gone.sort_by_key(|(name, spots)| {
        let latest = spots.iter().map(|spot| spot.at).max();
        (std::cmp::Reverse(latest), name.clone())
    });
    for (name, spots) in gone {
        lanes.push(lane(model, name, false, spots));
    }
    model.timeline.lanes = lanes;
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
    let all = known.cloned().chain(unknown);
    all.map(|life| Spot {
        at: life.placed_at(),
        shape: Shape::of(&life),
        restores: restores.remove(&life.sketch.uri).unwrap_or_default(),
        life,
    })
    .collect()
}

fn key(model: &Model, life: &Life) -> Key {
    let sketch = &life.sketch;
    if let Some(row) = model.snapshots.get(&sketch.uri) {
        return Key::There(row.lineage);
    }
    let is_of = |lineage: &&crate::domain::snapshot::Lineage| {
        let runs = sketch.job.is_some_and(|job| {
            job != crate::domain::id::JobId::ZERO && lineage.jobs.contains(&job)
        });
        runs || lineage.name == sketch.lineage
    };
    match model.lineages.iter().find(is_of) {
        Some(lineage) => Key::There(lineage.id),
        None => Key::Gone(sketch.lineage.clone()),
    }
}

fn lane(model: &Model, name: String, is_there: bool, mut spots: Vec<Spot>) -> Lane {
    spots.sort_by(|a, b| {
        let order = |it: &Spot| (it.at, it.life.sketch.number);
        order(a).cmp(&order(b))
    });
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
