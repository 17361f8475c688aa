//! The timeline on the screen: what it shows, what its keys do, and that a frame works nothing out.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use ratatui::buffer::Cell;
use stateward::analysis::timeline::Timeline;
use stateward::analysis::whatif::{File, Held, Piece, Use, World};
use stateward::app::effect::Effect;
use stateward::app::key::Key;
use stateward::app::message::Message;
use stateward::app::model::{Focus, Model, Popup};
use stateward::app::timeline::{self, Line};
use stateward::domain::cluster::JobState;
use stateward::domain::event::{Ending, Event, Sighting, Sketch, Taken, What};
use stateward::domain::id::JobId;
use stateward::domain::location::Location;
use stateward::domain::snapshot::{Facts, Health, LineageId, RootState, Snapshot};
use stateward::inventory::delta::Delta;
use stateward::tui::theme::ThemeName;

use super::tui_sample::{self as sample, FRAUD, SESSIONS, now, sample_model, send};
use super::tui_screens::{look, press, render};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];
const GONE: &str = "0c1d2e3f405162738495a6b7c8d9eaf0";

fn ago(seconds: i64) -> Timestamp {
    now() - SignedDuration::from_secs(seconds)
}

fn event(seconds: i64, what: What) -> Event {
    Event {
        at: ago(seconds),
        what,
    }
}

fn seen(row: &Snapshot, lineage: &str) -> Sighting {
    Sighting {
        sketch: Sketch::of(row, lineage),
        row: None,
    }
}

fn gone(row: &Snapshot, how: Ending, since: Option<i64>) -> What {
    What::Gone {
        uri: row.location.clone(),
        how,
        since: since.map(ago),
        taken: None,
    }
}

/// What happened in the last three hours: watched but for ten minutes, one checkpoint a minute of which three are kept.
pub(crate) fn events() -> Vec<Event> {
    let root = sample::root_location;
    let mut events = vec![event(10_800, What::WatchBegan { root: root() })];
    // The newest are there when one looks.
    for minute in (3..=176).rev() {
        let age = minute * 60 + 12;
        if (60 * 60..70 * 60).contains(&age) {
            continue;
        }
        let row = sample::checkpoint(912 - minute as u64, age);
        events.push(event(age, What::Completed(seen(&row, FRAUD))));
        let how = match minute {
            40 => Ending::Vanished,
            35 => Ending::Trashed,
            _ => Ending::Subsumed {
                by: format!("chk-{}", 912 - minute + 3),
                is_exact: false,
            },
        };
        events.push(event(age - 180, gone(&row, how, None)));
    }
    events.push(event(70 * 60, What::WatchEnded { root: root() }));
    events.push(event(60 * 60, What::WatchBegan { root: root() }));
    for row in sample_model((80, 24)).snapshots.values() {
        let name = match row.lineage.0 {
            1 => FRAUD,
            2 => SESSIONS,
            _ => "other",
        };
        events.push(event(
            9_000.min(
                ago(0)
                    .duration_since(row.completed_at.unwrap_or(now()))
                    .as_secs(),
            ),
            What::Present(seen(row, name)),
        ));
    }
    let savepoint = sample::savepoint("savepoint-7bf6bd-3a9d8c7b1e20", 905, 7_300, 1, 7 << 30);
    events.push(event(
        3_000,
        What::Restored {
            uri: savepoint.location.clone(),
            job: JobId([0xab; 16]),
            started: None,
            claimed: true,
        },
    ));
    let hold = "audit".to_owned();
    let uri = savepoint.location;
    events.push(event(2_000, What::Held { uri, hold }));
    let uri = sample::checkpoint(911, 42).location;
    events.push(event(20, What::Marked { uri }));
    // An application of which nothing is left.
    let mut lost = sample::checkpoint(31, 8_000);
    lost.location = sample::at(&format!("{GONE}/chk-31"));
    lost.job_id = GONE.parse().ok();
    events.push(event(8_000, What::Completed(seen(&lost, GONE))));
    events.push(event(3_600, gone(&lost, Ending::Vanished, Some(4_200))));
    events.sort_by_key(|event| event.at);
    events
}

