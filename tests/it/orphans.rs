//! What no snapshot names: found in trees on disk, and judged.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, FileTimes};
use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use serde_json::Value;
use stateward::domain::location::Location;
use stateward::inventory::orphans;
use stateward::inventory::scan::Root;
use stateward::store::memory::MemoryStore;
use stateward::store::{Entry, Stat, Store, StoreError, StoreErrorKind};

use crate::program::{copy, err, fixture, json, only, out, run, stateward};
use crate::world::{Draft, World, ago, place};

const DAY: u64 = 86_400;
pub(crate) const LOST: &str = "2f9de764-d5b2-4951-840b-e9d8304a15e9";

/// A tree that a real Flink wrote long ago.
pub(crate) struct Tree {
    _temp: tempfile::TempDir,
    pub(crate) root: PathBuf,
    pub(crate) job: PathBuf,
}

impl Tree {
    pub(crate) fn of(layout: &str) -> Self {
        let temp = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(temp.path()).unwrap();
        copy(&fixture(&format!("flink-2.3.0/{layout}")), &root);
        let job = only(&root.join("checkpoints"), "");
        let tree = Self {
            _temp: temp,
            root,
            job,
        };
        tree.all_old();
        tree
    }

    pub(crate) fn lose(&self, path: &str) -> PathBuf {
        let path = self.job.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "1234").unwrap();
        path
    }

    /// Makes everything ten days old.
    pub(crate) fn all_old(&self) {
        age(&self.root, 10 * DAY);
    }

    /// What is said of each leftover, by its path below the job's directory.
    pub(crate) fn told(&self, args: &[&str]) -> BTreeMap<String, (String, String, String)> {
        let mut command = stateward();
        command
            .args(["orphans", "--all-named"])
            .arg(&self.root)
            .args(["--json", "--files"]);
        let output = command.args(args).output().unwrap();
        let document = json(&output);
        let files = document["files"].as_array().unwrap();
        let text = |file: &Value, key: &str| file[key].as_str().unwrap().to_owned();
        let job = format!("file:{}/", self.job.display());
        files
            .iter()
            .map(|file| {
                let uri = text(file, "uri");
                let name = uri.strip_prefix(&job).unwrap_or(&uri).to_owned();
                (
                    name,
                    (
                        text(file, "decision"),
                        text(file, "class"),
                        text(file, "reason"),
                    ),
                )
            })
            .collect()
    }
}

/// Sets the times of everything below a path.
fn age(path: &Path, seconds: u64) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            let entry = entry.unwrap();
            if !entry.file_type().unwrap().is_symlink() {
                age(&entry.path(), seconds);
            }
        }
    }
    let at = SystemTime::now() - Duration::from_secs(seconds);
    File::open(path)
        .unwrap()
        .set_times(FileTimes::new().set_modified(at))
        .unwrap();
}

#[track_caller]
fn decided(told: &BTreeMap<String, (String, String, String)>, name: &str, expected: (&str, &str)) {
    let (decision, class, reason) = told.get(name).unwrap_or_else(|| panic!("{name}: {told:?}"));
    assert_eq!(
        (decision.as_str(), class.as_str()),
        expected,
        "{name}: {reason}"
    );
}

#[test]
fn files_that_snapshots_name_are_no_orphans() {
    for layout in [
        "rocksdb-incremental",
        "rocksdb-full",
        "hashmap",
        "forst",
        "changelog",
        "file-merging",
        "unaligned",
    ] {
        let tree = Tree::of(layout);
        for (name, (decision, class, reason)) in tree.told(&[]) {
            assert_ne!(decision, "DELETE", "{layout}: {name} is {class}: {reason}");
        }
    }
}

