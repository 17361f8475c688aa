//! What comes back from the trash, and what does not because something has come to its place.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::SystemTime;

use crate::deletion::Place as Aged;
use crate::program::{err, json, out, run};
use crate::trash_commands::{ID, Store};

fn at(args: &[&str], place: &Path) -> Output {
    run(args.iter().map(OsStr::new).chain([place.as_os_str()]))
}

fn undo(store: &Store) -> Output {
    at(&["undo", "--write"], &store.root())
}

#[track_caller]
fn ends(output: &Output, code: i32) -> String {
    let said = out(output) + &err(output);
    assert_eq!(output.status.code(), Some(code), "{said}");
    said
}

/// The file of a move in the trash.
fn trashed(store: &Store, number: usize) -> PathBuf {
    let trash = store.root().join(".stateward/trash");
    trash.join(ID).join("files").join(number.to_string())
}

/// Copies the metadata of both checkpoints from the trash to where it lay, as from a backup.
fn from_a_backup(store: &Store) {
    let batch = store
        .root()
        .join(".stateward/trash")
        .join(ID)
        .join("batch.json");
    let batch: serde_json::Value = serde_json::from_slice(&fs::read(batch).unwrap()).unwrap();
    for number in [0, 1] {
        let from = batch["moves"][number]["from"].as_str().unwrap();
        let place = store.root().join(from);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, fs::read(trashed(store, number)).unwrap()).unwrap();
    }
}

fn same_files(store: &Store) {
    let names =
        |image: &crate::trash_tree::Image| -> Vec<PathBuf> { image.keys().cloned().collect() };
    assert_eq!(names(&store.image()), names(&store.start));
}

#[test]
fn what_lies_at_its_place_already_byte_for_byte_counts_as_back() {
    let store = Store::new();
    store.apply(&store.both(ID));
    from_a_backup(&store);
    let said = ends(&undo(&store), 0);
    assert!(said.contains("2 of which were there already"), "{said}");
    same_files(&store);
    assert!(!trashed(&store, 0).exists() && !trashed(&store, 1).exists());
    ends(&at(&["trash", "ls"], &store.root()), 1);
    ends(&at(&["resume", "--write"], &store.root()), 1);
}

#[test]
fn what_differs_in_one_byte_is_another_file() {
    let store = Store::new();
    store.apply(&store.both(ID));
    from_a_backup(&store);
    let place = store.job().join("chk-8/_metadata");
    let mut bytes = fs::read(&place).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&place, &bytes).unwrap();
    let said = ends(&undo(&store), 1);
    assert!(said.contains("chk-8/_metadata was left alone"), "{said}");
    assert!(said.contains("move it away"), "{said}");
    assert_eq!(fs::read(&place).unwrap(), bytes);
    assert_eq!(fs::read_dir(store.job().join("chk-8")).unwrap().count(), 1);
    assert!(fs::read_dir(store.job().join("chk-7")).unwrap().count() > 1);
    fs::remove_file(place).unwrap();
    ends(&undo(&store), 0);
    same_files(&store);
}

#[test]
fn what_a_checkpoint_of_the_same_number_writes_to_is_left_to_it() {
    for has_file in [true, false] {
        let store = Store::new();
        store.apply(&store.both(ID));
        let again = store.job().join("chk-8");
        fs::create_dir(&again).unwrap();
        if has_file {
            fs::write(again.join("a-new-attempt"), "state").unwrap();
        }
        let said = ends(&undo(&store), 1);
        assert!(said.contains("chk-8"), "{said}");
        assert!(said.contains("stays in the trash"), "{said}");
        let there = fs::read_dir(&again).unwrap().count();
        assert_eq!(there, usize::from(has_file), "{said}");
        assert!(store.job().join("chk-7/_metadata").exists());
        // It stays so however often it is asked for.
        ends(&undo(&store), 1);
        assert_eq!(fs::read_dir(&again).unwrap().count(), there);
        fs::remove_dir_all(again).unwrap();
        ends(&undo(&store), 0);
        assert_eq!(store.image(), store.start);
    }
}