/// The same, with what clusters told of jobs.
fn with_jobs() -> Vec<Event> {
    let ran = |seconds, job: &str, name: &str, state, since: Option<i64>| {
        let what = What::Ran {
            root: sample::root_location(),
            job: job.parse().unwrap(),
            name: name.to_owned(),
            state,
            since: since.map(ago),
        };
        event(seconds, what)
    };
    let mut events = events();
    events.extend([
        ran(
            3_590,
            FRAUD,
            "fraud-scoring",
            Some(JobState::Running),
            Some(9_000),
        ),
        ran(
            900,
            FRAUD,
            "fraud-scoring",
            Some(JobState::Restarting),
            Some(901),
        ),
        ran(
            780,
            FRAUD,
            "fraud-scoring",
            Some(JobState::Running),
            Some(781),
        ),
        ran(1_500, GONE, "left-behind", Some(JobState::Running), None),
        ran(
            1_200,
            GONE,
            "left-behind",
            Some(JobState::Finished),
            Some(1_201),
        ),
    ]);
    events.sort_by_key(|event| event.at);
    events
}

#[test]
fn below_what_is_there_stands_what_the_jobs_did() {
    let shown_at = |size, ascii| {
        let mut model = sample_model(size);
        let past = Arc::new(Timeline::of(&with_jobs()));
        send(&mut model, Message::Past(past));
        press(&mut model, "e");
        shown(&mut model, ThemeName::Mono, ascii)
    };
    insta::assert_snapshot!("timeline_jobs_80x24", shown_at((80, 24), false));
    insta::assert_snapshot!("timeline_jobs_120x40", shown_at((120, 40), false));
    insta::assert_snapshot!("timeline_jobs_ascii", shown_at((80, 24), true));
}

fn with_past(size: (u16, u16)) -> Model {
    let mut model = sample_model(size);
    send(&mut model, Message::Past(Arc::new(Timeline::of(&events()))));
    model
}

/// The three newest checkpoints share files.
fn world(model: &Model) -> World {
    let mut world = World::default();
    for number in 0..3 {
        world.files.push(File {
            name: format!("f{number}"),
            bytes: 7,
        });
    }
    for (at, id) in [910_u64, 911, 912].into_iter().enumerate() {
        let location = sample::checkpoint(id, 0).location;
        let uses = [0, at.min(1)].map(|file| Use {
            file,
            held: Held::Registry,
            disposed: true,
        });
        world.pieces.push(Piece::new(
            model.snapshots[&location].clone(),
            Some(7),
            uses.to_vec(),
        ));
    }
    world
}

