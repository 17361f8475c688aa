//! The screen of space: what it shows, what its keys do, and what it does when things change under it.

use std::sync::Arc;

use jiff::SignedDuration;
use ratatui::buffer::Buffer;
use stateward::app::effect::Effect;
use stateward::app::key::Key;
use stateward::app::message::{Message, Weighed};
use stateward::app::model::{Model, Popup, Tab};
use stateward::app::sheet::Sheet;
use stateward::app::space::{List, What};
use stateward::app::update::update;
use stateward::domain::snapshot::{LineageId, Snapshot};
use stateward::inventory::delta::Delta;
use stateward::tui::theme::ThemeName;

use super::tui_sample::{self as sample, now, send};
use super::tui_screens::{after, look, press, render};

/// What is on the screen, line by line.
fn lines(buffer: &Buffer) -> String {
    let width = usize::from(buffer.area.width);
    let rows = buffer.content().chunks(width);
    let lines = rows.map(|row| {
        row.iter()
            .map(ratatui::buffer::Cell::symbol)
            .collect::<String>()
    });
    lines
        .map(|line| line.trim_end().to_owned() + "\n")
        .collect()
}

fn shown(model: &mut Model, ascii: bool) -> String {
    lines(&render(model, &look(ThemeName::Mono, ascii)))
}

#[test]
fn the_screen_at_three_sizes() {
    for size in [(80, 24), (120, 40), (40, 10)] {
        let name = |what: &str| format!("space_{what}_{}x{}", size.0, size.1);
        insta::assert_snapshot!(name("lineages"), shown(&mut after(size, "U"), false));
        insta::assert_snapshot!(name("snapshots"), shown(&mut after(size, "Ul↓↓"), false));
        insta::assert_snapshot!(name("operators"), shown(&mut after(size, "Ul↓↓↓↓⇥"), false));
    }
    insta::assert_snapshot!("space_ascii", shown(&mut after((80, 24), "Ul↓"), true));
}

#[test]
fn how_many_there_are_is_no_part_of_a_column_s_title() {
    for size in [(80, 24), (120, 40)] {
        let screen = shown(&mut after(size, "U"), false);
        let number = after(size, "U").space.lineages.len();
        assert!(
            screen.contains(&format!("each file once · {number} lineages ")),
            "{screen}"
        );
        assert!(screen.contains("LINEAGE  "), "{screen}");
        let screen = shown(&mut after(size, "Ul↓↓↓↓⇥"), false);
        assert!(screen.contains("on disk, by 6 operators"), "{screen}");
        assert!(screen.contains("OPERATOR  "), "{screen}");
    }
    // Titles and values stand apart.
    let screen = shown(&mut after((120, 40), "Ul"), false);
    assert!(
        screen.contains("SHARED  CHECKPOINTS  SAVEPOINTS"),
        "{screen}"
    );
    for size in [(80, 24), (120, 40)] {
        let screen = shown(&mut after(size, "Ul"), false);
        assert!(screen.contains("s  externalized"), "{screen}");
    }
}

#[test]
fn all_rows_together_are_what_the_title_says() {
    let model = after((80, 24), "U");
    let space = &model.space;
    let lineages: u64 = model.lineages.iter().map(|lineage| lineage.bytes).sum();
    assert_eq!(space.total(), lineages);
    let model = after((80, 24), "Ul↓↓↓↓⇥");
    let operators = &model.space.operators;
    let rows: u64 = operators.rows.iter().map(|row| row.part.held.total()).sum();
    assert_eq!(rows, operators.sheet().unwrap().space.total().total());
    let files: usize = operators.rows.iter().map(|row| row.part.files).sum();
    assert_eq!(files, operators.sheet().unwrap().files.len() + 1);
    assert!(operators.rows.iter().any(|row| row.what == What::Several));
}

