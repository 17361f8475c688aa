//! What-if and side by side on the screen: what they show, what their keys do, and that nothing of it happens for real.

use std::sync::Arc;

use ratatui::buffer::Cell;
use stateward::analysis::beside::Row;
use stateward::analysis::whatif::{Event, File, Held, Piece, Use, Whereabouts, World};
use stateward::app::effect::Effect;
use stateward::app::key::Key;
use stateward::app::message::Message;
use stateward::app::model::{Model, Popup};
use stateward::domain::snapshot::{Kind, Snapshot};
use stateward::inventory::delta::Delta;
use stateward::tui::theme::ThemeName;

use super::tui_sample::{Dice, sample_model, send};
use super::tui_screens::{after, look, press, render};

const MIB: u64 = 1 << 20;

/// A world of the lineage of the selected snapshot: each checkpoint has files of its own, and shares others with those
/// before and after it; a savepoint has files of its own.
fn world(model: &Model) -> World {
    let lineage = model.selected_snapshot().unwrap().lineage;
    let mut rows: Vec<&Arc<Snapshot>> = model
        .snapshots
        .values()
        .filter(|it| it.lineage == lineage)
        .collect();
    rows.sort_by_key(|it| (it.completed_at, it.checkpoint_id()));
    let mut world = World::default();
    let mut dice = Dice(5);
    let mut older: Vec<usize> = Vec::new();
    for row in rows {
        let metadata = row.facts.as_ref().map(|it| it.metadata_bytes);
        let is_checkpoint = row.kind != Kind::Savepoint;
        let mut uses = Vec::new();
        let mut name = |held, bytes: u64, uses: &mut Vec<Use>| {
            let (file, name) = (world.files.len(), dice.uuid());
            world.files.push(File { name, bytes });
            uses.push(Use {
                file,
                held,
                disposed: true,
            });
            file
        };
        if metadata.is_some() && is_checkpoint {
            // What is compacted away is no longer named.
            older.drain(..older.len().min(6));
            uses.extend(older.iter().map(|file| Use {
                file: *file,
                held: Held::Registry,
                disposed: true,
            }));
            let new = if older.is_empty() { 18 } else { 6 };
            for at in 0..new {
                older.push(name(Held::Registry, (220 + at * 17) * MIB, &mut uses));
            }
            name(Held::Own, 4 * MIB, &mut uses);
        } else if metadata.is_some() {
            for _ in 0..3 {
                name(Held::Own, 1_900 * MIB, &mut uses);
            }
        }
        world.pieces.push(Piece::new(row.clone(), metadata, uses));
    }
    world
}

fn answer(model: &mut Model, generation: u64, world: Option<World>) {
    send(
        model,
        Message::LineageCopied {
            generation,
            world: world.map(Arc::new),
        },
    );
}

/// The screen after some keys.
pub(crate) fn opened(size: (u16, u16), keys: &str) -> Model {
    let mut model = sample_model(size);
    press(&mut model, "↓");
    let effects = send(&mut model, Message::Key(Key::Char('w')));
    let [
        Effect::CopyLineage {
            generation,
            location,
        },
    ] = effects.as_slice()
    else {
        panic!("{effects:?}");
    };
    assert_eq!(Some(location), model.selected.as_ref());
    let world = world(&model);
    answer(&mut model, *generation, Some(world));
    press(&mut model, keys);
    model
}

fn shown(model: &mut Model, theme: ThemeName, ascii: bool) -> String {
    let buffer = render(model, &look(theme, ascii));
    let rows = buffer.content().chunks(usize::from(buffer.area.width));
    rows.map(|row| row.iter().map(Cell::symbol).collect::<String>())
        .map(|line| line.trim_end().to_owned() + "\n")
        .collect()
}

#[test]
fn what_if_at_three_sizes() {
    for size in [(80, 24), (120, 40), (200, 60), (40, 10)] {
        let name = format!("whatif_{}x{}", size.0, size.1);
        insta::assert_snapshot!(
            name,
            shown(&mut opened(size, "c↓x"), ThemeName::Mono, false)
        );
    }
    insta::assert_snapshot!(
        "whatif_start",
        shown(&mut opened((80, 24), ""), ThemeName::Mono, false)
    );
    insta::assert_snapshot!(
        "whatif_ascii",
        shown(&mut opened((80, 24), "F"), ThemeName::Mono, true)
    );
    let words = shown(&mut opened((80, 24), "u"), ThemeName::Mono, false);
    assert_eq!(
        shown(&mut opened((80, 24), "u"), ThemeName::Light, false),
        words
    );
}