/// The screen after some keys, with the lineage of the chosen one copied.
pub(crate) fn opened(size: (u16, u16), keys: &str) -> Model {
    let mut model = with_past(size);
    let effects = send(&mut model, Message::Key(Key::Char('e')));
    let Some(Effect::CopyLineage { generation, .. }) = effects.first() else {
        panic!("{effects:?}");
    };
    let (generation, world) = (*generation, Some(Arc::new(world(&model))));
    send(&mut model, Message::LineageCopied { generation, world });
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

fn mono(model: &mut Model) -> String {
    shown(model, ThemeName::Mono, false)
}

fn chosen(model: &Model) -> String {
    let at = model.timeline.selected.as_ref().unwrap();
    String::from_utf8(at.name().to_vec()).unwrap()
}

#[test]
fn the_timeline_at_three_sizes() {
    for size in SIZES {
        let name = format!("timeline_{}x{}", size.0, size.1);
        insta::assert_snapshot!(name, mono(&mut opened(size, "")));
    }
    insta::assert_snapshot!("timeline_40x10", mono(&mut opened((40, 10), "")));
    insta::assert_snapshot!(
        "timeline_ascii",
        shown(&mut opened((80, 24), ""), ThemeName::Mono, true)
    );
    let words = mono(&mut opened((120, 40), ""));
    assert_eq!(
        shown(&mut opened((120, 40), ""), ThemeName::Light, false),
        words
    );
}

#[test]
fn zoomed_out_it_shows_what_went_and_when_nobody_watched() {
    insta::assert_snapshot!("timeline_hours", mono(&mut opened((120, 40), "---")));
    insta::assert_snapshot!("timeline_all", mono(&mut opened((80, 24), "0")));
    insta::assert_snapshot!("timeline_panned", mono(&mut opened((120, 40), "--hh")));
}

#[test]
fn what_is_gone_is_told_about() {
    let mut model = opened((80, 24), "<<<<<");
    assert_eq!(chosen(&model), "chk-907");
    let text = mono(&mut model);
    assert!(text.contains("Flink subsumed it"), "{text}");
    assert!(text.contains("enter tells more"), "{text}");
    press(&mut model, "⏎");
    insta::assert_snapshot!("timeline_told", mono(&mut model));
    press(&mut model, "⎋");
    assert!(matches!(model.popups.last(), Some(Popup::Timeline)));
    assert!(!model.timeline.told);
}

/// The timeline after these events as well.
fn after(more: impl IntoIterator<Item = Event>) -> Model {
    let mut past = events();
    past.extend(more);
    past.sort_by_key(|event| event.at);
    let mut model = sample_model((80, 24));
    send(&mut model, Message::Past(Arc::new(Timeline::of(&past))));
    press(&mut model, "e");
    model
}

#[test]
fn the_word_on_what_went_gives_the_reason_of_the_timeline() {
    let chosen = sample::checkpoint(912, 12);
    let after = |how| {
        let mut past = events();
        past.push(event(0, gone(&chosen, how, None)));
        past.sort_by_key(|event| event.at);
        Message::Past(Arc::new(Timeline::of(&past)))
    };
    let remove = |model: &mut Model| {
        let delta = Delta::Removed(chosen.location.clone());
        send(model, Message::Inventory(vec![delta]));
        send(model, Message::Tick(now()));
    };
    let word = |model: &Model| model.notice.as_ref().unwrap().text.clone();
    let subsumed = |is_exact| Ending::Subsumed {
        by: "chk-915".to_owned(),
        is_exact,
    };
    for (how, told) in [
        (
            subsumed(true),
            "Flink subsumed chk-912: chk-915 had completed",
        ),
        (
            subsumed(false),
            "Flink subsumed chk-912: chk-915 or one before it had completed",
        ),
        (Ending::Trashed, "chk-912 was moved into the trash"),
        (Ending::Vanished, "chk-912 vanished (subsumed or deleted)"),
    ] {
        // Whichever of the two is heard first.
        let mut model = sample_model((120, 40));
        remove(&mut model);
        assert_eq!(word(&model), "chk-912 vanished (subsumed or deleted)");
        model.dirty = false;
        send(&mut model, after(how.clone()));
        assert_eq!(word(&model), told);
        assert_eq!(model.dirty, how != Ending::Vanished, "{how:?}");
        let mut model = sample_model((120, 40));
        send(&mut model, after(how));
        remove(&mut model);
        assert_eq!(word(&model), told);
    }
    // What an earlier one at its place came to says nothing of it.
    let before = sample::checkpoint(912, 9_000);
    let mut past = vec![event(9_000, What::Completed(seen(&before, FRAUD)))];
    past.push(event(8_000, gone(&before, subsumed(true), None)));
    let past = || Message::Past(Arc::new(Timeline::of(&past)));
    let mut model = sample_model((120, 40));
    send(&mut model, past());
    remove(&mut model);
    send(&mut model, past());
    assert_eq!(word(&model), "chk-912 vanished (subsumed or deleted)");
}

#[test]
fn one_in_whose_place_another_was_written_stays_on_its_lane() {
    let mut before = sample::checkpoint(911, 7_200);
    before.sizes.refer += 1;
    let mut model = after([event(7_200, What::Completed(seen(&before, FRAUD)))]);
    press(&mut model, "<");
    assert_eq!(
        (chosen(&model), model.timeline.turn),
        ("chk-911".to_owned(), 1)
    );
    let text = mono(&mut model);
    assert!(
        text.contains("It is there, complete; completed 42s ago"),
        "{text}"
    );
    assert!(text.contains("written in place of another"), "{text}");
    model.timeline.turn = 0;
    press(&mut model, "---");
    assert_eq!(model.timeline.turn, 0);
    let text = mono(&mut model);
    assert!(text.contains("Another was written in its place"), "{text}");
    assert!(text.contains("tells more"), "{text}");
    assert!(text.contains("◇ replaced"), "{text}");
    press(&mut model, "⏎");
    assert!(model.timeline.told);
}

/// Two applications that write to one directory.
#[test]
fn what_went_from_a_directory_that_several_share_stays_on_the_lane_of_its_program() {
    let of = |program: u8, number: u64, age| {
        let mut row = sample::checkpoint(number, age);
        let mut facts = Facts::clone(row.facts.as_ref().unwrap());
        for operator in &mut facts.operators {
            operator.id.0[0] = program;
        }
        row.facts = Some(Arc::new(facts));
        row.location = sample::at(&format!("shared/chk-{number}"));
        row.job_id = None;
        row.lineage = LineageId(u32::from(program));
        row
    };
    let there = [of(1, 11, 60), of(2, 5, 90)];
    let known = sample_model((120, 40)).lineages[0].clone();
    let lineages = there.iter().map(|row| {
        let mut lineage = known.clone();
        lineage.id = row.lineage;
        lineage.name = format!("shared {}", row.lineage.0);
        lineage.jobs = Vec::new();
        lineage.latest = Some(row.location.clone());
        lineage
    });
    let mut deltas = vec![Delta::Lineages(lineages.collect())];
    deltas.extend(there.iter().cloned().map(Arc::new).map(Delta::Upserted));
    let root = sample::root(RootState::Ready);
    let mut model = sample::model_of(vec![root], deltas, (120, 40));
    let root = sample::root_location;
    let mut past = vec![event(900, What::WatchBegan { root: root() })];
    // The names of lineages were others, as one was alone there at first.
    for (row, name) in [
        (of(1, 8, 600), "shared"),
        (of(2, 4, 500), "shared 1"),
        (of(1, 9, 400), "shared 9"),
    ] {
        past.push(event(300, What::Completed(seen(&row, name))));
        past.push(event(200, gone(&row, Ending::Vanished, None)));
    }
    for row in &there {
        past.push(event(50, What::Completed(seen(row, "shared"))));
    }
    send(&mut model, Message::Past(Arc::new(Timeline::of(&past))));
    press(&mut model, "e");
    let on = |lane: &timeline::Lane| {
        let spots = lane.tracks.iter().flat_map(|track| &track.spots);
        let spots = spots.map(|spot| spot.life.sketch.name.clone());
        (lane.name.clone(), spots.collect::<Vec<_>>().join(" "))
    };
    let lanes: Vec<_> = model.timeline.lanes.iter().map(on).collect();
    let expected = [
        ("shared 1", "chk-8 chk-9 chk-11"),
        ("shared 2", "chk-4 chk-5"),
    ];
    let expected = expected.map(|(name, all)| (name.to_owned(), all.to_owned()));
    assert_eq!(lanes, expected);
    model.timeline.selected = Some(of(2, 4, 0).location);
    let text = mono(&mut model);
    assert!(text.contains("of shared 2"), "{text}");
}

#[test]
fn what_a_deletion_left_half_way_looks_so() {
    let uri = sample::checkpoint(911, 42).location;
    let taken = Taken {
        plan: "20260211T031240Z-7bf6".to_owned(),
        by: "alice@ops".to_owned(),
        at: ago(20),
    };
    let mut model = after([event(10, What::Torn { uri, taken })]);
    press(&mut model, "<");
    let text = mono(&mut model);
    assert!(text.contains("◐ half there"), "{text}");
    assert!(text.contains("alice@ops, plan 2026"), "{text}");
}

#[test]
fn what_is_there_opens_its_tabs() {
    let mut model = opened((80, 24), "<⏎");
    assert!(model.popups.is_empty());
    assert_eq!(model.selected_snapshot().unwrap().name, "chk-911");
    assert_eq!(model.focus, Focus::Detail);
    assert!(model.detail_open);
    assert!(mono(&mut model).contains("1 Overview"));
}

#[test]
fn what_the_filter_hides_is_not_gone_to() {
    let mut model = with_past((80, 24));
    press(&mut model, "/kind:savepoint⏎e");
    model.timeline.selected = Some(sample::checkpoint(911, 42).location);
    press(&mut model, "⏎");
    assert!(matches!(model.popups.last(), Some(Popup::Timeline)));
    assert!(mono(&mut model).contains("chk-911 is hidden by the filter"));
}

#[test]
fn the_selection_stays_on_its_snapshot_when_that_goes() {
    let mut model = opened((80, 24), "<");
    assert_eq!(chosen(&model), "chk-911");
    let row = sample::checkpoint(911, 42);
    let mut past = events();
    let by = "chk-914".to_owned();
    past.push(event(
        0,
        gone(
            &row,
            Ending::Subsumed {
                by,
                is_exact: false,
            },
            None,
        ),
    ));
    send(
        &mut model,
        Message::Inventory(vec![Delta::Removed(row.location)]),
    );
    send(&mut model, Message::Past(Arc::new(Timeline::of(&past))));
    assert_eq!(chosen(&model), "chk-911");
    let text = mono(&mut model);
    assert!(
        text.contains("chk-914 or one before it had completed"),
        "{text}"
    );
    // What it shared was known of what was there.
    assert!(model.timeline.ties.is_empty());
}

#[test]
fn no_line_is_empty_without_a_word() {
    for (size, keys) in SIZES
        .into_iter()
        .flat_map(|size| [(size, ""), (size, "++++"), (size, "0")])
    {
        let mut model = opened(size, keys);
        let text = mono(&mut model);
        for line in &model.timeline.layout.lines {
            let Line::Track {
                cells,
                latest,
                before,
                after,
                ..
            } = line
            else {
                continue;
            };
            let has_one = cells
                .iter()
                .any(|cell| matches!(cell, timeline::Cell::Spot(_)));
            assert!(
                has_one || latest.is_some() || (*before == 0 && *after > 0),
                "{text}"
            );
        }
    }
    let text = mono(&mut opened((120, 40), ""));
    assert!(text.contains("it was 41d ago"), "{text}");
}

#[test]
fn lanes_are_gone_through_at_about_the_same_time() {
    let mut model = opened((120, 40), "↓");
    assert_eq!(chosen(&model), "savepoint-7bf6bd-3a9d8c7b1e20");
    press(&mut model, "G");
    assert_eq!(chosen(&model), "chk-31");
    press(&mut model, "gk");
    assert!(chosen(&model).starts_with("chk-"));
}

#[test]
fn it_follows_now_until_one_looks_back_and_again_on_request() {
    let mut model = opened((120, 40), "");
    let to = model.timeline.layout.to;
    let cell = (to.duration_since(model.timeline.layout.from)) / 80;
    send(&mut model, Message::Tick(now() + cell * 2));
    assert!(model.timeline.layout.to > to);
    press(&mut model, "h");
    let to = model.timeline.layout.to;
    send(&mut model, Message::Tick(now() + cell * 6));
    assert_eq!(model.timeline.layout.to, to);
    press(&mut model, "f");
    assert!(model.timeline.layout.to > now() + cell * 6);
    // One cannot pan beyond now.
    press(&mut model, "lll");
    assert!(model.timeline.edge.is_none());
}

#[test]
fn the_way_back_to_now_is_in_the_footer_where_one_is_not_there() {
    let mut model = opened((80, 24), "");
    let footer = |model: &mut Model| mono(model).lines().last().unwrap().to_owned();
    assert!(!footer(&mut model).contains("f now"));
    press(&mut model, "hh");
    let shown = footer(&mut model);
    for hint in [
        "<> snapshot",
        "+- zoom",
        "hl pan",
        "f now",
        "0 all",
        "esc close",
        "jk move",
    ] {
        assert!(shown.contains(hint), "{shown}");
    }
}

#[test]
fn a_frame_works_nothing_out() {
    let mut model = opened((200, 60), "");
    let (lanes, lines) = (
        model.timeline.lanes.as_ptr(),
        model.timeline.layout.lines.as_ptr(),
    );
    let cell = model.timeline.layout.next.unwrap().duration_since(now());
    send(&mut model, Message::Tick(now() + cell / 2));
    mono(&mut model);
    assert_eq!(model.timeline.lanes.as_ptr(), lanes);
    assert_eq!(model.timeline.layout.lines.as_ptr(), lines);
}

#[test]
fn a_snapshot_of_which_no_past_is_known_is_on_it_all_the_same() {
    let mut model = sample_model((80, 24));
    press(&mut model, "e");
    let known: usize = model
        .timeline
        .lanes
        .iter()
        .flat_map(|lane| &lane.tracks)
        .map(|track| track.spots.len())
        .sum();
    assert_eq!(known, model.snapshots.len());
    let writing = Location::parse(format!("file:/data/flink/{FRAUD}/chk-913").as_bytes());
    assert_eq!(model.snapshots[&writing].health, Health::InProgress);
}

#[test]
fn an_answer_for_what_if_is_not_taken_for_ours_nor_the_other_way_round() {
    let mut model = with_past((80, 24));
    let effects = send(&mut model, Message::Key(Key::Char('e')));
    let Some(Effect::CopyLineage { generation, .. }) = effects.first() else {
        panic!("{effects:?}");
    };
    let ours = *generation;
    press(&mut model, "⎋");
    let effects = send(&mut model, Message::Key(Key::Char('w')));
    let Some(Effect::CopyLineage { generation, .. }) = effects.first() else {
        panic!("{effects:?}");
    };
    assert_ne!(*generation, ours);
    let world = Some(Arc::new(world(&model)));
    let generation = ours;
    send(&mut model, Message::LineageCopied { generation, world });
    assert!(model.whatif.world.is_none());
}
