//! The editor of holds: what it lists, what its form takes, and what each key comes to.

use jiff::{SignedDuration, Timestamp};
use stateward::app::effect::Effect;
use stateward::app::key::Key;
use stateward::app::message::Message;
use stateward::app::model::{Model, Popup};
use stateward::domain::hold::Hold;
use stateward::domain::location::Location;

use super::tui_sample::{at, now, sample_model, send};
use super::tui_screens::press;
use super::tui_views::text;

fn ago(hours: i64) -> Timestamp {
    now() - SignedDuration::from_hours(hours)
}

fn selected(model: &Model) -> Location {
    model.selected.clone().unwrap()
}

fn hold(name: &str, on: Location, hours: i64, ends_in: Option<i64>) -> Hold {
    Hold {
        name: name.to_owned(),
        snapshot: on,
        by: "ops@batch-7".to_owned(),
        at: ago(hours),
        why: format!("because of {name}"),
        expires: ends_in.map(|hours| ago(-hours)),
    }
}

/// Three holds: one that stands and one that has ended on the selected snapshot, one on another.
fn held(model: &Model) -> Vec<Hold> {
    let other = model.snapshots.keys().find(|it| **it != selected(model));
    vec![
        hold("ended-early", selected(model), 2, Some(-1)),
        hold("release-42", selected(model), 30, Some(48)),
        hold("elsewhere", other.unwrap().clone(), 50, None),
    ]
}

fn with(model: &mut Model, holds: Vec<Hold>) {
    send(
        model,
        Message::Marks {
            marks: Vec::new(),
            problems: Vec::new(),
            holds,
            aside: Vec::new(),
        },
    );
}

/// The editor on the selected snapshot.
pub(crate) fn opened(size: (u16, u16), write: bool) -> Model {
    let mut model = sample_model(size).writing(write);
    let holds = held(&model);
    with(&mut model, holds);
    assert_eq!(key(&mut model, 'H'), [Effect::LoadMarks]);
    model
}

fn key(model: &mut Model, key: char) -> Vec<Effect> {
    send(model, Message::Key(Key::Char(key)))
}

fn notice(model: &Model) -> &str {
    model.notice.as_ref().map_or("", |it| it.text.as_str())
}

fn error(model: &Model) -> &str {
    match model.popups.last() {
        Some(Popup::Dialog(dialog)) => dialog.form.error.as_deref().unwrap_or_default(),
        other => panic!("no form but {other:?}"),
    }
}

fn review(model: &Model) -> String {
    match model.popups.last() {
        Some(Popup::Review { review, .. }) => {
            let lines: Vec<&str> = review.lines.iter().map(|(_, it)| it.as_str()).collect();
            format!("{}\n{}", review.title, lines.join("\n"))
        }
        other => panic!("no review but {other:?}"),
    }
}

fn is_list(model: &Model) -> bool {
    matches!(model.popups.last(), Some(Popup::Holds(_)))
}

fn listed(model: &Model) -> Vec<&str> {
    let Some(Popup::Holds(editor)) = model.popups.last() else {
        panic!("no list")
    };
    let holds = stateward::app::holds::listed(model, editor).into_iter();
    holds.map(|hold| hold.name.as_str()).collect()
}

#[test]
fn those_on_the_snapshot_are_listed_and_all_by_another_key() {
    let mut model = opened((80, 24), false);
    assert_eq!(listed(&model), ["release-42", "ended-early"]);
    let shown = text(&mut model, false);
    for words in [
        "ops@batch-7",
        "because of release-42",
        "30h",
        "in 2d",
        "ended",
    ] {
        assert!(shown.contains(words), "{words}\n{shown}");
    }
    press(&mut model, "⇥");
    assert_eq!(listed(&model), ["release-42", "elsewhere", "ended-early"]);
    press(&mut model, "↓⇥");
    assert_eq!(listed(&model), ["release-42", "ended-early"]);
}

#[test]
fn without_a_snapshot_all_are_listed() {
    let mut model = sample_model((80, 24));
    let holds = held(&model);
    with(&mut model, holds);
    press(&mut model, "/no such snapshot⏎H");
    assert_eq!(listed(&model).len(), 3);
    press(&mut model, "⇥");
    assert_eq!(listed(&model).len(), 3, "there is nothing else to list");
}

