//! Screens as text, at three sizes and in four states; and whatever happens, no panic.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should fail where it stands"
)]

use std::path::Path;
use std::sync::Arc;

use jiff::SignedDuration;
use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use stateward::app::command::{COMMANDS, CommandId};
use stateward::app::key::Key;
use stateward::app::message::Message;
use stateward::app::model::Model;
use stateward::domain::claim::ClaimMode;
use stateward::domain::heirs::Restart;
use stateward::domain::hold::Hold;
use stateward::domain::snapshot::{Facts, Fate, Health, RootState, Snapshot, Verdict};
use stateward::inventory::delta::Delta;
use stateward::tui::theme::ThemeName;
use stateward::tui::view::draw;

use super::tui_sample::{self as sample, sample_model, send};
use super::tui_screens::{after, loading, look, press, render, troubled_roots};

pub(super) fn text(model: &mut Model, ascii: bool) -> String {
    let mut terminal = Terminal::new(TestBackend::new(model.size.0, model.size.1)).unwrap();
    let mut view = std::mem::take(&mut model.view);
    terminal
        .draw(|frame| draw(frame, model, &mut view, &look(ThemeName::Mono, ascii)))
        .unwrap();
    model.view = view;
    terminal.backend().to_string()
}

#[test]
fn screens_at_three_sizes() {
    for size in [(80, 24), (120, 40), (40, 10)] {
        let name = |state: &str| format!("{state}_{}x{}", size.0, size.1);
        let empty = sample::model_of(vec![sample::root(RootState::Ready)], Vec::new(), size);
        insta::assert_snapshot!(name("full"), text(&mut sample_model(size), false));
        insta::assert_snapshot!(name("loading"), text(&mut loading(size), false));
        insta::assert_snapshot!(name("empty"), text(&mut { empty }, false));
        insta::assert_snapshot!(name("trouble"), text(&mut troubled_roots(size), false));
    }
}

#[test]
fn the_detail_at_80x24() {
    for (name, keys) in [
        ("operators", "2"),
        ("files", "3"),
        ("rescale", "4"),
        ("fate", "5"),
        ("restart", "6"),
        ("explain", "7"),
    ] {
        insta::assert_snapshot!(
            format!("detail_{name}"),
            text(&mut after((80, 24), keys), false)
        );
    }
}

/// Job 7bf6bd… was restored with CLAIM from what the screen is about, by a note.
fn claimed(mut snapshot: Snapshot) -> Snapshot {
    snapshot.heirs.restored.push(Restart {
        job: sample::SESSIONS.parse().unwrap(),
        claim_mode: Some(ClaimMode::Claim),
    });
    snapshot
}

#[test]
fn what_a_job_claimed_is_told_alike_at_80x24() {
    let savepoint = sample::savepoint("savepoint-7bf6bd-11ab09c4d7f2", 900, 90, 1, 1 << 30);
    for (name, keys) in [("overview", "1"), ("fate", "5")] {
        let delta = Delta::Upserted(Arc::new(claimed(savepoint.clone())));
        let mut model =
            sample::model_of(vec![sample::root(RootState::Ready)], vec![delta], (80, 24));
        press(&mut model, keys);
        insta::assert_snapshot!(format!("claimed_{name}"), text(&mut model, false));
    }
    let overview = alone(claimed(savepoint.clone()), "1");
    assert!(
        overview.contains("no, only copied") && overview.contains("job b1f04c77… claimed it"),
        "{overview}"
    );
    let shown = alone(claimed(savepoint), "");
    let is_row = |it: &&str| it.contains("savepoint") && it.contains("complete");
    let row = shown.lines().find(is_row).unwrap();
    assert!(row.contains("Flink"), "{row}");
}

#[test]
fn too_small_a_screen_says_what_it_needs() {
    let shown = text(&mut sample_model((20, 6)), false).replace(['"', '\n', ' '], "");
    assert!(
        shown.contains("statewardneeds40x10cells;thisterminalhas20x6"),
        "{shown}"
    );
}

/// The screen with this snapshot alone, after some keys.
fn alone(snapshot: Snapshot, keys: &str) -> String {
    let delta = Delta::Upserted(Arc::new(snapshot));
    let mut model = sample::model_of(vec![sample::root(RootState::Ready)], vec![delta], (132, 50));
    press(&mut model, keys);
    text(&mut model, false)
}

fn with_facts(change: impl FnOnce(&mut Facts)) -> Snapshot {
    let mut snapshot = sample::checkpoint(912, 12);
    change(Arc::make_mut(snapshot.facts.as_mut().unwrap()));
    snapshot
}

#[test]
fn commands_that_cannot_work_are_marked() {
    let shown = alone(sample::checkpoint(912, 12), "6⇥");
    assert!(shown.contains("Of Flink 2.x, only 2.1 and later can read metadata version 6."));
    assert!(!shown.contains("not supported with the changelog"));
    let shown = alone(sample::checkpoint(912, 12), "6⇥fff");
    assert!(shown.contains("Flink 1.20 cannot read metadata version 6; only 2.1 and later can."));
    let changelog = || with_facts(|facts| facts.format.changelog = true);
    let warns = |keys| alone(changelog(), keys).contains("not supported with the changelog");
    assert!(warns("6⇥") && !warns("6⇥m"));
}

