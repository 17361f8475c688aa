//! `stateward trash`, `undo` and `resume`, from a shell.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use stateward::domain::batch::{Batch, Directory, Move, SCHEMA};
use stateward::store::change::LocalTree;

use crate::program::{copy, err, fixture, json, only, out, run};
use crate::trash_tree::{self, Image, Place, apply, image, nobody_names_anything};

pub(crate) const ID: &str = "20261125T150500Z-1f0c";

/// What a real Flink wrote, and batches of it.
pub(crate) struct Store {
    temp: tempfile::TempDir,
    pub(crate) start: Image,
}

impl Store {
    pub(crate) fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        copy(&fixture("flink-2.3.0/rocksdb-incremental"), temp.path());
        Self {
            start: image(temp.path()),
            temp,
        }
    }

    /// The directory that both of its roots lie in.
    pub(crate) fn path(&self) -> &Path {
        self.temp.path()
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.path().join("checkpoints")
    }

    pub(crate) fn job(&self) -> PathBuf {
        only(&self.root(), "e8eeda")
    }

    /// A batch of these files below the root, the first of which are metadata.
    pub(crate) fn batch(&self, id: &str, metadata: usize, files: &[PathBuf]) -> Batch {
        let relative = |path: &Path| {
            path.strip_prefix(self.root())
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned()
        };
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
            targets: vec!["chk-7".to_owned(), "chk-8".to_owned()],
            moves: files
                .iter()
                .map(|path| Move {
                    from: relative(path),
                    target: usize::from(path.parent().unwrap().ends_with("chk-8")),
                    also: Vec::new(),
                    seen: trash_tree::seen(path),
                })
                .collect(),
            metadata,
            directories: ["chk-7", "chk-8"]
                .iter()
                .map(|name| Directory {
                    path: relative(&self.job().join(name)),
                    mode: 0o755,
                    uid: None,
                    gid: None,
                    modified: None,
                    attributes: Vec::new(),
                })
                .collect(),
        }
    }

    /// Both checkpoints.
    pub(crate) fn both(&self, id: &str) -> Batch {
        let (mut metadata, mut others) = (Vec::new(), Vec::new());
        for name in ["chk-7", "chk-8"] {
            for entry in fs::read_dir(self.job().join(name)).unwrap() {
                let path = entry.unwrap().path();
                if path.ends_with("_metadata") {
                    metadata.push(path);
                } else {
                    others.push(path);
                }
            }
        }
        let count = metadata.len();
        metadata.append(&mut others);
        self.batch(id, count, &metadata)
    }

    pub(crate) fn apply(&self, batch: &Batch) {
        let tree = LocalTree::open(&self.root()).unwrap();
        apply(&tree, batch, &mut nobody_names_anything).unwrap();
    }

    pub(crate) fn image(&self) -> Image {
        let mut image = image(self.path());
        image.retain(|path, _| !path.starts_with("checkpoints/.stateward"));
        image
    }

    /// Changes what is written down about a batch.
    pub(crate) fn rewrite(&self, id: &str, file: &str, change: impl FnOnce(&mut Value)) {
        let path = self.root().join(".stateward/trash").join(id).join(file);
        let mut document = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        change(&mut document);
        fs::write(path, document.to_string()).unwrap();
    }

    fn run(&self, args: &[&str], after: &[&str]) -> Output {
        let args = args.iter().map(OsStr::new);
        let after = after.iter().map(OsStr::new);
        run(args.chain([self.path().as_os_str()]).chain(after))
    }
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

