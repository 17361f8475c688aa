//! What is left of a world.

use std::collections::{BTreeMap, BTreeSet};

use super::{Event, File, Held, Step, World, Writing};
use crate::domain::id::JobId;
use crate::domain::size::iec;
use crate::domain::snapshot::{Kind, Verdict};

/// Files and their bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sum {
    /// How many.
    pub files: u64,
    /// How large together.
    pub bytes: u64,
}

impl Sum {
    fn add(&mut self, bytes: u64) {
        self.files += 1;
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// `3 files (1.2 GiB)`.
    pub fn words(self) -> String {
        let noun = if self.files == 1 { "file" } else { "files" };
        format!("{} {noun} ({})", self.files, iec(self.bytes))
    }
}

/// Whether something is still there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whereabouts {
    /// It is.
    There,
    /// Flink has deleted it, in this step.
    Gone(usize),
    /// Nobody can tell from what lies here, since this step.
    Open(usize),
}

impl Whereabouts {
    fn is_gone(self) -> bool {
        matches!(self, Self::Gone(_))
    }
}

/// A snapshot afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct After {
    /// Whether it is still there.
    pub is: Whereabouts,
    /// Files that it names and that were deleted under it, while it is still there: it cannot be restored any more.
    pub lost: Sum,
    /// Files that it names of which nobody can tell.
    pub doubtful: Sum,
}

/// Who keeps files of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keeper {
    /// The name of a snapshot that is still there.
    pub name: String,
    /// The files of the other that it names, too.
    pub sum: Sum,
}

/// A file that several snapshots name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shared {
    /// Which of the world's files.
    pub file: usize,
    /// Whether it is there.
    pub is: Whereabouts,
    /// The names of others that are there and name it.
    pub keepers: Vec<String>,
}

/// What is left. Every file of the world, and every metadata file, is in exactly one of [`Outcome::goes`],
/// [`Outcome::stays`] and [`Outcome::open`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// The snapshots, as in the world.
    pub pieces: Vec<After>,
    /// The files, as in the world.
    pub files: Vec<Whereabouts>,
    /// What Flink deletes.
    pub goes: Sum,
    /// What is still there.
    pub stays: Sum,
    /// What may be deleted or not.
    pub open: Sum,
    /// What is still there and named by nobody that is: Flink leaves it behind.
    pub left: Sum,
    /// What the last step came to, in sentences.
    pub told: Vec<String>,
    /// Jobs that are over.
    ended: Vec<JobId>,
}

impl Outcome {
    pub(super) fn before(world: &World) -> Self {
        let after = After {
            is: Whereabouts::There,
            lost: Sum::default(),
            doubtful: Sum::default(),
        };
        Self {
            pieces: vec![after; world.pieces.len()],
            files: vec![Whereabouts::There; world.files.len()],
            ..Self::default()
        }
    }

    /// Whether a job is over.
    pub fn is_over(&self, job: JobId) -> bool {
        self.ended.contains(&job)
    }

    /// The snapshots that are still there and have lost files.
    pub fn broken(&self) -> impl Iterator<Item = usize> {
        let pieces = self.pieces.iter().enumerate();
        pieces
            .filter(|(_, it)| !it.is.is_gone() && it.lost.files > 0)
            .map(|(at, _)| at)
    }

    /// Who of those that are still there names files of a snapshot, those with most bytes first.
    pub fn keepers(&self, world: &World, at: usize) -> Vec<Keeper> {
        let own: Vec<usize> = world.pieces.get(at).map_or_else(Vec::new, |piece| {
            let there = piece
                .uses
                .iter()
                .filter(|it| !self.files[it.file].is_gone());
            there.map(|it| it.file).collect()
        });
        let mut of = vec![false; world.files.len()];
        for file in own {
            of[file] = true;
        }
        let mut keepers = Vec::new();
        for (other, piece) in world.pieces.iter().enumerate() {
            if other == at || self.pieces[other].is.is_gone() {
                continue;
            }
            let mut sum = Sum::default();
            for usage in piece.uses.iter().filter(|it| of[it.file]) {
                sum.add(world.files[usage.file].bytes);
            }
            if sum.files > 0 {
                let name = piece.row.name.clone();
                keepers.push(Keeper { name, sum });
            }
        }
        keepers.sort_by_key(|it| std::cmp::Reverse(it.sum.bytes));
        keepers
    }

