//! Words for where there is nothing but ASCII.

use std::io::{self, Write};

/// Marks of ours, and what stands for each in ASCII; the first takes the place of the blank before it where there is one, so that
/// columns keep their places. All else goes through as it is: names are somebody else's, and whoever types one needs it whole.
const MARKS: [(&str, &str); 7] = [
    (" \u{2264}", "<="),
    ("\u{2264}", "<="),
    ("\u{2013}", "-"),
    ("\u{2026}", ".."),
    ("\u{2192}", "->"),
    ("\u{d7}", "x"),
    ("\u{a6}", "!"),
];

/// Writes words with marks of ours in ASCII.
#[derive(Debug)]
pub struct Plain<W>(pub W);

impl<W: Write> Write for Plain<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match std::str::from_utf8(bytes) {
            Ok(text) if !text.is_ascii() => {
                let plain = MARKS.iter().fold(text.to_owned(), |text, (mark, ascii)| {
                    text.replace(mark, ascii)
                });
                self.0.write_all(plain.as_bytes())
            }
            _ => self.0.write_all(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_marks_of_ours_change() {
        let written = |text: &str| {
            let mut plain = Plain(Vec::new());
            write!(plain, "{text}").unwrap();
            String::from_utf8(plain.0).unwrap()
        };
        assert_eq!(
            written("chk-8  \u{2264}29 KiB  \u{2013}  job 1122\u{2026}"),
            "chk-8 <=29 KiB  -  job 1122.."
        );
        assert_eq!(written("/data/gr\u{f6}\u{df}e"), "/data/gr\u{f6}\u{df}e");
    }
}
