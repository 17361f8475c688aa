//! A buffer of cells as a picture: PNG, the same on every machine.
//!
//! Cells lie on a grid of whole pixels. Letters come from one font that lies beside the tests; lines, corners and blocks
//! are drawn to the edges of their cells, so that frames close.

use std::collections::HashMap;
use std::io::Cursor;

use ab_glyph::{Font as _, FontRef, PxScale, ScaleFont as _, point};
use ratatui::buffer::Buffer;

use super::tui_ink::{Ink, Palette};

/// Width and height of a cell, in pixels.
const CELL: (usize, usize) = (12, 26);
const MARGIN: usize = 16;
/// The size at which the font's letters are as wide as a cell.
const SIZE: f32 = 23.2;
/// How far below the top of a cell letters stand.
const BASELINE: f32 = 20.0;
/// Letters' edges have this many shades, so that pictures stay small.
const SHADES: f32 = 8.0;

const REGULAR: &[u8] = include_bytes!("../fonts/DejaVuSansMono.ttf");
const BOLD: &[u8] = include_bytes!("../fonts/DejaVuSansMono-Bold.ttf");

/// How much of each pixel of a cell is covered, from 0 to 1, by rows.
type Mask = Vec<f32>;

/// Pixels, three bytes each.
pub(crate) struct Picture {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) pixels: Vec<u8>,
}

impl Picture {
    fn put(&mut self, x: usize, y: usize, colour: [u8; 3]) {
        let at = (y * self.width + x) * 3;
        self.pixels[at..at + 3].copy_from_slice(&colour);
    }

    /// As a file: of numbers of colours, which there are few of.
    pub(crate) fn encoded(&self) -> Vec<u8> {
        let mut colours: Vec<&[u8]> = self.pixels.chunks(3).collect();
        colours.sort_unstable();
        colours.dedup();
        assert!(colours.len() <= 256, "{} colours", colours.len());
        let numbers: HashMap<&[u8], u8> = colours
            .iter()
            .enumerate()
            .map(|(number, colour)| (*colour, number as u8))
            .collect();
        let pixels: Vec<u8> = self.pixels.chunks(3).map(|it| numbers[it]).collect();
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.width as u32, self.height as u32);
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_palette(colours.concat());
        encoder.set_compression(png::Compression::High);
        encoder.set_filter(png::Filter::NoFilter);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&pixels).unwrap();
        writer.finish().unwrap();
        bytes
    }

    /// From a file, if it is one.
    pub(crate) fn decoded(bytes: &[u8]) -> Option<Self> {
        let mut decoder = png::Decoder::new(Cursor::new(bytes));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().ok()?;
        let mut pixels = vec![0; reader.output_buffer_size()?];
        let info = reader.next_frame(&mut pixels).ok()?;
        pixels.truncate(info.buffer_size());
        Some(Self {
            width: info.width as usize,
            height: info.height as usize,
            pixels,
        })
    }

    /// Whether they show the same. Processors round the edges of letters differently, by a shade.
    pub(crate) fn shows(&self, other: &Self) -> bool {
        (self.width, self.height) == (other.width, other.height)
            && self
                .pixels
                .iter()
                .zip(&other.pixels)
                .all(|(one, other)| one.abs_diff(*other) <= 40)
    }
}

/// Draws a buffer.
pub(crate) fn picture(buffer: &Buffer, palette: &Palette) -> Picture {
    let (columns, rows) = (
        usize::from(buffer.area.width),
        usize::from(buffer.area.height),
    );
    let (width, height) = (columns * CELL.0 + 2 * MARGIN, rows * CELL.1 + 2 * MARGIN);
    let mut picture = Picture {
        width,
        height,
        pixels: palette.background.repeat(width * height),
    };
    let fonts = Fonts::new();
    let mut known: HashMap<(String, bool), Mask> = HashMap::new();
    for y in 0..rows {
        for x in 0..columns {
            let cell = &buffer[(x as u16, y as u16)];
            let ink = palette.ink(cell);
            if cell.symbol() == " " && ink.back == palette.background && !ink.underlined {
                continue;
            }
            let mask = known
                .entry((cell.symbol().to_owned(), ink.bold))
                .or_insert_with(|| {
                    lines(cell.symbol()).unwrap_or_else(|| fonts.letter(cell.symbol(), ink.bold))
                });
            let corner = (MARGIN + x * CELL.0, MARGIN + y * CELL.1);
            stamp(&mut picture, corner, mask, ink);
        }
    }
    picture
}

fn stamp(picture: &mut Picture, (left, top): (usize, usize), mask: &Mask, ink: Ink) {
    for y in 0..CELL.1 {
        for x in 0..CELL.0 {
            let is_underline = ink.underlined && (y == 22 || y == 23);
            let covered = if is_underline {
                1.0
            } else {
                (mask[y * CELL.0 + x] * SHADES).round() / SHADES
            };
            let mix = |at: usize| {
                let (back, text) = (f32::from(ink.back[at]), f32::from(ink.text[at]));
                (back + (text - back) * covered).round() as u8
            };
            picture.put(left + x, top + y, [mix(0), mix(1), mix(2)]);
        }
    }
}

struct Fonts {
    regular: FontRef<'static>,
    bold: FontRef<'static>,
}

impl Fonts {
    fn new() -> Self {
        Self {
            regular: FontRef::try_from_slice(REGULAR).unwrap(),
            bold: FontRef::try_from_slice(BOLD).unwrap(),
        }
    }

