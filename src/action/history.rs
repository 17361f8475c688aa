//! Where events are kept: the history of each root in the user's state directory, and recordings.
//!
//! A history is two files of lines, the present one and the one before it, each of at most half of [`MOST_BYTES`]. One
//! program at a time writes to it; others that watch the same root leave that to it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs;
use std::io::{self, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::folder::words;
use super::trash::{self, list};
use crate::analysis::timeline::log::{self, Log, NoLog};
use crate::domain::event::{Event, SCHEMA, Taken, What};
use crate::domain::location::Location;
use crate::domain::text::scrub;
use crate::inventory::chronicle::Witness;
use crate::inventory::ours;
use crate::store::atomic::{self, Folder, Growing};
use crate::store::local::path_of;

/// A history is never longer than this, in bytes.
pub const MOST_BYTES: u64 = 8 << 20;
/// No recording is longer: it has to fit into memory when it is played.
pub const MOST_OF_A_RECORDING: u64 = 256 << 20;
/// So many events are written at once, so that none of the two files gets much longer than its half.
const MOST_AT_ONCE: usize = 1_000;
const LINES: &str = "events.ndjson";
const EARLIER: &str = "earlier.ndjson";

/// What a history holds, and why not more.
#[derive(Debug, Default)]
pub struct Remembered {
    /// The events.
    pub events: Vec<Event>,
    /// What could not be read, in sentences.
    pub problems: Vec<String>,
}

/// Reads the history of a root; an empty one where there is none.
pub fn read(root: &Location) -> Remembered {
    let mut found = Remembered::default();
    let Some(folder) = ours::history(root) else {
        return found;
    };
    for file in [EARLIER, LINES] {
        let path = folder.join(file);
        match read_log(&path, MOST_BYTES) {
            Ok(log) => {
                found.events.extend(log.events);
                // A line that is torn is one that somebody writes right now, or was killed over.
                if log.left_out.broken + log.left_out.unknown > 0 {
                    let why = format!("{}: {}", shown(&path), log.left_out);
                    found.problems.push(why);
                }
            }
            Err(Unread::Absent) => {}
            Err(why) => found.problems.push(format!("{}: {why}", shown(&path))),
        }
    }
    found
}

/// Why a log could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    /// There is none.
    #[error("there is no such file")]
    Absent,
    /// The system says no.
    #[error("{0}")]
    Denied(io::Error),
    /// It is longer than any should be.
    #[error("it is longer than {0} bytes")]
    TooLong(u64),
    /// It is none.
    #[error("{0}")]
    NoLog(#[from] NoLog),
}

/// Reads a file of events.
///
/// # Errors
/// When it is not there, cannot be read, is too long, or is no such file.
pub fn read_log(path: &Path, most: u64) -> Result<Log, Unread> {
    let denied = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Unread::Absent,
        _ => Unread::Denied(error),
    };
    let found = fs::metadata(path).map_err(denied)?;
    if !found.is_file() {
        return Err(Unread::Denied(io::Error::other("it is no plain file")));
    }
    let mut text = Vec::new();
    let file = fs::File::open(path).map_err(denied)?;
    file.take(most + 1).read_to_end(&mut text).map_err(denied)?;
    if text.len() as u64 > most {
        return Err(Unread::TooLong(most));
    }
    Ok(log::read(&text)?)
}

/// Writes the history of a root; nobody else does meanwhile.
#[derive(Debug)]
pub struct Writer {
    folder: Folder,
    lines: Growing,
    last: Option<Timestamp>,
}

impl Writer {
    /// Begins to write, unless another program does.
    ///
    /// # Errors
    /// In words: when there is no state directory, it cannot be written, or what lies there is no history of ours.
    pub fn open(root: &Location, now: Timestamp) -> Result<Option<Self>, String> {
        let path = ours::history(root).ok_or(
            "there is no state directory of the user's own: neither XDG_STATE_HOME nor HOME is set",
        )?;
        let failed = |error: io::Error| format!("cannot write {}: {}", shown(&path), words(error));
        let parent = path.parent().map_or(Ok(()), atomic::make_all);
        parent.map_err(failed)?;
        let Some(folder) = Folder::try_lock(&path).map_err(failed)? else {
            return Ok(None);
        };
        let file = path.join(LINES);
        let last = match read_log(&file, MOST_BYTES) {
            Ok(log) => log.events.last().map(|event| event.at),
            Err(Unread::Absent | Unread::NoLog(NoLog::Empty)) => None,
            Err(why) => {
                return Err(format!(
                    "{} is left as it is: {why}; move it away to begin anew",
                    shown(&file)
                ));
            }
        };
        let lines = begin(Growing::open(&file), &file, now)?;
        Ok(Some(Self {
            folder,
            lines,
            last,
        }))
    }

    /// When the last thing happened that is written down.
    pub fn last(&self) -> Option<Timestamp> {
        self.last
    }

    /// Adds events.
    ///
    /// # Errors
    /// In words: when they cannot be written.
    pub fn append(&mut self, events: &[Event]) -> Result<(), String> {
        events
            .chunks(MOST_AT_ONCE)
            .try_for_each(|some| self.append_some(some))
    }