    /// The files of a snapshot that others name or named, too, the largest first: each with whether it is there, and
    /// the names of those that are still there and name it.
    pub fn shared(&self, world: &World, at: usize) -> Vec<Shared> {
        let mut keepers: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let own = world.pieces.get(at).map_or(&[][..], |it| &it.uses);
        let of: BTreeSet<usize> = own.iter().map(|it| it.file).collect();
        for (other, piece) in world.pieces.iter().enumerate().filter(|(it, _)| *it != at) {
            for usage in piece.uses.iter().filter(|it| of.contains(&it.file)) {
                keepers.entry(usage.file).or_default().push(other);
            }
        }
        let is_there = |piece: &usize| !self.pieces[*piece].is.is_gone();
        let name = |piece: usize| world.pieces[piece].row.name.clone();
        let mut shared: Vec<Shared> = keepers
            .into_iter()
            .map(|(file, others)| Shared {
                file,
                is: self.files[file],
                keepers: others.into_iter().filter(is_there).map(name).collect(),
            })
            .collect();
        shared.sort_by_key(|it| std::cmp::Reverse(world.files[it.file].bytes));
        shared
    }

    pub(super) fn happen(&mut self, world: &World, step: Step, number: usize) {
        let Some(piece) = world.pieces.get(step.at) else {
            return;
        };
        let name = &piece.row.name;
        if step.event == Event::Disposed {
            self.dispose(world, step.at, number);
            return;
        }
        let Some(job) = world.job_of(step.at) else {
            self.told.push(format!(
                "No checkpoint here is of the job that took {name}, and a savepoint is none: nothing goes."
            ));
            return;
        };
        if self.is_over(job) {
            self.told.push(format!(
                "{} is over already: nothing more happens to its checkpoints.",
                capital(&world.job_name(step.at))
            ));
            return;
        }
        if step.event == Event::Subsumed && !world.checkpoints(job).any(|it| it == step.at) {
            self.told.push(format!(
                "{name} is none of the job's completed checkpoints: newer ones do not push it out."
            ));
            return;
        }
        self.end(world, job, step, number);
    }

    /// Lets the checkpoints of a job go by their own flags, then what their job's registry lets go.
    fn end(&mut self, world: &World, job: JobId, step: Step, number: usize) {
        let mut kept = Kept::default();
        let mut by_verdict: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        let there: Vec<usize> = world
            .checkpoints(job)
            .filter(|at| !self.pieces[*at].is.is_gone())
            .collect();
        let pinned = pinned(world, &there, step.at);
        let stop = there.iter().copied().find(|at| {
            let piece = &world.pieces[*at];
            let is_kept = step.event.verdict(&piece.fate) == Verdict::Kept;
            step.event.ends_job() && piece.stops_its_job() && !is_kept
        });
        for at in there {
            let piece = &world.pieces[at];
            let is_pushed =
                world.number(at) <= world.number(step.at) && !pinned.contains(&world.number(at));
            let verdict = if step.event == Event::Subsumed && !is_pushed {
                Verdict::Kept
            } else {
                step.event.verdict(&world.pieces[at].fate)
            };
            let word = match verdict {
                Verdict::Unknown if piece.is_claim_open => "claimed",
                Verdict::Deleted if stop.is_some_and(|stop| stop != at) => "stopped",
                _ => verdict.word(),
            };
            let names = by_verdict.entry(word).or_default();
            names.push(piece.row.name.clone());
            match word {
                "deleted" => self.discard(world, at, number),
                "kept" => kept.surely = Some(lower(kept.surely, world.number(at))),
                _ => {
                    self.leave_open(world, at, number);
                    kept.maybe = Some(lower(kept.maybe, world.number(at)));
                }
            }
        }
        let is_unseen = step.event == Event::Subsumed && kept == Kept::default();
        if stop.is_some() || is_unseen {
            kept.maybe = Some(0);
        }
        self.unregister(world, job, &kept, number);
        if step.event.ends_job() {
            self.ended.push(job);
        }
        let leads = [
            ("deleted", "Flink deletes"),
            ("kept", "What stays is"),
            (
                "unknown",
                "It depends on a setting that is not recorded what becomes of",
            ),
            (
                "claimed",
                "Whether that job claimed it is not known, nor what becomes of",
            ),
            (
                "stopped",
                "Flink may stop before it comes to, or has done with,",
            ),
        ];
        for (verdict, lead) in leads {
            if let Some(names) = by_verdict.get(verdict) {
                self.told.push(format!("{lead} {}.", listed(names)));
            }
        }
        let is_aborting = step.event.ends_job() && self.abort(world, job, step.event, number);
        if by_verdict.is_empty() && !is_aborting {
            self.told.push(
                "No completed checkpoint of that job is here: nothing of what is here goes."
                    .to_owned(),
            );
        }
        if step.event == Event::Suspended && by_verdict.contains_key("deleted") {
            self.told
                .push("With high availability nothing is deleted then.".to_owned());
        }
        if let Some(stop) = stop {
            self.told.push(format!(
                "{} is a native savepoint: if the job claimed it, its directory is not empty when Flink deletes it, and Flink stops there. \
                 What else it was to delete may stay, and be broken.",
                world.pieces[stop].row.name
            ));
        }
        if is_unseen {
            self.told.push(
                "The checkpoints that push it out do not exist yet: they may go on naming its shared files."
                    .to_owned(),
            );
        }
    }

