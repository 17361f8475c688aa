//! The trash on screen: what lies there, and what each key comes to.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use stateward::action::trash::Stage;
use stateward::action::trash::list::{Entry, Known, Target};
use stateward::app::effect::Effect;
use stateward::app::explain::Tone;
use stateward::app::key::Key;
use stateward::app::message::Message;
use stateward::app::model::{Model, Popup};
use stateward::app::operations::{News, OperationId, Progress};
use stateward::app::trash::{Part, Row, What, Work};

use super::tui_sample::{now, sample_model, send};
use super::tui_screens::press;
use super::tui_views::text;

pub(crate) const YESTERDAY: &str = "20260210T031240Z-4f1c02";
pub(crate) const LAST_WEEK: &str = "20260204T031240Z-90ab33";
pub(crate) const HALF: &str = "20260211T030000Z-77d0e1";
const TORN: &str = "20260211T020000Z-c0ffee";

fn ago(hours: i64) -> Timestamp {
    now() - SignedDuration::from_hours(hours)
}

pub(crate) fn target(name: &str, files: usize, bytes: u64) -> Target {
    Target {
        at: None,
        identity: name.to_owned(),
        name: name.to_owned(),
        files,
        bytes,
        is_whole: true,
        spread: None,
    }
}

pub(crate) fn known(stage: Stage, hours: i64, targets: Vec<Target>) -> Known {
    Known {
        stage: Some(stage),
        since: Some(ago(hours)),
        is_unfinished: stage.is_unfinished(),
        is_restoring: false,
        is_under_way: false,
        at: Some(ago(hours)),
        by: "ops@batch-7".to_owned(),
        verb: "prune".to_owned(),
        files: targets.iter().map(|it| it.files).sum(),
        bytes: targets.iter().map(|it| it.bytes).sum(),
        taken: 0,
        lost: 0,
        changed: 0,
        moves: targets.iter().map(|it| it.files).sum::<usize>() + 30,
        torn: BTreeSet::new(),
        is_bare: false,
        is_copy: false,
        absent: Vec::new(),
        roots: 0,
        asked: Vec::new(),
        targets,
    }
}

fn batch(root: &str, id: &str, known: Result<Known, String>) -> Row {
    Row::Batch {
        root: root.into(),
        entry: Box::new(Entry {
            id: id.to_owned(),
            known,
        }),
    }
}

/// One of yesterday in two roots, one of last week, one that was ended half-way, and two that cannot be read.
pub(crate) fn rows() -> Vec<Row> {
    let several = vec![
        target("chk-880", 1_912, 4_512_000_123),
        target("chk-881", 40, 98_000_000),
        target("savepoint-7bf6bd-0123456789ab", 0, 0),
    ];
    let second = vec![target("shared files of 7bf6bd3d", 2, 2_000_000)];
    vec![
        batch(
            "/data/flink/checkpoints",
            LAST_WEEK,
            Ok(known(Stage::Done, 170, vec![target("chk-700", 3, 1_000)])),
        ),
        batch(
            "/data/flink/checkpoints",
            YESTERDAY,
            Ok(known(Stage::Done, 24, several)),
        ),
        Row::Closed("cannot list /data/flink/old: permission denied".to_owned()),
        batch(
            "/data/flink/savepoints",
            TORN,
            Err("cannot read /data/flink/savepoints/.stateward/trash: it is cut off".to_owned()),
        ),
        batch(
            "/data/flink/shared",
            YESTERDAY,
            Ok(known(Stage::Done, 24, second)),
        ),
        batch(
            "/data/flink/checkpoints",
            HALF,
            Ok(known(Stage::Begun, 0, vec![target("chk-900", 12, 3_400)])),
        ),
    ]
}

/// The trash, opened where changes are allowed.
pub(crate) fn opened(size: (u16, u16)) -> Model {
    let mut model = sample_model(size).writing(true);
    press(&mut model, "T");
    send(&mut model, Message::Trash(rows()));
    model
}

