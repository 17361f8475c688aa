//! What is staged on the screen, and that nobody stages the wrong one or is told what is not so any more.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should fail where it stands"
)]

use ratatui::buffer::Cell;
use stateward::app::key::Key;
use stateward::app::message::Message;
use stateward::app::model::Model;
use stateward::app::operations::News;
use stateward::domain::location::Location;
use stateward::domain::snapshot::RootState;
use stateward::inventory::delta::Delta;
use stateward::tui::theme::ThemeName;

use super::tui_sample::{self as sample, FRAUD, SESSIONS, at, root, send};
use super::tui_sample_plan::{mixed, reviewing};
use super::tui_screens::{look, render};

const SIZES: [(u16, u16); 3] = [(60, 20), (80, 24), (120, 40)];

/// The screen, line by line.
pub(crate) fn shown(model: &mut Model) -> String {
    let buffer = render(model, &look(ThemeName::Mono, false));
    let lines = buffer.content.chunks(usize::from(buffer.area.width));
    let line = |cells: &[Cell]| cells.iter().map(Cell::symbol).collect::<String>();
    lines.map(line).collect::<Vec<_>>().join("\n")
}

fn keys(model: &mut Model, text: &str) {
    for c in text.chars() {
        send(model, Message::Key(Key::Char(c)));
    }
}

fn key(model: &mut Model, key: Key) {
    send(model, Message::Key(key));
}

fn notice(model: &Model) -> &str {
    model.notice.as_ref().map_or("", |it| it.text.as_str())
}

#[test]
fn what_takes_a_choice_back_stays_where_it_is() {
    let mut model = sample::sample_model((80, 24));
    keys(&mut model, "d");
    assert_eq!(model.staging.chosen.len(), 1);
    keys(&mut model, "k");
    let here = model.selected.clone();
    keys(&mut model, "d");
    assert!(model.staging.chosen.is_empty());
    assert_eq!(model.selected, here, "the neighbour was not asked for");
    keys(&mut model, "d");
    assert_eq!(model.staging.chosen.iter().next(), here.as_ref());
}

#[test]
fn in_a_detail_what_is_staged_stays_in_view_and_is_told() {
    // Over the table, and beside it with the keys.
    for (size, open) in [((60, 20), "1"), ((80, 24), "1"), ((120, 40), "\t")] {
        let mut model = sample::sample_model(size);
        let open = if open == "\t" {
            Key::Tab
        } else {
            Key::Char('1')
        };
        key(&mut model, open);
        let here = model.selected.clone();
        let name = model.selected_snapshot().unwrap().name.clone();
        keys(&mut model, "d");
        assert_eq!(model.selected, here, "{size:?}");
        assert_eq!(model.staging.chosen.iter().next(), here.as_ref());
        let said = format!("{name} staged; nothing happens before the review (D)");
        assert_eq!(notice(&model), said);
        assert!(shown(&mut model).contains(&said));
        // It can be seen as long as it is so.
        keys(&mut model, "j");
        model.notice = None;
        let screen = shown(&mut model);
        let below = if model.table_visible() {
            "✗ 1 staged"
        } else {
            "✗ this one is staged"
        };
        assert!(screen.contains(below), "{screen}");
        keys(&mut model, "d");
        assert_eq!(model.selected, here);
        assert!(model.staging.chosen.is_empty());
        assert_eq!(notice(&model), format!("{name} is not staged any more"));
        keys(&mut model, "d>d");
        assert_eq!(model.staging.chosen.len(), 2);
        let screen = shown(&mut model);
        let below = ["✗ 2 staged", "✗ this one is staged, 2 in all"];
        assert!(below.iter().any(|it| screen.contains(it)), "{screen}");
        assert!(
            notice(&model).contains("2 in all; nothing happens before the review (D)"),
            "{}",
            notice(&model)
        );
    }
}

#[test]
fn in_a_detail_nothing_is_staged_or_let_go_out_of_sight() {
    let mut model = sample::sample_model((80, 24));
    keys(&mut model, "d1");
    assert!(shown(&mut model).contains("✗ 1 other is staged"));
    key(&mut model, Key::Ctrl('a'));
    assert_eq!(model.staging.chosen.len(), 1);
    assert_eq!(
        notice(&model),
        "stage shown: the table is not on the screen; esc goes back to it"
    );
    keys(&mut model, "u");
    assert!(model.staging.chosen.is_empty());
    assert_eq!(notice(&model), "1 let go; nothing is staged any more");
    // Where the table stands beside it, what happens is seen there.
    let mut model = sample::sample_model((120, 40));
    key(&mut model, Key::Tab);
    key(&mut model, Key::Ctrl('a'));
    assert_eq!(model.staging.chosen.len(), model.index.rows.len());
    keys(&mut model, "u");
    assert_eq!(notice(&model), "");
}

