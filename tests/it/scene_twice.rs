//! A scene drawn twice, in directories of different names: whatever else differs is not for a picture.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};

use ratatui::buffer::{Buffer, Cell};
use stateward::tui::theme::ThemeName;
use stateward::tui::view::Look;

use crate::scene::{On, Scene, Staging};
use crate::tui_screens::look;

/// The end of the name that the directory seems to have, and what is before it.
const SEEMS: &str = "5f2a9c01d3b7";
const PREFIX: &str = "stateward-demo-";
const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// A scene after some keys, the same on every machine.
pub(crate) fn drawn(staging: Staging, keys: &str, look: &Look) -> Buffer {
    let (one, other) = names();
    let draw = |name: &str| {
        let mut scene = Scene::opened(staging, &format!("{PREFIX}{name}"));
        scene.press(keys, look);
        scene.drawn(look)
    };
    agreed((draw(&one), &one), (draw(&other), &other)).unwrap_or_else(|why| panic!("{why}"))
}

/// What both show, with the name that seems to be; or what differs.
fn agreed(
    (mut buffer, one): (Buffer, &str),
    (twin, other): (Buffer, &str),
) -> Result<Buffer, String> {
    for at in 0..buffer.content.len() {
        let (cell, beside) = (&buffer.content[at], &twin.content[at]);
        if cell == beside {
            continue;
        }
        // A cell with a character of each name from the same place is of the name. What looks like one by chance does not the
        // next time, as names are new each time.
        let is_there =
            |i: &usize| one[*i..=*i] == *cell.symbol() && other[*i..=*i] == *beside.symbol();
        let place = (0..SEEMS.len()).find(is_there);
        let Some(place) = place.filter(|_| cell.style() == beside.style()) else {
            return Err(format!(
                "what is drawn differs from run to run:\n{}\n{}",
                line(&buffer, at),
                line(&twin, at)
            ));
        };
        buffer.content[at].set_symbol(&SEEMS[place..=place]);
    }
    Ok(buffer)
}

fn line(buffer: &Buffer, at: usize) -> String {
    let width = usize::from(buffer.area.width);
    let cells = buffer.content.chunks(width).nth(at / width).unwrap();
    cells.iter().map(Cell::symbol).collect()
}

/// Two names that differ at every place, and neither of which has a character twice: so that the characters of a cell tell
/// its place in the name.
fn names() -> (String, String) {
    let one = shuffled();
    loop {
        let other = shuffled();
        if one.iter().zip(&other).all(|(one, other)| one != other) {
            let name = |digits: Vec<u8>| String::from_utf8(digits).unwrap();
            return (name(one), name(other));
        }
    }
}

fn shuffled() -> Vec<u8> {
    let mut digits = DIGITS.to_vec();
    for at in (1..digits.len()).rev() {
        let random = RandomState::new().build_hasher().finish();
        digits.swap(at, (random % (at as u64 + 1)) as usize);
    }
    digits.truncate(SEEMS.len());
    digits
}

fn text(buffer: &Buffer) -> String {
    let width = usize::from(buffer.area.width);
    (0..usize::from(buffer.area.height))
        .map(|y| line(buffer, y * width).trim_end().to_owned() + "\n")
        .collect()
}

#[test]
fn the_first_scene_is_the_same_wherever_it_is_drawn() {
    for size in [(80, 24), (120, 40)] {
        let staging = Staging {
            name: "welcome",
            at: None,
            size,
            on: On::Demo,
        };
        let drawn = drawn(staging, "", &look(ThemeName::Default, false));
        insta::assert_snapshot!(format!("welcome_{}x{}", size.0, size.1), text(&drawn));
    }
}

#[test]
fn what_differs_from_run_to_run_is_in_no_picture() {
    let (one, other) = ("0123456789ab", "123456789abc");
    let both = |first: &str, second: &str| {
        let (first, second) = (Buffer::with_lines([first]), Buffer::with_lines([second]));
        agreed((first, one), (second, other)).map(|it| text(&it))
    };
    let whole = both("in /d-0123456789ab/c", "in /d-123456789abc/c");
    assert_eq!(whole.unwrap(), format!("in /d-{SEEMS}/c\n"));
    let cut = both("…56789ab/c 012…", "…6789abc/c 123…");
    assert_eq!(
        cut.unwrap(),
        format!("…{}/c {}…\n", &SEEMS[5..], &SEEMS[..3])
    );
    let why = both("port 40007", "port 40003").unwrap_err();
    assert!(why.ends_with("port 40007\nport 40003"), "{why}");
}
