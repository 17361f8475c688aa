//! From what is staged to a deletion: what asks for it and what never does; and what the review looks like.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should fail where it stands"
)]

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::SignedDuration;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use stateward::app::command::COMMANDS;
use stateward::app::effect::Effect;
use stateward::app::key::Key;
use stateward::app::message::Message;
use stateward::app::model::{Model, Popup};
use stateward::app::operations::News;
use stateward::app::planned::Planned;
use stateward::app::planning::{PlanReview, PlanState};
use stateward::app::staging::Frees;
use stateward::domain::location::Location;
use stateward::domain::plan::FileStep;
use stateward::inventory::delta::Delta;
use stateward::tui::theme::ThemeName;
use stateward::tui::view::draw;

use super::tui_sample::{self as sample, FRAUD, SESSIONS, checkpoint, now, send};
use super::tui_sample_plan::{
    answer, asked, by_rules, chk, many, mixed, nothing, orphans, reviewing,
};
use super::tui_screens::look;

const SIZE: (u16, u16) = (120, 40);

fn keys(model: &mut Model, keys: &[Key]) -> Vec<Effect> {
    let effects = keys.iter().map(|key| send(model, Message::Key(*key)));
    effects.collect::<Vec<_>>().concat()
}

fn typed(model: &mut Model, text: &str) -> Vec<Effect> {
    let all: Vec<Key> = text.chars().map(Key::Char).collect();
    keys(model, &all)
}

fn deletions(effects: &[Effect]) -> usize {
    let is_one = |it: &&Effect| matches!(it, Effect::Delete { .. });
    effects.iter().filter(is_one).count()
}

fn weighs(effects: &[Effect]) -> Vec<(u64, Vec<Location>)> {
    let weigh = |it: &Effect| match it {
        Effect::WeighStaged { generation, places } => Some((*generation, places.clone())),
        _ => None,
    };
    effects.iter().filter_map(weigh).collect()
}

fn review(model: &Model) -> &PlanReview {
    let plan = |it: &Popup| matches!(it, Popup::Plan(_));
    match model.popups.iter().find(|it| plan(it)) {
        Some(Popup::Plan(review)) => review,
        other => panic!("{other:?}"),
    }
}

fn notice(model: &Model) -> &str {
    model.notice.as_ref().map_or("", |it| it.text.as_str())
}

fn vanish(model: &mut Model, place: &Location) -> Vec<Effect> {
    let mut effects = send(
        model,
        Message::Inventory(vec![Delta::Removed(place.clone())]),
    );
    effects.extend(send(model, Message::Tick(model.now)));
    effects
}

fn word_typed(model: &mut Model, word: &str) -> Vec<Effect> {
    keys(model, &[Key::Char('c')]);
    typed(model, word);
    keys(model, &[Key::Enter])
}

#[test]
fn of_all_keys_only_one_asks_for_a_deletion() {
    let all: BTreeSet<Key> = COMMANDS.iter().flat_map(|it| it.keys).copied().collect();
    let mut asking = Vec::new();
    for key in &all {
        let mut browsing = sample::sample_model(SIZE).writing(true);
        let effects = keys(&mut browsing, &[Key::Char('d'), *key, *key, Key::Enter]);
        assert_eq!(deletions(&effects), 0, "{key} among the rows");
        let mut waiting = sample::sample_model(SIZE).writing(true);
        keys(&mut waiting, &[Key::Char('D')]);
        let effects = keys(&mut waiting, &[*key, Key::Enter]);
        assert_eq!(deletions(&effects), 0, "{key} before the plan is there");
        let mut ready = reviewing(SIZE, true, 'D', mixed());
        if deletions(&keys(&mut ready, &[*key, Key::Enter])) > 0 {
            asking.push(*key);
        }
    }
    assert_eq!(asking, [Key::Char('y')]);
}

