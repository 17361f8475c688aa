//! Output for people (tables) and for machines (JSON), both safe for any terminal.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};
use unicode_width::UnicodeWidthStr;

use crate::domain::text::is_plain;

/// Writes a value as indented JSON and a line end.
///
/// # Errors
/// When the output cannot be written.
pub fn json(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    serialize(out, value, Escaping(PrettyFormatter::new()))
}

/// Writes a value as one line of JSON.
///
/// # Errors
/// When the output cannot be written.
pub fn json_line(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    serialize(out, value, Escaping(CompactFormatter))
}

fn serialize(
    out: &mut dyn Write,
    value: &impl Serialize,
    formatter: impl Formatter,
) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, formatter);
    value.serialize(&mut serializer)?;
    out.write_all(b"\n")
}

/// JSON in which characters that steer a terminal are `\uXXXX`: the value stays the same, and printing it is safe.
struct Escaping<F>(F);

macro_rules! forward {
    ($($name:ident($($arg:ident: $type:ty),*);)*) => {
        $(fn $name<W: ?Sized + Write>(&mut self, writer: &mut W $(, $arg: $type)*) -> io::Result<()> {
            self.0.$name(writer $(, $arg)*)
        })*
    };
}

impl<F: Formatter> Formatter for Escaping<F> {
    forward! {
        begin_array();
        end_array();
        begin_array_value(first: bool);
        end_array_value();
        begin_object();
        end_object();
        begin_object_key(first: bool);
        end_object_key();
        begin_object_value();
        end_object_value();
    }

    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut plain_from = 0;
        for (at, c) in fragment.char_indices().filter(|&(_, c)| !is_plain(c)) {
            writer.write_all(&fragment.as_bytes()[plain_from..at])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            plain_from = at + c.len_utf8();
        }
        writer.write_all(&fragment.as_bytes()[plain_from..])
    }
}

/// On which side of its column a cell stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// Writes rows in columns as wide as their widest cell. Cells must be safe to show.
///
/// # Errors
/// When the output cannot be written.
pub fn table(
    out: &mut dyn Write,
    headings: &[(&str, Align)],
    rows: &[Vec<String>],
) -> io::Result<()> {
    let heads: Vec<String> = headings
        .iter()
        .map(|(head, _)| head.to_uppercase())
        .collect();
    let mut widths: Vec<usize> = heads.iter().map(|head| head.width()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.width().max(*width);
        }
    }
    for row in std::iter::once(&heads).chain(rows) {
        let mut line = String::new();
        for ((cell, &width), &(_, align)) in row.iter().zip(&widths).zip(headings) {
            let padding = " ".repeat(width.saturating_sub(cell.width()));
            match align {
                Align::Left => line.extend([cell, padding.as_str(), "  "]),
                Align::Right => line.extend([padding.as_str(), cell, "  "]),
            }
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_keeps_values_and_stays_safe_to_print() {
        let value = "a\u{1b}[31m\u{9b}\u{202e}b → é\u{e0001}\"";
        let mut out = Vec::new();
        json_line(&mut out, &value).unwrap();
        let printed = String::from_utf8(out).unwrap();
        assert_eq!(
            printed,
            "\"a\\u001b[31m\\u009b\\u202eb → é\\udb40\\udc01\\\"\"\n"
        );
        assert_eq!(serde_json::from_str::<String>(&printed).unwrap(), value);
    }
}
