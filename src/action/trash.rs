//! A root's own trash: what was moved there, how it comes back, and how it goes for good.
//!
//! A batch lies in `.stateward/trash/ID`: `batch.json` says what was to be moved and was written before the first move,
//! `state.json` says how far it has come, and `files/N` is the file of move number N. Whether a move is done is told by
//! the file system alone: `files/N` is there, or it is not. So everything here can be ended at any call, by a crash or
//! by whoever has no patience, and be done again.

pub mod back;
pub mod intact;
pub(super) mod journal;
pub mod list;
pub mod purge;
pub mod search;
pub mod undone;
pub mod ways;
pub mod whole;

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::domain::clock::Clock;
use crate::domain::size::{iec, thousands};
use crate::domain::text::scrub;
use crate::store::change::ChangeError;

/// Where the trash of a root lies in it.
pub const FOLDER: &str = ".stateward/trash";
/// How long what was moved lies there before it may go for good, unless another time is asked for.
pub const GRACE: SignedDuration = SignedDuration::from_hours(3 * 24);
/// Nobody can ask for less.
pub const SHORTEST_GRACE: SignedDuration = SignedDuration::from_hours(24);
/// No pause is longer without a look at whether anybody still waits.
const NAP: Duration = Duration::from_millis(20);

/// How far a batch has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Files are being moved into the trash, or were, until something ended it.
    Begun,
    /// All that could be moved lies in the trash.
    Done,
    /// Files are being put back, or were, until something ended it.
    Undoing,
    /// All that could be put back is back.
    Undone,
    /// Files are being removed for good, or were, until something ended it.
    Purging,
    /// Nothing is left but the batch's own directory.
    Purged,
}

impl Stage {
    /// Its name in `state.json` and on the screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Done => "done",
            Self::Undoing => "undoing",
            Self::Undone => "undone",
            Self::Purging => "purging",
            Self::Purged => "purged",
        }
    }

    /// Whether something was begun and not ended.
    pub fn is_unfinished(self) -> bool {
        matches!(self, Self::Begun | Self::Undoing | Self::Purging)
    }
}

/// How files are moved: how fast, when to stop, and whom to tell.
pub struct Course<'a> {
    /// At most so many files a second, so that a busy store is left some air; without, as fast as it goes.
    pub per_second: Option<NonZeroU32>,
    /// Set by whoever wants it to stop; looked at between any two files.
    pub interrupted: &'a AtomicBool,
    /// The clock by which the trash is kept.
    pub clock: &'a dyn Clock,
    /// Told after each file.
    pub tell: &'a mut dyn FnMut(Progress),
}

/// How far something has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub step: Step,
    /// How many files of this step are done.
    pub done: usize,
    /// How many there are.
    pub of: usize,
}

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Metadata goes into the trash.
    Metadata,
    /// All other files go into the trash.
    Files,
    /// Files come back.
    Back,
    /// Files go for good.
    Purge,
}

impl Step {
    /// What is counted and what is done with it, after a number.
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Metadata => "metadata files moved into the trash",
            Self::Files => "files moved into the trash",
            Self::Back => "files put back",
            Self::Purge => "files removed",
        }
    }
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// The batch.
    pub plan: String,
    /// What became of its files.
    pub end: End,
    /// Files that lie in the trash, came back, or went for good: those of earlier tries of the same included, where
    /// they can still be told.
    pub files: usize,
    /// How many of those that are back were there already, byte for byte: what lay in the trash of them has gone.
    pub found: usize,
    /// Their bytes, as they were when the plan was made.
    pub bytes: u64,
    /// Directories that went or came back.
    pub directories: usize,
    /// What was left alone, and why.
    pub skipped: Vec<Skipped>,
    /// Files that stay only because something else of their target stays.
    pub left: usize,
    /// What is not as it was although it is back, in a sentence without a full stop each; safe to show.
    pub notes: Vec<String>,
}

impl Done {
    /// Whether anything became of anything.
    pub fn is_anything(&self) -> bool {
        self.files > 0 || self.directories > 0 || !self.remarks().is_empty()
    }

    /// How much of what became what: `3 files (1.2 MiB) back in place`.
    pub fn phrase(&self) -> String {
        let end = match self.end {
            End::Trashed => "in the trash",
            End::Back => "back in place",
            End::Purged => "gone for good",
        };
        let all = format!("{} ({}) {end}", files(self.files), iec(self.bytes));
        match self.found {
            0 => all,
            1 => format!("{all}, 1 of which was there already, byte for byte"),
            found => {
                let found = thousands(found as u64);
                format!("{all}, {found} of which were there already, byte for byte")
            }
        }
    }

