//! A demonstration on the screen: that it is one, how its time goes, and that its keys are there for it alone.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should fail where it stands"
)]

use jiff::SignedDuration;
use stateward::app::command::CommandId;
use stateward::app::demo::{Demo, Happened, News, Order};
use stateward::app::effect::Effect;
use stateward::app::explain::Tone;
use stateward::app::key::Key;
use stateward::app::message::Message;
use stateward::app::model::{Model, Popup};

use super::tui_clusters as clusters;
use super::tui_sample::{now, sample_model, send};
use super::tui_screens::press;
use super::tui_views::text;

const CAPTION: &str = "A savepoint is yours: Flink never deletes one. Somebody takes one every morning, in whichever format, and nobody clears up, though the bill for the bucket grows and grows.";

fn news(speed: f64, paused: bool, happened: &[&str]) -> News {
    let happened = happened.iter().map(|words| Happened {
        at: now() - SignedDuration::from_secs(3),
        words: (*words).to_owned(),
    });
    News {
        speed,
        reached: None,
        paused,
        apart: Some("3h behind the machine's clock, so that it can run faster".to_owned()),
        refused: None,
        caption: CAPTION.to_owned(),
        happened: happened.collect(),
        broken: None,
    }
}

fn demonstrated(size: (u16, u16), speed: f64, paused: bool) -> Model {
    let mut model = clusters::writing(size).demonstrating(Demo {
        url: "http://127.0.0.1:40001".to_owned(),
        directory: "/tmp/stateward-demo-5f2a9c01d3b7".to_owned(),
        ..Demo::new("savepoints-pile-up", "Savepoints pile up")
    });
    let told = [
        "job fraud-scoring starts",
        "checkpoint 1 is triggered",
        "checkpoint 1 is complete",
    ];
    send(&mut model, Message::Demo(news(speed, paused, &told)));
    model
}

#[test]
fn it_is_told_on_every_screen() {
    for size in [(80, 24), (120, 40), (40, 10)] {
        let name = |state: &str| format!("{state}_{}x{}", size.0, size.1);
        let mut runs = demonstrated(size, 10.0, false);
        insta::assert_snapshot!(name("demo"), text(&mut runs, false));
        let mut paused = demonstrated(size, 0.5, true);
        press(&mut paused, "i");
        insta::assert_snapshot!(name("demo_story"), text(&mut paused, false));
    }
    let mut plain = demonstrated((120, 40), 10.0, true);
    let plain = text(&mut plain, true);
    assert!(plain.is_ascii());
    assert!(plain.contains(" x10 "), "{plain}");
}

#[test]
fn what_is_to_be_pressed_is_not_torn_apart() {
    let caption = "Nothing here is real: fraud-scoring takes a checkpoint every 3 s and keeps 3. Try t savepoint, 7 explain; \
                   on an old savepoint d D a y, then T u y.";
    for columns in 80..=140 {
        let mut model = demonstrated((columns, 30), 1.0, false);
        let news = News {
            caption: caption.to_owned(),
            ..news(1.0, false, &[])
        };
        send(&mut model, Message::Demo(news));
        for keys in ["", "i"] {
            press(&mut model, keys);
            let screen = text(&mut model, false);
            for keys in ["t savepoint, ", "7 explain; ", " d D a y, ", " T u y."] {
                let keys = keys.trim();
                assert!(screen.contains(keys), "{keys} {screen}");
            }
        }
    }
}

#[test]
fn its_keys_tell_time_where_to_go() {
    let mut model = demonstrated((120, 40), 1.0, false);
    for (key, order) in [
        (',', Order::TurnPause),
        ('.', Order::Step),
        ('}', Order::Faster),
        ('{', Order::Slower),
    ] {
        let effects = send(&mut model, Message::Key(Key::Char(key)));
        assert_eq!(effects, [Effect::Demo(order)], "{key}");
    }
    press(&mut model, "i");
    assert_eq!(model.popups, [Popup::Scene { scroll: 0 }]);
    press(&mut model, "i");
    assert_eq!(model.popups, [], "the same key closes it");
}

#[test]
fn time_can_be_told_where_to_go_wherever_no_letter_is_typed() {
    let opens = [
        "", "J", "U", "e", "w", "b", "H", "T", "s", "?", "i", "D", "1", "6",
    ];
    for open in opens {
        for (key, order) in [
            (',', Order::TurnPause),
            ('.', Order::Step),
            ('}', Order::Faster),
            ('{', Order::Slower),
        ] {
            let mut model = demonstrated((120, 40), 1.0, false);
            press(&mut model, open);
            let effects = send(&mut model, Message::Key(Key::Char(key)));
            assert_eq!(effects, [Effect::Demo(order)], "{key} after {open:?}");
        }
        let mut model = demonstrated((160, 40), 1.0, false);
        press(&mut model, open);
        let shown = text(&mut model, false);
        let footer = shown.lines().last().unwrap();
        let popup = !model.popups.is_empty();
        assert!(!popup || footer.contains(", pause"), "{open}: {footer}");
    }
    // What is typed is text.
    let mut model = demonstrated((120, 40), 1.0, false);
    press(&mut model, "/,.{}");
    assert_eq!(model.typing.unwrap().text, ",.{}");
}

