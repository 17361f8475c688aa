//! What the screen of the trash says before something is done, and what it keeps from being done.

use jiff::SignedDuration;
use stateward::action::torn::{Forecast, Torn};
use stateward::app::effect::Effect;
use stateward::app::key::Key;
use stateward::app::message::Message;
use stateward::app::model::{Model, Popup};
use stateward::app::trash::{Row, What, Work};
use stateward::app::update::update;

use super::tui_sample::{at, now, send};
use super::tui_screens::press;
use super::tui_trash::{
    HALF, LAST_WEEK, YESTERDAY, go_to, is_in_list, key, notice, opened, review, rows, works,
};
use super::tui_views::text;

#[test]
fn what_will_not_be_whole_is_said_before_it_is_put_back() {
    let mut model = opened((120, 40));
    go_to(&mut model, "/data/flink/checkpoints", YESTERDAY);
    // Nobody has looked yet.
    let asked = update(&mut model, Message::Key(Key::Char('u')));
    let [Effect::Foresee(work)] = &asked[..] else {
        panic!("{asked:?}");
    };
    assert_eq!(work.parts.len(), 2);
    let shown = text(&mut model, false);
    assert!(shown.contains("a moment, until it is known"), "{shown}");
    assert_eq!(works(&key(&mut model, 'y')), []);
    assert!(
        notice(&model).contains("not known yet"),
        "{}",
        notice(&model)
    );
    let torn = Torn {
        snapshot: at("chk-880"),
        missing: 3,
        changed: 0,
        before: 0,
        batches: [("20260210T041240Z-000001".to_owned(), 2)].into(),
        going: std::collections::BTreeMap::new(),
    };
    let foreseen = |work: &Work, result: Result<Forecast, String>| Message::Foreseen {
        work: work.clone(),
        result,
    };
    let two = Forecast {
        snapshots: 2,
        torn: vec![torn],
        taken: Vec::new(),
    };
    // The answer to another question changes nothing.
    let other = Work {
        what: What::Restore(0),
        ..work.clone()
    };
    send(&mut model, foreseen(&other, Ok(two.clone())));
    assert_eq!(works(&key(&mut model, 'y')), []);
    send(&mut model, foreseen(work, Ok(two)));
    let (_, _, lines) = review(&model);
    let first: Vec<&str> = lines.lines().take(2).collect();
    assert!(
        first[0].ends_with(
            "chk-880 will come back and not be restorable: 3 files of it will be missing; of them lie 2 in the batch \
             20260210T041240Z-000001; that has to be undone too."
        ),
        "{lines}"
    );
    assert_eq!(
        first[1],
        "The other snapshot that comes back will be whole."
    );
    assert!(!lines.contains("Looking"), "{lines}");
    assert_eq!(works(&key(&mut model, 'y')).len(), 1);
}

#[test]
fn where_it_cannot_be_told_what_will_be_whole_that_is_said_and_it_may_be_done() {
    let mut model = opened((120, 40));
    go_to(&mut model, "/data/flink/checkpoints", LAST_WEEK);
    let asked = update(&mut model, Message::Key(Key::Char('u')));
    let [Effect::Foresee(work)] = &asked[..] else {
        panic!("{asked:?}");
    };
    let work = work.clone();
    let result = Err("the disk is gone".to_owned());
    send(&mut model, Message::Foreseen { work, result });
    let (_, _, lines) = review(&model);
    assert!(lines.starts_with(
        "Whether what comes back can be restored from cannot be told: the disk is gone."
    ));
    assert_eq!(works(&key(&mut model, 'y')).len(), 1);
}

#[test]
fn nothing_is_done_with_what_somebody_is_at_work_on() {
    let mut model = opened((120, 40));
    let mut busy = rows();
    for row in &mut busy {
        if let Row::Batch { entry, .. } = row
            && entry.id == HALF
        {
            entry.known.as_mut().unwrap().is_under_way = true;
        }
    }
    send(&mut model, Message::Trash(busy));
    go_to(&mut model, "/data/flink/checkpoints", HALF);
    for char in ['u', 'r', 'P'] {
        assert_eq!(key(&mut model, char), []);
        assert!(is_in_list(&model));
        assert!(
            notice(&model).contains("at work in this trash"),
            "{}",
            notice(&model)
        );
    }
    let shown = text(&mut model, false);
    assert!(shown.contains("under way"), "{shown}");
    assert!(!shown.contains("UNFINISHED"), "{shown}");
    assert!(!shown.contains("1 unfinished"), "{shown}");
}