#[test]
fn what_is_in_the_trash_is_listed_and_comes_back() {
    let store = Store::new();
    let none = store.run(&["trash", "ls"], &[]);
    assert_eq!((code(&none), out(&none)), (1, String::new()));
    store.apply(&store.both(ID));

    let listed = store.run(&["trash", "ls"], &[]);
    assert_eq!(code(&listed), 0, "{}", err(&listed));
    let table = out(&listed);
    for word in [ID, "done", "in 3d", "somebody@somewhere", "chk-7, chk-8"] {
        assert!(table.contains(word), "{word} in {table}");
    }
    let document = json(&store.run(&["trash", "ls", "--json"], &[]));
    let batch = &document["batches"][0];
    assert_eq!(batch["root"], json!(store.root().to_str().unwrap()));
    assert_eq!(batch["state"], "done");
    assert_eq!(batch["targets"][1]["name"], "chk-8");
    let moment = |key: &str| batch[key].as_str().unwrap().parse::<Timestamp>().unwrap();
    assert_eq!(
        moment("purge_at"),
        moment("since") + SignedDuration::from_hours(72)
    );
    let refused = store.run(&["undo"], &[]);
    assert_eq!(code(&refused), 4);
    assert!(err(&refused).contains("read-only"), "{}", err(&refused));

    let back = store.run(&["trash", "restore", "--write"], &["chk-8"]);
    assert_eq!(code(&back), 0, "{}", err(&back));
    assert!(out(&back).contains("back in place"), "{}", out(&back));
    assert!(store.job().join("chk-8/_metadata").exists());
    assert!(!store.job().join("chk-7").exists());
    let missing = store.run(&["trash", "restore", "--write"], &["chk-8"]);
    assert_eq!(code(&missing), 1, "it is not there any more");

    let undone = store.run(&["undo", "--write", "--json"], &[]);
    assert_eq!(code(&undone), 0, "{}", err(&undone));
    assert_eq!(json(&undone)["batches"][0]["end"], "back");
    assert_eq!(store.image(), store.start);
    let nothing = store.run(&["undo", "--write"], &[]);
    assert_eq!(code(&nothing), 1);
    assert!(err(&nothing).contains("can be undone"), "{}", err(&nothing));
}

#[test]
fn snapshots_are_not_looked_for_in_there() {
    let store = Store::new();
    let ls = || out(&store.run(&["ls", "--json"], &[]));
    let before = ls();
    for place in ["checkpoints/.stateward/trash/chk-7", ".stateward/chk-7"] {
        copy(&store.job().join("chk-7"), &store.path().join(place));
        assert!(store.path().join(place).join("_metadata").exists());
    }
    assert!(before.contains("chk-7"));
    assert_eq!(ls(), before);
}

#[test]
fn the_newest_is_undone_unless_another_is_named() {
    let store = Store::new();
    let files = ["chk-7", "chk-8"].map(|it| store.job().join(it).join("_metadata"));
    let names = ["20261125T150500Z-0001", "20261125T150600Z-0002"];
    for (name, file) in names.iter().zip(&files) {
        store.apply(&store.batch(name, 1, std::slice::from_ref(file)));
    }
    let undone = store.run(&["undo", "--write"], &[]);
    assert!(out(&undone).starts_with(names[1]), "{}", out(&undone));
    assert!(files[1].exists() && !files[0].exists());
    let undone = store.run(&["undo", "--write", "--plan", names[0]], &[]);
    assert_eq!(code(&undone), 0, "{}", err(&undone));
    assert_eq!(store.image(), store.start);
    let none = store.run(&["undo", "--write", "--plan", "20261125T150500Z-0003"], &[]);
    assert_eq!(code(&none), 1);
}

#[test]
fn two_of_one_name_are_told_apart() {
    let store = Store::new();
    let file = store.job().join("chk-7/_metadata");
    let names = ["20261125T150500Z-0001", "20261125T150600Z-0002"];
    for name in names {
        store.apply(&store.batch(name, 1, std::slice::from_ref(&file)));
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, name).unwrap();
    }
    fs::remove_file(&file).unwrap();
    let refused = store.run(&["trash", "restore", "--write"], &["chk-7"]);
    assert_eq!(code(&refused), 4);
    assert!(err(&refused).contains("--plan"), "{}", err(&refused));
    let back = store.run(
        &["trash", "restore", "--write", "--plan", names[1]],
        &["chk-7"],
    );
    // What came back is no metadata, which is said.
    assert_eq!(code(&back), 1, "{}", err(&back));
    assert!(err(&back).contains("cannot read"), "{}", err(&back));
    assert_eq!(fs::read_to_string(&file).unwrap(), names[0]);
}

