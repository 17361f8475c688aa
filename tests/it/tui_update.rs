//! The state machine by scripts of messages: no terminal, no clock.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should fail where it stands"
)]

use std::sync::Arc;

use jiff::SignedDuration;
use stateward::app::command::CommandId;
use stateward::app::effect::{Depth, Effect};
use stateward::app::explain::Tone;
use stateward::app::key::Key;
use stateward::app::message::{Message, Verified};
use stateward::app::model::{DocumentState, Focus, Model, Tab};
use stateward::app::sheet::Sheet;
use stateward::app::sort::{Column, Row, Sort};
use stateward::app::update::update;
use stateward::domain::location::Location;
use stateward::domain::snapshot::{Kind, LineageId, RootState, Snapshot};
use stateward::flink::launch::Launcher;
use stateward::inventory::delta::Delta;

use super::tui_sample::{self as sample, FRAUD, at, checkpoint, now, sample_model, send};

const SIZE: (u16, u16) = (132, 36);

fn selected(model: &Model) -> &str {
    model
        .selected_snapshot()
        .map_or("", |snapshot| &snapshot.name)
}

fn keys(model: &mut Model, keys: &[Key]) -> Vec<Effect> {
    keys.iter()
        .flat_map(|key| send(model, Message::Key(*key)))
        .collect()
}

fn typed(model: &mut Model, text: &str) {
    for c in text.chars() {
        send(model, Message::Key(Key::Char(c)));
    }
}

fn inventory(model: &mut Model, delta: Delta) {
    send(model, Message::Inventory(vec![delta]));
    send(model, Message::Tick(now()));
}

fn names(model: &Model) -> Vec<&str> {
    model
        .index
        .rows
        .iter()
        .map(|row| row.name.as_str())
        .collect()
}

#[test]
fn the_newest_restorable_snapshot_is_chosen_at_first() {
    let model = sample_model(SIZE);
    assert_eq!((selected(&model), names(&model)[0]), ("chk-912", "chk-913"));
}

#[test]
fn a_new_snapshot_does_not_move_the_selection() {
    let mut model = sample_model(SIZE);
    let before = model.index.selected_at.unwrap();
    inventory(&mut model, Delta::Upserted(Arc::new(checkpoint(914, 0))));
    assert_eq!(
        (selected(&model), model.index.selected_at),
        ("chk-912", Some(before + 1))
    );
}

#[test]
fn a_vanished_snapshot_gives_way_to_its_neighbour_and_is_named() {
    let mut model = sample_model(SIZE);
    inventory(&mut model, Delta::Removed(at(&format!("{FRAUD}/chk-912"))));
    assert_eq!(selected(&model), "chk-911");
    assert_eq!(
        model.notice.as_ref().unwrap().text,
        "chk-912 vanished (subsumed or deleted)"
    );
    for name in ["chk-911", "chk-910"] {
        inventory(&mut model, Delta::Removed(at(&format!("{FRAUD}/{name}"))));
    }
    assert_eq!(selected(&model), "savepoint-7bf6bd-3a9d8c7b1e20");
}

#[test]
fn that_a_snapshot_went_gives_way_to_all_else_that_is_said() {
    let vanished = Delta::Removed(at(&format!("{FRAUD}/chk-912")));
    // A word about what was just done stays.
    let mut model = sample_model(SIZE);
    model.say(Tone::Good, "done");
    inventory(&mut model, vanished.clone());
    assert_eq!(model.notice.as_ref().unwrap().text, "done");
    // It goes with the next key, and when the snapshot comes back.
    let mut model = sample_model(SIZE);
    inventory(&mut model, vanished.clone());
    assert!(model.notice.is_some());
    keys(&mut model, &[Key::Down]);
    assert_eq!(model.notice, None);
    let mut model = sample_model(SIZE);
    inventory(&mut model, vanished);
    inventory(&mut model, Delta::Upserted(Arc::new(checkpoint(912, 1))));
    assert_eq!(model.notice, None);
}