#[test]
fn a_speed_that_is_not_reached_is_told_with_the_one_that_is() {
    let mut model = demonstrated((120, 40), 3_600.0, false);
    let slow = News {
        reached: Some(900.0),
        ..news(3_600.0, false, &[])
    };
    send(&mut model, Message::Demo(slow));
    let shown = text(&mut model, false);
    assert!(shown.contains("×3600 (×900 reached)"), "{shown}");
    // A word stays as long as it takes to read at the speed that is reached.
    model.say(Tone::Plain, "read me");
    send(
        &mut model,
        Message::Tick(now() + SignedDuration::from_secs(900 * 7)),
    );
    assert!(model.notice.is_none());
}

#[test]
fn what_it_is_told_in_vain_is_said_and_how_its_time_stands() {
    let mut model = demonstrated((120, 40), 1.0, false);
    let refused = News {
        refused: Some("keys make time run no faster than ×10000".to_owned()),
        ..news(1.0, false, &[])
    };
    send(&mut model, Message::Demo(refused));
    assert!(model.notice.take().unwrap().text.contains("no faster"));
    press(&mut model, "i");
    let shown = text(&mut model, false);
    assert!(shown.contains("3h behind the machine's clock"), "{shown}");
}

#[test]
fn who_looks_from_a_shell_is_told_that_ages_differ_there() {
    let told = |speed, apart: Option<&str>| {
        let mut model = demonstrated((120, 40), 1.0, false);
        let news = News {
            apart: apart.map(str::to_owned),
            ..news(speed, false, &[])
        };
        send(&mut model, Message::Demo(news));
        press(&mut model, "i");
        text(&mut model, false).contains("ages there are by the machine's clock")
    };
    assert!(!told(1.0, None));
    assert!(told(0.5, None));
    assert!(told(1.0, Some("5m ahead of the machine's clock")));
}

#[test]
fn without_one_its_keys_do_nothing_and_are_not_told() {
    let mut model = sample_model((120, 40));
    for key in [',', '.', '}', '{', 'i'] {
        let effects = send(&mut model, Message::Key(Key::Char(key)));
        assert_eq!((effects, model.popups.len()), (Vec::new(), 0), "{key}");
    }
    let effects = send(&mut model, Message::Command(CommandId::DemoPause));
    assert_eq!(effects, Vec::new());
    press(&mut model, "?");
    let help = text(&mut model, false);
    assert!(!help.contains("Demonstration"), "{help}");
    send(&mut model, Message::Demo(news(1.0, false, &["x"])));
    assert!(model.demo.is_none());
}

#[test]
fn a_word_stays_as_long_as_it_takes_to_read_however_fast_time_runs() {
    for (speed, paused) in [(1.0, false), (100.0, false), (0.1, false)] {
        let mut model = demonstrated((120, 40), speed, paused);
        model.say(Tone::Plain, "read me");
        let seen = |real: f64| now() + SignedDuration::from_secs_f64(real * speed);
        send(&mut model, Message::Tick(seen(5.0)));
        assert!(model.notice.is_some(), "{speed}");
        send(&mut model, Message::Tick(seen(7.0)));
        assert!(model.notice.is_none(), "{speed}");
    }
    // Where time stands still, the next key takes it away.
    let mut model = demonstrated((120, 40), 1.0, true);
    model.say(Tone::Plain, "read me");
    press(&mut model, "j");
    assert!(model.notice.is_none());
}

#[test]
fn answers_are_not_called_old_because_time_runs_fast() {
    let mut model = demonstrated((120, 40), 100.0, false);
    send(
        &mut model,
        Message::Tick(now() + SignedDuration::from_mins(5)),
    );
    assert!(text(&mut model, false).contains("live"));
    let mut slow = demonstrated((120, 40), 1.0, false);
    send(
        &mut slow,
        Message::Tick(now() + SignedDuration::from_mins(5)),
    );
    assert!(text(&mut slow, false).contains("old"));
}

#[test]
fn what_breaks_it_is_said_once_and_stays_to_be_seen() {
    let mut model = demonstrated((120, 40), 1.0, false);
    let broken = News {
        broken: Some("the simulation cannot go on: no space left".to_owned()),
        ..news(1.0, true, &[])
    };
    send(&mut model, Message::Demo(broken.clone()));
    assert!(model.notice.take().unwrap().text.contains("no space left"));
    send(&mut model, Message::Demo(broken));
    assert!(model.notice.is_none());
    assert!(text(&mut model, false).contains("stopped"));
}

#[test]
fn of_a_long_story_the_newest_is_kept() {
    let mut model = demonstrated((120, 40), 1.0, false);
    for number in 0..1_000 {
        let words = format!("checkpoint {number} is complete");
        send(&mut model, Message::Demo(news(1.0, false, &[&words])));
    }
    let story = &model.demo.as_ref().unwrap().story;
    assert_eq!(story[0].words, "checkpoint 999 is complete");
    assert!(story.len() < 1_000);
}

#[test]
fn no_caption_is_cut_on_a_small_screen() {
    for scene in stateward::sim::scenes::ALL {
        let scenario = scene.scenario().unwrap();
        let remarks = scenario.remarks.iter().map(|it| &it.says);
        for said in remarks.chain([&scenario.caption]) {
            let lines = stateward::tui::text::wrap(said, 78).len();
            assert!(lines <= 2, "{}: {said}", scene.name);
        }
    }
}
