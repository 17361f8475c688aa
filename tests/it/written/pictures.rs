//! The pictures of the README, each of a scene: what the screen shows when these keys are pressed in that scenario at that
//! moment.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use jiff::SignedDuration;
use ratatui::buffer::Cell;
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
    /// Words that have to be on the screen then, for it to be what the README says.
    shows: &'static [&'static str],
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
            shows: &[],
            look: look(ThemeName::Default, false),
            palette: &DARK,
        }
    }

    /// The same when so much of the story has happened.
    fn after(mut self, at: SignedDuration) -> Self {
        self.staging.at = Some(at);
        self
    }

    fn showing(mut self, shows: &'static [&'static str]) -> Self {
        self.shows = shows;
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

    /// The picture, or what it does not show though it is to.
    fn drawn(&self) -> Result<Picture, String> {
        let drawn = drawn(self.staging, self.keys, &self.look);
        let cells = drawn.content.chunks(usize::from(drawn.area.width));
        let lines = cells.map(|line| line.iter().map(Cell::symbol).collect::<String>());
        let screen = lines.collect::<Vec<_>>().join("\n");
        match self.shows.iter().find(|words| !screen.contains(**words)) {
            Some(words) => Err(format!("{} has no `{words}`:\n{screen}", self.name)),
            None => Ok(picture(&drawn, self.palette)),
        }
    }

    fn file(&self) -> PathBuf {
        folder().join(format!("{}.png", self.name))
    }
}

fn shots() -> Vec<Shot> {
    let seconds = SignedDuration::from_secs;
    let opened = SignedDuration::from_hours(168);
    let light = look(ThemeName::Light, false);
    let contrast = look(ThemeName::HighContrast, false);
    let ascii = look(ThemeName::Default, true);
    vec![
        Shot::of("main", "welcome", 36, "").on(On::Demo).showing(&[
            "Lineages 2",
            "✓ RESTORABLE",
            "◌ in progress",
        ]),
        Shot::of("broken", "corruption", 30, "g")
            .after(seconds(180))
            .on(On::Directory)
            .showing(&["! incomplete", "★", "! NOT RESTORABLE", "files missing"]),
        Shot::of("restart", "corruption", 34, "6⇥")
            .after(seconds(180))
            .on(On::Directory)
            .showing(&["flink run"]),
        Shot::of("preflight", "corruption", 30, "Rfraud-scoring.jar⏎")
            .after(seconds(180))
            .showing(&["─ restart from", "y does it"]),
        Shot::of("plan", "welcome", 28, "/sessions⏎↓↓↓dddDa").showing(&[
            "2 of 3 would go",
            "hold: It is held by",
            "DELETE  savepoint-",
            "DELETE  chk-11",
            "named by chk-12",
        ]),
        Shot::of("trash", "welcome", 20, "/sessions⏎dddDaGy37⏎⎋⎋T").showing(&[
            "─ Trash 1 deletion",
            "savepoint-b0e5f7-812c3eb45280",
            "may go",
        ]),
        Shot::of("space", "welcome", 24, "Ul↓").showing(&["─ Space "]),
        Shot::of("timeline", "claimed-savepoint", 22, "e<<<<<<<<<<<")
            .after(seconds(260))
            .showing(&["─ Timeline ", "claimed by"]),
        Shot::of("explain", "claimed-savepoint", 40, "G7⇥")
            .after(seconds(100))
            .showing(&["7 Explain", "claimed"]),
        Shot::of("what-if", "incremental-sharing", 28, "↓wcx")
            .after(seconds(120))
            .showing(&["NOTHING HAPPENS FOR REAL", "BROKEN"]),
        Shot::of("side-by-side", "kinds", 0, "b")
            .sized((160, 32))
            .showing(&["─ Side by side "]),
        Shot::of("replay", "corruption", 30, "$NNL")
            .after(seconds(180))
            .on(On::Recording)
            .showing(&["recording", "✓ RESTORABLE", "checkpoint 11 of"]),
        Shot::of("jobs", "welcome", 32, "J")
            .after(opened + SignedDuration::from_millis(700))
            .showing(&["─ Jobs 2", "RUNNING", "subtasks"]),
        Shot::of("cluster-lost", "welcome", 32, "")
            .on(On::SilentCluster)
            .showing(&["not answering for"]),
        Shot::of("narrow", "welcome", 0, "")
            .sized(NARROW)
            .showing(&["─ Snapshots"]),
        Shot::of("light", "welcome", 0, "]]")
            .sized(NARROW)
            .looking(light, &LIGHT)
            .showing(&["─ Snapshots"]),
        Shot::of("high-contrast", "corruption", 0, "g")
            .after(seconds(180))
            .sized(NARROW)
            .looking(contrast, &DARK)
            .showing(&["incomplete"]),
        Shot::of("ascii", "welcome", 0, "")
            .sized(NARROW)
            .looking(ascii, &DARK)
            .showing(&["- Snapshots", "@ live"]),
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
    let (stale, wrong) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
    for_each(&shots(), |shot| {
        let drawn = match shot.drawn() {
            Ok(drawn) => drawn,
            Err(why) => return wrong.lock().unwrap().push(why),
        };
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
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    let stale = stale.into_inner().unwrap();
    assert!(stale.is_empty(), "stale: {stale:?}: {}", super::HOW);
}

#[test]
fn every_picture_is_known_by_words() {
    for shot in shots() {
        assert!(!shot.shows.is_empty(), "{}", shot.name);
    }
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
