//! What keys do to the screen, and what another size of the terminal does.

use base64::Engine as _;

use crate::pty::{LARGE, Pty};
use crate::pty_screen::{marked, table, text};
use crate::pty_tree::Tree;

fn names(pty: &Pty) -> Vec<String> {
    let rows = table(&pty.screen()).into_iter();
    rows.map(|row| row.name).collect()
}

fn decoded(base64: &str) -> String {
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(base64)
        .unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn each_tab_tells_of_the_selected_snapshot() {
    let tree = Tree::hashmap();
    let pty = tree.start().run();
    pty.wait_until_live();
    pty.open_each_tab();
    for (key, about_checkpoint, about_savepoint) in [
        ("2", "count per key", "count per key"),
        ("3", "/chk-4/", "/savepoint-39db2a-0e1e04782bcc/"),
        ("4", "parallelism 1 to 16", "parallelism 1 to 16"),
        (
            "5",
            "its own record says",
            "its own record says a savepoint",
        ),
        ("6", "/chk-4", "/savepoint-39db2a-0e1e04782bcc"),
        ("1", "chk-4 ─╮", "savepoint-39db2a-0e1e04782bcc ─╮"),
    ] {
        pty.send("gjj");
        pty.wait_for("selection of chk-4", |screen| marked(screen) == ["chk-4"]);
        pty.send(key);
        pty.wait_for_text(about_checkpoint);
        pty.send("j");
        pty.wait_for("selection of a savepoint", |screen| {
            marked(screen) == ["39db2a-0e1e04782bcc"]
        });
        pty.wait_for_text(about_savepoint);
    }
}

#[test]
fn help_and_palette_open_over_the_rest_and_close() {
    let tree = Tree::hashmap();
    let pty = tree.start().run();
    pty.wait_until_live();
    pty.wait_for_text("hook-1");
    let before = text(&pty.screen());

    pty.send("?");
    pty.wait_for_text("Go to the newest snapshot that can be restored");
    pty.send("\x1b");
    pty.wait_for("screen as before", |screen| text(screen) == before);

    pty.send(":");
    pty.wait_for_text(" Commands ");
    pty.send("by operator");
    pty.wait_for_text("state by operator and subtask");
    pty.wait_until_gone("Look at all roots again");
    pty.send("\r");
    pty.wait_until_gone(" Commands ");
    pty.wait_for_text("OPERATOR");

    pty.send(":nosuchcommand");
    pty.wait_for_text("No command has these words.");
    pty.send("\x1b");
    pty.wait_until_gone("No command has these words.");
}

#[test]
fn a_filter_narrows_the_table_and_says_what_is_wrong_with_it() {
    let tree = Tree::hashmap();
    let pty = tree.start().run();
    pty.wait_until_live();
    pty.send("/kind:checkpoint size>1");
    pty.wait_for_text("no column `size`");
    pty.send("\x15kind:savepoint");
    pty.wait_for_text("2 of 5 match");
    pty.wait_until_gone("no column");
    assert_eq!(names(&pty), ["39db2a-0e1e04782bcc", "39db2a-72a72612536a"]);
    pty.send("\r");
    pty.wait_for_text("Snapshots 2 of 5");

    // Letters are commands again, and escape lifts the filter.
    pty.send("G");
    pty.wait_for("selection of the last row", |screen| {
        marked(screen) == ["39db2a-72a72612536a"]
    });
    pty.send("\x1b");
    pty.wait_for_text("Snapshots 5");
    assert_eq!(marked(&pty.screen()), ["39db2a-72a72612536a"]);
}

#[test]
fn the_sort_menu_orders_the_table() {
    let tree = Tree::hashmap();
    let pty = tree.start().run();
    pty.wait_until_live();
    assert_eq!(names(&pty)[..3], ["chk-7", "chk-6", "chk-4"]);
    pty.send("S");
    pty.wait_for("oldest first", |screen| {
        let names: Vec<String> = table(screen).into_iter().map(|row| row.name).collect();
        names[2..] == ["chk-4", "chk-6", "chk-7"]
    });
    assert_eq!(marked(&pty.screen()), ["chk-7"]);
}

#[test]
fn a_yank_puts_the_path_into_the_clipboard() {
    let tree = Tree::hashmap();
    let pty = tree.start().run();
    pty.wait_until_live();
    pty.send("jy");
    let wanted = format!("file:{}", tree.job().join("chk-6").display());
    assert_eq!(decoded(&pty.wait_for_clipboard()), wanted);
    pty.wait_for_text("sent to the clipboard: file:");
    let raw = pty.raw();
    let sequence = format!("\x1b]52;c;{}\x07", pty.clipboard().unwrap());
    assert!(String::from_utf8_lossy(&raw).contains(&sequence));
}

#[test]
fn every_size_is_drawn_and_left_again() {
    let tree = Tree::hashmap();
    let mut pty = tree.start().run();
    pty.wait_until_live();
    pty.wait_for_text("hook-1");
    pty.wait_for_text("RESTORABLE");
    let large = text(&pty.screen());
    let has = |parts: &'static [&str]| {
        move |screen: &vt100::Screen| {
            let text = screen.contents();
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            parts.iter().all(|part| text.contains(part))
        }
    };
    let small = |pty: &Pty| {
        pty.resize((20, 5));
        pty.wait_for(
            "word on the size",
            has(&["stateward needs", "40x10 cells;", "20x5"]),
        );
    };

    pty.resize((80, 24));
    pty.wait_for("table without lineages", |screen| {
        marked(screen) == ["chk-7"] && !screen.contents().contains("Lineages")
    });
    let medium = text(&pty.screen());
    pty.resize((40, 10));
    pty.wait_for("narrow table", has(&["Snapshots 5", "chk-7", "chk-4"]));
    let least = text(&pty.screen());
    small(&pty);
    pty.resize((1, 1));
    pty.resize((39, 9));
    pty.wait_for("word on the size", has(&["this terminal has 39x9"]));
    small(&pty);

    for (size, wanted) in [((40, 10), least), ((80, 24), medium), (LARGE, large)] {
        pty.resize(size);
        pty.wait_for(&format!("screen as before at {size:?}"), |screen| {
            text(screen) == wanted
        });
    }
    pty.send("q");
    assert_eq!(pty.finish().exit_code(), 0);
}

#[test]
fn on_a_small_screen_the_detail_lies_over_the_table() {
    let tree = Tree::hashmap();
    let pty = tree.start().size((80, 24)).run();
    pty.wait_for("table", |screen| marked(screen) == ["chk-7"]);
    pty.send("\r");
    pty.wait_for_text("Externalized checkpoint 7");
    assert!(table(&pty.screen()).is_empty());
    pty.send(">");
    pty.wait_for_text("Externalized checkpoint 6");
    pty.send("\x1b");
    pty.wait_for("table", |screen| marked(screen) == ["chk-6"]);
}