/// The rows by what they are, as they stand in the list.
fn order(model: &Model) -> Vec<String> {
    let rows = model.trash.iter().flatten();
    rows.map(|row| match row {
        Row::Batch { entry, .. } => entry.id.clone(),
        Row::Closed(why) => why.clone(),
    })
    .collect()
}

/// Goes to the first row of this batch in this root.
pub(crate) fn go_to(model: &mut Model, root: &str, id: &str) {
    let is_meant = |row: &Row| matches!(row, Row::Batch { root: at, entry } if at.as_os_str() == root && entry.id == id);
    let rows = model.trash.as_ref().unwrap();
    let at = rows.iter().position(is_meant).unwrap();
    press(model, "g");
    press(model, &"↓".repeat(at));
}

pub(crate) fn review(model: &Model) -> (&str, bool, String) {
    match model.popups.last() {
        Some(Popup::Review { review, .. }) => {
            let lines: Vec<&str> = review.lines.iter().map(|(_, it)| it.as_str()).collect();
            (&review.title, review.blocked, lines.join("\n"))
        }
        other => panic!("no review but {other:?}"),
    }
}

pub(crate) fn is_in_list(model: &Model) -> bool {
    matches!(model.popups.last(), Some(Popup::Trash { target: None, .. }))
}

pub(crate) fn notice(model: &Model) -> &str {
    model.notice.as_ref().map_or("", |it| it.text.as_str())
}

fn part(root: &str, id: &str) -> Part {
    Part {
        root: root.into(),
        id: id.to_owned(),
    }
}

pub(crate) fn works(effects: &[Effect]) -> Vec<(OperationId, Work)> {
    let work = |effect: &Effect| match effect {
        Effect::Trash { id, work } => Some((*id, work.clone())),
        _ => None,
    };
    effects.iter().filter_map(work).collect()
}

pub(crate) fn key(model: &mut Model, key: char) -> Vec<Effect> {
    send(model, Message::Key(Key::Char(key)))
}

#[test]
fn the_key_has_the_trash_read_and_an_empty_one_says_what_it_is() {
    let mut model = sample_model((80, 24));
    assert_eq!(key(&mut model, 'T'), [Effect::LoadTrash]);
    assert!(text(&mut model, false).contains("Looking"));
    send(&mut model, Message::Trash(Vec::new()));
    let shown = text(&mut model, false);
    for words in [
        "Nothing lies in a trash here.",
        ".stateward/trash",
        "u puts it back",
    ] {
        assert!(shown.contains(words), "{words}\n{shown}");
    }
    // Nothing can be done with nothing.
    for pressed in ['u', 'r', 'P'] {
        assert_eq!(key(&mut model, pressed), []);
        assert!(is_in_list(&model));
    }
}

#[test]
fn what_cannot_be_read_comes_first_and_then_the_newest() {
    let model = opened((80, 24));
    let order = order(&model);
    assert_eq!(order[0], TORN);
    assert!(order[1].starts_with("cannot list"), "{order:?}");
    assert_eq!(order[2..], [HALF, YESTERDAY, YESTERDAY, LAST_WEEK]);
}

#[test]
fn the_chosen_one_stays_when_another_comes() {
    let mut model = opened((80, 24));
    go_to(&mut model, "/data/flink/shared", YESTERDAY);
    let mut more = rows();
    more.push(batch(
        "/data/flink/shared",
        "20260211T031200Z-000000",
        Ok(known(Stage::Done, 0, vec![target("chk-1", 1, 1)])),
    ));
    send(&mut model, Message::Trash(more));
    press(&mut model, "P");
    let (title, _, lines) = review(&model);
    assert!(
        title.contains(YESTERDAY) && lines.contains("/data/flink/shared"),
        "{title}: {lines}"
    );
}

