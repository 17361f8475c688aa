//! Checking one snapshot, as deep as asked for.

use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::domain::location::Location;
use crate::domain::snapshot::{Health, Properties};
use crate::store::Store;

use super::catalog::Catalog;
use super::presence::{Problem, problem};
use super::record::{Content, counted};

/// How deep to check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// The metadata can be read.
    Parse,
    /// Every file that it names exists with the right length.
    Exists,
    /// Every byte of every file can be read.
    Read,
}

/// A file to read to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileToRead {
    /// The file.
    pub location: Location,
    /// Its length as found.
    pub bytes: u64,
}

/// The outcome of a check.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verdict {
    /// Whether the metadata could be read at all.
    pub readable: bool,
    /// Files that passed.
    pub files_passed: u64,
    /// Files that exist but were not opened, since they lie outside the directories that the user named.
    pub unopened: u64,
    /// Bytes read, at the deepest check.
    pub bytes_read: u64,
    /// What is wrong, one line each; empty when the snapshot passed.
    pub problems: Vec<String>,
}

impl Verdict {
    /// Whether nothing is wrong.
    pub fn passed(&self) -> bool {
        self.readable && self.problems.is_empty()
    }

    /// The outcome in one line.
    pub fn summary(&self, depth: Depth) -> String {
        let files = counted(self.files_passed as usize, "file");
        match (self.passed(), depth) {
            (false, _) if self.problems.len() == 1 && self.unopened > 0 => {
                format!("not proven: {files} read")
            }
            (false, _) => format!("failed: {}", counted(self.problems.len(), "problem")),
            (true, Depth::Parse) => "the metadata can be read".to_owned(),
            (true, Depth::Exists) => format!("{files} exist with the right length"),
            (true, Depth::Read) => format!(
                "{files} read to the end, {}",
                crate::domain::size::iec(self.bytes_read)
            ),
        }
    }
}

/// Checks a snapshot by what the catalog has just found out of it: its metadata, and at [`Depth::Exists`] its files.
/// For [`Depth::Read`] the files to read are returned too. Files outside `roots` are not opened on the word of a
/// metadata file: that is a problem of its own.
pub fn check(
    catalog: &Catalog,
    location: &Location,
    depth: Depth,
    roots: &[Location],
) -> (Verdict, Vec<FileToRead>) {
    let mut verdict = Verdict::default();
    let mut to_read = Vec::new();
    match catalog.record(location).map(|record| &record.content) {
        None => verdict
            .problems
            .push(format!("there is no snapshot at {location}")),
        Some(Content::Nothing { .. }) => {
            let health = catalog
                .row(location)
                .map_or(Health::Empty, |row| row.health);
            verdict
                .problems
                .push(format!("there is no metadata: {}", health.word()));
        }
        Some(Content::Unreadable { reason, .. }) => verdict.problems.push(reason.clone()),
        Some(Content::Read(read)) => {
            verdict.readable = true;
            if let Properties::Unreadable(reason) = &read.facts.properties {
                verdict.readable = false;
                verdict.problems.push(format!(
                    "the record of its properties cannot be read: {reason}"
                ));
            }
            let files = catalog.files();
            let mut outside = Vec::new();
            for usage in read.uses.iter().filter(|_| depth > Depth::Parse) {
                let place = files.location(usage.file);
                match problem(files.presence(usage.file), usage.length) {
                    Some(Problem::Missing) => verdict.problems.push(format!("{place} is missing")),
                    Some(Problem::Unreachable) => verdict
                        .problems
                        .push(format!("{place} could not be looked at")),
                    Some(Problem::WrongLength { found, expected }) => {
                        verdict
                            .problems
                            .push(format!("{place} has {found} bytes instead of {expected}"));
                    }
                    None if depth == Depth::Exists => verdict.files_passed += 1,
                    None if !roots.iter().any(|root| place.is_within(&root.canonical())) => {
                        outside.push(place);
                    }
                    None => {
                        let bytes = super::weigh::bytes_of(files, usage);
                        to_read.push(FileToRead {
                            location: place,
                            bytes,
                        });
                    }
                }
            }
            if let Some(first) = outside.first() {
                verdict.unopened = outside.len() as u64;
                verdict.problems.push(format!(
                    "{} outside the directories given and not opened, the first is {first}; name their directories too",
                    if outside.len() == 1 { "1 file lies".to_owned() } else { format!("{} files lie", outside.len()) }
                ));
            }
        }
    }
    (verdict, to_read)
}

/// Reads files to their ends, adding to the outcome. `progress` is told the bytes read so far.
pub fn read_all(
    store: &dyn Store,
    files: &[FileToRead],
    verdict: &mut Verdict,
    cancelled: &AtomicBool,
    progress: &mut dyn FnMut(u64),
) {
    let mut buffer = vec![0; 1 << 20];
    for file in files {
        if cancelled.load(Ordering::Relaxed) {
            verdict
                .problems
                .push("cancelled before every file was read".to_owned());
            return;
        }
        match read_one(store, file, &mut buffer, cancelled) {
            Ok(bytes) if bytes == file.bytes => verdict.files_passed += 1,
            Ok(bytes) => verdict.problems.push(format!(
                "{} ended after {bytes} bytes instead of {}",
                file.location, file.bytes
            )),
            Err(reason) => verdict.problems.push(reason),
        }
        verdict.bytes_read = verdict.bytes_read.saturating_add(file.bytes);
        progress(verdict.bytes_read);
    }
}

fn read_one(
    store: &dyn Store,
    file: &FileToRead,
    buffer: &mut [u8],
    cancelled: &AtomicBool,
) -> Result<u64, String> {
    let mut source = store
        .open(&file.location)
        .map_err(|error| error.to_string())?;
    let mut total = 0;
    while !cancelled.load(Ordering::Relaxed) {
        match source.read(buffer) {
            Ok(0) => break,
            Ok(count) => total += count as u64,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => {
                return Err(format!(
                    "cannot read {} beyond byte {total}: {error}",
                    file.location
                ));
            }
        }
    }
    Ok(total)
}