#[test]
fn a_savepoint_is_never_said_to_be_subsumed() {
    let mut model = sample_model(SIZE);
    let place = model
        .snapshots
        .values()
        .find(|it| it.kind == Kind::Savepoint);
    let (place, name) = place
        .map(|it| (it.location.clone(), it.name.clone()))
        .unwrap();
    model.selected = Some(place.clone());
    inventory(&mut model, Delta::Removed(place));
    assert_eq!(
        model.notice.as_ref().unwrap().text,
        format!("{name} was deleted")
    );
}

#[test]
fn the_last_row_gives_way_to_the_one_above() {
    let mut model = sample_model(SIZE);
    keys(&mut model, &[Key::Char('G')]);
    let last = model.selected.clone().unwrap();
    inventory(&mut model, Delta::Removed(last));
    assert_eq!(selected(&model), "chk-633");
}

#[test]
fn a_snapshot_seen_but_not_chosen_goes_without_a_word() {
    let mut model = sample_model(SIZE);
    inventory(&mut model, Delta::Removed(at(&format!("{FRAUD}/chk-910"))));
    assert_eq!((selected(&model), model.notice.as_ref()), ("chk-912", None));
}

#[test]
fn rows_that_stream_in_do_not_take_the_keys_away() {
    let scanning = vec![sample::root(RootState::Scanning { found: 0 })];
    let mut model = sample::model_of(
        scanning,
        vec![Delta::Upserted(Arc::new(checkpoint(5, 900)))],
        SIZE,
    );
    inventory(&mut model, Delta::Upserted(Arc::new(checkpoint(6, 800))));
    assert_eq!(
        selected(&model),
        "chk-6",
        "nothing was touched: the best row is chosen"
    );
    keys(&mut model, &[Key::Down]);
    inventory(&mut model, Delta::Upserted(Arc::new(checkpoint(7, 700))));
    assert_eq!(selected(&model), "chk-5", "the user chose");
}

#[test]
fn the_snapshot_that_was_asked_for_is_chosen_when_it_arrives() {
    let start = || {
        let scanning = vec![sample::root(RootState::Scanning { found: 0 })];
        let wanted = at(&format!("{FRAUD}/chk-3"));
        let mut model = Model::new(scanning, now()).going_to(Some(wanted));
        for id in [5, 6] {
            inventory(
                &mut model,
                Delta::Upserted(Arc::new(checkpoint(id, 900 - id as i64))),
            );
        }
        model
    };
    let wanted = || Delta::Upserted(Arc::new(checkpoint(3, 5_000)));
    let newest = || Delta::Upserted(Arc::new(checkpoint(7, 0)));

    let mut model = start();
    assert_eq!(selected(&model), "chk-6", "until then, the best row");
    inventory(&mut model, wanted());
    inventory(&mut model, newest());
    inventory(&mut model, Delta::Root(sample::root(RootState::Ready)));
    assert_eq!(selected(&model), "chk-3");

    let mut model = start();
    inventory(&mut model, Delta::Root(sample::root(RootState::Ready)));
    inventory(&mut model, wanted());
    assert_eq!(selected(&model), "chk-3", "after the first look, too");

    let mut model = start();
    keys(&mut model, &[Key::Down]);
    inventory(&mut model, wanted());
    assert_eq!(selected(&model), "chk-5", "the user went elsewhere");
}

#[test]
fn an_externalized_checkpoint_is_a_checkpoint() {
    let mut model = sample_model(SIZE);
    let count = |model: &mut Model, filter: &str| {
        typed(model, &format!("/{filter}"));
        let rows = model.index.rows.len();
        keys(model, &[Key::Esc]);
        rows
    };
    let all = model.index.rows.len();
    let [savepoints, checkpoints, externalized, plain] = [
        "kind:savepoint",
        "kind:checkpoint",
        "kind:externalized",
        "kind:checkpoint kind:!externalized",
    ]
    .map(|filter| count(&mut model, filter));
    assert_eq!(checkpoints, all - savepoints);
    assert_eq!(plain, checkpoints - externalized);
    assert!(externalized > 0 && plain > 0);
}

#[test]
fn when_the_first_look_ends_the_selection_stays_where_it_is() {
    let scanning = vec![sample::root(RootState::Scanning { found: 0 })];
    let row = Delta::Upserted(Arc::new(checkpoint(5, 900)));
    let mut model = sample::model_of(scanning, vec![row], SIZE);
    inventory(&mut model, Delta::Root(sample::root(RootState::Ready)));
    inventory(&mut model, Delta::Upserted(Arc::new(checkpoint(6, 0))));
    assert_eq!(selected(&model), "chk-5");
}