#[test]
fn a_deletion_comes_back_from_all_its_roots_once_it_is_confirmed() {
    let mut model = opened((120, 40));
    go_to(&mut model, "/data/flink/checkpoints", YESTERDAY);
    assert_eq!(key(&mut model, 'u'), []);
    let (title, blocked, lines) = review(&model);
    assert_eq!(title, format!("undo of {YESTERDAY}"));
    assert!(!blocked);
    for words in [
        "In /data/flink/checkpoints 1,952 files (4,610,000,123 bytes, 4.3 GiB) go back",
        "chk-880: 1,912 files, 4,512,000,123 bytes, 4.2 GiB",
        "In /data/flink/shared 2 files (2,000,000 bytes, 1.9 MiB) go back",
    ] {
        assert!(lines.contains(words), "{words}\n{lines}");
    }
    assert!(
        !lines.contains("savepoint-7bf6bd"),
        "nothing of it is there: {lines}"
    );
    // The key that chose it does not do it.
    assert_eq!(key(&mut model, 'u'), []);
    assert!(matches!(model.popups.last(), Some(Popup::Review { .. })));
    // What comes right after a letter that means nothing here is asked for once more.
    assert_eq!(works(&key(&mut model, 'y')), []);
    let done = works(&key(&mut model, 'y'));
    let parts = vec![
        part("/data/flink/checkpoints", YESTERDAY),
        part("/data/flink/shared", YESTERDAY),
    ];
    let what = What::Undo;
    assert_eq!(done, [(OperationId(0), Work { what, parts })]);
    assert!(matches!(
        model.popups.last(),
        Some(Popup::Operations { .. })
    ));
}

#[test]
fn one_target_comes_back_alone() {
    for last in ['u', '⏎'] {
        let mut model = opened((120, 40));
        go_to(&mut model, "/data/flink/checkpoints", YESTERDAY);
        press(&mut model, "⇥↓");
        press(&mut model, &last.to_string());
        let (title, blocked, lines) = review(&model);
        assert_eq!((title, blocked), ("putting back chk-881", false));
        assert!(
            lines.contains("chk-881: 40 files (98,000,000 bytes, 93 MiB) go back"),
            "{lines}"
        );
        assert!(
            lines
                .contains("The other 1,912 files of the batch (4,512,000,123 bytes, 4.2 GiB) stay"),
            "{lines}"
        );
        let work = Work {
            what: What::Restore(1),
            parts: vec![part("/data/flink/checkpoints", YESTERDAY)],
        };
        assert_eq!(works(&key(&mut model, 'y')), [(OperationId(0), work)]);
    }
    // One that is not there has nothing to come back.
    let mut model = opened((120, 40));
    go_to(&mut model, "/data/flink/checkpoints", YESTERDAY);
    press(&mut model, "⇥Gu");
    assert!(
        notice(&model).contains("no file of savepoint-7bf6bd-0123456789ab"),
        "{}",
        notice(&model)
    );
    press(&mut model, "⎋");
    assert!(is_in_list(&model), "the first escape goes back to the list");
    press(&mut model, "⎋");
    assert!(model.popups.is_empty());
}

#[test]
fn nothing_goes_for_good_before_its_time() {
    let mut model = opened((120, 40));
    go_to(&mut model, "/data/flink/checkpoints", YESTERDAY);
    press(&mut model, "P");
    let (_, blocked, lines) = review(&model);
    assert!(blocked);
    assert!(
        lines.contains("It has lain here for 24h") && lines.contains("2026-02-13 03:12 UTC, in 2d"),
        "{lines}"
    );
    assert_eq!(works(&key(&mut model, 'y')), []);
    press(&mut model, "⎋");
    go_to(&mut model, "/data/flink/checkpoints", HALF);
    press(&mut model, "P");
    let (_, blocked, lines) = review(&model);
    assert!(blocked && lines.contains("It is unfinished"), "{lines}");
    assert_eq!(works(&key(&mut model, 'y')), []);
}