#[test]
fn what_is_confirmed_is_what_was_shown() {
    let mut model = reviewing(SIZE, true, 'D', mixed());
    let shown = match &review(&model).state {
        PlanState::Ready(planned) => planned.plan.clone(),
        other => panic!("{other:?}"),
    };
    let effects = typed(&mut model, "yy");
    let [Effect::Delete { plan, typed, .. }] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    assert_eq!((plan, typed.len()), (&shown, 0));
    assert_eq!(model.operations.len(), 1);
    assert_eq!(model.operations[0].title, "delete chk-910");
    let plans = model.popups.iter();
    assert_eq!(plans.filter(|it| matches!(it, Popup::Plan(_))).count(), 0);
}

#[test]
fn where_nothing_can_be_carried_out_the_key_says_why() {
    let mut waiting = sample::sample_model(SIZE).writing(true);
    typed(&mut waiting, "D");
    let mut failed = sample::sample_model(SIZE).writing(true);
    let generation = asked(&typed(&mut failed, "D")).unwrap();
    let result = Err("no\u{1b}[2J".to_owned());
    send(&mut failed, Message::Planned { generation, result });
    let why = PlanState::Failed("no\\x1b[2J".to_owned());
    assert_eq!(review(&failed).state, why);
    for (mut model, why) in [
        (waiting, "the plan is not there yet"),
        (failed, "there is no plan"),
        (
            reviewing(SIZE, true, 'D', many(3, false)),
            "nothing of it may go",
        ),
        (
            reviewing(SIZE, true, 'D', nothing()),
            "nothing of it may go",
        ),
        (reviewing(SIZE, false, 'D', mixed()), "start with --write"),
    ] {
        assert_eq!(deletions(&typed(&mut model, "y")), 0, "{why}");
        assert!(notice(&model).contains(why), "{}: {why}", notice(&model));
        assert!(model.operations.is_empty());
        review(&model);
    }
}

#[test]
fn ten_or_more_go_only_after_their_number_was_typed() {
    // Three files go of each of these.
    let mut nine = reviewing(SIZE, true, 'D', many(3, true));
    assert_eq!(deletions(&typed(&mut nine, "Gy")), 1);
    let mut ten = reviewing(SIZE, true, 'D', many(4, true));
    let mut before = typed(&mut ten, "Gy");
    before.extend(keys(&mut ten, &[Key::Enter]));
    for wrong in ["y", "4", "120", "yes", "-12"] {
        before.extend(typed(&mut ten, wrong));
        before.extend(keys(&mut ten, &[Key::Enter]));
        let Some(Popup::Dialog(dialog)) = ten.popups.last() else {
            panic!("{:?}", ten.popups);
        };
        assert!(dialog.form.error.is_some(), "{wrong}");
        before.extend(keys(&mut ten, &[Key::Ctrl('u')]));
    }
    assert_eq!(deletions(&before), 0);
    typed(&mut ten, "12");
    assert_eq!(deletions(&keys(&mut ten, &[Key::Enter])), 1);
    assert_eq!(deletions(&keys(&mut ten, &[Key::Enter])), 0, "once");
}

#[test]
fn one_snapshot_goes_with_one_key_however_many_files_it_has() {
    let mut plan = (*many(1, true).plan).clone();
    let file = plan.targets[0].files[1].clone();
    plan.targets[0].files.extend((0..40).map(|at| FileStep {
        at: file.at.join(format!("{at}").as_bytes()),
        ..file.clone()
    }));
    let planned = Planned::new(plan, Vec::new(), Vec::new());
    let mut model = reviewing(SIZE, true, 'D', planned);
    let shown = text(&mut model, ThemeName::Mono, false);
    assert!(shown.contains("y moves 43 files into the trash"), "{shown}");
    assert_eq!(deletions(&typed(&mut model, "y")), 1);
}

#[test]
fn ten_places_are_many_however_few_files_lie_in_them() {
    let mut plan = (*orphans().plan).clone();
    let mut place = plan.targets[0].clone();
    place.files.truncate(1);
    let empty = stateward::domain::plan::Target {
        files: Vec::new(),
        ..place.clone()
    };
    plan.targets = std::iter::once(place)
        .chain((0..9).map(|_| empty.clone()))
        .collect();
    let planned = Planned::new(plan, Vec::new(), Vec::new());
    let mut model = reviewing(SIZE, true, 'O', planned);
    assert_eq!(deletions(&typed(&mut model, "Gy")), 0);
    let form = text(&mut model, ThemeName::Mono, false);
    assert!(form.contains("Move 10 targets into the trash"), "{form}");
    typed(&mut model, "10");
    assert_eq!(deletions(&keys(&mut model, &[Key::Enter])), 1);
}

