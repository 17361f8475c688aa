//! What is offered comes to something, what comes to nothing says so, and what is cut is cut between words.

use std::sync::Arc;

use stateward::app::key::Key;
use stateward::app::message::Message;
use stateward::app::model::Model;
use stateward::domain::hold::Hold;
use stateward::domain::size::iec;
use stateward::domain::snapshot::Snapshot;

use super::tui_clusters::writing;
use super::tui_sample::{FRAUD, now, sample_model, send};
use super::tui_sample_plan::{answer, asked, mixed, nothing, reviewing};
use super::tui_screens::{after, press};
use super::tui_views::text;

fn footer(model: &mut Model) -> String {
    let shown = text(model, false);
    shown.lines().last().unwrap_or_default().to_owned()
}

fn notice(model: &Model) -> &str {
    model.notice.as_ref().map_or("", |it| it.text.as_str())
}

#[test]
fn space_opens_on_the_lineage_of_the_selected_snapshot() {
    let mut model = after((80, 24), "G");
    let lineage = model.selected_snapshot().unwrap().lineage;
    let largest = model.lineages.iter().max_by_key(|it| it.bytes).unwrap();
    assert_ne!(largest.id, lineage);
    press(&mut model, "U");
    assert_eq!(model.space.chosen_lineage().unwrap().id, lineage);
    let mut in_it = model.space.snapshots.iter();
    assert!(in_it.all(|it| it.lineage == lineage));
}

fn held(model: &Model, name: &str) -> Hold {
    let is_it = |it: &&Arc<Snapshot>| it.name == name;
    let on = model.snapshots.values().find(is_it).unwrap();
    Hold {
        name: "audit".to_owned(),
        snapshot: on.location.clone(),
        by: "ops@batch-7".to_owned(),
        at: now(),
        why: "audit".to_owned(),
        expires: None,
    }
}

fn hold(model: &mut Model, holds: Vec<Hold>) {
    let (marks, problems, aside) = (Vec::new(), Vec::new(), Vec::new());
    send(
        model,
        Message::Marks {
            marks,
            problems,
            holds,
            aside,
        },
    );
}

#[test]
fn what_is_held_is_not_told_to_be_freed() {
    let mut model = after((80, 24), "U");
    let words = |model: &mut Model| {
        let shown = text(model, false);
        let lines = shown
            .lines()
            .map(|line| line.trim_matches(['"', '│', '┃', ' ']));
        lines.collect::<Vec<_>>().join(" ")
    };
    let sizes = |model: &Model, name: &str| {
        let mut rows = model.snapshots.values();
        rows.find(|it| it.name == name).unwrap().sizes
    };
    let savepoint = "savepoint-7bf6bd-3a9d8c7b1e20";
    let all = model.space.chosen_lineage().unwrap().space.held.total();
    let others = all - sizes(&model, "chk-912").refer;
    let alone = sizes(&model, savepoint).freed;
    assert!(alone > 0);
    let plain = format!(
        "Keeping only chk-912, the latest restorable, would free at most {}.",
        iec(others)
    );
    assert!(words(&mut model).contains(&plain), "{}", words(&mut model));
    // The hold on the latest one changes nothing.
    let holds = vec![held(&model, savepoint), held(&model, "chk-912")];
    hold(&mut model, holds);
    let told = format!(
        "Keeping only chk-912, the latest restorable, and 1 held would free at most {}.",
        iec(others - alone)
    );
    assert!(words(&mut model).contains(&told), "{}", words(&mut model));
    hold(&mut model, Vec::new());
    assert!(words(&mut model).contains(&plain), "{}", words(&mut model));
}