#[test]
fn what_has_lain_there_long_enough_goes_for_good_from_one_root() {
    let mut model = opened((120, 40));
    go_to(&mut model, "/data/flink/checkpoints", LAST_WEEK);
    press(&mut model, "P");
    let (title, blocked, lines) = review(&model);
    assert_eq!((title, blocked), (&*format!("purge of {LAST_WEEK}"), false));
    assert!(
        lines.starts_with("This removes files for good. It cannot be undone."),
        "{lines}"
    );
    assert!(
        lines.contains("3 files (1,000 bytes) go from the trash of /data/flink/checkpoints"),
        "{lines}"
    );
    assert_eq!(works(&key(&mut model, 'P')), []);
    assert_eq!(works(&key(&mut model, 'y')), []);
    assert_eq!(works(&key(&mut model, 'y')), [], "the number first");
    let form = text(&mut model, false);
    assert!(
        form.contains("Remove 3 files (1,000 bytes) for good"),
        "{form}"
    );
    assert!(form.contains("Enter removes them for good"), "{form}");
    for wrong in ["", "4", "y"] {
        press(&mut model, wrong);
        press(&mut model, "⏎");
        assert!(model.operations.is_empty(), "{wrong}");
        send(&mut model, Message::Key(Key::Ctrl('u')));
    }
    press(&mut model, "3");
    let work = Work {
        what: What::Purge,
        parts: vec![part("/data/flink/checkpoints", LAST_WEEK)],
    };
    let effects = send(&mut model, Message::Key(Key::Enter));
    assert_eq!(works(&effects), [(OperationId(0), work)]);
}

#[test]
fn what_was_ended_half_way_is_gone_on_with() {
    let mut model = opened((120, 40));
    go_to(&mut model, "/data/flink/checkpoints", HALF);
    press(&mut model, "r");
    let (title, _, lines) = review(&model);
    assert_eq!(title, format!("going on with {HALF}"));
    assert!(
        lines.contains("12 files (3,400 bytes, 3.3 KiB) have gone"),
        "{lines}"
    );
    let work = Work {
        what: What::Resume,
        parts: vec![part("/data/flink/checkpoints", HALF)],
    };
    assert_eq!(works(&key(&mut model, 'y')), [(OperationId(0), work)]);
    // A target of it cannot come back alone, and what is done is not gone on with.
    let mut model = opened((120, 40));
    go_to(&mut model, "/data/flink/checkpoints", HALF);
    press(&mut model, "⇥u");
    assert!(notice(&model).contains("unfinished"), "{}", notice(&model));
    press(&mut model, "⇥");
    go_to(&mut model, "/data/flink/checkpoints", LAST_WEEK);
    press(&mut model, "r");
    assert!(
        is_in_list(&model) && notice(&model).contains("is unfinished"),
        "{}",
        notice(&model)
    );
}

#[test]
fn going_on_with_a_purge_says_that_it_cannot_be_undone() {
    let mut model = opened((120, 40));
    let purging = known(Stage::Purging, 100, vec![target("chk-1", 2, 20)]);
    let row = batch("/data/flink/checkpoints", HALF, Ok(purging));
    send(&mut model, Message::Trash(vec![row]));
    press(&mut model, "r");
    let (_, _, lines) = review(&model);
    assert!(
        lines.starts_with("This removes files for good. It cannot be undone."),
        "{lines}"
    );
    press(&mut model, "⎋u");
    assert!(
        is_in_list(&model)
            && notice(&model).contains("`stateward undo` puts back what is whole still"),
        "{}",
        notice(&model)
    );
}

#[test]
fn of_what_cannot_be_read_the_reason_is_shown_and_nothing_is_done() {
    let mut model = opened((80, 24));
    press(&mut model, "g");
    let shown = text(&mut model, false);
    assert!(shown.contains("2 cannot be read"), "{shown}");
    assert!(shown.contains("it is cut off"), "{shown}");
    for pressed in ["u", "r", "P"] {
        press(&mut model, pressed);
        assert!(
            is_in_list(&model) && notice(&model).contains("nothing is known of"),
            "{}",
            notice(&model)
        );
    }
    press(&mut model, "↓");
    assert!(text(&mut model, false).contains("permission denied"));
}

#[test]
fn without_leave_to_write_it_is_read_only() {
    let mut model = opened((120, 40)).writing(false);
    go_to(&mut model, "/data/flink/checkpoints", LAST_WEEK);
    for pressed in ["u", "r", "P", "⇥⏎"] {
        press(&mut model, pressed);
        assert!(
            matches!(model.popups.last(), Some(Popup::Trash { .. })),
            "{:?}",
            model.popups
        );
        assert!(
            notice(&model).contains("read-only; start with --write"),
            "{pressed}: {}",
            notice(&model)
        );
    }
    let shown = text(&mut model, false);
    let footer = shown.lines().last().unwrap_or_default();
    assert!(!footer.contains("purge"), "{footer}");
}