#[test]
fn the_header_of_a_review_names_what_is_in_the_plan() {
    let first = |model: &mut Model| {
        let shown = text(model, ThemeName::Mono, false);
        shown.lines().next().unwrap().to_owned()
    };
    // Staging goes on to the next row.
    let mut model = sample::sample_model(SIZE).writing(true);
    assert!(first(&mut model).contains("chk-912"));
    typed(&mut model, "d");
    assert!(first(&mut model).contains("chk-911"));
    typed(&mut model, "D");
    let line = first(&mut model);
    assert!(
        line.contains("chk-912") && !line.contains("chk-911"),
        "{line}"
    );
    // Of several their number.
    keys(&mut model, &[Key::Esc]);
    typed(&mut model, "dD");
    let line = first(&mut model);
    assert!(
        line.contains("2 snapshots") && !line.contains("chk-"),
        "{line}"
    );
    // Neither rules nor what is left over are about the chosen one.
    keys(&mut model, &[Key::Esc]);
    typed(&mut model, "O");
    let line = first(&mut model);
    assert!(!line.contains("chk-"), "{line}");
    keys(&mut model, &[Key::Esc]);
    assert!(first(&mut model).contains("chk-910"));
}

#[test]
fn of_what_is_left_over_the_files_are_counted() {
    let left = |files: usize| {
        let mut plan = (*orphans().plan).clone();
        plan.targets.truncate(1);
        let file = plan.targets[0].files[0].clone();
        plan.targets[0].files = (0..files)
            .map(|at| FileStep {
                at: file.at.join(format!("{at}").as_bytes()),
                ..file.clone()
            })
            .collect();
        reviewing(SIZE, true, 'O', Planned::new(plan, Vec::new(), Vec::new()))
    };
    assert_eq!(deletions(&typed(&mut left(9), "y")), 1);
    let mut many = left(22);
    let shown = text(&mut many, ThemeName::Mono, false);
    assert!(
        shown.contains("asks for their number, then moves 22 files"),
        "{shown}"
    );
    assert_eq!(deletions(&typed(&mut many, "y")), 0);
    typed(&mut many, "1");
    assert_eq!(deletions(&keys(&mut many, &[Key::Enter])), 0);
    keys(&mut many, &[Key::Ctrl('u')]);
    typed(&mut many, "22");
    assert_eq!(deletions(&keys(&mut many, &[Key::Enter])), 1);
}

#[test]
fn the_form_that_moves_files_says_so() {
    let mut model = reviewing(SIZE, true, 'D', many(10, true));
    typed(&mut model, "Gy");
    let shown = text(&mut model, ThemeName::Mono, false);
    assert!(shown.contains("Enter moves them into the trash"), "{shown}");
    assert!(shown.contains("enter move to trash"), "{shown}");
    assert!(!shown.contains("Nothing happens yet"), "{shown}");
}

#[test]
fn a_plan_for_an_older_question_is_dropped() {
    let mut model = sample::sample_model(SIZE).writing(true);
    let first = asked(&typed(&mut model, "D")).unwrap();
    let second = asked(&typed(&mut model, "a")).unwrap();
    assert_ne!(first, second);
    answer(&mut model, first, mixed());
    assert_eq!(review(&model).state, PlanState::Making);
    answer(&mut model, second, many(2, true));
    answer(&mut model, first, mixed());
    let PlanState::Ready(planned) = &review(&model).state else {
        panic!("{:?}", review(&model).state);
    };
    assert_eq!(planned.going, 2);
    // One that was closed does not come back, nor get into the next one.
    keys(&mut model, &[Key::Esc]);
    let third = asked(&typed(&mut model, "D")).unwrap();
    answer(&mut model, second, mixed());
    assert_eq!(review(&model).state, PlanState::Making);
    keys(&mut model, &[Key::Esc]);
    answer(&mut model, third, mixed());
    assert!(model.popups.is_empty());
}