#[test]
fn what_a_job_left_behind_may_go_and_all_else_stays() {
    let tree = Tree::of("rocksdb-incremental");
    let checkpoint = only(&tree.job, "chk-9");
    tree.lose(&format!("shared/{LOST}"));
    tree.lose(&format!("taskowned/{LOST}"));
    tree.lose(&format!("dstl/{LOST}"));
    tree.lose(&format!("chk-5/{LOST}"));
    tree.lose("chk-5/notes.txt");
    tree.lose(&format!("chk-4/._metadata.inprogress.{LOST}"));
    tree.lose(&format!("chk-9/._metadata.inprogress.{LOST}"));
    tree.lose(&format!("chk-9/{LOST}"));
    tree.lose("shared/readme");
    let merged = format!(
        "shared/job_{}_op_0a_0_1",
        tree.job.file_name().unwrap().display()
    );
    tree.lose(&format!("{merged}/{LOST}"));
    tree.lose(&format!("shared/op_Map_0a__1_1__attempt_0/db/{LOST}"));
    fs::create_dir(tree.job.join("chk-3")).unwrap();
    fs::create_dir(tree.root.join("savepoint-e8eeda-0123456789ab")).unwrap();
    tree.all_old();

    let told = tree.told(&[]);
    let expected = [
        (format!("shared/{LOST}"), ("DELETE", "shared")),
        (format!("taskowned/{LOST}"), ("KEEP", "task_owned")),
        (format!("dstl/{LOST}"), ("KEEP", "changelog")),
        (format!("chk-5/{LOST}"), ("DELETE", "unfinished_checkpoint")),
        ("chk-5/notes.txt".to_owned(), ("KEEP", "stranger")),
        (
            format!("chk-4/._metadata.inprogress.{LOST}"),
            ("DELETE", "half_written"),
        ),
        (
            format!("chk-9/._metadata.inprogress.{LOST}"),
            ("DELETE", "half_written"),
        ),
        (format!("chk-9/{LOST}"), ("KEEP", "loose")),
        ("shared/readme".to_owned(), ("KEEP", "stranger")),
        (format!("{merged}/{LOST}"), ("KEEP", "merged")),
        (
            format!("shared/op_Map_0a__1_1__attempt_0/db/{LOST}"),
            ("KEEP", "database"),
        ),
        ("chk-3".to_owned(), ("DELETE", "empty_checkpoint")),
    ];
    for (name, expected) in &expected {
        decided(&told, name, *expected);
    }
    let savepoint = format!("file:{}/savepoint-e8eeda-0123456789ab", tree.root.display());
    decided(&told, &savepoint, ("KEEP", "unfinished_savepoint"));
    assert!(checkpoint.join("_metadata").exists());
    assert_eq!(told.len(), expected.len() + 1, "{told:?}");
}

#[test]
fn merged_files_go_with_the_last_trace_of_their_job() {
    let tree = Tree::of("rocksdb-incremental");
    let job = "0123456789abcdef0123456789abcdef";
    let home = tree.root.join("checkpoints").join(job);
    for path in [
        format!("shared/job_{job}_op_0a_0_1/{LOST}"),
        format!("taskowned/job_{job}_tm_tm-1/{LOST}"),
    ] {
        let path = home.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "1234").unwrap();
    }
    tree.all_old();
    let decisions = |tree: &Tree| -> BTreeSet<String> {
        let told = tree.told(&[]).into_values();
        told.filter(|(_, class, _)| class == "merged")
            .map(|(decision, ..)| decision)
            .collect()
    };
    assert_eq!(decisions(&tree), BTreeSet::from(["DELETE".to_owned()]));
    copy(&only(&tree.job, "chk-9"), &home.join("chk-9"));
    tree.all_old();
    assert_eq!(decisions(&tree), BTreeSet::from(["KEEP".to_owned()]));
}

#[test]
fn what_is_young_or_of_a_job_that_moves_waits() {
    let tree = Tree::of("rocksdb-incremental");
    tree.lose(&format!("shared/{LOST}"));
    let lost = format!("shared/{LOST}");
    decided(&tree.told(&[]), &lost, ("DEFER", "shared"));
    tree.all_old();
    age(&tree.job.join("chk-9/_metadata"), 2 * DAY);
    decided(&tree.told(&[]), &lost, ("DEFER", "shared"));
    decided(&tree.told(&["--grace", "36h"]), &lost, ("DELETE", "shared"));
    age(&tree.job.join("chk-9/_metadata"), DAY / 2);
    decided(&tree.told(&["--grace", "1d"]), &lost, ("DEFER", "shared"));
    // A day is the least that one can ask for.
    let short = run([
        Path::new("orphans"),
        &tree.root,
        "--grace".as_ref(),
        "23h".as_ref(),
    ]);
    assert_eq!(short.status.code(), Some(2), "{}", out(&short));
    assert!(err(&short).contains("23h is too short"), "{}", err(&short));
    // A checkpoint under way may come to name it.
    tree.all_old();
    fs::create_dir(tree.job.join("chk-10")).unwrap();
    let under_way = tree.told(&["--grace", "1d"]);
    decided(&under_way, &lost, ("DEFER", "shared"));
    assert!(
        under_way[&lost].2.contains("chk-10"),
        "{}",
        under_way[&lost].2
    );
}