#[test]
fn it_can_be_halted_while_it_goes_and_is_read_again_when_it_ended() {
    let mut model = opened((120, 40));
    go_to(&mut model, "/data/flink/checkpoints", LAST_WEEK);
    press(&mut model, "uy");
    let id = OperationId(0);
    let progress = Progress {
        done: 1,
        of: 3,
        what: "files put back",
    };
    send(
        &mut model,
        Message::Operation {
            id,
            news: News::Progress(progress),
        },
    );
    let shown = text(&mut model, false);
    assert!(
        shown.contains("1 of 3 files put back") && shown.contains("c halt"),
        "{shown}"
    );
    assert_eq!(key(&mut model, 'c'), [Effect::Halt(id)]);
    let ended = Message::Operation {
        id,
        news: News::Finished(Err("interrupted after 1 of 3 files".to_owned())),
    };
    let effects = send(&mut model, ended);
    assert_eq!(
        effects,
        [Effect::LookAgain, Effect::LoadMarks, Effect::LoadTrash]
    );
    assert_eq!(
        model.operations[0].ended.map(|(_, tone)| tone),
        Some(Tone::Bad)
    );
    assert_eq!(key(&mut model, 'c'), [], "what has ended is not halted");
}

#[test]
fn leaving_while_files_are_moved_is_asked_twice() {
    let mut model = opened((120, 40));
    go_to(&mut model, "/data/flink/checkpoints", LAST_WEEK);
    press(&mut model, "uy⎋⎋");
    assert!(model.popups.is_empty());
    assert_eq!(key(&mut model, 'q'), []);
    assert!(
        notice(&model).contains("files are being moved"),
        "{}",
        notice(&model)
    );
    assert_eq!(key(&mut model, 'q'), [Effect::Quit]);
}

#[test]
fn names_from_files_cannot_touch_the_terminal() {
    let mut model = opened((120, 40));
    let mut evil = known(Stage::Done, 100, vec![target("chk\u{1b}[2J", 1, 1)]);
    evil.by = "o\u{202e}ps".to_owned();
    let row = batch("/data/\u{7}flink", "x\u{1b}]0;", Ok(evil));
    send(&mut model, Message::Trash(vec![row]));
    let [id, name] = ["x\\x1b]0;", "chk\\x1b[2J"];
    for (keys, words) in [
        ("", vec![id, name, "o\\u{202e}ps", "/data/\\x07flink"]),
        ("u", vec![id, name, "/data/\\x07flink"]),
        ("⎋P", vec![id, name, "/data/\\x07flink"]),
        ("⎋⇥u", vec![name, "/data/\\x07flink"]),
    ] {
        press(&mut model, keys);
        let shown = text(&mut model, false);
        let is_safe = |c: char| c == '\n' || !(c.is_control() || c == '\u{202e}');
        assert!(shown.chars().all(is_safe), "{shown:?}");
        for word in words {
            assert!(shown.contains(word), "{word}\n{shown}");
        }
    }
}

#[test]
fn the_trash_at_several_sizes() {
    for size in [(80, 24), (132, 36), (40, 10)] {
        let mut model = opened(size);
        press(&mut model, "↓↓");
        let name = format!("trash_{}x{}", size.0, size.1);
        insta::assert_snapshot!(name, text(&mut model, false));
    }
    let mut model = opened((80, 24));
    press(&mut model, "↓↓↓");
    insta::assert_snapshot!("trash_ascii", text(&mut model, true));
    press(&mut model, "⇥↓");
    insta::assert_snapshot!("trash_targets", text(&mut model, false));
    let mut model = opened((80, 24));
    press(&mut model, "GP");
    insta::assert_snapshot!("trash_purge", text(&mut model, false));
}