#[test]
fn return_goes_to_the_snapshot_or_says_why_not() {
    let mut model = opened((80, 24), false);
    let other = model.holds[2].snapshot.clone();
    press(&mut model, "⇥↓⏎");
    assert!(model.popups.is_empty());
    assert_eq!(selected(&model), other);
    let mut gone = held(&model);
    gone.push(hold(
        "gone",
        at("nowhere/savepoint-000000-000000000000"),
        1,
        None,
    ));
    with(&mut model, gone);
    press(&mut model, "H⇥g↓↓⏎");
    assert!(is_list(&model));
    assert!(
        notice(&model).contains("is not in sight"),
        "{}",
        notice(&model)
    );
}

#[test]
fn a_hold_is_set_after_a_review_and_not_before() {
    let mut model = opened((80, 24), true);
    let snapshot = selected(&model);
    press(&mut model, "a");
    press(&mut model, "audit-1↓for the books↓");
    send(&mut model, Message::Key(Key::Right));
    press(&mut model, "⏎");
    let shown = review(&model);
    for words in [
        "is held by `audit-1` until 2026-02-18 03:12 UTC (in 7d)",
        "Why: for the books",
        "Nothing here deletes it",
    ] {
        assert!(shown.contains(words), "{words}\n{shown}");
    }
    assert_eq!(
        key(&mut model, 'a'),
        [],
        "the key that chose it does not do it"
    );
    assert_eq!(key(&mut model, 'y'), [], "it may be of a word");
    let effects = key(&mut model, 'y');
    let expected = Hold {
        name: "audit-1".to_owned(),
        snapshot,
        by: String::new(),
        at: now(),
        why: "for the books".to_owned(),
        expires: Some(ago(-7 * 24)),
    };
    assert_eq!(effects, [Effect::Hold(Box::new(expected))]);
    assert!(is_list(&model), "the list is where it shows");
}

#[test]
fn the_form_takes_what_the_command_takes_and_says_what_is_wrong() {
    let filled = |keys: &str, rights: usize| {
        let mut model = opened((80, 24), true);
        press(&mut model, "a");
        let mut parts = keys.splitn(2, '|');
        press(&mut model, parts.next().unwrap());
        press(&mut model, "↓↓");
        for _ in 0..rights {
            send(&mut model, Message::Key(Key::Right));
        }
        press(&mut model, "↓");
        press(&mut model, parts.next().unwrap_or_default());
        press(&mut model, "⏎");
        model
    };
    for (keys, rights, wrong) in [
        ("", 0, "it is empty"),
        ("two words", 0, "a space"),
        ("-flag", 0, "starts like a flag"),
        ("a", 3, "type the end"),
        ("a|90d", 0, "choose `own end` above"),
        ("a|soon", 3, "neither a length of time"),
        ("a|30m", 3, "minutes or less"),
        ("a|2020-01-01T00:00:00Z", 3, "in the past"),
        ("a|9999y", 3, "beyond the end of time"),
    ] {
        let model = filled(keys, rights);
        assert!(error(&model).contains(wrong), "{keys}: {}", error(&model));
    }
    for (keys, rights, until) in [
        ("a", 0, "until it is released"),
        ("a", 2, "until 2026-03-13 03:12 UTC"),
        ("a|36h", 3, "until 2026-02-12 15:12 UTC"),
        ("a|6mo", 3, "until 2026-08-11 03:12 UTC"),
        ("a|2026-12-31T00:00:00Z", 3, "until 2026-12-31 00:00 UTC"),
    ] {
        let model = filled(keys, rights);
        assert!(review(&model).contains(until), "{keys}: {}", review(&model));
    }
}

#[test]
fn one_of_that_name_is_replaced_and_what_may_not_last_is_said() {
    let mut model = opened((120, 40), true);
    press(&mut model, "arelease-42⏎");
    let shown = review(&model);
    assert!(
        shown.contains("This replaces `release-42`, set by ops@batch-7 30h ago"),
        "{shown}"
    );
    // One on another snapshot is not.
    press(&mut model, "⎋⎋aelsewhere⏎");
    assert!(!review(&model).contains("replaces"), "{}", review(&model));
}