#[test]
fn what_is_not_known_never_speaks_for_a_deletion() {
    let tree = Tree::of("rocksdb-incremental");
    let lost = format!("shared/{LOST}");
    tree.lose(&lost);
    tree.all_old();
    let unknown = |tree: &Tree, why: &str| {
        let told = tree.told(&[]);
        decided(&told, &lost, ("UNKNOWN", "shared"));
        assert!(told[&lost].2.contains(why), "{}", told[&lost].2);
    };

    // Metadata that cannot be read; once it is empty, it may go itself.
    let other = tree.lose("chk-1/_metadata");
    tree.all_old();
    unknown(&tree, "chk-1 cannot be read");
    decided(
        &tree.told(&[]),
        "chk-1/_metadata",
        ("UNKNOWN", "damaged_metadata"),
    );
    fs::write(&other, "").unwrap();
    tree.all_old();
    unknown(&tree, "chk-1 cannot be read");
    decided(
        &tree.told(&[]),
        "chk-1/_metadata",
        ("DELETE", "empty_metadata"),
    );
    fs::remove_dir_all(other.parent().unwrap()).unwrap();

    // Snapshots where none are looked for.
    let hidden = tree.root.join("checkpoints/a/b/c/d/e/f/g/chk-2");
    fs::create_dir_all(&hidden).unwrap();
    tree.all_old();
    unknown(&tree, "was not searched");
    fs::remove_dir_all(tree.root.join("checkpoints/a")).unwrap();
    let hidden = tree.lose("shared/inner/_metadata");
    tree.all_old();
    unknown(&tree, "was not looked at");
    fs::remove_dir_all(hidden.parent().unwrap()).unwrap();

    // All of it was doubt about that alone.
    tree.all_old();
    let told = tree.told(&[]);
    decided(&told, &lost, ("DELETE", "shared"));
}

#[test]
fn a_job_alone_proves_nothing_without_those_beside_it() {
    let tree = Tree::of("rocksdb-incremental");
    tree.lose(&format!("shared/{LOST}"));
    fs::create_dir(tree.job.join("chk-3")).unwrap();
    tree.all_old();
    let told = run([Path::new("orphans"), &tree.job]);
    assert!(out(&told).contains("directory above"), "{}", out(&told));
    assert!(
        out(&told).contains("DELETE    empty checkpoint"),
        "{}",
        out(&told)
    );
    assert!(
        out(&told).contains("1 of 2 may go, 0 B; nothing was changed"),
        "{}",
        out(&told)
    );
    assert!(told.status.success(), "{}", err(&told));
}

#[test]
fn a_name_of_thirty_two_digits_alone_is_not_flinks() {
    let tree = Tree::of("rocksdb-incremental");
    let digits = "d41d8cd98f00b204e9800998ecf8427e";
    let lost = tree.lose(&format!("../{digits}/shared/{LOST}"));
    tree.all_old();
    let lost = format!("file:{}", fs::canonicalize(lost).unwrap().display());
    decided(&tree.told(&[]), &lost, ("KEEP", "shared"));
    fs::create_dir(tree.root.join(format!("checkpoints/{digits}/taskowned"))).unwrap();
    tree.all_old();
    decided(&tree.told(&[]), &lost, ("DELETE", "shared"));
}

#[test]
fn another_name_for_a_file_that_is_named_keeps_it() {
    let tree = Tree::of("rocksdb-incremental");
    let named = fs::read_dir(tree.job.join("shared")).unwrap().next();
    let named = named.unwrap().unwrap().path();
    // The same file seen by another way, as where a store is mounted twice.
    let copied = tree.lose(&format!(
        "../0123456789abcdef0123456789abcdef/shared/{}",
        named.file_name().unwrap().display()
    ));
    // A file that is only reached by a link.
    let lost = tree.lose(&format!("shared/{LOST}"));
    std::os::unix::fs::symlink(&lost, tree.root.join("link")).unwrap();
    tree.all_old();
    let told = tree.told(&[]);
    let copied = format!("file:{}", fs::canonicalize(&copied).unwrap().display());
    decided(&told, &copied, ("KEEP", "shared"));
    decided(&told, &format!("shared/{LOST}"), ("KEEP", "shared"));
    assert!(told[&format!("shared/{LOST}")].2.contains("link"));
}

