//! What was deleted from a shell comes back from the screen, by the real program on a real tree.

use std::ffi::OsStr;

use crate::program::{err, run};
use crate::pty_screen::has_row;
use crate::pty_tree::Tree;
use crate::trash_tree::image;

const SAVEPOINT: &str = "savepoint-39db2a-0e1e04782bcc";

#[test]
fn what_was_deleted_from_a_shell_comes_back_from_the_screen() {
    let tree = Tree::hashmap();
    let image = || {
        let mut image = image(&tree.root());
        image.retain(|path, _| !path.to_string_lossy().contains(".stateward"));
        image
    };
    let before = image();
    let savepoint = tree.root().join("savepoints").join(SAVEPOINT);
    let deleted = run([
        OsStr::new("delete"),
        savepoint.as_os_str(),
        OsStr::new("--write"),
        OsStr::new("--yes"),
    ]);
    assert_eq!(deleted.status.code(), Some(0), "{}", err(&deleted));
    assert!(!savepoint.exists());

    let mut pty = crate::pty::start([tree.root().as_os_str(), OsStr::new("--write")])
        .size((80, 24))
        .run();
    pty.wait_for_text("Snapshots 4");
    pty.send("T");
    pty.wait_for_text("can be put back");
    pty.wait_for_text(SAVEPOINT);
    pty.send("u");
    pty.wait_for_text("undo of ");
    pty.wait_for_text("y does it");
    assert!(!savepoint.exists(), "not before it is confirmed");
    pty.send("u");
    pty.send("y");
    pty.wait_for_text("3 files (10 KiB) back in place");
    assert_eq!(image(), before);
    pty.send("\x1b");
    pty.wait_for_text("Everything is back where it lay.");
    pty.send("\x1b");
    pty.wait_for("row of what came back", |screen| {
        has_row(screen, "39db2a-0e1e04782bcc")
    });
    pty.send("q");
    assert_eq!(pty.finish().exit_code(), 0);
}