#[test]
fn only_the_name_of_a_lineage_that_the_plan_names_overrules() {
    let mut model = reviewing(SIZE, true, 'D', mixed());
    let before = review(&model).clone();
    for wrong in ["", "fraud", &SESSIONS[..31], "yes", FRAUD] {
        let effects = word_typed(&mut model, wrong);
        assert_eq!(asked(&effects), None, "{wrong}");
        let Some(Popup::Dialog(dialog)) = model.popups.last() else {
            panic!("{:?}", model.popups);
        };
        assert!(dialog.form.error.is_some(), "{wrong}");
        keys(&mut model, &[Key::Esc]);
        assert_eq!(*review(&model), before, "{wrong}");
    }
    let effects = word_typed(&mut model, SESSIONS);
    let [Effect::Plan { typed, .. }] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    assert_eq!(*typed, [SESSIONS]);
    assert_eq!(review(&model).state, PlanState::Making);
    assert_eq!(model.popups.len(), 1, "the form is gone");
    let generation = asked(&effects).unwrap();
    answer(&mut model, generation, many(2, true));
    let effects = self::typed(&mut model, "y");
    let [Effect::Delete { typed, .. }] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    assert_eq!(*typed, [SESSIONS]);
}

#[test]
fn where_nothing_can_be_overruled_the_key_opens_nothing() {
    let mut model = reviewing(SIZE, true, 'D', many(2, true));
    typed(&mut model, "c");
    assert_eq!(model.popups.len(), 1);
}

#[test]
fn saying_that_all_is_in_sight_asks_afresh_and_can_be_taken_back() {
    let mut model = reviewing(SIZE, true, 'D', mixed());
    for said in [true, false] {
        let effects = typed(&mut model, "a");
        let [Effect::Plan { all_named, .. }] = effects.as_slice() else {
            panic!("{effects:?}");
        };
        assert_eq!(*all_named, said);
        assert_eq!(review(&model).state, PlanState::Making);
        assert_eq!(deletions(&typed(&mut model, "y")), 0);
    }
}

#[test]
fn what_is_staged_is_weighed_together_and_follows_what_is_there() {
    let mut model = sample::sample_model(SIZE);
    let effects = typed(&mut model, "d");
    assert_eq!(weighs(&effects)[0].1, [chk(912)]);
    let effects = typed(&mut model, "d");
    let (generation, places) = weighs(&effects)[0].clone();
    assert_eq!(places, [chk(911), chk(912)], "it went on by itself");
    let frees = |bytes| Frees {
        bytes,
        is_bound: false,
    };
    let weighed = |model: &mut Model, generation, bytes| {
        let frees = frees(bytes);
        send(model, Message::StagedWeighed { generation, frees });
    };
    weighed(&mut model, generation - 1, 1);
    assert_eq!(model.staging.frees, None, "an answer for others");
    weighed(&mut model, generation, 7);
    assert_eq!(model.staging.frees, Some(frees(7)));
    // Something else comes: what they free may be another sum now.
    let other = Delta::Upserted(Arc::new(checkpoint(914, 0)));
    let effects = send(&mut model, Message::Inventory(vec![other]));
    assert_eq!(weighs(&effects)[0].1, [chk(911), chk(912)]);
    let effects = vanish(&mut model, &chk(912));
    assert_eq!(weighs(&effects)[0].1, [chk(911)]);
    assert_eq!(model.staging.chosen.iter().collect::<Vec<_>>(), [&chk(911)]);
    let effects = vanish(&mut model, &chk(911));
    assert_eq!(weighs(&effects), [], "nothing is left to ask about");
    assert!(model.staging.chosen.is_empty() && model.staging.frees.is_none());
}

#[test]
fn all_that_is_shown_is_staged_and_let_go_of() {
    let mut model = sample::sample_model(SIZE);
    keys(&mut model, &[Key::Ctrl('a')]);
    assert_eq!(model.staging.chosen.len(), 12);
    typed(&mut model, "/kind:savepoint");
    keys(&mut model, &[Key::Enter, Key::Ctrl('a')]);
    assert_eq!(model.staging.chosen.len(), 9, "those shown alone");
    keys(&mut model, &[Key::Esc, Key::Ctrl('a')]);
    assert_eq!(model.staging.chosen.len(), 12);
    typed(&mut model, "u");
    assert!(model.staging.chosen.is_empty());
    typed(&mut model, "gd");
    assert_eq!(model.staging.chosen.len(), 1);
    typed(&mut model, "gd");
    assert!(model.staging.chosen.is_empty(), "the same key lets go");
}