#[test]
fn our_own_directory_is_never_looked_into() {
    let tree = Tree::of("rocksdb-incremental");
    tree.lose(&format!(".stateward/trash/x/files/{LOST}"));
    tree.lose(".stateward/trash/x/chk-1/_metadata");
    assert_eq!(tree.told(&[]), BTreeMap::new());
    let none = run([Path::new("orphans"), &tree.root]);
    assert_eq!(none.status.code(), Some(1), "{}", out(&none));
    assert!(out(&none).starts_with("nothing below"), "{}", out(&none));
}

#[test]
fn a_cluster_that_does_not_answer_is_told_and_keeps_everything() {
    let tree = Tree::of("rocksdb-incremental");
    tree.lose(&format!("shared/{LOST}"));
    tree.all_old();
    // Nobody listens on a port that was just given back.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|socket| socket.local_addr())
        .unwrap()
        .port();
    let url = format!("http://127.0.0.1:{port}");
    let told = run([
        Path::new("orphans"),
        Path::new("--all-named"),
        &tree.root,
        Path::new("--flink"),
        Path::new(&url),
    ]);
    assert_eq!(told.status.code(), Some(5), "{}", out(&told));
    assert!(err(&told).contains(&url), "{}", err(&told));
    assert!(out(&told).contains("does not answer"), "{}", out(&told));
    assert!(!out(&told).contains("DELETE"), "{}", out(&told));
}

/// A store in which one directory cannot be listed.
struct OneDenied<'a> {
    store: &'a MemoryStore,
    denied: Location,
    kind: StoreErrorKind,
}

impl OneDenied<'_> {
    fn refuse(&self, at: &Location) -> Result<(), StoreError> {
        let error = StoreError {
            doing: "list",
            at: at.clone(),
            kind: self.kind.clone(),
        };
        if *at == self.denied {
            Err(error)
        } else {
            Ok(())
        }
    }
}

impl Store for OneDenied<'_> {
    fn list(
        &self,
        dir: &Location,
        visit: &mut dyn FnMut(Entry) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.refuse(dir)?;
        self.store.list(dir, visit)
    }

    fn list_with_stat(
        &self,
        dir: &Location,
        visit: &mut dyn FnMut(Entry, Stat),
    ) -> Result<(), StoreError> {
        self.refuse(dir)?;
        self.store.list_with_stat(dir, visit)
    }

    fn stat(&self, at: &Location) -> Result<Stat, StoreError> {
        self.store.stat(at)
    }

    fn open(&self, at: &Location) -> Result<Box<dyn Read + Send>, StoreError> {
        self.store.open(at)
    }
}

const JOB: &str = "/data/7bf6bd3d977df158f9d8a88833ce0000";

fn roots() -> [Root; 1] {
    [Root {
        location: place("/data"),
        depth: 6,
    }]
}

#[test]
fn each_directory_that_cannot_be_listed_is_told() {
    let world = World::default();
    let draft = Draft::checkpoint(7).shared(&format!("{JOB}/shared/{LOST}"), 5);
    world.put(&format!("{JOB}/chk-7"), &draft, 60);
    world.put_file(&format!("{JOB}/taskowned/{LOST}"), 5, 60);
    world.put_file("/data/notes/todo", 5, 60);
    let catalog = world.look("/data");
    let all = orphans::find(&world.store, &catalog, &roots(), &BTreeSet::new());
    assert_eq!((all.problems.len(), all.read), (0, 1));
    for denied in [
        JOB.to_owned(),
        format!("{JOB}/shared"),
        format!("{JOB}/taskowned"),
        format!("{JOB}/chk-7"),
        "/data/notes".to_owned(),
        "/data".to_owned(),
    ] {
        // One that its parent lists and that cannot be found is out of reach, as with an automounter whose server is away.
        for kind in [StoreErrorKind::Denied, StoreErrorKind::NotFound] {
            let store = OneDenied {
                store: &world.store,
                denied: place(&denied),
                kind,
            };
            let found = orphans::find(&store, &catalog, &roots(), &BTreeSet::new());
            assert_eq!(found.problems.len(), 1, "{denied}: {:?}", found.problems);
            assert!(found.problems[0].contains(&denied), "{}", found.problems[0]);
        }
    }
}

