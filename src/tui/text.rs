//! Text in cells: widths, cuts and line breaks by what a terminal shows, not by bytes.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

/// Cells that a text takes.
pub(super) fn width(text: &str) -> usize {
    if text.is_ascii() {
        text.len()
    } else {
        text.width()
    }
}

/// Cuts at the end, so that the text fits; the last cell says so.
pub(super) fn fit<'a>(text: &'a str, cells: usize, ellipsis: &str) -> Cow<'a, str> {
    if width(text) <= cells {
        return Cow::Borrowed(text);
    }
    let Some(room) = cells.checked_sub(width(ellipsis)) else {
        return Cow::Borrowed("");
    };
    Cow::Owned(format!("{}{ellipsis}", head(text, room)))
}

/// Cuts at the end between two words, so that the text fits; the last cell says so. A word that is much of it is cut itself.
pub(super) fn fit_words<'a>(text: &'a str, cells: usize, ellipsis: &str) -> Cow<'a, str> {
    let Some(room) = cells.checked_sub(width(ellipsis)) else {
        return Cow::Borrowed("");
    };
    if width(text) <= cells {
        return Cow::Borrowed(text);
    }
    let kept = head(text, room);
    let is_whole = text[kept.len()..].starts_with(' ');
    let words = match kept.rfind(' ') {
        Some(end) if !is_whole && width(&kept[..end]) * 3 >= room => &kept[..end],
        _ => kept,
    };
    let words = words.trim_end_matches([' ', ',', ';', ':']);
    Cow::Owned(format!("{words}{ellipsis}"))
}

/// Cuts at the start: of a path, the end tells more.
pub(super) fn fit_end<'a>(text: &'a str, cells: usize, ellipsis: &str) -> Cow<'a, str> {
    if width(text) <= cells {
        return Cow::Borrowed(text);
    }
    let Some(room) = cells.checked_sub(width(ellipsis)) else {
        return Cow::Borrowed("");
    };
    Cow::Owned(format!("{ellipsis}{}", tail(text, room)))
}

/// Cuts in the middle: the store at the start of a path and the name at its end both stay.
pub(super) fn fit_middle<'a>(text: &'a str, cells: usize, ellipsis: &str) -> Cow<'a, str> {
    if width(text) <= cells {
        return Cow::Borrowed(text);
    }
    let Some(room) = cells.checked_sub(width(ellipsis)) else {
        return Cow::Borrowed("");
    };
    let front = room / 3;
    Cow::Owned(format!(
        "{}{ellipsis}{}",
        head(text, front),
        tail(text, room - front)
    ))
}

/// Cuts each of some names at its end; those that would look the same then, and those of savepoints, which all begin alike, in
/// their middle, so that what sets them apart stays.
pub(super) fn fit_apart(names: &[Cow<'_, str>], cells: usize, ellipsis: &str) -> Vec<String> {
    let mut cut: Vec<Cow<'_, str>> = names.iter().map(|it| fit(it, cells, ellipsis)).collect();
    for (at, name) in names.iter().enumerate() {
        let is_cut = width(name) > cells;
        let start = head(name, cells.saturating_sub(width(ellipsis)));
        let begins_so = |other: &Cow<'_, str>| other != name && other.starts_with(start);
        if is_cut && (name.starts_with("savepoint-") || names.iter().any(begins_so)) {
            cut[at] = fit_middle(name, cells, ellipsis);
        }
    }
    cut.into_iter().map(Cow::into_owned).collect()
}

fn head(text: &str, cells: usize) -> &str {
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        used += width(grapheme);
        if used > cells {
            return &text[..at];
        }
    }
    text
}

fn tail(text: &str, cells: usize) -> &str {
    let mut used = 0;
    let mut from = text.len();
    for (at, grapheme) in text.grapheme_indices(true).rev() {
        used += width(grapheme);
        if used > cells {
            break;
        }
        from = at;
    }
    &text[from..]
}

/// Breaks at spaces into lines of at most this many cells; a word that is longer by itself is cut into pieces.
pub fn wrap(text: &str, cells: usize) -> Vec<&str> {
    let cells = cells.max(1);
    let mut lines = Vec::new();
    let mut rest = text;
    while width(rest) > cells {
        let start = head(rest, cells);
        let full = if rest[start.len()..].starts_with(' ') {
            start.len()
        } else {
            start.rfind(' ').unwrap_or(0)
        };
        let (end, next) = match full {
            0 if start.is_empty() => {
                let first = rest.graphemes(true).next().map_or(rest.len(), str::len);
                (first, first)
            }
            0 => (start.len(), start.len()),
            at => (at, at + 1),
        };
        lines.push(rest[..end].trim_end());
        rest = &rest[next..];
    }
    if !rest.is_empty() || lines.is_empty() {
        lines.push(rest);
    }
    lines
}

