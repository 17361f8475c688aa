//! The loop with a terminal of memory: what it draws, and when it does not.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should fail where it stands"
)]

use std::fmt;
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crossbeam_channel::bounded;
use jiff::{SignedDuration, Timestamp};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use stateward::app::effect::Effect;
use stateward::app::key::Key;
use stateward::app::message::Message;
use stateward::app::model::Model;
use stateward::domain::clock::Clock;
use stateward::domain::snapshot::{RootState, RootStatus};
use stateward::inventory::delta::Delta;
use stateward::tui::theme::ThemeName;
use stateward::tui::{Exit, Host, Loop};

use super::tui_sample::{self as sample, checkpoint, now};
use super::tui_screens::look;

#[derive(Default)]
struct Counter {
    frames: usize,
    yanked: Vec<String>,
    suspended: usize,
}

impl Host for Counter {
    fn before_frame(&mut self) -> io::Result<()> {
        self.frames += 1;
        Ok(())
    }

    fn yank(&mut self, text: &str) -> io::Result<()> {
        self.yanked.push(text.to_owned());
        Ok(())
    }

    fn suspend(&mut self) -> io::Result<()> {
        self.suspended += 1;
        Ok(())
    }
}

/// A root that never says when it was looked at, so that no age is on an empty screen.
fn timeless() -> RootStatus {
    RootStatus {
        scanned_at: None,
        ..sample::root(RootState::Ready)
    }
}

/// A clock of the test's own.
struct Told<'a>(&'a (dyn Fn() -> Timestamp + Sync));

impl fmt::Debug for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.now().fmt(f)
    }
}

impl Clock for Told<'_> {
    fn now(&self) -> Timestamp {
        (self.0)()
    }

    fn until(&self, moment: Timestamp) -> Option<SignedDuration> {
        Some(moment.duration_since(self.now()).max(SignedDuration::ZERO))
    }
}

struct Outcome {
    exit: Exit,
    host: Counter,
    effects: Vec<Effect>,
    screen: String,
}

/// Runs the loop while a script sends messages from another thread.
fn run(
    roots: Vec<RootStatus>,
    clock: &(dyn Fn() -> Timestamp + Sync),
    script: Vec<(u64, Message)>,
) -> Outcome {
    let (sender, receiver) = bounded(64);
    let other = thread::spawn(move || {
        for (millis, message) in script {
            thread::sleep(Duration::from_millis(millis));
            sender.send(message).unwrap();
        }
        sender
    });
    let mut terminal = Terminal::new(TestBackend::new(120, 40)).unwrap();
    let (mut host, mut effects) = (Counter::default(), Vec::new());
    let mut model = Model::new(roots, clock());
    let exit = Loop {
        terminal: &mut terminal,
        host: &mut host,
        model: &mut model,
        look: &look(ThemeName::Default, false),
        inbound: &receiver,
        effects: &mut |effect| effects.push(effect),
        clock: &Told(clock),
    }
    .run()
    .unwrap();
    other.join().unwrap();
    Outcome {
        exit,
        host,
        effects,
        screen: terminal.backend().to_string(),
    }
}

#[test]
fn an_idle_screen_is_drawn_once() {
    let outcome = run(
        vec![timeless()],
        &now,
        vec![(250, Message::Key(Key::Char('q')))],
    );
    assert_eq!((outcome.exit, outcome.host.frames), (Exit::Quit, 1));
    assert!(outcome.screen.contains("No snapshots below /data/flink"));
}

#[test]
fn what_changes_nothing_draws_nothing() {
    let same = Message::Inventory(vec![Delta::Root(timeless())]);
    let stale = Message::DocumentLoaded {
        generation: 99,
        location: sample::at("x"),
        result: Err(String::new()),
    };
    let script = vec![
        (20, same),
        (20, stale),
        (20, Message::Key(Key::Ctrl('x'))),
        (20, Message::Terminate(2)),
    ];
    let outcome = run(vec![timeless()], &now, script);
    assert_eq!(
        (outcome.exit, outcome.host.frames),
        (Exit::Terminated(2), 1)
    );
}

#[test]
fn messages_that_wait_together_are_drawn_together() {
    let rows = (0..50).map(|id| {
        (
            0,
            Message::Inventory(vec![Delta::Upserted(Arc::new(checkpoint(
                id,
                3_600 + id as i64,
            )))]),
        )
    });
    let script = rows.chain([(150, Message::Key(Key::Char('q')))]).collect();
    let outcome = run(vec![timeless()], &now, script);
    assert!(
        outcome.host.frames < 12,
        "{} frames for 50 messages",
        outcome.host.frames
    );
    assert!(outcome.screen.contains("Snapshots 50"));
    assert!(matches!(
        outcome.effects.last(),
        Some(Effect::LoadDocument { .. })
    ));
}

#[test]
fn an_age_in_seconds_is_drawn_anew_each_second_and_one_in_hours_is_not() {
    let start = std::time::Instant::now();
    let clock = move || now() + SignedDuration::try_from(start.elapsed()).unwrap();
    let script = |age| {
        vec![
            (
                0,
                Message::Inventory(vec![Delta::Upserted(Arc::new(checkpoint(1, age)))]),
            ),
            (2_300, Message::Key(Key::Char('q'))),
        ]
    };
    let young = run(vec![timeless()], &clock, script(5)).host.frames;
    let old = run(vec![timeless()], &clock, script(7_300)).host.frames;
    assert!((3..=5).contains(&young), "{young} frames in 2.3 s");
    assert!(old <= 2, "{old} frames in 2.3 s");
}

#[test]
fn a_word_after_a_long_silence_is_shown_all_the_same() {
    // Twenty times as fast: ten seconds of silence, then a word that stays for six.
    let start = std::time::Instant::now();
    let clock = || now() + SignedDuration::try_from(start.elapsed() * 20).unwrap();
    let row = Delta::Upserted(Arc::new(checkpoint(1, 400 * 86_400)));
    let script = vec![
        (0, Message::Inventory(vec![row])),
        (500, Message::Key(Key::Char('r'))),
        (20, Message::Key(Key::Char('q'))),
    ];
    let outcome = run(vec![timeless()], &clock, script);
    assert!(
        outcome.screen.contains("looking at all roots again"),
        "{}",
        outcome.screen
    );
}

#[test]
fn the_terminal_does_what_is_its_own() {
    let row = Message::Inventory(vec![Delta::Upserted(Arc::new(checkpoint(1, 7_200)))]);
    let script = vec![
        (0, row),
        (50, Message::Key(Key::Char('y'))),
        (0, Message::Key(Key::Ctrl('z'))),
        (0, Message::Key(Key::Char('r'))),
        (50, Message::Key(Key::Ctrl('c'))),
    ];
    let outcome = run(vec![timeless()], &now, script);
    assert_eq!(
        outcome.host.yanked,
        [format!("file:/data/flink/{}/chk-1", sample::FRAUD)]
    );
    assert_eq!(outcome.host.suspended, 1);
    assert_eq!(outcome.effects.last(), Some(&Effect::Rescan));
}
