//! Changing small files of our own: one writer at a time, below the root, or in the user's own state directory where the
//! root cannot be written.

use std::path::Path;
use std::{fs, io};

use serde_json::{Map, Value};

use crate::domain::location::Location;
use crate::domain::text::scrub;
use crate::inventory::ours::{self, Ledger};
use crate::store::atomic::{self, Folder};
use crate::store::change::ChangeErrorKind;
use crate::store::local::{location_of, path_of};

/// Changes what belongs to a place; also why that was done in the user's own directory, where it was.
///
/// # Errors
/// When neither can be written, or the change fails.
pub(super) fn change<T>(
    place: &Location,
    change: impl FnOnce(&Folder) -> Result<T, String>,
) -> Result<(T, Option<String>), String> {
    match beside(place) {
        Ok(folder) => Ok((change(&folder)?, None)),
        Err(why) => {
            let folder =
                aside(place, &why).map_err(|why| format!("{why}; nothing was written down"))?;
            let changed = change(&folder).map_err(|error| format!("{why}; and {error}"))?;
            Ok((changed, Some(why)))
        }
    }
}

/// What the system says, in our words where it has only a number and a name for it.
pub(super) fn words(error: io::Error) -> String {
    match error.raw_os_error() {
        Some(_) => ChangeErrorKind::from(error).to_string(),
        None => error.to_string(),
    }
}

/// Our directory in a place, or why it cannot be had there.
fn beside(place: &Location) -> Result<Folder, String> {
    let path = ours::beside(place)
        .ok_or_else(|| format!("{place} is not in a file system that can be written from here"))?;
    Folder::lock(&path).map_err(broken(&path))
}

/// The user's own directory for what belongs to a place.
fn aside(place: &Location, why: &str) -> Result<Folder, String> {
    let Some(path) = ours::aside(place) else {
        return Err(format!(
            "{why}, and there is no state directory of the user's own: neither XDG_STATE_HOME nor HOME is set"
        ));
    };
    path.parent()
        .map_or(Ok(()), atomic::make_all)
        .and_then(|()| Folder::lock(&path))
        .map_err(|error| {
            let path = path.to_string_lossy();
            format!("{why}, nor {}: {}", scrub(&path), words(error))
        })
}

/// What to say when something in a directory of ours cannot be written.
pub(super) fn broken(path: &Path) -> impl Fn(io::Error) -> String {
    let path = scrub(&path.to_string_lossy()).into_owned();
    move |error| format!("cannot write {path}: {}", words(error))
}

/// A file of ours as it is, and its entries taken out of it to be put back by [`write`]. Whatever a later release added
/// is kept.
///
/// # Errors
/// When it is there and cannot be read.
pub(super) fn taken_out(
    ledger: Ledger,
    folder: &Folder,
) -> Result<(Map<String, Value>, Vec<Value>), String> {
    let found = ledger.read(folder.path())?;
    let mut document = found.unwrap_or_else(|| ledger.empty());
    let entries = match document.get_mut(ledger.list).map(Value::take) {
        Some(Value::Array(entries)) => entries,
        _ => Vec::new(),
    };
    Ok((document, entries))
}

/// Puts the entries back, and writes the file.
///
/// # Errors
/// When it cannot be written, or nobody could read it then.
pub(super) fn write(
    ledger: Ledger,
    folder: &Folder,
    mut document: Map<String, Value>,
    entries: Vec<Value>,
) -> Result<(), String> {
    let path = folder.path().join(ledger.file);
    document.insert(ledger.list.to_owned(), Value::Array(entries));
    let mut bytes = serde_json::to_vec_pretty(&document)
        .map_err(|error| broken(&path)(io::Error::other(error)))?;
    bytes.push(b'\n');
    if bytes.len() as u64 > ours::MOST_BYTES {
        let error = format!(
            "it would be longer than {} bytes; take out what is not needed any more",
            ours::MOST_BYTES
        );
        return Err(broken(&path)(io::Error::other(error)));
    }
    folder
        .replace(folder.path(), ledger.file, &bytes)
        .map_err(broken(folder.path()))
}

/// A path as text that fits on one line.
///
/// # Errors
/// When it is none.
pub(super) fn plain(path: &Location) -> Result<String, String> {
    let text = std::str::from_utf8(path.as_bytes()).ok();
    let is_plain = |text: &&str| !text.chars().any(char::is_control);
    text.filter(is_plain)
        .map(|_| path.to_text())
        .ok_or_else(|| {
            format!(
                "{} cannot be written down on one line of text; give it a plain name first",
                path.shown()
            )
        })
}

/// Whoever looks where a link leads would not see what is written down of a snapshot under the link's name.
///
/// # Errors
/// When a link lies between a place and the snapshot, with where it leads, and what to do there.
pub(super) fn refuse_link(home: &Location, snapshot: &Location, verb: &str) -> Result<(), String> {
    let real = |at: &Location| location_of(&fs::canonicalize(path_of(at).ok()?).ok()?).ok();
    let (Some(within), Some(leads_to)) = (real(home), real(snapshot)) else {
        // Not there: nothing that could lead elsewhere.
        return Ok(());
    };
    let below = snapshot.relative_to(home).unwrap_or_default();
    if leads_to == within.join(below) {
        return Ok(());
    }
    Err(format!(
        "{} leads through a link to {}; {verb} it there",
        snapshot.shown(),
        leads_to.shown()
    ))
}
