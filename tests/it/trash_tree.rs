//! Trees whose files are moved into the trash in the tests, and what has to be true of them afterwards.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroU32;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use jiff::Timestamp;
use stateward::action::apply::{self, Named, Recheck};
use stateward::action::permission::Permission;
use stateward::action::trash::list::Scope;
use stateward::action::trash::{Course, Done, Progress, TrashError, back, purge};
use stateward::domain::batch::{Batch, Directory, Move, SCHEMA};
use stateward::domain::plan::Fingerprint;
use stateward::store::change::{ChangeError, ChangeErrorKind, Found, LocalTree, Lock, Tree};
use stateward::store::clock::MachineClock;

/// A moment that is no round number of seconds.
const EARLIER: i64 = 1_764_000_000_123_456_789;

/// What lies at a path: the bytes, times and permissions of a file, the permissions of a directory, where a link leads.
pub(crate) type Image = BTreeMap<PathBuf, String>;

pub(crate) fn permission() -> Permission {
    Permission::given(true).unwrap()
}

/// Never interrupted.
pub(crate) fn never() -> AtomicBool {
    AtomicBool::new(false)
}

#[expect(clippy::unnecessary_wraps, reason = "what is asked may not know")]
pub(crate) fn nobody_names_anything() -> Result<Named, String> {
    Ok(Box::new(|_| None))
}