    /// What was left alone, in a line each.
    pub fn remarks(&self) -> Vec<String> {
        let skipped = self.skipped.iter();
        let alone = |it: &Skipped| format!("{} was left alone: {}", it.what, it.why);
        let mut remarks: Vec<String> = skipped.map(alone).collect();
        if self.left > 0 {
            let left = files(self.left);
            remarks.push(format!("{left} of what belongs to it stays with it"));
        }
        remarks.extend(self.notes.iter().cloned());
        remarks
    }
}

/// So many files.
pub fn files(count: usize) -> String {
    match count {
        1 => "1 file".to_owned(),
        _ => format!("{} files", thousands(count as u64)),
    }
}

/// What became of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// They lie in the trash.
    Trashed,
    /// They are back where they lay.
    Back,
    /// They are gone.
    Purged,
}

/// What was left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// The path below the root, or the name of a target; safe to show.
    pub what: String,
    /// Why, in a few words.
    pub why: String,
}

/// Something that could not be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TrashError {
    /// Which way it failed.
    pub kind: TrashErrorKind,
    /// What was tried, on what, and why it failed.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// Which way something failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrashErrorKind {
    /// Refused; nothing was changed.
    Refused,
    /// There is no such batch, or no such target in it.
    NotFound,
    /// What is written down about a batch cannot be read or makes no sense; nothing was changed.
    Broken,
    /// It came to a stop half-way, and can be gone on with or undone.
    Stopped,
    /// Somebody interrupted it half-way; it can be gone on with or undone.
    Interrupted,
    /// Somebody interrupted it before anything was moved; there is nothing to go on with.
    CalledOff,
}

impl TrashError {
    pub(super) fn new(kind: TrashErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: None,
        }
    }

    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }

    /// A stop half-way; what leads on from there is for whoever knows how far it has come.
    pub(super) fn stopped(error: &ChangeError) -> Self {
        Self::of(TrashErrorKind::Stopped, error)
    }

    /// Something that kept it from beginning.
    pub(super) fn refused(error: &ChangeError) -> Self {
        Self::of(TrashErrorKind::Refused, error)
    }

    fn of(kind: TrashErrorKind, error: &ChangeError) -> Self {
        Self {
            hint: ways::cure(error),
            ..Self::new(kind, error.to_string())
        }
    }
}

/// Keeps to a [`Course`] through one step of known length.
pub(super) struct Pace<'c, 'a> {
    course: &'c mut Course<'a>,
    step: Step,
    of: usize,
    done: usize,
    next: Option<Instant>,
}

impl<'c, 'a> Pace<'c, 'a> {
    pub(super) fn new(course: &'c mut Course<'a>, step: Step, of: usize) -> Self {
        Self {
            course,
            step,
            of,
            done: 0,
            next: None,
        }
    }

    /// Waits until the next file may be moved.
    ///
    /// # Errors
    /// When somebody interrupts.
    pub(super) fn wait(&mut self) -> Result<(), TrashError> {
        loop {
            if self.course.interrupted.load(Ordering::Relaxed) {
                // How far it has come is told by whoever knows of all steps.
                return Err(TrashError::new(TrashErrorKind::Interrupted, "interrupted"));
            }
            let now = Instant::now();
            match self.next {
                Some(next) if next > now => thread::sleep((next - now).min(NAP)),
                _ => {
                    let pause = |per_second: NonZeroU32| Duration::from_secs(1) / per_second.get();
                    self.next = self
                        .course
                        .per_second
                        .and_then(|it| now.checked_add(pause(it)));
                    return Ok(());
                }
            }
        }
    }

    /// Tells that a file is done.
    pub(super) fn done(&mut self) {
        self.done += 1;
        (self.course.tell)(Progress {
            step: self.step,
            done: self.done,
            of: self.of,
        });
    }
}

/// What is above a path, the nearest first.
pub(super) fn parents(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(path.rsplit_once('/'), |(above, _)| above.rsplit_once('/'))
        .map(|(above, _)| above)
}

/// All directories above some paths.
pub(super) fn all_parents<'p>(paths: impl Iterator<Item = &'p str>) -> BTreeSet<&'p str> {
    paths.flat_map(parents).collect()
}

pub(super) fn skipped(what: &str, why: impl Into<String>) -> Skipped {
    Skipped {
        what: scrub(what).into_owned(),
        why: why.into(),
    }
}
