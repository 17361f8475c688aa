//! A buffer of cells as a picture: SVG, the same on every machine.
//!
//! Cells lie on a grid of whole numbers. Letters are text, stretched to the grid whatever font is there; lines, corners
//! and blocks are drawn, so that frames close in every font.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

const CELL: (usize, usize) = (9, 20);
const MARGIN: usize = 14;
const FONT: &str =
    "'JetBrains Mono','Cascadia Mono','SF Mono',Menlo,Consolas,'DejaVu Sans Mono',monospace";

/// The colours of a terminal: its sixteen, its background and its text.
pub(crate) struct Palette {
    background: [u8; 3],
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

#[derive(Clone, Copy, PartialEq, Eq)]
struct Ink {
    text: [u8; 3],
    back: [u8; 3],
    bold: bool,
    underlined: bool,
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
            _ => return reset,
        };
        self.colours[at]
    }

    fn ink(&self, cell: &Cell) -> Ink {
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

fn hex([r, g, b]: [u8; 3]) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// Writes a buffer as SVG.
pub(crate) fn svg(buffer: &Buffer, palette: &Palette, title: &str) -> String {
    let (columns, rows) = (
        usize::from(buffer.area.width),
        usize::from(buffer.area.height),
    );
    let (width, height) = (columns * CELL.0 + 2 * MARGIN, rows * CELL.1 + 2 * MARGIN);
    let mut out = String::new();
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"{FONT}\" font-size=\"15\" style=\"font-variant-ligatures:none;font-feature-settings:'liga' 0,'calt' 0\" role=\"img\" aria-label=\"{}\">",
        escape(title)
    );
    let _ = writeln!(
        out,
        "<rect width=\"{width}\" height=\"{height}\" rx=\"10\" fill=\"{}\"/>",
        hex(palette.background)
    );
    for y in 0..rows {
        row(&mut out, buffer, palette, y, columns);
    }
    out.push_str("</svg>\n");
    out
}

fn row(out: &mut String, buffer: &Buffer, palette: &Palette, y: usize, columns: usize) {
    let top = MARGIN + y * CELL.1;
    let cell = |x: usize| &buffer[(x as u16, y as u16)];
    let mut x = 0;
    while x < columns {
        let back = palette.ink(cell(x)).back;
        let end = (x..columns)
            .find(|&x| palette.ink(cell(x)).back != back)
            .unwrap_or(columns);
        if back != palette.background {
            let _ = writeln!(
                out,
                "<rect x=\"{}\" y=\"{top}\" width=\"{}\" height=\"{}\" fill=\"{}\"/>",
                MARGIN + x * CELL.0,
                (end - x) * CELL.0,
                CELL.1,
                hex(back)
            );
        }
        x = end;
    }
    x = 0;
    while x < columns {
        let ink = palette.ink(cell(x));
        let symbol = cell(x).symbol();
        if let Some(shape) = shape(symbol, MARGIN + x * CELL.0, top) {
            let _ = writeln!(out, "{}", shape.replace("INK", &hex(ink.text)));
            x += 1;
            continue;
        }
        if symbol == " " && !ink.underlined {
            x += 1;
            continue;
        }
        let mut end = x;
        let mut text = String::new();
        // A run of plain letters is one text; whatever fonts disagree about stands alone in its cell.
        while end < columns && palette.ink(cell(end)) == ink {
            let next = cell(end).symbol();
            let ligature =
                next != " " && text.ends_with(next) && !next.as_bytes()[0].is_ascii_alphanumeric();
            if end > x && (!next.is_ascii() || !symbol.is_ascii() || ligature) {
                break;
            }
            text.push_str(next);
            end += 1;
        }
        if !ink.underlined {
            text.truncate(text.trim_end().len());
        }
        let cells = text.chars().count();
        let _ = writeln!(
            out,
            "<text x=\"{}\" y=\"{}\" fill=\"{}\" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\"{}{} xml:space=\"preserve\">{}</text>",
            MARGIN + x * CELL.0,
            top + 15,
            hex(ink.text),
            cells * CELL.0,
            if ink.bold { " font-weight=\"700\"" } else { "" },
            if ink.underlined {
                " text-decoration=\"underline\""
            } else {
                ""
            },
            escape(&text)
        );
        x = end;
    }
}

/// Lines and blocks, drawn.
fn shape(symbol: &str, x: usize, y: usize) -> Option<String> {
    let (w, h) = CELL;
    let (cx, cy) = (x as f64 + w as f64 / 2.0, y as f64 + h as f64 / 2.0);
    let (right, bottom) = (x + w, y + h);
    let path = |d: String, width: &str| {
        Some(format!(
            "<path d=\"{d}\" fill=\"none\" stroke=\"INK\" stroke-width=\"{width}\"/>"
        ))
    };
    let block = |eighths: usize| {
        Some(format!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{h}\" fill=\"INK\"/>",
            (w * eighths) as f64 / 8.0
        ))
    };
    let bar = |eighths: usize| {
        Some(format!(
            "<rect x=\"{x}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"INK\"/>",
            y + 4,
            (w * eighths) as f64 / 8.0,
            h - 8
        ))
    };
    match symbol {
        "─" => path(format!("M{x} {cy}H{right}"), "1.2"),
        "━" => path(format!("M{x} {cy}H{right}"), "2.6"),
        "│" => path(format!("M{cx} {y}V{bottom}"), "1.2"),
        "┃" => path(format!("M{cx} {y}V{bottom}"), "3"),
        "╭" => path(
            format!("M{cx} {bottom}V{}Q{cx} {cy} {right} {cy}", cy + 4.0),
            "1.2",
        ),
        "╮" => path(
            format!("M{x} {cy}Q{cx} {cy} {cx} {}V{bottom}", cy + 4.0),
            "1.2",
        ),
        "╰" => path(
            format!("M{cx} {y}V{}Q{cx} {cy} {right} {cy}", cy - 4.0),
            "1.2",
        ),
        "╯" => path(format!("M{x} {cy}Q{cx} {cy} {cx} {}V{y}", cy - 4.0), "1.2"),
        "├" => path(format!("M{cx} {y}V{bottom}M{cx} {cy}H{right}"), "1.2"),
        "└" => path(format!("M{cx} {y}V{cy}H{right}"), "1.2"),
        "▌" => block(4),
        "▏" => bar(1),
        "▎" => bar(2),
        "▍" => bar(3),
        "▋" => bar(5),
        "▊" => bar(6),
        "▉" => bar(7),
        "█" => bar(8),
        _ => None,
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