#[test]
fn bounds_are_marked_as_such() {
    let mut snapshot = sample::checkpoint(912, 12);
    let exact = alone(snapshot.clone(), "");
    assert!(!exact.contains('≤') && exact.contains("by deleting it now"));
    snapshot.sizes_are_bounds = true;
    let shown = alone(snapshot, "");
    assert_eq!(
        shown.matches("≤22 MiB").count(),
        2,
        "table and overview: {shown}"
    );
    assert!(shown.contains("at most: 1 other cannot be read"));
}

#[test]
fn what_is_not_proven_never_looks_complete() {
    let mut unread = sample::checkpoint(912, 12);
    unread.unchecked_files = 3;
    let shown = alone(unread, "");
    assert!(shown.contains("? unverified") && shown.contains("? NOT PROVEN"));
    assert!(!shown.contains('✓') && !shown.contains("Its metadata parses, and every file"));
}

#[test]
fn what_may_not_be_read_is_not_called_damaged() {
    let mut unread = sample::checkpoint(912, 12);
    unread.health = Health::Corrupt;
    unread.facts = None;
    unread.unchecked_files = 1;
    let shown = alone(unread, "");
    assert!(shown.contains("? unreadable"), "{shown}");
    assert!(!shown.contains("corrupt"), "{shown}");
}

#[test]
fn deleting_what_shares_nothing_breaks_nothing() {
    let mut snapshot = sample::checkpoint(912, 12);
    let risk = "may break newer ones";
    assert!(alone(snapshot.clone(), "").contains(risk));
    snapshot.sizes.freed = snapshot.sizes.refer;
    assert!(!alone(snapshot.clone(), "").contains(risk));
    snapshot.sizes_are_bounds = true;
    assert!(alone(snapshot, "").contains(risk));
}

#[test]
fn the_fate_has_the_number_of_checkpoints_that_are_retained_as_far_as_it_shows() {
    let fate = |ids: &[u64]| {
        let rows = ids.iter().zip(1..).map(|(id, at)| {
            let row = sample::checkpoint(*id, 100 - at);
            Delta::Upserted(Arc::new(row))
        });
        let roots = vec![sample::root(RootState::Ready)];
        let mut model = sample::model_of(roots, rows.collect(), (132, 50));
        press(&mut model, "5");
        text(&mut model, false)
    };
    let alone = fate(&[912]);
    assert!(alone.contains("num-retained (1 unless set)"), "{alone}");
    let three = fate(&[910, 911, 912]);
    assert!(
        three.contains("num-retained (at least 3, as 3 are here)"),
        "{three}"
    );
}

#[test]
fn what_was_left_behind_has_a_fate_of_its_own() {
    let snapshot = Snapshot {
        health: Health::Abandoned,
        facts: None,
        fate: Fate {
            subsumed: Verdict::Kept,
            finished: Verdict::Kept,
            cancelled: Verdict::Kept,
            failed: Verdict::Kept,
            suspended: Verdict::Kept,
            inferred: true,
            because: "its being left behind: Flink has forgotten it".to_owned(),
        },
        ..sample::checkpoint(912, 12)
    };
    let shown = alone(snapshot, "5");
    assert!(shown.contains("inferred from its being left behind: Flink has forgotten it"));
    assert_eq!(
        shown
            .matches("No job counts it among its checkpoints")
            .count(),
        5
    );
    assert!(!shown.contains("retained"), "{shown}");
}

#[test]
fn plans_say_only_what_is_so() {
    let mut snapshot = with_facts(|facts| facts.format.unaligned = true);
    let same = alone(snapshot.clone(), "4⇥");
    assert!(same.contains("goes back to the subtasks it came from"));
    assert!(!same.contains("dealt out anew"));
    assert!(alone(snapshot.clone(), "4⇥+").contains("dealt out anew"));
    let facts = Arc::make_mut(snapshot.facts.as_mut().unwrap());
    facts.rescale.max = 32_767;
    let shown = alone(snapshot, "4⇥");
    assert!(shown.contains("they differ by one key group") && !shown.contains("carry 0 %"));
}

#[test]
fn the_column_that_is_sorted_by_is_seen() {
    let shown = text(&mut after((80, 24), ""), false);
    assert!(!shown.contains("NEW"));
    let shown = text(&mut after((80, 24), "sgjjjjj⏎"), false);
    assert!(
        shown.contains("NEW▾") && shown.contains("by new, largest first"),
        "{shown}"
    );
}

#[test]
fn ascii_means_ascii() {
    for keys in ["", "2⇥⏎", "3", "4", "5", "6⇥", "?", ":", "s", "/x"] {
        let shown = text(&mut after((132, 36), keys), true);
        assert!(
            shown.is_ascii(),
            "{keys}: {:?}",
            shown.chars().find(|c| !c.is_ascii())
        );
    }
}

