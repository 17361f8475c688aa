//! The screen while what it shows changes under it.

use std::fs;

use crate::program::{copy, fixture};
use crate::pty::{LARGE, Pty, start};
use crate::pty_screen::{frames, has_row, marked, row_says, table, text};
use crate::pty_tree::Tree;
use crate::watching::{begin, complete};

fn wait_for_row(pty: &Pty, name: &str, says: &str) {
    pty.wait_for(&format!("row {name}: {says}"), |screen| {
        row_says(screen, name, says)
    });
}

fn wait_until_no_row(pty: &Pty, name: &str) {
    pty.wait_for(&format!("table without {name}"), |screen| {
        !has_row(screen, name)
    });
}

#[test]
fn rows_come_and_go_and_the_selection_stays_on_its_snapshot() {
    let tree = Tree::hashmap();
    let pty = tree.start().run();
    pty.wait_until_live();
    pty.send("j");
    pty.wait_for("selection of chk-6", |screen| marked(screen) == ["chk-6"]);
    let from = frames(&pty.raw(), LARGE).len();

    begin(&tree.job(), "chk-7", "chk-8");
    wait_for_row(&pty, "chk-8", "in progress");
    complete(&tree.job(), "chk-8");
    wait_for_row(&pty, "chk-8", "complete");
    fs::remove_dir_all(tree.job().join("chk-4")).unwrap();
    wait_until_no_row(&pty, "chk-4");
    // Above it, below it, and now the one right beside it.
    fs::remove_dir_all(tree.job().join("chk-7")).unwrap();
    wait_until_no_row(&pty, "chk-7");

    for screen in &frames(&pty.raw(), LARGE)[from..] {
        assert_eq!(marked(screen), ["chk-6"], "{}", screen.contents());
        assert!(
            screen.contents().contains("› chk-6"),
            "{}",
            screen.contents()
        );
    }
}

#[test]
fn when_the_selected_snapshot_goes_it_is_said_and_its_neighbour_is_selected() {
    let tree = Tree::hashmap();
    let pty = tree.start().run();
    pty.wait_until_live();
    pty.send("j");
    pty.wait_for("selection of chk-6", |screen| marked(screen) == ["chk-6"]);
    fs::remove_dir_all(tree.job().join("chk-6")).unwrap();
    pty.wait_for_text("chk-6 vanished");
    assert_eq!(marked(&pty.screen()), ["chk-4"]);
}

#[test]
fn a_root_that_never_was_is_shown_as_soon_as_it_is_there() {
    let tree = Tree::hashmap();
    let later = tree.beside("later");
    let pty = start([&later]).run();
    pty.wait_for_text("/later is not there.");
    pty.wait_for_text("looking for it at each poll");
    fs::rename(tree.root(), &later).unwrap();
    wait_for_row(&pty, "chk-7", "complete");
    pty.wait_until_live();
    assert!(!pty.screen().contents().contains("is not there"));
}

#[test]
fn a_root_that_vanishes_takes_its_rows_with_it_and_brings_them_back() {
    let tree = Tree::hashmap();
    let pty = tree.start().run();
    pty.wait_until_live();
    let aside = tree.beside("aside");
    fs::rename(tree.root(), &aside).unwrap();
    pty.wait_for_text("/root is not there.");
    assert_eq!(table(&pty.screen()), []);
    fs::rename(&aside, tree.root()).unwrap();
    wait_for_row(&pty, "chk-7", "complete");
    // Whatever is seen next below it, the root is known to be back.
    begin(&tree.job(), "chk-7", "chk-8");
    wait_for_row(&pty, "chk-8", "in progress");
    let text = pty.screen().contents();
    assert!(!text.contains("gone; looking for it"), "{text}");
    pty.wait_until_live();
}