#[test]
fn that_a_plan_is_not_there_yet_goes_when_it_is() {
    let mut model = sample_model((120, 40)).writing(true);
    let effects = send(&mut model, Message::Key(Key::Char('D')));
    send(&mut model, Message::Key(Key::Char('y')));
    assert!(notice(&model).contains("the plan is not there yet"));
    answer(&mut model, asked(&effects).unwrap(), mixed());
    assert_eq!(notice(&model), "");
    // A word about something else stays.
    let mut model = sample_model((120, 40)).writing(true);
    let effects = send(&mut model, Message::Key(Key::Char('D')));
    send(&mut model, Message::Notice("something else".to_owned()));
    answer(&mut model, asked(&effects).unwrap(), mixed());
    assert_eq!(notice(&model), "something else");
}

#[test]
fn a_key_that_comes_to_nothing_says_so_or_is_not_offered() {
    let mut model = sample_model((80, 24));
    press(&mut model, "o");
    assert!(model.popups.is_empty());
    assert_eq!(notice(&model), "operations: nothing was asked for yet");
    // Files of nothing.
    for (planned, offered) in [(mixed(), true), (nothing(), false)] {
        let mut model = reviewing((120, 40), true, 'O', planned);
        let footer = footer(&mut model);
        assert_eq!(footer.contains("f files"), offered, "{footer}");
    }
    // A form of one field that is typed in, and one of several with words to choose from.
    for (key, offered) in [("X", false), ("t", true)] {
        let mut model = writing((120, 40));
        press(&mut model, key);
        let footer = footer(&mut model);
        assert!(footer.contains("enter"), "{footer}");
        assert_eq!(footer.contains("down field"), offered, "{footer}");
        assert_eq!(footer.contains("left right choice"), offered, "{footer}");
    }
}

#[test]
fn the_palette_calls_the_overview_by_its_name() {
    let shown = text(&mut after((80, 24), ":overview"), false);
    let line = shown
        .lines()
        .find(|it| it.contains("Overview: can it be"))
        .unwrap();
    assert!(
        line.contains("overview  ") && line.contains(" 1 ") && !line.contains("1-7"),
        "{line}"
    );
    assert!(footer(&mut after((200, 40), "")).contains("1-7 tabs"));
}

#[test]
fn nothing_is_cut_in_the_middle_of_a_word() {
    let shown = text(&mut after((80, 24), "2"), false);
    for whole in [
        "keyed, 1 broadcast ",
        "1 split, coordinator ",
        "Deduplicate by transaction id ",
    ] {
        assert!(shown.contains(whole), "{whole}\n{shown}");
    }
    let is_of = |word: &str, words: &str| {
        words
            .split([' ', '"', '│'])
            .any(|it| it.trim_end_matches([',', '.', ';', ':']) == word)
    };
    for (keys, words) in [
        (
            "3",
            "missing or different not looked at all there named by no other of snapshots",
        ),
        ("s", "checkpoint, externalized checkpoint or savepoint"),
        (
            ":",
            "Overview: can it be restored, whose is it, what deletes it",
        ),
    ] {
        let shown = text(&mut after((80, 24), keys), false);
        for line in shown.lines().filter(|it| it.contains('…')) {
            let before = line.split('…').next().unwrap_or_default();
            let last = before.rsplit(' ').next().unwrap_or_default();
            let begins = words
                .split(' ')
                .any(|it| it.len() > last.len() && it.starts_with(last) && last.len() > 2);
            assert!(!begins || is_of(last, words), "{keys}: {line}");
        }
    }
}

#[test]
fn a_kind_has_its_word_or_its_mark_alone() {
    let mut model = sample_model((60, 15));
    let shown = text(&mut model, false);
    let rows = shown.lines().filter(|it| it.contains("chk-"));
    for row in rows.filter(|it| !it.contains(FRAUD)) {
        assert!(!row.contains(" … ") && !row.contains("▌  …"), "{shown}");
    }
}

#[test]
fn in_a_detail_its_tabs_and_the_way_back_are_offered_first() {
    let mut model = writing((80, 24));
    press(&mut model, "⏎");
    let shown = footer(&mut model);
    assert!(shown.contains("? help  esc back  1-7 tabs"), "{shown}");
    press(&mut model, "⎋");
    assert!(footer(&mut model).contains("/ filter"));
}
