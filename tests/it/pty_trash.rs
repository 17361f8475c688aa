//! What was deleted from a shell is put back, gone on with and purged from the screen, by the real program on a real
//! tree.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::program::{copy, err, only, run};
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
    let batch = batch_of(tree, std::slice::from_ref(&savepoint));
    (savepoint, batch)
}

/// The batch that these went into the trash with.
fn batch_of(tree: &Tree, savepoints: &[PathBuf]) -> PathBuf {
    let mut args = vec![OsStr::new("delete")];
    args.extend(savepoints.iter().map(|it| it.as_os_str()));
    args.extend(
        [
            "--all-named",
            // They are as young as their copies.
            "--confirm=young root",
            "--write",
            "--yes",
            "--confirm=last of root",
        ]
        .map(OsStr::new),
    );
    let deleted = run(args);
    assert_eq!(deleted.status.code(), Some(0), "{}", err(&deleted));
    assert!(savepoints.iter().all(|it| !it.exists()));
    let trash = tree.root().join("savepoints/.stateward/trash");
    only(&trash, "20")
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

/// What it says when it is asked from a shell to let go for good what lies in the trash, and is answered so.
fn purged_from_a_shell(tree: &Tree, asked: &str, answer: &str) -> (u32, String) {
    let root = tree.root();
    let args = ["trash", "purge", "--write"].map(OsStr::new);
    let mut pty = crate::pty::start(args.into_iter().chain([root.as_os_str()])).run();
    pty.wait_for_text(asked);
    pty.send(answer);
    let code = pty.finish().exit_code();
    (code, pty.screen().contents())
}

#[test]
fn what_goes_for_good_from_a_shell_is_agreed_to_and_what_is_much_by_its_number() {
    let tree = Tree::hashmap();
    let (_, batch) = deleted(&tree);
    rewrite(&batch, "at", json!("2020-01-01T00:00:00Z"));
    let count = |batch: &Path| fs::read_dir(batch.join("files")).unwrap().count();
    let asked = "remove 3 files (10 KiB) from the trash for good? type yes to do it:";
    for answer in ["y\r", "3\r", "\r"] {
        let (code, said) = purged_from_a_shell(&tree, asked, answer);
        assert_eq!((code, count(&batch)), (4, 3), "{answer:?}: {said}");
        assert!(
            said.contains("nobody agreed; nothing was removed"),
            "{said}"
        );
    }
    let (code, said) = purged_from_a_shell(&tree, asked, "yes\r");
    assert_eq!((code, batch.exists()), (0, false), "{said}");
    // Ten or more are not agreed to by a word that fingers know by heart.
    let tree = Tree::hashmap();
    let savepoints = tree.root().join("savepoints");
    let many: Vec<PathBuf> = (0..4)
        .map(|number| savepoints.join(format!("savepoint-39db2a-00000000000{number}")))
        .collect();
    for savepoint in &many {
        copy(&savepoints.join(SAVEPOINT), savepoint);
    }
    let batch = batch_of(&tree, &many);
    rewrite(&batch, "at", json!("2020-01-01T00:00:00Z"));
    let asked = "from the trash for good? type 12 to do it:";
    let (code, said) = purged_from_a_shell(&tree, asked, "yes\r");
    assert_eq!((code, count(&batch)), (4, 12), "{said}");
    let (code, said) = purged_from_a_shell(&tree, asked, "12\r");
    assert_eq!((code, batch.exists()), (0, false), "{said}");
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
