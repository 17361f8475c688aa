//! Reading the program's screens: rows of the table, frames, colours.

use std::num::NonZeroU16;

use vt100::{Parser, Screen};

/// Before and after the bytes of a frame.
pub(crate) const FRAME: [&[u8]; 2] = [b"\x1b[?2026h", b"\x1b[?2026l"];

/// The text of a screen. Whether the end of a line was written or never touched makes no difference.
pub(crate) fn text(screen: &Screen) -> String {
    let lines = screen.contents();
    let lines: Vec<&str> = lines.lines().map(str::trim_end).collect();
    lines.join("\n")
}

/// All text that is underlined, as the title of the open tab is.
pub(crate) fn underlined(screen: &Screen) -> String {
    let (rows, columns) = screen.size();
    (0..rows.get())
        .flat_map(|row| (0..columns.get()).filter_map(move |column| screen.cell(row, column)))
        .filter(|cell| cell.underline())
        .map(vt100::Cell::contents)
        .collect()
}

/// A row of the table of snapshots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) name: String,
    /// All of it, from the kind to the right.
    pub(crate) text: String,
    /// Whether it is marked as the selected one.
    pub(crate) marked: bool,
}

/// The rows of the table of snapshots that are on the screen.
pub(crate) fn table(screen: &Screen) -> Vec<Row> {
    let (rows, columns) = screen.size();
    let row = |row: u16| {
        let is = |column, texts: &[&str]| {
            let cell = screen.cell(row, column);
            cell.is_some_and(|cell| texts.contains(&cell.contents()))
        };
        // A border, the mark of the selection, the star of the latest, a space, the kind.
        let kind = (4..columns.get())
            .find(|&column| is(column - 4, &["│"]) && is(column, &["●", "◆", "■"]))?;
        let text = screen.rows(kind, columns.get()).nth(row.into())?;
        let inverse = screen.cell(row, kind).is_some_and(vt100::Cell::inverse);
        Some(Row {
            name: text.split_whitespace().nth(2)?.to_owned(),
            marked: inverse && is(kind - 3, &["▌"]),
            text,
        })
    };
    (0..rows.get()).filter_map(row).collect()
}

/// The names in the marked rows of the table.
pub(crate) fn marked(screen: &Screen) -> Vec<String> {
    let rows = table(screen).into_iter();
    rows.filter_map(|row| row.marked.then_some(row.name))
        .collect()
}

/// Whether the row of this name says this.
pub(crate) fn row_says(screen: &Screen, name: &str, text: &str) -> bool {
    let rows = table(screen);
    rows.iter()
        .any(|row| row.name == name && row.text.contains(text))
}

/// Whether there is a row of this name.
pub(crate) fn has_row(screen: &Screen, name: &str) -> bool {
    row_says(screen, name, "")
}

/// Where a sequence of bytes begins.
pub(crate) fn places<'a>(
    bytes: &'a [u8],
    wanted: &'a [u8],
) -> impl DoubleEndedIterator<Item = usize> + 'a {
    let windows = bytes.windows(wanted.len()).enumerate();
    windows.filter_map(move |(at, window)| (window == wanted).then_some(at))
}

/// The screen after each frame of an output.
pub(crate) fn frames(raw: &[u8], (columns, rows): (u16, u16)) -> Vec<Screen> {
    let size = |cells| NonZeroU16::new(cells).unwrap();
    let mut parser = Parser::new(size(rows), size(columns), 0);
    let mut from = 0;
    let mut screens = Vec::new();
    for at in places(raw, FRAME[1]) {
        parser.process(&raw[from..at]);
        from = at;
        screens.push(parser.screen().clone());
    }
    screens
}

/// The escape sequences of an output that choose how text looks, each as its numbers.
pub(crate) fn looks(raw: &[u8]) -> Vec<Vec<u16>> {
    let look = |at: usize| {
        let numbers = raw[at + 2..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit() || **byte == b';');
        let numbers: Vec<u8> = numbers.copied().collect();
        let is_look = raw.get(at + 2 + numbers.len()) == Some(&b'm');
        let text = String::from_utf8(numbers).unwrap();
        is_look.then(|| {
            text.split(';')
                .map(|number| number.parse().unwrap_or(0))
                .collect()
        })
    };
    places(raw, b"\x1b[").filter_map(look).collect()
}

/// Whether a number in such a sequence chooses a colour.
pub(crate) fn is_colour(number: u16) -> bool {
    matches!(number, 30..=38 | 40..=48 | 58 | 90..=97 | 100..=107)
}
