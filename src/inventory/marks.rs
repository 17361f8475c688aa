//! Marks for restart that lie beside the snapshots, in the directory `.stateward` of a root, or in the user's own state
//! directory where the root could not be written.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::domain::id::JobId;
use crate::domain::location::Location;
use crate::domain::mark::Mark;
use crate::domain::text::scrub;
use crate::store::local::path_of;

/// The directory of our own in a root.
pub const FOLDER: &str = ".stateward";
/// The file with the marks in it.
pub const FILE: &str = "marks.json";
/// The shape of that file.
pub const SCHEMA: u64 = 1;
/// No file of marks is longer.
const MOST_BYTES: u64 = 1 << 20;

/// The marks that can be seen from some roots, and what could not be read, in words. Looks in each root, in each
/// directory above it, and in each between it and the snapshots in it; a mark is the same wherever one looks from.
/// Of several for one place in the file system the newest counts; nothing is sorted out by lineage here.
pub fn read(roots: &[Location], snapshots: &[Location]) -> (Vec<Mark>, Vec<String>) {
    let mut places = BTreeSet::new();
    for root in roots {
        let mut at = Some(root.clone());
        while let Some(place) = at {
            at = place.parent();
            places.insert(place);
        }
    }
    for snapshot in snapshots {
        let mut at = snapshot.parent();
        while let Some(place) = at.filter(|place| !places.contains(place)) {
            at = place.parent();
            places.insert(place);
        }
    }
    let (mut marks, mut problems) = (Vec::new(), Vec::new());
    for place in &places {
        let beside = path_of(place).ok().map(|path| path.join(FOLDER));
        // A state directory that cannot be seen, as under sudo, holds no marks of ours.
        let own = aside(place).filter(|it| fs::symlink_metadata(it).is_ok());
        for folder in beside.into_iter().chain(own) {
            match read_file(&folder) {
                Ok(document) => marks.extend(document.iter().flat_map(marks_of)),
                Err(reason) => problems.push(reason),
            }
        }
    }
    marks.sort_by_key(|mark| std::cmp::Reverse(mark.at));
    (marks, problems)
}

/// The file of marks in a directory of ours; none when there is none.
///
/// # Errors
/// When it is there and cannot be read, is no such file, or was written by a later release that means something else
/// by it.
pub fn read_file(folder: &Path) -> Result<Option<Map<String, Value>>, String> {
    let path = folder.join(FILE);
    let shown = || scrub(&path.to_string_lossy()).into_owned();
    let absent = |error: &io::Error| {
        matches!(
            error.kind(),
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
        )
    };
    match fs::symlink_metadata(folder) {
        Ok(found) if !found.is_dir() => {
            let shown = scrub(&folder.to_string_lossy()).into_owned();
            return Err(format!(
                "{shown} is no directory of its own and is not followed"
            ));
        }
        Ok(_) => {}
        Err(error) if absent(&error) => return Ok(None),
        Err(error) => return Err(format!("cannot read {}: {error}", shown())),
    }
    let bytes = match fs::metadata(&path) {
        Ok(found) if found.len() > MOST_BYTES => Err(io::Error::other("it is too long")),
        Ok(_) => fs::read(&path),
        Err(error) if absent(&error) => return Ok(None),
        Err(error) => Err(error),
    };
    let bytes = bytes.map_err(|error| format!("cannot read {}: {error}", shown()))?;
    let document: Value = serde_json::from_slice(&bytes).map_err(|error| {
        format!(
            "{} is no file of marks ({error}); mend it or move it away",
            shown()
        )
    })?;
    match document {
        Value::Object(document) if document.get("schema") == Some(&json!(SCHEMA)) => {
            let is_list = document.get("marks").is_none_or(Value::is_array);
            let wrong = || {
                format!(
                    "{} holds no list of marks; mend it or move it away",
                    shown()
                )
            };
            is_list.then_some(Some(document)).ok_or_else(wrong)
        }
        _ => Err(format!(
            "{} is of a schema that this release does not know; a later one wrote it",
            shown()
        )),
    }
}

/// The marks in such a file; an entry that is none is passed over.
pub fn marks_of(document: &Map<String, Value>) -> Vec<Mark> {
    let entries = document.get("marks").and_then(Value::as_array);
    entries.into_iter().flatten().filter_map(mark_of).collect()
}

/// A mark from its entry.
pub fn mark_of(entry: &Value) -> Option<Mark> {
    let text = |key: &str| entry.get(key).and_then(Value::as_str);
    let safe = |key: &str| scrub(text(key).unwrap_or_default()).into_owned();
    let jobs = entry.get("jobs").and_then(Value::as_array);
    Some(Mark {
        snapshot: Location::parse(text("snapshot")?.as_bytes()),
        restore_path: Location::parse(text("restore_path")?.as_bytes()),
        lineage: safe("lineage"),
        jobs: jobs
            .into_iter()
            .flatten()
            .filter_map(|job| JobId::from_hex(job.as_str()?.as_bytes()).ok())
            .collect(),
        by: safe("by"),
        at: text("at")?.parse::<Timestamp>().ok()?,
        note: safe("note"),
    })
}

/// The entry of a mark.
pub fn entry(mark: &Mark) -> Value {
    json!({
        "snapshot": mark.snapshot.to_text(),
        "restore_path": mark.restore_path.to_text(),
        "lineage": mark.lineage,
        "jobs": mark.jobs.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "by": mark.by,
        "at": mark.at.to_string(),
        "note": mark.note,
    })
}

/// Where the marks of a root lie when it cannot be written: in the user's state directory, if there is one.
pub fn aside(root: &Location) -> Option<PathBuf> {
    let set = |name: &str| {
        std::env::var_os(name)
            .filter(|it| !it.is_empty())
            .map(PathBuf::from)
    };
    let state = set("XDG_STATE_HOME").or_else(|| Some(set("HOME")?.join(".local/state")))?;
    let name = format!("{:016x}", digest(root.canonical().as_bytes()));
    Some(state.join("stateward/marks").join(name))
}

/// A short name for any path (FNV-1a); it must not differ between releases, as the standard library's may.
pub fn digest(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Whoever runs the program, as `user@host`; empty where the system does not tell.
pub fn whoever() -> String {
    let user = ["USER", "LOGNAME"]
        .into_iter()
        .filter_map(std::env::var_os)
        .find(|it| !it.is_empty())
        .unwrap_or_default();
    let host = fs::read("/proc/sys/kernel/hostname").unwrap_or_default();
    let text = |bytes: &[u8]| scrub(String::from_utf8_lossy(bytes).trim()).into_owned();
    match (text(user.as_bytes()), text(&host)) {
        (user, host) if user.is_empty() || host.is_empty() => user,
        (user, host) => format!("{user}@{host}"),
    }
}