#[test]
fn what_is_staged_is_asked_for_else_what_is_selected() {
    let mut model = sample::sample_model(SIZE);
    let wished = |effects: &[Effect]| match effects {
        [Effect::Plan { wish, .. }] => format!("{wish:?}"),
        other => panic!("{other:?}"),
    };
    let alone = wished(&typed(&mut model, "D"));
    assert!(alone.contains("chk-912") && !alone.contains("chk-911"));
    keys(&mut model, &[Key::Esc]);
    typed(&mut model, "jd");
    let staged = wished(&typed(&mut model, "D"));
    assert!(staged.contains("chk-911"), "{staged}");
    assert!(!staged.contains("chk-912") && !staged.contains("chk-910"));
}

#[test]
fn a_key_meant_for_what_vanished_stages_nothing() {
    for key in ['d', 'D'] {
        let mut model = sample::sample_model(SIZE);
        vanish(&mut model, &chk(912));
        send(
            &mut model,
            Message::Tick(now() + SignedDuration::from_secs(1)),
        );
        assert_eq!(typed(&mut model, &key.to_string()), [], "{key}");
        assert!(model.staging.chosen.is_empty() && model.popups.is_empty());
        assert!(notice(&model).contains("chk-911"), "{}", notice(&model));
        assert!(
            !typed(&mut model, &key.to_string()).is_empty(),
            "{key} meant"
        );
        let mut later = sample::sample_model(SIZE);
        vanish(&mut later, &chk(912));
        send(
            &mut later,
            Message::Tick(now() + SignedDuration::from_secs(9)),
        );
        assert!(!typed(&mut later, &key.to_string()).is_empty(), "{key}");
    }
    // The review of what is staged is not about what is selected.
    let mut model = sample::sample_model(SIZE);
    typed(&mut model, "Gdg");
    let selected = model.selected.clone().unwrap();
    vanish(&mut model, &selected);
    assert!(asked(&typed(&mut model, "D")).is_some());
}

#[test]
fn escape_leaves_nothing_under_way() {
    for (start, more) in [("D", ""), ("D", "a"), ("P", "last 3"), ("O", "f")] {
        let mut model = sample::sample_model(SIZE).writing(true);
        typed(&mut model, start);
        typed(&mut model, more);
        let effects = keys(&mut model, &[Key::Esc]);
        assert_eq!(effects, [], "{start}");
        assert!(model.popups.is_empty() && model.operations.is_empty());
        assert_eq!(typed(&mut model, "q"), [Effect::Quit], "{start}");
    }
    for key in ['c', 'y'] {
        let mut model = match key {
            'c' => reviewing(SIZE, true, 'D', mixed()),
            _ => reviewing(SIZE, true, 'D', many(10, true)),
        };
        typed(&mut model, &format!("G{key}"));
        assert_eq!(model.popups.len(), 2, "{key}");
        let mut effects = typed(&mut model, "10");
        effects.extend(keys(&mut model, &[Key::Esc, Key::Esc, Key::Enter]));
        assert_eq!((deletions(&effects), asked(&effects)), (0, None), "{key}");
        assert!(model.popups.is_empty() && model.operations.is_empty());
    }
}

#[test]
fn a_review_stays_as_it_was_when_others_come_and_go_and_says_how_old_it_is() {
    let mut model = reviewing(SIZE, true, 'D', mixed());
    let before = review(&model).clone();
    let fresh = text(&mut model, ThemeName::Mono, false);
    assert!(fresh.contains("was looked for just now below"), "{fresh}");
    assert_eq!(asked(&vanish(&mut model, &chk(910))), None);
    send(
        &mut model,
        Message::Inventory(vec![Delta::Upserted(Arc::new(checkpoint(915, 0)))]),
    );
    assert_eq!(*review(&model), before);
    let later = now() + SignedDuration::from_secs(300);
    assert!(model.view.next_change.is_some_and(|it| it <= later));
    send(&mut model, Message::Tick(later));
    assert!(model.dirty);
    let old = text(&mut model, ThemeName::Mono, false);
    assert!(old.contains("was looked for 5m ago below"), "{old}");
}

