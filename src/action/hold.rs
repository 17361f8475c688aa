//! Holds: kept beside the snapshots, so that everybody who would delete there sees them.

use std::path::{Path, PathBuf};

use jiff::{Span, Timestamp, Unit, Zoned};
use serde_json::Value;

use crate::domain::hold::Hold;
use crate::domain::location::Location;
use crate::domain::text::{is_plain, scrub};
use crate::domain::time;
use crate::inventory::holds::{self, LEDGER};
use crate::inventory::mounts::Mounts;
use crate::inventory::ours;
use crate::store::atomic::Folder;

use super::folder::{self, broken, plain, refuse_link, taken_out};
use super::half;
use super::permission::Permission;

/// Names of holds are no longer, in characters.
pub const LONGEST_NAME: usize = 100;

/// When a hold is to end.
#[derive(Debug, Clone, Copy)]
pub enum End {
    /// When it is released.
    Never,
    /// After a time by the calendar.
    After(Span),
    /// Then.
    At(Timestamp),
}

impl End {
    /// The end from text: a length of time, or a moment with its zone.
    ///
    /// # Errors
    /// When it is neither.
    pub fn parse(text: &str) -> Result<Self, HoldError> {
        let moment = || text.parse().map(Self::At);
        let wrong = |_| {
            format!(
                "`{text}` is neither a length of time such as 30d, 36h or 6mo nor a time with its zone such as \
                 2026-12-31T00:00:00Z"
            )
        };
        match time::parse_span(text) {
            Ok(span) => Ok(Self::After(span)),
            // Minutes and the like: the reason says more than that it is no moment either.
            Err(why) if text.parse::<Span>().is_ok() => Err(HoldError(why)),
            Err(_) => Ok(moment().map_err(wrong)?),
        }
    }

    /// The moment, to the second, of a hold that is set now; none without an end.
    ///
    /// # Errors
    /// When it is in the past, or beyond the end of time.
    pub fn moment(self, now: &Zoned) -> Result<Option<Timestamp>, HoldError> {
        let end = match self {
            Self::Never => return Ok(None),
            Self::At(end) => end,
            Self::After(span) => now
                .checked_add(span)
                .map_err(|_| {
                    HoldError(
                        "that leads beyond the end of time; leave it out for a hold without an end"
                            .to_owned(),
                    )
                })?
                .timestamp(),
        };
        if end <= now.timestamp() {
            return Err(HoldError(format!(
                "{end} is in the past: nothing would be held"
            )));
        }
        Ok(Some(end.round(Unit::Second).unwrap_or(end)))
    }
}

/// Where a hold was put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The holds of that name that were on the snapshot before.
    pub replaced: Vec<Hold>,
    /// The file that it is in.
    pub file: PathBuf,
    /// Why it lies in the user's own directory instead of below the root, where it does: nobody else sees it then, nor
    /// does the user on another machine.
    pub aside: Option<String>,
    /// Why older holds of that name may still stand elsewhere, in words.
    pub standing: Vec<String>,
}

/// What was released.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Released {
    /// The holds that are gone.
    pub holds: Vec<Hold>,
    /// Why others may still stand, in words.
    pub standing: Vec<String>,
}

/// Why a hold could not be set, in a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct HoldError(pub String);

impl From<String> for HoldError {
    fn from(why: String) -> Self {
        Self(why)
    }
}

/// Sets a hold, in place of those of its name that are on the snapshot.
///
/// # Errors
/// When its name or the snapshot's path cannot be kept on one line, it is behind a link or half-way into a trash, holds that are there
/// cannot be read, or nothing can be written.
pub fn set(_permission: Permission, hold: &Hold) -> Result<Placed, HoldError> {
    plain(&hold.snapshot)?;
    named_plainly(&hold.name)?;
    let nowhere = || HoldError(format!("{} lies in no directory", hold.snapshot.shown()));
    let home = ours::home(&hold.snapshot).ok_or_else(nowhere)?;
    refuse_link(&home, &hold.snapshot, "hold")?;
    if let Some(why) = half::on_its_way(&hold.snapshot) {
        let snapshot = hold.snapshot.shown();
        return Err(HoldError(format!("cannot hold {snapshot}: {why}")));
    }
    let is_same =
        |name: &str, on: &Location| name == hold.name && is_same_place(on, &hold.snapshot);
    let change = |folder: &Folder| {
        let (document, mut entries) = taken_out(LEDGER, folder)?;
        let replaced = drop_from(&home, &mut entries, &is_same);
        entries.push(holds::entry_at(&home, hold));
        folder::write(LEDGER, folder, document, entries)?;
        Ok((replaced, folder.path().join(LEDGER.file)))
    };
    let ((mut replaced, file), aside) = folder::change(&home, change)?;
    // What was set in another place when this one could not be written would outlast the new one.
    let mut standing = Vec::new();
    for folder in folders(&home).filter(|it| Some(it.as_path()) != file.parent()) {
        match release_in(&home, &folder, &is_same) {
            Ok(dropped) => replaced.extend(dropped),
            Err(why) => standing.push(why),
        }
    }
    Ok(Placed {
        replaced,
        file,
        aside,
        standing,
    })
}

