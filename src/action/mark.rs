//! Marks for restart: kept beside the snapshots, so that everybody who looks there sees the same choice.

use std::path::PathBuf;

use serde_json::Value;

use crate::domain::id::JobId;
use crate::domain::location::Location;
use crate::domain::mark::Mark;
use crate::inventory::marks::{self, LEDGER};
use crate::inventory::ours::{self, home};
use crate::store::atomic::Folder;

use super::folder::{self, broken, plain, refuse_link, taken_out};
use super::permission::Permission;

/// The directory of plain files that hold nothing but a path.
const POINTERS: &str = "restart";

/// Where a mark was put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The mark that it replaced in its lineage.
    pub replaced: Option<Mark>,
    /// The file that holds the path and a newline, for `flink run -s "$(cat …)"`.
    pub pointer: PathBuf,
    /// Why it lies in the user's own directory instead of below the root, where it does.
    pub aside: Option<String>,
    /// Older marks of its lineage below other roots, which were removed.
    pub retired: Vec<Mark>,
    /// Why others of them still stand, in words.
    pub standing: Vec<String>,
}

/// Why a mark could not be set or removed, in a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct MarkError(pub String);

impl From<String> for MarkError {
    fn from(why: String) -> Self {
        Self(why)
    }
}

/// Marks a snapshot below a root, in place of the mark that its lineage has there.
///
/// # Errors
/// When the path cannot be kept on one line or leads through a link below the root, marks that are there cannot be read, or nothing can be written.
pub fn mark(_permission: Permission, root: &Location, mark: &Mark) -> Result<Placed, MarkError> {
    let path = plain(&mark.restore_path)?;
    plain(&mark.snapshot)?;
    refuse_link(root, &mark.snapshot, "mark")?;
    let change = |folder: &Folder| {
        let (document, mut entries) = taken_out(LEDGER, folder)?;
        let mut replaced = Vec::new();
        entries.retain(|entry| {
            let other = marks::mark_of(root, entry);
            let same = other.is_some_and(|it| it.is_of(&mark.lineage, &mark.jobs));
            if same {
                replaced.push(entry.clone());
            }
            !same
        });
        // Whoever reads the pointer file of a lineage must find the next mark in it, too.
        let pointer = replaced
            .iter()
            .find_map(pointer_of)
            .unwrap_or_else(|| free_pointer(mark, &entries));
        let mut entry = marks::entry_at(root, mark);
        entry["pointer"] = pointer.clone().into();
        entries.push(entry);
        // Both are written before either counts: a full disk leaves all as it was.
        let wrong = || broken(folder.path());
        let pointers = folder.below(POINTERS).map_err(wrong())?;
        let points = folder
            .stage(&pointers, &pointer, format!("{path}\n").as_bytes())
            .map_err(wrong())?;
        folder::write(LEDGER, folder, document, entries)?;
        points.put().map_err(wrong())?;
        for other in replaced
            .iter()
            .filter_map(pointer_of)
            .filter(|it| *it != pointer)
        {
            folder.remove(&pointers, &other).map_err(wrong())?;
        }
        let replaced = replaced.iter().find_map(|it| marks::mark_of(root, it));
        Ok((replaced, pointers.join(pointer)))
    };
    let ((replaced, pointer), aside) = folder::change(root, change)?;
    Ok(Placed {
        replaced,
        pointer,
        aside,
        retired: Vec::new(),
        standing: Vec::new(),
    })
}

/// Marks a snapshot where snapshots of its sort lie, and removes `older` marks of its lineage that lie elsewhere: a
/// lineage has one.
///
/// # Errors
/// When the mark cannot be set; then the others stay.
pub fn mark_instead(
    permission: Permission,
    new: &Mark,
    older: &[Mark],
) -> Result<Placed, MarkError> {
    let nowhere = || MarkError(format!("{} lies in no directory", new.snapshot.shown()));
    let root = home(&new.snapshot).ok_or_else(nowhere)?;
    let mut placed = mark(permission, &root, new)?;
    let mut homes: Vec<(Location, &Mark)> = older
        .iter()
        .filter_map(|mark| Some((home(&mark.snapshot)?, mark)))
        .filter(|(home, _)| !ours::is_same_directory(home, &root))
        .collect();
    homes.dedup_by(|(one, a), (other, b)| one == other && a.is_of(&b.lineage, &b.jobs));
    for (home, mark) in homes {
        // Whatever name its directory has there, the new one is not among the older ones.
        let is_older = |it: &Mark| it.is_of(&mark.lineage, &mark.jobs) && !is_same(it, new);
        match take_out(permission, &home, is_older) {
            Ok(removed) => placed.retired.extend(removed),
            Err(why) => placed.standing.push(format!(
                "the older mark on {} still stands: {why}",
                mark.snapshot.shown()
            )),
        }
    }
    Ok(placed)
}

