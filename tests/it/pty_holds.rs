//! A hold that was set on the screen stops a deletion from a shell, until it is released on the screen.

use std::ffi::OsStr;
use std::process::Output;

use crate::deletion::age;
use crate::program::{err, run};
use crate::pty_screen::has_row;
use crate::pty_tree::Tree;

#[test]
fn a_hold_from_the_screen_stops_a_deletion_from_a_shell() {
    let tree = Tree::hashmap();
    age(&tree.root(), 9);
    let savepoint = tree.root().join("savepoints/savepoint-39db2a-72a72612536a");
    let delete = || -> Output {
        run([
            OsStr::new("delete"),
            savepoint.as_os_str(),
            OsStr::new("--write"),
            OsStr::new("--yes"),
            OsStr::new("--all-named"),
            OsStr::new("--confirm=last of root"),
        ])
    };
    let mut pty = crate::pty::start([savepoint.as_os_str(), OsStr::new("--write")])
        .size((80, 24))
        .run();
    pty.wait_for("table", |screen| has_row(screen, "39db2a-72a72612536a"));
    pty.wait_for_text("› 39db2a-72a72612536a");
    pty.send("H");
    pty.wait_for_text("Nothing holds it.");
    pty.send("a");
    pty.wait_for_text("Nothing happens yet");
    pty.send("release-42\tfor the audit\r");
    pty.wait_for_text("y does it");
    let holds = tree.root().join("savepoints/.stateward/holds.json");
    assert!(!holds.exists(), "not before it is confirmed");
    pty.send("y");
    pty.wait_for_text("is held by `release-42`");
    pty.wait_for_text("for the audit");
    let refused = delete();
    assert!(savepoint.join("_metadata").exists());
    assert!(
        err(&refused).contains("held by `release-42`"),
        "{}",
        err(&refused)
    );

    pty.send("x");
    pty.wait_for_text("Nothing else holds it");
    pty.send("y");
    pty.wait_for_text("Nothing holds it.");
    let deleted = delete();
    assert_eq!(deleted.status.code(), Some(0), "{}", err(&deleted));
    assert!(!savepoint.exists());
    pty.send("\x1b");
    pty.wait_until_gone(" Holds ");
    pty.send("q");
    assert_eq!(pty.finish().exit_code(), 0);
}
