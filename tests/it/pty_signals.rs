//! Signals: the terminal is given back whatever ends or stops the program, and taken again when it goes on.

#[cfg(target_os = "linux")]
use std::fs;

use crate::pty::Pty;
#[cfg(target_os = "linux")]
use crate::pty::eventually;
#[cfg(target_os = "linux")]
use crate::pty_screen::{marked, text};
use crate::pty_tree::Tree;

/// Whether the process is stopped.
#[cfg(target_os = "linux")]
fn is_stopped(pty: &Pty) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pty.pid())).unwrap();
    // The state comes after the name, which stands in brackets.
    let (_, rest) = stat.rsplit_once(") ").unwrap();
    rest.starts_with('T')
}

#[test]
fn a_signal_to_end_is_obeyed_and_the_terminal_given_back() {
    let tree = Tree::hashmap();
    for (signal, number) in [("TERM", 15), ("HUP", 1), ("INT", 2), ("QUIT", 3)] {
        let mut pty = tree.start().run();
        pty.wait_until_live();
        assert!(pty.is_taken());
        pty.signal(signal);
        let ended = pty.finish();
        // Ended by the program itself, with the code that shells have for this signal.
        assert_eq!(ended.signal(), None, "{signal}");
        assert_eq!(ended.exit_code(), 128 + number, "{signal}");
        assert!(pty.is_given_back(), "{signal}");
    }
}

#[test]
fn a_terminal_that_goes_away_ends_the_program() {
    let tree = Tree::hashmap();
    let mut pty = tree.start().run();
    pty.wait_until_live();
    pty.hang_up();
    assert_eq!(pty.finish().signal(), None);
}

/// The program, stopped by a key or a signal and woken again, twice over; it has to look and to work as before.
#[cfg(target_os = "linux")]
fn stop_and_go_on(stop: impl Fn(&Pty), gives_back: bool) {
    let tree = Tree::hashmap();
    let mut pty = tree.start().run();
    pty.wait_until_live();
    // The last thing to arrive: a part of the overview that needs the metadata again.
    pty.wait_for_text("hook-1");
    for selected in ["chk-6", "chk-4"] {
        let before = text(&pty.screen());
        stop(&pty);
        eventually("stop", || is_stopped(&pty));
        if gives_back {
            pty.wait_for("terminal given back", |screen| {
                !screen.alternate_screen() && !screen.hide_cursor()
            });
            assert!(pty.is_given_back());
        } else {
            pty.take_over_as_a_shell();
            assert!(!pty.is_taken());
        }
        pty.signal("CONT");
        pty.wait_for("alternate screen, drawn in full", |screen| {
            screen.alternate_screen() && screen.hide_cursor() && text(screen) == before
        });
        assert!(pty.is_taken());
        pty.send("j");
        pty.wait_for(&format!("selection of {selected}"), |screen| {
            marked(screen) == [selected]
        });
        pty.wait_for_text(&format!("{selected} ─╮"));
        pty.wait_for_text("hook-1");
    }
    pty.send("q");
    assert_eq!(pty.finish().exit_code(), 0);
    assert!(pty.is_given_back());
}

#[cfg(target_os = "linux")]
#[test]
fn ctrl_z_gives_the_terminal_to_the_shell_until_the_program_goes_on() {
    stop_and_go_on(|pty| pty.send("\x1a"), true);
}

#[cfg(target_os = "linux")]
#[test]
fn a_signal_to_stop_does_the_same() {
    stop_and_go_on(|pty| pty.signal("TSTP"), true);
}

/// This stop cannot be seen coming; the screen has to be taken anew all the same.
#[cfg(target_os = "linux")]
#[test]
fn a_stop_that_cannot_be_caught_is_survived() {
    stop_and_go_on(|pty| pty.signal("STOP"), false);
}