#[test]
fn every_mark_of_where_an_answer_comes_from_is_explained() {
    for size in [(60, 20), (80, 24), (120, 40), (160, 40)] {
        let text = shown(&mut after(size, "b"), ThemeName::Mono, false);
        for tag in ["own", "disk", "told", "inf", "doc"] {
            let marked = text.contains(&format!(" {tag} "));
            assert_eq!(text.contains(&format!(" {tag}: ")), marked, "{tag} {text}");
        }
    }
}

#[test]
fn a_reason_does_not_say_its_answer_twice() {
    let mut model = after((120, 40), "bll↓");
    let text = shown(&mut model, ThemeName::Mono, false);
    assert!(!text.contains("you: Yours"), "{text}");
    assert!(text.contains("you: Flink deletes it only if"), "{text}");
}

#[test]
fn on_the_smallest_screen_a_question_and_its_answer_stand_side_by_side() {
    for row in 0..Row::ALL.len() {
        let mut model = after((40, 10), &format!("b{}", "↓".repeat(row)));
        let text = shown(&mut model, ThemeName::Mono, false);
        let Some(Popup::Beside(beside)) = model.popups.last() else {
            panic!("{:?}", model.popups);
        };
        let title = Row::ALL[row].title();
        let answer = &beside.columns[beside.column].cell(Row::ALL[row]).word;
        let answer: String = answer.chars().take(8).collect();
        let is_it = |line: &str| line.contains(title) && line.contains(&answer);
        assert!(text.lines().any(is_it), "{title} {answer}\n{text}");
    }
}

#[test]
fn who_else_names_a_file_is_told_whole_at_80_columns() {
    let mut model = opened((80, 40), "x↓x");
    let text = shown(&mut model, ThemeName::Mono, false);
    let files: Vec<&str> = text.lines().filter(|line| line.contains("iB  ")).collect();
    assert!(
        files.iter().any(|line| line.contains("nobody else")),
        "{text}"
    );
    assert!(!text.contains("named b"), "{text}");
}

#[test]
fn side_by_side_at_three_sizes() {
    for size in [(80, 24), (120, 40), (200, 60), (40, 10)] {
        let name = format!("beside_{}x{}", size.0, size.1);
        insta::assert_snapshot!(name, shown(&mut after(size, "b"), ThemeName::Mono, false));
    }
    let right = &mut after((80, 24), "bl↓↓↓↓");
    insta::assert_snapshot!("beside_right", shown(right, ThemeName::Mono, false));
    insta::assert_snapshot!(
        "beside_ascii",
        shown(&mut after((80, 24), "bG"), ThemeName::Mono, true)
    );
    let in_flight = "]]b";
    insta::assert_snapshot!(
        "beside_unaligned",
        shown(&mut after((120, 40), in_flight), ThemeName::Light, false)
    );
}

#[test]
fn every_key_is_an_event_and_asks_for_nothing() {
    let keys = [
        ('c', Event::Cancelled),
        ('f', Event::Failed),
        ('F', Event::Finished),
        ('s', Event::Suspended),
        ('u', Event::Subsumed),
        ('x', Event::Disposed),
    ];
    for (key, event) in keys {
        let mut model = opened((80, 24), "");
        let effects = send(&mut model, Message::Key(Key::Char(key)));
        assert_eq!(effects, [], "{key}");
        assert_eq!(model.whatif.steps.last().map(|it| it.event), Some(event));
        let text = shown(&mut model, ThemeName::Mono, false);
        assert!(text.contains("NOTHING HAPPENS FOR REAL"), "{text}");
    }
}

#[test]
fn a_step_is_taken_back() {
    let mut model = opened((80, 24), "F");
    let finished = model.whatif.outcome.clone();
    press(&mut model, "x⌫");
    assert_eq!(model.whatif.outcome, finished);
    press(&mut model, "⌫");
    assert!(model.whatif.steps.is_empty());
    let is_there = |is: &Whereabouts| *is == Whereabouts::There;
    assert!(
        model
            .whatif
            .outcome
            .pieces
            .iter()
            .all(|it| is_there(&it.is))
    );
    // Once more there is nothing to take back.
    press(&mut model, "⌫");
    assert!(matches!(model.popups.last(), Some(Popup::WhatIf)));
}

