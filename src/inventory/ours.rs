//! Small files of our own beside the snapshots: in the directory `.stateward` of a root, or in the user's own state
//! directory where the root could not be written.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::io::{self, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::mounts::{Key, Mounts};
use super::{holds, layout, marks, restarts};
use crate::domain::location::Location;
use crate::domain::text::scrub;
use crate::store::local::{location_of, path_of};

/// The directory of our own in a root.
pub const FOLDER: &str = ".stateward";
/// No file of ours is longer.
pub const MOST_BYTES: u64 = 1 << 20;

/// A file of ours: an object with a list in it, and with whatever later releases add.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ledger {
    /// Its name.
    pub file: &'static str,
    /// The key of the list, which is also what to call its entries.
    pub list: &'static str,
    /// The shape of the entries.
    pub schema: u64,
}

impl Ledger {
    /// The file in a directory of ours; none when there is none.
    ///
    /// # Errors
    /// When it is there and cannot be read, is no such file, or was written by a later release that means something
    /// else by it.
    pub fn read(&self, folder: &Path) -> Result<Option<Map<String, Value>>, String> {
        let path = folder.join(self.file);
        let shown = || scrub(&path.to_string_lossy()).into_owned();
        let Some(bytes) = bytes(folder, &path)? else {
            return Ok(None);
        };
        let list = self.list;
        let document: Value = serde_json::from_slice(&bytes).map_err(|error| {
            format!(
                "{} is no file of {list} ({error}); mend it or move it away",
                shown()
            )
        })?;
        match document {
            Value::Object(document) if document.get("schema") == Some(&json!(self.schema)) => {
                let is_list = document.get(list).is_some_and(Value::is_array);
                let wrong = || {
                    format!(
                        "{} holds no list of {list}; mend it or move it away",
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

    /// The entries in such a file.
    pub fn entries<'d>(&self, document: &'d Map<String, Value>) -> &'d [Value] {
        document
            .get(self.list)
            .and_then(Value::as_array)
            .map_or(&[], Vec::as_slice)
    }

    /// A file without entries.
    pub fn empty(&self) -> Map<String, Value> {
        let mut new = Map::new();
        new.insert("schema".to_owned(), json!(self.schema));
        new.insert(self.list.to_owned(), json!([]));
        new
    }
}

/// What is in a file of ours, if it is there. Nothing but a plain file in a directory of its own is read: a link could
/// lead anywhere, and a pipe would never end.
fn bytes(folder: &Path, path: &Path) -> Result<Option<Vec<u8>>, String> {
    let shown = |path: &Path| scrub(&path.to_string_lossy()).into_owned();
    let failed = |error: io::Error| format!("cannot read {}: {error}", shown(path));
    let is_absent = |error: &io::Error| {
        matches!(
            error.kind(),
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
        )
    };
    match fs::symlink_metadata(folder) {
        Ok(found) if !found.is_dir() => {
            return Err(format!(
                "{} is no directory of its own and is not followed",
                shown(folder)
            ));
        }
        Ok(_) => {}
        Err(error) if is_absent(&error) => return Ok(None),
        Err(error) => return Err(failed(error)),
    }
    match fs::symlink_metadata(path) {
        Ok(found) if !found.is_file() => {
            return Err(format!(
                "{} is no file of its own and is not followed",
                shown(path)
            ));
        }
        Ok(_) => {}
        Err(error) if is_absent(&error) => return Ok(None),
        Err(error) => return Err(failed(error)),
    }
    let mut bytes = Vec::new();
    let file = match fs::File::open(path) {
        Ok(file) => file,
        // Taken away since.
        Err(error) if is_absent(&error) => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    file.take(MOST_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(failed(io::Error::other("it is too long")));
    }
    Ok(Some(bytes))
}

/// The directory whose `.stateward` tells of a snapshot: the checkpoint directory that holds its job's, or the directory
/// that savepoints lie in.
pub fn home(snapshot: &Location) -> Option<Location> {
    let parent = snapshot.parent()?;
    match layout::job_of(snapshot) {
        Some(_) => parent.parent(),
        None => Some(parent),
    }
}

/// The snapshot that an entry in a file of ours is about, by the place that the file belongs to.
///
/// It is where its path from that place leads, so that it is found under whatever name the place has here: on another
/// machine, behind a link, or after both were moved together.
pub fn from_place(place: &Location, entry: &Value) -> Option<Location> {
    let text = |key: &str| {
        let text = entry.get(key).and_then(Value::as_str);
        text.filter(|it| !it.is_empty())
    };
    let below = text("below").map(|below| place.join(below.as_bytes()));
    let below = below.filter(|it| it != place && it.is_within(place));
    below.or_else(|| Some(Location::parse(text("snapshot")?.as_bytes())))
}

/// Notes in an entry the path of its snapshot from the place that its file belongs to, for [`from_place`].
pub fn note_place(place: &Location, snapshot: &Location, entry: &mut Value) {
    if let Some(below) = snapshot.relative_to(place) {
        entry["below"] = String::from_utf8_lossy(below).into();
    }
}

/// Whether two names are of one directory, be it by a link or a second mount. Of one that is not there nothing but its name
/// tells.
pub fn is_same_directory(one: &Location, other: &Location) -> bool {
    let identity = |at: &Location| {
        let found = fs::metadata(path_of(at).ok()?).ok()?;
        Some((found.dev(), found.ino()))
    };
    one.canonical() == other.canonical()
        || identity(one).is_some_and(|it| identity(other) == Some(it))
}

/// Where files of ours may lie that tell of what can be seen from some roots: each root, each directory above it, and
/// each between it and the snapshots in it. So they tell the same wherever one looks from.
pub fn places(roots: &[Location], snapshots: &[Location]) -> BTreeSet<Location> {
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
    places
}

/// A directory of ours that may tell of what can be seen from some roots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The place that it belongs to.
    pub place: Location,
    /// The directory, whether it is there or not.
    pub folder: PathBuf,
    /// Whether it lies in the user's own state directory.
    pub is_aside: bool,
}

/// All of them, each once: in [`places`], and where these really are, by whatever link or mount they are reached; and what was
/// kept aside for any of them, by whatever name.
pub fn folders(roots: &[Location], snapshots: &[Location]) -> Vec<Told> {
    let mounts = Mounts::now();
    let named = places(roots, snapshots);
    let starts: BTreeSet<Location> = roots
        .iter()
        .cloned()
        .chain(snapshots.iter().filter_map(Location::parent))
        .collect();
    let real = starts.iter().flat_map(|it| mounts.names(it));
    let real: Vec<Location> = real.filter_map(|it| location_of(&it).ok()).collect();
    let real = places(&real, &[]);
    let others = real.iter().filter(|it| !named.contains(*it));
    let kept = kept_aside(&mounts);
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for place in named.iter().chain(others) {
        let key = mounts.key(place);
        let by_another_name = kept.iter().filter(|(_, of)| key.as_ref() == Some(of));
        let aside = asides(place)
            .into_iter()
            .chain(by_another_name.map(|(folder, _)| folder.clone()));
        let beside = beside(place).map(|it| (it, false));
        for (folder, is_aside) in beside.into_iter().chain(aside.map(|it| (it, true))) {
            let at = location_of(&folder).ok();
            if seen.insert(at.and_then(|it| mounts.key(&it)).ok_or(folder.clone())) {
                found.push(Told {
                    place: place.clone(),
                    folder,
                    is_aside,
                });
            }
        }
    }
    found
}

/// What is kept aside, with the place that it belongs to, by what its entries say.
fn kept_aside(mounts: &Mounts) -> Vec<(PathBuf, Key)> {
    let entries = state().and_then(|it| fs::read_dir(it).ok());
    let folders = entries.into_iter().flatten().flatten().map(|it| it.path());
    let of = |folder: PathBuf| {
        let ledgers = [holds::LEDGER, marks::LEDGER, restarts::LEDGER];
        // What cannot be read is told by whoever finds it by its name.
        let documents = ledgers.iter().filter_map(|ledger| {
            let document = ledger.read(&folder).ok().flatten()?;
            Some(ledger.entries(&document).to_vec())
        });
        let mut keys: Vec<Key> = documents
            .flatten()
            .filter_map(|entry| mounts.key(&place_of(&entry)?))
            .collect();
        keys.sort_unstable();
        keys.dedup();
        keys.into_iter().map(move |key| (folder.clone(), key))
    };
    folders.flat_map(of).collect()
}

/// The place that a file belongs to which has this entry.
fn place_of(entry: &Value) -> Option<Location> {
    let text = |key: &str| entry.get(key).and_then(Value::as_str);
    let snapshot = Location::parse(text("snapshot")?.as_bytes());
    let Some(below) = text("below") else {
        return home(&snapshot);
    };
    let mut above = std::iter::successors(Some(snapshot.clone()), Location::parent);
    above.find(|it| it.join(below.as_bytes()) == snapshot)
}

/// Our directory in a place, where that is one of the local file system; whether it is there or not.
pub fn beside(place: &Location) -> Option<PathBuf> {
    Some(path_of(place).ok()?.join(FOLDER))
}

/// Where what belongs to a place lies when the place cannot be written: in the user's state directory, if there is one.
pub fn aside(place: &Location) -> Option<PathBuf> {
    let name = format!("{:016x}", digest(place.canonical().as_bytes()));
    Some(state()?.join(name))
}

/// Where the history of a root is kept: in the user's state directory, if there is one.
pub fn history(root: &Location) -> Option<PathBuf> {
    let name = format!("{:016x}", digest(root.canonical().as_bytes()));
    Some(state()?.parent()?.join("history").join(name))
}

/// All places in the user's state directory that may tell of a place: under the name that it has here, and under its
/// own, should it be seen through a link.
pub fn asides(place: &Location) -> Vec<PathBuf> {
    let is_there = state().is_some_and(|it| !is_absent(&it));
    let real = || {
        let real = fs::canonicalize(path_of(place).ok()?).ok()?;
        aside(&location_of(&real).ok()?)
    };
    let mut found: Vec<PathBuf> = aside(place).into_iter().collect();
    if is_there {
        found.extend(real().filter(|it| !found.contains(it)));
    }
    found
}

fn is_absent(path: &Path) -> bool {
    fs::symlink_metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

/// What marks were kept in first gives its name to all of it.
fn state() -> Option<PathBuf> {
    let set = |name: &str| {
        std::env::var_os(name)
            .filter(|it| !it.is_empty())
            .map(PathBuf::from)
    };
    let state = set("XDG_STATE_HOME").or_else(|| Some(set("HOME")?.join(".local/state")))?;
    Some(state.join("stateward/marks"))
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
        .map_or_else(name_of_process, |it| it.as_bytes().to_vec());
    let host = fs::read("/proc/sys/kernel/hostname").unwrap_or_default();
    let text = |bytes: &[u8]| scrub(String::from_utf8_lossy(bytes).trim()).into_owned();
    match (text(&user), text(&host)) {
        (user, host) if user.is_empty() || host.is_empty() => user,
        (user, host) => format!("{user}@{host}"),
    }
}

/// The name of the user that this process runs as, else the user's number; empty where the system does not tell.
fn name_of_process() -> Vec<u8> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ids = status.lines().find_map(|line| line.strip_prefix("Uid:"));
    let Some(id) = ids.and_then(|ids| ids.split_whitespace().next()) else {
        return Vec::new();
    };
    let users = fs::read("/etc/passwd").unwrap_or_default();
    name_of(id, &users).unwrap_or(id.as_bytes()).to_vec()
}

/// The name of a user in the text of `/etc/passwd`, by number.
fn name_of<'t>(id: &str, users: &'t [u8]) -> Option<&'t [u8]> {
    users.split(|byte| *byte == b'\n').find_map(|line| {
        let mut fields = line.split(|byte| *byte == b':');
        let name = fields.next().filter(|name| !name.is_empty())?;
        (fields.nth(1)? == id.as_bytes()).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_has_no_name_has_a_number() {
        let users = b"root:x:0:0:root:/root:/bin/sh\nflink:x:9999:9999::/opt/flink:/bin/sh\n";
        assert_eq!(name_of("9999", users), Some(&b"flink"[..]));
        assert_eq!(name_of("0", users), Some(&b"root"[..]));
        assert_eq!(name_of("99", users), None);
        #[cfg(target_os = "linux")]
        assert!(!name_of_process().is_empty());
    }

    #[test]
    fn what_is_ours_goes_where_snapshots_of_its_sort_lie() {
        let home = |text: &str| home(&Location::parse(text.as_bytes())).map(|it| it.to_text());
        let job = "7bf6bd3d977df158f9d8a88833ce0000";
        assert_eq!(
            home(&format!("file:/data/{job}/chk-1")).as_deref(),
            Some("file:/data")
        );
        assert_eq!(
            home("file:/sp/savepoint-7bf6bd-0123456789ab").as_deref(),
            Some("file:/sp")
        );
    }
}