#[test]
fn a_document_is_asked_for_once_and_stale_answers_are_dropped() {
    let mut model = sample_model(SIZE);
    let asked = update(&mut model, Message::Key(Key::Down));
    let [
        Effect::LoadDocument {
            generation,
            location,
        },
    ] = asked.as_slice()
    else {
        panic!("{asked:?}")
    };
    assert_eq!(*location, at(&format!("{FRAUD}/chk-911")));
    assert!(matches!(model.document.state, DocumentState::Loading));
    let answer = |generation, location: &Location| Message::DocumentLoaded {
        generation,
        location: location.clone(),
        result: Ok(Arc::new(Sheet::default())),
    };
    update(&mut model, answer(generation - 1, location));
    assert!(
        matches!(model.document.state, DocumentState::Loading),
        "an old answer"
    );
    assert_eq!(update(&mut model, answer(*generation, location)), []);
    assert!(model.sheet().is_some());
    assert_eq!(
        update(&mut model, Message::Tick(now())),
        [],
        "nothing more to ask"
    );
}

#[test]
fn a_changed_row_reloads_its_document_and_keeps_showing_the_old_one() {
    let mut model = sample_model(SIZE);
    let mut changed: Snapshot = checkpoint(912, 12);
    changed.sizes.freed += 1;
    update(
        &mut model,
        Message::Inventory(vec![Delta::Upserted(Arc::new(changed))]),
    );
    let effects = update(&mut model, Message::Tick(now()));
    assert!(matches!(effects.as_slice(), [Effect::LoadDocument { .. }]));
    assert!(model.sheet().is_some());
}

#[test]
fn the_filter_works_while_it_is_typed_and_can_be_undone() {
    let mut model = sample_model(SIZE);
    typed(&mut model, "/kind:savepoint age>1h");
    assert_eq!(model.index.rows.len(), 3);
    keys(&mut model, &[Key::Backspace, Key::Backspace]);
    assert_eq!(
        model
            .typing
            .as_ref()
            .unwrap()
            .error
            .as_ref()
            .unwrap()
            .to_string(),
        "`age` needs a value, such as age>7d"
    );
    assert_eq!(
        model.index.rows.len(),
        3,
        "the last filter that made sense stays"
    );
    keys(&mut model, &[Key::Esc]);
    assert_eq!(
        (model.index.rows.len(), model.filter_text.as_str()),
        (12, "")
    );
}

#[test]
fn a_half_typed_filter_does_not_lose_the_selection() {
    let mut model = sample_model(SIZE);
    typed(&mut model, "j");
    let before = selected(&model).to_owned();
    typed(&mut model, "/nothing has this name");
    assert_eq!(selected(&model), "");
    send(&mut model, Message::Command(CommandId::EraseLine));
    assert_eq!(selected(&model), before);
    typed(&mut model, "kind:savepoint");
    assert_ne!(selected(&model), before);
    send(&mut model, Message::Command(CommandId::FilterCancel));
    assert_eq!(selected(&model), before);
}

#[test]
fn escape_leads_out_step_by_step() {
    let mut model = sample_model(SIZE);
    keys(&mut model, &[Key::Char(']')]);
    typed(&mut model, "/chk");
    keys(&mut model, &[Key::Enter, Key::Enter]);
    assert_eq!(
        (model.focus, model.filter_text.as_str(), model.scope),
        (Focus::Detail, "chk", Some(LineageId(1)))
    );
    keys(&mut model, &[Key::Esc]);
    assert_eq!(model.focus, Focus::Table);
    keys(&mut model, &[Key::Esc]);
    assert_eq!(
        (model.filter_text.as_str(), model.scope),
        ("", Some(LineageId(1)))
    );
    keys(&mut model, &[Key::Esc]);
    assert_eq!(model.scope, None);
}