#[test]
fn a_hold_is_released_after_a_review_that_says_what_else_holds() {
    let mut model = opened((80, 24), true);
    let first = model.holds[1].clone();
    press(&mut model, "x");
    let shown = review(&model);
    assert!(
        shown.contains("`release-42` no longer holds") && shown.contains("because of release-42"),
        "{shown}"
    );
    assert!(
        shown.contains("Nothing else holds it: it may be deleted then."),
        "{shown}"
    );
    assert_eq!(key(&mut model, 'x'), []);
    assert_eq!(key(&mut model, 'y'), [], "it may be of a word");
    assert_eq!(
        key(&mut model, 'y'),
        [Effect::Release(Box::new(first.clone()))]
    );
    // What else holds it is named, and one that has ended holds nothing.
    let mut more = held(&model);
    more.push(hold("second", first.snapshot, 1, None));
    with(&mut model, more);
    press(&mut model, "Gx");
    assert!(
        review(&model).contains("It has ended already"),
        "{}",
        review(&model)
    );
    press(&mut model, "⎋gx");
    assert!(
        review(&model).contains("It is still held by `"),
        "{}",
        review(&model)
    );
}

#[test]
fn the_chosen_hold_stays_when_another_comes() {
    let mut model = opened((80, 24), true);
    let mut more = held(&model);
    more.insert(0, hold("newer", selected(&model), 0, None));
    with(&mut model, more);
    assert_eq!(listed(&model)[0], "newer");
    press(&mut model, "x");
    assert!(
        review(&model).contains("`release-42` no longer holds"),
        "{}",
        review(&model)
    );
}

#[test]
fn without_leave_to_write_it_only_lists() {
    let mut model = opened((80, 24), false);
    for pressed in ['a', 'x'] {
        assert_eq!(key(&mut model, pressed), []);
        assert!(is_list(&model));
        assert!(
            notice(&model).contains("read-only; start with --write"),
            "{}",
            notice(&model)
        );
    }
}

#[test]
fn where_nothing_is_held_it_says_how() {
    let mut model = sample_model((80, 24)).writing(true);
    press(&mut model, "H");
    let shown = text(&mut model, false);
    assert!(
        shown.contains("Nothing holds it.") && shown.contains("a holds it"),
        "{shown}"
    );
    press(&mut model, "x⏎");
    assert!(is_list(&model));
    press(&mut model, "⇥");
    assert!(text(&mut model, false).contains("Nothing is held here."));
}

#[test]
fn what_cannot_be_read_of_holds_is_shown() {
    let mut model = sample_model((80, 24));
    send(
        &mut model,
        Message::Marks {
            marks: Vec::new(),
            problems: vec![
                "hold 2 in /data/flink/.stateward/holds.json cannot be understood".to_owned(),
            ],
            holds: Vec::new(),
            aside: Vec::new(),
        },
    );
    // Once the word in the footer is gone, too.
    let later = now() + SignedDuration::from_secs(60);
    send(&mut model, Message::Tick(later));
    press(&mut model, "H");
    let shown = text(&mut model, false);
    assert!(
        shown.contains("hold 2 in /data/flink/.stateward/holds.json"),
        "{shown}"
    );
}

#[test]
fn a_hold_that_nobody_else_sees_says_so() {
    for size in [(80, 24), (120, 40)] {
        let mut model = opened(size, true);
        let holds = held(&model);
        assert!(!text(&mut model, false).contains("SEEN BY"));
        let first = listed(&model)[0].to_owned();
        let aside = holds
            .iter()
            .filter(|it| it.name == first)
            .cloned()
            .collect();
        send(
            &mut model,
            Message::Marks {
                marks: Vec::new(),
                problems: Vec::new(),
                holds,
                aside,
            },
        );
        let shown = text(&mut model, false);
        let line = |name: &str| shown.lines().find(|line| line.contains(name)).unwrap();
        assert!(shown.contains("SEEN BY"), "{shown}");
        assert!(line(&first).contains("you alone"), "{shown}");
        assert_eq!(shown.matches(" you alone ").count(), 1, "{shown}");
        assert!(
            shown.contains("you alone: its root could not be written"),
            "{shown}"
        );
        press(&mut model, "⎋");
        assert!(text(&mut model, false).contains("(seen by you alone)") || size.1 < 30);
    }
}

#[test]
fn holds_at_several_sizes() {
    for size in [(80, 24), (132, 36), (40, 10)] {
        let mut model = opened(size, true);
        insta::assert_snapshot!(
            format!("holds_{}x{}", size.0, size.1),
            text(&mut model, false)
        );
    }
    let mut model = opened((80, 24), true);
    press(&mut model, "⇥");
    insta::assert_snapshot!("holds_all_ascii", text(&mut model, true));
    press(&mut model, "a");
    insta::assert_snapshot!("holds_form", text(&mut model, false));
}