    /// Aborts what a job that ends has under way, and says whether there may be such.
    fn abort(&mut self, world: &World, job: JobId, event: Event, number: usize) -> bool {
        let (mut surely, mut maybe) = (Vec::new(), Vec::new());
        for (at, piece) in world.pieces.iter().enumerate() {
            let is_savepoint = piece.row.kind == Kind::Savepoint;
            let is_its = world.job_of(at) == Some(job) && !self.pieces[at].is.is_gone();
            // A stop with savepoint finishes the job with that.
            let may_complete = is_savepoint && event == Event::Finished;
            if piece.writing == Writing::Nobody || !is_its || may_complete {
                continue;
            }
            let name = piece.row.name.clone();
            // A JobManager that stops does not wait until the files are gone.
            if piece.writing == Writing::Surely && event != Event::Suspended {
                self.pieces[at].is = Whereabouts::Gone(number);
                surely.push(name);
            } else {
                self.pieces[at].is = Whereabouts::Open(number);
                maybe.push(name);
            }
        }
        if !surely.is_empty() {
            let names = listed(&surely);
            self.told
                .push(format!("Flink aborts {names}, and discards its files."));
        }
        if !maybe.is_empty() {
            let names = listed(&maybe);
            self.told.push(format!(
                "If {names} is under way, Flink aborts it, and discards its files."
            ));
        }
        !surely.is_empty() || !maybe.is_empty()
    }

    /// Deletes a checkpoint's metadata and what is its alone.
    fn discard(&mut self, world: &World, at: usize, number: usize) {
        self.pieces[at].is = Whereabouts::Gone(number);
        for usage in &world.pieces[at].uses {
            if usage.held == Held::Own && usage.disposed {
                self.delete(usage.file, number);
            }
        }
    }

    /// What may become of a checkpoint may become of what is its alone.
    fn leave_open(&mut self, world: &World, at: usize, number: usize) {
        self.pieces[at].is = Whereabouts::Open(number);
        let own = world.pieces[at].uses.iter();
        for usage in own.filter(|it| it.held == Held::Own && it.disposed) {
            if self.files[usage.file] == Whereabouts::There {
                self.files[usage.file] = Whereabouts::Open(number);
            }
        }
    }

    /// What is gone stays gone since the step that took it.
    fn delete(&mut self, file: usize, number: usize) {
        if !self.files[file].is_gone() {
            self.files[file] = Whereabouts::Gone(number);
        }
    }