#[test]
fn a_filter_on_age_follows_the_clock() {
    let mut model = sample_model(SIZE);
    typed(&mut model, "/kind:externalized age<30s");
    assert_eq!(names(&model), ["chk-912"]);
    let later = now() + SignedDuration::from_secs(30);
    model.view.next_change = Some(later);
    send(&mut model, Message::Tick(later));
    assert_eq!(model.index.rows.len(), 0);
}

#[test]
fn latest_goes_to_the_newest_restorable_one_or_says_why_not() {
    let mut model = sample_model(SIZE);
    keys(&mut model, &[Key::Char('G'), Key::Up, Key::Char('L')]);
    assert_eq!(selected(&model), "chk-912");
    typed(&mut model, "/kind:savepoint");
    keys(&mut model, &[Key::Enter, Key::Char('L')]);
    assert!(
        model
            .notice
            .as_ref()
            .unwrap()
            .text
            .contains("hidden by the filter")
    );
    keys(
        &mut model,
        &[
            Key::Esc,
            Key::Char(']'),
            Key::Char(']'),
            Key::Char(']'),
            Key::Char('L'),
        ],
    );
    assert!(
        model
            .notice
            .as_ref()
            .unwrap()
            .text
            .starts_with("no snapshot of 0000")
    );
}

#[test]
fn sorting_keeps_the_selection_on_its_snapshot() {
    let mut model = sample_model(SIZE);
    keys(&mut model, &[Key::Char('s')]);
    typed(&mut model, "jjjj");
    keys(&mut model, &[Key::Enter]);
    assert_eq!(
        (model.sort, selected(&model)),
        (Sort::by(Column::Freed), "chk-912")
    );
    let freed: Vec<u64> = model.index.rows.iter().map(|row| row.sizes.freed).collect();
    assert!(freed.is_sorted_by(|a, b| a >= b));
    keys(&mut model, &[Key::Char('S')]);
    assert_eq!(
        model.index.rows[0].sizes.freed,
        *freed.iter().min().unwrap()
    );
}

#[test]
fn yanks_are_quoted_and_never_of_a_path_that_cannot_be_pasted() {
    let mut model = sample_model(SIZE);
    let path = format!("file:/data/flink/{FRAUD}/chk-912");
    assert_eq!(keys(&mut model, &[Key::Char('y')]), [Effect::Yank(path)]);
    let command = format!(
        "flink run -s file:/opt/flink/checkpoints/{FRAUD}/chk-912 -claimMode NO_CLAIM job.jar"
    );
    assert_eq!(keys(&mut model, &[Key::Char('Y')]), [Effect::Yank(command)]);
    let mut odd = checkpoint(915, 0);
    odd.location = at("job\u{1b}[31m/chk-915");
    odd.mapping = None;
    inventory(&mut model, Delta::Upserted(Arc::new(odd)));
    assert_eq!(keys(&mut model, &[Key::Char('g'), Key::Char('y')]), []);
    assert!(
        model
            .notice
            .as_ref()
            .unwrap()
            .text
            .starts_with("not copied")
    );
}

#[test]
fn recipes_follow_release_claim_mode_and_side_of_the_mapping() {
    let mut model = sample_model(SIZE);
    keys(
        &mut model,
        &[
            Key::Char('6'),
            Key::Char('f'),
            Key::Char('f'),
            Key::Char('m'),
            Key::Char('p'),
        ],
    );
    let command =
        format!("flink run -s file:/data/flink/{FRAUD}/chk-912 -restoreMode CLAIM job.jar");
    assert_eq!(keys(&mut model, &[Key::Char('Y')]), [Effect::Yank(command)]);
    keys(&mut model, &[Key::Char('1')]);
    let series = model.series();
    keys(&mut model, &[Key::Char('f')]);
    assert_eq!(model.series(), series, "keys of a tab do nothing elsewhere");
}

