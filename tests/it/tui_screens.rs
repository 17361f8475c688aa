//! Every screen as a picture, drawn by the real code: `STATEWARD_WRITE_SCREENSHOTS=1 cargo test --test it screens`
//! writes them anew, a plain run fails when one is out of date.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should fail where it stands"
)]

use std::path::PathBuf;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use stateward::app::key::Key;
use stateward::app::message::Message;
use stateward::app::model::Model;
use stateward::config::Danger;
use stateward::domain::location::Location;
use stateward::domain::snapshot::{RootState, RootStatus, Watching};
use stateward::tui::glyphs::{ASCII, UNICODE};
use stateward::tui::theme::{Theme, ThemeName};
use stateward::tui::view::{Look, draw};

use super::tui_clusters as clusters;
use super::tui_ink::{DARK, LIGHT, Palette};
use super::tui_png::{Picture, picture};
use super::tui_sample::{self as sample, sample_model, send};
use super::tui_sample_plan as plans;
use super::tui_scene as scene;

const SIZE: (u16, u16) = (132, 36);

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

fn empty(state: RootState) -> Model {
    sample::model_of(vec![sample::root(state)], Vec::new(), SIZE)
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

fn live(size: (u16, u16), keys: &str) -> Model {
    let mut model = clusters::with_cluster(size, clusters::answering());
    press(&mut model, keys);
    model
}

fn allowed(size: (u16, u16), keys: &str) -> Model {
    let mut model = clusters::writing(size);
    press(&mut model, keys);
    model
}

fn trashed(size: (u16, u16), keys: &str) -> Model {
    let mut model = super::tui_trash::opened(size);
    press(&mut model, keys);
    model
}

fn lost(size: (u16, u16), keys: &str) -> Model {
    let mut model = clusters::with_cluster(size, clusters::silent());
    press(&mut model, keys);
    model
}

fn screens() -> Vec<(&'static str, Model, Look, &'static Palette)> {
    let normal = || look(ThemeName::Default, false);
    let dark = |name, model| (name, model, normal(), &DARK);
    vec![
        dark("main", after(SIZE, "")),
        dark("demo", scene::shown("welcome", SIZE, "")),
        dark("operators", after(SIZE, "2⇥G⏎↑↑⏎↓↓↓")),
        dark("files", after(SIZE, "3⇥↓↓")),
        dark("rescale", after(SIZE, "4⇥++++")),
        dark("fate", after(SIZE, "5⇥")),
        dark("restart", after(SIZE, "6⇥")),
        dark("explain", after(SIZE, "7⇥")),
        dark("restart-broken", after(SIZE, "]/health:incomplete⏎6⇥")),
        dark("help", after(SIZE, "?")),
        dark("filter", after(SIZE, "/kind:savepoint age>1h")),
        dark("filter-error", after(SIZE, "/kind:savepoint age>soon")),
        dark("filter-none", after(SIZE, "/kind:savepoint age>5y⏎")),
        dark("palette", after(SIZE, ":re")),
        dark("sort", after(SIZE, "s↓↓↓")),
        dark("lineage", after(SIZE, "]")),
        dark("broken", after(SIZE, "]/health:!complete⏎↓↓")),
        dark("unaligned", after(SIZE, "]]4⇥++++")),
        dark("unverified", after(SIZE, "]]]")),
        dark("cluster", live(SIZE, "")),
        dark("jobs", live(SIZE, "J")),
        dark("jobs-narrow", live((80, 24), "J")),
        dark("space", after(SIZE, "Ul↓↓↓")),
        dark("space-narrow", after((80, 24), "U")),
        dark("cluster-lost", lost(SIZE, "")),
        dark("jobs-lost", lost(SIZE, "J")),
        dark("danger", allowed(SIZE, "").in_danger(Danger::Red)),
        dark("trigger", allowed(SIZE, "t")),
        dark("trigger-review", allowed(SIZE, "t⏎")),
        dark("cancel", allowed(SIZE, "X")),
        dark("preflight", allowed(SIZE, "Rfraud.jar⏎")),
        dark("preflight-narrow", allowed((80, 24), "Rfraud.jar⏎")),
        dark("restart-progress", clusters::restarting(SIZE)),
        dark("trash", trashed(SIZE, "↓↓↓")),
        dark("trash-purge", trashed((80, 24), "GP")),
        dark("timeline", super::tui_timeline::opened(SIZE, "---")),
        dark("timeline-narrow", super::tui_timeline::opened((80, 24), "")),
        dark("replay", super::tui_replay::opened(SIZE, "nn")),
        dark("what-if", super::tui_whatif::opened(SIZE, "c↓x")),
        dark("side-by-side", after((200, 60), "b")),
        dark("holds", super::tui_holds::opened(SIZE, true)),
        dark("plan", plans::reviewing(SIZE, true, 'D', plans::mixed())),
        dark("roots", troubled_roots(SIZE)),
        dark("loading", loading(SIZE)),
        dark("empty", empty(RootState::Ready)),
        dark("missing-root", empty(RootState::Missing)),
        dark("narrow", after((80, 24), "")),
        dark("narrow-detail", after((80, 24), "⏎")),
        dark("small", after((60, 15), "")),
        dark("wide", after((200, 50), "")),
        (
            "light",
            after(SIZE, "]"),
            look(ThemeName::Light, false),
            &LIGHT,
        ),
        (
            "light-restart",
            after(SIZE, "]6⇥"),
            look(ThemeName::Light, false),
            &LIGHT,
        ),
        (
            "light-space",
            after(SIZE, "Ul↓↓↓"),
            look(ThemeName::Light, false),
            &LIGHT,
        ),
        (
            "high-contrast",
            after(SIZE, "]"),
            look(ThemeName::HighContrast, false),
            &DARK,
        ),
        (
            "mono",
            after(SIZE, "]"),
            look(ThemeName::Mono, false),
            &DARK,
        ),
        (
            "ascii",
            after(SIZE, "]"),
            look(ThemeName::Default, true),
            &DARK,
        ),
    ]
}

#[test]
fn screenshots_are_what_the_code_draws() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    let write = std::env::var_os("STATEWARD_WRITE_SCREENSHOTS").is_some();
    let mut stale = Vec::new();
    for (name, mut model, look, palette) in screens() {
        let drawn = picture(&render(&mut model, &look), palette);
        let file = folder.join(format!("{name}.png"));
        let is_fresh = std::fs::read(&file)
            .ok()
            .and_then(|bytes| Picture::decoded(&bytes))
            .is_some_and(|there| there.shows(&drawn));
        if is_fresh {
            continue;
        }
        if write {
            std::fs::write(&file, drawn.encoded()).unwrap();
        } else {
            stale.push(name);
        }
    }
    assert!(
        stale.is_empty(),
        "out of date, see the top of this file for the command: {stale:?}"
    );
}