#[test]
fn nothing_is_purged_before_its_time() {
    let store = Store::new();
    store.apply(&store.both(ID));
    let after = store.image();
    let early = store.run(&["trash", "purge", "--write"], &[]);
    assert_eq!(code(&early), 0);
    assert!(err(&early).contains("nothing has lain"), "{}", err(&early));
    let named = store.run(&["trash", "purge", "--write", "--plan", ID], &[]);
    assert_eq!(code(&named), 4);
    let floor = store.run(
        &[
            "trash",
            "purge",
            "--write",
            "--plan",
            ID,
            "--older-than",
            "1h",
        ],
        &[],
    );
    assert_eq!(code(&floor), 4, "{}", err(&floor));
    let two_days_ago = Timestamp::now() - SignedDuration::from_hours(48);
    store.rewrite(ID, "state.json", |it| it["at"] = json!(two_days_ago));
    let default = store.run(&["trash", "purge", "--write"], &[]);
    assert!(
        err(&default).contains("nothing has lain"),
        "{}",
        err(&default)
    );
    // Nothing goes without a yes, and nobody is there to say it.
    let unasked = store.run(&["trash", "purge", "--write", "--older-than", "1d"], &[]);
    assert_eq!(code(&unasked), 2);
    assert!(err(&unasked).contains("--yes"), "{}", err(&unasked));
    assert_eq!(code(&store.run(&["trash", "ls"], &[])), 0);
    let args = ["trash", "purge", "--write", "--yes", "--older-than", "1d"];
    let purged = store.run(&args, &[]);
    assert_eq!(code(&purged), 0, "{}", err(&purged));
    assert!(out(&purged).contains("gone for good"), "{}", out(&purged));
    assert_eq!(store.image(), after);
    assert_eq!(code(&store.run(&["trash", "ls"], &[])), 1);
}

/// A batch that was interrupted once all metadata had gone.
pub(crate) fn interrupted(store: &Store, batch: &Batch) {
    let tree = LocalTree::open(&store.root()).unwrap();
    let mut unknown = || Err("interrupted".to_owned());
    apply(&tree, batch, &mut unknown).unwrap_err();
}

#[test]
fn going_on_looks_again_who_names_what() {
    let store = Store::new();
    // Files that the checkpoints share with others are in no plan; here one is, as if somebody had come to name it.
    let shared = fs::read_dir(store.job().join("shared")).unwrap();
    let mut shared: Vec<PathBuf> = shared.map(|it| it.unwrap().path()).collect();
    shared.sort();
    let mut files = vec![store.job().join("chk-7/_metadata")];
    files.extend(shared.clone());
    interrupted(&store, &store.batch(ID, 1, &files));
    let is_named = |path: &Path| {
        let rest = run([
            OsStr::new("show"),
            OsStr::new("--json"),
            store.job().join("chk-9").as_os_str(),
        ]);
        out(&rest).contains(path.file_name().unwrap().to_str().unwrap())
    };
    let named: Vec<&PathBuf> = shared.iter().filter(|it| is_named(it)).collect();
    assert!(
        !named.is_empty(),
        "the last checkpoint builds on earlier files"
    );

    let listed = json(&store.run(&["trash", "ls", "--json"], &[]));
    assert_eq!(listed["batches"][0]["unfinished"], true);
    let resumed = store.run(&["resume", "--write"], &[]);
    assert_eq!(code(&resumed), 1, "{}", err(&resumed));
    assert!(
        err(&resumed).contains("chk-9 names it now"),
        "{}",
        err(&resumed)
    );
    for path in named {
        assert!(path.exists(), "{}", path.display());
    }
    let verified = run([OsStr::new("verify"), store.job().join("chk-9").as_os_str()]);
    assert_eq!(code(&verified), 0, "{}{}", out(&verified), err(&verified));
    assert_eq!(
        code(&store.run(&["resume", "--write"], &[])),
        1,
        "nothing is unfinished"
    );
    assert_eq!(code(&store.run(&["undo", "--write"], &[])), 0);
    assert_eq!(store.image(), store.start);
}

#[test]
fn what_is_half_gone_and_held_is_put_back_first() {
    let store = Store::new();
    let held = store.job().join("chk-7");
    let hold = |name: &str| {
        run([
            OsStr::new("hold"),
            held.as_os_str(),
            OsStr::new(name),
            OsStr::new("--write"),
        ])
    };
    assert_eq!(code(&hold("before")), 0);
    interrupted(&store, &store.both(ID));
    let before = store.image();
    let refused = hold("after");
    assert_ne!(code(&refused), 0, "{}", out(&refused));
    assert!(err(&refused).contains("half-way"), "{}", err(&refused));
    let refused = store.run(&["resume", "--write"], &[]);
    assert_eq!(code(&refused), 4, "{}", err(&refused));
    assert!(
        err(&refused).contains("is held by `before`") && err(&refused).contains("undo"),
        "{}",
        err(&refused)
    );
    assert_eq!(store.image(), before);
    assert_eq!(code(&store.run(&["undo", "--write"], &[])), 0);
    assert_eq!(code(&hold("after")), 0);
}

