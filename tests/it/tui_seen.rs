//! Nobody confirms what was not on the screen: where there is no room, keys do nothing, and a question that was not drawn
//! with all that it is about has no answer.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should fail where it stands"
)]

use std::collections::BTreeSet;

use stateward::app::command::{COMMANDS, CommandId};
use stateward::app::effect::Effect;
use stateward::app::key::Key;
use stateward::app::message::Message;
use stateward::app::model::Model;
use stateward::app::update::update;
use stateward::tui::theme::ThemeName;

use super::tui_plan_care::wiping;
use super::tui_sample::{FRAUD, sample_model};
use super::tui_sample_plan::{many, mixed, reviewing};
use super::tui_screens::{look, press, render};
use super::tui_trash::{LAST_WEEK, go_to, opened};

/// A state, what brings it about at a size, and what is asked in it.
pub(crate) type State = (&'static str, fn((u16, u16)) -> Model);

const TOO_SMALL: [(u16, u16); 5] = [(39, 24), (80, 9), (39, 9), (12, 3), (1, 1)];

/// Everything in which a key may do something.
pub(crate) const STATES: [State; 9] = [
    ("rows", |size| sample_model(size).writing(true)),
    ("filter", |size| {
        let mut model = sample_model(size).writing(true);
        press(&mut model, "/sav");
        model
    }),
    ("plan", |size| reviewing(size, true, 'D', mixed())),
    ("many", |size| reviewing(size, true, 'D', many(12, true))),
    ("number", |size| {
        let mut model = reviewing(size, true, 'D', many(12, true));
        press(&mut model, "Gy36");
        model
    }),
    ("lineage", |size| {
        let mut model = reviewing(size, true, 'D', wiping(2, &[FRAUD]));
        press(&mut model, "Gy");
        press(&mut model, FRAUD);
        model
    }),
    ("trash", opened),
    ("undo", |size| {
        let mut model = opened(size);
        go_to(&mut model, "/data/flink/checkpoints", LAST_WEEK);
        press(&mut model, "u");
        model
    }),
    ("purge", |size| {
        let mut model = opened(size);
        go_to(&mut model, "/data/flink/checkpoints", LAST_WEEK);
        press(&mut model, "P");
        model
    }),
];

fn resize(model: &mut Model, (columns, rows): (u16, u16)) {
    update(model, Message::Resized { columns, rows });
}

fn frame(model: &mut Model) -> String {
    let buffer = render(model, &look(ThemeName::Default, false));
    let cells = buffer.content().iter().map(ratatui::buffer::Cell::symbol);
    let lines: Vec<String> = cells
        .collect::<Vec<_>>()
        .chunks(usize::from(model.size.0))
        .map(|line| {
            line.concat()
                .trim_matches([' ', '│', '┃', '▐', '█', '╭', '╮', '╰', '╯'])
                .to_owned()
        })
        .collect();
    let words = lines.join(" ");
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether anything is done by these effects beyond looking.
fn acts(effects: &[Effect]) -> bool {
    effects
        .iter()
        .any(|it| matches!(it, Effect::Delete { .. } | Effect::Trash { .. }))
}

/// Whether a key answers the question: it is done, or asked on.
fn answers(model: &mut Model, pressed: Key) -> bool {
    let before = model.popups.len();
    acts(&key(model, pressed)) || model.popups.len() > before
}

fn key(model: &mut Model, key: Key) -> Vec<Effect> {
    update(model, Message::Key(key))
}

#[test]
fn on_a_screen_that_is_too_small_nothing_is_done_but_leaving_it() {
    let all: BTreeSet<Key> = COMMANDS.iter().flat_map(|it| it.keys).copied().collect();
    for (name, state) in STATES {
        for size in TOO_SMALL {
            let mut model = state((120, 40));
            frame(&mut model);
            resize(&mut model, size);
            let face = |model: &Model| {
                let staged = model.staging.chosen.clone();
                let typed = model.typing.as_ref().map(|it| it.text.clone());
                (model.popups.clone(), staged, typed, model.selected.clone())
            };
            let before = face(&model);
            for drawn in [false, true] {
                if drawn {
                    frame(&mut model);
                }
                for pressed in &all {
                    let effects = key(&mut model, *pressed);
                    let expected: &[Effect] = match pressed {
                        Key::Char('q') | Key::Ctrl('c') => &[Effect::Quit],
                        Key::Ctrl('z') => &[Effect::Suspend],
                        _ => &[],
                    };
                    assert_eq!(effects, expected, "{pressed} in {name} at {size:?}");
                    assert!(before == face(&model), "{pressed} in {name} at {size:?}");
                }
                for other in [
                    Message::Pasted("y".to_owned()),
                    Message::Click { column: 3, row: 3 },
                    Message::Command(CommandId::Down),
                ] {
                    assert_eq!(update(&mut model, other), [], "{name} at {size:?}");
                    assert!(before == face(&model), "{name} at {size:?}");
                }
            }
            // What was pressed there is not made up for later; what is on the screen again is.
            resize(&mut model, (120, 40));
            assert_eq!(key(&mut model, Key::Char('d')), [], "{name}: not drawn yet");
            assert!(before == face(&model), "{name} at {size:?}");
        }
    }
}

#[test]
fn that_not_all_was_seen_is_said_until_the_next_key() {
    let mut model = reviewing((80, 24), true, 'D', many(12, true));
    frame(&mut model);
    key(&mut model, Key::Char('y'));
    let shown = frame(&mut model);
    assert!(
        shown.contains("not all of it has been on the screen"),
        "{shown}"
    );
    key(&mut model, Key::Char('G'));
    let shown = frame(&mut model);
    assert!(!shown.contains("not all of it has been"), "{shown}");
}

/// What stands in a question, and has to have been read before it has an answer.
const QUESTIONS: [(&str, Key, &[&str]); 5] = [
    (
        "plan",
        Key::Char('y'),
        &[
            "1 of 4 would go",
            "chk-910",
            "set by ana@edge: audit of 2026.",
            "c overrules this: type savepoint-3fa9c1",
            "moves 3 files into the trash, from where they can be put back",
        ],
    ),
    (
        "number",
        Key::Enter,
        &[
            "Move 36 files into the trash",
            "Enter moves them into the trash",
        ],
    ),
    (
        "lineage",
        Key::Enter,
        &["with NOTHING to restore", "Enter moves them into the trash"],
    ),
    (
        "undo",
        Key::Char('y'),
        &[
            "Nothing is replaced: a file whose place is taken stays in the trash",
            "does it",
        ],
    ),
    (
        "purge",
        Key::Char('y'),
        &[
            "This removes files for good. It cannot be undone.",
            "chk-700: 3 files",
            "does it",
        ],
    ),
];

#[test]
fn what_was_not_drawn_in_full_is_not_confirmed() {
    let sizes = [40, 44, 52, 60, 80, 120]
        .into_iter()
        .flat_map(|columns| [10, 11, 12, 15, 20, 24, 40].map(|rows| (columns, rows)));
    for size in sizes {
        for (name, confirms, words) in QUESTIONS {
            let what = format!("{name} at {size:?}");
            let state = STATES.iter().find(|it| it.0 == name).unwrap().1;
            let mut model = state((120, 60));
            resize(&mut model, size);
            assert!(!answers(&mut model, confirms), "{what}: not drawn");
            let mut read = frame(&mut model);
            let first = read.clone();
            let has_all = |read: &str| words.iter().all(|it| read.contains(it));
            if answers(&mut model, confirms) {
                assert!(has_all(&read), "{what}: {read}");
                continue;
            }
            if matches!(name, "number" | "lineage") {
                // Nothing can be scrolled there: it is as with a screen that is too small.
                assert!(read.contains("make the terminal larger"), "{what}: {read}");
                continue;
            }
            assert!(first.contains("More below: G"), "{what}: {first}");
            for _ in 0..60 {
                key(&mut model, Key::PageDown);
                read = frame(&mut model);
            }
            assert!(answers(&mut model, confirms), "{what}: {read}");
            // What stood on earlier pages is not there any more, but the question is.
            assert!(read.contains(words[words.len() - 1]), "{what}: {read}");
        }
    }
}

#[test]
fn what_changed_after_it_was_drawn_has_to_be_drawn_again() {
    let mut model = reviewing((120, 60), true, 'D', mixed());
    frame(&mut model);
    // The answer that is under way is another one.
    let effects = key(&mut model, Key::Char('a'));
    let generation = super::tui_sample_plan::asked(&effects).unwrap();
    super::tui_sample_plan::answer(&mut model, generation, many(3, true));
    assert!(!answers(&mut model, Key::Char('y')));
    assert!(
        model
            .notice
            .as_ref()
            .unwrap()
            .text
            .contains("not been on the screen"),
        "{:?}",
        model.notice
    );
    frame(&mut model);
    assert!(answers(&mut model, Key::Char('y')));
}