#[test]
fn it_opens_at_the_largest_lineage_and_in_a_scope_at_that() {
    let model = after((80, 24), "U");
    let largest = model.lineages.iter().max_by_key(|it| it.bytes).unwrap();
    assert_eq!(model.space.chosen_lineage().unwrap().id, largest.id);
    let model = after((120, 40), "]]U");
    assert_eq!(model.space.chosen_lineage().map(|it| it.id), model.scope);
    assert!(model.scope.is_some_and(|scope| scope != largest.id));
    let of_lineage = |it: &Arc<Snapshot>| Some(it.lineage) == model.scope;
    assert!(model.space.snapshots.iter().all(of_lineage));
    assert_eq!(model.space.snapshots.len(), 2);
}

#[test]
fn what_the_numbers_leave_open_is_said() {
    let unchecked = "could not be looked at count with the length";
    assert!(!shown(&mut after((80, 24), "U"), false).contains(unchecked));
    let mut model = after((80, 24), "UG");
    assert!(model.space.chosen_lineage().unwrap().unchecked);
    let text = shown(&mut model, false);
    assert!(text.contains(unchecked), "{text}");

    // Something is being written, and nothing can be said of it yet.
    let mut lineages: Vec<_> = model.lineages.to_vec();
    let mut largest = lineages.iter_mut().max_by_key(|it| it.bytes);
    let largest = largest.as_mut().unwrap();
    largest.space.unsettled = 3 << 30;
    largest.bytes += 3 << 30;
    tell(&mut model, vec![Delta::Lineages(lineages.into())]);
    press(&mut model, "g");
    let text = shown(&mut model, false);
    assert!(text.contains("23 GiB on disk"), "{text}");
    assert!(text.contains("░░ not settled"), "{text}");
    assert!(text.contains("3 GiB not settled: being written"), "{text}");
}

#[test]
fn snapshots_are_ordered_by_what_is_freed_and_by_key_by_what_they_refer_to() {
    let mut model = after((80, 24), "Ul");
    let freed = |it: &Arc<Snapshot>| it.sizes.freed;
    assert!(
        model
            .space
            .snapshots
            .is_sorted_by_key(|it| u64::MAX - freed(it))
    );
    press(&mut model, "↓");
    let chosen = model.space.chosen_snapshot().unwrap().clone();
    press(&mut model, "s");
    let refer = |it: &Arc<Snapshot>| it.sizes.refer;
    assert!(
        model
            .space
            .snapshots
            .is_sorted_by_key(|it| u64::MAX - refer(it))
    );
    assert_eq!(model.space.chosen_snapshot(), Some(&chosen));
}

#[test]
fn return_goes_to_a_lineage_or_to_a_snapshot() {
    let model = after((120, 40), "U↓⏎");
    assert!(model.popups.is_empty());
    assert_eq!(model.scope, Some(LineageId(2)));
    assert!(
        model
            .index
            .rows
            .iter()
            .all(|row| row.lineage == LineageId(2))
    );

    let mut model = after((120, 40), "Ul↓↓");
    let chosen = model.space.chosen_snapshot().unwrap().location.clone();
    assert_ne!(model.selected.as_ref(), Some(&chosen));
    press(&mut model, "⏎");
    assert_eq!((model.popups.len(), model.scope), (0, None));
    assert_eq!(model.selected, Some(chosen));

    // From operators, to what the table's detail says of them.
    let model = after((120, 40), "Ul↓↓↓↓⇥⏎");
    assert_eq!(model.tab, Tab::Operators);
    assert_eq!(
        model.selected,
        model
            .space
            .operators
            .of
            .as_ref()
            .map(|it| it.location.clone())
    );

    // In the scope of another lineage, the scope changes with it.
    let model = after((120, 40), "]]Uh↑l⏎");
    assert_eq!(
        model.scope,
        Some(model.selected_snapshot().unwrap().lineage)
    );
    assert_eq!(model.scope, Some(LineageId(1)));
}

#[test]
fn it_does_not_go_to_what_the_filter_hides() {
    let mut model = after((120, 40), "/kind:checkpoint age<1s⏎Ul⏎");
    assert!(matches!(model.popups.last(), Some(Popup::Space)));
    assert!(
        model
            .notice
            .as_ref()
            .unwrap()
            .text
            .contains("hidden by the filter")
    );
    press(&mut model, "⎋");
    assert!(model.popups.is_empty());
}

