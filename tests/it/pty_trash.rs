//! What was deleted from a shell is put back, gone on with and purged from the screen, by the real program on a real
//! tree.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::program::{err, only, run};
use crate::pty::Pty;
use crate::pty_screen::has_row;
use crate::pty_tree::Tree;
use crate::trash_tree::{Image, image};

const SAVEPOINT: &str = "savepoint-39db2a-0e1e04782bcc";

/// What Flink wrote.
fn theirs(tree: &Tree) -> Image {
    let mut image = image(&tree.root());
    image.retain(|path, _| !path.to_string_lossy().contains(".stateward"));
    image
}

/// The savepoint, and the batch that it went into the trash with.
fn deleted(tree: &Tree) -> (PathBuf, PathBuf) {
    let savepoint = tree.root().join("savepoints").join(SAVEPOINT);
    let deleted = run([
        OsStr::new("delete"),
        savepoint.as_os_str(),
        OsStr::new("--all-named"),
        // It is as young as its copy.
        OsStr::new("--confirm=young root"),
        OsStr::new("--write"),
        OsStr::new("--yes"),
        OsStr::new("--confirm=last of root"),
    ]);
    assert_eq!(deleted.status.code(), Some(0), "{}", err(&deleted));
    assert!(!savepoint.exists());
    let trash = tree.root().join("savepoints/.stateward/trash");
    (savepoint, only(&trash, "20"))
}

/// The trash on the screen.
fn opened(tree: &Tree) -> Pty {
    let pty = crate::pty::start([tree.root().as_os_str(), OsStr::new("--write")])
        .size((80, 24))
        .run();
    pty.wait_for("table", |screen| has_row(screen, "chk-7"));
    pty.send("T");
    pty.wait_for_text(SAVEPOINT);
    pty
}

fn document(batch: &Path, file: &str) -> Value {
    serde_json::from_slice(&fs::read(batch.join(file)).unwrap()).unwrap()
}

/// Notes something else about how far the batch has come.
fn rewrite(batch: &Path, key: &str, value: Value) {
    let mut state = document(batch, "state.json");
    state[key] = value;
    fs::write(batch.join("state.json"), state.to_string()).unwrap();
}

#[test]
fn what_was_deleted_from_a_shell_comes_back_from_the_screen() {
    let tree = Tree::hashmap();
    let before = theirs(&tree);
    let (savepoint, _) = deleted(&tree);
    let mut pty = opened(&tree);
    pty.wait_for_text("3 files (10 KiB) can be put back");
    pty.send("u");
    pty.wait_for_text("undo of ");
    pty.wait_for_text("y does it");
    // The key that chose it does not do it.
    pty.send("u?");
    pty.wait_for_text("y does it");
    assert!(!savepoint.exists(), "not before it is confirmed");
    // Nor does what comes right after letters that mean nothing here.
    pty.send("y");
    pty.wait_for_text("press it again");
    assert!(!savepoint.exists(), "what came before may be of a word");
    pty.send("y");
    pty.wait_for_text("3 files (10 KiB) back in place");
    assert_eq!(theirs(&tree), before);
    pty.send("\x1b");
    pty.wait_for_text("Everything is back where it lay.");
    pty.send("\x1b");
    pty.wait_for("row of what came back", |screen| {
        has_row(screen, "39db2a-0e1e04782bcc")
    });
    pty.send("q");
    assert_eq!(pty.finish().exit_code(), 0);
}

#[test]
fn what_has_lain_long_enough_goes_for_good_and_what_has_not_stays() {
    let tree = Tree::hashmap();
    let (_, batch) = deleted(&tree);
    let pty = opened(&tree);
    pty.send("P");
    pty.wait_for_text("REFUSED");
    pty.send("y\x1b");
    pty.wait_until_gone("REFUSED");
    pty.wait_for_text("3 files (10 KiB) can be put back");
    assert_eq!(fs::read_dir(batch.join("files")).unwrap().count(), 3);
    pty.send("\x1b");
    pty.wait_until_gone(" Trash ");
    rewrite(&batch, "at", json!("2020-01-01T00:00:00Z"));
    pty.send("T");
    pty.wait_for_text("now: P lets it go for good");
    pty.send("P");
    pty.wait_for_text("It cannot be undone.");
    pty.wait_for_text("go from the trash of");
    pty.send("y");
    pty.wait_for_text("Remove 3 files (");
    pty.send("3\r");
    pty.wait_for_text("3 files (10 KiB) gone for good");
    assert!(!batch.exists());
    pty.send("\x1b");
    pty.wait_for_text("Nothing lies in a trash here.");
}

#[test]
fn what_was_ended_half_way_is_finished_after_a_fresh_look() {
    let tree = Tree::hashmap();
    let (savepoint, batch) = deleted(&tree);
    // As if it had been ended after the metadata and the first file.
    let moves = document(&batch, "batch.json");
    let last = moves["moves"].as_array().unwrap().len() - 1;
    let from = moves["moves"][last]["from"].as_str().unwrap();
    let file = tree.root().join("savepoints").join(from);
    fs::create_dir_all(&savepoint).unwrap();
    fs::rename(batch.join("files").join(last.to_string()), &file).unwrap();
    rewrite(&batch, "state", json!("begun"));
    let pty = opened(&tree);
    pty.wait_for_text("1 unfinished");
    pty.wait_for_text(
        "UNFINISHED: something ended the deletion half-way, with 2 of 3 files moved.",
    );
    pty.send("r");
    pty.wait_for_text("going on with ");
    pty.wait_for_text("y does it");
    assert!(file.exists(), "not before it is confirmed");
    pty.send("y");
    pty.wait_for_text("3 files (10 KiB) in the trash");
    assert!(!file.exists());
    assert_eq!(document(&batch, "state.json")["state"], "done");
    pty.send("\x1b");
    pty.wait_for_text("3 files (10 KiB) can be put back");
}