#[test]
fn broken_snapshots_are_rows_that_say_so_among_the_others() {
    let tree = Tree::hashmap();
    for (name, metadata) in [
        ("chk-10", &b""[..]),
        ("chk-11", b"no metadata of any Flink"),
        ("chk-12", b"\x49\x60\x67\x2d\0\0\0\x06\0\0"),
    ] {
        fs::create_dir(tree.job().join(name)).unwrap();
        fs::write(tree.job().join(name).join("_metadata"), metadata).unwrap();
    }
    let missing = tree.job().join("chk-6");
    for entry in fs::read_dir(&missing).unwrap() {
        let path = entry.unwrap().path();
        if !path.ends_with("_metadata") {
            fs::remove_file(path).unwrap();
        }
    }
    let pty = tree.start().run();
    pty.wait_until_live();
    for (name, says) in [
        ("chk-10", "corrupt"),
        ("chk-11", "corrupt"),
        ("chk-12", "corrupt"),
        ("chk-6", "incomplete"),
        ("chk-7", "complete"),
    ] {
        wait_for_row(&pty, name, says);
    }
    // The newest that can be restored is selected, not the newest.
    assert_eq!(marked(&pty.screen()), ["chk-7"]);
    pty.wait_for_text("RESTORABLE");

    // Each can be selected and asked about everything.
    pty.send("g");
    for name in ["chk-12", "chk-11", "chk-10"] {
        pty.wait_for(&format!("selection of {name}"), |screen| {
            marked(screen) == [name]
        });
        pty.open_each_tab();
        pty.send("v");
        pty.wait_for_text(&format!("{name} has no readable metadata"));
        pty.send("VY+-1>");
    }
    pty.wait_for("selection of chk-7", |screen| marked(screen) == ["chk-7"]);
    pty.wait_for_text("RESTORABLE");
    pty.send(">");
    pty.wait_for("selection of chk-6", |screen| marked(screen) == ["chk-6"]);
    pty.wait_for_text("NOT RESTORABLE");
}

#[test]
fn names_that_steer_a_terminal_never_reach_it() {
    let tree = Tree::hashmap();
    let evil = "x\x1b]52;c;ZXZpbA==\x07\x1b[2J\r\n\u{9b}31m\u{202e}y";
    // A root of that name, a job's directory, and two snapshots.
    let root = tree.beside(evil);
    copy(&fixture("flink-2.3.0/rocksdb-full"), &root.join(evil));
    for name in [format!("{evil}1"), format!("savepoint-{evil}")] {
        copy(&tree.job().join("chk-7"), &root.join(name));
    }
    fs::create_dir(root.join("chk-1")).unwrap();
    fs::write(root.join("chk-1/_metadata"), evil).unwrap();
    let mut pty = start([&root]).run();
    pty.wait_until_live();
    pty.wait_for_text("Snapshots 4");
    pty.wait_for_text(r"x\x1b]52;c;ZXZpbA==\x07\x1b[2J\r\n\x9b31m\u{202e}y");
    for place in 0..4 {
        pty.send("g");
        (0..place).for_each(|_| pty.send("j"));
        pty.open_each_tab();
        pty.send("y");
        pty.wait_for_text("not copied: the path holds characters");
        pty.send("v");
    }
    pty.send("/ZXZpbA\r");
    pty.wait_for_text("Snapshots 4");
    fs::remove_dir_all(root.join(format!("{evil}1"))).unwrap();
    pty.wait_for_text("Snapshots 3");
    pty.send("q");
    assert_eq!(pty.finish().exit_code(), 0);

    let raw = pty.raw();
    let text = String::from_utf8(raw).unwrap();
    assert_eq!(pty.clipboard(), None);
    for sequence in ["\x1b]", "\x07", "\u{9b}", "\u{202e}", "\x1b[2J\r"] {
        assert!(!text.contains(sequence), "{}", sequence.escape_unicode());
    }
}
#[test]
fn a_settled_screen_is_drawn_again_only_when_something_happens() {
    let tree = Tree::hashmap();
    let (later, aside) = (tree.beside("later"), tree.beside("aside"));
    copy(&fixture("flink-2.3.0/rocksdb-full"), &aside);
    let pty = start([&tree.root(), &later]).run();
    pty.wait_until_live();
    pty.wait_for_text("gone; looking for it at each poll");
    // The last thing to arrive makes the overview longer than its place.
    pty.wait_for_text("┃");
    let settled = frames(&pty.raw(), LARGE);
    // Nobody is told of a new root: until the next poll, all is quiet.
    fs::rename(aside, later).unwrap();
    pty.wait_for_text("Snapshots 6");
    let since = &frames(&pty.raw(), LARGE)[settled.len()..];
    let quiet = since
        .iter()
        .take_while(|screen| !screen.contents().contains("Snapshots 6"));
    // A poll that finds nothing may leave an empty frame.
    assert!(quiet.clone().count() <= 3);
    for screen in quiet {
        assert_eq!(Some(text(screen)), settled.last().map(text));
    }
}