#[test]
fn what_is_chosen_stays_chosen_when_others_come_and_go() {
    let mut model = after((80, 24), "Ul↓↓");
    let chosen = model.space.chosen_snapshot().unwrap().clone();
    let mut large = Snapshot::clone(&chosen);
    large.location = sample::at("large/chk-1");
    large.sizes.freed = u64::MAX / 2;
    let before = model.space.snapshots.len();
    tell(&mut model, vec![Delta::Upserted(Arc::new(large))]);
    assert_eq!(model.space.snapshots.len(), before + 1);
    assert_eq!(model.space.chosen_snapshot(), Some(&chosen));
    assert_eq!(model.space.snapshot, 3);

    let next = model.space.snapshots[4].clone();
    tell(&mut model, vec![Delta::Removed(chosen.location.clone())]);
    assert_eq!(model.space.chosen_snapshot(), Some(&next));

    let lineages = model.lineages.iter().filter(|it| it.id != LineageId(1));
    let lineages = lineages.cloned().collect();
    tell(&mut model, vec![Delta::Lineages(lineages)]);
    assert_eq!(model.space.lineage, 0);
    assert_eq!(model.space.chosen_lineage().unwrap().id, LineageId(2));
    assert!(
        model
            .space
            .snapshots
            .iter()
            .all(|it| it.lineage == LineageId(2))
    );
}

fn tell(model: &mut Model, deltas: Vec<Delta>) {
    send(model, Message::Inventory(deltas));
    send(model, Message::Tick(now()));
}

/// A model on the operators of a snapshot that is not the selected one, and what was asked for.
fn waiting() -> (Model, u64, Arc<Snapshot>) {
    let mut model = after((80, 24), "Ul↓↓↓↓↓");
    let chosen = model.space.chosen_snapshot().unwrap().clone();
    assert_ne!(model.selected.as_ref(), Some(&chosen.location));
    let effects = update(&mut model, Message::Key(Key::Tab));
    let [
        Effect::WeighOperators {
            generation,
            location,
        },
    ] = effects.as_slice()
    else {
        panic!("{effects:?}");
    };
    assert_eq!(*location, chosen.location);
    (model, *generation, chosen)
}

fn answer(snapshot: &Snapshot, generation: u64) -> Message {
    Message::OperatorsWeighed(Weighed {
        generation,
        location: snapshot.location.clone(),
        result: Ok(Arc::new(Sheet::new(sample::document(snapshot)))),
    })
}

#[test]
fn only_the_answer_to_the_last_question_counts() {
    let (mut model, generation, chosen) = waiting();
    assert!(shown(&mut model, false).contains("Reading its metadata."));
    send(&mut model, answer(&chosen, generation - 1));
    assert!(model.space.operators.sheet().is_none());
    send(&mut model, answer(&chosen, generation));
    assert!(model.space.operators.sheet().is_some());
    assert!(shown(&mut model, false).contains("on disk, by 6 operators"));

    // Closed and opened again, an old answer is still old.
    press(&mut model, "⎋Ul↓↓↓↓↓");
    let effects = update(&mut model, Message::Key(Key::Tab));
    assert!(
        matches!(effects.as_slice(), [Effect::WeighOperators { generation: newer, .. }] if *newer > generation),
        "{effects:?}"
    );
    send(&mut model, answer(&chosen, generation));
    assert!(model.space.operators.sheet().is_none());
}

#[test]
fn a_failure_is_said_and_text_from_outside_is_scrubbed() {
    let (mut model, generation, chosen) = waiting();
    let message = Message::OperatorsWeighed(Weighed {
        generation,
        location: chosen.location.clone(),
        result: Err("it \u{1b}[31mwent".to_owned()),
    });
    send(&mut model, message);
    let text = shown(&mut model, false);
    assert!(text.contains("It could not be read: it"), "{text}");
    assert!(!text.contains('\u{1b}'));
}

