//! What the detail shows stays what it was opened on, when that goes.

use std::sync::Arc;

use jiff::SignedDuration;
use stateward::analysis::timeline::Timeline;
use stateward::app::effect::Effect;
use stateward::app::explain::Tone;
use stateward::app::key::Key;
use stateward::app::message::Message;
use stateward::app::model::Model;
use stateward::domain::event::{Ending, Event, What};
use stateward::inventory::delta::Delta;

use super::tui_clusters::writing;
use super::tui_sample::{FRAUD, at, checkpoint, now, sample_model, send};
use super::tui_screens::press;
use super::tui_timeline::events;
use super::tui_views::text;

const READING: [((u16, u16), &str); 2] = [((80, 24), "5"), ((120, 40), "5⇥")];

fn goes(model: &mut Model, name: &str) -> Vec<Effect> {
    let gone = Delta::Removed(at(&format!("{FRAUD}/{name}")));
    let mut effects = send(model, Message::Inventory(vec![gone]));
    effects.extend(send(model, Message::Tick(model.now)));
    effects
}

/// Somebody reads of chk-912, and it goes.
fn read(size: (u16, u16), keys: &str) -> Model {
    let mut model = sample_model(size);
    press(&mut model, keys);
    assert_eq!(goes(&mut model, "chk-912"), [], "nothing new is read");
    model
}

fn selected(model: &Model) -> Option<&str> {
    model.selected_snapshot().map(|it| it.name.as_str())
}

fn notice(model: &Model) -> &str {
    model.notice.as_ref().map_or("", |it| it.text.as_str())
}

#[test]
fn a_tab_stays_with_the_snapshot_that_it_was_opened_on() {
    for (size, keys) in READING {
        let mut model = sample_model(size);
        press(&mut model, keys);
        let before = text(&mut model, false);
        assert_eq!(goes(&mut model, "chk-912"), []);
        let shown = text(&mut model, false);
        assert!(shown.contains("chk-912"), "{shown}");
        assert!(shown.contains("chk-912 vanished"), "{shown}");
        assert!(!shown.contains("chk-911, "), "{shown}");
        // Without the scroll bar.
        let line = |text: &str| {
            let line = text.lines().find(|it| it.contains("suspended"));
            line.map(|it| it.chars().take(70).collect::<String>())
        };
        assert_eq!(line(&shown), line(&before), "{shown}");
        assert_eq!(
            selected(&model),
            None,
            "nothing that goes by the selection acts on another"
        );
        // Others that go after it, and what comes, change nothing of that.
        goes(&mut model, "chk-911");
        let newer = Arc::new(checkpoint(914, 0));
        send(&mut model, Message::Inventory(vec![Delta::Upserted(newer)]));
        send(
            &mut model,
            Message::Tick(now() + SignedDuration::from_secs(5)),
        );
        let shown = text(&mut model, false);
        assert!(shown.contains("chk-912 vanished"), "{shown}");
        press(&mut model, "⎋");
        assert_eq!(selected(&model), Some("chk-910"));
    }
}

#[test]
fn from_what_is_gone_one_goes_on_from_its_neighbour() {
    for (size, keys) in READING {
        for (more, then) in [
            ("⎋", "chk-911"),
            (">", "chk-911"),
            ("<", "chk-913"),
            ("⎋↓", "chk-910"),
        ] {
            let mut model = read(size, keys);
            press(&mut model, more);
            assert_eq!(selected(&model), Some(then), "{more}");
            assert!(!text(&mut model, false).contains("vanished"), "{more}");
        }
    }
    // The neighbour of the last row is the one above.
    let mut model = sample_model((80, 24));
    press(&mut model, "]G5");
    let last = model.selected_snapshot().map(|it| it.location.clone());
    let above = model.index.rows[model.index.rows.len() - 2].name.clone();
    send(
        &mut model,
        Message::Inventory(last.map(Delta::Removed).into_iter().collect()),
    );
    press(&mut model, "⎋");
    assert_eq!(selected(&model), Some(above.as_str()));
}