/// Releases the hold of this name on a snapshot, which need not be there any more.
pub fn release(permission: Permission, snapshot: &Location, name: &str) -> Released {
    release_those(permission, snapshot, &|other| other == name)
}

/// Releases all holds on a snapshot, which need not be there any more.
pub fn release_all(permission: Permission, snapshot: &Location) -> Released {
    release_those(permission, snapshot, &|_| true)
}

fn release_those(
    _permission: Permission,
    snapshot: &Location,
    is_meant: &dyn Fn(&str) -> bool,
) -> Released {
    let mut released = Released::default();
    let is_meant = |name: &str, on: &Location| is_meant(name) && is_same_place(on, snapshot);
    for told in ours::folders(&[], std::slice::from_ref(snapshot)) {
        match release_in(&told.place, &told.folder, &is_meant) {
            Ok(dropped) => released.holds.extend(dropped),
            Err(why) => released.standing.push(why),
        }
    }
    released
}

/// Whether two names are of one place. Not of copies of one snapshot: one that is released here may be needed there.
fn is_same_place(one: &Location, other: &Location) -> bool {
    let mounts = Mounts::now();
    let same = || Some(mounts.key(one)? == mounts.key(other)?);
    one.canonical() == other.canonical() || same() == Some(true)
}

fn folders(place: &Location) -> impl Iterator<Item = PathBuf> {
    ours::beside(place).into_iter().chain(ours::asides(place))
}

/// Releases the holds that are meant in a directory of ours. Nothing is made only to find nothing in it.
fn release_in(
    place: &Location,
    path: &Path,
    is_meant: &dyn Fn(&str, &Location) -> bool,
) -> Result<Vec<Hold>, String> {
    let Some(document) = LEDGER.read(path)? else {
        return Ok(Vec::new());
    };
    let keys = LEDGER.entries(&document).iter();
    let mut keys = keys.filter_map(|entry| holds::key_of(place, entry));
    if !keys.any(|(name, on)| is_meant(&name, &on)) {
        return Ok(Vec::new());
    }
    let folder = Folder::lock(path).map_err(broken(path))?;
    let (document, mut entries) = taken_out(LEDGER, &folder)?;
    let dropped = drop_from(place, &mut entries, is_meant);
    folder::write(LEDGER, &folder, document, entries)?;
    Ok(dropped)
}

/// Takes out the entries that are meant, those included that are otherwise not understood.
fn drop_from(
    place: &Location,
    entries: &mut Vec<Value>,
    is_meant: &dyn Fn(&str, &Location) -> bool,
) -> Vec<Hold> {
    let mut dropped = Vec::new();
    entries.retain(|entry| {
        let key = holds::key_of(place, entry);
        let Some((name, snapshot)) = key.filter(|(name, on)| is_meant(name, on)) else {
            return true;
        };
        dropped.push(holds::hold_of(place, entry).unwrap_or_else(|_| Hold {
            name,
            snapshot,
            by: String::new(),
            at: Timestamp::UNIX_EPOCH,
            why: String::new(),
            expires: None,
        }));
        false
    });
    dropped
}

/// Whether a hold can have this name: one that can be typed, and printed in a column.
///
/// # Errors
/// When it is none.
pub fn named_plainly(name: &str) -> Result<(), HoldError> {
    let is_odd = |c: char| c.is_whitespace() || !is_plain(c);
    let wrong = if name.is_empty() {
        "it is empty".to_owned()
    } else if name.starts_with('-') {
        "it starts like a flag".to_owned()
    } else if name.chars().any(is_odd) {
        "it has a space or a control character in it".to_owned()
    } else if name.chars().count() > LONGEST_NAME {
        format!("it is longer than {LONGEST_NAME} characters")
    } else {
        return Ok(());
    };
    Err(HoldError(format!(
        "`{}` cannot name a hold: {wrong}; choose one such as release-42",
        scrub(name)
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_can_be_typed_and_printed() {
        for good in ["release-42", "a", "ä", &"x".repeat(LONGEST_NAME)] {
            assert_eq!(named_plainly(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "a b",
            "a\n",
            "-all",
            "\u{1b}[2J",
            "\u{202e}x",
            &"x".repeat(101),
        ] {
            assert!(named_plainly(bad).is_err(), "{bad:?}");
        }
    }
}