#[test]
fn metadata_in_sight_and_out_of_reach_is_counted() {
    let world = World::default();
    world.put(&format!("{JOB}/chk-7"), &Draft::checkpoint(7), 60);
    world
        .store
        .put(&place(&format!("{JOB}/chk-6/_metadata")), *b"no", ago(70));
    let catalog = world.look("/data");
    // Has come since.
    world.put(&format!("{JOB}/chk-8"), &Draft::checkpoint(8), 1);
    let found = orphans::find(&world.store, &catalog, &roots(), &BTreeSet::new());
    assert_eq!(found.read, 1);
    assert_eq!(found.unread, [place(&format!("{JOB}/chk-6"))]);
    let [home] = &found.homes[..] else {
        panic!("{:?}", found.homes);
    };
    assert_eq!(
        (home.snapshots, home.in_progress.as_deref()),
        (2, Some("chk-8"))
    );
    assert_eq!(found.problems.len(), 1);
    assert!(found.problems[0].contains("chk-8"), "{}", found.problems[0]);
}

proptest! {
    /// Whatever snapshots there are, and wherever their files lie: none of these is ever told as left over, under its own name
    /// or where a file of this name lies elsewhere; and every other file is told.
    #[test]
    fn no_file_that_is_named_is_left_over(
        snapshots in prop::collection::vec((0..3_u8, prop::collection::vec((0..4_u8, 0..12_u8), 0..6)), 1..5),
        files in prop::collection::vec((0..4_u8, 0..24_u8), 0..30),
    ) {
        let job = |number: u8| format!("/data/{number:032x}");
        let path = |(place, name): (u8, u8)| {
            let place = match place {
                3 => "/data/elsewhere".to_owned(),
                number => format!("{}/shared", job(number)),
            };
            format!("{place}/{name:08x}-0000-4000-8000-000000000000")
        };
        let world = World::default();
        let mut named = BTreeSet::new();
        for (number, (of, names)) in (1_u64..).zip(&snapshots) {
            let mut draft = Draft::checkpoint(number);
            for &name in names {
                named.insert(path(name));
                draft = draft.shared(&path(name), 5);
            }
            world.put(&format!("{}/chk-{number}", job(*of)), &draft, 60);
        }
        let mut lost = BTreeSet::new();
        for &file in &files {
            if !named.contains(&path(file)) {
                world.put_file(&path(file), 5, 60);
                lost.insert(path(file));
            }
        }
        let found = orphans::find(&world.store, &world.look("/data"), &roots(), &BTreeSet::new());
        prop_assert_eq!(&found.problems, &Vec::<String>::new());
        let mut told = BTreeSet::new();
        for file in &found.files {
            let at = found.places[file.place as usize].at.child(&file.name);
            let at = String::from_utf8(at.path().to_vec()).unwrap();
            let name = at.rsplit('/').next().unwrap();
            prop_assert_eq!(file.has_namesake, named.iter().any(|it| it.ends_with(name)));
            told.insert(at);
        }
        prop_assert_eq!(told, lost);
    }
}

#[test]
fn what_lies_behind_a_link_that_cannot_be_followed_may_name_anything() {
    let tree = Tree::of("rocksdb-incremental");
    let far = tree.root.join("far");
    let chk = tree.job.join("chk-8");
    fs::rename(&chk, &far).unwrap();
    std::os::unix::fs::symlink(&far, &chk).unwrap();
    let lost = format!("shared/{LOST}");
    tree.lose(&lost);
    tree.all_old();
    decided(&tree.told(&[]), &lost, ("DELETE", "shared"));
    let away = tempfile::tempdir().unwrap();
    let away = away.path().join("far");
    copy(&far, &away);
    fs::remove_dir_all(&far).unwrap();
    let told = tree.told(&[]);
    assert!(
        told.values().all(|(decision, ..)| decision != "DELETE"),
        "{told:?}"
    );
    let newest = tree.job.join("chk-9");
    let delete = [
        "delete",
        newest.to_str().unwrap(),
        "--all-named",
        "--dry-run",
    ];
    let refused = run(delete);
    assert_eq!(refused.status.code(), Some(4), "{}", out(&refused));
    assert!(
        out(&refused).contains("cannot follow the symbolic link"),
        "{}",
        out(&refused)
    );
}