#[test]
fn the_nonce_of_the_operator_changes_with_the_snapshot_alone() {
    let nonce = |model: &Model| {
        let recipes = model.recipes();
        let operator = recipes
            .iter()
            .find(|recipe| recipe.launcher == Launcher::Operator)
            .unwrap();
        let (_, rest) = operator
            .text
            .split_once("\"savepointRedeployNonce\": ")
            .unwrap();
        let digits = rest.split(|c: char| !c.is_ascii_digit()).next().unwrap();
        digits.parse::<i64>().unwrap()
    };
    let completed = |model: &Model| {
        let snapshot = model.selected_snapshot().unwrap();
        snapshot.completed_at.unwrap().as_second()
    };
    let mut model = sample_model(SIZE);
    let before = nonce(&model);
    assert_eq!(before, completed(&model));
    keys(&mut model, &[Key::Char('6'), Key::Char('m')]);
    assert_eq!(nonce(&model), before);
    keys(&mut model, &[Key::Char('1'), Key::Esc, Key::Char('j')]);
    assert_eq!(nonce(&model), completed(&model));
    assert_ne!(nonce(&model), before);
}

#[test]
fn verification_is_asked_for_once_at_a_time_and_its_words_are_made_safe() {
    let mut model = sample_model(SIZE);
    let location = at(&format!("{FRAUD}/chk-912"));
    let asked = Effect::Verify {
        location: location.clone(),
        depth: Depth::Presence,
    };
    assert_eq!(keys(&mut model, &[Key::Char('v'), Key::Char('v')]), [asked]);
    let verified = Verified {
        sound: false,
        summary: "1 file is missing".into(),
        details: vec!["a\u{1b}[2Jb".into()],
    };
    send(
        &mut model,
        Message::Verified {
            location: location.clone(),
            result: Ok(verified),
        },
    );
    let shown = format!("{:?}", model.verifications[&location]);
    assert!(shown.contains("a\\\\x1b[2Jb"), "{shown}");
}

#[test]
fn the_palette_runs_what_it_finds() {
    let mut model = sample_model(SIZE);
    typed(&mut model, ":fate");
    keys(&mut model, &[Key::Enter]);
    assert_eq!((model.tab, model.popups.len()), (Tab::Fate, 0));
}

#[test]
fn on_a_small_screen_the_detail_opens_over_the_table() {
    let mut model = sample_model((80, 24));
    assert!(model.table_visible() && !model.detail_visible());
    keys(&mut model, &[Key::Enter]);
    assert!(!model.table_visible() && model.detail_visible());
    send(
        &mut model,
        Message::Resized {
            columns: 132,
            rows: 36,
        },
    );
    assert!(model.table_visible() && model.detail_visible() && !model.detail_open);
    send(
        &mut model,
        Message::Resized {
            columns: 80,
            rows: 24,
        },
    );
    assert_eq!((model.focus, model.detail_visible()), (Focus::Table, false));
}

#[test]
fn quitting_closes_a_popup_first() {
    let mut model = sample_model(SIZE);
    assert_eq!(keys(&mut model, &[Key::Char('?'), Key::Char('q')]), []);
    assert_eq!(keys(&mut model, &[Key::Char('q')]), [Effect::Quit]);
    assert_eq!(
        send(&mut model, Message::Command(CommandId::Interrupt)),
        [Effect::Quit]
    );
}

#[test]
fn text_of_documents_is_made_safe_once() {
    let mut document = sample::document(&checkpoint(912, 12));
    document.operators[0].name = Some("evil\u{1b}]52;c;x\u{7}".to_owned());
    document.files[0].uri = "file:/a\u{202e}b".to_owned();
    let sheet = Sheet::new(document);
    assert_eq!(sheet.operators[0].label, "evil\\x1b]52;c;x\\x07");
    assert!(
        sheet
            .files
            .iter()
            .any(|file| file.uri == "file:/a\\u{202e}b")
    );
}

#[test]
fn keys_of_an_order_never_contradict_it() {
    let model = sample_model(SIZE);
    let rows: Vec<Row<'_>> = model
        .snapshots
        .values()
        .map(|snapshot| Row {
            snapshot,
            lineage: model
                .lineage(snapshot.lineage)
                .map_or("", |lineage| &lineage.name),
            called: model.called_by_id(snapshot.lineage),
            clusters: &model.clusters,
        })
        .collect();
    for column in Column::ALL {
        for sort in [Sort::by(column), Sort::by(column).reversed()] {
            for a in &rows {
                for b in &rows {
                    let by_key = sort.key(a).cmp(&sort.key(b));
                    assert!(by_key.is_eq() || by_key == sort.compare(a, b), "{sort:?}");
                }
            }
        }
    }
}