#[test]
fn return_says_what_it_does_where_one_is() {
    let mut model = opened((80, 24));
    go_to(&mut model, "/data/flink/checkpoints", YESTERDAY);
    let last = |model: &mut Model| text(model, false).lines().last().unwrap().to_owned();
    assert!(
        last(&mut model).contains("enter targets"),
        "{}",
        last(&mut model)
    );
    press(&mut model, "⏎");
    assert!(
        last(&mut model).contains("enter put back"),
        "{}",
        last(&mut model)
    );
}

#[test]
fn several_roots_are_told_apart_on_a_narrow_screen_too() {
    let lines = |model: &mut Model| -> Vec<String> {
        let shown = text(model, false);
        let of_one = shown
            .lines()
            .filter(|line| line.contains(" done ") && line.contains("24h"));
        of_one.map(str::to_owned).collect()
    };
    let shown = lines(&mut opened((80, 24)));
    assert!(
        shown[0].contains(" checkpoints ") && shown[1].contains(" shared "),
        "{shown:?}"
    );
    // Where there is one, its place is for what differs.
    let mut model = opened((80, 24));
    let mut one = rows();
    one.retain(|row| matches!(row, Row::Batch { root, .. } if root.ends_with("checkpoints")));
    send(&mut model, Message::Trash(one));
    assert!(lines(&mut model)[0].contains("chk-880 +1"));
    assert!(!text(&mut model, false).contains("ROOT"));
}

#[test]
fn what_may_go_later_is_never_said_to_come_too_early() {
    let mut model = opened((120, 40));
    go_to(&mut model, "/data/flink/checkpoints", YESTERDAY);
    // A second before it has lain there for three days.
    let due = now() + SignedDuration::from_hours(48);
    for (second, word) in [(-3_599, "in 1h"), (-1, "in 1s"), (0, "now")] {
        send(
            &mut model,
            Message::Tick(due + SignedDuration::from_secs(second)),
        );
        let shown = text(&mut model, false);
        let mut of_it = shown.lines().filter(|line| line.contains("chk-880 +1"));
        let line = of_it.next().unwrap();
        assert!(line.contains(&format!(" {word} ")), "{second}: {line}");
        let about = shown
            .lines()
            .find(|line| line.contains("may go  "))
            .unwrap();
        assert!(about.contains(word), "{second}: {about}");
    }
}

#[test]
fn from_what_was_done_the_trash_is_one_key_away_and_never_there_twice() {
    let mut model = opened((80, 24));
    go_to(&mut model, "/data/flink/checkpoints", YESTERDAY);
    press(&mut model, "uy");
    assert!(matches!(
        model.popups.last(),
        Some(Popup::Operations { .. })
    ));
    assert_eq!(key(&mut model, 'T'), [Effect::LoadTrash]);
    assert!(is_in_list(&model));
    press(&mut model, "⎋");
    assert_eq!(model.popups, []);
    press(&mut model, "oT⎋");
    assert!(matches!(
        model.popups.last(),
        Some(Popup::Operations { .. })
    ));
    // What is done from there shows how it goes, and leads back to the trash, and then to where all began.
    press(&mut model, "T");
    go_to(&mut model, "/data/flink/checkpoints", YESTERDAY);
    press(&mut model, "uy");
    let shown = |model: &Model| {
        model
            .popups
            .iter()
            .filter(|it| matches!(it, Popup::Operations { .. }))
            .count()
    };
    assert_eq!(shown(&model), 1);
    press(&mut model, "⎋");
    assert!(is_in_list(&model));
    press(&mut model, "⎋");
    assert_eq!(model.popups, []);
}
