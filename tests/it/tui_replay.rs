//! A recording on the screen: going about in it, and that nothing is behind it.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use ratatui::buffer::Cell;
use stateward::app::effect::Effect;
use stateward::app::key::Key;
use stateward::app::message::Message;
use stateward::app::model::Model;
use stateward::app::replay::Replay;
use stateward::domain::event::{Ending, Event, Sighting, Sketch, What};
use stateward::domain::snapshot::{RootState, Snapshot};
use stateward::store::clock::MachineClock;
use stateward::tui::theme::ThemeName;

use super::tui_sample::{self as sample, FRAUD, now, sample_model, send};
use super::tui_screens::{look, press, render};

fn after(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

fn event(seconds: i64, what: What) -> Event {
    Event {
        at: after(seconds),
        what,
    }
}

fn seen(row: &Snapshot) -> Sighting {
    Sighting {
        sketch: Sketch::of(row, FRAUD),
        row: Some(Box::new(row.clone())),
    }
}

/// Four minutes: what the sample has is there, and then one checkpoint a minute completes and pushes out another.
fn events() -> Vec<Event> {
    let model = sample_model((80, 24));
    let root = sample::root_location;
    let mut events = vec![event(0, What::WatchBegan { root: root() })];
    events.extend(
        model
            .snapshots
            .values()
            .map(|row| event(0, What::Present(seen(row)))),
    );
    let lineages = model.lineages.to_vec();
    events.push(event(0, What::Lineages { lineages }));
    let status = Box::new(sample::root(RootState::Ready));
    events.push(event(1, What::Root { status }));
    for minute in 1..=4_i64 {
        let row = sample::checkpoint(913 + minute as u64, -60 * minute);
        events.push(event(60 * minute, What::Completed(seen(&row))));
        let old = sample::checkpoint(909 + minute as u64, 0);
        let how = Ending::Subsumed {
            by: row.name.clone(),
            is_exact: false,
        };
        let uri = old.location;
        let since = None;
        events.push(event(
            60 * minute + 1,
            What::Gone {
                uri,
                how,
                since,
                taken: None,
            },
        ));
    }
    events.push(event(250, What::WatchEnded { root: root() }));
    events
}

fn replay() -> Replay {
    Replay::new("outage.ndjson".to_owned(), events()).unwrap()
}

/// A wall clock far from the recording's.
fn wall(seconds: i64) -> Message {
    Message::Tick(after(1_000_000 + seconds))
}

pub(crate) fn opened(size: (u16, u16), keys: &str) -> Model {
    let mut model = Model::new([], after(1_000_000)).replaying(replay());
    model.size = size;
    send(&mut model, wall(0));
    press(&mut model, keys);
    model
}

fn shown(model: &mut Model, ascii: bool) -> String {
    let buffer = render(model, &look(ThemeName::Mono, ascii));
    let rows = buffer.content().chunks(usize::from(buffer.area.width));
    rows.map(|row| row.iter().map(Cell::symbol).collect::<String>())
        .map(|line| line.trim_end().to_owned() + "\n")
        .collect()
}

fn has(model: &Model, name: &str) -> bool {
    model.snapshots.values().any(|row| row.name == name)
}

#[test]
fn a_recording_on_the_screen() {
    for size in [(80, 24), (120, 40)] {
        let name = format!("replay_{}x{}", size.0, size.1);
        insta::assert_snapshot!(name, shown(&mut opened(size, "nn"), false));
    }
    insta::assert_snapshot!(
        "replay_timeline",
        shown(&mut opened((120, 40), "F$e"), false)
    );
    insta::assert_snapshot!("replay_ascii", shown(&mut opened((80, 24), "nn"), true));
}

#[test]
fn it_begins_when_all_that_was_there_had_been_seen() {
    let model = opened((80, 24), "");
    assert_eq!(model.now, after(1));
    assert!(has(&model, "chk-912") && !has(&model, "chk-914"));
}

#[test]
fn keys_go_to_what_happened_next_and_before() {
    let mut model = opened((80, 24), "n");
    assert_eq!(model.now, after(60));
    assert!(has(&model, "chk-914") && has(&model, "chk-910"));
    press(&mut model, "n");
    assert_eq!(model.now, after(61));
    assert!(!has(&model, "chk-910"));
    press(&mut model, "NN");
    assert_eq!(model.now, after(1));
    assert!(has(&model, "chk-910") && !has(&model, "chk-914"));
    press(&mut model, "F");
    assert_eq!(model.now, after(61));
    press(&mut model, "$");
    assert_eq!(model.now, after(250));
    assert!(has(&model, "chk-917") && !has(&model, "chk-913"));
    press(&mut model, "^");
    assert_eq!(model.now, after(1));
    assert!(has(&model, "chk-910"));
}

#[test]
fn it_goes_on_as_the_time_on_the_wall_does_and_faster_on_request() {
    let mut model = opened((80, 24), "c");
    send(&mut model, wall(59));
    assert_eq!(model.now, after(60));
    assert!(has(&model, "chk-914"));
    press(&mut model, "x");
    send(&mut model, wall(89));
    assert_eq!(model.now, after(120));
    press(&mut model, "c");
    send(&mut model, wall(500));
    assert_eq!(model.now, after(120));
    assert_eq!(model.wakes_in(&MachineClock), None);
    press(&mut model, "c");
    send(&mut model, wall(5_000));
    // At its end it stands still, and begins anew from there.
    assert_eq!(model.now, after(250));
    assert!(!model.replay.as_ref().unwrap().playing);
    press(&mut model, "c");
    assert_eq!(model.now, after(1));
}

#[test]
fn going_back_and_forth_shows_the_same_as_going_there_at_once() {
    let mut walked = opened((120, 40), "nnnnNNnFBnN");
    let mut jumped = opened((120, 40), "nnn");
    let at = walked.now;
    while jumped.now < at {
        press(&mut jumped, "n");
    }
    while jumped.now > at {
        press(&mut jumped, "N");
    }
    assert_eq!(walked.snapshots, jumped.snapshots);
    assert_eq!(walked.past, jumped.past);
    assert_eq!(shown(&mut walked, false), shown(&mut jumped, false));
}

#[test]
fn what_reaches_beyond_a_recording_is_refused_and_asks_for_nothing() {
    let mut model = opened((120, 40), "n");
    for key in ['d', 'D', 'P', 'O', 'T', 'v', 'V', 'r', 'u'] {
        let effects = send(&mut model, Message::Key(Key::Char(key)));
        assert!(effects.is_empty(), "{key}: {effects:?}");
        assert!(model.popups.is_empty(), "{key}");
        let text = shown(&mut model, false);
        assert!(text.contains("this is a recording"), "{key}: {text}");
    }
    for key in ['M', 't', 'R', 'Z', 'X'] {
        let effects = send(&mut model, Message::Key(Key::Char(key)));
        assert!(effects.is_empty(), "{key}: {effects:?}");
        assert!(model.popups.is_empty(), "{key}");
    }
    assert!(!model.write);
}

#[test]
fn nothing_vanishes_by_going_back() {
    let mut model = opened((120, 40), "ng");
    assert_eq!(model.selected_snapshot().unwrap().name, "chk-914");
    press(&mut model, "N");
    assert!(!shown(&mut model, false).contains("vanished"));
    assert!(model.slipped.is_none());
}

#[test]
fn a_recording_without_rows_still_has_its_timeline() {
    let mut events = events();
    for event in &mut events {
        if let What::Present(seen) | What::Completed(seen) = &mut event.what {
            seen.row = None;
        }
    }
    let replay = Replay::new("history".to_owned(), events).unwrap();
    let mut model = Model::new([], now()).replaying(replay);
    model.size = (120, 40);
    press(&mut model, "$e");
    let text = shown(&mut model, false);
    assert!(
        text.contains("Timeline") && text.contains("subsumed"),
        "{text}"
    );
    assert!(model.snapshots.is_empty());
    let asked: Vec<Effect> = send(&mut model, Message::Past(Arc::default()));
    assert!(asked.is_empty());
}

/// A recording in which chk-911 goes without a reason, and then its root does.
fn of_what_goes() -> Replay {
    let mut events = events();
    let uri = sample::checkpoint(911, 0).location;
    let (how, since, taken) = (Ending::Vanished, None, None);
    let gone = What::Gone {
        uri,
        how,
        since,
        taken,
    };
    events.retain(|it| !matches!(&it.what, What::Gone { uri, .. } if uri.name() == b"chk-911"));
    events.push(event(70, gone));
    let root = sample::root_location();
    events.push(event(190, What::RootLost { root }));
    Replay::new("outage.ndjson".to_owned(), events).unwrap()
}

#[test]
fn when_something_went_is_told_by_the_recording_and_not_by_the_jump() {
    for (keys, told) in [
        ("$", "Gone 3m ago. chk-911 vanished"),
        ("FF", "Gone 51s ago. chk-911 vanished"),
    ] {
        for name in ["chk-911", "chk-88"] {
            let mut model = Model::new([], after(1_000_000)).replaying(of_what_goes());
            model.size = (80, 24);
            send(&mut model, wall(0));
            while model.selected_snapshot().unwrap().name != name {
                press(&mut model, "j");
            }
            press(&mut model, "5");
            press(&mut model, keys);
            let text = shown(&mut model, false);
            if name == "chk-911" {
                assert!(text.contains(told), "{text}");
            } else if keys == "$" {
                // Of what only went out of sight no recording knows an end.
                assert!(
                    !text.contains("Gone 0s ago") && !text.contains("vanished"),
                    "{text}"
                );
                assert!(
                    text.contains("chk-88 is out of sight: its root was not there"),
                    "{text}"
                );
            }
        }
    }
}

#[test]
fn nothing_at_all_is_no_recording() {
    assert!(Replay::new(String::new(), Vec::new()).is_none());
}