    /// Deletes what the registry of a job has, once its last user is older than the oldest checkpoint that is kept.
    fn unregister(&mut self, world: &World, job: JobId, kept: &Kept, number: usize) {
        let mut last_used: BTreeMap<usize, (u64, Held)> = BTreeMap::new();
        for at in world.checkpoints(job) {
            for usage in world.pieces[at]
                .uses
                .iter()
                .filter(|it| it.held != Held::Own)
            {
                let user = world.number(at);
                let entry = last_used.entry(usage.file).or_insert((user, usage.held));
                entry.0 = entry.0.max(user);
            }
        }
        // What was there before a restore without CLAIM is never the registry's (`highestNotClaimedCompletedCheckpointID`).
        let earlier = world.pieces.iter().filter(|it| it.is_of_earlier_run);
        let earlier = earlier.flat_map(|it| it.uses.iter().map(|it| it.file));
        for file in earlier {
            last_used.remove(&file);
        }
        for (file, (user, held)) in last_used {
            if kept.surely.is_some_and(|lowest| user >= lowest) || self.files[file].is_gone() {
                continue;
            }
            let is_open = kept.maybe.is_some_and(|lowest| user >= lowest);
            self.files[file] = match held {
                Held::Registry if !is_open => Whereabouts::Gone(number),
                // The directories of merged files go as wholes with the last checkpoint.
                Held::TaskManagers if *kept == Kept::default() => Whereabouts::Gone(number),
                _ => Whereabouts::Open(number),
            };
        }
    }

    /// Flink's own disposal, which asks nobody.
    fn dispose(&mut self, world: &World, at: usize, number: usize) {
        let piece = &world.pieces[at];
        let name = &piece.row.name;
        if self.pieces[at].is.is_gone() {
            self.told.push(format!("{name} is gone already."));
            return;
        }
        if piece.metadata.is_none() {
            self.told.push(format!(
                "{name} has no metadata that can be read: Flink refuses to dispose of it."
            ));
            return;
        }
        self.pieces[at].is = Whereabouts::Gone(number);
        for usage in piece.uses.iter().filter(|it| it.disposed) {
            self.delete(usage.file, number);
        }
        self.told.push(format!(
            "Flink deletes {name} with every file that it names, and asks nobody who else names them."
        ));
    }

    /// Sums up, and says who lost what.
    pub(super) fn settle(&mut self, world: &World) {
        let mut is_named = vec![false; world.files.len()];
        for (after, piece) in self.pieces.iter_mut().zip(&world.pieces) {
            let sum = match after.is {
                Whereabouts::There => &mut self.stays,
                Whereabouts::Gone(_) => &mut self.goes,
                Whereabouts::Open(_) => &mut self.open,
            };
            if let Some(bytes) = piece.metadata {
                sum.add(bytes);
            }
            if after.is.is_gone() {
                continue;
            }
            for usage in &piece.uses {
                is_named[usage.file] = true;
                match self.files[usage.file] {
                    Whereabouts::There => {}
                    Whereabouts::Gone(_) => after.lost.add(world.files[usage.file].bytes),
                    Whereabouts::Open(_) => after.doubtful.add(world.files[usage.file].bytes),
                }
            }
        }
        for ((is, File { bytes, .. }), is_named) in
            self.files.iter().zip(&world.files).zip(is_named)
        {
            match is {
                Whereabouts::There => {
                    self.stays.add(*bytes);
                    if !is_named {
                        self.left.add(*bytes);
                    }
                }
                Whereabouts::Gone(_) => self.goes.add(*bytes),
                Whereabouts::Open(_) => self.open.add(*bytes),
            }
        }
        let broken: Vec<String> = self
            .broken()
            .map(|at| {
                let name = &world.pieces[at].row.name;
                format!("{name} loses {}", self.pieces[at].lost.words())
            })
            .collect();
        if !broken.is_empty() {
            self.told
                .push(format!("BROKEN, though not deleted: {}.", listed(&broken)));
        }
    }
}

/// Numbers of older checkpoints in which newer ones than the chosen have subtasks' state (regional checkpoints): those stay
/// while they are needed.
fn pinned(world: &World, there: &[usize], chosen: usize) -> BTreeSet<u64> {
    let newer = there
        .iter()
        .filter(|at| world.number(**at) > world.number(chosen));
    let facts = newer.filter_map(|at| world.pieces[*at].row.facts.as_deref());
    facts
        .flat_map(|facts| facts.regional.iter().copied())
        .collect()
}

/// The numbers of the oldest checkpoints that a job keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Kept {
    /// Of those that stay.
    surely: Option<u64>,
    /// Of those of which nobody can tell.
    maybe: Option<u64>,
}

fn lower(lowest: Option<u64>, number: u64) -> u64 {
    lowest.map_or(number, |it| it.min(number))
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        format!("{}{}", first.to_uppercase(), chars.as_str())
    })
}

/// How many names a sentence has.
const NAMED: usize = 6;

fn listed(names: &[String]) -> String {
    let shown = names[..names.len().min(NAMED)].join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