#[test]
fn what_was_in_its_directory_all_along_is_in_the_way_of_nothing() {
    let store = Store::new();
    let stray = store.job().join("chk-8/of-nobody");
    fs::write(&stray, "x").unwrap();
    let start = store.image();
    let mut batch = store.both(ID);
    batch.moves.retain(|it| !it.from.ends_with("of-nobody"));
    store.apply(&batch);
    assert!(stray.exists());
    ends(&undo(&store), 0);
    assert_eq!(store.image(), start);
}

#[test]
fn what_is_back_is_listed_no_more_and_what_is_not_is_not_partly_undone() {
    let store = Store::new();
    store.apply(&store.both(ID));
    ends(&undo(&store), 0);
    ends(&at(&["trash", "ls"], &store.root()), 1);

    let store = Store::new();
    store.apply(&store.both(ID));
    for name in ["chk-7", "chk-8"] {
        fs::create_dir(store.job().join(name)).unwrap();
        fs::write(store.job().join(name).join("_metadata"), "another").unwrap();
    }
    ends(&undo(&store), 1);
    let listed = ends(&at(&["trash", "ls"], &store.root()), 0);
    assert!(
        listed.contains(" done ") && !listed.contains("undone"),
        "{listed}"
    );
    fs::remove_dir_all(store.job().join("chk-7")).unwrap();
    ends(&undo(&store), 1);
    let listed = ends(&at(&["trash", "ls"], &store.root()), 0);
    assert!(listed.contains("partly undone"), "{listed}");
    ends(&undo(&store), 1);
    let listed = ends(&at(&["trash", "ls"], &store.root()), 0);
    assert!(listed.contains("partly undone"), "{listed}");
    let document = json(&at(&["trash", "ls", "--json"], &store.root()));
    assert_eq!(document["batches"][0]["state"], "undone", "{document}");
}

fn modified(path: &Path) -> SystemTime {
    fs::metadata(path).unwrap().modified().unwrap()
}

#[test]
fn directories_come_back_with_their_times() {
    let place = Aged::aged(10);
    let chk = place.chk(8);
    let old = SystemTime::UNIX_EPOCH + std::time::Duration::from_nanos(1_764_000_000_123_456_789);
    fs::File::open(&chk).unwrap().set_modified(old).unwrap();
    let args = [
        "delete",
        "--all-named",
        "--confirm=fraud",
        "--write",
        "--yes",
    ];
    let said = ends(&at(&args, &chk), 0);
    assert!(!chk.exists(), "{said}");
    ends(&at(&["undo", "--write"], &place.root()), 0);
    assert_eq!(modified(&chk), old);
}

#[test]
fn a_directory_has_its_attributes_again() {
    let place = Aged::aged(10);
    let chk = place.chk(8);
    let give = |name: &str, value: &[u8]| {
        rustix::fs::setxattr(&chk, name, value, rustix::fs::XattrFlags::empty()).unwrap();
    };
    give("user.note", b"of a drill");
    // Read, write and search for the owner, a user, the mask; read and search for the group; nothing for others.
    let mut list = 2_u32.to_le_bytes().to_vec();
    let nobody = u32::MAX;
    let entries = [
        (1_u16, 7_u16, nobody),
        (2, 7, 1234),
        (4, 5, nobody),
        (16, 7, nobody),
        (32, 0, nobody),
    ];
    for (tag, may, whose) in entries {
        list.extend(tag.to_le_bytes());
        list.extend(may.to_le_bytes());
        list.extend(whose.to_le_bytes());
    }
    give("system.posix_acl_access", &list);
    give("system.posix_acl_default", &list);
    let root = place.root();
    let deleted = at(
        &[
            "delete",
            chk.to_str().unwrap(),
            "--confirm=fraud",
            "--all-named",
            "--write",
            "--yes",
            "--in",
        ],
        &root,
    );
    ends(&deleted, 0);
    assert!(!chk.exists());
    ends(
        &at(&["undo", "--write"], &place.root().join("checkpoints")),
        0,
    );
    let value = |name: &str| {
        let mut value = vec![0; 256];
        let length = rustix::fs::getxattr(&chk, name, &mut value[..]).unwrap();
        value.truncate(length);
        value
    };
    assert_eq!(value("user.note"), b"of a drill");
    assert_eq!(value("system.posix_acl_access"), list);
    assert_eq!(value("system.posix_acl_default"), list);
}