#[test]
fn colours_are_named_in_the_theme_alone() {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tui")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("theme.rs") {
                let source = std::fs::read_to_string(&path).unwrap();
                assert!(!source.contains("Color::"), "{}", path.display());
            }
        }
    }
}

#[test]
fn the_state_machine_knows_no_terminal() {
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/app")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let source = std::fs::read_to_string(&path).unwrap();
            for word in ["ratatui", "crossterm", "crate::tui", "Timestamp::now"] {
                assert!(!source.contains(word), "{} names {word}", path.display());
            }
        }
    }
}

#[test]
fn a_large_list_of_files_is_walked_only_where_it_is_seen() {
    let mut document = sample::document(&sample::checkpoint(912, 12));
    let file = document.files[0].clone();
    document.files = (0..400_000)
        .map(|at| {
            let mut file = file.clone();
            file.resolved = format!("{}{at}", file.resolved);
            file.bytes = at;
            file
        })
        .collect();
    let mut model = after((120, 40), "3⏎");
    let (generation, location) = (model.document.generation, model.selected.clone().unwrap());
    let sheet = stateward::app::sheet::Sheet::new(document);
    send(
        &mut model,
        Message::DocumentLoaded {
            generation,
            location,
            result: Ok(sheet.into()),
        },
    );
    send(&mut model, Message::Key(Key::Char('G')));
    let shown = text(&mut model, false);
    assert!(
        shown.contains("400,000 files") && shown.contains("0 B"),
        "{shown}"
    );
}

fn any_key() -> impl Strategy<Value = Key> {
    prop_oneof![
        8 => proptest::sample::select(COMMANDS.iter().flat_map(|command| command.keys).copied().collect::<Vec<_>>()),
        2 => any::<char>().prop_map(Key::Char),
    ]
}

fn any_message() -> impl Strategy<Value = Message> {
    let ids: Vec<CommandId> = COMMANDS.iter().map(|command| command.id).collect();
    let deltas = sample::deltas();
    prop_oneof![
        10 => any_key().prop_map(Message::Key),
        3 => proptest::sample::select(ids).prop_map(Message::Command),
        2 => (20_u16..250, 5_u16..80).prop_map(|(columns, rows)| Message::Resized { columns, rows }),
        2 => (0_u16..250, 0_u16..80).prop_map(|(column, row)| Message::Click { column, row }),
        3 => proptest::sample::select(deltas.clone()).prop_map(|delta| Message::Inventory(vec![delta])),
        2 => proptest::sample::select(deltas).prop_map(|delta| Message::Inventory(vec![match delta {
            Delta::Upserted(snapshot) => Delta::Removed(snapshot.location.clone()),
            other => other,
        }])),
        1 => (0_i64..100_000_000).prop_map(|s| Message::Tick(sample::now() + SignedDuration::from_secs(s - 1_000))),
        1 => Just(Message::Yanked(Err("no".to_owned()))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn no_sequence_of_events_panics(
        messages in proptest::collection::vec(any_message(), 1..40),
        columns in 20_u16..250,
        rows in 5_u16..80,
        ascii in any::<bool>(),
    ) {
        let mut model = sample_model((columns, rows));
        for message in messages {
            send(&mut model, message);
            send(&mut model, Message::Tick(sample::now()));
            render(&mut model, &look(ThemeName::Default, ascii));
            if let Some(at) = model.index.selected_at {
                prop_assert_eq!(&model.index.rows[at].location, model.selected.as_ref().unwrap());
            } else {
                // Nothing is selected only where there is nothing, or while somebody reads of one that went.
                prop_assert_eq!(&model.selected, &None);
                prop_assert!(model.index.rows.is_empty() || model.departed.is_some());
            }
        }
    }
}

#[test]
fn a_held_snapshot_says_so_in_its_row_and_by_whom_in_the_overview() {
    let mut model = sample_model((120, 40));
    let chosen = model.selected_snapshot().unwrap().clone();
    let hold = |name: &str, expires: i64| Hold {
        name: name.to_owned(),
        snapshot: chosen.location.clone(),
        by: "ana@edge".to_owned(),
        at: sample::now() - SignedDuration::from_hours(2),
        why: "audit of 2026".to_owned(),
        expires: Some(sample::now() + SignedDuration::from_hours(expires)),
    };
    let holds = vec![hold("release-42", 48), hold("long-past", -1)];
    send(
        &mut model,
        Message::Marks {
            marks: Vec::new(),
            problems: Vec::new(),
            holds,
            aside: Vec::new(),
        },
    );
    let shown = text(&mut model, false);
    assert!(shown.contains("★‡◆"), "{shown}");
    assert!(
        shown.contains("Held as `release-42` by ana@edge 2h ago, until "),
        "{shown}"
    );
    assert!(shown.contains(": audit of 2026"), "{shown}");
    assert!(!shown.contains("long-past"), "{shown}");
    let plain = text(&mut model, true);
    assert!(plain.contains('#'), "{plain}");
}