#[test]
fn a_disposal_after_a_cancellation_breaks_the_neighbours_and_the_screen_says_so() {
    let mut model = opened((120, 40), "c↓x");
    assert!(model.whatif.outcome.broken().count() >= 2);
    let text = shown(&mut model, ThemeName::Mono, false);
    assert!(text.contains("BROKEN, though not deleted"), "{text}");
    assert!(text.contains("files gone"), "{text}");
}

#[test]
fn closing_forgets_what_was_played_and_the_rows_never_knew() {
    let mut model = opened((80, 24), "F");
    let rows = sample_model((80, 24)).snapshots;
    assert_eq!(model.snapshots, rows);
    press(&mut model, "⎋");
    assert!(model.popups.is_empty());
    let generation = model.whatif.generation;
    // An answer that comes too late opens nothing.
    let world = world(&model);
    answer(&mut model, generation, Some(world));
    assert!(model.popups.is_empty());
    send(&mut model, Message::Key(Key::Char('w')));
    assert!(model.whatif.steps.is_empty());
    answer(&mut model, generation, None);
    assert!(
        matches!(model.popups.last(), Some(Popup::WhatIf)),
        "an old answer"
    );
    answer(&mut model, generation + 1, None);
    assert!(model.popups.is_empty());
    assert!(model.notice.as_ref().unwrap().text.contains("vanished"));
}

#[test]
fn columns_turn_within_their_bounds() {
    let chosen = |keys: &str| match after((80, 24), keys).popups.last() {
        Some(Popup::Beside(beside)) => (beside.column, beside.row),
        other => panic!("{other:?}"),
    };
    assert_eq!(chosen("bh"), (0, 0));
    assert_eq!(chosen("bllllllll"), (4, 0));
    assert_eq!(chosen("blhlj"), (2, 1));
    // It opens where the selected snapshot stands.
    assert_eq!(chosen("b"), (1, 0));
}

/// A cluster may tell of a lineage only when the screen is open already.
#[test]
fn what_joins_or_leaves_the_lineage_does_so_side_by_side_too() {
    let named = |model: &Model| match model.popups.last() {
        Some(Popup::Beside(beside)) => {
            let rows = beside.columns.iter().filter_map(|it| it.of.as_ref());
            rows.map(|it| it.location.clone()).collect::<Vec<_>>()
        }
        other => panic!("{other:?}"),
    };
    let mut model = after((120, 40), "bl");
    let before = named(&model);
    let lineage = model.selected_snapshot().unwrap().lineage;
    let is_stranger = |it: &&Arc<Snapshot>| {
        it.lineage != lineage && it.kind == Kind::Savepoint && it.facts.is_some()
    };
    let stranger = model.snapshots.values().find(is_stranger).unwrap().clone();
    let joined = Snapshot {
        lineage,
        completed_at: Some(model.now),
        ..(*stranger).clone()
    };
    let told = |model: &mut Model, delta: Delta| {
        send(model, Message::Inventory(vec![delta]));
        send(model, Message::Tick(model.now));
        named(model)
    };
    let with_it = told(&mut model, Delta::Upserted(Arc::new(joined)));
    assert!(with_it.contains(&stranger.location), "{with_it:?}");
    assert_eq!(told(&mut model, Delta::Upserted(stranger)), before);
    let gone = before[0].clone();
    assert!(!told(&mut model, Delta::Removed(gone.clone())).contains(&gone));
    let Some(Popup::Beside(beside)) = model.popups.last() else {
        panic!("it stays open");
    };
    assert_eq!(beside.column, 2, "and where it was");
}

/// The question of old: what is the difference, and which one do I restart from.
#[test]
fn the_old_question_is_answered_on_one_screen() {
    let text = shown(&mut after((120, 40), "b"), ThemeName::Mono, false);
    for word in [
        "checkpoint",
        "externalized checkpoint",
        "savepoint",
        "owner",
        "subsumed",
        "finished",
        "cancelled",
        "failed",
        "suspended",
        "format",
        "can be moved",
        "rescaling",
        "other backend",
        "other job graph",
        "kept",
        "deleted",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
}
