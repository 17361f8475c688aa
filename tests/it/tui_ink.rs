//! The colours that a terminal gives to cells.

use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};

/// The colours of a terminal: its sixteen, its background and its text.
pub(crate) struct Palette {
    pub(crate) background: [u8; 3],
    text: [u8; 3],
    colours: [[u8; 3]; 16],
}

pub(crate) const DARK: Palette = Palette {
    background: [0x15, 0x17, 0x1c],
    text: [0xd6, 0xd9, 0xe0],
    colours: [
        [0x2a, 0x2e, 0x37],
        [0xd0, 0x5a, 0x62],
        [0x8f, 0xbf, 0x7a],
        [0xe0, 0xb8, 0x6a],
        [0x6a, 0x9f, 0xe0],
        [0xb8, 0x8a, 0xd8],
        [0x5f, 0xbf, 0xc4],
        [0xc8, 0xcc, 0xd4],
        [0x6b, 0x72, 0x80],
        [0xf2, 0x7a, 0x80],
        [0xa9, 0xd8, 0x93],
        [0xf2, 0xd0, 0x88],
        [0x8c, 0xb8, 0xf2],
        [0xcf, 0xa6, 0xea],
        [0x82, 0xd8, 0xdc],
        [0xff, 0xff, 0xff],
    ],
};

pub(crate) const LIGHT: Palette = Palette {
    background: [0xfb, 0xfa, 0xf7],
    text: [0x2b, 0x2e, 0x36],
    colours: [
        [0x2b, 0x2e, 0x36],
        [0xb4, 0x2b, 0x36],
        [0x2f, 0x7d, 0x3a],
        [0xa8, 0x76, 0x12],
        [0x1f, 0x5f, 0xb8],
        [0x86, 0x3c, 0xa8],
        [0x0f, 0x7d, 0x86],
        [0x8a, 0x8f, 0x9a],
        [0x6b, 0x72, 0x80],
        [0xd0, 0x3c, 0x48],
        [0x3d, 0x9a, 0x4a],
        [0xc0, 0x8a, 0x1c],
        [0x2f, 0x78, 0xd8],
        [0xa0, 0x50, 0xc4],
        [0x1a, 0x96, 0xa0],
        [0xff, 0xff, 0xff],
    ],
};

/// What a cell is drawn with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ink {
    pub(crate) text: [u8; 3],
    pub(crate) back: [u8; 3],
    pub(crate) bold: bool,
    pub(crate) underlined: bool,
}

impl Palette {
    fn colour(&self, colour: Color, reset: [u8; 3]) -> [u8; 3] {
        let at = match colour {
            Color::Black => 0,
            Color::Red => 1,
            Color::Green => 2,
            Color::Yellow => 3,
            Color::Blue => 4,
            Color::Magenta => 5,
            Color::Cyan => 6,
            Color::Gray => 7,
            Color::DarkGray => 8,
            Color::LightRed => 9,
            Color::LightGreen => 10,
            Color::LightYellow => 11,
            Color::LightBlue => 12,
            Color::LightMagenta => 13,
            Color::LightCyan => 14,
            Color::White => 15,
            Color::Indexed(at) => return self.indexed(at),
            _ => return reset,
        };
        self.colours[at]
    }

    /// A colour by its number: beyond the first sixteen, a cube of 216 and 24 greys that look alike everywhere.
    fn indexed(&self, at: u8) -> [u8; 3] {
        let part = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
        match at {
            0..16 => self.colours[usize::from(at)],
            16..232 => [(at - 16) / 36, (at - 16) / 6 % 6, (at - 16) % 6].map(part),
            232.. => [8 + 10 * (at - 232); 3],
        }
    }

    pub(crate) fn ink(&self, cell: &Cell) -> Ink {
        let mut text = self.colour(cell.fg, self.text);
        let mut back = self.colour(cell.bg, self.background);
        if cell.modifier.contains(Modifier::DIM) {
            text = [0, 1, 2].map(|i| ((u16::from(text[i]) * 5 + u16::from(back[i]) * 4) / 9) as u8);
        }
        if cell.modifier.contains(Modifier::REVERSED) {
            std::mem::swap(&mut text, &mut back);
        }
        Ink {
            text,
            back,
            bold: cell.modifier.contains(Modifier::BOLD),
            underlined: cell.modifier.contains(Modifier::UNDERLINED),
        }
    }
}