#[test]
fn going_on_stops_where_it_cannot_be_told_who_names_what() {
    let store = Store::new();
    interrupted(&store, &store.both(ID));
    fs::write(store.job().join("chk-9/_metadata"), "no metadata").unwrap();
    let before = store.image();
    let stopped = store.run(&["resume", "--write"], &[]);
    assert_eq!(code(&stopped), 1, "{}", err(&stopped));
    assert!(err(&stopped).contains("chk-9"), "{}", err(&stopped));
    assert_eq!(store.image(), before);
    // Nor is where was looked before forgotten.
    fs::remove_file(store.job().join("chk-9/_metadata")).unwrap();
    store.rewrite(ID, "batch.json", |it| {
        it["scope"] = json!(["/nowhere/to/be/found"]);
    });
    let stopped = store.run(&["resume", "--write", "--json"], &[]);
    assert_eq!(code(&stopped), 1);
    assert!(err(&stopped).contains("/nowhere") || out(&stopped).contains("/nowhere"));
    assert_eq!(code(&store.run(&["undo", "--write"], &[])), 0);
}

#[test]
fn a_journal_that_makes_no_sense_is_told_and_touched_by_nothing() {
    let store = Store::new();
    store.apply(&store.both(ID));
    store.rewrite(ID, "batch.json", |it| {
        it["moves"][0]["from"] = json!("../../outside\u{1b}[31m");
    });
    let before = image(store.path());
    let listed = store.run(&["trash", "ls"], &[]);
    assert_eq!(code(&listed), 3);
    assert!(!err(&listed).contains('\u{1b}'), "{:?}", err(&listed));
    for args in [
        &["undo", "--write", "--plan", ID][..],
        &["trash", "purge", "--write", "--plan", ID],
    ] {
        let refused = store.run(args, &[]);
        assert_eq!(code(&refused), 3, "{args:?}: {}", err(&refused));
    }
    assert_eq!(image(store.path()), before);
}

#[test]
fn a_place_without_a_trash_stays_without() {
    let place = Place::new();
    let before = image(place.root());
    for args in [&["undo"][..], &["resume"], &["trash", "purge"]] {
        let done = run(args
            .iter()
            .map(OsStr::new)
            .chain([OsStr::new("--write"), place.root().as_os_str()]));
        assert!(code(&done) <= 1, "{args:?}: {}", err(&done));
    }
    assert_eq!(image(place.root()), before);
    let missing = run(["trash", "ls", "/nowhere/to/be/found"]);
    assert_eq!(code(&missing), 3);
}

#[test]
fn a_trash_is_found_as_deep_as_snapshots_are() {
    let store = Store::new();
    store.apply(&store.both(ID));
    let deep = tempfile::tempdir().unwrap();
    let team = deep.path().join("team/fraud/checkpoints");
    fs::create_dir_all(team.parent().unwrap()).unwrap();
    fs::rename(store.root(), &team).unwrap();
    let on = |args: &[&str]| run(args.iter().map(OsStr::new).chain([deep.path().as_os_str()]));

    let listed = on(&["trash", "ls"]);
    assert_eq!(code(&listed), 0, "{}", err(&listed));
    assert!(out(&listed).contains(ID), "{}", out(&listed));
    let undone = on(&["undo", "--write"]);
    assert_eq!(code(&undone), 0, "{}", err(&undone));
    assert!(only(&team, "e8eeda").join("chk-7/_metadata").exists());
}

#[test]
fn what_lay_in_a_directory_is_found_in_the_trash_above_it_and_nothing_else_is() {
    let store = Store::new();
    let other = store.root().join("note");
    fs::write(&other, "of nobody").unwrap();
    store.apply(&store.both("20261125T150500Z-0001"));
    let mut note = store.batch("20261125T150600Z-0002", 0, std::slice::from_ref(&other));
    note.directories.clear();
    store.apply(&note);
    let at =
        |args: &[&str], place: &Path| run(args.iter().map(OsStr::new).chain([place.as_os_str()]));

    // The snapshot's own directory is gone.
    for place in [store.job(), store.job().join("chk-7")] {
        let listed = json(&at(&["trash", "ls", "--json"], &place));
        let ids: Vec<&Value> = listed["batches"].as_array().unwrap().iter().collect();
        assert_eq!(ids.len(), 1, "{listed}");
        assert_eq!(ids[0]["id"], "20261125T150500Z-0001");
    }
    let elsewhere = at(&["trash", "ls"], &store.job().join("chk-9"));
    assert_eq!(code(&elsewhere), 1, "{}", out(&elsewhere));
    let nowhere = at(&["trash", "ls"], &store.path().join("nowhere"));
    assert_eq!(code(&nowhere), 3, "{}", out(&nowhere));

    // For good goes only what lies in or below the directory, unless it is named.
    for id in ["20261125T150500Z-0001", "20261125T150600Z-0002"] {
        store.rewrite(id, "state.json", |it| {
            it["at"] = json!("2026-11-01T00:00:00Z");
        });
    }
    let purged = at(&["trash", "purge", "--write"], &store.job());
    assert_eq!((code(&purged), out(&purged)), (0, String::new()));
    let undone = at(&["undo", "--write"], &store.job());
    assert_eq!(code(&undone), 0, "{}", err(&undone));
    assert!(store.job().join("chk-7/_metadata").exists());
    assert!(!other.exists(), "the newest of all, and not of this job");
}

