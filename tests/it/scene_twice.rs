//! A scene drawn twice, in directories of different names: whatever else differs is not for a picture.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};

use ratatui::buffer::Buffer;
use stateward::tui::view::Look;

use crate::scene::{Scene, Staging};

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
    let (mut buffer, twin) = (draw(&one), draw(&other));
    for at in 0..buffer.content.len() {
        let (cell, beside) = (&buffer.content[at], &twin.content[at]);
        if cell == beside {
            continue;
        }
        // A cell with a character of each name at the same place is of the name.
        let (symbol, besides) = (cell.symbol().to_owned(), beside.symbol());
        let place = (0..SEEMS.len()).find(|i| one[*i..=*i] == symbol && other[*i..=*i] == *besides);
        let Some(place) = place.filter(|_| cell.style() == beside.style()) else {
            panic!(
                "what is drawn differs from run to run:\n{}\n{}",
                line(&buffer, at),
                line(&twin, at)
            );
        };
        buffer.content[at].set_symbol(&SEEMS[place..=place]);
    }
    buffer
}

fn line(buffer: &Buffer, at: usize) -> String {
    let width = usize::from(buffer.area.width);
    let cells = buffer.content.chunks(width).nth(at / width).unwrap();
    cells.iter().map(|cell| cell.symbol()).collect()
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
