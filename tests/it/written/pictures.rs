//! The pictures of the README, each of a scene: what the screen shows when these keys are pressed in that scenario at that
//! moment.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use jiff::SignedDuration;
use stateward::tui::theme::ThemeName;
use stateward::tui::view::Look;

use crate::scene::{On, Staging};
use crate::scene_twice::drawn;
use crate::tui_ink::{DARK, LIGHT, Palette};
use crate::tui_png::{Picture, picture};
use crate::tui_screens::look;

const WIDE: u16 = 132;
const NARROW: (u16, u16) = (80, 24);

/// A picture.
struct Shot {
    name: &'static str,
    staging: Staging,
    /// What is pressed.
    keys: &'static str,
    look: Look,
    palette: &'static Palette,
}

impl Shot {
    /// So many rows of a scenario at the moment when its demonstration opens.
    fn of(name: &'static str, scenario: &'static str, rows: u16, keys: &'static str) -> Self {
        let staging = Staging {
            name: scenario,
            at: None,
            size: (WIDE, rows),
            on: On::Cluster,
        };
        Self {
            name,
            staging,
            keys,
            look: look(ThemeName::Default, false),
            palette: &DARK,
        }
    }

    /// The same when so much of the story has happened.
    fn after(mut self, at: SignedDuration) -> Self {
        self.staging.at = Some(at);
        self
    }

    fn on(mut self, on: On) -> Self {
        self.staging.on = on;
        self
    }

    fn sized(mut self, size: (u16, u16)) -> Self {
        self.staging.size = size;
        self
    }

    fn looking(mut self, look: Look, palette: &'static Palette) -> Self {
        self.look = look;
        self.palette = palette;
        self
    }

    fn drawn(&self) -> Picture {
        picture(&drawn(self.staging, self.keys, &self.look), self.palette)
    }

    fn file(&self) -> PathBuf {
        folder().join(format!("{}.png", self.name))
    }
}

fn shots() -> Vec<Shot> {
    let seconds = SignedDuration::from_secs;
    let opened = SignedDuration::from_hours(72);
    let light = look(ThemeName::Light, false);
    let contrast = look(ThemeName::HighContrast, false);
    let ascii = look(ThemeName::Default, true);
    vec![
        Shot::of("main", "welcome", 36, "").on(On::Demo),
        Shot::of("broken", "corruption", 30, "g")
            .after(seconds(180))
            .on(On::Directory),
        Shot::of("restart", "corruption", 34, "6⇥")
            .after(seconds(180))
            .on(On::Directory),
        Shot::of("preflight", "corruption", 30, "Rfraud-scoring.jar⏎").after(seconds(180)),
        Shot::of("plan", "welcome", 28, "/sessions⏎↓↓dddDa"),
        Shot::of("trash", "welcome", 20, "/sessions⏎dddDaGyT"),
        Shot::of("space", "welcome", 24, "Ul↓"),
        Shot::of("timeline", "claimed-savepoint", 22, "e<<<<<<<<<<<").after(seconds(260)),
        Shot::of("explain", "claimed-savepoint", 40, "G7⇥").after(seconds(100)),
        Shot::of("what-if", "incremental-sharing", 28, "↓wcx").after(seconds(120)),
        Shot::of("side-by-side", "kinds", 0, "b").sized((160, 32)),
        Shot::of("replay", "corruption", 30, "$NL")
            .after(seconds(180))
            .on(On::Recording),
        Shot::of("jobs", "welcome", 32, "J").after(opened + SignedDuration::from_millis(700)),
        Shot::of("cluster-lost", "welcome", 32, "").on(On::SilentCluster),
        Shot::of("narrow", "welcome", 0, "").sized(NARROW),
        Shot::of("light", "welcome", 0, "]]")
            .sized(NARROW)
            .looking(light, &LIGHT),
        Shot::of("high-contrast", "corruption", 0, "g")
            .after(seconds(180))
            .sized(NARROW)
            .looking(contrast, &DARK),
        Shot::of("ascii", "welcome", 0, "")
            .sized(NARROW)
            .looking(ascii, &DARK),
    ]
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots")
}

fn there() -> BTreeSet<String> {
    let files = fs::read_dir(folder()).unwrap();
    let names = files.map(|it| it.unwrap().file_name().into_string().unwrap());
    names.collect()
}

/// Does it with each, several at a time.
fn for_each(shots: &[Shot], act: impl Fn(&Shot) + Sync) {
    let left = Mutex::new(shots.iter());
    let threads = thread::available_parallelism().map_or(2, |it| it.get().min(4));
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(shot) = { left.lock().unwrap().next() } {
                    act(shot);
                }
            });
        }
    });
}

#[test]
fn pictures_are_what_the_scenes_show() {
    let stale = Mutex::new(Vec::new());
    for_each(&shots(), |shot| {
        let drawn = shot.drawn();
        let bytes = fs::read(shot.file()).ok();
        let there = bytes.and_then(|bytes| Picture::decoded(&bytes));
        if there.is_some_and(|there| there.shows(&drawn)) {
            return;
        }
        if super::is_asked_for() {
            fs::write(shot.file(), drawn.encoded()).unwrap();
        } else {
            stale.lock().unwrap().push(shot.name);
        }
    });
    let stale = stale.into_inner().unwrap();
    assert!(stale.is_empty(), "stale: {stale:?}: {}", super::HOW);
}

#[test]
fn every_picture_is_of_a_scene_and_shown() {
    let made: BTreeSet<String> = shots()
        .iter()
        .map(|it| format!("{}.png", it.name))
        .collect();
    if super::is_asked_for() {
        for name in there().difference(&made) {
            fs::remove_file(folder().join(name)).unwrap();
        }
    } else {
        assert_eq!(there(), made, "{}", super::HOW);
    }
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(readme).unwrap();
    let shown = readme.split("](screenshots/").skip(1);
    let shown: Vec<&str> = shown.map(|rest| rest.split(')').next().unwrap()).collect();
    let once: BTreeSet<String> = shown.iter().map(|it| (*it).to_owned()).collect();
    assert_eq!(once, made, "the README shows what is made, and no more");
    assert_eq!(once.len(), shown.len(), "each once: {shown:?}");
}
