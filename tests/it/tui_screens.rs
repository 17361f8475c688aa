//! The sample on the screen, drawn by the real code.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use stateward::app::key::Key;
use stateward::app::message::Message;
use stateward::app::model::Model;
use stateward::domain::location::Location;
use stateward::domain::snapshot::{RootState, RootStatus, Watching};
use stateward::tui::glyphs::{ASCII, UNICODE};
use stateward::tui::theme::{Theme, ThemeName};
use stateward::tui::view::{Look, draw};

use super::tui_sample::{self as sample, sample_model, send};
use super::tui_views::text;

/// Draws a model as the loop would.
pub(super) fn render(model: &mut Model, look: &Look) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(model.size.0, model.size.1)).unwrap();
    let mut view = std::mem::take(&mut model.view);
    terminal
        .draw(|frame| draw(frame, model, &mut view, look))
        .unwrap();
    model.view = view;
    model.dirty = false;
    terminal.backend().buffer().clone()
}

pub(super) fn look(theme: ThemeName, ascii: bool) -> Look {
    Look {
        theme: Theme::named(theme),
        glyphs: if ascii { ASCII } else { UNICODE },
    }
}

pub(super) fn press(model: &mut Model, keys: &str) {
    for c in keys.chars() {
        let key = match c {
            '⏎' => Key::Enter,
            '⇥' => Key::Tab,
            '↓' => Key::Down,
            '↑' => Key::Up,
            '⎋' => Key::Esc,
            '⌫' => Key::Backspace,
            c => Key::Char(c),
        };
        render(model, &look(ThemeName::Default, false));
        send(model, Message::Key(key));
    }
}

/// The sample after some keys.
pub(super) fn after(size: (u16, u16), keys: &str) -> Model {
    let mut model = sample_model(size);
    press(&mut model, keys);
    model
}

pub(super) fn loading(size: (u16, u16)) -> Model {
    let deltas = sample::deltas().into_iter().take(9).collect();
    sample::model_of(
        vec![sample::root(RootState::Scanning { found: 9 })],
        deltas,
        size,
    )
}

pub(super) fn troubled_roots(size: (u16, u16)) -> Model {
    let nfs = RootStatus {
        location: Location::local(b"/mnt/nfs/savepoints"),
        watching: Watching::Polling("this file system reports no changes (nfs4)".to_owned()),
        problems: vec!["2 directories cannot be listed: permission denied".to_owned()],
        ..sample::root(RootState::Ready)
    };
    let gone = RootStatus {
        location: Location::local(b"/mnt/old"),
        ..sample::root(RootState::Missing)
    };
    sample::model_of(
        vec![sample::root(RootState::Ready), nfs, gone],
        sample::deltas(),
        size,
    )
}

#[test]
fn filters_and_menus_at_120x40() {
    for (name, keys) in [
        ("help", "?"),
        ("filter", "/kind:savepoint age>1h"),
        ("filter_error", "/kind:savepoint age>soon"),
        ("filter_none", "/kind:savepoint age>5y⏎"),
        ("palette", ":re"),
        ("sort", "s↓↓↓"),
        ("lineage", "]"),
        ("broken", "]/health:!complete⏎↓↓"),
        ("unaligned", "]]4⇥++++"),
        ("unverified", "]]]"),
    ] {
        insta::assert_snapshot!(
            format!("screen_{name}"),
            text(&mut after((120, 40), keys), false)
        );
    }
    let gone = vec![sample::root(RootState::Missing)];
    let mut gone = sample::model_of(gone, Vec::new(), (120, 40));
    insta::assert_snapshot!("screen_missing_root", text(&mut gone, false));
}