#[test]
fn operators_follow_their_snapshot_and_are_left_when_it_goes() {
    let (mut model, generation, chosen) = waiting();
    send(&mut model, answer(&chosen, generation));
    let mut changed = Snapshot::clone(&chosen);
    changed.sizes.freed += 1;
    update(
        &mut model,
        Message::Inventory(vec![Delta::Upserted(Arc::new(changed))]),
    );
    let effects = update(&mut model, Message::Tick(now()));
    assert!(
        matches!(effects.as_slice(), [Effect::WeighOperators { .. }]),
        "{effects:?}"
    );
    // Meanwhile what is known is shown.
    assert!(model.space.operators.sheet().is_some());
    tell(&mut model, vec![Delta::Removed(chosen.location.clone())]);
    assert_eq!(model.space.list, List::Snapshots);
    assert!(model.notice.as_ref().unwrap().text.contains("vanished"));
}

#[test]
fn operators_of_neighbours_are_a_key_away_and_the_chosen_one_stays_chosen() {
    let mut model = after((80, 24), "Ul↓↓↓↓⇥↓");
    let label = |model: &Model| {
        let operators = &model.space.operators;
        match operators.rows[operators.chosen].what {
            What::Operator(at) => operators.sheet().unwrap().operators[at].label.clone(),
            other => format!("{other:?}"),
        }
    };
    let of = |model: &Model| model.space.operators.of.as_ref().unwrap().location.clone();
    let (first, chosen) = (of(&model), label(&model));
    press(&mut model, ">");
    assert_ne!(of(&model), first);
    assert_eq!(label(&model), chosen);
    press(&mut model, "<");
    assert_eq!((of(&model), label(&model)), (first.clone(), chosen.clone()));
    // Another order does not choose another one, and neither does the way through one without operators.
    press(&mut model, "s<");
    assert_eq!(label(&model), chosen);
    press(&mut model, "<");
    assert!(model.space.operators.of.as_ref().unwrap().facts.is_none());
    press(&mut model, ">>");
    assert_eq!((of(&model), label(&model)), (first.clone(), chosen));
    press(&mut model, "⇥");
    assert_eq!(model.space.chosen_snapshot().unwrap().location, first);
}

#[test]
fn a_snapshot_without_metadata_has_no_operators_to_show() {
    let mut model = after((80, 24), "Ul");
    let at = model
        .space
        .snapshots
        .iter()
        .position(|it| it.facts.is_none());
    press(&mut model, &"↓".repeat(at.unwrap()));
    assert_eq!(update(&mut model, Message::Key(Key::Tab)), []);
    let text = shown(&mut model, false);
    assert!(text.contains("nothing is known of its operators"), "{text}");
    press(&mut model, "⇥");
    assert_eq!(model.space.list, List::Snapshots);
}

#[test]
fn the_selected_snapshot_is_not_read_twice() {
    let mut model = after((80, 24), "U");
    let effects = update(&mut model, Message::Key(Key::Tab));
    assert_eq!(effects, []);
    let of = model.space.operators.of.as_ref().unwrap();
    assert_eq!(Some(&of.location), model.selected.as_ref());
    assert!(model.space.operators.sheet().is_some());
}

#[test]
fn nothing_to_show_is_said() {
    let mut model = after((80, 24), "U");
    let places: Vec<_> = model.snapshots.keys().cloned().collect();
    let mut deltas: Vec<Delta> = places.into_iter().map(Delta::Removed).collect();
    deltas.push(Delta::Lineages(Vec::new().into()));
    tell(&mut model, deltas);
    press(&mut model, "↓lG⏎s⇥");
    let text = shown(&mut model, false);
    assert!(text.contains("No snapshots"), "{text}");
    // Where there is nothing at all, it is not offered.
    press(&mut model, "⎋U");
    assert!(model.popups.is_empty());
}

#[test]
fn a_frame_works_nothing_out_and_ages_go_on() {
    let mut model = after((80, 24), "U");
    let before = model.space.lineages.as_ptr();
    let later = now() + SignedDuration::from_secs(5);
    send(&mut model, Message::Tick(later));
    shown(&mut model, false);
    assert_eq!(model.space.lineages.as_ptr(), before);
}