#[test]
fn other_tabs_and_help_lie_over_what_is_gone() {
    for (size, keys) in READING {
        let mut model = read(size, keys);
        for more in ["1", "6", "7", "4", "?⎋", ":⎋", "e⎋"] {
            press(&mut model, more);
            let shown = text(&mut model, false);
            assert!(shown.contains("chk-912 vanished"), "{more} {shown}");
        }
        assert_eq!(selected(&model), None);
    }
}

#[test]
fn what_comes_back_is_there_again_and_another_in_its_place_is_not_it() {
    for (age, then) in [(12, Some("chk-912")), (3, None)] {
        let mut model = read((80, 24), "5");
        let again = Arc::new(checkpoint(912, age));
        send(&mut model, Message::Inventory(vec![Delta::Upserted(again)]));
        send(&mut model, Message::Tick(now()));
        assert_eq!(selected(&model), then, "{age}");
        let shown = text(&mut model, false);
        assert_eq!(shown.contains("vanished"), then.is_none(), "{shown}");
    }
}

#[test]
fn keys_that_act_refuse_what_is_gone_in_words() {
    for (size, keys) in READING {
        let mut model = writing(size);
        press(&mut model, keys);
        goes(&mut model, "chk-912");
        for key in ['d', 'D', 'M', 'R', 'H', 'w', 'b', 'v', 'V', 'y', 'Y'] {
            let effects = send(&mut model, Message::Key(Key::Char(key)));
            assert_eq!(effects, [], "{key}");
            assert!(
                model.popups.is_empty() && model.staging.chosen.is_empty(),
                "{key}"
            );
            assert!(
                notice(&model).contains("chk-912 is not there any more"),
                "{key}"
            );
        }
        press(&mut model, "6⇥");
        let offered = text(&mut model, false);
        let footer = offered.lines().last().unwrap_or_default().to_owned();
        for word in ["stage", "review", "mark", "holds", "yank"] {
            assert!(!footer.contains(word), "{footer}");
        }
    }
    // What is staged is not about what is read.
    let mut model = sample_model((80, 24));
    press(&mut model, "Gdg↓5");
    let name = selected(&model).map(str::to_owned);
    goes(&mut model, &name.unwrap_or_default());
    let effects = send(&mut model, Message::Key(Key::Char('D')));
    assert!(
        matches!(effects.as_slice(), [Effect::Plan { .. }, ..]),
        "{effects:?}"
    );
}

#[test]
fn what_became_of_it_is_told_as_soon_as_it_is_known() {
    let chosen = checkpoint(912, 12);
    for (how, told) in [
        (
            Ending::Subsumed {
                by: "chk-915".to_owned(),
                is_exact: true,
            },
            "Flink subsumed chk-912: chk-915 had completed",
        ),
        (Ending::Trashed, "chk-912 was moved into the trash"),
    ] {
        let mut model = read((80, 24), "5");
        assert!(text(&mut model, false).contains("Gone 0s ago"));
        model.dirty = false;
        let mut past = events();
        let uri = chosen.location.clone();
        let what = What::Gone {
            uri,
            how,
            since: None,
            taken: None,
        };
        past.push(Event {
            at: now() - SignedDuration::from_secs(4),
            what,
        });
        past.sort_by_key(|event| event.at);
        send(&mut model, Message::Past(Arc::new(Timeline::of(&past))));
        assert!(model.dirty);
        let shown = text(&mut model, false);
        assert!(
            shown.contains(told) && shown.contains("Gone 4s ago"),
            "{shown}"
        );
    }
}

#[test]
fn in_the_table_the_selection_goes_on_as_ever() {
    for size in READING.map(|(size, _)| size) {
        let mut model = sample_model(size);
        goes(&mut model, "chk-912");
        assert_eq!(selected(&model), Some("chk-911"));
        assert_eq!(model.notice.as_ref().map(|it| it.tone), Some(Tone::Warning));
    }
}

#[test]
fn the_fate_of_what_is_gone() {
    let mut model = read((80, 24), "5");
    insta::assert_snapshot!("detail_gone", text(&mut model, false));
}