    /// A symbol's letters, from the middle of its cell.
    fn letter(&self, symbol: &str, bold: bool) -> Mask {
        let mut mask = vec![0.0; CELL.0 * CELL.1];
        for c in symbol.chars().filter(|c| *c != ' ') {
            // What only one of the fonts has is better thin than absent.
            let font = [&self.bold, &self.regular]
                .into_iter()
                .skip(usize::from(!bold))
                .find(|font| font.glyph_id(c).0 != 0)
                .unwrap_or_else(|| panic!("the font of the pictures has no {c:?}"));
            let scale = PxScale::from(SIZE);
            let advance = font.as_scaled(scale).h_advance(font.glyph_id(c));
            let left = (CELL.0 as f32 - advance) / 2.0;
            let glyph = font
                .glyph_id(c)
                .with_scale_and_position(scale, point(left, BASELINE));
            let Some(outline) = font.outline_glyph(glyph) else {
                continue;
            };
            let bounds = outline.px_bounds();
            outline.draw(|x, y, covered| {
                let (x, y) = (bounds.min.x + x as f32, bounds.min.y + y as f32);
                if x >= 0.0 && y >= 0.0 && (x as usize) < CELL.0 && (y as usize) < CELL.1 {
                    let at = &mut mask[y as usize * CELL.0 + x as usize];
                    *at = covered.max(*at);
                }
            });
        }
        mask
    }
}

/// Lines, corners and blocks.
fn lines(symbol: &str) -> Option<Mask> {
    let mut mask = vec![0.0; CELL.0 * CELL.1];
    let (w, h) = CELL;
    let (cx, cy) = (w / 2, h / 2);
    let mut fill = |columns: std::ops::Range<usize>, rows: std::ops::Range<usize>, covered: f32| {
        for y in rows {
            for x in columns.clone() {
                mask[y * w + x] = covered;
            }
        }
    };
    let mut arms = |left: bool, right: bool, up: bool, down: bool| {
        let across = cy - 1..cy + 1;
        let along = cx - 1..cx + 1;
        if left {
            fill(0..cx + 1, across.clone(), 1.0);
        }
        if right {
            fill(cx - 1..w, across, 1.0);
        }
        if up {
            fill(along.clone(), 0..cy + 1, 1.0);
        }
        if down {
            fill(along, cy - 1..h, 1.0);
        }
    };
    match symbol {
        "─" => arms(true, true, false, false),
        "│" => arms(false, false, true, true),
        "├" => arms(false, true, true, true),
        "┤" => arms(true, false, true, true),
        "┬" => arms(true, true, false, true),
        "┴" => arms(true, true, true, false),
        "┼" => arms(true, true, true, true),
        "└" => arms(false, true, true, false),
        "┌" => arms(false, true, false, true),
        "┐" => arms(true, false, false, true),
        "┘" => arms(true, false, true, false),
        "░" => return Some(hatch(6)),
        "▒" => return Some(hatch(4)),
        "▓" => return Some(hatch(3)),
        "╭" => return Some(corner(true, true)),
        "╮" => return Some(corner(false, true)),
        "╰" => return Some(corner(true, false)),
        "╯" => return Some(corner(false, false)),
        "━" => fill(0..w, cy - 2..cy + 2, 1.0),
        "┃" => fill(cx - 2..cx + 2, 0..h, 1.0),
        "▌" => fill(0..w / 2, 0..h, 1.0),
        "▏" => fill(0..w / 8, 4..h - 4, 1.0),
        "▎" => fill(0..w * 2 / 8, 4..h - 4, 1.0),
        "▍" => fill(0..w * 3 / 8, 4..h - 4, 1.0),
        "▋" => fill(0..w * 5 / 8, 4..h - 4, 1.0),
        "▊" => fill(0..w * 6 / 8, 4..h - 4, 1.0),
        "▉" => fill(0..w * 7 / 8, 4..h - 4, 1.0),
        "█" => fill(0..w, 4..h - 4, 1.0),
        _ => return None,
    }
    Some(mask)
}

/// Lines aslant, two pixels of every so many; they go on in the next cell.
fn hatch(every: usize) -> Mask {
    let (w, h) = CELL;
    (0..w * h)
        .map(|at| (at % w, at / w))
        .map(|(x, y)| {
            let is_line = (x + y) % every < 2;
            f32::from(u8::from((4..h - 4).contains(&y) && is_line))
        })
        .collect()
}

/// A quarter of a circle between the middles of two sides, and what is left of the longer one.
fn corner(to_right: bool, to_bottom: bool) -> Mask {
    let (w, h) = (CELL.0 as f32, CELL.1 as f32);
    let (cx, cy) = (w / 2.0, h / 2.0);
    let radius = w / 2.0;
    let middle = (
        if to_right { cx + radius } else { cx - radius },
        if to_bottom { cy + radius } else { cy - radius },
    );
    let mut mask = vec![0.0; CELL.0 * CELL.1];
    for (at, covered) in mask.iter_mut().enumerate() {
        let (x, y) = ((at % CELL.0) as f32 + 0.5, (at / CELL.0) as f32 + 0.5);
        let is_beyond = if to_bottom {
            y > middle.1
        } else {
            y < middle.1
        };
        let distance = if is_beyond {
            (x - cx).abs()
        } else {
            ((x - middle.0).hypot(y - middle.1) - radius).abs()
        };
        let is_ours = if to_bottom {
            y > cy - 1.5
        } else {
            y < cy + 1.5
        };
        if is_ours {
            *covered = (1.5 - distance).clamp(0.0, 1.0);
        }
    }
    mask
}