/// A space at which no line is broken. It is drawn as any other.
const JOINT: char = '\u{a0}';

/// The same text, where a key stays with what comes behind it: the next key, or what it does.
pub fn keys_together(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    for word in text.split_inclusive(' ') {
        match word.strip_suffix(' ') {
            Some(key) if key.chars().count() == 1 => {
                joined.push_str(key);
                joined.push(JOINT);
            }
            _ => joined.push_str(word),
        }
    }
    joined
}

/// The same with spaces where lines are not to be broken any more.
pub(super) fn unjoined(text: &str) -> Cow<'_, str> {
    if text.contains(JOINT) {
        Cow::Owned(text.replace(JOINT, " "))
    } else {
        Cow::Borrowed(text)
    }
}

/// A whole number with thin marks between thousands: `1,234,567`.
pub(super) fn thousands(number: usize) -> String {
    crate::domain::size::thousands(number as u64)
}

/// What a terminal without Unicode can show of a text.
pub(super) fn ascii(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_ascii() => plain.push(c),
            '–' => plain.push('-'),
            '…' => plain.push_str(".."),
            '→' => plain.push_str("->"),
            '›' => plain.push('>'),
            '×' => plain.push('x'),
            _ => plain.push('?'),
        }
    }
    Cow::Owned(plain)
}

/// `1 file`, `2 files`.
pub(super) fn count(number: usize, thing: &str) -> String {
    format!(
        "{} {thing}{}",
        thousands(number),
        if number == 1 { "" } else { "s" }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_keep_what_tells_most() {
        assert_eq!(fit("keyed-stats", 8, "…"), "keyed-s…");
        assert_eq!(fit("keyed", 5, "…"), "keyed");
        assert_eq!(fit_end("/data/flink/chk-7", 8, "…"), "…k/chk-7");
        assert_eq!(
            fit_middle("s3://bucket/a/long/way/chk-7", 16, "…"),
            "s3://…/way/chk-7"
        );
        assert_eq!(fit("値値値", 4, "…"), "値…");
        assert_eq!(
            (fit("abc", 0, "…"), fit("abc", 1, "..")),
            ("".into(), "".into())
        );
    }

    #[test]
    fn words_are_cut_between_and_long_ones_within() {
        let cut = |text, cells| fit_words(text, cells, "…").into_owned();
        assert_eq!(cut("keyed, 1 broadcast", 16), "keyed, 1…");
        assert_eq!(cut("what deletes it, and when", 18), "what deletes it…");
        assert_eq!(cut("what deletes it", 13), "what deletes…");
        assert_eq!(cut("what deletes it", 15), "what deletes it");
        assert_eq!(cut("a-long-word-of-it", 8), "a-long-…");
        assert_eq!(cut("a wonderfulname", 12), "a wonderful…");
        assert_eq!(
            (cut("abc", 0), cut("abc", 1)),
            (String::new(), "…".to_owned())
        );
    }

    #[test]
    fn lines_break_at_spaces_and_lose_nothing() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(wrap("", 3), [""]);
        assert_eq!(wrap("値値", 1), ["値", "値"]);
    }

    #[test]
    fn numbers_read_in_thousands() {
        assert_eq!(
            [0, 999, 1_000, 1_234_567].map(thousands),
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!(
            (count(1, "file"), count(1_200, "file")),
            ("1 file".into(), "1,200 files".into())
        );
    }

    #[test]
    fn what_sets_names_apart_stays_when_they_are_cut() {
        let names = [
            "fraud-scoring-eu",
            "fraud-scoring-us",
            "sessions-of-users",
            "cart",
        ];
        let names = names.map(Cow::Borrowed);
        assert_eq!(
            fit_apart(&names, 12, "…"),
            ["fra…oring-eu", "fra…oring-us", "sessions-of…", "cart"]
        );
        let lone = [Cow::Borrowed("savepoint-3fa9c1")];
        assert_eq!(fit_apart(&lone, 12, "…"), ["sav…t-3fa9c1"]);
    }
}
