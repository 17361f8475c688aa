//! A deletion that reached into several roots, on the trash screen: one line each, told apart, and dealt with as one.

use jiff::SignedDuration;
use stateward::action::trash::Stage;
use stateward::action::trash::list::{Entry, Known};
use stateward::app::effect::Effect;
use stateward::app::key::Key;
use stateward::app::message::Message;
use stateward::app::model::Model;
use stateward::app::trash::{Row, What};
use stateward::config::connection::Connection;
use stateward::domain::asked::AskedCluster;
use stateward::domain::cluster::ClusterId;
use stateward::flink::poll;

use super::tui_sample::{now, sample_model, send};
use super::tui_screens::press;
use super::tui_trash::{
    HALF, LAST_WEEK, go_to, is_in_list, key, known, notice, opened, review, target, works,
};
use super::tui_views::text;

const OF_TEN: &str = "20260201T031110Z-a1b2c3";

fn root(number: usize) -> String {
    format!("/srv/flink/of-a-team-with-a-long-name/job-{number}/savepoints")
}

/// What one deletion moved in ten roots.
fn ten(part: impl Fn(usize) -> Known) -> Model {
    let mut model = sample_model((80, 24)).writing(true);
    press(&mut model, "T");
    let rows = (0..10).map(|at| Row::Batch {
        root: root(at).into(),
        entry: Box::new(Entry {
            id: OF_TEN.to_owned(),
            known: Ok(part(at)),
        }),
    });
    send(&mut model, Message::Trash(rows.collect()));
    model
}

fn old(_: usize) -> Known {
    known(
        Stage::Done,
        100,
        vec![target("savepoint-7bf6bd-0123456789ab", 7, 700)],
    )
}

fn footer(model: &mut Model) -> String {
    let shown = text(model, false);
    shown.lines().last().unwrap().to_owned()
}

#[test]
fn its_lines_tell_themselves_apart_on_a_narrow_screen() {
    let shown = text(&mut ten(old), false);
    let lines: Vec<&str> = shown.lines().filter(|it| it.contains(" done ")).collect();
    assert!(lines.len() > 5, "{shown}");
    for (at, line) in lines.iter().enumerate() {
        assert!(line.contains(&format!(" job-{at} ")), "{line}");
        assert!(
            line.contains("savepoint") && line.contains("89ab"),
            "{line}"
        );
    }
}

#[test]
fn it_counts_as_one() {
    let mut model = ten(|at| match at {
        0..3 => known(Stage::Begun, 1, vec![target("chk-1", 1, 10)]),
        _ => old(at),
    });
    let shown = text(&mut model, false);
    let title = shown.lines().nth(1).unwrap();
    assert!(
        title.contains(" 1 deletion, ") && title.contains(" 1 unfinished "),
        "{title}"
    );
}

#[test]
fn all_of_it_goes_for_good_or_nothing() {
    let mut model = ten(old);
    press(&mut model, "P");
    let (_, blocked, lines) = review(&model);
    assert!(!blocked, "{lines}");
    for at in 0..10 {
        let line = format!("7 files (700 bytes) go from the trash of {}.", root(at));
        assert!(lines.contains(&line), "{line}\n{lines}");
    }
    key(&mut model, 'G');
    press(&mut model, "y70");
    let done = works(&send(&mut model, Message::Key(Key::Enter)));
    let (_, work) = &done[0];
    assert_eq!((work.what, work.parts.len()), (What::Purge, 10));
    // Where one part is too young, none goes.
    let mut model = ten(|at| match at {
        4 => known(Stage::Done, 1, vec![target("chk-1", 1, 10)]),
        _ => old(at),
    });
    press(&mut model, "P");
    let (_, blocked, lines) = review(&model);
    assert!(
        blocked && lines.contains(&format!("In {}: It has lain here for 60m", root(4)))
            || lines.contains("1h"),
        "{lines}"
    );
    assert_eq!(works(&key(&mut model, 'y')), []);
}

#[test]
fn all_of_what_was_begun_is_gone_on_with() {
    let mut model = ten(|at| match at {
        2..5 => known(Stage::Begun, 1, vec![target("chk-1", 1, 10)]),
        _ => old(at),
    });
    press(&mut model, "r");
    let (_, _, lines) = review(&model);
    for at in 2..5 {
        assert!(
            lines.contains(&format!("In {} 1 file", root(at))),
            "{lines}"
        );
    }
    let done = works(&key(&mut model, 'y'));
    assert_eq!((done[0].1.what, done[0].1.parts.len()), (What::Resume, 3));
}

#[test]
fn nothing_is_done_with_one_part_while_somebody_is_at_work_on_another() {
    let mut model = ten(|at| Known {
        is_under_way: at == 9,
        is_unfinished: at == 9,
        ..old(at)
    });
    for pressed in ['u', 'P', 'r'] {
        assert_eq!(key(&mut model, pressed), []);
        assert!(is_in_list(&model) && notice(&model).contains("somebody is at work"));
    }
}

