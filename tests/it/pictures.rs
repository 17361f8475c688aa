//! The pictures of the README, each of a scene: what the screen shows when these keys are pressed in that scenario at that
//! moment.

use jiff::SignedDuration;
use stateward::tui::theme::ThemeName;
use stateward::tui::view::Look;

use crate::scene::{On, Staging};
use crate::scene_twice::drawn;
use crate::tui_png::{Picture, picture};
use crate::tui_ink::{DARK, LIGHT, Palette};
use crate::tui_screens::look;

const SIZE: (u16, u16) = (132, 36);

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
    /// Of a scenario when its demonstration opens.
    fn of(name: &'static str, scenario: &'static str, keys: &'static str) -> Self {
        let staging = Staging {
            name: scenario,
            at: None,
            size: SIZE,
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
    fn after_seconds(self, seconds: i64) -> Self {
        self.with(|staging| staging.at = Some(SignedDuration::from_secs(seconds)))
    }

    fn on(self, on: On) -> Self {
        self.with(|staging| staging.on = on)
    }

    fn sized(self, size: (u16, u16)) -> Self {
        self.with(|staging| staging.size = size)
    }

    fn with(mut self, change: impl FnOnce(&mut Staging)) -> Self {
        change(&mut self.staging);
        self
    }

    fn drawn(&self) -> Picture {
        picture(&drawn(self.staging, self.keys, &self.look), self.palette)
    }
}

fn shots() -> Vec<Shot> {
    let light = |shot: Shot| Shot {
        look: look(ThemeName::Light, false),
        palette: &LIGHT,
        ..shot
    };
    let ascii = |shot: Shot| Shot {
        look: look(ThemeName::Default, true),
        ..shot
    };
    vec![
        Shot::of("main", "welcome", "").on(On::Demo),
        // Which one do I restart from?
        Shot::of("broken", "corruption", "g").after_seconds(180),
        Shot::of("restart", "corruption", "6⇥").after_seconds(180),
        Shot::of("preflight", "corruption", "R⏎").after_seconds(180),
        // What may I delete?
        Shot::of("plan", "welcome", "/sessions⏎dddddDa"),
        Shot::of("trash", "welcome", "/sessions⏎dddDayT"),
        Shot::of("orphans", "timed-out", "O").after_seconds(240),
        Shot::of("space", "incremental-sharing", "Ul↓").after_seconds(120),
        // Why did this one vanish?
        Shot::of("timeline", "claimed-savepoint", "e").after_seconds(360),
        Shot::of("explain", "claimed-savepoint", "7⇥").after_seconds(360),
        Shot::of("what-if", "incremental-sharing", "↓wcx").after_seconds(120),
        Shot::of("side-by-side", "kinds", "b").sized((160, 42)),
        Shot::of("replay", "corruption", "$NN").after_seconds(180).on(On::Recording),
        // Beside a running cluster.
        Shot::of("jobs", "welcome", "J"),
        Shot::of("trigger", "welcome", "t⏎"),
        Shot::of("cluster-lost", "welcome", "").on(On::SilentCluster),
        // Terminals.
        Shot::of("narrow", "welcome", "").sized((80, 24)),
        light(Shot::of("light", "welcome", "]]")),
        ascii(Shot::of("ascii", "welcome", "").sized((80, 24))),
    ]
}

#[test]
fn all_to_look_at() {
    let only = std::env::var("ONLY").unwrap_or_default();
    for shot in shots() {
        if !only.is_empty() && !only.split(',').any(|it| it == shot.name) { continue; }
        std::fs::write(format!("/tmp/shots/{}.png", shot.name), shot.drawn().encoded()).unwrap();
    }
}

#[test]
fn explore() {
    let name: &'static str = std::env::var("SCENE").unwrap().leak();
    let keys = std::env::var("KEYS").unwrap_or_default();
    let at = std::env::var("AT").ok().map(|it| it.parse::<SignedDuration>().unwrap());
    let on = match std::env::var("ON").unwrap_or_default().as_str() {
        "dir" => On::Directory,
        "demo" => On::Demo,
        "rec" => On::Recording,
        "silent" => On::SilentCluster,
        _ => On::Cluster,
    };
    let size = match std::env::var("W") { Ok(w) => { let (a,b)=w.split_once('x').unwrap(); (a.parse().unwrap(), b.parse().unwrap()) } Err(_) => SIZE };
    let staging = Staging { name, at, size, on };
    let started = std::time::Instant::now();
    let buffer = drawn(staging, &keys, &look(ThemeName::Default, false));
    eprintln!("{:?}", started.elapsed());
    for row in buffer.content.chunks(usize::from(buffer.area.width)) {
        println!("{}", row.iter().map(|c| c.symbol()).collect::<String>().trim_end());
    }
    if let Ok(out) = std::env::var("OUT") {
        std::fs::write(out, crate::tui_png::picture(&buffer, &DARK).encoded()).unwrap();
    }
}