    fn append_some(&mut self, events: &[Event]) -> Result<(), String> {
        let Some(first) = events.first() else {
            return Ok(());
        };
        let path = self.folder.path().join(LINES);
        let failed = |error: io::Error| format!("cannot write {}: {}", shown(&path), words(error));
        let lines = log::write(events).map_err(|error| failed(error.into()))?;
        let length = self.lines.bytes().map_err(failed)?;
        if length + lines.len() as u64 > MOST_BYTES / 2 && length > 0 {
            self.folder.rename(LINES, EARLIER).map_err(failed)?;
            self.lines = begin(Growing::open(&path), &path, first.at)?;
        }
        self.last = events.last().map(|event| event.at);
        self.lines.append(&lines).map_err(failed)
    }
}

/// Sees to it that a file of events begins as one does, and that what is added begins on a line of its own.
fn begin(file: io::Result<Growing>, path: &Path, now: Timestamp) -> Result<Growing, String> {
    let failed = |error: io::Error| format!("cannot write {}: {}", shown(path), words(error));
    let mut file = file.map_err(failed)?;
    if file.bytes().map_err(failed)? == 0 {
        file.append(&header(now).map_err(failed)?).map_err(failed)?;
    } else if ends_torn(path).map_err(failed)? {
        file.append(b"\n").map_err(failed)?;
    }
    Ok(file)
}

fn header(now: Timestamp) -> io::Result<Vec<u8>> {
    let what = What::Log {
        schema: SCHEMA,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    Ok(log::write(&[Event { at: now, what }])?)
}

fn ends_torn(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::FileExt as _;
    let file = fs::File::open(path)?;
    let mut last = [0];
    let end = file.metadata()?.len();
    file.read_exact_at(&mut last, end.saturating_sub(1))?;
    Ok(last != *b"\n")
}

/// A recording that is being written.
#[derive(Debug)]
pub struct Recording {
    path: PathBuf,
    file: Growing,
    lines: u64,
    began: Timestamp,
}

impl Recording {
    /// Begins one, in a file that is not there yet.
    ///
    /// # Errors
    /// When it is there, or cannot be made.
    pub fn create(path: &Path, now: Timestamp) -> io::Result<Self> {
        let mut file = Growing::create(path)?;
        file.append(&header(now)?)?;
        Ok(Self {
            path: path.to_owned(),
            file,
            lines: 1,
            began: now,
        })
    }

    /// How many lines are in it, the one that says what it is among them.
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// When it was begun.
    pub fn began(&self) -> Timestamp {
        self.began
    }

    /// Adds events.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn append(&mut self, events: &[Event]) -> io::Result<()> {
        if events.is_empty() {
            return Ok(());
        }
        let lines = log::write(events)?;
        if self.file.bytes()? + lines.len() as u64 > MOST_OF_A_RECORDING {
            return Err(io::Error::other(format!(
                "it would be longer than {MOST_OF_A_RECORDING} bytes, and could not be played"
            )));
        }
        self.file.append(&lines)?;
        self.lines += events.len() as u64;
        Ok(())
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn shown(path: &Path) -> String {
    scrub(&path.to_string_lossy()).into_owned()
}

/// The disk and the trashes on it. It remembers what it read there, and is for one look.
#[derive(Debug, Default)]
pub struct Disk {
    trashes: RefCell<HashMap<PathBuf, Trash>>,
}

/// What a trash took, by where that lay below its root.
#[derive(Debug, Default)]
struct Trash {
    /// The directories that files of a deletion lay in, where they lie in the trash or went for good from there.
    taken: HashMap<String, Taken>,
    /// Those among them whose deletion, or its undoing, something ended half-way.
    torn: HashMap<String, Taken>,
}

impl Disk {
    fn find(&self, at: &Location, of: impl Fn(&Trash) -> &HashMap<String, Taken>) -> Option<Taken> {
        let path = path_of(at).ok()?;
        path.ancestors().skip(1).find_map(|root| {
            let below = path.strip_prefix(root).ok()?;
            let below = std::str::from_utf8(below.as_os_str().as_bytes()).ok()?;
            let mut known = self.trashes.borrow_mut();
            let trash = known
                .entry(root.to_owned())
                .or_insert_with(|| Trash::read(root));
            of(trash).get(below).cloned()
        })
    }
}

impl Witness for Disk {
    fn is_gone(&self, at: &Location) -> bool {
        // Of another store nothing more is known than what it lists.
        let is_absent = |error: io::Error| {
            matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            )
        };
        path_of(at).map_or(true, |path| {
            fs::symlink_metadata(path).is_err_and(is_absent) || self.taken(at).is_some()
        })
    }

    fn taken(&self, at: &Location) -> Option<Taken> {
        self.find(at, |trash| &trash.taken)
    }

    fn torn(&self, at: &Location) -> Option<Taken> {
        self.find(at, |trash| &trash.torn)
    }
}

impl Trash {
    /// What cannot be read took nothing, as far as is known.
    fn read(root: &Path) -> Self {
        if !root.join(trash::FOLDER).is_dir() {
            return Self::default();
        }
        let Ok(root) = list::Root::open(root) else {
            return Self::default();
        };
        let mut torn = HashMap::new();
        for entry in list::unfinished(&root).unwrap_or_default() {
            // What somebody is at right now is not half-way.
            if let Ok(known) = entry.known
                && !known.is_under_way
                && let Some(at) = known.at
            {
                let taken = Taken {
                    plan: entry.id,
                    by: known.by,
                    at,
                };
                torn.extend(known.torn.into_iter().map(|it| (it, taken.clone())));
            }
        }
        Self {
            taken: list::taken(root.tree()),
            torn,
        }
    }
}