#[test]
fn a_key_is_offered_only_where_it_comes_to_something() {
    let mut model = opened((120, 40));
    for (id, words, others) in [
        (LAST_WEEK, vec![" u undo", " P purge"], vec![" r resume"]),
        (HALF, vec![" u undo", " r resume"], vec![" P purge"]),
    ] {
        go_to(&mut model, "/data/flink/checkpoints", id);
        let shown = footer(&mut model);
        assert!(words.iter().all(|it| shown.contains(it)), "{shown}");
        assert!(!others.iter().any(|it| shown.contains(it)), "{shown}");
    }
    // Whoever presses it all the same is told why.
    go_to(&mut model, "/data/flink/checkpoints", LAST_WEEK);
    press(&mut model, "r");
    assert!(
        notice(&model).contains("is unfinished"),
        "{}",
        notice(&model)
    );
}

#[test]
fn what_cannot_go_back_is_not_said_to() {
    let mut model = ten(|at| Known {
        taken: 7,
        ..old(at)
    });
    assert!(text(&mut model, false).contains("cannot be put back: something else is at the place"));
    assert!(!footer(&mut model).contains("u undo"));
    assert_eq!(key(&mut model, 'u'), []);
    assert!(
        is_in_list(&model) && notice(&model).contains("each of its 70 files"),
        "{}",
        notice(&model)
    );
    let mut model = ten(|at| Known {
        taken: 2,
        ..old(at)
    });
    assert!(text(&mut model, false).contains("5 of 7 files"));
    press(&mut model, "u");
    assert!(
        review(&model)
            .2
            .contains("but for 2, at whose place something else is")
    );
}

#[test]
fn what_did_not_come_back_is_said() {
    let undone = |lost, changed| Known {
        lost,
        changed,
        files: 0,
        moves: 7,
        ..known(Stage::Undone, 1, vec![target("chk-1", 0, 0)])
    };
    for (lost, changed, words) in [
        (0, 0, "Everything is back where it lay."),
        (
            1,
            0,
            "1 of 7 files lie neither where they lay nor in this trash",
        ),
        (0, 1, "1 of 7 files have another length"),
    ] {
        let mut model = ten(|_| undone(lost, changed));
        let shown = text(&mut model, false).replace(['\n', '"', '│'], " ");
        let shown: Vec<&str> = shown.split_whitespace().collect();
        assert!(shown.join(" ").contains(words), "{words}\n{shown:?}");
    }
}

#[test]
fn it_is_read_again_while_it_is_on_the_screen() {
    let mut model = ten(old);
    let soon = now() + SignedDuration::from_secs(2);
    assert_eq!(send(&mut model, Message::Tick(soon)), [Effect::LoadTrash]);
    // Not before it was answered.
    let later = soon + SignedDuration::from_secs(60);
    assert_eq!(send(&mut model, Message::Tick(later)), []);
    send(&mut model, Message::Trash(Vec::new()));
    assert_eq!(send(&mut model, Message::Tick(later)), []);
    press(&mut model, "⎋");
    let much_later = later + SignedDuration::from_secs(60);
    assert_eq!(send(&mut model, Message::Tick(much_later)), []);
}

#[test]
fn what_happens_in_a_directory_of_our_own_has_all_of_it_read_again() {
    let mut model = ten(old);
    let news = vec![stateward::inventory::delta::Delta::Ours];
    let effects = send(&mut model, Message::Inventory(news));
    assert_eq!(effects, [Effect::LoadMarks, Effect::LoadTrash]);
}

#[test]
fn what_is_done_with_a_copy_leaves_the_original_as_it_is() {
    for (pressed, is_unfinished) in [('u', false), ('r', true)] {
        let stage = if is_unfinished {
            Stage::Begun
        } else {
            Stage::Done
        };
        let mut model = ten(|at| Known {
            is_copy: at >= 7,
            is_unfinished,
            stage: Some(stage),
            ..old(at)
        });
        key(&mut model, pressed);
        key(&mut model, 'G');
        let done = works(&key(&mut model, 'y'));
        let parts = &done[0].1.parts;
        assert_eq!(parts.len(), 7, "{parts:?}");
        let is_original =
            |at: &std::path::Path| (0..7).any(|number| at.as_os_str() == &*root(number));
        assert!(parts.iter().all(|it| is_original(&it.root)), "{parts:?}");
    }
}

#[test]
fn nothing_comes_back_while_another_root_is_not_there() {
    let mut model = ten(|at| Known {
        absent: vec!["/srv/flink/elsewhere".to_owned()],
        ..old(at)
    });
    for keys in ["u", "⇥u"] {
        press(&mut model, keys);
        let said = notice(&model);
        assert!(
            said.contains("/srv/flink/elsewhere, which is not there"),
            "{said}"
        );
    }
}

#[test]
fn what_was_begun_beside_a_cluster_is_gone_on_with_beside_it_alone() {
    let connection = Connection::to("http://elsewhere:8081").unwrap();
    let cluster = poll::not_yet(ClusterId(9), &connection);
    let mut model = ten(|_| Known {
        asked: vec![AskedCluster::of(&cluster)],
        ..known(Stage::Begun, 1, vec![target("chk-1", 1, 10)])
    });
    assert_eq!(key(&mut model, 'r'), []);
    assert!(is_in_list(&model));
    let said = notice(&model);
    assert!(
        said.contains("elsewhere:8081 was asked") && said.contains("--flink http://elsewhere:8081"),
        "{said}"
    );
    model.clusters.push(cluster.into());
    key(&mut model, 'r');
    assert!(!is_in_list(&model));
}