#[test]
fn a_purge_tells_of_a_batch_that_cannot_be_read() {
    let store = Store::new();
    store.apply(&store.both(ID));
    let batch = store
        .root()
        .join(".stateward/trash")
        .join(ID)
        .join("batch.json");
    let text = fs::read(&batch).unwrap();
    fs::write(&batch, &text[..text.len() / 2]).unwrap();
    let root = store.root();
    let purged = run(["trash", "purge", root.to_str().unwrap(), "--write", "--yes"]);
    let said = err(&purged);
    assert_eq!(purged.status.code(), Some(3), "{said}");
    assert!(said.contains("batch.json is unusable"), "{said}");
    assert!(!said.contains("nothing has lain"), "{said}");
}

#[test]
fn a_purge_that_leaves_what_is_unfinished_is_not_all_done() {
    let store = Store::new();
    store.apply(&store.both(ID));
    store.rewrite(ID, "state.json", |it| it["state"] = json!("begun"));
    let purged = store.run(&["trash", "purge"], &["--write", "--yes"]);
    assert_eq!(code(&purged), 1, "{}", err(&purged));
    assert!(err(&purged).contains("is unfinished"), "{}", err(&purged));
}

#[test]
fn what_nothing_tells_of_any_more_stays_and_keeps_nothing_else() {
    let store = Store::new();
    let other = "20261125T150600Z-2f0c";
    let long_ago = Timestamp::now() - SignedDuration::from_hours(24 * 5);
    for (id, name) in [(ID, "chk-7"), (other, "chk-8")] {
        let metadata = store.job().join(name).join("_metadata");
        store.apply(&store.batch(id, 1, &[metadata]));
        store.rewrite(id, "state.json", |it| {
            it["at"] = json!(long_ago.to_string());
        });
    }
    let trash = store.root().join(".stateward/trash");
    fs::remove_file(trash.join(ID).join("batch.json")).unwrap();
    let gone = format!(
        "batch.json is gone from {}: a file lies in its `files`, and nothing tells what that was",
        trash.join(ID).display()
    );
    let listed = store.run(&["trash", "ls"], &[]);
    assert_eq!(code(&listed), 3, "{}", err(&listed));
    assert!(err(&listed).contains(&gone), "{}", err(&listed));
    assert!(!out(&listed).contains(ID), "{}", out(&listed));
    let check = store.run(&["check"], &["--max-age", "30d"]);
    assert_eq!(code(&check), 1, "{}", out(&check));
    assert!(out(&check).contains(&gone), "{}", out(&check));
    let undone = store.run(&["undo"], &["--plan", ID, "--write"]);
    assert!(err(&undone).contains(&gone), "{}", err(&undone));
    let purged = store.run(&["trash", "purge"], &["--write", "--yes"]);
    assert_eq!(code(&purged), 3, "{}", err(&purged));
    assert!(err(&purged).contains(&gone), "{}", err(&purged));
    assert!(out(&purged).contains("gone for good"), "{}", out(&purged));
    assert!(!trash.join(other).exists());
    assert!(trash.join(ID).join("files/0").exists());
}

#[test]
fn whoever_checks_hears_of_a_batch_that_cannot_be_read() {
    let store = Store::new();
    store.apply(&store.both(ID));
    let check = || store.run(&["check"], &["--max-age", "30d"]);
    assert_eq!(code(&check()), 0, "{}", out(&check()));
    let batch = store.root().join(".stateward/trash").join(ID);
    fs::write(batch.join("batch.json"), "{").unwrap();
    let said = out(&check());
    assert_eq!(code(&check()), 1, "{said}");
    assert_eq!(said.matches("batch.json is unusable").count(), 1, "{said}");
}
