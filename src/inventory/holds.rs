//! Holds that lie beside the snapshots. What cannot be read here may be a hold: it is told, and never passed over.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::mounts::Mounts;
use super::ours::{self, Ledger};
use crate::domain::hold::Hold;
use crate::domain::location::Location;
use crate::domain::text::scrub;

/// The file with the holds in it.
pub const LEDGER: Ledger = Ledger {
    file: "holds.json",
    list: "holds",
    schema: 1,
};

/// A hold, and where it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The hold, with its reason made safe to show.
    pub hold: Hold,
    /// The reason as it was typed.
    pub why: String,
    /// The file.
    pub file: PathBuf,
    /// Whether that is in the user's own state directory, where nobody else sees it.
    pub is_aside: bool,
}

/// The holds that can be seen from some roots, those that have ended included, and what could not be read, in words.
/// Whoever deletes must take such a problem for a hold on everything there.
pub fn read(roots: &[Location], snapshots: &[Location]) -> (Vec<Hold>, Vec<String>) {
    let (found, problems) = find(roots, snapshots);
    (found.into_iter().map(|it| it.hold).collect(), problems)
}

/// The same with where each is kept, the newest first.
pub fn find(roots: &[Location], snapshots: &[Location]) -> (Vec<Found>, Vec<String>) {
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for told in ours::folders(roots, snapshots) {
        let (holds, wrong) = typed(&told.place, &told.folder);
        found.extend(holds.into_iter().map(|(hold, why)| Found {
            hold,
            why,
            file: told.folder.join(LEDGER.file),
            is_aside: told.is_aside,
        }));
        problems.extend(wrong);
    }
    found.sort_by(|a, b| {
        let key = |it: &Found| (std::cmp::Reverse(it.hold.at), it.hold.name.clone());
        key(a).cmp(&key(b))
    });
    (found, problems)
}

/// Whether a hold is on a snapshot, as [`Hold::is_on`], or by another link or mount.
pub fn is_on(mounts: &Mounts, hold: &Hold, snapshot: &Location) -> bool {
    let same = || {
        let held = mounts.key(&hold.snapshot)?;
        (mounts.key(snapshot)? == held).then_some(())
    };
    hold.is_on(snapshot) || same().is_some()
}

/// The holds in a directory of ours that belongs to a place, and what could not be read.
pub fn in_folder(place: &Location, folder: &Path) -> (Vec<Hold>, Vec<String>) {
    let (holds, problems) = typed(place, folder);
    (holds.into_iter().map(|(hold, _)| hold).collect(), problems)
}

/// The same, each hold with its reason as it was typed.
fn typed(place: &Location, folder: &Path) -> (Vec<(Hold, String)>, Vec<String>) {
    let document = match LEDGER.read(folder) {
        Ok(Some(document)) => document,
        Ok(None) => return (Vec::new(), Vec::new()),
        Err(reason) => return (Vec::new(), vec![reason]),
    };
    let (mut holds, mut problems) = (Vec::new(), Vec::new());
    for (number, entry) in (1..).zip(LEDGER.entries(&document)) {
        match hold_of(place, entry) {
            Ok(hold) => {
                let why = entry.get("why").and_then(Value::as_str);
                holds.push((hold, why.unwrap_or_default().to_owned()));
            }
            Err(why) => {
                let file = folder.join(LEDGER.file);
                problems.push(format!(
                    "hold {number} in {} cannot be understood ({why}); mend it or take it out",
                    scrub(&file.to_string_lossy())
                ));
            }
        }
    }
    (holds, problems)
}

/// A hold from its entry in a file that belongs to a place.
///
/// # Errors
/// When the entry lacks something or is of another shape, in words.
pub fn hold_of(place: &Location, entry: &Value) -> Result<Hold, String> {
    let (name, snapshot) = key_of(place, entry).ok_or("it has no name or no snapshot")?;
    let text = |key: &str| match entry.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(_) => Err(format!("`{key}` is no text")),
    };
    let time = |key: &str| {
        let wrong = |_| format!("`{key}` is no time");
        text(key)?
            .map(|it| it.parse::<Timestamp>().map_err(wrong))
            .transpose()
    };
    let safe = |key: &str| text(key).map(|it| scrub(it.unwrap_or_default()).into_owned());
    Ok(Hold {
        name,
        snapshot,
        by: safe("by")?,
        at: time("at")?.ok_or("it does not say when it was set")?,
        why: safe("why")?,
        expires: time("expires")?,
    })
}

/// The name of a hold and the snapshot that it is on, by its entry in a file that belongs to a place.
///
/// The snapshot is where its path from that place leads ([`ours::from_place`]).
pub fn key_of(place: &Location, entry: &Value) -> Option<(String, Location)> {
    let name = entry.get("name").and_then(Value::as_str);
    let name = name.filter(|it| !it.is_empty())?;
    Some((scrub(name).into_owned(), ours::from_place(place, entry)?))
}

/// The entry of a hold, as it is told.
pub fn entry(hold: &Hold) -> Value {
    json!({
        "name": hold.name,
        "snapshot": hold.snapshot.to_text(),
        "by": hold.by,
        "at": hold.at.to_string(),
        "why": hold.why,
        "expires": hold.expires.map(|it| it.to_string()),
    })
}

/// The entry of a hold in a file that belongs to a place.
pub fn entry_at(place: &Location, hold: &Hold) -> Value {
    let mut entry = entry(hold);
    ours::note_place(place, &hold.snapshot, &mut entry);
    entry
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> Location {
        Location::parse(text.as_bytes())
    }

    fn hold() -> Hold {
        Hold {
            name: "release-42".to_owned(),
            snapshot: place("file:/sp/mine"),
            by: "ops@host".to_owned(),
            at: "2026-11-25T15:00:00Z".parse().unwrap(),
            why: "audit".to_owned(),
            expires: None,
        }
    }

    #[test]
    fn a_hold_is_found_under_whatever_name_its_place_has() {
        let entry = entry_at(&place("file:/sp"), &hold());
        assert_eq!(hold_of(&place("file:/sp"), &entry), Ok(hold()));
        let elsewhere = hold_of(&place("file:/mnt/sp"), &entry).unwrap();
        assert_eq!(elsewhere.snapshot, place("file:/mnt/sp/mine"));
        // A path that leads out of the place is nobody's.
        for astray in ["..", "../other", "", "."] {
            let mut entry = entry.clone();
            entry["below"] = astray.into();
            let found = hold_of(&place("file:/mnt/sp"), &entry).unwrap();
            assert_eq!(found.snapshot, place("file:/sp/mine"), "{astray}");
        }
    }

    #[test]
    fn what_is_no_hold_is_said_to_be_none() {
        let broken = |key: &str, value: Value| {
            let mut entry = entry_at(&place("file:/sp"), &hold());
            entry[key] = value;
            hold_of(&place("file:/sp"), &entry).unwrap_err()
        };
        for key in ["name", "by", "at", "why", "expires"] {
            assert!(!broken(key, json!(7)).is_empty(), "{key}");
        }
        assert!(broken("expires", "soon".into()).contains("`expires` is no time"));
        assert!(broken("at", Value::Null).contains("when"));
        assert!(hold_of(&place("file:/sp"), &json!("release-42")).is_err());
    }
}
