//! Starting and leaving: what is on the screen first, how it looks, and that the terminal is given back.

use crate::pty::{LARGE, Pty, start};
use crate::pty_screen::{has_row, is_colour, looks, marked};
use crate::pty_tree::Tree;

/// Opens everything that has a look of its own.
fn look_at_everything(pty: &Pty) {
    pty.wait_until_live();
    pty.open_each_tab();
    for (keys, shown) in [
        ("?", "Move up, or scroll"),
        (":", " Commands "),
        ("s", " Sort by "),
        ("/kind:no", "None of 5 snapshots"),
        ("/age>soon", "is no value for age"),
    ] {
        pty.send(keys);
        pty.wait_for_text(shown);
        pty.send("\x1b");
        pty.wait_until_gone(shown);
    }
    pty.send("v");
    pty.wait_for_text("exist with the right length");
}

fn leave(pty: &mut Pty) {
    pty.send("\x03");
    assert_eq!(pty.finish().exit_code(), 0);
    assert!(pty.is_given_back());
}

#[test]
fn it_shows_what_is_there_and_gives_the_terminal_back() {
    let tree = Tree::hashmap();
    let mut pty = tree.start().run();
    pty.wait_until_live();
    assert!(pty.is_taken());
    let screen = pty.screen();
    for name in [
        "chk-7",
        "chk-6",
        "chk-4",
        "39db2a-72a72612536a",
        "39db2a-0e1e04782bcc",
    ] {
        assert!(has_row(&screen, name), "{name}");
    }
    // The newest that can be restored is where one wants to be.
    assert_eq!(marked(&screen), ["chk-7"]);
    let text = screen.contents();
    for shown in ["Lineages 1", "Snapshots 5", "5 of 5 restorable", "› chk-7"] {
        assert!(text.contains(shown), "{shown} in\n{text}");
    }
    pty.wait_for_text("RESTORABLE");

    pty.send("q");
    let ended = pty.finish();
    assert_eq!((ended.exit_code(), ended.signal()), (0, None));
    assert!(pty.is_given_back());
}

#[test]
fn ctrl_c_leaves_from_wherever_one_is() {
    let tree = Tree::hashmap();
    for (keys, shown) in [
        ("", "Snapshots 5"),
        ("/kind:", "needs a value"),
        ("?", "Move up, or scroll"),
        (":", "Commands"),
    ] {
        let mut pty = tree.start().run();
        pty.wait_until_live();
        pty.send(keys);
        pty.wait_for_text(shown);
        leave(&mut pty);
    }
}

#[test]
fn q_in_a_popup_only_closes_the_popup() {
    let tree = Tree::hashmap();
    let mut pty = tree.start().run();
    pty.wait_until_live();
    pty.send("?");
    pty.wait_for_text("Move up, or scroll");
    pty.send("q");
    pty.wait_for("table without help over it", |screen| {
        screen.alternate_screen() && !screen.contents().contains("Move up, or scroll")
    });
    pty.send("q");
    assert_eq!(pty.finish().exit_code(), 0);
}

#[test]
fn colours_are_used_unless_nobody_wants_them() {
    let tree = Tree::hashmap();
    for (theme, setting, wanted) in [
        ("default", "", true),
        ("default", "1", false),
        ("mono", "", false),
    ] {
        let mut pty = start([tree.root().as_os_str(), "--theme".as_ref(), theme.as_ref()])
            .env("NO_COLOR", setting)
            .run();
        look_at_everything(&pty);
        leave(&mut pty);
        let looks = looks(&pty.raw());
        let coloured = looks.iter().any(|look| look.iter().copied().any(is_colour));
        assert_eq!(coloured, wanted, "{theme}, NO_COLOR={setting}: {looks:?}");
        assert!(
            looks.contains(&vec![7]),
            "a selection is seen without colour: {looks:?}"
        );
    }
}

#[test]
fn ascii_means_every_byte() {
    let tree = Tree::hashmap();
    let mut pty = start([tree.root().as_os_str(), "--ascii".as_ref()]).run();
    look_at_everything(&pty);
    leave(&mut pty);
    let raw = pty.raw();
    let at = raw.iter().position(|byte| !byte.is_ascii());
    assert_eq!(at, None, "{}", raw[at.unwrap_or(0)..].escape_ascii());
}

#[test]
fn the_other_themes_start() {
    let tree = Tree::hashmap();
    for theme in ["light", "high-contrast"] {
        let mut pty = start([tree.root().as_os_str(), "--theme".as_ref(), theme.as_ref()]).run();
        look_at_everything(&pty);
        leave(&mut pty);
    }
}

#[test]
fn the_mouse_is_listened_to_only_when_asked_for() {
    let tree = Tree::hashmap();
    let silent = vt100::MouseProtocolMode::None;
    let mut pty = tree.start().run();
    pty.wait_until_live();
    assert_eq!(pty.screen().mouse_protocol_mode(), silent);
    leave(&mut pty);

    let mut pty = start([tree.root().as_os_str(), "--mouse".as_ref()])
        .size(LARGE)
        .run();
    pty.wait_until_live();
    assert_ne!(pty.screen().mouse_protocol_mode(), silent);
    let text = pty.screen().contents();
    let row = text
        .lines()
        .position(|line| line.contains("chk-4"))
        .unwrap()
        + 1;
    pty.send(&format!("\x1b[<0;60;{row}M\x1b[<0;60;{row}m"));
    pty.wait_for("selection of chk-4", |screen| marked(screen) == ["chk-4"]);
    leave(&mut pty);
    assert_eq!(pty.screen().mouse_protocol_mode(), silent);
}
