//! What keys of the table do where only the detail is on the screen, and how much of what is typed is seen.

use stateward::app::key::Key;
use stateward::app::message::Message;
use stateward::app::model::{Focus, Model};

use super::tui_sample::send;
use super::tui_screens::{after, press};
use super::tui_views::text;

fn notice(model: &Model) -> &str {
    model.notice.as_ref().map_or("", |it| it.text.as_str())
}

#[test]
fn rows_are_filtered_where_they_are_seen() {
    for size in [(60, 20), (80, 24)] {
        let mut model = after(size, "1/");
        assert!(model.table_visible() && model.focus == Focus::Table);
        press(&mut model, "kind:savepoint");
        assert!(text(&mut model, false).contains("3 of 12 match"));
        // The snapshot that was read of is selected again where the filter is given up.
        press(&mut model, "⎋");
        let selected = model.selected_snapshot().map(|it| it.name.clone());
        assert_eq!(selected.as_deref(), Some("chk-912"));
    }
    // Where both are on the screen the detail stays.
    let mut model = after((120, 40), "⇥/");
    assert_eq!(model.focus, Focus::Detail);
    press(&mut model, "⎋");
}

#[test]
fn rows_that_are_not_seen_are_not_sorted_without_a_word() {
    let mut model = after((80, 24), "1S");
    assert_eq!(notice(&model), "the table is sorted now: oldest first");
    press(&mut model, "s⏎");
    assert_eq!(notice(&model), "the table is sorted now: newest first");
    for (size, keys) in [((80, 24), "S"), ((120, 40), "⇥S"), ((120, 40), "s⏎")] {
        assert_eq!(notice(&after(size, keys)), "", "{keys}");
    }
}

#[test]
fn what_is_wrong_with_a_filter_is_told_to_the_end() {
    for size in [(40, 10), (60, 20), (80, 24), (120, 40)] {
        for ascii in [false, true] {
            let mut model = after(size, "/foo:bar");
            let why = model.typing.as_ref().unwrap().error.as_ref();
            let why = why.unwrap().to_string();
            let screen = text(&mut model, ascii);
            let words = screen.replace('"', " ");
            let words: Vec<&str> = words.split_whitespace().collect();
            let words = words.join(" ");
            assert!(words.contains(&why), "{screen}");
            assert!(screen.contains(" / foo:bar"), "{screen}");
        }
    }
    // Of a filter that is longer than the line the end is seen, where one types.
    let mut model = after((60, 20), "/");
    let long = "kind:savepoint age>7d freed>1G health:!complete name:manual last";
    for c in long.chars() {
        send(&mut model, Message::Key(Key::Char(c)));
    }
    let screen = text(&mut model, false);
    assert!(screen.contains("name:manual last"), "{screen}");
    assert!(screen.contains("0 of 12 match"), "{screen}");
}