/// Removes the marks of a lineage below a root, by its name or one of its jobs, with their pointer files. Returns them.
///
/// # Errors
/// When marks that are there cannot be read, or nothing can be written.
pub fn unmark(
    permission: Permission,
    root: &Location,
    lineage: &str,
    jobs: &[JobId],
) -> Result<Vec<Mark>, MarkError> {
    take_out(permission, root, |mark| mark.is_of(lineage, jobs))
}

/// Whether both were set in one go: they may name their snapshot differently.
fn is_same(one: &Mark, other: &Mark) -> bool {
    let name = |mark: &Mark| mark.snapshot.name().to_vec();
    one.at == other.at && one.by == other.by && name(one) == name(other)
}

fn take_out(
    _permission: Permission,
    root: &Location,
    is_meant: impl Fn(&Mark) -> bool,
) -> Result<Vec<Mark>, MarkError> {
    let mut removed = Vec::new();
    for path in ours::beside(root).into_iter().chain(ours::asides(root)) {
        // Nothing is made only to find nothing in it.
        if LEDGER.read(&path)?.is_none() {
            continue;
        }
        let folder = Folder::lock(&path).map_err(broken(&path))?;
        let (document, mut entries) = taken_out(LEDGER, &folder)?;
        let mut names = Vec::new();
        entries.retain(|entry| match marks::mark_of(root, entry) {
            Some(mark) if is_meant(&mark) => {
                names.extend(pointer_of(entry));
                removed.push(mark);
                false
            }
            _ => true,
        });
        folder::write(LEDGER, &folder, document, entries)?;
        let pointers = folder.below(POINTERS).map_err(broken(&path))?;
        for name in names {
            folder.remove(&pointers, &name).map_err(broken(&path))?;
        }
    }
    Ok(removed)
}

/// The pointer file of an entry, as long as its name leads nowhere else.
fn pointer_of(entry: &Value) -> Option<String> {
    let name = entry.get("pointer")?.as_str()?;
    (pointer_name(name) == name).then(|| name.to_owned())
}

/// A name for the pointer file of a lineage that has none yet: the lineage's, unless another lineage has that.
fn free_pointer(mark: &Mark, entries: &[Value]) -> String {
    let name = pointer_name(&mark.lineage);
    let taken = |name: &str| entries.iter().filter_map(pointer_of).any(|it| it == name);
    if !taken(&name) {
        return name;
    }
    match mark.jobs.first() {
        Some(job) if !taken(&job.to_string()) => job.to_string(),
        _ => pointer_name(&format!(
            "{name}-{:016x}",
            ours::digest(mark.snapshot.as_bytes())
        )),
    }
}

/// The name of a lineage as that of a file: itself where that is safe, else with what is not replaced, and a digest.
fn pointer_name(lineage: &str) -> String {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let name: String = lineage
        .chars()
        .map(|c| if is_safe(c) { c } else { '_' })
        .take(80)
        .collect();
    if name == lineage && !name.is_empty() && !name.starts_with('.') {
        return name;
    }
    let name = name.trim_start_matches('.');
    format!("{name}-{:08x}", ours::digest(lineage.as_bytes()) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_lineage_names_a_file_elsewhere_and_no_two_the_same() {
        let fraud = "7bf6bd3d977df158f9d8a88833ce0000";
        assert_eq!(pointer_name(fraud), fraud);
        let odd = ["", ".", "..", "../x", "a/b", "a_b", "a b", ".marks", "ä"];
        let names: Vec<String> = odd.iter().map(|it| pointer_name(it)).collect();
        for name in &names {
            assert!(!name.contains('/') && !name.starts_with('.'), "{name}");
        }
        let different: std::collections::BTreeSet<&String> = names.iter().collect();
        assert_eq!(different.len(), odd.len(), "{names:?}");
    }
}