#[test]
fn what_came_of_it_is_told_and_looked_at() {
    let mut model = reviewing(SIZE, true, 'D', mixed());
    typed(&mut model, "y");
    let id = model.operations[0].id;
    assert_eq!(typed(&mut model, "c"), [Effect::Halt(id)]);
    let finished = |result| Message::Operation {
        id,
        news: News::Finished(result),
    };
    let effects = send(&mut model, finished(Ok("3 files in the trash".to_owned())));
    assert!(effects.contains(&Effect::LookAgain), "{effects:?}");
    assert!(notice(&model).contains("3 files in the trash (delete chk-910)"));
    assert_eq!(typed(&mut model, "c"), [], "there is nothing to halt");
}

fn text(model: &mut Model, theme: ThemeName, ascii: bool) -> String {
    let mut terminal = Terminal::new(TestBackend::new(model.size.0, model.size.1)).unwrap();
    let mut view = std::mem::take(&mut model.view);
    terminal
        .draw(|frame| draw(frame, model, &mut view, &look(theme, ascii)))
        .unwrap();
    model.view = view;
    model.dirty = false;
    terminal.backend().to_string()
}

fn screens(size: (u16, u16)) -> Vec<(&'static str, Model)> {
    let making = {
        let mut model = sample::sample_model(size);
        typed(&mut model, "D");
        model
    };
    let failed = {
        let mut model = sample::sample_model(size);
        let generation = asked(&typed(&mut model, "D")).unwrap();
        let result = Err("cannot list /data/flink/shared: permission denied".to_owned());
        send(&mut model, Message::Planned { generation, result });
        model
    };
    let files = {
        let mut model = reviewing(size, true, 'D', mixed());
        typed(&mut model, "f");
        model
    };
    let overruling = {
        let mut model = reviewing(size, true, 'D', mixed());
        typed(&mut model, "c");
        model
    };
    vec![
        ("mixed", reviewing(size, true, 'D', mixed())),
        ("read_only", reviewing(size, false, 'D', mixed())),
        ("refused", reviewing(size, true, 'D', many(30, false))),
        ("many", reviewing(size, true, 'D', many(12, true))),
        ("rules", reviewing(size, true, 'P', by_rules())),
        ("orphans", reviewing(size, true, 'O', orphans())),
        ("nothing", reviewing(size, true, 'P', nothing())),
        ("files", files),
        ("overruling", overruling),
        ("making", making),
        ("failed", failed),
    ]
}

#[test]
fn reviews_at_two_sizes() {
    for size in [(80, 24), (120, 40)] {
        for (name, mut model) in screens(size) {
            let name = format!("plan_{name}_{}x{}", size.0, size.1);
            insta::assert_snapshot!(name, text(&mut model, ThemeName::Mono, false));
        }
    }
}

#[test]
fn reviews_in_ascii_are_ascii_and_no_theme_changes_a_word() {
    for (name, mut model) in screens((80, 24)) {
        let plain = text(&mut model, ThemeName::Mono, true);
        assert!(plain.is_ascii(), "{name}: {plain}");
        let dark = text(&mut model, ThemeName::Default, false);
        let light = text(&mut model, ThemeName::Light, false);
        assert_eq!(dark, light, "{name}");
    }
}

#[test]
fn what_speaks_against_thirty_alike_is_read_once() {
    let mut model = reviewing((80, 24), true, 'D', many(30, false));
    let shown = text(&mut model, ThemeName::Mono, false);
    assert_eq!(shown.matches("live job:").count(), 1, "{shown}");
    assert!(shown.contains("30 externalized checkpoints"), "{shown}");
    assert_eq!(many(30, false).sections, [(0..30).collect::<Vec<_>>()]);
    assert_eq!(mixed().sections, [[0], [1], [2], [3]]);
}