#[test]
fn what_is_staged_and_hidden_is_counted_apart() {
    for size in SIZES {
        let mut model = sample::sample_model(size);
        keys(&mut model, "dd");
        assert!(!shown(&mut model).contains("hidden"));
        keys(&mut model, "/kind:savepoint");
        key(&mut model, Key::Enter);
        let screen = shown(&mut model);
        assert!(screen.contains("2 staged, 2 hidden"), "{screen}");
        key(&mut model, Key::Esc);
        assert!(!shown(&mut model).contains("hidden"));
    }
}

#[test]
fn all_that_is_shown_is_said_not_to_be_all_while_more_comes() {
    let scanning = root(RootState::Scanning { found: 12 });
    let mut model = sample::model_of(vec![scanning], sample::deltas(), (120, 40));
    key(&mut model, Key::Ctrl('a'));
    assert!(
        notice(&model).contains("12 staged; still scanning"),
        "{}",
        notice(&model)
    );
    let ready = Delta::Root(root(RootState::Ready));
    send(&mut model, Message::Inventory(vec![ready]));
    keys(&mut model, "u");
    key(&mut model, Key::Ctrl('a'));
    assert!(!notice(&model).contains("scanning"), "{}", notice(&model));
}

#[test]
fn a_word_goes_with_what_it_is_about() {
    let mut model = sample::sample_model((80, 24));
    key(&mut model, Key::Ctrl('a'));
    assert!(notice(&model).contains("staged"));
    keys(&mut model, "j");
    assert!(notice(&model).contains("staged"), "it still is so");
    keys(&mut model, "u");
    assert_eq!(notice(&model), "");
    // The result of an earlier one hides no keys of the next review.
    let mut model = reviewing((80, 24), true, 'D', mixed());
    keys(&mut model, "Gy");
    let id = model.operations[0].id;
    let news = News::Finished(Err("nothing of the plan may go any more".to_owned()));
    send(&mut model, Message::Operation { id, news });
    assert!(notice(&model).starts_with("nothing of the plan may go any more"));
    key(&mut model, Key::Esc);
    keys(&mut model, "D");
    assert_eq!(notice(&model), "");
    // What a key says itself is heard, again and again.
    keys(&mut model, "yy");
    assert!(notice(&model).contains("not there yet"));
}

#[test]
fn the_result_is_on_the_screen_before_what_it_is_of() {
    let mut model = reviewing((60, 20), true, 'D', mixed());
    keys(&mut model, "Gy");
    let id = model.operations[0].id;
    key(&mut model, Key::Esc);
    let done = "1,534 files (19.1 MiB) in the trash (T); 8 stayed".to_owned();
    let news = News::Finished(Ok(done.clone()));
    send(&mut model, Message::Operation { id, news });
    let screen = shown(&mut model);
    let words = screen.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains(&format!("╯ {done} (delete")), "{screen}");
}

#[test]
fn a_word_that_is_longer_than_a_line_is_not_cut() {
    let why = "the cluster refused it: java.util.concurrent.CompletionException: \
               org.apache.flink.runtime.checkpoint.CheckpointException: Checkpoint triggering task Source: transactions \
               (1/3) of job 9aca052b969f69888ef9901a64d5a3e6 is not being executed at the moment. Aborting checkpoint.; \
               wait until all of its tasks run, and ask again";
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    for size in SIZES {
        for before in ["", "1", "D", "e", "?"] {
            let mut model = sample::sample_model(size);
            keys(&mut model, before);
            let one = shown(&mut model).lines().count();
            model.say(stateward::app::explain::Tone::Bad, why);
            let screen = shown(&mut model);
            assert!(words(&screen).contains(why), "{before} {screen}");
            assert_eq!(screen.lines().count(), one);
            model.notice = None;
            assert!(!shown(&mut model).contains("Aborting"));
        }
    }
    // In letters of a terminal without Unicode some marks are two.
    let mut model = sample::sample_model((60, 20));
    let why = why.replace("not being", "not being … → …");
    model.say(stateward::app::explain::Tone::Bad, why);
    let buffer = render(&mut model, &look(ThemeName::Mono, true));
    let text: String = buffer.content.iter().map(Cell::symbol).collect();
    assert!(
        words(&text)
            .contains(".. -> .. executed at the moment. Aborting checkpoint.; wait until all")
    );
    assert!(words(&text).contains("and ask again"));
}

