//! The pictures of the README, each of a scene: what the screen shows when these keys are pressed in that scenario at that
//! moment.

use jiff::SignedDuration;
use stateward::tui::theme::ThemeName;
use stateward::tui::view::Look;

use crate::scene::{On, Staging};
use crate::scene_twice::drawn;
use crate::tui_ink::{DARK, LIGHT, Palette};
use crate::tui_screens::look;

const SIZE: (u16, u16) = (132, 36);

/// A picture.
struct Shot {
    name: &'static str,
    staging: Staging,
    keys: &'static str,
    look: Look,
    palette: &'static Palette,
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