/// Does something at full speed, and tells nobody.
pub(crate) fn quietly<T>(act: impl FnOnce(&mut Course<'_>) -> T) -> T {
    telling(None, |_, _| {}, act)
}

/// Does something with so many files a second, or at full speed; somebody is told after each file, and may interrupt it.
pub(crate) fn telling<T>(
    per_second: Option<u32>,
    mut tell: impl FnMut(Progress, &AtomicBool),
    act: impl FnOnce(&mut Course<'_>) -> T,
) -> T {
    let interrupted = never();
    act(&mut Course {
        per_second: per_second.and_then(NonZeroU32::new),
        interrupted: &interrupted,
        clock: &MachineClock,
        tell: &mut |progress| tell(progress, &interrupted),
    })
}

pub(crate) fn apply(
    tree: &dyn Tree,
    batch: &Batch,
    recheck: &mut Recheck<'_>,
) -> Result<Done, TrashError> {
    quietly(|course| apply::apply(permission(), tree, batch, recheck, course))
}

pub(crate) fn resume(tree: &dyn Tree, id: &str) -> Result<Done, TrashError> {
    quietly(|course| apply::resume(permission(), tree, id, &mut nobody_names_anything, course))
}

pub(crate) fn undo(tree: &dyn Tree, id: &str) -> Result<Done, TrashError> {
    quietly(|course| back::undo(permission(), tree, id, course))
}

pub(crate) fn restore(tree: &dyn Tree, id: &str, names: &[&str]) -> Result<Done, TrashError> {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let done = quietly(|course| back::restore(permission(), &[tree], id, &names, course));
    done.map(|mut done| done.remove(0))
}

/// Purges as if it were four days later.
pub(crate) fn purge(tree: &dyn Tree, id: &str) -> Result<Done, TrashError> {
    purge_all(&[tree], id, &[]).map(|mut done| done.remove(0))
}

/// The same in all these roots together; others of the same deletion stay.
pub(crate) fn purge_all(
    trees: &[&dyn Tree],
    id: &str,
    beside: &[&dyn Tree],
) -> Result<Vec<Done>, TrashError> {
    let later = Timestamp::now() + jiff::SignedDuration::from_hours(4 * 24);
    let grace = stateward::action::trash::GRACE;
    let parts = purge::Parts {
        going: trees,
        beside,
    };
    quietly(|course| {
        purge::purge(
            permission(),
            parts,
            id,
            (grace, later),
            &Scope::default(),
            &mut |_| nobody_names_anything(),
            course,
        )
    })
}

/// A root with two snapshots that go, one that stays, files that several name, and what belongs to nobody.
pub(crate) struct Place {
    temp: tempfile::TempDir,
}

/// The files that go, metadata first, each with the number of its target.
pub(crate) const GOING: [(&str, usize); 8] = [
    ("job/chk-1/_metadata", 0),
    ("job/chk-2/_metadata", 1),
    ("job/chk-1/a", 0),
    ("job/chk-1/b", 0),
    ("job/shared/one", 0),
    ("job/chk-2/deep/c", 1),
    ("job/chk-2/d", 1),
    ("orphan", 2),
];
/// How many of them are metadata.
pub(crate) const METADATA: usize = 2;
const TARGETS: [&str; 3] = ["chk-1", "chk-2", "orphan"];
const STAYING: [&str; 6] = [
    "job/chk-3/_metadata",
    "job/chk-3/a",
    "job/shared/both",
    "job/shared/three",
    "savepoint/_metadata",
    "note",
];
/// Directories that go, the deepest first, with their permissions; `taskowned` is empty, `shared` will not be.
const DIRECTORIES: [(&str, u32); 5] = [
    ("job/chk-2/deep", 0o711),
    ("job/chk-1", 0o750),
    ("job/chk-2", 0o777),
    ("job/taskowned", 0o755),
    ("job/shared", 0o755),
];

impl Place {
    pub(crate) fn new() -> Self {
        Self::named("place")
    }

    /// One whose own name begins with these letters.
    pub(crate) fn named(name: &str) -> Self {
        let place = Self {
            temp: tempfile::Builder::new().prefix(name).tempdir().unwrap(),
        };
        place.fill();
        place
    }

    pub(crate) fn fill(&self) {
        let going = GOING.iter().map(|(path, _)| *path);
        for (number, path) in going.chain(STAYING).enumerate() {
            self.write(path, &format!("{path} {}", "x".repeat(number * 7)));
        }
        for (path, mode) in DIRECTORIES {
            fs::create_dir_all(self.path(path)).unwrap();
            fs::set_permissions(self.path(path), fs::Permissions::from_mode(mode)).unwrap();
        }
        for (path, _) in GOING {
            let file = fs::File::options()
                .write(true)
                .open(self.path(path))
                .unwrap();
            let time = Timestamp::from_nanosecond(i128::from(EARLIER)).unwrap();
            file.set_modified(time.into()).unwrap();
        }
    }

    pub(crate) fn root(&self) -> &Path {
        self.temp.path()
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    pub(crate) fn tree(&self) -> LocalTree {
        LocalTree::open(self.root()).unwrap()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Everything that goes, as it is now.
    pub(crate) fn batch(&self, id: &str) -> Batch {
        Batch {
            schema: SCHEMA,
            plan: id.to_owned(),
            at: Timestamp::now(),
            by: "somebody@somewhere".to_owned(),
            verb: "delete".to_owned(),
            scope: vec![self.root().to_str().unwrap().to_owned()],
            looking: None,
            missing: Vec::new(),
            real: Vec::new(),
            spread: Vec::new(),
            places: Vec::new(),
            roots: Vec::new(),
            asked: Vec::new(),
            typed: std::collections::BTreeSet::new(),
            targets: TARGETS.map(str::to_owned).to_vec(),
            moves: GOING
                .iter()
                .map(|(path, target)| Move {
                    from: (*path).to_owned(),
                    target: *target,
                    also: Vec::new(),
                    seen: self.seen(path),
                })
                .collect(),
            metadata: METADATA,
            directories: DIRECTORIES
                .iter()
                .map(|(path, _)| {
                    let found = fs::metadata(self.path(path)).unwrap();
                    Directory {
                        path: (*path).to_owned(),
                        mode: found.mode() & 0o7777,
                        uid: Some(found.uid()),
                        gid: Some(found.gid()),
                        modified: None,
                        attributes: Vec::new(),
                    }
                })
                .collect(),
        }
    }

    pub(crate) fn seen(&self, path: &str) -> Fingerprint {
        seen(&self.path(path))
    }

    /// All but our own.
    pub(crate) fn image(&self) -> Image {
        let mut image = image(self.root());
        image.retain(|path, _| !path.starts_with(".stateward"));
        image
    }

    /// What stays whatever happens.
    pub(crate) fn staying(&self) -> Image {
        let mut image = self.image();
        image.retain(|path, _| STAYING.iter().any(|it| path.as_path() == Path::new(it)));
        assert_eq!(image.len(), STAYING.len(), "a file that stays is gone");
        image
    }

    pub(crate) fn is_there(&self, path: &str) -> bool {
        fs::symlink_metadata(self.path(path)).is_ok()
    }

    /// The path of a file in the trash.
    pub(crate) fn trashed(&self, id: &str, number: usize) -> PathBuf {
        self.path(&format!(".stateward/trash/{id}/files/{number}"))
    }

    /// Whether each file of a batch lies in one place and no other: true for those in the trash.
    pub(crate) fn in_trash(&self, id: &str) -> Vec<bool> {
        let each = GOING.iter().enumerate();
        each.map(|(number, (path, _))| {
            let trashed = self.trashed(id, number).exists();
            assert_ne!(trashed, self.is_there(path), "{path}");
            trashed
        })
        .collect()
    }
}

/// What a file is now.
pub(crate) fn seen(path: &Path) -> Fingerprint {
    let found = fs::symlink_metadata(path).unwrap();
    Fingerprint {
        bytes: found.len(),
        modified: Timestamp::new(found.mtime(), found.mtime_nsec() as i32).unwrap(),
        identity: (found.dev(), found.ino()),
    }
}

/// Everything below a directory.
pub(crate) fn image(root: &Path) -> Image {
    let mut image = Image::new();
    let mut pending = vec![root.to_owned()];
    while let Some(directory) = pending.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let found = fs::symlink_metadata(&path).unwrap();
            let mode = found.mode() & 0o7777;
            let what = if found.is_dir() {
                pending.push(path.clone());
                format!("directory {mode:o} of {}:{}", found.uid(), found.gid())
            } else if found.is_symlink() {
                format!("link to {}", fs::read_link(&path).unwrap().display())
            } else {
                format!(
                    "{mode:o} {}.{} {:?}",
                    found.mtime(),
                    found.mtime_nsec(),
                    String::from_utf8_lossy(&fs::read(&path).unwrap())
                )
            };
            image.insert(path.strip_prefix(root).unwrap().to_owned(), what);
        }
    }
    image
}

/// What becomes of a call.
pub(crate) enum Verdict {
    Works,
    Fails(ChangeErrorKind),
    /// It does its work, and says that it failed.
    LosesItsAnswer(ChangeErrorKind),
}

/// A tree with somebody in between: asked before each call what becomes of it, given its name and its path.
pub(crate) struct Between<F> {
    pub(crate) tree: LocalTree,
    pub(crate) judge: F,
}

impl<F: Fn(&str, &str) -> Verdict + Send + Sync> Between<F> {
    fn call<T>(
        &self,
        name: &'static str,
        at: &str,
        act: impl FnOnce(&LocalTree) -> Result<T, ChangeError>,
    ) -> Result<T, ChangeError> {
        let error = |kind| Err(ChangeError::new(name, &self.tree.shown(), at, kind));
        match (self.judge)(name, at) {
            Verdict::Works => act(&self.tree),
            Verdict::Fails(kind) => error(kind),
            Verdict::LosesItsAnswer(kind) => {
                let _ = act(&self.tree);
                error(kind)
            }
        }
    }
}

impl<F: Fn(&str, &str) -> Verdict + Send + Sync> Tree for Between<F> {
    fn look(&self, at: &str) -> Result<Found, ChangeError> {
        self.call("look at", at, |it| it.look(at))
    }
    fn names(&self, at: &str) -> Result<Vec<String>, ChangeError> {
        self.call("list", at, |it| it.names(at))
    }
    fn read(&self, at: &str, limit: u64) -> Result<Vec<u8>, ChangeError> {
        self.call("read", at, |it| it.read(at, limit))
    }
    fn replace(&self, at: &str, bytes: &[u8]) -> Result<(), ChangeError> {
        self.call("replace", at, |it| it.replace(at, bytes))
    }
    fn make_directory(&self, at: &str, mode: u32) -> Result<(), ChangeError> {
        self.call("make", at, |it| it.make_directory(at, mode))
    }
    fn give_directory(&self, at: &str, owner: (u32, u32)) -> Result<(), ChangeError> {
        self.call("give", at, |it| it.give_directory(at, owner))
    }
    fn attributes(&self, at: &str) -> Result<Vec<(String, Vec<u8>)>, ChangeError> {
        self.tree.attributes(at)
    }
    fn give_attribute(&self, at: &str, name: &str, value: &[u8]) -> Result<(), ChangeError> {
        self.call("give", at, |it| it.give_attribute(at, name, value))
    }
    fn date_directory(&self, at: &str, modified: Timestamp) -> Result<(), ChangeError> {
        self.call("date", at, |it| it.date_directory(at, modified))
    }
    fn is_same(&self, one: &str, other: &str) -> Result<bool, ChangeError> {
        self.call("compare", one, |it| it.is_same(one, other))
    }
    fn move_directory(&self, from: &str, to: &str) -> Result<(), ChangeError> {
        self.call("move directory", to, |it| it.move_directory(from, to))
    }
    fn remove_directory(&self, at: &str) -> Result<(), ChangeError> {
        self.call("remove directory", at, |it| it.remove_directory(at))
    }
    fn remove_file(&self, at: &str) -> Result<(), ChangeError> {
        self.call("remove", at, |it| it.remove_file(at))
    }
    fn move_in(&self, from: &str, to: &str) -> Result<(), ChangeError> {
        self.call("move in", from, |it| it.move_in(from, to))
    }
    fn move_out(&self, from: &str, to: &str) -> Result<(), ChangeError> {
        self.call("move out", to, |it| it.move_out(from, to))
    }
    fn sync(&self, at: &str) -> Result<(), ChangeError> {
        self.call("sync", at, |it| it.sync(at))
    }
    fn lock(&self, at: &str) -> Result<Lock, ChangeError> {
        self.call("lock", at, |it| it.lock(at))
    }
    fn shown(&self) -> String {
        self.tree.shown()
    }
}