#[test]
fn what_is_asked_stays_on_the_screen_below_a_long_word() {
    for size in SIZES {
        let mut model = reviewing(size, true, 'D', mixed());
        keys(&mut model, "G");
        shown(&mut model);
        model.say(stateward::app::explain::Tone::Warning, "word ".repeat(50));
        shown(&mut model);
        keys(&mut model, "y");
        assert_eq!(model.operations.len(), 1, "{size:?} {}", notice(&model));
    }
}

#[test]
fn what_happened_is_told_newest_first_whether_it_has_ended_or_not() {
    let mut model = reviewing((80, 24), true, 'D', mixed());
    keys(&mut model, "Gy");
    let id = model.operations[0].id;
    let say = |model: &mut Model, news| send(model, Message::Operation { id, news });
    say(&mut model, News::Remark("first".to_owned()));
    say(&mut model, News::Remark("second".to_owned()));
    let order = |model: &Model| {
        let told = model.operations[0].told();
        told.map(|(_, _, text)| text.clone()).collect::<Vec<_>>()
    };
    assert_eq!(order(&model), ["second", "first"]);
    say(&mut model, News::Finished(Ok("third".to_owned())));
    assert_eq!(order(&model), ["third", "second", "first"]);
}

/// The sample with a checkpoint of the same name in another application.
fn twins(size: (u16, u16)) -> (Model, Location) {
    let mut model = sample::sample_model(size);
    let row = model.snapshots.values().find(|it| it.name == "chk-912");
    let first = row.unwrap().clone();
    let lineage = model.lineages.iter().find(|it| it.name == SESSIONS);
    let mut other = (*first).clone();
    other.location = at(&format!("{SESSIONS}/chk-912"));
    other.lineage = lineage.unwrap().id;
    other.job_id = SESSIONS.parse().ok();
    let place = other.location.clone();
    let delta = Delta::Upserted(std::sync::Arc::new(other));
    send(&mut model, Message::Inventory(vec![delta]));
    send(&mut model, Message::Tick(sample::now()));
    (model, place)
}

#[test]
fn rows_of_two_lineages_do_not_look_alike() {
    for size in SIZES {
        let (mut model, twin) = twins(size);
        let screen = shown(&mut model);
        for lineage in [FRAUD, SESSIONS] {
            let is_row = |it: &&str| it.contains("chk-912") && it.contains("complete");
            let mut rows = screen.lines().filter(is_row);
            assert!(
                rows.any(|it| it.contains(&lineage[..8])),
                "{size:?} {lineage}\n{screen}"
            );
        }
        // Below the table it is said first whose the selected one is.
        if size.1 < 40 {
            model.selected = Some(twin);
            model.index.stale = true;
            send(&mut model, Message::Tick(sample::now()));
            let screen = shown(&mut model);
            let title = screen.lines().find(|it| it.contains("enter more")).unwrap();
            let place = |what: &str| title.find(what).unwrap_or_else(|| panic!("{screen}"));
            assert!(place(&SESSIONS[..8]) < place("chk-912"), "{screen}");
        }
    }
}

#[test]
fn in_a_review_the_lineage_is_named_before_what_may_be_cut() {
    for size in [(60, 40), (80, 24), (120, 40)] {
        let mut model = reviewing(size, true, 'D', mixed());
        let screen = shown(&mut model);
        let line = screen
            .lines()
            .find(|it| it.contains("KEEP    sav"))
            .unwrap();
        assert!(line.contains(&format!("of {}", &FRAUD[..8])), "{screen}");
    }
}

#[test]
fn whether_keys_can_change_anything_is_the_last_to_go_from_the_first_line() {
    for (size, write, words) in SIZES
        .into_iter()
        .flat_map(|size| [(size, true, "changes allowed"), (size, false, "read-only")])
    {
        for path in ["/c", "/mnt/warehouse/flink/production/eu-west/checkpoints"] {
            let mut place = root(RootState::Ready);
            place.location = Location::parse(format!("file:{path}").as_bytes());
            let mut model = sample::model_of(vec![place], sample::deltas(), size).writing(write);
            let screen = shown(&mut model);
            let first = screen.lines().next().unwrap();
            assert!(first.contains(words), "{size:?} {path}\n{screen}");
            assert!(first.contains("chk-912"), "{size:?} {path}\n{screen}");
        }
    }
}
